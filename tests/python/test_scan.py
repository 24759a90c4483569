"""The lazy scan against Polars' own, and the other ways to read against the scan."""

from __future__ import annotations

import gc
import io
import pickle
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import duckdb
import polars as pl
import polars_fast_csv as pfc
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from generation import POLARS_2, SLICES_FROM_THE_END, polars2, raises_in_a_query
from polars.testing import assert_frame_equal
from polars_fast_csv._options import CsvOptions
from polars_fast_csv._resolved import ResolvedCsv
from polars_fast_csv._settings import settle

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

QUERIES: dict[str, Callable[[pl.LazyFrame], pl.LazyFrame]] = {
    "all": lambda f: f,
    "one column": lambda f: f.select("price"),
    "other order": lambda f: f.select("name", "id"),
    "no column": lambda f: f.select([]),
    "row count": lambda f: f.select(pl.len()),
    "filtered": lambda f: f.filter(pl.col("id") > 2000).select("name"),
    "filtered by text": lambda f: f.filter(pl.col("name") == "n, 3"),
    "filtered count": lambda f: f.filter(pl.col("gap").is_null()).select(pl.len()),
    "filter that drops all": lambda f: f.filter(pl.col("id") < 0),
    "head": lambda f: f.head(7),
    "tail": lambda f: f.tail(7),
    "slice": lambda f: f.slice(1500, 900),
    "slice over the end": lambda f: f.slice(2990, 100),
    "slice past the end": lambda f: f.slice(5000, 10),
    "slice from the end": lambda f: f.slice(-1200, 1100),
    "slice from before the start": lambda f: f.slice(-4000, 1500),
    "slice of nothing": lambda f: f.slice(10, 0),
    "filter then head": lambda f: f.filter(pl.col("id") > 100).head(5),
    "slice then filter": lambda f: f.slice(100, 1000).filter(pl.col("gap") == 1),
    "row index": lambda f: f.with_row_index("row"),
    "row index alone": lambda f: f.with_row_index("row", 10).select("row"),
    "row index of a tail": lambda f: f.with_row_index("row", 10).tail(3),
    "row index of a slice from the end": lambda f: f.with_row_index("row").slice(-1200, 1100),
    "row index and filter": lambda f: f.with_row_index("row").filter(pl.col("row") > 2900).select("row", "id"),
    "slice then row index": lambda f: f.slice(20, 30).with_row_index("row"),
    "top k": lambda f: f.top_k(3, by="price"),
    "sorted head": lambda f: f.sort("price", descending=True).head(3),
    "groups": lambda f: f.group_by("name").agg(pl.col("price").sum(), pl.len()).sort("name"),
    "joined to itself": lambda f: f.join(f.select("id", twice="price"), on="id").sort("id"),
    "filter on an expression": lambda f: f.filter((pl.col("id") % 7 == 0) & pl.col("name").str.ends_with("2")),
    "filter of several columns": lambda f: f.filter(pl.col("id") > pl.col("price") * 3).select(pl.col("id").max()),
}


if not SLICES_FROM_THE_END:
    QUERIES = {
        name: query for name, query in QUERIES.items() if "from the end" not in name and "from before" not in name
    }


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES.keys())
@pytest.mark.parametrize("batch_size", [None, 1, 1000])
def test_queries_answer_as_polars_scan_does(
    ticks: bytes, engine: Any, query: Callable[[pl.LazyFrame], pl.LazyFrame], batch_size: int | None
) -> None:
    got = query(pfc.scan_fast_csv(ticks, batch_size=batch_size)).collect(engine=engine)
    assert_frame_equal(got, query(pl.scan_csv(ticks)).collect(engine=engine))


def test_every_way_to_read_gives_the_same(ticks: bytes, ticks_file: Path, tmp_path: Path, engine: Any) -> None:
    frame = pfc.read_fast_csv(ticks)
    assert_frame_equal(frame, pl.read_csv(ticks))
    scan = pfc.scan_fast_csv(ticks_file, n_threads=2, batch_size=100)
    assert_frame_equal(scan.collect(engine=engine), frame)
    if POLARS_2:
        assert_frame_equal(pl.concat(scan.collect_batches(engine=engine)), frame)
    scan.sink_parquet(tmp_path / "out.parquet", engine=engine)
    assert_frame_equal(pl.read_parquet(tmp_path / "out.parquet"), frame)
    with pfc.open_csv(ticks_file, batch_size=100) as reader:
        assert reader.schema == frame.schema
        assert_frame_equal(pl.concat(reader), frame)
    assert_frame_equal(pl.DataFrame(pfc.read_arrow(ticks_file)), frame)
    assert pfc.count_rows(ticks_file) == frame.height
    assert pfc.parse_csv_simd(ticks_file)["rows_processed"] == frame.height


