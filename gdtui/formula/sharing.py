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
    return graph.spread(graph.apply("add", *kept) if len(kept) > 1 else kept[0] if kept else ZERO, shape)


def _joined(terms: list[Node]) -> Node:
    return terms[0] if len(terms) == 1 else total(terms)


def product(factors: list[Node]) -> Node:
    """The product: 0 where a factor is 0, and without the ones; numbers are multiplied, also that of 2·x."""
    shape = graph.common_shape(factors)
    kept: list[Node] = []
    coefficient = 1.0
    for written in factors:
        factor = written.args[0] if written.op == "fill" and written.shape == shape else written
        if factor.op == "neg":
            coefficient, factor = -coefficient, factor.args[0]
        rest = None
        if factor.op == "const":
            number = factor.number
        elif factor.op == "mul" and len(factor.args) == 2 and factor.args[0].op == "const":
            number, rest = factor.args[0].number, factor.args[1]
        else:
            kept.append(factor)
            continue
        together = coefficient * number
        if together != 0.0 and math.isfinite(together):
            coefficient = together
            if rest is not None:
                kept.append(rest)
        elif number == 0.0 and rest is None:
            return graph.spread(ZERO, shape)
        else:
            kept.append(factor)
    if abs(coefficient) != 1.0 or not kept:
        kept.insert(0, constant(abs(coefficient)))
    whole = kept[0] if len(kept) == 1 else graph.apply("mul", *kept)
    return graph.spread(whole if coefficient > 0 else graph.apply("neg", whole), shape)


def negative(node: Node) -> Node:
    if node.op in graph.UNARY and node.op != "neg":  # a sine, say: there is nothing to be put together
        return graph.apply("neg", node)
    return product([constant(-1.0), node])


def quotient(above: Node, below: Node) -> Node:
    if above.is_constant and above.number == 0.0:
        return product([above, below])
    return graph.apply("div", above, below)
