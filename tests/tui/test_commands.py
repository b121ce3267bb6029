"""What each key does: time, knobs, runs, choices, the view."""

import re

import numpy as np
import pytest
from textual import events
from textual.widgets import Input

from gdtui.descent.stopping import Status
from gdtui.tui.commands import COMMANDS
from gdtui.tui.dialogs import Chooser, Help, Prompt
from tests.tui.exploring import Exploring, drives_the_app, exploring


def frame(it: Exploring):
    found = it.widget("status").frame
    assert found is not None
    return found


@drives_the_app
async def test_step_and_back_by_every_key() -> None:
    async with exploring() as it:
        await it.press("n", "right", "l")
        assert it.status.startswith("t = 3 ")
        theta = it.session.row.theta.copy()
        await it.press("N", "left", "h")
        assert it.status.startswith("t = 0 ")
        await it.press("left")
        assert "this is the start" in it.status
        await it.press("n", "n", "n")
        assert np.array_equal(it.session.row.theta, theta)
        assert it.session.branch.count == 4


@drives_the_app
async def test_status_line_order() -> None:
    async with exploring() as it:
        assert re.fullmatch(r"t = 0 · loss \S+ · ‖∇f‖ \S+ · paused · 8/s", it.status)
        await it.press("n", "n", "left")
        assert re.fullmatch(r"t = 1 · loss \S+ · ‖∇f‖ \S+ · paused · 8/s · back in time, last t = 2", it.status)


@drives_the_app
async def test_playing_follows_the_clock_and_nothing_else() -> None:
    async with exploring(settings={"lr": 1e-4}) as it:
        await it.press("space")
        assert "playing" in it.status
        it.clock.now += 2.0
        await it.until(lambda: it.session.cursor == 16)
        await it.pilot.pause(0.3)
        assert it.session.cursor == 16
        await it.press("greater_than_sign")
        assert "16/s" in it.status
        it.clock.now += 1.0
        await it.until(lambda: it.session.cursor == 32)
        await it.press("space")
        assert "paused" in it.status
        it.clock.now += 10.0
        await it.pilot.pause(0.2)
        assert it.session.cursor == 32


@drives_the_app
async def test_speeds_end_at_both_ends() -> None:
    async with exploring() as it:
        for _ in range(6):
            await it.press("less_than_sign")
        assert "· 1/s" in it.status
        for _ in range(20):
            await it.press("greater_than_sign")
        assert "full speed" in it.status


@drives_the_app
async def test_a_step_by_hand_ends_the_playing() -> None:
    async with exploring() as it:
        await it.press("space", "n")
        assert "paused" in it.status
        assert it.session.cursor == 1


@drives_the_app
async def test_nothing_runs_while_it_is_paused() -> None:
    async with exploring() as it:
        await it.press("n", "space", "space", "up", "question_mark", "escape")
        await it.pilot.pause(0.1)
        app = it.app
        assert not [w for w in app.workers if w.is_running]
        pumps = [app, it.bench, *it.bench.query("*")]
        going = [t for pump in pumps for t in pump._timers if t._active.is_set()]
        assert not going


@drives_the_app
async def test_turning_a_knob_bends_the_future_at_once() -> None:
    async with exploring() as it:
        before = frame(it).future
        assert before is not None
        assert len(before) > 2
        await it.press("up")
        assert it.session.setup.values["lr"] == 0.02
        assert "0.02" in "".join(it.pane("optimizer"))
        after = frame(it).future
        assert after is not None
        assert not np.array_equal(before[:3], after[:3])
        await it.press("j")
        assert it.session.setup.values["lr"] == 0.01
        assert np.array_equal(before, frame(it).future)


@drives_the_app
async def test_turning_back_in_time_forks_and_keeps_the_old_branch() -> None:
    async with exploring() as it:
        await it.press(*["n"] * 6)
        old = it.session.branch
        await it.press("left", "left", "left", "up")
        assert len(it.session.branches) == 2
        assert it.session.branch is not old
        assert (it.session.cursor, it.session.branch.count, old.count) == (3, 4, 7)
        assert frame(it).others == (old,)
        await it.press("n")
        assert np.array_equal(it.session.branch.row(3).theta, old.row(3).theta)
        assert not np.array_equal(it.session.branch.row(4).theta, old.row(4).theta)
        await it.press("d")
        assert frame(it).others == ()


