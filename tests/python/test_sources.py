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
    for url in (path.as_uri(), f"file://{path}", f"file://localhost{path}", f"FILE://{path}"):
        assert pfc.read_fast_csv(url, glob=False).rows() == [(1,)], url
    with pytest.raises(FileNotFoundError):
        pfc.read_fast_csv((tmp_path / "no such.csv").as_uri())


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
