"""
The lazy scan on Polars 1.32 to 1.44: the reader as a Python source, as the good rows of a report are on any Polars.

This is the only file that knows that interface, which Polars documents as ``register_io_source``. Polars asks for
columns, which include those of its filter, and for a number of rows, which counts before the filter and is exact. A
filter has to be applied in full, by the source or, where the source says that it has not, by Polars.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import polars as pl

from polars_fast_csv._forked import UnlessForked
from polars_fast_csv._progress import Telling
from polars_fast_csv._resolved import ResolvedCsv, frames


def lazy_frame(csv: ResolvedCsv) -> pl.LazyFrame:
    """Build the scan; a row index is one of its columns."""
    return python_scan(csv, _Source(csv))


def python_scan(csv: ResolvedCsv, source: Callable[..., tuple[Iterator[pl.DataFrame], bool]]) -> pl.LazyFrame:
    """
    Build the scan of a Python source that gives the columns of ``csv``.

    This is what ``register_io_source`` calls. That wraps the source in a closure, which nothing but cloudpickle can
    pickle, and keeps the answer to itself that Polars is to apply the filter.
    """
    scan = pl.LazyFrame._scan_python_function
    # A pure source that occurs twice in a query may be read once; the oldest versions do not ask.
    pure: dict[str, Any] = {"is_pure": True} if "is_pure" in inspect.signature(scan).parameters else {}
    return scan(UnlessForked(csv.output_schema()), source, pyarrow=False, validate_schema=False, **pure)


class _Source:
    """One scan; called once for each query that runs."""

    def __init__(self, csv: ResolvedCsv) -> None:
        self._csv = csv

    def __call__(
        self, with_columns: list[str] | None, predicate: bytes | None, n_rows: int | None, batch_size: int | None
    ) -> tuple[Iterator[pl.DataFrame], bool]:
        """Give the batches, and that the filter has not been applied in full, whatever the reader made of it."""
        csv = self._csv
        columns = list(csv.output_schema()) if with_columns is None else with_columns
        row_index = csv.row_index if csv.row_index is not None and csv.row_index[0] in columns else None
        telling = Telling(csv.progress)
        reading = csv.read(
            [column for column in columns if row_index is None or column != row_index[0]],
            slice=None if n_rows is None else (0, n_rows),
            row_index=row_index,
            filters=_expressions(predicate),
            progress=telling.told,
        )
        batches: Iterator[pl.DataFrame] = frames(reading, columns=bool(columns), empty=True, telling=telling)
        if row_index is not None or csv.file_paths in columns:
            # They come first and last from the reader, wherever the query has them.
            batches = (frame.select(columns) for frame in batches)
        return batches, False


def _expressions(predicate: bytes | None) -> list[pl.Expr]:
    """The filter, unless it holds what cannot be taken out of its bytes again."""
    if predicate is None:
        return []
    try:
        return [pl.Expr.deserialize(predicate)]
    except Exception:
        # As in Polars' own wrapper: bytes that hold a Python function are unpickled, and that may raise anything.
        return []
