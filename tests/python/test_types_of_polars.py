"""Every type that Polars' reader takes in a schema, over texts of all kinds: the same frame, or an error in both."""

from __future__ import annotations

from typing import Any

import polars as pl
import polars_fast_csv as pfc
import pytest
from generation import POLARS_2
from polars.testing import assert_frame_equal

pytestmark = pytest.mark.skipif(not POLARS_2, reason="compared with the reader of Polars 2")

TYPES: list[Any] = [
    *(pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.Int128, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64, pl.Float32),
    *(pl.Float64, pl.Boolean, pl.String, pl.Date, pl.Time, pl.Datetime("ms"), pl.Datetime("us"), pl.Datetime("ns")),
    *(pl.Datetime("us", "UTC"), pl.Datetime("us", "Europe/Paris"), pl.Categorical, pl.Enum(["1", "x", "true", ""])),
    *(pl.Decimal(10, 2), pl.Decimal(38, 0), pl.Decimal(5, 5), pl.Decimal(None, 3)),
    *(getattr(pl, name) for name in ("UInt128", "Float16") if hasattr(pl, name)),
]
TEXTS = [
    *("0", "1", "-1", "+1", " 1", "1 ", "-0", "007", "127", "128", "-129", "65535", "9223372036854775808"),
    *("170141183460469231731687303715884105728", "-170141183460469231731687303715884105729"),
    *("340282366920938463463374607431768211455", "340282366920938463463374607431768211456"),
    *("1.5", "-2.25", ".5", "5.", "1e2", "1.50", "100000.00", "99999999.99", "123456789.12", "0.12345", "0.00001"),
    *("inf", "-inf", "NaN", "nan", "1,5", "abc", "x", "true", "FALSE", "yes", "NA"),
    *("2024-03-01", "2024-03-01T09:30:15", "2024-03-01 09:30:15", "2024-03-01T09:30:15Z"),
    *("2024-03-01T09:30:15+02:00", "2024-02-30", "09:30:15", "25:00:00"),
]
# What either reader takes and the other does not, or takes for something else; the README says why.
DIFFERENCES: set[tuple[str, str]] = {
    *((f"UInt{bits}", "-0") for bits in (8, 16, 32, 64, 128)),
    # Polars rounds the digits that a decimal has no place for.
    *(("Decimal(precision=10, scale=2)", text) for text in ("0.12345", "0.00001")),
    *(("Decimal(precision=38, scale=3)", text) for text in ("0.12345", "0.00001")),
    *(
        ("Decimal(precision=38, scale=0)", text)
        for text in ("1.5", "-2.25", ".5", "1.50", "99999999.99", "123456789.12", "0.12345", "0.00001")
    ),
}


def read(reader: Any, source: bytes, dtype: Any) -> pl.DataFrame | None:
    try:
        frame: pl.DataFrame = reader(source, schema={"a": dtype, "b": pl.Int64}, null_values=["NA"])
    except (pl.exceptions.PolarsError, ValueError):
        return None
    return frame


@pytest.mark.parametrize("dtype", TYPES, ids=str)
@pytest.mark.parametrize("quoted", [False, True])
def test_both_readers_take_the_same_texts(dtype: Any, quoted: bool) -> None:
    told = []
    for text in TEXTS:
        cell = f'"{text}"' if quoted or "," in text else text
        source = f"a,b\n{cell},1\n,2\n{cell},3\n".encode()
        wanted, got = read(pl.read_csv, source, dtype), read(pfc.read_fast_csv, source, dtype)
        if wanted is None or got is None:
            same = wanted is got
        else:
            try:
                assert_frame_equal(got, wanted, check_exact=True)
                same = True
            except AssertionError:
                same = False
        if same == ((str(dtype), text) in DIFFERENCES):
            told.append((text, *(None if frame is None else frame["a"].to_list() for frame in (wanted, got))))
    assert not told
