"""The native half of ``polars_fast_csv``."""

from collections.abc import Callable, Mapping, Sequence, Set
from os import PathLike
from pathlib import Path
from typing import TypeVar, final

__all__ = [
    "Batch",
    "Batches",
    "Frame",
    "Guess",
    "Opened",
    "Options",
    "Pipe",
    "Rejects",
    "RowSet",
    "Scan",
    "Validation",
    "__version__",
    "backend",
    "backends",
    "charset",
    "check_format",
    "check_pattern",
    "check_truths",
    "count_records",
    "expand_glob",
    "is_debug",
    "sniff",
]

__version__: str

_T = TypeVar("_T")

@final
class Opened:
    """A source that Python opens each time that its bytes are wanted."""

    def __new__(cls, name: str, open: Callable[[], object]) -> Opened: ...
    def __reduce__(self) -> tuple[object, tuple[str, Callable[[], object]]]: ...

@final
class Pipe:
    """A named pipe, a device, standard input or a file object: what comes of it comes once."""

    def __new__(cls, path: str | PathLike[str] | None = None) -> Pipe: ...
    def __reduce__(self) -> tuple[object, tuple[str]]: ...
    @staticmethod
    def of_file(name: str, head: bytes, file: object) -> Pipe:
        """A file object, of which ``head`` has been read."""

    @staticmethod
    def left_behind(name: str) -> Pipe:
        """What is left of a pipe in a pickled copy of its query: an error for whoever reads it."""

@final
class Options:
    """Options that make sense, parsed once for all calls that share them."""

    def __new__(cls, options: Mapping[str, object]) -> Options: ...

_Source = str | bytes | PathLike[str] | Pipe | Opened

@final
class Scan:
    """Some sources with options and a resolved schema."""

    def __new__(
        cls, sources: Sequence[_Source], options: Options | Mapping[str, object], *, later: bool = False
    ) -> Scan:
        """With ``later`` types of many records may be left to ``collect``, which is then the only way to read."""

    def __arrow_c_schema__(self) -> object: ...
    def plain_schema(self, types: dict[str, _T]) -> dict[str, _T] | None:
        """The columns' types by their names, as far as names of types say all; ``None`` otherwise."""

    def columns(self) -> Batch:
        """The columns, without a row."""

    @property
    def cells_decoded(self) -> int:
        """The cells that reads of this scan have decoded so far, those included that a filter looked at."""

    @property
    def is_small(self) -> bool:
        """Whether to read it takes no longer than to start a thread for it."""

    @property
    def separator(self) -> str:
        """The separator that the files are read by."""

    @property
    def width(self) -> int:
        """The number of columns that the files have; those of sources stand behind, or in the place of one."""

    def count_rows(self) -> int:
        """Counts the rows, with the same check of structure as a read."""

    def read(
        self,
        columns: Sequence[int] | None = None,
        *,
        slice: tuple[int, int | None] | None = None,
        row_index: tuple[str, int, bool] | None = None,
        file_paths: str | None = None,
        filter: tuple[object, ...] | None = None,
        checked: Sequence[int] = ...,
        only: Sequence[int] | None = None,
        rejects: Rejects | None = None,
        progress: Callable[[int, int | None], object] | None = None,
    ) -> Batches:
        """Opens a read whose batches come one by one."""

    def collect(
        self,
        columns: Sequence[int] | None = None,
        *,
        slice: tuple[int, int | None] | None = None,
        row_index: tuple[str, int, bool] | None = None,
        file_paths: str | None = None,
        large_text: bool = False,
        rejects: Rejects | None = None,
        widens: bool = False,
        rechunks: bool = False,
        progress: Callable[[int, int | None], object] | None = None,
    ) -> Frame:
        """Reads everything."""

    def profile(
        self,
        columns: Sequence[int] | None = None,
        *,
        rejects: Rejects | None = None,
        progress: Callable[[int, int | None], object] | None = None,
    ) -> tuple[Batch, Batch]:
        """Decodes everything, keeps nothing, and says what there is: one row a column, and values by column."""

