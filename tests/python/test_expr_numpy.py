"""Outliers and order on random columns, by the definitions of their documentation written with NumPy."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import polars as pl
import polars_fast_csv as pfc  # noqa: F401  (sets the namespace)
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

Answers: TypeAlias = Sequence[bool | None]
# More bits than a double where the machine has them: what is left between two scores is the rounding of the one tested.
Wide: TypeAlias = npt.NDArray[np.longdouble]

c: Any = pl.col
METHODS = ("mad", "iqr", "zscore")
THRESHOLDS = (0.0, 0.5, 1.0, 1.5, 2.5, 3.5)
# Of a score and its threshold: nearer than this they may lie on either side of each other. What is said here of numbers
# that lie close to each other and far from others is as coarse as the whole is wide.
NEAR, COARSE = 1e-11, 2.0**-49
FINE = 16 * float(np.finfo(np.longdouble).eps)


def scores(numbers: Wide, method: str) -> tuple[Wide, np.longdouble]:
    """How far each number lies from the others, which infinite ones are none of; and by what that is measured."""
    finite = numbers[np.isfinite(numbers)]
    if not len(finite):
        return np.where(np.isinf(numbers), np.longdouble("inf"), np.longdouble("nan")), np.longdouble(1)
    if method == "iqr":
        lower, upper = np.quantile(finite, [0.25, 0.75])
        distance, spread = np.maximum(np.maximum(lower - numbers, numbers - upper), 0), upper - lower
    elif method == "zscore":
        distance = np.abs(numbers - finite.mean())
        spread = finite.std(ddof=1) if len(finite) > 1 else np.longdouble(0)
    else:
        median = np.median(finite)
        distance = np.abs(numbers - median)
        of_finite = np.abs(finite - median)
        spread = np.median(of_finite) / np.longdouble("0.6745")
        if spread == 0:
            spread = of_finite.mean() * np.longdouble("1.253314")
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(distance == 0, np.longdouble(0), distance / spread), spread


def around_zero(values: Sequence[Any]) -> Wide:
    """The numbers from a middle one, in their own measure where squares were too large or small, and then rounded."""
    there = {value: Fraction(value) for value in values if value is not None and math.isfinite(value)}
    middle = sorted(there.values())[len(there) // 2] if there else Fraction(0)
    size = max((abs(each - middle) for each in there.values()), default=Fraction(0))
    measure = size if size and not Fraction(2) ** -200 < size < 2**200 else Fraction(1)
    # A power of two, by which nothing is rounded.
    measure = Fraction(2) ** (measure.numerator.bit_length() - measure.denominator.bit_length())

    def rounded(value: Any) -> Any:
        if value not in there:
            return np.longdouble(math.nan if value is None else value)
        exact = (there[value] - middle) / measure
        high = float(exact)
        return np.longdouble(high) + np.longdouble(float(exact - Fraction(high)))

    return np.array([rounded(value) for value in values], dtype=np.longdouble)


def outliers(values: Sequence[Any], method: str, threshold: float) -> list[set[bool | None]]:
    """Of each value the answers that are right: two where it lies on the fence but for rounding."""
    numbers = around_zero(values)
    far, spread = scores(numbers, method)
    finite = numbers[np.isfinite(numbers)]
    size = np.abs(finite).max(initial=0)
    # Quartiles of numbers of few bits are exact, and so are fences.
    is_exact = method == "iqr" and size < 2**40 and bool(np.all(finite * 8 == np.rint(finite * 8)))
    near = 0 if is_exact else NEAR * (1 + threshold) + FINE * size / (spread or size or 1)
    right: list[set[bool | None]] = []
    for number, score in zip(numbers, far, strict=True):
        if np.isnan(number):
            right.append({None})
        elif score and near and abs(score - threshold) <= near:
            right.append({True, False})
        else:
            right.append({bool(score > threshold)})
    return right


def is_among(answers: Answers, right: list[set[bool | None]]) -> bool:
    return len(answers) == len(right) and all(answer in each for answer, each in zip(answers, right, strict=True))


def cut(column: pl.Series, places: Sequence[int]) -> pl.Series:
    """The same in several chunks, some of them empty."""
    ends = [0, *sorted(place % (len(column) + 1) for place in places), len(column)]
    return pl.concat([column[begin:end] for begin, end in pairwise(ends)], rechunk=False)


def mixed(low: int, high: int) -> st.SearchStrategy[int]:
    """Whole numbers, most of them small."""
    near = st.integers(max(low, -20), 20)
    return st.one_of(near, near, near, st.integers(low, high))


# Their sums, means and quarters are exact.
eighths = st.integers(-8000, 8000).map(lambda number: number / 8)
beyond = st.sampled_from([float("inf"), float("-inf"), float("nan")])
few = st.integers(-2, 2)
# From these the others lie farther than a double has bits.
distant = st.sampled_from([2**51 + 1, 2**62, 2**63 - 1, -(2**63), 2**63 - 2, -(2**63) + 1])
KINDS: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {
    "Int8": (pl.Int8, mixed(-(2**7), 2**7 - 1)),
    "Int16": (pl.Int16, mixed(-(2**15), 2**15 - 1)),
    "Int32": (pl.Int32, mixed(-(2**31), 2**31 - 1)),
    "Int64": (pl.Int64, st.integers(-(2**63), 2**63 - 1)),
    "UInt8": (pl.UInt8, mixed(0, 2**8 - 1)),
    "UInt16": (pl.UInt16, mixed(0, 2**16 - 1)),
    "UInt32": (pl.UInt32, mixed(0, 2**32 - 1)),
    "UInt64": (pl.UInt64, st.integers(0, 2**64 - 1)),
    "lowest": (pl.Int64, st.integers(-(2**63), -(2**63) + 9)),
    "highest": (pl.UInt64, st.integers(2**64 - 9, 2**64 - 1)),
    "ticks": (pl.Int64, mixed(-(2**40), 2**40)),
    "clock": (pl.Int64, mixed(0, 2**40)),
    "Float32": (pl.Float32, eighths),
    "Float64": (pl.Float64, eighths),
    "beyond": (pl.Float64, st.one_of(eighths, eighths, eighths, beyond)),
    "constant": (pl.Float64, st.sampled_from([1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 40.0])),
    "infinite": (pl.Float64, beyond),
    "huge": (pl.Float64, eighths.map(lambda number: number * 2.0**1014)),
    "tiny": (pl.Float64, eighths.map(lambda number: number * 2.0**-900)),
    "alike": (pl.Float64, st.just(0.1)),
    "tenths": (pl.Float64, st.sampled_from([0.1, 0.1, 0.1, 0.2, 0.3, 0.7])),
    "close": (pl.Float64, few.map(lambda number: 1e16 + 2 * number)),
    "apart": (pl.Int64, st.one_of(few, few, distant)),
}
# Types that hold the same numbers in another way.
INSIDES: dict[str, Sequence[Any]] = {
    "Int32": [pl.Date],
    "ticks": [pl.Datetime("ms"), pl.Datetime("us"), pl.Datetime("ns", "UTC"), pl.Duration("ms"), pl.Duration("ns")],
    "clock": [pl.Time],
    "Float64": [pl.Decimal(10, 3)],
}


@st.composite
def columns(draw: st.DrawFn) -> list[pl.Series]:
    """A column, in every type that holds it."""
    kind = draw(st.sampled_from(sorted(KINDS)))
    dtype, values = KINDS[kind]
    size = draw(st.sampled_from([0, 1, 2, 3, 7, 20]))
    given = draw(st.lists(st.one_of(values, values, values, st.none()), min_size=size, max_size=size))
    column = pl.Series("a", given, dtype=dtype)
    return [column, *(column.cast(inside) for inside in INSIDES.get(kind, ()))]


@settings(deadline=None, max_examples=400, database=None)
@given(columns(), st.sampled_from(METHODS), st.sampled_from(THRESHOLDS), st.lists(st.integers(0, 99), max_size=3))
def test_outliers(alike: list[pl.Series], method: str, threshold: float, places: list[int]) -> None:
    right = outliers(alike[0].to_list(), method, threshold)
    ours = c.a.fast_csv.is_outlier(method, threshold)
    for column in alike:
        for each in (column, cut(column, places)):
            answers = each.to_frame().select(ours)["a"]
            assert answers.dtype == pl.Boolean
            assert is_among(answers.to_list(), right)


@settings(deadline=None, max_examples=150, database=None)
@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40),
    st.lists(st.none() | beyond, max_size=5),
    st.sampled_from(["mad", "iqr"]),
    st.sampled_from([0.7, 1.3, 3.5]),
)
def test_outliers_of_any_floats(numbers: list[float], others: list[Any], method: str, threshold: float) -> None:
    values = [*numbers, *others]
    answers = pl.DataFrame({"a": values}).select(c.a.fast_csv.is_outlier(method, threshold))["a"].to_list()
    wide = np.array([np.nan if value is None else value for value in values], dtype=np.longdouble)
    far, spread = scores(wide, method)
    size = np.abs(wide[np.isfinite(wide)]).max()
    near = NEAR * (1 + threshold) + COARSE * size / (spread or size or 1)
    for answer, number, score in zip(answers, wide, far, strict=True):
        if np.isnan(number) or np.isinf(number):
            assert answer is (None if np.isnan(number) else True)
        elif spread > COARSE * size and abs(score - threshold) > near * (1 + score):
            assert answer is bool(score > threshold)


INF = float("inf")
ENDS: list[tuple[list[Any], str, float, Answers]] = [
    # Infinite numbers are far from whatever there is, be it nothing.
    *(([INF, None, -INF], method, threshold, [True, None, True]) for method in METHODS for threshold in (0.0, 3.5)),
    *(([float("nan"), INF, None], method, 3.5, [None, True, None]) for method in METHODS),
    # Sums, squares and distances of these are more than a double holds.
    ([*[1e308, 1.7e308, 1e308, 1.5e308] * 3, INF], "zscore", 1.0, [*[False, True, False, False] * 3, True]),
    ([*[-1e308, 1e308] * 4, 1.7e308], "iqr", 0.25, [*[False] * 8, True]),
    ([-1e308, 1e308, 1e308, 1e308, 1.2e308], "mad", 3.5, [True, False, False, False, False]),
    # Squares of these are less.
    ([1e-200, 2e-200, 3e-200, 1e-200, 2e-200, 9e-200], "zscore", 1.0, [False] * 5 + [True]),
    # The mean of what is alike is that, and what is close is told apart.
    *(([value] * 3, method, 0.0, [False] * 3) for value in (0.1, 0.7, 1e300) for method in METHODS),
    ([1e16, 1e16 + 2, 1e16 + 2, 1e16 + 4] * 3, "zscore", 1.0, [True, False, False, True] * 3),
    # Whatever comes first.
    ([2**51 + 1, 0, 0, 0, 0, 1], "iqr", 0.0, [True, False, False, False, False, True]),
    ([2**63 - 1, -(2**63), 1 - 2**63, 1 - 2**63, 2**63 - 1], "iqr", 0.0, [False, True, False, False, False]),
]


@pytest.mark.parametrize(("values", "method", "threshold", "answers"), ENDS)
def test_outliers_at_the_ends_of_their_type(values: list[Any], method: str, threshold: float, answers: Answers) -> None:
    column = pl.Series("a", values)
    assert is_among(answers, outliers(values, method, threshold))
    for each in (column, cut(column, [1, 4])):
        assert each.to_frame().select(c.a.fast_csv.is_outlier(method, threshold))["a"].to_list() == answers


@pytest.mark.parametrize(("count", "far"), [(9, 8), (9, -2), (40, 100), (3, 2)])
def test_outliers_where_most_are_equal(count: int, far: int) -> None:
    """There the distance counts by 1.253314 times the mean of all."""
    values = [1] * count + [far]
    score = float(count + 1) / 1.253314
    for threshold, answer in ((score * (1 - 1e-9), True), (score * (1 + 1e-9), False)):
        assert outliers(values, "mad", threshold)[-1] == {answer}
        answers = pl.DataFrame({"a": values}).select(c.a.fast_csv.is_outlier("mad", threshold))["a"]
        assert answers.to_list() == [False] * count + [answer]


@pytest.mark.parametrize("method", METHODS)
def test_outliers_of_groups_and_windows(method: str, engine: Any) -> None:
    dice = np.random.default_rng(11)
    numbers = np.round(dice.normal(0, 10, 600) * 8) / 8
    numbers[dice.integers(3, 600, 30)] *= 20
    numbers[dice.integers(3, 600, 9)] = np.inf
    numbers[dice.integers(3, 600, 9)] = np.nan
    values = [None if dice.random() < 0.1 and row > 2 else float(number) for row, number in enumerate(numbers)]
    keys = [row % 3 for row in range(600)]
    frame = pl.DataFrame({"key": keys, "a": values})
    pieces = pl.concat([frame[:7], frame[7:400], frame[400:]], rechunk=False)
    ours = c.a.fast_csv.is_outlier(method, 2.5)
    right: list[set[bool | None]] = [set()] * 600
    for key in range(3):
        own = [row for row in range(600) if keys[row] == key]
        for row, each in zip(own, outliers([values[row] for row in own], method, 2.5), strict=True):
            right[row] = each
    assert 10 < sum(each == {True} for each in right) < 200
    for one in (frame, pieces):
        over = one.lazy().select(ours.over("key")).collect(engine=engine)["a"].to_list()
        assert is_among(over, right)
        grouped = one.lazy().group_by("key").agg(ours).sort("key").collect(engine=engine)
        for key, answers in grouped.rows():
            assert is_among(answers, [right[row] for row in range(600) if keys[row] == key])


def monotonic(values: npt.NDArray[Any], strict: bool, direction: str) -> bool:
    before, behind = values[:-1], values[1:]
    rises = bool(np.all(before < behind if strict else before <= behind))
    falls = bool(np.all(before > behind if strict else before >= behind))
    return (rises and direction != "decreasing") or (falls and direction != "increasing")


@settings(deadline=None, max_examples=300, database=None)
@given(
    columns(),
    st.sampled_from(["as it is", "sorted", "reversed"]),
    st.booleans(),
    st.sampled_from(["either", "increasing", "decreasing"]),
    st.lists(st.integers(0, 99), max_size=3),
)
def test_order(alike: list[pl.Series], how: str, strict: bool, direction: str, places: list[int]) -> None:
    if how != "as it is":
        alike = [column.sort(descending=how == "reversed") for column in alike]
    right = monotonic(alike[0].drop_nulls().to_numpy(), strict, direction)
    ours = c.a.fast_csv.is_monotonic(strict, direction=direction)
    for column in alike:
        for each in (column, cut(column, places)):
            assert each.to_frame().select(ours)["a"].to_list() == [right]


@pytest.mark.parametrize("size", [4095, 4096, 4097, 4098, 12_000])
@pytest.mark.parametrize("dtype", [pl.Int64, pl.Float64, pl.UInt16, pl.String])
def test_order_of_long_columns(size: int, dtype: Any) -> None:
    dice = np.random.default_rng(size)
    rising = pl.Series("a", np.sort(dice.integers(0, 30_000, size))).cast(dtype)
    rising = rising.sort()
    for place in (None, 0, 1, size // 2, size - 2, size - 1):
        column = rising if place is None else rising.clone().scatter(place, rising[size // 3])
        values = np.array(column.to_list())
        for each in (column, column.reverse(), cut(column, [4096, 5, 11_000])):
            own = np.flip(values) if each.equals(column.reverse()) else values
            for strict in (False, True):
                answer = each.to_frame().select(c.a.fast_csv.is_monotonic(strict)).item()
                assert answer is monotonic(own, strict, "either")


def test_order_of_groups_and_windows(engine: Any) -> None:
    dice = np.random.default_rng(3)
    keys = dice.integers(0, 12, 300)
    steps: list[Callable[[Any], Any]] = [np.sort, lambda own: np.flip(np.sort(own)), lambda own: own]
    numbers = dice.integers(0, 50, 300).astype(float)
    for key in range(12):
        numbers[keys == key] = steps[key % 3](numbers[keys == key])
    numbers[np.flatnonzero(keys == 1)[3]] = np.nan
    frame = pl.DataFrame({"key": keys, "a": numbers})
    frame = frame.with_columns(a=pl.when(pl.int_range(pl.len()) % 11 > 0).then("a"))
    for one in (frame, pl.concat([frame[:100], frame[100:101], frame[101:]], rechunk=False)):
        for strict in (False, True):
            ours = c.a.fast_csv.is_monotonic(strict)
            right = {
                key: monotonic(frame.filter(pl.col("key") == key)["a"].drop_nulls().to_numpy(), strict, "either")
                for key in range(12)
            }
            grouped = one.lazy().group_by("key").agg(ours).collect(engine=engine)
            assert dict(grouped.rows()) == right
            over = one.lazy().select(ours.over("key")).collect(engine=engine)["a"].to_list()
            assert over == [right[key] for key in keys]
            if not strict:
                assert {*right.values()} == {True, False}
