"""A user's own functions: how they are called, which can be, and what stands in the place of a gradient."""

import functools
import math

import numpy as np
import pytest

import gdtui
from gdtui.formula.parameter import ParameterError
from gdtui.objectives.functions import OneParameter, central_differences, own_functions, with_gradient
from gdtui.objectives.resolve import resolve

ONE = np.array([2.5]).view(OneParameter)


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        (lambda x: math.sin(x), math.sin(2.5)),
        (lambda x: math.sin(2 * x - 1), math.sin(4.0)),
        (lambda x: float(x), 2.5),
        (lambda x: int(x), 2),
        (lambda x: round(x), 2),
        (lambda x: round(x, 1), 2.5),
        (lambda x: math.floor(x) + math.ceil(-x), 0),
        (lambda x: complex(x), 2.5 + 0j),
        (lambda x: f"{x:.3f} {x}", "2.500 [2.5]"),
        (lambda x: "%.1f" % x, "2.5"),  # noqa: UP031 - as it is written, too
        (lambda x: "up" if x > 0 else "down", "up"),
        (lambda x: float(max(x, 3)), 3.0),
        (lambda x: float(abs(-x)), 2.5),
        (lambda x: x[0], 2.5),
        (lambda x: x @ x, 6.25),
        (lambda x: len(x), 1),
        (lambda x: x.shape, (1,)),
        (lambda x: (x * np.arange(3.0)).tolist(), [0.0, 2.5, 5.0]),
        (lambda x: type(np.asarray(x)), np.ndarray),
        (lambda x: [float(v) for v in x], [2.5]),
    ],
)
def test_one_parameter_passes_for_an_array_and_for_a_number(answer, right):
    found = answer(ONE)
    assert found == right and type(found) in (type(right), np.float64)


def test_more_than_one_number_is_none():
    with pytest.raises(TypeError, match=r"one number is needed here; this is an array of shape \(3,\)"):
        math.sin(ONE * np.arange(3.0))


@pytest.mark.parametrize("start", [0.5, [0.5]])
@pytest.mark.parametrize(
    ("f", "df"),
    [
        (lambda x: (x - 3) ** 2, lambda x: 2 * (x - 3)),
        (lambda x: (x[0] - 3) ** 2, lambda x: np.array([2 * (x[0] - 3)])),
        (lambda x: (x - 3) @ (x - 3), lambda x: [2 * (x[0] - 3)]),
        (lambda x: math.pow(x - 3, 2), lambda x: 2 * (float(x) - 3)),
        (lambda x: (x - 3) ** 2 if x > -9 else 0.0, lambda x: np.float64(2 * x.item() - 6)),
        (lambda x: [float((x - 3) ** 2)], lambda x: (2 * x - 6).tolist()),
    ],
)
def test_functions_of_one_number_or_of_an_array_of_one(f, df, start):
    run = gdtui.descend(f, grad=df, start=start, lr=0.1, steps=5)
    right = gdtui.descend("(x - 3)**2", start=0.5, lr=0.1, steps=5)
    assert run.params == pytest.approx(right.params, rel=1e-14) and run.loss == pytest.approx(right.loss, rel=1e-14)
    many = gdtui.descend_many(f, grad=df, starts=[0.5, 1.0], lr=0.1, steps=5)
    assert many.params[0] == pytest.approx(right.params[-1], rel=1e-14)


def test_each_function_is_called_once_a_row_in_order():
    calls = []

    def f(x):
        calls.append(("f", float(x)))
        return x**2

    def df(x):
        calls.append(("df", float(x)))
        return 2 * x

    run = gdtui.descend(f, grad=df, start=1.0, lr=0.25, steps=3)
    assert calls == [(name, x) for x in run.params[:, 0].tolist() for name in ("f", "df")]
    calls.clear()
    gdtui.descend(f, grad="numeric", start=1.0, lr=0.25, steps=3)
    assert len(calls) == 4 * (1 + 2) and {name for name, _ in calls} == {"f"}


def wrapped(function):
    @functools.wraps(function)
    def inner(v):
        return function(*v)

    return inner


