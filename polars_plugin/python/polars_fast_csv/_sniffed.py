"""What a file is: its dialect, encoding, compression, header and schema, guessed from samples of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, Unpack

import polars as pl

from polars_fast_csv import _native
from polars_fast_csv._options import SniffOptions, takes
from polars_fast_csv._schema import native_schema
from polars_fast_csv._settings import settle
from polars_fast_csv._sources import CsvSource, OneSource, resolve_sources

# Bytes of up to so many are written into the code that reads them.
_WRITTEN_OUT = 1024
# What is not needed where the schema is given.
_OF_INFERENCE = ("infer_schema", "infer_schema_length", "infer_schema_files", "try_parse_dates")


@dataclass(frozen=True, slots=True)
class Sniffed:
    r"""
    What :func:`sniff` found.

    Examples
    --------
    >>> import polars as pl
    >>> import polars_fast_csv as pfc
    >>> sniffed = pfc.sniff(b"name;born;height\n'Ada; Countess';1815;1.65\nGrace;1906;1.5\nMary;1797;1.6\n")
    >>> sniffed.separator, sniffed.quote_char, sniffed.has_header, sniffed.encoding, sniffed.line_end
    (';', "'", True, 'utf8', '\n')
    >>> sniffed.schema.names(), sniffed.schema.dtypes()
    (['name', 'born', 'height'], [String, Int64, Float64])
    >>> sniffed.guessed
    ()
    >>> pfc.scan_fast_csv(b"name;born;height\n'Mary; Shelley';1797;1.6\n", **sniffed.options).collect().rows()
    [('Mary; Shelley', 1797, 1.6)]
    """

    separator: str
    """What stands between fields."""
    quote_char: str | None
    """What quotes fields; ``None`` where quotes are text."""
    escape_char: str | None
    """What makes the byte behind it text; ``None`` where only a doubled quote does."""
    eol_char: str
    """What ends a record, as the option of this name has it."""
    comment_prefix: str | None
    """What lines begin with that are no records."""
    has_header: bool
    """Whether the first record names the columns."""
    skip_lines: int
    """The lines before the header, or the first record, that belong to no table."""
    encoding: str
    """What the text is written in: ``"utf8"``, or a name of the WHATWG Encoding standard."""
    compression: str | None
    """What the file is compressed by."""
    line_end: Literal["\n", "\r\n", "\r", "mixed"] | None
    r"""What ends the lines of the sample; ``None`` where it is one line."""
    schema: pl.Schema
    """The columns and their types, as :func:`scan_fast_csv` infers them by these options."""
    confidence: float
    """
    How sure the dialect is, from 0 to 1.

    It is the share of the sampled records that have as many fields as most, times the lead over the best reading with
    another separator, ``a² / (a² + b²)`` of their scores, times ``n / (n + 1)`` for ``n`` records. Above 0.9 there is
    little doubt; at 0.5 another separator explains the sample as well, or there is one record.
    """
    guessed: tuple[str, ...]
    """
    The attributes of which the sample had no evidence, so that a default or a mere likelihood stands: of ``separator``,
    ``quote_char``, ``has_header`` and ``encoding``. What was given is not among them.
    """
    options: dict[str, Any] = field(repr=False)
    """All of this, and what was given, as options of :func:`scan_fast_csv` that leave nothing to guess."""
    _source: str = field(repr=False)

    def to_code(self, function: Literal["read_fast_csv", "scan_fast_csv", "open_csv"] = "read_fast_csv") -> str:
        r"""
        Write the call that reads the file with nothing left to guess.

        Parameters
        ----------
        function
            The function to call.

        Returns
        -------
        str
            A Python expression, in which ``pfc`` is this package and ``pl`` is Polars. Paths are written out, and bytes
            where they are few; any other source is called ``source``.

        Raises
        ------
        ValueError
            There is no such function.

        Examples
        --------
        >>> import polars_fast_csv as pfc
        >>> print(pfc.sniff(b"a|b\n1|x\n").to_code())
        pfc.read_fast_csv(
            b'a|b\n1|x\n',
            separator='|',
            quote_char='"',
            escape_char=None,
            eol_char='\n',
            comment_prefix=None,
            has_header=True,
            skip_lines=0,
            encoding='utf8',
            compression=None,
            schema={
                'a': pl.Int64,
                'b': pl.String,
            },
        )
        """
        known = ("read_fast_csv", "scan_fast_csv", "open_csv")
        if function not in known:
            msg = f"function must be {' or '.join(map(repr, known))}, got {function!r}"
            raise ValueError(msg)
        lines = [f"pfc.{function}(", f"    {self._source},"]
        for name, value in self.options.items():
            if isinstance(value, pl.Schema):
                columns = [f"        {column!r}: pl.{dtype!r}," for column, dtype in value.items()]
                lines += [f"    {name}={{", *columns, "    },"]
            else:
                lines.append(f"    {name}={value!r},")
        return "\n".join([*lines, ")"])


@takes(SniffOptions)
def sniff(source: CsvSource, **options: Unpack[SniffOptions]) -> Sniffed:
    r"""
    Guess what a file is, from its head and points spread through the rest of it.

    Every dialect whose signs the sample holds reads it, exactly as the reader would; the one that finds the most
    records of one number of fields, with cells that look like values, is taken, as in `Wrangling messy CSV files by
    detecting row and type patterns <https://doi.org/10.1007/s10618-019-00646-y>`_ (van den Burg, Nazábal and Sutton,
    2019). Lines before the table whose number of fields is another are skipped. A first record that is not of its
    columns' types is a header, and so is one of text above text, unless it comes again as a value.

    A byte order mark says the encoding; text that is UTF-8 is taken for that; anything else is a guess by the
    frequencies of letters. The compression is told by the first bytes.

    What is found depends on the sampled bytes and the options alone. Of a source that cannot seek the head is the
    sample; what was looked at of a pipe is lost for others.

    Parameters
    ----------
    source
        As for :func:`scan_fast_csv`. Of several files the first is looked at; the schema holds all of them.
    **options
        Options of :func:`scan_fast_csv`. What is given of ``separator``, ``quote_char``, ``escape_char``, ``eol_char``,
        ``comment_prefix``, ``has_header``, ``skip_rows``, ``skip_lines``, ``encoding`` and ``compression`` is not
        guessed; the others bear on the schema. ``try_parse_dates=True`` finds dates and times, ``date_format``,
        ``thousands`` and the like say how values are written, ``missing_columns`` and ``extra_columns`` take several
        files whose headers differ.

    Returns
    -------
    Sniffed

    Raises
    ------
    TypeError, ValueError
        An option is unknown, or has a value that makes no sense.
    FileNotFoundError
        A file does not exist, or a pattern matches none.
    polars.exceptions.NoDataError
        The file is empty.
    CsvError
        No schema can be inferred by the options that were found.

    Examples
    --------
    >>> import polars_fast_csv as pfc
    >>> text = b"# a comment\n2024-01-02\t1,5\n2024-01-03\t2,5\n"
    >>> sniffed = pfc.sniff(text, try_parse_dates=True, decimal_comma=True)
    >>> sniffed.separator, sniffed.comment_prefix, sniffed.has_header
    ('\t', '#', False)
    >>> sniffed.schema.dtypes()
    [Date, Float64]
    """
    settings = settle(SniffOptions, options)
    sources = resolve_sources(source, glob=settings.glob, access=settings.access, recodes=settings.recodes)
    given = {name for name, value in options.items() if (name, value) != ("separator", "auto")}
    guess = _native.sniff(sources, {**settings.native, "separator": _known_separator(settings.native)}, given)
    found: dict[str, Any] = guess.options()
    schema = pl.Schema(native_schema(guess))
    changed = {name: value for name, value in settings.changed.items() if name not in _OF_INFERENCE}
    changed = {name: value for name, value in changed.items() if (name, value) != ("separator", "auto")}
    evidence = zip(("separator", "quote_char", "has_header", "encoding"), guess.seen, strict=True)
    return Sniffed(
        **found,
        line_end=_line_end(*guess.line_ends),
        schema=schema,
        confidence=guess.confidence,
        guessed=tuple(name for name, seen in evidence if not seen and name not in given),
        options={**found, **changed, "schema": schema},
        _source=_written(source),
    )


def _known_separator(native: dict[str, Any]) -> str:
    """Return a separator that the native module takes: that none is known is said beside it."""
    return "," if native["separator"] == "auto" else native["separator"]


def _line_end(lf: int, crlf: int, cr: int) -> Literal["\n", "\r\n", "\r", "mixed"] | None:
    ends: dict[Literal["\n", "\r\n", "\r"], int] = {"\n": lf, "\r\n": crlf, "\r": cr}
    met = [end for end, count in ends.items() if count]
    return (met[0] if len(met) == 1 else "mixed") if met else None


def _written(source: CsvSource) -> str:
    """Write a source as Python, or name it where that cannot be done, or not well."""
    if isinstance(source, list | tuple):
        written = [_written_one(one) for one in source]
        return "source" if None in written else f"[{', '.join(map(str, written))}]"
    return _written_one(source) or "source"  # type: ignore[arg-type]


def _written_one(source: OneSource) -> str | None:
    if isinstance(source, bytes):
        return repr(source) if len(source) <= _WRITTEN_OUT else None
    if isinstance(source, str):
        return repr(source)
    return repr(source.__fspath__()) if hasattr(source, "__fspath__") else None
