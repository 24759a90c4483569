"""Options, checked and put into the words of the native module, before any file is opened."""

from __future__ import annotations

import codecs
import difflib
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from polars.exceptions import ComputeError, InvalidOperationError, SchemaError

from polars_fast_csv import _native
from polars_fast_csv._access import Access
from polars_fast_csv._dtypes import listed_types, named_types
from polars_fast_csv._errors import ArgumentError, EncodingError
from polars_fast_csv._options import ACCEPTED, DEFAULTS
from polars_fast_csv._progress import Told, checked_progress
from polars_fast_csv._rejects import Rejects
from polars_fast_csv._schema import PLAIN, native_columns

RowIndex = tuple[str, int, bool]
Check = Callable[[str, Any], Any]

# Options that are dealt with in Python.
_NOT_NATIVE = (
    "with_column_names",
    "row_index_name",
    "row_index_offset",
    "include_file_paths",
    "glob",
    "low_memory",
    "columns",
    "rechunk",
    "use_pyarrow",
    "progress",
    "storage_options",
    "credential_provider",
    "hive_partitioning",
    "hive_schema",
    "rejects",
)


# Options of how values are written, in native words: left out where they say nothing.
_VALUES = (
    "truths",
    "date_format",
    "time_format",
    "datetime_format",
    "thousands",
    "keep_leading_zeros",
)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a call asked for."""

    native: dict[str, Any]
    """For the native module. Shared by calls, and so never changed."""
    parsed: _native.Options
    """The same, parsed."""
    changed: dict[str, Any]
    """What the caller gave that is not the default, as given."""
    row_index: RowIndex | None
    """The name and the first number of a row index, and whether it has 64 bits."""
    file_paths: str | None
    """The name of a column of the files' names."""
    rename: Callable[[list[str]], list[str]] | None
    """Makes new column names of the file's."""
    glob: bool
    """Whether a path may be a pattern."""
    access: Access
    """How files of other machines are reached."""
    columns: list[str] | list[int] | None
    """The columns to read, by name or by position."""
    rechunk: bool
    """Whether a frame is to be made contiguous."""
    skips: bool
    """Whether a record with a broken cell is left out."""
    progress: Told | bool
    """Who is told how far a read has come, or whether a bar shows it."""
    hive_partitioning: bool | None
    """Whether the folders of paths name columns; as the source suggests where absent."""
    hive_schema: pl.Schema | None
    """The types of such columns."""
    rejects: Rejects | None
    """Where to record what is refused."""

    @property
    def recodes(self) -> bool:
        """Whether bytes are in another encoding than UTF-8."""
        return self.native["encoding"] not in ("utf8", "utf8-lossy")


# Calls repeat, and to check their options anew would be a third of what a small read costs.
_MOST_KEPT = 64
_kept: dict[tuple[Any, ...], Settings] = {}
_PLAIN = frozenset({str, int, bool, type(None)})
# Options whose values say by name what types are, and the addresses of the types that are one however they are made.
_OF_TYPES = frozenset({"schema", "schema_overrides", "hive_schema"})
_NAMED_TYPES = frozenset(id(getattr(pl, name)) for name in PLAIN if hasattr(pl, name))


def settle(options: type, given: Mapping[str, Any]) -> Settings:
    """Check the options of a call; ``options`` is the typed dict that it declares."""
    key = _key(options, given)
    if key is None:
        return _settled(options, given)
    if (known := _kept.get(key)) is None:
        # A caller may change a mapping later, and its types have to live as long as their addresses stand for them.
        copies = {name: type(value)(value) for name, value in given.items() if name in _OF_TYPES and value is not None}
        known = _settled(options, {**given, **copies})
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[key] = known
    return known


