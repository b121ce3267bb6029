"""The loss at many points, to draw: formulas at once, a user's own function as far as time allows."""

from __future__ import annotations

import time

import numpy as np

from gdtui.objectives.functions import FunctionObjective
from gdtui.objectives.objective import Array, Objective
from gdtui.objectives.recorded import Recorded
from gdtui.objectives.section import Section

SECONDS = 0.3
"""What drawing a user's own function may take; a coarser grid is drawn where it is slower."""
_TRIAL = 4  # calls that are timed first
_LEAST = 6  # points a side; with fewer there is nothing to see


def values_at(objective: Objective, points: Array) -> Array:
    """The loss at (d, P); NaN where a user's own function raises. Of recorded rows, (1, P): what lies between them."""
    if isinstance(objective, Recorded) and not objective.has_surface:
        return objective.between(points[0])
    if not isinstance(objective, FunctionObjective) or objective.base is not None:
        return np.asarray(objective.value(points), dtype=float)
    return np.array([_own_value(objective, point) for point in points.T])


def _own_value(objective: FunctionObjective, point: Array) -> float:
    try:
        return float(objective.value(point.copy()))
    except Exception:  # it may raise anything: away from its path a function need not be defined
        return float("nan")


def surface_at(objective: Objective, section: Section, u: Array, v: Array) -> Array:
    """The loss at the points (u, v) of a plane; u and v have one shape, and so has what is returned."""
    if not objective.has_surface:
        return np.zeros(u.shape)  # level ground
    if isinstance(objective, FunctionObjective) and objective.base is None:
        side = affordable_side(objective, section.origin)
        if side * side < u.size:
            return _interpolated(objective, section, u, v, side)
    return _values_on(objective, section, u, v)


def slope_at(objective: Objective, section: Section, u: Array, v: Array) -> tuple[Array, Array]:
    """The slopes along u and v at points of a plane; NaN where the gradient is not derived, which is not asked for."""
    if isinstance(objective, FunctionObjective):
        return np.full(u.shape, np.nan), np.full(u.shape, np.nan)
    with np.errstate(all="ignore"):
        _, gradient = objective.value_and_grad(section.at(u.ravel(), v.ravel()))
        along, across = section.axes.T @ gradient
    return along.reshape(u.shape), across.reshape(u.shape)


def affordable_side(objective: FunctionObjective, held: Array, seconds: float = SECONDS) -> int:
    """How many points a side of a square grid a function can be called at in a time."""
    begin = time.perf_counter()
    for _ in range(_TRIAL):
        _own_value(objective, held)
    each = (time.perf_counter() - begin) / _TRIAL
    return int((seconds / max(each, 1e-9)) ** 0.5)


def _values_on(objective: Objective, section: Section, u: Array, v: Array) -> Array:
    return values_at(objective, section.at(u.ravel(), v.ravel())).reshape(u.shape)


def _interpolated(objective: Objective, section: Section, u: Array, v: Array, side: int) -> Array:
    """The surface from a coarse grid, bilinear between its points."""
    if side < _LEAST:
        return np.full(u.shape, np.nan)
    along, across = np.linspace(u.min(), u.max(), side), np.linspace(v.min(), v.max(), side)
    coarse = _values_on(objective, section, *np.meshgrid(along, across))
    rows = np.array([np.interp(u[0], along, row) for row in coarse])
    return np.array([np.interp(v[:, 0], across, column) for column in rows.T]).T
