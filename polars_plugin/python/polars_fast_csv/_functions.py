"""The public functions: check the options, resolve the source, read."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any, Unpack

import polars as pl

from polars_fast_csv import _native
from polars_fast_csv._forked import refuse_lost_threads
from polars_fast_csv._options import CsvOptions, DialectOptions, ReadOptions, takes
from polars_fast_csv._progress import Telling
from polars_fast_csv._reader import CsvReader
from polars_fast_csv._resolved import ResolvedCsv
from polars_fast_csv._scan import lazy_frame
from polars_fast_csv._settings import settle
from polars_fast_csv._sources import CsvSource, ResolvedSource, resolve_sources

if TYPE_CHECKING:
    import pyarrow as pa


@takes(CsvOptions)
def scan_fast_csv(source: CsvSource, **options: Unpack[CsvOptions]) -> pl.LazyFrame:
    r"""
    Scan CSV files lazily.

    The schema is resolved now, so a missing file, an unknown option or a bad schema raises here. The data is read when
    the query runs, once for every time that it runs; projection, slices, the row index and row counts reach the reader.
    The decoding holds no interpreter lock.

    An option that bears the name of one of :func:`polars.scan_csv` means the same unless a difference is stated.

    Parameters
    ----------
    source
        A path, a glob pattern, a directory, ``bytes`` (or another buffer), a text or binary file object, a named pipe,
        ``"-"`` for standard input, a URL, or a list of these, which are read one after another. A file object is read
        from its position on and never closed: one of a file on disk, at its beginning, as that file; of another the
        first 32 MiB are read now, and where there is more, the rest by the first query that runs, and by no other. A
        pipe is read once, too. A URL names a file of a web server (``http``, ``https``), an object store (``s3``,
        ``gs``, ``az``, ``abfs`` and their kin, where it may be a pattern, or a folder that ends in ``/``; the extra
        ``cloud`` installs obstore, through which these are read), Hugging Face (``hf``) or this machine (``file``); it
        is streamed each time that a query reads it.
    has_header : bool, default True
        The first record names the columns; otherwise they are ``column_0``, ``column_1``, ...
    separator : str, default ","
        What stands between fields: one to eight bytes, such as ``";"``, ``"||"`` or ``"§"``, none of which has
        another meaning. One of several bytes is slower. ``"auto"`` takes the byte that explains a sample of the first
        file best, all other options being as given; :func:`sniff` guesses those as well.
    quote_char : str or None, default '"'
        One byte; ``None`` or ``""`` reads quotes as text.
    escape_char : str or None, default None
        One byte, such as ``"\\"``. The byte behind it is text, whatever it is (separator, quote, line end, the escape
        itself or any other), inside quotes and outside, and the escape is dropped; at the very end of the data it is
        text. A doubled quote inside quotes stays one quote. A null word matches an unescaped text or the field as
        it is written, so that ``null_values="\\N"`` works. A ``CsvError`` shows the field as written.
    comment_prefix : str or None, default None
        Lines that begin with this are skipped.
    eol_char : str, default "\\n"
        One byte that ends a record. A carriage return before a newline is stripped, a lone one is text. ``"any"`` ends
        a record at a newline, at a carriage return, and at both together, mixed as they come.
    skip_rows : int, default 0
        Records to skip before the header, with respect for quotes.
    skip_lines : int, default 0
        Lines to skip before the header, whatever quotes they hold. Only one of these two may be set.
    skip_rows_after_header : int, default 0
        Records to skip after the header.
    skip_footer : int, default 0
        How many of the last records of each file are none of its rows, whatever they hold: nothing is told or inferred
        of them. Comments are not counted, blank lines are; a line on which a quote opens that never closes counts as
        one record. The reader looks that many records ahead, on streams too; ``n_rows``, slices, the row index and
        counts see a file without them.
    trim_whitespace : bool, default False
        Whether spaces and tabs around unquoted values are dropped, before null words are looked for; what is then empty
        is an empty field. A quote behind them opens a quoted field, and those behind its closing quote are dropped,
        those inside are kept: ``a, " b, c " ,d`` has three fields. Without it a quote behind a space is text. An
        escaped space is kept. A tab that is the separator is none of them.
    strict_quotes : bool, default False
        ``True`` makes a quote inside an unquoted field, or text after a closing quote, an error. ``False`` reads it as
        text (``12" monitor`` stays, ``"ab"c`` is ``abc``). Rows are never lost either way.
    max_record_bytes : int, default 67108864
        A record of more bytes is an error, as a quote that never closes would make one of the whole file.
    raise_if_empty : bool or None, default None
        Whether a source without a byte is an error. ``None`` means yes, unless a schema is given and there is no
        header.
    encoding : str, default "utf8"
        With ``"utf8"`` text that is not UTF-8 is an error, with ``"utf8-lossy"`` its bad bytes become U+FFFD. Any other
        label of the WHATWG Encoding standard (``"latin1"``, ``"utf-16"``, ``"shift_jis"``, ...), or Python's name for
        one, has the text decoded beside the parsing; a byte that does not belong to it is an error.
    n_threads : int or None, default None
        Decoding threads; ``None`` takes Polars' own count.
    memory_map : bool or {"auto"}, default "auto"
        Whether files are mapped into memory or read. ``"auto"`` reads what it decodes and maps what it only counts.
    compression : {"infer", "gzip", "zlib", "zstd", "bzip2", "xz", "lz4"} or None, default "infer"
        How a source is compressed. ``"infer"`` goes by its first bytes and, where these are neither known nor text, by
        its name (``.gz``, ``.zz``, ``.zst``, ``.bz2``, ``.xz``, ``.lz4``); ``None`` decodes nothing. It is decoded
        beside the parsing; offsets in errors count in the decoded text. A stream that ends too early is an error. zip
        is refused by name.
    glob : bool, default True
        Whether ``*``, ``?`` and ``[...]`` in a path make it a pattern; a file of exactly that name comes first.
    progress : bool or callable, default False
        Who is told how far a long read has come: ``True`` shows a bar of tqdm (the extra ``progress`` installs it), a
        function is called with the bytes done and the bytes in all (``None`` where a pipe cannot say), now and then and
        at the end, on the thread that waits for the rows. What it raises ends the read.
    storage_options : mapping, optional
        How an object store is reached, in the words of :func:`polars.scan_csv`, which are those of the crate
        ``object_store`` (``{"aws_region": "eu-west-1"}``); for a web server ``timeout`` (seconds), ``user_agent``,
        ``default_headers``, ``max_retries`` and ``token`` count. Paths pass over it. No mapping is a ``TypeError``.
    credential_provider : callable, "auto" or None, default "auto"
        A function without arguments that gives such options and when they expire, as :func:`polars.scan_csv` takes it;
        it is asked each time that a file is opened. ``"auto"`` asks Polars' own where ``storage_options`` holds no
        credentials. Anything else is a ``TypeError``.
    schema : mapping of str to type, optional
        Every column and its type; nothing is inferred. With a header the columns are found by name.
    schema_overrides : mapping of str to type or sequence of types, optional
        Types of some columns by name, or of all by position. A ``Decimal`` takes what it holds and rounds nothing; a
        ``Duration`` is an integer of its unit or of ISO 8601, as in ``P1DT2H3.5S``; a ``Datetime`` with a time zone is
        the instant that an offset or ``Z`` says, or else UTC's; a text that is none of an ``Enum``'s is an error; a
        ``List``, ``Array`` or ``Struct`` is the text of a JSON value, in which what the type does not say is an error.
    infer_schema : bool, default True
        ``False`` reads all columns as text.
    infer_schema_length : int, "sample" or None, default "sample"
        How many records decide the types: the first n, the whole file (``None``), or the head and points spread through
        the whole file (``"sample"``).
    infer_schema_files : int, default 10
        How many of several files take part in that.
    try_parse_dates : bool, default False
        Whether dates, times and datetimes are inferred.
    decimal_comma : bool, default False
        Floats have a comma for the dot, as in ``1,5``; one with a dot is then an error, or text where types are
        inferred. The separator is usually another one, such as ``";"``.
    new_columns : sequence of str, optional
        New names for all columns, in order.
    with_column_names : callable, optional
        A function from the file's column names to new ones. Not together with ``new_columns``.
    null_values : str, sequence of str or mapping, optional
        Words that mean null: in every column, or a mapping of column to a word or a list of words. A name that no
        column bears is a ``ColumnNotFoundError``.
    allow_quoted_nulls : bool, default True
        Whether a null word between quotes is null too, as it is in Polars; ``False`` makes it a value like any other.
    empty_string_is_null : bool, default True
        Whether an empty field of a text column is null; in columns of other types it always is.
    true_values, false_values : sequence of str, optional
        The words of a Boolean column, exactly as they are written. ``None`` is ``true`` or ``false`` in any case; a
        list takes the place of that word. A column whose every value is one of the words is inferred as Boolean,
        whatever else these look like. A word in both lists, or in ``null_values`` as well, is a ``ValueError``.
    date_format, time_format, datetime_format : str, sequence of str or mapping, optional
        How the values of Date, Time and Datetime columns are written, in the ``%`` language of Polars: one format, or a
        list that is tried in order, or a mapping of column to either. A column whose every value fits is inferred as
        that type; columns for which there is no format are written in the usual ways. The whole text has to fit, and
        what does not is a ``cast`` error that names the format. The directives are ``%Y %y %m %b %B %d %e %j %a %A %G
        %V %u`` for dates, ``%H %I %p %M %S %f %.f %3f %6f %9f`` for times, ``%z %Z %s`` for datetimes, and the
        compounds ``%F %D %v %T %R %r %c %+``; any other, or a format that says no whole value, is a ``ValueError``.
    thousands : str or None, default None
        One byte between groups of three digits in numbers, as in ``1,234,567.5``; a group of another length is an
        error. It may be the separator, where such numbers are quoted, but not the decimal mark, the quote, or a byte of
        numbers (``ValueError``).
    keep_leading_zeros : bool, default False
        Whether inference leaves a column as text that holds a number with zeros in front, as in ``00123``; columns
        whose type is named are read as numbers all the same.
    binary_encoding : {"raw", "hex", "base64"} or mapping, default "raw"
        How the bytes of ``Binary`` columns are written, in every column or by column: as the field's own bytes, as two
        hexadecimal digits each (after ``0x`` or ``\x`` perhaps), or in base 64 by RFC 4648.
    ignore_errors : bool, default False
        The same as ``on_error="null"``.
    on_error : {"raise", "null", "skip"}, default "raise"
        What a value that is not of its column's type, or a record that breaks a rule, does: raise; become null (surplus
        fields are dropped, missing ones null); or go, the whole record. ``n_rows`` then counts the records whose
        structure is right.
    truncate_ragged_lines : bool or None, default None
        Whether fields beyond the last column are dropped; otherwise they are an error.
    extra_columns : {"raise", "ignore"} or None, default None
        ``"ignore"`` passes over columns of a header that ``schema``, or the files before, do not name, and drops fields
        beyond the last column; otherwise either is an error. Columns of several files are found by their names.
    missing_columns : {"raise", "insert"} or None, default None
        ``"insert"`` makes columns null that ``schema``, or another file, names and a header does not; otherwise they
        are an error.
    short_records : {"null", "raise"}, default "null"
        Whether the fields that a record lacks are null or an error.
    n_rows : int or None, default None
        Read at most so many rows, over all files.
    row_index_name : str or None, default None
        Put a column of this name, with the row number, first.
    row_index_offset : int, default 0
        The number of the first row.
    include_file_paths : str or None, default None
        Put a column of this name, with the path of each row's file, last; ``in-mem`` where the source is none.
    hive_partitioning : bool or None, default None
        Whether folders name columns, as in ``year=2024/month=05/x.csv``. ``None`` means yes where the source is a
        directory, or ``hive_schema`` is given. They stand behind the columns of the files, or in the place of one of
        the same name; a filter on them alone leaves out whole files.
    hive_schema : mapping of str to type, optional
        The types of those columns; otherwise they are inferred, dates included.
    batch_size : int or None, default None
        Rows in a batch; ``None`` leaves the choice to the reader. It bears on speed alone.
    rejects : Rejects or None, default None
        Where to record every cell and record that is nulled, skipped, cut or padded.
    low_memory : bool, default False
        Accepted without effect: the reader always streams.
    Returns
    -------
    polars.LazyFrame

    Raises
    ------
    TypeError
        An option is unknown or has a value of the wrong type.
    ValueError
        An option has a value that makes no sense.
    NotImplementedError
        A type is not one that the reader builds, or the source is no text (zip, UTF-16 without ``encoding``).
    FileNotFoundError
        A file does not exist, or a pattern matches none.
    ModuleNotFoundError
        The source is in an object store, and obstore is not installed.
    CsvError
        The content breaks a rule; here for what the schema is inferred from, otherwise when the query runs.
    polars.exceptions.SchemaError, polars.exceptions.DuplicateError, polars.exceptions.NoDataError
        The schema does not fit the file (which is a ``ColumnNotFoundError`` and a ``ComputeError``, too), two columns
        have one name, or the file is empty.
    RuntimeError
        This process is a fork of one that has used Polars, where a query would never end.

    See Also
    --------
    read_fast_csv : reads into a frame at once.
    open_csv : one pass, batch by batch.

    Examples
    --------
    >>> import polars as pl
    >>> import polars_fast_csv as pfc
    >>> trades = b"symbol,price,volume\nA,1.5,10\nB,2.5,20\nA,3.5,30\n"
    >>> pfc.scan_fast_csv(trades).filter(pl.col("volume") > 10).group_by("symbol").agg(
    ...     pl.col("price").sum()
    ... ).sort("symbol").collect()
    shape: (2, 2)
    ┌────────┬───────┐
    │ symbol ┆ price │
    │ ---    ┆ ---   │
    │ str    ┆ f64   │
    ╞════════╪═══════╡
    │ A      ┆ 3.5   │
    │ B      ┆ 2.5   │
    └────────┴───────┘

    Values that are written in other ways:

    >>> def read(text, **options):
    ...     frame = pfc.scan_fast_csv(text, **options).collect()
    ...     return dict(zip(frame.columns, map(str, frame.dtypes))), frame.rows()
    >>> read(b"a,b\n1,-\nNA,x\n", null_values={"a": "NA", "b": ["-", "x"]})
    ({'a': 'Int64', 'b': 'String'}, [(1, None), (None, None)])
    >>> read(b'a,b\n"NA",NA\n', null_values="NA", allow_quoted_nulls=False)
    ({'a': 'String', 'b': 'String'}, [('NA', None)])
    >>> read(b"a\nyes\n0\n", true_values=["yes", "1"], false_values=["no", "0"])
    ({'a': 'Boolean'}, [(True,), (False,)])
    >>> read(b"a,b\n31/12/2024,2024-W01\n", date_format="%d/%m/%Y")
    ({'a': 'Date', 'b': 'String'}, [(datetime.date(2024, 12, 31), '2024-W01')])
    >>> read(b"a\n9.30 pm\n", time_format=["%H:%M", "%I.%M %p"])
    ({'a': 'Time'}, [(datetime.time(21, 30),)])
    >>> read(b"a,b\n1700000000,5\n", datetime_format={"a": "%s"})[1]
    [(datetime.datetime(2023, 11, 14, 22, 13, 20), 5)]
    >>> read(b'a;b\n1.234.567;"1.234,5"\n', separator=";", thousands=".", decimal_comma=True)
    ({'a': 'Int64', 'b': 'Float64'}, [(1234567, 1234.5)])
    >>> read(b"a\n00123\n", keep_leading_zeros=True)
    ({'a': 'String'}, [('00123',)])
    >>> try:
    ...     pfc.read_fast_csv(b"a\n31.12.2024\n", schema={"a": pl.Date}, date_format="%d/%m/%Y")
    ... except pfc.CsvError as error:
    ...     print(error.code, str(error).split("; ")[0].partition("byte 2: ")[2])
    cast "31.12.2024" is not a Date of the format "%d/%m/%Y"
    >>> store = {"aws_region": "eu-west-1", "max_retries": 3}
    >>> trades = pfc.scan_fast_csv("s3://bucket/2024-*.csv", storage_options=store)  # doctest: +SKIP
    >>> try:
    ...     pfc.scan_fast_csv("s3://bucket/2024-*.csv", storage_options=["aws_region"])
    ... except TypeError as error:
    ...     print(error)
    storage_options must be a mapping, got ['aws_region']
    >>> try:
    ...     pfc.scan_fast_csv("never-opened.csv", date_format="%d/%q")
    ... except ValueError as error:
    ...     print(str(error).partition(";")[0])
    date_format: the format "%d/%q" has "%q", which is no directive
    """
    refuse_lost_threads()
    return lazy_frame(ResolvedCsv.of(source, settle(CsvOptions, options)))


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
    """
    settings = settle(ReadOptions, options)
    csv = ResolvedCsv.of(source, settings)
    frame = csv.collect(settings.columns)
    return frame.rechunk() if settings.rechunk else frame


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
            resolve_sources(source, glob=settings.glob, access=settings.access), settings.native, telling.told
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
    sources = resolve_sources(path, glob=settings.glob, access=settings.access)
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
