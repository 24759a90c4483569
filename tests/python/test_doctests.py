"""The examples of the documentation give what they say."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import polars as pl
import polars_fast_csv as pfc
import pytest
from generation import POLARS_2
from polars_fast_csv._options import ACCEPTED, ReadOptions

README = Path(__file__).parents[2] / "README.md"
# The scan of the other generation of Polars cannot be imported.
UNUSED = {"_native", "_io_source" if POLARS_2 else "_external_reader"}
MODULES = [module.name for module in pkgutil.iter_modules(pfc.__path__) if module.name not in UNUSED]


@pytest.mark.parametrize("module", MODULES)
def test_examples(module: str) -> None:
    assert doctest.testmod(importlib.import_module(f"polars_fast_csv.{module}")).failed == 0


@pytest.mark.parametrize("name", [name for name in pfc.__all__ if not name.startswith("__")])
def test_everything_public_has_an_example(name: str) -> None:
    assert ">>> " in (getattr(pfc, name).__doc__ or "")


def test_examples_of_the_readme() -> None:
    ran = doctest.testfile(str(README), module_relative=False, optionflags=doctest.ELLIPSIS, encoding="utf-8")
    assert ran.attempted > 0
    assert ran.failed == 0


def test_programs_of_the_readme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ticks = (
        "timestamp,symbol,price,volume,side\n2024-01-02T09:30:00.000,A,1.5,10,B\n2024-01-02T09:30:00.001,A,2.5,20,S\n"
    )
    for name in ("ticks.csv", "larger-than-memory.csv"):
        Path(name).write_text(ticks)
    runways = (
        '"id","length_ft","width_ft","surface","le_heading_degT","he_heading_degT"\n'
        '1,2500,40,"GRVL",,\n2,30000,75,"ASP",30.5,210.5\n3,900,-1,"TURF",,362\n3,,60,,10,190\n'
    )
    monkeypatch.setattr("urllib.request.urlretrieve", lambda url, name: Path(name).write_text(runways))
    programs = re.findall(r"^```python\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    programs = [program for program in programs if not program.startswith(">>>")]
    assert programs
    for program in programs:
        exec(compile(program, str(README), "exec"), {})
    assert pl.read_parquet("runways.parquet")["id"].to_list() == [1]
    assert "rows are good" in Path("runways.html").read_text(encoding="utf-8")


def test_every_option_has_an_example_and_what_it_refuses() -> None:
    lines = [line for read in (pfc.scan_fast_csv, pfc.read_fast_csv) for line in (read.__doc__ or "").splitlines()]
    examples = [line for line in lines if re.match(r"\s*(>>>|\.\.\.)", line)]
    for option in ACCEPTED[ReadOptions]:
        used = [line for line in examples if re.search(rf"\b{option}(=|\")", line)]
        assert any("refused(" not in line for line in used), f"{option} has no example"
        refusal = re.compile(rf"(Error: |^ *){option}\b.* (must|should|has) ")
        assert any(map(refusal.search, lines)), f"{option} refuses nothing"
