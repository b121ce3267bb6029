"""The command and the Python of a run, run: the same rows to the bit, or a comment that says why not."""

import json
import shlex
import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gdtui.cli import main
from gdtui.descent.run import begin
from gdtui.descent.session import Session
from gdtui.descent.setup import Setup, prepare
from gdtui.optimizers.catalogue import RULES
from gdtui.optimizers.schedules import SCHEDULES
from gdtui.storage.equivalent import Replay, command_of, python_of, replayed
from gdtui.storage.rows import JsonLines, Table
from gdtui.storage.rule_text import toml_of

OBJECTIVES = [
    ("himmelblau", {}), ("rosenbrock:b=10", {}), ("rosenbrock:dim=5,b=3.7", {}), ("rastrigin", {"dim": 3}),
    ("x**2 + 3*y**2", {}), ("-cos(x)", {}), ("-x + x**4", {}), ("a*x**2 + y", {"constants": {"a": -0.1}}),
    ("sum(x**4 - x**2) + sum(x[1:]*x[:-1])", {}), ("sum(x**2)", {"dim": 4}), ("norm(x[1:]) + x[0]**2", {"dim": 19}),
    ("where(x == 1, 2, x**2)", {}), ("f(b, w) = (w*3 + b - 30)**2", {}), ("f(vx, y) = vx**2 + y**2", {}),
    ("(w*3 + b - 30)**2", {"start": "b=1,w=2"}), ("vx**2", {"start": {"vx": 2.0}}),
    ("sum(x**2)", {"start": (1.0, 2.0, 3.0)}), ("(x - 1)**2", {"start": 0.9, "domain": "x=.75:1.25"}),
]  # fmt: skip
OF_LINES = [
    ("# two names\nu = x + 1\nv = u*sin(y)  # it's the second\nu**2 + v**2", {}),
    ("u = vx + k; f(vx, y) = u**2 + y**2", {"constants": {"k": 0.5}}),
    ("d = x[1:] - x[:-1]; sum(d**2) + x[0]**2", {"dim": 3}), ("goldstein-price-log", {}),
]  # fmt: skip


def equivalents(session: Session) -> tuple[str, str, Replay]:
    found = replayed(session)
    while True:
        try:
            next(found)
        except StopIteration as end:
            return command_of(end.value), python_of(end.value), end.value


def ran(command: str) -> list[dict]:
    """The rows that a command writes."""
    program, *arguments = shlex.split(command.replace("\\\n", ""), comments=True)
    assert program == "gdtui"
    result = CliRunner().invoke(main, [*arguments[:1], "--format", "jsonl", *arguments[1:]])
    assert result.exit_code in (0, 1), result.stderr
    return [found for found in map(json.loads, result.stdout.splitlines()) if found["kind"] == "step"]


def executed(python: str):
    names: dict = {}
    exec(python, names)
    return names["run"]


def bits(values) -> bytes:
    return np.array(values, dtype=float).tobytes()


def check_rows(session: Session, command: str, python: str) -> None:
    """What both make is what the session has."""
    branch, run = session.branch, executed(python)
    rows = ran(command)
    assert len(rows) == branch.count == len(run.loss)
    for number in range(branch.count):
        row = branch.row(number)
        assert bits(rows[number]["params"]) == bits(run.params[number]) == row.theta.tobytes()
        assert bits(rows[number]["loss"]) == bits(run.loss[number]) == bits(row.loss)
        assert bits(rows[number]["grad"]) == bits(run.grad[number]) == row.grad.tobytes()
        terms = rows[number].get("terms", {})
        assert list(terms) == list(row.terms)
        for name, value in row.terms.items():
            assert bits(terms[name]) == bits(run.terms[name][number]) == value.tobytes()


