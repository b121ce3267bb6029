"""A picture of a run on a plain terminal, or in a pipe or a log."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from gdtui.charts.cells import Depth
    from gdtui.descent.session import Session

CHARTS = ("contour", "field", "surface", "slices", "curves", "phase")
_SLICE = 100_000
_PLAIN = (80, 24)  # cells where there is no terminal to ask


def finish(session: Session) -> None:
    """Run to the end."""
    while session.advance(_SLICE) == _SLICE and session.branch.end.status == "running":
        pass


def plot(session: Session, chart: str, file: TextIO) -> None:
    """Write a picture of a run that has come to its end, and why it ended."""
    import locale
    import shutil

    from gdtui.charts.ansi import coloured
    from gdtui.tui.chart_views import chart_view_of
    from gdtui.tui.frame import frame_of

    width, lines = shutil.get_terminal_size(_PLAIN)
    depth, unicode = depth_of(file), "utf" in locale.getpreferredencoding(False).lower()
    height = max(8, min(lines - 3, width // 2))
    frame = frame_of(session, chart)
    view = chart_view_of(frame, max(20, width - 1), height, depth, unicode)
    view.drawn(frame)
    file.write(f"{view.title}: {session.setup.objective.title}, {session.setup.pipeline.rule.name}\n")
    for y in range(height):
        file.write(coloured(view.row(y), depth) + "\n")
    file.write(session.branch.end.reason + "\n")
    file.flush()


def depth_of(file: TextIO) -> Depth:
    """The colours of what is written to: none in a pipe, unless FORCE_COLOR is set, and none where NO_COLOR is."""
    from gdtui.charts.cells import Depth

    if os.environ.get("NO_COLOR") or not (file.isatty() or os.environ.get("FORCE_COLOR")):
        return Depth.MONO
    if os.environ.get("COLORTERM", "") in ("truecolor", "24bit"):
        return Depth.TRUECOLOR
    return Depth.INDEXED if "256" in os.environ.get("TERM", "") else Depth.STANDARD
