"""A coordinate of a vector's graph has the value that the vector has there, and can be read back."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gdtui.formula import derivative, graph
from gdtui.formula.coordinates import coordinate
from gdtui.formula.notation import notation
from tests.formula.compiling import by_arrays, over_vector

X = graph.name("x", (4,))
TEXTS = [
    "sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)",
    "prod(cos(x/sqrt(i + 1))) + sum(x**2)/4000",
    "sum(where(x > 1, x**2, i*x)) + norm(x)*x[0]",
    "maximum(x[0], x[1])*mean(x[::2]) - sum(sqrt(1 + x[1::2]**2))",
    "dot(x, x[0]*x) + exp(-sum(abs(x)))",
    "sum(minimum(x, x[0]**2)) + 3",
    "x[2]**3/(1 + x[1]**2)",
]


@pytest.mark.parametrize("text", TEXTS)
@given(x=st.lists(st.floats(-3.0, 3.0), min_size=4, max_size=4))
def test_the_coordinates_of_a_gradient_are_its_numbers(text, x):
    assume(any(x))  # ‖x‖ = 0 divides by 0, which the gradient calls 0; what is typed does not
    (gradient,) = derivative.gradient(over_vector(text), [X])
    whole = by_arrays(gradient, x=x)
    for k in range(4):
        partial = coordinate(gradient, k)
        assert partial.shape == ()
        for one in (partial, over_vector(notation(partial))):
            assert by_arrays(one, x=x) == pytest.approx(whole[k], rel=1e-9, abs=1e-9, nan_ok=True)


def test_a_coordinate_is_written_without_the_others():
    (gradient,) = derivative.gradient(over_vector("sum((x[1:] - x[:-1]**2)**2) + prod(x[:2])"), [X])
    assert notation(coordinate(gradient, 0)) == "x[1] − 4(x[1]−x[0]²)·x[0]"
    assert notation(coordinate(gradient, 3)) == "2(x[3]−x[2]²)"


def test_a_graph_that_is_too_deep_to_be_read_is_not_gone_through():
    node = X
    for _ in range(5000):
        node = graph.apply("sin", node)
    assert by_arrays(coordinate(node, 2), x=[1.0, 1.0, 0.0, 1.0]) == np.float64(0.0)
