"""gdtui.descend as people call it."""

import copy
import doctest
import inspect
import io
import math
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import gdtui
from gdtui.formula.parameter import ParameterError
from gdtui.objectives.functions import central_differences
from gdtui.optimizers.before_rule import STAGES


def test_the_example_of_the_docstring_runs():
    found = doctest.testmod(gdtui)
    assert found.attempted >= 5 and found.failed == 0


def test_what_a_run_holds():
    run = gdtui.descend("himmelblau", optimizer="adam", lr=0.1, start=(-0.4, -0.65), steps=200)
    assert run.params.shape == run.grad.shape == (201, 2) and run.loss.shape == (201,)
    assert run.params.dtype == run.loss.dtype == run.grad.dtype == np.float64
    assert run.terms["m_hat"].shape == (201, 2) and np.isnan(run.terms["m_hat"][0]).all()
    assert (run.status, run.reason, run.steps) == ("max_steps", "ran all 200 steps", 200)
    assert "max_steps" in repr(run) and len(run.terms) == len(list(run.terms)) == 5
    assert run.hyperparameters == {"lr": 0.1, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}


def test_a_scalar_term_is_a_column():
    run = gdtui.descend("sphere", "adagrad", steps=5)
    assert run.terms["lr_now"].shape == (6,) and math.isnan(run.terms["lr_now"][0])


def test_what_is_given_back_is_ones_own():
    run = gdtui.descend("sphere", steps=5)
    run.params[:] = 7.0
    assert 5 not in run.terms and "delta" in run.terms and 5 not in run.watches
    run.terms["delta"][:] = 7.0
    assert run.session.branch.row(0).theta.tolist() == [-4.0, 3.0]
    assert not (run.terms["delta"][1:] == 7.0).any()


@pytest.mark.parametrize("start", [1.8, [1.8], (1.8,), np.array([1.8]), np.float32(1.8), "1.8"])
def test_a_start_in_any_form(start):
    assert gdtui.descend("x**2", start=start, steps=1).params[0, 0] == pytest.approx(1.8, rel=1e-6)


def test_a_random_start_lies_in_the_domain_and_depends_on_the_seed():
    starts = {tuple(gdtui.descend("himmelblau", start="random", steps=0, seed=s).params[0]) for s in range(20)}
    assert len(starts) == 20 and all(-5 <= v <= 5 for start in starts for v in start)
    again = gdtui.descend("himmelblau", start="random", steps=0, seed=3).params[0]
    assert tuple(again) in starts


@pytest.mark.parametrize("rule", ["adam", "lion", "rprop", "adagrad", "gd"])
def test_an_lr_that_suits_a_far_start_is_one_that_the_rule_takes(rule):
    assert gdtui.descend("x**2", rule, start=1e9, steps=2).steps == 2


