"""Every rule, clipping and decay against loops that were written from torch's documentation."""

import math

import numpy as np
import pytest

import gdtui
from gdtui.formula.parameter import ParameterError
from gdtui.optimizers.catalogue import BY_NAME
from gdtui.optimizers.resolve import resolve_rule, resolve_schedule
from tests.optimizers.independent import FUNCTIONS, RULES, descend

STARTS = {"himmelblau": (-0.4, -0.65), "rosenbrock": (-1.2, 1.0)}
# Learning rates that do not amplify rounding.
SETTINGS = [
    ("gd", {"lr": 1e-4}),
    ("momentum", {"lr": 1e-5}),
    ("momentum", {"lr": 1e-4, "momentum": 0.5, "dampening": 0.3}),
    ("nesterov", {"lr": 1e-5}),
    ("nesterov", {"lr": 1e-4, "momentum": 0.4}),
    ("adagrad", {"lr": 0.01}),
    ("adagrad", {"lr": 0.05, "lr_decay": 0.01, "initial_accumulator_value": 0.5, "eps": 1e-6}),
    ("rmsprop", {"lr": 1e-3}),
    ("rmsprop", {"lr": 1e-3, "eps": 1e-4, "centered": 1}),
    ("rmsprop", {"lr": 2e-4, "momentum": 0.9}),
    ("rmsprop", {"lr": 2e-4, "momentum": 0.5, "centered": 1, "alpha": 0.995}),
    ("adam", {"lr": 1e-3}),
    ("adam", {"lr": 5e-3, "beta1": 0.8, "beta2": 0.99, "eps": 1e-6}),
]


def gap(found, expected):
    return np.abs(found - expected).max() / np.abs(expected).max()


def test_every_rule_is_compared():
    assert {name for name, _ in SETTINGS} == set(BY_NAME) == set(RULES)


@pytest.mark.parametrize("objective", FUNCTIONS)
@pytest.mark.parametrize(("rule", "options"), SETTINGS, ids=lambda v: v if isinstance(v, str) else "-".join(v))
def test_a_thousand_steps_are_the_papers(rule, options, objective):
    run = gdtui.descend(objective, rule, start=STARTS[objective], steps=1000, **options)
    expected = descend(FUNCTIONS[objective], RULES[rule], STARTS[objective], 1000, **options)
    assert len(run.params) == 1001
    assert gap(run.params, expected) < 1e-12
    losses, slopes = zip(*(FUNCTIONS[objective](p) for p in run.params), strict=True)
    assert gap(run.loss, np.array(losses)) < 1e-12 and gap(run.grad, np.array(slopes)) < 1e-11


def clip_norm(c):
    return lambda g, p: g * min(1.0, c / (np.linalg.norm(g) + 1e-6))


@pytest.mark.parametrize(
    ("options", "before"),
    [
        ({"clip_norm": 2.0}, clip_norm(2.0)),
        ({"clip_value": 3.0}, lambda g, p: np.clip(g, -3.0, 3.0)),
        ({"weight_decay": 0.1}, lambda g, p: g + 0.1 * p),
        ({"maximize": True, "clip_norm": 0.5}, lambda g, p: clip_norm(0.5)(-g, p)),
        (
            {"clip_norm": 2.0, "clip_value": 1.7, "weight_decay": 0.01},
            lambda g, p: clip_norm(2.0)(np.clip(g, -1.7, 1.7), p) + 0.01 * p,
        ),
    ],
    ids=lambda v: "-".join(v) if isinstance(v, dict) else "",
)
@pytest.mark.parametrize(("rule", "lr"), [("gd", 1e-3), ("momentum", 1e-4), ("adam", 1e-3)])
def test_what_happens_to_the_gradient_before_the_rule(rule, lr, options, before):
    run = gdtui.descend("himmelblau", rule, start=STARTS["himmelblau"], steps=300, lr=lr, **options)
    expected = descend(FUNCTIONS["himmelblau"], RULES[rule], STARTS["himmelblau"], 300, before=before, lr=lr)
    assert gap(run.params, expected) < 1e-12
    raw = np.array([FUNCTIONS["himmelblau"](p)[1] for p in run.params])
    assert gap(run.grad, raw) < 1e-12  # the gradient stays the objective's, also of a maximization


def test_names_of_rules():
    assert resolve_rule("sgd")[0] is resolve_rule("GD")[0] is resolve_rule("gradient_descent")[0] is BY_NAME["gd"]
    assert resolve_rule("adam:beta1=0.8,lr=0.05") == (BY_NAME["adam"], {"beta1": "0.8", "lr": "0.05"})
    assert resolve_schedule("inverse_sqrt")[0].name == "inverse-sqrt"
    with pytest.raises(ParameterError, match="did you mean adam"):
        resolve_rule("adamm")
    with pytest.raises(ParameterError, match="did you mean cosine"):
        resolve_schedule("cosin")
    for options, message in [
        ({"optimizer": "adam:beta3=1"}, "did you mean"),
        ({"optimizer": "adam", "beta1": 1.5}, "beta1 is from 0 to 1; 1.5 is outside"),
        ({"optimizer": "adam", "momentum": 0.9}, "adam has no parameter 'momentum'"),
        ({"lr": "fast"}, "lr is a number"),
        ({"lr": math.nan}, "lr is from 0"),
        ({"lr": "1e999"}, "lr is from 0"),
        ({"clip_norm": -1}, "clip_norm is from"),
        ({"schedule": "step:size=2.5"}, "size is a whole number"),
        ({"schedule": "step:gamma"}, "there is no schedule"),
        ({"seed": -1}, "seed is a whole number"),
        ({"seed": 2**64}, "seed is a whole number"),
        ({"seed": True}, "seed is a whole number"),
        ({"steps": -1}, "steps is from 0"),
        ({"steps": 2.5}, "steps is a whole number"),
        ({"gtol": math.inf}, "gtol is from 0"),
        ({"patience": 0}, "patience is from 1"),
    ]:
        with pytest.raises(ParameterError, match=message):
            gdtui.descend("sphere", **options)


@pytest.mark.parametrize("rule", [r for r in BY_NAME.values() if r.stability], ids=lambda r: r.name)
def test_the_stability_limit_holds(rule):
    """On a parabola: shrinking just below the stated lr·λ, growing just above it."""
    from gdtui.formula import graph
    from gdtui.formula.language import Scope, parse

    names = {p.name: graph.constant(p.default) for p in rule.hyperparameters}
    limit = parse(rule.stability, Scope(names)).known
    curvature = 4.0
    below = gdtui.descend("2*x**2", rule.name, start=1.0, lr=0.98 * limit / curvature, steps=2000)
    above = gdtui.descend("2*x**2", rule.name, start=1.0, lr=1.02 * limit / curvature, steps=2000)
    assert abs(below.params[-1, 0]) < 1e-3
    assert above.status == "diverged"
