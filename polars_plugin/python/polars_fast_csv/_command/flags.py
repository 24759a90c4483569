"""The options of the library as flags, and flags as options of the library."""

from __future__ import annotations

import argparse
import ast
import csv
import json
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from polars_fast_csv._command.types import type_of, types_of
from polars_fast_csv._options import CsvOptions

# Before the names of options among the arguments, so that they meet no other's.
_OPTION = "option "
_OF_TYPES = ("schema", "schema_overrides")
_ESCAPED = re.compile(r"\\(?:x[0-9A-Fa-f]{2}|[tnr0\\])")


@dataclass(frozen=True, slots=True)
class _Flag:
    option: str
    help: str
    metavar: str | None = None
    also: tuple[str, ...] = ()


# What is not here is reached by --option.
_GROUPS: dict[str, tuple[_Flag, ...]] = {
    "how the file is written": (
        _Flag("separator", "between fields, 1 to 8 bytes, such as ';' or '\\t'; 'auto' guesses", "TEXT", ("-s",)),
        _Flag("has_header", "whether the first record names the columns", also=("--header",)),
        _Flag("quote_char", "quotes fields; '' reads quotes as text", "BYTE", ("--quote",)),
        _Flag("escape_char", "makes the byte behind it text", "BYTE", ("--escape",)),
        _Flag("comment_prefix", "lines that begin with it are skipped", "TEXT", ("--comment",)),
        _Flag("eol_char", "ends a record; 'any' takes LF, CR and CRLF", "BYTE"),
        _Flag(
            "encoding", "utf8 or any label of the WHATWG standard, with -lossy to replace bad bytes", "LABEL", ("-e",)
        ),
        _Flag("compression", "how the source is compressed"),
        _Flag("skip_rows", "records before the header", "N"),
        _Flag("skip_lines", "lines before the header", "N"),
        _Flag("skip_rows_after_header", "records behind it", "N"),
        _Flag("skip_footer", "last records that are none", "N"),
        _Flag("trim_whitespace", "drop spaces and tabs around unquoted values"),
        _Flag("strict_quotes", "a stray quote is an error"),
        _Flag("max_record_bytes", "a longer record is an error", "N"),
        _Flag("glob", "whether *, ? and [...] make a pattern"),
    ),
    "types and values": (
        _Flag("schema", "every column and its type", "NAME=TYPE,..."),
        _Flag("schema_overrides", "the types of some columns", "NAME=TYPE,...", ("--types", "-t")),
        _Flag("infer_schema", "otherwise all columns are text"),
        _Flag("infer_schema_length", "records that decide the types, 'sample' or 'all'", "N"),
        _Flag("try_parse_dates", "infer dates and times"),
        _Flag("null_values", "a word that means null; may be given again", "WORD", ("--null",)),
        _Flag("allow_quoted_nulls", "whether quoted ones are null, too"),
        _Flag("empty_string_is_null", "whether an empty text is null"),
        _Flag("true_values", "a word that means true; may be given again", "WORD"),
        _Flag("false_values", "a word that means false; may be given again", "WORD"),
        _Flag("date_format", "a %% format; may be given again", "FORMAT"),
        _Flag("time_format", "a %% format; may be given again", "FORMAT"),
        _Flag("datetime_format", "a %% format; may be given again", "FORMAT"),
        _Flag("decimal_comma", "floats have a comma, as in 1,5"),
        _Flag("thousands", "a byte between groups of three digits", "BYTE"),
        _Flag("keep_leading_zeros", "00123 is inferred as text"),
        _Flag("new_columns", "new names of all columns", "NAME,..."),
    ),
    "what is wrong": (
        _Flag("on_error", "raise, null the cell, or skip the record"),
        _Flag("short_records", "what missing fields are"),
        _Flag("truncate_ragged_lines", "drop fields beyond the last column"),
        _Flag("extra_columns", "columns that a schema does not name"),
        _Flag("missing_columns", "columns that a file has not"),
    ),
    "which rows, and how": (
        _Flag("n_rows", "read at most so many", "N"),
        _Flag("row_index_name", "put a column with row numbers first", "NAME", ("--row-index",)),
        _Flag("row_index_offset", "the number of the first row", "N"),
        _Flag("include_file_paths", "put a column with the files' paths last", "NAME", ("--file-paths",)),
        _Flag("n_threads", "decoding threads", "N", ("--threads",)),
    ),
}
FLAGS = tuple(flag.option for flags in _GROUPS.values() for flag in flags)
_LISTS = ("null_values", "true_values", "false_values", "date_format", "time_format", "datetime_format")
_BYTES = ("separator", "quote_char", "escape_char", "comment_prefix", "eol_char", "thousands")


