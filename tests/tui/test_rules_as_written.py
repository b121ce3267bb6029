"""In the explorer: rules as people write them, a schedule that was typed, a setting that another optimizer has."""

import numpy as np
import pytest

from tests.optimizers.independent import himmelblau
from tests.tui.exploring import drives_the_app, exploring
from tests.tui.test_rule_editor import area, notation, press_button, settled

MATRIX = """equations = \"\"\"
bend   = hess() @ g
q      = g - prev(g)
slow  += 0.1*(theta - slow)
theta -= lr*bend/100
\"\"\"
[hyperparameters]
lr = 0.001
beta = 0.9
[init]
slow = "theta"
"""


def curvature(p):
    x, y = p
    return np.array([[12 * x * x + 4 * y - 42, 4 * (x + y)], [4 * (x + y), 4 * x + 12 * y * y - 26]])


@drives_the_app
async def test_a_rule_is_typed_run_and_stepped_into() -> None:
    async with exploring(size=(120, 40)) as it:
        await it.press("n", "n", "e")
        here = it.session.row.theta.copy()
        area(it).text = MATRIX
        await settled(it)
        assert it.told == ""
        for line in (
            "bend  = hess() @ g", "slow  = slow + 0.1(θ−slow)", "θ     = θ − η·bend/100", "slow begins at theta",
            "prev(∇f) at t = 1 is its first value,", "no equation reads β",
        ):  # fmt: skip
            assert line in notation(it), line
        await press_button(it, "apply")
        await it.press("n")
        row = it.session.row
        expected = curvature(here) @ himmelblau(here)[1]
        assert row.terms["bend"] == pytest.approx(expected, rel=1e-12)
        assert row.terms["slow"] == pytest.approx(here) and row.number == 3
        await it.press("s", "s")
        assert "hess() @ g" in it.text


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("g = g + lr*theta", "line 2, column 1: 'g' is given, not assigned"),
        ("bend = hess()*g", "line 2, column 8: hess() is a matrix: write hess() @ g"),
        ("lr = lr*0.99", "--schedule exponential:gamma=0.99"),
    ],
)
@drives_the_app
async def test_a_refusal_says_what_to_write(line, told) -> None:
    async with exploring(size=(120, 40)) as it:
        await it.press("e")
        area(it).text = MATRIX.replace("bend   = hess() @ g", line)
        await settled(it)
        assert told in it.told


@drives_the_app
async def test_an_optimizer_that_has_the_setting_is_pointed_to() -> None:
    async with exploring(size=(120, 40)) as it:
        await it.press("o")
        await it.type("sgd:momentum=0.9")
        assert "-o momentum:momentum=..." in it.told
        await it.type("gd:clip_norm=2")
        assert it.session.setup.pipeline.has("clip_norm") and it.session.setup.values["clip_norm"] == 2.0


@drives_the_app
async def test_a_knob_that_the_schedule_does_not_read_is_told() -> None:
    async with exploring(schedule="0.002/(1 + k)", size=(120, 40)) as it:
        await it.press("n", "up")
        assert "does not read lr" in it.status and it.session.setup.pipeline.schedule is not None
        assert it.session.row.lr == 0.002


@drives_the_app
async def test_what_cannot_begin_is_told_and_the_run_stays() -> None:
    async with exploring(size=(120, 40)) as it:
        await it.press("n", "e")
        area(it).text = MATRIX.replace('"theta"', '"log(theta)"')
        await settled(it)
        await press_button(it, "apply")
        assert "slow = log(theta) is no finite number at θ = (" in it.text
        assert it.session.setup.pipeline.rule.name == "gd" and len(it.session.branches) == 1
        before = it.session.row.theta
        await it.press("n", "u")
        assert it.session.cursor == 2 and it.session.branch.row(1).theta.tolist() == before.tolist()


@drives_the_app
async def test_a_knob_with_which_nothing_can_begin_is_told_when_it_is_run_anew() -> None:
    async with exploring(size=(120, 40)) as it:
        await it.press("n", "e")
        area(it).text = MATRIX.replace('"theta"', '"theta/beta"')
        await settled(it)
        await press_button(it, "apply")
        await it.press("n")
        setup = it.session.setup.with_value("beta", 0.0)
        it.bench.change(setup)
        await it.press("n", "r")
        assert "slow = theta/beta is no finite number at" in it.text


@pytest.mark.parametrize("name", ["~nobody-at-all.toml", "~nobody-at-all/a.toml"])
@drives_the_app
async def test_a_tilde_that_stands_for_nobody_is_told(name):
    async with exploring() as it:
        await it.press("o")
        await it.type(name)
        assert f"{name}: No such file or directory" in " ".join(it.told.split())
