"""Files and values of options on which `pl.read_csv` and `pl.scan_csv` are held against this package's readers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import polars as pl

FILES: Mapping[str, tuple[bytes, ...]] = {
    "plain": (b"a,b,c\n1,x,1.5\n2,y,2.5\n3,z,3.5\n4,x,-1\n5,,0\n",),
    "nulls": (b"a,b,c\n1,NA,1.5\nNA,-,\n,x,NA\n-,,2.5\n",),
    "quoted": (b'a,b,c\n1,"x, ""y""",1.5\n"2","two\nlines",2.5\n3,"",""\n',),
    "single quotes": (b"a,b,c\n'1','x, y',1.5\n2,'it''s',2.5\n3,z,'3.5'\n",),
    "ragged": (b"a,b,c\n1,x\n2,y,2.5,more\n3\n4,z,4.5\n",),
    "short": (b"a,b,c\n1,x\n2\n\n4,z,4.5\n",),
    "dates": (b"a,b,c\n2024-01-31,2024-01-31 12:30:01,12:30:01\n2024-02-29,2024-02-29 00:00:00,00:00:00\n",),
    "decimal comma": (b"a;b;c\n1,5;x;1\n-2,25;y;2\n3;z;3\n",),
    "tabs": (b"a\tb\tc\n1\tx\t1.5\n2\ty\t2.5\n",),
    "blank lines": (b"\n\na,b,c\n1,x,1.5\n\n2,y,2.5\n\n",),
    "comments": (b"# first\na,b,c\n1,x,1.5\n#2,y,2.5\n// three\n3,z,3.5\n",),
    "preamble": (b'report of\n"a\nday"\na,b,c\n1,x,1.5\n2,y,2.5\n',),
    "units": (b"a,b,c\nm,kg,s\n1,x,1.5\n2,y,2.5\n",),
    "crlf": (b'a,b,c\r\n1,x,1.5\r\n2,"y\r\nz",2.5\r\n\r\n3,,3.5\r\n',),
    "bom": (b"\xef\xbb\xbfa,b,c\n1,x,1.5\n2,y,2.5\n",),
    "no final newline": (b"a,b,c\n1,x,1.5\n2,y,2.5",),
    "duplicate names": (b"a,b,a\n1,x,1.5\n2,y,2.5\n",),
    "no header": (b"1,x,1.5\n2,y,2.5\n3,z,3.5\n",),
    "header alone": (b"a,b,c\n",),
    "empty": (b"",),
    "newline alone": (b"\n",),
    "late text": (b"a,b,c\n1,x,1.5\n2,y,2.5\nthree,z,3.5\n4,w,four\n",),
    "booleans": (b"a,b,c\ntrue,false,1\nTRUE,False,0\n,true,1\n",),
    "large numbers": (b"a,b,c\n9223372036854775808,1e400,0.1\n1,-0.0,inf\n",),
    "latin": ("a,b,c\n1,caf\xe9,1.5\n2,na\xefve,2.5\n".encode("latin-1"),),
    "other terminators": (b"a,b,c;1,x,1.5;2,y,2.5;",),
    "one column": (b"a\n1\n\n3\n",),
    "two files": (b"a,b,c\n1,x,1.5\n2,y,2.5\n", b"a,b,c\n3,z,3\n4,w,4\n"),
    "two files, other types": (b"a,b,c\n1,x,1\n2,y,2\n", b"a,b,c\n3,4,3.5\nz,5,4\n"),
    "two files, other columns": (b"a,b,c\n1,x,1.5\n", b"a,b,d\n3,z,3.5\n"),
    "two files, more columns": (b"a,b\n1,x\n", b"a,b,c\n3,z,3.5\n"),
    "two files, fewer columns": (b"a,b,c\n1,x,1.5\n", b"a,b\n3,z\n"),
}


def upper(names: list[str]) -> list[str]:
    """New names, one for each."""
    return [name.upper() for name in names]


def shorter(names: list[str]) -> list[str]:
    """Too few names."""
    return names[1:]


ABC = {"a": pl.Int64, "b": pl.String, "c": pl.Float64}

