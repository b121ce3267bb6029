"""One update by NumPy arrays: for many parameters, one's own functions, and steps in which floats raise."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdtui.descent.program import Program
from gdtui.formula.emit_arrays import ArrayEmitter
from gdtui.formula.graph import Node
from gdtui.objectives.functions import FunctionObjective
from gdtui.objectives.objective import Draw, FormulaObjective

Array = NDArray[np.float64]
Numbers = tuple[np.float64, ...]


def normal_draw(seed: int, row: int, dim: int, stream: int = 0) -> Array:
    """Standard normal numbers that depend on (seed, stream, row of the run) alone: a replay draws the same ones."""
    # The row stands above the word that counts the blocks of one draw, the stream above a seed: none share a block.
    generator = np.random.Generator(np.random.Philox(key=seed | stream << 64, counter=row << 64))
    return generator.standard_normal(dim)


class ArrayStep:
    """Computes the row that follows a row, each result where it belongs in it. It keeps no numbers of a run."""

    def __init__(self, program: Program):
        self.program, self.objective, self.layout = program, program.objective, program.layout
        self._infers_delta = all(equation.name != "delta" for equation in program.equations)
        self._update = self._compiled()

    @property
    def source(self) -> str:
        """The Python source of the update, and behind it that of the formula whose value and gradient end the row."""
        update = inspect.getsource(self._update)
        return f"{update}\n\n{self.objective.source}" if isinstance(self.objective, FormulaObjective) else update

    def numbers_of(self, values: Mapping[str, float]) -> Numbers:
        """The hyperparameters and the known minimum as the update takes them."""
        f_min = self.objective.f_min if self.objective.f_min is not None else float("nan")
        return tuple(np.float64(x) for x in (*(values[p.name] for p in self.program.pipeline.parameters), f_min))

    def row_after(
        self, last: Array, t: int, values: Mapping[str, float], past: Mapping[str, Sequence[Array]], seed: int
    ) -> Array:
        """The row of update ``t`` of a run. ``past[name][j]``: the quantity j + 1 rows before ``last``.

        Raises what a user's own function raises.
        """
        row = np.empty(self.layout.width)
        self.write_row_after(row, last, t, self.numbers_of(values), past, (seed, t))
        return row

    def write_row_after(
        self, row: Array, last: Array, t: int, numbers: Numbers, past: Mapping[str, Sequence[Array]], draw: Draw
    ) -> None:
        """`row_after` into an array (width,). ``draw``: what chance is keyed on, (seed, row of the run)."""
        dim, objective = self.layout.dim, self.objective
        wanted = {key: self._answer(node, last, draw) for key, node in self.program.asked.items()}
        with np.errstate(all="ignore"):
            self._update(row.reshape(-1, 1), last, last.reshape(-1, 1), np.float64(t), numbers, past, wanted)
            if self._infers_delta:
                np.subtract(row[:dim], last[:dim], out=row[self.layout.columns["delta"]])
            theta = row[:dim].copy() if isinstance(objective, FunctionObjective) else row[:dim]
            row[dim], row[dim + 1 : 2 * dim + 1] = objective.value_and_grad(theta, draw)

    def _answer(self, node: Node, last: Array, draw: Draw) -> Any:
        """What normal(), hess() and identity() are in this update."""
        if isinstance(node.payload, int):
            return normal_draw(*draw, self.layout.dim, node.payload).reshape(-1, 1)
        return self.objective.hessian(last[: self.layout.dim]) if node.op == "hess" else np.identity(self.layout.dim)

    def _compiled(self) -> Callable[..., None]:
        """(new row, last row, numbers, past, ...): the equations. ``row`` and ``column`` are columns, ``last`` is flat.

        A vector is a column (n, 1), a scalar a number.
        """
        lines = []
        quantities = {"theta": "theta", "loss": "loss", "grad": "grad"} | {n: f"state {n}" for n in self.layout.states}
        names = {"t": "t", "g": "q_grad", "f_min": "f_min"} | {key: f"wanted['{key}']" for key in self.program.asked}
        for name, key in quantities.items():
            names[key] = f"q_{name}"
            lines.append(f"q_{name} = {self._read(name)}")
        for name, back, key in self.program.earlier():
            earlier = f"past['{name}'][{back - 2}].reshape" + ("(-1, 1)" if self.layout.shapes[name] else "(())[()]")
            names[key] = f"h_{name}_{back}"
            lines.append(f"h_{name}_{back} = {self._read(name) if back == 1 else earlier}")
        numbers = [f"p_{p.name}" for p in self.program.pipeline.parameters]
        names |= {p.name: f"p_{p.name}" for p in self.program.pipeline.parameters}
        lines.append(f"{', '.join([*numbers, 'f_min'])}, = numbers")
        emitter = ArrayEmitter(names)
        emitter.lines = lines
        for equation, node in zip(self.program.equations, self.program.graphs, strict=True):
            (source,) = emitter.emit([node])
            result, place = emitter.assign(source), self.layout.columns[equation.name]
            emitter.lines.append(f"row[{place.start}:{place.stop}] = {result}")
            if equation.name != "theta":
                emitter.names[equation.name] = result
        head = "update(row, last, column, t, numbers, past, wanted)"
        return emitter.compiled(head, "None", {"solve": _solve} | self._own_functions())

    def _read(self, name: str) -> str:
        """A quantity of the last row."""
        place = self.layout.columns[name]
        return f"column[{place.start}:{place.stop}]" if self.layout.shapes[name] else f"last[{place.start}]"

    def _own_functions(self) -> dict[str, Any]:
        """grad(u) and loss_at(u) of a user's functions: called, since there is no text to write out."""
        objective = self.objective
        if not isinstance(objective, FunctionObjective):
            return {}
        return {
            "grad_at": lambda u: objective.gradient_at(np.array(u).reshape(-1)).reshape(-1, 1),
            "loss_at": lambda u: objective.value(np.array(u).reshape(-1)),
        }


def _solve(system: Array, side: Array) -> Array:
    """x with system·x = side; NaN where the system is singular or not finite."""
    found = np.full(side.shape, np.nan)
    with suppress(np.linalg.LinAlgError):
        found[:] = np.linalg.solve(system, side)
    return found
