"""Knobs: what they take, and how they turn."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdtui.formula.parameter import Parameter, ParameterError, next_125, split_settings, with_settings

LR = Parameter("lr", 0.01, 0.0, 1e6, "log")
BETA = Parameter("beta1", 0.9, 0.0, 1.0, "complement")
SIZE = Parameter("size", 10, 1, 1000, "linear", whole=True)
OPEN = Parameter("a", 3.0)


@given(st.floats(1e-12, 1e12))
def test_the_125_series(value):
    up, down = next_125(value, True), next_125(value, False)
    assert down < value < up
    assert f"{up:e}"[0] in "125" and f"{down:e}"[0] in "125"
    assert float(f"{up:.0e}") == up and up / down <= 10
    assert next_125(up, False) <= value * (1 + 1e-8) and next_125(down, True) >= value * (1 - 1e-8)


def test_a_knob_turned_there_and_back():
    assert [LR.turned(v, True) for v in (0.01, 0.02, 0.05, 0.037)] == [0.02, 0.05, 0.1, 0.05]
    assert [LR.turned(v, False) for v in (0.01, 0.02, 0.05, 0.037)] == [0.005, 0.01, 0.02, 0.02]
    assert [BETA.turned(v, True) for v in (0.5, 0.8, 0.9, 0.95, 0.99)] == [0.8, 0.9, 0.95, 0.98, 0.995]
    assert [BETA.turned(v, False) for v in (0.9, 0.99, 1.0)] == [0.8, 0.98, 0.99]
    assert SIZE.turned(10, True) > 10 and SIZE.turned(10, True) == int(SIZE.turned(10, True))


@given(st.sampled_from([LR, BETA, SIZE, OPEN]), st.floats(-1e3, 1e3), st.lists(st.booleans(), max_size=40))
def test_a_knob_never_leaves_its_range(knob, value, turns):
    value = min(knob.high, max(knob.low, value))
    for up in turns:
        turned = knob.turned(value, up)
        assert knob.low <= turned <= knob.high and math.isfinite(turned)
        assert turned >= value if up else turned <= value
        value = turned


@given(st.one_of(st.text(max_size=30), st.floats(), st.integers(), st.booleans(), st.none()))
def test_any_value_is_in_the_range_or_refused(value):
    for knob in (LR, BETA, SIZE):
        try:
            found = knob.check(value)
        except ParameterError as error:
            assert knob.name in str(error) and str(error).isprintable() and len(str(error)) < 120
        else:
            assert knob.low <= found <= knob.high and (not knob.whole or found == int(found))


def test_settings():
    assert split_settings("rosenbrock:b=10, dim=3") == ("rosenbrock", {"b": "10", "dim": "3"})
    assert split_settings("adam") == ("adam", {})
    assert split_settings("sum(x[1:]*x[:-1])") == ("sum(x[1:]*x[:-1])", {})
    assert with_settings([LR, BETA], {"lr": "0.5"}, "adam") == {"lr": 0.5, "beta1": 0.9}
    with pytest.raises(ParameterError, match="not k=v"):
        split_settings("adam:beta1=")
    with pytest.raises(ParameterError, match="did you mean beta1"):
        with_settings([LR, BETA], {"beta": 1}, "adam")
