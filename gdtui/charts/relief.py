"""A surface in three dimensions: heights over a square, a camera, and what it sees of them."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from gdtui.charts.raster import Floats, Mask

TALL = 0.85
"""The height of the highest point, where the square has sides of 2."""

_DIAGONAL = 2 * math.sqrt(2)
_WIDEST, _TALLEST = 1.6, 1.25  # how much wider or taller than it is the picture may be drawn to fill its place
_SAMPLES = 176  # along each line of sight
_SKIPPED = 2.0  # samples before a point that do not hide it: they are its own slope
_SLACK = 0.6  # of a pixel; so far a point may lie below what is before it


class Camera(NamedTuple):
    """Where one looks from, in degrees: around the vertical axis counted from +x, and up from the ground."""

    azimuth: float = -60.0
    elevation: float = 48.0

    def turned(self, around: float, up: float) -> Camera:
        """Turned by so many degrees; it neither goes below the ground nor straight above it."""
        azimuth = (self.azimuth + around + 180.0) % 360.0 - 180.0
        return Camera(azimuth, min(max(self.elevation + up, 5.0), 85.0))


class Relief:
    """Heights from 0 to 1 over the square −1 <= x, y <= 1: (n, n), y along the first axis; nan is a hole."""

    def __init__(self, heights: Floats) -> None:
        self.heights = heights
        self._side = len(heights)
        flat = np.nan_to_num(heights * TALL, nan=0.0)
        self._slope_y: Floats = np.gradient(flat, 2 / (self._side - 1), axis=0)
        self._slope_x: Floats = np.gradient(flat, 2 / (self._side - 1), axis=1)

    def at(self, x: Floats, y: Floats) -> Floats:
        """The height at points between the grid's, bilinear; nan at a hole."""
        return self._between(self.heights, x, y)

    def brightness(self, x: Floats, y: Floats, camera: Camera) -> Floats:
        """How much light falls on the surface, 0 to 1. The light comes from the left of the camera, from above."""
        from_left = math.radians(camera.azimuth - 65)
        lamp = np.array([math.cos(from_left), math.sin(from_left), 0.9]) / math.sqrt(1.81)
        steep = np.sqrt(1 + self._slope_x**2 + self._slope_y**2)
        lit = (lamp[2] - self._slope_x * lamp[0] - self._slope_y * lamp[1]) / steep
        return self._between(np.clip(lit, 0, 1), x, y)

    def _between(self, grid: Floats, x: Floats, y: Floats) -> Floats:
        last = self._side - 1
        across, up = (np.minimum(np.maximum((place + 1) * (last / 2), 0), last - 1e-9) for place in (x, y))
        column, row = across.astype(np.int32), up.astype(np.int32)
        right, above = across - column, up - row
        corner = row * np.int32(self._side) + column
        values = grid.reshape(-1)
        low = values[corner] * (1 - right) + values[corner + 1] * right
        corner += np.int32(self._side)
        high = values[corner] * (1 - right) + values[corner + 1] * right
        return np.asarray(low * (1 - above) + high * above)


class Seen(NamedTuple):
    """What each pixel (rows, columns) shows: the surface, a side wall under its front edge, or nothing."""

    surface: Mask
    wall: Mask
    x: Floats
    y: Floats
    height: Floats


