"""Files that are made to harm: each way to read one gives a result or a clear error, in bounded time and memory."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import polars_fast_csv as pfc
import pytest

MIB = 1 << 20
# No read below takes a tenth of it on a quiet machine; it is there for one that never ends.
LIMIT_S = 90

# What each child runs: all entry points over one file, one after the other, and what came of each.
CHILD = textwrap.dedent(
    r"""
    import json, os, sys, threading, time

    import polars as pl
    import polars_fast_csv as pfc

    path, options, ways = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3])
    if "schema" in options:
        options["schema"] = {name: getattr(pl, dtype) for name, dtype in options["schema"].items()}
    rejects = pfc.Rejects(limit=1_000)
    loud = options | {"rejects": rejects}
    dialect = ("has_header", "separator", "quote_char", "eol_char", "max_record_bytes", "n_threads", "strict_quotes")
    narrow = {name: value for name, value in options.items() if name in dialect}
    reads = {
        "read": lambda: pfc.read_fast_csv(path, **loud).shape,
        "in-memory": lambda: pfc.scan_fast_csv(path, **loud).collect(engine="in-memory").shape,
        "streaming": lambda: pfc.scan_fast_csv(path, **loud).collect(engine="streaming").shape,
        "rows": lambda: pfc.scan_fast_csv(path, **loud).select(pl.len()).collect().item(),
        "tail": lambda: pfc.scan_fast_csv(path, **loud).tail(2).collect().shape,
        "open": lambda: sum(frame.height for frame in pfc.open_csv(path, **loud)),
        "arrow": lambda: pfc.read_arrow(path, **loud).shape,
        "count": lambda: pfc.count_rows(path, **narrow),
        "simd": lambda: pfc.parse_csv_simd(path)["rows_processed"],
        "bytes": lambda: pfc.read_fast_csv(open(path, "rb").read(), **loud).shape,
    }

    def held():
        lines = open("/proc/self/status").read().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon:")) >> 10

    most, done = held(), threading.Event()

    def watch():
        global most
        while not done.wait(0.005):
            most = max(most, held())

    threading.Thread(target=watch, daemon=True).start()
    outcomes = {}
    for way in ways:
        try:
            result = reads[way]()
            said = [result, None, ""]
        except (pfc.CsvError, ValueError, OSError, pl.exceptions.PolarsError) as error:
            said = [None, getattr(error, "code", None) or type(error).__name__, str(error)[:2_000]]
        outcomes[way] = [*said, dict(rejects.summary().group_by("code").agg(pl.col("count").sum()).rows())]
        rejects.clear()
    done.set()
    print(json.dumps([outcomes, most]))
    """
)
WAYS = ["read", "in-memory", "streaming", "rows", "tail", "open", "arrow", "count", "simd", "bytes"]


class Outcome(NamedTuple):
    """What a way to read gave: a result, or the code of an error and its text; and how many rejects of each code."""

    result: Any
    code: str | None
    text: str
    rejects: dict[str, int]


def reads(path: Path, ways: list[str] | None = None, **options: Any) -> tuple[dict[str, Outcome], int]:
    """Read a file in a process of its own; give what came of it, and the most MiB of memory that it held."""
    asked = [json.dumps(options), json.dumps(WAYS if ways is None else ways)]
    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(path), *asked], capture_output=True, text=True, timeout=LIMIT_S, check=False
    )
    assert "panicked" not in child.stderr, child.stderr
    assert child.returncode == 0, child.stderr[-2_000:]
    outcomes, most = json.loads(child.stdout)
    return {way: Outcome(*outcome) for way, outcome in outcomes.items()}, most


def results(outcomes: dict[str, Outcome]) -> dict[str, Any]:
    """The results of reads that must not fail."""
    assert not [(way, outcome) for way, outcome in outcomes.items() if outcome.code is not None]
    return {way: outcome.result for way, outcome in outcomes.items()}


def rows(outcomes: dict[str, Outcome]) -> set[int]:
    """How many rows there are, as every way but a tail says."""
    counts = {way: value[0] if isinstance(value, list) else value for way, value in results(outcomes).items()}
    return {value for way, value in counts.items() if way != "tail"}


def clear(outcomes: dict[str, Outcome], **codes: set[str | None]) -> None:
    """Each way gave one of these, and of an error a text that is short."""
    for way, outcome in outcomes.items():
        wanted = codes.get(way, codes["every"])
        assert outcome.code in wanted, (way, outcome)
        assert len(outcome.text) < 2_000, (way, outcome.text[:100])


@pytest.fixture
def file(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(*parts: bytes) -> Path:
        path = tmp_path / "hostile.csv"
        with path.open("wb") as out:
            for part in parts:
                out.write(part)
        return path

    return write


def test_a_cell_of_100_mb(file: Callable[..., Path]) -> None:
    # Two, so that one is within quotes and full of newlines.
    line = b"x" * 1_023 + b"\n"
    path = file(b"a,b\n1,", b"y" * 100 * MIB, b'\n2,"', *[line] * (100 * 1_024), b'"\n3,z\n')
    outcomes, _ = reads(path, ["read", "streaming", "count"])
    clear(outcomes, every={"line_too_long"})
    assert "max_record_bytes" in outcomes["read"].text
    raised = {"max_record_bytes": 128 * MIB, "schema": {"a": "Int64", "b": "String"}}
    outcomes, most = reads(path, ["read", "streaming", "open", "arrow", "count"], **raised)
    assert rows(outcomes) == {3}
    assert most < 2_000


def test_a_cell_of_100_mb_is_passed_over(file: Callable[..., Path]) -> None:
    path = file(b"a,b\n1,", b"y" * 100 * MIB, b"\n3,z\n")
    outcomes, most = reads(path, ["read", "in-memory", "open"], on_error="null")
    assert rows(outcomes) == {1}
    assert {way: outcome.rejects for way, outcome in outcomes.items()} == {
        way: {"line_too_long": 1} for way in outcomes
    }
    assert most < 600


@pytest.mark.parametrize(
    ("width", "ways"),
    [
        (1_000_000, ["count"]),
        (100_000, ["read"]),
        (30_000, ["in-memory", "streaming", "rows", "tail", "open", "arrow", "simd", "bytes"]),
    ],
    ids=str,
)
def test_a_million_columns(file: Callable[..., Path], width: int, ways: list[str]) -> None:
    # Polars and pyarrow themselves need some ten microseconds a column, over and over, so not each way has them all.
    path = file(b",".join(b"c%d" % at for at in range(width)) + b"\n", *[b"1" + b",1" * (width - 1) + b"\n"] * 2)
    outcomes, most = reads(path, ways)
    assert rows(outcomes) == {2}
    assert most < 6_000


HEADLESS = {"has_header": False}
# Files that repeat a few bytes, and the codes that a read of them may end with; None is a result.
REPEATED: dict[str, tuple[bytes, int, dict[str, Any], set[str | None]]] = {
    "quotes": (b'"', 2 * MIB, {}, {"NoDataError", "unclosed_quote", "line_too_long", None}),
    "quotes, odd": (b'"', 2 * MIB + 1, {}, {"unclosed_quote"}),
    "quotes, headless": (b'"', 2 * MIB, HEADLESS, {None}),
    "newlines": (b"\n", 4 * MIB, {}, {"NoDataError"}),
    "CRLF": (b"\r\n", 4 * MIB, HEADLESS, {None}),
    "CR": (b"\r", 4 * MIB, HEADLESS, {None}),
    "NULs": (b"\0", 4 * MIB, HEADLESS, {None}),
    "NULs and ends": (b"\0,\0\n", MIB, HEADLESS, {None}),
    "bidirectional": ("\u202e\u2066\u200f,\u202d\u2069\n".encode(), MIB // 4, {}, {None}),
    "lone surrogates": (b"\xed\xa0\x80,\xed\xbf\xbf\n", MIB // 4, HEADLESS, {"invalid_utf8"}),
    "lone surrogates, null": (b"\xed\xa0\x80,\xed\xbf\xbf\n", MIB // 16, HEADLESS | {"on_error": "null"}, {None}),
    "0xff": (b"\xff", MIB, HEADLESS, {"invalid_utf8"}),
    "quotes and newlines": (b'"\n', MIB, HEADLESS, {None}),
    "quotes and delimiters": (b'",', MIB // 64, HEADLESS, {None}),
    "stray quotes": (b'a"\n', MIB, HEADLESS | {"strict_quotes": True}, {"stray_quote"}),
    "stray quotes, null": (b'a"\n', MIB // 4, HEADLESS | {"strict_quotes": True, "on_error": "null"}, {None}),
}
# These look for records alone.
COUNTS = {"rows", "count"}
# It has no options, so the file has a header there, and nothing is nulled.
NO_OPTIONS = {None, "NoDataError", "SchemaError", "invalid_utf8", "unclosed_quote"}


@pytest.mark.parametrize(("unit", "times", "options", "codes"), REPEATED.values(), ids=REPEATED.keys())
def test_the_same_bytes_again_and_again(
    file: Callable[..., Path], unit: bytes, times: int, options: dict[str, Any], codes: set[str | None]
) -> None:
    outcomes, most = reads(file(unit * times), **options)
    clear(outcomes, every=codes, **dict.fromkeys(COUNTS, codes | {None, "stray_quote"}), simd=codes | NO_OPTIONS)
    assert most < 1_000
    assert not any(each in outcome.text for outcome in outcomes.values() for each in "\0\u202e\u2066")


def test_delimiters_only(file: Callable[..., Path]) -> None:
    outcomes, most = reads(file(b"," * 30_000), ["read", "streaming", "open", "arrow", "count", "simd"])
    assert rows(outcomes) == {0}
    assert most < 3_000


def test_a_header_of_a_million_quotes(file: Callable[..., Path]) -> None:
    outcomes, most = reads(file(b'"' * 1_000_000 + b",b\n1,2\n"))
    assert rows(outcomes) == {1}
    outcomes, _ = reads(file(b'"' * 1_000_001 + b",b\n1,2\n"))
    clear(outcomes, every={"unclosed_quote"})
    assert most < 600


def test_hundreds_of_megabytes_without_a_newline(tmp_path: Path) -> None:
    path = tmp_path / "sparse.csv"
    with path.open("wb") as out:
        out.truncate(400 * MIB)
    outcomes, most = reads(path, ["read", "streaming", "rows", "open", "arrow", "count", "simd"], has_header=False)
    clear(outcomes, every={"line_too_long"})
    # A few buffers of the longest record that is allowed, however long the file is.
    assert most < 1_000
    outcomes, most = reads(path, ["read", "streaming", "open", "count"], has_header=False, max_record_bytes=4 * MIB)
    clear(outcomes, every={"line_too_long"})
    assert most < 200
    outcomes, most = reads(path, ["read", "open"], on_error="null", **SCHEMA)
    assert rows(outcomes) == {0}
    assert most < 1_000


SCHEMA: dict[str, Any] = {"schema": {"a": "String", "b": "Int64"}, "has_header": False}


def test_a_quote_that_never_closes(file: Callable[..., Path]) -> None:
    # A record of the file is dropped, and the millions behind it are read.
    lines = b"some text to read,12345\n" * 10_000
    path = file(lines, b'"open,1\n', *[lines] * 874)
    assert path.stat().st_size > 200 * MIB
    for ways in (["read"], ["streaming"], ["open"], ["rows", "count"]):
        outcomes, most = reads(path, ways, **SCHEMA, on_error="null")
        counted = outcomes.pop("count", None)
        assert rows(outcomes) == {8_750_000}, ways
        assert {code: n for outcome in outcomes.values() for code, n in outcome.rejects.items()} in (
            {"unclosed_quote": 1}, {"line_too_long": 1}
        )  # fmt: skip
        assert counted is None or counted.code in ("unclosed_quote", "line_too_long")
        # All rows in one frame are some 360 MiB of these.
        assert most < (1_200 if ways[0] in ("read", "streaming") else 600), ways


def test_records_that_grow_ever_longer(file: Callable[..., Path]) -> None:
    depth = 1_500
    path = file(b"a,b\n", *[b",".join([b"1"] * at) + b"\n" for at in range(1, depth)])
    ways = [way for way in WAYS if way != "simd"]
    outcomes, most = reads(path, ways, on_error="null", schema={"a": "Int64", "b": "Int64"})
    assert rows(outcomes) == {depth - 1}
    assert outcomes["read"].rejects == {"too_many_fields": depth - 3, "too_few_fields": 1}
    assert most < 600
    outcomes, _ = reads(path, schema={"a": "Int64", "b": "Int64"})
    clear(outcomes, every={"too_many_fields"}, count={None}, simd={"too_many_fields", None})
    outcomes, _ = reads(path, has_header=False, infer_schema_length=None)
    clear(outcomes, every={"too_many_fields", None})


def test_a_hostile_name_makes_no_hostile_message(file: Callable[..., Path]) -> None:
    name = "a\u202e" + "x" * MIB
    path = file(f"{name},b\nq,1\n".encode())
    for schema in ({name: "Int8", "b": "Int8"}, {"zz": "Int8"}):
        # Names this long are no arguments of a process.
        with pytest.raises((pfc.CsvError, pl.exceptions.SchemaError)) as caught:
            pfc.read_fast_csv(path, schema={column: getattr(pl, dtype) for column, dtype in schema.items()})
        assert len(str(caught.value)) < 10_000
        assert "\u202e" not in str(caught.value)
