"""Every objective of the catalogue against what its source says of it, and against differences."""

import numpy as np
import pytest

from gdtui.objectives.catalogue import BY_NAME, OBJECTIVES
from tests.objectives.literature import FUNCTIONS, MINIMUM

KINKS = {"ackley", "bukin-6"}  # the gradient jumps at the minimizer
UNBOUNDED = {"saddle", "monkey-saddle"}

every_objective = pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda o: o.name)


def differences(function, point, h=1e-4):
    """Central differences with their error of order h² taken out; one row a coordinate."""

    def central(k, width):
        step = width * np.eye(len(point))[k]
        return (function(point + step) - function(point - step)) / (2 * width)

    return np.array([(4 * central(k, h / 2) - central(k, h)) / 3 for k in range(len(point))])


def inside(objective, count):
    """The same points at every run, as (d, count)."""
    low, high = np.array(objective.domain).T
    shares = np.random.default_rng(len(objective.name)).uniform(0.02, 0.98, (count, objective.dim))
    return (low + (high - low) * shares).T


def grid(objective):
    per_axis = {1: 2001, 2: 301, 4: 17}[objective.dim]
    axes = [np.linspace(low, high, per_axis) for low, high in objective.domain]
    return np.array(np.meshgrid(*axes)).reshape(objective.dim, -1)


def test_each_is_written_down_once_more():
    assert list(FUNCTIONS) == list(BY_NAME) == list(MINIMUM)
    assert len(BY_NAME) == len(OBJECTIVES) == 56


@every_objective
def test_it_says_what_it_is(objective):
    assert len(objective.names) == len(objective.symbols) == objective.dim == len(objective.start)
    assert len(objective.domain) == objective.dim and all(low < high for low, high in objective.domain)
    assert objective.inside(objective.start)
    assert objective.help and objective.lr > 0
    assert bool(objective.minimizers) == (objective.name not in UNBOUNDED)


@every_objective
def test_its_value_gradient_and_hessian(objective):
    for point in inside(objective, 3).T:
        loss, slope = objective.value_and_grad(point)
        assert loss == pytest.approx(objective.value(point), rel=1e-12, abs=1e-12)
        assert loss == pytest.approx(float(FUNCTIONS[objective.name](point)), rel=1e-11, abs=1e-9)
        scale = 1e-7 * max(1.0, abs(loss), np.abs(slope).max())
        assert slope == pytest.approx(differences(FUNCTIONS[objective.name], point), rel=1e-6, abs=scale)
        hessian = objective.hessian(point)
        expected = differences(lambda p: objective.value_and_grad(p)[1], point)
        assert hessian == pytest.approx(expected, rel=1e-5, abs=1e-6 * max(1.0, np.abs(expected).max()))
        assert hessian == pytest.approx(hessian.T, rel=1e-12, abs=1e-12 * max(1.0, np.abs(hessian).max()))


@every_objective
def test_nothing_in_the_domain_lies_below_its_minimum(objective):
    lowest = objective.value(grid(objective)).min()
    if objective.name in UNBOUNDED:
        assert objective.f_min is None and MINIMUM[objective.name] is None
        assert objective.value(np.array([0.0, 1e3]) if objective.name == "saddle" else np.array([-1e3, 0.0])) < -1e5
    else:
        assert objective.f_min == pytest.approx(MINIMUM[objective.name], abs=1e-12, rel=1e-13)
        assert lowest >= objective.f_min - 1e-11


@every_objective
def test_its_minimizers_are_minima(objective):
    low, high = np.array(objective.domain).T
    around = np.random.default_rng(7).normal(size=(objective.dim, 200))
    for point in map(np.array, objective.minimizers):
        loss, slope = objective.value_and_grad(point)
        assert loss == pytest.approx(MINIMUM[objective.name], abs=1e-12, rel=1e-13)
        near = np.clip(point[:, None] + 1e-4 * around, low[:, None], high[:, None])
        assert objective.value(near).min() >= loss - 1e-11
        hessian = objective.hessian(point)
        if objective.name in KINKS:
            assert (slope == 0).all(), "the derivative of sqrt and abs at 0 is 0"
            sides = [objective.value_and_grad(point + step)[1][1] for step in ([0.0, 1e-9], [0.0, -1e-9])]
            assert sides[0] > 1 and sides[1] < -1
        elif objective.name == "eggholder":
            assert point[0] == high[0] and slope[0] < -1, "the slope goes on down beyond the border"
            assert abs(slope[1]) < 1e-6 and hessian[1, 1] > 0
        else:
            assert np.abs(slope).max() < 1e-6
            assert np.linalg.eigvalsh(hessian).min() > (-1e-12 if objective.name == "powell" else 0)


@every_objective
def test_lanes(objective):
    lanes = inside(objective, 5)
    values, slopes = objective.value_and_grad(lanes)
    assert values.shape == (5,) and slopes.shape == lanes.shape
    assert values == pytest.approx(FUNCTIONS[objective.name](lanes), rel=1e-11, abs=1e-9)
    hessians = objective.hessian(lanes)
    assert hessians.shape == (objective.dim, objective.dim, 5)
    for k in range(5):
        single, slope = objective.value_and_grad(lanes[:, k])
        assert isinstance(single, float)
        assert values[k] == pytest.approx(single, rel=1e-13, abs=1e-13)
        assert slopes[:, k] == pytest.approx(slope, rel=1e-12, abs=1e-12)
        scale = 1e-12 * max(1.0, np.abs(hessians).max())
        assert hessians[:, :, k] == pytest.approx(objective.hessian(lanes[:, k]), rel=1e-12, abs=scale)
