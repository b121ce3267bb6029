"""gdtui diff: what it says of two rules or settings, for people and for programs, and its exit status."""

import json

import pytest
from click.testing import CliRunner

import gdtui
from gdtui.cli import main

MINE = """
name = "mine"
equations = \"\"\"
m     = beta1*m + (1 - beta1)*g
v     = beta2*v - (1 - beta2)*g**2
m_hat = m / (1 - beta1**t)
v_hat = v / (1 - beta2**t)
delta = -lr * m_hat / (sqrt(v_hat) + eps)
theta = theta + delta
\"\"\"
[hyperparameters]
lr = 0.1
beta1 = 0.9
beta2 = 0.999
eps = 1e-8
"""


def diff(*arguments, code=1):
    result = CliRunner().invoke(main, ["diff", *arguments])
    assert result.exit_code == code, result.output
    return result.stdout.splitlines() if code < 2 else result.stderr


def test_it_says_where_two_settings_part_and_by_what():
    lines = diff("himmelblau", "-o", "adam", "-o", "adam:beta1=0.8", "--steps", "100")
    assert lines[:4] == [
        "himmelblau",
        "A  adam · lr = 0.1, beta1 = 0.9, beta2 = 0.999, eps = 1e-08",
        "B  adam · lr = 0.1, beta1 = 0.8, beta2 = 0.999, eps = 1e-08",
        "",
    ]
    assert lines[4:9] == [
        "they part at t = 1 in m, coordinate x: 0.4429 against 0.8858, by 0.4429, 50 % of the larger",
        "  A  m = β₁·m + (1−β₁)·g",
        "       = 0.9·0 + (1−0.9)·4.429 = 0.4429",
        "  B  m = β₁·m + (1−β₁)·g",
        "       = 0.8·0 + (1−0.8)·4.429 = 0.8858",
    ]
    a, b = (gdtui.descend("himmelblau", "adam", lr=0.1, steps=100, beta1=beta1) for beta1 in (0.9, 0.8))
    rows = [line.split() for line in lines[11:-4]]
    assert [int(row[0]) for row in rows] == [0, 1, 2, 3, 5, 10, 20, 50, 100]
    for t, loss_a, loss_b, distance in rows:
        k = int(t)
        assert (float(loss_a), float(loss_b)) == pytest.approx((a.loss[k], b.loss[k]), rel=1e-3)
        apart = float(((a.params[k] - b.params[k]) ** 2).sum() ** 0.5)
        assert float(distance) == pytest.approx(apart, rel=1e-3)
    passed = int((b.loss < a.loss.min()).argmax())
    assert lines[-3].startswith("A  ran all 100 steps; lowest loss ")
    assert lines[-3].endswith(f" at t = {a.loss.argmin()}")
    assert lines[-1] == f"B got lower: past the best of A at t = {passed}"


