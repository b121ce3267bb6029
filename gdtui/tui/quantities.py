"""Curves over the iterations: the watches, the loss, lengths of vectors, terms of the rule."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from gdtui.charts.palette import SERIES
from gdtui.charts.series import Curve, Readings, Values
from gdtui.descent.branches import Branch
from gdtui.descent.conditions import Expression
from gdtui.descent.sampling import Reading
from gdtui.formula.symbols import RULE_SYMBOLS, symbol_of
from gdtui.objectives.objective import Array
from gdtui.tui.frame import Frame


def curves_of(frame: Frame) -> list[Curve]:
    """The watches as curves; of a vector every coordinate, as long as there are colours."""
    found: list[Curve] = []
    for watch in frame.setup.watches:
        label = watch.notation
        length = watch.node.shape[0] if watch.node.shape else 1
        for k in range(length):
            name = label if length == 1 else f"{label}[{k}]"
            found.append(Curve(name, watched(watch, frame.branch, k), SERIES[len(found) % len(SERIES)]))
    return found[: len(SERIES)]


def watched(watch: Expression, branch: Branch, coordinate: int) -> Values:
    def values(reading: Reading) -> Array:
        every = reading.values(watch)
        return np.asarray(every.reshape(-1, every.shape[-1])[coordinate])

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


def quantities_of(branch: Branch) -> dict[str, Curve]:
    """Each by its name: loss, grad, delta, then the other terms of the rule that runs last; of a vector its length."""
    found = {"loss": Curve("loss", losses_of(branch))}
    terms = dict(branch.last.layout.terms)
    for name in ("grad", "delta", *(name for name in terms if name != "delta")):
        symbol = symbol_of(name, RULE_SYMBOLS)
        if terms.get(name, (1,)):
            found[name] = Curve(f"‖{symbol}‖", length_of(branch, name))
        else:
            found[name] = Curve(symbol, coordinate_of(branch, name, None))
    return found


def coordinate_of(branch: Branch, name: str, coordinate: int | None) -> Values:
    """A quantity over the rows: one coordinate of a vector, or a scalar."""

    def values(reading: Reading) -> Array:
        found = reading.quantity(name)
        return found if coordinate is None or found.ndim == 1 else np.asarray(found[coordinate])

    return read_from(branch, values)


def length_of(branch: Branch, name: str) -> Values:

    def values(reading: Reading) -> Array:
        found = reading.quantity(name)
        with np.errstate(over="ignore"):
            return np.asarray(np.sqrt((found.reshape(-1, found.shape[-1]) ** 2).sum(axis=0)))

    return read_from(branch, values)
