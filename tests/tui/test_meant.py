"""What is typed in the explorer is understood as it is meant, or refused with a word; what it is, is seen."""

import pytest

from tests.tui.exploring import drives_the_app, exploring


@drives_the_app
async def test_a_joined_name_is_refused_in_the_dialog_and_its_product_taken():
    async with exploring() as it:
        await it.press("f")
        await it.type("x^2 - xy")
        assert "for a product write x*y" in it.text and it.session.setup.objective.name == "himmelblau"
        await it.type("x^2 - x*y")
        assert it.session.setup.objective.names == ("x", "y") and "f(x, y) = x² − x·y" in it.text


@drives_the_app
async def test_a_formula_over_a_vector_asks_how_many():
    async with exploring() as it:
        await it.press("f")
        await it.type("sum(x^2) + x[2]")
        assert "How many parameters has the vector x?" in it.text
        await it.type("2")
        assert "there is no coordinate 2" in it.text
        await it.type("4")
        assert it.session.setup.objective.names == ("x1", "x2", "x3", "x4")


@drives_the_app
async def test_other_formulas_and_names_ask_nothing():
    async with exploring() as it:
        for text, names in (("x*y^2", "x y"), ("rosenbrock:dim=3", "x1 x2 x3"), ("f(b, w) = b*w", "b w")):
            await it.press("f")
            await it.type(text)
            assert it.session.setup.objective.names == tuple(names.split()) and len(it.app.screen_stack) == 1


@drives_the_app
async def test_a_start_by_name():
    async with exploring() as it:
        await it.press("a")
        await it.type("y=2,x=1")
        assert it.session.setup.start == (1.0, 2.0)
        await it.press("a")
        await it.type("x=1")
        assert "the start says nothing of y: write x=1,y=1" in it.text


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
@drives_the_app
async def test_the_first_screen_names_the_parameters(size):
    async with exploring("((w*3+b-30)^2 + (w*5+b-50)^2)/4", size=size, start="w=1,b=2") as it:
        assert "w = 1, b = 2" in it.text
        if size[0] == 120:
            assert "f(w, b) = " in it.text


@drives_the_app
async def test_the_window_grows_with_the_path_of_a_typed_formula():
    async with exploring("x^2 + 4y^2", start="1,1", settings={"lr": 0.26}) as it:
        before = it.bench.sight.domain
        for _ in range(12):
            await it.press("n")
        grown = it.bench.sight.domain
        assert grown[0] == before[0] and grown[1][0] < before[1][0]
        path = it.session.branch.quantity("theta", 0, it.session.branch.count)
        assert (path[1] >= grown[1][0]).all() and (path[1] <= grown[1][1]).all()
        assert it.bench.section.bounds == (grown[0], grown[1])


@drives_the_app
async def test_that_of_the_catalogue_stays_as_it_is():
    async with exploring(settings={"lr": 0.3}) as it:
        for _ in range(3):
            await it.press("n")
        assert it.bench.sight.domain == it.session.setup.objective.domain == ((-5.0, 5.0), (-5.0, 5.0))
