"""Compressed files, pipes and standard input give what the same text in a file gives."""

from __future__ import annotations

import bz2
import functools
import gzip
import io
import lzma
import os
import pickle
import random
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import polars_fast_csv as pfc
import pytest
from generation import POLARS_2
from polars import col as c
from polars.testing import assert_frame_equal
from pyarrow import compress as arrow_compress

ROWS = 60_000
PIPES = pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes in the file system")


def zstd(text: bytes) -> bytes:
    packed: bytes = arrow_compress(text, codec="zstd", asbytes=True)
    return packed


PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zlib": zlib.compress,
    "zstd": zstd,
    "bzip2": bz2.compress,
    "xz": lambda text: lzma.compress(text, preset=0),
}


@functools.cache
def pack(kind: str, text: bytes) -> bytes:
    return PACK[kind](text)


@pytest.fixture(scope="module")
def text() -> bytes:
    chance = random.Random(5)
    rows = [f'{row},{chance.random()},"{chance.getrandbits(64):x}\n""{row % 7}"\n' for row in range(ROWS)]
    return "".join(["id,x,word\n", *rows]).encode()


def piped(folder: Path, content: bytes) -> str:
    """Make a named pipe that someone writes to."""
    path = folder / f"pipe{len(list(folder.iterdir()))}"
    os.mkfifo(path)

    def write() -> None:
        with path.open("wb") as end, pytest.MonkeyPatch.context():
            try:
                end.write(content)
            except BrokenPipeError:
                # Nobody wants the rest.
                return

    threading.Thread(target=write, daemon=True).start()
    return str(path)


QUERIES: dict[str, Callable[[pl.LazyFrame], pl.LazyFrame]] = {
    "all": lambda f: f,
    "columns": lambda f: f.select("word", "id"),
    "filter": lambda f: f.filter(c.x < 0.001).select("id"),
    "head": lambda f: f.head(7),
    "slice": lambda f: f.slice(40_000, 11),
    "rest": lambda f: f.slice(ROWS - 30),
    "tail": lambda f: f.tail(9),
    "rows": lambda f: f.select(pl.len()),
    "numbers": lambda f: f.with_row_index("row").filter(c.id % 9_999 == 0),
    "group": lambda f: f.group_by(c.id % 3).agg(c.x.mean(), c.word.len()).sort("id"),
}


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("kind", PACK)
def test_queries_of_compressed_files(text: bytes, tmp_path: Path, kind: str, query: str, engine: Any) -> None:
    path = tmp_path / "packed.csv"
    path.write_bytes(pack(kind, text))
    ask = QUERIES[query]
    wanted = ask(pl.read_csv(text).lazy()).collect()
    assert_frame_equal(ask(pfc.scan_fast_csv(path)).collect(engine=engine), wanted)
    assert_frame_equal(ask(pfc.scan_fast_csv(path.read_bytes(), n_threads=1)).collect(engine=engine), wanted)


@PIPES
@pytest.mark.parametrize("query", QUERIES)
def test_queries_of_a_pipe(text: bytes, tmp_path: Path, query: str, engine: Any) -> None:
    ask = QUERIES[query]
    wanted = ask(pl.read_csv(text).lazy()).collect()
    for content in (text, gzip.compress(text)):
        assert_frame_equal(ask(pfc.scan_fast_csv(piped(tmp_path, content))).collect(engine=engine), wanted)


