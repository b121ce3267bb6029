"""Contour and curve: rows, colours, marks, and that only what changed is drawn."""

import numpy as np
import pytest

from gdtui.charts import palette
from gdtui.charts.cells import Depth, Look
from gdtui.charts.contour import ContourChart
from gdtui.charts.curve import CurveChart, value_range
from gdtui.charts.levels import scale_of
from gdtui.charts.palette import Role
from gdtui.charts.path_chart import Arrow
from gdtui.charts.raster import PathLayer, Window
from tests.charts.reading import TROUBLE, cells, himmelblau

HERE = Window(-5, 5, -5, 5)
TURN = np.linspace(0, 9, 80)
SPIRAL = np.stack((4 * np.exp(-TURN / 5) * np.cos(TURN), 4 * np.exp(-TURN / 5) * np.sin(TURN)), axis=1)


def contour(depth=Depth.TRUECOLOR, surface=himmelblau, width=60, height=20, unicode=True):
    chart = ContourChart(width, height, depth, unicode)
    chart.lay(surface, HERE)
    return chart


def dressed(depth, unicode=True, width=60):
    """A chart with everything on it."""
    chart = contour(depth, width=width, unicode=unicode)
    chart.path.extend(SPIRAL, 0)
    old = PathLayer(chart.plane)
    old.extend(SPIRAL[::-1] + 1, 0)
    chart.olds.append(old)
    chart.set_future(SPIRAL[40:] - 1)
    chart.set_marks(start=SPIRAL[0], minimizers=[(3, 2)], current=SPIRAL[40])
    chart.draw(40)
    return chart


def at(chart, point):
    """The cell of a data point."""
    column, row = chart.plane.cell(*point)
    return cells(chart)[chart.area[1] + row][chart.area[0] + column]


@pytest.mark.parametrize("depth", Depth)
@pytest.mark.parametrize("unicode", [True, False])
@pytest.mark.parametrize("width", [60, 140])
def test_rows_add_up_and_have_only_the_colours_there_are(depth, unicode, width):
    chart = dressed(depth, unicode, width)
    for row in cells(chart):
        assert len(row) == width
        for glyph, look in row:
            assert unicode or glyph.isascii()
            for colour in (look.fg, look.bg):
                if depth is Depth.TRUECOLOR:
                    assert colour is None or all(0 <= part <= 255 for part in colour)
                elif depth is Depth.MONO:
                    assert colour is None
                else:
                    assert colour is None or 0 <= colour < (256 if depth is Depth.INDEXED else 16)


@pytest.mark.parametrize("depth", Depth)
def test_the_accent_is_the_current_point_alone(depth):
    accent = palette.look(Role.POINT, depth).fg
    others = [palette.look(role, depth).fg for role in Role if role is not Role.POINT]
    assert depth is Depth.MONO or accent not in others
    glyphs = [glyph for row in cells(dressed(depth)) for glyph, look in row if accent and look.fg == accent]
    assert depth is Depth.MONO or glyphs == ["●"]


def test_marks_stand_in_the_cells_of_their_points():
    chart = dressed(Depth.TRUECOLOR)
    assert at(chart, SPIRAL[0])[0] == "◇"
    assert at(chart, SPIRAL[40])[0] == "●"
    assert at(chart, (3, 2))[0] == "×"


@pytest.mark.parametrize(
    ("point", "glyph", "edge"),
    [
        ((9, 1), "→", (5, 1)),
        ((-1e300, 1), "←", (-5, 1)),
        ((0, np.inf), "↑", (0, 5)),
        ((7, -7), "↘", (5, -5)),
    ],
)
def test_an_arrow_points_to_a_current_point_outside(point, glyph, edge):
    chart = contour()
    chart.set_marks(current=point)
    chart.draw(0)
    assert at(chart, edge)[0] == glyph


def test_a_current_point_that_is_nowhere_has_no_mark():
    chart, bare = contour(), contour()
    chart.set_marks(start=(99, 0), current=(np.nan, 0))
    chart.draw(0)
    bare.draw(0)
    assert cells(chart) == cells(bare)


def test_a_band_edge_lies_where_the_formula_says():
    chart = ContourChart(60, 20, Depth.TRUECOLOR)
    chart.lay(lambda x, y: x + 0 * y, HERE, levels=[0.0])
    chart.draw(0)
    low, high = palette.bands(Depth.TRUECOLOR, 2)
    left, top, columns, rows = chart.area
    shown = cells(chart)
    for row in range(rows):
        for column in range(columns):
            x, _ = chart.plane.point(column, row)
            assert shown[top + row][left + column][1].bg == (low if x < 0 else high)


