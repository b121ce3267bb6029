"""The curvature of own functions and numeric gradients: as it is, or why it is not known."""

import math
import time

import numpy as np
import pytest

import gdtui
from gdtui.analysis.curvature import curvature_at, why_unknown
from gdtui.analysis.measured import measured_hessian
from gdtui.analysis.stability import verdict
from gdtui.objectives.functions import own_functions, with_gradient
from gdtui.objectives.resolve import resolve


def last(run):
    return run.session.setup.objective, run.session.branch.row(run.steps)


def steep(v):
    return float(v[0] ** 2 + 5 * v[1] ** 2)


def steep_slope(v):
    return np.array([2 * v[0], 10 * v[1]])


@pytest.mark.parametrize("text", ["x**2*y + 5*sin(y)", "himmelblau", "rosenbrock", "exp(x/2) + x*y"])
@pytest.mark.parametrize("kind", ["own", "single", "numeric"])
def test_it_is_the_hessian(text, kind):
    formula, theta = resolve(text), np.array([1.3, 0.7])
    slopes = {
        "own": lambda v: formula.value_and_grad(np.array(v))[1],
        "single": lambda v: formula.value_and_grad(np.float32(v))[1].astype(np.float32),
        "numeric": None,
    }[kind]
    objective = with_gradient(formula, slopes)
    measured = measured_hessian(objective, theta, objective.gradient_at(theta))
    right = formula.hessian(theta)
    assert measured.why == "" and (measured.hessian == measured.hessian.T).all()
    near = {"own": 1e-7, "single": 2e-3, "numeric": 1e-3}[kind] * np.abs(right).max()
    assert measured.hessian == pytest.approx(right, abs=near) and measured.error < 100 * near


@pytest.mark.parametrize("grad", [steep_slope, "numeric"])
@pytest.mark.parametrize(
    ("lr", "sentence"),
    [
        (0.1, "lr 0.1 < 2/λmax = 0.2: shrinks by 0.8 a step along x (the flattest)"),
        (0.2, "lr 0.2 is 2/λmax: steps overshoot along y, and neither shrink nor grow"),
        (0.25, "lr 0.25 is above 2/λmax = 0.2 along y: every step overshoots and grows by 1.5"),
    ],
)
def test_why_speaks_as_of_a_formula(grad, lr, sentence):
    for objective in (steep, "x**2 + 5*y**2"):
        objective, row = last(gdtui.descend(objective, grad=grad, start=(1.0, 2.0), lr=lr, steps=1))
        assert verdict(curvature_at(objective, row, None), row).sentence == sentence


def test_it_is_of_the_gradient_that_runs():
    objective, row = last(gdtui.descend("x**2", grad=lambda x: 6 * x, lr=0.1, steps=1))
    assert curvature_at(objective, row, None).largest == pytest.approx(6)


def test_what_is_0_to_within_the_differences_is_claimed_neither_flat_nor_not_convex():
    objective, row = last(gdtui.descend("5e5*x**4 + y**2/2", grad="numeric", start=(0.5, 0.7), lr=1e-7, steps=0))
    curvature = curvature_at(objective, row, None)
    assert curvature.largest == pytest.approx(1.5e6, rel=1e-3) and curvature.smallest == 0
    assert verdict(curvature, row).sentence.endswith(": stable, without overshooting") and curvature.condition is None


def slow(v):
    time.sleep(0.08)
    return 2 * v


@pytest.mark.parametrize(
    ("grad", "start", "why"),
    [
        (np.sign, (0.0, 0.0), "the gradient jumps here"),
        (lambda v: 2 * v, [1.0] * 19, "that of a gradient without formula is measured up to 18 parameters"),
        (slow, (1.0, 2.0), "8 calls of your gradient would hold up the screen"),
        (lambda v: [math.log(v[0]), 0], (1e-6, 1.0), "around here your function raises ValueError"),
        (lambda v: [v[0] if v[0] == 1 else math.inf, 0], (1.0, 1.0), "the gradient is not finite around here"),
        (lambda v: [2 * v[0] + 3 * v[1], v[1]], (1.0, 2.0),
         "no function has this gradient: ∂g/∂x along y is 0, ∂g/∂y along x 3"),
    ],
)  # fmt: skip
def test_why_it_is_not_known(grad, start, why):
    objective, row = last(gdtui.descend(lambda v: float(v @ v), grad=grad, start=start, lr=0.1, steps=0))
    assert curvature_at(objective, row, None) is None
    assert why_unknown(objective, row) == f"no curvature: {why}"


@pytest.mark.parametrize(
    ("f", "df", "right"),
    [
        (lambda x: x**4, lambda x: 4 * x**3, 0.0),
        (lambda x: x**3, lambda x: 3 * x**2, 0.0),
        (lambda x: 3 * x, lambda x: 3.0, 0.0),
        (lambda x: 1e30 * x**2, lambda x: 2e30 * x, 2e30),
        (lambda x: 1e-30 * x**2, lambda x: 2e-30 * x, 2e-30),
    ],
)
def test_sizes_of_all_kinds(f, df, right):
    objective = own_functions(f, df, (0.0,))
    assert measured_hessian(objective, np.zeros(1), np.atleast_1d(df(0.0))).hessian == pytest.approx(right, rel=1e-6)


def test_a_gradient_that_changes_is_asked_once_and_no_run_asks():
    calls = []

    def noisy(v):
        calls.append(1)
        return 2 * v + len(calls)

    run = gdtui.descend(lambda v: float(v @ v), grad=noisy, start=(1.0, 2.0), lr=0.1, gtol=1e-3, steps=5)
    assert len(calls) == 6
    objective = run.session.setup.objective
    for k in range(6):
        row = run.session.branch.row(k)
        assert why_unknown(objective, row) == "no curvature: the gradient is not the same from call to call"
    assert len(calls) == 7
