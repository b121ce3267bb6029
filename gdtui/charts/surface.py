"""A surface in three dimensions, seen by a camera, with the path of a descent lying on it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from gdtui.charts import palette
from gdtui.charts.canvas import Point, inks_of, with_extent
from gdtui.charts.cells import SPACE, Depth
from gdtui.charts.contour import BandedChart, Surface
from gdtui.charts.draped import DrapedPath
from gdtui.charts.frame import Frame, linear_ticks
from gdtui.charts.legend import written
from gdtui.charts.levels import Scale, Scaling, scale_of
from gdtui.charts.palette import Role
from gdtui.charts.raster import DOTS_X, DOTS_Y, NEVER, Floats, PathLayer, Window
from gdtui.charts.relief import Camera, Relief, View

_SIDE = 129  # points of the surface along each side
_MOST_LEVELS = 11
_SHADES = {Depth.TRUECOLOR: 7, Depth.INDEXED: 4}
_COLUMNS_A_WIRE, _MOST_WIRES, _WIRE_POINTS = 6, 16, 129
_LABELS = 7  # columns at the left, for the heights
_SHORTEST_EDGE = 4  # columns; along a shorter one nothing is written
_SMALLEST = (24, 8)  # below this size there are no axes
_HALF_BLOCK, _LOWER_HALF = ord("▀"), ord("▄")


class SurfaceChart(BandedChart):
    """The graph of f(x, y), the path on it. Filled and shaded where there are colours, else a mesh of lines.

    ``path``, ``olds``, the future and marks are given by points (x, y), as on the contour; ``turn`` moves the
    camera. What the surface hides is not drawn, but for the current point, which is then hollow.
    """

    broad_from = 40

    def __init__(self, width: int, height: int, depth: Depth, unicode: bool = True) -> None:
        self.camera = Camera()
        self._points: tuple[Point | None, Sequence[Point], Point | None] = (None, (), None)
        self._relief = Relief(np.zeros((2, 2)))
        self.scale: Scale = scale_of(np.zeros(1))
        self._surface_window = Window(-1.0, 1.0, -1.0, 1.0)
        self._symbols = ("x", "y")
        super().__init__(width, height, depth, unicode)

    def lay(
        self, surface: Surface, window: Window, symbols: tuple[str, str] = ("x", "y"), scaling: Scaling | None = None
    ) -> None:
        """Evaluate the surface over a window. The path, other runs, future and marks are to be set anew."""
        self._surface_window = w = with_extent(window)
        x, y = np.meshgrid(np.linspace(w.x0, w.x1, _SIDE), np.linspace(w.y0, w.y1, _SIDE))
        with np.errstate(all="ignore"):
            values = np.broadcast_to(np.asarray(surface(x, y), dtype=np.float64), x.shape)
        self.scale = scale_of(values, scaling)
        self.levels = self.scale.levels(min(palette.MOST_BANDS[self.depth] - 1, _MOST_LEVELS))
        self._relief = Relief(self.scale.heights(values))
        self._symbols = symbols
        self._points = (None, (), None)
        self._look()

    def turn(self, camera: Camera) -> None:
        """Look from elsewhere. Paths and marks stay where they are on the surface."""
        self.camera = camera
        path, olds, future = self.path, self.olds, self._future
        self._look()
        for layer in (path, *olds, future.layer):
            if isinstance(layer, DrapedPath):
                layer.look_anew(self.plane, self._project)
        self.path, self.olds, self._future = path, olds, future
        self.set_marks(*self._points)

    def new_path(self, dotted: bool = False) -> DrapedPath:
        return DrapedPath(self.plane, self._surface_window, self._project, dotted)

    def set_marks(
        self, start: Point | None = None, minimizers: Sequence[Point] = (), current: Point | None = None
    ) -> None:
        """Set all marks, by points (x, y). One that is hidden or outside is left out; the current point stays:
        hollow where it is behind the surface, at the edge that is nearest where it is outside.
        """
        self._points = (start, minimizers, current)
        super().set_marks()
        w = self._surface_window
        roles = [Role.MINIMIZER] * len(minimizers) + [Role.START] * (start is not None)
        points = [(float(point[0]), float(point[1])) for point in (*minimizers, *(() if start is None else (start,)))]
        if current is not None and not any(math.isnan(float(part)) for part in current):
            x, y = float(current[0]), float(current[1])
            inside = w.x0 <= x <= w.x1 and w.y0 <= y <= w.y1
            roles.append(Role.POINT if inside else Role.BEHIND)
            points.append((min(max(x, w.x0), w.x1), min(max(y, w.y0), w.y1)))
        u, v, near = self._placed(*np.array(points).reshape(-1, 2).T)
        seen = self._view.is_seen(u, v, near).tolist()
        for role, place, is_seen in zip(roles, zip(u.tolist(), v.tolist(), strict=True), seen, strict=True):
            if role is Role.POINT and not is_seen:
                self._marks.append((Role.BEHIND, place))
            elif is_seen or role is Role.BEHIND:
                self._marks.append((role, place))

    def _placed(self, x: Floats, y: Floats) -> tuple[Floats, Floats, Floats]:
        """Points of the surface as (u, v, near) of the view."""
        w = self._surface_window
        with np.errstate(all="ignore"):
            across, up = 2 * (x - w.x0) / (w.x1 - w.x0) - 1, 2 * (y - w.y0) / (w.y1 - w.y0) - 1
            inside = (np.abs(across) <= 1 + 1e-9) & (np.abs(up) <= 1 + 1e-9)
        across, up = np.where(inside, across, 0.0), np.where(inside, up, 0.0)
        height = np.where(inside, self._relief.at(across, up), np.nan)
        return self._view.project(across, up, height)

    def _project(self, x: Floats, y: Floats) -> Floats:
        """Points of the surface as points (m, 2) of the plane; nan where they are hidden."""
        u, v, near = self._placed(x, y)
        hidden = ~self._view.is_seen(u, v, near)
        return np.stack((np.where(hidden, np.nan, u), np.where(hidden, np.nan, v)), axis=1)

    def _look(self) -> None:
        """The ground: the surface as the camera sees it, and its axes."""
        with_axes = self.width >= _SMALLEST[0] and self.height >= _SMALLEST[1]
        left, below = (_LABELS, 1) if with_axes else (0, 0)
        surround = Frame((" " * self.width,) * self.height, left, 0, self.width - left - with_axes, self.height - below)
        columns, rows = surround.columns, surround.height
        per_column, per_row = (1, 2) if self.filled else (DOTS_X, DOTS_Y)
        self._view = View(self._relief, self.camera, columns * per_column, rows * per_row)
        view = self._view
        steps, bands = _SHADES.get(self.depth, 1), len(self.levels) + 1
        fills = palette.shades(self.depth, bands, steps) if self.filled else ()
        self.open(Window(view.u0, view.u1, view.v0, view.v1), surround, inks_of(self.depth, fills))
        if self.filled:
            self._fill(steps, bands)
        else:
            self._put_mesh()
        if with_axes:
            self._put_axes()

    def _fill(self, steps: int, bands: int) -> None:
        """Two pixels a cell, each a band in the light that falls there; the walls are its cut in the dark."""
        seen = self._view.seen()
        band = np.searchsorted(self.scale.heights(np.array(self.levels)), np.nan_to_num(seen.height), side="right")
        light = self._relief.brightness(seen.x, seen.y, self.camera)
        step = np.clip(np.nan_to_num(light) * steps, 0, steps - 1).astype(np.int64)
        paper = 1 + band + bands * np.where(seen.wall, 0, step)
        paper = np.where(seen.surface | seen.wall, paper, 0).astype(np.int16)
        upper, lower = paper[0::2], paper[1::2]
        # Where the upper pixel is the sky the lower one is the ink: the sky has none.
        sky = upper == 0
        glyph = np.where(upper == lower, SPACE, np.where(sky, _LOWER_HALF, _HALF_BLOCK))
        ink = np.where(sky, lower, upper)
        self._paper = np.where(sky, 0, lower).astype(np.int16)
        np.copyto(self._inside(self._ground.look), ink * np.int16(self._inks.papers) + self._paper)
        np.copyto(self._inside(self._ground.glyph), glyph.astype(np.uint32))

    def _put_mesh(self) -> None:
        """Lines of constant x and of constant y, where they are not hidden, and the edges of the box below."""
        count = min(max(self.plane.columns // _COLUMNS_A_WIRE, 4), _MOST_WIRES)
        places, along = np.linspace(-1, 1, count + 1), np.append(np.linspace(-1, 1, _WIRE_POINTS), np.nan)
        one, other = (part.reshape(-1) for part in np.meshgrid(along, places))  # nan lifts the pen between two
        x, y = np.append(one, other), np.append(other, one)
        w, box, mesh = self._surface_window, PathLayer(self.plane), PathLayer(self.plane)
        middle, half = ((w.x0 + w.x1) / 2, (w.y0 + w.y1) / 2), ((w.x1 - w.x0) / 2, (w.y1 - w.y0) / 2)
        mesh.extend(self._project(middle[0] + half[0] * x, middle[1] + half[1] * y), 0)
        near = self._view.nearest_corner()
        corners = np.array([(-near[0], near[1]), near, (near[0], -near[1])])
        foot = np.zeros(3)
        heights = self._relief.at(corners[:, 0], corners[:, 1])
        box.extend(np.stack(self._view.project(corners[:, 0], corners[:, 1], foot)[:2], axis=1), 0)
        for corner, height in zip(corners, heights.tolist(), strict=True):
            edge = np.repeat(corner[:, None], 2, axis=1)
            ends = np.stack(self._view.project(edge[0], edge[1], np.array([0.0, height]))[:2], axis=1)
            box.extend(np.concatenate(([[np.nan, np.nan]], ends)), 0)
        self._put(self._ground, Role.AXIS, box.lit(NEVER - 1))
        self._put(self._ground, Role.ISOLINE, mesh.lit(NEVER - 1))

    def _put_axes(self) -> None:
        """Ticks below the two front edges of the base, and heights beside the corner that is farthest left."""
        w, nearest = self._surface_window, self._view.nearest_corner()
        self._put_edge(nearest, (-nearest[0], nearest[1]), (w.x0, w.x1), self._symbols[0])
        self._put_edge(nearest, (nearest[0], -nearest[1]), (w.y0, w.y1), self._symbols[1])
        leftmost = min(((x, y) for x in (-1.0, 1.0) for y in (-1.0, 1.0)), key=lambda corner: self._cell(*corner)[0])
        column, foot = self._cell(*leftmost)
        head = self._cell(*leftmost, 1.0)[1]
        axis, label = self._inks.ink(Role.AXIS), self._inks.ink(Role.LABEL)
        for y in range(max(head, 0), foot + 1):
            self._ground.write(column - 1, y, "│" if self.unicode else "|", axis)
        free = foot + 1
        for level, height in zip(self.levels, self.scale.heights(np.array(self.levels)).tolist(), strict=True):
            row = self._cell(*leftmost, height)[1]
            text = written(level, self.unicode)
            if row <= free - 2 and row >= 0 and len(text) < column:
                self._ground.write(column - 1, row, "┤" if self.unicode else "+", axis)
                self._ground.write(column - 1 - len(text), row, text, label)
                free = row

    def _put_edge(
        self, near: tuple[float, float], far: tuple[float, float], limits: tuple[float, float], symbol: str
    ) -> None:
        """Ticks of the base's edge between two corners, written on its outer side; the name at its middle."""
        begin, end = self._cell(*near), self._cell(*far)
        along = 0 if near[0] != far[0] else 1
        label = self._inks.ink(Role.LABEL)
        low, high = limits
        length = abs(end[0] - begin[0])
        places = [(tick.value, tick.label) for tick in linear_ticks(low, high, min(max(length // 7, 2), 5))]
        gaps = [(a + b) / 2 for (a, _), (b, _) in pairwise(places)]
        name = min(gaps, key=lambda place: abs(place - (low + high) / 2), default=(low + 3 * high) / 4)
        for value, text in [*places, (name, symbol)] if length > _SHORTEST_EDGE else []:
            place = 2 * (value - low) / (high - low) - 1
            column, row = self._cell(*((place, near[1]) if along == 0 else (near[0], place)))
            text = text if self.unicode else text.replace("−", "-")
            x = column - len(text) if end[0] < begin[0] else column + 1
            if self._is_free(x, row + 1, len(text)):
                self._ground.write(x, row + 1, text, label)

    def _is_free(self, x: int, y: int, length: int) -> bool:
        """Whether so many cells are within the chart and blank, and no other label is as near as two cells."""
        if x < 0 or x + length > self.width or not 0 <= y < self.height:
            return False
        glyphs, looks = self._ground.glyph[y], self._ground.look[y]
        blank = (glyphs[x : x + length] == SPACE) & (looks[x : x + length] == 0)
        return bool(blank.all()) and self._inks.ink(Role.LABEL) not in looks[max(x - 2, 0) : x + length + 2]

    def _cell(self, x: float, y: float, height: float = 0.0) -> tuple[int, int]:
        """The cell of the chart, or beside it, where a point of the box around the surface is."""
        u, v, _ = self._view.project(np.array([x]), np.array([y]), np.array([height]))
        dots = self.plane.to_dots(np.stack((u, v), axis=1))[:, 0]
        left, top, _, _ = self.area
        return left + math.floor(dots[0] / DOTS_X), top + math.floor(dots[1] / DOTS_Y)
