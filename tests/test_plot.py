"""Pictures on a plain terminal: with colours and without, and never Textual."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from gdtui.charts.ansi import coloured
from gdtui.charts.cells import PLAIN, Depth, Look
from gdtui.cli import main

CHARTS = ["contour", "field", "surface", "slices", "curves", "phase"]


@pytest.mark.parametrize("chart", CHARTS)
@pytest.mark.parametrize("objective", ["himmelblau", "square", "sphere:dim=5"])
def test_a_picture_in_a_pipe_is_plain_text(chart, objective):
    done = CliRunner().invoke(main, ["run", objective, "-o", "momentum", "--steps", "20", "--plot", chart])
    assert done.exit_code == 0, done.output
    lines = done.output.splitlines()
    assert "\x1b" not in done.output and 10 < len(lines) <= 26 and max(map(len, lines)) < 80
    assert "20" in lines[-1]


def test_colours_only_where_they_are_asked_for():
    def run(**environment):
        wanted = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "FORCE_COLOR", "COLORTERM")}
        command = [sys.executable, "-m", "gdtui", "run", "himmelblau", "--steps", "9", "--plot", "contour"]
        return subprocess.run(command, env=wanted | environment, capture_output=True, text=True, check=True).stdout

    assert "\x1b[" not in run() and "\x1b[" not in run(FORCE_COLOR="1", NO_COLOR="1")
    assert re.search(r"48;2;\d+", run(FORCE_COLOR="1", COLORTERM="truecolor"))
    assert re.search(r"48;5;\d+", run(FORCE_COLOR="1", TERM="xterm-256color"))


def test_a_picture_needs_no_textual():
    code = (
        "import sys; from gdtui.cli import main\n"
        "try: main(['run', 'x**2', '--start', '1', '--steps', '3', '--plot', 'curves'])\n"
        "except SystemExit: pass\n"
        "sys.exit('textual' in sys.modules or 'rich' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def test_looks_as_codes():
    row = [("ab", Look((1, 2, 3), (4, 5, 6), bold=True)), ("  ", PLAIN)]
    assert coloured(row, Depth.TRUECOLOR) == "\x1b[1;38;2;1;2;3;48;2;4;5;6mab\x1b[0m"
    assert coloured([("x", Look(4))], Depth.STANDARD) == "\x1b[34mx\x1b[0m"
    assert coloured([("x", Look(12))], Depth.STANDARD) == "\x1b[94mx\x1b[0m"
    assert coloured([("x", Look(208))], Depth.INDEXED) == "\x1b[38;5;208mx\x1b[0m"
    assert coloured(row, Depth.MONO) == "ab"


def test_rows_go_to_the_file_and_the_picture_to_the_terminal(tmp_path):
    path = tmp_path / "rows.csv"
    done = CliRunner().invoke(
        main, ["run", "square", "--steps", "5", "--format", "csv", "--output", str(path), "--plot", "slices"]
    )
    assert done.exit_code == 0 and len(path.read_text().splitlines()) == 7 and "Curve" in done.output


@pytest.mark.parametrize("chart", ["contour", "surface", "slices", "curves"])
def test_a_picture_is_the_one_that_was_looked_at(chart):
    """Where a change is meant, look at what it prints and write it to tests/snapshots by the command below."""
    wanted = Path(__file__).parent / "snapshots" / f"{chart}.txt"
    command = ["run", "himmelblau", "-o", "momentum", "--steps", "40", "--plot", chart]
    assert CliRunner(env={"COLUMNS": "80", "LINES": "24"}).invoke(main, command).output == wanted.read_text()
