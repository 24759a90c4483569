"""
The command ``fast-csv``: what the library does, for a shell.

An order comes in as arguments; what was found goes to standard output, everything else to standard error. A subcommand
knows the library's public functions alone, and nothing here knows how a file is read.
"""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from polars.exceptions import PanicException

from polars_fast_csv._command.arguments import parsed
from polars_fast_csv._command.output import Paint, say, without_controls

FAILED, INTERRUPTED, BROKEN_PIPE = 2, 130, 141
# What Polars before 2 puts before the text of an exception of a query that runs.
_WRAPPED = "caught exception during execution of a Python source, exception: "


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run the command.

    Parameters
    ----------
    arguments
        Those behind the command's name; ``None`` takes the process's own.

    Returns
    -------
    int
        The exit status: 0; 1 where a validation failed; 2 on any error; 130 after Ctrl-C, and 141 where the reader of
        the output went away, as shells have it of programs that end by these signals.

    Examples
    --------
    >>> from polars_fast_csv._command import main
    >>> main(["count", "no-such-file.csv"])
    2
    """
    try:
        status = _obeyed(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _close_output()
        return BROKEN_PIPE
    except (Exception, PanicException) as error:
        text = _told(error)
        if text.startswith("KeyboardInterrupt"):
            return INTERRUPTED
        _complain(text)
        return FAILED
    return status


def _obeyed(arguments: Sequence[str]) -> int:
    try:
        order = parsed(arguments)
    except SystemExit as ended:
        # Of argparse, which has said why, or given help.
        return ended.code if isinstance(ended.code, int) else FAILED
    status: int = order.run(order)
    return status


def program() -> NoReturn:
    """Be the process of the command: run it and end."""
    status = main()
    if status == INTERRUPTED:
        # Threads of a query that was left may still be at work, and must not find the interpreter taken apart.
        atexit._run_exitfuncs()
        os._exit(status)
    sys.exit(status)


def _told(error: BaseException) -> str:
    """Say what went wrong, in the library's words."""
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        return f"{os.fsdecode(error.filename)}: {error.strerror}"
    text = str(error)
    if text.startswith(_WRAPPED):
        kind, _, rest = text.removeprefix(_WRAPPED).partition(": ")
        text = kind if kind == "KeyboardInterrupt" else rest
    return text or type(error).__name__


def _complain(text: str) -> None:
    try:
        say(f"{Paint(sys.stderr).bad('error:')} {without_controls(text)}", sys.stderr)
    except BrokenPipeError:
        _close_output()


def _close_output() -> None:
    """Let the interpreter find nothing that it cannot flush when it ends."""
    try:
        target = sys.stdout.fileno()
    except (OSError, ValueError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, target)
    os.close(nowhere)
