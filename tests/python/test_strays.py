"""A quote inside an unquoted field, or text after a closing one, costs no row and no byte."""

from __future__ import annotations

import random
from typing import Any

import polars as pl
import polars_fast_csv as pfc
import pytest
from polars.testing import assert_frame_equal
from ways import BACKENDS, native_read, opened

ROWS = 5000


def monitors() -> tuple[bytes, pl.DataFrame]:
    """5,000 rows, two of which name a size in inches."""
    names = ['12" monitor' if row in (1000, 3000) else f"item {row % 10}" for row in range(ROWS)]
    lines = (f"{row},{name},{row / 4}\n" for row, name in enumerate(names))
    wanted = pl.DataFrame({"a": range(ROWS), "b": names, "c": [row / 4 for row in range(ROWS)]})
    return ("a,b,c\n" + "".join(lines)).encode(), wanted


@pytest.fixture(params=[1, 2, 4])
def n_threads(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.mark.parametrize("batch_size", [None, 1, 100, 1001])
def test_two_strays_in_five_thousand_rows(engine: Any, n_threads: int, batch_size: int | None) -> None:
    source, wanted = monitors()
    scan = pfc.scan_fast_csv(source, n_threads=n_threads, batch_size=batch_size)
    assert scan.select(pl.len()).collect(engine=engine).item() == ROWS
    assert_frame_equal(scan.select("a").collect(engine=engine), wanted.select("a"))
    assert scan.select(pl.col("a").sum()).collect(engine=engine).item() == ROWS * (ROWS - 1) // 2
    assert_frame_equal(scan.tail(3).collect(engine=engine), wanted.tail(3))
    assert_frame_equal(scan.slice(2990, 20).collect(engine=engine), wanted.slice(2990, 20))
    assert scan.filter(pl.col("b").str.contains("monitor")).select("a").collect(engine=engine)["a"].to_list() == [
        1000,
        3000,
    ]
    assert_frame_equal(scan.collect(engine=engine), wanted)
    assert pfc.count_rows(source, n_threads=n_threads) == ROWS


def stray_cell(pick: random.Random, separator: str, quote: str, eol: str) -> tuple[str, str]:
    """How a cell is written, and what it says."""
    size = str(pick.randrange(100))
    return pick.choice(
        [
            (f"{size}{quote} monitor", f"{size}{quote} monitor"),
            (f"a{quote}", f"a{quote}"),
            (f" {quote}b{quote}", f" {quote}b{quote}"),
            (f"x{quote}{quote}y", f"x{quote}{quote}y"),
            (f"{quote}ab{quote}c", "abc"),
            (f"{quote}ab{quote} {quote}c{quote}", f"ab {quote}c{quote}"),
            (f"{quote}{eol}{quote}z", f"{eol}z"),
            (f"{quote}{quote}q", "q"),
            (f"{quote}{quote}{quote}{separator}{quote}{quote}{size}{quote}", f"{quote}{separator}{quote}{size}"),
        ]
    )


def plain_cell(pick: random.Random, separator: str, quote: str, eol: str) -> tuple[str, str]:
    """A cell that every reader understands."""
    word = "w" * pick.randrange(1, 40)
    return pick.choice(
        [
            (word, word),
            (f"{quote}{word}{eol}{word}{separator}{eol}{quote}", f"{word}{eol}{word}{separator}{eol}"),
            (f"{quote}{word} {quote}{quote}{eol}{quote}{quote}{quote}", f"{word} {quote}{eol}{quote}"),
        ]
    )


def littered(seed: int, rows: int, separator: str, quote: str, eol: str) -> tuple[bytes, pl.DataFrame]:
    """A text with hundreds of strays among quoted newlines, and the frame that it says."""
    pick = random.Random(seed)
    lines, says = ["id", "x", "y", "z"], []
    text = separator.join(lines) + eol
    for row in range(rows):
        cells = [(stray_cell if pick.random() < 0.1 else plain_cell)(pick, separator, quote, eol) for _ in range(3)]
        text += separator.join([str(row), *(written for written, _ in cells)]) + eol
        says.append((row, *(said for _, said in cells)))
    frame = pl.DataFrame(says, schema={"id": pl.Int64, **dict.fromkeys("xyz", pl.String)}, orient="row")
    return text.encode(), frame


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("separator", "quote", "eol"), [(",", '"', "\n"), (",", '"', "\r\n"), ("\t", "'", "\n"), (";", '"', "\r\n")]
)
def test_hundreds_of_strays_among_quoted_newlines(
    backend: str, n_threads: int, separator: str, quote: str, eol: str
) -> None:
    source, wanted = littered(len(eol) + ord(separator), 700, separator, quote, eol)
    dialect = {"separator": separator, "quote_char": quote, "schema": wanted.schema, "n_threads": n_threads}
    for chunk_bytes in (None, 40, 64, 1000, 4096, 1 << 16):
        got = native_read(source, backend=backend, chunk_bytes=chunk_bytes, **dialect)
        assert_frame_equal(got, wanted)
    for batch_size in (1, 64, 1000):
        got = native_read(source, backend=backend, chunk_bytes=500, batch_size=batch_size, **dialect)
        assert_frame_equal(got, wanted)


