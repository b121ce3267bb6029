"""What a change of the setup makes of the run, in words; and what can be taken back as a whole."""

from __future__ import annotations

from dataclasses import dataclass

from gdtui.descent.branches import Branch
from gdtui.descent.runs import Runs
from gdtui.descent.session import Session
from gdtui.descent.setup import Setup
from gdtui.descent.stopping import PARAMETERS, End, Status
from gdtui.formula.notation import number
from gdtui.formula.tokens import printable
from gdtui.optimizers.pipeline import Pipeline


@dataclass(frozen=True, eq=False)
class Deed:
    """What u takes back as a whole: the runs before it, the run that it began, and what is said then."""

    runs: Runs
    begun: Branch | None
    words: str


def what_goes_on(before: Runs, end: End, session: Session) -> str:
    """From where the run goes on after a change, and with what; "" where there is nothing to be said.

    ``before``: the runs as they were, ``end``: how the live one stood at the cursor.
    """
    old, setup, branch = before.setup, session.setup, session.branch
    if setup.objective is not old.objective:
        return _other_rate(old, setup)
    if setup.start != old.start or setup.seed != old.seed:
        return ""
    turned, row = _turned(old, setup), session.cursor
    other_rule = setup.pipeline.rule.origin != old.pipeline.rule.origin
    name = printable(setup.pipeline.rule.name)
    same_rows = setup.pipeline == old.pipeline and setup.values == old.values
    anew = "" if same_rows else patience_anew(setup)
    if not turned:
        return ""
    if branch is not before.branch:
        if row == 0:
            return f"{name if other_rule else turned} begins from the start; the old run stays"
        if other_rule:
            return f"forked at t = {row}: {name} begins there, its state and its t anew{anew}"
        return f"forked at t = {row}; the old future stays{anew}"
    if end.status.failed:
        return f"{turned} is for the next run: r runs anew"
    if not end.status.ended:
        if other_rule and row:
            return f"{name} from here on; its state and its t begin anew{anew}"
        return f"{turned} from here on{anew}" if anew and row else ""
    if not branch.end.status.ended:
        return f"goes on from t = {row} with {turned}{anew}"
    waits = branch.reached is not None  # for a step by these knobs; else they are those that made the last row
    if waits and branch.end.status is Status.MAX_STEPS and old.stopping == setup.stopping:
        return f"all {setup.stopping.steps} steps were run: r runs anew with {turned}"
    return ""  # it has ended as before: the status line says how


def patience_anew(setup: Setup) -> str:
    """Behind a fork or a turned knob patience compares with the row from which it goes on."""
    return "; patience counts anew" if setup.stopping.patience else ""


def _other_rate(old: Setup, setup: Setup) -> str:
    """That a rate which was set does not go along to another function: what suits one may throw another out."""
    was, now = old.values.get("lr"), setup.values.get("lr")
    if "lr" not in old.chosen or was is None or now is None or was == now:
        return ""
    names = printable(old.objective.name), printable(setup.objective.name)
    return f"lr {number(was)} was set for {names[0]}; {number(now)} suits {names[1]}"


def _turned(old: Setup, setup: Setup) -> str:
    """What is another one than before: the rule, or a few knobs with their numbers."""
    if setup.pipeline.rule != old.pipeline.rule:
        return printable(setup.pipeline.rule.name)
    words = []
    for name, value in setup.values.items():
        if _has(setup.pipeline, name) and not (_has(old.pipeline, name) and old.values.get(name) == value):
            words.append(f"{name.replace('_', ' ')} {number(value)}")
    gone = [stage.name for stage in old.pipeline.stages if stage.numbers and not _has(setup.pipeline, stage.name)]
    words += [f"{name.replace('_', ' ')} off" for name in gone]
    for name in PARAMETERS:
        limit = getattr(setup.stopping, name)
        if limit != getattr(old.stopping, name):
            words.append(f"{name.replace('_', ' ')} {'off' if limit is None else number(limit)}")
    return ", ".join(words[:3])


def _has(pipeline: Pipeline, name: str) -> bool:
    return any(parameter.name == name for parameter in pipeline.parameters)
