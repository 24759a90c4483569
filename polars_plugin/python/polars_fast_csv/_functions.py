"""The functions that read at once: check the options, resolve the source, read."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any, Unpack

import polars as pl

from polars_fast_csv import _native
from polars_fast_csv._options import CsvOptions, DialectOptions, ReadOptions, takes
from polars_fast_csv._progress import Telling
from polars_fast_csv._reader import CsvReader
from polars_fast_csv._resolved import ResolvedCsv
from polars_fast_csv._settings import settle
from polars_fast_csv._sources import CsvSource, ResolvedSource, resolve_sources

if TYPE_CHECKING:
    import pyarrow as pa


@takes(ReadOptions)
def read_fast_csv(source: CsvSource, **options: Unpack[ReadOptions]) -> pl.DataFrame:
    r"""
    Read CSV files into a frame.

    Where values behind the sample do not fit the type that the sample suggested, their columns, and these alone, are
    read again, as the type that holds all values: integers and decimal numbers are ``Float64``, as Polars infers them
    (an integer beyond 2**53 is then the nearest double), most other mixtures text. A pipe cannot be read again: there
    such a value is an error, as it is in a lazy scan, which names the override that helps.

    Parameters
    ----------
    source
        As for :func:`scan_fast_csv`.
    columns : names or positions, optional
        The columns to read, in the order in which they are to come; that of ``include_file_paths``, whose position is
        behind the file's, comes if it is among them. A row index comes before them.
    rechunk : bool, default False
        Whether every column is made contiguous in memory.
    use_pyarrow : bool, default False
        Accepted where Polars passes over it; where Polars would have pyarrow read the file, it is refused.
    **options
        Every option of :func:`scan_fast_csv`.

    Returns
    -------
    polars.DataFrame

    Raises
    ------
    polars.exceptions.ColumnNotFoundError
        A name or position in ``columns`` is not one of the file.
    CsvError
        The content breaks a rule; see :func:`scan_fast_csv` for this and the other exceptions.

    Examples
    --------
    >>> import polars_fast_csv as pfc
    >>> pfc.read_fast_csv(b"a,b,c\n1,x,0.5\n2,y,1.5\n", columns=["c", "a"])
    shape: (2, 2)
    ┌─────┬─────┐
    │ c   ┆ a   │
    │ --- ┆ --- │
    │ f64 ┆ i64 │
    ╞═════╪═════╡
    │ 0.5 ┆ 1   │
    │ 1.5 ┆ 2   │
    └─────┴─────┘
    >>> frame = pfc.read_fast_csv(b"a,b,c\n1,2,3\n", columns=["c", "a"], rechunk=True, use_pyarrow=False)
    >>> frame.columns, frame.n_chunks()
    (['c', 'a'], 1)
    >>> for wrong in ({"columns": 1.5}, {"rechunk": 1}, {"use_pyarrow": 1}):
    ...     try:
    ...         pfc.read_fast_csv("never-opened.csv", **wrong)
    ...     except TypeError as error:
    ...         print(error)
    columns must be names or positions of columns, got 1.5
    rechunk must be True or False, got 1
    use_pyarrow must be True or False, got 1
    """
    settings = settle(ReadOptions, options)
    csv = ResolvedCsv.of(source, settings, later=True)
    return csv.collect(settings.columns, rechunks=settings.rechunk)


@takes(CsvOptions)
def open_csv(source: CsvSource, **options: Unpack[CsvOptions]) -> CsvReader:
    r"""
    Open CSV files for one pass, batch by batch.

    Parameters
    ----------
    source
        As for :func:`scan_fast_csv`.
    **options
        Every option of :func:`scan_fast_csv`.

    Returns
    -------
    CsvReader
        An iterator of :class:`polars.DataFrame`, a context manager, and a source of an Arrow C stream.

    Raises
    ------
    CsvError
        The content breaks a rule; see :func:`scan_fast_csv` for this and the other exceptions.

    Examples
    --------
    >>> import polars_fast_csv as pfc
    >>> with pfc.open_csv(b"a,b\n1,x\n2,y\n") as reader:
    ...     sum(frame["a"].sum() for frame in reader)
    3
    """
    return CsvReader(ResolvedCsv.of(source, settle(CsvOptions, options)))


@takes(CsvOptions)
def read_arrow(source: CsvSource, **options: Unpack[CsvOptions]) -> pa.Table:
    r"""
    Read CSV files into a pyarrow table.

    Text comes as ``large_string``, so that ``to_pandas()`` and every pyarrow kernel work on it. Integers of 128 bits,
    of which Arrow has none, come as ``decimal128(38, 0)``, or as ``decimal256(39, 0)`` where the column holds one of
    39 digits; ``Categorical`` and ``Enum`` come as ``dictionary(uint32, large_string)``, ``Binary`` as
    ``large_binary``. pyarrow must be installed.

    Parameters
    ----------
    source
        As for :func:`scan_fast_csv`.
    **options
        Every option of :func:`scan_fast_csv`.

    Returns
    -------
    pyarrow.Table

    Raises
    ------
    ModuleNotFoundError
        pyarrow is not installed.
    CsvError
        The content breaks a rule; see :func:`scan_fast_csv` for this and the other exceptions.

    Examples
    --------
    >>> import polars_fast_csv as pfc
    >>> pfc.read_arrow(b"a,b\n1,x\n2,y\n").schema
    a: int64
    b: large_string
    """
    import pyarrow as pa

    csv = ResolvedCsv.of(source, settle(CsvOptions, options))
    table = pa.table(csv.collected(large_text=True))
    # Every batch has a dictionary of its own, which few kernels take.
    return table.unify_dictionaries() if any(map(pa.types.is_dictionary, table.schema.types)) else table


@takes(DialectOptions)
def count_rows(source: CsvSource, **options: Unpack[DialectOptions]) -> int:
    r"""
    Count the data records of CSV files without decoding a field.

    Parameters
    ----------
    source
        As for :func:`scan_fast_csv`.
    **options
        The options of :func:`scan_fast_csv` that say how bytes become records: ``has_header`` to ``glob`` in its list.

    Returns
    -------
    int

    Raises
    ------
    CsvError
        A quote does not close, or a record is too long.

    Examples
    --------
    >>> import polars_fast_csv as pfc
    >>> pfc.count_rows(b'a,b\n1,"two\nlines"\n2,y\n', progress=lambda done, total: print(done, "of", total))
    22 of 22
    2
    """
    settings = settle(DialectOptions, options)
    with Telling(settings.progress) as telling:
        return _native.count_records(
            resolve_sources(source, glob=settings.glob, access=settings.access, recodes=settings.recodes),
            settings.parsed,
            telling.told,
        )


def parse_csv_simd(path: CsvSource, batch_size: int = 1024) -> dict[str, Any]:
    r"""
    Decode a whole file in one pass, keep nothing, and say how fast that was.

    Parameters
    ----------
    path
        As ``source`` of :func:`scan_fast_csv`.
    batch_size
        Rows in a batch.

    Returns
    -------
    dict
        ``rows_processed`` and ``columns`` (counts), ``bytes_processed``, ``processing_time_ms`` (wall, with the
        inference of the schema), ``rows_per_second``, ``mb_per_second`` (of 1,000,000 bytes), ``backend``, ``threads``.

    Raises
    ------
    CsvError
        The content breaks a rule; see :func:`scan_fast_csv` for this and the other exceptions.

    Examples
    --------
    >>> import polars_fast_csv as pfc
    >>> stats = pfc.parse_csv_simd(b"a,b\n1,x\n2,y\n")
    >>> stats["rows_processed"], stats["columns"], stats["bytes_processed"]
    (2, 2, 12)
    """
    settings = settle(CsvOptions, {"batch_size": batch_size})
    sources = resolve_sources(path, glob=settings.glob, access=settings.access, recodes=settings.recodes)
    size = sum(_size(one) for one in sources)
    start = time.perf_counter()
    csv = ResolvedCsv(sources, settings)
    reading = csv.native.read()
    rows = reading.drain()
    seconds = max(time.perf_counter() - start, 1e-9)
    return {
        "rows_processed": rows,
        "columns": len(csv.schema),
        "bytes_processed": size,
        "processing_time_ms": seconds * 1e3,
        "rows_per_second": rows / seconds,
        "mb_per_second": size / 1e6 / seconds,
        "backend": _native.backend(),
        "threads": reading.threads,
    }


def _size(source: ResolvedSource) -> int:
    """The bytes of a source; none that are known beforehand of a pipe."""
    if isinstance(source, bytes):
        return len(source)
    return os.path.getsize(source) if isinstance(source, str) else 0
