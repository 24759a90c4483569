"""The command `fast-csv`: every subcommand, its exit status, what it writes where, and what it leaves behind."""

from __future__ import annotations

import gzip
import io
import json
import os
import pty
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import polars as pl
import polars_fast_csv as pfc
import pytest
from generation import polars2
from polars.testing import assert_frame_equal
from polars_fast_csv._command import main
from polars_fast_csv._command.arguments import SUBCOMMANDS, parsed
from polars_fast_csv._command.flags import FLAGS, options_of
from polars_fast_csv._command.progress import Bar
from polars_fast_csv._command.types import type_of, types_of
from polars_fast_csv._options import CsvOptions

TEXT = 'id,price,name,day\n1,9.5,a,2024-01-31\n2,10.25,"b, c",\n3,,"two\nlines",2024-02-29\n'
ROWS = [
    {"id": 1, "price": 9.5, "name": "a", "day": "2024-01-31"},
    {"id": 2, "price": 10.25, "name": "b, c", "day": None},
    {"id": 3, "price": None, "name": "two\nlines", "day": "2024-02-29"},
]
COMMAND = [sys.executable, "-m", "polars_fast_csv"]


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "trades.csv"
    path.write_text(TEXT)
    return str(path)


class Said:
    """What the command wrote and how it ended."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: object) -> Said:
        capsys.readouterr()
        status = main([str(each) for each in arguments])
        return Said(status, *capsys.readouterr())

    return run


def spawn(*arguments: str, data: bytes = b"", **environment: str) -> Said:
    ran = subprocess.run(
        [*COMMAND, *arguments], input=data, capture_output=True, timeout=120, env=os.environ | environment
    )
    return Said(ran.returncode, ran.stdout.decode(), ran.stderr.decode())


def test_sniff(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "unknown.txt"
    path.write_text("# from the till\nitem;price\n'mouse; grey';9.5\npen;1\n")
    said = run("sniff", path)
    assert (said.status, said.err) == (0, "")
    assert re.search(r"^separator +';'$", said.out, re.MULTILINE)
    assert re.search(r"^item +String$", said.out, re.MULTILINE)
    code = said.out[said.out.index("pfc.read_fast_csv(") :]
    assert_frame_equal(eval(code, {"pfc": pfc, "pl": pl}), pfc.read_fast_csv(path, **pfc.sniff(path).options))
    (found,) = run("sniff", path, "--json").lines
    assert (found["separator"], found["quote_char"], found["comment_prefix"]) == (";", "'", "#")
    assert found["schema"] == {"item": "String", "price": "Float64"}
    assert found["code"] == code.rstrip("\n")
    assert 0 < found["confidence"] <= 1
    (told,) = run("sniff", path, "--json", "--quote-char", "").lines
    assert told["quote_char"] is None


def test_head(run: Any, file: str) -> None:
    said = run("head", file)
    assert (said.status, said.err) == (0, "")
    assert "b, c" in said.out
    assert "two\\nlines" in said.out, "a cell is one line of the table"
    assert run("head", file, "--json").lines == ROWS
    assert run("head", file, "--json", "-n", 2).lines == ROWS[:2]
    assert run("head", file, "--json", "-n", 0).out == ""
    picked = run("head", "--columns", "price,id", "--json", file, "--where", "price > 9.5")
    assert picked.lines == [{"price": 10.25, "id": 2}]
    assert list(picked.lines[0]) == ["price", "id"]


def test_head_shows_every_column_and_the_rows_that_were_asked_for(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(",".join(f"c{at}" for at in range(60)) + "\n" + (",".join("v" * 60) + "\n") * 40)
    said = run("head", path, "-n", 30)
    assert all(f"c{at}" in said.out for at in range(60))
    assert sum("v" in line for line in said.out.splitlines()) == 30


def test_json_is_exact_and_strict(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "types.csv"
    path.write_text(
        "i,f,d,t,n,b,x\n170141183460469231731687303715884105727,NaN,1.10,2024-01-01T00:00:00.123456789,,true,é\n"
    )
    types = "i=Int128,d=Decimal(10, 2),t=Datetime('ns')"
    (row,) = run("head", path, "--json", "--types", types).lines
    assert row["i"] == 2**127 - 1
    assert (row["f"], row["d"], row["n"], row["b"], row["x"]) == ("NaN", "1.10", None, True, "é")
    assert row["t"] == "2024-01-01T00:00:00.123456789"


def test_count(run: Any, file: str, tmp_path: Path) -> None:
    said = run("count", file)
    assert (said.status, said.out, said.err) == (0, "3\n", "")
    assert run("count", file, "--json").lines == [{"rows": 3}]
    assert run("count", file, "--no-header").out == "4\n"
    assert run("count", file, file).out == "6\n"
    assert run("count", file, "--header", file).out == "6\n", "flags may stand between sources"
    assert run("count", file, "--where", "price IS NULL").out == "1\n"
    assert run("count", file, "--n-rows", 2).out == "2\n"
    assert run("count", tmp_path / "*.csv").out == "3\n"
    assert run("count", tmp_path).out == "3\n"


def test_schema(run: Any, file: str) -> None:
    said = run("schema", file)
    assert (said.status, said.err) == (0, "")
    assert [line.split() for line in said.out.splitlines()] == [
        ["id", "Int64"], ["price", "Float64"], ["name", "String"], ["day", "String"]
    ]  # fmt: skip
    (types,) = run("schema", file, "--json", "--try-parse-dates").lines
    assert types == {"id": "Int64", "price": "Float64", "name": "String", "day": "Date"}
    again = ",".join(f"{name}={dtype}" for name, dtype in types.items())
    assert run("schema", file, "--json", "--schema", again).lines == [types], "what is printed can be given back"


@pytest.mark.parametrize("sources", ["compressed", "pipe", "stdin"])
def test_every_kind_of_source(sources: str, file: str, run: Any, tmp_path: Path) -> None:
    if sources == "compressed":
        path = tmp_path / "trades.csv.gz"
        path.write_bytes(gzip.compress(TEXT.encode()))
        said = run("head", "--json", path)
    elif sources == "pipe":
        path = tmp_path / "pipe"
        os.mkfifo(path)
        with subprocess.Popen(["sh", "-c", f"cat {shlex.quote(file)} > {shlex.quote(str(path))}"]):
            said = spawn("head", "--json", str(path))
    else:
        said = spawn("head", "--json", "-", data=TEXT.encode())
    assert (said.status, said.err) == (0, "")
    assert said.lines == ROWS


@pytest.mark.parametrize(
    ("name", "read"),
    [("t.parquet", pl.read_parquet), ("t.arrow", pl.read_ipc), ("t.csv", pfc.read_fast_csv)],
)
def test_convert(run: Any, file: str, tmp_path: Path, name: str, read: Any) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    said = run("convert", file, folder / name)
    assert (said.status, said.out, said.err) == (0, "", "")
    assert_frame_equal(read(folder / name), pfc.read_fast_csv(file))
    assert os.listdir(folder) == [name]
    picked = run("convert", file, folder / name, "--columns", "name", "--where", "id > 1", "--json")
    assert picked.lines == [{"destination": str(folder / name), "refused": 0}]
    assert read(folder / name).rows() == [("b, c",), ("two\nlines",)]


def test_columns_whose_names_look_like_patterns(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    path.write_text('*,^a.*$,abc,"x, y"\n1,2,3,4\n')
    for name, value in (("*", 1), ("^a.*$", 2), ("abc", 3), ('"x, y"', 4)):
        assert run("head", "--json", path, "--columns", name).lines == [{name.strip('"'): value}]


def test_convert_by_other_words(run: Any, file: str, tmp_path: Path) -> None:
    out = tmp_path / "out.bin"
    assert run("convert", file, "-o", out, "--to", "parquet", "--output-compression", "snappy").status == 0
    assert pl.read_parquet(out).height == 3
    assert run("convert", file, file, tmp_path / "two.tsv").status == 0
    assert (tmp_path / "two.tsv").read_text().startswith("id\tprice\tname\tday\n")
    assert run("count", tmp_path / "two.tsv", "--separator", "\\t").out == "6\n"
    assert spawn("convert", "-", str(out), "--to", "ipc", data=TEXT.encode()).status == 0
    assert pl.read_ipc(out).height == 3


def test_convert_to_standard_output(file: str, run: Any) -> None:
    said = spawn("convert", "--to", "csv", "--columns", "id", file, "-")
    assert (said.status, said.out, said.err) == (0, "id\n1\n2\n3\n", "")
    assert run("convert", "--to", "csv", "--json", file, "-").status == 2


def test_convert_leaves_what_was_there_where_it_fails(run: Any, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("a\n" + "1\n" * 200_000 + "x\n")
    out = tmp_path / "out.parquet"
    out.write_text("before")
    said = run("convert", bad, out, "--schema", "a=Int64")
    assert said.status == 2
    assert said.err.startswith(f"error: cast: {bad}, line 200002, record 200001, column 1")
    assert out.read_text() == "before"
    assert sorted(os.listdir(tmp_path)) == ["bad.csv", "out.parquet"]
    assert run("convert", bad, out, "--schema", "a=Int64", "--on-error", "skip").err == "refused: 1 cells or records\n"
    assert pl.read_parquet(out).height == 200_000


def test_convert_lists_what_it_refuses(run: Any, tmp_path: Path) -> None:
    bad, rejects = tmp_path / "bad.csv", tmp_path / "rejects.csv"
    bad.write_text("a,b\n1,2\nx,3\n4\n")
    options = ("--types", "a=Int64", "--on-error", "null", "--rejects", rejects)
    said = run("convert", bad, tmp_path / "out.parquet", *options)
    assert (said.status, said.out) == (0, "")
    assert said.err == f"refused: 2 cells or records, listed in {rejects}\n"
    listed = pfc.read_fast_csv(rejects).select("line", "code", "value", "action")
    assert listed.rows() == [(3, "cast", "x", "null"), (4, "too_few_fields", "4", "pad")]


def test_what_is_replaced_keeps_its_permissions_and_links(run: Any, file: str, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    real, link = folder / "real.parquet", folder / "link.parquet"
    real.write_text("before")
    real.chmod(0o640)
    link.symlink_to(real)
    assert run("convert", file, link).status == 0
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert pl.read_parquet(real).height == 3
    assert run("convert", file, os.devnull, "--to", "csv").status == 0
    assert not Path(os.devnull).is_file()


RULES = """
[id]
type = "integer"
unique = true

