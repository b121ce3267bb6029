"""`gdtui show OPTIMIZER --kernel FUNCTION`: the Python that runs."""

import numpy as np
import pytest
from click.testing import CliRunner

import gdtui
from gdtui.cli import main
from gdtui.descent.kernel import source_of
from gdtui.descent.program import program
from gdtui.descent.setup import prepare
from gdtui.formula.emit_arrays import ARRAY_NAMESPACE


def invoke(*arguments):
    return CliRunner().invoke(main, ["show", *arguments])


def shown(*arguments):
    found = invoke(*arguments)
    assert (found.exit_code, found.stderr) == (0, "")
    return found.stdout


def test_the_loop_over_floats():
    source = shown("adam", "--kernel", "himmelblau")
    assert source.startswith("def loop(rows, ") and source.endswith("anchor\n")
    assert "q0_m = (q_beta1*q0_m + _1*q0_grad)\n" in source
    setup = prepare("himmelblau", "adam")
    assert source == source_of(setup.program)


def test_what_is_printed_runs(monkeypatch):
    expected = gdtui.descend("rosenbrock", "momentum", lr=1e-3, steps=20)
    printed, ran = shown("momentum", "--kernel", "rosenbrock"), []

    def define(source, name, namespace):
        scope = dict(namespace)
        exec(compile(printed, "printed", "exec"), scope)
        ran.append(name)
        return scope[name]

    monkeypatch.setattr("gdtui.descent.kernel.define", define)
    program.cache_clear()
    assert np.array_equal(gdtui.descend("rosenbrock", "momentum", lr=1e-3, steps=20).params, expected.params)
    assert ran == ["loop"]
    program.cache_clear()


def test_and_what_is_printed_for_arrays():
    scope = dict(ARRAY_NAMESPACE)
    exec(compile(shown("gd", "--kernel", "rosenbrock:dim=30"), "printed", "exec"), scope)
    objective = prepare("rosenbrock:dim=30").objective
    theta = np.array(objective.start)
    row, last = np.zeros((91, 1)), np.array([*theta, *[1.0] * 61])
    value, slope = scope["objective"](theta[:, None])
    scope["update"](row, last, last[:, None], 1.0, (0.5, 0.0), {}, {})
    expected, gradient = objective.value_and_grad(theta)
    assert float(value[0]) == pytest.approx(expected) and slope[:, 0] == pytest.approx(gradient)
    assert row[:30, 0] == pytest.approx(theta - 0.5)


@pytest.mark.parametrize(
    ("optimizer", "function", "line"),
    [
        ("noisy-gd", "himmelblau", "wanted['normal']"),
        ("newton", "himmelblau", "solve(wanted['hess'], q_grad)"),
        ("adam", "sphere:dim=19", "column[0:19]"),
    ],
)
def test_where_floats_do_not_suit_the_step_by_arrays(optimizer, function, line):
    source = shown(optimizer, "--kernel", function)
    assert source.startswith("def update(row, last, column, t, numbers, past, wanted):\n") and line in source
    assert "\n\n\ndef objective(theta, slopes=True):\n" in source


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["adam:beta1=.8,lr=.1", "--kernel", "x^2 + 3y^2"], "q_beta1*q0_m"),
        (["gd:clip_norm=1", "--kernel", "himmelblau"], "q_clip_norm"),
        (["gd", "--kernel", "-cos(x)"], "sin(q0_theta)"),
        (["gd", "--kernel", "a*x**2", "-c", "a=7"], "14.0*q0_theta"),
        (["gd", "--kernel", "sum(x**2)", "--dim", "3"], "q2_theta"),
        (["gd", "--kernel", "sum(x**2)", "--start", "1,2,3,4"], "q3_theta"),
        (["gd", "--kernel", "sphere:dim=18"], "q17_theta"),
        (["GD", "--kernel", "Himmelblau"], "q1_theta"),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, list) else "",
)
def test_whatever_run_takes(arguments, line):
    source = shown(*arguments)
    assert source.startswith("def loop(") and line in source


def test_a_rule_file(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('equations = """\nm = c*m + g\ntheta = theta - lr*m\n"""\n[hyperparameters]\nlr = 0.1\nc = 0.5\n')
    assert "q0_m = (q_c*q0_m + q0_grad)" in shown(str(file), "--kernel", "himmelblau")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["himmelblau", "--kernel", "adam"], "the other way round: gdtui show adam --kernel himmelblau"),
        (["x**2 + y**2", "--kernel", "gd"], "gdtui show gd --kernel 'x**2 + y**2'"),
        (["+".join("x" * 999), "--kernel", "gd"], "gdtui show gd --kernel FUNCTION"),
        (["himmelblau", "--kernel", "rosenbrock"], "there is no optimizer 'himmelblau'"),
        (["cosine", "--kernel", "himmelblau"], "there is no optimizer 'cosine'"),
        (["adamm", "--kernel", "himmelblau"], "did you mean adam"),
        (["adam", "--kernel", "himelblau"], "did you mean himmelblau"),
        (["adam", "--kernel", "gd"], "there is no objective 'gd'"),
        (["adam", "--kernel", "x +"], "x +"),
        (["adam", "--kernel", ""], "empty"),
        (["adam:nosuch=1", "--kernel", "himmelblau"], "adam has no parameter 'nosuch'"),
        (["polyak", "--kernel", "x*y"], "polyak reads f_min"),
        (["none.toml", "--kernel", "x**2"], "none.toml: No such file"),
        (["adam", "--kernel", "saved.gdt"], "an objective is wanted here"),
        (["adam", "--kernel", "x", "--kernel", "y"], "--kernel is given twice"),
        (["adam", "--kernel"], "requires an argument"),
    ],
    ids=lambda v: " ".join(v)[:40] if isinstance(v, list) else "",
)
def test_mistakes_are_one_clear_message_and_exit_2(arguments, message):
    found = invoke(*arguments)
    assert (found.exit_code, found.stdout) == (2, "")
    assert message in found.stderr and "Traceback" not in found.stderr and len(found.stderr) < 1000
