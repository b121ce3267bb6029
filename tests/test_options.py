"""Options mean what they say: none is taken twice, ignored or understood otherwise without a word."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

import gdtui
from gdtui.cli import main
from gdtui.descent.run import begin
from gdtui.descent.setup import prepare
from gdtui.storage.session_file import load, save
from gdtui.tui import choosing

OWN = 'equations = """\ntheta = theta - lr*g\n"""\n[hyperparameters]\nlr = 0.4\n'


def invoke(*arguments):
    return CliRunner().invoke(main, arguments)


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(OWN)
    return str(path)


def test_a_rule_file_runs_at_its_own_learning_rate_in_every_face(own):
    lines = invoke("run", "x**2", "-o", own, "--start", "1", "--steps", "1", "--format", "jsonl").stdout.splitlines()
    assert json.loads(lines[0])["hyperparameters"] == {"lr": 0.4}
    assert json.loads(lines[2])["params"] == [1 - 0.4 * 2]
    assert gdtui.descend("x**2", own, start=1.0, steps=1).hyperparameters == {"lr": 0.4}
    assert gdtui.descend_many("x**2", own, starts=[1.0, 2.0], steps=1).hyperparameters == {"lr": 0.4}
    assert "lr             0.4" in invoke("show", own).stdout
    assert "a run takes this lr until one is set" in invoke("show", own).stdout
    chosen = choosing.with_optimizer(prepare("himmelblau", "adam"), own)
    assert chosen.values["lr"] == 0.4
    assert choosing.with_objective(chosen, "rosenbrock").values["lr"] == 0.4


def test_what_is_set_goes_before_the_file(own):
    assert gdtui.descend("x**2", own, start=1.0, steps=0, lr=0.1).hyperparameters["lr"] == 0.1
    assert gdtui.descend("x**2", f"{own}:lr=0.1", start=1.0, steps=0).hyperparameters["lr"] == 0.1
    assert "lr             0.1" in invoke("show", f"{own}:lr=0.1").stdout


def test_the_catalogue_takes_a_rate_that_suits_the_function():
    assert gdtui.descend("himmelblau", "gd", steps=0).hyperparameters["lr"] == 0.01
    assert "until lr is set a run takes one that suits the function" in invoke("show", "gd").stdout
    assert "until lr is set a run takes one that suits its domain" in invoke("show", "adam").stdout
    assert "until lr is set" not in invoke("show", "adam:lr=0.2").stdout


def test_a_session_of_ones_own_rule_keeps_its_rate(own, tmp_path):
    session = begin(prepare("himmelblau", own))
    save(session, tmp_path / "mine.gdt")
    opened = load(tmp_path / "mine.gdt").session.setup
    assert opened.values == {"lr": 0.4} and choosing.with_objective(opened, "rosenbrock").values == {"lr": 0.4}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "himmelblau", "-o", "adam", "-o", "gd"], "-o is given twice: one run has one optimizer"),
        (["run", "himmelblau", "-o", "adam", "--optimizer", "gd"], "is given twice"),
        (["explore", "himmelblau", "--start", "1,1", "--start", "2,2"], "--start is given twice: one run"),
        (["himmelblau", "--lr", "1", "--lr", "2"], "--lr is given twice"),
        (["run", "x^2", "--seed", "1", "--seed", "1"], "--seed is given twice"),
        (["run", "x^2", "--maximize", "--maximize"], "--maximize is given twice"),
        (["run", "x^2", "--format", "csv", "--format", "jsonl"], "--format is given twice"),
        (["run", "x^2", "--domain", "x=0:1", "--domain", "x=0:2"], "--domain is given twice"),
        (["gradcheck", "x^2", "--gradient", "x", "--gradient", "2x"], "--gradient is given twice"),
        (["diff", "x^2", "-o", "gd", "-o", "adam", "--steps", "1", "--steps", "2"], "--steps is given twice"),
        (["show", "x^2", "--dim", "2", "--dim", "3"], "--dim is given twice"),
        (["run", "a*x^2", "-c", "a=1", "-c", "a=2"], "-c a is given twice"),
        (["run", "rosenbrock:b=1,b=2"], "rosenbrock: b is set twice"),
        (["run", "rosenbrock:b=10", "-c", "b=20"], "b is set twice, by rosenbrock:b=... and by -c b=..."),
        (["run", "rosenbrock:dim=9", "--dim", "5"], "are two dimensions"),
        (["run", "x^2", "-o", "adam:lr=1", "--lr", "2"], "lr is set twice, by -o adam:lr=1 and by --lr"),
        (["run", "x^2", "-o", "adamw:weight_decay=1", "--weight-decay", "2"], "weight_decay is set twice"),
        (["run", "x^2+y^2", "-c", "q=3"], "-c q: the formula has no 'q' (it has x, y)"),
        (["run", "alpha*x^2", "-c", "alpa=3"], "-c alpa: the formula has no 'alpa'; did you mean alpha?"),
    ],
)
def test_what_is_given_twice_or_to_no_purpose_is_refused(arguments, message):
    result = invoke(*arguments)
    assert result.exit_code == 2 and message in result.stderr, result.stderr
    assert "Traceback" not in result.stderr


def test_what_may_be_repeated_is():
    result = invoke("run", "a*x^2 + b", "-c", "a=1", "-c", "b=2", "--watch", "loss", "--watch", "x", "--steps", "0")
    assert result.exit_code == 0 and "lr" in result.stdout


def test_a_constant_that_the_function_does_not_have_is_refused_in_python_too():
    with pytest.raises(ValueError, match="the formula has no 'q'"):
        gdtui.descend("x^2", constants={"q": 3}, steps=0)


def test_the_header_says_names_start_and_seed():
    head = json.loads(invoke("run", "f(b, w) = w*3 + b", "--start", "1,2", "--seed", "7", "--steps", "0",
                             "--format", "jsonl").stdout.splitlines()[0])  # fmt: skip
    assert (head["names"], head["start"], head["seed"], head["data"]) == (["b", "w"], [1.0, 2.0], 7, None)
    head = json.loads(invoke("run", "rosenbrock:dim=3", "--steps", "0", "--format", "jsonl").stdout.splitlines()[0])
    assert head["names"] == ["x1", "x2", "x3"] and head["objective"] == "rosenbrock"


def test_show_names_the_parameters_and_their_start():
    shown = invoke("show", "(w*3+b-30)^2", "--start", "w=1,b=2").stdout
    assert shown.startswith("f(w, b) = (w*3+b-30)^2\n")
    assert "  parameters  w, b\n" in shown and "  start       w = 1, b = 2\n" in shown
    assert "  convention  where a = b, each side of max(a, b) gets half\n" in invoke("show", "max(x, y)").stdout
    assert "convention  " not in invoke("show", "himmelblau").stdout


def test_a_domain_is_an_option_a_keyword_and_saved(tmp_path):
    setup = prepare("(x-1)^2", start=0.9, domain="x=.75:1.25")
    assert setup.objective.domain == ((0.75, 1.25),) and not setup.objective.domain_guessed
    save(begin(setup), tmp_path / "mine.gdt")
    opened = load(tmp_path / "mine.gdt").session.setup.objective
    assert opened.domain == ((0.75, 1.25),) and not opened.domain_guessed
    formula = ("(x-1)^2", "--start", "0.9", "--domain", "x=.75:1.25")
    plot = invoke("run", *formula, "--plot", "contour", "--steps", "3").stdout
    assert "0.8" in plot and "1.2" in plot and "5" not in plot.splitlines()[-2]
    setup = prepare("himmelblau", domain={"x": (0, 3)})
    save(begin(setup), tmp_path / "mine.gdt")
    opened = load(tmp_path / "mine.gdt").session.setup.objective
    assert opened.domain == ((0.0, 3.0), (-5.0, 5.0)) and opened.minimizers == setup.objective.minimizers
    assert opened.help == setup.objective.help


def test_a_guessed_domain_is_saved_as_a_guess(tmp_path):
    save(begin(prepare("(x-1)^2", start=0.9)), tmp_path / "mine.gdt")
    assert load(tmp_path / "mine.gdt").session.setup.objective.domain_guessed


@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [
        (["abs(x)", "--gradient", "sign(x)", "--start", "0"], "elsewhere they agree", 0),
        (["max(x,y)", "--gradient", "where(x>y,1,0); where(x>y,0,1)", "--start", "1,1"], "elsewhere they agree", 0),
        (["max(x,y)", "--gradient", "1; 0", "--start", "x=1,y=1"], "elsewhere they part in ∂f/∂x, ∂f/∂y", 1),
        (["where(x<0,-x,x)", "--gradient", "sign(x)", "--start", "0"], "elsewhere they agree", 0),
        (["abs(x)", "--gradient", "where(x >= 0, 1, -1)", "--start", "0"], "elsewhere they agree", 0),
    ],
)
def test_gradcheck_at_a_kink_says_that_it_is_one(arguments, said, code):
    result = invoke("gradcheck", *arguments)
    last = result.stdout.splitlines()[-1]
    assert last == f"the start is a kink, where no one slope is right; {said}" and result.exit_code == code
    assert "the function has a kink" in result.stdout and "200 points compared" in result.stdout


def test_gradcheck_compares_at_the_start_that_is_given():
    assert invoke("gradcheck", "x^2", "--gradient", "2x", "--start", "1e3").stdout.splitlines()[-1] == "they agree"
    told = invoke("gradcheck", "x^4", "--gradient", "4x^3 + 0*x/(x-1000)", "--start", "1000").stdout
    assert "they part" in told and "x = 1000" in told


def test_window_and_path_of_a_picture():
    plot = invoke("run", "(w*3+b-30)^2+(w*5+b-50)^2", "--start", "1,2", "--steps", "30", "--plot", "contour").stdout
    assert plot.startswith("Contour: f(w, b) = (w*3+b-30)^2+(w*5+b-50)^2, gd\n")
    run = gdtui.descend("x^2", lr=1.05, start=1.0, steps=20)
    from gdtui.tui.frame import frame_of

    low, high = frame_of(run.session, "contour").domain[0]
    assert low <= run.params.min() and run.params.max() <= high < 4 * np.abs(run.params).max()
