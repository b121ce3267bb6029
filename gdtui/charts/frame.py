"""Frame, ticks and labels around a plot. The only file that knows plotext."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import plotext

from gdtui.charts.raster import Plane, Window
from gdtui.formula.symbols import superscript

_TO_ASCII = str.maketrans({"│": "|", "─": "-", "┤": "+", "┬": "+", "└": "+", "−": "-"})
_X_ROWS = 2  # below the data: the line of the x axis, and its labels
_ROWS_A_TICK = 2
_COLUMNS_BETWEEN = 3
_MOST = 7  # ticks on an axis
_LONGEST = 7  # a label longer than this is written with an exponent
_SMALLEST_STEP = 1e-300
_SMALLEST = (8, 4)  # below this size there is no frame at all
_DECADES = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500)


class Tick(NamedTuple):
    """A value in data units and how it is written."""

    value: float
    label: str


class Frame(NamedTuple):
    """The text around a plot, ``rows`` of equal width, and the rectangle that is left for the data."""

    rows: tuple[str, ...]
    left: int
    top: int
    columns: int
    height: int


def round_step(at_least: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is not below ``at_least``."""
    at_least = max(at_least, _SMALLEST_STEP)
    power: float = 10.0 ** math.floor(math.log10(at_least))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= at_least * (1 - 1e-9))


def linear_ticks(low: float, high: float, most: int) -> list[Tick]:
    """At most ``most`` round values from low to high, all with the same number of decimals."""
    span = high - low
    if not (math.isfinite(span) and span > 0 and most >= 1):
        return []
    # Where the numbers are huge beside their span, doubles cannot tell a tick from the next.
    if span < 1e-12 * max(abs(low), abs(high)):
        return []
    step = round_step(span / most)
    while True:
        begin, end = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if end - begin < most:
            break
        step = round_step(step * 1.5)
    values = [index * step for index in range(begin, end + 1)]
    texts = _written(values, step)
    return [Tick(min(max(value, low), high), text) for value, text in zip(values, texts, strict=True)]


