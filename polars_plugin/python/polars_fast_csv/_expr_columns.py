"""Tests of the namespace that compare: with bounds, with neighbours, with all the others."""

from __future__ import annotations

import math
from datetime import date, time, timedelta
from decimal import Decimal

import polars as pl

from polars_fast_csv._bounds import bounds
from polars_fast_csv._plugin import Calls, flag, word

_Bound = float | Decimal | date | time | timedelta | None


class ColumnTests(Calls):
    """
    How values compare with bounds and with each other.

    Examples
    --------
    >>> import polars as pl
    >>> import polars_fast_csv
    >>> frame = pl.DataFrame({"key": ["a"] * 5 + ["b"] * 3, "n": [1, 2, 3, 4, 99, 8, 7, 7]})
    >>> frame.group_by("key", maintain_order=True).agg(
    ...     pl.col("n").fast_csv.is_monotonic().alias("monotonic"),
    ...     pl.col("n").filter(pl.col("n").fast_csv.is_outlier()).alias("outliers"),
    ... )
    shape: (2, 3)
    ┌─────┬───────────┬───────────┐
    │ key ┆ monotonic ┆ outliers  │
    │ --- ┆ ---       ┆ ---       │
    │ str ┆ bool      ┆ list[i64] │
    ╞═════╪═══════════╪═══════════╡
    │ a   ┆ true      ┆ [99]      │
    │ b   ┆ true      ┆ []        │
    └─────┴───────────┴───────────┘
    """

    def in_range(self, lo: _Bound = None, hi: _Bound = None, closed: str = "both") -> pl.Expr:
        """
        Say which values lie between two bounds.

        A text lies there if it is a value of the bounds' kind, as the reader takes it, that does: with numbers a
        number, with dates or datetimes a date (its midnight) or a datetime, with times a time of day. Any other text
        does not. Columns of the bounds' kind are compared as they are.

        Whole numbers and decimals are compared exactly, other numbers as doubles. Datetimes with an offset count in
        UTC, and those without one are compared by their clock.

        Parameters
        ----------
        lo, hi : int, float, Decimal, date, datetime, time, timedelta or None
            The bounds, both of one kind; None leaves a side open. Durations bound columns of durations only.
        closed : {"both", "left", "right", "none"}
            Which bounds lie inside themselves.

        Returns
        -------
        polars.Expr
            Boolean, null where the value is null. A NaN is in no range.

        Raises
        ------
        TypeError
            If the bounds are of different kinds, or of none that is compared.
        ValueError
            If a bound is not finite, both are None, or `closed` is unknown.

        Examples
        --------
        >>> import polars as pl
        >>> import polars_fast_csv
        >>> from datetime import date
        >>> frame = pl.DataFrame({"text": ["0", "99.5", "1e2", "100.5", "x", None]})
        >>> frame.select(pl.col("text").fast_csv.in_range(0, 100, closed="right"))["text"].to_list()
        [False, True, True, False, False, None]
        >>> frame = pl.DataFrame({"day": ["2024-02-29", "2023-12-31", "2024-02-30"]})
        >>> frame.select(pl.col("day").fast_csv.in_range(date(2024, 1, 1), None))["day"].to_list()
        [True, False, False]
        """
        word("closed", closed, ("both", "left", "right", "none"))
        return self._elementwise("in_range", **bounds(lo, hi, closed))

    def is_outlier(self, method: str = "mad", threshold: float = 3.5) -> pl.Expr:
        """
        Say which numbers lie far from the others: those of the column, the group or the window.

        Parameters
        ----------
        method : {"mad", "iqr", "zscore"}
            How far is measured. ``mad``: the modified z-score of Iglewicz and Hoaglin (1993), 0.6745 times the distance
            from the median by the median of these distances; where that is 0 the distance by 1.253314 times their mean.
            ``iqr``: the distance outside of the quartiles by the distance between them (Tukey's fences, with a
            threshold of 1.5 usually). ``zscore``: the distance from the mean by the standard deviation.
        threshold : float, default 3.5
            What a number has to exceed, which is what Iglewicz and Hoaglin advise for ``mad``.

        Returns
        -------
        polars.Expr
            Boolean, null where the value is null or NaN. Infinite numbers are outliers and count for nothing else.
            Columns of dates, datetimes, durations and times are numbers here, text is not: see `parse_float`.

        Raises
        ------
        TypeError
            If the threshold is no number.
        ValueError
            If the method is unknown, or the threshold negative or NaN.

        Examples
        --------
        >>> import polars as pl
        >>> import polars_fast_csv
        >>> frame = pl.DataFrame({"x": [2.1, 2.6, 2.4, 2.5, 2.3, None, 8.2]})
        >>> frame.select(pl.col("x").fast_csv.is_outlier())["x"].to_list()
        [False, False, False, False, False, None, True]
        """
        word("method", method, ("mad", "iqr", "zscore"))
        if not isinstance(threshold, (int, float)) or isinstance(threshold, bool):
            msg = f"threshold must be a number, got {threshold!r}"
            raise TypeError(msg)
        if math.isnan(threshold) or threshold < 0:
            msg = f"threshold must not be negative or NaN, got {threshold!r}"
            raise ValueError(msg)
        return self._whole("is_outlier", method=method, threshold=float(threshold))

    def is_monotonic(self, strict: bool = False, *, direction: str = "either") -> pl.Expr:
        """
        Say whether the values of the column, the group or the window go one way.

        Parameters
        ----------
        strict : bool, default False
            Whether two equal neighbours break it.
        direction : {"either", "increasing", "decreasing"}
            The way they have to go.

        Returns
        -------
        polars.Expr
            One Boolean. Nulls are passed over; fewer than two values go any way; a NaN has no order and goes none. Text
            is compared byte by byte, categories by their words.

        Raises
        ------
        TypeError
            If `strict` is no bool.
        ValueError
            If the direction is unknown.

        Examples
        --------
        >>> import polars as pl
        >>> import polars_fast_csv
        >>> frame = pl.DataFrame({"n": [1, 2, None, 2, 5]})
        >>> frame.select(pl.col("n").fast_csv.is_monotonic()).item()
        True
        >>> frame.select(pl.col("n").fast_csv.is_monotonic(strict=True)).item()
        False
        """
        flag("strict", strict)
        word("direction", direction, ("either", "increasing", "decreasing"))
        rises, falls = direction != "decreasing", direction != "increasing"
        return self._whole("is_monotonic", returns_scalar=True, strict=strict, rises=rises, falls=falls)
