"""Formulas as they are copied from pages, papers, TeX and code: taken as they are meant, or refused with a word."""

import math

import numpy as np
import pytest

from gdtui.formula.tokens import FormulaError
from gdtui.objectives.resolve import resolve

X, Y = 0.7, 0.4
TAKEN = {  # text -> its value at x = 0.7, y = 0.4, whatever names it has, in their order
    "ln(x)": math.log(X),
    "np.sin(x)": math.sin(X),
    "numpy.exp(x) + math.pi": math.exp(X) + math.pi,
    "np.linalg.norm(x[0:2])": None,
    "torch.nn.functional.softplus(x)": math.log1p(math.exp(X)),
    "e^{-x}": math.exp(-X),
    "x^{2}": X**2,
    "x^{2}y": X**2 * Y,
    "\\frac{1}{2}x^2": X**2 / 2,
    "\\frac{x}{y+1}": X / (Y + 1),
    "\\frac{1}{2}\\left(x-y\\right)^{2}": (X - Y) ** 2 / 2,
    "\\sin(x)\\cdot\\cos(y)": math.sin(X) * math.cos(Y),
    "\\sqrt{x} + \\ln(y)": math.sqrt(X) + math.log(Y),
    "\\theta_{1}^2 + \\theta_{2}": X**2 + Y,
    "x_{1}^2 + x_{2}": X**2 + Y,
    "\\alpha\\beta": X * Y,
    "\\|x[0:2]\\|": None,
    "\\exp{x}": math.exp(X),
    "$x^2$": X**2,
    "x\u00a0+\u00a0y": X + Y,
    "x\u2009y": X * Y,
    "½x²": X**2 / 2,
    "x² + ¼y⁴": X**2 + Y**4 / 4,
    "⅓x": X / 3,
    "x∗y": X * Y,
    "（x+y）×２".replace("２", "2"): (X + Y) * 2,
    "1⁄2 x": X / 2,
    "𝑥² + 𝑦": X**2 + Y,
    "𝑥₁² + 𝑥₂": X**2 + Y,
    "∛x": math.cbrt(X),
    "f(x, y) = x - y": X - Y,
    "J(θ) = θ²": X**2,
    "g(x) := x**2": X**2,
    "pow(x, y)": X**Y,
    "log2(x)": math.log2(X),
    "log1p(x)": math.log1p(X),
    "hypot(x, y)": math.hypot(X, Y),
    "atan2(y, x)": math.atan2(Y, X),
    "arctan2(y, x)": math.atan2(Y, X),
    "arctan(x)": math.atan(X),
    "cbrt(x)": math.cbrt(X),
    "erf(x)": math.erf(X),
    "sgn(x)": 1.0,
    "2x y": 2 * X * Y,
    "x sin(x)": X * math.sin(X),
    "x y": X * Y,
    "exp(x) sin(y)": math.exp(X) * math.sin(Y),
    "|x|y": X * Y,
    "|x||y|": X * Y,
    "2πx": 2 * math.pi * X,
    "αx² + α²": X * Y**2 + X**2,
    "x₁²+x₁x₂+x₂²": X**2 + X * Y + Y**2,
    "θ_0^2 + θ_1^2": X**2 + Y**2,
    "sigmoid(x) + relu(y)": 1 / (1 + math.exp(-X)) + Y,
}


@pytest.mark.parametrize("text", [text for text, value in TAKEN.items() if value is not None])
def test_what_is_meant_is_taken(text):
    objective = resolve(text)
    assert objective.value(np.array([X, Y][: objective.dim])) == pytest.approx(TAKEN[text], rel=1e-14)


@pytest.mark.parametrize("text", ["∑(x²)", "Σ(x²)", "sum(x^2)", "\\sum(x^2)", "np.linalg.norm(x)**2", "‖x‖^2"])
def test_a_sum_over_a_vector_of_as_many_as_the_start_says(text):
    assert resolve(text, start=(X, Y, 2.0)).value(np.array([X, Y, 2.0])) == pytest.approx(X**2 + Y**2 + 4, rel=1e-14)


@pytest.mark.parametrize(
    ("text", "marked", "message"),
    [
        ("x**2 if x > 0 else -x", "if", "a choice is written where(x > 0, x**2, -x)"),
        ("lambda x: x**2", "lambda", "a formula has no head: write x**2"),
        ("lambda*x^2", "lambda", "'lambda' is a word of Python: write λ, or lam"),
        ("sum(x for x in y)", "for", "there are no loops: sum(x), mean(x) and prod(x) go over a vector"),
        ("sin²(x)", "sin", "for its power write sin(x)**2"),
        ("sin x", "sin", "write sin(x)"),
        ("\\sin x", "\\sin", "write sin(x)"),
        ("x^2 + 1,5x", ",", "decimals are written with a point, 1.5"),
        ("2½ x", "2½", "write this number in decimals, 2.5"),
        ("x(1)^2 + x(2)^2", "x(1)", "x[0] is the first coordinate; for a product write x*1"),
        ("3w(12)", "w(12)", "w[0] is the first coordinate; for a product write w*12"),
        ("sum(x(i+1)^2) + x[0]", "x(i", "x[0] is the first coordinate; for a product write x*(...)"),
        ("np.foo(x)", "foo", "there is no function 'foo'"),
        ("np.x", "x", "there is no function 'x'"),
        ("x.sum()", ".", "there are no attributes"),
        ("y.sin(x)", ".", "there are no attributes"),
        ("log(x, 2)", "log", "to another base write log(x)/log(base)"),
        ("max(x, y, 1)", "max", "write max(a, max(b, c))"),
        ("\\frac12 x", "12", "is followed by braces"),
        ("\\int x", "\\int", "is no command of TeX that is read here"),
        ("{x: x}", "{", "'{' does not belong in a formula"),
        ("{x} + 1", "{", "'{' does not belong in a formula"),
        ("x^{2", "", "expected '}'"),
        ("f(x, y) = x + b", "b", "'b' is none of x, y; -c b=VALUE makes it a constant"),
        ("f(x, x) = x", "x, x", "'x' is given twice"),
        ("z = x^2", "=", "write f(x, y) = ... ahead of it"),
        ("width height", "height", "for a product write *"),
        ("xsin(x)", "xsin", "for a product write x*sin(...)"),
    ],
)
def test_what_is_refused_says_what_to_write_at_its_place(text, marked, message):
    with pytest.raises(FormulaError) as caught:
        resolve(text)
    error = caught.value
    assert message in error.message, error.message
    assert error.text == text and text[error.position : error.end] == marked


def test_a_head_gives_the_parameters_and_their_order():
    assert resolve("f(b, w) = w*3 + b").names == ("b", "w")
    assert resolve("f(x, y) = x^2").names == ("x", "y")
    assert resolve("f(x) = x^2 + q", {"q": 3.0}).names == ("x",)
    found = resolve("f(xy, x) = x^2 - xy")
    assert found.names == ("xy", "x") and found.value(np.array([2.0, 3.0])) == 7.0
