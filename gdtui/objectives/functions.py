"""Objectives that are a user's own Python: the loss, its gradient, or differences in the place of one."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, fields
from typing import Any, SupportsIndex

import numpy as np

from gdtui.formula.parameter import ParameterError
from gdtui.formula.tokens import printable
from gdtui.objectives.objective import Array, Draw, FormulaObjective, Objective, Point
from gdtui.objectives.region import around
from gdtui.objectives.scripted import real
from gdtui.objectives.with_base import WithBase

NUMERIC = "numeric"
"""What is said in the place of a gradient to have differences of the loss."""
_STEP = float(np.finfo(float).eps) ** (1 / 3)


class OneParameter(np.ndarray[Any, np.dtype[np.float64]]):
    """One parameter as an array (1,) that passes for a number too.

    ``x[0]`` and ``x @ x`` are those of an array; ``math.sin(x)``, ``int(x)``, ``round(x)`` and ``f"{x:.3f}"`` those of
    a number, which NumPy has given up for arrays (1,). What is computed from it is such an array again; with more than
    one element it is an array as any other.
    """

    def __array_wrap__(self, array: Array, context: Any = None, return_scalar: bool = False) -> Any:
        """What NumPy computed from it; of no axis it is a number, as of other arrays."""
        return super().__array_wrap__(array, context, return_scalar) if array.ndim else array[()]

    def __float__(self) -> float:
        return float(self._number())

    def __int__(self) -> int:
        return int(self._number())

    def __complex__(self) -> complex:
        return complex(self._number())

    def __round__(self, digits: SupportsIndex | None = None) -> Any:
        return round(float(self), digits)

    def __format__(self, form: str) -> str:
        return format(self._number(), form) if form else str(self)

    def _number(self) -> Any:
        if self.size != 1:
            raise TypeError(f"one number is needed here; this is an array of shape {self.shape}")
        return self.item()


@dataclass(frozen=True, eq=False)
class FunctionObjective(WithBase):
    """One's own Python functions of a (d,) array: the loss, and its gradient.

    ``base``: the formula, where the loss is one and its gradient alone is not derived from it; then there is no
    ``function``. ``derivative``: None for central differences of the loss.
    """

    function: Callable[[Array], Any] | None = None
    derivative: Callable[[Array], Any] | None = None

    @property
    def gradient_source(self) -> str:
        if self.derivative is None:
            return "central differences"
        name = name_of_function(self.derivative, "")
        return f"your own function {name}" if name else "your own function"

    def value(self, theta: Array) -> Any:
        theta = np.asarray(theta, dtype=float)
        if self.base is not None:
            return self.base.value(theta)
        if theta.ndim == 1:
            return self.loss_at(theta)
        return np.array([self.loss_at(point) for point in theta.reshape(self.dim, -1).T])

    def value_and_grad(self, theta: Array, draw: Draw | None = None) -> tuple[Any, Array]:
        """One call of each function, the loss first; for differences 2·d more of the loss.

        Raises ParameterError where they give anything but a number, and a (d,) array.
        """
        theta = np.asarray(theta, dtype=float)
        return self.loss_at(theta), self.gradient_at(theta)

    def hessian(self, theta: Array) -> Array | None:
        """Of a formula its own: the gradient that runs has no part in it. None for a function."""
        return None if self.base is None else self.base.hessian(theta)

    def kinked(self, theta: Array) -> bool:
        return self.base is not None and self.base.kinked(theta)

    def loss_at(self, theta: Array) -> float:
        if self.function is None:
            return float(self.value(theta))
        wanted = "your function gives one number, the loss; it gave"
        answer = self.function(_handed(theta))
        loss = answer if isinstance(answer, float) else real(answer, wanted)
        if np.ndim(loss) and not (self.dim == 1 and np.shape(loss) == (1,)):
            raise ParameterError(f"{wanted} an array of shape {np.shape(loss)}")
        return float(loss if isinstance(loss, float) else loss.item())

    def gradient_at(self, theta: Array) -> Array:
        if self.derivative is None:
            return central_differences(self.value, theta)
        grad = real(self.derivative(_handed(theta)), f"grad gives an array of shape {theta.shape}; it gave")
        if self.dim == 1 and grad.shape == ():
            return grad.reshape(1)
        if grad.shape != theta.shape:
            raise ParameterError(f"grad gave an array of shape {grad.shape} for parameters of shape {theta.shape}")
        return grad


def _handed(theta: Array) -> Array:
    """The parameters as a user's function is given them: a copy, which it may change."""
    mine = np.array(theta)
    return mine.view(OneParameter) if mine.shape == (1,) else mine


