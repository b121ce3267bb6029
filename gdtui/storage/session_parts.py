"""The parts of a session as JSON, each written and read: objective, pipeline, setup. What is read is a stranger's text.

Objectives and rules are written out in full, so that a session outlives a change of the catalogues; where a catalogue
has the very same, that one is taken.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from gdtui.descent.conditions import Expression, Resting, condition, expression
from gdtui.descent.program import program
from gdtui.descent.setup import Setup, changed_stopping, check_fits
from gdtui.descent.stopping import PARAMETERS, Stopping
from gdtui.formula import graph
from gdtui.formula.parameter import Parameter
from gdtui.formula.tokens import MAX_NUMBER
from gdtui.objectives import catalogue as objectives
from gdtui.objectives.entry import MAX_DIM
from gdtui.objectives.objective import FormulaObjective, Objective, Point
from gdtui.objectives.resolve import with_constants
from gdtui.objectives.start import MOST_DRAWS
from gdtui.optimizers import catalogue as optimizers
from gdtui.optimizers import schedules
from gdtui.optimizers.before_rule import STAGES
from gdtui.optimizers.pipeline import Pipeline
from gdtui.optimizers.rule import UpdateRule
from gdtui.optimizers.rule_check import check_rule
from gdtui.optimizers.rule_file import MAX_BYTES, read_parameters, read_rule
from gdtui.optimizers.schedules import Schedule
from gdtui.storage.strict_json import Place, SessionFileError

_TEXTS = ("label", "convention", "reference", "help")
MAX_SEED = 2**64 - 1
FORMULA = 20_000
"""Characters that a formula has at most; the parser has its own bounds."""


def as_words(value: float) -> float | str:
    """A number as JSON takes it: one that is not finite is a word."""
    if math.isfinite(value):
        return float(value)
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


# Objectives


def objective_written(objective: Objective) -> dict[str, Any]:
    """Raises SessionFileError for a user's own functions, and for a gradient that is not derived."""
    if not isinstance(objective, FormulaObjective) and objective.formula is not None:
        raise SessionFileError(
            f"{objective.name} goes by a gradient of yours ({objective.gradient_source}), and a session file holds "
            "text alone: a run by the derived one can be saved; the rows of this one are in gdtui.descend(...)"
        )
    if not isinstance(objective, FormulaObjective):
        raise SessionFileError(
            f"{objective.name} is a function of your own, and a session file holds text alone: "
            "a run on a formula can be saved; the rows of this one are in gdtui.descend(...)"
        )
    return {
        "name": objective.name, "text": objective.text, "vector": objective.vector, "names": list(objective.names),
        "settings": dict(objective.settings), "domain": [list(pair) for pair in objective.domain],
        "start": list(objective.start), "lr": objective.lr, "minimizers": [list(p) for p in objective.minimizers],
    } | ({"domain_guessed": True} if objective.domain_guessed else {})  # fmt: skip


def read_objective(place: Place) -> FormulaObjective:
    found = place.parts(
        "name", "text", "vector", "names", "settings", "domain", "start", "lr", "minimizers",
        optional=("domain_guessed",),
    )  # fmt: skip
    names = tuple(p.name() for p in found["names"].items(MAX_DIM))
    if not names or len(set(names)) < len(names):
        found["names"].wrong("each parameter has a name of its own")
    settings = {}
    for key, value in found["settings"].table().items():
        settings[Place(key, value.path).name()] = value.number()
        if abs(value.number()) > MAX_NUMBER:
            value.wrong(f"a constant is at most {MAX_NUMBER:g}")
    domain = tuple((pair[0], pair[1]) for pair in (read_point(p, 2) for p in found["domain"].items(MAX_DIM)))
    if len(domain) != len(names) or not all(low < high for low, high in domain):
        found["domain"].wrong(f"a domain is a lower and a higher bound for each of {len(names)} parameters")
    lr = found["lr"].number()
    if lr <= 0:
        found["lr"].wrong("a learning rate is above 0")
    objective = FormulaObjective(
        found["name"].text(FORMULA), names, domain, read_point(found["start"], len(names)), lr,
        tuple(read_point(p, len(names)) for p in found["minimizers"].items(1000)), settings=settings,
        text=found["text"].text(FORMULA, lines=True), vector=found["vector"].flag(),
        saved=True, domain_guessed="domain_guessed" in found and found["domain_guessed"].flag(),
    )  # fmt: skip
    with found["text"].telling():
        _check_formula(objective)
    return _same_in_catalogue(objective)


