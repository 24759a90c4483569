"""Columns cross to Polars, pyarrow, DuckDB, pandas and NumPy without a copy where the other side can share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import polars_fast_csv as pfc
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from polars.testing import assert_frame_equal

ROWS = 10_000

WORDS = ["short", "a text that no view holds itself", "", "naïve", "another text that is long"]

FRAME = pl.DataFrame({"id": pl.Series(range(ROWS), dtype=pl.Int64)}).with_columns(
    small=(pl.col("id") % 100).cast(pl.Int8),
    price=pl.when(pl.col("id") % 7 > 0).then(pl.col("id") / 3),
    flag=pl.col("id") % 3 == 0,
    day=pl.date(2024, 1, 1) + pl.duration(days=pl.col("id") % 500),
    at=(pl.datetime(2024, 1, 1) + pl.duration(seconds=pl.col("id"))).cast(pl.Datetime("ms")),
    clock=pl.time(pl.col("id") % 24, pl.col("id") % 60),
    word=pl.Series([WORDS[i % 5] + f" {i % 9}" if i % 4 else None for i in range(ROWS)]),
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("interchange") / "table.csv"
    FRAME.write_csv(file)
    return file


def reader(path: Path, **options: Any) -> pfc.CsvReader:
    return pfc.open_csv(path, schema=FRAME.schema, **options)


TEXT_TYPES = [
    pa.string_view(),
    pa.large_string(),
    pa.string(),
    pa.dictionary(pa.int32(), pa.string()),
    pa.dictionary(pa.uint8(), pa.large_string()),
]


@pytest.mark.parametrize("text", TEXT_TYPES, ids=str)
def test_a_consumer_gets_the_text_type_that_it_asks_for(path: Path, text: pa.DataType) -> None:
    plain = pa.RecordBatchReader.from_stream(reader(path)).schema
    wanted = plain.set(plain.get_field_index("word"), pa.field("word", text))
    stream = pa.RecordBatchReader.from_stream(reader(path, batch_size=3_000), schema=wanted)
    table = stream.read_all()
    table.validate(full=True)
    assert table.schema.field("word").type == text
    assert table["word"].to_pylist() == FRAME["word"].to_list()


def test_a_request_that_names_other_columns_changes_nothing(path: Path) -> None:
    # The PyCapsule protocol leaves it to the consumer to look at what it gets.
    stream = pa.RecordBatchReader._import_from_c_capsule(reader(path).__arrow_c_stream__(pa.schema([("x", pa.int8())])))
    assert stream.schema.names == FRAME.columns
    assert stream.read_all().num_rows == ROWS


def test_a_dictionary_that_is_too_small_is_an_error_of_the_stream(tmp_path: Path) -> None:
    data = b"word\n" + b"".join(b"w%d\n" % row for row in range(1_000))
    wanted = pa.schema([("word", pa.dictionary(pa.int8(), pa.string()))])
    stream = pa.RecordBatchReader.from_stream(pfc.open_csv(data), schema=wanted)
    with pytest.raises(pa.ArrowException):
        stream.read_all()


def addresses(batch: pa.RecordBatch) -> dict[str, list[int | None]]:
    def data(column: pa.Array) -> list[int | None]:
        # Bits and validity may be written anew where the other side keeps them in another form.
        buffers = column.buffers()[1:]
        return [None if buffer is None else buffer.address for buffer in buffers]

    return {name: data(column) for name, column in zip(batch.schema.names, batch.columns, strict=True)}


@pytest.mark.parametrize("slow", [False, True], ids=["whole batches", "cut batches"])
def test_polars_and_pyarrow_look_at_the_same_memory(path: Path, slow: bool) -> None:
    with reader(path, n_threads=1, batch_size=1_000 if slow else None) as csv:
        batch = csv._reading.next_batch(10_000)
        assert batch is not None
        shared = addresses(pa.record_batch(batch))
        frame = pl.DataFrame(batch)
        there = addresses(frame.to_arrow(compat_level=pl.CompatLevel.newest()).to_batches()[0])
    # Polars keeps times and dates as these integers, text as these views.
    assert shared == there
    assert frame.height == batch.height


def test_a_frame_holds_the_batches_of_its_read(path: Path) -> None:
    table = pfc.read_arrow(path, schema=FRAME.schema)
    again = pl.from_arrow(table.select(["id", "price", "day"]), rechunk=False)
    assert isinstance(again, pl.DataFrame)
    for name in ("id", "price", "day"):
        chunk, there = table[name].chunk(0), again[name].get_chunks()[0].to_arrow()
        assert chunk.buffers()[1].address == there.buffers()[1].address


@pytest.mark.parametrize("batch_size", [None, 1_000, 7])
def test_no_batch_writes_more_than_its_own_bytes(path: Path, batch_size: int | None) -> None:
    text = dict(zip(range(ROWS), FRAME["word"], strict=True))
    first = 0
    for frame in reader(path, batch_size=batch_size):
        batch = (
            frame.select("id", "word").to_arrow(compat_level=pl.CompatLevel.newest()).combine_chunks().to_batches()[0]
        )
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema) as writer:
            empty = sink.tell()
            writer.write_batch(batch)
            written = sink.tell() - empty
        own = sum(len(text[row] or "") for row in range(first, first + frame.height))
        # 8 bytes a number, 16 a view, the bits of the nulls; metadata and padding of a batch.
        assert written <= own + 25 * frame.height + 2_048
        first += frame.height
    assert first == ROWS


def test_pyarrow_compute_and_datasets(path: Path, tmp_path: Path) -> None:
    table = pfc.read_arrow(path, schema=FRAME.schema)
    table.validate(full=True)
    assert pc.sum(table["id"]).as_py() == ROWS * (ROWS - 1) // 2
    upper = pc.utf8_upper(table["word"])
    assert upper.to_pylist()[1] == (FRAME["word"][1] or "").upper()
    joined = table.join(table.select(["id", "day"]), "id", right_suffix="_again").sort_by("id")
    assert joined["day_again"].equals(joined["day"])
    grouped = table.group_by("word").aggregate([("price", "sum")])
    assert grouped.num_rows == FRAME["word"].n_unique()

    pq.write_table(table, tmp_path / "one.parquet")
    assert_frame_equal(pl.read_parquet(tmp_path / "one.parquet"), FRAME)
    # Text as pyarrow's kernels take it is asked for by a schema.
    stream = pa.RecordBatchReader.from_stream(reader(path, batch_size=999), schema=table.schema)
    ds.write_dataset(stream, tmp_path / "many", format="parquet", max_rows_per_file=2_000, max_rows_per_group=2_000)
    many = ds.dataset(tmp_path / "many").to_table().sort_by("id")
    assert many.num_rows == ROWS
    assert many["word"].to_pylist() == FRAME["word"].to_list()
    scanner = ds.Scanner.from_batches(pa.RecordBatchReader.from_stream(reader(path)), filter=pc.field("id") < 10)
    assert scanner.count_rows() == 10


def test_duckdb_finds_readers_tables_and_frames_by_their_names(path: Path) -> None:
    streamed = reader(path, batch_size=1_000)
    held = pfc.read_arrow(path, schema=FRAME.schema)
    frame = pfc.read_fast_csv(path, schema=FRAME.schema)
    scan = pfc.scan_fast_csv(path, schema=FRAME.schema)
    answers = {}
    for name in ("streamed", "held", "frame", "scan"):
        query = f"select count(*), sum(id), count(word), max(day), sum(length(word)) from {name}"
        answers[name] = duckdb.sql(query).fetchall()
    assert len({str(answer) for answer in answers.values()}) == 1
    assert answers["frame"][0][:3] == (ROWS, ROWS * (ROWS - 1) // 2, FRAME["word"].count())
    assert (streamed, held.num_rows, frame.height, scan) is not None


def test_pandas_with_its_own_and_with_arrow_types(path: Path) -> None:
    table = pfc.read_arrow(path, schema=FRAME.schema)
    plain = table.to_pandas()
    assert plain["word"].dtype == "str"
    assert plain["id"].sum() == ROWS * (ROWS - 1) // 2
    assert plain["price"].isna().sum() == FRAME["price"].null_count()
    arrow = table.to_pandas(types_mapper=pd.ArrowDtype)
    assert arrow["word"].dtype == pd.ArrowDtype(pa.large_string())
    assert arrow["word"].str.upper()[1] == (FRAME["word"][1] or "").upper()
    assert arrow.groupby("word")["price"].sum().size == FRAME["word"].drop_nulls().n_unique()
    back = pl.from_pandas(arrow)
    assert_frame_equal(back.cast({"at": pl.Datetime("ms")}), FRAME)
    # pandas 3 reads any object of the Arrow stream interface.
    assert pd.DataFrame.from_arrow(reader(path))["small"].sum() == FRAME["small"].cast(pl.Int64).sum()


def test_numpy_shares_numbers_without_nulls(path: Path) -> None:
    table = pfc.read_arrow(path, schema=FRAME.schema)
    chunk = table["id"].chunk(0)
    array = chunk.to_numpy(zero_copy_only=True)
    assert array.__array_interface__["data"][0] == chunk.buffers()[1].address
    frame = pfc.read_fast_csv(path, schema=FRAME.schema)
    assert np.array_equal(frame["small"].to_numpy(), FRAME["small"].to_numpy())
    assert np.array_equal(frame.rechunk()["id"].to_numpy(allow_copy=False), np.arange(ROWS))
