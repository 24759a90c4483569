"""What DuckDB makes of the corpus: its rows and the dialects that it finds are ours, or it is listed why not."""

from __future__ import annotations

import inspect
import tomllib
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import corpus
import duckdb_cases as duckdb
import polars as pl
import polars_fast_csv as pfc
import pytest
from duckdb_cases import Case, NoLikeError

LIST = Path(__file__).with_name("duckdb_differences.toml")
DIFFERENCES: dict[str, dict[str, str]] = {
    kind: {case: group["reason"] for group in groups for case in group["cases"]}
    for kind, groups in tomllib.loads(LIST.read_text(encoding="utf8")).items()
}
# The share of sniffed dialects that are DuckDB's, or better for a reason that is listed.
SHARE = 0.9

pytestmark = pytest.mark.skipif(not corpus.HOME.is_dir(), reason=corpus.ABSENT)


def frame(case: Case) -> pl.DataFrame:
    """Read a case, what DuckDB guesses being guessed."""
    ours = {"short_records": "raise", "try_parse_dates": True, **duckdb.translated(case.options)}
    if "expect" in case.entry and case.options.get("store_rejects"):
        ours["on_error"] = "skip"
    source = case.paths if len(case.paths) > 1 else case.paths[0]
    if duckdb.is_given(case.options):
        return without_blank_lines(source, {**duckdb.FIXED, **ours})
    dialect = ("separator", "quote_char", "has_header", "comment_prefix", "eol_char", "skip_lines", "encoding")
    known = {name: ours[name] for name in (*dialect, "escape_char", "compression", "missing_columns") if name in ours}
    found = sniffed(source, known).options
    guessed = {name: value for name, value in found.items() if name in (*dialect, "escape_char", "compression")}
    return without_blank_lines(source, {**guessed, **ours})


def without_blank_lines(source: Any, options: dict[str, Any]) -> pl.DataFrame:
    """Read a file; DuckDB passes over blank lines, which are records of one field here."""
    options = duckdb.by_position(options)
    try:
        frame = pfc.read_fast_csv(source, **options)
    except pfc.CsvError as error:
        if error.code != "too_few_fields" or error.value:
            raise
        frame = pfc.read_fast_csv(source, **{**options, "short_records": "null"})
    return frame if frame.width == 1 else frame.filter(~pl.all_horizontal(pl.all().is_null()))


def sniffed(source: Any, known: dict[str, Any]) -> pfc.Sniffed:
    """Sniff a file, of which something is known."""
    unknown = known.keys() - inspect.signature(pfc.sniff).parameters.keys()
    if unknown:
        msg = f"sniff with {unknown}"
        raise NotImplementedError(msg)
    return pfc.sniff(source, **known)


def outcome(case: Case) -> tuple[str, pl.DataFrame | str]:
    """What a case gives: a frame, an error, or what of it this package has no like of."""
    try:
        return "rows", frame(case)
    except NoLikeError as reason:
        return "no like", str(reason)
    except NotImplementedError as reason:
        return "not built", str(reason)
    except (pl.exceptions.PolarsError, ValueError, TypeError, OSError) as error:
        return "error", f"{type(error).__name__}: {error}".split("\n")[0]


def judged(case: Case) -> str | None:
    """How a case differs from what DuckDB gave, or its tests expect; `None` where it does not."""
    kind, got = outcome(case)
    if kind in ("no like", "not built"):
        pytest.skip(f"{kind}: {got}")
    entry = case.entry
    expect = entry.get("expect", {})
    if "error" in entry or "error" in expect:
        return None if kind == "error" else "no error"
    if not isinstance(got, pl.DataFrame):
        return str(got)
    if "rows_text" in expect:
        wanted: list[list[str | None]] = [list(row.split("\t")) for row in expect["rows_text"]]
    elif "rows" in entry:
        wanted = entry["rows"]
    else:
        rows = entry.get("n_rows", got.height)
        return None if rows == got.height else f"{got.height} rows, wanted {rows}"
    if got.height != len(wanted):
        return f"{got.height} rows, wanted {len(wanted)}"
    if wanted and got.width != len(wanted[0]):
        return f"{got.width} columns, wanted {len(wanted[0])}"
    # A test of DuckDB's may put its rows in another order than the file's.
    ordered = "expect" not in entry
    return None if duckdb.are_same(got.rows(), wanted, ordered=ordered) else f"{got.rows()[:2]}, wanted {wanted[:2]}"


