"""
The lazy scan on Polars 1.32 to 1.44: the reader as a Python source.

This is the only file that knows that interface. Polars asks for columns, a filter and a number of rows; the filter has
to be applied in full here, to the rows that the number counts.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl
from polars.io.plugins import register_io_source

from polars_fast_csv._filters import pushed_filter
from polars_fast_csv._forked import refuse_lost_threads
from polars_fast_csv._resolved import ResolvedCsv, frames


def lazy_frame(csv: ResolvedCsv) -> pl.LazyFrame:
    """Build the scan; a row index is one of its columns."""
    return register_io_source(_Source(csv), schema=csv.output_schema(), is_pure=True)


class _Source:
    """One scan; called once for each query that runs."""

    def __init__(self, csv: ResolvedCsv) -> None:
        self._csv = csv

    def __call__(
        self, with_columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, batch_size: int | None
    ) -> Iterator[pl.DataFrame]:
        refuse_lost_threads()
        csv = self._csv
        columns = list(csv.output_schema()) if with_columns is None else with_columns
        row_index = csv.row_index if csv.row_index is not None and csv.row_index[0] in columns else None
        wanted = [column for column in columns if row_index is None or column != row_index[0]]
        filter, checked = (None, []) if predicate is None else pushed_filter([predicate], csv.schema)
        reading = csv.native.read(
            csv.positions(wanted),
            slice=None if n_rows is None or csv.skips else (0, n_rows),
            row_index=row_index,
            filter=filter,
            checked=checked,
            rejects=csv.native_rejects,
        )
        for frame in frames(reading, columns=bool(columns), empty=True):
            # A row index comes first from the reader, wherever the query has it.
            ordered = frame.select(columns) if row_index is not None else frame
            yield ordered if predicate is None else ordered.filter(predicate)
