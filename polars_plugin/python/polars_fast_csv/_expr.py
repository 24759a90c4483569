"""The expression namespace ``.fast_csv``: what the reader knows of text, as functions of Polars columns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
from polars.plugins import register_plugin_function

from polars_fast_csv import _native

_LIBRARY = Path(_native.__file__)


@pl.api.register_expr_namespace("fast_csv")
class FastCsvExpr:
    """
    Tests of text columns, compiled; reached as ``pl.col(...).fast_csv``.

    Each takes a column of type String, Categorical or Enum (tested by its words), keeps nulls as nulls, and runs on
    both engines, in groups and in filters. A column of another type is an ``InvalidOperationError``.

    Examples
    --------
    >>> import polars as pl
    >>> import polars_fast_csv
    >>> frame = pl.DataFrame({"text": ["1", "x", None]})
    >>> frame.filter(~pl.col("text").fast_csv.is_int())["text"].to_list()
    ['x']
    """

    def __init__(self, expr: pl.Expr) -> None:
        self._expr = expr

    def is_int(self, bits: int = 64) -> pl.Expr:
        """
        Say which texts are integers that fit.

        An integer is what the reader takes for one: an optional sign and digits, blanks before it allowed.

        Parameters
        ----------
        bits : {8, 16, 32, 64}, default 64
            The width of the signed type that has to hold it.

        Returns
        -------
        polars.Expr
            Boolean, null where the text is null.

        Raises
        ------
        ValueError
            If ``bits`` is no such width.

        Examples
        --------
        >>> import polars as pl
        >>> import polars_fast_csv
        >>> frame = pl.DataFrame({"text": ["12", "-129", "1.0", "", None]})
        >>> frame.select(pl.col("text").fast_csv.is_int(bits=8))["text"].to_list()
        [True, False, False, False, None]
        """
        if bits not in (8, 16, 32, 64) or isinstance(bits, bool):
            msg = f"bits must be 8, 16, 32 or 64, got {bits!r}"
            raise ValueError(msg)
        return self._elementwise("is_int", bits=bits)

    def _elementwise(self, function: str, **arguments: Any) -> pl.Expr:
        """Call a compiled function that answers each row by itself."""
        return register_plugin_function(
            plugin_path=_LIBRARY,
            function_name=function,
            args=[self._expr],
            kwargs=arguments,
            is_elementwise=True,
        )
