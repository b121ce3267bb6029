"""Rules as people write them: what is taken means what it says, and each refusal says what to write."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import gdtui
from gdtui.cli import main
from gdtui.descent.setup import prepare
from gdtui.formula.notation import notation
from gdtui.formula.symbols import RULE_SYMBOLS
from gdtui.optimizers.pipeline import Pipeline
from gdtui.optimizers.resolve import resolve_rule
from gdtui.optimizers.rule_file import RuleFileError, load_rule, rule_of
from gdtui.optimizers.rule_mistake import RuleTextError
from gdtui.tui.rule_draft import drafted
from tests.optimizers.independent import himmelblau

START = np.array([-0.4, -0.65])
HYPER = "lr = 0.001\nwd = 0.1\nbeta = 0.9\nb = 1"


@pytest.fixture
def written(tmp_path):
    def write(equations, hyper=HYPER, rest=""):
        path = tmp_path / "mine.toml"
        path.write_text(f'equations = """\n{equations}\n"""\n[hyperparameters]\n{hyper}\n{rest}\n')
        return str(path)

    return write


SAME = [
    ("theta -= lr*g", "theta = theta - lr*g", "θ − η·g"),
    ("theta -= lr*g + wd*theta", "theta = theta - (lr*g + wd*theta)", "θ − (η·g+wd·θ)"),
    ("theta += -lr*g", "theta = theta + (-lr*g)", None),
    ("theta *= 1 - lr*wd", "theta = theta*(1 - lr*wd)", "θ·(1−η·wd)"),
    ("theta /= 1 + lr*wd", "theta = theta/(1 + lr*wd)", None),
    ("θ −= η·g", "theta = theta - lr*g", "θ − η·g"),
    ("delta = -lr*g\ntheta += delta", "delta = -lr*g\ntheta = theta + delta", "θ + Δθ"),
    ("m += g\ntheta -= lr*m", "m = m + g\ntheta = theta - lr*m", None),
    ("m -= (1 - beta)*(m - g)\ntheta -= lr*m", "m = m - (1 - beta)*(m - g)\ntheta = theta - lr*m", None),
]


@pytest.mark.parametrize(("short", "long", "shown"), SAME)
def test_a_change_in_place_is_the_equation_that_it_stands_for(short, long, shown, written):
    runs = [gdtui.descend("himmelblau", written(text), start=START, steps=9).params for text in (short, long)]
    assert runs[0].tobytes() == runs[1].tobytes() and len(runs[0]) == 10
    last = Pipeline(load_rule_at(written(short))).equations(2)[-1]
    assert last == Pipeline(load_rule_at(written(long))).equations(2)[-1]._replace(text=last.text)
    assert shown is None or notation(last.node, RULE_SYMBOLS) == shown


def load_rule_at(path):
    return resolve_rule(path)[0]


MISTAKES = [
    ("theta -= lr*gg", 2, 13, "there is no name 'gg'; for a product write g*g"),
    ("  m  *=  bta\ntheta -= lr*m", 2, 10, "did you mean beta"),
    ("theta **= 2", 2, 7, "with += -= *= /=; there is no '**='"),
    ("theta //= 2", 2, 7, "there is no '//='"),
    ("theta := theta - lr*g", 2, 7, "there is no ':='"),
    ("theta -= lr*hess()", 2, 1, "this is a matrix: A @ v is its product with a vector"),
    ("g = g + wd*theta\ntheta -= lr*g", 2, 1, "write decayed = g + wd*theta, and read decayed below"),
    ("g += wd*theta\ntheta -= lr*g", 2, 1, "write decayed = g + wd*theta, and read decayed below"),
    ("g = g/norm(g)\ntheta -= lr*g", 2, 1, "write changed = g/norm(g), and read changed below"),
    ("grad = grad*2\ntheta -= lr*grad", 2, 1, "write changed = grad*2"),
    ("loss = loss + wd\ntheta -= lr*g", 2, 1, "write loss_now = loss + wd"),
    ("t = t + 1\ntheta -= lr*g", 2, 1, "it is the number of the step, 1, 2, ...; leave out t = t + 1"),
    ("k += 1\ntheta -= lr*g", 2, 1, "it is the number of the step, 0, 1, ...; leave out k = k + 1"),
    ("n = 3\ntheta -= lr*g", 2, 1, "it is the number of parameters; write count = 3"),
    ("f_min = 3\ntheta -= lr*g", 2, 1, "it is the known minimum"),
    ("lr = lr*0.99\ntheta -= lr*g", 2, 1, "--schedule exponential:gamma=0.99; or write lr_t = lr*0.99**k"),
    ("lr *= 0.99\ntheta -= lr*g", 2, 1, "--schedule exponential:gamma=0.99"),
    ("lr = lr/(1 + 0.1*t)\ntheta -= lr*g", 2, 1, "or write lr_t = lr/(1 + 0.1*t), and read lr_t below"),
    ("beta = beta*0.5\ntheta -= lr*g", 2, 1, "write beta_t = beta*0.5, and read beta_t below"),
    ("m *= beta\nm += (1 - beta)*g\ntheta -= lr*m", 3, 1, "write m = (m * beta) + (1 - beta)*g"),
    ("m = beta*m\nm = m + g\ntheta -= lr*m", 3, 1, "write m_1 = beta*m first, and read m_1 in the second"),
    ("m *= beta\ntheta -= lr*m", 2, 1, "'m' begins at 0, and multiplied it stays there: say what it begins at, [init]"),
    ("x = x - lr*g", 2, 12, "theta = theta + delta, where theta is all of the parameters"),
    ("y = g - g_prev\ntheta -= lr*y", 2, 9, "the value one step before is prev(g)"),
    ("m = beta*m_{t-1} + g\ntheta -= lr*m", 2, 10, "is prev(m), or m itself ahead of its own line"),
    ("m = beta*m[t-1] + g\ntheta -= lr*m", 2, 12, "is prev(m), or m itself ahead of its own line"),
    ("theta -= learning_rate*g", 2, 10, "there is no name 'learning_rate'; the learning rate is lr"),
    ("theta -= lr*clip(g, -1, 1)", 2, 13, "clipping is written minimum(maximum(u, low), high)"),
    ("theta -= lr*g;", 2, 14, "each equation has a line of its own"),
    ("theta -= lr*g // one step", 2, 16, "a comment begins with #"),
    ("theta -= inv(hess()) @ g", 2, 10, "solve(A, b) is the inverse of A times b"),
    ("y = theta\ntheta -= lr*g(y)", 3, 13, "g is that at theta; at another place u it is grad(u)"),
    ("ls = loss(theta)\ntheta -= lr*g*ls", 2, 6, "at another place u it is loss_at(u)"),
    ("theta -= lr*g/||g||", 2, 15, "a norm is written ‖x‖ or norm(x)"),
    ("theta -= lr*g/2t", 2, 14, "write /(2*t), or /2*t"),
    ("n = 0.9*n + g\ntheta -= lr*n", 2, 1, "write count = 0.9*count + g, and read count below"),
    ("e = e + g\ntheta -= lr*e", 2, 1, "write error = error + g, and read error below"),
    ("g = 0.9*g + 0.1*grad\ntheta -= lr*g", 2, 1, "write m = 0.9*m + 0.1*grad, and read m below"),
    ("theta -= lr*grad(theta > 0)", 2, 13, "the place to look at is a vector like theta"),
    ("theta -= lr*solve(hess(), g > 0)", 2, 13, "'solve' takes a matrix such as hess() and a vector"),
    ("theta -= lr*(g if t > 3 else 2*g)", 2, 16, "a choice is written where(condition, a, b)"),
    ("lam = where(loss > 1, lam*2, lam/2)\ns = solve(hess() + lam*identity(), g)\ntheta -= lr*stpe", 4, 13, "'stpe'"),
    ("delta = lr*g\ntheta = theta - delta", 3, 1, "for theta - delta write delta = -(...), or call it otherwise"),
]


@pytest.mark.parametrize(("equations", "line", "column", "message"), MISTAKES)
def test_each_refusal_says_what_to_write_and_where(equations, line, column, message, written):
    path = written(equations)
    with pytest.raises(RuleFileError) as caught:
        gdtui.descend("himmelblau", path)
    assert f"mine.toml:{line}:{column}: " in str(caught.value) and message in str(caught.value).split("\n")[0]
    told = CliRunner().invoke(main, ["run", "himmelblau", "-o", path])
    assert told.exit_code == 2 and message in told.stderr and "Traceback" not in told.stderr
    with pytest.raises(RuleFileError, match="mine"):
        gdtui.descend_many("himmelblau", path, starts=[START])
    draft = drafted(Path(path).read_text(), prepare("himmelblau"))
    assert message in draft.mistake and (draft.place.line, draft.place.column) == (line, column)


def test_without_lr_a_decay_of_it_is_told_too():
    with pytest.raises(RuleTextError, match=r"declare it, \[hyperparameters\] lr = 0.01"):
        rule_of('equations = "lr = lr*0.99\\ntheta -= lr*g"', "mine")
    rule_of('equations = "lr = lr*0.99\\ntheta -= lr*g"\ninit.lr = 0.1', "mine")  # with a beginning it is what it says


def test_what_is_advised_is_right(written):
    """The two lr_t of an exponential decay are one."""
    own = gdtui.descend("himmelblau", written("lr_t = lr*0.9**k\ntheta -= lr_t*g"), lr=1e-3, start=START, steps=9)
    by = gdtui.descend("himmelblau", "gd", schedule="exponential:gamma=0.9", lr=1e-3, start=START, steps=9)
    assert own.params == pytest.approx(by.params, rel=1e-13)


ADAM = """
m = β₁·m + (1−β₁)·g
v = β₂·v + (1−β₂)·g²
m̂ = m/(1−β₁ᵗ)
v̂ = v/(1−β₂ᵗ)
θ −= η·m̂/(√v̂ + ε)
"""


@pytest.mark.parametrize("names", ["lr beta1 beta2 eps", "η β₁ β₂ ε"])
def test_greek_is_read_as_it_is_shown(names, written):
    keys = [f'"{name}"' for name in names.split()]
    hyper = "\n".join(f"{key} = {value}" for key, value in zip(keys, (0.001, 0.9, 0.999, 1e-8), strict=True))
    path = written(ADAM, hyper)
    assert [p.name for p in load_rule_at(path).hyperparameters] == ["lr", "beta1", "beta2", "eps"]
    mine, theirs = (gdtui.descend("himmelblau", rule, lr=0.01, start=START, steps=20) for rule in (path, "adam"))
    assert mine.params == pytest.approx(theirs.params, rel=1e-13)


@pytest.mark.parametrize("key", ['"μ"', "mu", "momentum"])
def test_a_symbol_is_the_hyperparameter_that_there_is(key, written):
    path = written("m = μ*m + g\ntheta -= lr*m", f"lr = 0.001\n{key} = 0.5")
    ours = gdtui.descend("himmelblau", path, lr=0.001, start=START, steps=9)
    theirs = gdtui.descend("himmelblau", "momentum:momentum=0.5", lr=0.001, start=START, steps=9)
    assert ours.params == pytest.approx(theirs.params, rel=1e-13)


def test_toml_numbers_begin_with_a_digit():
    with pytest.raises(RuleTextError, match=r"a number begins with a digit: 0\.9, not \.9"):
        rule_of('equations = "theta -= lr*g"\n[hyperparameters]\nlr = .9', "mine")


INITS = {
    "slow = slow + beta*(theta - slow)\ntheta -= lr*g": ("slow", "theta", lambda p: p),
    "slow = slow + beta*(g - slow)\ntheta -= lr*slow": ("slow", "0.5*theta", lambda p: p / 2),
    "s = s + norm(g)\ntheta -= lr*g/s": ("s", "norm(theta)/b", lambda p: np.linalg.norm(p) / 2),
    "anchor = anchor\ntheta -= lr*(g + wd*(theta - anchor))": ("anchor", "theta", lambda p: p),
    "c += 1\ntheta -= lr*c*g": ("c", "theta[1]*n", lambda p: p[1] * 2),
    "z += i\ntheta -= lr*(g + z)": ("z", "i + b", lambda p: np.array([2.0, 3.0])),
}


@pytest.mark.parametrize("equations", INITS)
def test_an_init_reads_theta(equations, written):
    name, text, first = INITS[equations]
    path = written(equations, rest=f'[init]\n{name} = "{text}"')
    runs = []
    for start in (START, np.array([1.0, 2.0])):
        run = gdtui.descend("himmelblau", path, lr=0.001, b=2, start=start, steps=5)
        layout = run.session.branch.last.layout
        assert run.session.branch.last.trajectory.row(0)[layout.columns[name]] == pytest.approx(first(start))
        runs.append(run.params)
    many = gdtui.descend_many("himmelblau", path, lr=0.001, b=[2, 2], starts=[START, (1, 2)], steps=5, record=True)
    assert many.history.params == pytest.approx(np.stack(runs, axis=1), rel=1e-12)


def test_an_init_that_is_no_number_is_one_sentence(written):
    path = written("m = beta*m + g\ntheta -= lr*m", rest='[init]\nm = "1/b"')
    sentence = "init of mine: m = 1/b is no finite number at b = 0"
    for call in (
        lambda: gdtui.descend("himmelblau", path, b=0, start=START),
        lambda: gdtui.descend_many("himmelblau", path, b=0, starts=[START]),
        lambda: gdtui.descend_many("himmelblau", path, b=[1, 0], starts=[START, START]),
    ):
        with pytest.raises(ValueError) as caught:
            call()
        assert str(caught.value) == sentence
    told = CliRunner().invoke(main, ["run", "himmelblau", "-o", f"{path}:b=0"])
    assert told.exit_code == 2 and told.stderr == f"gdtui: {sentence}\n"
    path = written("m = beta*m + g\ntheta -= lr*m", rest='[init]\nm = "log(theta)"')
    with pytest.raises(ValueError, match=r"is no finite number at θ = \(−1, 2\)"):
        gdtui.descend_many("himmelblau", path, starts=[(1, 2), (-1, 2)])


@pytest.mark.parametrize(
    ("equations", "init", "message"),
    [
        ("s = s + norm(g)\ntheta -= lr*g/s", "theta", "s is one number, and this is a vector of 2: norm(...)"),
        ("s = s + norm(g)\ntheta -= lr*g/s", "theta[0] > 0", "this is a condition: write where(condition, 1, 0)"),
        ("s = s + norm(g)\ntheta -= lr*g/s", "grad", "there is no name 'grad'"),
        ("theta -= lr*g", "1", "but no equation does"),
    ],
)
def test_an_init_of_another_kind_is_told(equations, init, message, written):
    with pytest.raises(RuleFileError) as caught:
        load_rule_at(written(equations, rest=f'[init]\n{equations[0]} = "{init}"'))
    assert message in str(caught.value) and "mine.toml:1" in str(caught.value)


PREVIOUS = "y = g - prev(g)\ntheta -= lr*(g + y)"


@pytest.mark.parametrize("options", [{}, {"clip_norm": 1e9}, {"weight_decay": 0.0}, {"clip_norm": 3.0}])
def test_before_the_beginning_an_earlier_gradient_is_the_first(options, written):
    path = written(PREVIOUS)
    run = gdtui.descend("himmelblau", path, lr=0.001, start=START, steps=6, **options)
    assert run.terms["y"][1].tolist() == [0.0, 0.0] and run.terms["y"][2].any()
    if "clip_norm" in options or "weight_decay" in options:
        name = "clipped" if "clip_norm" in options else "decayed"
        assert run.terms["y"][2:] == pytest.approx(np.diff(run.terms[name][1:], axis=0))
    many = gdtui.descend_many("himmelblau", path, lr=0.001, starts=[(1, 2), START], steps=6, record=True, **options)
    assert many.history.params[:, 1] == pytest.approx(run.params, rel=1e-12)


def test_show_says_what_things_begin_with(written):
    path = written(
        "y = prev(grad, 2) - prev(theta)\nm = beta*prev(m, 3) + g + q\nq += y\ntheta -= lr*(m + r)\nr = q",
        rest='[init]\nm = "0.25*theta"',
    )
    lines = CliRunner().invoke(main, ["show", path]).output.split("\n")
    for line in (
        "m begins at 0.25*theta",
        "q, r begin at 0",
        "prev(∇f, 2) up to t = 2 is its first value, that at the start",
        "prev(θ) at t = 1 is its first value, that at the start",
        "prev(m, 3) up to t = 3 is what m begins at, 0.25*theta",
        "no equation reads wd: to set it does nothing",
    ):
        assert f"  {line}" in lines
    unread = CliRunner().invoke(main, ["show", written("m = beta*g\ntheta -= lr*m", rest="[init]\nm = 1")])
    assert "  m begins at 1, and no equation reads that" in unread.output.split("\n")
    assert "  m, v begin at 0" in CliRunner().invoke(main, ["show", "adam"]).output.split("\n")


ELSEWHERE = [
    ("sgd:momentum=0.9", "gd has no parameter 'momentum'; the optimizer momentum has it", "-o momentum:momentum="),
    ("gd:beta1=0.9", "the optimizer adam has it", "-o adam:beta1="),
    ("gd:nesterov=true", "it is an optimizer of its own: -o nesterov", 'optimizer="nesterov"'),
    ("adam:amsgrad=1", "it is an optimizer of its own: -o amsgrad", "in Python"),
    ("adam:steps=9", "here it is steps=... in Python, and --steps VALUE on the command line", ""),
    ("gd:maximize=1", "here it is maximize=... in Python, and --maximize on the command line", ""),
    ("adam:learning_rate=0.1", "here it is lr=...", ""),
    ("adam:betas=0.9", "write beta1 and beta2", ""),
    ("adam:epsilon=1", "here it is eps=...", ""),
    ("adam:bet1=1", "did you mean beta1", ""),
]


@pytest.mark.parametrize(("optimizer", "message", "also"), ELSEWHERE)
def test_a_setting_of_another_rule_is_pointed_to(optimizer, message, also):
    from gdtui.tui.choosing import with_optimizer

    name, _, setting = optimizer.partition(":")
    key, _, value = setting.partition("=")
    for call in (
        lambda: gdtui.descend("himmelblau", optimizer),
        lambda: gdtui.descend_many("himmelblau", optimizer, starts=[START]),
        lambda: with_optimizer(prepare("himmelblau"), optimizer),
        *([] if key in ("steps", "maximize") else [lambda: gdtui.descend("himmelblau", name, **{key: value})]),
    ):
        with pytest.raises(ValueError) as caught:
            call()
        assert message in str(caught.value) and also in str(caught.value)
    told = CliRunner().invoke(main, ["run", "himmelblau", "-o", optimizer])
    assert told.exit_code == 2 and message in told.stderr
    assert message in CliRunner().invoke(main, ["show", optimizer]).stderr


@pytest.mark.parametrize("optimizer", ["gd:weight_decay=0.1", "adam:clip_norm=1,clip_value=2", "adamw:weight_decay=.1"])
def test_what_stands_before_any_rule_may_be_set_with_it(optimizer):
    from gdtui.tui.choosing import with_optimizer

    typed, chosen = prepare("himmelblau", optimizer), with_optimizer(prepare("himmelblau"), optimizer)
    assert (typed.pipeline, typed.values) == (chosen.pipeline, chosen.values)


def test_rmsprop_keeps_its_mean_as_torch_does():
    """v − ḡ² is rounding there: torch.optim.RMSprop(centered=True) ends at −8.84e8."""
    for objective, options in (("12345.678*x", {"start": 1.0}), ("sum(12345.678*x)", {"start": [1.0] * 20, "dim": 20})):
        run = gdtui.descend(objective, "rmsprop:centered=1", lr=0.01, steps=5000, **options)
        assert run.steps == 5000 and run.params[-1] == pytest.approx(-8.84e8, rel=0.1)
    runs = gdtui.descend_many("12345.678*x", "rmsprop:centered=1", lr=0.01, starts=[1.0, 2.0], steps=5000)
    assert runs.steps.tolist() == [5000, 5000] and (runs.params < -1e8).all()


def test_two_averages_are_what_numpy_makes_of_them(written):
    """AMSGrad as a newcomer writes it, with max and comments."""
    equations = """# AMSGrad
    m = beta*m + (1-beta)*g      # the mean
    v = 0.99*v + (1-0.99)*g*g
    v_hat = max(v, v_hat)        # never less
    theta -= lr*m/(v_hat**0.5 + 1e-8)"""
    run = gdtui.descend("himmelblau", written(equations), lr=0.01, start=START, steps=30)
    p, m, v, most = START, np.zeros(2), np.zeros(2), np.zeros(2)
    for k in range(31):
        assert run.params[k] == pytest.approx(p, rel=1e-11)
        g = himmelblau(p)[1]
        m, v = 0.9 * m + 0.1 * g, 0.99 * v + (1 - 0.99) * g * g
        most = np.maximum(v, most)
        p = p - 0.01 * m / (np.sqrt(most) + 1e-8)


def test_a_file_is_read_by_itself_too(written):
    assert load_rule(Path(written("theta -= lr*g"))).name == "mine"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[hyperparameters]\nlr = 0.1\nequations = 'theta -= lr*g'", "they stand below [hyperparameters]"),
        ("equations = 'theta -= lr*g'\n[hyperparameters]\nlr = 0.1\n'η' = 0.2", "lr is there twice, once as η"),
        ("equations = 'theta -= η*g'\n[hyperparameters]\nlr = 0.1\neta = 0.2", "η would be lr, and there is eta too"),
        ("equations = 'theta -= lr*g'\n[hyperparameters]\nlr = '0.1'", "default is a number, without quotes"),
        ("equations = 'theta -= lr*g'\n[hyperparameters]\nlr = 0.1\nb = true", "default is a number: write 1 or 0"),
        ("equations = 'theta -= lr*g'\n[hyperparameters]\nlr = 0.1\npatience = 3", "an option of every run"),
        ("equations = 'theta -= lr*g'\n[init]\ntheta = 1\n[hyperparameters]\nlr = 0.1", "theta begins at the start of"),
        ("equation = 'theta -= lr*g'", "did you mean equations?"),
    ],
)
def test_a_file_that_says_two_things_or_none_is_told(text, message):
    with pytest.raises(RuleTextError) as caught:
        rule_of(text, "mine")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("equations", "remark"),
    [
        ("theta -= lr*g\navg = avg + (theta - avg)/t", "avg reads theta below its own line"),
        ("a = normal()\nb2 = normal()\ntheta -= lr*g + a - b2", "normal() is the same draw"),
    ],
)
def test_what_a_rule_may_not_look_like_is_remarked(equations, remark, written):
    path = written(equations)
    assert remark in CliRunner().invoke(main, ["show", path]).output
    ran = CliRunner().invoke(main, ["run", "himmelblau", "-o", path, "--steps", "1"])
    assert remark in ran.stderr and remark not in ran.stdout and ran.exit_code == 0
    assert "normal()" not in CliRunner().invoke(main, ["run", "himmelblau", "-o", "noisy-gd", "--steps", "1"]).stderr


def test_lambda_is_lam_where_a_rule_has_that(written):
    one = gdtui.descend("himmelblau", written("theta -= lr*(g + λ*theta)", hyper="lr = 0.001\nlam = 0.1"), steps=5)
    two = gdtui.descend("himmelblau", written("theta -= lr*(g + wd*theta)", hyper="lr = 0.001\nwd = 0.1"), steps=5)
    assert one.params.tobytes() == two.params.tobytes()


def test_the_header_names_the_schedule_and_what_nothing_reads(written):
    path = written("theta -= lr*g")
    options = ["-o", path, "--schedule", "lr/(1+k)", "--maximize", "--steps", "1"]
    told = CliRunner().invoke(main, ["run", "himmelblau", *options])
    head = told.output.split("\n")[0]
    assert "schedule lr/(1+k) · maximize" in head and "wd = 0.1 (no equation reads it)" in head
