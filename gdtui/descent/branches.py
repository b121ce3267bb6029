"""Branches: lists of segments. A fork shares the rows before it with the branch it comes from."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import NamedTuple

from gdtui.descent.endings import Progress
from gdtui.descent.layout import RECORDED, Layout
from gdtui.descent.rows import Lookback, Row, Rows
from gdtui.descent.sampling import Reading, joined, part_of
from gdtui.descent.stopping import RUNNING, End, Remark, Status, Stopping, squared
from gdtui.objectives.objective import Array, Objective


class Reached(NamedTuple):
    """How a branch stood at its last row: the rows that would have gone on, its end, the endings' progress, and
    the stopping rules.
    """

    segment: Rows
    end: End
    progress: Progress
    stopping: Stopping


@dataclass
class Branch:
    """One history of a run: segments of rows, each up to the row where the next begins.

    A segment's first row is the last one of the segment before it; only the first segment owns its row 0.
    """

    segments: list[Rows]
    stops: list[int] = field(default_factory=list)  # for each segment but the last: the row behind its last
    end: End = RUNNING
    progress: Progress = field(default_factory=Progress)
    forked_at: int = 0
    name: str = ""
    number: int = 0
    reached: Reached | None = None
    """How it stood at its last row before a knob was turned there; None where none was, or it has gone on since."""
    _reading: Reading | None = field(default=None, repr=False, compare=False)

    @property
    def count(self) -> int:
        """How many rows there are, row 0 with them."""
        return self.segments[-1].end

    @property
    def remark(self) -> Remark | None:
        """The first term that was no finite number in these rows, where it reached neither theta, loss nor slope."""
        found = ((segment.remark, start, stop) for segment, start, stop in self.pieces(0, self.count))
        return next((told for told, start, stop in found if told is not None and start <= told.row < stop), None)

    def still_ended(self, old: Stopping, limits: Stopping) -> bool:
        """Whether what stopped it by the ``old`` stopping rules holds at its last row by others, too."""
        status = self.end.status
        if status is Status.MAX_STEPS:
            return limits.steps is not None and self.count > limits.steps
        if status is Status.CONVERGED or self.end.is_flat:
            grad = self.row(self.count - 1).grad
            return not grad.dot(grad) > squared(limits.gtol)
        if status is Status.STALLED and old.patience and self.progress.since >= old.patience:
            enough = bool(limits.patience) and self.progress.since >= (limits.patience or 0)
            return enough and limits.min_delta == old.min_delta
        return status is not Status.RUNNING

    @property
    def last(self) -> Rows:
        return self.segments[-1]

    @property
    def objective(self) -> Objective:
        """What it descends: all of its segments the same."""
        return self.segments[0].program.objective

    @property
    def makers(self) -> list[tuple[Rows, int]]:
        """The segments that made rows of this branch, each with the last one that it made; where there is none, that
        of row 0. A knob that was turned and made no step yet is none of them.
        """
        ends = [*(stop - 1 for stop in self.stops), self.count - 1]
        pairs = zip(self.segments, ends, strict=True)
        return [(segment, end) for segment, end in pairs if end > segment.first] or [(self.segments[0], 0)]

    def segment_at(self, row: int) -> Rows:
        """The segment whose update arrived at a row."""
        return self.segments[min(bisect_right(self.stops, row), len(self.segments) - 1)]

    def row(self, number: int) -> Row:
        """Any row, in O(1). Raises IndexError."""
        if not 0 <= number < self.count:
            raise IndexError(f"there is no row {number}; there are {self.count}")
        segment = self.segment_at(number)
        data = segment.trajectory.row(number - segment.first)
        columns, shapes, dim = segment.layout.columns, segment.layout.shapes, segment.layout.dim
        terms = {name: data[columns[name]].reshape(shapes[name]) for name, _ in segment.layout.terms} if number else {}
        return Row(number, data[:dim], float(data[dim]), data[dim + 1 : 2 * dim + 1], terms, segment)

    def next_segment(self, row: int) -> Rows:
        """The segment whose update leaves a row."""
        return self.segment_at(min(row + 1, self.count - 1)) if row + 1 < self.count else self.last

    def pieces(self, start: int, stop: int) -> list[tuple[Rows, int, int]]:
        """Rows start .. stop − 1 as (segment, first row, row behind the last)."""
        found = []
        while start < stop:
            index = min(bisect_right(self.stops, start), len(self.segments) - 1)
            end = min(stop, self.stops[index]) if index < len(self.stops) else stop
            found.append((self.segments[index], start, end))
            start = end
        return found

    def quantity(self, name: str, start: int, stop: int) -> Array:
        """A quantity in rows start .. stop − 1: (stop − start,), of a vector (n, stop − start).

        A term that a segment does not have, and every term in row 0, is NaN.
        """
        pieces = self.pieces(max(0, start), min(stop, self.count))
        return joined([part_of(name, piece[0], range(*piece[1:]), partial(_rows, *piece)) for piece in pieces])

    def reading(self, start: int, stop: int) -> Reading:
        """Rows start .. stop − 1 as pictures read them. That of the last stretch is held: several curves read it."""
        if self._reading is None or not self._reading.is_of(start, stop):
            self._reading = Reading(self, start, stop)
        return self._reading

    def history(self, segment: Rows) -> Lookback:
        """What `prev` reads in one of the segments."""
        return history(self.segments, self.segments.index(segment))

    def same_before(self, row: int) -> Branch:
        """A branch that shares the rows up to ``row`` with this one, and goes on from there in the same way.

        Rows that were only recorded have no such branch.
        """
        kept = [s for s in self.segments if s.first < row] or [self.segments[0]]
        branch = Branch(kept, [*self.stops[: len(kept) - 1]], forked_at=row)
        source = self.segment_at(row)
        assert source.continuation is not None
        branch.add(source.continuation.from_row(row).rows(source.trajectory.row(row - source.first).copy()))
        return branch

    def add(self, segment: Rows) -> None:
        """Go on with another segment, which begins at the last row. An empty last segment is replaced."""
        if self.segments[-1].first == segment.first and len(self.segments) > 1:
            self.segments[-1] = segment
            return
        if segment.first == 0:
            self.segments[0] = segment
            return
        self.stops.append(segment.first + 1)
        self.segments.append(segment)

    def undo_knobs(self, reached: Reached) -> None:
        """Stand at the last row as before knobs were turned there."""
        if len(self.segments) > 1 and self.segments[-2] is reached.segment:
            self.segments.pop()
            self.stops.pop()
        else:  # it had made no row, and was replaced
            self.segments[-1] = reached.segment
        self.end, self.progress, self.reached = reached.end, reached.progress, None

    @property
    def bytes(self) -> int:
        return sum(segment.trajectory.bytes for segment in self.segments)


def _rows(segment: Rows, start: int, stop: int, columns: slice) -> Array:
    return segment.trajectory.rows(start - segment.first, stop - segment.first, columns)


def history(segments: Sequence[Rows], place: int) -> Lookback:
    """What `prev` reads in one of these segments: a quantity of a row before.

    θ, loss and gradient go back to row 0; a term goes back to where the optimizer began, or an edited rule made it
    anew. Before that it is its first value there. From its entry on a segment reads its own rows alone, so that it
    does not matter in what slices they were made.
    """

    def look(name: str, row: int) -> Array:
        index = place
        while index and row < segments[index].first and _carries(segments[index - 1], segments[index], name):
            index -= 1
        segment = segments[index]
        return segment.trajectory.row(max(0, row - segment.first))[segment.layout.columns[name]]

    return look


def _carries(before: Rows, segment: Rows, name: str) -> bool:
    """Whether a quantity goes on from one segment to the next."""
    same = before.layout.shapes.get(name) == segment.layout.shapes[name]
    return name in RECORDED or (segment.t0 > 0 and same)


def free_name(taken: set[str]) -> str:
    """The first of A, B, …, Z, AA, AB, … that no branch has."""
    return next(name for k in count() if (name := _letters(k)) not in taken)


def _letters(number: int) -> str:
    return (_letters(number // 26 - 1) if number >= 26 else "") + chr(ord("A") + number % 26)


def layouts(branch: Branch) -> list[Layout]:
    """The layouts of a branch's segments, each once, in order."""
    return list(dict.fromkeys(segment.layout for segment in branch.segments))


def keep_within(budget: int, branches: Sequence[Branch]) -> None:
    """Let go of rows that can be computed again, the oldest first, until all of them take ``budget`` bytes at most."""
    segments = {id(segment): segment.trajectory for branch in branches for segment in branch.segments}
    total = sum(rows.bytes for rows in segments.values())
    while total > budget:
        for rows in segments.values():
            before = rows.bytes
            if rows.thin(rows.count):
                total -= before - rows.bytes
                break
        else:
            return
