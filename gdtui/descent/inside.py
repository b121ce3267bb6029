"""Inside an update: it runs equation by equation, and what is not computed yet is not shown."""

from __future__ import annotations

from typing import NamedTuple

from gdtui.descent.rows import Row
from gdtui.descent.session import Session
from gdtui.formula.parameter import ParameterError
from gdtui.formula.trace import Trace
from gdtui.objectives.objective import FormulaObjective


class Inside(NamedTuple):
    """Where in the update that leaves a row: ``done`` of its equations, 0 when only ∇f is there.

    ``arriving``: the row to which it leads, as the kernel computed it. ``operation``: within ∇f, how many operations
    of the objective's trace are done; None outside of it.
    """

    done: int
    arriving: Row
    operation: int | None = None


def into(session: Session, inside: Inside | None) -> Inside | None:
    """One equation on, or one operation of ∇f. Behind the last equation the next update begins; None: the run ended."""
    if inside is not None and inside.operation is not None:
        last = len(trace_of(session).operations)
        return enter(session, inside, inside.operation + 1) if inside.operation < last else leave(inside)
    if inside is not None and inside.done < equations(session):
        return Inside(inside.done + 1, inside.arriving)
    if inside is not None:
        session.step()
    arriving = session.peek()
    return Inside(0, arriving) if arriving is not None else None


def out_of(session: Session, inside: Inside | None) -> Inside | None:
    """Undo the last equation or operation. Before the first one: out of the update; from there, the one before it."""
    if inside is not None and inside.operation is not None:
        return enter(session, inside, inside.operation - 1) if inside.operation > 0 else leave(inside)
    if inside is not None and inside.done > 0:
        return Inside(inside.done - 1, inside.arriving)
    if inside is not None or not session.back():
        return None
    arriving = session.peek()
    assert arriving is not None  # the row that was just left
    return Inside(equations(session) - 1, arriving)


def enter(session: Session, inside: Inside, operation: int = 0) -> Inside:
    """Into ∇f, with so many operations of the trace done. Raises as `trace_of` does."""
    trace_of(session)
    return Inside(inside.done, inside.arriving, operation)


def leave(inside: Inside) -> Inside:
    """Out of ∇f."""
    return Inside(inside.done, inside.arriving)


def equations(session: Session) -> int:
    """How many equations the update that leaves the cursor has."""
    return len(session.upcoming().program.equations)


def trace_of(session: Session) -> Trace:
    """The trace of the objective that is descended. Raises ParameterError for a user's own functions, FormulaError."""
    objective = session.upcoming().program.objective
    if not isinstance(objective, FormulaObjective):
        what = "a function of your own" if objective.formula is None else f"the gradient ({objective.gradient_source})"
        raise ParameterError(f"{what} is no text: there is nothing to step into")
    return objective.trace
