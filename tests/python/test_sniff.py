"""What a file is found to be, and the code that reads it so."""

from __future__ import annotations

import bz2
import contextlib
import dataclasses
import datetime as dt
import gzip
import io
import lzma
import os
import pickle
import threading
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import corpus
import polars as pl
import polars_fast_csv as pfc
import pytest
from polars.testing import assert_frame_equal

TEXT = "ville;né;prix\n'Orléans; Loiret';1990-01-02;1.5\nMünchen;1991-02-03;2\nMálaga;1992-03-04;3.5\n"
ROWS = [
    ("Orléans; Loiret", "1990-01-02", 1.5),
    ("München", "1991-02-03", 2.0),
    ("Málaga", "1992-03-04", 3.5),
]


def run(code: str, source: Any = None) -> pl.DataFrame:
    """Run the code that reads a file."""
    frame = eval(code, {"pfc": pfc, "pl": pl, "source": source})
    assert isinstance(frame, pl.DataFrame)
    return frame


@pytest.mark.parametrize(
    ("name", "pack", "encoding", "compression"),
    [
        ("plain", lambda text: text.encode(), "utf8", None),
        ("marked", lambda text: text.encode("utf-8-sig"), "utf8", None),
        ("latin", lambda text: text.encode("latin1"), "windows-1252", None),
        ("wide", lambda text: text.encode("utf-16"), "utf-16le", None),
        ("gzip", lambda text: gzip.compress(text.encode()), "utf8", "gzip"),
        ("zlib", lambda text: zlib.compress(text.encode()), "utf8", "zlib"),
        ("bzip2", lambda text: bz2.compress(text.encode("utf-16-be")), "utf-16be", "bzip2"),
        ("xz", lambda text: lzma.compress(text.encode("latin1")), "windows-1252", "xz"),
    ],
)
def test_what_a_file_is_and_how_to_read_it(
    tmp_path: Path, name: str, pack: Callable[[str], bytes], encoding: str, compression: str | None
) -> None:
    path = tmp_path / f"it's {name}.csv"
    path.write_bytes(pack(TEXT))
    sniffed = pfc.sniff(path)
    assert (sniffed.separator, sniffed.quote_char, sniffed.eol_char, sniffed.line_end) == (";", "'", "\n", "\n")
    assert (sniffed.has_header, sniffed.skip_lines, sniffed.comment_prefix) == (True, 0, None)
    assert (sniffed.encoding, sniffed.compression) == (encoding, compression)
    assert sniffed.schema == pl.Schema({"ville": pl.String, "né": pl.String, "prix": pl.Float64})
    assert pfc.read_fast_csv(path, **sniffed.options).rows() == ROWS
    assert pfc.scan_fast_csv(path, **sniffed.options).collect().rows() == ROWS
    assert run(sniffed.to_code()).rows() == ROWS
    assert eval(sniffed.to_code("scan_fast_csv"), {"pfc": pfc, "pl": pl}).collect().rows() == ROWS
    with eval(sniffed.to_code("open_csv"), {"pfc": pfc, "pl": pl}) as batches:
        assert pl.concat(batches).rows() == ROWS


@pytest.mark.parametrize("path", corpus.cases(corpus.paths("real") + corpus.paths("csv-spectrum/csvs")))
def test_the_code_gives_the_frame(path: Path) -> None:
    sniffed = pfc.sniff(path)
    by_options = {name: value for name, value in sniffed.options.items() if name != "schema"}
    assert_frame_equal(run(sniffed.to_code()), pfc.read_fast_csv(path, **by_options))
    assert sniffed == pfc.sniff(path), "it depends on something else than the file"


def test_dates_are_found_where_they_are_asked_for() -> None:
    sniffed = pfc.sniff(TEXT.encode(), try_parse_dates=True)
    assert sniffed.schema["né"] == pl.Date()
    assert "try_parse_dates" not in sniffed.options
    assert run(sniffed.to_code())["né"].dtype == pl.Date
    moments = b"a,b\n2024-01-02T03:04:05.123456789,2024-01-02T03:04:05Z\n"
    assert run(pfc.sniff(moments, try_parse_dates=True).to_code()).dtypes == [
        pl.Datetime("ns"),
        pl.Datetime("us", "UTC"),
    ]


def test_what_is_given_is_kept() -> None:
    known: dict[str, Any] = {"skip_rows": 1, "null_values": "NA", "strict_quotes": True, "encoding": "utf8-lossy"}
    sniffed = pfc.sniff(b"j;j;j\na;b,c\n1;2,NA\n", separator=",", **known)
    assert sniffed.options["skip_rows"] == 1
    assert sniffed.options["null_values"] == "NA"
    assert sniffed.options["encoding"] == "utf8-lossy"
    assert sniffed.options["strict_quotes"] is True
    assert run(sniffed.to_code()).rows() == [("1;2", None)]
    assert pfc.sniff(b"1,2\n3,4\n", has_header=True).has_header
    assert pfc.sniff(b"a'b,c'd\n", quote_char=None).quote_char is None
    assert pfc.sniff(b"a;b\n1;2\n", separator="auto").separator == ";"


