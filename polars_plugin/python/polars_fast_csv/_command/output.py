"""How answers are written: plain text, tables, JSON, and colours where a terminal shows them."""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Iterator
from typing import Any, TextIO

import polars as pl

# What a terminal would obey, but for the end of a line and the tab.
_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n"}
# In a cell those would break the table, too.
_IN_A_CELL = {**_CONTROLS, ord("\t"): "\\t", ord("\n"): "\\n", ord("\r"): "\\r"}
# The most characters of a text that a table shows; JSON holds all of it.
_SHOWN = 80


class Paint:
    """Colours on a terminal; elsewhere, and where ``NO_COLOR`` is set, none."""

    def __init__(self, stream: TextIO) -> None:
        self._on = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    def _painted(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._on else text

    def good(self, text: str) -> str:
        """What is as it should be."""
        return self._painted("32", text)

    def bad(self, text: str) -> str:
        """What is not."""
        return self._painted("1;31", text)

    def name(self, text: str) -> str:
        """What names something."""
        return self._painted("1", text)

    def aside(self, text: str) -> str:
        """What is less important."""
        return self._painted("2", text)


def say(text: str, stream: TextIO | None = None) -> None:
    """Write a line; what the stream's encoding lacks is written as an escape."""
    target: TextIO = sys.stdout if stream is None else stream
    encoding = target.encoding or "utf-8"
    target.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")


def without_controls(text: str) -> str:
    """Take the meaning out of what a terminal would obey: the text may come from a hostile file."""
    return text.translate(_CONTROLS)


def in_a_cell(text: str) -> str:
    """Write a text in one line."""
    return text.translate(_IN_A_CELL)


def table(frame: pl.DataFrame) -> str:
    """Lay a frame out in full: all its rows and columns, long texts cut with an ellipsis."""
    shown = frame.rename(in_a_cell).with_columns(
        pl.col(pl.String).str.replace_many(list(map(chr, _IN_A_CELL)), list(_IN_A_CELL.values()))
    )
    try:
        "┌┆═…".encode(sys.stdout.encoding or "utf-8")
        form: Any = "UTF8_FULL_CONDENSED"
    except UnicodeEncodeError:
        form = "ASCII_FULL_CONDENSED"
    with pl.Config(
        tbl_rows=-1,
        tbl_cols=-1,
        tbl_width_chars=-1,
        fmt_str_lengths=_SHOWN,
        fmt_table_cell_list_len=_SHOWN,
        tbl_hide_dataframe_shape=True,
        tbl_formatting=form,
    ):
        return str(shown)


def aligned(pairs: Iterator[tuple[str, str]] | list[tuple[str, str]], paint: Paint, indent: str = "") -> str:
    """Write names and what they name, one pair a line."""
    pairs = [(in_a_cell(name), value) for name, value in pairs]
    width = max((len(name) for name, _ in pairs), default=0)
    return "\n".join(f"{indent}{paint.name(name)}{' ' * (width - len(name))}  {value}" for name, value in pairs)


def as_json(value: Any) -> str:
    """Write one value in one line of strict JSON."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=_spelled)


def _spelled(value: Any) -> str:
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


def objects(frame: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """
    Give the rows of a frame as what JSON can hold.

    Dates and times are texts of ISO 8601 in full precision, decimals are texts, and so are the floats that are no JSON
    numbers: nothing is rounded, and none of them is taken for null.
    """
    for row in pl.DataFrame(list(map(_plain, frame.get_columns()))).iter_rows(named=True):
        yield {name: _finite(value) for name, value in row.items()}


def _plain(column: pl.Series) -> pl.Series:
    dtype = column.dtype
    if isinstance(dtype, pl.Datetime | pl.Duration):
        return column.dt.to_string("iso:strict")
    if isinstance(dtype, pl.Date | pl.Time | pl.Decimal):
        return column.cast(pl.String)
    return column


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_finite(each) for each in value]
    return value
