"""`decimal_comma`, `extra_columns` and `missing_columns`: what polars makes of them, or an error where it guesses."""

from __future__ import annotations

from typing import Any

import polars as pl
import polars_fast_csv as pfc
import pytest
from generation import POLARS_2
from polars.testing import assert_frame_equal

COMMAS: dict[str, tuple[bytes, dict[str, Any]]] = {
    "inferred": (b"a;b\n1,5;2\n2;3,25\n", {}),
    "quoted": (b'a;b\n"1,5";-2,5\n"3,25";4\n', {}),
    "beside a comma": (b'a,b\n"1,5",2\n"7",3\n', {"separator": ","}),
    "named": (b"a;b\n1,5;2\n3;4\n", {"schema_overrides": {"a": pl.Float32, "b": pl.Float64}}),
    "bare and exponents": (b"a;b\n,5;2,\n1,5e3;-2,5E-2\n", {}),
    "long": (b"a;b\n12345678901,2345;0,123456789012345678\n1,7976931348623157e308;-0,0\n", {}),
    "a dot is text": (b"a;b\n1.5;2\n2.5;3\n", {}),
    "nulls": (b"a;b\n1,5;\n;x\n", {"null_values": ["x"]}),
}


@pytest.mark.parametrize("case", COMMAS)
def test_commas_are_read_as_polars_reads_them(case: str, engine: Any) -> None:
    source, options = COMMAS[case]
    options = {"separator": ";", "decimal_comma": True, **options}
    wanted = pl.read_csv(source, **options)
    assert_frame_equal(pfc.read_fast_csv(source, **options), wanted, check_exact=True)
    assert_frame_equal(pfc.scan_fast_csv(source, **options).collect(engine=engine), wanted, check_exact=True)


@pytest.mark.parametrize("cell", ["1.5", "1.234,5", "1.234"])
def test_a_dot_beside_commas_is_not_guessed_at(cell: str) -> None:
    # Polars reads the last of them as 1.234, where it stands for 1234 as well.
    with pytest.raises(pfc.CsvError, match="is not a Float64"):
        pfc.read_fast_csv(f"a\n{cell}\n".encode(), decimal_comma=True, separator=";", schema={"a": pl.Float64})


TYPES = {"a": pl.Int64, "b": pl.String, "c": pl.Float64}
COLUMNS: dict[str, tuple[bytes, dict[str, Any]]] = {
    "extra": (b"a,x,b,c,y\n1,2,z,0.5,3\n", {"schema": TYPES, "extra_columns": "ignore"}),
    "extra fields": (b"a,b\n1,2,3\n4,5\n", {"extra_columns": "ignore"}),
    "missing": (b"a,b\n1,z\n2,y\n", {"schema": TYPES, "missing_columns": "insert"}),
    "both": (b"x,c\n1,2.5\n2,3.5\n", {"schema": TYPES, "missing_columns": "insert", "extra_columns": "ignore"}),
    "neither": (b"a,b,c\n1,z,2\n", {"schema": TYPES, "missing_columns": "raise", "extra_columns": "raise"}),
}


@pytest.mark.skipif(not POLARS_2, reason="older versions name and read them otherwise")
@pytest.mark.parametrize("case", COLUMNS)
def test_columns_are_matched_as_polars_matches_them(case: str, engine: Any) -> None:
    source, options = COLUMNS[case]
    wanted = pl.scan_csv(source, **options).collect()
    assert_frame_equal(pfc.read_fast_csv(source, **options), wanted)
    scan = pfc.scan_fast_csv(source, **options)
    assert_frame_equal(scan.collect(engine=engine), wanted)
    last = wanted.columns[-1]
    for query in (
        lambda f: f.select(last),
        lambda f: f.filter(pl.col(last).is_null()),
        lambda f: f.filter(pl.col(wanted.columns[0]) > 0).select(last),
    ):
        assert_frame_equal(query(scan).collect(engine=engine), query(wanted.lazy()).collect())


@pytest.mark.parametrize("case", ["extra", "missing"])
def test_what_does_not_fit_is_an_error_that_names_the_option(case: str) -> None:
    source, options = COLUMNS[case]
    with pytest.raises(pl.exceptions.SchemaError, match=f"{case}_columns="):
        pfc.read_fast_csv(source, schema=options["schema"])


def test_a_missing_column_is_null_and_no_empty_text() -> None:
    options: dict[str, Any] = {"missing_columns": "insert", "empty_string_is_null": False}
    frame = pfc.read_fast_csv(b"a\n1\n\n", schema={"a": pl.String, "b": pl.String}, **options)
    assert frame.rows() == [("1", None), ("", None)]
