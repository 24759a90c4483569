"""What reads refuse without failing, as a frame."""

from __future__ import annotations

import operator
from typing import Any

import polars as pl

from polars_fast_csv import _native

CODES = pl.Enum(
    [
        "cast",
        "overflow",
        "invalid_utf8",
        "too_many_fields",
        "too_few_fields",
        "stray_quote",
        "unclosed_quote",
        "line_too_long",
        "null_in_required",
        "rule",
    ]
)


class Rejects:
    r"""
    Collects the cells and records that a read refuses and does not fail on.

    Pass it as ``rejects=`` to any way to read. Every scan that runs is kept apart: each collect of a query, each of two
    scans that a query joins. What a scan refuses follows from its ``on_error`` and ``short_records``; with
    ``on_error="raise"`` only the records that are padded or cut are recorded. A copy that is pickled with its query
    refuses to run where it arrives. Of a record that goes for its structure the cells are not looked at.

    Parameters
    ----------
    limit : int or None, default None
        Keep at most so many rejects of a scan, the first in its files; those beyond are only counted.

    Raises
    ------
    TypeError, ValueError
        The limit is no number or negative.

    Examples
    --------
    >>> import polars as pl
    >>> import polars_fast_csv as pfc
    >>> rejects = pfc.Rejects()
    >>> options = {"schema": {"a": pl.Int64, "b": pl.Int64}, "on_error": "null", "rejects": rejects}
    >>> pfc.read_fast_csv(b"a,b\n1,x\n2,2,3\n", **options).rows()
    [(1, None), (2, 2)]
    >>> rejects.frame().select("line", "column", "code", "value", "action").rows()
    [(2, 2, 'cast', 'x', 'null'), (3, 3, 'too_many_fields', '3', 'truncate')]
    """

    def __init__(self, limit: int | None = None) -> None:
        if limit is not None and operator.index(limit) < 0:
            msg = f"limit must not be negative, got {limit}"
            raise ValueError(msg)
        self._native = _native.Rejects(limit)

    @property
    def native(self) -> _native.Rejects:
        """What the native reader fills."""
        return self._native

    def __len__(self) -> int:
        """The number of scans that ran."""
        return self._native.scans

    def frame(self, scan: int | None = -1) -> pl.DataFrame:
        """
        Give the rejects of a scan, in the order of its files.

        Parameters
        ----------
        scan
            The number of the scan, from 0; negative ones count from the last. ``None`` gives the rejects of all, with
            the number in a column ``scan`` before the others.

        Returns
        -------
        polars.DataFrame
            ``file`` (null where the source is none), ``record`` and ``line`` (from 1; the header is no record),
            ``byte`` (of the field, from 0), ``column`` (from 1), ``column_name``, ``code``, ``rule``, ``value``,
            ``expected``, ``raw`` (the record, up to 4,096 bytes), ``truncated`` (whether ``value`` or ``raw`` is only
            the beginning), and ``action``: what became of it.

        Raises
        ------
        IndexError
            There is no such scan.
        """
        if scan is None:
            frames = [
                self._scan(at).select(pl.lit(at, dtype=pl.UInt32).alias("scan"), pl.all()) for at in range(len(self))
            ]
            return pl.concat(frames) if frames else EMPTY.select(pl.lit(0, dtype=pl.UInt32).alias("scan"), pl.all())
        if scan == -1 and not len(self):
            return EMPTY.clone()
        return self._scan(self._number(scan))

    def summary(self, scan: int = -1) -> pl.DataFrame:
        """
        Count the rejects of a scan by file, column, code and rule, those beyond the limit included.

        Parameters
        ----------
        scan
            The number of the scan, from 0; negative ones count from the last.

        Returns
        -------
        polars.DataFrame
            ``file``, ``column_name`` (null where a whole record is at fault), ``code``, ``rule``, ``count``.

        Raises
        ------
        IndexError
            There is no such scan.
        """
        counted = [] if scan == -1 and not len(self) else self._native.summary(self._number(scan))
        schema: dict[str, Any] = {
            "file": pl.String,
            "column_name": pl.String,
            "code": CODES,
            "rule": pl.String,
            "count": pl.UInt64,
        }
        return pl.DataFrame(counted, schema=schema, orient="row")

    def clear(self) -> None:
        """Forget every scan."""
        self._native.clear()

    def _number(self, scan: int) -> int:
        number = operator.index(scan)
        number += len(self) if number < 0 else 0
        if not 0 <= number < len(self):
            msg = f"there is no scan {scan}: {len(self)} ran"
            raise IndexError(msg)
        return number

    def _scan(self, number: int) -> pl.DataFrame:
        return pl.DataFrame(self._native.frame(number)).with_columns(pl.col("code").cast(CODES))

    def __repr__(self) -> str:
        return f"<Rejects of {len(self)} scan{'' if len(self) == 1 else 's'}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return (_LeftBehind, (self._native.limit,))


class _LeftBehind(Rejects):
    """A copy in another process, where nobody would see what it collects."""

    @property
    def native(self) -> _native.Rejects:
        msg = (
            "the Rejects of this query stayed in the process that made it, so what is refused here would be lost; "
            "scan the file in this process, with a Rejects of its own"
        )
        raise RuntimeError(msg)


_SCHEMA: dict[str, Any] = {
    "file": pl.String,
    "record": pl.UInt64,
    "line": pl.UInt64,
    "byte": pl.UInt64,
    "column": pl.UInt64,
    "column_name": pl.String,
    "code": CODES,
    "rule": pl.String,
    "value": pl.String,
    "expected": pl.String,
    "raw": pl.String,
    "truncated": pl.Boolean,
    "action": pl.String,
}
EMPTY = pl.DataFrame(schema=_SCHEMA)
