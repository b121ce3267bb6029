"""Gradient and Hessian of a graph, by reverse mode (Griewank & Walther, Evaluating Derivatives, 2008, ch. 3).

Derivatives are graphs again, so they are shown, run and derived like anything else. The derivative of sqrt, abs and
relu at 0 is 0; where the two sides of a minimum or maximum are equal each of them gets half, as in torch and jax; the
branch of a ``where`` that was not taken contributes exactly 0.
"""

from collections.abc import Callable, Sequence

from gdtui.formula import graph, sharing, simplify
from gdtui.formula.adjoints import Algebra, contributions, shared_cost, unspread, written_cost
from gdtui.formula.graph import KindError, Node, apply, constant
from gdtui.formula.simplify import ONE, ZERO
from gdtui.formula.tokens import FormulaError

MAX_WRITTEN = 4_000
"""Operands of a derivative that is written out, as people write it. A larger one only runs: its parts are shared."""
MAX_GRAPH = 20_000
"""Operands of any derivative."""
MAX_WORK = 3 * MAX_GRAPH
"""Operands that are made on the way to a gradient: under different conditions the same is derived again."""


_FLAT = graph.COMPARISONS | graph.LOGICAL | {"sign", "floor", "isnan", "any", "all"}
_HALF = constant(0.5)
_FEW = 60  # nodes, which cannot come to 20,000 operands: 198 for the costliest of each, and 4 for each of 2000 operands
_BRANCHING = frozenset(["where", "minimum", "maximum", "relu"])


class TooLargeError(FormulaError):
    """A derivative that has too many operations. ``node`` is the smallest part that has most of them."""

    def __init__(self, node: Node):
        super().__init__(f"the derivative of this has more than {MAX_GRAPH} operations: simplify the formula")
        self.node = node


def gradient(root: Node, variables: Sequence[Node], adjoint: Node = ONE) -> list[Node]:
    """The derivative of a scalar by each variable, in the shape of that variable, times the ``adjoint`` of the scalar.

    With an adjoint of its shape the root may be a vector too. Raises TooLargeError where it would have more than 20,000
    operands.
    """
    _check_cost(root, variables)
    try:
        return _derived(root, variables, simplify, MAX_WRITTEN, adjoint)
    except (TooLargeError, KindError):  # KindError: numbers whose product is out of bounds
        return _derived(root, variables, sharing, MAX_WORK, adjoint)


def hessian_vector(root: Node, variables: Sequence[Node], direction: Sequence[Node]) -> list[Node]:
    """The Hessian of a scalar times a direction: the gradient of gradient · direction. Costs a few gradients.

    Raises TooLargeError where it would have more than 20,000 operands.
    """
    gradients = _derived(root, variables, sharing, MAX_WORK)  # not as it is written: this one is half as long
    products = [sharing.product([g, v]) for g, v in zip(gradients, direction, strict=True)]
    slopes = [apply("sum", product) if product.shape else product for product in products]
    return _derived(sharing.total(slopes), variables, sharing, MAX_GRAPH)


def _derived(root: Node, variables: Sequence[Node], algebra: Algebra, most: int, adjoint: Node = ONE) -> list[Node]:
    stop = set(variables)
    sweep = _Sweep(root, algebra, most)
    found = sweep.down(root, adjoint, stop.__contains__)
    return [sweep.added(found.get(v, []), v.shape) for v in variables]


class _Frontier:
    """Where an elementwise branch of a ``where`` over a vector ends: names, reductions, slices, scalars."""

    def __init__(self, shape: graph.Shape):
        self.shape = shape

    def __call__(self, node: Node) -> bool:
        return node.op not in graph.ELEMENTWISE or node.shape != self.shape


