"""
How a read grows: with the threads, with the length of a file, with the number of files, and what memory it takes.

`python -m benchmarks.scaling`. Answers are compared first, rounds are interleaved, and a ratio is the median of the
rounds' own (see README.md here). The long file is TPC-H lineitem so many times in a row, and is deleted again.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import polars_fast_csv as pfc
from polars.testing import assert_frame_equal

from .compare.generate import provide
from .compare.memory import anonymous, peak
from .compare.shapes import Data, default_folder, polars_schema
from .compare.timing import Ratio, measure, ratio

SHAPES = ("ticks", "mixed", "quoted", "ints", "wide", "lineitem")
MIB = 1 << 20


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--scale", type=float, default=1.0, help="of the row count, for quick runs")
    parser.add_argument("--times", type=int, default=7, help="how often lineitem stands in the long file: 7 are 5 GB")
    parser.add_argument("--files", type=int, default=1000, help="how many files of 1 MB are cut from mixed")
    parser.add_argument("--data", type=Path, default=default_folder(), help="where the files are kept")
    arguments = parser.parse_args()
    provided = [provide(shape, arguments.data, arguments.scale) for shape in SHAPES]
    data = {it.shape.name: it for it in provided if isinstance(it, Data)}
    for missing in provided:
        if isinstance(missing, str):
            print(missing)
    if "lineitem" in data:
        length(data["lineitem"], arguments.times, arguments.rounds)
    memory(data)
    threads(data, arguments.rounds)
    many(data["mixed"], arguments.files, arguments.rounds)


def length(data: Data, times: int, rounds: int) -> None:
    """A streamed group-by over a file and over so many times its bytes."""
    with tempfile.TemporaryDirectory(dir=data.path.parent) as folder:
        long = Path(folder) / "long.csv"
        with data.path.open("rb") as source, long.open("wb") as target:
            header = source.readline()
            target.write(header)
            for _ in range(times):
                source.seek(len(header))
                shutil.copyfileobj(source, target, MIB)
        schema = polars_schema(data.shape)

        def grouped(path: Path) -> pl.DataFrame:
            groups = pfc.scan_fast_csv(path, schema=schema).group_by("l_returnflag")
            return groups.agg(pl.col("l_quantity").sum(), pl.len()).sort("l_returnflag").collect(engine="streaming")

        sums = pl.col("l_quantity") * times, (pl.col("len") * times).cast(pl.UInt32)

        def compared() -> None:
            assert_frame_equal(grouped(long), grouped(data.path).with_columns(*sums), abs_tol=1.0)

        highest = _highest(compared)
        taken = measure({"short": lambda: grouped(data.path), "long": lambda: grouped(long)}, rounds)
        by_round = ratio(taken["long"].wall, taken["short"].wall)
        sizes = f"{data.size / 1e9:.2f} GB and {long.stat().st_size / 1e9:.2f} GB"
        print(f"lineitem, streamed group-by, {sizes}: {times} times the bytes take {_shown(by_round)} times as long")
        print(f"peak RssAnon of both {highest / MIB:.0f} MiB", flush=True)


def memory(data: dict[str, Data]) -> None:
    """What a full read takes at most, beside its frame."""
    print("\n| full read | frame, MiB | peak RssAnon, MiB | 1.25 frames and 200 MB |\n| --- | ---: | ---: | ---: |")
    for name, file in data.items():
        frame = pfc.read_fast_csv(file.path, schema=polars_schema(file.shape)).to_arrow().nbytes
        highest = peak("fast-csv", file, None)
        print(f"| {name} | {frame / MIB:.0f} | {highest / MIB:.0f} | {(1.25 * frame + 200e6) / MIB:.0f} |", flush=True)


def threads(data: dict[str, Data], rounds: int) -> None:
    """One thread against two."""
    print("\n| two threads against one | ratio |\n| --- | ---: |")
    for name, file in data.items():
        options: dict[str, Any] = {"schema": polars_schema(file.shape)}
        calls = {
            str(count): lambda count=count, file=file, options=options: pfc.read_fast_csv(
                file.path, n_threads=count, **options
            )
            for count in (1, 2)
        }
        assert_frame_equal(*(call() for call in calls.values()))
        taken = measure(calls, rounds)
        print(f"| {name} | {_shown(ratio(taken['1'].wall, taken['2'].wall))} |", flush=True)


def many(data: Data, files: int, rounds: int) -> None:
    """Many small files by a pattern, against Polars."""
    rows = max(data.path.read_bytes().count(b"\n") * MIB // data.size, 1)
    schema = polars_schema(data.shape)
    frame = pfc.read_fast_csv(data.path, schema=schema)
    with tempfile.TemporaryDirectory(dir=data.path.parent) as folder:
        for number in range(files):
            start = number * rows % max(frame.height - rows, 1)
            frame.slice(start, rows).write_csv(Path(folder) / f"{number:05}.csv")
        pattern = f"{folder}/*.csv"
        calls: dict[str, Callable[[], Any]] = {
            "read": lambda: pfc.read_fast_csv(pattern, schema=schema),
            "polars read": lambda: pl.read_csv(pattern, schema=schema),
            "scan": lambda: pfc.scan_fast_csv(pattern, schema=schema).collect(),
            "polars scan": lambda: pl.scan_csv(pattern, schema=schema).collect(),
        }
        first, *others = [call() for call in calls.values()]
        for other in others:
            assert_frame_equal(first, other)
        del first, others, frame
        taken = measure(calls, rounds)
    print(f"\n| {files} files of 1 MB, Polars' time over fast-csv's | ratio |\n| --- | ---: |")
    for name in ("read", "scan"):
        print(f"| {name} | {_shown(ratio(taken[f'polars {name}'].wall, taken[name].wall))} |")


def _highest(call: Callable[[], Any]) -> int:
    """The highest RssAnon while a call runs, less what there was before."""
    highest = before = anonymous(os.getpid())
    done = threading.Event()

    def look() -> None:
        nonlocal highest
        while not done.is_set():
            highest = max(highest, anonymous(os.getpid()))
            time.sleep(0.002)

    watcher = threading.Thread(target=look)
    watcher.start()
    call()
    done.set()
    watcher.join()
    return highest - before


def _shown(value: Ratio) -> str:
    return f"{value.median:.2f} ({value.low:.2f}-{value.high:.2f})"


if __name__ == "__main__":
    main()
