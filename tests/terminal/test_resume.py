"""A session outlives its explorer, however that ended."""

import os
import signal
import time
from pathlib import Path

import pytest

from gdtui.storage.session_file import load
from tests.storage.sessions import same
from tests.terminal.terminal import Terminal, environment
from tests.terminal.test_terminal import LEFT_OFF, STATE, started


def saved_at(home: Path, cursor: int) -> Path | None:
    """The session that saved itself with the cursor there."""
    for path in (home / STATE).glob("*.gdt"):
        if f'"cursor": {cursor},' in path.read_text():
            return path
    return None


def beside_the_update(terminal: Terminal) -> list[str]:
    """Objective, knobs, verdict, map and loss. The update keeps its numbers where they once needed more room."""
    edge = terminal.lines[0].index("Update") - 3
    return [line[:edge] for line in terminal.lines[:-2]]


def test_killed_and_resumed(tmp_path: Path) -> None:
    with started(environment(tmp_path), 120, 40, "rosenbrock", "-o", "adam") as terminal:
        terminal.write("nnnnnnN")
        terminal.wait(lambda: terminal.t == 5)
        terminal.write("\x1b[A")  # forks
        terminal.write("nnnN")
        terminal.wait(lambda: terminal.t == 7)
        terminal.wait(lambda: saved_at(tmp_path, 7))
        terminal.drain()
        shown = beside_the_update(terminal)
        os.kill(terminal.pid, signal.SIGKILL)
        assert terminal.exit_status() == 128 + signal.SIGKILL
    path = saved_at(tmp_path, 7)
    assert path is not None
    before = load(path)
    assert before.note == "" and len(before.session.branches) == 2 and before.session.branch.count == 9
    with started(environment(tmp_path), 120, 40, "--resume") as terminal:
        assert terminal.t == 7
        terminal.drain()
        assert beside_the_update(terminal) == shown
        terminal.write("n")
        terminal.wait(lambda: terminal.t == 8)
        terminal.write("q")
        assert terminal.exit_status() == 0
    (newer,) = {*(tmp_path / STATE).glob("*.gdt")} - {path}  # a file each
    before.session.step()
    same(before.session, load(newer).session)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_told_to_end_it_saves_and_leaves_the_terminal_as_it_was(
    tmp_path: Path, number: signal.Signals, status: int
) -> None:  # fmt: skip
    with started(environment(tmp_path)) as terminal:
        terminal.write("nnn")
        terminal.wait(lambda: terminal.t == 3)
        os.kill(terminal.pid, number)
        assert terminal.exit_status() == status
        assert terminal.settings() == terminal.before
        assert not any(terminal.modes.get(mode) for mode in LEFT_OFF)
    assert saved_at(tmp_path, 3)


def test_a_terminal_that_goes_away(tmp_path: Path) -> None:
    terminal = started(environment(tmp_path))
    terminal.write("nnnn")
    terminal.wait(lambda: terminal.t == 4)
    os.close(terminal.slave)
    os.close(terminal.master)
    until = time.monotonic() + 20.0
    while not terminal.ended and time.monotonic() < until:
        time.sleep(0.02)
    if not terminal.ended:
        os.kill(terminal.pid, signal.SIGKILL)
    assert terminal.status == 129
    assert saved_at(tmp_path, 4)


def test_a_terminal_that_goes_away_in_fast_play(tmp_path: Path) -> None:
    """It is not read any more, so that 30 frames wait to be written and the next waits for room; then it is gone."""
    options = ("-o", "adam", "--lr", "1e-4", "--gtol", "1e-300", "--steps", "1000000000")
    terminal = started(environment(tmp_path), 120, 40, "himmelblau", *options)
    terminal.write("c")
    terminal.wait(lambda: terminal.t > 1000)
    used = [-1.0]
    while used[-1] != terminal.cpu_seconds():  # it stands still: there is nothing left to be done but to wait
        used.append(terminal.cpu_seconds())
        time.sleep(1.0)
    os.close(terminal.slave)
    os.close(terminal.master)
    until = time.monotonic() + 20.0
    while not terminal.ended and time.monotonic() < until:
        time.sleep(0.02)
    if not terminal.ended:
        os.kill(terminal.pid, signal.SIGKILL)
    assert terminal.status == 129
    (path,) = (tmp_path / STATE).glob("*.gdt")
    assert '"cursor": 0,' not in path.read_text()


def test_saved_on_request_and_opened(tmp_path: Path) -> None:
    with started(environment(tmp_path)) as terminal:
        terminal.write("nn")
        terminal.wait(lambda: terminal.t == 2)
        terminal.write(":")
        terminal.wait_for("what to do")
        terminal.write("save the session\r")
        terminal.wait_for("himmelblau-gd.gdt")
        terminal.write("\r")
        terminal.wait_for("saved the session to himmelblau-gd.gdt")
        terminal.write("q")
        assert terminal.exit_status() == 0
    with Terminal(environment(tmp_path), arguments=["himmelblau-gd.gdt"]) as terminal:
        terminal.wait(lambda: terminal.t == 2)
        terminal.write("n")
        terminal.wait(lambda: terminal.t == 3)


def test_a_home_that_cannot_be_written_is_told_and_the_run_goes_on(tmp_path: Path) -> None:
    (tmp_path / ".local").write_text("not a directory")
    with started(environment(tmp_path)) as terminal:
        terminal.write("n")
        terminal.wait(lambda: terminal.t == 1)
        terminal.wait_for("Not a directory")
        terminal.write("n")
        terminal.wait(lambda: terminal.t == 2)
        terminal.wait(lambda: "Not a directory" not in terminal.text)
        terminal.write("q")
        assert terminal.exit_status() == 0
