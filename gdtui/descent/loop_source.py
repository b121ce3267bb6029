"""Writes the source of the float loop: equations, objective, gradient, tests and recording, in straight Python.

Each nanosecond counts here: locals alone, constants ahead of the loop, every value moved once. For gd on x²:

    def loop(rows, offset, count, pack, q_t, origin, row, hyper, past, limits,
             condition, best, anchor_row, next_anchor, anchor):
        (q0_theta, q_loss, q0_grad, q0_delta,) = row
        (q_lr,) = hyper
        diverge_at, gtol2, patience, min_delta, bar, deadline = limits
        low = -diverge_at
        anchor_t = float(next_anchor + origin)
        (c_0,) = anchor
        _1 = -q_lr
        try:
            for offset in range(offset, offset + count*32, 32):
                q_t += 1.0
                q0_delta = (_1*q0_grad)
                q0_theta = (q0_theta + q0_delta)
                q_loss = (q0_theta*q0_theta)
                q0_grad = (2.0*q0_theta)
                pack(rows, offset, q0_theta, q_loss, q0_grad, q0_delta)
                if not (low <= q_loss <= diverge_at and low <= q0_theta <= diverge_at):
                    halt = 1
                    break
                if not (q0_grad*q0_grad) > gtol2:
                    halt = 2
                    break
                if q_loss < bar:
                    best = q_loss
                    bar = best - min_delta
                    deadline = q_t + patience
                elif q_t >= deadline:
                    halt = 3
                    break
                if q0_theta == c_0:
                    halt = 4
                    break
                if q_t == anchor_t:
                    c_0 = q0_theta
                    anchor_row = int(q_t) - origin
                    next_anchor = 2*anchor_row
                    anchor_t = float(next_anchor + origin)
            else:
                halt = 0
        except (ArithmeticError, ValueError):
            q_t -= 1.0  # this step made no row
            halt = 7
        anchor = (c_0,)
        return halt, q_t, deadline, condition, best, anchor_row, next_anchor, anchor
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gdtui.descent.conditions import Expression
from gdtui.descent.endings import ENDINGS, Halt, Sources
from gdtui.descent.layout import RECORDED
from gdtui.descent.program import Program
from gdtui.formula import graph
from gdtui.formula.emit import filled
from gdtui.formula.emit_floats import FloatEmitter
from gdtui.formula.graph import Node
from gdtui.objectives.objective import FormulaObjective

_SKELETON = """\
def loop(rows, offset, count, pack, q_t, origin, row, hyper, past, limits,
         condition, best, anchor_row, next_anchor, anchor):
    {row} = row
    {hyper}
    {past}
    diverge_at, gtol2, patience, min_delta, bar, deadline = limits
    low = -diverge_at
    anchor_t = float(next_anchor + origin)
    {anchor} = anchor
    {ahead}
    try:
        for offset in range(offset, offset + count*{bytes}, {bytes}):
            q_t += 1.0
            {update}
            pack(rows, offset, {packed})
            {tests}
        else:
            halt = 0
    except (ArithmeticError, ValueError):
        q_t -= 1.0  # this step made no row
        halt = {raised}
    anchor = {anchor}
    return halt, q_t, deadline, condition, best, anchor_row, next_anchor, anchor
"""
# A breakpoint may raise (1/loss at 0): the row is there all the same, and has been tested for its endings.
_BREAKPOINTS = """\
try:
    {asked}
except (ArithmeticError, ValueError):
    halt = {undecided}
    break
"""
_BREAKPOINT = """\
{steps}
if {holds}:
    condition = {index}
    halt = {met}
    break
