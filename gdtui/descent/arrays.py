"""One update by NumPy arrays: for many parameters, one's own functions, and steps in which floats raise."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdtui.descent.layout import layout_of
from gdtui.descent.loop_source import look_ahead, past_of
from gdtui.formula.emit import ARRAY_NAMESPACE, ArrayEmitter, define
from gdtui.objectives.objective import FormulaObjective, FunctionObjective, Objective
from gdtui.optimizers.pipeline import Pipeline

Array = NDArray[np.float64]


def normal_draw(seed: int, step: int, dim: int) -> Array:
    """Standard normal numbers that depend on (seed, step) alone, so that a replay draws the same ones."""
    # The step stands above the word that counts the blocks of one draw: no two steps share a block.
    generator = np.random.Generator(np.random.Philox(key=seed, counter=step << 64))
    return generator.standard_normal(dim)


class ArrayStep:
    """Computes the row that follows a row."""

    def __init__(self, objective: Objective, pipeline: Pipeline):
        self.objective, self.pipeline = objective, pipeline
        self.layout = layout_of(pipeline, objective.dim)
        self.equations = pipeline.equations(objective.dim)
        self.past = past_of(self.equations, ())
        self._update = self._compile()

    def row_after(
        self, last: Array, t: int, values: Mapping[str, float], past: Mapping[str, Sequence[Array]], seed: int
    ) -> Array:
        """The row of update ``t``. ``past[name][j]`` is the quantity j + 1 rows before ``last``.

        Raises what a user's own function raises.
        """
        dim, columns = self.layout.dim, self.layout.columns
        given: dict[str, Any] = {"theta": last[:dim].reshape(-1, 1), "grad": last[dim + 1 : 2 * dim + 1].reshape(-1, 1)}
        given |= {"loss": last[dim], "t": np.float64(t), "f_min": np.float64(self._f_min())}
        given |= {name: np.float64(value) for name, value in values.items()}
        given |= {f"state_{name}": self._shaped(name, last[columns[name]]) for name in self.layout.states}
        for name, steps in self.past.items():
            for k in range(1, steps + 1):
                earlier = last[columns[name]] if k == 1 else past[name][k - 2]
                given[f"past_{name}_{k}"] = self._shaped(name, np.asarray(earlier))
        if "normal" in self._uses:
            given["normal"] = normal_draw(seed, t, dim).reshape(-1, 1)
        if "hess" in self._uses:
            given["hess"] = self.objective.hessian(last[:dim])
        if "identity" in self._uses:
            given["identity"] = np.identity(dim)
        row = np.empty(self.layout.width)
        with np.errstate(all="ignore"):
            results = self._update(given)
            for name, result in results.items():
                row[columns[name]] = np.asarray(result, dtype=float).reshape(-1)
            if "delta" not in results:
                np.subtract(row[:dim], last[:dim], out=row[columns["delta"]])
            row[dim], row[dim + 1 : 2 * dim + 1] = self.objective.value_and_grad(row[:dim].copy(), (seed, t))
        return row

    def _f_min(self) -> float:
        return self.objective.f_min if self.objective.f_min is not None else float("nan")

    def _shaped(self, name: str, flat: Array) -> Any:
        return flat.reshape(-1, 1) if self.layout.shapes[name] else flat.reshape(())[()]

    def _compile(self) -> Callable[[dict[str, Any]], dict[str, Any]]:
        given = ["theta", "loss", "grad", "t", "f_min", *(p.name for p in self.pipeline.parameters)]
        names = {name: [f"given['{name}']"] for name in given} | {"g": ["given['grad']"]}
        names |= {f"state {name}": [f"given['state_{name}']"] for name in self.layout.states}
        for name, steps in self.past.items():
            own = 1 if name in ("theta", "loss", "grad") else 0
            names |= {f"prev {name} {k - own}": [f"given['past_{name}_{k}']"] for k in range(1, steps + 1)}
        names |= {"normal": ["given['normal']"], "hess": ["given['hess']"], "identity": ["given['identity']"]}
        emitter = ArrayEmitter(names)
        results: dict[str, str] = {}
        for equation in self.equations:
            node = equation.node
            if isinstance(self.objective, FormulaObjective):
                node = look_ahead(self.objective, node)
            ((source,),) = emitter.emit([node])
            results[equation.name] = emitter.assign(source)
            if equation.name != "theta":
                emitter.names[equation.name] = [results[equation.name]]
        body = "".join(f"    {line}\n" for line in emitter.lines)
        self._uses = body
        pairs = ", ".join(f"'{name}': {source}" for name, source in results.items())
        namespace = ARRAY_NAMESPACE | {"solve": _solve} | self._own_functions()
        return define(f"def update(given):\n{body}    return {{{pairs}}}\n", "update", namespace)

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
