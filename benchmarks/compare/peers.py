"""The readers, each told the schema the way it takes one, each giving the result its users work with.

A library is imported when its reader is first used, so that a process that measures one reader's memory holds no
other. Everything that can be prepared before the read (options, type maps, connections) is prepared by `plan`; what
it returns is only the call that a user would write. Defaults are left alone: block sizes, threads and buffers are
those of each library.
"""

from __future__ import annotations

import csv
import datetime
import importlib.metadata
import platform
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from .shapes import polars_schema

if TYPE_CHECKING:
    import polars as pl

    from .shapes import Data, Kind, Shape

BASE = "fast-csv"


class Reader(ABC):
    """One way to read a CSV file whole."""

    name: ClassVar[str]
    distribution: ClassVar[str | None]
    """What is installed to have it; `None` for the standard library."""
    about: ClassVar[str]
    """How it is called and how its result differs, for the report."""

    @abstractmethod
    def plan(self, data: Data) -> Callable[[], Any]:
        """The read, ready to be called any number of times."""

    def frame(self, result: Any, shape: Shape) -> pl.DataFrame:
        """The result as polars sees it, for comparison; never timed."""
        import polars as pl

        return pl.DataFrame(result)


class FastCsv(Reader):
    """The reader that this repository builds."""

    name = BASE
    distribution = "polars-fast-csv"
    about = "`pfc.read_fast_csv(schema=...)`, a polars frame"

    def plan(self, data: Data) -> Callable[[], Any]:
        import polars_fast_csv as pfc

        schema = polars_schema(data.shape)
        nulls = list(data.shape.null_values) or None
        return lambda: pfc.read_fast_csv(data.path, schema=schema, null_values=nulls)


class Polars(Reader):
    """`pl.read_csv`, as its documentation shows it."""

    name = "polars"
    distribution = "polars"
    about = "`pl.read_csv(schema=...)`, which parses temporal columns too"

    def plan(self, data: Data) -> Callable[[], Any]:
        import polars as pl

        schema = polars_schema(data.shape)
        nulls = list(data.shape.null_values) or None
        return lambda: pl.read_csv(data.path, schema=schema, null_values=nulls)


class PolarsStrptime(Reader):
    """Polars with its datetimes read as text and parsed by an expression: more to write, and quicker."""

    name = "polars-strptime"
    distribution = "polars"
    about = "`pl.scan_csv` with text for datetimes, then `str.to_datetime` with a format; where there are datetimes"

    def plan(self, data: Data) -> Callable[[], Any]:
        import polars as pl

        shape = data.shape
        schema = polars_schema(shape)
        schema.update(dict.fromkeys(shape.of_kind("datetime", "datetime_utc"), pl.String))
        nulls = list(shape.null_values) or None
        parsed = [pl.col(name).str.to_datetime("%Y-%m-%d %H:%M:%S%.3f") for name in shape.of_kind("datetime")]
        parsed += [pl.col(name).str.to_datetime("%Y-%m-%dT%H:%M:%SZ") for name in shape.of_kind("datetime_utc")]
        return lambda: pl.scan_csv(data.path, schema=schema, null_values=nulls).with_columns(parsed).collect()

    def frame(self, result: Any, shape: Shape) -> pl.DataFrame:
        import polars as pl

        frame: pl.DataFrame = result
        return frame.with_columns(pl.col(name).dt.replace_time_zone("UTC") for name in shape.of_kind("datetime_utc"))


class DuckDb(Reader):
    """DuckDB's parallel reader, fetched whole into Arrow."""

    name = "duckdb"
    distribution = "duckdb"
    about = "`read_csv(columns={...}, auto_detect=false)`, fetched into an Arrow table"

    kinds: ClassVar[dict[Kind, str]] = {
        "int": "BIGINT",
        "float": "DOUBLE",
        "text": "VARCHAR",
        "bool": "BOOLEAN",
        "date": "DATE",
        "datetime": "TIMESTAMP",
        "datetime_utc": "TIMESTAMPTZ",
    }

    def plan(self, data: Data) -> Callable[[], Any]:
        import duckdb

        connection = duckdb.connect()
        columns = ", ".join(f"'{name}': '{self.kinds[kind]}'" for name, kind in data.shape.columns.items())
        path = str(data.path).replace("'", "''")
        nulls = "".join(f", nullstr='{word}'" for word in data.shape.null_values)
        query = (
            f"SELECT * FROM read_csv('{path}', header=true, auto_detect=false, delim=',', quote='\"', escape='\"', "
            f"columns={{{columns}}}{nulls})"
        )
        return lambda: connection.sql(query).to_arrow_table()


