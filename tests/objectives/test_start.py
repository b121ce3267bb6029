"""A start as people say it: in order, by name, at random; and what is wrong with one."""

import numpy as np
import pytest
from click.testing import CliRunner

import gdtui
from gdtui.cli import main
from gdtui.formula.parameter import ParameterError
from gdtui.objectives.resolve import resolve
from gdtui.objectives.start import Drawn, placed_start, read_start

LINE = "((w*3+b-30)^2 + (w*5+b-50)^2)/4"


@pytest.mark.parametrize(
    ("typed", "start"),
    [
        ("1,2", (1.0, 2.0)), ("(1, −2)", (1.0, -2.0)), (" 1.5 ", (1.5,)), ("w=1,b=2", {"w": 1.0, "b": 2.0}),
        ("θ₀ = 1, θ₁ = 2", {"theta0": 1.0, "theta1": 2.0}), ("random", Drawn(1)), ("random 8", Drawn(8)),
        ([1, 2], (1.0, 2.0)), (3, (3.0,)), ({"w": 1, "b": np.float32(2)}, {"w": 1.0, "b": 2.0}), (None, None),
    ],
)  # fmt: skip
def test_a_start_is_read(typed, start):
    assert read_start(typed) == start


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("1;2", "a start is written as numbers, 1,-2, by name, w=1,b=2, or random; '1;2' is not"),
        ("w=1,2", "by its name, w=1,b=2; '2' is no name"),
        ("w=one", "a start is written as"),
        ("w=1,w=2", "the start gives w twice"),
        ("1w=2", "by its name, w=1,b=2; '1w' is no name"),
        ("random 0", "random points are counted from 1"),
        ("random -1", "a start is written as"),
        ("", "a start is written as"),
        ({"w": [1, 2]}, "the start of 'w' is one number"),
        ({1: 2.0}, "1 is no name"),
        ({"w": "x"}, "the start of 'w' is a number"),
        ([[1.0]], "one number for each parameter"),
    ],
)
def test_what_is_no_start_is_told(typed, message):
    with pytest.raises(ParameterError) as caught:
        read_start(typed)
    assert message in str(caught.value)


def test_names_are_put_in_the_order_of_the_parameters_in_every_face():
    for start in ("w=1,b=2", "b=2,w=1", {"b": 2, "w": 1}, (1, 2), "1,2"):
        run = gdtui.descend(LINE, start=start, steps=0)
        assert run.params.tolist() == [[1.0, 2.0]] and run.loss[0] == 618.5
    said = CliRunner().invoke(main, ["run", LINE, "--start", "b=2,w=1", "--steps", "0"]).stdout.split("\n")
    assert said[0].startswith(f"f(w, b) = {LINE} · gd") and said[1].split()[:3] == ["t", "w", "b"]
    assert said[2].split()[:4] == ["0", "1", "2", "618.5"]
    assert gdtui.descend(f"f(b, w) = {LINE}", start=(1, 2), steps=0).loss[0] == 512.5


@pytest.mark.parametrize(
    ("objective", "start", "message"),
    [
        (LINE, "w=1", "the start says nothing of b: write w=1,b=1"),
        (LINE, "w=1,bb=2", "the start gives 'bb', which is no parameter of"),
        ("himmelblau", "x=1,y=2,z=3", "the start gives 'z', which is no parameter of himmelblau"),
        ("himmelblau", "1,2,3", "himmelblau has 2 parameters (x, y); the start has 3 numbers"),
        ("himmelblau", {"x": 1.0}, "the start says nothing of y"),
        ("himmelblau", (1.0, np.inf), "a start is made of finite numbers"),
    ],
)
def test_a_start_that_does_not_go_with_the_function_is_told(objective, start, message):
    with pytest.raises(ParameterError) as caught:
        gdtui.descend(objective, start=start, steps=0)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "start", "loss"),
    [
        ("sum(100*(x[1:]-x[:-1]^2)^2 + (1-x[:-1])^2)", "1.3,0.7,0.8,1.9,1.2", 848.22),
        ("x[0]^2+x[1]^2+x[2]^2", "1,1,1", 3.0),
        ("sum(x^2)", "1,2,2", 9.0),
        ("norm(x)", "2,3,6", 7.0),
        ("x[0]^2 + x[1]", "x1=3,x2=1", 10.0),
    ],
)
def test_a_start_says_how_many_parameters_a_vector_has(text, start, loss):
    typed = tuple(map(float, start.split(","))) if "=" not in start else start
    for said in (start, typed):
        assert gdtui.descend(text, start=said, steps=0).loss[0] == pytest.approx(loss, rel=1e-12)
    arguments = ["run", text, "--start", start, "--steps", "0", "--format", "csv"]
    rows = CliRunner().invoke(main, arguments).stdout.split("\n")
    dim = len(start.split(","))
    assert rows[0].split(",")[1 : dim + 1] == [f"x{k + 1}" for k in range(dim)]
    assert float(rows[1].split(",")[dim + 1]) == pytest.approx(loss, rel=1e-12)


def test_random_points_are_counted_and_lie_in_the_domain():
    objective = resolve("himmelblau")
    points = [placed_start(Drawn(k), objective, seed=3) for k in range(1, 60)]
    assert len(set(points)) == 59 and all(objective.inside(point) for point in points)
    assert placed_start(read_start("random 8"), objective, 3) == points[7]
    assert placed_start(read_start("random"), objective, 3) == points[0]
    assert points[0] != placed_start(Drawn(1), objective, seed=4)
    # What version 0.1.0 drew for seed 3 stays what it was.
    draw = np.random.Generator(np.random.Philox(key=3, counter=1 << 192)).random(2)
    assert points[0] == tuple((-5.0 + 10.0 * draw).tolist())
