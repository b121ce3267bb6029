"""Why a run ends, and in which words."""

import math

import numpy as np
import pytest

import gdtui
from gdtui.descent.conditions import values_over
from gdtui.descent.run import begin
from gdtui.descent.setup import prepare


def test_patience_counts_steps_without_a_better_loss():
    run = gdtui.descend("abs(x)", start=1.05, lr=0.1, patience=7, steps=1000)
    best = int(run.loss.argmin())
    assert run.status == "stalled" and run.steps == best + 7
    assert run.reason == f"stalled: the loss has not improved on 0.05 in 7 steps, at t = {run.steps}"


def test_min_delta_is_how_much_better_counts():
    run = gdtui.descend("x**2", start=1.0, lr=0.1, patience=3, min_delta=0.01, steps=1000)
    best, since, k = run.loss[0], 0, 0
    while since < 3:
        k += 1
        best, since = (run.loss[k], 0) if run.loss[k] < best - 0.01 else (best, since + 1)
    assert run.steps == k and "by more than 0.01" in run.reason


@pytest.mark.parametrize("dim", [2, 25])
def test_floats_and_arrays_end_alike(dim):
    text = "sum(x**2*(i + 1))"
    for options in ({"gtol": 1e-3}, {"patience": 5, "min_delta": 1e-3}, {"diverge_at": 1e4, "lr": 0.99}, {"steps": 7}):
        run = gdtui.descend(text, dim=dim, start=np.ones(dim), **{"lr": 0.9 / dim, "steps": 10_000} | options)
        expected, p, best, since = None, np.ones(dim), math.inf, 0
        scale = np.arange(1, dim + 1)
        best = (p**2 * scale).sum()
        for t in range(1, options.get("steps", 10_000) + 1):
            p = p - run.hyperparameters["lr"] * 2 * scale * p
            loss, slope = (p**2 * scale).sum(), 2 * scale * p
            if max(np.abs(p).max(), loss) > options.get("diverge_at", 1e50):
                expected = ("diverged", t)
            elif np.linalg.norm(slope) < options.get("gtol", 0):
                expected = ("converged", t)
            elif "patience" in options:
                best, since = (loss, 0) if loss < best - 1e-3 else (best, since + 1)
                expected = ("stalled", t) if since == 5 else None
            if expected:
                break
        assert (run.status, run.steps) == (expected or ("max_steps", options.get("steps")))


def test_diverged_says_what_passed_and_when():
    run = gdtui.descend("x**2", start=1.0, lr=2.0, steps=1000)
    assert run.status == "diverged" and run.status.failed
    assert abs(run.loss[-1]) > 1e50 >= abs(run.loss[-2])
    assert run.reason == f"diverged: loss = {run.loss[-1]:.4g} passed 1e+50 at t = {run.steps}"
    early = gdtui.descend("x**2", start=1.0, lr=2.0, steps=1000, diverge_at=100)
    assert early.steps == 3 and early.params[-1, 0] == -27.0
    along = gdtui.descend("x + abs(y)/1e9", start=(0.0, 1.0), lr=1.0, steps=2000, diverge_at=1000)
    assert along.steps == 1001 and along.reason == "diverged: loss = −1001 passed 1000 at t = 1001"
    parameters = gdtui.descend("-0.001*x**2", start=1e4, lr=1e3, steps=99, diverge_at=1e5)
    assert parameters.reason.startswith("diverged: loss = ") or parameters.reason.startswith("diverged: θ = ")
    assert np.abs([*parameters.params[-1], parameters.loss[-1]]).max() > 1e5


