"""gdtui diff with recorded runs: the rule that wrote the rows makes them again, and a wrong one is named."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import gdtui
from gdtui.cli import main
from gdtui.descent.setup import prepare
from gdtui.formula.parameter import ParameterError
from gdtui.optimizers import catalogue as optimizers
from gdtui.storage.recorded_session import compared, fed_session
from gdtui.storage.recording import read_recording
from gdtui.storage.rows import written
from gdtui.storage.two_runs import compare

SAME = "they do not differ in any of 41 rows"
RIGHT = {
    "m": "beta1*m + (1 - beta1)*g", "v": "beta2*v + (1 - beta2)*g**2", "m_hat": "m / (1 - beta1**t)",
    "v_hat": "v / (1 - beta2**t)", "delta": "-lr * m_hat / (sqrt(v_hat) + eps)", "theta": "theta + delta",
}  # fmt: skip


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def record(path, objective="himmelblau", optimizer="adam", **options):
    """A run written to a file as `gdtui run --output` does."""
    run = gdtui.descend(objective, optimizer, **{"steps": 40, **options})
    for _ in written(run.session, Path(path).suffix[1:], path):
        pass
    return run


def adam(beta2=0.999, **changed):
    """Adam as a rule file, with other equations for some of its terms."""
    lines = "\n".join(f"{name} = {text}" for name, text in (RIGHT | changed).items())
    Path("mine.toml").write_text(
        f'name = "mine"\nequations = """\n{lines}\n"""\n[hyperparameters]\nlr = 0.1\nbeta1 = 0.9\n'
        f"beta2 = {beta2}\neps = 1e-8\n"
    )
    return "mine.toml"


def diff(*arguments, code=1):
    result = CliRunner().invoke(main, ["diff", *arguments])
    assert result.exit_code == code, result.output
    return result.stdout.splitlines() if code < 2 else result.stderr


def verdict(lines):
    return next(line for line in lines if line.startswith(("they part", "they do not")))


@pytest.mark.parametrize("name", sorted(optimizers.BY_NAME))
@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_rule_that_is_fed_with_its_own_run_makes_the_same_numbers(name, form):
    run = record(f"run.{form}", "rosenbrock", name, schedule="cosine" if name == "adam" else None)
    a = compared(read_recording(Path(f"run.{form}")))
    settings = {k: v for k, v in run.hyperparameters.items() if k not in ("span", "lr_min")}
    elsewhere = {"sam", "nesterov-lookahead", "newton", "damped-newton", "polyak"}
    if name in elsewhere:
        with pytest.raises(ParameterError, match=r"reads (grad\(u\)|hess\(\)|f_min)"):
            fed_session(a, prepare(a.setup.objective, name, settings=settings))
        return
    schedule = "cosine" if name == "adam" else None
    b = fed_session(a, prepare(a.setup.objective, name, settings=settings, schedule=schedule))
    assert compare(a, b).difference is None
    assert b.branch.count == run.steps + 1
    for term, values in run.terms.items():
        assert np.array_equal(b.branch.quantity(term, 1, 41), values[1:].T), term


@pytest.mark.parametrize(
    "wrong, options, step, term, values",
    [
        ({"m_hat": "m", "v_hat": "v"}, {}, 1, "m̂, coordinate x", ("4.429", "0.4429")),
        ({"delta": "-lr * m_hat / sqrt(v_hat + eps)"}, {}, 1, "Δθ, coordinate x", ("−0.0999999998", "−0.1")),
        ({}, {"beta2": 0.99}, 1, "v, coordinate x", ("0.01962", "0.1962")),
        ({"m_hat": "m / (1 - beta1**(t + 1))"}, {}, 1, "m̂, coordinate x", ("4.429", "2.331")),
        ({"v": "maximum(v, beta2*v + (1 - beta2)*g**2)"}, {}, None, None, ()),
    ],
)
def test_a_wrong_adam_is_named_by_step_term_and_coordinate(wrong, options, step, term, values):
    record("run.csv", lr=0.1)
    lines = diff("run.csv", "-o", adam(**options, **wrong), code=1 if step or wrong else 0)
    if step is None:  # v never falls: it parts where Adam's does for the first time
        run = gdtui.descend("himmelblau", "adam", steps=40, lr=0.1)
        falls = (np.diff(run.terms["v"][1:], axis=0) < 0).any(axis=1)
        step = int(falls.argmax()) + 2
        assert verdict(lines).startswith(f"they part at t = {step} in v, coordinate ")
        return
    a, b = values
    assert verdict(lines).startswith(f"they part at t = {step} in {term}: {a} against {b}, ")
    at = lines.index(verdict(lines))
    symbol = term.split(",")[0]
    assert lines[at + 1] == f"  A  {symbol} = {a}, recorded in line {step + 2} of run.csv"
    assert lines[at + 2].startswith(f"  B  {symbol} = ") and lines[at + 3].endswith(f" = {b}")


def test_two_files_of_one_name_and_start_are_two_runs():
    record("run.csv", lr=0.1, steps=5)
    first = compared(read_recording(Path("run.csv")))
    record("run.csv", lr=0.2, steps=9)
    second = compared(read_recording(Path("run.csv")))
    for session, lr in ((first, 0.1), (second, 0.2)):
        fed_rows = fed_session(session, prepare(session.setup.objective, "adam", settings={"lr": lr}))
        assert compare(session, fed_rows).differ is False


def test_each_step_begins_where_the_recorded_one_did():
    """A wrong step is wrong alone: θ of the next is made of the recorded θ."""
    record("run.csv", optimizer="gd", lr=0.01)
    lines = Path("run.csv").read_text().splitlines()
    cells = lines[11].split(",")
    cells[1] = str(float(cells[1]) + 0.5)
    lines[11] = ",".join(cells)
    Path("run.csv").write_text("\n".join(lines) + "\n")
    a = compared(read_recording(Path("run.csv")))
    b = fed_session(a, prepare(a.setup.objective, "gd", settings={"lr": 0.01}))
    apart = (a.branch.quantity("theta", 0, 41) != b.branch.quantity("theta", 0, 41)).any(axis=0)
    assert np.flatnonzero(apart).tolist() == [10, 11]  # the row, and the one that was made of what had stood there


def test_the_options_before_a_rule_are_those_of_other_commands():
    options = ["--clip-norm", "1", "--weight-decay", "0.1", "--schedule", "cosine", "--maximize", "--seed", "3"]
    named = {"clip_norm": 1, "weight_decay": 0.1, "schedule": "cosine", "maximize": True, "seed": 3}
    record("run.csv", "x**2 + 3*y**2", "momentum", lr=0.01, start=(1, 2), **named)
    assert verdict(diff("run.csv", "-o", "momentum:lr=0.01", *options, code=0)) == SAME
    assert "in clipped" not in verdict(diff("run.csv", "-o", "momentum:lr=0.01", "--clip-norm", "2"))
    lines = diff("run.csv", "-o", "momentum:lr=0.01", *options[:2], "--schedule", "exponential", *options[2:4])
    assert any(line.startswith("their lr differ first at t = 2: ") for line in lines)


def test_an_objective_that_is_named_is_descended_from_the_recorded_start():
    record("run.csv", start=(1, 2), lr=0.05)
    assert verdict(diff("run.csv", "himmelblau", "-o", "adam:lr=0.05", code=0)) == SAME
    lines = diff("run.csv", "himmelblau", "-o", "adam:lr=0.05,beta1=0.8")
    assert lines[0] == "run.csv against himmelblau"
    assert verdict(lines).startswith("they part at t = 1 in m, coordinate x: ")
    assert verdict(diff("run.csv", "rosenbrock", "-o", "adam:lr=0.05")).startswith("they part at t = 0 in loss: ")


def test_a_gradient_that_is_not_recorded_is_not_compared():
    run = record("run.csv", "x**2", "gd", start=1.8, lr=0.1, steps=9)
    rows = [f"{t},{float(run.params[t, 0])!r},{float(run.loss[t])!r}" for t in range(10)]
    Path("bare.csv").write_text("\n".join(["t,x,loss", *rows]) + "\n")
    assert verdict(diff("bare.csv", "x**2", "-o", "gd:lr=0.1", code=0)) == "they do not differ in any of 10 rows"
    assert verdict(diff("run.csv", "bare.csv", code=0)) == "they do not differ in any of 10 rows"
    assert "they part at t = 1 in θ" in verdict(diff("bare.csv", "x**2", "-o", "gd:lr=0.2"))


def test_a_rate_that_is_not_told_is_the_recorded_one_else_the_rules_own():
    record("run.csv", lr=0.3)
    Path("bare.csv").write_text("t,w,loss,grad_w\n0,1,2,3\n1,1,2,3\n")
    for file, lr in (("run.csv", 0.3), ("bare.csv", 0.001)):
        objective = compared(read_recording(Path(file))).setup.objective
        assert prepare(objective, "adam").values["lr"] == lr


def test_a_hyperparameter_that_is_called_as_a_parameter_is_not_taken():
    record("run.jsonl", "x**2 + 3*y**2", "gd", start=(1, 2))
    text = Path("run.jsonl").read_text().replace('"hyperparameters": {', '"hyperparameters": {"x": 7, "delta": 1, ')
    Path("run.jsonl").write_text(text)
    assert set(compared(read_recording(Path("run.jsonl"))).setup.values) == {"lr"}


def test_parameters_in_another_order_are_the_same_parameters():
    record("run.csv", "x**2 + 3*y**2", "adam", start=(1, 2), lr=0.1)
    rows = [line.split(",") for line in Path("run.csv").read_text().splitlines()]
    head = rows[0]
    order = sorted(range(len(head)), key=lambda k: (not head[k].endswith("y"), k))
    Path("run.csv").write_text("\n".join(",".join(row[k] for k in order) for row in rows) + "\n")
    assert read_recording(Path("run.csv")).names == ("y", "x")
    assert "do not differ" in verdict(diff("run.csv", "x**2 + 3*y**2", "-o", "adam:lr=0.1", code=0))
    record("other.csv", "x**2 + 3*y**2", "adam", start=(1, 2), lr=0.1)
    assert "do not differ" in verdict(diff("other.csv", "run.csv", code=0))


def test_state_that_is_recorded_in_the_first_row_is_what_the_rule_begins_with():
    run = gdtui.descend("himmelblau", "rmsprop", steps=30, lr=0.01)
    states = run.session.branch.last.layout.states
    head = ["t", "x", "y", "loss", "grad_x", "grad_y", *(f"{state}_{name}" for state in states for name in "xy")]
    rows = [head]
    for k in range(10, 31):
        state = [value for name in states for value in run.terms[name][k].tolist()]
        rows.append([k - 10, *map(float, [*run.params[k], run.loss[k], *run.grad[k]]), *state])

    def write():
        Path("run.csv").write_text("\n".join(",".join(map(str, row)) for row in rows) + "\n")

    write()
    for objective in ([], ["himmelblau"]):
        assert "do not differ" in verdict(diff("run.csv", *objective, "-o", "rmsprop:lr=0.01", code=0))
    rows[1][6:] = [""] * (2 * len(states))
    write()
    lines = diff("run.csv", "-o", "rmsprop:lr=0.01")
    assert verdict(lines).startswith(f"they part at t = 1 in {states[0]}, coordinate ")


def test_two_recorded_runs_and_a_saved_session_are_compared():
    record("a.csv", lr=0.1)
    record("b.jsonl", lr=0.1)
    run = record("c.csv", lr=0.1, beta1=0.8)
    from gdtui.storage.session_file import save

    save(run.session, Path("c.gdt"))
    assert "do not differ" in verdict(diff("a.csv", "b.jsonl", code=0))
    assert "do not differ" in verdict(diff("c.csv", "c.gdt", code=0))
    for files in (("a.csv", "c.gdt"), ("c.gdt", "a.csv"), ("a.csv", "c.csv")):
        assert verdict(diff(*files)).startswith("they part at t = 1 in m, coordinate x: ")


def float32_adam(steps=60):
    """A run of Adam on Himmelblau's function, all of it in float32."""
    f = np.float32
    theta, m, v = np.array([-0.4, -0.65], f), np.zeros(2, f), np.zeros(2, f)
    lines = ["t,x,y,loss,grad_x,grad_y"]
    for t in range(1, steps + 1):
        x, y = theta
        a, b = x * x + y - f(11), x + y * y - f(7)
        g = np.array([f(4) * x * a + f(2) * b, f(2) * a + f(4) * y * b], f)
        lines.append(f"{t - 1},{x},{y},{a * a + b * b},{g[0]},{g[1]}")
        m, v = f(0.9) * m + f(0.1) * g, f(0.999) * v + f(0.001) * g * g
        theta = theta - f(0.1) * (m / f(1 - 0.9**t)) / (np.sqrt(v / f(1 - 0.999**t)) + f(1e-8))
    Path("run.csv").write_text("\n".join(lines) + "\n")