class Bowl:
    __hash__ = None

    def __call__(self, v, scale=2.0):
        return float(scale * (v @ v))

    def along(self, v):
        return float(v @ v)


@pytest.mark.parametrize(
    "function",
    [
        lambda v: v[0] + v[1], lambda v, scale=2.0: v @ v, lambda *v: v[0] @ v[0], Bowl(), Bowl().along, np.linalg.norm,
        np.sum, sum, max, functools.partial(lambda k, v: k * v[0], 2.0), functools.partial(lambda v, k: v[0], k=2.0),
        wrapped(lambda x, y: x + y), np.vectorize(lambda x: 0.0, signature="(n)->()"),
    ],
)  # fmt: skip
def test_what_can_be_called_with_one_array_is_taken(function):
    assert gdtui.descend(function, grad="numeric", start=(1.0, 2.0), steps=1).steps == 1


@pytest.mark.parametrize(
    ("function", "takes"),
    [
        (lambda x, y: x + y, "x, y"),
        (lambda: 1.0, "nothing"),
        (lambda v, *, k: v[0], "v, k"),
        (functools.partial(lambda k, x, y: x, 2.0), "x, y"),
        (math.pow, "x, y"),
    ],
)
@pytest.mark.parametrize("face", [gdtui.descend, gdtui.descend_many])
def test_what_cannot_be_is_told_before_the_first_call(function, takes, face):
    start = {"start": (1.0, 2.0)} if face is gdtui.descend else {"starts": [(1.0, 2.0)]}

    def never(v):
        raise AssertionError("called")

    why = rf"is called with one array of shape \(2,\), all parameters in it; this one takes {takes}\. Write it as"
    with pytest.raises(ParameterError, match=rf"your function {why} lambda v: v\[0\]\*\*2 \+ v\[1\]\*\*2"):
        face(function, grad=never, **start)
    for objective in (never, "himmelblau"):
        with pytest.raises(ParameterError, match=rf"grad {why} lambda v: \[v\[0\]\*2, v\[1\]\*2\]"):
            face(objective, grad=function, **start)


@pytest.mark.parametrize("theta", [(0.3, -1.2), (1e6, -1e-9), (-3e4, 7.0), (0.0, 0.0)])
def test_central_differences_suit_each_coordinate(theta):
    objective = resolve("x**2*y + sin(y) + exp(-x**2)")
    slopes = central_differences(objective.value, np.array(theta))
    scale = 1e-9 * (1 + abs(objective.value(np.array(theta))))
    assert slopes == pytest.approx(objective.value_and_grad(np.array(theta))[1], rel=1e-8, abs=scale)


@pytest.mark.parametrize("x", [1e-9, 0.4, 30.0, 1e6, -1e100])
def test_the_step_grows_with_the_coordinate(x):
    (slope,) = central_differences(lambda points: points[0] ** 3 + points[0], np.array([x]))
    assert slope == pytest.approx(3 * x**2 + 1, rel=2e-10)


def test_a_formula_keeps_all_but_its_gradient():
    formula = resolve("himmelblau")
    mine = with_gradient(formula, lambda v: -v)
    for name in ("name", "names", "domain", "start", "lr", "minimizers", "f_min", "formula", "reference"):
        assert getattr(mine, name) == getattr(formula, name)
    loss, grad = mine.value_and_grad(np.array([1.0, 2.0]))
    assert (loss, grad.tolist()) == (formula.value(np.array([1.0, 2.0])), [-1.0, -2.0])
    lanes = np.array([[1.0, 2.0], [3.0, 4.0]])
    assert mine.value(lanes).tolist() == formula.value(lanes).tolist()


def test_two_functions_are_one_where_they_are_the_same():
    one, two = (own_functions(lambda v, k=k: k * float(v @ v), lambda v: v, (1.0, 2.0)) for k in (1, 2))
    assert one == one and one != two and len({one, two}) == 2
    assert [o.value(np.array([1.0, 0.0])) for o in (one, two)] == [1.0, 2.0]
