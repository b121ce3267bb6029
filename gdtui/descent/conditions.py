"""Breakpoints and watches: expressions over the names of a run, compiled into the loop or over columns.

At row k ``theta``, ``loss`` and ``grad`` are the row's, terms are those of the update that arrived there, and
``prev`` is row k − 1 along the branch.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial, reduce
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from gdtui.descent.layout import RECORDED, Layout
from gdtui.descent.program import Program, graphs_at
from gdtui.formula import graph
from gdtui.formula.evaluate import function_of
from gdtui.formula.graph import Node
from gdtui.formula.language import Scope, parse
from gdtui.formula.notation import notation
from gdtui.formula.symbols import RULE_SYMBOLS
from gdtui.formula.tokens import FormulaError
from gdtui.optimizers.pipeline import Pipeline

_PAIRWISE = 8  # numbers, from which on NumPy adds them up in pairs where they lie side by side
_NOT_HERE = {
    "grad_at": "grad(u)",
    "loss_at": "loss_at(u)",
    "hess": "hess()",
    "identity": "identity()",
    "solve": "solve(A, b)",
    "@": "A @ v",
    "diag": "diag(A)",
    "normal": "normal()",
}


class Columns(Protocol):
    """Rows of a run by quantity: what an expression is evaluated over."""

    def quantity(self, name: str, start: int, stop: int) -> NDArray[np.float64]:
        """The values in rows start .. stop − 1: (stop − start,), of a vector (n, stop − start)."""
        ...


@dataclass(frozen=True)
class Expression:
    """An expression over a run. ``past``: how many steps back each name is read; ``has_terms``: begins at row 1.

    ``lines``: what stands in it for lines of the objective, and their names.
    """

    text: str
    node: Node
    names: frozenset[str]
    past: dict[str, int] = field(hash=False)
    has_terms: bool = False
    lines: Mapping[Node, Node] = field(default_factory=dict, hash=False, compare=False)

    @cached_property
    def function(self) -> tuple[Callable[..., list[Any]], list[tuple[str, int, graph.Shape]]]:
        """It as a function, and what of: name, rows back, shape."""
        reads: dict[str, tuple[str, int, graph.Shape]] = {}
        for item in graph.topological([self.node]):
            if item.op == "name":
                reads[item.text] = item.text, 0, item.shape
            elif item.op == "prev":
                assert isinstance(item.payload, int)
                reads[f"prev {item.args[0].text} {item.payload}"] = item.args[0].text, item.payload, item.shape
        return function_of([self.node], list(reads)), list(reads.values())

    @cached_property
    def undecided(self) -> Expression | None:
        """True where an operand of a comparison is NaN; None where nothing is compared."""
        unknown = [
            graph.apply("isnan", operand)
            for item in graph.topological([self.node]) if item.op in graph.COMPARISONS for operand in item.args
        ]  # fmt: skip
        each = [graph.apply("any", node) if node.shape else node for node in unknown]
        return replace(self, node=reduce(partial(graph.apply, "or"), each)) if each else None

    @property
    def notation(self) -> str:
        return notation(graph.substitute([self.node], self.lines.get)[0], RULE_SYMBOLS)

    @property
    def is_condition(self) -> bool:
        return self.node.boolean and not self.node.shape


class Resting(NamedTuple):
    """A breakpoint or a watch that is not asked: it was turned off (no ``why``), or waits for a name of a rule."""

    text: str
    watch: bool = False
    why: str = ""


NON_FINITE = "non-finite"


def ready_made(pipeline: Pipeline) -> dict[str, tuple[str, str]]:
    """Breakpoints that are ready made: a name, its condition, what it tells. One of them is a name of its own."""
    worse, went = ("<", "fell") if pipeline.maximize else (">", "grew")
    losses = ("loss", "prev(loss)", "prev(loss, 2)", "prev(loss, 3)")
    return {
        "oscillation": ("dot(grad, prev(grad)) < 0", "the gradient turned back: a step overshot"),
        "divergence": (
            " and ".join(f"{later} {worse} {earlier}" for later, earlier in pairwise(losses)),
            f"the loss {went} three times running",
        ),
        "plateau": ("t > 20 and abs(loss - prev(loss, 20)) < 1e-6*abs(loss)", "the loss hardly changed in 20 steps"),
        NON_FINITE: (NON_FINITE, "a term of the rule, a loss or a slope that is no finite number"),
    }


def _not_finite(layout: Layout) -> Node:
    """True where some quantity of a row is infinite or NaN, whatever terms the rule has."""
    largest = graph.constant(sys.float_info.max)
    result: Node | None = None
    for name, shape in layout.shapes.items():
        finite = graph.apply("<=", graph.apply("abs", graph.name(name, shape)), largest)
        finite = graph.apply("all", finite) if shape else finite
        result = finite if result is None else graph.apply("and", result, finite)
    assert result is not None, "every row has theta, loss and gradient"
    return graph.apply("not", result)


def expression(text: str, program: Program) -> Expression:
    """Compile-ready form of a watch. Raises FormulaError."""
    no_past = frozenset(["t", *(p.name for p in program.pipeline.parameters)])
    names, objective = names_of(program), program.objective
    twice = "'{0}' is a line of the objective, and a name of {1} too: give the line another name, or write what it is"
    rule = program.pipeline.rule.name
    refused = {line.name: twice.format(line.name, rule) for line in objective.lines if line.name in names}
    over_theta = graphs_at(objective, [line.node for line in objective.lines], graph.name("theta", (program.dim,)))
    lines = {line.name: node for line, node in zip(objective.lines, over_theta, strict=True)}
    scope = Scope(names | lines, rule=True, symbols=RULE_SYMBOLS, no_past=no_past, refused=refused)
    found = _found(text.strip(), parse(text, scope), program.layout)
    return replace(found, lines=_named(lines, found.past, names["theta"])) if lines else found


def _found(text: str, node: Node, layout: Layout) -> Expression:
    past: dict[str, int] = {}
    names = set()
    for item in graph.topological([node]):
        if item.op in _NOT_HERE:
            raise FormulaError(f"{_NOT_HERE[item.op]} is for rules; a condition reads what was computed", text)
        if item.op == "name":
            names.add(item.text)
        if item.op == "prev":
            assert isinstance(item.payload, int)
            past[item.args[0].text] = max(past.get(item.args[0].text, 0), item.payload)
    terms = {name for name, _ in layout.terms}
    return Expression(text, node, frozenset(names), past, bool(terms & names))


def condition(text: str, program: Program) -> Expression:
    """A breakpoint: an expression that is true or false, or the name of one that is ready made. Raises FormulaError."""
    ready, written = ready_made(program.pipeline), text.strip()
    if written in ready and any(line.name == written for line in program.objective.lines):
        message = f"'{written}' is a line of the objective, and a ready-made breakpoint too: give the line another name"
        raise FormulaError(message, text, 0, len(text))
    text = ready.get(written.lower().replace("_", "-"), (text, ""))[0]
    if text == NON_FINITE:
        return _found(text, _not_finite(program.layout), program.layout)
    found = expression(text, program)
    if not found.is_condition:
        hint = "any(...) or all(...) makes it one" if found.node.shape else "compare it: loss < 1"
        raise FormulaError(f"a breakpoint is a condition; this is a value: {hint}", text, 0, len(text))
    return found


def names_of(program: Program) -> dict[str, Node]:
    """Every name that a condition may read, and what it stands for."""
    objective, dim = program.objective, program.dim
    theta = graph.name("theta", (dim,))
    names = {name: graph.element(theta, k) for k, name in enumerate(objective.names)}
    names |= {"i": graph.indices(dim), "n": graph.constant(float(dim)), "t": graph.name("t")}
    names |= {p.name: graph.name(p.name) for p in program.pipeline.parameters}
    names |= {name: graph.name(name, shape) for name, shape in program.layout.shapes.items()}
    if "g" not in names:
        names["g"] = graph.name("grad", (dim,))
    if objective.f_min is not None:
        names["f_min"] = graph.constant(objective.f_min)
    return names


def _named(lines: Mapping[str, Node], past: Mapping[str, int], theta: Node) -> dict[Node, Node]:
    """The lines as they stand in an expression that looks back, and their names: u, prev(u), prev(u, 2)."""
    named: dict[Node, Node] = {}
    for name, node in reversed(list(lines.items())):
        if node.op in ("name", "element"):  # it is called as it is everywhere
            continue
        named[node] = graph.name(name, node.shape, node.boolean)
        for steps in range(1, past.get("theta", 0) + 1):
            earlier = graph.previous("theta", steps, theta.shape)
            (then,) = graph.substitute([node], {theta: earlier}.get)
            named[then] = graph.previous(name, steps, node.shape, node.boolean)
    return named


def values_over(found: Expression, columns: Columns, start: int, stop: int) -> Any:
    """The expression in rows start .. stop − 1 at once: an array (stop − start,), of a vector (n, stop − start)."""
    terms = terms_of(found)

    def take(name: str, back: int) -> NDArray[np.float64]:
        if back:
            return _earlier(columns, name, start - back, stop - back, 1 if name in terms else 0)
        return columns.quantity(name, start, stop)

    return evaluated(found, take, stop - start)


def evaluated(found: Expression, take: Callable[[str, int], NDArray[np.float64]], count: int) -> Any:
    """The expression over ``count`` rows; ``take(name, k)`` gives a quantity k rows before each of them."""
    function, arguments = found.function
    taken = [take(name, back) for name, back, _ in arguments]
    for place, (_, _, shape) in enumerate(arguments):
        if shape and taken[place].ndim == 1:  # of a term that these rows do not have: NaN, whatever its shape
            taken[place] = np.full((*shape, len(taken[place])), np.nan)
    lanes = count
    if any(shape and shape[0] >= _PAIRWISE for _, _, shape in arguments):
        # NumPy adds up one column in another order than one of several: alone it is taken twice, and all lie alike.
        lanes = max(2, count)
        taken = [np.ascontiguousarray(np.repeat(values, 2, axis=-1) if count == 1 else values) for values in taken]
    (result,) = function(*taken)
    return np.broadcast_to(result, (*found.node.shape, lanes))[..., :count]


def has_no_value(found: Expression, columns: Columns, row: int) -> bool:
    """Whether a row leaves a condition undecided: something in it that is compared is no number there."""
    if found.undecided is None or (found.has_terms and row == 0):
        return False
    return bool(values_over(found.undecided, columns, row, row + 1)[0])


def terms_of(found: Expression) -> frozenset[str]:
    """What an expression reads that has no value in row 0: terms, and hyperparameters, which have no past."""
    return found.names - {*RECORDED, "t"} if found.has_terms else frozenset()


def _earlier(columns: Columns, name: str, start: int, stop: int, first: int) -> NDArray[np.float64]:
    """Rows shifted back; before the beginning it is the first value."""
    missing = max(0, min(first, stop) - start) if start < first else 0
    there = columns.quantity(name, max(start, first), max(stop, first + 1))
    if not there.shape[-1]:  # there is no such row yet
        return np.full((*there.shape[:-1], stop - start), np.nan)
    head = np.repeat(there[..., :1], missing, axis=-1)
    return np.concatenate([head, there[..., : stop - start - missing]], axis=-1)
