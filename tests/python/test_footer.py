"""The last records of a file that are none of its rows: exact on every way to read."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import polars_fast_csv as pfc
import pytest
from generation import polars2
from polars.testing import assert_frame_equal
from ways import ways

if TYPE_CHECKING:
    from pathlib import Path

Rows = list[tuple[Any, ...]]

CASES: dict[str, tuple[bytes, dict[str, Any], Rows]] = {
    "a sum": (b"a,b\n1,2\n3,4\nTotal: 4,6\n", {"skip_footer": 1}, [(1, 2), (3, 4)]),
    "no line end behind it": (b"a,b\n1,2\nTotal", {"skip_footer": 1}, [(1, 2)]),
    "too many fields": (b"a,b\n1,2\nx,y,z,w\n,,,\n", {"skip_footer": 2}, [(1, 2)]),
    "quoted line ends": (b'a,b\n1,2\n"x\ny\nz",w\n', {"skip_footer": 1}, [(1, 2)]),
    "a quote that never closes": (b'a,b\n1,2\n"Total,6\nend\n', {"skip_footer": 2}, [(1, 2)]),
    "blank lines count": (b"a\n1\n\n\n", {"skip_footer": 1}, [(1,), (None,)]),
    "comments do not": (b"a\n1\n2\n#x\nTotal\n#y\n", {"skip_footer": 1, "comment_prefix": "#"}, [(1,), (2,)]),
    "with a limit": (b"a\n1\n2\n3\n4\nx\n", {"skip_footer": 1, "n_rows": 3}, [(1,), (2,), (3,)]),
    "a limit behind the end": (b"a\n1\n2\n3\nx\n", {"skip_footer": 2, "n_rows": 3}, [(1,), (2,)]),
    "lone CRs": (b"a\r1\r2\rx\r", {"skip_footer": 1, "eol_char": "any"}, [(1,), (2,)]),
    "all records": (b"a,b\n1,2\n", {"skip_footer": 1, "schema": {"a": pl.Int64, "b": pl.Int64}}, []),
    "more than there are": (b"a\n1\n", {"skip_footer": 9, "schema": {"a": pl.Int64}}, []),
    "long": (
        b"a,b\n" + b"".join(b"%d,%d\n" % (row, row * 7) for row in range(4000)) + b"z\n" * 700,
        {"skip_footer": 700},
        [(row, row * 7) for row in range(4000)],
    ),
}


@pytest.mark.parametrize(("data", "options", "rows"), CASES.values(), ids=CASES)
def test_every_way(tmp_path: Path, data: bytes, options: dict[str, Any], rows: Rows) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(data)
    wanted = pfc.read_fast_csv(path, **options)
    assert wanted.rows() == rows
    for _, read in ways(path, **{"schema": dict(wanted.schema), **options}):
        assert_frame_equal(read(), wanted)
    if "n_rows" not in options:
        assert pfc.count_rows(path, **{name: value for name, value in options.items() if name != "schema"}) == len(rows)


@polars2
def test_slices_counts_and_numbers(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(CASES["long"][0])
    scan = pfc.scan_fast_csv(path, skip_footer=700, row_index_name="i")
    wanted = pl.DataFrame(CASES["long"][2], schema=["a", "b"], orient="row").with_row_index("i")
    for query in (
        lambda frame: frame.head(5),
        lambda frame: frame.tail(5),
        lambda frame: frame.slice(3990, 100),
        lambda frame: frame.slice(-4005, 10),
        lambda frame: frame.select(pl.len()),
        lambda frame: frame.filter(pl.col("a") >= 3998),
    ):
        assert_frame_equal(query(scan).collect(), query(wanted.lazy()).collect())


def test_each_file_has_a_footer(tmp_path: Path) -> None:
    for name, rows in (("a", b"1\n2\nsum,3\n"), ("b", b"sum,0\n"), ("c", b"3\nsum,3\n")):
        (tmp_path / f"{name}.csv").write_bytes(b"x\n" + rows)
    scan = pfc.scan_fast_csv(tmp_path / "*.csv", skip_footer=1, row_index_name="i", schema={"x": pl.Int64})
    assert scan.collect().rows() == [(0, 1), (1, 2), (2, 3)]
    assert pfc.count_rows(tmp_path / "*.csv", skip_footer=1) == 3


def test_what_stands_before_a_footer_is_told() -> None:
    with pytest.raises(pfc.CsvError) as told:
        pfc.read_fast_csv(b"a\n1\nx\nsum,1\n", schema={"a": pl.Int64}, skip_footer=1)
    assert (told.value.line, told.value.code) == (3, "cast")


def test_as_pandas_skips_it() -> None:
    text = "a,b\n" + "".join(f"{row},x{row}\n" for row in range(50)) + "the end\n(50 rows)\n"
    theirs = pd.read_csv(io.StringIO(text), skipfooter=2, engine="python")
    assert pfc.read_fast_csv(text.encode(), skip_footer=2).rows() == list(theirs.itertuples(index=False, name=None))


@pytest.mark.parametrize("records", ["sample", 100, None])
@pytest.mark.parametrize("rows", [1, 3, 400])
def test_the_lines_of_a_record_that_is_too_long_are_records_of_the_footer(records: Any, rows: int) -> None:
    data = b"1,x,2\n" * rows + b'# 0,",00\n 1 ,-2.5,"x" \n'
    options: dict[str, Any] = {"has_header": False, "max_record_bytes": 20, "infer_schema_length": records}
    frame = pfc.read_fast_csv(data, skip_footer=2, **options)
    assert frame.dtypes == [pl.Int64, pl.String, pl.Int64]
    assert frame.rows() == [(1, "x", 2)] * rows
    assert pfc.read_fast_csv(data, skip_footer=3, **options).height == rows - 1
