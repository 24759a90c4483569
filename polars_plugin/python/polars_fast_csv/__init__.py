"""
A CSV reader for Polars that never loses a row without saying so.

Importing it also sets ``polars.scan_fast_csv`` and ``polars.read_fast_csv``.
"""

import importlib
import warnings
from typing import TYPE_CHECKING

# Polars panics in a subinterpreter: this raises there first.
import polars_fast_csv._interpreter  # noqa: F401

# isort: split

import polars as _pl

from polars_fast_csv import _expr as _expr
from polars_fast_csv import _native
from polars_fast_csv._errors import CsvError
from polars_fast_csv._functions import count_rows, open_csv, parse_csv_simd, read_arrow, read_fast_csv
from polars_fast_csv._lazy import scan_fast_csv
from polars_fast_csv._native import __version__
from polars_fast_csv._reader import CsvReader
from polars_fast_csv._rejects import Rejects
from polars_fast_csv._versions import backend, show_versions

if TYPE_CHECKING:
    from polars_fast_csv._profile import profile
    from polars_fast_csv._report import Report
    from polars_fast_csv._sniffed import Sniffed, sniff
    from polars_fast_csv._validate import validate

__all__ = [
    "CsvError",
    "CsvReader",
    "Rejects",
    "Report",
    "Sniffed",
    "__version__",
    "backend",
    "count_rows",
    "open_csv",
    "parse_csv_simd",
    "profile",
    "read_arrow",
    "read_fast_csv",
    "scan_fast_csv",
    "show_versions",
    "sniff",
    "validate",
]

# What few programs use is loaded when it is asked for: half of the package's own time.
_LATER = {
    "Report": "_report",
    "Sniffed": "_sniffed",
    "profile": "_profile",
    "sniff": "_sniffed",
    "validate": "_validate",
}


def __getattr__(name: str) -> object:
    if name not in _LATER:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    value: object = getattr(importlib.import_module(f"{__name__}.{_LATER[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})


if _native.is_debug():
    warnings.warn(
        "polars_fast_csv was built without optimisation and is many times slower than it should be; "
        "build it with `maturin develop --release`",
        stacklevel=2,
    )

setattr(_pl, "scan_fast_csv", scan_fast_csv)  # noqa: B010
setattr(_pl, "read_fast_csv", read_fast_csv)  # noqa: B010
