"""Rules held against files: what is told of each row, where, and what is left."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import os
import random
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import polars_fast_csv as pfc
import pytest
from polars.testing import assert_frame_equal

DATA = b"id,price,mail,day\n1,9.5,a@b.org,2026-01-02\n2,-1,x,2026-01-01\n2,n/a,,2026-01-03\n,3,d@e.org,2026-02-30\n"


def told(report: pfc.Report) -> list[tuple[Any, ...]]:
    return report.rejects.select("line", "column_name", "code", "rule", "value").rows()


def check(data: bytes, rules: Any, **options: Any) -> list[tuple[Any, ...]]:
    """Each reject's record, column, and rule or code; the good rows are those without one."""
    report = pfc.validate(data, rules, **options)
    bad = set(report.rejects.filter(pl.col("action") == "skip")["record"].to_list())
    schema = report.good.collect_schema()
    plain = pfc.scan_fast_csv(data, **{**options, "schema": schema, "on_error": "null", "row_index_name": "row"})
    left = plain.collect().filter(~(pl.col("row") + 1).is_in(pl.Series(list(bad), dtype=pl.UInt32).implode()))
    assert_frame_equal(report.good.collect(), left.drop("row"))
    assert report.bad_rows == len(bad)
    assert report.counts["count"].sum() == report.rejects.height
    return report.rejects.select("record", "column_name", pl.coalesce("rule", pl.col("code").cast(pl.String))).rows()


def test_each_fault_has_its_place_its_rule_and_its_row_is_left_out() -> None:
    rules = {
        "id": {"type": "integer", "required": True, "unique": True},
        "price": {"type": float, "minimum": 0},
        "mail": {"min_length": 3},
        "day": pl.Date,
    }
    report = pfc.validate(DATA, rules)
    assert told(report) == [
        (3, "price", "rule", "minimum", "-1"),
        (3, "mail", "rule", "min_length", "x"),
        (4, "id", "rule", "unique", "2"),
        (4, "price", "cast", None, "n/a"),
        (5, "id", "null_in_required", "required", ""),
        (5, "day", "cast", None, "2026-02-30"),
    ]
    first = report.rejects.row(0, named=True)
    assert first["raw"] == "2,-1,x,2026-01-01"
    assert DATA[first["byte"] :].startswith(b"-1,")
    assert (first["record"], first["column"], first["expected"], first["action"]) == (
        2,
        2,
        "must be at least 0",
        "skip",
    )
    assert (report.rows, report.bad_rows, report.ok) == (4, 3, False)
    assert report.good.collect().rows() == [(1, 9.5, "a@b.org", dt.date(2026, 1, 2))]
    assert report.counts.filter(pl.col("column_name") == "price").rows() == [
        ("price", None, "cast", 1),
        ("price", "minimum", "rule", 1),
    ]
    assert repr(report) == "<Report: 1 of 4 rows good, not ok>"
    assert report.rejects.schema["code"] == pfc.Rejects().frame().schema["code"]


COLUMN = b"a\n1\n2\n3\n\n5\n"
WORDS = b"w\nab\nabc\n\nxyz\n\xc3\xa9\xc3\xa9\n"


