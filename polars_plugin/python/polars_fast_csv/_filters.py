"""
Filters of Polars as filters of the reader.

Polars writes an expression as JSON. That form is not documented and may change, so everything that is not recognised is
left to the engine, which applies every filter again; what is recognised means exactly the same here as there, nulls and
NaN included.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any, TypeAlias

import polars as pl
from polars.exceptions import PolarsError

# A filter as the native reader takes it: a kind and its operands, as polars_plugin/src/filter.rs lists them.
NativeFilter: TypeAlias = "tuple[Any, ...]"

_COMPARISONS = {"Eq": "==", "NotEq": "!=", "Lt": "<", "LtEq": "<=", "Gt": ">", "GtEq": ">="}
_MIRRORED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_BOUNDS = {"Both": (">=", "<="), "Left": (">=", "<"), "Right": (">", "<="), "None": (">", "<")}
_ANDS = ("And", "LogicalAnd")
_UNITS = {"Milliseconds": "ms", "Microseconds": "us", "Nanoseconds": "ns"}
# Types whose cells the native reader compares.
_COMPARED: frozenset[Any] = frozenset(
    {
        pl.Int8,
        pl.Int16,
        pl.Int32,
        pl.Int64,
        pl.UInt8,
        pl.UInt16,
        pl.UInt32,
        pl.UInt64,
        pl.Float32,
        pl.Float64,
        pl.Boolean,
        pl.String,
        pl.Date,
        pl.Time,
        pl.Datetime,
        pl.Duration,
    }
)
# From here on a float does not hold every integer.
_EXACT = 2**53


class _UnknownError(Exception):
    """Something in an expression is not recognised."""


def pushed_filter(
    expressions: Sequence[pl.Expr], schema: Mapping[str, pl.DataType], beside: Container[str] = ()
) -> tuple[NativeFilter | None, list[int]]:
    """
    Sort filters that must all hold into one that the reader applies and the columns that the others look at.

    Cells of these columns are read in every row, so that an error does not depend on which filter comes first. Filters
    on columns that are ``beside`` those of files are left to the engine.
    """
    if not expressions:
        return None, []
    positions = {name: at for at, name in enumerate(schema) if name not in beside}
    translator = _Translator(schema, beside)
    parts: list[NativeFilter] = []
    checked: set[int] = set()
    for expression in expressions:
        translated = [translator.translate(node) for node in _conjuncts(_node(expression))]
        parts += (part for part in translated if part is not None)
        if None in translated:
            # A column whose every cell is read for the filter already may be among them.
            checked.update(positions[name] for name in expression.meta.root_names() if name in positions)
    return ("and", parts) if parts else None, sorted(checked)


def rows_left(frame: pl.DataFrame, expressions: Sequence[pl.Expr]) -> list[int] | None:
    """
    Find the rows of a small frame that are left by those filters that look at its columns alone; ``None`` for all.

    Only filters that are recognised are evaluated: the engine may push some that cannot be.
    """
    translator = _Translator(frame.schema)
    kept = pl.repeat(True, frame.height, eager=True)
    for expression in expressions:
        node = _node(expression)
        if all(translator.translate(part) is not None for part in _conjuncts(node)):
            kept &= frame.select(expression.alias("kept")).to_series().fill_null(False)
    return None if kept.all() else kept.arg_true().to_list()


def native_filter(expression: pl.Expr, schema: Mapping[str, pl.DataType]) -> NativeFilter | None:
    """Translate a filter over the columns of a file; ``None`` where the engine has to apply it alone."""
    return _Translator(schema).translate(_node(expression))


def _node(expression: pl.Expr) -> Any:
    """An expression as Polars writes it; ``None`` where it cannot be written."""
    # A Python function would have to be pickled.
    if "python_udf" in str(expression):
        return None
    try:
        return json.loads(expression.meta.serialize(format="json"))
    except (ValueError, RecursionError, PolarsError):
        return None


def _conjuncts(node: Any) -> list[Any]:
    """
    List the filters that must all hold for one to hold, which Polars before 2 gives in one piece.

    A row is kept where a filter is true, and an "and" is true where both sides are, so these may be taken apart.
    """
    found, left = [], [node]
    while left:
        node = left.pop()
        if isinstance(node, dict) and "BinaryExpr" in node and node["BinaryExpr"]["op"] in _ANDS:
            left += (node["BinaryExpr"]["right"], node["BinaryExpr"]["left"])
        else:
            found.append(node)
    return found


class _Translator:
    def __init__(self, schema: Mapping[str, pl.DataType], beside: Container[str] = ()) -> None:
        self._schema = schema
        self._positions = {name: at for at, name in enumerate(schema) if name not in beside}

    def translate(self, node: Any) -> NativeFilter | None:
        """A filter, or ``None`` where something in it is not recognised."""
        try:
            return self.filter(node)
        except (_UnknownError, LookupError, TypeError, ValueError, RecursionError, struct.error, PolarsError):
            return None

    def filter(self, node: Any) -> NativeFilter:
        kind, content = _only_item(node)
        if kind == "Column":
            return ("column", self._column(node, pl.Boolean))
        if kind == "Literal":
            return ("constant", _boolean(node))
        if kind == "BinaryExpr":
            return self._binary(content["op"], content["left"], content["right"])
        if kind == "Alias":
            return self.filter(content[0])
        if kind == "Ternary":
            return self._true_or_null(content)
        if kind == "Function":
            family, function = _only_item(content["function"])
            if family == "Boolean":
                return self._boolean(function, content["input"])
            if (family, function) == ("StringExpr", "StartsWith"):
                text, prefix = content["input"]
                return ("starts_with", self._column(text, pl.String), _scalar(prefix, "String"))
        raise _UnknownError

    def _binary(self, op: str, left: Any, right: Any) -> NativeFilter:
        if op in _ANDS:
            return ("and", [self.filter(left), self.filter(right)])
        if op in ("Or", "LogicalOr"):
            return ("or", [self.filter(left), self.filter(right)])
        if op == "Xor":
            one, other = self.filter(left), self.filter(right)
            return ("or", [("and", [one, ("not", other)]), ("and", [("not", one), other])])
        if op == "EqValidity":
            return ("and", [self._against_value("==", left, right), self._not_null(_uncast(left))])
        if op == "NotEqValidity":
            return ("or", [self._against_value("!=", left, right), ("is_null", self._column(_uncast(left)))])
        return self._comparison(_COMPARISONS[op], left, right)

    def _comparison(self, sign: str, left: Any, right: Any) -> NativeFilter:
        if "Column" not in _uncast(left):
            return self._against_value(_MIRRORED[sign], right, left)
        if "Column" not in _uncast(right):
            return self._against_value(sign, left, right)
        column, other = self._column(left), self._column(right)
        if self._dtype(left) != self._dtype(right) or self._dtype(left).base_type() not in _COMPARED:
            raise _UnknownError
        return (f"{sign}:", column, other)

    def _against_value(self, sign: str, column: Any, literal: Any) -> NativeFilter:
        if "Cast" in column:
            return self._integer_against_float(sign, column["Cast"], _scalar(literal, "Float", "Float64"))
        return (sign, self._column(column), _value(literal, self._dtype(column)))

    def _integer_against_float(self, sign: str, cast: Any, number: float) -> NativeFilter:
        """An integer compared as a float: as it is, with the whole number on the side of the float that decides."""
        if cast["dtype"] != {"Literal": "Float64"} or abs(number) >= _EXACT:
            raise _UnknownError
        column = self._integer(cast["expr"])
        low, high = math.floor(number), math.ceil(number)
        if low == high or sign in ("<=", ">", "<", ">="):
            return (sign, column, low if sign in ("<=", ">") else high)
        # No integer is such a number, and null stays null.
        apart = (("<=", column, low), (">=", column, high))
        return ("or", list(apart)) if sign == "!=" else ("and", [(">", column, high), ("<", column, low)])

    def _true_or_null(self, ternary: Any) -> NativeFilter:
        """What Polars makes of a comparison that holds, or fails, for whatever an integer column may hold but nulls."""
        kind, function = _only_item(ternary["predicate"])
        if kind != "Function" or function["function"] != {"Boolean": "IsNotNull"}:
            raise _UnknownError
        if _only_item(ternary["falsy"]["Literal"]["Scalar"]) != ("Null", "Boolean"):
            raise _UnknownError
        (node,) = function["input"]
        column = self._integer(node)
        if _boolean(ternary["truthy"]):
            return ("or", [("<", column, 0), (">=", column, 0)])
        return ("and", [("<", column, 0), (">=", column, 0)])

    def _boolean(self, function: Any, inputs: list[Any]) -> NativeFilter:
        simple: dict[str, Callable[[Any], NativeFilter]] = {
            "Not": lambda node: ("not", self.filter(node)),
            "IsNull": lambda node: ("is_null", self._column(node)),
            "IsNotNull": self._not_null,
            "IsNan": lambda node: ("is_nan", self._column(node, pl.Float32, pl.Float64)),
            "IsNotNan": lambda node: ("not", ("is_nan", self._column(node, pl.Float32, pl.Float64))),
        }
        if isinstance(function, str):
            (node,) = inputs
            return simple[function](node)
        name, options = _only_item(function)
        if name == "IsBetween":
            column, low, high = inputs
            lower, upper = _BOUNDS[options["closed"]]
            return ("and", [self._against_value(lower, column, low), self._against_value(upper, column, high)])
        if name == "IsIn":
            column, values = inputs
            return self._is_in(column, values, nulls_equal=options["nulls_equal"])
        raise _UnknownError

    def _is_in(self, column: Any, values: Any, *, nulls_equal: bool) -> NativeFilter:
        members = _members(values)
        dtype = self._dtype(column)
        if members.dtype != dtype or dtype.base_type() not in _COMPARED:
            raise _UnknownError
        # As `_value` gives them: dates and times as ticks.
        physical = members.drop_nulls().to_physical().to_list()
        found = ("is_in", self._column(column), physical)
        if not nulls_equal:
            return found
        if members.null_count():
            return ("or", [found, ("is_null", self._column(column))])
        return ("and", [found, self._not_null(column)])

    def _not_null(self, node: Any) -> NativeFilter:
        return ("not", ("is_null", self._column(node)))

    def _column(self, node: Any, *dtypes: type[pl.DataType]) -> int:
        if dtypes and self._dtype(node).base_type() not in dtypes:
            raise _UnknownError
        return self._positions[node["Column"]]

    def _integer(self, node: Any) -> int:
        dtype = self._dtype(node)
        if not dtype.is_integer() or dtype.base_type() not in _COMPARED:
            raise _UnknownError
        return self._column(node)

    def _dtype(self, node: Any) -> pl.DataType:
        return self._schema[node["Column"]]


def _uncast(node: Any) -> Any:
    """What is cast; another node as it is."""
    return node["Cast"]["expr"] if "Cast" in node else node


def _only_item(node: Any) -> tuple[str, Any]:
    if not isinstance(node, dict):
        raise _UnknownError
    ((kind, content),) = node.items()
    return kind, content


def _scalar(node: Any, *types: str) -> Any:
    """The content of a literal of one of these types."""
    form, content = _only_item(node["Literal"])
    if form not in ("Scalar", "Dyn"):
        raise _UnknownError
    kind, value = _only_item(content)
    # A float that is not finite has no form in JSON.
    if kind not in types or value is None:
        raise _UnknownError
    return value


def _boolean(node: Any) -> bool:
    value: bool = _scalar(node, "Boolean")
    return value


def _value(node: Any, dtype: pl.DataType) -> bool | int | float | str:
    """A literal as the native reader holds it against a column of this type."""
    typed: bool | int | float | str
    if dtype.base_type() not in _COMPARED:
        raise _UnknownError
    if dtype.is_integer():
        typed = _scalar(node, "Int", str(dtype))
    elif dtype.is_float():
        number = _scalar(node, "Int", "Float", str(dtype))
        if isinstance(number, int) and abs(number) > _EXACT:
            raise _UnknownError
        typed = struct.unpack("f", struct.pack("f", number))[0] if dtype == pl.Float32 else float(number)
    elif isinstance(dtype, pl.Datetime):
        ticks, unit, zone = _scalar(node, "Datetime")
        name = zone["inner"] if isinstance(zone, dict) else zone
        if (_UNITS[unit], name) != (dtype.time_unit, dtype.time_zone):
            raise _UnknownError
        typed = ticks
    elif isinstance(dtype, pl.Duration):
        ticks, unit = _scalar(node, "Duration")
        if _UNITS[unit] != dtype.time_unit:
            raise _UnknownError
        typed = ticks
    else:
        typed = _scalar(node, str(dtype))
    return typed


def _members(node: Any) -> pl.Series:
    """The values of a list literal, which is written as a stream of Arrow IPC."""
    # A series has a name, which means nothing here.
    written = bytes(_scalar(node["Alias"][0] if "Alias" in node else node, "List"))
    return pl.read_ipc_stream(written).to_series()