@final
class Batches:
    """A read in progress."""

    @property
    def threads(self) -> int: ...
    def next_batch(self, timeout_ms: int) -> Batch | None:
        """Waits for the next batch: one without rows says "not yet", none at all says "the end"."""

    def drain(self) -> int:
        """Decodes what is left, keeps nothing, and gives the number of rows."""

    def close(self) -> None:
        """Cancels the read and joins its threads."""

    def __arrow_c_schema__(self) -> object: ...
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

@final
class Batch:
    """One batch of rows."""

    @property
    def height(self) -> int: ...
    def with_values(self, types: list[str], spelled: object, blocks: list[int]) -> Batch:
        """Of facts the profile itself, with the names of types and the spelled values, a block a column."""

    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]: ...

@final
class Frame:
    """All batches of a read."""

    @property
    def height(self) -> int: ...
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

@final
class Rejects:
    """What reads refused, kept apart by scan."""

    def __new__(cls, limit: int | None = None) -> Rejects: ...
    @property
    def limit(self) -> int | None:
        """The most rejects of a scan that are kept."""

    @property
    def scans(self) -> int:
        """The number of scans."""

    def frame(self, scan: int) -> Batch:
        """The rejects of a scan, in file order."""

    def summary(self, scan: int) -> list[tuple[str | None, str | None, str, str | None, int]]:
        """How many of each file, column, code and rule a scan refused."""

    def clear(self) -> None:
        """Forgets every scan."""

@final
class Guess:
    """What a source is, as far as samples of it tell."""

    @property
    def confidence(self) -> float:
        """How sure the dialect is, from 0 to 1."""

    @property
    def line_ends(self) -> tuple[int, int, int]:
        """The lines of the head, by what ends them: LF, CR and LF, CR."""

    @property
    def seen(self) -> tuple[bool, bool, bool, bool]:
        """Whether the sample had evidence of the separator, the quote, the header, and the encoding."""

    def options(self) -> dict[str, object]:
        """The values of the options that were guessed, or given."""

    def __arrow_c_schema__(self) -> object: ...
    def plain_schema(self, types: dict[str, _T]) -> dict[str, _T] | None:
        """The columns' types by their names, as far as names of types say all; ``None`` otherwise."""

    def columns(self) -> Batch:
        """The columns, without a row."""

def sniff(sources: Sequence[_Source], options: Options | Mapping[str, object], given: Set[str]) -> Guess:
    """Guesses what of the options is not ``given`` by name."""

@final
class Validation:
    """Rules over a scan, for one pass."""

    def __new__(
        cls, scan: Scan, rules: Sequence[tuple[str, str, Sequence[int], str, object]], rejects: Rejects
    ) -> Validation: ...
    def read(self, columns: Sequence[int], *, progress: Callable[[int, int | None], object] | None = None) -> Batches:
        """Opens the one pass; its batches hold these columns. ``progress`` is told how far it has come."""

    def note(self, rule: int, rows: Sequence[int]) -> None:
        """Says that rows of the pass break a rule."""

    def finish(self) -> tuple[int, RowSet, list[int], list[tuple[list[float], int]]]:
        """
        Settles what takes more than one row: the number of rows, which of them are bad, how many cells or records break
        each rule, and of each column a few values as numbers and the nulls among those looked at.
        """

@final
class RowSet:
    """Rows by their number in a scan."""

    def __len__(self) -> int: ...
    def left(self, first: int, count: int) -> Batch:
        """Whether each of some rows is not in it, as a column ``left``."""

def count_records(
    sources: Sequence[_Source],
    options: Options | Mapping[str, object],
    progress: Callable[[int, int | None], object] | None = None,
) -> int:
    """Counts the data records of some sources without decoding a field."""

def expand_glob(pattern: str) -> list[Path]:
    """The paths that a glob pattern stands for, sorted."""

def backend() -> str:
    """The name of the back end that scans here."""

def backends() -> list[str]:
    """The names of all back ends that this machine can run, best first."""

def check_format(format: str, of_dates: bool) -> None: ...
def check_pattern(pattern: str) -> None: ...
def check_truths(true_values: list[str] | None, false_values: list[str] | None) -> None: ...
def charset(label: str) -> str | None:
    """The label of the encoding that a label of the WHATWG standard, perhaps with `-lossy` behind it, stands for."""

def is_debug() -> bool:
    """Whether this module was built without optimisation."""
