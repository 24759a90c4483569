"""
What a test may expect of the Polars that is installed: 2.x or, in `make test-oldest`, the oldest supported.

This is the one place that asks. A test of what this package promises runs on both; one that holds it against the CSV
reader of Polars 2, or needs what only Polars 2 has, is marked `polars2`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl
import pytest

# Since then a scan is a reader of the engine; before, it is a Python source.
POLARS_2 = hasattr(pl, "scan_external_reader")

polars2 = pytest.mark.skipif(not POLARS_2, reason=f"it is about Polars 2, and this is {pl.__version__}")

# Of a Python source that gives its rows in several frames, Polars 1.x itself gives too many rows of such a slice in the
# streaming engine. Nothing of it reaches the source.
SLICES_FROM_THE_END = POLARS_2

# What Polars puts before the text of an exception that left a Python source.
WRAPPED = "caught exception during execution of a Python source, exception: "


@contextmanager
def raises_in_a_query(kind: type[Exception], match: str) -> Iterator[pytest.ExceptionInfo[Exception]]:
    """
    Expect an exception of a query that runs.

    It is of its kind; before Polars 2 one of a source that runs already is a plain ComputeError that names the kind and
    carries the text.
    """
    with pytest.raises(kind if POLARS_2 else (kind, pl.exceptions.ComputeError), match=match) as caught:
        yield caught
    assert kind_and_text(caught.value)[0] == kind.__name__


def kind_and_text(error: Exception) -> tuple[str, str]:
    """The type and the text of an exception, before it was wrapped."""
    text = str(error)
    if POLARS_2 or not text.startswith(WRAPPED):
        return type(error).__name__, text
    kind, _, rest = text.removeprefix(WRAPPED).partition(": ")
    return kind, rest