def test_strings_take_settings_and_keywords_win():
    one = gdtui.descend("rosenbrock:b=10", "adam:beta1=0.8,lr=0.05", steps=3)
    two = gdtui.descend("(1 - x)**2 + b*(y - x**2)**2", "adam", constants={"b": 10}, lr=0.05, beta1=0.8, steps=3,
                        start=(-1.2, 1.0))  # fmt: skip
    assert one.params == pytest.approx(two.params, rel=1e-12)
    assert gdtui.descend("sphere", "adam:lr=0.5", lr=0.25, steps=0).hyperparameters["lr"] == 0.25


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"objective": "himelblau"}, "did you mean himmelblau"),
        ({"start": (1.0,)}, "himmelblau has 2 parameters"),
        ({"start": (math.nan, 0.0)}, "finite"),
        ({"start": (math.inf, 0.0)}, "finite"),
        ({"start": "1,two"}, "a start is written as numbers"),
        ({"start": "1,\x1b[2J"}, "a start is written as numbers"),
        ({"start": ""}, "a start is written as numbers"),
        ({"start": "1," * 5000}, "himmelblau has 2 parameters|a start is written"),
        ({"rate": 0.1}, "gd has no parameter 'rate'"),
        ({"steps": "many"}, "steps is a number"),
        ({"gtol": -1.0}, "gtol is"),
        ({"constants": {"a": 1.0}}, "himmelblau has no parameter 'a'"),
        ({"watches": ["los"]}, "did you mean loss"),
        ({"dim": 7}, "himmelblau has 2 parameters"),
        ({"optimizer": "none.toml"}, "No such file"),
        ({"optimizer": "momentum", "schedule": "step:momentum=1"}, "momentum"),
    ],
)
def test_what_is_wrong_is_a_value_error_that_says_so(options, message):
    with pytest.raises(ValueError, match=message) as caught:
        gdtui.descend(**{"objective": "himmelblau"} | options)
    assert str(caught.value).replace("\n", "").isprintable()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"objective": 3}, "objective is a name, a formula or a function; 3 is not"),
        ({"optimizer": None}, "optimizer is a name, or the path"),
        ({"objective": lambda p: 0.0, "grad": "2*p", "start": 1.0}, "grad is a function"),
        ({"start": 1j}, r"a start is one number for each parameter, start=\(-1.2, 1\); not 1j"),
        ({"start": np.array([1j, 2.0])}, "a start is one number for each parameter"),
        ({"start": ()}, r"a start is one number .* not \(\)"),
        ({"start": {"x": 1.0}}, "the start says nothing of y: write x=1,y=1"),
        ({"breakpoints": "loss < 1"}, r"breakpoints is a list of conditions, \['loss < 1'\]; 'loss < 1' is not"),
        ({"breakpoints": [1]}, "breakpoints is a list"),
        ({"watches": "loss"}, "watches is a list of expressions"),
        ({"watches": None}, "watches is a list of expressions"),
        ({"maximize": "no"}, "maximize is True or False; 'no' is not"),
        ({"schedule": 3}, "schedule is the name of a schedule"),
        ({"constants": [1]}, "constants is names with numbers"),
        ({"objective": "a*x", "constants": {"a": "z"}}, "the constant a is a number; not 'z'"),
        ({"objective": "a*x", "constants": {"a": 1j}}, "the constant a is a number"),
        ({"objective": "a*x", "constants": {3: 1.0}}, "the name of a constant is text; 3 is not"),
        ({"objective": "sum(x)", "dim": "a"}, "dim is a number, from 1 to 1000; 'a' is none"),
        ({"objective": "sum(x)", "dim": 2.5}, "dim is a whole number"),
        ({"optimizer": "adam", "state": [1.0]}, r"state is names with values, \{'m': m0, 't': 70\}; \[1.0\] is not"),
        ({"optimizer": "adam", "state": {"m": "a"}}, "the state m is made of numbers; not 'a'"),
        ({"optimizer": "adam", "state": {"m": [1j, 0.0]}}, "the state m is made of numbers"),
        ({"seed": 1.5}, "seed is a whole number"),
    ],
)
def test_what_is_of_another_kind_is_told_in_words(options, message):
    with pytest.raises(ParameterError, match=message):
        gdtui.descend(**{"objective": "himmelblau"} | options)


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (None, "your function gives one number, the loss; it gave None"),
        ("a", "it gave 'a'"),
        (1j, "it gave 1j"),
        (np.complex128(2.0), "it gave"),
        (np.array([1.0, 2.0]), r"it gave an array of shape \(2,\)"),
        ([1.0], r"it gave an array of shape \(1,\)"),
        ([1.0, [2.0]], "it gave"),
    ],
)
def test_a_function_that_gives_no_number_is_told(loss, message):
    with pytest.raises(ParameterError, match=message):
        gdtui.descend(lambda p: loss, grad=lambda p: 2 * p, start=(1.0, 2.0))


