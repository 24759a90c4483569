"""
What `validate` should find, by plain Python: rules decided one row after the other. Nothing of the package is used.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl
from validate_cells import Cell, Kind, Record, decoded, read, records, shown

Row = Mapping[str, Any]
# Record, line, byte, column, its name, code, rule, value, raw record and action, as the rejects have them.
Found = tuple[int | None, int | None, int | None, int | None, str | None, str, str | None, str | None, str | None, str]


def ordered(value: Any) -> Any:
    """NaN above all, and equal to itself."""
    return (math.isnan(value), 0 if math.isnan(value) else value) if isinstance(value, float) else value


def key(value: Any) -> Any:
    """Equal where values are the same one: NaN is, and zero without its sign."""
    return "nan" if isinstance(value, float) and math.isnan(value) else value


def typed(value: Any, like: Any) -> Any:
    """A value of a rule in the type of a column's."""
    if isinstance(value, str) and not isinstance(like, str):
        return type(like).fromisoformat(value)
    if isinstance(like, dt.datetime) and not isinstance(value, dt.datetime):
        return dt.datetime(value.year, value.month, value.day)
    return Decimal(str(value)) if isinstance(like, Decimal) else value


COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "minimum": lambda value, bound: value >= bound,
    "maximum": lambda value, bound: value <= bound,
    "exclusive_minimum": lambda value, bound: value > bound,
    "exclusive_maximum": lambda value, bound: value < bound,
}
# What the texts of the test are; any other is of no form but ASCII.
FORMS: Mapping[str, frozenset[str]] = {
    "email": frozenset({"a@b.org", "first.last+tag@sub.example.com"}),
    "url": frozenset({"https://a.org/x?y=1", "http://a.org"}),
    "uuid": frozenset({"550e8400-e29b-41d4-a716-446655440000"}),
    "ipv4": frozenset({"1.2.3.4", "255.255.255.255"}),
    "ipv6": frozenset({"::1", "2001:db8::ff00:42:8329"}),
    "iban": frozenset({"GB82WEST12345698765432", "DE89370400440532013000"}),
    "luhn": frozenset({"79927398713", "4539578763621486"}),
}
NO_FORM = ("GB82WEST12345698765433", "79927398714", "1.2.3.256", "a@", "http://", "550e8400", "::1::", "")


def _one(rule: str, asked: Any, value: Any) -> bool:
    """Whether a value, which is not null, keeps a rule that takes no other row."""
    if rule in COMPARED:
        return bool(value == value and COMPARED[rule](value, typed(asked, value)))
    if rule == "enum":
        return key(value) in {key(typed(each, value)) for each in asked}
    if rule in ("min_length", "max_length"):
        return bool(len(value) >= asked if rule == "min_length" else len(value) <= asked)
    if rule == "pattern":
        return re.fullmatch(asked, value) is not None
    assert rule == "format"
    return value.isascii() if asked == "ascii" else value in FORMS[asked]


def _repeated(keys: Sequence[tuple[Any, ...]]) -> Iterator[int]:
    seen = set()
    for row, values in enumerate(keys):
        if None not in values:
            if values in seen:
                yield row
            seen.add(values)


def _out_of_order(values: Sequence[Any], order: str) -> Iterator[int]:
    last = None
    for row, value in enumerate(values):
        if value is None:
            continue
        if last is not None:
            low, high = (last, value) if order.endswith("increasing") else (value, last)
            low, high = ordered(low), ordered(high)
            if not (low < high or (low == high and not order.startswith("strictly"))):
                yield row
        last = value


OF_TYPE = ("cast", "overflow", "invalid_utf8")


@dataclass(frozen=True)
class Expression:
    """A rule of the table over some columns, and what it says of each row: None is unknown."""

    expression: pl.Expr
    columns: Sequence[str]
    holds: Callable[[Sequence[Row]], Sequence[bool | None]]


