"""What the map can show of a run: each view as a picture that is brought to a frame. Knows nothing of Textual."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

import numpy as np

from gdtui.charts.cells import Depth, Run, Span
from gdtui.charts.contour import ContourChart
from gdtui.charts.field import FieldChart
from gdtui.charts.path_chart import Arrow, PathChart
from gdtui.charts.raster import Window, equalised
from gdtui.charts.surface import SurfaceChart
from gdtui.descent.branches import Branch
from gdtui.descent.sampling import Reading
from gdtui.objectives.objective import Array
from gdtui.objectives.section import Section
from gdtui.tui.frame import Frame
from gdtui.tui.sampling import slope_at, surface_at
from gdtui.tui.terms import GRADIENT, role_of, vectors_of

LEGEND_FROM = 12
"""From so many rows on the last one is the legend's."""
BESIDE_FROM = 96
"""From so many columns on the surface has the view from above beside it."""


class ChartView(Protocol):
    """Rows of cells that follow a run. ``title`` says what is seen."""

    title: str

    def drawn(self, frame: Frame) -> list[Span]:
        """Bring it to this frame; the cells that changed."""
        ...

    def row(self, y: int) -> list[Run]:
        """Row y as it was last drawn."""
        ...


class Paths:
    """The rows of a run as a path on a chart, and old runs beside it: what is drawn of them stays."""

    def __init__(self) -> None:
        self._branch: Branch | None = None
        self._drawn = 0
        self._others: tuple[Branch, ...] = ()

    def follow(self, chart: PathChart, frame: Frame, anew: bool, places: Callable[[Reading], Array]) -> None:
        """``anew``: nothing is drawn on the chart yet; ``places``: rows as points (n, 2) of it."""
        if anew or frame.branch is not self._branch or frame.count < self._drawn:
            self._branch, self._drawn = frame.branch, 0
            chart.path = chart.new_path()
        if anew or frame.others != self._others:
            self._others, chart.olds = frame.others, []
            for branch in frame.others:
                layer, every = chart.new_path(), branch.reading(0, branch.count)
                layer.tint = branch.number
                layer.extend(places(every), every.numbers)
                chart.olds.append(layer)
        if frame.count > self._drawn:
            fresh = frame.branch.reading(self._drawn, frame.count)
            chart.path.extend(places(fresh), fresh.numbers)
            self._drawn = frame.count


class PathView:
    """A surface in a plane of parameter space, with the path on it: contour, field, or in three dimensions."""

    def __init__(self, kind: str, width: int, height: int, depth: Depth, unicode: bool):
        self.kind, self.width, self.height = kind, width, height
        self.legend_rows = int(height >= LEGEND_FROM)
        self.given = (width, height - self.legend_rows, depth, unicode)
        self.chart: ContourChart | SurfaceChart = ContourChart(*self.given)
        self.title = ""
        self._laid: tuple[object, ...] = ()
        self._camera: object = None
        self._paths = Paths()
        self._legend: list[Run] = []

    def row(self, y: int) -> list[Run]:
        return self._legend if self.legend_rows and y == self.height - 1 else self.chart.row(y)

    def drawn(self, frame: Frame) -> list[Span]:
        view, section = frame.view, frame.section
        assert section is not None
        laid = (frame.setup.objective, section, view.window, view.equal_axes, view.scaling, view.uphill)
        every = laid != self._laid
        if every:
            self.lay(frame, section)
            self._laid = laid
        chart = self.chart
        if isinstance(chart, SurfaceChart) and (every or view.camera != self._camera):
            self._camera = view.camera
            chart.turn(view.camera)
        self._paths.follow(chart, frame, every, lambda rows: section.seen(rows.quantity("theta")))
        chart.set_future(None if frame.future is None else section.seen(frame.future.T))
        self.mark(frame, section)
        spans = chart.draw(frame.cursor)
        return [*spans, (self.height - 1, 0, self.width)] if every and self.legend_rows else spans

    def mark(self, frame: Frame, section: Section) -> None:
        objective = frame.setup.objective
        start, now = section.seen(np.array([frame.setup.start, frame.row.theta]).T)
        minimizers = section.seen(np.array(objective.minimizers).reshape(-1, objective.dim).T)
        picked = frame.view.pick
        self.chart.set_marks(start if picked is None else np.array(picked), list(minimizers), now)
        self.chart.set_arrows(arrows_of(frame, now) if self.kind != "surface" else [])

    def lay(self, frame: Frame, section: Section) -> None:
        """A new window on the surface, or another surface."""
        objective, view = frame.setup.objective, frame.view

        surface = partial(surface_at, objective, section)
        window = view.window or window_of(section)
        if view.equal_axes and self.kind != "surface":
            window = equalised(window, max(2, self.width - 4), max(2, self.given[1] - 2))
        symbols, scaling = section.symbols, view.scaling
        if self.kind == "surface":
            self.chart = SurfaceChart(*self.given)
            self.chart.lay(surface, window, symbols, scaling)
        elif self.kind == "field":
            self.chart = FieldChart(*self.given)
            self.chart.lay(surface, window, None, symbols, scaling, partial(slope_at, objective, section), view.uphill)
        else:
            self.chart = ContourChart(*self.given)
            self.chart.lay(surface, window, None, symbols, scaling)
        field = "Field of ∇f" if view.uphill else "Field of −∇f"
        name = {"path": "Path: no function is known", "field": field}.get(self.kind, self.kind.capitalize())
        scale = f" · {scaling.value} bands" if scaling is not None else ""
        self.title = name + scale + (f" · {section.caption}" if section.caption else "")
        self._legend = self.chart.legend(self.width)


