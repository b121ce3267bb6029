"""A dialog over work that takes its time: done in slices, so that the screen stays alive; escape ends it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Generator, Iterable
from typing import ClassVar, Generic

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from gdtui.tui.dialogs import Dialog, Result
from gdtui.tui.pacing import FRAMES
from gdtui.tui.player import SLICE_SECONDS


class Working(Dialog[Result | OSError | None], Generic[Result]):
    """Runs ``work``, which yields how many of ``total`` are done. Brings what it returns; the OSError that ended it;
    None where the user did.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "stop", "stop")]
    kind, keys = "prompt", "escape stops"

    def __init__(self, title: str, work: Generator[int, None, Result], total: int):
        super().__init__(title)
        self.work, self.total = work, total
        self.shown = Static("", markup=False)

    def content(self) -> Iterable[Widget]:
        yield self.shown

    def on_mount(self) -> None:
        self.going = self.run_worker(self.go())

    async def go(self) -> None:
        try:
            while True:
                shown_again = time.perf_counter() + 1 / FRAMES
                while time.perf_counter() < shown_again:
                    done = self.slice()
                    await asyncio.sleep(0)
                self.shown.update(Content(f"{done} of {self.total}"))
        except StopIteration as end:
            self.dismiss(end.value)
        except OSError as error:
            self.dismiss(error)
        finally:
            self.work.close()

    def slice(self) -> int:
        """As much as goes into a slice; how many are done. Raises StopIteration at the end."""
        until = time.perf_counter() + SLICE_SECONDS
        done = next(self.work)
        while time.perf_counter() < until:
            done = next(self.work)
        return done

    def action_stop(self) -> None:
        self.going.cancel()
        self.dismiss(None)
