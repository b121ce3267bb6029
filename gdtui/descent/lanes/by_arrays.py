"""Lanes by `ArrayStep`, step by step: what generated loops are held to, and what runs all that these do not take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdtui.descent.arrays import ArrayStep
from gdtui.descent.lanes.loop import LaneLoop, LaneTests, lane_arrays
from gdtui.descent.program import Program

Array = NDArray[np.float64]


def loop_by_arrays(program: Program, varied: frozenset[str], tests: LaneTests) -> LaneLoop:
    """The loop of any program. ``varied``: the hyperparameters that differ between lanes."""
    step, layout, dim = program.compiled(ArrayStep), program.layout, program.dim
    arrays = lane_arrays(program, varied, tests)
    columns = layout.columns
    kept = [(f"kept {name}", columns[name]) for name in layout.shapes if f"kept {name}" in arrays]

    def run(
        count: int, t: int, last: int, blocks: Mapping[str, NDArray[Any]], registers: Mapping[str, NDArray[Any]],
        numbers: Mapping[str, float], limits: tuple[float, ...], drawn: Callable[[int, int], Array],
    ) -> int:  # fmt: skip
        block = {name: array[..., :count] for name, array in blocks.items()}
        checked, grad = block["checked"], block["grad"]
        before, rows = np.empty((layout.width, count)), np.empty((layout.width, count))
        before[:dim], before[dim], before[columns["grad"]] = checked[1 : 1 + dim], checked[0], grad
        for name, place in kept:
            before[place] = block[name]
        for name, back, _ in reversed(program.earlier()):
            earlier = before[columns[name]].reshape(block[f"past {name} {back}"].shape)
            block[f"past {name} {back}"][...] = block[f"past {name} {back - 1}"] if back > 1 else earlier
        past = {name: [block[f"past {name} {k}"] for k in range(2, back + 1)] for name, back in program.past.items()}
        values = {**numbers, **{name: block[f"value {name}"] for name in varied}}
        step.write_rows_after(rows, before, t + 1, step.numbers_of(values), past, drawn)
        checked[1 : 1 + dim], checked[0], grad[:] = rows[:dim], rows[dim], rows[columns["grad"]]
        with np.errstate(all="ignore"):
            checked[1 + dim] = np.add.reduce(grad * grad, axis=0)
        for name, place in kept:
            block[name][...] = rows[place].reshape(block[name].shape)
        if tests.patience:
            sense, bar, loss, age = program.sense, block["bar"], checked[0], block["age"]
            better = sense * loss < sense * bar
            bar[better] = (loss - sense * limits[2])[better]
            age[:] = np.where(better, 0, age + 1)
        return t + 1

    return LaneLoop(step.source, run, arrays)
