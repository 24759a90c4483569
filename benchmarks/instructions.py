"""
Instructions a value of the core's reads, against a committed baseline: `python -m benchmarks.instructions`.

A count of instructions is the same on a busy machine and on a quiet one, which a time is not, so this is what CI can
hold. Each case of `instructions.rs` runs under callgrind on the AVX2 back end (valgrind knows no AVX-512), once with
reads and once without; the difference, by read and value, may be larger than the baseline's by `TOLERANCE`, or by
`ACROSS` where another compiler built it. `--update` writes a new baseline, which a change of speed is committed with.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

BASELINE = Path(__file__).with_name("instructions.json")
# Of the baseline: what another machine's C library may make of it, and what another compiler may.
TOLERANCE, ACROSS = 0.1, 0.25
READS = 3


def main() -> None:
    """Counts, prints a table, and fails where a case needs more instructions than it may."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.instructions", description="instructions a value")
    parser.add_argument("--update", action="store_true", help="write a new baseline")
    update = parser.parse_args().update
    if shutil.which("valgrind") is None or os.uname().machine != "x86_64":
        print("instructions are not counted: that needs valgrind on x86-64")
        return
    binary = _build()
    compiler = subprocess.run(["rustc", "--version"], check=True, capture_output=True, text=True).stdout.split()[1]
    counted = {name: _a_value(binary, name, values) for name, values in _cases(binary).items()}
    if update:
        baseline = {"rustc": compiler, "instructions": {name: round(count, 2) for name, count in counted.items()}}
        BASELINE.write_text(json.dumps(baseline, indent=1) + "\n")
        return
    known = json.loads(BASELINE.read_text())
    allowed = TOLERANCE if known["rustc"] == compiler else ACROSS
    print(f"Instructions a value, AVX2 back end; rustc {compiler}, the baseline of {known['rustc']}\n")
    print("| case | now | baseline | change |\n| --- | ---: | ---: | ---: |")
    worse = []
    for name, count in counted.items():
        before = known["instructions"].get(name)
        change = None if before is None else count / before - 1
        told = "" if before is None else f"{before:.2f}"
        print(f"| {name} | {count:.2f} | {told} | {'new' if change is None else f'{change:+.1%}'} |")
        if change is None or change > allowed:
            worse.append(name)
    if worse:
        sys.exit(f"more than {allowed:.0%} above the baseline, or not in it: {', '.join(worse)}")


def _build() -> Path:
    command = ["cargo", "bench", "--locked", "--bench", "instructions", "--no-run", "--message-format=json"]
    messages = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    built = [message for message in map(json.loads, messages) if message.get("executable")]
    return Path(built[-1]["executable"])


def _cases(binary: Path) -> dict[str, int]:
    listed = subprocess.run([binary], check=True, capture_output=True, text=True).stdout.splitlines()
    return {name: int(values) for name, values in (line.split("\t") for line in listed)}


def _a_value(binary: Path, name: str, values: int) -> float:
    return (_instructions(binary, name, READS) - _instructions(binary, name, 0)) / READS / values


def _instructions(binary: Path, name: str, reads: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        valgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", binary, name, str(reads)]
        environment = {**os.environ, "FAST_CSV_BACKEND": "avx2"}
        told = subprocess.run(valgrind, check=False, capture_output=True, text=True, env=environment)
    counted = re.search(r"Collected *: *(\d+)", told.stderr)
    if told.returncode or counted is None:
        sys.exit(f"{name}: {told.stderr[-2000:]}")
    return int(counted[1])


if __name__ == "__main__":
    main()
