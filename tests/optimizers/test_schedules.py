"""Every schedule against torch's, as recorded in reference/schedules.json; and what torch has no word on."""

import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest

import gdtui
from gdtui.formula.parameter import ParameterError
from gdtui.formula.tokens import FormulaError
from gdtui.optimizers import schedules
from gdtui.optimizers.catalogue import BY_NAME
from gdtui.optimizers.pipeline import Pipeline
from gdtui.optimizers.resolve import resolve_schedule
from tests.optimizers.independent import RULES, descend
from tests.optimizers.reference.schedules import CASES, FILE, LR

RECORDED = json.loads(FILE.read_text())["cases"]
WITHOUT_TORCH = {"inverse-sqrt", "inverse-time", "wsd"}
FLOATS, ARRAYS = "sphere", "sphere:dim=20"  # objectives that either back-end runs


def rates(text, steps, objective=FLOATS, **options):
    """The learning rates of so many updates."""
    return gdtui.descend(objective, schedule=text, steps=steps, **{"lr": LR, **options}).terms["lr_t"][1:]


def test_every_schedule_is_compared():
    assert list(RECORDED) == list(CASES)
    assert {text.split(":")[0] for text in RECORDED} | WITHOUT_TORCH == set(schedules.BY_NAME)


@pytest.mark.parametrize("objective", [FLOATS, ARRAYS])
@pytest.mark.parametrize("text", CASES)
def test_it_is_torchs(text, objective):
    expected = np.array(RECORDED[text])
    found = rates(text, len(expected), objective)
    assert len(found) == len(expected) == CASES[text][0]
    assert np.abs(found - expected).max() / LR < 1e-14


@pytest.mark.parametrize("text", ["cosine:span=30,warmup=8", "cyclic:up=6,down=3,shrink=0.5"])
def test_a_descent_goes_by_it(text):
    expected = RECORDED[text]
    run = gdtui.descend("sphere", schedule=text, lr=LR, start=(1.0, 2.0), steps=20)
    by_loop = descend(lambda p: (p @ p, 2 * p), RULES["gd"], (1.0, 2.0), 20, schedule=lambda lr, k: expected[k], lr=LR)
    assert np.abs(run.params - by_loop).max() < 1e-14
    recorded = [run.session.branch.row(k).lr for k in range(21)]
    assert recorded[1:] == run.terms["lr_t"][1:].tolist() and recorded[0] == LR


@pytest.mark.parametrize("name", schedules.BY_NAME)
def test_schedules_go_with_every_rule(name):
    for rule in (r.name for r in BY_NAME.values() if any(p.name == "lr" for p in r.hyperparameters)):
        assert gdtui.descend("sphere", rule, schedule=name, steps=3).steps == 3


@pytest.mark.parametrize("schedule", schedules.SCHEDULES, ids=lambda s: s.name)
def test_it_says_what_it_is(schedule):
    assert schedule.help and schedule.convention and schedule.label
    assert [p.name for p in schedule.settable][-2:] == ["warmup", "warmup_begin"]
    for parameter in schedule.settable:
        assert parameter.check(parameter.default) == parameter.default and parameter.help
    names = [name for name, _ in schedule.lines] + [p.name for p in schedule.settable]
    assert len(set(names)) == len(names) and schedule.lines[-1][0] == "lr_t"


def test_cosine_stays_down_where_torchs_rises_again():
    found = rates("cosine:span=10,lr_min=0.01", 35)
    assert found[10:].tolist() == [0.01] * 25 and (np.diff(found[:11]) < 0).all()


def test_one_cycle_and_polynomial_stay_where_they_end():
    found = rates("one-cycle:span=20", 50)
    assert set(found[19:]) == {found[19]} and found[19] == pytest.approx(LR / 25 / 1e4, rel=1e-12)
    assert found.argmax() == 5 and found[5] == pytest.approx(LR)
    assert set(rates("polynomial:span=20", 30)[20:]) == {0.0}


def test_a_cycle_whose_peak_is_its_first_step_begins_there():
    """torch divides 0 by 0 here."""
    found = rates("one-cycle:span=10,pct_start=0.1", 10)
    assert found[0] == LR and (np.diff(found) < 0).all()


@pytest.mark.parametrize("objective", [FLOATS, ARRAYS])
@pytest.mark.parametrize("growth", [1, 2, 3, 7, 10, 99])
def test_a_restart_is_at_its_very_step(growth, objective):
    """The first steps of cycles up to k = 10^12, by whole numbers."""
    for span in (1, 3, 50, 97):
        begun, number = span, 1
        while begun < 10**12 and number < 60:
            text = f"cosine-restarts:span={span},growth={growth}"
            run = gdtui.descend(objective, schedule=text, lr=1e-3, steps=2, state={"t": begun - 1})
            assert run.terms["cycle"][1:].tolist() == [number - 1, number]
            assert run.terms["begun"][2] == begun and run.terms["length"][2] == span * growth**number
            assert run.terms["lr_t"][2] == 1e-3
            begun, number = begun + span * growth**number, number + 1