@pytest.mark.parametrize(
    ("data", "rules", "records"),
    [
        (COLUMN, {"minimum": 2}, [1]),
        (COLUMN, {"exclusive_minimum": 2}, [1, 2]),
        (COLUMN, {"maximum": 2}, [3, 5]),
        (COLUMN, {"exclusive_maximum": 2}, [2, 3, 5]),
        (COLUMN, {"minimum": 1.5, "maximum": 2.5}, [1, 3, 5]),
        (COLUMN, {"exclusive_minimum": 1.5, "exclusive_maximum": 2.5}, [1, 3, 5]),
        (COLUMN, {"minimum": float("-inf"), "exclusive_maximum": float("inf")}, []),
        (COLUMN, {"minimum": 2**70}, [1, 2, 3, 5]),
        (COLUMN, {"type": float, "minimum": 2}, [1]),
        (COLUMN, {"type": pl.UInt8, "enum": [1, 3, 300]}, [2, 5]),
        (COLUMN, {"enum": [1, 2.0, 3, 5]}, []),
        (COLUMN, {"required": True}, [4]),
        (COLUMN, {"monotonic": True}, []),
        (COLUMN, {"monotonic": "decreasing"}, [2, 3, 5]),
        (b"a\n1\n1\n3\n2\n\n2\n9\n", {"monotonic": "increasing"}, [4]),
        (b"a\n1\n1\n3\n2\n\n2\n9\n", {"monotonic": "strictly_increasing"}, [2, 4, 6]),
        (b"a\n1\n1\n3\n1\n\n\n", {"unique": True}, [2, 4]),
        (b"a\n0.0\n-0.0\nnan\nNaN\n1\n", {"type": "number", "unique": True}, [2, 4]),
        (b"a\nnan\n1\n", {"type": "number", "minimum": 0}, [1]),
        (b"a\nnan\n1\n", {"type": "number", "maximum": 5}, [1]),
        (WORDS, {"min_length": 3}, [1, 5]),
        (WORDS, {"max_length": 2}, [2, 4]),
        (WORDS, {"pattern": "[a-c]+"}, [4, 5]),
        (WORDS, {"pattern": "a|b"}, [1, 2, 4, 5]),
        (WORDS, {"enum": ["ab", "abc", "éé"]}, [4]),
        (WORDS, {"minimum": "abc"}, [1]),
        (WORDS, {"format": "ascii"}, [5]),
        (b"m\na@b.org\na\n", {"format": "email"}, [2]),
        (b"m\nhttps://a.org/x\nx\n", {"format": "url"}, [2]),
        (b"m\n550e8400-e29b-41d4-a716-446655440000\n550e8400\n", {"format": "uuid"}, [2]),
        (b"m\n1.2.3.4\n::1\n", {"format": "ipv4"}, [2]),
        (b"m\n1.2.3.4\n::1\n", {"format": "ipv6"}, [1]),
        (b"m\nGB82WEST12345698765432\nGB82WEST12345698765433\n", {"format": "iban"}, [2]),
        (b"m\n79927398713\n79927398714\n", {"type": "string", "format": "luhn"}, [2]),
        (b"d\n2026-01-01\n2027-01-01\n", {"type": "date", "maximum": dt.date(2026, 6, 1)}, [2]),
        (b"d\n2026-01-01\n2027-01-01\n", {"type": "date", "minimum": "2026-06-01"}, [1]),
        (b"d\n2026-01-01 10:00:00\n", {"type": "datetime", "minimum": dt.datetime(2026, 1, 1, 10, 0, 1)}, [1]),
        (b"d\n2026-01-01 10:00:00\n", {"type": "datetime", "minimum": dt.date(2026, 1, 1)}, []),
        (b"d\n10:00:00\n11:00:00\n", {"type": "time", "exclusive_minimum": dt.time(10)}, [1]),
        (b"b\ntrue\nfalse\n", {"enum": [True]}, [2]),
        (b"a\n1\n2\n7\n", {"references": pl.Series([1, 2, 3])}, [3]),
        (b"a\nx\ny\n\n", {"references": pl.DataFrame({"k": ["y", None]})}, [1]),
    ],
)
def test_a_rule_of_a_column(data: bytes, rules: dict[str, Any], records: list[int]) -> None:
    column = data.split(b"\n")[0].decode()
    found = check(data, {column: rules})
    assert [record for record, _, _ in found] == records
    known = {*rules, "foreign_key"}
    assert all(name == column and rule in known for _, name, rule in found)


def test_a_format_says_how_dates_are_written() -> None:
    rules = {"d": {"type": "date", "format": "%d.%m.%Y", "minimum": "2026-01-01"}}
    report = pfc.validate(b"d\n02.01.2026\n2026-01-02\n31.12.2025\n", rules)
    assert report.rejects.select("record", "code", "rule").rows() == [(2, "cast", None), (3, "rule", "minimum")]
    assert report.good.collect()["d"].to_list() == [dt.date(2026, 1, 2)]


