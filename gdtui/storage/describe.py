"""What there is, in words: the lists, and all that is to be known of one objective, rule or schedule."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import wrap

from gdtui.descent.layout import states_of
from gdtui.formula import graph
from gdtui.formula.equations import Equation
from gdtui.formula.kinks import conventions_of
from gdtui.formula.notation import notation, number, vector
from gdtui.formula.parameter import Parameter
from gdtui.formula.symbols import RULE_SYMBOLS, symbol_of
from gdtui.objectives import catalogue as objectives
from gdtui.objectives.objective import FormulaObjective, Objective
from gdtui.optimizers import catalogue as optimizers
from gdtui.optimizers import schedules
from gdtui.optimizers.assignment import split_equations
from gdtui.optimizers.catalogue import takes_suitable_lr
from gdtui.optimizers.pipeline import Pipeline
from gdtui.optimizers.rule import UpdateRule
from gdtui.optimizers.rule_check import remarks_on
from gdtui.optimizers.schedules import Schedule

_WIDTH = 250  # characters of a line of mathematics
_NAME = 20  # cells for a name in a list: the longest has 19


def listing(kind: str) -> Iterator[str]:
    """One line each: name and what it teaches or does."""
    if kind == "objectives":
        for objective in objectives.OBJECTIVES:
            yield f"{objective.name:<{_NAME}} {objective.notation}"
            yield f"{'':<{_NAME}} {objective.help}"
    elif kind == "optimizers":
        for rule in optimizers.RULES:
            yield f"{rule.name:<{_NAME}} {rule.help}"
    else:
        for schedule in schedules.SCHEDULES:
            yield f"{schedule.name:<{_NAME}} {schedule.help}"
        yield f"{'FORMULA':<{_NAME}} any formula of lr, k (0 at the first step) and t = k + 1: 'lr/(1 + 0.1*k)'"


def objective_text(objective: Objective) -> Iterator[str]:
    """Formula, gradient, domain, start, minimizers, constants, reference."""
    yield from wrap(objective.title, _WIDTH, subsequent_indent=" " * 10, break_on_hyphens=False)
    if isinstance(objective, FormulaObjective):
        yield from _formula(objective)
        for convention in conventions_of(objective.graph):
            yield f"  convention  {convention}"
    yield f"  parameters  {', '.join(objective.symbols[:12])}{', …' if objective.dim > 12 else ''}"
    yield f"  domain      {' × '.join(f'[{number(a)}, {number(b)}]' for a, b in objective.domain[:6])}"
    yield f"  start       {start_text(objective)}"
    yield f"  lr          {number(objective.lr)}"
    for point in objective.minimizers[:8]:
        yield f"  minimizer   {vector(point, 6)}"
    if objective.f_min is not None:
        yield f"  minimum     {number(objective.f_min, 6)}"
    yield from _parameters("constants", objective.constants, objective.settings)
    yield from _labelled(teaches=objective.help, reference=objective.reference)


def _formula(objective: FormulaObjective) -> Iterator[str]:
    """Lines, loss and gradient in notation, over common parts where that would be long; and the text as it is typed."""
    read = objective.read
    parts = [" = ".join(filter(None, (part.name, part.text, notation(part.node)))) for part in read.parts]
    over_parts = read.loss != objective.equations[-1].node
    lines = [f"{symbol_of(line.name)} = {notation(line.node)}" for line in read.lines]
    lines += [*parts * over_parts, f"f = {notation(read.loss)}", "  = " + "; ".join(objective.texts)]
    lines += [] if over_parts else parts
    lines += [f"∂f/∂{symbol} = {notation(p)}" for symbol, p in zip(objective.symbols, read.partials, strict=False)]
    for line in lines:
        yield from wrap(line, _WIDTH, initial_indent="  ", subsequent_indent=" " * 10, break_on_hyphens=False)
    if objective.dim > len(read.partials):
        yield f"  and {objective.dim - len(read.partials)} more"


def start_text(objective: Objective) -> str:
    """The start with its names: x = −1.2, y = 1."""
    pairs = zip(objective.symbols[:12], objective.start, strict=False)
    return ", ".join(f"{symbol} = {number(v)}" for symbol, v in pairs) + (", …" if objective.dim > 12 else "")


def rule_text(rule: UpdateRule, values: Mapping[str, float] | None = None, lr_is_set: bool = False) -> Iterator[str]:
    """Equations, in notation and as they are typed, hyperparameters, stability, convention, reference.

    ``values``: what the hyperparameters are set to, their defaults where None. ``lr_is_set``: the user said lr.
    """
    yield f"{rule.name}: {rule.label}"
    for _, text in equation_texts(Pipeline(rule).equations(2)):
        yield f"  {text}"
    yield ""
    for line in rule.equations.strip("\n").split("\n"):
        if line.strip():
            yield f"    {line.strip()}"
    yield ""
    yield from _parameters("hyperparameters", rule.hyperparameters, values)
    if (sentence := _lr_of_a_run(rule)) and not lr_is_set:
        yield f"    {sentence}"
    for name in sorted(Pipeline(rule).unread(2)):
        yield f"  no equation reads {symbol_of(name, RULE_SYMBOLS)}: to set it does nothing"
    for line in (*beginning_text(rule, Pipeline(rule).equations(2)), *remarks_on(rule)):
        yield f"  {line}"
    yield from _labelled(
        does=rule.help, stable=stability_text(rule), convention=rule.convention, reference=rule.reference,
        edited_from=rule.edited_from,
    )  # fmt: skip


def _lr_of_a_run(rule: UpdateRule) -> str:
    """At which lr a run of the rule begins until one is set; "" for a rule without lr."""
    if not rule.has("lr"):
        return ""
    suitable = {"factor": "one that suits the function", "length": "one that suits its domain"}.get(rule.lr_means)
    if suitable and takes_suitable_lr(rule):
        return f"until lr is set a run takes {suitable}"
    means = {"length": ", the length of a step,", "fraction": ", a fraction of the whole step,"}.get(rule.lr_means, "")
    return f"a run takes this lr{means} until one is set"


def beginning_text(rule: UpdateRule, equations: Sequence[Equation]) -> Iterator[str]:
    """What the states begin at, and what prev is before there is anything earlier."""
    nodes = graph.topological([equation.node for equation in equations])
    earlier = {node.args[0].text for node in nodes if node.op == "prev"}.union(states_of(equations))
    for name, text in rule.init.items():
        unread = "" if name in earlier else ", and no equation reads that"
        yield f"{symbol_of(name, RULE_SYMBOLS)} begins at {text}{unread}"
    others = [symbol_of(name, RULE_SYMBOLS) for name in states_of(equations) if name not in rule.init]
    if others:
        yield f"{', '.join(others)} begin{'s' * (len(others) == 1)} at 0"
    states = {equation.name for equation in equations[-len(split_equations(rule.equations)) :]}
    for node in nodes:
        if node.op == "prev":
            name, when = node.args[0].text, "at t = 1" if node.payload == 1 else f"up to t = {node.payload}"
            first = "its first value, that at the start"
            if name in states - {"theta"}:
                first = f"what {symbol_of(name, RULE_SYMBOLS)} begins at, {rule.init.get(name, '0')}"
            yield f"{notation(node, RULE_SYMBOLS)} {when} is {first}"


def stability_text(rule: UpdateRule) -> str:
    """What the rule says of the learning rates that it is stable at; nothing where it says nothing."""
    if rule.stability is None:
        return ""
    if rule.preconditioner is None:
        return f"η·λmax < {rule.stability}"
    return f"η·λmax(P⁻¹H) < {rule.stability}, P = {rule.preconditioner}"


def equation_texts(equations: Sequence[Equation]) -> Iterator[tuple[str, str]]:
    """The name of each equation and ``m = β₁·m + (1 − β₁)·g``, the signs of all lined up."""
    symbols = [symbol_of(equation.name, RULE_SYMBOLS) for equation in equations]
    marks = [sum(map(bool, map(unicodedata.combining, symbol))) for symbol in symbols]  # a hat takes no cell
    width = max([5, *(len(symbol) - more for symbol, more in zip(symbols, marks, strict=True))])
    for equation, symbol, more in zip(equations, symbols, marks, strict=True):
        yield equation.name, f"{symbol:<{width + more}} = {notation(equation.node, RULE_SYMBOLS)}"


def schedule_text(schedule: Schedule) -> Iterator[str]:
    yield f"{schedule.name}: {schedule.label}"
    equations = Pipeline(optimizers.BY_NAME["gd"], schedule=schedule).equations(2)
    for _, text in equation_texts(equations[: len(schedule.lines)]):
        yield f"  {text}"
    yield ""
    for name, expression in schedule.lines:
        yield f"    {name:<6} = {expression}"
    yield "    k is t − 1"
    yield ""
    yield from _parameters("parameters", schedule.settable)
    yield from _labelled(does=schedule.help, convention=schedule.convention, reference=schedule.reference)


def _parameters(
    title: str, parameters: Iterable[Parameter], values: Mapping[str, float] | None = None
) -> Iterator[str]:
    found = list(parameters)
    if found:
        yield f"  {title}"
    for p in found:
        value = (values or {}).get(p.name, p.default)
        yield f"    {p.name:<14} {number(value):<10} {p.range:<22} {p.help}"


def _labelled(**lines: str) -> Iterator[str]:
    for label, text in lines.items():
        if text:
            yield f"  {label.replace('_', ' '):<11} {text}"
