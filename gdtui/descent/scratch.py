"""Where a run would lead from a row on: computed by the same kernel, recorded nowhere."""

from __future__ import annotations

import numpy as np

from gdtui.descent.advance import Advance
from gdtui.descent.branches import Branch
from gdtui.descent.endings import Progress
from gdtui.descent.rows import Row, Rows
from gdtui.descent.stopping import End, Stopping
from gdtui.objectives.objective import Array

_LONGEST = 4096  # rows that are kept for a run that goes along them


class Scratch:
    """Rows that go on from a row of a branch as its segment ``ahead`` does, as far as there are numbers.

    Where the run goes the same way, the rows that were computed stay good: only the last ones are new.
    """

    def __init__(self, branch: Branch, row: int, ahead: Rows, diverge_at: float) -> None:
        self.branch, self.ahead, self.diverge_at = branch, ahead, diverge_at
        source = branch.segment_at(row)
        data = source.trajectory.row(row - source.first)
        if ahead is not source:
            data = ahead.trajectory.row(row - ahead.first)
        assert ahead.continuation is not None
        self.segment = ahead.continuation.from_row(row).rows(data)
        self._before = branch.history(ahead)
        self._progress = Progress(anchor=(float("nan"),) * ahead.layout.dim, next_anchor=2**62)
        self._end: End | None = None

    def passes(self, branch: Branch, row: int, ahead: Rows, diverge_at: float) -> bool:
        """Whether a row of a run is one of these, and what comes after it too."""
        at = row - self.segment.first
        same = branch is self.branch and ahead is self.ahead and diverge_at == self.diverge_at
        # Behind its last row there would be nothing, though the run itself may go on from there.
        last = self.segment.trajectory.count - 1 - (self._end is not None)
        if not same or not 0 <= at <= min(last, _LONGEST):
            return False
        run = branch.segment_at(row)
        dim = ahead.layout.dim
        return np.array_equal(run.trajectory.row(row - run.first)[:dim], self.segment.trajectory.row(at)[:dim])

    def theta(self, row: int, steps: int) -> Array:
        """Parameters from a row on, so many steps or as far as it goes, that row first: (steps + 1, d)."""
        rows, begin = self.segment.trajectory, row - self.segment.first
        self._reach(begin + steps + 1)
        return rows.rows(begin, min(begin + steps + 1, rows.count))[:, : self.segment.layout.dim]

    def row(self, number: int) -> Row:
        """A row of the run. Raises IndexError where it does not go so far."""
        self._reach(number - self.segment.first + 1)
        return Branch([self.segment]).row(number)

    def _reach(self, count: int) -> None:
        missing = count - self.segment.trajectory.count
        if missing > 0 and self._end is None:
            limits = Stopping(diverge_at=self.diverge_at)
            self._end = Advance(self.segment, limits, self._progress, self._look).by(missing)

    def _look(self, name: str, wanted: int) -> Array:
        if wanted < self.segment.first:
            return self._before(name, wanted)
        rows = self.segment.trajectory
        return rows.row(wanted - self.segment.first)[self.segment.layout.columns[name]]
