"""One coordinate of a vector's graph as a graph of numbers: ∂f/∂x₁ of a function of many, as it is read."""

from collections.abc import Callable

from gdtui.formula import graph, simplify
from gdtui.formula.graph import Node, constant
from gdtui.formula.notation import MOST_DEPTH


def coordinate(vector: Node, position: int) -> Node:
    """The coordinate at ``position``, from 0, of a graph of shape (n,): sums and products term by term, zeros left out.

    Its value is that of ``vector[position]``. Functions of all coordinates stay as they are.
    """
    if vector.depth > MOST_DEPTH:  # notation does not write it, and nobody would read it
        return graph.element(vector, position)
    return _Coordinates().of(vector, position)


_COMBINED: dict[str, Callable[[list[Node]], Node]] = {
    "add": simplify.total,
    "mul": simplify.product,
    "neg": lambda args: simplify.negative(*args),
    "div": lambda args: simplify.quotient(*args),
    "pow": lambda args: simplify.power(*args),
    "where": lambda args: simplify.chosen(*args),
}


class _Coordinates:
    def __init__(self) -> None:
        self.done: dict[tuple[Node, int], Node] = {}  # a graph shares its parts

    def of(self, node: Node, k: int) -> Node:
        """The coordinate k of a vector; a number as it is, but for coordinates that stand in it."""
        found = self.done.get((node, k))
        if found is None:
            found = self.done[node, k] = self.made(node, k)
        return found

    def made(self, node: Node, k: int) -> Node:
        if node.op in graph.ELEMENTWISE:
            args = [self.of(argument, k) for argument in node.args]
            return _COMBINED[node.op](args) if node.op in _COMBINED else graph.apply(node.op, *args)
        match node.op:
            case "element":
                assert isinstance(node.payload, int)
                return self.of(node.args[0], node.payload)
            case "fill":
                return self.of(node.args[0], 0)
            case "indices":
                return constant(float(k))
            case "part":
                start, _, step = node.triple
                return self.of(node.args[0], start + k * step)
            case "embed":
                start, step, _ = node.triple
                inner = node.args[0]
                place, beside = divmod(k - start, step)
                inside = not beside and 0 <= place < (inner.shape[0] if inner.shape else 1)
                return self.of(inner, place) if inside else simplify.ZERO
        return graph.element(node, k) if node.shape else node
