"""The options of the public functions: names, types and defaults."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict, TypeVar

if TYPE_CHECKING:
    from polars._typing import PolarsDataType

    from polars_fast_csv._rejects import Rejects

F = TypeVar("F", bound=Callable[..., Any])


BinaryEncoding: TypeAlias = Literal["raw", "hex", "base64"]


class DialectOptions(TypedDict, total=False):
    """How the bytes of a file become records; what each means is told at :func:`polars_fast_csv.scan_fast_csv`."""

    has_header: bool
    separator: str
    quote_char: str | None
    escape_char: str | None
    comment_prefix: str | None
    eol_char: str
    skip_rows: int
    skip_lines: int
    skip_rows_after_header: int
    skip_footer: int
    trim_whitespace: bool
    strict_quotes: bool
    max_record_bytes: int
    raise_if_empty: bool | None
    encoding: str
    n_threads: int | None
    memory_map: bool | Literal["auto"]
    compression: Literal["infer", "gzip", "zlib", "zstd", "bzip2", "xz", "lz4"] | None
    glob: bool
    progress: bool | Callable[[int, int | None], object]
    storage_options: Mapping[str, Any] | None
    credential_provider: Callable[[], tuple[dict[str, str], int | None]] | Literal["auto"] | None


class SniffOptions(DialectOptions, total=False):
    """
    What a file's columns are told by, a schema aside: what :func:`polars_fast_csv.sniff` is told beforehand.

    What each means is told at :func:`polars_fast_csv.scan_fast_csv`.
    """

    infer_schema: bool
    infer_schema_length: int | Literal["sample"] | None
    infer_schema_files: int
    try_parse_dates: bool
    decimal_comma: bool
    null_values: str | Sequence[str] | Mapping[str, str | Sequence[str]] | None
    allow_quoted_nulls: bool
    true_values: Sequence[str] | None
    false_values: Sequence[str] | None
    date_format: str | Sequence[str] | Mapping[str, str | Sequence[str]] | None
    time_format: str | Sequence[str] | Mapping[str, str | Sequence[str]] | None
    datetime_format: str | Sequence[str] | Mapping[str, str | Sequence[str]] | None
    thousands: str | None
    keep_leading_zeros: bool
    truncate_ragged_lines: bool | None
    extra_columns: Literal["raise", "ignore"] | None
    missing_columns: Literal["raise", "insert"] | None


class CsvOptions(SniffOptions, total=False):
    """How records become rows; what each means is told at :func:`polars_fast_csv.scan_fast_csv`."""

    schema: Mapping[str, PolarsDataType | type] | None
    schema_overrides: Mapping[str, PolarsDataType | type] | Sequence[PolarsDataType | type] | None
    new_columns: Sequence[str] | None
    with_column_names: Callable[[list[str]], list[str]] | None
    empty_string_is_null: bool
    binary_encoding: BinaryEncoding | Mapping[str, BinaryEncoding]
    ignore_errors: bool
    on_error: Literal["raise", "null", "skip"]
    short_records: Literal["null", "raise"]
    n_rows: int | None
    row_index_name: str | None
    row_index_offset: int
    include_file_paths: str | None
    batch_size: int | None
    low_memory: bool
    hive_partitioning: bool | None
    hive_schema: Mapping[str, PolarsDataType | type] | None
    rejects: Rejects | None


class ReadOptions(CsvOptions, total=False):
    """The options of :func:`polars_fast_csv.read_fast_csv`."""

    columns: Sequence[str] | Sequence[int] | str | int | None
    rechunk: bool
    use_pyarrow: bool


class ProfileOptions(CsvOptions, total=False):
    """The options of :func:`polars_fast_csv.profile`."""

    columns: Sequence[str] | Sequence[int] | str | int | None


DEFAULTS: Mapping[str, Any] = {
    "has_header": True,
    "separator": ",",
    "quote_char": '"',
    "escape_char": None,
    "comment_prefix": None,
    "eol_char": "\n",
    "skip_rows": 0,
    "skip_lines": 0,
    "skip_rows_after_header": 0,
    "skip_footer": 0,
    "trim_whitespace": False,
    "strict_quotes": False,
    "max_record_bytes": 64 << 20,
    "raise_if_empty": None,
    "encoding": "utf8",
    "n_threads": None,
    "memory_map": "auto",
    "compression": "infer",
    "glob": True,
    "progress": False,
    "storage_options": None,
    "credential_provider": "auto",
    "schema": None,
    "schema_overrides": None,
    "infer_schema": True,
    "infer_schema_length": "sample",
    "infer_schema_files": 10,
    "try_parse_dates": False,
    "decimal_comma": False,
    "new_columns": None,
    "with_column_names": None,
    "null_values": None,
    "allow_quoted_nulls": True,
    "empty_string_is_null": True,
    "true_values": None,
    "false_values": None,
    "date_format": None,
    "time_format": None,
    "datetime_format": None,
    "thousands": None,
    "keep_leading_zeros": False,
    "binary_encoding": "raw",
    "ignore_errors": False,
    "on_error": "raise",
    "truncate_ragged_lines": None,
    "extra_columns": None,
    "missing_columns": None,
    "short_records": "null",
    "n_rows": None,
    "row_index_name": None,
    "row_index_offset": 0,
    "include_file_paths": None,
    "batch_size": None,
    "low_memory": False,
    "hive_partitioning": None,
    "hive_schema": None,
    "rejects": None,
    "columns": None,
    "rechunk": False,
    "use_pyarrow": False,
}

ACCEPTED: Mapping[type, frozenset[str]] = {
    options: frozenset(options.__annotations__)
    for options in (DialectOptions, SniffOptions, CsvOptions, ReadOptions, ProfileOptions)
}


def takes(options: type) -> Callable[[F], F]:
    """Show the keys of a typed dict as keyword-only parameters in the runtime signature of a function."""

    def decorate(function: F) -> F:
        signature = inspect.signature(function)
        parameters = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
        for name in options.__annotations__:
            parameters.append(inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=DEFAULTS[name]))
        function.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        return function

    return decorate
