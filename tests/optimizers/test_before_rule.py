"""The table of what may stand before a rule: an entry more is an option, a keyword, a knob, saved, shown, copied."""

import importlib.util
import json
import shlex
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import gdtui
import gdtui.cli
from gdtui.descent.runs import Runs
from gdtui.descent.session import Session
from gdtui.descent.setup import prepare
from gdtui.optimizers.before_rule import STAGES, Stage
from gdtui.optimizers.pipeline import Pipeline
from gdtui.optimizers.resolve import resolve_rule
from gdtui.storage.describe import equation_texts
from gdtui.storage.equivalent import Replay, command_of, python_of
from gdtui.storage.session_file import load, save
from gdtui.storage.session_parts import pipeline_written
from gdtui.tui.choosing import with_optimizer
from gdtui.tui.going_on import what_goes_on
from gdtui.tui.knobs import knobs_of, set_knob, turn_knob
from tests.tui.exploring import drives_the_app, exploring

SHRINK = Stage("shrink", "the gradient is divided by this", (("shrunk", "g", "g/shrink"),), "F", (2.0, 1.0, 100.0),
               elsewhere="gradient_divisor")  # fmt: skip
SQUASH = Stage("squash", "the gradient goes through tanh", (("squashed", "g", "tanh(g)"),), "")
START = (0.5, -0.4)


@pytest.fixture(autouse=True)
def entries(monkeypatch):
    for stage in (SHRINK, SQUASH):
        monkeypatch.setitem(STAGES, stage.name, stage)


@pytest.fixture
def main(monkeypatch):
    """The command line as it would be with the entries: a module of its own, made again, and diff with it."""
    monkeypatch.delitem(sys.modules, "gdtui.cli.comparing")
    spec = importlib.util.spec_from_file_location("with_entries", gdtui.cli.__file__)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main


def rows(main, *arguments):
    result = CliRunner().invoke(main, ["run", *arguments, "--format", "jsonl"])
    assert result.exit_code in (0, 1), result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_an_entry_is_an_option(main):
    text = CliRunner().invoke(main, ["run", "--help"]).stdout
    assert "--shrink F" in text and "The gradient is divided by this." in text and "--squash " in text
    head, _, first, _ = rows(main, "himmelblau", "--shrink", "4", "--squash", "--steps", "1", "--lr", "0.1")
    assert head["hyperparameters"] == {"lr": 0.1, "shrink": 4.0} and head["squash"] is True
    terms = {name: np.array(value) for name, value in first["terms"].items()}
    assert [*terms] == ["g", "shrunk", "squashed", "delta"]
    assert (terms["shrunk"] == terms["g"] / 4).all()
    assert terms["delta"] == pytest.approx(-0.1 * np.tanh(terms["shrunk"]), rel=1e-14)
    for arguments in (["--shrink", "0.5"], ["-o", "gd:shrink=2", "--shrink", "3"], ["--squash", "--squash"]):
        assert CliRunner().invoke(main, ["run", "himmelblau", *arguments]).exit_code == 2
    both = ["diff", "himmelblau", "-o", "gd:shrink=2", "-o", "gd", "--shrink", "4", "--steps", "2"]
    assert "shrink = 2" in CliRunner().invoke(main, both).stdout, "one of two has its own"