TOLD: list[tuple[Any, dict[str, Any], list[Any], list[Any]]] = [
    (
        b'a;b\n"1,234";yes\n"5,678";no\n',
        {"thousands": ",", "true_values": ["yes"], "false_values": ["no"]},
        [pl.Int64(), pl.Boolean()],
        [(1234, True), (5678, False)],
    ),
    (
        b"a|b\n31.12.2024|007\n",
        {"date_format": "%d.%m.%Y", "keep_leading_zeros": True},
        [pl.Date(), pl.String()],
        [(dt.date(2024, 12, 31), "007")],
    ),
    (
        b'a,b\n"NA",09.30\nNA,01.15\n',
        {"null_values": "NA", "allow_quoted_nulls": False, "time_format": {"b": "%H.%M"}},
        [pl.String(), pl.Time()],
        [("NA", dt.time(9, 30)), (None, dt.time(1, 15))],
    ),
    (b"a,b\n1,2,3\n4,5\n", {"truncate_ragged_lines": True}, [pl.Int64()] * 2, [(1, 2), (4, 5)]),
    (
        [b"a;b\n1;2\n", b"b;c\n3;4.5\n"],
        {"missing_columns": "insert"},
        [pl.Int64(), pl.Int64(), pl.Float64()],
        [(1, 2, None), (None, 3, 4.5)],
    ),
    ([b"a;b\n1;2\n", b"b;c;a\n3;4;5\n"], {"extra_columns": "ignore"}, [pl.Int64()] * 2, [(1, 2), (5, 3)]),
]


@pytest.mark.parametrize(("source", "options", "types", "rows"), TOLD)
def test_what_bears_on_the_schema_may_be_told(
    source: Any, options: dict[str, Any], types: list[Any], rows: list[Any]
) -> None:
    sniffed = pfc.sniff(source, **options)
    assert sniffed.schema.dtypes() == types
    assert run(sniffed.to_code()).rows() == rows


def test_what_is_a_guess_is_told() -> None:
    assert pfc.sniff(b"a\nb\n").guessed == ("separator", "quote_char", "has_header")
    assert pfc.sniff(b'a,b\n"x",2\n').guessed == ()
    assert pfc.sniff(b'a,b\n"caf\xe9",2\n').guessed == ("encoding",)
    assert pfc.sniff(b"a\nb\n", separator=",", quote_char='"', has_header=True).guessed == ()
    many = b"a;b\n" + b"1;2\n" * 1000
    assert pfc.sniff(many).confidence > 0.9
    assert pfc.sniff(b"a;b\n").confidence <= 0.5


def test_lines_and_comments() -> None:
    sniffed = pfc.sniff(b"Report\r\nof the year\r\n\r\na,b,c\r\n# see below\r\n1,2,3\r\n4,5,6\r\n")
    assert (sniffed.skip_lines, sniffed.comment_prefix, sniffed.line_end) == (3, "#", "\r\n")
    assert run(sniffed.to_code()).rows() == [(1, 2, 3), (4, 5, 6)]
    assert pfc.sniff(b"a,b\r1,2\r3,4\r").line_end == "\r"
    assert pfc.sniff(b"a,b\r\n1,2\n").line_end == "mixed"
    assert pfc.sniff(b"a,b").line_end is None


def test_sources_are_written_into_the_code(tmp_path: Path) -> None:
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for path in paths:
        path.write_bytes(b"a|b\n1|2\n")
    paths[1].write_bytes(b"a|b\n1.5|x\n")
    assert run(pfc.sniff(str(paths[0])).to_code()).rows() == [(1, 2)]
    sniffed = pfc.sniff(paths)
    assert sniffed.schema == pl.Schema({"a": pl.Float64, "b": pl.String})
    assert run(sniffed.to_code()).rows() == run(pfc.sniff(tmp_path / "*.csv").to_code()).rows()
    assert run(pfc.sniff(tmp_path).to_code()).height == 2
    large = b"a|b\n" + b"1|2\n" * 1000
    assert run(pfc.sniff(large).to_code(), large).height == 1000
    assert run(pfc.sniff(io.BytesIO(large)).to_code(), large).height == 1000
    assert run(pfc.sniff([large, b"a|b\n"]).to_code(), [large, b"a|b\n"]).height == 1000
    with pytest.raises(ValueError, match="'read_fast_csv' or 'scan_fast_csv' or 'open_csv'"):
        pfc.sniff(large).to_code("read_csv")  # type: ignore[arg-type]


def test_names_of_all_kinds_are_written_out() -> None:
    source = 'a\'b;"c""d";e\\f;;;日本\n1;2;3;4;5;6\n'.encode()
    assert run(pfc.sniff(source).to_code()).columns == ["a'b", 'c"d', "e\\f", "", "_duplicated_0", "日本"]


