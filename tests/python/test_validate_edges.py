"""Rules where rows, types and shares meet: what is said of all rows, values of another type, faults of a type."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import polars as pl
import polars_fast_csv as pfc
import pytest

NUMBERS = b"a,b\n1,1\n2,3\n3,4\n"


@pytest.mark.parametrize(
    "expression",
    [
        pl.col("a").max() > 5,
        pl.len() > 5,
        (pl.col("a").max() > 5) & (pl.len() > 1),
        pl.lit(1) > pl.lit(2),
        pl.lit(value=False),
        pl.col("a").fast_csv.is_monotonic(direction="decreasing"),  # type: ignore[attr-defined]
    ],
)
def test_what_an_expression_says_of_all_rows_it_says_of_each(expression: pl.Expr) -> None:
    rules: Any = {"a": int, "*": {"expressions": {"mine": expression}}}
    for batch_size in (None, 1, 2):
        report = pfc.validate(NUMBERS, rules, batch_size=batch_size)
        assert report.rejects["record"].to_list() == [1, 2, 3]
        assert (report.bad_rows, report.good.collect().height) == (3, 0)
    beside = {"a": int, "*": {"expressions": {"mine": expression, "other": pl.col("a").shift() < 9}}}
    assert pfc.validate(NUMBERS, beside).counts["count"].to_list() == [3]
    for empty in (b"a\n", b""):
        assert pfc.validate(empty, {"*": rules["*"]}, schema={"a": pl.Int64}, raise_if_empty=False).ok


def test_an_expression_of_other_rows_than_there_are_is_refused() -> None:
    rules = {"a": int, "*": {"expressions": {"mine": pl.col("a").filter(pl.col("a") > 1) > 5}}}
    with pytest.raises(pl.exceptions.PolarsError):
        pfc.validate(NUMBERS, rules)


NOON = dt.datetime(2026, 1, 1, 12)


@pytest.mark.parametrize(
    ("dtype", "cells", "known", "records"),
    [
        (pl.Int64, ["1", "2", "3"], [1.5, 2.0], [1, 3]),
        (pl.Int64, ["1", "2", ""], ["1", "x"], [2]),
        (pl.UInt8, ["1", "44"], [300, 1, -1], [2]),
        (pl.Int64, ["9007199254740992", "9007199254740993"], [9007199254740992.0], [2]),
        (pl.Float64, ["9007199254740992", "1.5"], [9007199254740993, 2], [1, 2]),
        (pl.Float64, ["1.5", "nan", "2"], [Decimal("1.5"), Decimal(2)], [2]),
        (pl.Float64, ["1.5", "nan", "2"], [float("nan"), 2.0, None], [1]),
        (pl.Float32, ["0.1", "0.5"], [0.5, 0.1], []),
        (pl.Decimal(6, 2), ["1.50", "1.56"], [Decimal("1.555"), Decimal("1.5")], [2]),
        (pl.Date, ["2026-01-01", "2026-01-02"], [NOON, dt.datetime(2026, 1, 2)], [1]),
        (pl.Datetime("us"), ["2026-01-01", "2026-01-01 12:00:00"], [dt.date(2026, 1, 1)], [2]),
        (pl.Datetime("ms"), ["2026-01-01 12:00:00"], [NOON + dt.timedelta(microseconds=1)], [1]),
        (pl.String, ["1", "01", "x"], [1, 2], [2, 3]),
        (pl.Boolean, ["true", "false"], [True, None], [2]),
    ],
)
def test_a_value_refers_to_one_that_is_equal(
    dtype: Any, cells: list[str], known: list[Any], records: list[int]
) -> None:
    data = ("a,b\n" + "".join(f"{cell},7\n" for cell in cells)).encode()
    values = pl.Series("k", known)
    alone = pfc.validate(data, {"a": {"type": dtype, "references": values}})
    assert alone.rejects["record"].to_list() == records
    frame = pl.DataFrame([values, pl.Series("l", [7] * len(known))])
    both = {"columns": ["a", "b"], "references": frame}
    keyed = pfc.validate(data, {"a": dtype, "b": int, "*": {"foreign_keys": [both]}})
    assert keyed.rejects["record"].to_list() == records


def test_every_broken_cell_counts_against_the_share_of_its_column() -> None:
    data = b"a,b\n" + b"1,x\n" * 98 + b"x,x\n" + b"9" * 30 + b",x\n"
    for tolerance, ok in [(0.01, False), (0.02, True)]:
        report = pfc.validate(data, {"a": {"type": int, "tolerance": tolerance}})
        assert sorted(report.rejects["code"]) == ["cast", "overflow"]
        assert report.ok is ok
    other = pfc.validate(data + b"1,\xff\n", {"a": {"type": int, "tolerance": 0.02}, "b": {"tolerance": 0.005}})
    assert not other.ok


@pytest.mark.parametrize(
    ("rules", "records"),
    [
        ({"type": int, "minimum": Decimal("1.5")}, [1]),
        ({"type": int, "exclusive_maximum": Decimal("2.5")}, [3]),
        ({"type": int, "maximum": Decimal(2)}, [3]),
        ({"type": float, "minimum": Decimal("1.5")}, [1]),
        ({"type": float, "enum": [Decimal("1.0"), 3]}, [2]),
        ({"type": int, "minimum": Decimal("Infinity")}, [1, 2, 3]),
    ],
)
def test_a_bound_may_be_a_decimal(rules: dict[str, Any], records: list[int]) -> None:
    assert pfc.validate(NUMBERS, {"a": rules}).rejects["record"].to_list() == records


KEYS = b"a,b,c\n1,2,3\n1,2,4\n1,3,4\n"
KNOWN = pl.Series([2])


@pytest.mark.parametrize(
    ("rules", "ok"),
    [
        ({"b": {"unique": True, "tolerance": 1}, "*": {"unique": ["b"]}}, False),
        ({"b": {"unique": True}, "*": {"unique": ["b"], "tolerance": 1}}, False),
        ({"b": {"unique": True, "tolerance": 0.34}, "*": {"unique": ["b"], "tolerance": 0.34}}, True),
        ({"*": {"unique": [["a", "b"], ["a", "c"]], "tolerance": 0.34}}, True),
        ({"*": {"unique": [["a", "b"], ["a", "c"]], "tolerance": 0.33}}, False),
        ({"*": {"unique": [["a", "b"], ["a"]], "tolerance": 0.34}}, False),
        (
            {
                "b": {"references": KNOWN, "tolerance": 0.34},
                "*": {"foreign_keys": [{"columns": "b", "references": KNOWN}], "tolerance": 0.34},
            },
            True,
        ),
        (
            {
                "b": {"references": KNOWN, "tolerance": 0.34},
                "*": {"foreign_keys": [{"columns": "b", "references": KNOWN}]},
            },
            False,
        ),
    ],
)
def test_rules_of_one_name_have_each_their_own_share(rules: dict[str, Any], ok: bool) -> None:
    for n_threads, batch_size in ((1, None), (2, 1)):
        report = pfc.validate(KEYS, rules, n_threads=n_threads, batch_size=batch_size)
        assert report.ok is ok
        assert report.counts["count"].sum() == report.rejects.height


def test_rules_of_one_name_have_each_their_own_line() -> None:
    """A page tells them apart; the counts have them together, by their columns, rules and codes."""
    rules = {"b": {"unique": True, "tolerance": 1}, "*": {"unique": ["b", ["a", "b"], ["b", "c"], "a"]}}
    report = pfc.validate(KEYS, rules)
    lines = [(line.column, line.rule, line.count, line.tolerance) for line in report._page().rules]
    assert lines == [
        ("b", "unique", 1, 1.0),
        ("b", "unique", 1, 0.0),
        ("a, b", "unique", 1, 0.0),
        ("b, c", "unique", 0, 0.0),
        ("a", "unique", 2, 0.0),
    ]
    counts = [("a", "unique", "rule", 2), ("b", "unique", "rule", 2), (None, "unique", "rule", 1)]
    assert sorted(report.counts.rows(), key=str) == sorted(counts, key=str)
