"""Wall and CPU seconds of interleaved calls in one warm process.

Every round calls every reader once, beginning one further along each time, so that a slow moment of the machine falls
on all of them alike and none always follows the same neighbour. A result is dropped after the clock has stopped.
"""

from __future__ import annotations

import gc
import resource
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Times:
    """One entry a round."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Ratio:
    """How many times as long as the base a reader took, round by round."""

    median: float
    low: float
    high: float


def measure(calls: Mapping[str, Callable[[], Any]], rounds: int) -> dict[str, Times]:
    """The times of each call, which has been made at least once before."""
    names = list(calls)
    times = {name: Times() for name in names}
    for turn in range(rounds):
        start = turn % len(names)
        for name in names[start:] + names[:start]:
            wall, cpu = once(calls[name])
            times[name].wall.append(wall)
            times[name].cpu.append(cpu)
    return times


def once(call: Callable[[], Any]) -> tuple[float, float]:
    """Wall and CPU seconds of one call; CPU counts every thread of the process, user and system."""
    gc.collect()
    cpu = _cpu()
    wall = time.perf_counter()
    result = call()
    wall = time.perf_counter() - wall
    cpu = _cpu() - cpu
    del result
    return wall, cpu


def ratio(reader: Sequence[float], base: Sequence[float]) -> Ratio:
    """The reader's seconds over the base's, paired by round."""
    by_round = [mine / theirs for mine, theirs in zip(reader, base, strict=True)]
    return Ratio(statistics.median(by_round), min(by_round), max(by_round))


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