def test_rules_of_the_table() -> None:
    data = b"a,b,c\n1,x,1\n1,y,2\n1,x,\n,x,9\n2,z,1\n"
    assert check(data, {"*": {"primary_key": ["a", "b"]}}) == [(3, None, "primary_key"), (4, "a", "primary_key")]
    assert check(data, {None: {"primary_key": "c"}}) == [(3, "c", "primary_key"), (5, "c", "primary_key")]
    assert check(data, {"*": {"unique": [["a", "b"], "c"]}}) == [(3, None, "unique"), (5, "c", "unique")]
    own = {"columns": "c", "references": "a"}
    assert check(data, {"*": {"foreign_keys": [own]}}) == [(4, "c", "foreign_key")]
    frame = pl.DataFrame({"k": [1, 2], "l": ["x", "z"]})
    other = {"columns": ["a", "b"], "references": frame}
    assert check(data, {"*": {"foreign_keys": [other]}}) == [(2, None, "foreign_key")]


@pytest.mark.parametrize(
    ("expression", "records"),
    [
        (pl.col("c") > pl.col("a"), [1, 5]),
        (pl.col("a") != 1, [1, 2, 3]),
        (pl.col("b").str.len_chars() + pl.col("c") > 2, [1, 5]),
        (pl.when(pl.col("b") == "x").then(pl.col("c") == 1).otherwise(True), [4]),
        (pl.col("a") * 2 < pl.col("c").cast(pl.Float64) + 1, [1, 5]),
        (pl.col("c") < pl.col("c").mean(), [4]),
        (pl.col("a").count().over("b") == 2, [2, 5]),
        (pl.lit(value=True), []),
    ],
)
def test_an_expression_says_which_rows_are_right(expression: pl.Expr, records: list[int]) -> None:
    data = b"a,b,c\n1,x,1\n1,y,2\n1,x,\n,x,9\n2,z,1\n"
    found = check(data, {"*": {"expressions": {"mine": expression}}})
    assert [record for record, _, _ in found] == records
    assert {rule for *_, rule in found} <= {"mine"}


def test_structure_is_part_of_the_report() -> None:
    data = b'a,b\n1,2\n3\n4,5,6\n7,8\n"9,10\n11,x\n'
    rules = {"a": int, "b": int}
    report = pfc.validate(data, rules)
    assert report.rejects["code"].to_list() == ["too_few_fields", "too_many_fields", "unclosed_quote", "cast"]
    assert report.good.collect().rows() == [(1, 2), (7, 8)]
    lenient = pfc.validate(b"a,b\n1,2\n3\n4,5,6\n", rules, short_records="null", truncate_ragged_lines=True)
    assert lenient.ok
    assert lenient.good.collect().rows() == [(1, 2), (3, None), (4, 5)]
    assert lenient.rejects["action"].to_list() == ["pad", "truncate"]


def test_a_share_of_failures_may_be_tolerated() -> None:
    data = b"a\n" + b"1\n" * 98 + b"-1\nx\n"
    for tolerance, ok in [(0, False), (0.009, False), (0.01, True), (1, True)]:
        report = pfc.validate(data, {"a": {"type": int, "minimum": 0, "tolerance": tolerance}})
        assert (report.ok, bool(report), report.bad_rows) == (ok, ok, 2)


def test_the_table_as_a_whole_has_no_place() -> None:
    report = pfc.validate(b"a\n1\n2\n", {"*": {"min_rows": 3}, "missing": {"required": True}})
    assert not report.ok
    assert report.rejects.select("record", "line", "column_name", "rule", "value", "action").rows() == [
        (None, None, "missing", "missing_column", None, "keep"),
        (None, None, None, "min_rows", "2", "keep"),
    ]
    assert report.good.collect().height == 2
    assert pfc.validate(b"a\n1\n2\n", {"*": {"min_rows": 2, "max_rows": 2}}).ok
    assert pfc.validate(b"a\n1\n2\n", {"*": {"max_rows": 1}}).rejects["rule"].to_list() == ["max_rows"]


