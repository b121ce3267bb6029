"""Program: an objective and a pipeline as one, and all that is known of what runs, derived once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple, TypeVar

from gdtui.descent.layout import RECORDED, Layout
from gdtui.formula import graph
from gdtui.formula.emit import asked
from gdtui.formula.equations import Equation
from gdtui.formula.graph import SMALL, Node
from gdtui.objectives.objective import FormulaObjective, Objective
from gdtui.optimizers.pipeline import Pipeline

T = TypeVar("T")
_OF_MATRICES = frozenset(["hess", "identity", "solve", "@", "diag"])


class Earlier(NamedTuple):
    """A quantity as it was ``back`` rows before the last. ``key``: what equations call it; "" where none reads it."""

    name: str
    back: int
    key: str


@dataclass(frozen=True, eq=False)
class Program:
    """What runs. Made by `program`, so that one objective and one pipeline have one, and what it compiled."""

    objective: Objective
    pipeline: Pipeline

    @property
    def dim(self) -> int:
        return self.objective.dim

    @cached_property
    def equations(self) -> tuple[Equation, ...]:
        """As they are shown. Raises FormulaError."""
        return self.pipeline.equations(self.dim)

    @cached_property
    def graphs(self) -> tuple[Node, ...]:
        """One for each equation, as it is run: grad(u) and loss_at(u) of a formula are written out."""
        objective = self.objective
        nodes = [e.node for e in self.equations]
        return tuple(_looks_written_out(objective, nodes) if isinstance(objective, FormulaObjective) else nodes)

    @cached_property
    def operations(self) -> frozenset[str]:
        """What the equations call for, by the names of the operations."""
        return frozenset(node.op for node in graph.topological([e.node for e in self.equations]))

    @cached_property
    def asked(self) -> Mapping[str, Node]:
        """What the equations ask for beside names, draws and hess() and identity(), by what it is called."""
        nodes = graph.topological([*self.graphs])
        return {asked(node): node for node in nodes if node.op in ("normal", "hess", "identity")}

    @cached_property
    def names_read(self) -> frozenset[str]:
        """The names that the equations read."""
        return frozenset(graph.names_in([e.node for e in self.equations]))

    @cached_property
    def layout(self) -> Layout:
        """Which number stands where in a row."""
        return Layout.of(self.dim, self.equations, self.pipeline.recorded or ())

    @cached_property
    def past(self) -> Mapping[str, int]:
        """How many rows before the last each quantity is read."""
        past: dict[str, int] = {}
        for node in graph.topological([e.node for e in self.equations]):
            if node.op == "prev":
                assert isinstance(node.payload, int)
                name = node.args[0].text
                past[name] = max(past.get(name, 0), node.payload + _one_back(name))
        return past

    def earlier(self, past: Mapping[str, int] | None = None) -> list[Earlier]:
        """Each quantity in each of the rows that ``past`` asks for, or the equations; the last row comes first."""
        rows_read = []
        for name, rows in (self.past if past is None else past).items():
            for back in range(1, rows + 1):
                steps = back - _one_back(name)
                rows_read.append(Earlier(name, back, f"prev {name} {steps}" if steps else ""))
        return rows_read

    @property
    def draws(self) -> bool:
        return "normal" in self.operations

    @property
    def knows_time(self) -> bool:
        return "t" in self.names_read

    @cached_property
    def looks_back(self) -> bool:
        """Whether an update depends on more than the last row: on its number, on chance, on rows before."""
        return self.draws or self.knows_time or bool(self.past)

    @cached_property
    def suits_floats(self) -> bool:
        """Whether plain floats can run it, and are faster at it than arrays."""
        formula = isinstance(self.objective, FormulaObjective)
        return formula and self.dim <= SMALL and not self.draws and not self.operations & _OF_MATRICES

    @cached_property
    def suits_lanes(self) -> bool:
        """Whether a loop over lanes can be generated: for a formula, and terms that are no matrices."""
        return isinstance(self.objective, FormulaObjective) and not self.operations & _OF_MATRICES

    @property
    def sense(self) -> float:
        """What the loss is multiplied by, so that less is better: −1 of a run that goes up to a maximum."""
        return -1.0 if self.pipeline.maximize else 1.0

    def compiled(self, kind: Callable[..., T], *arguments: Hashable) -> T:
        """``kind(program, *arguments)``, made when it is first asked for; of very many the last ones are kept."""
        result: T = self._compiled(kind, *arguments)
        return result

    @cached_property
    def _compiled(self) -> Callable[..., Any]:
        return lru_cache(maxsize=64)(lambda kind, *arguments: kind(self, *arguments))


@lru_cache(maxsize=64)
def program(objective: Objective, pipeline: Pipeline) -> Program:
    return Program(objective, pipeline)


def _one_back(name: str) -> int:
    """How many rows before the new one a rule's ``name`` is: its theta, loss and grad are those of the row before."""
    return 1 if name in RECORDED else 0


def _looks_written_out(objective: FormulaObjective, nodes: list[Node]) -> list[Node]:
    """The graphs with grad(u) and loss_at(u) as the objective's own, u in the place of theta."""
    done: dict[Node, Node] = {}  # grad(grad(u)): what is within was written out already

    def change(node: Node) -> Node | None:
        if node.op not in ("grad_at", "loss_at"):
            return None
        if node not in done:
            (point,) = graph.substitute([node.args[0]], change)
            done[node] = _at(objective, node.op, point)
        return done[node]

    return graph.substitute(nodes, change)


def _at(objective: FormulaObjective, op: str, point: Node) -> Node:
    """The loss or the gradient of a formula at a point."""
    if op == "loss_at":
        return graphs_at(objective, [objective.graph], point)[0]
    parts = graphs_at(objective, objective.gradient, point)
    if objective.vector:
        return parts[0]
    placed = [graph.embed(part, k, 1, objective.dim) for k, part in enumerate(parts)]
    return placed[0] if len(placed) == 1 else graph.apply("add", *placed)


def graphs_at(objective: Objective, nodes: list[Node], point: Node) -> list[Node]:
    """Graphs over the parameters with those of a ``point`` (d,) in their place."""
    coordinates = {name: graph.element(point, k) for k, name in enumerate(objective.names)}

    def place(node: Node) -> Node | None:
        if node.op != "name":
            return None
        return point if node.shape else coordinates.get(node.text)

    return graph.substitute(nodes, place)