@drives_the_app
async def test_anew_keeps_the_old_run() -> None:
    async with exploring() as it:
        await it.press("n", "n", "n", "up", "r")
        assert it.status.startswith("t = 0 ")
        assert len(frame(it).others) == 1
        assert it.session.setup.values["lr"] == 0.02
        await it.press("n")
        assert not np.array_equal(it.session.branch.row(1).theta, frame(it).others[0].row(1).theta)


@drives_the_app
async def test_fork_by_hand() -> None:
    async with exploring() as it:
        await it.press("n", "n", "left", "F")
        assert "forked at t = 1" in it.status
        assert len(it.session.branches) == 2


@drives_the_app
async def test_undo_takes_turns_back_one_by_one() -> None:
    async with exploring() as it:
        await it.press("up", "up", "u")
        assert it.session.setup.values["lr"] == 0.02
        await it.press("u")
        assert it.session.setup.values["lr"] == 0.01
        await it.press("u")
        assert "nothing to take back" in it.status


@drives_the_app
async def test_a_value_is_typed_and_its_range_held() -> None:
    async with exploring() as it:
        await it.press("n", "enter")
        assert isinstance(it.app.screen, Prompt)
        before = it.session.setup
        for bad in ("-1", "1e99", "abc", "nan"):
            await it.type(bad)
            assert isinstance(it.app.screen, Prompt)
            assert it.told
            assert it.session.setup is before
        await it.type("0.035")
        assert it.app.screen is it.bench
        assert it.session.setup.values["lr"] == 0.035
        assert it.session.cursor == 1
        await it.press("u")
        assert it.session.setup is before
        await it.press("enter", "escape")
        assert it.session.setup is before


@drives_the_app
async def test_tab_goes_through_all_knobs_and_around() -> None:
    async with exploring(optimizer="adam") as it:
        seen = [it.bench.knob]
        for _ in range(30):
            await it.press("tab")
            if it.bench.knob == "lr":
                break
            seen.append(it.bench.knob)
        assert seen[:4] == ["lr", "beta1", "beta2", "eps"]
        assert {"gtol", "patience", "clip_norm", "clip_value"} <= set(seen)
        await it.press("shift+tab")
        assert it.bench.knob == seen[-1]


@drives_the_app
async def test_a_switch_comes_on_and_goes_off() -> None:
    async with exploring() as it:
        while it.bench.knob != "clip_norm":
            await it.press("tab")
        await it.press("up")
        assert it.session.setup.pipeline.has("clip_norm")
        await it.press("n", "enter")
        await it.type("off")
        assert not it.session.setup.pipeline.has("clip_norm")


@drives_the_app
async def test_a_function_is_chosen_by_its_name() -> None:
    async with exploring() as it:
        await it.press("n", "f", "r", "o", "s", "e", "n", "enter")
        assert it.session.setup.objective.name == "rosenbrock"
        assert it.status.startswith("t = 0 ")
        assert "rosenbrock" in "".join(it.pane("objective"))


@drives_the_app
async def test_a_function_is_typed() -> None:
    async with exploring() as it:
        await it.press("f")
        await it.type("x**2 + 3*y**2")
        assert it.session.setup.objective.formula == "x**2 + 3*y**2"
        assert "x² + 3y²" in "".join(it.pane("objective"))
        await it.press("n")
        assert it.status.startswith("t = 1 ")


@pytest.mark.parametrize("bad", ["x**2 + 3*yy**2 +", "__import__('os').system('x')", "foo(x)", "x < y", "[/]", "x[0"])
@drives_the_app
async def test_a_bad_formula_is_told_and_changes_nothing(bad: str) -> None:
    async with exploring() as it:
        await it.press("n", "n")
        before = it.session.setup
        await it.press("f")
        await it.type(bad)
        assert isinstance(it.app.screen, Chooser)
        assert it.told
        assert it.told.split("\n")[0].strip() in " ".join(it.text.split()) or it.told[:20] in it.text
        await it.press("escape")
        assert it.session.setup is before
        assert it.status.startswith("t = 2 ")


@drives_the_app
async def test_an_optimizer_is_chosen_and_set() -> None:
    async with exploring() as it:
        await it.press("n", "n", "o", "a", "d", "a", "m", "enter")
        assert "adam from here on; its state and its t begin anew" in it.status
        assert it.session.setup.pipeline.rule.name == "adam"
        assert it.session.cursor == 2
        assert "m̂" in "".join(it.pane("update")) or it.session.cursor == 2
        await it.press("n")
        assert "m̂" in "".join(it.pane("update"))
        await it.press("o")
        await it.type("adam:beta1=0.5")
        assert it.session.setup.values["beta1"] == 0.5
        await it.press("o")
        await it.type("nosuch.toml")
        assert it.told
        await it.press("escape")
        assert it.session.setup.values["beta1"] == 0.5


