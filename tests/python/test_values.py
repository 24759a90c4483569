"""How values are written: words of truth, formats, groups of digits, zeros in front, null words."""

from __future__ import annotations

import datetime as dt
import io
import pickle
from pathlib import Path
from typing import Any

import polars as pl
import polars_fast_csv as pfc
import pytest
from generation import polars2
from polars import col as c
from polars.testing import assert_frame_equal
from ways import ways

D, T = dt.date, dt.datetime
UTC = dt.UTC

# A source, options, and the types and rows that come of them.
CASES: dict[str, tuple[str, dict[str, Any], list[Any], list[tuple[Any, ...]]]] = {
    "null words by column": (
        "a,b,c\n1,-,-\nNA,x,NA\n",
        {"null_values": {"a": "NA", "b": ["-", "x"]}},
        [pl.Int64, pl.String, pl.String],
        [(1, None, "-"), (None, None, "NA")],
    ),
    "quoted null words": (
        'a,b\n"NA",1\nNA,"NA"\n',
        {"null_values": "NA"},
        [pl.String, pl.Int64],
        [(None, 1), (None, None)],
    ),
    "quoted null words as text": (
        'a,b\n"NA",NA\nNA,"2"\n',
        {"null_values": "NA", "allow_quoted_nulls": False},
        [pl.String, pl.Int64],
        [("NA", None), (None, 2)],
    ),
    "a long quoted null word as text": (
        'a\n"not available"\nnot available\n"not ""available"\n',
        {"null_values": ["not available", 'not "available'], "allow_quoted_nulls": False},
        [pl.String],
        [("not available",), (None,), ('not "available',)],
    ),
    "words of truth": (
        'a,b,c\n1,yes,1\n0,"no",2\n1,yes,0\n',
        {"true_values": ["1", "yes"], "false_values": ["0", "no"]},
        [pl.Boolean, pl.Boolean, pl.Int64],
        [(True, True, 1), (False, False, 2), (True, True, 0)],
    ),
    "one list of words": (
        "a,b\nT,x\nFALSE,true\n",
        {"true_values": ["T"]},
        [pl.Boolean, pl.String],
        [(True, "x"), (False, "true")],
    ),
    "long words, and one that looks like a quoted text": (
        "a\ndefinitely yes\nno\n",
        {"true_values": ["definitely yes"], "false_values": ["no", 'n"o']},
        [pl.Boolean],
        [(True,), (False,)],
    ),
    "words in a named column": (
        "a\nt\nf\n\n",
        {"true_values": ["t"], "false_values": ["f"], "schema": {"a": pl.Boolean}},
        [pl.Boolean],
        [(True,), (False,), (None,)],
    ),
    "day first": (
        "a,b\n01/02/2020,2020-01-02\n3/4/2021,x\n",
        {"date_format": "%d/%m/%Y"},
        [pl.Date, pl.String],
        [(D(2020, 2, 1), "2020-01-02"), (D(2021, 4, 3), "x")],
    ),
    "month first, quoted": (
        'a\n"01/02/2020"\n',
        {"date_format": "%m/%d/%Y"},
        [pl.Date],
        [(D(2020, 1, 2),)],
    ),
    "a list in order": (
        "a\n01/02/2020\n2020-03-04\n05.06.2021\n",
        {"date_format": ["%d/%m/%Y", "%Y-%m-%d", "%d.%m.%Y"]},
        [pl.Date],
        [(D(2020, 2, 1),), (D(2020, 3, 4),), (D(2021, 6, 5),)],
    ),
    "by column": (
        "a,b,c\n01/02/2020,02-01-20,20200304\n",
        {"date_format": {"a": "%d/%m/%Y", "b": ["%F", "%y-%m-%d"]}},
        [pl.Date, pl.Date, pl.Int64],
        [(D(2020, 2, 1), D(2002, 1, 20), 20200304)],
    ),
    "digits alone": (
        "a,b\n20200102,20200102\n20210304,20201345\n",
        {"date_format": "%Y%m%d"},
        [pl.Date, pl.Int64],
        [(D(2020, 1, 2), 20200102), (D(2021, 3, 4), 20201345)],
    ),
    "beside the usual ways": (
        "a,b,c\n1/2/2020,10:30,2020-01-02T03:04\n",
        {"date_format": "%d/%m/%Y", "try_parse_dates": True},
        [pl.Date, pl.Time, pl.Datetime("us")],
        [(D(2020, 2, 1), dt.time(10, 30), T(2020, 1, 2, 3, 4))],
    ),
    "times": (
        "a,b\n10.30,9:05 PM\n",
        {"time_format": ["%H.%M", "%I:%M %p"]},
        [pl.Time, pl.Time],
        [(dt.time(10, 30), dt.time(21, 5))],
    ),
    "datetimes": (
        "a,b,c\n01/02/2020 03:04:05.5,1700000000,1.2.2020 03:04:05+01:00\n",
        {"datetime_format": {"a": "%d/%m/%Y %T%.f", "b": "%s", "c": "%d.%m.%Y %T%z"}},
        [pl.Datetime("us"), pl.Datetime("us"), pl.Datetime("us", "UTC")],
        [
            (
                T(2020, 2, 1, 3, 4, 5, 500_000),
                T(2023, 11, 14, 22, 13, 20),
                T(2020, 2, 1, 2, 4, 5, tzinfo=UTC),
            )
        ],
    ),
    "a named unit": (
        "a\n01.02.2020 03:04:05.123\n",
        {"datetime_format": "%d.%m.%Y %T%.3f", "schema": {"a": pl.Datetime("ms")}},
        [pl.Datetime("ms")],
        [(T(2020, 2, 1, 3, 4, 5, 123_000),)],
    ),
    "a fraction finer than a microsecond": (
        "a\n01.02.2020 03:04:05.123456789\n",
        {"datetime_format": "%d.%m.%Y %T%.f"},
        [pl.Datetime("ns")],
        [(T(2020, 2, 1, 3, 4, 5, 123_456),)],
    ),
    "groups": (
        'a,b\n"1,234,567","-1,234.5"\n12,"0.25"\n"-999",1e3\n',
        {"thousands": ","},
        [pl.Int64, pl.Float64],
        [(1_234_567, -1234.5), (12, 0.25), (-999, 1000.0)],
    ),
    "groups and a decimal comma": (
        "a;b\n1.234,56;1.234\n-7,5;5\n",
        {"separator": ";", "thousands": ".", "decimal_comma": True},
        [pl.Float64, pl.Int64],
        [(1234.56, 1234), (-7.5, 5)],
    ),
    "groups in named columns": (
        "a;b;c;d\n1'000;200;65'535;1'234.5\n",
        {
            "separator": ";",
            "thousands": "'",
            "schema": {"a": pl.Int16, "b": pl.UInt8, "c": pl.UInt16, "d": pl.Float32},
        },
        [pl.Int16, pl.UInt8, pl.UInt16, pl.Float32],
        [(1000, 200, 65535, 1234.5)],
    ),
    "no groups of three": (
        "a;b;c;d\n12,34;1,2345;0,123;1,234.5,678\n",
        {"separator": ";", "thousands": ","},
        [pl.String] * 4,
        [("12,34", "1,2345", "0,123", "1,234.5,678")],
    ),
    "zeros in front": (
        "a,b,c,d,e\n00123,7,0,0.5,00.5\n5,8,0,-0.5,1\n",
        {"keep_leading_zeros": True},
        [pl.String, pl.Int64, pl.Int64, pl.Float64, pl.String],
        [("00123", 7, 0, 0.5, "00.5"), ("5", 8, 0, -0.5, "1")],
    ),
    "zeros in front of a named column": (
        "a\n00123\n",
        {"keep_leading_zeros": True, "schema_overrides": {"a": pl.Int32}},
        [pl.Int32],
        [(123,)],
    ),
    "everything at once": (
        'd;t;b;n;z\n31/12/2020;23.59;ja;"1.234,5";007\n1/1/2021;0.05;nein;7;008\n',
        {
            "separator": ";",
            "date_format": "%d/%m/%Y",
            "time_format": "%H.%M",
            "true_values": ["ja"],
            "false_values": ["nein"],
            "thousands": ".",
            "decimal_comma": True,
            "keep_leading_zeros": True,
        },
        [pl.Date, pl.Time, pl.Boolean, pl.Float64, pl.String],
        [
            (D(2020, 12, 31), dt.time(23, 59), True, 1234.5, "007"),
            (D(2021, 1, 1), dt.time(0, 5), False, 7.0, "008"),
        ],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_every_way_to_read(tmp_path: Path, case: str) -> None:
    text, options, types, rows = CASES[case]
    # Records that are written so many times that there is something to cut.
    header, _, body = text.partition("\n")
    path = tmp_path / "values.csv"
    path.write_text(header + "\n" + body * 40)
    for way, read in ways(path, **options):
        frame = read()
        assert frame.dtypes == types, way
        assert frame.rows() == rows * 40, way


@pytest.mark.parametrize("case", CASES)
def test_a_pickled_copy_reads_the_same(case: str, tmp_path: Path) -> None:
    text, options, types, rows = CASES[case]
    (tmp_path / "values.csv").write_text(text)
    scan = pfc.scan_fast_csv(tmp_path / "values.csv", **options)
    copied = pickle.loads(pickle.dumps(scan)).collect()
    assert (copied.dtypes, copied.rows()) == (types, rows)


REFUSED: dict[str, tuple[str, dict[str, Any], str]] = {
    "no such day": ("30/02/2020", {"schema": {"a": pl.Date}, "date_format": "%d/%m/%Y"}, 'of the format "%d/%m/%Y"'),
    "none of the formats": (
        "2020-01-02",
        {"schema": {"a": pl.Date}, "date_format": ["%d/%m/%Y", "%d.%m.%Y"]},
        'of any of the formats "%d/%m/%Y", "%d.%m.%Y"',
    ),
    "the usual way beside a format": (
        "2020-01-02T03:04",
        {"schema": {"a": pl.Datetime}, "datetime_format": "%d/%m/%Y %H:%M"},
        'not a Datetime("us") of the format',
    ),
    "a time": ("25.00", {"schema": {"a": pl.Time}, "time_format": "%H.%M"}, "time_format reads other ways"),
    "too fine": (
        "1.5001",
        {"schema": {"a": pl.Datetime("ms")}, "datetime_format": "%s%.f"},
        'not a Datetime("ms") of the format "%s%.f"',
    ),
    "a word": (
        "Y",
        {"schema": {"a": pl.Boolean}, "true_values": ["y"]},
        'true_values "y", false_values "false" in any',
    ),
    "a group": ("12,34", {"schema": {"a": pl.Int64}, "thousands": ",", "separator": ";"}, "is not an Int64"),
    "a group that nobody asked for": ("1'234", {"schema": {"a": pl.Int64}}, 'thousands="\'" reads groups of digits'),
    "a quoted null word": (
        '"NA"',
        {"schema": {"a": pl.Int64}, "null_values": "NA", "allow_quoted_nulls": False},
        '"NA" is not an Int64',
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_told(case: str) -> None:
    text, options, words = REFUSED[case]
    with pytest.raises(pfc.CsvError) as told:
        pfc.read_fast_csv(f"a\n{text}\n".encode(), **options)
    assert words in str(told.value)
    assert (told.value.code, told.value.line, told.value.column_name) == ("cast", 2, "a")
    nulled = pfc.read_fast_csv(f"a\n{text}\n".encode(), on_error="null", **options)
    assert nulled.rows() == [(None,)]


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"date_format": "%Q"}, ValueError, 'date_format: the format "%Q" has "%Q".*%Y %y %m'),
        ({"date_format": "%d/%m"}, ValueError, "date_format: .* says no year"),
        ({"date_format": "%Y-%m-%d %H:%M"}, ValueError, "datetime_format"),
        ({"date_format": ["%F", "%q"]}, ValueError, '"%q"'),
        ({"date_format": {"a": ["%F", "%q"]}}, ValueError, '"%q"'),
        ({"date_format": []}, ValueError, "date_format must hold at least one"),
        ({"date_format": {"a": []}}, ValueError, "date_format must hold at least one"),
        ({"date_format": 5}, TypeError, "date_format"),
        ({"date_format": {"a": 5}}, TypeError, "date_format"),
        ({"date_format": {1: "%F"}}, TypeError, "date_format"),
        ({"time_format": "%F"}, ValueError, "time_format: .* says a day"),
        ({"time_format": "%I:%M"}, ValueError, "which half"),
        ({"datetime_format": "%T"}, ValueError, "datetime_format: .* says no year"),
        ({"datetime_format": "%F %T.%f"}, ValueError, "%.f reads"),
        ({"true_values": "yes"}, TypeError, "true_values"),
        ({"true_values": [1]}, TypeError, "true_values"),
        ({"true_values": []}, ValueError, "true_values"),
        ({"false_values": [""]}, ValueError, "false_values"),
        ({"true_values": ["x"], "false_values": ["x"]}, ValueError, "must differ"),
        ({"true_values": ["FALSE"]}, ValueError, "must differ"),
        ({"true_values": ["x"], "null_values": ["x"]}, ValueError, "null_values and true_values"),
        ({"true_values": ["x"], "null_values": {"a": "false"}}, ValueError, "null_values and true_values"),
        ({"thousands": ",,"}, ValueError, "thousands"),
        ({"thousands": "é"}, ValueError, "thousands"),
        ({"thousands": ""}, ValueError, "thousands"),
        ({"thousands": "."}, ValueError, "thousands must be"),
        ({"thousands": ",", "decimal_comma": True}, ValueError, "thousands must be"),
        ({"thousands": '"'}, ValueError, "thousands must be"),
        ({"thousands": "5"}, ValueError, "thousands must be"),
        ({"thousands": "e"}, ValueError, "thousands must be"),
        ({"thousands": "-"}, ValueError, "thousands must be"),
        ({"thousands": 5}, TypeError, "thousands"),
        ({"keep_leading_zeros": 1}, TypeError, "keep_leading_zeros"),
        ({"allow_quoted_nulls": "no"}, TypeError, "allow_quoted_nulls"),
    ],
)
@pytest.mark.parametrize("function", [pfc.scan_fast_csv, pfc.read_fast_csv, pfc.open_csv, pfc.read_arrow])
def test_what_makes_no_sense_fails_before_the_file_is_opened(
    function: Any, options: dict[str, Any], kind: type[Exception], words: str
) -> None:
    with pytest.raises(kind, match=words):
        function("never/opened.csv", **options)


