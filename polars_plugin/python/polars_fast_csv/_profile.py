"""What there is in each column of a file, from one pass that keeps no row."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Unpack

import polars as pl

from polars_fast_csv import _native
from polars_fast_csv._errors import CsvError
from polars_fast_csv._options import ProfileOptions, takes
from polars_fast_csv._page import name_of, title_of
from polars_fast_csv._profile_frame import Profile
from polars_fast_csv._profile_page import Taken
from polars_fast_csv._progress import Telling
from polars_fast_csv._resolved import ResolvedCsv
from polars_fast_csv._settings import Settings, settle
from polars_fast_csv._sources import CsvSource


@takes(ProfileOptions)
def profile(source: CsvSource, **options: Unpack[ProfileOptions]) -> Profile:
    r"""
    Say what there is in each column of CSV files.

    All of it is computed in one pass, in the threads that decode, and no row is kept: memory does not grow with the
    file. The same bytes and options give the same profile, down to the last digit, whatever the number of threads. Only
    where a value does not fit the type that a sample had suggested are there passes more: for the types, then again.

    Parameters
    ----------
    source
        As for :func:`scan_fast_csv`.
    columns : names or positions, optional
        The columns to look at, in the order in which they are to come.
    **options
        Every option of :func:`scan_fast_csv` but ``row_index_name`` and ``include_file_paths``, whose columns no file
        holds.

    Returns
    -------
    polars.DataFrame
        One row a column; shown as a page in a notebook, and written as one by ``.to_html(path)``:

        ``column``, ``type`` : String
            Its name and its Polars type.
        ``count``, ``nulls`` : UInt64
            The values that are not null (NaN is a value), and the nulls. Exact.
        ``distinct`` : UInt64
            The distinct values. An estimate with a standard error of 1.15% (HyperLogLog) unless ``exact``.
        ``exact`` : Boolean
            Whether the distinct values are so few (some hundred; in a small file up to 4096) that all of them were
            counted: then ``distinct``, the quantiles, ``common`` and ``bin_counts`` are exact, otherwise estimates.
        ``min``, ``max`` : String
            The extremes, exact, NaN left out as Polars does, as Polars spells them (``cast(pl.String)``); durations as
            ISO 8601 does. A text of more than 1024 bytes is cut and ends with ``…``.
        ``median`` : String
            The median in the same spelling, of all types with an order but text and booleans; a value of the column, as
            good as ``q50``.
        ``mean``, ``std`` : Float64
            Of numbers and booleans, within a relative error of 1e-12 of exact arithmetic; ``std`` has one degree of
            freedom less than values. NaN or infinite where Polars' are.
        ``q05``, ``q25``, ``q50``, ``q75``, ``q95`` : Float64
            Quantiles of numbers, each a value of the column as with ``interpolation="nearest"``. An estimate is a value
            whose rank is within 1% of the count of the rank asked for (KLL over a sample of rows).
        ``shortest``, ``longest`` : UInt64
            The lengths of texts in characters. Exact.
        ``common`` : List(Struct({"value": String, "count": UInt64}))
            The up to ten most common values, the most common first. Of an estimate, those that make up at least one
            value in 200.
        ``bins`` : List(String), ``bin_counts`` : List(UInt64)
            A histogram of up to 20 bins of one width: their edges, one more than there are bins, and the values from
            each edge to below the next, which the last bin takes in. Null for text and booleans, and where an extreme
            is infinite; NaN is in no bin.

        What makes no sense for a type is null.

    Raises
    ------
    ValueError
        ``row_index_name`` or ``include_file_paths`` is given.
    CsvError
        The content breaks a rule; see :func:`scan_fast_csv` for this and the other exceptions. As in
        :func:`read_fast_csv`, a value that does not fit the type which a sample had suggested has all values looked at.

    See Also
    --------
    polars.DataFrame.describe : the same for a frame, exact, and in memory that holds the frame.

    Examples
    --------
    >>> import polars_fast_csv as pfc
    >>> trades = b"symbol,price\nA,1.5\nB,2.5\nA,\nA,5.0\n"
    >>> frame = pfc.profile(trades)
    >>> frame.select("column", "type", "count", "nulls", "distinct", "min", "max", "mean", "q50")
    shape: (2, 9)
    ┌────────┬─────────┬───────┬───────┬───┬─────┬─────┬──────┬──────┐
    │ column ┆ type    ┆ count ┆ nulls ┆ … ┆ min ┆ max ┆ mean ┆ q50  │
    │ ---    ┆ ---     ┆ ---   ┆ ---   ┆   ┆ --- ┆ --- ┆ ---  ┆ ---  │
    │ str    ┆ str     ┆ u64   ┆ u64   ┆   ┆ str ┆ str ┆ f64  ┆ f64  │
    ╞════════╪═════════╪═══════╪═══════╪═══╪═════╪═════╪══════╪══════╡
    │ symbol ┆ String  ┆ 4     ┆ 0     ┆ … ┆ A   ┆ B   ┆ null ┆ null │
    │ price  ┆ Float64 ┆ 3     ┆ 1     ┆ … ┆ 1.5 ┆ 5.0 ┆ 3.0  ┆ 2.5  │
    └────────┴─────────┴───────┴───────┴───┴─────┴─────┴──────┴──────┘
    >>> frame["common"][0].to_list()
    [{'value': 'A', 'count': 3}, {'value': 'B', 'count': 1}]
    """
    begun = time.perf_counter()
    settings = settle(ProfileOptions, options)
    for name, given in (("row_index_name", settings.row_index), ("include_file_paths", settings.file_paths)):
        if given is not None:
            msg = f"{name} is no option of profile(), which looks at the columns that the file holds"
            raise ValueError(msg)
    csv = ResolvedCsv.of(source, settings)
    columns = None if settings.columns is None else csv.positions(settings.columns)
    try:
        frame = _profiled(csv, columns)
    except CsvError as error:
        wider = _widened(csv, settings, error)
        if wider is None:
            raise
        frame = _profiled(wider, columns)
    return Profile.of(frame, Taken(title_of([name_of(one) for one in csv.sources]), time.perf_counter() - begun))


def _widened(csv: ResolvedCsv, settings: Settings, error: CsvError) -> ResolvedCsv | None:
    """
    Resolve the types again, from every value, after one did not fit the type that a sample had suggested.

    ``None`` where that would change nothing about the error, or the source cannot be read again.
    """
    native, column = settings.native, error.column_name
    guessed = native["infer_schema"] and native["infer_schema_length"] == "sample" and "schema" not in native
    if not guessed or error.code not in ("cast", "overflow") or column is None or csv.rejects is not None:
        return None
    if any(isinstance(source, _native.Pipe) for source in csv.sources):
        return None
    every = {**native, "infer_schema_length": None, "infer_schema_files": len(csv.sources)}
    wider = ResolvedCsv(csv.sources, replace(settings, native=every))
    return None if wider.schema[column] == csv.schema[column] else wider


def _profiled(csv: ResolvedCsv, columns: list[int] | None) -> pl.DataFrame:
    with Telling(csv.progress) as telling:
        told = csv.native.profile(columns, rejects=csv.native_rejects, progress=telling.told)
    facts, values = told
    known = list(csv.schema.values())
    dtypes = known if columns is None else [known[at] for at in columns]
    spelled, blocks = _stacked(pl.DataFrame(values).get_columns())
    return pl.DataFrame(facts.with_values([str(dtype) for dtype in dtypes], spelled, blocks))


def _stacked(columns: list[pl.Series]) -> tuple[pl.DataFrame, list[int]]:
    """
    Spell the values of all columns, and give of each column the number of its block.

    Those of one type are spelled at once: a call a column would take longer than a read of many columns.
    """
    by_type: dict[pl.DataType, list[int]] = {}
    for at, column in enumerate(columns):
        by_type.setdefault(column.dtype, []).append(at)
    # In one piece each: Polars works on pieces one by one, and sets threads to work to hand on some that are not alike.
    groups = [[columns[at] for at in group] for group in by_type.values()] or [[pl.Series(dtype=pl.String)]]
    stacks = [pl.concat(group, rechunk=True) for group in groups]
    texts, floats = (pl.concat([spell(stack) for stack in stacks], rechunk=True) for spell in (_spelled, _as_floats))
    blocks = [0] * len(columns)
    for block, at in enumerate(at for group in by_type.values() for at in group):
        blocks[at] = block
    return pl.DataFrame([texts.alias("texts"), floats.alias("floats")]), blocks


def _spelled(values: pl.Series) -> pl.Series:
    """Spell values as Polars does, and durations, which it does not cast, as ISO 8601 does."""
    return values.dt.to_string("iso") if values.dtype == pl.Duration else values.cast(pl.String)


def _as_floats(values: pl.Series) -> pl.Series:
    """Numbers rounded to doubles, and nulls in the place of all else."""
    if values.dtype.is_numeric():
        return values.cast(pl.Float64)
    return pl.Series([None], dtype=pl.Float64).new_from_index(0, len(values))
