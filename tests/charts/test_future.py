"""The dotted line ahead: it stays where it is while a run goes along it, and is drawn anew where it turns off."""

import numpy as np

from gdtui.charts.cells import Depth
from gdtui.charts.contour import ContourChart
from gdtui.charts.curves import CurvesChart
from gdtui.charts.future import Future
from gdtui.charts.raster import NEVER, PathLayer, Plane, Window
from gdtui.charts.series import Curve

PLANE = Plane(Window(-2.0, 2.0, -2.0, 2.0), columns=40, rows=20)
TURN = np.linspace(0, 9, 120)
SPIRAL = np.stack((1.9 * np.exp(-TURN / 8) * np.cos(TURN), 1.9 * np.exp(-TURN / 8) * np.sin(TURN)), axis=1)


class Paths:
    """Makes paths, and counts them and the points they were given."""

    def __init__(self):
        self.made = self.points = 0

    def new(self):
        self.made += 1
        return PathLayer(PLANE, dotted=True)

    def places(self, points):
        self.points += len(points)
        return points


def test_a_step_along_it_draws_its_far_end_alone():
    paths, future = Paths(), Future()
    for row in range(60):
        future.lead(SPIRAL[row : row + 40], paths.new, paths.places)
    ahead = PathLayer(PLANE, dotted=True)
    ahead.extend(SPIRAL[:60], 0)
    ahead.first[:] = NEVER  # the run is at point 59: what lies behind is not shown, where it is crossed again neither
    ahead.extend(SPIRAL[60:99], 60)
    assert paths.made == 1 and paths.points == 99
    assert np.array_equal(future.lit(), ahead.lit(NEVER - 1))


def test_the_same_again_and_a_shorter_rest_draw_nothing():
    paths, future = Paths(), Future()
    for points in (SPIRAL[:40], SPIRAL[:40], SPIRAL[1:40], SPIRAL[2:40]):
        future.lead(points, paths.new, paths.places)
    assert paths.points == 40


def test_another_way_is_drawn_anew():
    paths, future = Paths(), Future()
    future.lead(SPIRAL[:40], paths.new, paths.places)
    bent = SPIRAL[1:41] * [1.0, 0.5]
    future.lead(bent, paths.new, paths.places)
    fresh = Future()
    fresh.lead(bent, paths.new, paths.places)
    assert paths.made == 3 and np.array_equal(future.lit(), fresh.lit())


def test_nothing_ahead_is_nothing_lit():
    paths, future = Paths(), Future()
    future.lead(SPIRAL[:40], paths.new, paths.places)
    future.lead(SPIRAL[:0], paths.new, paths.places)
    assert future.lit() is None


def cells(chart, height):
    return ["".join(text for text, _ in chart.row(y)) for y in range(height)]


def test_what_was_passed_does_not_show_on_the_contour():
    """A chart that followed every step shows what one shows that is drawn at the last of them."""

    def laid():
        chart = ContourChart(60, 24, Depth.TRUECOLOR)
        chart.lay(lambda x, y: x**2 + y**2, Window(-2, 2, -2, 2))
        return chart

    stepped, fresh = laid(), laid()
    for row in range(30):
        stepped.path.extend(SPIRAL[row], row)
        stepped.set_future(SPIRAL[row : row + 60])
        stepped.draw(row)
    fresh.path.extend(SPIRAL[:30], 0)
    fresh.draw(29)
    # The dots' phase differs; behind the point there must be none of them at all.
    fresh.set_future(SPIRAL[29:89])
    fresh.draw(29)
    ahead = PathLayer(fresh.plane)
    ahead.extend(SPIRAL[29:89], 0)
    near = ahead.lit(NEVER - 1).reshape(fresh.plane.rows, 4, fresh.plane.columns, 2).any(axis=(1, 3))
    left, top, columns, rows = fresh.area
    for y, (one, other) in enumerate(zip(cells(stepped, 24), cells(fresh, 24), strict=True)):
        for x, (a, b) in enumerate(zip(one, other, strict=True)):
            on_it = top <= y < top + rows and left <= x < left + columns and near[y - top, x - left]
            assert a == b or on_it, (x, y)


def test_curves_keep_it_while_they_are_followed_and_lay_it_anew_on_other_axes():
    values = 3 * np.exp(-TURN)
    chart, fresh = (CurvesChart(60, 20, Depth.TRUECOLOR) for _ in range(2))
    for each in (chart, fresh):
        each.set_curves([Curve("loss", lambda begin, end: values[begin:end])])
    for row in range(40):
        chart.set_future(row, values[row : row + 50])
        chart.follow(row + 1, row)
    fresh.set_future(39, values[39:89])
    fresh.follow(40, 39)
    panel = chart.panels[0]
    column = panel.area[0] + panel.plane.cell(39, panel.window.y0)[0]
    assert [line[:column] for line in cells(chart, 20)] == [line[:column] for line in cells(fresh, 20)]
    chart.set_future(39, values[:0])
    fresh.set_future(39, values[:0])
    chart.draw(39)
    fresh.draw(39)
    assert cells(chart, 20) == cells(fresh, 20)
