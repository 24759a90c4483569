"""Rules as data: what a caller may write in a dict, checked before any file is opened."""

from __future__ import annotations

import difflib
import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

import polars as pl

from polars_fast_csv import _native
from polars_fast_csv._dtypes import named_types

Scalar: TypeAlias = "bool | int | float | str | Decimal | date | time | datetime | timedelta"

TYPES: Mapping[str, Any] = {
    "any": None,
    "string": pl.String,
    "integer": pl.Int64,
    "number": pl.Float64,
    "boolean": pl.Boolean,
    "date": pl.Date,
    "time": pl.Time,
    "datetime": pl.Datetime("us"),
}
ORDERS = {
    "increasing": (False, False),
    "strictly_increasing": (False, True),
    "decreasing": (True, False),
    "strictly_decreasing": (True, True),
}
SIGNS = {"minimum": ">=", "maximum": "<=", "exclusive_minimum": ">", "exclusive_maximum": "<"}
_BOUNDS = {
    "minimum": "must be at least",
    "maximum": "must be at most",
    "exclusive_minimum": "must be more than",
    "exclusive_maximum": "must be less than",
}
# The most characters of a value that a text shows, and the most values.
_SHOWN, _LISTED = 60, 10


@dataclass(frozen=True)
class Rule:
    """One thing that rows should be like."""

    name: str
    """The word in the column ``rule`` of the rejects."""
    columns: tuple[str, ...]
    kind: str
    """What is tested, in the words of ``_compiled.py``."""
    takes: Any
    expected: str
    tolerance: float = 0.0
    """The share of rows that may break it."""


@dataclass(frozen=True)
class Rules:
    """All that is asked of a file."""

    rules: tuple[Rule, ...] = ()
    dtypes: Mapping[str, Any] = field(default_factory=dict)
    """The types of columns that have one."""
    columns: tuple[str, ...] = ()
    """The columns that have to be there."""
    closed: bool = False
    """Whether there may be no others."""
    least: int | None = None
    most: int | None = None
    """The bounds of the number of rows."""
    tolerances: Mapping[str, float] = field(default_factory=dict)
    """By column, for cells that are not of its type."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """How the file is read, unless the caller says otherwise."""


def rules_of_dict(given: Mapping[Any, Any]) -> Rules:
    """Check rules that a caller wrote: a mapping of column to its rules, ``"*"`` or ``None`` for the table's."""
    rules: list[Rule] = []
    dtypes: dict[str, Any] = {}
    tolerances: dict[str, float] = {}
    columns: list[str] = []
    formats: dict[str, dict[str, Any]] = {}
    bounds: tuple[int | None, int | None] = (None, None)
    for column, words in given.items():
        if column is None or column == "*":
            table = _Table(words)
            rules += table.rules
            columns += [name for rule in table.rules for name in rule.columns]
            bounds = table.bounds
            continue
        if not isinstance(column, str):
            raise TypeError(_wanted("a column of the rules", 'text, or "*" for the table', column))
        one = _Column(column, words)
        rules += one.rules
        columns.append(column)
        tolerances[column] = one.tolerance
        if one.dtype is not None:
            dtypes[column] = one.dtype
        for option, value in one.options.items():
            formats.setdefault(option, {})[column] = value
    return Rules(
        rules=tuple(rules),
        dtypes=dtypes,
        columns=tuple(dict.fromkeys(columns)),
        least=bounds[0],
        most=bounds[1],
        tolerances=tolerances,
        options=formats,
    )


