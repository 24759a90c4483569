"""Records cut byte by byte, and cells read by regular expressions and exact types. Nothing of the package is used."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import polars as pl


@dataclass(frozen=True)
class Cell:
    """
    A field, where it begins behind blanks that are trimmed, its text with bytes that are no UTF-8 as surrogates, and
    where its separator ends.
    """

    byte: int
    text: str
    quoted: bool
    start: int = 0


@dataclass(frozen=True)
class Record:
    """A record without its end; `opened` is where a quote opens that never closes."""

    byte: int
    raw: bytes
    cells: Sequence[Cell]
    opened: int | None = None


def decoded(text: bytes) -> str:
    return text.decode(errors="surrogateescape")


def shown(text: str) -> str:
    """A text as a reject has it."""
    return text.encode(errors="surrogateescape").decode(errors="replace")


def records(data: bytes, separator: bytes = b",", trim: bool = False) -> Iterator[Record]:
    """Cut a file into records; one with an open quote is the line on which it begins."""
    at = 0
    while at < len(data):
        begin, cells, opened = at, [], None
        while True:
            cell, at = _cell(data, at, separator, trim)
            if cell is None:
                opened = at
                break
            cells.append(cell)
            if not data.startswith(separator, at):
                break
            at += len(separator)
        if opened is not None:
            at = data.find(b"\n", begin)
            at = len(data) if at < 0 else at
        raw = data[begin:at]
        yield Record(begin, raw.removesuffix(b"\r"), cells, opened)
        at += 1


def _cell(data: bytes, at: int, separator: bytes, trim: bool) -> tuple[Cell | None, int]:
    """The field at a place, and where it ends; without one, where its quote opens."""
    start = at
    if trim:
        at += len(data) - at - len(data[at:].lstrip(b" \t"))
    begin, quoted = at, data.startswith(b'"', at)
    text = b""
    if quoted:
        at += 1
        while True:
            close = data.find(b'"', at)
            if close < 0:
                return None, begin
            text += data[at:close]
            at = close + 1
            if not data.startswith(b'"', at):
                break
            text += b'"'
            at += 1
    end = at
    while end < len(data) and data[end] != 0x0A and not data.startswith(separator, end):
        end += 1
    rest = data[at:end]
    # The carriage return of a line's end is none of a field.
    rest = rest.removesuffix(b"\r") if data[end : end + 1] in (b"\n", b"") else rest
    return Cell(begin, decoded(text + (rest.rstrip(b" \t") if trim else rest)), quoted, start), end


class Broken(Exception):
    """A text that is no value of a type; its text is the code."""


@dataclass(frozen=True)
class Kind:
    """A type of column: how a text is read, and as what it is asked for."""

    dtype: pl.DataType
    read: Callable[[str], Any]
    asked: Mapping[str, Any] = field(default_factory=dict)
    words: bool = False
    """Whether the empty text between quotes is a text like any other."""

    @property
    def rules(self) -> dict[str, Any]:
        return dict(self.asked) or {"type": self.dtype}


def matched(pattern: str, text: str) -> re.Match[str]:
    found = re.fullmatch(pattern, text, re.ASCII | re.IGNORECASE)
    if found is None:
        raise Broken("cast")
    return found


def whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        value = int(matched(r"[ \t]*([+-]?[0-9]+)", text)[1])
        if not low <= value <= high:
            raise Broken("overflow")
        return value

    return read


_NUMBER = r"[ \t]*([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?%s)"


def number(text: str) -> float:
    return float(matched(_NUMBER % "|[+-]?inf(?:inity)?|nan", text)[1])


def decimal(precision: int, scale: int) -> Callable[[str], Decimal]:
    def read(text: str) -> Decimal:
        value = Decimal(matched(_NUMBER % "", text)[1])
        rounded = value.quantize(Decimal(1).scaleb(-scale))
        if rounded != value:
            raise Broken("cast")
        if abs(rounded) >= 10 ** (precision - scale):
            raise Broken("overflow")
        return rounded + 0

    return read


def truth(text: str) -> bool:
    return matched("(true)|false", text)[1] is not None


def text_of(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Broken("invalid_utf8") from None
    return text


def one_of(words: Sequence[str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in words:
            raise Broken("cast")
        return text

    return read


_DAY, _CLOCK = r"(\d{4})-(\d\d)-(\d\d)", r"(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?"


def _made(make: Callable[..., Any], *parts: str | None) -> Any:
    try:
        return make(*(int(part or 0) for part in parts))
    except ValueError:
        raise Broken("cast") from None


def _micros(fraction: str | None) -> str:
    return (fraction or "").ljust(6, "0")


def day(text: str) -> Any:
    return _made(dt.date, *matched(_DAY, text).groups())


def german_day(text: str) -> Any:
    return _made(dt.date, *reversed(matched(r"(\d\d)\.(\d\d)\.(\d{4})", text).groups()))


def clock(text: str) -> Any:
    *parts, fraction = matched(_CLOCK, text).groups()
    return _made(dt.time, *parts, _micros(fraction))


def moment(text: str) -> Any:
    *parts, fraction = matched(f"{_DAY}(?:[T ]{_CLOCK})?", text).groups()
    return _made(dt.datetime, *parts, _micros(fraction))


def seconds(text: str) -> dt.timedelta:
    """Durations of days and seconds; a number is one of milliseconds."""
    found = matched(r"(-?[0-9]+)|P(?:([0-9]+)D)?T([0-9]+)S", text)
    millis, days, secs = found.groups()
    return dt.timedelta(milliseconds=int(millis)) if millis else dt.timedelta(int(days or 0), int(secs))


@dataclass(frozen=True)
class Value:
    """What a row has in a column; without a cell where the record ends before it."""

    value: Any
    cell: Cell | None
    code: str | None = None


def read(kind: Kind, cell: Cell | None) -> Value:
    if cell is None or (cell.text == "" and not cell.quoted):
        return Value(None, cell)
    if cell.text == "" and not kind.words:
        return Value(None, cell)
    try:
        return Value(kind.read(cell.text), cell)
    except Broken as broken:
        return Value(None, cell, str(broken))
