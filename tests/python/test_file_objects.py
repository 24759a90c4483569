"""File objects: in pieces, once, from where they stand, and left open."""

from __future__ import annotations

import gzip
import io
import tempfile
import threading
from pathlib import Path
from typing import Any

import polars as pl
import polars_fast_csv as pfc
import pytest
from polars.testing import assert_frame_equal
from polars_fast_csv import _sources

ROWS = 50_000
TEXT = "id,word\n" + "".join(f'{row},"é\r\n{row % 7}"\n' for row in range(ROWS))
CONTENT = TEXT.encode()
WANTED = pl.read_csv(CONTENT)


class Dribble:
    """A file object that gives bytes or text, and says how much was taken of it."""

    def __init__(self, content: Any, most: int = 1 << 16) -> None:
        self.content, self.most, self.at, self.closed = content, most, 0, False

    def read(self, count: int = -1) -> Any:
        assert count > 0, "nobody reads it whole"
        found = self.content[self.at : self.at + min(count, self.most)]
        self.at += len(found)
        return found

    def close(self) -> None:
        self.closed = True


@pytest.fixture(params=[1 << 12, 1 << 30], ids=["streamed", "kept"])
def kept(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """How much of a file object is kept: far less than it holds, or all."""
    monkeypatch.setattr(_sources, "_KEPT", request.param)
    monkeypatch.setattr(_sources, "_PIECE", 1 << 10)
    value: int = request.param
    return value


@pytest.mark.parametrize(
    "content", [CONTENT, TEXT, gzip.compress(CONTENT), bytearray(CONTENT)], ids=["bytes", "text", "gzip", "bytearray"]
)
def test_every_way_to_read_takes_one(kept: int, content: Any) -> None:
    def file() -> Any:
        return Dribble(content, 3_001)

    assert_frame_equal(pfc.read_fast_csv(file()), WANTED)
    assert_frame_equal(pfc.scan_fast_csv(file()).filter(pl.col("id") > 9).collect(), WANTED.filter(pl.col("id") > 9))
    assert_frame_equal(pl.concat(pfc.open_csv(file())), WANTED)
    assert pfc.read_arrow(file()).num_rows == ROWS
    assert pfc.count_rows(file()) == ROWS
    assert_frame_equal(pfc.read_fast_csv([file(), CONTENT, file()]), pl.concat([WANTED] * 3))


def test_a_small_one_can_be_closed_and_read_again() -> None:
    with io.BytesIO(CONTENT) as file:
        scan = pfc.scan_fast_csv(file)
    assert_frame_equal(scan.collect(), WANTED)
    assert_frame_equal(pl.LazyFrame.deserialize(io.BytesIO(scan.serialize())).collect(), WANTED)
    assert_frame_equal(pl.concat([scan, scan]).collect(), pl.concat([WANTED] * 2))


@pytest.mark.parametrize("encoding", ["latin1", "utf-16", "shift_jis-lossy", "utf8", "utf8-lossy"])
def test_what_comes_as_text_is_text_whatever_the_encoding_of_bytes(kept: int, encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "text.csv"
    path.write_bytes(CONTENT)
    for newline in ("", "\n"):
        with path.open(encoding="utf8", newline=newline) as opened:
            assert_frame_equal(pfc.read_fast_csv(opened, encoding=encoding), WANTED)
    assert_frame_equal(pfc.read_fast_csv(Dribble(TEXT, 3_001), encoding=encoding), WANTED)
    assert_frame_equal(pfc.read_fast_csv(io.StringIO("\ufeff" + TEXT, newline=""), encoding=encoding), WANTED)
    assert pfc.count_rows(io.StringIO(TEXT, newline=""), encoding=encoding) == ROWS
    assert pfc.sniff(io.StringIO(TEXT, newline=""), encoding=encoding).schema == WANTED.schema
    if encoding == "latin1":
        both = [Dribble(TEXT), TEXT.encode("latin1")]
        assert_frame_equal(pfc.scan_fast_csv(both, encoding=encoding).collect(), pl.concat([WANTED] * 2))


@pytest.mark.usefixtures("kept")
def test_bytes_in_memory_stay_where_they_stand() -> None:
    file = io.BytesIO(CONTENT)
    scan = pfc.scan_fast_csv(file)
    for _ in range(2):
        assert file.tell() == 0
        assert_frame_equal(pfc.read_fast_csv(file), WANTED)
        assert_frame_equal(scan.collect(), WANTED)
        assert pfc.count_rows(file) == ROWS
    # Other columns behind the first line, and what is written later is not read.
    assert file.readline() == b"id,word\n"
    behind = pfc.scan_fast_csv(file, has_header=False, new_columns=WANTED.columns)
    file.write(b"x" * 100)
    assert_frame_equal(behind.collect(), WANTED)
    assert file.tell() == 108
    with pytest.raises(pl.exceptions.NoDataError):
        pfc.read_fast_csv(io.BytesIO())


def test_a_large_one_is_read_once_and_no_further_than_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_sources, "_KEPT", 1 << 12)
    file = Dribble(CONTENT)
    scan = pfc.scan_fast_csv(file)
    assert scan.collect().height == ROWS
    assert not file.closed
    with pytest.raises(
        pl.exceptions.ComputeError if not hasattr(pl, "scan_external_reader") else ValueError, match="once"
    ):
        scan.collect()
    copy = pl.LazyFrame.deserialize(io.BytesIO(pfc.scan_fast_csv(Dribble(CONTENT)).serialize()))
    with pytest.raises((pl.exceptions.ComputeError, OSError), match="pickled"):
        copy.collect()

    class Endless(Dribble):
        def read(self, count: int = -1) -> Any:
            self.at += count
            return b"1,2\n" * (count // 4)

    endless = Endless(b"")
    assert pfc.read_fast_csv(endless, n_rows=1000, has_header=False).height == 1000
    # What is read ahead has a bound.
    assert endless.at < 100 << 20


def test_what_it_raises_is_told(kept: int) -> None:
    class Torn(Dribble):
        def read(self, count: int = -1) -> Any:
            if self.at > 100_000:
                raise OSError("the line is dead")
            return super().read(count)

    with pytest.raises(OSError, match="the line is dead"):
        pfc.read_fast_csv(Torn(CONTENT))
    for content in ([1, 2, 3], None):
        wrong = Dribble(CONTENT)
        wrong.read = lambda count, content=content: content  # type: ignore[method-assign]
        with pytest.raises(TypeError, match="neither bytes nor text"):
            pfc.read_fast_csv(wrong)
    closed = io.BytesIO(CONTENT)
    closed.close()
    with pytest.raises(ValueError, match="closed"):
        pfc.read_fast_csv(closed)


def test_an_open_file_is_read_as_the_file_it_is(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(CONTENT)
    for mode in ("rb", "r+b"):
        with path.open(mode) as file:
            scan = pfc.scan_fast_csv(file)
            assert not file.closed
        assert_frame_equal(scan.collect(), WANTED)
        assert_frame_equal(scan.tail(3).collect(), WANTED.tail(3))
    # The bytes of a text file, line ends as they are, count as with Polars.
    with path.open(encoding="utf-8") as text:
        assert_frame_equal(pfc.read_fast_csv(text), WANTED)
    path.write_bytes(TEXT.encode("utf-16"))
    with path.open(encoding="utf-16", newline="") as text:
        assert_frame_equal(pfc.read_fast_csv(text), WANTED)
    with tempfile.TemporaryFile() as unnamed:
        unnamed.write(CONTENT)
        unnamed.seek(0)
        assert_frame_equal(pfc.read_fast_csv(unnamed), WANTED)
    with tempfile.NamedTemporaryFile() as named:
        named.write(CONTENT)
        named.seek(0)
        assert_frame_equal(pfc.read_fast_csv(named.file), WANTED)


def test_it_is_read_from_where_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"# a line\n" + CONTENT)
    with path.open("rb") as file:
        file.readline()
        assert_frame_equal(pfc.read_fast_csv(file), WANTED)
    memory = io.BytesIO(b"# a line\n" + CONTENT)
    memory.readline()
    assert_frame_equal(pfc.read_fast_csv(memory), WANTED)
    with path.open("rb") as file:
        # What replaced the file since is not what is open.
        path.unlink()
        path.write_bytes(b"a\n1\n")
        assert pfc.read_fast_csv(file, skip_lines=1).height == ROWS


def test_it_is_read_while_other_threads_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_sources, "_KEPT", 1 << 12)
    found: list[int] = []
    threads = [
        threading.Thread(target=lambda: found.append(pfc.read_fast_csv(Dribble(CONTENT, 999)).height)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [ROWS] * 4