@pytest.mark.parametrize(
    ("slope", "message"),
    [
        (None, r"grad gives an array of shape \(2,\); it gave None"),
        (1.0, r"grad gave an array of shape \(\) for parameters of shape \(2,\)"),
        ([1.0, 2.0, 3.0], r"grad gave an array of shape \(3,\)"),
        ([[1.0, 2.0]], r"grad gave an array of shape \(1, 2\)"),
        ("ab", "it gave 'ab'"),
        ([1.0, [2.0]], "it gave"),
        (np.array([1j, 2.0]), "it gave array"),
    ],
)
def test_a_gradient_of_another_shape_or_kind_is_told(slope, message):
    with pytest.raises(ParameterError, match=message):
        gdtui.descend(lambda p: float(p @ p), grad=lambda p: slope, start=(1.0, 2.0))


@pytest.mark.parametrize("loss", [3, True, np.float32(3.0), np.array(3.0), np.int64(3)])
def test_numbers_of_any_type_are_a_loss(loss):
    run = gdtui.descend(lambda p: loss, grad=lambda p: [0, 0], start=(1.0, 2.0), steps=1, seed=np.int64(3))
    assert run.loss.tolist() == [float(loss)] * 2


@pytest.mark.parametrize("objective", ["himmelblau", "(x**2 + y - 11)**2 + (x + y**2 - 7)**2", "function"])
def test_numeric_is_the_gradient_to_within_differences(objective):
    target = objective
    if objective == "function":
        target = lambda v: (v[0] ** 2 + v[1] - 11) ** 2 + (v[0] + v[1] ** 2 - 7) ** 2  # noqa: E731
    options = {"optimizer": "adam", "start": (-0.4, -0.65), "lr": 0.1, "steps": 50}
    run = gdtui.descend(target, grad="numeric", **options)
    right = gdtui.descend("himmelblau", **options)
    assert run.params == pytest.approx(right.params, rel=1e-7) and run.grad == pytest.approx(right.grad, abs=1e-6)
    at = run.params[7]
    by_hand = central_differences(lambda lanes: np.array([run.session.setup.objective.value(p) for p in lanes.T]), at)
    assert run.grad[7] == pytest.approx(by_hand, rel=1e-13) and (by_hand != pytest.approx(right.grad[7], rel=1e-13))


