"""What a change makes of the run, in words; what u takes back; how long a word stands there."""

import numpy as np
import pytest

from gdtui.descent.stopping import Status
from gdtui.storage.equivalent import command_of, replayed
from gdtui.tui.branch_dialog import made_by
from tests.tui.exploring import Exploring, drives_the_app, exploring


async def run_to_the_end(it: Exploring) -> None:
    await it.press("c")
    await it.until(lambda: it.bench.playing is None)
    await it.pilot.pause()


def root_rule(folder, defined_until):
    """A rule file with a term that is NaN behind a row, and reaches nothing."""
    path = folder / "root.toml"
    term = f"r = sqrt({defined_until} - t)"
    path.write_text(f'equations = """\n{term}\ntheta = theta - lr*where(t < 0, r, g)\n"""\n'
                    "[hyperparameters]\nlr = 0.1\n")  # fmt: skip
    return path


def command(it: Exploring) -> str:
    work = replayed(it.session)
    while True:
        try:
            next(work)
        except StopIteration as end:
            return command_of(end.value).strip()


def rows_of(branch) -> bytes:
    return branch.quantity("theta", 0, branch.count).tobytes()


@drives_the_app
async def test_another_optimizer_after_the_end_begins_from_the_start() -> None:
    async with exploring("rosenbrock", stopping={"steps": 500}, size=(80, 24)) as it:
        await run_to_the_end(it)
        first = it.session.branch
        await it.press("o")
        await it.type("adam")
        assert "adam begins from the start; the old run stays" in it.status
        assert it.session.cursor == 0 and first.count == 501 and len(it.session.branches) == 2
        await it.press("r")
        await run_to_the_end(it)
        assert made_by(first) == "gd η 0.001" and "A gd" in "A " + made_by(first)
        it.session.switch(first)
        assert command(it) == "gdtui run rosenbrock --steps 500"
        await it.press("t")
        assert "A      gd η 0.001 · 500 steps" in it.text


@drives_the_app
async def test_a_knob_that_made_no_step_renames_nothing_and_leaves_the_command_exact() -> None:
    async with exploring("rosenbrock", stopping={"steps": 500}) as it:
        await run_to_the_end(it)
        first = it.session.branch
        await it.press("up")
        assert "all 500 steps were run: r runs anew with lr 0.002" in it.status
        assert made_by(first) == "gd η 0.001"
        assert command(it) == "gdtui run rosenbrock --steps 500"
        await it.press("u")
        assert it.status.endswith("ran all 500 steps · r anew")
        await it.press("up", "r", "n", "t", "up", "enter")
        assert it.session.branch is first
        assert command(it) == "gdtui run rosenbrock --steps 500"


@drives_the_app
async def test_a_branch_says_by_what_its_rows_were_made_in_order() -> None:
    async with exploring("rosenbrock", stopping={"steps": 1000}) as it:
        await it.press(*["n"] * 3, "o")
        await it.type("momentum")
        assert "momentum from here on; its state and its t begin anew" in it.status
        assert made_by(it.session.branch) == "gd η 0.001"
        await it.press("n", "n", "up", "n")
        assert made_by(it.session.branch) == "gd η 0.001 to 3, then momentum η 0.001 to 5, then η 0.002"
        await it.press("up", "n")
        assert made_by(it.session.branch) == "gd η 0.001 to 3, then 2 others, at last momentum η 0.005"
        assert "knobs were turned at t = 3, 5, 6" in command(it)


@drives_the_app
async def test_knobs_after_the_run_has_converged() -> None:
    async with exploring("x**2", start=1.8, stopping={"gtol": 1e-3}) as it:
        await run_to_the_end(it)
        last, end = it.session.cursor, it.session.branch.end
        assert end.status is Status.CONVERGED
        await it.press("up")
        assert f"goes on from t = {last} with lr 0.5" in it.status
        await it.press("u")
        assert it.session.branch.end == end and "converged" in it.status and len(it.session.branch.segments) == 1
        await it.press("up", "n")
        assert it.session.cursor == last + 1 and len(it.session.branches) == 1
        await it.press("tab", "tab", "down", "down", "down", "down")
        assert it.bench.knob == "gtol"
        assert f"goes on from t = {last + 1} with gtol" in it.status or it.session.setup.stopping.gtol < 1e-3


