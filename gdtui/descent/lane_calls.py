"""What the loop over lanes calls for: linear systems, and one's own functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdtui.objectives.functions import FunctionObjective
from gdtui.objectives.objective import Objective

Array = NDArray[np.float64]


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
