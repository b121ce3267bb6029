"""What the loop over lanes calls for: linear systems, one's own functions, and what states begin with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdtui.formula import graph
from gdtui.formula.emit_arrays import ArrayEmitter
from gdtui.formula.language import Scope, parse
from gdtui.formula.symbols import RULE_SYMBOLS
from gdtui.objectives.functions import FunctionObjective
from gdtui.objectives.objective import Objective
from gdtui.optimizers.pipeline import Pipeline

Array = NDArray[np.float64]


def beginnings(pipeline: Pipeline, values: Mapping[str, Any]) -> dict[str, Any]:
    """What each state begins with, where that is not 0: the rule's init over hyperparameters, numbers or arrays."""
    names = {p.name: graph.name(p.name) for p in pipeline.parameters}
    found = {}
    for name, text in pipeline.rule.init.items():
        emitter = ArrayEmitter({p: p for p in names})
        (source,) = emitter.emit([parse(text, Scope(names, symbols=RULE_SYMBOLS))])
        begin = emitter.compiled(f"begin({', '.join(names)})", source)
        found[name] = begin(**{p: values[p] for p in names})
    return found


def evaluate(objective: Objective, theta: Array, loss: Array, grad: Array) -> None:
    """The loss and the gradient of all lanes, into ``loss`` and ``grad``; one's own functions lane by lane."""
    if not isinstance(objective, FunctionObjective):
        loss[:], grad[:] = objective.value_and_grad(theta)
        return
    for lane in range(theta.shape[1]):
        loss[lane], grad[:, lane] = objective.value_and_grad(theta[:, lane].copy())


def calls_of(objective: Objective) -> tuple[Callable[..., Any], ...]:
    """What the loop calls: hess(), solve(A, b), and of one's own functions evaluate, grad(u) and loss_at(u)."""

    def place(theta: Array, loss: Array, grad: Array) -> None:
        evaluate(objective, theta, loss, grad)

    def grad_at(points: Array) -> Array:
        assert isinstance(objective, FunctionObjective)
        return np.stack([objective.gradient_at(point.copy()) for point in points.T], axis=-1)

    return objective.hessian, solved, place, grad_at, objective.value


def solved(system: Array, side: Array) -> Array:
    """x with system·x = side in every lane; NaN where a system is singular. (d, d, P) and (d, P) -> (d, P)."""
    whole = np.broadcast_to(system, (*system.shape[:2], side.shape[-1]))
    matrices, sides = np.moveaxis(whole, -1, 0), side.T[..., None]
    try:
        found = np.linalg.solve(matrices, sides)
    except np.linalg.LinAlgError:
        found = np.full(sides.shape, np.nan)
        regular = np.linalg.slogdet(matrices).sign != 0
        found[regular] = np.linalg.solve(matrices[regular], sides[regular])
    return np.ascontiguousarray(found[..., 0].T)
