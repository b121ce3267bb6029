"""What the panes say: the kernel's own numbers, nothing of what a text would do, and only the cells that changed."""

import math
import re
from pathlib import Path

import numpy as np
import pytest

from gdtui.charts.cells import Depth, Look
from gdtui.descent.setup import prepare
from gdtui.formula import derivative
from gdtui.formula.notation import number
from gdtui.optimizers.catalogue import RULES
from gdtui.tui.text import Inks, cells_of, changed_spans, padded, strip_of, two_columns, width_of, wrapped
from gdtui.tui.update_text import shown_update
from tests.tui.exploring import drives_the_app, exploring

TEXT = Look((1, 2, 3))
NUMBER = re.compile(r"−?(?:\d[\d.]*(?:e[-−+]?\d+)?|∞|inf)|nan", re.I)


def numbers_in(text: str) -> list[float]:
    return [float(t.replace("−", "-").replace("∞", "inf")) for t in NUMBER.findall(text)]


def values_on(lines: list[str], symbols: list[str]) -> dict[str, list[float]]:
    """The numbers in the last line of what stands under each symbol: its value."""
    found: dict[str, list[float]] = {}
    left = list(symbols)
    for line in lines:
        head, _, rest = line.partition(" = ")
        if left and head.strip() == left[0]:
            symbol = left.pop(0)
        if rest:
            found[symbol] = numbers_in(rest)
    assert not left
    return found


@pytest.mark.parametrize("rule", [rule.name for rule in RULES])
@drives_the_app
async def test_the_update_shows_the_recorded_row(rule: str) -> None:
    known = "sphere" if rule == "polyak" else "x**2 + 3*y**2 + 1"  # polyak reads the minimum of a named function
    async with exploring(known, rule, size=(160, 60)) as it:
        await it.press("n", "n", "n")
        branch = it.session.branch
        row = branch.row(3)
        shown = shown_update(it.bench.frame())
        values = values_on(it.pane("update"), [item.symbol for item in shown])
        equations = row.segment.program.equations
        for equation, item in zip(equations, [s for s in shown if s.is_term], strict=True):
            recorded = row.theta if equation.name == "theta" else row.terms[equation.name]
            wanted = np.ravel(recorded).tolist()
            assert values[item.symbol] == pytest.approx(wanted, rel=1e-3, nan_ok=True), item
        partials = [values[item.symbol][0] for item in shown if not item.is_term]
        assert partials == pytest.approx(branch.row(2).grad.tolist(), rel=1e-3)
        assert it.widget("update")._title == "Update 2 → 3"


@drives_the_app
async def test_before_the_first_step_the_update_is_to_come() -> None:
    async with exploring() as it:
        text = "\n".join(it.pane("update"))
        assert it.widget("update")._title == "Update 0 → 1"
        assert "?" in text
        await it.press("n")
        assert "?" not in "\n".join(it.pane("update"))


@drives_the_app
async def test_the_steps_are_the_rows() -> None:
    async with exploring() as it:
        await it.press("n", "n", "n", "n", "left")
        rows = [numbers_in(line) for line in it.pane("steps")[1:] if line.strip()]
        assert [int(r[0]) for r in rows] == [0, 1, 2, 3]
        for found in rows:
            row = it.session.branch.row(int(found[0]))
            assert found[1:] == pytest.approx([*row.theta, row.loss, row.grad_norm], rel=1e-3)


@drives_the_app
async def test_why_is_the_hessian_against_the_limit() -> None:
    async with exploring("x**2 + 3*y**2", settings={"lr": 0.1}) as it:
        text = "\n".join(it.pane("why"))
        assert "λmax" in text
        assert "0.6 < 2" in text
        await it.press("enter")
        await it.type("0.4")
        await it.press("n")
        said = " ".join(" ".join(it.pane("why")).split())
        assert "2.4 > 2" in said
        assert "lr 0.4 is above 2/λmax = 0.333 along y: every step overshoots and grows by 1.4" in said


@drives_the_app
async def test_a_knob_that_is_turned_is_judged_before_the_next_step() -> None:
    async with exploring("x**2 + 3*y**2", settings={"lr": 0.1}) as it:
        await it.press("n", "n")
        assert "η·λmax = 0.6 < 2" in "\n".join(it.pane("why"))
        await it.press("enter")
        await it.type("0.4")
        assert "η·λmax = 2.4 > 2" in "\n".join(it.pane("why"))


