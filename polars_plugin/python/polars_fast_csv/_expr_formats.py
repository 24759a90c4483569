"""Tests of the namespace that say which texts have a form that a standard or the user gives."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from polars_fast_csv import _native
from polars_fast_csv._plugin import Calls, word


class FormatTests(Calls):
    """
    Which texts have a form.

    Examples
    --------
    >>> import polars as pl
    >>> import polars_fast_csv
    >>> text = pl.col("text").fast_csv
    >>> texts = ["jdoe@machine.example", "https://a.example/b", "192.0.2.16", "::1", "79927398713"]
    >>> frame = pl.DataFrame({"text": texts})
    >>> frame.select(
    ...     "text", email=text.is_email(), url=text.is_url(), ipv4=text.is_ipv4(), ipv6=text.is_ipv6(),
    ...     luhn=text.is_luhn(),
    ... )
    shape: (5, 6)
    ┌──────────────────────┬───────┬───────┬───────┬───────┬───────┐
    │ text                 ┆ email ┆ url   ┆ ipv4  ┆ ipv6  ┆ luhn  │
    │ ---                  ┆ ---   ┆ ---   ┆ ---   ┆ ---   ┆ ---   │
    │ str                  ┆ bool  ┆ bool  ┆ bool  ┆ bool  ┆ bool  │
    ╞══════════════════════╪═══════╪═══════╪═══════╪═══════╪═══════╡
    │ jdoe@machine.example ┆ true  ┆ false ┆ false ┆ false ┆ false │
    │ https://a.example/b  ┆ false ┆ true  ┆ false ┆ false ┆ false │
    │ 192.0.2.16           ┆ false ┆ false ┆ true  ┆ false ┆ false │
    │ ::1                  ┆ false ┆ false ┆ false ┆ true  ┆ false │
    │ 79927398713          ┆ false ┆ false ┆ false ┆ false ┆ true  │
    └──────────────────────┴───────┴───────┴───────┴───────┴───────┘
    """

    def is_email(self) -> pl.Expr:
        """
        Say which texts are addresses of electronic mail.

        The part of RFC 5322 that is in use: a dot-atom of at most 64 bytes, ``@``, and a domain name of two labels or
        more whose last one is not a number; 254 bytes in all. Quoted local parts (``"john doe"@example.com``),
        addresses in brackets, comments and characters outside of ASCII are not taken.

        Returns
        -------
        polars.Expr
            Boolean, null where the text is null.

        Examples
        --------
        >>> import polars as pl
        >>> import polars_fast_csv
        >>> frame = pl.DataFrame({"text": ["first.last+tag@example.com", "first..last@example.com", "me@here", None]})
        >>> frame.select(pl.col("text").fast_csv.is_email())["text"].to_list()
        [True, False, False, None]
        """
        return self._elementwise("is_email")

    def is_url(self) -> pl.Expr:
        """
        Say which texts are locations: URIs of RFC 3986 with a scheme and a host.

        Any scheme is taken. The host is a name, an IPv4 address or an IPv6 address in brackets, and empty only after
        ``file:``; a port is at most 65535. Characters outside of ASCII have to be percent-encoded.

        Returns
        -------
        polars.Expr
            Boolean, null where the text is null.

        Examples
        --------
        >>> import polars as pl
        >>> import polars_fast_csv
        >>> frame = pl.DataFrame({"text": ["ftp://ftp.is.co.za/rfc/rfc1808.txt", "example.com", "mailto:a@b.c", None]})
        >>> frame.select(pl.col("text").fast_csv.is_url())["text"].to_list()
        [True, False, False, None]
        """
        return self._elementwise("is_url")

    def is_uuid(self) -> pl.Expr:
        """
        Say which texts are UUIDs as RFC 4122 writes them: hexadecimal digits of either case in groups of 8-4-4-4-12.

        Every version and variant is taken. Braces and the prefix ``urn:uuid:`` are not.

        Returns
        -------
        polars.Expr
            Boolean, null where the text is null.

        Examples
        --------
        >>> import polars as pl
        >>> import polars_fast_csv
        >>> uuid = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
        >>> frame = pl.DataFrame({"text": [uuid, uuid.replace("-", ""), None]})
        >>> frame.select(pl.col("text").fast_csv.is_uuid())["text"].to_list()
        [True, False, None]
        """
        return self._elementwise("is_uuid")

    def is_ipv4(self) -> pl.Expr:
        """
        Say which texts are IPv4 addresses: four decimal numbers up to 255 without leading zeros, dots between them.

        Returns
        -------
        polars.Expr
            Boolean, null where the text is null.

        Examples
        --------
        >>> import polars as pl
        >>> import polars_fast_csv
        >>> frame = pl.DataFrame({"text": ["192.0.2.16", "192.0.2.256", "192.0.2.016", "192.0.2.0/24", None]})
        >>> frame.select(pl.col("text").fast_csv.is_ipv4())["text"].to_list()
        [True, False, False, False, None]
        """
        return self._elementwise("is_ipv4")

    def is_ipv6(self) -> pl.Expr:
        """
        Say which texts are IPv6 addresses as RFC 4291 (section 2.2) writes them, without a zone or a prefix length.

        Returns
        -------
        polars.Expr
            Boolean, null where the text is null.

        Examples
        --------
        >>> import polars as pl
        >>> import polars_fast_csv
        >>> frame = pl.DataFrame({"text": ["2001:DB8::8:800:200C:417A", "::FFFF:129.144.52.38", "1::2::3", "::1%eth0"]})
        >>> frame.select(pl.col("text").fast_csv.is_ipv6())["text"].to_list()
        [True, True, False, False]
        """
        return self._elementwise("is_ipv6")

    def is_iban(self) -> pl.Expr:
        """
        Say which texts are international bank account numbers (ISO 13616).

        The country's length, the characters and the check digits have to be right. The electronic form is taken, and
        the printed one with a blank after every four characters. Letters are capital. The accounts' inner structure,
        which each country rules for itself, is not looked at.

        Returns
        -------
        polars.Expr
            Boolean, null where the text is null.

        Examples
        --------
        >>> import polars as pl
        >>> import polars_fast_csv
        >>> frame = pl.DataFrame({"text": ["GB29NWBK60161331926819", "GB29 NWBK 6016 1331 9268 19", "GB29"]})
        >>> frame.select(pl.col("text").fast_csv.is_iban())["text"].to_list()
        [True, True, False]
        """
        return self._elementwise("is_iban")

    def is_luhn(self) -> pl.Expr:
        """
        Say which texts are numbers with a right check digit by the formula of Luhn (ISO/IEC 7812-1), as cards have.

        A text is two digits or more and nothing else.

        Returns
        -------
        polars.Expr
            Boolean, null where the text is null.

        Examples
        --------
        >>> import polars as pl
        >>> import polars_fast_csv
        >>> frame = pl.DataFrame({"text": ["4111111111111111", "4111111111111112", "4111 1111 1111 1111", None]})
        >>> frame.select(pl.col("text").fast_csv.is_luhn())["text"].to_list()
        [True, False, False, None]
        """
        return self._elementwise("is_luhn")

    def is_ascii(self) -> pl.Expr:
        """
        Say which texts hold ASCII characters only; the empty text does.

        Returns
        -------
        polars.Expr
            Boolean, null where the text is null.

        Examples
        --------
        >>> import polars as pl
        >>> import polars_fast_csv
        >>> frame = pl.DataFrame({"text": ["Zurich", "Zürich", "", None]})
        >>> frame.select(pl.col("text").fast_csv.is_ascii())["text"].to_list()
        [True, False, True, None]
        """
        return self._elementwise("is_ascii")

    def matches(self, pattern: str) -> pl.Expr:
        r"""
        Say in which texts a regular expression matches somewhere; ``^`` and ``$`` bind it to the whole text.

        The same as ``pl.Expr.str.contains``: the syntax is that of the Rust crate ``regex``, where ``\d`` and ``\w``
        mean the digits and letters of all scripts.

        Parameters
        ----------
        pattern : str
            The regular expression.

        Returns
        -------
        polars.Expr
            Boolean, null where the text is null.

        Raises
        ------
        TypeError
            If the pattern is no text.
        ValueError
            If it is no regular expression; the message points at the place.

        Examples
        --------
        >>> import polars as pl
        >>> import polars_fast_csv
        >>> frame = pl.DataFrame({"text": ["AB-123", "AB-1234", "ab-123", None]})
        >>> frame.select(pl.col("text").fast_csv.matches("^[A-Z]{2}-[0-9]{3}$"))["text"].to_list()
        [True, False, False, None]
        """
        if not isinstance(pattern, str):
            msg = f"pattern must be a regular expression as text, got {pattern!r}"
            raise TypeError(msg)
        _native.check_pattern(pattern)
        return self._elementwise("matches", pattern=pattern)

    def length_between(self, lo: int = 0, hi: int | None = None, unit: str = "chars") -> pl.Expr:
        """
        Say which texts have a length from `lo` to `hi`, both included.

        Parameters
        ----------
        lo : int
            The least length.
        hi : int or None
            The greatest length; None for any.
        unit : {"chars", "bytes"}
            What is counted: characters (Unicode scalar values, as ``str.len_chars`` does) or bytes of UTF-8.

        Returns
        -------
        polars.Expr
            Boolean, null where the text is null.

        Raises
        ------
        TypeError
            If a bound is no integer.
        ValueError
            If a bound is negative or the unit unknown.

        Examples
        --------
        >>> import polars as pl
        >>> import polars_fast_csv
        >>> frame = pl.DataFrame({"text": ["", "abc", "Zürich", None]})
        >>> frame.select(pl.col("text").fast_csv.length_between(1, 6))["text"].to_list()
        [False, True, True, None]
        >>> frame.select(pl.col("text").fast_csv.length_between(1, 6, unit="bytes"))["text"].to_list()
        [False, True, False, None]
        """
        word("unit", unit, ("chars", "bytes"))
        least, greatest = _length("lo", lo), None if hi is None else _length("hi", hi)
        return self._elementwise("length_between", lo=least, hi=greatest, bytes=unit == "bytes")

    def is_one_of(self, values: Collection[str]) -> pl.Expr:
        """
        Say which texts are one of some words.

        Parameters
        ----------
        values : collection of str
            The words, compared byte by byte.

        Returns
        -------
        polars.Expr
            Boolean, null where the text is null.

        Raises
        ------
        TypeError
            If the values are one text, or one of them is no text.

        Examples
        --------
        >>> import polars as pl
        >>> import polars_fast_csv
        >>> frame = pl.DataFrame({"text": ["buy", "sell", "Buy", "", None]})
        >>> frame.select(pl.col("text").fast_csv.is_one_of(["buy", "sell"]))["text"].to_list()
        [True, True, False, False, None]
        """
        words = None if isinstance(values, (str, bytes)) else list(values)
        if words is None or not all(isinstance(value, str) for value in words):
            msg = f"values must be a collection of texts, got {values!r}"
            raise TypeError(msg)
        return self._elementwise("is_one_of", values=words)


def _length(name: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        msg = f"{name} must be an integer, got {value!r}"
        raise TypeError(msg)
    if value < 0:
        msg = f"{name} must not be negative, got {value}"
        raise ValueError(msg)
    # No text is longer.
    return min(value, 2**63 - 1)
