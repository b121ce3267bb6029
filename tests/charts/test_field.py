"""Arrows that point where the gradient says, as strongly as it is long."""

from itertools import pairwise

import numpy as np
import pytest

from gdtui.charts import palette
from gdtui.charts.cells import Depth
from gdtui.charts.field import FieldChart
from gdtui.charts.palette import ARROWS
from gdtui.charts.raster import Window, equalised
from tests.charts.reading import TROUBLE, cells, found, himmelblau, himmelblau_gradient, text

HERE = Window(-5, 5, -5, 5)
ARROW_STEPS = {
    "→": (1, 0), "↗": (1, 1), "↑": (0, 1), "↖": (-1, 1), "←": (-1, 0), "↙": (-1, -1), "↓": (0, -1), "↘": (1, -1),
}  # fmt: skip


def field(gradient=himmelblau_gradient, surface=himmelblau, depth=Depth.TRUECOLOR, uphill=False, unicode=True):
    chart = FieldChart(60, 24, depth, unicode)
    chart.lay(surface, HERE, gradient=gradient, uphill=uphill)
    chart.draw(0)
    return chart


def arrows(chart):
    """Every arrow: its glyph, its look, and the point in the middle of its cell."""
    left, top, columns, rows = chart.area
    shown = cells(chart)
    return [
        (*shown[top + row][left + column], chart.plane.point(column, row))
        for row in range(rows)
        for column in range(columns)
        if shown[top + row][left + column][0] in ARROW_STEPS
    ]


@pytest.mark.parametrize(("glyph", "step"), ARROW_STEPS.items())
def test_an_arrow_points_against_the_gradient(glyph, step):
    chart = FieldChart(60, 24, Depth.MONO)
    # With one scale on both axes a diagonal is one on the screen too.
    window = equalised(HERE, *chart.area[2:])
    chart.lay(himmelblau, window, gradient=lambda x, y: (-step[0] + 0 * x, -step[1] + 0 * x))
    chart.draw(0)
    assert {arrow for arrow, _, _ in arrows(chart)} == {glyph}


def test_uphill_arrows_are_the_others_turned_round():
    down, up = arrows(field()), arrows(field(uphill=True))
    assert len(down) == len(up) > 50
    for (one, _, _), (other, _, _) in zip(down, up, strict=True):
        assert ARROW_STEPS[one] == tuple(-step for step in ARROW_STEPS[other])


def test_every_arrow_is_within_an_eighth_of_a_turn_of_the_step_on_the_screen():
    chart = field()
    _, _, columns, rows = chart.area
    for glyph, _, (x, y) in arrows(chart):
        slope = np.array(himmelblau_gradient(x, y))
        on_screen = -slope * np.array([columns * 2, rows * 4])
        step = np.array(ARROW_STEPS[glyph])
        cosine = on_screen @ step / np.linalg.norm(on_screen) / np.linalg.norm(step)
        assert cosine > np.cos(np.pi / 8) - 1e-9


def test_a_step_of_gradient_descent_goes_along_the_arrow_beside_it():
    chart = field()
    glyph, _, (x, y) = arrows(chart)[40]
    slope = np.array(himmelblau_gradient(x, y))
    chart.path.extend([[x, y], np.array([x, y]) - slope / np.linalg.norm(slope)], 0)
    rows, columns = np.nonzero(chart.path.lit(1))
    begin = chart.path.plane.to_dots(np.array([[x, y]]))[:, 0]
    far = np.argmax(np.hypot(columns - begin[0], rows - begin[1]))
    direction = np.array([columns[far] - begin[0], begin[1] - rows[far]])
    assert direction @ np.array(ARROW_STEPS[glyph]) > 0.9 * np.hypot(*direction)


def test_longer_gradients_have_brighter_arrows():
    chart = field()
    looks = [palette.look(role, Depth.TRUECOLOR).fg for role in ARROWS]
    sizes = {look: [] for look in looks}
    for _, look, point in arrows(chart):
        sizes[look.fg].append(np.hypot(*himmelblau_gradient(*point)))
    assert all(sizes.values())
    for fainter, brighter in pairwise(looks):
        assert max(sizes[fainter]) <= min(sizes[brighter])


def test_there_is_no_arrow_where_there_is_no_gradient():
    holes = field(lambda x, y: (np.log(x), 0 * y + 1.0))
    assert all(x > 0 for _, _, (x, _) in arrows(holes)) and arrows(holes)
    flat = field(lambda x, y: (0.0, 0.0), lambda x, y: 0 * x)
    assert not arrows(flat)
    assert not arrows(field(None))


def test_ascii_arrows_are_ascii():
    chart = field(depth=Depth.MONO, unicode=False)
    assert "".join(text(chart)).isascii()
    assert found(chart, "<") and found(chart, ">") and found(chart, "^") and found(chart, "v")


@pytest.mark.parametrize("surface", TROUBLE)
def test_any_field_can_be_drawn(surface):
    def slopes(x, y):
        return surface(x, y), 1e300 * surface(y, x)

    for depth in (Depth.TRUECOLOR, Depth.STANDARD):
        assert {len(row) for row in text(field(slopes, surface, depth))} == {60}


def test_arrows_stand_apart():
    chart = field()
    places = {chart.plane.cell(*point) for _, _, point in arrows(chart)}
    assert {(x + 1, y) for x, y in places} & places == set()
    assert {(x, y + 1) for x, y in places} & places == set()
