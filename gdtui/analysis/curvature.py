"""Curvature at a point, and what the rule's theory says to it: its limit of lr·λ, the angle of the step.

Limits are known for a quadratic: gd is stable while lr·λ < 2, heavy ball < 2 + 2β (Polyak 1964); each rule that
has one gives it as text over its hyperparameters. For a rule that divides the gradient by P, λ is the largest
eigenvalue of P⁻¹H (Cohen et al., arXiv 2207.14484), with the P of the update that arrived.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdtui.analysis.measured import measured_hessian, within
from gdtui.analysis.recurrence import growth
from gdtui.analysis.spectrum import Spectrum, spectrum_of
from gdtui.analysis.steps import angle_from_downhill
from gdtui.descent.continuation import Continuation
from gdtui.descent.program import Program
from gdtui.descent.rows import Row, Rows
from gdtui.formula import graph
from gdtui.formula.evaluate import function_of, value_of
from gdtui.formula.graph import SMALL
from gdtui.formula.language import Scope, parse
from gdtui.formula.symbols import RULE_SYMBOLS
from gdtui.objectives.functions import FunctionObjective
from gdtui.objectives.objective import Objective
from gdtui.optimizers.pipeline import Pipeline


@dataclass(frozen=True)
class Curvature:
    """The ``spectrum`` of H, the Hessian of what is gone down: of the loss, of −loss where it is climbed, with an L2
    decay's λ/2·‖θ‖² added. ``divided``: that of P⁻¹H, for a rule that is ``preconditioned``. ``lr``: that of the step;
    ``limit``: the greatest stable lr·λ, where the rule has one; ``angle``: degrees between Δθ and −∇f, of the update
    that arrived. ``by``: whose rule and hyperparameters these are; ``t``: the number of the step to come.
    None: not known.
    """

    spectrum: Spectrum
    divided: Spectrum | None
    by: Continuation
    t: int
    lr: float | None
    limit: float | None
    angle: float | None

    @property
    def pipeline(self) -> Pipeline:
        return self.by.program.pipeline

    @property
    def preconditioned(self) -> bool:
        return self.pipeline.rule.preconditioner is not None

    @property
    def largest(self) -> float:
        return float(self.spectrum.values[-1])

    @property
    def smallest(self) -> float:
        return float(self.spectrum.values[0])

    @property
    def judged(self) -> Spectrum | None:
        """Whose largest value counts: P⁻¹H's for a rule that divides by P."""
        return self.divided if self.preconditioned else self.spectrum

    @property
    def product(self) -> float | None:
        """lr·λ."""
        return None if self.lr is None or self.judged is None else self.lr * float(self.judged.values[-1])

    @cached_property
    def roots(self) -> NDArray[np.complex128] | None:
        """By what the rule multiplies along each direction of `spectrum`, (k, n), the largest modulus first."""
        if self.lr is None:
            return None
        values = {**self.by.values, "lr": self.lr}
        return growth(self.by.program, values, self.spectrum.values, self.t)

    @property
    def condition(self) -> float | None:
        """κ, the ratio of the eigenvalues, where the surface is convex."""
        sure = self.spectrum.found(0) and self.spectrum.found(-1)
        return self.largest / self.smallest if sure and self.smallest > 0 else None


