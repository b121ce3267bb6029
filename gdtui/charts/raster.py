"""From data to dots: a plane of braille dots, and paths that remember when each dot was first lit."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

NEVER = int(np.iinfo(np.int32).max)
"""The row number of a dot that no row has lit."""

DOTS_X, DOTS_Y = 2, 4  # braille dots in a cell
_BRAILLE = 0x2800
_NO_DOTS = np.uint32(0xFFFFFF00)
_COLUMN_BITS = (0x01, 0x02, 0x04, 0x40)  # Unicode's numbering of the left dots, downwards; the right ones: below
_QUADRANTS = np.array([ord(glyph) for glyph in " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"], dtype=np.uint32)
_DOTTED = 3  # of so many dots of a dotted line, one is lit
_DOTS_AT_ONCE = 1 << 19  # bounds the memory of one batch

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]
Glyphs: TypeAlias = NDArray[np.uint32]


class Window(NamedTuple):
    """The part of the plane that is shown, in data units."""

    x0: float
    x1: float
    y0: float
    y1: float


def rounded_within(value: float, size: float) -> float:
    """The middle of a cell of this size, with as few decimals as leave it inside: −1.25, not −1.2483221476510067."""
    if not (math.isfinite(value) and size > 1e-300):
        return value
    return round(value, -math.floor(math.log10(size) + 1e-9)) + 0.0  # no negative zero


class Plane(NamedTuple):
    """A window laid over columns x rows cells of 2 x 4 dots.

    The window's edges are the outer edges of the outermost dots; row 0 is the top. A point belongs to the
    dot, and so to the cell, that contains it.
    """

    window: Window
    columns: int
    rows: int

    def to_dots(self, points: Floats) -> Floats:
        """Points (m, 2) in data units as dots (2, m): x from the left, y from the top, fractions kept."""
        w = self.window
        dots = np.empty((2, len(points)))
        with np.errstate(all="ignore"):
            dots[0] = (points[:, 0] - w.x0) / (w.x1 - w.x0) * (self.columns * DOTS_X)
            dots[1] = (w.y1 - points[:, 1]) / (w.y1 - w.y0) * (self.rows * DOTS_Y)
        return dots

    def cell(self, x: float, y: float) -> tuple[int, int] | None:
        """The cell (column, row) of a point, or None outside the window. The window's edges are inside."""
        w = self.window
        if not (w.x0 <= x <= w.x1 and w.y0 <= y <= w.y1):
            return None
        column = int((x - w.x0) / (w.x1 - w.x0) * self.columns)
        row = int((w.y1 - y) / (w.y1 - w.y0) * self.rows)
        return min(column, self.columns - 1), min(row, self.rows - 1)

    def point(self, column: int, row: int) -> tuple[float, float]:
        w = self.window
        return (w.x0 + (column + 0.5) / self.columns * (w.x1 - w.x0), w.y1 - (row + 0.5) / self.rows * (w.y1 - w.y0))

    def round_point(self, column: int, row: int) -> tuple[float, float]:
        """A point of a cell near its centre, with no more digits than a cell can tell."""
        x, y = self.point(column, row)
        w = self.window
        return rounded_within(x, (w.x1 - w.x0) / self.columns), rounded_within(y, (w.y1 - w.y0) / self.rows)

    def centres(self, per_column: int, per_row: int) -> tuple[Floats, Floats]:
        """The x (n,) and the y (m,) of a finer grid's pixels, so many to a cell; y from the top."""
        w = self.window
        across = (np.arange(self.columns * per_column) + 0.5) / (self.columns * per_column)
        down = (np.arange(self.rows * per_row) + 0.5) / (self.rows * per_row)
        return w.x0 + across * (w.x1 - w.x0), w.y1 - down * (w.y1 - w.y0)


