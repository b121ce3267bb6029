"""The evaluation trace of a formula: its operations one by one, then the adjoints that come back through them.

This is reverse-mode differentiation as it is taught (Griewank & Walther, Evaluating Derivatives, 2008, ch. 3.2):
v₁, v₂, … are the values on the way to f, and v̄ₖ = ∂f/∂vₖ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from gdtui.formula import derivative, graph
from gdtui.formula.emit_arrays import ArrayEmitter
from gdtui.formula.graph import Node
from gdtui.formula.symbols import BAR, subscript
from gdtui.formula.tokens import FormulaError

MAX_LINES = 400
"""A formula of more operations is not stepped through."""
_INLINE = frozenset(["neg", "fill"])  # signs and spreading stand in the line of what uses them


class Operation(NamedTuple):
    """One line: ``name = node``, over the variables and the names of the lines before. ``back``: it is an adjoint."""

    name: str
    node: Node
    back: bool


class Trace:
    """The operations of a scalar formula and its adjoints, in the order in which they are done.

    ``symbols``: how each name is shown. The last adjoints are the partial derivatives, one a variable.
    Raises FormulaError for a formula of more than 400 operations, or one whose derivative is too large.
    """

    def __init__(self, root: Node, variables: Sequence[Node], symbols: Mapping[str, str] | None = None):
        self.root, self.variables = root, tuple(variables)
        self.symbols: dict[str, str] = dict(symbols or {})
        self._named: dict[Node, Node] = {v: v for v in self.variables}
        forward = self._forward()
        if len(forward) > MAX_LINES:
            raise FormulaError(f"{len(forward)} operations are too many to step through; {MAX_LINES} can be", "")
        self.operations: tuple[Operation, ...] = (*forward, *self._back(forward))
        self._function = self._compiled()

    def values(self, theta: Sequence[Any]) -> list[tuple[float, ...]]:
        """What each operation gives where the variables are ``theta``: a scalar or a (d,) for each."""
        lanes = [np.asarray(value, dtype=float).reshape(-1, 1) if v.shape else np.float64(value)
                 for v, value in zip(self.variables, theta, strict=True)]  # fmt: skip
        with np.errstate(all="ignore"):
            found = self._function(*lanes)
        return [
            tuple(np.broadcast_to(np.asarray(value, dtype=float).ravel(), op.node.shape or (1,)).tolist())
            for op, value in zip(self.operations, found, strict=True)
        ]

    def _forward(self) -> list[Operation]:
        lines: list[Operation] = []
        for node in graph.topological([self.root]):
            if not node.args or node.known is not None or node in self._named:
                continue
            here = graph.rebuild(node, tuple(self._named.get(a, a) for a in node.args))
            if node.op in _INLINE and node is not self.root:
                self._named[node] = here
                continue
            last = node is self.root
            name = "f" if last else f"v#{len(lines) + 1}"
            self.symbols[name] = "f" if last else f"v{subscript(len(lines) + 1)}"
            self._named[node] = graph.name(name, node.shape, node.boolean)
            lines.append(Operation(name, here, False))
        return lines

    def _back(self, forward: list[Operation]) -> list[Operation]:
        """The adjoint of each value, those of the variables at last: the sum over what reads it."""
        adjoints: dict[str, Node] = {}
        lines: list[Operation] = []
        shapes = {op.name: op.node.shape for op in forward if not op.node.boolean}
        wanted = [*reversed(shapes), *(v.text for v in self.variables)]
        variables = {v.text: v for v in self.variables}
        for name in wanted:
            variable = variables.get(name)
            value = variable if variable is not None else graph.name(name, shapes[name])
            terms = [] if name != "f" else [graph.constant(1.0)]
            for user in forward:
                if user.name in adjoints and value in graph.topological([user.node]):
                    terms.append(self._contribution(user, adjoints[user.name], value))
            terms = [t for t in terms if not (t.is_constant and t.number == 0.0)]
            total = terms[0] if len(terms) == 1 else graph.apply("add", *terms) if terms else graph.constant(0.0)
            if total.shape != value.shape:
                total = graph.fill(total, value.shape[0])
            own = f"∂{name}" if variable is not None else f"{name}#bar"
            shown = self.symbols.get(name, name)
            self.symbols[own] = f"∂f/∂{shown}" if variable is not None else shown[0] + BAR + shown[1:]
            adjoints[name] = graph.name(own, value.shape)
            lines.append(Operation(own, total, True))
        return lines

    def _contribution(self, user: Operation, adjoint: Node, value: Node) -> Node:
        """The adjoint of ``user`` times its derivative by ``value``."""
        product = graph.apply("mul", adjoint, user.node)
        (found,) = derivative.gradient(graph.apply("sum", product) if product.shape else product, [value])
        return found

    def _compiled(self) -> Any:
        emitter = ArrayEmitter({v.text: f"a{k}" for k, v in enumerate(self.variables)})
        results = []
        for operation in self.operations:
            (source,) = emitter.emit([operation.node])
            results.append(emitter.assign(source))
            emitter.names[operation.name] = results[-1]
        arguments = ", ".join(f"a{k}" for k in range(len(self.variables)))
        return emitter.compiled(f"trace({arguments})", f"[{', '.join(results)}]")
