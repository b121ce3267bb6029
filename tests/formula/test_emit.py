"""Both back-ends compute the same, and are IEEE where they cannot."""

import math
from functools import reduce

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gdtui.formula import derivative, graph
from gdtui.formula.emit import define
from gdtui.formula.emit_arrays import ARRAY_NAMESPACE, ArrayEmitter
from gdtui.formula.emit_floats import FLOAT_NAMESPACE, FloatEmitter
from gdtui.formula.tokens import FormulaError
from tests.formula.compiling import FORMULAS, POINT, by_arrays, by_floats, free, over_vector

VECTORS = [
    "sum(where(x > 1 and not x > 2, x, -x))",
    "x*x[0] + i",
    "minimum(x, 1)[1:]*maximum(x[1:], x[:-1])",
    "sign(x)*floor(x)/n",
    "norm(x)*x - mean(x)",
    "where(any(x > 2), x, sum(x))",
    "prod(x + 3)*dot(x, i)",
    "abs(x)**0.5 + x**4 - x**-2",
    "where(isnan(x), 0, x)",
    "where(all(x < 9) or x[2] == 1, exp(x), 1)",
]


@given(FORMULAS, POINT, POINT, POINT)
def test_floats_and_arrays_agree(text, x, y, x1):
    point = {"x": x, "y": y, "x1": x1}
    try:
        node = free(text)
        expected = by_floats(node, **point)
    except (FormulaError, ArithmeticError, ValueError):
        assume(False)
    assert by_arrays(node, **point) == pytest.approx(expected, rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("text", VECTORS)
@given(x=st.lists(POINT.filter(bool), min_size=4, max_size=4))
def test_floats_and_arrays_agree_on_vectors(text, x):
    node = over_vector(text)
    assert by_arrays(node, x=x) == pytest.approx(by_floats(node, x=x), rel=1e-12, abs=1e-14)


def test_lanes_are_independent():
    """(d, P) gives what P single points give."""
    from gdtui.objectives.resolve import resolve

    objective = resolve("sum(x[1:]*x[:-1]) + norm(x)*prod(x) + sum(where(x > 0, x**2, sin(x)))", dim=3)
    lanes = np.random.default_rng(1).normal(size=(3, 50))
    values, slopes = objective.value_and_grad(lanes)
    hessians = objective.hessian(lanes)
    for k, point in enumerate(lanes.T):
        value, slope = objective.value_and_grad(point)
        assert values[k] == pytest.approx(value, rel=1e-13)
        assert slopes[:, k] == pytest.approx(slope, rel=1e-12)
        assert hessians[:, :, k] == pytest.approx(objective.hessian(point), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(
    ("text", "x", "expected"),
    [("1/x", 0.0, math.inf), ("-1/x", 0.0, -math.inf), ("log(x)", -1.0, math.nan), ("log(x)", 0.0, -math.inf),
     ("exp(x)", 1000.0, math.inf), ("sqrt(x)", -1.0, math.nan), ("x**-2", 0.0, math.inf), ("x**0.5", -4.0, math.nan),
     ("exp(x) - exp(x)", 1000.0, math.nan), ("acos(x)", 2.0, math.nan), ("cosh(x)", 1e4, math.inf)],
)  # fmt: skip
def test_arrays_are_ieee_where_floats_raise(text, x, expected, recwarn):
    node = free(text)
    with pytest.raises((ArithmeticError, ValueError)):
        by_floats(node, x=x)
    assert by_arrays(node, x=x) == pytest.approx(expected, nan_ok=True)
    assert not recwarn.list


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize(
    "text", ["minimum(x, 1)", "maximum(x, 1)", "minimum(1, x)", "maximum(1, x)", "sign(x)", "abs(x)", "x*0 + 1",
             "isnan(x)", "where(x > 0, 1, 2)", "x == x", "x != x"],
)  # fmt: skip
def test_both_treat_what_is_not_finite_alike(text, value):
    node = free(text)
    assert float(by_floats(node, x=value)) == pytest.approx(float(by_arrays(node, x=value)), nan_ok=True)


@pytest.mark.parametrize(
    "x",
    [[3e-200, 0.0, 4e-200], [3e200, -4e200, 0.0], [5e-324, 0.0, 0.0], [0.0, 0.0, 0.0], [1e308, 1e308, 1e308],
     [math.inf, 1.0, 0.0], [3.0, 1e-300, 4.0]],
)  # fmt: skip
def test_a_norm_is_right_where_the_squares_are_no_floats(x):
    node = over_vector("norm(x)", 3)
    expected = max(map(abs, x)) * math.dist([v / (max(map(abs, x)) or 1.0) for v in x], [0.0] * 3)
    expected = math.inf if math.inf in x else expected
    assert by_floats(node, x=x) == by_arrays(node, x=x) == pytest.approx(expected, rel=1e-15)
    (slope,) = derivative.gradient(node, [graph.name("x", (3,))])
    if 0.0 < expected < math.inf:
        assert by_arrays(slope, x=x) == pytest.approx([v / expected for v in x], rel=1e-15)
        assert by_floats(slope, x=x) == pytest.approx([v / expected for v in x], rel=1e-15)


def test_the_norms_of_lanes_are_scaled_one_by_one():
    emitter = ArrayEmitter({"x": "x"})
    (source,) = emitter.emit([over_vector("norm(x)", 2)])
    size = define(f"def size(x):\n    return {source}\n", "size", ARRAY_NAMESPACE)
    with np.errstate(all="ignore"):
        found = size(np.array([[3.0, 3e-200, 0.0, 3e200, math.nan], [4.0, 4e-200, 0.0, 4e200, 1.0]]))
    assert found == pytest.approx([5.0, 5e-200, 0.0, 5e200, math.nan], rel=1e-15, nan_ok=True)


def test_a_shared_value_is_computed_once():
    emitter = FloatEmitter({"x": ["x"]})
    emitter.emit([free("sin(x)**2 + sin(x) + exp(sin(x))")])
    assert "".join(emitter.lines).count("sin(x)") == 1


@pytest.mark.parametrize(
    "inner", ["floor({})", "sin({} + 1)", "where({} > 1, 2, 3)", "-(1 - {})", "|{}|", "2/(1 + {})"]
)
def test_what_is_nested_to_the_bound_compiles(inner):
    """Python's own parser takes 200 parentheses and no more."""
    text = "x"
    while True:
        longer = inner.format(text)
        try:
            free(longer)
        except FormulaError:
            break
        text = longer
    node = free(text)
    (slope,) = derivative.gradient(node, [graph.name("x")])
    assert math.isfinite(by_floats(node, x=0.5))
    assert by_arrays(node, x=0.5) == pytest.approx(by_floats(node, x=0.5))
    assert by_arrays(slope, x=0.5) == pytest.approx(by_floats(slope, x=0.5))


SUMS_AND_PRODUCTS = st.recursive(
    st.sampled_from([graph.name("x"), graph.name("y"), *map(graph.constant, (-2.5, -1.0, 0.3, 7.0))]),
    lambda inner: (
        st.builds(lambda op, args: graph.apply(op, *args), st.sampled_from(["add", "mul"]), st.lists(inner, min_size=2))
        | st.builds(graph.apply, st.sampled_from(["neg", "abs", "floor"]), inner)
        | st.builds(graph.apply, st.just("div"), inner, inner)
        | st.builds(graph.apply, st.just("pow"), inner, st.sampled_from(list(map(graph.constant, (2.0, 3.0)))))
    ),
    max_leaves=25,
)


def as_the_graph_says(node, point):
    """The value by the graph alone: operands from the left to the right."""
    args = [as_the_graph_says(a, point) for a in node.args]
    match node.op:
        case "const":
            return np.float64(node.number)
        case "name":
            return point[node.text]
        case "add":
            return reduce(np.add, args)
        case "mul":
            return reduce(np.multiply, args)
        case "pow":
            return reduce(np.multiply, [args[0]] * int(args[1]))
    return {"neg": np.negative, "abs": np.abs, "floor": np.floor, "div": np.divide}[node.op](*args)


@given(SUMS_AND_PRODUCTS, POINT, POINT)
def test_parentheses_that_are_left_out_change_no_bit(node, x, y):
    point = {"x": np.float64(x), "y": np.float64(y)}
    with np.errstate(all="ignore"):
        expected = as_the_graph_says(node, point)
    assert by_arrays(node, **point) == pytest.approx(expected, rel=0, abs=0, nan_ok=True)
    try:
        found = by_floats(node, **point)
    except (ArithmeticError, ValueError):
        return  # as floats do where arrays give inf or NaN
    assert found == pytest.approx(expected, rel=0, abs=0, nan_ok=True)


@pytest.mark.parametrize("op", ["mul", "add", "div", "pow"])
def test_chains_of_any_length_compile(op):
    node = graph.name("x")
    for _ in range(6000):
        node = graph.apply(op, node, graph.name("y"))
    assert by_arrays(node, x=1.0, y=1.0) == by_floats(node, x=1.0, y=1.0) == (6001.0 if op == "add" else 1.0)


def test_emitted_code_sees_no_builtins():
    for namespace in (ARRAY_NAMESPACE, FLOAT_NAMESPACE):
        with pytest.raises(NameError):
            define("def f():\n    return open\n", "f", namespace)()
