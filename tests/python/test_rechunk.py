"""A frame in one piece holds what it holds in many."""

from __future__ import annotations

from typing import Any

import polars as pl
import polars_fast_csv as pfc
import pytest
from polars.testing import assert_frame_equal

ROWS = 1_000
FLAT: dict[str, Any] = {
    "i": pl.Int64,
    "small": pl.UInt8,
    "long": pl.Int128,
    "f": pl.Float64,
    "b": pl.Boolean,
    "text": pl.String,
    "bytes": pl.Binary,
    "day": pl.Date,
    "clock": pl.Time,
    "moment": pl.Datetime("us", "UTC"),
    "lapse": pl.Duration("ms"),
    "money": pl.Decimal(20, 2),
    "none": pl.Null,
}
OTHER: dict[str, Any] = {
    "category": pl.Categorical,
    "list": pl.List(pl.Int64),
    "struct": pl.Struct({"x": pl.Int64, "y": pl.String}),
}


def text(schema: dict[str, Any]) -> bytes:
    values = {
        "i": "{row}",
        "small": "7",
        "long": "1234567890123456789012345{row}",
        "f": "{row}.5",
        "b": "true",
        "text": "a text of {row} that is longer than twelve bytes",
        "bytes": "b{row}",
        "day": "2020-01-02",
        "clock": "10:30:00",
        "moment": "2020-01-02T10:30:00Z",
        "lapse": "{row}",
        "money": "{row}.25",
        "none": "",
        "category": "c{row}",
        "list": '"[1, {row}]"',
        "struct": '"{{""x"": {row}, ""y"": ""{row}""}}"',
    }
    # Every seventh value of each column is null, in other rows.
    cells = [
        ["" if (row + at) % 7 == 0 else values[name].format(row=row) for at, name in enumerate(schema)]
        for row in range(ROWS)
    ]
    return "\n".join([",".join(schema), *map(",".join, cells)]).encode()


@pytest.mark.parametrize("schema", [FLAT, FLAT | OTHER, {"i": pl.Int64}], ids=len)
@pytest.mark.parametrize(
    "options", [{}, {"n_threads": 1}, {"row_index_name": "row", "include_file_paths": "path"}], ids=str
)
def test_one_piece_holds_what_many_hold(schema: dict[str, Any], options: dict[str, Any]) -> None:
    read = {"schema": schema, "batch_size": 90, **options}
    many = pfc.read_fast_csv(text(schema), **read)
    one = pfc.read_fast_csv(text(schema), rechunk=True, **read)
    assert many.n_chunks() > 1
    assert set(one.n_chunks("all")) == {1}
    assert_frame_equal(one, many)


def test_what_has_no_rows_or_columns_is_in_one_piece() -> None:
    for options in ({}, {"n_rows": 0}, {"columns": []}):
        wanted = pfc.read_fast_csv(b"a,b\n1,x\n2,y\n", **options)
        assert_frame_equal(pfc.read_fast_csv(b"a,b\n1,x\n2,y\n", rechunk=True, **options), wanted)
