"""Derivatives against complex steps and central differences, and at the places where they are a convention."""

import math
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from gdtui.formula import derivative, graph
from gdtui.formula.tokens import FormulaError
from tests.formula.compiling import FORMULAS, POINT, SMOOTH, by_arrays, by_floats, by_python, free, over_vector

NAMES = ("x", "y", "x1")
VARIABLES = [graph.name(name) for name in NAMES]
X = graph.name("x", (4,))
_COMPLEX = {name: getattr(np, name) for name in ("sin", "cos", "tanh", "exp", "sqrt", "log")} | {"atan": np.arctan}


def complex_step(text, point, name, h=1e-30):
    """The derivative without a difference (Squire & Trapp, SIAM Review 40, 1998), by NumPy's own functions."""
    moved = {k: np.complex128(complex(v, h if k == name else 0.0)) for k, v in point.items()}
    return complex(eval(text, {"__builtins__": {}}, _COMPLEX | moved)).imag / h


def differences(function, point, h=1e-6):
    """Central differences, extrapolated once."""
    point = np.asarray(point, dtype=float)

    def central(k, width):
        step = width * np.eye(len(point))[k]
        return (function(point + step) - function(point - step)) / (2 * width)

    return np.array([(4 * central(k, h / 2) - central(k, h)) / 3 for k in range(len(point))])


@given(SMOOTH, POINT, POINT, POINT)
def test_the_gradient_is_what_a_complex_step_finds(text, x, y, x1):
    point = {"x": x, "y": y, "x1": x1}
    try:
        node = free(text)
        found = [by_floats(partial, **point) for partial in derivative.gradient(node, VARIABLES)]
    except FormulaError as error:
        assert "exponents" in error.message or "number" in error.message
        return
    expected = [complex_step(text, point, name) for name in NAMES]
    scale = max(1.0, *map(abs, expected))
    assume(scale < 1e12)
    assert found == pytest.approx(expected, rel=1e-8, abs=1e-10 * scale)


@given(FORMULAS, POINT, POINT, POINT)
def test_the_gradient_is_what_differences_find(text, x, y, x1):
    point = np.array([x, y, x1])
    try:
        partials = derivative.gradient(free(text), VARIABLES)
        found = [by_floats(partial, x=x, y=y, x1=x1) for partial in partials]
        values = differences(lambda p: by_python(text, **dict(zip(NAMES, p, strict=True))), point)
        coarse = differences(lambda p: by_python(text, **dict(zip(NAMES, p, strict=True))), point, 3e-6)
    except (FormulaError, ArithmeticError, ValueError):
        assume(False)
    # At a kink, or where the function is steep, two widths of difference do not agree.
    assume(np.abs(values).max() < 1e4 and np.allclose(values, coarse, rtol=1e-6, atol=1e-6))
    assert found == pytest.approx(values, rel=1e-4, abs=1e-4)


@pytest.mark.parametrize(
    "text",
    [
        "sum(x**2)",
        "sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)",
        "prod(x + 2)",
        "prod(x)",
        "norm(x - 1)**3",
        "norm(x[1:])",
        "dot(x, sin(x))",
        "dot(x[:2], x[2:])",
        "mean(x**2)*sum(x)",
        "mean(exp(x))**2",
        "sum(where(x > 0.5, x**3, sin(x)))",
        "sum(minimum(x, x**2)) + sum(maximum(x, 0.3))",
        "sum(maximum(x, x[0]))",
        "x[0]**2*x[-1] + x[1]",
        "sum(x[::2]*x[1::2])",
        "sum(x*x[2])",
        "sum(i*x**2)/n",
        "sum(where(i < 2, x, x**2))",
        "sum(abs(x - 0.2)*x[3])",
        "exp(-sum(x**2))*prod(cos(x/sqrt(i + 1)))",
        "20 - 20*exp(-0.2*sqrt(mean(x**2))) - exp(mean(cos(2*pi*x))) + e",
        "where(x[0] > 0, sum(x**2), prod(x))",
        "where(sum(x) > 0, norm(x), mean(x))",
        "maximum(norm(x), x[1]**2)",
        "sum(sqrt(1 + x**2)*tanh(x) + log10(x**2 + 1) + log(x**2 + 1))",
        "sum(tan(x/4) + sinh(x) + cosh(x) + asin(x/9) + acos(x/9) + floor(x))",
        "sum((x**2 + 1)**x)",
        "sum(2**x/(1 + x**2))",
        "sum(x[1:3][0]*x)",
        "sum(sin(sum(x))*x)",
    ],
)
@settings(max_examples=10)
@given(x=st.lists(POINT.map(lambda value: value + 0.01371), min_size=4, max_size=4, unique=True))
@example(x=[0.7, -1.2, 1.9, 0.4])
def test_the_gradient_and_hessian_of_vectors_are_what_differences_find(text, x):
    node = over_vector(text)
    slopes = differences(lambda p: by_arrays(node, x=p), x)
    assume(np.allclose(slopes, differences(lambda p: by_arrays(node, x=p), x, 3e-6), rtol=1e-5, atol=1e-5))
    (gradient,) = derivative.gradient(node, [X])
    assert by_arrays(gradient, x=x) == pytest.approx(slopes, rel=1e-5, abs=1e-5)

    along = graph.name("along", (4,))
    (product,) = derivative.hessian_vector(node, [X], [along])
    hessian = np.array([by_arrays(product, x=x, along=row) for row in np.eye(4)])
    assert hessian == pytest.approx(hessian.T, rel=1e-9, abs=1e-9)
    expected = differences(lambda p: by_arrays(gradient, x=p), x)
    again = differences(lambda p: by_arrays(gradient, x=p), x, 3e-6)
    assume(np.allclose(expected, again, rtol=1e-5, atol=1e-5))
    assert hessian == pytest.approx(expected, rel=1e-4, abs=1e-4)


