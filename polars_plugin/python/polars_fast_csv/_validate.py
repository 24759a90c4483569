"""One pass over a file that holds its rows against rules, and what came of it."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
import time
import weakref
from collections.abc import Mapping, Sequence
from typing import Any, Unpack

import polars as pl

from polars_fast_csv import _native
from polars_fast_csv._compiled import BY_TYPE, Compiled, compiled
from polars_fast_csv._dataframely import is_dataframely, rules_of_dataframely
from polars_fast_csv._good import good_rows
from polars_fast_csv._options import CsvOptions, takes
from polars_fast_csv._page import name_of
from polars_fast_csv._progress import Telling
from polars_fast_csv._rejects import EMPTY, Rejects
from polars_fast_csv._report import Report, Tally
from polars_fast_csv._resolved import ResolvedCsv, frames
from polars_fast_csv._rules import Rules, rules_of_dict
from polars_fast_csv._scan import lazy_frame
from polars_fast_csv._settings import settle
from polars_fast_csv._sources import CsvSource
from polars_fast_csv._table_schema import is_table_schema, rules_of_table_schema

# The rejects that a report keeps, unless the caller brings a collection of another size.
_KEPT = 100_000
_OWN = ("on_error", "ignore_errors")


@takes(CsvOptions)
def validate(source: CsvSource, rules: Any, **options: Unpack[CsvOptions]) -> Report:
    r"""
    Hold the rows of CSV files against rules, in one pass over them.

    Every cell and record that breaks a rule, or cannot be read at all, is recorded with its place. What takes more than
    one row is settled behind the pass: for ``unique`` and keys 24 bytes of each row are kept, in memory or, beyond 8
    million rows, in a temporary file: its number and the value, or a hash of 128 bits where that is larger. Rows whose
    hashes are equal are read again and compared by their values, so that none is rejected for its hash. A source that
    comes once is written to a temporary file first.

    Parameters
    ----------
    source
        As for :func:`scan_fast_csv`.
    rules
        A mapping of column to rules; the path or the content of a Frictionless Table Schema; or a dataframely schema.

        In a mapping, the rules of a column are a type, or a mapping with any of these words:

        ``type``
            A type of Polars or Python, or one of ``any``, ``string``, ``integer``, ``number``, ``boolean``, ``date``,
            ``time``, ``datetime``. Without one it is inferred.
        ``format``
            For text: what it has to be, such as ``email``. For dates and times: a format with ``%``.
        ``required``, ``unique``
            ``True``: no null, no value twice. Every other rule takes null for right.
        ``minimum``, ``maximum``, ``exclusive_minimum``, ``exclusive_maximum``
            A number, text, date, time or duration.
        ``min_length``, ``max_length``
            A number of characters.
        ``pattern``
            A regular expression, in the syntax of Rust's crate ``regex``, that the whole text matches.
        ``enum``
            A list of the values that there may be.
        ``monotonic``
            ``increasing`` (or ``True``), ``strictly_increasing``, ``decreasing``, ``strictly_decreasing``: how each
            value stands to the last one that is not null.
        ``references``
            The values of a series or frame, or the name of a column of the file, among which each value must be.
        ``tolerance``
            The share of rows that may break each of these rules, 0 by default; all cells that are not of the type break
            one. Their rows are rejected all the same.

        Under ``"*"`` (or ``None``) stand the rules of the table: ``primary_key`` (a column or a list), ``unique`` (a
        list of keys), ``foreign_keys`` (a list of mappings with ``columns`` and ``references``), ``expressions`` (a
        mapping of name to a Polars expression that is not false; what it says of all rows at once, it says of each),
        ``min_rows``, ``max_rows``, ``tolerance``.
    **options
        Every option of :func:`scan_fast_csv` but ``on_error`` and ``ignore_errors``, as every fault is recorded. A
        record with too few fields is one, unless ``short_records="null"`` is given; with too many,
        unless ``truncate_ragged_lines=True`` is. ``rejects`` may be a :class:`Rejects` with another limit than 100,000.

    Returns
    -------
    Report

    Raises
    ------
    TypeError, ValueError
        A rule is unknown or makes no sense. This is said before a file is opened, unless it takes the type of a column.
    CsvError
        The header cannot be read; see :func:`scan_fast_csv` for this and the other exceptions.

    Examples
    --------
    >>> import polars as pl
    >>> import polars_fast_csv as pfc
    >>> data = b"id,price,mail\n1,9.5,a@b.org\n2,-1,a\n2,n/a,c@d.org\n"
    >>> report = pfc.validate(
    ...     data,
    ...     {
    ...         "id": {"type": "integer", "unique": True},
    ...         "price": {"type": "number", "minimum": 0},
    ...         "mail": {"type": "string", "min_length": 3},
    ...     },
    ... )
    >>> report
    <Report: 1 of 3 rows good, not ok>
    >>> for place in report.rejects.select("line", "column_name", "code", "rule", "value").rows():
    ...     print(*place)
    3 price rule minimum -1
    3 mail rule min_length a
    4 id rule unique 2
    4 price cast None n/a
    >>> report.good.collect().rows()
    [(1, 9.5, 'a@b.org')]
    """
    for name in _OWN:
        if name in options:
            msg = f"validate takes no option '{name}': every fault is recorded, and the good rows are those without one"
            raise TypeError(msg)
    asked = read_rules(rules)
    begun = time.perf_counter()
    with_rules = {"short_records": "raise", **asked.options, **options}
    rejects = with_rules.pop("rejects", None)
    # One that has collected nothing yet is false.
    rejects = Rejects(_KEPT) if rejects is None else rejects
    overrides = with_rules.get("schema_overrides")
    if asked.dtypes:
        if overrides is not None and not isinstance(overrides, Mapping):
            msg = "schema_overrides must be a mapping of column to type where rules name types too"
            raise TypeError(msg)
        with_rules["schema_overrides"] = {**asked.dtypes, **(overrides or {})}
        _agree({name: dtype for name, dtype in asked.dtypes.items() if name not in (overrides or {})}, asked)
    settings = settle(CsvOptions, {**with_rules, "on_error": "null", "rejects": rejects})
    kept = _Kept()
    csv = ResolvedCsv.of(kept.source(source), settings)
    # What is read again is not recorded again.
    csv.rejects = None
    csv.keeps = kept
    missing = [name for name in asked.columns if name not in csv.schema]
    held = [rule for rule in asked.rules if all(name in csv.schema for name in _named(rule))]
    compiled_rules = compiled(held, csv.schema)
    validation = _native.Validation(csv.native, compiled_rules.native, rejects.native)
    _pass(csv, validation, compiled_rules)
    rows, bad, broken, samples = validation.finish()
    extra = [name for name in csv.schema if name not in asked.dtypes] if asked.closed else []
    tally = Tally(
        rules=asked,
        held=held,
        broken=broken,
        rejects=kept.named(pl.concat([_of_table(asked, rows, missing, extra), rejects.frame()])),
        summary=rejects.summary(),
        rows=rows,
        bad=len(bad),
        sources=[kept.name(one) for one in csv.sources],
        schema=csv.schema,
        samples=dict(zip(csv.schema, samples, strict=False)),
        accepted=_accepted(settings.native),
        seconds=time.perf_counter() - begun,
        separator=settings.native["separator"],
        quote=settings.native["quote_char"],
    )
    return Report(tally, good_rows(csv, bad))


def _agree(dtypes: Mapping[str, Any], asked: Rules) -> None:
    """Refuse rules that are not for the types that stand beside them, before a file is opened."""
    compiled([rule for rule in asked.rules if rule.kind in BY_TYPE and rule.columns[0] in dtypes], dtypes)


def read_rules(rules: Any) -> Rules:
    """Check rules of any kind, as far as that takes no file."""
    if isinstance(rules, Rules):
        return rules
    if is_table_schema(rules):
        return rules_of_table_schema(rules)
    if is_dataframely(rules):
        return rules_of_dataframely(rules)
    if isinstance(rules, Mapping):
        return rules_of_dict(rules)
    msg = "rules are a mapping of column to rules, a Frictionless Table Schema or a dataframely schema, got "
    raise TypeError(msg + type(rules).__name__)


def _accepted(options: Mapping[str, Any]) -> frozenset[str]:
    """The codes of records that options take as they are."""
    accepts = {
        "too_many_fields": options["truncate_ragged_lines"] or options["extra_columns"] == "ignore",
        "too_few_fields": options["short_records"] == "null",
    }
    return frozenset(code for code, accepted in accepts.items() if accepted)


def _named(rule: Any) -> Sequence[str]:
    """Every column that a rule looks at."""
    return (*rule.columns, *(rule.takes[0] if rule.kind == "among_columns" else ()))


def _pass(csv: ResolvedCsv, validation: _native.Validation, rules: Compiled) -> None:
    """Read the file once; expressions that the native module does not know are evaluated on its batches."""
    with Telling(csv.progress) as telling:
        reading = validation.read(csv.positions(rules.roots), progress=telling.told)
        first = 0
        for frame in frames(reading, columns=True, empty=True):
            if frame.height and rules.batchwise:
                _note(validation, frame.select(_broken(rules.batchwise)), first)
            first += frame.height
    if rules.whole:
        # What is one value for all rows is so for each of them.
        each = pl.repeat(value=True, n=pl.len(), dtype=pl.Boolean)
        query = lazy_frame(csv).select(broken & each for broken in _broken(rules.whole))
        _note(validation, query.collect(), 0)


def _broken(expressions: Mapping[int, pl.Expr]) -> list[pl.Expr]:
    # What is unknown, as of a null, keeps a rule.
    return [(~expression).fill_null(False).alias(str(number)) for number, expression in expressions.items()]


def _note(validation: _native.Validation, broken: pl.DataFrame, first: int) -> None:
    for column in broken.get_columns():
        rows = (column.arg_true().cast(pl.UInt64) + first).to_list()
        if rows:
            validation.note(int(column.name), rows)


def _of_table(asked: Rules, rows: int, missing: Sequence[str], extra: Sequence[str]) -> pl.DataFrame:
    """What is wrong with the table as a whole, which has no place in a file."""
    found: list[dict[str, Any]] = [
        {"column_name": name, "rule": "missing_column", "expected": f"a column {name!r}"} for name in missing
    ]
    found += [
        {"column_name": name, "rule": "extra_column", "expected": f"no column {name!r}", "value": name}
        for name in extra
    ]
    if asked.least is not None and rows < asked.least:
        found.append({"rule": "min_rows", "expected": f"at least {asked.least} rows", "value": str(rows)})
    if asked.most is not None and rows > asked.most:
        found.append({"rule": "max_rows", "expected": f"at most {asked.most} rows", "value": str(rows)})
    told = [{"code": "rule", "truncated": False, "action": "keep", **each} for each in found]
    return pl.DataFrame([{**dict.fromkeys(EMPTY.columns), **each} for each in told], schema=EMPTY.schema)


class _Kept:
    """Temporary files of sources that come once: the good rows are read from them."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def source(self, source: Any) -> Any:
        """Write what comes once to a file; anything else is its own source."""
        if isinstance(source, list | tuple):
            return [self.source(one) for one in source]
        if isinstance(source, str | os.PathLike):
            name = os.fspath(source)
            if name == "-":
                return self._copy(sys.stdin.buffer, "standard input")
            if os.path.exists(name) and not _is_kept(os.stat(name).st_mode):
                with open(name, "rb") as pipe:
                    return self._copy(pipe, str(name))
        return source

    def _copy(self, stream: Any, name: str) -> str:
        with tempfile.NamedTemporaryFile(prefix="fast-csv-", delete=False) as file:
            weakref.finalize(self, _remove, file.name)
            shutil.copyfileobj(stream, file, 1 << 20)
        self._names[file.name] = name
        return file.name

    def name(self, source: Any) -> str:
        """Give what a source is called."""
        return self._names.get(source) or source if isinstance(source, str) else name_of(source)

    def named(self, rejects: pl.DataFrame) -> pl.DataFrame:
        """Give rejects the names of the sources that were copied."""
        return rejects.with_columns(pl.col("file").replace(self._names)) if self._names else rejects


def _is_kept(mode: int) -> bool:
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)


def _remove(path: str) -> None:
    if os.path.exists(path):
        os.unlink(path)
