"""The functions that take any number of parameters: ``NAME:dim=N``."""

import numpy as np
import pytest

from gdtui.formula.parameter import ParameterError
from gdtui.objectives.catalogue import BY_NAME, OBJECTIVES
from gdtui.objectives.entry import of_dimension
from gdtui.objectives.resolve import resolve
from tests.objectives.literature import FUNCTIONS

FAMILIES = [objective for objective in OBJECTIVES if objective.family]
SHORT = 1, 3, 9  # what follows a family over several lengths
LONG = 1000
FROM_TWO = {"ellipse", "rosenbrock", "levy", "dixon-price", "trid"}
CREEPS = {("griewank", LONG), ("trid", LONG)}  # flat from the start for so many parameters

every_family = pytest.mark.parametrize("objective", FAMILIES, ids=lambda o: o.name)


def of(objective, dim):
    return resolve(f"{objective.name}:dim={dim}")


def lengths(objective):
    return [dim for dim in (*SHORT, LONG) if dim > 1 or objective.name not in FROM_TWO]


def inside(objective, count):
    low, high = np.array(objective.domain).T
    shares = np.random.default_rng(objective.dim).uniform(0.05, 0.95, (count, objective.dim))
    return (low + (high - low) * shares).T


def test_there_are_fourteen():
    assert len(FAMILIES) == 14
    assert {o.name for o in FAMILIES} == {
        "sphere", "ellipse", "rosenbrock", "ackley", "rastrigin", "griewank", "levy", "styblinski-tang", "zakharov",
        "michalewicz", "dixon-price", "schwefel", "sum-squares", "trid",
    }  # fmt: skip


@every_family
def test_of_two_parameters_both_texts_are_one_function(objective):
    constants = {key: value for key, value in objective.settings.items() if key != "dim"}
    over_vector = resolve(objective.family.text, constants, dim=2)
    points = inside(objective, 20)
    plain, vector = objective.value_and_grad(points), over_vector.value_and_grad(points)
    for one, other in zip(plain, vector, strict=True):
        assert one == pytest.approx(other, rel=1e-11, abs=1e-11 * max(1.0, np.abs(one).max()))
    curved = objective.hessian(points)
    assert curved == pytest.approx(over_vector.hessian(points), rel=1e-9, abs=1e-10 * np.abs(curved).max())
    assert of(objective, 2) is objective


@every_family
def test_of_any_number(objective):
    for dim in lengths(objective):
        wide = of(objective, dim)
        assert wide.dim == dim == len(wide.start) == len(wide.domain) and wide.settings["dim"] == dim
        assert wide.name == objective.name and wide.names[-1] == f"x{dim}"
        assert wide.inside(wide.start) and wide.lr > 0
        points = inside(wide, 3)
        values, slopes = wide.value_and_grad(points)
        expected = FUNCTIONS[objective.name](points)
        assert values == pytest.approx(expected, rel=1e-11, abs=1e-10 * dim)
        assert slopes.shape == points.shape
        assert along(wide, points) == pytest.approx(0, abs=1e-6)


def along(wide, points):
    """By how much the gradient is off along some directions, in its own measure."""
    random = np.random.default_rng(5)
    slopes = wide.value_and_grad(points)[1]
    function = FUNCTIONS[wide.name]
    off = []
    for _ in range(8):
        way = random.normal(size=(wide.dim, 1))
        way[random.uniform(size=way.shape) < 0.5] = 0.0
        way /= max(1.0, np.linalg.norm(way))
        h = max(1e-4, 1e-7 * wide.domain[0][1])
        central = [(function(points + w * way) - function(points - w * way)) / (2 * w) for w in (h, h / 2)]
        expected = (4 * central[1] - central[0]) / 3
        off.append(np.abs(expected - (slopes * way).sum(0)) / np.maximum(1.0, np.linalg.norm(slopes, axis=0)))
    return np.max(off)


