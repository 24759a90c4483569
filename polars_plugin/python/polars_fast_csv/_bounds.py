"""Bounds of a range, as each kind of column is held against them."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NANOS = 1_000
_MICRO = timedelta(microseconds=1)


def bounds(lo: object, hi: object, closed: str) -> dict[str, Any]:
    """
    Translate bounds for the compiled function.

    Raises
    ------
    TypeError
        If they are of different kinds, or of none that can be compared.
    ValueError
        If one is not finite, or there is none.
    """
    kinds = {kind for kind in (_kind(lo), _kind(hi)) if kind is not None}
    if not kinds:
        msg = "in_range needs lo or hi"
        raise ValueError(msg)
    if len(kinds) == 2:
        msg = f"lo and hi must be of one kind, got {lo!r} and {hi!r}"
        raise TypeError(msg)
    [kind] = kinds
    with_lo, with_hi = closed in ("both", "left"), closed in ("both", "right")
    if kind == "numbers":
        return _numbers(lo, hi, with_lo, with_hi)
    nanos = _NANOSECONDS[kind]
    # Of whole numbers, a bound that is left out is the next one further in.
    least = None if lo is None else str(nanos(lo) + (not with_lo))
    greatest = None if hi is None else str(nanos(hi) - (not with_hi))
    return {"kind": kind, "whole": (least, greatest), "float": (None, None), "exact": (None, None)}


def _kind(bound: object) -> str | None:
    if bound is None:
        return None
    if isinstance(bound, (numbers.Real, Decimal)) and not isinstance(bound, bool):
        if not math.isfinite(bound):
            msg = f"a bound must be finite, got {bound!r}; None leaves a side open"
            raise ValueError(msg)
        return "numbers"
    if isinstance(bound, date):
        return "instants"
    if isinstance(bound, time):
        return "clock"
    if isinstance(bound, timedelta):
        return "durations"
    msg = f"a bound must be a number, date, datetime, time, timedelta or None, got {bound!r}"
    raise TypeError(msg)


def _numbers(lo: Any, hi: Any, with_lo: bool, with_hi: bool) -> dict[str, Any]:
    least = greatest = None
    lowest = highest = None
    if lo is not None:
        exact = Fraction(lo)
        least = str(math.ceil(exact) if with_lo else math.floor(exact) + 1)
        lowest = _nearest(exact)
        if not with_lo and Fraction(lowest) <= exact:
            lowest = math.nextafter(lowest, math.inf)
    if hi is not None:
        exact = Fraction(hi)
        greatest = str(math.floor(exact) if with_hi else math.ceil(exact) - 1)
        highest = _nearest(exact)
        if not with_hi and Fraction(highest) >= exact:
            highest = math.nextafter(highest, -math.inf)
    written = (_written(lo, with_lo), _written(hi, with_hi))
    return {"kind": "numbers", "whole": (least, greatest), "float": (lowest, highest), "exact": written}


def _nearest(value: Fraction) -> float:
    """Round to a double; what is beyond them all is the last of them."""
    try:
        return float(value)
    except OverflowError:
        return math.copysign(math.nextafter(math.inf, 0), value)


def _written(bound: Any, included: bool) -> tuple[str, int, bool] | None:
    """Give the digits of a bound and how many of them stand behind the dot, as it is written: 0.1 is a tenth."""
    if bound is None:
        return None
    number = bound if isinstance(bound, Decimal) else Decimal(str(int(bound) if _is_whole(bound) else float(bound)))
    sign, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    whole = int("".join(map(str, digits))) * 10 ** max(exponent, 0)
    return str(-whole if sign else whole), max(-exponent, 0), included


def _is_whole(bound: Any) -> bool:
    return isinstance(bound, numbers.Integral)


def _of_instant(bound: Any) -> int:
    if not isinstance(bound, datetime):
        bound = datetime(bound.year, bound.month, bound.day)
    if bound.tzinfo is None:
        bound = bound.replace(tzinfo=UTC)
    return int((bound - _EPOCH) // _MICRO) * _NANOS


def _of_clock(bound: Any) -> int:
    seconds = (bound.hour * 60 + bound.minute) * 60 + bound.second
    return int(seconds * 1_000_000 + bound.microsecond) * _NANOS


def _of_duration(bound: Any) -> int:
    return int(bound // _MICRO) * _NANOS


_NANOSECONDS: dict[str, Callable[[Any], int]] = {
    "instants": _of_instant,
    "clock": _of_clock,
    "durations": _of_duration,
}
