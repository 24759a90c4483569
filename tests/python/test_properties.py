"""What holds for any grid, any dialect and any cut."""

from __future__ import annotations

import csv
import io
from typing import Any

import polars as pl
import polars_fast_csv as pfc
from generation import SLICES_FROM_THE_END
from grids import Dialect, Grid, dialects, grids
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ways import BACKENDS, Refusal, assert_same, native_read, opened, outcome

# Failures are told by their text; nothing is kept in the working tree.
settings.register_profile(
    "here", deadline=None, max_examples=200, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("here")

cuts = st.tuples(st.sampled_from(BACKENDS), st.integers(1, 200), st.integers(1, 4), st.sampled_from([None, 1, 2, 3, 7]))


def width(grid: Grid) -> int:
    return len(grid[0])


def as_text(grid: Grid) -> dict[str, Any]:
    """Options under which every cell comes back as it was written."""
    names = {f"column_{at}": pl.String for at in range(width(grid))}
    return {"has_header": False, "schema": names, "empty_string_is_null": False}


def is_readable(grid: Grid, dialect: Dialect) -> bool:
    """
    Whether the text says the whole grid: a row of one empty cell is a blank line unless quoted, and a mark at the start
    of the file is no text.
    """
    text = dialect.write(grid)
    if text.startswith("\ufeff".encode()):
        return False
    return width(grid) > 1 or all(cells[0] for cells in grid) or dialect.quote_every == 1


@given(grids(), dialects, cuts)
def test_a_grid_comes_back(grid: Grid, dialect: Dialect, cut: tuple[str, int, int, int | None]) -> None:
    if not is_readable(grid, dialect):
        return
    backend, chunk_bytes, n_threads, batch_size = cut
    frame = native_read(
        dialect.write(grid),
        backend=backend,
        chunk_bytes=chunk_bytes,
        n_threads=n_threads,
        batch_size=batch_size,
        **dialect.options(),
        **as_text(grid),
    )
    assert [list(row) for row in frame.iter_rows()] == grid


@given(grids(rows=40), st.sampled_from(["\n", "\r\n"]), st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), cuts)
def test_what_python_writes_comes_back(
    grid: Grid, eol: str, quoting: int, cut: tuple[str, int, int, int | None]
) -> None:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator=eol, quoting=quoting).writerows(grid)
    text = buffer.getvalue()
    # With a newline for a terminator, Python's writer leaves a carriage return before it without quotes.
    if text.startswith("\ufeff") or (eol == "\n" and any(cells[-1].endswith("\r") for cells in grid)):
        return
    backend, chunk_bytes, n_threads, batch_size = cut
    frame = native_read(
        text.encode(),
        backend=backend,
        chunk_bytes=chunk_bytes,
        n_threads=n_threads,
        batch_size=batch_size,
        **as_text(grid),
    )
    assert [list(row) for row in frame.iter_rows()] == grid


@given(grids(), dialects)
def test_a_grid_comes_back_through_every_door(grid: Grid, dialect: Dialect) -> None:
    if not is_readable(grid, dialect):
        return
    text, options = dialect.write(grid), {**dialect.options(), **as_text(grid)}
    wanted = pl.DataFrame(grid, schema=options["schema"], orient="row")
    assert_same(pfc.read_fast_csv(text, **options), wanted, "read")
    assert_same(pfc.scan_fast_csv(text, **options).collect(), wanted, "scan")
    assert_same(opened(text, batch_size=2, **options), wanted, "open")
    assert_same(pl.DataFrame(pfc.read_arrow(text, **options)), wanted, "arrow")
    assert pfc.count_rows(text, has_header=False, **dialect.options()) == len(grid)


def ends_inside_quotes(text: str) -> bool:
    """Whether the last quote that opens a field never closes."""
    inside, begins, at = False, True, 0
    while at < len(text):
        if inside and text.startswith('""', at):
            at += 1
        elif inside and text[at] == '"':
            inside = False
        elif not inside:
            inside = begins and text[at] == '"'
            begins = text[at] in ",\n"
        at += 1
    return inside


_marks = st.lists(st.sampled_from(["a", "1", ",", '"', "\n", "\r\n", " ", "\u00e9"]), min_size=1, max_size=50).map(
    "".join
)


@given(_marks, cuts)
@settings(max_examples=600)
def test_any_text_is_what_python_reads(text: str, cut: tuple[str, int, int, int | None]) -> None:
    rows = list(csv.reader(io.StringIO(text, newline="")))
    columns = max(1, *map(len, rows))
    grid = [cells + [""] * (columns - len(cells)) for cells in rows]
    backend, chunk_bytes, n_threads, batch_size = cut
    got = outcome(
        lambda: native_read(
            text.encode(),
            backend=backend,
            chunk_bytes=chunk_bytes,
            n_threads=n_threads,
            batch_size=batch_size,
            **as_text(grid),
        )
    )
    if ends_inside_quotes(text):
        # Python reads on to the end of the file; rows would be lost in a cell.
        assert isinstance(got, Refusal)
        assert got.code == "unclosed_quote"
    else:
        assert_same(got, pl.DataFrame(grid, schema=as_text(grid)["schema"], orient="row"), repr(text))


# Bytes that mean something to the reader, and a few that do not.
_bytes = st.lists(
    st.sampled_from(
        [b"a", b"1", b",", b'"', b"\n", b"\r", b"\r\n", b"#", b" ", b"-", b".", b"\xff", b"\xc3\xa9", b"\0"]
    ),
    max_size=60,
).map(b"".join)


@given(_bytes, cuts, st.sampled_from([{}, {"has_header": False}, {"strict_quotes": True}, {"comment_prefix": "#"}]))
@settings(max_examples=600)
def test_any_cut_of_any_bytes_gives_one_answer(
    text: bytes, cut: tuple[str, int, int, int | None], options: dict[str, Any]
) -> None:
    backend, chunk_bytes, n_threads, batch_size = cut
    wanted = outcome(lambda: native_read(text, n_threads=1, infer_schema=False, **options))
    got = outcome(
        lambda: native_read(
            text,
            backend=backend,
            chunk_bytes=chunk_bytes,
            n_threads=n_threads,
            batch_size=batch_size,
            infer_schema=False,
            **options,
        )
    )
    assert_same(got, wanted, f"{text!r} {cut}")


@given(grids(rows=30), dialects, st.data())
def test_a_part_is_a_part_of_the_whole(grid: Grid, dialect: Dialect, data: st.DataObject) -> None:
    if not is_readable(grid, dialect):
        return
    options = {**dialect.options(), **as_text(grid)}
    text = dialect.write(grid)
    whole = pfc.read_fast_csv(text, **options)
    columns = data.draw(st.permutations(range(width(grid))))[: data.draw(st.integers(1, width(grid)))]
    offset, length = data.draw(st.integers(-35, 35)), data.draw(st.integers(0, 35))
    n_rows = data.draw(st.integers(0, 35))
    names = [f"column_{at}" for at in columns]
    assert_same(pfc.read_fast_csv(text, columns=columns, **options), whole.select(names), "columns")
    assert_same(pfc.read_fast_csv(text, n_rows=n_rows, **options), whole.head(n_rows), "n_rows")
    part = pfc.scan_fast_csv(text, batch_size=3, row_index_name="row", **options).slice(offset, length)
    wanted = whole.with_row_index("row").slice(offset, length)
    assert_same(part.collect(), wanted, f"slice({offset}, {length})")
    if SLICES_FROM_THE_END or offset >= 0:
        assert_same(part.select("row", *names).collect(engine="streaming"), wanted.select("row", *names), "streaming")
