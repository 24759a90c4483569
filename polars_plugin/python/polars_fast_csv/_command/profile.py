"""The subcommand ``profile``: what there is in each column."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

import polars as pl

import polars_fast_csv as pfc
from polars_fast_csv._command.destination import checked_destination, written
from polars_fast_csv._command.output import as_json, objects, say, table
from polars_fast_csv._command.progress import Bar
from polars_fast_csv._command.subcommand import Subcommand, add_columns, add_json, add_sniff, options_for, source_of
from polars_fast_csv._options import CsvOptions

# What a table of a profile leaves out; JSON has it.
_LONG = ("exact", "q05", "q25", "q50", "q75", "q95", "common", "bins", "bin_counts")


def _profile(order: argparse.Namespace) -> int:
    if order.html is not None:
        checked_destination(order.html)
    with Bar() as bar:
        options = {**options_for(order, order.sources), **bar.options()}
        if order.columns is not None:
            options["columns"] = order.columns
        frame = pfc.profile(source_of(order.sources), **options)
    if order.html is not None:
        written(order.html, frame.to_html)
    if order.json:
        for row in objects(frame):
            say(as_json(row))
        return 0
    first = pl.col("common").list.first()
    common = pl.format("{} ({})", first.struct.field("value"), first.struct.field("count")).alias("most common")
    # An estimate is marked as one.
    mark = pl.when("exact").then(pl.lit("")).otherwise(pl.lit("~"))
    shown = frame.with_columns(pl.format("{}{}", mark, "distinct").alias("distinct"))
    say(table(shown.select(pl.exclude(_LONG), common)))
    return 0


def _add_profile(parser: argparse.ArgumentParser) -> None:
    add_json(parser, "one object a column, in a line each, with quantiles, common values and a histogram")
    parser.add_argument("--html", metavar="FILE", help="write the profile as a page")
    add_columns(parser)
    add_sniff(parser)


SUBCOMMANDS: Mapping[str, Subcommand] = {
    "profile": Subcommand(
        _add_profile,
        _profile,
        """\
  fast-csv profile trades.csv
  fast-csv profile --columns price,volume trades.csv
  fast-csv profile --html profile.html trades.csv
  zcat trades.csv.gz | fast-csv profile --json -
""",
        frozenset(CsvOptions.__annotations__) - {"row_index_name", "row_index_offset", "include_file_paths"},
    ),
}