# For each option values that differ from its default and say something.
VALUES: Mapping[str, tuple[Any, ...]] = {
    "columns": (["a"], ["c", "a"], [1], [-1, 0], ["nope"], [7]),
    "has_header": (False,),
    "separator": (";", "\t", "x"),
    "comment_prefix": ("#", "//", "# "),
    "quote_char": ("'", None, ""),
    "skip_rows": (1, 2, 3, 100),
    "skip_lines": (1, 2, 3, 100),
    "schema": (
        ABC,
        dict.fromkeys("abc", pl.String),
        {"a": pl.Int64},
        {**ABC, "d": pl.Int8},
        {"c": pl.Float32, "a": pl.Int8, "b": pl.String},
        {},
    ),
    "schema_overrides": (
        {"a": pl.String},
        {"c": pl.Float32, "a": pl.Int8},
        {"z": pl.Int64},
        {"a": pl.Date, "b": pl.Datetime("us")},
        [pl.String],
        [pl.String] * 3,
        [pl.String] * 4,
        {},
        [],
    ),
    "null_values": ("NA", ["NA", "-"], {"a": "NA", "b": "x"}, {"z": "NA"}, "", [], "1"),
    "empty_string_is_null": (False,),
    "ignore_errors": (True,),
    "with_column_names": (upper,),
    "infer_schema": (False,),
    "infer_schema_length": (0, 1, 2, 100, None),
    "infer_schema_files": (1, 2),
    "n_rows": (0, 1, 2, 100),
    "encoding": ("utf8-lossy", "latin1"),
    "low_memory": (True,),
    "skip_rows_after_header": (1, 2, 100),
    "row_index_name": ("row", "a", ""),
    "row_index_offset": (5,),
    "try_parse_dates": (True,),
    "eol_char": (";", "\r"),
    "new_columns": (["x"], ["x", "y", "z"], ["x", "y", "z", "w"], []),
    "truncate_ragged_lines": (True, False),
    "raise_if_empty": (True, False),
    "decimal_comma": (True,),
    "glob": (False,),
    "storage_options": ({}, {"max_retries": 1}),
    "credential_provider": (None,),
    "include_file_paths": ("path", "a"),
    "extra_columns": ("raise", "ignore"),
    "missing_columns": ("raise", "insert"),
    "use_pyarrow": (),
}

# Values that are refused, whatever the file; of those that are wrong only beside one file, some stand above.
REFUSED: Mapping[str, tuple[Any, ...]] = {
    "columns": (["a", "a"], "ab", 1.5),
    "has_header": ("yes",),
    "separator": ("", "ab", "é", 1, None),
    "comment_prefix": ("", 1),
    "quote_char": ("''", "é", 1),
    "skip_rows": (-1, 1.5, "1", None),
    "skip_lines": (-1, 1.5, "1", None),
    "schema": ([1], {"a": 1}),
    "schema_overrides": ("String", {"a": 1}, 1),
    "null_values": (1, [1], {"a": 1}),
    "with_column_names": (shorter,),
    "infer_schema_length": (-1, "all"),
    "infer_schema_files": (0, -1),
    "n_rows": (-1, 1.5, "1"),
    "encoding": ("nonsense", 1, None),
    "skip_rows_after_header": (-1, 1.5, None),
    "row_index_name": (1,),
    "row_index_offset": (-1, 1.5),
    "eol_char": ("", "ab", "é", 1),
    "new_columns": (["x", "x", "y"], "abc", [1, 2, 3]),
    "include_file_paths": (1,),
    "extra_columns": ("explode", 1),
    "missing_columns": ("explode", 1),
    "storage_options": (1, {"max_retries": "1"}),
    "credential_provider": (1,),
    "use_pyarrow": (True,),
}


@dataclass(frozen=True)
class Case:
    """A file and the options with which it is read."""

    file: str
    options: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What the list of differences calls it."""
        shown = ", ".join(f"{name}={_shown(value)}" for name, value in self.options.items())
        return f"{self.file}: {shown}" if shown else self.file


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {each}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_shown, value)) + "]"
    return value.__name__ if callable(value) and not isinstance(value, type(pl.String)) else repr(value)


def alone(option: str) -> Iterator[Case]:
    """Every value of an option on every file, and those that are refused on one."""
    for file in FILES:
        for value in VALUES[option]:
            yield Case(file, {option: value})
    for value in REFUSED.get(option, ()):
        yield Case("plain", {option: value})


def pairs() -> dict[str, list[Case]]:
    """Every two values of two options, each on one file; by the first option."""
    cases: dict[str, list[Case]] = {option: [] for option in VALUES}
    files, count = list(FILES), 0
    for (first, its_values), (second, other_values) in combinations(VALUES.items(), 2):
        for value in its_values:
            for other in other_values:
                # Seven and the number of files share no divisor, so that each option meets each file.
                count += 7
                cases[first].append(Case(files[count % len(files)], {first: value, second: other}))
    return cases
