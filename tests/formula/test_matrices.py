"""What is refused of matrices is told with what to write instead; tests/optimizers/test_matrices.py has it in rules."""

import pytest

from gdtui.formula import graph, matrices

A, ONE = graph.matrix("hess", (), (2, 2)), graph.matrix("identity", (), (2, 2))
V, S = graph.name("v", (2,)), graph.name("s")


@pytest.mark.parametrize(
    ("node", "refused"),
    [
        (graph.apply("add", A, ONE), ""),
        (graph.apply("neg", A), ""),
        (graph.apply("mul", S, A), ""),
        (graph.apply("div", A, S), ""),
        (graph.apply("add", A, S), "a*identity()"),
        (graph.apply("pow", A, graph.constant(2.0)), "no powers"),
        (graph.apply("exp", A), "'exp' takes no matrix"),
    ],
)
def test_sums_and_multiples_are_what_they_look_like(node, refused):
    found = matrices.not_by_entries(node)
    assert refused in found and bool(found) == bool(refused)


def test_what_is_no_product():
    assert matrices.not_multiplied("hess()", 2, "v", V) == "hess() is a matrix: write hess() @ v"
    assert matrices.not_multiplied("v", 1, "hess()", A) == "hess() is a matrix: write hess() @ v"
    assert "hess() @ (identity() @ g)" in matrices.not_multiplied("hess()", 2, "identity()", ONE)
    assert "write dot(v, v)" in matrices.not_applied(V, "v", V, "v", True)
    assert "does not belong in a formula" in matrices.not_applied(V, "v", V, "v", False)


@pytest.mark.parametrize("operands", [(A, V), (V, A)])
def test_a_matrix_and_a_vector_do_not_go_together(operands):
    with pytest.raises(graph.KindError, match="a matrix and a vector do not go together: A @ v"):
        graph.apply("add", *operands)
