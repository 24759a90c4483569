"""A value behind the sample changes the type, or is an error that says so; never a wrong value."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import polars_fast_csv as pfc
import pytest
from polars import col as c
from polars.testing import assert_frame_equal

ROWS = 100_000
# Between two points of the sample of such a file.
LATE = 20_000

LATER: dict[str, tuple[Any, str, pl.DataType]] = {
    "a fraction": (lambda row: row, "0.5", pl.Float64()),
    "a word": (lambda row: row, "seven", pl.String()),
    "a long number": (lambda row: row, "123456789012345678901234567890", pl.String()),
    "a word among fractions": (lambda row: row / 4, "n/a", pl.String()),
    "a number among truths": (lambda row: str(row % 2 == 0).lower(), "7", pl.String()),
    "a word among dates": (lambda row: dt.date(2020, 1, 1) + dt.timedelta(row % 900), "soon", pl.String()),
}


def file(folder: Path, case: str) -> Path:
    value, late, _ = LATER[case]
    rows = [f"{row},{late if row == LATE else value(row)},x{row}\n" for row in range(ROWS)]
    path = folder / "late.csv"
    path.write_text("".join(["id,value,word\n", *rows]))
    return path


@pytest.mark.parametrize("case", LATER)
def test_an_eager_read_looks_again(tmp_path: Path, case: str) -> None:
    path, wanted = file(tmp_path, case), LATER[case][2]
    frame = pfc.read_fast_csv(path, try_parse_dates=True)
    assert frame.schema == {"id": pl.Int64, "value": wanted, "word": pl.String}
    texts = pfc.read_fast_csv(path, infer_schema=False)
    assert_frame_equal(frame.select("value"), texts.select(c.value.cast(wanted)))
    assert_frame_equal(frame.select("id", "word"), texts.select(c.id.cast(pl.Int64), "word"))
    assert_frame_equal(pfc.read_fast_csv(path, try_parse_dates=True, columns=["value"]), frame.select("value"))
    # Nothing is read that was not asked for.
    assert pfc.read_fast_csv(path, columns=["id"]).schema == {"id": pl.Int64}
    assert pfc.read_fast_csv(path, n_rows=LATE).height == LATE


@pytest.mark.parametrize("case", LATER)
def test_a_lazy_read_says_where_and_what_helps(tmp_path: Path, case: str, engine: Any) -> None:
    path = file(tmp_path, case)
    scan = pfc.scan_fast_csv(path, try_parse_dates=True)
    with pytest.raises(
        Exception, match=rf"(?s)line {LATE + 2}, record {LATE + 1}, column 2 .\"value\".*(pl\.String|wider)"
    ):
        scan.collect(engine=engine)


def test_what_was_named_stays(tmp_path: Path) -> None:
    path = file(tmp_path, "a word")
    for options in (
        {"schema": {"id": pl.Int64, "value": pl.Int64, "word": pl.String}},
        {"schema_overrides": {"value": pl.Int64}},
        {"infer_schema_length": 100},
    ):
        with pytest.raises(pfc.CsvError, match="seven"):
            pfc.read_fast_csv(path, **options)  # type: ignore[arg-type]
    assert pfc.read_fast_csv(path, on_error="null")["value"].null_count() == 1
