"""The loss curve: its axes, its growth, and that it does not matter how the rows came in."""

import numpy as np
import pytest

from gdtui.charts import palette
from gdtui.charts.cells import Depth
from gdtui.charts.loss import LossChart
from gdtui.charts.palette import Role
from tests.charts.reading import cells, text

NOISE = np.random.default_rng(1).random(5000)
FALLING = 300 * np.exp(-np.arange(5000) / 400) * (1 + NOISE)


def reader(losses):
    return lambda begin, end: losses[begin:end]


def followed(losses, cursor=None, steps=(), depth=Depth.TRUECOLOR, unicode=True):
    chart = LossChart(50, 12, depth, unicode)
    for count in (*steps, len(losses)):
        chart.follow(count, reader(losses), count - 1)
    chart.draw(len(losses) - 1 if cursor is None else cursor)
    return chart


@pytest.mark.parametrize("count", [1, 2, 16, 17, 40, 700, 5000])
def test_following_step_by_step_is_drawing_it_all_at_once(count):
    losses = FALLING[:count]
    every = followed(losses, steps=range(1, count, 1 if count < 100 else 37))
    assert cells(every) == cells(followed(losses))


def test_steps_between_two_growths_read_only_what_is_new():
    losses = np.linspace(90, 20, 600)
    read = []

    def values(begin, end):
        read.append(end - begin)
        return losses[begin:end]

    chart = LossChart(50, 12, Depth.TRUECOLOR)
    for count in range(1, 601):
        chart.follow(count, values, count - 1)
    assert sum(read) < 8 * 600


def test_log_where_the_losses_span_more_than_a_decade():
    assert followed(FALLING).is_log
    assert not followed(np.array([5.0, 3.0, 2.0])).is_log
    assert not followed(np.array([500.0, 3.0, -2.0])).is_log
    assert not followed(np.array([])).is_log


def test_a_known_loss_stands_in_its_cell():
    chart = followed(np.array([100.0, 10.0, 1.0]), cursor=1)
    column, row = chart.plane.cell(1, 1.0)  # iteration 1, log10 of 10
    left = 50 - chart.plane.columns
    glyph, look = cells(chart)[row][left + column]
    assert glyph == "●" and look.fg == palette.look(Role.POINT, Depth.TRUECOLOR).fg


def test_rows_after_the_cursor_are_dimmed():
    chart = followed(FALLING[:200], cursor=100)
    colours = [look.fg for row in cells(chart) for _, look in row]
    assert palette.look(Role.AHEAD, Depth.TRUECOLOR).fg in colours
    assert palette.look(Role.PATH, Depth.TRUECOLOR).fg in colours


def test_the_axis_grows_by_doubling():
    chart = LossChart(50, 12, Depth.MONO)
    ends = set()
    for count in range(1, 300):
        chart.follow(count, reader(FALLING), count - 1)
        ends.add(chart.plane.window.x1)
    assert ends == {16, 32, 64, 128, 256, 512}


@pytest.mark.parametrize(
    "losses",
    [
        [],
        [0.0],
        [np.nan, np.nan],
        [1.0, np.inf, np.nan, 2.0],
        [1.0, 1e300, 2.0],
        [100.0, 1.0, 0.0, 0.0],
        [5.0] * 40,
        [-3.0, -2.0, -3.0],
        [1e-320, 1.0],
        [1e49, -1e49],
        [5e-324],
        [5e-324, 0.0],
    ],
)
@pytest.mark.parametrize("depth", [Depth.TRUECOLOR, Depth.MONO])
@pytest.mark.parametrize("unicode", [True, False])
def test_any_losses_can_be_drawn(losses, depth, unicode):
    chart = followed(np.array(losses, dtype=float), depth=depth, unicode=unicode)
    assert {len(row) for row in text(chart)} == {50}
    assert unicode or "".join(text(chart)).isascii()


def test_a_run_anew_starts_with_axes_of_its_own():
    chart = followed(FALLING)
    chart.restart()
    chart.follow(3, reader(np.array([3.0, 2.0, 1.0])), 2)
    assert cells(chart) == cells(followed(np.array([3.0, 2.0, 1.0])))


def test_a_shorter_run_is_another_run():
    chart = followed(FALLING)
    chart.follow(20, reader(FALLING), 19)
    assert cells(chart) == cells(followed(FALLING[:20]))


def test_other_runs_and_the_future_are_drawn_too():
    chart = followed(FALLING[:10])
    chart.set_olds([(12, reader(FALLING / 50))])
    chart.set_future(9, FALLING[9:20] * 0.1)
    chart.follow(10, reader(FALLING), 9)
    colours = {look.fg for row in cells(chart) for _, look in row}
    assert {palette.look(role, Depth.TRUECOLOR).fg for role in (Role.OLD, Role.FUTURE, Role.PATH)} <= colours


def test_thinned_rows_light_what_all_rows_would():
    chart = LossChart(30, 10, Depth.MONO)
    chart.follow(5000, reader(FALLING), 4999)
    by_tens = LossChart(30, 10, Depth.MONO)
    for count in range(10, 5001, 10):
        by_tens.follow(count, reader(FALLING), count - 1)
    assert text(chart) == text(by_tens)
