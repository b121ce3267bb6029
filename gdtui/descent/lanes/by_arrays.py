"""Lanes by `ArrayStep`, step by step: what generated loops are held to, and what runs all that these do not take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdtui.descent.arrays import ArrayStep
from gdtui.descent.lanes.loop import LaneLoop, LaneTests, kept_of, lane_arrays
from gdtui.descent.program import Program
from gdtui.objectives.objective import Array

Arrays = Mapping[str, NDArray[Any]]
Drawn = Callable[[int, int], Array]


def loop_by_arrays(program: Program, varied: frozenset[str], tests: LaneTests) -> LaneLoop:
    """The loop of any program. ``varied``: the hyperparameters that differ between lanes."""
    lanes = _ByArrays(program, varied, tests)
    return LaneLoop(lanes.step.source, lanes.run, lane_arrays(program, varied, tests))


class _ByArrays:
    def __init__(self, program: Program, varied: frozenset[str], tests: LaneTests):
        self.program, self.varied, self.tests = program, varied, tests
        self.step, self.dim, self.columns = program.compiled(ArrayStep), program.dim, program.layout.columns

    def run(
        self, count: int, t: int, last: int, arrays: Arrays, registers: Arrays, numbers: Mapping[str, float],
        limits: tuple[float, ...], drawn: Drawn,
    ) -> int:  # fmt: skip
        """As `LaneLoop` says."""
        block = {name: array[..., :count] for name, array in arrays.items()}
        values = self.step.numbers_of({**numbers, **{name: block[f"value {name}"] for name in self.varied}})
        before, rows = np.empty((2, self.program.layout.width, count))
        while t < last:
            t += 1
            self._remember(block, before)
            past = {n: [block[f"past {n} {k}"] for k in range(2, back + 1)] for n, back in self.program.past.items()}
            self.step.write_rows_after(rows, before, t, values, past, drawn)
            self._arrive(block, rows, limits[2])
            if self._looked_at(block, t, limits):
                return t
        return t

    def _remember(self, block: Arrays, before: Array) -> None:
        """The last rows, and the past moved by one step, the oldest first."""
        for name, values in self._quantities(block).items():
            before[self.columns[name]] = values
        for name, back, _ in reversed(self.program.earlier()):
            place = block[f"past {name} {back}"]
            last = before[self.columns[name]].reshape(place.shape)
            place[...] = block[f"past {name} {back - 1}"] if back > 1 else last

    def _arrive(self, block: Arrays, rows: Array, min_delta: float) -> None:
        for name, values in self._quantities(block).items():
            values[...] = rows[self.columns[name]].reshape(values.shape)
        np.add.reduce(block["grad"] * block["grad"], axis=0, out=block["checked"][1 + self.dim])
        if self.tests.patience:
            sense, loss, bar = self.program.sense, block["checked"][0], block["bar"]
            better = sense * loss < sense * bar
            bar[better] = loss[better] - sense * min_delta
            block["age"][:] = np.where(better, 0, block["age"] + 1)

    def _quantities(self, block: Arrays) -> dict[str, Array]:
        """What of a row is kept to the next step, each in its place."""
        places = {"theta": block["checked"][1 : 1 + self.dim], "loss": block["checked"][0], "grad": block["grad"]}
        return places | {name: block[f"kept {name}"] for name in kept_of(self.program)}

    def _looked_at(self, block: Arrays, t: int, limits: tuple[float, ...]) -> bool:
        """Whether an ending may hold in some lane."""
        diverge_at, gtol2, _, deadline, anchor_at = limits
        checked = block["checked"]
        square = checked[1 + self.dim]
        looked = not (np.abs(checked[: 1 + self.dim]) <= diverge_at).all() or not np.isfinite(square).all()
        looked = looked or (self.tests.gtol and not (square > gtol2).all()) or t >= deadline or t == anchor_at
        back = self.tests.returns and (checked[1 : 1 + self.dim] == block["anchor"]).all(axis=0).any()
        return bool(looked or back)
