"""The factor of a step, from a rule's equations, against what simulated quadratics do."""

import math
from dataclasses import replace

import numpy as np
import pytest

import gdtui
from gdtui.analysis import recurrence
from gdtui.analysis.curvature import curvature_at
from gdtui.descent.program import program
from gdtui.objectives.catalogue import BY_NAME as OBJECTIVES
from gdtui.optimizers.catalogue import BY_NAME, RULES
from gdtui.optimizers.pipeline import Pipeline
from gdtui.optimizers.resolve import resolve_rule


def growth(rule, *arguments):
    return recurrence.growth(program(OBJECTIVES["square"], Pipeline(rule)), *arguments)


def values_of(name, **values):
    return {p.name: p.default for p in BY_NAME[name].hyperparameters} | values


def roots_of(name, curvature, **values):
    return growth(BY_NAME[name], values_of(name, **values), np.array([curvature]))[0]


def measured(name, curvature, **values):
    """The growth a step over steps 100 to 300 of a run on λx²/2.

    Of two roots r, s three consecutive x give det = x₀x₂ − x₁², which grows by r·s a step: for complex ones |r|².
    """
    options = {"constants": {"a": curvature}, "start": 1.0, "steps": 300, "diverge_at": 1e300}
    run = gdtui.descend("0.5*a*x**2", name, **options, **values)
    x = run.params[:, 0]
    first, last = (x[k] * x[k + 2] - x[k + 1] ** 2 for k in (98, 298))
    roots = roots_of(name, curvature, **values)
    if len(roots) == 2 and roots[0].imag:
        return math.exp(math.log(last / first) / 400)
    return math.exp(math.log(abs(x[300] / x[100])) / 200)


DRAWN = np.random.Generator(np.random.Philox(key=7)).random((8, 3))


@pytest.mark.parametrize("drawn", DRAWN, ids=range(len(DRAWN)))
@pytest.mark.parametrize("name", ["gd", "momentum", "nesterov", "nesterov-lookahead"])
def test_the_stated_factor_is_the_measured_one(name, drawn):
    share, lr, momentum = float(drawn[0]), 10 ** float(-2 + 2 * drawn[1]), float(0.5 + 0.4 * drawn[2])
    limit = {"gd": 2.0, "momentum": 2 + 2 * momentum}.get(name, 2 * (1 + momentum) / (1 + 2 * momentum))
    # From gentle to a little above the limit; in the middle x would be 0 before the 300th step.
    curvature = (0.02 + 0.46 * share if share < 0.5 else 0.33 + 0.84 * share) * limit / lr
    values = {"lr": lr} if name == "gd" else {"lr": lr, "momentum": momentum}
    stated = abs(roots_of(name, curvature, **values)[0])
    assert measured(name, curvature, **values) == pytest.approx(stated, abs=1e-6)
    assert (stated > 1) == (lr * curvature > limit)


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("product", [-0.3, 0.05, 0.7, 1.4, 3.0])
def test_the_roots_are_those_of_the_known_polynomials(momentum, product):
    known = {
        "momentum": [1, -(1 + momentum - product), momentum],
        "nesterov": [1, -(1 + momentum) * (1 - product), momentum * (1 - product)],
        "nesterov-lookahead": [1, -(1 + momentum) * (1 - product), momentum * (1 - product)],
    }
    for name, polynomial in known.items():
        found = roots_of(name, product / 0.1, lr=0.1, momentum=momentum)
        expected = np.roots(polynomial)
        assert np.sort(np.abs(found)) == pytest.approx(np.sort(np.abs(expected)), abs=1e-7)
        assert found.sum() == pytest.approx(-polynomial[1], abs=1e-12)
        assert abs(found[0]) >= abs(found[1])
    assert roots_of("gd", product / 0.1, lr=0.1) == pytest.approx([1 - product])
    damped = roots_of("momentum", product / 0.1, lr=0.1, momentum=momentum, dampening=0.5)
    assert damped.sum() == pytest.approx(1 + momentum - 0.5 * product, abs=1e-12)


