"""Where two branches part: rules, settings, forks, thinned rows, unequal lengths; and the table of both."""

import math

import numpy as np
import pytest

import gdtui
from gdtui.descent.difference import (
    Difference,
    common_terms,
    first_difference,
    first_lower,
    lowest,
    rows_to_show,
    side_by_side,
    terms_of_one,
)
from gdtui.descent.run import begin, run_to_end
from gdtui.descent.setup import prepare
from gdtui.optimizers.catalogue import BY_NAME

ADAM = BY_NAME["adam"].equations


def branch_of(objective="himmelblau", optimizer="adam", **options):
    return gdtui.descend(objective, optimizer, **{"steps": 60, "lr": 0.01} | options).session.branch


def by_hand(a, b, from_row=0):
    """The same, number by number."""
    terms = [n for n in a.row(1).terms if n in b.row(1).terms and a.row(1).terms[n].shape == b.row(1).terms[n].shape]
    for k in range(from_row, min(a.count, b.count)):
        x, y = a.row(k), b.row(k)
        values = [(n, x.terms[n], y.terms[n]) for n in terms if k]
        values += [("theta", x.theta, y.theta), ("loss", x.loss, y.loss), ("grad", x.grad, y.grad)]
        for name, mine, theirs in values:
            for place, (p, q) in enumerate(zip(np.ravel(mine), np.ravel(theirs), strict=True)):
                if p != q and not (math.isnan(p) and math.isnan(q)):
                    return Difference(k, name, place if np.ndim(mine) else None, float(p), float(q))
    return None


def test_the_same_settings_do_not_differ():
    assert first_difference(branch_of(), branch_of()) is None
    a, b = (branch_of("log(x)", "gd", start=0.5, lr=1.0) for _ in range(2))
    assert math.isnan(a.row(1).loss) and first_difference(a, b) is None


@pytest.mark.parametrize(
    ("optimizer", "options", "row", "name"),
    [
        ("adam", {"lr": 0.02}, 1, "delta"),
        ("adam", {"beta1": 0.8}, 1, "m"),
        ("adam", {"beta2": 0.99}, 1, "v"),
        ("adam", {"eps": 1e-4}, 1, "delta"),
        ("adam", {"start": (-0.4, -0.6)}, 0, "theta"),
        ("adam", {"schedule": "cosine:span=30"}, 2, "delta"),
        ("nadam", {}, 1, "m_hat"),
    ],
)
def test_the_first_term_in_which_settings_differ(optimizer, options, row, name):
    a, b = branch_of(), branch_of(optimizer=optimizer, **options)
    found = first_difference(a, b)
    assert found == by_hand(a, b) and (found.row, found.name) == (row, name)
    assert found.absolute == abs(found.a - found.b) and 0 < found.relative <= 2


def test_rules_with_other_terms_are_compared_in_what_they_share():
    plain, heavy = branch_of(optimizer="gd"), branch_of(optimizer="momentum", momentum=0.0)
    assert first_difference(plain, heavy) is None
    assert terms_of_one(plain, heavy) == ([], ["b"])
    assert terms_of_one(heavy, plain) == (["b"], [])
    assert common_terms(plain.last.layout, heavy.last.layout) == ["delta"]
    still = branch_of(optimizer="adamw", weight_decay=0.0)
    found = first_difference(branch_of(), still)
    assert found == by_hand(branch_of(), still)
    assert first_difference(branch_of(), still, tolerance=1e-9) is None


@pytest.mark.parametrize(
    ("right", "wrong", "name"),
    [
        ("beta1*m + (1 - beta1)*g", "beta1*m - (1 - beta1)*g", "m"),
        ("(1 - beta2)*g**2", "(1 - beta2)*g", "v"),
        ("m_hat = m / (1 - beta1**t)", "m_hat = m / (1 - beta1**(t + 1))", "m_hat"),
        ("v / (1 - beta2**t)", "v / (1 + beta2**t)", "v_hat"),
        ("-lr * m_hat", "lr * m_hat", "delta"),
        ("delta = -lr * m_hat / (sqrt(v_hat) + eps)\n        theta = theta + delta",
         "theta = theta + lr * m_hat / (sqrt(v_hat) + eps)", "delta"),
    ],
)
def test_a_slip_in_a_rule_is_pointed_at(tmp_path, right, wrong, name):
    assert right in ADAM
    file = tmp_path / "mine.toml"
    knobs = "lr = 0.01\nbeta1 = 0.9\nbeta2 = 0.999\neps = 1e-8\n"
    file.write_text(f'equations = """{ADAM.replace(right, wrong)}"""\n[hyperparameters]\n{knobs}')
    a, b = branch_of(), branch_of(optimizer=str(file))
    found = first_difference(a, b)
    assert (found.row, found.name, found.coordinate) == (1, name, 0) and found == by_hand(a, b)


def test_a_tolerance_is_a_share_of_large_values_and_a_distance_of_small_ones():
    a, b = branch_of("x**2", "gd", start=1e6, lr=0.1), branch_of("x**2", "gd", start=1e6 + 1, lr=0.1)
    assert first_difference(a, b, tolerance=1e-5) is None
    assert first_difference(a, b, tolerance=1e-7).row == 0
    a, b = (branch_of("x**2", "gd", start=v, lr=0.1) for v in (1e-6, 2e-6))
    assert first_difference(a, b, tolerance=1e-5) is None and first_difference(a, b).relative == 0.5
    infinite = branch_of("1/x**2", "gd", start=0.0), branch_of("x**2", "gd", start=0.0)
    found = first_difference(*infinite, tolerance=1.0)
    assert found.name == "loss" and math.isnan(found.relative) and found.absolute == math.inf


