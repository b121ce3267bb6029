"""The views of a run: each at every size, incremental as the whole; the camera, the window, a new start."""

import numpy as np
import pyte
import pytest

from gdtui.charts.cells import Depth
from gdtui.charts.levels import Scaling
from gdtui.tui.view import CHARTS
from gdtui.tui.wire import Wire
from tests.tui.exploring import drives_the_app, exploring

SIZES = [(80, 24), (120, 40), (200, 60)]


def chart_of(it):
    return it.widget("map").shown.chart


@pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[0]}x{s[1]}")
@pytest.mark.parametrize("key", range(1, len(CHARTS) + 1), ids=CHARTS)
@drives_the_app
async def test_every_view_follows_the_run_cell_by_cell(key: int, size: tuple[int, int]) -> None:
    """What is sent step by step comes to the same screen as all of it anew."""
    async with exploring(optimizer="adam", size=size, settings={"lr": 0.3}) as it:
        screen = pyte.Screen(*size)
        stream = pyte.Stream(screen)
        stream.feed(it.repainted)
        display = it.app._display

        def seen(where: object, renderable: object) -> None:
            if isinstance(renderable, Wire):
                stream.feed(renderable.text)
            display(where, renderable)

        it.app._display = seen
        await it.press(str(key), *["n"] * 9, "left", "left", "n", "up", "n", "n", "m", "right", "up", "m", "n")
        fresh = pyte.Screen(*size)
        pyte.Stream(fresh).feed(it.repainted)
        assert screen.display == fresh.display
        assert it.widget("map")._title.lower().startswith(CHARTS[key - 1][:5])


@pytest.mark.parametrize("depth", list(Depth))
@pytest.mark.parametrize("key", "123456")
@drives_the_app
async def test_every_view_at_every_depth_and_dimension(key: str, depth: Depth) -> None:
    for objective in ("square", "himmelblau", "sphere:dim=30"):
        async with exploring(objective, size=(80, 24), depth=depth) as it:
            await it.press(key, "n", "n", "plus", "n")
            assert it.status.startswith("t = 3 ")
            assert "".join(it.pane("map")).strip()


@drives_the_app
async def test_zoom_keeps_the_point_and_equal_axes_one_scale() -> None:
    async with exploring() as it:
        whole = chart_of(it).window
        await it.press("plus")
        inner = chart_of(it).window
        assert inner.x1 - inner.x0 == pytest.approx((whole.x1 - whole.x0) / 2)
        x = it.session.row.theta[0]
        assert (x - inner.x0) / (inner.x1 - inner.x0) == pytest.approx((x - whole.x0) / (whole.x1 - whole.x0))
        await it.press("minus", "equals_sign")
        equal = chart_of(it)
        _, _, columns, rows = equal.area
        across, up = equal.window.x1 - equal.window.x0, equal.window.y1 - equal.window.y0
        assert across / columns == pytest.approx(up / rows / 2, rel=0.1)
        await it.press(*["plus"] * 60)
        assert it.status.startswith("t = 0 ")


