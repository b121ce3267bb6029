"""Curves over the iterations: which share a panel, that panels share the time axis, and what the legend says."""

import numpy as np
import pytest

from gdtui.charts import palette
from gdtui.charts.cells import Depth, clusters, width_of
from gdtui.charts.curves import CurvesChart
from gdtui.charts.levels import Scaling
from gdtui.charts.palette import Role
from gdtui.charts.phase import PhaseChart
from gdtui.charts.series import Curve, Extent
from gdtui.charts.time_panel import TimePanel
from tests.charts.reading import cells, found, inked, text

T = np.arange(3000)
LOSS = 300 * np.exp(-T / 100)
NORM = 60 * np.exp(-T / 120)
RATE = np.full(3000, 0.1)
ANGLE = np.sin(T / 40)


def reader(values):
    return lambda begin, end: values[begin:end]


def curves(*values, **options):
    return [Curve(f"c{k}", reader(v), **options) for k, v in enumerate(values)]


def chart_of(shown, count, cursor=None, groups=None, size=(70, 28), depth=Depth.TRUECOLOR, unicode=True, steps=()):
    chart = CurvesChart(*size, depth, unicode)
    chart.set_curves(shown, groups)
    for rows in (*steps, count):
        chart.follow(rows, rows - 1)
    chart.draw(count - 1 if cursor is None else cursor)
    return chart


def test_curves_of_one_size_share_a_panel_and_others_do_not():
    assert chart_of(curves(LOSS, NORM), 400).groups == ((0, 1),)
    assert chart_of(curves(LOSS, ANGLE, NORM), 400).groups == ((0, 2), (1,))
    assert chart_of(curves(LOSS, RATE), 400).groups == ((0, 1),)  # a constant has no shape to lose
    assert chart_of(curves(ANGLE, 500 * ANGLE), 400).groups == ((0,), (1,))
    assert chart_of(curves(ANGLE, 500 * ANGLE, LOSS), 400, size=(70, 7)).groups == ((0, 1, 2),)
    assert chart_of(curves(LOSS, NORM), 400, groups=[[1], [0]]).groups == ((1,), (0,))


def test_panels_share_the_time_axis():
    chart = chart_of(curves(LOSS, ANGLE, 1e5 * ANGLE), 900, cursor=450)
    assert len(chart.panels) == 3
    assert len({panel.area[0] for panel in chart.panels}) == 1
    assert len({panel.plane.columns for panel in chart.panels}) == 1
    columns = {x for x, _ in found(chart, "│") if x >= chart.panels[0].area[0]}
    place, _ = chart.panels[0].plane.cell(450.0, chart.panels[0].window.y0)
    assert columns == {chart.panels[0].area[0] + place}
    assert sum("t" in row and "0" in row for row in text(chart)[-1:]) == 1
    assert "┬" in text(chart)[-2] and not any("┬" in row for row in text(chart)[:-2])


@pytest.mark.parametrize("count", [1, 17, 300, 2500])
def test_following_step_by_step_is_drawing_it_all_at_once(count):
    shown = curves(LOSS, NORM, RATE, ANGLE)
    steps = range(1, count, 1 if count < 100 else 41)
    assert cells(chart_of(shown, count, steps=steps)) == cells(chart_of(shown, count))


def test_steps_between_two_growths_read_only_what_is_new():
    read = []

    def values(begin, end):
        read.append(end - begin)
        return np.linspace(90, 20, 600)[begin:end]

    chart = CurvesChart(60, 20, Depth.TRUECOLOR)
    chart.set_curves([Curve("a", values), Curve("b", values)])
    for count in range(1, 601):
        chart.follow(count, count - 1)
    assert sum(read) < 2 * 8 * 600


def test_a_known_value_stands_in_its_cell_of_its_panel():
    chart = chart_of(curves(LOSS, ANGLE), 400, cursor=200)
    loss, angle = chart.panels
    for panel, height in ((loss, np.log10(LOSS[200])), (angle, ANGLE[200])):
        column, row = panel.plane.cell(200.0, height)
        left, top, _, _ = panel.area
        assert cells(panel)[top + row][left + column][0] == "●"
    assert loss.is_log and not angle.is_log


