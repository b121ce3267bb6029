"""Rows of a recorded run, cell by cell: what both forms of a file have in common. They are a stranger's: nothing is
believed before it is checked.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, BinaryIO, NamedTuple
from warnings import catch_warnings

import numpy as np
from numpy.typing import NDArray

from gdtui.formula.tokens import printable
from gdtui.storage.recording_columns import ColumnError, Columns, columns_of, shown

Array = NDArray[np.float64]
MAX_BYTES = 512 * 2**20
"""Of all rows as numbers."""
MAX_COLUMNS = 10_000
_MAX_LINE = 2**22  # bytes


class RecordingError(ValueError):
    """A recorded run that cannot be read: the file, the line and the column, what is wrong, and what to write."""


class Lines(NamedTuple):
    """What stands in a file. ``rows``: (n + 1, k): t, parameters, loss, gradient, terms, learning rate, as far as there
    are such ``columns``; ``lines``: (n + 1,), where each row stands. ``left_out``: columns that are no numbers.
    """

    columns: Columns
    rows: Array
    lines: NDArray[np.int64]
    left_out: tuple[str, ...] = ()


class Cells:
    """Rows of cells, with a name for each column, as they become numbers."""

    def __init__(self, file: str, line: int, heads: Sequence[str], first: Sequence[Any]):
        """``first``: the cells of the first row, by which columns that are no numbers are left out. ``line``: that of
        the header. Raises RecordingError.
        """
        self.file, self.heads = file, heads
        self.columns = checked_columns(file, line, heads)
        self.left_out: tuple[str, ...] = ()
        if self.columns.grad:
            words = {place for place, cell in enumerate(first) if number_of(cell) is None}
            left_out = frozenset(words - self.columns.needed - {self.columns.lr})
            self.columns = checked_columns(file, line, heads, left_out)
            self.left_out = tuple(shown(heads[place].strip()) for place in sorted(left_out))
        self._order, self._needed = order_of(self.columns), self.columns.needed
        self._numbers: array[float] = array("d")
        self._lines: array[int] = array("q")

    def add(self, line: int, cells: Sequence[Any]) -> None:
        """One row. Raises RecordingError."""
        picked = [cells[place] for place in self._order]
        try:
            numbers = [*map(float, picked)]
            text = "".join(map(str, picked))  # Python reads 1_0 and Arabic digits too, and True as 1
            if "_" in text or not text.isascii() or bool in set(map(type, picked)):
                raise ValueError
        except (ValueError, TypeError, OverflowError):
            numbers = [self._number(line, place, cells[place]) for place in self._order]
        self._numbers.extend(numbers)
        self._lines.append(line)
        check_size(self.file, line, len(self._numbers))

    def add_all(self, line: int, rows: Array) -> None:
        """Rows of numbers, (n, width), each in a line of its own, the first in this one."""
        self._numbers.frombytes(rows[:, self._order].tobytes())
        self._lines.extend(range(line, line + len(rows)))

    def _number(self, line: int, place: int, cell: Any) -> float:
        number = number_of(cell)
        empty = cell is None or cell == "" or (isinstance(cell, str) and not cell.strip())
        if number is not None and not (empty and place in self._needed):
            return number
        what = "nothing stands here" if empty else f"'{cut(cell)}' is no number"
        hint = "write a number with a decimal point, NaN, Infinity or -Infinity"
        if not self.columns.grad and place in self.columns.theta:
            hint += "; where it is no parameter, leave the column out or write grad_NAME for each that is one"
        raise wrong(self.file, line, f"{what}: {hint}", place, self.heads)

    @property
    def all(self) -> Lines:
        rows = np.frombuffer(self._numbers, dtype=np.float64).reshape(len(self._lines), len(self._order))
        return Lines(self.columns, rows, np.frombuffer(self._lines, dtype=np.int64), self.left_out)


def checked_columns(file: str, line: int, heads: Sequence[str], left_out: frozenset[int] = frozenset()) -> Columns:
    """The columns by the names in a line. Raises RecordingError."""
    if len(heads) > MAX_COLUMNS:
        raise wrong(file, line, f"there are {len(heads)} columns; at most {MAX_COLUMNS} are read: write fewer")
    try:
        return columns_of(heads, left_out)
    except ColumnError as error:
        raise wrong(file, line, error.message, error.column, heads) from None


def check_size(file: str, line: int, numbers: int) -> None:
    if numbers * 8 > MAX_BYTES:
        raise wrong(file, line, f"more than {MAX_BYTES >> 20} MB of numbers: write fewer steps or columns")


def order_of(columns: Columns) -> list[int]:
    """t, then the parameters, the loss, the gradient, the terms, the learning rate."""
    terms = [place for _, _, places in columns.terms for place in places]
    rate = [] if columns.lr is None else [columns.lr]
    return [columns.t, *columns.theta, columns.loss, *columns.grad, *terms, *rate]


def wrong(
    file: str, line: int, message: str, place: int | None = None, heads: Sequence[str] = ()
) -> RecordingError:  # fmt: skip
    """What is wrong, with its place in the file; ``place``: the column, from 0."""
    name = f" ({shown(heads[place].strip())})" if place is not None and place < len(heads) else ""
    where = "" if place is None else f", column {place + 1}{name}"
    return RecordingError(f"{file}, line {line}{where}: {message}")


def number_of(cell: Any) -> float | None:
    """The number that a cell is, NaN for an empty one; None where it is none."""
    if cell is None:
        return math.nan
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell) if abs(cell) < 1e308 or isinstance(cell, float) else None
    if not isinstance(cell, str):
        return None
    text = cell.strip().replace("−", "-")
    if not text.isascii() or "_" in text:
        return None
    try:
        return float(text) if text else math.nan
    except ValueError:
        return None


def cut(cell: Any) -> str:
    return printable(str(cell).strip())[:40]


def text_lines(file: BinaryIO, name: str, number: int = 0) -> Iterator[tuple[int, str]]:
    """The lines of a file in UTF-8 behind ``number`` of them, from 1. Raises RecordingError."""
    while content := file.readline(_MAX_LINE + 1):
        number += 1
        if len(content) > _MAX_LINE:
            raise wrong(name, number, f"longer than {_MAX_LINE >> 20} MB: is this a recorded run? Its rows are lines")
        if number == 1 and content[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise wrong(name, 1, "this is UTF-16: save it in UTF-8")
        try:
            yield number, content.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise wrong(name, number, f"byte {error.start + 1} is no text in UTF-8: save it in UTF-8") from None


def all_at_once(file: BinaryIO, name: str, line: int, width: int) -> Array:
    """The rows behind a line, (n, width), if each is a line of plain numbers; else none, and the file is as it was.

    NumPy reads the same bits, and three times as fast. What it refuses or leaves out is not plain.
    """
    begin, count = file.tell(), 0

    def texts() -> Iterator[str]:
        nonlocal count
        for _, text in text_lines(file, name, line):
            count += 1
            yield text

    with suppress(ValueError, UserWarning), catch_warnings(action="error", category=UserWarning):
        most = MAX_BYTES // (8 * width) - 1
        rows = np.loadtxt(texts(), delimiter=",", comments=None, ndmin=2, max_rows=most)
        if rows.shape == (count, width) and not file.read(1):
            return rows
    file.seek(begin)
    return np.empty((0, width))