@st.composite
def setups(draw) -> Setup:
    """Any function by any rule with any of its numbers, and whatever may be put before it."""
    objective, named = draw(st.sampled_from(OBJECTIVES))
    rule = draw(st.sampled_from(RULES))
    options: dict = dict(named)
    if draw(st.booleans()):
        options["start"] = "random"
    elif draw(st.booleans()):
        dim = prepare(objective, "gd", **named).objective.dim
        options["start"] = tuple(draw(st.lists(st.floats(-3, 3), min_size=dim, max_size=dim)))
    for name, numbers in (("clip_norm", (0.1, 9)), ("clip_value", (0.1, 9)), ("weight_decay", (0, 0.1))):
        if draw(st.integers(0, 3)) == 0:
            options[name] = draw(st.floats(*numbers))
    parameters = {p.name: p for p in rule.hyperparameters}
    if draw(st.booleans()) and "lr" in parameters:
        schedule = draw(st.sampled_from(SCHEDULES))
        warm = draw(st.sampled_from(["", ":warmup=3", ":warmup=0"]))
        options["schedule"] = schedule.name + warm
        parameters |= {p.name: p for p in schedule.parameters}
    chosen = draw(st.lists(st.sampled_from([*parameters.values()]), unique=True)) if parameters else []
    values = {p.name: p.turned(p.default, draw(st.booleans())) for p in chosen}
    options |= {"seed": draw(st.integers(0, 2**64 - 1)), "maximize": draw(st.booleans())}
    stopping = {"gtol": draw(st.sampled_from([None, 1e-6, 0.5])), "patience": draw(st.sampled_from([None, 3]))}
    try:
        return prepare(objective, rule.name, settings=values, stopping=stopping, **options)
    except ValueError:
        assume(False)
        raise


@given(setups(), st.integers(1, 30))
@settings(max_examples=150)
def test_both_make_the_rows_of_any_setup(setup, steps):
    session = Session(setup)
    session.advance(steps)
    assume(session.branch.count > 1)
    command, python, _ = equivalents(session)
    assert "#" not in command + python
    check_rows(session, command, python)


@pytest.mark.parametrize(
    ("schedule", "optimizer", "options"),
    [
        ("lr/(1+0.1*k)", "gd", {"lr": 0.002}),
        ("lr/(1+0.1*k):warmup=5,warmup_begin=0", "adam", {"lr": 0.1}),
        ("-0.001*cos(πk) + 0.002", "momentum", {}),
        ("where(k < 3, lr, lr/10)", "gd", {}),
        ("lr*0.9ᵏ", "gd", {"warmup": 4}),
        ("wsd:warmup=2,stable=3,decay=4", "gd", {}),
    ],
)
def test_a_schedule_that_was_typed_is_said_as_it_was(schedule, optimizer, options):
    session = Session(prepare("himmelblau", optimizer, schedule=schedule, settings=options))
    session.advance(12)
    command, python, _ = equivalents(session)
    assert "#" not in command + python and schedule.partition(":")[0] in command
    check_rows(session, command, python)


@pytest.mark.parametrize(("objective", "options"), OF_LINES)
def test_lines_are_said_in_one(objective, options):
    session = begin(prepare(objective, "gd", stopping={"steps": 6}, **options))
    session.advance(6)
    command, python, _ = equivalents(session)
    check_rows(session, command, python)
    assert not command.startswith("#") and command.count("\n") == 1
    assert "vx" not in objective or "'u = vx + k; f(vx, y) = u**2 + y**2'" in command


def after(session: Session, move: tuple[str, float]) -> None:
    """One thing that a user does."""
    what, number = move
    setup = session.setup
    if what == "advance":
        session.advance(int(number))
    elif what == "seek":
        session.seek(int(number) % session.branch.count)
    elif what == "fork":
        session.fork()
    elif what == "anew":
        session.anew()
    elif what == "lr":
        session.change(setup.with_value("lr", number))
    else:
        session.change(setup.with_stopping(what, number))


MOVES = st.one_of(
    st.tuples(st.just("advance"), st.integers(1, 12)), st.tuples(st.just("seek"), st.integers(0, 30)),
    st.tuples(st.just("gtol"), st.sampled_from([1e-3, 1.0, 50.0])),
    st.tuples(st.just("diverge_at"), st.sampled_from([10.0, 1e3, 1e60])),
    st.tuples(st.just("patience"), st.integers(1, 5)), st.tuples(st.sampled_from(["fork", "anew"]), st.just(0)),
    st.tuples(st.just("lr"), st.sampled_from([0.01, 0.02])),
)  # fmt: skip