def check(kind: str, case: Case, difference: str | None) -> None:
    """Hold a difference against the list."""
    reason = DIFFERENCES[kind].get(case.name)
    if reason is None:
        assert difference is None
    else:
        assert difference is not None, f"it no longer differs, take it off the list: {reason}"


def params(name: str) -> list[Any]:
    return [pytest.param(case, id=case.name) for case in duckdb.cases(name)]


@pytest.mark.parametrize("case", params("duckdb_oracle.jsonl"))
def test_the_rows_are_duckdbs(case: Case) -> None:
    check("oracle", case, judged(case))


@pytest.mark.parametrize("case", params("duckdb_literal.jsonl"))
def test_the_rows_are_those_that_its_tests_expect(case: Case) -> None:
    check("literal", case, judged(case))


@cache
def dialect_differences() -> dict[str, str | None]:
    """How the dialects that are found differ from DuckDB's, by case; those that are not read here are left out."""
    differences: dict[str, str | None] = {}
    for case in duckdb.cases("duckdb_oracle.jsonl"):
        theirs = case.entry.get("sniffed")
        if theirs is None:
            continue
        dialect = ("delim", "sep", "quote", "escape", "header", "skip", "comment", "compression", "encoding")
        try:
            known = duckdb.translated({name: case.options[name] for name in dialect if name in case.options})
            if "skip_lines" in known:
                # Comments are no lines to DuckDB.
                known["skip_rows"] = known.pop("skip_lines")
            differences[case.name] = told(sniffed(case.paths[0], known), theirs)
        except (NoLikeError, NotImplementedError):
            continue
        except (pl.exceptions.PolarsError, ValueError) as error:
            differences[case.name] = f"{type(error).__name__}: {error}"
    return differences


def told(ours: pfc.Sniffed, theirs: dict[str, Any]) -> str | None:
    """How a dialect differs from DuckDB's; an empty word of DuckDB's is what it saw no sign of."""

    def word(name: str) -> str | None:
        return None if theirs[name] == "(empty)" else theirs[name]

    line_end = theirs["NewLineDelimiter"].replace("\\r", "\r").replace("\\n", "\n")
    skipped = ours.skip_lines + ours.options.get("skip_rows", 0)
    pairs = {
        "separator": (ours.separator, theirs["Delimiter"]),
        # A quote that nothing is quoted by is as good as none.
        "quote_char": (None if "quote_char" in ours.guessed else ours.quote_char, word("Quote")),
        "comment_prefix": (ours.comment_prefix, word("Comment")),
        "has_header": (ours.has_header, theirs["HasHeader"]),
        "skip_lines": (skipped, theirs["SkipRows"]),
        "line_end": (ours.line_end or line_end, line_end),
    }
    escape = getattr(ours, "escape_char", None)
    if escape is not None or word("Escape") == "\\":
        pairs["escape_char"] = (escape, word("Escape"))
    different = [f"{name} {got!r}, wanted {wanted!r}" for name, (got, wanted) in pairs.items() if got != wanted]
    return "; ".join(different) or None


def test_the_dialects_are_duckdbs_or_better() -> None:
    differences = dialect_differences()
    listed = DIFFERENCES["better"]
    worse = {name: text for name, text in differences.items() if text is not None and name not in listed}
    share = 1 - len(worse) / len(differences)
    print(f"{len(differences)} dialects, {len(worse)} worse, {share:.1%}")
    assert len(differences) > 200
    assert share >= SHARE, worse


def test_what_is_listed_is_there_and_differs() -> None:
    differences = dialect_differences()
    for name in DIFFERENCES["better"]:
        assert differences[name] is not None, f"it no longer differs, take it off the list: {name}"
    for kind, name in (("oracle", "duckdb_oracle.jsonl"), ("literal", "duckdb_literal.jsonl")):
        assert set(DIFFERENCES[kind]) <= {case.name for case in duckdb.cases(name)}
    assert all(reason for reasons in DIFFERENCES.values() for reason in reasons.values())


def test_most_cases_are_read() -> None:
    kinds: Counter[str] = Counter()
    for case in [case for name in ("oracle", "literal") for case in duckdb.cases(f"duckdb_{name}.jsonl")]:
        try:
            duckdb.translated(case.options)
            kinds["read"] += 1
        except NoLikeError as reason:
            kinds[str(reason)] += 1
    print(kinds)
    assert kinds["read"] > 0.75 * kinds.total()
