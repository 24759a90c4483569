"""The subcommand ``validate``: rules from a file, and what came of them."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tomllib
from collections.abc import Mapping
from typing import Any

import polars as pl

import polars_fast_csv as pfc
from polars_fast_csv._command.convert import add_sink, sink_of
from polars_fast_csv._command.destination import checked_destination, written
from polars_fast_csv._command.output import Paint, as_json, objects, say, table
from polars_fast_csv._command.progress import Bar
from polars_fast_csv._command.subcommand import (
    Subcommand,
    add_json,
    add_sniff,
    natural,
    options_for,
    source_of,
)
from polars_fast_csv._options import CsvOptions

_LISTED = 10
# What a table of faults shows of the frame of rejects.
_PLACES = ("file", "line", "column_name", "rule", "value", "expected")


def _validate(order: argparse.Namespace) -> int:
    rules = _rules(order.rules)
    sink = None if order.good is None else sink_of(order, order.good)
    for path in (order.html, order.rejects, order.good):
        if path is not None:
            checked_destination(path)
    with Bar() as bar:
        options = {**options_for(order, order.sources), **bar.options()}
        report = pfc.validate(source_of(order.sources), rules, **options)
        if order.good is not None and sink is not None:
            written(order.good, lambda target: sink(report.good, target))
    if order.html is not None:
        written(order.html, report.to_html)
    if order.rejects is not None:
        written(order.rejects, report.rejects.write_csv)
        found = int(report.counts["count"].sum())
        if found > report.rejects.height:
            say(f"{order.rejects} lists the first {report.rejects.height:,} of {found:,} faults", sys.stderr)
    listed = report.rejects.head(order.list)
    if order.json:
        facts = {"ok": report.ok, "rows": report.rows, "bad_rows": report.bad_rows}
        say(as_json({**facts, "counts": list(objects(report.counts)), "rejects": list(objects(listed))}))
    else:
        _tell(report, listed)
    return 0 if report.ok else 1


def _tell(report: pfc.Report, listed: pl.DataFrame) -> None:
    paint = Paint(sys.stdout)
    good = f"{report.rows - report.bad_rows:,} of {report.rows:,} rows are good"
    say(f"{paint.good('ok') if report.ok else paint.bad('not ok')}: {good}")
    if not report.counts.is_empty():
        say(table(report.counts))
    if not listed.is_empty():
        what = pl.coalesce("rule", pl.col("code").cast(pl.String)).alias("rule")
        faults = listed.with_columns(what).select(_PLACES)
        say(f"the first {listed.height}:" if listed.height < report.rejects.height else "all of them:")
        say(table(faults.drop("file") if faults["file"].n_unique() == 1 else faults))


def _rules(path: str | None) -> Any:
    """Read rules from a file: those of a dict in TOML or JSON, or a Table Schema."""
    if path is None:
        return {}
    with open(path, "rb") as file:
        content = file.read()
    try:
        rules = (tomllib if os.path.splitext(path)[1].lower() == ".toml" else json).loads(content.decode("utf-8-sig"))
    except ValueError as error:
        msg = f"{path}: rules are written in JSON, or in TOML where the name ends so: {error}"
        raise ValueError(msg) from None
    if isinstance(rules, dict) and isinstance(of_table := rules.get("*"), dict):
        expressions = of_table.get("expressions")
        if isinstance(expressions, dict):
            of_table["expressions"] = {name: _expression(each) for name, each in expressions.items()}
    return rules


def _expression(written: Any) -> Any:
    """Read a rule over rows from the words of SQL, as a file holds no expression of Polars."""
    return pl.sql_expr(written) if isinstance(written, str) else written


def _add_validate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-r", "--rules", metavar="FILE", help="rules in JSON or TOML, or a Frictionless Table Schema")
    parser.add_argument("--html", metavar="FILE", help="write the report as a page")
    parser.add_argument("--rejects", metavar="FILE", help="write every fault, with its place, to a CSV file")
    parser.add_argument("--good", metavar="FILE", help="write the good rows to a Parquet, Arrow IPC or CSV file")
    parser.add_argument("--list", type=natural, default=_LISTED, metavar="N", help="how many faults to show")
    add_sink(parser)
    add_json(parser, "one object: ok, rows, bad_rows, counts, and the first rejects")
    add_sniff(parser)


SUBCOMMANDS: Mapping[str, Subcommand] = {
    "validate": Subcommand(
        _add_validate,
        _validate,
        """\
  fast-csv validate trades.csv
  fast-csv validate trades.csv --rules rules.toml
  fast-csv validate trades.csv --rules schema.json --html report.html --rejects rejects.csv
  fast-csv validate trades.csv --rules rules.json --good good.parquet
  fast-csv validate --json --rules rules.json trades.csv && echo trusted

rules.toml:
  [price]
  type = "number"
  required = true
  minimum = 0

  [symbol]
  pattern = "[A-Z]{1,5}"

  ["*"]
  primary_key = ["symbol", "timestamp"]
  expressions = { spread = "bid <= ask" }
""",
        frozenset(CsvOptions.__annotations__) - {"on_error", "ignore_errors"},
    ),
}
