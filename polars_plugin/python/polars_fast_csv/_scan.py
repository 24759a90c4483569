"""The lazy scan, by the interface that the installed Polars offers."""

from __future__ import annotations

import polars as pl

if hasattr(pl, "scan_external_reader"):
    from polars_fast_csv._external_reader import lazy_frame
else:
    from polars_fast_csv._io_source import lazy_frame

__all__ = ["lazy_frame"]
