"""Slopes by differences of the loss: the witness that knows neither formula. With how far it may be off."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gdtui.objectives.objective import Array, Objective

_WIDTHS = 0.5 ** np.arange(5, 37, dtype=float)  # of the domain
_BY_CHANCE = 20  # while they converge, changes become 16 times smaller as the width is halved
_SIDES = 0.1 ** np.arange(3, 10, dtype=float)
_JUMP = 1e-3  # of the slopes: less is no kink
_SHRINKS = 0.5  # of what is smooth a tenth is left as the step shrinks tenfold, of a kink all


class Slope(NamedTuple):
    """∂f/∂ one coordinate, to within about ``error``. ``scale``: how steep f is in the neighbourhood."""

    value: float
    error: float
    scale: float


class Sides(NamedTuple):
    """The slopes to the left and to the right of a point; ``apart``: they stay so as the step shrinks."""

    left: float
    right: float
    apart: bool


def slope(objective: Objective, point: Array, k: int) -> Slope:
    """∂f/∂ coordinate k at a point (d,), by central differences.

    Of many widths, each with its error of order h² taken out (Richardson 1911), the one that changes least, counting
    what rounding does to a narrow one.
    """
    widths: Array = np.ptp(objective.domain[k]) * _WIDTHS
    before, behind = _around(objective, point, k, widths)
    with np.errstate(all="ignore"):
        central = (behind - before) / (2 * widths)
        better = (4 * central[1:] - central[:-1]) / 3
        rounding = _precision(before, behind) * np.maximum(np.abs(before), np.abs(behind)) / widths
        change = np.abs(np.diff(better))
        change[1:] = np.maximum(change[1:], change[:-1] / _BY_CHANCE)  # of noise two may be near to one another
        off = np.nan_to_num(change + rounding[2:], nan=np.inf)
        steep = np.abs(behind - before) / widths + np.abs(behind + before - 2 * objective.value(point)) / widths
    best = int(off.argmin())
    finite = steep[np.isfinite(steep)]
    return Slope(float(better[best + 1]), float(off[best]), float(finite[0]) if len(finite) else 0.0)


def sides(objective: Objective, point: Array, k: int) -> Sides:
    """The slopes to both sides at a point (d,): apart where they stay so as the step shrinks, or there is but one.

    They are those of the narrowest step at which rounding does not matter: what lies near is not what is here.
    """
    widths: Array = np.ptp(objective.domain[k]) * _SIDES
    before, behind = _around(objective, point, k, widths)
    here = objective.value(point)
    with np.errstate(all="ignore"):
        left, right = (here - before) / widths, (behind - here) / widths
        size, gap = np.maximum(np.abs(left), np.abs(right)), np.abs(right - left)
        exact = np.flatnonzero(_precision(before, behind) * abs(here) / widths <= 1e-2 * _JUMP * size)
    finite = bool(np.isfinite(gap[-1]))
    if not finite or not exact.any():
        return Sides(float(left[-1]), float(right[-1]), not finite)
    last = int(exact[-1])
    apart = gap[last] > _JUMP * size[last] and not gap[last] <= _SHRINKS * gap[last - 1]
    return Sides(float(left[last]), float(right[last]), bool(apart))


def _around(objective: Objective, point: Array, k: int, widths: Array) -> tuple[Array, Array]:
    """The loss at ``widths`` before and behind a point along one coordinate, for each width."""
    step = np.zeros((objective.dim, 1))
    step[k] = 1.0
    both = objective.value(point[:, None] + step * np.concatenate([-widths, widths]))
    return both[: len(widths)], both[len(widths) :]


def _precision(*values: Array) -> float:
    """How finely values are rounded: a function may compute in float32, and then all of them say so."""
    together = np.concatenate(values)
    with np.errstate(all="ignore"):
        single = bool((together.astype(np.float32) == together).all())
    return float(np.finfo(np.float32 if single else np.float64).eps)
