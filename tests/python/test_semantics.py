"""Inputs and options on which this reader answers as `polars.read_csv` does, and, with reasons, those on which not."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import polars_fast_csv as pfc
import pytest
from generation import POLARS_2, polars2
from polars.testing import assert_frame_equal
from ways import Refusal, outcome

Case = tuple[bytes, dict[str, Any]]

SAME: dict[str, Case] = {
    "a blank line is a row of nulls": (b"a,b\n1,2\n\n3,4\n", {}),
    "a blank line in one column": (b"a\n1\n\n3\n", {}),
    "blank lines before the header": (b"\n\na,b\n1,2\n", {}),
    "blank line before a header of one column": (b"\na\n1\n", {}),
    "blank first line, no header": (b"\n1,2\n", {"has_header": False}),
    "blank lines at the end": (b"a,b\n1,2\n\n\n", {}),
    "blank lines at the end of one column": (b"a\n1\n\n\n", {}),
    "blank CRLF line": (b"a,b\r\n1,2\r\n\r\n3,4\r\n", {}),
    "blank CRLF line in one column": (b"a\r\n1\r\n\r\n3\r\n", {}),
    "blank line after the header": (b"a,b\n\n1,2\n", {}),
    "blank line after a header of one column": (b"a\n\n1\n", {}),
    "a line of blanks is text": (b"a,b\n1,2\n  \n3,4\n", {}),
    "no final newline": (b"a,b\n1,2", {}),
    "empty last field": (b"a,b\n1,\n", {}),
    "empty last field, no final newline": (b"a,b\n1,", {}),
    "byte order mark": (b"\xef\xbb\xbfa,b\n1,2\n", {}),
    "byte order mark before a quote": (b'\xef\xbb\xbf"a",b\n1,2\n', {}),
    "empty file": (b"", {}),
    "empty file allowed": (b"", {"raise_if_empty": False}),
    "newlines alone": (b"\n\n", {}),
    "a byte order mark alone": (b"\xef\xbb\xbf", {}),
    "header alone": (b"a,b\n", {}),
    "header alone, no newline": (b"a,b", {}),
    "short record": (b"a,b,c\n1,2\n3,4,5\n", {}),
    "long record": (b"a,b\n1,2,3\n", {}),
    "long record cut": (b"a,b\n1,2,3\n", {"truncate_ragged_lines": True}),
    "long record of an empty field": (b"a,b\n1,2,\n", {}),
    "duplicate names": (b"a,a,a,b\n1,2,3,4\n", {}),
    "duplicate names that collide": (b"a,a_duplicated_0,a\n1,2,3\n", {}),
    "empty names": (b"a,,\n1,2,3\n", {}),
    "empty names apart": (b"a,,b,\n1,2,3,4\n", {}),
    "blanks around names": (b" a , b\n1,2\n", {}),
    "newline in a name": (b'"a\nb",c\n1,2\n', {}),
    "quoted integers": (b'a\n"1"\n"2"\n', {}),
    "quoted integers by schema": (b'a\n"1"\n"2"\n', {"schema": {"a": pl.Int64}}),
    "quoted floats by schema": (b'a\n"1.5"\n', {"schema": {"a": pl.Float64}}),
    "quoted empty text": (b'a,b\n"",1\n,2\n', {}),
    "quoted empty text, empty is no null": (b'a,b\n"",1\n,2\n', {"empty_string_is_null": False}),
    "quoted empty integer": (b'a,b\n"",1\n,2\n', {"schema": {"a": pl.Int64, "b": pl.Int64}}),
    "a null word": (b'a,b\nNA,1\n"NA",NA\n', {"null_values": "NA"}),
    "null words": (b'a,b\nNA,1\n"NA",-\n', {"null_values": ["NA", "-"]}),
    "a null word of a column": (b"a,b\nNA,1\nx,2\n", {"null_values": {"a": "NA"}}),
    "a null word, empty is no null": (b"a,b\nNA,1\n,2\n", {"null_values": "NA", "empty_string_is_null": False}),
    "a number as a null word": (b"a\n1\n-1\n", {"null_values": "-1"}),
    "no header, short first record": (b"1,2\n3,4,5\n", {"has_header": False}),
    "no header, long first record": (b"1,2,3\n4,5\n", {"has_header": False}),
    "skip_rows 1": (b"x\na,b\n1,2\n", {"skip_rows": 1}),
    "skip a record with a quoted newline": (b'"x\ny"\na,b\n1,2\n', {"skip_rows": 1}),
    "skip both lines of a quoted newline": (b'"x\ny"\na,b\n1,2\n', {"skip_lines": 2}),
    "skip past blank lines": (b"\n\nx\na,b\n1,2\n", {"skip_rows": 1}),
    "skip rows of blank lines": (b"\n\nx\na,b\n1,2\n", {"skip_rows": 3}),
    "skip blank lines": (b"\n\na,b\n1,2\n", {"skip_lines": 2}),
    "skip rows past a comment": (b"#c\nx\na,b\n1,2\n", {"skip_rows": 1, "comment_prefix": "#"}),
    "skip a comment as a line": (b"#c\nx\na,b\n1,2\n", {"skip_lines": 1, "comment_prefix": "#"}),
    "skip a comment and a line": (b"#c\nx\na,b\n1,2\n", {"skip_lines": 2, "comment_prefix": "#"}),
    "skip beyond the end": (b"a,b\n1,2\n", {"skip_rows": 5}),
    "skip beyond the end, allowed": (b"a,b\n1,2\n", {"skip_rows": 5, "raise_if_empty": False}),
    "skip after the header": (b"a,b\nx,y\n1,2\n", {"skip_rows_after_header": 1}),
    "skip a quoted newline after the header": (b'a,b\n"x\ny",y\n1,2\n', {"skip_rows_after_header": 1}),
    "skip a blank line after the header": (b"a,b\n\n1,2\n", {"skip_rows_after_header": 1}),
    "skip after the header past a comment": (
        b"a,b\n#c\n1,2\n3,4\n",
        {"skip_rows_after_header": 1, "comment_prefix": "#"},
    ),
    "skip after the header where there is none": (
        b"a,b\n1,2\n3,4\n",
        {"skip_rows_after_header": 1, "has_header": False},
    ),
    "skip_rows and skip_lines": (b"x\na,b\n1,2\n", {"skip_rows": 1, "skip_lines": 1}),
    "comments": (b"#x\na,b\n#y\n1,2\n 3,4\n#\n", {"comment_prefix": "#"}),
    "comments of two characters": (b"//x\na,b\n/1,2\n//\n3,4\n", {"comment_prefix": "//"}),
    "comment inside quotes": (b'a,b\n"x\n#y",2\n', {"comment_prefix": "#"}),
    "quotes in comments": (b'a,b\n# it"s\n1,2\n#"\n3,4\n', {"comment_prefix": "#"}),
    "comment without a newline at the end": (b'a,b\n1,2\n#"', {"comment_prefix": "#"}),
    "only comments": (b"#a\n#b\n", {"comment_prefix": "#"}),
    "a comment alone, allowed": (b"#a\n", {"comment_prefix": "#", "raise_if_empty": False}),
    "another terminator": (b"a,b;1,2;3,4", {"eol_char": ";"}),
    "carriage returns as terminators": (b"a,b\r1,2\r3,4\r", {"eol_char": "\r"}),
    "carriage return at the end of the file": (b"a,b\n1,2\r", {}),
    "two carriage returns before a newline": (b"a,b\n1,2\r\r\n", {}),
    "quoted fields before CRLF": (b'a,b\r\n"x","y"\r\n', {}),
    "too few new columns": (b"a,b\n1,2\n", {"new_columns": ["x"]}),
    "too many new columns": (b"a,b\n1,2\n", {"new_columns": ["x", "y", "z"]}),
    "too few new columns and an override": (
        b"a,b\n1,2\n",
        {"new_columns": ["x"], "schema_overrides": {"a": pl.String}},
    ),
    "too few new columns and an override of one": (
        b"a,b\n1,2\n",
        {"new_columns": ["x"], "schema_overrides": {"x": pl.String}},
    ),
    "schema of other names": (b"a,b\n1,2\n", {"schema": {"x": pl.Int64, "y": pl.String}}),
    "schema of fewer names": (b"a,b\n1,2\n", {"schema": {"x": pl.Int64}}),
    "schema of more names": (b"a,b\n1,2\n", {"schema": {"a": pl.Int64, "b": pl.Int64, "c": pl.Int64}}),
    "schema in another order": (b"a,b\n1,2\n", {"schema": {"b": pl.Int64, "a": pl.Float64}}),
    "schema without a header": (b"1,2\n", {"schema": {"b": pl.Int64, "a": pl.Float64}, "has_header": False}),
    "schema of some names": (b"a,b\n1,2\n", {"schema": {"b": pl.Int64}, "truncate_ragged_lines": True}),
    "override of a name that is not there": (b"a,b\n1,2\n", {"schema_overrides": {"z": pl.Int64}}),
    "too few overrides": (b"a,b\n1,2\n", {"schema_overrides": [pl.String]}),
    "too many overrides": (b"a,b\n1,2\n", {"schema_overrides": [pl.String] * 3}),
    "an override": (b"a,b\n1,2\n", {"schema_overrides": {"b": pl.UInt8}}),
    "infer from no record": (b"a,b\n1,2\n", {"infer_schema_length": 0}),
    "infer_schema=False": (b"a,b\n1,2\n", {"infer_schema": False}),
    "infer from one record, text after it": (b"a\n1\nx\n", {"infer_schema_length": 1}),
    "mixed columns": (b"a,b,c\n1,1,true\n1.5,x,1\n", {}),
    "a column of nulls": (b"a,b\n,1\n,2\n", {}),
    "dates and datetimes": (b"a\n2020-01-01\n2020-01-01T00:00:00\n", {"try_parse_dates": True}),
    "dates and text": (b"a\n2020-01-01\nx\n", {"try_parse_dates": True}),
    "datetimes with and without offset": (b"a\n2020-01-01T00:00:00\n2020-01-01T00:00:00Z\n", {"try_parse_dates": True}),
    "dates and integers": (b"a\n2020-01-01\n1\n", {"try_parse_dates": True}),
    "quoted date": (b'a\n"2020-01-01"\n', {"try_parse_dates": True}),
    "dates with two marks": (b"a\n2020/01/02\n2020-01-03\n", {"try_parse_dates": True}),
    "overflow": (b"a\n300\n", {"schema": {"a": pl.UInt8}}),
    "text that is not UTF-8": (b"a,b\n\xff,1\n", {}),
    "text that is not UTF-8, lossy": (b"a,b\n\xff,1\n", {"encoding": "utf8-lossy"}),
    "a quote that never closes": (b'a,b\n"x,1\n2,3\n', {}),
    "no quotes": (b'a,b\n"1,2\n', {"quote_char": None}),
    "quote of two characters": (b"a,b\n", {"quote_char": "''"}),
    "n_rows": (b"a\n1\n2\n3\n", {"n_rows": 2}),
    "no rows": (b"a\n1\n", {"n_rows": 0}),
    "row index": (b"a\n1\n2\n", {"row_index_name": "i", "row_index_offset": 5}),
    "row index of a taken name": (b"a\n1\n", {"row_index_name": "a"}),
    "columns": (b"a,b,c\n1,2,3\n", {"columns": ["c", "a"]}),
    "columns by position": (b"a,b,c\n1,2,3\n", {"columns": [2, 0]}),
    "a column that is not there": (b"a,b,c\n1,2,3\n", {"columns": ["z"]}),
    "a column twice": (b"a,b,c\n1,2,3\n", {"columns": ["a", "a"]}),
    "a column and the row index": (b"a,b\n1,2\n", {"columns": ["b"], "row_index_name": "i"}),
    "short records, empty is no null": (
        b"a,b,c\nx\n,,\nx,,z\n\n",
        {"empty_string_is_null": False, "infer_schema": False},
    ),
    "blank line among skipped rows": (b"x\n\ny\na,b\n1,2\n", {"skip_rows": 2}),
    "byte order mark on a skipped row": (b"\xef\xbb\xbfx\na,b\n1,2\n", {"skip_rows": 1}),
    "byte order mark on a skipped line": (b"\xef\xbb\xbfx\na,b\n1,2\n", {"skip_lines": 1}),
    "no header, blank first line, one column": (b"\n1\n", {"has_header": False}),
    "no header, blank lines alone": (b"\n\n", {"has_header": False}),
    "header and a blank line": (b"a,b\n\n", {}),
    "header of one column and a blank line": (b"a\n\n", {}),
    "a name of no characters in quotes": (b'""\n1\n', {}),
    "no header, new columns": (b"1,2\n", {"has_header": False, "new_columns": ["x", "y"]}),
    "short first record": (b"a,b\n1\n2,3\n", {}),
    "integers beyond 64 bits and floats": (b"a\n9223372036854775808\n1.5\n", {}),
    "no header, blank CRLF line": (b"\r\n1,2\r\n", {"has_header": False}),
    "header alone with CRLF": (b"a,b\r\n", {}),
    "integers and booleans": (b"a\n1\ntrue\n", {}),
    "header alone, raise_if_empty": (b"a,b\n", {"raise_if_empty": True}),
    "terminator of two characters": (b"a,b\n", {"eol_char": "\r\n"}),
    "a record longer than those inferred from": (b"1\n2,3\n", {"has_header": False, "infer_schema_length": 1}),
    "a null word as a name": (b"a,NA\n1,2\n", {"null_values": "NA"}),
    "a name of a blank": (b"a, \n1,2\n", {}),
}

# What this reader gives instead: a frame, or an exception.
Different = tuple[bytes, dict[str, Any], pl.DataFrame | type[Exception], str]

DIFFERENT: dict[str, Different] = {
    "long record, errors ignored": (
        b"a,b\n1,2,3\n4,5\n",
        {"ignore_errors": True},
        pl.DataFrame({"a": [1, 4], "b": [2, 5]}),
        "errors that are ignored are those of structure too",
    ),
    "doubled quotes in a name": (
        b'"a","b ""x"""\n1,2\n',
        {},
        pl.DataFrame({"a": [1], 'b "x"': [2]}),
        "a doubled quote is one quote in a header too",
    ),
    "the empty text as a null word": (
        b'a,b\n"",1\n,2\n',
        {"null_values": "", "empty_string_is_null": False},
        pl.DataFrame({"a": [None, None], "b": [1, 2]}, schema={"a": pl.String, "b": pl.Int64}),
        "the empty text is a null word, quoted or not",
    ),
    "several null words of a column": (
        b"a,b\nNA,1\nx,2\n",
        {"null_values": {"a": ["NA", "x"]}},
        pl.DataFrame({"a": [None, None], "b": [1, 2]}, schema={"a": pl.String, "b": pl.Int64}),
        "a column may have several null words",
    ),
    "skip a line that ends inside quotes": (
        b'"x\ny"\na,b\n1,2\n',
        {"skip_lines": 1},
        pfc.CsvError,
        "the quote that is left over loses no rows",
    ),
    "carriage return before another terminator": (
        b"a,b;1,2\r;3,4",
        {"eol_char": ";"},
        pl.DataFrame({"a": [1, 3], "b": ["2\r", "4"]}),
        "a carriage return belongs to the end of a record only before a newline",
    ),
    "lone carriage return": (
        b"a,b\n1\r,2\n",
        {},
        pl.DataFrame({"a": ["1\r"], "b": [2]}),
        "a lone carriage return is text, and no byte of text is lost",
    ),
    "schema and overrides": (
        b"a,b\n1,2\n",
        {"schema": {"a": pl.Int64, "b": pl.Int64}, "schema_overrides": {"b": pl.UInt8}},
        pl.DataFrame({"a": [1], "b": [2]}, schema={"a": pl.Int64, "b": pl.UInt8}),
        "an override has the last word",
    ),
    "dates in two orders": (
        b"a\n2020-01-02\n03-01-2020\n",
        {"try_parse_dates": True},
        pl.DataFrame({"a": [dt.date(2020, 1, 2), dt.date(2020, 1, 3)]}),
        "every cell may have its own order of day and year",
    ),
    "a name that is not UTF-8": (
        b"\xff,b\n1,1\n",
        {},
        pfc.CsvError,
        "no byte is changed unless utf8-lossy asks for it",
    ),
    "stray quotes": (
        b'a,b\n12" mon,1\n"ab"c,2\n',
        {},
        pl.DataFrame({"a": ['12" mon', "abc"], "b": [1, 2]}),
        "a stray quote is text",
    ),
    "quote and separator the same": (b"a,b\n", {"quote_char": ","}, ValueError, "one byte cannot mean two things"),
    "a bad value after the rows asked for": (
        b"a\n1\nx\n",
        {"n_rows": 1, "schema": {"a": pl.Int64}},
        pl.DataFrame({"a": [1]}),
        "rows that are not asked for are not decoded",
    ),
    "blank lines after skipped rows": (
        b"x\n\n\na,b\n1,2\n",
        {"skip_rows": 1},
        pl.DataFrame({"a": [1], "b": [2]}),
        "blank lines before the header are skipped, after skipped rows too",
    ),
    "blank lines and comments before the header": (
        b"\n#x\n\na,b\n1,2\n",
        {"comment_prefix": "#"},
        pl.DataFrame({"a": [1], "b": [2]}),
        "blank lines before the header are skipped, between comments too",
    ),
    "times with and without seconds": (
        b"a\n03:04:05\n\n03:04\n",
        {"try_parse_dates": True},
        pl.DataFrame({"a": [dt.time(3, 4, 5), None, dt.time(3, 4)]}),
        "seconds may be missing in some cells",
    ),
    "empty comment prefix": (
        b"a,b\n1,2\n",
        {"comment_prefix": ""},
        ValueError,
        "an empty prefix would make every line a comment",
    ),
    "negative n_rows": (b"a\n1\n", {"n_rows": -1}, ValueError, "the text names the option"),
    "negative infer_schema_length": (b"a\n1\n", {"infer_schema_length": -1}, ValueError, "the text names the option"),
    "blank first line, no header, a schema": (
        b"\n1,2\n",
        {"has_header": False, "schema": {"a": pl.Int64, "b": pl.Int64}},
        pl.DataFrame({"a": [None, 1], "b": [None, 2]}, schema={"a": pl.Int64, "b": pl.Int64}),
        "a blank line is a row of nulls at the start too",
    ),
}


