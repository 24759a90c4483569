"""csv-spectrum and the specification of FastCSV, every case of them."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import corpus
import polars as pl
import polars_fast_csv as pfc
import pytest

SPECIFICATION = corpus.FILES / "fastcsv/lib/src/intTest/resources/spec"
# What the signs of the specification stand for; `⏎` and `␠` for one of several.
SIGNS = {"␍": "\r", "␊": "\n", "␤": "\r\n"}
LINE_ENDS = {"\n": "\n", "\r\n": "\n", "\r": "\r"}


class Check(NamedTuple):
    """A text, whether `#` begins a comment in it, whether blank lines are records, and its records."""

    name: str
    text: str
    comments: bool
    skips_blank: bool
    may_fail: bool
    records: list[list[str]]


def checks() -> list[Any]:
    """The checks of the specification; those that hand comments on have no like in this reader."""
    if not SPECIFICATION.is_dir():
        return [pytest.param(None, marks=pytest.mark.skip(reason=corpus.ABSENT))]
    return [
        pytest.param(check, id=check.name)
        for path in sorted(SPECIFICATION.glob("*.yaml"))
        if path.stem != "comments-read"
        for check in parsed(path)
    ]


def parsed(path: Path) -> list[Check]:
    """Read a file of checks, which uses a few forms of YAML alone."""
    head, *blocks = path.read_text(encoding="utf8").split("\n  - id: ")
    found = []
    for block in blocks:
        text = re.search(r"^    input: (.*)$", block, re.MULTILINE)
        records = re.findall(r"^ +- (\[.*\])$", block, re.MULTILINE)
        assert text is not None
        assert records or "records: []" in block, block
        found.append(
            Check(
                block.split("\n", 1)[0],
                ast.literal_eval(text[1]),
                "commentMode: SKIP" in head,
                "skipEmptyLines: true" in head,
                "exceptionAllowed: true" in head,
                [ast.literal_eval(record) for record in records],
            )
        )
    assert len(found) == path.read_text(encoding="utf8").count("- id: ")
    return found


def texts(source: bytes, **options: Any) -> pl.DataFrame:
    return pfc.read_fast_csv(source, infer_schema=False, empty_string_is_null=False, raise_if_empty=False, **options)


@pytest.mark.parametrize("line_end", LINE_ENDS)
@pytest.mark.parametrize("check", checks())
def test_the_specification_of_fastcsv(check: Check, line_end: str) -> None:
    def spelled(text: str) -> str:
        return "".join(SIGNS.get(sign, sign) for sign in text.replace("⏎", line_end))

    eol = "\n" if "␤" in check.text else LINE_ENDS[line_end]
    dialect = {"has_header": False, "comment_prefix": "#" if check.comments else None, "eol_char": eol}
    # As many columns as the longest record has.
    wanted = [[spelled(cell) for cell in record] for record in check.records]
    width = max(map(len, wanted), default=0)
    try:
        frame = texts(spelled(check.text).encode(), **dialect)
    except pfc.CsvError as error:
        refused = error.code
    else:
        refused = None
    if refused is not None:
        assert check.may_fail
        assert refused in ("unclosed_quote", "too_many_fields")
        return
    got = [["" if cell is None else cell for cell in row] for row in frame.rows()]
    if check.skips_blank:
        got = [row for row in got if row != [""]]
        wanted = [row for row in wanted if row != [""]]
    assert got == [record + [""] * (width - len(record)) for record in wanted]


@pytest.mark.parametrize("path", corpus.cases(corpus.paths("csv-spectrum/csvs")))
def test_csv_spectrum(path: Path) -> None:
    wanted = json.loads((path.parents[1] / "json" / f"{path.stem}.json").read_text(encoding="utf8"))
    if path.stem == "location_coordinates":
        # Its answer is not in a list, and has another telephone number than the file.
        wanted = [{**wanted, "Contact Phone Number": texts(path.read_bytes())["Contact Phone Number"].item()}]
    assert texts(path.read_bytes()).to_dicts() == wanted
    options = {name: value for name, value in pfc.sniff(path).options.items() if name != "schema"}
    assert texts(path.read_bytes(), **options).to_dicts() == wanted


@pytest.mark.parametrize("path", corpus.cases(sorted(SPECIFICATION.parent.glob("utf*.csv"))))
def test_marked_files_of_fastcsv(path: Path) -> None:
    if "utf32" in path.name:
        pytest.skip("UTF-32 is no encoding of the WHATWG standard")
    frame = eval(pfc.sniff(path, has_header=False).to_code(), {"pfc": pfc, "pl": pl})
    assert frame.height > 0
    assert "\ufeff" not in str(frame.row(0)[0])
