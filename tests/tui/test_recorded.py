"""The explorer on a recorded run: every key and every view, and what recorded rows cannot do."""

import asyncio
import math
import shlex
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import gdtui
from gdtui.cli import main
from gdtui.descent.conditions import expression
from gdtui.formula.tokens import FormulaError
from gdtui.storage.recorded_session import recorded_session
from gdtui.storage.recording import read_recording
from gdtui.storage.rows import written
from gdtui.tui.commands import COMMANDS
from gdtui.tui.recorded_rows import cannot_go_on
from tests.tui.exploring import drives_the_app, exploring

SIZES = ((120, 40), (80, 24))


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def record(path, objective="himmelblau", optimizer="adam", **options):
    run = gdtui.descend(objective, optimizer, **{"steps": 40, **options})
    for _ in written(run.session, Path(path).suffix[1:], path):
        pass
    return run


def session(path):
    return recorded_session(read_recording(Path(path)))


def bare(path="bare.csv", dim=2, rows=12):
    """A run without gradients and terms, with a loss that is no number in one row."""
    names = [f"w{k}" for k in range(dim)]
    lines = [",".join(["t", *names, "loss"])]
    for t in range(rows):
        loss = "NaN" if t == 7 else str(1 / (t + 1))
        lines.append(",".join([str(t), *(str(math.sin(t + k)) for k in range(dim)), loss]))
    Path(path).write_text("\n".join(lines) + "\n")
    return session(path)


@pytest.mark.parametrize("size", SIZES)
@drives_the_app
async def test_rows_are_walked_forwards_and_back(size):
    run = record("run.csv")
    async with exploring(session=session("run.csv"), size=size) as app:
        assert app.status.startswith(f"t = 0 · loss {180.7}")
        await app.press("n", "n", "right", "N")
        assert app.session.cursor == 2 and "back in time, last t = 40" in app.status
        await app.press("g")
        await app.type("17")
        assert app.session.cursor == 17
        assert np.array_equal(app.session.row.theta, run.params[17])
        await app.press("end")
        assert app.session.cursor == 40 and app.status.endswith("all 40 recorded steps of run.csv")
        await app.press("home", "N")
        assert "this is the start" in app.status


@drives_the_app
async def test_play_goes_along_the_rows_to_their_end():
    record("run.csv")
    async with exploring(session=session("run.csv")) as app:
        await app.press("space")
        app.clock.now += 100
        await app.until(lambda: app.bench.playing is None)
        assert app.session.cursor == 40 and len(app.session.branch.segments) == 1
        await app.press("space")
        assert "recorded, does not go on" in app.status


@drives_the_app
async def test_breakpoints_stop_forwards_and_backwards():
    run = record("run.csv", steps=60)
    rises = np.flatnonzero(np.diff(run.loss) > 0) + 1
    assert len(rises) > 1
    async with exploring(session=session("run.csv")) as app:
        await app.press("b")
        await app.type("loss > prev(loss)")
        await app.press("escape")
        for row in rises[:2]:
            await app.press("c")
            await app.until(lambda: app.bench.playing is None)
            assert app.session.cursor == row and "breakpoint: loss > prev(loss)" in app.status
        await app.press("C")
        await app.until(lambda: app.bench.playing is None)
        assert app.session.cursor == rises[0]


@drives_the_app
async def test_terms_and_watches_are_read_from_the_rows():
    run = record("run.csv")
    async with exploring(session=session("run.csv")) as app:
        await app.press("w")
        await app.type("norm(m_hat)/norm(delta)")
        await app.press("escape", "n", "n", "n")
        wanted = np.linalg.norm(run.terms["m_hat"][3]) / np.linalg.norm(run.terms["delta"][3])
        assert f"{wanted:.4g}" in "\n".join(app.pane("watch"))
        update = "\n".join(app.pane("update"))
        assert "Update 2 → 3" in app.text
        for symbol, name in (("m̂", "m_hat"), ("v", "v"), ("Δθ", "delta")):
            line = next(line for line in update.splitlines() if line.split()[:2] == [symbol, "="])
            assert float(line.split("(")[1].split(",")[0].replace("−", "-")) == pytest.approx(
                run.terms[name][3][0], rel=1e-3
            )
        await app.press("p")
        await app.type("loss - prev(loss)")
        assert f"{run.loss[3] - run.loss[2]:.6g}"[1:] in app.text


