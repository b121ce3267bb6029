"""gdtui.descend_many as people call it."""

import math

import numpy as np
import pytest

import gdtui

STARTS = [(-0.4, -0.65), (3.0, 3.0), (-4.0, 1.0)]


def test_what_is_given_back():
    runs = gdtui.descend_many("himmelblau", optimizer="adam", lr=0.1, starts=STARTS, steps=200, gtol=1e-2)
    assert runs.params.shape == (3, 2) and runs.params.dtype == runs.loss.dtype == np.float64
    assert runs.loss.shape == runs.steps.shape == runs.status.shape == (3,) and len(runs) == 3
    assert set(runs.status) <= {"converged", "max_steps"} and "converged" in runs.status
    assert runs.history is None and runs.hyperparameters["lr"] == 0.1
    assert repr(runs).startswith("<Runs of 3: ")


def test_hyperparameters_are_numbers_or_arrays():
    rates, decays = np.array([0.01, 0.05, 0.2]), [0.0, 0.1, 0.5]
    options = {"weight_decay": decays, "schedule": "step:size=10", "gamma": [0.5, 0.9, 1.0], "clip_norm": 5.0}
    runs = gdtui.descend_many("himmelblau", "adagrad", starts=STARTS, lr=rates, steps=60,
                              initial_accumulator_value=[0.0, 0.5, 1.0], **options)  # fmt: skip
    for lane, start in enumerate(STARTS):
        mine = {"weight_decay": decays[lane], "gamma": options["gamma"][lane], "lr": rates[lane]}
        mine |= {"initial_accumulator_value": [0.0, 0.5, 1.0][lane], "clip_norm": 5.0, "schedule": "step:size=10"}
        one = gdtui.descend("himmelblau", "adagrad", start=start, steps=60, **mine)
        assert runs.params[lane] == pytest.approx(one.params[-1], rel=1e-10)
    swept = gdtui.descend_many("x**2", starts=[1.8] * 3, lr=[0.1, 0.4, 1.2], steps=5)
    assert swept.params[:, 0] == pytest.approx([1.8 * (1 - 2 * lr) ** 5 for lr in (0.1, 0.4, 1.2)])


def test_rows_where_they_are_asked_for():
    runs = gdtui.descend_many("x**2", starts=[1.8, 40.0, 0.001], lr=0.1, gtol=0.01, steps=300, record=True)
    longest = int(runs.steps.max())
    assert runs.history.params.shape == (longest + 1, 3, 1) and runs.history.loss.shape == (longest + 1, 3)
    for lane, start in enumerate([1.8, 40.0, 0.001]):
        one = gdtui.descend("x**2", start=start, lr=0.1, gtol=0.01, steps=300)
        assert runs.history.params[: one.steps + 1, lane] == pytest.approx(one.params, rel=1e-12)
        assert (runs.history.params[one.steps :, lane] == runs.params[lane]).all()
        assert (runs.history.loss[one.steps :, lane] == runs.loss[lane]).all()
    plain = gdtui.descend_many("x**2", starts=[1.8, 40.0, 0.001], lr=0.1, gtol=0.01, steps=300)
    assert (plain.params == runs.params).all() and (plain.steps == runs.steps).all()
    none = gdtui.descend_many("x**2", starts=[1.8], steps=0, record=True)
    assert none.history.loss.tolist() == [[1.8**2]]


@pytest.fixture
def noisy(tmp_path):
    path = tmp_path / "noisy.toml"
    path.write_text('equations = "theta = theta - lr*(g + normal())"\n[hyperparameters]\nlr = 0.1\n')
    return str(path)


def test_one_seed_is_shared_and_an_array_is_one_for_each(noisy):
    shared = gdtui.descend_many("sphere", noisy, starts=STARTS, seed=7, steps=20)
    apart = gdtui.descend_many("sphere", noisy, starts=STARTS, seed=[7, 8, 2**64 - 1], steps=20)
    for lane, start in enumerate(STARTS):
        for runs, seed in ((shared, 7), (apart, (7, 8, 2**64 - 1)[lane])):
            one = gdtui.descend("sphere", noisy, start=start, seed=seed, steps=20)
            assert runs.params[lane] == pytest.approx(one.params[-1], rel=1e-12)
    many = gdtui.descend_many("sphere", noisy, starts=[(1.0, 1.0)] * 5, seed=range(5), gtol=0.5, steps=99)
    for lane in range(5):  # lanes end one by one; the others keep their draws
        one = gdtui.descend("sphere", noisy, start=(1.0, 1.0), seed=lane, gtol=0.5, steps=99)
        assert (one.status, one.steps) == (many.status[lane], many.steps[lane])


