"""Which levels a surface is cut at, so that its shape shows both near the minimum and far from it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from gdtui.charts.frame import round_step

LARGEST = 1e50
"""Values beyond this are a wall, not a part of the shape; descents count as diverged there too."""

_LINEAR_BELOW = 20.0  # largest over smallest height: below this, even steps show the shape
# Round numbers a decade, densest first.
_LADDERS = ((1.0, 1.5, 2.0, 3.0, 5.0, 7.0), (1.0, 2.0, 3.0, 5.0), (1.0, 2.0, 5.0), (1.0, 3.0), (1.0,))


def round_levels(values: NDArray[np.float64], most: int) -> tuple[float, ...]:
    """At most ``most`` ascending round levels for the values of a surface; () where it is flat.

    Heights over the lowest value are cut evenly where they are of one size, and as 1, 2, 5, 10, ... where
    they span decades, as most surfaces do.
    """
    shape = values[np.abs(values) < LARGEST]  # leaves out nan too
    if not shape.size:
        return ()
    lowest = float(shape.min())
    heights = np.sort(shape - lowest)
    heights = heights[heights > 1e-12 * max(abs(lowest), float(heights[-1]))]
    if not heights.size:
        return ()
    low = float(heights[len(heights) // 100])
    high = float(heights[-1 - len(heights) // 200])
    base = _round_below(lowest, low)
    if high / low < _LINEAR_BELOW:
        return _even(lowest, lowest + high, most)
    levels = (_plain(base + height) for height in _ladder(low, high, most))
    return tuple(level for level in levels if level > lowest)


def _round_below(lowest: float, grain: float) -> float:
    """``lowest`` rounded down to a power of ten that is small beside the surface's heights."""
    unit = 10.0 ** round(math.log10(grain))
    return math.floor(lowest / unit + 1e-9) * unit if abs(lowest) < 1e15 * unit else lowest


def _even(low: float, high: float, most: int) -> tuple[float, ...]:
    step = round_step((high - low) / (most + 1))
    first, last = math.floor(low / step) + 1, math.floor(high / step - 1e-9)
    levels = tuple(_plain(index * step) for index in range(first, last + 1))
    return levels or ((low + high) / 2,)


def _ladder(low: float, high: float, most: int) -> list[float]:
    """Round heights from low to high, as dense as ``most`` allows."""
    exponents = range(math.floor(math.log10(low)), math.floor(math.log10(high)) + 1)
    for ladder in _LADDERS:
        heights = [m * 10.0**e for e in exponents for m in ladder if low <= m * 10.0**e < high]
        if len(heights) <= most:
            return heights
    return heights[:: math.ceil(len(heights) / most)]


def _plain(value: float) -> float:
    """Without the noise of binary fractions: 0.3, not 0.30000000000000004."""
    return float(f"{value:.15g}")
