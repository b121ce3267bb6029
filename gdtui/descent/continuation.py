"""Continuation: how rows go on: a program, its numbers, and what its chance is keyed on."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from gdtui.descent.advance import Advance
from gdtui.descent.arrays import ArrayStep, Numbers
from gdtui.descent.endings import Progress
from gdtui.descent.program import Program
from gdtui.descent.rows import Lookback, Rows
from gdtui.descent.stopping import Stopping
from gdtui.descent.trajectory import CHUNK, Trajectory
from gdtui.objectives.objective import Array, FormulaObjective


@dataclass(frozen=True, eq=False)
class Continuation:
    """What goes on from row ``first`` of a run, where t is ``t0``, by a program and its hyperparameters ``values``.

    ``draw0``: what chance is keyed on there beside the ``seed``: the row of the run; sessions of version 0.1.0 have t
    in its place.
    """

    program: Program
    values: Mapping[str, float]
    seed: int = 0
    first: int = 0
    t0: int = 0
    draw0: int = 0

    @cached_property
    def numbers(self) -> Numbers:
        """The hyperparameters as an update by arrays takes them."""
        return self.program.compiled(ArrayStep).numbers_of(self.values)

    @cached_property
    def hyperparameters(self) -> list[float]:
        """In the order in which a loop unpacks them."""
        return [self.values[p.name] for p in self.program.pipeline.parameters]

    def is_by(self, program: Program, values: Mapping[str, float]) -> bool:
        """Whether it goes on by this program with these numbers."""
        return self.program.pipeline == program.pipeline and self.values == dict(values)

    def draw_of(self, row: int) -> int:
        """What the chance of the update that arrived at a row of the run is keyed on, beside the seed."""
        return self.draw0 + row - self.first

    def from_row(self, row: int) -> Continuation:
        """The same program, numbers and chance from another row on."""
        return replace(self, first=row, t0=self.t0 + row - self.first, draw0=self.draw_of(row))

    def followed_by(self, row: int, program: Program, values: Mapping[str, float]) -> Continuation:
        """Another program or other numbers from a row on. The same rule edited keeps t; another begins with t = 0."""
        after = replace(self.from_row(row), program=program, values=values)
        same = program.pipeline.rule.origin == self.program.pipeline.rule.origin
        return after if same else replace(after, t0=0)

    def rows(self, entry: Array) -> Rows:
        """Rows that begin with ``entry``, which is row ``first``, and go on by this."""
        program = self.program

        def again(row: Array, number: int, count: int) -> Array:
            return _replayed(rows, row, number, count)

        before = max(program.past.values(), default=0)
        formula = isinstance(program.objective, FormulaObjective)  # one's own functions are not called again
        trajectory = Trajectory(program.layout, entry, again if formula else None, before)
        rows = Rows(program, trajectory, self.first, self.t0, self.values, self)  # which `again` reads
        return rows


def replay(rows: Rows, count: int, lookback: Lookback, thinned: int = 0) -> None:
    """Append rows until there are ``count``, past every stopping rule, up to the first that is not finite.

    ``thinned``: how many of the oldest chunks are let go meanwhile.
    """
    progress = Progress(next_anchor=2**62, anchor=(math.nan,) * rows.layout.dim)
    advance = Advance(rows, Stopping(diverge_at=math.inf), progress, lookback)
    while rows.trajectory.count < count:
        end = advance.by(min(CHUNK, count - rows.trajectory.count))
        while rows.trajectory.thinned < thinned and rows.trajectory.thin(rows.trajectory.count):
            pass
        if end is not None:
            return


def _replayed(rows: Rows, row: Array, number: int, count: int) -> Array:
    """The rows behind a kept row of a thinned chunk, computed again: the same bits."""
    assert rows.continuation is not None and rows.lookback is not None
    first, lookback = rows.first + number, rows.lookback
    again = rows.continuation.from_row(first).rows(row)

    def look(name: str, wanted: int) -> Array:
        if wanted < first:
            return lookback(name, wanted)
        return again.trajectory.row(wanted - first)[again.layout.columns[name]]

    replay(again, count + 1, look)
    return again.trajectory.rows(1, count + 1)
