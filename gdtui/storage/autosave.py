"""A session that saves itself: looked at from the screen's loop, written in a thread, a file for each explorer."""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from gdtui.descent.session import Session
from gdtui.descent.setup import is_own
from gdtui.formula.tokens import printable
from gdtui.storage.session_file import replace_session
from gdtui.storage.snapshot import Screen, Snapshot, mark, snapshot
from gdtui.storage.strict_json import SessionFileError

INTERVAL = 3.0
"""Seconds from one save to the next, at least."""
_SHARE = 20  # a save that took long is not done again before so many times as long
KEPT, KEPT_BYTES = 20, 1 << 30
"""So many sessions are kept, the newest, and of these as many as do not take more than that; the last one always."""
IN_HASTE = 32 << 20
"""Bytes of rows that are written where the end cannot wait."""
_MOMENT = 0.3  # seconds
_DAY = 86_400  # seconds, after which what a killed explorer left half is taken away


def directory() -> Path:
    """Where sessions save themselves: the user's directory for state. Raises SessionFileError for a user without."""
    from platformdirs import user_state_path  # here: only who saves or resumes waits for it

    try:
        place = user_state_path("gdtui", appauthor=False)
    except RuntimeError:  # as of platformdirs 4.5
        place = Path()
    if not place.is_absolute():  # a ~ that stands for nothing: it would be made where one happens to be
        what = "set HOME or XDG_STATE_HOME to have sessions save themselves"
        raise SessionFileError(f"there is no home directory; {what}")
    return place


def latest(place: Path) -> Path:
    """The session that saved itself last. Raises SessionFileError where there is none."""
    found = _sessions(place)
    if not found:
        raise SessionFileError(f"no session has saved itself yet (they would be in {printable(str(place))})")
    return found[0]


class Autosave:
    """Saves one session, at most every few seconds and when something has changed.

    `look` costs next to nothing where nothing has: the rows are taken by reference. Functions of a user's own cannot
    be saved, and are not. ``known``: the mark of a session that needs no saving, such as one that was just opened.
    """

    def __init__(self, place: Path, known: Any = None, clock: Callable[[], float] = time.monotonic):
        self.path = self._named(place)
        self._clock = clock
        self._due = clock() + INTERVAL
        self._thread: threading.Thread | None = None
        self._mark = known
        self._trouble = ""
        self._told = ""

    def look(self, session: Session, screen: Screen) -> str:
        """From the screen's loop: begin to save, where it is time. Gives what went wrong, once; else ''."""
        if self._thread is not None and not self._thread.is_alive():
            self._thread = None
        if self._thread is None and self._clock() >= self._due and self._is_new(session, screen):
            taken = snapshot(session, screen), self.path
            self._thread = threading.Thread(target=self._write, args=taken, daemon=True)
            self._thread.start()
        return self._news()

    def finish(self, session: Session, screen: Screen, in_haste: bool = False) -> str:
        """At the end: save what is not saved yet, before this returns. Gives what went wrong, or ''.

        ``in_haste``: who ends it does not wait. Of more rows than are written in a moment there is the session file
        alone then, by which they are computed again; and where a save is under way it gets a name of its own.
        """
        if self._thread is not None:
            self._thread.join(_MOMENT if in_haste else None)
            if self._thread.is_alive():
                self.path = self._named(self.path.parent)
        if self._is_new(session, screen):
            taken = snapshot(session, screen)
            size = sum(piece.nbytes for stretch in taken.stretches for piece in stretch.rows)
            self._write(taken, self.path, with_rows=not in_haste or size <= IN_HASTE)
        return self._news()

    @staticmethod
    def _named(place: Path) -> Path:
        return place / f"session-{os.getpid()}-{secrets.token_hex(4)}.gdt"

    def _is_new(self, session: Session, screen: Screen) -> bool:
        """Whether there is something that is not saved; it is taken for saved from now on."""
        if any(is_own(branch.objective) or branch.last.continuation is None for branch in session.branches):
            return False
        before, self._mark = self._mark, mark(session, screen)
        return bool(self._mark != before)

    def _write(self, taken: Snapshot, path: Path, with_rows: bool = True) -> None:
        begun = self._clock()
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            replace_session(taken, path, with_rows)
            prune(path.parent)
            self._trouble = self._told = ""
        except (OSError, SessionFileError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            self._trouble = f"the session does not save itself: {why}; {printable(str(path.parent))}"
            self._mark = None  # to be tried again
        ended = self._clock()
        self._due = ended + max(INTERVAL, _SHARE * (ended - begun))

    def _news(self) -> str:
        if self._trouble == self._told:
            return ""
        self._told = self._trouble
        return self._trouble


def prune(place: Path, now: Callable[[], float] = time.time) -> None:
    """Take away all but the newest sessions, and what killed explorers have left without one."""
    taken = 0
    for index, path in enumerate(_sessions(place)):
        parts = [path, *place.glob(f"{path.stem}-*.rows")]
        with suppress(OSError):
            taken += sum(part.stat().st_size for part in parts)
            if index >= KEPT or (index and taken > KEPT_BYTES):
                for part in parts:
                    part.unlink()
    stems = {path.stem for path in _sessions(place)}
    for path in (*place.glob("session-*.rows"), *place.glob("session-*.part-*")):
        stem = "-".join(path.name.split(".")[0].split("-")[:3])  # of session-PID-TOKEN-DIGEST.rows.part-TOKEN too
        with suppress(OSError):
            if (stem not in stems or ".part-" in path.name) and now() - path.stat().st_mtime > _DAY:
                path.unlink()


def _sessions(place: Path) -> list[Path]:
    """The newest first."""
    found = []
    for path in place.glob("session-*.gdt"):
        with suppress(OSError):  # another explorer may take one away meanwhile
            found.append((path.stat().st_mtime_ns, path.name, path))
    return [path for _, _, path in sorted(found, reverse=True)]
