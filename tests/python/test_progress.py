"""Progress: who is told, of what, and what comes of an exception there."""

from __future__ import annotations

import gzip
import io
import os
import sys
import threading
import types
from pathlib import Path
from typing import Any, ClassVar

import polars as pl
import polars_fast_csv as pfc
import pytest
from generation import POLARS_2, raises_in_a_query

READS: dict[str, Any] = {
    "read_fast_csv": pfc.read_fast_csv,
    "scan_fast_csv": lambda source, **options: pfc.scan_fast_csv(source, **options).collect(),
    "streaming": lambda source, **options: pfc.scan_fast_csv(source, **options).collect(engine="streaming"),
    "open_csv": lambda source, **options: list(pfc.open_csv(source, **options)),
    "a stream": lambda source, **options: pl.DataFrame(pfc.open_csv(source, **options)),
    "read_arrow": pfc.read_arrow,
    "count_rows": pfc.count_rows,
    "profile": pfc.profile,
    "validate": lambda source, **options: pfc.validate(source, {"a": {"minimum": 0, "unique": True}}, **options),
    "a count": lambda source, **options: pfc.scan_fast_csv(source, **options).select(pl.col("a").sum()).collect(),
}


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("progress") / "big.csv"
    path.write_text("a,b\n" + "".join(f"{number},some text of row {number}\n" for number in range(300_000)))
    return path


@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
@pytest.mark.parametrize("packed", [False, True])
def test_the_bytes_done_grow_to_all(big: Path, tmp_path: Path, read: Any, packed: bool) -> None:
    source = big
    if packed:
        source = tmp_path / "big.csv.gz"
        source.write_bytes(gzip.compress(big.read_bytes(), 1))
    told: list[tuple[int, int | None]] = []
    threads = set()

    def progress(done: int, total: int | None) -> None:
        threads.add(threading.current_thread().name)
        told.append((done, total))

    read([source, source], progress=progress, n_threads=2)
    size = 2 * source.stat().st_size
    assert {total for _, total in told} == {size}
    assert told[-1][0] == size
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert not any(name.startswith("fast-csv") for name in threads)


def test_what_comes_of_a_pipe_is_not_known_beforehand() -> None:
    told: list[tuple[int, int | None]] = []
    reading, writing = os.pipe()
    os.write(writing, b"a,b\n1,x\n2,y\n")
    os.close(writing)
    rows = pfc.read_fast_csv(f"/dev/fd/{reading}", progress=lambda *now: told.append(now)).rows()
    os.close(reading)
    assert rows == [(1, "x"), (2, "y")]
    assert told[-1] == (12, None)


class _StopError(Exception):
    pass


@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
def test_an_exception_ends_the_read_and_reaches_the_caller(big: Path, read: Any) -> None:
    calls = []

    def progress(done: int, total: int | None) -> None:
        calls.append(done)
        msg = "that is enough"
        raise _StopError(msg)

    if read is READS["a stream"]:
        # What reads the stream is Polars, which panicked over a stream's error before Polars 2.
        kind = pl.exceptions.ComputeError if POLARS_2 else pl.exceptions.PanicException
        with pytest.raises(kind, match="that is enough"):
            read(big, progress=progress)
    elif read in (READS["scan_fast_csv"], READS["streaming"], READS["a count"]):
        with raises_in_a_query(_StopError, match="that is enough"):
            read(big, progress=progress)
    else:
        with pytest.raises(_StopError, match="that is enough"):
            read(big, progress=progress)
    assert len(calls) == 1


class _Bar:
    shown: ClassVar[list[_Bar]] = []

    def __init__(self, **options: Any) -> None:
        self.options, self.n, self.total, self.closed = options, 0, None, False
        self.shown.append(self)

    def update(self, step: int) -> None:
        self.n += step

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
def test_a_bar_is_drawn_by_tqdm_and_closed(big: Path, read: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    module = types.ModuleType("tqdm.auto")
    module.tqdm = _Bar  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tqdm", types.ModuleType("tqdm"))
    monkeypatch.setitem(sys.modules, "tqdm.auto", module)
    _Bar.shown = []
    read(big, progress=True)
    (bar,) = _Bar.shown
    assert bar.n == bar.total == big.stat().st_size
    assert bar.options["unit"] == "B"
    assert bar.closed or read is READS["a stream"]


def test_wrong_values_are_refused_before_a_file_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    for read in READS.values():
        with pytest.raises(TypeError, match="progress must be True, False or a function"):
            read("never/opened.csv", progress="yes")
        with pytest.raises(ModuleNotFoundError, match=r"polars-fast-csv\[progress\]"):
            read("never/opened.csv", progress=True)
    assert pfc.read_fast_csv(io.BytesIO(b"a\n1\n"), progress=False).rows() == [(1,)]
