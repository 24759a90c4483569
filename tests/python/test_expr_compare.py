"""Ranges, order and outliers, against Python's own arithmetic and Polars' own expressions."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import polars as pl
import polars_fast_csv as pfc  # noqa: F401  (sets the namespace)
import pytest
from hypothesis import given
from hypothesis import strategies as st

c: Any = pl.col

CLOSED = ("both", "left", "right", "none")


def inside(value: Any, lo: Any, hi: Any, closed: str) -> bool:
    above = lo is None or (value >= lo if closed in ("both", "left") else value > lo)
    return above and (hi is None or (value <= hi if closed in ("both", "right") else value < hi))


def in_range(column: pl.Series, lo: Any, hi: Any, closed: str = "both") -> list[bool | None]:
    return column.to_frame("a").select(c.a.fast_csv.in_range(lo, hi, closed))["a"].to_list()


whole = st.one_of(
    st.integers(-20, 20), st.integers(-(2**65), 2**65), st.sampled_from([2**53, 2**53 + 1, 2**63 - 1, -(2**63)])
)


@given(st.lists(st.one_of(st.none(), whole)), whole, whole, st.sampled_from(CLOSED))
def test_whole_numbers_are_compared_exactly(values: list[int | None], lo: int, hi: int, closed: str) -> None:
    texts = pl.Series([None if value is None else str(value) for value in values], dtype=pl.String)
    assert in_range(texts, lo, hi, closed) == [
        None if value is None else inside(value, lo, hi, closed) for value in values
    ]
    for dtype, least, greatest in ((pl.Int64, -(2**63), 2**63 - 1), (pl.UInt64, 0, 2**64 - 1), (pl.Int8, -128, 127)):
        fitting = [value for value in values if value is None or least <= value <= greatest]
        expected = [None if value is None else inside(value, lo, hi, closed) for value in fitting]
        assert in_range(pl.Series(fitting, dtype=dtype), lo, hi, closed) == expected


doubles = st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([0.1, 0.5, 1.0, -2.5, 1e300]))


@given(st.lists(st.one_of(st.none(), doubles)), doubles, doubles, st.sampled_from(CLOSED))
def test_floats(values: list[float | None], lo: float, hi: float, closed: str) -> None:
    expected = [None if value is None else inside(value, lo, hi, closed) for value in values]
    assert in_range(pl.Series(values, dtype=pl.Float64), lo, hi, closed) == expected
    texts = pl.Series([None if value is None else repr(value) for value in values], dtype=pl.String)
    assert in_range(texts, lo, hi, closed) == expected


decimals = st.decimals(-1000, 1000, places=2)


@given(st.lists(st.one_of(st.none(), decimals)), decimals, st.decimals(-1000, 1000, places=4), st.sampled_from(CLOSED))
def test_decimals_are_compared_exactly(values: list[Decimal | None], lo: Decimal, hi: Decimal, closed: str) -> None:
    expected = [None if value is None else inside(value, lo, hi, closed) for value in values]
    assert in_range(pl.Series(values, dtype=pl.Decimal(10, 2)), lo, hi, closed) == expected


@pytest.mark.parametrize("closed", CLOSED)
def test_a_tenth_is_a_tenth(closed: str) -> None:
    expected = [inside(Fraction(value), Fraction("0.1"), Fraction("0.3"), closed) for value in ("0.10", "0.20", "0.30")]
    column = pl.Series([Decimal("0.10"), Decimal("0.20"), Decimal("0.30")], dtype=pl.Decimal(10, 2))
    assert in_range(column, 0.1, 0.3, closed) == expected
    assert in_range(pl.Series(["0.1", "0.2", "0.3"]), 0.1, 0.3, closed) == expected
    assert in_range(pl.Series([0.1, 0.2, 0.3], dtype=pl.Float32), 0.1, 0.3, closed) == expected


def test_texts_that_are_no_numbers_lie_nowhere() -> None:
    texts = pl.Series(["5", " 5", "5.0", "5e0", "x", "", "nan", "inf", "-inf", "5 ", None])
    assert in_range(texts, 0, 10) == [True, True, True, True, False, False, False, False, False, False, None]
    assert in_range(texts, 0, None)[6:9] == [False, True, False]
    assert in_range(pl.Series([1.0, math.nan, math.inf, None]), 0, None) == [True, False, True, None]


DAY = date(2024, 2, 29)
NOON = datetime(2024, 2, 29, 12, 0, 0, 500)


@pytest.mark.parametrize("closed", CLOSED)
def test_instants(closed: str) -> None:
    texts = [
        "2024-02-29",
        "29/2/2024",
        "2024-02-29T12:00:00.000500",
        "2024-02-29 12:00:00.000500001",
        "2024-03-01",
        "x",
        "",
    ]
    nanos = [0, 0, 43_200_000_500_000, 43_200_000_500_001, 86_400_000_000_000]
    expected = [inside(value, 0, 43_200_000_500_000, closed) for value in nanos] + [False, False]
    assert in_range(pl.Series(texts), DAY, NOON, closed) == expected
    assert in_range(pl.Series(["2024-02-29T01:00+01:00"]), DAY, DAY, closed) == [closed == "both"]
    days = [DAY - timedelta(1), DAY, DAY + timedelta(1), None]
    expected_days = [None if day is None else inside(day, DAY, DAY + timedelta(1), closed) for day in days]
    assert in_range(pl.Series(days), DAY, DAY + timedelta(1), closed) == expected_days
    for unit in ("ms", "us", "ns"):
        stamps = pl.Series(days).cast(pl.Datetime(unit))
        assert in_range(stamps, DAY, DAY + timedelta(1), closed) == expected_days
    aware = pl.Series(days).cast(pl.Datetime("us", "UTC"))
    zone = timezone(timedelta(hours=2))
    bounds = [datetime(day.year, day.month, day.day, 2, tzinfo=zone) for day in (DAY, DAY + timedelta(1))]
    assert in_range(aware, *bounds, closed) == expected_days


def test_clocks_and_durations() -> None:
    clocks = pl.Series(["10:00", "12:30:00.5", "24:00", "x", None])
    assert in_range(clocks, time(10), time(12)) == [True, False, False, False, None]
    assert in_range(pl.Series([time(10), time(13)]), time(10), time(12)) == [True, False]
    spans = pl.Series([timedelta(1), timedelta(3), None])
    assert in_range(spans, timedelta(0), timedelta(2)) == [True, False, None]


@pytest.mark.parametrize(
    ("lo", "hi", "error", "message"),
    [
        (None, None, ValueError, "needs lo or hi"),
        (math.nan, 1, ValueError, "finite"),
        (0, math.inf, ValueError, "finite"),
        ("a", "b", TypeError, "a bound must be a number"),
        (True, 2, TypeError, "a bound must be a number"),
        (0, DAY, TypeError, "of one kind"),
    ],
)
def test_bounds_that_are_none(lo: Any, hi: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        c.a.fast_csv.in_range(lo, hi)
    with pytest.raises(ValueError, match="closed must be"):
        c.a.fast_csv.in_range(1, 2, closed="neither")


@pytest.mark.parametrize(
    ("column", "lo"),
    [(pl.Series([DAY]), 1), (pl.Series([1]), DAY), (pl.Series([True]), 0), (pl.Series(["1"]), timedelta(1))],
)
def test_columns_of_another_kind_than_the_bounds(column: pl.Series, lo: Any, engine: Any) -> None:
    query = pl.LazyFrame({"a": column}).select(c.a.fast_csv.in_range(lo, None))
    with pytest.raises(pl.exceptions.PolarsError, match=r"fast_csv\.in_range"):
        query.collect(engine=engine)


def monotonic(values: Any, **arguments: Any) -> bool:
    answer = pl.DataFrame({"a": values}).select(c.a.fast_csv.is_monotonic(**arguments))
    assert answer.schema == {"a": pl.Boolean}
    return bool(answer.item())


@given(st.lists(st.one_of(st.none(), st.integers(-3, 3)), max_size=6), st.booleans())
def test_order(values: list[int | None], strict: bool) -> None:
    given = [value for value in values if value is not None]
    pairs = list(pairwise(given))
    rises = all(a < b if strict else a <= b for a, b in pairs)
    falls = all(a > b if strict else a >= b for a, b in pairs)
    for column in (
        pl.Series(values, dtype=pl.Int32),
        pl.Series(values, dtype=pl.Float64),
        pl.Series(values, dtype=pl.Int64).cast(pl.Datetime("ms")),
        pl.Series([None if value is None else chr(100 + value) for value in values], dtype=pl.String),
        pl.Series([None if value is None else chr(100 + value) for value in values], dtype=pl.Categorical),
    ):
        assert monotonic(column, strict=strict) == (rises or falls)
        assert monotonic(column, strict=strict, direction="increasing") == rises
        assert monotonic(column, strict=strict, direction="decreasing") == falls
        chunks = pl.concat([column[:1], column[1:1], column[1:3], column[3:]], rechunk=False)
        assert monotonic(chunks, strict=strict) == (rises or falls)


def test_what_has_no_order() -> None:
    assert not monotonic([1.0, math.nan, 2.0])
    assert monotonic([False, True])
    assert monotonic([None, None])
    with pytest.raises(pl.exceptions.PolarsError, match="values with an order"):
        monotonic([[1], [2]])
    for arguments in ({"strict": 1}, {"direction": "up"}):
        with pytest.raises((TypeError, ValueError), match=r"strict must be|direction must be"):
            c.a.fast_csv.is_monotonic(**arguments)


def test_order_in_groups_and_windows(engine: Any) -> None:
    frame = pl.DataFrame({"key": ["a", "b", "a", "b", "a", "b"], "n": [1, 9, 2, 10, 3, 2]})
    grouped = frame.lazy().group_by("key").agg(c.n.fast_csv.is_monotonic()).sort("key").collect(engine=engine)
    assert grouped.rows() == [("a", True), ("b", False)]
    over = frame.lazy().select(c.n.fast_csv.is_monotonic().over("key")).collect(engine=engine)
    assert over["n"].to_list() == [True, False] * 3
    assert frame.lazy().select(c.n.fast_csv.is_monotonic()).collect(engine=engine)["n"].to_list() == [False]


def by_polars(x: pl.Expr, method: str, threshold: float) -> pl.Expr:
    """Give the same answer in Polars' own words, where no number is missing and the spread is not 0."""
    if method == "mad":
        distance = (x - x.median()).abs()
        return distance * 0.6745 / distance.median() > threshold
    if method == "zscore":
        return (x - x.mean()).abs() / x.std() > threshold
    lower, upper = x.quantile(0.25, "linear"), x.quantile(0.75, "linear")
    return (x < lower - threshold * (upper - lower)) | (x > upper + threshold * (upper - lower))


