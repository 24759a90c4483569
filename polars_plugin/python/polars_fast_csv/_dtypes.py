"""Data types that a caller names, checked against those that the reader builds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl
from polars.datatypes import DataType, parse_into_dtype

from polars_fast_csv._schema import Schema

# Decoded straight from the bytes of a field. Datetime carries a unit and a zone, so classes are compared.
_BUILT: frozenset[type[DataType]] = frozenset(
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
        pl.Date,
        pl.Datetime,
        pl.Time,
        pl.String,
        pl.Null,
    }
)


def named_types(option: str, types: Mapping[str, Any]) -> pl.Schema:
    """Turn a mapping of column to type (of Polars or of Python) into a schema of types that the reader builds."""
    schema = {}
    for column, given in types.items():
        if not isinstance(column, str):
            msg = f"{option} maps column names to types, got a key of type {type(column).__name__}"
            raise TypeError(msg)
        schema[column] = _built_type(option, f"column '{column}'", given)
    return Schema(schema)


def listed_types(option: str, types: Iterable[Any]) -> pl.Schema:
    """Turn a sequence of types into a schema whose names are the positions."""
    return Schema({str(at): _built_type(option, f"column {at}", given) for at, given in enumerate(types)})


def _built_type(option: str, place: str, given: Any) -> DataType:
    parsed = parse_into_dtype(given)
    if parsed.base_type() not in _BUILT:
        msg = f"{option}: the reader does not build {parsed} yet ({place}); read it as String and cast"
        raise NotImplementedError(msg)
    if isinstance(parsed, DataType):
        return parsed
    # `pl.Datetime` without a unit means microseconds without a zone, as in Polars.
    whole: DataType = parsed()
    return whole
