"""What clipping is given and what it makes of it: both are terms, to be read, written, watched and broken on."""

import csv
import json

import numpy as np
import pytest
from click.testing import CliRunner

import gdtui
from gdtui.cli import main

OPTIONS = [
    ({"clip_norm": 2.0}, ["g", "clipped"]),
    ({"clip_value": 3.0}, ["g", "clipped"]),
    ({"clip_norm": 2.0, "clip_value": 1.7}, ["g", "clipped_value", "clipped"]),
    ({"clip_norm": 2.0, "weight_decay": 0.1}, ["g", "clipped", "decayed"]),
]


@pytest.mark.parametrize("maximize", [False, True])
@pytest.mark.parametrize(("options", "names"), OPTIONS, ids=lambda v: "-".join(v))
def test_both_gradients_are_terms(options, names, maximize):
    run = gdtui.descend("himmelblau", "momentum", lr=1e-3, steps=20, maximize=maximize, **options)
    assert list(run.terms) == [*names, "b", "delta"]
    sign = -1.0 if maximize else 1.0
    assert (run.terms["g"][1:] == sign * run.grad[:-1]).all(), "the gradient that the step was made from"
    given = run.terms["g"][1:]
    if "clip_value" in options:
        given = np.clip(given, -options["clip_value"], options["clip_value"])
        assert (given == run.terms[names[1]][1:]).all()
    if "clip_norm" in options:
        lengths = np.linalg.norm(given, axis=1, keepdims=True)
        assert run.terms["clipped"][1:] == pytest.approx(given * np.minimum(1, 2.0 / (lengths + 1e-6)), rel=1e-14)


def test_there_is_no_such_term_where_nothing_is_clipped():
    assert list(gdtui.descend("himmelblau", steps=1, weight_decay=0.1).terms) == ["decayed", "delta"]


def rows(*arguments):
    options = ["--lr", "0.01", "--clip-norm", "2", "--steps", "9"]
    result = CliRunner().invoke(main, ["run", "himmelblau", *options, *arguments])
    assert result.exit_code == 0, result.stderr
    return result.stdout.splitlines()


def test_they_are_written():
    head, *found = csv.reader(rows("--format", "csv", "--watch", "norm(clipped) < norm(g)"))
    assert [n for n in head if n.startswith(("g_", "clipped"))] == ["g_x", "g_y", "clipped_x", "clipped_y"]
    raw, clipped = head.index("g_x"), head.index("clipped_x")
    assert float(found[1][raw]) == float(found[0][head.index("grad_x")])
    assert abs(float(found[1][clipped])) < abs(float(found[1][raw])) and found[1][-1] == "1.0"
    terms = json.loads(rows("--format", "jsonl")[2])["terms"]
    assert [repr(v) for v in terms["g"] + terms["clipped"]] == found[1][raw : raw + 2] + found[1][clipped : clipped + 2]


def test_a_breakpoint_where_clipping_begins_to_leave_the_gradient_alone():
    run = gdtui.descend(
        "himmelblau", start=(5.0, 5.0), lr=0.01, clip_norm=10.0, steps=500, breakpoints=["norm(clipped) >= norm(g)"]
    )
    assert run.status == "breakpoint" and run.steps > 1
    lengths = np.linalg.norm(run.terms["g"][1:], axis=1)
    assert (lengths[:-1] > 10.0 - 1e-5).all() and lengths[-1] < 10.0


def test_the_past_of_g_is_that_of_what_the_rule_receives(tmp_path):
    rule = tmp_path / "late.toml"
    rule.write_text('equations = "late = prev(g)\\ntheta = theta - 0.01*late"\n')
    for options, received in [({}, "grad"), ({"maximize": True}, "g"), ({"clip_norm": 1.0}, "clipped")]:
        run = gdtui.descend("himmelblau", str(rule), steps=5, **options)
        past = run.grad[:-2] if received == "grad" else run.terms[received][1:-1]
        assert (run.terms["late"][2:] == past).all()
