"""Save, load, go on: to the bit."""

import os
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdtui.descent.breakpoints import toggled
from gdtui.descent.run import begin
from gdtui.descent.session import Session
from gdtui.descent.setup import prepare
from gdtui.descent.trajectory import FIRST_CHUNK, KEPT_EVERY, chunk_rows
from gdtui.objectives.catalogue import BY_NAME as OBJECTIVES
from gdtui.optimizers.catalogue import BY_NAME as RULES
from gdtui.optimizers.pipeline import Pipeline
from gdtui.optimizers.schedules import BY_NAME as SCHEDULES
from gdtui.storage.session_file import load, save
from gdtui.storage.strict_json import SessionFileError
from gdtui.storage.verification import verify
from tests.storage.sessions import LOOKING_BACK, NOISY, made, rule_file, same


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.gdt"


def saved(session, path):
    """The session after it went through a file, which holds what it claims."""
    save(session, path)
    assert verify(path).holds, verify(path).sentence
    opened = load(path)
    assert opened.note == ""
    same(session, opened.session)
    return opened.session


def other_rule(session, rule, schedule=None, **before):
    session.change(session.setup.with_pipeline(Pipeline(rule, frozenset(before), schedule), {"lr": 0.01} | before))


def edited(session):
    rule = session.setup.pipeline.rule
    text = rule.equations + "\n# edited" if "#" not in rule.equations else rule.equations.replace("0.5", "0.6")
    session.change(session.setup.with_pipeline(replace(session.setup.pipeline, rule=replace(rule, equations=text))))


DEEDS = {
    "step": lambda s, n: [s.step() for _ in range(n % 7)],
    "advance": lambda s, n: s.advance(n),
    "back": lambda s, n: s.back(),
    "seek": lambda s, n: s.seek(n),
    "fork": lambda s, n: s.fork(),
    "anew": lambda s, n: s.anew(),
    "knob": lambda s, n: s.change(s.setup.with_value("lr", 1e-4 * (1 + n))),
    "momentum": lambda s, n: other_rule(s, RULES["momentum"]),
    "adan": lambda s, n: other_rule(s, RULES["adan"], **({"clip_norm": 0.5} if n % 2 else {})),
    "noise": lambda s, n: other_rule(s, RULES["noisy-gd" if n % 2 else "sam"], grad_noise=0.1 * n, clip_norm=3.0),
    "noisy": lambda s, n: other_rule(s, RULES["noisy-gd"], schedule=SCHEDULES["cosine"]),
    "edit": lambda s, n: edited(s),
    "start": lambda s, n: s.change(replace(s.setup, start=(0.1 * n, -0.5))),
    "sphere": lambda s, n: s.change(s.setup.with_objective(OBJECTIVES["sphere"])),
    "stopping": lambda s, n: s.change(s.setup.with_stopping("patience", 1 + n)),
    "breakpoint": lambda s, n: s.set_breakpoints([f"loss <\n {n}", "t == 30"]),
    "waiting": lambda s, n: s.set_breakpoints(["norm(q) < 1"]) if "q" in s.branch.last.layout.shapes else None,
    "off": lambda s, n: s.change(toggled(s.setup, "t == 30")),
    "drop": lambda s, n: setattr(s, "branches", [b for k, b in enumerate(s.branches) if k != n or b is s.branch]),
    "switch": lambda s, n: s.switch(s.branches[n % len(s.branches)]),
}


@settings(max_examples=100)
@given(
    before=st.lists(st.tuples(st.sampled_from([*DEEDS]), st.integers(0, 60)), max_size=14),
    after=st.lists(st.tuples(st.sampled_from([*DEEDS]), st.integers(0, 60)), max_size=5),
)
def test_any_session_comes_back_and_goes_on_as_it_would_have(tmp_path_factory, before, after):
    directory = tmp_path_factory.mktemp("session")
    looking_back = rule_file(directory, LOOKING_BACK)
    session = made("himmelblau", looking_back, watches=["norm(delta)"], stopping={"gtol": 1e-4, "steps": 400})
    for deed, number in before:
        DEEDS[deed](session, number)
    again = saved(session, directory / "run.gdt")
    for deed, number in after:
        DEEDS[deed](session, number)
        DEEDS[deed](again, number)
        same(session, again)
    saved(again, directory / "run.gdt")