class View:
    """An orthographic view of a relief on columns x rows square pixels.

    A floating horizon: along each column of pixels the surface is walked from front to back. What rises above all
    that came before is seen, the rest is hidden. ``u`` is to the right, ``v`` up, ``near`` towards the camera.
    """

    def __init__(self, relief: Relief, camera: Camera, columns: int, rows: int) -> None:
        self.relief, self.camera, self.columns, self.rows = relief, camera, columns, rows
        around, up = math.radians(camera.azimuth), math.radians(camera.elevation)
        self._cos, self._sin = math.cos(around), math.sin(around)
        self._fall, self._rise = math.sin(up), TALL * math.cos(up)
        # One scale whatever the azimuth, or the surface would breathe while it turns.
        tall = _DIAGONAL * self._fall + self._rise
        wide = max(_DIAGONAL, columns * tall / (rows * _WIDEST))
        tall = max(tall, rows * wide / (columns * _TALLEST))
        self.u0, self.u1 = -wide / 2, wide / 2
        self.v0, self.v1 = (self._rise - tall) / 2, (self._rise + tall) / 2
        self._walk()

    def project(self, x: Floats, y: Floats, height: Floats) -> tuple[Floats, Floats, Floats]:
        """Points of the square and their heights as (u, v, near)."""
        near = x * self._cos + y * self._sin
        return y * self._cos - x * self._sin, height * self._rise - near * self._fall, near

    def nearest_corner(self) -> tuple[float, float]:
        """The corner of the square that is nearest to the camera."""
        return math.copysign(1.0, self._cos), math.copysign(1.0, self._sin)

    def _walk(self) -> None:
        """Heights along every line of sight, and the horizon: the highest v so far."""
        u = self.u0 + (np.arange(self.columns) + 0.5) / self.columns * (self.u1 - self.u0)
        front, back = np.full(self.columns, np.inf), np.full(self.columns, -np.inf)
        for slope, start in ((self._cos, -u * self._sin), (self._sin, u * self._cos)):
            if abs(slope) < 1e-9:
                outside = np.abs(start) > 1
                front[outside], back[outside] = -np.inf, np.inf
                continue
            one, other = (-1 - start) / slope, (1 - start) / slope
            front, back = np.minimum(front, np.maximum(one, other)), np.maximum(back, np.minimum(one, other))
        self._there = front > back
        self._front = np.where(self._there, front, 0.0)
        self._step = np.where(self._there, front - back, 0.0) / (_SAMPLES - 1)
        near = self._front - np.arange(_SAMPLES)[:, None] * self._step
        x, y = near * self._cos - u * self._sin, near * self._sin + u * self._cos
        self._u = u
        self._height = self.relief.at(x, y)
        self._v = self._height * self._rise - near * self._fall
        self._v[np.isnan(self._v)] = -np.inf
        self._v[:, ~self._there] = -np.inf
        self._horizon: Floats = np.maximum.accumulate(self._v, axis=0)

    def seen(self) -> Seen:
        v = self.v1 - (np.arange(self.rows) + 0.5) / self.rows * (self.v1 - self.v0)
        # One search for all columns: each has a range of its own, far from the others'.
        apart = 4 * (self.v1 - self.v0 + _DIAGONAL)
        offset = apart * np.arange(self.columns)
        lines = np.maximum(self._horizon, -apart / 2).T + offset[:, None]
        found = np.searchsorted(lines.reshape(-1), (v[:, None] + offset).reshape(-1))
        first = found.reshape(self.rows, self.columns) - np.arange(self.columns) * _SAMPLES
        surface = (first > 0) & (first < _SAMPLES) & self._there
        base = -self._front * self._fall
        wall = (first <= 0) & (v[:, None] >= base) & self._there
        k = np.clip(first, 1, _SAMPLES - 1)
        column = np.broadcast_to(np.arange(self.columns), k.shape)
        below, above = self._v[k - 1, column], self._v[k, column]
        with np.errstate(all="ignore"):
            part = np.where(np.isfinite(below), (v[:, None] - below) / (above - below), 1.0)
        near = self._front - (k - 1 + part) * self._step
        low, high = self._height[k - 1, column], self._height[k, column]
        height = np.where(np.isnan(low), high, low + part * (high - low))
        if self._rise > 0:
            height = np.where(wall, (v[:, None] - base) / self._rise, height)
        x, y = near * self._cos - self._u * self._sin, near * self._sin + self._u * self._cos
        return Seen(surface, wall, x, y, height)

    def is_seen(self, u: Floats, v: Floats, near: Floats) -> Mask:
        """Which points of the surface nothing before them hides."""
        place = (u - self.u0) / (self.u1 - self.u0) * self.columns
        with np.errstate(all="ignore"):
            inside = (place >= 0) & (place <= self.columns) & np.isfinite(v)
            column = np.fmin(np.fmax(place, 0), self.columns - 1).astype(np.int32)  # nan is 0
            behind = (self._front[column] - near) / np.maximum(self._step[column], 1e-12) - _SKIPPED
        k = np.fmin(np.fmax(behind, -1), _SAMPLES - 1).astype(np.int32)
        slack = _SLACK * (self.v1 - self.v0) / self.rows
        hidden = (k >= 0) & (self._horizon[np.maximum(k, 0), column] > v + slack)
        return np.asarray(inside & ~hidden)
