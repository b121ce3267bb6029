"""The panes that are charts: the map (contour, or the curve of a 1-D objective) and the loss."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from textual.strip import Strip

from gdtui.charts.cells import Depth, Run, Span
from gdtui.charts.contour import ContourChart
from gdtui.charts.curve import CurveChart
from gdtui.charts.path_chart import Arrow
from gdtui.charts.raster import PathLayer, Window, equalised
from gdtui.descent.branches import Branch
from gdtui.objectives.objective import Objective
from gdtui.objectives.section import Section
from gdtui.tui.frame import Frame
from gdtui.tui.pane import Pane
from gdtui.tui.sampling import surface_at, values_at
from gdtui.tui.terms import GRADIENT, role_of, vectors_of
from gdtui.tui.text import strip_of

Array = NDArray[np.float64]


class ChartPane(Pane):
    """A pane whose lines are a chart's rows; the chart itself says which cells changed."""

    def redraw(self, frame: Frame, width: int, height: int) -> None:
        fresh = len(self._lines) != height
        if fresh:
            self._lines = [[] for _ in range(height)]
            self._strips = [Strip.blank(width)] * height
            self.resized(width, height)
        spans = [span for span in self.drawn(frame, width, height) if span[0] < height]
        for y in {y for y, _, _ in spans}:
            self._strips[y] = strip_of(self.chart_row(y), width, self.depth)
        self.changed = [(y, 0, width) for y in range(height)] if fresh else self.changed + spans

    def resized(self, width: int, height: int) -> None:
        """Make a chart of another size."""
        raise NotImplementedError  # pragma: no cover - abstract

    def drawn(self, frame: Frame, width: int, height: int) -> list[Span]:
        """Bring the chart to this frame; the cells that changed."""
        raise NotImplementedError  # pragma: no cover - abstract

    def chart_row(self, y: int) -> list[Run]:
        raise NotImplementedError  # pragma: no cover - abstract


class MapPane(ChartPane):
    """The surface from above with the path on it; of a 1-D objective its curve."""

    def resized(self, width: int, height: int) -> None:
        self.chart: ContourChart | CurveChart = ContourChart(width, height, self.depth, self.unicode)
        self._laid: tuple[object, ...] = ()
        self._branch: Branch | None = None
        self._drawn = 0
        self._others: tuple[Branch, ...] = ()

    def chart_row(self, y: int) -> list[Run]:
        return self.chart.row(y)

    def drawn(self, frame: Frame, width: int, height: int) -> list[Span]:
        objective = frame.setup.objective
        laid = (objective, frame.section, frame.zoom, frame.equal_axes, width, height)
        every = laid != self._laid
        if every:
            self.lay(objective, frame, width, height)
            self._laid = laid
        if every or frame.branch is not self._branch or frame.count < self._drawn:
            self._branch, self._drawn = frame.branch, 0
            self.chart.path = PathLayer(self.chart.plane)
        if every or frame.others != self._others:
            self._others = frame.others
            self.chart.olds = [self.layer_of(branch, frame) for branch in frame.others]
        if frame.count > self._drawn:
            self.chart.path.extend(points_of(frame.branch, self._drawn, frame.count, frame.section), self._drawn)
            self._drawn = frame.count
        self.chart.set_future(None if frame.future is None else on_map(frame.future, frame))
        row = frame.row
        places = on_map(np.array([frame.setup.start, row.theta]), frame)
        minimizers = on_map(np.array(objective.minimizers).reshape(-1, objective.dim), frame)
        self.chart.set_marks(places[0], list(minimizers), places[1])
        self.chart.set_arrows(arrows_of(frame, places[1]))
        return self.chart.draw(frame.cursor)

    def layer_of(self, branch: Branch, frame: Frame) -> PathLayer:
        layer = PathLayer(self.chart.plane)
        layer.tint = branch.number
        if branch.last.objective is frame.setup.objective:
            layer.extend(points_of(branch, 0, branch.count, frame.section), 0)
        return layer

    def lay(self, objective: Objective, frame: Frame, width: int, height: int) -> None:
        """A new window on the surface, or another surface."""
        section = frame.section
        if section is None:
            self.chart = CurveChart(width, height, self.depth, self.unicode)

            def curve(x: Array) -> Array:
                return values_at(objective, x.reshape(1, -1)).reshape(x.shape)

            window = zoomed(*objective.domain[0], float(frame.row.theta[0]), frame.zoom)
            self.chart.lay(curve, window, objective.symbols[0])
            self.title("Curve")
            self.subtitle("")
            return
        self.chart = ContourChart(width, height, self.depth, self.unicode)

        def surface(u: Array, v: Array) -> Array:
            return surface_at(objective, section, u, v)

        place = on_map(frame.row.theta.reshape(1, -1), frame)[0].tolist()
        sides = [zoomed(*bounds, p, frame.zoom) for bounds, p in zip(section.bounds, place, strict=True)]
        seen = Window(*sides[0], *sides[1])
        if frame.equal_axes:
            seen = equalised(seen, *_data_area(width, height))
        self.chart.lay(surface, seen, symbols=section.symbols)
        self.title(f"Contour · {section.held}" if section.held else "Contour")
        self.subtitle(legend(self.chart.levels))