def test_an_entry_is_a_keyword():
    one = gdtui.descend("himmelblau", lr=1e-3, steps=5, shrink=4.0, squash=True)
    assert (one.terms["shrunk"][1:] == one.grad[:-1] / 4).all()
    named = gdtui.descend("himmelblau", "gd:shrink=4", lr=1e-3, steps=5, squash=True)
    assert (named.params == one.params).all()
    many = gdtui.descend_many("himmelblau", starts=[START] * 2, lr=1e-3, steps=5, shrink=[1.0, 4.0], record=True)
    for lane, shrink in enumerate((1.0, 4.0)):
        own = gdtui.descend("himmelblau", start=START, lr=1e-3, steps=5, shrink=shrink)
        assert many.history.params[:, lane] == pytest.approx(own.params, rel=1e-13)
    with pytest.raises(ValueError, match=r"here it is shrink=\.\.\. in Python, and --shrink VALUE on the command line"):
        gdtui.descend("himmelblau", gradient_divisor=2.0)
    with pytest.raises(ValueError, match=r"shrink is from 1 to 100; 0\.5 is outside"):
        gdtui.descend("himmelblau", shrink=0.5)
    with pytest.raises(ValueError, match="squash is True or False; 1 is not"):
        gdtui.descend("himmelblau", squash=1)
    with pytest.raises(ValueError, match=r"here it is squash=\.\.\. in Python, and --squash on the command line"):
        gdtui.descend("himmelblau", "gd:squash=1")


def test_an_entry_is_a_knob():
    setup = prepare("himmelblau")
    assert knobs_of(setup)["shrink"] == ("shrink", None, SHRINK.parameter) and "squash" not in knobs_of(setup)
    on = turn_knob(setup, "shrink", True)
    assert on.values["shrink"] == 2.0 and on.pipeline.has("shrink")
    assert turn_knob(on, "shrink", True).values["shrink"] == 5.0
    off = set_knob(on, "shrink", "off")
    assert off.pipeline == setup.pipeline and "shrink" not in off.values
    session = Session(on)
    session.advance(3)
    session.seek(0)
    before = Runs.of(session)
    session.change(off)
    assert what_goes_on(before, before.branch.end, session) == "shrink off begins from the start; the old run stays"


def test_an_entry_is_saved_and_opened(tmp_path):
    session = Session(prepare("himmelblau", "adam", shrink=3.0, squash=True, seed=2))
    session.advance(7)
    save(session, tmp_path / "run.gdt")
    written = json.loads((tmp_path / "run.gdt").read_text())["pipelines"][0]
    assert written["shrink"] is True and written["squash"] is True
    opened = load(tmp_path / "run.gdt").session
    assert opened.setup.pipeline == session.setup.pipeline and opened.setup.values == session.setup.values
    for each in (session, opened):
        each.advance(9)
    assert opened.row.theta.tobytes() == session.row.theta.tobytes()


def test_an_entry_is_copied_and_the_copy_makes_its_rows(main):
    session = Session(prepare("himmelblau", "momentum", shrink=3.0, squash=True))
    session.advance(4)
    replay = Replay(session.setup, 4)
    command = command_of(replay)
    assert "--shrink 3" in command and "--squash" in command
    last = rows(main, *shlex.split(command.replace("\\\n", ""))[2:])[-2]
    names: dict = {}
    exec(python_of(replay), names)
    for params in (last["params"], names["run"].params[-1]):
        assert (np.array(params) == session.row.theta).all()


@drives_the_app
async def test_an_entry_is_shown_and_turned_on_the_screen():
    async with exploring(squash=True) as it:
        while it.bench.knob != "shrink":
            await it.press("tab")
        await it.press("up", "n")
        assert "shrunk" in "\n".join(it.pane("update")) and "squashed" in "\n".join(it.pane("update"))
        assert it.session.row.terms["shrunk"] == pytest.approx(it.session.row.terms["g"] / 2)
        await it.press("u")
        assert not it.session.setup.pipeline.has("shrink")


