"""The pane of watches and breakpoints: there as soon as there is one of them."""

from __future__ import annotations

import numpy as np

from gdtui.descent.setup import Setup
from gdtui.formula.notation import number
from gdtui.formula.tokens import printable
from gdtui.tui.frame import Frame
from gdtui.tui.pane import Pane
from gdtui.tui.text import Line, padded, width_of
from gdtui.tui.update_text import value_text

_VALUE = 24  # cells for the values of a watch, at most, where its expression needs the others


def lines_wanted(setup: Setup) -> int:
    """How many lines the pane has to tell."""
    return len(setup.watches) + len(setup.breakpoints) + len(setup.resting)


class WatchPane(Pane):
    """Watches with their values at the cursor; breakpoints with how often they were hit."""

    def lines(self, frame: Frame, width: int, height: int) -> list[Line]:
        setup = frame.setup
        names = [name for name, there in (("Watches", setup.watches), ("Breakpoints", setup.breakpoints)) if there]
        self.title(" · ".join(names or ("Watches", "Breakpoints")))
        found: list[Line] = []
        if not lines_wanted(setup):
            return [[("w adds a watch, b a breakpoint", self.inks.dim)]]
        for watch in setup.watches:
            values = np.ravel(frame.values_of(watch)).tolist()
            written = watch.notation
            room = max(min(_VALUE, width // 2), width - width_of(written) - 1)
            text = value_text(tuple(values), room).strip()
            shown = padded(written, max(1, width - width_of(text) - 1))
            found.append([(shown, self.inks.text), (f" {text}", self.inks.value)])
        for item in setup.breakpoints:
            hit = frame.end.row == frame.cursor and item.text in frame.end.reason
            count = number(frame.hits.get(item.text, 0))
            shown = padded(f"● {printable(item.text)}", max(1, width - len(count) - 1))
            found.append([(shown, self.inks.accent if hit else self.inks.text), (f" {count}", self.inks.dim)])
        for rest in setup.resting:
            mark, more = ("◌", f"  waits: {rest.why}") if rest.why else ("○", "  off")
            found.append([(padded(f"{mark} {printable(rest.text)}{printable(more)}", width), self.inks.dim)])
        if len(found) > height:
            left = f"… {len(found) - height + 1} more: w, b"
            found = [*found[: height - 1], [(padded(left, width), self.inks.dim)]]
        return found
