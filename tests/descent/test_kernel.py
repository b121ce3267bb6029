"""One step by floats and by arrays; what happens when floats raise; one's own functions."""

import math

import numpy as np
import pytest

import gdtui
from gdtui.descent.arrays import ArrayStep
from gdtui.descent.run import begin
from gdtui.descent.setup import prepare
from gdtui.objectives.catalogue import OBJECTIVES
from gdtui.optimizers.catalogue import BY_NAME, RULES

OPTIONS = [{}, {"clip_norm": 1.0, "weight_decay": 0.01, "schedule": "cosine"}, {"clip_value": 0.5, "maximize": True}]


# Every rule on objectives of one, two and more parameters; every objective under gd, Adam, and one rule after another.
PAIRS = [(name, rule) for name in ("quartic", "himmelblau", "styblinski-tang", "wood") for rule in BY_NAME]
PAIRS += [(o.name, rule) for k, o in enumerate(OBJECTIVES) for rule in ("gd", "adam", RULES[k % len(RULES)].name)]


@pytest.mark.parametrize("options", OPTIONS, ids=["plain", "clipped", "ascending"])
@pytest.mark.parametrize(("objective", "rule"), dict.fromkeys(PAIRS), ids="-".join)
def test_one_step_by_floats_is_one_by_arrays(objective, rule, options):
    if rule == "polyak" and options:
        pytest.skip("it has no lr to be scheduled, and knows no maximum")
    setup = prepare(objective, rule, **options)
    session = begin(setup)
    session.advance(12)
    step, trajectory = ArrayStep(setup.program), session.branch.last.trajectory
    for k in range(session.branch.count - 1):
        by_arrays, numbers = np.empty(step.layout.width), step.numbers_of(setup.values)
        step.write_row_after(by_arrays, trajectory.row(k), k + 1, numbers, {}, (setup.seed, k + 1))
        scale = np.abs(by_arrays).max()
        # radam's ρ is the small difference of two numbers near 2000, made by a power whose last bit NumPy may have
        # otherwise than the C library, on some processors.
        rel = 1e-10 if rule == "radam" else 1e-12
        assert trajectory.row(k + 1) == pytest.approx(by_arrays, rel=rel, abs=1e-14 * max(1.0, scale))


def test_every_term_is_what_its_equation_says():
    run = gdtui.descend("himmelblau", "adam", lr=0.1, steps=30)
    g, t = run.grad[:-1], np.arange(1, 31)[:, None]
    terms = {name: values[1:] for name, values in run.terms.items()}
    assert list(terms) == ["m", "v", "m_hat", "v_hat", "delta"]
    before = np.vstack([[0.0, 0.0], terms["m"][:-1]])
    assert terms["m"] == pytest.approx(0.9 * before + 0.1 * g, rel=1e-12)
    assert terms["m_hat"] == pytest.approx(terms["m"] / (1 - 0.9**t), rel=1e-12)
    assert terms["delta"] == pytest.approx(np.diff(run.params, axis=0), rel=1e-9, abs=1e-15)
    assert all(np.isnan(values[0]).all() for values in run.terms.values())
    with pytest.raises(KeyError, match="did you mean m_hat"):
        run.terms["mhat"]


def test_a_step_in_which_floats_raise_is_done_by_arrays_and_the_loop_goes_on():
    # exp overflows only where the other branch is taken; the floats compute what both share.
    run = gdtui.descend("where(x > 0, x**2, exp(-1000*x) + x)*1", start=2.0, lr=0.1, steps=50)
    assert run.status == "max_steps" and run.steps == 50
    # 1/x is infinite at exactly 0, which min() throws away: the row is finite, the float step raises.
    text = "minimum(1/abs(x), 10) + y**2"
    run = gdtui.descend(text, start=(1.0, 3.0), lr=0.1, steps=30)
    expected = np.array([1.0, 3.0])
    for k in range(31):
        assert run.params[k] == pytest.approx(expected, rel=1e-12)
        x = expected[0]
        expected = expected - 0.1 * np.array([-np.sign(x) / x**2 if 1 / abs(x) <= 10 else 0.0, 2 * expected[1]])


