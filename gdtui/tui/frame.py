"""Frame: what the screen shows at one moment. The workbench makes one and hands it to every pane."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gdtui.descent.branches import Branch
from gdtui.descent.conditions import Expression, values_over
from gdtui.descent.inside import Inside
from gdtui.descent.rows import Row, Rows
from gdtui.descent.session import Session
from gdtui.descent.setup import Setup
from gdtui.descent.stopping import End
from gdtui.objectives.objective import Domain
from gdtui.objectives.section import Section, along_coordinates
from gdtui.tui.sight import Sight
from gdtui.tui.view import View


@dataclass(frozen=True, eq=False)
class Frame:
    """A branch up to ``count`` rows with a cursor on it, and what stands around it.

    ``upcoming``: the segment whose update leaves the cursor; ``inside``: how far into that update. ``future``: (m, d)
    points of the next updates, the cursor's first; None while it plays or where recorded rows follow. ``section``: the
    plane in which two or more parameters are seen; ``domain``: low and high of each parameter, as the charts show it.
    ``coordinate``: the one whose numbers are shown, None for all.
    ``knob``: the name of the selected knob.
    """

    setup: Setup
    branch: Branch
    others: tuple[Branch, ...]
    cursor: int
    count: int
    end: End
    upcoming: Rows
    future: NDArray[np.float64] | None = None
    playing: bool = False
    speed: str = ""
    inside: Inside | None = None
    hits: Mapping[str, int] = field(default_factory=dict)
    section: Section | None = None
    domain: Domain = ()
    coordinate: int | None = None
    knob: str = "lr"
    message: str = ""
    view: View = field(default_factory=View)

    @cached_property
    def row(self) -> Row:
        return self.branch.row(self.cursor)

    @cached_property
    def row_before(self) -> Row | None:
        """The row from which an update arrived at the cursor; None at row 0."""
        return self.branch.row(self.cursor - 1) if self.cursor else None

    def values_of(self, watch: Expression) -> NDArray[np.float64]:
        """A watch at the cursor: of a vector its coordinates. In row 0 a term has no value."""
        found = np.array(values_over(watch, self.branch, self.cursor, self.cursor + 1), dtype=float)[..., 0]
        return np.full_like(found, np.nan) if watch.has_terms and self.cursor == 0 else found

    @property
    def mode(self) -> str:
        """What the keys have another meaning for: camera, pick, inside, gradient; "" for none of these."""
        if self.view.pick is not None:
            return "pick"
        if self.view.moving:
            return "camera"
        if self.inside is not None:
            return "gradient" if self.inside.operation is not None else "inside"
        return ""

    @property
    def at_end(self) -> bool:
        return self.cursor == self.count - 1


def frame_of(session: Session, chart: str) -> Frame:
    """A run at its cursor, to be shown as one of the charts outside of the explorer."""
    objective = session.setup.objective
    start = np.array(session.setup.start)
    sight = Sight(objective)
    sight.follow(session.branch, session.branch.count)
    section = along_coordinates(objective, 0, 1, start, 0, sight.domain) if objective.dim > 1 else None
    return Frame(
        session.setup, session.branch, (), session.cursor, session.branch.count, session.end, session.upcoming(),
        section=section, domain=sight.domain, view=View(chart),
    )  # fmt: skip
