"""A setup in the words that a user would type for it: names, NAME:k=v, formulas, files; numbers to the bit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from gdtui.descent.setup import Setup, starting_values
from gdtui.formula.parameter import ParameterError
from gdtui.formula.tokens import FormulaError
from gdtui.objectives import catalogue as objectives
from gdtui.objectives.domain import with_domain
from gdtui.objectives.functions import FunctionObjective
from gdtui.objectives.objective import FormulaObjective, Objective, Point
from gdtui.objectives.resolve import resolve
from gdtui.optimizers import catalogue as rules
from gdtui.optimizers import schedules
from gdtui.optimizers.pipeline import Pipeline
from gdtui.optimizers.rule import UpdateRule
from gdtui.optimizers.rule_file import RuleFileError, load_rule
from gdtui.optimizers.schedules import Schedule


@dataclass(frozen=True)
class Wording:
    """What differs from the defaults, by the names of `gdtui.descend`.

    ``start`` is None where the function begins there by itself; ``before``: what stands before the rule, a number, a
    text or True. ``notes``: what cannot be said in words, and what to do about it.
    """

    objective: str
    optimizer: str
    lr: float | None = None
    start: Point | None = None
    domain: str | None = None
    constants: Mapping[str, float] = field(default_factory=dict)
    dim: int | None = None
    before: Mapping[str, float | str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def wording_of(setup: Setup) -> Wording:
    """The words for a setup; own functions are called by their name.

    A typed formula's domain and learning rate are chosen by the start that is said, so they are looked at with it.
    """
    objective, pipeline = setup.objective, setup.pipeline
    if isinstance(objective, FunctionObjective) and objective.base is not None:
        objective = objective.base  # its words; those of its gradient are not said here
    text, dim = objective.name, None
    constants: dict[str, float] = {}
    start: Point | None = setup.start
    domain: str | None = None
    if isinstance(objective, FormulaObjective):
        text, constants, dim = _objective(objective)
        usual = resolve(text, constants, dim)
        if repr(usual.start) == repr(start):
            start = None
        said = usual if start is None else resolve(text, constants, dim, start)
        domain = None if objective.domain_guessed or said.domain == objective.domain else _domain(objective)
        objective = said if domain is None else with_domain(said, domain)
    unsaid = _unsaid(objective, pipeline)
    values = {name: value for name, value in setup.values.items() if repr(value) != repr(unsaid.get(name))}
    own = {p.name for p in pipeline.rule.hyperparameters} - {"lr"}
    rule, of_rule = _rule(pipeline.rule)
    schedule, of_schedule = _schedule(setup, values)
    before = {s.name: setup.values[s.name] if s.numbers else True for s in pipeline.stages}
    return Wording(
        text, _joined(rule, {name: value for name, value in values.items() if name in own}), values.get("lr"), start,
        domain, constants, dim, before | ({} if schedule is None else {"schedule": schedule}),
        (*of_rule, *of_schedule),
    )  # fmt: skip


def _domain(objective: Objective) -> str:
    pairs = zip(objective.names, objective.domain, strict=True)
    return ",".join(f"{name}={shortest(low)}:{shortest(high)}" for name, (low, high) in pairs)


def _unsaid(objective: Objective, pipeline: Pipeline) -> dict[str, float]:
    """The hyperparameters of which nothing is said; none where the function's learning rate is not one of the rule."""
    try:
        return starting_values(objective, pipeline, {})
    except ParameterError:
        return {}


def _objective(objective: FormulaObjective) -> tuple[str, dict[str, float], int | None]:
    """The name with its settings, or the formula with its constants and dimension."""
    named = objectives.BY_NAME.get(objective.name)
    if named is not None:
        found = {k: v for k, v in objective.settings.items() if repr(v) != repr(named.settings.get(k))}
        text = _joined(objective.name, found)
        with suppress(ValueError):  # of another version, a file's: its formula is said
            if _computes(resolve(text)) == _computes(objective):  # whatever its domain: that is said apart
                return text, {}, None
    constants = {name: value for name, value in objective.settings.items() if name != "dim"}
    *before, loss = objective.texts
    text = "; ".join(objective.texts)
    if objective.vector:
        return text, constants, objective.dim
    with suppress(ValueError):  # a name that is refused unless it is declared: the head declares it
        if resolve(text, constants).names == objective.names:
            return text, constants, None
    return "; ".join([*before, f"f({', '.join(objective.names)}) = {loss}"]), constants, None


def _computes(objective: Objective) -> tuple[object, ...]:
    return objective.formula, objective.names, objective.settings, objective.minimizers


def _rule(rule: UpdateRule) -> tuple[str, list[str]]:
    """A name of the catalogue, or a file that holds this very rule; else the file that it might be saved as."""
    if rules.BY_NAME.get(rule.name) == rule:
        return rule.name, []
    if rule.source is not None and rule.source.isprintable() and _holds(rule.source, rule):
        return rule.source, []
    file = f"{file_stem(rule.name)}.toml"
    return file, [f"the rule {rule.name} is in no file as it runs here: export it as {file} first"]


def _holds(path: str, rule: UpdateRule) -> bool:
    try:
        return load_rule(Path(path)) == rule
    except RuleFileError:
        return False


def _schedule(setup: Setup, values: Mapping[str, float]) -> tuple[str | None, list[str]]:
    schedule = setup.pipeline.schedule
    if schedule is None:
        return None, []
    known = schedules.BY_NAME.get(schedule.name) or _formula(schedule.name)
    said = {p.name: values[p.name] for p in schedule.parameters if p.name in values}
    if known is None or schedule not in (known, schedules.warmed(known)):
        return _joined(schedule.name, said), [f"the schedule {schedule.name} is not that of this version"]
    if schedule != known:  # a warm-up is there where it is spoken of
        said["warmup"] = setup.values["warmup"]
    return _joined(schedule.name, said), []


def _formula(name: str) -> Schedule | None:
    """The schedule of a typed formula, whose name is its text."""
    try:
        return schedules.formula(name)
    except FormulaError:
        return None


def _joined(name: str, settings: Mapping[str, float]) -> str:
    pairs = ",".join(f"{key}={shortest(value)}" for key, value in settings.items())
    return f"{name}:{pairs}" if pairs else name


def file_stem(*names: str) -> str:
    """Names as one of a file: letters, digits and hyphens."""
    return "-".join(re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:40] or "run" for name in names)


def shortest(value: float) -> str:
    """The shortest text that reads back to the same bits."""
    return repr(value).removesuffix(".0")