def test_the_order_of_the_tests():
    """Non-finite, diverged, gtol, patience, steps; a breakpoint changes none of them."""
    everything = {"gtol": 1e9, "patience": 1, "steps": 1, "min_delta": 1e9}
    assert gdtui.descend("x**2", start=1.0, lr=0.1, **everything).status == "converged"
    with_hit = gdtui.descend("x**2", start=1.0, lr=0.1, breakpoints=["t > 0"], **everything)
    assert with_hit.status == "converged" and with_hit.reason.endswith("; breakpoint: t > 0 there too")
    far = {"diverge_at": 0.75, "breakpoints": ["t > 0"]}
    assert gdtui.descend("x**2", start=1.0, lr=0.1, **far, **everything).status == "diverged"
    assert gdtui.descend("log(x)", start=0.7, lr=1.0, **far, **everything).status == "non_finite"
    del everything["gtol"]
    assert gdtui.descend("x**2", start=1.0, lr=0.1, **everything).status == "stalled"
    assert gdtui.descend("x**2", start=1.0, lr=0.1, steps=1).status == "max_steps"


def test_cycles_of_two_and_more_are_told_and_slow_runs_are_not():
    assert "period 2" in gdtui.descend("x**2", start=1.8, lr=1.0).reason
    three = gdtui.descend("where(x < 1.5, -x, where(x < 2.5, -x, 2*x))", start=1.0, lr=1.0, steps=500)
    assert three.status == "stalled" and "period 3" in three.reason
    assert three.params[:4, 0].tolist() == [1.0, 2.0, 3.0, 1.0]
    slow = gdtui.descend("x**2", start=1.0, lr=1e-9, steps=3000)
    assert slow.status == "max_steps" and slow.steps == 3000
    turning = gdtui.descend("x**2", "momentum", start=1.0, lr=1.0, momentum=0.99, steps=300)
    assert turning.status == "max_steps"


def test_a_run_that_stands_still():
    run = gdtui.descend("x**2 + 0*y", start=(0.0, 1.0), lr=0.1, steps=50)
    assert run.status == "max_steps" and run.steps == 50 and "θ stands still" in run.reason
    session = begin(prepare("x**2", start=0.0))
    session.advance(10_000)
    assert session.end.status == "stalled" and "stands still" in session.end.reason


def test_one_step_and_none():
    assert gdtui.descend("x**2", start=1.0, steps=1).reason == "ran all 1 step"
    none = gdtui.descend("x**2", start=1.0, steps=0)
    assert none.steps == 0 and none.status == "max_steps" and none.params.shape == (1, 1)


def test_an_ended_run_makes_no_more_rows_until_its_rules_change():
    session = begin(prepare("x**2", start=1.8, settings={"lr": 0.1}, stopping={"gtol": 0.01}))
    assert session.advance(100) == 27 and session.advance(100) == 0
    assert session.end.status == "converged"
    session.back()
    assert session.end.status == "running"
    session.seek(27)
    session.change(session.setup.with_stopping("gtol", 1e-4))
    assert session.advance(100) > 0 and session.end.status == "converged"
    session.change(session.setup.with_stopping("gtol", None))
    assert session.advance(5) == 5


def test_a_start_beyond_the_limit_has_diverged_already():
    run = gdtui.descend("x**2 + y**2", start=(1e30, 1.0), lr=0.1)
    assert run.steps == 0 and run.status == "diverged"
    assert run.reason == "diverged: loss = 1e+60 passed 1e+50 at t = 0"


def test_the_gradient_at_the_end_is_written_with_digits_that_tell_it_from_its_bound():
    run = gdtui.descend("x", lr=0.5, start=3.0, gtol=1.0000001, steps=5)
    assert run.reason == "converged: ‖∇f‖ = 1 < 1.0000001 at t = 1"
    over = gdtui.descend("-x", lr=1.0, start=0.0, diverge_at=2.99999, steps=5)
    assert over.reason == "diverged: loss = −3 passed 2.99999 at t = 3"


