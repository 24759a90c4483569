"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import secrets
import stat
import sys
from collections.abc import Callable
from typing import Any

from polars.exceptions import PolarsError

STANDARD_OUTPUT = "-"


def checked_destination(path: str) -> None:
    """Refuse, before anything is read, a path at which no file can be."""
    if path == STANDARD_OUTPUT:
        return
    if os.path.isdir(path):
        raise IsADirectoryError(21, "is a directory, where a file is to be written", path)
    folder = os.path.dirname(os.path.realpath(path))
    if not os.path.isdir(folder):
        raise FileNotFoundError(2, "the directory does not exist", folder)


def written(path: str, write: Callable[[Any], Any]) -> None:
    """
    Have a file written beside its place, and put it there once it is whole.

    A link stays one, and a file that is replaced leaves its permissions. What is no file, such as a pipe, is written to
    as it is, and ``-`` is standard output.
    """
    checked_destination(path)
    if path == STANDARD_OUTPUT:
        _to_standard_output(write)
        return
    place = os.path.realpath(path)
    try:
        before = os.stat(place).st_mode
    except FileNotFoundError:
        before = None
    if before is not None and not stat.S_ISREG(before):
        with open(place, "wb") as stream:
            write(stream)
        return
    folder, name = os.path.split(place)
    beside = os.path.join(folder, f".{name[:100]}.{secrets.token_hex(4)}.part")
    # As any new file, it gets the permissions that the user's mask leaves.
    os.close(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    try:
        write(beside)
        if before is not None:
            os.chmod(beside, stat.S_IMODE(before))
        os.replace(beside, place)
    except BaseException:
        os.unlink(beside)
        raise


def _to_standard_output(write: Callable[[Any], Any]) -> None:
    sys.stdout.flush()
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as stream:
        try:
            write(stream)
        except (OSError, PolarsError) as error:
            # Polars tells of it in an exception of its own.
            if "Broken pipe" in str(error):
                raise BrokenPipeError from error
            raise
