"""What is said of a step: each case of the sentence, and that it is true."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gdtui
from gdtui.analysis.curvature import curvature_at
from gdtui.analysis.stability import best_constant_lr, quotient, verdict

BOWL = "(5*x**2 + y**2)/2"


def curvature_of(objective, optimizer="gd", steps=2, **options):
    run = gdtui.descend(objective, optimizer, steps=steps, **options)
    branch, last = run.session.branch, run.steps
    row = branch.row(last)
    return curvature_at(run.session.setup.objective, row, branch.row(last - 1) if last else None), row


def said(objective, optimizer="gd", **options):
    return verdict(*curvature_of(objective, optimizer, **options))


@pytest.mark.parametrize(
    ("objective", "optimizer", "options", "sentence", "short"),
    [
        (BOWL, "gd", {"lr": 0.45},
         "lr 0.45 is above 2/λmax = 0.4 along x: every step overshoots and grows by 1.25",
         "η 0.45 > 0.4: grows by 1.25"),
        (BOWL, "momentum", {"lr": 0.8},
         "lr 0.8 is above 3.8/λmax = 0.76 along x: every step overshoots and grows by 1.5",
         "η 0.8 > 0.76: grows by 1.5"),
        (BOWL, "gd", {"lr": 0.4},
         "lr 0.4 is 2/λmax: steps overshoot along x, and neither shrink nor grow",
         "η·λmax = 2: at the limit"),
        (BOWL, "gd", {"lr": 0.39},
         "lr 0.39 < 2/λmax = 0.4: overshoots along x, shrinking by 0.95 a step",
         "η·λmax = 1.95 < 2: overshoots"),
        (BOWL, "momentum", {"lr": 0.1},
         "lr 0.1 < 3.8/λmax = 0.76: overshoots along x, shrinking by 0.949 a step",
         "η·λmax = 0.5 < 3.8: overshoots"),
        (BOWL, "gd", {"lr": 0.06},
         "lr 0.06 < 2/λmax = 0.4: shrinks by 0.94 a step along y (the flattest)",
         "η·λmax = 0.3 < 2, stable"),
        ("x**2", "gd", {"lr": 0.1, "start": 1.8}, "lr 0.1 < 2/λmax = 1: shrinks by 0.8 a step",
         "η·λmax = 0.2 < 2, stable"),
        ("x**2 + y**2", "gd", {"lr": 0.1}, "lr 0.1 < 2/λmax = 1: shrinks by 0.8 a step", "η·λmax = 0.2 < 2, stable"),
        ("x**2 + x*y + y**2", "gd", {"lr": 0.9, "start": (1.0, 2.0)},
         "lr 0.9 is above 2/λmax = 0.667 along (0.71, 0.71): every step overshoots and grows by 1.7",
         "η 0.9 > 0.667: grows by 1.7"),
        ("x**2 + 0*y", "gd", {"lr": 0.2}, "lr 0.2 < 2/λmax = 1: stable; flat along y, where no step shrinks",
         "η·λmax = 0.4 < 2, stable"),
        ("x**2 - 1.6*y**2", "gd", {"lr": 0.1}, "not convex here: λmin = −3.2 along y: steps there grow by 1.32",
         "not convex: λmin −3.2 along y"),
        ("x**2 - 1.6*y**2", "adam", {"lr": 0.1}, "not convex here: λmin = −3.2 along y",
         "not convex: λmin −3.2 along y"),
        ("x**2 - 1.6*y**2", "gd", {"lr": 0.1, "maximize": True},
         "not concave here: λmin = −2 along x: steps there grow by 1.2", "not concave: λmin −2 along x"),
        ("easom", "gd", {"start": (-90.0, -90.0)}, "flat here: there is no curvature to judge a step by",
         "flat here: no curvature"),
        (BOWL, "lion", {}, "no limit of lr is known for lion", "no limit of η is known"),
        (BOWL, "adam", {"steps": 0}, "what adam divides by is not known before its first step", "P is not known yet"),
        (BOWL, "gd", {"clip_norm": 0.1}, "the gradient was clipped: this step is not judged", "clipped: not judged"),
        (BOWL, "gd", {"clip_value": 0.1, "steps": 0}, "the gradient was clipped: this step is not judged",
         "clipped: not judged"),
        (BOWL, "gd", {"clip_norm": 100.0, "clip_value": 50.0, "lr": 0.45},
         "lr 0.45 is above 2/λmax = 0.4 along x: every step overshoots and grows by 1.25",
         "η 0.45 > 0.4: grows by 1.25"),
        (BOWL, "gd", {"clip_norm": 100.0, "clip_value": 50.0, "grad_noise": 0.1, "lr": 0.45},
         "lr 0.45 is above 2/λmax = 0.4 along x: every step overshoots and grows by 1.25",
         "η 0.45 > 0.4: grows by 1.25"),
        (BOWL, "gd", {"clip_norm": 100.0, "grad_noise": 1e6}, "the gradient was clipped: this step is not judged",
         "clipped: not judged"),
        (BOWL, "gd", {"weight_decay": 3.0, "lr": 0.3},
         "lr 0.3 is above 2/λmax = 0.25 along x: every step overshoots and grows by 1.4",
         "η 0.3 > 0.25: grows by 1.4"),
        (f"-({BOWL})", "gd", {"maximize": True, "lr": 0.45},
         "lr 0.45 is above 2/λmax = 0.4 along x: every step overshoots and grows by 1.25",
         "η 0.45 > 0.4: grows by 1.25"),
    ],
)  # fmt: skip
def test_the_sentence_of_each_case(objective, optimizer, options, sentence, short):
    start = {} if objective in ("x**2", "easom") else {"start": (1.0, 1.0)}
    found = said(objective, optimizer, **start | options)
    assert (found.sentence, found.short) == (sentence, short)
    assert found.unstable == ("is above" in sentence)
    assert len(short) <= 31 and len(sentence) <= 90


def test_the_lr_that_counts_is_that_of_the_step():
    early, late = (said(BOWL, lr=0.5, schedule="cosine:span=20", start=(1.0, 1.0), steps=k) for k in (1, 15))
    assert early.sentence.startswith("lr 0.5 is above 2/λmax = 0.4") and early.unstable
    assert late.sentence == "lr 0.103 < 2/λmax = 0.4: shrinks by 0.897 a step along y (the flattest)"


def test_adam_is_judged_by_what_it_divides_by():
    found, row = curvature_of(BOWL, "adam", lr=0.1, start=(1.0, 1.0), steps=60)
    assert verdict(found, row).short == f"{quotient(found)}, stable"
    bar = 0.1 * 38 / found.product
    assert verdict(found, row).sentence == f"lr 0.1 < 38/λ(P⁻¹H) = {bar:.3g}: stable while P does not change"
    high, row = curvature_of("50*x**2", "adam", lr=1.0, start=1e-3, steps=1, eps=1e-12)
    assert high.product > 38 and verdict(high, row).unstable
    bar = 38 / high.product
    assert verdict(high, row).sentence == f"lr 1 is above 38/λ(P⁻¹H) = {bar:.3g}: steps overshoot"


def test_the_limit_of_a_decay_past_the_division_holds():
    """AdamW with P held still: shrinking just below (2 − lr·weight_decay)(1 + β₁)/(1 − β₁), growing just above it."""
    for decay in (0.0, 0.5):
        held = {"eps": 1.0, "weight_decay": decay, "start": 1e-200}
        for factor in (0.98, 1.02):
            lr = factor * 19 * 2 / (2.0 + factor * 19 * decay)  # where lr·2 = factor·(2 − lr·decay)·19
            run = gdtui.descend("x**2", "adamw", lr=lr, steps=900, **held)
            found = curvature_at(run.session.setup.objective, run.session.branch.row(run.steps), None)
            assert found.product / found.limit == pytest.approx(factor, rel=1e-6)
            early, late = np.abs(run.params[400:450]).max(), np.abs(run.params[-50:]).max()
            assert late < 0.5 * early if factor < 1 else late > 2 * early


def test_the_best_constant_lr_is_the_best():
    found, _ = curvature_of(BOWL, lr=0.1, start=(1.0, 1.0))
    best = best_constant_lr(found)
    assert best == pytest.approx(1 / 3)
    near = (best - 0.02, best, best + 0.02)
    losses = [gdtui.descend(BOWL, lr=lr, start=(1.0, 1.0), steps=40).loss[-1] for lr in near]
    assert losses[1] < min(losses[0], losses[2])
    for optimizer in ("momentum", "adam", "newton"):
        assert best_constant_lr(curvature_of(BOWL, optimizer, start=(1.0, 1.0))[0]) is None
    assert best_constant_lr(curvature_of("x**2 - y**2", start=(1.0, 1.0))[0]) is None


def test_a_turned_knob_is_judged_at_once_and_a_schedule_not_before_its_step():
    session = gdtui.descend(BOWL, lr=0.1, start=(1.0, 1.0), steps=3).session
    session.setup = session.setup.with_stopping("steps", None)
    objective = session.setup.objective
    session.seek(2)
    session.change(session.setup.with_value("lr", 0.45))
    row, before = session.row, session.branch.row(1)
    assert curvature_at(objective, row, before).product == pytest.approx(0.5)
    turned = curvature_at(objective, row, before, session.upcoming())
    assert turned.product == pytest.approx(2.25) and verdict(turned, row).unstable
    scheduled = gdtui.descend(BOWL, lr=0.1, start=(1.0, 1.0), steps=3, schedule="cosine:span=20").session
    found = curvature_at(objective, row, before, scheduled.upcoming())
    assert found.product is None and verdict(found, row).sentence == "the lr of the step from here is not computed yet"


def test_many_parameters_are_judged_by_products_with_the_hessian():
    steep = said("rosenbrock:dim=1000", lr=1.0, steps=1, start=(0.5,) * 1000)
    assert steep.unstable and "is above 2/λmax" in steep.sentence
    # At its minimum the largest eigenvalues crowd below 1802: what 24 products give is near, and said to be.
    found, row = curvature_of("rosenbrock:dim=1000", lr=1e-4, steps=1, start=(1.0,) * 1000)
    exact = np.linalg.eigvalsh(row.segment.program.objective.hessian(row.theta))[-1]
    assert 0.99 * exact < found.largest < exact and not found.spectrum.found(-1)
    gentle = verdict(found, row)
    assert gentle.sentence == f"lr 0.0001 < 2/λmax, λmax being about {found.largest:.3g}: stable"
    assert gentle.short == "η·λmax ≈ 0.18 < 2, stable" and found.condition is None
    close, row = curvature_of("rosenbrock:dim=1000", lr=1.9999 / exact, steps=1, start=(1.0,) * 1000)
    assert "not found closely enough to judge" in verdict(close, row).sentence


@pytest.mark.parametrize(
    ("lr", "sentence", "short"),
    [
        (1.001, "lr 1.001 is above 2/λmax = 1: every step overshoots and grows by 1.002",
         "η 1.001 > 1: grows by 1.002"),
        (0.999, "lr 0.999 < 2/λmax = 1: overshoots, shrinking by 0.998 a step", "η·λmax = 1.998 < 2: overshoots"),
        (1.0000001, "lr 1.0000001 is above 2/λmax = 1: every step overshoots and grows by 1.0000002",
         "η 1.0000001 > 1: grows by 1.0000002"),
        (1e-7, "lr 1e-07 < 2/λmax = 1: shrinks by 0.9999998 a step", "η·λmax = 2e-07 < 2, stable"),
    ],
)  # fmt: skip
def test_as_many_digits_as_tell_the_lr_from_its_limit(lr, sentence, short):
    judged = said("(w-3)^2", lr=lr, start=1.0)
    assert (judged.sentence, judged.short) == (sentence, short)


@given(apart_by=st.floats(-12, -1), above=st.booleans(), curvature=st.floats(0.01, 1e4))
@settings(max_examples=60, deadline=None)
def test_a_rounded_number_never_contradicts_its_sentence(apart_by, above, curvature):
    lr = 2 / curvature * (1 + 10**apart_by * (1 if above else -1))
    found, row = curvature_of(f"{curvature!r}*x^2/2", lr=lr, start=1.0)
    for text in (verdict(found, row).sentence, verdict(found, row).short, quotient(found)):
        for left, sign, right in re.findall(r"([\d.e+-]+) ([<>]) (?:2/λmax = )?([\d.e+-]+)", text):
            assert float(left) < float(right) if sign == "<" else float(left) > float(right), text
        for factor in re.findall(r"(?:grows by|shrinking by) ([\d.e+-]+)", text):
            assert (float(factor) > 1) == ("grows" in text) and float(factor) != 1, text


@pytest.mark.parametrize("slope", [3.38e-7, 1e-12])
def test_a_curvature_that_is_rounding_is_told_as_flat(slope):
    judged = said(f"x^2 - {slope}*y^2/2", lr=0.1)
    assert judged.sentence == "lr 0.1 < 2/λmax = 1: stable; flat along y, where no step shrinks" and not judged.unstable
    assert said("x^2 - 0.001*y^2/2", lr=0.1).sentence.endswith("λmin = −0.001 along y: steps there grow by 1.0001")
