"""Eigenvalues by the dense Hessian and by its products, against matrices whose spectrum is known."""

import numpy as np
import pytest

from gdtui.analysis.spectrum import Spectrum, lanczos, spectrum_of
from gdtui.formula.graph import SMALL
from gdtui.objectives.functions import own_functions
from gdtui.objectives.resolve import resolve


def rotated(values, seed=0):
    """A symmetric matrix with these eigenvalues."""
    turn, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((len(values), len(values))))
    return turn @ np.diag(values) @ turn.T


def test_lanczos_finds_the_outermost_values_and_says_how_closely():
    values = np.concatenate([[-3.0], np.linspace(0.1, 1.0, 398), [40.0]])
    matrix = rotated(values)
    found = lanczos(lambda v: matrix @ v, 400)
    assert found.values[-1] == pytest.approx(40.0) and found.values[0] == pytest.approx(-3.0, rel=1e-6)
    assert found.found(0) and found.found(-1) and found.single(0) and found.single(-1)
    for place in (0, -1):
        vector = found.vectors[:, place]
        assert np.linalg.norm(matrix @ vector - found.values[place] * vector) == pytest.approx(
            found.residuals[place], abs=1e-8
        )


@pytest.mark.parametrize("far", [[1e8], [-1e10, 1e10]], ids=["one", "two"])
@pytest.mark.parametrize("seed", range(3))
def test_values_beside_one_far_out_are_found_each_once(far, seed):
    """What is left of a product beside the far direction is so small that it has to be made orthogonal twice."""
    matrix = rotated(np.concatenate([far, np.linspace(1.0, 2.0, 40 - len(far))]), seed)
    exact, closely = np.linalg.eigvalsh(matrix), 1e-13 * abs(far[0])
    found = lanczos(lambda v: matrix @ v, 40, products=40)
    assert found.values == pytest.approx(exact, rel=0, abs=closely)
    few = lanczos(lambda v: matrix @ v, 40)
    assert few.vectors.T @ few.vectors == pytest.approx(np.eye(len(few.values)), abs=1e-12)
    assert (np.abs(few.values[:, None] - exact).min(axis=1) <= few.residuals + closely).all()


def test_what_is_not_found_in_so_many_products_is_said_and_is_a_bound():
    """Values that crowd at both ends: Lanczos comes near, from within."""
    matrix = rotated(np.cos(np.linspace(0, np.pi, 600)) + 1.001)
    found = lanczos(lambda v: matrix @ v, 600, products=8)
    assert not found.found(0) and not found.single(0)
    assert found.values[-1] < 2.001 and found.values[0] > 0.001
    assert lanczos(lambda v: v * np.nan, 30) is None


def test_an_invariant_subspace_ends_it():
    found = lanczos(lambda v: 2.5 * v, 50)
    assert found.values == pytest.approx([2.5]) and found.found(0)


@pytest.mark.parametrize("dim", [2, SMALL, SMALL + 1, 30])
def test_both_ways_agree_with_the_hessian(dim):
    objective = resolve(f"rosenbrock:dim={dim}")
    theta = np.linspace(-1.0, 1.2, dim)
    hessian = objective.hessian(theta)
    along = np.arange(dim) + 1.0
    assert objective.hessian_along(theta, along) == pytest.approx(hessian @ along, rel=1e-12)
    exact = np.linalg.eigvalsh(hessian)
    found = spectrum_of(objective, theta)
    assert found.values[-1] == pytest.approx(exact[-1], rel=1e-6)
    assert (len(found.values) == dim) == (dim <= 24)
    turned = spectrum_of(objective, theta, turned=True, shift=7.0)
    assert turned.values[0] == pytest.approx(7.0 - exact[-1], rel=1e-6)
    divisor = np.linspace(0.5, 2.0, dim)
    divided = spectrum_of(objective, theta, shift=7.0, divisor=divisor)
    matrix = (hessian + 7.0 * np.eye(dim)) / divisor[:, None]
    vector = divided.vectors[:, -1]
    assert np.linalg.norm(vector) == pytest.approx(1.0)
    assert matrix @ vector == pytest.approx(divided.values[-1] * vector, rel=1e-3, abs=1e-3 * divided.values[-1])


def test_a_direction_is_named_only_where_there_is_one():
    assert spectrum_of(resolve("x**2 + y**2 + 4*z**2"), np.zeros(3)).single(-1)
    assert not spectrum_of(resolve("x**2 + y**2 + 4*z**2"), np.zeros(3)).single(0)
    assert spectrum_of(resolve("x**2"), np.zeros(1)).single(0)
    unsure = Spectrum(np.array([1.0, 5.0]), np.eye(2), np.array([0.5, 0.001]))
    assert not unsure.single(0) and unsure.single(-1)


def test_what_has_no_curvature_has_no_spectrum():
    own = own_functions(lambda x: float(x @ x), lambda x: 2 * x, (1.0,) * 20)
    assert spectrum_of(own, np.ones(20)) is None and own.hessian_along(np.ones(20), np.ones(20)) is None
    assert spectrum_of(resolve("log(x)"), np.zeros(1)) is None
