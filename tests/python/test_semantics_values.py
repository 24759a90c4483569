"""One value of every type from many texts: as `polars.read_csv` reads it, or otherwise for a reason."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import polars_fast_csv as pfc
import pytest
from generation import polars2

TEXTS = [
    "1", "-1", "+1", " 1", "1 ", "\t1", "1.0", "300", "1e2", "inf", "Infinity", "NAN", "nan", "true", "TRUE", "T", "1.",
    ".5", "", "2020-01-02", "2020/01/02", "02-01-2020", "02/01/2020", "2020-1-2", "20200102", "2020-01-02 03:04:05",
    "2020-01-02T03:04", "2020-01-02T03:04:05.123", "2020-01-02 03:04:05.123456789", "2020-01-02T03:04:05Z",
    "2020-01-02T03:04:05+01:00", "2020-01-02T03:04:05+0100", "2020-01-02T24:00:00", "2020-01-02T23:59:60", "2020-02-30",
    "2020-13-02", "03:04:05", "03:04", "03:04:05.123", "3:04:05", "24:00:00", "'", "é", "9223372036854775808",
    "18446744073709551615", "-9223372036854775809", "1_000", "0x10", "00123", "--1", "1e400", "e5",
]  # fmt: skip

TYPES: list[Any] = [
    pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64, pl.Float32, pl.Float64,
    pl.Boolean, pl.Date, pl.Time, pl.Datetime("ms"), pl.Datetime("us"), pl.Datetime("ns"), pl.Datetime("us", "UTC"),
    pl.Datetime("us", "Europe/Paris"), pl.String,
]  # fmt: skip

REFUSED = object()

FINE, LEAP, SHORT_HOUR = "2020-01-02 03:04:05.123456789", "2020-01-02T23:59:60", "3:04:05"


def different(dtype: Any, text: str) -> tuple[Any, str] | None:
    """What this reader gives where Polars gives something else, and why."""
    if isinstance(dtype, pl.Datetime) and text == FINE and dtype.time_unit != "ns":
        return REFUSED, "no digit of a fraction is cut off"
    if isinstance(dtype, pl.Datetime) and text == LEAP:
        return REFUSED, "there are no leap seconds; Polars makes it the next minute"
    if dtype == pl.Time and text == SHORT_HOUR:
        return REFUSED, "an hour has two digits"
    return None


def value(read: Any, text: str, dtype: Any) -> Any:
    """The value, or that it was refused."""
    try:
        frame = read(f"a;z\n{text};1\n".encode(), separator=";", schema_overrides={"a": dtype})
    except pl.exceptions.PolarsError:
        return REFUSED
    assert frame.schema["a"] == dtype
    return str(frame["a"][0]) if frame["a"].dtype.is_float() else frame["a"][0]


@polars2
@pytest.mark.parametrize("dtype", TYPES, ids=str)
def test_a_value_is_polars_value(dtype: Any) -> None:
    wrong = []
    for text in TEXTS:
        got, peer = value(pfc.read_fast_csv, text, dtype), value(pl.read_csv, text, dtype)
        wanted, reason = different(dtype, text) or (peer, "the same")
        if got != wanted or (peer == wanted) != (reason == "the same"):
            wrong.append((text, got, peer, reason))
    assert wrong == []


# What inference makes of a text where Polars makes something else of it.
INFERRED_AS_DATES: dict[str, tuple[Any, str]] = {
    FINE: (pl.Datetime("ns"), "no digit of a fraction is cut off"),
    LEAP: (pl.String, "there are no leap seconds"),
    SHORT_HOUR: (pl.String, "an hour has two digits"),
}


@polars2
@pytest.mark.parametrize("try_parse_dates", [False, True])
def test_a_type_is_polars_type(try_parse_dates: bool) -> None:
    differences = INFERRED_AS_DATES if try_parse_dates else {}
    wrong = []
    for text in TEXTS:
        source = f"a;z\n{text};1\n".encode()
        options: dict[str, Any] = {"separator": ";", "try_parse_dates": try_parse_dates}
        got, peer = pfc.read_fast_csv(source, **options), pl.read_csv(source, **options)
        wanted, reason = differences.get(text, (peer.schema["a"], "the same"))
        same = peer.schema["a"] == wanted and str(got["a"][0]) == str(peer["a"][0])
        if got.schema["a"] != wanted or same != (reason == "the same"):
            wrong.append((text, got, peer, reason))
    assert wrong == []


def test_a_moment_with_an_offset_is_of_that_instant() -> None:
    frame = pfc.read_fast_csv(
        b"a,z\n2020-01-02T03:04:05+01:00,1\n", schema={"a": pl.Datetime("us", "UTC"), "z": pl.Int8}
    )
    assert frame["a"][0] == dt.datetime(2020, 1, 2, 2, 4, 5, tzinfo=dt.UTC)
