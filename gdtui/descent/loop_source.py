"""Writes the source of the float loop: equations, objective, gradient, tests and recording, in straight Python.

Each nanosecond counts here: locals alone, constants ahead of the loop, every value moved once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gdtui.descent.conditions import Expression
from gdtui.descent.endings import ENDINGS, Halt, Sources
from gdtui.descent.layout import Layout
from gdtui.formula import graph
from gdtui.formula.emit_floats import FloatEmitter
from gdtui.formula.graph import Node
from gdtui.objectives.objective import FormulaObjective
from gdtui.optimizers.pipeline import Pipeline
from gdtui.optimizers.rule import Equation


class LoopWriter:
    """Writes the source of a loop.

    Names: q_NAME_k the coordinates of a quantity, h_NAME_j_k what they were j rows before, c_k the anchor's.
    The loop counts by t alone, a float compared with floats: ``origin`` is what t was in row 0.
    """

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
        ahead, update = self.update()
        lines = [
            "def loop(rows, offset, count, pack, q_t, origin, row, hyper, past, limits,",
            "         condition, best, anchor_row, next_anchor, anchor):",
            f"    {_unpacked(row)} = row",
            *([f"    {_unpacked(hyper)} = hyper"] if hyper else []),
            *([f"    {_unpacked(past)} = past"] if past else []),
            "    diverge_at, gtol2, patience, min_delta, bar, deadline = limits",
            "    low = -diverge_at",
            "    anchor_t = float(next_anchor + origin)",
            f"    {_unpacked([f'c_{k}' for k in range(len(theta))])} = anchor",
            *[f"    {line}" for line in ahead],
            "    try:",
            f"        for offset in range(offset, offset + count*{step}, {step}):",
            "            q_t += 1.0",
            *[f"            {line}" for line in update],
            f"            pack(rows, offset, {', '.join(row)})",
            *[f"            {line}" for line in self.tests()],
            "        else:",
            "            halt = 0",
            "    except (ArithmeticError, ValueError):",
            "        q_t -= 1.0  # this step made no row",
            f"        halt = {int(Halt.RAISED)}",
            f"    anchor = ({', '.join(f'c_{k}' for k in range(len(theta)))},)",
            "    return halt, q_t, deadline, condition, best, anchor_row, next_anchor, anchor",
        ]
        return "\n".join(lines) + "\n"

    def update(self) -> tuple[list[str], list[str]]:
        """What is computed once, ahead of the loop; then equations, the new theta, and the objective there."""
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
        nodes = self.hoisted([look_ahead(self.objective, e.node) for e in self.equations], emitter)
        ahead, emitter.lines = emitter.lines, self.remember()
        # A state's old value is not read behind its own line, theta's is: it moves when all else is done.
        moves: list[str] = []
        names_delta = any(e.name == "delta" for e in self.equations)
        for equation, node in zip(self.equations, nodes, strict=True):
            (sources,) = emitter.emit([node])
            target = self.sources(equation.name)
            if equation.name == "theta" and not (names_delta and equation is self.equations[-1]):
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
        given = {p.name for p in self.pipeline.parameters} - {e.name for e in self.equations}
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
        names = Sources(self.sources("theta"), self.sources("grad"), "q_loss", "-" if self.pipeline.maximize else "")
        lines = [line for ending in ENDINGS for line in ending.source(names)]
        if not self.conditions:
            return lines
        # A breakpoint may raise (1/loss at 0): the row is there all the same, and has been tested for its endings.
        asked = [f"    {line}" for line in self.condition_lines()]
        return [*lines, "try:", *asked, "except (ArithmeticError, ValueError):",
                f"    halt = {int(Halt.UNDECIDED)}", "    break"]  # fmt: skip

    def condition_lines(self) -> list[str]:
        lines: list[str] = []
        names = {name: self.sources(name) for name in self.layout.columns} | {"t": ["q_t"]}
        names |= {p.name: [f"q_{p.name}"] for p in self.pipeline.parameters}
        for name, steps in self.past.items():
            names |= {f"prev {name} {k}": self.past_sources(name, k) for k in range(1, steps + 1)}
        for index, found in enumerate(self.conditions):
            emitter = FloatEmitter(names, prefix=f"_c{index}_")
            ((result,),) = emitter.emit([found.node])
            lines += [*emitter.lines, f"if {result}:", f"    condition = {index}",
                      f"    halt = {int(Halt.CONDITION)}", "    break"]  # fmt: skip
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

    done: dict[Node, Node] = {}  # grad(grad(u)): what is within was written out already

    def change(item: Node) -> Node | None:
        if item.op not in ("grad_at", "loss_at"):
            return None
        if item not in done:
            (point,) = graph.substitute([item.args[0]], change)
            done[item] = written_out(item.op, point)
        return done[item]

    def written_out(op: str, point: Node) -> Node:
        if op == "loss_at":
            return graph.substitute([objective.graph], lambda inner: at(point, inner))[0]
        parts = graph.substitute(objective.gradient, lambda inner: at(point, inner))
        if objective.vector:
            return parts[0]
        placed = [graph.embed(part, k, 1, objective.dim) for k, part in enumerate(parts)]
        return placed[0] if len(placed) == 1 else graph.apply("add", *placed)

    return graph.substitute([node], change)[0]


def looks_back(pipeline: Pipeline, dim: int) -> bool:
    """Whether an update depends on more than the last row: on its number, on chance, on rows before."""
    equations = pipeline.equations(dim)
    nodes: Sequence[Node] = graph.topological([e.node for e in equations])
    timed = any(n.op == "normal" or (n.op == "name" and n.text == "t") for n in nodes)
    return timed or bool(past_of(equations, ()))
