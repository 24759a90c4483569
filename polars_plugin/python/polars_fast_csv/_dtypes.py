"""Data types that a caller names, checked against those that the reader builds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl
from polars.datatypes import DataType, parse_into_dtype

from polars_fast_csv._schema import native_type


def named_types(option: str, types: Mapping[str, Any]) -> pl.Schema:
    """Turn a mapping of column to type (of Polars or of Python) into a schema of types that the reader builds."""
    schema = {}
    for column, given in types.items():
        if not isinstance(column, str):
            msg = f"{option} maps column names to types, got a key of type {type(column).__name__}"
            raise TypeError(msg)
        schema[column] = _built_type(option, f"column '{column}'", given)
    return pl.Schema(schema)


def listed_types(option: str, types: Iterable[Any]) -> pl.Schema:
    """Turn a sequence of types into a schema whose names are the positions."""
    return pl.Schema({str(at): _built_type(option, f"column {at}", given) for at, given in enumerate(types)})


def _built_type(option: str, place: str, given: Any) -> DataType:
    dtype = _whole_type(option, place, parse_into_dtype(given))
    try:
        native_type(dtype)
    except LookupError as unknown:
        msg = f"{option}: the reader does not build {unknown.args[0]} ({place}); read it as String and cast"
        raise NotImplementedError(msg) from None
    _check(option, place, dtype)
    return dtype


def _whole_type(option: str, place: str, parsed: Any) -> DataType:
    if isinstance(parsed, DataType):
        return parsed
    if parsed is pl.Decimal:
        msg = f"{option}: Decimal without precision and scale is no type ({place}); name them, as in Decimal(18, 2)"
        raise TypeError(msg)
    try:
        # `pl.Datetime` without a unit means microseconds without a zone, as in Polars.
        whole: DataType = parsed()
    except TypeError:
        msg = f"{option}: {parsed} without what it is made of is no type ({place})"
        raise TypeError(msg) from None
    return whole


def _check(option: str, place: str, dtype: Any) -> None:
    """Refuse what Polars lets a caller write down and cannot hold."""
    if isinstance(dtype, pl.Decimal):
        precision, scale = dtype.precision or 38, dtype.scale or 0
        if not (1 <= precision <= 38 and 0 <= scale <= precision):
            msg = f"{option}: {dtype} ({place}) must have a precision of 1 to 38 and a scale of 0 up to that"
            raise ValueError(msg)
    elif isinstance(dtype, pl.List | pl.Array):
        _check(option, place, dtype.inner)
    elif isinstance(dtype, pl.Struct):
        for field in dtype.fields:
            _check(option, place, field.dtype)
    elif isinstance(dtype, pl.Datetime) and dtype.time_zone is not None:
        # Polars knows the zones that there are.
        pl.Series([0], dtype=pl.Int64).cast(dtype)
