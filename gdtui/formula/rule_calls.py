"""The functions that only a rule may call: prev, grad(u), loss_at(u), hess, identity, diag, solve, normal."""

from __future__ import annotations

from gdtui.formula import graph
from gdtui.formula.graph import KindError, Node
from gdtui.formula.tokens import Token
from gdtui.formula.vocabulary import MAX_EXPONENT, ONLY_IN_RULES, Scope

Argument = tuple[Node, Token]
"""What a function is called with, and the token at which that begins."""


class CallError(KindError):
    """A call that cannot be made. ``place``: the argument that is wrong; None for the call as a whole."""

    def __init__(self, message: str, place: Token | None = None):
        super().__init__(message)
        self.place = place


def called(name: str, args: list[Argument], scope: Scope) -> Node:
    """The node of a call. Raises KindError."""
    theta = scope.names.get("theta")
    shape = theta.shape if theta is not None else ()
    fewest, most = ONLY_IN_RULES[name]
    if not fewest <= len(args) <= most:
        raise CallError(f"'{name}' takes {fewest} value{'s' * (fewest != 1)}, not {len(args)}")
    operands = [node for node, _ in args]
    match name:
        case "prev":
            return _previous(args, scope)
        case "grad" | "loss_at":
            return graph.look_ahead("grad_at" if name == "grad" else name, operands[0])
        case "normal":
            return graph.normal(shape)
        case "hess" | "identity":
            return graph.matrix(name, (), (*shape, *shape))
        case "diag":
            if len(operands[0].shape) != 2:
                raise CallError("'diag' takes a matrix such as hess(), and gives the vector of its diagonal")
            return graph.matrix("diag", (operands[0],), shape)
    system, side = operands
    if len(system.shape) != 2 or len(side.shape) != 1 or side.boolean:
        raise CallError("'solve' takes a matrix such as hess() and a vector")
    return graph.matrix("solve", (system, side), side.shape)


def _previous(args: list[Argument], scope: Scope) -> Node:
    target, place = args[0]
    steps = args[1][0].known if len(args) == 2 else 1.0
    if steps is None or steps != int(steps) or not 1 <= steps <= MAX_EXPONENT:
        raise CallError(f"'prev' goes back 1 to {MAX_EXPONENT} steps", args[1][1])
    # x in a condition is theta[0], a line of the objective its graph over theta.
    reads = [node for node in graph.topological([target]) if node.op in ("name", "state")]
    if place.kind != "name" or scope.names.get(place.text) is not target or not reads:
        raise CallError("'prev' takes a name: prev(loss), prev(theta, 2)", place)
    for node in reads:
        if node.text in scope.no_past:
            raise CallError(f"'prev' takes theta, loss, grad or a term; '{node.text}' has no earlier values", place)
    earlier = {node: graph.previous(node.text, int(steps), node.shape, node.boolean) for node in reads}
    return graph.substitute([target], earlier.get)[0]