def _data_area(width: int, height: int) -> tuple[int, int]:
    """About how many cells the frame leaves for the data."""
    return max(2, width - 4), max(2, height - 2)


def zoomed(low: float, high: float, place: float, zoom: int) -> tuple[float, float]:
    """The domain at zoom 0; zoomed in, half of it each time, around a place that stays where it is."""
    if zoom == 0 or not np.isfinite(place):
        return low, high
    factor = 2.0**-zoom
    if zoom < 0:
        place = (low + high) / 2
    return place + (low - place) * factor, place + (high - place) * factor


def legend(levels: Sequence[float], most: int = 6) -> str:
    """The values between the bands, the outermost among them."""
    if not levels:
        return ""
    count = min(most, len(levels))
    chosen = sorted({round(k * (len(levels) - 1) / max(1, count - 1)) for k in range(count)})
    return "levels " + " ".join(f"{levels[k]:g}".replace("-", "−") for k in chosen)


def points_of(branch: Branch, start: int, stop: int, section: Section | None) -> Array:
    """Rows start .. stop − 1 as points of the map, (stop − start, 2)."""
    theta = branch.quantity("theta", start, stop)
    if section is None:
        return np.stack([theta[0], branch.quantity("loss", start, stop)], axis=1)
    return section.seen(theta)


def on_map(theta: Array, frame: Frame) -> Array:
    """Parameters (m, d) as points of the map (m, 2)."""
    if frame.section is not None:
        return frame.section.seen(theta.T)
    if not len(theta):
        return np.empty((0, 2))
    return np.stack([theta[:, 0], values_at(frame.setup.objective, theta.T)], axis=1)


def arrows_of(frame: Frame, point: Array) -> list[Arrow]:
    """The vectors of the update that is stepped into, as far as it is done; the step to scale."""
    inside = frame.inside
    if inside is None:
        return []
    segment, terms = inside.arriving.segment, inside.arriving.terms
    done = {e.name for e in segment.pipeline.equations(segment.layout.dim)[: inside.done]}
    found = []
    for name in vectors_of(segment):
        if name in done or name == GRADIENT:
            vector = frame.row.grad if name == GRADIENT else terms[name]
            role = role_of(segment, name)
            assert role is not None
            found.append(Arrow(role, point, seen_vector(vector, frame.section), name == "delta"))
    return found


def seen_vector(vector: Array, section: Section | None) -> Array:
    """A vector (d,) of parameter space as one of the map (2,)."""
    return section.axes.T @ vector if section is not None else np.array([vector[0], 0.0])


def depth_of(colour_system: str | None, no_colour: bool) -> Depth:
    """The colour depth of a terminal, as Rich names it."""
    if no_colour or colour_system is None:
        return Depth.MONO
    return {"truecolor": Depth.TRUECOLOR, "256": Depth.INDEXED}.get(colour_system, Depth.STANDARD)
