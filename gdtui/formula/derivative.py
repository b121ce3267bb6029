"""Gradient and Hessian of a graph, by reverse mode (Griewank & Walther, Evaluating Derivatives, 2008, ch. 3).

Derivatives are graphs again, so they are shown, run and derived like anything else. The derivative of sqrt
and abs at 0 is 0; the branch of a ``where`` that was not taken contributes exactly 0.
"""

from collections.abc import Callable, Sequence

from gdtui.formula import graph
from gdtui.formula.graph import Node, apply, constant
from gdtui.formula.simplify import ONE, TWO, ZERO, chosen, negative, power, product, quotient, safe_quotient, total
from gdtui.formula.tokens import FormulaError

MAX_GRAPH = 20_000  # operands
MAX_WORK = 3 * MAX_GRAPH
EXPANDED = 18  # up to this length the derivative of a product is written out, exact where a factor is 0

Contributions = dict[Node, list[Node]]


def gradient(root: Node, variables: Sequence[Node]) -> list[Node]:
    """The derivative of a scalar by each variable, in the shape of that variable.

    Raises FormulaError where the derivative would be larger than 20,000 nodes.
    """
    stop = set(variables)
    found = _sweep(root, ONE, lambda node: node in stop, _Work())
    result = [_added(found.get(v, []), v.shape) for v in variables]
    if sum(max(1, len(node.args)) for node in graph.topological(result)) > MAX_GRAPH:
        raise _too_large()
    return result


def hessian(gradients: Sequence[Node], variables: Sequence[Node]) -> list[list[Node]]:
    """The matrix of second derivatives by scalar variables; symmetric, so each pair is derived once."""
    rows: list[list[Node]] = []
    for row, first in enumerate(gradients):
        later = gradient(first, variables[row:])
        rows.append([rows[column][row] for column in range(row)] + later)
    return rows


def hessian_vector(gradients: Sequence[Node], variables: Sequence[Node], direction: Sequence[Node]) -> list[Node]:
    """The Hessian times a direction: the gradient of gradient · direction. Costs a few gradients."""
    slopes = [_dot(g, v) for g, v in zip(gradients, direction, strict=True)]
    return gradient(total(slopes), variables)


def _dot(a: Node, b: Node) -> Node:
    return apply("sum", product([a, b])) if a.shape else product([a, b])


class _Work:
    """Counts the operands that were looked at: a product of n factors has n derivatives of n − 1 factors each."""

    def __init__(self) -> None:
        self.done = 0

    def spend(self, amount: int) -> None:
        """Raises FormulaError where it has become too much."""
        self.done += amount
        if self.done > MAX_WORK:
            raise _too_large()


def _too_large() -> FormulaError:
    return FormulaError(f"the derivative of this formula has more than {MAX_GRAPH} operations: simplify the formula")


def _added(terms: list[Node], shape: graph.Shape) -> Node:
    if not terms:
        return graph.fill(ZERO, shape[0]) if shape else ZERO
    # The sweep meets a formula's last terms first: turned round, they stand in the order of the formula.
    result = terms[0] if len(terms) == 1 else total(terms[::-1])
    return result if result.shape == shape else graph.fill(result, shape[0])


def _sweep(root: Node, seed: Node, stop: Callable[[Node], bool], work: _Work) -> Contributions:
    """What the adjoint ``seed`` of root comes to at the nodes where ``stop`` says so, term by term.

    Contributions to a scalar that was spread over a vector are added up, except at a stopping node: there
    the caller may still have to gate them one by one.
    """
    order = _until(root, stop)
    reached = set(order)
    adjoints: Contributions = {root: [seed]}
    work.spend(len(order))
    for node in reversed(order):
        if node not in adjoints or stop(node):
            continue
        adjoint = _added(adjoints[node], node.shape if node is not root else seed.shape)
        work.spend(len(node.args) * (len(node.args) + len(adjoint.args)))
        for operand, contribution in _operands(node, adjoint, stop, work, reached):
            if contribution.is_constant and contribution.number == 0.0:
                continue
            if not (isinstance(stop, _Frontier) and stop(operand)):
                contribution = _unspread(contribution, operand)
            adjoints.setdefault(operand, []).append(contribution)
    return {node: terms for node, terms in adjoints.items() if stop(node)}


