"""How files of other machines are reached, and what is opened there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

Provider = Callable[[], tuple[dict[str, str], int | None]]


class Readable(Protocol):
    """An open stream of bytes; none at its end."""

    def read(self, count: int, /) -> bytes: ...


@dataclass(frozen=True)
class Access:
    """What a call says of it."""

    storage_options: Mapping[str, Any] = field(default_factory=dict)
    """What :func:`polars.scan_csv` takes."""
    credential_provider: Any = "auto"
    """A function that gives credentials; ``"auto"`` for those of Polars, where they find some."""
