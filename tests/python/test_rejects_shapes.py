"""Faults are planted at known places in files of every shape, and each is found there, and nothing else."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import polars_fast_csv as pfc
import pytest
from polars_fast_csv import _settings

I64, I8, F64, TEXT = pl.Int64(), pl.Int8(), pl.Float64(), pl.String()
# What becomes of what is refused, with `on_error="null"`; with "skip" only an unclosed quote is not "skip".
ACTIONS = {
    "cast": "null",
    "overflow": "null",
    "invalid_utf8": "null",
    "too_many_fields": "truncate",
    "too_few_fields": "pad",
    "stray_quote": "keep",
    "unclosed_quote": "drop",
}


# Of a value and of a record so many bytes are kept.
KEPT, KEPT_RAW = 1_024, 4_096


class Fault(NamedTuple):
    """What a row of the frame of rejects must say."""

    file: str
    record: int
    line: int
    byte: int
    column: int
    column_name: str | None
    code: str
    value: str
    raw: str = ""
    truncated: bool = False


@dataclass(frozen=True)
class Shape:
    """What a file looks like."""

    types: tuple[pl.DataType, ...] = (I64, TEXT, I8, F64, TEXT)
    records: int = 500
    separator: str = ","
    quote: str = '"'
    end: str = "\n"
    bom: bool = False
    header: bool = True
    # Lines before the header, each of them told to be skipped.
    preamble: int = 0
    comments: bool = False
    blanks: bool = False
    newlines: bool = False
    text: int = 6
    final_end: bool = True
    unclosed: bool = False
    files: int = 1
    # A fault in every so many records.
    every: int = 7

    @property
    def names(self) -> list[str]:
        return [f"c{at}" for at in range(len(self.types))]

    @property
    def options(self) -> dict[str, Any]:
        return {
            "schema": dict(zip(self.names, self.types, strict=True)),
            "separator": self.separator,
            "quote_char": self.quote,
            "has_header": self.header,
            "skip_lines": self.preamble,
            "comment_prefix": "#" if self.comments else None,
            "short_records": "raise",
            "strict_quotes": True,
        }


def cut(data: bytes, most: int) -> str:
    """The text of the first bytes: none is invented where the cut is within a character."""
    return data.decode(errors="replace") if len(data) <= most else data[:most].decode(errors="ignore")


@dataclass
class Planted:
    """A file as it grows, and its faults."""

    path: Path
    shape: Shape
    chance: random.Random
    data: bytearray = field(default_factory=bytearray)
    records: int = 0
    faults: list[Fault] = field(default_factory=list)

    def grow(self) -> None:
        shape, end = self.shape, self.shape.end.encode()
        self.data += b"\xef\xbb\xbf" * shape.bom
        for at in range(shape.preamble):
            self.data += b'skipped, "quote and all %d' % at + end
        if shape.header:
            self.data += shape.separator.join(shape.names).encode() + end
        for row in range(shape.records):
            if shape.comments and row % 5 == 2:
                # What a comment holds is neither a field nor a quote.
                self.data += f"# a comment{shape.separator}with {shape.quote} in it".encode() + end
            if shape.blanks and row % 9 == 4:
                self.blank()
                self.data += end
            # The first and the last are at fault too.
            self.record(row, faulty=row % shape.every == 0 or row == shape.records - 1)
            self.data += end
        if shape.unclosed:
            self.open_quote()
        if not shape.final_end:
            del self.data[-len(end) :]
        self.path.write_bytes(self.data)

    def plant(self, byte: int, column: int, code: str, value: str) -> None:
        """Note a fault in the record that is to end at the end of the data, at a byte that is there."""
        line = self.data.count(b"\n", 0, byte) + 1
        name = self.shape.names[column] if column < len(self.shape.types) else None
        self.faults.append(Fault(str(self.path), self.records, line, byte, column + 1, name, code, value))

    def close(self, place: int, start: int, end: int) -> None:
        """Add the bytes of the record to the faults from a place on, and cut what is too long."""
        raw = bytes(self.data[start:end])
        for at, fault in enumerate(self.faults[place:], place):
            value = fault.value.encode()
            self.faults[at] = fault._replace(
                value=cut(value, KEPT), raw=cut(raw, KEPT_RAW), truncated=len(value) > KEPT or len(raw) > KEPT_RAW
            )

    def blank(self) -> None:
        self.records += 1
        # A line with nothing in it is a record with one field, and nothing where that is all that is wanted.
        if len(self.shape.types) > 1:
            self.plant(len(self.data), 1, "too_few_fields", "")

    def record(self, row: int, *, faulty: bool) -> None:
        shape, width, start = self.shape, len(self.shape.types), len(self.data)
        self.records += 1
        place = len(self.faults)
        fields = [self.good(row, dtype) for dtype in shape.types]
        bad: dict[int, tuple[str, str]] = {}
        kinds = ["cell", "cells", "many"] + ["few"] * (width > 1)
        kind = self.chance.choice(kinds) if faulty else ""
        if kind in ("cell", "cells"):
            for column in self.chance.sample(range(width), k=min(width, 1 if kind == "cell" else 3)):
                # A field kept as text and a cell of a record that goes are no matter of the same record here.
                fields[column], code, value = self.bad(shape.types[column], strays=kind == "cell")
                bad[column] = (code, value)
        surplus = [f"more{at}" for at in range(self.chance.randrange(1, 4))] if kind == "many" else []
        if kind == "few":
            fields = fields[: self.chance.randrange(1, width)]
        separator = shape.separator.encode()
        for column, cell in enumerate([*fields, *(each.encode() for each in surplus)]):
            self.data += separator * (column > 0)
            at = len(self.data)
            self.data += cell
            if column in bad:
                self.plant(at, column, *bad[column])
            elif column == width:
                self.plant(at, column, "too_many_fields", shape.separator.join(surplus))
        if kind == "few":
            self.plant(start, len(fields), "too_few_fields", self.data[start:].decode())
        self.close(place, start, len(self.data))

    def quoted(self, text: str) -> bytes:
        quote = self.shape.quote
        return (quote + text.replace(quote, quote * 2) + quote).encode()

    def word(self) -> str:
        return "".join(self.chance.choices("abcdefghé漢", k=self.shape.text))

    def good(self, row: int, dtype: pl.DataType) -> bytes:
        if dtype == I8:
            return b"%d" % (row % 100)
        if dtype == F64:
            return b"%d.5" % row
        if dtype == I64:
            return b"%d" % row if self.chance.random() < 0.8 else self.quoted(str(row))
        word, shape = self.word(), self.shape
        hard = [shape.separator, shape.quote, shape.separator + shape.quote, shape.quote + "#", "#"]
        if shape.newlines:
            hard += [shape.end, shape.end * 2, shape.quote + shape.end + shape.separator, shape.end + "#"]
        return word.encode() if self.chance.random() < 0.5 else self.quoted(word + self.chance.choice(hard) + word)

    def bad(self, dtype: pl.DataType, *, strays: bool) -> tuple[bytes, str, str]:
        """A cell, what is wrong with it, and its value."""
        quote = self.shape.quote
        if dtype == TEXT:
            word = self.word()
            if strays and self.chance.random() < 0.5:
                raw = self.chance.choice([f"{word}{quote}{word}", f"{quote}{word}{quote}{word}", f"{word}{quote}"])
                return raw.encode(), "stray_quote", raw
            broken = self.chance.choice([b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"])
            raw_bytes = word.encode() + broken + b"z"
            return raw_bytes, "invalid_utf8", raw_bytes.decode(errors="replace")
        if self.chance.random() < 0.3 and dtype != F64:
            value = "300" if dtype == I8 else self.chance.choice(["9223372036854775808", "-9223372036854775809"])
            return value.encode(), "overflow", value
        value = self.chance.choice(["n/a", "x", "1x", f"1{self.shape.separator}x", f"{quote}1{quote}"])
        if self.shape.newlines:
            value = self.chance.choice([value, f"1{self.shape.end}2"])
        plain = not {self.shape.separator, quote, "\n"} & {
            *value,
            self.shape.separator * (self.shape.separator in value),
        }
        return (value.encode() if plain and self.chance.random() < 0.5 else self.quoted(value)), "cast", value

    def open_quote(self) -> None:
        """A quote that never closes: its line goes, and reading goes on with the next."""
        shape, end = self.shape, self.shape.end.encode()
        self.records += 1
        opened = len(self.data)
        self.data += b"1" + shape.separator.encode() if len(shape.types) > 1 else b""
        at = len(self.data)
        self.data += f"{shape.quote}open".encode()
        place = len(self.faults)
        self.plant(at, min(1, len(shape.types) - 1), "unclosed_quote", "")
        self.faults[place] = self.faults[place]._replace(
            value=bytes(self.data[at:]).decode(), raw=bytes(self.data[opened:]).decode()
        )
        self.data += end
        for _ in range(3):
            self.records += 1
            start = len(self.data)
            self.data += shape.separator.join(["1"] * len(shape.types)).encode()
            if shape.types[0] != TEXT:
                self.data[start : start + 1] = b"bad"
                self.plant(start, 0, "cast", "bad")
                self.close(len(self.faults) - 1, start, len(self.data))
            self.data += end


SHAPES = {
    "plain": Shape(),
    "quoted newlines": Shape(newlines=True),
    "CRLF": Shape(end="\r\n"),
    "CRLF, quoted newlines, comments, blank lines": Shape(
        end="\r\n", newlines=True, comments=True, blanks=True, unclosed=True
    ),
    "no final newline": Shape(final_end=False),
    "no final newline, CRLF, unclosed": Shape(end="\r\n", final_end=False, unclosed=True),
    "wide": Shape(types=(I64, TEXT, I8, F64) * 50, records=60, every=2),
    "wide, quoted newlines": Shape(types=(TEXT, I8) * 100, records=40, every=1, newlines=True, unclosed=True),
    "narrow, numbers": Shape(types=(I8,), records=2_000, unclosed=True),
    "narrow, numbers, blank lines": Shape(types=(I64,), records=1_000, blanks=True, header=False),
    "narrow, text": Shape(types=(TEXT,), newlines=True),
    "tiny records": Shape(types=(I8, I8), records=3_000, every=50),
    "tiny records, each at fault": Shape(types=(I8, I8), records=600, every=1),
    "long text": Shape(types=(I64, TEXT, TEXT), text=8_000, records=30, every=2, newlines=True),
    "BOM": Shape(bom=True),
    "BOM, no header": Shape(bom=True, header=False, newlines=True),
    "no header": Shape(header=False, unclosed=True),
    "semicolons and apostrophes": Shape(separator=";", quote="'", newlines=True),
    "tabs": Shape(separator="\t", quote="|", end="\r\n"),
    "comments": Shape(comments=True, newlines=True),
    "blank lines": Shape(blanks=True),
    "a preamble": Shape(preamble=3, newlines=True, unclosed=True),
    "several files": Shape(files=4, records=150, newlines=True),
    "several files, each unclosed": Shape(files=3, records=100, unclosed=True, bom=True, end="\r\n", final_end=False),
    "nothing wrong but the last": Shape(records=3_000, every=10_000, newlines=True),
    "one record": Shape(records=1, final_end=False),
}

READS: dict[str, Callable[..., int]] = {
    "read": lambda source, **o: pfc.read_fast_csv(source, **o).height,
    "in-memory": lambda source, **o: pfc.scan_fast_csv(source, **o).collect(engine="in-memory").height,
    "streaming": lambda source, **o: pfc.scan_fast_csv(source, **o).collect(engine="streaming").height,
}


@pytest.fixture(scope="module", params=SHAPES.values(), ids=SHAPES.keys())
def planted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Planted]:
    home = tmp_path_factory.mktemp("shapes")
    files = [Planted(home / f"part{at}.csv", request.param, random.Random(at)) for at in range(request.param.files)]
    for file in files:
        file.grow()
    return files


@pytest.mark.parametrize("on_error", ["null", "skip"])
@pytest.mark.parametrize("n_threads", [1, 2, 4])
@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
# None is what the reader chooses, for which these files are one task each; a file is also cut into many.
@pytest.mark.parametrize("tasks", [None, 13, 101])
def test_each_planted_fault_is_found_and_nothing_else(
    planted: list[Planted],
    read: Callable[..., int],
    n_threads: int,
    on_error: str,
    tasks: int | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if tasks is not None:
        # The size of a task is no public option.
        chunk, native = max(1, len(planted[0].data) // tasks), _settings._in_native_words
        monkeypatch.setattr(_settings, "_in_native_words", lambda given: native(given) | {"chunk_bytes": chunk})
    faults = [fault for file in planted for fault in file.faults]
    rejects = pfc.Rejects()
    shape, paths = planted[0].shape, [file.path for file in planted]
    height = read(paths, **shape.options, n_threads=n_threads, on_error=on_error, rejects=rejects)
    frame = rejects.frame()
    found = list(frame.select(Fault._fields).iter_rows())
    # The first that differs says more than two long lists.
    assert next((pair for pair in zip(found, faults, strict=False) if pair[0] != pair[1]), None) is None
    assert len(found) == len(faults)
    whole = {code: action if on_error == "null" or action == "drop" else "skip" for code, action in ACTIONS.items()}
    assert frame["action"].to_list() == [whole[fault.code] for fault in faults]
    lost = {(fault.file, fault.record) for fault in faults if whole[fault.code] in ("skip", "drop")}
    assert height == sum(file.records for file in planted) - len(lost)


def test_every_kind_of_fault_is_planted(tmp_path: Path) -> None:
    """What is not in the files cannot be missed in them."""
    file = Planted(tmp_path / "all.csv", Shape(newlines=True, unclosed=True), random.Random(0))
    file.grow()
    assert {fault.code for fault in file.faults} == set(ACTIONS)
    assert any("\n" in fault.value for fault in file.faults if fault.code == "cast")
    assert any(fault.line > fault.record + 1 for fault in file.faults)
