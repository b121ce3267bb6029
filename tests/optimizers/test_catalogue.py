"""Every rule, clipping and decay against loops that were written from torch's documentation."""

import math

import numpy as np
import pytest

import gdtui
from gdtui.formula.parameter import ParameterError
from gdtui.optimizers.catalogue import ALIASES, BY_NAME, RULES
from gdtui.optimizers.resolve import resolve_rule, resolve_schedule
from tests.optimizers import independent
from tests.optimizers.conformance import FED, FED_START, SETTINGS, STARTS, STEPS, fed, gap, gradients, label, tolerance
from tests.optimizers.independent import FUNCTIONS, descend

IDS = [label(*setting) for setting in SETTINGS]


def test_every_rule_is_compared_at_its_defaults_and_at_others():
    compared = {name for name, _ in SETTINGS}
    assert compared == set(BY_NAME) == set(independent.RULES)
    for rule in RULES:
        turned = {key for name, options in SETTINGS if name == rule.name for key in options}
        # Of alpha, beta1 and the like at least one is turned; where there is lr alone, that is turned twice.
        assert turned - {"lr"} or {p.name for p in rule.hyperparameters} <= {"lr"} | {"initial"}, rule.name


@pytest.mark.parametrize("objective", FUNCTIONS)
@pytest.mark.parametrize(("rule", "options"), SETTINGS, ids=IDS)
def test_a_thousand_steps_are_the_papers(rule, options, objective):
    run = gdtui.descend(objective, rule, start=STARTS[objective], steps=STEPS, **options)
    expected = descend(FUNCTIONS[objective], independent.RULES[rule], STARTS[objective], STEPS, **options)
    # rprop comes to rest in a cycle before the last step; its rows up to there are compared.
    assert len(run.params) == STEPS + 1 or (rule == "rprop" and "cycles" in run.reason and run.steps > 100)
    assert gap(run.params, expected[: len(run.params)]) < tolerance(rule, objective)
    losses, slopes = zip(*(FUNCTIONS[objective](p) for p in run.params), strict=True)
    assert gap(run.loss, np.array(losses)) < 1e-12 and gap(run.grad, np.array(slopes)) < 1e-11


@pytest.mark.parametrize(
    ("rule", "options"), [s for s in SETTINGS if s[0] in FED], ids=lambda v: v if isinstance(v, str) else "-".join(v)
)
def test_a_thousand_given_gradients_lead_where_the_papers_do(rule, options):
    sequence = iter(gradients())
    expected = descend(lambda p: (0.0, next(sequence)), independent.RULES[rule], FED_START, STEPS, **options)
    assert gap(fed(rule, options), expected) < 1e-12


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
@pytest.mark.parametrize(
    ("rule", "lr"),
    [("gd", 1e-3), ("momentum", 1e-4), ("adam", 1e-3), ("asgd", 1e-3), ("adan", 1e-3), ("qhm", 1e-3),
     ("adadelta", 0.1)],
)  # fmt: skip
def test_what_happens_to_the_gradient_before_the_rule(rule, lr, options, before):
    run = gdtui.descend("himmelblau", rule, start=STARTS["himmelblau"], steps=300, lr=lr, **options)
    own = independent.RULES[rule]
    expected = descend(FUNCTIONS["himmelblau"], own, STARTS["himmelblau"], 300, before=before, lr=lr)
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


BEFORE = [{"clip_norm": 1.0, "weight_decay": 0.01, "schedule": "cosine"}, {"maximize": True}]


@pytest.mark.parametrize("options", BEFORE, ids=["clipped", "ascending"])
@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.name)
def test_every_rule_runs_in_any_dimension_with_all_that_comes_before_it(rule, options):
    if rule.name == "polyak":
        with pytest.raises(ParameterError, match=r"has no lr to be scheduled|cannot go up to a maximum"):
            gdtui.descend("sphere", rule.name, **options)
        options = {"clip_norm": 1.0, "weight_decay": 0.01}
    for objective in ("quartic", "himmelblau", "rosenbrock:dim=7", "sphere:dim=30"):
        run = gdtui.descend(objective, rule.name, steps=5, **options)
        assert run.steps == 5 or "cycles" in run.reason  # signs alone lead back to where they came from
        assert np.isfinite(run.params).all() and not np.array_equal(run.params[0], run.params[1])


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.name)
def test_the_defaults_descend(rule):
    """On Himmelblau, as the explorer opens. Newton's method climbs to the maximum nearby, as its help says."""
    run = gdtui.descend("himmelblau", rule.name, steps=1000)
    assert run.status in ("max_steps", "stalled")
    if rule.name == "newton":
        assert run.loss[-1] > run.loss[0] and np.abs(run.grad[-1]).max() < 1e-9
    else:
        assert run.loss[-1] < 0.5 and run.loss[-1] < 0.003 * run.loss[0]


def test_what_looks_elsewhere_is_clipped_decayed_and_turned_there():
    def prepared(at):
        """The objective whose gradient is the clipped, decayed one of another."""
        return lambda p: (at(p)[0], clip_norm(2.0)(at(p)[1], p) + 0.1 * p)

    options = {"clip_norm": 2.0, "weight_decay": 0.1, "lr": 1e-3}
    for rule in ("nesterov-lookahead", "sam"):
        run = gdtui.descend("himmelblau", rule, start=STARTS["himmelblau"], steps=300, **options)
        other = prepared(FUNCTIONS["himmelblau"])
        expected = descend(other, independent.RULES[rule], STARTS["himmelblau"], 300, lr=1e-3)
        assert gap(run.params, expected) < 1e-12
    up = gdtui.descend("-(x**2 + 3*y**2)", "newton", start=(1.0, 2.0), steps=3, maximize=True)
    assert up.params[1] == pytest.approx([0.0, 0.0], abs=1e-15)
    for rule in ("nesterov-lookahead", "sam", "damped-newton"):
        run = gdtui.descend("-(x**2 + 3*y**2)", rule, start=(1.0, 2.0), lr=0.01, steps=100, maximize=True)
        assert run.loss[-1] > run.loss[0]


def test_the_average_is_that_of_the_iterates():
    run = gdtui.descend("himmelblau", "asgd:t0=3", lr=1e-3, steps=50)
    assert run.terms["average"][1:6] == pytest.approx(run.params[1:6], rel=1e-15)  # torch counts one step late
    assert run.terms["average"][50] == pytest.approx(run.params[5:].mean(axis=0), rel=1e-12)
    free = gdtui.descend("himmelblau", "schedule-free", lr=1e-3, steps=50)
    assert free.terms["x_bar"][50] == pytest.approx(free.terms["z"][1:].mean(axis=0), rel=1e-12)


def test_noise_is_the_seeds_and_the_steps():
    one, same, other = (gdtui.descend("himmelblau", "noisy-gd", seed=s, steps=20).params for s in (1, 1, 2))
    assert np.array_equal(one, same) and not np.array_equal(one[1], other[1])


def test_every_rule_says_where_it_is_from_and_what_it_teaches():
    for rule in RULES:
        assert rule.reference and rule.convention and rule.help and rule.label, rule.name
        assert all(p.help for p in rule.hyperparameters), rule.name
    assert not set(ALIASES) & set(BY_NAME) and set(ALIASES.values()) <= set(BY_NAME)
