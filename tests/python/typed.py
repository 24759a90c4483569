"""Texts of every type with the values that they say, by exact arithmetic in Python alone."""

from __future__ import annotations

import datetime as dt
import math
import random
import struct
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import polars as pl

INTEGERS: dict[pl.DataType, tuple[int, int]] = {
    kind(): (-(1 << bits - 1) if signed else 0, (1 << bits - signed) - 1)
    for signed, kinds in (
        (1, (pl.Int8, pl.Int16, pl.Int32, pl.Int64)),
        (0, (pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64)),
    )
    for kind, bits in zip(kinds, (8, 16, 32, 64), strict=True)
}


def integer_texts(low: int, high: int, pick: random.Random) -> Iterator[str]:
    """The ends of a range, all lengths within it, zeros before the digits."""
    yield from map(str, (low, high, low + 1, high - 1, 0, high // 2))
    yield from ("-0", "007", "0" * 30 + "7", "+7", "+0")
    for _ in range(400):
        bits = pick.randrange(high.bit_length() + 1)
        value = pick.getrandbits(bits) if bits else 0
        yield str(value if pick.random() < 0.5 else max(low, -value))


def double(bits: int) -> float:
    """The float of 64 bits."""
    return float(struct.unpack("<d", struct.pack("<Q", bits))[0])


def float_bits(value: float) -> int:
    """The 64 bits of a float."""
    return int(struct.unpack("<Q", struct.pack("<d", value))[0])


def exact(value: Fraction) -> str:
    """All decimal digits of a fraction whose denominator is a power of two."""
    twos = value.denominator.bit_length() - 1
    digits = str(abs(value.numerator) * 5**twos).rjust(twos + 1, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{digits[: len(digits) - twos]}.{digits[len(digits) - twos :]}" if twos else f"{sign}{digits}"


def float_texts(pick: random.Random) -> Iterator[str]:
    """Numbers as people write them, and those on which a careless parser rounds wrongly."""
    yield from ("0", "-0", "0.0", "-0.0", "1", ".5", "5.", "-.5", "1e5", "1E5", "1e+5", "1e-5", "00.10", "1.e3", ".1e3")
    yield from ("4.9e-324", "2.4703282292062327e-324", "2.4703282292062328e-324", "2.2250738585072014e-308", "1e-400")
    yield from (
        "2.2250738585072011e-308",
        "1.7976931348623157e308",
        "1e400",
        "-1e400",
        "9007199254740993",
        "1e22",
        "1e23",
    )
    yield from (
        "179769313486231580793728971405301e276",
        "8.5e-323",
        "0." + "0" * 400 + "1e400",
        "1" + "0" * 400 + "e-400",
    )
    yield from ("123456789012345678901234567890", "0.1000000000000000055511151231257827021181583404541015625")
    for _ in range(300):
        yield f"{pick.uniform(-1e6, 1e6):.{pick.randrange(9)}f}"
    for _ in range(300):
        value = double(pick.getrandbits(64))
        if math.isfinite(value):
            yield pick.choice([repr(value), f"{value:.17g}", f"{value:.20e}", f"{value:.15E}", f"{value:.30e}"])
    for _ in range(100):
        value = double(pick.getrandbits(52))
        yield pick.choice([repr(value), f"{value:.17e}"])
    for _ in range(60):
        low = double((1023 + pick.randrange(-60, 60)) << 52 | pick.getrandbits(52))
        middle = exact((Fraction(low) + Fraction(math.nextafter(low, math.inf))) / 2)
        middle += "" if "." in middle else ".0"
        yield from (
            middle,
            middle + "0" * 30 + "1",
            middle[:-1] + chr(ord(middle[-1]) - 1) + "9" * 30 if middle[-1] > "0" else middle,
        )


# Halfway between the largest Float32 and what would follow it: this and more is infinite.
OVERFLOW = Fraction(2**128 - 2**103)


def single(text: str) -> float:
    """The nearest Float32 of a text, ties to even: what parsing as a double and rounding again gets wrong."""
    wanted = Fraction(text.replace("e+", "e"))
    if abs(wanted) >= OVERFLOW:
        return math.inf if wanted > 0 else -math.inf
    near = np.float32(np.clip(float(text), np.finfo(np.float32).min, np.finfo(np.float32).max))
    with np.errstate(over="ignore", under="ignore"):
        around = [near, np.nextafter(near, np.float32(-np.inf)), np.nextafter(near, np.float32(np.inf))]
    finite = [each for each in around if np.isfinite(each)]

    def distance(each: np.float32) -> tuple[Fraction, int]:
        return (abs(Fraction(float(each)) - wanted), int(each.view(np.uint32)) & 1)

    return float(min(finite, key=distance))


def date_texts(pick: random.Random) -> Iterator[tuple[str, dt.date]]:
    """Dates of all years that Python knows."""
    for each in (dt.date.min, dt.date.max, dt.date(1970, 1, 1), dt.date(1969, 12, 31), dt.date(2000, 2, 29)):
        yield each.isoformat(), each
    for _ in range(400):
        each = dt.date.fromordinal(pick.randrange(1, dt.date.max.toordinal() + 1))
        yield each.isoformat(), each


def moment_texts(unit: str, pick: random.Random) -> Iterator[tuple[str, int]]:
    """Datetimes, and how many units they are from 1970; a fraction has at most the digits of the unit."""
    digits = {"ms": 3, "us": 6, "ns": 9}[unit]
    epoch = dt.datetime(1970, 1, 1)
    years = (1678, 2262) if unit == "ns" else (1, 9999)
    for _ in range(400):
        year, month, day = pick.randrange(years[0], years[1]), pick.randrange(1, 13), pick.randrange(1, 29)
        at = dt.datetime(year, month, day, pick.randrange(24), pick.randrange(60), pick.randrange(60))
        places = pick.randrange(digits + 1)
        fraction = "".join(pick.choice("0123456789") for _ in range(places))
        text = at.isoformat(pick.choice("T ")) + (f".{fraction}" if fraction else "")
        seconds = (at - epoch) // dt.timedelta(seconds=1)
        yield text, seconds * 10**digits + int(fraction.ljust(digits, "0"))
