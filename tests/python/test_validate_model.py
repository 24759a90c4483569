"""Random rules over random files: every reject, count and good row against a model of plain Python."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import polars_fast_csv as pfc
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars_fast_csv import _native, _validate
from polars_fast_csv._settings import Settings, settle
from validate_cases import Case, File, cases, files, tables
from validate_cells import decoded, records
from validate_model import Found, Model


@contextmanager
def chunks(size: int | None) -> Iterator[None]:
    """Cut the file into chunks of so many bytes, which is no public option."""
    with pytest.MonkeyPatch.context() as patch:
        if size is not None:

            def cut(*arguments: Any) -> Settings:
                settled = settle(*arguments)
                native = {**settled.native, "chunk_bytes": size}
                return replace(settled, native=native, parsed=_native.Options(native))

            patch.setattr(_validate, "settle", cut)
        yield


def told(report: pfc.Report) -> list[Found]:
    names = ["record", "line", "byte", "column", "column_name", "code", "rule", "value", "raw", "action"]
    found: list[Any] = report.rejects.select(names).rows()
    # By record, then by byte; faults of one place have no order among them.
    places = [(row[0] or 0, row[2] or 0) for row in found]
    assert places == sorted(places)
    return found


def assert_is(report: pfc.Report, wanted: Model) -> None:
    assert Counter(told(report)) == Counter(wanted.found)
    assert {row[:3]: row[3] for row in report.counts.rows()} == dict(wanted.counts)
    assert (report.rows, report.bad_rows, report.ok) == (len(wanted.values), len(wanted.bad), wanted.ok)
    good = report.good.collect().rows()
    assert list(map(repr, good)) == list(map(repr, wanted.good))


@settings(
    deadline=None,
    max_examples=400,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(cases(), st.integers(1, 40), st.integers(1, 3))
def test_a_report_is_what_plain_python_finds(case: Case, chunk: int, batch: int) -> None:
    kinds = {name: column.kind for name, column in case.table.items()}
    wanted = Model(case.file.data, kinds, case.own, case.expressions, **case.file.model)
    options = {"row_index_name": "row", **case.file.options}
    for threads, size, rows in ((1, None, None), (2, None, batch), (2, chunk, None), (1, chunk, batch)):
        with chunks(size):
            report = pfc.validate(case.file.data, case.rules, n_threads=threads, batch_size=rows, **options)
        assert_is(report, wanted)


@settings(deadline=None, max_examples=150, database=None)
@given(tables().flatmap(files))
def test_the_model_cuts_records_as_python_does(file: File) -> None:
    """Where no quote is left open, which Python takes for one that closes at the end."""
    if len(file.model["separator"]) > 1 or "trim" in file.model:
        return
    found = list(records(file.data, file.model["separator"].encode()))
    if all(record.opened is None for record in found):
        rows = csv.reader(io.StringIO(decoded(file.data), newline=""), delimiter=file.model["separator"])
        assert [[cell.text for cell in record.cells] for record in found] == [cells or [""] for cells in rows]
