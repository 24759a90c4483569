"""Reading text as values: the reader's answers, and what the strict form says."""

from __future__ import annotations

import pickle
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import polars_fast_csv as pfc
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_series_equal

c: Any = pl.col

# The expression, and the type and options that a column of a file is read with.
PARSERS: dict[str, tuple[pl.Expr, Any, dict[str, Any]]] = {
    "int": (c.text.fast_csv.parse_int(), pl.Int64, {}),
    "int8": (c.text.fast_csv.parse_int(8), pl.Int8, {}),
    "uint16": (c.text.fast_csv.parse_int(16, signed=False), pl.UInt16, {}),
    "float": (c.text.fast_csv.parse_float(), pl.Float64, {}),
    "float32": (c.text.fast_csv.parse_float(32), pl.Float32, {}),
    "bool": (c.text.fast_csv.parse_bool(), pl.Boolean, {}),
    "date": (c.text.fast_csv.parse_date(), pl.Date, {}),
    "datetime": (c.text.fast_csv.parse_datetime(), pl.Datetime("us"), {}),
    "datetime ms": (c.text.fast_csv.parse_datetime(time_unit="ms"), pl.Datetime("ms"), {}),
    "datetime ns": (c.text.fast_csv.parse_datetime(time_unit="ns"), pl.Datetime("ns"), {}),
    "datetime UTC": (c.text.fast_csv.parse_datetime(time_zone="UTC"), pl.Datetime("us", "UTC"), {}),
}

WORDS = [
    "0", "-7", "+7", " 12", "127", "128", "-1", "65535", "9223372036854775807", "9223372036854775808", "1.5", "1e3",
    "nan", "-inf", "0.1", "179769313486231580793728971405301199999999999", "true", "FALSE", "yes", "2024-02-29",
    "29/2/2024", "2023-02-29", "2024-02-29T12:00", "2024-02-29T12:00:00.123", "2024-02-29 12:00:00.123456789",
    "2024-02-29T12:00:00+01:30", "2024-02-29T12:00Z", "9999-12-31T23:59:59.999999", "0001-01-01", "x",
    "a text that is longer than a view holds", "1 ", "é",
]  # fmt: skip


@pytest.mark.parametrize("parser", PARSERS)
def test_it_reads_what_the_reader_reads(parser: str, engine: Any) -> None:
    expression, dtype, options = PARSERS[parser]
    words = WORDS * 30
    file = ("text\n" + "\n".join(words) + "\n").encode()
    expected = pfc.read_fast_csv(file, schema={"text": dtype}, ignore_errors=True, **options)["text"]
    frame = pl.DataFrame({"text": words})
    assert 0 < expected.null_count() < len(words)
    lazy = frame.lazy().select(expression)
    assert lazy.collect_schema() == {"text": dtype}
    assert_series_equal(lazy.collect(engine=engine)["text"], expected)
    pieces = pl.concat([frame[:5], frame[5:5], frame[5:]], rechunk=False)
    assert_series_equal(pieces.select(expression)["text"], expected)
    assert_series_equal(frame[7:77].select(expression)["text"], expected[7:77])
    for kind in (pl.Categorical, pl.Enum(WORDS)):
        cast = frame.with_columns(c.text.cast(kind))
        assert_series_equal(cast.select(expression)["text"], expected)
        assert_series_equal(cast[5:9].select(expression)["text"], expected[5:9])
    assert pl.DataFrame({"text": ["", None]}).select(expression)["text"].to_list() == [None, None]
    assert pl.DataFrame({"text": [None]}).select(expression).schema == {"text": dtype}


@given(st.lists(st.one_of(st.none(), st.integers(-(2**64), 2**64), st.floats(allow_nan=False))))
def test_numbers_come_back(values: list[int | float | None]) -> None:
    frame = pl.DataFrame(
        {"text": [None if value is None else repr(value) for value in values]}, schema={"text": pl.String}
    )
    fits = [value if isinstance(value, int) and -(2**63) <= value < 2**63 else None for value in values]
    assert frame.select(c.text.fast_csv.parse_int())["text"].to_list() == fits
    floats = [None if value is None else float(value) for value in values]
    assert frame.select(c.text.fast_csv.parse_float())["text"].to_list() == floats


def test_formats() -> None:
    frame = pl.DataFrame({"text": ["29.02.24", "2024-02-29", "30.02.24", "29.02.24 12:30", "", None]})
    days = frame.select(c.text.fast_csv.parse_date("%d.%m.%y"))["text"].to_list()
    assert days == [date(2024, 2, 29), None, None, None, None, None]
    days = frame.select(c.text.fast_csv.parse_date(["%d.%m.%y", "%Y-%m-%d"]))["text"].to_list()
    assert days == [date(2024, 2, 29)] * 2 + [None] * 4
    stamps = frame.select(c.text.fast_csv.parse_datetime("%d.%m.%y %H:%M"))["text"].to_list()
    assert stamps == [None, None, None, datetime(2024, 2, 29, 12, 30), None, None]
    for call in (c.text.fast_csv.is_date, c.text.fast_csv.parse_datetime):
        for format in ("%Q", "%H:%M", "", []):
            with pytest.raises(ValueError, match="format"):
                call(format)
        with pytest.raises(TypeError, match="format must be"):
            call(5)