def central_differences(value: Callable[[Array], Any], theta: Array) -> Array:
    """(f(θ + h) − f(θ − h))/2h along each coordinate of (d,), by 2·d values.

    h is the cube root of the machine's precision, times |θₖ| where that is above 1: there the errors of rounding and of
    cutting off the series are about equal (Nocedal & Wright, Numerical Optimization, 2006, section 8.1).
    ``value``: of points (d, P), (P,).
    """
    dim = len(theta)
    steps = _STEP * np.maximum(1.0, np.abs(theta))
    behind, ahead = theta - steps, theta + steps
    points = np.repeat(theta[:, None], 2 * dim, axis=1)
    every = np.arange(dim)
    points[every, every], points[every, dim + every] = behind, ahead
    values = value(points)
    with np.errstate(all="ignore"):
        slopes: Array = (values[dim:] - values[:dim]) / (ahead - behind)  # what the step is after rounding
    return slopes


def own_functions(
    function: Callable[[Array], Any], derivative: Callable[[Array], Any] | None, start: Point, name: str | None = None
) -> FunctionObjective:
    """An objective of one's own two functions; ``derivative`` None: central differences.

    Raises ParameterError for one that cannot be called with one array.
    """
    check_takes_one_array(function, "your function", len(start))
    if derivative is not None:
        check_takes_one_array(derivative, "grad", len(start))
    label = name or name_of_function(function, "f")
    names, domain = plain_names(len(start)), tuple(around(v) for v in start)
    return FunctionObjective(
        label, names, domain, start, 0.01, function=function, derivative=derivative, domain_guessed=True
    )


def plain_names(dim: int) -> tuple[str, ...]:
    """What parameters are called that nobody named: x, y, z, or x1, x2, ..."""
    return ("x", "y", "z")[:dim] if dim <= 3 else tuple(f"x{k + 1}" for k in range(dim))


def with_gradient(formula: FormulaObjective, derivative: Callable[[Array], Any] | None) -> FunctionObjective:
    """A formula that goes by another gradient than the derived one. Raises ParameterError as `own_functions` does."""
    if derivative is not None:
        check_takes_one_array(derivative, "grad", formula.dim)
    same = {field.name: getattr(formula, field.name) for field in fields(Objective)}
    return FunctionObjective(**same, derivative=derivative, base=formula)


def name_of_function(function: Callable[..., Any], otherwise: str) -> str:
    """What a function is called, fit to be shown; a lambda has no name."""
    name = getattr(function, "__name__", None)
    return printable(name) if isinstance(name, str) and name != "<lambda>" else otherwise


def check_takes_one_array(function: Callable[..., Any], what: str, dim: int) -> None:
    """Refuse a function that cannot be called with one argument. Raises ParameterError with what to write.

    One whose signature cannot be seen is believed. A decorator's own signature counts, not that of what it wraps.
    """
    try:
        signature = inspect.signature(function, follow_wrapped=False)
    except (TypeError, ValueError):
        return
    with suppress(TypeError):
        signature.bind(np.zeros(0))
        return
    takes = ", ".join(signature.parameters) or "nothing"
    terms = [f"v[{k}]**2" for k in range(min(dim, 3))] + ["..."] * (dim > 3)
    example = " + ".join(terms) if what != "grad" else f"[{', '.join(term.replace('**2', '*2') for term in terms)}]"
    raise ParameterError(
        f"{what} is called with one array of shape ({dim},), all parameters in it; this one takes "
        f"{printable(takes)[:60]}. Write it as lambda v: {example}; functools.partial sets what else it needs"
    )
