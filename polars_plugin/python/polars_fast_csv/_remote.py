"""
Files on other machines: which ones a URL names, and how each is opened.

Web servers and Hugging Face are asked by Python's own ``urllib``, object stores by the crate ``object_store``, in its
Python package obstore: Polars is built with that crate, so that ``storage_options`` and what a credential provider
gives say the same here. Nothing here knows what the bytes mean.
"""

from __future__ import annotations

import errno
import functools
import os
import re
from collections.abc import Callable, Iterable
from urllib.parse import unquote

from polars_fast_csv import _native
from polars_fast_csv._access import Access, Readable
from polars_fast_csv._errors import NoFilesError

_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")
_FILE = re.compile(r"file:(?://([^/]*))?(/.*)", re.IGNORECASE | re.DOTALL)
_WEB = frozenset({"http", "https"})
_STORES = frozenset({"s3", "s3a", "gs", "gcs", "az", "azure", "adl", "abfs", "abfss"})
_MARKS = frozenset("*?[")


def is_remote(path: str) -> bool:
    """Whether a path is a URL of a kind that is read from another machine."""
    found = _URL.match(path)
    return found is not None and found[1].lower() in _WEB | _STORES | {"hf"}


def local_path(path: str) -> str | None:
    """The path that a ``file`` URL names, if it is one."""
    found = _FILE.fullmatch(path)
    if found is None:
        return None
    host, place = found.groups(default="")
    if host not in ("", "localhost"):
        msg = f"a file URL names a file of this machine, {path} one of {host}"
        raise ValueError(msg)
    # Many write such a URL without escapes.
    return place if os.path.exists(place) else unquote(place)


def remote_sources(url: str, access: Access, *, glob: bool) -> list[_native.Opened]:
    """
    List the files that a URL names: one, those that a pattern matches, or those of a folder, whose name ends in ``/``.

    Raises
    ------
    FileNotFoundError
        A pattern matches nothing, or a folder holds nothing. Whether one file is there is seen when it is opened.
    ModuleNotFoundError
        It is in an object store, and obstore is not installed.
    """
    # Few calls name such a file, and what speaks to servers takes its time to import.
    from polars_fast_csv._stores import list_objects, needs_obstore, open_object
    from polars_fast_csv._web import Repository, open_web

    scheme, _, rest = url.partition("://")
    scheme = scheme.lower()
    if scheme in _WEB:
        return [_native.Opened(url, functools.partial(open_web, url, access))]
    opens: Callable[[str], Readable]
    keys: Callable[[str], Iterable[str]]
    if scheme == "hf":
        repository, key = Repository.of(url, access)
        start, opens, keys = url[: len(url) - len(key)], repository.open, repository.keys
    else:
        needs_obstore(url)
        bucket, _, key = rest.partition("/")
        start = f"{scheme}://{bucket}/"
        opens = functools.partial(open_object, start, access)
        keys = functools.partial(list_objects, start, access)
    is_pattern = glob and not _MARKS.isdisjoint(key)
    if key and not is_pattern and not key.endswith("/"):
        return [_native.Opened(url, functools.partial(opens, key))]
    folder = key[: min(key.index(mark) for mark in _MARKS if mark in key)] if is_pattern else key
    found = sorted(keys(folder[: folder.rfind("/") + 1]))
    if is_pattern:
        matcher = pattern(key)
        found = [each for each in found if matcher.fullmatch(each)]
    if not found:
        raise NoFilesError(errno.ENOENT, "nothing matches" if is_pattern else "nothing is in this folder", url)
    return [_native.Opened(start + each, functools.partial(opens, each)) for each in found]


def pattern(key: str) -> re.Pattern[str]:
    """``*``, ``?`` and ``[...]`` match within a part of a path, ``**`` any number of parts."""
    pieces = []
    for piece in re.findall(r"\*\*/|\*\*|\*|\?|\[!?\]?[^\]]*\]|.", key, re.DOTALL):
        if piece == "**/":
            pieces.append("(?:[^/]+/)*")
        elif piece == "**":
            pieces.append(".*")
        elif piece in "*?":
            pieces.append("[^/]*" if piece == "*" else "[^/]")
        elif len(piece) > 1:
            inner = piece[1:-1].replace("\\", "\\\\").replace("[", "\\[")
            pieces.append("[^" + inner[1:] + "]" if inner.startswith("!") else "[" + inner.replace("^", "\\^") + "]")
        else:
            pieces.append(re.escape(piece))
    return re.compile("".join(pieces), re.DOTALL)
