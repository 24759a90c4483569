"""The good rows against those that dataframely's ``filter`` leaves, by the same schema."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path
from typing import Any

import polars as pl
import polars_fast_csv as pfc
import pytest
from polars.testing import assert_frame_equal

dy = pytest.importorskip("dataframely", reason="dataframely is not installed here")


def assert_agree(schema: Any, data: bytes) -> pfc.Report:
    frame = pl.read_csv(data, schema={name: column.dtype for name, column in schema.columns().items()})
    filtered = schema.filter(frame)
    report = pfc.validate(data, schema)
    assert_frame_equal(report.good.collect(), filtered.result)
    counted: dict[str, int] = {}
    for column, rule, _, count in report.counts.rows():
        name = rule if column is None or rule not in schema.columns()[column].validation_rules(pl.col(column)) else None
        counted[name or f"{column}|{rule}"] = count
    assert counted == filtered.failure.counts()
    return report


def test_columns_of_every_kind_and_rules_of_the_schema() -> None:
    class Trades(dy.Schema):
        id = dy.Int64(primary_key=True, min=1)
        part = dy.String(primary_key=True, min_length=1, max_length=3)
        price = dy.Float64(nullable=True, min_exclusive=0, max=100)
        side = (
            dy.String(is_in=["B", "S"]) if "is_in" in dy.String.__init__.__kwdefaults__ else dy.String(regex="^[BS]$")
        )
        word = dy.String(nullable=True, regex="a.c", check=lambda col: col.str.len_chars() != 4)
        day = dy.Date(nullable=True, min=dt.date(2026, 1, 1))
        code = dy.Int64(unique=True, nullable=True)

        @dy.rule()
        def cheap_or_bought(cls) -> pl.Expr:
            return (pl.col("price") < 50) | (pl.col("side") == "B")

        @dy.rule()
        def two_of_a_part(cls) -> pl.Expr:
            return pl.col("id").count().over("part") > 1

    generator = random.Random(5)
    lines = ["id,part,price,side,word,day,code"]
    for at in range(500):
        cells = [
            generator.choice([at, at, at, at // 2, "", -3]),
            generator.choice(["a", "bb", "ccc", "dddd", "éé", ""]),
            generator.choice([round(generator.uniform(-5, 110), 2), "", "NaN"]),
            generator.choice("BSBSX"),
            generator.choice(["abc", "xaxcx", "axcx", "", "b"]),
            generator.choice(["2026-05-01", "2025-12-31", ""]),
            generator.choice([at, at + 1, ""]),
        ]
        lines.append(",".join(map(str, cells)))
    report = assert_agree(Trades, ("\n".join(lines) + "\n").encode())
    assert 0 < report.bad_rows < 500
    assert not report.ok


def test_a_schema_that_all_rows_keep(tmp_path: Path) -> None:
    class Plain(dy.Schema):
        a = dy.Int64(nullable=True)
        b = dy.Bool(nullable=True)

    report = assert_agree(Plain, b"a,b\n1,true\n,false\n3,\n")
    assert report.ok
    missing = pfc.validate(b"a\n1\n", Plain)
    assert missing.rejects["rule"].to_list() == ["missing_column"]
