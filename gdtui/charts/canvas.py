"""What all charts share: a ground, layers of dots and marks over it, composited for one cursor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gdtui.charts import palette
from gdtui.charts.cells import PLAIN, Colour, Depth, Grid, Look, Run, Span
from gdtui.charts.frame import Frame, frame
from gdtui.charts.palette import Role
from gdtui.charts.raster import NEVER, PathLayer, Plane, Window, braille, letters, quadrants, thickened

Point: TypeAlias = Sequence[float] | NDArray[np.float64]
"""A point (x, y) in data units."""

BROAD_FROM = 120
"""From so many columns of data on there is room for a broad path."""

_ROLES = tuple(Role)
_MARKS = {Role.START: "◇o", Role.MINIMIZER: "×x", Role.POINT: "●@"}  # Unicode, ASCII
_ARROWS = {
    (-1, 0): "←<", (1, 0): "→>", (0, -1): "↑^", (0, 1): "↓v",
    (-1, -1): "↖^", (1, -1): "↗^", (-1, 1): "↙v", (1, 1): "↘v",
}  # fmt: skip
_LETTERS = {
    Role.PATH: "*", Role.AHEAD: "-", Role.FUTURE: "+", Role.OLD: ":", Role.CURVE: ".", Role.ISOLINE: ".",
}  # fmt: skip


class Inks:
    """The table of looks of a chart with so many bands, and how to index it.

    A cell's look is an ink (foreground) on a paper (background). Papers: 0 is the terminal's own, then the
    bands, their edges, their halos and the void. Each paper is also an ink, for the half blocks of the fill.
    """

    def __init__(self, depth: Depth, bands: int) -> None:
        fills = (palette.bands(depth, bands), palette.edges(depth, bands), palette.halos(depth, bands))
        papers: list[Colour] = [None, *fills[0], *fills[1], *fills[2], palette.void(depth)]
        inks = [Look(paper) for paper in papers] + [palette.look(role, depth) for role in _ROLES]
        self.papers = len(papers)
        self.void = self.papers - 1
        self.table = tuple(Look(ink.fg, paper, ink.bold, ink.dim) for ink in inks for paper in papers)
        self._ink = {role: self.papers + number for number, role in enumerate(_ROLES)}
        band = np.arange(bands, dtype=np.int16)
        self.halo: NDArray[np.int16] = np.arange(self.papers, dtype=np.int16)  # paper -> its halo
        self.halo[1 + band] = self.halo[1 + bands + band] = 1 + 2 * bands + band

    def ink(self, role: Role) -> int:
        """The part of a look's index that is a role's; add the paper."""
        return self._ink[role] * self.papers


_inks = cache(Inks)


class Canvas:
    """A chart of ``width`` x ``height`` cells, frame and labels included.

    Layers above one another: the ground, other runs, rows ahead of the cursor, the future, the live path,
    marks. ``draw(cursor)`` puts them together; between two draws the layers may be changed freely.
    """

    broad_path = False
    """Draw the live path broad where there is room: two dots thick, with a dark halo."""
    heavy_path = False
    """Draw the live path in quarter blocks: over lines in braille another one would drown."""

    def __init__(self, width: int, height: int, depth: Depth, unicode: bool = True) -> None:
        self.width = max(width, 1)
        self.height = max(height, 1)
        self.depth = depth
        self.unicode = unicode
        self._shown = Grid(self.width, self.height)
        self._next = Grid(self.width, self.height)
        self._future: PathLayer | None
        self._marks: list[tuple[Role, Point]]
        self.begin(Window(0.0, 1.0, 0.0, 1.0))

    @property
    def window(self) -> Window:
        """The part of the plane that is shown."""
        return self.plane.window

    @property
    def area(self) -> tuple[int, int, int, int]:
        """The cells of the data area: (x, y, columns, rows)."""
        return self._frame.left, self._frame.top, self.plane.columns, self.plane.rows

    def set_future(self, points: ArrayLike | None) -> None:
        """Draw the next steps (m, 2) dotted, replacing the last ones. Point 0 is where they start from."""
        self._future = None
        if points is not None and len(np.asarray(points)):
            self._future = PathLayer(self.plane, dotted=True)
            self._future.extend(points, 0)

    def set_marks(
        self, start: Point | None = None, minimizers: Sequence[Point] = (), current: Point | None = None
    ) -> None:
        """Set all marks. One outside the window is left out; to the current point an arrow shows the way."""
        self._marks = [(Role.MINIMIZER, point) for point in minimizers]
        if start is not None:
            self._marks.append((Role.START, start))
        if current is not None:
            self._marks.append((Role.POINT, current))

    def draw(self, cursor: int) -> list[Span]:
        """Composite everything as of row ``cursor``; returns the cells that changed since the last draw."""
        grid = self._next
        grid.copy_from(self._ground)
        for old in self.olds:
            self._put(grid, Role.OLD, old.lit(NEVER - 1))
        first = self.path.first
        broad = self.broad_path and self.plane.columns >= BROAD_FROM
        self._put(grid, Role.AHEAD, (first > cursor) & (first < NEVER))
        if self._future is not None:
            self._put(grid, Role.FUTURE, self._future.lit(NEVER - 1))
        self._put(grid, Role.PATH, (thickened(first) if broad else first) <= cursor, halo=broad)
        for role, point in self._marks:
            self._put_mark(grid, role, float(point[0]), float(point[1]))
        spans = grid.changed_since(self._shown)
        self._shown, self._next = grid, self._shown
        return spans

    def row(self, y: int) -> list[Run]:
        """Row y as it was last drawn."""
        return self._shown.runs(y) if 0 <= y < self.height else [(" " * self.width, PLAIN)]

    def begin(
        self, window: Window, symbols: tuple[str, str] = ("", ""), log_y: bool = False, bands: int = 0
    ) -> None:
        """Open a window: its frame, an empty ground, and no layers."""
        window = _with_extent(window)
        self._frame: Frame = frame(window, self.width, self.height, symbols, log_y, self.unicode)
        self.plane = Plane(window, self._frame.columns, self._frame.height)
        self.path = PathLayer(self.plane)
        self.olds: list[PathLayer] = []
        self._future = None
        self._marks = []
        self._inks = _inks(self.depth, bands)
        self._paper = np.zeros((self.plane.rows, self.plane.columns), dtype=np.int16)
        self._ground = Grid(self.width, self.height, self._inks.table)
        self._put_frame(self._ground)

    def _put_frame(self, grid: Grid) -> None:
        axis, label = self._inks.ink(Role.AXIS), self._inks.ink(Role.LABEL)
        for y, text in enumerate(self._frame.rows):
            grid.write(0, y, text, label)
        if self._frame.left:
            grid.look[: self._frame.height + 1, self._frame.left - 1] = axis
            grid.look[self._frame.height, self._frame.left - 1 :] = axis

    def _inside(self, cells: NDArray[np.generic]) -> NDArray[np.generic]:
        """The part of a grid's array that is the data area."""
        left, top, columns, rows = self.area
        return cells[top : top + rows, left : left + columns]

    def _put(self, grid: Grid, role: Role, mask: NDArray[np.bool_], halo: bool = False) -> None:
        """Dots over whatever is there: their glyph replaces the cell's, its paper shows through."""
        if not mask.any():
            return
        glyph = self._glyphs(role, mask)
        lit = glyph != 0x20
        paper = self._inks.halo[self._paper] if halo else self._paper
        np.copyto(self._inside(grid.glyph), glyph, where=lit)
        np.copyto(self._inside(grid.look), self._inks.ink(role) + paper, where=lit)

    def _glyphs(self, role: Role, mask: NDArray[np.bool_]) -> NDArray[np.uint32]:
        if not self.unicode:
            return letters(mask, _LETTERS[role])
        if role is Role.PATH and self.heavy_path:
            return quadrants(mask)
        return braille(mask)

    def _put_mark(self, grid: Grid, role: Role, x: float, y: float) -> None:
        glyphs = _MARKS[role]
        cell = self.plane.cell(x, y)
        if cell is None:
            if role is not Role.POINT or math.isnan(x) or math.isnan(y):
                return
            w = self.window
            side = ((x > w.x1) - (x < w.x0), (y < w.y0) - (y > w.y1))
            cell = self.plane.cell(min(max(x, w.x0), w.x1), min(max(y, w.y0), w.y1))
            if cell is None:
                return
            glyphs = _ARROWS[side]
        column, row = cell
        paper = self._inks.halo[self._paper[row, column]]
        left, top, _, _ = self.area
        grid.write(left + column, top + row, glyphs[not self.unicode], self._inks.ink(role) + int(paper))


def _with_extent(window: Window) -> Window:
    """The window with both sides ordered, finite and longer than nothing."""
    sides = []
    for low, high in ((window.x0, window.x1), (window.y0, window.y1)):
        low, high = min(low, high), max(low, high)
        if not math.isfinite(high - low):
            low, high = 0.0, 1.0
        if high - low <= 1e-12 * max(abs(low), abs(high), 1e-290):
            room = max(abs(low), abs(high)) * 1e-9 or 1.0
            low, high = low - room, high + room
        sides += [low, high]
    return Window(*sides)
