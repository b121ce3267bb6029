"""The panes that are charts: the map (contour, or the curve of a 1-D objective) and the loss."""

from __future__ import annotations

from textual import events

from gdtui.charts.cells import Depth, Run, Span
from gdtui.charts.contour import ContourChart
from gdtui.charts.path_chart import PathChart
from gdtui.tui.chart_views import ChartView, PathView, chart_view_of
from gdtui.tui.frame import Frame
from gdtui.tui.messages import StartRequested
from gdtui.tui.pane import Pane


class ChartPane(Pane):
    """A pane whose lines are a chart's rows; the chart itself says which cells changed."""

    def redraw(self, frame: Frame, width: int, height: int) -> None:
        fresh = len(self._lines) != height
        if fresh:
            self._lines = [[] for _ in range(height)]
        spans = [span for span in self.drawn(frame, width, height, fresh) if span[0] < height]
        for y in {y for y, _, _ in spans}:
            self._lines[y] = self.chart_row(y)
        self.changed = [(y, 0, width) for y in range(height)] if fresh else self.changed + spans

    def drawn(self, frame: Frame, width: int, height: int, fresh: bool) -> list[Span]:
        """Bring the chart to this frame; the cells that changed. ``fresh``: it has another size."""
        raise NotImplementedError  # pragma: no cover - abstract

    def chart_row(self, y: int) -> list[Run]:
        raise NotImplementedError  # pragma: no cover - abstract


class MapPane(ChartPane):
    """What the view shows: the surface with the path on it, or another picture of the run."""

    _kind: tuple[object, ...] = ()

    def chart_row(self, y: int) -> list[Run]:
        return self.shown.row(y)

    def drawn(self, frame: Frame, width: int, height: int, fresh: bool) -> list[Span]:
        kind = frame.view.chart, frame.section is None, frame.setup.objective.dim  # of another one another picture
        other = fresh or kind != self._kind
        if other:
            self._kind = kind
            self.shown: ChartView = chart_view_of(frame, width, height, self.depth, self.unicode)
        spans = self.shown.drawn(frame)
        self.title(self.shown.title)
        return [(y, 0, width) for y in range(height)] if other else spans

    def on_click(self, event: events.Click) -> None:
        """A click on the plane, or on the curve of one parameter, asks for a new start there."""
        place = event.get_content_offset(self)
        chart = clicked_chart(self.shown) if self.is_drawn else None
        if place is None or chart is None:
            return
        left, top, columns, rows = chart.area
        if left <= place.x < left + columns and top <= place.y < top + rows:
            self.post_message(StartRequested(*chart.plane.round_point(place.x - left, place.y - top)))


def clicked_chart(shown: ChartView) -> PathChart | None:
    """The chart whose cells are places to begin at."""
    from gdtui.tui.panel_views import SlicesView  # when one is clicked: a start does not wait for it

    if isinstance(shown, PathView) and isinstance(shown.chart, ContourChart):
        return shown.chart
    if isinstance(shown, SlicesView) and len(shown.chart.panels) == 1 and shown.is_whole:
        return shown.chart.panels[0]
    return None


def depth_of(colour_system: str | None, no_colour: bool) -> Depth:
    """The colour depth of a terminal, as Rich names it."""
    if no_colour or colour_system is None:
        return Depth.MONO
    return {"truecolor": Depth.TRUECOLOR, "256": Depth.INDEXED}.get(colour_system, Depth.STANDARD)