def test_the_gradient_that_is_given_runs():
    run = gdtui.descend("x**2", grad=lambda x: -x, lr=0.5, start=1.0, steps=2)
    assert run.params[:, 0].tolist() == [1.0, 1.5, 2.25] and run.loss.tolist() == [1.0, 2.25, 5.0625]
    flat = gdtui.descend("easom", grad=lambda v: 0 * v, start=(-50.0, -50.0), gtol=1e-6, steps=2)
    assert flat.status == "stalled" and "flat" in flat.reason, "that is about the formula"
    assert gdtui.descend("rosenbrock", "polyak", grad=lambda v: v, steps=1).steps == 1, "f_min is the formula's"
    looked = gdtui.descend("x**2", "nesterov", grad=lambda x: 2 * x, start=1.0, steps=9)
    assert looked.params == pytest.approx(gdtui.descend("x**2", "nesterov", start=1.0, steps=9).params, rel=1e-14)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"objective": math.sin, "start": 1.0}, "need their gradient: grad=df, or grad='numeric' for central"),
        ({"grad": "numerical"}, "grad is a function, .*, or 'numeric', for central differences; 'numerical' is not"),
        ({"grad": lambda x: x, "objective": "x**2", "optimizer": "newton"}, "the gradient is your own function"),
        ({"grad": "numeric", "optimizer": "newton"}, "derived from a formula; the gradient is central differences"),
        ({"grad": "numeric", "optimizer": "newton", "objective": sum, "start": 1.0}, "a function has none"),
        ({"grad": "numeric", "objective": sum}, r"need a start: start=\(1.0, 2.0\)"),
        ({"grad": "numeric", "objective": sum, "start": "random"}, "need a start in numbers, not 'random'"),
        ({"grad": "numeric", "objective": sum, "start": 1.0, "constants": {"a": 2}}, "constants are for formulas; a:"),
        ({"grad": "numeric", "objective": sum, "start": 1.0, "dim": 3}, "dim is 3, and the start has 1 number"),
        ({"optimizer": np.sign}, r"is not \(a gradient is said as grad=\.\.\.\)"),
        ({"optimizer": 1.8}, r"1.8 is not \(a start is said as start=\.\.\.\)"),
        ({"steps": True}, "steps is a number, .*; 'True' is none"),
        ({"gtol": np.True_}, "gtol is a number, .*; 'True' is none"),
        ({"lr": True}, "lr is a number"),
        ({"lr": np.complex128(0.1)}, "lr is a number"),
        ({"lr": np.array([0.1])}, "lr is a number"),
        ({"optimizer": "adam", "state": {"t": 1.5}}, "the state's t is the number of updates made, 0 or more; 1.5 is"),
        ({"learning_rate": 0.1}, "gd has no parameter 'learning_rate'; here it is lr="),
        ({"LR": 0.1}, "here it is lr="),
        ({"optimiser": "adam"}, "here it is optimizer="),
        ({"max_iter": 7}, "here it is steps="),
        ({"tol": 0.1}, "here it is gtol="),
        ({"jac": np.sign}, "here it is grad="),
        ({"x0": (1, 2)}, "here it is start="),
        ({"starts": [(1, 2)]}, "here it is start="),
        ({"watch": ["loss"]}, "here it is watches="),
        ({"random_state": 3}, "here it is seed="),
        ({"momentum": 0.9}, 'the optimizer momentum has it.*optimizer="momentum"'),
        ({"beta1": 0.9}, 'optimizer="adam"'),
        ({"betas": (0.9, 0.99)}, "write beta1 and beta2, beta1=0.9,beta2=0.999"),
        ({"span": 10}, 'the schedule .* has it.*schedule="'),
        ({"args": (1,)}, "functools.partial sets"),
        ({"patienc": 3}, "did you mean patience"),
        ({"colour": 3}, r"gd has no parameter 'colour' \(it has lr\)"),
    ],
)
def test_what_is_meant_otherwise_is_told_with_the_right_word(options, message):
    with pytest.raises(ParameterError, match=message):
        gdtui.descend(**{"objective": "himmelblau"} | options)