@given(
    st.sampled_from(["himmelblau", "x**2", "x**4 - x**2"]), st.sampled_from(["gd", "adam"]),
    st.lists(MOVES, max_size=9),
)  # fmt: skip
@settings(max_examples=150)
def test_whatever_was_done_the_rows_are_the_same_or_a_comment_says_that_they_are_not(objective, rule, moves):
    session = Session(prepare(objective, rule, settings={"lr": 0.01}))
    for move in [*moves, ("advance", 4)]:
        after(session, move)
    command, python, replay = equivalents(session)
    assert command.startswith("#") == python.startswith("#") == bool(replay.notes)
    if not replay.notes:
        assume(session.branch.count > 1)
        check_rows(session, command, python)


def test_a_fork_with_the_same_knobs_is_the_same_run():
    session = Session(prepare("himmelblau", "adam"))
    session.advance(9)
    session.seek(4)
    session.fork()
    session.advance(3)
    command, python, _ = equivalents(session)
    assert command == "gdtui run himmelblau -o adam --steps 7\n"
    check_rows(session, command, python)


def test_turned_knobs_are_told_with_their_rows():
    session = Session(prepare("himmelblau"))
    for lr in (0.02, 0.03):
        session.advance(5)
        session.change(session.setup.with_value("lr", lr))
    session.advance(2)
    for text in equivalents(session)[:2]:
        assert text.startswith("# knobs were turned at t = 5, 10;")
        assert "0.03" in text


def test_stopping_rules_that_would_have_ended_it_sooner_are_left_out():
    session = Session(prepare("x**2", start=3.0, settings={"lr": 0.1}))
    session.advance(20)
    session.change(session.setup.with_stopping("gtol", 4.0))
    session.advance(1)
    command, python, replay = equivalents(session)
    assert "gtol" not in command + python
    assert not replay.notes
    check_rows(session, command, python)


def test_before_the_first_row_the_steps_are_left_to_the_program():
    command, python, _ = equivalents(Session(prepare("himmelblau", stopping={"gtol": 1e-6})))
    assert command == "gdtui run himmelblau --gtol 1e-06\n"
    assert python == 'import gdtui\n\nrun = gdtui.descend("himmelblau", gtol=1e-06)\n'


def test_watches_are_columns_of_the_command_and_breakpoints_are_left_out():
    session = Session(prepare("x**2", start=2.0, watches=["norm(delta)", "-loss"], breakpoints=["t == 2"]))
    session.advance(2)
    session.advance(2)
    command, python, _ = equivalents(session)
    assert "break" not in command + python
    assert [*ran(command)[0]["watches"]] == ["norm(delta)", "-loss"]
    check_rows(session, command, python)


def test_functions_of_ones_own():
    def cube(x):
        return float(np.abs(x**3).sum())

    def slope(x):
        return 3 * x * np.abs(x)

    session = Session(prepare(cube, "adam", grad=slope, start=(1.0, -2.0), settings={"lr": 0.1}))
    session.advance(4)
    command, python, _ = equivalents(session)
    assert command == "# cube is a function of your own; gdtui run takes names and formulas\n"
    names: dict = {"f": cube, "df": slope}
    exec(python, names)
    assert names["run"].params.tobytes() == session.branch.quantity("theta", 0, 5).T.tobytes()
    assert python.startswith("# f and df: your own function and its gradient\n")


