"""A bar on the terminal while a long read runs."""

from __future__ import annotations

import shutil
import sys
import time
from typing import TYPE_CHECKING, Any, TextIO

from polars_fast_csv._options import DEFAULTS

if TYPE_CHECKING:
    from typing import Self

# A read that is over sooner shows none, and one that is shown is drawn anew no more often than this.
_LONG_SECONDS, _DRAWN_SECONDS = 0.5, 0.1
_WIDEST = 40


class Bar:
    """How far a read has come, on standard error where that is a terminal; elsewhere nothing."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._shows = self._stream.isatty()
        self._begun = time.monotonic()
        self._next = self._begun + _LONG_SECONDS
        self._drawn = False

    def options(self) -> dict[str, Any]:
        """The option of the library by which the bar is told, where it is shown."""
        return {"progress": self.told} if self._shows and "progress" in DEFAULTS else {}

    def told(self, done: int, total: int | None) -> None:
        """Draw how far it is: bytes, and a share of all where that is known."""
        now = time.monotonic()
        if not self._shows or now < self._next:
            return
        self._next = now + _DRAWN_SECONDS
        self._drawn = True
        rate = f"{done / 1e6:,.0f} MB, {done / 1e6 / (now - self._begun):,.0f} MB/s"
        if total:
            share = min(done / total, 1.0)
            width = max(min(_WIDEST, shutil.get_terminal_size().columns - len(rate) - 12), 0)
            full = round(share * width)
            rate = f"{share:4.0%} [{'#' * full}{' ' * (width - full)}] {rate}"
        self._stream.write(f"\r\x1b[K{rate}")
        self._stream.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        if self._drawn:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
