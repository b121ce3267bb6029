"""The value of a text over constants, and a function of a few names: IEEE results in every lane."""

import numpy as np
import pytest

from gdtui.formula import graph
from gdtui.formula.evaluate import function_of, value_of
from gdtui.formula.language import Scope, parse
from gdtui.formula.tokens import FormulaError

CONSTANTS = {"a": graph.constant(3.0), "n": graph.constant(4.0), "i": graph.indices(4)}


@pytest.mark.parametrize(
    ("text", "value"),
    [("2*a", 6.0), ("a - sqrt(n)", 1.0), ("i + a", [3.0, 4.0, 5.0, 6.0]), ("sum(i)", 6.0), ("0*i", [0.0] * 4),
     ("where(a > 2, 1, 2)", 1.0), ("(i + 1)[1:3]", [2.0, 3.0]), ("pi", np.pi)],
)  # fmt: skip
def test_a_text_over_constants(text, value):
    found = value_of(text, CONSTANTS)
    assert found.shape == np.shape(value) and found.tolist() == value


def test_a_mistake_points_at_its_place():
    with pytest.raises(FormulaError) as caught:
        value_of("a + b", CONSTANTS)
    assert caught.value.position == 4


@pytest.mark.parametrize("text", ["1/b", "log(-b - 1)", "norm(x)/b", "x/b", "b**-1"])
def test_what_is_no_number_raises_nothing(text):
    names = {"b": graph.name("b"), "x": graph.name("x", (2,))}
    function = function_of([parse(text, Scope(names))], ("b", "x"))
    (alone,) = function(0.0, np.ones((2, 1)))
    assert not np.isfinite(alone).any()
    (lanes,) = function(np.array([0.0, 2.0]), np.ones((2, 2)))
    assert not np.isfinite(lanes[..., 0]).any() and np.isfinite(lanes[..., 1]).all() == ("log" not in text)


def test_several_at_once_in_the_order_of_the_names():
    names = {"b": graph.name("b"), "x": graph.name("x", (2,))}
    graphs = [parse(text, Scope(names)) for text in ("b*x", "x[0] - b")]
    product, difference = function_of(graphs, ("x", "b"))(np.array([[1.0], [2.0]]), 3.0)
    assert product.tolist() == [[3.0], [6.0]] and difference.tolist() == [-2.0]
