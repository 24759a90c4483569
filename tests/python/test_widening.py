"""A value behind the sample changes the type, or is an error that says so; never a wrong value."""

from __future__ import annotations

import datetime as dt
import pickle
import re
from pathlib import Path
from typing import Any

import polars as pl
import polars_fast_csv as pfc
import pytest
from polars import col as c
from polars.testing import assert_frame_equal
from polars_fast_csv._options import ReadOptions
from polars_fast_csv._resolved import ResolvedCsv
from polars_fast_csv._settings import settle

ROWS = 100_000
# Between two points of the sample of such a file.
LATE = 20_000

LATER: dict[str, tuple[Any, str, pl.DataType]] = {
    "a fraction": (lambda row: row, "0.5", pl.Float64()),
    "a word": (lambda row: row, "seven", pl.String()),
    "a long number": (lambda row: row, "123456789012345678901234567890", pl.Int128()),
    "a longer number": (lambda row: row, "1234567890123456789012345678901234567890", pl.String()),
    "a word among fractions": (lambda row: row / 4, "n/a", pl.String()),
    "a number among truths": (lambda row: str(row % 2 == 0).lower(), "7", pl.String()),
    "an offset among datetimes": (
        lambda row: f"2024-01-{row % 28 + 1:02}T00:00",
        "2024-01-01T00:00:00+02:00",
        pl.String(),
    ),
    "no offset among offsets": (
        lambda row: f"2024-01-{row % 28 + 1:02} 00:00:00.5Z",
        "2024-01-01 00:00:00",
        pl.String(),
    ),
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
    path, wanted = file(tmp_path, case), re.escape(f"pl.{LATER[case][2]}")
    scan = pfc.scan_fast_csv(path, try_parse_dates=True)
    place = rf'line {LATE + 2}, record {LATE + 1}, column 2 ."value".'
    with pytest.raises(Exception, match=rf'(?s){place}.*schema_overrides={{"value": {wanted}}} holds'):
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


def frame_and_cells(path: Path, **options: Any) -> tuple[pl.DataFrame, int]:
    """What is read, and how many cells were decoded for it."""
    csv = ResolvedCsv.of(path, settle(ReadOptions, options))
    return csv.collect(None), csv.native.cells_decoded


@pytest.mark.parametrize("case", LATER)
def test_only_what_does_not_fit_is_decoded_again(tmp_path: Path, case: str) -> None:
    path, wanted = file(tmp_path, case), LATER[case][2]
    frame, cells = frame_and_cells(path, try_parse_dates=True)
    assert frame.schema["value"] == wanted
    assert cells == 4 * ROWS
    assert frame_and_cells(path, try_parse_dates=True, schema_overrides={"value": wanted})[1] == 3 * ROWS


@pytest.mark.parametrize("case", LATER)
def test_any_number_of_threads_gives_the_same(tmp_path: Path, case: str) -> None:
    path, wanted = file(tmp_path, case), LATER[case][2]
    whole = pfc.read_fast_csv(path, try_parse_dates=True, schema_overrides={"value": wanted}, row_index_name="i")
    for threads in (1, 2, 7):
        for size in (None, 999):
            options: dict[str, Any] = {"n_threads": threads, "batch_size": size, "row_index_name": "i"}
            frame = pfc.read_fast_csv(path, try_parse_dates=True, **options)
            assert_frame_equal(frame, whole)
    # What stands behind the rows that are wanted says nothing.
    head = pfc.read_fast_csv(path, try_parse_dates=True, n_rows=LATE + 1, n_threads=3)
    assert_frame_equal(head, whole.drop("i").head(LATE + 1))
    assert pfc.read_fast_csv(path, try_parse_dates=True, n_rows=LATE).schema["value"] != wanted


def test_many_columns_and_several_steps(tmp_path: Path) -> None:
    """A word among truths by words, a number that no word is, a fraction, and a word at last, each behind the other."""
    rows = [f"{row},{row % 2},{row % 2},{row},{row % 2}" for row in range(ROWS)]
    rows[LATE] = "0.5,yes,2,x,1"
    rows[LATE + 7] = "1e3,1,0.5,2.5,yes"
    rows[LATE + 9] = "7,1,0,0,3"
    path = tmp_path / "late.csv"
    path.write_text("\n".join(["a,b,c,d,e", *rows, ""]))
    words: dict[str, Any] = {"true_values": ["1", "yes"], "false_values": ["0"]}
    frame = pfc.read_fast_csv(path, **words, include_file_paths="file")
    assert frame.dtypes == [pl.Float64, pl.Boolean, pl.Float64, pl.String, pl.String, pl.String]
    texts = pfc.read_fast_csv(path, infer_schema=False)
    wanted = texts.with_columns(c.a.cast(pl.Float64), c.c.cast(pl.Float64), c.b.is_in(["1", "yes"]))
    assert_frame_equal(frame.drop("file"), wanted)
    assert frame["file"].unique().to_list() == [str(path)]
    several = pfc.read_fast_csv([path, path], **words)
    assert_frame_equal(several, pl.concat([wanted, wanted]))
    assert_frame_equal(pfc.read_fast_csv(path, columns=["e", "a"], **words), wanted.select("e", "a"))


def test_zeros_in_front_are_not_lost_behind_the_sample(tmp_path: Path) -> None:
    path = tmp_path / "late.csv"
    path.write_text("a\n" + "".join(f"{'007' if row == LATE else row}\n" for row in range(ROWS)))
    assert pfc.read_fast_csv(path).schema == {"a": pl.Int64}
    frame = pfc.read_fast_csv(path, keep_leading_zeros=True)
    assert frame.schema == {"a": pl.String}
    assert frame["a"][LATE] == "007"
    scan = pfc.scan_fast_csv(path, keep_leading_zeros=True)
    for each in (scan, pickle.loads(pickle.dumps(scan))):
        with pytest.raises(Exception, match=r'"007" is not an Int64.*schema_overrides={"a": pl.String} holds'):
            each.collect()


def test_a_format_that_fits_the_sample_alone(tmp_path: Path) -> None:
    path = tmp_path / "late.csv"
    path.write_text("a\n" + "".join(f"{20200145 if row == LATE else 20200102 + row % 20}\n" for row in range(ROWS)))
    with pytest.raises(Exception, match=r'not a Date of the format "%Y%m%d".*{"a": pl.Int64} holds'):
        pfc.scan_fast_csv(path, date_format="%Y%m%d").collect()
    frame = pfc.read_fast_csv(path, date_format="%Y%m%d")
    assert_frame_equal(frame, pfc.read_fast_csv(path))


@pytest.mark.parametrize(
    ("usual", "late"), [("01/02/2024 10:00", "2024-02-01 10:00 +0100"), ("2024-02-01 10:00 +0100", "01/02/2024 10:00")]
)
def test_formats_with_an_offset_and_without_are_no_one_type(tmp_path: Path, usual: str, late: str) -> None:
    path = tmp_path / "late.csv"
    path.write_text("a\n" + "".join(f"{late if row == LATE else usual}\n" for row in range(ROWS)))
    formats = ["%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M %z"]
    frame = pfc.read_fast_csv(path, datetime_format=formats)
    assert frame.schema == {"a": pl.String}
    assert frame["a"][LATE] == late
    scan = pfc.scan_fast_csv(path, datetime_format=formats)
    with pytest.raises(Exception, match=r'is not a Datetime.*{"a": pl.String} holds'):
        scan.collect()
    # Where the type is named, either is its instant.
    named = pfc.read_fast_csv(path, datetime_format=formats, schema={"a": pl.Datetime("us", "UTC")})
    assert named["a"].dt.hour().unique().sort().to_list() == [9, 10]


@pytest.mark.parametrize(
    ("usual", "late"), [("", "Z"), ("Z", ""), ("+01:00", ""), ("", "-01:00"), (".5Z", ".5"), (".5", ".5Z")]
)
def test_many_rows_of_another_kind_of_datetime_are_no_part_of_the_type(tmp_path: Path, usual: str, late: str) -> None:
    path = tmp_path / "late.csv"
    rows = ["2024-01-31T12:30:01" + (late if LATE <= row < LATE + 150 else usual) for row in range(ROWS)]
    path.write_text("\n".join(["a", *rows, ""]))
    assert pfc.read_fast_csv(path, try_parse_dates=True)["a"].to_list() == rows
    with pytest.raises(Exception, match=rf'(?s)line {LATE + 2}, .*schema_overrides={{"a": pl.String}} holds'):
        pfc.scan_fast_csv(path, try_parse_dates=True).collect()
    zoned = {"a": pl.Datetime("us", "UTC")}
    texts = pl.Series(rows).str.replace("(:01|[.]5)$", "${1}Z").str.to_datetime(time_zone="UTC", time_unit="us")
    assert pfc.read_fast_csv(path, schema=zoned)["a"].to_list() == texts.to_list()


def test_a_date_among_datetimes_is_its_midnight(tmp_path: Path) -> None:
    path = tmp_path / "late.csv"
    path.write_text("a\n" + "".join(f"{'2024-02-01' if row == LATE else '2024-01-31 12:30'}\n" for row in range(ROWS)))
    assert pfc.read_fast_csv(path, try_parse_dates=True)["a"][LATE] == dt.datetime(2024, 2, 1)


def test_long_integers_are_the_nearest_double(tmp_path: Path) -> None:
    """As Polars infers them where it sees the fraction."""
    path = tmp_path / "late.csv"
    rows = ["9007199254740993", "1"] * (ROWS // 2)
    rows[LATE] = "0.5"
    path.write_text("\n".join(["a", *rows, ""]))
    frame = pfc.read_fast_csv(path)
    assert_frame_equal(frame, pl.read_csv(path, infer_schema_length=None))
    assert frame["a"][0] == 9007199254740992.0


def test_rejects_are_recorded_once(tmp_path: Path) -> None:
    path = file(tmp_path, "a fraction")
    with path.open("a") as late:
        late.write("1,2\n")
    rejects = pfc.Rejects()
    frame = pfc.read_fast_csv(path, rejects=rejects)
    assert frame.schema["value"] == pl.Float64
    assert frame.row(-1) == (1, 2.0, None)
    assert rejects.frame()["code"].to_list() == ["too_few_fields"]


def test_text_that_is_not_utf8_stays_an_error(tmp_path: Path) -> None:
    path = tmp_path / "late.csv"
    path.write_bytes(b"a\n" + b"".join(b"\xff\n" if row == LATE else b"1\n" for row in range(ROWS)))
    with pytest.raises(pfc.CsvError) as told:
        pfc.read_fast_csv(path)
    assert (told.value.code, told.value.record) == ("invalid_utf8", LATE + 1)
    assert pfc.read_fast_csv(path, encoding="utf8-lossy")["a"][LATE] == "\N{REPLACEMENT CHARACTER}"


FIRST = "1,0.5,true,2020-01-02,10:30:00,2020-01-02 10:30:00,x,,5\n" * 1_200
LAST = [
    "2,1,False,3/1/2020,10:31,2020-01-02T10:30,y,,6",
    "1.5,1e5,,,,,,7,",
    '+7,+Infinity, true,2020-1-2,10:30:00.5,2020-01-02,"",1.5,NA',
    '"","","","","","","","",""',
    "9223372036854775808,n/a,1,2020-02-30,24:00,2020-01-02 10:30Z,,2020-01-02,007",
    "123456789012345678901234567890123456789012,.,T,,,2020-01-02 10:30:00.123456789,,true,-",
    "7,8,true,,,9999-12-31 23:59:59.123456789,,,",
    '1,"0.5","true","2020-01-02","10:30:00","2020-01-02 10:30:00",x,"7","NA"',
    "1,0.5,true",
    "1,0.5,true,2020-01-02,10:30:00,2020-01-02 10:30:00,x,,5,6",
    "x,0.5,true,2020-01-02,10:30:00,2020-01-02 10:30:00,\udcff,,5",
    "x,\udcff,true,2020-01-02,10:30:00,2020-01-02 10:30:00,x,,5\n1,2,3,4,5,6,7,8,9,10",
    'x,"0.5',
]
OPTIONS: list[dict[str, Any]] = [
    {},
    {"infer_schema_length": 1_000_000},
    {"infer_schema_length": 1_201},
    {"null_values": ["NA", "+7", "n/a"]},
    {"null_values": "NA", "allow_quoted_nulls": False},
    {"quote_char": None},
    {"decimal_comma": True},
    {"thousands": "'", "keep_leading_zeros": True},
    {"true_values": ["true"], "false_values": ["1"], "date_format": "%Y-%m-%d"},
    {"time_format": "%H:%M:%S", "datetime_format": ["%F %T", "%F"]},
    {"schema_overrides": {"i": pl.String, "d": pl.Date}},
    {"trim_whitespace": True, "truncate_ragged_lines": True},
    {"short_records": "raise", "encoding": "latin1"},
    {"columns": ["e", "f", "i"]},
    {"row_index_name": "row", "skip_footer": 1},
    {"on_error": "null"},
    {"n_rows": 1_200},
    {"has_header": False},
]


def surveyed(source: Any, **options: Any) -> pl.DataFrame:
    """Read with types that a pass of its own found before."""
    settings = settle(ReadOptions, options)
    return ResolvedCsv.of(source, settings).collect(settings.columns)


def read_or_error(read: Any, source: Any, options: dict[str, Any]) -> tuple[pl.DataFrame, str]:
    try:
        return read(source, try_parse_dates=True, **{"infer_schema_length": None, **options}), ""
    except pl.exceptions.PolarsError as error:
        return pl.DataFrame(), str(error)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_a_read_that_infers_from_all_gives_what_a_survey_does(options: dict[str, Any]) -> None:
    for last in LAST:
        # The type of a column is another one behind what it was guessed by, in one file or the second of two.
        head = b"i,f,b,d,t,m,s,e,n\n"
        rows = FIRST.encode() + last.encode("utf-8", "surrogateescape") + b"\n"
        for source in (head + rows, [head + FIRST.encode(), head + rows]):
            wanted, error = read_or_error(surveyed, source, options)
            frame, found = read_or_error(pfc.read_fast_csv, source, options)
            assert error == found, last
            assert_frame_equal(frame, wanted)


def test_what_is_told_while_all_types_are_found_is_raised_and_recorded_once() -> None:
    data = b"a,b\n" + b"1,2\n" * 5_000 + b"x\n"
    rejects = pfc.Rejects()
    frame = pfc.read_fast_csv(data, infer_schema_length=None, rejects=rejects)
    assert frame.schema == {"a": pl.String, "b": pl.Int64}
    assert rejects.frame(scan=None)["record"].to_list() == [5_001]

    class Stop(Exception):
        pass

    def stop(done: int, of: int | None) -> None:
        raise Stop

    with pytest.raises(Stop):
        pfc.read_fast_csv(data, infer_schema_length=None, progress=stop)
    with pytest.raises(pfc.CsvError, match="line 5003"):
        pfc.read_fast_csv(data + b"1,2,3\n", infer_schema_length=None, progress=lambda done, of: None)
    told: list[int] = []
    pfc.read_fast_csv(data, infer_schema_length=None, progress=lambda done, of: told.append(done))
    assert told[-1] == len(data)
    assert told == sorted(told)
