"""Columns that folders name: as `pl.scan_parquet` has them, pushed into the reader, and told where they do not fit."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import polars as pl
import polars_fast_csv as pfc
import pytest
from generation import polars2
from polars.testing import assert_frame_equal

TREES: dict[str, list[str]] = {
    "integers": ["a=1", "a=2"],
    "leading zeros": ["y=2020/m=01", "y=2020/m=02"],
    "floats": ["a=1", "a=1.5"],
    "not a number": ["a=NaN", "a=1"],
    "text and integers": ["a=1", "a=b"],
    "booleans": ["a=true", "a=false"],
    "dates": ["d=2020-01-01", "d=2020-01-02"],
    "escaped times": ["d=2020-01-01%2000%3A00%3A00", "d=2020-01-01%2000%3A00%3A00.5"],
    "nulls": ["a=__HIVE_DEFAULT_PARTITION__", "a=1"],
    "only nulls": ["a=__HIVE_DEFAULT_PARTITION__"],
    "escaped text": ["a=b%20c%2Fd"],
    "a quote": ['a="x"'],
    "an empty value": ["a="],
    "a sign": ["a=+1", "a=1"],
    "two equals signs": ["a=b=c"],
    "other keys": ["a=1", "b=2"],
    "order of keys": ["b=1/a=2", "a=3/b=4"],
    "a column of the file": ["u=5", "u=7"],
    "no keys": ["x", "y"],
}


def tree(root: Path, folders: list[str]) -> tuple[Path, Path]:
    """The same rows in the same folders, as CSV and as Parquet."""
    for number, folder in enumerate(folders):
        frame = pl.DataFrame({"u": [number, 10], "v": ["x", "y"], "w": [0.5, 1.5]})
        for kind in ("csv", "parquet"):
            (root / kind / folder).mkdir(parents=True)
            getattr(frame, f"write_{kind}")(root / kind / folder / f"data.{kind}")
    return root / "csv", root / "parquet"


def same(ours: Any, theirs: Any, **options: Any) -> None:
    try:
        wanted = pl.scan_parquet(theirs, **options).collect()
    except pl.exceptions.PolarsError as refused:
        with pytest.raises(type(refused)):
            pfc.scan_fast_csv(ours, **options)
    else:
        assert_frame_equal(pfc.scan_fast_csv(ours, **options).collect(), wanted)
        assert_frame_equal(pfc.read_fast_csv(ours, **options), wanted)


@polars2
@pytest.mark.parametrize("folders", TREES.values(), ids=TREES.keys())
def test_folders_name_the_columns_that_they_name_for_parquet(tmp_path: Path, folders: list[str]) -> None:
    ours, theirs = tree(tmp_path, folders)
    for asked in (None, True, False):
        same(ours, theirs, hive_partitioning=asked)
        same([ours], [theirs], hive_partitioning=asked)
        same(sorted(ours.rglob("*.csv")), sorted(theirs.rglob("*.parquet")), hive_partitioning=asked)
        same(ours / "**/*.csv", theirs / "**/*.parquet", hive_partitioning=asked)
        same(min(ours.rglob("*.csv")), min(theirs.rglob("*.parquet")), hive_partitioning=asked)
    same(ours, theirs, include_file_paths=None, row_index_name="i", hive_partitioning=True)


@polars2
@pytest.mark.parametrize(
    "schema",
    [{"a": pl.Int8}, {"a": pl.String}, {"a": pl.Int64, "b": pl.Float32}, {"b": pl.Int8}, {"a": pl.Date}, {}],
)
@pytest.mark.parametrize("folders", [["a=1", "a=2"], ["a=1/b=2"], ["a=x"], ["a="]])
def test_a_schema_types_them(tmp_path: Path, folders: list[str], schema: dict[str, Any]) -> None:
    ours, theirs = tree(tmp_path, folders)
    same(ours, theirs, hive_schema=schema)


def test_every_function_gives_them(tmp_path: Path) -> None:
    folder, _ = tree(tmp_path, ["a=1/b=x", "a=2/b=y"])
    wanted = [(0, "x", 0.5, 1, "x"), (10, "y", 1.5, 1, "x"), (1, "x", 0.5, 2, "y"), (10, "y", 1.5, 2, "y")]
    assert pfc.read_fast_csv(folder).rows() == wanted
    assert pl.DataFrame(pfc.read_arrow(folder)).rows() == wanted
    with pfc.open_csv(folder, batch_size=1) as reader:
        assert list(reader.schema) == ["u", "v", "w", "a", "b"]
        assert [row for frame in reader for row in frame.rows()] == wanted
    assert pfc.read_fast_csv(folder, columns=["b", "u"], row_index_name="i").rows()[1:3] == [(1, "x", 10), (2, "y", 1)]
    assert pfc.read_fast_csv(folder, columns=[3]).to_series().to_list() == [1, 1, 2, 2]
    copy = pickle.loads(pickle.dumps(pfc.scan_fast_csv(folder, hive_schema={"a": pl.Int8, "b": pl.String})))
    assert copy.collect().rows() == wanted
    assert copy.collect_schema()["a"] == pl.Int8
    with_paths = pfc.read_fast_csv(folder, include_file_paths="path")
    assert with_paths.columns[-1] == "path"
    assert with_paths["path"][3].endswith("a=2/b=y/data.csv")


@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
def test_queries_on_them(tmp_path: Path, engine: Any) -> None:
    folder, _ = tree(tmp_path, ["a=1", "a=2", "a=3", "a=__HIVE_DEFAULT_PARTITION__"])
    scan, frame = pfc.scan_fast_csv(folder), pfc.read_fast_csv(folder)
    queries: list[Any] = [
        lambda f: f.filter(pl.col("a") > 1),
        lambda f: f.filter((pl.col("a") > 1) & (pl.col("v") == "y")).select("u", "a"),
        lambda f: f.filter(pl.col("a") + pl.col("u") == 3),
        lambda f: f.filter(pl.col("a").is_null() | (pl.col("u") == 1)),
        lambda f: f.filter(pl.col("a") == 9),
        lambda f: f.with_row_index().filter(pl.col("a") == 3),
        lambda f: f.filter(pl.col("a") == 3).with_row_index(),
        lambda f: f.slice(3, 2).filter(pl.col("a") == 3),
        lambda f: f.filter(pl.col("a") == 3).slice(1, 1),
        lambda f: f.select("a"),
        lambda f: f.tail(3),
        lambda f: f.filter(pl.col("a") == 2).select(pl.len()),
        lambda f: f.group_by("a").agg(pl.len()).sort("a"),
        lambda f: f.sort("a", nulls_last=True, maintain_order=True).head(3),
        lambda f: f.filter(pl.col("a") % 2 == 1).select("w"),
    ]
    for query in queries:
        assert_frame_equal(query(scan).collect(engine=engine), query(frame.lazy()).collect())


def test_files_that_a_filter_leaves_out_are_not_opened(tmp_path: Path) -> None:
    folder, _ = tree(tmp_path, ["a=1", "a=2"])
    scan = pfc.scan_fast_csv(folder)
    (folder / "a=1/data.csv").unlink()
    assert scan.filter(pl.col("a") == 2).select("u").collect().rows() == [(1,), (10,)]
    with pytest.raises(pl.exceptions.PolarsError if not hasattr(pl, "scan_external_reader") else FileNotFoundError):
        scan.filter(pl.col("u") == 1).collect()


@pytest.mark.parametrize(
    ("source", "options", "kind", "word"),
    [
        (b"a\n1\n", {"hive_partitioning": True}, ValueError, "paths of files"),
        (b"a\n1\n", {"hive_partitioning": 1}, TypeError, "hive_partitioning must be True or False"),
        (b"a\n1\n", {"hive_schema": ["a"]}, TypeError, "hive_schema must be a mapping"),
        (
            b"a\n1\n",
            {"hive_schema": {"a": pl.Int8}, "hive_partitioning": False},
            pl.exceptions.ComputeError,
            "not used",
        ),
    ],
)
def test_wrong_values_are_refused(source: Any, options: Any, kind: Any, word: str) -> None:
    for function in (pfc.scan_fast_csv, pfc.read_fast_csv, pfc.open_csv, pfc.read_arrow):
        with pytest.raises(kind, match=word):
            function(source, **options)


def test_a_value_that_is_not_of_its_type_is_told_with_its_path(tmp_path: Path) -> None:
    folder, _ = tree(tmp_path, ["a=1", "a=300"])
    with pytest.raises(pl.exceptions.ComputeError, match=r"a=300 in .*a=300/data.csv is not a Int8"):
        pfc.scan_fast_csv(folder, hive_schema={"a": pl.Int8})
    (folder / "data.csv").write_text("u,v,w\n")
    with pytest.raises(pl.exceptions.SchemaFieldNotFoundError, match=r"data.csv do not name the columns \['a'\]"):
        pfc.scan_fast_csv(folder)


def test_rules_hold_for_the_columns_that_folders_name(tmp_path: Path) -> None:
    for year in (2023, 2024, 2025):
        folder = tmp_path / f"year={year}"
        folder.mkdir()
        ids = [1, 2, 2] if year == 2024 else [1, 2, 3]
        (folder / "data.csv").write_text("id,price\n" + "".join(f"{id},{id * 1.5}\n" for id in ids))
    rules: dict[str, Any] = {
        "year": {"type": "integer", "maximum": 2024},
        "price": {"type": "number", "minimum": 1},
        "*": {"primary_key": ["year", "id"], "expressions": {"old": (pl.col("year") > 2023) | (pl.col("id") < 3)}},
    }
    report = pfc.validate(tmp_path, rules)
    assert (report.rows, report.bad_rows) == (9, 5)
    assert report.counts.sort("rule").select("column_name", "rule", "count").rows() == [
        ("year", "maximum", 3),
        (None, "old", 1),
        (None, "primary_key", 1),
    ]
    places = report.rejects.select(pl.col("file").str.extract("year=([0-9]+)").cast(pl.Int64), "line", "rule").rows()
    assert places == [(2023, 4, "old"), (2024, 4, "primary_key"), *((2025, line, "maximum") for line in (2, 3, 4))]
    assert report.rejects["column_name"].to_list() == [None, None, "year", "year", "year"]
    assert report.good.collect().select("id", "year").rows() == [(1, 2023), (2, 2023), (1, 2024), (2, 2024)]
    tolerant = pfc.validate(tmp_path, {"year": {"maximum": 2024, "tolerance": 0.5}})
    assert tolerant.ok
    assert tolerant.bad_rows == 3
    unique = pfc.validate(tmp_path, {"year": {"unique": True}})
    assert unique.counts.rows() == [("year", "unique", "rule", 6)]
    assert "maximum" in tolerant._repr_html_()


def test_a_profile_knows_what_folders_name(tmp_path: Path) -> None:
    for year in (2023, 2024):
        folder = tmp_path / f"year={year}"
        folder.mkdir()
        (folder / "data.csv").write_text("id\n1\n2\n")
    taken = pfc.profile(tmp_path)
    assert taken.select("column", "count", "distinct", "min", "max", "mean").rows() == [
        ("id", 4, 2, "1", "2", 1.5),
        ("year", 4, 2, "2023", "2024", 2023.5),
    ]
    assert pfc.profile(tmp_path, columns=["year"])["column"].to_list() == ["year"]
