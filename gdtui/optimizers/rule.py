"""UpdateRule: an optimizer as its equations, and the equations as graphs."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from gdtui.formula import graph
from gdtui.formula.equations import Equation, Line, read
from gdtui.formula.graph import Node
from gdtui.formula.language import Scope, parse
from gdtui.formula.parameter import Parameter
from gdtui.formula.symbols import RULE_SYMBOLS, name_of
from gdtui.formula.tokens import FormulaError
from gdtui.optimizers.assignment import split_equations

_PASSES = 6
_LETTERS = {name: name_of(symbol) for name, symbol in RULE_SYMBOLS.items()}  # what each would be by itself
LrMeans = Literal["factor", "length", "fraction"]


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

    def has(self, name: str) -> bool:
        """Whether the rule has a hyperparameter of this name."""
        return any(p.name == name for p in self.hyperparameters)


def build(
    text: str,
    shapes: Mapping[str, graph.Shape],
    dim: int,
    bindings: Mapping[str, Node] | None = None,
    begins: Mapping[str, graph.Shape] | None = None,
    strict: bool = False,
) -> list[Equation]:
    """The equations of ``text`` as graphs, for a vector theta of ``dim``.

    ``shapes``: the names that are given, and their shapes. ``bindings``: names that mean something else here
    (the rule's ``g`` after clipping). A name that is read before its line is state: it is a `graph.state`,
    whose shape is found from its own equation; ``begins``: the shapes of those that an init gives a value. ``strict``:
    what reads in two ways is refused; a rule that is taken, and a session's, is read in one. Raises FormulaError at the
    place in ``text``.
    """
    lines = split_equations(text)
    refused = None
    for guess in ((), (dim,)):  # a state's shape follows from its equation, which may read other states
        states: dict[str, graph.Shape] = {line.name: guess for line in lines if line.name != "theta"}
        try:
            for _ in range(_PASSES):
                equations = _once(text, lines, shapes, dim, bindings or {}, states, strict)
                found = {e.name: e.node.shape for e in equations if e.name in states}
                for e in equations:  # what is only multiplied is as long as what it begins with
                    if e.name in states and only_multiplied(e.node, e.name):
                        found[e.name] = found[e.name] or (begins or {}).get(e.name, ())
                if found == states:
                    return equations
                states = found
        except FormulaError as error:  # of a wrong guess, or of a mistake: then of both guesses
            if refused is None or error.position > refused.position:  # a wrong guess is seen before the mistake
                refused = error
    message = "the shapes of these states depend on one another; give each an equation of its own"
    raise refused or FormulaError(message, text)


def _once(
    text: str,
    lines: Sequence[Line],
    shapes: Mapping[str, graph.Shape],
    dim: int,
    bindings: Mapping[str, Node],
    states: Mapping[str, graph.Shape],
    strict: bool,
) -> list[Equation]:
    names: dict[str, Node] = {name: graph.name(name, shape) for name, shape in shapes.items()}
    names |= {"i": graph.indices(dim), "n": graph.constant(float(dim))}
    names |= bindings
    names |= {name: graph.state(name, shape) for name, shape in states.items() if name not in shapes}
    no_past = frozenset(shapes) - {"theta", "grad", "loss", "g"}
    scope = Scope(names, rule=True, symbols=symbols_among(names), no_past=no_past, saved=not strict)

    def take(line: Line, node: Node) -> Node:
        name = line.name
        if name == "theta":
            node = node if node.shape else graph.fill(node, dim)
        if len(node.shape) > 1 or (name == "theta" and (node.shape != (dim,) or node.boolean)):
            wanted = "the new theta is a vector as long as the old one" if name == "theta" else "a matrix is no term"
            message = f"{wanted}; write solve(hess(), g), say"
            raise FormulaError(message, text, line.place, line.place + len(line.expression))
        if name != "theta":  # on the right, theta is always the one before the step
            names[name] = graph.name(name, node.shape, node.boolean)
        return node

    return read(text, lines, scope, take, _in_words_of_rules)


def _in_words_of_rules(line: Line, error: FormulaError) -> str:
    from gdtui.optimizers.rule_words import in_words_of_rules  # here, since only a mistake needs it

    hint = in_words_of_rules(line.expression, error.position, error.end)
    return error.message.partition("; did you mean")[0] + hint if hint else error.message


def only_multiplied(node: Node, name: str) -> bool:
    """Whether a state's equation is itself times something: what begins at 0 then stays there."""
    if node.op == "state":
        return node.text == name
    if node.op == "mul":
        return any(only_multiplied(argument, name) for argument in node.args)
    return node.op in ("neg", "div") and only_multiplied(node.args[0], name)


def symbols_among(names: Container[str]) -> dict[str, str]:
    """What a rule's symbols stand for: μ is its momentum, but where it has a mu and no momentum it is that."""
    symbols = {name: RULE_SYMBOLS[name] for name, letter in _LETTERS.items() if name in names or letter not in names}
    if "weight_decay" not in names and "lam" in names:  # what λ is called where lambda is a word of Python
        symbols = {"lam": symbols.pop("weight_decay", "λ")} | symbols
    return symbols


def read_init(text: str, hyperparameters: Sequence[str], dim: int) -> Node:
    """The graph of what a state begins with, over a theta of ``dim``. Raises FormulaError at the place in it."""
    names = {name: graph.name(name) for name in hyperparameters}
    names |= {"theta": graph.name("theta", (dim,)), "i": graph.indices(dim), "n": graph.constant(float(dim))}
    return parse(text, Scope(names, symbols=symbols_among(names)))


def init_shapes(rule: UpdateRule, hyperparameters: Sequence[str], dim: int) -> dict[str, graph.Shape]:
    """The shapes of what the states begin with, for `build`. Raises FormulaError."""
    return {name: read_init(text, hyperparameters, dim).shape for name, text in rule.init.items()}


def unlike_its_state(name: str, node: Node, shape: graph.Shape) -> str:
    """Why a state cannot begin with this: its kind is another. Nothing where it can."""
    if node.boolean:
        return f"{name} begins with a number, and this is a condition: write where(condition, 1, 0)"
    if node.shape in ((), shape):
        return ""
    what = f"a vector of {shape[0]}" if shape else "one number"
    return f"{name} is {what}, and this is a vector of {node.shape[0]}: norm(...) or theta[0] is one number"
