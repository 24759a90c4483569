"""The subcommands that look at a file and write nothing: ``sniff``, ``head``, ``count`` and ``schema``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping

import polars as pl

import polars_fast_csv as pfc
from polars_fast_csv._command.flags import only, options_of
from polars_fast_csv._command.output import Paint, aligned, as_json, objects, say, table, without_controls
from polars_fast_csv._command.progress import Bar
from polars_fast_csv._command.subcommand import (
    Subcommand,
    add_columns,
    add_json,
    add_sniff,
    add_where,
    natural,
    options_for,
    query,
    source_of,
)
from polars_fast_csv._options import DialectOptions, SniffOptions

_SNIFFED = (
    "separator",
    "quote_char",
    "escape_char",
    "eol_char",
    "comment_prefix",
    "has_header",
    "skip_lines",
    "encoding",
    "compression",
    "line_end",
)


def _sniff(order: argparse.Namespace) -> int:
    found = pfc.sniff(source_of(order.sources), **options_of(order))
    facts = {name: getattr(found, name) for name in _SNIFFED if hasattr(found, name)}
    types = {name: str(dtype) for name, dtype in found.schema.items()}
    if order.json:
        sure = {"confidence": found.confidence, "guessed": list(found.guessed)}
        say(as_json({**facts, **sure, "schema": types, "code": found.to_code()}))
        return 0
    paint = Paint(sys.stdout)
    lines = [
        (name, repr(value) + (paint.aside("  (no evidence)") if name in found.guessed else ""))
        for name, value in facts.items()
    ]
    say(aligned([*lines, ("confidence", f"{found.confidence:.3f}")], paint))
    say(f"\n{_columns(types, paint)}\n\n{without_controls(found.to_code())}")
    return 0


def _columns(types: Mapping[str, str], paint: Paint) -> str:
    return aligned(list(types.items()), paint)


def _add_sniff(parser: argparse.ArgumentParser) -> None:
    add_json(parser, "one object, with the code under 'code'")


def _head(order: argparse.Namespace) -> int:
    with Bar() as bar:
        frame = query(order, order.sources, **bar.options()).head(order.rows).collect()
    if order.json:
        for row in objects(frame):
            say(as_json(row))
    else:
        say(table(frame))
    return 0


def _add_head(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-n", "--rows", type=natural, default=10, metavar="N", help="how many rows; 10 if not given")
    add_json(parser, "one object a row, in a line each")
    add_columns(parser)
    add_where(parser)
    add_sniff(parser)


def _count(order: argparse.Namespace) -> int:
    options = options_for(order, order.sources)
    with Bar() as bar:
        if order.where is None and only(options, DialectOptions):
            rows = pfc.count_rows(source_of(order.sources), **options, **bar.options())
        else:
            rows = query(order, order.sources, **bar.options()).select(pl.len()).collect().item()
    say(as_json({"rows": rows}) if order.json else str(rows))
    return 0


def _add_count(parser: argparse.ArgumentParser) -> None:
    add_json(parser, 'one object: {"rows": ...}')
    add_where(parser)
    add_sniff(parser)


def _schema(order: argparse.Namespace) -> int:
    schema = query(order, order.sources).collect_schema()
    types = {name: str(dtype) for name, dtype in schema.items()}
    say(as_json(types) if order.json else _columns(types, Paint(sys.stdout)))
    return 0


def _add_schema(parser: argparse.ArgumentParser) -> None:
    add_json(parser, "one object of names and types")
    add_columns(parser)
    add_sniff(parser)


SUBCOMMANDS: Mapping[str, Subcommand] = {
    "sniff": Subcommand(
        _add_sniff,
        _sniff,
        """\
  fast-csv sniff unknown.txt
  fast-csv sniff --try-parse-dates --json unknown.txt
  fast-csv sniff --encoding latin1 export.txt
""",
        frozenset(SniffOptions.__annotations__),
    ),
    "head": Subcommand(
        _add_head,
        _head,
        """\
  fast-csv head trades.csv
  fast-csv head -n 3 --columns symbol,price --where "price > 10" trades.csv
  fast-csv head --separator ';' --decimal-comma --encoding latin1 export.txt
  fast-csv head --separator '\\t' --no-header unknown.txt
  zcat trades.csv.gz | fast-csv head --json -
""",
    ),
    "count": Subcommand(
        _add_count,
        _count,
        """\
  fast-csv count trades.csv
  fast-csv count 'trades-*.csv'
  fast-csv count --where "side = 'B'" --json trades.csv
""",
    ),
    "schema": Subcommand(
        _add_schema,
        _schema,
        """\
  fast-csv schema trades.csv
  fast-csv schema --try-parse-dates --json trades.csv
  fast-csv schema --infer-schema-length all --types price=Float32 trades.csv
""",
    ),
}
