"""Escapes, longer separators, mixed line ends and trimming, on every way to read, and as other readers have them."""

from __future__ import annotations

import csv
import io
import random
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd
import polars as pl
import polars_fast_csv as pfc
import pyarrow as pa
import pytest
from polars.testing import assert_frame_equal
from pyarrow import csv as pa_csv
from ways import assert_same, outcome, ways

if TYPE_CHECKING:
    from pathlib import Path

Rows = list[tuple[Any, ...]]
ESCAPE: dict[str, Any] = {"escape_char": "\\"}
ANY: dict[str, Any] = {"eol_char": "any"}
TRIM: dict[str, Any] = {"trim_whitespace": True}

CASES: dict[str, tuple[bytes, dict[str, Any], Rows]] = {
    "escaped separator": (b"a,b\nx\\,y,z\n", ESCAPE, [("x,y", "z")]),
    "escaped quote inside quotes": (b'a,b\n"x\\"y, z",z\n', ESCAPE, [('x"y, z', "z")]),
    "escaped quote outside quotes": (b'a,b\n\\"x\\",12\\" y\n', ESCAPE, [('"x"', '12" y')]),
    "doubled quote beside escapes": (b'a\n"x""y\\"\\\\"\n', ESCAPE, [('x"y"\\',)]),
    "escaped line ends": (b'a,b\nx\\\ny,"z\\\nz"\n', ESCAPE, [("x\ny", "z\nz")]),
    "escaped escapes": (b"a,b\nx\\\\,\\\\\n", ESCAPE, [("x\\", "\\")]),
    "escape before a letter": (b'a,b\n\\n,"\\t"\n', ESCAPE, [("n", "t")]),
    "escaped CR before a newline": (b"a,b\r\nx,y\\\r\n", ESCAPE, [("x", "y\r")]),
    "escaped CRLF": (b"a,b\r\nx\\\r\\\ny,z\r\n", ESCAPE, [("x\r\ny", "z")]),
    "escape at the end": (b"a,b\nx,y\\", ESCAPE, [("x", "y\\")]),
    "escaped numbers": (b"a,b\n\\1,2\\5\n", ESCAPE, [(1, 25)]),
    "escaped header": (b'a\\,b,"c\\"d"\n1,2\n', {**ESCAPE, "new_columns": None}, [(1, 2)]),
    "null word as written": (
        b'a,b\n\\N,1\nN,2\n"\\N",3\n',
        {**ESCAPE, "null_values": "\\N"},
        [(None, 1), ("N", 2), ("N", 3)],
    ),
    "another escape": (b"a,b\nx^,y,z^^\n", {"escape_char": "^"}, [("x,y", "z^")]),
    "escape of a digit": (b"a,b\n12,13\n", {"escape_char": "1"}, [(2, 3)]),
    "the quote as escape": (b'a,b\n"x""y",z\n', {"escape_char": '"'}, [('x"y', "z")]),
    "escape without quotes": (b'a,b\n"x\\,y",z\n', {**ESCAPE, "quote_char": None}, [('"x,y"', "z")]),
    "escape before a longer separator": (b"a||b\nx\\||y|z||1\n", {**ESCAPE, "separator": "||"}, [("x||y|z", 1)]),
    "two bytes": (b"a||b||c\n1||x|y||\n|||z|||\n", {"separator": "||"}, [(1, "x|y", None), (None, "|z", "|")]),
    "quoted beside two bytes": (b'a::b\n"x::y"::"z"\n"p"q::r\n', {"separator": "::"}, [("x::y", "z"), ("pq", "r")]),
    "UTF-8": ('a§b\nx§y\n"§"§Â\n'.encode(), {"separator": "§"}, [("x", "y"), ("§", "Â")]),
    "eight bytes": (b"a<->.<->b\n1<->.<->2\n<->.<3<->.<->4\n", {"separator": "<->.<->"}, [("1", 2), ("<->.<3", 4)]),
    "longer separator and CRLF": (b"a, b\r\n1, x\r\n2, \r\n", {"separator": ", "}, [(1, "x"), (2, None)]),
    "lone CRs": (b"a,b\r1,x\r2,y\r", ANY, [(1, "x"), (2, "y")]),
    "line ends mixed": (b"a,b\r1,x\n2,y\r\n3,z\r4,w", ANY, [(1, "x"), (2, "y"), (3, "z"), (4, "w")]),
    "blank lines of CRs": (b"a,b\r\r1,x\r\r\n2,y", ANY, [(None, None), (1, "x"), (None, None), (2, "y")]),
    "CRs inside quotes": (b'a,b\r"x\ry",1\r"p\r\nq","2"\r\n', ANY, [("x\ry", 1), ("p\r\nq", 2)]),
    "comments and CRs": (b"#1\ra\r#2\r\n1\r#3\n2\r#", {**ANY, "comment_prefix": "#"}, [(1,), (2,)]),
    "lone CRs are text": (b"a,b\n1\r,x\ry\n", {}, [("1\r", "x\ry")]),
    "blanks around": (b"a, b ,c\n 1,\tx y ,\t2.5 \t\n", TRIM, [(1, "x y", 2.5)]),
    "nothing but blanks": (b"a,b\n , 1\nx,\t\n", TRIM, [(None, 1), ("x", None)]),
    "blanks before a quote": (b'a,b,c\n1, "x, y" ,"z"\t\r\n2, " p ", q\r\n', TRIM, [(1, "x, y", "z"), (2, " p ", "q")]),
    "a header of blanks and quotes": (b' a , "b, c" \n1,2\n', TRIM, [(1, 2)]),
    "null words behind blanks": (b"a,b\n NA ,1\n", {**TRIM, "null_values": "NA"}, [(None, 1)]),
    "text behind a quote": (b'a,b\n"x" y ,z\n', TRIM, [("x y", "z")]),
    "other white space stays": ("a,b\n\u00a0x,\u2003y\n".encode(), TRIM, [("\u00a0x", "\u2003y")]),
    "tabs between": (b"a\tb\n x \t y\n", {**TRIM, "separator": "\t"}, [("x", "y")]),
    "bars with blanks": (b"a | b\n x | y \n", {**TRIM, "separator": "|"}, [("x", "y")]),
    "escaped blanks": (b"a,b\nx\\ ,\\ y\n", {**TRIM, **ESCAPE}, [("x ", " y")]),
    "quotes behind blanks are text": (b'a,b\n "x", y\n', {}, [(' "x"', " y")]),
    "quote of another byte": (b"a,b\n'x,y',z\n", {"quote_char": "'"}, [("x,y", "z")]),
    "long comment": (b"a\n--- x\n1\n-- 2\n", {"comment_prefix": "--- "}, [("1",), ("-- 2",)]),
    "all at once": (
        b'a|| b ||c\r1|| "x||\ry" ||z\\||\n#no\r\n2||\t||"w"\r',
        {**ESCAPE, **ANY, **TRIM, "separator": "||", "comment_prefix": "#"},
        [(1, "x||\ry", "z||"), (2, None, "w")],
    ),
}