class _Sweep:
    """Carries adjoints from a root down to where they are asked for, and counts what that costs."""

    def __init__(self, root: Node, algebra: Algebra, most: int):
        self.root, self.algebra, self.left = root, algebra, most
        self.shares = algebra is sharing
        self.spent: dict[Node, int] = {}

    def down(self, root: Node, seed: Node, stop: Callable[[Node], bool]) -> dict[Node, list[Node]]:
        """What the adjoint ``seed`` of root comes to at the nodes where ``stop`` says so, term by term.

        Contributions to a scalar that was spread over a vector are added up, except at a stopping node: there
        the caller may still have to gate them one by one.
        """
        order, ends = _until(root, stop)
        reached = set(order)
        apart = isinstance(stop, _Frontier)
        adjoints: dict[Node, list[Node]] = {root: [seed]}
        for node in reversed(order):
            if node not in adjoints or node in ends:
                continue
            terms, shape = adjoints[node], node.shape if node is not root else seed.shape
            adjoint = terms[0] if len(terms) == 1 and terms[0].shape == shape else self.added(terms, shape)
            self.spend(node, shared_cost(node) if self.shares else written_cost(node, adjoint))
            if node.op in _BRANCHING:
                passed_on = self.branches(node, adjoint, stop)
            else:
                passed_on = contributions(node, adjoint, self.algebra, reached)
            for operand, contribution in passed_on:
                if contribution.op == "const" and contribution.number == 0.0:
                    continue
                if contribution.shape != operand.shape and not (apart and stop(operand)):
                    contribution = unspread(contribution, operand, self.algebra)
                if operand in adjoints:
                    adjoints[operand].append(contribution)
                else:
                    adjoints[operand] = [contribution]
        return {node: terms for node, terms in adjoints.items() if node in ends}

    def spend(self, node: Node, amount: int) -> None:
        """Count operands that are made for a node. Raises TooLargeError where they have become too many."""
        self.spent[node] = self.spent.get(node, 0) + amount
        self.left -= amount
        if self.left < 0:
            raise TooLargeError(_costliest(self.root, self.spent))

    def added(self, terms: list[Node], shape: graph.Shape) -> Node:
        # The sweep meets a formula's last terms first: turned round, they stand in the order of the formula.
        result = self.algebra.total(terms[::-1]) if len(terms) > 1 else terms[0] if terms else ZERO
        return graph.spread(result, shape)

    def branches(self, node: Node, adjoint: Node, stop: Callable[[Node], bool]) -> list[tuple[Node, Node]]:
        """What a ``where`` passes on; a relu, a minimum and a maximum are a where of their operands."""
        if node.op == "relu":
            return self.gated(apply(">", node.args[0], ZERO), None, node.args[0], adjoint, True, stop)
        if node.op == "where":
            condition, first, second = node.args
            tie = None
        else:
            first, second = node.args
            condition = apply("<" if node.op == "minimum" else ">", first, second)
            tie = apply("==", first, second)
        taken = self.gated(condition, tie, first, adjoint, True, stop)
        return taken + self.gated(condition, tie, second, adjoint, False, stop)

    def gated(
        self, condition: Node, tie: Node | None, branch: Node, adjoint: Node, taken: bool, stop: Callable[[Node], bool]
    ) -> list[tuple[Node, Node]]:
        """The contributions of one branch of a where, each made 0 where the branch was not taken, halved at a tie.

        They are gated after the branch's own derivatives, not before: 0 times an infinite slope is no 0. Under
        one condition that is all the way to the variables; under a condition for each coordinate it is as far
        as the coordinates stay apart.
        """
        end = _Frontier(graph.common_shape((condition, branch, adjoint))) if condition.shape else stop
        found = {branch: [adjoint]} if end(branch) else self.down(branch, adjoint, end)
        self.spend(branch, len(found))
        pairs = []
        for node, terms in found.items():
            inner = terms[0] if len(terms) == 1 else self.algebra.total(terms)
            nothing = graph.spread(ZERO, inner.shape)
            yes, no = (inner, nothing) if taken else (nothing, inner)
            if tie is not None:
                no = self.algebra.chosen(tie, self.algebra.product([_HALF, inner]), no)
            pairs.append((node, self.algebra.chosen(condition, yes, no)))
        return pairs


def _until(root: Node, stop: Callable[[Node], bool]) -> tuple[list[Node], set[Node]]:
    """Topological order of what lies between the root and the stopping nodes, both included; and those nodes."""
    reaching: set[Node] = set()
    ends: set[Node] = set()
    order = []
    for node in graph.topological([root]):
        if stop(node):
            ends.add(node)
        elif reaching.isdisjoint(node.args):
            continue
        reaching.add(node)
        order.append(node)
    return order, ends


def _check_cost(root: Node, variables: Sequence[Node]) -> None:
    """Refuse what is known from the formula alone to be too large, before the work is done. Raises TooLargeError."""
    order = graph.topological([root])
    if len(order) < _FEW:
        return
    bits = {variable: 1 << k for k, variable in enumerate(variables)}
    reached: dict[Node, int] = {}  # the variables below a node, one bit each
    for node in order:
        found = bits.get(node, 0)
        for argument in node.args:
            found |= reached[argument]
        reached[node] = found
    spent: dict[Node, int] = {root: 0}
    for node in reversed(order):
        if node not in spent or not reached[node] or node in bits:
            continue
        operands = () if node.op in _FLAT else node.args[node.op == "where" :]  # to which an adjoint flows
        spent[node] = shared_cost(node)
        if node.op in _BRANCHING and not (operands[0].shape or node.args[0].shape):
            spent[node] += sum(reached[a].bit_count() for a in operands)  # each variable's part is gated
        for argument in operands:
            spent.setdefault(argument, 0)
    if sum(spent.values()) > MAX_GRAPH:
        raise TooLargeError(_costliest(root, spent))


def _costliest(root: Node, spent: dict[Node, int]) -> Node:
    """The smallest part of a graph for which more than half of all was spent."""
    below: dict[Node, int] = {}
    for node in graph.topological([root]):
        below[node] = spent.get(node, 0) + sum(below[a] for a in dict.fromkeys(node.args))
    half = sum(spent.values()) / 2
    node = root
    while heavy := [a for a in node.args if below[a] > half]:
        node = max(heavy, key=below.__getitem__)
    return node
