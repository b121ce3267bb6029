"""Watches and losses as curves over the iterations."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from gdtui.charts.palette import SERIES
from gdtui.charts.series import Curve, Values
from gdtui.descent.branches import Branch
from gdtui.descent.conditions import Expression, values_over
from gdtui.formula.notation import notation
from gdtui.formula.symbols import RULE_SYMBOLS
from gdtui.tui.frame import Frame

Array = NDArray[np.float64]
_MOST_CURVES = len(SERIES)


def curves_of(frame: Frame) -> list[Curve]:
    """The watches as curves; of a vector every coordinate, as long as there are colours."""
    found: list[Curve] = []
    for watch in frame.setup.watches:
        label = notation(watch.node, RULE_SYMBOLS)
        length = watch.node.shape[0] if watch.node.shape else 1
        for k in range(length):
            name = label if length == 1 else f"{label}[{k}]"
            found.append(Curve(name, watched(watch, frame.branch, k), SERIES[len(found) % len(SERIES)]))
    return found[:_MOST_CURVES]


def watched(watch: Expression, branch: Branch, coordinate: int) -> Values:
    def values(start: int, stop: int) -> Array:
        every = np.array(values_over(watch, branch, start, stop), dtype=float).reshape(-1, stop - start)
        found: Array = every[coordinate]
        if watch.has_terms and start == 0:
            found[:1] = np.nan
        return found

    return values


def losses_of(branch: Branch, most: float = np.inf) -> Callable[[int, int], Array]:
    def losses(start: int, stop: int) -> Array:
        found = branch.quantity("loss", start, stop)
        return found if most == np.inf else np.where(found > most, np.nan, found)

    return losses
