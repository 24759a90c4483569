"""Peak anonymous memory of one read, each in a process of its own.

The child imports its library, reports its resident anonymous memory, and reads when told to; the parent samples it
from outside, so a reader that holds the interpreter lock is seen too. RssAnon leaves out the pages of a mapped file,
which belong to the page cache. The result is still held when the last sample is taken.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from .peers import READERS
from .shapes import SHAPES, Data

INTERVAL = 0.002


def peak(reader: str, data: Data, threads: int | None) -> int:
    """Bytes of RssAnon at the highest sample, less those before the read began."""
    task = json.dumps([reader, data.shape.name, str(data.path), threads])
    command = [sys.executable, "-m", f"{__package__}.memory", task]
    root = Path(__file__).resolve().parents[__package__.count(".") + 1]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        if child.stdout.readline() != "ready\n":
            raise RuntimeError(f"{reader}: the process that measures its memory did not start")
        before = highest = anonymous(child.pid)
        child.stdin.write("read\n")
        child.stdin.flush()
        done = _Line(child)
        while not done.arrived():
            highest = max(highest, anonymous(child.pid))
            time.sleep(INTERVAL)
        highest = max(highest, anonymous(child.pid))
        child.stdin.close()
        if child.wait():
            raise RuntimeError(f"{reader}: the process that measures its memory failed")
    return highest - before


class _Line:
    """Whether the child has printed anything, without waiting for it."""

    def __init__(self, child: subprocess.Popen[str]) -> None:
        import selectors

        self._selector = selectors.DefaultSelector()
        assert child.stdout is not None
        self._selector.register(child.stdout, selectors.EVENT_READ)

    def arrived(self) -> bool:
        return bool(self._selector.select(timeout=0))


def anonymous(pid: int) -> int:
    """Bytes of RssAnon of a process now."""
    status = Path(f"/proc/{pid}/status").read_text()
    for line in status.splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    return 0


def _child(task: str) -> None:
    name, shape, path, threads = json.loads(task)
    if threads:
        from .machine import limit_threads

        limit_threads(threads)
    call = READERS[name].plan(Data(SHAPES[shape], Path(path), None, 0))
    print("ready", flush=True)
    sys.stdin.readline()
    result = call()
    print("done", flush=True)
    sys.stdin.readline()
    del result


if __name__ == "__main__":
    _child(sys.argv[1])
