"""A session at one moment, taken without copying a row: rows that are recorded are written no more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from gdtui.descent.branches import Branch
from gdtui.descent.continuation import Continuation
from gdtui.descent.endings import Progress
from gdtui.descent.rows import Rows
from gdtui.descent.session import Session
from gdtui.descent.setup import Setup
from gdtui.descent.stopping import End, Stopping
from gdtui.objectives.objective import Array

Screen = Mapping[str, str | float | bool]
"""What an explorer wants to find again: the selected knob, the view."""


@dataclass(frozen=True)
class Stretch:
    """Rows that go on: how many there were, which are in memory, and the place of those that they go on from."""

    segment: Rows
    after: int | None
    count: int
    thinned: int
    rows: tuple[Array, ...]

    @property
    def continuation(self) -> Continuation:
        assert self.segment.continuation is not None, "a session file holds what goes on"
        return self.segment.continuation


class Before(NamedTuple):
    """How a branch stood before knobs were turned at its last row, which made no row yet.

    ``back``: by the segment so many before its last.
    """

    back: int
    end: End
    progress: Progress
    stopping: Stopping


@dataclass(frozen=True)
class Tip:
    """A branch: the place of its last segment, and how it stands there."""

    name: str
    number: int
    last: int
    forked_at: int
    end: End
    progress: Progress
    sense: float  # progress has the best loss times this; a file has the loss itself
    before: Before | None = None


@dataclass(frozen=True)
class Snapshot:
    """All of a session. ``stretches``: every segment once, behind the one it goes on from."""

    setup: Setup
    stretches: tuple[Stretch, ...]
    tips: tuple[Tip, ...]
    branch: int
    cursor: int
    hits: Mapping[str, int]
    screen: Screen


def _before(branch: Branch) -> Before | None:
    """Of knobs turned behind a fork that made no row nothing is kept: the segment is gone from which it was."""
    reached = branch.reached
    for back, segment in enumerate(reversed(branch.segments[-2:])):
        if reached is not None and segment is reached.segment:
            return Before(back, reached.end, replace(reached.progress), reached.stopping)
    return None


def snapshot(session: Session, screen: Screen | None = None) -> Snapshot:
    """The session as it is now; what is done with it afterwards does not show in it."""
    places: dict[int, int] = {}
    stretches: list[Stretch] = []
    tips = []
    for branch in session.branches:
        after = None
        for segment in branch.segments:
            if id(segment) not in places:
                rows = segment.trajectory
                places[id(segment)] = len(stretches)
                stretches.append(Stretch(segment, after, rows.count, rows.thinned, tuple(rows.kept())))
            after = places[id(segment)]
        assert after is not None
        how = branch.end, replace(branch.progress), branch.last.program.sense, _before(branch)
        tips.append(Tip(branch.name, branch.number, after, branch.forked_at, *how))
    current = next(k for k, branch in enumerate(session.branches) if branch is session.branch)
    at = current, session.cursor, dict(session.hits)
    return Snapshot(session.setup, tuple(stretches), tuple(tips), *at, dict(screen or {}))


def mark(session: Session, screen: Screen) -> object:
    """What is another one after every change of a session."""
    branches = [(branch.name, branch.last, branch.count, branch.end) for branch in session.branches]
    return session.setup, session.cursor, session.branch.name, branches, dict(session.hits), dict(screen)
