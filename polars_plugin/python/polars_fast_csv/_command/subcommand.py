"""What a subcommand is made of, and what most of them share: a source and a query over it."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl

import polars_fast_csv as pfc
from polars_fast_csv._command.flags import names_of, only, options_of
from polars_fast_csv._options import CsvOptions, SniffOptions

# What is taken of a guess where flags leave it open.
_GUESSED = (
    "separator",
    "quote_char",
    "escape_char",
    "eol_char",
    "comment_prefix",
    "has_header",
    "skip_lines",
    "encoding",
    "compression",
)


@dataclass(frozen=True, slots=True)
class Subcommand:
    """One thing that the command does."""

    add: Callable[[argparse.ArgumentParser], None]
    """Adds its own arguments."""
    run: Callable[[argparse.Namespace], int]
    """Does it, and gives the exit status."""
    examples: str
    """How it is called, a line each."""
    options: frozenset[str] = frozenset(CsvOptions.__annotations__)
    """The options of the library that it takes as flags."""


def add_json(parser: argparse.ArgumentParser, help: str) -> None:
    """Add the flag that asks for an answer to a program."""
    parser.add_argument("--json", action="store_true", help=help)


def add_columns(parser: argparse.ArgumentParser) -> None:
    """Add the flag that picks columns."""
    parser.add_argument("-c", "--columns", type=names_of, metavar="NAME,...", help="these columns, in this order")


def add_where(parser: argparse.ArgumentParser) -> None:
    """Add the flag that picks rows."""
    parser.add_argument("-w", "--where", metavar="SQL", help="the rows for which this holds, such as 'price > 10'")


def add_sniff(parser: argparse.ArgumentParser) -> None:
    """Add the flag that has the dialect guessed."""
    parser.add_argument("--sniff", action="store_true", help="guess the dialect that no flag tells")


def natural(text: str) -> int:
    """Read a number that is not negative."""
    if not text.isdecimal():
        msg = f"must be a whole number that is not negative, got {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def source_of(sources: list[str]) -> Any:
    """Give the sources as the library takes them."""
    return sources[0] if len(sources) == 1 else sources


def options_for(order: argparse.Namespace, sources: list[str]) -> dict[str, Any]:
    """Give the options of a read, with what is guessed of the dialect where that is asked for."""
    options = options_of(order)
    if not order.sniff:
        return options
    told = {name: value for name, value in options.items() if only({name: value}, SniffOptions)}
    if "-" in sources:
        msg = "--sniff cannot look at standard input, which is read once; name a file, or give --separator auto"
        raise ValueError(msg)
    # Of types nothing is asked here.
    found = pfc.sniff(source_of(sources), **{**told, "infer_schema": False}).options
    return {**{name: found[name] for name in _GUESSED if name in found}, **options}


def query(order: argparse.Namespace, sources: list[str], **more: Any) -> pl.LazyFrame:
    """Build the query over sources that an order asks for."""
    frame = pfc.scan_fast_csv(source_of(sources), **{**options_for(order, sources), **more})
    if (where := getattr(order, "where", None)) is not None:
        frame = frame.filter(pl.sql_expr(where))
    columns = getattr(order, "columns", None)
    if columns is not None:
        missing = [name for name in columns if name not in frame.collect_schema()]
        if missing:
            msg = f"there is no column {missing[0]!r}; the columns are {', '.join(frame.collect_schema())}"
            raise ValueError(msg)
        frame = frame.select(map(_column, columns))
    return frame


def _column(name: str) -> pl.Expr:
    """Name a column, though the name may look like a pattern."""
    return pl.col(f"^{re.escape(name)}$" if name == "*" or name.startswith("^") else name)
