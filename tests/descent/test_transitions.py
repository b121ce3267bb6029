"""Random sequences of what can be done to a run, against a model of a page: rules by hand, ends, knobs, forks, chance.

The model keeps every row with the state that it leaves behind, and knows nothing of segments, chunks or compiled loops.
"""

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gdtui.descent.arrays import normal_draw
from gdtui.descent.session import Session
from gdtui.descent.setup import prepare
from gdtui.optimizers.resolve import resolve_rule
from gdtui.storage.session_file import load, save

HILL = "(x**2 + y - 11)**2 + (x + y**2 - 7)**2"
RATES = (0.002, 0.01, 0.02, 0.2)
RULES = ("gd", "momentum", "noisy-gd")
LIMITS = {"steps": 40, "gtol": 0.05, "patience": 5, "diverge_at": 1e4}
CHANGED_LIMITS = [{"gtol": None}, {"gtol": 0.05}, {"patience": 9}, {"patience": 3}, {"steps": 60}, {"steps": 20}]
BREAKPOINT = "t == 7 or t == 12"
SEED = 3
STANDING = ("ahead", "end", "best", "since", "made")
FRESH = {"best": None, "since": 0}
NEW = FRESH | {"reached": None, "made": 0}


def slope(theta, sign):
    """The loss and its gradient; ``sign`` −1: of the hill turned upside down."""
    x, y = theta
    a, b = x * x + y - 11, x + y * y - 7
    return sign * (a * a + b * b), sign * np.array([4 * x * a + 2 * b, 2 * a + 4 * y * b])


