"""Fixtures that several test files share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

# Small next to the reader's own chunks and batches, so that tests make many of both through `batch_size`.
ROWS = 3000


@pytest.fixture(scope="session")
def ticks() -> bytes:
    """Numbers, text that needs quotes, and gaps."""
    rows = (f'{i},{i / 4},"n, {i % 7}",{"" if i % 5 == 0 else i % 3}\n' for i in range(ROWS))
    return ("id,price,name,gap\n" + "".join(rows)).encode()


@pytest.fixture
def ticks_file(ticks: bytes, tmp_path: Path) -> Path:
    """The same in a file."""
    path = tmp_path / "ticks.csv"
    path.write_bytes(ticks)
    return path


@pytest.fixture(params=["in-memory", "streaming"])
def engine(request: pytest.FixtureRequest) -> str:
    """Both engines of Polars."""
    return str(request.param)
