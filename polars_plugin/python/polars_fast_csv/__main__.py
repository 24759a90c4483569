"""``python -m polars_fast_csv``: the same as the command ``fast-csv``."""

from __future__ import annotations

from polars_fast_csv._command import program

if __name__ == "__main__":
    program()