def equalised(window: Window, columns: int, rows: int) -> Window:
    """The window extended, never cropped, so that both axes have one scale (dots are about square)."""
    x0, x1, y0, y1 = window
    across, up = columns * DOTS_X, rows * DOTS_Y
    scale = max((x1 - x0) / across, (y1 - y0) / up)
    half_x, half_y = scale * across / 2, scale * up / 2
    x, y = (x0 + x1) / 2, (y0 + y1) / 2
    return Window(min(x0, x - half_x), max(x1, x + half_x), min(y0, y - half_y), max(y1, y + half_y))


class PathLayer:
    """A polyline that is only ever added to. For each dot it knows the first row that lit it.

    So the path up to row c is ``first <= c``: moving the cursor draws no line again.
    """

    def __init__(self, plane: Plane, dotted: bool = False) -> None:
        self.plane = plane
        self.dotted = dotted
        self.tint = 0  # of several paths that are alike, which
        self.first: NDArray[np.int32] = np.full((plane.rows * DOTS_Y, plane.columns * DOTS_X), NEVER, dtype=np.int32)
        self._last: Floats = np.full((2, 1), np.nan)  # in dots; nan breaks the line
        self._walked = 0
        self.newest = -1
        """The last row that was given."""

    def extend(self, points: ArrayLike, first_row: int | Sequence[int] | NDArray[np.integer]) -> None:
        """Go on from the last point through ``points`` (m, 2).

        ``first_row`` is the row number of the first of them, or those of all. The dots of a segment get
        the number of the row at its end. A point that is not finite breaks the line.
        """
        data, rows = numbered(points, first_row)
        if not len(data):
            return
        self.newest = int(rows[-1])
        if len(data) == 1 and self._light_one(data[0].tolist(), self.newest):
            return
        dots = self.plane.to_dots(data)
        lifted = math.isnan(self._last[0, 0])  # where it comes from nowhere, it begins at its first point
        before, self._last = dots[:, :1] if lifted else self._last, dots[:, -1:]
        self._light(np.concatenate((before, dots), axis=1), rows, lifted)

    def lit(self, up_to: int) -> Mask:
        """The dots (rows * 4, columns * 2) lit by rows up to and with ``up_to``."""
        return np.asarray(self.first <= up_to)

    def _light_one(self, point: list[float], row: int) -> bool:
        """A single segment from the last point: what `_light` does, dot by dot. False where it is not all inside.

        A step adds one to each chart: the forty calls of NumPy for it take ten times as long.
        """
        height, width = self.first.shape
        (before_x,), (before_y,) = self._last.tolist()
        w = self.plane.window
        x, y = (point[0] - w.x0) / (w.x1 - w.x0) * width, (w.y1 - point[1]) / (w.y1 - w.y0) * height
        if not (0 <= x <= width and 0 <= y <= height and 0 <= before_x <= width and 0 <= before_y <= height):
            return False
        self._last = np.array([[x], [y]])
        begin_x, begin_y = min(int(before_x), width - 1), min(int(before_y), height - 1)
        slope_x, slope_y = min(int(x), width - 1) - begin_x, min(int(y), height - 1) - begin_y
        length = max(abs(slope_x), abs(slope_y))
        first = -self._walked % _DOTTED if self.dotted else 0
        for step in range(first, length + 1, _DOTTED if self.dotted else 1) if length else ():
            share = step / length
            place = int(begin_y + slope_y * share + 0.5), int(begin_x + slope_x * share + 0.5)
            if self.first[place] > row:
                self.first[place] = row
        self._walked += length
        return True

    def _light(self, dots: Floats, rows: Ints, lifted: bool) -> None:
        """Light the segments between neighbouring ``dots`` (2, m + 1), numbered ``rows`` (m,).

        ``lifted``: of the first segment nothing was drawn yet, its end neither.
        """
        height, width = self.first.shape
        corner = np.array([[width], [height]])
        inside = (dots >= 0) & (dots <= corner)
        if inside.all():
            places = _containing(dots, corner)
            begin, end = places[:, :-1], places[:, 1:]
            length = np.abs(end - begin).max(axis=0)
            wanted = length > 0
            wanted[0] |= lifted
        else:
            inside = inside[0] & inside[1]
            whole = inside[:-1] & inside[1:]
            whole[0] &= not lifted
            visible, head, tail = whole.copy(), dots[:, :-1].copy(), dots[:, 1:].copy()
            rest = np.flatnonzero(~whole)
            visible[rest], head[:, rest], tail[:, rest] = clipped(head[:, rest], tail[:, rest], width, height)
            begin, end = (_containing(np.where(visible, ends, 0), corner) for ends in (head, tail))
            length = np.abs(end - begin).max(axis=0)
            wanted = visible & ((length > 0) | ~whole)
        # A segment inside one dot adds nothing, if the point before it was drawn: most of a slow descent.
        some = np.flatnonzero(wanted)
        if not some.size:
            return
        segments = Segments(begin[:, some], end[:, some], length[some], rows[some])
        if not self.dotted and int(segments.length.sum()) > self.first.size:
            segments = segments.without_repeats()
        for part in segments.parts():
            self._light_segments(part)

    def _light_segments(self, segments: Segments) -> None:
        """All dots of all segments at once: segment j has length[j] + 1 of them."""
        length = segments.length
        behind = np.cumsum(length + 1)
        which = np.repeat(np.arange(len(length)), length + 1)
        step = np.arange(len(which)) - (behind - length - 1)[which]
        if self.dotted:
            walked = self._walked + behind - length - np.arange(1, len(length) + 1)  # before each segment
            on = np.flatnonzero((walked[which] + step) % _DOTTED == 0)
            which, step = which[on], step[on]
            self._walked += int(behind[-1]) - len(length)
        share = step / np.maximum(length, 1)[which]
        slope = segments.end - segments.begin
        x, y = (segments.begin[:, which] + slope[:, which] * share + 0.5).astype(np.int64)
        np.minimum.at(self.first.reshape(-1), y * self.first.shape[1] + x, segments.rows[which].astype(np.int32))


