"""How an expression calls a compiled function of this package."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
from polars.plugins import register_plugin_function

from polars_fast_csv import _native

_LIBRARY = Path(_native.__file__)


class Calls:
    """An expression on which compiled functions are called."""

    def __init__(self, expr: pl.Expr) -> None:
        self._expr = expr

    def _elementwise(self, function: str, **arguments: Any) -> pl.Expr:
        """Call a function that answers each row by itself."""
        return self._call(function, arguments, is_elementwise=True)

    def _whole(self, function: str, *, returns_scalar: bool = False, **arguments: Any) -> pl.Expr:
        """Call a function that looks at all rows, those of one group in a group."""
        return self._call(function, arguments, returns_scalar=returns_scalar)

    def _call(self, function: str, arguments: dict[str, Any], **flags: bool) -> pl.Expr:
        return register_plugin_function(
            plugin_path=_LIBRARY, function_name=function, args=[self._expr], kwargs=arguments, **flags
        )


def word(name: str, value: object, known: tuple[str, ...]) -> None:
    """
    Refuse what is none of a few words.

    Raises
    ------
    ValueError
        Names the words.
    """
    if value not in known or not isinstance(value, str):
        msg = f"{name} must be {', '.join(map(repr, known[:-1]))} or {known[-1]!r}, got {value!r}"
        raise ValueError(msg)


def width(value: object, known: tuple[int, ...]) -> None:
    """
    Refuse what is no width of a type.

    Raises
    ------
    ValueError
        Names the widths.
    """
    if value not in known or not isinstance(value, int) or isinstance(value, bool):
        msg = f"bits must be {', '.join(map(str, known[:-1]))} or {known[-1]}, got {value!r}"
        raise ValueError(msg)


def flag(name: str, value: object) -> None:
    """
    Refuse what is neither true nor false.

    Raises
    ------
    TypeError
        Names the argument.
    """
    if not isinstance(value, bool):
        msg = f"{name} must be True or False, got {value!r}"
        raise TypeError(msg)


def formats(given: str | Sequence[str] | None, *, of_dates: bool) -> list[str]:
    """
    Compile formats to see that they are some, and give them as a list; none for the usual ways of writing.

    Raises
    ------
    TypeError
        If they are no texts.
    ValueError
        If one is no format of dates, or else of datetimes.
    """
    several = [] if given is None else [given] if isinstance(given, str) else given
    if not isinstance(several, Sequence) or not all(isinstance(one, str) for one in several):
        msg = f"format must be a text, a sequence of texts or None, got {given!r}"
        raise TypeError(msg)
    if given is not None and not several:
        msg = "format must not be empty"
        raise ValueError(msg)
    for one in several:
        _native.check_format(one, of_dates)
    return list(several)


def words(name: str, given: Any) -> list[str] | None:
    """
    Give words as a list; none for the usual ones.

    Raises
    ------
    TypeError
        If they are no texts.
    """
    if given is None:
        return None
    several = [given] if isinstance(given, str) else given
    is_several = isinstance(several, Sequence) and not isinstance(several, bytes)
    if not is_several or not all(isinstance(one, str) for one in several):
        msg = f"{name} must be a text, a sequence of texts or None, got {given!r}"
        raise TypeError(msg)
    return list(several)
