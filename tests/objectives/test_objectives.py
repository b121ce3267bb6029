"""The catalogue against published minima and differences; what a typed formula becomes."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdtui.formula.parameter import ParameterError
from gdtui.formula.tokens import FormulaError
from gdtui.objectives.catalogue import BY_NAME, OBJECTIVES
from gdtui.objectives.resolve import own_functions, resolve

# From Jamil & Yang 2013 and the originals; those of one's own making by hand.
PUBLISHED_MINIMUM = {
    "square": 0.0, "parabola": -3.0, "log-cosh": 0.0, "sphere": 0.0, "bowl": 3 - 6 - 49 / 9, "ellipse": 0.0,
    "hills": -1.0,
    "himmelblau": 0.0, "rosenbrock": 0.0, "six-hump-camel": -1.031628453489877, "easom": -1.0, "beale": 0.0,
}  # fmt: skip

# The same functions as anyone would write them in NumPy.
WRITTEN_IN_NUMPY = {
    "square": lambda x: x * x,
    "parabola": lambda x: 6 * x * x - 12 * x + 3,
    "log-cosh": lambda x: np.logaddexp(x, -x) - np.log(2),
    "sphere": lambda x, y: x * x + y * y,
    "bowl": lambda x, y: 6 * x * x + 9 * y * y - 12 * x - 14 * y + 3,
    "ellipse": lambda x, y: 2.5 * x * x + 0.5 * y * y,
    "hills": lambda x, y: (np.cos(x - y) - np.cos(x + y)) / 2,
    "himmelblau": lambda x, y: np.square(x * x + y - 11) + np.square(x + y * y - 7),
    "rosenbrock": lambda x, y: np.square(1 - x) + 100 * np.square(y - x * x),
    "six-hump-camel": lambda x, y: 4 * x**2 - 2.1 * x**4 + x**6 / 3 + x * y - 4 * y**2 + 4 * y**4,
    "easom": lambda x, y: -np.cos(x) * np.cos(y) * np.exp(-np.hypot(x - np.pi, y - np.pi) ** 2),
    "beale": lambda x, y: sum((c - x + x * y**k) ** 2 for k, c in ((1, 1.5), (2, 2.25), (3, 2.625))),
}  # fmt: skip

every_objective = pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda o: o.name)


def differences(function, point, h=1e-4):
    """Central differences with their error of order h² taken out; one row a coordinate."""

    def central(k, width):
        step = width * np.eye(len(point))[k]
        return (function(point + step) - function(point - step)) / (2 * width)

    return np.array([(4 * central(k, h / 2) - central(k, h)) / 3 for k in range(len(point))])


def inside(objective, shares):
    low, high = np.array(objective.domain).T
    return low + (high - low) * np.array(shares[: objective.dim])


@every_objective
def test_the_minimizers_are_minima(objective):
    assert objective.minimizers
    for point in map(np.array, objective.minimizers):
        loss, slope = objective.value_and_grad(point)
        assert loss == pytest.approx(PUBLISHED_MINIMUM[objective.name], abs=1e-12)
        assert np.abs(slope).max() < 1e-6
        assert np.linalg.eigvalsh(objective.hessian(point)).min() > 0
    assert objective.f_min == pytest.approx(PUBLISHED_MINIMUM[objective.name], abs=1e-12)


@every_objective
def test_nothing_in_the_domain_lies_below_them(objective):
    lanes = np.array(np.meshgrid(*[np.linspace(low, high, 301) for low, high in objective.domain]))
    assert objective.value(lanes.reshape(objective.dim, -1)).min() >= objective.f_min - 1e-12


@every_objective
def test_the_start_lies_in_the_domain_and_goes_down(objective):
    assert objective.inside(objective.start)
    loss, slope = objective.value_and_grad(np.array(objective.start))
    assert objective.value(np.array(objective.start) - objective.lr * slope) < loss
    assert len(objective.names) == len(objective.symbols) == objective.dim == len(objective.start)
    assert objective.help


@every_objective
@settings(max_examples=20)
@given(shares=st.lists(st.floats(0.01, 0.99), min_size=2, max_size=2))
def test_value_gradient_and_hessian(objective, shares):
    point = inside(objective, shares)
    loss, slope = objective.value_and_grad(point)
    assert loss == objective.value(point) or abs(loss - objective.value(point)) <= 1e-12 * abs(loss)
    assert loss == pytest.approx(float(WRITTEN_IN_NUMPY[objective.name](*point)), rel=1e-11, abs=1e-9)
    scale = 1e-7 * max(1.0, abs(loss), np.abs(slope).max())
    assert slope == pytest.approx(differences(objective.value, point), rel=1e-6, abs=scale)
    hessian = objective.hessian(point)
    expected = differences(lambda p: objective.value_and_grad(p)[1], point)
    assert hessian == pytest.approx(expected, rel=1e-5, abs=1e-6 * max(1.0, np.abs(expected).max()))
    assert hessian == pytest.approx(hessian.T, rel=1e-12, abs=1e-12)


@every_objective
def test_lanes(objective):
    lanes = np.stack([inside(objective, [s, 1 - s]) for s in np.linspace(0.1, 0.9, 7)], axis=1)
    values, slopes = objective.value_and_grad(lanes)
    assert values.shape == (7,) and slopes.shape == lanes.shape
    assert objective.hessian(lanes).shape == (objective.dim, objective.dim, 7)
    for k in range(7):
        single, slope = objective.value_and_grad(lanes[:, k])
        assert isinstance(single, float)
        assert values[k] == pytest.approx(single, rel=1e-13) and slopes[:, k] == pytest.approx(slope, rel=1e-12)


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
    with pytest.raises(ParameterError, match="--dim"):
        resolve("himmelblau", dim=3)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("y**2 + x**2", ("x", "y")),
        ("x10 + x2*x1 + x10**2", ("x1", "x2", "x10")),
        ("z*b + a1*a", ("a", "a1", "b", "z")),
        ("-cos(x)", ("x",)),
        ("α² + β", ("alpha", "beta")),
        ("λ²", ("lambda",)),
        ("x²", ("x",)),
        ("x(x + 1)", ("x",)),
        ("w1**2 + w", ("w", "w1")),
    ],
)
def test_the_free_names_are_variables_in_natural_order(text, names):
    assert resolve(text).names == names


def test_a_typed_formula():
    found = resolve("a*x**2 + y", {"a": 3.0})
    assert found.names == ("x", "y") and found.value(np.array([2.0, 1.0])) == 13.0
    assert resolve("x").names == ("x",)
    assert resolve("x**2", start=(40.0,)).domain == ((-60.0, 60.0),)
    assert math.isfinite(found.lr) and found.inside(found.start)
    assert found.f_min is None and found.minimizers == ()


def test_vectors_of_any_length():
    chain = resolve("sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)", dim=9)
    assert chain.names == tuple(f"x{k}" for k in range(1, 10)) and chain.dim == 9
    assert chain.value(np.ones(9)) == 0.0
    assert resolve("x[0]**2 + x[1]").dim == 2
    assert resolve("x[0]**2 + x[1]", start=(1.0, 2.0, 3.0)).dim == 3
    assert resolve("sum(x**2)*n", dim=1000).value(np.ones(1000)) == 1e6
    assert resolve("c*sum(x*i)", {"c": 2.0}, dim=3).value(np.ones(3)) == 6.0
    for text, dim, kind, message in [
        ("sum(x)", 1001, ParameterError, "dim is from 1 to 1000"),
        ("sum(x)", 0, ParameterError, "dim is from 1 to 1000"),
        ("sum(x*y)", 3, FormulaError, "-c y=VALUE"),
        ("x**2", 3, FormulaError, "an objective is one number; this is a vector of 3"),
        ("x[0] < 1", None, FormulaError, "this is a condition"),
        ("x[5] + x[0]", None, FormulaError, "there is no coordinate 5"),
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
