"""Saved sessions on the command line."""

import csv
import json

import pytest
from click.testing import CliRunner

from gdtui.cli import main
from gdtui.storage.session_file import save
from tests.storage.sessions import made


def invoke(*arguments):
    return CliRunner().invoke(main, [str(a) for a in arguments])


@pytest.fixture
def session():
    session = made("himmelblau", "adam", watches=["norm(delta)"])
    session.advance(20)
    session.seek(12)
    session.change(session.setup.with_value("lr", 0.2))
    session.advance(5)
    return session


@pytest.fixture
def path(session, tmp_path):
    save(session, tmp_path / "run.gdt")
    return tmp_path / "run.gdt"


def test_run_writes_the_rows_that_there_are(session, path):
    result = invoke("run", path, "--format", "jsonl")
    assert result.exit_code == 0 and result.stderr == ""
    header, *steps, end = map(json.loads, result.stdout.splitlines())
    assert (header["objective"], header["optimizer"]) == ("himmelblau", "adam")
    assert [s["t"] for s in steps] == list(range(18))
    assert [s["params"] for s in steps] == session.branch.quantity("theta", 0, 18).T.tolist()
    assert [s["lr"] for s in steps] == [0.1] * 13 + [0.2] * 5
    assert end == {"kind": "end", "status": "running", "reason": "", "steps": 17}
    table = invoke("run", path, "--every", "5").stdout.splitlines()
    assert [line.split()[0] for line in table[2:-1]] == ["0", "5", "10", "15", "17"]
    assert table[-1] == "not at its end: 17 steps so far"


def test_run_writes_to_a_file_and_tells_how_it_ended(session, path, tmp_path):
    session.change(session.setup.with_stopping("diverge_at", 1.0))
    session.advance(5)
    assert session.branch.end.status == "diverged"
    save(session, path)
    result = invoke("run", path, "--format", "csv", "--output", tmp_path / "rows.csv")
    assert result.exit_code == 1
    with (tmp_path / "rows.csv").open() as file:
        assert len(list(csv.reader(file))) == session.branch.count + 1


def test_run_tells_of_rows_that_were_missing(path):
    next(path.parent.glob("*.rows")).unlink()
    result = invoke("run", path)
    assert result.exit_code == 0 and "computed again: they are the same to the bit" in result.stderr


@pytest.mark.parametrize("command", ["run", "explore"])
@pytest.mark.parametrize(
    ("options", "named"),
    [(["-o", "gd"], "-o"), (["--lr", "0.1"], "--lr"), (["--seed", "0"], "--seed"), (["--maximize"], "--maximize"),
     (["--break", "t == 1"], "--break"), (["--steps", "9"], "--steps")],
)  # fmt: skip
def test_options_do_not_go_with_a_session(path, command, options, named):
    result = invoke(command, path, *options)
    assert result.exit_code == 2
    assert result.stderr == f"gdtui: {path}: a session has settings of its own; open it without {named}\n"


def test_a_session_needs_a_terminal_too(path):
    for arguments in ([path], ["explore", path]):
        result = invoke(*arguments)
        assert result.exit_code == 2 and "needs a terminal" in result.stderr


def test_resume_takes_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert "leave the objective out" in invoke("--resume", "rosenbrock").stderr
    assert "--resume: a session has settings of its own; open it without --lr" in invoke("--resume", "--lr", "1").stderr
    none = invoke("--resume")
    assert none.exit_code == 2 and f"no session has saved itself yet (they would be in {tmp_path}/gdtui" in none.stderr


@pytest.mark.parametrize("command", [["run"], ["explore"], []])
def test_what_cannot_be_read_is_told(tmp_path, command):
    bad = tmp_path / "bad.gdt"
    bad.write_text('{"gdtui session": 7, "gdtui": "3.0"}')
    result = invoke(*command, bad)
    assert result.exit_code == 2
    assert result.stderr == (
        f"gdtui: {bad}: made by a newer gdtui (3.0): version 7; this one reads 1: update gdtui to open it\n"
    )
    assert "No such file" in invoke(*command, tmp_path / "none.gdt").stderr


def test_no_session_where_an_objective_is_wanted(path):
    assert "an objective is wanted here" in invoke("diff", path, "-o", "gd", "-o", "adam").stderr


def test_verify(path):
    result = invoke("verify", path)
    assert result.exit_code == 0
    assert result.stdout.startswith(f"{path}: it is what it claims: 27 recorded rows behind 2 branches")
    text = path.read_text()
    path.write_text(text.replace('"lr": 0.2', '"lr": 0.3'))
    result = invoke("verify", path)
    assert result.exit_code == 1 and "not what it claims: segments[1], row 13: Δθ (x) is" in result.stdout
    path.write_text(text[:300])
    result = invoke("verify", path)
    assert result.exit_code == 2 and result.stdout == "" and "cut off or damaged at line" in result.stderr
