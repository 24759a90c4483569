"""Where and with what a run was made."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .peers import BASE, READERS, version


def limit_threads(count: int) -> None:
    """Confines this process and its children to `count` processors.

    Every reader sizes its thread pool by the processors it may run on, so this must come before the first import of
    any of them; it binds those too that have no setting of their own.
    """
    allowed = sorted(os.sched_getaffinity(0))
    if count > len(allowed):
        raise SystemExit(f"--threads {count}: this process may use {len(allowed)} processors")
    os.sched_setaffinity(0, allowed[:count])


def describe(readers: Iterable[str]) -> dict[str, Any]:
    """Date, machine and versions, as they go into the results file."""
    facts: dict[str, Any] = {
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "system": f"{platform.system()} {platform.machine()}",
        "cpu": _cpu_model(),
        "threads": len(os.sched_getaffinity(0)),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "load": round(os.getloadavg()[0], 2),
        "python": platform.python_version(),
        "versions": {name: version(READERS[name]) for name in readers},
    }
    if BASE in facts["versions"]:
        import polars_fast_csv as pfc

        facts["backend"] = str(pfc.backend())
    return facts


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
