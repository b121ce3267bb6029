"""Slopes where there are two: as torch and jax have them, or a convention that is told; in all back-ends."""

import math

import numpy as np
import pytest

import gdtui
from gdtui.formula.kinks import conventions_of
from gdtui.objectives.resolve import resolve

CROSS_ENTROPY = "(" + " + ".join(
    f"max(w*{x}+b,0)-{y}*(w*{x}+b)+log(1+exp(-abs(w*{x}+b)))" for x, y in ((50, 0), (120, 1))
) + ")/2"  # fmt: skip
SLOPES = [  # text, point, gradient there
    ("max(x,0)+log(1+exp(-abs(x)))", (0.0,), (0.5,)),
    (CROSS_ENTROPY, (0.0, 0.0), (-17.5, 0.0)),
    ("max(x, y)", (1.0, 1.0), (0.5, 0.5)),
    ("min(x, y)", (1.0, 1.0), (0.5, 0.5)),
    ("min(x, y) + max(x, y)", (2.0, 2.0), (1.0, 1.0)),
    ("max(x, max(y, z))", (1.0, 1.0, 1.0), (0.5, 0.25, 0.25)),
    ("max(3x, y)", (1.0, 3.0), (1.5, 0.5)),
    ("max(x, y)", (2.0, 1.0), (1.0, 0.0)),
    ("abs(x)", (0.0,), (0.0,)),
    ("relu(x)", (0.0,), (0.0,)),
    ("relu(x)*y", (-1.0, 2.0), (0.0, 0.0)),
    ("sqrt(x^2+y^2)", (0.0, 0.0), (0.0, 0.0)),
    ("(x^2+y^2)^0.5", (0.0, 0.0), (0.0, 0.0)),
    ("(x^2+y^2)^(1/2)", (0.0, 0.0), (0.0, 0.0)),
    ("(x^2)^0.3", (0.0,), (0.0,)),
    ("abs(x)^1.5", (0.0,), (0.0,)),
    ("cbrt(x)", (0.0,), (0.0,)),
    ("hypot(x, y)", (0.0, 0.0), (0.0, 0.0)),
    ("x^y", (0.0, 2.0), (0.0, 0.0)),
    ("x^y", (0.0, 1.0), (1.0, 0.0)),
    ("x^y", (2.0, 3.0), (12.0, 8 * math.log(2))),
    ("relu(sqrt(x) - 1)", (0.0,), (0.0,)),
]


@pytest.mark.parametrize(("text", "point", "slopes"), SLOPES)
def test_the_slope_at_a_kink_in_every_back_end(text, point, slopes):
    run = gdtui.descend(text, start=point, steps=1, lr=1e-3)
    assert run.grad[0] == pytest.approx(slopes, abs=1e-14)
    assert resolve(text).value_and_grad(np.array(point))[1] == pytest.approx(slopes, abs=1e-14)
    many = gdtui.descend_many(text, starts=[point, point, [v + 1.0 for v in point]], steps=1, lr=1e-3)
    assert (np.array(point) - many.params[1]) / 1e-3 == pytest.approx(slopes, abs=1e-9)


@pytest.mark.parametrize(("text", "point", "slopes"), SLOPES)
def test_second_derivatives_are_finite_there_too(text, point, slopes):
    assert np.isfinite(resolve(text).hessian(np.array(point))).all()


def test_second_derivatives_beside_a_tie_are_those_of_the_side_that_counts_and_at_it_half_of_each():
    objective = resolve("max(x^2, 3y^2)")
    assert objective.hessian(np.array([2.0, 0.1])).tolist() == [[2.0, 0.0], [0.0, 0.0]]
    assert objective.hessian(np.array([0.1, 2.0])).tolist() == [[0.0, 0.0], [0.0, 6.0]]
    assert np.diag(objective.hessian(np.array([math.sqrt(3.0), 1.0]))).sum() in (2.0, 4.0, 6.0)
    assert resolve("max(x^2, x^2)").hessian(np.array([1.5])) == pytest.approx(np.array([[2.0]]))


def test_over_a_vector_each_coordinate_has_its_own_tie():
    objective = resolve("sum(max(x, 0))", start=(-1.0, 0.0, 2.0))
    assert objective.value_and_grad(np.array([-1.0, 0.0, 2.0]))[1].tolist() == [0.0, 0.5, 1.0]
    objective = resolve("sum(relu(x))", start=(-1.0, 0.0, 2.0))
    assert objective.value_and_grad(np.array([-1.0, 0.0, 2.0]))[1].tolist() == [0.0, 0.0, 1.0]


@pytest.mark.parametrize(
    ("text", "point", "is_kink"),
    [
        ("max(x, y)", (1.0, 1.0), True), ("max(x, y)", (1.0, 2.0), False), ("relu(x)", (0.0,), True),
        ("(x^2+y^2)^0.5", (0.0, 0.0), True), ("(x^2+y^2)^1.5", (0.0, 0.0), False), ("x^y", (0.0, 2.0), True),
        ("cbrt(x)", (0.0,), True), ("hypot(x, y)", (0.0, 0.0), True), ("x^2", (0.0,), False),
    ],
)  # fmt: skip
def test_where_a_slope_is_a_convention_is_known(text, point, is_kink):
    assert resolve(text).kinked(np.array(point)) == is_kink


def test_the_conventions_are_told_each_once():
    assert conventions_of(resolve("max(x,0) + max(x,1) + abs(x)^0.5 + sqrt(2)").graph) == [
        "where a = b, each side of max(a, b) gets half",
        "the slope of |u| at u = 0 is 0",
        "the slope of u^p with p < 1 at u = 0 is 0",
    ]
    assert conventions_of(resolve("himmelblau").graph) == []
