"""The command line as scripts use it: formats, exit codes, errors, and what a command imports."""

import csv
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import gdtui
from gdtui.cli import main


def invoke(*arguments):
    return CliRunner().invoke(main, list(arguments))


def spawned(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "gdtui", *arguments],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
        **options,
    )


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
@pytest.mark.parametrize("arguments", [["list"], ["show", "adam"], ["run", "x**2", "--start", "1"], ["--help"]])
def test_what_cannot_be_written_is_said_in_a_line(arguments):
    with open("/dev/full", "wb") as full:
        found = subprocess.run(
            [sys.executable, "-m", "gdtui", *arguments], stdout=full, stderr=subprocess.PIPE, timeout=60, check=False
        )
    assert found.returncode == 2
    assert found.stderr.decode() == "gdtui: stdout: No space left on device\n"


def test_all_of_a_long_answer_arrives_before_the_program_is_left():
    rows = spawned("run", "x**2", "--start", "1", "--lr", "0.001", "--steps", "20000", "--gtol", "0", "--format", "csv")
    assert rows.returncode == 0 and rows.stdout.count(b"\n") == 20_002


@pytest.mark.parametrize("name", ["gd:lr=", "adam:nosuch=1", "gd:lr=1e999", "cosine:nosuch=1"])
def test_show_refuses_settings_that_are_none(name):
    found = invoke("show", name)
    assert found.exit_code == 2 and found.stderr.startswith("gdtui: ") and found.exception.__class__ is SystemExit


def json_lines(*arguments, code=0):
    result = invoke("run", *arguments, "--format", "jsonl")
    assert result.exit_code == code, result.stderr
    return [json.loads(line, parse_constant=pytest.fail) for line in result.stdout.splitlines()]


def test_json_lines_have_the_documented_shape():
    header, *steps, end = json_lines("himmelblau", "-o", "adam:beta1=0.8", "--lr", "0.1", "--steps", "5")
    assert list(header)[:5] == ["kind", "gdtui", "objective", "optimizer", "hyperparameters"]
    assert header["kind"] == "header" and header["gdtui"] == gdtui.__version__
    assert (header["objective"], header["optimizer"]) == ("himmelblau", "adam")
    assert header["hyperparameters"] == {"lr": 0.1, "beta1": 0.8, "beta2": 0.999, "eps": 1e-8}
    assert [s["t"] for s in steps] == list(range(6))
    assert list(steps[0]) == ["kind", "t", "params", "loss", "grad", "grad_norm", "lr"]
    assert list(steps[1]) == [*steps[0], "terms"]
    assert list(steps[1]["terms"]) == ["m", "v", "m_hat", "v_hat", "delta"]
    assert end == {"kind": "end", "status": "max_steps", "reason": "ran all 5 steps", "steps": 5}


def test_numbers_read_back_to_the_same_bits():
    run = gdtui.descend("rosenbrock", "adagrad", schedule="cosine", steps=30)
    _, *steps, _ = json_lines("rosenbrock", "-o", "adagrad", "--schedule", "cosine", "--steps", "30")
    for k, step in enumerate(steps):
        assert step["params"] == run.params[k].tolist() and step["grad"] == run.grad[k].tolist()
        assert step["loss"] == run.loss[k]
        assert step["grad_norm"] == pytest.approx(math.hypot(*step["grad"]), rel=1e-15)
        if k:
            assert step["lr"] == step["terms"]["lr_t"] == run.terms["lr_t"][k]
            assert step["terms"]["S"] == run.terms["S"][k].tolist()


def test_watches_maximize_and_rules_without_lr(tmp_path):
    _, first, second, _ = json_lines(
        "sphere", "--watch", "norm(delta)", "--watch", "theta", "--steps", "1", "--maximize"
    )
    assert first["watches"] == {"norm(delta)": "NaN", "theta": [-4.0, 3.0]}
    assert second["watches"]["norm(delta)"] == pytest.approx(1.0) and second["loss"] > first["loss"]
    rule = tmp_path / "newton.toml"
    rule.write_text('equations = "theta = theta - solve(hess(), g)"\n')
    _, first, second, _ = json_lines("bowl", "-o", str(rule), "--steps", "1")
    assert first["lr"] is None and second["params"] == pytest.approx([1.0, 7 / 9])
    assert second["terms"]["delta"] == pytest.approx(
        [b - a for a, b in zip(first["params"], second["params"], strict=True)]
    )


def test_what_is_not_finite_is_a_word():
    _, *steps, end = json_lines("log(x)", "--start", "0.5", "--lr", "1", "--steps", "9", code=1)
    assert steps[-1]["loss"] == "NaN" and end["status"] == "non_finite" and end["steps"] == 1
    *_, last, end = json_lines("1/x**2", "--start", "0", "--steps", "9", code=1)
    assert last["loss"] == "Infinity"