def to_the_end(*args, **options):
    """A descent past all of its breakpoints."""
    limits = {name: options.pop(name) for name in ("steps", "gtol", "patience", "diverge_at") if name in options}
    breakpoints, maximize = options.pop("breakpoints", ()), options.pop("maximize", False)
    setup = prepare(*args, start=options.pop("start"), settings=options, stopping=limits, breakpoints=breakpoints,
                    maximize=maximize)  # fmt: skip
    session = begin(setup)
    while session.advance(1000):
        pass
    return session


@pytest.mark.parametrize(
    ("options", "status", "steps"),
    [
        ({"gtol": 1e-2}, "converged", 24),
        ({"patience": 10, "lr": 1.001, "steps": 99}, "stalled", 10),
        ({"steps": 22}, "max_steps", 22),
        ({"lr": 3.0, "diverge_at": 1e3}, "diverged", 3),
    ],
)
@pytest.mark.parametrize("rule", ["gd", "adam"])
def test_a_breakpoint_never_changes_where_a_run_ends(options, status, steps, rule):
    if rule == "adam":  # other rows, the same sentence about them
        options, status, steps = options | {"lr": 0.1, "steps": 500}, None, None
    plain = to_the_end("x^2", rule, start=1.0, **{"lr": 0.1} | options)
    for condition in ("abs(x) < 1e-2", "t > 0", "loss > 0", "1/(t - 5) > 0", "loss > prev(loss)"):
        stopped = to_the_end("x^2", rule, start=1.0, breakpoints=[condition], **{"lr": 0.1} | options)
        assert (stopped.end.status, stopped.end.row) == (plain.end.status, plain.end.row), condition
        assert stopped.end.reason.startswith(plain.end.reason)
        met = values_over(stopped.setup.breakpoints[0], stopped.branch, 1, stopped.branch.count)
        assert stopped.hits.get(condition, 0) == met.sum()
        assert stopped.end.reason.endswith(f"; breakpoint: {condition} there too") == met[-1]
    assert status is None or (plain.end.status, plain.end.row) == (status, steps)


def test_what_is_made_large_is_better_the_larger_it_is():
    run = to_the_end("-(x-2)^2+5", start=-3.0, lr=0.1, patience=10, steps=100, maximize=True)
    assert (run.end.status, run.end.row) == ("stalled", 97) and run.branch.row(97).loss == 5.0
    lanes = gdtui.descend_many("-(x-2)^2+5", starts=[-3.0, 1.0], lr=0.1, patience=10, steps=100, maximize=True)
    for start, status, steps in zip([-3.0, 1.0], lanes.status, lanes.steps, strict=True):
        one = to_the_end("-(x-2)^2+5", start=start, lr=0.1, patience=10, steps=100, maximize=True)
        assert (one.end.status, one.end.row) == (status, steps)
    grows = prepare("x**2", start=1.0, settings={"lr": 0.1}, maximize=True, breakpoints=["divergence"])
    assert grows.breakpoints[0].text.startswith("loss < prev(loss) and prev(loss) < prev(loss, 2)")


def test_a_term_that_is_no_number_and_reaches_nothing_is_told_once_and_ends_nothing(tmp_path):
    rule = tmp_path / "root.toml"
    rule.write_text('equations = """\nr = sqrt(1 - t)\ntheta = theta - lr*where(t < 1, r, g)\n"""\n'
                    "[hyperparameters]\nlr = 0.1\n")  # fmt: skip
    run = to_the_end("x**2", str(rule), start=1.0, lr=0.1, steps=20)
    assert (run.end.status, run.end.row) == ("max_steps", 20)
    assert run.end.reason == "ran all 20 steps; r is NaN at t = 2, which reached neither θ nor loss nor gradient"
    stopped = gdtui.descend("x**2", str(rule), start=1.0, lr=0.1, steps=20, breakpoints=["non-finite"])
    assert (stopped.status, stopped.steps) == ("breakpoint", 2)
    assert stopped.reason == "breakpoint: non-finite at t = 2"
    run.seek(1)
    run.fork()
    assert run.branch.remark is None and run.advance(1) == 1 and run.branch.remark.row == 2
    many = gdtui.descend_many("x**2", str(rule), starts=[1.0, 2.0], lr=0.1, steps=20)
    assert many.status.tolist() == ["max_steps"] * 2
    calm = gdtui.descend("himmelblau", "adam", lr=0.1, steps=50, breakpoints=["non-finite"])
    assert calm.status == "max_steps"