@pytest.mark.parametrize(
    "which, size",
    [("csv", (120, 40)), ("jsonl", (80, 24)), ("bare", (120, 40)), ("line", (80, 24)), ("many", (80, 24))],
)
@drives_the_app
async def test_no_key_and_no_view_leads_to_a_traceback_or_another_row(which, size):
    if which == "csv":
        record("run.csv")
    elif which == "jsonl":
        record("run.jsonl")
    elif which == "line":
        record("run.csv", "x**2", "gd", start=1.8)
    elif which == "many":
        record("run.csv", "rosenbrock:dim=7", "momentum")
    found = bare() if which == "bare" else session("run.jsonl" if which == "jsonl" else "run.csv")
    rows = found.branch.count
    async with exploring(session=found, size=size) as app:
        for row, command in enumerate(COMMANDS):
            if not command.keys or command.action in ("quit", "export", "help", "palette", "play"):
                continue
            app.session.cursor = row % rows
            await app.press(command.keys.split(",")[0])
            await app.until(lambda: app.bench.playing is None)
            await app.press("escape", "escape")
            assert found.branch.count == rows and len(found.branches) == 1, command.action
            assert app.app.screen is app.bench, command.action


@drives_the_app
async def test_of_one_parameter_the_recorded_losses_are_drawn_over_it():
    Path("run.csv").write_text("t,w,loss\n0,3,9\n1,1,1\n2,-2,4\n3,0,NaN\n")
    found = session("run.csv")
    assert found.setup.objective.between(np.array([-2.5, -2.0, -0.5, 2.0, 3.5])).tolist()[1:4] == [4.0, 2.5, 5.0]
    async with exploring(session=found) as app:
        await app.press("n")
        drawn = "\n".join(app.pane("map"))
        assert "Recorded losses: no function is known" in app.text and "w = 1" in drawn
        assert sum("\u2801" <= cell <= "\u28ff" for cell in drawn) > 20


@pytest.mark.parametrize("size", SIZES)
@drives_the_app
async def test_where_no_gradient_is_recorded_none_is_told(size):
    for found in (bare(), bare("line.csv", dim=1)):
        async with exploring(session=found, size=size) as app:
            for keys in ((), ("n", "n", "n")):
                await app.press(*keys)
                assert "NaN" not in app.text and "slope" not in app.text and "∂f/∂" not in app.text
                assert "· ‖∇f‖ – · paused" in app.status
                assert any(line.rstrip("│ ").endswith(" –") for line in app.pane("steps"))
                assert size[1] > 24 or ("why: the loss fell" if keys else "why: no step arrived here") in app.text
    Path("run.csv").write_text("t,x,loss,grad_x\n0,1,2,nan\n1,1,2,3\n")
    async with exploring(session=session("run.csv"), size=size) as app:
        assert "‖∇f‖ NaN" in app.status


@drives_the_app
async def test_a_run_of_one_parameter_that_stays_at_one_loss_has_its_point_on_the_axis():
    Path("run.csv").write_text("t,x,loss\n0,5,2\n1,5,2\n")
    async with exploring(session=session("run.csv")) as app:
        point = next(line for line in app.pane("map") if "●" in line)
        assert point.lstrip("│ ").startswith("2┤") and "↑" not in "\n".join(app.pane("map"))


def test_a_step_that_is_not_recorded_is_the_way_from_row_to_row():
    found = bare()
    theta = found.branch.quantity("theta", 0, 12)
    assert np.array_equal(found.branch.quantity("delta", 1, 12), np.diff(theta))
    assert np.isnan(found.branch.quantity("delta", 0, 1)).all()


