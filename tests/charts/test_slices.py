"""Slices through a point: the graph along each parameter, the tangent, and where the panels stand."""

import numpy as np
import pytest

from gdtui.charts import palette
from gdtui.charts.cells import Depth
from gdtui.charts.palette import Role
from gdtui.charts.panels import Panels, Placed
from gdtui.charts.slices import SlicesChart, arrangement
from tests.charts.reading import TROUBLE, cells, found, text

WINDOWS = [(-4.0, 4.0), (-3.0, 5.0), (-2.0, 2.0)]


def bowl(p):
    return p[0] ** 2 + 3 * (p[1] - 1) ** 2 + p[0] * p[2] + p[2] ** 2


def slope(p):
    return np.array([2 * p[0] + p[2], 6 * (p[1] - 1), p[0] + 2 * p[2]])


def sliced(theta, width=90, height=36, depth=Depth.TRUECOLOR, **options):
    chart = SlicesChart(width, height, depth, **options)
    chart.lay(bowl, WINDOWS, ("a", "b", "c"))
    move(chart, theta)
    return chart


def move(chart, theta):
    theta = np.asarray(theta)
    chart.move(theta, bowl(theta), slope(theta))
    return chart.draw(0)


def panel_cell(panel, point):
    """The glyph and look of a panel's cell at a point of its axes."""
    column, row = panel.plane.cell(*point)
    left, top, _, _ = panel.area
    return cells(panel)[top + row][left + column]


def test_each_graph_is_the_function_along_its_parameter_with_the_others_held():
    theta = np.array([1.0, 2.5, -0.5])
    chart = sliced(theta)
    assert len(chart.panels) == 3
    for number, panel in enumerate(chart.panels):
        low, high = WINDOWS[number]
        for place in np.linspace(low + 0.3, high - 0.3, 9):
            point = theta.copy()
            point[number] = place
            if panel.plane.cell(place, bowl(point)) is not None:
                assert panel_cell(panel, (place, bowl(point)))[0] != " "


def test_the_point_is_on_every_graph_and_its_tangent_goes_through_it():
    theta = np.array([1.0, 2.5, -0.5])
    chart = sliced(theta)
    tangent = palette.look(Role.TANGENT, Depth.TRUECOLOR).fg
    for number, panel in enumerate(chart.panels):
        assert panel_cell(panel, (theta[number], bowl(theta)))[0] == "●"
        for reach in (-0.6, 0.6):
            on_it = theta[number] + reach, bowl(theta) + reach * slope(theta)[number]
            assert panel_cell(panel, on_it)[1].fg == tangent
        assert f"slope {slope(theta)[number]:.4g}".replace("-", "−") in text(panel)[0]


def test_moving_draws_what_a_new_chart_draws_but_for_axes_that_stay():
    chart = sliced([1.0, 2.5, -0.5])
    axes = [panel.window for panel in chart.panels]
    move(chart, [1.02, 2.48, -0.5])
    assert [panel.window for panel in chart.panels] == axes
    for panel, number in zip(chart.panels, range(3), strict=True):
        point = np.array([1.02, 2.48, -0.5])
        assert panel_cell(panel, (point[number], bowl(point)))[0] == "●"


def test_axes_follow_a_graph_that_leaves_them():
    chart = sliced([0.0, 1.0, 0.0])
    move(chart, [4.0, 5.0, 2.0])
    for panel in chart.panels:
        assert panel.window.y0 <= bowl(np.array([4.0, 5.0, 2.0])) <= panel.window.y1


def test_the_spans_of_a_move_cover_what_changed():
    chart = sliced([1.0, 2.5, -0.5])
    before = cells(chart)
    spans = move(chart, [0.8, 2.2, -0.4])
    after = cells(chart)
    covered = {(y, x) for y, x0, x1 in spans for x in range(x0, x1)}
    changed = {(y, x) for y in range(36) for x in range(90) if before[y][x] != after[y][x]}
    assert changed and changed <= covered
    assert move(chart, [0.8, 2.2, -0.4]) == []


def test_of_one_parameter_the_slice_is_the_curve_and_takes_the_path():
    chart = SlicesChart(60, 20, Depth.TRUECOLOR)
    chart.lay(lambda p: p[0] ** 2, [(-2, 2)], ("x",))
    (panel,) = chart.panels
    panel.path.extend([[1.5, 2.25], [-1.0, 1.0]], 0)
    chart.move([-1.0], 1.0, [-2.0])
    chart.draw(1)
    assert panel_cell(panel, (0.5, 1.75))[1].fg == palette.look(Role.PATH, Depth.TRUECOLOR).fg
    assert panel_cell(panel, (1.7, 1.7**2))[1].fg == palette.look(Role.CURVE, Depth.TRUECOLOR).fg
    assert len(found(chart, "●")) == 1


def test_more_parameters_than_fit_are_shown_in_pages():
    chart = SlicesChart(45, 13, Depth.MONO)
    chart.lay(lambda p: (p**2).sum(axis=0), [(-1, 1)] * 9, [f"x{k}" for k in range(9)], first=3)
    chart.move(np.zeros(9), 0.0, np.zeros(9))
    chart.draw(0)
    assert len(chart.panels) == 4 and chart.first == 3
    assert "x3" in text(chart)[0] and "x4" in text(chart)[0]


@pytest.mark.parametrize("size", [(40, 18), (55, 24), (120, 40), (20, 6), (7, 3), (1, 1), (300, 90)])
@pytest.mark.parametrize("count", [1, 2, 3, 5, 12, 40])
def test_panels_fit_and_fill_the_place_there_is(size, count):
    across, down = arrangement(*size, count)
    assert across * down >= min(count, 8, max(1, size[0] // 20) * max(1, size[1] // 6)) or across * down >= 1
    assert across == 1 or size[0] // across >= 20
    assert down == 1 or size[1] // down >= 6
    assert across * down - count < across


@pytest.mark.parametrize("surface", TROUBLE)
@pytest.mark.parametrize(("depth", "unicode"), [(Depth.TRUECOLOR, True), (Depth.MONO, False)])
def test_any_slice_can_be_drawn(surface, depth, unicode):
    chart = SlicesChart(50, 18, depth, unicode)
    chart.lay(lambda p: surface(p[0], p[1]), [(-2, 2), (3, 3)], "xy")
    for theta in ([0.0, 0.0], [1e300, 3.0], [np.nan, np.inf]):
        chart.move(theta, np.inf, [np.nan, -1e300])
        chart.draw(0)
        assert {len(row) for row in text(chart)} == {50}
    assert unicode or "".join(text(chart)).isascii()


def test_panels_side_by_side_make_one_row():
    class Filled:
        def __init__(self, width, height, letter):
            self.width, self.height, self.letter = width, height, letter

        def draw(self, cursor):
            return [(0, 1, 2)]

        def row(self, y):
            return [(self.letter * self.width, None)]

    panels = Panels(10, 3, Depth.MONO)
    panels.place([Placed(6, 1, Filled(3, 2, "b")), Placed(0, 0, Filled(4, 2, "a"))])
    assert text(panels) == ["aaaa      ", "aaaa  bbb ", "      bbb "]
    assert panels.draw(0) == [(0, 0, 10), (1, 0, 10), (2, 0, 10)]
    assert panels.draw(0) == [(0, 1, 2), (1, 7, 8)]
