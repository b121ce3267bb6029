"""Ticks are round, labels have room, and both stand where the plane says."""

import re

import numpy as np
import pytest

from gdtui.charts.frame import decade_ticks, frame, linear_ticks, round_step
from gdtui.charts.raster import Plane, Window

WINDOWS = [
    Window(-5, 5, -5, 5),
    Window(-2, 2, -1, 3),
    Window(-512, 512, -512, 512),
    Window(0.2, 0.20003, -1e-7, 3e-7),
    Window(0, 1048576, 0, 1),
    Window(-1e12, 3e12, 2.5e5, 2.6e5),
    Window(1e6, 1e6 + 1, -3.3, 1e4),
]
SIZES = [(150, 45), (70, 28), (40, 16), (24, 8), (8, 4)]


@pytest.mark.parametrize(
    ("at_least", "step"), [(0.3, 0.5), (1, 1), (1.1, 2), (6, 10), (0.02, 0.02), (4e-9, 5e-9)]
)
def test_steps_are_1_2_5(at_least, step):
    assert round_step(at_least) == pytest.approx(step)


def test_ticks_are_round_and_written_alike():
    assert [tick.label for tick in linear_ticks(-5, 5, 6)] == ["−4", "−2", "0", "2", "4"]
    assert [tick.label for tick in linear_ticks(-1, 1, 5)] == ["−1.0", "−0.5", "0.0", "0.5", "1.0"]
    assert [tick.label for tick in linear_ticks(-0.3, 0.3, 4)] == ["−0.2", "0.0", "0.2"]
    assert [tick.label for tick in linear_ticks(0, 4e9, 5)] == ["0e9", "1e9", "2e9", "3e9", "4e9"]


def test_decades():
    assert [tick.label for tick in decade_ticks(-3, 1, 5)] == ["10⁻³", "10⁻²", "10⁻¹", "10⁰", "10¹"]
    assert [tick.label for tick in decade_ticks(-30, 2, 4, unicode=False)] == [
        "1e-30",
        "1e-20",
        "1e-10",
        "1e0",
    ]


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("most", [1, 2, 5, 9])
def test_ticks_are_inside_distinct_and_not_too_many(window, most):
    ticks = linear_ticks(window.x0, window.x1, most)
    assert len(ticks) <= most
    assert len({tick.label for tick in ticks}) == len(ticks)
    assert all(window.x0 <= tick.value <= window.x1 for tick in ticks)


@pytest.mark.parametrize("limits", [(1, 1), (2, 1), (0, np.inf), (np.nan, 1), (1e20, 1e20 + 20000)])
def test_no_ticks_where_there_is_no_axis(limits):
    assert linear_ticks(*limits, 5) == []


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("unicode", [True, False])
def test_the_frame_has_its_size_and_its_ticks_stand_on_the_plane(window, size, unicode):
    width, height = size
    drawing = frame(window, width, height, ("x", "y"), unicode=unicode)
    assert len(drawing.rows) == height and {len(row) for row in drawing.rows} == {width}
    assert drawing.left + drawing.columns == width and drawing.height == height - 2
    if not unicode:
        assert "".join(drawing.rows).isascii()
        return
    plane = Plane(window, drawing.columns, drawing.height)
    words = [(match.group(), match.start()) for match in re.finditer(r"[^ ]+", drawing.rows[-1])]
    labels = [word for word in words if word[0] != "x"]
    at = [match.start() for match in re.finditer("┬", drawing.rows[-2])]
    assert len(labels) == len(at)
    for (label, begin), column in zip(labels, at, strict=True):
        centred = column - len(label) // 2
        assert begin == max(0, min(centred, width - len(label)))
        if len(label) < 7:
            value = min(max(float(label.replace("−", "-")), window.x0), window.x1)
            assert plane.cell(value, window.y0)[0] == column - drawing.left
    for y, row in enumerate(drawing.rows[:-2]):
        label = row[: drawing.left - 1].strip()
        assert (row[drawing.left - 1] == "┤") == (label not in ("", "y"))
        if row[drawing.left - 1] == "┤" and "e" not in label:
            value = float(label.replace("−", "-"))
            place = plane.cell(window.x0, min(max(value, window.y0), window.y1))
            assert place is not None and place[1] == y


def test_every_size_has_a_frame():
    for width in (1, 2, 3, 5, 7, 8, 9, 12, 30):
        for height in (1, 3, 4, 5, 9):
            drawing = frame(Window(-5, 5, -5, 5), width, height)
            assert {len(row) for row in drawing.rows} == {width} and len(drawing.rows) == height


def test_labels_do_not_run_together():
    for window in WINDOWS:
        for width in (12, 19, 33, 60, 111):
            drawing = frame(window, width, 12)
            words = drawing.rows[-1].split()
            assert len(words) == drawing.rows[-2].count("┬")
