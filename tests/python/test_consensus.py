"""Where the readers of others agree on the cells of a file, this one gives the same, or says why not."""

from __future__ import annotations

import tomllib
from pathlib import Path

import corpus
import polars as pl
import polars_fast_csv as pfc
import pytest
from corpus import Agreed
from generation import polars2
from polars.testing import assert_frame_equal

LIST = Path(__file__).with_name("consensus_differences.toml")
DIFFERENCES = {entry["file"]: entry for entry in tomllib.loads(LIST.read_text(encoding="utf8"))["difference"]}


def cells(file: Agreed) -> str:
    """The digest of a file's cells as text, or the code of the error; as many columns as the longest record has."""
    dialect = {"has_header": False, "separator": file.separator, "infer_schema_length": None, "raise_if_empty": False}
    try:
        names = pfc.scan_fast_csv(file.path, **dialect).collect_schema().names()
        frame = pfc.read_fast_csv(file.path, schema_overrides=dict.fromkeys(names, pl.String), **dialect)
    except pfc.CsvError as error:
        return f"error: {error.code}"
    return corpus.digest(frame.iter_rows())


@pytest.mark.parametrize("file", corpus.cases(corpus.agreed(5)))
def test_where_all_agree_the_cells_are_theirs(file: Agreed) -> None:
    assert cells(file) == file.digest


@pytest.mark.parametrize("file", corpus.cases(corpus.agreed(3, 4)))
def test_where_most_agree_a_difference_is_listed(file: Agreed) -> None:
    listed = DIFFERENCES.get(corpus.name(file.path))
    if listed is None:
        assert cells(file) == file.digest
    else:
        assert cells(file) == listed["got"], "the list of differences no longer tells the truth"
        assert listed["got"] != file.digest, "it no longer differs: take it off the list"


def test_what_is_listed_is_there() -> None:
    if not corpus.HOME.is_dir():
        pytest.skip(corpus.ABSENT)
    assert set(DIFFERENCES) <= {corpus.name(file.path) for file in corpus.agreed(3, 4)}
    assert all(entry["reason"] for entry in DIFFERENCES.values())


@polars2
@pytest.mark.parametrize("file", corpus.cases(corpus.agreed(5)))
def test_where_all_agree_the_values_are_polars_values(file: Agreed) -> None:
    options = {"separator": file.separator, "infer_schema_length": None}
    try:
        peer = pl.read_csv(file.path, **options)
    except pl.exceptions.PolarsError as refused:
        with pytest.raises(type(refused)):
            pfc.read_fast_csv(file.path, **options)
        return
    if any("\0" in name for name in peer.columns):
        # The Arrow C interface ends a name at its first NUL.
        with pytest.raises((ValueError, pl.exceptions.PolarsError), match=r"(?i)nul"):
            pfc.read_fast_csv(file.path, **options)
        return
    # A difference from Polars: a doubled quote in a quoted name is one.
    got = pfc.read_fast_csv(file.path, **options)
    assert all(ours in (name, name.replace('""', '"')) for ours, name in zip(got.columns, peer.columns, strict=True))
    wanted = peer.rename(dict(zip(peer.columns, got.columns, strict=True)))
    assert_frame_equal(got, wanted, check_exact=True)
