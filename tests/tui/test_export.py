"""What x makes: files, and the same run as a command or as Python on the clipboard."""

import json
import os
import re
from collections.abc import Generator
from itertools import count
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from click.testing import CliRunner
from textual.widgets import Input

from gdtui.cli import main
from gdtui.optimizers.rule_file import load_rule
from gdtui.tui.copying import MOST_BYTES, CopiedText
from gdtui.tui.dialogs import Chooser, FilePrompt
from gdtui.tui.export_actions import CHOICES
from gdtui.tui.working import Working
from tests.tui.exploring import Exploring, drives_the_app, exploring


@pytest.fixture(autouse=True)
def in_a_directory_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


async def choose(it: Exploring, what: str) -> None:
    """x, and a line of the chooser."""
    await it.press("x")
    assert isinstance(it.app.screen, Chooser)
    await it.type(what)


async def settled(it: Exploring) -> None:
    """Until no dialog is open."""
    await it.until(lambda: it.app.screen is it.bench)
    await it.pilot.pause()


def printed(*arguments: str) -> str:
    result = CliRunner().invoke(main, ["run", *arguments])
    assert result.exit_code == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize("form", ["csv", "jsonl"])
@drives_the_app
async def test_rows_are_those_of_run(form: str) -> None:
    async with exploring(optimizer="adam", watches=["norm(delta)"], stopping={"steps": 7}) as it:
        await it.press("c")
        await it.until(lambda: it.bench.playing is None)
        await choose(it, "CSV" if form == "csv" else "JSON")
        assert isinstance(it.app.screen, FilePrompt)
        assert it.app.screen.query_one(Input).value == f"himmelblau-adam.{form}"
        await it.press("enter")
        await settled(it)
        assert it.status.endswith(f"wrote 8 rows to himmelblau-adam.{form}")
        found = Path(f"himmelblau-adam.{form}").read_text()
        assert found == printed("himmelblau", "-o", "adam", "--steps", "7", "--watch", "norm(delta)", "--format", form)


@drives_the_app
async def test_rows_and_python_of_functions_of_ones_own() -> None:
    def square(x: np.ndarray) -> float:
        return float(x @ x)

    async with exploring(square, grad=lambda x: 2 * x, start=(1.0, -2.0)) as it:
        await it.press("n")
        await choose(it, "JSON")
        await it.press("enter")
        await it.until(lambda: "wrote 2 rows to square-gd.jsonl" in it.status)
        found = [json.loads(line) for line in Path("square-gd.jsonl").read_text().splitlines()]
        assert [row["params"] for row in found[1:-1]] == [[1.0, -2.0], it.session.row.theta.tolist()]
        await choose(it, "command to")
        await it.until(lambda: "square is a function of your own" in it.text)


@drives_the_app
async def test_rows_of_two_rules_have_the_terms_of_both() -> None:
    async with exploring(optimizer="adam") as it:
        await it.press("n", "n", "o")
        await it.type("momentum")
        await it.press("n")
        await choose(it, "CSV")
        await it.type("rows.csv")
        await settled(it)
        head, *rows = [line.split(",") for line in Path("rows.csv").read_text().splitlines()]
        assert {"m_hat_x", "v_x"} <= set(head)
        assert {len(row) for row in rows} == {len(head)}
        filled = [bool(row[head.index("m_hat_x")]) for row in rows]
        assert filled == [False, True, True, False]


@drives_the_app
async def test_a_file_that_is_there_is_replaced_at_the_second_enter_only() -> None:
    async with exploring() as it:
        Path("mine.csv").write_text("old")
        await choose(it, "CSV")
        await it.type("mine.csv")
        assert "once more replaces it" in it.told
        assert Path("mine.csv").read_text() == "old"
        await it.type("other.csv", enter=False)
        await it.type("mine.csv", enter=False)
        await it.press("enter")
        await settled(it)
        assert Path("mine.csv").read_text().startswith("t,x,y,loss")


@drives_the_app
async def test_where_nothing_can_be_written_it_is_told() -> None:
    async with exploring() as it:
        os.mkdir("directory")
        await choose(it, "CSV")
        for path, told in (("directory", "is a directory"), ("none/rows.csv", "no such directory"), ("", "path")):
            await it.type(path)
            assert told in it.told
            assert isinstance(it.app.screen, FilePrompt)
        await it.press("escape")
        assert it.app.screen is it.bench
        assert os.listdir() == ["directory"]


@pytest.mark.parametrize("what", ["CSV", "SVG", "TOML"])
@drives_the_app
async def test_a_full_disk_is_told_and_the_old_file_stays(what: str) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    async with exploring() as it:
        Path("mine").write_text("old")
        await it.press("n")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "fsync", full)
            await choose(it, what)
            await it.type("mine")
            await it.press("enter")
            await settled(it)
            await it.until(lambda: "mine: No space left on device; nothing was written" in it.status)
        assert Path("mine").read_text() == "old"
        assert os.listdir() == ["mine"]
        await it.press("n")
        assert it.status.startswith("t = 2 ")


