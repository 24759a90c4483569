"""The subcommand ``convert``: a query over CSV files, streamed into another file."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

import polars as pl

import polars_fast_csv as pfc
from polars_fast_csv._command.destination import STANDARD_OUTPUT, checked_destination, written
from polars_fast_csv._command.flags import options_of
from polars_fast_csv._command.output import Paint, as_json, say
from polars_fast_csv._command.progress import Bar
from polars_fast_csv._command.subcommand import Subcommand, add_columns, add_json, add_sniff, add_where, query

_SINKS: Mapping[str, Callable[..., Any]] = {
    "parquet": pl.LazyFrame.sink_parquet,
    "ipc": pl.LazyFrame.sink_ipc,
    "csv": pl.LazyFrame.sink_csv,
}
_ENDINGS: Mapping[str, str] = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "ipc",
    ".ipc": "ipc",
    ".feather": "ipc",
    ".csv": "csv",
    ".tsv": "csv",
}
_COMPRESSIONS: Mapping[str, tuple[str, ...]] = {
    "parquet": ("zstd", "snappy", "lz4", "gzip", "brotli", "uncompressed"),
    "ipc": ("zstd", "lz4", "uncompressed"),
    "csv": (),
}


def add_sink(parser: argparse.ArgumentParser) -> None:
    """Add how a file is written."""
    parser.add_argument("--to", choices=list(_SINKS), help="the format, if not by the destination's name")
    known = ", ".join(f"{form}: {', '.join(words)}" for form, words in _COMPRESSIONS.items() if words)
    parser.add_argument("--output-compression", metavar="NAME", help=f"of what is written ({known})")
    parser.add_argument("--output-separator", metavar="BYTE", help="between the fields of a CSV file")


def sink_of(order: argparse.Namespace, destination: str) -> Callable[[pl.LazyFrame, Any], None]:
    """Settle how a destination is written, before anything is read."""
    ending = os.path.splitext(destination)[1].lower()
    form = order.to or _ENDINGS.get(ending)
    if form is None:
        msg = f"the name {destination!r} tells no format; end it with {', '.join(_ENDINGS)}, or give --to"
        raise ValueError(msg)
    options: dict[str, Any] = {}
    if (compression := order.output_compression) is not None:
        if compression not in _COMPRESSIONS[form]:
            known = " or ".join(_COMPRESSIONS[form]) or "nothing, as CSV is written plain"
            msg = f"--output-compression of {form} must be {known}, got {compression!r}"
            raise ValueError(msg)
        options["compression"] = compression
    separator = order.output_separator or ("\t" if ending == ".tsv" else None)
    if order.output_separator is not None and form != "csv":
        msg = f"--output-separator is of CSV, and {form} is to be written"
        raise ValueError(msg)
    if form == "csv" and separator is not None:
        options["separator"] = separator.replace("\\t", "\t")
    return lambda frame, target: _SINKS[form](frame, target, **options)


def _convert(order: argparse.Namespace) -> int:
    sources = list(order.sources)
    destination = order.output if order.output is not None else sources.pop()
    if not sources:
        msg = "convert takes a source and a destination, such as: fast-csv convert trades.csv trades.parquet"
        raise ValueError(msg)
    if order.json and destination == STANDARD_OUTPUT:
        msg = "--json and the converted rows would both go to standard output"
        raise ValueError(msg)
    sink = sink_of(order, destination)
    checked_destination(destination)
    if order.rejects is not None:
        checked_destination(order.rejects)
    rejects = pfc.Rejects()
    more: dict[str, Any] = {}
    options = options_of(order)
    if order.rejects is not None or options.get("ignore_errors") or options.get("on_error", "raise") != "raise":
        more["rejects"] = rejects
    with Bar() as bar:
        frame = query(order, sources, **more, **bar.options())
        written(destination, lambda target: sink(frame, target))
    refused = int(rejects.summary()["count"].sum())
    if order.rejects is not None:
        written(order.rejects, rejects.frame().write_csv)
    if order.json:
        say(as_json({"destination": destination, "refused": refused}))
    elif refused:
        where = "" if order.rejects is None else f", listed in {order.rejects}"
        say(f"{Paint(sys.stderr).bad('refused:')} {refused:,} cells or records{where}", sys.stderr)
    return 0


def _add_convert(parser: argparse.ArgumentParser) -> None:
    parser.usage = "fast-csv convert [options] SOURCE [SOURCE ...] DESTINATION"
    parser.add_argument(
        "-o",
        "--output",
        metavar="DESTINATION",
        help="where to write, if not the last of the paths; - is standard output",
    )
    add_sink(parser)
    parser.add_argument("--rejects", metavar="FILE", help="a CSV file of what was nulled, skipped, cut or padded")
    add_json(parser, 'one object at the end: {"destination": ..., "refused": ...}')
    add_columns(parser)
    add_where(parser)
    add_sniff(parser)


SUBCOMMANDS: Mapping[str, Subcommand] = {
    "convert": Subcommand(
        _add_convert,
        _convert,
        """\
  fast-csv convert trades.csv trades.parquet
  fast-csv convert 'trades-*.csv' --try-parse-dates trades.parquet
  fast-csv convert --sniff unknown.txt unknown.arrow
  fast-csv convert --on-error skip --rejects rejects.csv trades.csv trades.parquet
  fast-csv convert --where "side = 'B'" --columns symbol,price trades.csv bought.csv
  zcat trades.csv.gz | fast-csv convert - --output trades.parquet
  fast-csv convert --to csv --separator ';' export.txt - | sort
""",
    ),
}
