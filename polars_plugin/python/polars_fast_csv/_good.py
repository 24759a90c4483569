"""The rows of a file that keep its rules, as a lazy scan."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl

from polars_fast_csv import _native
from polars_fast_csv._io_source import python_scan
from polars_fast_csv._resolved import ResolvedCsv, frames
from polars_fast_csv._scan import lazy_frame


def good_rows(csv: ResolvedCsv, bad: _native.RowSet) -> pl.LazyFrame:
    """Build a scan of all rows but the bad ones."""
    if not len(bad):
        return lazy_frame(csv)
    return python_scan(csv, _Good(csv, bad))


class _Good:
    """A read of all rows that leaves the bad ones out as they come, in order."""

    def __init__(self, csv: ResolvedCsv, bad: _native.RowSet) -> None:
        self._csv = csv
        self._bad = bad

    def __call__(
        self, with_columns: list[str] | None, predicate: bytes | None, n_rows: int | None, batch_size: int | None
    ) -> tuple[Iterator[pl.DataFrame], bool]:
        """Give the batches, and that the filter, if there is one, is left to Polars."""
        columns = list(self._csv.output_schema()) if with_columns is None else list(with_columns)
        return self._frames(columns, n_rows), predicate is None

    def _frames(self, columns: list[str], n_rows: int | None) -> Iterator[pl.DataFrame]:
        csv = self._csv
        row_index = csv.row_index if csv.row_index is not None and csv.row_index[0] in columns else None
        paths = csv.file_paths if csv.file_paths in columns else None
        beside = {None if row_index is None else row_index[0], paths}
        reading = csv.native.read(
            csv.positions([column for column in columns if column not in beside]),
            row_index=row_index,
            file_paths=paths,
        )
        first, wanted = 0, n_rows
        for frame in frames(reading, columns=bool(columns), empty=True):
            left = pl.DataFrame(self._bad.left(first, frame.height)).to_series() if frame.height else None
            first += frame.height
            if left is not None:
                frame = frame.filter(left) if columns else pl.DataFrame(height=int(left.sum()))
            if wanted is not None:
                frame = frame.head(wanted)
                wanted -= frame.height
            yield frame.select(columns) if columns else frame
            if wanted == 0:
                reading.close()
                return

    def __reduce__(self) -> tuple[Any, ...]:
        msg = "the good rows of a report are known to the process that made it, and are not pickled with a query"
        raise TypeError(msg)
