"""Every objective of the catalogue against what its source says of it, and against differences."""

from functools import cache

import numpy as np
import pytest

import gdtui
from gdtui.objectives.catalogue import BY_NAME, OBJECTIVES
from gdtui.objectives.resolve import resolve
from tests.objectives.literature import FUNCTIONS, MINIMUM

KINKS = {"ackley", "bukin-6"}  # the gradient jumps at the minimizer
CONVENTIONS = KINKS | {"drop-wave"}  # a √0 or a |0| at the minimizer: the Hessian there is not the surface's
UNBOUNDED = {"saddle", "monkey-saddle"}
JUMPS = {"bukin-6"}  # from side to side of its ridge, at any learning rate

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
def test_the_hessian_at_a_minimizer_is_the_derivative_of_the_slope_or_a_known_convention(objective):
    for point in map(np.array, objective.minimizers):
        assert objective.kinked(point) == (objective.name in CONVENTIONS)
        assert not objective.kinked(point + 1e-3)
        if not objective.kinked(point):
            slopes = differences(lambda p: objective.value_and_grad(p)[1], point)
            scale = max(1.0, np.abs(slopes).max())
            assert objective.hessian(point) == pytest.approx(slopes, rel=1e-5, abs=1e-6 * scale)


def test_what_the_hessian_of_drop_wave_is_at_its_minimizer():
    """With r² = x² + y², cos 12r = 1 − 72r² + ..., so f = −(2 − 72r²)/(2 + r²/2) + ... = −1 + 36.25r² + ..."""
    wave = BY_NAME["drop-wave"]
    assert wave.hessian(np.zeros(2)) == pytest.approx(0.5 * np.eye(2))
    assert wave.hessian(np.array([1e-5, 0.0])) == pytest.approx(72.5 * np.eye(2), rel=1e-4)


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


@cache
def descent(name):
    return gdtui.descend(name, "gd", steps=300)


@every_objective
def test_its_own_learning_rate_takes_it_visibly_down(objective):
    run = descent(objective.name)
    assert str(run.status) in ("max_steps", "stalled", "converged"), run.reason
    assert np.isfinite(run.params).all() and np.isfinite(run.loss).all()
    assert run.loss[1] < run.loss[0]
    slack = 1e-12 * np.abs(run.loss).max()
    assert objective.name in JUMPS or (np.diff(run.loss) <= slack).all()
    if objective.name in UNBOUNDED:
        assert run.loss[-1] < 0 < run.loss[0]
    else:
        assert run.loss[0] - run.loss[-1] > 0.1 * (run.loss[0] - objective.f_min)
        low, high = np.array(objective.domain).T
        assert ((low <= run.params) & (run.params <= high)).all(), "the chart shows all of it"


def test_what_is_said_of_them():
    """The line of help of an objective is a claim."""
    x = BY_NAME["quartic"].value_and_grad(descent("quartic").params[-1])[1]
    assert abs(x[0]) < 0.02 and abs(descent("quartic").params[-1][0]) < 0.05  # lingers at the inflection
    assert descent("three-minima").params[-1] == pytest.approx([0], abs=1e-6)
    matyas = np.linalg.eigvalsh(BY_NAME["matyas"].hessian(np.zeros(2)))
    assert matyas[1] / matyas[0] == pytest.approx(25)
    ring = np.linalg.norm(descent("drop-wave").params[[0, -1]], axis=1)
    assert abs(ring[1] - ring[0]) < np.pi / 12
    assert (descent("plateau").loss[60] > 0.99) and descent("plateau").loss[-1] < 1e-9
    assert gdtui.descend("ellipse", lr=0.41, steps=300).loss[-1] > 1e3
    assert gdtui.descend("ellipse", lr=0.39, steps=300).loss[-1] < 1e-3
    assert str(gdtui.descend("goldstein-price", start=(-1.0, 1.0)).status) in ("diverged", "non_finite")
    assert np.linalg.matrix_rank(BY_NAME["powell"].hessian(np.zeros(4)), tol=1e-9) == 2
    ends = {tuple(np.sign(gdtui.descend("styblinski-tang", start=s, steps=300).params[-1])) for s in
            ((1, 1), (1, -1), (-1, 1), (-1, -1))}  # fmt: skip
    assert len(ends) == 4
    assert gdtui.descend("wood", steps=3000).params[-1] == pytest.approx([-1, 1, -1, 1], abs=0.1)
    assert "wood" in BY_NAME["colville"].help
    points = inside(BY_NAME["wood"], 9)
    assert BY_NAME["colville"].value(points) == pytest.approx(BY_NAME["wood"].value(points), rel=1e-12)


def test_lessard_is_what_the_paper_has():
    """Lessard, Recht & Packard 2016, eq. 4.11: heavy ball's best constants for curvatures of 1 to 25 cycle."""
    lessard = BY_NAME["lessard"]
    for low, high, factor, constant in ((-3, 1, 25, 0), (1, 2, 1, 24), (2, 4, 25, -24)):
        x = np.linspace(low, high, 50, endpoint=False)[None, 1:]
        assert lessard.value_and_grad(x)[1] == pytest.approx(factor * x + constant)
    for start in (3.07, 3.3, 3.46):
        run = gdtui.descend("lessard", "momentum", lr=1 / 9, momentum=4 / 9, steps=300, start=(start,))
        x = run.params[:, 0]
        assert np.abs(x[10:]).min() > 0.5 and np.abs(x).min() > (0.3 if start == 3.3 else 0)
        assert x[-30:] == pytest.approx(np.tile(x[-3:], 10), abs=1e-12)
        assert sorted(x[-3:]) == pytest.approx([-2208 / 1225, 792 / 1225, 2592 / 1225], abs=1e-3)


@pytest.mark.parametrize("kappa, angle", [(1.0, 0.0), (100.0, 1.1), (1e6, -3.0)])
def test_quadratic_has_the_condition_that_it_is_told(kappa, angle):
    objective = resolve(f"quadratic:kappa={kappa},angle={angle}")
    low, high = np.linalg.eigvalsh(objective.hessian(np.array([1.0, 2.0])))
    assert high / low == pytest.approx(kappa) and objective.minimizers == ((0.0, 0.0),)
    point = np.array([1.5, -0.5])
    assert objective.value(point) == pytest.approx(FUNCTIONS["quadratic"](point, kappa, angle))