@pytest.mark.parametrize("kind", PACK)
def test_every_way_to_read_decodes(text: bytes, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "packed.csv"
    path.write_bytes(pack(kind, text))
    wanted = pl.read_csv(text)
    assert_frame_equal(pfc.read_fast_csv(path), wanted)
    assert_frame_equal(pfc.read_fast_csv([path, path], memory_map=True), pl.concat([wanted, wanted]))
    assert_frame_equal(pfc.read_fast_csv(path, infer_schema_length=None, columns=["x"]), wanted.select("x"))
    assert_frame_equal(pl.concat(pfc.open_csv(path)), wanted)
    assert pfc.read_arrow(path).num_rows == ROWS
    assert pfc.count_rows(path) == ROWS
    assert pfc.parse_csv_simd(str(path))["rows_processed"] == ROWS
    small = PACK[kind](b"a,b\n1,x\n")
    assert pfc.read_fast_csv(small).rows() == [(1, "x")]
    assert pfc.read_fast_csv(io.BytesIO(small), compression=kind).rows() == [(1, "x")]


def test_members_follow_one_another_and_none_is_lost() -> None:
    many = b"".join(gzip.compress(f"{row},x\n".encode()) for row in range(500))
    assert pfc.read_fast_csv(many, has_header=False).height == 500


@pytest.mark.parametrize("kind", PACK)
def test_a_stream_that_breaks_off_is_told(text: bytes, kind: str, engine: Any) -> None:
    packed = pack(kind, text)
    for left in (len(packed) - 1, len(packed) // 2):
        for read in (
            lambda half: pfc.read_fast_csv(half),
            lambda half: pfc.read_arrow(half),
            lambda half: pfc.count_rows(half),
            lambda half: list(pfc.open_csv(half)),
        ):
            with pytest.raises(OSError, match=f"the {kind} stream ends too early"):
                read(packed[:left])
        with pytest.raises(Exception, match=f"the {kind} stream ends too early"):
            pfc.scan_fast_csv(packed[:left]).select(c.x.mean()).collect(engine=engine)


def test_offsets_count_in_the_decoded_text(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n1,x\n?,y\n"))
    with pytest.raises(pfc.CsvError, match=r"line 3, record 2, column 1.*byte 8 of the decoded text") as raised:
        pfc.read_fast_csv(path, schema={"a": pl.Int64, "b": pl.String})
    assert (raised.value.byte, raised.value.line, raised.value.path) == (8, 3, str(path))
    rejects = pfc.Rejects()
    pfc.read_fast_csv(path, schema={"a": pl.Int64, "b": pl.String}, on_error="null", rejects=rejects)
    assert rejects.frame().select("file", "line", "byte").rows() == [(str(path), 3, 8)]


def test_what_is_named_is_believed() -> None:
    with pytest.raises(OSError, match="the gzip stream is broken"):
        pfc.read_fast_csv(b"a,b\n1,x\n2,y\n3,z\n", compression="gzip")
    with pytest.raises(ValueError, match=r"compression.*'infer'"):
        pfc.read_fast_csv(b"a\n", compression="rar")  # type: ignore[arg-type]
    # Text that begins as a stream might.
    assert pfc.read_fast_csv(b"x^2,y\n1,2\n").columns == ["x^2", "y"]


@pytest.mark.parametrize("label", ["latin1", "latin-1", "cp1252", "utf-16", "UTF-16-LE", "shift_jis", "big5", "utf-8"])
def test_other_encodings_are_decoded(tmp_path: Path, label: str, engine: Any) -> None:
    words = {"shift_jis": "日本", "big5": "中文"}.get(label, "größe")
    text = "a,b\n" + "".join(f'{row},"{words}\n{row}"\n' for row in range(30_000))
    path = tmp_path / "text.csv"
    path.write_bytes(text.encode(label))
    wanted = pl.read_csv(text.encode())
    assert_frame_equal(pfc.read_fast_csv(path, encoding=label), wanted)
    lazy = pfc.scan_fast_csv(gzip.compress(path.read_bytes()), encoding=label)
    assert_frame_equal(lazy.tail(3).collect(engine=engine), wanted.tail(3))
    assert pfc.count_rows(path, encoding=label) == 30_000


@pytest.mark.parametrize(
    ("label", "content", "cell"),
    [
        ("windows-1252-lossy", b"\xe9", "é"),
        ("Shift_JIS-lossy", b"\x93\xfa\xff", "日\ufffd"),
        ("utf-16-lossy", b"\xe9\x00\x00\xd8", "é\ufffd"),
        ("utf-8-lossy", b"\xc3\xa9\xe9", "é\ufffd"),
        ("cp932-lossy", b"\x93\xfa\xff", "日\ufffd"),
        ("cp932", b"\x93\xfa", "日"),
        ("mac_roman", b"\x8e", "é"),
        ("utf-8-sig", b"\xc3\xa9", "é"),
    ],
)
def test_a_lossy_label_replaces_what_does_not_belong_to_it(label: str, content: bytes, cell: str) -> None:
    wide = label.startswith("utf-16")
    before, behind = (mark.encode("utf-16-le" if wide else "ascii") for mark in ("a,b\n", ",1\n"))
    data = before + (content + behind) * 3
    for read in (pfc.read_fast_csv, lambda *given, **options: pfc.scan_fast_csv(*given, **options).collect()):
        assert read(data, encoding=label).rows() == [(cell, 1)] * 3
        assert read(gzip.compress(data), encoding=label).rows() == [(cell, 1)] * 3


def test_what_does_not_belong_to_an_encoding_is_told() -> None:
    with pytest.raises(OSError, match="byte 6 does not belong to a text in Shift_JIS"):
        pfc.read_fast_csv(b"a\nb\nc\n\xff,\n"[:6] + b"\xff,\n", encoding="shift_jis")
    with pytest.raises(NotImplementedError, match='encoding="utf-16" reads it'):
        pfc.read_fast_csv("a\n1\n".encode("utf-16"))
    with pytest.raises(ValueError, match="WHATWG"):
        pfc.read_fast_csv(b"a\n", encoding="klingon")


@PIPES
def test_a_pipe_is_read_once(tmp_path: Path, engine: Any) -> None:
    scan = pfc.scan_fast_csv(piped(tmp_path, b"a,b\n1,x\n"))
    assert scan.collect_schema() == {"a": pl.Int64, "b": pl.String}
    assert scan.collect(engine=engine).rows() == [(1, "x")]
    with pytest.raises(Exception, match="can be read once, and has been read"):
        scan.collect(engine=engine)


@PIPES
def test_a_pipe_stays_where_it_is(tmp_path: Path) -> None:
    scan = pfc.scan_fast_csv(piped(tmp_path, b"a,b\n1,x\n"))
    for copy in (pickle.loads(pickle.dumps(scan)), pl.LazyFrame.deserialize(io.BytesIO(scan.serialize()))):
        with pytest.raises(Exception, match="is read once, where the query was made"):
            copy.collect()
    assert scan.collect().rows() == [(1, "x")]


def test_standard_input_is_read(text: bytes) -> None:
    code = "import polars_fast_csv as p; f = p.scan_fast_csv('-'); print(f.collect().height)"
    for content in (text, gzip.compress(text), b"a\n1\n"):
        ran = subprocess.run([sys.executable, "-c", code], input=content, capture_output=True, timeout=60)
        assert ran.stdout.split() == [b"1" if content == b"a\n1\n" else str(ROWS).encode()], ran.stderr


READS = {
    "batches": "sum(frame.height for frame in p.open_csv(path, n_threads=2))",
    "count": "p.count_rows(path, n_threads=2)",
    "rows": "p.scan_fast_csv(path, n_threads=2).select(pl.len()).collect().item()",
}
if POLARS_2:
    # Before, a slice from the end does not reach the reader.
    READS["tail"] = "p.scan_fast_csv(path, n_threads=2).tail(2).collect()['a'].sum()"


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
@pytest.mark.parametrize("read", READS)
def test_memory_holds_what_is_under_way(tmp_path: Path, read: str) -> None:
    """A stream of half a gigabyte is read in far less."""
    path = tmp_path / "long.csv.gz"
    part = b"".join(b"%d,some words that take a little room,2.5\n" % row for row in range(100_000))
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(b"a,b,c\n")
        for _ in range(120):
            file.write(part)
    code = (
        "import sys, polars as pl, polars_fast_csv as p\n"
        f"path = sys.argv[1]\nprint({READS[read]})\n"
        "print(next(line for line in open('/proc/self/status') if line.startswith('VmHWM')).split()[1])"
    )
    ran = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, timeout=300)
    answer, peak = map(int, ran.stdout.split())
    assert answer == (99_998 + 99_999 if read == "tail" else 12_000_000)
    assert peak * 1024 < 450e6, ran.stderr
