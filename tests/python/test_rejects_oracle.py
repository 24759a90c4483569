"""What is refused, beside what DuckDB's `reject_errors` says of the same files of the corpus."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import polars_fast_csv as pfc
import pytest
from corpus import ABSENT, FILES, HOME, name

duckdb = pytest.importorskip("duckdb")

REJECTS = FILES / "duckdb" / "data" / "csv" / "rejects"
CODES = {
    "CAST": "cast",
    "MISSING COLUMNS": "too_few_fields",
    "TOO MANY COLUMNS": "too_many_fields",
    "UNQUOTED VALUE": "stray_quote",
    "INVALID ENCODING": "invalid_utf8",
    "LINE SIZE OVER MAXIMUM": "line_too_long",
}
TYPES = {
    "BIGINT": pl.Int64,
    "DATE": pl.Date,
    "DOUBLE": pl.Float64,
    "INTEGER": pl.Int32,
    "TIME": pl.Time,
    "TIMESTAMP": pl.Datetime("us"),
    "VARCHAR": pl.String,
}
# A cell's own faults; the others are of a whole record.
CELLS = {"cast", "invalid_utf8"}
STRAYS = {"stray_quote", "unclosed_quote"}


class Fault(NamedTuple):
    """
    Where a reader found what.

    `row` is the line on which a record would stand if no record had more than one: so DuckDB counts.
    """

    file: str
    row: int
    column: int
    code: str


# DuckDB's faults with their bytes, and this reader's with what else a reject says.
Theirs = dict[Fault, int]
Ours = dict[Fault, dict[str, Any]]


def quoted(text: object) -> str:
    return "'" + str(text).replace("'", "''") + "'"


def read_by_duckdb(connection: Any, source: Path, columns: dict[str, str], **options: Any) -> Theirs:
    """The faults of files, each missing or surplus field's told once a record: the first one's."""
    connection.execute("drop table if exists reject_errors; drop table if exists reject_scans")
    # Nothing is left to guess, and no number of rejects is too many.
    options = {"delim": ",", "quote": '"', "escape": '"', "header": True, **options}
    given = [f"{option}={quoted(value) if isinstance(value, str) else value}" for option, value in options.items()]
    types = ", ".join(f"{quoted(column)}: {quoted(dtype)}" for column, dtype in columns.items())
    connection.execute(
        f"select * from read_csv({quoted(source)}, columns={{{types}}}, auto_detect=false, strict_mode=true, "
        f"null_padding=false, store_rejects=true, rejects_limit=0, {', '.join(given)})"
    ).fetchall()
    found = connection.execute(
        "select file_path, line, column_name, column_idx, error_type, byte_position, line_byte_position "
        "from reject_errors join reject_scans using (scan_id, file_id)"
    ).fetchall()
    faults: Theirs = {}
    firsts: dict[tuple[str, int, str], tuple[Fault, int]] = {}
    names = list(columns)
    for file, row, column_name, position, error, byte, line_byte in sorted(found, key=lambda each: (each[1], each[3])):
        code = CODES[error]
        # Positions count from 1 there. A surplus field's is its separator's, the byte before it, and so needs no step;
        # a record that lacks fields has its own place here; DuckDB gives the number of the field before a missing one.
        column = position if column_name is None else names.index(column_name) + 1
        at = {"too_many_fields": byte, "too_few_fields": line_byte - 1}.get(code, (byte or 0) - 1)
        fault = Fault(file, row, column, code)
        if code in CELLS:
            faults[fault] = at
        elif column < firsts.get((file, row, code), (fault, at))[0].column or (file, row, code) not in firsts:
            firsts[file, row, code] = (fault, at)
    faults.update(firsts.values())
    return faults


def read_by_us(source: Path, columns: dict[str, str], on_error: str, **options: Any) -> Ours:
    """The faults of files; that the lines are those of the bytes is looked up in these."""
    rejects = pfc.Rejects()
    pfc.read_fast_csv(
        source,
        schema={column: TYPES[dtype] for column, dtype in columns.items()},
        on_error=on_error,
        short_records="raise",
        strict_quotes=True,
        raise_if_empty=False,
        rejects=rejects,
        **options,
    )
    header = options.get("has_header", True)
    faults: Ours = {}
    for found in rejects.frame().rows(named=True):
        data = Path(found["file"]).read_bytes()
        assert found["line"] == data.count(b"\n", 0, found["byte"]) + 1
        code = "cast" if found["code"] == "overflow" else found["code"]
        faults[Fault(found["file"], found["record"] + header, found["column"] or 1, code)] = found
    return faults


def without_what_duckdb_takes(connection: Any, faults: Ours, columns: dict[str, str], separator: str = ",") -> Ours:
    """
    Leave out what DuckDB accepts and this reader refuses on purpose, each time as DuckDB says or the bytes show.

    Its casts take more texts: blanks around, `1.5` as a whole number. It passes over empty lines, which are records
    here as in Polars. It lets surplus fields go in silence where they are empty.
    """
    dtypes = list(columns.values())
    taken: set[tuple[str, str]] = set()
    for dtype in set(dtypes):
        asked = {
            each["value"]
            for fault, each in faults.items()
            if (fault.code, dtypes[min(fault.column, len(dtypes)) - 1]) == ("cast", dtype)
        }
        query = f"select text from (select unnest(?::varchar[]) as text) where try_cast(text as {dtype}) is not null"
        taken |= {(dtype, text) for (text,) in connection.execute(query, [list(asked)]).fetchall()} if asked else set()

    def refused_there_too(fault: Fault, found: dict[str, Any]) -> bool:
        if fault.code == "cast":
            return (dtypes[fault.column - 1], found["value"]) not in taken
        if fault.code == "too_many_fields":
            return bool(found["value"].strip(separator))
        return fault.code != "too_few_fields" or bool(found["raw"])

    return {fault: found for fault, found in faults.items() if refused_there_too(fault, found)}


def skipped(faults: Iterable[Fault]) -> set[Fault]:
    """Of a record that goes for its structure, the cells are not decoded, and so tell nothing."""
    faults = set(faults)
    gone = {fault[:2] for fault in faults if fault.code not in CELLS}
    return {fault for fault in faults if fault.code not in CELLS or fault[:2] not in gone}


@pytest.fixture(scope="module")
def connection() -> Any:
    with duckdb.connect() as connection:
        connection.execute("set threads=1")
        yield connection


ABCD = dict.fromkeys("abcd", "INTEGER")
OOGIE = {"name": "VARCHAR", "age": "INTEGER", "current_day": "DATE", " barks": "INTEGER"}
TEXT_AND_NUMBER = {"a": "VARCHAR", "b": "INTEGER"}
# The types of the files that DuckDB keeps for this, and what both readers are told besides.
KEPT: dict[str, dict[str, str]] = {
    "dr_who.csv": {
        "date": "DATE", "datetime": "TIMESTAMP", "time": "TIME", "timestamp": "TIMESTAMP", "time_tz": "TIME"
    },
    "flush.csv": {"number": "DOUBLE"},
    "frankstein/nightmare.csv": {"a": "INTEGER", "b": "INTEGER", "c": "VARCHAR"},
    "incorrect_columns/few_columns.csv": ABCD,
    "incorrect_columns/many_columns.csv": ABCD,
    "incorrect_columns/mix_columns.csv": ABCD,
    "incorrect_columns/small_mix.csv": ABCD,
    "maximum_line/max_10.csv": TEXT_AND_NUMBER,
    "maximum_line/over_vector.csv": TEXT_AND_NUMBER,
    "multiple_errors/cast_and_less_col.csv": OOGIE,
    "multiple_errors/cast_and_maxline.csv": OOGIE,
    "multiple_errors/cast_and_more_col.csv": OOGIE,
    "multiple_errors/invalid_utf_cast.csv": OOGIE,
    "multiple_errors/invalid_utf_less.csv": OOGIE,
    "multiple_errors/invalid_utf_max_line.csv": OOGIE,
    "multiple_errors/invalid_utf_more.csv": OOGIE,
    "multiple_errors/invalid_utf_unquoted.csv": {
        "name": "VARCHAR", "last_name": "VARCHAR", " age": "INTEGER", "current_day": "DATE", " barks": "INTEGER"
    },
    "multiple_errors/less_col_and_max_line.csv": OOGIE,
    "multiple_errors/more_col_and_max_line.csv": OOGIE,
    "multiple_errors/multiple_cast_implicit.csv": OOGIE,
    "multiple_errors/multiple_casts_flush.csv": {**dict(list(OOGIE.items())[:3]), " tomorrow": "DATE"},
    "multiple_errors/multiple_casts_mixed.csv": {**OOGIE, " barks": "DATE"},
    "multiple_errors/multiple_errors.csv": OOGIE,
    "multiple_errors/unquoted_cast.csv": OOGIE,
    "multiple_errors/unquoted_less.csv": OOGIE,
    "multiple_errors/unquoted_maxline.csv": OOGIE,
    "multiple_errors/unquoted_more.csv": OOGIE,
    "unquoted/basic.csv": TEXT_AND_NUMBER,
    "unquoted/unquoted_last_value.csv": {"a": "VARCHAR"},
    "unquoted/unquoted_new_line.csv": TEXT_AND_NUMBER,
}  # fmt: skip


@pytest.mark.skipif(not HOME.is_dir(), reason=ABSENT)
def test_no_file_kept_for_rejects_is_forgotten() -> None:
    assert sorted(KEPT) == sorted(path.relative_to(REJECTS).as_posix() for path in REJECTS.rglob("*.csv"))


def same_faults(connection: Any, theirs: Theirs, ours: Ours, columns: dict[str, str]) -> None:
    ours = without_what_duckdb_takes(connection, ours, columns)
    assert set(ours) == skipped(theirs)
    assert {fault: found["byte"] for fault, found in ours.items()} == {fault: theirs[fault] for fault in ours}


@pytest.mark.skipif(not HOME.is_dir(), reason=ABSENT)
@pytest.mark.parametrize("file", KEPT)
def test_the_files_kept_for_rejects(connection: Any, file: str) -> None:
    header = file != "unquoted/unquoted_last_value.csv"
    theirs = read_by_duckdb(connection, REJECTS / file, KEPT[file], header=header)
    ours = read_by_us(REJECTS / file, KEPT[file], "skip", has_header=header)
    if "last_value" in file:
        # Without a closing quote at the end this one has its own code here, where it begins as there.
        ours = {fault._replace(code="stray_quote"): found for fault, found in ours.items()}
    same_faults(connection, theirs, ours, KEPT[file])
    assert theirs or file.startswith("maximum_line/")


@pytest.mark.skipif(not HOME.is_dir(), reason=ABSENT)
def test_a_date_in_another_order(connection: Any) -> None:
    # Other than DuckDB this reader needs no format for it, and still refuses the same two.
    path, columns = REJECTS.parent / "error" / "flush_cast.csv", {"a": "DATE", "b": "VARCHAR"}
    theirs = read_by_duckdb(connection, path, columns, dateformat="%d-%m-%Y")
    assert [fault.row for fault in theirs] == [439, 2813]
    same_faults(connection, theirs, read_by_us(path, columns, "skip"), columns)


@pytest.mark.skipif(not HOME.is_dir(), reason=ABSENT)
def test_several_files_at_once(connection: Any) -> None:
    pattern = REJECTS / "incorrect_columns" / "*.csv"
    theirs = read_by_duckdb(connection, pattern, ABCD)
    assert len({fault.file for fault in theirs}) == 4
    same_faults(connection, theirs, read_by_us(pattern, ABCD, "skip"), ABCD)


def mixed_ends(data: bytes) -> bool:
    """Whether lines end in more than one way, or with a CR alone."""
    crlf, lf, cr = data.count(b"\r\n"), data.count(b"\n"), data.count(b"\r")
    return cr > crlf or 0 < crlf < lf


# Files of which the two tell different things; why, and what the bytes must show for that to be true.
ENDS = "DuckDB chooses one end of line, a CR alone among them, and refuses the others; here LF ends a line, CRLF or not"
AFTER_QUOTE = (
    "DuckDB takes the end of line into a field that has text after its closing quote, and the next line with it"
)
UNCLOSED = "DuckDB stops at a quote that never closes; here the next line is read, as the contract has it"
DIFFERENT: dict[str, tuple[str, Callable[[bytes], bool]]] = {
    **dict.fromkeys(
        (
            "csvlint/features/fixtures/cr-line-endings.csv",
            "csvlint/features/fixtures/inconsistent-line-endings-unquoted.csv",
            "csvlint/features/fixtures/inconsistent-line-endings.csv",
            "duckdb/data/csv/auto/multi_column_string_mix.csv",
            "duckdb/data/csv/auto/multi_column_string_mix_r_n.csv",
            "duckdb/data/csv/auto/multi_column_string_r.csv",
            "duckdb/data/csv/issue5077.csv",
            "duckdb/data/csv/issue5077_aligned.csv",
            "duckdb/data/csv/lineitem-carriage.csv",
            "duckdb/data/csv/mixed_new_line.csv",
            "duckdb/data/csv/mixed_new_line_2.csv",
            "duckdb/data/csv/multidelimiter/carriage_feed_newline.csv",
            "duckdb/data/csv/one_r_n_two.csv",
            "duckdb/data/csv/one_r_two.csv",
            "duckdb/data/csv/quoted_comment_buffer_boundary.csv",
            "duckdb/data/csv/repromarket.csv",
            "duckdb/data/csv/test/mixed_line_endings.csv",
            "duckdb/data/csv/test/new_line_string_rn_exc.csv",
            "zsv/data/test/crlf-2.csv",
        ),
        (ENDS, mixed_ends),
    ),
    "csvlint/features/fixtures/invalid_many_rows.csv": (AFTER_QUOTE, lambda data: b'" "\r\n' in data),
    "duckdb/data/csv/test/unterminated.csv": (UNCLOSED, lambda data: data.count(b'"') == 1),
}
# To be read when compression and other encodings are.
NOT_BUILT = {
    "duckdb/data/csv/encodings/only_utf16.csv",
    "duckdb/data/csv/encodings/utf16.csv",
    "duckdb/data/csv/invalid_utf8.csv",
    "duckdb/data/csv/test/test_comp.csv.gzz",
}


def swept() -> list[Any]:
    """Every small file of the corpus but those of fuzzers, which break quotes in ways on which no two readers agree."""
    if not HOME.is_dir():
        return [pytest.param(None, "", marks=pytest.mark.skip(reason=ABSENT))]
    entries = map(json.loads, (HOME / "consensus.jsonl").read_text(encoding="utf8").splitlines())
    return [
        pytest.param(path, entry["delim"], id=name(path))
        for entry in entries
        if "/afl/" not in entry["file"] and "/fuzz" not in entry["file"] and len(entry["delim"].encode()) == 1
        for path in (FILES / entry["file"],)
        if 0 < path.stat().st_size <= 50_000 and entry["file"] not in NOT_BUILT
    ]


@pytest.mark.parametrize(("path", "separator"), swept())
def test_all_files_as_numbers(connection: Any, path: Path, separator: str) -> None:
    """Read as whole numbers, and as wide as the first record, nearly every file of the corpus has faults."""
    options = {"has_header": False, "separator": separator}
    with pfc.open_csv(path, infer_schema=False, **options) as reader:
        width = len(reader.schema)
    columns = {f"c{at}": "BIGINT" for at in range(width)}
    try:
        theirs = set(read_by_duckdb(connection, path, columns, header=False, delim=separator))
    except duckdb.InvalidInputException:
        theirs = {Fault(str(path), 0, 0, "gave up")}
    every = without_what_duckdb_takes(connection, read_by_us(path, columns, "null", **options), columns, separator)
    # How strict each is about quotes is not what is compared here: such records may fall apart in two ways.
    strays = {fault.row for fault in {*theirs, *every} if fault.code in STRAYS}
    ours = {fault for fault in every if fault.row not in strays}
    theirs = {fault for fault in theirs if fault.row not in strays}
    if name(path) in DIFFERENT:
        _, shown = DIFFERENT[name(path)]
        assert shown(path.read_bytes())
        assert ours != theirs
    else:
        assert ours == theirs
        assert {each for each in skipped(every) if each.row not in strays} == skipped(theirs)
