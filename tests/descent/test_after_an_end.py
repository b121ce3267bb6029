"""After an end: what goes on, from where, with which state and t. Every comparison is to the bit."""

from dataclasses import replace

import pytest

from gdtui.descent.session import Session
from gdtui.descent.stopping import Status
from gdtui.optimizers.catalogue import BY_NAME as RULES
from tests.descent.test_session import made, rows, same


def ended(objective="x**2", rule="gd", **options):
    session = made(objective, rule, **{"start": 1.8, "stopping": {"gtol": 1e-3, "steps": 10**4}} | options)
    session.advance(10**4)
    return session


ENDS = [
    ({"settings": {"lr": 0.1}}, Status.CONVERGED),
    ({"settings": {"lr": 1.0}}, Status.STALLED),
    ({"stopping": {"steps": 5}, "settings": {"lr": 0.1}}, Status.MAX_STEPS),
    ({"settings": {"lr": 3.0}}, Status.DIVERGED),
    ({"objective": "log(x)", "start": 0.5, "settings": {"lr": 1.0}}, Status.NON_FINITE),
]


@pytest.mark.parametrize(("options", "status"), ENDS, ids=lambda v: v if isinstance(v, str) else "")
def test_another_optimizer_after_an_end_begins_from_the_start_as_a_new_branch(options, status):
    session = ended(**options)
    old, before = session.branch, rows(session)
    assert old.end.status is status
    session.change(session.setup.with_pipeline(replace(session.setup.pipeline, rule=RULES["adam"]), {"lr": 0.02}))
    assert session.cursor == 0 and session.branch.count == 1 and session.branches == [old, session.branch]
    session.advance(3)
    fresh = Session(session.setup)
    fresh.advance(3)
    assert same(rows(session), rows(fresh))
    session.switch(old)
    assert same(rows(session), before) and old.end.status is status


@pytest.mark.parametrize("breakpoint", [False, True])
def test_another_optimizer_at_a_breakpoint_or_a_pause_begins_where_it_is(breakpoint):
    session = made("x**2", "gd", start=1.8)
    session.set_breakpoints(["loss < 2"] if breakpoint else [])
    session.advance(40 if breakpoint else 7)
    assert session.branch.end.status is (Status.BREAKPOINT if breakpoint else Status.RUNNING)
    row = session.cursor
    session.change(session.setup.with_pipeline(replace(session.setup.pipeline, rule=RULES["adam"]), {"lr": 0.02}))
    session.step()
    assert len(session.branches) == 1 and session.cursor == row + 1
    assert session.branch.segment_at(row + 1).t_of(row + 1) == 1


@pytest.mark.parametrize(("options", "status"), ENDS, ids=lambda v: v if isinstance(v, str) else "")
def test_a_knob_after_an_end_goes_on_but_for_a_failed_run_and_taken_back_it_has_ended_as_before(options, status):
    session = ended(**options)
    branch, end, before, setup = session.branch, session.branch.end, rows(session), session.setup
    for lr in (0.25, 0.3):
        session.change(session.setup.with_value("lr", lr))
        assert len(session.branches) == 1 and same(rows(session), before)
        assert branch.end.status is (Status.RUNNING if status in (Status.CONVERGED, Status.STALLED) else status)
    session.change(setup)
    assert branch.end == end and same(rows(session), before) and len(branch.segments) == 1
    assert session.advance(1) == 0
    session.change(session.setup.with_value("lr", 0.25))
    went_on = session.advance(1)
    assert went_on == (status in (Status.CONVERGED, Status.STALLED))
    if went_on:
        assert session.row.lr == 0.25 and branch.segment_at(session.cursor).t_of(session.cursor) == session.cursor
        session.change(setup)  # a step was made: what is taken back is the knob alone
        assert len(branch.segments) == 3


def test_a_knob_of_a_failed_run_is_for_the_next_one():
    session = ended(settings={"lr": 3.0})
    branch, last = session.branch, session.cursor
    session.change(session.setup.with_value("lr", 0.1))
    session.change(session.setup.with_stopping("diverge_at", 1e60))
    assert session.advance(5) == 0 and branch.count == last + 1 and branch.end.status is Status.DIVERGED
    session.fork()
    assert session.advance(5) == 0 and session.branch.end.status is Status.DIVERGED
    session.anew()
    assert session.advance(5) == 5 and session.row.lr == 0.1


def test_a_stopping_rule_lifts_the_end_that_it_made_alone():
    session = ended(settings={"lr": 0.1})
    assert session.branch.end.status is Status.CONVERGED
    session.change(session.setup.with_stopping("patience", 50))
    assert session.branch.end.status is Status.CONVERGED and session.advance(1) == 0
    session.change(session.setup.with_stopping("gtol", 1e-6))
    assert session.branch.end.status is Status.RUNNING and session.advance(1) == 1
    steps = ended(stopping={"steps": 5}, settings={"lr": 0.1})
    steps.change(steps.setup.with_value("lr", 0.2))
    steps.change(steps.setup.with_stopping("steps", 8))
    assert steps.advance(10) == 3 and steps.row.lr == 0.2 and steps.branch.end.status is Status.MAX_STEPS


def test_patience_goes_on_where_a_knob_was_turned_and_taken_back():
    options = {"stopping": {"patience": 10}, "settings": {"lr": 1.0}, "start": 1.0}
    straight, turned = (made("x**2 + abs(x)", "gd", **options) for _ in range(2))
    straight.advance(1000)
    turned.advance(5)
    setup = turned.setup
    turned.change(setup.with_value("lr", 0.3))
    turned.change(setup)
    turned.advance(1000)
    assert turned.branch.end == straight.branch.end and same(rows(turned), rows(straight))


def test_the_rule_edited_after_an_end_keeps_state_and_t():
    session = ended("x**2", "momentum", settings={"lr": 0.01})
    row, b = session.cursor, session.row.terms["b"].copy()
    rule = session.setup.pipeline.rule
    edited = replace(rule, name="mine", edited_from="momentum", equations=rule.equations.replace("-lr*b", "-lr*b/2"))
    session.change(session.setup.with_pipeline(replace(session.setup.pipeline, rule=edited)))
    session.advance(1)
    assert len(session.branches) == 1 and session.branch.segment_at(row + 1).t_of(row + 1) == row + 1
    assert session.row.terms["b"] == pytest.approx(0.9 * b + session.branch.row(row).grad, rel=1e-14)
    makers = [(s.program.pipeline.rule.name, end) for s, end in session.branch.makers]
    assert makers == [("momentum", row), ("mine", row + 1)]


@pytest.mark.parametrize("forked", [False, True])
def test_patience_that_is_turned_off_ends_no_more_also_behind_a_fork(forked):
    session = ended("abs(x)", stopping={"patience": 5}, settings={"lr": 0.1}, start=1.05)
    assert session.end.status is Status.STALLED and "not improved" in session.end.reason
    if forked:
        session.fork()
    session.change(session.setup.with_stopping("patience", None))
    assert session.end.status is Status.RUNNING and session.advance(3) == 3
