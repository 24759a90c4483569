"""Life in a process: forks, subinterpreters, imports, threads and what a dropped read leaves behind."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import polars_fast_csv as pfc
import pyarrow as pa
import pytest
from generation import POLARS_2, polars2
from polars.testing import assert_frame_equal

if TYPE_CHECKING:
    from collections.abc import Callable

linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def run(script: str, *arguments: str, **environment: str) -> str:
    """What a script prints that runs in a process of its own."""
    ran = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        env=os.environ | environment,
    )
    assert ran.returncode == 0, (ran.returncode, ran.stdout, ran.stderr[-2000:])
    return ran.stdout


FORKED = """
import os, pickle, signal, sys
import polars as pl
import polars_fast_csv as pfc
import pyarrow

path, before = sys.argv[1:]
made = begun = None
if before != "nothing":
    made = pfc.scan_fast_csv(path)
if before == "reads":
    begun = pfc.open_csv(path, n_threads=2, batch_size=10)
    next(begun)
    pfc.read_fast_csv(path, n_threads=2), pfc.read_arrow(path), pfc.count_rows(path)
if before == "query":
    made.collect()

reads = {
    "read_fast_csv": lambda: pfc.read_fast_csv(path, n_threads=2).height,
    "read_arrow": lambda: pfc.read_arrow(path, n_threads=2).num_rows,
    "open_csv": lambda: sum(frame.height for frame in pfc.open_csv(path, n_threads=2)),
    "count_rows": lambda: pfc.count_rows(path, n_threads=2),
    "parse_csv_simd": lambda: pfc.parse_csv_simd(path)["rows_processed"],
    "scan": lambda: pfc.scan_fast_csv(path).filter(pl.col("id") >= 0).collect().height,
}
if before == "reads":
    reads |= {"begun": lambda: next(begun), "begun stream": lambda: pyarrow.table(begun)}
if made is not None:
    reads |= {
        "made": lambda: made.collect(engine="in-memory").height,
        "made streaming": lambda: made.select("id").collect(engine="streaming").height,
        "made filter": lambda: made.filter(pl.col("id") >= 0).collect().height,
        "made index": lambda: made.with_row_index().collect().height,
        "made tail": lambda: made.tail(3000).collect().height,
        "made concat": lambda: pl.concat([made, made]).collect().height // 2,
        "made join": lambda: pl.LazyFrame({"id": [1]}).join(made, on="id", how="full").collect().height,
        "made sink": lambda: len(made.sink_csv(path + ".copy") or range(3000)),
        "pickled": lambda: pickle.loads(pickle.dumps(made)).collect().height,
    }
for name, read in reads.items():
    # A child that hangs ends by the alarm's default action.
    if (child := os.fork()) == 0:
        signal.alarm(30)
        try:
            print(name, read(), sep=": ", flush=True)
        except Exception as error:
            print(name, repr(error), sep=": ", flush=True)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        print(name, "hangs", sep=": ", flush=True)
"""


@linux
@pytest.mark.parametrize("before", ["nothing", "scan", "reads", "query"])
def test_a_forked_child_reads_and_a_query_that_would_hang_raises(ticks_file: Path, before: str) -> None:
    said = dict(line.split(": ", 1) for line in run(FORKED, str(ticks_file), before).splitlines())
    for name in ("read_fast_csv", "read_arrow", "open_csv", "count_rows", "parse_csv_simd"):
        assert said.pop(name) == "3000", name
    if before == "nothing":
        # Polars starts its threads in the child, so its queries run there.
        assert said == {"scan": "3000"}
    for name, text in said.items():
        # Polars before 2 makes a ComputeError of what is raised where it asks for a schema, with the same words.
        kind = "RuntimeError" if POLARS_2 or name.startswith(("scan", "begun")) else "ComputeError"
        assert text == "3000" or (text.startswith(kind) and "fork" in text), (name, text)
        assert name.startswith("begun") or before == "nothing" or "spawn" in text, (name, text)


SUBINTERPRETER = """
import sys
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
if sys.argv[1] == "second":
    import polars_fast_csv
print("before")
code = '''
try:
    import polars_fast_csv
except ImportError as error:
    print("refused:", error, flush=True)
'''
print("after", interpreters.run_string(interpreters.create(), code))
"""


@pytest.mark.parametrize("order", ["first", "second"])
def test_a_subinterpreter_is_refused(order: str) -> None:
    if sys.implementation.name != "cpython":
        pytest.skip("only CPython makes subinterpreters")
    said = run(SUBINTERPRETER, order)
    assert "refused: polars_fast_csv cannot be imported in a subinterpreter" in said
    assert "after None" in said


@polars2
def test_importing_brings_in_little() -> None:
    script = """
