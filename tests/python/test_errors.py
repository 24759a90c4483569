"""What is refused, by which exception and with which place."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import polars as pl
import polars_fast_csv as pfc
import pyarrow as pa
import pytest
from generation import POLARS_2, raises_in_a_query

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BAD = b'a,b\n1,2\n3,"4"\n5,six\n7,8\n'
TYPES = {"a": pl.Int64, "b": pl.Int64}


QUERIES: dict[str, Callable[[Any, Path], Any]] = {
    "in-memory": lambda source, _: pfc.scan_fast_csv(source, schema=TYPES).collect(engine="in-memory"),
    "streaming": lambda source, _: pfc.scan_fast_csv(source, schema=TYPES).collect(engine="streaming"),
    "sink": lambda source, path: pfc.scan_fast_csv(source, schema=TYPES).sink_parquet(path / "out"),
}
READS: dict[str, Callable[[Any, Path], Any]] = {
    "read": lambda source, _: pfc.read_fast_csv(source, schema=TYPES),
    "columns": lambda source, _: pfc.read_fast_csv(source, schema=TYPES, columns=["b"]),
    "open": lambda source, _: list(pfc.open_csv(source, schema=TYPES)),
    "arrow": lambda source, _: pfc.read_arrow(source, schema=TYPES),
}
if POLARS_2:
    QUERIES["collect_batches"] = lambda source, _: list(pfc.scan_fast_csv(source, schema=TYPES).collect_batches())
    READS |= QUERIES


@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
@pytest.mark.parametrize("from_file", [False, True])
def test_a_bad_cell_has_its_place_however_it_is_read(
    tmp_path: Path, read: Callable[[Any, Path], Any], from_file: bool
) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(BAD)
    with pytest.raises(pfc.CsvError, match="six") as caught:
        read(path if from_file else BAD, tmp_path)
    error = caught.value
    assert isinstance(error, ValueError)
    assert isinstance(error, pl.exceptions.ComputeError)
    place = (error.line, error.record, error.column, error.column_name, error.byte, error.value, error.code)
    assert place == (4, 3, 2, "b", BAD.index(b"six"), "six", "cast")
    assert error.path == (str(path) if from_file else None)


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES.keys())
def test_the_text_of_a_querys_exception_has_the_place(tmp_path: Path, query: Callable[[Any, Path], Any]) -> None:
    place = r'line 4, record 3, column 2 \("b"\), byte 16: "six" is not an Int64; schema_overrides='
    with raises_in_a_query(pfc.CsvError, place):
        query(BAD, tmp_path)


def test_a_stream_to_pyarrow_carries_the_text() -> None:
    with pytest.raises(pa.ArrowInvalid, match=r"line 4.*six"):
        pa.table(pfc.open_csv(BAD, schema=TYPES))


def test_after_an_error_a_reader_has_ended() -> None:
    reader = pfc.open_csv(BAD, schema=TYPES)
    with pytest.raises(pfc.CsvError):
        list(reader)
    assert list(reader) == []


def test_the_exception_can_be_pickled() -> None:
    with pytest.raises(pfc.CsvError) as caught:
        pfc.read_fast_csv(BAD, schema=TYPES)
    copy = pickle.loads(pickle.dumps(caught.value))
    assert type(copy) is pfc.CsvError
    assert (str(copy), vars(copy)) == (str(caught.value), vars(caught.value))


@pytest.mark.parametrize(
    ("source", "options", "code", "record", "column"),
    [
        (b"a\n1\n300\n", {"schema": {"a": pl.Int8}}, "overflow", 2, 1),
        (b"a\n1\n-1\n", {"schema": {"a": pl.UInt16}}, None, 2, 1),
        (b"a,b\n1,2\n1,2,3\n", {}, "too_many_fields", 2, 3),
        (b"a,b\n1,2\n1\n", {"short_records": "raise"}, "too_few_fields", 2, None),
        (b'a,b\n1,2\n1,x"y\n', {"strict_quotes": True}, "stray_quote", 2, 2),
        (b'a,b\n1,2\n1,"xy\n', {}, "unclosed_quote", 2, 2),
        (b"a,b\n1,x\n1,\xff\n", {}, "invalid_utf8", 2, 2),
        (b"a,b\n1,2\n1," + b"x" * 200 + b"\n", {"max_record_bytes": 100}, "line_too_long", 2, None),
    ],
)
def test_codes(source: bytes, options: dict[str, Any], code: str | None, record: int, column: int | None) -> None:
    with pytest.raises(pfc.CsvError) as caught:
        pfc.read_fast_csv(source, **{"infer_schema": False} | options)
    assert caught.value.code in ((code,) if code else ("cast", "overflow"))
    assert caught.value.record == record
    assert column is None or caught.value.column == column


@pytest.mark.parametrize(
    ("source", "options", "kind", "word"),
    [
        ("no/such.csv", {}, FileNotFoundError, "no/such.csv"),
        ("no/such*.csv", {}, FileNotFoundError, "such"),
        (["no/such.csv"], {}, FileNotFoundError, "no/such.csv"),
        ([], {}, ValueError, "empty"),
        (7, {}, TypeError, "int"),
        ([b"a\n1\n", 7], {}, TypeError, "int"),
        (b"path.csv"[:0], {}, pl.exceptions.NoDataError, "raise_if_empty"),
        (b"\x1f\x8b\x08\x00abcdefgh", {}, OSError, "gzip stream"),
        (b"\x02\x21\x4c\x18abcdefgh", {}, NotImplementedError, "lz4"),
        (b"a,b\n1,2\n", {"schema": {"a": pl.Int64}}, pl.exceptions.SchemaError, "b"),
        (b"a,b\n1,2\n", {"schema_overrides": [pl.Int8]}, pl.exceptions.SchemaError, "1"),
        (b"a,b\n1,2\n", {"new_columns": ["x"]}, pl.exceptions.SchemaError, "1"),
        (b"a,b\n1,2\n", {"new_columns": ["x", "x"]}, pl.exceptions.DuplicateError, "x"),
        (b"a,b\0\n1,2\n", {}, pl.exceptions.SchemaError, r"NUL byte.*new_columns"),
        (b"a,b\n1,2\n", {"row_index_name": "a"}, pl.exceptions.DuplicateError, "row_index"),
        (b"a,b\n1,2\n", {"null_values": {"z": "1"}}, pl.exceptions.ColumnNotFoundError, "z"),
        ([b"a,b\n1,2\n", b"a,c\n1,2\n"], {}, pl.exceptions.PolarsError, "c"),
    ],
)
def test_sources_and_schemas(source: Any, options: dict[str, Any], kind: type[Exception], word: str) -> None:
    for function in (pfc.scan_fast_csv, pfc.read_fast_csv, pfc.open_csv, pfc.read_arrow):
        with pytest.raises(kind, match=word):
            function(source, **options)


@pytest.mark.parametrize(
    ("columns", "kind"),
    [
        (["z"], pl.exceptions.ColumnNotFoundError),
        ([2], pl.exceptions.ColumnNotFoundError),
        ([-3], pl.exceptions.ColumnNotFoundError),
        (["a", "a"], ValueError),
        (["a", 1], TypeError),
        ([True], TypeError),
        (1.5, TypeError),
    ],
)
def test_columns_that_are_not_there(columns: Any, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        pfc.read_fast_csv(b"a,b\n1,2\n", columns=columns)


def test_a_missing_file_raises_when_the_scan_is_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        pfc.scan_fast_csv(tmp_path / "none.csv")
    assert caught.value.filename == str(tmp_path / "none.csv")
    assert caught.value.errno == 2


def test_a_file_that_vanishes_later_raises_when_the_query_runs(tmp_path: Path, engine: Any) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a\n1\n")
    scan = pfc.scan_fast_csv(path)
    path.unlink()
    with raises_in_a_query(FileNotFoundError, "x.csv"):
        scan.collect(engine=engine)