@pytest.mark.parametrize(("data", "options", "rows"), CASES.values(), ids=CASES)
def test_every_way(tmp_path: Path, data: bytes, options: dict[str, Any], rows: Rows) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(data)
    wanted = pfc.read_fast_csv(path, **options)
    assert wanted.rows() == rows
    for name, read in ways(path, schema=dict(wanted.schema), **options):
        assert_frame_equal(read(), wanted), name
    dialect = {name: value for name, value in options.items() if name not in ("null_values", "new_columns")}
    assert pfc.count_rows(path, **dialect) == len(rows)
    assert pfc.scan_fast_csv(path, **options).tail(1).collect().rows() == rows[-1:]
    assert pfc.scan_fast_csv(path, row_index_name="i", **options).select("i").collect().rows() == [
        (row,) for row in range(len(rows))
    ]


def test_names_of_headers() -> None:
    assert pfc.read_fast_csv(b'a\\,b,"c\\"d"\n1,2\n', escape_char="\\").columns == ["a,b", 'c"d']
    assert pfc.read_fast_csv(b' a , "b, c" \n1,2\n', trim_whitespace=True).columns == ["a", "b, c"]


def test_blank_lines_before_the_header() -> None:
    assert pfc.read_fast_csv(b"\r\r\n \t\ra\r1", **ANY, **TRIM).rows() == [(1,)]


