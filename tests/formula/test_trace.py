"""A formula operation by operation, and back: the same value and gradient as what runs."""

import numpy as np
import pytest

from gdtui.formula import graph
from gdtui.formula.evaluate import function_of
from gdtui.formula.notation import notation
from gdtui.formula.trace import Trace
from gdtui.objectives.catalogue import OBJECTIVES
from gdtui.objectives.resolve import resolve


def places(objective, count=3):
    random = np.random.default_rng(7)
    low, high = np.array(objective.domain).T
    return [np.array(objective.start), *(low + (high - low) * random.random((count, objective.dim)))]


@pytest.mark.parametrize("objective", OBJECTIVES, ids=lambda o: o.name)
def test_it_comes_to_the_value_and_the_gradient_that_run(objective):
    trace = Trace(objective.graph, objective.variables)
    for theta in places(objective):
        found = trace.values([theta] if objective.vector else theta)
        value, grad = objective.value_and_grad(theta)
        forward = [v for op, v in zip(trace.operations, found, strict=True) if op.name == "f"]
        partials = np.ravel(found[-1] if objective.vector else found[-objective.dim :])
        assert forward == [pytest.approx((value,), rel=1e-12, abs=1e-12, nan_ok=True)]
        assert partials == pytest.approx(grad, rel=1e-9, abs=1e-9 * max(1.0, np.abs(grad).max()), nan_ok=True)


@pytest.mark.parametrize("text", ["sin(x)*exp(y) + x/y", "where(x < y, x**2, y**3)", "maximum(x, y) + abs(x - y)"])
def test_each_adjoint_is_the_derivative_by_that_value(text):
    """Central differences of the trace itself, run on from a changed value."""
    objective = resolve(text)
    trace = Trace(objective.graph, objective.variables)
    theta = [0.7, 1.3]
    found = dict(zip((op.name for op in trace.operations), trace.values(theta), strict=True))
    forward = [op for op in trace.operations if not op.back]

    def loss_with(changed: str, by: float) -> float:
        known = dict(zip(objective.names, theta, strict=True))
        for op in forward:
            (known[op.name],) = function_of([op.node], list(known))(*known.values())
            known[op.name] = known[op.name] + (by if op.name == changed else 0.0)
        return float(known["f"])

    for op in forward:
        if not op.node.boolean:
            slope = (loss_with(op.name, 1e-6) - loss_with(op.name, -1e-6)) / 2e-6
            assert found[f"{op.name}#bar"][0] == pytest.approx(slope, rel=1e-6, abs=1e-8), op


def test_it_reads_as_it_is_taught():
    objective = resolve("himmelblau")
    trace = objective.trace
    lines = [f"{trace.symbols[op.name]} = {notation(op.node, trace.symbols)}" for op in trace.operations]
    assert lines[:3] == ["v₁ = x²", "v₂ = v₁ + y − 11", "v₃ = v₂²"]
    assert lines[6:10] == ["f = v₃ + v₆", "f̄ = 1", "v̄₆ = f̄", "v̄₅ = 2v̄₆·v₅"]
    assert lines[-2:] == ["∂f/∂x = 2v̄₁·x + v̄₅", "∂f/∂y = v̄₂ + 2v̄₄·y"]


def test_a_long_formula_has_as_many_adjoints_as_values():
    text = "x"
    for k in range(30):
        text = f"sin({k + 1}*{text} + y)"
    trace = resolve(text).trace
    forward = [op.name for op in trace.operations if not op.back]
    back = [op.name for op in trace.operations if op.back]
    assert len(forward) == 90 and back == [*(f"{name}#bar" for name in reversed(forward)), "∂x", "∂y"]


def test_a_variable_that_is_not_read_has_no_slope():
    trace = Trace(resolve("x**2").graph, [graph.name("x"), graph.name("y")])
    assert trace.values([3.0, 1.0])[-2:] == [(6.0,), (0.0,)]


def test_a_product_of_very_many_factors_passes_each_the_product_of_the_others():
    """So many that the derivative is not written out, but shared."""
    product = "*".join(f"(x/{k} + y)" for k in range(9, 79))
    objective = resolve(f"sqrt(1 + ({product})**2)")
    for theta in places(objective):
        grad = objective.value_and_grad(theta)[1]
        assert np.ravel(objective.trace.values(theta)[-2:]) == pytest.approx(grad, rel=1e-9)
