"""The one-pass reader of batches."""

from __future__ import annotations

import os
from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING

import polars as pl

from polars_fast_csv._progress import Telling
from polars_fast_csv._resolved import ResolvedCsv, frames

if TYPE_CHECKING:
    from typing import Self


class CsvReader:
    r"""
    One pass over some sources, batch by batch.

    Iterate it for :class:`polars.DataFrame` batches, or hand it to a consumer of the Arrow PyCapsule interface
    (pyarrow, DuckDB, Polars), which takes the rest of the pass. Decoding runs ahead in threads of its own;
    :meth:`close`, or leaving the ``with`` block, stops them.

    See Also
    --------
    polars_fast_csv.open_csv : makes one.

    Examples
    --------
    >>> import polars_fast_csv as pfc
    >>> with pfc.open_csv(b"a,b\n1,x\n2,y\n") as reader:
    ...     print(reader.schema)
    ...     for frame in reader:
    ...         print(frame.rows())
    Schema([('a', Int64), ('b', String)])
    [(1, 'x'), (2, 'y')]
    """

    def __init__(self, csv: ResolvedCsv) -> None:
        self._process = os.getpid()
        self._schema = csv.output_schema()
        telling = Telling(csv.progress)
        self._reading = csv.native.read(
            row_index=csv.row_index, file_paths=csv.file_paths, rejects=csv.native_rejects, progress=telling.told
        )
        self._frames = frames(self._reading, columns=bool(self._schema), empty=False, telling=telling)

    @property
    def schema(self) -> pl.Schema:
        """Column names and types of every batch."""
        return self._schema

    def __iter__(self) -> Iterator[pl.DataFrame]:
        return self

    def __next__(self) -> pl.DataFrame:
        self._refuse_fork()
        return next(self._frames)

    def __arrow_c_schema__(self) -> object:
        return self._reading.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """
        Give the rest of the pass away as an Arrow C stream.

        Parameters
        ----------
        requested_schema
            A capsule with the schema that the consumer would like. It is honoured where the column names are the file's
            and each type can be cast to; a value that does not fit is an error of the stream. Without it text comes as
            ``Utf8View``; kernels of pyarrow that do not take that are served by a schema with ``large_string``.
            Integers of 128 bits come as ``decimal128(38, 0)``, where one of 39 digits is an error; a schema with
            ``decimal256(39, 0)`` holds them all.

        Raises
        ------
        RuntimeError
            If the pass has ended, was closed or was given away before.
        """
        self._refuse_fork()
        return self._reading.__arrow_c_stream__(requested_schema)

    def close(self) -> None:
        """Stop reading; later iteration ends at once."""
        self._frames.close()
        self._reading.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _refuse_fork(self) -> None:
        # The threads that decode this pass stayed in the parent process.
        if os.getpid() != self._process:
            msg = "this pass was opened before a fork and does not go on in the child: open the source again here"
            raise RuntimeError(msg)
