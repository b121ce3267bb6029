"""What each operation passes on: the adjoint of a node, times the node's derivative by each of its operands.

The derivative of sqrt, cbrt, abs and relu at 0 is 0, that of u^p with 0 < p < 1 too. The rules are written over an
`Algebra`: `simplify`, for derivatives that are read, or `sharing`, for those that only run.
"""

import math
from collections.abc import Callable, Set
from typing import Protocol

from gdtui.formula import graph, sharing
from gdtui.formula.graph import SMALL, Node, apply, constant
from gdtui.formula.simplify import ONE, TWO, ZERO


class Algebra(Protocol):
    """How sums and products are put together; the modules `simplify` and `sharing` are two."""

    def total(self, terms: list[Node], /) -> Node: ...
    def product(self, factors: list[Node], /) -> Node: ...
    def quotient(self, above: Node, below: Node, /) -> Node: ...
    def safe_quotient(self, above: Node, below: Node, /) -> Node: ...
    def negative(self, node: Node, /) -> Node: ...
    def power(self, base: Node, exponent: Node, /) -> Node: ...
    def chosen(self, condition: Node, yes: Node, no: Node, /) -> Node: ...


def shared_cost(node: Node) -> int:
    """About how many operands the contributions of a node have where they are shared."""
    if node.op == "prod" and node.args[0].shape[0] <= SMALL:
        return 11 * node.args[0].shape[0]
    return 1 + 4 * len(node.args)


def written_cost(node: Node, adjoint: Node) -> int:
    """The same where each is written out: a product of n factors has n derivatives of n − 1 factors each."""
    count = len(node.args)
    if node.op == "prod":
        count = min(node.args[0].shape[0], SMALL)
    return 1 + count * (1 if node.op == "add" else count + len(adjoint.args))


def contributions(node: Node, adjoint: Node, algebra: Algebra, reached: Set[Node]) -> list[tuple[Node, Node]]:
    """Each operand of a node with what the node's adjoint contributes to it; ``where`` and its like are not here.

    Where several contributions would have to be worked out, those to operands that are not ``reached`` are left out.
    """
    op, args = node.op, node.args
    if op in _SLOPES:
        return [(args[0], algebra.product([adjoint, _SLOPES[op](node, args[0], algebra)]))]
    match op:
        case "add":
            return [(a, adjoint) for a in args]
        case "mul":
            return _factors(args, adjoint, algebra, reached)
        case "div" | "div0":
            ratio = algebra.quotient if op == "div" else algebra.safe_quotient
            over = ratio(adjoint, args[1])
            if args[1] not in reached:
                return [(args[0], over)]
            by_divisor = ratio(algebra.product([adjoint, args[0]]), algebra.power(args[1], TWO))
            return [(args[0], over), (args[1], algebra.negative(by_divisor))]
        case "pow" | "pow0":
            return _power(node, adjoint, algebra)
        case "hypot":
            return [(a, algebra.product([adjoint, algebra.safe_quotient(a, node)])) for a in args]
        case "atan2":
            y, x = args
            square = algebra.total([algebra.power(x, TWO), algebra.power(y, TWO)])
            turned = [(y, algebra.safe_quotient(x, square)), (x, algebra.negative(algebra.safe_quotient(y, square)))]
            return [(a, algebra.product([adjoint, slope])) for a, slope in turned]
        case "logaddexp":
            a, b = args
            shares = [(a, [a, algebra.negative(b)]), (b, [b, algebra.negative(a)])]
            return [(u, algebra.product([adjoint, apply("sigmoid", algebra.total(gap))])) for u, gap in shares]
        case "sum":
            return [(args[0], graph.fill(adjoint, args[0].shape[0]))]
        case "mean":
            count = args[0].shape[0]
            return [(args[0], graph.fill(algebra.product([constant(1.0 / count), adjoint]), count))]
        case "dot":
            return [(args[0], algebra.product([adjoint, args[1]])), (args[1], algebra.product([adjoint, args[0]]))]
        case "norm":
            return [(args[0], algebra.product([adjoint, algebra.safe_quotient(args[0], node)]))]
        case "prod":
            return [(args[0], _of_all(node, adjoint, algebra))]
        case "element":
            assert isinstance(node.payload, int)
            return [(args[0], graph.embed(adjoint, node.payload, 1, args[0].shape[0]))]
        case "part":
            start, _, step = node.triple
            return [(args[0], graph.embed(adjoint, start, step, args[0].shape[0]))]
        case "embed":
            return [(args[0], _taken(node, adjoint))]
        case "fill":
            return [(args[0], unspread(adjoint, args[0], algebra))]
    return []  # conditions, names, numbers: nothing flows through them


def unspread(contribution: Node, operand: Node, algebra: Algebra) -> Node:
    """A contribution in the operand's shape: summed where a scalar had been spread over a vector."""
    if operand.shape or not contribution.shape:
        return graph.spread(contribution, operand.shape)
    if contribution.op == "fill":
        return algebra.product([constant(float(contribution.shape[0])), contribution.args[0]])
    return apply("sum", contribution)


