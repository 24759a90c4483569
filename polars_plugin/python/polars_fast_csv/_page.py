"""
A report as one page of HTML that needs nothing else: no network, no script, no font.

Whatever comes out of a file goes through :func:`shown`, which leaves no character that means something to a browser and
makes those visible that do not print or turn the text around.
"""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# The most characters of a text that are shown, and the most that a page holds of rejects; of columns below.
_LONGEST, _REJECTS = 400, 20
COLUMNS = 60
_BINS = 24

_STYLE = """
.pfc{--ink:#1c2024;--soft:#60646c;--line:#e0e3e7;--back:#fff;--card:#f7f8fa;--good:#2b9a66;--bad:#d13438;
--warn:#b26a00;--mark:#ffd7d5;--bar:#7aa7e0;font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;
color:var(--ink);background:var(--back);max-width:60rem;margin:0 auto;padding:1.5rem 1rem 3rem;
-webkit-text-size-adjust:100%;text-align:left}
@media(prefers-color-scheme:dark){.pfc{--ink:#edeef0;--soft:#a5abb4;--line:#34383f;--back:#15171a;--card:#1e2125;
--good:#3dd68c;--bad:#ff7a7d;--warn:#ffb224;--mark:#6b2327;--bar:#4f7fc0}}
.pfc *{box-sizing:border-box}
.pfc h1{font-size:1.35rem;line-height:1.3;margin:0;overflow-wrap:anywhere;color:inherit}
.pfc h2{font-size:1.05rem;margin:2.25rem 0 .6rem;color:inherit}
.pfc p{margin:.25rem 0}
.pfc .soft{color:var(--soft)}
.pfc .good{color:var(--good)}.pfc .bad{color:var(--bad)}.pfc .warn{color:var(--warn)}
.pfc .badge{display:inline-block;border:1px solid currentColor;border-radius:1rem;padding:0 .7rem;font-weight:600;
font-size:.85rem;white-space:nowrap}
.pfc .head{display:flex;gap:.75rem;align-items:flex-start;justify-content:space-between}
.pfc .share{font-size:2.4rem;font-weight:650;line-height:1.1;margin:1.1rem 0 .4rem;font-variant-numeric:tabular-nums}
.pfc .share small{font-size:1rem;font-weight:400;color:var(--soft)}
.pfc .track{height:.6rem;border-radius:.3rem;background:var(--line);overflow:hidden}
.pfc .track i{display:block;height:100%;border-radius:.3rem}
.pfc .facts{display:grid;grid-template-columns:repeat(auto-fit,minmax(7.5rem,1fr));gap:.6rem;margin:1.1rem 0 0}
.pfc .facts div{background:var(--card);border-radius:.5rem;padding:.5rem .75rem;min-width:0}
.pfc .facts b{display:block;font-size:1.1rem;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.pfc .rules{border-top:1px solid var(--line)}
.pfc .rule{display:grid;grid-template-columns:minmax(6rem,12rem) 1fr minmax(4rem,7rem) 8.5rem;gap:.1rem .9rem;
align-items:center;padding:.4rem 0;border-bottom:1px solid var(--line)}
.pfc .rule>*{min-width:0;overflow-wrap:anywhere}
.pfc .rule .count{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.pfc code,.pfc .raw{font:13px/1.55 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;background:none;color:inherit}
.pfc .reject{background:var(--card);border-radius:.5rem;padding:.6rem .75rem;margin:.5rem 0}
.pfc .raw{background:var(--back);border:1px solid var(--line);border-radius:.35rem;padding:.4rem .6rem;
margin:.45rem 0 0;white-space:pre-wrap;overflow-wrap:anywhere;unicode-bidi:plaintext}
.pfc mark{background:var(--mark);color:inherit;border-radius:.2rem;padding:.05rem .15rem;
box-shadow:inset 0 -2px var(--bad)}
.pfc .x{color:var(--warn);font-size:.85em}
.pfc .columns{display:grid;grid-template-columns:repeat(auto-fill,minmax(13rem,1fr));gap:.75rem}
.pfc .column{background:var(--card);border-radius:.5rem;padding:.6rem .75rem;min-width:0}
.pfc .column b{overflow-wrap:anywhere}
.pfc .column svg{display:block;width:100%;height:3.2rem;margin:.4rem 0 .15rem}
.pfc .column rect{fill:var(--bar)}
.pfc .note{margin-top:.75rem}
.pfc .profile{grid-template-columns:repeat(auto-fill,minmax(17rem,1fr))}
.pfc .profile .track{height:.3rem;margin:.35rem 0}
.pfc dl{display:grid;grid-template-columns:auto 1fr;gap:.1rem .8rem;margin:.6rem 0 0;font-size:.85rem}
.pfc dt{color:var(--soft)}.pfc dd{margin:0;text-align:right;font-variant-numeric:tabular-nums;min-width:0;
overflow-wrap:anywhere}
.pfc .word{display:grid;grid-template-columns:minmax(0,1fr) 5rem auto;gap:.6rem;align-items:center;
font-size:.85rem;padding:.1rem 0}
.pfc .word .track{height:.5rem;margin:0}
.pfc .word code{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.pfc .word .count{text-align:right;font-variant-numeric:tabular-nums;color:var(--soft)}
.pfc .ends{display:flex;justify-content:space-between;gap:.5rem;font-size:.8rem;color:var(--soft)}
.pfc .ends span{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
@media(max-width:36rem){.pfc .rule{grid-template-columns:1fr auto}.pfc .rule .track{grid-column:1/-1;order:9}
.pfc .rule .what{grid-column:1/-1;order:8}.pfc .share{font-size:2rem}}
@media print{.pfc .reject,.pfc .column,.pfc .rule{break-inside:avoid}}
"""


