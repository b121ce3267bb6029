"""What a rule reads of earlier rows, across segments; and that a row does not depend on what is asked about it."""

from dataclasses import replace

import numpy as np
import pytest

from gdtui.descent.session import Session
from gdtui.descent.setup import prepare
from gdtui.optimizers.catalogue import BY_NAME as RULES

LOOKING_BACK = """
q     = 0.5*prev(q, 2) + g
h     = q + prev(q, 3) + 0.1*prev(theta, 2)
delta = -lr*h
theta = theta + delta
"""


@pytest.fixture
def looking_back(tmp_path):
    path = tmp_path / "back.toml"
    path.write_text(f'name = "back"\nequations = """{LOOKING_BACK}"""\n[hyperparameters]\nlr = 0.001\n')
    return str(path)


def rows(session):
    branch = session.branch
    return np.array([branch.segment_at(k).trajectory.row(k - branch.segment_at(k).first) for k in range(branch.count)])


def with_rule(session, rule):
    return session.setup.with_pipeline(replace(session.setup.pipeline, rule=rule))


def edited(session):
    rule = session.setup.pipeline.rule
    return with_rule(session, replace(rule, equations=rule.equations.replace("0.5*", "0.4*")))


@pytest.mark.parametrize("second", ["edited", "momentum and back"])
def test_slices_do_not_matter_behind_a_change_of_rule(looking_back, second):
    """At the first rows behind a change, earlier values are those of the entry or of the segments before it."""
    made = []
    for slices in ([6], [1] * 6, [2, 4]):
        session = Session(prepare("rosenbrock", looking_back))
        session.advance(9)
        if second == "edited":
            session.change(edited(session))
        else:
            rule = session.setup.pipeline.rule
            session.change(with_rule(session, RULES["momentum"]))
            session.advance(3)
            session.change(with_rule(session, rule))
        for count in slices:
            session.advance(count)
        made.append(session.branch.last.trajectory.rows(0, 99).tobytes())
    assert made[0] == made[1] == made[2]


def test_an_edited_rule_goes_on_from_the_terms_that_it_looks_back_to(looking_back):
    session = Session(prepare("rosenbrock", looking_back))
    session.advance(9)
    session.change(edited(session))
    session.advance(1)
    row, one, two = (session.branch.row(k) for k in (10, 9, 8))
    assert row.terms["q"] == pytest.approx(0.4 * two.terms["q"] + one.grad, rel=1e-14)
    assert row.terms["h"] == pytest.approx(
        row.terms["q"] + session.branch.row(7).terms["q"] + 0.1 * session.branch.row(7).theta, rel=1e-14
    )


def test_another_rule_does_not_look_behind_its_beginning(looking_back):
    session = Session(prepare("rosenbrock", looking_back))
    rule = session.setup.pipeline.rule
    session.advance(9)
    session.change(with_rule(session, replace(rule, name="another")))
    session.advance(1)
    fresh = Session(prepare("rosenbrock", looking_back, start=session.branch.row(9).theta))
    fresh.advance(1)
    assert session.row.terms["q"].tobytes() == fresh.row.terms["q"].tobytes()


def test_thinned_rows_are_replayed_with_their_own_past(looking_back):
    """The rows of an earlier segment look back within it, whatever rule came later."""
    whole, thin = (Session(prepare("rosenbrock", looking_back), budget=b) for b in (2**30, 100_000))
    for session in (whole, thin):
        session.advance(300)
        session.change(edited(session))
        for _ in range(10):
            session.advance(1000)
        session.change(with_rule(session, RULES["momentum"]))
        session.advance(100)
    assert thin.branch.segments[1].trajectory.thinned == 2
    for one, other in zip(whole.branch.segments, thin.branch.segments, strict=True):
        assert one.trajectory.rows(0, one.end).tobytes() == other.trajectory.rows(0, other.end).tobytes()


@pytest.mark.parametrize("budget", [2**30, 100_000])
def test_what_is_kept_refills_a_trajectory(looking_back, budget):
    session = Session(prepare("rosenbrock", looking_back), budget=budget)
    for _ in range(13):
        session.advance(1000)
    (found,) = session.branch.segments
    trajectory = found.trajectory
    kept, numbers = np.concatenate(trajectory.kept()), np.concatenate(trajectory.kept_numbers())
    assert len(kept) == len(numbers) == trajectory.kept_rows(trajectory.count, trajectory.thinned)
    assert (trajectory.thinned > 0) is (budget < 2**30)
    every = trajectory.rows(0, trajectory.count)
    assert kept.tobytes() == every[numbers].tobytes()
    again = found.continuation.rows(kept[0])
    again.lookback = found.lookback
    places = iter([0, *np.cumsum([len(part) for part in trajectory.kept()])])

    def read(count):
        start = next(places)
        return kept[start : start + count]

    again.trajectory.refill(trajectory.count, trajectory.thinned, read)
    assert again.trajectory.rows(0, trajectory.count).tobytes() == every.tobytes()
    assert again.trajectory.bytes == trajectory.bytes


def test_a_breakpoint_that_raises_does_not_change_how_a_row_is_made(monkeypatch):
    """1/0 in a condition has arrays evaluate the condition, not the update."""

    def refuse(*_):
        raise AssertionError("a row was made by arrays")

    monkeypatch.setattr("gdtui.descent.advance.ArrayStep", refuse)
    session = Session(prepare("himmelblau", "adam", breakpoints=["1/(t - 5) < -1e9", "1/(t - 8) > 1e9"]))
    assert session.advance(20) == 8 and session.end.reason == "breakpoint: 1/(t - 8) > 1e9 at t = 8"
    plain = Session(prepare("himmelblau", "adam"))
    plain.advance(8)
    assert rows(plain).tobytes() == rows(session).tobytes()