def test_it_is_a_value() -> None:
    sniffed = pfc.sniff(TEXT.encode())
    with pytest.raises(dataclasses.FrozenInstanceError):
        sniffed.separator = ","  # type: ignore[misc]
    assert pickle.loads(pickle.dumps(sniffed)) == sniffed
    assert "separator=';'" in repr(sniffed)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_is_sniffed_and_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    def write(content: bytes) -> None:
        # Who sniffs reads the head alone.
        with contextlib.suppress(BrokenPipeError):
            pipe.write_bytes(content)

    for read, wanted in (
        (lambda: pfc.sniff(pipe).schema.names(), ["a", "b"]),
        (lambda: pfc.read_fast_csv(pipe, separator="auto").height, 50_000),
    ):
        writer = threading.Thread(target=write, args=(b"a|b\n" + b"1|2\n" * 50_000,))
        writer.start()
        assert read() == wanted
        writer.join()


@pytest.mark.parametrize(
    ("options", "kind", "word"),
    [
        ({"separater": ";"}, TypeError, "did you mean 'separator'"),
        ({"schema": {"a": pl.Int8}}, TypeError, "unknown option 'schema'"),
        ({"separator": '"', "quote_char": '"'}, ValueError, "must differ"),
        ({"skip_rows": 1, "skip_lines": 1}, pl.exceptions.InvalidOperationError, "skip_rows"),
        ({"encoding": "klingon"}, ValueError, "encoding"),
    ],
)
def test_a_bad_argument_fails_before_the_file_is_opened(options: Any, kind: type[Exception], word: str) -> None:
    with pytest.raises(kind, match=word):
        pfc.sniff("never/opened.csv", **options)


def test_what_cannot_be_sniffed_is_refused_as_it_is_read() -> None:
    with pytest.raises(pl.exceptions.NoDataError):
        pfc.sniff(b"")
    with pytest.raises(FileNotFoundError):
        pfc.sniff("no/such/file.csv")
    with pytest.raises(NotImplementedError, match="zip"):
        pfc.sniff(b"PK\x03\x04")


def test_auto_is_taken_by_every_function(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"a|b\n1|x,y\n2|z,w\n")
    rows = [(1, "x,y"), (2, "z,w")]
    assert pfc.scan_fast_csv(path, separator="auto").collect().rows() == rows
    assert pfc.scan_fast_csv(path, separator="auto").select("b").tail(1).collect().rows() == [("z,w",)]
    assert pfc.read_fast_csv(path, separator="auto", columns=["a"]).rows() == [(1,), (2,)]
    twice = pfc.read_fast_csv(path, separator="auto", with_column_names=lambda names: [name * 2 for name in names])
    assert twice.columns == ["aa", "bb"]
    assert pfc.read_arrow(path, separator="auto").num_columns == 2
    with pfc.open_csv(path, separator="auto") as batches:
        assert pl.concat(batches).rows() == rows
    assert pfc.count_rows(path, separator="auto") == 2
    query = pickle.loads(pickle.dumps(pfc.scan_fast_csv(path, separator="auto")))
    assert query.collect().rows() == rows


def test_auto_takes_the_separator_alone() -> None:
    assert pfc.read_fast_csv(b"'a;b';c\n1;2;3\n", separator="auto").columns == ["'a", "b'", "c"]
    assert pfc.read_fast_csv(b"1;2\n3;4\n", separator="auto").columns == ["1", "2"]
    assert pfc.read_fast_csv(b"x,y\na;b\n1;2\n", separator="auto", skip_rows=1).rows() == [(1, 2)]
    assert pfc.read_fast_csv("a;é\n1;2\n".encode("utf-16"), separator="auto", encoding="utf-16").rows() == [(1, 2)]
    # The first of several files decides.
    assert pfc.read_fast_csv([b"a;b\n1;2\n", b"a;b\n3;4\n"], separator="auto").rows() == [(1, 2), (3, 4)]


def test_a_wider_type_is_read_by_the_same_separator() -> None:
    head = "".join(f"{row};x\n" for row in range(100_000))
    frame = pfc.read_fast_csv(f"a;b\n{head}1.5;x\n{head}".encode(), separator="auto")
    assert frame.schema == pl.Schema({"a": pl.Float64, "b": pl.String})


@pytest.mark.parametrize("path", corpus.cases(corpus.paths()))
def test_every_file_is_judged_soon(path: Path) -> None:
    begun = time.perf_counter()
    try:
        sniffed = pfc.sniff(path)
    except (pl.exceptions.PolarsError, ValueError, OSError, NotImplementedError):
        # What cannot be resolved is refused by the same classes as when it is read.
        return
    finally:
        # A hundredth of this without others on the machine.
        assert time.perf_counter() - begun < 5
    assert 0 <= sniffed.confidence <= 1
    assert set(sniffed.guessed) <= {"separator", "quote_char", "has_header", "encoding"}
    compile(sniffed.to_code(), "<sniffed>", "eval")
