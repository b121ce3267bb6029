"""The next steps, dotted. Where the run has gone a step along them only their far end is drawn, and the rest stays."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gdtui.charts.raster import Floats, Mask, PathLayer

_LAST = 1 << 30  # the number of the first point


class Future:
    """A line of points ahead of a run, of which what the run has passed is no longer shown."""

    def __init__(self) -> None:
        self.layer: PathLayer | None = None
        self._points: Floats = np.empty((0, 2))
        self._drawn = self._passed = 0  # points of the layer

    def lead(self, points: Floats, new_path: Callable[[], PathLayer], places: Callable[[Floats], Floats]) -> None:
        """Go from where the run is, ``points`` (m, 2), onwards. ``places``: where points are on the path's plane."""
        known, gone = self._known(points)
        self._points = points
        if not len(points):
            self.layer = None
            return
        if self.layer is None or not known:
            self.layer, known, self._drawn, self._passed, gone = new_path(), 0, 0, 0, 0
        self._passed += gone
        if known < len(points):
            # Numbered downwards: a dot then has the number of the last step that lights it, not of the first.
            numbers = _LAST - self._drawn - np.arange(len(points) - known)
            self.layer.extend(places(points[known:]), numbers)
            self._drawn += len(points) - known

    def lit(self) -> Mask | None:
        """The dots (rows * 4, columns * 2); None where nothing is ahead."""
        return None if self.layer is None else self.layer.lit(_LAST - self._passed - bool(self._passed))

    def _known(self, points: Floats) -> tuple[int, int]:
        """How many of the points the last ones lead through, and of how many of these it has passed: none, or one."""
        for gone in (0, 1):
            rest = self._points[gone:]
            if 0 < len(rest) <= len(points) and np.array_equal(rest, points[: len(rest)]):
                return len(rest), gone
        return 0, 0
