"""The frame that a profile is: a frame like any other, which can be looked at as a page."""

from __future__ import annotations

import os

import polars as pl

from polars_fast_csv._profile_page import Taken, profile_fragment, profile_page

# What a page takes of a profile.
_TAKES = (
    *("column", "type", "count", "nulls", "distinct", "exact", "min", "max", "median", "mean", "std"),
    *("q05", "q25", "q50", "q75", "q95", "shortest", "longest", "common", "bins", "bin_counts"),
)


class Profile(pl.DataFrame):
    """
    A frame with one row a column, as :func:`profile` lists them.

    What is made of it by ``select``, ``filter`` and the like is a plain frame.
    """

    _taken = Taken("profile", None)

    @classmethod
    def of(cls, frame: pl.DataFrame, taken: Taken) -> Profile:
        """Say what a frame was taken of."""
        profile = cls(frame)
        profile._taken = taken
        return profile

    def to_html(self, path: str | os.PathLike[str]) -> None:
        """
        Write the profile as a page of HTML, to be looked at.

        It is one file that takes nothing from a network, reads on a phone and in the dark, and shows of each column how
        much of it is null, its extremes, mean and quantiles, and a histogram or its most common values. Whatever comes
        out of the file is escaped.

        Parameters
        ----------
        path
            Where to write it, in UTF-8.

        Raises
        ------
        ValueError
            A column of the profile is missing.
        OSError
            It cannot be written there.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> import polars_fast_csv as pfc
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "profile.html"
        ...     pfc.profile(b"item,price\\npen,1.5\\nink,2.5\\n").to_html(path)
        ...     "of the cells hold a value" in path.read_text(encoding="utf-8")
        True
        """
        if missing := [name for name in _TAKES if name not in self.columns]:
            msg = f"a page shows a whole profile, and this one has no column {missing[0]!r}"
            raise ValueError(msg)
        with open(path, "w", encoding="utf-8", newline="\n") as file:
            file.write(profile_page(self._taken, self.to_dicts()))

    def _repr_html_(self, *, _from_series: bool = False) -> str:
        if any(name not in self.columns for name in _TAKES):
            return super()._repr_html_(_from_series=_from_series)
        return profile_fragment(self._taken, self.to_dicts())
