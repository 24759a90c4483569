"""Results as markdown: `python -m benchmarks.compare.table results.json`.

A ratio above 1 means that the base reader is the faster one. Cells it loses are marked LOST, and wins smaller than
`MARGIN` are marked, so that nothing has to be looked for.
"""

from __future__ import annotations

import json
import math
import statistics
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .timing import Ratio, ratio

# Below this a win over the fastest peer is called close.
MARGIN = 1.2


def render(results: dict[str, Any]) -> str:
    """The whole report."""
    parts = [_heading(results), _ratios(results), _fastest(results)]
    parts.append(_seconds(results, "wall", "Wall seconds, median of the rounds"))
    parts.append(_seconds(results, "cpu", "CPU seconds (all threads, user and system), median of the rounds"))
    parts.append(_memory(results))
    parts.append(_remarks(results))
    parts.append(_about(results))
    return "\n\n".join(part for part in parts if part) + "\n"


def ratios(shape: dict[str, Any], base: str) -> dict[str, Ratio]:
    """Each timed peer's wall time over the base's, on this shape."""
    readers = shape["readers"]
    return {
        name: ratio(entry["wall"], readers[base]["wall"])
        for name, entry in readers.items()
        if name != base and "wall" in entry
    }


def _heading(results: dict[str, Any]) -> str:
    machine = results["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    backend = f", {results['base']} back end {machine['backend']}" if "backend" in machine else ""
    scale = "" if results["scale"] == 1 else f" Scale {results['scale']:g}: not a full run."
    return (
        f"{machine['date']}; {machine['cpu']}, {machine['threads']} threads, {machine['memory_gib']} GiB, "
        f"{machine['system']}{backend}; load {machine['load']} at the start; {results['rounds']} interleaved "
        f"rounds.{scale}\n\nPython {machine['python']}; {versions}."
    )


def _ratios(results: dict[str, Any]) -> str:
    base = results["base"]
    peers = [name for name in _readers(results) if name != base]
    lines = [f"Peer's time over {base}'s: median of the per-round ratios (lowest-highest)"]
    found: dict[str, list[float]] = {name: [] for name in peers}
    rows = []
    for shape in results["shapes"]:
        have = ratios(shape, base)
        row = [_title(shape)]
        for name in peers:
            if name in have:
                found[name].append(have[name].median)
                row.append(_ratio_cell(have[name]))
            else:
                row.append("wrong" if name in shape["readers"] else "")
        rows.append(row)
    mean = ["geometric mean", *(f"{_geometric(found[name]):.2f}" if found[name] else "" for name in peers)]
    return "\n\n".join([*lines, _table(["file", *peers], [*rows, mean])])


def _fastest(results: dict[str, Any]) -> str:
    base = results["base"]
    rows, best = [], []
    for shape in results["shapes"]:
        have = ratios(shape, base)
        if not have:
            continue
        name = min(have, key=lambda peer: have[peer].median)
        seconds = statistics.median(shape["readers"][base]["wall"])
        median = have[name].median
        best.append(median)
        verdict = "LOST" if median < 1 else "close" if median < MARGIN else "won"
        speed = f"{shape['bytes'] / seconds / 1e9:.2f} GB/s"
        polars = f"{have['polars'].median:.2f}" if "polars" in have else ""
        rows.append([_title(shape), f"{seconds:.3f} s, {speed}", name, _ratio_cell(have[name]), verdict, polars])
    if not rows:
        return ""
    rows.append(["geometric mean", "", "", f"{_geometric(best):.2f}", "", ""])
    header = ["file", base, "fastest peer", "its ratio", f"won by {MARGIN} or more?", "polars' ratio"]
    return "Against the fastest peer of each file\n\n" + _table(header, rows)


def _seconds(results: dict[str, Any], clock: str, title: str) -> str:
    names = _readers(results)
    rows = []
    for shape in results["shapes"]:
        entries = [shape["readers"].get(name, {}) for name in names]
        rows.append([_title(shape), *(f"{statistics.median(e[clock]):.3f}" if clock in e else "" for e in entries)])
    return f"{title}\n\n{_table(['file', *names], rows)}"


def _memory(results: dict[str, Any]) -> str:
    names = _readers(results)
    rows = []
    for shape in results["shapes"]:
        entries = [shape["readers"].get(name, {}) for name in names]
        cells = [f"{e['peak_anon'] / 1e6:.0f}" if "peak_anon" in e else "" for e in entries]
        if any(cells):
            rows.append([_title(shape), *cells])
    if not rows:
        return ""
    return "Peak RssAnon of one read in a fresh process, less what it held before, MB\n\n" + _table(
        ["file", *names], rows
    )


def _remarks(results: dict[str, Any]) -> str:
    lines = [
        f"- {shape['name']}: {name} is {entry['answer']}: {entry['detail']}"
        for shape in results["shapes"]
        for name, entry in shape["readers"].items()
        if entry["answer"] != "right"
    ]
    lines += [f"- {line}" for line in results["skipped"]]
    return "\n".join(["Answers that are not bit for bit right, and files left out", "", *lines]) if lines else ""


def _about(results: dict[str, Any]) -> str:
    lines = [f"- {name}: {text}" for name, text in results["about"].items() if name in _readers(results)]
    return "\n".join(["How each was called", "", *lines])


def _readers(results: dict[str, Any]) -> list[str]:
    """Every reader that takes part anywhere, the base first."""
    names = dict.fromkeys(name for shape in results["shapes"] for name in shape["readers"])
    return [results["base"], *(name for name in names if name != results["base"])]


def _title(shape: dict[str, Any]) -> str:
    return f"{shape['name']} ({shape['rows']:,} rows, {shape['bytes'] / 1e6:.0f} MB)"


def _ratio_cell(value: Ratio) -> str:
    lost = " LOST" if value.median < 1 else ""
    return f"{value.median:.2f} ({value.low:.2f}-{value.high:.2f}){lost}"


def _geometric(values: Iterable[float]) -> float:
    logs = [math.log(value) for value in values]
    return math.exp(sum(logs) / len(logs))


def _table(header: list[str], rows: list[list[str]]) -> str:
    rule = ["---", *("---:" for _ in header[1:])]
    return "\n".join("| " + " | ".join(row) + " |" for row in [header, rule, *rows])


if __name__ == "__main__":
    print(render(json.loads(Path(sys.argv[1]).read_text())), end="")
