"""A rule of one's own from a TOML file: what it can say, and how mistakes in it are told."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gdtui
from gdtui.descent.arrays import normal_draw
from gdtui.formula.tokens import FormulaError
from gdtui.optimizers.rule import build
from gdtui.optimizers.rule_file import RuleFileError, load_rule
from gdtui.optimizers.rule_file import rule_of as rule_of_text
from gdtui.optimizers.rule_mistake import RuleTextError
from tests.optimizers.independent import himmelblau

HEAVY_BALL = '''
name = "heavy-ball"
label = "Heavy ball"
convention = "Polyak 1964"
equations = """
v     = momentum*v + g
delta = -lr*v
theta = theta + delta
"""
[hyperparameters]
lr = { default = 0.01, low = 1e-6, high = 1.0, scale = "log", help = "learning rate" }
momentum = 0.9
[init]
v = 0.0
'''
START = np.array([-0.4, -0.65])


@pytest.fixture
def written(tmp_path):
    """Writes a rule file and gives its path."""

    def write(text, name="mine.toml"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def rule_of(equations, hyperparameters="lr = 0.01", rest=""):
    return f'equations = """\n{equations}\n"""\n[hyperparameters]\n{hyperparameters}\n{rest}\n'


def test_the_example_of_the_design(written):
    rule = load_rule(written(HEAVY_BALL))
    assert (rule.name, rule.label, rule.convention) == ("heavy-ball", "Heavy ball", "Polyak 1964")
    lr, momentum = rule.hyperparameters
    assert (lr.low, lr.high, lr.scale, lr.help) == (1e-6, 1.0, "log", "learning rate")
    assert momentum.default == 0.9 and momentum.low == -math.inf
    run = gdtui.descend("himmelblau", f"{written(HEAVY_BALL)}:momentum=0.5", lr=0.001, start=START, steps=50)
    p, v = START, 0.0
    for k in range(51):
        assert run.params[k] == pytest.approx(p, rel=1e-13)
        v = 0.5 * v + himmelblau(p)[1]
        p = p - 0.001 * v


def follows(run, step, steps, state=None):
    """Whether the run is what ``step(p, t, state)`` makes of its start."""
    state = {} if state is None else state
    p = START
    for t in range(1, steps + 1):
        p = step(p, t, state)
        assert run.params[t] == pytest.approx(p, rel=1e-11, abs=1e-12)


def loss(p):
    return himmelblau(p)[0]


def grad(p):
    return himmelblau(p)[1]


def curvature(p):
    x, y = p
    return np.array([[12 * x * x + 4 * y - 42, 4 * (x + y)], [4 * (x + y), 4 * x + 12 * y * y - 26]])


def textbook_nesterov(p, t, s):
    s["v"] = 0.6 * s.get("v", 0.0) - 0.002 * grad(p + 0.6 * s.get("v", 0.0))
    return p + s["v"]


def sam(p, t, s):
    g = grad(p)
    return p - 0.002 * grad(p + 0.05 * g / np.linalg.norm(g))


def backtracking(p, t, s):
    g = grad(p)
    return p - (0.01 if loss(p - 0.01 * g) < loss(p) else 0.001) * g


def barzilai_borwein(p, t, s):
    g = grad(p)
    if t == 1:
        lr = 0.001
    else:
        dp, dg = p - s["p"], g - s["g"]
        lr = dp @ dp / (dp @ dg)
    s["p"], s["g"] = p, g
    return p - lr * g


def two_back(p, t, s):
    s.setdefault("ms", []).append(grad(p) + 0.5 * (s["ms"][-1] if s["ms"] else 0.0))
    old = s["ms"][max(0, t - 3)]
    s.setdefault("ps", [p]).append(p - 0.001 * (s["ms"][-1] + old))
    return s["ps"][-1]


LOOKING_ELSEWHERE = {
    "nesterov by grad(u)": ("v = 0.6*v - lr*grad(theta + 0.6*v)\ntheta = theta + v", "lr = 0.002", textbook_nesterov),
    "SAM by grad(u)": ("u = theta + 0.05*g/norm(g)\ntheta = theta - lr*grad(u)", "lr = 0.002", sam),
    "loss_at(u)": (
        "near = where(loss_at(theta - lr*g) < loss, lr, lr/10)\ntheta = theta - near*g",
        "lr = 0.01",
        backtracking,
    ),
    "prev of theta and grad": (
        "dp = theta - prev(theta)\ndg = grad - prev(grad)\n"
        "bb = where(t == 1, lr, dot(dp, dp)/dot(dp, dg))\ntheta = theta - bb*g",
        "lr = 0.001",
        barzilai_borwein,
    ),
    "prev of a term": ("m = 0.5*m + g\nold = prev(m, 2)\ntheta = theta - lr*(m + old)", "lr = 0.001", None),
    "Newton": (
        "delta = -solve(hess(), g)\ntheta = theta + delta",
        "lr = 1.0",
        lambda p, t, s: p - np.linalg.solve(curvature(p), grad(p)),
    ),
    "Polyak's step by f_min": (
        "delta = -(loss - f_min)/dot(g, g)*g\ntheta = theta + delta",
        "lr = 1.0",
        lambda p, t, s: p - loss(p) / (grad(p) @ grad(p)) * grad(p),
    ),
    "normal()": (
        "delta = -lr*(g + normal())\ntheta = theta + delta",
        "lr = 0.001",
        lambda p, t, s: p - 0.001 * (grad(p) + normal_draw(7, t, 2)),
    ),
    "a clamp written with where": (
        "theta = where(abs(theta - lr*g) > 2, 2*sign(theta), theta - lr*g)",
        "lr = 0.005",
        lambda p, t, s: np.where(np.abs(p - 0.005 * grad(p)) > 2, 2 * np.sign(p), p - 0.005 * grad(p)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", [k for k, v in LOOKING_ELSEWHERE.items() if v[2]])
def test_rules_that_look_elsewhere(written, case):
    equations, hyperparameters, step = LOOKING_ELSEWHERE[case]
    lr = float(hyperparameters.split("=")[1])
    run = gdtui.descend("himmelblau", str(written(rule_of(equations))), lr=lr, start=START, steps=14, seed=7)
    assert run.steps == 14
    follows(run, step, 14)
    assert run.terms["delta"][1:] == pytest.approx(np.diff(run.params, axis=0), abs=1e-15)


def test_prev_of_a_term_is_its_first_value_before_the_beginning(written):
    equations, hyperparameters, _ = LOOKING_ELSEWHERE["prev of a term"]
    run = gdtui.descend(
        "himmelblau", str(written(rule_of(equations, hyperparameters))), lr=0.001, start=START, steps=12
    )
    m = run.terms["m"]
    # As an equation reads it after its own line, m is this step's: two before it, or the state it began with.
    expected = [np.zeros(2), np.zeros(2), *m[1:-2]]
    assert run.terms["old"][1:] == pytest.approx(np.array(expected)[:12], rel=1e-13, abs=1e-13)


def test_newton_needs_a_formula_whose_hessian_is_not_too_large(written):
    path = str(written(rule_of(LOOKING_ELSEWHERE["Newton"][0])))
    with pytest.raises(ValueError, match=r"mine reads hess\(\), which is derived from a formula"):
        gdtui.descend(lambda p: float(p @ p), path, grad=lambda p: 2 * p, start=(1.0,))
    with pytest.raises(ValueError, match="the second derivative of this one is too large"):
        gdtui.descend("*".join(f"prod(x+{k})" for k in range(60)), path, dim=18)


def test_looking_ahead_of_looking_ahead(written):
    text = "theta"
    for _ in range(20):
        text = f"theta - 0.001*grad({text})"
    run = gdtui.descend("himmelblau", str(written(rule_of(f"theta = {text}"))), start=START, steps=2)
    p = START
    for k in (1, 2):
        u = p
        for _ in range(20):
            u = p - 0.001 * grad(u)
        p = u
        assert run.params[k] == pytest.approx(p, rel=1e-11)


def test_prev_of_a_term_within_its_own_equation(written):
    rule = rule_of("m = 0.5*prev(m, 3) + prev(g)\ntheta = theta - lr*m")
    run = gdtui.descend("himmelblau", str(written(rule)), lr=0.001, start=START, steps=12)
    m = np.zeros((13, 2))
    for t in range(1, 13):
        m[t] = 0.5 * m[max(0, t - 3)] + run.grad[max(0, t - 2)]
    assert run.terms["m"][1:] == pytest.approx(m[1:], rel=1e-12)


def test_only_what_is_recorded_has_a_past(written):
    for name in ("t", "lr", "f_min"):
        with pytest.raises(RuleFileError, match=f"'{name}' has no earlier values"):
            load_rule(written(rule_of(f"theta = theta - lr*g*prev({name})")))


def test_the_same_rules_by_floats_and_by_arrays(written):
    from gdtui.descent.arrays import ArrayStep
    from gdtui.descent.run import begin
    from gdtui.descent.setup import prepare

    for equations, hyperparameters, _ in LOOKING_ELSEWHERE.values():
        setup = prepare(
            "himmelblau", str(written(rule_of(equations, hyperparameters))), start=(1.0, 2.0), settings={"lr": 0.001}
        )
        session = begin(setup)
        session.advance(9)
        branch, step = session.branch, ArrayStep(setup.program)
        for row in range(8):
            data = branch.last.trajectory.row(row)
            look = branch.history(branch.last)
            past = {name: [look(name, row - k) for k in range(1, n)] for name, n in session.setup.program.past.items()}
            expected = np.empty(step.layout.width)
            step.write_row_after(expected, data, row + 1, step.numbers_of(setup.values), past, (0, row + 1))
            assert branch.last.trajectory.row(row + 1) == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_normal_draws_depend_on_seed_and_step_alone(written):
    path = str(written(rule_of("theta = theta - lr*normal()")))
    run = gdtui.descend("sphere", path, lr=1.0, start=(0.0, 0.0), steps=400, seed=3)
    again = gdtui.descend("sphere", path, lr=1.0, start=(5.0, 5.0), steps=9, seed=3)
    other = gdtui.descend("sphere", path, lr=1.0, start=(0.0, 0.0), steps=9, seed=4)
    draws = -np.diff(run.params, axis=0)
    assert np.diff(again.params, axis=0) == pytest.approx(-draws[:9], abs=1e-12)
    assert not np.allclose(np.diff(other.params, axis=0), -draws[:9])
    assert abs(draws.mean()) < 0.1 and abs(draws.std() - 1) < 0.1
    assert abs(np.corrcoef(draws.T)[0, 1]) < 0.15


def test_init_may_be_an_expression(written):
    rule = rule_of("S = S + g**2\ntheta = theta - lr*g/sqrt(S)", "lr = 0.1\nbegin = 4.0", '[init]\nS = "2*begin + 1"')
    run = gdtui.descend("sphere", str(written(rule)), lr=0.1, start=(1.0, 2.0), steps=1)
    assert run.terms["S"][1] == pytest.approx([9 + 4, 9 + 16])


GOOD = "theta = theta - lr*g"
MISTAKES = {
    "no equations": ('name = "x"', "a rule needs its equations"),
    "not TOML": ("name = = 3", ":1:8: Invalid value"),
    "unknown key": ('equation = "x"', "'equation' is no part of a rule"),
    "equations no string": ("equations = 3", "equations is a string"),
    "name no string": (f'name = 3\nequations = "{GOOD}"', "name is a string"),
    "no theta": (rule_of("m = g"), "theta = theta + delta"),
    "theta twice": (rule_of(f"{GOOD}\n{GOOD}"), ":3:1: 'theta' is assigned twice"),
    "syntax": (rule_of("theta = theta -* g"), ":2:16: expected a number"),
    "unknown name": (rule_of("m = 2*g\ntheta = theta - rate*m"), ":3:17: there is no name 'rate'"),
    "no assignment": (rule_of(f"{GOOD}\nlr*g"), ":3:1: an equation is written NAME = EXPRESSION"),
    "assigns what is given": (rule_of(f"loss = 3\n{GOOD}"), ":2:1: 'loss' is given, not assigned"),
    "assigns g": (rule_of(f"g = 3\n{GOOD}"), ":2:1: 'g' is given, not assigned"),
    "delta is not the step": (rule_of("delta = -lr*g\ntheta = theta + 2*delta"), "delta is new θ − θ"),
    "init without an equation": (rule_of(GOOD, rest="[init]\nm = 1.0"), "init gives 'm' a value"),
    "init of what is not a number": (rule_of(GOOD, rest="[init]\nm = true"), "init.m is a number or an expression"),
    "init that cannot be read": (rule_of("m = m + g\ntheta = theta - lr*m", rest='[init]\nm = "2*)"'), "init"),
    "init over a name that is unknown": (rule_of("m = m + g\ntheta = theta - lr*m", rest='[init]\nm = "nope"'), "nope"),
    "a boolean hyperparameter": (rule_of(GOOD, "lr = true"), "hyperparameters.lr: default is a number"),
    "a string hyperparameter": (rule_of(GOOD, 'lr = "fast"'), "hyperparameters.lr: default is a number"),
    "NaN": (rule_of(GOOD, "lr = nan"), "lr is any number; NaN is outside"),
    "infinity": (rule_of(GOOD, "lr = inf"), "outside"),
    "NaN for a bound": (rule_of(GOOD, "lr = { default = 1, low = nan }"), "low is a number"),
    "bounds the wrong way": (rule_of(GOOD, "lr = { default = 1, low = 2, high = 0 }"), "low"),
    "a default outside": (rule_of(GOOD, "lr = { default = 3, low = 0, high = 1 }"), "lr is from 0 to 1; 3 is outside"),
    "no default": (rule_of(GOOD, "lr = { low = 0 }"), "hyperparameters.lr: default is a number"),
    "an unknown scale": (rule_of(GOOD, 'lr = { default = 1, scale = "cubic" }'), "scale is one of linear, log,"),
    "a scale that is a list": (rule_of(GOOD, "lr = { default = 1, scale = [1] }"), "scale is one of"),
    "an unknown part": (rule_of(GOOD, "lr = { default = 1, min = 0 }"), "has no 'min'"),
    "an unknown meaning of lr": (f'lr_means = "speed"\n{rule_of(GOOD)}', "lr_means is one of factor, length, fraction"),
    "whole no boolean": (rule_of(GOOD, "lr = { default = 1, whole = 1 }"), "whole is true or false"),
    "help no string": (rule_of(GOOD, "lr = { default = 1, help = 3 }"), "help is a string"),
    "a huge integer": (rule_of(GOOD, f"lr = 1{'0' * 400}"), "lr"),
    "a 5000-digit integer": (rule_of(GOOD, f"lr = {'7' * 5000}"), "digits"),
    "hyperparameters no table": (f'hyperparameters = 3\nequations = "{GOOD}"', "hyperparameters is a table"),
    "a hyperparameter called as what is given": (rule_of(GOOD, "lr = 0.1\nloss = 1"), "loss"),
    "a hyperparameter called theta": (rule_of(GOOD, "lr = 0.1\ntheta = 1"), "theta"),
    "a hyperparameter that is no name": (rule_of(GOOD, '"l r" = 0.1\nlr = 1'), "is not a name"),
    "a hyperparameter that is assigned": (rule_of(f"lr = 3\n{GOOD}"), "lr"),
    "deep nesting": ("x = " + "[" * 5000 + "]" * 5000, "nested"),
    "too large": ("# " + "x" * 200_000, "at most 20000 bytes"),
    "not UTF-8": (b"name = '\xff'", "utf-8"),
    "an ESC in an equation": (rule_of("theta = theta - \\u001b[2J"), "cannot be shown"),
    "a stability that cannot be read": (f'stability = "2*("\n{rule_of(GOOD)}', "stability"),
    "a preconditioner that reads what is not there": (f'preconditioner = "root"\n{rule_of(GOOD)}', "preconditioner"),
    "a loop of shapes": (rule_of("a = sum(b)\nb = a*g\ntheta = theta + b[0]*g[5]"), "there is no coordinate 5"),
    "deep parentheses": (rule_of(f"theta = {'(' * 300}theta{')' * 300}"), "nested"),
    "65 equations": (rule_of("\n".join(f"a{k} = g" for k in range(65)) + f"\n{GOOD}"), "at most 64 equations"),
}  # fmt: skip


PLACES = [
    ('name = "x"\nlr = ', 2, "", "Invalid value"),
    ("# theta = theta - lr*h\n" + rule_of("theta = theta - lr*h"), 3, "h", "'h'"),
    ('equations = "theta = theta - lr*g"', 1, "lr", "'lr'"),
    (rule_of("  a = g\n  theta = theta - lr*q"), 3, "q", "'q'"),
    (rule_of("a = g"), 2, "g", "a rule says what the new theta is"),
    (rule_of("delta = -lr*g\ntheta = theta - lr*g"), 3, "theta = theta - lr*g", "theta = theta + delta"),
    (rule_of("lr = 3\n" + "theta = theta - lr*g"), 2, "lr", "is a hyperparameter, which a schedule changes"),
    (rule_of("theta = theta - lr*g", "lr = 'fast'"), 5, "lr = 'fast'", "default is a number"),
    (rule_of("theta = theta - lr*g", 'lr = 1\n"β₁" = true'), 6, '"β₁" = true',
     "default is a number"),
    (rule_of("theta = theta - lr*g", "lr = 1", "[init]\nlr = 1"), 7, "lr = 1", "init gives 'lr' a value"),
    ('hyperparameters.lr = "x"\nequations = "theta = theta - g"', 1, 'hyperparameters.lr = "x"', "is a number"),
    ('hyperparameters = { lr = "x" }\nequations = "theta = theta - g"', 1, 'hyperparameters = { lr = "x" }', "number"),
    ('speed = 3\nequations = """\nspeed = g\n"""', 1, "speed = 3", "'speed' is no part of a rule"),
    ('equations = "theta = theta - g"\nstability = "2*k"', 2, 'stability = "2*k"', "stability: "),
    ('equations = """\ntheta = theta \\u002b q\n"""', 1, 'equations = """', "'q'"),
    ('name = "x"\r\nequations = """\r\na = g\r\ntheta = theta - p\r\n"""', 4, "p", "'p'"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "marked", "message"), PLACES)