def test_runs_of_unequal_length_are_compared_in_the_rows_both_have():
    short, long = branch_of(steps=20), branch_of(steps=60)
    assert first_difference(short, long) is None
    assert side_by_side(short, long, 20).distance == 0
    behind = side_by_side(short, long, 21)
    assert (behind.loss_a, behind.distance) == (None, None) and behind.loss_b == long.row(21).loss


def test_forks_differ_from_the_fork_on():
    session = begin(prepare("himmelblau", "adam", settings={"lr": 0.05}))
    session.advance(50)
    session.seek(20)
    session.change(session.setup.with_value("lr", 0.1))
    session.advance(30)
    old, new = session.branches
    found = first_difference(old, new, from_row=new.forked_at)
    assert (found.row, found.name) == (21, "delta") and found == first_difference(old, new) == by_hand(old, new)
    session.change(session.setup.with_value("beta1", 0.5))  # a third stretch, begun at the end
    session.advance(10)
    again = begin(session.setup)
    again.advance(60)
    assert first_difference(session.branch, again.branch) == by_hand(session.branch, again.branch)


def test_later_stretches_are_compared_too():
    """Two branches whose segments end in different rows, and which part behind both ends."""
    session = begin(prepare("himmelblau", "gd", settings={"lr": 0.01}))
    session.advance(10)
    session.change(session.setup.with_value("lr", 0.02))
    session.advance(10)
    straight = begin(prepare("himmelblau", "gd", settings={"lr": 0.01}))
    straight.advance(10)
    straight.change(straight.setup.with_value("lr", 0.02))
    straight.advance(5)
    straight.change(straight.setup.with_value("lr", 0.01))
    straight.advance(5)
    found = first_difference(session.branch, straight.branch)
    assert (found.row, found.name) == (16, "delta") and found == by_hand(session.branch, straight.branch)


def test_thinned_rows_are_replayed():
    def long_run(objective, budget=None):
        session = begin(prepare(objective, "adam", settings={"lr": 1e-4}, stopping={"steps": 30_000}))
        session.budget = budget or session.budget
        run_to_end(session)
        return session.branch

    whole = long_run("rosenbrock")
    thinned = long_run("rosenbrock", 2**20)
    assert thinned.bytes < whole.bytes / 2
    assert first_difference(whole, thinned) is None and first_difference(thinned, thinned.same_before(29_000)) is None
    # They part late: where the loss has come below 0.05, the other has a kink.
    place = first_lower(whole, 0.05)
    kinked = "where((1 - x)**2 + 100*(y - x**2)**2 < 0.05, 0, (1 - x)**2 + 100*(y - x**2)**2)"
    session = begin(prepare(kinked, "adam", start=(-1.2, 1), settings={"lr": 1e-4}, stopping={"steps": 30_000}))
    session.budget = 2**20
    run_to_end(session)
    assert 256 < place < 30_000
    found = first_difference(thinned, session.branch, tolerance=1e-12)
    assert (found.row, found.name, found.b) == (place, "loss", 0.0)
    assert found.a == pytest.approx(0.05, rel=1e-2)


def test_the_lowest_loss_and_who_got_below_it_when():
    a, b = branch_of(optimizer="gd", steps=100), branch_of(optimizer="adam", steps=100)
    losses = a.quantity("loss", 0, 101)
    row, loss = lowest(a)
    assert (row, loss) == (int(losses.argmin()), losses.min())
    assert lowest(b, 50)[0] >= 50
    bar = lowest(b)[1]
    assert first_lower(a, bar) == int(np.flatnonzero(losses < bar)[0]) and first_lower(b, loss) is None
    up = branch_of("-x**2", "gd", start=3.0, maximize=True, lr=0.1)
    assert lowest(up) == (60, up.row(60).loss) and up.row(60).loss > up.row(0).loss
    assert first_lower(up, -1.0) == int(np.flatnonzero(up.quantity("loss", 0, 61) > -1.0)[0])
    assert math.isnan(lowest(branch_of("log(x)", "gd", start=0.5, lr=1.0), 1)[1])


def test_the_rows_of_the_table():
    assert rows_to_show((1001, 1001), None) == [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]
    assert rows_to_show((1001, 1001), 1) == [0, 1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000]
    assert rows_to_show((600, 101), 50) == [0, 48, 49, 50, 51, 52, 54, 59, 69, 99, 100, 149, 249, 549, 599]
    assert rows_to_show((600, 600), 301, 300) == [300, 301, 302, 303, 305, 310, 320, 350, 400, 500, 599]
    assert rows_to_show((1, 1), 0) == rows_to_show((1, 1), None) == [0]
    assert len(rows_to_show((10**6, 10**6), 777)) < 30


def test_other_numbers_of_parameters_are_refused():
    with pytest.raises(ValueError, match="one run has 2 parameters, the other 1"):
        first_difference(branch_of(), branch_of("x**2"))