def test_csv():
    result = invoke(
        "run", "ellipse", "-o", "adagrad", "--steps", "3", "--format", "csv", "--watch", "2*theta", "--watch", "loss<1"
    )
    head, *rows = csv.reader(result.stdout.splitlines())
    assert head == ["t", "x", "y", "loss", "grad_x", "grad_y", "grad_norm", "lr", "lr_now", "S_x", "S_y", "delta_x",
                    "delta_y", "2*theta[0]", "2*theta[1]", "loss<1"]  # fmt: skip
    run = gdtui.descend("ellipse", "adagrad", steps=3)
    assert [float(row[1]) for row in rows] == run.params[:, 0].tolist()
    assert [float(row[3]) for row in rows] == run.loss.tolist()
    assert rows[0][8:13] == [""] * 5 and float(rows[2][9]) == run.terms["S"][2, 0]
    assert all(len(row) == len(head) for row in rows) and len(rows) == 4


def test_the_table_is_aligned_and_ends_with_the_reason():
    lines = invoke("run", "x**2", "--start", "1.8", "--lr", "0.1", "--gtol", "0.01").stdout.splitlines()
    assert lines[0] == "f(x) = x**2 · gd · lr = 0.1" and lines[1].split() == ["t", "x", "loss", "‖∇f‖", "lr"]
    assert len({len(line) for line in lines[1:-1]}) == 1 and len(lines) == 31
    assert lines[-1] == "converged: ‖∇f‖ = 0.0087 < 0.01 at t = 27"
    assert lines[2].split() == ["0", "1.8", "3.24", "3.6", "0.1"]


@pytest.mark.parametrize(
    ("steps", "every", "kept"), [(10, 4, [0, 4, 8, 10]), (8, 4, [0, 4, 8]), (2500, 999, [0, 999, 1998, 2500])]
)
def test_every_keeps_every_nth_row_and_the_last(steps, every, kept):
    _, *rows, _ = json_lines("rosenbrock", "--lr", "1e-4", "--steps", str(steps), "--every", str(every))
    assert [row["t"] for row in rows] == kept


@pytest.mark.parametrize(
    ("arguments", "code", "status"),
    [
        (["x**2", "--start", "1.8", "--lr", "0.1", "--gtol", "0.01"], 0, "converged"),
        (["x**2", "--start", "1.8", "--lr", "1"], 0, "stalled"),
        (["x**2", "--steps", "3"], 0, "max_steps"),
        (["x**2", "--break", "t == 3"], 0, "breakpoint"),
        (["x**2", "--lr", "3"], 1, "diverged"),
        (["log(x)", "--start", "0.1", "--lr", "1"], 1, "non_finite"),
    ],
)
def test_the_exit_status_tells_how_it_ended(arguments, code, status):
    assert json_lines(*arguments, code=code)[-1]["status"] == status


@pytest.mark.parametrize(
    ("arguments", "start"),
    [
        (["-cos(x)", "--start", "1"], [1.0]),
        (["-x**2 + x**4", "--start=-1"], [-1.0]),
        (["-x²", "--start", "2"], [2.0]),
        (["rosenbrock", "--start=-1.2,1"], [-1.2, 1.0]),
        (["rosenbrock", "--start", "-1.2,1"], [-1.2, 1.0]),
        (["rosenbrock", "--start", "−1.2, 1"], [-1.2, 1.0]),
        (["rosenbrock", "--start", "(0.5,1)"], [0.5, 1.0]),
        (["a*x**2", "-c", "a=3", "--start", "1"], [1.0]),
        (["sum(x**2)", "--dim", "3", "--start", "1,2,3"], [1.0, 2.0, 3.0]),
    ],
)
def test_words_that_begin_with_a_minus_sign_are_taken(arguments, start):
    assert json_lines(*arguments, "--steps", "1")[1]["params"] == start


