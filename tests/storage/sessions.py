"""Sessions to save, and what makes two of them the same to the bit."""

from dataclasses import replace

import numpy as np

from gdtui.descent.session import Session
from gdtui.descent.setup import prepare
from gdtui.formula.tokens import printable

LOOKING_BACK = """
q     = 0.5*prev(q, 3) + g
delta = -lr*(q + 0.1*prev(grad, 2)) + 0.01*(theta - prev(theta, 2))
theta = theta + delta
"""
NOISY = "theta = theta - lr*(g + normal())"


def rule_file(directory, equations, name="mine"):
    path = directory / f"{name}.toml"
    path.write_text(f'name = "{name}"\nequations = """{equations}"""\n[hyperparameters]\nlr = 0.001\n')
    return str(path)


def made(objective="himmelblau", rule="adam", budget=None, **options):
    options.setdefault("stopping", {"steps": 10**6})
    setup = prepare(objective, rule, **options)
    return Session(setup) if budget is None else Session(setup, budget=budget)


def same(one, other):
    """Asserts that nothing that can be seen or goes on differs between two sessions."""
    assert (one.cursor, one.branches.index(one.branch)) == (other.cursor, other.branches.index(other.branch))
    assert len(one.branches) == len(other.branches)
    for mine, theirs in zip(one.branches, other.branches, strict=True):
        assert (mine.count, mine.stops, mine.forked_at) == (theirs.count, theirs.stops, theirs.forked_at)
        assert (mine.name, mine.number, mine.end.status) == (theirs.name, theirs.number, theirs.end.status)
        assert mine.end.row == theirs.end.row
        assert printable(mine.end.reason) == printable(theirs.end.reason)
        # Which breakpoint was met last is in the end's words; the rest decides how the run goes on.
        assert repr(replace(mine.progress, condition=0)) == repr(replace(theirs.progress, condition=0))
        for a, b in zip(mine.segments, theirs.segments, strict=True):
            assert (a.first, a.t0, a.values) == (b.first, b.t0, b.values)
            of_a, of_b = a.continuation, b.continuation
            assert (of_a.t0, of_a.seed, of_a.draw0, of_a.values) == (of_b.t0, of_b.seed, of_b.draw0, of_b.values)
            assert a.program.pipeline == b.program.pipeline
            assert a.program.objective.formula == b.program.objective.formula
            assert a.trajectory.count == b.trajectory.count
            rows, others = a.trajectory.rows(0, a.end), b.trajectory.rows(0, b.end)
            assert np.ascontiguousarray(rows).tobytes() == np.ascontiguousarray(others).tobytes()
    assert shared(one) == shared(other)
    assert (one.hits, one.setup.resting) == (other.hits, other.setup.resting)
    for name in ("pipeline", "values", "start", "seed", "stopping", "chosen"):
        assert getattr(one.setup, name) == getattr(other.setup, name), name
    for name in ("breakpoints", "watches"):
        assert [e.text for e in getattr(one.setup, name)] == [e.text for e in getattr(other.setup, name)]


def shared(session):
    """Which branches share which segments."""
    places = {}
    return [[places.setdefault(id(s), len(places)) for s in branch.segments] for branch in session.branches]
