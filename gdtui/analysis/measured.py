"""The Hessian of what has no formula to derive it from: by differences of its gradient.

It is asked for by who looks at the curvature, never by a run: a run calls a user's functions once a row.
"""

from __future__ import annotations

import math
import time
from functools import lru_cache
from typing import NamedTuple
from weakref import WeakSet

import numpy as np

from gdtui.analysis.spectrum import Spectrum
from gdtui.formula.graph import SMALL
from gdtui.formula.notation import number
from gdtui.formula.tokens import printable
from gdtui.objectives.functions import FunctionObjective
from gdtui.objectives.objective import Array

SECONDS = 0.3
"""What measuring may take: a screen waits for it."""
_WIDER = 8.0
_SAME = 1e-5  # of the largest slope: a gradient that is computed twice may differ in its last bits, in float32 even
_SHARE = 1e-3  # of the largest: two mixed derivatives that differ by more are not of one function
_EPS = float(np.finfo(float).eps)


class Measured(NamedTuple):
    """``hessian`` (d, d), symmetric, its eigenvalues to within ``error``; or None, and ``why`` in words."""

    hessian: Array | None
    why: str = ""
    error: float = 0.0


def measured_hessian(objective: FunctionObjective, theta: Array, grad: Array) -> Measured:
    """∂²f/∂θ² at (d,), where the run has had the gradient ``grad`` (d,); of up to `SMALL` parameters.

    By central differences of the gradient with two widths. The narrower one is h = ε^(1/3)·max(1, |θₖ|), ε being how
    exact the gradient is (Nocedal & Wright, Numerical Optimization, 2006, section 8.1): one in float32 says so itself.
    Digits that the two widths do not have in common are rounded away, so that a curvature of 2 is 2. Where that is
    most of it, the slopes jump.

    A gradient that is another one when it is asked again, of a batch that is drawn, say, is not asked any more.
    """
    return _measured(objective, tuple(theta.tolist()), tuple(grad.tolist()))


_CHANGES = Measured(None, "the gradient is not the same from call to call")
_CHANGING: WeakSet[FunctionObjective] = WeakSet()


@lru_cache(maxsize=4)
def _measured(objective: FunctionObjective, theta: tuple[float, ...], grad: tuple[float, ...]) -> Measured:
    dim = len(theta)
    if objective in _CHANGING:
        return _CHANGES
    if dim > SMALL:
        return Measured(None, f"that of a gradient without formula is measured up to {SMALL} parameters")
    begin = time.perf_counter()
    try:
        again = objective.gradient_at(np.array(theta))
        if not np.allclose(again, grad, rtol=_SAME, atol=_SAME * float(np.abs(grad).max()), equal_nan=True):
            _CHANGING.add(objective)
            return _CHANGES
        if (time.perf_counter() - begin) * 4 * dim > SECONDS:
            return Measured(None, f"{4 * dim} calls of your gradient would hold up the screen")
        exact = _EPS if objective.derivative is not None else _EPS ** (2 / 3)  # a difference has fewer digits
        narrow, wide, single = _differences(objective, np.array(theta), exact)
        if single:
            narrow, wide, _ = _differences(objective, np.array(theta), float(np.finfo(np.float32).eps))
    except Exception as error:  # it may raise anything: around its path a function need not be defined
        return Measured(None, printable(f"around here your function raises {type(error).__name__}"))
    if not (np.isfinite(narrow).all() and np.isfinite(wide).all()):
        return Measured(None, "the gradient is not finite around here")
    size, off = float(np.abs(narrow).max()), float(np.abs(narrow - wide).max())
    # A jump is the same for both widths, and over the narrower one it is steeper. Where the curvature is about 0 the
    # two differ by all of it too, and the wider one is larger.
    if off > 0.5 * size and size > 2 * float(np.abs(wide).max()):
        return Measured(None, "the gradient jumps here")
    row, column = np.unravel_index(int(np.abs(narrow - narrow.T).argmax()), narrow.shape)
    one, other = float(narrow[row, column]), float(narrow[column, row])
    if abs(one - other) > 10 * off + _SHARE * size:
        x, y = objective.symbols[row], objective.symbols[column]
        slopes = f"∂g/∂{x} along {y} is {number(one)}, ∂g/∂{y} along {x} {number(other)}"
        return Measured(None, f"no function has this gradient: {slopes}")
    if not off:
        return Measured((narrow + narrow.T) / 2)
    quantum = 10.0 ** math.ceil(math.log10(2 * off))  # so that what is nearer than ``off`` to a round number becomes it
    rounded = np.round(narrow / quantum) * quantum if quantum > 1 else np.round(narrow * (1 / quantum)) / (1 / quantum)
    # Eigenvalues of symmetric matrices are no farther apart than the matrices (Weyl): by d times an element at most.
    return Measured((rounded + rounded.T) / 2, error=dim * (off + quantum / 2))


def within(spectrum: Spectrum, error: float) -> Spectrum:
    """The spectrum of a matrix that is known to within an error: what may be 0 is, and where all may be all are."""
    values = np.where(np.abs(spectrum.values) <= error, 0.0, spectrum.values)
    return Spectrum(values, spectrum.vectors, np.full(len(values), error if values.any() else 0.0))


def _differences(objective: FunctionObjective, theta: Array, exact: float) -> tuple[Array, Array, bool]:
    """How the gradient changes along each coordinate, a row for each, over a narrow step and over a wide one.

    And whether all gradients were numbers of float32.
    """
    found, single = [], True
    for times in (1.0, _WIDER):
        rows = np.empty((len(theta), len(theta)))
        for k, step in enumerate((times * exact ** (1 / 3) * np.maximum(1.0, np.abs(theta))).tolist()):
            behind, ahead = theta.copy(), theta.copy()
            behind[k] -= step
            ahead[k] += step
            two = np.array([objective.gradient_at(behind), objective.gradient_at(ahead)])
            with np.errstate(all="ignore"):
                single = single and bool((two == two.astype(np.float32)).all())
                rows[k] = (two[1] - two[0]) / (ahead[k] - behind[k])
        found.append(rows)
    return found[0], found[1], single
