"""Schemas to and from the native module."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import polars as pl

from polars_fast_csv import _native

# A type as the native reader takes it: a name and what belongs to it, as polars_plugin/src/types.rs lists them.
NativeType: TypeAlias = "tuple[Any, ...]"

# Types of which there is nothing to say but the name; Polars 1.32 has not all of them.
PLAIN = frozenset(
    {
        "Null",
        "Boolean",
        "Binary",
        "String",
        "Date",
        "Time",
        "Int8",
        "Int16",
        "Int32",
        "Int64",
        "Int128",
        "UInt8",
        "UInt16",
        "UInt32",
        "UInt64",
        "UInt128",
        "Float16",
        "Float32",
        "Float64",
    }
)


# The objects of those that a schema gets without a detour, and of the datetime that a file's usually is.
_OBJECTS: dict[str, pl.DataType] = {name: getattr(pl, name)() for name in PLAIN if hasattr(pl, name)}
_OBJECTS["Datetime"] = pl.Datetime("us")


def native_schema(found: _native.Scan | _native.Guess) -> dict[str, pl.DataType]:
    """The columns of a scan, or of what was sniffed; a dict, for a schema of Polars takes as long as a small file."""
    # The way through Arrow's C interface takes as long as the look at a small file, and long for very many columns.
    if (plain := found.plain_schema(_OBJECTS)) is not None:
        return plain
    # Polars 1.32 speaks that interface with frames and not with schemas.
    if hasattr(pl.Schema, "__arrow_c_schema__"):
        return dict(pl.Schema(found))
    return dict(pl.DataFrame(found.columns()).schema)


def native_columns(schema: Mapping[str, pl.DataType]) -> list[tuple[str, NativeType]]:
    """Columns and their types for a scan."""
    return [(name, native_type(dtype)) for name, dtype in schema.items()]


def native_type(dtype: Any) -> NativeType:
    """
    A type for a scan; Polars 1.32 gives some as their classes.

    Raises
    ------
    LookupError
        The reader does not build it.
    """
    dtype = dtype if isinstance(dtype, pl.DataType) else dtype()
    name = type(dtype).__name__
    if name in PLAIN:
        return (name,)
    if isinstance(dtype, pl.Datetime):
        return (name, dtype.time_unit, dtype.time_zone)
    if isinstance(dtype, pl.Duration):
        return (name, dtype.time_unit)
    if isinstance(dtype, pl.Decimal):
        # Polars 1.32 leaves open what Polars 2 fills in.
        return (name, dtype.precision or 38, dtype.scale or 0)
    if isinstance(dtype, pl.Enum):
        categories = dtype.categories.to_list()
        return (name, categories, {"_PL_ENUM_VALUES2": "".join(map(_sized, categories))})
    if isinstance(dtype, pl.Categorical):
        return (name, _categories(dtype))
    if isinstance(dtype, pl.List):
        return (name, native_type(dtype.inner))
    if isinstance(dtype, pl.Array):
        return (name, native_type(dtype.inner), dtype.size)
    if isinstance(dtype, pl.Struct):
        return (name, [(field.name, native_type(field.dtype)) for field in dtype.fields])
    raise LookupError(name)


def _categories(dtype: pl.Categorical) -> dict[str, str]:
    """The metadata by which Polars knows the categories of an Arrow dictionary again; none for its global ones."""
    own = getattr(dtype, "categories", None)
    if own is None or (not own.name() and not own.namespace()):
        return {}
    physical = {pl.UInt8: "u8", pl.UInt16: "u16"}.get(own.physical(), "u32")
    return {"_PL_CATEGORICAL2": f"{_sized(own.name())}{_sized(own.namespace())}{physical};"}


def _sized(text: str) -> str:
    return f"{len(text.encode())};{text}"