class PyArrow(Reader):
    """`pyarrow.csv.read_csv` with its column types given."""

    name = "pyarrow"
    distribution = "pyarrow"
    about = "`pyarrow.csv.read_csv(convert_options=...)` with column types; `newlines_in_values` where there are any"

    def plan(self, data: Data) -> Callable[[], Any]:
        import pyarrow as pa
        from pyarrow import csv as pa_csv

        kinds = {
            "int": pa.int64(),
            "float": pa.float64(),
            "text": pa.string(),
            "bool": pa.bool_(),
            "date": pa.date32(),
            "datetime": pa.timestamp("us"),
            "datetime_utc": pa.timestamp("us", "UTC"),
        }
        convert = pa_csv.ConvertOptions(
            column_types={name: kinds[kind] for name, kind in data.shape.columns.items()},
            null_values=list(data.shape.null_values) or None,
            strings_can_be_null=bool(data.shape.null_values),
        )
        parse = pa_csv.ParseOptions(newlines_in_values=data.shape.newlines)
        return lambda: pa_csv.read_csv(data.path, convert_options=convert, parse_options=parse)


class Pandas(Reader):
    """`pandas.read_csv` with its own C engine, parallel since pandas 3.1 for files of 5 MB and more."""

    name = "pandas"
    distribution = "pandas"
    about = "`pd.read_csv(dtype=..., parse_dates=...)`, C engine; dates become timestamps"
    options: ClassVar[dict[str, Any]] = {"engine": "c"}

    def plan(self, data: Data) -> Callable[[], Any]:
        import pandas as pd  # type: ignore[import-untyped]

        shape = data.shape
        plain = {"int": "int64", "float": "float64", "text": "str", "bool": "bool"}
        dtype = {name: plain[kind] for name, kind in shape.columns.items() if kind in plain}
        # int64 holds no null in pandas; its masked twin does.
        dtype.update(dict.fromkeys(shape.nullable & set(shape.of_kind("int")), "Int64"))
        dates = shape.of_kind("date", "datetime", "datetime_utc") or None
        nulls = list(shape.null_values) or None
        return lambda: pd.read_csv(data.path, dtype=dtype, parse_dates=dates, na_values=nulls, **self.options)

    def frame(self, result: Any, shape: Shape) -> pl.DataFrame:
        import polars as pl

        return pl.from_pandas(result)


class PandasPyArrow(Pandas):
    """`pandas.read_csv(engine="pyarrow")`: pyarrow reads, pandas converts."""

    name = "pandas-pyarrow"
    about = '`pd.read_csv(engine="pyarrow", dtype=..., parse_dates=...)`; dates become timestamps'
    options: ClassVar[dict[str, Any]] = {"engine": "pyarrow"}


class PythonCsv(Reader):
    """The standard library's `csv` module, a conversion mapped over each column."""

    name = "python-csv"
    distribution = None
    about = "`csv.reader`, then `int`, `float`, `fromisoformat` mapped over the columns: lists of Python objects"

    kinds: ClassVar[dict[Kind, Callable[[str], Any]]] = {
        "int": int,
        "float": float,
        "text": str,
        "bool": {"true": True, "false": False}.__getitem__,
        "date": datetime.date.fromisoformat,
        "datetime": datetime.datetime.fromisoformat,
        "datetime_utc": datetime.datetime.fromisoformat,
    }

    def plan(self, data: Data) -> Callable[[], Any]:
        converters = [self._converter(data.shape, name) for name in data.shape.columns]

        def read() -> dict[str, list[Any]]:
            with data.path.open(newline="", encoding="utf-8") as file:
                rows = csv.reader(file)
                header = next(rows)
                columns = zip(*rows, strict=True)
                return {
                    name: list(map(convert, column)) if convert else list(column)
                    for name, convert, column in zip(header, converters, columns, strict=True)
                }

        return read

    def _converter(self, shape: Shape, name: str) -> Callable[[str], Any] | None:
        """`None` where the text is the value."""
        kind = shape.columns[name]
        convert = None if kind == "text" else self.kinds[kind]
        if name not in shape.nullable:
            return convert
        words = shape.null_values
        return lambda text: None if text in words else convert(text) if convert else text


READERS: dict[str, Reader] = {
    reader.name: reader
    for reader in (
        FastCsv(),
        Polars(),
        PolarsStrptime(),
        DuckDb(),
        PyArrow(),
        Pandas(),
        PandasPyArrow(),
        PythonCsv(),
    )
}

# Reads a shape of hundreds of megabytes in minutes; it takes part where asked for by name.
SLOW = frozenset({"python-csv"})


def takes_part(reader: str, shape: Shape, asked: bool) -> bool:
    """Whether the reader is compared on this shape. `asked`: the reader was named on the command line."""
    if reader == "polars-strptime" and not shape.of_kind("datetime", "datetime_utc"):
        return False
    return reader not in SLOW or asked or shape.name == "ticks"


def version(reader: Reader) -> str:
    """The version of the reader's distribution."""
    if reader.distribution is None:
        return platform.python_version()
    try:
        return importlib.metadata.version(reader.distribution)
    except importlib.metadata.PackageNotFoundError as error:
        raise SystemExit(
            f"{reader.name}: {reader.distribution} is not installed; leave it out with --readers"
        ) from error
