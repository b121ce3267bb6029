"""Which levels a surface is cut at, and how high it stands: so that its shape shows near the minimum and far off."""

from __future__ import annotations

import enum
import math
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from gdtui.charts.frame import round_step
from gdtui.charts.raster import Floats

LARGEST = 1e50
"""Values beyond this are a wall, not a part of the shape; descents count as diverged there too."""

_LINEAR_BELOW = 20.0  # largest over smallest height: below this, even steps show the shape
_LINEAR_ABOVE = 0.45  # of the largest height: with a median above, as of a plane, likewise
_ROUND = (1, 2, 5)
_NEAR = 1.5
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
        """At most ``most`` ascending levels, each a multiple of 1, 2 or 5 times a power of ten; () where it is flat.

        They are cut evenly, or with heights over the lowest value as 1, 2, 5, 10, ..., or so that all bands are of one
        area. What doubles cannot tell from the lowest value is no level.
        """
        if not self.knots or most < 1:
            return ()
        if self.scaling is Scaling.LINEAR:
            levels = _even(self.lowest, self.lowest + self.high, most)
            return tuple(level for level in levels if not self._is_plateau(level))
        if self.scaling is Scaling.QUANTILE:
            return _quantiles(np.array(self.knots), most)
        return _growing(self.lowest, self.low, self.high, most)

    def _is_plateau(self, level: float) -> bool:
        """Whether a part of the surface lies at this very value: a level there would show but its noise."""
        return sum(abs(knot - level) < _NOISE * self.high for knot in self.knots) > 1

    def heights(self, values: Floats) -> Floats:
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


def scale_of(values: Floats, scaling: Scaling | None = None) -> Scale:
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


def _hides(scale: Scale, shape: Floats) -> bool:
    """Whether one band holds nearly all of the (sorted) values, though they differ."""
    cuts = [0, *np.searchsorted(shape, scale.levels(_KNOTS)).tolist(), len(shape)]
    sizes = np.diff(cuts)
    fullest = int(sizes.argmax())
    inside = shape[cuts[fullest] : cuts[fullest + 1]]
    middle = float(inside[round(0.9 * (len(inside) - 1))] - inside[round(0.1 * (len(inside) - 1))])
    return bool(sizes[fullest] > _CROWDED * len(shape) and middle > _TELLING * scale.high)


def _even(low: float, high: float, most: int) -> tuple[float, ...]:
    step = round_step((high - low) / (most + 1))
    for _ in range(3):  # a range between two multiples has some of a finer step in it
        levels = [_multiple(k, step) for k in range(math.floor(low / step) + 1, math.ceil(high / step - 1e-9))]
        if levels:
            break
        step = round_step(step / 2.5)
    return tuple(level for level in levels if low < level < high)[:most]


def _growing(lowest: float, low: float, high: float, most: int) -> tuple[float, ...]:
    """Levels that lie about 1, 2, 5, 10, ... above the lowest value, from ``low`` to ``high`` above it: of each of
    these steps the first multiple that is half of it or more above. Where they are too many, every second step, ...;
    where there is room for twice as many, one between each two.
    """
    start, end = 3 * math.floor(math.log10(low)), 3 * math.floor(math.log10(high)) + 3
    for every in range(1, end - start + 2):
        levels: list[float] = []
        for place in range(start - start % every, end, every):
            decade, digit = divmod(place, 3)
            step = _ROUND[digit] * 10.0**decade
            if not low * (1 - 1e-9) <= step < high or lowest + step == lowest:
                continue
            level = _multiple(math.ceil(lowest / step + 0.5 - 1e-9), step)
            if lowest < level < lowest + high:
                if levels and level - lowest < _NEAR * (levels[-1] - lowest):
                    levels.pop()  # two of nearly one height: the rounder one
                levels.append(level)
        if len(levels) <= most:
            break
    if 2 * len(levels) - 1 > most:
        return tuple(levels)
    between = [_between(a, b, lowest) for a, b in pairwise(levels)]
    return tuple(sorted({*levels, *between}))


def _between(a: float, b: float, lowest: float) -> float:
    """A round number between two levels, about as many times as high as the lower one as the upper is of it."""
    middle, half = lowest + math.sqrt(a - lowest) * math.sqrt(b - lowest), (b - a) / 2
    power = 10.0 ** math.floor(math.log10(half) + 1e-9)
    step = 5 * power if 5 * power <= half * (1 + 1e-9) else power
    level = _multiple(round(middle / step), step)
    return level if a < level < b else a


def _quantiles(knots: Floats, most: int) -> tuple[float, ...]:
    """Values between bands of one area, as round as keeps them apart."""
    places = np.linspace(0, len(knots) - 1, most + 2)[1:-1]
    exact = np.unique(np.interp(places, np.arange(len(knots)), knots))
    gaps = np.diff(exact, prepend=knots[0], append=knots[-1])
    near = np.minimum(gaps[:-1], gaps[1:]).tolist()
    steps = [round_step(gap / 2.5) if gap > 0 else 0.0 for gap in near]  # no larger than the gap
    rounded = [_multiple(round(v / step), step) for v, step in zip(exact.tolist(), steps, strict=True) if step]
    return tuple(sorted({level for level in rounded if knots[0] < level <= knots[-1]}))


def _multiple(times: int, step: float) -> float:
    """So many times a round step, without the noise of binary fractions: 0.3, not 0.30000000000000004."""
    return float(f"{times * step:.15g}")
