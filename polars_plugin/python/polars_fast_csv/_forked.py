"""
Whether Polars' threads are alive in a forked child.

A child has none of its parent's threads. Polars starts its own when they are first needed, and in a child of a parent
that has used them a query waits for them for ever. This reader makes a pool for each process and works in every child.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl

_IMPORTED_IN = os.getpid()
_TASKS = Path("/proc/self/task")
# A thread that has just been started bears its name only when it first runs.
_SECONDS_TO_A_NAME = 1.0


def refuse_lost_threads() -> None:
    """Raise where a query would wait for threads of Polars that a fork has left behind."""
    process = os.getpid()
    if process != _IMPORTED_IN and not _has_pool(process):
        msg = (
            "a fork has left the threads of Polars in the parent process, so a query would wait for them for ever; "
            'start processes by multiprocessing.get_context("spawn") or "forkserver", or read by read_fast_csv, '
            "open_csv or read_arrow, which work after a fork"
        )
        raise RuntimeError(msg)


@dataclass(frozen=True)
class UnlessForked:
    """A schema for Polars to call for, which it does at the start of each query, and so in the child of a fork."""

    schema: pl.Schema

    def __call__(self) -> pl.Schema:
        refuse_lost_threads()
        return self.schema


@cache
def _has_pool(process: int) -> bool:
    """Whether this forked process has a pool of Polars; it is started unless the parent had one."""
    pl.thread_pool_size()
    # Linux keeps 15 bytes of a name.
    name = f"{os.environ.get('POLARS_THREAD_NAME', 'polars')}-"[:15]
    deadline = time.monotonic() + _SECONDS_TO_A_NAME
    while not (found := any(thread.startswith(name) for thread in _thread_names())):
        if time.monotonic() > deadline:
            break
        time.sleep(0.01)
    return found


def _thread_names() -> list[str]:
    """The names of the threads of this process; none where the system does not list them."""
    names = []
    for task in _TASKS.glob("*/comm"):
        # A thread may end while they are listed.
        try:
            names.append(task.read_text())
        except OSError:
            continue
    return names