@pytest.mark.parametrize(
    ("objective", "grad", "command", "note", "written"),
    [
        ("x**2 + 3*y**2", lambda v: -v, "goes by a gradient of yours (your own function); gdtui run derives it",
         "# df: your own gradient\n", 'descend("x**2 + 3*y**2", grad=df, '),
        ("rosenbrock:b=10", "numeric", "goes by a gradient of yours (central differences); gdtui run derives it",
         "import gdtui\n", 'descend("rosenbrock:b=10", grad="numeric", '),
        (lambda v: float(v @ v), "numeric", "f is a function of your own; gdtui run takes names and formulas",
         "# f: your own function\n", 'descend(f, grad="numeric", '),
    ],
)  # fmt: skip
def test_a_gradient_that_is_not_derived(objective, grad, command, note, written):
    start = None if isinstance(objective, str) and ":" in objective else (1.0, -2.0)
    session = Session(prepare(objective, grad=grad, start=start))
    session.advance(4)
    as_command, python, _ = equivalents(session)
    assert as_command.startswith("# ") and as_command.endswith(f"{command}\n") and as_command.count("\n") == 1
    assert python.startswith(note) and written in python
    names: dict = {"f": objective, "df": grad}
    exec(python, names)
    assert names["run"].params.tobytes() == session.branch.quantity("theta", 0, 5).T.tobytes()


@pytest.mark.parametrize(
    ("objective", "grad", "source"),
    [
        ("himmelblau", None, None),
        ("himmelblau", "numeric", "central differences"),
        ("himmelblau", np.sign, "your own function sign"),
        (sum, lambda v: v, "your own function"),
        (sum, "numeric", "central differences"),
    ],
)
def test_the_header_says_where_the_gradient_is_from(objective, grad, source):
    session = Session(prepare(objective, grad=grad, start=(1.0, 2.0)))
    header = json.loads(next(JsonLines().head(session)))
    assert header.get("gradient") == source and ("formula" in header) is (objective == "himmelblau")
    assert ("gradient: " in next(Table().head(session))) is (source is not None)
    assert source is None or f" · gradient: {source} · gd" in next(Table().head(session))


RULE = """
name = "my rule"
equations = '''
v = momentum*v + g
theta = theta - lr*v
'''
[hyperparameters]
lr = 0.01
momentum = 0.9
"""


@pytest.mark.parametrize("values", [{}, {"lr": 0.03, "momentum": 0.8}])
def test_a_rule_of_a_file_and_one_that_is_in_none(tmp_path, monkeypatch, values):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.toml").write_text(RULE)
    session = Session(prepare("himmelblau", "mine.toml", settings=values))
    session.advance(5)
    command, python, _ = equivalents(session)
    assert "-o mine.toml" in command
    check_rows(session, command, python)

    (tmp_path / "mine.toml").write_text(RULE.replace("+ g", "+ 2*g"))
    command, python, _ = equivalents(session)
    for text in (command, python):
        assert text.startswith("# the rule my rule is in no file as it runs here: export it as my-rule.toml first\n")
    last = session.branch.last
    (tmp_path / "my-rule.toml").write_text(toml_of(last.program.pipeline.rule, last.values))
    check_rows(session, command, python)


def test_a_rule_of_ones_own_runs_at_the_learning_rate_of_its_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lr = "lr = { default = 1e-4, high = 1e-3 }"
    (tmp_path / "low.toml").write_text(f"equations = 'theta = theta - lr*g'\n[hyperparameters]\n{lr}\n")
    session = Session(prepare("himmelblau", "low.toml", settings={"lr": 1e-4}))
    session.advance(2)
    command, python, _ = equivalents(session)
    assert command == "gdtui run himmelblau -o low.toml --steps 2\n"
    check_rows(session, command, python)


def test_a_state_that_it_began_with_is_told():
    session = begin(prepare("himmelblau", "momentum"), {"b": [3.0, -1.0], "t": 7})
    session.advance(3)
    for text in equivalents(session)[:2]:
        assert text.startswith("# this run began or went on in a way of its own: its rows are others\n")


def test_a_shell_takes_the_command_as_it_is(tmp_path):
    session = Session(prepare("-|x|**1.5 + y·x + y² + 0·x1 + 0·x2", "adamw:beta1=0.85", start=(-0.1, 1 / 3, -7, 1e-9)))
    session.advance(2)
    command, _, _ = equivalents(session)
    assert command.count("\\\n") > 0
    shell = f'gdtui() {{ "{sys.executable}" -m gdtui "$@"; }}\n{command}'
    done = subprocess.run(["sh", "-c", shell], capture_output=True, timeout=60, check=True, cwd=tmp_path)
    assert len(done.stdout.splitlines()) == 2 + session.branch.count + 1
