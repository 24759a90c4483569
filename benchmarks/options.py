"""
What each option costs: a read with it alone, over the plain read of the file `mixed`, or of one that it can be used on.

`python -m benchmarks.options`. Ratios are to the plain read, round by round (see README.md here); where an option needs
other text, the file holds the same values. Separators of several bytes and JSON may cost what they do, all others
at most 1.5 times the plain read.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import polars_fast_csv as pfc
from polars import col as c

from .compare.generate import mixed
from .compare.timing import measure, ratio

LIMIT = 1.5
ROWS = 600_000
DECIMAL = {"x": pl.Decimal(38, 20)}
CATEGORY = {"name": pl.Categorical, "city": pl.Categorical}
BINARY = {"name": pl.Binary}


def _text(of: str, style: str) -> pl.Expr:
    return c(of).cast(pl.Datetime("us")).dt.strftime(style)


# The text of a file by its name: columns that are written in another way, and options of the writer.
FILES: Mapping[str, tuple[list[pl.Expr], dict[str, Any]]] = {
    "plain": ([], {}),
    "semicolons": ([], {"separator": ";"}),
    "long separators": ([], {"separator": "\x1f"}),
    "carriages": ([], {"line_terminator": "\r"}),
    "decimal commas": ([], {"separator": ";", "decimal_comma": True}),
    "all quoted": ([], {"quote_style": "always"}),
    "day first": ([_text("day", "%d/%m/%Y")], {}),
    "moments": ([_text("day", "%Y-%m-%d %H:%M:%S")], {}),
    "times": ([_text("day", "%H.%M.%S")], {}),
    "yes and no": ([pl.when(c.active).then(pl.lit("yes")).otherwise(pl.lit("no")).alias("active")], {}),
    "grouped": ([c.balance.map_elements(lambda value: f"{value:,}".replace(",", "'"), pl.String)], {}),
    "hexadecimal": ([c.name.cast(pl.Binary).bin.encode("hex")], {}),
    "padded": ([pl.format("{}  ", "name").alias("name")], {"quote_style": "never"}),
    "padded everywhere": (
        [pl.format(" {}  ", c(name)).alias(name) for name in mixed(1).columns],
        {"quote_style": "never"},
    ),
}

# What is read, with which options; a name in brackets is no part of the promise.
READS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "separator=';'": ("semicolons", {"separator": ";"}),
    "separator='auto'": ("semicolons", {"separator": "auto"}),
    "quote_char=None": ("plain", {"quote_char": None}),
    "escape_char": ("plain", {"escape_char": "\\"}),
    "comment_prefix": ("plain", {"comment_prefix": "#"}),
    "eol_char='\\r'": ("carriages", {"eol_char": "\r"}),
    "eol_char='any'": ("plain", {"eol_char": "any"}),
    "eol_char='any', lone CRs": ("carriages", {"eol_char": "any"}),
    "has_header=False": ("plain", {"has_header": False, "skip_rows": 1}),
    "skip_lines": ("plain", {"skip_lines": 1, "has_header": False}),
    "skip_rows_after_header": ("plain", {"skip_rows_after_header": 1}),
    "skip_footer": ("plain", {"skip_footer": 3}),
    "trim_whitespace": ("plain", {"trim_whitespace": True}),
    "trim_whitespace, padded": ("padded", {"trim_whitespace": True}),
    "trim_whitespace, padded everywhere": ("padded everywhere", {"trim_whitespace": True}),
    "strict_quotes": ("plain", {"strict_quotes": True}),
    "max_record_bytes": ("plain", {"max_record_bytes": 10_000}),
    "encoding='utf8-lossy'": ("plain", {"encoding": "utf8-lossy"}),
    "encoding='latin1'": ("plain", {"encoding": "latin1"}),
    "memory_map=True": ("plain", {"memory_map": True}),
    "memory_map=False": ("plain", {"memory_map": False}),
    "progress": ("plain", {"progress": lambda done, of: None}),
    "infer_schema=False": ("plain", {"infer_schema": False}),
    "infer_schema_length=100": ("plain", {"infer_schema_length": 100}),
    "try_parse_dates": ("plain", {"try_parse_dates": True}),
    "decimal_comma": ("decimal commas", {"separator": ";", "decimal_comma": True}),
    "new_columns": ("plain", {"new_columns": [f"n{at}" for at in range(12)]}),
    "with_column_names": ("plain", {"with_column_names": lambda names: [name.upper() for name in names]}),
    "null_values": ("plain", {"null_values": ["NA", "-"]}),
    "null_values by column": ("plain", {"null_values": {"name": ["NA", "-"], "x": "nan"}}),
    "allow_quoted_nulls": ("plain", {"null_values": "NA", "allow_quoted_nulls": False}),
    "allow_quoted_nulls, quoted": ("all quoted", {"null_values": "NA", "allow_quoted_nulls": False}),
    "empty_string_is_null": ("plain", {"empty_string_is_null": False}),
    "true_values": ("yes and no", {"true_values": ["yes"], "false_values": ["no"]}),
    "date_format": ("day first", {"date_format": "%d/%m/%Y"}),
    "date_format, the third of a list": ("day first", {"date_format": ["%F", "%Y%m%d", "%d/%m/%Y"]}),
    "time_format": ("times", {"time_format": "%H.%M.%S"}),
    "datetime_format": ("moments", {"datetime_format": "%Y-%m-%d %H:%M:%S"}),
    "thousands": ("grouped", {"thousands": "'"}),
    "keep_leading_zeros": ("plain", {"keep_leading_zeros": True}),
    "binary_encoding": ("hexadecimal", {"schema_overrides": BINARY, "binary_encoding": "hex"}),
    "schema_overrides, Decimal": ("plain", {"schema_overrides": DECIMAL}),
    "schema_overrides, Int128": ("plain", {"schema_overrides": {"balance": pl.Int128}}),
    "schema_overrides, Categorical": ("plain", {"schema_overrides": CATEGORY}),
    "schema_overrides, Duration": ("plain", {"schema_overrides": {"account": pl.Duration("us")}}),
    "ignore_errors": ("plain", {"ignore_errors": True}),
    "on_error='skip'": ("plain", {"on_error": "skip"}),
    "rejects": ("plain", {"rejects": pfc.Rejects()}),
    "truncate_ragged_lines": ("plain", {"truncate_ragged_lines": True}),
    "extra_columns": ("plain", {"extra_columns": "ignore"}),
    "missing_columns": ("plain", {"missing_columns": "insert"}),
    "short_records": ("plain", {"short_records": "raise"}),
    "n_rows": ("plain", {"n_rows": ROWS}),
    "row_index_name": ("plain", {"row_index_name": "row"}),
    "include_file_paths": ("plain", {"include_file_paths": "path"}),
    "batch_size": ("plain", {"batch_size": 10_000}),
    "hive_partitioning": ("plain", {"hive_partitioning": True}),
    "rechunk": ("plain", {"rechunk": True}),
    "low_memory": ("plain", {"low_memory": True}),
    "infer_schema_length=None": ("plain", {"infer_schema_length": None}),
    "infer_schema_length=1_000_000": ("plain", {"infer_schema_length": 1_000_000}),
    "[separator='||']": ("long separators", {"separator": "||"}),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.options", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("names", nargs="*", help="options to measure, by parts of their names; all unless given")
    arguments = parser.parse_args()
    chosen = {name: it for name, it in READS.items() if any(each in name for each in arguments.names or [""])}
    with tempfile.TemporaryDirectory() as folder:
        paths = _write(Path(folder), arguments.rows, {file for file, _ in chosen.values()} | {"plain"})
        calls = {"plain": _read(paths["plain"], {})}
        calls |= {name: _read(paths[file], options) for name, (file, options) in chosen.items()}
        for name, call in calls.items():
            height = call().height
            assert height in (arguments.rows, arguments.rows - 1, arguments.rows - 3), (name, height)
        times = measure(calls, arguments.rounds)
    print(f"mixed, {arguments.rows:,} rows; seconds over the plain read's\n\n| option | ratio |\n| --- | ---: |")
    above = []
    for name, each in times.items():
        by_round = ratio(each.wall, times["plain"].wall)
        print(f"| {name} | {by_round.median:.2f} ({by_round.low:.2f}-{by_round.high:.2f}) |")
        if by_round.median > LIMIT and not name.startswith("["):
            above.append(name)
    print(f"\nabove {LIMIT}: {', '.join(above) or 'none'}")


def _write(folder: Path, rows: int, wanted: set[str]) -> dict[str, Path]:
    frame = mixed(rows)
    paths = {}
    for name in wanted:
        columns, options = FILES[name]
        paths[name] = folder / f"{name}.csv"
        frame.with_columns(columns).write_csv(paths[name], **options)
        if name == "long separators":
            # Polars writes separators of one byte alone.
            paths[name].write_bytes(paths[name].read_bytes().replace(b"\x1f", b"||"))
    return paths


def _read(path: Path, options: dict[str, Any]) -> Callable[[], pl.DataFrame]:
    return lambda: pfc.read_fast_csv(path, **options)


if __name__ == "__main__":
    main()
