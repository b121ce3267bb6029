"""Long runs, whose old rows are thinned: pictures are drawn of what is there, and no key waits for a replay."""

import asyncio

import pytest

from gdtui.descent import sampling
from gdtui.tui.pacing import SPEEDS, Pacer
from tests.storage.sessions import made
from tests.tui.exploring import Clock, drives_the_app, exploring

ROWS = 40_000
WATCHES = ["norm(delta)", "loss/prev(loss)", "theta"]


def long_run(breakpoints=()):
    """Some 9 chunks, of which all but the newest are thinned; and an old run beside it that is too."""
    session = made("himmelblau", "adam", budget=1 << 20, settings={"lr": 0.01}, watches=WATCHES)
    session.advance(ROWS)
    session.anew()
    session.advance(ROWS)
    session.set_breakpoints(breakpoints)
    assert all(branch.last.trajectory.thinned > 4 for branch in session.branches)
    return session


def replays_of(session):
    return sum(branch.last.trajectory.replays for branch in session.branches)


@pytest.mark.parametrize("most", [512, 1 << 16])
@drives_the_app
async def test_no_picture_has_rows_computed_again(monkeypatch, most):
    monkeypatch.setattr(sampling, "MOST", most)
    monkeypatch.setattr(sampling, "_LEAST", 1)
    session = long_run()
    async with exploring(session=session) as it:
        assert "t = 40000" in it.status
        for key in ("5", "6", "4", "3", "2", "1", "0", "0", "plus", "equals_sign", "5"):
            await it.press(key)
        it.session.advance(1000)
        it.bench.show_frame()
        await it.press("v", "v", "6")
        assert replays_of(session) == 0
        assert any("⠁" <= cell <= "⣿" for cell in "".join(it.pane("loss")))


@drives_the_app
async def test_one_parameter_is_drawn_of_what_is_there():
    session = made("x**2", "adam", budget=1 << 20, start=(1.8,), settings={"lr": 1e-5})
    session.advance(ROWS)
    assert session.branch.last.trajectory.thinned > 2
    async with exploring(session=session) as it:
        assert "Curve" in it.text
        await it.press("5", "4")
        assert replays_of(session) == 0


@drives_the_app
async def test_a_row_that_is_asked_for_is_computed_again_with_its_chunk():
    session = long_run()
    async with exploring(session=session) as it:
        await it.press("g")
        await it.type("9000")
        assert it.session.cursor == 9000 and "t = 9000 " in it.status
        assert 1 <= replays_of(session) <= 2
        await it.press("left", "left", "right")
        assert replays_of(session) <= 2


@pytest.mark.parametrize("condition", ["t == 2 and loss > 0", "t == 2 and prev(loss) > loss"])
@drives_the_app
async def test_looking_back_computes_each_chunk_once(condition):
    session = long_run([condition])
    async with exploring(session=session) as it:
        await it.press("C")
        await it.until(lambda: it.bench.playing is None)
        assert it.session.cursor == 2 and f"breakpoint: {condition}" in it.status
        assert replays_of(session) == session.branch.last.trajectory.thinned


@drives_the_app
async def test_looking_back_can_be_stopped(monkeypatch):
    """With frames that are due at once, so that what it says is seen."""
    monkeypatch.setattr("gdtui.tui.time_actions.FRAMES", 1e9)
    session = long_run(["t == 2"])
    async with exploring(session=session) as it:
        work = session.looking_back()
        it.bench.playing = it.bench.run_worker(it.bench.looking_back(_waiting(work)), exclusive=True)
        await it.until(lambda: "no breakpoint down to t = " in it.status)
        await it.press("space")
        assert it.bench.playing is None and it.session.cursor == ROWS


def _waiting(work):
    """The same, and then for ever."""
    first = next(work)
    while True:
        yield first


@drives_the_app
async def test_a_far_iteration_is_gone_to_in_slices():
    async with exploring("himmelblau", "adam", settings={"lr": 1e-4}) as it:
        await it.press("g")
        await it.type("30000")
        await it.until(lambda: it.bench.playing is None)
        assert it.session.cursor == 30_000 and "paused" in it.status
        await it.press("g")
        await it.type("99999999")
        await it.until(lambda: "on the way to t = 99999999" in it.status)
        await it.press("space")
        assert it.bench.playing is None and 30_000 < it.session.cursor < 99_999_999


# The speed


@drives_the_app
async def test_full_speed_and_back_while_it_plays():
    """What waits for the next iteration finds that there is no speed any more."""
    async with exploring("himmelblau", "adam", settings={"lr": 1e-4}, stopping={"steps": 10**9}) as it:
        await it.press("space")
        for _ in SPEEDS:
            await it.press("greater_than_sign")
        await it.until(lambda: it.session.cursor > 100)
        for _ in SPEEDS:
            await it.press("less_than_sign")
        assert it.bench.playing is not None and "playing · 1/s" in it.status
        before = it.session.cursor
        it.clock.now += 2.0
        await it.until(lambda: it.session.cursor == before + 2)


def test_without_a_speed_nothing_is_due():
    clock = Clock()
    pacer = Pacer(clock, 16384)
    pacer.begin()
    clock.now += 1.0
    pacer.change(1)
    assert pacer.speed is None and pacer.due() == 0 and pacer.wait() == 0.0
    pacer.change(-1)
    clock.now += 1.0
    assert pacer.due() == 16384
    clock.now -= 5.0
    assert pacer.due() == 0


@drives_the_app
async def test_an_hour_that_was_slept_is_not_made_up_for():
    """Behind ctrl+z, say: there are frames, and it pauses, long before an hour's iterations are made."""
    async with exploring("himmelblau", "adam", settings={"lr": 1e-4}, stopping={"steps": 10**9}) as it:
        for _ in range(9):
            await it.press("greater_than_sign")
        assert "16384/s" in it.status
        await it.press("space")
        it.clock.now += 3600.0
        await it.until(lambda: it.session.cursor > 0)
        await asyncio.sleep(0.2)
        shown = it.status
        assert not shown.startswith("t = 0 ")
        await it.press("space")
        assert it.session.cursor < 3600 * 16384


@drives_the_app
async def test_a_function_of_ones_own_stops_on_the_way_where_its_rows_fill_the_budget():
    options = {"grad": lambda x: 2 * x, "start": (1.0,), "settings": {"lr": 1e-6}}
    async with exploring(lambda x: float(x @ x), **options) as it:
        it.session.budget = 1
        it.bench.seek("50000000")
        await it.until(lambda: it.bench.playing is None)
        assert "d drops the old runs" in it.status and 0 < it.session.cursor < 50_000_000
