"""The evaluation trace of a formula: its operations one by one, then the adjoints that come back through them.

This is reverse-mode differentiation as it is taught (Griewank & Walther, Evaluating Derivatives, 2008, ch. 3.2):
v₁, v₂, … are the values on the way to f, and v̄ₖ = ∂f/∂vₖ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from gdtui.formula import derivative, graph
from gdtui.formula.evaluate import function_of
from gdtui.formula.graph import Node
from gdtui.formula.simplify import ONE, ZERO
from gdtui.formula.symbols import BAR, subscript, symbol_of

_INLINE = frozenset(["neg", "fill"])  # signs and spreading stand in the line of what uses them


class Operation(NamedTuple):
    """One line: ``name = node``, over the variables and the names of the lines before. ``back``: it is an adjoint."""

    name: str
    node: Node
    back: bool


class Trace:
    """The operations of a scalar formula and its adjoints, in the order in which they are done.

    ``named``: values that have a name of their own, that of a line; others are v₁, v₂, … ``symbols``: how each name is
    shown. The last adjoints are the partial derivatives, one a variable. Raises FormulaError where the derivative of
    an operation is too large.
    """

    def __init__(self, root: Node, variables: Sequence[Node], named: Mapping[Node, str] | None = None):
        self.root, self.variables = root, tuple(variables)
        self.symbols: dict[str, str] = {}
        self._named = named or {}
        forward = self._forward()
        self.operations: tuple[Operation, ...] = (*forward, *self._back(forward))
        self._function = function_of(self._written_out(), [v.text for v in self.variables])

    def values(self, theta: Sequence[Any]) -> list[tuple[float, ...]]:
        """What each operation gives where the variables are ``theta``: a scalar or a (d,) for each."""
        pairs = zip(self.variables, theta, strict=True)
        lanes = [np.reshape(value, (-1, 1)) if v.shape else value for v, value in pairs]
        return [
            tuple(np.broadcast_to(np.asarray(value, dtype=float).ravel(), op.node.shape or (1,)).tolist())
            for op, value in zip(self.operations, self._function(*lanes), strict=True)
        ]

    def _forward(self) -> list[Operation]:
        lines: list[Operation] = []
        here: dict[Node, Node] = {v: v for v in self.variables}  # what each part of the formula is in these lines
        count = 0
        for node in graph.topological([self.root]):
            if not node.args or node.known is not None or node in here:
                continue
            inside = graph.rebuild(node, tuple(here.get(a, a) for a in node.args))
            if node.op in _INLINE and node is not self.root and node not in self._named:
                here[node] = inside
                continue
            name = "f" if node is self.root else self._named.get(node, "")
            if not name:
                count += 1
                name = f"v#{count}"
            self.symbols[name] = f"v{subscript(count)}" if "#" in name else symbol_of(name)
            here[node] = graph.name(name, node.shape, node.boolean)
            lines.append(Operation(name, inside, False))
        return lines

    def _back(self, forward: list[Operation]) -> list[Operation]:
        """The adjoint of each value, those of the variables at last: the sum over what reads it, in one sweep."""
        received: dict[Node, list[Node]] = {}
        lines: list[Operation] = []
        for operation in reversed(forward):
            if operation.node.boolean:
                continue
            value = graph.name(operation.name, operation.node.shape)
            adjoint = self._adjoint(value, [ONE] if operation.name == "f" else received.get(value, []), lines)
            reads = [part for part in graph.topological([operation.node]) if part.op == "name" and not part.boolean]
            for part, share in zip(reads, derivative.gradient(operation.node, reads, adjoint), strict=True):
                if not (share.is_constant and share.number == 0.0):
                    received.setdefault(part, []).append(share)
        for variable in self.variables:
            self._adjoint(variable, received.get(variable, []), lines)
        return lines

    def _adjoint(self, value: Node, shares: list[Node], lines: list[Operation]) -> Node:
        """Add the line of a value's adjoint; ``shares``: what the values that read it pass back, the last one first."""
        total = shares[0] if len(shares) == 1 else graph.apply("add", *shares[::-1]) if shares else ZERO
        total = graph.spread(total, value.shape)
        shown = self.symbols.get(value.text, value.text)
        barred = value.text in self.symbols and (len(shown) == 1 or not shown[1].isalpha())
        name = f"{value.text}#bar" if value not in self.variables else f"∂{value.text}"
        self.symbols[name] = shown[0] + BAR + shown[1:] if barred else f"∂f/∂{shown}"
        lines.append(Operation(name, total, True))
        return graph.name(name, value.shape)

    def _written_out(self) -> list[Node]:
        """Each operation over the variables alone."""
        whole: dict[str, Node] = {}
        for operation in self.operations:
            whole[operation.name] = graph.with_names(operation.node, whole)
        return list(whole.values())
