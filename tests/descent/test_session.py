"""Time: step, back, seek, fork, turn a knob, replay. Every comparison is to the bit."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gdtui
from gdtui.descent import sampling
from gdtui.descent.conditions import expression
from gdtui.descent.run import begin
from gdtui.descent.session import Session
from gdtui.descent.setup import prepare
from gdtui.formula.parameter import ParameterError
from gdtui.objectives.catalogue import BY_NAME as OBJECTIVES
from gdtui.optimizers.catalogue import BY_NAME as RULES

CASES = [("himmelblau", rule) for rule in RULES] + [("sum(x**4 - x**2) + sum(x[1:]*x[:-1])", "adam")]


def made(objective="himmelblau", rule="adam", budget=None, **options):
    options.setdefault("stopping", {"steps": 10**6})
    options.setdefault("start", (-0.4, -0.65) if "sum" not in objective else tuple(np.linspace(-1, 1, 25)))
    # At 0.01 sam comes to rest, in a cycle, before these tests are done; polyak has no lr.
    settings = {"sam": {"lr": 0.0001}, "polyak": {}}.get(rule, {"lr": 0.01})
    setup = prepare(objective, rule, **{"settings": settings} | options)
    return Session(setup) if budget is None else Session(setup, budget=budget)


def rows(session, start=0, stop=None):
    """Everything that is recorded: (count, width)."""
    branch = session.branch
    return np.array(
        [
            branch.segment_at(k).trajectory.row(k - branch.segment_at(k).first)
            for k in range(start, stop or branch.count)
        ]
    )


def same(one, other):
    return one.shape == other.shape and one.tobytes() == other.tobytes()


@pytest.mark.parametrize(("objective", "rule"), CASES, ids=lambda v: v[:12])
def test_back_and_forward_changes_nothing(objective, rule):
    session = made(objective, rule)
    for _ in range(30):
        assert session.step()
    before = rows(session)
    for k in range(29, -1, -1):
        assert session.back() and session.cursor == k
        assert session.row.theta.tobytes() == before[k, : session.setup.objective.dim].tobytes()
    assert not session.back()
    for _ in range(30):
        session.step()
    assert session.cursor == 30 and same(rows(session), before)


@pytest.mark.parametrize(("objective", "rule"), CASES, ids=lambda v: v[:12])
def test_seek_is_as_many_fresh_steps(objective, rule):
    sought, stepped = made(objective, rule), made(objective, rule)
    sought.seek(300)
    for _ in range(300):
        stepped.step()
    assert sought.cursor == 300 and same(rows(sought), rows(stepped))
    sought.seek(17)
    assert sought.cursor == 17 and sought.row.loss == stepped.branch.row(17).loss
    sought.seek(-5)
    assert sought.cursor == 0


@pytest.mark.parametrize(("objective", "rule"), CASES, ids=lambda v: v[:12])
@settings(max_examples=8)
@given(slices=st.lists(st.integers(1, 150), min_size=1, max_size=6))
def test_slices_of_any_size_give_the_same_bits(objective, rule, slices):
    whole, sliced = made(objective, rule), made(objective, rule)
    whole.advance(sum(slices))
    for count in slices:
        assert sliced.advance(count) == count
    assert whole.branch.count == sum(slices) + 1
    assert same(rows(whole), rows(sliced))


@settings(max_examples=15)
@given(slices=st.lists(st.integers(1, 300), min_size=1, max_size=12))
def test_slices_stop_where_one_go_stops(slices):
    options = {"stopping": {"gtol": 1e-3, "patience": 50}, "settings": {"lr": 0.05}}
    whole, sliced = made(**options), made(**options)
    whole.advance(100_000)
    for count in [*slices, 100_000]:
        sliced.advance(count)
    assert whole.branch.end == sliced.branch.end and same(rows(whole), rows(sliced))


def test_many_chunks():
    session = made("himmelblau", "gd", settings={"lr": 1e-5})
    session.advance(20_000)
    assert session.branch.count == 20_001
    one = made("himmelblau", "gd", settings={"lr": 1e-5})
    for _ in range(20):
        one.advance(1000)
    assert same(rows(one), rows(session))
    theta = session.branch.quantity("theta", 200, 9000)
    assert theta.shape == (2, 8800) and same(
        np.ascontiguousarray(theta.T), np.ascontiguousarray(rows(session, 200, 9000)[:, :2])
    )


def test_a_fork_keeps_the_old_rows():
    session = made()
    session.advance(50)
    old = rows(session)
    first = session.branch
    session.seek(20)
    session.fork()
    assert session.branch is not first and len(session.branches) == 2
    assert session.branch.count == 21 and first.count == 51
    session.advance(30)
    assert same(rows(session), old)  # nothing was changed: the same future
    session.branch = first
    assert same(rows(session), old)


def test_a_knob_turned_in_the_middle_keeps_state_and_t():
    session = made(settings={"lr": 0.01})
    session.advance(40)
    old = rows(session)
    session.seek(25)
    session.change(session.setup.with_value("lr", 0.05))
    assert len(session.branches) == 2 and session.cursor == 25
    session.advance(10)
    p, m, v = np.array([-0.4, -0.65]), 0.0, 0.0
    for t in range(1, 36):
        g = OBJECTIVES["himmelblau"].value_and_grad(p)[1]
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        p = p - (0.01 if t <= 25 else 0.05) * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    assert session.branch.row(35).theta == pytest.approx(p, rel=1e-12)
    assert session.branch.row(25).lr == 0.01 and session.branch.row(26).lr == 0.05
    assert session.branch.quantity("lr", 24, 28).tolist() == [0.01, 0.01, 0.05, 0.05]
    assert session.branch.quantity("t", 24, 28).tolist() == [24, 25, 26, 27]
    session.branch = session.branches[0]
    assert same(rows(session), old)


def test_at_the_end_a_knob_goes_on_in_the_same_branch():
    session = made()
    session.advance(10)
    session.change(session.setup.with_value("lr", 0.2))
    session.change(session.setup.with_value("lr", 0.3))
    session.advance(5)
    assert len(session.branches) == 1 and session.branch.count == 16 and len(session.branch.segments) == 2
    assert session.branch.row(11).lr == 0.3


def test_another_optimizer_begins_with_its_init_and_t_1():
    session = made("himmelblau", "momentum", settings={"lr": 0.001})
    session.advance(10)
    theta = session.row.theta.copy()
    pipeline = replace(session.setup.pipeline, rule=RULES["adam"])
    session.change(session.setup.with_pipeline(pipeline, {"lr": 0.02}))
    session.advance(5)
    fresh = gdtui.descend("himmelblau", "adam", start=theta, lr=0.02, steps=5)
    assert same(np.ascontiguousarray(session.branch.quantity("theta", 10, 16).T), fresh.params)
    assert np.isnan(session.branch.quantity("m_hat", 9, 11)).all()
    assert session.branch.quantity("m_hat", 10, 16).T[1:] == pytest.approx(fresh.terms["m_hat"][1:], rel=0)


@pytest.mark.parametrize(("name", "origin"), [("momentum", ""), ("mine", "momentum")])
def test_an_edited_rule_keeps_the_state_of_the_same_name(name, origin):
    session = made("himmelblau", "momentum", settings={"lr": 0.001})
    session.advance(10)
    b = session.row.terms["b"].copy()
    rule = session.setup.pipeline.rule
    edited = replace(rule, name=name, edited_from=origin, equations=rule.equations.replace("-lr*b", "-lr*b/2"))
    session.change(session.setup.with_pipeline(replace(session.setup.pipeline, rule=edited)))
    session.advance(1)
    row = session.branch.row(11)
    assert row.terms["b"] == pytest.approx(0.9 * b + session.branch.row(10).grad, rel=1e-14)
    assert row.terms["delta"] == pytest.approx(-0.001 * row.terms["b"] / 2, rel=1e-14)


def test_another_start_begins_anew_and_the_old_run_stays():
    session = made()
    session.advance(10)
    session.change(replace(session.setup, start=(1.0, 1.0)))
    assert session.cursor == 0 and session.branch.count == 1 and len(session.branches) == 2
    session.anew()
    assert len(session.branches) == 3 and session.branches[0].count == 11


def test_the_future_is_what_comes():
    session = made()
    session.advance(20)
    session.seek(10)
    ahead = session.future(30)
    count = session.branch.count
    assert session.branch.count == count == 21
    session.seek(40)
    assert same(ahead, np.ascontiguousarray(session.branch.quantity("theta", 10, 41).T))


@pytest.mark.parametrize(("objective", "rule"), CASES)
def test_the_future_is_the_same_whether_the_run_was_followed_to_it_or_not(objective, rule):
    """Step by step only its far end is computed; a session that asks once computes it all."""
    followed, fresh = made(objective, rule), made(objective, rule)
    for _ in range(30):
        followed.future(40)
        followed.step()
    fresh.advance(30)
    assert same(followed.future(40), fresh.future(40))
    for session in (followed, fresh):
        session.seek(12)
    assert same(followed.future(40), fresh.future(40))
    ahead = followed.future(3)
    followed.seek(13)
    assert same(followed.future(2), ahead[1:])


def test_what_comes_after_an_end_that_was_seen_ahead():
    """The bound was set behind the cursor: the rows beyond it are there, and the run goes on from them."""
    session = made("x**2", "gd", start=3.0)
    session.advance(4)
    session.seek(3)
    session.change(session.setup.with_stopping("diverge_at", 2.0))
    session.future(5)
    session.step()
    assert session.peek().number == 5
    far, near = (made("x**2", "gd", start=1.0, settings={"lr": 3.0}, stopping={"diverge_at": 50.0}) for _ in range(2))
    while far.advance(1):
        far.future(5)
    near.advance(100)
    assert same(far.future(5), near.future(5))


def test_the_future_that_leaves_the_numbers_ends_there_however_it_is_reached():
    session = made("x**2", "gd", start=1.0, settings={"lr": 2.0}, stopping={"steps": 10**6, "diverge_at": 1e40})
    lengths = []
    while session.advance(1):
        lengths.append(len(session.future(10)))
    assert lengths[0] == 11 and lengths[-1] == 2 and lengths == sorted(lengths, reverse=True)


def test_the_future_bends_with_a_knob():
    session = made("x**2", "gd", start=1.8, settings={"lr": 0.1})
    session.advance(5)
    session.seek(2)
    session.change(session.setup.with_value("lr", 0.25))
    assert session.future(2)[:, 0] == pytest.approx([1.152, 0.576, 0.288])


@pytest.mark.parametrize("rule", ["adam", "momentum", "lookback"])
def test_what_is_replayed_after_thinning_has_the_same_bits(rule, tmp_path):
    if rule == "lookback":
        path = tmp_path / "lookback.toml"
        path.write_text(
            'equations = """\nm = 0.5*prev(m, 3) + g\n'
            "delta = -lr*(m + 0.1*prev(grad, 2)) + 0.01*(theta - prev(theta, 2))\n"
            'theta = theta + delta\n"""\n[hyperparameters]\nlr = 0.001\n'
        )
        rule = str(path)
    options = {"settings": {"lr": 1e-4}, "seed": 11}
    whole, thin = made("rosenbrock", rule, **options), made("rosenbrock", rule, budget=700_000, **options)
    whole.advance(30_000)
    for _ in range(30):
        thin.advance(1000)
    assert thin.branch.bytes < 1_000_000 < whole.branch.bytes
    for k in (0, 1, 255, 256, 300, 4351, 4352, 4353, 5000, 12_345, 29_999, 30_000):
        assert same(rows(thin, k, k + 1), rows(whole, k, k + 1)), k
    assert same(rows(thin), rows(whole))
    assert same(thin.branch.quantity("loss", 0, 30_001), whole.branch.quantity("loss", 0, 30_001))