USAGE = [
    (["run", "himelblau"], "did you mean himmelblau"),
    (["run", "x**2", "--lr", "fast"], "lr is a number"),
    (["run", "x**2", "--lr", "-1"], "lr is from 0"),
    (["run", "x**2", "--lr", "nan"], "lr is from 0"),
    (["run", "x**2", "--steps", "ten"], "steps is a number"),
    (["run", "x**2", "--steps", "-5"], "steps is from 0"),
    (["run", "x**2", "--steps", "1" * 5000], "steps is from 0"),
    (["run", "x**2", "--seed", "-1"], "seed is a whole number"),
    (["run", "x**2", "--seed", str(2**64)], "seed is a whole number"),
    (["run", "x**2", "--seed", "1.5"], "not a valid integer"),
    (["run", "x**2", "--seed", "9" * 5000], "at most 30 digits"),
    (["run", "x**2", "--start", "1,2"], "x**2 has 1 parameter (x); the start has 2 numbers"),
    (["run", "x**2", "--start", "nan"], "finite"),
    (["run", "x**2", "--start", "1e999"], "finite"),
    (["run", "x**2", "--start", "a\x1b[2J"], "a start is written as numbers"),
    (["run", "a*x", "-c", "a"], "-c NAME=VALUE"),
    (["run", "a*x", "-c", "a=b\x1b"], "-c NAME=VALUE"),
    (["run", "a*x", "-c", "a=nan"], "1e+100; nan is not"),
    (["run", "a*x", "-c", "a=inf"], "1e+100; inf is not"),
    (["run", "a*x", "-c", "a=1e300"], "1e+100"),
    (["run", "x", "-c", "sin=1"], "sin"),
    (["run", "a*x", "-c", "=1"], "'' is not a name"),
    (["run", "a*x", "-c", "a b=1"], "not a name"),
    (["run", "sum(x)", "--dim", "0"], "dim is from 1"),
    (["run", "sum(x)", "--dim", "1" * 30], "dim is from 1"),
    (["run", "__import__('os').system('x')"], "names begin with a letter"),
    (["run", "x @ x"], "does not belong"),
    (["run", "x**2", "-o", "adamm"], "did you mean adam"),
    (["run", "x**2", "-o", "none.toml"], "none.toml: No such file"),
    (["run", "x**2", "--schedule", "cosin"], "did you mean cosine"),
    (["run", "x**2", "--break", "loss"], "a breakpoint is a condition"),
    (["run", "x**2", "--watch", "los"], "did you mean loss"),
    (["run", "x**2", "--format", "xml"], "'xml' is not one of"),
    (["run", "x**2", "--every", "0"], "not in the range"),
    (["run", "x**2", "--nonsense"], "No such option"),
    (["run", "x**2", "--output", "/nowhere/at/all"], "No such file"),
    (["run", "himmelblau:a=1"], "it has none"),
    (["run", "session.gdt"], "session"),
    (["show", "himelblau"], "did you mean himmelblau"),
    (["show", "x\x1b[2Jx"], "cannot be shown"),
    (["list", "nonsense"], "not one of"),
    (["run", ""], "empty"),
    (["run", "+".join("x" * 3000)], "at most 2000 characters"),
    (["run", "(" * 500 + "x"], "nested"),
    (["himmelblau"], "gdtui run"),
    ([], "gdtui run"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "message"), USAGE, ids=lambda v: ascii(" ".join(v)[:40]) if isinstance(v, list) else ""
)
def test_bad_usage_is_one_clear_message_and_exit_2(arguments, message):
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert message in result.stderr and "Traceback" not in result.stderr
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert result.stderr.replace("\n", "").isprintable() and len(result.stderr) < 1000


def test_output_replaces_the_file_whole_or_not_at_all(tmp_path):
    target = tmp_path / "rows.jsonl"
    target.write_text("old")
    assert invoke("run", "x**2", "--format", "jsonl", "--output", str(target), "--steps", "5").exit_code == 0
    assert len(target.read_text().splitlines()) == 8
    assert list(tmp_path.iterdir()) == [target]
    before = target.read_text()
    assert invoke("run", "x**2", "--lr", "-1", "--output", str(target)).exit_code == 2
    assert target.read_text() == before
    assert invoke("run", "x**2", "--output", str(tmp_path)).exit_code == 2
    assert list(tmp_path.iterdir()) == [target]


def test_lists_and_descriptions():
    everything = invoke("list").stdout
    for kind, names in [
        ("objectives", ["himmelblau", "easom"]),
        ("optimizers", ["adam", "gd"]),
        ("schedules", ["cosine"]),
    ]:
        found = invoke("list", kind)
        assert found.exit_code == 0
        for name in names:
            assert any(line.startswith(name) for line in found.stdout.splitlines()) and name in everything
    from gdtui.objectives.catalogue import OBJECTIVES
    from gdtui.optimizers.catalogue import RULES
    from gdtui.optimizers.schedules import SCHEDULES

    for name in [*(o.name for o in OBJECTIVES), *(r.name for r in RULES), *(s.name for s in SCHEDULES)]:
        shown = invoke("show", name)
        assert shown.exit_code == 0 and shown.stdout.startswith(name)
    assert "∂f/∂x = 12x − 12" in invoke("show", "6x² − 12x + 3").stdout
    assert "β₁" in invoke("show", "adam").stdout and "arXiv 1412.6980" in invoke("show", "adam").stdout


