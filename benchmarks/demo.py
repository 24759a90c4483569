"""What `make demo` runs: half a million trades, one lazy query, and whole-read times beside the peers'.

python benchmarks/demo.py
"""

from __future__ import annotations

import argparse
import statistics
from pathlib import Path

import polars as pl
import polars_fast_csv  # noqa: F401  (adds pl.scan_fast_csv)
from compare.generate import provide
from compare.machine import describe
from compare.peers import BASE, READERS, takes_part
from compare.run import check
from compare.shapes import Data, default_folder
from compare.timing import measure, ratio
from polars.testing import assert_frame_equal


def main() -> None:
    """Makes the file, runs the query, then the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--data", type=Path, default=default_folder(), help="where the file is kept")
    arguments = parser.parse_args()
    data = provide("ticks", arguments.data)
    assert isinstance(data, Data)
    print(f"{data.path.name}: {data.rows:,} ticks, {data.size / 1e6:.1f} MB")
    with data.path.open() as file:
        print("".join(f"  {next(file)}" for _ in range(4)))
    pipeline(data, arguments.rounds)
    whole_reads(data, arguments.rounds)


def pipeline(data: Data, rounds: int) -> None:
    """A filter and a group-by over the scan; the answer is compared with the one over polars' own scan."""
    calls = {
        "pl.scan_fast_csv": bought(pl.scan_fast_csv(data.path, try_parse_dates=True)).collect,  # type: ignore[attr-defined]
        "pl.scan_csv": bought(pl.scan_csv(data.path, try_parse_dates=True)).collect,
    }
    ours, theirs = (call() for call in calls.values())
    assert_frame_equal(ours, theirs)
    print("A lazy query over pl.scan_fast_csv(path, try_parse_dates=True): buyers, by symbol")
    with pl.Config(tbl_rows=12, tbl_hide_dataframe_shape=True):
        print(ours)
    for name, times in measure(calls, rounds).items():
        print(f"{name:<17}{statistics.median(times.wall) * 1e3:8.1f} ms, the same answer")


def bought(ticks: pl.LazyFrame) -> pl.LazyFrame:
    """Trades, volume and volume-weighted price of each symbol on the buying side."""
    return (
        ticks.filter(pl.col("side") == "B")
        .group_by("symbol")
        .agg(
            trades=pl.len(),
            volume=pl.col("volume").sum(),
            vwap=((pl.col("price") * pl.col("volume")).sum() / pl.col("volume").sum()).round(4),
            last=pl.col("timestamp").max(),
        )
        .sort("symbol")
    )


def whole_reads(data: Data, rounds: int) -> None:
    """The table: every reader reads the whole file into typed columns."""
    names = [name for name in READERS if takes_part(name, data.shape, asked=True)]
    machine = describe(names)
    calls = {name: READERS[name].plan(data) for name in names}
    answers = check(data, calls)
    right = {name: call for name, call in calls.items() if answers[name].verdict != "wrong"}
    times = measure(right, rounds)
    print(f"\nWhole reads into typed columns, {machine['threads']} threads of {machine['cpu']},")
    print(f"{rounds} interleaved rounds; times are medians, ratios medians of each round's (lowest-highest)\n")
    print(f"{'reader':<17}{'version':<10}{'ms':>8}{'MB/s':>8}   {'x ' + BASE:<22}{'answer'}")
    for name in names:
        line = f"{name:<17}{machine['versions'][name]:<10}"
        if name in times:
            wall = statistics.median(times[name].wall)
            against = ratio(times[name].wall, times[BASE].wall)
            span = f"{against.median:.2f} ({against.low:.2f}-{against.high:.2f})" if name != BASE else "1"
            line += f"{wall * 1e3:8.1f}{data.size / wall / 1e6:8.0f}   {span:<22}"
        else:
            line += f"{'':8}{'':8}   {'':<22}"
        print(f"{line}{answers[name].verdict} {answers[name].detail}".rstrip())


if __name__ == "__main__":
    main()
