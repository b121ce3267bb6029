"""A quantity over the iterations: how to read it, what has been seen of it, and the axis that suits it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, TypeAlias

import numpy as np

from gdtui.charts.frame import round_step
from gdtui.charts.levels import LARGEST, Scaling
from gdtui.charts.palette import Role
from gdtui.charts.raster import Floats, Ints

Values: TypeAlias = Callable[[int, int], Floats]
"""The values of rows a to b, b exclusive: (b - a,). Where there is none, nan."""


@dataclass(frozen=True, eq=False)
class Readings:
    """Values of a run so long that some of its rows would have to be computed again to be read.

    ``every`` is as `Values` says; ``at_hand`` gives those of rows a to b that can be read at once: their numbers
    (n,), ascending, and their values (n,).
    """

    every: Values
    at_hand: Callable[[int, int], tuple[Ints, Floats]]

    def __call__(self, begin: int, end: int) -> Floats:
        return self.every(begin, end)


FIRST_LENGTH = 16
"""Iterations on a time axis at first; doubled when they are full."""

AT_ONCE = 1 << 16
"""Rows read at once."""

_TICK_SHARE = 5  # a linear axis grows by steps of about a fifth of itself


class Curve(NamedTuple):
    """One quantity of a run: its name in the legend, how to read it, and how to show it.

    ``scaling``: linear or logarithmic; None chooses by the values. ``olds``: the same quantity of other runs,
    how many rows each has and how to read them; ``tints``: which hue each has.
    """

    label: str
    values: Values
    role: Role | None = None
    scaling: Scaling | None = None
    olds: Sequence[tuple[int, Values]] = ()
    tints: Sequence[int] = ()


class Axis(NamedTuple):
    """A y axis: logarithmic or not, and its range (on a log axis exponents of ten)."""

    is_log: bool
    bottom: float
    top: float

    def heights(self, values: Floats) -> Floats:
        """Values as places on the axis; nan where they have none. On a log axis a 0 lies on its lower end."""
        if len(values) == 1:  # of every curve at every step
            return np.array([self.height(float(values[0]))])
        with np.errstate(all="ignore"):
            if not self.is_log:
                return np.where(np.abs(values) < LARGEST, values, np.nan)
            heights = np.where(values > 0, np.log10(values), np.where(values == 0, self.bottom, np.nan))
            return np.where(values < LARGEST, heights, np.nan)

    def height(self, value: float) -> float:
        if not self.is_log:
            return value if abs(value) < LARGEST else math.nan
        if value == 0:
            return self.bottom
        return math.log10(value) if 0 < value < LARGEST else math.nan


class Extent:
    """What has been seen of some values: enough to choose an axis, whatever their number."""

    def __init__(self) -> None:
        self.low, self.high = math.inf, -math.inf
        self.least_positive = math.inf

    def include(self, values: Floats) -> None:
        if len(values) == 1:
            self._include_one(float(values[0]))
            return
        usable = values[np.abs(values) < LARGEST]
        if usable.size:
            self.low = min(self.low, float(usable.min()))
            self.high = max(self.high, float(usable.max()))
        positive = usable[usable > 0]
        if positive.size:
            self.least_positive = min(self.least_positive, float(positive.min()))

    def _include_one(self, value: float) -> None:
        if abs(value) < LARGEST:
            self.low, self.high = min(self.low, value), max(self.high, value)
            if value > 0:
                self.least_positive = min(self.least_positive, value)

    def merged(self, other: Extent) -> Extent:
        both = Extent()
        both.low, both.high = min(self.low, other.low), max(self.high, other.high)
        both.least_positive = min(self.least_positive, other.least_positive)
        return both

    @property
    def is_empty(self) -> bool:
        return not self.high >= self.low

    def axis(self, scaling: Scaling | None = None) -> Axis:
        """The axis that holds the values: whole decades where it is logarithmic, else round numbers."""
        spans_decades = self.low >= 0 and self.high > 10 * self.least_positive
        if spans_decades if scaling is None else scaling is Scaling.LOG and self.high > 0:
            low = math.floor(math.log10(self.least_positive) + 1e-9)
            return Axis(True, float(low), float(max(math.ceil(math.log10(self.high) - 1e-9), low + 1)))
        return Axis(False, 0.0, 1.0) if self.is_empty else _linear_axis(self.low, self.high)


@lru_cache(maxsize=256)
def _linear_axis(low: float, high: float) -> Axis:
    # A constant lies in the middle.
    around = (abs(high) or 1.0) / 2 if high == low else 0.0
    step = round_step((high - low + 2 * around) / _TICK_SHARE)
    bottom = math.floor((low - around) / step) * step
    top = math.ceil((high + around) / step) * step
    return Axis(False, bottom, top if top > bottom else bottom + step)


def time_length(count: int) -> int:
    """How many iterations a time axis holds for so many rows: doubled when they are full."""
    length = FIRST_LENGTH
    while count - 1 > length:
        length *= 2
    return length


class Series:
    """A curve, and the extent of what was read of it so far."""

    def __init__(self, curve: Curve) -> None:
        self.curve = curve
        self._read: tuple[Values, int, int, Floats] | None = None
        self._old_extent = Extent()
        self._old_length = 0
        self.restart()

    def restart(self) -> None:
        self._own = Extent()
        self._count = 0

    def become(self, curve: Curve) -> None:
        """Read the same rows by other means, or show other runs beside them."""
        self._read = None
        if curve.olds != self.curve.olds:
            self._old_length = 0
        self.curve = curve

    def measure(self, count: int) -> None:
        """Read the rows up to ``count`` that are new; of other runs those that the time axis shows.

        What lies beyond is left out: where an old run ended must not flatten a new one.
        """
        if count < self._count:
            self.restart()
        for _, values in self.parts(self.curve.values, self._count, count):
            self._own.include(values)
        self._count = count
        length = time_length(count)
        if length != self._old_length:
            self._old_length, self._old_extent = length, Extent()
            for old_count, read in self.curve.olds:
                for _, values in self.parts(read, 0, min(old_count, length + 1)):
                    self._old_extent.include(values)

    @property
    def extent(self) -> Extent:
        """Of this run and of the others beside it."""
        return self._own.merged(self._old_extent)

    def parts(self, values: Values, begin: int, end: int) -> Iterator[tuple[Ints, Floats]]:
        """Rows begin to end in parts of bounded size, of a long run those at hand: their numbers and values."""
        if isinstance(values, Readings) and end - begin > 1:
            rows, found = values.at_hand(begin, end)
            if len(rows):
                yield rows, found
            return
        for at in range(begin, end, AT_ONCE):
            stop = min(at + AT_ONCE, end)
            yield np.arange(at, stop), self.read(values, at, stop)

    def read(self, values: Values, begin: int, end: int) -> Floats:
        """Rows begin to end. What was read last is kept: of one step the axis, the line and the mark ask for it."""
        last = self._read
        if last is not None and last[0] is values and last[1:3] == (begin, end):
            return last[3]
        found = np.asarray(values(begin, end), dtype=np.float64)
        if end - begin == 1:
            self._read = values, begin, end, found
        return found
