"""What goes to the terminal, read back by a terminal: the same cells, and as few bytes as it takes."""

import re

import pyte
import pytest
from rich.segment import Segment

from gdtui.charts.cells import Depth
from gdtui.tui.text import clusters
from gdtui.tui.wire import Wire, change, codes, cut, harmless, in_ascii
from tests.tui.exploring import drives_the_app, exploring


def on_terminal(screen: pyte.Screen) -> list[tuple[str, str, str, bool]]:
    return [(screen.buffer[y][x].data, screen.buffer[y][x].fg if screen.buffer[y][x].data != " " else "",
             screen.buffer[y][x].bg, screen.buffer[y][x].bold)
            for y in range(screen.lines) for x in range(screen.columns)]  # fmt: skip


@pytest.mark.parametrize("optimizer", ["gd", "adam"])
@pytest.mark.parametrize("size", [(120, 40), (80, 24), (60, 15)])
@drives_the_app
async def test_changes_add_up_to_the_whole_screen(optimizer: str, size: tuple[int, int]) -> None:
    async with exploring(optimizer=optimizer, size=size) as it:
        screen = pyte.Screen(*size)
        stream = pyte.Stream(screen)
        stream.feed(it.repainted)
        whole = len(it.repainted)
        sent = []
        display = it.app._display

        def seen(where: object, renderable: object) -> None:
            if isinstance(renderable, Wire):
                sent.append(renderable.text)
            display(where, renderable)

        it.app._display = seen
        keys = ["n"] * 12 + ["left", "up", "n", "tab", "r", "n", "down", "plus", "n", "question_mark", "escape", "n"]
        for key in keys:
            await it.press(key)
        for text in sent:
            stream.feed(text)
        fresh = pyte.Screen(*size)
        pyte.Stream(fresh).feed(it.repainted)
        assert screen.display == fresh.display
        assert on_terminal(screen) == on_terminal(fresh)
        assert sum(map(len, sent[:12])) / 12 < whole / 3


def test_only_what_differs_of_a_look_is_sent() -> None:
    plain, red, bold = ("", "39", "49"), ("", "38;2;255;0;0", "49"), ("1", "38;2;255;0;0", "49")
    assert change(plain, red) == "\x1b[38;2;255;0;0m"
    assert change(red, plain) == "\x1b[39m"
    assert change(red, bold) == "\x1b[0;1;38;2;255;0;0m"
    assert change(bold, plain) == "\x1b[0m"
    assert change(("0", "", ""), plain) == "\x1b[0m"


@drives_the_app
async def test_without_colours_no_colour_is_sent() -> None:
    async with exploring(depth=Depth.MONO) as it:
        it.app.console._color_system = None
        await it.press("n", "f")
        text = it.repainted
        assert not re.search(r"\x1b\[[0-9;]*[34]8;[0-9;]*m|\x1b\[[0-9;]*[349][0-7][0-9;]*m", text)
        assert codes.cache_info().currsize


@drives_the_app
async def test_ascii_alone_where_the_locale_has_no_more() -> None:
    async with exploring(optimizer="adam", unicode=False, depth=Depth.MONO) as it:
        await it.press("n", "n")
        text = it.repainted
        assert text.isascii()
        assert text.count("?") == 1, "a glyph without a likeness"  # the key of the help
        await it.press("question_mark")
        assert it.repainted.isascii()


def test_cells_stay_where_they_are() -> None:
    assert in_ascii("│ ‖∇f‖ −0.5 m̂ x²₁ … 漢") == "| |Vf| -0.5 m x21 . ??"
    assert harmless("a\x1b[2Jb\u202ec") == "a[2Jbc"
    assert harmless("a\xa0b") == "a b"


def test_a_mark_is_not_parted_from_its_letter() -> None:
    line = [Segment("∂f = v̄₁·m̂ + 2")]
    cells = clusters(line[0].text)
    for first in range(len(cells)):
        for last in range(first + 1, len(cells) + 1):
            assert "".join(s.text for s in cut(line, first, last)) == "".join(cells[first:last])
