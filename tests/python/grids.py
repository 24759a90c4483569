"""Grids of text, the dialects in which they can be written, and a writer that knows no CSV library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

Grid = list[list[str]]


@dataclass(frozen=True)
class Dialect:
    """How a grid is written."""

    separator: str
    quote: str
    eol: str
    final: bool
    # Of the cells that need no quotes, those get them whose place, counted row by row, is a multiple of this.
    quote_every: int

    def options(self) -> dict[str, Any]:
        return {"separator": self.separator, "quote_char": self.quote}

    def write(self, grid: Grid) -> bytes:
        """The grid as text."""
        width = max(map(len, grid), default=1)
        lines = (
            self.separator.join(self._cell(cell, row * width + at) for at, cell in enumerate(cells))
            for row, cells in enumerate(grid)
        )
        return (self.eol.join(lines) + (self.eol if self.final else "")).encode()

    def _cell(self, cell: str, place: int) -> str:
        needed = any(mark in cell for mark in (self.separator, self.quote, "\r", "\n"))
        if needed or (self.quote_every and place % self.quote_every == 0):
            return self.quote + cell.replace(self.quote, self.quote * 2) + self.quote
        return cell


dialects = st.builds(
    Dialect,
    separator=st.sampled_from([",", ";", "\t", "|", " ", "x"]),
    quote=st.sampled_from(['"', "'", "^"]),
    eol=st.sampled_from(["\n", "\r\n"]),
    final=st.booleans(),
    quote_every=st.sampled_from([0, 1, 2, 3]),
)

# Few letters, so that marks and their doubles are common, and some that take several bytes.
_letters = st.sampled_from([*"a1,;\t|\"'^\r\n #\\x", "é", "日", "𝄞", "\0", "\ufeff"])
cells = st.one_of(
    st.text(_letters, max_size=6),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    st.text(_letters, min_size=40, max_size=80),
)


def grids(rows: int = 12, columns: int = 4) -> st.SearchStrategy[Grid]:
    """Grids of at least one row, all rows of one width."""
    return st.integers(1, columns).flatmap(
        lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1, max_size=rows)
    )
