"""gdtui.gradcheck: gradients that are right, the slips that are made, kinks, and what differences cannot tell."""

import math
import re

import numpy as np
import pytest

import gdtui
from gdtui.formula.parameter import ParameterError
from gdtui.formula.tokens import FormulaError


@pytest.mark.parametrize(
    ("f", "df", "at"),
    [
        (lambda v: v[0] ** 2 - 3 * v[1], lambda v: [2 * v[0], -3], (1.0, 2.0)),
        (lambda x: math.sin(x), lambda x: math.cos(x), 0.3),
        (lambda x: math.sin(1e6 * x), lambda x: 1e6 * math.cos(1e6 * x), 0.3),
        (lambda x: math.log(x), lambda x: 1 / x, 1e-3),
        (lambda x: (x - 1) ** 4 + 100, lambda x: 4 * (x - 1) ** 3, 1.0),
        (lambda x: 3.0, lambda x: 0, 0.3),
        (lambda x: abs(x), lambda x: math.copysign(1, x), 0.5),
        (lambda x: abs(x) ** 1.5, lambda x: 0.0, 0.0),
        (lambda v: float((v.astype(np.float32) ** 2).sum()), lambda v: 2 * v, (0.1, 0.3)),
        (lambda v: v @ v, lambda v: 2 * v, np.arange(30.0)),
        (lambda v: 1e6 * v @ v, lambda v: 2e6 * v, (1e5, -3.0)),
        ("himmelblau", "4*x*(x^2+y-11)+2*(x+y^2-7); 2*(x^2+y-11)+4*y*(x+y^2-7)", (1.0, 2.0)),
        ("himmelblau", "4*x*(x^2+y-11)+2*(x+y^2-7); 2*(x^2+y-11)+4*y*(x+y^2-7)", (3.0, 2.0)),
        ("x**2", lambda x: 2 * x, 5),
    ],
)
def test_what_is_right_agrees(f, df, at):
    check = gdtui.gradcheck(f, df, at)
    assert check and check.agrees and not (check.parted or check.kink or check.unsure)
    assert check.yours == pytest.approx(check.differences, rel=1e-5, abs=1e-4)
    assert str(check).startswith("they agree at ") and repr(check) == f"<GradientCheck: {check}>"


@pytest.mark.parametrize(
    ("df", "parted", "said"),
    [
        (lambda v: [2 * v[0] * v[1], -(v[0] ** 2) + 3], (1,), r"∂f/∂y: yours is −1, differences of f give 7 ± \S+$"),
        (lambda v: [-2 * v[0] * v[1], v[0] ** 2 + 3], (0,), "∂f/∂x: yours is −20, .* give 20 ± .*: the sign is wrong$"),
        (lambda v: [4 * v[0] * v[1], v[0] ** 2 + 3], (0,), "yours is 2 times the slope$"),
        (lambda v: [-v[0] * v[1], v[0] ** 2 + 3], (0,), "the sign is wrong, and yours is 0.5 times the slope$"),
        (lambda v: [v[0] ** 2 + 3, v[0] ** 2 + 3], (0,), "yours is ∂f/∂y by value$"),
        (lambda v: [0.0, v[0] ** 2 + 3], (0,), "yours is 0, .*: yours is 0$"),
        (lambda v: [math.nan, v[0] ** 2 + 3], (0,), "yours is NaN, .*: yours is no number$"),
        (lambda v: [1.0, 1.0], (0, 1), r"at \(x, y\) = \(2, 5\) they part in ∂f/∂x, ∂f/∂y$"),
        (lambda v: [20.001, 7.0], (0,), "yours is 20.001, differences of f give 20 ±"),
    ],
)
def test_what_is_wrong_parts(df, parted, said):
    check = gdtui.gradcheck(lambda v: v[0] ** 2 * v[1] + 3 * v[1], df, (2.0, 5.0))
    assert not check and check.parted == parted and check.kink == check.unsure == ()
    assert re.search(said, str(check), re.MULTILINE)
    assert check.differences == pytest.approx([20, 7], rel=1e-9) and (check.error < 1e-9).all()


@pytest.mark.parametrize(
    ("f", "df", "at", "kink", "said"),
    [
        (lambda x: abs(x), lambda x: 0, 0, (0,), "the slope of f is −1 to the left and 1 to the right; yours is 0"),
        (lambda v: abs(v[0]) + v[1], lambda v: [0, 1], (0, 1), (0,), "there is a kink in ∂f/∂x$"),
        (lambda x: math.sqrt(x), lambda x: 0, 0, (0,), "f is no finite number on one side; yours is 0"),
        (lambda x: abs(x) ** 0.5, lambda x: 0, 0, (0,), "any there is a convention"),
        ("max(x, 0)", lambda x: 0.5, 0, (0,), "0 to the left and 1 to the right; yours is 0.5"),
        ("sqrt(x**2 + y**2)", "0*x; 0*y", (0, 0), (0, 1), "there is a kink in ∂f/∂x, ∂f/∂y"),
    ],
)
def test_a_kink_is_called_one(f, df, at, kink, said):
    check = gdtui.gradcheck(f, df, at)
    assert not check and check.kink == kink and not check.parted
    assert re.search(said, str(check), re.MULTILINE)


@pytest.mark.parametrize("f", [lambda x: 1e20 + x, lambda x: x + math.modf(1e9 * math.sin(1e9 * x))[0]])
def test_what_differences_cannot_tell_is_said(f):
    check = gdtui.gradcheck(f, lambda x: 1, 0.3)
    assert not check and check.unsure == (0,)
    assert "differences of f change too much to tell" in str(check) and "cannot tell in ∂f/∂x" in str(check)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((lambda x, y: 1, lambda x: 1, 1.0), r"your function is called with one array of shape \(1,\)"),
        ((lambda x: 1, lambda x, y: 1, 1.0), r"grad is called with one array of shape \(1,\)"),
        ((lambda x: 1, "2*x", 1.0), "df as text goes with f as text"),
        (("x**2", 3, 1.0), "df is a function, which gives the gradient, or its formulas as text; 3 is not"),
        ((3, lambda x: 1, 1.0), "f is a function, a name or a formula; 3 is not"),
        (("x**2", "2*x", (1.0, 2.0)), r"x\*\*2 has 1 parameter \(x\); the start has 2 numbers"),
        (("x**2", "2*x", [[1.0]]), r"at is one number for each parameter, at=\(1.0, 2.0\); not \[\[1.0\]\]"),
        (("x**2", "2*x", math.nan), "at is made of finite numbers"),
        (("x**2", lambda x: [1, 2], 1.0), r"grad gave an array of shape \(2,\)"),
        ((lambda x: math.inf, lambda x: 1, 1.0), "f is ∞ at this point"),
    ],
)
def test_what_cannot_be_compared_is_told(arguments, message):
    with pytest.raises(ParameterError, match=message):
        gdtui.gradcheck(*arguments)
    with pytest.raises(FormulaError, match="formula 1 of the gradient"):
        gdtui.gradcheck("x**2", "2*z", 1.0)
    with pytest.raises(ZeroDivisionError):
        gdtui.gradcheck(lambda x: 1 / 0, lambda x: 1, 1.0)


def test_how_often_functions_are_called():
    calls = {"f": 0, "df": 0}

    def f(v):
        calls["f"] += 1
        return float(v @ v)

    def df(v):
        calls["df"] += 1
        return 2 * v

    assert gdtui.gradcheck(f, df, (1.0, 2.0, 3.0))
    assert calls["df"] == 1 and calls["f"] < 3 * 85