@pytest.mark.parametrize("rule", RULES)
def test_every_optimizer(rule, path):
    session = made("rosenbrock", rule, seed=3)
    session.advance(60)
    session.seek(7)
    assert saved(session, path).cursor == 7
    path.with_name(next(path.parent.glob("*.rows")).name).unlink()
    opened = load(path)
    assert "is missing; its rows were computed again: they are the same to the bit" in opened.note
    same(session, opened.session)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_schedule_clipped_decayed_and_upwards(schedule, path):
    session = made(
        "styblinski-tang", "momentum", schedule=f"{schedule}:warmup=5", clip_norm=1.0, clip_value=0.8,
        weight_decay=0.01, maximize=True,
    )  # fmt: skip
    session.advance(50)
    again = saved(session, path)
    assert again.setup.pipeline.schedule == session.setup.pipeline.schedule


TYPED = ["lr/(1+0.1*k)", "lr*0.9ᵏ:warmup=3,warmup_begin=0", "0.001/t", "wsd:stable=3,decay=4"]


@pytest.mark.parametrize("formula", TYPED)
def test_a_schedule_that_was_typed(formula, path):
    session = made("himmelblau", "adam", schedule=formula)
    session.advance(20)
    session.seek(9)
    again = saved(session, path)
    assert again.setup.pipeline == session.setup.pipeline
    assert verify(path).holds


FROM_THETA = """
slow  = slow + 0.1*(theta - lr*g - slow)
norm0 = norm0*1
theta -= lr*(g + 0.1*(theta - slow)/norm0)
"""


def test_an_init_that_reads_theta_begins_where_its_rule_does(path, tmp_path):
    """At the start, and in the middle of a run where another rule takes over; an edited one keeps its state."""
    file = tmp_path / "slow.toml"
    file.write_text(
        f'equations = """{FROM_THETA}"""\nhyperparameters.lr = 0.001\n[init]\nslow = "theta"\nnorm0 = "norm(theta)"'
    )
    session = made("himmelblau", "gd")
    session.advance(12)
    other = prepare("himmelblau", str(file))
    session.change(session.setup.with_pipeline(other.pipeline))
    session.advance(12)
    first = session.branch.last
    entry, at = first.trajectory.row(0), first.layout.columns
    assert first.first == 12 and entry[at["slow"]].tolist() == entry[at["theta"]].tolist()
    assert entry[at["norm0"]] == pytest.approx(np.linalg.norm(entry[at["theta"]]))
    rule = replace(other.pipeline.rule, name="mine", edited_from="slow", equations=FROM_THETA.replace("0.1", "0.2"))
    session.change(session.setup.with_pipeline(replace(other.pipeline, rule=rule)))
    session.advance(3)
    kept, before = session.branch.last, session.branch.segments[-2]
    assert kept.trajectory.row(0)[kept.layout.columns["slow"]].tolist() == before.trajectory.row(
        kept.first - before.first
    )[before.layout.columns["slow"]].tolist()
    again = saved(session, path)
    same(session, again)
    assert verify(path).holds


OTHERS = ["rosenbrock:b=10", "rosenbrock:dim=30", "x**2 + 3*y**2 - a*x*y", "sum(x[1:]**4)"]


@pytest.mark.parametrize("objective", [*OBJECTIVES, *OTHERS])
def test_every_objective(objective, path):
    constants = {"a": 0.5} if "a*x" in objective else None
    session = made(objective, "gd", constants=constants)
    session.advance(10)
    again = saved(session, path)
    assert again.setup.objective == session.setup.objective  # the catalogue's, with its help, where it is from there
    assert again.branch.objective == again.setup.objective


@pytest.mark.parametrize("equations", [LOOKING_BACK, NOISY])
def test_thinned_rows_and_noise(equations, path, tmp_path):
    session = made("rosenbrock", rule_file(tmp_path, equations), budget=100_000, seed=11)
    session.advance(70)
    session.change(session.setup.with_value("lr", 0.0005))
    for _ in range(5):
        session.advance(1000)
    assert session.branch.last.trajectory.thinned == 1
    again = saved(session, path)
    assert again.branch.bytes < 500_000
    assert again.branch.last.trajectory.thinned == session.branch.last.trajectory.thinned
    for file in path.parent.glob("*.rows"):
        file.unlink()
    opened = load(path)
    assert "the same to the bit" in opened.note and opened.session.branch.bytes == again.branch.bytes
    same(session, opened.session)
    for one in (session, opened.session):
        one.advance(300)
    same(session, opened.session)


