"""Which runs there are at one moment, and back to that moment: what undoes a run that was begun, or runs dropped."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gdtui.descent.branches import Branch, free_name
from gdtui.descent.session import Session
from gdtui.descent.setup import Setup


@dataclass(frozen=True, eq=False)
class Runs:
    """The setup, the branches, the live one and the cursor, taken without copying a row."""

    setup: Setup
    branches: tuple[Branch, ...]
    branch: Branch
    cursor: int

    @classmethod
    def of(cls, session: Session) -> Runs:
        return cls(session.setup, tuple(session.branches), session.branch, session.cursor)

    def restore(self, session: Session, begun: Branch | None = None) -> None:
        """Back to these runs. ``begun``: the one that goes with what is undone.

        Others that were begun since stay, under another name where theirs is taken again; and random starts count on,
        so that the next one is another point.
        """
        gone = {id(branch) for branch in (*self.branches, begun)}
        since = [branch for branch in session.branches if id(branch) not in gone]
        session.branches = [*self.branches]
        for branch in since:
            names = {other.name for other in session.branches}
            branch.name = free_name(names) if branch.name in names else branch.name
            branch.number = max(branch.number, 1 + max(other.number for other in session.branches))
            session.branches.append(branch)
        session.setup = replace(self.setup, drawn=max(self.setup.drawn, session.setup.drawn))
        session.branch, session.cursor = self.branch, self.cursor