def test_rows_in_the_middle_that_floats_cannot_do():
    """f = minimum(|1/x|, 10): at x = 0 exactly the floats divide by zero, the arrays do not mind."""
    run = gdtui.descend("x**2/2 + 0*minimum(1/abs(x - 0.5), 1)", start=1.0, lr=0.5, steps=12)
    assert run.params[:, 0].tolist() == [0.5**k for k in range(13)] or run.status == "non_finite"
    run = gdtui.descend("x**2/2 + minimum(1/abs(x - 0.5), 1)", start=1.0, lr=0.5, steps=6)
    assert run.steps == 6 and np.isfinite(run.params).all()


@pytest.mark.parametrize(
    ("text", "start", "lr", "term", "step"),
    [
        ("log(x)", 0.5, 1.0, "loss", 1),
        ("sqrt(x)", 0.01, 1.0, "loss", 1),
        ("exp(x)*0 + exp(1000*x)", 0.8, 0.1, "loss", 0),
    ],
)
def test_what_is_not_finite_first_is_named_and_the_rows_stay(text, start, lr, term, step):
    run = gdtui.descend(text, start=start, lr=lr, steps=100)
    assert run.status == "non_finite" and run.steps == step
    assert run.reason.startswith(f"non-finite: {term} is ") and f"at t = {step}, where it first appeared" in run.reason
    assert np.isfinite(run.loss[:step]).all() and not math.isfinite(run.loss[step])


def test_the_term_is_named_before_what_follows_from_it(tmp_path):
    path = tmp_path / "root.toml"
    path.write_text('equations = """\na = 1/(4 - t)\nr = a*g\ntheta = theta - lr*r\n"""\n[hyperparameters]\nlr = 0.1\n')
    run = gdtui.descend("sphere", str(path), lr=0.1, steps=10)
    assert (run.status, run.steps) == ("non_finite", 4)
    assert run.reason == "non-finite: a is ∞ at t = 4, where it first appeared"
    assert np.isfinite(run.params[:4]).all() and run.terms["a"][1:4] == pytest.approx([1 / 3, 1 / 2, 1.0])
    path.write_text('equations = "theta = theta - lr*g/(x0 - x0)"\n[hyperparameters]\nlr = 0.1\nx0 = 1.0\n')
    run = gdtui.descend("sphere", str(path), start=(1.0, 0.0), lr=0.1, steps=10)
    assert run.status == "non_finite" and run.reason.startswith("non-finite: Δθ (x) is −∞ at t = 1")


class Counted:
    """A bowl that writes down what it was called with."""

    def __init__(self):
        self.calls = []

    def loss(self, p):
        self.calls.append(("f", *p))
        return float(p @ p)

    def grad(self, p):
        self.calls.append(("df", *p))
        return 2 * p


def test_ones_own_functions_are_called_once_a_row_in_order():
    bowl = Counted()
    run = gdtui.descend(bowl.loss, grad=bowl.grad, start=(1.0, 2.0), optimizer="adam", lr=0.1, steps=20)
    assert bowl.calls == [(which, *p) for p in run.params for which in ("f", "df")]
    formula = gdtui.descend("x**2 + y**2", start=(1.0, 2.0), optimizer="adam", lr=0.1, steps=20)
    assert run.params == pytest.approx(formula.params, rel=1e-12)


