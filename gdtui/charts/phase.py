"""Each parameter over the iterations, and the optimizer's state for it below, on one time axis."""

from __future__ import annotations

from collections.abc import Sequence

from gdtui.charts.cells import Depth, Span
from gdtui.charts.curves import LEAST_ROWS, CurvesChart
from gdtui.charts.palette import SERIES, Role
from gdtui.charts.panels import Panels, Placed, shares
from gdtui.charts.raster import Floats
from gdtui.charts.series import Curve

_LEAST_COLUMNS = 19  # of a parameter
_MOST_COLUMNS = 8  # parameters
_INKS = (Role.PATH, *SERIES)


class PhaseChart(Panels):
    """A column for each parameter, as many as fit: the parameter itself on top, the optimizer's state below.

    ::

        chart = PhaseChart(70, 28, Depth.TRUECOLOR)
        chart.set_parameters([[Curve("x", x), Curve("m", m_x)], [Curve("y", y), Curve("m", m_y)]])
        spans = chart.follow(count=200, cursor=199)
    """

    def __init__(self, width: int, height: int, depth: Depth, unicode: bool = True) -> None:
        super().__init__(width, height, depth, unicode)
        self.columns: list[CurvesChart] = []
        self.first = 0

    def set_parameters(self, parameters: Sequence[Sequence[Curve]], first: int = 0) -> None:
        """For each parameter its own curve, and those of the state that belong to it; columns from ``first`` on."""
        self.first = max(0, min(first, len(parameters) - 1))
        shown = parameters[self.first :][: max(1, min(self.width // _LEAST_COLUMNS, _MOST_COLUMNS))]
        self.columns, placed = [], []
        for curves, (x, width) in zip(shown, shares(self.width, [1] * len(shown)), strict=True):
            width -= x + width < self.width  # a cell between two
            column = CurvesChart(width, self.height, self.depth, self.unicode)
            inked = [c._replace(role=c.role or _INKS[k % len(_INKS)]) for k, c in enumerate(curves)]
            column.set_curves(inked, self._groups(len(curves)))
            self.columns.append(column)
            placed.append(Placed(x, 0, column))
        self.place(placed)

    def set_future(self, first_row: int, theta: Floats) -> None:
        """The next points (m, d) of all parameters, dotted, from ``first_row`` (the row they start from) on."""
        for number, column in enumerate(self.columns, self.first):
            column.set_future(first_row, theta[:, number])

    def follow(self, count: int, cursor: int) -> list[Span]:
        """Draw the first ``count`` rows with the cursor on one; returns the cells that changed."""
        for column in self.columns:
            column.plot(count)
        return self.draw(cursor)

    def _groups(self, count: int) -> list[list[int]]:
        """A panel for the parameter, and one for each part of the state; all of it in one where that is too much."""
        if count * LEAST_ROWS + 2 <= self.height:
            return [[k] for k in range(count)]
        return [[0], list(range(1, count))] if count > 1 and self.height >= 2 * LEAST_ROWS else [[0]]
