"""The conformance corpus that lies beside the repository: its files, and the cells on which other readers agree."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

HOME = Path(__file__).resolve().parents[3] / "shared" / "corpus"
FILES = HOME / "files"
ABSENT = f"the corpus is not at {Path('..') / 'shared' / 'corpus'} beside the repository"


class Agreed(NamedTuple):
    """What five readers made of a file: how many read the same cells, a digest of these, and their shape."""

    path: Path
    separator: str
    readers: int
    digest: str
    shape: tuple[int, int]


def name(path: Path) -> str:
    """The name of a file within the corpus."""
    return path.relative_to(FILES).as_posix()


def paths(under: str = ".") -> list[Path]:
    """The files of the corpus, or of a folder of it."""
    return sorted(path for path in (FILES / under).rglob("*") if path.is_file())


def agreed(*readers: int) -> list[Agreed]:
    """The files on which so many readers agree."""
    if not HOME.is_dir():
        return []
    entries = map(json.loads, (HOME / "consensus.jsonl").read_text(encoding="utf8").splitlines())
    return [
        Agreed(FILES / entry["file"], entry["delim"], entry["agree"], entry["digest"], tuple(entry["shape"]))
        for entry in entries
        if entry["agree"] in readers
    ]


def cases(items: Iterable[Any]) -> list[Any]:
    """One test case for each file; one that is skipped where there is no corpus."""
    if not HOME.is_dir():
        return [pytest.param(None, marks=pytest.mark.skip(reason=ABSENT))]
    return [pytest.param(item, id=name(item if isinstance(item, Path) else item.path)) for item in items]


def digest(rows: Iterable[Iterable[str | None]]) -> str:
    """The digest of the consensus: null is empty text, and empty rows at the end do not count."""
    cells = [["" if cell is None else cell for cell in row] for row in rows]
    while cells and not any(cells[-1]):
        cells.pop()
    text = json.dumps(cells, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf8", "surrogatepass")).hexdigest()[:16]