@pytest.mark.parametrize(
    ("equations", "extra"),
    [
        ("theta = theta - lr*grad(theta - lr*g)", ["df"]),
        ("theta = theta - lr*g*where(loss_at(theta - lr*g) < loss, 1, 0.5)", ["f"]),
        (
            "a = grad(theta + 1)\nb = loss_at(theta - a)\ntheta = theta - lr*(a + grad(theta - 1))*b/b",
            ["df", "f", "df"],
        ),
    ],
)
def test_and_once_more_for_each_look_elsewhere(tmp_path, equations, extra):
    path = tmp_path / "look.toml"
    path.write_text(f'equations = """\n{equations}\n"""\n[hyperparameters]\nlr = 0.1\n')
    bowl = Counted()
    run = gdtui.descend(bowl.loss, grad=bowl.grad, start=(1.0, 2.0), optimizer=str(path), lr=0.1, steps=4)
    assert run.steps == 4
    assert [call[0] for call in bowl.calls] == ["f", "df"] + [*extra, "f", "df"] * 4


def test_ones_own_functions_that_are_wrong():
    with pytest.raises(ValueError, match=r"grad gave an array of shape \(3,\)"):
        gdtui.descend(lambda p: 0.0, grad=lambda p: np.zeros(3), start=(1.0, 2.0))
    with pytest.raises(ZeroDivisionError):
        gdtui.descend(lambda p: 1 / 0, grad=lambda p: p, start=(1.0, 2.0))
    with pytest.raises(ValueError, match="need their gradient"):
        gdtui.descend(lambda p: 0.0, start=(1.0,))
    with pytest.raises(ValueError, match="need a start"):
        gdtui.descend(lambda p: 0.0, grad=lambda p: p)
    run = gdtui.descend(lambda p: math.nan, grad=lambda p: p, start=(1.0,), steps=5)
    assert run.status == "non_finite" and run.steps == 0


def test_huge_gradients_are_no_warning():
    run = gdtui.descend(lambda p: 1e40, grad=lambda p: p * 1e200, start=(1.0, 1.0), gtol=1e-6, lr=1e-300, steps=3)
    assert run.status == "max_steps" and run.session.row.grad_norm == pytest.approx(2**0.5 * 1e200)


def test_many_parameters_run_by_arrays():
    text = "sum(100*(x[1:] - x[:-1]**2)**2 + (1 - x[:-1])**2)"
    for dim in (18, 19, 60):  # up to 18 by floats, above by arrays
        run = gdtui.descend(text, "adam", dim=dim, start=np.linspace(-1, 1, dim), lr=0.01, steps=100)
        p = np.linspace(-1, 1, dim)
        m = v = np.zeros(dim)
        for t in range(1, 101):
            bend, rest = p[1:] - p[:-1] ** 2, 1 - p[:-1]
            g = np.zeros(dim)
            g[1:] += 200 * bend
            g[:-1] -= 400 * bend * p[:-1] + 2 * rest
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
            p = p - 0.01 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
            assert run.params[t] == pytest.approx(p, rel=1e-9, abs=1e-11)


@pytest.mark.parametrize(("equations", "numbers"), [
    ("m = 0.9*m + m_0*g\ntheta = theta - lr*m", {"m_0": 0.5}),
    ("m = 0.9*m + c*g\ntheta = theta - theta_1*m", {"c": 0.5, "theta_1": 0.01}),
    ("m_1 = norm(g)\nm = 0.9*m + g/(1 + m_1 + prev(m_1))\ntheta = theta - lr*m", {}),
])  # fmt: skip
def test_a_number_whose_name_looks_like_a_coordinate_is_another(tmp_path, equations, numbers):
    """By floats as by arrays, which many descents and many parameters go by."""
    path = tmp_path / "rule.toml"
    entries = "".join(f"{name} = {value}\n" for name, value in ({"lr": 0.01} | numbers).items())
    path.write_text(f'equations = """\n{equations}\n"""\n[hyperparameters]\n{entries}')
    one = gdtui.descend("himmelblau", str(path), steps=5)
    many = gdtui.descend_many("himmelblau", str(path), starts=[one.params[0]], steps=5)
    assert many.params[0] == pytest.approx(one.params[-1], rel=1e-12)
