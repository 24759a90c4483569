"""Types: named, overridden and inferred."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import polars_fast_csv as pfc
import pytest
from polars.testing import assert_frame_equal
from polars_fast_csv import _native
from polars_fast_csv._options import CsvOptions
from polars_fast_csv._schema import native_schema
from polars_fast_csv._settings import settle

UTC = dt.UTC
MOMENT = dt.datetime(2024, 3, 1, 9, 30, 15)


@pytest.mark.parametrize(
    ("dtype", "text", "value"),
    [
        (pl.Int8, "-128", -128),
        (pl.Int16, "-32768", -32768),
        (pl.Int32, "2147483647", 2147483647),
        (pl.Int64, "-9223372036854775808", -(1 << 63)),
        (pl.UInt8, "255", 255),
        (pl.UInt16, "65535", 65535),
        (pl.UInt32, "4294967295", 4294967295),
        (pl.UInt64, "18446744073709551615", (1 << 64) - 1),
        (pl.Float32, "0.5", 0.5),
        (pl.Float64, "1e-320", 1e-320),
        (pl.Boolean, "true", True),
        (pl.Boolean, "false", False),
        (pl.Date, "2024-03-01", MOMENT.date()),
        (pl.Time, "09:30:15", MOMENT.time()),
        (pl.Datetime, "2024-03-01T09:30:15", MOMENT),
        (pl.Datetime("ms"), "2024-03-01 09:30:15.250", MOMENT.replace(microsecond=250_000)),
        (pl.Datetime("us"), "2024-03-01T09:30:15.000001", MOMENT.replace(microsecond=1)),
        (pl.Datetime("ns"), "2024-03-01T09:30:15.000001000", MOMENT.replace(microsecond=1)),
        (pl.Datetime("us", "UTC"), "2024-03-01T09:30:15Z", MOMENT.replace(tzinfo=UTC)),
        (pl.Datetime("us", "UTC"), "2024-03-01T10:30:15+01:00", MOMENT.replace(tzinfo=UTC)),
        (pl.String, "some text that is longer than twelve bytes", "some text that is longer than twelve bytes"),
        (pl.String, "short", "short"),
        (int, "7", 7),
        (float, "7", 7.0),
        (str, "7", "7"),
        (bool, "true", True),
        (dt.date, "2024-03-01", MOMENT.date()),
        (dt.time, "09:30:15", MOMENT.time()),
        (dt.datetime, "2024-03-01T09:30:15", MOMENT),
    ],
)
def test_a_type_by_schema(dtype: Any, text: str, value: Any) -> None:
    source = f"a,b\n{text},1\n,2\n".encode()
    wanted = pl.DataFrame({"a": [value, None], "b": ["1", "2"]}, schema={"a": dtype, "b": pl.String})
    for options in (
        {"schema": {"a": dtype, "b": pl.String}},
        {"schema_overrides": {"a": dtype}, "infer_schema": False},
        {"schema_overrides": [dtype, pl.String]},
        {"schema": {"a": pl.String, "b": pl.String}, "schema_overrides": {"a": dtype}},
    ):
        assert_frame_equal(pfc.read_fast_csv(source, **options), wanted)
        assert_frame_equal(pfc.scan_fast_csv(source, **options).collect(), wanted)
    table = pfc.read_arrow(source, schema={"a": dtype, "b": pl.String})
    assert_frame_equal(pl.DataFrame(table), wanted)


@pytest.mark.parametrize("text", ["1", "1.5", "-3", "text", "true", "1e5", "", "nan", " 1"])
def test_inference_agrees_with_polars(text: str) -> None:
    source = f"a,b\n{text},1\n".encode()
    assert pfc.scan_fast_csv(source).collect_schema() == pl.scan_csv(source).collect_schema()


@pytest.mark.parametrize(
    ("text", "dtype"),
    [
        ("2024-03-01", pl.Date),
        ("2024-03-01T09:30:15", pl.Datetime("us")),
        ("2024-03-01 09:30:15.123", pl.Datetime("us")),
        ("09:30:15", pl.Time),
        ("7", pl.Int64),
    ],
)
def test_dates_are_inferred_only_when_asked_for(text: str, dtype: Any) -> None:
    source = f"a,b\n{text},1\n".encode()
    assert pfc.read_fast_csv(source, try_parse_dates=True).schema["a"] == dtype
    if dtype != pl.Int64:
        assert pfc.read_fast_csv(source).schema["a"] == pl.String


def test_a_null_column_is_null() -> None:
    frame = pfc.read_fast_csv(b"a,b\n,1\n,2\n", schema={"a": pl.Null, "b": pl.Int64})
    assert frame.schema == {"a": pl.Null, "b": pl.Int64}
    assert frame["a"].to_list() == [None, None]


@pytest.mark.parametrize("dtype", [pl.Object, pl.Unknown])
def test_a_type_that_is_not_built_is_refused_with_its_column(dtype: Any) -> None:
    with pytest.raises(NotImplementedError, match="column 'a'"):
        pfc.scan_fast_csv("never/opened.csv", schema={"a": dtype})
    with pytest.raises(NotImplementedError, match="column 1"):
        pfc.scan_fast_csv("never/opened.csv", schema_overrides=[pl.Int8, dtype])


@pytest.mark.parametrize("alone", [True, False])
def test_a_schema_that_is_named_is_that_of_the_frame(alone: bool) -> None:
    """A schema of types that their names tell does not go through Arrow; one other type sends all of it there."""
    names = "Boolean String Binary Date Time Int8 Int16 Int32 Int64 UInt8 UInt16 UInt32 UInt64 Float32 Float64"
    dtypes = {name: getattr(pl, name)() for name in names.split()} | {"Datetime": pl.Datetime("us")}
    if not alone:
        dtypes |= {"Datetime": pl.Datetime("ns"), "Zoned": pl.Datetime("us", "UTC"), "Decimal": pl.Decimal(5, 2)}
        dtypes |= {"Int128": pl.Int128(), "Enum": pl.Enum(["x"]), "Categorical": pl.Categorical()}
        dtypes |= {"Duration": pl.Duration("us"), "List": pl.List(pl.Int64)}
    found = native_schema(_native.Scan([",".join(dtypes).encode()], settle(CsvOptions, {"schema": dtypes}).parsed))
    assert found == pl.Schema(dtypes)
    # What comes through a frame of Polars 1.32 is a class at times.
    assert not alone or all(isinstance(dtype, pl.DataType) for dtype in found.values())
    assert pfc.read_fast_csv(",".join(dtypes).encode(), schema=dtypes).schema == found


@pytest.mark.parametrize("dtype", ["i64", 7, None, object()])
def test_what_is_no_type_is_refused(dtype: Any) -> None:
    with pytest.raises(TypeError):
        pfc.scan_fast_csv("never/opened.csv", schema={"a": dtype})


def test_the_row_index_is_of_polars_index_type() -> None:
    largest = (1 << 32) - 1
    scan = pfc.scan_fast_csv(b"a\n1\n2\n", row_index_name="row", row_index_offset=largest - 2)
    assert scan.collect_schema()["row"] == pl.get_index_type()
    assert scan.collect()["row"].to_list() == [largest - 2, largest - 1]
    options: dict[str, Any] = {"row_index_name": "row", "row_index_offset": largest - 1}
    assert pfc.read_fast_csv(b"a\n1\n2\n", **options)["row"].to_list() == [largest - 1, largest]
    with pytest.raises(ValueError, match="row index"):
        pfc.read_fast_csv(b"a\n1\n2\n3\n", **options)