class Beside:
    """Two pictures side by side."""

    def __init__(self, left: ChartView, right: ChartView, split: int):
        self.left, self.right, self.split = left, right, split
        self.title = ""

    def drawn(self, frame: Frame) -> list[Span]:
        spans = self.left.drawn(frame)
        beside = [(y, first + self.split, last + self.split) for y, first, last in self.right.drawn(frame)]
        self.title = self.left.title
        return spans + beside

    def row(self, y: int) -> list[Run]:
        return [*self.left.row(y), *self.right.row(y)]


def window_of(section: Section) -> Window:
    """What of a plane is shown at first."""
    return Window(*section.bounds[0], *section.bounds[1])


def arrows_of(frame: Frame, point: Array) -> list[Arrow]:
    """The vectors of the update that is stepped into, as far as it is done; the step to scale."""
    inside = frame.inside
    if inside is None or frame.section is None:
        return []
    segment, terms = inside.arriving.segment, inside.arriving.terms
    done = {e.name for e in segment.program.equations[: inside.done]}
    found = []
    for name in vectors_of(segment):
        if name in done or name == GRADIENT:
            vector = frame.row.grad if name == GRADIENT else terms[name]
            role = role_of(segment, name)
            assert role is not None
            found.append(Arrow(role, point, frame.section.axes.T @ vector, name == "delta"))
    return found


def chart_view_of(frame: Frame, width: int, height: int, depth: Depth, unicode: bool) -> ChartView:
    """The picture that a frame's view asks for. A function of one parameter has no plane: its slice is all of it."""
    from gdtui.tui.panel_views import CurvesView, PhaseView, SlicesView

    given = (width, height, depth, unicode)
    kind = frame.view.chart
    others: dict[str, Callable[..., ChartView]] = {
        "slices": SlicesView, "curves": CurvesView, "phase": PhaseView,
    }  # fmt: skip
    if not frame.setup.objective.has_surface and frame.section is not None and kind not in ("curves", "phase"):
        return PathView("path", *given)
    if kind in others:
        return others[kind](*given)
    if frame.section is None:
        return SlicesView(*given)
    if kind == "surface" and width >= BESIDE_FROM:
        split = width * 3 // 5
        left = PathView("surface", split, height, depth, unicode)
        return Beside(left, PathView("contour", width - split, height, depth, unicode), split)
    return PathView(kind, *given)