def test_numbers_of_float32_are_told_to_be_rounded_and_the_tolerance_that_is_named_looks_past_that():
    hint = "the recorded numbers are rounded, to float32 or few digits"
    float32_adam()
    for given in ("0", "1e-6", "1e-5"):
        assert f"{hint}: --tolerance 0.0001 looks past that" in diff(
            "run.csv", "himmelblau", "-o", "adam:lr=0.1", "--tolerance", given
        )
    same = diff("run.csv", "himmelblau", "-o", "adam:lr=0.1", "--tolerance", "1e-4", code=0)
    assert verdict(same).startswith("they do not differ")
    lines = Path("run.csv").read_text().splitlines()
    Path("run.csv").write_text("\n".join([*lines[:-1], "59,3,2,0.125,0,0"]))
    assert hint in diff("run.csv", "himmelblau", "-o", "adam:lr=0.1")
    assert not [line for line in diff("run.csv", "-o", "adam:lr=0.2") if hint in line]
    record("run.csv", lr=0.1)
    assert not [line for line in diff("run.csv", "-o", adam(delta="-lr * m_hat / sqrt(v_hat + eps)")) if hint in line]


def test_programs_are_told_the_same():
    record("run.jsonl", lr=0.1)
    lines = [*map(json.loads, diff("run.jsonl", "-o", "adam:lr=0.1,beta1=0.8", "--format", "jsonl"))]
    assert lines[0]["a"]["objective"] == lines[0]["b"]["objective"] == "run.jsonl"
    assert lines[0]["a"]["hyperparameters"]["beta1"] == 0.9
    assert (lines[1]["t"], lines[1]["name"], lines[1]["coordinate"]) == (1, "m", 0)
    assert lines[-1] == lines[-1] | {"kind": "end", "differ": True}


