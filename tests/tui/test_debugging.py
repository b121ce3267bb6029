"""Breakpoints, watches, print and branches on the screen."""

import math
from itertools import takewhile

import numpy as np
import pytest
from textual.widgets import OptionList, Static

from gdtui.charts.palette import SERIES, Role
from gdtui.tui.chart_views import arrows_of
from gdtui.tui.quantities import curves_of
from gdtui.tui.update_text import shown_update
from tests.tui.exploring import drives_the_app, exploring


def options(it):
    found = it.app.screen.query_one(OptionList)
    return [str(found.get_option_at_index(k).prompt) for k in range(found.option_count)]


@drives_the_app
async def test_a_breakpoint_is_typed_met_turned_off_and_taken_away() -> None:
    async with exploring("x**2", start=1.0, settings={"lr": 0.1}) as it:
        await it.press("b")
        await it.type("loss", enter=False)
        assert "is a condition" in it.told
        await it.type("loss < 0.1")
        assert options(it)[0] == "● loss < 0.1   0 hits"
        await it.press("escape", "c")
        await it.until(lambda: it.bench.playing is None)
        assert "breakpoint: loss < 0.1 at t = 6" in it.status
        assert it.pane("watch")[0].split() == ["●", "loss", "<", "0.1", "1"]
        await it.press("b", "enter")
        assert options(it)[0] == "○ loss < 0.1   off"
        await it.press("enter")
        assert options(it)[0] == "● loss < 0.1   1 hit"
        await it.press("delete")
        assert options(it)[0].startswith("+ oscillation")
        await it.press("escape")
        assert "watch" not in it.shown()


@drives_the_app
async def test_a_ready_made_one_is_added_by_enter() -> None:
    async with exploring("x**2", start=1.0, settings={"lr": 0.9}) as it:
        await it.press("b", "enter", "escape", "c")
        await it.until(lambda: it.bench.playing is None)
        assert it.status.startswith("t = 1 ") and "breakpoint: dot(grad, prev(grad)) < 0" in it.status


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
@drives_the_app
async def test_a_watch_is_shown_at_every_step(size: tuple[int, int]) -> None:
    async with exploring("x**2", start=1.0, settings={"lr": 0.1}, size=size) as it:
        await it.press("w")
        await it.type("theta[0]*1000")
        await it.press("escape", "n")
        assert it.pane("watch")[0].split()[-1] == "800"
        await it.press("n", "left", "left")
        assert it.pane("watch")[0].split()[-1] == "1000"


@drives_the_app
async def test_an_update_stays_stepped_into_while_something_is_asked_about_it() -> None:
    async with exploring(optimizer="adam", settings={"lr": 0.1}) as it:
        await it.press("n", "n", "s", "s", "s")
        assert it.bench.inside.done == 2
        await it.press("enter")
        assert "enter goes into ∇f alone" in it.status and len(it.app.screen_stack) == 1
        await it.press("w")
        await it.type("norm(g)")
        await it.press("escape", "b")
        await it.type("loss < 1")
        await it.press("escape", "p")
        await it.type("loss")
        await it.press("escape")
        assert it.bench.inside.done == 2 and it.pane("watch")
        await it.press("up")
        assert it.bench.inside is None  # another learning rate makes another update of it


@drives_the_app
async def test_back_to_a_breakpoint_says_to_which() -> None:
    async with exploring("x**2", start=1.0, settings={"lr": 0.1}, breakpoints=["loss < 0.1"]) as it:
        await it.press("c")
        await it.until(lambda: it.bench.playing is None)
        await it.press("n", "n", "C")
        assert "breakpoint: loss < 0.1" in it.status
        await it.press("C")
        assert it.session.cursor < 8


@drives_the_app
async def test_what_waits_for_a_name_says_so_once() -> None:
    async with exploring(optimizer="adam", breakpoints=["norm(m_hat) < 1"]) as it:
        await it.press("n", "o")
        await it.type("gd")
        assert "norm(m_hat) < 1 waits" in it.status
        assert "waits" in it.pane("watch")[0]
        await it.press("n")
        assert "waits" not in it.status and it.session.cursor == 2


@drives_the_app
async def test_a_breakpoint_without_a_value_says_so_once_and_the_run_goes_on() -> None:
    async with exploring("x**2", start=-1.0, settings={"lr": 0.1}, breakpoints=["log(x) < 5"]) as it:
        assert "has no value at t = 0" in it.status
        await it.press("n", "n")
        assert "has no value" not in it.status and it.session.cursor == 2


@drives_the_app
async def test_print_tells_an_expression_with_what_it_is_made_of() -> None:
    async with exploring("x**2", start=1.0, settings={"lr": 0.1}) as it:
        await it.press("n", "p")
        await it.type("sqrt(loss) + q", enter=False)
        assert "q" in it.told
        await it.type("sqrt(loss) + prev(loss)")
        text = str(it.app.screen.query_one(Static).render())
        assert "√loss" in text and "= 1.8" in text


