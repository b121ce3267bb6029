"""A session saves itself: when something is new, not too often, in a thread, a file for each explorer."""

import os
import threading

import numpy as np
import pytest

from gdtui.descent.run import begin
from gdtui.descent.setup import prepare
from gdtui.storage import autosave
from gdtui.storage.autosave import INTERVAL, KEPT, Autosave, latest, prune
from gdtui.storage.session_file import load, save, write
from gdtui.storage.snapshot import mark, snapshot
from gdtui.storage.strict_json import SessionFileError
from tests.storage.sessions import made, same


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def session():
    session = made("himmelblau", "adam")
    session.advance(10)
    return session


def settled(saver, session, screen=None):
    """Look, and wait for what it began."""
    news = saver.look(session, screen or {})
    if saver._thread is not None:
        saver._thread.join()
    return news


def test_what_is_new_is_saved_every_few_seconds(tmp_path, clock, session):
    saver = Autosave(tmp_path / "state", mark(session, {}), clock)
    clock.now = 100.0
    assert settled(saver, session) == "" and not (tmp_path / "state").exists()  # nothing is new
    session.back()
    settled(saver, session)
    same(load(latest(tmp_path / "state")).session, session)
    written = saver.path.read_bytes()
    session.back()
    clock.now += INTERVAL / 2
    settled(saver, session)
    assert saver.path.read_bytes() == written  # not yet
    clock.now += INTERVAL
    settled(saver, session, {"knob": "eps"})
    opened = load(saver.path)
    assert opened.session.cursor == 8 and opened.screen == {"knob": "eps"}
    assert os.stat(saver.path.parent).st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "deed",
    [
        lambda s: s.advance(1),
        lambda s: s.back(),
        lambda s: s.fork(),
        lambda s: s.anew(),
        lambda s: s.change(s.setup.with_value("lr", 0.3)),
        lambda s: s.change(s.setup.with_stopping("gtol", 0.1)),
        lambda s: s.set_breakpoints(["t == 3"]),
    ],
)
def test_every_change_is_new(session, deed):
    before = mark(session, {})
    assert mark(session, {}) == before
    deed(session)
    assert mark(session, {}) != before


def test_what_takes_long_is_not_done_often(tmp_path, clock, session, monkeypatch):
    def slow(taken, path, with_rows):
        clock.now += 4.0

    monkeypatch.setattr(autosave, "replace_session", slow)
    saver = Autosave(tmp_path, clock=clock)
    clock.now = 10.0
    settled(saver, session)
    assert clock.now == 14.0
    session.back()
    clock.now += 79.0
    settled(saver, session)
    assert clock.now == 93.0
    clock.now += 1.0
    settled(saver, session)
    assert clock.now == 98.0


def test_a_snapshot_is_of_its_moment_while_the_session_goes_on(tmp_path, session):
    taken = snapshot(session)
    before = [np.array(piece) for piece in taken.stretches[0].rows]
    save(session, tmp_path / "before.gdt")
    session.advance(9000)
    session.budget = 1
    session.advance(1)
    assert session.branch.last.trajectory.thinned > 0
    session.fork()
    write(taken, tmp_path / "after.gdt")
    assert [a.tobytes() for a in taken.stretches[0].rows] == [b.tobytes() for b in before]
    same(load(tmp_path / "before.gdt").session, load(tmp_path / "after.gdt").session)


def test_it_is_written_in_a_thread_and_never_twice_at_once(tmp_path, clock, session, monkeypatch):
    go, begun = threading.Event(), []

    def waiting(taken, path, with_rows):
        begun.append(threading.current_thread())
        go.wait(20)

    monkeypatch.setattr(autosave, "replace_session", waiting)
    saver = Autosave(tmp_path, clock=clock)
    clock.now = 10.0
    saver.look(session, {})
    session.back()
    clock.now = 100.0
    saver.look(session, {})
    go.set()
    assert saver.finish(session, {}) == ""
    assert len(begun) == 2 and begun[0] is not threading.main_thread() and begun[1] is threading.main_thread()


def test_at_the_end_all_is_saved(tmp_path, clock, session):
    saver = Autosave(tmp_path, mark(session, {}), clock)
    assert saver.finish(session, {}) == "" and list(tmp_path.iterdir()) == []
    session.advance(3)
    assert saver.finish(session, {}) == ""
    same(load(saver.path).session, session)


def test_a_fault_is_told_once_and_the_old_file_stays(tmp_path, clock, session, monkeypatch):
    saver = Autosave(tmp_path, clock=clock)
    clock.now = 10.0
    settled(saver, session)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("gdtui.storage.writing.os.fsync", full)
        told = []
        for _ in range(4):
            session.advance(1)
            clock.now += 10.0
            told.append(settled(saver, session))
        (news,) = filter(None, told)
        assert "the session does not save itself: No space left on device; " in news
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before
    clock.now += 10.0
    assert settled(saver, session) == ""  # tried again without anything new
    same(load(saver.path).session, session)


