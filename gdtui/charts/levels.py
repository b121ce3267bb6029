"""Which levels a surface is cut at, and how high it stands: so that its shape shows near the minimum and far off."""

from __future__ import annotations

import enum
import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gdtui.charts.frame import round_step

LARGEST = 1e50
"""Values beyond this are a wall, not a part of the shape; descents count as diverged there too."""

_LINEAR_BELOW = 20.0  # largest over smallest height: below this, even steps show the shape
_LINEAR_ABOVE = 0.45  # of the largest height: with a median above, as of a plane, likewise
# Round numbers a decade, densest first.
_LADDERS = ((1.0, 1.5, 2.0, 3.0, 5.0, 7.0), (1.0, 2.0, 3.0, 5.0), (1.0, 2.0, 5.0), (1.0, 3.0), (1.0,))
_CROWDED = 0.8  # a band that holds so large a part of the surface hides its shape
_TELLING = 1e-3  # and only if what it hides is so large a part of the whole range
_NOISE = 1e-7  # of the range of values
_KNOTS = 33  # quantiles that a height is read from
_FOOT = 15  # percent of the heights below which a logarithmic height is about linear


class Scaling(enum.Enum):
    """How values are made into bands and heights."""

    LINEAR = "linear"
    LOG = "log"
    QUANTILE = "quantile"


class Scale(NamedTuple):
    """The scale of a surface's values: from ``lowest`` up, in one of three ways.

    ``low`` and ``high`` are heights over ``lowest`` that nearly all others lie between; ``knots`` are the values'
    quantiles, evenly spaced. A surface that is flat has no knots.
    """

    scaling: Scaling
    lowest: float
    low: float
    high: float
    foot: float
    knots: tuple[float, ...]

    def levels(self, most: int) -> tuple[float, ...]:
        """At most ``most`` ascending round levels; () where the surface is flat.

        Heights over the lowest value are cut evenly, or as 1, 2, 5, 10, ..., or so that all bands are of one area.
        """
        if not self.knots:
            return ()
        if self.scaling is Scaling.LINEAR:
            levels = _even(self.lowest, self.lowest + self.high, most)
            return tuple(level for level in levels if not self._is_plateau(level))
        if self.scaling is Scaling.QUANTILE:
            return _quantiles(np.array(self.knots), most)
        base = _round_below(self.lowest, self.low)
        ladder = (_plain(base + height) for height in _ladder(self.low, self.high, most))
        return tuple(level for level in ladder if level > self.lowest)

    def _is_plateau(self, level: float) -> bool:
        """Whether a part of the surface lies at this very value: a level there would show but its noise."""
        return sum(abs(knot - level) < _NOISE * self.high for knot in self.knots) > 1

    def heights(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values as heights from 0 to 1; what is outside of the scale is cut off, nan stays."""
        if not self.knots:
            return np.where(np.isnan(values), np.nan, 0.0)
        if self.scaling is Scaling.QUANTILE:
            found = np.interp(values, self.knots, np.linspace(0, 1, len(self.knots)))
            return np.where(np.isnan(values), np.nan, found)
        with np.errstate(all="ignore"):
            above = np.clip(values - self.lowest, 0.0, self.high)
            if self.scaling is Scaling.LINEAR:
                return np.asarray(above / self.high)
            return np.asarray(np.log1p(above / self.foot) / np.log1p(self.high / self.foot))


def scale_of(values: NDArray[np.float64], scaling: Scaling | None = None) -> Scale:
    """The scale that shows the shape of a surface's values, or the one that is asked for.

    Linear where the heights over the lowest value are of one size, logarithmic where they span decades, as most
    surfaces' do; by quantiles where either would leave nearly all of the surface in one band.
    """
    shape = np.sort(values[np.abs(values) < LARGEST])  # leaves out nan too
    flat = Scale(scaling or Scaling.LINEAR, 0.0, 1.0, 1.0, 1.0, ())
    if not shape.size:
        return flat
    lowest = float(shape[0])
    heights = shape - lowest
    heights = heights[heights > 1e-12 * max(abs(lowest), float(heights[-1]))]
    if not heights.size:
        return flat
    low, high = float(heights[len(heights) // 100]), float(heights[-1 - len(heights) // 200])
    foot = max(float(heights[len(heights) * _FOOT // 100]), high * 1e-9)
    places = np.linspace(0, len(shape) - 1, _KNOTS).round().astype(int)
    knots = tuple(dict.fromkeys(shape[places].tolist()))
    even = float(heights[len(heights) // 2]) > _LINEAR_ABOVE * high
    by_size = Scaling.LINEAR if even or high / low < _LINEAR_BELOW else Scaling.LOG
    found = Scale(scaling or by_size, lowest, low, high, foot, knots)
    if scaling is None and _hides(found, shape):
        return found._replace(scaling=Scaling.QUANTILE)
    return found


def _hides(scale: Scale, shape: NDArray[np.float64]) -> bool:
    """Whether one band holds nearly all of the (sorted) values, though they differ."""
    cuts = [0, *np.searchsorted(shape, scale.levels(_KNOTS)).tolist(), len(shape)]
    sizes = np.diff(cuts)
    fullest = int(sizes.argmax())
    inside = shape[cuts[fullest] : cuts[fullest + 1]]
    middle = float(inside[round(0.9 * (len(inside) - 1))] - inside[round(0.1 * (len(inside) - 1))])
    return bool(sizes[fullest] > _CROWDED * len(shape) and middle > _TELLING * scale.high)


def _round_below(lowest: float, grain: float) -> float:
    """``lowest`` rounded down to a power of ten that is small beside the surface's heights; 0 where it is near that."""
    if 0.0 <= lowest <= 3.0 * grain:
        return 0.0
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


def _quantiles(knots: NDArray[np.float64], most: int) -> tuple[float, ...]:
    """Values between bands of one area, with as few digits as keep them apart."""
    places = np.linspace(0, len(knots) - 1, most + 2)[1:-1]
    exact = np.unique(np.interp(places, np.arange(len(knots)), knots))
    gaps = np.diff(exact, prepend=knots[0], append=knots[-1])
    near = np.minimum(gaps[:-1], gaps[1:])
    units = [10.0 ** math.floor(math.log10(gap / 2)) if gap > 0 else 0.0 for gap in near.tolist()]
    rounded = [_plain(round(v / u) * u) if u else v for v, u in zip(exact.tolist(), units, strict=True)]
    return tuple(sorted({level for level in rounded if knots[0] < level <= knots[-1]}))


def _plain(value: float) -> float:
    """Without the noise of binary fractions: 0.3, not 0.30000000000000004."""
    return float(f"{value:.15g}")