class Model:
    """A file held against rules; `expressions` are those that the rules of the table have under these names."""

    def __init__(
        self,
        data: bytes,
        kinds: Mapping[str, Kind],
        rules: Mapping[str, Any],
        expressions: Mapping[str, Expression],
        *,
        separator: str = ",",
        trim: bool = False,
        pads: bool = False,
        cuts: bool = False,
    ) -> None:
        self._data, self._names, self._rules = data, list(kinds), rules
        self._pads, self._cuts = pads, cuts
        _, *found = records(data, separator.encode(), trim)
        # A line that is dropped counts as a record, and is no row.
        self._records = [record for record in found if record.opened is None]
        self._numbers = [number for number, record in enumerate(found, 1) if record.opened is None]
        self.values = [
            {name: read(kind, _at(record.cells, at)) for at, (name, kind) in enumerate(kinds.items())}
            for record in self._records
        ]
        self.found: list[Found] = []
        self.bad: set[int] = set()
        self.ok = True
        self._table()
        self._structure(found)
        for name, own in rules.items():
            if name in kinds:
                self._column(name, own)
        self._keys(rules.get("*", {}), expressions)

    @property
    def counts(self) -> Counter[tuple[str | None, str | None, str]]:
        """How many there are by column, rule and code."""
        told = (
            (name if rule is not None or code in OF_TYPE else None, rule, code)
            for _, _, _, _, name, code, rule, *_ in self.found
        )
        return Counter(told)

    @property
    def good(self) -> list[tuple[Any, ...]]:
        """The rows without a fault, each behind its number."""
        return [
            (row, *(value.value for value in values.values()))
            for row, values in enumerate(self.values)
            if row not in self.bad
        ]

    def _values(self, name: str) -> list[Any]:
        return [row[name].value for row in self.values]

    def _place(self, byte: int) -> tuple[int, int]:
        return self._data.count(b"\n", 0, byte) + 1, byte

    def _table(self) -> None:
        """What is wrong with the table as a whole."""
        table = self._rules.get("*", {})
        named = [name for name in self._rules if name not in ("*", *self._names)]
        told: list[tuple[str | None, str, str | None]] = [(name, "missing_column", None) for name in named]
        rows = len(self.values)
        told += [(None, "min_rows", str(rows))] * (rows < table.get("min_rows", 0))
        told += [(None, "max_rows", str(rows))] * (rows > table.get("max_rows", rows))
        for name, rule, value in told:
            self.ok = False
            self.found.append((None, None, None, None, name, "rule", rule, value, None, "keep"))

    def _structure(self, found: Sequence[Record]) -> None:
        """Records with too few or too many fields, and lines on which a quote never closes."""
        width, row = len(self._names), 0
        for number, record in enumerate(found, 1):
            raw = shown(decoded(record.raw))
            if record.opened is not None:
                at = len(record.cells)
                name = self._names[at] if at < width else None
                # It may open on a later line than the one that is dropped, where another quote closes.
                text = shown(decoded(self._data[record.opened :].split(b"\n")[0].removesuffix(b"\r")))
                place = self._place(record.opened)
                self.found.append((number, *place, at + 1, name, "unclosed_quote", None, text, raw, "drop"))
                self.ok = False
                continue
            if len(record.cells) < width:
                at = len(record.cells)
                action = "pad" if self._pads else "skip"
                place = self._place(record.byte)
                self.found.append((number, *place, at + 1, self._names[at], "too_few_fields", None, raw, raw, action))
                self._fault(row, tolerated=self._pads)
            if len(record.cells) > width:
                # What is surplus is told as it stands there.
                surplus = record.cells[width].start
                text, place = raw_from(record, surplus), self._place(surplus)
                action = "truncate" if self._cuts else "skip"
                self.found.append((number, *place, width + 1, None, "too_many_fields", None, text, raw, action))
                self._fault(row, tolerated=self._cuts)
            row += 1

    def _fault(self, row: int, *, tolerated: bool) -> None:
        if not tolerated:
            self.ok = False
            self.bad.add(row)

    def _column(self, name: str, own: Mapping[str, Any]) -> None:
        """The cells of a column that cannot be read, and those that break one of its rules."""
        cells = [row[name] for row in self.values]
        values = [cell.value for cell in cells]
        tolerance = own.get("tolerance", 0)
        broken = [row for row, cell in enumerate(cells) if cell.code is not None]
        for row in broken:
            self._tell(row, (name,), None, str(cells[row].code))
        self._weigh(len(broken), tolerance)
        for rule, asked in own.items():
            if rule in ("type", "tolerance") or (rule == "format" and "%" in asked):
                continue
            code, told = "rule", rule
            if rule == "required":
                rows, code = [row for row, cell in enumerate(cells) if cell.value is None], "null_in_required"
            elif rule == "unique":
                rows = list(_repeated([(key(value),) for value in values]))
            elif rule == "monotonic":
                rows = list(_out_of_order(values, "increasing" if asked is True else asked))
            elif rule == "references":
                if isinstance(asked, str) and asked not in self._names:
                    continue
                others = self._values(asked) if isinstance(asked, str) else asked.to_list()
                rows, told = self._missing((name,), [(each,) for each in others]), "foreign_key"
            else:
                rows = [row for row, value in enumerate(values) if value is not None and not _one(rule, asked, value)]
            self._break(rows, (name,), told, code, tolerance)

    def _keys(self, table: Mapping[str, Any], expressions: Mapping[str, Expression]) -> None:
        """The rules of the table that are of rows."""
        tolerance = table.get("tolerance", 0)
        if (own := table.get("primary_key")) is not None:
            for name in own:
                rows = [row for row, value in enumerate(self._values(name)) if value is None]
                self._break(rows, (name,), "primary_key", "null_in_required", tolerance)
            self._break(list(_repeated(self._tuples(own))), own, "primary_key", "rule", tolerance)
        for names in table.get("unique", ()):
            self._break(list(_repeated(self._tuples(names))), names, "unique", "rule", tolerance)
        for foreign in table.get("foreign_keys", ()):
            names, others = foreign["columns"], foreign["references"]
            known = others.rows() if isinstance(others, pl.DataFrame) else self._tuples(others)
            self._break(self._missing(names, known), names, "foreign_key", "rule", tolerance)
        plain = [{name: value.value for name, value in row.items()} for row in self.values]
        for told, one in expressions.items():
            broken = [row for row, holds in enumerate(one.holds(plain)) if holds is False]
            self._break(broken, one.columns, told, "rule", tolerance)

    def _tuples(self, names: Sequence[str]) -> list[tuple[Any, ...]]:
        return [tuple(key(row[name].value) for name in names) for row in self.values]

    def _missing(self, names: Sequence[str], known: Sequence[tuple[Any, ...]]) -> list[int]:
        among = {tuple(map(key, each)) for each in known}
        return [row for row, own in enumerate(self._tuples(names)) if None not in own and own not in among]

    def _break(self, rows: Sequence[int], names: Sequence[str], rule: str, code: str, tolerance: float) -> None:
        told = [row for row in rows if self._tell(row, names, rule, code)]
        self._weigh(len(told), tolerance)

    def _weigh(self, count: int, tolerance: float) -> None:
        self.ok &= count <= tolerance * len(self.values)

    def _tell(self, row: int, names: Sequence[str], rule: str | None, code: str) -> bool:
        """Note a fault at its cell or, where it is of several, at the record; what cannot be read has had its own."""
        record, number = self._records[row], self._numbers[row]
        raw = shown(decoded(record.raw))
        if len(names) != 1:
            self.found.append((number, *self._place(record.byte), None, None, code, rule, None, raw, "skip"))
        else:
            one = self.values[row][names[0]]
            if rule is not None and (one.code is not None or (one.cell is None and not self._pads)):
                return False
            byte = record.byte + len(record.raw) if one.cell is None else one.cell.byte
            text = "" if one.cell is None else shown(one.cell.text)
            column = self._names.index(names[0]) + 1
            self.found.append((number, *self._place(byte), column, names[0], code, rule, text, raw, "skip"))
        self.bad.add(row)
        return True


def _at(cells: Sequence[Cell], at: int) -> Cell | None:
    return cells[at] if at < len(cells) else None


def raw_from(record: Record, byte: int) -> str:
    """The text of a record from a place on."""
    return shown(decoded(record.raw[byte - record.byte :]))
