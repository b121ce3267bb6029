"""The benchmark runs and its numbers make sense. How large they are is for the benchmark to say, not for a test."""

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parents[2]


def numbers(line: str) -> list[float]:
    return [float(text.replace(",", "")) for text in re.findall(r"(?<=\s)-?[\d,]*\.?\d+(?=\s|$)", line)]


def printed(benchmark: str, *options: str) -> dict[str, str]:
    """The lines of a benchmark's tables by their first column."""
    done = subprocess.run(
        [sys.executable, "-m", f"tests.benchmarks.{benchmark}", *options], cwd=ROOT, capture_output=True, text=True,
        timeout=120, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return {line[2:50].strip(): line[50:] for line in done.stdout.splitlines() if line.startswith("  ")}


def test_a_tiny_run_prints_a_whole_table():
    lines = printed("descent", "--rounds", "1", "--steps", "400")
    micro, a_second = numbers(lines["gdtui, every term recorded, stopping tests on"])
    assert micro > 0 and abs(micro * a_second / 1e6 - 1) < 0.02
    measured = [name for name in lines if name.startswith(("gdtui", "python", "session.", "torch."))]
    assert len(measured) >= 6 and all(numbers(lines[name])[0] > 0 for name in measured)
    wall, above, cpu, _ = numbers(lines["gdtui --help"])
    assert wall > above and cpu > 0, "python's own start is a part of ours"


def test_many_descents_and_many_parameters_are_measured():
    lines = printed("lanes", "--rounds", "1", "--most", "100", "--steps", "5")
    assert numbers(lines["gdtui, each descent's tests on"])[0] > 0
    parameters = [name for name in lines if name.startswith("gdtui, ") and name.endswith("parameters")]
    assert len(parameters) == 3 and all(numbers(lines[name])[0] > 0 for name in parameters)


def test_growth_is_measured_and_drawn(tmp_path):
    lines = printed("growth", "--rounds", "1", "--largest", "1000", "--plot", str(tmp_path))
    assert any(name.startswith("a row, of 1,000 anywhere") for name in lines)
    for name in ("steps", "descents", "parameters"):
        drawn = ElementTree.parse(tmp_path / f"growth-{name}.svg").getroot()
        assert sum(part.tag.endswith("circle") for part in drawn) in (2, 3)


def test_an_unreachable_goal_fails_a_check(monkeypatch, capsys):
    from tests.benchmarks import descent

    missed = descent.Goal("descent against torch eager", 1.0, "at least 55 times", False)
    monkeypatch.setattr(descent, "compare_descents", lambda rounds, steps: [missed])
    monkeypatch.setattr(descent, "compare_latencies", lambda rounds: None)
    monkeypatch.setattr(descent, "compare_starts", lambda rounds: [])
    monkeypatch.setattr(sys, "argv", ["descent", "--check"])
    assert descent.main() == 1
    assert "MISSED" in capsys.readouterr().out
    monkeypatch.setattr(sys, "argv", ["descent"])
    assert descent.main() == 0
