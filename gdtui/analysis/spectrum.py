"""Eigenvalues of a Hessian and their directions: all of a small one, the outermost of a large one.

A large one is never written down: Lanczos' method asks for its products with vectors (Golub & Van Loan, Matrix
Computations, 2013, ch. 10), a bounded number of them. What it finds lies within the true spectrum, and each value is
within its residual of a true eigenvalue.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from gdtui.formula.graph import SMALL
from gdtui.objectives.objective import Array, Objective

Product = Callable[[Array], Array]

PRODUCTS = 24
"""Of a larger one so many products with vectors: for a thousand parameters a frame can wait for them."""
CLOSE = 1e-3
"""A value whose residual is below this share of it counts as found."""
_APART = 1e-6  # of the largest value: nearer ones have no directions of their own


class Spectrum(NamedTuple):
    """``values``, ascending (k,), their directions ``vectors`` (d, k) of length 1, and ``residuals`` (k,).

    Of a dense one all d values, with residuals 0.
    """

    values: Array
    vectors: Array
    residuals: Array

    def found(self, place: int) -> bool:
        """Whether the value at a place (0: the smallest, −1: the largest) is one of the matrix's, closely."""
        return bool(self.residuals[place] <= CLOSE * abs(self.values[place]))

    def single(self, place: int) -> bool:
        """Whether one direction belongs to the value at a place, so that it can be named."""
        if len(self.values) == 1:
            return True
        gap = abs(self.values[place] - self.values[1 if place == 0 else -2])
        return self.found(place) and bool(gap > _APART * np.abs(self.values).max() + 10 * self.residuals[place])


def spectrum_of(
    objective: Objective, theta: Array, turned: bool = False, shift: float = 0.0, divisor: Array | None = None,
    hessian: Array | None = None,
) -> Spectrum | None:  # fmt: skip
    """Of H, −H where it is ``turned``, plus ``shift`` times the identity; over the diagonal ``divisor`` P, of P⁻¹H.

    These are the values of the symmetric P^(−1/2) H P^(−1/2); the directions are those of P⁻¹H. None where H is not
    known or not finite. ``hessian``: a dense H of the loss, where it is at hand.
    """
    root = np.ones(objective.dim) if divisor is None else np.sqrt(divisor)
    sign = -1.0 if turned else 1.0
    if objective.dim <= SMALL:
        hessian = objective.hessian(theta) if hessian is None else hessian
        if hessian is None or not np.isfinite(hessian).all():
            return None
        scaled = (sign * hessian + shift * np.eye(objective.dim)) / root / root[:, None]
        if not np.isfinite(scaled).all():
            return None
        values, vectors = np.linalg.eigh(scaled)
        return Spectrum(values, _unit(vectors / root[:, None]), np.zeros(len(values)))

    def product(vector: Array) -> Array:
        found = objective.hessian_along(theta, vector / root)
        return np.full(objective.dim, np.nan) if found is None else (sign * found + shift * vector / root) / root

    outer = lanczos(product, objective.dim)
    return None if outer is None else Spectrum(outer.values, _unit(outer.vectors / root[:, None]), outer.residuals)


def lanczos(product: Product, dim: int, products: int = PRODUCTS) -> Spectrum | None:
    """The Ritz values of a symmetric matrix given by its products; None where one is not finite."""
    # From a fixed start, so that a picture of the same row is the same. Each direction is made orthogonal twice.
    vector = _unit(np.random.Generator(np.random.Philox(key=0, counter=3 << 192)).standard_normal(dim))
    basis, diagonal, beside = [vector], [], []
    for _ in range(min(products, dim)):
        image = product(basis[-1])
        if not np.isfinite(image).all():
            return None
        diagonal.append(float(image @ basis[-1]))
        known = np.array(basis)
        for _ in range(2):
            image = image - known.T @ (known @ image)
        beside.append(float(np.linalg.norm(image)))
        if beside[-1] <= 1e-12 * max(1e-300, *map(abs, diagonal), *beside):
            break
        basis.append(image / beside[-1])
    size = len(diagonal)
    small = np.diag(diagonal) + np.diag(beside[: size - 1], 1) + np.diag(beside[: size - 1], -1)
    values, within = np.linalg.eigh(small)
    return Spectrum(values, np.array(basis[:size]).T @ within, np.abs(beside[size - 1] * within[-1]))


def _unit(vectors: Array) -> Array:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=0))