def _factors(factors: tuple[Node, ...], adjoint: Node, algebra: Algebra, reached: Set[Node]) -> list[tuple[Node, Node]]:
    """To each factor the adjoint times the other factors.

    Written out that is n − 1 factors for each of n. To be shared they are halved: what the left half receives is
    the adjoint times the right half, and so on, 3n multiplications in all.
    """
    if algebra is not sharing or len(factors) <= 3:
        return [
            (factor, algebra.product([adjoint, *factors[:k], *factors[k + 1 :]]))
            for k, factor in enumerate(factors)
            if factor in reached
        ]
    half = len(factors) // 2
    pairs = []
    for part, others in ((factors[:half], factors[half:]), (factors[half:], factors[:half])):
        if any(factor in reached for factor in part):
            pairs += _factors(part, algebra.product([adjoint, algebra.product(list(others))]), algebra, reached)
    return pairs


def _of_all(node: Node, adjoint: Node, algebra: Algebra) -> Node:
    """The adjoint of the vector whose product a ``prod`` is."""
    (vector,) = node.args
    (length,) = vector.shape
    if length > SMALL:  # the others by division: wrong only where a factor is exactly 0
        return algebra.product([adjoint, algebra.quotient(node, vector)])
    elements = tuple(graph.element(vector, k) for k in range(length))
    others = _factors(elements, adjoint, algebra, frozenset(elements))
    parts = [graph.embed(product, k, 1, length) for k, (_, product) in enumerate(others)]
    return parts[0] if length == 1 else apply("add", *parts)


def _taken(node: Node, adjoint: Node) -> Node:
    start, step, length = node.triple
    whole = adjoint if adjoint.shape else graph.fill(adjoint, length)
    if not node.args[0].shape:
        return graph.element(whole, start)
    return graph.part(whole, slice(start, start + (node.args[0].shape[0] - 1) * step + 1, step))


def _power(node: Node, adjoint: Node, algebra: Algebra) -> list[tuple[Node, Node]]:
    """Where the base is 0, the slope of u^p with p < 1 is 0, as that of √u, and so is the slope by the exponent."""
    base, exponent = node.args
    if exponent.op == "const":
        less = constant(exponent.number - 1)
    else:
        less = algebra.total([algebra.product([exponent]), constant(-1.0)])
    steep = node.op == "pow0" or exponent.known is None or 0.0 < exponent.known < 1.0
    lowered = apply("pow0", base, less) if steep else algebra.power(base, less)
    pairs = [(base, algebra.product([adjoint, exponent, lowered]))]
    if exponent.known is None:
        pairs.append((exponent, algebra.product([adjoint, node, apply("log0", base)])))
    return pairs


def _beside_one(u: Node, algebra: Algebra) -> Node:
    """√(1 − u²)."""
    return apply("sqrt", algebra.total([ONE, algebra.negative(algebra.power(u, TWO))]))


_SLOPES: dict[str, Callable[[Node, Node, Algebra], Node]] = {
    "neg": lambda node, u, algebra: constant(-1.0),
    "sqrt": lambda node, u, algebra: algebra.safe_quotient(constant(0.5), node),
    "exp": lambda node, u, algebra: node,
    "log": lambda node, u, algebra: algebra.quotient(ONE, u),
    "log0": lambda node, u, algebra: algebra.safe_quotient(ONE, u),
    "log10": lambda node, u, algebra: algebra.quotient(ONE, algebra.product([apply("log", constant(10.0)), u])),
    "log2": lambda node, u, algebra: algebra.quotient(ONE, algebra.product([apply("log", TWO), u])),
    "log1p": lambda node, u, algebra: algebra.quotient(ONE, algebra.total([ONE, u])),
    "expm1": lambda node, u, algebra: apply("exp", u),
    "cbrt": lambda node, u, algebra: algebra.safe_quotient(
        ONE, algebra.product([constant(3.0), algebra.power(node, TWO)])
    ),
    "erf": lambda node, u, algebra: algebra.product(
        [constant(2.0 / math.sqrt(math.pi)), apply("exp", algebra.negative(algebra.power(u, TWO)))]
    ),
    "sigmoid": lambda node, u, algebra: algebra.product([node, apply("sigmoid", algebra.negative(u))]),
    "softplus": lambda node, u, algebra: apply("sigmoid", u),
    "sin": lambda node, u, algebra: apply("cos", u),
    "cos": lambda node, u, algebra: algebra.negative(apply("sin", u)),
    "tan": lambda node, u, algebra: algebra.total([ONE, algebra.power(node, TWO)]),
    "tanh": lambda node, u, algebra: algebra.total([ONE, algebra.negative(algebra.power(node, TWO))]),
    "sinh": lambda node, u, algebra: apply("cosh", u),
    "cosh": lambda node, u, algebra: apply("sinh", u),
    "atan": lambda node, u, algebra: algebra.quotient(ONE, algebra.total([ONE, algebra.power(u, TWO)])),
    "asin": lambda node, u, algebra: algebra.quotient(ONE, _beside_one(u, algebra)),
    "acos": lambda node, u, algebra: algebra.negative(algebra.quotient(ONE, _beside_one(u, algebra))),
    "abs": lambda node, u, algebra: apply("sign", u),
    "sign": lambda node, u, algebra: ZERO,
    "floor": lambda node, u, algebra: ZERO,
}
"""The derivative of each function of one number u, as a graph; ``node`` is the function's value."""