PIECES: dict[str, tuple[list[str], dict[str, Any]]] = {
    "escapes": (["x", "1", ",", "\n", '"a\\"b"', "\\,", "\\\n", "\\\\", '"x\n"', '\\"', "\r\n"], ESCAPE),
    "any": (["x", "1", ",", "\n", "\r", "\r\n", '"\r"', '"a\r\nb"', "\r\r"], ANY),
    "trim": (["x", "1", ",", "\n", " ", "\t", ' "a, b" ', '" c "', "\r\n", ' "d"e '], TRIM),
    "long": (["x", "1", "||", "|", "\n", '"a||b"', "||||", "\r\n"], {"separator": "||"}),
    "all": (
        ["x", "1", "||", "|", "\n", "\r", '"a||b"', " ", "\\", '"', ' "c" ', "#", "\r\n"],
        {**ESCAPE, **ANY, **TRIM, "separator": "||", "comment_prefix": "#", "on_error": "null"},
    ),
}


@pytest.mark.parametrize("name", PIECES)
def test_any_text_reads_alike_on_every_way(tmp_path: Path, name: str) -> None:
    pieces, options = PIECES[name]
    chance = random.Random(name)
    path = tmp_path / "x.csv"
    for _ in range(8):
        text = "".join(chance.choices(pieces, k=chance.randrange(400)))
        path.write_bytes(text.encode())
        options = {**options, "has_header": False, "truncate_ragged_lines": True, "raise_if_empty": False}
        options["schema"] = {"a": pl.String, "b": pl.String, "c": pl.String}
        (_, first), *others = ways(path, **options)
        wanted = outcome(first)
        assert isinstance(wanted, pl.DataFrame) or wanted.kind == "CsvError", text
        for way, read in others:
            assert_same(outcome(read), wanted, f"{way}: {text!r}")


FIELDS = ["x", "", "a b", "p,q", 'p"q', '"', "back\\slash", "\\", "two\nlines", " lead", "trail ", "é", "#"]


def escaped_file(quoting: int, rows: int = 200) -> tuple[list[list[str]], bytes]:
    """A file as Python's csv writes it with escapes, and what it holds."""
    chance = random.Random(quoting)
    table = [[chance.choice(FIELDS) for _ in range(3)] for _ in range(rows)]
    text = io.StringIO()
    writer = csv.writer(text, escapechar="\\", doublequote=False, quoting=quoting, lineterminator="\n")  # type: ignore[arg-type]
    writer.writerows(table)
    return table, text.getvalue().encode()


@pytest.mark.parametrize("quoting", [csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONE])
def test_as_python_writes_escapes(quoting: int) -> None:
    table, data = escaped_file(quoting)
    options: Any = {"escape_char": "\\", "has_header": False, "empty_string_is_null": False, "infer_schema": False}
    assert pfc.read_fast_csv(data, **options).rows() == [tuple(row) for row in table]


def regular_lines(chance: random.Random) -> str:
    """Records of two fields in which quotes open and close whole fields and escapes have something behind them."""

    def field() -> str:
        text = "".join(chance.choice(["a", "1", "\\,", '\\"', "\\\\", "\\n", " ", "é", "\\\n"]) for _ in range(5))
        return f'"{text}, ""{text}"' if chance.random() < 0.5 else f"x{text}"

    return "".join(f"{field()},{field()}\n" for _ in range(50))