@pytest.mark.parametrize("name", ["null_values", "date_format", "time_format", "datetime_format"])
def test_a_column_that_is_not_there(name: str) -> None:
    value = {"null_values": "x", "time_format": "%R"}.get(name, "%F")
    with pytest.raises(pl.exceptions.ColumnNotFoundError, match="zz"):
        pfc.scan_fast_csv(b"a\n1\n", **{name: {"zz": value}})  # type: ignore[arg-type]


FORMATS = [
    ("%Y-%m-%d", "date"), ("%d/%m/%Y", "date"), ("%m/%d/%y", "date"), ("%Y%m%d", "date"), ("%d %b %Y", "date"),
    ("%A %d %B %Y", "date"), ("%Y-%j", "date"), ("%G-W%V-%u", "date"), ("%H:%M", "time"), ("%I:%M:%S %p", "time"),
    ("%T%.3f", "time"), ("%Y-%m-%d %H:%M:%S", "datetime"), ("%Y-%m-%dT%H:%M:%S%.f", "datetime"),
    ("%d/%m/%Y %H:%M", "datetime"), ("%Y%m%d%H%M%S", "datetime"), ("%s", "datetime"), ("%c", "datetime"),
    ("%d.%m.%Y %T%.6f", "datetime"),
]  # fmt: skip


