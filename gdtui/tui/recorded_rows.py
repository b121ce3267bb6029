"""Rows that were only recorded: they are looked at. What would make new ones says so, and what would begin there."""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from gdtui.descent.session import Session
from gdtui.formula.tokens import printable
from gdtui.objectives.recorded import Recorded
from gdtui.optimizers import catalogue
from gdtui.optimizers.pipeline import Pipeline
from gdtui.storage.wording import shortest, wording_of

if TYPE_CHECKING:
    from gdtui.tui.desk import Desk

Given = ParamSpec("Given")
Here = TypeVar("Here", bound="Desk")
_NAMED = 3  # parameters of a start that is written out


def cannot_go_on(session: Session) -> str:
    """That recorded rows end where they do, and the command that descends from the cursor on."""
    setup, theta = session.setup, session.row.theta.tolist()
    assert isinstance(setup.objective, Recorded)
    rule, base = catalogue.BY_NAME.get(setup.pipeline.rule.name), setup.objective.base
    pipeline = Pipeline(rule or catalogue.BY_NAME["gd"], setup.pipeline.before)
    said = wording_of(replace(setup, objective=base or setup.objective, pipeline=pipeline))
    words = ["gdtui", "OBJECTIVE" if base is None else said.objective]
    words += [] if rule is None else ["-o", said.optimizer]
    words += ["--lr", shortest(setup.values["lr"])] if "lr" in setup.values and pipeline.rule.has("lr") else []
    words += ["--maximize"] if pipeline.maximize else []
    words.append(f"--start={','.join(map(shortest, theta))}" if len(theta) <= _NAMED else "--start=...")
    command = f"; from here: {shlex.join(words)}" if all(map(math.isfinite, theta)) else ""
    return printable(f"recorded, does not go on{command}")


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
