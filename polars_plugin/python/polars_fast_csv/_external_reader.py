"""
The lazy scan on Polars 2.x: the reader as an external file reader.

This is the only file that knows that interface. Polars gets one source whatever the caller named: files are expanded,
ordered, numbered and read in parallel inside the reader.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl
from polars.io.external_reader import (
    FileReader,
    FileReaderBuilder,
    FilterExpr,
    ReaderCapabilities,
    scan_external_reader,
)

from polars_fast_csv import _native
from polars_fast_csv._forked import refuse_lost_threads
from polars_fast_csv._progress import Telling
from polars_fast_csv._resolved import ResolvedCsv, begun, frames
from polars_fast_csv._sources import ResolvedSource

_CAPABILITIES = ReaderCapabilities(
    row_index=True,
    pre_slice=True,
    negative_pre_slice=True,
    # The engine applies again what it pushed, so a filter that is not recognised may be left to it.
    supported_filter="partial",
)


def lazy_frame(csv: ResolvedCsv) -> pl.LazyFrame:
    """Build the scan; a row index is put on it where Polars pushes it into the reader."""
    scan = scan_external_reader(FastCsv(csv), sources=[b""], schema=csv.scan_schema())
    if csv.row_index is None:
        return scan
    name, offset, _ = csv.row_index
    return scan.with_row_index(name, offset)


class FastCsv(FileReaderBuilder):
    """What Polars keeps of a scan, under whose name a physical plan shows it."""

    def __init__(self, csv: ResolvedCsv) -> None:
        self._csv = csv

    @property  # type: ignore[misc]  # To be set on an object, as `object` has it, is of no use here.
    def __class__(self) -> type[FastCsv]:
        """
        Its type, unless a fork has left the threads behind that a query would wait for.

        Polars asks for it at the start of a query, in the thread that asks for the query, and for all else in threads
        of its own: here the child of a fork can be told, also where the scan was made before.
        """
        refuse_lost_threads()
        return FastCsv

    def __reduce__(self) -> tuple[type[FastCsv], tuple[ResolvedCsv]]:
        # What pickles other objects asks for their class.
        return FastCsv, (self._csv,)

    def reader_capabilities(self) -> ReaderCapabilities:
        return _CAPABILITIES

    # Versions of Polars differ in whether they say what is asked here and below for no use.
    def build_file_reader(self, source: str | bytes, multi_scan_context: dict[Any, Any] | None = None) -> FileReader:
        return _Reader(self._csv)

    def explain_properties(self) -> dict[str, str]:
        return {"source": _described(self._csv.sources), "backend": _native.backend()} | self._csv.shown


class _Reader(FileReader):
    """One pass of one query; several may run on the same scan at once."""

    def __init__(self, csv: ResolvedCsv) -> None:
        self._csv = csv
        self._reading: _native.Batches | None = None

    def schema(self) -> dict[str, Any]:
        return self._csv.scan_schema()

    def collect_batches(
        self,
        *,
        columns: Sequence[str],
        row_index: tuple[str, int] | None,
        pre_slice: tuple[int, int] | None,
        filters: Sequence[FilterExpr],
        num_pipelines: int = 1,
    ) -> Iterator[pl.DataFrame]:
        telling = Telling(self._csv.progress)
        self._reading = self._csv.read(
            columns,
            slice=pre_slice,
            row_index=None if row_index is None else (*row_index, pl.get_index_type() == pl.UInt64),
            filters=[each.expr for each in filters],
            progress=telling.told,
        )
        has_columns = bool(columns) or row_index is not None
        batches = frames(self._reading, columns=has_columns, empty=True, telling=telling)
        return begun(batches) if self._csv.native.is_small else batches

    def n_rows_in_file(self, limit: int | None = None) -> int:
        rows = self._csv.native.count_rows()
        return rows if limit is None else min(rows, limit)

    def on_drop(self) -> None:
        # An abandoned query does not close its generator at once; its threads end here.
        if self._reading is not None:
            self._reading.close()


def _described(sources: Sequence[ResolvedSource]) -> str:
    first = sources[0]
    text = f"{len(first)} bytes" if isinstance(first, bytes) else str(first)
    return text if len(sources) == 1 else f"{text} and {len(sources) - 1} more"