def test_inverse_sqrt():
    assert rates("inverse-sqrt", 60) == pytest.approx([LR / math.sqrt(k + 1) for k in range(60)], rel=1e-14)
    behind = rates("inverse-sqrt:timescale=9,warmup=9", 60)
    assert behind[9:] == pytest.approx([LR * math.sqrt(9 / k) for k in range(9, 60)], rel=1e-14)


BY_HAND = {
    "wsd:warmup=4,warmup_begin=0,stable=3,decay=4": [0, 0.25, 0.5, 0.75, 1, 1, 1, 0.75, 0.5, 0.25, 0, 0, 0],
    "wsd:warmup=0,stable=0,decay=2": [0.5, 0, 0],
    "wsd:warmup=2,stable=1,decay=1": [0, 0.5, 1, 0, 0],
    "warmup:warmup=4,warmup_begin=0": [0, 0.25, 0.5, 0.75, 1, 1],
    "cosine:span=2,warmup=4,warmup_begin=0": [0, 0.25, 0.5, 0.75, 1, 0.5, 0, 0],
    "inverse-time": [1, 1 / 1.1, 1 / 1.2, 1 / 1.3],
    "inverse-time:rate=0.5,size=10": [1, 1 / 1.05, 1 / 1.1],
    "lr/(1+0.1*k)": [1, 1 / 1.1, 1 / 1.2, 1 / 1.3],
    "lr/(1 + 0.1k)": [1, 1 / 1.1, 1 / 1.2, 1 / 1.3],
    "η/(1 + 0.1·k)": [1, 1 / 1.1, 1 / 1.2, 1 / 1.3],
    "lr/t": [1, 1 / 2, 1 / 3],
    "lr": [1, 1, 1],
    "lr*0.5ᵏ": [1, 0.5, 0.25, 0.125],
    "lr*2⁻ᵏ": [1, 0.5, 0.25, 0.125],
    "where(k < 2, lr, lr/10)": [1, 1, 0.1, 0.1],
    "lr/(1+0.1*k):warmup=2": [1 / 3, 2 / 3, 1, 1 / 1.1, 1 / 1.2],
    "lr/(1+0.1k):warmup=2,warmup_begin=0": [0, 0.5, 1, 1 / 1.1, 1 / 1.2],
    "lr/t:warmup=2,warmup_begin=0": [0, 0.5, 1, 1 / 2, 1 / 3],
    "lr*0.5ᵏ:warmup=2,warmup_begin=0": [0, 0.5, 1, 0.5, 0.25],
    "lr*2⁻ᵏ:warmup=2,warmup_begin=0": [0, 0.5, 1, 0.5, 0.25],
    "lr*(1+cos(πk/2))/2:warmup=2,warmup_begin=0": [0, 0.5, 1, 0.5, 0],
}
"""lr_t/lr at k = 0, 1, ..."""


@pytest.mark.parametrize("objective", [FLOATS, ARRAYS])
@pytest.mark.parametrize("text", BY_HAND)
def test_schedules_by_hand(text, objective):
    expected = BY_HAND[text]
    assert rates(text, len(expected), objective) / LR == pytest.approx(expected, rel=1e-14, abs=1e-16)
    many = gdtui.descend_many("x", schedule=text, lr=[LR, 2 * LR], starts=[0.0, 0.0], steps=len(expected), record=True)
    assert -np.diff(many.history.params[:, 1, 0]) == pytest.approx([2 * LR * f for f in expected], abs=1e-14)


def test_the_equations_of_the_catalogue_move_behind_a_warmup_as_they_stand():
    """Sessions have them written out, and are told to be of this version by that."""
    for schedule in schedules.SCHEDULES:
        if schedule.name not in ("warmup", "wsd"):
            for (_, text), (_, behind) in zip(schedule.lines[:-1], schedules.warmed(schedule).lines[1:], strict=False):
                assert behind == re.sub(r"\bk\b", "k_s", text)
            last = schedules.warmed(schedule).lines[-1][1]
            assert last == "warm*(" + re.sub(r"\bk\b", "k_s", schedule.lines[-1][1]) + ")"


@pytest.mark.parametrize(
    ("text", "message", "marked"),
    [
        ("lr/(1+0.1*q)", "there is no name 'q' (known: lr, k, t)", "q"),
        ("lr/(1+0.1*k", "expected ')' to close", ""),
        ("k < 5", "this is a condition: write where(k < 100, lr, lr/10)", "k < 5"),
        ("lr*theta", "there is no name 'theta'", "theta"),
        ("lr*loss", "there is no name 'loss'", "loss"),
        ("lr*prev(lr)", "there is no function 'prev' outside of a rule", "prev"),
        ("lr*normal()", "there is no function 'normal' outside of a rule", "normal"),
        ("lr/0*k", "divides by zero", "lr/0"),
        ("lr = 3", "'=' does not belong here", "="),
    ],
)
def test_a_mistake_in_a_formula_is_told_at_its_place(text, message, marked):
    for ending in ("", ":warmup=3"):
        with pytest.raises(FormulaError) as caught:
            gdtui.descend("sphere", schedule=text + ending)
        error = caught.value
        assert message in error.message and error.text[error.position : error.end] == marked