class Model:
    """Branches as lists of rows. ``sign``: of loss and gradient; −1 of a run that goes up."""

    def __init__(self, sign, lr):
        self.sign, self.knobs = sign, ("gd", lr)
        self.branches, self.hits, self.cursor, self.limits = [], 0, 0, dict(LIMITS)
        self.begin()

    @property
    def branch(self):
        return self.branches[self.live]

    @property
    def at_end(self):
        return self.cursor == len(self.branch["rows"]) - 1

    def begin(self):
        theta = np.array([0.5, -1.5])
        row = {"theta": theta, "t": 0, "b": np.zeros(2), "by": self.knobs}
        row["loss"], row["grad"] = slope(theta, self.sign)
        self.branches.append({"rows": [row], "ahead": row, "end": "running", **NEW})
        self.live, self.cursor = len(self.branches) - 1, 0

    def row_after(self):
        """The row to which the knobs lead: the rule by hand, downhill on the sign's side."""
        branch = self.branch
        ahead, number = branch["ahead"], len(branch["rows"])
        name, lr = ahead["by"]
        t, b, g = ahead["t"] + 1, ahead["b"], ahead["grad"] * self.sign
        if name == "momentum":
            b = g if t == 1 else 0.9 * b + g
            step = b
        else:
            step = g + 5.0 * normal_draw(SEED, number, 2) if name == "noisy-gd" else g
        theta = ahead["theta"] - lr * step
        loss, grad = slope(theta, self.sign)
        return {"theta": theta, "t": t, "b": b, "by": ahead["by"], "loss": loss, "grad": grad}

    def ended(self, row):
        branch = self.branch
        if max(np.abs(row["theta"]).max(), abs(row["loss"])) > self.limits["diverge_at"]:
            return "diverged"
        gtol = self.limits["gtol"]
        if gtol is not None and np.hypot(*row["grad"]) < gtol:
            return "converged"
        loss = row["loss"] * self.sign
        if loss < branch["best"]:
            branch["best"], branch["since"] = loss, 0
        else:
            branch["since"] += 1
        if branch["since"] >= self.limits["patience"]:
            return "stalled"
        return "max_steps" if len(branch["rows"]) > self.limits["steps"] else "running"

    def advance(self, count):
        branch = self.branch
        if branch["end"] not in ("running", "breakpoint"):
            return
        branch["end"] = "running"
        for _ in range(count):
            branch["reached"] = None
            branch["made"] += 1
            if branch["best"] is None:
                branch["best"] = branch["rows"][-1]["loss"] * self.sign
            row = branch["ahead"] = self.row_after()
            branch["rows"].append(row)
            branch["end"] = self.ended(row)
            if row["t"] in (7, 12):
                branch["end"] = "breakpoint" if branch["end"] == "running" else branch["end"]
                self.hits += branch["end"] != "running"
            if branch["end"] != "running":
                break
        self.cursor = len(branch["rows"]) - 1

    def seek(self, row):
        if row > len(self.branch["rows"]) - 1:
            self.cursor = len(self.branch["rows"]) - 1
            self.advance(row - self.cursor)
        self.cursor = min(row, len(self.branch["rows"]) - 1)

    def fork(self):
        rows = self.branch["rows"][: self.cursor + 1]
        end = self.branch["end"] if self.at_end else "running"
        ahead = self.branch["ahead"] if self.cursor == 0 and self.at_end else rows[-1]
        ended = end not in ("running", "breakpoint")  # by other stopping rules it may be none: what it counted is kept
        counted = {name: self.branch[name] for name in ("best", "since")} if ended else {}
        self.branches.append({"rows": [*rows], "ahead": ahead, "end": end, **NEW, **counted})
        self.live = len(self.branches) - 1
        if end != "diverged":
            self.take_up()

    def limit(self, changed):
        """Other stopping rules: an end that does not hold by them is none."""
        before, self.limits = self.limits, self.limits | changed
        branch = self.branch
        if self.limits == before:
            return
        stood = branch["reached"] or self.stands(before)
        if not self.restore() and not self.stays(before):
            branch["end"], branch["reached"] = "running", stood
        if branch["end"] in ("running", "breakpoint") and len(branch["rows"]) > self.limits["steps"]:
            branch["end"], branch["reached"] = "max_steps", stood

    def stays(self, before):
        """Whether the end holds by the stopping rules of now."""
        branch, now = self.branch, self.limits
        return {
            "running": False, "breakpoint": True, "diverged": True, "max_steps": len(branch["rows"]) > now["steps"],
            "converged": now["gtol"] is not None and np.hypot(*branch["rows"][-1]["grad"]) < now["gtol"],
            "stalled": branch["since"] >= now["patience"],
        }[branch["end"]]  # fmt: skip

    def stands(self, limits):
        """How the branch stands at its last row, and by which stopping rules."""
        branch = self.branch
        return {name: branch[name] for name in STANDING} | {"limits": dict(limits)}

    def restore(self):
        """As it stood before knobs were turned here, if they are as they were; whether they are."""
        branch, stood = self.branch, self.branch["reached"]
        if stood is None or stood["ahead"]["by"] != self.knobs:
            return False
        limits = stood["limits"]
        branch |= {name: stood[name] for name in STANDING} | {"reached": None}
        if limits != self.limits and not self.stays(limits):
            branch["end"], branch["reached"] = "running", stood
        return True

    def forget(self):
        """What a file does not keep: how it stood behind a fork from which no row was made, once knobs were turned."""
        for branch in self.branches:
            stood = branch["reached"]
            if stood is not None and not stood["made"] and stood["ahead"] is not branch["ahead"]:
                branch["reached"] = None

    def take_up(self):
        """Go on by the knobs as they are; those that made the last row bring its end back."""
        branch = self.branch
        ahead, row = branch["ahead"], branch["rows"][-1]
        if ahead["by"] == self.knobs:
            return
        if self.restore():
            return
        branch["reached"] = branch["reached"] or self.stands(self.limits)
        same_rule = row["by"][0] == self.knobs[0]
        branch["ahead"] = row | ({"by": self.knobs} if same_rule else {"by": self.knobs, "t": 0, "b": np.zeros(2)})
        branch["end"] = "max_steps" if len(branch["rows"]) > self.limits["steps"] else "running"
        branch |= FRESH | {"made": 0}

    def turn(self, knobs):
        """Another rate or another rule."""
        before, self.knobs = self.knobs, knobs
        if knobs == before:
            return
        if not self.at_end:
            self.fork()
        elif knobs[0] != before[0] and self.branch["end"] not in ("running", "breakpoint"):
            self.begin()
        elif self.branch["end"] != "diverged":
            self.take_up()