def test_a_failed_run_and_a_checkpoint(path):
    failed = made("log(x)", "gd", start=0.5, settings={"lr": 1.0})
    failed.advance(9)
    assert failed.branch.end.status.failed
    again = saved(failed, path)
    assert again.end.reason == failed.end.reason
    failed.anew()
    saved(failed, path)
    session = begin(prepare("rosenbrock", "adam"), {"m": [0.5, -0.25], "v": [1.0, 2.0], "t": 70})
    session.advance(20)
    assert saved(session, path).branch.last.t0 == 70


def test_how_many_random_starts_were_drawn_is_kept_and_an_old_session_drew_none(path):
    session = made()
    save(session, path, {})
    assert "drawn" not in path.read_text() and load(path).session.setup.drawn == 0
    session.setup = replace(session.setup, drawn=8)
    save(session, path, {})
    assert load(path).session.setup.drawn == 8
    for wrong in ("0", "1.5", "1000001", '"8"'):
        path.write_text(path.read_text().replace('"drawn": 8', f'"drawn": {wrong}'))
        with pytest.raises(SessionFileError, match="drawn"):
            load(path)
        path.write_text(path.read_text().replace(f'"drawn": {wrong}', '"drawn": 8'))


def test_the_screen_is_kept(path):
    session = made()
    save(session, path, {"knob": "beta1", "zoom": 3.0, "equal axes": True})
    assert load(path).screen == {"knob": "beta1", "zoom": 3.0, "equal axes": True}


def test_old_rows_go_when_no_session_names_them(path):
    session = made()
    for _ in range(3):
        session.advance(5)
        save(session, path)
        assert len(list(path.parent.glob("*.rows"))) == 1
    copied = path.with_name("copy.gdt")
    copied.write_bytes(path.read_bytes())
    stranger = path.with_name("run-other.rows")
    stranger.write_bytes(b"")
    session.advance(5)
    save(session, path)
    assert load(copied).note == "" and load(path).note == ""
    assert len(list(path.parent.glob("*.rows"))) == 3 and stranger.exists()
    save(session, path)
    assert not list(path.parent.glob("*.part-*"))


def test_functions_of_ones_own_are_told_so(path):
    def bowl(theta):
        return float(theta @ theta)

    session = begin(prepare(bowl, grad=lambda theta: 2 * theta, start=(1.0, 2.0)))
    with pytest.raises(SessionFileError, match="bowl is a function of your own, and a session file holds text alone"):
        save(session, path)
    for grad, source in ((lambda v: -v, "your own function"), ("numeric", "central differences")):
        session = begin(prepare("himmelblau", grad=grad))
        why = rf"himmelblau goes by a gradient of yours \({source}\), and a session file holds text alone"
        with pytest.raises(SessionFileError, match=why):
            save(session, path)
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("broken", ["directory", "missing", "suffix", "surrogate"])
def test_where_it_cannot_be_written(path, broken):
    session = made()
    name, why = {
        "directory": ("sub.gdt", "no regular file"),
        "missing": ("nowhere/run.gdt", "No such file or directory; the session was not saved"),
        "suffix": ("run.json", "name ends with .gdt"),
        "surrogate": ("run\udcff.gdt", "no text in UTF-8"),
    }[broken]
    path.with_name("sub.gdt").mkdir()
    with pytest.raises(SessionFileError, match=why):
        save(session, path.parent / name)
    assert [p.name for p in path.parent.iterdir()] == ["sub.gdt"]


