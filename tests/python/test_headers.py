"""Files of one scan whose headers differ: found by name, joined or refused, on every way to read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import polars_fast_csv as pfc
import pytest
from generation import polars2
from polars.testing import assert_frame_equal

SECOND = {
    "reordered": "b,a\n3,4\n",
    "one more": "a,b,c\n3,4,5\n",
    "one more between": "a,c,b\n3,4,5\n",
    "one less": "a\n3\n",
    "another": "a,z\n3,4\n",
    "no rows": "b,a\n",
    "the same": "a,b\n3,4.5\n",
}
TYPES = {"a": pl.Int64, "b": pl.Int64}
OPTIONS: dict[str, dict[str, Any]] = {
    "none": {},
    "insert": {"missing_columns": "insert"},
    "ignore": {"extra_columns": "ignore"},
    "both": {"missing_columns": "insert", "extra_columns": "ignore"},
    "schema": {"schema": TYPES},
    "schema, insert": {"schema": TYPES, "missing_columns": "insert"},
    "schema, ignore": {"schema": TYPES, "extra_columns": "ignore"},
    "schema, both": {"schema": TYPES, "missing_columns": "insert", "extra_columns": "ignore"},
    "one file": {"infer_schema_files": 1},
    "one file, insert": {"infer_schema_files": 1, "missing_columns": "insert"},
    "one file, ignore": {"infer_schema_files": 1, "extra_columns": "ignore"},
    "one file, both": {"infer_schema_files": 1, "missing_columns": "insert", "extra_columns": "ignore"},
    "overrides": {"schema_overrides": {"b": pl.Float32, "c": pl.String}, "missing_columns": "insert"},
    "new_columns": {"new_columns": ["x", "y"]},
}
# Where this reader gives a frame, and Polars an error or another frame.
DIFFERENT: dict[tuple[str, str], str] = {
    ("reordered", "none"): "columns are found by name among the files that types are inferred from, too",
    ("reordered", "ignore"): "the same",
    ("no rows", "none"): "the same",
    ("no rows", "ignore"): "the same",
    ("one more", "ignore"): "what is to be passed over is passed over in those files, too",
    ("one more between", "ignore"): "the same",
    ("the same", "one file"): "read_fast_csv widens a type that was guessed too narrow",
    ("the same", "one file, insert"): "the same",
    ("the same", "one file, ignore"): "the same",
    ("the same", "one file, both"): "the same",
    ("no rows", "insert"): "a file without a row says nothing of types",
    ("no rows", "both"): "the same",
    ("no rows", "overrides"): "the same",
    ("no rows", "new_columns"): "the same",
}


def files(folder: Path, *texts: str) -> list[Path]:
    paths = [folder / f"{number}.csv" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text)
    return paths


@polars2
@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("second", SECOND)
def test_as_in_polars(tmp_path: Path, second: str, options: str) -> None:
    paths, given = files(tmp_path, "a,b\n1,2\n", SECOND[second]), OPTIONS[options]
    wanted: Any
    try:
        wanted = pl.read_csv(paths, **given)
    except pl.exceptions.PolarsError as refused:
        wanted = refused
    if (second, options) in DIFFERENT:
        ours = pfc.read_fast_csv(paths, **given)
        assert not isinstance(wanted, pl.DataFrame) or wanted.schema != ours.schema or not wanted.equals(ours)
    elif isinstance(wanted, pl.DataFrame):
        assert_frame_equal(pfc.read_fast_csv(paths, **given), wanted)
        assert_frame_equal(pfc.scan_fast_csv(paths, **given).collect(), wanted)
        assert_frame_equal(pl.DataFrame(pfc.open_csv(paths, **given)), wanted)
    else:
        with pytest.raises(type(wanted)):
            pfc.read_fast_csv(paths, **given)
        with pytest.raises(type(wanted)):
            pfc.scan_fast_csv(paths, **given).collect()


def test_what_differs_from_polars(tmp_path: Path) -> None:
    paths = files(tmp_path, "a,b\n1,2\n", "b,a\n3,4\n")
    assert pfc.read_fast_csv(paths).rows() == [(1, 2), (4, 3)]
    upper = pfc.read_fast_csv(paths, with_column_names=lambda names: [name.upper() for name in names])
    assert upper.to_dict(as_series=False) == {"A": [1, 4], "B": [2, 3]}
    more = files(tmp_path, "a,b\n1,2\n", "a,c,b\n3,4,5\n")
    assert pfc.read_fast_csv(more, extra_columns="ignore").rows() == [(1, 2), (3, 5)]


@pytest.mark.parametrize("kind", ["SchemaError", "ColumnNotFoundError", "ComputeError"])
def test_whichever_class_polars_has_for_it_is_caught(tmp_path: Path, kind: str) -> None:
    paths = files(tmp_path, "a,b\n1,2\n", "a,c\n3,4\n")
    for options in ({}, {"schema": TYPES}, {"infer_schema_files": 1}):
        with pytest.raises(getattr(pl.exceptions, kind), match=r"1\.csv.*\"c\"|1\.csv.*\"b\""):
            pfc.read_fast_csv(paths, **options)


def test_many_files_in_many_orders(tmp_path: Path) -> None:
    texts, wanted = [], []
    for number in range(30):
        names = ["a", "b", "c"][number % 3 :] + ["a", "b", "c"][: number % 3]
        names = names[: 2 + number % 2]
        rows = [dict.fromkeys(names, number * 100 + row) for row in range(50)]
        texts.append("\n".join([",".join(names), *(",".join(str(row[name]) for name in names) for row in rows), ""]))
        wanted += [(row.get("a"), row.get("b"), row.get("c")) for row in rows]
    paths = files(tmp_path, *texts)
    for threads in (1, 2, 5):
        scan = pfc.scan_fast_csv(paths, missing_columns="insert", n_threads=threads).select("a", "b", "c")
        assert scan.collect().rows() == wanted
        assert scan.slice(140, 20).collect().rows() == wanted[140:160]
        assert scan.tail(7).collect().rows() == wanted[-7:]
        assert scan.filter(pl.col("c").is_null()).select(pl.len()).collect().item() == sum(
            row[2] is None for row in wanted
        )


def test_types_footers_and_a_sniffed_separator_of_files_in_folders(tmp_path: Path) -> None:
    """A type that is too narrow for a file whose header has another order, and whose folder names a column."""
    for year, names in ((2020, "a;b;c"), (2021, "c;a;b")):
        (tmp_path / f"year={year}").mkdir()
        rows = [dict.fromkeys("abc", f"{row}") for row in range(50)]
        rows[30]["b"] = "x" if year == 2021 else "30"
        lines = [names, *(";".join(row[name] for name in names.split(";")) for row in rows), "that is all"]
        (tmp_path / f"year={year}/data.csv").write_text("\n".join(lines) + "\n")
    options: dict[str, Any] = {"separator": "auto", "skip_footer": 1, "infer_schema_files": 1}
    frame = pfc.read_fast_csv(tmp_path, **options)
    assert frame.schema == {"a": pl.Int64, "b": pl.String, "c": pl.Int64, "year": pl.Int64}
    assert frame["b"].to_list() == [*map(str, range(50)), *("x" if row == 30 else str(row) for row in range(50))]
    assert frame["year"].to_list() == [2020] * 50 + [2021] * 50
    assert_frame_equal(frame.select("a").rename({"a": "c"}), frame.select("c"))
    assert_frame_equal(pfc.read_fast_csv(tmp_path, columns=["year", "b"], **options), frame.select("year", "b"))
    named = pfc.scan_fast_csv(tmp_path, schema_overrides={"b": pl.String}, **options)
    assert_frame_equal(named.filter(pl.col("year") == 2021).collect(), frame.filter(pl.col("year") == 2021))
    with pytest.raises(pl.exceptions.ComputeError, match=r'(?s)year=2021.*line 32.*{"b": pl.String} holds'):
        pfc.scan_fast_csv(tmp_path, **options).collect()