def test_strict_names_the_value_and_its_row(engine: Any) -> None:
    frame = pl.concat([pl.DataFrame({"text": ["1", None]}), pl.DataFrame({"text": ["2", "4x", "5x"]})], rechunk=False)
    query = frame.lazy().select(c.text.fast_csv.parse_int(strict=True))
    with pytest.raises(
        pl.exceptions.ComputeError, match=r'row index 3: "4x" is not an Int64; strict=False makes it null'
    ):
        query.collect(engine=engine)
    many = pl.DataFrame({"text": ["1"] * 300_000 + ["2.5"] + ["x"] * 100_000})
    with pytest.raises(pl.exceptions.ComputeError, match=r'row index 300000: "2\.5" is not an Int64'):
        many.lazy().with_columns(c.text.fast_csv.parse_int(strict=True)).collect(engine=engine)
    with pytest.raises(pl.exceptions.ComputeError, match=r'row index 1: "300" does not fit Int8'):
        pl.DataFrame({"text": ["1", "300"]}).select(c.text.fast_csv.parse_int(8, strict=True))
    with pytest.raises(pl.exceptions.ComputeError, match=r'row index 2: "" is not a Date'):
        pl.DataFrame({"text": ["2024-01-01", None, ""]}).select(c.text.fast_csv.parse_date(strict=True))
    category = pl.DataFrame({"text": ["1.5", "x"] * 5}, schema={"text": pl.Categorical})
    with pytest.raises(pl.exceptions.ComputeError, match=r'row index 1: "x" is not a Float64'):
        category.select(c.text.fast_csv.parse_float(strict=True))
    long = "é" * 100
    with pytest.raises(pl.exceptions.ComputeError, match=f'row index 0: "{"é" * 20}"… is not a Boolean'):
        pl.DataFrame({"text": [long]}).select(c.text.fast_csv.parse_bool(strict=True))
    whole = pl.DataFrame({"text": ["1", None, "2"]}).lazy().select(c.text.fast_csv.parse_int(strict=True))
    assert whole.collect(engine=engine)["text"].to_list() == [1, None, 2]


def test_pushed_into_scans_and_sent_elsewhere(tmp_path: Path, engine: Any) -> None:
    frame = pl.DataFrame({"text": WORDS * 20})
    frame.write_parquet(tmp_path / "table.parquet", row_group_size=50)
    query = pl.scan_parquet(tmp_path / "table.parquet").filter(c.text.fast_csv.parse_float() > 1)
    assert "FILTER" not in query.explain()
    expected = frame.filter(c.text.fast_csv.parse_float() > 1)
    assert query.collect(engine=engine).equals(expected)
    assert pickle.loads(pickle.dumps(query)).collect(engine=engine).equals(expected)


@pytest.mark.parametrize("column", [pl.Series([1]), pl.Series([1.5]), pl.Series([[1]]), pl.Series([b"1"])], ids=str)
def test_a_column_without_text_is_refused(column: pl.Series) -> None:
    for name in ("parse_int", "parse_date"):
        query = pl.LazyFrame({"a": column}).select(getattr(c.a.fast_csv, name)())
        with pytest.raises(pl.exceptions.PolarsError, match=rf"fast_csv\.{name} looks at text"):
            query.collect_schema()


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("parse_int", {"bits": 7}),
        ("parse_int", {"signed": 1}),
        ("parse_int", {"strict": "yes"}),
        ("parse_float", {"bits": 16}),
        ("parse_datetime", {"time_unit": "s"}),
        ("parse_datetime", {"time_zone": 5}),
    ],
)
def test_arguments_that_are_refused_when_they_are_named(function: str, arguments: dict[str, Any]) -> None:
    with pytest.raises((TypeError, ValueError), match="must be"):
        getattr(c.a.fast_csv, function)(**arguments)


def test_words_of_booleans_are_the_callers() -> None:
    text = c.text.fast_csv  # type: ignore[attr-defined]
    frame = pl.DataFrame({"text": ["yes", "YES", "1", "no", "true", "FALSE", "", None]})
    answers: list[tuple[tuple[Any, ...], list[bool | None]]] = [
        ((), [None, None, None, None, True, False, None, None]),
        (("yes",), [True, None, None, None, None, False, None, None]),
        ((["yes", "1"], ["no"]), [True, None, True, False, None, None, None, None]),
        ((None, ["no", "YES"]), [None, False, None, False, True, None, None, None]),
    ]
    for words, expected in answers:
        assert frame.select(text.parse_bool(*words))["text"].to_list() == expected, words
        given = ([one] if isinstance(one, str) else one for one in words)
        options: Any = dict(zip(("true_values", "false_values"), given, strict=False))
        data = b"text\n" + b"".join(f'"{word or ""}"\n'.encode() for word in frame["text"])
        read = pfc.read_fast_csv(data, schema={"text": pl.Boolean}, on_error="null", **options)
        assert read["text"].to_list() == expected, words
    with pytest.raises(pl.exceptions.ComputeError, match='row index 1: "YES" is not a Boolean'):
        frame.select(text.parse_bool("yes", "no", strict=True))
    refused: list[tuple[tuple[Any, ...], str]] = [
        ((["a"], ["a"]), "true_values and false_values must differ"),
        (([],), "true_values must hold at least one word"),
        ((None, ["false", "true"]), "must differ"),
        ((None, [""]), "must not hold the empty text"),
    ]
    for words, told in refused:
        with pytest.raises(ValueError, match=told):
            text.parse_bool(*words)
    for wrong in (1, [1], b"yes", {"yes"}):
        with pytest.raises(TypeError, match="true_values must be a text, a sequence of texts or None"):
            text.parse_bool(wrong)