@pytest.mark.parametrize("seed", range(5))
def test_escapes_mean_what_they_do_elsewhere(seed: int) -> None:
    text = regular_lines(random.Random(seed))
    names: Any = {"has_header": False, "infer_schema": False}
    ours = pfc.read_fast_csv(text.encode(), escape_char="\\", **names).rows()
    by_csv = csv.reader(io.StringIO(text, newline=""), escapechar="\\", doublequote=True)
    assert ours == [tuple(row) for row in by_csv]
    by_pandas = pd.read_csv(io.StringIO(text), escapechar="\\", header=None, dtype=str, keep_default_na=False)
    assert ours == list(by_pandas.itertuples(index=False, name=None))
    by_arrow = pa_csv.read_csv(
        pa.BufferReader(text.encode()),
        read_options=pa_csv.ReadOptions(autogenerate_column_names=True, use_threads=False),
        parse_options=pa_csv.ParseOptions(escape_char="\\", newlines_in_values=True),
        convert_options=pa_csv.ConvertOptions(column_types={"f0": pa.string(), "f1": pa.string()}),
    )
    assert ours == list(zip(*by_arrow.to_pydict().values(), strict=True))


@pytest.mark.parametrize("separator", ["||", "::", "§", "|-|", "==>"])
def test_longer_separators_as_elsewhere(tmp_path: Path, separator: str) -> None:
    chance = random.Random(separator)
    words = ["x", "", "12", "a b", '"q"', f'"in {separator} side"', '"two\nlines"', "-", "|x", "é"]
    rows = [[chance.choice(words) for _ in range(4)] for _ in range(300)]
    path = tmp_path / "x.csv"
    path.write_text("".join(separator.join(row) + "\n" for row in rows))
    ours = pfc.read_fast_csv(
        path, separator=separator, has_header=False, infer_schema=False, empty_string_is_null=False
    )
    assert ours.rows() == [tuple(word.strip('"') for word in row) for row in rows]
    if len(separator.encode()) <= 4:
        by_duckdb = duckdb.read_csv(
            str(path), sep=separator, header=False, all_varchar=True, quotechar='"', escapechar='"', strict_mode=False
        )
        assert [tuple(value or "" for value in row) for row in by_duckdb.fetchall()] == ours.rows()


@pytest.mark.parametrize("seed", range(3))
def test_line_ends_as_python_splits_them(seed: int) -> None:
    chance = random.Random(seed)
    text = "".join(f"{row},x{row % 7}" + chance.choice(["\r", "\n", "\r\n"]) for row in range(400))
    ours = pfc.read_fast_csv(text.encode(), has_header=False, eol_char="any")
    assert ours.rows() == [(int(row[0]), row[1]) for row in csv.reader(io.StringIO(text, newline=""))]
    assert ours.rows() == list(
        pd.read_csv(io.StringIO(text, newline=""), header=None).itertuples(index=False, name=None)
    )


def test_rejects_show_fields_as_they_are_written() -> None:
    rejects = pfc.Rejects()
    data = b"a,b\r1,2\r\n \\x ,3\r4,5, 6\\,7 \n8"
    options: Any = {**ESCAPE, **ANY, **TRIM, "on_error": "null", "rejects": rejects}
    frame = pfc.read_fast_csv(data, schema={"a": pl.Int64, "b": pl.Int64}, **options)
    assert frame.rows() == [(1, 2), (None, 3), (4, 5), (8, None)]
    found = rejects.frame().select("record", "line", "byte", "code", "value", "raw").rows()
    assert found == [
        (2, 3, 10, "cast", "x", " \\x ,3"),
        (3, 4, 20, "too_many_fields", " 6\\,7 ", "4,5, 6\\,7 "),
        (4, 5, 27, "too_few_fields", "8", "8"),
    ]


def test_an_error_tells_the_dialect() -> None:
    with pytest.raises(pfc.CsvError, match='eol_char="any", trim_whitespace=True') as told:
        pfc.read_fast_csv(b"a\r1\rx\r", schema={"a": pl.Int64}, **ESCAPE, **ANY, **TRIM)
    assert (told.value.line, told.value.record, told.value.byte) == (3, 2, 4)


def test_strict_quotes_take_escapes_and_blanks() -> None:
    data = b'a,b\n\\"x, "y" \n'
    assert pfc.read_fast_csv(data, strict_quotes=True, **ESCAPE, **TRIM).rows() == [('"x', "y")]
    with pytest.raises(pfc.CsvError, match="stray_quote"):
        pfc.read_fast_csv(data, strict_quotes=True, **ESCAPE)