@pytest.mark.parametrize("method", ["mad", "iqr", "zscore"])
@pytest.mark.parametrize("dtype", [pl.Int64, pl.Float64, pl.UInt8, pl.Float32])
def test_outliers_by_polars_words(method: str, dtype: Any, engine: Any) -> None:
    numbers = [(row * row * 37) % 101 if row % 17 else 200 + row % 5 for row in range(500)]
    frame = pl.DataFrame({"x": pl.Series(numbers, dtype=dtype), "key": [row % 4 for row in range(500)]})
    threshold = {"mad": 2.5, "iqr": 0.5, "zscore": 1.5}[method]
    ours = c.x.fast_csv.is_outlier(method, threshold)
    theirs = by_polars(c.x.cast(pl.Float64), method, threshold)
    lazy = frame.lazy()
    for query, other in (
        (lazy.select(ours), frame.select(theirs)),
        (lazy.select(ours.over("key")), frame.select(theirs.over("key"))),
        (
            lazy.group_by("key").agg(ours.sum()).sort("key").select("x"),
            frame.group_by("key").agg(theirs.sum()).sort("key").select("x"),
        ),
    ):
        assert query.collect(engine=engine)["x"].to_list() == other["x"].to_list()
    assert 0 < frame.select(ours)["x"].sum() < 250


