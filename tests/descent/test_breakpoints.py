"""Breakpoints and watches: kept, turned off, waiting for a name, counted; and what an expression is made of."""

import math

import numpy as np
import pytest

from gdtui.descent import breakpoints
from gdtui.descent.conditions import expression, has_no_value, ready_made
from gdtui.descent.inspection import parts_at
from gdtui.descent.session import Session
from gdtui.descent.setup import prepare
from gdtui.formula.parameter import ParameterError
from gdtui.formula.tokens import FormulaError
from gdtui.optimizers.resolve import resolve_rule


def other_rule(setup, name):
    from dataclasses import replace

    return setup.with_pipeline(replace(setup.pipeline, rule=resolve_rule(name)[0]))


def test_added_turned_off_on_and_removed():
    setup = prepare("himmelblau")
    setup = breakpoints.added(breakpoints.added(setup, "loss < 1"), "t == 3")
    assert [b.text for b in setup.breakpoints] == ["loss < 1", "t == 3"]
    off = breakpoints.toggled(setup, "loss < 1")
    assert [b.text for b in off.breakpoints] == ["t == 3"] and breakpoints.texts_of(off) == ["t == 3", "loss < 1"]
    assert set(breakpoints.texts_of(breakpoints.toggled(off, "loss < 1"))) == {"loss < 1", "t == 3"}
    assert breakpoints.texts_of(breakpoints.removed(off, "loss < 1")) == ["t == 3"]
    with pytest.raises(ParameterError, match="there already"):
        breakpoints.added(off, "loss < 1")
    with pytest.raises(FormulaError, match="is a condition"):
        breakpoints.added(setup, "loss")
    assert breakpoints.texts_of(breakpoints.added(setup, "loss", watch=True), watch=True) == ["loss"]


def test_what_speaks_of_a_name_that_is_gone_waits_for_it():
    setup = prepare("himmelblau", "adam", breakpoints=["norm(m_hat) < 1", "loss < 1"], watches=["v"])
    gone = other_rule(setup, "gd")
    assert [b.text for b in gone.breakpoints] == ["loss < 1"] and not gone.watches
    assert {(r.text, r.watch) for r in gone.resting} == {("norm(m_hat) < 1", False), ("v", True)}
    assert all(r.why for r in gone.resting)
    back = other_rule(gone, "adam")
    assert {b.text for b in back.breakpoints} == {"norm(m_hat) < 1", "loss < 1"}
    assert [w.text for w in back.watches] == ["v"] and not back.resting


def test_one_that_was_turned_off_stays_off_under_another_rule():
    setup = breakpoints.toggled(prepare("himmelblau", breakpoints=["loss < 1"]), "loss < 1")
    assert not other_rule(setup, "adam").breakpoints
    assert breakpoints.texts_of(other_rule(setup, "adam")) == ["loss < 1"]


def test_hits_are_counted_where_a_run_stops():
    session = Session(prepare("x**2", start=1.0, settings={"lr": 0.1}, breakpoints=["t % 2 == 0", "t == 4"][1:]))
    session.setup = breakpoints.added(session.setup, "floor(t/2)*2 == t")
    for _ in range(3):
        session.advance(100)
    assert session.cursor == 6
    assert session.hits == {"floor(t/2)*2 == t": 3, "t == 4": 1}
    session.seek(0)
    assert session.to_breakpoint(100) and session.cursor == 2
    assert session.hits["floor(t/2)*2 == t"] == 4


@pytest.mark.parametrize(
    ("name", "objective", "options"),
    [
        ("oscillation", "x**2", {"start": 1.0, "settings": {"lr": 0.9}}),
        ("divergence", "x**2", {"start": 1.0, "settings": {"lr": 1.2}}),
        ("plateau", "x**2 + 1", {"start": 1.0, "settings": {"lr": 0.4}}),
    ],
)
def test_ready_made_ones_meet_what_they_are_for_and_nothing_else(name, objective, options):
    run = Session(prepare(objective, breakpoints=[name], stopping={"steps": 200}, **options))
    run.advance(200)
    assert run.branch.end.status == "breakpoint"
    calm = Session(prepare("x**2", start=1.0, settings={"lr": 0.05}, breakpoints=[name], stopping={"steps": 100}))
    calm.advance(100)
    assert calm.branch.end.status == "max_steps"
    assert ready_made(run.setup.pipeline)[name][0] == run.setup.breakpoints[0].text


