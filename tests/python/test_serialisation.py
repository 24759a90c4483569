"""Queries that travel: a scan goes to another process and answers there as it does here."""

from __future__ import annotations

import io
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import polars_fast_csv as pfc
import pytest
from generation import raises_in_a_query
from polars.testing import assert_frame_equal

# A process that knows nothing but the bytes, and has no cloudpickle.
ELSEWHERE = """
import io, pickle, sys
sys.modules["cloudpickle"] = None
import polars as pl
form, query, answer = sys.argv[1:]
with open(query, "rb") as file:
    lazy = pickle.load(file) if form == "pickle" else pl.LazyFrame.deserialize(file)
assert lazy.collect_schema() == lazy.collect().schema
lazy.collect(engine="streaming").write_ipc(answer)
"""

FORMS: dict[str, Callable[[pl.LazyFrame], bytes]] = {
    "pickle": pickle.dumps,
    "serialize": lambda frame: frame.serialize(),
}
BACK: dict[str, Callable[[bytes], pl.LazyFrame]] = {
    "pickle": pickle.loads,
    "serialize": lambda sent: pl.LazyFrame.deserialize(io.BytesIO(sent)),
}
forms = pytest.mark.parametrize("form", FORMS)


def run_elsewhere(form: str, query: pl.LazyFrame, folder: Path) -> subprocess.CompletedProcess[str]:
    """Send a query to another process, which writes its answer into the folder."""
    (folder / "query").write_bytes(FORMS[form](query))
    command = [sys.executable, "-W", "error", "-c", ELSEWHERE, form, str(folder / "query"), str(folder / "answer")]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(autouse=True)
def _no_cloudpickle(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scan needs nothing to be pickled that Polars does not install."""
    monkeypatch.setitem(sys.modules, "cloudpickle", None)


SOURCES: dict[str, Callable[[Path], Any]] = {
    "path": lambda path: path,
    "pattern": lambda path: path.parent / "t*.csv",
    "bytes": lambda path: path.read_bytes(),
    "binary buffer": lambda path: io.BytesIO(path.read_bytes()),
    "text buffer": lambda path: io.StringIO(path.read_text()),
    "open file": lambda path: path.open("rb"),
    "list": lambda path: [path, path.read_bytes()],
}


@forms
@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES.keys())
def test_a_query_answers_in_another_process(
    ticks_file: Path, tmp_path: Path, form: str, source: Callable[[Path], Any]
) -> None:
    given = source(ticks_file)
    scan = pfc.scan_fast_csv(given, schema_overrides={"id": pl.Int16}, null_values="n, 3", row_index_name="row")
    if isinstance(given, io.IOBase):
        # It is read when the scan is made.
        given.close()
    query = scan.filter(pl.col("id") > 100, pl.col("name").is_null() | (pl.col("gap") == 1)).select("price", "row")
    ran = run_elsewhere(form, query, tmp_path)
    assert ran.returncode == 0, ran.stderr
    answer = pl.read_ipc(tmp_path / "answer")
    assert answer.height > 100
    assert_frame_equal(answer, query.collect())


@forms
def test_a_file_that_is_gone_there_is_named(ticks_file: Path, tmp_path: Path, form: str, engine: Any) -> None:
    scan = pfc.scan_fast_csv(ticks_file)
    sent = FORMS[form](scan)
    ticks_file.unlink()
    with raises_in_a_query(FileNotFoundError, ticks_file.name):
        BACK[form](sent).collect(engine=engine)
    ticks_file.write_bytes(b"id,price,name,gap\n7,1.5,x,\n")
    ran = run_elsewhere(form, scan, tmp_path)
    assert ran.returncode == 0, ran.stderr
    ticks_file.unlink()
    ran = run_elsewhere(form, scan, tmp_path)
    assert ran.returncode != 0
    assert "FileNotFoundError" in ran.stderr
    assert str(ticks_file) in ran.stderr


TYPES: dict[str, dict[str, Any]] = {
    "inferred": {},
    "dates": {"try_parse_dates": True},
    "overrides": {"schema_overrides": {"a": pl.Int8}},
    "overrides in order": {"schema_overrides": [pl.Int8, pl.String]},
    "schema": {"schema": {"a": pl.Int8, "b": pl.String}},
    "new columns": {"new_columns": ["x", "y"], "schema_overrides": {"x": pl.Int8}},
}


@forms
@pytest.mark.parametrize("options", TYPES.values(), ids=TYPES.keys())
def test_the_types_are_those_that_were_resolved(tmp_path: Path, form: str, options: dict[str, Any]) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"a,b\n1,2020-01-01\n")
    scan = pfc.scan_fast_csv(path, **options)
    copy = BACK[form](FORMS[form](scan))
    # Left to itself the reader would find other types in what the file holds now.
    path.write_bytes(b"a,b\n,\n")
    assert copy.collect_schema() == scan.collect_schema()
    assert copy.collect().schema == scan.collect_schema()
    assert_frame_equal(copy.collect(), scan.collect())


@forms
def test_a_function_of_the_options_stays_here(tmp_path: Path, form: str) -> None:
    calls: list[list[str]] = []

    def upper(names: list[str]) -> list[str]:
        calls.append(names)
        return [name.upper() for name in names]

    scan = pfc.scan_fast_csv(b"a,b\n1,2\n", with_column_names=upper, schema_overrides={"B": pl.String})
    assert calls == [["a", "b"]]
    ran = run_elsewhere(form, scan, tmp_path)
    assert ran.returncode == 0, ran.stderr
    assert pl.read_ipc(tmp_path / "answer").to_dict(as_series=False) == {"A": [1], "B": ["2"]}
    assert calls == [["a", "b"]]


def test_a_pass_in_progress_says_that_it_cannot_travel(ticks_file: Path) -> None:
    with pfc.open_csv(ticks_file) as reader, pytest.raises(TypeError, match="pickle"):
        pickle.dumps(reader)