@pytest.mark.parametrize("key", ["r", "F", "f", "o", "e", "a", "A", "s", "S", "up", "down", "enter"])
@drives_the_app
async def test_what_would_go_on_says_that_rows_do_not_and_what_begins_there(key):
    run = record("run.csv", lr=0.1)
    exact = ",".join(map(repr, run.params[1].tolist()))
    async with exploring(session=session("run.csv"), size=(140, 40)) as app:
        await app.press("n", key)
        said = f"recorded, does not go on; from here: gdtui OBJECTIVE --lr 0.1 --start={exact}"
        assert app.status.endswith(said)
        assert app.session.cursor == 1
    record("run.jsonl")
    async with exploring(session=session("run.jsonl"), size=(80, 24)) as app:
        await app.press(key)
        assert "recorded, does not go on; from here: gdtui him" in app.status


@pytest.mark.parametrize(
    "text, optimizer, start",
    [("u = x + 1; u^2 + 3*y^2", "adam:beta1=0.8", (1 / 3, 2)), ("rosenbrock:dim=3", "momentum", (-1.2, 1.0, 1.5)),
     ("-x^2 - 3*y", "gd", (-1e-9, 1.0)), ("cos(x)", "rmsprop", (1.0,))],
)  # fmt: skip
def test_the_command_that_is_named_makes_the_rows(text, optimizer, start):
    run = record("run.jsonl", text, optimizer, start=start, lr=0.0123, steps=5, maximize=True)
    command = shlex.split(cannot_go_on(session("run.jsonl")).partition("from here: ")[2])
    made = CliRunner().invoke(main, ["run", *command[1:], "--steps", "5", "--format", "csv", "--output", "again.csv"])
    assert made.exit_code < 2, made.stderr
    assert np.array_equal(read_recording(Path("again.csv")).params, run.params)
    record("run.csv", "rosenbrock:dim=4", "gd", steps=2)
    assert cannot_go_on(session("run.csv")).endswith("--start=...")


@drives_the_app
async def test_a_click_on_the_map_begins_no_run():
    record("run.csv")
    async with exploring(session=session("run.csv")) as app:
        await app.pilot.click("#map", offset=(20, 10))
        await app.pilot.pause()
        assert "recorded, does not go on" in app.status and len(app.session.branches) == 1


@pytest.mark.parametrize("size", SIZES)
@drives_the_app
async def test_without_a_function_there_is_a_path_and_no_contour(size):
    record("run.csv")
    async with exploring(session=session("run.csv"), size=size) as app:
        for key in ("1", "2", "3", "4"):
            await app.press(key)
            assert "Path: no function is known" in app.text
            assert "▀" not in "\n".join(app.pane("map"))
        await app.press("5")
        assert "Curves" in app.text and "loss" in "\n".join(app.pane("map"))
        await app.press("6")
        assert "Phase" in app.text


@drives_the_app
async def test_the_contour_of_a_function_that_gives_the_recorded_loss_is_drawn_and_told():
    record("run.jsonl")
    found = session("run.jsonl")
    async with exploring(session=found) as app:
        assert "Contour" in app.text and "▀" in "\n".join(app.pane("map"))
        assert "f(x, y) = (x²+y−11)²" in "\n".join(app.pane("objective"))
        assert "∂f/∂x = 4x(x²+y−11) + 2(x+y²−7)" in "\n".join(app.pane("update"))
    lines = Path("run.jsonl").read_text().replace('"loss": 180.7', '"loss": 180.8', 1)
    Path("run.jsonl").write_text(lines)
    async with exploring(session=session("run.jsonl")) as app:
        assert "Path: no function is known" in app.text


@pytest.mark.parametrize(
    "objective, options",
    [("himmelblau", {}), ("rosenbrock:dim=5", {}), ("x1**2 + x2**2", {"start": (1, 2)}), ("exp(x)", {"start": 1.0}),
     ("sum(x**2)", {"start": (1, 2, 3, 4)})],
)  # fmt: skip
def test_a_function_is_found_by_its_name_or_its_formula(objective, options):
    record("run.jsonl", objective, "gd", **options)
    base = session("run.jsonl").setup.objective.base
    assert base is not None
    run = gdtui.descend(objective, "gd", steps=3, **options)
    assert [base.value(theta) for theta in run.params] == run.loss.tolist()