def test_curves_differ_in_colour_and_in_their_marks():
    for depth in Depth:
        chart = chart_of(curves(LOSS, NORM), 3000, depth=depth)
        assert found(chart, "○") and found(chart, "△")
        if depth in (Depth.TRUECOLOR, Depth.INDEXED):
            assert inked(chart, palette.look(Role.PATH, depth).fg) and inked(chart, palette.look(Role.FIRST, depth).fg)
    plain = "".join(text(chart_of(curves(LOSS, NORM), 3000, depth=Depth.MONO, unicode=False)))
    assert plain.isascii() and plain.count("*") > 20 and plain.count("#") > 20


def test_a_mark_of_a_curve_stands_on_it():
    chart = chart_of(curves(LOSS, NORM), 3000)
    (panel,) = chart.panels
    for glyph, values in (("○", LOSS), ("△", NORM)):
        for x, y in found(chart, glyph)[1:]:  # the first is the legend's
            left, top, columns, _ = panel.area
            rows = np.arange(len(values))
            there = values[(rows / panel.window.x1 * columns).astype(int) == x - left]
            cells_there = {panel.plane.cell(0.0, height)[1] for height in np.log10(there)}
            assert y - top in cells_there


def test_the_legend_names_every_curve_with_its_value_at_the_cursor():
    chart = chart_of([Curve("loss", reader(LOSS)), Curve("‖∇f‖", reader(NORM))], 400, cursor=200)
    assert f"loss {LOSS[200]:.4g}" in text(chart)[0] and f"‖∇f‖ {NORM[200]:.4g}" in text(chart)[0]
    chart.draw(100)
    assert f"loss {LOSS[100]:.4g}" in text(chart)[0]
    narrow = chart_of([Curve("loss", reader(LOSS)), Curve("‖∇f‖", reader(NORM))], 400, size=(24, 12))
    assert "loss" in text(narrow)[0] and "‖∇f‖" in text(narrow)[0] and str(LOSS[399])[:3] not in text(narrow)[0]


def test_a_crowded_legend_begins_every_name():
    crowded = [Curve(f"curve number {k}", reader(LOSS * (k + 1))) for k in range(5)]
    for width, legend in ((32, "○cu… △cu… □cu… ▽cu… ▷cu…"), (80, "○curve number… △curve number…")):
        assert legend in text(chart_of(crowded, 400, size=(width, 12)))[0]


def test_the_scale_can_be_forced():
    (panel,) = chart_of(curves(LOSS, scaling=Scaling.LINEAR), 3000).panels
    assert not panel.is_log and panel.window.y1 >= 300
    (panel,) = chart_of(curves(1 + RATE, scaling=Scaling.LOG), 3000).panels
    assert panel.is_log
    (panel,) = chart_of(curves(-LOSS, scaling=Scaling.LOG), 3000).panels
    assert not panel.is_log


def test_a_constant_lies_in_the_middle_of_its_axis():
    extent = Extent()
    extent.include(np.array([0.1, 0.1]))
    axis = extent.axis()
    assert axis.bottom < 0.07 and axis.top > 0.13


def test_rows_after_the_cursor_are_dimmed_and_the_future_is_dotted():
    chart = chart_of(curves(LOSS, NORM), 200, cursor=100)
    assert inked(chart, palette.look(Role.AHEAD, Depth.TRUECOLOR).fg)
    chart = chart_of(curves(LOSS, NORM), 200)
    assert not inked(chart, palette.look(Role.AHEAD, Depth.TRUECOLOR).fg)
    chart.set_future(199, LOSS[199:250])
    chart.draw(199)
    assert inked(chart, palette.look(Role.FUTURE, Depth.TRUECOLOR).fg)


def test_other_runs_are_drawn_and_held_on_the_axis():
    other = [Curve("loss", reader(LOSS), olds=[(400, reader(100 * LOSS))])]
    chart = chart_of(other, 400)
    assert inked(chart, palette.look(Role.OLD, Depth.TRUECOLOR).fg)
    assert chart.panels[0].window.y1 >= np.log10(30000)


