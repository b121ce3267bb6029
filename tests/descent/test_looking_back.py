"""What a condition and a watch read of rows before: the same live, in slices, and over recorded rows."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdtui.descent.conditions import expression, values_over
from gdtui.descent.session import Session
from gdtui.descent.setup import prepare
from gdtui.optimizers.resolve import resolve_rule

CONDITIONS = [
    "prev(delta, 2)[0] > 0", "prev(delta)[0] > 0 and t == 2", "norm(delta) > 2*norm(prev(delta))",
    "all(prev(delta) == 0)", "prev(loss, 3) > 2*loss", "delta[0] > prev(delta, 3)[0]",
]  # fmt: skip


def other_rule(session, name):
    pipeline = replace(session.setup.pipeline, rule=resolve_rule(name)[0])
    session.change(session.setup.with_pipeline(pipeline, {"lr": 0.005}))


def stops(session, rows, slices):
    """The rows at which breakpoints stopped it on the way to a row."""
    found, place = [], 0
    while session.branch.count <= rows:
        session.advance(min(slices[place % len(slices)], rows + 1 - session.branch.count))
        place += 1
        if session.end.status == "breakpoint":
            found.append(session.cursor)
    return found


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    text=st.sampled_from(CONDITIONS), also=st.sampled_from([(), ("t == 1",), ("floor(t/2)*2 == t",)]),
    rules=st.lists(st.sampled_from(["momentum", "adam", "nesterov", "gd"]), min_size=1, max_size=3),
    slices=st.lists(st.integers(1, 9), min_size=1, max_size=3),
    objective=st.sampled_from(["himmelblau", "sphere:dim=20"]),
)  # fmt: skip
def test_a_breakpoint_holds_live_where_it_holds_over_recorded_rows(text, also, rules, slices, objective):
    session = Session(prepare(objective, "gd", settings={"lr": 0.005}, breakpoints=[text, *also]))
    found, last = stops(session, 7, slices), 7
    for rule in rules:
        other_rule(session, rule)
        last += 6
        found += stops(session, last, slices)
    held = [np.array(values_over(item, session.branch, 1, last + 1), dtype=bool) for item in session.setup.breakpoints]
    assert found == (np.flatnonzero(np.logical_or.reduce(held)) + 1).tolist()
    assert session.hits == {item.text: n for item, n in
                            zip(session.setup.breakpoints, (int(h.sum()) for h in held), strict=True) if n}  # fmt: skip


@pytest.mark.parametrize("objective", ["himmelblau", "sphere:dim=20"])
@pytest.mark.parametrize("text", ["prev(m)", "prev(delta, 2)[0]", "norm(prev(delta, 9))", "prev(loss)", "m"])
def test_a_watch_of_a_run_that_has_made_no_row(text, objective):
    session = Session(prepare(objective, "adam", watches=[text], settings={"lr": 0.01}))
    (watch,) = session.setup.watches
    values = session.values_of(watch, 0, 1)
    assert values.shape == (*watch.node.shape, 1) and np.isnan(values).all() == (text != "prev(loss)")
    session.advance(3)
    assert np.isfinite(session.values_of(watch, 1, 4)).all()


@pytest.mark.parametrize("text", ["norm(v)", "sum(v)", "any(v > 0)", "dot(v, g)", "norm(prev(v))", "v", "max(v, 1)"])
def test_what_rows_before_another_rule_do_not_have_is_no_number(text):
    session = Session(prepare("himmelblau", "gd", settings={"lr": 0.01}))
    session.advance(5)
    other_rule(session, "adam")
    session.advance(5)
    watch = expression(text, session.setup.program)
    before = np.asarray(values_over(watch, session.branch, 1, 6), dtype=float)
    behind = np.asarray(values_over(watch, session.branch, 7, 11), dtype=float)
    assert before.shape == (*watch.node.shape, 5) and np.isfinite(behind).all()
    assert np.isnan(before).all() or not before.any()
