"""A run: for each shape its file, the answers, the times, the memory; the results as plain data.

A reader whose answer is wrong stays in the results, marked so and not timed. That the base reader is wrong or missing
is an error: there would be nothing to compare.
"""

from __future__ import annotations

import dataclasses
import gc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import memory
from .answers import Answer, compare, reference
from .generate import provide
from .machine import describe
from .peers import BASE, READERS, takes_part
from .shapes import FLIGHTS, Data
from .timing import measure


@dataclass(frozen=True)
class Plan:
    """What a run does."""

    shapes: Sequence[str]
    readers: Sequence[str]
    folder: Path
    rounds: int = 9
    scale: float = 1.0
    flights: Path = FLIGHTS
    base: str = BASE
    asked: bool = False
    """The readers were named by the caller, slow ones included."""
    memory: bool = True
    threads: int | None = None


def run(plan: Plan, say: Callable[[str], None], save: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """The results of every shape. `say` is told how far it is; `save` gets what there is after each shape."""
    if plan.base not in plan.readers:
        raise ValueError(f"the base {plan.base} is not among the readers {', '.join(plan.readers)}")
    results: dict[str, Any] = {
        "machine": describe(plan.readers),
        "about": {name: READERS[name].about for name in plan.readers},
        "base": plan.base,
        "rounds": plan.rounds,
        "scale": plan.scale,
        "shapes": [],
        "skipped": [],
    }
    for name in plan.shapes:
        data = provide(name, plan.folder, plan.scale, plan.flights)
        if isinstance(data, str):
            say(data)
            results["skipped"].append(data)
        else:
            results["shapes"].append(_shape(plan, data, say))
        save(results)
    return results


def check(data: Data, calls: Mapping[str, Callable[[], Any]], base: str = BASE) -> dict[str, Answer]:
    """Each reader's answer on this file. Making each call once is also what warms it up."""
    truth = reference(data)
    answers = {}
    for name, call in calls.items():
        try:
            answers[name] = compare(READERS[name].frame(call(), data.shape), truth, data.shape)
        except Exception as error:
            if name == base:
                raise
            # A peer that cannot read the file is a result, not the end of the comparison.
            answers[name] = Answer("wrong", f"{type(error).__name__}: {str(error).splitlines()[0][:200]}")
        gc.collect()
    if answers[base].verdict == "wrong":
        raise RuntimeError(f"{data.shape.name}: {base} is wrong: {answers[base].detail}")
    return answers


def _shape(plan: Plan, data: Data, say: Callable[[str], None]) -> dict[str, Any]:
    shape = data.shape
    readers = [name for name in plan.readers if takes_part(name, shape, plan.asked)]
    say(f"{shape.name}: {data.rows:,} rows, {data.size / 1e6:.0f} MB; comparing answers")
    calls = {name: READERS[name].plan(data) for name in readers}
    answers = check(data, calls, plan.base)
    for name, answer in answers.items():
        if answer.verdict != "right":
            say(f"  {name} is {answer.verdict}: {answer.detail}")
    timed = [name for name in readers if answers[name].verdict != "wrong"]
    say(f"  timing, {plan.rounds} rounds: {', '.join(timed)}")
    times = measure({name: calls[name] for name in timed}, plan.rounds)
    entries: dict[str, Any] = {}
    for name in readers:
        entries[name] = {"answer": answers[name].verdict, "detail": answers[name].detail}
        if name in timed:
            entries[name] |= dataclasses.asdict(times[name])
            if plan.memory:
                entries[name]["peak_anon"] = memory.peak(name, data, plan.threads)
    return {"name": shape.name, "about": shape.about, "rows": data.rows, "bytes": data.size, "readers": entries}