def test_new_curves_take_the_place_of_the_old():
    chart = chart_of(curves(LOSS, NORM, RATE), 400)
    chart.set_curves(curves(ANGLE))
    chart.follow(300, 299)
    assert cells(chart) == cells(chart_of(curves(ANGLE), 300))
    chart.set_curves(())
    chart.follow(300, 299)
    assert set("".join(text(chart))) == {" "}


@pytest.mark.parametrize(
    "values",
    [[np.nan] * 3, [np.inf, 1, -np.inf], [1e300, -1e300, 0.0], [0.0] * 3, [5e-324, 1e49, 1], [-1.0, 0.0, 1e49]],
)
@pytest.mark.parametrize(("depth", "unicode"), [(Depth.TRUECOLOR, True), (Depth.MONO, False)])
@pytest.mark.parametrize("size", [(60, 20), (20, 5), (5, 3), (1, 1)])
def test_any_curves_can_be_drawn(values, depth, unicode, size):
    chart = chart_of(curves(np.array(values), RATE), 3, size=size, depth=depth, unicode=unicode)
    assert {len(row) for row in text(chart)} == {size[0]}
    assert unicode or "".join(text(chart)).isascii()


def phase(size=(80, 30), coordinates=2, first=0):
    chart = PhaseChart(*size, Depth.TRUECOLOR)
    chart.set_parameters(
        [curves((k + 1) * ANGLE, 40 * ANGLE + k, LOSS + k) for k in range(coordinates)], first
    )
    chart.follow(500, 250)
    return chart


def test_each_parameter_has_a_column_with_its_state_below():
    chart = phase()
    assert [column.groups for column in chart.columns] == [((0,), (1,), (2,))] * 2
    for number, column in enumerate(chart.columns):
        top = column.panels[0]
        place, row = top.plane.cell(250.0, (number + 1) * ANGLE[250])
        left, above, _, _ = top.area
        assert cells(top)[above + row][left + place][0] == "●"
    assert {len(row) for row in text(chart)} == {80}


def test_a_low_chart_puts_the_state_into_one_panel_and_a_narrow_one_shows_fewer_parameters():
    assert [column.groups for column in phase((80, 12)).columns] == [((0,), (1, 2))] * 2
    assert len(phase((40, 18), coordinates=7).columns) == 2
    pages = phase((40, 18), coordinates=7, first=3)
    assert [row for row in text(pages) if f"{4 * ANGLE[250]:.4g}".replace("-", "−") in row]


def test_stepping_a_phase_draws_what_a_new_one_draws():
    chart, fresh = phase(), phase()
    chart.follow(501, 500)
    chart.follow(502, 501)
    chart.set_future(501, np.stack((ANGLE[501:520], 2 * ANGLE[501:520]), axis=1))
    fresh.follow(502, 501)
    fresh.set_future(501, np.stack((ANGLE[501:520], 2 * ANGLE[501:520]), axis=1))
    chart.draw(501)
    fresh.draw(501)
    assert cells(chart) == cells(fresh)
    assert all(isinstance(panel, TimePanel) for column in chart.columns for panel in column.panels)


def test_a_letter_with_a_hat_is_one_cell():
    chart = CurvesChart(60, 12, Depth.TRUECOLOR)
    chart.set_curves([Curve("m\u0302[0]", lambda a, b: np.arange(a, b) * 1.5)])
    chart.follow(9, 8)
    head = "".join(text for text, _ in chart.row(0))
    assert "m\u0302[0] 12" in head and {width_of("".join(t for t, _ in chart.row(y))) for y in range(12)} == {60}
    (span,) = [(x0, x1) for y, x0, x1 in chart.draw(7) if y == 0]
    again = "".join(text for text, _ in chart.row(0))
    differing = [k for k, pair in enumerate(zip(clusters(head), clusters(again), strict=True)) if pair[0] != pair[1]]
    assert differing and span[0] <= differing[0] and differing[-1] < span[1]
