"""What a caller may name as a source, as paths, bytes and pipes that the native reader takes."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, TypeAlias

from polars.exceptions import InvalidOperationError

from polars_fast_csv import _native

OneSource: TypeAlias = "str | os.PathLike[str] | bytes | bytearray | memoryview | IO[str] | IO[bytes]"
ResolvedSource: TypeAlias = "str | bytes | _native.Pipe"
CsvSource: TypeAlias = "OneSource | Sequence[OneSource]"

_PATTERN_MARKS = frozenset("*?[")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def resolve_sources(source: CsvSource, *, glob: bool) -> list[ResolvedSource]:
    """
    List the paths, the bytes and the pipes behind a source, in order.

    A file object is read here, from its current position to its end. Nothing else is opened, but a path must name a
    file that exists.
    """
    # What most callers name comes first: a question about an abstract class takes longer than a small file.
    if isinstance(source, str | bytes | bytearray | memoryview) or not isinstance(source, Sequence):
        return _resolve_one(source, glob=glob)
    if not source:
        msg = "there is no source: the list is empty"
        raise ValueError(msg)
    return [found for one in source for found in _resolve_one(one, glob=glob)]


def _resolve_one(source: Any, *, glob: bool) -> list[ResolvedSource]:
    if isinstance(source, bytes):
        return [source]
    if isinstance(source, bytearray | memoryview):
        return [bytes(source)]
    if isinstance(source, str | os.PathLike):
        return list(_resolve_path(os.fspath(source), glob=glob))
    if hasattr(source, "read"):
        return [_content(source)]
    msg = f"a source is a path, bytes, a file object or a list of these, got {type(source).__name__}"
    raise TypeError(msg)


def _resolve_path(path: Any, *, glob: bool) -> Sequence[ResolvedSource]:
    if not isinstance(path, str):
        msg = f"a path is text, got {type(path).__name__}"
        raise TypeError(msg)
    if path == "-":
        return [_native.Pipe()]
    if "://" in path and _URL.match(path):
        msg = f"an object-store URL as a source is not built yet: {path}"
        raise NotImplementedError(msg)
    path = str(Path(path).expanduser()) if path.startswith("~") else path
    # A file whose name holds a bracket is meant before the pattern that it would be.
    if glob and not _PATTERN_MARKS.isdisjoint(path) and not os.path.exists(path):
        return [os.fspath(match) for match in _native.expand_glob(path)]
    mode = os.stat(path).st_mode
    if stat.S_ISDIR(mode):
        return _files_under(path)
    if not stat.S_ISREG(mode):
        return [_native.Pipe(path)]
    return [path]


def _files_under(folder: str) -> list[str]:
    """Every file in a directory and those in it, sorted by path; all of one kind, by their extension."""
    files = sorted(os.path.join(base, name) for base, _, names in os.walk(folder) for name in names)
    if not files:
        msg = f"no file is in the directory {folder}"
        raise FileNotFoundError(msg)
    first = files[0]
    for file in files:
        if os.path.splitext(file)[1] != os.path.splitext(first)[1]:
            msg = (
                f"directory contained paths with different file extensions: first path: {first}, second path: {file}; "
                "a pattern says which of them to read, such as 'dir/**/*.csv'"
            )
            raise InvalidOperationError(msg)
    return files


def _content(file: Any) -> bytes:
    content = file.read()
    if isinstance(content, str):
        return content.encode()
    if isinstance(content, bytes):
        return content
    if isinstance(content, bytearray | memoryview):
        return bytes(content)
    msg = f"{type(file).__name__}.read() gave {type(content).__name__}, neither bytes nor text"
    raise TypeError(msg)
