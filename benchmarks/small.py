"""
Reads and scans of twenty rows: `python -m benchmarks.small`.

A read is held against `pl.read_csv`, a scan against an external scan that is no more than Polars asks for: of the same
schema, with one frame of no rows, or with the twenty rows as a frame that is ready. Rounds are interleaved; shown are
medians and, in brackets, tenth percentiles, in microseconds. `--cold` collects garbage before each call, which leaves
nothing of the call before in the processor's caches.
"""

from __future__ import annotations

import argparse
import gc
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import polars_fast_csv as pfc
from polars.io.external_reader import FileReader, FileReaderBuilder, ReaderCapabilities
from polars.testing import assert_frame_equal

ROWS = 20
_CELLS: tuple[Callable[[int], str], ...] = (str, lambda row: f"{row}.5", lambda row: f"word {row}")


class _Reader(FileReader):
    """Gives a frame that is there already."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def schema(self) -> dict[str, Any]:
        return dict(self._frame.schema)

    def collect_batches(self, **_: Any) -> Iterator[pl.DataFrame]:
        yield self._frame

    def n_rows_in_file(self, limit: int | None = None) -> int:
        return self._frame.height


class _Builder(FileReaderBuilder):
    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def reader_capabilities(self) -> ReaderCapabilities:
        return ReaderCapabilities(row_index=True, pre_slice=True, negative_pre_slice=True, supported_filter="partial")

    def build_file_reader(self, source: str | bytes, multi_scan_context: dict[Any, Any]) -> FileReader:
        return _Reader(self._frame)


def external(frame: pl.DataFrame) -> pl.LazyFrame:
    """A scan that gives a frame."""
    return pl.scan_external_reader(_Builder(frame), sources=[b""], schema=frame.schema)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.small", description=__doc__)
    parser.add_argument("--rounds", type=int, default=400)
    parser.add_argument("--cold", action="store_true", help="collect garbage before each call")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for columns in (3, 10, 100):
            path = Path(folder) / f"{columns}.csv"
            path.write_text(text(columns))
            reads(path, columns, arguments.rounds, cold=arguments.cold)
            for engine in ("in-memory", "streaming"):
                scans(path, columns, engine, arguments.rounds, cold=arguments.cold)


def text(columns: int) -> str:
    """Integers, decimal numbers and short texts in turn."""
    header = ",".join(f"column {column}" for column in range(columns))
    rows = (",".join(_CELLS[column % 3](row) for column in range(columns)) for row in range(ROWS))
    return "\n".join([header, *rows, ""])


def reads(path: Path, columns: int, rounds: int, *, cold: bool) -> None:
    content, schema = path.read_bytes(), pl.read_csv(path).schema
    calls: dict[str, Callable[[], pl.DataFrame]] = {
        "pl.read_csv": lambda: pl.read_csv(path),
        "read_fast_csv": lambda: pfc.read_fast_csv(path),
        "pl.read_csv, with a schema": lambda: pl.read_csv(path, schema=schema),
        "read_fast_csv, with a schema": lambda: pfc.read_fast_csv(path, schema=schema),
        "pl.read_csv of bytes": lambda: pl.read_csv(content),
        "read_fast_csv of bytes": lambda: pfc.read_fast_csv(content),
    }
    _show(f"{ROWS} rows, {columns} columns, read", calls, rounds, cold=cold)


def scans(path: Path, columns: int, engine: Any, rounds: int, *, cold: bool) -> None:
    frame = pl.read_csv(path)
    none, schema = frame.clear(), frame.schema
    calls: dict[str, Callable[[], pl.DataFrame]] = {
        "an external scan of no rows": lambda: external(none).collect(engine=engine),
        "an external scan of a frame": lambda: external(frame).collect(engine=engine),
        "scan_fast_csv": lambda: pfc.scan_fast_csv(path).collect(engine=engine),
        "scan_fast_csv, with a schema": lambda: pfc.scan_fast_csv(path, schema=schema).collect(engine=engine),
        "pl.scan_csv": lambda: pl.scan_csv(path).collect(engine=engine),
    }
    for name, call in calls.items():
        assert_frame_equal(call(), none if name.endswith("no rows") else frame)
    _show(f"{ROWS} rows, {columns} columns, {engine} engine", calls, rounds, cold=cold)


def _show(title: str, calls: Mapping[str, Callable[[], Any]], rounds: int, *, cold: bool) -> None:
    times = _measure(calls, rounds, cold=cold)
    base = next(iter(times))
    print(f"\n| {title} | time | beyond {base} |\n| --- | ---: | ---: |")
    for name, own in times.items():
        middle, least = (_at(own, share) - _at(times[base], share) for share in (0.5, 0.1))
        print(f"| {name} | {_at(own, 0.5):.0f} ({_at(own, 0.1):.0f}) | {middle:+.0f} ({least:+.0f}) |", flush=True)


def _measure(calls: Mapping[str, Callable[[], Any]], rounds: int, *, cold: bool) -> dict[str, list[float]]:
    """The microseconds of each call, made in another order in each round."""
    for call in calls.values():
        call()
    times: dict[str, list[float]] = {name: [] for name in calls}
    order = list(calls)
    for _ in range(rounds):
        random.shuffle(order)
        for name in order:
            if cold:
                gc.collect()
            start = time.perf_counter_ns()
            calls[name]()
            times[name].append((time.perf_counter_ns() - start) / 1e3)
    return times


def _at(times: list[float], share: float) -> float:
    return sorted(times)[int(len(times) * share)]


if __name__ == "__main__":
    main()
