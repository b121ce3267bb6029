"""Setup: everything that makes up a run, from what a command line, a script or the screen gives."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from gdtui.descent.conditions import Expression, Resting, condition, expression
from gdtui.descent.program import Program, program
from gdtui.descent.stopping import PARAMETERS, Stopping
from gdtui.formula.parameter import ParameterError, with_settings
from gdtui.formula.tokens import FormulaError, printable
from gdtui.objectives.functions import NUMERIC, FunctionObjective, own_functions, with_gradient
from gdtui.objectives.objective import Objective, Point
from gdtui.objectives.recorded import Recorded
from gdtui.objectives.resolve import resolve
from gdtui.objectives.scripted import shown
from gdtui.objectives.start import Drawn, checked_start, placed_start, read_start
from gdtui.objectives.typed import suitable_length
from gdtui.optimizers.before_rule import STAGES, flags, numbered
from gdtui.optimizers.catalogue import takes_suitable_lr
from gdtui.optimizers.pipeline import Pipeline
from gdtui.optimizers.resolve import resolve_rule, resolve_schedule
from gdtui.optimizers.settings import check_settings

Compile = Callable[[str, Program], Expression]


@dataclass(frozen=True)
class Setup:
    """What is descended, how, from where, and until when.

    ``values``: every hyperparameter of the pipeline. ``chosen``: those that the user set; they survive a
    change of optimizer where it has them too. ``resting``: breakpoints and watches that are not asked at present.
    ``drawn``: how many random starts of the seed there have been; the next one is another point.
    """

    objective: Objective
    pipeline: Pipeline
    values: Mapping[str, float]
    start: Point
    stopping: Stopping = field(default_factory=Stopping)
    seed: int = 0
    breakpoints: tuple[Expression, ...] = ()
    watches: tuple[Expression, ...] = ()
    resting: tuple[Resting, ...] = ()
    chosen: Mapping[str, float] = field(default_factory=dict)
    drawn: int = 0

    @cached_property
    def program(self) -> Program:
        """What runs."""
        return program(self.objective, self.pipeline)

    def with_pipeline(self, pipeline: Pipeline, settings: Mapping[str, float | str] | None = None) -> Setup:
        """Another rule, or other equations before it. Raises ParameterError, FormulaError."""
        names = {p.name for p in pipeline.parameters}
        chosen = {k: v for k, v in self.chosen.items() if k in names} | dict(settings or {})
        values = starting_values(self.objective, pipeline, chosen)
        check_fits(program(self.objective, pipeline), self.start)
        given = {name: values[name] for name in chosen}
        return _with_expressions(replace(self, pipeline=pipeline, values=values, chosen=given))

    def with_objective(self, objective: Objective, start: Point | None = None) -> Setup:
        """Another function, from its own start and with the learning rate that suits it."""
        chosen = {k: v for k, v in self.chosen.items() if k != "lr"}
        values = starting_values(objective, self.pipeline, chosen)
        check_fits(program(objective, self.pipeline), start or objective.start)
        changed = replace(self, objective=objective, start=start or objective.start, values=values, chosen=chosen)
        return _with_expressions(changed)

    def with_value(self, name: str, value: float | str) -> Setup:
        """One hyperparameter changed. Raises ParameterError with the range."""
        values = with_settings(self.pipeline.parameters, {**self.values, name: value}, self.pipeline.rule.name)
        check_lr_is_read(self.pipeline, self.objective.dim, (name,))
        return replace(self, values=values, chosen={**self.chosen, name: values[name]})

    def with_stopping(self, name: str, value: float | str | None) -> Setup:
        """One stopping rule changed; None turns it off. Raises ParameterError."""
        return replace(self, stopping=changed_stopping(self.stopping, name, value))


def _with_expressions(setup: Setup) -> Setup:
    """The same breakpoints and watches over other names; those that speak of a name that is gone wait for it."""
    resting = [item for item in setup.resting if not item.why]

    def again(compiled: Compile, found: Sequence[Expression], watch: bool) -> tuple[Expression, ...]:
        waiting = [item.text for item in setup.resting if item.why and item.watch is watch]
        kept = []
        for text in (*(item.text for item in found), *waiting):
            try:
                kept.append(compiled(text, setup.program))
            except FormulaError as error:
                resting.append(Resting(text, watch, error.message))
        return tuple(kept)

    breakpoints, watches = again(condition, setup.breakpoints, False), again(expression, setup.watches, True)
    return replace(setup, breakpoints=breakpoints, watches=watches, resting=tuple(resting))


def starting_values(objective: Objective, pipeline: Pipeline, settings: Mapping[str, float | str]) -> dict[str, float]:
    """Hyperparameters: what is set, a learning rate that suits the objective, the rule's defaults.

    A rule of the user's own says what its lr is; only that of the catalogue leaves it to the objective. Raises
    ParameterError, for a setting that there is not with where it is to be had.
    """
    check_settings(pipeline.rule.name, [p.name for p in pipeline.parameters], settings)
    values = with_settings(pipeline.parameters, settings, pipeline.rule.name)
    suitable = {"factor": objective.lr, "length": suitable_length(objective)}.get(pipeline.rule.lr_means)
    if isinstance(objective, Recorded):  # the one that it was recorded with, where that is known
        suitable = None if math.isnan(objective.lr) else objective.lr
    if "lr" in values and "lr" not in settings and suitable is not None and takes_suitable_lr(pipeline.rule):
        lr = next(p for p in pipeline.parameters if p.name == "lr")
        values["lr"] = lr.check(min(lr.high, max(lr.low, suitable)))
    return values


def check_lr_is_read(pipeline: Pipeline, dim: int, settings: Iterable[str]) -> None:
    """Refuse to set a learning rate where a schedule goes without: it would be ignored. Raises ParameterError."""
    if pipeline.schedule is not None and "lr" in settings and "lr" in pipeline.unread(dim):
        raise ParameterError(
            f"the schedule {pipeline.schedule.name} does not read lr, so that the lr which is set would do nothing: "
            "write the formula with lr, or leave lr out"
        )


def changed_stopping(stopping: Stopping, name: str, value: float | str | None) -> Stopping:
    """One stopping rule changed; None puts it back to where it is unless asked for. Raises ParameterError."""
    changed: Any = getattr(Stopping(), name)
    if value is not None:
        checked = PARAMETERS[name].check(value)
        changed = int(checked) if PARAMETERS[name].whole else checked
    return replace(stopping, **{name: changed})


def prepare(
    objective: str | Callable[..., Any] | Objective,
    optimizer: str = "gd",
    *,
    grad: Callable[..., Any] | str | None = None,
    start: Any = None,
    domain: Any = None,
    settings: Mapping[str, Any] | None = None,
    constants: Mapping[str, float] | None = None,
    dim: int | None = None,
    seed: int = 0,
    stopping: Mapping[str, Any] | None = None,
    breakpoints: Sequence[str] = (),
    watches: Sequence[str] = (),
    many: bool = False,
    **before: Any,
) -> Setup:
    """A Setup from the words of a user, who may have ``many`` starts; or of an objective that is there, from its own.

    ``before``: what stands before the rule.

    Raises ParameterError, FormulaError or RuleFileError; TypeError for what is not in the table `before_rule`.
    """
    if unknown := before.keys() - STAGES:
        raise TypeError(f"prepare() got an unexpected keyword argument '{min(unknown)}'")
    before = {name: value for name, value in before.items() if value is not None or not STAGES[name].takes}
    _check_kinds(objective, optimizer, grad, constants, before, breakpoints, watches)
    rule, named = resolve_rule(optimizer)
    given: dict[str, Any] = {**named, **(settings or {})}
    schedule = None
    if "schedule" in before:
        schedule, of_schedule = resolve_schedule(before["schedule"], settings or ())
        given = {**of_schedule, **given}
    numbers = [stage.name for stage in numbered()]
    given |= {name: before[name] for name in sorted(numbers) if name in before}  # session files have them in this order
    on = [name for name in numbers if name in given and not rule.has(name)]
    on += [flag.name for flag in flags() if before.get(flag.name)]
    pipeline = Pipeline(rule, frozenset(on), schedule)
    check_settings(rule.name, [p.name for p in pipeline.parameters], settings or (), many)
    seed = checked_seed(seed)
    target, place, drawn = _objective_and_start(objective, grad, start, constants, dim, seed, domain)
    values = starting_values(target, pipeline, given)
    check_fits(program(target, pipeline), place)
    check_lr_is_read(pipeline, target.dim, given)
    limits = Stopping()
    for name, value in (stopping or {}).items():
        if value is not None:
            limits = changed_stopping(limits, name, value)
    setup = Setup(target, pipeline, values, place, limits, seed, chosen={k: values[k] for k in given}, drawn=drawn)
    return replace(
        setup,
        breakpoints=tuple(condition(text, setup.program) for text in breakpoints),
        watches=tuple(expression(text, setup.program) for text in watches),
    )


def check_fits(program: Program, start: Point) -> None:
    """Refuse a rule that reads what this objective does not have, before the first step.

    Raises ParameterError; FormulaError for equations that cannot be built for so many parameters.
    """
    objective, rule = program.objective, program.pipeline.rule.name
    if "hess" in program.operations:
        why = ""
        if isinstance(objective, FunctionObjective):
            why = "a function has none" if objective.base is None else f"the gradient is {objective.gradient_source}"
        elif isinstance(objective, Recorded):
            why = "a recorded run has none: name the objective too"
        elif objective.hessian(np.array(start)) is None:
            why = "the second derivative of this one is too large"
        if why:
            raise ParameterError(f"{rule} reads hess(), which is derived from a formula; {why}")
    if "f_min" in program.names_read and objective.f_min is None:
        raise ParameterError(f"{rule} reads f_min, the known minimum; of {objective.name} none is known")
    if "f_min" in program.names_read and program.pipeline.maximize:
        raise ParameterError(f"{rule} steps by f_min, the known minimum, and cannot go up to a maximum")


def _check_kinds(
    objective: Any, optimizer: Any, grad: Any, constants: Any, before: Mapping[str, Any], breakpoints: Any, watches: Any
) -> None:
    """Refuse what a script gave in the place of something else. Raises ParameterError."""
    for name, fits, wanted, given in [
        ("objective", callable(objective) or isinstance(objective, str | Objective), _OBJECTIVE, objective),
        ("optimizer", isinstance(optimizer, str), "a name, or the path of a rule's file as text", optimizer),
        ("grad", callable(grad) or grad is None or _is_numeric(grad), _GRADIENT, grad),
        ("constants", isinstance(constants, Mapping) or constants is None, "names with numbers, {'a': 2.0}", constants),
        ("schedule", isinstance(before.get("schedule", ""), str), "the name of a schedule", before.get("schedule")),
        *((f.name, isinstance(before.get(f.name, False), bool | np.bool_), "True or False", before.get(f.name))
          for f in flags()),
        ("breakpoints", _are_texts(breakpoints), "a list of conditions, ['loss < 1']", breakpoints),
        ("watches", _are_texts(watches), "a list of expressions, ['norm(delta)']", watches),
    ]:
        if not fits:
            raise ParameterError(f"{name} is {wanted}; {shown(given)} is not{_meant(name, given)}")


def _meant(name: str, given: Any) -> str:
    """What a second argument may have been meant for."""
    if name != "optimizer" or given is None:
        return ""
    return " (a gradient is said as grad=...)" if callable(given) else " (a start is said as start=...)"


_OBJECTIVE = "a name, a formula or a function"
_GRADIENT = f"a function, which gives the gradient, or '{NUMERIC}', for central differences"


def _is_numeric(grad: Any) -> bool:
    return isinstance(grad, str) and grad == NUMERIC


def _are_texts(given: Any) -> bool:
    return isinstance(given, Sequence) and not isinstance(given, str) and all(isinstance(text, str) for text in given)


def checked_seed(seed: Any) -> int:
    """A seed as an int. Raises ParameterError."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed < 2**64:
        raise ParameterError(f"seed is a whole number from 0 to 2^64 − 1; {seed!r} is not")
    return int(seed)


