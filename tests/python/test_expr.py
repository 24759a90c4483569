"""The expression namespace: every way in which Polars runs it, and what it says of each text."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import polars as pl
import polars_fast_csv as pfc
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

c = pl.col

TEXTS = {
    "0": True,
    "-1": True,
    "+7": True,
    "127": True,
    " 12": True,
    "007": True,
    "": False,
    " ": False,
    "-": False,
    "1 ": False,
    "1.0": False,
    "1e3": False,
    "--1": False,
    "1_000": False,
    "0x10": False,
    "nan": False,
    "\u0661": False,
    "1\0": False,
}


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    words = [*TEXTS, None]
    return pl.DataFrame({"text": words * 50, "key": [row % 3 for row in range(len(words) * 50)]})


def is_int(expression: pl.Expr, bits: int = 64) -> pl.Expr:
    return expression.fast_csv.is_int(bits)  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize(("text", "expected"), TEXTS.items())
def test_what_is_an_integer(text: str, expected: bool) -> None:
    column = pl.DataFrame({"text": [text, None]})
    assert column.select(is_int(c.text))["text"].to_list() == [expected, None]
    # It is one where the reader reads one.
    if text and "\0" not in text:
        read = pfc.read_fast_csv(f'a\n"{text}"\n'.encode(), schema={"a": pl.Int64}, ignore_errors=True)
        assert (read["a"].null_count() == 0) == expected


@pytest.mark.parametrize("bits", [8, 16, 32, 64])
def test_the_range_is_that_of_the_type(bits: int) -> None:
    largest = 2 ** (bits - 1)
    texts = pl.DataFrame({"text": [str(largest - 1), str(largest), str(-largest), str(-largest - 1), "9" * 40]})
    assert texts.select(is_int(c.text, bits))["text"].to_list() == [True, False, True, False, False]


@given(st.lists(st.one_of(st.none(), st.text(max_size=6), st.integers().map(str))))
def test_it_says_what_a_strict_conversion_says(texts: list[str | None]) -> None:
    column = pl.DataFrame({"text": texts}, schema={"text": pl.String})

    def expected(text: str | None) -> bool | None:
        if text is None:
            return None
        digits = text.lstrip(" \t")
        digits = digits[1:] if digits[:1] in ("+", "-") else digits
        return digits.isascii() and digits.isdigit() and -(2**63) <= int(text) < 2**63

    assert column.select(is_int(c.text))["text"].to_list() == [expected(text) for text in texts]


def test_eager_lazy_and_streaming(frame: pl.DataFrame, engine: Any) -> None:
    expected = frame.with_columns(
        number=pl.when(c.text.is_not_null()).then(c.text.is_in([text for text, yes in TEXTS.items() if yes]))
    )
    assert_frame_equal(frame.with_columns(number=is_int(c.text)), expected)
    lazy = frame.lazy().with_columns(number=is_int(c.text))
    assert lazy.collect_schema()["number"] == pl.Boolean
    assert_frame_equal(lazy.collect(engine=engine), expected)
    assert_frame_equal(lazy.filter(c.number).collect(engine=engine), expected.filter(c.number))
    grouped = frame.lazy().group_by("key").agg(is_int(c.text).sum().alias("n")).sort("key").collect(engine=engine)
    assert_frame_equal(grouped, expected.group_by("key").agg(n=c.number.sum()).sort("key"))
    over = frame.lazy().select(is_int(c.text).sum().over("key")).collect(engine=engine)
    assert over["text"].to_list() == expected.select(c.number.sum().over("key"))["number"].to_list()


def test_slices_chunks_scalars_and_empty_columns(frame: pl.DataFrame) -> None:
    whole = frame.select(is_int(c.text))["text"]
    assert frame[5:90].select(is_int(c.text))["text"].equals(whole[5:90])
    assert frame[::7].select(is_int(c.text))["text"].equals(whole.gather_every(7))
    pieces = pl.concat([frame[:10], frame[10:11], frame[11:]], rechunk=False)
    answered = pieces.select(is_int(c.text))["text"]
    assert answered.n_chunks() == 3
    assert answered.equals(whole)
    assert frame.head(0).select(is_int(c.text)).schema == {"text": pl.Boolean}
    assert pl.select(is_int(pl.lit("12"))).item() is True
    assert frame.with_columns(always=is_int(pl.lit("x")))["always"].to_list() == [False] * frame.height
    assert pl.DataFrame({"text": [None, None]}).select(is_int(c.text))["text"].to_list() == [None, None]


def test_categories_and_enums_are_tested_by_their_words(frame: pl.DataFrame) -> None:
    whole = frame.select(is_int(c.text))
    assert_frame_equal(frame.select(is_int(c.text.cast(pl.Categorical))), whole)
    assert_frame_equal(frame.select(is_int(c.text.cast(pl.Enum(list(TEXTS))))), whole)


def test_filters_over_parquet_and_csv_scans(frame: pl.DataFrame, tmp_path: Path, engine: Any) -> None:
    frame.write_parquet(tmp_path / "table.parquet", row_group_size=100)
    expected = frame.filter(is_int(c.text))
    assert expected.height == 300
    scan = pl.scan_parquet(tmp_path / "table.parquet").filter(is_int(c.text))
    assert "FILTER" not in scan.explain()
    assert_frame_equal(scan.collect(engine=engine), expected)
    printable = frame.filter(~c.text.str.contains("\0"))
    printable.write_csv(tmp_path / "table.csv", quote_style="non_numeric")
    csv = pfc.scan_fast_csv(tmp_path / "table.csv", schema=frame.schema).filter(is_int(c.text))
    assert_frame_equal(csv.collect(engine=engine), expected)


def test_a_query_with_it_can_be_sent_elsewhere(frame: pl.DataFrame) -> None:
    query = frame.lazy().filter(is_int(c.text, 8))
    assert_frame_equal(pickle.loads(pickle.dumps(query)).collect(), query.collect())


@pytest.mark.parametrize("column", [pl.Series([1]), pl.Series([1.5]), pl.Series([[1]]), pl.Series([b"1"])], ids=str)
def test_a_column_without_text_is_refused(column: pl.Series, engine: Any) -> None:
    query = pl.LazyFrame({"a": column}).select(is_int(c.a))
    with pytest.raises(pl.exceptions.PolarsError, match=r"fast_csv\.is_int looks at text"):
        query.collect(engine=engine)


@pytest.mark.parametrize("bits", [0, 7, 128, True, "8", None])
def test_an_unknown_width_is_refused_when_it_is_named(bits: Any) -> None:
    with pytest.raises(ValueError, match="bits must be"):
        is_int(c.a, bits)