@given(SMOOTH, POINT, POINT, POINT)
def test_the_hessian_is_symmetric_and_the_derivative_of_the_gradient(text, x, y, x1):
    point = {"x": x, "y": y, "x1": x1}
    try:
        partials = derivative.gradient(free(text), VARIABLES)
        along = [graph.name(f"along_{name}") for name in NAMES]
        products = derivative.hessian_vector(free(text), VARIABLES, along)
        units = [dict(zip((a.text for a in along), row, strict=True)) for row in np.eye(3)]
        found = np.array([[by_floats(entry, **point, **unit) for entry in products] for unit in units])
        mixed = [by_floats(derivative.gradient(partials[2], VARIABLES)[k], **point) for k in range(3)]
    except FormulaError:
        assume(False)
    assume(np.abs(found).max() < 1e8)
    scale = max(1.0, np.abs(found).max())
    assert found == pytest.approx(found.T, rel=1e-8, abs=1e-10 * scale)
    assert found[:, 2] == pytest.approx(mixed, rel=1e-8, abs=1e-10 * scale)
    slope = differences(lambda p: by_floats(partials[0], **dict(zip(NAMES, p, strict=True))), [x, y, x1], 1e-4)
    assert found[0] == pytest.approx(slope, rel=1e-4, abs=1e-4 * scale)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("where(x > 0, sqrt(x), 0)", 0.0),
        ("where(x > 0, log(x), 3*x)", 3.0),
        ("where(x > 0, 1/x, x)", 1.0),
        ("where(x <= 0, 2*x, x**-3)", 2.0),
        ("y*where(x > 0, x**0.5, 5*x)", 35.0),
        ("where(x > 0, where(y > 0, 1/x, 2), 4*x)", 4.0),
        ("where(y > 0, where(x > 0, log(x), x), exp(1000*y))", 1.0),
        ("where(x > 0, sin(1/x)*log(x)*sqrt(x), 0)", 0.0),
        ("minimum(x, 1 + where(x > 0, log(x), 0))", 1.0),
        ("where(x > 0, 1/x, 0)**2 + 6*x", 6.0),
        ("exp(where(x > 0, log(x), x))", 1.0),
    ],
)
def test_the_branch_that_is_not_taken_contributes_nothing(text, expected):
    (partial,) = derivative.gradient(free(text), VARIABLES[:1])
    assert by_arrays(partial, x=0.0, y=7.0) == expected
    # Floats may compute what both branches share, and raise: then arrays do the step.
    with suppress(ArithmeticError, ValueError):
        assert by_floats(partial, x=0.0, y=7.0) == expected


@pytest.mark.parametrize(
    "text",
    ["sum(where(x > 0, sqrt(x), 0))", "sum(where(x > 0, log(x), 2*x))", "sum(where(x > 0, x[0]/x, 0))",
     "prod(where(x > 0, log(x), 2))", "sum(where(x > 0, where(x > 0.5, 1/(x - 0.5), x), -x))"],
)  # fmt: skip
def test_neither_does_it_coordinate_by_coordinate(text):
    (gradient,) = derivative.gradient(over_vector(text), [X])
    found = by_arrays(gradient, x=[0.0, 1.0, 0.25, 0.5])
    assert np.isfinite(found).all()
    if "sqrt" in text:
        assert found.tolist() == [0.0, 0.5, 1.0, 0.5 / math.sqrt(0.5)]