@drives_the_app
async def test_why_tells_as_much_as_there_is_room_for() -> None:
    async with exploring("(5*x**2 + y**2)/2", start=(1.0, 1.0), settings={"lr": 0.06}) as it:
        await it.press("n")
        assert [line.strip() for line in it.pane("why")] == [
            "λmax       5  κ          5", "η·λmax = 0.3 < 2", "Δθ, −∇f     0.0°", "best η      0.3333",
            "lr 0.06 < 2/λmax = 0.4:", "shrinks by 0.94 a step", "along y (the flattest)",
        ]  # fmt: skip
        assert len({width_of(line) for line in it.pane("why")}) == 1, "nothing is cut off"
    async with exploring("(5*x**2 + y**2)/2", "momentum", start=(1.0, 1.0), settings={"lr": 0.1}) as it:
        await it.press("n")
        assert [line.strip() for line in it.pane("why")][:2] == ["λmax       5  κ          5", "η·λmax = 0.5 < 3.8"]


@drives_the_app
async def test_where_there_is_no_pane_of_why_the_update_ends_with_it() -> None:
    async with exploring("x**2 + 3*y**2", settings={"lr": 0.1}, size=(80, 24)) as it:
        await it.press("n")
        assert it.pane("update")[-1].strip() == "why: η·λmax = 0.6 < 2, stable"
        assert [line.split("=")[0].strip() for line in it.pane("update")[:8:2]] == ["∂f/∂x", "∂f/∂y", "Δθ", "θ₁"]
        await it.press("enter")
        await it.type("0.4")
        assert it.pane("update")[-1].strip() == "why: η 0.4 > 0.333: grows by 1.4"
        await it.press("s")
        assert "why" not in "\n".join(it.pane("update")), "stepped into, the update takes all lines"
    async with exploring("rosenbrock:dim=30", size=(80, 24)) as it:
        assert re.fullmatch(r"why: η 0.001 > 0.0\d+: grows by [1-9.]+", it.pane("update")[-1].strip())
    async with exploring("x**2 + 3*y**2", size=(120, 40)) as it:
        assert "why" not in "\n".join(it.pane("update"))


@drives_the_app
async def test_of_many_parameters_the_curvature_is_told_at_rest() -> None:
    for dim, size in ((30, (120, 40)), (30, (80, 24)), (18, (120, 40))):
        async with exploring(f"rosenbrock:dim={dim}", size=size) as it:
            pane = "why" if size[0] == 120 else "update"
            at_rest = "\n".join(it.pane(pane)).split("why: ")[-1]
            assert "η" in at_rest and "rests" not in at_rest
            await it.press("space")
            assert ("told when it rests" in "\n".join(it.pane(pane))) == (dim == 30)
            await it.press("space")
            assert "rests" not in "\n".join(it.pane(pane))


@drives_the_app
async def test_one_parameter_is_a_curve() -> None:
    async with exploring("x**4 - 2*x**2", start=1.6) as it:
        await it.press("n", "n", "up", "left", "down")
        assert it.widget("map")._title == "Curve"
        assert it.status.startswith("t = 1 ")
        await it.pilot.resize_terminal(60, 15)
        await it.press("plus", "n")
        assert it.status.startswith("t = 2 ")


@drives_the_app
async def test_three_parameters_are_seen_in_a_plane() -> None:
    async with exploring("x**2 + y**2 + 2*z**2", start=(1, 2, 3)) as it:
        await it.press("n", "n")
        assert it.widget("map")._title == "Contour · z as at t = 2"
        assert "∂f/∂z" in "\n".join(it.pane("update"))
        await it.press("y")
        await it.type("y, z")
        assert it.widget("map")._title == "Contour · x as at t = 2"
        shown = it.bench.section.seen(it.session.row.theta.reshape(-1, 1))
        assert shown[0].tolist() == it.session.row.theta[1:].tolist()
        await it.press("n", "y")
        await it.type("main")
        assert "main directions" in it.widget("map")._title
        await it.press("y")
        await it.type("x, q", enter=False)
        assert "there is no coordinate 'q'" in it.told
        await it.press("escape", "f")
        await it.type("himmelblau")
        assert it.widget("map")._title == "Contour"
        await it.press("y")
        assert "all of it is seen" in it.status