def test_random_draws_are_replayed_too(tmp_path):
    path = tmp_path / "noisy.toml"
    path.write_text('equations = "theta = theta - lr*(g + normal())"\n[hyperparameters]\nlr = 0.001\n')
    whole, thin = made("sphere", str(path), seed=5), made("sphere", str(path), seed=5, budget=200_000)
    whole.advance(9500)
    for _ in range(19):
        thin.advance(500)
    assert thin.branch.bytes < whole.branch.bytes
    assert same(rows(thin, 4000, 8000), rows(whole, 4000, 8000))


def test_a_checkpoint_goes_on_where_it_was():
    whole = gdtui.descend("rosenbrock", "adam", lr=0.01, steps=100)
    state = {name: whole.terms[name][70] for name in ("m", "v")}
    rest = gdtui.descend("rosenbrock", "adam", lr=0.01, steps=30, start=whole.params[70], state=state | {"t": 70})
    assert same(rest.params, np.ascontiguousarray(whole.params[70:]))
    without = gdtui.descend("rosenbrock", "adam", lr=0.01, steps=30, start=whole.params[70])
    assert not np.allclose(without.params[-1], whole.params[-1])
    for wrong, message in [
        ({"q": 1}, "adam has no state 'q'"),
        ({"m": [1.0]}, r"the state m has shape \(2,\); \(1,\) was given"),
        ({"t": -1}, "t is the number of updates made"),
        ({"t": 1.5}, "t is the number of updates made"),
        ({"t": True}, "t is the number of updates made"),
        ({"m_hat": [0.0, 0.0]}, "no state 'm_hat'"),
    ]:
        with pytest.raises(ParameterError, match=message):
            gdtui.descend("rosenbrock", "adam", state=wrong)


