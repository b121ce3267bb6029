"""What a name, a name with constants and a typed formula become."""

import math
import string
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdtui.formula.parameter import ParameterError
from gdtui.formula.tokens import FormulaError
from gdtui.objectives.catalogue import BY_NAME
from gdtui.objectives.functions import own_functions
from gdtui.objectives.resolve import resolve


def test_constants_of_the_catalogue():
    steep = resolve("rosenbrock:b=10")
    assert steep.value(np.array([0.0, 1.0])) == 11.0
    assert resolve("rosenbrock", {"a": 2.0}).minimizers == ((2.0, 4.0),)
    assert resolve("Rosenbrock") is resolve("rosenbrock:b=100") is BY_NAME["rosenbrock"]
    assert resolve("six_hump_camel") is BY_NAME["six-hump-camel"]
    for wrong, message in [
        ("rosenbrock:c=1", "rosenbrock has no parameter 'c'"),
        ("rosenbrock:b=x", "b is a number"),
        ("rosenbrock:b=1e9", "b is from 0.1 to 1000"),
        ("rosenbrock:b=nan", "outside"),
        ("rosenbrock:b=1,", "not k=v"),
        ("himmelblau:b=1", "it has none"),
        ("himelblau", "did you mean himmelblau"),
        ("rosenbrok:b=1", "did you mean rosenbrock"),
        ("nothing", "gdtui list objectives"),
    ]:
        with pytest.raises(ParameterError, match=message):
            resolve(wrong)
    with pytest.raises(ParameterError, match="himmelblau has 2 parameters, and no form with another number"):
        resolve("himmelblau", dim=3)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("y**2 + x**2", ("x", "y")),
        ("x10 + x2*x1 + x10**2", ("x1", "x2", "x10")),
        ("z*b + a1*a", ("z", "b", "a1", "a")),
        ("((w*3 + b - 30)**2 + (w*5 + b - 50)**2)/4", ("w", "b")),
        ("w_2 + w_10 + w_1", ("w_1", "w_2", "w_10")),
        ("θ_1**2 + θ_0**2", ("theta_0", "theta_1")),
        ("θ₁² + θ₀²", ("theta0", "theta1")),
        ("-cos(x)", ("x",)),
        ("α² + β", ("alpha", "beta")),
        ("λ²", ("lambda",)),
        ("x²", ("x",)),
        ("x(x + 1)", ("x",)),
        ("w1**2 + w", ("w1", "w")),
    ],
)
def test_the_names_are_parameters_in_natural_order_where_all_have_one_else_as_written(text, names):
    assert resolve(text).names == names


def test_a_typed_formula():
    found = resolve("a*x**2 + y", {"a": 3.0})
    assert found.names == ("x", "y") and found.value(np.array([2.0, 1.0])) == 13.0
    assert resolve("x").names == ("x",)
    (low, high), = resolve("x**2", start=(40.0,)).domain
    assert low < 0 and high > 40
    assert math.isfinite(found.lr) and found.inside(found.start)
    assert found.f_min is None and found.minimizers == ()


def test_vectors_of_any_length():
    chain = resolve("sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)", dim=9)
    assert chain.names == tuple(f"x{k}" for k in range(1, 10)) and chain.dim == 9
    assert chain.value(np.ones(9)) == 0.0
    assert resolve("x[0]**2 + x[1]").dim == 2 and resolve("x[5] + x[0]").dim == 6
    assert resolve("x[0]**2 + x[1]", start=(1.0, 2.0, 3.0)).dim == 3
    assert resolve("sum(x**2)*n", dim=1000).value(np.ones(1000)) == 1e6
    assert resolve("c*sum(x*i)", {"c": 2.0}, dim=3).value(np.ones(3)) == 6.0
    for text, dim, kind, message in [
        ("sum(x)", 1001, ParameterError, "dim is from 1 to 1000"),
        ("sum(x)", 0, ParameterError, "dim is from 1 to 1000"),
        ("sum(x*y)", 3, FormulaError, "-c y=VALUE"),
        ("x**2", 3, FormulaError, "an objective is one number; this is a vector of 3"),
        ("x[0] < 1", None, FormulaError, "this is a condition"),
        ("x[5] + x[0]", 3, FormulaError, "there is no coordinate 5"),
        ("sum(x[2:1])", 4, FormulaError, "empty"),
        ("sum(x[::-1])", 4, FormulaError, "forward"),
    ]:
        with pytest.raises(kind, match=message):
            resolve(text, dim=dim)


