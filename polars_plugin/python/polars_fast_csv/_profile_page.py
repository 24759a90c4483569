"""A profile as one page of HTML, in the style of a report's: what was read, and a card for each column."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from polars_fast_csv._page import COLUMNS, document, histogram, percent, shown, styled, track

# The common values that a card lists.
_WORDS = 5


@dataclass(frozen=True)
class Taken:
    """What a profile was taken of."""

    title: str
    seconds: float | None


def profile_page(taken: Taken, columns: Sequence[Mapping[str, Any]]) -> str:
    """Write a page to be saved; ``columns`` are the rows of a profile."""
    return document(taken.title, profile_fragment(taken, columns))


def profile_fragment(taken: Taken, columns: Sequence[Mapping[str, Any]]) -> str:
    """Write the part of a page that a notebook shows."""
    return styled("".join(_body(taken, columns)))


def _body(taken: Taken, columns: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield f'<div class="head"><h1>{shown(taken.title)}</h1><span class="badge soft">profile</span></div>'
    rows = max((each["count"] + each["nulls"] for each in columns), default=0)
    cells = sum(each["count"] + each["nulls"] for each in columns)
    filled = sum(each["count"] for each in columns) / cells if cells else 1.0
    yield f'<div class="share">{percent(filled)} <small>of the cells hold a value</small></div>'
    yield track(filled, "bar")
    facts = [(f"{rows:,}", "rows read"), (f"{len(columns):,}", "columns")]
    facts.append((f"{sum(each['nulls'] for each in columns):,}", "nulls"))
    if taken.seconds is not None:
        facts.append((f"{taken.seconds:.2f} s", "time taken"))
    told = "".join(f'<div><b>{number}</b><span class="soft">{name}</span></div>' for number, name in facts)
    yield f'<div class="facts">{told}</div>'
    if not columns:
        return
    yield '<h2>Columns</h2><div class="columns profile">'
    for each in columns[:COLUMNS]:
        yield f'<div class="column">{"".join(_card(each))}</div>'
    yield "</div>"
    if len(columns) > COLUMNS:
        yield f'<p class="soft">{len(columns) - COLUMNS:,} more columns are not shown.</p>'
    if not all(each["exact"] for each in columns[:COLUMNS]):
        yield '<p class="soft note">~ is an estimate, within the errors that <code>profile</code> states.</p>'


def _card(column: Mapping[str, Any]) -> Iterator[str]:
    count, nulls = column["count"], column["nulls"]
    share = count / (count + nulls) if count + nulls else 1.0
    yield f'<b>{shown(column["column"], 80)}</b> <span class="soft">{shown(column["type"], 40)}</span>'
    yield track(share, "good" if share > 0.5 else "warn")
    if column["bin_counts"] and any(column["bin_counts"]):
        yield histogram(column["bin_counts"])
        ends = (shown(column["bins"][0], 40), shown(column["bins"][-1], 40))
        yield f'<div class="ends"><span>{ends[0]}</span><span>{ends[1]}</span></div>'
    else:
        yield from _words(column)
    facts = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in _facts(column, share))
    yield f"<dl>{facts}</dl>"


def _words(column: Mapping[str, Any]) -> Iterator[str]:
    """Draw the most common values."""
    common = column["common"] or []
    for each in common[:_WORDS]:
        value = shown(each["value"] or "", 60) or '<span class="x">∅</span>'
        part = min(each["count"] / column["count"], 1.0)
        yield (
            f'<div class="word"><code>{value}</code>{track(part, "bar")}'
            f'<span class="count">{percent(part)}</span></div>'
        )


def _facts(column: Mapping[str, Any], share: float) -> Iterator[tuple[str, str]]:
    mark = "" if column["exact"] else "~"
    yield "values", f"{column['count']:,}"
    yield "nulls", f"{column['nulls']:,} · {percent(1 - share)}" if column["nulls"] else "none"
    if column["distinct"] is not None:
        yield "distinct", f"{mark}{column['distinct']:,}"
    if column["min"] is not None:
        yield "least", shown(column["min"], 60)
        yield "greatest", shown(column["max"] or "", 60)
    if column["mean"] is not None:
        spread = "" if column["std"] is None else f" ± {_number(column['std'])}"
        yield "mean", _number(column["mean"]) + spread
    if column["q05"] is not None:
        yield "5 % and 95 %", mark + " · ".join(_number(column[name]) for name in ("q05", "q95"))
        yield "quartiles", mark + " · ".join(_number(column[name]) for name in ("q25", "q50", "q75"))
    elif column["median"] is not None:
        yield "median", mark + shown(column["median"], 60)
    if column["shortest"] is not None:
        lengths = sorted({column["shortest"], column["longest"]})
        yield "characters", " to ".join(f"{length:,}" for length in lengths)


def _number(value: float) -> str:
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else "-∞"
    return f"{value:,.0f}" if value == int(value) and abs(value) < 1e15 else f"{value:,.6g}"
