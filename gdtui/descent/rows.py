"""Rows: recorded rows of a run, whoever made them. What can go on from the last one has a Continuation besides."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gdtui.descent import stopping
from gdtui.descent.layout import RECORDED, Layout
from gdtui.descent.stopping import End, Remark
from gdtui.descent.trajectory import Trajectory
from gdtui.objectives.objective import Array

if TYPE_CHECKING:
    from gdtui.descent.continuation import Continuation
    from gdtui.descent.program import Program

Lookback = Callable[[str, int], Array]
"""(quantity, row number of the run) -> its value there; before the beginning the first."""


@dataclass(eq=False)
class Rows:
    """Rows of a run from row ``first`` on: row k of the ``trajectory`` is row ``first`` + k of the run.

    Behind other rows of a branch the first is their last one again, with the state that the first update reads.
    ``program``: what made them, with the hyperparameters ``values``; of recorded rows it knows names, and no equation.
    ``t0``: what t was in the first; 0 where an optimizer begins. ``continuation``: how they go on; None for rows that
    were only recorded. ``lookback``: what lies before them. ``remark``: the first term that was no finite number and
    reached neither theta nor loss nor gradient.
    """

    program: Program
    trajectory: Trajectory
    first: int = 0
    t0: int = 0
    values: Mapping[str, float] = field(default_factory=dict)
    continuation: Continuation | None = None
    lookback: Lookback | None = None
    remark: Remark | None = None

    @property
    def layout(self) -> Layout:
        return self.trajectory.layout

    @property
    def end(self) -> int:
        """The run's row number behind the last one here."""
        return self.first + self.trajectory.count

    @property
    def last(self) -> Array:
        """The last row, (width,)."""
        return self.trajectory.row(self.trajectory.count - 1)

    def t_of(self, row: int) -> int:
        """The number of the update that arrived at a row of the run."""
        return self.t0 + row - self.first

    def drop_from_non_finite(self, before: int) -> End | None:
        """The end at the first row behind ``before`` with a theta, loss or slope that is no finite number, if one has.

        Rows behind it are dropped. A term that is none, and reaches none of these, is remarked.
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
        first = self._remark_on(before + bad)
        if self.remark is not None and self.remark.row == first.row:
            self.remark = None  # that is how the run ends, and the end says so
        return stopping.non_finite(first.row, first, self._remark_among(before + bad, RECORDED))

    def _remark_on(self, place: int) -> Remark:
        """The first quantity of a row that is no finite number, in the order in which they are computed."""
        return self._remark_among(place, (*(name for name, _ in self.layout.terms), *RECORDED))

    def _remark_among(self, place: int, names: Sequence[str]) -> Remark:
        row = self.trajectory.row(place)
        for name in names:
            columns = self.layout.columns[name]
            finite = np.isfinite(row[columns])
            if not finite.all():
                at = int((~finite).argmax())
                of_theta = self.layout.shapes[name] == (self.layout.dim,) and self.layout.dim > 1
                coordinate = self.program.objective.symbols[at] if of_theta else ""
                return Remark(self.first + place, name, coordinate, float(row[columns][at]))
        raise AssertionError("a row that is not finite has a quantity that is not")  # pragma: no cover


class Row(NamedTuple):
    """One row of a run. ``terms`` is empty in row 0; a scalar term is an array of shape (). ``segment``: its rows."""

    number: int
    theta: Array
    loss: float
    grad: Array
    terms: dict[str, Array]
    segment: Rows

    @property
    def grad_norm(self) -> float:
        return math.hypot(*self.grad.tolist())

    @property
    def lr(self) -> float | None:
        """The learning rate of the update that arrived here (in row 0: as it is set); None for a rule without."""
        name = self.segment.program.pipeline.lr_name
        if name is None:
            return None
        return float(self.terms[name]) if name in self.terms else self.segment.values["lr"]
