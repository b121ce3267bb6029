"""Where a formula has no one slope, and which is taken there by convention."""

from __future__ import annotations

from typing import NamedTuple

from gdtui.formula import graph
from gdtui.formula.graph import Node


class Kink(NamedTuple):
    """``zero``: what is 0 where an operation has no slope; ``convention``: what the slope is taken to be there."""

    zero: Node
    convention: str


_HALF = "where a = b, each side of {}(a, b) gets half"
_OF_ZERO = {
    "sqrt": "the slope of √u at u = 0 is 0",
    "abs": "the slope of |u| at u = 0 is 0",
    "relu": "the slope of relu(u) at u = 0 is 0",
    "cbrt": "the slope of cbrt(u) at u = 0 is 0",
}
_OF_NORMS = {"norm": "the slope of ‖u‖ at u = 0 is 0", "hypot": "the slope of hypot(a, b) at a = b = 0 is 0"}


def kinks_of(root: Node) -> list[Kink]:
    """Every operation below ``root`` that has such a place."""
    kinks = []
    for node in graph.topological([root]):
        if node.known is not None:
            continue
        op, args = node.op, node.args
        if op in _OF_ZERO:
            kinks.append(Kink(args[0], _OF_ZERO[op]))
        elif op in _OF_NORMS:
            kinks.append(Kink(node, _OF_NORMS[op]))
        elif op in ("minimum", "maximum"):
            gap = graph.apply("add", args[0], graph.apply("neg", args[1]))
            kinks.append(Kink(gap, _HALF.format(op[:3])))
        elif op == "atan2":
            kinks.append(Kink(graph.apply("hypot", *args), "the slope of atan2(a, b) at a = b = 0 is 0"))
        elif op == "pow" and args[1].known is None:
            kinks.append(Kink(args[0], "the slope of u^p at u = 0 is 0 by p, and by u where p < 1"))
        elif op == "pow" and 0.0 < (args[1].known or 0.0) < 1.0:
            kinks.append(Kink(args[0], "the slope of u^p with p < 1 at u = 0 is 0"))
    return kinks


def conventions_of(root: Node) -> list[str]:
    """The conventions that hold somewhere in a formula, each once, in the order of its operations."""
    return list(dict.fromkeys(kink.convention for kink in kinks_of(root)))