def decade_ticks(low: float, high: float, most: int, unicode: bool = True) -> list[Tick]:
    """At most ``most`` powers of ten on an axis of log10 values."""
    begin, end = math.ceil(low - 1e-9), math.floor(high + 1e-9)
    step = next((s for s in _DECADES if (end - begin) // s < most), _DECADES[-1])
    first = math.ceil(begin / step) * step
    return [Tick(float(e), f"10{superscript(str(e))}" if unicode else f"1e{e}") for e in range(first, end + 1, step)]


def _written(values: Sequence[float], step: float) -> list[str]:
    """Round values as text: the same decimals on all, a true minus, a shared exponent where they are long."""
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    texts = [f"{value:.{decimals}f}" for value in values]
    largest = max((abs(value) for value in values), default=0.0)
    if max((len(text) for text in texts), default=0) > _LONGEST and largest > 0:
        exponent = math.floor(math.log10(largest))
        decimals = max(0, exponent - math.floor(math.log10(step) + 1e-9))
        texts = [f"{value / 10.0**exponent:.{decimals}f}e{exponent}" for value in values]
    # A minus before a zero comes of rounding.
    return [(text[1:] if text.startswith("-") and float(text) == 0 else text).replace("-", "−") for text in texts]


def bare(width: int, height: int) -> Frame:
    """No axes at all: every cell is the data's."""
    return Frame((" " * width,) * height, 0, 0, max(width, 1), max(height, 1))


@lru_cache(maxsize=256)
def frame(
    window: Window, width: int, height: int, symbols: tuple[str, str] = ("", ""), log_y: bool = False,
    unicode: bool = True, margin: int = 0, x_axis: bool = True,
) -> Frame:  # fmt: skip
    """The frame of a plot of ``window``, width x height cells with its labels.

    Ticks stand in the cell of their value on the returned rectangle's ``Plane``. ``log_y``: the window's y
    are exponents of ten. The symbols stand between the last two ticks of their axes. ``margin``: the least
    width of what stands at the left, so that charts above one another share their time axis; without
    ``x_axis`` the data goes down to the last row.
    """
    rows = height - _X_ROWS * x_axis
    if width < _SMALLEST[0] or height < _SMALLEST[1] - _X_ROWS * (not x_axis):
        return bare(width, height)
    y_ticks = _y_ticks(window, rows, width, log_y, unicode)
    left = max(_left_of(y_ticks), min(margin, width - 1))
    plane = Plane(window, width - left, rows)
    x_ticks = _x_ticks(plane, left) if x_axis else []
    lines = _assembled(
        width, rows, left,
        [(_column(plane, tick.value), tick.label) for tick in x_ticks],
        [(rows - 1 - _row(plane, tick.value), tick.label) for tick in y_ticks],
    )[:height]  # fmt: skip
    _add_symbols(lines, plane, left, symbols, x_ticks, y_ticks)
    if not unicode:
        lines = [line.translate(_TO_ASCII) for line in lines]
    return Frame(tuple(lines), left, 0, plane.columns, rows)


@lru_cache(maxsize=256)
def left_margin(
    window: Window, width: int, height: int, log_y: bool = False, unicode: bool = True, x_axis: bool = True
) -> int:
    """How many cells the labels and the line of the y axis take at the left of a frame."""
    return _left_of(_y_ticks(window, height - _X_ROWS * x_axis, width, log_y, unicode))


def _left_of(y_ticks: Sequence[Tick]) -> int:
    return max((len(tick.label) for tick in y_ticks), default=0) + 1


def _column(plane: Plane, x: float) -> int:
    cell = plane.cell(x, plane.window.y0)
    return cell[0] if cell else 0


def _row(plane: Plane, y: float) -> int:
    cell = plane.cell(plane.window.x0, y)
    return cell[1] if cell else 0


def _y_ticks(window: Window, rows: int, width: int, log_y: bool, unicode: bool) -> list[Tick]:
    most = max(2, min(rows // _ROWS_A_TICK, _MOST))
    if log_y:
        ticks = decade_ticks(window.y0, window.y1, most, unicode)
    else:
        ticks = linear_ticks(window.y0, window.y1, most)
    return ticks if all(len(tick.label) <= width // 3 for tick in ticks) else []


def _x_ticks(plane: Plane, left: int) -> list[Tick]:
    """As many ticks as have room for their labels."""
    for most in range(min(plane.columns // 6, _MOST), 0, -1):
        ticks = linear_ticks(plane.window.x0, plane.window.x1, most)
        places = [_centred(left, left + plane.columns, _column(plane, tick.value), tick.label) for tick in ticks]
        ends = [place + len(tick.label) for place, tick in zip(places, ticks, strict=True)]
        free = all(end + _COLUMNS_BETWEEN <= place for end, place in zip(ends, places[1:], strict=False))
        if free and all(len(tick.label) <= plane.columns for tick in ticks):
            return ticks
    return []


def _assembled(width: int, rows: int, left: int, x: list[tuple[int, str]], y: list[tuple[int, str]]) -> list[str]:
    """The two axes with their labels, each label where it was reckoned with: plotext puts it a cell to either side."""
    own = max((len(label) for _, label in y), default=0) + 1
    plain, ticked = _beside(own, rows)
    labelled = {rows - 1 - at: label for at, label in y}
    beside = [labelled[k].rjust(own - 1) + ticked[k] if k in labelled else " " * (own - 1) + plain[k]
              for k in range(rows)]  # fmt: skip
    axis, ticks = _below(width, left)
    labels = " " * width
    for at, label in x:
        axis = axis[: left + at] + ticks[left + at] + axis[left + at + 1 :]
        place = _centred(left, width, at, label)
        labels = labels[:place] + label + labels[place + len(label) :]
    return [line.rjust(left).ljust(width) for line in beside] + [axis, labels]


@lru_cache(maxsize=256)
def _beside(own: int, rows: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The y axis, row by row: without a tick, and with one. ``own``: the cells of its labels and its line.

    plotext draws it with a tick on every other row, and on the others: where an axis grows nothing is drawn anew.
    """
    label = "0" * (own - 1)
    places = [tuple((k, label) for k in range(first, rows, 2) if label) for first in (0, 1)]
    drawn = [_drawn(own + 1, rows + 1, (1, rows), (), ticks) for ticks in places]
    lines = [[line[own - 1 : own] for line in part[:rows]] for part in drawn]
    order = range(rows - 1, -1, -1)  # rows are drawn from the top, ticks counted from below
    return (tuple(lines[1 - k % 2][rows - 1 - k] for k in order), tuple(lines[k % 2][rows - 1 - k] for k in order))


@lru_cache(maxsize=256)
def _below(width: int, left: int) -> tuple[str, str]:
    """The x axis, a line of ``width`` cells: without ticks, and with one below every cell of data."""
    columns, beside = width - left, ((0, "0" * (left - 1)),)
    drawn = [_drawn(width, 1 + _X_ROWS, (columns, 1), tuple((k, "") for k in range(first, columns, 2)), beside)[1]
             if columns > 1 else _drawn(width, 1 + _X_ROWS, (columns, 1), (), beside)[-1]
             for first in (0, 1)]  # fmt: skip
    head = drawn[0][:left]
    plain = "".join(drawn[1 - k % 2][left + k] for k in range(columns))
    return head + plain, head + "".join(drawn[k % 2][left + k] for k in range(columns))


def _centred(left: int, width: int, column: int, label: str) -> int:
    """Where a label begins below column ``column`` of the data: centred, never over the edge."""
    return max(0, min(left + column - len(label) // 2, width - len(label)))


def _drawn(
    width: int, height: int, cells: tuple[int, int], x: tuple[tuple[int, str], ...], y: tuple[tuple[int, str], ...]
) -> tuple[str, ...]:
    """plotext's drawing. Its limits are cell numbers, so that its rounding cannot differ from the plane's."""
    plotext.clear_figure()  # one global figure: whatever was left in it
    plotext.limit_size(False, False)  # or it clamps to the terminal that it believes it is on
    plotext.theme("clear")
    plotext.plotsize(width, height)
    plotext.xaxes(True, False)
    plotext.yaxes(True, False)
    columns, rows = cells
    plotext.scatter([0, columns - 1], [0, rows - 1], marker=" ")  # without data it draws no ticks
    plotext.xlim(0, max(columns - 1, 1))
    plotext.ylim(0, max(rows - 1, 1))
    plotext.xticks([at for at, _ in x], [label for _, label in x])
    plotext.yticks([at for at, _ in y], [label for _, label in y])
    text: str = plotext.uncolorize(plotext.build())
    lines = [line.ljust(width)[:width] for line in text.split("\n")[:height]]
    return (*lines, *[" " * width] * (height - len(lines)))


def _add_symbols(
    lines: list[str], plane: Plane, left: int, symbols: tuple[str, str], x: list[Tick], y: list[Tick]
) -> None:
    """Name the axes where that covers no label."""
    name_x, name_y = symbols
    if name_x and len(x) >= 2:
        at = left + (_column(plane, x[-2].value) + _column(plane, x[-1].value)) // 2
        around = lines[-1][at - 1 : at + len(name_x) + 1]
        if at > 0 and not around.strip() and at + len(name_x) <= len(lines[-1]):
            lines[-1] = lines[-1][:at] + name_x + lines[-1][at + len(name_x) :]
    if name_y and len(y) >= 2 and len(name_y) < left:
        at = (_row(plane, y[-2].value) + _row(plane, y[-1].value)) // 2
        begin = left - 1 - len(name_y)
        if not lines[at][: left - 1].strip():
            lines[at] = lines[at][:begin] + name_y + lines[at][left - 1 :]
