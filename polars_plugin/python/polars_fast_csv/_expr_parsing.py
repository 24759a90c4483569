"""Functions of the namespace that read text as values, by the reader's own decoders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from polars_fast_csv import _native
from polars_fast_csv._plugin import Calls, flag, formats, width, word, words


class Parsing(Calls):
    """
    Text read as values, as the reader reads the fields of a column of that type.

    A text that is no value, the empty one included, is null, or with ``strict=True`` an error that names it and its
    row. To know rows the strict form needs the column as a whole: it is not evaluated piece by piece.

    Examples
    --------
    >>> import polars as pl
    >>> import polars_fast_csv
    >>> text = pl.col("text").fast_csv
    >>> frame = pl.DataFrame({"text": ["12", "1.5", "TRUE", "2024-02-29", "x", None]})
    >>> frame.select("text", i=text.parse_int(), f=text.parse_float(), b=text.parse_bool(), d=text.parse_date())
    shape: (6, 5)
    ┌────────────┬──────┬──────┬──────┬────────────┐
    │ text       ┆ i    ┆ f    ┆ b    ┆ d          │
    │ ---        ┆ ---  ┆ ---  ┆ ---  ┆ ---        │
    │ str        ┆ i64  ┆ f64  ┆ bool ┆ date       │
    ╞════════════╪══════╪══════╪══════╪════════════╡
    │ 12         ┆ 12   ┆ 12.0 ┆ null ┆ null       │
    │ 1.5        ┆ null ┆ 1.5  ┆ null ┆ null       │
    │ TRUE       ┆ null ┆ null ┆ true ┆ null       │
    │ 2024-02-29 ┆ null ┆ null ┆ null ┆ 2024-02-29 │
    │ x          ┆ null ┆ null ┆ null ┆ null       │
    │ null       ┆ null ┆ null ┆ null ┆ null       │
    └────────────┴──────┴──────┴──────┴────────────┘
    """

    def parse_int(self, bits: int = 64, *, signed: bool = True, strict: bool = False) -> pl.Expr:
        """
        Read integers; see `is_int` for what is one.

        Parameters
        ----------
        bits : {8, 16, 32, 64}, default 64
            The width of the type.
        signed : bool, default True
            Whether the type has a sign.
        strict : bool, default False
            Whether a text that is none, or does not fit, is an error, or else null.

        Returns
        -------
        polars.Expr
            Of the integer type.

        Raises
        ------
        TypeError, ValueError
            If an argument is none of the above.

        Examples
        --------
        >>> import polars as pl
        >>> import polars_fast_csv
        >>> frame = pl.DataFrame({"text": ["12", "-7", "300", "1.0", None]})
        >>> frame.select(pl.col("text").fast_csv.parse_int(8))["text"].to_list()
        [12, -7, None, None, None]
        >>> frame.select(pl.col("text").fast_csv.parse_int(strict=True))  # doctest: +ELLIPSIS
        Traceback (most recent call last):
            ...
        polars.exceptions.ComputeError: ...parse_int: row index 3: "1.0" is not an Int64; strict=False makes it null...
        """
        width(bits, (8, 16, 32, 64))
        flag("signed", signed)
        return self._parse("parse_int", strict, bits=bits, signed=signed)

    def parse_float(self, bits: int = 64, *, decimal_comma: bool = False, strict: bool = False) -> pl.Expr:
        """
        Read decimal numbers, correctly rounded; see `is_float` for what is one.

        Parameters
        ----------
        bits : {32, 64}, default 64
            The width of the type.
        decimal_comma : bool, default False
            Whether a comma stands before the fraction, instead of a dot.
        strict : bool, default False
            Whether a text that is none is an error, or else null.

        Returns
        -------
        polars.Expr
            Float32 or Float64.

        Raises
        ------
        TypeError, ValueError
            If an argument is none of the above.

        Examples
        --------
        >>> import polars as pl
        >>> import polars_fast_csv
        >>> frame = pl.DataFrame({"text": ["1,5", "-2", "1.5", None]})
        >>> frame.select(pl.col("text").fast_csv.parse_float(decimal_comma=True))["text"].to_list()
        [1.5, -2.0, None, None]
        """
        width(bits, (32, 64))
        flag("decimal_comma", decimal_comma)
        return self._parse("parse_float", strict, bits=bits, decimal_comma=decimal_comma)

    def parse_bool(
        self,
        true_values: str | Sequence[str] | None = None,
        false_values: str | Sequence[str] | None = None,
        *,
        strict: bool = False,
    ) -> pl.Expr:
        """
        Read booleans: ``true`` and ``false`` in any case, or other words.

        Parameters
        ----------
        true_values, false_values : str, sequence of str or None
            The words that are true and false, as they are written; None for the usual one in any case.
        strict : bool, default False
            Whether a text that is neither is an error, or else null.

        Returns
        -------
        polars.Expr
            Boolean.

        Raises
        ------
        TypeError, ValueError
            If an argument is none of the above, or a word stands on both sides.

        Examples
        --------
        >>> import polars as pl
        >>> import polars_fast_csv
        >>> frame = pl.DataFrame({"text": ["true", "False", "yes", "0", None]})
        >>> frame.select(pl.col("text").fast_csv.parse_bool())["text"].to_list()
        [True, False, None, None, None]
        >>> frame.select(pl.col("text").fast_csv.parse_bool(["yes", "1"], ["no", "0"]))["text"].to_list()
        [None, None, True, False, None]
        """
        truths, falses = words("true_values", true_values), words("false_values", false_values)
        _native.check_truths(truths, falses)
        return self._parse("parse_bool", strict, true_values=truths, false_values=falses)

    def parse_date(self, format: str | Sequence[str] | None = None, *, strict: bool = False) -> pl.Expr:
        """
        Read dates; see `is_date` for what is one.

        Parameters
        ----------
        format : str, sequence of str or None
            How dates are written, in chrono's ``%`` directives as Polars uses them; of several the first that fits.
            None for the usual ways.
        strict : bool, default False
            Whether a text that is none is an error, or else null.

        Returns
        -------
        polars.Expr
            Date.

        Raises
        ------
        TypeError, ValueError
            If an argument is none of the above.

        Examples
        --------
        >>> import polars as pl
        >>> import polars_fast_csv
        >>> frame = pl.DataFrame({"text": ["2024-02-29", "29/2/2024", "2023-02-29", "29.02.24", None]})
        >>> frame.select(pl.col("text").fast_csv.parse_date())["text"].dt.to_string().to_list()
        ['2024-02-29', '2024-02-29', None, None, None]
        >>> frame.select(pl.col("text").fast_csv.parse_date(["%d.%m.%y", "%F"]))["text"].dt.to_string().to_list()
        ['2024-02-29', None, None, '2024-02-29', None]
        """
        return self._parse("parse_date", strict, formats=formats(format, of_dates=True))

    def parse_datetime(
        self,
        format: str | Sequence[str] | None = None,
        *,
        time_unit: str = "us",
        time_zone: str | None = None,
        strict: bool = False,
    ) -> pl.Expr:
        """
        Read datetimes; see `is_datetime` for what is one.

        An offset is applied: what is kept is the time in UTC. What has no offset is kept as it is written, and with a
        `time_zone` stands for a time in UTC too.

        Parameters
        ----------
        format : str, sequence of str or None
            How datetimes are written, in chrono's ``%`` directives as Polars uses them; of several the first that fits.
            None for the usual ways.
        time_unit : {"us", "ms", "ns"}
            The unit of the type. A fraction that is finer, and a time that the type does not reach, is no value.
        time_zone : str or None
            The zone of the type.
        strict : bool, default False
            Whether a text that is none is an error, or else null.

        Returns
        -------
        polars.Expr
            Datetime of the unit and the zone.

        Raises
        ------
        TypeError, ValueError
            If an argument is none of the above.

        Examples
        --------
        >>> import polars as pl
        >>> import polars_fast_csv
        >>> frame = pl.DataFrame({"text": ["2024-02-29T12:00:00.5", "2024-02-29 12:00+01:00", "2024-02-29", "noon"]})
        >>> frame.select(pl.col("text").fast_csv.parse_datetime(time_unit="ms"))
        shape: (4, 1)
        ┌─────────────────────────┐
        │ text                    │
        │ ---                     │
        │ datetime[ms]            │
        ╞═════════════════════════╡
        │ 2024-02-29 12:00:00.500 │
        │ 2024-02-29 11:00:00     │
        │ 2024-02-29 00:00:00     │
        │ null                    │
        └─────────────────────────┘
        """
        word("time_unit", time_unit, ("us", "ms", "ns"))
        if time_zone is not None and not isinstance(time_zone, str):
            msg = f"time_zone must be the name of a zone or None, got {time_zone!r}"
            raise TypeError(msg)
        written = formats(format, of_dates=False)
        return self._parse("parse_datetime", strict, formats=written, time_unit=time_unit, time_zone=time_zone)

    def _parse(self, function: str, strict: bool, **arguments: Any) -> pl.Expr:
        flag("strict", strict)
        call = self._whole if strict else self._elementwise
        return call(function, strict=strict, **arguments)