@drives_the_app
async def test_an_optimizer_that_does_not_fit_the_function_is_told_and_changes_nothing() -> None:
    async with exploring("x*y + z**2") as it:
        before = it.session.setup
        await it.press("o", "p", "o", "l", "y", "a", "k", "enter")
        assert "reads f_min, the known minimum; of x*y + z**2 none is known" in it.told
        await it.press("escape", "n")
        assert it.session.setup is before and it.status.startswith("t = 1 ")


@drives_the_app
async def test_going_to_an_iteration() -> None:
    async with exploring() as it:
        await it.press("g")
        await it.type("-3")
        assert "whole number" in it.told
        await it.type("40")
        assert it.status.startswith("t = 40 ")
        await it.press("home")
        assert it.status.startswith("t = 0 ")
        await it.press("end")
        assert it.status.startswith("t = 40 ")
        assert it.session.branch.count == 41


@drives_the_app
async def test_another_start() -> None:
    async with exploring() as it:
        await it.press("n", "a")
        await it.type("1, 2, 3")
        assert "2 parameters" in it.told
        await it.type("1.5, -2")
        assert it.session.row.theta.tolist() == [1.5, -2]
        assert it.session.cursor == 0


@drives_the_app
async def test_the_palette_runs_a_command() -> None:
    async with exploring() as it:
        await it.press("colon")
        await it.type("next iteration")
        await it.until(lambda: it.session.cursor == 1)
        assert it.app.screen is it.bench


@drives_the_app
async def test_the_help_names_every_key() -> None:
    async with exploring() as it:
        await it.press("question_mark")
        assert isinstance(it.app.screen, Help)
        for command in COMMANDS[:10]:
            assert command.help[:30] in it.text
        await it.press("down", "escape")
        assert it.app.screen is it.bench


@drives_the_app
async def test_letters_type_while_a_dialog_is_open() -> None:
    async with exploring() as it:
        await it.press("f", "q", "n")
        assert it.app.screen.query_one(Input).value == "qn"
        assert it.session.cursor == 0
        assert it.app.is_running


@drives_the_app
async def test_continue_runs_to_the_end_and_says_why() -> None:
    async with exploring(stopping={"gtol": 1e-6}) as it:
        await it.press("c")
        await it.until(lambda: it.bench.playing is None)
        await it.pilot.pause()
        assert it.session.end.status is Status.CONVERGED
        assert re.match(r"t = \d+ · loss \S+ · ‖∇f‖ \S+ · converged: ‖∇f‖ = ", it.status)
        count = it.session.branch.count
        await it.press("n")
        assert re.search("converged|ended", it.status)
        assert it.session.branch.count == count


@drives_the_app
async def test_a_breakpoint_holds_it_and_is_found_backwards() -> None:
    async with exploring(breakpoints=["t == 7"]) as it:
        await it.press("c")
        await it.until(lambda: it.bench.playing is None)
        await it.pilot.pause()
        assert "breakpoint: t == 7" in it.status
        await it.press("n", "n", "C")
        assert it.session.cursor == 7


@drives_the_app
async def test_a_diverging_run_says_so() -> None:
    async with exploring("x**2", settings={"lr": 3.0}) as it:
        await it.press("c")
        await it.until(lambda: it.bench.playing is None)
        await it.pilot.pause()
        assert it.session.end.status is Status.DIVERGED
        assert "diverged: " in it.status
        assert "r anew" in it.status
        await it.press("r", "down")
        assert it.status.startswith("t = 0 ")


@drives_the_app
async def test_ctrl_c_pauses_and_twice_quits() -> None:
    async with exploring() as it:
        await it.press("space", "ctrl+c")
        assert "paused" in it.status
        assert "ctrl+c again quits" in it.status
        it.clock.now += 10
        await it.press("ctrl+c")
        assert it.app.is_running
        await it.press("ctrl+c")
        await it.until(lambda: not it.app.is_running)


# Into the update


