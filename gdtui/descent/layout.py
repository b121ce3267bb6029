"""Which number stands where in a recorded row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from gdtui.formula import graph
from gdtui.formula.equations import Equation

RECORDED = ("theta", "loss", "grad")
"""What every row has. In a rule these are of the row before; terms are those of the update that arrived."""


@dataclass(frozen=True)
class Layout:
    """The columns of a row: theta, loss, grad, then every term of the update that arrived there.

    ``terms``: (name, shape) in the order in which they are computed. ``states``: those of them that the next
    update reads.
    """

    dim: int
    terms: tuple[tuple[str, graph.Shape], ...]
    states: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, dim: int, equations: Sequence[Equation], recorded: Sequence[tuple[str, graph.Shape]] = ()
    ) -> Layout:  # fmt: skip
        """The row of an update. ``delta`` is among the terms whether the rule names it or not.

        ``recorded``: terms that no equation computes.
        """
        terms = {e.name: e.node.shape for e in equations if e.name != "theta"} | dict(recorded)
        terms.setdefault("delta", (dim,))
        return cls(dim, tuple(terms.items()), states_of(equations))

    @cached_property
    def columns(self) -> dict[str, slice]:
        """Where each quantity lies in the row."""
        found = {"theta": slice(0, self.dim), "loss": slice(self.dim, self.dim + 1)}
        found["grad"] = slice(self.dim + 1, 2 * self.dim + 1)
        place = 2 * self.dim + 1
        for name, shape in self.terms:
            width = shape[0] if shape else 1
            found[name] = slice(place, place + width)
            place += width
        return found

    @cached_property
    def width(self) -> int:
        """Numbers in a row."""
        return 2 * self.dim + 1 + sum(shape[0] if shape else 1 for _, shape in self.terms)

    @cached_property
    def shapes(self) -> dict[str, graph.Shape]:
        return {"theta": (self.dim,), "loss": (), "grad": (self.dim,), **dict(self.terms)}


def states_of(equations: Sequence[Equation]) -> tuple[str, ...]:
    """The names that an update reads as they were one step before."""
    nodes = graph.topological([e.node for e in equations])
    read = {node.text for node in nodes if node.op == "state"}
    return tuple(e.name for e in equations if e.name in read)
