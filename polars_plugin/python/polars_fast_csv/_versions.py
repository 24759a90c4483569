"""What runs here."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import PackageNotFoundError, version

import polars as pl

from polars_fast_csv import _native


def backend() -> str:
    """
    Name the back end that scans on this machine.

    The environment variable ``FAST_CSV_BACKEND`` overrides the choice.

    Returns
    -------
    str
        ``"avx512"``, ``"avx2"``, ``"neon"`` or ``"portable"``.

    Examples
    --------
    >>> import polars_fast_csv as pfc
    >>> pfc.backend() in ("avx512", "avx2", "neon", "portable")
    True
    """
    return _native.backend()


def show_versions() -> None:
    """
    Print what a report about this package should name.

    Examples
    --------
    >>> import polars_fast_csv as pfc
    >>> pfc.show_versions()  # doctest: +ELLIPSIS
    polars-fast-csv ...
    """
    build = "debug" if _native.is_debug() else "release"
    rows = {
        "polars-fast-csv": f"{_native.__version__} ({build} build)",
        "back end": f"{_native.backend()} (of {', '.join(_native.backends())})",
        "threads": str(pl.thread_pool_size()),
        "platform": platform.platform(),
        "python": sys.version.split()[0],
        "polars": pl.__version__,
    }
    for name in ("pyarrow", "pandas", "duckdb", "numpy"):
        try:
            rows[name] = version(name)
        except PackageNotFoundError:
            rows[name] = "not installed"
    for name, value in rows.items():
        print(f"{name:16} {value}")