def _check_formula(objective: FormulaObjective) -> None:
    """Raises FormulaError, or ValueError for a name that stands for nothing."""
    known = {v.text for v in objective.variables}
    for name in sorted(graph.names_in([objective.graph]) - known):
        raise ValueError(f"'{name}' is neither a parameter nor a constant")
    objective.gradient  # noqa: B018 - derived now, so that what cannot be taken is refused here


def _same_in_catalogue(objective: FormulaObjective) -> FormulaObjective:
    """The catalogue's, with its help and its constants' ranges, where it is the same; else as it was read."""
    known = objectives.BY_NAME.get(objective.name)
    if known is None:
        return objective
    settings = {key: value for key, value in objective.settings.items() if key != "dim"}
    try:
        found = with_constants(known, settings, objective.dim if "dim" in objective.settings else None)
        found = found if found.domain == objective.domain else replace(found, domain=objective.domain)  # as it was told
    except ValueError:
        return objective
    return found if objective_written(found) == objective_written(objective) else objective


def read_point(place: Place, dim: int) -> Point:
    found = tuple(p.number() for p in place.items(MAX_DIM))
    if len(found) != dim:
        place.wrong(f"{dim} numbers are wanted here; there are {len(found)}")
    return found


# Pipelines


def pipeline_written(pipeline: Pipeline) -> dict[str, Any]:
    found: dict[str, Any] = {"rule": _rule_written(pipeline.rule)}
    if pipeline.schedule is not None:
        schedule = pipeline.schedule
        found["schedule"] = {
            "name": schedule.name, **{key: getattr(schedule, key) for key in _TEXTS}, "equations": schedule.equations,
            "parameters": _parameters_written(schedule.parameters),
        }  # fmt: skip
    return found | {name: True for name in STAGES if name in pipeline.before}


def _rule_written(rule: UpdateRule) -> dict[str, Any]:
    """As a rule's TOML file has it."""
    optional = {"stability": rule.stability, "preconditioner": rule.preconditioner}
    optional |= {"edited_from": rule.edited_from or None}
    return {
        "name": rule.name, **{key: getattr(rule, key) for key in _TEXTS}, "lr_means": rule.lr_means,
        **{key: value for key, value in optional.items() if value is not None}, "equations": rule.equations,
        "hyperparameters": _parameters_written(rule.hyperparameters), "init": dict(rule.init),
    }  # fmt: skip


def _parameters_written(parameters: Iterable[Parameter]) -> dict[str, dict[str, Any]]:
    found = {}
    for p in parameters:
        bounds = {key: value for key, value in (("low", p.low), ("high", p.high)) if math.isfinite(value)}
        whole = {"whole": True} if p.whole else {}
        found[p.name] = {"default": p.default, **bounds, "scale": p.scale, "help": p.help, **whole}
    return found


def read_pipeline(place: Place) -> Pipeline:
    found = place.parts("rule", optional=tuple(STAGES))
    rule = _read_rule(found["rule"])
    rule = optimizers.BY_NAME[rule.name] if optimizers.BY_NAME.get(rule.name) == rule else rule
    schedule = _read_schedule(found["schedule"]) if "schedule" in found else None
    before = frozenset(name for name in STAGES if name != "schedule" and name in found and found[name].flag())
    pipeline = Pipeline(rule, before, schedule)
    with place.telling():
        equations = pipeline.equations(2)
    scheduled = [name for name, _ in schedule.lines] if schedule else []
    if any(e.node.shape for e in equations if e.name in scheduled):
        found["schedule"].wrong("each equation of a schedule gives one number")
    return pipeline


def _read_rule(place: Place) -> UpdateRule:
    parts = place.parts(
        "name", *_TEXTS, "lr_means", "equations", "hyperparameters", "init",
        optional=("stability", "preconditioner", "edited_from"),
    )  # fmt: skip
    table: dict[str, Any] = {key: parts[key].text(MAX_BYTES) for key in parts if key not in ("hyperparameters", "init")}
    table["equations"] = parts["equations"].text(MAX_BYTES, lines=True)
    table["hyperparameters"] = _parameter_tables(parts["hyperparameters"])
    table["init"] = {key: value.text(MAX_BYTES, lines=True) for key, value in parts["init"].table().items()}
    with place.telling():
        rule = read_rule(table, table["name"])
        check_rule(rule)
    return rule