@pytest.mark.parametrize(
    ("rules", "error", "text"),
    [
        ({"a": {"mininum": 1}}, ValueError, "did you mean 'minimum'"),
        ({"a": {"nonsense": 1}}, ValueError, "the words are type, format, required"),
        ({"a": {"type": "int"}}, ValueError, "must be one of any, string, integer"),
        ({"a": {"format": "post"}}, ValueError, "format of column 'a' must be one of"),
        ({"a": {"required": 1}}, TypeError, "True or False"),
        ({"a": {"minimum": None, "maximum": [1]}}, TypeError, "maximum of column 'a'"),
        ({"a": {"minimum": 3, "maximum": 2}}, ValueError, "must not be more than its maximum"),
        ({"a": {"min_length": -1}}, ValueError, "not negative"),
        ({"a": {"enum": "abc"}}, TypeError, "a list of values"),
        ({"a": {"enum": []}}, ValueError, "at least one value"),
        ({"a": {"monotonic": "up"}}, ValueError, "strictly_decreasing"),
        ({"a": {"tolerance": 2}}, ValueError, "between 0 and 1"),
        ({"a": {"pattern": 3}}, TypeError, "a regular expression"),
        ({"*": {"primary": "a"}}, ValueError, "primary_key"),
        ({"*": {"min_rows": 3, "max_rows": 2}}, ValueError, "min_rows"),
        ({"*": {"expressions": {"x": 1}}}, TypeError, "polars expression"),
        ({"*": {"foreign_keys": [{"columns": "a"}]}}, ValueError, "'references'"),
        ({"*": {"foreign_keys": [{"columns": "a", "references": ["b", "c"]}]}}, ValueError, "refers to as many"),
        ({"*": {"primary_key": ["a", "a"]}}, ValueError, "columns that differ"),
        ({3: {}}, TypeError, "a column of the rules"),
        (3, TypeError, "a Frictionless Table Schema"),
        ({"a": {"pattern": "["}}, ValueError, "pattern of column 'a' is no regular expression: regex parse error"),
        ({"a": {"pattern": "(?=a)"}}, ValueError, "look-around, including look-ahead"),
        ({"a": {"type": "integer", "pattern": "x"}}, ValueError, "pattern of column 'a' is for text, and .* Int64"),
        ({"a": {"type": "integer", "min_length": 1}}, ValueError, "min_length of column 'a' is for text"),
        ({"a": {"type": "integer", "minimum": "x"}}, ValueError, "minimum of column 'a' is 'x', and .* Int64"),
        ({"a": {"type": "date", "maximum": 5}}, ValueError, "maximum of column 'a' is 5, and the column is Date"),
        ({"a": {"type": "integer", "enum": ["x"]}}, ValueError, "enum of column 'a' is 'x'"),
        ({"a": {"type": pl.Decimal(9, 2), "minimum": "x"}}, ValueError, "minimum of column 'a' is 'x', and .* Decimal"),
        ({"a": {"type": pl.Duration("ms"), "minimum": 5}}, ValueError, "minimum of column 'a' is 5, and .* Duration"),
        ({"a": {"type": pl.Categorical, "enum": [1]}}, ValueError, "enum of column 'a'"),
        ({"a": {"exclusive_minimum": 5, "exclusive_maximum": 5}}, ValueError, "must be less than its exclusive_max"),
        ({"a": {"minimum": 5, "exclusive_maximum": 5}}, ValueError, "minimum of column 'a' must be less than"),
        ({"*": {"foreign_keys": 5}}, TypeError, "foreign_keys must be a list of mappings"),
        ({"*": {"foreign_keys": {"columns": "a", "references": "b"}}}, TypeError, "foreign_keys must be a list"),
    ],
)
def test_bad_rules_are_refused_before_the_file_is_opened(rules: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        pfc.validate("no-such-file.csv", rules)


@pytest.mark.parametrize(
    ("rules", "text"),
    [
        ({"a": {"minimum": "x"}}, "minimum of column 'a' is 'x', and the column is Int64"),
        ({"a": {"min_length": 1}}, "min_length of column 'a' is for text, and the column is Int64"),
        ({"a": {"enum": ["x"]}}, "enum of column 'a'"),
    ],
)
def test_rules_that_do_not_suit_a_column_are_refused(rules: Any, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        pfc.validate(b"a,b\n1,x\n", rules)


@pytest.mark.parametrize(
    ("dtype", "cells", "rules", "bad"),
    [
        (pl.Decimal(9, 2), ["1.50", "-1", "", "0.005"], {"minimum": 0}, [("-1", "minimum")]),
        (pl.Decimal(9, 2), ["1.50", "1.49"], {"exclusive_maximum": "1.5"}, [("1.50", "exclusive_maximum")]),
        (pl.Decimal(9, 2), ["1.50", "1.4"], {"enum": [Decimal("1.5"), 2]}, [("1.4", "enum")]),
        (pl.Duration("ms"), ["PT1S", "PT2S"], {"maximum": dt.timedelta(seconds=1)}, [("PT2S", "maximum")]),
        (pl.Categorical, ["x", "", "yy"], {"pattern": "[xy]"}, [("yy", "pattern")]),
        (pl.Categorical, ["x", "", "yy"], {"enum": ["yy"], "max_length": 1}, [("x", "enum"), ("yy", "max_length")]),
        (
            pl.Enum(["x", "yy"]),
            ["x", "", "yy"],
            {"enum": ["yy"], "min_length": 2},
            [("x", "enum"), ("x", "min_length")],
        ),
        (pl.Categorical, ["a@b.org", "a"], {"minimum": "a@"}, [("a", "minimum")]),
    ],
)
def test_values_that_only_polars_compares(dtype: Any, cells: list[str], rules: Any, bad: list[tuple[str, str]]) -> None:
    data = ("a,b\n" + "".join(f"{cell},1\n" for cell in cells)).encode()
    report = pfc.validate(data, {"a": {"type": dtype, **rules}})
    ruled = report.rejects.filter(pl.col("code") == "rule")
    assert sorted(ruled.select("value", "rule").rows()) == bad
    assert set(report.rejects["column_name"]) <= {"a"}
    assert report.good.collect().height == report.rows - report.bad_rows


def test_what_validate_does_with_faults_is_no_option() -> None:
    with pytest.raises(TypeError, match="every fault is recorded"):
        pfc.validate(b"a\n1\n", {}, on_error="skip")
    with pytest.raises(TypeError, match="unknown option 'speed'"):
        pfc.validate(b"a\n1\n", {}, speed=1)  # type: ignore[call-arg]


def test_a_limit_bounds_the_frame_and_nothing_else() -> None:
    data = b"a\n" + b"-1\n1\n" * 100
    report = pfc.validate(data, {"a": {"minimum": 0}}, rejects=pfc.Rejects(limit=3))
    assert report.rejects.height == 3
    assert report.counts.rows() == [("a", "minimum", "rule", 100)]
    assert (report.bad_rows, report.good.collect().height) == (100, 100)


def test_the_good_rows_are_a_query() -> None:
    data = b"a,b\n1,x\n-1,y\n3,z\n4,\n"
    report = pfc.validate(data, {"a": {"minimum": 0}})
    good = report.good
    assert good.collect().rows() == [(1, "x"), (3, "z"), (4, None)]
    assert good.collect(engine="streaming").rows() == [(1, "x"), (3, "z"), (4, None)]
    assert good.select(pl.len()).collect().item() == 3
    assert good.head(2).collect().rows() == [(1, "x"), (3, "z")]
    assert good.tail(1).collect().rows() == [(4, None)]
    assert good.slice(1, 1).collect().rows() == [(3, "z")]
    assert good.select("b").filter(pl.col("b") > "x").collect().rows() == [("z",)]
    assert good.filter(pl.col("a") > 1).select(pl.col("a").sum()).collect().item() == 7
    numbered = pfc.validate(data, {"a": {"minimum": 0}}, row_index_name="n", row_index_offset=5).good
    assert numbered.collect()["n"].to_list() == [5, 7, 8]
    assert numbered.select("b", "n").collect().columns == ["b", "n"]
    assert pfc.validate(data, {}).good.collect().height == 4
    assert pfc.validate(data, {"a": {"minimum": 9}}).good.collect().height == 0


def test_sources_of_every_kind(tmp_path: Path) -> None:
    rules = {"a": {"type": int, "minimum": 0, "unique": True}}
    data = b"a\n1\n-1\n1\n2\n"
    plain, packed, other = tmp_path / "plain.csv", tmp_path / "packed.csv.gz", tmp_path / "other.csv"
    plain.write_bytes(data)
    packed.write_bytes(gzip.compress(data))
    other.write_bytes(b"a\n7\n2\n")
    expected = [(3, "minimum"), (4, "unique")]
    for source in (data, plain, packed, io.BytesIO(data)):
        report = pfc.validate(source, rules)
        assert report.rejects.select("line", "rule").rows() == expected
        assert report.good.collect()["a"].to_list() == [1, 2]
    both = pfc.validate([plain, other], rules)
    assert both.rejects.select("file", "line", "rule").rows() == [
        (str(plain), 3, "minimum"),
        (str(plain), 4, "unique"),
        (str(other), 3, "unique"),
    ]
    assert both.good.collect()["a"].to_list() == [1, 2, 7]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are of Unix")
def test_a_pipe_is_kept_for_the_good_rows(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(b"a\n1\n-1\n2\n"))
    writer.start()
    report = pfc.validate(pipe, {"a": {"minimum": 0}})
    writer.join()
    assert report.rejects.select("file", "line").rows() == [(str(pipe), 3)]
    good = report.good
    del report
    assert good.collect()["a"].to_list() == [1, 2]


def test_the_same_report_at_any_thread_count_and_chunk() -> None:
    generator = random.Random(7)
    lines = [
        f"{generator.randrange(3000)},{generator.choice('abcdef')},{generator.random():.3f}" for _ in range(20_000)
    ]
    data = ("k,w,x\n" + "\n".join(lines) + "\n").encode()
    rules = {
        "k": {"type": int, "unique": True, "maximum": 2990, "monotonic": True},
        "w": {"type": str, "enum": list("abcde")},
        "x": {"type": float, "minimum": 0.01},
        "*": {"expressions": {"e": pl.col("x") < pl.col("k") + 0.5, "f": pl.col("x").round(1) != 0.5}},
    }
    frames = []
    for threads in (1, 2, 5):
        report = pfc.validate(data, rules, n_threads=threads)
        frames.append((report.rejects, report.counts.sort(pl.all()), report.good.collect()))
    for rejects, counts, good in frames[1:]:
        assert_frame_equal(rejects, frames[0][0], check_row_order=True)
        assert_frame_equal(counts, frames[0][1])
        assert_frame_equal(good, frames[0][2])
    frame = pfc.read_fast_csv(data)
    by_polars = frame.select(
        unique=~pl.col("k").is_first_distinct(),
        maximum=pl.col("k") > 2990,
        monotonic=pl.col("k") < pl.col("k").shift(),
        enum=~pl.col("w").is_in(list("abcde")),
        minimum=pl.col("x") < 0.01,
        e=pl.col("x") >= pl.col("k") + 0.5,
        f=pl.col("x").round(1) == 0.5,
    ).sum()
    counted = dict(frames[0][1].group_by("rule").agg(pl.col("count").sum()).rows())
    assert counted == {name: count for name, count in by_polars.row(0, named=True).items() if count}


def test_a_table_schema_is_read_from_a_path_and_a_dict(tmp_path: Path) -> None:
    schema = {
        "fields": [
            {"name": "id", "type": "integer", "constraints": {"required": True, "unique": True}},
            {"name": "w", "type": "string", "constraints": {"pattern": "[a-z]+", "maxLength": 3}},
        ],
        "missingValues": ["", "NA"],
    }
    path = tmp_path / "schema.json"
    path.write_text(json.dumps(schema))
    data = b"id,w\n1,abc\n1,NA\nNA,abcd\n2,A\n"
    expected = [(2, "id", "unique"), (3, "id", "required"), (3, "w", "max_length"), (4, "w", "pattern")]
    for given in (schema, path, str(path)):
        report = pfc.validate(data, given)
        assert report.rejects.select("record", "column_name", "rule").rows() == expected
    assert pfc.validate(b"id\n1\n", schema).rejects.select("column_name", "rule").rows() == [("w", "missing_column")]
    assert pfc.validate(b"id,w,z\n1,a,b\n", schema).rejects.select("column_name", "rule").rows() == [
        ("z", "extra_column")
    ]
    for broken, text in [
        ({"fields": []}, "a list 'fields'"),
        ({"fields": [{"type": "integer"}]}, "has a 'name'"),
        ({"fields": [{"name": "a", "type": "object"}]}, "must be one of string, any, number"),
        ({"fields": [{"name": "a", "constraints": {"min": 1}}]}, "did you mean 'minimum'"),
        ({"fields": [{"name": "a"}], "primaryKey": "b"}, "none of the fields"),
        ({"fields": [{"name": "a"}, {"name": "a"}]}, "names that differ"),
    ]:
        with pytest.raises(ValueError, match=text):
            pfc.validate("no-such-file.csv", broken)
    with pytest.raises(FileNotFoundError):
        pfc.validate(data, tmp_path / "nothing.json")
