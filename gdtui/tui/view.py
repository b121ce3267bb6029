"""View: which chart the map shows, and how it is looked at."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from gdtui.charts.levels import Scaling
from gdtui.charts.raster import Window
from gdtui.charts.relief import Camera

CHARTS = ("contour", "field", "surface", "slices", "curves", "phase")
"""By their keys, from 1 on."""
CURVES = ("loss", "grad", "delta", "lr_t")
"""Shown at first, where the rule has them."""
SCALINGS: tuple[Scaling | None, ...] = (None, *Scaling)
SMALLEST, LARGEST = 1e-12, 1e12
"""Of the domain: how far one may zoom in and out."""
STEP = 0.125
"""Of the window: how far an arrow key moves it."""


@dataclass(frozen=True)
class View:
    """How the map looks at a run.

    ``window``: what of the plane is shown; None is the domain. ``scaling``: of the bands and of the curves, None
    chooses by the values. ``uphill``: the field's arrows point along ∇f, not against it. ``first``: the parameter that
    the first panel of slices and phase shows. ``curves``: the quantities that are curves. ``follow``: the window moves
    with the point; ``moving``: the arrows move what is seen. ``pick``: where a new start would be set, as a point of
    the plane.
    """

    chart: str = "contour"
    window: Window | None = None
    equal_axes: bool = False
    scaling: Scaling | None = None
    uphill: bool = False
    camera: Camera = field(default_factory=Camera)
    first: int = 0
    curves: tuple[str, ...] = CURVES
    follow: bool = False
    moving: bool = False
    pick: tuple[float, float] | None = None

    def zoomed(self, now: Window, by: float, place: tuple[float, float]) -> View:
        """The window ``now`` made so many times as large, around a place that stays where it is."""
        if not now.x0 <= place[0] <= now.x1 or not now.y0 <= place[1] <= now.y1:
            place = (now.x0 + now.x1) / 2, (now.y0 + now.y1) / 2
        x, y = place
        return replace(self, window=Window(
            x + (now.x0 - x) * by, x + (now.x1 - x) * by, y + (now.y0 - y) * by, y + (now.y1 - y) * by
        ))  # fmt: skip

    def panned(self, now: Window, right: int, up: int) -> View:
        x, y = right * STEP * (now.x1 - now.x0), up * STEP * (now.y1 - now.y0)
        return replace(self, window=Window(now.x0 + x, now.x1 + x, now.y0 + y, now.y1 + y))


def around(points: list[tuple[float, float]], least: Window) -> Window:
    """A window around points, with some room, and sides of a tenth of those of ``least`` at the least."""
    sides = []
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    for values, extent in ((xs, least.x1 - least.x0), (ys, least.y1 - least.y0)):
        low, high = min(values), max(values)
        room = max(0.15 * (high - low), extent * 0.05 - (high - low) / 2)
        sides += [low - room, high + room]
    return Window(*sides)