@dataclass(frozen=True)
class RuleLine:
    """A rule in the table."""

    column: str
    rule: str
    expected: str
    count: int
    tolerance: float


@dataclass(frozen=True)
class RejectLine:
    """A reject, with the record around its cell."""

    place: str
    what: str
    expected: str
    before: str
    cell: str
    after: str


@dataclass(frozen=True)
class ColumnCard:
    """What a column looks like."""

    name: str
    dtype: str
    values: Sequence[float]
    low: str
    high: str
    note: str


@dataclass(frozen=True)
class Page:
    """All that a page tells."""

    title: str
    ok: bool
    rows: int
    bad: int
    seconds: float
    faults: int
    rules: Sequence[RuleLine]
    rejects: Sequence[RejectLine]
    columns: Sequence[ColumnCard]


def whole_page(page: Page) -> str:
    """Write a page to be saved."""
    return document(page.title, fragment(page))


def document(title: str, body: str) -> str:
    """Write a file around what a notebook shows."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="color-scheme" content="light dark">'
        f"<title>{_plain(title)}</title>"
        "<style>html{background:#fff}body{margin:0}"
        "@media(prefers-color-scheme:dark){html{background:#15171a}}</style>"
        f"</head><body>{body}</body></html>\n"
    )


def fragment(page: Page) -> str:
    """Write the part of a page that a notebook shows; its style touches nothing else there."""
    return styled("".join(_body(page)))


def styled(body: str) -> str:
    """Give a body the style of these pages, in which it stands alone."""
    return f'<style>{_STYLE}</style><div class="pfc">{body}</div>'


def name_of(source: object) -> str:
    """Give what a source is called."""
    if isinstance(source, bytes):
        return f"{len(source):,} bytes"
    return source if isinstance(source, str) else "a stream"


def title_of(sources: Sequence[str]) -> str:
    """Name a few sources, and count the others."""
    return ", ".join(sources[:3]) + (f" and {len(sources) - 3} more" if len(sources) > 3 else "")


def shown(text: str, longest: int = _LONGEST) -> str:
    """
    Write any text so that it reads as itself and does nothing: marks escaped, what does not print made visible.

    >>> shown("<b>\\u202etxt\\x07")
    '&lt;b&gt;<span class="x">\\\\u202e</span>txt<span class="x">\\\\x07</span>'
    """
    cut, rest = text[:longest], len(text) - longest
    parts = []
    for char in cut:
        if char == "\n":
            parts.append('<span class="x">↵</span>\n')
        elif char == "\t":
            parts.append('<span class="x">⇥</span>\t')
        elif unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
            parts.append(f'<span class="x">{html.escape(_escaped(char))}</span>')
        else:
            parts.append(html.escape(char))
    if rest > 0:
        parts.append(f'<span class="x">… {rest:,} more</span>')
    return "".join(parts)


def _escaped(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _plain(text: str) -> str:
    """A text where no tags may stand."""
    return html.escape("".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text[:200]))


def _body(page: Page) -> Iterator[str]:
    good = page.rows - page.bad
    share = good / page.rows if page.rows else 1.0
    tone, word = ("good", "valid") if page.ok else ("bad", "not valid")
    yield f'<div class="head"><h1>{shown(page.title)}</h1><span class="badge {tone}">{word}</span></div>'
    yield f'<div class="share">{percent(share)} <small>of the rows are good</small></div>'
    yield track(share, "good" if share > 0.5 else "bad")
    yield '<div class="facts">'
    for number, name in (
        (f"{page.rows:,}", "rows read"),
        (f"{page.bad:,}", "rows rejected"),
        (f"{page.faults:,}", "faults found"),
        (f"{len(page.columns):,}", "columns"),
        (f"{page.seconds:.2f} s", "time taken"),
    ):
        yield f'<div><b>{number}</b><span class="soft">{name}</span></div>'
    yield "</div>"
    yield from _rules(page)
    yield from _columns(page)
    yield from _rejects(page)


def _rules(page: Page) -> Iterator[str]:
    yield '<h2>Rules</h2><div class="rules">' if page.rules else "<h2>Rules</h2><p>None were given.</p>"
    most = max((each.count for each in page.rules), default=0)
    for each in page.rules:
        share = each.count / page.rows if page.rows else float(each.count > 0)
        tone = "good" if not each.count else "warn" if share <= each.tolerance else "bad"
        told = f"{each.count:,} · {percent(min(share, 1.0))}" if each.count else "✓"
        tolerated = f" (up to {percent(each.tolerance)} may)" if each.tolerance else ""
        yield (
            f'<div class="rule"><b>{shown(each.column) or "the table"}</b>'
            f'<span class="what"><code>{shown(each.rule)}</code> '
            f'<span class="soft">{shown(each.expected)}{tolerated}</span></span>'
            f'{track(each.count / most if most else 0, tone)}<span class="count {tone}">{told}</span></div>'
        )
    if page.rules:
        yield "</div>"


def _rejects(page: Page) -> Iterator[str]:
    if not page.rejects:
        return
    more = page.faults - len(page.rejects[:_REJECTS])
    yield "<h2>The first faults</h2>" if more > 0 else "<h2>Faults</h2>"
    if more > 0:
        yield f'<p class="soft">{more:,} more are in the frame of rejects.</p>'
    for each in page.rejects[:_REJECTS]:
        raw = ""
        if each.before or each.cell or each.after:
            # An empty cell has a mark that can be seen.
            cell = shown(each.cell) or '<span class="x">∅</span>'
            before, after = shown(each.before[-_LONGEST:]), shown(each.after)
            raw = f'<div class="raw">{before}<mark>{cell}</mark>{after}</div>'
        yield (
            f'<div class="reject"><b>{shown(each.what)}</b> <span class="soft">{shown(each.place)}</span>'
            f"<div>{shown(each.expected)}</div>{raw}</div>"
        )


def _columns(page: Page) -> Iterator[str]:
    if not page.columns:
        return
    yield '<h2>Columns</h2><div class="columns">'
    for each in page.columns[:COLUMNS]:
        yield (
            f'<div class="column"><b>{shown(each.name, 80)}</b> <span class="soft">{shown(each.dtype, 40)}</span>'
            f"{_histogram(each.values)}"
            f'<div class="ends"><span>{shown(each.low, 40)}</span><span>{shown(each.note, 40)}</span>'
            f"<span>{shown(each.high, 40)}</span></div></div>"
        )
    yield "</div>"
    if len(page.columns) > COLUMNS:
        yield f'<p class="soft">{len(page.columns) - COLUMNS:,} more columns are not shown.</p>'


def _histogram(values: Sequence[float]) -> str:
    if not values:
        return '<svg viewBox="0 0 240 50" role="img" aria-label="no values"></svg>'
    low, high = min(values), max(values)
    width = (high - low) / _BINS
    bins = [0] * _BINS
    for value in values:
        # Where their distance is infinite, or nothing, one bin holds all.
        bins[min(int((value - low) / width), _BINS - 1) if 0 < width < float("inf") else _BINS // 2] += 1
    return histogram(bins)


def histogram(bins: Sequence[int]) -> str:
    """Draw how many values lie in bins of one width; one at least holds some."""
    most, step = max(bins), 240 / len(bins)
    bars = "".join(
        f'<rect x="{at * step + 0.5:g}" y="{50 - height:g}" width="{step - 1:g}" height="{height:g}" rx="1"/>'
        for at, count in enumerate(bins)
        if count and (height := round(max(1.5, 48 * count / most), 1))
    )
    return f'<svg viewBox="0 0 240 50" preserveAspectRatio="none" role="img" aria-label="histogram">{bars}</svg>'


def track(share: float, tone: str) -> str:
    """Draw a share as a bar, of which something can be seen unless it is nothing."""
    width = 0 if not share else max(1.0, min(100.0, 100 * share))
    return f'<div class="track"><i style="width:{width:.2f}%;background:var(--{tone})"></i></div>'


def percent(share: float) -> str:
    """Write a share: what is not all is not shown as all, nor what is something as nothing."""
    if 0 < share < 0.001:
        return "&lt;0.1 %"
    shown = "99.9" if 0.999 <= share < 1 else f"{100 * share:.1f}"
    return f"{shown.removesuffix('.0')} %"
