"""What ends a run, in the order in which it is tested: the one table from which every loop is made.

A row is tested by `ENDINGS` from the first to the last, and only then for breakpoints: a breakpoint never changes where
a run ends. Ahead of them all a row that is no number has ended it (`Rows`, `Lanes`); behind them the steps may be
used up. Each ending is written for the float loop as source, for a row that arrays made, and for one row of many lanes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gdtui.descent.stopping import Stopping, squared
from gdtui.formula.emit import filled
from gdtui.objectives.objective import Array

Mask = NDArray[np.bool_]


class Halt(IntEnum):
    """Why a loop handed control back."""

    COUNT = 0  # as many rows as were asked for
    OUT_OF_RANGE = 1
    GRADIENT = 2
    PATIENCE = 3
    RETURN = 4
    CONDITION = 5
    UNDECIDED = 6  # the row is there, none of the endings holds at it, and breakpoints are still to be asked
    RAISED = 7  # the update raised: the row is not there


@dataclass
class Progress:
    """What the endings carry from one slice of a run to the next. ``best``: the best loss, times the run's sense."""

    best: float = math.inf
    since: int = 0
    anchor: tuple[float, ...] = ()  # an earlier theta; coming back to it is a cycle (Brent, BIT 20, 1980)
    anchor_row: int = 0
    next_anchor: int = 2
    condition: int = 0


class Sources(NamedTuple):
    """What the float loop calls the numbers of a row. ``sense``: what the loss is multiplied by to be made small."""

    theta: Sequence[str]
    grad: Sequence[str]
    loss: str
    sense: str


class Tested(NamedTuple):
    """A row that arrays made: ``row`` (width,), its ``number``, and what the tests of this run need."""

    row: Array
    number: int
    dim: int
    limits: Stopping
    progress: Progress
    sense: float


class LaneRow(NamedTuple):
    """One row of many runs: ``near`` (1 + d, P) is loss and theta, ``square`` (P,) is ‖∇f‖²; other arrays by name."""

    near: Array
    square: Array
    limits: Stopping
    arrays: Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Ending:
    """One ending: ``source``, the lines that set ``halt`` and break; ``holds`` of a row; ``lanes``, a mask (P,).

    ``holds`` writes down what it has seen in `Progress`.
    """

    halt: Halt
    source: Callable[[Sources], list[str]]
    holds: Callable[[Tested], bool]
    lanes: Callable[[LaneRow], Mask]


def _range_source(names: Sources) -> list[str]:
    within = " and ".join(f"low <= {source} <= diverge_at" for source in (names.loss, *names.theta))
    return _halting(f"if not ({within}):", Halt.OUT_OF_RANGE)


def _range_holds(at: Tested) -> bool:
    near, most = at.row[: at.dim + 1], at.limits.diverge_at
    # The squares together take a tenth of the time, and where they are small each of them is.
    if most * most < math.inf and near.dot(near) <= most * most:
        return False
    return not (np.abs(near) <= most).all()


def _gradient_source(names: Sources) -> list[str]:
    squares = " + ".join(f"{source}*{source}" for source in names.grad)
    return _halting(f"if not ({squares}) > gtol2:", Halt.GRADIENT)


def _gradient_holds(at: Tested) -> bool:
    grad = at.row[at.dim + 1 : 2 * at.dim + 1]
    return at.limits.gtol is not None and not grad.dot(grad) > squared(at.limits.gtol)


def _gradient_lanes(at: LaneRow) -> Mask:
    if at.limits.gtol is None:
        return np.zeros(at.square.shape, dtype=bool)
    return ~(at.square > squared(at.limits.gtol))


_PATIENCE = """\
if {loss} < bar:
    best = {loss}
    bar = best - min_delta
    deadline = q_t + patience
elif q_t >= deadline:
    halt = {halt}
    break
"""
_RETURN = """\
if {same}:
    halt = {halt}
    break
if q_t == anchor_t:
    {moved}
    anchor_row = int(q_t) - origin
    next_anchor = 2*anchor_row
    anchor_t = float(next_anchor + origin)
"""


def _patience_source(names: Sources) -> list[str]:
    """Infinite patience stands for none: its tests then never hold, and the loop need not ask."""
    return filled(_PATIENCE, loss=f"{names.sense}{names.loss}", halt=str(int(Halt.PATIENCE))).splitlines()


def _patience_holds(at: Tested) -> bool:
    limits, progress = at.limits, at.progress
    if not limits.patience:
        return False
    loss = at.sense * float(at.row[at.dim])
    if loss < progress.best - limits.min_delta:
        progress.best, progress.since = loss, 0
        return False
    progress.since += 1
    return progress.since >= limits.patience


def _patience_lanes(at: LaneRow) -> Mask:
    if not at.limits.patience:
        return np.zeros(at.square.shape, dtype=bool)
    worn: Mask = at.arrays["since"] >= at.limits.patience
    return worn


def _return_source(names: Sources) -> list[str]:
    """Where theta is that of the anchor; the anchor itself moves on when the step's number has doubled."""
    same = " and ".join(f"{source} == c_{k}" for k, source in enumerate(names.theta))
    moved = [f"c_{k} = {source}" for k, source in enumerate(names.theta)]
    return filled(_RETURN, same=same, halt=str(int(Halt.RETURN)), moved=moved).splitlines()


def _return_holds(at: Tested) -> bool:
    progress, theta = at.progress, at.row[: at.dim]
    if theta[0] == progress.anchor[0] and tuple(theta.tolist()) == progress.anchor:
        return True
    if at.number == progress.next_anchor:
        progress.anchor, progress.anchor_row = tuple(theta.tolist()), at.number
        progress.next_anchor = 2 * at.number
    return False


def _return_lanes(at: LaneRow) -> Mask:
    if "anchor" not in at.arrays:
        return np.zeros(at.square.shape, dtype=bool)
    back: Mask = (at.near[1:] == at.arrays["anchor"]).all(axis=0)
    return back


def _halting(condition: str, halt: Halt) -> list[str]:
    return [condition, f"    halt = {int(halt)}", "    break"]


def _range_lanes(at: LaneRow) -> Mask:
    return np.asarray(~(np.abs(at.near) <= at.limits.diverge_at).all(axis=0))


ENDINGS: tuple[Ending, ...] = (
    Ending(Halt.OUT_OF_RANGE, _range_source, _range_holds, _range_lanes),
    Ending(Halt.GRADIENT, _gradient_source, _gradient_holds, _gradient_lanes),
    Ending(Halt.PATIENCE, _patience_source, _patience_holds, _patience_lanes),
    Ending(Halt.RETURN, _return_source, _return_holds, _return_lanes),
)


def first_of(at: Tested) -> Halt:
    """The first ending that holds at a row, or COUNT. It tells the endings' progress, so it is asked once a row."""
    for ending in ENDINGS:
        if ending.holds(at):
            return ending.halt
    return Halt.COUNT


def counts_patience(halt: Halt) -> bool:
    """Whether a row at which the loop halted so was asked for its loss."""
    order = [ending.halt for ending in ENDINGS]
    return halt not in order or order.index(halt) >= order.index(Halt.PATIENCE)
