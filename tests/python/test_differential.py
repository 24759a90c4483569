"""Values against exact arithmetic, and against other readers where these are defined to agree."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import polars_fast_csv as pfc
import pyarrow as pa
import pyarrow.csv
import pytest
from polars.testing import assert_frame_equal
from typed import INTEGERS, date_texts, float_bits, float_texts, integer_texts, moment_texts, single


def column(texts: list[str], dtype: Any, **options: Any) -> pl.Series:
    """One column of a type, read beside another, quoted in every third row."""
    cells = (f'"{text}"' if row % 3 == 0 else text for row, text in enumerate(texts))
    source = "v,row\n" + "".join(f"{cell},{row}\n" for row, cell in enumerate(cells))
    frame = pfc.read_fast_csv(source.encode(), schema={"v": dtype, "row": pl.Int64}, **options)
    assert frame["row"].to_list() == list(range(len(texts)))
    return frame["v"]


@pytest.mark.parametrize("dtype", INTEGERS, ids=str)
def test_integers(dtype: pl.DataType) -> None:
    low, high = INTEGERS[dtype]
    texts = list(integer_texts(low, high, random.Random(str(dtype))))
    if low == 0:
        texts = [text for text in texts if not text.startswith("-")]
    assert column(texts, dtype).to_list() == list(map(int, texts))
    for text in (str(high + 1), str(low - 1), str(high) + "0", "9" * 40, "-" + "9" * 40):
        with pytest.raises(pfc.CsvError) as caught:
            column(["1", text], dtype)
        assert (caught.value.code, caught.value.record, caught.value.value) == ("overflow", 2, text)
        assert column(["1", text], dtype, ignore_errors=True).to_list() == [1, None]


@pytest.mark.parametrize(
    "text", ["1.0", "1e3", "0x10", "1_000", "1,5", "-", "+", "--1", "one", "1 2", "\u0661", "true", "\0"]
)
@pytest.mark.parametrize("dtype", [pl.Int8, pl.Int64, pl.UInt32], ids=str)
def test_what_is_no_integer(dtype: Any, text: str) -> None:
    with pytest.raises(pfc.CsvError) as caught:
        column([f"{text}"] if "," in text else ["1", "2", "3", text], dtype)
    assert caught.value.code == "cast"


@pytest.mark.parametrize("seed", range(3))
def test_doubles_are_bit_for_bit_pythons(seed: int) -> None:
    texts = list(float_texts(random.Random(seed)))
    got = map(float_bits, column(texts, pl.Float64).to_list())
    wrong = [(text, bits) for text, bits in zip(texts, got, strict=True) if bits != float_bits(float(text))]
    assert wrong == []


def test_singles_are_rounded_once() -> None:
    texts = list(float_texts(random.Random(7)))
    texts += [
        "1.00000005960464477540",
        "1.00000005960464477539",
        "3.4028235677973366e38",
        "3.4028235e38",
        "1e-46",
        "7e-46",
    ]
    texts += ["16777217", "16777219", "16777217.0000000000000000000001", "0.1", "1.17549435e-38", "1.4e-45"]
    got = column(texts, pl.Float32).to_list()
    wrong = [(text, value) for text, value in zip(texts, got, strict=True) if value != single(text)]
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("inf", "inf"),
        ("-inf", "-inf"),
        ("Inf", "inf"),
        ("INFINITY", "inf"),
        ("+inf", "inf"),
        ("nan", "nan"),
        ("NaN", "nan"),
    ],
)
@pytest.mark.parametrize("dtype", [pl.Float32, pl.Float64], ids=str)
def test_words_that_are_floats(dtype: Any, text: str, value: str) -> None:
    assert str(column([text, "1"], dtype)[0]) == value


@pytest.mark.parametrize(
    "text", ["1e", "e5", ".", "-", "1.2.3", "1e5.5", "0x1p3", "1_0.5", "infinit", "nano", "1f", "1,5"]
)
def test_what_is_no_float(text: str) -> None:
    with pytest.raises(pfc.CsvError) as caught:
        column([text], pl.Float64)
    assert (caught.value.code, caught.value.value) == ("cast", text)


def test_booleans() -> None:
    texts = ["true", "false", "True", "FALSE", "tRuE", "False", ""] * 20
    says = {"true": True, "false": False, "": None}
    assert column(texts, pl.Boolean).to_list() == [says[text.lower()] for text in texts]
    for text in ("yes", "1", "t", "truee", "fals", "true "):
        with pytest.raises(pfc.CsvError):
            column([text], pl.Boolean)


def test_dates() -> None:
    texts, values = zip(*date_texts(random.Random(1)), strict=True)
    assert column(list(texts), pl.Date).to_list() == list(values)
    for text in (
        "2023-02-29",
        "1900-02-29",
        "2024-13-01",
        "2024-00-10",
        "2024-01-32",
        "2024-1",
        "20240101",
        "24-01-01",
    ):
        with pytest.raises(pfc.CsvError):
            column([text], pl.Date)


@pytest.mark.parametrize("unit", ["ms", "us", "ns"])
@pytest.mark.parametrize("offset", [None, "Z", "+00:00", "+05:30", "-0800"])
def test_datetimes(unit: Any, offset: str | None) -> None:
    texts, values = zip(*moment_texts(unit, random.Random(unit)), strict=True)
    minutes = {None: 0, "Z": 0, "+00:00": 0, "+05:30": 330, "-0800": -480}[offset]
    east = minutes * 60 * {"ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    dtype = pl.Datetime(unit, None if offset is None else "UTC")
    got = column([text + (offset or "") for text in texts], dtype)
    assert got.dtype == dtype
    assert got.to_physical().to_list() == [value - east for value in values]


@pytest.mark.parametrize(
    "text", ["2024-01-01T24:00:00", "2024-01-01T23:60:00", "2024-01-01T23:59:60", "2024-02-30 00:00:00"]
)
def test_what_is_no_datetime(text: str) -> None:
    with pytest.raises(pfc.CsvError):
        column([text], pl.Datetime("us"))


def test_a_fraction_finer_than_the_unit_is_not_cut_off() -> None:
    assert column(["2024-01-01T00:00:00.123000"], pl.Datetime("ms")).dt.millisecond().to_list() == [123]
    with pytest.raises(pfc.CsvError):
        column(["2024-01-01T00:00:00.123001"], pl.Datetime("ms"))


# The types and texts on which all peers are defined to agree.
SHARED = {
    "i": pl.Int64, "f": pl.Float64, "b": pl.Boolean, "d": pl.Date, "t": pl.Datetime("us"), "s": pl.String
}  # fmt: skip


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, pl.DataFrame]:
    """A file of 3,000 rows with gaps, and the frame that Python says it holds."""
    pick, rows = random.Random(11), 3000
    dates = [value for _, value in date_texts(pick) if 1700 < value.year < 2200]
    days = [pick.choice(dates) for _ in range(rows)]
    columns: dict[str, list[Any]] = {
        "i": [pick.getrandbits(63) - (1 << 62) for _ in range(rows)],
        "f": [pick.uniform(-1, 1) * 10.0 ** pick.randrange(-300, 300) for _ in range(rows)],
        "b": [pick.random() < 0.5 for _ in range(rows)],
        "d": days,
        "t": [f"{day}T{pick.randrange(24):02}:00:59.{pick.randrange(10**6):06}" for day in days],
        "s": [pick.choice(["x", 'a "quote"', "two\nlines", "com,ma", "é" * 20, " blank "]) for _ in range(rows)],
    }
    for values in columns.values():
        for row in pick.sample(range(rows), 100):
            values[row] = None
    path = tmp_path_factory.mktemp("shared") / "shared.csv"
    with path.open("w", newline="", encoding="utf8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for row in zip(*columns.values(), strict=True):
            writer.writerow(
                "" if value is None else str(value).lower() if isinstance(value, bool) else value for value in row
            )
    frame = pl.DataFrame(columns, schema={**SHARED, "t": pl.String}).with_columns(
        pl.col("t").str.to_datetime(time_unit="us")
    )
    return path, frame.select(*SHARED)


def by_pyarrow(path: Path) -> pl.DataFrame:
    types = [pa.int64(), pa.float64(), pa.bool_(), pa.date32(), pa.timestamp("us"), pa.string()]
    convert = pa.csv.ConvertOptions(column_types=dict(zip(SHARED, types, strict=True)), strings_can_be_null=True)
    return pl.DataFrame(
        pa.csv.read_csv(path, parse_options=pa.csv.ParseOptions(newlines_in_values=True), convert_options=convert)
    )


def by_duckdb(path: Path) -> pl.DataFrame:
    types = dict(zip(SHARED, ["BIGINT", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP", "VARCHAR"], strict=True))
    return duckdb.read_csv(str(path), dtype=types, header=True, sep=",", quotechar='"', escapechar='"').pl()


def by_pandas(path: Path) -> pl.DataFrame:
    types = {"i": "Int64", "f": "float64", "b": "boolean", "d": "str", "t": "str", "s": "str"}
    frame = pl.from_pandas(pd.read_csv(path, dtype=types))
    return frame.with_columns(pl.col("d").str.to_date(), pl.col("t").str.to_datetime(time_unit="us"))


def by_polars(path: Path) -> pl.DataFrame:
    return pl.read_csv(path, schema=SHARED)


@pytest.mark.parametrize("peer", [by_pyarrow, by_duckdb, by_pandas, by_polars])
def test_values_are_those_of_a_peer(shared: tuple[Path, pl.DataFrame], peer: Callable[[Path], pl.DataFrame]) -> None:
    path, wanted = shared
    got = pfc.read_fast_csv(path, schema=SHARED)
    assert_frame_equal(got, wanted, check_exact=True)
    assert_frame_equal(got, peer(path).cast(SHARED), check_exact=True)


def test_inference_finds_the_types(shared: tuple[Path, pl.DataFrame]) -> None:
    path, wanted = shared
    assert_frame_equal(pfc.read_fast_csv(path, try_parse_dates=True), wanted, check_exact=True)
    assert pfc.scan_fast_csv(path).collect_schema() == pl.scan_csv(path).collect_schema()
