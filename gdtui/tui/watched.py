"""Watches and losses as curves over the iterations."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from gdtui.charts.palette import SERIES
from gdtui.charts.series import Curve, Readings, Values
from gdtui.descent.branches import Branch
from gdtui.descent.conditions import Expression
from gdtui.descent.sampling import Reading
from gdtui.tui.frame import Frame

Array = NDArray[np.float64]
_MOST_CURVES = len(SERIES)


def curves_of(frame: Frame) -> list[Curve]:
    """The watches as curves; of a vector every coordinate, as long as there are colours."""
    found: list[Curve] = []
    for watch in frame.setup.watches:
        label = watch.notation
        length = watch.node.shape[0] if watch.node.shape else 1
        for k in range(length):
            name = label if length == 1 else f"{label}[{k}]"
            found.append(Curve(name, watched(watch, frame.branch, k), SERIES[len(found) % len(SERIES)]))
    return found[:_MOST_CURVES]


def watched(watch: Expression, branch: Branch, coordinate: int) -> Values:
    def values(reading: Reading) -> Array:
        every = reading.values(watch)
        found: Array = every.reshape(-1, every.shape[-1])[coordinate]
        return found

    return read_from(branch, values)


def losses_of(branch: Branch, most: float = np.inf) -> Values:
    def losses(reading: Reading) -> Array:
        found = reading.quantity("loss")
        return found if most == np.inf else np.where(found > most, np.nan, found)

    return read_from(branch, losses)


def read_from(branch: Branch, values: Callable[[Reading], Array]) -> Values:
    """A quantity over the rows of a branch, of which a chart reads those that are at hand."""

    def at_hand(start: int, stop: int) -> tuple[NDArray[np.int64], Array]:
        reading = branch.reading(start, stop)
        return reading.numbers, values(reading)

    return Readings(lambda start, stop: values(Reading(branch, start, stop, whole=True)), at_hand)