@drives_the_app
async def test_where_lines_are_few_the_new_parameters_are_among_them() -> None:
    async with exploring("sum-squares:dim=12", "adam", size=(80, 24)) as it:
        await it.press("n")
        *lines, why = it.pane("update")
        heads = [line.partition(" = ")[0].strip() for line in lines]
        assert why.startswith("why: ") and heads[-1] == "θ₁" and "‖∇f‖" in heads and "∂f/∂x₁" in heads


@drives_the_app
async def test_a_straight_path_has_no_main_directions() -> None:
    async with exploring("x**2 + y**2 + z**2", start=(1, 2, 3)) as it:
        await it.press("n", "n", "y")
        await it.type("main")
        assert "no two directions yet" in it.status
        assert it.widget("map")._title == "Contour · z as at t = 2"


@drives_the_app
async def test_playing_lays_the_plane_when_it_rests() -> None:
    async with exploring("rosenbrock:dim=4", settings={"lr": 1e-4}) as it:
        await it.press("space")
        it.clock.now += 1.0
        await it.until(lambda: it.session.cursor >= 8)
        assert "as at t = 0" in it.widget("map")._title
        await it.press("space")
        assert f"as at t = {it.session.cursor}" in it.widget("map")._title


@drives_the_app
async def test_up_to_twelve_parameters_stand_there_by_name() -> None:
    async with exploring("sum-squares:dim=12", settings={"lr": 0.01}) as it:
        await it.press("n")
        text = "\n".join(it.pane("update"))
        for k, value in enumerate(it.session.row.theta.tolist()):
            symbol = it.session.setup.objective.symbols[k]
            assert f"∂f/∂{symbol} " in text
            assert re.search(rf"{symbol}\s+{re.escape(number(value))}\b", text), symbol
        assert it.widget("update")._title == "Update 0 → 1 · x₁"
        await it.press("i")
        assert it.widget("update")._title == "Update 0 → 1 · x₂"
        await it.press("I", "I")
        assert it.widget("update")._title == "Update 0 → 1"


@pytest.mark.parametrize("dim", [13, 30])
@drives_the_app
async def test_many_parameters(dim: int) -> None:
    async with exploring(f"rosenbrock:dim={dim}", "adam") as it:
        await it.press("n", "n", "left", "up")
        assert "‖∇f‖" in "\n".join(it.pane("update"))


# What is not known


@drives_the_app
async def test_where_there_is_no_hessian_the_pane_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derivative, "MAX_GRAPH", 80)  # as if these few operations were too many
    async with exploring("sin(x*y)*cos(x) + y**2", size=(160, 60)) as it:
        await it.press("n")
        said = " ".join(" ".join(it.pane("why")).split())
        assert "no curvature: the second derivative of this formula is too large" in said
        assert it.status.startswith("t = 1 ")


@drives_the_app
async def test_nothing_is_said_of_the_curvature_where_it_is_a_convention() -> None:
    async with exploring("drop-wave", start=(0.0, 0.0), size=(160, 60)) as it:
        said = " ".join(" ".join(it.pane("why")).split())
        assert "no curvature: the function has a kink here" in said and "λ" not in said
        await it.press("f")
        await it.type("x**2 + y**2")
        assert "λmax" in " ".join(it.pane("why"))


# A user's own functions


@drives_the_app
async def test_own_functions_are_explored() -> None:
    async with exploring(lambda x: float(x @ x), grad=lambda x: 2 * x, start=(1.0, 2.0), settings={"lr": 0.1}) as it:
        await it.press("n")
        assert it.session.row.theta == pytest.approx([0.8, 1.6])
        await it.press("up", "n", "left", "r", "n")
        assert it.status.startswith("t = 1 ")


@pytest.mark.parametrize(
    ("objective", "grad", "source"),
    [
        (lambda v: v[0] ** 2 + 5 * v[1] ** 2, lambda v: [2 * v[0], 10 * v[1]], "∇f your own function"),
        (lambda v: v[0] ** 2 + 5 * v[1] ** 2, "numeric", "∇f central differences"),
        ("x**2 + 5*y**2", "numeric", "∇f central differences"),
    ],
)
@drives_the_app
async def test_why_and_the_objective_speak_of_a_gradient_that_is_not_derived(objective, grad, source) -> None:
    async with exploring(objective, grad=grad, start=(1.0, 2.0), settings={"lr": 0.25}) as it:
        await it.press("n")
        said = " ".join(line.strip() for line in it.pane("why"))
        assert "λmax      10" in said and "η·λmax = 2.5 > 2" in said
        assert "lr 0.25 is above 2/λmax = 0.2 along y: every step overshoots and grows by 1.5" in said
        assert source in " ".join(it.pane("objective"))
        assert ("x²" in " ".join(it.pane("objective"))) is isinstance(objective, str)
        await it.press("s", "s", "space")  # into the update, and away
        assert "told when it rests" in " ".join(it.pane("why"))
        await it.press("space")
        assert "told when it rests" not in " ".join(it.pane("why"))