def test_it_is_set_on_polars(ticks: bytes) -> None:
    assert_frame_equal(pl.scan_fast_csv(ticks).collect(), pl.read_fast_csv(ticks))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("bytes", lambda path: path.read_bytes()),
        ("bytearray", lambda path: bytearray(path.read_bytes())),
        ("memoryview", lambda path: memoryview(path.read_bytes())),
        ("str", lambda path: str(path)),
        ("Path", lambda path: path),
        ("binary buffer", lambda path: io.BytesIO(path.read_bytes())),
        ("text buffer", lambda path: io.StringIO(path.read_text())),
        ("list", lambda path: [path]),
        ("pattern", lambda path: path.parent / "t*[s].csv"),
    ],
)
def test_sources(ticks_file: Path, name: str, source: Callable[[Path], Any]) -> None:
    assert_frame_equal(pfc.scan_fast_csv(source(ticks_file)).collect(), pl.read_csv(ticks_file))


def test_an_open_file_is_read_from_its_position(ticks_file: Path) -> None:
    with ticks_file.open("rb") as file:
        file.readline()
        frame = pfc.read_fast_csv(file, has_header=False)
    assert frame.row(0) == (0, 0.0, "n, 0", None)
    with ticks_file.open(encoding="utf8") as text:
        assert pfc.count_rows(text) == frame.height


def test_several_files_are_one_scan(tmp_path: Path, engine: Any) -> None:
    for at in range(3):
        (tmp_path / f"part{at}.csv").write_text("a,b\n" + "".join(f"{at},{i}\n" for i in range(10)))
    (tmp_path / "parts").mkdir()
    scan = pfc.scan_fast_csv(tmp_path / "part*", row_index_name="row")
    assert_frame_equal(scan.collect(engine=engine), pl.scan_csv(tmp_path / "part?.csv", row_index_name="row").collect())
    assert scan.tail(1).collect(engine=engine).row(0) == (29, 2, 9)
    assert pfc.scan_fast_csv(tmp_path / "part*.csv", n_rows=15).select(pl.len()).collect(engine=engine).item() == 15
    mixed = pfc.read_fast_csv([tmp_path / "part0.csv", b"a,b\n7,8\n", io.StringIO("a,b\n9,10\n")])
    assert mixed.tail(2).rows() == [(7, 8), (9, 10)]
    assert pfc.count_rows([tmp_path / "part0.csv", b"a,b\n7,8\n"]) == 11


def test_a_name_with_brackets_is_a_file_before_it_is_a_pattern(tmp_path: Path) -> None:
    (tmp_path / "a[1].csv").write_text("a\n1\n")
    (tmp_path / "a1.csv").write_text("a\n2\n")
    assert pfc.read_fast_csv(tmp_path / "a[1].csv").item() == 1
    assert pfc.read_fast_csv(tmp_path / "a[1-3].csv").item() == 2
    with pytest.raises(FileNotFoundError):
        pfc.read_fast_csv(tmp_path / "a[1-3].csv", glob=False)


def test_a_home_directory_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.csv").write_text("a\n1\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert pfc.read_fast_csv("~/x.csv").item() == 1


@pytest.mark.parametrize(
    ("columns", "names"),
    [
        (["gap", "id"], ["gap", "id"]),
        ([2, 0], ["name", "id"]),
        (("price",), ["price"]),
        ("name", ["name"]),
        (3, ["gap"]),
        (range(2), ["id", "price"]),
        (None, ["id", "price", "name", "gap"]),
    ],
)
def test_columns_come_in_the_order_asked_for(ticks: bytes, columns: Any, names: list[str]) -> None:
    whole = pl.read_csv(ticks)
    assert_frame_equal(pfc.read_fast_csv(ticks, columns=columns), whole.select(names))
    numbered = pfc.read_fast_csv(ticks, columns=columns, row_index_name="row", row_index_offset=5)
    assert_frame_equal(numbered, whole.select(names).with_row_index("row", 5))


