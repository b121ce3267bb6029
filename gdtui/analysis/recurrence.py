"""How a rule that is linear moves along one direction of a quadratic: by a matrix, which its equations give.

Where the loss has curvature λ along a direction, g is λ times the distance from the minimum. A rule that is linear in
θ, its states and g then multiplies (θ, states) by one matrix a step, and by its spectral radius in the long run: gd by
1 − ηλ; heavy ball by the roots of z² − (1+β−ηλ)z + β (Polyak 1964); Nesterov by z² − (1+β)(1−ηλ)z + β(1−ηλ). The matrix
is taken from the equations that run, so a rule of one's own has one too; a rule that is not linear (Adam), or whose
matrix changes with t, has none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdtui.descent.program import Program
from gdtui.formula import graph
from gdtui.formula.evaluate import code_of
from gdtui.formula.graph import Node
from gdtui.objectives.objective import Array
from gdtui.optimizers.pipeline import Pipeline
from gdtui.optimizers.rule import UpdateRule

_CURVATURE = graph.name("λ")
_THETA = graph.name("theta", (1,))
_BEGUN = 2  # the first step is often another: ``where(t == 1, ...)``
_ELSEWHERE = frozenset(["prev", "normal", "hess", "identity", "solve", "loss_at"])
_PASSING = frozenset(["add", "neg", "fill", "element"])  # linear in whatever they are given


def growth(
    program: Program, values: Mapping[str, float], curvatures: Array, t: int = _BEGUN
) -> NDArray[np.complex128] | None:
    """The eigenvalues of the rule's matrix for each curvature, (k, n) complex, the largest modulus first.

    ``values``: the hyperparameters, lr that of the step; ``t``: its number, of the first step the second's. None for a
    rule that is not linear.
    """
    update = program.compiled(_linear_update)
    if update is None:
        return None
    function, size = update
    count = len(curvatures)
    # Lanes: for each curvature each basis vector of (θ, states), and 0, for the part that is constant.
    basis = np.concatenate([np.eye(size), np.zeros((size, 1))], axis=1)
    lanes = [np.tile(row, count)[None, :] for row in basis]
    with np.errstate(all="ignore"):
        images = function(values, np.repeat(curvatures, size + 1), float(max(t, _BEGUN)), lanes)
    images = np.array([np.broadcast_to(image, lanes[0].shape)[0] for image in images]).reshape(size, count, size + 1)
    matrices = (images[:, :, :-1] - images[:, :, -1:]).transpose(1, 0, 2)
    if not np.isfinite(matrices).all():
        return None
    found = (matrices[:, :, 0] if size == 1 else np.linalg.eigvals(matrices)).astype(np.complex128)
    largest_first = np.argsort(-np.abs(found), axis=1, kind="stable")
    return np.asarray(np.take_along_axis(found, largest_first, axis=1))


def _linear_update(program: Program) -> tuple[Callable[..., Any], int] | None:
    """(values, curvature, t, [θ, states]) -> the new ones, compiled; and how many there are. None: not linear."""
    rule = program.pipeline.rule
    made = _inlined(rule)
    roots = [made["theta"]]
    carried: list[str] = []
    while True:  # what the new θ reads, and what that reads
        read = {node.text: node for node in graph.topological(roots) if node.op == "state"}
        new = [name for name in read if name not in carried]
        if not new:
            break
        carried += new
        roots += [made[name] for name in new]
    if any(node.shape != (1,) for node in roots) or not _is_linear(roots):
        return None
    places = {"theta": "lanes[0]", "t": "t", _CURVATURE.text: "curvature"}
    places |= {f"state {name}": f"lanes[{k + 1}]" for k, name in enumerate(carried)}
    places |= {p.name: f"values['{p.name}']" for p in rule.hyperparameters}
    return code_of(roots, "update(values, curvature, t, lanes)", places), len(roots)


def _inlined(rule: UpdateRule) -> dict[str, Node]:
    """Every equation for one parameter, over θ and the states alone: g is λ·θ, and grad(u) is λ·u."""
    made: dict[str, Node] = {name: graph.apply("mul", _CURVATURE, _THETA) for name in ("g", "grad")}

    def looked(node: Node) -> Node | None:
        if node.op != "grad_at":
            return None
        (point,) = graph.substitute([node.args[0]], looked)
        return graph.apply("mul", _CURVATURE, point)

    for equation in Pipeline(rule).equations(1):
        (node,) = graph.substitute([equation.node], looked)
        made[equation.name] = graph.with_names(node, {**made, "theta": _THETA})  # it is the one before the step
    return made


def _is_linear(roots: list[Node]) -> bool:
    """Whether the roots are linear in θ and the states, but for what is constant, and t only says what comes first."""
    moves: dict[Node, bool] = {}
    for node in graph.topological(roots):
        moving = [moves[argument] for argument in node.args]
        moves[node] = node == _THETA or node.op == "state" or any(moving)
        if node.op in _ELSEWHERE or (node.op == "name" and node.text in ("loss", "f_min")):
            return False
        if node.op not in graph.COMPARISONS and any(a.op == "name" and a.text == "t" for a in node.args):
            return False
        if not any(moving):
            continue
        linear = node.op in _PASSING or (node.op == "mul" and sum(moving) == 1)
        linear = linear or (node.op in ("div", "where") and not moving[1 if node.op == "div" else 0])
        if not linear:
            return False
    return True
