"""Cursor: a row of a branch that is looked at: moved over recorded rows, behind the last one it makes new ones."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from gdtui.descent import stopping
from gdtui.descent.advance import Advance
from gdtui.descent.branches import Branch, keep_within
from gdtui.descent.breakpoints import held_at, rows_held
from gdtui.descent.conditions import Expression, values_over
from gdtui.descent.rows import Row, Rows
from gdtui.descent.scratch import Scratch
from gdtui.descent.setup import Setup, is_own
from gdtui.descent.stopping import RUNNING, End
from gdtui.objectives.objective import Array


class Cursor:
    """A place in the live one of some branches. Moving it shows rows; it computes none that are there.

    ``hits``: how often each breakpoint was met. ``budget``: bytes that the rows of all branches may take.
    """

    setup: Setup
    branches: list[Branch]
    branch: Branch
    cursor: int
    hits: dict[str, int]
    budget: int
    _scratch: Scratch | None = None

    @property
    def row(self) -> Row:
        """The row at the cursor."""
        return self.branch.row(self.cursor)

    @property
    def at_end(self) -> bool:
        """Whether the cursor is on the last row."""
        return self.cursor == self.branch.count - 1

    @property
    def end(self) -> End:
        """Why the branch ended, as far as the cursor is at that end; else RUNNING."""
        return self.branch.end if self.at_end else RUNNING

    def step(self) -> bool:
        """One iteration on: to the next recorded row, or to a new one. False where the run has ended."""
        if not self.at_end:
            self.cursor += 1
            return True
        return self.advance(1) == 1

    def back(self) -> bool:
        """One iteration back. False at the start."""
        if self.cursor == 0:
            return False
        self.cursor -= 1
        return True

    def seek(self, row: int) -> None:
        """To a row; rows that are not there yet are computed, as far as the run goes."""
        if row > self.branch.count - 1:
            self.cursor = self.branch.count - 1
            self.advance(row - self.cursor)
        self.cursor = max(0, min(row, self.branch.count - 1))

    def advance(self, count: int) -> int:
        """Up to ``count`` new rows behind the last one, the cursor with them; how many there were.

        A breakpoint or a stopping rule ends it early: `end` says which. After a breakpoint it may go on.
        """
        branch, limits = self.branch, self.setup.stopping
        if branch.end.status.ended:
            return 0
        before = branch.count
        if limits.steps is not None:
            count = min(count, limits.steps + 1 - before)
        branch.end = RUNNING
        if count > 0:
            lookback, breakpoints = branch.history(branch.last), self.setup.breakpoints
            try:
                advance = Advance(branch.last, limits, branch.progress, lookback, breakpoints, branch)
                branch.end = advance.by(count) or RUNNING
            finally:
                branch.reached = None if branch.count > before else branch.reached
        if not branch.end.status.ended and self._all_run():
            branch.end = self._all_steps()
        if count > 0 and branch.end is not RUNNING:
            hit = stopping.with_hits(branch.end, self._count_hits(branch.count - 1))
            branch.end = stopping.with_remark(hit, branch.remark)
        self.cursor = branch.count - 1
        keep_within(self.budget, self.branches)
        return branch.count - before

    def _all_run(self) -> bool:
        """Whether the live branch has all the steps that it may have."""
        steps = self.setup.stopping.steps
        return steps is not None and self.branch.count > steps

    def _all_steps(self) -> End:
        """The steps are used up; where θ stands still on a plain, that is what there is to say."""
        steps = self.setup.stopping.steps or 0
        row, sense = self.branch.row(self.branch.count - 1), self.branch.last.program.sense
        if steps > 0 and np.array_equal(row.theta, self.branch.row(row.number - 1).theta):
            data = np.concatenate([row.theta, [row.loss], row.grad])
            return stopping.standing_at_last(self.setup.objective, steps, row.number, data, sense)
        return stopping.all_steps(steps, row.number)

    def forward(self, count: int) -> bool:
        """Up to ``count`` iterations on, through recorded rows first. Whether it may go on from there."""
        recorded = min(count, self.branch.count - 1 - self.cursor)
        if recorded > 0:
            if self.to_breakpoint(recorded):
                return False
            count -= recorded
        if count == 0:
            return True
        return self.advance(count) == count and self.branch.end is RUNNING

    def to_breakpoint(self, count: int) -> bool:
        """Through recorded rows to the next breakpoint, at most ``count`` rows on. True where one was met."""
        stop = min(self.cursor + 1 + count, self.branch.count)
        hits = rows_held(self.cursor + 1, stop, self.setup.breakpoints, self.branch)
        self.cursor = hits[0] if hits else stop - 1
        if hits:
            self._count_hits(self.cursor)
        return bool(hits)

    def _count_hits(self, row: int) -> list[str]:
        """Count every breakpoint that holds at a row where the run stops; their texts."""
        found = held_at(row, self.setup.breakpoints, self.branch)
        for text in found:
            self.hits[text] = self.hits.get(text, 0) + 1
        return found

    def looking_back(self) -> Generator[int, None, bool]:
        """To the last row before the cursor where a breakpoint holds, or to the start; True where one was met.

        In slices: it yields the row down to which none was met. Until the end no cursor moves.
        """
        stop = self.cursor
        while stop > 1 and self.setup.breakpoints:
            segment = self.branch.segment_at(stop - 1)
            start = max(1, segment.first + segment.trajectory.block_of(stop - 1 - segment.first))
            hits = rows_held(start, stop, self.setup.breakpoints, self.branch)
            if hits:
                self.cursor = hits[-1]
                return True
            stop = start
            yield stop
        self.cursor = 0
        return False

    def future(self, steps: int) -> Array:
        """Where the next ``steps`` updates would lead, with the knobs as they are: (steps + 1, d), the cursor first.

        A run that leaves the numbers ends there; nothing is recorded.
        """
        return self._leading().theta(self.cursor, steps)

    def peek(self) -> Row | None:
        """The row to which the next update leads, as the kernel computes it; None where the run has ended.

        It is not recorded yet, and the cursor stays. Of a user's own functions it is: they are called once a row.
        """
        if not self.at_end:
            return self.branch.row(self.cursor + 1)
        limit = self.setup.stopping.steps
        if self.branch.end.status.ended or (limit is not None and self.cursor >= limit):
            return None
        if is_own(self.setup.objective):
            self.advance(1)
            self.cursor -= 1
            return self.branch.row(self.cursor + 1)
        return self._leading().row(self.cursor + 1)

    def _leading(self) -> Scratch:
        """The rows that lead on from the cursor: those of the last time, where the run has gone along them since."""
        where = self.branch, self.cursor, self.upcoming(), self.setup.stopping.diverge_at
        if self._scratch is None or not self._scratch.passes(*where):
            self._scratch = Scratch(*where)
        return self._scratch

    def upcoming(self) -> Rows:
        """The segment whose update leaves the cursor: its equations and numbers are the next to run."""
        return self.branch.last if self.at_end else self.branch.next_segment(self.cursor)

    def over_budget(self) -> bool:
        """Whether the rows take more than the budget and cannot be thinned: a user's own functions."""
        return sum(branch.bytes for branch in self.branches) > self.budget

    def values_of(self, watch: Expression, start: int, stop: int) -> Array:
        """A watch in rows start .. stop − 1. Row 0 has no terms: a watch that reads one is NaN there."""
        found = np.array(values_over(watch, self.branch, start, stop), dtype=float)
        if watch.has_terms and start == 0:
            found[..., :1] = np.nan
        return found