@drives_the_app
async def test_a_failed_run_never_goes_on() -> None:
    async with exploring("x**2", start=1.8, settings={"lr": 3.0}) as it:
        await run_to_the_end(it)
        branch, last = it.session.branch, it.session.cursor
        assert branch.end.status is Status.DIVERGED
        await it.press("down")
        assert "lr 2 is for the next run: r runs anew" in it.status
        await it.press("n", "space", "c", "F")
        assert "r runs anew" in it.status
        assert it.session.branch is branch and it.session.branches == [branch]
        assert branch.count == last + 1 and branch.end.status is Status.DIVERGED
        await it.press("r", "n")
        assert it.session.branch is not branch and it.session.row.lr == 2.0
        assert made_by(branch) == "gd η 3"


@drives_the_app
async def test_what_was_said_goes_with_the_next_key_whatever_it_is() -> None:
    async with exploring(size=(80, 24)) as it:
        for key in ("tab", "greater_than_sign", "1", "plus", "home", "end", "n", "ctrl+l", "left", "i"):
            await it.press("equals_sign")
            assert "axes" in it.status
            await it.press(key)
            assert "axes" not in it.status, key
        await it.press("equals_sign")
        await it.pilot.mouse_down("#loss")
        await it.pilot.pause()
        assert "axes" not in it.status
        await it.press("equals_sign", "colon")
        await it.press("escape")
        assert "axes" not in it.status


@drives_the_app
async def test_dropped_runs_come_back_to_the_bit() -> None:
    async with exploring() as it:
        await it.press(*["n"] * 5, "r", "n", "n", "left", "up", "n")
        before = [(b.name, rows_of(b)) for b in it.session.branches]
        live, cursor = it.session.branch, it.session.cursor
        await it.press("d")
        assert it.session.branches == [live] and "dropped 2 old runs; u brings them back" in it.status
        await it.press("u")
        assert [(b.name, rows_of(b)) for b in it.session.branches] == before
        assert it.session.branch is live and it.session.cursor == cursor and "2 old runs are back" in it.status
        await it.press("d", "r", "n", "u")
        names = [b.name for b in it.session.branches]
        assert len(set(names)) == len(names) == 4 and it.session.branch is live
        await it.press("u")
        assert it.session.setup.values["lr"] == 0.01  # then the turn of the knob


@drives_the_app
async def test_a_start_that_was_clicked_typed_or_picked_is_taken_back() -> None:
    async with exploring() as it:
        await it.press(*["n"] * 4, "left")
        branch, rows, start = it.session.branch, rows_of(it.session.branch), it.session.setup.start

        def is_as_before() -> bool:
            session = it.session
            same = session.branch is branch and session.branches == [branch] and session.cursor == 3
            return same and session.setup.start == start and rows_of(branch) == rows

        await it.pilot.click("#map", offset=(20, 5))
        assert len(it.session.branches) == 2 and it.session.setup.start != start
        await it.press("n", "n", "u")
        assert is_as_before() and "taken back: t = 3 of branch A" in it.status
        await it.press("A", "right", "enter", "u")
        assert is_as_before()
        await it.press("a")
        await it.type("1, 2")
        await it.press("u")
        assert is_as_before()
        await it.press("f")
        await it.type("rosenbrock")
        await it.press("u")
        assert is_as_before() and it.session.setup.objective.name == "himmelblau"
        await it.press("u")
        assert "nothing to take back" in it.status


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
def test_a_random_start_is_another_point_each_time_and_is_typed_back(size) -> None:
    @drives_the_app
    async def draw() -> None:
        async with exploring("x^2+y^2", start=(1, 1), seed=7, size=size) as it:
            points = []
            for number in range(1, 5):
                await it.press("a")
                await it.type("random")
                points.append(it.session.setup.start)
                assert f"random {number}: x = " in it.status and ", y = " in it.status
            assert len(set(points)) == 4
            await it.press("a")
            await it.type("random 2")
            assert it.session.setup.start == points[1] and "random 2: x = " in it.status
            await it.press("u", "u", "a")
            await it.type("random")
            assert "random 5" in it.status and it.session.setup.start not in points
            x, y = it.session.setup.start
            assert f"--start {x!r},{y!r}".replace("--start -", "--start=-") in command(it).replace("\\\n    ", "")

    draw()


