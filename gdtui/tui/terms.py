"""Which colour a term has: one and the same on the chart, in its equation and in its curve."""

from __future__ import annotations

from gdtui.charts.palette import SERIES, Role
from gdtui.descent.segment import Segment

GRADIENT = "grad"


def vectors_of(segment: Segment) -> list[str]:
    """The gradient and the terms of an update that are vectors as long as θ, in the order they are computed."""
    shapes, dim = segment.layout.shapes, segment.layout.dim
    names = [e.name for e in segment.pipeline.equations(dim) if e.name != "theta"]
    return [GRADIENT, *(name for name in names if shapes[name] == (dim,))]


def role_of(segment: Segment, name: str) -> Role | None:
    """The colour of a term; None for what is no vector. The step is what is alive: it has the accent."""
    if name == "delta":
        return Role.POINT
    names = vectors_of(segment)
    return SERIES[names.index(name) % len(SERIES)] if name in names else None
