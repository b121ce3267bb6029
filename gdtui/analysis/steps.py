"""What two recorded rows alone say of the step between them: no function and no rule are needed for it."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from gdtui.descent.rows import Row
from gdtui.objectives.objective import Array


class Step(NamedTuple):
    """The step that arrived at a row. ``change``: of the loss; ``slope``: what the gradient before it said, ∇f·Δθ.

    ``curvature``: of the loss along the step, Δθ·Δ∇f/‖Δθ‖² (the secant of quasi-Newton methods; Nocedal & Wright,
    Numerical Optimization, 2006, section 6.1). ``angle``: degrees between Δθ and −∇f. NaN where it is not known.
    """

    change: float
    slope: float
    curvature: float
    angle: float


def step_between(before: Row, row: Row) -> Step:
    """The step from one row to the next."""
    with np.errstate(all="ignore"):
        delta = row.theta - before.theta
        squared = float(delta @ delta)
        slope, bend = float(before.grad @ delta), float((row.grad - before.grad) @ delta)
    curvature = bend / squared if squared > 0 else math.nan
    return Step(row.loss - before.loss, slope, curvature, angle_from_downhill(delta, before.grad))


def angle_from_downhill(delta: Array, grad: Array) -> float:
    """Degrees between a step (d,) and the way straight down from where it began; NaN where there is none."""
    with np.errstate(all="ignore"):
        size = float(np.linalg.norm(delta) * np.linalg.norm(grad))
    if not (size > 0 and math.isfinite(size)):
        return math.nan
    return math.degrees(math.acos(max(-1.0, min(1.0, float(delta @ -grad) / size))))
