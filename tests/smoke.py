"""
A small read by an installed wheel, with nothing beside it but Polars: `python tests/smoke.py`.

It is run on every platform that a wheel is built for.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl
import polars_fast_csv as pfc

TEXT = b"""id,price,name,day\r
1,0.5,"a ""quoted"", name",2024-01-31\r
2,,"two\nlines",\r
3,1e3,12" monitor,2024-02-29\r
"""
WANTED = pl.DataFrame(
    {
        "id": [1, 2, 3],
        "price": [0.5, None, 1000.0],
        "name": ['a "quoted", name', "two\nlines", '12" monitor'],
        "day": ["2024-01-31", None, "2024-02-29"],
    }
).with_columns(pl.col("day").str.to_date())


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "small.csv"
        path.write_bytes(TEXT)
        for memory_map in (False, True):
            frame = pfc.read_fast_csv(path, try_parse_dates=True, memory_map=memory_map)
            assert frame.equals(WANTED), frame
        scan = pfc.scan_fast_csv(path, try_parse_dates=True).filter(pl.col("id") > 1)
        for engine in ("in-memory", "streaming"):
            assert scan.collect(engine=engine).equals(WANTED.tail(2)), engine
        # More than one task of the decoding threads.
        many = b"id,name\n" + b"".join(b"%d,row %d\n" % (row, row) for row in range(400_000))
        with pfc.open_csv(many, n_threads=3) as reader:
            assert sum(batch["id"].sum() for batch in reader) == sum(range(400_000))
        assert pfc.count_rows(many) == 400_000
    pfc.show_versions()


if __name__ == "__main__":
    main()