def _objective_and_start(
    objective: str | Callable[..., Any] | Objective,
    grad: Callable[..., Any] | str | None,
    start: Any,
    constants: Mapping[str, float] | None,
    dim: int | None,
    seed: int,
    domain: Any,
) -> tuple[Objective, Point, int]:
    """The objective, where it begins, and the number of the random start that this is, or 0."""
    derivative = grad if callable(grad) else None  # of differences there is no function
    place = read_start(start)
    if isinstance(objective, Objective):
        return objective, checked_start(objective.start, objective), 0
    target: Objective
    if callable(objective):
        if grad is None:
            raise ParameterError(
                f"functions of one's own need their gradient: grad=df, or grad='{NUMERIC}' for central differences"
                " (a formula's is derived)"
            )
        if not isinstance(place, tuple):
            also = "" if start is None else f" in numbers, not '{printable(str(start))[:40]}'"
            raise ParameterError(f"functions of one's own need a start{also}: start=(1.0, 2.0)")
        _check_is_no_formula(constants, dim, place)
        target = own_functions(objective, derivative, place)
    else:
        formula = resolve(objective, constants, dim, place)
        target = formula if grad is None else with_gradient(formula, derivative)
    if domain is not None:
        from gdtui.objectives.domain import with_domain  # here, since few runs are told one

        target = with_domain(target, domain)
    return target, placed_start(place, target, seed), place.number if isinstance(place, Drawn) else 0


def _check_is_no_formula(constants: Mapping[str, float] | None, dim: int | None, point: Point) -> None:
    """Refuse what is said of a formula where there is a function. Raises ParameterError."""
    if constants:
        names = ", ".join(printable(str(name))[:20] for name in constants)
        raise ParameterError(f"constants are for formulas; {names}: a function of one's own has its numbers in itself")
    if dim is not None and dim != len(point):
        numbers = f"{len(point)} number{'s' * (len(point) != 1)}"
        raise ParameterError(f"dim is {shown(dim)}, and the start has {numbers}: the start alone says it")


def is_own(objective: Objective) -> bool:
    """Whether an objective calls a user's own functions, or goes by differences: no file or command makes it again."""
    return isinstance(objective, FunctionObjective)
