"""What charts read of a run: all rows of a short stretch; of a long one every so many, of those that are in memory.

To compute the others again for a picture would take seconds, and they would fall on the same dots.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gdtui.descent.conditions import Expression, evaluated, terms_of, values_over
from gdtui.descent.layout import RECORDED
from gdtui.descent.rows import Rows
from gdtui.objectives.objective import Array

if TYPE_CHECKING:
    from gdtui.descent.branches import Branch

Numbers = NDArray[np.int64]

MOST = 1 << 16
"""Rows that are read of a stretch; of one that is not longer all."""
_LEAST, _BYTES = 1 << 10, 1 << 24  # wide rows are fewer: as many as take so many bytes


class Reading:
    """Rows of a branch, for pictures. ``numbers``: which, (n,), ascending; nothing is computed again for them.

    ``whole``: all of the stretch, computed again where that must be: a row that is asked for by its number.
    """

    def __init__(self, branch: Branch, start: int, stop: int, whole: bool = False):
        self.branch, self.start, self.stop = branch, start, stop
        self._state = self._state_of_branch()
        self.numbers: Numbers = np.arange(start, stop) if whole else self._at_hand()
        self.is_whole = len(self.numbers) == max(0, stop - start)
        self._taken: dict[tuple[int, int], list[tuple[Rows, Numbers, Array]]] = {}

    def _at_hand(self) -> Numbers:
        branch, start, stop = self.branch, self.start, self.stop
        most = min(MOST, max(_LEAST, _BYTES // branch.last.trajectory.row_bytes))
        every = 1 << max(0, math.ceil(math.log2(max(1, stop - start) / most)))  # it divides what thinned chunks keep
        parts = [
            segment.trajectory.at_hand(begin - segment.first, end - segment.first, every) + segment.first
            for segment, begin, end in branch.pieces(start, stop)
        ]
        return np.concatenate([np.empty(0, np.int64), *parts])

    def is_of(self, start: int, stop: int) -> bool:
        """Whether it is of this stretch, and nothing has been thinned or replaced since."""
        return (self.start, self.stop) == (start, stop) and self._state == self._state_of_branch()

    def _state_of_branch(self) -> tuple[Rows, int]:
        return self.branch.last, sum(segment.trajectory.thinned for segment in self.branch.segments)

    def quantity(self, name: str) -> Array:
        """A quantity in these rows: (n,), of a vector (d, n); NaN where `Branch.quantity` has it."""
        return self.branch.quantity(name, self.start, self.stop) if self.is_whole else self._earlier(name, 0, 0)

    def values(self, watch: Expression) -> Array:
        """A watch in these rows: (n,), of a vector (d, n).

        It is NaN where a term that it reads has no value, and where it looks back to a row that is not in memory.
        """
        if self.is_whole:
            found = values_over(watch, self.branch, self.start, self.stop)
        else:
            terms = terms_of(watch)

            def take(name: str, back: int) -> Array:
                return self._earlier(name, back, int(name in terms))

            found = evaluated(watch, take, len(self.numbers))
        found = np.array(found, dtype=float)
        if watch.has_terms and len(self.numbers) and self.numbers[0] == 0:
            found[..., 0] = np.nan
        return found

    def _earlier(self, name: str, back: int, first: int) -> Array:
        """A quantity so many rows before each of these, at the earliest in row ``first``."""
        if (back, first if back else 0) not in self._taken:
            numbers = np.maximum(self.numbers - back, first) if back else self.numbers
            self._taken[back, first if back else 0] = self._rows(numbers)
        taken = self._taken[back, first if back else 0]
        return joined([part_of(name, segment, numbers, partial(_columns, rows)) for segment, numbers, rows in taken])

    def _rows(self, numbers: Numbers) -> list[tuple[Rows, Numbers, Array]]:
        if not len(numbers):
            return []
        found = []
        for segment, begin, end in self.branch.pieces(int(numbers[0]), int(numbers[-1]) + 1):
            here = numbers[np.searchsorted(numbers, begin) : np.searchsorted(numbers, end)]
            found.append((segment, here, segment.trajectory.taken(here - segment.first)))
        return found


def _columns(rows: Array, columns: slice) -> Array:
    return rows[:, columns]


def part_of(name: str, segment: Rows, numbers: range | Numbers, rows: Callable[[slice], Array]) -> Array:
    """A quantity in rows of one segment, whose numbers in the run these are: (n,), of a vector (d, n).

    ``rows`` gives some columns of these rows.
    """
    if name == "t":
        return np.asarray(numbers, dtype=float) + segment.t_of(0)
    if name in segment.values:
        return np.full(len(numbers), segment.values[name])
    if name not in segment.layout.columns:
        return np.full(len(numbers), np.nan)
    found: Array = rows(segment.layout.columns[name]).T
    if len(numbers) and numbers[0] == 0 and name not in RECORDED:
        found = found.copy()
        found[..., 0] = np.nan
    return found if segment.layout.shapes[name] else found[0]


def joined(parts: Sequence[Array]) -> Array:
    """A quantity of several segments; where it is a vector, it is NaN in those that do not have it."""
    if not parts:
        return np.empty(0)
    tallest = max(parts, key=lambda part: part.ndim)
    whole = [p if p.ndim == tallest.ndim else np.full((len(tallest), p.shape[-1]), np.nan) for p in parts]
    return whole[0] if len(whole) == 1 else np.concatenate(whole, axis=-1)
