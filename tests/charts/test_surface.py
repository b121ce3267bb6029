"""What a camera sees of a surface: where a known point is, what hides what, and that turning is only that."""

import numpy as np
import pytest

from gdtui.charts import palette
from gdtui.charts.cells import Depth
from gdtui.charts.draped import DrapedPath
from gdtui.charts.levels import Scaling
from gdtui.charts.palette import Role
from gdtui.charts.raster import NEVER, Window
from gdtui.charts.relief import TALL, Camera, Relief, View
from gdtui.charts.surface import SurfaceChart
from tests.charts.reading import TROUBLE, cells, found, himmelblau, inked, text

HERE = Window(-5, 5, -5, 5)
FROM_SOUTH = Camera(azimuth=-90.0, elevation=30.0)  # x to the right, y away from the eye


def wall(x, y):
    """A wall across the middle, the ground on both sides of it."""
    return np.where(np.abs(y) < 0.5, 10.0, 0.0) + 0 * x


def surface(of=himmelblau, depth=Depth.TRUECOLOR, width=60, height=24, camera=None, unicode=True):
    chart = SurfaceChart(width, height, depth, unicode)
    chart.lay(of, HERE)
    if camera is not None:
        chart.turn(camera)
    return chart


def grid_of(of, side=81):
    x, y = np.meshgrid(np.linspace(-1, 1, side), np.linspace(-1, 1, side))
    return of(x, y)


def test_points_are_projected_as_trigonometry_says():
    view = View(Relief(np.zeros((9, 9))), FROM_SOUTH, 60, 40)
    u, v, near = view.project(np.array([0.5]), np.array([-1.0]), np.array([1.0]))
    assert (u[0], near[0]) == pytest.approx((0.5, 1.0))
    assert v[0] == pytest.approx(TALL * np.cos(np.pi / 6) - np.sin(np.pi / 6))


def test_heights_between_the_grid_are_bilinear():
    relief = Relief(grid_of(lambda x, y: 0.3 + 0.2 * x - 0.1 * y))
    x, y = np.array([-1.0, 0.013, 0.77, 1.0]), np.array([0.5, -0.999, 1.0, 1.0])
    assert relief.at(x, y) == pytest.approx(0.3 + 0.2 * x - 0.1 * y)


@pytest.mark.parametrize("camera", [FROM_SOUTH, Camera(), Camera(133.0, 62.0), Camera(0.0, 85.0), Camera(180.0, 5.0)])
def test_every_pixel_shows_the_point_that_projects_to_it(camera):
    view = View(Relief(grid_of(lambda x, y: (x * x + y * y) / 2)), camera, 50, 40)
    seen = view.seen()
    u, v, _ = view.project(seen.x, seen.y, seen.height)
    columns = (u - view.u0) / (view.u1 - view.u0) * 50
    rows = (view.v1 - v) / (view.v1 - view.v0) * 40
    there = seen.surface
    assert there.sum() > 100
    assert np.abs(columns - (np.arange(50) + 0.5))[there].max() < 1e-6
    assert np.abs(rows - (np.arange(40)[:, None] + 0.5))[there].max() < 0.02


def test_what_is_behind_a_wall_is_hidden_and_what_is_before_it_is_not():
    view = View(Relief(grid_of(lambda x, y: (np.abs(y) < 0.1) * 1.0)), FROM_SOUTH, 60, 60)
    y = np.array([-0.8, -0.3, 0.0, 0.2, 0.5, 0.99])
    height = view.relief.at(np.zeros(6), y)
    # The wall's far edge hides the ground for its height over the tangent of the elevation.
    shadow = 0.1 + TALL / np.tan(np.pi / 6)
    assert shadow > 1
    assert view.is_seen(*view.project(np.zeros(6), y, height)).tolist() == [True, True, True, False, False, False]
    from_above = View(view.relief, Camera(-90.0, 80.0), 60, 60)
    ends = 0.1 + TALL / np.tan(np.radians(80))
    for place, expected in ((ends - 0.08, False), (ends + 0.08, True)):
        point = np.zeros(1), np.array([place])
        assert from_above.is_seen(*from_above.project(*point, from_above.relief.at(*point)))[0] == expected


def test_a_path_ends_where_the_surface_hides_it():
    chart = surface(wall, camera=FROM_SOUTH)
    chart.path.extend([[0, -4], [0, 4]], 0)
    rows = np.flatnonzero((chart.path.first < NEVER).any(axis=1))
    before = surface(wall, camera=FROM_SOUTH)
    before.path.extend([[0, -4], [0, 0.4]], 0)
    assert rows.tolist() == np.flatnonzero((before.path.first < NEVER).any(axis=1)).tolist()
    chart.turn(Camera(-90.0, 85.0))
    assert (chart.path.first < NEVER).any(axis=1).sum() > len(rows)


