"""What is done behind a long session that is shown already: its rows are checked, or computed again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from gdtui.formula.tokens import printable
from gdtui.tui.saving_actions import SavingActions

if TYPE_CHECKING:
    from gdtui.storage.opening import Rest
    from gdtui.storage.session_file import Opened
    from gdtui.storage.strict_json import SessionFileError


class OpeningActions(SavingActions):
    def open_rest(self, rest: Rest) -> None:
        if rest.rows is not None:
            self.run_worker(self.checking(rest), group="opening")
        else:
            self.compute_again(rest, f"{rest.claim.rows} is not there or another's: computing its rows again")

    async def checking(self, rest: Rest) -> None:
        """In a thread, and nobody need wait for it: the rows are there."""
        self.unchecked = rest
        self.say(f"checking the {rest.total} rows that were saved…")
        word = self.message
        holds = await asyncio.to_thread(rest.holds)
        self.unchecked = None
        if not holds:
            self.compute_again(rest, f"{rest.claim.rows} is damaged: computing its rows again")
        elif self.message == word:
            self.say("")

    def compute_again(self, rest: Rest, title: str) -> None:
        """Under a dialog, which keeps the session as it is meanwhile; what is shown is not to be gone on with."""
        from gdtui.tui.working import Working

        self.pause()
        self.app.push_screen(Working(printable(title), rest.again(), rest.total), self.take_opened)

    def take_opened(self, found: Opened | SessionFileError | OSError | None) -> None:
        """Go on with the session whose rows are there now; without it there is nothing to be shown."""
        if found is None or isinstance(found, Exception):
            self.app.exit(return_code=2 if found else 0, message=f"gdtui: {printable(str(found))}" if found else None)
            return
        self.session = self.player.session = found.session
        self.undo, self.inside = [], None
        self.seen_anew()
        self.keep_knob()
        self.see(found.screen)
        self.saved_as_it_is()
        self.say(found.note)