def add_reader_flags(parser: argparse.ArgumentParser, options: Collection[str]) -> None:
    """Add a flag for each of these options that has one, and one for all others."""
    for title, flags in _GROUPS.items():
        group = parser.add_argument_group(title)
        for flag in flags:
            if flag.option in options:
                _add(group, flag)
    parser.add_argument(
        "--option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="any other option of the library, its value in JSON or Python; may be given again",
    )


def _add(group: Any, flag: _Flag) -> None:
    names = sorted((f"--{flag.option.replace('_', '-')}", *flag.also), key=lambda name: name.startswith("--"))
    common: dict[str, Any] = {"dest": _OPTION + flag.option, "default": argparse.SUPPRESS, "help": flag.help}
    if _annotation(flag.option) in ("bool", "bool | None"):
        group.add_argument(*names, action=argparse.BooleanOptionalAction, **common)
    elif flag.option in (*_LISTS, *_OF_TYPES):
        group.add_argument(*names, action="append", metavar=flag.metavar, **common)
    elif isinstance(choices := _choices(flag.option), list):
        group.add_argument(*names, metavar=f"{{{','.join(choices)}}}", **common)
    else:
        group.add_argument(*names, type=_reading(flag.option), metavar=flag.metavar, **common)


def _annotation(option: str) -> str:
    annotation = CsvOptions.__annotations__[option]
    return str(getattr(annotation, "__forward_arg__", annotation))


def _choices(option: str) -> list[str] | None:
    """The words that an option takes, where it takes no others; the library refuses all others by name."""
    words = re.fullmatch(r"Literal\[(.*)\](?: \| None)?", _annotation(option))
    return None if words is None else [str(word) for word in ast.literal_eval(f"[{words[1]}]")]


def _reading(option: str) -> Callable[[str], Any]:
    if option == "infer_schema_length":
        return _length
    if option == "new_columns":
        return names_of
    if option in _BYTES:
        return _unescaped
    return _whole_number if "int" in _annotation(option).split(" | ") else str


def _whole_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        msg = f"must be a whole number, got {text!r}"
        raise argparse.ArgumentTypeError(msg) from None


def _length(text: str) -> int | str | None:
    return None if text == "all" else text if text == "sample" else _whole_number(text)


def _unescaped(text: str) -> str:
    r"""Read ``\t`` as a tab and so on, as few shells have a good way to write one."""
    return _ESCAPED.sub(lambda found: str(ast.literal_eval(f"'{found[0]}'")), text)


def names_of(text: str) -> list[str]:
    """Read names of columns, separated by commas; one that holds a comma is quoted as in a CSV file."""
    names = next(csv.reader([text], skipinitialspace=True), [])
    if not names or not all(names):
        msg = f"must be names of columns, separated by commas, got {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return names


def options_of(order: argparse.Namespace) -> dict[str, Any]:
    """Give what the flags say as options of the library."""
    options = {name.removeprefix(_OPTION): value for name, value in vars(order).items() if name.startswith(_OPTION)}
    for name in _OF_TYPES:
        if name in options:
            options[name] = types_of(f"--{name.replace('_', '-')}", options[name])
    for text in order.option:
        name, value = _named(text)
        if name in _OF_TYPES:
            value = _typed(name, value)
        options[name] = value
    return options


def _named(text: str) -> tuple[str, Any]:
    name, equals, written = text.partition("=")
    if not equals:
        msg = f"--option takes a name and a value, such as batch_size=1000, got {text!r}"
        raise ValueError(msg)
    return name.strip().replace("-", "_"), _literal(written)


def _literal(text: str) -> Any:
    for read in (json.loads, ast.literal_eval):
        try:
            return read(text)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            continue
    return text


def _typed(option: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {name: type_of(option, each) if isinstance(each, str) else each for name, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [type_of(option, each) if isinstance(each, str) else each for each in value]
    return types_of(option, [value]) if isinstance(value, str) else value


def only(options: dict[str, Any], typed: type) -> bool:
    """Whether all options are among those that a typed dict names."""
    return options.keys() <= typed.__annotations__.keys()
