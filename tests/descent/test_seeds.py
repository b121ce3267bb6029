"""Runs whose course is known by arithmetic."""

import math

import numpy as np
import pytest

import gdtui


def test_the_parabola_takes_27_iterations():
    run = gdtui.descend("x**2", start=1.8, lr=0.1, gtol=0.01)
    assert (run.steps, run.status) == (27, "converged")
    assert run.reason == "converged: ‖∇f‖ = 0.0087 < 0.01 at t = 27"
    assert run.params[:, 0] == pytest.approx([1.8 * 0.8**k for k in range(28)], rel=1e-13)
    assert abs(run.grad[26, 0]) >= 0.01 > abs(run.grad[27, 0])


def test_the_first_step_by_hand():
    run = gdtui.descend("6x² − 12x + 3", start=-0.9, lr=0.03, steps=1000)
    assert run.grad[0, 0] == pytest.approx(-22.8) and run.params[1, 0] == pytest.approx(-0.216)
    assert run.params[-1, 0] == pytest.approx(1.0)


@pytest.mark.parametrize("start", [(-1.5, 3.5), (40.0, -3.0), (0.0, 0.0)])
def test_the_bowl_is_reached_from_anywhere(start):
    run = gdtui.descend("6*x**2 + 9*y**2 - 12*x - 14*y + 3", start=start, lr=0.03, steps=500)
    x, y = start
    assert run.grad[0] == pytest.approx([12 * x - 12, 18 * y - 14])
    assert run.params[-1] == pytest.approx([1.0, 7 / 9], abs=1e-9)


def test_the_ellipse_below_at_and_above_its_limit():
    third = gdtui.descend("(5*x**2 + y**2)/2", start=(1, 1), lr=1 / 3, gtol=1e-4)
    assert third.status == "converged" and 20 <= third.steps <= 28
    oscillating = gdtui.descend("ellipse", start=(1, 1), lr=0.39, steps=50)
    assert (oscillating.params[1:, 0] * oscillating.params[:-1, 0] < 0).all()
    assert abs(oscillating.params[-1, 0]) < 1
    above = gdtui.descend("ellipse", start=(1, 1), lr=0.5, steps=50)
    assert above.loss[-1] == pytest.approx(1.02e18, rel=5e-3)
    assert above.loss[-1] == pytest.approx(2.5 * 1.5**100 + 0.5 * 0.5**100, rel=1e-12)
    assert above.status == "max_steps"
    assert gdtui.descend("ellipse", start=(1, 1), lr=0.41, steps=10_000).status == "diverged"


def test_a_cycle_is_seen():
    run = gdtui.descend("x**2", start=1.8, lr=1.0, steps=1000)
    assert run.status == "stalled" and "cycles with period 2" in run.reason
    assert run.params[:3, 0].tolist() == [1.8, -1.8, 1.8]


def test_easom_is_flat_not_converged():
    for options in ({"steps": 200}, {"gtol": 1e-6}, {"steps": 50, "gtol": 1e-9}):
        run = gdtui.descend("easom", start=(-1.5, -1.5), **options)
        assert run.status == "stalled"
        assert run.reason.startswith("flat: nothing to go down by")
        assert run.params[-1] == pytest.approx([-1.5, -1.5], abs=1e-6)
    near = gdtui.descend("easom", start=(3.0, 3.3), lr=0.2, gtol=1e-6)
    assert near.status == "converged" and near.params[-1] == pytest.approx([math.pi, math.pi], abs=1e-5)


def test_a_small_gradient_at_the_minimum_is_convergence_however_flat():
    run = gdtui.descend("x**4", start=0.5, lr=0.1, gtol=1e-6, steps=100_000)
    assert run.status == "converged"


def test_heavy_ball_roots_and_the_best_constant_step():
    """Error of the best constant step on a quadratic shrinks by (κ − 1)/(κ + 1); a heavy ball's by √β."""
    best = gdtui.descend("(5*x**2 + y**2)/2", start=(1, 1), lr=2 / 6, steps=60)
    ratio = np.linalg.norm(best.params[60]) / np.linalg.norm(best.params[59])
    assert ratio == pytest.approx(4 / 6, rel=1e-9)
    heavy = gdtui.descend("x**2/2", "momentum", start=1.0, lr=0.5, momentum=0.81, steps=200)
    peaks = np.log(np.abs(heavy.params[1:, 0]))
    slope = np.polyfit(np.arange(200), peaks, 1)[0]
    assert math.exp(slope) == pytest.approx(0.9, rel=5e-3)
