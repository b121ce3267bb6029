"""Where a run ends, held to its own losses: with breakpoints, in slices, up and down, by floats, arrays and lanes."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gdtui
from gdtui.descent.session import Session
from gdtui.descent.setup import prepare
from gdtui.descent.stopping import Status
from gdtui.optimizers.catalogue import BY_NAME as RULES

TEXT = "sum(x**2*where(i < 1, 0.01, 1))"
KNOBS = {"lr": 0.5, "momentum": 0.9}
EVERYWHERE = "t > 0"
RAISING = "log(-(t + 1)) > 0"  # floats raise at every row
BREAKPOINTS = [(), (EVERYWHERE,), ("loss > prev(loss)",), ("floor(t/3)*3 == t", "1/(t - 4) > 0.4"), (RAISING,)]
LONGEST = 400


def start_of(dim):
    return np.array([10 * (dim - 1) ** 0.5, *[1.0] * (dim - 1)])


def swinging(dim, maximize=False, breakpoints=(), knobs=KNOBS, **stopping):
    """A run whose loss swings fast while it slowly shrinks; upside down where it goes for the maximum."""
    text = f"-({TEXT})" if maximize else TEXT
    return Session(prepare(
        text, "momentum", dim=dim, start=tuple(start_of(dim)), settings=knobs, maximize=maximize,
        breakpoints=list(breakpoints), stopping={"steps": LONGEST} | stopping,
    ))  # fmt: skip


def to_its_end(session, slices=(10**6,)):
    """On and on, breakpoint after breakpoint, in slices of these sizes; at how many breakpoints it stopped."""
    stops, place = 0, 0
    while not session.branch.end.status.ended:
        session.advance(slices[place % len(slices)])
        stops += session.branch.end.status is Status.BREAKPOINT
        place += 1
        assert place <= LONGEST + 1
    return stops


def out_of_patience(losses, patience, min_delta=0.0, first=0):
    """The row at which so many losses in a row were not smaller, by more than min_delta, than the best before them."""
    best, since = losses[first], 0
    for row in range(first + 1, len(losses)):
        best, since = (losses[row], 0) if losses[row] < best - min_delta else (best, since + 1)
        if since == patience:
            return row
    return None


def losses_of(dim):
    session = swinging(dim)
    session.advance(LONGEST)
    return session.branch.quantity("loss", 0, LONGEST + 1)


LOSSES = {dim: losses_of(dim) for dim in (2, 30)}  # by floats, and by arrays


@pytest.mark.parametrize("maximize", [False, True])
@pytest.mark.parametrize("dim", LOSSES)
@settings(max_examples=60)
@given(
    patience=st.integers(1, 14),
    min_delta=st.sampled_from([0.0, 0.0, 0.05, 0.4]),
    breakpoints=st.sampled_from(BREAKPOINTS),
    slices=st.lists(st.integers(1, 9), min_size=1, max_size=4),
)
def test_patience_counts_each_row_once_whatever_stops_in_between(
    dim, maximize, patience, min_delta, breakpoints, slices
):
    row = out_of_patience(LOSSES[dim], patience, min_delta)
    for sizes in ([10**6], slices):
        session = swinging(dim, maximize, breakpoints, patience=patience, min_delta=min_delta)
        to_its_end(session, sizes)
        end = session.branch.end
        assert (end.status, end.row) == ((Status.MAX_STEPS, end.row) if row is None else (Status.STALLED, row))
        assert session.branch.count == (LONGEST if row is None else row) + 1
        if row is not None:
            best = np.minimum.accumulate(LOSSES[dim])[row] * (-1.0 if maximize else 1.0)
            if min_delta == 0.0:
                assert f"not improved on {best:.4g} ".replace("-", "−") in end.reason


@pytest.mark.parametrize("maximize", [False, True])
@pytest.mark.parametrize("dim", LOSSES)
@pytest.mark.parametrize("min_delta", [0.0, 0.05, 0.4])
def test_patience_ends_each_of_many_runs_at_its_own_row(dim, maximize, min_delta):
    text, scale = (f"-({TEXT})" if maximize else TEXT), np.linspace(0.2, 1.6, 8)
    starts = scale[:, None] * start_of(dim)
    for patience in (2, 3, 5, 9):
        many = gdtui.descend_many(
            text, "momentum", dim=dim, starts=starts, steps=LONGEST, maximize=maximize, patience=patience,
            min_delta=min_delta, **KNOBS,
        )  # fmt: skip
        rows = [out_of_patience(s**2 * LOSSES[dim], patience, min_delta) for s in scale]  # it is linear
        assert many.steps.tolist() == [LONGEST if row is None else row for row in rows]
        assert many.status.tolist() == ["max_steps" if row is None else "stalled" for row in rows]
        assert min_delta == 0.0 or patience < 3 or len(set(rows)) > 1


ENDINGS = [
    ({"diverge_at": 1e6, "knobs": {"lr": 5.0}}, Status.DIVERGED),
    ({"gtol": 0.1}, Status.CONVERGED),
    ({"patience": 3}, Status.STALLED),
    ({"steps": 5}, Status.MAX_STEPS),
]


@pytest.mark.parametrize("breakpoint", [EVERYWHERE, RAISING, "1/(t - {row}) > 0 or t > 0", "t == {row}"])
@pytest.mark.parametrize("dim", LOSSES)
@pytest.mark.parametrize(("stopping", "status"), ENDINGS, ids=lambda v: v if isinstance(v, str) else "")
def test_a_run_ends_where_it_would_without_breakpoints(stopping, status, dim, breakpoint):
    """Whether they hold at that row, or at every one, or have no value there."""
    plain = swinging(dim, **stopping)
    to_its_end(plain)
    row = plain.branch.end.row
    assert plain.branch.end.status is status and row > 1
    text = breakpoint.format(row=row)
    session = swinging(dim, breakpoints=[text], **stopping)
    assert to_its_end(session) == (row - 1 if "t > 0" in text else 0)
    assert (session.branch.end.status, session.branch.end.row) == (status, row)
    theta, expected = (each.branch.quantity("theta", 0, row + 1) for each in (session, plain))
    assert theta.tobytes() == expected.tobytes()
    held = breakpoint != RAISING
    assert session.branch.end.reason == plain.branch.end.reason + (f"; breakpoint: {text} there too" if held else "")


def test_a_breakpoint_that_has_no_value_leaves_the_row_to_the_others():
    """1/loss at a loss of 0: the floats raise, and the second breakpoint is asked all the same."""
    session = Session(prepare("x**2", start=1.0, settings={"lr": 0.5}, breakpoints=["1/loss < 0", "x == 0"]))
    session.advance(10)
    assert (session.branch.end.status, session.branch.end.row) == (Status.BREAKPOINT, 1)
    converged = Session(prepare(
        "x**2", start=1.0, settings={"lr": 0.5}, breakpoints=["1/loss > 0"], stopping={"gtol": 1e-3},
    ))  # fmt: skip
    assert converged.advance(10) == 1 and converged.branch.end.status is Status.CONVERGED


@pytest.mark.parametrize("breakpoint", [EVERYWHERE, RAISING])
def test_a_cycle_is_told_at_the_same_row_with_breakpoints(breakpoint):
    """Down a slope, then to and fro; the theta that is come back to was kept on the way."""
    options = {"start": 14.5, "settings": {"lr": 1.0}, "stopping": {"steps": 50}}
    plain, stopped = (Session(prepare("where(x > 10, x, x**2)", **options)) for _ in range(2))
    stopped.set_breakpoints([breakpoint])
    to_its_end(plain)
    to_its_end(stopped)
    assert plain.branch.end.status is Status.STALLED and plain.branch.end.row > 7
    assert stopped.branch.end[::2] == plain.branch.end[::2]


@pytest.mark.parametrize("dim", LOSSES)
def test_patience_counts_rows_of_a_run_that_stands_still(dim):
    """Though each of them is a return to where it was."""
    for patience in (1, 2, 3, 4, 7, 12):
        stopping = {"patience": patience, "steps": 50}
        session = Session(prepare("sum(x**2)", dim=dim, start=(0.0,) * dim, stopping=stopping))
        to_its_end(session)
        assert (session.branch.end.status, session.branch.end.row) == (Status.STALLED, patience)
        assert "not improved" in session.branch.end.reason


@pytest.mark.parametrize("patience", [3, 5, 9])
def test_patience_counts_rows_that_floats_cannot_make(patience):
    """1/|x| at x = 0: every step is done by arrays."""
    text, options = "minimum(1/abs(x), 10) + y**2 + z**2/100", {"start": (0.0, 1.0, 10.0), "settings": KNOBS}
    straight = Session(prepare(text, "momentum", stopping={"steps": 100}, **options))
    straight.advance(100)
    row = out_of_patience(straight.branch.quantity("loss", 0, 101), patience)
    session = Session(prepare(text, "momentum", stopping={"steps": 100, "patience": patience}, **options))
    to_its_end(session)
    assert (session.branch.end.status, session.branch.end.row) == (Status.STALLED, row)


@pytest.mark.parametrize("dim", LOSSES)
def test_a_row_that_ended_for_another_reason_was_not_asked_for_its_loss(dim):
    """Patience goes on counting behind it, where that stopping rule is lifted."""
    session = swinging(dim, patience=8, gtol={2: 0.1, 30: 0.6}[dim])
    session.advance(LONGEST)
    ended = session.branch.end
    assert ended.status is Status.CONVERGED and 0 < out_of_patience(LOSSES[dim], 8) - ended.row < 8
    session.change(session.setup.with_stopping("gtol", None))
    to_its_end(session)
    asked = np.delete(LOSSES[dim], ended.row)
    assert session.branch.end.row == out_of_patience(asked, 8) + 1 > ended.row
    assert "not improved" in session.branch.end.reason


def other_rule(setup):
    return setup.with_pipeline(replace(setup.pipeline, rule=RULES["gd"]), {"lr": 1e-9})


def other_rate(setup):
    return setup.with_value("lr", 1e-9)


@pytest.mark.parametrize("change", [other_rate, other_rule])
@pytest.mark.parametrize("dim", LOSSES)
@pytest.mark.parametrize("patience", [3, 8])
def test_patience_begins_to_count_where_another_rate_or_rule_goes_on(dim, change, patience):
    """Its best so far, too: it asks for less than where it was taken up, not than what the run before it reached."""
    best = out_of_patience(LOSSES[dim], patience) - patience
    for row in range(best, best + patience):
        session = swinging(dim, patience=patience)
        session.advance(row)
        assert session.branch.end.status is Status.RUNNING
        session.change(change(session.setup))
        to_its_end(session)
        losses = session.branch.quantity("loss", 0, session.branch.count)
        assert len(session.branches) == 1
        assert session.branch.count - 1 == (out_of_patience(losses, patience, first=row) or LONGEST)


def test_a_cycle_that_begins_with_another_rate_is_told_once_round():
    session = Session(prepare("x**2", start=1.8, settings={"lr": 0.25}))
    session.advance(5)
    session.change(session.setup.with_value("lr", 1.0))
    session.advance(100)
    assert session.branch.end.row == 7 and "period 2" in session.branch.end.reason
    assert session.branch.end.status is Status.STALLED


def noise_in(session, first, stop):
    """What chance added in the updates that arrived at rows first .. stop − 1, as the equations of noisy-gd say it."""
    theta, grad = (session.branch.quantity(name, first - 1, stop) for name in ("theta", "grad"))
    values = session.branch.segment_at(first).values
    return ((-np.diff(theta) / values["lr"]) - grad[:, :-1]) / values["sigma"]


@pytest.mark.parametrize("between", ["adam", "gd", "momentum"])
def test_chance_goes_by_the_row_of_the_run_through_other_rules_knobs_and_forks(between):
    """t begins again with another rule; what is drawn is what a run without any change draws at those rows."""
    setup = prepare("sphere", "noisy-gd", settings={"lr": 0.01, "sigma": 5.0}, seed=11)
    straight, session = Session(setup), Session(setup)
    straight.advance(40)
    drawn = noise_in(straight, 1, 41)
    assert len(np.unique(drawn.round(9))) == drawn.size  # no two rows draw the same
    session.advance(7)
    session.change(setup.with_pipeline(replace(setup.pipeline, rule=RULES[between]), {"lr": 0.02}))
    session.advance(5)
    session.change(setup)
    session.advance(8)
    assert session.branch.segment_at(13).t_of(13) == 1
    session.change(setup.with_value("lr", 0.02))
    session.advance(10)
    assert session.branch.segment_at(21).t_of(21) == 9
    for first, stop in ((1, 8), (13, 21), (21, 31)):
        assert noise_in(session, first, stop) == pytest.approx(drawn[:, first - 1 : stop - 1], abs=1e-9)
    session.seek(26)
    ahead = session.future(4)
    session.fork()
    session.advance(4)
    assert np.array_equal(session.branch.quantity("theta", 26, 31).T, ahead)
    assert noise_in(session, 27, 31) == pytest.approx(drawn[:, 26:30], abs=1e-9)