def test_a_mistake_is_told_at_its_place(text, line, marked, message):
    with pytest.raises(RuleTextError) as caught:
        rule_of_text(text, "x")
    place = caught.value.place
    assert message in caught.value.message and "\n" not in caught.value.message
    assert place.line == line
    assert text.splitlines()[line - 1][place.column - 1 :][: place.width] == marked


@pytest.mark.parametrize("text", ["", 'name = "x"', "x = " + "[" * 5000, f"lr = {'7' * 5000}"])
def test_what_is_wrong_at_no_one_place_has_none(text):
    with pytest.raises(RuleTextError) as caught:
        rule_of_text(text, "x")
    assert caught.value.place is None


PARTS = ['"""', "equations", "=", "[", "]", "\n", "theta", "lr", "'", '"', "#", "1", "é", "{", "."]


@given(st.lists(st.sampled_from(PARTS)))
def test_any_text_is_a_rule_or_a_mistake_within_it(parts):
    text = " ".join(parts)
    try:
        rule_of_text(text, "x")
    except RuleTextError as error:
        if error.place:
            rows = text.split("\n")
            assert 1 <= error.place.line <= len(rows) and 1 <= error.place.column <= len(rows[error.place.line - 1]) + 1


@pytest.mark.parametrize("case", MISTAKES)
def test_every_mistake_is_told(written, case):
    text, message = MISTAKES[case]
    path = written(text)
    with pytest.raises(RuleFileError) as caught:
        load_rule(path)
    told = str(caught.value)
    assert told.startswith(str(path)) and message in told
    assert told.replace("\n", "").isprintable()


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(RuleFileError, match=r"none\.toml: No such file"):
        load_rule(tmp_path / "none.toml")
    with pytest.raises(RuleFileError, match="directory"):
        load_rule(tmp_path)


