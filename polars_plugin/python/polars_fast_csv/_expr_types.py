"""Tests of the namespace that say which texts are values of a type."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from polars_fast_csv._plugin import Calls, formats, width


class TypeTests(Calls):
    """
    Which texts the reader takes for values of a type.

    Examples
    --------
    >>> import polars as pl
    >>> import polars_fast_csv
    >>> text = pl.col("text").fast_csv
    >>> frame = pl.DataFrame({"text": ["12", "1.5", "true", "2024-02-29", "2024-02-29T12:00", None]})
    >>> frame.select(
    ...     "text", int=text.is_int(), float=text.is_float(), bool=text.is_bool(), date=text.is_date(),
    ...     datetime=text.is_datetime(),
    ... )
    shape: (6, 6)
    ┌──────────────────┬───────┬───────┬───────┬───────┬──────────┐
    │ text             ┆ int   ┆ float ┆ bool  ┆ date  ┆ datetime │
    │ ---              ┆ ---   ┆ ---   ┆ ---   ┆ ---   ┆ ---      │
    │ str              ┆ bool  ┆ bool  ┆ bool  ┆ bool  ┆ bool     │
    ╞══════════════════╪═══════╪═══════╪═══════╪═══════╪══════════╡
    │ 12               ┆ true  ┆ true  ┆ false ┆ false ┆ false    │
    │ 1.5              ┆ false ┆ true  ┆ false ┆ false ┆ false    │
    │ true             ┆ false ┆ false ┆ true  ┆ false ┆ false    │
    │ 2024-02-29       ┆ false ┆ false ┆ false ┆ true  ┆ true     │
    │ 2024-02-29T12:00 ┆ false ┆ false ┆ false ┆ false ┆ true     │
    │ null             ┆ null  ┆ null  ┆ null  ┆ null  ┆ null     │
    └──────────────────┴───────┴───────┴───────┴───────┴──────────┘
    """

    def is_int(self, bits: int = 64) -> pl.Expr:
        """
        Say which texts are integers that fit.

        An integer is what the reader takes for one: an optional sign and digits, blanks before it allowed.

        Parameters
        ----------
        bits : {8, 16, 32, 64}, default 64
            The width of the signed type that has to hold it.

        Returns
        -------
        polars.Expr
            Boolean, null where the text is null.

        Raises
        ------
        ValueError
            If ``bits`` is no such width.

        Examples
        --------
        >>> import polars as pl
        >>> import polars_fast_csv
        >>> frame = pl.DataFrame({"text": ["12", "-129", "1.0", "", None]})
        >>> frame.select(pl.col("text").fast_csv.is_int(bits=8))["text"].to_list()
        [True, False, False, False, None]
        """
        width(bits, (8, 16, 32, 64))
        return self._elementwise("is_int", bits=bits)

    def is_float(self) -> pl.Expr:
        """
        Say which texts are decimal numbers.

        A number is what the reader takes for one: an optional sign, digits with an optional dot among them, an optional
        exponent; or ``inf``, ``infinity`` or ``nan`` in any case. Blanks before it are allowed.

        Returns
        -------
        polars.Expr
            Boolean, null where the text is null.

        Examples
        --------
        >>> import polars as pl
        >>> import polars_fast_csv
        >>> frame = pl.DataFrame({"text": ["1", "-.5", "6.02e23", "NaN", "1,5", "1.5 ", "", None]})
        >>> frame.select(pl.col("text").fast_csv.is_float())["text"].to_list()
        [True, True, True, True, False, False, False, None]
        """
        return self._elementwise("is_float")

    def is_decimal(self, precision: int, scale: int) -> pl.Expr:
        """
        Say which texts are decimal numbers that a type holds without rounding.

        A number is what the reader takes for a decimal: an optional sign, digits with an optional dot among them and an
        optional exponent, blanks before it allowed. Zeros in front and behind count for nothing.

        Parameters
        ----------
        precision : int
            The most digits in all, from 1 to 38.
        scale : int
            How many of them stand behind the dot, from 0 to `precision`.

        Returns
        -------
        polars.Expr
            Boolean, null where the text is null.

        Raises
        ------
        TypeError
            If one of them is no integer.
        ValueError
            If there is no such type.

        Examples
        --------
        >>> import polars as pl
        >>> import polars_fast_csv
        >>> frame = pl.DataFrame({"text": ["12.5", "-999.99", "1000", "1.255", "1.250", "x", "", None]})
        >>> frame.select(pl.col("text").fast_csv.is_decimal(5, 2))["text"].to_list()
        [True, True, False, False, True, False, False, None]
        """
        if any(not isinstance(count, int) or isinstance(count, bool) for count in (precision, scale)):
            msg = f"precision and scale must be integers, got {precision!r} and {scale!r}"
            raise TypeError(msg)
        if not 1 <= precision <= 38 or not 0 <= scale <= precision:
            msg = f"precision must be 1 to 38 and scale 0 to precision, got {precision} and {scale}"
            raise ValueError(msg)
        return self._elementwise("is_decimal", precision=precision, scale=scale)

    def is_bool(self) -> pl.Expr:
        """
        Say which texts are ``true`` or ``false``, in any case.

        Returns
        -------
        polars.Expr
            Boolean, null where the text is null.

        Examples
        --------
        >>> import polars as pl
        >>> import polars_fast_csv
        >>> frame = pl.DataFrame({"text": ["true", "FALSE", "yes", "1", "", None]})
        >>> frame.select(pl.col("text").fast_csv.is_bool())["text"].to_list()
        [True, True, False, False, False, None]
        """
        return self._elementwise("is_bool")

    def is_date(self, format: str | Sequence[str] | None = None) -> pl.Expr:
        """
        Say which texts are dates.

        Without a format a date is what the reader takes for one: a year of four digits, a month and a day of one or
        two, as ``Y-M-D``, ``Y/M/D``, ``D-M-Y`` or ``D/M/Y``; of these the calendar date of ISO 8601 is the first.

        Parameters
        ----------
        format : str, sequence of str or None
            How dates are written, in chrono's ``%`` directives as Polars uses them; of several the first that fits.
            None for the usual ways.

        Returns
        -------
        polars.Expr
            Boolean, null where the text is null.

        Raises
        ------
        TypeError, ValueError
            If `format` is none of the above.

        Examples
        --------
        >>> import polars as pl
        >>> import polars_fast_csv
        >>> frame = pl.DataFrame({"text": ["2024-02-29", "29/2/2024", "2023-02-29", "2024-02-29T00:00", "", None]})
        >>> frame.select(pl.col("text").fast_csv.is_date())["text"].to_list()
        [True, True, False, False, False, None]
        >>> frame.select(pl.col("text").fast_csv.is_date("%Y-%m-%d"))["text"].to_list()
        [True, False, False, False, False, None]
        """
        return self._elementwise("is_date", formats=formats(format, of_dates=True))

    def is_datetime(self, format: str | Sequence[str] | None = None) -> pl.Expr:
        """
        Say which texts are datetimes.

        Without a format a datetime is what the reader takes for one: a date, alone or followed by ``T`` or a blank and
        ``HH:MM[:SS[.fraction]]`` with up to nine digits of fraction, and then perhaps by ``Z`` or an offset.

        Parameters
        ----------
        format : str, sequence of str or None
            How datetimes are written, in chrono's ``%`` directives as Polars uses them; of several the first that fits.
            None for the usual ways.

        Returns
        -------
        polars.Expr
            Boolean, null where the text is null.

        Raises
        ------
        TypeError, ValueError
            If `format` is none of the above.

        Examples
        --------
        >>> import polars as pl
        >>> import polars_fast_csv
        >>> frame = pl.DataFrame({"text": ["2024-02-29T23:59:59.5Z", "2024-02-29 24:00", "2024-02-29", "now", None]})
        >>> frame.select(pl.col("text").fast_csv.is_datetime())["text"].to_list()
        [True, False, True, False, None]
        """
        return self._elementwise("is_datetime", formats=formats(format, of_dates=False))
