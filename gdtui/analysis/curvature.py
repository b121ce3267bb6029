"""Curvature and stability at a point: the largest eigenvalue of the Hessian, the rule's limit, the angle of the step.

Limits are known for a quadratic: gd is stable while lr·λ < 2, heavy ball < 2 + 2β (Polyak 1964); each rule that
has one gives it as text over its hyperparameters.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gdtui.descent.branches import Row
from gdtui.formula import graph
from gdtui.formula.language import Scope, parse
from gdtui.formula.symbols import RULE_SYMBOLS
from gdtui.objectives.objective import Objective
from gdtui.optimizers.pipeline import Pipeline

DENSE = 18
"""Up to so many parameters the whole Hessian is computed."""


@dataclass(frozen=True)
class Curvature:
    """``largest`` and ``smallest`` eigenvalue; ``limit``: the greatest stable lr·λ, where the rule has one;
    ``product``: lr·λ now; ``angle``: degrees between Δθ and −∇f, of the update that arrived. None: not known."""

    largest: float
    smallest: float
    limit: float | None
    product: float | None
    angle: float | None

    @property
    def condition(self) -> float | None:
        """κ, the ratio of the eigenvalues, where the surface is convex."""
        return self.largest / self.smallest if self.smallest > 0 else None


def curvature_at(
    objective: Objective, pipeline: Pipeline, values: dict[str, float], row: Row, before: Row | None
) -> Curvature | None:
    """What is known at a row; None where there is no formula, too many parameters, or no finite Hessian."""
    if objective.dim > DENSE:
        return None
    hessian = objective.hessian(np.array(row.theta))
    if hessian is None or not np.isfinite(hessian).all():
        return None
    eigenvalues = np.linalg.eigvalsh(hessian)
    limit = stability_limit(pipeline, values)
    lr = row.lr
    product = None if lr is None else lr * float(eigenvalues[-1])
    return Curvature(float(eigenvalues[-1]), float(eigenvalues[0]), limit, product, _angle(row, before))


def why_unknown(objective: Objective) -> str:
    """Where `curvature_at` gives None: what is missing, in a sentence."""
    if objective.formula is None:
        return "no curvature: a function of your own has no formula to derive it from"
    if objective.dim > DENSE:
        return f"no curvature: it is computed for up to {DENSE} parameters"
    if objective.hessian(np.array(objective.start)) is None:
        return "no curvature: the second derivative of this formula is too large"
    return "no curvature: it is not finite here"


def stability_limit(pipeline: Pipeline, values: dict[str, float]) -> float | None:
    """The rule's limit for lr·λ with these hyperparameters, or None where theory gives none."""
    text = pipeline.rule.stability
    if text is None:
        return None
    names = {p.name: graph.constant(values[p.name]) for p in pipeline.rule.hyperparameters}
    return parse(text, Scope(names, symbols=RULE_SYMBOLS)).known


def _angle(row: Row, before: Row | None) -> float | None:
    """Degrees between the step that arrived and the way straight down from where it began."""
    if before is None or "delta" not in row.terms:
        return None
    step, down = row.terms["delta"], -before.grad
    size = float(np.linalg.norm(step) * np.linalg.norm(down))
    if not (size > 0 and math.isfinite(size)):
        return None
    return math.degrees(math.acos(max(-1.0, min(1.0, float(step @ down) / size))))