@every_family
def test_its_minimizers(objective):
    for dim in lengths(objective):
        wide = of(objective, dim)
        if objective.name == "michalewicz":
            assert wide.minimizers == () and wide.f_min is None, "known in two dimensions only"
            continue
        (place,) = wide.minimizers
        assert wide.inside(place)
        lowest = {
            "styblinski-tang": -39.16616570377141 * dim, "trid": -dim * (dim + 4) * (dim - 1) / 6,
        }.get(objective.name, 0.0)  # fmt: skip
        assert wide.f_min == pytest.approx(lowest, rel=1e-12, abs=1e-12 * dim)
        loss, slope = wide.value_and_grad(np.array(place))
        assert np.abs(slope).max() < 1e-9 * max(1.0, abs(loss))
        if dim <= 9 and objective.name != "ackley":
            assert np.linalg.eigvalsh(wide.hessian(np.array(place))).min() > 0


@every_family
def test_its_own_learning_rate_takes_it_down(objective):
    for dim in lengths(objective):
        wide = of(objective, dim)
        point, losses = np.array(wide.start), []
        for _ in range(60 if dim == LONG else 300):
            loss, slope = wide.value_and_grad(point)
            losses.append(loss)
            point = point - wide.lr * slope
        assert np.isfinite(losses).all()
        assert (np.diff(losses) <= 1e-12 * max(map(abs, losses))).all()
        if wide.f_min is not None and (objective.name, dim) not in CREEPS:
            assert losses[0] - losses[-1] > 0.1 * (losses[0] - wide.f_min)


def test_the_curvature_of_a_family():
    for name in ("rosenbrock", "griewank", "zakharov"):
        wide = of(BY_NAME[name], 5)
        point, h = inside(wide, 1)[:, 0], 1e-5
        steps = h * np.eye(5)
        rows = [(wide.value_and_grad(point + s)[1] - wide.value_and_grad(point - s)[1]) / (2 * h) for s in steps]
        assert wide.hessian(point) == pytest.approx(np.array(rows), rel=1e-6, abs=1e-4 * np.abs(rows).max())


def test_constants_go_with_the_dimension():
    found = resolve("rosenbrock:dim=9,b=10")
    assert found.settings == {"a": 1.0, "b": 10.0, "dim": 9.0}
    point = inside(found, 1)[:, 0]
    assert found.value(point) == pytest.approx(FUNCTIONS["rosenbrock"](point, 1.0, 10.0))
    assert found.minimizers == ((1.0,) * 9,)
    assert resolve("rosenbrock", {"b": 10.0}, dim=9) == found
    assert resolve("rosenbrock:dim=3,a=0.5").minimizers == (), "one is known for a = 1 only"
    assert resolve("rosenbrock:a=2").minimizers == ((2.0, 4.0),)
    assert resolve("himmelblau:dim=2") is BY_NAME["himmelblau"] is resolve("himmelblau", dim=2)
    assert of_dimension(BY_NAME["sphere"], 4) == resolve("Sphere:dim=4")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sphere:dim=0", "dim is from 1 to 1000; 0 is outside"),
        ("sphere:dim=1001", "dim is from 1 to 1000; 1001 is outside"),
        ("sphere:dim=-3", "dim is from 1 to 1000"),
        ("sphere:dim=nan", "dim"),
        ("sphere:dim=2.5", "dim is a whole number"),
        ("sphere:dim=many", "dim is a"),
        ("himmelblau:dim=3", "himmelblau has 2 parameters, and no form with another number"),
        ("square:dim=2", "square has 1 parameter, and no form with another number"),
        ("powell:dim=8", "powell has 4 parameters"),
        *[(f"{name}:dim=1", f"dim of {name} is from 2 to 1000; 1 is outside") for name in sorted(FROM_TWO)],
    ],
)
def test_a_dimension_that_cannot_be(text, message):
    with pytest.raises(ParameterError, match=message):
        resolve(text)
