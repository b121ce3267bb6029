"""Program + conditions -> a compiled loop that appends rows.

The float kernel is one generated function: equations, objective, gradient, tests and recording in straight
Python on local floats (0.9 µs a step for Adam on Himmelblau, where NumPy takes 8). All its state is in the rows,
so a step that raises (1/0, exp(1000)) is simply done again by `ArrayStep`, and the loop goes on behind it.
tests/benchmarks measures it.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from typing import Any

from gdtui.descent.arrays import ArrayStep
from gdtui.descent.conditions import Expression
from gdtui.descent.endings import Halt, Progress, counts_patience
from gdtui.descent.loop_source import LoopWriter
from gdtui.descent.program import Program
from gdtui.formula.emit import define
from gdtui.formula.emit_floats import FLOAT_NAMESPACE
from gdtui.objectives.objective import Array


def source_of(program: Program) -> str:
    """The Python source of what computes the rows: ``def loop`` for floats, or ``def update`` for arrays.

    Raises FormulaError for a formula or equations that are too large to be built.
    """
    return FloatLoop(program).source if program.suits_floats else ArrayStep(program).source


class FloatLoop:
    """The generated loop of one program and some conditions."""

    def __init__(self, program: Program, conditions: Sequence[Expression] = ()):
        writer = LoopWriter(program, conditions)
        self.source, self.past = writer.source(), writer.past
        named = {"range": range, "int": int, "ArithmeticError": ArithmeticError, "ValueError": ValueError}
        self._loop: Callable[..., Any] = define(self.source, "loop", FLOAT_NAMESPACE | named)
        self._pack = struct.Struct(f"{program.layout.width}d").pack_into

    def run(
        self,
        room: tuple[bytearray | memoryview, int, int],
        last: Array,
        t: int,
        row_number: int,
        hyperparameters: Sequence[float],
        past: Sequence[float],
        limits: tuple[float, float, int, float],
        progress: Progress,
        count: int,
    ) -> tuple[Halt, int]:
        """Append up to ``count`` rows behind row ``last``; says why it halted and how many there are.

        ``limits``: diverge_at, gtol², patience (0: none), min_delta.
        """
        buffer, offset, fit = room
        diverge_at, gtol2, patience, min_delta = limits
        # Infinite patience stands for none: its tests then never hold, and the loop need not ask.
        bar = progress.best - min_delta if patience else -math.inf
        deadline = float(t - progress.since + patience) if patience else math.inf
        halt, end_t, deadline, progress.condition, progress.best, *anchor = self._loop(
            buffer, offset, min(count, fit), self._pack, float(t), t - row_number, last.tolist(), hyperparameters, past,
            (diverge_at, gtol2, float(patience), min_delta, bar, deadline), progress.condition, progress.best,
            progress.anchor_row, progress.next_anchor, progress.anchor,
        )  # fmt: skip
        progress.anchor_row, progress.next_anchor, progress.anchor = anchor
        if patience:
            # A row where an earlier test halted the loop was not asked for its loss, and does not count.
            progress.since = int(end_t - deadline) + patience - (not counts_patience(Halt(halt)))
        return Halt(halt), int(end_t) - t
