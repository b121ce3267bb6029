"""Saving a session in the explorer, and opening one."""

import asyncio
import threading

import pytest

from gdtui.storage import session_file
from gdtui.storage.session_file import load, save
from gdtui.tui.app import Explorer
from gdtui.tui.view import View
from tests.storage.sessions import made, same
from tests.tui.exploring import drives_the_app, exploring


@drives_the_app
async def test_save_asks_for_a_path_and_tells(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    async with exploring("rosenbrock", "adam") as explorer:
        await explorer.press("n", "n", "n", "N", "tab", "2", "equals_sign", "plus", "colon")
        await explorer.type("save the session")
        await explorer.until(lambda: "rosenbrock-adam.gdt" in explorer.text)
        await explorer.press("enter")
        await explorer.until(lambda: "saved the session to rosenbrock-adam.gdt" in explorer.text)
        opened = load(tmp_path / "rosenbrock-adam.gdt")
        same(opened.session, explorer.session)
        screen, bench = opened.screen, explorer.bench
        assert (screen["knob"], screen["chart"], screen["equal axes"]) == ("beta1", "field", True)
        seen = bench.view
        bench.view, bench.knob = View(), "lr"
        bench.see(screen)
        assert bench.view == seen and seen.window is not None and bench.knob == "beta1"


@drives_the_app
async def test_the_run_goes_on_while_it_is_saved(tmp_path, monkeypatch):
    go, write = threading.Event(), session_file.write

    def slow(taken, path):
        assert go.wait(20)
        write(taken, path)

    monkeypatch.setattr(session_file, "write", slow)
    async with exploring() as explorer:
        await explorer.press("n", "n")
        explorer.bench.save(str(tmp_path / "run.gdt"))
        await explorer.press("n", "space")
        await explorer.press("space")
        go.set()
        await explorer.until(lambda: "saved the session" in explorer.text)
        assert load(tmp_path / "run.gdt").session.branch.count == 3
        assert explorer.session.branch.count >= 4


@pytest.mark.parametrize("name", ["nowhere/run.gdt", "run.json"])
@drives_the_app
async def test_what_goes_wrong_is_told(tmp_path, name):
    told = "name ends with .gdt" if name == "run.json" else "was not saved"
    async with exploring() as explorer:
        explorer.bench.save(str(tmp_path / name))
        await explorer.until(lambda: told in explorer.bench.message)


@drives_the_app
async def test_a_session_is_opened_at_its_cursor_with_its_view(tmp_path):
    session = made("himmelblau", "adam")
    session.advance(20)
    session.seek(12)
    odd = {"other": "x", "left": 1.0, "right": -1.0, "bottom": 0.0, "top": 1.0}
    save(session, tmp_path / "run.gdt", {"knob": "beta2", "chart": "slices", "equal axes": True, **odd})
    opened = load(tmp_path / "run.gdt")
    app = Explorer(opened.session)
    app.workbench.see(opened.screen)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        assert app.workbench.session is opened.session and app.workbench.session.cursor == 12
        assert app.workbench.knob == "beta2"
        assert app.workbench.view == View(chart="slices", equal_axes=True)
        await pilot.press("n")
        assert app.workbench.session.cursor == 13
    app.workbench.see({"knob": "nothing", "chart": 3.0, "follow": "yes"})
    assert (app.workbench.knob, app.workbench.view) == ("beta2", View(chart="slices"))


@drives_the_app
async def test_it_saves_itself_and_tells_a_fault_once(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    async with exploring() as explorer:
        bench = explorer.bench
        bench.save_by_itself()
        bench.keep_saved()
        assert list(tmp_path.iterdir()) == []
        await explorer.press("n", "n")
        bench.autosave._due = 0.0
        bench.keep_saved()
        await explorer.until(lambda: bench.autosave.path.exists())
        same(load(bench.autosave.path).session, explorer.session)
        await explorer.press("n")
        bench.autosave._thread.join()
        bench.autosave._due = 0.0
        bench.autosave.path = tmp_path / "nowhere.gdt" / "session.gdt"
        (tmp_path / "nowhere.gdt").write_text("")
        bench.keep_saved()
        bench.autosave._thread.join()
        bench.keep_saved()
        await asyncio.sleep(0)
        assert "the session does not save itself" in bench.message
        await explorer.press("n")
        bench.keep_saved()
        assert bench.message == ""
        assert bench.save_at_the_end() == ""  # it was told before