def test_a_path_that_goes_far_off_is_drawn_to_the_edge_and_comes_back_from_there():
    far, near = surface(camera=Camera(-90.0, 85.0)), surface(camera=Camera(-90.0, 85.0))
    far.path.extend([[0, 0], [0, -1e9], [1e9, 0], [0, 0.5]], 0)
    near.path.extend([[0, 0], [0, -5], [np.nan, 0], [5, 0.5], [0, 0.5]], 0)
    assert np.array_equal(far.path.first < NEVER, near.path.first < NEVER)
    for row in range(4):
        lone = surface(camera=Camera(-90.0, 85.0))
        lone.path.extend([[1e300, 1e300], [2.0, 2.0]], row)
        assert (lone.path.first < NEVER).any()


def test_marks_behind_the_surface_are_left_out_but_the_current_point_is_hollow():
    chart = surface(wall, camera=FROM_SOUTH)
    chart.set_marks(start=(0, 3), minimizers=[(1, 3), (2, -3)], current=(-2, 3))
    chart.draw(0)
    assert not found(chart, "◇") and not found(chart, "●")
    assert len(found(chart, "×")) == 1 and len(found(chart, "○")) == 1
    chart.turn(Camera(90.0, 30.0))  # from the other side
    chart.draw(0)
    assert len(found(chart, "◇")) == len(found(chart, "●")) == len(found(chart, "×")) == 1


def test_a_mark_stands_in_the_cell_where_its_point_is_projected():
    chart = surface(lambda x, y: 0 * x + y * 0, camera=FROM_SOUTH)
    chart.set_marks(current=(2.5, 0.0))
    chart.draw(0)
    column, row = chart.plane.cell(0.5, 0.0)
    left, top, _, _ = chart.area
    assert found(chart, "●") == [(left + column, top + row)]


def test_the_path_lies_on_the_surface():
    """Over a ridge a straight line in the plane is an arc in the picture."""
    chart = surface(lambda x, y: -(x**2) + 0 * y, width=80, height=40, camera=Camera(-90.0, 20.0))
    chart.path.extend([[-4, -4.9], [4, -4.9]], 0)
    y, x = np.nonzero(chart.path.first < NEVER)
    middle = y[np.abs(x - x.mean()) < 2].min()
    assert middle < y[x == x.min()].min() - 5