def test_an_isoline_lies_where_the_formula_says():
    chart = ContourChart(60, 20, Depth.MONO)
    chart.lay(lambda x, y: x**2 + y**2, HERE, levels=[9.0])
    chart.draw(0)
    left, top, columns, rows = chart.area
    half_cell = np.hypot(5 / columns, 5 / rows)
    found, shown = 0, cells(chart)
    for row in range(rows):
        for column in range(columns):
            if shown[top + row][left + column][0] != " ":
                found += 1
                assert abs(np.hypot(*chart.plane.point(column, row)) - 3) < 2 * half_cell
    assert found > 20


def test_isolines_between_filled_bands_lie_where_the_formula_says():
    chart = ContourChart(110, 40, Depth.TRUECOLOR)
    for reach in (5.0, 1e-4):
        window = Window(-reach, reach, -reach, reach)
        chart.lay(lambda x, y, r=reach: (x / r) ** 2 + (y / r) ** 2, window, levels=[0.36])
        chart.draw(0)
        left, top, columns, rows = chart.area
        shown = cells(chart)
        dots = [
            (x, y)
            for y in range(rows * 4)
            for x in range(columns * 2)
            if ord(glyph := shown[top + y // 4][left + x // 2][0]) >> 8 == 0x28
            and ord(glyph) & (0x01, 0x02, 0x04, 0x40, 0x08, 0x10, 0x20, 0x80)[y % 4 + 4 * (x % 2)]
        ]
        across, down = chart.plane.centres(2, 4)
        radius = np.array([np.hypot(across[x], down[y]) for x, y in dots]) / reach
        assert len(dots) > 150 and np.abs(radius - 0.6).max() < np.hypot(1 / columns, 1 / (2 * rows))
        fills = {look.bg for row in shown for _, look in row} - {None}
        assert fills == set(palette.bands(Depth.TRUECOLOR, 2))


def test_going_to_a_row_draws_what_drawing_only_the_rows_before_draws():
    whole = contour(Depth.INDEXED)
    whole.path.extend(SPIRAL, 0)
    for cursor in (70, 3, 30, 29):
        whole.draw(cursor)
        ahead = palette.look(Role.AHEAD, Depth.INDEXED).fg
        part = contour(Depth.INDEXED)
        part.path.extend(SPIRAL[: cursor + 1], 0)
        part.draw(cursor)
        for row, expected in zip(cells(whole), cells(part), strict=True):
            for cell, wanted in zip(row, expected, strict=True):
                assert cell == wanted or cell[1].fg == ahead


def test_spans_cover_what_changed_and_nothing_is_sent_when_nothing_did():
    chart = contour()
    assert chart.draw(0) == [(y, 0, 60) for y in range(20)]
    before = cells(chart)
    for row in range(1, 20):
        chart.path.extend(SPIRAL[row : row + 1], row)
        spans = chart.draw(row)
        after = cells(chart)
        covered = {(y, x) for y, x0, x1 in spans for x in range(x0, x1)}
        changed = {(y, x) for y in range(20) for x in range(60) if before[y][x] != after[y][x]}
        assert changed <= covered
        assert all(type(number) is int for span in spans for number in span)
        assert all((y, x0) in changed and (y, x1 - 1) in changed for y, x0, x1 in spans)
        assert chart.draw(row) == []
        before = after


def test_laying_anew_changes_every_row_and_clears_the_layers():
    chart = dressed(Depth.TRUECOLOR)
    chart.lay(himmelblau, HERE)
    assert chart.draw(40)
    bare = contour()
    bare.draw(40)
    assert cells(chart) == cells(bare)


@pytest.mark.parametrize("surface", TROUBLE)
@pytest.mark.parametrize("depth", [Depth.TRUECOLOR, Depth.MONO])
def test_any_surface_can_be_drawn(surface, depth):
    chart = contour(depth, surface)
    chart.draw(0)
    assert {len(row) for row in cells(chart)} == {60}
    assert list(chart.levels) == sorted(set(chart.levels))
    assert len(chart.levels) < palette.MOST_BANDS[depth]


@pytest.mark.parametrize("window", [Window(0, 0, 1, 1), Window(5, -5, 5, -5), Window(0, np.inf, np.nan, 1)])
def test_any_window_and_size_can_be_drawn(window):
    for width, height in [(1, 1), (3, 40), (40, 2), (9, 5)]:
        chart = ContourChart(width, height, Depth.TRUECOLOR)
        chart.lay(himmelblau, window)
        chart.path.extend(SPIRAL, 0)
        chart.set_marks(start=(0, 0), current=(9, 9))
        chart.draw(5)
        assert {len(row) for row in cells(chart)} == {width}


def test_levels_are_round_and_show_both_the_minimum_and_the_rest():
    x, y = np.meshgrid(np.linspace(-5, 5, 75), np.linspace(-5, 5, 56))
    assert scale_of(himmelblau(x, y)).levels(9)[:3] == (5.0, 10.0, 20.0)
    assert scale_of(np.append(np.linspace(3, 14, 500), 0.0)).levels(14) == tuple(range(1, 14))
    assert scale_of(np.linspace(3, 3, 500)).levels(14) == ()


@pytest.mark.parametrize("depth", Depth)
def test_palettes_tell_their_bands_apart(depth):
    most = palette.MOST_BANDS[depth]
    expected = most if palette.is_filled(depth) else 1
    assert len(set(palette.bands(depth, most))) == expected
    assert len(palette.bands(depth, 1)) == 1
    assert isinstance(palette.look(Role.PATH, depth), Look)


def test_the_curve_passes_through_its_values():
    chart = CurveChart(60, 20, Depth.TRUECOLOR)
    chart.lay(lambda x: x**2, (-2, 2))
    chart.draw(0)
    for x in (-1.5, -0.3, 0.9, 1.7):
        assert at(chart, (x, x**2))[0] != " "
    chart.path.extend([[1.5, 2.25], [-1.0, 1.0]], 0)
    chart.set_marks(current=(-1.0, 1.0))
    chart.draw(1)
    assert at(chart, (-1.0, 1.0))[0] == "●"
    assert at(chart, (0.25, 1.625))[1].fg == palette.look(Role.PATH, Depth.TRUECOLOR).fg


def test_walls_and_poles_do_not_flatten_a_curve():
    x = np.linspace(-2, 2, 400)
    bottom, top = value_range(np.where(x > 1.5, 1e300, x**2))
    assert -1 < bottom <= 0 and 4 <= top < 5
    bottom, top = value_range(np.where(x > 1.9, 1e6, x**2))
    assert top < 30
    for y in (x * np.nan, x * 0 + 7, x * np.inf):
        bottom, top = value_range(y)
        assert np.isfinite(top - bottom) and bottom < top


@pytest.mark.parametrize(
    "function", [lambda x: 1 / x, np.log, lambda x: x * np.nan, lambda x: 2.0, lambda x: np.exp(x * 1000)]
)
def test_any_curve_can_be_drawn(function):
    chart = CurveChart(50, 12, Depth.STANDARD)
    chart.lay(function, (-2, 2))
    chart.path.extend([[1.0, 1e300], [np.nan, 1.0], [0.5, 2.0]], 0)
    chart.draw(3)
    assert {len(row) for row in cells(chart)} == {50}


def test_no_line_joins_the_two_sides_of_a_pole():
    chart = CurveChart(61, 20, Depth.TRUECOLOR)
    chart.lay(lambda x: 1 / x, (-2, 2))
    chart.draw(0)
    curve = palette.look(Role.CURVE, Depth.TRUECOLOR).fg
    assert at(chart, (0.0, 0.0))[1].fg != curve


@pytest.mark.parametrize("place", [(np.nan, 0.0), (1e200, -1e200)])
def test_an_arrow_from_nowhere_is_none(place):
    chart = contour()
    chart.draw(0)
    chart.set_arrows([Arrow(Role.FIRST, place, (1e200, 3.0)), Arrow(Role.FIRST, place, (1.0, 0.0), to_scale=True)])
    assert not chart.draw(0)


@pytest.mark.parametrize("role", [Role.POINT, *palette.SERIES])  # those of a step and of the other terms
def test_an_arrow_is_drawn_in_ascii(role):
    chart = contour(Depth.MONO, unicode=False)
    chart.draw(0)
    chart.set_arrows([Arrow(role, (0.0, 0.0), (3.0, 0.0), to_scale=True)])
    chart.draw(0)
    left, top, _, _ = chart.area
    column, row = chart.plane.cell(3.0, 0.0)
    assert cells(chart)[top + row][left + column][0] == ">"


def test_an_arrow_points_where_its_vector_does_and_only_a_step_is_to_scale():
    chart = contour()
    far = Arrow(palette.SERIES[0], (0.0, 0.0), (0.0, 1e9))
    step = Arrow(Role.POINT, (0.0, 0.0), (3.0, 0.0), to_scale=True)
    chart.set_arrows([far, step, Arrow(palette.SERIES[1], (0.0, 0.0), (0.0, 0.0))])
    chart.draw(0)
    left, top, _, rows = chart.area
    column, row = chart.plane.cell(3.0, 0.0)
    shown = cells(chart)
    assert shown[top + row][left + column][0] == "→"
    heads = [(x, y) for y, line in enumerate(shown) for x, (glyph, _) in enumerate(line) if glyph == "↑"]
    zero = chart.plane.cell(0.0, 0.0)
    assert len(heads) == 1 and heads[0][0] == left + zero[0]
    assert 0.2 * rows < top + zero[1] - heads[0][1] < 0.5 * rows
    chart.set_arrows([])
    chart.draw(0)
    assert not any(glyph in "↑→" for line in cells(chart) for glyph, _ in line)
