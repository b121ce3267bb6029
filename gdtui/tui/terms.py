"""Which colour a term has: one and the same on the chart, in its equation and in its curve."""

from __future__ import annotations

from gdtui.charts.palette import SERIES, Role
from gdtui.descent.rows import Rows

GRADIENT = "grad"


def vectors_of(segment: Rows) -> list[str]:
    """The gradient and the terms of an update that are vectors as long as θ, in the order they are computed."""
    return [GRADIENT, *(name for name, shape in segment.layout.terms if shape == (segment.layout.dim,))]


def role_of(segment: Rows, name: str) -> Role | None:
    """The colour of a term; None for what is no vector. The step is what is alive: it has the accent."""
    if name == "delta":
        return Role.POINT
    names = vectors_of(segment)
    return SERIES[names.index(name) % len(SERIES)] if name in names else None
