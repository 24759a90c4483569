"""What is shipped: the source distribution, its metadata, its types, its small test."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path
from typing import Any

import polars_fast_csv as pfc
import pytest

ROOT = Path(__file__).parents[2]


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    ran = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, (ran.stdout[-2000:], ran.stderr[-2000:])
    return ran.stdout


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        table: dict[str, Any] = tomllib.load(file)["project"]
    return table


def test_the_source_distribution_holds_what_a_build_needs_and_no_more(tmp_path: Path) -> None:
    pytest.importorskip("maturin")
    if not (shutil.which("cargo") and shutil.which("git") and (ROOT / ".git").exists()):
        pytest.skip("needs cargo, git and a checkout")
    run(sys.executable, "-m", "maturin", "sdist", "--out", tmp_path)
    (archive,) = tmp_path.glob("polars_fast_csv-*.tar.gz")
    with tarfile.open(archive) as file:
        file.extractall(tmp_path, filter="data")
    folder = tmp_path / archive.name.removesuffix(".tar.gz")
    held = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    needed = {"Cargo.toml", "Cargo.lock", "pyproject.toml", "README.md", "LICENSE-MIT", "LICENSE-APACHE"}
    needed |= set(run("git", "ls-files", "src", "polars_plugin").splitlines())
    assert needed <= held
    assert held - needed == {"PKG-INFO", "CHANGELOG.md"}
    # The names of benches and tests that are left out must not keep it from being read.
    run("cargo", "metadata", "--locked", "--format-version", "1", cwd=folder)


def test_metadata(project: dict[str, Any]) -> None:
    assert set(project["optional-dependencies"]) >= {"pyarrow", "progress"}
    assert "Typing :: Typed" in project["classifiers"]
    assert (Path(pfc.__file__).parent / "py.typed").is_file()
    for name in project["license-files"]:
        assert (ROOT / name).is_file()
    workspace = tomllib.loads((ROOT / "Cargo.toml").read_text(encoding="utf-8"))["workspace"]["package"]
    assert pfc.__version__ == workspace["version"]
    assert project["license"] == workspace["license"]
    oldest = project["requires-python"].removeprefix(">=")
    assert f"abi3-py{oldest.replace('.', '')}" in (ROOT / "polars_plugin/Cargo.toml").read_text(encoding="utf-8")


def test_the_small_test_of_a_wheel() -> None:
    assert "polars-fast-csv" in run(sys.executable, ROOT / "tests/smoke.py")


TYPED = """
import polars as pl
import polars_fast_csv as pfc

query: pl.LazyFrame = pfc.scan_fast_csv("x.csv", separator=";", schema={"a": pl.Int64, "b": str}, n_rows=None)
frame: pl.DataFrame = pfc.read_fast_csv([b"a", "x.csv"], columns=["a"], null_values={"a": ["-"]})
rows: int = pfc.count_rows("x.csv", has_header=False)
with pfc.open_csv("x.csv", infer_schema_length="sample") as reader:
    heights: list[int] = [batch.height for batch in reader]
try:
    frame = pfc.read_fast_csv("x.csv")
except pfc.CsvError as error:
    line: int | None = error.line
"""

WRONG = """
import polars_fast_csv as pfc

pfc.scan_fast_csv("x.csv", separator=1)  # arg-type
pfc.read_fast_csv("x.csv", seperator=";")  # call-arg
pfc.count_rows("x.csv", schema={"a": int})  # call-arg
pfc.open_csv("x.csv", on_error="ignore")  # arg-type
pfc.scan_fast_csv(7)  # arg-type
pfc.read_fast_csv("x.csv").collect()  # attr-defined
"""


def test_type_checkers_know_every_option(tmp_path: Path) -> None:
    api = pytest.importorskip("mypy.api")
    (tmp_path / "typed.py").write_text(TYPED)
    (tmp_path / "wrong.py").write_text(WRONG)
    arguments = ["--strict", f"--config-file={ROOT / 'pyproject.toml'}", f"--cache-dir={ROOT / '.mypy_cache'}"]
    said, failure, _ = api.run([*arguments, str(tmp_path / "typed.py"), str(tmp_path / "wrong.py")])
    assert not failure
    found = {(Path(file).name, int(line), code) for file, line, code in re.findall(
        r"^(.+?):(\d+): error: .*\[([a-z-]+)\]$", said, re.MULTILINE
    )}  # fmt: skip
    marks = enumerate(WRONG.splitlines(), start=1)
    assert found == {("wrong.py", at, line.split("  # ")[1]) for at, line in marks if "  # " in line}, said