def test_a_slip_in_a_rule_file_is_shown_beside_the_right_line(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(MINE)
    lines = diff("himmelblau", "-o", "adam", "-o", str(file), "--lr", "0.1", "--steps", "3")
    assert lines[4].startswith("they part at t = 1 in v, coordinate x: 0.01962 against −0.01962, by 0.03923, 200 %")
    assert lines[7:9] == ["  B  v = β₂·v − (1−β₂)·g²", "       = 0.999·0 − (1−0.999)·4.429² = −0.01962"]
    assert "B  non-finite: v̂" not in lines[-2] and lines[-2].startswith("B  non-finite: Δθ (x) is NaN at t = 1")


def test_what_takes_the_whole_vector_is_shown_with_all_of_it(tmp_path):
    lines = diff("rosenbrock", "-o", "normalized-gd", "-o", "polyak", "--steps", "5")
    assert lines[6] == "        = −0.02·(−215.6, −88) / (‖(−215.6, −88)‖+1e-06) = 0.01852"
    assert lines[8] == "        = −0.0004463·(−215.6) = 0.09622"
    assert lines[9] == "only B has α: not compared"
    file = tmp_path / "bare.toml"
    file.write_text('equations = "theta = theta + 0.1*g"\n')
    lines = diff("x**2", "-o", "gd:lr=0.1", "-o", str(file), "--start", "1", "--steps", "1")
    assert lines[4] == "they part at t = 1 in Δθ, coordinate x: −0.2 against 0.2, by 0.4, 200 % of the larger"
    assert lines[7:9] == ["  B  θ = θ + 0.1g", "       = 1 + 0.1·2"]


def test_rates_that_nobody_gave_are_told():
    told = "the lr were not given but chosen for each: set one for both to compare the rules alone"
    assert diff("ravine", "-o", "gd", "-o", "adam")[3] == told
    assert told not in diff("ravine", "-o", "gd", "-o", "adam", "--lr", "0.01")
    assert told not in diff("ravine", "-o", "gd:lr=0.01", "-o", "adam:lr=0.02")
    assert told not in diff("himmelblau", "-o", "adam", "-o", "adamax"), "they are the same"


def test_no_difference_is_status_0():
    lines = diff("himmelblau", "-o", "gd", "-o", "momentum:momentum=0", "--steps", "60", code=0)
    assert lines[4:6] == ["they do not differ in any of 61 rows", "only B has b: not compared"]
    assert lines[-1].startswith("both got as low: A at t = ")
    same = ("rosenbrock:dim=9", "-o", "adam", "-o", "adamw:weight_decay=0")
    assert "3.469e-18, 1.74e-14 % of the larger" in diff(*same)[4], "shown with the digits that differ"
    assert diff(*same, "--tolerance", "1e-9", code=0)[4] == "they do not differ by more than 1e-09 in any of 1001 rows"


def test_of_runs_of_unequal_length_the_longer_one_is_named():
    lines = diff("x**2", "-o", "gd", "-o", "momentum:momentum=0", "--lr", "1", "--start", "1.8", "--steps", "9")
    assert lines[4] == "they do not differ in the 3 rows that both have; A has no more, B goes on to t = 9"
    assert lines[-6].split() == ["5", "–", "3.24", "–"]
    assert lines[-3].startswith("A  stalled: cycles with period 2")


def test_a_run_may_leave_the_numbers_and_a_climb_is_told_as_one():
    lines = diff("log(x)", "-o", "gd:lr=0.1", "-o", "gd:lr=1", "--start", "0.5", "--steps", "9")
    assert lines[-2].startswith("B  non-finite: loss is NaN at t = 1")
    assert lines[-1].startswith("A got lower: past the best of B at t = ")
    lines = diff("-x**2", "-o", "gd:lr=0.1", "-o", "gd:lr=0.2", "--start", "2", "--maximize", "--steps", "9")
    assert "highest loss" in lines[-2] and lines[-1].startswith("B got higher: past the best of A at t = ")
    lines = diff("log(x)", "-o", "gd", "-o", "gd", "--start=-1", "--steps", "9", code=0)
    assert lines[-1] == "which got lower cannot be said: a run has no loss that is a number"


def test_json_lines():
    found = [json.loads(line) for line in diff(
        "ellipse", "-o", "gd", "-o", "momentum", "--lr", "0.1", "--steps", "3", "--format", "jsonl")]  # fmt: skip
    header, difference, *rows, end = found
    assert header["kind"] == "header" and header["a"]["optimizer"] == "gd" and header["b"]["only_here"] == ["b"]
    a, b = (gdtui.descend("ellipse", name, lr=0.1, steps=3) for name in ("gd", "momentum"))
    assert (difference["t"], difference["name"], difference["coordinate"]) == (2, "delta", 0)
    assert (difference["a"], difference["b"]) == (a.terms["delta"][2, 0], b.terms["delta"][2, 0])
    assert difference["absolute"] == abs(difference["a"] - difference["b"])
    assert [(row["t"], row["loss_a"], row["loss_b"]) for row in rows] == [*zip(range(4), a.loss, b.loss, strict=True)]
    assert end["differ"] is True and end["b"]["status"] == "max_steps" and end["b"]["steps"] == 3
    assert end["a"]["best"] == {"t": int(a.loss.argmin()), "loss": a.loss.min()}
    *_, end = [json.loads(line) for line in diff("x**2", "-o", "gd", "-o", "gd", "--format", "jsonl", code=0)]
    assert end["differ"] is False


def test_a_setting_of_one_run_goes_before_the_option_for_both():
    lines = diff("x**2", "-o", "gd", "-o", "gd:lr=0.2,clip_norm=2", "--lr", "0.1", "--clip-norm", "1", "--steps", "1")
    assert lines[1:3] == ["A  gd · lr = 0.1, clip_norm = 1", "B  gd · lr = 0.2, clip_norm = 2"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("x**2", "-o", "gd"), "diff compares two runs: -o A -o B"),
        (("x**2",), "0 given"),
        (("x**2", *("-o", "gd") * 3), "3 given"),
        (("x**2", "-o", "gd", "-o", "gd:beta=1"), "gd has no parameter 'beta'"),
        (("x**2", "-o", "gd", "-o", "gd:lr"), "there is no optimizer 'gd:lr'"),
        (("x**2", "-o", "gd", "-o", "gd", "--tolerance", "2"), "tolerance is from 0 to 1; 2 is outside"),
        (("x**2", "-o", "gd", "-o", "gd", "--format", "csv"), "'csv' is not one of 'table', 'jsonl'"),
        (("x**2", "-o", "gd", "-o", "adam", "--break", "any(m > 1)"), "there is no name 'm'"),
    ],
)
def test_mistakes_are_told(arguments, told):
    assert told in diff(*arguments, code=2)
