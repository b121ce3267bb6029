"""Levels, heights and the legend that names them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdtui.charts import palette
from gdtui.charts.cells import Depth
from gdtui.charts.contour import ContourChart
from gdtui.charts.legend import legend, texts_of, written
from gdtui.charts.levels import Scaling, scale_of
from gdtui.charts.raster import Window
from tests.charts.reading import TROUBLE, himmelblau

X, Y = np.meshgrid(np.linspace(-5, 5, 80), np.linspace(-5, 5, 80))


def test_the_scale_is_chosen_by_the_values():
    assert scale_of(X + 100).scaling is Scaling.LINEAR
    assert scale_of(X**2 + Y**2).scaling is Scaling.LOG
    # A deep hole hides a gentle slope on both other scales.
    assert scale_of(np.where((X < -4.8) & (Y < -4.8), -1000.0, 2 * X + 60)).scaling is Scaling.QUANTILE


@pytest.mark.parametrize("scaling", Scaling)
def test_a_scale_can_be_forced(scaling):
    scale = scale_of(himmelblau(X, Y), scaling)
    assert scale.scaling is scaling and 3 < len(scale.levels(10)) <= 10


def test_quantile_bands_are_of_one_area():
    values = np.exp(X)
    levels = scale_of(values, Scaling.QUANTILE).levels(9)
    sizes = np.histogram(values, [-np.inf, *levels, np.inf])[0]
    assert sizes.min() > 0.5 * sizes.max()


def test_linear_levels_are_even_and_logarithmic_ones_are_not():
    even = np.diff(scale_of(himmelblau(X, Y), Scaling.LINEAR).levels(10))
    assert even == pytest.approx(even[0])
    log = scale_of(himmelblau(X, Y), Scaling.LOG).levels(10)
    assert log[-1] / log[-2] == pytest.approx(log[1] / log[0], rel=1.0) and log[-1] > 30 * log[0]


def test_where_the_lowest_sample_is_near_0_the_levels_are_round_numbers_and_not_steps_above_it():
    x, y = np.meshgrid(np.linspace(-10, 10, 40), np.linspace(-10, 10, 32))
    levels = scale_of(0.05 * x**2 + 5 * y**2).levels(6)
    assert all(f"{level:.0e}"[0] == f"{level:e}"[0] and float(f"{level:.0e}") == level for level in levels) and levels


def test_no_level_lies_on_a_plateau_where_it_would_show_rounding():
    noise = np.random.default_rng(1).normal(0, 1e-13, X.shape)
    well = -np.exp(-(X**2) - Y**2) + noise
    assert all(abs(level) > 1e-3 for level in scale_of(well, Scaling.LINEAR).levels(10))


@pytest.mark.parametrize("scaling", Scaling)
def test_heights_rise_with_the_values_from_0_to_1(scaling):
    values = himmelblau(X, Y)
    heights = scale_of(values, scaling).heights(np.sort(values, axis=None))
    assert (np.diff(heights) >= 0).all() and heights[0] == 0 and heights[-1] == 1
    assert len(np.unique(heights)) > 1000
    outside = scale_of(values, scaling).heights(np.array([-1e300, np.inf, np.nan]))
    assert outside[:2].tolist() == [0, 1] and np.isnan(outside[2])


@pytest.mark.parametrize("scaling", [None, *Scaling])
@pytest.mark.parametrize("surface", TROUBLE)
def test_any_values_have_a_scale(surface, scaling):
    with np.errstate(all="ignore"):
        values = np.broadcast_to(np.asarray(surface(X, Y), dtype=float), X.shape)
    scale = scale_of(values, scaling)
    levels = scale.levels(12)
    assert list(levels) == sorted(set(levels)) and len(levels) <= 12 and np.isfinite(levels).all()
    heights = scale.heights(values)
    assert (np.isnan(heights) == np.isnan(values)).all()
    assert ((heights >= 0) & (heights <= 1) | np.isnan(heights)).all()


def test_the_legend_names_the_level_at_which_each_colour_begins():
    runs = legend((5, 10, 20), Depth.TRUECOLOR, 40)
    fills = palette.bands(Depth.TRUECOLOR, 4)
    assert "".join(run for run, _ in runs) == "   5    10    20   ".ljust(40)
    assert [look.bg for run, look in runs if not run.strip()][:4] == list(fills)


def test_a_narrow_legend_names_fewer_levels_and_is_never_too_wide():
    levels = tuple(range(100, 1500, 100))
    for width in range(1, 120):
        for depth, unicode in ((Depth.TRUECOLOR, True), (Depth.MONO, True), (Depth.TRUECOLOR, False)):
            row = legend(levels, depth, width, unicode)
            assert sum(len(run) for run, _ in row) == width
    words = "".join(run for run, _ in legend(levels, Depth.TRUECOLOR, 50)).split()
    assert words[0] == "100" and 2 <= len(words) < 14


def test_a_level_is_written_in_few_cells():
    assert [written(level) for level in (1e5, -0.5, 1e-7, 123456.0)] == ["1e5", "−0.5", "1e−7", "1.235e5"]
    assert written(-1e-7, unicode=False) == "-1e-7"


def test_the_contour_has_the_legend_of_its_levels_at_every_zoom():
    chart = ContourChart(60, 20, Depth.TRUECOLOR)
    for size in (5, 1e-3, 1e-9):
        chart.lay(himmelblau, Window(3 - size, 3 + size, 2 - size, 2 + size))
        assert len(chart.levels) >= 4
        shown = "".join(run for run, _ in chart.legend(200)).split()
        assert shown == [written(level) for level in chart.levels]


@settings(max_examples=300)
@given(
    lowest=st.one_of(st.just(0.0), st.floats(-1e6, 1e6), st.floats(-1e40, 1e40)),
    size=st.floats(-12, 40).map(lambda power: 10.0**power),
    steepness=st.floats(0.1, 12),
    scaling=st.sampled_from([None, *Scaling]),
    most=st.integers(1, 20),
)
def test_levels_rise_are_round_lie_inside_and_are_no_more_than_fit(lowest, size, steepness, scaling, most):
    """Round: a multiple of 1, 2 or 5 times a power of ten that is not small beside the gaps around it."""
    values = lowest + size * np.linspace(0, 1, 4000) ** steepness
    scale = scale_of(values, scaling)
    levels = scale.levels(most)
    assert len(levels) <= most and (np.diff(levels) > 0).all()
    if not scale.knots or len(np.unique(values)) < 200:
        return  # what doubles cannot tell apart
    assert all(values[0] < level <= values[-1] for level in levels)
    assert levels or scale.scaling is not Scaling.LINEAR
    for before, level, after in zip([values[0], *levels], levels, [*levels[1:], values[-1]], strict=False):
        power = 10.0 ** np.floor(np.log10(min(level - before, after - level) or level - before))
        steps = [multiple * power for multiple in (0.1, 0.2, 0.5, 1, 2, 5)]
        assert any(abs(level / step - round(level / step)) < 1e-9 * max(1, abs(level / step)) for step in steps)


@pytest.mark.parametrize(
    ("surface", "shown"),
    [
        (X**2 + Y**2 + 2, "2.5 3 4 5 10 20"),
        ((X**2 + Y**2) ** 2 + 14.4, "15 20 100 1000"),
        (10 * X**2 + Y**2 - 12.4, "−11 −5 0 100"),
        (X**2 + Y**2, "0.5 1 2 5 10 20"),
    ],
)
def test_levels_over_a_minimum_that_is_not_0_are_as_round_as_over_one_that_is(surface, shown):
    assert " ".join(texts_of(scale_of(surface, Scaling.LOG).levels(6))) == shown


def test_the_legend_tells_levels_apart_that_differ_in_their_last_digits():
    texts = texts_of(scale_of(1e6 + 1e-6 * (X**2 + Y**2)).levels(6))
    assert len(set(texts)) == len(texts) >= 3 and texts[0].startswith("1000000.00000")