@pytest.mark.parametrize("text", ["u = x + 1; v = sin(y)*u; u^2 + v^2", "u = x[0] + 1; v = sin(x)*u; u^2 + sum(v^2)"])
def test_lines_of_the_function_are_read_and_a_watch_of_one_is_there_once(text):
    run = record("run.jsonl", text, "momentum", start=(3, -2), steps=9, lr=0.01, watches=["u", "v"])
    found = session("run.jsonl")
    assert [watch.text for watch in found.setup.watches] == ["u", "v"]
    assert "u" not in found.branch.row(3).terms and found.branch.row(3).terms.keys() >= {"b", "delta"}
    watch = expression("norm(b) + u", found.setup.program)
    wanted = np.linalg.norm(run.terms["b"], axis=1) + run.params[:, 0] + 1
    assert np.allclose(found.values_of(watch, 1, 10), wanted[1:])
    lines = Path("run.jsonl").read_text()
    Path("run.jsonl").write_text(lines.replace('"watches": {"u": 4.0', '"watches": {"u": 4.5'))
    with pytest.raises(FormulaError, match="'u' is a line of the objective, and a name of momentum too"):
        expression("u", session("run.jsonl").setup.program)


@drives_the_app
async def test_points_that_are_no_places_are_walked_past():
    Path("run.csv").write_text(
        "t,x,y,loss,grad_x,grad_y\n0,nan,2,nan,4,5\n1,1,inf,3,4,5\n2,1e300,2,-1e300,inf,5\n3,1,2,3,4,5\n"
    )
    async with exploring(session=session("run.csv")) as app:
        for key in ("1", "4", "5", "6"):
            await app.press(key, "home", "n", "n", "n")
            assert app.session.cursor == 3


@drives_the_app
async def test_why_tells_what_the_rows_alone_tell():
    run = record("run.csv", "x**2 + 3*y**2", "gd", start=(1.0, 2.0), lr=0.1)
    async with exploring(session=session("run.csv")) as app:
        assert "no step arrived here" in " ".join(app.pane("why"))
        await app.press("n")
        why = "\n".join(app.pane("why"))
        step, bend = run.params[1] - run.params[0], run.grad[1] - run.grad[0]
        assert f"{step @ bend / (step @ step):.4g}" in why
        assert f"{run.loss[1] - run.loss[0]:.4g}".replace("-", "−") in why
        assert f"{run.grad[0] @ step:.4g}".replace("-", "−") in why


@drives_the_app
async def test_rows_are_exported_as_they_were_recorded_and_what_needs_equations_is_not():
    record("run.csv")
    async with exploring(session=session("run.csv")) as app:
        app.bench.export("csv")
        await app.pilot.pause()
        await app.type("again.csv")
        await app.until(lambda: "wrote 41 rows" in app.status)
        for what in ("toml", "command", "python"):
            app.bench.export(what)
            await app.pilot.pause()
            assert "only rows were recorded" in app.status
        app.bench.action_save()
        await app.pilot.pause()
        assert "a recorded run is saved already" in app.status
        app.bench.export("jsonl")
        await app.pilot.pause()
        await app.type("again.jsonl")
        await app.until(lambda: "again.jsonl" in app.status)
    first = read_recording(Path("run.csv"))
    for file in ("again.csv", "again.jsonl"):
        again = read_recording(Path(file))
        assert np.array_equal(first.params, again.params) and np.array_equal(first.loss, again.loss)
        for name, values in first.terms.items():
            assert np.array_equal(values[1:], again.terms[name][1:]), (file, name)


@drives_the_app
async def test_a_recorded_run_does_not_save_itself(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    record("run.csv")
    async with exploring(session=session("run.csv")) as app:
        app.bench.save_by_itself()
        await app.press("n", "n")
        app.bench.keep_saved()
        assert app.bench.save_at_the_end() == ""
        await asyncio.sleep(0)
    assert not list(tmp_path.rglob("*.gdt"))
