"""Telling a caller how far a read has come: by a bar of tqdm, or by a function of the caller's."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from typing import Self

Told: TypeAlias = "Callable[[int, int | None], object]"

# A read that is over sooner shows no bar.
_LONG_SECONDS = 0.5


def checked_progress(name: str, value: Any) -> Told | bool:
    """Refuse what is neither a flag nor a function, and a bar that cannot be shown."""
    if value is True:
        _tqdm()
    elif value is not False and not callable(value):
        msg = f"{name} must be True, False or a function of the bytes done and the bytes in all, got {value!r}"
        raise TypeError(msg)
    told: Told | bool = value
    return told


class Telling:
    """Who is told of one read."""

    def __init__(self, progress: Told | bool) -> None:
        self._bar: Any = None
        self.told: Told | None = None
        if progress is True:
            self._bar = _tqdm()(unit="B", unit_scale=True, unit_divisor=1024, desc="CSV", delay=_LONG_SECONDS)
            self.told = self._show
        elif progress is not False:
            self.told = progress

    def _show(self, done: int, total: int | None) -> None:
        self._bar.total = total
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        """Leave the bar as it is, if there is one."""
        if self._bar is not None:
            self._bar.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        self.close()


def _tqdm() -> Any:
    try:
        # It has no types of its own.
        return importlib.import_module("tqdm.auto").tqdm
    except ModuleNotFoundError:
        msg = "progress=True shows a bar of tqdm, which is not installed: pip install 'polars-fast-csv[progress]'"
        raise ModuleNotFoundError(msg, name="tqdm") from None
