"""A source whose schema is known: what every public function works on."""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Generator, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import Any

import polars as pl
from polars.exceptions import DuplicateError

from polars_fast_csv import _native
from polars_fast_csv._errors import ColumnsError, NamesError, UnknownColumnError
from polars_fast_csv._filters import pushed_filter, rows_left
from polars_fast_csv._hive import partitions
from polars_fast_csv._progress import Telling, Told
from polars_fast_csv._schema import native_columns, native_schema
from polars_fast_csv._settings import Settings
from polars_fast_csv._sources import CsvSource, ResolvedSource, resolve_sources

_frame: Callable[[Any], pl.DataFrame]
try:
    # What `pl.DataFrame` comes to once it has asked what else a batch might be, which takes as long as a small batch.
    from polars._utils.pycapsule import pycapsule_to_frame as _frame
except ImportError:
    _frame = pl.DataFrame

# A wait in native code ends after this many milliseconds, so that Python can handle a signal.
_PATIENCE_MS = 50
# The most column names that a message lists, and the most characters of each.
_NAMED, _SHOWN = 20, 80
# Options that may be given by column, all of which must be there.
_BY_COLUMN = frozenset({"null_values", "binary_encoding", "date_format", "time_format", "datetime_format"})


class ResolvedCsv:
    """
    Sources, options and the resolved schema of the file's columns.

    It can be pickled where its sources are paths or bytes: the copy opens them again with the types pinned that were
    resolved here.
    """

    def __init__(
        self,
        sources: Sequence[ResolvedSource],
        settings: Settings,
        partitions: pl.DataFrame | None = None,
        *,
        later: bool = False,
    ) -> None:
        self.sources = list(sources)
        self._given: dict[str, Any] = settings.changed
        self._shown: dict[str, str] = {}
        self._options = _renamed(self.sources, settings)
        self._partitions = partitions
        if partitions is not None:
            self._options = {**self._options, "source_columns": partitions}
        options = settings.parsed if self._options is settings.native else self._options
        self._native: _native.Scan | None = _native.Scan(self.sources, options, later=later)
        if self._options["separator"] == "auto":
            # Sniffed once: copies and second looks read by the same.
            self._options = {**self._options, "separator": self._native.separator}
        self.schema = native_schema(self._native)
        self._position = {name: at for at, name in enumerate(self.schema)}
        self.row_index = settings.row_index
        self.file_paths = settings.file_paths
        self._skips = settings.skips
        self.rejects = settings.rejects
        self.progress = settings.progress
        # What has to live as long as something may read the sources.
        self.keeps: object | None = None
        if self.file_paths is not None and self.file_paths in self._position:
            msg = f"cannot add include_file_paths with name '{self.file_paths}': there is such a column already"
            raise DuplicateError(msg)
        if settings.columns is None and self.row_index is not None:
            self._refuse_second_index(self.scan_schema())
        for name in sorted(self._given.keys() & _BY_COLUMN):
            if isinstance(given := self._options.get(name), dict):
                self.positions(list(given))

    @classmethod
    def of(cls, source: CsvSource, settings: Settings, *, later: bool = False) -> ResolvedCsv:
        """Resolve what a caller named; with ``later`` types may be left to ``collect``, then the only way to read."""
        if isinstance(source, list | tuple) and not source and "schema" in settings.native:
            # Of no files a schema makes an empty frame, as one file without a byte does.
            native = {**settings.native, "raise_if_empty": False}
            return cls([b""], replace(settings, native=native, parsed=_native.Options(native)), later=later)
        sources = resolve_sources(source, glob=settings.glob, access=settings.access, recodes=settings.recodes)
        return cls(sources, settings, partitions(source, sources, settings), later=later)

    @property
    def native(self) -> _native.Scan:
        """The native scan; a pickled copy opens it when it is first needed."""
        if self._native is None:
            self._native = _native.Scan(self.sources, self._options)
        return self._native

    @property
    def native_rejects(self) -> _native.Rejects | None:
        """Where the native reader records what it refuses."""
        return None if self.rejects is None else self.rejects.native

    @property
    def shown(self) -> dict[str, str]:
        """What the caller gave that is not the default, as text."""
        return self._shown | {name: repr(value) for name, value in self._given.items()}

    def __getstate__(self) -> dict[str, Any]:
        options = dict(self._options)
        if "schema" not in options:
            options.pop("schema_overrides", None)
            # A column of the files in whose place there is one of their paths is never decoded.
            own = [pl.String() if name in self._beside else dtype for name, dtype in self.schema.items()]
            options["schema_overrides_by_position"] = native_columns(
                {str(at): dtype for at, dtype in enumerate(own[: self.native.width])}
            )
            named = self._options.get("schema_overrides", {})
            if "schema_overrides_by_position" not in self._options:
                options["guessed"] = [name for name in self.schema if name not in named]
        # What the caller gave may hold a function, which has been applied and need not be one that can be pickled.
        # Who is told of progress stays with the original.
        lost: dict[str, Any] = {"_native": None, "_given": {}, "progress": False}
        return {**self.__dict__, **lost, "_options": options, "_shown": self.shown}

    def positions(self, columns: Sequence[str | int]) -> list[int]:
        """Where columns, named or numbered, stand in the file."""
        for column in columns:
            if isinstance(column, int) and not -len(self.schema) <= column < len(self.schema):
                msg = f"there is no column {column}: the file has {len(self.schema)}"
                raise UnknownColumnError(msg)
        try:
            return [
                range(len(self.schema))[column] if isinstance(column, int) else self._position[column]
                for column in columns
            ]
        except KeyError as missing:
            names = list(self._position)
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            shown = [name[:_SHOWN] for name in names[:_NAMED]]
            msg = f"unable to find column {str(missing.args[0])[:_SHOWN]!r}; valid columns: {shown}{more}"
            raise UnknownColumnError(msg) from None

    def _refuse_second_index(self, columns: Container[str]) -> None:
        """Refuse a row index that has the name of a column."""
        if self.row_index is not None and self.row_index[0] in columns:
            msg = f"cannot add row_index with name '{self.row_index[0]}': column already exists in file."
            raise DuplicateError(msg)

    def read(
        self,
        columns: Sequence[str],
        *,
        slice: tuple[int, int] | None,
        row_index: tuple[str, int, bool] | None,
        filters: Sequence[pl.Expr],
        progress: Told | None = None,
    ) -> _native.Batches:
        """
        Begin a pass of a query: the rows of the slice that the filters, as far as they are recognised, leave.

        A row index is given by its name, its first number and whether it has 64 bits. The engine applies the filters
        again.
        """
        if self._skips and (row_index is not None or slice is not None):
            # Records that are left out have to be known before rows are numbered or counted.
            filters = []
        only = self._files_left(filters) if row_index is None and slice is None else None
        filter, checked = pushed_filter(filters, self.schema, self._beside)
        return self.native.read(
            self.positions([column for column in columns if column != self.file_paths]),
            slice=slice,
            row_index=row_index,
            file_paths=self.file_paths if self.file_paths in columns else None,
            filter=filter,
            checked=checked,
            only=only,
            rejects=self.native_rejects,
            progress=progress,
        )

    @property
    def _beside(self) -> Container[str]:
        """The columns that the paths of files name."""
        return () if self._partitions is None else self._partitions.columns

    def _files_left(self, filters: Sequence[pl.Expr]) -> list[int] | None:
        """The files whose partition the filters allow; a number of rows counts those of all files."""
        if self._partitions is None or self._options.get("n_rows") is not None:
            return None
        return rows_left(self._partitions, filters)

    def collect(self, columns: Sequence[str | int] | None, *, rechunks: bool = False) -> pl.DataFrame:
        """
        Read columns, named or numbered, or all, into a frame.

        That of the files' paths is one of them, behind those of the files. Where a value behind the sample does not fit
        the type that the sample suggested, its column is read again. With ``rechunks`` every column comes in one piece.
        """
        frame = self._collected(columns, rechunks=rechunks)
        # Columns made of others and categories are still in pieces.
        return frame.rechunk() if rechunks else frame

    def _collected(self, columns: Sequence[str | int] | None, *, rechunks: bool) -> pl.DataFrame:
        if columns is None:
            return pl.DataFrame(self.collected(widens=True, rechunks=rechunks))
        width = len(self.schema) + (self.file_paths is not None)
        # From the end, too, that of the files' paths is the last one.
        columns = [column + width if isinstance(column, int) and -width <= column < 0 else column for column in columns]
        is_path = [self.file_paths is not None and column in (self.file_paths, width - 1) for column in columns]
        places = self.positions([column for column, path in zip(columns, is_path, strict=True) if not path])
        names = list(self.schema)
        own = (names[place] for place in places)
        wanted = [str(self.file_paths) if path else next(own) for path in is_path]
        if len(set(wanted)) < len(wanted):
            msg = f"columns names a column twice: {wanted}"
            raise DuplicateError(msg)
        self._refuse_second_index(wanted)
        frame = pl.DataFrame(self.collected(places, widens=True, rechunks=rechunks, with_paths=any(is_path)))
        # The paths come last from the reader, wherever they are wanted.
        return frame.select(*frame.columns[: frame.width - len(wanted)], *wanted) if any(is_path) else frame

    def collected(
        self,
        columns: Sequence[int] | None = None,
        *,
        large_text: bool = False,
        widens: bool = False,
        rechunks: bool = False,
        with_paths: bool = True,
    ) -> _native.Frame:
        """Read the columns at these places of the file, or all, and the files' paths if they are asked for."""
        with Telling(self.progress) as telling:
            return self.native.collect(
                columns,
                row_index=self.row_index,
                file_paths=self.file_paths if with_paths else None,
                large_text=large_text,
                rejects=self.native_rejects,
                widens=widens,
                rechunks=rechunks,
                progress=telling.told,
            )

    def output_schema(self) -> pl.Schema:
        """The schema of a whole read: the row index, if any, the columns and the files' names, if asked for."""
        index = {} if self.row_index is None else {self.row_index[0]: pl.get_index_type()}
        return pl.Schema({**index, **self.scan_schema()})

    def scan_schema(self) -> dict[str, pl.DataType]:
        """The schema of a lazy scan, on which Polars puts the row index."""
        return self.schema if self.file_paths is None else {**self.schema, self.file_paths: pl.String()}