def test_a_row_that_is_not_there():
    session = begin(prepare("sphere"))
    with pytest.raises(IndexError, match="there is no row 5"):
        session.branch.row(5)


@pytest.fixture
def long_run():
    """Two segments, of which the first is thinned."""
    session = Session(prepare("rosenbrock", "momentum", settings={"lr": 1e-6}), budget=400_000)
    session.advance(20_000)
    session.seek(15_000)
    session.change(session.setup.with_value("lr", 2e-6))
    session.advance(5_000)
    assert session.branch.segments[0].trajectory.thinned
    return session


def replays_of(branch):
    return sum(segment.trajectory.replays for segment in branch.segments)


@pytest.mark.parametrize("most", [100, 3_000, 10**9])
def test_a_reading_of_a_long_run_is_rows_of_it(long_run, monkeypatch, most):
    monkeypatch.setattr(sampling, "MOST", most)
    monkeypatch.setattr(sampling, "_LEAST", 1)
    branch = long_run.branch
    before = replays_of(branch)
    reading = branch.reading(0, branch.count)
    numbers, every = reading.numbers, ("theta", "loss", "v", "lr", "t")
    assert numbers[0] == 0 and numbers[-1] == branch.count - 1
    assert (np.diff(numbers) > 0).all() and len(numbers) <= 2 * most + 2
    values = {name: reading.quantity(name) for name in every}
    assert replays_of(branch) == before
    for name in every:
        whole = branch.quantity(name, 0, branch.count)
        assert np.array_equal(values[name], whole[..., numbers], equal_nan=True), name


