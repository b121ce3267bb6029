"""Whether a rule can run, and says what it seems to say: each refusal says what to write instead."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np

from gdtui.formula import graph
from gdtui.formula.equations import Equation, Line, written_out
from gdtui.formula.evaluate import value_of
from gdtui.formula.language import Scope, parse
from gdtui.formula.symbols import RULE_SYMBOLS
from gdtui.formula.tokens import FormulaError, printable
from gdtui.optimizers.assignment import split_equations
from gdtui.optimizers.before_rule import STAGES
from gdtui.optimizers.rule import UpdateRule, build, init_shapes, only_multiplied, read_init, unlike_its_state
from gdtui.optimizers.rule_mistake import EntryError

_DIM = 2  # of the theta that a rule is tried with
_GIVEN: dict[str, graph.Shape] = {
    "theta": (_DIM,), "grad": (_DIM,), "g": (_DIM,), "loss": (), "t": (), "k": (), "f_min": (),
}  # fmt: skip


def check_rule(rule: UpdateRule) -> None:
    """Refuse a rule that cannot run. Raises FormulaError at the place in its equations, EntryError for the rest."""
    _check_assigned(rule)
    begins = {}
    for name, text in rule.init.items():
        with _of_entry("init", name):
            begins[name] = read_init(text, [p.name for p in rule.hyperparameters], _DIM)
    shapes = _GIVEN | {p.name: () for p in rule.hyperparameters}
    equations = build(rule.equations, shapes, _DIM, begins={name: node.shape for name, node in begins.items()})
    names = {e.name: e for e in equations}
    _check_theta(rule, names)
    for name, node in begins.items():
        if name == "theta":
            raise EntryError("theta begins at the start of the run: --start, or start=... in Python", "init", name)
        if name not in names:
            raise EntryError(f"init gives '{printable(name)}' a value, but no equation does", "init", name)
        if unlike := unlike_its_state(name, node, names[name].node.shape):
            raise EntryError(f"init.{unlike}", "init", name)
    defaults = {p.name: p.default for p in rule.hyperparameters}
    if rule.stability is not None:
        with _of_entry("stability"):
            limit = value_of(rule.stability, defaults, RULE_SYMBOLS)
        if limit.shape or limit.dtype == bool or not np.isfinite(limit):
            raise EntryError("stability is a number, or an expression over the hyperparameters", "stability")
    if rule.preconditioner is not None:
        terms = {name: graph.name(name, equation.node.shape) for name, equation in names.items() if name != "theta"}
        constants = {name: graph.constant(value) for name, value in defaults.items()}
        scope = Scope({"t": graph.name("t"), **constants, **terms}, symbols=RULE_SYMBOLS)
        with _of_entry("preconditioner"):
            parse(rule.preconditioner, scope)


def _check_assigned(rule: UpdateRule) -> None:
    """No equation changes a hyperparameter: knobs and schedules do."""
    own = {p.name for p in rule.hyperparameters}
    for line in split_equations(rule.equations):
        if line.name in own:
            later = f"{line.name}_t = {written_out(line)}, and read {line.name}_t below"
            message = f"'{line.name}' is a hyperparameter, which no equation changes: write {later}"
            if line.name == "lr":
                message = f"'lr' is a hyperparameter, which a schedule changes: {_instead(line)}, and read lr_t below"
            raise FormulaError(message, rule.equations, *line.span)


def _instead(line: Line) -> str:
    """What to write for lr = lr*0.99, which is meant from step to step, and for any other equation of lr."""
    text = written_out(line)
    factor = re.fullmatch(r"lr\s*\*\s*(0?\.\d+)|(0?\.\d+)\s*\*\s*lr", text)
    if factor:
        gamma = factor[1] or factor[2]
        return f"--schedule exponential:gamma={gamma}; or write lr_t = lr*{gamma}**k"
    return f"--schedule 'lr/(1 + 0.1*k)', say; or write lr_t = {text}"


def _check_theta(rule: UpdateRule, names: Mapping[str, Equation]) -> None:
    if "theta" not in names:
        last = len(rule.equations.rstrip()) - 1
        message = "a rule says what the new theta is: theta = theta + delta, where theta is all of the parameters"
        raise FormulaError(message, rule.equations, last)
    theta = names["theta"].node
    added = sorted(a.text if a.op == "name" else "" for a in theta.args if theta.op == "add")
    if "delta" in names and added != ["delta", "theta"]:  # of this step: a state has no such name
        message = "delta is new θ − θ: where a rule names it, theta = theta + delta stands behind it"
        if theta.op == "add" and any(a.op == "neg" for a in theta.args):
            message += "; for theta - delta write delta = -(...), or call it otherwise"
        raise FormulaError(message, rule.equations, *_place(rule, names["theta"]))


def check_meaning(rule: UpdateRule) -> None:
    """Refuse what runs, but can hardly be meant, in a rule that `check_rule` takes.

    Sessions that have such a rule open all the same. Raises FormulaError at the place, EntryError.
    """
    _check_hyperparameters(rule)
    shapes = _GIVEN | {p.name: () for p in rule.hyperparameters}
    begins = init_shapes(rule, [p.name for p in rule.hyperparameters], _DIM)
    for equation in build(rule.equations, shapes, _DIM, begins=begins, strict=True):
        name = equation.name
        if name not in rule.init and only_multiplied(equation.node, name):  # it begins at 0, and stays there
            otherwise = "declare it, [hyperparameters] lr = 0.01, and let a schedule change it"
            otherwise = otherwise if name == "lr" else f"say what it begins at, [init] {name} = 1"
            message = f"'{name}' begins at 0, and multiplied it stays there: {otherwise}"
            raise FormulaError(message, rule.equations, *_place(rule, equation))


def remarks_on(rule: UpdateRule) -> Iterator[str]:
    """What a rule does that its text may not look like: for whoever reads it, in sentences."""
    equations = build(rule.equations, _GIVEN | {p.name: () for p in rule.hyperparameters}, _DIM)
    names = [equation.name for equation in equations]
    for equation in equations[names.index("theta") + 1 :]:
        if "theta" in graph.names_in([equation.node]):
            yield (
                f"{equation.name} reads theta below its own line, where it is still the one before the step: for the"
                " new one write theta_new = ..., read that, and put theta = theta_new last"
            )
    draws = sum(len(re.findall(r"\bnormal\s*\(", line.expression)) for line in split_equations(rule.equations))
    if draws > 1:
        yield "normal() is the same draw wherever it stands in a step"


_PAIRS = (("lr", "eta"), ("eps", "epsilon"), ("momentum", "mu"), ("weight_decay", "lam"), ("delta", "Delta"))
_OPTIONS = frozenset(
    ["start", "steps", "gtol", "patience", "min_delta", "diverge_at", "seed", "dim", "domain",
     "constants", "breakpoints", "watches", "grad", "state", "optimizer", "objective", "record", "starts"]
)  # fmt: skip


def _check_hyperparameters(rule: UpdateRule) -> None:
    own = {p.name for p in rule.hyperparameters}
    for name in sorted(own & _OPTIONS.union(s.name for s in STAGES.values() if s.numbers is None)):
        message = f"'{name}' is an option of every run: give the hyperparameter another name"
        raise EntryError(message, "hyperparameters", name)
    for name, other in _PAIRS:
        symbol = RULE_SYMBOLS.get(name, "")
        place = rule.equations.find(symbol) if symbol else -1
        if {name, other} <= own and place >= 0:
            message = f"{symbol} would be {name}, and there is {other} too: write {name} or {other}"
            raise FormulaError(message, rule.equations, place, place + 1)


def _place(rule: UpdateRule, equation: Equation) -> tuple[int, int]:
    """Where the line of an equation stands in the rule's text."""
    rows = rule.equations.split("\n")
    first = sum(len(row) + 1 for row in rows[: equation.line])
    return first, first + len(rows[equation.line])


@contextmanager
def _of_entry(*key: str) -> Iterator[None]:
    """A mistake in the formula of an entry, as one of that entry."""
    try:
        yield
    except FormulaError as error:
        raise EntryError(f"{'.'.join(key)}: {error}", *key) from None