class _Column:
    """The rules of one column."""

    def __init__(self, column: str, given: Any) -> None:
        self.column = column
        self.dtype: Any = None
        self.rules: list[Rule] = []
        self.options: dict[str, Any] = {}
        words = given if isinstance(given, Mapping) else {"type": given}
        known = ("type", "format", *_COLUMN_RULES, "tolerance")
        for word in words:
            if word not in known:
                raise ValueError(unknown(f"rule {word!r} of column {column!r}", word, known))
        self.tolerance = _share(column, words.get("tolerance", 0.0))
        if (kind := words.get("type")) is not None:
            self.dtype = _dtype(column, kind)
        if (form := words.get("format")) is not None:
            self._format(form)
        for word, make in _COLUMN_RULES.items():
            if words.get(word) is not None:
                rule = make(column, word, words[word])
                self.rules += [] if rule is None else [rule]
        _agree(column, words)
        self.rules = [replace(rule, tolerance=self.tolerance) for rule in self.rules]

    def _format(self, form: Any) -> None:
        if isinstance(form, str) and form in FORMATS:
            self.dtype = self.dtype or pl.String
            if pl.String != self.dtype:
                msg = f"format {form!r} of column {self.column!r} is for text, and its type is {self.dtype}"
                raise ValueError(msg)
            self.rules.append(Rule("format", (self.column,), "format", form, f"must be {FORMATS[form]}"))
            return
        if isinstance(form, str) and "%" in form:
            for dtype, option in ((pl.Date, "date_format"), (pl.Time, "time_format"), (pl.Datetime, "datetime_format")):
                if self.dtype is not None and dtype == self.dtype.base_type():
                    self.options[option] = form
                    return
            msg = f"format {form!r} of column {self.column!r} is for a date, a time or a datetime, which its type says"
            raise ValueError(msg)
        known = ", ".join(FORMATS)
        msg = f"format of column {self.column!r} must be one of {known}, or one with % for a date or time, got {form!r}"
        raise ValueError(msg)


class _Table:
    """The rules of the table as a whole."""

    def __init__(self, given: Any) -> None:
        known = ("primary_key", "unique", "foreign_keys", "expressions", "min_rows", "max_rows", "tolerance")
        if not isinstance(given, Mapping):
            raise TypeError(_wanted("the rules of the table", "a mapping", given))
        for word in given:
            if word not in known:
                raise ValueError(unknown(f"rule {word!r} of the table", word, known))
        self.rules: list[Rule] = []
        if (key := given.get("primary_key")) is not None:
            self.rules += primary_key(_names("primary_key", key))
        for key in _keys("unique", given.get("unique")):
            self.rules.append(unique("unique", key))
        references = given.get("foreign_keys") or ()
        if isinstance(references, str | Mapping) or not isinstance(references, Sequence):
            raise TypeError(_wanted("foreign_keys", "a list of mappings with 'columns' and 'references'", references))
        self.rules += map(self._foreign, references)
        for name, expression in _expressions(given.get("expressions")).items():
            self.rules.append(expression_rule(name, expression))
        tolerance = _share("the table", given.get("tolerance", 0.0))
        self.rules = [replace(rule, tolerance=tolerance) for rule in self.rules]
        self.bounds = (_count("min_rows", given.get("min_rows")), _count("max_rows", given.get("max_rows")))
        if None not in self.bounds and self.bounds[0] > self.bounds[1]:  # type: ignore[operator]
            msg = f"min_rows must not be more than max_rows, got {self.bounds[0]} and {self.bounds[1]}"
            raise ValueError(msg)

    @staticmethod
    def _foreign(given: Any) -> Rule:
        if not isinstance(given, Mapping) or set(given) != {"columns", "references"}:
            msg = f"a foreign key is a mapping with 'columns' and 'references', got {_short(given)}"
            raise ValueError(msg)
        return foreign_key(_names("columns", given["columns"]), given["references"])


def primary_key(columns: tuple[str, ...]) -> list[Rule]:
    """Make the rules of a primary key: no null in it, and no two rows alike."""
    required = [Rule("primary_key", (name,), "required", None, "must not be null in a primary key") for name in columns]
    return [*required, unique("primary_key", columns)]


def unique(name: str, columns: tuple[str, ...], *, all: bool = False, nulls: str = "exempt") -> Rule:
    """Make the rule that no two rows are alike in some columns."""
    text = "must not come twice" if len(columns) == 1 else f"{', '.join(columns)} must not be those of another row"
    return Rule(name, columns, "unique", (all, nulls), text)


