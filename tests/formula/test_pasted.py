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
    "$f(x) = x^2$": X**2,
    "`x^2`": X**2,
    "\\[x^2\\]": X**2,
    "x^2;": X**2,
    "x.^2 .* y": X**2 * Y,
    "J(\\theta_0, \\theta_1) = \\theta_0^2 + \\theta_1": X**2 + Y,
    "f(x_{1}, x_{2}) = x_1^2 + x_2": X**2 + Y,
    "{x}^{2} + {\\frac {1}{2}}y": X**2 + Y / 2,
    "\\hat{y}^2": X**2,
    "\\operatorname{sin}(x)": math.sin(X),
    "\\log_{10}(x) + \\log_2(y)": math.log10(X) + math.log2(Y),
    "log₂(x)": math.log2(X),
    "λ(1 + y)": X * (1 + Y),
    "λ‖y‖".replace("‖", "|"): X * Y,
    "x|y|": X * Y,
    "xŷ": X * Y,
    "xy\u0302".replace("y", "ẑ", 0): X * Y,
    "θ_iθ_j": X * Y,
    "x-y": X - Y,
    "x-1": X - 1,
    "f(e) = e^2": X**2,
    "f(x, π) = x^2 + π": X**2 + Y,
    "1/2 x^2": X**2 / 2,
    "\\sqrt{x}^3": math.sqrt(X) ** 3,
    "e²x": math.e**2 * X,
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
        ("{x: x}", ":", "expected '}'"),
        ("x + 1}", "}", "a closing brace too many"),
        ("x^{2", "", "expected '}'"),
        ("f(x, y) = x + b", "b", "'b' is none of x, y; -c b=VALUE makes it a constant"),
        ("f(x, x) = x", "x, x", "'x' is given twice"),
        ("z = x^2", "z =", "the last line is the loss: leave 'z =' out, or write loss = ..."),
        ("sin(x) = x", "sin(x) =", "an equation is no formula to descend"),
        ("f(x; a) = x", "x; a", "a head is written f(x, y) = ...; 'x; a' is no name"),
        ("f(a, b) = x[0] + x[1]", "x", "x is a vector here, whose coordinates have no other names: write f(x) = ..."),
        ("1/2x", "/2x", "write /(2*x), or /2*x"),
        ("exp(-x²/2σ²)", "/2σ", "write /(2*σ), or /2*σ"),
        ("1/x(x+1)", "/x(", "write /(x*(...)), or /x*(...)"),
        ("x/y z", "/y z", "write /(y*z), or /y*z"),
        ("x/2π", "/2π", "write /(2*π), or /2*π"),
        ("√x²", "√x", "write √(x^2), or (√x)^2"),
        ("√(x + 1)²", "√(x + 1)", "write √((x + 1)^2), or (√(x + 1))^2"),
        ("Σ(x - 1)² + x[0]", "Σ(x - 1)", "write sum((...)^2), or (sum(...))^2"),
        ("\\sum(x-1)^2 + x[0]", "\\sum(x-1)^", "write sum((...)^2), or (sum(...))^2"),
        ("e^2x", "e^2x", "write e^(2*x), or e^(2)*x"),
        ("e^-2x", "e^-2x", "write e^(-2*x), or e^(-2)*x"),
        ("x^T y", "T", "the product of two vectors is dot(w, x)"),
        ("\\sum_{i}x_i^2", "\\sum_{i}", "sum(...) around all that a sum goes over"),
        ("\\log_3 x", "\\log_3", "write log2(x) or log10(x)"),
        ("log₃(x)", "log₃", "write log2(x) or log10(x)"),
        ("∑_i x", "_i", "a sum goes over a whole vector"),
        ("‖x‖₂²", "₂", "‖x‖ is the Euclidean norm: leave its index out"),
        ("‖x‖_2^2", "_2", "‖x‖ is the Euclidean norm: leave its index out"),
        ("x_1^2 + x1", "x1", "x_1 and x1 are both shown as x₁: write one of them throughout"),
        ("x[1]^2 + x[2]^2", "x", "coordinates are counted from 0, and x[0] is never read"),
        ("sum(w^2)", "w", "a vector is called x in a formula: write x for w"),
        ("1d-3*x", "1d-3", "powers of ten are written 1e-3"),
        ("Pi*x", "Pi", "π is written pi"),
        ("2*rosenbrock", "rosenbrock", "rosenbrock is a function of the catalogue"),
        ("f(x) + g(y)", "f(x)", "f(x) would be a product: write f*x, or the formula of f"),
        ("f(x,y) = 0.26(x^2+y^2) - 0.48xy", "xy", "xy would be one name; for a product write x*y"),
        ("x%2", "%", "write x - y*floor(x/y), or 0.05*x"),
        ("sin^-1(x)", "sin", "write asin(x), or 1/sin(x)"),
        ("Σx²", "Σ", "write sum(...) around all that it goes over"),
        ("sin 2x", "sin", "write sin(2*x)"),
        ("square(x)", "square", "write x**2"),
        ("Exp(x)", "Exp", "functions are written in small letters, with parentheses: exp(...)"),
        ("Sin[x]", "Sin", "functions are written in small letters, with parentheses: sin(...)"),
        ("asinh(x)", "asinh", "write log(x + sqrt(x**2 + 1))"),
        ("x>0 ? x : 0", "?", "a choice is written where(condition, a, b)"),
        ("x + or λ", "or", "expected a number, a name or '('"),
        ("andθ", "and", "expected a number, a name or '('"),
        ("x\u200b + 1", "\u200b", "delete it"),
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