@drives_the_app
async def test_a_small_screen_says_where_the_gradient_is_from() -> None:
    async with exploring("x**2 + 5*y**2", grad="numeric", size=(80, 24)) as it:
        assert "x² + 5y²  ∇f central differences   gd" in it.lines[0]
    async with exploring(sum, grad=np.sign, start=(1.0, 2.0), size=(80, 24)) as it:
        assert " sum ∇f your own function sign   gd" in it.lines[0]


@drives_the_app
async def test_a_gradient_of_ones_own_is_no_text_to_step_into() -> None:
    async with exploring("himmelblau", grad="numeric") as it:
        await it.press("s", "enter")
        assert "the gradient (central differences) is no text: there is nothing to step into" in it.status


@pytest.mark.parametrize("key", ["n", "space", "c"])
@drives_the_app
async def test_a_function_that_raises_is_told_and_the_run_rests(key: str) -> None:
    def grad(x: np.ndarray) -> np.ndarray:
        if x[0] < 0.6:
            raise RuntimeError("no [/] more \x1b[31mdata")
        return 2 * x

    async with exploring(lambda x: float(x @ x), grad=grad, start=(1.0, 2.0), settings={"lr": 0.1}) as it:
        for _ in range(3 if key == "n" else 1):
            await it.press(key)
        it.clock.now += 1.0
        await it.until(lambda: "raised" in it.status)
        assert "RuntimeError: no [/] more" in it.status
        assert "\x1b" not in it.text
        assert it.bench.playing is None
        assert it.session.branch.count == 3
        await it.press("left")
        assert it.status.startswith("t = 1 ")


@drives_the_app
async def test_a_function_that_raises_away_from_its_path_is_drawn_around() -> None:
    def value(x: np.ndarray) -> float:
        if x[0] < -1.5:
            raise ValueError("outside")
        return float(x @ x)

    async with exploring(value, grad=lambda x: 2 * x, start=(1.0, 2.0), settings={"lr": 0.1}) as it:
        await it.press("n", "n")
        assert it.status.startswith("t = 2 ")


# Text from outside


def hostile_rule(folder: Path) -> str:
    path = folder / "hostile.toml"
    path.write_text(
        'name = "mine"\nlabel = "[/] [bold]x[0] \\u001b]52;c;AAAA\\u0007 \\u202e"\n'
        'help = "[@click=app.quit]quit[/] \\u001b[2J"\n'
        'equations = """\ndelta = -lr*g\ntheta = theta + delta\n"""\n[hyperparameters]\nlr = 0.1\n'
    )
    return str(path)


def has_controls(text: str) -> bool:
    return any((ord(c) < 32 and c != "\n") or 127 <= ord(c) < 160 or c in "\u202e\u2066" for c in text)


@drives_the_app
async def test_a_hostile_rule_is_only_text(tmp_path: Path) -> None:
    try:
        prepare("himmelblau", hostile_rule(tmp_path))
    except ValueError as error:  # refused: then what is told of it is clean
        assert not has_controls(str(error))
        return
    async with exploring("sum(x[0:2]**2) + x[0]", hostile_rule(tmp_path), dim=2) as it:
        await it.press("n", "o")
        assert not has_controls(it.sent)


@pytest.mark.parametrize(
    "text", ["[/]", "[bold]x[/bold]", "x[0]", "\x1b]52;c;AAAA\x07", "a\u202eb", "[@click=app.exit]"]
)
@drives_the_app
async def test_what_is_typed_is_only_text(text: str) -> None:
    async with exploring() as it:
        for key in ("f", "o", "enter", "a", "g"):
            await it.press(key)
            await it.type(text)
            assert text == "x[0]" or it.app.screen is not it.bench
            assert not has_controls(it.sent)
            await it.press("escape")
        it.bench.say(text.replace("\x1b", "").replace("\x07", "").replace("\u202e", ""))
        await it.pilot.pause()
        if text.isprintable():
            assert text in it.status


