"""The expression namespace ``.fast_csv``: what the reader knows of text, as functions of Polars columns."""

from __future__ import annotations

import polars as pl

from polars_fast_csv._expr_columns import ColumnTests
from polars_fast_csv._expr_formats import FormatTests
from polars_fast_csv._expr_parsing import Parsing
from polars_fast_csv._expr_types import TypeTests


@pl.api.register_expr_namespace("fast_csv")
class FastCsvExpr(TypeTests, FormatTests, ColumnTests, Parsing):
    """
    Tests of columns and readers of text, compiled; reached as ``pl.col(...).fast_csv``.

    Those of text take a column of type String, Categorical or Enum (by its words). Nulls stay null. They run on both
    engines, in groups and in filters. A column of another type is refused, mostly when the query's schema is resolved.

    Examples
    --------
    >>> import polars as pl
    >>> import polars_fast_csv
    >>> frame = pl.DataFrame({"text": ["1", "x", None]})
    >>> frame.filter(~pl.col("text").fast_csv.is_int())["text"].to_list()
    ['x']
    """