def test_a_condition_on_what_is_no_number_never_stops_and_is_known():
    session = Session(prepare("x**2", start=-1.0, settings={"lr": 0.1}, breakpoints=["log(x) < 5"]))
    session.advance(5)
    assert session.branch.end.status == "running" and session.branch.count == 6
    (found,) = session.setup.breakpoints
    assert has_no_value(found, session.branch, 3)
    defined = expression("log(-x) < 5", session.setup.program)
    assert not has_no_value(defined, session.branch, 3)
    without = expression("any(isnan(theta))", session.setup.program)
    assert not has_no_value(without, session.branch, 3)


def test_an_expression_is_told_with_all_on_the_way_to_it():
    session = Session(prepare("himmelblau", "momentum", settings={"lr": 0.01}))
    session.advance(4)
    row = session.row
    parts = parts_at(expression("norm(delta)/norm(theta) + b[1]", session.setup.program),
                     session.branch, 4)  # fmt: skip
    found = {part.notation: part.values for part in parts}
    step, size = math.hypot(*row.terms["delta"]), math.hypot(*row.theta)
    assert found["‖Δθ‖"] == pytest.approx((step,)) and found["θ"] == tuple(row.theta)
    assert parts[-1].values == pytest.approx((step / size + row.terms["b"][1],))
    earlier = parts_at(expression("loss - prev(loss)", session.setup.program),
                       session.branch, 4)  # fmt: skip
    assert earlier[-1].values == pytest.approx((row.loss - session.branch.row(3).loss,))


def test_branches_have_letters_and_can_be_switched_between():
    session = Session(prepare("himmelblau", "momentum", settings={"lr": 0.01}))
    session.advance(9)
    session.seek(5)
    session.change(session.setup.with_value("lr", 0.02))
    session.advance(10)
    a, b = session.branches
    assert [x.name for x in session.branches] == ["A", "B"] and b.forked_at == 5
    session.seek(14)
    session.switch(a)
    assert session.branch is a and session.cursor == 9 and session.setup.values["lr"] == 0.01
    session.advance(1)
    assert a.count == 11 and b.count == 16
    session.branches.remove(b)
    session.anew()
    assert [x.name for x in session.branches] == ["A", "B"]


def test_switching_brings_back_the_rule_and_the_function():
    session = Session(prepare("himmelblau", "adam", settings={"lr": 0.1}))
    session.advance(3)
    first = session.branch
    session.change(other_rule(session.setup, "gd"))
    session.advance(2)
    session.change(session.setup.with_objective(prepare("sphere").objective))
    session.advance(2)
    session.switch(first)
    session.step()
    assert session.setup.objective.name == "himmelblau"
    fresh = Session(prepare("himmelblau", "adam", settings={"lr": 0.1}))
    fresh.advance(3)
    assert np.array_equal(session.branch.row(3).theta, fresh.branch.row(3).theta)


def test_a_fork_goes_on_with_the_knobs_as_they_are():
    session = Session(prepare("himmelblau", "gd", settings={"lr": 0.01}))
    session.advance(6)
    session.seek(3)
    session.change(session.setup.with_value("lr", 0.1))
    session.fork()
    row = session.row
    session.step()
    assert session.row.theta == pytest.approx(row.theta - 0.1 * row.grad, abs=1e-15)
    session.seek(1)
    session.fork()
    row = session.row
    session.step()
    assert session.row.theta == pytest.approx(row.theta - 0.1 * row.grad, abs=1e-15)
