"""What all charts share: a ground, layers of dots and marks over it, composited for one cursor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gdtui.charts import palette
from gdtui.charts.cells import PLAIN, SPACE, Colour, Depth, Grid, Look, Run, Span
from gdtui.charts.frame import Frame, bare, frame
from gdtui.charts.palette import SIGNS, Role
from gdtui.charts.raster import Glyphs, Mask, Plane, Window, braille, letters, quadrants, with_dots_of

Point: TypeAlias = Sequence[float] | NDArray[np.float64]
"""A point (x, y) in data units."""

_ROLES = tuple(Role)
_MARKS = {Role.START: "◇o", Role.MINIMIZER: "×x", Role.POINT: "●@", Role.BEHIND: "○0"}  # Unicode, ASCII
_ARROWS = {
    (-1, 0): "←<", (1, 0): "→>", (0, -1): "↑^", (0, 1): "↓v",
    (-1, -1): "↖^", (1, -1): "↗^", (-1, 1): "↙v", (1, 1): "↘v",
}  # fmt: skip
_LETTERS = {
    Role.PATH: "*", Role.AHEAD: "-", Role.FUTURE: "+", Role.OLD: ":", Role.OLD_GREEN: ":",
    Role.OLD_CLAY: ":", Role.OLD_BLUE: ":", Role.CURVE: ".", Role.ISOLINE: ".",
    Role.AXIS: ".", Role.TANGENT: "=", Role.FIRST: "#", Role.SECOND: "%", Role.THIRD: "o", Role.FOURTH: "&",
    Role.FIFTH: "=", Role.SIXTH: "$", Role.POINT: "@",
}  # fmt: skip


class Inks:
    """The table of looks of a chart with such fills, and how to index it.

    A cell's look is an ink (foreground) on a paper (background). Papers: 0 is the terminal's own, then the
    fills, their halos and the void. Each paper is also an ink, for the half blocks of the fill.
    """

    def __init__(self, depth: Depth, fills: tuple[Colour, ...]) -> None:
        papers: list[Colour] = [None, *fills, *palette.halos(depth, fills), palette.void(depth)]
        inks = [Look(paper) for paper in papers] + [palette.look(role, depth) for role in _ROLES]
        self.papers = len(papers)
        self.void = self.papers - 1
        self.table = tuple(Look(ink.fg, paper, ink.bold, ink.dim) for ink in inks for paper in papers)
        self._ink = {role: self.papers + number for number, role in enumerate(_ROLES)}
        fill = np.arange(len(fills), dtype=np.int16)
        self.halo: NDArray[np.int16] = np.arange(self.papers, dtype=np.int16)  # paper -> its halo
        self.halo[1 + fill] = 1 + len(fills) + fill

    def ink(self, role: Role) -> int:
        """The part of a look's index that is a role's; add the paper."""
        return self._ink[role] * self.papers


inks_of = cache(Inks)


class Canvas:
    """A chart of ``width`` x ``height`` cells, frame and labels included.

    Above the ground lie layers of dots, and over them marks; ``draw(cursor)`` puts them together.
    """

    heavy_path = False
    """Draw the live path in quarter blocks: over lines in braille another one would drown."""

    def __init__(self, width: int, height: int, depth: Depth, unicode: bool = True) -> None:
        self.width = max(width, 1)
        self.height = max(height, 1)
        self.depth = depth
        self.unicode = unicode
        self._shown = Grid(self.width, self.height)
        self._next = Grid(self.width, self.height)
        # Nothing around it yet: what comes next opens a window of its own.
        nothing = bare(self.width, self.height)
        self.open(Window(0.0, 1.0, 0.0, 1.0), nothing, inks_of(depth, palette.bands(depth, 0)))

    @property
    def window(self) -> Window:
        """The part of the plane that is shown."""
        return self.plane.window

    @property
    def area(self) -> tuple[int, int, int, int]:
        """The cells of the data area: (x, y, columns, rows)."""
        return self._frame.left, self._frame.top, self.plane.columns, self.plane.rows

    def draw(self, cursor: int) -> list[Span]:
        """Composite everything as of row ``cursor``; returns the cells that changed since the last draw."""
        grid = self._next
        grid.copy_from(self._ground)
        self._put_layers(grid, cursor)
        for role, point in self._marks:
            self._put_mark(grid, role, float(point[0]), float(point[1]))
        spans = grid.changed_since(self._shown)
        self._shown, self._next = grid, self._shown
        return spans

    def _put_layers(self, grid: Grid, cursor: int) -> None:
        """What lies between the ground and the marks."""

    def row(self, y: int) -> list[Run]:
        """Row y as it was last drawn."""
        return self._shown.runs(y) if 0 <= y < self.height else [(" " * self.width, PLAIN)]

    def begin(
        self, window: Window, symbols: tuple[str, str] = ("", ""), log_y: bool = False, bands: int = 0,
        margin: int = 0, x_axis: bool = True, heading: int = 0,
    ) -> None:  # fmt: skip
        """Open a window: its frame, an empty ground, and no layers.

        ``margin``, ``x_axis``: as of `frame`; ``heading``: so many rows are left free above it.
        """
        window = with_extent(window)
        height = self.height - heading
        surround = frame(window, self.width, height, symbols, log_y, self.unicode, margin, x_axis)
        surround = surround._replace(top=heading)
        self.open(window, surround, inks_of(self.depth, palette.bands(self.depth, bands)))
        axis, label = self._inks.ink(Role.AXIS), self._inks.ink(Role.LABEL)
        for y, text in enumerate(surround.rows, heading):
            self._ground.write(0, y, text, label)
        if surround.left:
            rows, column = heading + surround.height, surround.left - 1
            self._ground.look[heading : rows + x_axis, column] = axis
            self._ground.look[rows : rows + x_axis, column:] = axis

    def open(self, window: Window, surround: Frame, inks: Inks) -> None:
        """An empty ground for a window, inside of what surrounds it, and no layers."""
        self._frame, self._inks = surround, inks
        self.plane = Plane(window, surround.columns, surround.height)
        self._marks: list[tuple[Role, Point]] = []
        self._paper = np.zeros((self.plane.rows, self.plane.columns), dtype=np.int16)
        self._ground = Grid(self.width, self.height, inks.table)

    def _inside(self, cells: NDArray[np.generic]) -> NDArray[np.generic]:
        """The part of a grid's array that is the data area."""
        left, top, columns, rows = self.area
        return cells[top : top + rows, left : left + columns]

    def _put(self, grid: Grid, role: Role, mask: Mask | None, halo: bool = False, join: bool = False) -> None:
        """Dots over whatever is there: their glyph replaces the cell's, its paper shows through.

        ``join``: dots that are there stay, in this role's colour, so that a line is not torn where another crosses.
        """
        if mask is None or not mask.any():
            return
        glyph = self._glyphs(role, mask)
        lit = glyph != SPACE
        if join and self.unicode:
            glyph = with_dots_of(glyph, self._inside(grid.glyph).astype(np.uint32))
        paper = self._inks.halo[self._paper] if halo else self._paper
        np.copyto(self._inside(grid.glyph), glyph, where=lit)
        np.copyto(self._inside(grid.look), self._inks.ink(role) + paper, where=lit)

    def _glyphs(self, role: Role, mask: Mask) -> Glyphs:
        if not self.unicode:
            return letters(mask, _LETTERS[role])
        if role is Role.PATH and self.heavy_path:
            return quadrants(mask)
        return braille(mask)

    def sign(self, number: int, role: Role) -> str:
        """What tells one of several curves from the others without a colour; in ASCII its line's letter."""
        return SIGNS[number % len(SIGNS)] if self.unicode else _LETTERS[role]

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
        self._put_glyph(grid, role, cell, glyphs)

    def _put_glyph(self, grid: Grid, role: Role, cell: tuple[int, int], glyphs: str) -> None:
        """A glyph, given as the one of Unicode and the one of ASCII, in a cell of the data area, on its halo."""
        column, row = cell
        paper = int(self._inks.halo[self._paper[row, column]])
        left, top, _, _ = self.area
        grid.write(left + column, top + row, glyphs[not self.unicode], self._inks.ink(role) + paper)


def with_extent(window: Window) -> Window:
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