def test_a_name_of_elsewhere_is_a_hyperparameter_where_a_rule_has_it(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('equations = "theta = theta - tol*g"\n[hyperparameters]\ntol = 0.1\n')
    assert gdtui.descend("x**2", str(path), tol=0.25, start=1.0, steps=1).params[1, 0] == 0.5
    assert gdtui.descend("x**2", "rmsprop", centered=True, steps=1).hyperparameters["centered"] == 1.0


def test_numbers_and_flags_of_numpy():
    up = gdtui.descend("-x**2", "adam", maximize=np.True_, start=np.float32(1.0), steps=np.int64(3), lr=np.float64(0.1))
    assert up.steps == 3 and up.loss[-1] > up.loss[0]
    m = gdtui.descend("x**2", "adam", state={"m": [0.5], "t": np.float32(70.0)}, start=1.0, steps=1).terms["m"]
    assert m[1, 0] == pytest.approx(0.9 * 0.5 + 0.1 * 2.0)


class Tensor:
    """As one of torch that knows its graph: NumPy may not take it, but what is detached."""

    def __init__(self, value):
        self.value = value

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("Can't call numpy() on Tensor that requires grad.")

    def detach(self):
        return self.value


def test_tensors_are_numbers():
    options = {"grad": lambda v: Tensor(2 * v), "steps": 3, "lr": 0.1}
    run = gdtui.descend(lambda v: Tensor(v @ v), start=Tensor(np.array([1.0, 2.0])), **options)
    assert run.params == pytest.approx(gdtui.descend("x**2 + y**2", start=(1.0, 2.0), lr=0.1, steps=3).params)
    many = gdtui.descend_many(lambda v: Tensor(v @ v), starts=Tensor(np.array([[1.0, 2.0]])), **options)
    assert many.params[0] == pytest.approx(run.params[-1])


def test_a_function_may_change_what_it_is_given():
    def spoil(v):
        v *= 2
        return v

    run = gdtui.descend(lambda v: float(spoil(v).sum()), grad=spoil, start=(1.0, 2.0), lr=0.25, steps=1)
    assert run.params.tolist() == [[1.0, 2.0], [0.5, 1.0]]


def test_watches_are_columns():
    texts = ["norm(delta)", "theta", "loss < 170", "delta", "prev(loss)", "3"]
    run = gdtui.descend("himmelblau", "adam", steps=4, watches=[f" {text} " for text in texts])
    assert [*run.watches] == texts and len(run.watches) == 6
    assert run.watches["norm(delta)"].shape == (5,) and run.watches["delta"].shape == (5, 2)
    assert np.isnan(run.watches["norm(delta)"][0]) and np.isnan(run.watches["delta"][0]).all()
    assert run.watches["norm(delta)"][1:] == pytest.approx(np.linalg.norm(run.terms["delta"][1:], axis=1))
    assert (run.watches[" theta "] == run.params).all()
    assert run.watches["loss < 170"].tolist() == (run.loss < 170).astype(float).tolist()
    assert run.watches["prev(loss)"].tolist() == [run.loss[0], *run.loss[:-1]]
    assert run.watches["3"].tolist() == [3.0] * 5
    run.watches["theta"][:] = 7.0
    assert (run.watches["theta"] == run.params).all()
    with pytest.raises(KeyError, match="there is no watch 'los'; there are norm"):
        run.watches["los"]
    assert not gdtui.descend("x**2", steps=1).watches


def test_the_readme_runs_as_it_is_written(monkeypatch):
    monkeypatch.setattr(gdtui, "explore", lambda *arguments, **named: None)
    text = (Path(__file__).parents[1] / "README.md").read_text()
    code = text.split("## From Python")[1].split("```python\n")[1].split("```")[0]
    names: dict = {}
    exec(code, names)
    again = gdtui.descend("himmelblau", "adam", start=names["at"], state=names["state"], steps=30)
    assert (again.params == names["run"].params[70:]).all(), "goes on to the bit"


def test_hyperparameters_are_not_shadowed_by_options():
    taken = set(inspect.signature(gdtui.descend).parameters) | {*gdtui._OPTIONS, *STAGES}
    from gdtui.optimizers.catalogue import RULES

    assert not {p.name for rule in RULES for p in rule.hyperparameters} & (taken - {"weight_decay"})


def test_importing_costs_nothing():
    code = "import gdtui, sys; print([m for m in ('numpy', 'click', 'textual', 'plotext') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


# A Run on its own


def line(x):
    return float(x @ x)


def slope(x):
    return 2 * x


OWN = {"grad": slope, "start": (1.0, -2.0), "steps": 5}


@pytest.mark.parametrize(
    ("objective", "options"),
    [
        ("himmelblau", {"optimizer": "adam", "lr": 0.1, "steps": 70_000, "watches": ["norm(delta)", "theta"]}),
        (line, OWN),
        (lambda x: float(x @ x), OWN),
    ],
    ids=["formula", "function", "lambda"],
)
@pytest.mark.parametrize("again", [lambda run: pickle.loads(pickle.dumps(run)), copy.deepcopy], ids=["pickle", "copy"])
def test_a_run_pickles(objective, options, again):
    """Its numbers do; what made them need not."""
    run = gdtui.descend(objective, **options)
    other = again(run)
    for name in ("params", "loss", "grad"):
        assert getattr(other, name).tobytes() == getattr(run, name).tobytes(), name
        assert getattr(other, name).shape == getattr(run, name).shape
    for mine, theirs in ((run.terms, other.terms), (run.watches, other.watches)):
        assert list(mine) == list(theirs)
        assert all(np.array_equal(mine[name], theirs[name], equal_nan=True) for name in mine)
    ends = [(r.status, r.reason, r.hyperparameters, r.steps, repr(r)) for r in (run, other)]
    assert ends[0] == ends[1] and other.status is run.status
    with pytest.raises(AttributeError, match="no session to go on with"):
        _ = other.session
    with pytest.raises(KeyError, match="there is no term 'deta'; did you mean delta"):
        _ = other.terms["deta"]
    other.terms["delta"][1:] = 9.0  # one's own, here too
    assert not (other.terms["delta"][1:] == 9.0).any()


def test_to_write_to_a_run_changes_no_row():
    run = gdtui.descend("himmelblau", "adam", steps=300)
    before = [run.session.branch.quantity(name, 0, 301).copy() for name in ("theta", "loss", "grad")]
    run.params[:], run.loss[:], run.grad[:] = 1.0, 2.0, 3.0
    assert (run.params == 1.0).all() and (run.loss == 2.0).all() and (run.grad == 3.0).all()
    after = [run.session.branch.quantity(name, 0, 301) for name in ("theta", "loss", "grad")]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    run.session.branch.last.trajectory.row(3)  # a row that was never copied is as it was
    assert gdtui.descend("himmelblau", "adam", steps=300).params.tobytes() == before[0].T.tobytes()


@pytest.mark.parametrize("optimizer", ["gd", "adam"])
def test_a_run_takes_less_than_twice_its_rows(optimizer):
    code = f"""if True:
        import tracemalloc, gdtui
        gdtui.descend("himmelblau", "{optimizer}", steps=5)
        tracemalloc.start()
        run = gdtui.descend("himmelblau", "{optimizer}", steps=300_000, lr=1e-5)
        run.params, run.loss, run.grad
        rows = run.session.branch.bytes
        assert rows > 300_000 * 7 * 8 and run.steps == 300_000
        print(tracemalloc.get_traced_memory()[1] / rows)
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert float(done.stdout) < 2


# Where there is no terminal


@pytest.mark.parametrize("term", ["xterm", "dumb", "", None])
def test_without_a_terminal_explore_raises_at_once(monkeypatch, term):
    called = []

    def loss(x):
        called.append(x)
        return 0.0

    if term == "xterm":
        sentence = "the explorer needs a terminal on stdin and stdout; without one, use: gdtui run"
    else:
        sentence = r"this terminal \(TERM=dumb\) cannot show the explorer; use: gdtui run"
        monkeypatch.setattr("gdtui.tui.launch._is_terminal", lambda stream: True)
    monkeypatch.delenv("TERM", raising=False)
    if term is not None:
        monkeypatch.setenv("TERM", term)
    with pytest.raises(RuntimeError, match=sentence):
        gdtui.explore(loss, grad=loss, start=(1.0,))
    assert called == []


@pytest.mark.parametrize("stream", [None, "closed"])
def test_a_stream_that_is_not_there_is_no_terminal(monkeypatch, stream):
    if stream == "closed":
        stream = io.StringIO()
        stream.close()
    monkeypatch.setattr(sys, "stdin", stream)
    with pytest.raises(RuntimeError, match="needs a terminal"):
        gdtui.explore()


def test_a_program_without_a_terminal_ends_with_the_sentence():
    code = "import gdtui; gdtui.explore()"
    done = subprocess.run(
        [sys.executable, "-c", code], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.splitlines()[-1].endswith("a terminal on stdin and stdout; without one, use: gdtui run")


# Paths


@pytest.mark.parametrize(
    ("name", "message"),
    [("~nobody-at-all.toml", "~nobody-at-all.toml: No such file"), ("~nobody-at-all/a.toml", "No such file"),
     ("a\0b.toml", "a file's name has no NUL in it"), ("~/\0.toml", "no NUL")],
)  # fmt: skip
def test_a_path_that_leads_nowhere_is_told(name, message):
    with pytest.raises(ValueError, match=message):
        gdtui.descend("x**2", name, start=1.0)


def test_a_file_whose_name_begins_with_a_tilde(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "~mine.toml").write_text('name = "mine"\nequations = "theta = theta - 0.5*g"\n')
    assert gdtui.descend("x**2", "~mine.toml", start=1.0, steps=1).params.tolist() == [[1.0], [0.0]]