def numbered(points: ArrayLike, first_row: int | Sequence[int] | NDArray[np.integer]) -> tuple[Floats, Ints]:
    """Points as (m, 2) and their row numbers (m,); ``first_row``: of the first, or all of them."""
    data, rows = np.asarray(points, dtype=np.float64).reshape(-1, 2), np.asarray(first_row, dtype=np.int64)
    return data, rows + np.arange(len(data)) if rows.ndim == 0 else rows


class Segments(NamedTuple):
    """Lines between whole dots: begin and end (2, m), length in dots and row number (m,)."""

    begin: Ints
    end: Ints
    length: Ints
    rows: Ints

    def without_repeats(self) -> Segments:
        """Each line once, at its first row: a descent that swings to and fro draws the same ones for ever."""
        key = self.begin[0] << 48 | self.begin[1] << 32 | self.end[0] << 16 | self.end[1]
        order = np.lexsort((self.rows, key))
        first = order[np.concatenate(([True], np.diff(key[order]) != 0))]
        return Segments(self.begin[:, first], self.end[:, first], self.length[first], self.rows[first])

    def parts(self) -> Iterator[Segments]:
        """The same in order, in parts of bounded memory; one part, but for batches of very many dots."""
        dots = np.cumsum(self.length + 1)
        if dots[-1] < _DOTS_AT_ONCE:
            yield self
            return
        batch = dots // _DOTS_AT_ONCE
        cuts = [0, *(np.flatnonzero(np.diff(batch)) + 1).tolist(), len(batch)]
        for a, b in pairwise(cuts):
            if b > a:
                yield Segments(self.begin[:, a:b], self.end[:, a:b], self.length[a:b], self.rows[a:b])


def _containing(dots: Floats, corner: Ints) -> Ints:
    """The whole dots (2, m) that contain points inside the window; its far edges belong to the last dots."""
    whole: Ints = np.minimum(dots.astype(np.int64), corner - 1)
    return whole


