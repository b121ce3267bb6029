"""What of a run can be a curve over the iterations: the loss, lengths of vectors, terms of the rule."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gdtui.charts.series import Curve, Values
from gdtui.descent.branches import Branch
from gdtui.descent.sampling import Reading
from gdtui.formula.symbols import RULE_SYMBOLS, symbol_of
from gdtui.tui.watched import losses_of, read_from

Array = NDArray[np.float64]


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
