"""A rule as the text of a file: read back, it is the rule, and runs the same to the bit."""

import tomllib
from dataclasses import replace
from textwrap import dedent

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gdtui
from gdtui.formula.parameter import Parameter
from gdtui.formula.tokens import printable
from gdtui.optimizers.catalogue import BY_NAME, RULES
from gdtui.optimizers.resolve import resolve_rule
from gdtui.optimizers.rule import UpdateRule
from gdtui.optimizers.rule_file import read_rule
from gdtui.storage.rule_text import toml_of

GD = BY_NAME["gd"]


def read(text):
    return read_rule(tomllib.loads(text), "unnamed")


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.name)
def test_every_rule_comes_back_and_runs_the_same_to_the_bit(rule, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(toml_of(rule), encoding="utf-8")
    found, settings = resolve_rule(str(path))
    at_the_margin = dedent(rule.equations).strip("\n") + "\n"
    assert (found, settings) == (replace(rule, equations=at_the_margin, source=str(path)), {})
    assert toml_of(found) == toml_of(rule)
    for objective in ("himmelblau", "rosenbrock:dim=3"):
        one = gdtui.descend(objective, rule.name, steps=40, **{p.name: p.default for p in rule.hyperparameters})
        same = gdtui.descend(objective, str(path), steps=40)
        assert np.array_equal(one.params, same.params) and np.array_equal(one.loss, same.loss)
        assert one.terms.keys() == same.terms.keys()
        assert all(np.array_equal(one.terms[name], same.terms[name], equal_nan=True) for name in one.terms)


def test_values_in_force_take_the_place_of_the_defaults():
    found = read(toml_of(BY_NAME["adam"], {"beta1": 0.8, "lr": 0.1 + 0.2, "clip_norm": 3.0}))
    assert {p.name: p.default for p in found.hyperparameters} == {
        "lr": 0.1 + 0.2, "beta1": 0.8, "beta2": 0.999, "eps": 1e-8,
    }  # fmt: skip
    assert [replace(p, default=0) for p in found.hyperparameters] == [
        replace(p, default=0) for p in BY_NAME["adam"].hyperparameters
    ]


numbers = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(numbers, min_size=3, max_size=3).map(sorted), st.booleans(), st.text(), st.sampled_from(["", "log"]))
def test_any_hyperparameter_comes_back_to_the_bit(found, bounded, help_text, scale):
    low, default, high = found
    parameter = Parameter("lr", default, *((low, high) if bounded else ()), help=printable(help_text))
    parameter = replace(parameter, scale=scale or "linear")
    (again,) = read(toml_of(replace(GD, hyperparameters=(parameter,)))).hyperparameters
    assert again == parameter and np.signbit(again.default) == np.signbit(default)


def test_a_whole_number_stays_one():
    parameters = (Parameter("lr", 0.1), Parameter("every", 5, 1, 100, whole=True))
    assert read(toml_of(replace(GD, hyperparameters=parameters))).hyperparameters == parameters


@given(st.text(), st.text(), st.text())
def test_any_text_comes_back_but_for_what_cannot_be_shown(name, label, note):
    rule = UpdateRule(name, label, f"# {note}\ntheta = theta - g\n", reference=note, help=label, edited_from=note)
    found = read(toml_of(rule))
    shown = [printable(text) for text in (name, label, note, label, note)]
    assert [found.name, found.label, found.reference, found.help, found.edited_from] == shown
    assert toml_of(found) == toml_of(rule)
    written = "".join(c if c in "\n\t" else printable(c) for c in dedent(rule.equations).strip("\n").rstrip())
    assert found.equations == written + "\n"


ODD = ["1e5", "-0", "1/2", "2*lr", "1_0", "٣", "infinity"]


@given(st.one_of(st.integers(), numbers).map(str) | st.sampled_from(ODD))
def test_what_a_state_begins_with_comes_back(text):
    assert read(toml_of(replace(GD, init={"delta": text}))).init == {"delta": text}