import sys, polars
before = set(sys.modules)
import polars_fast_csv
print(*sorted({name.split(".")[0] for name in set(sys.modules) - before}))
"""
    assert "polars_fast_csv" in run(script)
    heavy = {"pyarrow", "pandas", "numpy", "duckdb", "cloudpickle", "asyncio", "multiprocessing", "ctypes", "email"}
    assert not heavy & set(run(script).split())


def test_what_few_programs_use_is_loaded_when_it_is_asked_for() -> None:
    script = """
import sys
import polars_fast_csv as pfc
late = ["_validate", "_report", "_profile", "_page", "_sniffed"]
assert not {f"polars_fast_csv.{name}" for name in late} & set(sys.modules)
assert set(pfc.__all__) <= set(dir(pfc))
assert pfc.sniff is pfc.sniff and pfc.sniff.__name__ == "sniff"
from polars_fast_csv import *
print(validate.__module__, profile.__module__, Report.__module__, Sniffed.__module__, hasattr(pfc, "no_such"))
"""
    said = run(script).split()
    assert said == [f"polars_fast_csv.{name}" for name in ("_validate", "_profile", "_report", "_sniffed")] + ["False"]


def test_a_debug_build_warns() -> None:
    script = """
import importlib, sys, warnings
import polars_fast_csv
from polars_fast_csv import _native
_native.is_debug = lambda: sys.argv[1] == "debug"
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    importlib.reload(polars_fast_csv)
print(*(warning.message for warning in caught))
"""
    assert "maturin develop --release" in run(script, "debug")
    assert run(script, "release").strip() == ""


THREADS = """
import glob, os, sys, threading
import polars as pl
import polars_fast_csv as pfc

def pool():
    names = [open(task).read().strip() for task in glob.glob("/proc/self/task/*/comm")]
    return sum(name.startswith("fast-csv-") and name != "fast-csv-wait" for name in names)

source = b"a,b\\n" + b"1,some text\\n" * 500_000
"""


@linux
def test_threads_are_as_many_as_asked_for() -> None:
    one_way = "assert pfc.read_fast_csv(source, n_threads=3).height == 500_000\nprint(pool())"
    assert run(THREADS + one_way) == "3\n"
    default = "pfc.read_fast_csv(source)\nprint(pool(), pl.thread_pool_size(), pfc.parse_csv_simd(source)['threads'])"
    assert run(THREADS + default, POLARS_MAX_THREADS="5") == "5 5 5\n"


@linux
def test_reads_at_once_share_a_pool() -> None:
    script = """
most = 0
def read(n):
    global most
    for frame in pfc.open_csv(source, n_threads=4, batch_size=50_000):
        most = max(most, pool())
