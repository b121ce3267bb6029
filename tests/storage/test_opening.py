"""A long session is shown before its rows are read; what is shown is the same to the bit, or is told."""

import pytest

from gdtui.storage import opening
from gdtui.storage.opening import load_to_show
from gdtui.storage.session_file import load, save
from gdtui.storage.strict_json import SessionFileError
from tests.storage.sessions import LOOKING_BACK, made, rule_file, same


@pytest.fixture(autouse=True)
def everything_is_long(monkeypatch):
    monkeypatch.setattr(opening, "MAPPED_FROM", 1)
    monkeypatch.setattr(opening, "REPLAYED_FROM", 1)


@pytest.fixture
def saved(tmp_path):
    """Two branches, of segments that are thinned and look back."""
    session = made("rosenbrock", rule_file(tmp_path, LOOKING_BACK), budget=300_000)
    for _ in range(10):
        session.advance(1000)
    session.seek(9_500)
    session.change(session.setup.with_value("lr", 0.0005))
    session.advance(700)
    assert session.branches[0].last.trajectory.thinned
    save(session, tmp_path / "long.gdt", {"knob": "lr"})
    return session


def finished(work):
    """What it gives, and what it yielded."""
    yielded = []
    while True:
        try:
            yielded.append(next(work))
        except StopIteration as end:
            return end.value, yielded


def rows_of(tmp_path):
    (path,) = tmp_path.glob("*.rows")
    return path


@pytest.mark.parametrize("thinned", [True, False])
def test_mapped_rows_are_those_that_are_read(tmp_path, saved, thinned):
    if not thinned:
        saved = made("himmelblau", "adam")
        saved.advance(9_000)
        rows_of(tmp_path).unlink()
        save(saved, tmp_path / "long.gdt", {"knob": "lr"})
    shown = load_to_show(tmp_path / "long.gdt")
    assert shown.rest is not None and shown.rest.rows is not None and shown.rest.holds()
    assert shown.opened.screen == {"knob": "lr"} and shown.opened.note == ""
    read = load(tmp_path / "long.gdt").session
    session = shown.opened.session
    assert [b.bytes for b in session.branches] == [b.bytes for b in read.branches]
    same(session, read)
    for each in (session, read):  # it goes on, and is thinned again
        each.advance(5_000)
        each.budget = 200_000
        each.advance(1)
    same(session, read)
    save(session, tmp_path / "again.gdt")
    same(load(tmp_path / "again.gdt").session, session)


def test_another_rows_file_does_not_hold(tmp_path, saved):
    path = rows_of(tmp_path)
    content = bytearray(path.read_bytes())
    content[100_000] ^= 1
    path.write_bytes(content)
    shown = load_to_show(tmp_path / "long.gdt")
    assert shown.rest.rows is not None and not shown.rest.holds()
    opened, _ = finished(shown.rest.again())
    same(opened.session, saved)
    assert "is damaged or another's; its rows were computed again: they are the same to the bit" in opened.note


@pytest.mark.parametrize("how", ["missing", "longer", "shorter"])
def test_rows_that_are_not_there_are_computed_in_slices(tmp_path, saved, how):
    path = rows_of(tmp_path)
    content = path.read_bytes()
    path.unlink()
    if how != "missing":
        path.write_bytes(content + b"12345678" if how == "longer" else content[:-8])
    shown = load_to_show(tmp_path / "long.gdt")
    assert shown.rest.rows is None and shown.opened.session.branch.count == 1
    opened, yielded = finished(shown.rest.again())
    same(opened.session, saved)
    assert yielded == sorted(yielded) and yielded[-1] == shown.rest.total == 10_001 + 701 + (9_501 - 9_500) - 1
    assert max(b - a for a, b in zip([0, *yielded], yielded, strict=False)) <= 1024
    assert "they are the same to the bit" in opened.note


def test_what_is_wrong_with_it_is_given(tmp_path):
    session = made("x**2", "gd", start=(1.8,), settings={"lr": 0.1})
    session.advance(2_000)
    save(session, tmp_path / "long.gdt")
    rows_of(tmp_path).unlink()
    path = tmp_path / "long.gdt"
    text = path.read_text().replace('"lr": 0.1', '"lr": 100.0')
    path.write_text(text)
    found, _ = finished(load_to_show(path).rest.again())
    assert isinstance(found, SessionFileError)
    assert "long.gdt: not what it claims: row" in str(found)


def test_a_short_session_is_read_before_it_is_shown(tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "MAPPED_FROM", 1 << 20)
    session = made()
    session.advance(10)
    save(session, tmp_path / "short.gdt")
    shown = load_to_show(tmp_path / "short.gdt")
    assert shown.rest is None
    same(shown.opened.session, session)


@pytest.mark.usefixtures("saved")
def test_rows_that_are_saved_over_while_they_are_checked_hold(tmp_path):
    shown = load_to_show(tmp_path / "long.gdt")
    assert shown.rest is not None and shown.rest.rows is not None
    shown.opened.session.advance(3)
    save(shown.opened.session, tmp_path / "long.gdt")
    assert shown.rest.holds()
