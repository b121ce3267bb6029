"""Functions that neither `math` nor NumPy has as they are wanted here: of one float, and of arrays.

Both forms compute the same way, so that they give the same numbers, and both stay finite wherever the function does:
σ(±1000) is 0 or 1, softplus(1000) is 1000.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np


def sigmoid(u: float) -> float:
    """1/(1 + e^−u), by the exponential that does not overflow."""
    e = math.exp(-abs(u))
    return (1.0 if u >= 0 else e) / (1.0 + e)


def softplus(u: float) -> float:
    """log(1 + e^u)."""
    return (u if u > 0 else 0.0) + math.log1p(math.exp(-abs(u)))


def relu(u: float) -> float:
    """max(u, 0); NaN stays NaN."""
    return 0.0 if u <= 0 else u


def logaddexp(a: float, b: float) -> float:
    """log(e^a + e^b), also where the exponentials would overflow."""
    if a == b:
        return a + math.log(2.0)
    return max(a, b) + math.log1p(math.exp(-abs(a - b)))


def power_or_zero(base: float, exponent: float) -> float:
    """base^exponent, and 0 where it would be 0 to a negative power: the slope of √u at 0."""
    return 0.0 if base == 0 and exponent < 0 else math.pow(base, exponent)


def log_or_zero(u: float) -> float:
    """log(u), and 0 where u is 0: the slope of u^p by p there, which u^p times it makes 0."""
    return math.log(u) if u else 0.0


UNARY: dict[str, Callable[[float], float]] = {
    "sigmoid": sigmoid, "softplus": softplus, "relu": relu, "log0": log_or_zero,
}  # fmt: skip
BINARY: dict[str, Callable[[float, float], float]] = {"logaddexp": logaddexp, "pow0": power_or_zero}


def _sigmoid(u: Any) -> Any:
    e = np.exp(-np.abs(u))
    return np.where(u >= 0, 1.0, e) / (1.0 + e)


def _softplus(u: Any) -> Any:
    return np.maximum(u, 0.0) + np.log1p(np.exp(-np.abs(u)))


def _relu(u: Any) -> Any:
    return np.where(np.less_equal(u, 0.0), 0.0, u)


def _logaddexp(a: Any, b: Any) -> Any:
    apart = np.maximum(a, b) + np.log1p(np.exp(-np.abs(np.subtract(a, b))))
    return np.where(np.equal(a, b), a + math.log(2.0), apart)


def _power_or_zero(base: Any, exponent: Any) -> Any:
    steep = (np.equal(base, 0.0)) & (np.less(exponent, 0.0))
    return np.where(steep, 0.0, np.power(np.where(steep, 1.0, base), exponent))


def _log_or_zero(u: Any) -> Any:
    return np.log(np.where(np.equal(u, 0.0), 1.0, u))


_each_erf = np.frompyfunc(math.erf, 1, 1)


def _erf(u: Any) -> Any:
    return np.asarray(_each_erf(u), dtype=float)  # NumPy has none; a tenth of the speed of its exp


ARRAYS: dict[str, Callable[..., Any]] = {
    "sigmoid": _sigmoid, "softplus": _softplus, "relu": _relu, "logaddexp": _logaddexp, "pow0": _power_or_zero,
    "log0": _log_or_zero, "erf": _erf,
}  # fmt: skip