def clipped(a: Floats, b: Floats, width: int, height: int) -> tuple[Mask, Floats, Floats]:
    """Liang-Barsky: which segments a-b, (2, m) each, touch [0, width] x [0, height], and their parts inside.

    A segment that comes from a point that is not finite is its end alone.
    """
    a = np.where(np.isfinite(a).all(axis=0), a, b)
    with np.errstate(all="ignore"):
        delta = b - a
        near, far = np.zeros(a.shape[1]), np.ones(a.shape[1])
        visible = np.isfinite(delta).all(axis=0)
        for start, slope, size in zip(a, delta, (width, height), strict=True):
            flat = slope == 0
            visible &= ~flat | ((start >= 0) & (start <= size))
            low, high = -start / slope, (size - start) / slope
            near = np.where(flat, near, np.maximum(near, np.minimum(low, high)))
            far = np.where(flat, far, np.minimum(far, np.maximum(low, high)))
        visible &= near <= far
        # An end that is inside stays exactly as it is; a cut one is put on the edge, whatever the rounding.
        corner = np.array([[width], [height]], dtype=np.float64)
        head = np.clip(np.where(near > 0, a + near * delta, a), 0, corner)
        tail = np.clip(np.where(far < 1, a + far * delta, b), 0, corner)
    return visible, head, tail


def thickened(first: NDArray[np.int32]) -> NDArray[np.int32]:
    """The dots of a path two wide and two high."""
    thick = first.copy()
    np.minimum(thick[:, 1:], first[:, :-1], out=thick[:, 1:])
    thick[1:] = np.minimum(thick[1:], thick[:-1].copy())
    return thick


def _pairs_to_glyphs() -> Glyphs:
    """The code point for each pair of column codes: the left one in the low byte, the right one in the high byte."""
    pair = np.arange((sum(_COLUMN_BITS) << 8) + 256, dtype=np.uint32)
    left, right = pair & 0xFF, pair >> 8
    code = left | (right & 0x07) << 3 | (right & 0x40) << 1  # the right dots' bits are 8, 16, 32 and 128
    return np.where(code, code + np.uint32(_BRAILLE), np.uint32(0x20))


_GLYPHS = _pairs_to_glyphs()


def braille(mask: Mask) -> Glyphs:
    """Dots (h * 4, w * 2) as code points (h, w); a cell without dots is a space."""
    # Two dots side by side are read as one number: their bytes do not run into each other.
    pairs = np.ascontiguousarray(mask).view("<u2")
    code = pairs[::DOTS_Y].copy()
    for y, bit in enumerate(_COLUMN_BITS[1:], 1):
        code += pairs[y::DOTS_Y] * np.uint16(bit)
    glyphs: Glyphs = _GLYPHS[code]
    return glyphs


def with_dots_of(glyph: Glyphs, other: Glyphs) -> Glyphs:
    """Braille glyphs with the dots added that another grid's have there."""
    both = (glyph & _NO_DOTS == _BRAILLE) & (other & _NO_DOTS == _BRAILLE)
    return np.where(both, glyph | other, glyph)


def quadrants(mask: Mask) -> Glyphs:
    """The same dots in quarter blocks, coarser and heavier: told from braille without a colour."""
    code = np.zeros((mask.shape[0] // DOTS_Y, mask.shape[1] // DOTS_X), dtype=np.uint32)
    for bit, (y, x) in enumerate(((0, 0), (0, 1), (2, 0), (2, 1))):
        quarter = mask[y::DOTS_Y, x::DOTS_X] | mask[y + 1 :: DOTS_Y, x::DOTS_X]
        code |= quarter * np.uint32(1 << bit)
    return _QUADRANTS[code]


def letters(mask: Mask, letter: str) -> Glyphs:
    """The same dots where there is only ASCII: the letter in every cell that has one."""
    lit = mask.reshape(mask.shape[0] // DOTS_Y, DOTS_Y, mask.shape[1] // DOTS_X, DOTS_X).any(axis=(1, 3))
    return np.where(lit, np.uint32(ord(letter)), np.uint32(0x20))
