"""Paths that lie on a surface in three dimensions, and end where it hides them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gdtui.charts.raster import DOTS_X, DOTS_Y, NEVER, Floats, Ints, PathLayer, Plane, Window, clipped, numbered

Projection: TypeAlias = Callable[[Floats, Floats], Floats]
"""Points x, y (m,) of the surface as points (m, 2) of the picture; nan where they are hidden or not on it."""

_FINENESS = 96  # parts that a line across the whole window is bent into
_MOST_PARTS = 1 << 15  # of all lines together, whatever their number
_MOST_POINTS = 1 << 14  # that are kept; beyond, every other one is left out
_SAME = 2.0**-11  # of the window: points as near as that are one


class DrapedPath(PathLayer):
    """A path like any other, given by points (x, y) of the surface, that a camera looks at.

    It keeps its points, so that it can be drawn anew when the camera moves: as many as make a picture.
    """

    def __init__(self, plane: Plane, window: Window, project: Projection, dotted: bool = False) -> None:
        super().__init__(plane, dotted)
        self._window = window
        self._project = project
        self._points = np.empty((0, 2))
        self._rows = np.empty(0, dtype=np.int64)
        self._stride = 1
        self._taken = 0
        self._end = np.full((1, 2), np.nan)  # the point given last, from which the line goes on

    @property
    def kept(self) -> int:
        """How many points are kept for the next camera."""
        return len(self._points)

    def extend(self, points: ArrayLike, first_row: int | Sequence[int] | NDArray[np.integer]) -> None:
        data, rows = numbered(points, first_row)
        if len(data):
            self._drape(np.concatenate((self._end, data)), rows)
            self._keep(data, rows)
            self._end = data[-1:]

    def look_anew(self, plane: Plane, project: Projection) -> None:
        """Draw the whole path as another camera sees it."""
        self.plane, self._project = plane, project
        self.first = np.full((plane.rows * DOTS_Y, plane.columns * DOTS_X), NEVER, dtype=np.int32)
        self._last, self._walked = np.full((2, 1), np.nan), 0
        self._drape(np.concatenate((np.full((1, 2), np.nan), self._points)), self._rows)

    def _keep(self, points: Floats, rows: Ints) -> None:
        """Remember the points, but for those that would lie on the one before, and with gaps where they are many."""
        taken, self._taken = self._taken, self._taken + len(points)
        if self._stride > 1:
            chosen = (np.arange(len(points)) + taken) % self._stride == 0
            points, rows = points[chosen], rows[chosen]
        w = self._window
        grain = np.array([w.x1 - w.x0, w.y1 - w.y0]) * _SAME
        with np.errstate(all="ignore"):
            before = np.concatenate((self._points[-1:] if len(self._points) else np.full((1, 2), np.nan), points[:-1]))
            apart = ~(np.floor(points / grain) == np.floor(before / grain)).all(axis=1)
        self._points = np.concatenate((self._points, points[apart]))
        self._rows = np.concatenate((self._rows, rows[apart]))
        while len(self._points) > _MOST_POINTS:
            self._points, self._rows = self._points[::2], self._rows[::2]
            self._stride *= 2

    def _drape(self, points: Floats, rows: Ints) -> None:
        """Light the lines between neighbouring points (m + 1, 2), numbered rows (m,), bent to the surface."""
        if not len(rows):
            return
        w = self._window
        corner, size = np.array([[w.x0], [w.y0]]), np.array([[w.x1 - w.x0], [w.y1 - w.y0]])
        lifted = bool(np.isnan(points[0]).any())  # it comes from nowhere: it begins at its first point
        if lifted:
            points = np.concatenate((points[1:2], points[1:]))
        with np.errstate(all="ignore"):
            places = (points.T - corner) / size
        begin, end = places[:, :-1], places[:, 1:]
        enters = np.zeros(len(rows), dtype=bool)
        if not ((places >= 0) & (places <= 1)).all():
            visible, begin, end = clipped(begin, end, 1, 1)
            if not visible.any():
                return
            enters = (begin != places[:, :-1]).any(axis=0)[visible]
            begin, end, rows, lifted = begin[:, visible], end[:, visible], rows[visible], lifted and bool(visible[0])
        enters[0] |= lifted  # a line that enters the window does not go on from the one before
        wanted = 1 + np.ceil(np.abs(end - begin).max(axis=0) * _FINENESS)
        parts = np.maximum(wanted * min(1.0, _MOST_PARTS / float(wanted.sum())), 1).astype(np.int64)
        steps = parts + 1 + enters
        line = np.repeat(np.arange(len(rows)), steps)
        step = np.arange(len(line)) - np.repeat(np.cumsum(steps) - parts - 1, steps)  # from -1 or 0
        share = np.where(step < 0, np.nan, step / parts[line])  # nan lifts the pen
        bent = corner + size * (begin[:, line] * (1 - share) + end[:, line] * share)
        super().extend(self._project(bent[0], bent[1]), rows[line])
