"""What is shown inside of ∇f: the operations of the objective, forward and back, with their numbers."""

from __future__ import annotations

from functools import lru_cache

from gdtui.formula.notation import Value, notation
from gdtui.formula.trace import Trace
from gdtui.objectives.objective import FormulaObjective
from gdtui.tui.frame import Frame
from gdtui.tui.update_text import Shown


def shown_trace(frame: Frame) -> list[Shown]:
    """Every operation of the trace; those that are not done yet are to come."""
    objective = frame.upcoming.program.objective
    assert frame.inside is not None and frame.inside.operation is not None
    assert isinstance(objective, FormulaObjective)
    trace, done = objective.trace, frame.inside.operation
    theta = frame.row.theta.tolist()
    found = trace.values([theta] if objective.vector else theta)
    known: dict[str, Value] = dict(zip(objective.names, theta, strict=True)) if not objective.vector else {"x": theta}
    shown = []
    for k, (operation, value) in enumerate(zip(trace.operations, found, strict=True)):
        current = k == done - 1
        numbers = notation(operation.node, trace.symbols, known) if current else ""
        text = _symbolic(trace, k)
        shown.append(Shown(trace.symbols[operation.name], text, numbers, value, current=current, to_come=k >= done))
        known[operation.name] = value[0] if not operation.node.shape else value
    return shown


@lru_cache(maxsize=4096)
def _symbolic(trace: Trace, k: int) -> str:
    return notation(trace.operations[k].node, trace.symbols)
