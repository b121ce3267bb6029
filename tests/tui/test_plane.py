"""The plane of many parameters: while one steps it passes through the point."""

import pytest

from tests.tui.exploring import drives_the_app, exploring


@drives_the_app
async def test_the_plane_passes_through_the_point_while_one_steps_and_stays_where_laying_it_is_slow() -> None:
    async with exploring("x**2 + y**2 + 2*z**2", start=(1, 2, 3)) as it:
        def through() -> list[float]:
            section = it.bench.section
            return section.at(*section.seen(it.session.row.theta[:, None]).T)[:, 0].tolist()

        for keys, t in (("n", 1), ("n", 2), ("n", 3), ("left", 2), ("home", 0), ("end", 3)):
            await it.press(keys)
            assert it.widget("map")._title == f"Contour · z as at t = {t}"
            assert through() == it.session.row.theta.tolist()
        await it.press("up", "left", "F", "n")
        assert through() == it.session.row.theta.tolist()
        clock, laid = it.clock, it.bench.map_pane.show

        def slowly(frame: object) -> None:
            laid(frame)
            clock.now += 0.005

        it.bench.map_pane.show = slowly
        await it.press(*["n"] * 3)
        slow = it.session.cursor
        await it.press(*["n"] * 4)
        assert it.widget("map")._title == f"Contour · z as at t = {slow}" and it.session.cursor == slow + 4
        await it.press("y")
        await it.type("x, y")
        assert it.widget("map")._title == f"Contour · z as at t = {slow + 4}"


@drives_the_app
async def test_the_main_plane_passes_through_the_point_and_its_path_stays_where_it_is_seen() -> None:
    async with exploring("rosenbrock:dim=4", settings={"lr": 1e-3}) as it:
        await it.press(*["n"] * 9, "y")
        await it.type("main")
        before = it.bench.section
        assert it.widget("map")._title.endswith("at t = 9")
        await it.press("left", "left")
        section, theta = it.bench.section, it.session.row.theta[:, None]
        assert it.widget("map")._title.endswith("at t = 7")
        assert section.at(*section.seen(theta).T)[:, 0] == pytest.approx(theta[:, 0], abs=1e-12)
        assert section.seen(theta) == pytest.approx(before.seen(theta), abs=1e-12)
