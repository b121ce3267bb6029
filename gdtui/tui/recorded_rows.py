"""Rows that were only recorded: they are looked at. What would make new ones says so, and what would begin there."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from gdtui.descent.session import Session
from gdtui.formula.notation import number
from gdtui.formula.tokens import printable
from gdtui.objectives.recorded import Recorded
from gdtui.optimizers import catalogue

if TYPE_CHECKING:
    from gdtui.tui.desk import Desk

Given = ParamSpec("Given")
Here = TypeVar("Here", bound="Desk")
_NAMED = 3  # parameters of a start that is written out


def cannot_go_on(session: Session) -> str:
    """That recorded rows end where they do, and the command that descends from the cursor on."""
    objective, rule = session.setup.objective, session.setup.pipeline.rule.name
    assert isinstance(objective, Recorded)
    name = "OBJECTIVE" if objective.base is None else objective.base.name
    optimizer = f" -o {rule}" if rule in catalogue.BY_NAME else ""
    theta = session.row.theta.tolist()
    start = ",".join(number(v).replace("−", "-") for v in theta[:_NAMED]) + ("..." if len(theta) > _NAMED else "")
    return printable(f"recorded rows do not go on: gdtui {name}{optimizer} --start={start} descends from here")


def makes_rows(action: Callable[Concatenate[Here, Given], None]) -> Callable[Concatenate[Here, Given], None]:
    """An action that needs a rule or a function; where rows were only recorded it says that they do not go on."""

    @wraps(action)
    def guarded(desk: Here, /, *given: Given.args, **named: Given.kwargs) -> None:
        if desk.is_recorded:
            desk.at_rest()
            desk.say(cannot_go_on(desk.session))
        else:
            action(desk, *given, **named)

    return guarded
