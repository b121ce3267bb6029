"""The dot of a known point, the dots of a line, and paths that are only ever added to."""

import numpy as np
import pytest

from gdtui.charts.raster import (
    NEVER,
    PathLayer,
    Plane,
    Window,
    braille,
    equalised,
    letters,
    quadrants,
    thickened,
)

PLANE = Plane(Window(-5, 5, -5, 5), columns=40, rows=20)


def wandering(count: int, reach: float = 8.0) -> np.ndarray:
    """A path that leaves the window and comes back."""
    return np.random.default_rng(3).uniform(-reach, reach, (count, 2))


def drawn(points: np.ndarray, plane: Plane = PLANE, dotted: bool = False) -> PathLayer:
    layer = PathLayer(plane, dotted)
    layer.extend(points, 0)
    return layer


@pytest.mark.parametrize(
    ("point", "cell"),
    [((-5, 5), (0, 0)), ((5, -5), (39, 19)), ((0, 0), (20, 10)), ((-0.01, 0.01), (19, 9)), ((5.1, 0), None)],
)
def test_the_cell_of_a_known_point(point, cell):
    assert PLANE.cell(*point) == cell


def test_a_cell_contains_its_own_centre():
    for column, row in [(0, 0), (7, 3), (39, 19)]:
        assert PLANE.cell(*PLANE.point(column, row)) == (column, row)


def test_a_point_lights_the_dot_that_contains_it():
    layer = drawn(np.array([[0.01, 0.01]]))
    assert np.argwhere(layer.first < NEVER).tolist() == [[39, 40]]
    x, y = PLANE.centres(2, 4)
    layer = drawn(np.array([[x[11], y[70]]]))
    assert np.argwhere(layer.first < NEVER).tolist() == [[70, 11]]


def test_a_line_has_no_gaps_and_stays_on_the_formula():
    layer = drawn(np.array([[-4.0, -3.0], [4.0, 1.0]]))
    y, x = np.nonzero(layer.first < NEVER)
    columns, rows = PLANE.centres(2, 4)
    assert sorted(x.tolist()) == list(range(x.min(), x.max() + 1))
    off = np.abs(rows[y] - (columns[x] / 2 - 1))
    assert off.max() < 1.5 * 10 / 80  # dots of height 1/8, ends rounded to dots


def test_the_dots_of_a_segment_have_the_number_of_the_row_at_its_end():
    layer = drawn(np.array([[-4.0, 0.01], [0.0, 0.01], [4.0, 0.01]]))
    numbers = layer.first[39]
    assert numbers[8] == 0 and set(numbers[9:41]) == {1} and set(numbers[41:73]) == {2}


def test_adding_piece_by_piece_is_drawing_it_all_at_once():
    points = wandering(300)
    points[50] = np.nan
    points[120:123] = np.inf
    points[200] = 1e300
    for dotted in (False, True):
        pieces = PathLayer(PLANE, dotted)
        for begin, end in [(0, 1), (1, 2), (2, 51), (51, 121), (121, 250), (250, 300)]:
            pieces.extend(points[begin:end], begin)
        assert np.array_equal(pieces.first, drawn(points, dotted=dotted).first)


@pytest.mark.parametrize("dotted", [False, True])
@pytest.mark.parametrize("reach", [0.3, 5.0, 8.0])
def test_step_by_step_is_drawing_it_all_at_once(reach, dotted):
    """One point at a time goes another way than many: to the same dots, at edges and in corners too."""
    points = wandering(400, reach)
    points[100:104] = [[-5, 5], [5, -5], [5, 5], [-5, -5]]
    points[200], points[300] = np.nan, [np.inf, 0]
    plane = Plane(Window(-5, 5, -5, 5), columns=37, rows=11)
    steps = PathLayer(plane, dotted)
    for row, point in enumerate(points):
        steps.extend(point, row)
    assert np.array_equal(steps.first, drawn(points, plane, dotted=dotted).first)
    assert steps.newest == 399


def test_the_path_up_to_a_row_is_the_drawing_of_the_first_rows():
    points = wandering(60)
    whole = drawn(points)
    for cursor in (0, 1, 17, 59):
        assert np.array_equal(whole.lit(cursor), drawn(points[: cursor + 1]).lit(NEVER - 1))


def test_a_swing_repeated_for_ever_is_drawn_once():
    points = np.tile([[-3.0, -3.0], [3.0, 2.0]], (50_000, 1))
    assert np.array_equal(drawn(points).first, drawn(points[:3]).first)


@pytest.mark.parametrize("far", [np.nan, np.inf, -np.inf, 1e300, -1e308, 1.7e308])
def test_points_that_are_nowhere_break_the_line_or_leave_by_the_edge(far):
    layer = drawn(np.array([[0.0, 0.0], [far, far], [0.0, 0.0], [1.0, 0.0]]))
    assert layer.first[40, 40] == 0
    assert layer.first[40, 44] == 3
    alone = drawn(np.array([[far, 0.0]]))
    assert not (alone.first < NEVER).any()


def test_a_segment_through_the_window_is_drawn_though_both_ends_are_outside():
    layer = drawn(np.array([[-1e6, -1e6], [1e6, 1e6]]))
    y, x = np.nonzero(layer.first < NEVER)
    assert len(x) >= 79 and np.abs(x - (79 - y)).max() <= 1


def test_the_edge_of_the_window_is_inside():
    layer = drawn(np.array([[5.0, -5.0]]))
    assert layer.first[79, 79] == 0


def test_a_dotted_line_is_part_of_the_full_one():
    points = wandering(40, 4.0)
    dots, line = drawn(points, dotted=True).lit(NEVER - 1), drawn(points).lit(NEVER - 1)
    assert not (dots & ~line).any() and 0 < dots.sum() < 0.6 * line.sum()


def test_glyphs_of_dots():
    mask = np.zeros((4, 6), dtype=bool)
    mask[0, 0] = mask[3, 1] = mask[:, 4:] = True
    assert [chr(code) for code in braille(mask)[0]] == ["⢁", " ", "⣿"]
    assert [chr(code) for code in quadrants(mask)[0]] == ["▚", " ", "█"]
    assert [chr(code) for code in letters(mask, "*")[0]] == ["*", " ", "*"]


def test_a_thick_path_is_two_dots_wide_and_high():
    thick = thickened(drawn(np.array([[0.01, 0.01]])).first)
    assert np.argwhere(thick == 0).tolist() == [[39, 40], [39, 41], [40, 40], [40, 41]]


def test_equal_axes_extend_and_never_crop():
    window = equalised(Window(-2, 2, 0, 30), 40, 20)
    assert (window.y0, window.y1) == (0, 30)
    assert (window.x1 - window.x0) / 80 == pytest.approx(30 / 80)
    assert window.x0 <= -2 and window.x1 >= 2