@pytest.mark.parametrize(("format", "kind"), FORMATS)
def test_formats_as_in_polars(format: str, kind: str) -> None:
    rows = range(0, 4_000, 7)
    step = dt.timedelta(days=3, hours=5, minutes=7, seconds=11)
    stamps = pl.Series("x", [T(1991, 3, 4, 5, 6, 7) + row * step for row in rows], pl.Datetime("us"))
    values = {"date": stamps.dt.date(), "time": stamps.dt.time(), "datetime": stamps}[kind]
    texts = values.dt.strftime(format)
    dtype = {"date": pl.Date, "time": pl.Time, "datetime": pl.Datetime("us")}[kind]
    wanted = texts.str.strptime(dtype, format).to_frame()
    text = io.BytesIO()
    texts.to_frame().write_csv(text)
    for options in ({}, {"schema": {"x": dtype}}):
        frame = pfc.read_fast_csv(text.getvalue(), **{f"{kind}_format": format}, **options)  # type: ignore[arg-type]
        assert_frame_equal(frame, wanted)


TRUTHS = "a,b\nyes,1\nno,0\nyes,1\n,\n"


def test_words_of_truth_as_in_pandas_pyarrow_and_duckdb(tmp_path: Path) -> None:
    pd, pacsv = pytest.importorskip("pandas"), pytest.importorskip("pyarrow.csv")
    words = {"true_values": ["yes", "1"], "false_values": ["no", "0"]}
    ours = pfc.read_fast_csv(TRUTHS.encode(), **words)  # type: ignore[arg-type]
    assert ours.dtypes == [pl.Boolean] * 2
    theirs = pacsv.read_csv(
        io.BytesIO(TRUTHS.encode()),
        convert_options=pacsv.ConvertOptions(
            column_types={"a": "bool", "b": "bool"}, strings_can_be_null=True, **words
        ),
    )
    assert_frame_equal(ours, pl.DataFrame(theirs))
    full = TRUTHS.removesuffix(",\n")
    pandas = pd.read_csv(io.StringIO(full), dtype={"a": "bool"}, true_values=["yes"], false_values=["no"])
    mine = pfc.read_fast_csv(full.encode(), columns=["a"], **words)  # type: ignore[arg-type]
    assert mine["a"].to_list() == pandas["a"].tolist()


