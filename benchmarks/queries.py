"""
Lazy queries over TPC-H lineitem against `pl.scan_csv`, and reads of twenty rows: `python -m benchmarks.queries`.

Answers are compared first, rounds are interleaved, and the ratio is the median of the rounds' own (see README.md here).
"""

from __future__ import annotations

import argparse
import datetime as dt
import statistics
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import polars_fast_csv as pfc
from polars.io.external_reader import FileReader, FileReaderBuilder, ReaderCapabilities
from polars.testing import assert_frame_equal

from .compare.generate import provide
from .compare.shapes import default_folder, polars_schema
from .compare.timing import Times, measure, ratio

c = pl.col
YEAR = c.l_shipdate.is_between(dt.date(1994, 1, 1), dt.date(1995, 1, 1), closed="left")

QUERIES: dict[str, Callable[[pl.LazyFrame], pl.LazyFrame]] = {
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


class _Empty(FileReader):
    """A source without rows: what the engine costs by itself."""

    def schema(self) -> dict[str, Any]:
        return {"a": pl.Int64}

    def collect_batches(self, **_: Any) -> Iterator[pl.DataFrame]:
        yield pl.DataFrame(schema={"a": pl.Int64})

    def n_rows_in_file(self, limit: int | None = None) -> int:
        return 0


class _EmptyBuilder(FileReaderBuilder):
    def reader_capabilities(self) -> ReaderCapabilities:
        return ReaderCapabilities(row_index=True, pre_slice=True, negative_pre_slice=True, supported_filter="partial")

    def build_file_reader(self, source: str | bytes, multi_scan_context: dict[Any, Any]) -> FileReader:
        return _Empty()

    def explain_properties(self) -> dict[str, str]:
        return {}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.queries", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--scale", type=float, default=1.0, help="of the row count, for quick runs")
    parser.add_argument("--data", type=Path, default=default_folder(), help="where the file is kept")
    arguments = parser.parse_args()
    queries(arguments.data, arguments.scale, arguments.rounds)
    small(max(arguments.rounds * 50, 100))


def queries(folder: Path, scale: float, rounds: int) -> None:
    data = provide("lineitem", folder, scale)
    if isinstance(data, str):
        print(data)
        return
    schema = polars_schema(data.shape)
    scans = {
        "fast-csv": pfc.scan_fast_csv(data.path, schema=schema),
        "polars": pl.scan_csv(data.path, schema=schema),
    }
    print(f"\nlineitem, {data.rows:,} rows, streaming engine; polars over fast-csv\n")
    print("| query | fast-csv, s | polars, s | ratio |\n| --- | ---: | ---: | ---: |")
    for name, query in QUERIES.items():
        calls = {reader: _collect(query(scan)) for reader, scan in scans.items()}
        assert_frame_equal(calls["fast-csv"](), calls["polars"]())
        times = measure(calls, rounds)
        ours, theirs = times["fast-csv"].wall, times["polars"].wall
        print(f"| {name} | {_middle(ours):.3f} | {_middle(theirs):.3f} | {_shown(theirs, ours)} |", flush=True)


def small(rounds: int) -> None:
    """Twenty rows: eager against `pl.read_csv`, lazy against a scan that has none."""
    text = "a,b,c\n" + "".join(f"{row},{row}.5,word {row}\n" for row in range(20))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "small.csv"
        path.write_text(text)
        assert_frame_equal(pfc.read_fast_csv(path), pl.read_csv(path))

        def empty() -> pl.DataFrame:
            return pl.scan_external_reader(_EmptyBuilder(), sources=[b""], schema={"a": pl.Int64}).collect()

        eager = measure({"fast-csv": lambda: pfc.read_fast_csv(path), "polars": lambda: pl.read_csv(path)}, rounds)
        lazy = measure({"fast-csv": lambda: pfc.scan_fast_csv(path).collect(), "empty": empty}, rounds)
    print("\n20 rows, microseconds\n\n| what | fast-csv | other |\n| --- | ---: | ---: |")
    _small_line("read_fast_csv, pl.read_csv", eager, "polars")
    _small_line("scan_fast_csv and collect, an empty external scan", lazy, "empty")


def _small_line(what: str, times: dict[str, Times], other: str) -> None:
    ours, theirs = _middle(times["fast-csv"].wall), _middle(times[other].wall)
    print(f"| {what} | {ours * 1e6:.0f} | {theirs * 1e6:.0f} |")


def _collect(query: pl.LazyFrame) -> Callable[[], pl.DataFrame]:
    return lambda: query.collect(engine="streaming")


def _middle(seconds: Sequence[float]) -> float:
    return statistics.median(seconds)


def _shown(theirs: Sequence[float], ours: Sequence[float]) -> str:
    by_round = ratio(theirs, ours)
    return f"{by_round.median:.2f} ({by_round.low:.2f}-{by_round.high:.2f})"


if __name__ == "__main__":
    main()
