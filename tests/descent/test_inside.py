"""Inside an update: equation by equation, with the numbers of the row that is recorded afterwards."""

import numpy as np
import pytest

from gdtui.descent import inside
from gdtui.descent.session import Session
from gdtui.descent.setup import prepare
from gdtui.formula.parameter import ParameterError
from gdtui.optimizers.catalogue import RULES


def session_of(rule, objective="himmelblau", **options):
    return Session(prepare(objective, rule, **options))


def same(a, b):
    return (
        np.array_equal(a.theta, b.theta, equal_nan=True)
        and a.loss == b.loss
        and np.array_equal(a.grad, b.grad, equal_nan=True)
        and a.terms.keys() == b.terms.keys()
        and all(np.array_equal(a.terms[k], b.terms[k], equal_nan=True) for k in a.terms)
    )


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.name)
def test_what_is_shown_on_the_way_is_what_the_kernel_records(rule):
    session = session_of(rule.name)
    for _ in range(4):
        place = inside.into(session, None)
        assert place.done == 0 and session.branch.count == session.cursor + 1
        for k in range(inside.equations(session)):
            assert place.done == k
            place = inside.into(session, place)
        assert session.step()
        assert same(place.arriving, session.row)


def test_behind_the_last_equation_the_next_update_begins():
    session = session_of("momentum")
    place = inside.into(session, None)
    for _ in range(inside.equations(session) + 1):
        place = inside.into(session, place)
    assert (session.cursor, place.done, place.arriving.number) == (1, 0, 2)


def test_out_of_undoes_into_and_goes_back_through_the_updates():
    session = session_of("adam")
    places = [(0, None)]
    place = None
    for _ in range(15):
        place = inside.into(session, place)
        places.append((session.cursor, place.done))
    for wanted in reversed(places[:-1]):
        if wanted[1] == inside.equations(session):
            continue
        place = inside.out_of(session, place)
        if place is None:  # at the beginning of an update: the row itself, then the update before
            if wanted == (0, None):
                break
            place = inside.out_of(session, place)
        assert (session.cursor, place.done) == wanted
    assert session.cursor == 0 and inside.out_of(session, None) is None


def test_a_run_that_has_ended_has_nothing_inside():
    session = session_of("gd", "x**2", start=1.0, stopping={"steps": 2})
    session.seek(2)
    assert session.peek() is None and inside.into(session, None) is None
    session.back()
    assert same(session.peek(), session.branch.row(2))


def test_peeking_follows_the_knobs_and_records_nothing():
    session = session_of("gd", "x**2", start=1.0, settings={"lr": 0.1})
    assert session.peek().theta[0] == pytest.approx(0.8)
    session.change(session.setup.with_value("lr", 0.25))
    assert session.peek().theta[0] == pytest.approx(0.5)
    assert session.branch.count == 1 and session.cursor == 0


def test_own_functions_are_called_once_a_row_also_inside():
    calls = []

    def grad(x):
        calls.append(x.copy())
        return 2 * x

    session = session_of("gd", lambda x: float(x @ x), grad=grad, start=(1.0,), settings={"lr": 0.1})
    place = inside.into(session, None)
    assert session.cursor == 0 and len(calls) == 2
    inside.into(session, place)
    session.step()
    assert len(calls) == 2 and session.cursor == 1
    with pytest.raises(ParameterError, match="nothing to step into"):
        inside.trace_of(session)


def test_inside_of_the_gradient_operations_go_forward_and_back():
    session = session_of("gd")
    place = inside.enter(session, inside.into(session, None))
    count = len(inside.trace_of(session).operations)
    for k in range(count):
        assert place.operation == k
        place = inside.into(session, place)
    assert place.operation == count
    assert inside.into(session, place).operation is None  # behind the last one: out of it
    for k in reversed(range(count)):
        place = inside.out_of(session, place)
        assert place.operation == k
    assert inside.out_of(session, place).operation is None
    partials = inside.trace_of(session).values(session.row.theta)[-2:]
    assert np.ravel(partials) == pytest.approx(session.row.grad, rel=1e-12)
