"""What a caller may name as a source, as paths, bytes, pipes and streams that the native reader takes."""

from __future__ import annotations

import codecs
import io
import os
import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, TypeAlias

from polars.exceptions import InvalidOperationError

from polars_fast_csv import _native
from polars_fast_csv._access import Access
from polars_fast_csv._errors import NoFilesError, NoSourceError
from polars_fast_csv._remote import is_remote, local_path, remote_sources

OneSource: TypeAlias = "str | os.PathLike[str] | bytes | bytearray | memoryview | IO[str] | IO[bytes]"
ResolvedSource: TypeAlias = "str | bytes | _native.Pipe | _native.Opened"
CsvSource: TypeAlias = "OneSource | Sequence[OneSource]"

_PATTERN_MARK = re.compile(r"[*?[]")
# A file object that holds no more is kept, so that it can be closed, and read again.
_KEPT = 32 << 20
_PIECE = 1 << 20


def resolve_sources(
    source: CsvSource, *, glob: bool, access: Access | None = None, recodes: bool = False
) -> list[ResolvedSource]:
    """
    List the paths, the bytes, the pipes and the streams behind a source, in order.

    A file object is read from its current position on, here as far as it is kept; one over bytes in memory is these.
    Nothing else is opened, but a path must name a file that exists. ``recodes`` says that bytes are not UTF-8 as a
    rule: what a file object gives as text is marked as such then.
    """
    access = access or Access()
    # What most callers name comes first: a question about an abstract class takes longer than a small file.
    if type(source) is str:
        return list(_resolve_path(source, glob, access))
    if isinstance(source, str | bytes | bytearray | memoryview) or not isinstance(source, Sequence):
        return _resolve_one(source, glob, access, recodes)
    if not source:
        msg = "there is no source: the list is empty; with a schema this is an empty frame"
        raise NoSourceError(msg)
    return [found for one in source for found in _resolve_one(one, glob, access, recodes)]


def _resolve_one(source: Any, glob: bool, access: Access, recodes: bool) -> list[ResolvedSource]:
    if isinstance(source, bytes):
        return [source]
    if isinstance(source, bytearray | memoryview):
        return [bytes(source)]
    if isinstance(source, str | os.PathLike):
        return list(_resolve_path(os.fspath(source), glob, access))
    if type(source) is io.BytesIO:
        # It shares the bytes that it holds, and stays where it stands.
        return [source.getvalue()[source.tell() :]]
    if hasattr(source, "read"):
        return [_on_disk(source, recodes) or _content(source, recodes)]
    msg = f"a source is a path, bytes, a file object or a list of these, got {type(source).__name__}"
    raise TypeError(msg)


def _resolve_path(path: Any, glob: bool, access: Access) -> Sequence[ResolvedSource]:
    if not isinstance(path, str):
        msg = f"a path is text, got {type(path).__name__}"
        raise TypeError(msg)
    if path == "-":
        return [_native.Pipe()]
    if ":/" in path:
        if is_remote(path):
            return remote_sources(path, access, glob=glob)
        path = local_path(path) or path
    path = str(Path(path).expanduser()) if path.startswith("~") else path
    # A file whose name holds a bracket is meant before the pattern that it would be.
    if glob and _PATTERN_MARK.search(path) and not os.path.exists(path):
        try:
            return [os.fspath(match) for match in _native.expand_glob(path)]
        except FileNotFoundError as none:
            raise NoFilesError(none.errno, none.strerror, none.filename) from None
    mode = os.stat(path).st_mode
    if stat.S_ISDIR(mode):
        return _files_under(path)
    if not stat.S_ISREG(mode):
        return [_native.Pipe(path)]
    return [path]


def _files_under(folder: str) -> list[str]:
    """
    Every file in a directory and those in it, sorted by path; all of one kind, by their extension.

    Where some hold a byte, those that do not are none of them, as for a pattern.
    """
    found = sorted(_walked(folder, frozenset()))
    if not found:
        msg = f"no file is in the directory {folder}"
        raise NoFilesError(msg)
    files = [path for path in found if not _is_empty(path)] or found
    first = files[0]
    for file in files:
        if os.path.splitext(file)[1] != os.path.splitext(first)[1]:
            msg = (
                f"directory contained paths with different file extensions: first path: {first}, second path: {file}; "
                "a pattern says which of them to read, such as 'dir/**/*.csv'"
            )
            raise InvalidOperationError(msg)
    return files


def _walked(folder: str, above: frozenset[tuple[int, int]]) -> Iterator[str]:
    here = os.stat(folder)
    around = above | {(here.st_dev, here.st_ino)}
    if around == above:
        # A link to a directory in which it lies.
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _walked(entry.path, around)
            else:
                yield entry.path


def _is_empty(path: str) -> bool:
    try:
        found = os.stat(path)
    except OSError:
        # Whoever opens it is told why.
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size == 0


def _on_disk(file: Any, recodes: bool) -> str | None:
    """The path of an open file that stands at its beginning, if its bytes are what would be read."""
    if isinstance(file, io.TextIOWrapper):
        if recodes or codecs.lookup(file.encoding).name not in ("utf-8", "utf-8-sig") or file.errors != "strict":
            return None
        file = file.buffer
    if not isinstance(file, io.BufferedReader | io.BufferedRandom | io.FileIO):
        return None
    # A buffer over what is no file has no name at all.
    name = getattr(file, "name", None)
    if not isinstance(name, str):
        return None
    try:
        if isinstance(file, io.BufferedRandom):
            file.flush()
        here, there = os.fstat(file.fileno()), os.stat(name)
        is_it = stat.S_ISREG(here.st_mode) and os.path.samestat(here, there) and file.tell() == 0
    except OSError:
        return None
    return os.path.abspath(name) if is_it else None


def _content(file: Any, recodes: bool) -> bytes | _native.Pipe:
    """What a file object gives: all of it where that is little, otherwise a pipe that goes on reading."""
    pieces: list[bytes] = []
    length = 0
    while length < _KEPT:
        given = file.read(_PIECE)
        piece = _as_bytes(file, given)
        if not piece:
            return b"".join(pieces)
        if recodes and not pieces and isinstance(given, str) and not piece.startswith(codecs.BOM_UTF8):
            # A byte order mark says more than the label of an encoding.
            pieces.append(codecs.BOM_UTF8)
        pieces.append(piece)
        length += len(piece)
    return _native.Pipe.of_file(type(file).__name__, b"".join(pieces), file)


def _as_bytes(file: Any, content: Any) -> bytes:
    if isinstance(content, str):
        return content.encode()
    if isinstance(content, bytes):
        return content
    if isinstance(content, bytearray | memoryview):
        return bytes(content)
    msg = f"{type(file).__name__}.read() gave {type(content).__name__}, neither bytes nor text"
    raise TypeError(msg)
