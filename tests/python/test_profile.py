"""Profiles: against what Polars says of the same columns, whatever the threads, the source and the values."""

from __future__ import annotations

import gzip
import io
import math
import os
import random
import threading
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import polars_fast_csv as pfc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from polars_fast_csv import _native
from polars_fast_csv._options import CsvOptions
from polars_fast_csv._settings import settle

QUANTILES = {"q05": 0.05, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q95": 0.95}


def written(frame: pl.DataFrame, **options: Any) -> bytes:
    file = io.BytesIO()
    frame.write_csv(file, **options)
    return file.getvalue()


def same_float(got: float | None, wanted: float | None, scale: float = 0.0) -> bool:
    if got is None or wanted is None:
        return got is wanted
    if math.isnan(wanted) or math.isinf(wanted):
        return math.isnan(got) if math.isnan(wanted) else got == wanted
    return math.isclose(got, wanted, rel_tol=1e-9, abs_tol=1e-300 + 1e-14 * scale)


def assert_is_profile(profile: pl.DataFrame, frame: pl.DataFrame) -> None:
    """What is exact is what Polars computes, what is estimated is as near as is stated."""
    assert profile["column"].to_list() == frame.columns
    for row, column in zip(profile.iter_rows(named=True), frame.iter_columns(), strict=True):
        there = column.drop_nulls()
        assert row["type"] == str(column.dtype)
        assert (row["count"], row["nulls"]) == (len(there), column.null_count())
        spelled = there.sort().cast(pl.String)
        numbers = column.dtype.is_numeric()
        if len(there) == 0:
            assert row["min"] is None
            assert row["max"] is None
            assert row["mean"] is None
            assert row["distinct"] == 0
            continue
        if column.dtype.is_float():
            low, high = there.min(), there.max()
            assert row["min"] == pl.Series([low], dtype=column.dtype).cast(pl.String)[0] or low == 0
            assert row["max"] == pl.Series([high], dtype=column.dtype).cast(pl.String)[0] or high == 0
        else:
            assert (row["min"], row["max"]) == (spelled[0], spelled[-1])
        distinct = there.n_unique()
        error = 0 if row["exact"] else 0.06 * distinct
        assert abs(row["distinct"] - distinct) <= error, (row["distinct"], distinct)
        if numbers:
            scale = max((abs(value) for value in there.cast(pl.Float64) if math.isfinite(value)), default=0.0)
            wide = there.cast(pl.Float64)
            mean = wide.mean()
            if column.dtype.is_integer():
                mean = sum(there.to_list()) / len(there)
            assert same_float(row["mean"], mean, scale), (row["mean"], mean)
            if scale < 1e150:
                assert same_float(row["std"], wide.std(), scale), (row["std"], wide.std())
        if numbers or column.dtype.is_temporal():
            ordered = there.cast(pl.Float64).sort() if numbers else there.sort()
            for name, share in QUANTILES.items():
                if not numbers:
                    assert row[name] is None
                    continue
                if row["exact"]:
                    wanted = ordered[round_half_up(share * (len(ordered) - 1))]
                    assert row[name] == wanted or math.isnan(wanted), (name, row[name], wanted)
                else:
                    slack = 0.01 * len(ordered) + 1
                    lower = ordered.search_sorted(row[name], "left")
                    upper = ordered.search_sorted(row[name], "right")
                    assert lower - slack <= share * len(ordered) <= upper + slack, (name, row[name])
            assert row["median"] is not None
        if row["bins"] is not None:
            nan = there.is_nan().sum() if column.dtype.is_float() else 0
            total = sum(row["bin_counts"])
            assert len(row["bins"]) == len(row["bin_counts"]) + 1 <= 21
            assert abs(total - (len(there) - nan)) <= (0 if row["exact"] else 20 + 0.01 * len(there))
            if not column.dtype.is_float():
                assert (row["bins"][0], row["bins"][-1]) == (spelled[0], spelled[-1])
        if column.dtype == pl.String:
            lengths = there.str.len_chars()
            assert (row["shortest"], row["longest"]) == (lengths.min(), lengths.max())
        counts = there.cast(pl.String).value_counts(name="count")
        known = dict(counts.iter_rows())
        got = [(one["value"], one["count"]) for one in row["common"]]
        if row["exact"] and not column.dtype.is_float():
            assert all(known[value] == count for value, count in got)
            assert [count for _, count in got] == counts["count"].sort(descending=True).head(10).to_list()


def round_half_up(rank: float) -> int:
    return math.floor(rank + 0.5)


def generated(rows: int, seed: int = 1) -> pl.DataFrame:
    dice = random.Random(seed)
    words = ["", "a", "grün", "日本", "longer than a view holds", "longer than a view holds!"]
    some = [dice.random() for _ in range(rows)]

    def gaps(values: list[Any]) -> list[Any]:
        return [None if dice.random() < 0.1 else value for value in values]

    return pl.DataFrame(
        {
            "id": range(rows),
            "digit": [dice.randrange(10) for _ in range(rows)],
            "far": [10**15 + dice.randrange(1000) for _ in range(rows)],
            "int": gaps([dice.randrange(-(2**62), 2**62) for _ in range(rows)]),
            "uniform": some,
            "gauss": gaps([dice.gauss(1e6, 3.0) for _ in range(rows)]),
            "skewed": [round(value**-2, 2) for value in some],
            "word": gaps([dice.choice(words[1:]) for _ in range(rows)]),
            "name": [f"customer {dice.randrange(rows)}" for _ in range(rows)],
            "truth": gaps([dice.random() < 0.3 for _ in range(rows)]),
            "day": gaps([date(2000, 1, 1) + timedelta(dice.randrange(9000)) for _ in range(rows)]),
            "moment": [datetime(2020, 1, 1) + timedelta(seconds=dice.randrange(10**8)) for _ in range(rows)],
            "clock": [time(dice.randrange(24), dice.randrange(60)) for _ in range(rows)],
            "nothing": pl.Series([None] * rows, dtype=pl.Int64),
        }
    )


@pytest.mark.parametrize("rows", [0, 1, 2, 100, 3000, 30_000])
def test_a_profile_is_what_polars_says(rows: int) -> None:
    frame = generated(rows)
    data = written(frame)
    profile = pfc.profile(data, schema=frame.schema)
    assert_is_profile(profile, pfc.read_fast_csv(data, schema=frame.schema))
    assert profile.schema == pfc.profile(b"a\n1\n").schema


def test_integers_that_lie_near_and_far_and_texts_of_every_length_are_counted() -> None:
    dice, rows = random.Random(7), 60_000
    lengths = [
        [f"{word:0{length}}" for word in range(40)] for length in (11, 12, 13, 15, 16, 17, 31, 32, 33, 64, 97, 300)
    ]
    words = [f"word {word}" for word in range(900)]
    frame = pl.DataFrame(
        {
            "near": [dice.randrange(-500, 500) for _ in range(rows)],
            "wide": [dice.randrange(3000) for _ in range(rows)],
            "drifts": [row // 3 for row in range(rows)],
            "jumps": [dice.randrange(9) + (10**12 if row > 50_000 else 0) for row in range(rows)],
            "same": [7] * rows,
            "highest": pl.Series([2**64 - 1 - dice.randrange(300) for _ in range(rows)], dtype=pl.UInt64),
            "lowest": [-(2**63) + dice.randrange(300) for _ in range(rows)],
            "byte": pl.Series([dice.randrange(-128, 128) for _ in range(rows)], dtype=pl.Int8),
            "gaps": [None if dice.random() < 0.3 else dice.randrange(100) for _ in range(rows)],
            "day": [date(1969, 1, 1) + timedelta(dice.randrange(2500)) for _ in range(rows)],
            "text": [dice.choice(dice.choice(lengths)) for _ in range(rows)],
            "words": [dice.choice(words) for _ in range(rows)],
            "names": [f"{dice.choice(words)} {dice.randrange(10**6)}" for _ in range(rows)],
        }
    )
    profile = pfc.profile(written(frame), schema=frame.schema)
    assert_is_profile(profile, frame)
    exact = dict(profile.select("column", "exact").iter_rows())
    assert all(exact[name] for name in ("same", "highest", "lowest", "byte", "gaps", "jumps", "text"))
    assert not any(exact[name] for name in ("drifts", "names"))


def test_types_are_inferred_and_widened_as_in_a_read() -> None:
    data = written(generated(500))
    assert_is_profile(pfc.profile(data, try_parse_dates=True), pfc.read_fast_csv(data, try_parse_dates=True))
    late = b"a\n" + b"1\n" * 2_000_000 + b"x\n"
    assert pfc.profile(late, infer_schema_length="sample")["count"].item() == 2_000_001
    with pytest.raises(pfc.CsvError):
        pfc.profile(late, infer_schema_length=10)


def test_the_threads_and_the_source_do_not_matter(tmp_path: Path) -> None:
    data = written(generated(60_000))
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    wanted = pfc.profile(path, n_threads=1)
    assert not wanted["exact"].all()
    for threads in (2, 3, 8, 32):
        assert_frame_equal(pfc.profile(path, n_threads=threads), wanted, check_exact=True)
    packed = tmp_path / "a.csv.gz"
    packed.write_bytes(gzip.compress(data, 1))
    assert_frame_equal(pfc.profile(data), wanted, check_exact=True)
    assert_frame_equal(pfc.profile(packed), wanted, check_exact=True)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(data,))
    writer.start()
    assert_frame_equal(pfc.profile(pipe), wanted, check_exact=True)
    writer.join()
    (tmp_path / "b.csv").write_bytes(data)
    twice = pfc.profile([path, tmp_path / "b.csv"])
    assert_frame_equal(twice, pfc.profile(tmp_path / "*.csv"), check_exact=True)
    assert twice["count"].to_list() == [2 * count for count in wanted["count"]]
    assert twice["min"].to_list() == wanted["min"].to_list()


@pytest.mark.parametrize("chunk", [7, 100, 5000])
def test_pieces_of_any_size_are_joined(chunk: int) -> None:
    frame = generated(2000)
    scan = _native.Scan([written(frame)], {**settle(CsvOptions, {"schema": frame.schema}).native, "chunk_bytes": chunk})
    facts, whole = (pl.DataFrame(scan.profile()[0]), pl.DataFrame(_plain(frame).profile()[0]))
    exact = ["column", "count", "nulls", "distinct", "exact", "shortest", "longest", "common_counts", "bin_counts"]
    assert_frame_equal(facts.select(exact), whole.select(exact))
    for name in ("mean", "std"):
        for got, wanted in zip(facts[name], whole[name], strict=True):
            assert same_float(got, wanted, 1e15 if name == "std" else 0.0)


def _plain(frame: pl.DataFrame) -> _native.Scan:
    return _native.Scan([written(frame)], settle(CsvOptions, {"schema": frame.schema}).native)


def one(values: list[str], dtype: Any) -> dict[str, Any]:
    data = ("a\n" + "".join(f"{value}\n" for value in values)).encode()
    return pfc.profile(data, schema={"a": dtype}).row(0, named=True)


def test_extremes_of_integers_do_not_overflow() -> None:
    low, high = -(2**63), 2**63 - 1
    row = one([str(low), str(high)] * 5000, pl.Int64)
    assert (row["min"], row["max"], row["mean"], row["distinct"]) == (str(low), str(high), -0.5, 2)
    assert math.isclose(row["std"], 2.0**63 * math.sqrt(10_000 / 9999), rel_tol=1e-12)
    assert row["bin_counts"][0] == row["bin_counts"][-1] == 5000
    row = one([str(high)] * 3, pl.Int64)
    assert (row["mean"], row["std"], row["bins"], row["bin_counts"]) == (2.0**63, 0.0, [str(high)] * 2, [3])
    row = one([str(2**64 - 1)] * 5000 + ["0"] * 5000, pl.UInt64)
    assert math.isclose(row["mean"], (2**64 - 1) / 2, rel_tol=1e-15)
    assert (row["min"], row["max"], row["q95"]) == ("0", str(2**64 - 1), float(2**64 - 1))
    for dtype in (pl.Int8, pl.Int16, pl.Int32, pl.UInt8, pl.UInt16, pl.UInt32):
        row = one(["100", "0", "", "1"], dtype)
        assert (row["count"], row["mean"], row["max"], row["type"]) == (3, 101 / 3, "100", str(dtype))


def test_nan_and_infinity_are_as_in_polars() -> None:
    for values in (["nan"], ["nan", "1"], ["inf", "1"], ["inf", "-inf", "0"], ["inf", "nan", "2"], ["-0.0", "0.0"]):
        row = one(values, pl.Float64)
        column = pl.Series(values).cast(pl.Float64)
        assert row["count"] == len(values)
        assert same_float(row["mean"], column.mean()), values
        assert same_float(row["std"], column.std()), values
        assert same_float(float(row["max"]), column.max()), values
        assert same_float(float(row["min"]), column.min()), values
        assert row["distinct"] == column.n_unique()
    row = one(["nan", "1", "2"], pl.Float64)
    assert (sum(row["bin_counts"]), row["bins"][0], row["bins"][-1]) == (2, "1.0", "2.0")
    assert one(["inf", "1"], pl.Float64)["bins"] is None


def test_a_small_deviation_far_from_zero_is_right() -> None:
    values = [10**9 + value for value in (4, 7, 13, 16)] * 5000
    for dtype in (pl.Int64, pl.Float64):
        row = one([str(value) for value in values], dtype)
        assert math.isclose(row["std"], math.sqrt(22.5 * 20_000 / 19_999), rel_tol=1e-12)
        assert row["mean"] == 1_000_000_010.0
    values = [0.1] * 100_000
    row = one([str(value) for value in values], pl.Float64)
    assert math.isclose(row["mean"], 0.1, rel_tol=1e-14)
    assert row["std"] < 1e-14


def test_huge_texts_are_cut_and_memory_stays() -> None:
    texts = [f"{'é' * 3000}{row}" for row in range(400)]
    row = one(texts, pl.String)
    assert row["min"] == "é" * 512 + "…" == row["max"]
    assert (row["shortest"], row["longest"], row["distinct"]) == (3001, 3003, 400)
    row = one(["z" * 1024, "z" * 1025, "a"], pl.String)
    assert (row["min"], row["max"]) == ("a", "z" * 1024 + "…")


def test_common_values_among_many_are_found() -> None:
    dice = random.Random(3)
    values = [dice.choice(["7", "8"]) if dice.random() < 0.2 else str(dice.randrange(10**9)) for _ in range(200_000)]
    for dtype in (pl.Int64, pl.String):
        row = one(values, dtype)
        assert not row["exact"]
        assert {each["value"] for each in row["common"]} == {"7", "8"}
        assert all(abs(each["count"] / 20_000 - 1) < 0.1 for each in row["common"])
    assert one([str(value) for value in range(200_000)], pl.Int64)["common"] == []


def test_options_are_those_of_a_read() -> None:
    data = b"a;b\n1;x\nbad;y\n3\n4;z;9\n"
    options: Any = {"separator": ";", "schema": {"a": pl.Int64, "b": pl.String}, "truncate_ragged_lines": True}
    rejects = pfc.Rejects()
    profile = pfc.profile(data, **options, on_error="null", rejects=rejects)
    assert profile["count"].to_list() == [3, 3]
    assert sorted(rejects.frame()["code"].to_list()) == ["cast", "too_few_fields", "too_many_fields"]
    assert pfc.profile(data, **options, on_error="skip")["count"].to_list() == [3, 2]
    assert pfc.profile(data, **options, n_rows=1)["count"].to_list() == [1, 1]
    assert pfc.profile(data, **options, n_rows=0)["count"].to_list() == [0, 0]
    assert pfc.profile(data, **options, n_rows=1, columns=["b"])["column"].to_list() == ["b"]
    assert pfc.profile(data, **options, n_rows=1, columns=[1, 0])["column"].to_list() == ["b", "a"]
    assert pfc.profile(data, **options, n_rows=1, columns=[]).height == 0
    with pytest.raises(pfc.CsvError) as told:
        pfc.profile(data, **options)
    assert (told.value.line, told.value.column_name, told.value.value) == (3, "a", "bad")
    with pytest.raises(pl.exceptions.ColumnNotFoundError):
        pfc.profile(data, **options, columns=["c"])


def test_bad_arguments_are_told_before_a_file_is_opened() -> None:
    with pytest.raises(TypeError, match="unknown option 'colums'; did you mean 'columns'"):
        pfc.profile("missing.csv", colums=["a"])  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="row_index_name is no option"):
        pfc.profile("missing.csv", row_index_name="n")
    with pytest.raises(ValueError, match="include_file_paths is no option"):
        pfc.profile("missing.csv", include_file_paths="path")
    with pytest.raises(FileNotFoundError):
        pfc.profile("missing.csv")