@drives_the_app
async def test_random_on_the_command_line_is_the_first() -> None:
    async with exploring("himmelblau", start="random") as it:
        first = it.session.setup.start
        await it.press("a")
        await it.type("random")
        assert "random 2: " in it.status and it.session.setup.start != first
        await it.press("a")
        await it.type("random 1")
        assert it.session.setup.start == first and np.isfinite(first).all()
        await it.press("a")
        await it.type("random")
        assert "random 3: " in it.status


@drives_the_app
async def test_a_rate_that_was_set_for_one_function_is_not_taken_to_another_in_silence() -> None:
    async with exploring("himmelblau", settings={"lr": 0.003}) as it:
        await it.press("f")
        await it.type("rosenbrock")
        assert "lr 0.003 was set for himmelblau; 0.001 suits rosenbrock" in it.status
    async with exploring("himmelblau") as it:
        await it.press("f")
        await it.type("rosenbrock")
        assert "was set for" not in it.status


@drives_the_app
async def test_a_term_that_is_no_number_is_told_once_while_the_run_goes_on(tmp_path) -> None:
    rule = root_rule(tmp_path, 2)
    async with exploring("himmelblau", str(rule), settings={"lr": 0.01}) as it:
        await it.press("n", "n")
        assert "NaN" not in it.status
        await it.press("n")
        assert "r is NaN at t = 3, which reached neither θ nor loss nor gradient" in it.status
        await it.press("n")
        assert "NaN" not in it.status


@drives_the_app
async def test_what_is_told_of_a_term_does_not_hide_the_end(tmp_path) -> None:
    rule = root_rule(tmp_path, 4)
    async with exploring("x**2", str(rule), start=1.8, stopping={"gtol": 0.01}) as it:
        await run_to_the_end(it)
        assert "converged: ‖∇f‖ = 0.0087 < 0.01 at t = 27; r is NaN at t = 5" in it.status
        await it.press("up")
        assert "paused" in it.status and "goes on from t = 27" in it.status
    async with exploring("x**2", start=1e3, stopping={"diverge_at": 10}) as it:
        await it.press("o")
        await it.type("adam")
        assert "paused" not in it.status and "failed" in it.status


@drives_the_app
async def test_it_is_said_that_patience_counts_anew_and_which_breakpoint_recorded_rows_meet() -> None:
    async with exploring("x**2", start=1.8, stopping={"patience": 9, "steps": 30}, breakpoints=["t == 5"]) as it:
        await run_to_the_end(it)
        await run_to_the_end(it)
        await it.press("home")
        await run_to_the_end(it)
        assert it.session.cursor == 5 and "breakpoint: t == 5" in it.status
        await it.press("F")
        assert "forked at t = 5; patience counts anew" in it.status
        await it.press("n", "up")
        assert "from here on; patience counts anew" in it.status


@drives_the_app
async def test_a_fork_at_an_end_says_what_goes_on_and_every_breakpoint_is_named() -> None:
    async with exploring("x**2", start=1.8, stopping={"gtol": 0.01}, breakpoints=["t == 5", "t > 4 and t < 6"]) as it:
        await run_to_the_end(it)
        assert "breakpoint: t == 5, t > 4 and t < 6 at t = 5" in it.status
        await run_to_the_end(it)
        await it.press("F")
        assert "its end: a knob goes on from there" in it.status
    async with exploring("x**2", start=1.8, stopping={"steps": 20}) as it:
        await run_to_the_end(it)
        await it.press("d")
        assert "there are no old runs" in it.status
        await it.press("F")
        assert "its last step: r runs anew" in it.status
        session = it.session
        session.seek(7)
        session.change(session.setup.with_stopping("steps", 10))
        session.seek(20)
        assert session.end.reason == "ran all 10 steps; it had come to t = 20 before"
