"""What a validation found: numbers, frames, and a page to look at."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from polars_fast_csv._page import ColumnCard, Page, RejectLine, RuleLine, fragment, title_of, whole_page
from polars_fast_csv._rules import Rule, Rules

# The rejects that a page lists.
_LISTED = 50
_MEANINGS = {
    "cast": "must be of the column's type",
    "overflow": "must fit the column's type",
    "invalid_utf8": "must be text in UTF-8",
    "too_many_fields": "a record must not have more fields than there are columns",
    "too_few_fields": "a record must have a field for every column",
    "stray_quote": "a quote must not stand inside an unquoted field",
    "unclosed_quote": "a quote must be closed",
    "line_too_long": "a record must not be longer than max_record_bytes",
}
# Codes of cells that are not of their column's type.
_OF_TYPE = ("cast", "overflow", "invalid_utf8")
# What counts are of.
_KEYS = ("column_name", "rule", "code")


@dataclass(frozen=True)
class Tally:
    """What a validation counted."""

    rules: Rules
    held: Sequence[Rule]
    """Those whose columns are in the file."""
    broken: Sequence[int]
    """How many cells or records break each of these."""
    rejects: pl.DataFrame
    summary: pl.DataFrame
    rows: int
    bad: int
    sources: Sequence[str]
    schema: Mapping[str, pl.DataType]
    samples: Mapping[str, tuple[Sequence[float], int]]
    """Of each column, a few values as numbers and the nulls among those looked at."""
    accepted: frozenset[str]
    """Codes of records that are as good as others, as an option says so."""
    seconds: float
    separator: str
    quote: str | None


class Report:
    r"""
    What a validation found.

    Attributes
    ----------
    ok : bool
        Whether every rule is kept by all rows but the share that its tolerance lets pass, every cell and record could
        be read, and the table has the columns and the number of rows that it should have.
    rows, bad_rows : int
        The number of rows read, and of those that are rejected.
    good : polars.LazyFrame
        The rows that are not: read from the source again, when it is collected, without the others. The source must not
        have changed.
    rejects : polars.DataFrame
        Every violation, and every cell and record that could not be read, as :meth:`Rejects.frame` has them, in the
        order of the file; at most as many as the limit of the ``rejects`` says. A record that a rule over several
        columns rejects has no ``column`` and ``value``; what is wrong with the table as a whole comes first and has no
        place. ``action`` is ``skip``, as the record is not among the good ones.
    counts : polars.DataFrame
        How many there are, exactly, by ``column_name``, ``rule`` and ``code``.

    See Also
    --------
    polars_fast_csv.validate : makes one.

    Examples
    --------
    >>> import polars_fast_csv as pfc
    >>> report = pfc.validate(b"a,b\n1,x\n,y\n", {"a": {"type": "integer", "required": True}})
    >>> report.ok, report.rows, report.bad_rows
    (False, 2, 1)
    >>> report.counts.rows()
    [('a', 'required', 'null_in_required', 1)]
    """

    def __init__(self, tally: Tally, good: pl.LazyFrame) -> None:
        self._tally = tally
        self._good = good
        of_table = tally.rejects.filter(pl.col("action") == "keep", pl.col("record").is_null())
        counted = of_table.select(*_KEYS, count=pl.lit(1, pl.UInt64))
        self._counts = _summed(counted, tally.summary)
        # Two rules may have one name and column: those of rows are told apart by their numbers.
        self._others = _summed(counted, tally.summary.filter(pl.col("rule").is_null()))
        self._ok = of_table.is_empty() and all(count <= share * tally.rows for count, share in self._judged())

    def _judged(self) -> Iterator[tuple[int, float]]:
        """How often each rule is broken, and by what share of the rows it may be."""
        tally = self._tally
        yield from ((count, rule.tolerance) for rule, count in zip(tally.held, tally.broken, strict=True))
        # What is not of a column's type breaks one rule, by whatever code.
        of_type: Counter[str | None] = Counter()
        for column, _, code, count in self._others.rows():
            if code in _OF_TYPE:
                of_type[column] += count
            elif code not in tally.accepted:
                yield count, 0.0
        yield from ((count, self._tolerance(column, _OF_TYPE[0])) for column, count in of_type.items())

    def _tolerance(self, column: str | None, code: str) -> float:
        """The share of rows that may have a fault which is no rule's."""
        if column is None or code not in _OF_TYPE:
            return 0.0
        return self._tally.rules.tolerances.get(column, 0.0)

    @property
    def ok(self) -> bool:
        """Whether the file is as it should be."""
        return self._ok

    @property
    def rows(self) -> int:
        """The rows read."""
        return self._tally.rows

    @property
    def bad_rows(self) -> int:
        """The rows that are rejected."""
        return self._tally.bad

    @property
    def good(self) -> pl.LazyFrame:
        """The rows that are not."""
        return self._good

    @property
    def rejects(self) -> pl.DataFrame:
        """What is wrong, with its place."""
        return self._tally.rejects

    @property
    def counts(self) -> pl.DataFrame:
        """How much is wrong, by column, rule and code."""
        return self._counts

    def to_html(self, path: str | os.PathLike[str]) -> None:
        """
        Write the report as a page of HTML, to be looked at.

        It is one file that takes nothing from a network, reads on a phone and in the dark, and shows the share of good
        rows, every rule, what each column looks like, and the first rejects with the bad cell marked in its record.
        Whatever comes out of the file is escaped.

        Parameters
        ----------
        path
            Where to write it, in UTF-8.

        Raises
        ------
        OSError
            It cannot be written there.
        """
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            file.write(whole_page(self._page()))

    def _repr_html_(self) -> str:
        return fragment(self._page())

    def _page(self) -> Page:
        tally = self._tally
        return Page(
            title=title_of(tally.sources),
            ok=self._ok,
            rows=tally.rows,
            bad=tally.bad,
            seconds=tally.seconds,
            faults=int(self._counts["count"].sum()),
            rules=self._rule_lines(),
            rejects=[self._reject_line(row) for row in tally.rejects.head(_LISTED).iter_rows(named=True)],
            columns=[_card(name, dtype, *tally.samples.get(name, ((), 0))) for name, dtype in tally.schema.items()],
        )

    def _rule_lines(self) -> list[RuleLine]:
        """Every rule, then what could not be read or is wrong with the table."""
        held = zip(self._tally.held, self._tally.broken, strict=True)
        lines = [
            RuleLine(", ".join(rule.columns), rule.name, rule.expected, count, rule.tolerance) for rule, count in held
        ]
        for column, name, code, count in self._others.rows():
            if code not in self._tally.accepted:
                expected = _MEANINGS.get(code, "")
                lines.append(RuleLine(column or "", name or code, expected, count, self._tolerance(column, code)))
        return lines

    def _reject_line(self, row: Mapping[str, Any]) -> RejectLine:
        place = [] if len(self._tally.sources) == 1 else [row["file"] or ""]
        place += [f"{word} {row[word]}" for word in ("line", "record") if row[word] is not None]
        place += [] if row["column_name"] is None else [f"column {row['column_name']}"]
        raw = row["raw"] or ""
        start, end = _cell(raw, row["column"], self._tally.separator, self._tally.quote)
        return RejectLine(
            place=", ".join(place),
            what=row["rule"] or row["code"],
            expected=f"{row['expected']}{'' if row['value'] is None or raw else ': ' + row['value']}",
            before=raw[:start],
            cell=raw[start:end],
            after=raw[end:],
        )

    def __bool__(self) -> bool:
        return self._ok

    def __repr__(self) -> str:
        good = self.rows - self.bad_rows
        return f"<Report: {good:,} of {self.rows:,} rows good, {'ok' if self._ok else 'not ok'}>"


