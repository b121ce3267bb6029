"""What the keys of time do: play, step, back, seek."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Generator

from gdtui.tui import choosing
from gdtui.tui.desk import Desk
from gdtui.tui.messages import SeekRequested
from gdtui.tui.pacing import FRAMES

_AT_ONCE = 256  # rows, to which one goes without a word


class TimeActions(Desk):
    def action_play(self) -> None:
        if self.playing is not None:
            self.pause()
        elif self.may_go_on():
            self.begin_playing(full_speed=False)

    def action_continue(self) -> None:
        if self.may_go_on():
            self.pause()
            self.begin_playing(full_speed=True)

    def action_step(self) -> None:
        self.at_rest()
        if self.session.at_end and not self.may_go_on():
            return
        with self.telling():
            self.session.step()
        self.show_frame()

    def action_back(self) -> None:
        inside = self.inside is not None
        self.at_rest()
        if not inside and not self.session.back():
            self.message = "this is the start"
        self.show_frame()

    def action_home(self) -> None:
        self.scrub_to(0)

    def action_end(self) -> None:
        self.scrub_to(self.session.branch.count - 1)

    def on_seek_requested(self, message: SeekRequested) -> None:
        self.scrub_to(message.row)

    def scrub_to(self, row: int) -> None:
        """To the recorded row that is nearest."""
        self.at_rest()
        self.session.seek(max(0, min(row, self.session.branch.count - 1)))
        self.show_frame()

    def action_seek(self) -> None:
        self.at_rest()
        self.asker.prompt("Go to iteration", str(self.session.cursor), choosing.check_iteration, self.seek)

    def seek(self, text: str) -> None:
        self.at_rest()
        row = int(text)
        if row - self.session.branch.count < _AT_ONCE:
            with self.telling():
                self.session.seek(row)
            self.show_frame()
        else:
            self.session.seek(self.session.branch.count - 1)
            self.playing = self.run_worker(self.going_to(row), exclusive=True)

    async def going_to(self, row: int) -> None:
        """To a row that is not there yet, in slices, as far as the run goes."""
        going = True
        with self.telling():
            while going and self.session.cursor < row:
                self.say(f"on the way to t = {row}; space stops")
                going = await self.player.forward(row - self.session.cursor, 1 / FRAMES)
                self.player.check_budget()
            self.message = ""
        self.playing = None
        self.look_again()
        self.show_frame()

    def action_previous_breakpoint(self) -> None:
        self.at_rest()
        self.playing = self.run_worker(self.looking_back(self.session.looking_back()), exclusive=True)

    async def looking_back(self, work: Generator[int, None, bool]) -> None:
        """Rows of long ago are computed again for it: in slices, with a word from the second frame on."""
        try:
            while True:
                until = time.perf_counter() + 1 / FRAMES
                row = next(work)
                while time.perf_counter() < until:
                    await asyncio.sleep(0)
                    row = next(work)
                await asyncio.sleep(0)
                self.say(f"no breakpoint down to t = {row}; space stops")
        except StopIteration as end:
            met = bool(end.value)
        self.playing = None
        self.look_again()
        self.say(self.met_here() if met else "no breakpoint before: this is the start")

    def action_speed(self, by: int) -> None:
        self.pacer.change(by)
        self.show_frame()