def _until(root: Node, stop: Callable[[Node], bool]) -> list[Node]:
    """Topological order of what lies between the root and the stopping nodes, both included."""
    reaches: dict[Node, bool] = {}
    order = []
    for node in graph.topological([root]):
        reaches[node] = stop(node) or any(reaches[a] for a in node.args)
        if reaches[node]:
            order.append(node)
    return order


def _unspread(contribution: Node, operand: Node) -> Node:
    """A contribution in the operand's shape: summed where a scalar had been spread over a vector."""
    if contribution.shape == operand.shape:
        return contribution
    if operand.shape:
        return graph.fill(contribution, operand.shape[0])
    if contribution.op == "fill":
        return product([constant(float(contribution.shape[0])), contribution.args[0]])
    return apply("sum", contribution)


class _Frontier:
    """Where an elementwise branch of a ``where`` over a vector ends: names, reductions, slices, scalars."""

    def __init__(self, shape: graph.Shape):
        self.shape = shape

    def __call__(self, node: Node) -> bool:
        return node.op not in graph.ELEMENTWISE or node.shape != self.shape


def _gated(
    condition: Node, branch: Node, adjoint: Node, taken: bool, stop: Callable[[Node], bool], work: _Work
) -> list[tuple[Node, Node]]:
    """The contributions of one branch of a where, each made 0 where the branch was not taken.

    They are gated after the branch's own derivatives, not before: 0 times an infinite slope is no 0. Under
    one condition that is all the way to the variables; under a condition for each coordinate it is as far
    as the coordinates stay apart.
    """
    end = _Frontier(graph.common_shape((condition, branch, adjoint))) if condition.shape else stop
    found = {branch: [adjoint]} if end(branch) else _sweep(branch, adjoint, end, work)
    pairs = []
    for node, terms in found.items():
        inner = terms[0] if len(terms) == 1 else total(terms)
        nothing = ZERO if not inner.shape else graph.fill(ZERO, inner.shape[0])
        pairs.append((node, chosen(condition, inner, nothing) if taken else chosen(condition, nothing, inner)))
    return pairs


def _operands(
    node: Node, adjoint: Node, stop: Callable[[Node], bool], work: _Work, reached: set[Node]
) -> list[tuple[Node, Node]]:
    """Each operand of a node with the contribution that the node's adjoint makes to it.

    Where several contributions would have to be worked out, those to operands that are not ``reached`` are left out.
    """
    args = node.args
    match node.op:
        case "add":
            return [(a, adjoint) for a in args]
        case "mul":
            return [(a, product([adjoint, *args[:k], *args[k + 1 :]])) for k, a in enumerate(args) if a in reached]
        case "div":
            over = quotient(adjoint, args[1])
            if args[1] not in reached:
                return [(args[0], over)]
            return [(args[0], over), (args[1], negative(quotient(product([adjoint, args[0]]), power(args[1], TWO))))]
        case "div0":
            over = safe_quotient(adjoint, args[1])
            if args[1] not in reached:
                return [(args[0], over)]
            by_divisor = safe_quotient(product([adjoint, args[0]]), power(args[1], TWO))
            return [(args[0], over), (args[1], negative(by_divisor))]
        case "pow":
            return _power(node, adjoint)
        case "where":
            yes = _gated(args[0], args[1], adjoint, True, stop, work)
            return yes + _gated(args[0], args[2], adjoint, False, stop, work)
        case "minimum" | "maximum":
            first = apply("<=" if node.op == "minimum" else ">=", args[0], args[1])
            yes = _gated(first, args[0], adjoint, True, stop, work)
            return yes + _gated(first, args[1], adjoint, False, stop, work)
        case "sum":
            return [(args[0], graph.fill(adjoint, args[0].shape[0]))]
        case "mean":
            count = args[0].shape[0]
            return [(args[0], graph.fill(product([constant(1.0 / count), adjoint]), count))]
        case "dot":
            return [(args[0], product([adjoint, args[1]])), (args[1], product([adjoint, args[0]]))]
        case "norm":
            return [(args[0], product([adjoint, safe_quotient(args[0], node)]))]
        case "prod":
            return _product_of_all(node, adjoint)
        case "element":
            assert isinstance(node.payload, int)
            return [(args[0], graph.embed(adjoint, node.payload, 1, args[0].shape[0]))]
        case "part":
            assert isinstance(node.payload, tuple)
            start, _, step = node.payload
            return [(args[0], graph.embed(adjoint, start, step, args[0].shape[0]))]
        case "embed":
            assert isinstance(node.payload, tuple)
            return [(args[0], _taken(node, adjoint))]
        case "fill":
            return [(args[0], _unspread(adjoint, args[0]))]
        case op if op in graph.UNARY:
            return [(args[0], product([adjoint, _slope(node)]))]
    return []  # conditions, names, numbers: nothing flows through them