"""


class LoopWriter:
    """Writes the source of a loop.

    Names: q_NAME a number, q0_NAME, q1_NAME, ... the coordinates of a vector, hJ_K_NAME what they were J rows before,
    c_K the anchor's. NAME stands last: m_0 is another name than m.
    The loop counts by t alone, a float compared with floats: ``origin`` is what t was in row 0.
    """

    def __init__(self, program: Program, conditions: Sequence[Expression]):
        assert isinstance(program.objective, FormulaObjective)
        self.objective, self.program, self.layout, self.conditions = (
            program.objective, program, program.layout, conditions,
        )  # fmt: skip
        self.parameters = [p.name for p in program.pipeline.parameters]
        self.past = dict(program.past)
        for condition in conditions:
            for name, rows in condition.past.items():
                self.past[name] = max(self.past.get(name, 0), rows)

    def sources(self, name: str) -> list[str]:
        shape = self.layout.shapes[name]
        return [f"q{k}_{name}" for k in range(shape[0])] if shape else [f"q_{name}"]

    def past_sources(self, name: str, steps: int) -> list[str]:
        return [f"h{steps}_{k}_{name}" for k in range(len(self.sources(name)))]

    def source(self) -> str:
        row = [s for name in self.layout.columns for s in self.sources(name)]
        hyper = [f"q_{name}" for name in self.parameters]
        past = [s for name, back, _ in self.program.earlier(self.past) for s in self.past_sources(name, back)]
        anchor = [f"c_{k}" for k in range(self.program.dim)]
        ahead, update = self.update()
        return filled(
            _SKELETON, row=_unpacked(row), packed=", ".join(row),
            hyper=[f"{_unpacked(hyper)} = hyper"] if hyper else [],
            past=[f"{_unpacked(past)} = past"] if past else [], anchor=_unpacked(anchor), ahead=ahead,
            bytes=str(8 * self.layout.width), update=update, tests=self.tests(), raised=str(int(Halt.RAISED)),
        )  # fmt: skip

    def update(self) -> tuple[list[str], list[str]]:
        """What is computed once, ahead of the loop; then equations, the new theta, and the objective there."""
        names = {name: self.sources(name) for name in RECORDED}
        names |= {name: [f"q_{name}"] for name in self.parameters}
        names |= {f"state {name}": self.sources(name) for name in self.layout.states}
        names |= {"t": ["q_t"], "g": names["grad"]}
        if self.objective.f_min is not None:
            names["f_min"] = [repr(self.objective.f_min)]
        names |= {key: self.past_sources(name, back) for name, back, key in self.program.earlier(self.past)}
        emitter = FloatEmitter(names)
        nodes = self.hoisted([*self.program.graphs], emitter)
        ahead, emitter.lines = emitter.lines, self.remember()
        # A state's old value is not read behind its own line, theta's is: it moves when all else is done.
        moves: list[str] = []
        names_delta = any(e.name == "delta" for e in self.program.equations)
        for equation, node in zip(self.program.equations, nodes, strict=True):
            (sources,) = emitter.emit([node])
            target = self.sources(equation.name)
            if equation.name == "theta" and not (names_delta and equation is self.program.equations[-1]):
                new = [emitter.assign(source) for source in sources]
                if not names_delta:
                    moves = _assigned(self.sources("delta"), [f"{n} - {o}" for n, o in zip(new, target, strict=True)])
                moves += _assigned(target, new)
                continue
            emitter.lines += _assigned_at_once(target, sources)
            emitter.names[equation.name] = target
        return ahead, emitter.lines + moves + self.objective_lines()

    def hoisted(self, nodes: list[Node], emitter: FloatEmitter) -> list[Node]:
        """The graphs with a name for what hyperparameters alone decide (1 − β₁, −lr); emits the values of these names.

        Sums and products only: they cannot raise, whichever branch of a `where` they stand in.
        """
        given = {*self.parameters} - {e.name for e in self.program.equations}
        fixed: set[Node] = set()
        names: dict[Node, Node] = {}
        for node in graph.topological(nodes):
            if node.op in ("add", "mul", "neg") and not node.shape and fixed.issuperset(node.args):
                fixed.add(node)
                names[node] = graph.name(f"fixed {len(names)}")
            elif node.is_constant or (node.op == "name" and node.text in given):
                fixed.add(node)
        renamed = graph.substitute(nodes, names.get)
        used = graph.names_in(renamed)
        for node, name in names.items():
            if name.text in used:
                (sources,) = emitter.emit([node])
                emitter.names[name.text] = emitter.kept(sources)
        return renamed

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
        """The endings in their order, then the breakpoints."""
        names = Sources(self.sources("theta"), self.sources("grad"), "q_loss", "-" if self.program.sense < 0 else "")
        lines = [line for ending in ENDINGS for line in ending.source(names)]
        if not self.conditions:
            return lines
        asked = filled(_BREAKPOINTS, asked=self.condition_lines(), undecided=str(int(Halt.UNDECIDED)))
        return lines + asked.splitlines()

    def condition_lines(self) -> list[str]:
        lines: list[str] = []
        names = {name: self.sources(name) for name in self.layout.columns} | {"t": ["q_t"]}
        names |= {name: [f"q_{name}"] for name in self.parameters}
        for name, rows in self.past.items():  # of a condition's own row: its theta is none before
            names |= {f"prev {name} {k}": self.past_sources(name, k) for k in range(1, rows + 1)}
        for index, asked in enumerate(self.conditions):
            emitter = FloatEmitter(names, prefix=f"_c{index}_")
            ((holds,),) = emitter.emit([asked.node])
            met = str(int(Halt.CONDITION))
            breakpoint_ = filled(_BREAKPOINT, steps=emitter.lines, holds=holds, index=str(index), met=met)
            lines += breakpoint_.splitlines()
        return lines


def _assigned(targets: Sequence[str], sources: Sequence[str]) -> list[str]:
    return [f"{target} = {source}" for target, source in zip(targets, sources, strict=True)]


def _assigned_at_once(targets: Sequence[str], sources: Sequence[str]) -> list[str]:
    """Assignments one by one, or all in one statement where a coordinate's source reads one that is moved before it."""
    lines = _assigned(targets, sources)
    read = [set(re.findall(r"\w+", source)) for source in sources]
    if any(not read[k].isdisjoint(targets[:k]) for k in range(len(targets))):
        lines = [f"{', '.join(targets)} = {', '.join(sources)}"]
    return lines


def _unpacked(names: list[str]) -> str:
    return "(" + ", ".join(names) + ",)"
