"""Gradient noise: drawn by (seed, row) in a stream of its own, and the same whichever way a row comes about."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gdtui
from gdtui.descent.arrays import normal_draw
from gdtui.descent.session import Session
from gdtui.descent.setup import prepare
from gdtui.objectives.catalogue import BY_NAME
from gdtui.optimizers.resolve import resolve_rule
from gdtui.storage.session_file import load, save

RULES = ("gd", "adam", "sam", "nag", "noisy-gd")
DEEDS = ("step", "back", "seek", "fork", "save")


def drawn(seed, row, dim):
    """By NumPy alone: the key is the seed with the stream above it."""
    key = np.array([seed, 1], dtype=np.uint64)
    counter = np.array([0, row, 0, 0], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key, counter=counter)).standard_normal(dim)


def bits(session):
    """Every row of the live branch, every term in it."""
    rows = [session.branch.row(k) for k in range(session.branch.count)]
    return [
        [np.asarray(v).tobytes() for v in (row.theta, row.loss, row.grad, *row.terms.values())] for row in rows
    ]


@pytest.mark.parametrize("maximize", [False, True])
@pytest.mark.parametrize("seed", [0, 7, 2**64 - 1])
def test_the_noise_is_that_of_seed_and_row_and_the_gradient_stays_raw(seed, maximize):
    run = gdtui.descend("himmelblau", lr=1e-3, steps=30, grad_noise=0.5, seed=seed, maximize=maximize)
    assert list(run.terms) == ["g", "noisy", "delta"]
    gradient = BY_NAME["himmelblau"].value_and_grad
    for row in range(1, 31):
        assert (run.grad[row] == gradient(run.params[row])[1]).all(), "what is recorded has no noise in it"
        g = -run.grad[row - 1] if maximize else run.grad[row - 1]
        assert (run.terms["g"][row] == g).all()
        assert (run.terms["noisy"][row] == g + 0.5 * drawn(seed, row, 2)).all()
        assert (run.terms["delta"][row] == -1e-3 * run.terms["noisy"][row]).all()


def test_the_numbers_are_standard_normal_and_not_those_of_a_rule_that_draws():
    run = gdtui.descend("sum(x^2)", "noisy-gd:sigma=2", dim=50, lr=1e-3, steps=400, start=[0.0] * 50, grad_noise=3.0)
    before = (run.terms["noisy"] - run.terms["g"])[1:] / 3.0
    own = (-run.terms["delta"] / 1e-3 - run.terms["noisy"])[1:] / 2.0
    for numbers in (before, own):
        assert abs(numbers.mean()) < 4 / np.sqrt(20_000) and abs(numbers.std() - 1) < 4 / np.sqrt(40_000)
        assert abs((np.abs(numbers) < 1).mean() - 0.6827) < 0.015
    for other in (own, np.roll(before, 1, axis=0), np.roll(before, 1, axis=1)):
        assert abs(np.corrcoef(before.ravel(), other.ravel())[0, 1]) < 4 / np.sqrt(20_000)
    assert own[0] == pytest.approx(normal_draw(0, 1, 50), abs=1e-9), "the rule's own draw is what it was"


def test_no_stream_meets_another():
    """Seeds as large as they may be reach into no other stream, and the stream of a rule is that of older versions."""
    old = np.random.Generator(np.random.Philox(key=5, counter=3 << 64)).standard_normal(4)
    assert (normal_draw(5, 3, 4) == old).all()
    found = {normal_draw(seed, row, 2, stream).tobytes()
             for seed in (0, 1, 2**63, 2**64 - 1) for row in (1, 2, 2**40) for stream in (0, 1)}  # fmt: skip
    assert len(found) == 24


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("objective", ["himmelblau", "rosenbrock:dim=20"])
def test_noise_of_0_changes_no_number(objective, rule):
    plain, still = (
        gdtui.descend(objective, rule, lr=1e-4, steps=50, clip_norm=4.0, **noise) for noise in ({}, {"grad_noise": 0})
    )
    for name in ("params", "loss", "grad"):
        assert (getattr(still, name) == getattr(plain, name)).all()
    assert (still.terms["clipped"][1:] == plain.terms["clipped"][1:]).all()


@pytest.mark.parametrize("given", [-0.1, float("nan"), float("inf"), 1e7, "much", True, [0.5]])
def test_a_sigma_that_is_none_is_refused_with_its_range(given):
    with pytest.raises(ValueError, match=r"grad_noise is (a number, )?from 0 to 1e\+06"):
        gdtui.descend("himmelblau", grad_noise=given, steps=1)


def test_grad_of_elsewhere_has_the_noise_of_g_as_it_is_clipped_as_g_is():
    run = gdtui.descend("himmelblau", "sam:rho=0.1", lr=1e-3, steps=5, grad_noise=2.0, clip_value=30.0, seed=4)
    objective = BY_NAME["himmelblau"]
    for row in range(1, 6):
        theta, noise = run.params[row - 1], 2.0 * drawn(4, row, 2)
        g = np.clip(run.grad[row - 1] + noise, -30, 30)
        u = theta + 0.1 * g / (np.linalg.norm(g) + 1e-12)
        there = np.clip(objective.value_and_grad(u)[1] + noise, -30, 30)
        assert run.params[row] == pytest.approx(theta - 1e-3 * there, rel=1e-13)


def test_it_comes_before_clipping_and_that_before_decay():
    run = gdtui.descend("himmelblau", lr=1e-3, steps=4, maximize=True, grad_noise=9.0, clip_value=3.0, clip_norm=2.0,
                        weight_decay=0.1, schedule="cosine")  # fmt: skip
    assert list(run.terms) == ["g", "noisy", "clipped_value", "clipped", "decayed", "lr_t", "delta"]
    assert (run.terms["clipped_value"][1:] == np.clip(run.terms["noisy"][1:], -3, 3)).all()
    assert (np.linalg.norm(run.terms["clipped"][1:], axis=1) <= 2.0).all()


def test_stops_read_the_gradient_without_noise():
    run = gdtui.descend("x**2", start=1.0, lr=0.1, grad_noise=0.01, gtol=0.05, steps=500)
    assert run.status == "converged" and abs(run.grad[-1, 0]) < 0.05 <= abs(run.grad[-2, 0])


@pytest.mark.parametrize("rule", RULES)
def test_many_at_once_draw_what_one_draws(rule):
    starts, seeds, sigmas = [(-1.2, 1.0), (0.0, 0.5), (2.0, 2.0)], [3, 0, 2**64 - 1], [0.0, 0.5, 20.0]
    options = {"lr": 1e-4, "steps": 25, "clip_norm": 50.0}
    shared = gdtui.descend_many("rosenbrock", rule, starts=starts, seed=5, grad_noise=2.0, record=True, **options)
    apart = gdtui.descend_many("rosenbrock", rule, starts=starts, seed=seeds, grad_noise=sigmas, record=True, **options)
    for lane, start in enumerate(starts):
        one = gdtui.descend("rosenbrock", rule, start=start, seed=5, grad_noise=2.0, **options)
        assert shared.history.params[:, lane] == pytest.approx(one.params, rel=1e-12)
        own = gdtui.descend("rosenbrock", rule, start=start, seed=seeds[lane], grad_noise=sigmas[lane], **options)
        assert apart.history.params[:, lane] == pytest.approx(own.params, rel=1e-12)


def test_many_at_once_have_the_noise_of_one_to_the_bit():
    """Where lanes have no order of their own: no running average, no length."""
    seeds, sigmas = [3, 0, 2**64 - 1], [0.0, 0.5, 20.0]
    options = {"lr": 1e-4, "steps": 25}
    many = gdtui.descend_many("rosenbrock", "noisy-gd", starts=[(-1.2, 1.0)] * 3, seed=seeds, grad_noise=sigmas,
                              record=True, **options)  # fmt: skip
    for lane in range(3):
        one = gdtui.descend("rosenbrock", "noisy-gd", seed=seeds[lane], grad_noise=sigmas[lane], **options)
        assert (many.history.params[:, lane] == one.params).all()


@settings(max_examples=40, deadline=None, derandomize=True)
@given(
    rule=st.sampled_from(RULES),
    deeds=st.lists(st.tuples(st.sampled_from(DEEDS), st.integers(0, 40)), max_size=12),
)
def test_whatever_way_a_row_is_reached_it_is_the_same_to_the_bit(tmp_path_factory, rule, deeds):
    setup = prepare("rosenbrock", rule, settings={"lr": 1e-4}, grad_noise=0.5, clip_norm=20.0, seed=11)
    session = Session(setup)
    path = tmp_path_factory.mktemp("noise") / "run.gdt"
    for name, value in deeds:
        match name:
            case "step":
                session.advance(value)
            case "save":
                save(session, path)
                session = load(path).session
            case "back" | "fork":
                getattr(session, name)()
            case "seek":
                session.seek(value)
    session.advance(20)
    straight = Session(setup)
    straight.advance(session.branch.count - 1)
    assert bits(session) == bits(straight)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(deeds=st.lists(st.tuples(st.sampled_from([*DEEDS, "anew", "sigma", "rate", "rule"]), st.integers(0, 30)),
                      max_size=14))  # fmt: skip
def test_every_row_of_every_branch_has_the_noise_of_its_row_by_the_knobs_that_made_it(tmp_path_factory, deeds):
    session = Session(prepare("rosenbrock", "gd", settings={"lr": 1e-4}, grad_noise=0.5, seed=11))
    path = tmp_path_factory.mktemp("noise") / "run.gdt"
    for name, value in deeds:
        match name:
            case "step":
                session.advance(value)
            case "save":
                save(session, path)
                session = load(path).session
            case "back" | "fork" | "anew":
                getattr(session, name)()
            case "seek":
                session.seek(value)
            case "rule":
                rule = resolve_rule(("gd", "momentum", "noisy-gd")[value % 3])[0]
                session.change(session.setup.with_pipeline(replace(session.setup.pipeline, rule=rule)))
            case "sigma" | "rate":
                knob, number = ("grad_noise", 0.1 * value) if name == "sigma" else ("lr", 1e-5 * (1 + value))
                session.change(session.setup.with_value(knob, number))
    session.advance(3)
    for branch in session.branches:
        for number in range(1, branch.count):
            row, before = branch.row(number), branch.row(number - 1)
            noise = row.segment.values["grad_noise"] * drawn(11, number, 2)
            assert (row.terms["noisy"] == before.grad + noise).all()
            if row.segment.program.pipeline.rule.name == "gd":
                assert (row.theta == before.theta + -row.segment.values["lr"] * row.terms["noisy"]).all()


def test_rows_that_were_let_go_come_back_as_they_were():
    setup = prepare("rosenbrock", "momentum", settings={"lr": 1e-4}, grad_noise=0.5, seed=2)
    small, whole = Session(setup, budget=2**17), Session(setup)
    for session in (small, whole):
        session.advance(6000)
    for row in (1, 255, 257, 1000, 3333, 6000):
        found, wanted = small.branch.row(row), whole.branch.row(row)
        assert found.theta.tobytes() == wanted.theta.tobytes()
        assert found.terms["noisy"].tobytes() == wanted.terms["noisy"].tobytes()
    assert sum(segment.trajectory.thinned for segment in small.branch.segments)


def test_ones_own_function_and_its_numeric_gradient_are_shaken_too():
    def loss(v):
        return float(v[0] ** 2 + v[1] ** 2)

    for grad in (lambda v: 2 * v, "numeric"):
        run = gdtui.descend(loss, grad=grad, start=(1.0, 2.0), lr=0.1, steps=3, grad_noise=0.5, seed=9)
        noise = np.array([0.5 * drawn(9, row, 2) for row in (1, 2, 3)])
        assert (run.terms["noisy"][1:] == run.grad[:-1] + noise).all()


def test_a_rule_that_reads_the_gradient_before_begins_with_that_of_its_first_step(tmp_path):
    path = tmp_path / "rule.toml"
    path.write_text('equations = "theta = theta - lr*(g + 0.5*prev(g))"\n[hyperparameters]\nlr = 0.01\n')
    run = gdtui.descend("himmelblau", str(path), steps=4, grad_noise=0.5, seed=3)
    noisy = run.terms["noisy"]
    assert run.params[1] == pytest.approx(run.params[0] - 0.01 * 1.5 * noisy[1], rel=1e-14)
    assert run.params[2] == pytest.approx(run.params[1] - 0.01 * (noisy[2] + 0.5 * noisy[1]), rel=1e-14)
    many = gdtui.descend_many("himmelblau", str(path), starts=[run.params[0]] * 2, steps=4, grad_noise=0.5, seed=[3, 4])
    assert many.params[0] == pytest.approx(run.params[-1], rel=1e-12)
    assert (many.params[0] != many.params[1]).all()
