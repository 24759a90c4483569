"""Random files of several columns, broken and ragged, and random rules over them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl
import validate_cells as cells
from hypothesis import strategies as st
from validate_cells import Kind
from validate_model import COMPARED, FORMS, NO_FORM, Expression, ordered


@dataclass(frozen=True)
class Column:
    """A kind of column, texts for it, good and broken, and values that rules name."""

    kind: Kind
    texts: Sequence[str]
    broken: Sequence[str]
    values: Sequence[Any]
    ordered: bool = True
    form: str | None = None

    @property
    def is_text(self) -> bool:
        return self.kind.words


_WORDS = ("x", "ab", "abc", "xy", "é", "éé", " x", "12", "a,b", "two\nlines", 'say "so"', "日本")
_DAYS = [dt.date(2026, 1, 2), dt.date(2025, 12, 31), dt.date(2024, 2, 29)]
_NUMBERS = ("0", "-1", "1", "2", "7", " 3", "+4", "007")


def _integers(dtype: pl.DataType, low: int, high: int, *texts: str, broken: Sequence[str]) -> Column:
    values = (-1, 0, 1, 2, 7) if low else (0, 1, 2, 7)
    return Column(Kind(dtype, cells.whole(low, high)), texts, broken, values)


COLUMNS: Mapping[str, Column] = {
    "int": _integers(
        pl.Int64(), -(2**63), 2**63 - 1, *_NUMBERS, str(2**63 - 1), broken=("x", "1.5", "1 ", str(2**63), "1e3")
    ),
    "byte": _integers(pl.UInt8(), 0, 255, "0", "-0", "1", "2", "7", " 3", "255", broken=("256", "-1", "x")),
    "float": Column(
        Kind(pl.Float64(), cells.number, {"type": "number"}),
        ("0", "-0.0", "1.5", "1.50", "15e-1", "2", " 2.25", "nan", "NaN", "inf", "-inf", ".5", "1e400"),
        ("x", "1.5 ", "1,5", "1.5.5", "e5"),
        (-1, 0, 0.5, 1.5, 2, 1e300),
    ),
    "decimal": Column(
        Kind(pl.Decimal(6, 2), cells.decimal(6, 2)),
        ("0", "1.5", "1.50", "-2", "9999.99", "1e2", " 3"),
        ("1.555", "10000", "x", "nan"),
        (Decimal("1.5"), 0, 2, Decimal("-2.00")),
    ),
    "truth": Column(
        Kind(pl.Boolean(), cells.truth, {"type": "boolean"}),
        ("true", "false", "TRUE", "False"),
        ("yes", "1", " true", "false "),
        (True, False),
        ordered=False,
    ),
    "day": Column(
        Kind(pl.Date(), cells.day, {"type": "date"}),
        ("2026-01-02", "2025-12-31", "2024-02-29"),
        ("2026-02-30", "2026-01-02 ", " 2026-01-02", "20260102", "x"),
        (*_DAYS, "2026-01-01"),
    ),
    "german": Column(
        Kind(pl.Date(), cells.german_day, {"type": "date", "format": "%d.%m.%Y"}),
        ("02.01.2026", "31.12.2025", "29.02.2024"),
        ("2026-01-02", "31.02.2026", "x"),
        (*_DAYS, "2026-01-01"),
    ),
    "moment": Column(
        Kind(pl.Datetime("us"), cells.moment, {"type": "datetime"}),
        (
            "2026-01-02 10:00:00",
            "2026-01-02T10:00",
            "2026-01-02",
            "2026-01-02 10:00:00.5",
            "2025-12-31 23:59:59.999999",
        ),
        ("2026-01-02 25:00:00", "2026-01-02 10:00:00.1234567", " 2026-01-02", "x"),
        (dt.datetime(2026, 1, 2, 10), dt.date(2026, 1, 2), "2026-01-02T10:00:00"),
    ),
    "clock": Column(
        Kind(pl.Time(), cells.clock, {"type": "time"}),
        ("10:00", "10:00:00", "23:59:59.5", "00:00"),
        ("24:00:00", "1:00", "x"),
        (dt.time(10), dt.time(0), "10:00:01"),
    ),
    "duration": Column(
        Kind(pl.Duration("ms"), cells.seconds),
        ("PT1S", "P1DT7200S", "5", "1000", "PT0S"),
        ("x", " PT1S", "1S"),
        (dt.timedelta(seconds=1), dt.timedelta(0), dt.timedelta(1)),
    ),
    "text": Column(
        Kind(pl.String(), cells.text_of, {"type": "string"}, words=True),
        (*_WORDS, ""),
        ("\udcff", "a\udce9b"),
        ("ab", "abc", "é", "x", ""),
    ),
    "category": Column(
        Kind(pl.Categorical(), cells.text_of, words=True), (*_WORDS[:6], ""), (), ("ab", "é", "x"), ordered=False
    ),
    "enum": Column(
        Kind(pl.Enum(["x", "ab", "é"]), cells.one_of(["x", "ab", "é"]), words=True),
        ("x", "ab", "é"),
        ("y", " x"),
        ("ab", "é", "x"),
        ordered=False,
    ),
    **{
        form: Column(
            Kind(pl.String(), cells.text_of, {"type": "string"}, words=True),
            (*sorted(known), *NO_FORM),
            (),
            sorted(known),
            form=form,
        )
        for form, known in FORMS.items()
    },
}
PATTERNS = ("[a-x]+", "a|ab|é", ".{2,3}", "[^a]*", r"\w+", "(?i)AB?", "^x$", "")
NAMES = "abcd"


@st.composite
def tables(draw: st.DrawFn) -> dict[str, Column]:
    kinds = draw(st.lists(st.sampled_from(sorted(COLUMNS)), min_size=1, max_size=4))
    return {name: COLUMNS[kind] for name, kind in zip(NAMES, kinds, strict=False)}


def spellings(column: Column, texts: Sequence[str], separator: str) -> st.SearchStrategy[str]:
    """A cell of a column as it stands in a file; most are good, and of few texts."""

    def spelled(text: str, quoted: bool) -> str:
        needed = any(mark in text for mark in (separator, "\n")) or text.startswith('"')
        return f'"{text.replace(chr(34), chr(34) * 2)}"' if quoted or needed else text

    plain = [spelled(text, quoted) for text in texts for quoted in (False, False, True)]
    broken = [spelled(text, quoted) for text in column.broken for quoted in (False, True)]
    stray = ['12" x', '"ab"c', '"x" '] if column.is_text else ['"1"2']
    return st.one_of(
        *[st.sampled_from(plain)] * 12, st.sampled_from(broken or plain), st.sampled_from(["", "", '""', *stray])
    )


@dataclass(frozen=True)
class File:
    data: bytes
    options: dict[str, Any]
    model: dict[str, Any]


@st.composite
def files(draw: st.DrawFn, table: Mapping[str, Column]) -> File:
    separator = draw(st.sampled_from([",", ",", ";", "||"]))
    end = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    some = {
        name: draw(st.lists(st.sampled_from(column.texts), min_size=2, max_size=6)) for name, column in table.items()
    }
    row = st.tuples(*(spellings(column, some[name], separator) for name, column in table.items()))
    shape = st.sampled_from(["whole"] * 20 + ["blank", "short", "long", "open"])
    lines = [separator.join(table)]
    for own, how in draw(st.lists(st.tuples(row, shape), max_size=10)):
        given = list(own)
        if how == "short":
            given = given[: draw(st.integers(1, len(given)))]
        elif how == "blank":
            given = [""]
        elif how == "long":
            given += draw(st.lists(st.sampled_from(["", "z", '"q"', '"y\nz"']), min_size=1, max_size=2))
        elif how == "open":
            given[draw(st.integers(0, len(given) - 1))] = '"open'
        lines.append(separator.join(given))
    data = end.join(lines) + draw(st.sampled_from([end, end, ""]))
    options: dict[str, Any] = {"separator": separator}
    model: dict[str, Any] = {"separator": separator}
    for word, option, value in (
        ("trim", "trim_whitespace", True),
        ("pads", "short_records", "null"),
        ("cuts", "truncate_ragged_lines", True),
    ):
        if draw(st.integers(0, 3)) == 0:
            model[word], options[option] = True, value
    return File(data.encode(errors="surrogateescape"), options, model)


@st.composite
def bounds(draw: st.DrawFn, column: Column) -> dict[str, Any]:
    """One bound, or two between which something lies."""
    words = draw(st.lists(st.sampled_from(sorted(COMPARED)), min_size=1, max_size=2, unique_by=lambda word: word[-7:]))
    values = [value for value in column.values if not isinstance(value, str) or column.is_text]
    ends = draw(st.lists(st.sampled_from(values), min_size=len(words), max_size=len(words)))
    if len(words) == 2:
        if type(ends[0]) is not type(ends[1]):
            return {words[0]: ends[0]}
        ends.sort(key=ordered)
        words.sort(key=lambda word: "maximum" in word)
        if ends[0] == ends[1]:
            words = ["minimum", "maximum"]
    elif not column.is_text and draw(st.booleans()):
        ends = [draw(st.sampled_from(column.values))]
    return dict(zip(words, ends, strict=True))


@st.composite
def column_rules(draw: st.DrawFn, table: Mapping[str, Column], name: str) -> dict[str, Any]:
    column = table[name]
    rules: dict[str, Any] = dict(column.kind.rules)
    sets: dict[str, st.SearchStrategy[dict[str, Any]]] = {
        word: st.just({word: True}) for word in ("required", "unique")
    }
    some = st.lists(st.sampled_from(column.values), min_size=1, max_size=3)
    sets["enum"] = some.map(lambda values: {"enum": values})
    if not isinstance(column.kind.dtype, pl.Boolean):
        sets["bounds"] = bounds(column)
    if column.ordered:
        words = [True, "increasing", "strictly_increasing", "decreasing", "strictly_decreasing"]
        sets["monotonic"] = st.sampled_from(words).map(lambda word: {"monotonic": word})
    if column.is_text:
        sets["length"] = st.sampled_from([{"min_length": 2}, {"max_length": 2}, {"min_length": 1, "max_length": 1}])
        sets["pattern"] = st.sampled_from(PATTERNS).map(lambda pattern: {"pattern": pattern})
    if column.kind.words and isinstance(column.kind.dtype, pl.String):
        sets["format"] = st.just({"format": column.form or "ascii"})
    alike = [other for other, beside in table.items() if other != name and beside.kind.dtype == column.kind.dtype]
    told = [value for text in column.texts if (value := cells.read(column.kind, _cell(text)).value) is not None]
    listed = st.lists(st.sampled_from([*told, None]), max_size=5).map(
        lambda values: {"references": pl.Series(values, dtype=column.kind.dtype)}
    )
    sets["references"] = st.one_of(listed, *(st.just({"references": other}) for other in alike))
    for word in draw(st.lists(st.sampled_from(sorted(sets)), max_size=2, unique=True)):
        rules |= draw(sets[word])
    tolerance = draw(st.sampled_from([0, 0, 0.125, 0.25, 0.5, 1]))
    return rules | ({"tolerance": tolerance} if tolerance else {})


def _cell(text: str) -> cells.Cell:
    return cells.Cell(0, text, quoted=False)


@st.composite
def expressions(draw: st.DrawFn, table: Mapping[str, Column]) -> dict[str, Expression]:
    """Expressions that the native module knows, that Polars evaluates batch by batch, and that take all rows."""
    x, y = draw(st.sampled_from(list(table))), draw(st.sampled_from(list(table)))
    a, b = pl.col(x), pl.col(y)
    names = [x] if x == y else [x, y]

    def by_row(expression: pl.Expr, columns: Sequence[str], holds: Any) -> Expression:
        return Expression(expression, columns, lambda rows: [holds(row) for row in rows])

    known = {
        "there": by_row(a.is_not_null(), [x], lambda row: row[x] is not None),
        "one there": by_row(
            a.is_not_null() | b.is_not_null(), names, lambda row: row[x] is not None or row[y] is not None
        ),
        "few": Expression(
            a.count().over(y) <= 2,
            names,
            lambda rows: [sum(other[x] is not None and _same(other[y], row[y]) for other in rows) <= 2 for row in rows],
        ),
    }
    known["few rows"] = Expression(pl.len() < 6, [], lambda rows: [len(rows) < 6] * len(rows))
    if table[x].kind is table[y].kind and table[x].ordered:

        def rises(row: Any) -> bool | None:
            return None if row[x] is None or row[y] is None else ordered(row[x]) <= ordered(row[y])

        known["not more"] = by_row(a <= b, names, rises)
    if table[x].kind.dtype.is_integer():
        known["even"] = by_row(a % 2 == 0, [x], lambda row: None if row[x] is None else row[x] % 2 == 0)
        known["greatest"] = Expression(
            a == a.max(),
            [x],
            lambda rows: [
                None if row[x] is None else row[x] == max(each[x] for each in rows if each[x] is not None)
                for row in rows
            ],
        )
        known["none beyond"] = Expression(
            a.max() < 5,
            [x],
            lambda rows: [max((row[x] for row in rows if row[x] is not None), default=0) < 5] * len(rows),
        )
    if table[x].kind.dtype == pl.String():
        known["short"] = by_row(a.str.len_chars() < 3, [x], lambda row: None if row[x] is None else len(row[x]) < 3)
    chosen = draw(st.lists(st.sampled_from(sorted(known)), max_size=2, unique=True))
    return {name: known[name] for name in chosen}


def _same(one: Any, other: Any) -> bool:
    return bool(one == other or (one != one and other != other))


@dataclass(frozen=True)
class Case:
    table: dict[str, Column]
    file: File
    own: dict[str, Any]
    expressions: dict[str, Expression]

    @property
    def rules(self) -> dict[str, Any]:
        """All of them, as `validate` takes them."""
        said = {name: one.expression for name, one in self.expressions.items()}
        return {**self.own, "*": {**self.own.get("*", {}), "expressions": said}} if said else self.own


@st.composite
def cases(draw: st.DrawFn) -> Case:
    table = draw(tables())
    file = draw(files(table))
    rules: dict[str, Any] = {name: draw(column_rules(table, name)) for name in table}
    several = st.lists(st.sampled_from(list(table)), min_size=1, max_size=3, unique=True)
    own: dict[str, Any] = {}
    if draw(st.integers(0, 3)) == 0:
        own["primary_key"] = draw(several)
    # Keys bear one name, which a column's own rule has too: each goes by its own tolerance.
    keys = st.lists(several, min_size=1, max_size=2)
    if draw(st.booleans()):
        own["unique"] = draw(keys)
    if draw(st.integers(0, 3)) == 0:
        own["foreign_keys"] = [{"columns": key, "references": draw(references(table, key))} for key in draw(keys)]
    if draw(st.integers(0, 3)) == 0:
        own |= draw(st.sampled_from([{"min_rows": 3}, {"max_rows": 5}, {"min_rows": 2, "max_rows": 2}]))
    if draw(st.integers(0, 3)) == 0:
        own["tolerance"] = draw(st.sampled_from([0.25, 0.5, 1]))
    if draw(st.integers(0, 9)) == 0:
        rules["zz"] = {"required": True}
    said = draw(expressions(table))
    if own:
        rules["*"] = own
    return Case(table, file, rules, said)


@st.composite
def references(draw: st.DrawFn, table: Mapping[str, Column], key: Sequence[str]) -> Any:
    others = draw(st.permutations(list(table)))[: len(key)]
    if all(table[one].kind.dtype == table[other].kind.dtype for one, other in zip(key, others, strict=True)):
        return others
    known = {}
    for name in key:
        column = table[name]
        values = [cells.read(column.kind, _cell(text)).value for text in column.texts]
        listed = draw(st.lists(st.sampled_from([*values, None]), min_size=4, max_size=4))
        known[name] = pl.Series(listed, dtype=column.kind.dtype)
    return pl.DataFrame(known)
