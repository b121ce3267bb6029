"""A stretch of a run with one set of equations and hyperparameters: the rows it recorded, and how to go on."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from gdtui.descent import stopping
from gdtui.descent.arrays import ArrayStep
from gdtui.descent.conditions import Columns, Expression, values_over
from gdtui.descent.kernel import FloatLoop, Halt, Progress, suits_floats
from gdtui.descent.layout import Layout, layout_of
from gdtui.descent.loop_source import past_of
from gdtui.descent.stopping import End, Stopping
from gdtui.descent.trajectory import CHUNK, Trajectory
from gdtui.formula import graph
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
    update reads. ``t0`` is what t was there: 0 where the optimizer begins.
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
    ):
        self.objective, self.pipeline, self.values = objective, pipeline, dict(values)
        self.first, self.t0, self.seed = first, t0, seed
        self.layout: Layout = layout_of(pipeline, objective.dim)
        formula = isinstance(objective, FormulaObjective)
        past = past_of(pipeline.equations(objective.dim), ())
        before = max(past.values(), default=0)
        self.trajectory = Trajectory(self.layout, entry, self._replayed if formula else None, before)
        self._floats = suits_floats(objective, pipeline)
        self.lookback: Lookback | None = None
        self._array_step: ArrayStep | None = None

    @property
    def end(self) -> int:
        """The run's row number behind the last one here."""
        return self.first + self.trajectory.count

    def t_of(self, row: int) -> int:
        """The number of the update that arrived at a row of the run."""
        return self.t0 + row - self.first

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
                if halt is not Halt.COUNT:
                    end = self._ended(halt, limits, progress, conditions)
                    if end is not None:
                        return end
        return None

    def _begin(self, progress: Progress) -> None:
        last = self.end - 1
        if not progress.anchor or progress.anchor_row > last:  # a new run, or one that was stepped back
            progress.anchor, progress.anchor_row = tuple(self._last()[: self.layout.dim].tolist()), last
            progress.next_anchor = max(2, 2 * last)
        if progress.best == float("inf"):
            progress.best = float(self._last()[self.layout.dim])

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
            loop = float_loop(self.objective, self.pipeline, conditions)
            last = self.end - 1
            past = _flat(loop.past, lookback, last)
            bounds = (limits.diverge_at, stopping.squared(limits.gtol), limits.patience or 0, limits.min_delta)
            hyper = [self.values[p.name] for p in self.pipeline.parameters]
            halt, made = loop.run(
                self.trajectory.room(), self._last(), self.t_of(last), last, hyper, past, bounds, progress, count
            )
            self.trajectory.grown(made)
            if halt is not Halt.RAISED:
                return halt
            if conditions and self._append_by_floats(lookback):
                return self._tested(limits, progress, conditions, columns)
        self._append_by_arrays(lookback)
        return self._tested(limits, progress, conditions, columns)

    def _append_by_floats(self, lookback: Lookback) -> bool:
        """One row by a loop without conditions. False where the update itself raised.

        A breakpoint may raise (1/loss at 0): the row must not depend on what is asked about it.
        """
        assert isinstance(self.objective, FormulaObjective)
        loop = float_loop(self.objective, self.pipeline, ())
        progress = Progress(next_anchor=2**62, anchor=(math.nan,) * self.layout.dim)
        last, bounds = self.end - 1, (math.inf, -1.0, 0, 0.0)
        hyper = [self.values[p.name] for p in self.pipeline.parameters]
        start = self.trajectory.room(), self._last(), self.t_of(last), last
        made = loop.run(*start, hyper, _flat(loop.past, lookback, last), bounds, progress, 1)[1]
        self.trajectory.grown(made)
        return made == 1

    def _append_by_arrays(self, lookback: Lookback) -> None:
        if self._array_step is None:  # to find it by its objective each time costs as much as the step
            self._array_step = array_step(self.objective, self.pipeline)
        step = self._array_step
        last = self.end - 1
        past = {name: [lookback(name, last - k) for k in range(1, steps)] for name, steps in step.past.items()}
        given = self._last(), self.t_of(last) + 1, self.values, past, self.seed
        step.write_row_after(self.trajectory.next_row(), *given)
        self.trajectory.grown(1)

    def _tested(self, limits: Stopping, progress: Progress, conditions: Sequence[Expression], columns: Columns) -> Halt:
        """The float loop's tests, in its order, on the last row."""
        dim, row, number = self.layout.dim, self._last(), self.end - 1
        near, most = row[: dim + 1], limits.diverge_at
        # The squares together take a tenth of the time, and where they are small each of them is.
        near_enough = most * most < math.inf and near.dot(near) <= most * most
        if not near_enough and not (np.abs(near) <= most).all():
            return Halt.OUT_OF_RANGE
        for index, found in enumerate(conditions):
            if bool(values_over(found, columns, number, number + 1)[0]):
                progress.condition = index
                return Halt.CONDITION
        grad = row[dim + 1 : 2 * dim + 1]
        if limits.gtol is not None and not grad.dot(grad) > stopping.squared(limits.gtol):
            return Halt.GRADIENT
        if limits.patience:
            if row[dim] < progress.best - limits.min_delta:
                progress.best, progress.since = float(row[dim]), 0
            else:
                progress.since += 1
                if progress.since >= limits.patience:
                    return Halt.PATIENCE
        if row[0] == progress.anchor[0] and tuple(row[:dim].tolist()) == progress.anchor:
            return Halt.RETURN
        if number == progress.next_anchor:
            theta = tuple(row[:dim].tolist())
            progress.anchor, progress.anchor_row, progress.next_anchor = theta, number, 2 * number
        return Halt.COUNT

    def _ended(self, halt: Halt, limits: Stopping, progress: Progress, conditions: Sequence[Expression]) -> End | None:
        row, number = self._last(), self.end - 1
        match halt:
            case Halt.OUT_OF_RANGE:
                return stopping.diverged(number, row, self.layout.dim, limits.diverge_at)
            case Halt.CONDITION:
                return stopping.at_breakpoint(number, conditions[progress.condition].text)
            case Halt.GRADIENT:
                return stopping.small_gradient(self.objective, number, row, limits.gtol or 0.0)
            case Halt.PATIENCE:
                return stopping.no_better(number, progress.best, limits.patience or 0, limits.min_delta)
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
            return stopping.standing(self.objective, number, rows[-1]) if over else None
        carried = [self.layout.columns[name] for name in self.layout.states]
        same_state = all(np.array_equal(rows[0, c], rows[-1, c]) for c in carried)
        return stopping.cycle(number, number - anchor_row) if same_state and not self._reads_time() else None

    def _stands(self) -> bool:
        """Whether θ was the same, to the bit, in the last rows: momentum may turn on the spot for one."""
        count = self.trajectory.count
        theta = self.trajectory.rows(max(0, count - _STANDING), count)[:, : self.layout.dim]
        return len(theta) == _STANDING and bool((theta == theta[0]).all())

    def _reads_time(self) -> bool:
        step = array_step(self.objective, self.pipeline)
        nodes = graph.topological([e.node for e in step.equations])
        return bool(step.past) or any(n.op == "normal" or (n.op == "name" and n.text == "t") for n in nodes)

    def _first_non_finite(self, before: int) -> End | None:
        """The first new row in which something is no finite number, and what it was; rows behind it are dropped."""
        rows = self.trajectory.rows(before, self.trajectory.count)
        numbers = rows.reshape(-1)
        if numbers.dot(numbers) < math.inf:
            return None
        finite = np.isfinite(rows)
        if finite.all():
            return None
        bad = int((~finite.all(axis=1)).argmax())
        self.trajectory.truncate(before + bad + 1)
        order = [*(name for name, _ in self.layout.terms), "theta", "loss", "grad"]
        for name in order:
            columns = self.layout.columns[name]
            if not finite[bad, columns].all():
                place = int((~finite[bad, columns]).argmax())
                of_theta = self.layout.shapes[name] == (self.layout.dim,) and self.layout.dim > 1
                coordinate = self.objective.symbols[place] if of_theta else ""
                return stopping.non_finite(self.first + before + bad, name, coordinate, rows[bad, columns][place])
        raise AssertionError("a row that is not finite has a quantity that is not")  # pragma: no cover

    def _replayed(self, row: Array, number: int, count: int) -> Array:
        """The rows behind a kept row of a thinned chunk, computed again: the same bits."""
        first = self.first + number
        again = Segment(self.objective, self.pipeline, self.values, row, first, self.t_of(first), self.seed)
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
