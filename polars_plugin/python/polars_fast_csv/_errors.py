"""The exception for what a file says wrongly."""

from __future__ import annotations

from typing import Any

from polars.exceptions import ColumnNotFoundError, ComputeError, InvalidOperationError, SchemaError, ShapeError


class CsvError(ComputeError, ValueError):
    r"""
    A cell, a record or the quoting of a file breaks a rule.

    The text names the place, the value, what was expected and the option that would accept it. The attributes say the
    same to a program; each is ``None`` where it does not apply.

    Attributes
    ----------
    path : str or None
        The file, where the source is one.
    line : int or None
        The physical line, from 1. A newline inside quotes begins a new one.
    record : int or None
        The data record, from 1. The header does not count.
    column : int or None
        The column, from 1.
    column_name : str or None
        The column's name.
    byte : int or None
        Bytes from the start of the file to the first byte of the field, from 0.
    value : str or None
        The text of the field.
    code : str or None
        One of ``cast``, ``overflow``, ``invalid_utf8``, ``too_many_fields``, ``too_few_fields``, ``stray_quote``,
        ``unclosed_quote``, ``line_too_long``.

    Examples
    --------
    >>> import polars as pl
    >>> import polars_fast_csv as pfc
    >>> try:
    ...     pfc.read_fast_csv(b"a,b\n1,2\n3,x\n", schema={"a": pl.Int64, "b": pl.Int64})
    ... except pfc.CsvError as error:
    ...     print(error.line, error.record, error.column_name, error.byte, error.value, error.code)
    3 2 b 10 x cast
    """

    def __init__(
        self,
        message: str = "",
        *,
        path: str | None = None,
        line: int | None = None,
        record: int | None = None,
        column: int | None = None,
        column_name: str | None = None,
        byte: int | None = None,
        value: str | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message)
        self.path = path
        self.line = line
        self.record = record
        self.column = column
        self.column_name = column_name
        self.byte = byte
        self.value = value
        self.code = code

    def __reduce__(self) -> tuple[Any, ...]:
        # An exception is copied by its positional arguments; the attributes travel beside them.
        return (type(self), self.args, self.__dict__)


class ColumnsError(SchemaError, ColumnNotFoundError, ComputeError):
    """
    The columns of a file are not those of the schema, or of the files before it.

    Polars raises one or the other of its own for this: whichever a caller catches, it is caught.
    """


# What Polars tells by one of its own exceptions, or Python by a LookupError, is here a ValueError as well.


class ArgumentError(InvalidOperationError, ValueError):
    """An option has a value that makes no sense."""


class NoFilesError(FileNotFoundError, ComputeError):
    """No file matches a pattern, or is in a directory."""


class NoSourceError(ComputeError, ValueError):
    """There is nothing to read: the list of sources is empty."""


class EncodingError(LookupError, ValueError):
    """There is no encoding of this name."""


class NamesError(ShapeError, ValueError):
    """There are more or fewer new names than columns."""


class UnknownColumnError(ColumnNotFoundError, ValueError):
    """No column has this name or stands at this place."""
