"""Why a run ended: a Status, and a sentence with the numbers in it. States facts, gives no advice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from gdtui.formula.graph import SMALL
from gdtui.formula.notation import digits_apart, number
from gdtui.formula.parameter import Parameter
from gdtui.formula.symbols import RULE_SYMBOLS, symbol_of
from gdtui.objectives.objective import Array, Objective


class Status(StrEnum):
    """How a run stands, in the words that scripts read."""

    RUNNING = "running"
    BREAKPOINT = "breakpoint"
    CONVERGED = "converged"
    STALLED = "stalled"
    MAX_STEPS = "max_steps"
    DIVERGED = "diverged"
    NON_FINITE = "non_finite"

    @property
    def failed(self) -> bool:
        return self in (Status.DIVERGED, Status.NON_FINITE)

    @property
    def ended(self) -> bool:
        """Whether the run goes no further by itself; after a breakpoint it may."""
        return self not in (Status.RUNNING, Status.BREAKPOINT)


@dataclass(frozen=True)
class Stopping:
    """When a run ends. None: not for that reason. ``diverge_at`` bounds every |θ| and |loss|."""

    steps: int | None = None
    gtol: float | None = None
    patience: int | None = None
    min_delta: float = 0.0
    diverge_at: float = 1e50


PARAMETERS = {
    p.name: p
    for p in (
        Parameter("steps", 1000, 0, 1e12, "log", "how many updates at most", whole=True),
        Parameter("gtol", 1e-6, 0.0, 1e50, "log", "stop when ‖∇f‖ is smaller"),
        Parameter("patience", 100, 1, 1e9, "log", "stop after so many steps without a better loss", whole=True),
        Parameter("min_delta", 0.0, 0.0, 1e50, "log", "how much better counts as better"),
        Parameter("diverge_at", 1e50, 1e-3, 1e300, "log", "|θ| or |loss| beyond this has diverged"),
    )
}


_FLAT = "flat: "


class End(NamedTuple):
    """A run's end: its status and a sentence; ``row`` is where."""

    status: Status
    reason: str
    row: int

    @property
    def is_flat(self) -> bool:
        """Whether it is a slope below gtol, and the surface flat."""
        return self.reason.startswith(_FLAT)


RUNNING = End(Status.RUNNING, "", 0)


def diverged(t: int, row: Array, dim: int, limit: float) -> End | None:
    """DIVERGED where a parameter or the loss of this row has passed the limit."""
    theta, loss = row[:dim], row[dim]
    if abs(loss) > limit:
        what, value = "loss", loss
    elif np.abs(theta).max() > limit:
        what, value = "θ", theta[np.abs(theta).argmax()]
    else:
        return None
    digits = digits_apart((abs(float(value)), limit))
    reason = f"diverged: {what} = {number(value, digits)} passed {number(limit, digits)} at t = {t}"
    return End(Status.DIVERGED, reason, t)


class Remark(NamedTuple):
    """A quantity that is no finite number: at which row of the run, its name, which coordinate of it, its value."""

    row: int
    name: str
    coordinate: str
    value: float

    @property
    def what(self) -> str:
        """``v (x) is NaN``."""
        symbol = symbol_of(self.name, RULE_SYMBOLS) + (f" ({self.coordinate})" if self.coordinate else "")
        return f"{symbol} is {number(self.value)}"

    @property
    def sentence(self) -> str:
        """Of a term that has reached neither theta nor loss nor gradient."""
        return f"{self.what} at t = {self.row}, which reached neither θ nor loss nor gradient"


def non_finite(t: int, first: Remark, reached: Remark) -> End:
    """NON_FINITE: what ``first`` was no number in that row, and which of theta, loss, gradient it has ``reached``."""
    through = "" if first.name == reached.name else f", and so is {reached.what.replace(' is ', ', ')}"
    reason = f"non-finite: {first.what} at t = {t}, where it first appeared"
    return End(Status.NON_FINITE, reason + (through if first.row != t else ""), t)


