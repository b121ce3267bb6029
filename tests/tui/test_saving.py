"""Saving a session in the explorer, and opening one."""

import asyncio
import threading

import pytest

from gdtui.storage import opening, session_file
from gdtui.storage.session_file import load, save
from gdtui.storage.strict_json import SessionFileError
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


# A long session, which is shown before its rows are read


def long_session(tmp_path, monkeypatch, damage):
    """Saved, and what is to be opened; its rows are there, damaged or missing."""
    monkeypatch.setattr(opening, "MAPPED_FROM", 1)
    monkeypatch.setattr(opening, "REPLAYED_FROM", 1)
    session = made("himmelblau", "adam")
    session.advance(20_000)
    save(session, tmp_path / "long.gdt", {"knob": "beta1", "chart": "curves"})
    (rows,) = tmp_path.glob("*.rows")
    if damage == "missing":
        rows.unlink()
    elif damage == "damaged":
        content = bytearray(rows.read_bytes())
        content[999_999] ^= 1
        rows.write_bytes(content)
    return session, opening.load_to_show(tmp_path / "long.gdt")


@pytest.mark.parametrize("damage", ["", "damaged", "missing"])
@drives_the_app
async def test_the_rest_is_done_behind_what_is_shown(tmp_path, monkeypatch, damage):
    monkeypatch.setattr("gdtui.storage.autosave.directory", lambda: tmp_path / "state")
    saved, shown = long_session(tmp_path, monkeypatch, damage)
    async with exploring(session=shown.opened.session) as it:
        assert it.session.branch.count == (1 if damage == "missing" else 20_001)
        it.bench.save_by_itself()
        it.bench.open_rest(shown.rest)
        await it.app.workers.wait_for_complete()  # the check, where there are rows
        note = "computed again: they are the same to the bit"
        await it.until(lambda: it.app.screen is it.bench and (note in it.bench.message or not damage))
        await it.until(lambda: it.session.branch.count == 20_001)
        await it.pilot.pause()
        assert (note in it.bench.message) is bool(damage)
        assert "checking" not in it.status
        if damage:
            assert (it.bench.knob, it.bench.view.chart) == ("beta1", "curves")
        assert it.bench.save_at_the_end() == "" and not (tmp_path / "state").exists()  # nothing is new
        await it.press("n")
        assert it.session.cursor == 20_001
        saved.advance(1)
        saved.hits, it.session.hits = {}, {}
        same(it.session, saved)


@drives_the_app
async def test_what_cannot_be_shown_ends_it_with_a_word(tmp_path, monkeypatch):
    _, shown = long_session(tmp_path, monkeypatch, "missing")
    async with exploring(session=shown.opened.session) as it:
        it.bench.take_opened(SessionFileError("long.gdt: not what it claims"))
        await it.until(lambda: not it.app.is_running)
        assert it.app.return_code == 2


@drives_the_app
async def test_until_its_rows_are_checked_a_session_does_not_save_itself(tmp_path, monkeypatch):
    monkeypatch.setattr("gdtui.storage.autosave.directory", lambda: tmp_path / "state")
    monkeypatch.setattr("gdtui.storage.autosave.INTERVAL", -1.0)
    _, shown = long_session(tmp_path, monkeypatch, "")
    go = threading.Event()

    class Waiting:
        rows, total, claim = b"", 1, shown.rest.claim

        def holds(self):
            return go.wait(20)

    async with exploring(session=shown.opened.session) as it:
        it.bench.save_by_itself()
        it.bench.open_rest(Waiting())
        await it.until(lambda: "checking the 1 rows" in it.status)
        await it.press("n")
        it.bench.keep_saved()
        assert it.bench.autosave is None
        go.set()
        await it.until(lambda: it.bench.unchecked is None)
        it.bench.keep_saved()
        assert it.bench.autosave is not None


@drives_the_app
async def test_a_user_without_a_home_is_told_once(monkeypatch):
    def homeless():
        raise SessionFileError("there is no home directory; set HOME")

    monkeypatch.setattr("gdtui.storage.autosave.directory", homeless)
    async with exploring() as it:
        it.bench.save_by_itself()
        it.bench.keep_saved()
        assert "there is no home directory" in it.status
        await it.press("n")
        it.bench.keep_saved()
        assert "there is no home directory" not in it.status and it.bench.save_at_the_end() == ""
