"""Sessions that version 0.1.0 wrote: their names are declared, their texts are read as they were read then."""

from pathlib import Path

import numpy as np
import pytest

from gdtui.descent.run import begin
from gdtui.storage.session_file import load
from gdtui.storage.verification import verify

OLD = Path(__file__).parent / "old"


@pytest.mark.parametrize(
    ("name", "text", "names"), [("xy", "x^2 - xy", ("x", "xy")), ("call", "x(1)^2 + x(2)^2", ("x",))]
)
def test_a_text_that_is_refused_today_opens_and_holds(name, text, names):
    session = load(OLD / f"{name}.gdt").session
    assert (session.setup.objective.text, session.setup.objective.names) == (text, names)
    assert not session.setup.objective.domain_guessed
    assert session.branch.count == 21
    assert verify(OLD / f"{name}.gdt").holds


def test_it_goes_on_and_forks_as_any_other():
    session = load(OLD / "xy.gdt").session
    session.advance(5)
    session.seek(3)
    session.fork()
    session.change(session.setup.with_value("lr", 0.1))
    assert session.advance(4) == 4


def test_where_new_slopes_make_other_rows_it_is_said_why():
    report = verify(OLD / "tie.gdt")
    assert not report.holds
    assert "row 0: ∇f (x) is 1.0 in the file, 0.5 when it is computed" in report.sentence
    assert "where a = b, each side of max(a, b) gets half" in report.sentence


def test_chance_that_was_keyed_on_t_stays_so():
    """Noise, four rows of gd, and noise whose t began again: the rows are those that were written, forked or not."""
    assert verify(OLD / "noise.gdt").holds
    session = load(OLD / "noise.gdt").session
    thetas = session.branch.quantity("theta", 0, session.branch.count)
    session.seek(12)
    session.fork()
    session.advance(2)
    assert np.array_equal(session.branch.quantity("theta", 0, 15), thetas)
    session.anew()
    assert session.advance(14) == 14
    fresh = begin(session.setup)
    fresh.advance(14)
    assert np.array_equal(session.branch.quantity("theta", 0, 15), fresh.branch.quantity("theta", 0, 15))