def _taken(node: Node, adjoint: Node) -> Node:
    assert isinstance(node.payload, tuple)
    start, step, length = node.payload
    whole = adjoint if adjoint.shape else graph.fill(adjoint, length)
    if not node.args[0].shape:
        return graph.element(whole, start)
    return graph.part(whole, slice(start, start + (node.args[0].shape[0] - 1) * step + 1, step))


def _power(node: Node, adjoint: Node) -> list[tuple[Node, Node]]:
    base, exponent = node.args
    less = constant(exponent.number - 1) if exponent.is_constant else total([exponent, constant(-1.0)])
    pairs = [(base, product([adjoint, exponent, power(base, less)]))]
    if exponent.known is None:
        pairs.append((exponent, product([adjoint, node, apply("log", base)])))
    return pairs


def _product_of_all(node: Node, adjoint: Node) -> list[tuple[Node, Node]]:
    (vector,) = node.args
    (length,) = vector.shape
    if length > EXPANDED:  # the others by division: wrong only where a factor is exactly 0
        return [(vector, product([adjoint, quotient(node, vector)]))]
    factors = [graph.element(vector, k) for k in range(length)]
    parts = []
    for k in range(length):
        others = product([adjoint, *factors[:k], *factors[k + 1 :]])
        parts.append(graph.embed(others, k, 1, length))
    return [(vector, parts[0] if length == 1 else apply("add", *parts))]


def _slope(node: Node) -> Node:
    """The derivative of a function of one number, as a graph of its operand."""
    (u,) = node.args
    match node.op:
        case "neg":
            return constant(-1.0)
        case "sqrt":
            return safe_quotient(constant(0.5), node)
        case "exp":
            return node
        case "log":
            return quotient(ONE, u)
        case "log10":
            return quotient(ONE, product([apply("log", constant(10.0)), u]))
        case "sin":
            return apply("cos", u)
        case "cos":
            return negative(apply("sin", u))
        case "tan":
            return total([ONE, power(node, TWO)])
        case "tanh":
            return total([ONE, negative(power(node, TWO))])
        case "sinh":
            return apply("cosh", u)
        case "cosh":
            return apply("sinh", u)
        case "atan":
            return quotient(ONE, total([ONE, power(u, TWO)]))
        case "asin":
            return quotient(ONE, apply("sqrt", total([ONE, negative(power(u, TWO))])))
        case "acos":
            return negative(quotient(ONE, apply("sqrt", total([ONE, negative(power(u, TWO))]))))
        case "abs":
            return apply("sign", u)
    return ZERO  # sign and floor are flat