[price]
type = "number"
required = true
minimum = 9

["*"]
min_rows = 2
expressions = { day = "day IS NOT NULL" }
"""


def test_validate(run: Any, file: str, tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(RULES)
    said = run("validate", file, "--rules", rules)
    assert (said.status, said.err) == (1, "")
    assert said.out.startswith("not ok: 1 of 3 rows are good\n")
    assert "required" in said.out
    (found,) = run("validate", file, "-r", rules, "--json").lines
    assert (found["ok"], found["rows"], found["bad_rows"]) == (False, 3, 2)
    assert {(each["column_name"], each["rule"], each["count"]) for each in found["counts"]} == {
        ("price", "required", 1),
        ("day", "day", 1),
    }
    assert {each["line"] for each in found["rejects"]} == {3, 4}
    (first,) = run("validate", file, "-r", rules, "--json", "--list", 1).lines
    assert first["rejects"] == found["rejects"][:1]


def test_validate_says_0_where_all_is_well(run: Any, file: str, tmp_path: Path) -> None:
    said = run("validate", file)
    assert (said.status, said.out, said.err) == (0, "ok: 3 of 3 rows are good\n", "")
    schema = tmp_path / "schema.json"
    fields = [{"name": name, "type": "any"} for name in ("id", "price", "name", "day")]
    schema.write_text(json.dumps({"fields": fields}))
    assert run("validate", file, "--rules", schema).status == 0
    fields[1] = {"name": "price", "type": "number", "constraints": {"maximum": 10}}  # type: ignore[dict-item]
    schema.write_text(json.dumps({"fields": fields}))
    assert run("validate", file, "--rules", schema).status == 1
    assert spawn("validate", "-", "--rules", str(schema), data=TEXT.encode()).status == 1


def test_what_validate_writes(run: Any, file: str, tmp_path: Path) -> None:
    rules = tmp_path / "rules.json"
    rules.write_text('{"price": {"required": true}, "name": {"pattern": "<b>|."}}')
    page, rejects, good = (tmp_path / name for name in ("page.html", "rejects.csv", "good.parquet"))
    said = run("validate", file, "--rules", rules, "--html", page, "--rejects", rejects, "--good", good)
    assert (said.status, said.err) == (1, "")
    assert page.read_text().startswith("<!")
    assert pfc.read_fast_csv(rejects).select("line", "column_name").rows() == [
        (3, "name"), (4, "price"), (4, "name")
    ]  # fmt: skip
    assert pl.read_parquet(good).get_column("id").to_list() == [1]
    assert not list(tmp_path.glob(".*"))


def test_profile(run: Any, file: str, tmp_path: Path) -> None:
    said = run("profile", file)
    assert (said.status, said.err) == (0, "")
    assert all(name in said.out for name in ("id", "price", "name", "day", "most common"))
    rows = run("profile", "--json", "--columns", "price,id", file).lines
    assert [(row["column"], row["type"], row["count"], row["nulls"]) for row in rows] == [
        ("price", "Float64", 2, 1), ("id", "Int64", 3, 0)
    ]  # fmt: skip
    assert (rows[0]["min"], rows[0]["max"], rows[0]["mean"]) == ("9.5", "10.25", 9.875)
    assert rows[1]["common"][0] == {"value": "1", "count": 1}
    assert spawn("profile", "--json", "-", data=TEXT.encode()).lines == run("profile", "--json", file).lines
    many = tmp_path / "many.csv"
    many.write_text("a\n" + "".join(f"{at}\n" for at in range(20_000)))
    assert re.search(r" ~\d+ ", run("profile", many).out), "an estimate is marked"
    page = tmp_path / "profile.html"
    assert run("profile", "--html", page, file).status == 0
    assert "of the cells hold a value" in page.read_text(encoding="utf-8")
    refused = run("profile", "--html", tmp_path / "missing" / "profile.html", file)
    assert refused.status == 2
    assert "missing" in refused.err


ERRORS: list[tuple[list[str], str]] = [
    (["head", "nope.csv"], "nope.csv: No such file or directory"),
    (["head", "nope-*.csv"], "nope-"),
    (["head", "FILE", "--separator", ""], "separator must be 1 to 8 bytes"),
    (["head", "FILE", "--on-error", "ignore"], "'raise' or 'null' or 'skip', got 'ignore'"),
    (["head", "FILE", "--n-rows", "x"], "must be a whole number, got 'x'"),
    (["head", "FILE", "--rows", "-1"], "must be a whole number"),
    (["head", "FILE", "--columns", "a,nope"], "no column 'a'; the columns are id, price, name, day"),
    (["head", "FILE", "--where", "nope >"], ""),
    (["head", "FILE", "--types", "price"], "pairs of a column and its type"),
    (["head", "FILE", "--types", "price=Flot64"], "no type 'Flot64'; did you mean Float64?"),
    (["head", "FILE", "--types", "price=__import__('os')"], "pairs of a column and its type"),
    (["head", "FILE", "--types", "price=Decimal(open)"], "no type 'open'"),
    (["head", "FILE", "--option", "seperator=;"], "did you mean 'separator'?"),
    (["head", "FILE", "--option", "separator"], "takes a name and a value"),
    (["head", "FILE", "--nope"], "--nope"),
    (["head", "--sniff", "-"], "standard input"),
    (["count"], "SOURCE"),
    (["convert", "FILE"], "a source and a destination"),
    (["convert", "FILE", "out.xyz"], "tells no format"),
    (["convert", "FILE", "nope/out.parquet"], "the directory does not exist"),
    (["convert", "FILE", "out.csv", "--output-compression", "zstd"], "CSV is written plain"),
    (["schema", "FILE", "--encoding", "nope"], "encoding must be"),
    (["validate", "FILE", "--rules", "nope.json"], "nope.json: No such file or directory"),
    (["validate", "FILE", "--rules", "FILE"], "rules are written in JSON, or in TOML"),
    (["validate", "FILE", "--on-error", "null"], "--on-error"),
    (["sniff", "FILE", "--n-rows", "3"], "--n-rows"),
    (["validate", "FILE", "--good", "good.xyz"], "tells no format"),
    (["nope"], "invalid choice"),
    ([], "SUBCOMMAND"),
]


@pytest.mark.parametrize(
    ("arguments", "told"), ERRORS, ids=lambda each: " ".join(each) if isinstance(each, list) else ""
)
def test_errors_are_told_in_one_line_and_end_with_2(run: Any, file: str, arguments: list[str], told: str) -> None:
    said = run(*[file if each == "FILE" else each for each in arguments])
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith("error: ")
    assert told in said.err
    assert "Traceback" not in said.err
    assert not list(Path(file).parent.glob(".*"))


def test_a_broken_cell_is_told_with_its_place(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("a\n1\n\x1b[31mx\n")
    for arguments in (("head", path), ("convert", path, tmp_path / "out.parquet"), ("count", path, "--where", "a > 0")):
        said = run(*arguments, "--schema", "a=Int64")
        assert said.status == 2
        assert said.err.startswith(f"error: cast: {path}, line 3, record 2, column 1")
        assert "\x1b" not in said.err, "a file does not command the terminal"


def test_help_shows_examples_that_work(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    overview = capsys.readouterr().out
    for name in SUBCOMMANDS:
        assert re.search(rf"^    {name} ", overview, re.MULTILINE)
        assert main([name, "--help"]) == 0
        shown = capsys.readouterr().out
        examples = re.findall(rf"^  .*?fast-csv ({name} .*)$", shown, re.MULTILINE)
        assert len(examples) >= 3
        for example in examples:
            options_of(parsed(shlex.split(example)))
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"fast-csv {pfc.__version__}\n"


def test_flags_are_options_of_the_library() -> None:
    assert set(FLAGS) <= set(CsvOptions.__annotations__)
    order = parsed(
        shlex.split(
            r"""head x --separator '\t' --quote '' --null NA --null - --no-header --escape '\' --infer-schema-length all
            --new-columns 'a,"b, c"' --types a=i32,b=pl.String --types c=bool --option 'schema={"x": "Int8"}'
            --option batch-size=7 --option low_memory=True --option row_index_name=n=1"""
        )
    )
    assert options_of(order) == {
        "separator": "\t",
        "quote_char": "",
        "null_values": ["NA", "-"],
        "has_header": False,
        "escape_char": "\\",
        "infer_schema_length": None,
        "new_columns": ["a", "b, c"],
        "schema_overrides": {"a": pl.Int32, "b": pl.String, "c": pl.Boolean},
        "schema": {"x": pl.Int8},
        "batch_size": 7,
        "low_memory": True,
        "row_index_name": "n=1",
    }


def test_types_are_read_as_polars_writes_them() -> None:
    for dtype in (
        pl.Int64(), pl.Datetime("ns", "UTC"), pl.Duration("ms"), pl.Decimal(10, 2), pl.List(pl.Int8()),
        pl.Enum(["a", "b, c"]), pl.Struct({"a": pl.Int8(), "b": pl.List(pl.String())}),
    ):  # fmt: skip
        assert type_of("--schema", str(dtype)) == dtype
        assert types_of("--schema", [f"x=y={dtype!r}, b=str"]) == {"x=y": dtype, "b": pl.String}
    assert type_of("--schema", "f64") == pl.Float64


def test_sniff_before_a_read(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "unknown.txt"
    path.write_text("# from the till\nitem;price\n'mouse; grey';9.5\npen;1\n")
    said = run("head", path, "--sniff", "--json")
    assert said.lines == [{"item": "mouse; grey", "price": 9.5}, {"item": "pen", "price": 1.0}]
    assert run("count", path, "--sniff").out == "2\n"


def test_colours_only_on_a_terminal(file: str) -> None:
    assert "\x1b" not in spawn("schema", file).out
    assert "\x1b" not in spawn("head", "nope").err
    assert "\x1b[" in on_a_terminal("schema", file)
    assert "\x1b[" in on_a_terminal("head", "nope")
    assert "\x1b[" not in on_a_terminal("schema", file, NO_COLOR="1")
    assert "\x1b[" not in on_a_terminal("schema", file, TERM="dumb")


def on_a_terminal(*arguments: str, **environment: str) -> str:
    """What a terminal gets of the command."""
    ours, its = pty.openpty()
    settings = (
        {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | {"TERM": "xterm"} | environment
    )
    with subprocess.Popen([*COMMAND, *arguments], stdin=its, stdout=its, stderr=its, env=settings) as process:
        os.close(its)
        said = b""
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:
                break
            if not part:
                break
            said += part
        process.wait(60)
    os.close(ours)
    return said.decode()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_bar_is_for_long_work_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    elsewhere, terminal = io.StringIO(), Terminal()
    with Bar(elsewhere) as silent, Bar(terminal) as bar:
        assert silent.options() == {}
        bar.told(1_000_000, 8_000_000)
        assert terminal.getvalue() == "", "what is over soon shows none"
        now[0] = 2.0
        bar.told(4_000_000, 8_000_000)
        silent.told(4_000_000, 8_000_000)
        assert " 50% [" in terminal.getvalue()
        assert "4 MB, 2 MB/s" in terminal.getvalue()
        bar.told(4_000_000, None)
        assert terminal.getvalue().count("MB/s") == 1, "it is not drawn for every batch"
        now[0] = 4.0
        bar.told(8_000_000, None)
        assert terminal.getvalue().endswith("\r\x1b[K8 MB, 2 MB/s")
    assert terminal.getvalue().endswith("\r\x1b[K")
    assert elsewhere.getvalue() == ""


def test_a_reader_of_the_output_that_goes_away(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("a,b\n" + "1,some text\n" * 100_000)
    table = ["head", "-n", "100000"]
    for more in (["--help"], table, [*table, "--json"], ["convert", "--to", "csv", "-o", "-"]):
        with subprocess.Popen([*COMMAND, *more, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.readline()
            process.stdout.close()
            assert process.stderr.read() == b""
            # A kernel may take all of one long write from a table before it tells that nobody reads.
            assert process.wait(60) in ((141,) if len(more) > 3 else (0, 141))


@polars2
def test_an_interrupt_ends_quietly_and_leaves_nothing_behind(tmp_path: Path) -> None:
    pipe, out = tmp_path / "pipe", tmp_path / "out.parquet"
    os.mkfifo(pipe)
    out.write_text("before")
    with subprocess.Popen([*COMMAND, "convert", str(pipe), str(out)], stderr=subprocess.PIPE) as process:
        with open(pipe, "wb") as stream:
            # Enough that the schema is known and the query runs, and waits for more.
            stream.write(b"a,b\n" + b"1,2\n" * 500_000)
            stream.flush()
            deadline = time.monotonic() + 60
            while not list(tmp_path.glob(".*.part")) and time.monotonic() < deadline:
                time.sleep(0.02)
            time.sleep(0.2)
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 130
        assert process.stderr is not None
        assert process.stderr.read() == b""
    assert sorted(os.listdir(tmp_path)) == ["out.parquet", "pipe"]
    assert out.read_text() == "before"


def test_an_output_that_knows_few_characters(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("é\n√\n")
    said = spawn("head", str(path), PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (said.status, said.err) == (0, "")
    assert "\\u221a" in said.out
