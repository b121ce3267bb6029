"""Advance: rows are appended by their continuation, slice by slice, until an ending or a breakpoint holds."""

from __future__ import annotations

import math

import numpy as np

from gdtui.descent import stopping
from gdtui.descent.arrays import ArrayStep
from gdtui.descent.conditions import Columns, Expression, values_over
from gdtui.descent.endings import Halt, Progress, Tested, first_of
from gdtui.descent.kernel import FloatLoop
from gdtui.descent.layout import RECORDED
from gdtui.descent.rows import Lookback, Rows
from gdtui.descent.stopping import End, Stopping

_STANDING = 8  # rows


class Advance:
    """How rows go on: under which stopping rules and breakpoints, and what these look back to.

    ``columns``: the branch that the ``conditions`` read. ``lookback``: what the rule reads of earlier rows.
    """

    def __init__(
        self,
        rows: Rows,
        limits: Stopping,
        progress: Progress,
        lookback: Lookback,
        conditions: tuple[Expression, ...] = (),
        columns: Columns | None = None,
    ):
        assert rows.continuation is not None, "rows that were only recorded do not go on"
        self.rows, self.trajectory, self.how = rows, rows.trajectory, rows.continuation
        self.program, self.dim = self.how.program, rows.layout.dim
        self.limits, self.progress, self.conditions = limits, progress, conditions
        self.lookback, self.columns = lookback, columns
        rows.lookback = lookback

    @property
    def last(self) -> int:
        """The run's number of the last row."""
        return self.rows.end - 1

    def by(self, count: int) -> End | None:
        """Append up to ``count`` rows; the End where a stopping test or a breakpoint said so."""
        target = self.trajectory.count + count
        self._begin()
        with np.errstate(all="ignore"):
            while self.trajectory.count < target:
                before = self.trajectory.count
                halt = self._slice(target - before)
                bad = self.rows.drop_from_non_finite(before)
                if bad is not None:
                    return bad
                if halt is Halt.COUNT:
                    continue
                end = self._ended(halt)
                # An ending that proves false (a return to where it only trembles) leaves the row to the breakpoints.
                if end is None and (halt is Halt.CONDITION or self._met()):
                    end = stopping.at_breakpoint(self.last, self.conditions[self.progress.condition].text)
                if end is not None:
                    return end
        return None

    def _begin(self) -> None:
        progress, last = self.progress, self.last
        if not progress.anchor or progress.anchor_row > last:  # a new run, or one that was stepped back
            progress.anchor, progress.anchor_row = tuple(self.rows.last[: self.dim].tolist()), last
            progress.next_anchor = max(2, 2 * last)
        if progress.best == math.inf:
            progress.best = self.program.sense * float(self.rows.last[self.dim])

    def _slice(self, count: int) -> Halt:
        """As many rows as fit into the current chunk, or one by arrays."""
        if self.program.suits_floats:
            # Behind the beginning a condition looks back along the branch, at the start to the first value of a term;
            # the loop has what the rule looks back to, which is its own beginning. There one row is made, and asked.
            asked_behind = bool(self.conditions) and self.trajectory.count <= max(map(_terms_back, self.conditions))
            loop = self.program.compiled(FloatLoop, () if asked_behind else self.conditions)
            count = 1 if asked_behind else count
            limits, last = self.limits, self.last
            bounds = (limits.diverge_at, stopping.squared(limits.gtol), limits.patience or 0, limits.min_delta)
            halt, steps = loop.run(
                self.trajectory.room(), self.rows.last, self.rows.t_of(last), last, self.how.hyperparameters,
                self._past(loop.past), bounds, self.progress, count,
            )  # fmt: skip
            self.trajectory.grown(steps)
            if halt is not Halt.RAISED:
                return Halt.UNDECIDED if halt is Halt.COUNT and asked_behind else halt
        self._append_by_arrays()
        halt = first_of(Tested(self.rows.last, self.last, self.dim, self.limits, self.progress, self.program.sense))
        return Halt.UNDECIDED if halt is Halt.COUNT and self.conditions else halt

    def _past(self, past: dict[str, int]) -> list[float]:
        """The past in the order in which the loop unpacks it."""
        values: list[float] = []
        for name, back, _ in self.program.earlier(past):
            values.extend(np.atleast_1d(self.lookback(name, self.last - back)).tolist())
        return values

    def _append_by_arrays(self) -> None:
        step, last = self.program.compiled(ArrayStep), self.last
        asked = self.program.past.items()
        past = {name: [self.lookback(name, last - k) for k in range(1, rows)] for name, rows in asked}
        draw = self.how.seed, self.how.draw_of(last + 1)
        t, row = self.rows.t_of(last) + 1, self.trajectory.next_row()
        step.write_row_after(row, self.rows.last, t, self.how.numbers, past, draw)
        self.trajectory.grown(1)

    def _met(self) -> bool:
        """Whether a breakpoint holds at the last row, asked by arrays; which one is told to ``progress``."""
        for index, condition in enumerate(self.conditions):
            assert self.columns is not None
            if bool(values_over(condition, self.columns, self.last, self.last + 1)[0]):
                self.progress.condition = index
                return True
        return False

    def _ended(self, halt: Halt) -> End | None:
        """The end of the last row by an ending; None where it proves to be none."""
        row, number, limits, sense = self.rows.last, self.last, self.limits, self.program.sense
        match halt:
            case Halt.OUT_OF_RANGE:
                return stopping.diverged(number, row, self.dim, limits.diverge_at)
            case Halt.GRADIENT:
                return stopping.small_gradient(self.program.objective, number, row, limits.gtol or 0.0, sense)
            case Halt.PATIENCE:
                best = sense * self.progress.best
                return stopping.no_better(number, best, limits.patience or 0, limits.min_delta)
            case Halt.RETURN:
                return self._returned()
        return None

    def _returned(self) -> End | None:
        """θ is where it was: a cycle if the state is too, and nothing depends on the step's number."""
        progress, number, layout, first = self.progress, self.last, self.rows.layout, self.rows.first
        anchor_row = progress.anchor_row
        # Not asked again before the step's number has doubled: a run that stands still stays cheap.
        progress.anchor, progress.next_anchor = (math.nan,) * self.dim, 2 * number
        if anchor_row < first:
            return None
        rows = self.trajectory.rows(anchor_row - first, number - first + 1)
        theta = rows[:, : self.dim]
        if (np.ptp(theta, axis=0) <= 1e-9 * np.maximum(1.0, np.abs(theta).max(axis=0))).all():
            # Standing still, or trembling in the last bits. A run of so many steps goes on to its last one.
            over = self.limits.steps is None and self._stands()
            return stopping.standing(self.program.objective, number, rows[-1], self.program.sense) if over else None
        same_state = all(np.array_equal(rows[0, c], rows[-1, c]) for c in (layout.columns[n] for n in layout.states))
        again = same_state and not self.program.looks_back
        return stopping.cycle(number, number - anchor_row) if again else None

    def _stands(self) -> bool:
        """Whether θ was the same, to the bit, in the last rows: momentum may turn on the spot for one."""
        count = self.trajectory.count
        theta = self.trajectory.rows(max(0, count - _STANDING), count)[:, : self.dim]
        return len(theta) == _STANDING and bool((theta == theta[0]).all())


def _terms_back(condition: Expression) -> int:
    """How many rows a condition looks back to a term."""
    return max((rows for name, rows in condition.past.items() if name not in RECORDED), default=0)