def test_text_in_a_file_is_sanitised(written):
    text = 'name = "a\\u001b[2Jb"\nlabel = "\\u202ex"\nhelp = "h\\u0007"\nequations = "' + GOOD + '"\n'
    text += '[hyperparameters]\nlr = { default = 1, help = "\\u009b1m" }'
    rule = load_rule(written(text))
    for shown in (rule.name, rule.label, rule.help, rule.hyperparameters[0].help):
        assert shown.isprintable()
    assert load_rule(written(rule_of(GOOD), "a\x1b[2Jb.toml")).name.isprintable()
    with pytest.raises(RuleFileError) as caught:
        load_rule(written("x", "c\x1b[2Jd.toml"))
    assert "\x1b" not in str(caught.value)


@given(st.text(max_size=200))
def test_any_text_in_the_place_of_equations(text):
    try:
        build(text, {"theta": (2,), "grad": (2,), "g": (2,), "loss": (), "t": (), "lr": ()}, 2)
    except FormulaError as error:
        assert 0 <= error.position <= len(text)


def test_states_take_the_shape_of_their_equations():
    shapes = {"theta": (3,), "g": (3,), "lr": ()}
    equations = build("a = 0.9*a + norm(g)\nb = c + a\nc = b*g\ntheta = theta - lr*c", shapes, 3)
    assert {e.name: e.node.shape for e in equations} == {"a": (), "b": (3,), "c": (3,), "theta": (3,)}


def test_no_two_steps_share_a_draw():
    draws = np.concatenate([normal_draw(5, t, 40) for t in range(50)])
    assert len(np.unique(draws)) == len(draws)
    pairs = np.array([normal_draw(seed, t, 2) for seed in range(20) for t in range(200)])
    assert abs(np.corrcoef(pairs.T)[0, 1]) < 0.05 and abs(pairs.mean()) < 0.05


def test_control_characters_in_a_comment_are_replaced(written):
    rule = load_rule(written('equations = "theta = theta - g  # \\u001b[2J\\u202e\\ttab"\n'))
    assert rule.equations == "theta = theta - g  # �[2J�\ttab"