def _read_schedule(place: Place) -> Schedule:
    parts = place.parts("name", *_TEXTS, "equations", "parameters")
    texts = {key: parts[key].text(2000) for key in ("name", *_TEXTS)}
    tables = _parameter_tables(parts["parameters"])
    with parts["parameters"].telling():
        parameters = read_parameters(tables)
    schedule = Schedule(equations=parts["equations"].text(MAX_BYTES, lines=True), parameters=parameters, **texts)
    with parts["equations"].telling():
        names = [name for name, _ in schedule.lines]
    others = [name for name, _, _ in Pipeline(optimizers.BY_NAME["gd"], frozenset(STAGES)).lines()]
    if "lr_t" not in names[-1:] or set(names) & {"theta", "delta", *others, *(p.name for p in parameters)}:
        parts["equations"].wrong("a schedule ends with lr_t = ..., and gives no number that has a name already")
    known = schedules.BY_NAME.get(schedule.name)
    return next((s for s in (known, known and schedules.warmed(known)) if s == schedule), schedule) or schedule


def _parameter_tables(place: Place) -> dict[str, dict[str, Any]]:
    """Parameters as `read_parameters` takes them: their kinds are checked here, their ranges there."""
    found = {}
    for key, value in place.table(MAX_BYTES).items():
        parts = value.parts("default", "scale", "help", optional=("low", "high", "whole"))
        table: dict[str, Any] = {part: parts[part].number() for part in ("default", "low", "high") if part in parts}
        table |= {"scale": parts["scale"].text(), "help": parts["help"].text(MAX_BYTES)}
        found[Place(key, value.path).name()] = table | ({"whole": parts["whole"].flag()} if "whole" in parts else {})
    return found


def read_values(place: Place, pipeline: Pipeline) -> dict[str, float]:
    """The number of every hyperparameter, within its range."""
    found = place.parts(*(p.name for p in pipeline.parameters))
    values = {}
    for parameter in pipeline.parameters:
        with found[parameter.name].telling():
            values[parameter.name] = parameter.check(found[parameter.name].number())
    return values


# Setups


def stopping_written(stopping: Stopping) -> dict[str, Any]:
    limits = {name: getattr(stopping, name) for name in PARAMETERS}
    return {name: value for name, value in limits.items() if value is not None}


def read_stopping(place: Place) -> Stopping:
    stopping = Stopping()
    for name, limit in place.parts(optional=tuple(PARAMETERS)).items():
        with limit.telling():
            stopping = changed_stopping(stopping, name, limit.number())
    return stopping


def setup_written(setup: Setup, objective: int, pipeline: int) -> dict[str, Any]:
    return {
        "objective": objective, "pipeline": pipeline, "values": dict(setup.values), "start": list(setup.start),
        "seed": setup.seed, "stopping": stopping_written(setup.stopping),
        "breakpoints": [item.text for item in setup.breakpoints], "watches": [item.text for item in setup.watches],
        "resting": [{"text": item.text, "watch": item.watch, "why": item.why} for item in setup.resting],
        "chosen": dict(setup.chosen),
    } | ({"drawn": setup.drawn} if setup.drawn else {})  # fmt: skip


def read_setup(place: Place, known_objectives: list[FormulaObjective], known_pipelines: list[Pipeline]) -> Setup:
    found = place.parts(
        "objective", "pipeline", "values", "start", "seed", "stopping", "breakpoints", "watches", "resting", "chosen",
        optional=("drawn",),
    )  # fmt: skip
    objective = known_objectives[found["objective"].whole(0, len(known_objectives) - 1)]
    pipeline = known_pipelines[found["pipeline"].whole(0, len(known_pipelines) - 1)]
    start = read_point(found["start"], objective.dim)
    with place.telling():
        check_fits(program(objective, pipeline), start)
    stopping = read_stopping(found["stopping"])
    values = read_values(found["values"], pipeline)
    chosen = {key: value.number() for key, value in found["chosen"].parts(optional=tuple(values)).items()}
    drawn = found["drawn"].whole(1, MOST_DRAWS) if "drawn" in found else 0
    seed = found["seed"].whole(0, MAX_SEED)
    setup = Setup(objective, pipeline, values, start, stopping, seed, chosen=chosen, drawn=drawn)
    return replace(
        setup,
        breakpoints=_expressions(found["breakpoints"], setup, condition),
        watches=_expressions(found["watches"], setup, expression),
        resting=tuple(_resting(item) for item in found["resting"].items(1000)),
    )


def _resting(place: Place) -> Resting:
    found = place.parts("text", "watch", "why")
    return Resting(found["text"].text(FORMULA, lines=True), found["watch"].flag(), found["why"].text(FORMULA))


def _expressions(place: Place, setup: Setup, compiled: Callable[..., Expression]) -> tuple[Expression, ...]:
    found = []
    for item in place.items(1000):
        with item.telling():
            found.append(compiled(item.text(FORMULA, lines=True), setup.program))
    return tuple(found)
