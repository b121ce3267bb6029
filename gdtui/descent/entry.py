"""What a segment begins with: at row 0 from the start, behind another segment from its last row."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gdtui.descent.arrays import normal_draw
from gdtui.descent.beginning import initial_state
from gdtui.descent.continuation import Continuation
from gdtui.descent.layout import Layout
from gdtui.descent.program import Program
from gdtui.descent.rows import Rows
from gdtui.descent.stopping import RUNNING, End, Remark, diverged, non_finite
from gdtui.objectives.objective import Array, Draw, Objective


def entry_row(program: Program, values: Mapping[str, float], theta: Array, draw: Draw) -> Array:
    """Where an optimizer begins: theta, its loss and gradient, and the states as the rule's init says.

    ``draw``: (seed, row of the run), what chance is keyed on.

    Raises ParameterError where a state would begin with no number.
    """
    layout, (seed, number) = program.layout, draw

    def drawn(stream: int) -> Array:
        return normal_draw(seed, number + 1, layout.dim, stream).reshape(-1, 1)

    row = np.zeros(layout.width)
    row[: layout.dim], grad = theta, row[layout.dim + 1 : 2 * layout.dim + 1]
    row[layout.dim], row[layout.dim + 1 : 2 * layout.dim + 1] = program.objective.value_and_grad(theta, draw)
    for name, value in initial_state(program, theta, grad, values, drawn).items():
        row[layout.columns[name]] = value.reshape(-1)
    return row


def end_at_start(row: Array, objective: Objective, limit: float) -> End:
    """Whether a run has failed at its start already: a loss or slope that is no number, or one beyond the bound."""
    dim = objective.dim
    if np.isfinite(row[: 2 * dim + 1]).all():
        return diverged(0, row, dim, limit) or RUNNING
    slopes = row[dim + 1 : 2 * dim + 1]
    if not np.isfinite(row[dim]):
        first = Remark(0, "loss", "", float(row[dim]))
    else:
        place = int((~np.isfinite(slopes)).argmax())
        first = Remark(0, "grad", objective.symbols[place] if dim > 1 else "", float(slopes[place]))
    return non_finite(0, first, first)


def entry_after(source: Rows, after: Continuation) -> Array:
    """The first of the rows that go on by ``after`` behind a row of ``source``.

    The same equations and the same rule edited keep the state; another rule begins with its init.
    """
    data, old, new = source.trajectory.row(after.first - source.first).copy(), source.program, after.program
    if new.pipeline == old.pipeline:
        return data
    fresh = entry_row(new, after.values, np.array(data[: source.layout.dim]), (after.seed, after.draw0))
    if new.pipeline.rule.origin != old.pipeline.rule.origin:
        return fresh
    return _carried(data, source.layout, new.layout, fresh)


def _carried(row: Array, layout: Layout, into: Layout, fresh: Array) -> Array:
    """A row as the entry of other equations: what has the same name and shape is kept, other states begin."""
    entry = fresh.copy()
    for name, columns in into.columns.items():
        if layout.shapes.get(name) == into.shapes[name]:
            entry[columns] = row[layout.columns[name]]
    return entry
