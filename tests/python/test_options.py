"""Options: what each does, and what is refused before a file is opened."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import polars as pl
import polars_fast_csv as pfc
import pytest
from generation import POLARS_2, polars2
from polars.testing import assert_frame_equal

if TYPE_CHECKING:
    from collections.abc import Callable

# Read by Polars as well, which must give the same.
AS_POLARS: dict[str, tuple[bytes, dict[str, Any]]] = {
    "has_header": (b"1,2\n3,4\n", {"has_header": False}),
    "separator": (b"a;b\n1;2\n", {"separator": ";"}),
    "quote_char": (b"a,b\n'1,5',2\n", {"quote_char": "'"}),
    "no quotes": (b'a,b\n"1,2"\n', {"quote_char": None}),
    "empty quote": (b'a,b\n"1,2"\n', {"quote_char": ""}),
    "comment_prefix": (b"# one\na,b\n#x\n1,2\n", {"comment_prefix": "#"}),
    "longer comment": (b"a,b\n//x\n1,2\n/3,4\n", {"comment_prefix": "//"}),
    "eol_char": (b"a,b;1,2;3,4;", {"eol_char": ";"}),
    "skip_rows": (b"junk\na,b\n1,2\n", {"skip_rows": 1}),
    "skip_lines": (b'"junk\na,b\n1,2\n', {"skip_lines": 1}),
    "skip_rows_after_header": (b"a,b\nunit,unit\n1,2\n", {"skip_rows_after_header": 1}),
    "schema": (b"a,b\n1,2\n", {"schema": {"a": pl.Int8, "b": pl.String}}),
    "schema without a header": (b"1,2\n", {"schema": {"x": pl.Int8, "y": pl.String}, "has_header": False}),
    "overrides": (b"a,b\n1,2\n", {"schema_overrides": {"b": pl.Float32}}),
    "overrides of nothing": (b"a,b\n1,2\n", {"schema_overrides": {"z": pl.Float32}}),
    "overrides in order": (b"a,b\n1,2\n", {"schema_overrides": [pl.UInt8, pl.Float32]}),
    "null word": (b"a,b\n1,NA\nNA,x\n", {"null_values": "NA"}),
    "null words": (b"a,b\n1,NA\n-,x\n", {"null_values": ["NA", "-"]}),
    "null words by column": (b"a,b\n1,NA\nNA,NA\n", {"null_values": {"a": "NA"}}),
    "empty_string_is_null": (b"a,b\nx,1\n,2\n", {"empty_string_is_null": False}),
    "ignore_errors": (b"a,b\n1,2\nx,4\n", {"ignore_errors": True, "schema": {"a": pl.Int64, "b": pl.Int64}}),
    "infer_schema": (b"a,b\n1,2\n", {"infer_schema": False}),
    "infer_schema_length": (b"a,b\n1,2\n", {"infer_schema_length": 1}),
    "infer from all": (b"a\n" + b"1\n" * 500 + b"x\n", {"infer_schema_length": None}),
    "infer from none": (b"a,b\n1,2\n", {"infer_schema_length": 0}),
    "n_rows": (b"a\n1\n2\n3\n", {"n_rows": 2}),
    "n_rows=0": (b"a\n1\n2\n3\n", {"n_rows": 0}),
    "lossy": (b"a,b\nx\xff,1\n", {"encoding": "utf8-lossy"}),
    "row index": (b"a\n1\n2\n", {"row_index_name": "i", "row_index_offset": 5}),
    "try_parse_dates": (b"a\n2024-01-02\n", {"try_parse_dates": True}),
    "new_columns": (b"a,b\n1,2\n", {"new_columns": ["x", "y"]}),
    "with_column_names": (b"a,b\n1,2\n", {"with_column_names": lambda names: [name.upper() for name in names]}),
    "truncate_ragged_lines": (b"a,b\n1,2,3\n", {"truncate_ragged_lines": True}),
    "raise_if_empty": (b"", {"raise_if_empty": False}),
    "low_memory": (b"a,b\n1,2\n", {"low_memory": True}),
    "short record": (b"a,b\n1\n3,4\n", {}),
    "header alone": (b"a,b\n", {}),
}


# Options that Polars 2 brought, or on whose meaning it decided.
NEW_IN_POLARS_2 = {"has_header", "overrides in order", "empty_string_is_null"}


@pytest.mark.parametrize(
    ("source", "options"),
    [
        pytest.param(*case, id=name, marks=polars2 if name in NEW_IN_POLARS_2 else ())
        for name, case in AS_POLARS.items()
    ],
)
def test_as_in_polars(source: bytes, options: dict[str, Any]) -> None:
    wanted = pl.scan_csv(source, **options).collect()
    assert_frame_equal(pfc.read_fast_csv(source, **options), wanted)
    assert_frame_equal(pfc.scan_fast_csv(source, **options).collect(), wanted)
    assert_frame_equal(pl.DataFrame(pfc.read_arrow(source, **options)), wanted)
    with pfc.open_csv(source, **options) as reader:
        assert_frame_equal(pl.concat([pl.DataFrame(schema=reader.schema), *reader]), wanted)


@pytest.mark.parametrize(
    ("source", "options", "rows"),
    [
        (b"a,b\n1,NA\nx,-\n", {"null_values": {"a": ["1", "x"], "b": "-"}}, [(None, "NA"), (None, None)]),
        (b"a,b\nx,1\n", {"on_error": "null", "schema": {"a": pl.Int8, "b": pl.Int8}}, [(None, 1)]),
        (b"a,b\n1\n", {"short_records": "null"}, [(1, None)]),
        (b'a,b\n12" monitor,"ab"c\n', {}, [('12" monitor', "abc")]),
        (b'a,b\n12" monitor,"ab"c\n', {"quote_char": None}, [('12" monitor', '"ab"c')]),
        (b"a\n1\n2\n", {"n_threads": 1, "batch_size": 1, "memory_map": False}, [(1,), (2,)]),
        (b"a\n1\n", {"encoding": "UTF-8", "extra_columns": "raise", "compression": None}, [(1,)]),
    ],
)
def test_beyond_polars(source: bytes, options: dict[str, Any], rows: list[tuple[Any, ...]]) -> None:
    assert pfc.read_fast_csv(source, **options).rows() == rows
    assert pfc.scan_fast_csv(source, **options).collect().rows() == rows


@pytest.mark.parametrize("memory_map", ["auto", True, False])
def test_memory_map(tmp_path: Any, memory_map: Any) -> None:
    (tmp_path / "x.csv").write_text("a,b\n1,a text of some length\n")
    assert pfc.read_fast_csv(tmp_path / "x.csv", memory_map=memory_map).rows() == [(1, "a text of some length")]


@pytest.mark.parametrize(
    ("options", "kind", "word"),
    [
        ({"separater": ";"}, TypeError, "did you mean 'separator'"),
        ({"nonsense_option": 1}, TypeError, "unknown option 'nonsense_option'"),
        ({"rejects": object()}, TypeError, "rejects"),
        ({"separator": ""}, ValueError, "separator"),
        ({"separator": 5}, TypeError, "separator"),
        ({"separator": '"'}, ValueError, "must differ"),
        ({"separator": "\n"}, ValueError, "must differ"),
        ({"separator": "123456789"}, ValueError, "1 to 8 bytes"),
        ({"separator": '|"'}, ValueError, "must differ"),
        ({"separator": "|\n"}, ValueError, "separator"),
        ({"separator": "||", "comment_prefix": "|"}, ValueError, "comment_prefix"),
        ({"escape_char": "\\\\"}, ValueError, "escape_char"),
        ({"escape_char": ""}, ValueError, "escape_char"),
        ({"escape_char": "é"}, ValueError, "escape_char"),
        ({"escape_char": 1}, TypeError, "escape_char"),
        ({"escape_char": ","}, ValueError, "must differ"),
        ({"escape_char": "\r"}, ValueError, "ends records"),
        ({"escape_char": "#", "comment_prefix": "#"}, ValueError, "comment_prefix"),
        ({"eol_char": "all"}, ValueError, "single byte or 'any'"),
        ({"eol_char": "any", "separator": "\r"}, ValueError, "must differ"),
        ({"eol_char": "any", "comment_prefix": "#\r"}, ValueError, "comment_prefix"),
        ({"trim_whitespace": "both"}, TypeError, "trim_whitespace"),
        ({"has_header": [0, 1]}, TypeError, "skip_rows_after_header"),
        ({"quote_char": "''"}, ValueError, "quote_char"),
        ({"quote_char": "\n"}, ValueError, "must differ"),
        ({"eol_char": "\r\n"}, ValueError, "eol_char"),
        ({"comment_prefix": ""}, ValueError, "comment_prefix"),
        ({"comment_prefix": 1}, TypeError, "comment_prefix"),
        ({"has_header": "yes"}, TypeError, "has_header"),
        ({"has_header": 1}, TypeError, "has_header"),
        ({"skip_rows": -1}, ValueError, "skip_rows"),
        ({"skip_footer": -1}, ValueError, "skip_footer must be at least 0"),
        ({"skip_footer": True}, TypeError, "skip_footer"),
        ({"skip_footer": 1.0}, TypeError, "skip_footer"),
        ({"skip_rows": 1.5}, TypeError, "skip_rows"),
        ({"skip_rows": True}, TypeError, "skip_rows"),
        ({"skip_rows": 1, "skip_lines": 1}, pl.exceptions.InvalidOperationError, "skip_rows"),
        ({"n_rows": -1}, ValueError, "n_rows"),
        ({"n_rows": "10"}, TypeError, "n_rows"),
        ({"n_threads": 0}, ValueError, "n_threads"),
        ({"batch_size": 0}, ValueError, "batch_size"),
        ({"max_record_bytes": 0}, ValueError, "max_record_bytes"),
        ({"infer_schema_length": -1}, ValueError, "infer_schema_length"),
        ({"infer_schema_length": "all"}, TypeError, "infer_schema_length"),
        ({"infer_schema_files": 0}, ValueError, "infer_schema_files"),
        ({"encoding": None}, TypeError, "encoding"),
        ({"on_error": "explode"}, ValueError, "on_error"),
        ({"short_records": "pad"}, ValueError, "short_records"),
        ({"memory_map": "yes"}, ValueError, "memory_map"),
        ({"schema": ["a"]}, TypeError, "schema"),
        ({"schema": {1: pl.Int8}}, TypeError, "schema"),
        ({"schema_overrides": "Int8"}, TypeError, "schema_overrides"),
        ({"null_values": 1}, TypeError, "null_values"),
        ({"null_values": ["NA", 1]}, TypeError, "null_values"),
        ({"null_values": {"a": 1}}, TypeError, "null_values"),
        ({"new_columns": "ab"}, TypeError, "new_columns"),
        ({"new_columns": ["x"], "with_column_names": list}, ValueError, "mutually exclusive"),
        ({"with_column_names": ["x"]}, TypeError, "with_column_names"),
        ({"storage_options": ["a"]}, TypeError, "storage_options must be a mapping"),
        ({"storage_options": {1: "a"}}, TypeError, "storage_options"),
        ({"storage_options": {"max_retries": "1"}}, ValueError, "max_retries"),
        ({"credential_provider": "aws"}, TypeError, "'auto', a function or None"),
        ({"truncate_ragged_lines": False, "extra_columns": "ignore"}, ValueError, "truncate_ragged_lines"),
        ({"eol_char": ""}, pl.exceptions.InvalidOperationError, "eol_char"),
        ({"encoding": "klingon"}, LookupError, "WHATWG"),
        ({"encoding": "klingon"}, ValueError, "WHATWG"),
        ({"row_index_name": 1}, TypeError, "row_index_name"),
        ({"row_index_name": "i", "row_index_offset": -1}, ValueError, "row_index_offset"),
        ({"row_index_name": "i", "row_index_offset": 1 << 40}, ValueError, "row_index_offset"),
    ],
)
@pytest.mark.parametrize("function", [pfc.scan_fast_csv, pfc.read_fast_csv, pfc.open_csv, pfc.read_arrow])
def test_a_bad_argument_fails_before_the_file_is_opened(
    function: Callable[..., Any], options: dict[str, Any], kind: type[Exception], word: str
) -> None:
    with pytest.raises(kind, match=word):
        function("never/opened.csv", **options)


@pytest.mark.parametrize("rename", [lambda names: ["x"], lambda names: (*names,), lambda names: [1, 2]])
def test_new_names_must_fit(rename: Any) -> None:
    with pytest.raises((ValueError, TypeError), match="with_column_names"):
        pfc.scan_fast_csv(b"a,b\n1,2\n", with_column_names=rename)


@pytest.mark.parametrize(
    ("source", "options", "rows"),
    [
        (b"a,b\n1,2\n3,4\n", {}, 2),
        (b"a,b\n1,2\n3,4", {"has_header": False}, 3),
        (b'a\n"x\ny"\n1\n', {}, 2),
        (b'a\n"x\ny"\n1\n', {"quote_char": None}, 3),
        (b"#c\na\n#c\n1\n", {"comment_prefix": "#"}, 1),
        (b"x\ny\na;1;2;", {"eol_char": ";", "skip_rows": 0}, 2),
        (b"j\nj\na\n1\n", {"skip_rows": 2}, 1),
        (b"a\nu\n1\n", {"skip_rows_after_header": 1}, 1),
        (b"a,b\n1\n1,2,3\n", {}, 2),
        (b"", {"raise_if_empty": False}, 0),
    ],
)
def test_count_rows(source: bytes, options: Any, rows: int) -> None:
    assert pfc.count_rows(source, **options) == rows


def test_count_rows_takes_no_schema() -> None:
    with pytest.raises(TypeError, match="schema"):
        pfc.count_rows(b"a\n1\n", schema={"a": pl.Int8})  # type: ignore[call-arg]


@polars2
def test_every_option_of_polars_is_in_the_signature() -> None:
    ours = inspect.signature(pfc.scan_fast_csv).parameters
    theirs = inspect.signature(pl.scan_csv).parameters
    assert theirs.keys() <= ours.keys()
    different = {name for name, p in theirs.items() if name != "source" and p.default != ours[name].default}
    assert different == {"infer_schema_length"}
    assert {"columns", "rechunk"} <= inspect.signature(pfc.read_fast_csv).parameters.keys()


def test_a_mapping_that_was_changed_between_two_calls_is_read_anew() -> None:
    # Equal options are checked once: what was given before must not stand for what is given now.
    schema: dict[str, Any] = {"a": pl.Int64}
    first = pfc.scan_fast_csv(b"a\n1\n", schema=schema, n_rows=1)
    schema["a"] = pl.String
    second = pfc.scan_fast_csv(b"a\n1\n", schema=schema, n_rows=1)
    again = pfc.scan_fast_csv(b"a\n1\n", schema={"a": pl.Int64}, n_rows=1)
    assert [scan.collect_schema()["a"] for scan in (first, second, again)] == [pl.Int64, pl.String, pl.Int64]
    if POLARS_2:
        assert "'a': Int64" in first.explain()
        assert "'a': Int64" in again.explain()
    with pytest.raises(TypeError, match="n_rows must be a whole number, got True"):
        pfc.scan_fast_csv(b"a\n1\n", schema={"a": pl.Int64}, n_rows=True)


def test_types_that_compare_as_equal_are_told_apart() -> None:
    # `pl.Datetime == pl.Datetime("ms")`, and likewise of others.
    for dtype in (pl.Datetime, pl.Datetime("ms"), pl.Datetime("ns"), pl.Datetime("us"), pl.Datetime("us", "UTC")):
        wanted = dtype() if isinstance(dtype, type) else dtype
        for _ in range(2):
            assert pfc.scan_fast_csv(b"a\n2024-01-01\n", schema={"a": dtype}).collect_schema()["a"] == wanted