def small_gradient(objective: Objective, t: int, row: Array, gtol: float, sense: float) -> End:
    """CONVERGED; or STALLED where the surface is so flat that a small gradient says nothing."""
    size = math.hypot(*row[objective.dim + 1 : 2 * objective.dim + 1].tolist())
    if is_flat(objective, row, gtol, sense):
        return flat(t, size)
    digits, below = digits_apart((size, gtol), 3), "<" if size < gtol else "≤"
    if size > gtol:  # squares are compared, and they are so small that they are equal
        return End(Status.CONVERGED, f"converged: ‖∇f‖² = {number(size * size, 3)} at t = {t}", t)
    reason = f"converged: ‖∇f‖ = {number(size, digits)} {below} {number(gtol, max(digits, 4))} at t = {t}"
    return End(Status.CONVERGED, reason, t)


def flat(t: int, size: float) -> End:
    return End(Status.STALLED, f"{_FLAT}nothing to go down by, ‖∇f‖ = {number(size, 3)} at t = {t}", t)


def is_flat(objective: Objective, row: Array, gtol: float, sense: float) -> bool:
    """Whether the Hessian is as small as the gradient, and the loss above the known minimum.

    ``sense``: −1 of a run that goes up to a maximum, of which none is known.
    """
    dim = objective.dim
    if sense < 0 or objective.f_min is None or dim > SMALL or row[dim] <= objective.f_min + gtol:
        return False
    hessian = objective.hessian(row[:dim])
    return hessian is not None and bool(np.abs(hessian).max() < max(gtol, 1e-12))


def no_better(t: int, best: float, patience: int, min_delta: float) -> End:
    by = f" by more than {number(min_delta)}" if min_delta else ""
    reason = f"stalled: the loss has not improved{by} on {number(best)} in {patience} steps, at t = {t}"
    return End(Status.STALLED, reason, t)


def cycle(t: int, period: int) -> End:
    return End(Status.STALLED, f"stalled: cycles with period {period}, seen at t = {t}", t)


def standing(objective: Objective, t: int, row: Array, sense: float) -> End:
    """θ is the same as one step before: nothing will change any more."""
    size = math.hypot(*row[objective.dim + 1 : 2 * objective.dim + 1].tolist())
    if is_flat(objective, row, 1e-12, sense):
        return flat(t, size)
    return End(Status.STALLED, f"stalled: θ stands still, ‖∇f‖ = {number(size, 3)} at t = {t}", t)


def standing_at_last(objective: Objective, steps: int, at: int, row: Array, sense: float) -> End:
    """All steps were run, and at the last θ did not move."""
    size = math.hypot(*row[objective.dim + 1 : 2 * objective.dim + 1].tolist())
    if is_flat(objective, row, 1e-12, sense):
        return flat(at, size)
    end = all_steps(steps, at)
    return end._replace(reason=f"{end.reason}; θ stands still, ‖∇f‖ = {number(size, 3)}")


def all_steps(steps: int, row: int) -> End:
    """The steps are used up at a row; where they were set lower than what was run, it is past them."""
    ran = f"ran all {steps} step{'s' * (steps != 1)}"
    return End(Status.MAX_STEPS, ran + (f"; it had come to t = {row} before" if row > steps else ""), row)


def at_breakpoint(t: int, text: str) -> End:
    return End(Status.BREAKPOINT, f"breakpoint: {text} at t = {t}", t)


def with_remark(end: End, remark: Remark | None) -> End:
    """The end of a run in which a term was no finite number, and ended nothing: that is told with it."""
    if not end.status.ended or remark is None:
        return end
    return end._replace(reason=f"{end.reason}; {remark.sentence}")


def with_hits(end: End, breakpoints: Sequence[str]) -> End:
    """An end at whose row breakpoints hold names them; where it is none of them it comes first, and they were met."""
    if not breakpoints:
        return end
    if end.status is Status.BREAKPOINT:
        return at_breakpoint(end.row, ", ".join(breakpoints))
    return end._replace(reason=f"{end.reason}; breakpoint: {', '.join(breakpoints)} there too")


def squared(gtol: float | None) -> float:
    """What the loop compares ‖∇f‖² with: −1 is never reached."""
    return -1.0 if gtol is None else gtol * gtol if math.isfinite(gtol * gtol) else math.inf
