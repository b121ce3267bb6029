"""Random sequences of step, back, seek, fork, knob, rule and anew, against a model that starts over each time."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdtui.descent.session import Session
from gdtui.descent.setup import prepare
from gdtui.optimizers.resolve import resolve_rule

RATES = (0.001, 0.005, 0.01)
COMMANDS = st.one_of(
    st.sampled_from([("step",), ("step",), ("back",), ("fork",), ("anew",)]),
    st.tuples(st.just("seek"), st.integers(0, 25)),
    st.tuples(st.just("rate"), st.sampled_from(RATES)),
    st.tuples(st.just("rule"), st.sampled_from(["momentum", "adam", "rprop"])),
    st.tuples(st.just("switch"), st.integers(0, 5)),
)


class Model:
    """Branches as what was done to each: at which row another setting began. Rows come from a run made afresh."""

    def __init__(self, setup):
        self.setup = setup
        self.branches = [{"changes": [(0, setup)], "last": 0}]
        self.live, self.cursor = 0, 0

    @property
    def branch(self):
        return self.branches[self.live]

    def go(self, row):
        self.branch["last"] = max(self.branch["last"], row)
        self.cursor = row

    def change(self, setup):
        same = setup.pipeline == self.setup.pipeline and dict(setup.values) == dict(self.setup.values)
        self.setup = setup
        if same:
            return
        if self.cursor < self.branch["last"]:
            self.fork()
        else:
            self.branch["changes"].append((self.cursor, setup))

    def fork(self):
        kept = [(at, s) for at, s in self.branch["changes"] if at < self.cursor or at == 0]
        kept.append((self.cursor, self.setup))  # a fork goes on with the knobs as they are
        self.branches.append({"changes": kept, "last": self.cursor})
        self.live = len(self.branches) - 1

    def rows(self, place):
        """The branch's params, from a session that never looks back."""
        branch = self.branches[place]
        session = Session(branch["changes"][0][1])
        for at, setup in branch["changes"][1:]:
            session.advance(at - session.cursor)
            session.change(setup)
        session.advance(branch["last"] - session.cursor)
        return session.branch.quantity("theta", 0, session.branch.count)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(st.lists(COMMANDS, max_size=30))
def test_any_sequence_leaves_the_rows_that_fresh_runs_have(commands):
    setup = prepare("himmelblau", "momentum", settings={"lr": 0.005})
    session, model = Session(setup), Model(setup)
    for name, *argument in commands:
        match name:
            case "step":
                session.step()
                model.go(model.cursor + 1)
            case "back":
                session.back()
                model.cursor = max(0, model.cursor - 1)
            case "seek":
                session.seek(argument[0])
                model.go(argument[0])
            case "fork":
                session.fork()
                model.fork()
            case "anew":
                session.anew()
                model.branches.append({"changes": [(0, model.setup)], "last": 0})
                model.live, model.cursor = len(model.branches) - 1, 0
            case "switch":
                place = argument[0] % len(session.branches)
                session.switch(session.branches[place])
                model.live = place
                model.cursor = min(model.cursor, model.branch["last"])
                model.setup = session.setup
            case "rate":
                changed = session.setup.with_value("lr", argument[0])
                session.change(changed)
                model.change(changed)
            case "rule":
                pipeline = replace(session.setup.pipeline, rule=resolve_rule(argument[0])[0])
                changed = session.setup.with_pipeline(pipeline)
                session.change(changed)
                model.change(changed)
        assert session.cursor == model.cursor
        assert session.branch is session.branches[model.live]
        assert [b.count - 1 for b in session.branches] == [b["last"] for b in model.branches]
    for place, branch in enumerate(session.branches):
        found = branch.quantity("theta", 0, branch.count)
        assert np.array_equal(found, model.rows(place)), place
        assert branch.row(branch.count - 1).theta == pytest.approx(found[:, -1], abs=0)
