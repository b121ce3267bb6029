"""A recorded run on the command line: opened, and refused with what to type where it cannot be taken."""

import os
import sys
from pathlib import Path

import pexpect
import pytest
from click.testing import CliRunner

from gdtui.cli import main


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    Path("run.csv").write_text("t,x,y,loss,grad_x,grad_y\n0,1,2,5,2,4\n1,0.8,1.6,3.2,1.6,3.2\n")
    Path("run.txt").write_text(Path("run.csv").read_text())
    Path("data.csv").write_text("height,weight\n1.7,60\n")


def invoke(*arguments):
    return CliRunner().invoke(main, arguments)


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["data.csv"], "data.csv, line 1: this is data, not a recorded run: a run has the columns t and loss"),
        (["nowhere.jsonl"], "nowhere.jsonl: No such file or directory"),
        (["run.csv", "-o", "adam"], "run.csv: a recorded run has settings of its own; open it without -o"),
        (["run.csv", "--lr", "1"], "run.csv: a recorded run has settings of its own; open it without --lr"),
        (["run.csv"], "the explorer needs a terminal on stdin and stdout"),
        (["run", "run.csv"], "run.csv: an objective is wanted here; gdtui run.csv opens it as a recorded run"),
        (["run", "run.csv", "--plot", "contour"], "run.csv: an objective is wanted here; gdtui run.csv opens it"),
        (["show", "gd", "--kernel", "run.csv"], "run.csv: an objective is wanted here; gdtui run.csv opens it"),
        (["show", "run.csv"], "run.csv: an objective is wanted here; gdtui run.csv opens it as a recorded run"),
        (["gradcheck", "run.csv", "--gradient", "2*x"], "gdtui run.csv opens it as a recorded run"),
        (["verify", "run.csv"], "run.csv: a session is wanted here; gdtui run.csv opens it as a recorded run"),
        (["run.txt"], "run.txt: a recorded run is called .csv or .jsonl, a session .gdt, a rule .toml (-o)"),
        (["diff", "run.txt", "-o", "gd"], "run.txt: a recorded run is called .csv or .jsonl, a session .gdt"),
        (["run.csv", "x^2"], "run.csv is opened alone; gdtui diff run.csv 'x^2' -o RULE compares the two"),
        (["run.csv", "b.csv"], "run.csv is opened alone; gdtui diff run.csv b.csv compares the two"),
        (["run.csv", "--watch", "los"], "there is no name 'los'"),
        (["run.csv", "--break", "loss"], "a breakpoint is a condition; this is a value"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_what_to_type(arguments, message):
    result = invoke(*arguments)
    assert result.exit_code == 2 and message in result.stderr


def test_breakpoints_and_watches_are_taken_with_a_recorded_run(monkeypatch):
    shown = []
    monkeypatch.setattr("gdtui.tui.launch.need_a_terminal", lambda: None)
    monkeypatch.setattr("gdtui.tui.launch.launch", shown.append)
    options = ["--break", "loss < 4", "--watch", "x + y", "--watch", "norm(grad)"]
    assert invoke("run.csv", *options).exit_code == 0
    session = shown[0].opened.session
    assert [item.text for item in session.setup.breakpoints] == ["loss < 4"]
    assert [item.text for item in session.setup.watches] == ["x + y", "norm(grad)"]
    assert session.values_of(session.setup.watches[0], 0, 2).tolist() == [3.0, 0.8 + 1.6]


@pytest.mark.skipif(sys.platform == "win32", reason="a pty")
def test_the_explorer_opens_a_recorded_run_and_quits():
    environment = {**os.environ, "TERM": "xterm-256color"}
    child = pexpect.spawn(sys.executable, ["-m", "gdtui", "run.csv"], env=environment, dimensions=(24, 80), timeout=60)
    child.expect("run.csv")
    child.expect("Path: no function is known")
    child.send("q")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
