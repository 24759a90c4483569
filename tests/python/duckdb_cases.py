"""The cases of DuckDB's own tests that lie in the corpus, and its options in the words of this package."""

from __future__ import annotations

import datetime
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import corpus
import polars as pl

HOME = corpus.FILES / "duckdb"


class NoLikeError(Exception):
    """An option that this package has no like of, or that is not read here."""


@dataclass(frozen=True)
class Case:
    """A file, DuckDB's options for it, and what was made of them."""

    name: str
    files: list[str]
    options: dict[str, Any]
    entry: dict[str, Any]

    @property
    def paths(self) -> list[str]:
        """The files, by their patterns where these are such."""
        return [str(HOME / file) for file in self.files]


def cases(name: str) -> list[Case]:
    """The cases of a file of the corpus, each named by where DuckDB has it, and numbered where it has several there."""
    path = corpus.HOME / name
    if not path.is_file():
        return []
    found: dict[str, Case] = {}
    for line in path.read_text(encoding="utf8").splitlines():
        entry = json.loads(line)
        place = (entry.get("src") or entry["srcs"][0]).removeprefix("test/sql/copy/csv/")
        names = (place, *(f"{place}#{number}" for number in range(2, 1000)))
        key = next(key for key in names if key not in found)
        files = [one for file in entry["files"] for one in (file if isinstance(file, list) else [file])]
        found[key] = Case(key, files, entry["options"], entry)
    return list(found.values())


TYPES: Mapping[str, Any] = {
    "VARCHAR": pl.String,
    "TEXT": pl.String,
    "BOOLEAN": pl.Boolean,
    "TINYINT": pl.Int8,
    "SMALLINT": pl.Int16,
    "INTEGER": pl.Int32,
    "INT": pl.Int32,
    "INT32": pl.Int32,
    "BIGINT": pl.Int64,
    "UBIGINT": pl.UInt64,
    "FLOAT": pl.Float32,
    "DOUBLE": pl.Float64,
    "DATE": pl.Date,
    "TIME": pl.Time,
    "TIMESTAMP": pl.Datetime("us"),
    "TIMESTAMPTZ": pl.Datetime("us", "UTC"),
    "TIMESTAMP WITH TIME ZONE": pl.Datetime("us", "UTC"),
}


def dtype(name: str) -> Any:
    """The type of a name of DuckDB's."""
    known = TYPES.get(name.upper())
    if found := re.fullmatch(r"DECIMAL(?:\((\d+), *(\d+)\))?", name.upper()):
        return pl.Decimal(int(found[1] or 18), int(found[2] or 3))
    if name.endswith("[]"):
        return pl.List(dtype(name[:-2]))
    if known is None:
        msg = f"the type {name}"
        raise NoLikeError(msg)
    return known


def types(value: Any) -> Any:
    """Types by name or in order."""
    if isinstance(value, dict):
        return {name: dtype(each) for name, each in value.items()}
    return [dtype(each) for each in value]


def only(*values: Any) -> Callable[[Any], dict[str, Any]]:
    """Accept these values alone, which change nothing here."""

    def check(value: Any) -> dict[str, Any]:
        if value not in values:
            msg = f"the value {value!r}"
            raise NoLikeError(msg)
        return {}

    return check


def same(name: str, of: Callable[[Any], Any] = lambda value: value) -> Callable[[Any], dict[str, Any]]:
    """Pass the value on under a name of this package's."""
    return lambda value: {name: of(value)}


def ignored(_: Any) -> dict[str, Any]:
    """Pass nothing on: the option bears on speed, on DuckDB's tables of rejects, or on its sniffer alone."""
    return {}


def tab(separator: str) -> str:
    """A separator, which DuckDB takes for a tab where it is written as an escape."""
    return separator.replace("\\t", "\t")


LINE_ENDS = {"\\n": "\n", "\\r\\n": "\n", "\\r": "\r"}

