"""An objective of several lines on the screen: its header, Update, step into, and its watches."""

import numpy as np
import pytest

from gdtui.tui.trace_text import shown_trace
from gdtui.tui.update_text import shown_update
from tests.tui.exploring import drives_the_app, exploring

LINES = "u = x + 1; w = sin(y)*u; u**2 + w**2"


@drives_the_app
async def test_update_shows_the_lines_and_their_numbers_ahead_of_the_gradient() -> None:
    async with exploring(LINES, start=(1.0, 2.0), settings={"lr": 0.1}) as it:
        shown = {item.symbol: item for item in shown_update(it.bench.frame())}
        assert list(shown)[:4] == ["u", "w", "∂f/∂x", "∂f/∂y"]
        assert (shown["u"].notation, shown["u"].numbers, shown["u"].value) == ("x + 1", "1 + 1", (2.0,))
        assert shown["w"].notation == "sin(y)·u" and shown["w"].numbers == "sin(2)·2"
        assert shown["w"].value == pytest.approx((2 * np.sin(2.0),))
        assert (shown["∂f/∂x"].notation, shown["∂f/∂x"].numbers) == ("2u + 2w·sin(y)", "2·2 + 2·1.819·sin(2)")
        await it.press("n")
        pane = "\n".join(it.pane("update"))
        assert "u     = x + 1" in pane and "= 1 + 1" in pane and "∂f/∂x = 2u + 2w·sin(y)" in pane


@drives_the_app
async def test_stepping_into_the_gradient_names_operations_by_their_lines() -> None:
    async with exploring(LINES, start=(1.0, 2.0), settings={"lr": 0.1}) as it:
        await it.press("s", "enter", *["s"] * 3)
        shown = shown_trace(it.bench.frame())
        assert [item.symbol for item in shown][:7] == ["u", "v₁", "v₂", "w", "v₃", "f", "f\u0304"]
        barred = [f"{name[0]}\u0304{name[1:]}" for name in ("w", "v₂", "v₁", "u")]
        assert [item.symbol for item in shown][-6:] == [*barred, "∂f/∂x", "∂f/∂y"]
        by_name = {item.symbol: item for item in shown}
        assert by_name["w"].notation == "v₂·u" and by_name["v₂"].current and by_name["w"].to_come
        assert "v₂" in "\n".join(it.pane("update"))


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
@drives_the_app
async def test_what_is_long_and_of_several_rows_stands_in_one_line_of_the_header(size: tuple[int, int]) -> None:
    text = "u = x + 1  # moved\n" + "\n".join(f"w{k} = sin({k}*y)*u" for k in range(2, 9)) + "\nu**2 + w2*w8"
    async with exploring(text, size=size) as it:
        assert all(len(line) == size[0] for line in it.lines)
        assert "u = x + 1; w₂ =" in it.text.replace("\n", " ")


@drives_the_app
async def test_a_watch_of_a_line_is_called_by_its_name() -> None:
    async with exploring(LINES, start=(1.0, 2.0), settings={"lr": 0.1}) as it:
        await it.press("w")
        await it.type("prev(u)")
        await it.press("escape", "n")
        assert it.pane("watch")[0].split() == ["prev(u)", "2"]
        await it.press("b")
        await it.type("u < 1")
        await it.press("escape", "c")
        await it.until(lambda: it.bench.playing is None)
        assert "breakpoint: u < 1 at t = " in it.status


@drives_the_app
async def test_common_parts_of_a_long_gradient_are_lines_of_update() -> None:
    async with exploring("shubert", size=(160, 60)) as it:
        shown = {item.symbol: item for item in shown_update(it.bench.frame())}
        assert list(shown)[:4] == ["A", "B", "∂f/∂x₁", "∂f/∂x₂"] or list(shown)[:4] == ["A", "B", "∂f/∂x", "∂f/∂y"]
        theta = it.session.row.theta
        sums = [sum(k * np.cos((k + 1) * v + k) for k in range(1, 6)) for v in theta[::-1]]
        assert [shown[name].value[0] for name in "AB"] == pytest.approx(sums)
        assert "A·sin(" in shown[list(shown)[2]].notation
