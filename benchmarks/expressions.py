"""
Functions of the namespace `.fast_csv` against Polars' best expression for the same question: `python -m
benchmarks.expressions`.

Answers are compared first, rounds are interleaved, and the ratio is the median of the rounds' own (see README.md here).
Both have all threads: an expression of Polars uses one of them for a column in memory, a function of this package all.
`--threads 1` gives both one.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import polars as pl

ROWS = 10_000_000

# What WHATWG's HTML standard takes for an address, with a dot in the domain.
ADDRESS = (
    r"^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
    r"(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)+$"
)


class Case(NamedTuple):
    """A question, ours and theirs, and how many times faster ours has to be."""

    question: str
    theirs_in_words: str
    ours: pl.Expr
    theirs: pl.Expr
    wanted: float


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.expressions", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--threads", type=int, help="of Polars and of the functions; all by default")
    arguments = parser.parse_args()
    if arguments.threads is not None and "polars" not in sys.modules:
        # Polars looks once, when it is imported.
        os.environ["POLARS_MAX_THREADS"] = str(arguments.threads)
    run(arguments.rows, arguments.rounds)


def run(rows: int, rounds: int) -> None:
    import polars as pl

    from .compare.timing import measure, ratio

    frame = data(rows)
    print(f"{rows} rows, {rounds} rounds, {pl.thread_pool_size()} threads, polars {pl.__version__}\n")
    print("| function | Polars | ms | Polars, ms | ratio | of CPU time | wanted |\n|---|---|---|---|---|---|---|")
    for case in cases():
        ours, theirs = (frame.lazy().select(expression) for expression in (case.ours, case.theirs))
        # A cast says nothing of a null or of a broken text where a function says no.
        one, other = (query.collect().with_columns(pl.col(pl.Boolean).fill_null(False)) for query in (ours, theirs))
        if not one.equals(other):
            msg = f"{case.question}: the answers differ"
            raise AssertionError(msg)
        times = measure({"ours": ours.collect, "theirs": theirs.collect}, rounds)
        own, other_times = times["ours"], times["theirs"]
        wall, cpu = ratio(other_times.wall, own.wall).median, ratio(other_times.cpu, own.cpu).median
        print(
            f"| `{case.question}` | `{case.theirs_in_words}` | {statistics.median(own.wall) * 1e3:.0f} |"
            f" {statistics.median(other_times.wall) * 1e3:.0f} | {wall:.2f} | {cpu:.2f} | {case.wanted} |",
            flush=True,
        )


def data(rows: int) -> pl.DataFrame:
    """Make a column for each question, with one text in a hundred that is none of what is asked for and one null."""
    import polars as pl

    row = pl.int_range(rows)
    moment = pl.datetime(2000, 1, 1) + pl.duration(seconds=row * 77)
    columns: dict[str, pl.Expr] = {
        "int": (row * 7919 % 100_000_007).cast(pl.String),
        "number": (row % 1_000_000 / 100).cast(pl.String),
        "address": pl.format("user{}.name@mail{}.example.com", row, row % 100),
        "code": pl.format("{}-{}", pl.when(row % 3 == 0).then(pl.lit("AB")).otherwise(pl.lit("Ab")), row % 1000),
        "day": moment.dt.to_string("%Y-%m-%d"),
        "moment": moment.dt.to_string("%Y-%m-%dT%H:%M:%S"),
        "side": pl.when(row % 3 == 0).then(pl.lit("buy")).otherwise(pl.lit("sell")),
    }

    def spoilt(values: pl.Expr) -> pl.Expr:
        return pl.when(row % 100 == 17).then(pl.lit("n/a")).when(row % 100 == 18).then(None).otherwise(values)

    return pl.select(**{name: spoilt(values) for name, values in columns.items()})


def cases() -> list[Case]:
    """List the questions; imported late, so that the number of threads can be set."""
    import polars as pl
    import polars_fast_csv as pfc  # noqa: F401  (sets the namespace)

    c: Any = pl.col

    def matches(column: Any, pattern: str) -> Case:
        ours, theirs = column.fast_csv.matches(pattern), column.str.contains(pattern)
        return Case(f"matches({pattern!r})", "str.contains", ours, theirs, 1.3)

    return [
        Case(
            "is_int()",
            "cast(Int64, strict=False).is_not_null()",
            c.int.fast_csv.is_int(),
            c.int.cast(pl.Int64, strict=False).is_not_null(),
            1.3,
        ),
        Case("is_email()", "str.contains(...)", c.address.fast_csv.is_email(), c.address.str.contains(ADDRESS), 1.3),
        matches(c.code, "^[A-Z]{2}-[0-9]{3}$"),
        matches(c.address, "[0-9]+.name@mail[0-9]"),
        matches(c.address, "mail99"),
        Case(
            "in_range(100, 5000)",
            "cast(Float64, strict=False).is_between",
            c.number.fast_csv.in_range(100, 5000),
            c.number.cast(pl.Float64, strict=False).is_between(100, 5000),
            1.3,
        ),
        Case(
            "is_date()",
            "str.to_date('%Y-%m-%d', strict=False).is_not_null()",
            c.day.fast_csv.is_date(),
            c.day.str.to_date("%Y-%m-%d", strict=False).is_not_null(),
            3,
        ),
        Case(
            "is_datetime()",
            "str.to_datetime(format, strict=False).is_not_null()",
            c.moment.fast_csv.is_datetime(),
            c.moment.str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False).is_not_null(),
            3,
        ),
        Case(
            "parse_date()",
            "str.to_date(format)",
            c.day.fast_csv.parse_date(),
            c.day.str.to_date("%Y-%m-%d", strict=False),
            3,
        ),
        Case(
            "parse_datetime()",
            "str.to_datetime(format)",
            c.moment.fast_csv.parse_datetime(),
            c.moment.str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False),
            3,
        ),
        Case(
            "parse_datetime('%Y-%m-%dT%H:%M:%S')",
            "str.to_datetime(format)",
            c.moment.fast_csv.parse_datetime("%Y-%m-%dT%H:%M:%S"),
            c.moment.str.to_datetime("%Y-%m-%dT%H:%M:%S", strict=False),
            3,
        ),
        Case("parse_int()", "cast(Int64)", c.int.fast_csv.parse_int(), c.int.cast(pl.Int64, strict=False), 1.3),
        Case(
            "parse_float()",
            "cast(Float64)",
            c.number.fast_csv.parse_float(),
            c.number.cast(pl.Float64, strict=False),
            1.3,
        ),
        Case(
            "is_one_of(['buy', 'sell'])",
            "is_in",
            c.side.fast_csv.is_one_of(["buy", "sell"]),
            c.side.is_in(["buy", "sell"]),
            1,
        ),
    ]


if __name__ == "__main__":
    main()
