"""What was read, against what is in the file: a peer is timed only when its answer is known.

For a generated file the reference is the frame that the text was made from. For a file from elsewhere it is
pyarrow's answer, accepted only if polars gives the same one bit by bit. Neither is ever the reader under test.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from .peers import READERS
from .shapes import Data, Shape, polars_schema

Verdict = Literal["right", "inexact", "wrong"]

# A decimal converter that rounds more than once stays within this many units in the last place.
INEXACT_ULPS = 8


@dataclass(frozen=True)
class Answer:
    """`detail` says what differs, and is empty for a right answer."""

    verdict: Verdict
    detail: str = ""


def reference(data: Data) -> pl.DataFrame:
    """The frame that a right reader finds in the file."""
    if data.truth is not None:
        return _typed(pl.read_ipc(data.truth), data.shape)
    first, second = (READERS[name] for name in ("pyarrow", "polars"))
    frame = _typed(first.frame(first.plan(data)(), data.shape), data.shape)
    other = second.frame(second.plan(data)(), data.shape)
    answer = compare(other, frame, data.shape)
    if answer.verdict != "right":
        raise RuntimeError(f"{data.path}: no reference, {first.name} and {second.name} differ: {answer.detail}")
    return frame


def compare(frame: pl.DataFrame, truth: pl.DataFrame, shape: Shape) -> Answer:
    """Column by column: equal values, nulls in the same rows, floats equal in every bit."""
    if frame.columns != truth.columns:
        return Answer("wrong", f"columns {frame.columns[:5]}, expected {truth.columns[:5]}")
    if frame.height != truth.height:
        return Answer("wrong", f"{frame.height} rows, expected {truth.height}")
    try:
        frame = _typed(frame, shape)
    except pl.exceptions.PolarsError as error:
        return Answer("wrong", str(error).splitlines()[0])
    worst = 0
    for name in truth.columns:
        have, want = frame[name], truth[name]
        different = (have.ne_missing(want)).sum()
        if shape.columns[name] != "float":
            if different:
                return Answer("wrong", _difference(have, want))
            continue
        if not have.is_null().equals(want.is_null()):
            return Answer("wrong", f"{name}: nulls in other rows")
        distance = _ulps(have, want)
        if distance > INEXACT_ULPS:
            return Answer("wrong", _difference(have, want))
        worst = max(worst, distance)
    return Answer("inexact", f"floats off by up to {worst} ulp") if worst else Answer("right")


def _typed(frame: pl.DataFrame, shape: Shape) -> pl.DataFrame:
    """The same values in the comparison's types; a value that does not survive the change is an error."""
    typed = frame.select(pl.col(name).cast(dtype, strict=True) for name, dtype in polars_schema(shape).items())
    for name, dtype in frame.schema.items():
        if typed.schema[name] != dtype and typed[name].cast(dtype).ne_missing(frame[name]).any():
            raise pl.exceptions.InvalidOperationError(f"{name}: {dtype} values that are not {typed.schema[name]}")
    return typed


def _difference(have: pl.Series, want: pl.Series) -> str:
    row = have.ne_missing(want).arg_max() or 0
    return f"{want.name} row {row}: {have[row]!r}, expected {want[row]!r}"


def _ulps(have: pl.Series, want: pl.Series) -> int:
    """The largest distance in units in the last place; the sign bit counts, so -0.0 is not 0.0."""
    ordered = []
    for series in (have, want):
        bits = series.drop_nulls().to_numpy().view(np.int64)
        ordered.append(np.where(bits < 0, np.int64(-(2**63)) - bits - 1, bits))
    # The differences of values of different sign may wrap, and stay far from zero; as floats their negation does not.
    distance = (ordered[0] - ordered[1]).astype(np.float64)
    return int(np.abs(distance).max(initial=0))