@pytest.mark.parametrize("text", ["2", "pi*e", "x < 1", "sum(x)", "where(x > 0, 1, 2) +", "x[0", "x..y", "abs(x"])
def test_what_is_no_objective_is_refused(text):
    with pytest.raises(FormulaError) as caught:
        resolve(text)
    assert caught.value.text == text


@given(st.floats(-6, 4).map(lambda e: 10.0**e), st.floats(-3, 3))
def test_the_learning_rate_of_a_formula_is_stable_and_of_the_series(curvature, centre):
    found = resolve(f"{curvature!r}*(x - {centre!r})**2/2" if centre >= 0 else f"{curvature!r}*(x + {-centre!r})**2/2")
    assert 0 < found.lr <= 1 and found.lr * curvature <= 0.4 * (1 + 1e-9)
    assert found.lr == 1 or found.lr < 2e-6 or found.lr * curvature > 0.15
    assert f"{found.lr:e}"[0] in "125"


def test_a_place_where_the_loss_is_finite_is_chosen():
    for text in ("log(x)", "sqrt(x - 2)", "1/(x - 3)", "log(-x)"):
        found = resolve(text)
        assert math.isfinite(found.value(np.array(found.start)))


def test_functions_of_ones_own():
    found = own_functions(lambda p: float(p @ p), lambda p: 2 * p, (1.0, 2.0))
    assert found.value(np.array([3.0, 4.0])) == 25.0
    assert found.value(np.array([[3.0, 0.0], [4.0, 1.0]])).tolist() == [25.0, 1.0]
    assert found.names == ("x", "y") and found.formula is None and found.hessian(np.zeros(2)) is None
    bad = own_functions(lambda p: 0.0, lambda p: np.zeros(3), (1.0, 2.0))
    with pytest.raises(ValueError, match=r"shape \(3,\) for parameters of shape \(2,\)"):
        bad.value_and_grad(np.zeros(2))


def test_they_cannot_change_the_point_that_they_are_given():
    def spoil(p):
        p[:] = 7.0
        return 0.0

    found = own_functions(spoil, lambda p: p * 0, (1.0,))
    point = np.array([1.0])
    found.value(point)
    found.value_and_grad(point)
    assert point.tolist() == [1.0]


NAMES = [letter + digit for digit in ("", *"0123456789") for letter in string.ascii_letters if letter not in "ein"]
TOO_LARGE = {  # formula, dim, and what is marked of it
    "products of vectors": ("*".join(f"prod(x+{k})" for k in range(170)), 18, None),
    "sums of products": ("+".join(f"prod(sin(x+{k}))" for k in range(120)), 18, None),
    "products of slices": ("*".join(f"prod(x[{k}:{k + 18}])" for k in range(110)), 1000, None),
    "one part of two": ("sin(" + "*".join(f"prod(x+{k})" for k in range(130)) + ") + sum(x**2)", 18, "prod(x+0)*"),
    "nested branches": ("y**2 + " + "max(1," * 60 + "+".join(NAMES[:400]) + ")" * 60, None, "max(1,"),
    "nested conditions": ("where(a>1,b," * 60 + "+".join(NAMES[:300]) + ")" * 60, None, "where(a>1,b,"),
}


@pytest.mark.parametrize(("text", "dim", "marked"), TOO_LARGE.values(), ids=TOO_LARGE)
def test_a_formula_whose_derivative_is_too_large_is_refused_at_its_place_and_soon(text, dim, marked):
    calls = []
    sys.setprofile(lambda *event: calls.append(event[1] in ("call", "c_call")))
    try:
        with pytest.raises(FormulaError) as caught:
            resolve(text, dim=dim)
    finally:
        sys.setprofile(None)
    assert sum(calls) < 60_000  # some 10 ms
    error = caught.value
    assert "more than 20000 operations" in error.message and error.text == text
    piece = text[error.position : error.end]
    if marked is None:
        assert piece == text
    else:
        assert piece.startswith(marked) and len(piece) < len(text)
        assert piece.count("(") == piece.count(")")


def test_where_a_hessian_would_be_too_large_there_is_none():
    found = resolve("*".join(f"prod(x+{k})" for k in range(60)), dim=18)
    assert found.hessian(np.ones(18)) is None
    assert found.hessian(np.ones((18, 5))) is None
    assert np.shape(found.value_and_grad(np.ones(18))[1]) == (18,)
