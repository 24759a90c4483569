"""Reports against those of Frictionless on the same Table Schema: the same rows, with the same codes."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import Any

import polars as pl
import polars_fast_csv as pfc
import pytest
from corpus import FILES

frictionless = pytest.importorskip("frictionless", reason="Frictionless is not installed here")
formats = pytest.importorskip("frictionless.formats")
pytestmark = pytest.mark.filterwarnings("ignore")

CODES = {
    "type-error": "type",
    "constraint-error": "rule",
    "unique-error": "unique",
    "primary-key": "primary_key",
    "foreign-key": "foreign_key",
    "blank-row": "blank_row",
    "extra-cell": "too_many_fields",
    "missing-cell": "too_few_fields",
}
_ROWS = ("unique", "primary_key", "foreign_key", "blank_row")
# Exclusive bounds are of the second version of the standard.
VERSION = "https://datapackage.org/profiles/2.0/dataresource.json"


def theirs(path: Path, schema: dict[str, Any]) -> set[tuple[int, str | None, str]]:
    """The record, the field and the code of each error; a record may have too many or too few fields only once."""
    dialect = frictionless.Dialect(controls=[formats.CsvControl(delimiter=",")])
    descriptor = {"$schema": VERSION, "name": "file", "path": path.name, "schema": schema, "encoding": "utf-8"}
    resource = frictionless.Resource.from_descriptor(descriptor, basepath=str(path.parent))
    resource.dialect = dialect
    report = resource.validate(limit_errors=100_000)
    found = set()
    for kind, row, field in report.flatten(["type", "rowNumber", "fieldName"]):
        assert kind in CODES, (kind, report)
        code = CODES[kind]
        found.add((row - 1, field if code in ("type", "rule", "unique") else None, code))
    return found


def ours(path: Path, schema: dict[str, Any], **options: Any) -> set[tuple[int, str | None, str]]:
    report = pfc.validate(path, schema, **options)
    found = set()
    for record, column, code, rule in report.rejects.select("record", "column_name", "code", "rule").rows():
        if rule in _ROWS:
            told = rule
        elif code in ("cast", "overflow", "invalid_utf8") or rule == "type":
            told = "type"
        else:
            told = "rule" if rule else code
        found.add((record, column if told in ("type", "rule", "unique") else None, told))
    # Of a blank row Frictionless tells nothing else that its cells show.
    blank = {record for record, _, told in found if told == "blank_row"}
    found -= {each for each in found if each[0] in blank and each[2] in ("rule", "too_few_fields")}
    # Their rejects and the rows that are left are two sides of one thing.
    bad = set(report.rejects["record"].to_list())
    assert report.good.collect().height == report.rows - len(bad)
    return found


def assert_agree(path: Path, schema: dict[str, Any], **options: Any) -> set[tuple[int, str | None, str]]:
    expected = theirs(path, schema)
    assert ours(path, schema, **options) == expected
    return expected


def field(name: str, kind: str = "string", **constraints: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "constraints": constraints}


CSVLINT = FILES / "csvlint" / "features" / "fixtures"


@pytest.mark.parametrize(
    "name",
    ["valid.csv", "valid_many_rows.csv", "invalid_many_rows.csv", "windows-line-endings.csv", "lf-line-endings.csv",
     "crlf-line-endings.csv", "white space in filename.csv", "inconsistent-line-endings.csv"],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["string", "integer", "number"])
def test_files_of_csvlint(name: str, kind: str, tmp_path: Path) -> None:
    source = CSVLINT / name
    if not source.exists():
        pytest.skip("the corpus is not on this machine")
    # They have no header: one is put before them.
    content = source.read_bytes()
    width = len(next(csv.reader([content.decode().splitlines()[0]])))
    names = [f"f{at}" for at in range(width)]
    path = tmp_path / "file.csv"
    path.write_bytes(",".join(names).encode() + b"\n" + content)
    fields = [field(each, kind, required=True, unique=True) for each in names]
    assert_agree(path, {"fields": fields})


CASES: list[tuple[str, dict[str, Any], int]] = [
    ("a\n1\nx\n\n3.5\n99999999999\n", {"fields": [field("a", "integer")]}, 2),
    ("a\n1\nx\n1e5\nNaN\nINF\n-.5\n", {"fields": [field("a", "number")]}, 1),
    ("a\ntrue\nFALSE\n1\n0\nyes\n", {"fields": [field("a", "boolean")]}, 1),
    ("a,b\n1,x\n,y\n1,\n", {"fields": [field("a", "integer", required=True), field("b", required=True)]}, 2),
    ("a,b\n1,x\n2,x\n,y\n1,\n2,z\n", {"fields": [field("a", "integer", unique=True), field("b", unique=True)]}, 3),
    ("a\n1\n2\n3\n4\n5\n", {"fields": [field("a", "integer", minimum=2, maximum=4)]}, 2),
    ("a\n1\n2\n3\n4\n", {"fields": [field("a", "integer", exclusiveMinimum=1, exclusiveMaximum=4)]}, 2),
    ("a\n1.5\n2\nnan\n", {"fields": [field("a", "number", minimum="1.75")]}, 2),
    ("a\nab\nabcd\nü\nüüüü\nz\n", {"fields": [field("a", minLength=2, maxLength=3)]}, 4),
    ("a\nab\nabc1\nxab\nb\n", {"fields": [field("a", pattern="[ab]+")]}, 2),
    ("a\nab\nx|b\nb\n", {"fields": [field("a", pattern="ab|b")]}, 1),
    ("a,b\nr,1\ng,4\nk,2\n", {"fields": [field("a", enum=["r", "g"]), field("b", "integer", enum=[1, "2"])]}, 2),
    ("d\n2026-01-02\n2025-12-31\n2026-02-30\n", {"fields": [field("d", "date", minimum="2026-01-01")]}, 2),
    ("a,b\n1,2\n3\n4,5,6\n7,8\n", {"fields": [field("a", "integer"), field("b", "integer")]}, 2),
    ("a\n1\nNA\n-\nx\n", {"fields": [field("a", "integer", required=True)], "missingValues": ["", "NA", "-"]}, 3),
    ("a,b\n1,x\n1,y\n1,x\n,x\n,z\n", {"fields": [field("a", "integer"), field("b")], "primaryKey": ["a", "b"]}, 1),
    ("a\n1\n2\n1\n2\n2\n", {"fields": [field("a", "integer")], "primaryKey": "a"}, 3),
    (
        "id,parent\n1,\n2,1\n3,9\n4,2\n",
        {
            "fields": [field("id", "integer"), field("parent", "integer")],
            "foreignKeys": [{"fields": "parent", "reference": {"resource": "", "fields": "id"}}],
        },
        1,
    ),
    ('a,b\n"x, y",1\n"two\nlines",2\n"say ""no""",3\n', {"fields": [field("a", maxLength=5), field("b")]}, 2),
    ("d\n2026-01-02\n02.01.2026\n20260102\n", {"fields": [{"name": "d", "type": "date", "format": "%d.%m.%Y"}]}, 2),
    ("d\n2026-01-02\n02/01/2026\n", {"fields": [field("d", "date")]}, 1),
    ("m\na@b.org\nx\n", {"fields": [{"name": "m", "type": "string", "format": "email"}]}, 1),
    ("y\n2026\n-5\n20x6\n", {"fields": [field("y", "year")]}, 1),
    ("m\n2026-01\n2026-13\n", {"fields": [field("m", "yearmonth")]}, 1),
]