def test_a_recorded_schedule_is_named():
    record("run.jsonl", lr=0.1, schedule="cosine")
    a, b = diff("run.jsonl", "-o", "adam:lr=0.1", "--schedule", "cosine", code=0)[1:3]
    assert a.startswith("A  adam · schedule cosine · lr = 0.1, ") and a[1:] == b[1:]
    Path("run.jsonl").write_text(Path("run.jsonl").read_text().replace('"lr": 0', '"gamma": 0'))
    assert diff("run.jsonl", "-o", "adam:lr=0.1")[1].startswith("A  adam · gamma = ")


def test_other_hyperparameters_than_the_recorded_ones_are_told():
    record("run.jsonl", lr=0.1)
    lines = diff("run.jsonl", "-o", "adam:lr=0.05,beta1=0.8")
    assert "A was recorded with beta1 = 0.9, B has beta1 = 0.8" in lines
    assert "their lr differ first at t = 1: A has 0.1, B 0.05" in lines


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["run.csv"], "run.csv is one run; the other is a rule, gdtui diff run.csv -o adam, or a second file"),
        (["run.csv", "-o", "gd", "-o", "adam"], "run.csv is one run, and so is each -o: of 2 give one"),
        (["run.csv", "run.csv", "-o", "gd"], "two files are two runs: leave -o out"),
        (["run.csv", "run.csv", "himmelblau"], "two files are two runs: leave himmelblau out"),
        (["run.csv", "run.csv", "run.csv"], "diff compares two runs; these are 3 files"),
        (["himmelblau", "ackley", "-o", "gd"], "one objective at a time: himmelblau or ackley"),
        (["run.csv", "run.csv", "--lr", "1"], "leave --lr out: both runs are as their files have them"),
        (["run.csv", "-o", "gd", "--start", "1,2"], "leave --start out: run.csv says it"),
        (["run.csv", "himmelblau", "-o", "gd", "--steps", "5"], "leave --steps out: run.csv says it"),
        (["run.csv", "-o", "gd", "--gtol", "1"], "leave --gtol out: there is no objective"),
        (["run.csv", "-o", "sam"], "sam reads grad(u); a recorded run has none: name the objective too"),
        (["run.csv", "-o", "newton"], "newton reads hess(), which is derived from a formula; a recorded run has none"),
        (["run.csv", "-o", "nothing"], "nothing"),
        (["bare.csv", "-o", "gd"], "bare.csv has no gradients to be fed to gd: record grad_NAME"),
        (["run.csv", "a**2 + b**2", "-o", "gd"], "the parameters of run.csv are x, y, those of a**2 + b**2 a, b"),
        (["run.csv", "x**2 + y**2 + z", "-o", "gd"], "has 3 parameters (x, y, z); the start has 2 numbers"),
        (["run.csv", "bare.csv"], "the parameters of bare.csv are w, those of run.csv x, y"),
        (["nan.csv", "-o", "gd"], "nan.csv, line 2: no rule begins where θ is no finite number"),
        (["nowhere.csv", "-o", "gd"], "nowhere.csv: No such file or directory"),
        (["data.csv", "-o", "gd"], "data.csv, line 1: this is data, not a recorded run"),
        (["run.csv", "-o", "gd", "--tolerance", "2"], "tolerance is from 0 to 1; 2 is outside"),
    ],
)
def test_what_does_not_fit_is_refused(arguments, message):
    record("run.csv", lr=0.1)
    Path("bare.csv").write_text("t,w,loss\n0,1,2\n1,1,2\n")
    Path("nan.csv").write_text("t,w,loss,grad_w\n0,nan,2,3\n")
    Path("data.csv").write_text("a,b\n0,1\n")
    assert message in diff(*arguments, code=2)


def test_what_is_to_be_known_of_a_file_is_told():
    Path("run.csv").write_text("t,x,loss,grad_x,day\n1,1,1,2,mo\n2,0.8,0.64,1.6,tu\n")
    result = CliRunner().invoke(main, ["diff", "run.csv", "-o", "gd:lr=0.1"])
    assert result.exit_code == 0
    assert "run.csv: it counts from t = 1: that row is taken for the start, t = 0; left out, since" in result.stderr