COMMANDS = st.one_of(
    st.tuples(st.just("advance"), st.integers(1, 30)),
    st.tuples(st.just("advance"), st.integers(1, 30)),
    st.tuples(st.just("seek"), st.integers(0, 45)),
    st.tuples(st.sampled_from(["fork", "anew", "resume"]), st.none()),
    st.tuples(st.just("rate"), st.sampled_from(RATES)),
    st.tuples(st.just("rule"), st.sampled_from(RULES)),
    st.tuples(st.just("switch"), st.integers(0, 5)),
    st.tuples(st.just("limits"), st.sampled_from(CHANGED_LIMITS)),
)


def resumed(session):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.gdt"
        save(session, path)
        return load(path).session


def turned(session, model, name, value):
    """The session and the model after a knob or another rule."""
    if name == "rate":
        changed = session.setup.with_value("lr", value)
    else:
        pipeline = replace(session.setup.pipeline, rule=resolve_rule(value)[0])
        changed = session.setup.with_pipeline(pipeline, {"lr": session.setup.values["lr"]})
    session.change(changed)
    model.turn((changed.pipeline.rule.name, changed.values["lr"]))


@pytest.mark.parametrize("up", [False, True])
@settings(max_examples=250, deadline=None, derandomize=True)
@example(commands=[("rate", 0.2), ("advance", 30), ("rate", 0.01), ("fork", None), ("advance", 3)])
@example(commands=[("advance", 30), ("advance", 30), ("advance", 30), ("limits", {"gtol": None}), ("advance", 30)])
@example(commands=[("advance", 30), ("advance", 30), ("advance", 30), ("rate", 0.02), ("limits", {"gtol": None}),
                   ("rate", 0.01), ("advance", 3)])  # fmt: skip
@given(commands=st.lists(COMMANDS, max_size=18))
def test_whatever_is_done_a_run_ends_and_goes_on_as_the_model_says(up, commands):
    text, names = (f"-({HILL})" if up else HILL), {rule: resolve_rule(rule)[0].name for rule in RULES}
    setup = prepare(text, "gd", start=(0.5, -1.5), settings={"lr": 0.01}, stopping=LIMITS, maximize=up, seed=SEED,
                    breakpoints=[BREAKPOINT])  # fmt: skip
    assert set(names.values()) == set(RULES)
    session, model = Session(setup), Model(-1.0 if up else 1.0, 0.01)
    for name, value in commands:
        match name:
            case "advance":
                session.advance(value)
                model.advance(value)
            case "seek":
                session.seek(value)
                model.seek(value)
            case "fork":
                session.fork()
                model.fork()
            case "anew":
                session.anew()
                model.begin()
            case "resume":
                session = resumed(session)
                model.forget()
            case "switch":
                model.live = value % len(model.branches)
                session.switch(session.branches[model.live])
                model.cursor = min(model.cursor, len(model.branch["rows"]) - 1)
                model.knobs = model.branch["ahead"]["by"]
            case "limits":
                session.change(replace(session.setup, stopping=replace(session.setup.stopping, **value)))
                model.limit(value)
            case _:
                turned(session, model, name, value)
        assert session.cursor == model.cursor and session.branch is session.branches[model.live]
        assert [(b.end.status, b.count) for b in session.branches] == [
            (b["end"], len(b["rows"])) for b in model.branches
        ]
    for branch, expected in zip(session.branches, model.branches, strict=True):
        thetas = np.array([row["theta"] for row in expected["rows"]])
        found = branch.quantity("theta", 0, branch.count).T
        assert found == pytest.approx(thetas, rel=1e-6, abs=1e-9)
    assert sum(session.hits.values()) == model.hits
