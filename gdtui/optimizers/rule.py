"""UpdateRule: an optimizer as its equations, and the equations as graphs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from gdtui.formula import graph
from gdtui.formula.graph import Node
from gdtui.formula.language import Scope, parse
from gdtui.formula.parameter import Parameter
from gdtui.formula.symbols import RULE_SYMBOLS, name_of
from gdtui.formula.tokens import FormulaError

RESERVED = ("loss", "t", "k", "grad", "f_min", "n", "i", "pi", "e")
_MAX_LINES = 64
_PASSES = 6
LrMeans = Literal["factor", "length", "fraction"]
_ASSIGNMENT = re.compile(r"\s*([^\s=<>!]+)\s*=(?!=)")


@dataclass(frozen=True)
class UpdateRule:
    """An optimizer: an ordered list of equations, one a line, the last of which gives the new theta.

    ``hyperparameters``: what may be turned. ``init``: what a state begins with, an expression over the
    hyperparameters; 0 where it is not given. ``stability``: the greatest stable lr·λ as an expression over the
    hyperparameters, where theory gives one (λ the largest eigenvalue of the Hessian H).
    ``preconditioner``: for a rule that divides the gradient by P, P's diagonal as an expression over its terms,
    its hyperparameters and t; λ is then that of P⁻¹H. ``lr_means``: what lr is: a factor of the gradient, the length
    of a step, or a fraction of a step that the rule sizes by itself. In the catalogue it says which lr suits until one
    is set: the objective's own, one by its domain, the rule's default.
    ``convention``: whose form of the rule this is. ``edited_from``: the rule whose equations were edited into these.
    """

    name: str
    label: str
    equations: str
    hyperparameters: tuple[Parameter, ...] = ()
    init: Mapping[str, str] = field(default_factory=dict, hash=False)
    stability: str | None = None
    preconditioner: str | None = None
    lr_means: LrMeans = "factor"
    convention: str = ""
    reference: str = ""
    help: str = ""
    source: str | None = field(default=None, compare=False)
    edited_from: str = ""

    @property
    def origin(self) -> str:
        """The name that a rule and what was edited from it have in common: between the two, state and t are kept."""
        return self.edited_from or self.name

    @property
    def has_weight_decay(self) -> bool:
        """Whether the rule decays by itself; for any other the pipeline adds an L2 term."""
        return any(p.name == "weight_decay" for p in self.hyperparameters)


class Equation(NamedTuple):
    """One line: ``name = node``. ``text`` as written; ``line`` counts from 0 within its text."""

    name: str
    node: Node
    text: str
    line: int = 0


def split_equations(text: str) -> list[tuple[int, str, str, int]]:
    """The lines of a rule as (line number from 0, name, expression, column where the expression begins).

    Raises FormulaError at a line that is no assignment, or that assigns a name again.
    """
    found: list[tuple[int, str, str, int]] = []
    seen: set[str] = set()
    offset = 0
    for number, line in enumerate(text.split("\n")):
        bare = line.split("#")[0].rstrip()
        match = _ASSIGNMENT.match(bare)
        if bare.strip():
            if match is None:
                raise FormulaError("an equation is written NAME = EXPRESSION", text, offset, offset + len(line))
            name = name_of(match[1], RULE_SYMBOLS)
            place = offset + match.start(1)
            if not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII) or name in RESERVED or name == "g":
                why = "is given, not assigned" if name in RESERVED or name == "g" else "is not a name"
                raise FormulaError(f"'{name}' {why}", text, place, offset + match.end(1))
            if name in seen:
                raise FormulaError(
                    f"'{name}' is assigned twice; a name is assigned once", text, place, offset + match.end(1)
                )
            seen.add(name)
            found.append((number, name, bare[match.end() :], match.end()))
        offset += len(line) + 1
    if len(found) > _MAX_LINES:
        raise FormulaError(f"a rule has at most {_MAX_LINES} equations", text)
    return found


def build(
    text: str,
    shapes: Mapping[str, graph.Shape],
    dim: int,
    bindings: Mapping[str, Node] | None = None,
    earlier: Sequence[str] = (),
) -> list[Equation]:
    """The equations of ``text`` as graphs, for a vector theta of ``dim``.

    ``shapes``: the names that are given, and their shapes. ``bindings``: names that mean something else here
    (the rule's ``g`` after clipping). A name that is read before its line is state: it is a `graph.state`,
    whose shape is found from its own equation. Raises FormulaError at the place in ``text``.
    """
    lines = split_equations(text)
    refused = None
    for guess in ((), (dim,)):  # a state's shape follows from its equation, which may read other states
        states: dict[str, graph.Shape] = {name: guess for _, name, _, _ in lines if name != "theta"}
        try:
            for _ in range(_PASSES):
                equations = _once(text, lines, shapes, dim, bindings or {}, states)
                found = {e.name: e.node.shape for e in equations if e.name in states}
                if found == states:
                    return equations
                states = found
        except FormulaError as error:  # of a wrong guess, or of a mistake: then of both guesses
            refused = error
    message = "the shapes of these states depend on one another; give each an equation of its own"
    raise refused or FormulaError(message, text)


def _once(
    text: str,
    lines: Sequence[tuple[int, str, str, int]],
    shapes: Mapping[str, graph.Shape],
    dim: int,
    bindings: Mapping[str, Node],
    states: Mapping[str, graph.Shape],
) -> list[Equation]:
    names: dict[str, Node] = {name: graph.name(name, shape) for name, shape in shapes.items()}
    names |= {"i": graph.indices(dim), "n": graph.constant(float(dim))}
    names |= bindings
    names |= {name: graph.state(name, shape) for name, shape in states.items() if name not in shapes}
    no_past = frozenset(shapes) - {"theta", "grad", "loss", "g"}
    equations = []
    offsets = [0]
    for line in text.split("\n"):
        offsets.append(offsets[-1] + len(line) + 1)
    for number, name, expression, column in lines:
        scope = Scope(names, rule=True, symbols=RULE_SYMBOLS, no_past=no_past)
        try:
            node = parse(expression, scope)
        except FormulaError as error:
            place = offsets[number] + column + error.position
            raise FormulaError(error.message, text, place, place + error.end - error.position) from None
        if name == "theta":
            node = node if node.shape else graph.fill(node, dim)
        if len(node.shape) > 1 or (name == "theta" and (node.shape != (dim,) or node.boolean)):
            wanted = "the new theta is a vector as long as the old one" if name == "theta" else "a matrix is no term"
            place = offsets[number] + column
            raise FormulaError(f"{wanted}; write solve(hess(), g), say", text, place, place + len(expression))
        equations.append(Equation(name, node, f"{name} ={expression}", number))
        if name != "theta":  # on the right, theta is always the one before the step
            names[name] = graph.name(name, node.shape, node.boolean)
    return equations