def _summed(*counted: pl.DataFrame) -> pl.DataFrame:
    """The counts of several frames by what they are of."""
    every = pl.concat([frame.select(*_KEYS, "count") for frame in counted])
    return every.group_by(_KEYS, maintain_order=True).agg(pl.col("count").sum())


def _cell(raw: str, column: int | None, separator: str, quote: str | None) -> tuple[int, int]:
    """Where a field lies in a record; all of it where none is named."""
    if column is None:
        return 0, len(raw)
    start = 0
    for left in reversed(range(column)):
        at = start
        if quote and raw.startswith(quote, at):
            at = _closed(raw, at + len(quote), quote)
        end = raw.find(separator, at)
        if end < 0:
            # The record may be shown as its beginning only.
            return (len(raw), len(raw)) if left else (start, len(raw))
        if not left:
            return start, end
        start = end + len(separator)
    return 0, len(raw)


def _closed(raw: str, at: int, quote: str) -> int:
    """Where the text goes on behind a quoted part."""
    while (close := raw.find(quote, at)) >= 0:
        at = close + len(quote)
        if not raw.startswith(quote, at):
            return at
        at += len(quote)
    return len(raw)


def _card(name: str, dtype: pl.DataType, values: Sequence[float], nulls: int) -> ColumnCard:
    seen = len(values) + nulls
    note = f"{100 * nulls / seen:.1f} % null" if nulls and seen else ""
    if not values:
        return ColumnCard(name, str(dtype), (), "", "", note or "no value")
    return ColumnCard(name, str(dtype), values, _told(min(values), dtype), _told(max(values), dtype), note)


def _told(value: float, dtype: pl.DataType) -> str:
    """A number of a sample as the column has it."""
    if pl.Boolean == dtype:
        return "true" if value else "false"
    if pl.String == dtype:
        return f"{value:.0f} chars"
    if dtype.is_temporal():
        return str(
            pl.Series([int(value)], dtype=pl.Int64).cast(pl.Int32 if pl.Date == dtype else pl.Int64).cast(dtype).item()
        )
    return f"{value:,.0f}" if value == int(value) and abs(value) < 1e15 else f"{value:.6g}"
