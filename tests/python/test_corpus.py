"""Every file of the corpus is read or refused, and the same however it is read."""

from __future__ import annotations

import faulthandler
from collections.abc import Iterator
from pathlib import Path

import corpus
import polars as pl
import polars_fast_csv as pfc
import pytest
from ways import Refusal, assert_same, outcome, ways

# A read of the largest file takes a second; one that takes so many hangs.
PATIENCE_SECONDS = 120


@pytest.fixture(autouse=True)
def _no_hang() -> Iterator[None]:
    """End the process, with the stacks of its threads, where a test does not end."""
    faulthandler.dump_traceback_later(PATIENCE_SECONDS, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


def separator(path: Path) -> str:
    return "\t" if path.suffix == ".tsv" else ","


@pytest.mark.parametrize("path", corpus.cases(corpus.paths()))
def test_text_is_the_same_however_it_is_read(path: Path) -> None:
    dialect = {"separator": separator(path)}
    (_, first), *others = ways(path, infer_schema=False, **dialect)
    wanted = outcome(first)
    for way, read in others:
        assert_same(outcome(read), wanted, way)
    if isinstance(wanted, Refusal):
        return
    assert pfc.count_rows(path, **dialect) == wanted.height
    assert pfc.scan_fast_csv(path, infer_schema=False, **dialect).select(pl.len()).collect().item() == wanted.height


@pytest.mark.parametrize("path", corpus.cases(corpus.paths()))
def test_values_are_the_same_however_they_are_read(path: Path) -> None:
    options = {"separator": separator(path), "try_parse_dates": True, "truncate_ragged_lines": True}
    wanted = outcome(lambda: pfc.read_fast_csv(path, infer_schema_length=None, n_threads=1, **options))
    if isinstance(wanted, Refusal):
        again = outcome(lambda: pfc.read_fast_csv(path, infer_schema_length=None, n_threads=4, batch_size=1, **options))
        assert_same(again, wanted, "four threads")
        return
    for way, read in ways(path, schema=wanted.schema, **options):
        assert_same(outcome(read), wanted, way)
