"""
Ten rules over a million rows: this package, Frictionless on the same Table Schema, dataframely after ``pl.scan_csv``.

Answers are compared before anything is timed: the rejected records with Frictionless, the good rows with dataframely.
Rounds are interleaved. Frictionless takes minutes: it is given a tenth of the rows and its time is multiplied by ten,
which flatters it a little: its tables of keys are smaller. Run with ``python -m benchmarks.validate``.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import polars_fast_csv as pfc

SYMBOLS = ["AAPL", "AMZN", "GOOG", "MSFT", "NVDA", "ORCL", "SAP", "TSLA"]
PART = 10
SCHEMA: dict[str, Any] = {
    "fields": [
        {"name": "id", "type": "integer", "constraints": {"required": True, "unique": True, "minimum": 0}},
        {"name": "symbol", "type": "string", "constraints": {"required": True, "enum": SYMBOLS}},
        {"name": "price", "type": "number", "constraints": {"minimum": 1, "maximum": 999}},
        {"name": "volume", "type": "integer", "constraints": {"maximum": 99_900}},
        {"name": "note", "type": "string", "constraints": {"maxLength": 11, "pattern": "[a-z ]*"}},
    ]
}


def generate(path: Path, rows: int) -> None:
    """Write rows of which about one in a hundred breaks a rule."""
    generator = random.Random(1)
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write("id,symbol,price,volume,note\n")
        for at in range(rows):
            id = at if generator.random() > 0.001 else at // 2
            symbol = generator.choice(SYMBOLS) if generator.random() > 0.001 else "XXXX"
            note = generator.choice(["", "filled", "partly", "limit order", "Late"][: 4 + (generator.random() < 0.01)])
            file.write(f"{id},{symbol},{generator.uniform(0.5, 1000):.2f},{generator.randrange(100_000)},{note}\n")


def theirs(path: Path) -> set[int]:
    """The records that Frictionless rejects."""
    import frictionless

    resource = frictionless.Resource(
        path=path.name, basepath=str(path.parent), schema=frictionless.Schema.from_descriptor(SCHEMA)
    )
    report = resource.validate(limit_errors=10**9)
    return {row - 1 for (row,) in report.flatten(["rowNumber"])}


def dataframely_schema() -> Any:
    """The same rules, in dataframely's words."""
    import dataframely as dy

    class Ticks(dy.Schema):
        id = dy.Int64(unique=True, min=0)
        symbol = dy.String(check=lambda column: column.is_in(SYMBOLS))
        price = dy.Float64(nullable=True, min=1, max=999)
        volume = dy.Int64(nullable=True, max=99_900)
        note = dy.String(nullable=True, max_length=11, regex="^[a-z ]*$")

    return Ticks


def timed(call: Callable[[], Any]) -> float:
    """The seconds that a call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def main() -> None:
    """Compare the answers, then the times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        path, part = Path(folder) / "ticks.csv", Path(folder) / "part.csv"
        generate(path, given.rows)
        generate(part, given.rows // PART)
        compare(path, part, given.rounds)


def compare(path: Path, part: Path, rounds: int) -> None:
    """Time the three on files whose answers are compared first."""
    ticks = dataframely_schema()
    types = {name: column.dtype for name, column in ticks.columns().items()}
    ours = pfc.validate(part, SCHEMA, rejects=pfc.Rejects())
    if set(ours.rejects["record"].to_list()) != theirs(part):
        raise SystemExit("Frictionless rejects other records")
    filtered = ticks.filter(pl.scan_csv(path, schema=types)).collect_all()
    if not pfc.validate(path, ticks).good.collect().equals(filtered.result):
        raise SystemExit("dataframely leaves other rows")
    runs: dict[str, Callable[[], Any]] = {
        "fast-csv, Table Schema": lambda: pfc.validate(path, SCHEMA),
        "fast-csv, dataframely's schema": lambda: pfc.validate(path, ticks),
        "dataframely after scan_csv": lambda: ticks.filter(pl.scan_csv(path, schema=types)).collect_all(),
        "Frictionless, a tenth of the rows": lambda: theirs(part),
    }
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            times[name].append(timed(run))
    schema, frame, after, tenth = times.values()
    for name, all_of_it in times.items():
        print(f"{name}: {statistics.median(all_of_it):.3f} s ({min(all_of_it):.3f}-{max(all_of_it):.3f})")
    frictionless = [PART * theirs / ours for ours, theirs in zip(schema, tenth, strict=True)]
    dataframely = [theirs / ours for ours, theirs in zip(frame, after, strict=True)]
    for name, ratios in (("Frictionless (scaled)", frictionless), ("dataframely", dataframely)):
        print(f"{name} over fast-csv: {statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})")


if __name__ == "__main__":
    main()