@pytest.mark.parametrize("word", ["cosin", "exp", "one cycle", "lr-min", "stepp", "", "warm_up_cosine"])
def test_a_word_that_is_no_schedule_is_no_formula(word):
    with pytest.raises(ParameterError, match=f"there is no schedule '{word}'"):
        gdtui.descend("sphere", schedule=word)


def test_a_learning_rate_that_the_formula_does_not_read_is_not_ignored():
    run = gdtui.descend("sphere", schedule="0.1/(1 + k)", steps=3)
    assert run.terms["lr_t"][1:] == pytest.approx([0.1, 0.05, 0.1 / 3])
    for optimizer, options in (("gd", {"lr": 0.1}), ("gd:lr=0.1", {}), ("adam:lr=0.1", {})):
        with pytest.raises(ParameterError, match="does not read lr, so that the lr which is set would do nothing"):
            gdtui.descend("sphere", optimizer, schedule="0.1/(1 + k)", **options)
    with pytest.raises(ParameterError, match="does not read lr"):
        gdtui.descend_many("sphere", schedule="0.1/(1 + k)", lr=[0.1, 0.2], starts=[(1, 2), (3, 4)])
    with pytest.raises(ParameterError, match="does not read lr"):
        run.session.setup.with_value("lr", 0.3)


@pytest.mark.parametrize("name", [n for n in schedules.BY_NAME if n not in ("warmup", "wsd")])
def test_a_warmup_of_any_schedule_ends_where_the_schedule_begins(name):
    alone, behind = rates(name, 30), rates(f"{name}:warmup=6,warmup_begin=0.25", 36)
    assert behind[6:].tolist() == alone.tolist()
    assert behind[:6] == pytest.approx(alone[0] * (0.25 + 0.75 * np.arange(6) / 6), rel=1e-14)
    assert rates(f"{name}:warmup=0", 30).tolist() == alone.tolist()


def test_a_warmup_is_equations_of_its_own_and_only_where_it_is_asked_for():
    plain = resolve_schedule("cosine")[0]
    behind = resolve_schedule("cosine:warmup=5")[0]
    assert plain is schedules.BY_NAME["cosine"] and [name for name, _ in behind.lines] == ["k_s", "warm", "lr_t"]
    assert schedules.warmed(behind) is behind
    run = gdtui.descend("sphere", schedule="cosine", lr=0.1, steps=8, warmup=5)
    assert run.terms["warm"][6:].tolist() == [1.0] * 3 and run.terms["warm"][1] == pytest.approx(1 / 3)
    assert list(gdtui.descend("sphere", schedule="cosine", steps=1).terms) == ["lr_t", "delta"]


def test_its_terms_can_be_broken_on():
    run = gdtui.descend("sphere", schedule="cosine-restarts:span=7", steps=50, breakpoints=["cycle > prev(cycle)"])
    assert run.status == "breakpoint" and run.steps == 8


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cosin", "did you mean cosine"),
        ("cosine:warm=3", "did you mean warmup"),
        ("cosine:warmup=2.5", "warmup is a whole number"),
        ("cosine:warmup=-1", "warmup is from 0"),
        ("cosine:warmup=3,warmup_begin=-0.1", "warmup_begin is from"),
        ("wsd:stable=-1", "stable is from 0"),
        ("one-cycle:pct_start=1", "pct_start is from 0 to 0.99"),
        ("cosine-restarts:growth=1.5", "growth is a whole number"),
        ("step:size=0", "size is from 1"),
    ],
)
def test_what_cannot_be_set_is_told(text, message):
    with pytest.raises(ParameterError, match=message):
        gdtui.descend("sphere", schedule=text)


def test_names_that_mean_two_things_are_refused():
    for line, schedule in [("tent  = t", "cyclic"), ("span = t", "cosine"), ("lr_t = lr", "constant")]:
        rule = replace(BY_NAME["gd"], equations=line + "\n" + BY_NAME["gd"].equations)
        name = line.split()[0]
        with pytest.raises(ParameterError, match=f"'{name}' is a name of gd and of what comes before it"):
            Pipeline(rule, schedule=schedules.BY_NAME[schedule]).equations(2)
    rule = replace(BY_NAME["gd"], equations="clipped = g\n" + BY_NAME["gd"].equations)
    with pytest.raises(ParameterError, match="'clipped' is a name of gd"):
        Pipeline(rule, frozenset({"clip_norm"})).equations(2)