@pytest.mark.parametrize("seed", range(6))
def test_queries_over_strays(seed: int, engine: Any, n_threads: int) -> None:
    source, wanted = littered(seed, 3000, ",", '"', "\n")
    scan = pfc.scan_fast_csv(source, n_threads=n_threads, batch_size=(None, 50)[seed % 2])
    assert scan.select(pl.len()).collect(engine=engine).item() == 3000
    assert_frame_equal(scan.select("z", "id").collect(engine=engine), wanted.select("z", "id"))
    assert_frame_equal(scan.tail(100).collect(engine=engine), wanted.tail(100))
    assert scan.select(pl.col("id").sum()).collect(engine=engine).item() == 3000 * 2999 // 2
    monitors = pl.col("x").str.ends_with("monitor")
    assert_frame_equal(scan.filter(monitors).collect(engine=engine), wanted.filter(monitors))
    assert_frame_equal(opened(source, n_threads=n_threads, batch_size=77), wanted)


@pytest.mark.parametrize(
    ("text", "line", "column", "byte"),
    [
        (b'a,b\n1,2\n12" x,3\n', 3, 1, 8),
        (b'a,b\n1,"2\n2"\n3,"ab"c\n', 4, 2, 14),
        (b'a,b\n1, "2"\n', 2, 2, 6),
    ],
)
def test_strict_quotes_refuse_the_first(text: bytes, line: int, column: int, byte: int, n_threads: int) -> None:
    for backend in BACKENDS:
        with pytest.raises(pfc.CsvError) as caught:
            native_read(text, backend=backend, strict_quotes=True, infer_schema=False, n_threads=n_threads)
        error = caught.value
        assert (error.code, error.line, error.column, error.byte) == ("stray_quote", line, column, byte)


@pytest.mark.parametrize("chunk_bytes", [None, 16, 1000])
def test_of_many_strays_the_first_is_named(chunk_bytes: int | None, n_threads: int) -> None:
    source, _ = littered(3, 2000, ",", '"', "\n")
    with pytest.raises(pfc.CsvError) as first:
        native_read(source, n_threads=1, strict_quotes=True, infer_schema=False)
    with pytest.raises(pfc.CsvError) as caught:
        native_read(source, n_threads=n_threads, chunk_bytes=chunk_bytes, strict_quotes=True, infer_schema=False)
    assert vars(caught.value) == vars(first.value)
    assert first.value.code == "stray_quote"


@pytest.mark.parametrize("chunk_bytes", [None, 16, 1000])
def test_a_quote_that_never_closes_is_an_error_at_its_place(chunk_bytes: int | None, n_threads: int) -> None:
    body = b"a,b\n" + b"1,x\n" * 5000
    source = body + b'2,"' + b"3,y\n" * 5000
    for backend in BACKENDS:
        with pytest.raises(pfc.CsvError) as caught:
            native_read(source, backend=backend, n_threads=n_threads, chunk_bytes=chunk_bytes, infer_schema=False)
        error = caught.value
        assert (error.code, error.record, error.line, error.column) == ("unclosed_quote", 5001, 5002, 2)
        assert error.byte == len(body) + 2
    with pytest.raises(pfc.CsvError, match="line 5002"):
        pfc.count_rows(source, n_threads=n_threads)