@pytest.mark.parametrize("optimizer", ["adam", "radam", "nadam"])
@drives_the_app
async def test_all_of_the_equation_that_was_stepped_to_is_seen_in_a_small_terminal(optimizer: str) -> None:
    async with exploring(optimizer=optimizer, breakpoints=["loss < 1e-9"], size=(80, 24)) as it:
        await it.press("n", "s")
        names = [e.name for e in it.session.setup.pipeline.equations(2)]
        for name in names:
            await it.press("s")
            lines = it.pane("update")
            (mark,) = [k for k, line in enumerate(lines) if line.startswith("▸")]
            own = takewhile(lambda line: line.startswith("  "), lines[mark + 1 :])
            signs = [line.split()[0] for line in own if line.strip()].count("=")
            assert signs == 2, f"{name}: notation, numbers and value"


@drives_the_app
async def test_branches_are_named_switched_between_compared_and_taken_away() -> None:
    async with exploring(optimizer="momentum", settings={"lr": 0.01}) as it:
        await it.press("n", "n", "n", "left", "up", "n", "n", "t")
        assert [line.split()[:2] for line in options(it)] == [["━━", "A"], ["━━", "▸"]]
        await it.press("tab")
        text = str(it.app.screen.query_one(Static).render())
        assert "they part at t = 3 in Δθ" in text
        await it.press("escape", "up")
        await it.type("slow")
        assert options(it)[0].split()[1] == "slow"
        await it.press("delete")
        assert len(options(it)) == 2 and "delete again takes slow away with its 3 steps" in it.told
        await it.press("down", "up", "delete")
        assert len(options(it)) == 2, "asked anew"
        await it.press("delete")
        assert len(options(it)) == 1
        await it.press("delete")
        assert "live one" in it.told


@drives_the_app
async def test_a_branch_that_goes_on_has_not_ended() -> None:
    async with exploring(optimizer="momentum", settings={"lr": 0.01}) as it:
        await it.press("n", "n", "n", "left", "F", "t", "tab")
        text = str(it.app.screen.query_one(Static).render())
        assert "in the 3 rows that both have; B is at t = 2, A at t = 3" in text


@drives_the_app
async def test_switching_brings_back_the_knobs() -> None:
    async with exploring(optimizer="momentum", settings={"lr": 0.01}) as it:
        await it.press("n", "n", "n", "left", "up", "n", "t", "up", "enter")
        assert it.session.setup.values["lr"] == 0.01 and "on branch A" in it.status
        assert it.session.cursor == 3
        await it.press("n")
        assert it.session.branches[0].count == 5


@drives_the_app
async def test_watches_are_curves_under_the_loss() -> None:
    async with exploring(optimizer="momentum", watches=["norm(delta)", "b"]) as it:
        await it.press("n", "n", "n")
        text = "\n".join(it.pane("loss"))
        assert "‖Δθ‖" in text and "b[0]" in text and "b[1]" in text
        curves = {curve.label: curve.values(0, 4) for curve in curves_of(it.bench.frame())}
        assert math.isnan(curves["‖Δθ‖"][0])
        for number in (1, 2, 3):
            row = it.session.branch.row(number)
            assert curves["‖Δθ‖"][number] == pytest.approx(math.hypot(*row.terms["delta"]))
            assert [curves["b[0]"][number], curves["b[1]"][number]] == row.terms["b"].tolist()
        await it.press("w", "delete", "delete", "escape")
        assert it.widget("loss").curves is None


@drives_the_app
async def test_terms_are_arrows_in_the_colours_of_their_equations() -> None:
    async with exploring(optimizer="adam", settings={"lr": 0.1}) as it:
        await it.press("n", "s")
        assert [a.role for a in arrows_of(it.bench.frame(), np.zeros(2))] == [SERIES[0]]
        await it.press("s", "s", "s", "s", "s")
        frame = it.bench.frame()
        arrows = arrows_of(frame, np.zeros(2))
        terms = frame.inside.arriving.terms
        assert [a.role for a in arrows] == [*SERIES[:5], Role.POINT]
        assert arrows[1].vector.tolist() == terms["m"].tolist() and not arrows[1].to_scale
        assert arrows[-1].vector.tolist() == terms["delta"].tolist() and arrows[-1].to_scale
        shown = {item.symbol: item.role for item in shown_update(frame)}
        assert shown["m"] is SERIES[1] and shown["∂f/∂x"] is SERIES[0] and shown["Δθ"] is Role.POINT
        await it.press("n")
        assert arrows_of(it.bench.frame(), np.zeros(2)) == []