def test_a_reading_of_a_short_run_is_all_of_it():
    short = Session(prepare("sphere"))
    short.advance(50)
    reading = short.branch.reading(0, 51)
    assert reading.numbers.tolist() == list(range(51))
    assert np.array_equal(reading.quantity("theta"), short.branch.quantity("theta", 0, 51))


def test_a_reading_is_of_what_is_there_now():
    """One of before the rows were thinned would compute them all again."""
    session = Session(prepare("rosenbrock", "momentum", settings={"lr": 1e-6}))
    session.advance(20_000)
    branch = session.branch
    assert branch.reading(0, 9_000).is_whole and branch.reading(0, 9_000) is branch.reading(0, 9_000)
    session.budget = 400_000
    session.advance(1)
    assert not branch.reading(0, 9_000).is_whole


@pytest.mark.parametrize(
    ("text", "back", "first"),
    [("loss + norm(b)", 0, 0), ("prev(loss, 2)/loss", 2, 0), ("prev(b)", 1, 1), ("delta", 0, 0), ("t", 0, 0)],
)
def test_a_watch_over_a_long_run_is_what_it_is_in_each_row(long_run, text, back, first):
    """Where it looks back to a row that is not in memory it is NaN; everywhere else the same to the bit."""
    branch, before = long_run.branch, replays_of(long_run.branch)
    watch = expression(text, long_run.setup.program)
    reading = branch.reading(0, branch.count)
    values = reading.values(watch)
    assert replays_of(branch) == before
    there = np.isin(np.maximum(reading.numbers - back, first), reading.numbers)
    assert 500 < there.sum() <= len(there) and there.all() == (not back)
    whole = long_run.values_of(watch, 0, branch.count)[..., reading.numbers]
    assert np.array_equal(values[..., there], whole[..., there], equal_nan=True)
    assert np.isnan(values[..., ~there]).all()
