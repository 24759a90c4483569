"""
What faults cost: clean reads with and without rejects, one bad row in a hundred, one bad cell near the end.

`python -m benchmarks.faults`. Ratios are to the clean read, round by round (see README.md here).
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import polars as pl
import polars_fast_csv as pfc

from .compare.generate import provide
from .compare.shapes import default_folder, polars_schema
from .compare.timing import measure, ratio

# The place of `account` in the file `mixed`.
COLUMN = 1
BAD = b"oops"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--scale", type=float, default=1.0, help="of the row count, for quick runs")
    parser.add_argument("--data", type=Path, default=default_folder(), help="where the files are kept")
    arguments = parser.parse_args()
    data = provide("mixed", arguments.data, arguments.scale)
    if isinstance(data, str):
        raise SystemExit(data)
    lines = data.path.read_bytes().splitlines(keepends=True)
    chosen = random.Random(1)
    spoilt = [line for line in range(1, len(lines)) if chosen.random() < 0.01]
    some, late = data.path.with_suffix(".some-bad.csv"), data.path.with_suffix(".late-bad.csv")
    _spoil(lines, spoilt, some)
    _spoil(lines, [len(lines) - 20], late)
    place = len(lines) - 19
    del lines
    schema = polars_schema(data.shape)

    def read(path: Path, **options: Any) -> Callable[[], pl.DataFrame]:
        return lambda: pfc.read_fast_csv(path, schema=schema, **options)

    def recorded(path: Path, on_error: Any) -> Callable[[], pl.DataFrame]:
        return lambda: pfc.read_fast_csv(path, schema=schema, on_error=on_error, rejects=pfc.Rejects())

    def fails() -> int | None:
        try:
            read(late)()
        except pfc.CsvError as error:
            return error.line
        return None

    calls = {
        "clean": read(data.path),
        "clean, rejects=": recorded(data.path, "raise"),
        "1% bad, null": read(some, on_error="null"),
        "1% bad, null, rejects=": recorded(some, "null"),
        "1% bad, skip, rejects=": recorded(some, "skip"),
        "one bad cell near the end": fails,
    }
    rejects = pfc.Rejects()
    skipped = pfc.read_fast_csv(some, schema=schema, on_error="skip", rejects=rejects).height
    assert (skipped, rejects.frame().height) == (data.rows - len(spoilt), len(spoilt))
    assert fails() == place
    times = measure(calls, arguments.rounds)
    print(f"mixed, {data.rows:,} rows, {data.size / 1e6:.0f} MB; seconds over the clean read's\n")
    print("| read | ratio |\n| --- | ---: |")
    for name, each in times.items():
        by_round = ratio(each.wall, times["clean"].wall)
        print(f"| {name} | {by_round.median:.2f} ({by_round.low:.2f}-{by_round.high:.2f}) |")
    for path in (some, late):
        path.unlink()


def _spoil(lines: list[bytes], which: Iterable[int], target: Path) -> None:
    """Write the file with one bad cell in each of these lines."""
    changed = set(which)
    with target.open("wb") as file:
        for number, line in enumerate(lines):
            if number in changed:
                fields = line.split(b",")
                fields[COLUMN] = BAD
                line = b",".join(fields)
            file.write(line)


if __name__ == "__main__":
    main()
