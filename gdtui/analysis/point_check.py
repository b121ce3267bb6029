"""A gradient, one's own function or text, against differences of the loss at one point: `gdtui.gradcheck`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import numpy as np

from gdtui.analysis.differences import Sides, Slope, sides, slope
from gdtui.analysis.gradcheck import slopes_of
from gdtui.formula.notation import number, vector
from gdtui.formula.parameter import ParameterError
from gdtui.objectives.functions import FunctionObjective, own_functions, with_gradient
from gdtui.objectives.objective import Array, Objective
from gdtui.objectives.resolve import resolve
from gdtui.objectives.scripted import real, shown

_SURE = 1e-2  # differences that may be off by more than a tenth of this share of the slopes here decide nothing
_SHARE = 1e-6  # of the larger: so far apart two are still one
_TOLD = 12  # coordinates
_FACTORS = (2.0, 3.0, 4.0, 10.0, 0.5, 1 / 3, 0.25, 0.1)


@dataclass(frozen=True, eq=False)
class GradientCheck:
    """What came of it at the point ``at``. True where they agree in every coordinate.

    ``yours`` and ``differences``: the slopes (d,), the latter to within about ``error`` (d,). ``parted``: the
    coordinates that differ; ``kink``: those where the slopes to the two sides stay apart, so that any slope is a
    convention; ``unsure``: those where differences cannot tell. As text it says all that in sentences.
    """

    symbols: tuple[str, ...]
    at: Array
    yours: Array
    differences: Array
    error: Array
    parted: tuple[int, ...]
    kink: tuple[int, ...]
    unsure: tuple[int, ...]
    sides: tuple[Sides, ...]

    @property
    def agrees(self) -> bool:
        return not (self.parted or self.kink or self.unsure)

    def __bool__(self) -> bool:
        return self.agrees

    def __str__(self) -> str:
        return "\n".join(_sentences(self))

    def __repr__(self) -> str:
        return f"<GradientCheck: {[*_sentences(self)][-1]}>"


def check(function: Callable[..., Any] | str, gradient: Callable[..., Any] | str, at: Any) -> GradientCheck:
    """Arguments as those of `gdtui.gradcheck`. Raises ParameterError or FormulaError."""
    wanted = "at is one number for each parameter, at=(1.0, 2.0); not"
    point = np.atleast_1d(real(at, wanted))
    if point.ndim != 1 or not point.size:
        raise ParameterError(f"{wanted} {shown(at)}")
    if not np.isfinite(point).all():
        raise ParameterError(f"at is made of finite numbers; {shown(at)} is not")
    objective, yours = _both(function, gradient, point)
    slopes, two_sided, words = zip(
        *(_judged(objective, point, k, float(yours[k])) for k in range(objective.dim)), strict=True
    )
    differences, error, _ = np.array(slopes).T
    parted, kink, unsure = (
        tuple(k for k, word in enumerate(words) if word == kind) for kind in ("parted", "kink", "unsure")
    )
    return GradientCheck(objective.symbols, point, yours, differences, error, parted, kink, unsure, two_sided)


def _both(
    function: Callable[..., Any] | str, gradient: Callable[..., Any] | str, point: Array
) -> tuple[Objective, Array]:
    """What gives the loss anywhere, and the gradient at the point: one call of it."""
    if not callable(gradient) and not isinstance(gradient, str):
        wanted = "df is a function, which gives the gradient, or its formulas as text"
        raise ParameterError(f"{wanted}; {shown(gradient)} is not")
    if isinstance(function, str):
        formula = resolve(function, start=tuple(point.tolist()))
        if formula.dim != len(point):
            names = ", ".join(formula.names[:6])
            many = f"{formula.dim} parameter{'s' * (formula.dim != 1)}"
            raise ParameterError(f"{formula.name} has {many} ({names}); at has {len(point)}")
        _check_is_finite(formula.value(point))
        if isinstance(gradient, str):
            return formula, slopes_of(gradient, formula, point[:, None])[:, 0]
        return formula, with_gradient(formula, gradient).gradient_at(point)
    if not callable(function):
        raise ParameterError(f"f is a function, a name or a formula; {shown(function)} is not")
    if isinstance(gradient, str):
        raise ParameterError("df as text goes with f as text; of a function of your own df is a function too")
    own = own_functions(function, gradient, tuple(point.tolist()))
    _check_is_finite(own.loss_at(point))
    yours = own.gradient_at(point)
    return _without_raising(own), yours


def _check_is_finite(loss: float) -> None:
    if not math.isfinite(loss):
        raise ParameterError(f"f is {number(loss)} at this point: there is no slope to compare with")


def _without_raising(own: FunctionObjective) -> FunctionObjective:
    """The same, NaN where it raises: away from the point a function need not be defined."""

    def careful(theta: Array) -> float:
        try:
            return own.loss_at(theta)
        except Exception:  # it may raise anything
            return math.nan

    return replace(own, function=careful)


def _judged(objective: Objective, point: Array, k: int, yours: float) -> tuple[Slope, Sides, str]:
    """The slope by differences along one coordinate, those to the sides, and in what way yours is not that; or ""."""
    one, two = slope(objective, point, k), sides(objective, point, k)
    gap = abs(yours - one.value)
    larger = max(abs(yours), abs(one.value)) if math.isfinite(yours) else abs(one.value)
    if gap != 0 and math.isfinite(one.value) and 10 * one.error > _SURE * max(larger, one.scale):
        return one, two, "unsure"
    if two.apart:
        return one, two, "kink"
    if not math.isfinite(one.value):
        return one, two, "unsure"
    return one, two, "" if gap <= 10 * one.error + _SHARE * larger else "parted"


def _sentences(check: GradientCheck) -> Iterator[str]:
    """One for each coordinate in which they do not agree, and what comes of it."""
    for k in [k for k in range(len(check.at)) if k in {*check.parted, *check.kink, *check.unsure}][:_TOLD]:
        yield f"∂f/∂{check.symbols[k]}: {_said(check, k)}"
    names = ", ".join(check.symbols[:_TOLD]) + (", …" if len(check.at) > _TOLD else "")
    one = len(check.at) == 1
    where = f"{names} = {number(check.at[0])}" if one else f"({names}) = {vector(check.at[:_TOLD].tolist())}"
    if check.agrees:
        yield f"they agree at {where}, to within {number(float(check.error.max()), 1)}"
        return
    said = []
    kinds = {"they part in": check.parted, "there is a kink in": check.kink, "differences cannot tell in": check.unsure}
    for words, which in kinds.items():
        if which:
            more = f" and {len(which) - _TOLD} more" if len(which) > _TOLD else ""
            said.append(f"{words} {', '.join(f'∂f/∂{check.symbols[k]}' for k in which[:_TOLD])}{more}")
    yield f"at {where} {'; '.join(said)}"


def _said(check: GradientCheck, k: int) -> str:
    yours, differences = float(check.yours[k]), float(check.differences[k])
    digits = next((n for n in range(6, 17) if number(yours, n) != number(differences, n)), 17)
    mine = f"yours is {number(yours, digits)}"
    if k in check.kink:
        left, right = check.sides[k].left, check.sides[k].right
        sides_without = sum(not math.isfinite(side) for side in (left, right))
        if sides_without:
            return f"f is no finite number on {'both sides' if sides_without == 2 else 'one side'}; {mine}"
        between = f"{number(left, 6)} to the left and {number(right, 6)} to the right"
        return f"the slope of f is {between}; {mine}, and any there is a convention"
    if k in check.unsure:
        return f"{mine}; differences of f change too much to tell, {number(differences)} ± {number(check.error[k], 1)}"
    given = f"{mine}, differences of f give {number(differences, digits)} ± {number(check.error[k], 1)}"
    slip = _slip(check, k)
    return given + (f": {slip}" if slip else "")


def _slip(check: GradientCheck, k: int) -> str:
    """Which of the usual slips it looks like, as far as one point can say."""
    yours, slopes = float(check.yours[k]), check.differences

    def is_near(value: float) -> bool:
        return abs(yours - value) <= float(10 * check.error[k] + 1e-5 * abs(value))

    if not math.isfinite(yours):
        return "yours is no number"
    if is_near(-slopes[k]):
        return "the sign is wrong"
    for j in range(len(slopes)):
        if j != k and slopes[j] and is_near(slopes[j]):
            return f"yours is ∂f/∂{check.symbols[j]} by value"
    for factor, sign in product(_FACTORS, (1.0, -1.0)):
        if is_near(sign * factor * slopes[k]):
            wrong = "the sign is wrong, and " if sign < 0 else ""
            return f"{wrong}yours is {number(factor)} times the slope"
    return "yours is 0" if yours == 0 else ""
