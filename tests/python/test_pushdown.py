"""
What Polars pushes into the scan: the answers are those of a frame in memory, and only what is needed is decoded.

The reader counts the cells that it decodes: a filter's own columns in every row, the others in the rows that it leaves.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import polars_fast_csv as pfc
import pytest
from generation import POLARS_2, SLICES_FROM_THE_END, polars2, raises_in_a_query
from polars.testing import assert_frame_equal
from polars_fast_csv._options import CsvOptions
from polars_fast_csv._resolved import ResolvedCsv
from polars_fast_csv._scan import lazy_frame
from polars_fast_csv._settings import settle

Query = Callable[[pl.LazyFrame], pl.LazyFrame]
c = pl.col

ROWS = 5_000
WORDS = [
    "",
    "a",
    "ab",
    "DELIVER IN PERSON",
    "it's",
    'say "so"',
    "naïve, really",
    "line\nbreak",
    "abcdefghijklmnop",
    None,
]


def table() -> pl.DataFrame:
    """All types that are decoded, with nulls, NaN, signed zeros and text of every kind."""
    n = range(ROWS)
    return pl.DataFrame(
        {
            "id": list(n),
            "small": [None if i % 11 == 0 else i % 256 - 128 for i in n],
            "unsigned": [2**64 - 1 - i if i % 2 else i for i in n],
            "price": [[float("nan"), -0.0, 0.0, None, float("inf"), i / 7][min(i % 17, 5)] for i in n],
            "single": [None if i % 13 == 0 else 0.1 * (i % 10) for i in n],
            "word": [WORDS[i % len(WORDS)] for i in n],
            "flag": [[True, False, None][i % 3] for i in n],
            "day": [None if i % 19 == 0 else dt.date(1969, 12, 1) + dt.timedelta(days=i % 90) for i in n],
            "milli": [dt.datetime(2020, 1, 1) + dt.timedelta(seconds=i, milliseconds=i % 7) for i in n],
            "utc": [dt.datetime(2020, 1, 1, tzinfo=dt.UTC) + dt.timedelta(hours=i) for i in n],
            "clock": [dt.time(i % 24, i % 60, 7) for i in n],
            "other": [None if i % 5 == 0 else i * 37 % ROWS for i in n],
        },
        schema={
            "id": pl.Int64,
            "small": pl.Int8,
            "unsigned": pl.UInt64,
            "price": pl.Float64,
            "single": pl.Float32,
            "word": pl.String,
            "flag": pl.Boolean,
            "day": pl.Date,
            "milli": pl.Datetime("ms"),
            "utc": pl.Datetime("us", "UTC"),
            "clock": pl.Time,
            "other": pl.Int64,
        },
    )


FRAME = table()
LUCKY = {7, 77, 777}
WIDTH = FRAME.width


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("pushdown") / "table.csv"
    FRAME.write_csv(file, null_value="NULL")
    return file


def resolved(path: Path, **options: Any) -> ResolvedCsv:
    # A null is a word of its own here, so that an empty text stays one.
    given = {"schema": FRAME.schema, "null_values": "NULL", "empty_string_is_null": False, **options}
    return ResolvedCsv.of(path, settle(CsvOptions, given))


@pytest.fixture
def scan(path: Path) -> pl.LazyFrame:
    return lazy_frame(resolved(path))


FILTERS: dict[str, pl.Expr] = {
    "int": c.id > 4_900,
    "int, mirrored": pl.lit(100) > c.id,
    "int equality": c.id == 17,
    "int inequality": c.id != 17,
    "small int": c.small >= 100,
    "small int out of range": c.small < 1000,
    "unsigned": c.unsigned > 2**63,
    "unsigned against a negative": c.unsigned > -1,
    "small int beyond its range": ~(c.small > 1000),
    "small int not beyond its range": ~(c.small < 1000),
    "small int far below": c.small != -(2**40),
    "unsigned above a negative, not": ~(c.unsigned > -1) | (c.id == 3),
    "int against a float": c.id < 17.5,
    "int up to a float": c.id <= 17.5,
    "int above a float": c.id > 4_990.5,
    "int from a float": c.id >= 4_990.5,
    "int from a negative float": c.small >= -0.5,
    "int equal to a float": c.id == 17.0,
    "int equal to no float": c.small == 17.5,
    "int equal to no float, not": ~(c.small == 17.5),
    "int unequal to a float": c.small != 17.5,
    "int unequal to a float, not": ~(c.small != 17.5),
    "int between floats": c.small.is_between(-3.5, 17.0, closed="left"),
    "float, mirrored, against an int": pl.lit(17.5) >= c.id,
    "unsigned against a large float": c.unsigned > 2.0**60,
    "int missing or equal to a float": c.small.eq_missing(5.0),
    "float": c.price > 100.0,
    "float against an int": c.price <= 100,
    "float zero": c.price == 0.0,
    "float above infinity": c.price > float("inf"),
    "float NaN": c.price == float("nan"),
    "float is NaN": c.price.is_nan(),
    "float is not NaN": c.price.is_not_nan(),
    "single": c.single > 0.3,
    "single equality": c.single == 0.1,
    "text": c.word == "a",
    "text with blanks": c.word == "DELIVER IN PERSON",
    "text with a quote": c.word == 'say "so"',
    "text with an apostrophe": c.word == "it's",
    "text with a newline": c.word == "line\nbreak",
    "empty text": c.word == "",
    "text order": c.word < "b",
    "long text": c.word == "abcdefghijklmnop",
    "prefix": c.word.str.starts_with("ab"),
    "no prefix": ~c.word.str.starts_with("ab"),
    "suffix": c.word.str.ends_with("p"),
    "boolean": c.flag,
    "not boolean": ~c.flag,
    "boolean equality": c.flag == False,  # noqa: E712
    "day": c.day >= dt.date(1970, 1, 15),
    "day between": c.day.is_between(dt.date(1969, 12, 30), dt.date(1970, 1, 2), closed="left"),
    "milliseconds": c.milli < dt.datetime(2020, 1, 1, 0, 0, 30),
    "milliseconds against microseconds": c.milli < dt.datetime(2020, 1, 1, 0, 0, 1, 1500),
    "with a zone": c.utc < dt.datetime(2020, 1, 2, tzinfo=dt.UTC),
    "clock": c.clock < dt.time(1, 30),
    "is_in": c.id.is_in([3, 5, 99_999, None]),
    "is_in of text": c.word.is_in(["a", "it's", "no"]),
    "is_in of days": c.day.is_in([dt.date(1970, 1, 1)]),
    "is_in of many": c.id.is_in(list(range(0, ROWS, 3))),
    "is_in of floats": c.price.is_in([0.0, float("nan")]),
    "is_in of nothing": c.id.is_in([]),
    "not is_in": ~c.small.is_in([1, 2, 3]),
    "not is_in with null": ~c.small.is_in([1, None]),
    "is_in, nulls equal": c.small.is_in([1, None], nulls_equal=True),
    "not is_in, nulls equal": ~c.small.is_in([1], nulls_equal=True),
    "not is_in with null, nulls equal": ~c.small.is_in([1, None], nulls_equal=True),
    "null": c.small.is_null(),
    "not null": c.word.is_not_null(),
    "between": c.id.is_between(10, 20),
    "between, open": c.id.is_between(10, 20, closed="none"),
    "and": (c.id > 100) & (c.word == "a") & c.flag,
    "or": (c.id < 100) | (c.word == "ab") | c.other.is_null(),
    "or of unknowns": (c.small > 0) | (c.other > 100),
    "not and": ~((c.small > 0) & (c.other > 100)),
    "not or": ~((c.small > 0) | (c.flag)),
    "xor": (c.small > 0) ^ c.flag,
    "missing equality": c.small.eq_missing(5),
    "missing inequality": c.small.ne_missing(5),
    "missing equality of columns": c.small.cast(pl.Int64).eq_missing(c.other),
    "null literal": c.small == pl.lit(None, dtype=pl.Int8),
    "columns": c.id < c.other,
    "columns equal": c.id == c.other,
    "columns of two types": c.small < c.price,
    "arithmetic": c.id % 1000 == 7,
    "regular expression": c.word.str.contains("re.l"),
    "lambda": c.id.map_elements(LUCKY.__contains__, return_dtype=pl.Boolean),
    "true": pl.lit(True),
    "false": pl.lit(False),
    "of a column that is not wanted": c.other > 4_000,
    "recognised and not": (c.id > 4_000) & c.word.str.ends_with("a"),
}


AROUND: dict[str, Callable[[pl.LazyFrame, pl.Expr], pl.LazyFrame]] = {
    "all columns": lambda f, p: f.filter(p),
    "two columns": lambda f, p: f.filter(p).select("word", "id"),
    "count": lambda f, p: f.filter(p).select(pl.len()),
    "slice": lambda f, p: f.slice(1_000, 3_000).filter(p).select("id"),
    "tail": lambda f, p: f.tail(900).filter(p).select("id", "day"),
    "row index": lambda f, p: f.with_row_index("row", 7).filter(p).select("row", "price"),
    "head": lambda f, p: f.filter(p).head(3),
    "row index filtered too": lambda f, p: f.with_row_index("row").filter(p, c.row > 2_000).select("row", "word"),
}


@pytest.mark.parametrize("around", AROUND.values(), ids=AROUND.keys())
@pytest.mark.parametrize("predicate", FILTERS.values(), ids=FILTERS.keys())
def test_a_filter_keeps_the_rows_that_it_keeps_in_memory(
    scan: pl.LazyFrame, engine: Any, predicate: pl.Expr, around: Callable[[pl.LazyFrame, pl.Expr], pl.LazyFrame]
) -> None:
    assert_frame_equal(
        around(scan, predicate).collect(engine=engine), around(FRAME.lazy(), predicate).collect(engine=engine)
    )


QUERIES: dict[str, Query] = {
    "all": lambda f: f,
    "other order": lambda f: f.select("word", "id"),
    "no column": lambda f: f.select([]),
    "count": lambda f: f.select(pl.len()),
    "count and sum": lambda f: f.select(pl.len(), c.id.sum()),
    "head": lambda f: f.head(10),
    "tail": lambda f: f.tail(10),
    "slice": lambda f: f.slice(70, 20),
    "slice of a slice": lambda f: f.slice(100, 1000).slice(10, 5),
    "slice from the end": lambda f: f.slice(-100, 10),
    "row index": lambda f: f.with_row_index("row"),
    "row index in the middle": lambda f: f.with_row_index("row").select("id", "row", "word"),
    "row index, then tail": lambda f: f.with_row_index("row", 5).tail(3),
    "tail, then row index": lambda f: f.tail(3).with_row_index("row"),
    "row index alone, filtered": lambda f: f.with_row_index("row").filter(c.row < 5).select("row"),
    "top k": lambda f: f.top_k(5, by="other"),
    "bottom k of two": lambda f: f.bottom_k(5, by=["other", "id"]),
    "sorted head": lambda f: f.sort("other", "id", descending=True, nulls_last=True).head(7),
    "filtered top k": lambda f: f.filter(c.id > 100).top_k(3, by="other"),
    "joined to itself": lambda f: f.filter(c.id < 500).join(f, left_on="id", right_on="other").sort("id"),
    "semi join": lambda f: f.join(f.filter(c.small == 3), on="other", how="semi").sort("id"),
    "union": lambda f: pl.concat([f.head(3), f.filter(c.id == 7), f.tail(2)]),
    "groups": lambda f: f.group_by("flag").agg(c.id.sum(), c.word.n_unique()).sort("flag", nulls_last=True),
    "filtered groups": lambda f: f.filter(c.day > dt.date(1970, 1, 1)).group_by("small").len().sort("small"),
    "windows": lambda f: f.with_columns(total=c.id.sum().over("flag")).filter(c.total > 0).tail(3),
    "filter after a new column": lambda f: f.with_columns(twice=c.id * 2).filter(c.twice > 9_990),
    "filter of a renamed column": lambda f: f.rename({"id": "key"}).filter(c.key > 4_990).select("key", "word"),
    "filters in a row": lambda f: f.filter(c.id > 10).filter(c.flag).filter(c.word.is_null()),
    "distinct": lambda f: f.select("word").unique().sort("word"),
    "shared": lambda f: f.select(c.id.sum()).join(f.select(c.id.max().alias("largest")), how="cross"),
}


if not SLICES_FROM_THE_END:
    del QUERIES["slice from the end"]


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES.keys())
@pytest.mark.parametrize("options", [{}, {"n_threads": 1}, {"batch_size": 77}], ids=str)
def test_a_query_answers_as_on_a_frame(path: Path, engine: Any, query: Query, options: dict[str, Any]) -> None:
    scan = lazy_frame(resolved(path, **options))
    assert_frame_equal(query(scan).collect(engine=engine), query(FRAME.lazy()).collect(engine=engine))


# Cells that a query decodes.
DECODED: dict[str, tuple[Query, int]] = {
    "all": (lambda f: f, WIDTH * ROWS),
    "two columns": (lambda f: f.select("word", "id"), 2 * ROWS),
    "no column": (lambda f: f.select([]), 0),
    "count": (lambda f: f.select(pl.len()), 0),
    "row index alone": (lambda f: f.with_row_index("row").select("row"), 0),
    "head": (lambda f: f.head(10), 10 * WIDTH),
    "tail": (lambda f: f.tail(10), 10 * WIDTH),
    "offset slice": (lambda f: f.slice(3_000, 20).select("id"), 20),
    # The filter's columns in every row, what is wanted in the rows that are left: the filter's once more.
    "filter": (lambda f: f.filter(c.id >= 4_990), ROWS + 10 * WIDTH),
    "filter that is not kept": (lambda f: f.filter(c.id >= 4_990).select("word"), ROWS + 2 * 10),
    "filter of two": (lambda f: f.filter(c.id >= 4_990, c.word == "a").select("price"), 2 * ROWS + 3),
    "filter that keeps none": (lambda f: f.filter(c.word == "no"), ROWS),
    "text with blanks": (lambda f: f.filter(c.word == "DELIVER IN PERSON").select("id"), ROWS + ROWS // 10 * 2),
    "slice, then filter": (lambda f: f.slice(1_000, 100).filter(c.id < 1_010).select("day"), 100 + 20),
    "row index and filter": (lambda f: f.with_row_index("row").filter(c.id < 10).select("row"), ROWS + 10),
    "int against a float": (lambda f: f.filter(c.id >= 4_989.5).select("word"), ROWS + 2 * 10),
    "int of no such value": (lambda f: f.filter(c.small == 0.5).select("word"), ROWS),
    "int beyond its range": (lambda f: f.filter(c.small > 1_000).select("word"), ROWS),
    "exclusive or": (lambda f: f.filter((c.id >= 4_990) ^ (c.id >= 4_980)).select("word"), ROWS + 2 * 10),
    # The column of a filter that is not recognised is read in every row.
    "filter of the engine": (lambda f: f.filter(c.word.str.ends_with("a")).select("id"), 2 * ROWS),
    "filters of both": (
        lambda f: f.filter((c.id < 100) & c.word.str.ends_with("a")).select("day"),
        2 * ROWS + 3 * 100,
    ),
    "top k": (lambda f: f.select("id", "other").top_k(5, by="other"), 2 * ROWS),
}


# What Polars does not push into a Python source, or writes in another way that is left to it.
PUSHED_BY_POLARS_2 = {"count", "tail", "offset slice", "slice, then filter", "row index alone", "row index and filter"}
PUSHED_BY_POLARS_2 |= {"int against a float", "int of no such value", "int beyond its range"}


@pytest.mark.parametrize(
    ("query", "cells"),
    [
        pytest.param(*case, id=name, marks=polars2 if name in PUSHED_BY_POLARS_2 else ())
        for name, case in DECODED.items()
    ],
)
@pytest.mark.parametrize("options", [{}, {"n_threads": 1}], ids=str)
def test_only_what_is_needed_is_decoded(
    path: Path, engine: Any, query: Query, cells: int, options: dict[str, Any]
) -> None:
    csv = resolved(path, **options)
    query(lazy_frame(csv)).collect(engine=engine)
    assert csv.native.cells_decoded == cells


@polars2
def test_integers_of_128_bits_are_left_to_the_engine(engine: Any) -> None:
    frame = pl.DataFrame({"a": [-1, 0, None, 2**100]}, schema={"a": pl.Int128})
    scan = pfc.scan_fast_csv(b"a\n-1\n0\n\n1267650600228229401496703205376\n", schema=frame.schema)
    for predicate in (c.a > -0.5, c.a == 0.5, c.a != 0.5, c.a > 5, ~(c.a < 2.0**60), c.a.is_between(-0.5, 9.5)):
        assert_frame_equal(scan.filter(predicate).collect(engine=engine), frame.filter(predicate))


def test_a_frame_that_is_read_at_once_decodes_what_it_holds(path: Path) -> None:
    csv = resolved(path)
    frame = pl.DataFrame(csv.native.collect([0, 5]))
    assert csv.native.cells_decoded == frame.height * frame.width


def test_one_frame_answers_many_times(scan: pl.LazyFrame, engine: Any) -> None:
    query = scan.filter(c.id > 4_000).select(c.id.sum())
    expected = FRAME.filter(c.id > 4_000)["id"].sum()
    assert [query.collect(engine=engine).item() for _ in range(5)] == [expected] * 5


def test_collect_all_and_async(scan: pl.LazyFrame, engine: Any) -> None:
    queries = [scan.filter(c.id == row).select("id", "word") for row in (3, 4_999)] + [scan.select(pl.len())]
    first, last, count = pl.collect_all(queries, engine=engine)
    assert (first["id"].item(), last["id"].item(), count.item()) == (3, 4_999, ROWS)

    if not POLARS_2 and engine == "streaming":
        # Polars 1.32 itself waits for ever where several queries on Python sources run so.
        return

    async def together() -> list[pl.DataFrame]:
        return await asyncio.gather(*(query.collect_async(engine=engine) for query in queries))

    assert [frame.row(0) for frame in asyncio.run(together())] == [first.row(0), last.row(0), count.row(0)]


@pytest.mark.parametrize("form", ["parquet", "ipc", "csv", "ndjson"])
def test_sinks_write_what_was_filtered(scan: pl.LazyFrame, engine: Any, form: str, tmp_path: Path) -> None:
    target = tmp_path / f"out.{form}"
    query = scan.filter(c.id.is_between(100, 4_000), c.word.is_not_null()).select("id", "word")
    getattr(query, f"sink_{form}")(target, engine=engine)
    expected = query.collect()
    assert expected.height > 3_000
    if form == "csv":
        written = pfc.scan_fast_csv(target, empty_string_is_null=False)
    else:
        written = getattr(pl, f"scan_{form}")(target)
    assert_frame_equal(written.collect(), expected)


@polars2
def test_batches_may_be_left_half_way(scan: pl.LazyFrame, engine: Any) -> None:
    for _ in range(3):
        batches = scan.filter(c.id >= 0).collect_batches(engine=engine, chunk_size=100, maintain_order=True)
        assert next(iter(batches))["id"][0] == 0


def test_sql_reads_the_scan(scan: pl.LazyFrame, engine: Any) -> None:
    text = """
        select word, count(*) as n, sum(id) as total from csv
        where id between 100 and 4000 and (word = 'a' or word like 'ab%' or word is null)
        group by word order by word
    """
    answers = [pl.SQLContext(csv=frame).execute(text).collect(engine=engine) for frame in (scan, FRAME.lazy())]
    assert answers[0].height == 4
    assert_frame_equal(*answers)


def test_a_broken_cell_is_told_where_guarantee_three_says(engine: Any) -> None:
    data = b"id,price,word\n" + b"".join(b"%d,%d.5,w%d\n" % (i, i, i) for i in range(2_000)) + b"2000,oops,x\n"
    scan = pfc.scan_fast_csv(data, schema={"id": pl.Int64, "price": pl.Float64, "word": pl.String})
    # Not asked for; not in a row that is left; behind the slice.
    assert scan.select("id").collect(engine=engine).height == 2_001
    assert scan.filter(c.id < 2_000).collect(engine=engine).height == 2_000
    assert scan.head(2_000).collect(engine=engine).height == 2_000
    for query in (
        scan.filter(c.id == 2_000),
        scan.filter(c.price < 0.0).select("id"),
        # The other filter comes first in the reader, and this one's column is read all the same.
        scan.filter(c.id < 10, c.price % 2 == 1.5).select("id"),
        scan.tail(1),
    ):
        with raises_in_a_query(pfc.CsvError, r'line 2002, record 2001, column 2 \("price"\).*"oops"') as caught:
            query.collect(engine=engine)
        if not POLARS_2:
            continue
        assert isinstance(caught.value, pfc.CsvError)
        assert (caught.value.line, caught.value.column_name, caught.value.value) == (2_002, "price", "oops")


def test_explain_shows_what_is_pushed(scan: pl.LazyFrame, path: Path) -> None:
    plan = scan.filter(c.id > 3).select("id", "word").head(5).explain()
    # Polars says what it asks of a Python source, and gives that no word of its own.
    assert (str(path) if POLARS_2 else "PYTHON SCAN") in plan
    assert "PROJECT 2/12" in plan
    assert "SELECTION" in plan
    assert "FILTER" not in plan
