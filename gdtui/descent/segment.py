"""A stretch of a run with one set of equations and hyperparameters: the rows it recorded, and how to go on."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from gdtui.descent import stopping
from gdtui.descent.arrays import ArrayStep, Numbers
from gdtui.descent.conditions import Columns, Expression, values_over
from gdtui.descent.endings import Halt, Progress, Tested, first_of
from gdtui.descent.kernel import FloatLoop, suits_floats
from gdtui.descent.layout import Layout, layout_of
from gdtui.descent.loop_source import looks_back, past_of
from gdtui.descent.stopping import End, Remark, Stopping
from gdtui.descent.trajectory import CHUNK, Trajectory
from gdtui.objectives.objective import FormulaObjective, Objective
from gdtui.optimizers.pipeline import Pipeline

Array = NDArray[np.float64]
Lookback = Callable[[str, int], Array]
"""(quantity, row number of the run) -> its value there; before the beginning the first."""


_STANDING = 8  # rows


@lru_cache(maxsize=64)
def float_loop(objective: FormulaObjective, pipeline: Pipeline, conditions: tuple[Expression, ...]) -> FloatLoop:
    return FloatLoop(objective, pipeline, conditions)


@lru_cache(maxsize=64)
def array_step(objective: Objective, pipeline: Pipeline) -> ArrayStep:
    return ArrayStep(objective, pipeline)


class Segment:
    """Rows of one branch from row ``first`` on, recorded by one pipeline.

    ``trajectory`` row 0 is row ``first`` of the run: the segment's entry, with the state that its first
    update reads. ``t0`` is what t was there: 0 where the optimizer begins. ``draw0``: what chance is keyed on there,
    the row of the run; sessions of version 0.1.0 have t in its place. ``remark``: the first term that was no finite
    number and reached neither theta nor loss nor gradient.
    """

    def __init__(
        self,
        objective: Objective,
        pipeline: Pipeline,
        values: Mapping[str, float],
        entry: Array,
        first: int = 0,
        t0: int = 0,
        seed: int = 0,
        draw0: int | None = None,
    ):
        self.objective, self.pipeline, self.values = objective, pipeline, dict(values)
        self.first, self.t0, self.seed = first, t0, seed
        self.draw0 = first if draw0 is None else draw0
        self.sense = -1.0 if pipeline.maximize else 1.0
        self.remark: Remark | None = None
        self.layout: Layout = layout_of(pipeline, objective.dim)
        formula = isinstance(objective, FormulaObjective)
        past = past_of(pipeline.equations(objective.dim), ())
        before = max(past.values(), default=0)
        self.trajectory = Trajectory(self.layout, entry, self._replayed if formula else None, before)
        self._floats = suits_floats(objective, pipeline)
        self.lookback: Lookback | None = None
        self._array_step: tuple[ArrayStep, Numbers] | None = None

    @property
    def end(self) -> int:
        """The run's row number behind the last one here."""
        return self.first + self.trajectory.count

    def t_of(self, row: int) -> int:
        """The number of the update that arrived at a row of the run."""
        return self.t0 + row - self.first

    def draw_of(self, row: int) -> int:
        """What the chance of the update that arrived at a row of the run is keyed on, beside the seed."""
        return self.draw0 + row - self.first

    def going_on(self, entry: Array, row: int) -> Segment:
        """Another segment with the same equations, numbers and chance, from a row on."""
        return Segment(
            self.objective, self.pipeline, self.values, entry, row, self.t_of(row), self.seed, self.draw_of(row)
        )

    def advance(
        self,
        count: int,
        limits: Stopping,
        progress: Progress,
        conditions: tuple[Expression, ...],
        lookback: Lookback,
        columns: Columns,
    ) -> End | None:
        """Append up to ``count`` rows; the End where a stopping test or a breakpoint said so."""
        target = self.trajectory.count + count
        self.lookback = lookback
        self._begin(progress)
        with np.errstate(all="ignore"):
            while self.trajectory.count < target:
                before = self.trajectory.count
                halt = self._slice(target - before, limits, progress, conditions, lookback, columns)
                bad = self._first_non_finite(before)
                if bad is not None:
                    return bad
                if halt is Halt.COUNT:
                    continue
                end = self._ended(halt, limits, progress)
                # An ending that proves false (a return to where it only trembles) leaves the row to the breakpoints.
                if end is None and (halt is Halt.CONDITION or self._met(progress, conditions, columns)):
                    end = stopping.at_breakpoint(self.end - 1, conditions[progress.condition].text)
                if end is not None:
                    return end
        return None

    def _begin(self, progress: Progress) -> None:
        last = self.end - 1
        if not progress.anchor or progress.anchor_row > last:  # a new run, or one that was stepped back
            progress.anchor, progress.anchor_row = tuple(self._last()[: self.layout.dim].tolist()), last
            progress.next_anchor = max(2, 2 * last)
        if progress.best == float("inf"):
            progress.best = self.sense * float(self._last()[self.layout.dim])

    def _last(self) -> Array:
        return self.trajectory.row(self.trajectory.count - 1)

    def _slice(
        self,
        count: int,
        limits: Stopping,
        progress: Progress,
        conditions: tuple[Expression, ...],
        lookback: Lookback,
        columns: Columns,
    ) -> Halt:
        """As many rows as fit into the current chunk, or one by arrays."""
        if self._floats and isinstance(self.objective, FormulaObjective):
            asked = conditions
            if self.trajectory.count <= max((_terms_back(c) for c in conditions), default=0):
                # Behind the beginning a condition looks back along the branch, at the start to the first value of a
                # term; the loop has what the rule looks back to, which is its own beginning.
                asked, count = (), 1
            loop = float_loop(self.objective, self.pipeline, asked)
            last = self.end - 1
            past = _flat(loop.past, lookback, last)
            bounds = (limits.diverge_at, stopping.squared(limits.gtol), limits.patience or 0, limits.min_delta)
            hyper = [self.values[p.name] for p in self.pipeline.parameters]
            halt, made = loop.run(
                self.trajectory.room(), self._last(), self.t_of(last), last, hyper, past, bounds, progress, count
            )
            self.trajectory.grown(made)
            if halt is not Halt.RAISED:
                return Halt.UNDECIDED if halt is Halt.COUNT and asked is not conditions else halt
        self._append_by_arrays(lookback)
        halt = first_of(Tested(self._last(), self.end - 1, self.layout.dim, limits, progress, self.sense))
        return Halt.UNDECIDED if halt is Halt.COUNT and conditions else halt

    def _append_by_arrays(self, lookback: Lookback) -> None:
        if self._array_step is None:  # to find it by its objective each time costs as much as the step
            found = array_step(self.objective, self.pipeline)
            self._array_step = found, found.numbers_of(self.values)
        step, numbers = self._array_step
        last = self.end - 1
        past = {name: [lookback(name, last - k) for k in range(1, steps)] for name, steps in step.past.items()}
        draw = self.seed, self.draw_of(last + 1)
        step.write_row_after(self.trajectory.next_row(), self._last(), self.t_of(last) + 1, numbers, past, draw)
        self.trajectory.grown(1)

    def _met(self, progress: Progress, conditions: Sequence[Expression], columns: Columns) -> bool:
        """Whether a breakpoint holds at the last row, asked by arrays; which one is told to ``progress``."""
        number = self.end - 1
        for index, condition in enumerate(conditions):
            if bool(values_over(condition, columns, number, number + 1)[0]):
                progress.condition = index
                return True
        return False

    def _ended(self, halt: Halt, limits: Stopping, progress: Progress) -> End | None:
        """The end of the last row by an ending; None where it proves to be none."""
        row, number = self._last(), self.end - 1
        match halt:
            case Halt.OUT_OF_RANGE:
                return stopping.diverged(number, row, self.layout.dim, limits.diverge_at)
            case Halt.GRADIENT:
                return stopping.small_gradient(self.objective, number, row, limits.gtol or 0.0, self.sense)
            case Halt.PATIENCE:
                best = self.sense * progress.best
                return stopping.no_better(number, best, limits.patience or 0, limits.min_delta)
            case Halt.RETURN:
                return self._returned(progress, limits)
        return None

    def _returned(self, progress: Progress, limits: Stopping) -> End | None:
        """θ is where it was: a cycle if the state is too, and nothing depends on the step's number."""
        number, anchor_row = self.end - 1, progress.anchor_row
        # Not asked again before the step's number has doubled: a run that stands still stays cheap.
        progress.anchor, progress.next_anchor = (math.nan,) * self.layout.dim, 2 * number
        if anchor_row < self.first:
            return None
        rows = self.trajectory.rows(anchor_row - self.first, number - self.first + 1)
        theta = rows[:, : self.layout.dim]
        if (np.ptp(theta, axis=0) <= 1e-9 * np.maximum(1.0, np.abs(theta).max(axis=0))).all():
            # Standing still, or trembling in the last bits. A run of so many steps goes on to its last one.
            over = limits.steps is None and self._stands()
            return stopping.standing(self.objective, number, rows[-1], self.sense) if over else None
        carried = [self.layout.columns[name] for name in self.layout.states]
        same_state = all(np.array_equal(rows[0, c], rows[-1, c]) for c in carried)
        again = same_state and not looks_back(self.pipeline, self.layout.dim)
        return stopping.cycle(number, number - anchor_row) if again else None

    def _stands(self) -> bool:
        """Whether θ was the same, to the bit, in the last rows: momentum may turn on the spot for one."""
        count = self.trajectory.count
        theta = self.trajectory.rows(max(0, count - _STANDING), count)[:, : self.layout.dim]
        return len(theta) == _STANDING and bool((theta == theta[0]).all())

    def _first_non_finite(self, before: int) -> End | None:
        """The first new row in which theta, loss or gradient is no finite number; rows behind it are dropped.

        A term that is none, and reaches none of these, is remarked.
        """
        rows = self.trajectory.rows(before, self.trajectory.count)
        numbers = rows.reshape(-1)
        if numbers.dot(numbers) < math.inf:
            return None
        core = np.isfinite(rows[:, : 2 * self.layout.dim + 1]).all(axis=1)
        bad = None if core.all() else int((~core).argmax())
        if self.remark is None:
            odd = ~np.isfinite(rows[: len(rows) if bad is None else bad + 1, 2 * self.layout.dim + 1 :]).all(axis=1)
            if odd.any():
                self.remark = self._remark_on(before + int(odd.argmax()))
        if bad is None:
            return None
        self.trajectory.truncate(before + bad + 1)
        row = self.trajectory.row(before + bad)
        first = self._remark_on(before + bad)
        if self.remark is not None and self.remark.row == first.row:
            self.remark = None  # that is how the run ends, and the end says so
        return stopping.non_finite(self.first + before + bad, first, self._remark_among(row, ("theta", "loss", "grad")))

    def _remark_on(self, place: int) -> Remark:
        """The first quantity of a row that is no finite number, in the order in which they are computed."""
        order = (*(name for name, _ in self.layout.terms), "theta", "loss", "grad")
        return self._remark_among(self.trajectory.row(place), order)._replace(row=self.first + place)

    def _remark_among(self, row: Array, names: Sequence[str]) -> Remark:
        for name in names:
            columns = self.layout.columns[name]
            finite = np.isfinite(row[columns])
            if not finite.all():
                place = int((~finite).argmax())
                of_theta = self.layout.shapes[name] == (self.layout.dim,) and self.layout.dim > 1
                coordinate = self.objective.symbols[place] if of_theta else ""
                return Remark(self.end - 1, name, coordinate, float(row[columns][place]))
        raise AssertionError("a row that is not finite has a quantity that is not")  # pragma: no cover

    def _replayed(self, row: Array, number: int, count: int) -> Array:
        """The rows behind a kept row of a thinned chunk, computed again: the same bits."""
        first = self.first + number
        again = self.going_on(row, first)
        assert self.lookback is not None
        lookback = self.lookback

        def look(name: str, wanted: int) -> Array:
            if wanted < first:
                return lookback(name, wanted)
            return again.trajectory.row(wanted - first)[again.layout.columns[name]]

        again.replay(count + 1, look)
        return again.trajectory.rows(1, count + 1)

    def replay(self, count: int, lookback: Lookback, thinned: int = 0) -> None:
        """Append rows until there are ``count``, past every stopping rule, up to the first that is not finite.

        ``thinned``: how many of the oldest chunks are let go meanwhile.
        """
        never = Stopping(diverge_at=float("inf"))
        progress = Progress(next_anchor=2**62, anchor=(math.nan,) * self.layout.dim)
        while self.trajectory.count < count:
            some = min(CHUNK, count - self.trajectory.count)
            end = self.advance(some, never, progress, (), lookback, _NoColumns())
            while self.trajectory.thinned < thinned and self.trajectory.thin(self.trajectory.count):
                pass
            if end is not None:
                return


def _terms_back(condition: Expression) -> int:
    """How many rows a condition looks back to a term."""
    return max((steps for name, steps in condition.past.items() if name not in ("theta", "loss", "grad")), default=0)


class _NoColumns:
    def quantity(self, name: str, start: int, stop: int) -> Array:
        raise LookupError(name)  # pragma: no cover - a replay tests no conditions


def _flat(past: Mapping[str, int], lookback: Lookback, last: int) -> list[float]:
    """The past in the order in which the loop unpacks it."""
    values: list[float] = []
    for name, steps in past.items():
        for k in range(1, steps + 1):
            values.extend(np.atleast_1d(lookback(name, last - k)).tolist())
    return values
