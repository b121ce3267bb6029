"""Slices of a function of several parameters: along each of them through the current point, the others held."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from gdtui.charts.cells import Depth
from gdtui.charts.curve import CurveChart
from gdtui.charts.panels import Panels, Placed, shares
from gdtui.charts.raster import Floats

Several: TypeAlias = Callable[[Floats], Floats]
"""Values (P,) at P points (d, P); may be nan or infinite."""

_LEAST = (20, 6)  # cells of a panel
_MOST = 8  # panels
_BROAD = 2.6  # times as broad as high, in cells, a panel looks best


class SlicesChart(Panels):
    """A panel for each parameter, up to what fits: the graph along it, the current point, and its tangent there.

    ::

        chart = SlicesChart(70, 28, Depth.TRUECOLOR)
        chart.lay(lambda p: p[0]**2 + 10 * p[1]**2, [(-5, 5), (-5, 5)], ("x", "y"))
        chart.move(theta, value, gradient)
        spans = chart.draw(cursor=0)

    With one parameter the slice is the function itself: ``panels[0]`` also takes its path, future and other runs.
    """

    def __init__(self, width: int, height: int, depth: Depth, unicode: bool = True) -> None:
        super().__init__(width, height, depth, unicode)
        self.panels: list[CurveChart] = []
        self.first = 0

    def lay(
        self, function: Several, windows: Sequence[tuple[float, float]], symbols: Sequence[str],
        first: int = 0, label: str = "f",
    ) -> None:  # fmt: skip
        """Slice this function over these windows, one for each parameter; panels from parameter ``first`` on.

        Nothing is drawn before ``move`` has said through which point; with one parameter its graph is.
        """
        self._function, self._windows, self._symbols, self._label = function, list(windows), list(symbols), label
        self.first = max(0, min(first, len(windows) - 1))
        across, down = arrangement(self.width, self.height, len(windows) - self.first)
        placed: list[Placed] = []
        for y, height in shares(self.height, [1] * down):
            for x, width in shares(self.width, [1] * across):
                if len(placed) < len(windows) - self.first:
                    wide = width - (x + width < self.width)  # a cell between two
                    placed.append(Placed(x, y, CurveChart(wide, height, self.depth, self.unicode, heading=True)))
        self.panels = [place.chart for place in placed if isinstance(place.chart, CurveChart)]
        self.place(placed)
        if len(windows) == 1:
            self.panels[0].lay(lambda x: function(x.reshape(1, -1)), windows[0], symbols[0], label)

    def move(self, theta: ArrayLike, value: float, gradient: ArrayLike) -> None:
        """Slice through ``theta`` (d,), where the function has this value and this gradient (d,)."""
        point, slopes = np.asarray(theta, dtype=np.float64), np.asarray(gradient, dtype=np.float64)
        if len(self._windows) > 1:
            self._cut(point)
        for number, panel in enumerate(self.panels, self.first):
            panel.set_tangent(float(point[number]), value, float(slopes[number]))
            panel.set_marks(current=(float(point[number]), value))

    def _cut(self, point: Floats) -> None:
        """Evaluate all slices at once, and draw each."""
        numbers = range(self.first, self.first + len(self.panels))
        places = [panel.samples(self._windows[k]) for k, panel in zip(numbers, self.panels, strict=True)]
        ends = np.cumsum([len(along) for along in places])
        points = np.repeat(point[:, None], int(ends[-1]), axis=1)
        for number, along, end in zip(numbers, places, ends.tolist(), strict=True):
            points[number, end - len(along) : end] = along
        with np.errstate(all="ignore"):
            values = np.broadcast_to(np.asarray(self._function(points), dtype=np.float64), points.shape[1:])
        for number, panel, part in zip(numbers, self.panels, np.split(values, ends[:-1]), strict=True):
            panel.lay_values(part, self._windows[number], self._symbols[number], self._label)


def arrangement(width: int, height: int, count: int) -> tuple[int, int]:
    """How many panels stand beside and above one another, so that ``count``, or as many as fit, look best."""
    most_across, most_down = max(1, width // _LEAST[0]), max(1, height // _LEAST[1])
    count = max(1, min(count, most_across * most_down, _MOST))
    grids = [(across, math.ceil(count / across)) for across in range(1, most_across + 1)]
    fitting = [
        (across * down - count, abs(math.log(width / across / (height / down * _BROAD))), across, down)
        for across, down in grids if down <= most_down
    ]  # fmt: skip
    return min(fitting)[2:]