def test_a_schedule_is_a_formula_of_k():
    found = invoke("run", "x**2", "--start", "1", "--lr", "0.1", "--schedule", "lr/(1+0.1*k)", "--steps", "2",
                   "--format", "jsonl")  # fmt: skip
    header, *rows, _ = map(json.loads, found.stdout.splitlines())
    assert header["schedule"] == "lr/(1+0.1*k)" and [row["lr"] for row in rows[1:]] == [0.1, 0.1 / 1.1]
    assert "FORMULA" in invoke("list", "schedules").stdout
    for text, message in [
        ("lr/(1+0.1*q)", "there is no name 'q' (known: lr, k, t)\n  lr/(1+0.1*q)\n            ^"),
        ("cosin", "there is no schedule 'cosin'; did you mean cosine?"),
        ("0.1/(1+k)", "the schedule 0.1/(1+k) does not read lr"),
    ]:
        told = invoke("run", "x**2", "--start", "1", "--lr", "0.1", "--schedule", text)
        assert told.exit_code == 2 and message in told.stderr
    without = invoke("run", "x**2", "--start", "1", "--schedule", "0.1/(1+k)", "--steps", "1", "--format", "jsonl")
    assert json.loads(without.stdout.splitlines()[2])["lr"] == 0.1


def test_version_and_help():
    assert invoke("--version").stdout.strip().endswith(gdtui.__version__)
    for arguments in (["--help"], ["-h"], ["run", "--help"], ["explore", "-h"]):
        assert invoke(*arguments).exit_code == 0 and "Usage" in invoke(*arguments).stdout


def test_without_a_terminal_the_explorer_says_gdtui_run():
    for arguments in ([], ["rosenbrock", "-o", "adam"], ["explore", "-cos(x)"]):
        result = spawned(*arguments)
        assert result.returncode == 2 and b"gdtui run" in result.stderr and result.stdout == b""


def test_a_reader_that_goes_away_is_no_error():
    with subprocess.Popen(
        [sys.executable, "-m", "gdtui", "run", "rosenbrock", "--lr", "1e-5", "--steps", "200000", "--format", "jsonl"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()
    assert process.returncode == 0 and errors == b""


def test_any_locale_and_any_bytes():
    environment = {k: v for k, v in os.environ.items() if not k.startswith("LC_")} | {"LC_ALL": "C", "PYTHONUTF8": "0"}
    result = spawned("run", "x²", "--start", "1", "--steps", "1", env=environment)
    assert result.returncode == 0 and "‖∇f‖" in result.stdout.decode("utf-8")
    broken = spawned("run", os.fsdecode(b"x\xff"), env=environment)
    assert broken.returncode == 2 and b"Traceback" not in broken.stderr
    file = spawned("run", "x", "-o", os.fsdecode(b"\xff\x1b[2J.toml"))
    assert file.returncode == 2 and b"Traceback" not in file.stderr and b"\x1b" not in file.stderr


IMPORTS = """
import sys
from gdtui.cli import main
try:
    main({arguments!r})
except SystemExit:
    pass
print(sorted({{"click", "numpy", "textual", "rich", "plotext", "tomllib"}} & set(sys.modules)), file=sys.stderr)
"""


@pytest.mark.parametrize(
    ("arguments", "loaded"),
    [
        (["--help"], ["click"]),
        (["run", "--help"], ["click"]),
        (["--version"], ["click"]),
        (["run", "--steps", "3"], ["click", "numpy"]),
        (["run", "x**2", "-o", "adam", "--format", "csv", "--watch", "norm(delta)"], ["click", "numpy"]),
        (["show", "adam"], ["click", "numpy"]),
        (["list"], ["click", "numpy"]),
    ],
)
def test_a_command_imports_what_it_needs(arguments, loaded):
    code = IMPORTS.format(arguments=arguments)
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stderr.splitlines()[-1] == str(loaded)


def test_the_modules_say_what_is_installed():
    assert Path(gdtui.__file__).with_name("__main__.py").exists()
    assert spawned("--version").stdout.decode().strip().endswith(gdtui.__version__)


def test_a_pipe_keeps_its_place(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(
        [sys.executable, "-m", "gdtui", "run", "x", "--steps", "2", "--output", str(pipe)]
    ) as process:
        text = pipe.read_text()
    assert process.returncode == 0 and "ran all 2 steps" in text and pipe.is_fifo()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "file")
    assert invoke("run", "x", "--steps", "2", "--output", str(link)).exit_code == 0
    assert link.is_symlink() and "ran all 2 steps" in (tmp_path / "file").read_text()


def test_the_first_breakpoint_ends_the_run_wherever_it_falls():
    for step in (1, 999, 1000, 1001, 2000):
        *_, last, end = json_lines(
            "rosenbrock", "--lr", "1e-5", "--steps", "2500", "--break", f"t == {step}", "--every", "700"
        )
        assert end["steps"] == last["t"] == step and end["status"] == "breakpoint"
