"""What to look at of a function of which only a start is known: a box that holds the start and where it leads."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from gdtui.objectives.objective import Array, Domain, Objective, Point


_HALF_WIDTH = 5.0
_LARGEST = 1e307  # of a side: the difference of both is still a number
_STEPS, _HALVINGS = 15, 12
_FAR = 20.0  # times as far as the start is from 0: from there on it runs away, and there is no place to be shown
_RESTING = 0.3  # of the mean step: the last one of what has arrived somewhere is shorter
_BEYOND = 2.0  # times the way from the minimizer to the start, so that a step too far is still seen
_SAME = 1e-3  # of the longest side: a coordinate that hardly moves has none of its own


def around(value: float) -> tuple[float, float]:
    """An interval of ±5 that holds the value, or a wider one for a value that is far out."""
    reach = min(max(_HALF_WIDTH, 1.5 * abs(value)), _LARGEST)
    return -reach, reach


def region_of(objective: Objective, start: Point) -> Domain:
    """A box around the minimizer to which a start leads, that holds the start; ±5 where it leads nowhere."""
    if max(map(abs, start)) > 1e100:  # squares of it are beyond a float's range
        return tuple(map(around, start))
    place = _downhill(objective, np.array(start))
    ways = np.abs(np.array(start) - place) if place is not None else np.zeros(len(start))
    longest = float(ways.max())
    if place is None or longest <= 1e-9 * max(1.0, float(np.abs(place).max())):
        return tuple(map(around, start))
    reaches = _BEYOND * np.where(ways > _SAME * longest, ways, longest)
    return tuple(_rounded(c - r, c + r) for c, r in zip(place.tolist(), reaches.tolist(), strict=True))


def holding(domain: Domain, low: Array, high: Array) -> Domain:
    """The box made larger where it does not hold the points between ``low`` and ``high``, (d,) each, with some room."""
    sides = []
    for (a, b), least, most in zip(domain, low.tolist(), high.tolist(), strict=True):
        if a <= least and most <= b:
            sides.append((a, b))
            continue
        room = 0.15 * (max(b, most) - min(a, least))
        sides.append(_rounded(least - room if least < a else a, most + room if most > b else b))
    return tuple(sides)


def holding_path(points: Array) -> Domain:
    """A box around finite points (n, d) with some room; one that stands still has a box around it."""
    low, high = points.min(axis=0), points.max(axis=0)
    with np.errstate(all="ignore"):
        longest = float((high - low).max())
    if not 0 < longest < _LARGEST:
        return tuple(map(around, points[0].tolist()))
    reaches = 0.65 * np.where(high - low > _SAME * longest, high - low, longest)
    return tuple(_rounded(c - r, c + r) for c, r in zip(((low + high) / 2).tolist(), reaches.tolist(), strict=True))


def _rounded(low: float, high: float) -> tuple[float, float]:
    """The interval to two digits of its width, outwards."""
    unit = 10.0 ** (math.floor(math.log10(high - low)) - 1)
    return float(f"{math.floor(low / unit) * unit:.12g}"), float(f"{math.ceil(high / unit) * unit:.12g}")


def _downhill(objective: Objective, start: Array) -> Array | None:
    """About where a descent from the start comes to rest; None where it leaves for afar, or has no slope to go by.

    Steps of the length that Barzilai and Borwein (IMA J. Numer. Anal. 8, 1988) read from the last two gradients,
    shortened until the loss falls. It is a guess of what is worth a look, not a minimizer that is known.
    """
    limit = _FAR * max(1.0, float(np.abs(start).max()))
    theta, last, way, steps = start, 0.0, 0.0, 0
    loss, grad = objective.value_and_grad(theta)
    rate = 0.1 / max(float(np.abs(grad).max()), 1e-300) if np.isfinite(grad).all() else math.nan
    for _ in range(_STEPS):
        if not (math.isfinite(loss) and np.isfinite(grad).all()) or np.abs(theta).max() > limit:
            return None
        if not grad.any():
            return theta
        for _ in range(_HALVINGS):
            below = theta - rate * grad
            lower, slope = objective.value_and_grad(below)
            if math.isfinite(lower) and lower < loss:
                break
            rate /= 4
        else:
            break
        step, bend = below - theta, slope - grad
        curvature = float(step @ bend)
        rate = min(4 * rate, float(step @ step) / curvature) if curvature > 0 else 2 * rate
        theta, loss, grad = below, lower, slope
        last = float(np.linalg.norm(step))
        way, steps = way + last, steps + 1
    return theta if last * steps <= _RESTING * way else None