threads = [threading.Thread(target=read, args=(n,)) for n in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(most)
"""
    assert run(THREADS + script) == "4\n"


def test_reads_in_many_python_threads_are_right(ticks: bytes, ticks_file: Path) -> None:
    wanted = pl.read_csv(ticks)

    def read(number: int) -> None:
        options: dict[str, Any] = {"n_threads": 1 + number % 3, "batch_size": 97 + number}
        assert_frame_equal(pfc.read_fast_csv(ticks_file, **options), wanted, check_exact=True)
        assert_frame_equal(pl.concat(pfc.open_csv(ticks, **options)), wanted)
        assert pfc.read_arrow(ticks_file, **options).num_rows == wanted.height
        assert pfc.count_rows(ticks_file) == wanted.height
        picked = pfc.scan_fast_csv(ticks_file, **options).filter(pl.col("gap") == 1).collect()
        assert_frame_equal(picked, wanted.filter(pl.col("gap") == 1))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(read, range(24)))


def test_a_pass_goes_on_in_any_thread(ticks: bytes) -> None:
    reader = pfc.open_csv(ticks, n_threads=2, batch_size=100)
    with ThreadPoolExecutor(4) as threads:
        frames = [threads.submit(next, reader).result() for _ in range(20)]
        frames.append(threads.submit(lambda: pl.DataFrame(pa.table(reader))).result())
    assert_frame_equal(pl.concat(frames), pl.read_csv(ticks))


@pytest.fixture(scope="module")
def long_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of which a read that stops early leaves most."""
    path = tmp_path_factory.mktemp("long") / "long.csv"
    path.write_bytes(b"id,name\n" + b"1234567,a text that is not short\n" * 600_000)
    return path


def abandon_reader(path: Path, **options: Any) -> None:
    next(pfc.open_csv(path, **options))


def abandon_stream(path: Path, **options: Any) -> None:
    pa.RecordBatchReader.from_stream(pfc.open_csv(path, **options)).read_next_batch()


def abandon_batches(path: Path, **options: Any) -> None:
    next(iter(pfc.scan_fast_csv(path, **options).collect_batches()))


def fail_in_the_consumer(path: Path, **options: Any) -> None:
    with suppress(ZeroDivisionError), pfc.open_csv(path, **options) as reader:
        for frame in reader:
            _ = frame.height // 0


def fail_in_the_query(path: Path, **options: Any) -> None:
    def fail(frame: pl.DataFrame) -> pl.DataFrame:
        raise ZeroDivisionError

    with pytest.raises((pl.exceptions.ComputeError, ZeroDivisionError)):
        pfc.scan_fast_csv(path, **options).map_batches(fail).collect()


def fail_in_the_file(path: Path, **options: Any) -> None:
    bad = path.with_name("bad.csv")
    bad.write_bytes(path.read_bytes()[:100_000] + b"x,y,z\n")
    with pytest.raises(pfc.CsvError):
        pfc.read_fast_csv(bad, **options)


@linux
@pytest.mark.parametrize("memory_map", [True, False])
@pytest.mark.parametrize(
    "abandon",
    [
        abandon_reader,
        abandon_stream,
        pytest.param(abandon_batches, marks=polars2),
        fail_in_the_consumer,
        fail_in_the_query,
        fail_in_the_file,
    ],
)
def test_what_is_dropped_closes_its_file_and_ends_its_threads(
    long_file: Path, abandon: Callable[..., None], memory_map: bool
) -> None:
    def held() -> tuple[int, int]:
        """Descriptors of the file with maps of it, and threads that live no longer than a call."""
        descriptors = [os.readlink(link) for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
        maps = Path("/proc/self/maps").read_text().splitlines()
        names = Counter(task.read_text().strip() for task in Path("/proc/self/task").glob("*/comm"))
        # Pools stay for the next read: this reader's, one for each number of threads, and those of Polars and pyarrow.
        return sum(long_file.parent.name in name for name in descriptors + maps), names["fast-csv-wait"]

    for _ in range(3):
        abandon(long_file, n_threads=2, batch_size=1000, memory_map=memory_map)
    gc.collect()
    deadline = time.monotonic() + 10
    while held() != (0, 0) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert held() == (0, 0)


SETTLED = """
import pathlib
import polars_fast_csv as pfc

rows = "".join(f"{row % 900},{row}\\n" for row in range(1000))
rules = {"a": {"unique": True, "references": "b"}}
report = pfc.validate(("a,b\\n" + rows).encode(), rules, n_threads=2)
assert report.bad_rows == 100
names = [task.read_text().strip() for task in pathlib.Path("/proc/self/task").glob("*/comm")]
print(sorted(name for name in names if name.startswith("fast-csv")))
"""


@linux
def test_rules_across_rows_use_the_threads_that_read() -> None:
    assert run(SETTLED).strip() == "['fast-csv-0', 'fast-csv-1']"


@linux
@polars2
def test_reads_that_are_dropped_leave_the_pools_alone(long_file: Path) -> None:
    script = """
import gc, time
def tasks():
    return len(os.listdir("/proc/self/task"))
def abandon():
    next(pfc.open_csv(sys.argv[1], n_threads=2, batch_size=100))
    next(iter(pfc.scan_fast_csv(sys.argv[1], n_threads=2, batch_size=100).collect_batches()))
    pfc.count_rows(sys.argv[1], n_threads=2)
for _ in range(3):
    abandon()
before = tasks()
for _ in range(30):
    abandon()
gc.collect()
print(pool(), tasks() - before)
"""
    pools, more = run(THREADS + script, str(long_file)).split()
    assert pools == "2"
    # Polars starts and ends a few of its own as it likes.
    assert int(more) < 10


WARM = """
import os, sys, time
import polars as pl
import polars_fast_csv as pfc

rows = "a,b\\n" + "".join(f"{row},{row / 7}\\n" for row in range(30_000))
want = pl.DataFrame({"a": range(30_000), "b": [row / 7 for row in range(30_000)]})

def places():
    assert pfc.read_fast_csv(rows.encode(), n_threads=1).equals(want)
    table = pfc.read_arrow(rows.encode(), n_threads=1)
    return {chunk.buffers()[1].address for column in table.columns for chunk in column.chunks}

places()
first = places()
time.sleep(2.5)
again = places()
print(first == again)
child = os.fork()
if child == 0:
    for _ in range(3):
        places()
    os._exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@linux
def test_memory_of_a_dropped_frame_serves_the_next_read() -> None:
    assert run(WARM).split() == ["True", "7"]
