"""Where panes stand: arithmetic over many sizes, and what the app makes of it."""

import random

import pytest
from textual.geometry import Region, Size

from gdtui.charts.cells import Depth
from gdtui.tui.layout import ONE_AT_A_TIME, is_small, regions
from gdtui.tui.text import width_of
from tests.tui.exploring import drives_the_app, exploring

FULL = {"objective", "optimizer", "stop", "why", "map", "update", "loss", "steps", "status", "keys"}
MEDIUM = {"head", "map", "update", "loss", "steps", "status", "keys"}


def overlaps(found: dict[str, Region]) -> list[tuple[str, str]]:
    names = [name for name in found if found[name].area]
    return [(a, b) for k, a in enumerate(names) for b in names[k + 1 :] if found[a].overlaps(found[b])]


@pytest.mark.parametrize(("knobs", "equations"), [(1, 3), (3, 4), (4, 8), (7, 14), (12, 40)])
def test_panes_tile_the_screen_at_any_size(knobs: int, equations: int) -> None:
    for width in range(40, 401, 7):
        for height in range(10, 121):
            found = regions(Size(width, height), knobs, equations, equations % 5, equations % 2 == 0)
            screen = Region(0, 0, width, height)
            assert not overlaps(found), (width, height)
            assert all(screen.contains_region(r) for r in found.values()), (width, height, found)
            assert all(r.width > 0 and r.height >= 0 for r in found.values()), (width, height, found)
            assert sum(r.area for r in found.values()) == screen.area, (width, height, found)


def test_no_pane_is_too_small_to_read() -> None:
    for width in range(40, 401, 3):
        for height in range(10, 121, 3):
            for name, region in regions(Size(width, height), equations=width % 12).items():
                least = 1 if name in ("status", "keys", "head") else 3
                assert region.height >= least or (name == "why" and region.height == 0), (width, height, name, region)


@pytest.mark.parametrize("size", [(39, 10), (40, 9), (1, 1), (400, 3)])
def test_a_notice_where_it_is_too_small(size: tuple[int, int]) -> None:
    assert list(regions(Size(*size))) == ["notice"]


def test_a_small_screen_shows_one_pane() -> None:
    for single in ONE_AT_A_TIME:
        assert set(regions(Size(60, 15), single=single)) == {"head", single, "status", "keys"}


@pytest.mark.parametrize(
    ("size", "wanted"),
    [((120, 40), FULL), ((80, 24), MEDIUM), ((60, 15), {"head", "map", "status", "keys"}), ((39, 20), {"notice"})],
)
@drives_the_app
async def test_every_pane_is_there(size: tuple[int, int], wanted: set[str]) -> None:
    async with exploring(size=size) as it:
        found = it.shown()
        assert set(found) == wanted
        assert not overlaps(found)
        assert all(Region(0, 0, *size).contains_region(r) for r in found.values())
        assert [len(line) for line in it.lines] == [size[0]] * size[1]
        for name in wanted - {"notice"}:
            assert "".join(it.pane(name)).strip(), name


@drives_the_app
async def test_the_notice_says_what_is_needed() -> None:
    async with exploring(size=(38, 9)) as it:
        assert "40 x 10" in " ".join(it.text.split())
        await it.pilot.resize_terminal(120, 40)
        await it.pilot.pause()
        assert set(it.shown()) == FULL
        assert it.status.startswith("t = 0 ")


@drives_the_app
async def test_a_small_screen_goes_through_its_panes() -> None:
    async with exploring(size=(60, 15)) as it:
        seen = []
        for _ in ONE_AT_A_TIME:
            seen += [name for name in it.shown() if name in ONE_AT_A_TIME]
            assert "".join(it.pane(seen[-1])).strip()
            await it.press("v")
        assert tuple(seen) == ONE_AT_A_TIME
        await it.press("V")
        assert ONE_AT_A_TIME[-1] in it.shown()
        assert not is_small(Size(80, 24))


@pytest.mark.parametrize("depth", [Depth.TRUECOLOR, Depth.MONO])
@drives_the_app
async def test_any_resizing_is_survived(depth: Depth) -> None:
    draw = random.Random(20)
    sizes = [(1, 1), (400, 120), (40, 10), (39, 10), (110, 30), (109, 30), (72, 20), (2, 50), (300, 2)]
    sizes += [(draw.randint(1, 400), draw.randint(1, 120)) for _ in range(12)]
    async with exploring(optimizer="adam", depth=depth) as it:
        for width, height in sizes:
            await it.pilot.resize_terminal(width, height)
            await it.press("n")
            assert len(it.lines) == height
            assert {width_of(line) for line in it.lines} == {width}
        await it.pilot.resize_terminal(120, 40)
        await it.pilot.pause()
        assert it.status.startswith(f"t = {len(sizes)} ")
