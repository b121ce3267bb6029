"""Objective + pipeline + conditions -> a compiled loop that appends rows.

The float kernel is one generated function: equations, objective, gradient, tests and recording in straight
Python on local floats (0.9 µs a step for Adam on Himmelblau, where NumPy takes 8). All its state is in the rows,
so a step that raises (1/0, exp(1000)) is simply done again by `ArrayStep`, and the loop goes on behind it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdtui.descent.conditions import Expression
from gdtui.descent.layout import Layout, layout_of
from gdtui.formula import graph
from gdtui.formula.emit import FLOAT_NAMESPACE, FloatEmitter, define
from gdtui.formula.graph import Node
from gdtui.objectives.objective import FormulaObjective, Objective
from gdtui.optimizers.pipeline import Pipeline
from gdtui.optimizers.rule import Equation

Array = NDArray[np.float64]
FLOAT_DIM = 18
"""Up to so many parameters plain floats win over arrays."""
ARRAYS_ONLY = frozenset(["normal", "hess", "solve"])


class Halt(IntEnum):
    """Why a loop handed control back."""

    COUNT = 0
    OUT_OF_RANGE = 1
    CONDITION = 2
    GRADIENT = 3
    PATIENCE = 4
    RETURN = 5
    RAISED = 6


@dataclass
class Progress:
    """What the stopping tests carry from one slice of a run to the next."""

    best: float = float("inf")
    since: int = 0
    anchor: tuple[float, ...] = ()  # an earlier theta; coming back to it is a cycle (Brent, BIT 20, 1980)
    anchor_row: int = 0
    next_anchor: int = 2
    condition: int = 0


def suits_floats(objective: Objective, pipeline: Pipeline) -> bool:
    """Whether the float kernel can run this."""
    if not isinstance(objective, FormulaObjective) or objective.dim > FLOAT_DIM:
        return False
    nodes = graph.topological([e.node for e in pipeline.equations(objective.dim)])
    return not any(node.op in ARRAYS_ONLY for node in nodes)


class FloatLoop:
    """The generated loop of one objective, pipeline and list of conditions."""

    def __init__(self, objective: FormulaObjective, pipeline: Pipeline, conditions: Sequence[Expression] = ()):
        self.layout = layout_of(pipeline, objective.dim)
        writer = _LoopWriter(objective, pipeline, self.layout, conditions)
        self.source = writer.source()
        self.past = writer.past
        namespace = FLOAT_NAMESPACE | {"ArithmeticError": ArithmeticError, "ValueError": ValueError}
        self._loop: Callable[..., Any] = define(self.source, "loop", namespace)
        self._pack = struct.Struct(f"={self.layout.width}d").pack_into

    def run(
        self,
        room: tuple[bytearray, int, int],
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
        halt, end, progress.condition, progress.best, progress.since, anchor_row, next_anchor, anchor = self._loop(
            buffer, offset, min(count, fit), self._pack, float(t), row_number, last.tolist(), hyperparameters, past,
            limits, progress.condition, progress.best, progress.since, progress.anchor_row, progress.next_anchor,
            progress.anchor,
        )  # fmt: skip
        progress.anchor_row, progress.next_anchor, progress.anchor = anchor_row, next_anchor, anchor
        return Halt(halt), (end - offset) // (8 * self.layout.width)


class _LoopWriter:
    """Writes the source of a loop. Names: q_NAME_k the coordinates of a quantity, s_NAME_k a state, h_... the past."""

    def __init__(
        self, objective: FormulaObjective, pipeline: Pipeline, layout: Layout, conditions: Sequence[Expression]
    ):
        self.objective, self.pipeline, self.layout, self.conditions = objective, pipeline, layout, conditions
        self.equations = pipeline.equations(objective.dim)
        self.past = past_of(self.equations, conditions)
        self.terms = dict(layout.terms)

    def sources(self, name: str) -> list[str]:
        shape = self.layout.shapes[name]
        return [f"q_{name}_{k}" for k in range(shape[0])] if shape else [f"q_{name}"]

    def past_sources(self, name: str, steps: int) -> list[str]:
        return [f"h_{name}_{steps}_{k}" for k in range(len(self.sources(name)))]

    def source(self) -> str:
        row = [s for name in self.layout.columns for s in self.sources(name)]
        hyper = [f"q_{p.name}" for p in self.pipeline.parameters]
        past = [s for name, steps in self.past.items() for k in range(1, steps + 1) for s in self.past_sources(name, k)]
        theta = self.sources("theta")
        step = 8 * self.layout.width
        lines = [
            "def loop(rows, offset, count, pack, q_t, number, row, hyper, past, limits,",
            "         condition, best, since, anchor_row, next_anchor, anchor):",
            f"    {_unpacked(row)} = row",
            *([f"    {_unpacked(hyper)} = hyper"] if hyper else []),
            *([f"    {_unpacked(past)} = past"] if past else []),
            "    diverge_at, gtol2, patience, min_delta = limits",
            "    low = -diverge_at",
            f"    {_unpacked([f'c_{k}' for k in range(len(theta))])} = anchor",
            "    try:",
            "        while count:",
            "            count -= 1",
            "            q_t += 1.0",
            *[f"            {line}" for line in self.update()],
            f"            pack(rows, offset, {', '.join(row)})",
            f"            offset += {step}",
            "            number += 1",
            *[f"            {line}" for line in self.tests()],
            "        else:",
            "            halt = 0",
            "    except (ArithmeticError, ValueError):",
            "        halt = 6",
            f"    anchor = ({', '.join(f'c_{k}' for k in range(len(theta)))},)",
            "    return halt, offset, condition, best, since, anchor_row, next_anchor, anchor",
        ]
        return "\n".join(lines) + "\n"

    def update(self) -> list[str]:
        """Equations, the new theta, and the objective there, on local names."""
        lines = self.remember()
        names = {name: self.sources(name) for name in ("theta", "loss", "grad")}
        names |= {p.name: [f"q_{p.name}"] for p in self.pipeline.parameters}
        names |= {f"state {name}": self.sources(name) for name in self.layout.states}
        names |= {"t": ["q_t"], "g": names["grad"]}
        if self.objective.f_min is not None:
            names["f_min"] = [repr(self.objective.f_min)]
        for name, steps in self.past.items():
            own = 1 if name in ("theta", "loss", "grad") else 0  # a rule's theta is one row back already
            names |= {f"prev {name} {k - own}": self.past_sources(name, k) for k in range(1, steps + 1)}
        emitter = FloatEmitter(names)
        new_theta: list[str] = []
        moved: list[str] = []
        for equation in self.equations:
            (sources,) = emitter.emit([look_ahead(self.objective, equation.node)])
            if equation.name == "theta":
                new_theta = emitter.kept(sources)
                moved = self.sources("theta")
            else:
                # A state keeps its old value until the step is done: its new one gets a name of its own.
                target = [f"n_{s}" if equation.name in self.layout.states else s for s in self.sources(equation.name)]
                emitter.lines += _assigned(target, sources)
                emitter.names[equation.name] = target
                if equation.name == "g":
                    emitter.names["g"] = target
        if not any(e.name == "delta" for e in self.equations):
            pairs = zip(self.sources("delta"), new_theta, moved, strict=True)
            emitter.lines += [f"{d} = {n} - {o}" for d, n, o in pairs]
        lines += emitter.lines
        lines += [f"{s} = n_{s}" for name in self.layout.states for s in self.sources(name)]
        lines += _assigned(self.sources("theta"), new_theta)
        return lines + self.objective_lines()

    def objective_lines(self) -> list[str]:
        theta = self.sources("theta")
        names = {"x": theta}
        if not self.objective.vector:
            names = {name: [source] for name, source in zip(self.objective.names, theta, strict=True)}
        emitter = FloatEmitter(names, prefix="_f")
        loss, *partials = emitter.emit([self.objective.graph, *self.objective.gradient])
        grad = [source for part in partials for source in part]
        return emitter.lines + _assigned([*self.sources("loss"), *self.sources("grad")], [*loss, *grad])

    def remember(self) -> list[str]:
        """Move the past by one step, the oldest first."""
        lines = []
        for name, steps in self.past.items():
            for k in range(steps, 1, -1):
                lines += _assigned(self.past_sources(name, k), self.past_sources(name, k - 1))
            lines += _assigned(self.past_sources(name, 1), self.sources(name))
        return lines

    def tests(self) -> list[str]:
        """In the order: out of range, breakpoints, gtol, patience, return to an earlier theta."""
        theta, grad = self.sources("theta"), self.sources("grad")
        within = " and ".join(f"low <= {s} <= diverge_at" for s in ["q_loss", *theta])
        lines = [f"if not ({within}):", "    halt = 1", "    break", *self.condition_lines()]
        squares = " + ".join(f"{s}*{s}" for s in grad)
        lines += [f"if not ({squares}) > gtol2:", "    halt = 3", "    break"]
        lines += [
            "if patience:",
            "    if q_loss < best - min_delta:",
            "        best = q_loss",
            "        since = 0",
            "    else:",
            "        since += 1",
            "        if since >= patience:",
            "            halt = 4",
            "            break",
        ]
        same = " and ".join(f"{s} == c_{k}" for k, s in enumerate(theta))
        lines += [f"if {same}:", "    halt = 5", "    break", "if number == next_anchor:"]
        lines += [f"    c_{k} = {s}" for k, s in enumerate(theta)]
        return [*lines, "    anchor_row = number", "    next_anchor = 2*number"]

    def condition_lines(self) -> list[str]:
        lines: list[str] = []
        names = {name: self.sources(name) for name in self.layout.columns} | {"t": ["q_t"]}
        names |= {p.name: [f"q_{p.name}"] for p in self.pipeline.parameters}
        for name, steps in self.past.items():
            names |= {f"prev {name} {k}": self.past_sources(name, k) for k in range(1, steps + 1)}
        for name in {n for c in self.conditions for n in c.past if n in self.terms}:
            # A term has no value in row 0: before the beginning it is its first one.
            lines.append("if number == 1:")
            for k in range(1, self.past[name] + 1):
                lines += [f"    {line}" for line in _assigned(self.past_sources(name, k), self.sources(name))]
        for index, found in enumerate(self.conditions):
            emitter = FloatEmitter(names, prefix=f"_c{index}_")
            ((result,),) = emitter.emit([found.node])
            lines += [*emitter.lines, f"if {result}:", f"    condition = {index}", "    halt = 2", "    break"]
        return lines


def _assigned(targets: Sequence[str], sources: Sequence[str]) -> list[str]:
    return [f"{target} = {source}" for target, source in zip(targets, sources, strict=True)]


def _unpacked(names: list[str]) -> str:
    return "(" + ", ".join(names) + ",)"


def past_of(equations: Sequence[Equation], conditions: Sequence[Expression]) -> dict[str, int]:
    """How many rows before the last each quantity is read; row k − 1 is one step."""
    past: dict[str, int] = {}
    for node in graph.topological([e.node for e in equations]):
        if node.op == "prev":
            assert isinstance(node.payload, int)
            name = node.args[0].text
            steps = node.payload + (name in ("theta", "loss", "grad"))
            past[name] = max(past.get(name, 0), steps)
    for found in conditions:
        for name, steps in found.past.items():
            past[name] = max(past.get(name, 0), steps)
    return past


def look_ahead(objective: FormulaObjective, node: Node) -> Node:
    """grad(u) and loss_at(u) written out: the objective's own graphs with u in the place of theta."""

    def at(point: Node, item: Node) -> Node | None:
        if item.op != "name":
            return None
        if objective.vector:
            return point if item.text == "x" else None
        return graph.element(point, objective.names.index(item.text)) if item.text in objective.names else None

    def change(item: Node) -> Node | None:
        if item.op not in ("grad_at", "loss_at"):
            return None
        (point,) = graph.substitute([item.args[0]], change)
        if item.op == "loss_at":
            return graph.substitute([objective.graph], lambda inner: at(point, inner))[0]
        parts = graph.substitute(objective.gradient, lambda inner: at(point, inner))
        if objective.vector:
            return parts[0]
        placed = [graph.embed(part, k, 1, objective.dim) for k, part in enumerate(parts)]
        return placed[0] if len(placed) == 1 else graph.apply("add", *placed)

    return graph.substitute([node], change)[0]
