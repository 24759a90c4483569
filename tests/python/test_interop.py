"""What is read goes where people take it: pandas, DuckDB, pyarrow, sinks, the streaming engine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import polars_fast_csv as pfc
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from generation import polars2
from polars.testing import assert_frame_equal

ROWS = 20_000


@pytest.fixture(scope="module")
def sales() -> tuple[bytes, pl.DataFrame]:
    """Text that is short, long, quoted and absent; numbers, dates and moments."""
    frame = pl.DataFrame(
        {
            "id": range(ROWS),
            "shop": [
                ("north", "south", 'the "old" one', "a shop with a long name, and a comma")[i % 4] for i in range(ROWS)
            ],
            "price": [i / 7 for i in range(ROWS)],
            "note": [None if i % 3 else f"line {i}\nnext" for i in range(ROWS)],
            "open": [i % 2 == 0 for i in range(ROWS)],
        }
    ).with_columns(
        day=pl.date(2024, 1, 1) + pl.duration(days=pl.col("id") % 300),
        at=pl.datetime(2024, 1, 1) + pl.duration(microseconds=pl.col("id") * 1_234_567),
    )
    return frame.write_csv().encode(), frame


@pytest.fixture(scope="module")
def sales_file(sales: tuple[bytes, pl.DataFrame], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sales") / "sales.csv"
    path.write_bytes(sales[0])
    return path


def test_polars_writes_what_is_read(sales: tuple[bytes, pl.DataFrame]) -> None:
    source, wanted = sales
    assert_frame_equal(pfc.read_fast_csv(source, try_parse_dates=True), wanted)


def test_pandas(sales: tuple[bytes, pl.DataFrame]) -> None:
    source, wanted = sales
    table = pfc.read_arrow(source, schema=wanted.schema).to_pandas()
    assert isinstance(table, pd.DataFrame)
    assert_frame_equal(pl.from_pandas(table).cast(wanted.schema), wanted)
    assert table.groupby("shop")["price"].sum().round(6).to_dict() == {
        shop: round(total, 6) for shop, total in wanted.group_by("shop").agg(pl.col("price").sum()).rows()
    }


def test_duckdb_over_a_table(sales: tuple[bytes, pl.DataFrame]) -> None:
    source, wanted = sales
    with duckdb.connect() as connection:
        connection.register("sold", pfc.read_arrow(source, schema=wanted.schema))
        got = connection.sql('select shop, count(*) as n, max("at") as last from sold group by shop order by shop').pl()
    by_shop = wanted.group_by("shop").agg(n=pl.len().cast(pl.Int64), last=pl.col("at").max()).sort("shop")
    assert_frame_equal(got, by_shop)


def test_duckdb_over_the_stream(sales: tuple[bytes, pl.DataFrame], sales_file: Path) -> None:
    wanted = sales[1]
    reader = pfc.open_csv(sales_file, schema=wanted.schema, batch_size=500)
    got = duckdb.sql("select count(*), sum(id), count(note), min(day), max(length(shop)) from reader").fetchall()
    assert reader is not None
    assert got == [(
        ROWS, wanted["id"].sum(), wanted["note"].count(), wanted["day"].min(), wanted["shop"].str.len_chars().max()
    )]  # fmt: skip


def test_pyarrow_kernels_take_the_table(sales: tuple[bytes, pl.DataFrame]) -> None:
    source, wanted = sales
    table = pfc.read_arrow(source, schema=wanted.schema)
    assert table.schema.field("shop").type == pa.large_string()
    table.validate(full=True)
    kept = table.filter(pc.equal(table["shop"], "north")).sort_by([("price", "descending")])
    assert kept.num_rows == ROWS // 4
    assert kept["id"][0].as_py() == wanted.filter(shop="north")["id"].max()
    assert table.take(pa.array([5, 3]))["id"].to_pylist() == [5, 3]


def test_frames_and_tables_are_made_of_a_reader(sales: tuple[bytes, pl.DataFrame]) -> None:
    source, wanted = sales
    assert_frame_equal(pl.DataFrame(pfc.open_csv(source, schema=wanted.schema)), wanted)
    table = pa.table(pfc.open_csv(source, schema=wanted.schema, batch_size=999))
    table.validate(full=True)
    assert_frame_equal(pl.DataFrame(table), wanted)


def test_a_reader_gives_batches_and_closes(sales: tuple[bytes, pl.DataFrame], sales_file: Path) -> None:
    wanted = sales[1]
    with pfc.open_csv(sales_file, schema=wanted.schema, batch_size=1000) as reader:
        assert reader.schema == wanted.schema
        batches = list(reader)
    assert max(batch.height for batch in batches) <= 1000
    assert_frame_equal(pl.concat(batches), wanted)
    with pfc.open_csv(sales_file, schema=wanted.schema, batch_size=1000) as reader:
        assert next(reader).height == 1000
    assert list(reader) == []


def test_sinks(sales: tuple[bytes, pl.DataFrame], sales_file: Path, tmp_path: Path) -> None:
    wanted = sales[1]
    scan = pfc.scan_fast_csv(sales_file, schema=wanted.schema, batch_size=3000)
    scan.sink_parquet(tmp_path / "x.parquet")
    assert_frame_equal(pl.read_parquet(tmp_path / "x.parquet"), wanted)
    assert pq.read_table(tmp_path / "x.parquet").num_rows == ROWS
    scan.sink_csv(tmp_path / "x.csv")
    assert (tmp_path / "x.csv").read_bytes() == sales[0]
    scan.sink_ipc(tmp_path / "x.arrow")
    assert_frame_equal(pl.read_ipc(tmp_path / "x.arrow"), wanted)


@polars2
def test_batches_of_a_query(sales: tuple[bytes, pl.DataFrame], sales_file: Path, engine: Any) -> None:
    wanted = sales[1]
    scan = pfc.scan_fast_csv(sales_file, schema=wanted.schema).filter(pl.col("open")).select("id", "shop")
    assert_frame_equal(
        pl.concat(scan.collect_batches(maintain_order=True, engine=engine)),
        wanted.filter(pl.col("open")).select("id", "shop"),
    )


def test_queries_of_the_streaming_engine(sales: tuple[bytes, pl.DataFrame], sales_file: Path, engine: Any) -> None:
    wanted = sales[1]

    def months(frame: pl.LazyFrame) -> pl.DataFrame:
        return (
            frame.filter(pl.col("price") > 100, pl.col("note").is_not_null())
            .group_by(pl.col("day").dt.month().alias("month"), "shop")
            .agg(pl.len(), pl.col("id").sum(), pl.col("at").max())
            .sort("month", "shop")
            .collect(engine=engine)
        )

    scan = pfc.scan_fast_csv(sales_file, schema=wanted.schema)
    assert_frame_equal(months(scan), months(wanted.lazy()))
    joined = scan.join(scan.select("id", again="price"), on="id").select(
        (pl.col("price") - pl.col("again")).abs().max()
    )
    assert joined.collect(engine=engine).item() == 0.0
    assert_frame_equal(scan.top_k(5, by="price").collect(engine=engine).sort("id"), wanted.tail(5))
    both = pl.concat([scan, scan]).select(pl.len()).collect(engine=engine)
    assert both.item() == 2 * ROWS


def test_text_outlives_its_reader_and_its_file(sales: tuple[bytes, pl.DataFrame], tmp_path: Path) -> None:
    source, wanted = sales
    path = tmp_path / "gone.csv"
    path.write_bytes(source)
    frame = pfc.read_fast_csv(path, schema=wanted.schema, memory_map=False)
    part = pfc.open_csv(bytearray(source), schema=wanted.schema).__next__()["shop"]
    path.unlink()
    assert_frame_equal(frame, wanted)
    assert part.to_list() == wanted["shop"].head(len(part)).to_list()


def test_counting(sales: tuple[bytes, pl.DataFrame], sales_file: Path) -> None:
    assert pfc.count_rows(sales_file) == ROWS
    assert pfc.count_rows([sales_file, sales[0]], n_threads=3) == 2 * ROWS
    assert pfc.count_rows(sales_file, has_header=False) == ROWS + 1
    report = pfc.parse_csv_simd(sales_file, batch_size=512)
    assert set(report) == {
        "rows_processed", "columns", "bytes_processed", "processing_time_ms", "rows_per_second", "mb_per_second",
        "backend", "threads",
    }  # fmt: skip
    assert (report["rows_processed"], report["columns"]) == (ROWS, 7)
    assert report["bytes_processed"] == len(sales[0])
    assert report["rows_per_second"] == pytest.approx(ROWS / report["processing_time_ms"] * 1e3)


TRUNCATED = """
import os, sys
import polars_fast_csv as pfc
path, memory_map = sys.argv[1], {"auto": "auto", "read": False}[sys.argv[2]]
reader = pfc.open_csv(path, memory_map=memory_map, n_threads=1, batch_size=1000, schema={"a": int, "b": str})
next(reader)
os.truncate(path, 4_000_000)
try:
    rows = sum(frame.height for frame in reader)
except (OSError, ValueError) as error:
    print("refused", type(error).__name__, error)
else:
    print("read", rows)
"""


@pytest.mark.parametrize("way", ["auto", "read"])
def test_a_file_cut_short_while_it_is_read_is_an_error(tmp_path: Path, way: str) -> None:
    path = tmp_path / "cut.csv"
    path.write_bytes(b"a,b\n" + b"1,some text that is long enough to point at the file\n" * 2_000_000)
    ran = subprocess.run(
        [sys.executable, "-c", TRUNCATED, str(path), way], capture_output=True, text=True, timeout=120, env=os.environ
    )
    assert ran.returncode == 0, (ran.returncode, ran.stderr[-2000:])
    assert ran.stdout.startswith("refused"), ran.stdout
