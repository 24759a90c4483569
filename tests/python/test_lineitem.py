"""Every value of TPC-H lineitem is the one that pyarrow reads."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
from pathlib import Path

import polars as pl
import polars_fast_csv as pfc
import pyarrow as pa
import pyarrow.csv
import pytest
from polars.testing import assert_frame_equal

SCALE = "0.1"
ROWS = 600_572


@pytest.fixture(scope="module")
def lineitem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The table as the generator of the benchmark writes it."""
    command = Path(sysconfig.get_path("scripts")) / "tpchgen-cli"
    found = str(command) if command.is_file() else shutil.which("tpchgen-cli")
    if found is None:
        pytest.skip("tpchgen-cli is not installed")
    folder = tmp_path_factory.mktemp("tpch")
    arguments = ["csv", "-s", SCALE, "--tables", "lineitem", "--output-dir", str(folder)]
    subprocess.run([found, *arguments], check=True, capture_output=True, timeout=120)
    return folder / "lineitem.csv"


@pytest.fixture(scope="module")
def peer(lineitem: Path) -> pl.DataFrame:
    """The same by pyarrow."""
    table = pl.DataFrame(pa.csv.read_csv(lineitem))
    assert table.height == ROWS
    return table


def test_every_value_is_pyarrows(lineitem: Path, peer: pl.DataFrame) -> None:
    frame = pfc.read_fast_csv(lineitem, try_parse_dates=True)
    assert set(frame.dtypes) == {pl.Int64, pl.Float64, pl.Date, pl.String}
    assert_frame_equal(frame, peer, check_exact=True)


def test_every_value_is_pyarrows_in_one_pass(lineitem: Path, peer: pl.DataFrame) -> None:
    rows = 0
    with pfc.open_csv(lineitem, schema=peer.schema, memory_map=False, n_threads=3) as reader:
        for frame in reader:
            assert_frame_equal(frame, peer.slice(rows, frame.height), check_exact=True)
            rows += frame.height
    assert rows == ROWS


def test_a_query_is_answered_as_over_pyarrows_table(lineitem: Path, peer: pl.DataFrame) -> None:
    def first_query(lines: pl.LazyFrame) -> pl.DataFrame:
        price = pl.col("l_extendedprice") * (1 - pl.col("l_discount"))
        return (
            lines.filter(pl.col("l_shipdate") <= pl.date(1998, 9, 2))
            .group_by("l_returnflag", "l_linestatus")
            .agg(pl.col("l_quantity").sum(), price.sum().alias("price"), pl.len())
            .sort("l_returnflag", "l_linestatus")
            .collect(engine="streaming")
        )

    assert_frame_equal(first_query(pfc.scan_fast_csv(lineitem, try_parse_dates=True)), first_query(peer.lazy()))
    assert pfc.scan_fast_csv(lineitem).select(pl.len()).collect().item() == ROWS