@polars2
@pytest.mark.parametrize(("source", "options"), SAME.values(), ids=SAME.keys())
def test_it_answers_as_polars_does(source: bytes, options: dict[str, Any]) -> None:
    try:
        wanted = pl.read_csv(source, **options)
    except (pl.exceptions.PolarsError, ValueError, RuntimeError, OverflowError) as refused:
        with pytest.raises(type(refused)):
            pfc.read_fast_csv(source, **options)
    else:
        assert_frame_equal(pfc.read_fast_csv(source, **options), wanted)
        if "columns" not in options:
            assert_frame_equal(pfc.scan_fast_csv(source, **options).collect(), wanted)


@pytest.mark.parametrize(("source", "options", "wanted", "reason"), DIFFERENT.values(), ids=DIFFERENT.keys())
def test_it_differs_from_polars_for_a_reason(
    source: bytes, options: dict[str, Any], wanted: pl.DataFrame | type[Exception], reason: str
) -> None:
    assert reason
    if isinstance(wanted, pl.DataFrame):
        assert_frame_equal(pfc.read_fast_csv(source, **options), wanted)
    else:
        with pytest.raises(wanted):
            pfc.read_fast_csv(source, **options)
    if not POLARS_2:
        return
    peer = outcome(lambda: pl.read_csv(source, **options))
    if isinstance(wanted, pl.DataFrame):
        assert isinstance(peer, Refusal) or peer.schema != wanted.schema or not peer.equals(wanted), "no longer"
    else:
        assert not isinstance(peer, Refusal) or peer.kind != wanted.__name__, "it differs no longer"
