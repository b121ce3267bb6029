"""Which terms the lanes' tests must look at themselves: what comes after may hide that they are infinite or NaN."""

from __future__ import annotations

from collections.abc import Sequence, Set

from gdtui.descent.lane_averages import is_number
from gdtui.formula.graph import Node
from gdtui.optimizers.rule import Equation

_PASSING = frozenset(
    ["add", "mul", "neg", "sqrt", "abs", "sum", "mean", "dot", "norm", "sin", "cos", "tan", "sinh", "cosh", "log",
     "log10", "floor", "embed", "fill"]
)  # fmt: skip


def guarded(
    equations: Sequence[Equation], steady: Set[str], numbers: Set[str]
) -> tuple[tuple[str, ...], dict[str, str]]:
    """The terms that must be looked at themselves: infinite or NaN, they need not make a later one or theta so.

    Beside them, with the state of each, those of which the number alone needs to be looked at: multiples of a
    ``steady`` state, one that is finite as long as the gradient's squares are not far, by ``numbers`` and t.
    """
    told = {"theta", *steady}
    guards: list[str] = []
    multiples: dict[str, str] = {}
    for equation in reversed(equations):
        if not equation.node.boolean:
            if equation.name not in told:
                state = _multiplied(equation.node, steady, numbers | {"t"})
                if state:
                    multiples[equation.name] = state
                else:
                    guards.append(equation.name)
            told |= _shown_by(equation.node)
    return tuple(reversed(guards)), multiples


def _multiplied(node: Node, states: Set[str], numbers: Set[str]) -> str:
    """The state that a product or a quotient with numbers is a multiple of; "" for anything else."""
    if node.op == "div":
        return _multiplied(node.args[0], states, numbers) if is_number(node.args[1], numbers) else ""
    factors = node.args if node.op == "mul" else (node,)
    arrays = [factor for factor in factors if not is_number(factor, numbers)]
    return arrays[0].text if len(arrays) == 1 and arrays[0].op == "name" and arrays[0].text in states else ""


def _shown_by(node: Node) -> set[str]:
    """The names whose infinities and NaN are seen in this graph's value: every coordinate gets through to it."""
    found = set()
    reached = [node]
    seen = {node}
    while reached:
        item = reached.pop()
        if item.op == "name":
            found.add(item.text)
        if item.op in _PASSING:
            through = item.args
        elif item.op == "div" or (item.op == "pow" and (item.args[1].known or 0.0) > 0.0):
            through = item.args[:1]
        else:
            through = ()
        for argument in through:
            if argument not in seen:
                seen.add(argument)
                reached.append(argument)
    return found