def test_a_slope_that_is_gtol_exactly_and_slopes_whose_squares_are_nothing():
    at_it = begin(prepare("0.5*x", start=0.0, settings={"lr": 0.1}, stopping={"gtol": 0.5}))
    at_it.advance(9)
    assert at_it.end.reason == "converged: ‖∇f‖ = 0.5 ≤ 0.5 at t = 1"
    at_it.change(at_it.setup.with_stopping("patience", 50))
    assert at_it.end.status == "converged"
    assert gdtui.descend("x**2", start=0.0, lr=0.1, gtol=0.0, steps=5).reason == "converged: ‖∇f‖ = 0 ≤ 0 at t = 1"
    tiny = gdtui.descend("1e-170*x", start=1.0, lr=0.1, gtol=1e-200, steps=5)
    assert tiny.reason == "converged: ‖∇f‖² = 0 at t = 1"


def test_steps_set_below_what_was_run_and_back():
    session = begin(prepare("x**2", start=1.8, settings={"lr": 0.01}))
    session.advance(20)
    before = session.setup
    session.change(session.setup.with_stopping("steps", 5))
    assert (session.end.status, session.end.row) == ("max_steps", 20)
    assert session.end.reason == "ran all 5 steps; it had come to t = 20 before"
    session.change(before)
    assert session.end.status == "running" and session.advance(3) == 3


def test_a_stopping_rule_that_is_undone_brings_the_end_back():
    session = begin(prepare("x**2", start=1.8, settings={"lr": 0.1}, stopping={"gtol": 0.01}))
    session.advance(99)
    end, before = session.end, session.setup
    session.change(session.setup.with_stopping("gtol", 1e-4))
    assert session.end.status == "running"
    session.change(before)
    assert session.end == end and session.advance(1) == 0
    stalled = begin(prepare("x**2", "momentum", start=1.8, settings={"lr": 0.1}, stopping={"patience": 4}))
    stalled.advance(999)
    for name, value in (("diverge_at", 1e49), ("patience", 2)):
        stalled.change(stalled.setup.with_stopping(name, value))
        assert (stalled.end.status, stalled.end.row) == ("stalled", 7)


@pytest.mark.parametrize("reads", ["t < 10", "normal()[0] < 5"])
def test_what_reads_t_or_draws_is_in_no_cycle_where_theta_is_back(tmp_path, reads):
    rule = tmp_path / "turning.toml"
    rule.write_text(f'equations = "theta = -theta*where({reads}, 1, 0.5)"\n[hyperparameters]\nlr = 1.0\n')
    run = gdtui.descend("x**2", str(rule), start=1.0, steps=20)
    assert run.status == "max_steps" and abs(run.params[9, 0]) == 1.0
    many = gdtui.descend_many("x**2", str(rule), starts=[1.0], steps=20)
    assert (many.status[0], many.steps[0]) == ("max_steps", 20)


def test_a_term_that_ends_the_run_in_its_own_row_is_told_once(tmp_path):
    rule = tmp_path / "late.toml"
    rule.write_text('equations = "a = 1/(3 - t)\\ntheta = theta - lr*a*g"\n[hyperparameters]\nlr = 0.1\n')
    run = gdtui.descend("x**2", str(rule), start=1.0, steps=20)
    assert (run.status, run.steps) == ("non_finite", 3) and "a is ∞ at t = 3" in run.reason
    assert "neither" not in run.reason and run.session.branch.remark is None
