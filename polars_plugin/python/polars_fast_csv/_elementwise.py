"""
Whether an expression says of each row by itself what it says of it among others.

Polars writes an expression as JSON. What is listed here is known to look at one row at a time; whatever is not may look
at others, and is then evaluated over all rows at once.
"""

from __future__ import annotations

import json
from typing import Any

import polars as pl
from polars.exceptions import PolarsError

# Kinds of nodes, with the members that hold further nodes.
_NODES = {
    "BinaryExpr": ("left", "right"),
    "Ternary": ("predicate", "truthy", "falsy"),
    "Cast": ("expr",),
    "Function": ("input",),
}
_BOOLEANS = frozenset(
    [
        "Not",
        "IsNull",
        "IsNotNull",
        "IsFinite",
        "IsInfinite",
        "IsNan",
        "IsNotNan",
        "IsBetween",
        "IsIn",
        "AllHorizontal",
        "AnyHorizontal",
        "IsClose",
    ]
)
_STRINGS = frozenset(
    [
        "Contains",
        "EndsWith",
        "StartsWith",
        "LenBytes",
        "LenChars",
        "Lowercase",
        "Uppercase",
        "Strptime",
        "StripChars",
        "StripCharsStart",
        "StripCharsEnd",
        "StripPrefix",
        "StripSuffix",
        "Slice",
        "Head",
        "Tail",
        "Replace",
        "CountMatches",
        "Extract",
        "ZFill",
        "Find",
        "Reverse",
    ]
)
_TIMES = frozenset(
    [
        "Year",
        "Month",
        "Day",
        "Hour",
        "Minute",
        "Second",
        "Millisecond",
        "Microsecond",
        "Nanosecond",
        "WeekDay",
        "Week",
        "Quarter",
        "OrdinalDay",
        "IsoYear",
        "IsLeapYear",
        "Date",
        "Time",
        "Century",
        "Millennium",
    ]
)
_OTHERS = frozenset(["Abs", "FillNull", "Coalesce", "Negate", "Round", "Floor", "Ceil"])


def is_elementwise(expression: pl.Expr) -> bool:
    """Whether every part of an expression is known to look at one row at a time."""
    if "python_udf" in str(expression):
        return False
    try:
        return _is_known(json.loads(expression.meta.serialize(format="json")))
    except (ValueError, RecursionError, PolarsError, KeyError, TypeError, AttributeError):
        return False


def _is_known(node: Any) -> bool:
    ((kind, content),) = node.items()
    if kind == "Column":
        return True
    if kind == "Literal":
        # A series has rows of its own, unless it is a list of values to look among.
        return _only_kind(content) in ("Scalar", "Dyn")
    if kind == "Alias":
        return _is_known(content[0])
    if kind not in _NODES:
        return False
    if kind == "Function" and not _is_known_function(content["function"]):
        return False
    inner = [content[member] for member in _NODES[kind]]
    return all(_is_known(each) for part in inner for each in (part if isinstance(part, list) else [part]))


def _is_known_function(function: Any) -> bool:
    if isinstance(function, str):
        return function in _OTHERS
    ((family, which),) = function.items()
    name = _only_kind(which)
    if family == "Boolean":
        return name in _BOOLEANS
    if family == "StringExpr":
        return name in _STRINGS
    if family == "TemporalExpr":
        return name in _TIMES
    return family in _OTHERS


def _only_kind(node: Any) -> str:
    return node if isinstance(node, str) else str(next(iter(node)))