# Every option that a case has, and what it is here.
OPTIONS: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "all_varchar": lambda value: {"infer_schema": not value},
    "allow_quoted_nulls": same("allow_quoted_nulls"),
    "auto_detect": ignored,
    "buffer_size": ignored,
    "columns": same("schema", types),
    "column_names": same("new_columns"),
    "column_types": same("schema_overrides", types),
    "comment": same("comment_prefix", lambda value: value or None),
    "compression": same("compression"),
    "dateformat": same("date_format"),
    "decimal_separator": lambda value: {"decimal_comma": {",": True, ".": False}[value]},
    "delim": same("separator", tab),
    "dtypes": same("schema_overrides", types),
    "encoding": same("encoding"),
    "escape": same("escape_char", lambda value: value or None),
    "filename": only(False),
    "files_to_sniff": ignored,
    "force_not_null": only([]),
    "header": same("has_header", bool),
    "hive_partitioning": same("hive_partitioning", bool),
    "ignore_errors": lambda value: {"on_error": "skip" if value else "raise"},
    "max_line_size": same("max_record_bytes"),
    "maximum_line_size": same("max_record_bytes"),
    "names": same("new_columns"),
    "new_line": lambda value: {"eol_char": LINE_ENDS[value]},
    "null_padding": lambda value: {"short_records": "null" if value else "raise"},
    "nullstr": same("null_values"),
    "parallel": ignored,
    "quote": same("quote_char", lambda value: value or None),
    "rejects_limit": ignored,
    "rejects_scan": ignored,
    "rejects_table": ignored,
    "sample_size": lambda value: {"infer_schema_length": value if value > 0 else None},
    "sep": same("separator", tab),
    "skip": same("skip_lines"),
    # What the oracle gave was read without a table of rejects.
    "store_rejects": ignored,
    "strict_mode": same("strict_quotes", bool),
    "timestampformat": same("datetime_format"),
    "types": same("schema_overrides", types),
    "union_by_name": lambda value: {"missing_columns": "insert"} if value else {},
}


def translated(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a case as options of this package."""
    ours: dict[str, Any] = {}
    for name, value in options.items():
        if name not in OPTIONS:
            msg = f"the option {name}"
            raise NoLikeError(msg)
        if value is None:
            msg = f"{name} that is NULL"
            raise NoLikeError(msg)
        try:
            ours.update(OPTIONS[name](value))
        except KeyError:
            msg = f"the value {value!r} of {name}"
            raise NoLikeError(msg) from None
    if ours.get("escape_char") == ours.get("quote_char", '"'):
        # A quote that escapes itself is a doubled one.
        ours.pop("escape_char", None)
    if "schema" in ours:
        ours.pop("schema_overrides", None)
        ours.pop("infer_schema", None)
        ours.pop("infer_schema_length", None)
    return ours


def by_position(options: dict[str, Any]) -> dict[str, Any]:
    """Have the columns of a schema found by position, as DuckDB finds them, where a header has other names."""
    if "schema" not in options or not options.get("has_header"):
        return options
    if options.get("skip_lines"):
        return {**options, "has_header": False, "skip_lines": options["skip_lines"] + 1}
    rest = {name: value for name, value in options.items() if name != "skip_lines"}
    return {**rest, "has_header": False, "skip_rows": 1}


def is_given(options: Mapping[str, Any]) -> bool:
    """Whether DuckDB guesses nothing of the dialect."""
    return options.get("auto_detect") in (False, 0)


# What DuckDB takes where it guesses nothing.
FIXED: Mapping[str, Any] = {"has_header": False, "separator": ",", "quote_char": '"'}


def written(value: Any) -> str | None:
    """A value as DuckDB writes it, numbers apart."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        text = value.replace(tzinfo=None).isoformat(sep=" ")
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return text if value.tzinfo is None else f"{text}+00"
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def is_same(got: Any, wanted: str | None) -> bool:
    """Whether a value is what DuckDB wrote: the same text, or the same number."""
    text = written(got)
    if text == wanted or (wanted in (None, "NULL", "(empty)") and text in (None, "")):
        return True
    if isinstance(got, int | float | Decimal) and wanted is not None:
        try:
            return math.isclose(float(wanted), float(got), rel_tol=1e-6)
        except ValueError:
            return False
    return text is not None and wanted is not None and text.replace(" ", "") == wanted.replace(" ", "")


def are_same(got: list[tuple[Any, ...]], wanted: list[list[str | None]], *, ordered: bool) -> bool:
    """Whether rows are what DuckDB wrote, in order where that is told."""

    def key(row: Any) -> list[str]:
        return [written(cell) or "" for cell in row]

    def equal(ours: list[tuple[Any, ...]], theirs: list[list[str | None]]) -> bool:
        return len(ours) == len(theirs) and all(
            len(a) == len(b) and all(map(is_same, a, b)) for a, b in zip(ours, theirs, strict=True)
        )

    return equal(got, wanted) or (not ordered and equal(sorted(got, key=key), sorted(wanted, key=key)))
