"""The explorer in a real pty: it starts, obeys its keys, and leaves the terminal as it was."""

import base64
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.terminal.measure import measured, report
from tests.terminal.terminal import Terminal, environment

SGR = re.compile(rb"\x1b\[([0-9;:]*)m")
STATE = ".local/state/gdtui"
LEFT_OFF = (1000, 1002, 1003, 1006, 1015, 1049, 2004)  # mouse, alternate screen, bracketed paste


def started(env: dict[str, str], width: int = 120, height: int = 40, *arguments: str) -> Terminal:
    terminal = Terminal(env, width, height, arguments)
    terminal.wait(lambda: "paused" in terminal.status_line or terminal.ended)
    return terminal


def colours(raw: bytes) -> set[str]:
    """Every colour that was asked for: 38;2, 48;5, or a number from 30 to 107."""
    found = set()
    for text in SGR.findall(bytes(raw)):
        parts = text.decode().replace(":", ";").split(";")
        while parts:
            code = parts.pop(0)
            if code in ("38", "48"):
                kind = parts.pop(0)
                del parts[: 3 if kind == "2" else 1]
                found.add(f"{code};{kind}")
            elif code and 30 <= int(code) <= 107 and code not in ("39", "49"):
                found.add(code)
    return found


@pytest.mark.parametrize(("width", "height"), [(120, 40), (80, 24)])
def test_start_step_play_quit(tmp_path: Path, width: int, height: int) -> None:
    with started(environment(tmp_path), width, height) as terminal:
        assert terminal.t == 0
        assert "himmelblau" in terminal.text
        assert terminal.modes[1049]
        terminal.write("nnl")
        terminal.wait(lambda: terminal.t == 3)
        terminal.write("h")
        terminal.wait(lambda: terminal.t == 2)
        terminal.write(" ")
        terminal.wait_for("playing")
        terminal.wait(lambda: terminal.t > 4)
        terminal.write(" ")
        terminal.wait_for("paused")
        terminal.write("q")
        assert terminal.exit_status() == 0
        assert terminal.settings() == terminal.before
        assert not any(terminal.modes.get(mode) for mode in LEFT_OFF)
        assert terminal.modes[25]
        assert not terminal.screen.display[0].strip() or not terminal.modes[1049]
        # Nothing is written in the user's home but the session.
        assert {p.parent.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()} == {STATE}


def test_arrows_as_a_terminal_sends_them(tmp_path: Path) -> None:
    with started(environment(tmp_path)) as terminal:
        terminal.write("\x1b[C\x1b[C")
        terminal.wait(lambda: terminal.t == 2)
        terminal.write("\x1b[A")
        terminal.wait_for("0.02")
        terminal.write("\x1b[D")
        terminal.wait(lambda: terminal.t == 1)


def test_the_debuggers_keys(tmp_path: Path) -> None:
    """Each command as a terminal sends it, and what it is there for on the screen."""
    with started(environment(tmp_path), 120, 40, "-o", "momentum", "--lr", "0.01") as terminal:

        def does(keys: str, shown: str) -> None:
            terminal.write(keys)
            terminal.wait_for(shown)

        def closes(shown: str) -> None:
            terminal.write("\x1b")
            terminal.wait(lambda: shown not in terminal.text)

        does("nns", "Into update 2 → 3")
        does("\r", "Into ∇f at t = 2")
        does("ss", "▸v₂")
        does("S", "▸v₁")
        does("\x1b", "Into update 2 → 3")
        does("ssn", "Update 2 → 3")
        does("b", "Breakpoints")
        does("loss < 100\r", "● loss < 100   0 hits")
        closes("enter adds")
        does("c", "breakpoint: loss < 100 at t = ")
        met = terminal.t
        does("nnC", f"t = {met + 1} ")
        does("C", f"t = {met} ")
        does("w", "Watches")
        does("norm(delta)\r", "● norm(delta)")
        closes("enter adds")
        does("p", "Print at")
        does("loss + 1\r", "loss + 1 at t =")
        closes("loss + 1 at t =")
        does("F", "forked at")
        does("t", "Branches")
        does("\t", "A beside B, the live one")
        closes("A beside B, the live one")
        closes("enter switches")
        for key, title in zip("23456", ("Field of", "Surface", "Slices", "Curves", "Phase"), strict=True):
            does(key, title)
        does("1m", "camera: arrows pan")
        does("\x1b[C", "camera: arrows pan")
        does("m", "arrows step again")
        does("A", "new start")
        does("\x1b[D\r", "t = 0 ")
        does("g", "Go to iteration")
        does("7\r", "t = 7 ")
        does("e", "momentum*b")
        closes("momentum*b")
        does("x", "CSV")
        closes("CSV")
        terminal.write("q")
        assert terminal.exit_status() == 0
        assert terminal.settings() == terminal.before


