"""The functions that models are made of: right, finite far out, and the same in all back-ends, slopes too."""

import math

import numpy as np
import pytest

import gdtui
from gdtui.formula import special
from gdtui.objectives.resolve import resolve

ONE = {  # text: the function and its derivative, written apart from the ones that run
    "sigmoid(x)": (lambda u: 0.5 * (1 + math.tanh(u / 2)), lambda u: 0.25 / math.cosh(u / 2) ** 2),
    "softplus(x)": (lambda u: math.log(1 + math.exp(u)), lambda u: 0.5 * (1 + math.tanh(u / 2))),
    "relu(x)": (lambda u: (u + abs(u)) / 2, lambda u: float(u > 0)),
    "log1p(x)": (lambda u: math.log(1 + u), lambda u: 1 / (1 + u)),
    "expm1(x)": (lambda u: math.exp(u) - 1, math.exp),
    "erf(x)": (math.erf, lambda u: 2 / math.sqrt(math.pi) * math.exp(-u * u)),
    "cbrt(x)": (lambda u: math.copysign(abs(u) ** (1 / 3), u), lambda u: abs(u) ** (-2 / 3) / 3),
    "log2(x + 5)": (lambda u: math.log(u + 5) / math.log(2), lambda u: 1 / (u + 5) / math.log(2)),
}
TWO = {
    "logaddexp(x, y)": lambda u, w: math.log(math.exp(u) + math.exp(w)),
    "hypot(x, y)": lambda u, w: math.sqrt(u * u + w * w),
    "atan2(x, y)": math.atan2,
    "pow(x + 5, y)": lambda u, w: math.exp(w * math.log(u + 5)),
}
POINTS = (-0.9, -0.3, 0.2, 0.7, 3.1)


def by_all(text, theta):
    """(loss, gradient) by floats, by arrays and by lanes."""
    one = gdtui.descend(text, start=theta, steps=1, lr=1e-3)
    yield one.loss[0], one.grad[0]
    loss, grad = resolve(text).value_and_grad(np.array(theta))
    yield loss, grad
    many = gdtui.descend_many(text, starts=[theta, theta], steps=1, lr=1e-3)
    yield None, (np.array(theta) - many.params[1]) / 1e-3


@pytest.mark.parametrize("text", ONE)
@pytest.mark.parametrize("u", POINTS)
def test_a_function_of_one_number_and_its_slope(text, u):
    function, slope = ONE[text]
    for loss, grad in by_all(text, [u]):
        assert loss is None or loss == pytest.approx(function(u), rel=1e-12)
        assert grad[0] == pytest.approx(slope(u), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("text", TWO)
@pytest.mark.parametrize("point", [(0.3, 0.7), (-1.1, 0.4), (2.0, -0.5)])
def test_a_function_of_two_numbers_and_its_slopes(text, point):
    u, w = point
    function, h = TWO[text], 1e-6
    slopes = [(function(u + h, w) - function(u - h, w)) / 2 / h, (function(u, w + h) - function(u, w - h)) / 2 / h]
    for loss, grad in by_all(text, list(point)):
        assert loss is None or loss == pytest.approx(function(u, w), rel=1e-12)
        assert grad == pytest.approx(slopes, rel=1e-7, abs=1e-8)


@pytest.mark.parametrize(
    ("text", "at", "loss", "slope"),
    [
        ("sigmoid(x)", 1000.0, 1.0, 0.0),
        ("sigmoid(x)", -1000.0, 0.0, 0.0),
        ("softplus(x)", 1000.0, 1000.0, 1.0),
        ("softplus(x)", -1000.0, 0.0, 0.0),
        ("logaddexp(x, 0*x)", 1000.0, 1000.0, 1.0),
        ("logaddexp(x, 1000)", -1000.0, 1000.0, 0.0),
        ("relu(x)", -1000.0, 0.0, 0.0),
        ("softplus(-x)", 30.0, math.log1p(math.exp(-30.0)), -math.exp(-30.0)),
        ("log1p(x)", 1e-18, 1e-18, 1.0),
        ("expm1(x)", 1e-18, 1e-18, 1.0),
    ],
)
def test_they_stay_finite_and_exact_far_out(text, at, loss, slope):
    for value, grad in by_all(text, [at]):
        assert value is None or value == pytest.approx(loss, rel=1e-12, abs=1e-300)
        assert grad[0] == pytest.approx(slope, rel=1e-3, abs=1e-10)
    assert np.isfinite(resolve(text).hessian(np.array([at]))).all()


@pytest.mark.parametrize("name", [*special.UNARY, "erf"])
def test_one_float_and_arrays_give_the_same_bits(name):
    one = special.UNARY.get(name, math.erf)
    numbers = [*np.random.default_rng(5).normal(scale=30, size=300).tolist(), 0.0, -0.0, math.inf, math.nan]
    numbers = [abs(u) for u in numbers] if name == "log0" else [*numbers, -math.inf]
    with np.errstate(all="ignore"):
        arrays = special.ARRAYS[name](np.array(numbers))
    expected = np.array([one(u) for u in numbers])
    assert arrays == pytest.approx(expected, rel=3e-16, nan_ok=True)


@pytest.mark.parametrize("name", special.BINARY)
def test_two_floats_and_arrays_give_the_same_numbers(name):
    pairs = np.random.default_rng(6).normal(scale=3, size=(2, 300))
    pairs[0] = np.abs(pairs[0]) if name == "pow0" else pairs[0]
    pairs[:, :4] = [[0.0, 0.0, 2.0, 1e3], [-0.5, 0.5, 2.0, -1e3 if name == "logaddexp" else -2.0]]
    arrays = special.ARRAYS[name](*pairs)
    assert arrays == pytest.approx(np.array([special.BINARY[name](a, b) for a, b in pairs.T.tolist()]), rel=1e-14)


@pytest.mark.parametrize("both", [math.inf, -math.inf])
def test_equal_infinities_add_up_to_themselves(both):
    assert special.BINARY["logaddexp"](both, both) == both
    with np.errstate(all="ignore"):
        assert special.ARRAYS["logaddexp"](np.array([both]), np.array([both]))[0] == both


def test_they_read_back_as_they_are_shown():
    text = "sigmoid(x) + softplus(y)·relu(x) + logaddexp(x, y) − erf(x)/cbrt(y) + hypot(x, y)"
    objective = resolve(text)
    again = resolve(objective.notation)
    theta = np.array([0.3, 0.8])
    assert again.value(theta) == objective.value(theta)
    for k in range(2):
        slope = resolve("f(x, y) = " + gdtui_notation(objective, k))
        assert slope.value(theta) == pytest.approx(objective.value_and_grad(theta)[1][k], rel=1e-12)


def gdtui_notation(objective, k):
    from gdtui.formula.notation import notation

    return notation(objective.partial(k))
