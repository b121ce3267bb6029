"""What an expression is at a row, with all that is computed on the way to it."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from gdtui.descent.branches import Branch
from gdtui.descent.conditions import Expression, values_over
from gdtui.formula import graph

MOST = 200
"""Values on the way that are told; of a longer expression the last ones."""


class Part(NamedTuple):
    """One part of the expression in notation, and its values there; a condition's are 1 and 0."""

    notation: str
    values: tuple[float, ...]


def parts_at(found: Expression, branch: Branch, row: int) -> list[Part]:
    """Every part that is no constant, operands before what uses them, the whole at last.

    In row 0 a term has no value: what reads one is NaN.
    """
    nodes = [n for n in graph.topological([found.node]) if n.known is None]
    told = []
    for node in nodes[-MOST:]:
        part = replace(found, node=node, names=frozenset(graph.names_in([node])))
        values = np.array(values_over(part, branch, row, row + 1), dtype=float)
        told.append(Part(part.notation, tuple(np.ravel(values).tolist())))
    return told
