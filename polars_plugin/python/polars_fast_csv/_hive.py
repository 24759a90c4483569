"""
Columns that the paths of files name: Hive partitioning, ``year=2024/month=05/x.csv``.

In come paths, out goes a frame with a row for each of them. How its values come beside those of the files is the native
reader's concern.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import polars as pl
from polars.exceptions import ComputeError, SchemaFieldNotFoundError

from polars_fast_csv import _native
from polars_fast_csv._errors import CsvError
from polars_fast_csv._schema import native_columns

if TYPE_CHECKING:
    from polars_fast_csv._settings import Settings
    from polars_fast_csv._sources import CsvSource, ResolvedSource

# What Hive writes where the value is null.
_NULL = "__HIVE_DEFAULT_PARTITION__"
_NEEDED = "hive_partitioning takes columns from the paths of files"


def partitions(source: CsvSource, sources: Sequence[ResolvedSource], settings: Settings) -> pl.DataFrame | None:
    """
    Make the columns that the folders of files name, with a row for each file; ``None`` where there are none.

    They are looked for where that is asked for and, as in :func:`polars.scan_parquet`, where a directory is the source:
    below it, and otherwise in the whole of a path.
    """
    # A path that stands for itself is a file's, and the system need not be asked again.
    root = None if isinstance(source, str) and sources == [source] else _directory(source)
    wanted = settings.hive_partitioning
    if wanted is None:
        wanted = root is not None or settings.hive_schema is not None
    if not wanted:
        return None
    asked = settings.hive_partitioning is True or settings.hive_schema is not None
    paths = [each for each in sources if isinstance(each, str)]
    if len(paths) != len(sources):
        if asked:
            msg = f"{_NEEDED}, and not every source is one"
            raise ValueError(msg)
        return None
    found = [_pairs(path if root is None else os.path.relpath(path, root)) for path in paths]
    names = list(found[0])
    if settings.hive_schema is not None:
        names = [name for name in names if name in settings.hive_schema]
    for path, pairs in zip(paths, found, strict=True):
        if pairs.keys() != set(names):
            _refuse(path, pairs, names, settings.hive_schema)
    if not names:
        return None
    types = settings.hive_schema or pl.Schema()
    return pl.DataFrame([_typed(name, [pairs[name] for pairs in found], paths, types.get(name)) for name in names])


def _directory(source: Any) -> str | None:
    """The directory that is the one source, if it is."""
    if isinstance(source, Sequence) and not isinstance(source, str | bytes | bytearray | memoryview):
        if len(source) != 1:
            return None
        source = source[0]
    if not isinstance(source, str | os.PathLike):
        return None
    path = os.path.expanduser(os.fspath(source))
    return path if os.path.isdir(path) else None


def _pairs(path: str) -> dict[str, str | None]:
    """What the folders of a path say; one without an equals sign, or with two, says nothing."""
    folders = re.split(r"[/\\]" if os.sep == "\\" else "/", path)[:-1]
    pairs: dict[str, str | None] = {}
    for folder in folders:
        if folder.count("=") == 1:
            name, _, value = folder.partition("=")
            if unquote(name) in pairs:
                msg = f"two folders of {path} name the column {unquote(name)!r}"
                raise ComputeError(msg)
            pairs[unquote(name)] = None if value == _NULL else unquote(value)
    return pairs


def _refuse(path: str, pairs: Mapping[str, Any], names: Sequence[str], schema: Mapping[str, Any] | None) -> None:
    told = "hive_schema" if schema is not None else "the first path"
    extra = [name for name in pairs if name not in names]
    if extra:
        msg = f"the folders of {path} name columns that {told} does not: {extra}"
    else:
        missing = [name for name in names if name not in pairs]
        msg = f"the folders of {path} do not name the columns {missing}, as {told} does"
    raise SchemaFieldNotFoundError(f"{msg}; hive_partitioning=False takes no columns from paths")


def _typed(name: str, values: list[str | None], paths: Sequence[str], dtype: pl.DataType | None) -> pl.Series:
    """Read the texts of a column with the reader of cells, as the type that was asked for or the one they suggest."""
    texts = pl.Series(name, values, dtype=pl.String)
    if dtype == pl.String or texts.null_count() == len(texts):
        return texts if dtype is None else texts.cast(dtype)
    quoted = ("" if value is None else '"' + value.replace('"', '""') + '"' for value in values)
    content = "\n".join(['"v"', *quoted, ""]).encode()
    if dtype is None:
        options: dict[str, Any] = {"infer_schema_length": None, "try_parse_dates": True}
    else:
        options = {"schema": native_columns({"v": dtype})}
    try:
        scan = _native.Scan([content], {"has_header": True, **options})
        series = pl.DataFrame(scan.collect()).to_series().alias(name)
    except CsvError as error:
        at = (error.record or 1) - 1
        msg = f"{name}={values[at]} in {paths[at]} is not a {dtype}, as hive_schema has it"
        raise ComputeError(msg) from None
    # Arrow has no integers of 128 bits to hand over.
    return texts if dtype is None and series.dtype == pl.Int128 else series