def foreign_key(columns: tuple[str, ...], references: Any, *, nulls: str = "exempt") -> Rule:
    """Make the rule that values are found in other columns: of the file, or of a frame."""
    if isinstance(references, pl.Series):
        references = references.to_frame()
    if isinstance(references, pl.LazyFrame):
        references = references.collect()
    if isinstance(references, pl.DataFrame):
        if references.width != len(columns):
            msg = f"a foreign key of {len(columns)} columns refers to a frame of as many, got {references.width}"
            raise ValueError(msg)
        named = ", ".join(references.columns)
        return Rule("foreign_key", columns, "among", (references, nulls), f"must be among the values of {named!r}")
    others = _names("references", references)
    if len(others) != len(columns):
        msg = f"a foreign key of {len(columns)} columns refers to as many, got {len(others)}"
        raise ValueError(msg)
    text = f"must be a value of {', '.join(others)!r} in some row"
    return Rule("foreign_key", columns, "among_columns", (others, nulls), text)


def expression_rule(name: str, expression: pl.Expr) -> Rule:
    """Make the rule that an expression is not false."""
    roots = tuple(dict.fromkeys(expression.meta.root_names()))
    return Rule(name, roots, "expression", expression, f"must satisfy {_short(str(expression))}")


def compared(column: str, word: str, value: Any) -> Rule:
    """Make a rule that holds a column against one value."""
    kinds = "a number, a text, a date, a time or a duration"
    if (isinstance(value, float | Decimal) and math.isnan(value)) or isinstance(value, bool):
        raise ValueError(_wanted(f"{word} of column {column!r}", kinds, value))
    if not isinstance(value, int | float | Decimal | str | date | time | timedelta):
        raise TypeError(_wanted(f"{word} of column {column!r}", kinds, value))
    return Rule(word, (column,), "compare", (SIGNS[word], value), f"{_BOUNDS[word]} {value}")


def among(column: str, word: str, values: Any) -> Rule:
    """Make the rule that a value is one of a list."""
    if isinstance(values, pl.Series):
        values = values.to_list()
    if isinstance(values, str | bytes) or not isinstance(values, Sequence | set | frozenset):
        raise TypeError(_wanted(f"{word} of column {column!r}", "a list of values", values))
    listed = [value for value in values if value is not None]
    if not listed:
        raise ValueError(_wanted(f"{word} of column {column!r}", "at least one value", values))
    shown = ", ".join(_short(value) for value in listed[:_LISTED]) + (", ..." if len(listed) > _LISTED else "")
    return Rule(word, (column,), "enum", tuple(listed), f"must be one of {shown}")


def length(column: str, word: str, value: Any, *, least: bool, unit: str = "characters") -> Rule:
    """Make the rule that a text is not shorter, or not longer, than so much."""
    count = _count(f"{word} of column {column!r}", value)
    bounds = (count, None) if least else (None, count)
    return Rule(
        word, (column,), "length", (*bounds, unit), f"must have at {'least' if least else 'most'} {count} {unit}"
    )


def pattern(column: str, word: str, value: Any) -> Rule:
    """Make the rule that a whole text matches."""
    if isinstance(value, re.Pattern):
        value = value.pattern
    if not isinstance(value, str):
        raise TypeError(_wanted(f"{word} of column {column!r}", "a regular expression", value))
    try:
        _native.check_pattern(value)
    except ValueError as error:
        msg = f"{word} of column {column!r} is no regular expression: {error}"
        raise ValueError(msg) from None
    return Rule(word, (column,), "pattern", rf"\A(?:{value})\z", f"must match {_short(value)}")


def _required(column: str, word: str, value: Any) -> Rule | None:
    if not isinstance(value, bool):
        raise TypeError(_wanted(f"{word} of column {column!r}", "True or False", value))
    return Rule(word, (column,), "required", None, "must not be null") if value else None


def _unique(column: str, word: str, value: Any) -> Rule | None:
    if not isinstance(value, bool):
        raise TypeError(_wanted(f"{word} of column {column!r}", "True or False", value))
    return unique(word, (column,)) if value else None