@pytest.mark.parametrize(("text", "schema", "least"), CASES)
def test_a_constraint(text: str, schema: dict[str, Any], least: int, tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(text.encode())
    assert len(assert_agree(path, schema)) >= least


@pytest.mark.parametrize("seed", range(6))
def test_a_file_of_many_faults(seed: int, tmp_path: Path) -> None:
    generator = random.Random(seed)
    rows = []
    for at in range(400):
        row = [
            str(generator.choice([at, at - 1, "x", ""])),
            generator.choice(["ab", "abc", "", "Z9", "zzzzzz"]),
            generator.choice([f"{generator.gauss(0, 50):.2f}", "", "1e3", "n/a"]),
            generator.choice(["2026-01-01", "1999-12-31", "2026-13-01", ""]),
        ]
        rows.append(row[: generator.choice([4, 4, 4, 4, 4, 3])] + ["extra"] * (generator.random() < 0.03))
    path = tmp_path / "file.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["k", "w", "x", "d"], *rows])
    schema = {
        "fields": [
            field("k", "integer", required=True, unique=True, maximum=390),
            field("w", minLength=2, maxLength=5, pattern="[a-z]*", enum=["ab", "abc", "zzzzzz", "Z9"]),
            field("x", "number", minimum=-60, exclusiveMaximum=60),
            field("d", "date", minimum="2000-01-01"),
        ],
        "primaryKey": ["k", "w"],
    }
    found = assert_agree(path, schema)
    assert {code for *_, code in found} >= set(CODES.values()) - {"foreign_key", "blank_row"}
    assert pl.read_csv(path, truncate_ragged_lines=True).height == 400