def test_where_there_can_be_no_directory(tmp_path, clock, session):
    (tmp_path / "state").write_text("a file")
    saver = Autosave(tmp_path / "state" / "gdtui", clock=clock)
    news = saver.finish(session, {})
    assert "the session does not save itself: Not a directory; " in news


def test_functions_of_ones_own_are_left_alone(tmp_path, clock):
    own = begin(prepare(lambda x: float(x @ x), grad=lambda x: 2 * x, start=(1.0, 2.0)))
    own.advance(3)
    assert Autosave(tmp_path, clock=clock).finish(own, {}) == "" and list(tmp_path.iterdir()) == []


def test_explorers_do_not_fight_and_the_newest_is_the_last(tmp_path, clock, session):
    savers = [Autosave(tmp_path, clock=clock) for _ in range(3)]
    for age, saver in enumerate(savers):
        session.advance(1)
        saver.finish(session, {})
        for path in tmp_path.glob(f"{saver.path.stem}*"):
            os.utime(path, (1e9 - age, 1e9 - age))
    assert len(list(tmp_path.glob("*.gdt"))) == len(list(tmp_path.glob("*.rows"))) == 3
    assert latest(tmp_path) == savers[0].path
    assert [load(saver.path).session.branch.count for saver in savers] == [12, 13, 14]


def test_the_oldest_go(tmp_path, session, monkeypatch):
    def at(age, name):
        os.utime(tmp_path / name, (1e9 - age, 1e9 - age))

    for age in range(KEPT + 3):
        session.advance(1)
        save(session, tmp_path / f"session-{age}-aa.gdt")
        for path in tmp_path.glob(f"session-{age}-aa*"):
            at(age, path.name)
    others = ["notes.gdt", "session-7-bb.gdt.part-0123abcd", f"session-9-cc-{'0' * 16}.rows"]
    for name in others:
        (tmp_path / name).write_bytes(b"")
        at(0, name)
    prune(tmp_path, lambda: 1e9 + 60.0)
    kept = {f"session-{age}-aa" for age in range(KEPT)}
    assert {p.stem for p in tmp_path.glob("session-*.gdt")} == kept
    assert {p.name.rsplit("-", 1)[0] for p in tmp_path.glob("session-*-aa-*.rows")} == kept
    assert all((tmp_path / name).exists() for name in others)  # they may be on the way to become a session
    prune(tmp_path, lambda: 1e9 + 90_000.0)
    assert [(tmp_path / name).exists() for name in others] == [True, False, False]
    assert len(list(tmp_path.glob("session-*.gdt"))) == KEPT
    monkeypatch.setattr(autosave, "KEPT_BYTES", 3 * (tmp_path / "session-0-aa.gdt").stat().st_size)
    prune(tmp_path, lambda: 1e9)
    assert 1 <= len(list(tmp_path.glob("session-*.gdt"))) < 3 and latest(tmp_path).name == "session-0-aa.gdt"


def test_nothing_to_resume(tmp_path):
    with pytest.raises(SessionFileError, match="no session has saved itself yet"):
        latest(tmp_path / "nowhere")


def test_a_user_without_a_home_is_told(monkeypatch):
    """A ~ that stands for nothing is no directory to make where one happens to be."""
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    with pytest.raises(SessionFileError, match="there is no home directory; set HOME or XDG_STATE_HOME"):
        autosave.directory()


@pytest.mark.parametrize("limit", [0, 1 << 20])
def test_in_haste_many_rows_are_left_to_be_computed_again(tmp_path, session, monkeypatch, limit):
    monkeypatch.setattr(autosave, "IN_HASTE", limit)
    saver = Autosave(tmp_path)
    assert saver.finish(session, {}, in_haste=True) == ""
    assert len(list(tmp_path.glob("*.rows"))) == (1 if limit else 0)
    opened = load(saver.path)
    same(opened.session, session)
    assert ("the same to the bit" in opened.note) is (limit == 0)


def test_in_haste_a_save_that_is_under_way_is_not_waited_for(tmp_path, clock, session, monkeypatch):
    begun, go, paths, replace = threading.Event(), threading.Event(), [], autosave.replace_session

    def waiting(taken, path, with_rows):
        paths.append(path)
        if len(paths) == 1:
            begun.set()
            go.wait(20)
        replace(taken, path, with_rows)

    monkeypatch.setattr(autosave, "replace_session", waiting)
    monkeypatch.setattr(autosave, "_MOMENT", 0.0)
    saver = Autosave(tmp_path, clock=clock)
    clock.now = 10.0
    saver.look(session, {})
    assert begun.wait(20)
    session.advance(1)
    assert saver.finish(session, {}, in_haste=True) == ""
    assert len(paths) == 2 and paths[0] != paths[1]
    same(load(paths[1]).session, session)
    go.set()
