"""Saving the session: by itself every few seconds, at the end, and on request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gdtui.charts.levels import Scaling
from gdtui.charts.raster import Window
from gdtui.formula.tokens import printable
from gdtui.tui.desk import Desk
from gdtui.tui.knobs import knobs_of
from gdtui.tui.view import CHARTS

# What writes is imported when it is time: a start does not wait for it.
if TYPE_CHECKING:
    from gdtui.storage.autosave import Autosave
    from gdtui.storage.opening import Rest
    from gdtui.storage.snapshot import Screen

LOOK_EVERY = 1.0  # seconds
_SIDES = ("left", "right", "bottom", "top")


class SavingActions(Desk):
    autosave: Autosave | None = None
    _opened_as: object = None
    _homeless = False
    unchecked: Rest | None = None
    """Rows of which it has not been seen yet that they are those that were saved: until then nothing saves itself."""

    def save_by_itself(self) -> None:
        self.saved_as_it_is()
        self.set_interval(LOOK_EVERY, self.keep_saved)

    def saved_as_it_is(self) -> None:
        """A session that has just been opened needs no saving."""
        from gdtui.storage.snapshot import mark

        self._opened_as, self.autosave = mark(self.session, self.seen()), None

    def keep_saved(self) -> None:
        trouble = self.unchecked is None and self._saving(lambda autosave: autosave.look(self.session, self.seen()))
        if trouble:
            self.say(trouble)

    def save_at_the_end(self, in_haste: bool = False) -> str:
        """What is not saved yet, at once. Gives what went wrong, or ''."""
        if self._opened_as is None:
            return ""
        if self.unchecked is not None and not self.unchecked.holds():
            return f"{self.unchecked.claim.rows} is damaged: what was done since it was opened is not saved"
        return self._saving(lambda autosave: autosave.finish(self.session, self.seen(), in_haste))

    def _saving(self, work: Callable[[Autosave], str]) -> str:
        """What went wrong, once; of a user without a home, that there is none."""
        if self.autosave is None:
            from gdtui.storage.autosave import Autosave, directory
            from gdtui.storage.strict_json import SessionFileError

            try:
                self.autosave = Autosave(directory(), self._opened_as)
            except SessionFileError as error:
                news, self._homeless = str(error) if not self._homeless else "", True
                return news
        return work(self.autosave)

    def seen(self) -> Screen:
        """What is to be found again beside the session."""
        view = self.view
        flags = {"equal axes": view.equal_axes, "uphill": view.uphill, "follow": view.follow}
        window = view.window
        sides = zip(_SIDES, (window.x0, window.x1, window.y0, window.y1), strict=True) if window is not None else ()
        scaling = {"scaling": view.scaling.value} if view.scaling is not None else {}
        return {"knob": self.knob, "chart": view.chart, **flags, **scaling, **dict(sides)}

    def see(self, screen: Screen) -> None:
        """As it was, so far as it can be: a file may have anything here."""
        knob, chart = screen.get("knob"), screen.get("chart")
        if knob in knobs_of(self.session.setup):
            self.knob = str(knob)
        sides = [side for name in _SIDES if isinstance(side := screen.get(name), float)]
        self.view = replace(
            self.view,
            chart=str(chart) if chart in CHARTS else self.view.chart,
            scaling=next((s for s in Scaling if s.value == screen.get("scaling")), None),
            equal_axes=screen.get("equal axes") is True,
            uphill=screen.get("uphill") is True,
            follow=screen.get("follow") is True,
            window=Window(*sides) if len(sides) == 4 and sides[0] < sides[1] and sides[2] < sides[3] else None,
        )

    def action_save(self) -> None:
        if self.is_recorded:
            self.say("a recorded run is saved already: its file; x exports its rows")
            return
        from gdtui.storage.wording import file_stem

        self.at_rest()
        self.show_frame()
        last = self.session.branch.last
        name = f"{file_stem(last.program.objective.name, last.program.pipeline.rule.name)}.gdt"
        self.asker.file("Session: the file, for gdtui FILE.gdt", name, self.save)

    def save(self, path: str) -> None:
        self.run_worker(self.saving(path), group="saving")

    async def saving(self, path: str) -> None:
        """In a thread: a snapshot is taken now, and the session may go on meanwhile."""
        from gdtui.storage.session_file import write
        from gdtui.storage.snapshot import snapshot
        from gdtui.storage.strict_json import SessionFileError

        try:
            await asyncio.to_thread(write, snapshot(self.session, self.seen()), Path(path))
        except SessionFileError as error:
            self.say(str(error))
        else:
            self.say(f"saved the session to {printable(path)}")
