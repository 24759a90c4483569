"""Rules over the columns of a scan whose types are known, as the native module takes them."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import polars as pl
from polars.exceptions import PolarsError

from polars_fast_csv._elementwise import is_elementwise
from polars_fast_csv._evaluated import evaluated
from polars_fast_csv._filters import native_filter
from polars_fast_csv._rules import SIGNS, Rule

# Name, what is expected, columns, kind and what that takes, as polars_plugin/src/validate.rs lists them.
NativeRule = tuple[str, str, list[int], str, object]

_MOST = (1 << 64) - 1
# The kinds of rules that depend on a column's type, and those among them that are for text alone.
_OF_TEXT = ("pattern", "format", "length")
BY_TYPE = ("compare", "enum", *_OF_TEXT)
# The types whose values the native module does not compare, but Polars does.
_EVALUATED = (pl.Decimal, pl.Duration, pl.Categorical, pl.Enum)


@dataclass(frozen=True)
class Compiled:
    """The rules of one scan."""

    rules: list[Rule]
    native: list[NativeRule]
    batchwise: dict[int, pl.Expr]
    """Expressions that say of each row by itself whether it keeps the rule of this number."""
    whole: dict[int, pl.Expr]
    """Those that have to see all rows at once."""

    @property
    def roots(self) -> list[str]:
        """The columns that the first kind looks at."""
        return list(dict.fromkeys(name for each in self.batchwise.values() for name in each.meta.root_names()))


def compiled(rules: Sequence[Rule], schema: Mapping[str, pl.DataType]) -> Compiled:
    """Put rules into the words of the native module; one that is not for a column's type is an error."""
    positions = {name: at for at, name in enumerate(schema)}
    native: list[NativeRule] = []
    batchwise: dict[int, pl.Expr] = {}
    whole: dict[int, pl.Expr] = {}
    for number, rule in enumerate(rules):
        kind, takes = _native(rule, schema, positions)
        if isinstance(takes, pl.Expr):
            # Without a column an expression has one value, whatever the rows of a batch.
            by_row = rule.kind in BY_TYPE or (is_elementwise(takes) and bool(takes.meta.root_names()))
            (batchwise if by_row else whole)[number] = takes
            takes = None
        native.append((rule.name, rule.expected, [positions[name] for name in rule.columns], kind, takes))
    return Compiled(list(rules), native, batchwise, whole)


def _native(rule: Rule, schema: Mapping[str, pl.DataType], positions: Mapping[str, int]) -> tuple[str, object]:
    at = positions[rule.columns[0]] if rule.columns else 0
    dtype = schema[rule.columns[0]] if rule.columns else pl.Null()
    if rule.kind in BY_TYPE and isinstance(dtype, _EVALUATED):
        return "elsewhere", evaluated(rule, dtype)
    if rule.kind in _OF_TEXT and pl.String != dtype:
        msg = f"{rule.name} of column {rule.columns[0]!r} is for text, and the column is {dtype}"
        raise ValueError(msg)
    if rule.kind == "compare":
        return "holds", _compared(rule, at, dtype)
    if rule.kind == "enum":
        values = [_value(rule, value, dtype) for value in rule.takes]
        return ("words", values) if pl.String == dtype else ("holds", ("is_in", at, values))
    if rule.kind == "length":
        least, most, unit = rule.takes
        return "length" if unit == "characters" else "byte_length", (least or 0, _MOST if most is None else most)
    if rule.kind == "among":
        known, nulls = rule.takes
        return "among", (_exact(known, [schema[name] for name in rule.columns]), nulls)
    if rule.kind == "among_columns":
        others, nulls = rule.takes
        return "among_columns", ([positions[name] for name in others], nulls)
    if rule.kind == "expression":
        filter = native_filter(rule.takes, schema)
        return ("elsewhere", rule.takes) if filter is None else ("holds", filter)
    return rule.kind, rule.takes


def _exact(known: pl.DataFrame, dtypes: Sequence[pl.DataType]) -> pl.DataFrame:
    """Leave out the rows with numbers or times that columns of these types cannot hold: a cast would change them."""
    kept = [
        pl.col(name).eq_missing(pl.col(name).cast(to, strict=False).cast(own, strict=False))
        for (name, own), to in zip(known.schema.items(), dtypes, strict=True)
        # A float of fewer bits is the nearest one, as that of a cell is.
        if own != to and not (own.is_float() and to.is_float()) and _is_measured(own) and _is_measured(to)
    ]
    try:
        return known.filter(kept) if kept else known
    except PolarsError:
        # There is no such cast, which the native module tells.
        return known


def _is_measured(dtype: pl.DataType) -> bool:
    return dtype.is_numeric() or dtype.is_temporal()


def _compared(rule: Rule, at: int, dtype: pl.DataType) -> tuple[Any, ...]:
    sign, value = rule.takes
    if dtype.is_integer() and isinstance(value, float | Decimal):
        if math.isinf(value):
            return ("constant", (value < 0) == (sign in (">=", ">")))
        # An integer is at least 1.5 where it is at least 2, and more than 1.5 where it is more than 1.
        value = math.ceil(value) if sign in (">=", "<") else math.floor(value)
    held = (sign, at, _value(rule, value, dtype))
    # A float that is no number is within no bounds.
    return ("and", [held, ("not", ("is_nan", at))]) if dtype.is_float() and rule.name in SIGNS else held


def _value(rule: Rule, value: Any, dtype: pl.DataType) -> bool | int | float | str:
    """A value as the native module holds it against a column: dates and times as ticks."""
    try:
        return _typed(value, dtype)
    except (TypeError, ValueError, OverflowError, PolarsError):
        msg = f"{rule.name} of column {rule.columns[0]!r} is {value!r}, and the column is {dtype}"
        raise ValueError(msg) from None


def _typed(value: Any, dtype: pl.DataType) -> bool | int | float | str:
    if pl.String == dtype and isinstance(value, str):
        return value
    if pl.Boolean == dtype and isinstance(value, bool):
        return value
    if isinstance(value, bool):
        raise TypeError
    if dtype.is_integer():
        whole = int(value)
        if isinstance(value, str) or whole == value:
            return whole
    elif dtype.is_float() and isinstance(value, int | float | Decimal | str):
        number = float(value)
        return struct.unpack("f", struct.pack("f", number))[0] if pl.Float32 == dtype else number
    elif pl.Date == dtype:
        value = date.fromisoformat(value) if isinstance(value, str) else value
        if isinstance(value, date) and not isinstance(value, datetime):
            return _ticks(value, dtype)
    elif pl.Time == dtype:
        return _ticks(time.fromisoformat(value) if isinstance(value, str) else value, dtype)
    elif isinstance(dtype, pl.Datetime):
        value = datetime.fromisoformat(value) if isinstance(value, str) else value
        if isinstance(value, date) and not isinstance(value, datetime):
            value = datetime(value.year, value.month, value.day)
        if (value.tzinfo is None) == (dtype.time_zone is None):
            return _ticks(value, dtype)
    raise TypeError


def _ticks(value: date | time, dtype: pl.DataType) -> int:
    ticks: int = pl.Series([value], dtype=dtype, strict=True).to_physical().item()
    return ticks