def test_only_rules_that_are_linear_have_a_factor():
    """sign, division by what moves, a step that changes with t, another look at the loss: none is claimed."""
    linear = {rule.name for rule in RULES if growth(rule, values_of(rule.name), np.array([1.0])) is not None}
    assert linear == {"gd", "momentum", "nesterov", "nesterov-lookahead", "qhm"}


@pytest.mark.parametrize(
    ("equations", "roots"),
    [
        ("v = momentum*v + g\ndelta = -lr*v\ntheta = theta + delta", np.roots([1, -(1.5 - 0.4), 0.5])),
        ("theta = 0.9*theta - lr*g + 0.3", [0.9 - 0.4]),
        ("theta = theta - lr*where(t == 1, 0*g, g)", [1 - 0.4]),
        ("u = theta - 0.1*g\ntheta = theta - lr*grad(u)", [1 - 0.4 * (1 - 0.1 * 4)]),
        ("theta = theta - lr*grad(grad(theta))", [1 - 0.1 * 4 * 4]),
        ("theta = theta - lr*g/t", None),
        ("theta = theta - lr*prev(g)", None),
        ("theta = theta - lr*g*loss", None),
        ("theta = theta - lr*g*g", None),
        ("theta = theta - lr*where(g > 0, g, 2*g)", None),
        ("theta = theta - lr*sign(g)", None),
        ("theta = theta - lr*g + 0.1*normal()", None),
        ("s = 0.9*s + norm(g)\ntheta = theta - lr*g*s", None),
    ],
)
def test_a_rule_of_ones_own_has_one_too(tmp_path, equations, roots):
    file = tmp_path / "mine.toml"
    file.write_text(f'equations = """\n{equations}\n"""\n[hyperparameters]\nlr = 0.1\nmomentum = 0.5\n')
    rule, _ = resolve_rule(str(file))
    found = growth(rule, {"lr": 0.1, "momentum": 0.5}, np.array([4.0]))
    if roots is None:
        assert found is None
    else:
        assert np.sort_complex(found[0]) == pytest.approx(np.sort_complex(np.array(roots, dtype=complex)))


def test_a_rule_that_changes_at_a_step_is_taken_as_it_is_at_the_step_asked_for(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('equations = "theta = theta - where(t > 100, 0.1, 1)*lr*g"\n[hyperparameters]\nlr = 0.1\n')
    rule, _ = resolve_rule(str(file))
    early, late = (growth(rule, {"lr": 0.1}, np.array([4.0]), t)[0, 0] for t in (100, 101))
    assert early == pytest.approx(1 - 0.4) and late == pytest.approx(1 - 0.04)
    run = gdtui.descend("2*x**2", str(file), start=1.0, lr=0.1, steps=101)
    branch = run.session.branch
    found = [curvature_at(branch.objective, branch.row(k), None).roots[0, 0] for k in (99, 100)]
    assert found == pytest.approx([early, late])
    assert run.params[100] / run.params[99] == pytest.approx(early.real)
    assert run.params[101] / run.params[100] == pytest.approx(late.real)


def test_each_curvature_has_roots_of_its_own():
    many = np.array([-1.0, 0.0, 0.3, 7.0, 50.0])
    together = growth(BY_NAME["nesterov"], values_of("nesterov", lr=0.1), many)
    assert together.shape == (5, 2)
    for roots, curvature in zip(together, many, strict=True):
        assert roots == pytest.approx(roots_of("nesterov", curvature, lr=0.1))


def test_a_line_below_theta_reads_the_theta_before_the_step():
    """Heavy ball by the last θ instead of a momentum: z² − (1 + β − ηλ)z + β."""
    lines = "delta = -lr*g + 0.5*(theta - last)\ntheta = theta + delta\nlast = theta"
    rule = replace(BY_NAME["gd"], name="two-step", equations=lines)
    roots = growth(rule, {"lr": 0.1}, np.array([3.0]), 2)[0]
    assert sorted(roots, key=abs) == pytest.approx(sorted(np.roots([1.0, -(1.5 - 0.3), 0.5]), key=abs))
