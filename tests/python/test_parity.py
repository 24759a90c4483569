"""Every option of `pl.read_csv` and `pl.scan_csv`, alone and with every other, held against Polars' own readers."""

from __future__ import annotations

import inspect
import tomllib
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import polars_fast_csv as pfc
import pytest
from generation import POLARS_2, polars2
from parity_cases import FILES, VALUES, Case, alone, pairs

LISTED = tomllib.loads((Path(__file__).parent / "parity_differences.toml").read_text())["difference"]
DIFFERENCES: dict[str, str] = {name: each["reason"] for each in LISTED for name in each["cases"]}

# Options that no default of Polars' answers for, with the reason.
OTHER_DEFAULTS = {
    "infer_schema_length": "the sample takes in points of the whole file, beside its head",
}
# Those of Polars 1.x.
OTHER_DEFAULTS_1 = {
    **OTHER_DEFAULTS,
    "raise_if_empty": "None says the same, but for a schema without a header, as in Polars 2",
    "truncate_ragged_lines": "None says the same, as in Polars 2",
    "batch_size": "the size of batches is the reader's own choice",
}
GONE = {
    "missing_utf8_is_empty_string": "empty_string_is_null=False in Polars 2",
    "sample_size": "without effect, gone in Polars 2",
    "cache": "without effect, gone in Polars 2",
    "retries": "storage_options in Polars 2",
    "file_cache_ttl": "storage_options in Polars 2",
    "rechunk": "without effect in scan_csv, gone in Polars 2",
}


@pytest.mark.parametrize(
    ("theirs", "ours"), [(pl.read_csv, pfc.read_fast_csv), (pl.scan_csv, pfc.scan_fast_csv)], ids=["read", "scan"]
)
def test_every_parameter_of_polars_is_here(theirs: Callable[..., Any], ours: Callable[..., Any]) -> None:
    wanted = inspect.signature(theirs).parameters
    got = inspect.signature(ours).parameters
    assert wanted.keys() - got.keys() <= (set() if POLARS_2 else GONE.keys())
    assert {name for name in wanted.keys() & got.keys() if wanted[name].default != got[name].default} <= (
        OTHER_DEFAULTS.keys() if POLARS_2 else OTHER_DEFAULTS_1.keys()
    )
    if POLARS_2:
        # What Polars takes is in the table below.
        assert wanted.keys() - VALUES.keys() == {"source"}


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str | list[str]]:
    folder = tmp_path_factory.mktemp("parity")
    found: dict[str, str | list[str]] = {}
    for name, parts in FILES.items():
        paths = []
        for number, content in enumerate(parts):
            paths.append(folder / f"{name.replace(' ', '_').replace(',', '')}{number}.csv")
            paths[-1].write_bytes(content)
        found[name] = str(paths[0]) if len(paths) == 1 else list(map(str, paths))
    return found


Outcome = pl.DataFrame | BaseException


def outcome(read: Callable[..., pl.DataFrame | pl.LazyFrame], source: Any, options: dict[str, Any]) -> Outcome:
    try:
        return read(source, **options).lazy().collect()
    except Exception as error:
        return error
    except pl.exceptions.PanicException as panic:
        return panic


def agree(got: Outcome, wanted: Outcome) -> bool:
    """Whether two readers gave one frame, or an exception of ours is caught by whoever catches that of Polars."""
    if isinstance(wanted, BaseException):
        return isinstance(got, type(wanted))
    return isinstance(got, pl.DataFrame) and got.schema == wanted.schema and got.equals(wanted)


def told(outcome: Outcome) -> str:
    if isinstance(outcome, BaseException):
        return f"{type(outcome).__name__}: {str(outcome)[:150]}"
    return f"{dict(outcome.schema)} {outcome.rows()[:5]}"


def readers(options: Mapping[str, Any]) -> Iterator[tuple[Callable[..., Any], Callable[..., Any]]]:
    """The pairs of readers that take these options."""
    yield pfc.read_fast_csv, pl.read_csv
    # What API.md gives every reader, polars gives read_csv alone.
    if not options.keys() & {"columns", "use_pyarrow"} and options.get("encoding") != "latin1":
        yield pfc.scan_fast_csv, pl.scan_csv


def differences(cases: Iterable[Case], sources: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The cases in which the readers differ, and how."""
    for case in cases:
        with warnings.catch_warnings():
            # Polars calls some options unstable.
            warnings.simplefilter("ignore")
            for ours, theirs in readers(case.options):
                got, wanted = (outcome(read, sources[case.file], dict(case.options)) for read in (ours, theirs))
                if not agree(got, wanted):
                    yield case.name, f"ours {told(got)}\n    theirs {told(wanted)}"
                    break


def hold(cases: list[Case], sources: dict[str, Any]) -> None:
    """The readers differ where that is listed, and nowhere else."""
    found = dict(differences(cases, sources))
    unlisted = [f"{name}\n    {how}" for name, how in found.items() if name not in DIFFERENCES]
    assert not unlisted, "\n".join(unlisted)
    gone = {case.name for case in cases} & DIFFERENCES.keys() - found.keys()
    assert not gone, f"listed as differences, and none any more: {sorted(gone)}"


@polars2
def test_every_file_without_options(sources: dict[str, Any]) -> None:
    hold([Case(file, {}) for file in FILES], sources)


@polars2
@pytest.mark.parametrize("option", VALUES)
def test_an_option_alone(option: str, sources: dict[str, Any]) -> None:
    hold(list(alone(option)), sources)


@polars2
@pytest.mark.parametrize("option", list(VALUES)[:-1])
def test_an_option_with_each_of_the_others_behind_it(option: str, sources: dict[str, Any]) -> None:
    hold(pairs()[option], sources)


def test_the_list_names_cases_once_each() -> None:
    known = {case.name for option in VALUES for case in alone(option)}
    known |= {case.name for cases in pairs().values() for case in cases} | FILES.keys()
    listed = [name for each in LISTED for name in each["cases"]]
    assert len(listed) == len(set(listed))
    assert set(listed) <= known