@drives_the_app
async def test_into_goes_equation_by_equation_and_n_finishes() -> None:
    async with exploring(optimizer="momentum", settings={"lr": 0.01}) as it:
        await it.press("n", "s")
        assert it.widget("update")._title == "Into update 1 → 2"
        assert it.session.cursor == 1 and it.session.branch.count == 2
        text = "\n".join(it.pane("update"))
        assert text.count("?") == 3 and "▸∂f/∂x" in text
        await it.press("s")
        text = "\n".join(it.pane("update"))
        assert text.count("?") == 2 and "▸b" in text
        await it.press("S", "S", "S")
        assert it.widget("update")._title == "Into update 0 → 1"
        assert "\n".join(it.pane("update")).count("?") == 1
        await it.press("N")
        assert it.widget("update")._title == "Update 0 → 1" and it.session.cursor == 0
        await it.press("s", "s", "n")
        assert it.session.cursor == 1 and "?" not in "\n".join(it.pane("update"))


@drives_the_app
async def test_enter_on_the_gradient_goes_into_it() -> None:
    async with exploring() as it:
        await it.press("s", "enter")
        assert it.widget("update")._title == "Into ∇f at t = 0"
        operations = it.session.setup.objective.trace.operations
        assert "\n".join(it.pane("update")).count("?") == len(operations)
        await it.press(*["s"] * len(operations))
        assert "?" not in "\n".join(it.pane("update")) and "▸∂f/∂y" in "\n".join(it.pane("update"))
        await it.press("escape")
        assert it.widget("update")._title == "Into update 0 → 1"
        await it.press("escape")
        assert it.widget("update")._title == "Update 0 → 1"


@drives_the_app
async def test_a_knob_turned_inside_of_an_update_leaves_it() -> None:
    async with exploring() as it:
        await it.press("n", "s", "s", "up")
        assert it.bench.inside is None and it.session.cursor == 1
        await it.press("s", "space")
        assert it.bench.inside is None
        await it.press("space")


@drives_the_app
async def test_there_is_nothing_inside_of_a_function_of_ones_own() -> None:
    async with exploring(lambda x: float(x @ x), grad=lambda x: 2 * x, start=(1.0, 2.0)) as it:
        await it.press("s", "enter")
        assert "nothing to step into" in it.status


@drives_the_app
async def test_the_wheel_and_a_click_on_the_loss_go_through_time() -> None:
    async with exploring() as it:
        await it.press(*["n"] * 12)
        pane = it.widget("loss")
        pane.post_message(events.MouseScrollUp(pane, 5, 2, 0, -1, 0, False, False, False))
        await it.pilot.pause()
        assert it.session.cursor == 11
        pane.post_message(events.MouseScrollDown(pane, 5, 2, 0, 1, 0, False, False, False))
        await it.pilot.pause()
        assert it.session.cursor == 12
        left, top, columns, _ = pane.chart.area
        await it.pilot.click("#loss", offset=(1 + left + columns // 2, 1 + top + 1))
        assert it.session.cursor == 8
        await it.pilot.click("#loss", offset=(1 + left + columns - 1, 1 + top + 1))
        assert it.session.cursor == 12 and it.session.branch.count == 13


@drives_the_app
async def test_on_a_small_screen_a_key_brings_what_it_acts_on() -> None:
    async with exploring(size=(60, 15)) as it:
        await it.press("n", "v", "v", "s")
        assert "update" in it.shown() and "map" not in it.shown()
        await it.press("escape", "v", "3")
        assert "map" in it.shown() and "Surface" in it.text


@drives_the_app
async def test_of_another_optimizer_its_learning_rate_is_turned() -> None:
    async with exploring(size=(80, 24)) as it:
        await it.press("tab", "tab")
        assert it.bench.knob != "lr"
        await it.press("o")
        await it.type("adam")
        assert it.bench.knob == "lr" and "▸η 0.1" in it.pane("head")[0]


@drives_the_app
async def test_a_run_that_has_ended_offers_no_playing() -> None:
    async with exploring("x**2", settings={"lr": 0.3}, stopping={"gtol": 1e-3}) as it:
        assert "space play" in it.pane("keys")[0]
        await it.press("c")
        await it.until(lambda: "converged" in it.status)
        assert "play" not in it.pane("keys")[0] and "r anew" in it.pane("keys")[0]
        await it.press("left")
        assert "space play" in it.pane("keys")[0]


@drives_the_app
async def test_a_formula_says_of_what_it_is_a_function() -> None:
    async with exploring() as it:
        await it.press("f")
        await it.type("x^2 + fzzz", enter=False)
        assert "as typed: a function of" in it.text
