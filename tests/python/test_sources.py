"""What names a source: lists without one, patterns that match nothing, URLs of files, buffers over no file."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import polars as pl
import polars_fast_csv as pfc
import pytest

SCHEMA = {"a": pl.Int8, "b": pl.Categorical()}
READS = [
    pfc.read_fast_csv,
    lambda source, **options: pfc.scan_fast_csv(source, **options).collect(),
    lambda source, **options: pl.DataFrame(pfc.open_csv(source, **options)),
]


@pytest.mark.parametrize("read", READS, ids=["read", "scan", "open"])
@pytest.mark.parametrize("options", [{}, {"has_header": False}, {"hive_partitioning": True}, {"n_rows": 5}], ids=str)
def test_a_list_of_no_file_is_an_empty_frame_where_the_schema_is_known(read: Any, options: dict[str, Any]) -> None:
    frame = read([], schema=SCHEMA, include_file_paths="path", **options)
    assert frame.schema == {**SCHEMA, "path": pl.String}
    assert frame.height == 0


@pytest.mark.parametrize("read", [*READS, pfc.count_rows, pfc.sniff])
def test_a_list_of_no_file_is_an_error_otherwise(read: Any) -> None:
    for source in ([], ()):
        for kind in (pl.exceptions.ComputeError, ValueError):
            with pytest.raises(kind, match="the list is empty"):
                read(source)


@pytest.mark.parametrize("read", [*READS, pfc.count_rows, pfc.sniff])
def test_where_there_is_no_file_whoever_asks_python_or_polars_is_told(read: Any, tmp_path: Path) -> None:
    for source in (tmp_path, str(tmp_path / "*.csv"), [tmp_path, tmp_path], f"file://{tmp_path}/*.csv"):
        for kind in (FileNotFoundError, pl.exceptions.ComputeError):
            with pytest.raises(kind, match=r"no file (is in|matches)"):
                read(source)
    with pytest.raises(FileNotFoundError, match=r"no file matches the pattern.*x\*\.csv") as told:
        read(str(tmp_path / "x*.csv"))
    assert told.value.filename == str(tmp_path / "x*.csv")


@pytest.mark.parametrize("name", ["a b.csv", "a%20b.csv", "100%.csv", "é.csv", "%?", "[1].csv"])
def test_a_url_of_a_file_may_be_escaped_and_need_not(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(b"a\n1\n")
    for url in (path.as_uri(), f"file://{path}", f"file://localhost{path}", f"FILE://{path}", f"file:{path}"):
        assert pfc.read_fast_csv(url, glob=False).rows() == [(1,)], url
    with pytest.raises(FileNotFoundError):
        pfc.read_fast_csv((tmp_path / "no such.csv").as_uri())


def tree(folder: Path) -> list[str]:
    """Files with and without a byte, and links, and those of them that are read."""
    for name in ("b/2.csv", "b/c/3.csv", "1.csv", "x=1/4.csv"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"a\n1\n")
    for name in ("0.csv", "b/empty", "x=2.csv"):
        (folder / name).touch()
    (folder / "far").mkdir()
    (folder / "far" / "5.csv").write_bytes(b"a\n1\n")
    (folder / "b" / "link").symlink_to(folder / "far")
    (folder / "b" / "loop").symlink_to(folder)
    read = ("1.csv", "b/2.csv", "b/c/3.csv", "b/link/5.csv", "far/5.csv", "x=1/4.csv")
    return [str(folder / name) for name in read]


@pytest.mark.parametrize("read", READS[:2], ids=["read", "scan"])
def test_a_directory_is_its_files_that_hold_a_byte_and_those_of_links(read: Any, tmp_path: Path) -> None:
    wanted = tree(tmp_path)
    options: dict[str, Any] = {"include_file_paths": "path", "hive_partitioning": False}
    assert read(tmp_path, **options)["path"].to_list() == wanted
    assert read(f"file://{tmp_path}/", **options)["path"].to_list() == wanted
    assert read(str(tmp_path / "*.csv"), **options)["path"].to_list() == wanted[:1]
    assert read(str(tmp_path / "b" / "c" / "*"), **options)["path"].to_list() == wanted[2:3]
    # One that is named is read.
    with pytest.raises(pl.exceptions.NoDataError):
        read([tmp_path / "0.csv", tmp_path / "1.csv"])
    for source in (str(tmp_path / "[0x]*.csv"), tmp_path / "0.csv"):
        with pytest.raises(pl.exceptions.NoDataError, match=r"0\.csv: empty CSV"):
            read(source)
        assert read(source, raise_if_empty=False).shape == (0, 0)


def test_a_buffer_over_what_is_no_file_has_no_name() -> None:
    content = b"a,b\n1,x\n2,\xc3\xa9\n"

    class Raw(io.RawIOBase):
        def __init__(self) -> None:
            self.inner = io.BytesIO(content)

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            return self.inner.readinto(buffer)

    for file in (
        io.BufferedReader(io.BytesIO(content)),  # type: ignore[arg-type]
        io.BufferedRandom(io.BytesIO(content)),  # type: ignore[arg-type]
        io.TextIOWrapper(io.BufferedReader(io.BytesIO(content)), encoding="utf8"),  # type: ignore[arg-type]
        io.TextIOWrapper(io.BytesIO(content), encoding="utf8"),
        io.BufferedReader(Raw()),
        Raw(),
    ):
        assert pfc.read_fast_csv(file).rows() == [(1, "x"), (2, "é")]  # type: ignore[arg-type]
        assert not file.closed
