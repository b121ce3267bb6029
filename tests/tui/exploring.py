"""An explorer to try: on a size of screen, with a clock of its own, and what it shows as text."""

from __future__ import annotations

import asyncio
import functools
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Input, Static

from gdtui.charts.cells import Depth
from gdtui.descent.session import Session
from gdtui.descent.setup import prepare
from gdtui.tui.app import Explorer
from gdtui.tui.pane import Pane
from gdtui.tui.wire import places_of, written
from gdtui.tui.workbench import Workbench


class Clock:
    """Seconds that pass only when they are told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Exploring:
    """What a user does, and what they see."""

    def __init__(self, app: Explorer, pilot: Pilot[None], clock: Clock):
        self.app, self.pilot, self.clock = app, pilot, clock

    @property
    def bench(self) -> Workbench:
        return self.app.workbench

    @property
    def session(self) -> Any:
        return self.bench.session

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def type(self, text: str, enter: bool = True) -> None:
        """Into the dialog that is open."""
        self.app.screen.query_one(Input).value = text
        await self.pilot.pause()
        if enter:
            await self.press("enter")

    async def until(self, holds: Callable[[], bool]) -> None:
        """Let the app work until something holds."""
        for _ in range(1000):
            if holds():
                return
            await asyncio.sleep(0.01)
        raise AssertionError("it never came to hold:\n" + self.text)

    @property
    def lines(self) -> list[str]:
        """The whole screen."""
        return ["".join(s.text for s in strip) for strip in self.app.screen._compositor.render_strips()]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def sent(self) -> str:
        """The whole screen as it goes to the terminal, without the colours and moves that are the app's own."""
        return re.sub(r"\x1b\[[0-9;]*[mH]", "", self.repainted)

    @property
    def repainted(self) -> str:
        """The whole screen as it goes to the terminal."""
        update = self.app.screen._compositor.render_full_update()
        return written(places_of(update), self.app.console._color_system, self.app.unicode)

    @property
    def status(self) -> str:
        return self.pane("status")[0].strip()

    @property
    def told(self) -> str:
        """What is wrong with what was typed in the dialog."""
        return str(self.app.screen.query_one("#told", Static).render())

    def pane(self, name: str) -> list[str]:
        widget = self.widget(name)
        return [widget.render_line(y).text for y in range(widget.size.height)] if widget.is_drawn else []

    def widget(self, name: str) -> Pane:
        return self.bench.query_one(f"#{name}", Pane)

    def shown(self) -> dict[str, Any]:
        """The regions of all that is on the screen, by id."""
        children = self.bench.children
        return {c.id: c.region for c in children if c in self.bench._compositor.visible_widgets and c.id}


@asynccontextmanager
async def exploring(
    objective: Any = "himmelblau", optimizer: str = "gd", *, size: tuple[int, int] = (120, 40),
    depth: Depth = Depth.TRUECOLOR, unicode: bool = True, session: Session | None = None, **options: Any,
) -> AsyncIterator[Exploring]:  # fmt: skip
    """On an objective, or with a session to go on with."""
    clock = Clock()
    app = Explorer(session or prepare(objective, optimizer, **options), depth, unicode, clock)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield Exploring(app, pilot, clock)


def drives_the_app(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """An async test, run to its end."""

    @functools.wraps(test)
    def run(*arguments: Any, **named: Any) -> None:
        asyncio.run(test(*arguments, **named))

    return run
