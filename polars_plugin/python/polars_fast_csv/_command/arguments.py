"""The arguments of the command: which subcommands there are, and the parsers of their flags."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import NoReturn

from polars_fast_csv import __version__
from polars_fast_csv._command import convert, look, profile, validate
from polars_fast_csv._command.flags import add_reader_flags
from polars_fast_csv._command.output import Paint, without_controls

_PROGRAM = "fast-csv"
SUBCOMMANDS: dict[str, tuple[ModuleType, str]] = {
    "sniff": (look, "guess what a file is: dialect, encoding, header, types"),
    "head": (look, "show the first rows"),
    "count": (look, "count the rows"),
    "schema": (look, "list the columns and their types"),
    "validate": (validate, "hold the rows against rules"),
    "profile": (profile, "say what there is in each column"),
    "convert": (convert, "write Parquet, Arrow IPC or CSV"),
}
_EPILOG = """\
A source is a path, a pattern, a directory, a named pipe or '-' for standard input; it may be compressed. Several are
read one after another. `fast-csv SUBCOMMAND --help` shows the options and examples.

examples:
  fast-csv sniff unknown.txt
  fast-csv head trades.csv.gz
  cat trades.csv | fast-csv count -
  fast-csv validate --rules rules.toml trades.csv
  fast-csv convert 'trades-*.csv' trades.parquet

exit status: 0; 1 where a validation fails; 2 on any error
"""


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """
    Read the arguments; ``run`` of what comes back does what they say.

    Raises
    ------
    SystemExit
        They are wrong, which has been said, or ask for help, which has been given.
    """
    whole = _Parser(
        prog=_PROGRAM,
        description="Read, look at and convert CSV files with the reader of polars-fast-csv.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    whole.add_argument("--version", action="version", version=f"{_PROGRAM} {__version__}")
    known = whole.add_subparsers(dest="subcommand", metavar="SUBCOMMAND", required=True, title="subcommands")
    asked = arguments[0] if arguments else None
    for name, (module, summary) in SUBCOMMANDS.items():
        parser = known.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        if name != asked:
            continue
        own = module.SUBCOMMANDS[name]
        parser.epilog = f"examples:\n{own.examples}"
        parser.usage = f"{_PROGRAM} {name} [options] SOURCE [SOURCE ...]"
        parser.set_defaults(run=own.run)
        parser.add_argument("sources", nargs="+", metavar="SOURCE", help="a path, pattern, directory, pipe, or '-'")
        own.add(parser)
        add_reader_flags(parser, own.options)
        # Flags may stand between sources.
        return parser.parse_intermixed_args(arguments[1:])
    return whole.parse_args(arguments)


class _Parser(argparse.ArgumentParser):
    """Complains as every error of the command is told."""

    def error(self, message: str) -> NoReturn:
        told = f"{Paint(sys.stderr).bad('error:')} {without_controls(message)}; see: {self.prog} --help\n"
        self.exit(2, told)