def test_a_disk_that_is_full_leaves_the_old_session(path, monkeypatch):
    session = made()
    session.advance(5)
    save(session, path)
    before = {p.name: p.read_bytes() for p in path.parent.iterdir()}
    session.advance(5)

    def full(_):
        raise OSError(28, "No space left on device")

    calls = []

    def full_for_the_json(*arguments):
        calls.append(arguments)
        return full(0) if len(calls) == 2 else replaced(*arguments)

    replaced = os.replace
    for moment, failing in (("fsync", full), ("replace", lambda *_: full(0)), ("replace", full_for_the_json)):
        with monkeypatch.context() as patched:
            patched.setattr(f"gdtui.storage.writing.os.{moment}", failing)
            with pytest.raises(SessionFileError, match="No space left on device; the session was not saved"):
                save(session, path)
        assert {p.name: p.read_bytes() for p in path.parent.iterdir()} == before


def test_the_form_of_the_rows_file_is_that_of_version_1():
    """Thinned chunks lie in the file as they lie in memory: other sizes would be another version of the form."""
    assert (FIRST_CHUNK, KEPT_EVERY) == (256, 256)
    assert [chunk_rows(width) for width in (3, 128, 129, 1000, 10**6)] == [4096, 4096, 3840, 512, 256]


def test_what_was_no_number_and_how_it_stood_before_knobs_stay_in_the_file(path, tmp_path):
    rule = tmp_path / "root.toml"
    rule.write_text('equations = """\nr = sqrt(4 - t)\ntheta = theta - lr*where(t < 0, r, g)\n"""\n'
                    "[hyperparameters]\nlr = 0.1\n")  # fmt: skip
    session = begin(prepare("x**2", str(rule), start=1.8, settings={"lr": 0.1}, stopping={"gtol": 0.01}))
    session.advance(6)
    opened = saved(session, path)
    assert opened.branch.remark is not None and opened.branch.remark.row == 5
    for each in (session, opened):
        each.advance(99)
    assert opened.end == session.end and "r is NaN at t = 5" in opened.end.reason
    end = session.end
    session.change(session.setup.with_value("lr", 0.2))
    opened = saved(session, path)
    assert opened.end.status == "running"
    opened.change(opened.setup.with_value("lr", 0.1))
    assert opened.end == end and opened.advance(5) == 0


TEXT_OF_LINES = "# two names\nu = x + 1  # moved\nw = (sin(y)\n     + 2)*u\nu**2 + w**2"


def test_lines_of_an_objective_are_saved_as_they_are_written_and_opened(path):
    session = made(TEXT_OF_LINES, "momentum", watches=["u", "prev(w)"], breakpoints=["u < 0.5"])
    session.advance(30)
    opened = saved(session, path)
    objective = opened.setup.objective
    assert objective.text == TEXT_OF_LINES and [line.name for line in objective.lines] == ["u", "w"]
    assert objective.title == "u = x + 1; w = (sin(y) + 2)*u; f(x, y) = u**2 + w**2"
    session.advance(20), opened.advance(20)
    same(session, opened)


OLD_TEXTS = {
    "goldstein-price-log": (
        "(log((1 + (x + y + 1)**2*(19 - 14*x + 3*x**2 - 14*y + 6*x*y + 3*y**2))"
        "*(30 + (2*x - 3*y)**2*(18 - 32*x + 12*x**2 + 48*y - 36*x*y + 27*y**2))) - 8.693)/2.427"
    ),
    "goldstein-price": (
        "(1 + (x + y + 1)**2*(19 - 14*x + 3*x**2 - 14*y + 6*x*y + 3*y**2))"
        "*(30 + (2*x - 3*y)**2*(18 - 32*x + 12*x**2 + 48*y - 36*x*y + 27*y**2))"
    ),
}


@pytest.mark.parametrize("name", OLD_TEXTS)
def test_a_session_on_a_text_that_the_catalogue_had_before_opens_on_that_text(path, name):
    square = ((-2.0, 2.0), (-2.0, 2.0))
    old = replace(
        OBJECTIVES[name], text=OLD_TEXTS[name], domain=square, start=(0.5, 0.0), lr=1e-5, minimizers=((0.0, -1.0),)
    )
    session = Session(replace(prepare(name, "gd", start=(0.5, 0.0), settings={"lr": 1e-5}), objective=old))
    session.advance(25)
    objective = saved(session, path).setup.objective
    assert (objective.name, objective.text, objective.domain) == (name, OLD_TEXTS[name], square)
    assert objective.value(np.array([0.0, -1.0])) == pytest.approx(OBJECTIVES[name].f_min)
