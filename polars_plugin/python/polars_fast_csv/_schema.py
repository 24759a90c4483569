"""Schemas to and from the native module, by the capsules of Arrow's C interface."""

from __future__ import annotations

import polars as pl

from polars_fast_csv import _native

# Polars 1.32 does not speak that interface with schemas.
if hasattr(pl.Schema, "__arrow_c_schema__"):
    from polars import Schema
else:
    from polars_fast_csv._frame_schema import Schema

__all__ = ["Schema", "native_schema"]


def native_schema(scan: _native.Scan) -> pl.Schema:
    """The columns of a scan."""
    return pl.Schema(scan) if Schema is pl.Schema else pl.DataFrame(scan.collect(slice=(0, 0))).schema
