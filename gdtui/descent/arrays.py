"""One update by NumPy arrays: for many parameters, one's own functions, and steps in which floats raise.

What is written for gd on x², and behind it what the formula is compiled to:

    def update(row, last, column, t, numbers, past, wanted):
        q_theta = column[0:1]
        q_loss = last[1]
        q_grad = column[2:3]
        p_lr, f_min, = numbers
        _1 = (-p_lr)*q_grad
        row[3:4] = _1
        _2 = q_theta + _1
        row[0:1] = _2
        return None


    def objective(theta, slopes=True):
        _1 = theta[0]
        value = _1*_1
        if not slopes: return [value]
        return [value, 2.0*_1]
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from gdtui.descent.program import Program
from gdtui.formula.emit_arrays import ArrayEmitter
from gdtui.formula.graph import Shape
from gdtui.objectives.functions import FunctionObjective
from gdtui.objectives.objective import Array, Draw, FormulaObjective, Objective

Numbers = tuple[Any, ...]


def normal_draw(seed: int, row: int, dim: int, stream: int = 0) -> Array:
    """Standard normal numbers that depend on (seed, stream, row of the run) alone: a replay draws the same ones."""
    # The row stands above the word that counts the blocks of one draw, the stream above a seed: none share a block.
    generator = np.random.Generator(np.random.Philox(key=seed | stream << 64, counter=row << 64))
    return generator.standard_normal(dim)


class ArrayStep:
    """Computes the row that follows a row, of one descent or of P side by side, each result where it belongs in it.

    It keeps no numbers of a run.
    """

    def __init__(self, program: Program):
        self.program, self.objective, self.layout = program, program.objective, program.layout
        self._infers_delta = all(equation.name != "delta" for equation in program.equations)
        self._update = self._compiled()

    @property
    def source(self) -> str:
        """The Python source of the update, and behind it that of the formula whose value and gradient end the row."""
        update = inspect.getsource(self._update)
        return f"{update}\n\n{self.objective.source}" if isinstance(self.objective, FormulaObjective) else update

    def numbers_of(self, values: Mapping[str, Any]) -> Numbers:
        """The hyperparameters, each a number or (P,), and the known minimum as the update takes them."""
        f_min = self.objective.f_min if self.objective.f_min is not None else float("nan")
        asked = (*(values[p.name] for p in self.program.pipeline.parameters), f_min)
        return tuple(np.asarray(x, dtype=float)[()] for x in asked)

    def write_row_after(
        self, row: Array, last: Array, t: int, numbers: Numbers, past: Mapping[str, Sequence[Array]], draw: Draw
    ) -> None:
        """The row of update ``t`` behind ``last``, into an array (width,).

        ``past[name][j]``: the quantity j + 1 rows before ``last``. ``draw``: what chance is keyed on, (seed, row of the
        run). Raises what a user's own function raises.
        """
        dim, objective = self.layout.dim, self.objective
        shapes = self.layout.shapes
        columns = {name: [_as_read(value, shapes[name]) for value in values] for name, values in past.items()}
        wanted: dict[str, Any] = {}
        for key, node in self.program.asked.items():
            if isinstance(node.payload, int):
                wanted[key] = normal_draw(*draw, dim, node.payload).reshape(-1, 1)
            else:
                wanted[key] = objective.hessian(last[:dim]) if node.op == "hess" else np.identity(dim)
        with np.errstate(all="ignore"):
            self._update(row.reshape(-1, 1), last, last.reshape(-1, 1), np.float64(t), numbers, columns, wanted)
            if self._infers_delta:
                np.subtract(row[:dim], last[:dim], out=row[self.layout.columns["delta"]])
            theta = row[:dim].copy() if isinstance(objective, FunctionObjective) else row[:dim]
            row[dim], row[dim + 1 : 2 * dim + 1] = objective.value_and_grad(theta, draw)

    def write_rows_after(
        self, rows: Array, last: Array, t: int, numbers: Numbers, past: Mapping[str, Sequence[Array]],
        drawn: Callable[[int, int], Array],
    ) -> None:  # fmt: skip
        """The rows of P descents, (width, P), behind ``last``. ``past``: (P,), or (n, P) of a vector.

        ``drawn(t, stream)``: normal() of that stream, (d, 1) where it is the same in all, or (d, P).
        """
        dim, wanted = self.layout.dim, dict[str, Any]()
        for key, node in self.program.asked.items():
            if isinstance(node.payload, int):
                wanted[key] = drawn(t, node.payload)
            else:
                wanted[key] = self.objective.hessian(last[:dim]) if node.op == "hess" else np.identity(dim)[..., None]
        with np.errstate(all="ignore"):
            self._update(rows, last, last, np.float64(t), numbers, past, wanted)
            if self._infers_delta:
                np.subtract(rows[:dim], last[:dim], out=rows[self.layout.columns["delta"]])
            evaluate(self.objective, rows[:dim], rows[dim], rows[dim + 1 : 2 * dim + 1])

    def _compiled(self) -> Callable[..., None]:
        """(new row, last row, numbers, past, ...): the equations. ``row`` and ``column`` are columns, ``last`` is flat.

        A vector is a column (n, 1), a scalar a number; side by side (n, P) and (P,), and all of the three (width, P).
        """
        lines = []
        quantities = {"theta": "theta", "loss": "loss", "grad": "grad"} | {n: f"state {n}" for n in self.layout.states}
        names = {"t": "t", "g": "q_grad", "f_min": "f_min"} | {key: f"wanted['{key}']" for key in self.program.asked}
        for name, key in quantities.items():
            names[key] = f"q_{name}"
            lines.append(f"q_{name} = {self._read(name)}")
        for name, back, key in self.program.earlier():
            names[key] = f"h_{name}_{back}"
            earlier = f"past['{name}'][{back - 2}]"
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
        return emitter.compiled(head, "None", {"solve": solved} | self._own_functions())

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
            "grad_at": lambda points: np.stack([objective.gradient_at(point.copy()) for point in points.T], axis=-1),
            "loss_at": lambda points: objective.value(np.array(points)),
        }


def evaluate(objective: Objective, theta: Array, loss: Array, grad: Array) -> None:
    """Write the losses and gradients at P points, (P,) and (d, P); one's own functions are called one by one."""
    if not isinstance(objective, FunctionObjective):
        loss[:], grad[:] = objective.value_and_grad(theta)
        return
    for lane in range(theta.shape[1]):
        loss[lane], grad[:, lane] = objective.value_and_grad(theta[:, lane].copy())


def solved(system: Array, side: Array) -> Array:
    """x with system·x = side, (d, P); NaN where a system is singular or not finite. (d, d), or (d, d, P): one each."""
    if system.ndim == 2:
        x = np.full(side.shape, np.nan)
        with suppress(np.linalg.LinAlgError):
            x[:] = np.linalg.solve(system, side)
        return x
    whole = np.broadcast_to(system, (*system.shape[:2], max(system.shape[2], side.shape[1])))
    matrices, sides = np.moveaxis(whole, -1, 0), np.broadcast_to(side, whole.shape[1:]).T[..., None]
    try:
        found = np.linalg.solve(matrices, sides)
    except np.linalg.LinAlgError:
        found = np.full(sides.shape, np.nan)
        regular = np.linalg.slogdet(matrices).sign != 0
        found[regular] = np.linalg.solve(matrices[regular], sides[regular])
    return np.ascontiguousarray(found[..., 0].T)


def _as_read(value: Array, shape: Shape) -> Any:
    """A quantity of one row as an update reads it: a vector as a column, a scalar as a number."""
    return value.reshape(-1, 1) if shape else value.reshape(())[()]