def test_a_frame_can_be_made_contiguous(ticks: bytes) -> None:
    assert pfc.read_fast_csv(ticks, batch_size=100).n_chunks() > 1
    assert pfc.read_fast_csv(ticks, batch_size=100, rechunk=True).n_chunks() == 1


def test_a_query_can_be_sent_elsewhere(ticks: bytes, ticks_file: Path) -> None:
    wanted = pl.read_csv(ticks)
    for source in (ticks, ticks_file, [ticks_file, ticks]):
        scan = pfc.scan_fast_csv(source, schema_overrides={"id": pl.Int16}, row_index_name="row")
        for copy in (pickle.loads(pickle.dumps(scan)), pl.LazyFrame.deserialize(io.BytesIO(scan.serialize()))):
            assert_frame_equal(copy.collect(), scan.collect())
            assert copy.head(3000).collect().get_column("id").to_list() == wanted["id"].to_list()


def test_a_copy_keeps_the_types_that_were_resolved(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a\n1\n")
    sent = pickle.dumps(pfc.scan_fast_csv(path))
    path.write_text("a\n1\ntext\n")
    with raises_in_a_query(pfc.CsvError, "text"):
        pickle.loads(sent).collect()


def test_many_reads_on_one_scan_at_once(ticks: bytes) -> None:
    scan, wanted = pfc.scan_fast_csv(ticks, batch_size=50), pl.read_csv(ticks)
    with ThreadPoolExecutor(4) as threads:
        for frame in threads.map(lambda _: scan.collect(), range(12)):
            assert_frame_equal(frame, wanted)


def test_abandoned_reads_leave_no_thread_behind(ticks_file: Path) -> None:
    def threads() -> int:
        with open("/proc/self/status") as status:
            return int(next(line.split()[1] for line in status if line.startswith("Threads:")))

    pfc.scan_fast_csv(ticks_file, n_threads=4).collect()
    before = threads()
    for _ in range(20):
        if POLARS_2:
            next(iter(pfc.scan_fast_csv(ticks_file, batch_size=1, n_threads=4).collect_batches()))
        reader = pfc.open_csv(ticks_file, batch_size=1, n_threads=4)
        next(reader)
        reader.close()
        next(pfc.open_csv(ticks_file, batch_size=1, n_threads=4))
    gc.collect()
    deadline = time.monotonic() + 10
    while threads() > before + 8 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert threads() <= before + 8


def test_the_interpreter_runs_on_while_a_file_is_decoded(ticks: bytes) -> None:
    body = ticks.split(b"\n", 1)[1]
    source = b"id,price,name,gap\n" + body * 300
    beats, done = [0], threading.Event()

    def beat() -> None:
        while not done.wait(0.001):
            beats[0] += 1

    thread = threading.Thread(target=beat)
    thread.start()
    start = time.perf_counter()
    pfc.read_fast_csv(source, infer_schema=False, n_threads=1)
    seconds = time.perf_counter() - start
    done.set()
    thread.join()
    assert beats[0] >= min(seconds * 1000 / 20, 50)


def test_the_one_pass_reader(ticks: bytes) -> None:
    reader = pfc.open_csv(ticks, batch_size=1000)
    assert next(reader).height == 1000
    rest = pa.table(reader)
    assert rest.num_rows == 2000
    assert rest.schema.field("name").type == pa.string_view()
    assert list(reader) == []
    with pytest.raises(RuntimeError, match="ended"):
        pa.table(reader)
    reader = pfc.open_csv(ticks)
    reader.close()
    assert list(reader) == []
    with pfc.open_csv(ticks, row_index_name="row", row_index_offset=7) as reader:
        assert reader.schema.names() == ["row", "id", "price", "name", "gap"]
        assert next(reader)["row"].head(2).to_list() == [7, 8]


def test_a_consumer_of_the_stream_may_ask_for_types(ticks: bytes) -> None:
    wanted = pa.schema([("id", pa.int32()), ("price", pa.float64()), ("name", pa.large_string()), ("gap", pa.string())])
    table = pa.RecordBatchReader.from_stream(pfc.open_csv(ticks), schema=wanted).read_all()
    assert table.schema.equals(wanted)
    assert table["gap"].to_pylist()[:3] == [None, "1", "2"]
    too_small = wanted.set(0, pa.field("id", pa.int8()))
    with pytest.raises((pa.ArrowInvalid, pa.ArrowException)):
        pa.RecordBatchReader.from_stream(pfc.open_csv(ticks), schema=too_small).read_all()


def test_duckdb_reads_the_stream(ticks: bytes) -> None:
    reader = pfc.open_csv(ticks)
    assert reader is not None
    assert duckdb.sql("select sum(id), count(gap), max(name) from reader").fetchall() == [(4498500, 2400, "n, 6")]


def test_pyarrow_gets_text_that_its_kernels_take(ticks: bytes) -> None:
    table = pfc.read_arrow(ticks)
    assert table.schema.field("name").type == pa.large_string()
    assert table.filter(pc.equal(table["name"], "n, 3")).num_rows == 429
    assert table.to_pandas().shape == (3000, 4)


def test_speed_report_has_its_keys(ticks: bytes) -> None:
    report = pfc.parse_csv_simd(ticks)
    assert set(report) == {
        "rows_processed", "columns", "bytes_processed", "processing_time_ms",
        "rows_per_second", "mb_per_second", "backend", "threads",
    }  # fmt: skip
    assert (report["rows_processed"], report["columns"], report["bytes_processed"]) == (3000, 4, len(ticks))
    assert report["backend"] == pfc.backend()


@polars2
def test_explain_says_what_is_read(ticks_file: Path) -> None:
    scan = pfc.scan_fast_csv(ticks_file, separator=";")
    graph = scan.show_graph(raw_output=True, engine="streaming", plan_stage="physical")
    assert graph is not None
    assert "FastCsv" in graph
    text = scan.explain()
    assert str(ticks_file) in text
    assert "separator: ';'" in text
    assert pfc.backend() in text


def test_a_small_file_that_has_grown_is_streamed(tmp_path: Path, engine: Any) -> None:
    # It is read at once where the query begins, as far as it is small.
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,x\n")
    scan = pfc.scan_fast_csv(path, schema={"a": pl.Int64, "b": pl.String}, n_threads=2)
    rows = 600_000
    path.write_text("a,b\n" + "".join(f"{row},a text of some length\n" for row in range(rows)))
    whole = scan.collect(engine=engine)
    assert whole["a"].equals(pl.Series("a", range(rows)))
    assert scan.select(pl.len()).collect(engine=engine).item() == rows
    if POLARS_2:
        first = next(iter(scan.collect_batches(engine=engine)))
        assert first["a"][0] == 0
    with path.open("a") as file:
        file.write("x,y\n")
    with raises_in_a_query(pfc.CsvError, f"line {rows + 2}"):
        scan.collect(engine=engine)
    path.write_text("a,b\n")
    assert scan.collect(engine=engine).height == 0
    assert scan.filter(pl.col("a") > 1).collect(engine=engine).height == 0


@polars2
def test_polars_may_ask_for_less_than_it_does_now(ticks: bytes) -> None:
    # Later versions leave out the context of a scan and the number of pipelines.
    from polars_fast_csv._external_reader import FastCsv

    reader = FastCsv(ResolvedCsv.of(ticks, settle(CsvOptions, {}))).build_file_reader(b"")
    frames = list(reader.collect_batches(columns=["id", "gap"], row_index=None, pre_slice=(5, 2), filters=()))
    assert_frame_equal(pl.concat(frames), pl.read_csv(ticks).select("id", "gap").slice(5, 2))


def test_a_small_file_comes_in_batches_of_the_size_asked_for(ticks: bytes, engine: Any) -> None:
    head = b"\n".join(ticks.split(b"\n")[:21])
    for size in (1, 7, 10, 19, 20, 21):
        scan = pfc.scan_fast_csv(head, batch_size=size)
        assert_frame_equal(scan.collect(engine=engine), pl.read_csv(head))
        assert scan.filter(pl.col("id") > 17).collect(engine=engine).height == 2
