"""Every rule that torch or optax has, against where theirs went: recorded iterates, see reference/rules.py."""

import json

import pytest

import gdtui
from gdtui.optimizers.catalogue import BY_NAME
from tests.optimizers import independent
from tests.optimizers.conformance import FED, descended, fed, gap, horizon, label
from tests.optimizers.reference.rules import FILES, NOT_BY_OPTAX, OPTAX, TORCH, cases

# Neither torch nor optax has these, or not in this form: they are held to independent.py alone (test_catalogue.py).
BY_INDEPENDENT_ALONE = {
    "noisy-gd",  # optax draws its noise otherwise
    "nesterov-lookahead",  # its points are those of nesterov, which is compared, seen from elsewhere: tested below
    "qhm", "qhadam", "newton", "damped-newton", "barzilai-borwein",
}  # fmt: skip
RECORDED = {library: json.loads(path.read_text()) for library, path in FILES.items()}
CASES = [(library, *case) for library in FILES for case in cases(library)]


def test_no_rule_is_without_a_reference():
    assert set(independent.RULES) == set(BY_NAME)
    assert set(TORCH) | set(OPTAX) | BY_INDEPENDENT_ALONE == set(BY_NAME)
    assert not set(TORCH) & set(OPTAX) and not (set(TORCH) | set(OPTAX)) & BY_INDEPENDENT_ALONE
    for library, rules in (("torch", TORCH), ("optax", OPTAX)):
        found = {(rule, place) for own, rule, _, place in CASES if own == library}
        wanted = {(rule, place) for rule in rules for place in ("himmelblau", "rosenbrock")}
        assert found >= wanted | {(rule, "fed") for rule in rules if rule in FED}
    assert {("polyak", "himmelblau")} == NOT_BY_OPTAX
    assert RECORDED["torch"]["versions"]["torch"].startswith("2.13.0")


@pytest.mark.parametrize(
    ("library", "rule", "options", "place"), CASES, ids=[f"{c[0]}-{label(c[1], c[2])}-{c[3]}" for c in CASES]
)
def test_the_iterates_are_theirs(library, rule, options, place):
    recorded = RECORDED[library]
    rows, expected = recorded["rows"], recorded["cases"][label(rule, options)][place]
    if place == "fed":
        paths = [fed(rule, options)]
    elif rule == "polyak":  # it reads the minimum, which is known of the named function alone
        paths = [descended(rule, options, place, own=False)]
    else:
        paths = [descended(rule, options, place), descended(rule, options, place, own=False)]
    for path in paths:
        there = [k for k, row in enumerate(rows) if row < min(len(path), horizon(rule, place) + 1)]
        assert len(there) == len(rows) or rule in ("rprop", "polyak")
        assert gap(path[[rows[k] for k in there]], [expected[k] for k in there]) < 1e-12


@pytest.mark.parametrize("objective", ["himmelblau", "rosenbrock"])
def test_nesterovs_two_forms_are_one(objective):
    options = {"lr": 1e-5}

    textbook = gdtui.descend(objective, "nesterov-lookahead", steps=1000, **options)
    torchs = gdtui.descend(objective, "nesterov", steps=1000, **options)
    ahead = textbook.params + 0.9 * textbook.terms["v"]
    assert gap(ahead[1:], torchs.params[1:]) < 1e-12
