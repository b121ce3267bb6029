"""Curvature and stability at a point: the largest eigenvalue of the Hessian, the rule's limit, the angle of the step.

Limits are known for a quadratic: gd is stable while lr·λ < 2, heavy ball < 2 + 2β (Polyak 1964); each rule that
has one gives it as text over its hyperparameters. For a rule that divides the gradient by P, λ is the largest
eigenvalue of P⁻¹H (Cohen et al., arXiv 2207.14484), with the P of the update that arrived.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gdtui.descent.branches import Row
from gdtui.formula import graph
from gdtui.formula.emit import ARRAY_NAMESPACE, ArrayEmitter, define
from gdtui.formula.language import Scope, parse
from gdtui.formula.symbols import RULE_SYMBOLS
from gdtui.objectives.objective import Objective
from gdtui.optimizers.pipeline import Pipeline

DENSE = 18
"""Up to so many parameters the whole Hessian is computed."""


@dataclass(frozen=True)
class Curvature:
    """``largest`` and ``smallest`` eigenvalue of the Hessian; ``limit``: the greatest stable lr·λ, where the rule has
    one; ``product``: lr·λ now, λ of P⁻¹H where it is ``preconditioned``; ``angle``: degrees between Δθ and −∇f, of
    the update that arrived. None: not known."""

    largest: float
    smallest: float
    limit: float | None
    product: float | None
    angle: float | None
    preconditioned: bool = False

    @property
    def condition(self) -> float | None:
        """κ, the ratio of the eigenvalues, where the surface is convex."""
        return self.largest / self.smallest if self.smallest > 0 else None


def curvature_at(objective: Objective, row: Row, before: Row | None) -> Curvature | None:
    """What is known at a row, under the rule and the hyperparameters that it was recorded with.

    None where `why_unknown` says why.
    """
    if objective.dim > DENSE or objective.kinked(row.theta):
        return None
    hessian = objective.hessian(np.array(row.theta))
    if hessian is None or not np.isfinite(hessian).all():
        return None
    eigenvalues = np.linalg.eigvalsh(hessian)
    limit = stability_limit(row.segment.pipeline, row.segment.values)
    divided = row.segment.pipeline.rule.preconditioner is not None
    steepest = _preconditioned(hessian, row) if divided else float(eigenvalues[-1])
    product = None if row.lr is None or steepest is None else row.lr * steepest
    return Curvature(float(eigenvalues[-1]), float(eigenvalues[0]), limit, product, _angle(row, before), divided)


def why_unknown(objective: Objective, row: Row) -> str:
    """Where `curvature_at` gives None: what is missing, in a sentence."""
    if objective.formula is None:
        return "no curvature: a function of your own has no formula to derive it from"
    if objective.dim > DENSE:
        return f"no curvature: it is computed for up to {DENSE} parameters"
    if objective.kinked(row.theta):
        return "no curvature: a √, | | or ‖ ‖ of 0, or a min or max of equals; its slope is a convention"
    if objective.hessian(row.theta) is None:
        return "no curvature: the second derivative of this formula is too large"
    return "no curvature: it is not finite here"


def preconditioner(row: Row) -> NDArray[np.float64] | None:
    """The diagonal of P in the update that arrived at a row, (dim,); None where none arrived or the rule has no P."""
    rule = row.segment.pipeline.rule
    if rule.preconditioner is None or not row.terms:
        return None
    terms = {name: np.asarray(term, dtype=float) for name, term in row.terms.items()}
    names = {name: graph.name(name, term.shape) for name, term in terms.items()}
    names |= {p.name: graph.name(p.name) for p in rule.hyperparameters} | {"t": graph.name("t")}
    emitter = ArrayEmitter({name: [f"given['{name}']"] for name in names})
    ((source,),) = emitter.emit([parse(rule.preconditioner, Scope(names, symbols=RULE_SYMBOLS))])
    body = "".join(f"    {line}\n" for line in emitter.lines)
    evaluate = define(f"def evaluate(given):\n{body}    return {source}\n", "evaluate", ARRAY_NAMESPACE)
    t = row.segment.t_of(row.number)
    with np.errstate(all="ignore"):
        found = evaluate({**row.segment.values, "t": float(t), **terms})
    return np.array(np.broadcast_to(found, row.theta.shape))


def _preconditioned(hessian: NDArray[np.float64], row: Row) -> float | None:
    """The largest eigenvalue of P⁻¹H, which is that of the symmetric P^(−1/2) H P^(−1/2)."""
    diagonal = preconditioner(row)
    if diagonal is None or not (np.isfinite(diagonal).all() and (diagonal > 0).all()):
        return None
    root = np.sqrt(diagonal)
    scaled = hessian / root / root[:, None]
    return float(np.linalg.eigvalsh(scaled)[-1]) if np.isfinite(scaled).all() else None


def stability_limit(pipeline: Pipeline, values: Mapping[str, float]) -> float | None:
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
