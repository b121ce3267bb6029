"""The pane of the loss over the iterations, and under it the watches as curves."""

from __future__ import annotations

import numpy as np
from textual import events

from gdtui.charts.cells import Run, Span
from gdtui.charts.curves import CurvesChart
from gdtui.charts.loss import LossChart
from gdtui.descent.branches import Branch
from gdtui.descent.conditions import Expression
from gdtui.tui.chart_panes import ChartPane
from gdtui.tui.frame import Frame
from gdtui.tui.messages import SeekRequested
from gdtui.tui.quantities import curves_of, losses_of
from gdtui.tui.sampling import values_at

CURVES_FROM = 11
"""From so many rows on the watches are drawn too."""
_MOST_OLD = 1e3
"""An old run is shown up to so many times the loss at the start: one that diverged must not flatten the live one."""


class LossPane(ChartPane):
    """The loss, logarithmic where that shows more. The wheel and clicks go through the iterations."""

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self.scrub(event, -1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self.scrub(event, 1)

    def scrub(self, event: events.MouseEvent, by: int) -> None:
        """By about one column of the chart."""
        event.stop()
        if self.frame is not None:
            window = self.chart.plane.window
            rows = max(1, round((window.x1 - window.x0) / self.chart.plane.columns))
            self.post_message(SeekRequested(self.frame.cursor + by * rows))

    def on_click(self, event: events.Click) -> None:
        place = event.get_content_offset(self)
        if place is not None and self.frame is not None:
            left, _, columns, _ = self.chart.area
            if left <= place.x < left + columns:
                self.post_message(SeekRequested(round(self.chart.plane.point(place.x - left, 0)[0])))

    def split(self, width: int, height: int, watches: tuple[Expression, ...]) -> None:
        """The loss above, the watches below where there is room for both."""
        self._watches = watches
        below = height // 2 if watches and height >= CURVES_FROM else 0
        self._top = height - below
        self.chart = LossChart(width, self._top, self.depth, self.unicode)
        self.curves = CurvesChart(width, below, self.depth, self.unicode) if below else None
        self._branch: Branch | None = None
        self._others: tuple[tuple[Branch, int], ...] = ()

    def chart_row(self, y: int) -> list[Run]:
        if self.curves is not None and y >= self._top:
            return self.curves.row(y - self._top)
        return self.chart.row(y)

    def drawn(self, frame: Frame, width: int, height: int, fresh: bool) -> list[Span]:
        other = fresh or frame.setup.watches != self._watches
        if other:
            self.split(width, height, frame.setup.watches)
        if frame.branch is not self._branch:
            self._branch = frame.branch
            self.chart.restart()
            if self.curves is not None:
                self.curves.set_curves(curves_of(frame))
        others = tuple((branch, branch.count) for branch in frame.others)
        if others != self._others:
            self._others = others
            most = _MOST_OLD * max(1.0, abs(frame.branch.row(0).loss))
            olds = [(count, losses_of(branch, most)) for branch, count in others]
            self.chart.set_olds(olds, [branch.number for branch, _ in others])
        future = frame.future
        losses = np.empty(0) if future is None else values_at(frame.setup.objective, np.array(future.T))
        self.chart.set_future(frame.cursor, losses)
        spans = self.chart.follow(frame.count, losses_of(frame.branch), frame.cursor)
        self.title("Loss (log)" if self.chart.is_log else "Loss")
        if self.curves is not None:
            below = self.curves.follow(frame.count, frame.cursor)
            spans = [*spans, *((y + self._top, first, last) for y, first, last in below)]
        return [(y, 0, width) for y in range(height)] if other else spans