def _monotonic(column: str, word: str, value: Any) -> Rule | None:
    if value is False:
        return None
    order = "increasing" if value is True else value
    if order not in ORDERS:
        raise ValueError(_wanted(f"{word} of column {column!r}", f"one of {', '.join(ORDERS)}", value))
    text = f"must be {order.replace('_', ' ')} from row to row"
    return Rule(word, (column,), "monotonic", ORDERS[order], text)


_COLUMN_RULES: Mapping[str, Callable[[str, str, Any], Rule | None]] = {
    "required": _required,
    "unique": _unique,
    **dict.fromkeys(SIGNS, compared),
    "min_length": lambda column, word, value: length(column, word, value, least=True),
    "max_length": lambda column, word, value: length(column, word, value, least=False),
    "pattern": pattern,
    "enum": among,
    "monotonic": _monotonic,
    "references": lambda column, _, value: foreign_key((column,), value),
}

FORMATS: Mapping[str, str] = {
    "email": "an e-mail address",
    "url": "a URL",
    "uuid": "a UUID",
    "ipv4": "an IPv4 address",
    "ipv6": "an IPv6 address",
    "iban": "an IBAN",
    "luhn": "a number with a Luhn check digit",
    "ascii": "ASCII text",
}


def unknown(what: str, word: Any, known: Sequence[str]) -> str:
    """Say that a word is not one of those known."""
    near = difflib.get_close_matches(str(word), known, n=1)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    return f"{what} is unknown{hint}; the words are {', '.join(known)}"


def _dtype(column: str, kind: Any) -> Any:
    if isinstance(kind, str):
        if kind not in TYPES:
            msg = f"type of column {column!r} must be one of {', '.join(TYPES)}, or a type of polars, got {kind!r}"
            raise ValueError(msg)
        return TYPES[kind]
    return named_types("type", {column: kind})[column]


def _agree(column: str, words: Mapping[str, Any]) -> None:
    bounds = [
        (low, high, "exclusive" in low + high)
        for low in ("minimum", "exclusive_minimum")
        for high in ("maximum", "exclusive_maximum")
    ]
    for low, high, is_open in [("min_length", "max_length", False), *bounds]:
        least, most = words.get(low), words.get(high)
        try:
            crossed = least is not None and most is not None and (least >= most if is_open else least > most)
        except TypeError:
            crossed = False
        if crossed:
            wanted = "must be less than" if is_open else "must not be more than"
            msg = f"{low} of column {column!r} {wanted} its {high}, got {least!r} and {most!r}"
            raise ValueError(msg)


def _share(what: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError(_wanted(f"tolerance of {what!r}", "a share between 0 and 1", value))
    return float(value)


def _count(what: str, value: Any) -> int | None:
    if value is None:
        return None
    try:
        number = None if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = None
    if number is None or number < 0:
        raise ValueError(_wanted(what, "a whole number, not negative", value))
    return number


def _names(what: str, value: Any) -> tuple[str, ...]:
    names = (value,) if isinstance(value, str) else value
    if not isinstance(names, Sequence) or not names or not all(isinstance(name, str) for name in names):
        raise TypeError(_wanted(what, "a column or a list of columns", value))
    if len(set(names)) != len(names):
        raise ValueError(_wanted(what, "columns that differ", value))
    return tuple(names)


def _keys(what: str, value: Any) -> list[tuple[str, ...]]:
    if value is None:
        return []
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise TypeError(_wanted(what, "a list of keys, each a column or a list of columns", value))
    return [_names(what, key) for key in value]


def _expressions(value: Any) -> Mapping[str, pl.Expr]:
    if value is None:
        return {}
    if isinstance(value, Mapping) and all(
        isinstance(name, str) and isinstance(each, pl.Expr) for name, each in value.items()
    ):
        return value
    raise TypeError(_wanted("expressions", "a mapping of name to polars expression", value))


def _wanted(what: str, wanted: str, value: Any) -> str:
    return f"{what} must be {wanted}, got {_short(value)}"


def _short(value: Any) -> str:
    shown = value if isinstance(value, str) else repr(value)
    return shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "…"
