"""Running averages as lanes keep them: m = β1·m + (1 − β1)·g as (1 − β1)·M with M = β1·M + g, a pass over memory less.

The factor meets another one further on, such as that of Adam's m̂, and costs nothing there. M overflows by that
factor earlier: for gradients beyond 1e150, whose squares do so too.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import NamedTuple

from gdtui.formula import graph
from gdtui.formula.equations import Equation
from gdtui.formula.graph import Node


class Average(NamedTuple):
    """A state S = factor·M: ``node`` is M's equation, in which "state S" is the M before."""

    node: Node
    factor: Node


def averages(
    equations: Sequence[Equation], nodes: Sequence[Node], states: Set[str], numbers: Set[str]
) -> dict[str, Average]:
    """Those of the equations that are a·S + b·X, with a and b of ``numbers`` alone and no S in X.

    ``states``: the ones that begin with 0, and of which no earlier value is read. A state that another equation
    reads before its own is none: it would be read as M.
    """
    found = {}
    for name, node in zip([equation.name for equation in equations], nodes, strict=True):
        if name in states and node.op == "add" and len(node.args) == 2:
            readers = [n for n in nodes if any(_is(name, part) for part in graph.topological([n]))]
            kept = [_split(term, numbers) for term in node.args]
            own = [k for k, (_, rest) in enumerate(kept) if rest is not None and _is(name, rest)]
            if readers == [node] and len(own) == 1:
                term, (factor, rest) = node.args[own[0]], kept[1 - own[0]]
                inside = rest is not None and any(_is(name, part) for part in graph.topological([rest]))
                if factor is not None and rest is not None and not inside:
                    found[name] = Average(graph.apply("add", term, rest), factor)
    return found


def _is(name: str, node: Node) -> bool:
    return node.op == "state" and node.text == name


def _split(term: Node, numbers: Set[str]) -> tuple[Node | None, Node | None]:
    """A product as its numbers and the rest; None for what there is not."""
    factors = term.args if term.op == "mul" else (term,)
    constant = [f for f in factors if is_number(f, numbers)]
    rest = [f for f in factors if f not in constant]
    return _product(constant), _product(rest)


def is_number(node: Node, numbers: Set[str]) -> bool:
    """Whether a graph is a scalar of these names alone."""
    below = graph.topological([node])
    own = all(n.op not in ("state", "prev", "normal", "hess") for n in below)
    return not node.shape and own and graph.names_in([node]) <= numbers


def _product(factors: Sequence[Node]) -> Node | None:
    if len(factors) < 2:
        return factors[0] if factors else None
    return graph.apply("mul", *factors)
