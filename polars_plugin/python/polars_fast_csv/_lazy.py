"""The lazy scan, and what every option means."""

from __future__ import annotations

from typing import Unpack

import polars as pl

from polars_fast_csv._forked import refuse_lost_threads
from polars_fast_csv._options import CsvOptions, takes
from polars_fast_csv._resolved import ResolvedCsv
from polars_fast_csv._scan import lazy_frame
from polars_fast_csv._settings import settle
from polars_fast_csv._sources import CsvSource


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
        from its position on and never closed: one of a file on disk, at its beginning, as that file; ``io.BytesIO`` as
        the bytes that it holds, and stays where it stands; of another the first 32 MiB are read now, and where there is
        more, the rest by the first query that runs, and by no other. A pipe is read once, too. A URL names a file of a
        web server (``http``, ``https``), an object store (``s3``, ``gs``, ``az``, ``abfs`` and their kin, where it may
        be a pattern, or a folder that ends in ``/``; the extra ``cloud`` installs obstore, through which these are
        read), Hugging Face (``hf``) or this machine (``file``); it is streamed each time that a query reads it.
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
        one, has the text decoded beside the parsing; a byte that does not belong to it is an error, or U+FFFD with
        ``-lossy`` behind the label (``"shift_jis-lossy"``). What a file object gives as text is text already.
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
        the whole file (``"sample"``). More than a thousand are looked at by all threads in a pass of their own, and by
        :func:`read_fast_csv`, where nothing else forbids, in the pass that reads.
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

    The structure of a file:

    >>> read(b"1,2\n", has_header=False, new_columns=["x", "y"])
    ({'x': 'Int64', 'y': 'Int64'}, [(1, 2)])
    >>> read(b"a;b\n'1;2';3\n", separator=";", quote_char="'")[1]
    [('1;2', 3)]
    >>> read(b"a,b\n1\\,5,2\n", escape_char="\\")[1]
    [('1,5', 2)]
    >>> read(b"# by hand\na\n1\n", comment_prefix="#")[1]
    [(1,)]
    >>> read(b"a;1;2;", eol_char=";")[1]
    [(1,), (2,)]
    >>> read(b"made today\na\n1\n", skip_rows=1)[1]
    [(1,)]
    >>> read(b"made \"today\na\n1\n", skip_lines=1)[1]
    [(1,)]
    >>> read(b"a\nunit\n1\n", skip_rows_after_header=1)[1]
    [(1,)]
    >>> read(b"a\n1\nsum 1\n", skip_footer=1)[1]
    [(1,)]
    >>> read(b"a,b\n 1 , x \n", trim_whitespace=True)[1]
    [(1, 'x')]
    >>> read(b"a\n12\" screen\n", strict_quotes=False)[1]
    [('12" screen',)]
    >>> read(b"", raise_if_empty=False)
    ({}, [])
    >>> read(b"a\n\xe9\n", encoding="latin1")[1]
    [('é',)]
    >>> read(b"a,b\n1,2,3\n", truncate_ragged_lines=True)[1]
    [(1, 2)]
    >>> read(b"a,b\n1\n", short_records="null")[1]
    [(1, None)]

    Types and columns:

    >>> read(b"a,b\n1,2\n", schema_overrides={"a": pl.String})
    ({'a': 'String', 'b': 'Int64'}, [('1', 2)])
    >>> read(b"a\n1\n", infer_schema=False)
    ({'a': 'String'}, [('1',)])
    >>> read(b"a\n1\nx\n", infer_schema_length=None)
    ({'a': 'String'}, [('1',), ('x',)])
    >>> read([b"a\n1\n", b"a\n2.5\n"], infer_schema_files=2)
    ({'a': 'Float64'}, [(1.0,), (2.5,)])
    >>> read(b"a\n2024-05-01\n", try_parse_dates=True)
    ({'a': 'Date'}, [(datetime.date(2024, 5, 1),)])
    >>> read(b"a b\n1\n", with_column_names=lambda names: [name.replace(" ", "_") for name in names])
    ({'a_b': 'Int64'}, [(1,)])
    >>> read(b"a,b\n1,2\n", schema={"a": pl.Int64}, extra_columns="ignore")
    ({'a': 'Int64'}, [(1,)])
    >>> read(b"a\n1\n", schema={"a": pl.Int64, "b": pl.Int64}, missing_columns="insert")
    ({'a': 'Int64', 'b': 'Int64'}, [(1, None)])
    >>> read(b"a,b\nx,1\n,2\n", empty_string_is_null=False)[1]
    [('x', 1), ('', 2)]
    >>> read(b"a\n0xff00\n", schema={"a": pl.Binary}, binary_encoding="hex")[1]
    [(b'\xff\x00',)]
    >>> read(b"a\n7\n8\n", row_index_name="row", row_index_offset=1)
    ({'row': 'UInt32', 'a': 'Int64'}, [(1, 7), (2, 8)])
    >>> read(b"a\n7\n", include_file_paths="path")[1]
    [(7, 'in-mem')]

    What is left out, and how it is read:

    >>> read(b"a\n1\nx\n", schema={"a": pl.Int64}, ignore_errors=True)[1]
    [(1,), (None,)]
    >>> read(b"a\n1\nx\n", schema={"a": pl.Int64}, on_error="skip")[1]
    [(1,)]
    >>> rejects = pfc.Rejects()
    >>> read(b"a\n1\nx\n", schema={"a": pl.Int64}, on_error="null", rejects=rejects)[1]
    [(1,), (None,)]
    >>> rejects.frame().select("line", "code", "value", "action").rows()
    [(3, 'cast', 'x', 'null')]
    >>> read(b"a\n1\n2\n", n_rows=1)[1]
    [(1,)]
    >>> read(b"a\n1234567\n", max_record_bytes=1024)[1]
    [(1234567,)]
    >>> read(b"a\n1\n", progress=lambda done, total: print(done, "of", total))[1]
    4 of 4
    [(1,)]
    >>> read(b"a\n1\n", n_threads=1, batch_size=1000, memory_map=False, low_memory=True)[1]
    [(1,)]
    >>> import gzip, pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> (folder / "year=2024").mkdir()
    >>> size = (folder / "year=2024" / "x[1].csv.gz").write_bytes(gzip.compress(b"a\n1\n"))
    >>> read(folder / "year=2024" / "x[1].csv.gz", compression="gzip", glob=False)[1]
    [(1,)]
    >>> read(folder, hive_partitioning=True, hive_schema={"year": pl.Int16})
    ({'a': 'Int64', 'year': 'Int16'}, [(1, 2024)])
    >>> def credentials():
    ...     return {"aws_access_key_id": "...", "aws_secret_access_key": "..."}, None
    >>> trades = pfc.scan_fast_csv("s3://bucket/x.csv", credential_provider=credentials)  # doctest: +SKIP

    What a wrong value says, before any file is opened:

    >>> def refused(**options):
    ...     try:
    ...         pfc.scan_fast_csv("never-opened.csv", **options)
    ...     except (TypeError, ValueError, pl.exceptions.PolarsError) as error:
    ...         print(f"{type(error).__name__}: {error}")
    >>> refused(has_header="yes")
    TypeError: has_header must be True or False, got 'yes'
    >>> refused(separator="")
    ValueError: separator must be 1 to 8 bytes, '' is 0 bytes long
    >>> refused(quote_char="ab")
    ValueError: quote_char='ab' should be a single byte character, but is 2 bytes long
    >>> refused(escape_char=7)
    TypeError: escape_char must be text, got 7
    >>> refused(comment_prefix=1)
    TypeError: comment_prefix must be text, got 1
    >>> refused(eol_char="ab")
    ArgumentError: eol_char must be a single byte or 'any', got 'ab'
    >>> refused(skip_rows=-1)
    ValueError: skip_rows must be at least 0, got -1
    >>> refused(skip_lines="2")
    TypeError: skip_lines must be a whole number, got '2'
    >>> refused(skip_rows=1, skip_lines=1)
    InvalidOperationError: only one of 'skip_rows'/'skip_lines' may be set
    >>> refused(skip_rows_after_header=-1)
    ValueError: skip_rows_after_header must be at least 0, got -1
    >>> refused(skip_footer=-1)
    ValueError: skip_footer must be at least 0, got -1
    >>> refused(trim_whitespace=1)
    TypeError: trim_whitespace must be True or False, got 1
    >>> refused(strict_quotes=1)
    TypeError: strict_quotes must be True or False, got 1
    >>> refused(max_record_bytes=0)
    ValueError: max_record_bytes must be at least 1, got 0
    >>> refused(raise_if_empty=1)
    TypeError: raise_if_empty must be True or False, got 1
    >>> refused(encoding="klingon")
    EncodingError: encoding must be 'utf8', 'utf8-lossy' or a label of the WHATWG Encoding standard, got 'klingon'
    >>> refused(n_threads=0)
    ValueError: n_threads must be at least 1, got 0
    >>> refused(memory_map="no")
    ValueError: memory_map must be True, False or 'auto', got 'no'
    >>> refused(compression="rar")
    ValueError: compression must be 'infer' or 'gzip' or 'zlib' or 'zstd' or 'bzip2' or 'xz' or 'lz4', got 'rar'
    >>> refused(glob=1)
    TypeError: glob must be True or False, got 1
    >>> refused(progress="bar")
    TypeError: progress must be True, False or a function of the bytes done and the bytes in all, got 'bar'
    >>> refused(credential_provider=5)
    TypeError: credential_provider must be 'auto', a function or None, got 5
    >>> refused(schema=["a"])
    TypeError: schema must be a mapping of column to type, got ['a']
    >>> refused(schema_overrides=5)
    TypeError: schema_overrides must be a mapping or a sequence of types, got 5
    >>> refused(infer_schema=1)
    TypeError: infer_schema must be True or False, got 1
    >>> refused(infer_schema_length="all")
    TypeError: infer_schema_length must be 'sample', a number of records or None, got 'all'
    >>> refused(infer_schema_files=0)
    ValueError: infer_schema_files must be at least 1, got 0
    >>> refused(try_parse_dates=1)
    TypeError: try_parse_dates must be True or False, got 1
    >>> refused(decimal_comma=1)
    TypeError: decimal_comma must be True or False, got 1
    >>> refused(new_columns="a")
    TypeError: new_columns must be a list of texts, got 'a'
    >>> refused(with_column_names="upper")
    TypeError: with_column_names must be a function, got 'upper'
    >>> refused(null_values=5)
    TypeError: null_values must be a text, a list of texts or a mapping of column to these, got 5
    >>> refused(allow_quoted_nulls=1)
    TypeError: allow_quoted_nulls must be True or False, got 1
    >>> refused(empty_string_is_null=1)
    TypeError: empty_string_is_null must be True or False, got 1
    >>> refused(true_values="yes")
    TypeError: true_values must be a list of texts, got 'yes'
    >>> refused(false_values=5)
    TypeError: false_values must be a list of texts, got 5
    >>> refused(time_format=5)
    TypeError: time_format must be a text, a list of texts or a mapping of column to these, got 5
    >>> refused(datetime_format=5)
    TypeError: datetime_format must be a text, a list of texts or a mapping of column to these, got 5
    >>> refused(thousands="ab")
    ValueError: thousands='ab' should be a single byte character, but is 2 bytes long
    >>> refused(keep_leading_zeros=1)
    TypeError: keep_leading_zeros must be True or False, got 1
    >>> refused(binary_encoding="octal")
    ValueError: binary_encoding must be 'raw' or 'hex' or 'base64', got 'octal'
    >>> refused(ignore_errors=1)
    TypeError: ignore_errors must be True or False, got 1
    >>> refused(on_error="drop")
    ValueError: on_error must be 'raise' or 'null' or 'skip', got 'drop'
    >>> refused(truncate_ragged_lines=1)
    TypeError: truncate_ragged_lines must be True or False, got 1
    >>> refused(extra_columns="drop")
    ValueError: extra_columns must be 'raise' or 'ignore', got 'drop'
    >>> refused(missing_columns="null")
    ValueError: missing_columns must be 'raise' or 'insert', got 'null'
    >>> refused(short_records="pad")
    ValueError: short_records must be 'null' or 'raise', got 'pad'
    >>> refused(n_rows=-1)
    ValueError: n_rows must be at least 0, got -1
    >>> refused(row_index_name=5)
    TypeError: row_index_name must be text, got 5
    >>> refused(row_index_name="row", row_index_offset=-1)
    ValueError: row_index_offset must be at least 0, got -1
    >>> refused(include_file_paths=5)
    TypeError: include_file_paths must be text, got 5
    >>> refused(hive_partitioning=1)
    TypeError: hive_partitioning must be True or False, got 1
    >>> refused(hive_schema=5)
    TypeError: hive_schema must be a mapping of column to type, got 5
    >>> refused(batch_size=0)
    ValueError: batch_size must be at least 1, got 0
    >>> refused(rejects=[])
    TypeError: rejects must be a Rejects, got []
    >>> refused(low_memory=1)
    TypeError: low_memory must be True or False, got 1
    """
    refuse_lost_threads()
    return lazy_frame(ResolvedCsv.of(source, settle(CsvOptions, options)))
