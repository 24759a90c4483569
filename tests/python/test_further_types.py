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
DICTIONARY = pa.dictionary(pa.uint32(), pa.large_string())
DICTIONARY_IN_ORDER = pa.dictionary(pa.uint32(), pa.large_string(), ordered=True)
PAIR = pa.list_(pa.field("item", pa.float64()), 2)
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
    case(
        pl.Categorical,
        ["a", "", '""', '"a ""b"""', "a text that is longer than a view", "a", '"a"', "ä"],
        ["a", None, "", 'a "b"', "a text that is longer than a view", "a", "a", "ä"],
        DICTIONARY,
    ),
    case(pl.Categorical, ["a", "NA", "NAN", '"NA"'], ["a", None, "NAN", None], DICTIONARY, null_values=["NA"]),
    case(pl.Categorical, ["a", ""], ["a", ""], DICTIONARY, empty_string_is_null=False),
    case(pl.Enum(["y", "x", ""]), ["x", "", '""', "y", '"x"'], ["x", None, "", "y", "x"], DICTIONARY_IN_ORDER),
    case(
        pl.Enum([str(number) for number in range(300)]),
        ["299", "0", "", "7"],
        ["299", "0", None, "7"],
        DICTIONARY_IN_ORDER,
    ),
    case(
        pl.Binary,
        ["raw", "", '""', '"a ""b"""', "ä and more than twelve bytes", "0x00"],
        [b"raw", None, b"", b'a "b"', "ä and more than twelve bytes".encode(), b"0x00"],
        pa.large_binary(),
    ),
    case(
        pl.Binary,
        ["00ff", "", '""', "0xDE", "\\xbeef", "00" * 20],
        [b"\x00\xff", None, b"", b"\xde", b"\xbe\xef", bytes(20)],
        pa.large_binary(),
        binary_encoding="hex",
    ),
    case(
        pl.Binary,
        ["AP8=", "", "Zm9vYmFy", "Zg", "NA"],
        [b"\x00\xff", None, b"foobar", b"f", None],
        pa.large_binary(),
        binary_encoding={"a": "base64"},
        null_values="NA",
    ),
    case(
        pl.List(pl.Int64),
        ['"[1, 2, null]"', "[]", "", "null", "[-7]"],
        [[1, 2, None], [], None, None, [-7]],
        pa.large_list(pa.field("item", pa.int64())),
    ),
    case(pl.Array(pl.Float64, 2), ['"[1.5, -2]"', "", '"[null,0]"'], [[1.5, -2.0], None, [None, 0.0]], PAIR),
    case(
        pl.Struct({"id": pl.Int128, "day": pl.Date, "tags": pl.List(pl.Categorical), "e": pl.Enum(["x"])}),
        [
            '"{""id"": 7, ""day"": ""2024-03-01"", ""tags"": [""a"", ""b""], ""e"": ""x""}"',
            "{}",
            "",
            f'"{{""tags"":[null],""id"":""{INT128_MAX}""}}"',
        ],
        [
            {"id": 7, "day": dt.date(2024, 3, 1), "tags": ["a", "b"], "e": "x"},
            {"id": None, "day": None, "tags": None, "e": None},
            None,
            {"id": INT128_MAX, "day": None, "tags": [None], "e": None},
        ],
        pa.struct(
            [
                pa.field("id", pa.decimal256(39, 0)),
                pa.field("day", pa.date32()),
                pa.field("tags", pa.large_list(pa.field("item", DICTIONARY))),
                pa.field("e", DICTIONARY_IN_ORDER),
            ]
        ),
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
    (pl.Enum(["x", "y"]), "z", "cast", 'is not one of the 2 categories "x", "y"'),
    (pl.Enum([]), "z", "cast", "is not one of the 0 categories"),
    (pl.Enum([str(number) for number in range(20)]), "20", "cast", '"7", ...'),
    (pl.List(pl.Int8), "[1,300]", "cast", "300 does not fit Int8 at line 1 column"),
    (pl.List(pl.Int8), '["1"]', "cast", '"1" is not of type Int8'),
    (pl.List(pl.Int8), "{}", "cast", "is not a List(Int8)"),
    (pl.List(pl.Int8), "[1", "cast", "EOF while parsing a list"),
    (pl.Array(pl.Int8, 2), "[1]", "cast", "a list of another length than 2"),
    (pl.Struct({"a": pl.Int8}), '{"b":1}', "cast", 'the key "b" is not a field of the type'),
    (pl.Struct({"a": pl.Date}), '{"a":"2024-02-30"}', "cast", '"2024-02-30" is not of type Date'),
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


@pytest.mark.parametrize("encoding", ["hex", "base64"])
def test_bytes_that_no_digits_write_are_refused(encoding: Any) -> None:
    with pytest.raises(pfc.CsvError, match=r'line 3, .*"xyz!" is not a Binary'):
        pfc.read_fast_csv(b"a\n00ff\nxyz!\n", schema={"a": pl.Binary}, binary_encoding=encoding)
    invalid = pfc.read_fast_csv(b"a\n\xff\xfe\n", schema={"a": pl.Binary})
    assert invalid["a"].to_list() == [b"\xff\xfe"]


def test_an_encoding_of_bytes_is_checked_before_a_file_is_opened() -> None:
    with pytest.raises(ValueError, match="'raw' or 'hex' or 'base64'"):
        pfc.scan_fast_csv("never/opened.csv", binary_encoding="hexadecimal")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        pfc.scan_fast_csv("never/opened.csv", binary_encoding={"a": 16})  # type: ignore[dict-item]
    with pytest.raises(pl.exceptions.ColumnNotFoundError):
        pfc.scan_fast_csv(b"a\n1\n", binary_encoding={"b": "hex"})


def test_categories_that_are_no_text_are_refused() -> None:
    for dtype in (pl.Categorical, pl.Enum(["x"])):
        with pytest.raises(pfc.CsvError, match="invalid_utf8"):
            pfc.read_fast_csv(b"a\nx\n\xff\n", schema={"a": dtype})
    frame = pfc.read_fast_csv(b"a\nx\n\xff\n", schema={"a": pl.Categorical}, encoding="utf8-lossy")
    assert frame["a"].to_list() == ["x", "\ufffd"]


def test_many_categories_over_many_batches() -> None:
    words = [f"category number {row * 7919 % 5000}" if row % 3 else f"{row % 1000}" for row in range(60_000)]
    source = ("a\n" + "\n".join(words) + "\n").encode()
    wanted = pl.Series("a", words, dtype=pl.Categorical)
    for options in ({}, {"batch_size": 777, "n_threads": 3}):
        frame = pfc.read_fast_csv(source, schema={"a": pl.Categorical}, **options)
        assert_frame_equal(frame, wanted.to_frame())
    table = pfc.read_arrow(source, schema={"a": pl.Categorical}, batch_size=777)
    assert table["a"].to_pylist() == words
    assert list(table.to_pandas()["a"]) == words


def test_categories_of_a_name_are_those() -> None:
    named = pl.Categorical(pl.Categories("fruits", "market"))
    frame = pfc.read_fast_csv(b"a\napple\npear\n", schema={"a": named})
    assert frame.schema == {"a": named}
    assert frame["a"].to_list() == ["apple", "pear"]
    assert pfc.scan_fast_csv(b"a\napple\n", schema={"a": named}).collect_schema() == {"a": named}


@pytest.mark.parametrize("engine", ["in-memory", "streaming"])
def test_a_filter_over_categories_is_the_engines(engine: Any) -> None:
    source = b"a,n\nx,1\ny,2\nx,3\n,4\n"
    for dtype in (pl.Categorical, pl.Enum(["y", "x"])):
        scan = pfc.scan_fast_csv(source, schema={"a": dtype, "n": pl.Int64})
        assert scan.filter(pl.col("a") == "x").collect(engine=engine)["n"].to_list() == [1, 3]
        assert scan.filter(pl.col("a").is_in(["y"])).collect(engine=engine)["n"].to_list() == [2]
        assert scan.filter(pl.col("a").is_null()).collect(engine=engine)["n"].to_list() == [4]


@pytest.mark.parametrize(
    ("dtype", "error"),
    [
        (pl.Decimal(39, 2), ValueError),
        (pl.Decimal(5, 7), ValueError),
        (pl.Decimal, TypeError),
        (pl.List, TypeError),
        (pl.List(pl.Object), NotImplementedError),
        (pl.Struct({"a": pl.Decimal(39, 2)}), ValueError),
        (pl.Datetime("us", "Mars/Phobos"), pl.exceptions.ComputeError),
        (pl.Object, NotImplementedError),
        (pl.Unknown, NotImplementedError),
    ],
)
def test_what_is_no_type_of_a_column_is_refused_before_a_file_is_opened(dtype: Any, error: type[Exception]) -> None:
    for options in ({"schema": {"a": dtype}}, {"schema_overrides": {"a": dtype}}, {"schema_overrides": [dtype]}):
        with pytest.raises(error):
            pfc.scan_fast_csv("never/opened.csv", **options)