@drives_the_app
async def test_indices_are_shown() -> None:
    async with exploring("sum(x**2) + x[0]*x[1]", dim=2) as it:
        await it.press("n")
        assert "x₀" in it.text or "x[0]" in it.text


# Only what changed


def test_changed_spans() -> None:
    old = [("t = 12 loss 3.25", TEXT)]
    assert changed_spans(old, old) == []
    assert changed_spans(old, [("t = 13 loss 3.25", TEXT)]) == [(5, 6)]
    assert changed_spans(old, [("t = 13 loss 3.26", TEXT)]) == [(5, 6), (15, 16)]
    assert changed_spans(old, [("t = 13 l-ss 3.25", TEXT)]) == [(5, 9)]
    assert changed_spans(old, [("t = 12", TEXT)]) == [(6, 16)]
    assert changed_spans([("m̂ = 1", TEXT)], [("m̂ = 2", TEXT)]) == [(4, 5)]
    assert changed_spans([("ab", TEXT)], [("a", TEXT), ("b", Look())]) == [(1, 2)]


def test_cells_and_widths() -> None:
    assert width_of("m̂ = ẑ") == len(cells_of([("m̂ = ẑ", TEXT)]))
    assert [padded("θ₁₂", 5), padded("abcdef", 4), padded("ab", 0)] == ["θ₁₂  ", "abc…", ""]
    assert strip_of([("m̂ = 1", TEXT)], 9, Depth.TRUECOLOR).cell_length == 9
    lines = wrapped("4x(x² + y − 11) + 2(x + y² − 7)", 16, 2)
    assert all(width_of(line) <= 16 for line in lines)
    assert "".join("".join(lines).split()) == "4x(x²+y−11)+2(x+y²−7)"
    assert all(Inks(depth).value != Inks(depth).dim for depth in Depth)


@pytest.mark.parametrize("name", ["status", "steps", "update", "loss", "map", "objective", "stop", "keys", "why"])
@drives_the_app
async def test_a_step_refreshes_only_the_cells_that_changed(name: str) -> None:
    async with exploring(settings={"lr": 1e-4}) as it:
        await it.press(*["n"] * 20)
        pane = it.widget(name)
        before = it.pane(name)
        sent: list[tuple[int, int, int]] = []
        places = pane.places

        def noted() -> object:
            sent.extend(pane.changed)
            return places()

        pane.places = noted  # type: ignore[assignment, method-assign]
        await it.press("n")
        after = it.pane(name)
        changed = {
            (x, y)
            for y, (a, b) in enumerate(zip(before, after, strict=True))
            for x, (c, d) in enumerate(zip(cells_of([(a, TEXT)]), cells_of([(b, TEXT)]), strict=True))
            if c != d
        }
        covered = {(x, y) for y, first, last in sent for x in range(first, last)}
        assert changed <= covered
        assert all(isinstance(v, int) for span in sent for v in span)
        assert len(covered) < 0.6 * pane.size.area
        if name in ("objective", "stop", "keys"):
            assert not sent
        if name in ("status",):
            assert len(covered) < 30


def test_number_reading_of_this_test() -> None:
    assert numbers_in("(−0.0467,  4.6e-05)") == [-0.0467, 4.6e-05]
    assert math.isinf(numbers_in("−∞")[0])


def test_no_number_and_no_word_is_torn_where_it_need_not() -> None:
    assert wrapped("2x + 62.83185307179586sin(2π·x)", 27, 2) == ("2x", "  + 62.83185307179586sin(2π", "  ·x)")
    assert wrapped("62.83185307179586sin(2π + 3)", 25, 2) == ("62.83185307179586sin(2π", "  + 3)")
    assert wrapped("62.83185307179586sin(abcd)", 25, 2) == ("62.83185307179586sin(", "  abcd)")
    for line in wrapped("a = 1.2345678901234567890123", 12, 2):
        assert len(line) <= 12


def test_what_is_told_of_a_name_stands_beside_it_on_every_line() -> None:
    text = two_columns("adam", "steps of about one length, whatever the size of the gradient", 10, 40)
    first, *rest = text.split("\n")
    assert first.startswith("adam      steps") and len(rest) == 2
    assert all(line.startswith(" " * 10 + line.strip()[0]) and len(line) <= 40 for line in rest)
    assert two_columns("m̂", "x", 6, 40) == "m̂     x"
    assert two_columns("a very long formula", "as typed", 10, 40) == "a very long formula\n  as typed"
