"""Sums and products as they come: for derivatives that run but that nobody reads.

The functions of `simplify` under the same names. Nothing is opened or put together again, so that what was made
once is shared, and a derivative is no longer than a few times what it is derived from.
"""

import math

from gdtui.formula import graph
from gdtui.formula.graph import Node, constant
from gdtui.formula.simplify import ZERO, chosen, power, safe_quotient

__all__ = ["chosen", "negative", "power", "product", "quotient", "safe_quotient", "total"]


def total(terms: list[Node]) -> Node:
    """The sum of terms: zeros left out, what stands under one condition put under one where."""
    shape = graph.common_shape(terms)
    kept: list[Node] = []
    branches: dict[Node, tuple[list[Node], list[Node]]] = {}
    for term in terms:
        inner = term.args[0] if term.op == "fill" and term.shape == shape else term
        if inner.op == "where":
            yes, no = branches.setdefault(inner.args[0], ([], []))
            yes.append(inner.args[1])
            no.append(inner.args[2])
        elif not (inner.is_constant and inner.number == 0.0):
            kept.append(inner)
    kept += [chosen(condition, _joined(yes), _joined(no)) for condition, (yes, no) in branches.items()]
    return _spread(graph.apply("add", *kept) if len(kept) > 1 else kept[0] if kept else ZERO, shape)


def _joined(terms: list[Node]) -> Node:
    return terms[0] if len(terms) == 1 else total(terms)


def product(factors: list[Node]) -> Node:
    """The product: 0 where a factor is 0, and without the ones; numbers are multiplied."""
    shape = graph.common_shape(factors)
    kept: list[Node] = []
    coefficient = 1.0
    for factor in factors:
        inner = factor.args[0] if factor.op == "fill" and factor.shape == shape else factor
        if inner.op == "neg":
            coefficient, inner = -coefficient, inner.args[0]
        if inner.op == "mul" and len(inner.args) == 2 and inner.args[0].op == "const":
            number, rest = inner.args
            if math.isfinite(coefficient * number.number) and coefficient * number.number != 0.0:
                coefficient, inner = coefficient * number.number, rest
        if inner.op != "const":
            kept.append(inner)
        elif inner.number == 0.0:
            return _spread(ZERO, shape)
        elif math.isfinite(coefficient * inner.number) and coefficient * inner.number != 0.0:
            coefficient *= inner.number
        else:
            kept.append(inner)
    if abs(coefficient) != 1.0 or not kept:
        kept.insert(0, constant(abs(coefficient)))
    whole = kept[0] if len(kept) == 1 else graph.apply("mul", *kept)
    return _spread(whole if coefficient > 0 else graph.apply("neg", whole), shape)


def negative(node: Node) -> Node:
    return product([constant(-1.0), node])


def quotient(above: Node, below: Node) -> Node:
    if above.is_constant and above.number == 0.0:
        return product([above, below])
    return graph.apply("div", above, below)


def _spread(node: Node, shape: graph.Shape) -> Node:
    return node if node.shape == shape else graph.fill(node, shape[0])