@pytest.mark.parametrize("text", ["sqrt(x)", "abs(x)", "sqrt(x**2)", "abs(x)*5", "sqrt(abs(x))", "sqrt(x*x)*abs(x)"])
def test_sqrt_and_abs_have_slope_0_at_0(text):
    (partial,) = derivative.gradient(free(text), VARIABLES[:1])
    assert by_arrays(partial, x=0.0) == 0.0
    assert by_floats(partial, x=0.0) == 0.0


def test_so_has_a_norm():
    (gradient,) = derivative.gradient(over_vector("norm(x)"), [X])
    assert by_arrays(gradient, x=[0.0] * 4).tolist() == [0.0] * 4
    assert by_floats(gradient, x=[0.0] * 4) == [0.0] * 4


def test_the_derivative_of_a_product_is_exact_where_a_factor_is_0():
    (gradient,) = derivative.gradient(over_vector("prod(x)"), [X])
    assert by_arrays(gradient, x=[0.0, 2.0, 3.0, 4.0]).tolist() == [24.0, 0.0, 0.0, 0.0]
    assert by_floats(gradient, x=[0.0, 2.0, 0.0, 4.0]) == [0.0] * 4


FACTORS = {
    "factors": "".join(f"(x+{k})" for k in range(250)),
    "sines": "*".join(f"sin(x+{k})" for k in range(180)),
    "products of products": "*".join(f"({'*'.join(f'(y+{j}.{k})' for j in range(9))}+x)" for k in range(20)),
    "a chain": "x*sin(" * 60 + "y" + ")" * 60,
    "powers": "x**" * 60 + "y",
}


@pytest.mark.parametrize("text", FACTORS.values(), ids=FACTORS)
def test_a_derivative_of_many_factors_grows_with_them_and_not_with_their_square(text):
    node = free(text)
    operands = sum(len(n.args) for n in graph.topological([node]))
    first = derivative.gradient(node, VARIABLES[:2])
    assert sum(len(n.args) for n in graph.topological(first)) < 30 * operands
    along = [graph.name("u"), graph.name("w")]
    second = derivative.hessian_vector(node, VARIABLES[:2], along)
    assert sum(len(n.args) for n in graph.topological(second)) < derivative.MAX_GRAPH


@pytest.mark.parametrize(
    "text",
    ["*".join(f"({'+'.join([f'sin({k + 1}*x)', 'y'][: 1 + k % 2])})" for k in range(140)),
     "+".join("*".join(f"cos(x - {k}/{j})" for j in range(2, 14)) + f"*log(y + {k})" for k in range(1, 11)),
     "*".join(f"max(x + {k}, y - {k}/9)" for k in range(40, 110))],
    ids=["product", "sum", "maxima"],
)  # fmt: skip
def test_a_derivative_that_is_not_written_out_is_the_same_derivative(text, monkeypatch):
    node = free(text)
    monkeypatch.setattr(derivative, "MAX_WRITTEN", 10**7)
    written = derivative.gradient(node, VARIABLES[:2])
    monkeypatch.setattr(derivative, "MAX_WRITTEN", 0)
    shared = derivative.gradient(node, VARIABLES[:2])
    for point in ({"x": 1.3, "y": 0.4}, {"x": 0.7, "y": 1.9}):
        found, expected = ([float(by_arrays(g, **point)) for g in each] for each in (shared, written))
        assert found == pytest.approx(expected, rel=1e-10) and any(expected)


def test_numbers_whose_product_is_no_number_do_not_stop_a_derivative():
    for text, expected in (("1e90*x*1e90*y*1e90*1e90", math.inf), ("1e-90*(x*1e-90)*(1e-90*(y*1e-90))", 0.0)):
        (partial,) = derivative.gradient(free(text), VARIABLES[:1])
        assert by_arrays(partial, x=2.0, y=1.0) == expected
    (partial,) = derivative.gradient(free("x**2*1e-200*1e-200*1e100*1e100*1e100*1e100"), VARIABLES[:1])
    assert by_arrays(partial, x=1e50) == pytest.approx(2e50)
    (partial,) = derivative.gradient(free("1e90*(1e90*(1e90*(1e90*x)))*y"), VARIABLES[:1])
    assert by_arrays(partial, x=2.0, y=1e-200) == pytest.approx(1e160)


def test_what_is_only_large_can_be_derived_twice():
    for text in ("(x+y)**64*(x-y)**64", "exp(exp(exp(x*1000)))", "+".join(f"{k}*x**2*y" for k in range(150))):
        partials = derivative.gradient(free(text), VARIABLES[:2])
        assert len(graph.topological(derivative.gradient(partials[0], VARIABLES[:2]))) < derivative.MAX_GRAPH
