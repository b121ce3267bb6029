"""The text of an objective: one expression, or lines of ``name = expression`` of which the last is the loss."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from gdtui.formula import derivative, graph, simplify
from gdtui.formula.equations import Equation, Form, Line, read
from gdtui.formula.evaluate import Array, function_of
from gdtui.formula.graph import Node
from gdtui.formula.language import Places, Scope
from gdtui.formula.notation import notation
from gdtui.formula.parts import LONG, part_name, with_parts
from gdtui.formula.refusals import NO_NAMES
from gdtui.formula.simplify import ONE, ZERO
from gdtui.formula.symbols import symbol_of
from gdtui.formula.tokens import FormulaError
from gdtui.formula.vocabulary import CONSTANTS, FUNCTIONS, ONLY_IN_RULES

MOST_PARTIALS = 12
"""Partial derivatives that are read; of more there are the first."""
_SHORT = 12  # characters of a slope that may be written again and again
_ELSEWHERE = {
    "theta": "all of the parameters", "grad": "the gradient", "g": "the gradient that a rule receives",
    "t": "the number of the step", "i": "the index of each coordinate", "n": "the number of parameters",
    "f_min": "the known minimum", "delta": "the step that a rule makes",
}  # fmt: skip
"""What names mean in watches and breakpoints, where the names of lines are read as well."""


@dataclass(frozen=True)
class Read:
    """An objective as it is read: ``loss`` over the names of its ``lines``, the first ``partials`` over ``parts`` too.

    Where the loss itself is long it is over the parts as well.
    """

    parameters: tuple[str, ...]
    lines: tuple[Equation, ...]
    parts: tuple[Equation, ...]
    loss: Node
    partials: tuple[Node, ...]

    @property
    def ahead(self) -> tuple[Equation, ...]:
        """What is computed ahead of a partial derivative."""
        return (*self.lines, *self.parts)

    @cached_property
    def _function(self) -> Callable[..., list[Array]]:
        whole: dict[str, Node] = {}
        for equation in self.ahead:
            whole[equation.name] = graph.with_names(equation.node, whole)
        return function_of(list(whole.values()), self.parameters)

    def values(self, theta: Array) -> dict[str, float]:
        """What each name is at (d,), where all are numbers: parameters, lines and parts."""
        numbers = [*theta.tolist(), *map(float, self._function(*theta))]
        return dict(zip([*self.parameters, *(equation.name for equation in self.ahead)], numbers, strict=True))


def read_of(
    parameters: tuple[str, ...], equations: Sequence[Equation], partials: Sequence[Node], taken: Collection[str],
    slopes: Mapping[str, Node] = {},
) -> Read:  # fmt: skip
    """``partials``: over the names of the lines and of ``slopes``, which are parts; none is called as ``taken``."""
    *lines, (_, loss, *_) = equations
    divided = len(notation(loss)) > LONG
    roots = [loss, *partials] if divided else partials
    parts, written = with_parts(roots, {*taken, *(line.name for line in lines)}, slopes)
    if divided:
        loss, *written = written
    return Read(parameters, tuple(lines), tuple(parts), loss, tuple(written))


def over_lines(equations: Sequence[Equation], variables: Sequence[Node]) -> tuple[list[Node], dict[str, Node]]:
    """∂f/∂ each variable over the names of the lines, by the chain rule from the last line back, and what it reads.

    That is the slopes by lines, by what they are, ∂f/∂u, through which several others go: parts, for `with_parts`.
    """
    *lines, loss = equations
    slopes: dict[Node, list[Node]] = {}
    parts: dict[str, Node] = {}

    def pass_back(line: Equation, slope: Node) -> None:
        """What a line passes on of ∂f/∂ it to the names that it reads."""
        node = line.node
        names = [n for n in graph.topological([node]) if n.op == "name"]
        own = part_name(len(parts), slope)
        is_part = len(names) > 1 and len(notation(slope)) > _SHORT
        moves = is_part or not graph.names_in([slope]).isdisjoint(n.text for n in names)  # by what the line reads
        passed = derivative.gradient(simplify.product([own if moves else slope, node]), names)
        if is_part:
            parts[f"∂f/∂{symbol_of(line.name)}"] = slope
        else:
            passed = graph.substitute(passed, {own: slope}.get)
        for name, by_name in zip(names, passed, strict=True):
            slopes.setdefault(name, []).append(by_name)

    pass_back(loss, ONE)
    for line in reversed(lines):
        of_line = slopes.pop(graph.name(line.name), [])
        if of_line:
            pass_back(line, simplify.total(of_line))
    return [simplify.total(slopes[v]) if v in slopes else ZERO for v in variables], parts


def in_notation(equations: Sequence[Equation], head: str = "") -> str:
    """The lines with a ``;`` between them; ``head``: what the loss is called, f(x), or nothing."""
    names = [symbol_of(equation.name) or head for equation in equations]
    lines = [f"{name} = " * bool(name) + notation(e.node) for name, e in zip(names, equations, strict=True)]
    return "; ".join(lines)


def _refusal(line: Line) -> str:
    """Why a line of an objective may not have its name, and what to do; "" where it may."""
    name = line.name
    meaning = _ELSEWHERE.get(name)
    if name in FUNCTIONS or name in ONLY_IN_RULES:
        meaning = "a function"
    elif name in CONSTANTS:
        meaning = f"the number {CONSTANTS[name]:.5f}..."
    elif name in NO_NAMES or name in ("and", "or", "not"):
        meaning = "a word of the language"
    return f"'{name}' is {meaning}: give the line another name" if meaning else ""


OBJECTIVE = Form("an objective", _refusal, {}, losses=("loss", "f"))


def equations_of(
    text: str, lines: list[Line], names: Mapping[str, Node], free: bool, saved: bool, named: bool = False
) -> tuple[list[Equation], Places]:
    """The lines as graphs, the loss at last; and where in the text each operation stands.

    ``names``: parameters and constants. ``named``: the lines before are read by their names, otherwise they are written
    out. ``free``, ``saved``: as of a `Scope`. Raises FormulaError at the place in ``text``.
    """
    known = dict(names)
    behind = "'{0}' is read ahead of what its line makes it: put {0} = ... before; a parameter has another name"
    refused = {line.name: behind.format(line.name) for line in lines}

    def take(line: Line, node: Node) -> Node:
        if line.name in names:
            message = f"'{line.name}' is a parameter, or a constant: give the line another name"
            raise FormulaError(message, text, *line.span)
        refused.pop(line.name)
        known[line.name] = graph.name(line.name, node.shape, node.boolean) if named else node
        return node

    places: Places = {}
    scope = Scope(known, free=free, saved=saved, refused=refused)
    equations = read(text, lines, scope, take, places=places)
    *_, loss = equations
    if loss.node.boolean or loss.node.shape:
        last = lines[-1]
        kind = "a condition" if loss.node.boolean else f"a vector of {loss.node.shape[0]}"
        hint = "write where(condition, 1, 0)" if loss.node.boolean else "sum(...) or norm(...) makes it one"
        message = f"an objective is one number; this is {kind}: {hint}"
        raise FormulaError(message, text, last.place, last.place + len(last.expression))
    return equations, places
