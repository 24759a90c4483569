"""The same bytes and options give the same frame or the same error, however the work is cut."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import polars as pl
import polars_fast_csv as pfc
import pytest
from ways import BACKENDS, Refusal, assert_same, native_read, outcome

SCHEMA = {"i": pl.Int64, "f": pl.Float64, "b": pl.Boolean, "d": pl.Date, "t": pl.Datetime("us"), "s": pl.String}


def record(row: int, eol: str) -> str:
    moment = f"2024-01-{1 + row % 28:02}"
    text = ("plain", f'"two{eol}lines"', '"a ""quote"""', "", '""', "a text of more than twelve bytes")[row % 6]
    number = "" if row % 11 == 0 else str(row - 500)
    return f"{number},{row / 7},{str(row % 2 == 0).lower()},{moment},{moment}T01:02:03.{row:06},{text}{eol}"


def source(eol: str, final: bool, rows: int = 400) -> bytes:
    text = ",".join(SCHEMA) + eol + "".join(record(row, eol) for row in range(rows))
    return (text if final else text.removesuffix(eol)).encode()


def broken(kind: str) -> bytes:
    """A text with one bad record in the middle, and the same fault again near its end."""
    bad = {
        "cast": "1,x,true,2024-01-01,2024-01-01T00:00:00,s\n",
        "overflow": "99999999999999999999,1,true,2024-01-01,2024-01-01T00:00:00,s\n",
        "too_many_fields": "1,1,true,2024-01-01,2024-01-01T00:00:00,s,more\n",
        "invalid_utf8": "1,1,true,2024-01-01,2024-01-01T00:00:00,\udcff\n",
        "two in one record": "1,x,maybe,2024-01-01,2024-01-01T00:00:00,\udcff,more\n",
        "unclosed_quote": '1,1,true,2024-01-01,2024-01-01T00:00:00,"s\n',
    }[kind]
    body = [record(row, "\n") for row in range(400)]
    if kind == "unclosed_quote":
        # Nothing that follows may close it.
        body[251:], again = [line for line in body[251:] if '"' not in line], ""
    else:
        again = bad
    text = ",".join(SCHEMA) + "\n" + "".join([*body[:251], bad, *body[251:300], again, *body[300:]])
    return text.encode("utf8", "surrogateescape")


TEXTS = {
    f"{eol!r}, {'' if final else 'no '}final": source(eol, final) for eol in ("\n", "\r\n") for final in (True, False)
}
FAULTS = ["cast", "overflow", "too_many_fields", "invalid_utf8", "two in one record", "unclosed_quote"]
TEXTS |= {kind: broken(kind) for kind in FAULTS}


@pytest.mark.parametrize("on_error", ["raise", "null"])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_any_cut_gives_one_answer(text: bytes, on_error: str) -> None:
    options: dict[str, Any] = {"schema": SCHEMA, "on_error": on_error}
    wanted = outcome(lambda: native_read(text, n_threads=1, **options))
    for backend in BACKENDS:
        for chunk_bytes in (50, 64, 127, 1000, 10_000):
            for threads in (1, 4):
                got = outcome(
                    lambda backend=backend, chunk_bytes=chunk_bytes, threads=threads: native_read(
                        text, backend=backend, chunk_bytes=chunk_bytes, n_threads=threads, **options
                    )
                )
                assert_same(got, wanted, f"{backend}, chunks of {chunk_bytes}, {threads} threads")
    for batch_size in (1, 63, 64, 1000):
        got = outcome(lambda batch_size=batch_size: native_read(text, batch_size=batch_size, chunk_bytes=99, **options))
        assert_same(got, wanted, f"batches of {batch_size}")


@pytest.mark.parametrize("kind", FAULTS)
def test_the_first_fault_is_the_one_that_raises(kind: str) -> None:
    got = outcome(lambda: native_read(broken(kind), schema=SCHEMA, n_threads=4, chunk_bytes=100))
    assert isinstance(got, Refusal)
    assert got.record == 252
    if kind != "two in one record":
        assert got.code == kind


def test_every_cut_of_a_short_text() -> None:
    text = b'a,b\r\n"x\r\n""y",1\r\n,""\r\n12" z,"q"r\r\n"",\r\n'
    wanted = pl.DataFrame({"a": ['x\r\n"y', None, '12" z', ""], "b": ["1", "", "qr", None]})
    for backend in BACKENDS:
        for chunk_bytes in range(1, len(text) + 2):
            for threads in (1, 2, 3):
                got = native_read(text, backend=backend, chunk_bytes=chunk_bytes, n_threads=threads, infer_schema=False)
                assert_same(got, wanted, f"{backend}, chunks of {chunk_bytes}, {threads} threads")


def test_every_prefix_of_a_text_is_read_or_refused_alike() -> None:
    text = b'a,b\r\n"x\r\n""y",1\r\n,""\r\n12" z,"q"r\r\n\xc3\xa9,\r\n'
    for end in range(len(text)):
        wanted = outcome(lambda end=end: native_read(text[:end], n_threads=1, infer_schema=False))
        for backend in BACKENDS:
            for chunk_bytes in (1, 3, 8, 64):
                got = outcome(
                    lambda end=end, backend=backend, chunk_bytes=chunk_bytes: native_read(
                        text[:end], backend=backend, chunk_bytes=chunk_bytes, n_threads=2, infer_schema=False
                    )
                )
                assert_same(got, wanted, f"{text[:end]!r}, {backend}, chunks of {chunk_bytes}")


@pytest.mark.parametrize("at", [0, 1, 62, 63, 64, 65, 126, 127, 128, 129, 191, 192, 255, 256, 4095, 4096])
def test_a_quoted_newline_at_any_place_in_a_block(at: int) -> None:
    for inside in ('"\n"', '"\r\n"', '""""', '"a""\n"', '5"', '"a"b'):
        text = f"h,i\n{'x' * at},1\n{inside},2\ny,3\n" + "z,4\n" * 20
        says = {'"\n"': "\n", '"\r\n"': "\r\n", '""""': '"', '"a""\n"': 'a"\n', '5"': '5"', '"a"b': "ab"}[inside]
        wanted = ["x" * at or None, says, "y"] + ["z"] * 20
        for backend in BACKENDS:
            for chunk_bytes in (16, 64, None):
                got = native_read(text.encode(), backend=backend, chunk_bytes=chunk_bytes, infer_schema=False)
                assert got["h"].to_list() == wanted, (inside, backend, chunk_bytes)


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_environment_chooses_the_back_end(backend: str) -> None:
    script = "import polars_fast_csv as pfc; print(pfc.backend()); print(pfc.read_fast_csv(b'a\\n\"x\\ny\"\\n').item())"
    ran = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "FAST_CSV_BACKEND": backend},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert ran.stdout == f"{backend}\nx\ny\n"


def test_the_reader_names_its_back_end() -> None:
    assert pfc.backend() in BACKENDS
    assert "portable" in BACKENDS