@pytest.mark.parametrize(("key", "bound"), [("plus", 1e-12), ("minus", 1e12)])
@pytest.mark.parametrize("objective", ["himmelblau", "x**2"])
def test_zoom_stops_at_its_bounds_and_what_is_seen_there_can_be_moved_and_clicked(objective, key, bound) -> None:
    @drives_the_app
    async def zoom_on_and_on() -> None:
        async with exploring(objective, size=(80, 24), start=0.3 if objective == "x**2" else None) as it:
            whole = it.bench.window()
            point = float(it.session.row.theta[0]), (whole.y0 + whole.y1) / 2
            near_the_bound = 2.0**-37 if bound < 1 else 2.0**37
            it.bench.view = it.bench.view.zoomed(whole, near_the_bound, point)
            for _ in range(6):
                before = it.bench.window()
                await it.press(key)
                now = it.bench.window()
                share = (now.x1 - now.x0) / (whole.x1 - whole.x0)
                assert min(bound, 1.0) <= share <= max(bound, 1.0)
            assert now == before and (share / bound < 2 if bound < 1 else share / bound > 0.5)
            await it.press("m", "right", "up", "m")
            moved = it.bench.window()
            assert np.isfinite(moved).all() and moved.x0 < moved.x1 and moved.x0 > now.x0
            chart = it.widget("map").shown.chart
            left, top, columns, rows = (chart.panels[0] if objective == "x**2" else chart).area
            await it.pilot.click("#map", offset=(1 + left + columns // 2, 1 + top + rows // 2))
            start = it.session.setup.start
            assert len(it.session.branches) == 2 and np.isfinite(start).all() and moved.x0 <= start[0] <= moved.x1
            await it.press("plus" if key == "minus" else "minus")
            assert it.bench.window() != moved

    zoom_on_and_on()


@drives_the_app
async def test_the_camera_pans_turns_and_goes_through_time() -> None:
    async with exploring() as it:
        await it.press("n", "n", "n", "m", "right", "up")
        window = chart_of(it).window
        assert (window.x0, window.y0) == (-5 + 10 / 8, -5 + 10 / 8)
        assert it.session.cursor == 3
        await it.press("escape", "left", "0")
        assert it.session.cursor == 2 and chart_of(it).window.x0 == -5
        await it.press("0")
        path = it.session.branch.quantity("theta", 0, 4)
        inside = chart_of(it).window
        assert inside.x0 < path[0].min() and path[0].max() < inside.x1 < 5
        await it.press("3", "m", "right")
        assert it.bench.view.camera.azimuth == -50
        await it.press("m", "5", "m", "left")
        assert it.session.cursor == 1 and it.session.branch.count == 4


@drives_the_app
async def test_slices_of_many_parameters_are_leafed_through() -> None:
    async with exploring("sphere:dim=30") as it:
        await it.press("4", "m", "right", "right")
        assert chart_of(it).first == 2


@drives_the_app
async def test_a_click_and_a_cursor_set_a_new_start() -> None:
    async with exploring() as it:
        await it.press("n", "n")
        chart = chart_of(it)
        left, top, columns, _ = chart.area
        await it.pilot.click("#map", offset=(1 + left + columns - 1, 1 + top))
        assert it.session.cursor == 0 and len(it.session.branches) == 2
        assert it.session.row.theta.tolist() == [4.9, 4.8]
        assert chart.plane.cell(4.9, 4.8) == (columns - 1, 0)
        await it.press("A", "left", "left", "down")
        assert "new start" in it.status and it.session.cursor == 0
        await it.press("enter")
        assert it.session.row.theta.tolist() == [4.5, 4.5]  # a step is 0.25: a tenth is what it can tell
        await it.press("A", "left", "escape", "n")
        assert it.bench.view.pick is None and it.session.cursor == 1


@pytest.mark.parametrize("view", ["1", "2"])
@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
def test_a_clicked_start_has_the_digits_that_its_cell_can_tell(view, size) -> None:
    @drives_the_app
    async def click_about() -> None:
        async with exploring("himmelblau", size=size) as it:
            await it.press(view, "plus", "plus")
            left, top, columns, rows = chart_of(it).area
            for x, y in ((3, 2), (columns // 2, rows // 2), (columns - 2, rows - 1)):
                await it.pilot.click("#map", offset=(1 + left + x, 1 + top + y))
                point = it.session.setup.start
                assert chart_of(it).plane.cell(*point) == (x, y)
                assert all(len(repr(abs(v))) <= 5 for v in point), point

    click_about()


@drives_the_app
async def test_a_click_on_the_curve_of_one_parameter_sets_a_start() -> None:
    async with exploring("x**2", start=1.8) as it:
        chart = it.widget("map").shown.chart.panels[0]
        left, top, columns, _ = chart.area
        await it.pilot.click("#map", offset=(1 + left + columns // 4, 1 + top + 3))
        (x,) = it.session.setup.start
        assert len(it.session.branches) == 2 and len(repr(abs(x))) <= 4
        w = chart.plane.window
        assert int((x - w.x0) / (w.x1 - w.x0) * columns) == columns // 4
        await it.press("u")
        assert it.session.setup.start == (1.8,) and len(it.session.branches) == 1


@drives_the_app
async def test_a_new_start_of_many_parameters_stays_in_the_plane() -> None:
    async with exploring("rosenbrock:dim=4") as it:
        before = it.session.row.theta.copy()
        await it.press("A", "right", "enter")
        assert it.session.row.theta[1:].tolist() == before[1:].tolist() and it.session.row.theta[0] > before[0]


@drives_the_app
async def test_scales_and_the_fields_direction() -> None:
    async with exploring() as it:
        await it.press("z")
        assert chart_of(it).scale.scaling is Scaling.LINEAR and "linear" in it.widget("map")._title
        await it.press("2")
        assert it.widget("map")._title.startswith("Field of −∇f")
        await it.press("2")
        assert it.widget("map")._title.startswith("Field of ∇f")


@drives_the_app
async def test_the_window_follows_the_point() -> None:
    async with exploring(settings={"lr": 0.01}) as it:
        await it.press("plus", "plus", "plus", "plus")
        it.bench.action_follow()
        for _ in range(30):
            await it.press("n")
            x, y = it.session.row.theta
            window = chart_of(it).window
            assert window.x0 < x < window.x1 and window.y0 < y < window.y1
        assert np.hypot(x + 0.4, y + 0.65) > 2


@drives_the_app
async def test_any_term_is_a_curve_or_none() -> None:
    async with exploring(optimizer="adam", settings={"lr": 0.3}) as it:
        await it.press(*["n"] * 5, "5", "5")
        await it.type("m_hat")
        assert "‖m̂‖ is a curve" in it.status
        (curve,) = [s.curve for panel in chart_of(it).panels for s in panel.series if s.curve.label == "‖m̂‖"]
        wanted = np.linalg.norm(it.session.branch.quantity("m_hat", 0, 6), axis=0)
        assert curve.values(0, 6) == pytest.approx(wanted, nan_ok=True)
        for label in ("m_hat", "grad", "delta"):
            await it.press("5")
            await it.type(label)
        assert "‖Δθ‖ is no curve any more" in it.status
        await it.press("5")
        await it.type("loss")
        assert "one curve stays" in it.status and it.bench.view.curves == ("loss", "lr_t")