def test_ones_own_functions_are_called_for_the_lanes_that_run(tmp_path):
    calls = []

    def f(p):
        calls.append(tuple(p))
        return float(p @ p)

    starts = [(1.0, 2.0), (0.001, 0.0), (3.0, 0.0)]
    runs = gdtui.descend_many(f, grad=lambda p: 2 * p, starts=starts, optimizer="adam", lr=0.1, gtol=0.01, steps=30)
    formula = gdtui.descend_many("x**2 + y**2", starts=starts, optimizer="adam", lr=0.1, gtol=0.01, steps=30)
    assert runs.params == pytest.approx(formula.params, rel=1e-12) and (runs.status == formula.status).all()
    assert len(calls) == len(starts) + runs.steps.sum()
    path = tmp_path / "look.toml"
    lines = ["a = grad(theta - lr*g)", "b = loss_at(theta - a)", "theta = theta - lr*a*b/(1 + b)"]
    path.write_text('equations = """\n{}\n"""\n[hyperparameters]\nlr = 0.1\n'.format("\n".join(lines)))
    looked = gdtui.descend_many(f, grad=lambda p: 2 * p, starts=starts, optimizer=str(path), lr=0.2, steps=10)
    written = gdtui.descend_many("x**2 + y**2", starts=starts, optimizer=str(path), lr=0.2, steps=10)
    assert looked.params == pytest.approx(written.params, rel=1e-12)
    with pytest.raises(ValueError, match=r"grad gave an array of shape \(3,\)"):
        gdtui.descend_many(f, grad=lambda p: np.zeros(3), starts=starts)


@pytest.mark.parametrize("rule", ["adam", "nesterov", "polyak"])
@pytest.mark.parametrize("grad", ["numeric", lambda v: v])
def test_a_gradient_beside_a_formula(grad, rule):
    runs = gdtui.descend_many("himmelblau", rule, grad=grad, starts=STARTS, steps=20, gtol=1e-3, record=True)
    for lane, start in enumerate(STARTS):
        one = gdtui.descend("himmelblau", rule, grad=grad, start=start, steps=20, gtol=1e-3)
        assert runs.params[lane] == pytest.approx(one.params[-1], rel=1e-9, abs=1e-12)
        assert (runs.status[lane], runs.steps[lane]) == (one.status, one.steps)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"starts": []}, "starts is one row of numbers"),
        ({"starts": "random"}, "starts is one row of numbers"),
        ({"starts": 3.0}, "starts is one row of numbers"),
        ({"starts": [(1.0, 2.0), (3.0,)]}, "starts is one row of numbers"),
        ({"starts": [(1.0, 2.0), (math.nan, 0.0)]}, "row 1 is not"),
        ({"starts": [(1.0, 2.0, 3.0)]}, "himmelblau has 2 parameters"),
        ({"lr": [0.1, 0.2]}, r"lr has the shape \(2,\); for 3 starts it is a number or \(3,\)"),
        ({"lr": [0.1, -0.2, 0.3]}, "lr is from 0 to 1e\\+06; −0.2 is outside"),
        ({"lr": [0.1, "fast", 0.3]}, "lr is a number or an array of 3 numbers"),
        ({"schedule": "step", "size": [1, 2.5, 3]}, "size is a whole number"),
        ({"momentum": [0.9] * 3}, "gd has no parameter 'momentum'"),
        ({"steps": None}, "steps is a number here"),
        ({"breakpoints": ["loss < 1"]}, "a breakpoint is for one descent"),
        ({"state": {}}, "an optimizer's state is for one descent"),
        ({"seed": [1, 2]}, "seed has the shape"),
        ({"seed": [1, 2, -3]}, "seed is a whole number"),
        ({"steps": 10**9, "record": True}, "make fewer steps, or leave record out"),
        ({"objective": "himelblau"}, "did you mean himmelblau"),
        ({"objective": math.sin}, "need their gradient"),
        ({"record": "no"}, "record is True or False; 'no' is not"),
        ({"start": (1.0, 2.0)}, "here it is starts="),
        ({"x0": [[1.0]]}, "here it is starts="),
        ({"learning_rate": [0.1, 0.2, 0.3]}, "here it is lr="),
        ({"lr": []}, "lr is a number"),
        ({"lr": [1j, 0.2, 0.3]}, "lr is a number"),
        ({"grad": "numerical"}, "or 'numeric'"),
        ({"grad": "numeric", "optimizer": "newton"}, "the gradient is central differences"),
    ],
)
def test_what_is_wrong_is_a_value_error_that_says_so(options, message):
    with pytest.raises(ValueError, match=message) as caught:
        gdtui.descend_many(**{"objective": "himmelblau", "starts": STARTS} | options)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("bound", [1.4e154, 1e200, 1e300])
def test_divergence_is_seen_however_far_away_it_is(bound):
    """Where a square is no number any more."""
    options = {"lr": 10.0, "diverge_at": bound, "steps": 400}
    one = gdtui.descend("sum(x**2)", start=[1.0] * 25, dim=25, **options)
    many = gdtui.descend_many("sum(x**2)", starts=[[1.0] * 25, [0.0] * 25], dim=25, **options)
    assert one.status == "diverged" and many.status.tolist() == ["diverged", "max_steps"]
    assert one.steps == many.steps[0] and abs(one.loss[-1]) > bound > abs(one.loss[-2])


@pytest.mark.parametrize(("rule", "clip"), [("normalized-gd", None), ("gd", 1.0)])
def test_a_norm_is_one_where_its_squares_are_not(rule, clip):
    options = {"lr": 1e-172, "steps": 5, "clip_norm": clip}
    one = gdtui.descend("1e90*1e90*(x+y)", rule, start=(1e-170, 1e-170), **options)
    many = gdtui.descend_many("1e90*1e90*(x+y)", rule, starts=[(1e-170, 1e-170), (2e-170, 0.0)], **options)
    assert one.params[-1] == pytest.approx(many.params[0], rel=1e-12) and one.params[-1, 0] < 0.97e-170
