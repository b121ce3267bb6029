"""Session: branches, a cursor over them, breakpoints and watches: step, back, seek, anew, forward to a breakpoint."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from copy import copy
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gdtui.descent import stopping
from gdtui.descent.branches import Branch, Reached, Row, free_name, keep_within
from gdtui.descent.breakpoints import held_at, rows_held
from gdtui.descent.conditions import Expression, condition, values_over
from gdtui.descent.endings import Progress
from gdtui.descent.entry import end_at_start, entry_after, entry_row
from gdtui.descent.layout import layout_of
from gdtui.descent.scratch import Scratch
from gdtui.descent.segment import Segment
from gdtui.descent.setup import Setup, is_own
from gdtui.descent.stopping import RUNNING, End, Status, Stopping

Array = NDArray[np.float64]
BUDGET = 512 * 2**20
"""Bytes that the rows of a session may take; past it old chunks keep every 256th row."""


def _same(segment: Segment, setup: Setup) -> bool:
    """Whether a segment goes by the rule and the hyperparameters of a setup."""
    return segment.pipeline == setup.pipeline and segment.values == dict(setup.values)


class Session:
    """A cursor over the branches of a run. Moving it shows rows; it computes none that are there."""

    def __init__(self, setup: Setup, state: dict[str, Array] | None = None, t: int = 0, budget: int = BUDGET):
        self.setup = setup
        self.branches: list[Branch] = []
        self.budget = budget
        self.cursor = 0
        self.hits: dict[str, int] = {}
        self._scratch: Scratch | None = None
        self._start(state or {}, t)

    @classmethod
    def restored(
        cls, setup: Setup, branches: list[Branch], branch: Branch, cursor: int, hits: dict[str, int]
    ) -> Session:  # fmt: skip
        """A session as it was: its branches with their rows, the one it is on, the row, the breakpoints' hits."""
        session = cls.__new__(cls)
        session.setup, session.branches, session.branch = setup, branches, branch
        session.cursor, session.budget, session.hits = cursor, BUDGET, hits
        session._scratch = None
        return session

    def _start(self, state: dict[str, Array], t: int = 0) -> None:
        setup = self.setup
        theta = np.array(setup.start)
        row = entry_row(setup.objective, setup.pipeline, setup.values, theta, (setup.seed, t))
        columns = layout_of(setup.pipeline, setup.objective.dim).columns
        for name, value in state.items():
            row[columns[name]] = value
        segment = Segment(setup.objective, setup.pipeline, setup.values, row, 0, t, setup.seed, draw0=t)
        branch = Branch([segment])
        branch.end = end_at_start(row, setup.objective, setup.stopping.diverge_at)
        self._begin(branch)
        self.cursor = 0

    def _begin(self, branch: Branch) -> None:
        """Take up a new branch, under the next free letter."""
        branch.name = free_name({other.name for other in self.branches})
        branch.number = 1 + max((other.number for other in self.branches), default=-1)
        self.branches.append(branch)
        self.branch = branch

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
            look = branch.history(branch.last)
            try:
                end = branch.last.advance(count, limits, branch.progress, self.setup.breakpoints, look, branch)
                branch.end = end or RUNNING
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
        row, sense = self.branch.row(self.branch.count - 1), self.branch.last.sense
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

    def anew(self) -> None:
        """Run anew from the start with the knobs as they are; the old run stays."""
        self._start({})

    def fork(self) -> None:
        """A new branch from the cursor on, with the knobs as they are; the old future stays. An end stays one."""
        end = self.end
        self._begin(self.branch.same_before(self.cursor))
        self.branch.end = end
        if not end.status.failed:
            self._take_up()

    def _take_up(self) -> None:
        """Go on from the last row with the rule and the hyperparameters of the setup.

        Where these are the ones that made that row, the branch stands as it did before others were tried.
        """
        setup, branch = self.setup, self.branch
        last, row = branch.last, branch.count - 1
        if _same(last, setup):
            return
        if self._restore():
            return
        source = branch.segment_at(row)
        entry, t = entry_after(source, row, setup.pipeline, setup.values)
        branch.reached = branch.reached or Reached(last, branch.end, branch.progress, setup.stopping)
        how = row, t, setup.seed, source.draw_of(row)
        branch.add(Segment(setup.objective, setup.pipeline, setup.values, entry, *how))
        branch.end = self._all_steps() if self._all_run() else RUNNING
        branch.progress = Progress()

    def _restore(self) -> bool:
        """Stand as before knobs were turned at the last row, if they are as they were then. Whether they are."""
        branch, reached, limits = self.branch, self.branch.reached, self.setup.stopping
        if reached is None or not _same(reached.segment, self.setup):
            return False
        branch.undo_knobs(reached)
        if reached.stopping != limits and not branch.still_ended(reached.stopping, limits):
            branch.end, branch.reached = RUNNING, reached
        return True

    def _stop_by(self, old: Stopping) -> None:
        """Take the setup's stopping rules for ``old`` ones: an end that does not hold by them is none."""
        branch, limits = self.branch, self.setup.stopping
        stood = branch.reached or Reached(branch.last, branch.end, branch.progress, old)
        if self._restore():
            if stood.stopping == limits:
                return
        elif not branch.still_ended(old, limits):
            branch.end, branch.reached = RUNNING, stood
        other_steps = branch.end.status is Status.MAX_STEPS and limits.steps != old.steps
        if self._all_run() and (other_steps or not branch.end.status.ended):
            branch.end, branch.reached = self._all_steps(), stood

    def switch(self, branch: Branch) -> None:
        """To another branch, at the same row as far as it has it, with its rule and hyperparameters."""
        self.setup, self.branch = self._setup_of(branch, branch.last), branch
        self.cursor = min(self.cursor, branch.count - 1)

    def seen_from(self, branch: Branch) -> Session:
        """The same session on another branch, with the setup that made its rows: to look at, not to go on with."""
        other = copy(self)
        other.setup, other.branch = self._setup_of(branch, branch.makers[-1][0]), branch
        other.cursor = branch.count - 1
        return other

    def _setup_of(self, branch: Branch, last: Segment) -> Setup:
        setup = self.setup
        if last.objective is not setup.objective:
            setup = setup.with_objective(last.objective, tuple(branch.row(0).theta.tolist()))
        if last.pipeline != setup.pipeline:
            setup = setup.with_pipeline(last.pipeline)
        start = tuple(branch.row(0).theta.tolist())
        return replace(setup, values=dict(last.values), start=start, seed=last.seed)

    def change(self, setup: Setup) -> None:
        """Other knobs or another rule from here on; another objective or start begins anew.

        Before the end of the branch this forks it. Hyperparameters and the same rule edited keep the state and t, and
        another rule begins with its init and t = 1: from the start, as a new branch, where the run has ended. A run
        that failed never goes on. Raises ParameterError, and changes nothing, where a state would begin with no number.
        """
        before = self.setup, [*self.branches], self.branch, self.cursor
        try:
            self._change(setup)
        except BaseException:  # what a user's own function raises, too
            self.setup, self.branches, self.branch, self.cursor = before
            raise

    def _change(self, setup: Setup) -> None:
        old, self.setup = self.setup, setup
        if setup.objective is not old.objective or setup.start != old.start or setup.seed != old.seed:
            self._start({})
            return
        if setup.pipeline == old.pipeline and dict(setup.values) == dict(old.values):
            if old.stopping != setup.stopping:
                self._stop_by(old.stopping)
            return
        other_rule = setup.pipeline.rule.origin != old.pipeline.rule.origin
        if not self.at_end:
            self.fork()
        elif other_rule and self.branch.end.status.ended:
            self._start({})
        elif not self.branch.end.status.failed:  # else there is nothing to go on from: the knobs are for the next run
            self._take_up()

    def set_breakpoints(self, texts: Sequence[str]) -> None:
        """Replace the breakpoints. Raises FormulaError and changes nothing."""
        found = tuple(condition(text, self.setup.objective, self.setup.pipeline) for text in texts)
        self.setup = replace(self.setup, breakpoints=found)

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
        going = self.branch.end.status in (Status.RUNNING, Status.BREAKPOINT)
        if not going or (limit is not None and self.cursor >= limit):
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

    def upcoming(self) -> Segment:
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