def test_bands_are_cut_at_the_levels():
    chart = SurfaceChart(60, 30, Depth.TRUECOLOR)
    chart.lay(lambda x, y: x + 0 * y, HERE, scaling=Scaling.LINEAR)
    chart.turn(Camera(-90.0, 85.0))
    chart.draw(0)
    bands = len(chart.levels) + 1
    fills = palette.shades(Depth.TRUECOLOR, bands, 7)
    left, top, columns, rows = chart.area
    shown = cells(chart)[top + rows // 2]
    found_bands = {}
    for column in range(columns):
        look = shown[left + column][1]
        if look.bg in fills:
            found_bands.setdefault(fills.index(look.bg) % bands, []).append(column)
    assert sorted(found_bands) == list(range(bands))
    for number, level in enumerate(chart.levels):
        edge, _ = chart.plane.cell(level / 5, 0.0)
        assert abs(max(found_bands[number]) - edge) <= 1 and abs(min(found_bands[number + 1]) - edge) <= 1


def test_turning_back_shows_the_same_as_before():
    chart = surface()
    path = np.random.default_rng(2).uniform(-4, 4, (40, 2))
    chart.path.extend(path, 0)
    chart.set_future(path[:5])
    chart.olds.append(chart.new_path())
    chart.olds[0].extend(path[::-1], 0)
    chart.set_marks(path[0], [(3, 2)], path[20])
    chart.draw(20)
    before = cells(chart)
    chart.turn(Camera(10.0, 70.0))
    assert chart.draw(20) and cells(chart) != before
    chart.turn(Camera())
    chart.draw(20)
    assert cells(chart) == before


def test_a_path_added_step_by_step_is_the_path_added_at_once():
    points = np.random.default_rng(3).uniform(-6, 6, (60, 2))
    points[10] = np.nan
    points[30] = 1e300
    whole, steps = surface(), surface()
    whole.path.extend(points, 0)
    for row in range(60):
        steps.path.extend(points[row : row + 1], row)
    assert np.array_equal(whole.path.first, steps.path.first)
    for chart in (whole, steps):
        chart.turn(Camera(50.0, 30.0))
    assert np.array_equal(whole.path.first, steps.path.first)


def test_a_very_long_path_is_kept_in_a_bounded_number_of_points():
    chart = surface()
    points = np.random.default_rng(5).uniform(-5, 5, (60_000, 2))
    for begin in range(0, 60_000, 10_000):
        chart.path.extend(points[begin : begin + 10_000], begin)
    assert isinstance(chart.path, DrapedPath) and chart.path.kept <= 1 << 14
    still = surface()
    still.path.extend(np.tile([[1.0, 1.0]], (60_000, 1)), 0)
    assert still.path.kept == 1


@pytest.mark.parametrize("of", TROUBLE)
@pytest.mark.parametrize(("depth", "unicode"), [(Depth.TRUECOLOR, True), (Depth.MONO, True), (Depth.MONO, False)])
def test_any_surface_can_be_drawn(of, depth, unicode):
    chart = surface(of, depth, unicode=unicode)
    chart.path.extend([[0, 0], [np.nan, 1], [1e300, -1e300], [3, 3]], 0)
    chart.set_marks(start=(np.inf, 0), minimizers=[(np.nan, 0)], current=(1e300, 0))
    chart.turn(Camera(20.0, 20.0))
    chart.draw(3)
    assert {len(row) for row in text(chart)} == {60}
    assert unicode or "".join(text(chart)).isascii()


@pytest.mark.parametrize("depth", Depth)
def test_a_surface_has_only_the_colours_there_are(depth):
    chart = surface(depth=depth)
    chart.path.extend([[0, 0], [3, 2]], 0)
    chart.draw(1)
    colours = {colour for row in cells(chart) for _, look in row for colour in (look.fg, look.bg)} - {None}
    kinds = {Depth.TRUECOLOR: tuple, Depth.INDEXED: int, Depth.STANDARD: int}
    assert (not colours) if depth is Depth.MONO else all(isinstance(c, kinds[depth]) for c in colours)
    assert depth is not Depth.STANDARD or max(colours) < 16


def test_any_size_and_window_can_be_drawn():
    for width, height in [(1, 1), (3, 40), (40, 2), (9, 5), (24, 8)]:
        for window in (Window(0, 0, 1, 1), Window(5, -5, 5, -5), Window(0, np.inf, np.nan, 1)):
            chart = SurfaceChart(width, height, Depth.TRUECOLOR)
            chart.lay(himmelblau, window)
            chart.path.extend([[0, 0], [9, 9]], 0)
            chart.draw(1)
            assert {len(row) for row in text(chart)} == {width}


def test_where_the_function_has_no_value_there_is_no_surface():
    chart = surface(lambda x, y: np.log(x) + 0 * y, camera=Camera(-90.0, 80.0))
    chart.draw(0)
    left, top, columns, rows = chart.area
    row = cells(chart)[top + rows // 2]
    middle = left + columns // 2
    assert row[middle - 5][1].bg is None and row[middle + 5][1].bg is not None


def test_a_mesh_has_no_line_where_the_surface_hides_it():
    """From before the wall it makes no difference whether there is ground behind it."""
    line = palette.look(Role.ISOLINE, Depth.STANDARD).fg
    whole = surface(wall, Depth.STANDARD, camera=FROM_SOUTH)
    before = surface(lambda x, y: np.where(y > 0.8, np.nan, wall(x, y)), Depth.STANDARD, camera=FROM_SOUTH)
    whole.draw(0)
    before.draw(0)
    assert inked(whole, line) == inked(before, line) and len(inked(whole, line)) > 100
    for chart in (whole, before):
        chart.turn(Camera(-90.0, 85.0))
        chart.draw(0)
    assert len(inked(whole, line)) > len(inked(before, line))


def test_ticks_say_where_the_window_is_and_do_not_touch():
    for camera in (Camera(), Camera(45.0, 40.0), Camera(-90.0, 30.0), Camera(170.0, 60.0)):
        chart = surface(width=90, height=34, camera=camera)
        chart.draw(0)
        label = palette.look(Role.LABEL, Depth.TRUECOLOR).fg
        words = "\n".join(
            "".join(glyph if look.fg == label else " " for glyph, look in row) for row in cells(chart)
        ).split()
        assert {"x", "y"} & set(words) and "0" in words
        assert all(word in ("x", "y") or float(word.replace("−", "-")) is not None for word in words)
