"""What a rule makes of recorded rows: their gradients are fed to it, step by step, where there is no function.

Each step begins with θ, loss and gradient as they are recorded, so that one that went wrong hides none of those behind
it and no rounding adds up; the rule's state is its own, and is carried on from step to step.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gdtui.descent.arrays import ArrayStep
from gdtui.descent.entry import entry_row
from gdtui.descent.layout import RECORDED
from gdtui.descent.program import Program
from gdtui.descent.rows import Rows
from gdtui.descent.setup import Setup
from gdtui.descent.trajectory import Trajectory
from gdtui.formula.parameter import ParameterError
from gdtui.objectives.recorded import Recorded

Array = NDArray[np.float64]
_ELSEWHERE = {"grad_at": "grad(u)", "loss_at": "loss_at(u)"}


def check_can_be_fed(program: Program) -> None:
    """Refuse a rule that reads more of a function than its loss and slope where the run was. Raises ParameterError."""
    for op in sorted(program.operations & set(_ELSEWHERE)):
        message = f"{program.pipeline.rule.name} reads {_ELSEWHERE[op]}; a recorded run has none"
        raise ParameterError(f"{message}: name the objective too, gdtui diff FILE OBJECTIVE -o RULE")


def state_at_start(recorded: Rows, program: Program) -> dict[str, Array]:
    """The states of a rule that are recorded in row 0, by name, each in its shape."""
    first, theirs = recorded.trajectory.row(0), recorded.layout
    state = {}
    for name in program.layout.states:
        if theirs.shapes.get(name) == program.layout.shapes[name]:
            values = first[theirs.columns[name]]
            if not np.isnan(values).any():
                state[name] = values.reshape(theirs.shapes[name])
    return state


def fed(recorded: Rows, setup: Setup) -> Rows:
    """The rows that a setup's rule makes of the recorded ones, whose objective is the setup's: as many.

    Row k has the θ and the terms that the rule makes of recorded row k − 1; loss and gradient are those recorded.
    Raises ParameterError for a rule that looks elsewhere, and where a state would begin with no number.
    """
    program, recorded_rows = setup.program, recorded.trajectory
    assert isinstance(program.objective, Recorded)
    check_can_be_fed(program)
    step, dim = program.compiled(ArrayStep), program.dim
    numbers = step.numbers_of(setup.values)
    entry = entry_row(program, setup.values, recorded_rows.row(0)[:dim], (setup.seed, 0))
    for name, values in state_at_start(recorded, program).items():
        entry[program.layout.columns[name]] = values.reshape(-1)
    fed_rows = Rows(program, Trajectory(program.layout, entry), values=setup.values)

    def look(name: str, row: int) -> Array:
        source = recorded if name in RECORDED else fed_rows
        return source.trajectory.row(max(0, row))[source.layout.columns[name]]

    for k in range(1, recorded_rows.count):
        last = fed_rows.last.copy()
        last[:dim] = recorded_rows.row(k - 1)[:dim]
        past = {name: [look(name, k - 1 - j) for j in range(1, rows)] for name, rows in program.past.items()}
        step.write_row_after(fed_rows.trajectory.next_row(), last, k, numbers, past, (setup.seed, k))
        fed_rows.trajectory.grown(1)
    return fed_rows
