"""
Lazy queries over TPC-H lineitem and other files against `pl.scan_csv`: `python -m benchmarks.queries`.

Answers are compared first, rounds are interleaved, and the ratio is the median of the rounds' own (see README.md here).
"""

from __future__ import annotations

import argparse
import datetime as dt
import statistics
from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl
import polars.selectors as cs
import polars_fast_csv as pfc
from polars.testing import assert_frame_equal

from .compare.generate import provide
from .compare.shapes import default_folder, polars_schema
from .compare.timing import measure, ratio

c = pl.col
YEAR = c.l_shipdate.is_between(dt.date(1994, 1, 1), dt.date(1995, 1, 1), closed="left")

Query = Callable[[pl.LazyFrame], pl.LazyFrame]

LINEITEM: dict[str, Query] = {
    "all columns": lambda f: f,
    "filter that keeps 0.02%": lambda f: f.filter(c.l_orderkey < 1_180),
    "filter that keeps half": lambda f: f.filter(c.l_quantity <= 25),
    "TPC-H query 6": lambda f: f.filter(YEAR, c.l_discount.is_between(0.05, 0.07), c.l_quantity < 24).select(
        (c.l_extendedprice * c.l_discount).sum()
    ),
    "2 of 16 columns": lambda f: f.select("l_orderkey", "l_extendedprice"),
    "group-by": lambda f: f.group_by("l_returnflag").agg(c.l_quantity.sum()).sort("l_returnflag"),
    "count": lambda f: f.select(pl.len()),
    "head": lambda f: f.head(1_000),
    "tail": lambda f: f.tail(5),
}
COUNT: dict[str, Query] = {"count": LINEITEM["count"]}
QUERIES: dict[str, dict[str, Query]] = {
    "lineitem": LINEITEM,
    "wide": {"3 of 1,000 columns": lambda f: f.select(cs.by_index(1, 500, 999))},
    "ints": COUNT,
    "mixed": COUNT,
    "quoted": COUNT,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.queries", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--scale", type=float, default=1.0, help="of the row count, for quick runs")
    parser.add_argument("--data", type=Path, default=default_folder(), help="where the file is kept")
    arguments = parser.parse_args()
    for shape, asked in QUERIES.items():
        queries(shape, asked, arguments.data, arguments.scale, arguments.rounds)


def queries(shape: str, asked: dict[str, Query], folder: Path, scale: float, rounds: int) -> None:
    data = provide(shape, folder, scale)
    if isinstance(data, str):
        print(data)
        return
    schema = polars_schema(data.shape)
    scans = {
        "fast-csv": pfc.scan_fast_csv(data.path, schema=schema),
        "polars": pl.scan_csv(data.path, schema=schema),
    }
    print(f"\n{shape}, {data.rows:,} rows, streaming engine; polars over fast-csv\n")
    print("| query | fast-csv, s | polars, s | ratio |\n| --- | ---: | ---: | ---: |")
    for name, query in asked.items():
        calls = {reader: _collect(query(scan)) for reader, scan in scans.items()}
        assert_frame_equal(calls["fast-csv"](), calls["polars"]())
        times = measure(calls, rounds)
        ours, theirs = times["fast-csv"].wall, times["polars"].wall
        print(f"| {name} | {_middle(ours):.3f} | {_middle(theirs):.3f} | {_shown(theirs, ours)} |", flush=True)


def _collect(query: pl.LazyFrame) -> Callable[[], pl.DataFrame]:
    return lambda: query.collect(engine="streaming")


def _middle(seconds: Sequence[float]) -> float:
    return statistics.median(seconds)


def _shown(theirs: Sequence[float], ours: Sequence[float]) -> str:
    by_round = ratio(theirs, ours)
    return f"{by_round.median:.2f} ({by_round.low:.2f}-{by_round.high:.2f})"


if __name__ == "__main__":
    main()
