"""Session: a cursor over branches, and how branches come about: run anew, fork, another knob, rule or stopping rule."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace

import numpy as np

from gdtui.descent.branches import Branch, Reached, free_name
from gdtui.descent.conditions import condition
from gdtui.descent.continuation import Continuation
from gdtui.descent.cursor import Cursor
from gdtui.descent.endings import Progress
from gdtui.descent.entry import end_at_start, entry_after, entry_row
from gdtui.descent.rows import Rows
from gdtui.descent.setup import Setup
from gdtui.descent.stopping import RUNNING, Status, Stopping
from gdtui.objectives.objective import Array

BUDGET = 512 * 2**20
"""Bytes that the rows of a session may take; past it old chunks keep every 256th row."""


def _same(segment: Rows, setup: Setup) -> bool:
    """Whether rows go on by the rule and the hyperparameters of a setup."""
    return segment.continuation is not None and segment.continuation.is_by(setup.program, setup.values)


class Session(Cursor):
    """The branches of a run: which there are, and from where each goes on, with which setup."""

    def __init__(self, setup: Setup, state: dict[str, Array] | None = None, t: int = 0, budget: int = BUDGET):
        self.setup = setup
        self.branches: list[Branch] = []
        self.budget = budget
        self.cursor = 0
        self.hits: dict[str, int] = {}
        self._start(state or {}, t)

    @classmethod
    def restored(
        cls, setup: Setup, branches: list[Branch], branch: Branch, cursor: int, hits: dict[str, int]
    ) -> Session:  # fmt: skip
        """A session as it was: its branches with their rows, the one it is on, the row, the breakpoints' hits."""
        session = cls.__new__(cls)
        session.setup, session.branches, session.branch = setup, branches, branch
        session.cursor, session.budget, session.hits = cursor, BUDGET, hits
        return session

    def _start(self, state: dict[str, Array], t: int = 0) -> None:
        setup = self.setup
        theta = np.array(setup.start)
        row = entry_row(setup.program, setup.values, theta, (setup.seed, t))
        columns = setup.program.layout.columns
        for name, value in state.items():
            row[columns[name]] = value
        branch = Branch([Continuation(setup.program, setup.values, setup.seed, 0, t, t).rows(row)])
        branch.end = end_at_start(row, setup.objective, setup.stopping.diverge_at)
        self._begin(branch)
        self.cursor = 0

    def _begin(self, branch: Branch) -> None:
        """Take up a new branch, under the next free letter."""
        branch.name = free_name({other.name for other in self.branches})
        branch.number = 1 + max((other.number for other in self.branches), default=-1)
        self.branches.append(branch)
        self.branch = branch

    def anew(self) -> None:
        """Run anew from the start with the knobs as they are; the old run stays."""
        self._start({})

    def fork(self) -> None:
        """A new branch from the cursor on, with the knobs as they are; the old future stays. An end stays one."""
        end, progress = self.end, self.branch.progress
        self._begin(self.branch.same_before(self.cursor))
        self.branch.end = end
        if end.status.ended:  # by other stopping rules it may be none
            self.branch.progress = replace(progress)
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
        assert source.continuation is not None
        after = source.continuation.followed_by(row, setup.program, setup.values)
        entry = entry_after(source, after)
        branch.reached = branch.reached or Reached(last, branch.end, branch.progress, setup.stopping)
        branch.add(after.rows(entry))
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

    def _setup_of(self, branch: Branch, last: Rows) -> Setup:
        setup, program = self.setup, last.program
        start = tuple(branch.row(0).theta.tolist())
        if program.objective != setup.objective:
            setup = setup.with_objective(program.objective, start)
        if program.pipeline != setup.pipeline:
            setup = setup.with_pipeline(program.pipeline)
        seed = setup.seed if last.continuation is None else last.continuation.seed
        return replace(setup, values=dict(last.values), start=start, seed=seed)

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
        found = tuple(condition(text, self.setup.program) for text in texts)
        self.setup = replace(self.setup, breakpoints=found)