def test_groups_as_in_pandas_and_duckdb(tmp_path: Path) -> None:
    pd, duckdb = pytest.importorskip("pandas"), pytest.importorskip("duckdb")
    path = tmp_path / "groups.csv"
    path.write_text('a,b\n"1,234,567","1,234.5"\n"-12,345",0.5\n7,"999,999.25"\n')
    ours = pfc.read_fast_csv(path, thousands=",")
    pandas = pd.read_csv(path, thousands=",")
    assert ours.rows() == list(pandas.itertuples(index=False, name=None))
    query = f"select * from read_csv('{path}', thousands=',', columns={{'a': 'DOUBLE', 'b': 'DOUBLE'}})"
    assert ours.select(c.a.cast(pl.Float64), c.b).rows() == duckdb.sql(query).fetchall()


def test_formats_as_in_duckdb_and_pyarrow(tmp_path: Path) -> None:
    duckdb, pacsv = pytest.importorskip("duckdb"), pytest.importorskip("pyarrow.csv")
    path = tmp_path / "moments.csv"
    path.write_text("d,t\n31/12/2020,31.12.2020 23:59:58\n01/02/2021,01.02.2021 00:00:01\n")
    ours = pfc.read_fast_csv(path, date_format="%d/%m/%Y", datetime_format="%d.%m.%Y %H:%M:%S")
    query = f"select * from read_csv('{path}', dateformat='%d/%m/%Y', timestampformat='%d.%m.%Y %H:%M:%S')"
    assert ours.rows() == duckdb.sql(query).fetchall()
    options = pacsv.ConvertOptions(timestamp_parsers=["%d/%m/%Y", "%d.%m.%Y %H:%M:%S"])
    arrow = pl.DataFrame(pacsv.read_csv(path, convert_options=options))
    micros = [c.d.cast(pl.Datetime("us")), c.t.dt.cast_time_unit("us")]
    assert_frame_equal(ours.select(micros), arrow.select(micros))


def test_null_words_as_in_pandas() -> None:
    pd = pytest.importorskip("pandas")
    text = "a,b,c\nNA,-,-\n1,NA,x\n2,y,NA\n"
    words: dict[str, Any] = {"a": ["NA"], "b": ["-", "NA"]}
    ours = pfc.read_fast_csv(text.encode(), null_values=words)
    pandas = pd.read_csv(io.StringIO(text), na_values=words, keep_default_na=False)
    theirs = [
        tuple(None if pd.isna(cell) else cell for cell in row) for row in pandas.itertuples(index=False, name=None)
    ]
    assert ours.rows() == theirs


@polars2
def test_null_words_as_in_polars() -> None:
    text = b'a,b\n"NA",NA\n1,"x"\n-,NA\n'
    for words in ("NA", ["NA", "-"], {"a": "NA"}, {"b": "NA"}, []):
        wanted = pl.read_csv(text, null_values=words, infer_schema=False)
        assert_frame_equal(pfc.read_fast_csv(text, null_values=words, infer_schema=False), wanted)
    with pytest.raises(pl.exceptions.ColumnNotFoundError):
        pl.read_csv(text, null_values={"zz": "NA"})