def _key(options: type, given: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """Say what was given, types by addresses; ``None`` where it may change, or is not seen to be the same."""
    key: list[Any] = [options]
    for name, value in given.items():
        kind = type(value)
        if kind in _PLAIN and name != "progress":
            # Whether a bar can be shown depends on what is installed by now.
            key += (name, kind, value)
        elif name in _OF_TYPES and kind in (dict, pl.Schema):
            key += (name, kind, *value, *map(_type_key, value.values()))
        else:
            return None
    return tuple(key)


def _type_key(given: Any) -> Any:
    """What a type is: two objects of one class may be different ones, unless there is no more to say than its name."""
    kind = type(given)
    if id(kind) in _NAMED_TYPES:
        return id(kind)
    return (id(kind), given.time_unit, given.time_zone) if kind is pl.Datetime else id(given)


def _settled(options: type, given: Mapping[str, Any]) -> Settings:
    for name in given:
        if name not in ACCEPTED[options]:
            raise TypeError(_unknown(name, ACCEPTED[options]))
    checked = _CHECKED_DEFAULTS[options] | {name: _CHECKS[name](name, value) for name, value in given.items()}
    _agree(checked)
    native = _in_native_words(checked)
    changed = {name: value for name, value in given.items() if not _among(value, (DEFAULTS[name],))}
    return Settings(
        native=native,
        # What a format may say, and which words clash, the reader knows.
        parsed=_native.Options(native),
        changed=changed,
        row_index=_row_index(checked),
        file_paths=checked.get("include_file_paths"),
        rename=checked.get("with_column_names"),
        glob=checked["glob"],
        access=Access(checked["storage_options"], checked["credential_provider"]),
        columns=checked.get("columns"),
        rechunk=checked.get("rechunk", False),
        skips=checked.get("on_error") == "skip",
        progress=checked["progress"],
        hive_partitioning=checked.get("hive_partitioning"),
        hive_schema=checked.get("hive_schema"),
        rejects=checked.get("rejects"),
    )


def _unknown(name: str, accepted: frozenset[str]) -> str:
    if name in _RENAMED:
        return f"unknown option '{name}'; it is called '{_RENAMED[name]}'"
    near = difflib.get_close_matches(name, accepted, n=1)
    return f"unknown option '{name}'" + (f"; did you mean '{near[0]}'?" if near else "")


# Names that options of Polars had before 1.0, and of pandas and pyarrow that differ much.
_RENAMED = {
    "dtypes": "schema_overrides",
    "dtype": "schema_overrides",
    "row_count_name": "row_index_name",
    "row_count_offset": "row_index_offset",
    "sep": "separator",
    "delimiter": "separator",
    "usecols": "columns",
    "nrows": "n_rows",
    "na_values": "null_values",
}


def _among(value: Any, neutral: tuple[Any, ...]) -> bool:
    # `0 == False`, so the types are compared too.
    return any(type(value) is type(each) and value == each for each in neutral)


def _agree(checked: dict[str, Any]) -> None:
    """Refuse options that contradict each other."""
    _marks_agree(checked)
    if checked["skip_rows"] and checked["skip_lines"]:
        msg = "only one of 'skip_rows'/'skip_lines' may be set"
        raise InvalidOperationError(msg)
    if checked.get("new_columns") is not None and checked.get("with_column_names") is not None:
        msg = "cannot set both `with_column_names` and `new_columns`; mutually exclusive"
        raise ValueError(msg)
    if checked.get("extra_columns") == "ignore" and checked["truncate_ragged_lines"] is False:
        msg = "cannot set truncate_ragged_lines=False with extra_columns='ignore'"
        raise ValueError(msg)
    if checked.get("use_pyarrow") and _would_be_read_by_pyarrow(checked):
        msg = (
            "option 'use_pyarrow' is not built: pyarrow's own reader, to which Polars turns, finds other types "
            "and nulls; leave it out, or call pyarrow.csv.read_csv"
        )
        raise NotImplementedError(msg)
    if checked.get("hive_schema") is not None and checked["hive_partitioning"] is False:
        msg = "a hive_schema is given, and hive_partitioning=False says that it is not used"
        raise ComputeError(msg)


def _would_be_read_by_pyarrow(checked: dict[str, Any]) -> bool:
    """Whether Polars would heed ``use_pyarrow``, which it passes over beside any of these options."""
    given = ("schema_overrides", "n_rows", "null_values", "with_column_names", "include_file_paths")
    return not checked["low_memory"] and all(checked[name] is None for name in given)


def _marks_agree(checked: dict[str, Any]) -> None:
    """Refuse a byte that would mean two things."""
    names = ("separator", "quote_char", "escape_char", "eol_char")
    marks = {name: "\r\n" if checked[name] == "any" else checked[name] for name in names if checked[name] is not None}
    if marks["separator"] == "auto":
        del marks["separator"]
    if marks.get("escape_char") == marks.get("quote_char"):
        # A doubled quote is one quote whatever the escape is.
        marks.pop("escape_char", None)
        checked["escape_char"] = None
    for at, (name, mark) in enumerate(marks.items()):
        for other, its in list(marks.items())[at + 1 :]:
            if mark == its:
                msg = f"{name} and {other} must differ, both are {mark!r}"
                raise ValueError(msg)
            if set(mark) & set(its):
                msg = f"{name} and {other} must differ, {mark!r} and {checked[other]!r} share a character"
                raise ValueError(msg)
    comment, separator = checked["comment_prefix"], marks.get("separator")
    if comment is None:
        return
    taken = [mark for name, mark in marks.items() if name in ("quote_char", "escape_char")]
    alike = separator is not None and (comment.startswith(separator) or separator.startswith(comment))
    if comment[0] in taken or alike:
        msg = f"comment_prefix cannot begin with {comment[0]!r}, which already has a meaning"
        raise ValueError(msg)
    if set(comment) & set(marks["eol_char"]):
        msg = f"comment_prefix={comment!r} cannot hold the end of a record"
        raise ValueError(msg)


def _row_index(checked: dict[str, Any]) -> RowIndex | None:
    name = checked.get("row_index_name")
    if name is None:
        return None
    offset: int = checked["row_index_offset"]
    wide = pl.get_index_type() == pl.UInt64
    largest = (1 << (64 if wide else 32)) - 1
    if offset > largest:
        msg = f"row_index_offset must be at most {largest}, got {offset}"
        raise ValueError(msg)
    return (name, offset, wide)


def _in_native_words(checked: dict[str, Any]) -> dict[str, Any]:
    native = dict(checked)
    for name in _NOT_NATIVE:
        native.pop(name, None)
    if native.pop("ignore_errors", False):
        native["on_error"] = "null"
    if native["raise_if_empty"] is None:
        native["raise_if_empty"] = native.get("schema") is None or native["has_header"]
    if "truncate_ragged_lines" in native:
        native["truncate_ragged_lines"] = native["truncate_ragged_lines"] or False
    if native["n_threads"] is None:
        native["n_threads"] = pl.thread_pool_size()
    truths = (native.pop("true_values", None), native.pop("false_values", None))
    if truths != (None, None):
        native["truths"] = truths
    for name in _VALUES:
        if name in native and not native[name]:
            del native[name]
    schema, overrides = native.get("schema"), native.pop("schema_overrides", None)
    if schema is not None and overrides is not None:
        native["schema"] = _overridden(schema, overrides)
    elif isinstance(overrides, _ByPosition):
        native["schema_overrides_by_position"] = overrides.schema
    elif overrides is not None:
        native["schema_overrides"] = overrides
    for name in ("schema", "new_columns"):
        if name in native and native[name] is None:
            del native[name]
    for name in ("schema", "schema_overrides", "schema_overrides_by_position"):
        if name in native:
            native[name] = native_columns(native[name])
    return native


@dataclass(frozen=True, slots=True)
class _ByPosition:
    schema: pl.Schema


def _overridden(schema: pl.Schema, overrides: pl.Schema | _ByPosition) -> pl.Schema:
    """Let overrides have the last word over a schema; a name that is not in it is passed over, as Polars does."""
    if isinstance(overrides, pl.Schema):
        return pl.Schema({name: overrides.get(name, dtype) for name, dtype in schema.items()})
    types = list(overrides.schema.values())
    if len(types) != len(schema):
        msg = f"schema_overrides gives {len(types)} types, schema {len(schema)}; give one for each, or a dict"
        raise SchemaError(msg)
    return pl.Schema(dict(zip(schema, types, strict=True)))


def _has_header(name: str, value: Any) -> bool:
    if isinstance(value, Sequence) and not isinstance(value, str):
        msg = f"{name} must be True or False: a header is one row; skip_rows_after_header=1 skips a second one"
        raise TypeError(msg)
    return _flag(name, value)


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(_wanted(name, "True or False", value))
    return value


def _count(least: int, wanted: str = "a whole number") -> Check:
    def check(name: str, value: Any) -> int:
        try:
            number = None if isinstance(value, bool) else operator.index(value)
        except TypeError:
            number = None
        if number is None:
            raise TypeError(_wanted(name, wanted, value))
        if not least <= number < 1 << 63:
            raise ValueError(_wanted(name, f"at least {least}", value) if number < least else f"{name} is too large")
        return number

    return check


def _optional(check: Check) -> Check:
    return lambda name, value: None if value is None else check(name, value)


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(_wanted(name, "text", value))
    return value


def _callable(name: str, value: Any) -> Any:
    if not callable(value):
        raise TypeError(_wanted(name, "a function", value))
    return value


def _rejects(name: str, value: Any) -> Rejects:
    if not isinstance(value, Rejects):
        raise TypeError(_wanted(name, "a Rejects", value))
    return value


def _word(*known: str) -> Check:
    def check(name: str, value: Any) -> str:
        given = _text(name, value)
        if given not in known:
            raise ValueError(_wanted(name, " or ".join(map(repr, known)), value))
        return given

    return check


def _byte(name: str, value: Any) -> str:
    mark = _text(name, value)
    if len(mark.encode()) != 1:
        msg = f"{name}={mark!r} should be a single byte character, but is {len(mark.encode())} bytes long"
        raise ValueError(msg)
    return mark


def _separator(name: str, value: Any) -> str:
    mark = _text(name, value)
    if mark == "auto":
        return mark
    length = len(mark.encode())
    if not 1 <= length <= 8:
        msg = f"{name} must be 1 to 8 bytes, {mark!r} is {length} bytes long"
        raise ValueError(msg)
    if set(mark) & {"\n", "\r"} and length > 1:
        msg = f"{name}={mark!r} cannot hold a line break"
        raise ValueError(msg)
    return mark


def _quote(name: str, value: Any) -> str | None:
    return None if value is None or value == "" else _byte(name, value)


def _escape(name: str, value: Any) -> str:
    mark = _byte(name, value)
    if mark in "\r\n":
        msg = f"{name} cannot be {mark!r}: it ends records"
        raise ValueError(msg)
    return mark


def _terminator(name: str, value: Any) -> str:
    mark = _text(name, value)
    if mark != "any" and len(mark.encode()) != 1:
        msg = f"{name} must be a single byte or 'any', got {mark!r}"
        raise ArgumentError(msg)
    return mark


def _comment(name: str, value: Any) -> str:
    prefix = _text(name, value)
    if not prefix:
        msg = f"{name} must not be empty; None reads no comments"
        raise ValueError(msg)
    return prefix


# What Python calls an encoding that the standard calls otherwise.
_CODECS = {
    "cp874": "windows-874",
    "cp932": "shift_jis",
    "cp949": "euc-kr",
    "mac-cyrillic": "x-mac-cyrillic",
    "mac-roman": "macintosh",
    "utf-8-sig": "utf-8",
}


def _encoding(name: str, value: Any) -> str:
    label = _text(name, value).lower()
    known = _native.charset(label)
    if known is None:
        bare, lossy, _ = label.partition("-lossy")
        try:
            codec = codecs.lookup(bare).name.replace("_", "-")
        except LookupError:
            codec = bare
        # What Python calls an encoding is often a label but for its hyphens.
        known = _native.charset(_CODECS.get(codec, codec.replace("utf-16-", "utf-16")) + lossy)
    if known is None:
        msg = f"{name} must be 'utf8', 'utf8-lossy' or a label of the WHATWG Encoding standard, got {value!r}"
        raise EncodingError(msg)
    return known.replace("utf-8", "utf8")


def _memory_map(name: str, value: Any) -> Any:
    if not isinstance(value, bool) and value != "auto":
        kind = ValueError if isinstance(value, str) else TypeError
        raise kind(_wanted(name, "True, False or 'auto'", value))
    return value


def _inference(name: str, value: Any) -> Any:
    records = _optional(_count(0, "'sample', a number of records or None"))
    return "sample" if value == "sample" else records(name, value)


def _schema(name: str, value: Any) -> pl.Schema:
    if not isinstance(value, Mapping):
        raise TypeError(_wanted(name, "a mapping of column to type", value))
    return named_types(name, value)


def _overrides(name: str, value: Any) -> pl.Schema | _ByPosition:
    if isinstance(value, Mapping):
        return named_types(name, value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _ByPosition(listed_types(name, value))
    raise TypeError(_wanted(name, "a mapping or a sequence of types", value))


def _texts(name: str, value: Any) -> list[str]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise TypeError(_wanted(name, "a list of texts", value))
    return [_text(name, each) for each in value]


def _one_or_more(name: str, value: Any) -> list[str] | dict[str, list[str]]:
    """Texts for every column, or for some by their names; one alone makes a list."""

    def texts(given: Any) -> list[str]:
        if not isinstance(given, Sequence):
            raise TypeError(_wanted(name, "a text, a list of texts or a mapping of column to these", given))
        return [given] if isinstance(given, str) else _texts(name, given)

    if isinstance(value, Mapping):
        return {_text(name, column): texts(given) for column, given in value.items()}
    return texts(value)


def _formats(name: str, value: Any) -> list[str] | dict[str, list[str]]:
    formats = _one_or_more(name, value)
    if not formats or (isinstance(formats, dict) and not all(formats.values())):
        msg = f"{name} must hold at least one format; None reads the usual ways of writing"
        raise ValueError(msg)
    return formats


def _binary_encoding(name: str, value: Any) -> str | dict[str, str]:
    known = _word("raw", "hex", "base64")
    if isinstance(value, Mapping):
        return {_text(name, column): known(name, given) for column, given in value.items()}
    encoding: str = known(name, value)
    return encoding


def _columns(name: str, value: Any) -> list[Any]:
    given: list[Any] | None = None
    if isinstance(value, str | int):
        given = [value]
    elif isinstance(value, Sequence):
        given = list(value)
    if given is None or not (all(isinstance(each, str) for each in given) or all(type(each) is int for each in given)):
        raise TypeError(_wanted(name, "names or positions of columns", value))
    if len(set(given)) != len(given):
        msg = f"`{name}` arg should only have unique values, got {given}"
        raise ValueError(msg)
    return given


def _storage_options(name: str, value: Any) -> dict[str, Any]:
    if value is not None and not isinstance(value, Mapping):
        raise TypeError(_wanted(name, "a mapping", value))
    options = {_text(name, key): each for key, each in (value or {}).items()}
    for key, each in options.items():
        if key == "max_retries" and (isinstance(each, bool) or not isinstance(each, int)):
            msg = f"{name}: invalid value for 'max_retries': {each!r} (expected int)"
            raise ValueError(msg)
    return options


def _credential_provider(name: str, value: Any) -> Any:
    if value is None or value == "auto" or callable(value):
        return value
    raise TypeError(_wanted(name, "'auto', a function or None", value))


def _wanted(name: str, wanted: str, value: Any) -> str:
    shown = repr(value)
    return f"{name} must be {wanted}, got {shown if len(shown) <= 40 else type(value).__name__}"


_CHECKS: Mapping[str, Check] = {
    "has_header": _has_header,
    "separator": _separator,
    "quote_char": _quote,
    "escape_char": _optional(_escape),
    "comment_prefix": _optional(_comment),
    "eol_char": _terminator,
    "skip_rows": _count(0),
    "skip_lines": _count(0),
    "skip_rows_after_header": _count(0),
    "skip_footer": _count(0),
    "trim_whitespace": _flag,
    "strict_quotes": _flag,
    "max_record_bytes": _count(1),
    "raise_if_empty": _optional(_flag),
    "encoding": _encoding,
    "n_threads": _optional(_count(1)),
    "memory_map": _memory_map,
    "compression": _optional(_word("infer", "gzip", "zlib", "zstd", "bzip2", "xz", "lz4")),
    "glob": _flag,
    "storage_options": _storage_options,
    "credential_provider": _credential_provider,
    "progress": checked_progress,
    "schema": _optional(_schema),
    "schema_overrides": _optional(_overrides),
    "infer_schema": _flag,
    "infer_schema_length": _inference,
    "infer_schema_files": _count(1),
    "try_parse_dates": _flag,
    "decimal_comma": _flag,
    "new_columns": _optional(_texts),
    "with_column_names": _optional(_callable),
    "null_values": _optional(_one_or_more),
    "allow_quoted_nulls": _flag,
    "empty_string_is_null": _flag,
    "true_values": _optional(_texts),
    "false_values": _optional(_texts),
    "date_format": _optional(_formats),
    "time_format": _optional(_formats),
    "datetime_format": _optional(_formats),
    "thousands": _optional(_byte),
    "keep_leading_zeros": _flag,
    "binary_encoding": _binary_encoding,
    "ignore_errors": _flag,
    "on_error": _word("raise", "null", "skip"),
    "truncate_ragged_lines": _optional(_flag),
    "extra_columns": _optional(_word("raise", "ignore")),
    "missing_columns": _optional(_word("raise", "insert")),
    "short_records": _word("null", "raise"),
    "n_rows": _optional(_count(0)),
    "row_index_name": _optional(_text),
    "row_index_offset": _count(0),
    "include_file_paths": _optional(_text),
    "batch_size": _optional(_count(1)),
    "low_memory": _flag,
    "hive_partitioning": _optional(_flag),
    "hive_schema": _optional(_schema),
    "rejects": _optional(_rejects),
    "columns": _optional(_columns),
    "rechunk": _flag,
    "use_pyarrow": _flag,
}

# Small reads call often: only what was given is checked anew.
_CHECKED_DEFAULTS: Mapping[type, dict[str, Any]] = {
    options: {name: _CHECKS[name](name, value) for name, value in DEFAULTS.items() if name in names}
    for options, names in ACCEPTED.items()
}
