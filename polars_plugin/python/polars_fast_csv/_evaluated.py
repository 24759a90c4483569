"""Rules over columns whose values the native module does not compare, as expressions for their batches."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

import polars as pl

from polars_fast_csv._expr import FastCsvExpr
from polars_fast_csv._rules import Rule

_HOLDS: dict[str, Callable[[Any, Any], pl.Expr]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


def evaluated(rule: Rule, dtype: pl.DataType) -> pl.Expr:
    """
    Say which values of a column of decimals, durations or categories keep a rule.

    Raises
    ------
    ValueError
        If the rule is not for such values.
    """
    column = pl.col(rule.columns[0])
    try:
        if isinstance(dtype, pl.Decimal):
            return _held(rule, column, _decimal)
        if isinstance(dtype, pl.Duration):
            return _held(rule, column, _duration)
        return _of_words(rule, column.cast(pl.String))
    except (TypeError, InvalidOperation):
        asked = f"is {rule.takes[-1]!r}" if rule.kind == "compare" else "is for other values"
        msg = f"{rule.name} of column {rule.columns[0]!r} {asked}, and the column is {dtype}"
        raise ValueError(msg) from None


def _held(rule: Rule, column: pl.Expr, literal: Callable[[Any], pl.Expr]) -> pl.Expr:
    if rule.kind == "compare":
        sign, value = rule.takes
        return _HOLDS[sign](column, literal(value))
    if rule.kind == "enum":
        return pl.any_horizontal(column == literal(value) for value in rule.takes)
    raise TypeError


def _of_words(rule: Rule, text: pl.Expr) -> pl.Expr:
    if rule.kind == "pattern":
        return text.str.contains(rule.takes)
    if rule.kind == "format":
        expression: pl.Expr = getattr(FastCsvExpr(text), f"is_{rule.takes}")()
        return expression
    if rule.kind == "length":
        least, most, unit = rule.takes
        count = text.str.len_chars() if unit == "characters" else text.str.len_bytes()
        return (count >= (least or 0)) & (pl.lit(True) if most is None else count <= most)
    return _held(rule, text, _text)


def _decimal(value: Any) -> pl.Expr:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        raise TypeError
    number = Decimal(str(value))
    if not number.is_finite():
        raise TypeError
    return pl.lit(number)


def _duration(value: Any) -> pl.Expr:
    if not isinstance(value, timedelta):
        raise TypeError
    return pl.lit(value)


def _text(value: Any) -> pl.Expr:
    if not isinstance(value, str):
        raise TypeError
    return pl.lit(value)