def test_ctrl_c_twice_quits(tmp_path: Path) -> None:
    with started(environment(tmp_path)) as terminal:
        terminal.write(" ")
        terminal.wait_for("playing")
        terminal.write("\x03")
        terminal.wait_for("ctrl+c again quits")
        terminal.write("\x03")
        assert terminal.exit_status() == 0
        assert terminal.settings() == terminal.before


def test_ctrl_z_lets_go_of_the_terminal_and_takes_it_again(tmp_path: Path) -> None:
    """What a shell does on fg is done by hand here: no shell waits behind this pty."""
    with started(environment(tmp_path)) as terminal:
        terminal.write("nn")
        terminal.wait(lambda: terminal.t == 2)
        seen = len(terminal.raw)
        terminal.write("\x1a")
        _, status = os.waitpid(terminal.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        terminal.wait(lambda: b"\x1b[?1049l" in terminal.raw[seen:])
        os.kill(terminal.pid, signal.SIGCONT)
        terminal.wait(lambda: b"\x1b[?1049h" in terminal.raw[seen:] and len(terminal.raw) > seen + 10_000)
        terminal.write("n")
        terminal.wait(lambda: terminal.t == 3)
        terminal.write("q")
        assert terminal.exit_status() == 0
        assert terminal.settings() == terminal.before


def test_a_resize_is_followed(tmp_path: Path) -> None:
    with started(environment(tmp_path)) as terminal:
        for width, height in ((80, 24), (30, 8), (100, 30)):
            terminal.resize(width, height)
            shown = "40 x 10" if width < 40 else "help"
            terminal.wait(lambda shown=shown: shown in " ".join(terminal.text.split()))
        terminal.write("n")
        terminal.wait(lambda: terminal.t == 1)


@pytest.mark.parametrize("variables", [{"TERM": "dumb"}, {"TERM": None}, {"TERM": ""}])
def test_a_terminal_that_cannot_is_told_of_run(tmp_path: Path, variables: dict[str, str | None]) -> None:
    with Terminal(environment(tmp_path, **variables)) as terminal:
        assert terminal.exit_status() == 2
        assert b"gdtui run" in terminal.raw
        assert b"\x1b" not in terminal.raw


def test_without_a_terminal_it_is_told_of_run(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gdtui"], env=environment(tmp_path), stdin=subprocess.DEVNULL, capture_output=True,
        timeout=60, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert b"gdtui run" in done.stderr
    assert done.stdout == b""
    assert b"\x1b" not in done.stderr


def use_all(terminal: Terminal) -> None:
    """Steps, a dialog, the help."""
    terminal.write("\x1b[Hnnn")
    terminal.wait(lambda: terminal.t == 3)
    for key, shown in (("f", "a name, or"), ("?", "escape closes"), (":", "what to do")):
        terminal.write(key)
        terminal.wait_for(shown)
        terminal.write("\x1b")
        terminal.wait(lambda shown=shown: shown not in terminal.text)
    terminal.write("q")
    assert terminal.exit_status() == 0


def test_no_colour_means_none(tmp_path: Path) -> None:
    with started(environment(tmp_path, NO_COLOR="1")) as terminal:
        use_all(terminal)
        assert colours(terminal.raw) == set()


def test_256_colours_without_colorterm(tmp_path: Path) -> None:
    with started(environment(tmp_path, COLORTERM=None)) as terminal:
        terminal.write("nnn")
        terminal.wait(lambda: terminal.t == 3)
        assert colours(terminal.raw) == {"38;5", "48;5"}
        use_all(terminal)
        assert colours(terminal.raw) == {"38;5", "48;5", "30", "47"}  # the cursor of an input: black on white


def test_truecolor(tmp_path: Path) -> None:
    with started(environment(tmp_path)) as terminal:
        use_all(terminal)
        assert colours(terminal.raw) == {"38;2", "48;2"}


@pytest.mark.parametrize("variables", [{"TEXTUAL_COLOR_SYSTEM": ""}, {"COLUMNS": "20", "LINES": "5"}])
def test_odd_variables_do_no_harm(tmp_path: Path, variables: dict[str, str | None]) -> None:
    with started(environment(tmp_path, **variables)) as terminal:
        terminal.write("n")
        terminal.wait(lambda: terminal.t == 1)
        assert "himmelblau" in terminal.text


def test_ascii_where_the_locale_is_not_utf8(tmp_path: Path) -> None:
    env = environment(tmp_path, LANG=None, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    with started(env) as terminal:
        use_all(terminal)
        assert all(byte < 128 for byte in terminal.raw)
        assert b"\\u" not in terminal.raw


def test_what_is_measured_is_sane() -> None:
    found = measured(80, 24, frame_count=4, starts=1, idle_seconds=0.2, colour="truecolor")
    assert found.first_frame[0] > 0
    for optimizer in ("gd", "adam"):
        assert len(found.stepping[optimizer]) == len(found.playing[optimizer]) == 4
        assert all(0 < size < found.full_repaint / 2 for size in found.stepping[optimizer])
        assert all(taken > 0 for taken in found.latency[optimizer] + found.in_app[optimizer])
    assert found.idle >= 0
    assert "bytes a frame" in report(found)


@pytest.mark.skipif(shutil.which("tmux") is None, reason="no tmux here")
def test_the_command_reaches_the_clipboard_of_tmux(tmp_path: Path) -> None:
    env = environment(tmp_path)

    def tmux(*arguments: str) -> str:
        command = ["tmux", "-S", str(tmp_path / "socket"), "-f", "/dev/null", *arguments]
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False).stdout

    def until(*arguments: str, shows: str) -> None:
        for _ in range(400):
            if shows in tmux(*arguments):
                return
            time.sleep(0.05)
        raise TimeoutError(tmux(*arguments))

    try:
        tmux("new-session", "-d", "-x", "100", "-y", "30", sys.executable, "-m", "gdtui", ";",
             "set", "-g", "set-clipboard", "on")  # fmt: skip
        until("capture-pane", "-p", shows="paused")
        tmux("send-keys", "n")
        until("capture-pane", "-p", shows="t = 1 ")
        tmux("send-keys", "x")
        until("capture-pane", "-p", shows="command to the clipboard")
        tmux("send-keys", "command", "Enter")
        until("show-buffer", shows="gdtui run himmelblau --steps 1 --gtol 1e-06\n")
    finally:
        tmux("kill-server")


def test_the_command_reaches_the_clipboard(tmp_path: Path) -> None:
    with started(environment(tmp_path)) as terminal:
        terminal.write("nn")
        terminal.wait(lambda: terminal.t == 2)
        terminal.write("x")
        terminal.wait_for("command to the clipboard")
        terminal.write("command\r")
        terminal.wait_for("gdtui run himmelblau --steps 2 --gtol 1e-06")
        sent = re.findall(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07", bytes(terminal.raw))
        assert [base64.b64decode(text) for text in sent] == [b"gdtui run himmelblau --steps 2 --gtol 1e-06\n"]
        terminal.write("\x1b")
        terminal.wait(lambda: "sent to the clipboard" not in terminal.text)
        terminal.write("n")
        terminal.wait(lambda: terminal.t == 3)
