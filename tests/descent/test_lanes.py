"""Lanes against single descents: one step from the same row, whole runs, and each way to end."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gdtui
from gdtui.descent.arrays import solved
from gdtui.descent.lanes.descents import Lanes
from gdtui.descent.program import Program
from gdtui.descent.run import begin
from gdtui.descent.setup import prepare
from gdtui.descent.stopping import Stopping
from gdtui.objectives.catalogue import OBJECTIVES
from gdtui.optimizers.catalogue import RULES
from tests.formula.compiling import by_floats

OPTIONS = [{}, {"clip_norm": 1.0, "weight_decay": 0.01, "schedule": "cosine"}, {"clip_value": 0.5, "maximize": True}]
WRITTEN = {
    "newton": "d = solve(hess(), g)\ntheta = theta - lr*d",
    "matrix": "a = dot(g, g)\nd = solve(2*hess() + a*identity() + lr*identity(), g)\n"
    "d2 = d + solve(3*identity(), g)\ntheta = theta - lr*d2",
    "look": "u = theta - lr*g\na = grad(u)\nb = loss_at(u + a)\ntheta = theta - lr*(a + g*where(b < loss, 1, 0.5))",
    "polyak": "delta = -(loss - f_min)/(dot(g, g) + 1e-6)*g*lr\ntheta = theta + delta",
    "past": "d = prev(theta, 3) - prev(theta)\ns = dot(g, prev(g)) + prev(loss, 2) - prev(s)/2\n"
    "q = 0.5*prev(q, 2) + tanh(g)\ntheta = theta - lr*(g + 0.1*d/(1 + abs(s)) + 0.01*q)",
    "noise": "theta = theta - lr*(g + 0.1*normal())",
    "swap": "p = 2*q + p/2\nq = p - q + tanh(g)\na = b\nb = a*0 + g\ntheta = theta - lr*(g + 0.001*(p + a))",
    "parts": "h = where(i < 1, g, 0.5*g)\nc = where(g > 0, minimum(g, 1), maximum(g, -1))\n"
    "r = where(any(abs(g) > 2) and not all(g > 0), 0.5, 1)\nm = (sum(abs(g)) + prod(cos(g)) + mean(g))/3\n"
    "w = (loss**2 + loss**3 + loss**4)**0.25 + norm(theta) + sign(m)*floor(m)\n"
    "theta = theta - lr*(h + c*r + 0.01*tanh(m)*theta/(1 + w))",
    "later": "theta = theta - lr*(g + 0.1*v)\nv = 0.9*v + theta - 1/(1 + t)",
}


FAR = 50.0  # farther out a sine, say, amplifies the rounding of its argument beyond what is compared here


def from_text(tmp_path, equations):
    path = tmp_path / "rule.toml"
    path.write_text(f'equations = """\n{equations}\n"""\n[hyperparameters]\nlr = 0.01\n')
    return str(path)


def starts_of(objective, count, seed=0):
    low, high = np.array(objective.domain).T
    draws = np.random.default_rng(seed).uniform(low, high, (count, objective.dim))
    return np.vstack([objective.start, draws])


def one_step_gap(objective, rule, row, starts, **options):
    """Singles to ``row``, their rows as lanes, one step of each; the largest difference beside the largest number.

    By arrays, which is the reference, against the singles, and by the generated loop against the reference.
    """
    sessions = []
    for start in starts:
        session = begin(prepare(objective, rule, start=start, **options))
        session.advance(row + 1)
        if session.branch.count == row + 2:
            theta = session.branch.quantity("theta", 0, row + 2)
            if np.abs(theta[..., -2:]).max() < FAR:
                sessions.append(session)
    if not sessions:
        return 0.0
    reference = after_a_step(sessions, row, by_arrays=True)
    gaps = [gap(reference, after_a_step(sessions, row))] if sessions[0].setup.program.suits_lanes else []
    singles = {place: flat(sessions[place[0]].branch, place[1], row + 1) for place in reference}
    return max([gap(singles, reference), *gaps])


def after_a_step(sessions, row, by_arrays=False):
    """Rows of singles as lanes, and one step: {(lane, quantity): its value}."""
    setup = sessions[0].setup
    limits = Stopping(steps=row + 2, diverge_at=math.inf)
    begun = np.array([s.setup.start for s in sessions])
    lanes = Lanes(setup.program, setup.values, begun, limits, setup.seed, by_arrays)
    (block,) = lanes.blocks
    factors = {name: by_floats(node, **setup.values) for name, node in lanes.loop.factors.items()}
    for lane, session in enumerate(sessions):
        branch = session.branch
        for name in ("theta", "loss", "grad", *lanes.layout.states):
            lanes.quantity(block, name)[..., lane] = flat(branch, name, row) / factors.get(name, 1.0)
        for name, steps in setup.program.past.items():
            if name not in ("theta", "loss", "grad"):
                lanes.quantity(block, name)[..., lane] = flat(branch, name, row)
            for k in range(1, steps + 1):
                block[f"past {name} {k}"][..., lane] = flat(branch, name, row - k)
    lanes.advance(row, row + 1)
    values = {}
    for lane, session in enumerate(sessions):
        if "hess()" in setup.pipeline.rule.equations:
            hessian = setup.objective.hessian(session.branch.row(row).theta)
            if np.linalg.cond(hessian) > 1e3:  # one step amplifies the rounding in it so much
                continue
        place = np.flatnonzero(block["which"] == lane)
        for name in ("theta", "loss", "grad", *lanes.layout.states) if len(place) else ("theta",):
            value = lanes.quantity(block, name)[..., place[0]] if len(place) else lanes.ends.params[lane]
            values[lane, name] = value * factors.get(name, 1.0)
    return values


def gap(expected, values):
    """The largest difference beside the largest number; of what both have."""
    gaps = [0.0]
    for place in expected.keys() & values.keys():
        far = max(1.0, float(np.abs(expected[place]).max()))
        gaps.append(float(np.abs(values[place] - expected[place]).max()) / far)
    return max(gaps)


def flat(branch, name, row):
    values = branch.history(branch.last)(name, row)
    return values if branch.last.layout.shapes[name] else values[0]


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.name)
def test_one_step_of_a_lane_is_one_of_a_descent(rule):
    for k, objective in enumerate(OBJECTIVES):
        if objective.f_min is None and "f_min" in rule.equations:
            continue
        row, options = (0, 1, 7)[k % 3], OPTIONS[k // 3 % 3]
        unfit = {"schedule"} - {p.name.replace("lr", "schedule") for p in rule.hyperparameters}
        unfit |= {"maximize"} if "f_min" in rule.equations else set()
        options = {name: value for name, value in options.items() if name not in unfit}
        assert one_step_gap(objective.name, rule.name, row, starts_of(objective, 3), **options) < 1e-12


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("objective", ["himmelblau", "sphere:dim=3", "rosenbrock:dim=25", "six-hump-camel"])
def test_and_of_rules_that_use_all_of_the_language(name, objective, tmp_path):
    rule = from_text(tmp_path, WRITTEN[name])
    starts = starts_of(prepare(objective).objective, 4)
    for row in (0, 1, 2, 6):
        assert one_step_gap(objective, rule, row, starts) < 1e-12


@given(
    rule=st.sampled_from([r.name for r in RULES]),
    objective=st.sampled_from([o.name for o in OBJECTIVES]),
    rate=st.floats(1e-4, 1.0),
    row=st.integers(0, 40),
    seed=st.integers(0, 2**32),
)
def test_and_at_any_rate_from_any_row(rule, objective, rate, row, seed):
    found = next(o for o in OBJECTIVES if o.name == objective)
    if any(p.name == "lr" for p in next(r for r in RULES if r.name == rule).hyperparameters):
        gap = one_step_gap(objective, rule, row, starts_of(found, 2, seed), settings={"lr": rate})
        assert gap < 1e-12


AMPLIFYING = ("polyak", "barzilai-borwein", "nadam")
"""Rules whose steps are quotients of what vanishes: of two runs that differ in the last bit one soon goes elsewhere."""
TAME = ["bowl", "himmelblau", "easom", "sphere:dim=30"]


@pytest.mark.parametrize(
    "options",
    [
        {"gtol": 1e-2},
        {"gtol": 1e-2, "patience": 15, "min_delta": 1e-3},
        {"patience": 9, "min_delta": 1e-9},  # not by the last bits, which a power may have otherwise in arrays
        {"diverge_at": 30.0},
        {"gtol": 0.5, "diverge_at": 1e20, "clip_norm": 0.5},
    ],
    ids=lambda o: "-".join(o),
)
@pytest.mark.parametrize("rule", [r for r in RULES if r.name not in AMPLIFYING], ids=lambda r: r.name)
def test_each_lane_ends_where_its_descent_ends(rule, options):
    for objective in TAME:
        starts = starts_of(prepare(objective).objective, 3, 1)
        try:
            many = gdtui.descend_many(objective, rule.name, starts=starts, steps=120, **options)
        except ValueError as refused:
            assert "reads" in str(refused)
            continue
        for lane, start in enumerate(starts):
            one = gdtui.descend(objective, rule.name, start=start, steps=120, **options)
            assert (many.status[lane], many.steps[lane]) == (one.status, one.steps)
            assert many.params[lane] == pytest.approx(one.params[-1], rel=1e-6, abs=1e-8)
            assert many.loss[lane] == pytest.approx(one.loss[-1], rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("rule", [r for r in RULES if r.name not in AMPLIFYING], ids=lambda r: r.name)
def test_whole_runs_by_generated_loops_and_by_arrays(rule, monkeypatch):
    lengths = {"gtol": 1e-2, "patience": 15, "min_delta": 1e-3, "diverge_at": 30.0, "steps": 60}
    for objective in TAME:
        starts = starts_of(prepare(objective).objective, 5, 2)
        with monkeypatch.context() as patched:
            generated = gdtui.descend_many(objective, rule.name, starts=starts, **lengths)
            patched.setattr(Program, "suits_lanes", False)
            by_arrays = gdtui.descend_many(objective, rule.name, starts=starts, **lengths)
        assert generated.steps.tolist() == by_arrays.steps.tolist()
        assert generated.status.tolist() == by_arrays.status.tolist()
        assert generated.params == pytest.approx(by_arrays.params, rel=1e-6, abs=1e-8)


def test_blocks_and_what_is_left_of_them(monkeypatch):
    """Many more lanes than a block holds, ending one by one: each is where it would be alone."""
    starts = np.random.default_rng(3).uniform(-5, 5, (700, 2))
    whole = gdtui.descend_many("himmelblau", "adam", starts=starts, lr=0.1, gtol=1e-3, steps=600)
    monkeypatch.setattr("gdtui.descent.lanes.descents._NUMBERS", 128)
    parts = gdtui.descend_many("himmelblau", "adam", starts=starts, lr=0.1, gtol=1e-3, steps=600)
    assert len(set(whole.steps.tolist())) > 80
    assert (whole.steps == parts.steps).all() and (whole.status == parts.status).all()
    assert (whole.params == parts.params).all()
    for lane in range(0, 700, 35):
        one = gdtui.descend("himmelblau", "adam", start=starts[lane], lr=0.1, gtol=1e-3, steps=600)
        assert (one.status, one.steps) == (whole.status[lane], whole.steps[lane])


def test_every_way_to_end_side_by_side():
    starts = [1.8, 1.8, 1e30, 0.0, 0.001, 1.8]
    runs = gdtui.descend_many("x**2", starts=starts, lr=[0.1, 1.0, 0.1, 0.1, 0.1, 1.1], gtol=0.01, steps=800)
    assert runs.status.tolist() == ["converged", "stalled", "diverged", "converged", "converged", "diverged"]
    for lane, (start, lr) in enumerate(zip(starts, runs.hyperparameters["lr"], strict=True)):
        one = gdtui.descend("x**2", start=start, lr=lr, gtol=0.01, steps=800)
        assert (one.status, one.steps) == (runs.status[lane], runs.steps[lane])
        assert one.params[-1] == pytest.approx(runs.params[lane], rel=1e-12)


def test_what_is_not_finite():
    starts = [0.5, 2.0, 1.5, -1.0]
    runs = gdtui.descend_many("log(x)", starts=starts, lr=1.0, steps=50)
    for lane, start in enumerate(starts):
        one = gdtui.descend("log(x)", start=start, lr=1.0, steps=50)
        assert (one.status, one.steps) == (runs.status[lane], runs.steps[lane])
        assert one.params[-1] == pytest.approx(runs.params[lane], rel=1e-12)
    assert set(runs.status.tolist()) == {"non_finite"}


def test_a_term_that_is_infinite_and_does_not_show_ends_no_lane(tmp_path):
    """a is 1/0 at t = 3 + k in lane k, and theta does not read it; v runs to infinity under a division."""
    rule = from_text(tmp_path, "a = 1/(3 + lr - t)\nv = v*v*1e90 + 1\ntheta = theta - 0.1*g/(1 + v)")
    runs = gdtui.descend_many("sphere", rule, starts=[(1.0, 2.0)] * 3, lr=[0.0, 1.0, 5.0], steps=20)
    ones = [gdtui.descend("sphere", rule, start=(1.0, 2.0), lr=lr, steps=20) for lr in (0.0, 1.0, 5.0)]
    assert runs.steps.tolist() == [one.steps for one in ones] == [20] * 3
    assert runs.status.tolist() == [one.status for one in ones] == ["max_steps"] * 3


@pytest.mark.parametrize(("rule", "settings"), [("adam", {}), ("amsgrad", {}), ("adamw", {"weight_decay": 1.0})])
def test_a_gradient_whose_square_is_out_of_range(rule, settings):
    """A state becomes infinite: at the start, in the midst, where decay goes on. Only what reaches theta ends it."""
    steep = "where(x > 1 and x < 1.1, 1e-10*sin(1e85*1e85*x), (x - 3)**2) + y**2"
    starts = [(-2.0, 0.0), (0.9, 0.1), (1.05, 0.0), (-3.0, 1.0), (4.0, 0.0)]
    runs = gdtui.descend_many(steep, rule, starts=starts, lr=0.05, steps=300, **settings)
    ones = [gdtui.descend(steep, rule, start=start, lr=0.05, steps=300, **settings) for start in starts]
    assert runs.steps.tolist() == [one.steps for one in ones]
    assert runs.status.tolist() == [one.status for one in ones]
    assert runs.params == pytest.approx(np.array([one.params[-1] for one in ones]), rel=1e-12)


@pytest.mark.parametrize("multiple", [
    "v/(3 - t)**2", "v/(1 - beta2**t)", "v*exp(100*t)", "v/log(t)", "v*sqrt(3 - t)", "v*log(3 - t)", "v*big*big",
])  # fmt: skip
@pytest.mark.parametrize("settings", [{}, {"beta2": 1.0}, {"big": 1e200}])
def test_a_multiple_of_an_average_that_is_not_finite(tmp_path, multiple, settings):
    """The number in it is; the average is not far from anything."""
    path = tmp_path / "rule.toml"
    equations = f"v = beta2*v + (1 - beta2)*big*g**2\nv_hat = {multiple}\nh = where(v_hat > 1, g, 0.5*g)"
    path.write_text(f'equations = """\n{equations}\ntheta = theta - lr*h/(sqrt(v_hat) + 1)"""\n[hyperparameters]\n'
                    "lr = 0.01\nbeta2 = {default = 0.999, low = 0.0, high = 1.0}\nbig = 1.0\n")  # fmt: skip
    given = {"lr": 1e-4, "steps": 30, **settings}
    one = gdtui.descend("himmelblau", str(path), start=(-3.0, 2.0), **given)
    many = gdtui.descend_many("himmelblau", str(path), starts=[(-3.0, 2.0)], **given)
    assert (one.status, one.steps) == (many.status[0], many.steps[0])


@pytest.mark.parametrize("settings", [{"beta2": 1.0}, {"beta1": 1.0}, {"beta1": 0.0, "beta2": 0.0}])
def test_averages_at_the_ends_of_their_range(settings):
    many = gdtui.descend_many("himmelblau", "adam", starts=[(0.0, 0.0), (-3.0, 2.0)], lr=0.05, steps=60, **settings)
    for lane, start in enumerate([(0.0, 0.0), (-3.0, 2.0)]):
        one = gdtui.descend("himmelblau", "adam", start=start, lr=0.05, steps=60, **settings)
        assert (one.status, one.steps) == (many.status[lane], many.steps[lane])
        if one.status != "non_finite":
            assert one.params[-1] == pytest.approx(many.params[lane], rel=1e-12)


@pytest.mark.parametrize("settings", [{"alpha": 1.0}, {"alpha": 0.0}, {"alpha": 1.0, "eps": 1e-300}, {"alpha": 1.5}])
@pytest.mark.parametrize("root", ["sqrt(v) + eps", "eps - sqrt(v)", "2*sqrt(3*v)", "sqrt((1 - alpha)*v) + eps"])
def test_the_root_of_an_average_that_counts_for_nothing_or_less(tmp_path, root, settings):
    """√(s·M) is √s·√M, but not where s is 0, nor where s and M are negative."""
    path = tmp_path / "rule.toml"
    path.write_text(f'equations = """\nv = alpha*v + (1 - alpha)*g**2\ntheta = theta - lr*g/({root})\n"""\n'
                    "[hyperparameters]\nlr = 1e-9\neps = 1e-8\n"
                    "alpha = {default = 0.9, low = 0.0, high = 2.0}\n")  # fmt: skip
    starts = [(0.0, 0.0), (-3.0, 2.0)]
    many = gdtui.descend_many("himmelblau", str(path), starts=starts, steps=9, **settings)
    ones = [gdtui.descend("himmelblau", str(path), start=start, steps=9, **settings) for start in starts]
    assert [(one.status, one.steps) for one in ones] == list(zip(many.status, many.steps, strict=True))
    assert many.params == pytest.approx(np.array([one.params[-1] for one in ones]), rel=1e-12, nan_ok=True)


def test_the_root_of_a_product_of_which_both_factors_are_negative_or_zero(tmp_path):
    rule = from_text(tmp_path, "theta = theta - lr*g/(2 + sqrt((t - 4)*(0.5*g - 0.5*abs(g) - 1)))")
    starts = [(-3.0, 2.0), (4.0, 1.0)]
    for steps in (2, 3, 4, 5):
        many = gdtui.descend_many("himmelblau", rule, starts=starts, steps=steps)
        ones = [gdtui.descend("himmelblau", rule, start=start, steps=steps) for start in starts]
        assert many.status.tolist() == [one.status for one in ones] == ["max_steps" if steps < 5 else "non_finite"] * 2
        assert many.params == pytest.approx(np.array([one.params[-1] for one in ones]), rel=1e-12, nan_ok=True)


SHARED = [
    "2*(3*x**2) + sin(3*x**2)",
    "tanh(-3*((0.5 - x)/2) + (((0.5 - x)/2) + -3*((0.5 - x)/2)))",
    "-exp(x) - exp(x)",
    "-(-exp(x)) - exp(x) - exp(x) - sin(-exp(x))",
    "(x/3)*(x/3) + 2*(x/3) + (-(x/3))**2 + sqrt(1 + 4*(x/3)**2)",
    "where(any(x > 1), x**2, x**4) + where(all(x > -1), 1, 2)",
]


@pytest.mark.parametrize("text", SHARED)
def test_a_multiple_that_waits_keeps_its_value_when_what_it_is_of_is_settled(text):
    one = gdtui.descend(text, start=(0.7,), lr=0.01, steps=3)
    many = gdtui.descend_many(text, starts=[(0.7,), (1.4,)], lr=0.01, steps=3)
    assert (many.loss[0], many.params[0, 0]) == pytest.approx((one.loss[-1], one.params[-1, 0]), rel=1e-12)


@pytest.mark.parametrize("equations", [
    "u = 3*(g*g)\ntheta = theta - lr*(2*u + tanh(u))",
    "u = -g - g\ntheta = theta + lr*u",
    "theta = theta - lr*grad(-(g*g)/100)",
    "d = norm(g)\ntheta = theta - lr*where(any(d > 3), g, 2*g)",
    "theta = theta - lr*g*norm(normal())",
    "theta = theta - lr*g*(normal()[0] + dot(normal(), normal()) + sum(normal())*mean(i_of))",
    "m = g\ntheta = theta - lr*m",
])  # fmt: skip
def test_rules_that_share_their_parts_and_draw_numbers(tmp_path, equations):
    path = tmp_path / "rule.toml"
    init = "[init]\nm = 0.0\n" if equations.startswith("m = ") else ""
    text = equations.replace("i_of", "g - g + 1")
    path.write_text(f'equations = """\n{text}\n"""\n[hyperparameters]\nlr = 0.01\n{init}')
    options = {"dim": 3, "steps": 3, "seed": 5}
    one = gdtui.descend("sum(x**2) + sum(x)**2", str(path), start=(1.0, 2.0, 3.0), **options)
    many = gdtui.descend_many("sum(x**2) + sum(x)**2", str(path), starts=[(1.0, 2.0, 3.0)] * 2, **options)
    assert many.params[1] == pytest.approx(one.params[-1], rel=1e-12)


@settings(max_examples=150)
@given(data=st.data())
def test_random_sums_and_products_of_shared_parts(data):
    """Negated and multiplied parts, each read in several places: what settles one must not move another."""
    parts = ["x", "exp(x)", "(x*x)"]
    for _ in range(data.draw(st.integers(2, 5))):
        one, other = (data.draw(st.sampled_from(parts)) for _ in "ab")
        form = data.draw(st.sampled_from(
            ["(-{a})", "(3*{a})", "({a}/4)", "({a} + {b})", "(-{a} - {b})", "({a}*{b})", "tanh({a})", "(2*{a} + {b})",
             "sqrt(1 + {a}**2)", "({a} - {b})"]))  # fmt: skip
        parts.append(form.format(a=one, b=other))
    text = " + ".join(parts[-3:])
    one = gdtui.descend(text, start=(0.3,), lr=1e-3, steps=2)
    many = gdtui.descend_many(text, starts=[(0.3,), (0.31,)], lr=1e-3, steps=2)
    assert many.status[0] == one.status
    assert (many.loss[0], many.params[0, 0]) == pytest.approx((one.loss[-1], one.params[-1, 0]), rel=1e-9)


def test_cycles_end_and_standing_still_does_not():
    starts = np.array([1.8, 0.0, 0.3, 5.0])
    runs = gdtui.descend_many("x**2", starts=starts, lr=1.0, steps=100)
    ones = [gdtui.descend("x**2", start=s, lr=1.0, steps=100) for s in starts]
    assert runs.status.tolist() == [one.status for one in ones] == ["stalled", "max_steps", "stalled", "stalled"]
    assert runs.steps.tolist() == [one.steps for one in ones]
    text = "where(x < 1.5, -x, where(x < 2.5, -x, 2*x))"
    three = gdtui.descend_many(text, starts=[1.0, 1.1], lr=1.0, steps=500)
    assert three.steps.tolist() == [gdtui.descend(text, start=s, lr=1.0, steps=500).steps for s in (1.0, 1.1)]
    assert three.status[0] == "stalled"


def test_a_plain_is_flat():
    for options in ({"steps": 200}, {"gtol": 1e-6}, {"steps": 50, "gtol": 1e-9}):
        runs = gdtui.descend_many("easom", starts=[(-1.5, -1.5), (3.0, 3.3)], lr=0.2, **options)
        ones = [gdtui.descend("easom", start=s, lr=0.2, **options) for s in ((-1.5, -1.5), (3.0, 3.3))]
        assert runs.status.tolist() == [one.status for one in ones]
        assert runs.status[0] == "stalled"


def test_one_step_and_none():
    none = gdtui.descend_many("sphere", starts=[(1.0, 2.0), (3.0, 4.0)], steps=0)
    assert none.steps.tolist() == [0, 0] and none.status.tolist() == ["max_steps"] * 2
    assert none.loss.tolist() == [5.0, 25.0]
    one = gdtui.descend_many("sphere", starts=[(1.0, 2.0)], lr=0.25, steps=1)
    assert one.params.tolist() == [[0.5, 1.0]] and one.steps.tolist() == [1]


def test_a_singular_system_ends_its_own_lane_alone():
    system = np.array([[[1.0, 1.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 1.0]]])  # the second lane's is singular
    found = solved(system, np.array([[2.0, 1.0], [3.0, 1.0]]))
    assert found[:, 0].tolist() == [2.0, 3.0] and np.isnan(found[:, 1]).all()
    shared = solved(system, np.array([[2.0], [3.0]]))  # a side that is the same in all lanes
    assert shared[:, 0].tolist() == [2.0, 3.0] and np.isnan(shared[:, 1]).all()
