"""What a chart shows first: as it is told, or around the start and where it leads."""

import numpy as np
import pytest

import gdtui
from gdtui.formula.parameter import ParameterError
from gdtui.objectives.domain import with_domain
from gdtui.objectives.region import holding
from gdtui.objectives.resolve import resolve


@pytest.mark.parametrize(
    ("domain", "bounds"),
    [
        ("x=.75:1.25", ((0.75, 1.25), (-5.0, 5.0))),
        ("y=-1:2, x=0:3", ((0.0, 3.0), (-1.0, 2.0))),
        ("x=−1:1e3", ((-1.0, 1000.0), (-5.0, 5.0))),
        ({"x": (0.75, 1.25)}, ((0.75, 1.25), (-5.0, 5.0))),
        ({"y": [0, np.float64(4)]}, ((-5.0, 5.0), (0.0, 4.0))),
    ],
)
def test_a_domain_that_is_told(domain, bounds):
    assert with_domain(resolve("himmelblau"), domain).domain == bounds
    run = gdtui.descend("himmelblau", domain=domain, start="random", steps=0)
    assert all(low <= v <= high for v, (low, high) in zip(run.params[0], bounds, strict=True))


@pytest.mark.parametrize(
    ("domain", "message"),
    [
        ("0:1", "a domain is written NAME=LOW:HIGH, x=.75:1.25,y=0:2; '0:1' is not"),
        ("x=1", "a domain is written NAME=LOW:HIGH"),
        ("x=1:2:3", "a domain is written NAME=LOW:HIGH"),
        ("x=a:b", "a domain is written NAME=LOW:HIGH"),
        ("x=2:1", "the domain of x goes from a lower to a higher number, not 2:1"),
        ("x=0:inf", "goes from a lower to a higher number"),
        ("x=0:1,x=0:2", "the domain gives x twice"),
        ("z=0:1", "the domain speaks of 'z', which is no parameter of himmelblau (they are x, y)"),
        ((0, 1), "a domain gives bounds by name"),
        ({"x": 3}, "a domain is written NAME=LOW:HIGH"),
    ],
)
def test_what_is_no_domain_is_told(domain, message):
    with pytest.raises(ParameterError) as caught:
        gdtui.descend("himmelblau", domain=domain, steps=0)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "start", "minimizer"),
    [
        ("(x-1)^2", (0.9,), (1.0,)),
        ("((w*3+b-30)^2 + (w*5+b-50)^2)/4", (1.0, 2.0), (10.0, 0.0)),
        ("x^2 + y^2", (3.0, -2.0), (0.0, 0.0)),
        ("-cos(x)", (2.0,), (0.0,)),
        ("(x-3e-4)^2", (2e-4,), (3e-4,)),
        ("1e6*(x-2000)^2", (2100.0,), (2000.0,)),
        ("hypot(x, y)", (3.0, -2.0), (0.0, 0.0)),
    ],
)
def test_that_of_a_typed_formula_holds_the_start_and_where_it_leads_closely(text, start, minimizer):
    found = resolve(text, start=start)
    assert found.domain_guessed and found.inside(start) and found.inside(minimizer)
    way = max(abs(a - b) for a, b in zip(start, minimizer, strict=True))
    assert all(high - low <= 8 * way for low, high in found.domain)


@pytest.mark.parametrize("text", ["x", "log(1+exp(-x))", "exp(x)/(1+exp(x))", "-x^2"])
def test_where_it_leads_nowhere_there_is_a_usual_one(text):
    assert resolve(text).domain == ((-5.0, 5.0),)


def test_a_box_grows_only_to_the_sides_that_are_left():
    grown = holding(((0.0, 1.0), (0.0, 1.0)), np.array([-2.0, 0.2]), np.array([0.5, 0.9]))
    assert grown[1] == (0.0, 1.0) and grown[0][1] == 1.0 and -3.0 < grown[0][0] < -2.0
    assert holding(grown, np.array([-2.0, 0.2]), np.array([0.5, 0.9])) == grown
