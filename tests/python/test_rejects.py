"""What is refused is told: as an error that shows its line, or as a frame of rejects."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import polars_fast_csv as pfc
import pyarrow as pa
import pytest
from generation import POLARS_2, polars2
from polars.testing import assert_frame_equal

c = pl.col
TYPES = {"id": pl.Int64, "price": pl.Float64, "word": pl.String}
ROWS = 3_000
SHOWN = ["record", "line", "byte", "column", "column_name", "code", "value", "raw", "action"]


def table() -> tuple[bytes, list[tuple[Any, ...]]]:
    """A file with faults now and then, and what a frame of its rejects must hold with ``on_error="null"``."""
    data, rejects, line = b"id,price,word\n", [], 2
    for row in range(ROWS):
        word = f'"two\nlines {row}"' if row % 3 == 0 else f"w{row}"
        raw = f"{row},{row}.5,{word}"
        at = len(data)
        fault: tuple[int, int, int, str | None, str, str, str] | None = None
        if row % 100 == 7:
            raw = f"{row},n/a,{word}"
            fault = (0, len(f"{row},"), 2, "price", "cast", "n/a", "null")
        elif row % 100 == 33:
            surplus = 'more,"fields\n, or lines",' if row % 200 == 33 else "more,fields"
            raw = f"{row},1.5,{word},{surplus}"
            fault = (word.count("\n"), len(f"{row},1.5,{word},"), 4, None, "too_many_fields", surplus, "truncate")
        elif row % 100 == 66:
            raw = f"{row}"
            fault = (0, 0, 2, "price", "too_few_fields", raw, "pad")
        if fault is not None:
            lines, offset, column, name, code, value, action = fault
            rejects.append((row + 1, line + lines, at + offset, column, name, code, value, raw, action))
        data += raw.encode() + b"\n"
        line += 1 + raw.count("\n")
    return data, rejects


DATA, FOUND = table()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("rejects") / "faulty.csv"
    file.write_bytes(DATA)
    return file


READS: dict[str, Callable[..., int]] = {
    "read": lambda source, **o: pfc.read_fast_csv(source, **o).height,
    "in-memory": lambda source, **o: pfc.scan_fast_csv(source, **o).collect(engine="in-memory").height,
    "streaming": lambda source, **o: pfc.scan_fast_csv(source, **o).collect(engine="streaming").height,
    "batches": lambda source, **o: sum(frame.height for frame in pfc.open_csv(source, **o)),
    "stream": lambda source, **o: pa.table(pfc.open_csv(source, **o)).num_rows,
    "arrow": lambda source, **o: pfc.read_arrow(source, **o).num_rows,
}


@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
@pytest.mark.parametrize("n_threads", [1, 2, 4])
@pytest.mark.parametrize("chunk", [None, 1_000])
def test_each_fault_is_found_and_nothing_else(
    path: Path, read: Callable[..., int], n_threads: int, chunk: int | None
) -> None:
    rejects = pfc.Rejects()
    options = {"schema": TYPES, "n_threads": n_threads, "batch_size": chunk, "rejects": rejects}
    assert read(path, **options, on_error="null") == ROWS
    frame = rejects.frame()
    assert frame.select(SHOWN).rows() == FOUND
    assert frame["file"].unique().to_list() == [str(path)]
    assert not frame["truncated"].any()
    assert read(path, **options, on_error="skip") == ROWS - ROWS // 100 * 2
    skipped = [(*found[:-1], "pad" if found[5] == "too_few_fields" else "skip") for found in FOUND]
    assert rejects.frame().select(SHOWN).rows() == skipped
    counts = rejects.summary().sort("code").select("column_name", "code", "count").rows()
    assert sorted(counts, key=str) == sorted(
        [("price", "cast", 30), (None, "too_many_fields", 30), (None, "too_few_fields", 30)], key=str
    )
    assert len(rejects) == 2


def test_the_schema_of_the_frame_is_one_and_the_same(path: Path) -> None:
    rejects = pfc.Rejects()
    empty = rejects.frame()
    assert empty.columns == [
        "file", "record", "line", "byte", "column", "column_name", "code", "rule", "value", "expected", "raw",
        "truncated", "action",
    ]  # fmt: skip
    assert rejects.summary().is_empty()
    pfc.read_fast_csv(path, schema=TYPES, on_error="null", rejects=rejects)
    assert rejects.frame().schema == empty.schema
    assert isinstance(empty.schema["code"], pl.Enum)
    pfc.read_fast_csv(b"a\n1\n", rejects=rejects)
    assert_frame_equal(rejects.frame(), empty)
    assert_frame_equal(pfc.Rejects().frame(scan=None), rejects.frame(scan=None).clear())
    assert pfc.Rejects().frame().columns == empty.columns, "asking for the scans of none leaves later answers alone"


def test_scans_are_kept_apart(path: Path, engine: Any) -> None:
    rejects = pfc.Rejects()
    scan = pfc.scan_fast_csv(path, schema=TYPES, on_error="null", rejects=rejects)
    assert len(rejects) == 0
    scan.select("id").collect(engine=engine)
    scan.select("price").collect(engine=engine)
    assert [rejects.frame(0).height, rejects.frame(1).height, rejects.frame(-2).height] == [60, 90, 60]
    every = rejects.frame(scan=None)
    assert every.columns[0] == "scan"
    assert every.group_by("scan").len().sort("scan").rows() == [(0, 60), (1, 90)]
    rejects.clear()
    assert len(rejects) == 0
    scan.join(scan, on="id", how="left").select(pl.len()).collect(engine=engine)
    assert {rejects.frame(at).height for at in range(len(rejects))} <= {60, 90}
    with pytest.raises(IndexError, match="no scan 9"):
        rejects.frame(9)
    with pytest.raises(IndexError):
        rejects.summary(-9)


def test_queries_record_what_they_ask_for(path: Path, engine: Any) -> None:
    def codes(query: Callable[[pl.LazyFrame], pl.LazyFrame]) -> dict[str, int]:
        rejects = pfc.Rejects()
        query(pfc.scan_fast_csv(path, schema=TYPES, on_error="null", rejects=rejects)).collect(engine=engine)
        return dict(rejects.summary().select("code", "count").rows())

    structure = {"too_many_fields": 30, "too_few_fields": 30}
    assert codes(lambda f: f) == structure | {"cast": 30}
    assert codes(lambda f: f.select("word")) == structure
    assert codes(lambda f: f.filter(c.id < 100).select("price")) == structure | {"cast": 1}
    assert codes(lambda f: f.filter(c.price > 0).select("id")) == structure | {"cast": 30}
    assert codes(lambda f: f.head(50)) == {"too_many_fields": 1, "cast": 1}
    # Before Polars 2 no other slice reaches the reader.
    if not POLARS_2:
        return
    assert codes(lambda f: f.tail(50).select("word")) == structure
    assert codes(lambda f: f.slice(100, 100).select("price")) == dict.fromkeys(structure, 2) | {"cast": 1}


def test_skipped_records_are_gone_before_rows_are_counted(path: Path, engine: Any) -> None:
    scan = pfc.scan_fast_csv(path, schema=TYPES, on_error="skip")
    frame = pfc.read_fast_csv(path, schema=TYPES, on_error="skip")
    assert frame.height == ROWS - 60
    for query in (
        lambda f: f.head(50),
        lambda f: f.tail(50),
        lambda f: f.slice(100, 30),
        lambda f: f.with_row_index("row"),
        lambda f: f.with_row_index("row").filter(c.id > 500).head(3),
        lambda f: f.filter(c.id > 500).with_row_index("row").head(3),
        lambda f: f.select(pl.all(), n=pl.len()),
        lambda f: f.top_k(5, by="price"),
    ):
        assert_frame_equal(query(scan).collect(engine=engine), query(frame.lazy()).collect(engine=engine))


def test_a_slice_of_what_is_left_records_nothing_behind_it(tmp_path: Path, engine: Any) -> None:
    path = tmp_path / "many.csv"
    path.write_text("id,x\n" + "".join(f"{row},{'?' if row % 5 == 3 else row}\n" for row in range(400_000)))
    types = {"id": pl.Int64, "x": pl.Int64}
    queries: dict[int, Callable[[pl.LazyFrame], pl.LazyFrame]] = {
        2: lambda f: f.head(10),
        5_000: lambda f: f.head(20_000),
    }
    if POLARS_2:
        queries[6_250] = lambda f: f.slice(20_000, 5_000)
        queries[80_000] = lambda f: f.tail(7)
    for threads in (1, 2, 4):
        for count, query in queries.items():
            rejects = pfc.Rejects()
            scan = pfc.scan_fast_csv(
                path, schema=types, on_error="skip", rejects=rejects, n_threads=threads, infer_schema_length=0
            )
            frame = query(scan).collect(engine=engine)
            assert frame.height == frame.filter(c.id % 5 != 3).height > 0
            assert rejects.frame()["record"].to_list() == [5 * at + 4 for at in range(count)]


def test_many_files_are_recorded_in_their_order(tmp_path: Path) -> None:
    for at in range(5):
        (tmp_path / f"part{at}.csv").write_text("a,b\n" + "1,2\n" * at + "x,2\n")
    rejects = pfc.Rejects()
    pfc.read_fast_csv(tmp_path / "part*.csv", schema={"a": pl.Int8, "b": pl.Int8}, on_error="null", rejects=rejects)
    found = rejects.frame().select(pl.col("file").str.extract(r"(part\d)"), "line").rows()
    assert found == [(f"part{at}", at + 2) for at in range(5)]
    assert rejects.summary()["count"].to_list() == [1] * 5


def test_memory_is_bounded_and_the_rest_is_counted(path: Path) -> None:
    rejects = pfc.Rejects(limit=5)
    pfc.read_fast_csv(path, schema=TYPES, on_error="null", rejects=rejects)
    assert rejects.frame().select(SHOWN).rows() == FOUND[:5]
    assert rejects.summary()["count"].sum() == 90
    for limit, error in ((-1, ValueError), ("x", TypeError)):
        with pytest.raises(error):
            pfc.Rejects(limit)  # type: ignore[arg-type]


def test_a_query_with_rejects_stays_in_its_process(path: Path) -> None:
    scan = pfc.scan_fast_csv(path, schema=TYPES, on_error="null", rejects=pfc.Rejects())
    copy = pickle.loads(pickle.dumps(scan))
    with pytest.raises(Exception, match="stayed in the process that made it"):
        copy.collect()
    with pytest.raises(RuntimeError, match="a Rejects of its own"):
        pfc.read_fast_csv(path, schema=TYPES, rejects=pickle.loads(pickle.dumps(pfc.Rejects())))


@polars2
def test_an_early_end_leaves_what_was_found(path: Path, engine: Any) -> None:
    rejects = pfc.Rejects()
    scan = pfc.scan_fast_csv(path, schema=TYPES, on_error="null", rejects=rejects)
    assert next(iter(scan.collect_batches(engine=engine, maintain_order=True))).height > 0
    assert rejects.frame().height > 0
    with pytest.raises(pfc.CsvError) as caught:
        pfc.read_fast_csv(path, schema=TYPES, truncate_ragged_lines=True, rejects=rejects)
    assert caught.value.line == FOUND[0][1]
    assert rejects.frame().is_empty()


MESSAGES: dict[str, tuple[bytes, dict[str, Any], str]] = {
    "cast": (
        b'id,day\n1,2024-01-01\n2,"31.1.24"\n',
        {"schema": {"id": pl.Int64, "day": pl.Date}},
        " 3 | 2,\"31.1.24\"\n   |   ^^^^^^^^^\ndialect: separator=','",
    ),
    "narrow": (
        b"a;b\r\n1;300\r\n",
        {"separator": ";", "schema": {"a": pl.Int8, "b": pl.Int8}},
        " 2 | 1;300\n   |   ^^^\n",
    ),
    "newline": (b'a,b\n"x\ny",z\n', {"schema": {"a": pl.String, "b": pl.Int8}}, ' 3 | y",z\n   |    ^\n'),
    "control": (
        b"a,b\n\t\0\xe2\x80\xae,z\n",
        {"schema": {"a": pl.Int8, "b": pl.Int8}},
        " 2 | \\t\\0\\u{202e},z\n   | ^^",
    ),
    "long": (
        b"a,b\n" + b"x" * 500 + b",z\n",
        {"schema": {"a": pl.String, "b": pl.Int8}},
        " 2 | …" + "x" * 59 + ",z\n   | " + " " * 61 + "^\n",
    ),
    "surplus": (b"a,b\n1,2,3,4\n", {}, " 2 | 1,2,3,4\n   |     ^^^\n"),
    "surplus lines": (b'a,b\n1,2,"3\n4",5\n', {}, ' 2 | 1,2,"3\n   |     ^^\n'),
    "unclosed": (b'a,b\n1,"2\n3,4\n', {"schema": {"a": pl.String, "b": pl.String}}, ' 2 | 1,"2\n   |   ^^\n'),
    "unclosed header": (b'a,"b\n1,2\n', {}, ' 1 | a,"b\n   | ^'),
}


@pytest.mark.parametrize(("data", "options", "shown"), MESSAGES.values(), ids=MESSAGES.keys())
def test_an_error_shows_its_line_and_the_dialect(data: bytes, options: dict[str, Any], shown: str) -> None:
    with pytest.raises(pfc.CsvError) as caught:
        pfc.read_fast_csv(data, **options)
    assert shown in str(caught.value)
    assert "dialect: separator=" in str(caught.value)
    # The first line is a whole message, with the option that would help.
    assert ";" in str(caught.value).splitlines()[0]


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_surplus_fields_are_told_to_the_end_of_their_record(end: str) -> None:
    """An error has them whole too, though its line ends before they do."""
    surplus = '"x\ny",z'
    data = f"a\n1,{surplus}{end}".encode()
    rejects = pfc.Rejects()
    assert pfc.read_fast_csv(data, on_error="null", rejects=rejects).rows() == [(1,)]
    assert rejects.frame().select("value", "raw", "truncated").rows() == [(surplus, f"1,{surplus}", False)]
    with pytest.raises(pfc.CsvError) as caught:
        pfc.read_fast_csv(data)
    assert caught.value.value == surplus


def test_one_bad_cell_near_the_end_has_its_exact_place() -> None:
    rows = 200_000
    data = bytearray(b"id,word,at\n")
    for row in range(rows):
        data += b'%d,"line\nand line %d",2024-01-01 00:00:00\n' % (row, row)
    at = data.rindex(b"2024-01-01", 0, len(data) - 200)
    data[at : at + 10] = b"2024-13-01"
    line = data.count(b"\n", 0, at) + 1
    schema = {"id": pl.Int64, "word": pl.String, "at": pl.Datetime("us")}
    for n_threads in (1, 2, 4):
        with pytest.raises(pfc.CsvError) as caught:
            pfc.read_fast_csv(bytes(data), schema=schema, n_threads=n_threads)
        error = caught.value
        assert (error.line, error.byte, error.column_name) == (line, at, "at")
        assert error.record == (line - 1) // 2