def curvature_at(objective: Objective, row: Row, before: Row | None, upcoming: Rows | None = None) -> Curvature | None:
    """What is known at a row, under the rule and the hyperparameters that it was recorded with.

    With ``upcoming``, the segment whose update leaves the row: under those, where they are others. None where
    `why_unknown` says why.
    """
    by, lr = row.segment.continuation, row.lr
    if by is None or objective.kinked(row.theta):
        return None
    ahead = by if upcoming is None or upcoming.continuation is None else upcoming.continuation
    if not ahead.is_by(by.program, by.values):
        by, unscheduled = ahead, ahead.program.pipeline.schedule is None
        lr = ahead.values.get("lr") if unscheduled else None
    pipeline, values = by.program.pipeline, by.values
    turned, shift = pipeline.maximize, values["weight_decay"] if pipeline.has("weight_decay") else 0.0
    theta = np.array(row.theta)
    measured = measured_hessian(objective, theta, row.grad) if isinstance(objective, FunctionObjective) else None
    if measured is None:
        hessian = objective.hessian(theta) if objective.dim <= SMALL else None
    elif measured.hessian is None:
        return None
    else:
        hessian = measured.hessian  # of the gradient that runs
    spectrum = spectrum_of(objective, theta, turned, shift, hessian=hessian)
    if spectrum is None:
        return None
    divisor = preconditioner(row) if pipeline.rule == row.segment.program.pipeline.rule else None
    divided = None
    if divisor is not None and np.isfinite(divisor).all() and (divisor > 0).all():
        divided = spectrum_of(objective, theta, turned, shift, divisor, hessian)
    if measured is not None:
        spectrum = within(spectrum, measured.error)
        if divided is not None and divisor is not None:
            divided = within(divided, measured.error / float(divisor.min()))
    limit = stability_limit(pipeline, values if lr is None else {**values, "lr": lr})
    t = by.t0 + row.number - by.first
    return Curvature(spectrum, divided, by, t + 1, lr, limit, _angle(row, before))


def why_unknown(objective: Objective, row: Row) -> str:
    """Where `curvature_at` gives None: what is missing, in a sentence."""
    if row.segment.continuation is None:
        return "no curvature: these rows were recorded, and the function is not known"
    if objective.kinked(row.theta):
        return "no curvature: the function has a kink here, and its slope is a convention"
    if isinstance(objective, FunctionObjective):
        return f"no curvature: {measured_hessian(objective, row.theta, row.grad).why or 'it is not finite here'}"
    if objective.hessian_along(row.theta, np.array(row.theta)) is None:
        return "no curvature: the second derivative of this formula is too large"
    return "no curvature: it is not finite here"


def preconditioner(row: Row) -> NDArray[np.float64] | None:
    """The diagonal of P in the update that arrived at a row, (dim,); None where none arrived or the rule has no P."""
    program = row.segment.program
    if program.pipeline.rule.preconditioner is None or not row.terms:
        return None
    function, reads = program.compiled(_divisor)
    numbers = {**row.segment.values, "t": float(row.segment.t_of(row.number)), **row.terms}
    (divisor,) = function(*(numbers[name] for name in reads))
    return np.array(np.broadcast_to(divisor, row.theta.shape))


def _divisor(program: Program) -> tuple[Callable[..., list[NDArray[Any]]], tuple[str, ...]]:
    """The rule's preconditioner as a function, and what it is a function of."""
    rule = program.pipeline.rule
    assert rule.preconditioner is not None
    names = {name: graph.name(name, shape) for name, shape in program.layout.terms}
    names |= {p.name: graph.name(p.name) for p in rule.hyperparameters} | {"t": graph.name("t")}
    node = parse(rule.preconditioner, Scope(names, symbols=RULE_SYMBOLS))
    reads = tuple(sorted(graph.names_in([node])))
    return function_of([node], reads), reads


def stability_limit(pipeline: Pipeline, values: Mapping[str, float]) -> float | None:
    """The rule's limit for lr·λ with these hyperparameters, or None where theory gives none."""
    rule = pipeline.rule
    if rule.stability is None:
        return None
    limit = float(value_of(rule.stability, {p.name: values[p.name] for p in rule.hyperparameters}, RULE_SYMBOLS))
    return limit if math.isfinite(limit) else None


def _angle(row: Row, before: Row | None) -> float | None:
    """Degrees between the step that arrived and the way straight down from where it began."""
    if before is None or "delta" not in row.terms:
        return None
    angle = angle_from_downhill(row.terms["delta"], before.grad)
    return None if math.isnan(angle) else angle
