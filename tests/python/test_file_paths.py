"""`include_file_paths`: the file of each row, as polars tells it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import polars_fast_csv as pfc
import pytest
from polars import col as c
from polars.testing import assert_frame_equal


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, rows in (("a", 3), ("b", 70_000), ("c", 0), ("d", 2)):
        text = "".join(f"{row},{name}{row}\n" for row in range(rows))
        (tmp_path / f"{name}.csv").write_text("id,word\n" + text)
    return tmp_path


QUERIES: dict[str, Callable[[pl.LazyFrame], pl.LazyFrame]] = {
    "all": lambda f: f,
    "only": lambda f: f.select("path"),
    "first": lambda f: f.select("path", "id"),
    "none": lambda f: f.select("word"),
    "count": lambda f: f.group_by("path").len().sort("path"),
    "filter": lambda f: f.filter(c.path.str.ends_with("a.csv") | (c.id == 69_999)),
    "pushed": lambda f: f.filter(c.id > 69_990).select("path"),
    "slice": lambda f: f.slice(2, 3),
    "tail": lambda f: f.tail(3),
    "numbered": lambda f: f.with_row_index("row").filter(c.row > 70_000),
    "rows": lambda f: f.select(pl.len()),
}


@pytest.mark.parametrize("query", QUERIES)
def test_queries_see_the_file_of_each_row(folder: Path, query: str, engine: Any) -> None:
    ask, pattern = QUERIES[query], folder / "*.csv"
    # A file without a row makes all columns text in polars, and says nothing here.
    types = {"id": pl.Int64}
    wanted = ask(pl.scan_csv(pattern, include_file_paths="path", schema_overrides=types).collect().lazy()).collect()
    for threads in (1, 3):
        scan = pfc.scan_fast_csv(pattern, include_file_paths="path", n_threads=threads)
        assert_frame_equal(ask(scan).collect(engine=engine), wanted)


def test_every_way_to_read_tells_them(folder: Path) -> None:
    paths = [folder / "a.csv", folder / "d.csv"]
    wanted = [str(paths[0])] * 3 + [str(paths[1])] * 2
    options: dict[str, Any] = {"include_file_paths": "path"}
    assert pfc.read_fast_csv(paths, columns=["path", "word"], **options)["path"].to_list() == wanted
    assert pfc.read_fast_csv(paths, row_index_name="row", **options).columns == ["row", "id", "word", "path"]
    assert pl.concat(pfc.open_csv(paths, batch_size=2, **options))["path"].to_list() == wanted
    assert pfc.read_arrow(paths, **options)["path"].to_pylist() == wanted
    assert pfc.read_fast_csv([b"a\n1\n", b"a\n2\n"], **options)["path"].to_list() == ["in-mem"] * 2
    short = pfc.read_fast_csv(b"a\n1\n", include_file_paths="p")
    assert_frame_equal(short, pl.scan_csv(b"a\n1\n", include_file_paths="p").collect())


def test_a_directory_is_the_files_in_it(folder: Path, engine: Any) -> None:
    (folder / "sub" / "deep").mkdir(parents=True)
    (folder / "sub" / "deep" / "e.csv").write_text("id,word\n7,e\n")
    (folder / "B.csv").write_text("id,word\n8,B\n")
    types = {"id": pl.Int64}
    wanted = pl.scan_csv(folder, include_file_paths="path", schema_overrides=types).collect()
    scan = pfc.scan_fast_csv(str(folder), include_file_paths="path", schema_overrides=types)
    assert_frame_equal(scan.collect(engine=engine), wanted)
    assert pfc.count_rows(folder) == wanted.height
    (folder / "notes.txt").write_text("none")
    with pytest.raises(pl.exceptions.InvalidOperationError, match="different file extensions"):
        pfc.scan_fast_csv(folder)
    (folder / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="no file is in"):
        pfc.scan_fast_csv(folder / "empty")


@pytest.mark.parametrize("options", [{"include_file_paths": "id"}, {"include_file_paths": "r", "row_index_name": "r"}])
def test_the_name_is_no_other_columns(folder: Path, options: dict[str, Any]) -> None:
    with pytest.raises(pl.exceptions.DuplicateError, match=r"such a column already|column already exists"):
        pfc.scan_fast_csv(folder / "a.csv", **options)


def test_they_are_a_column_that_can_be_asked_for(folder: Path) -> None:
    path = folder / "a.csv"
    for columns in (["word"], ["path", "id"], ["word", "path", "id"], [2], [-1, 0], [1, 2], [-3]):
        for options in ({}, {"row_index_name": "row"}):
            given: dict[str, Any] = {"columns": columns, "include_file_paths": "path", **options}
            assert_frame_equal(
                pfc.read_fast_csv(path, **given),
                pl.scan_csv(path, include_file_paths="path")
                .select(columns if isinstance(columns[0], str) else pl.nth(*columns))
                .collect()
                .pipe(lambda frame, options=options: frame.with_row_index("row") if options else frame),
            )
    # Another column than those that are asked for may have the index's name.
    assert pfc.read_fast_csv(path, columns=["word"], row_index_name="id").columns == ["id", "word"]
    for columns in ([0, -3], ["id", "id"]):
        with pytest.raises((pl.exceptions.DuplicateError, ValueError)):
            pfc.read_fast_csv(path, columns=columns, include_file_paths="path")
    with pytest.raises(pl.exceptions.ColumnNotFoundError, match="no column -4"):
        pfc.read_fast_csv(path, columns=[-4], include_file_paths="path")
