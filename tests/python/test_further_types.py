"""Types beyond those of numbers, text and time of 64 bits: what is read, in which Arrow type, and what is refused."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import polars_fast_csv as pfc
import pyarrow as pa
import pytest
from polars.testing import assert_frame_equal
from ways import Refusal, assert_same, outcome, ways

INT128_MAX, UINT128_MAX = (1 << 127) - 1, (1 << 128) - 1


@dataclass(frozen=True)
class Case:
    """A type, cells of one column as they are written, their values, and the type in pyarrow."""

    dtype: Any
    texts: list[str]
    values: list[Any]
    arrow: pa.DataType
    options: dict[str, Any]

    def source(self) -> bytes:
        return ("n,a\n" + "".join(f"{row},{text}\n" for row, text in enumerate(self.texts))).encode()

    def frame(self) -> pl.DataFrame:
        return pl.DataFrame(
            {"n": range(len(self.values)), "a": self.values}, schema={"n": pl.Int64, "a": self.dtype}, strict=False
        )


def case(dtype: Any, texts: list[str], values: list[Any], arrow: pa.DataType, **options: Any) -> Any:
    return pytest.param(Case(dtype, texts, values, arrow, options), id=f"{dtype}-{texts[0]}"[:60])


def known(*names: str) -> list[Any]:
    """Those of some types that this Polars has."""
    return [getattr(pl, name) for name in names if hasattr(pl, name)]


HOUR = dt.timedelta(hours=1)
CASES = [
    case(
        pl.Int128,
        [
            "0",
            "-1",
            "",
            str(INT128_MAX),
            str(-INT128_MAX - 1),
            '"12345678901234567890123"',
            "+7",
            " 8",
            "00000000000000000009",
        ],
        [0, -1, None, INT128_MAX, -INT128_MAX - 1, 12345678901234567890123, 7, 8, 9],
        pa.decimal256(39, 0),
    ),
    case(pl.Int128, ["-170141183460469231731", ""], [-170141183460469231731, None], pa.decimal128(38, 0)),
    *(
        case(dtype, ["0", "", str(UINT128_MAX), str(1 << 127)], [0, None, UINT128_MAX, 1 << 127], pa.decimal256(39, 0))
        for dtype in known("UInt128")
    ),
    *(
        case(
            dtype,
            ["1.5", "-65504", "", "0.1", "1e-7", "inf", "65520", '"2.5"'],
            [1.5, -65504.0, None, 0.0999755859375, 1.1920928955078125e-07, float("inf"), float("inf"), 2.5],
            pa.float16(),
        )
        for dtype in known("Float16")
    ),
    case(
        pl.Decimal(10, 2),
        ["1.5", "-1.25", "", "2", "99999999.99", "1.500", "1e2", "12e-1", ".5", "5.", '"7.5"', " 1.5", "+3"],
        [
            *map(Decimal, ("1.50", "-1.25")),
            None,
            *map(Decimal, ("2.00", "99999999.99", "1.50", "100.00", "1.20", "0.50", "5.00", "7.50", "1.50", "3.00")),
        ],
        pa.decimal128(10, 2),
    ),
    case(
        pl.Decimal(38, 0),
        ["9" * 38, "-" + "9" * 38],
        [Decimal("9" * 38), Decimal("-" + "9" * 38)],
        pa.decimal128(38, 0),
    ),
    case(pl.Decimal(38, 38), ["0." + "1" * 38, "0"], [Decimal("0." + "1" * 38), Decimal(0)], pa.decimal128(38, 38)),
    case(
        pl.Decimal(6, 3),
        ['"1,25"', '"-,5"'],
        [Decimal("1.250"), Decimal("-0.500")],
        pa.decimal128(6, 3),
        decimal_comma=True,
    ),
    case(
        pl.Duration("us"),
        ["PT1H", "-PT1H", "P1DT2H", "PT0.5S", "", "3600000000", "-1", '"P1W"'],
        [HOUR, -HOUR, 26 * HOUR, dt.timedelta(milliseconds=500), None, HOUR, dt.timedelta(microseconds=-1), 168 * HOUR],
        pa.duration("us"),
    ),
    case(pl.Duration("ms"), ["5", "PT0.005S"], [dt.timedelta(milliseconds=5)] * 2, pa.duration("ms")),
    case(pl.Duration("ns"), ["PT0.000005S"], [dt.timedelta(microseconds=5)], pa.duration("ns")),
    case(
        pl.Datetime("us", "Europe/Paris"),
        ["2024-03-31T00:30:00Z", "2024-03-31T03:30:00+02:00", "2024-03-31 01:30:00", ""],
        [dt.datetime(2024, 3, 31, hour, 30, tzinfo=dt.UTC) for hour in (0, 1, 1)] + [None],
        pa.timestamp("us", "Europe/Paris"),
    ),
]


@pytest.mark.parametrize("case", CASES)
def test_a_type_is_read_alike_in_every_way(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "cells.csv"
    path.write_bytes(case.source())
    wanted = case.frame()
    overridden = pfc.read_fast_csv(path, schema_overrides={"a": case.dtype}, **case.options)
    assert_frame_equal(overridden, wanted)
    by_position = pfc.read_fast_csv(path, schema_overrides=[pl.Int64, case.dtype], **case.options)
    assert_frame_equal(by_position, wanted)
    for name, read in ways(path, schema={"n": pl.Int64, "a": case.dtype}, **case.options):
        assert_same(outcome(read), wanted, name)


@pytest.mark.parametrize("case", CASES)
def test_pyarrow_gets_what_it_knows(case: Case) -> None:
    table = pfc.read_arrow(case.source(), schema={"n": pl.Int64, "a": case.dtype}, batch_size=2, **case.options)
    assert table.schema.field("a").type == case.arrow
    table.validate(full=True)
    got = [None if value is None else value for value in table["a"].to_pylist()]
    assert got == pl.DataFrame(case.frame())["a"].to_list()


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
def test_filters_and_other_columns_leave_it_as_it_is(case: Case, engine: Any) -> None:
    wanted = case.frame()
    scan = pfc.scan_fast_csv(case.source(), schema={"n": pl.Int64, "a": case.dtype}, batch_size=2, **case.options)
    last = pl.col("n") == len(case.values) - 1
    assert_frame_equal(scan.filter(last).collect(engine=engine), wanted.filter(last))
    present = pl.col("a").is_not_null()
    assert_frame_equal(scan.filter(present).select("a").collect(engine=engine), wanted.filter(present).select("a"))
    assert_frame_equal(scan.tail(2).collect(engine=engine), wanted.tail(2))


REFUSED = [
    (pl.Int128, str(INT128_MAX + 1), "overflow", "does not fit Int128"),
    (pl.Int128, "1.0", "cast", "is not an Int128"),
    *((dtype, "-1", "overflow", "does not fit UInt128") for dtype in known("UInt128")),
    *((dtype, str(UINT128_MAX + 1), "overflow", "does not fit UInt128") for dtype in known("UInt128")),
    *((dtype, "1.5x", "cast", "is not a Float16") for dtype in known("Float16")),
    (pl.Decimal(5, 2), "1.555", "cast", "has more than 2 digits behind the mark of Decimal(5, 2)"),
    (pl.Decimal(5, 2), "1e-3", "cast", "has more than 2 digits behind the mark of Decimal(5, 2)"),
    (pl.Decimal(5, 2), "1000", "overflow", "does not fit Decimal(5, 2)"),
    (pl.Decimal(5, 2), "inf", "cast", "is not a Decimal(5, 2)"),
    (pl.Duration("ms"), "PT0.0005S", "cast", 'is not a Duration("ms")'),
    (pl.Duration("ms"), "P1Y", "cast", 'is not a Duration("ms")'),
    (pl.Duration("ns"), "P999999W", "overflow", 'does not fit Duration("ns")'),
]


@pytest.mark.parametrize(("dtype", "text", "code", "expected"), REFUSED)
def test_what_is_no_value_is_told_nulled_or_skipped(
    dtype: Any, text: str, code: str, expected: str, tmp_path: Path
) -> None:
    path = tmp_path / "cells.csv"
    quoted = '"' + text.replace('"', '""') + '"' if re.search('[",]', text) else text
    path.write_text(f"n,a\n1,\n2,{quoted}\n3,\n")
    schema = {"n": pl.Int64, "a": dtype}
    with pytest.raises(pfc.CsvError) as caught:
        pfc.read_fast_csv(path, schema=schema)
    error = caught.value
    assert (error.code, error.line, error.record, error.column_name) == (code, 3, 2, "a")
    assert error.value == text
    assert expected in str(error)
    wanted = outcome(lambda: pfc.read_fast_csv(path, schema=schema))
    assert isinstance(wanted, Refusal)
    for name, read in ways(path, schema=schema):
        assert_same(outcome(read), wanted, name)
    for on_error, rows in (("null", [1, 2, 3]), ("skip", [1, 3])):
        rejects = pfc.Rejects()
        frame = pfc.read_fast_csv(path, schema=schema, on_error=on_error, rejects=rejects)
        assert frame.schema["a"] == dtype
        assert frame["n"].to_list() == rows
        assert frame["a"].null_count() == len(rows)
        (reject,) = rejects.frame().select("line", "code", "value", "expected", "action").rows()
        assert reject[:3] == (3, code, text)
        assert expected in reject[3]
        assert reject[4] == on_error


def test_a_decimal_without_precision_has_38_digits() -> None:
    frame = pfc.read_fast_csv(b"a\n1.25\n", schema={"a": pl.Decimal(None, 3)})
    assert frame.schema == {"a": pl.Decimal(38, 3)}
    assert frame["a"].to_list() == [Decimal("1.250")]


def test_integers_beyond_64_bits_are_inferred() -> None:
    large = 1 << 63
    assert pfc.read_fast_csv(f"a\n1\n{large}\n-{large + 1}\n".encode())["a"].to_list() == [1, large, -large - 1]
    assert pfc.scan_fast_csv(f"a\n{INT128_MAX}\n".encode()).collect_schema() == {"a": pl.Int128}
    assert pfc.read_fast_csv(f"a\n{INT128_MAX + 1}\n".encode()).schema == {"a": pl.String}
    assert pfc.read_fast_csv(f"a\n{large}\n1.5\n".encode()).schema == {"a": pl.Float64}
    late = "a,b\n" + "1,x\n" * 100_000 + f"{large},x\n" + "1,x\n" * 100_000
    assert pfc.read_fast_csv(late.encode())["a"].max() == large


def test_a_stream_gives_decimals_for_integers_of_128_bits() -> None:
    source = f"a\n{10**37}\n{INT128_MAX}\n".encode()
    with pfc.open_csv(source, schema={"a": pl.Int128}) as reader:
        assert pa.schema(reader) == pa.schema([("a", pa.decimal128(38, 0))])
    with pfc.open_csv(source, schema={"a": pl.Int128}) as reader, pytest.raises(pa.ArrowException, match="decimal256"):
        pa.table(reader)
    for wanted in (pa.decimal256(39, 0), pa.decimal256(50, 0)):
        with pfc.open_csv(source, schema={"a": pl.Int128}) as reader:
            capsule = reader.__arrow_c_stream__(pa.schema([("a", wanted)]).__arrow_c_schema__())
            table = pa.RecordBatchReader._import_from_c_capsule(capsule).read_all()
        assert table.schema.field("a").type == wanted
        assert [int(value) for value in table["a"].to_pylist()] == [10**37, INT128_MAX]


@pytest.mark.parametrize(
    ("dtype", "error"),
    [
        (pl.Decimal(39, 2), ValueError),
        (pl.Decimal(5, 7), ValueError),
        (pl.Decimal, TypeError),
        (pl.List, TypeError),
        (pl.Datetime("us", "Mars/Phobos"), pl.exceptions.ComputeError),
        (pl.Object, NotImplementedError),
        (pl.Unknown, NotImplementedError),
    ],
)
def test_what_is_no_type_of_a_column_is_refused_before_a_file_is_opened(dtype: Any, error: type[Exception]) -> None:
    for options in ({"schema": {"a": dtype}}, {"schema_overrides": {"a": dtype}}, {"schema_overrides": [dtype]}):
        with pytest.raises(error):
            pfc.scan_fast_csv("never/opened.csv", **options)
