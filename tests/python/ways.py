"""Every way in which a source can be read, and what came of it: a frame or a refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import polars_fast_csv as pfc
from generation import POLARS_2, kind_and_text
from polars.testing import assert_frame_equal
from polars_fast_csv import _native
from polars_fast_csv._options import CsvOptions
from polars_fast_csv._schema import native_schema
from polars_fast_csv._settings import settle
from polars_fast_csv._sources import resolve_sources

BACKENDS: list[str] = _native.backends()


@dataclass(frozen=True)
class Refusal:
    """An exception: its type, and what a CsvError says about the place. The path is left out, as bytes have none."""

    kind: str
    code: str | None
    line: int | None
    record: int | None
    column: int | None
    column_name: str | None
    byte: int | None
    value: str | None
    text: str = field(compare=False)


Outcome = pl.DataFrame | Refusal


def outcome(read: Callable[[], pl.DataFrame]) -> Outcome:
    """What a read gives. A panic is no refusal: it is not an Exception, and passes through."""
    try:
        return read()
    except (pl.exceptions.PolarsError, ValueError, OSError, OverflowError, RuntimeError) as error:
        place = ("code", "line", "record", "column", "column_name", "byte", "value")
        kind, text = kind_and_text(error)
        return Refusal(kind, **{name: getattr(error, name, None) for name in place}, text=text)


def same_refusal(got: Refusal, wanted: Refusal) -> bool:
    """Whether two exceptions say the same; of one that came through an old Polars there is its text alone."""
    return got == wanted or (not POLARS_2 and (got.kind, got.text) == (wanted.kind, wanted.text))


def assert_same(got: Outcome, wanted: Outcome, way: str) -> None:
    """Two reads gave the same frame, or refused for the same reason at the same place."""
    if isinstance(wanted, Refusal) or isinstance(got, Refusal):
        assert isinstance(got, Refusal), f"{way}: read {got.shape}, wanted {wanted}"
        assert same_refusal(got, wanted), f"{way}: {got}, wanted {wanted}"
    elif got.schema != wanted.schema or not got.equals(wanted):
        print(way)
        assert_frame_equal(got, wanted, check_exact=True)
        raise AssertionError(way)


def native_read(
    source: Any, *, backend: str | None = None, chunk_bytes: int | None = None, **options: Any
) -> pl.DataFrame:
    """Read with a back end and a size of chunks, which are no public options."""
    settings = settle(CsvOptions, options)
    inner = {"backend": backend, "chunk_bytes": chunk_bytes}
    chosen = {name: value for name, value in inner.items() if value is not None}
    scan = _native.Scan(resolve_sources(source, glob=settings.glob), {**settings.native, **chosen})
    schema = native_schema(scan)
    frame = pl.DataFrame(scan.collect())
    assert frame.schema == schema
    return frame


def opened(source: Any, **options: Any) -> pl.DataFrame:
    """Read through `open_csv`."""
    with pfc.open_csv(source, **options) as reader:
        return pl.concat([pl.DataFrame(schema=reader.schema), *reader])


def ways(path: Path, **options: Any) -> Iterator[tuple[str, Callable[[], pl.DataFrame]]]:
    """
    Ways to read a file: each differs from the others in several of threads, batches, chunks, back end, engine, source.

    The small sizes grow with the file, so that a big one is cut into some hundred pieces.
    """
    size = path.stat().st_size
    batch, chunk = max(1, size // 1500), max(1, size // 200)
    scan = pfc.scan_fast_csv
    yield "a thread", lambda: pfc.read_fast_csv(path, n_threads=1, **options)
    yield "bytes", lambda: pfc.read_fast_csv(path.read_bytes(), n_threads=2, batch_size=batch, **options)
    yield "mapped", lambda: pfc.read_fast_csv(path, n_threads=4, memory_map=True, **options)
    yield "not mapped", lambda: pfc.read_fast_csv(path, n_threads=4, memory_map=False, batch_size=7 * batch, **options)
    yield "scan", lambda: scan(path, n_threads=2, **options).collect(engine="in-memory")
    yield "streaming", lambda: scan(path, n_threads=4, batch_size=3 * batch, **options).collect(engine="streaming")
    yield "open", lambda: opened(path, n_threads=2, batch_size=2 * batch, **options)
    for backend in BACKENDS:
        for threads, bytes_ in ((1, chunk), (3, 2 * chunk + 61), (2, 1 << 16)):
            yield (
                f"{backend}, chunks of {bytes_}",
                lambda backend=backend, threads=threads, bytes_=bytes_: native_read(
                    path, backend=backend, chunk_bytes=bytes_, n_threads=threads, **options
                ),
            )