def test_a_rule_with_its_own_takes_the_number(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text('equations = "theta = theta - lr*g/shrink"\n[hyperparameters]\nlr = 0.1\nshrink = 5.0\n')
    run = gdtui.descend("himmelblau", str(path), steps=3, shrink=2.0)
    assert list(run.terms) == ["delta"] and run.hyperparameters == {"lr": 0.1, "shrink": 2.0}
    assert (run.params[1] == run.params[0] - 0.1 * run.grad[0] / 2.0).all()
    pipeline = replace(prepare("himmelblau", shrink=2.0).pipeline, rule=resolve_rule(str(path))[0])
    assert not pipeline.has("shrink") and pipeline_written(pipeline)["shrink"] is True, "another rule has it again"


def test_what_is_not_in_the_table_is_no_keyword():
    with pytest.raises(TypeError, match="unexpected keyword argument 'shrnk'"):
        prepare("himmelblau", shrnk=2.0)


@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
def test_each_is_documented(stage):
    text = " ".join((Path(__file__).parents[2] / "README.md").read_text().split())
    row = f"| `{f'{stage.option} {stage.takes}'.strip()}` |"
    assert row in text and stage.help in text.partition(row)[2][:300]
    for _, _, expression in stage.lines:
        assert expression in text
    assert f"``{stage.name}``" in gdtui.descend.__doc__


def test_the_docstring_has_them_in_their_order():
    names = [name for name in STAGES if name not in (SHRINK.name, SQUASH.name)]
    assert ", ".join(f"``{name}``" for name in names) in " ".join(gdtui.descend.__doc__.split())


def test_the_equations_are_those_of_the_table_in_its_order():
    names = frozenset(STAGES) - {SHRINK.name, SQUASH.name}
    lines = [text for _, text in equation_texts(Pipeline(resolve_rule("gd")[0], names).equations(2))]
    assert [" ".join(line.split()) for line in lines[:5]] == [
        "g = −∇f",
        "noisy = g + σₙ·normal()",
        "clipped_value = minimum(maximum(noisy, −clip_value), clip_value)",
        "clipped = clipped_value·minimum(1, clip_norm/(‖clipped_value‖+1e-06))",
        "decayed = clipped + λ·θ",
    ]


def test_a_rules_sigma_is_its_own_beside_that_of_the_noise():
    setup = prepare("himmelblau", "noisy-gd:sigma=2", grad_noise=0.5, watches=["σ", "σₙ"])
    session = Session(setup)
    session.advance(1)
    assert [float(session.values_of(watch, 1, 2)[0]) for watch in setup.watches] == [2.0, 0.5]


def test_a_session_file_has_what_was_set_in_the_order_that_it_had(tmp_path):
    options = {"clip_value": 2.0, "weight_decay": 0.1, "clip_norm": 1.0}
    save(Session(prepare("himmelblau", settings={"lr": 0.1}, **options)), tmp_path / "run.gdt")
    written = json.loads((tmp_path / "run.gdt").read_text())
    assert [*written["setup"]["chosen"]] == ["lr", "clip_norm", "clip_value", "weight_decay"]
    assert [*written["setup"]["values"]] == ["lr", "clip_value", "clip_norm", "weight_decay"]
    assert [*written["pipelines"][0]] == ["rule", "clip_value", "clip_norm", "weight_decay"]


def test_the_table_of_rows_and_the_optimizer_that_is_chosen_have_them(main):
    words = ["run", "himmelblau", "--maximize", "--squash", "--shrink", "4", "--steps", "0"]
    shown = CliRunner().invoke(main, words).stdout
    assert "gd · maximize · squash · lr = 0.01, shrink = 4" in shown
    chosen = with_optimizer(prepare("himmelblau", "adam"), "gd:grad_noise=2,shrink=3")
    assert chosen.values == {"lr": 0.01, "grad_noise": 2.0, "shrink": 3.0} and chosen.pipeline.has("grad_noise")


@pytest.mark.parametrize(("name", "refused"), [("squash", True), ("schedule", True), ("grad_noise", False)])
def test_a_rule_may_have_a_number_of_that_name_and_no_flag(tmp_path, name, refused):
    path = tmp_path / "own.toml"
    path.write_text(f'equations = "theta = theta - {name}*g"\n[hyperparameters]\n{name} = 0.01\n')
    if refused:
        with pytest.raises(ValueError, match=f"'{name}' is an option of every run"):
            gdtui.descend("himmelblau", str(path), steps=1)
    else:
        assert list(gdtui.descend("himmelblau", str(path), steps=1, grad_noise=0.02).terms) == ["delta"]
