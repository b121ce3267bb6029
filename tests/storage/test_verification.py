"""What is not what it claims is found, and told by row and quantity."""

import json

import numpy as np
import pytest

from gdtui.storage.session_file import load, save
from gdtui.storage.strict_json import SessionFileError
from gdtui.storage.verification import verify
from tests.storage.sessions import LOOKING_BACK, made, rule_file


@pytest.fixture
def path(tmp_path):
    session = made("himmelblau", "adam")
    session.advance(20)
    session.seek(12)
    session.change(session.setup.with_value("lr", 0.2))
    session.advance(5)
    save(session, tmp_path / "run.gdt")
    return tmp_path / "run.gdt"


def rows_of(path):
    (found,) = path.parent.glob("*.rows")
    return found


def changed(path, key, value):
    whole = json.loads(path.read_text())
    whole["segments"][1][key] = value
    path.write_text(json.dumps(whole))


def test_it_is_what_it_claims(path):
    report = verify(path)
    digest = json.loads(path.read_text())["rows"]["sha256"]
    assert report.holds
    what = "27 recorded rows behind 2 branches, replayed to the bit"
    assert report.sentence == f"it is what it claims: {what}, sha256 {digest}"
    rows_of(path).unlink()
    assert verify(path).holds and "is missing, and what opens the session computes it again" in verify(path).sentence


WIDTH = 15  # θ (2), loss, ∇f (2), and m, v, m̂, v̂, Δθ
COLUMNS = ["θ (x)", "θ (y)", "loss", "∇f (x)", "∇f (y)"]
COLUMNS += [f"{name} ({coordinate})" for name in ("m", "v", "m̂", "v̂", "Δθ") for coordinate in "xy"]


@pytest.mark.parametrize(("place", "segment", "row"), [(0, 0, 0), (7, 0, 7), (20, 0, 20), (21, 1, 12), (26, 1, 17)])
def test_one_bit_of_one_number(path, place, segment, row):
    good = np.frombuffer(rows_of(path).read_bytes()).reshape(-1, WIDTH)
    for column, name in enumerate(COLUMNS):
        bad = good.copy()
        bad.view(np.int64)[place, column] ^= 1
        rows_of(path).write_bytes(bad.tobytes())
        report = verify(path)
        assert not report.holds
        values = f"{bad[place, column]!r} in the file, {good[place, column]!r} when it is computed"
        shown = values.replace("np.float64(", "").replace(")", "")
        assert report.sentence == f"not what it claims: segments[{segment}], row {row}: {name} is {shown}"
        opened = load(path)
        assert "is damaged or another's; its rows were computed again: they are the same to the bit" in opened.note


def test_the_first_row_that_differs_is_named_in_thinned_rows_too(tmp_path):
    path = tmp_path / "run.gdt"
    session = made("rosenbrock", rule_file(tmp_path, LOOKING_BACK), budget=100_000)
    for _ in range(10):
        session.advance(1000)
    save(session, path)
    (thinned,) = (t.trajectory for t in session.branch.segments)
    numbers = np.concatenate(thinned.kept_numbers())
    rows = np.frombuffer(rows_of(path).read_bytes()).reshape(len(numbers), -1).copy()
    for row in (4000, 511, 700):  # one that is kept between those that are, and two that follow it
        place = int(np.flatnonzero(numbers >= row)[0])
        rows.view(np.int64)[place, 0] ^= 1
    rows_of(path).write_bytes(rows.tobytes())
    first = min(int(numbers[numbers >= row][0]) for row in (4000, 511, 700))
    assert f"segments[0], row {first}: θ (x) is" in verify(path).sentence


@pytest.mark.parametrize("cut", [0, 1000, -1])
def test_rows_that_are_cut_off(path, cut):
    rows_of(path).write_bytes(rows_of(path).read_bytes()[:cut])
    segment, rows = (1, "12 to 17") if cut == -1 else (0, "0 to 20")
    report = verify(path)
    assert report.sentence == f"not what it claims: segments[{segment}], rows {rows}: the rows file is cut off there"
    assert "the same to the bit" in load(path).note


def test_rows_with_more_behind_them(path):
    rows_of(path).write_bytes(rows_of(path).read_bytes() + b"\0")
    assert "has more in it than the rows of the session" in verify(path).sentence
    assert "is damaged" in load(path).note


def test_another_learning_rate_than_the_rows_were_made_with(path):
    changed(path, "values", {"lr": 0.3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8})
    assert "segments[1], row 13: Δθ (x) is" in verify(path).sentence  # θ differs too, but is computed from it
    rows_of(path).unlink()
    assert verify(path).sentence == "not what it claims: the rows that its equations give have another digest"
    assert "they are not those that were saved: gdtui verify says more" in load(path).note


def test_more_rows_than_the_descent_has(tmp_path):
    path = tmp_path / "run.gdt"
    session = made("log(x)", "gd", start=0.5, settings={"lr": 1.0})
    session.advance(9)
    save(session, path)
    whole = json.loads(path.read_text())
    whole["segments"][0]["rows"] += 3
    path.write_text(json.dumps(whole))
    rows_of(path).unlink()
    message = "not what it claims: row 1 is not finite when it is computed, and 3 more are claimed"
    assert (verify(path).holds, verify(path).sentence) == (False, message)
    with pytest.raises(SessionFileError, match=f"run.gdt: {message}"):
        load(path)


def test_what_cannot_be_read(tmp_path):
    (tmp_path / "run.gdt").write_text("{}")
    with pytest.raises(SessionFileError, match="no session of gdtui"):
        verify(tmp_path / "run.gdt")
