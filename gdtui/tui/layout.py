"""Where each pane stands at a given size: plain arithmetic, and a Textual layout that follows it."""

from __future__ import annotations

from textual.geometry import NULL_OFFSET, Region, Size, Spacing
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.widget import Widget

SMALLEST = Size(40, 10)
_LEFT, _UPDATE = 28, 37
_LEAST_LOSS = 5
ONE_AT_A_TIME = ("map", "update", "loss", "steps", "watch", "optimizer", "stop", "why")


def regions(
    size: Size, knobs: int = 3, equations: int = 4, watched: int = 0, curves: bool = False, single: str = "map"
) -> dict[str, Region]:
    """The region of every pane that is shown.

    ``knobs``: lines that the optimizer needs; ``equations``: how many the update has, partial derivatives among them;
    ``watched``: watches and breakpoints; ``curves``: whether the loss has curves under it; ``single``: the pane that a
    small screen shows.
    """
    width, height = size
    if width < SMALLEST.width or height < SMALLEST.height:
        return {"notice": Region(0, 0, width, height)}
    bars = {"status": Region(0, height - 2, width, 1), "keys": Region(0, height - 1, width, 1)}
    if width >= 110 and height >= 30:
        return bars | _with_watch(_full(width, height - 2, knobs, curves), watched, height // 3)
    if width >= 72 and height >= 20:
        room = min(watched + 2, 5) if watched else 0
        found = _medium(width, height - 2 - room, equations)
        if room:
            left = found["map"]
            found["map"] = left._replace(height=left.height + room)
            found["watch"] = found["update"]._replace(y=height - 2 - room, height=room)
        return bars | found
    return bars | {"head": Region(0, 0, width, 1), single: Region(0, 1, width, height - 3)}


def _with_watch(found: dict[str, Region], watched: int, most: int) -> dict[str, Region]:
    """The lower part of the update is that of watches and breakpoints, where there are any."""
    if not watched:
        return found
    above, below = found["update"].split_horizontal(-min(watched + 2, most))
    return found | {"update": above, "watch": below}


def is_small(size: Size) -> bool:
    """Whether one pane at a time is shown."""
    return "update" not in regions(size, single="map")


def _full(width: int, height: int, knobs: int, curves: bool) -> dict[str, Region]:
    """Objective, optimizer, stop at the left, the map beside, the update at the right; loss and steps below."""
    update = _UPDATE + (4 if width >= 130 else 0) + (6 if width >= 150 else 0)
    below = max(9, min(14, height // 4)) + (4 if curves else 0)
    above = height - below
    objective, optimizer, stop, why = _left_column(above, min(knobs + 3, max(5, above - 16)))
    steps = 54 if width - update >= 100 else 47
    columns = width - update
    return {
        "objective": Region(0, 0, _LEFT, objective),
        "optimizer": Region(0, objective, _LEFT, optimizer),
        "stop": Region(0, objective + optimizer, _LEFT, stop),
        "why": Region(0, above - why, _LEFT, why),
        "map": Region(_LEFT, 0, columns - _LEFT, above),
        "update": Region(columns, 0, update, height),
        "loss": Region(0, above, columns - steps, below),
        "steps": Region(columns - steps, above, steps, below),
    }


def _left_column(height: int, optimizer: int) -> tuple[int, int, int, int]:
    """The heights of objective, optimizer, stop and why. What scrolls gives way; why goes before it cannot be read."""
    heights, least = [6, optimizer, 10, 7], (5, min(5, optimizer), 5, 7)
    for k in (0, 2, 1):
        over = sum(heights) - height
        heights[k] = max(least[k], heights[k] - max(0, over))
    left = height - sum(heights)
    if left >= 0:
        return heights[0], heights[1], heights[2], heights[3] + left
    objective, optimizer = 5, min(optimizer, height - 10)
    return objective, optimizer, height - objective - optimizer, 0


def _medium(width: int, height: int, equations: int) -> dict[str, Region]:
    """A line of knobs, the map at the left; update, loss and steps above one another at the right.

    Each equation of the update has a line for its notation and one for its value, as far as that goes, and a line says
    why: for a rule of many the steps give way.
    """
    right = max(38, min(48, width * 2 // 5))
    left = width - right
    room = height - 1
    wanted = 2 * equations + 3
    update = max(10, min(max(wanted, room - 16), 24, room - _LEAST_LOSS))
    rest = room - update
    steps = rest // 2 if rest >= 2 * _LEAST_LOSS else 0
    found = {
        "head": Region(0, 0, width, 1),
        "map": Region(0, 1, left, height - 1),
        "update": Region(left, 1, right, update),
        "loss": Region(left, 1 + update, right, rest - steps),
    }
    return found | {"steps": Region(left, 1 + room - steps, right, steps)} if steps else found


class WorkbenchLayout(Layout):
    """Places the children of the workbench by their ids; those without a region are not shown."""

    name = "workbench"

    def __init__(self) -> None:
        self.knobs, self.equations, self.watched, self.curves = 3, 4, 0, False
        self.single = "map"

    @property
    def wanted(self) -> tuple[object, ...]:
        """What there is to place."""
        return self.knobs, self.equations, self.watched, self.curves

    def regions(self, size: Size) -> dict[str, Region]:
        return regions(size, self.knobs, self.equations, self.watched, self.curves, self.single)

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> ArrangeResult:
        parent.pre_layout(self)
        shown = {name: region for name, region in self.regions(size).items() if region.height > 0}
        return [WidgetPlacement(shown[c.id], NULL_OFFSET, Spacing(), c) for c in children if c.id in shown]