def test_empty_sources() -> None:
    assert pfc.profile(b"", raise_if_empty=False).height == 0
    assert pfc.profile(b"", schema={"a": pl.Int64}, raise_if_empty=False)["count"].to_list() == [0]
    with pytest.raises(pl.exceptions.NoDataError):
        pfc.profile(b"")
    row = pfc.profile(b"a,b\n").row(0, named=True)
    assert (row["count"], row["nulls"], row["distinct"], row["min"], row["common"]) == (0, 0, 0, None, [])


values = st.one_of(
    st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), max_size=60).map(lambda all: pl.Series("a", all, pl.Int64)),
    st.lists(st.none() | st.floats(allow_subnormal=False), max_size=60).map(
        lambda all: pl.Series("a", all, pl.Float64)
    ),
    st.lists(st.none() | st.booleans(), max_size=60).map(lambda all: pl.Series("a", all, pl.Boolean)),
    st.lists(st.none() | st.dates(date(1000, 1, 1), date(9000, 1, 1)), max_size=60).map(
        lambda all: pl.Series("a", all, pl.Date)
    ),
    st.lists(
        st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n\"'"), min_size=1), max_size=60
    ).map(lambda all: pl.Series("a", all, pl.String)),
)


@settings(deadline=None, max_examples=150)
@given(values)
def test_any_column(column: pl.Series) -> None:
    frame = pl.DataFrame({"a": column, "b": pl.Series([1] * len(column), dtype=pl.Int8)})
    data = written(frame, quote_style="non_numeric") if column.dtype == pl.String else written(frame)
    assert_is_profile(pfc.profile(data, schema=frame.schema), frame)


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    options: Any = {"raise_if_empty": False, "on_error": "null", "encoding": "utf8-lossy"}
    try:
        frame = pfc.read_fast_csv(data, **options)
    except (pl.exceptions.PolarsError, ValueError):
        return
    assert_is_profile(pfc.profile(data, **options), frame)


def test_durations_are_spelled_as_iso_8601_does() -> None:
    taken = pfc.profile(b"wait,n\nPT1S,1\nPT2H,2\n,3\nPT1S,4\n", schema_overrides={"wait": pl.Duration("ms")})
    found = taken.select("type", "count", "nulls", "distinct", "min", "max", "median", "common").row(0)
    common = [{"value": "PT1S", "count": 2}, {"value": "PT2H", "count": 1}]
    assert found == ("Duration(time_unit='ms')", 3, 1, 2, "PT1S", "PT2H", "PT1S", common)