@drives_the_app
async def test_the_picture_is_the_screen_without_a_dialog() -> None:
    async with exploring("x**2 + 3*y**2", size=(80, 24)) as it:
        await it.press("n", "n")
        shown = it.pane("status")[0].split("·")[1].strip()
        await choose(it, "SVG")
        await it.type("screen.svg")
        await settled(it)
        await it.until(lambda: "wrote the picture to screen.svg" in it.status)
        found = Path("screen.svg").read_text()
        root = ElementTree.fromstring(found)
        text = " ".join("".join(element.itertext()) for element in root.iter("{http://www.w3.org/2000/svg}text"))
        assert shown in text
        assert "Picture as SVG" not in text
        assert "x² + 3y²" in text
        assert "url(" not in re.sub(r"url\(#", "", found)
        assert "@font-face" not in found
        for element in root.iter("{http://www.w3.org/2000/svg}text"):
            letters = "".join(element.itertext())
            dots = any(0x2800 <= ord(letter) < 0x2900 for letter in letters)
            assert not dots or len(letters) == 1, "a font without braille shifts what stands behind it"


@drives_the_app
async def test_the_rule_reads_back_with_the_numbers_in_force() -> None:
    async with exploring(optimizer="adam", settings={"beta1": 0.8}) as it:
        await it.press("up")
        await choose(it, "TOML")
        await it.type("mine.toml")
        await settled(it)
        assert it.status.endswith("wrote the rule adam to mine.toml")
        rule = load_rule(Path("mine.toml"))
        assert {p.name: p.default for p in rule.hyperparameters} == dict(it.session.setup.values)


@pytest.mark.parametrize("what", ["command", "Python"])
@drives_the_app
async def test_the_run_on_the_clipboard(what: str) -> None:
    async with exploring(optimizer="adam", stopping={"gtol": 1e-6}) as it:
        await it.press("n", "n", "n")
        await choose(it, f"{what} to the")
        await it.until(lambda: isinstance(it.app.screen, CopiedText))
        await it.pilot.pause()
        wanted = {
            "command": "gdtui run himmelblau -o adam --steps 3 --gtol 1e-06\n",
            "Python": 'import gdtui\n\nrun = gdtui.descend("himmelblau", "adam", steps=3, gtol=1e-06)\n',
        }[what]
        assert it.app.clipboard == wanted
        for line in wanted.splitlines():
            assert line.strip() in [shown.strip() for shown in it.lines]
        assert "sent to the clipboard" in it.text
        await it.press("escape")
        assert it.app.screen is it.bench
        assert it.session.cursor == 3


@drives_the_app
async def test_a_text_too_long_for_a_clipboard_is_shown_but_not_sent() -> None:
    async with exploring() as it:
        for size, sent in ((MOST_BYTES, True), (MOST_BYTES + 1, False)):
            it.app.copy_to_clipboard("before")
            text = "x" * size
            await it.app.push_screen(CopiedText("Command", text))
            await it.pilot.pause()
            assert it.app.clipboard == (text if sent else "before")
            assert ("too many" in it.text) is not sent
            await it.press("escape")


@drives_the_app
async def test_long_work_leaves_room_for_keys_and_can_be_stopped() -> None:
    stopped = []

    def endless() -> Generator[int, None, None]:
        try:
            for number in count():
                yield number
        finally:
            stopped.append(number)

    async with exploring() as it:
        it.bench.at_length("Writing rows.csv", endless(), "rows.csv", stopped.append)
        await it.until(lambda: isinstance(it.app.screen, Working))
        await it.until(lambda: re.search(r"\b[1-9]\d* of 1\b", it.text) is not None)
        await it.press("n")
        assert not stopped
        await it.press("escape")
        await it.until(lambda: len(stopped) == 1)
        await settled(it)
        assert it.session.cursor == 0
        assert it.status.endswith("stopped")


@drives_the_app
async def test_work_ends_with_the_app() -> None:
    stopped = []

    def endless() -> Generator[int, None, None]:
        try:
            while True:
                yield 1
        finally:
            stopped.append(True)

    async with exploring() as it:
        it.bench.at_length("Writing rows.csv", endless(), "rows.csv", stopped.append)
        await it.until(lambda: isinstance(it.app.screen, Working))
        await it.press("ctrl+c", "ctrl+c")
        await it.until(lambda: not it.app.is_running)
    assert stopped == [True]


@drives_the_app
async def test_every_choice_fits_and_says_what_it_is() -> None:
    async with exploring(size=(80, 24)) as it:
        await it.press("x")
        for choice in CHOICES:
            assert choice.label in it.text
            assert choice.help in it.text
