"""Stability limits: that they hold on quadratics, for plain rules and for those that divide by a preconditioner."""

from dataclasses import replace

import numpy as np
import pytest

import gdtui
from gdtui.analysis.curvature import curvature_at, preconditioner, stability_limit
from gdtui.descent.run import begin
from gdtui.descent.setup import prepare
from gdtui.optimizers.catalogue import BY_NAME, RULES
from gdtui.optimizers.pipeline import Pipeline

LIMITED = [rule for rule in RULES if rule.stability]
PLAIN = [rule for rule in LIMITED if not rule.preconditioner]
DIVIDED = [rule for rule in LIMITED if rule.preconditioner]


def limit_of(rule, **values):
    return stability_limit(Pipeline(rule), {p.name: p.default for p in rule.hyperparameters} | values)


def at_end(run):
    branch = run.session.branch
    return curvature_at(run.session.setup.objective, branch.row(run.steps), branch.row(run.steps - 1))


def test_the_rules_that_have_a_limit():
    assert {rule.name for rule in PLAIN} == {"gd", "momentum", "nesterov", "nesterov-lookahead", "qhm"}
    assert {"adam", "adamw", "amsgrad", "adamax", "radam", "rmsprop", "adagrad"} <= {rule.name for rule in DIVIDED}
    assert limit_of(BY_NAME["adam"]) == pytest.approx(38)
    assert limit_of(BY_NAME["momentum"]) == pytest.approx(3.8)
    assert limit_of(BY_NAME["gd"]) == 2


@pytest.mark.parametrize("rule", PLAIN, ids=lambda r: r.name)
def test_the_stability_limit_holds(rule):
    """On a parabola: shrinking just below the stated lr·λ, growing just above it."""
    values = {"momentum": 0.8} if rule.name == "qhm" else {}  # its own 0.999 takes a long time to shrink
    limit = limit_of(rule, **values)
    curvature = 4.0
    below = gdtui.descend("2*x**2", rule.name, start=1.0, lr=0.98 * limit / curvature, steps=2000, **values)
    above = gdtui.descend("2*x**2", rule.name, start=1.0, lr=1.02 * limit / curvature, steps=2000, **values)
    assert abs(below.params[-1, 0]) < 1e-3
    assert above.status == "diverged"
    assert at_end(below).product == pytest.approx(0.98 * limit) and not at_end(below).preconditioned


# With P held still these rules are linear: by an eps or a first S beside which the gradients are nothing.
HELD = {rule.name: {"eps": 1.0} for rule in DIVIDED} | {
    "adagrad": {"initial_accumulator_value": 1.0},
    "adamw": {"eps": 1.0, "weight_decay": 0.0},
    "yogi": {"eps": 1.0, "initial_accumulator_value": 0.0},
    "radam": {"eps": 1.0, "beta2": 0.9},  # its rectification, a part of P, has settled after a hundred steps
}


@pytest.mark.parametrize("rule", DIVIDED, ids=lambda r: r.name)
def test_the_stability_limit_of_what_is_divided_holds(rule):
    """From 1e-200: shrinking just below the stated lr·λ(P⁻¹H), growing just above it."""
    limit = limit_of(rule)
    probe = at_end(gdtui.descend("2*x**2", rule.name, lr=1e-3, start=1e-200, steps=400, **HELD[rule.name]))
    for factor in (0.98, 1.02):
        lr = 1e-3 * factor * limit / probe.product
        run = gdtui.descend("2*x**2", rule.name, lr=lr, start=1e-200, steps=600, **HELD[rule.name])
        found = at_end(run)
        assert found.preconditioned and found.product == pytest.approx(factor * limit, rel=1e-3)
        early, late = np.abs(run.params[300:350]).max(), np.abs(run.params[-50:]).max()
        assert late < 0.5 * early if factor < 1 else late > 2 * early


@pytest.mark.parametrize(
    ("rule", "options"),
    [
        ("adam", {"beta2": 0.99, "eps": 1e-12}),
        ("adamw", {"beta2": 0.99, "eps": 1e-12, "weight_decay": 0.0}),
        ("adamax", {"beta2": 0.99, "eps": 1e-12}),
        ("rmsprop", {"alpha": 0.9, "lr": 0.02}),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_adam_and_its_kin_sit_at_the_limit(rule, options):
    """Where the gradient fades P fades with it, until lr·λ(P⁻¹H) is at the limit; there it stays (Cohen et al.)."""
    run = gdtui.descend("(5*x**2 + y**2)/2", rule, **{"start": (1.0, 1.0), "lr": 0.1, "steps": 3000} | options)
    branch, objective = run.session.branch, run.session.setup.objective
    found = [curvature_at(objective, branch.row(k), branch.row(k - 1)) for k in range(2000, 3001, 5)]
    assert np.mean([f.product / f.limit for f in found]) == pytest.approx(1.0, abs=0.05)
    assert run.loss[-1] < run.loss[0]


def test_the_preconditioner_is_the_rules_own_division():
    run = gdtui.descend("himmelblau", "adam", lr=0.1, steps=20)
    row = run.session.branch.row(20)
    v = run.terms["v"][20]
    assert preconditioner(row) == pytest.approx((1 - 0.9**20) * (np.sqrt(v / (1 - 0.999**20)) + 1e-8), rel=1e-12)
    hessian = run.session.setup.objective.hessian(run.params[20])
    eigenvalues = np.linalg.eigvals(np.diag(1 / preconditioner(row)) @ hessian)
    found = curvature_at(run.session.setup.objective, row, run.session.branch.row(19))
    assert found.product == pytest.approx(0.1 * eigenvalues.real.max(), rel=1e-10)
    start = run.session.branch.row(0)
    first = curvature_at(run.session.setup.objective, start, None)
    assert first.product is None and first.limit == pytest.approx(38) and preconditioner(start) is None


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.name)
def test_a_row_is_judged_by_the_rule_that_made_it(rule):
    session = begin(prepare("himmelblau", "momentum:momentum=0.5", settings={"lr": 0.001}))
    session.advance(5)
    session.change(session.setup.with_pipeline(replace(session.setup.pipeline, rule=rule)))
    old = curvature_at(session.setup.objective, session.row, session.branch.row(4))
    assert old.limit == pytest.approx(3.0) and old.product == pytest.approx(0.001 * old.largest)
    assert session.step()
    new = curvature_at(session.setup.objective, session.row, session.branch.row(5))
    kept = {p.name: 0.5 for p in rule.hyperparameters if p.name == "momentum"}  # what was set survives the change
    assert new.limit == (pytest.approx(limit_of(rule, **kept)) if rule.stability else None)
    assert new.preconditioned == (rule.preconditioner is not None)