def outliers(values: Any, **arguments: Any) -> list[bool | None]:
    return pl.DataFrame({"a": values}).select(c.a.fast_csv.is_outlier(**arguments))["a"].to_list()


def test_outliers_at_the_edges() -> None:
    # NIST/SEMATECH e-Handbook, section 1.3.5.17, after Iglewicz and Hoaglin (1993).
    assert outliers([2.1, 2.6, 2.4, 2.5, 2.3, 2.1, 2.3, 2.6, 8.2, 8.3]) == [False] * 8 + [True] * 2
    assert outliers([1.0, 1.1, None, 0.9, math.nan, math.inf]) == [False, False, None, False, None, True]
    assert outliers([2**62, 2**62 + 1, 2**62 + 2, 2**62 + 3, 2**62 + 90]) == [False] * 4 + [True]
    assert outliers([7] * 9 + [8]) == [False] * 9 + [True]
    assert outliers([7] * 9) == [False] * 9
    assert outliers([date(2024, 1, day) for day in range(1, 9)] + [date(2044, 1, 1)]) == [False] * 8 + [True]
    assert outliers(pl.Series([None, None])) == [None, None]
    assert outliers(pl.Series([], dtype=pl.Float64)) == []
    pieces = pl.concat([pl.Series([1, 2]), pl.Series([3, 4, 99])], rechunk=False)
    assert outliers(pieces) == [False] * 4 + [True]
    with pytest.raises(pl.exceptions.PolarsError, match="looks at numbers"):
        outliers(["1", "2"])
    for arguments in ({"method": "magic"}, {"threshold": -1}, {"threshold": math.nan}, {"threshold": "3"}):
        with pytest.raises((TypeError, ValueError), match=r"must be|must not be"):
            c.a.fast_csv.is_outlier(**arguments)
