"""What a loop over lanes is: which arrays it works on, which tests it makes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from gdtui.descent.layout import RECORDED
from gdtui.descent.program import Program
from gdtui.formula import graph
from gdtui.formula.graph import Node

Kinds = dict[str, tuple[graph.Shape, type]]


@dataclass(frozen=True)
class LaneTests:
    """Which tests a loop makes. ``near``: for a diverge_at below what other numbers may well reach."""

    near: bool = False
    gtol: bool = False
    patience: bool = False
    min_delta: bool = False
    returns: bool = False


@dataclass(frozen=True)
class LaneLoop:
    """A loop, and the arrays that it works on by name: shape without the lanes, and type.

    ``run(n, t, last, arrays, registers, numbers, limits, drawn)`` makes the updates t + 1 ... last of n lanes and
    returns the last it made: an earlier one where a lane is to be looked at. ``arrays["checked"]`` has the rows
    loss, theta and ‖∇f‖². ``factors``: of each running average what its array is to be multiplied by. ``limits``:
    diverge_at, gtol², min_delta, the first step at which patience can end, the next step that is kept to be compared
    with. ``drawn(t, stream)``: what normal() is in update t.
    """

    source: str
    run: Callable[..., int]
    arrays: Kinds
    registers: Mapping[str, tuple[graph.Shape, bool]] = field(default_factory=dict)
    factors: Mapping[str, Node] = field(default_factory=dict)


def kept_of(program: Program) -> tuple[str, ...]:
    """The terms that the next update reads."""
    return tuple(dict.fromkeys([*program.layout.states, *(n for n in program.past if n not in RECORDED)]))


def lane_arrays(program: Program, varied: frozenset[str], tests: LaneTests) -> Kinds:
    """The arrays of a loop. ``varied``: the hyperparameters that differ between lanes."""
    dim, shapes = program.dim, program.layout.shapes
    arrays: Kinds = {"checked": ((2 + dim,), float), "grad": ((dim,), float)}
    arrays |= {f"kept {name}": (shapes[name], float) for name in kept_of(program)}
    arrays |= {f"past {name} {back}": (shapes[name], float) for name, back, _ in program.earlier()}
    arrays |= {f"value {name}": ((), float) for name in sorted(varied)}
    if tests.patience:
        arrays |= {"bar": ((), float), "age": ((), np.uint8)}
    if tests.returns:
        arrays |= {"anchor": ((dim,), float)}
    return arrays