def frames(
    reading: _native.Batches, *, columns: bool, empty: bool, telling: Telling | None = None
) -> Generator[pl.DataFrame]:
    """
    Give the batches of a read as frames, and close it at the end.

    ``columns`` says whether a frame has any, and rows are only counted without; ``empty`` whether a frame without rows
    comes while there is nothing yet, which gives the consumer a chance to stop. Who is told of the read is left then.
    """
    try:
        if not columns:
            yield from _counted(reading)
            return
        while (batch := reading.next_batch(_PATIENCE_MS)) is not None:
            if batch.height or empty:
                yield _frame(batch)
    finally:
        reading.close()
        if telling is not None:
            telling.close()


def begun(batches: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """
    Take the frames of a small source here and now, and leave what follows if there is more than was thought.

    Polars iterates in a thread that it starts for each query: there all memory is new and every cache is cold.
    """
    first = list(islice(batches, 2))
    return iter(first) if len(first) < 2 else chain(first, batches)


def _counted(reading: _native.Batches) -> Generator[pl.DataFrame]:
    """Give the rows of a read without a column, many tasks' at once, and now and then, as the consumer may stop."""
    rows, given = 0, time.monotonic()
    while (batch := reading.next_batch(_PATIENCE_MS)) is not None:
        rows += batch.height
        if time.monotonic() - given > _PATIENCE_MS / 1e3:
            yield _hollow(rows)
            rows, given = 0, time.monotonic()
    yield _hollow(rows)


def _hollow(height: int) -> pl.DataFrame:
    """Rows of no column, where Polars knows such; where it does not, it never asks for them."""
    return pl.DataFrame(height=height) if height else pl.DataFrame()


def _renamed(sources: list[ResolvedSource], settings: Settings) -> dict[str, Any]:
    """Apply ``with_column_names`` to the names of the file, which takes a look at its header."""
    if settings.rename is None:
        return settings.native
    # The names are those of the files, whatever a schema makes of them.
    drop = ("schema_overrides", "schema_overrides_by_position", *(("schema",) if settings.native["has_header"] else ()))
    options = {name: value for name, value in settings.native.items() if name not in drop}
    names = list(native_schema(_native.Scan(sources, {**options, "infer_schema": False})))
    renamed = settings.rename(list(names))
    if not isinstance(renamed, list) or not all(isinstance(name, str) for name in renamed):
        msg = "with_column_names must give a list of texts"
        raise TypeError(msg)
    if len(renamed) != len(names):
        msg = f"with_column_names gave {len(renamed)} names for {len(names)} columns"
        raise NamesError(msg)
    unknown = [name for name, _ in settings.native.get("schema_overrides", ()) if name not in renamed]
    if unknown:
        msg = f"schema_overrides names columns that with_column_names does not give: {unknown}"
        raise ColumnsError(msg)
    renames = dict(zip(names, renamed, strict=True))
    native = {**settings.native, "renames": renames}
    if (schema := native.get("schema")) is not None:
        # The types of columns that are called by their old names go on to the new ones, in the order of the file.
        order = {name: place for place, name in enumerate(names)}
        schema = sorted(schema, key=lambda column: order.get(column[0], len(order)))
        native["schema"] = [(renames.get(name, name), dtype) for name, dtype in schema]
    return native
