"""Common parts get names: put in their place again they give the same graph, and what is read is short."""

import pytest

from gdtui.formula import graph
from gdtui.formula.language import Scope, parse
from gdtui.formula.notation import notation
from gdtui.formula.parts import LONG, with_parts


def of(text):
    return parse(text, Scope(free=True))


LONG_ONE = "(x + y)*sin(x*y + 1)"
REPEATED = " + ".join(f"exp({k}*x)*(sin(x*y + x**2) + cos(y)*x)" for k in range(1, 9))


def put_back(parts, written):
    whole = {}
    for part in parts:
        (whole[part.name],) = graph.substitute([part.node], lambda n: whole.get(n.text) if n.op == "name" else None)
    return graph.substitute(written, lambda n: whole.get(n.text) if n.op == "name" else None)


def test_what_is_short_stays_as_it_is():
    roots = [of(LONG_ONE), of("x**2")]
    assert with_parts(roots, ()) == ([], roots)


def test_what_occurs_again_and_again_is_named_once():
    roots = [of(REPEATED)]
    parts, written = with_parts(roots, ("x", "y"))
    assert [(part.name, notation(part.node)) for part in parts] == [("A", "sin(x·y+x²) + cos(y)·x")]
    assert len(notation(written[0])) < LONG and put_back(parts, written) == roots


def test_a_name_that_is_in_use_is_not_taken():
    parts, written = with_parts([of(REPEATED)], ("x", "y", "A", "C"))
    assert [part.name for part in parts] == ["B"] and "B" in notation(written[0])


def test_a_part_is_read_below_its_line():
    inner = "log(1 + x**2*y**2 + sin(x))"
    outer = f"exp({inner}*y + tanh({inner} + y))"
    roots = [of(" + ".join(f"({outer} + {inner}/{k})**{k}" for k in range(2, 9)))]
    parts, written = with_parts(roots, ())
    assert len(parts) >= 2 and put_back(parts, written) == roots
    for k, part in enumerate(parts):
        assert graph.names_in([part.node]) <= {"x", "y", *(before.name for before in parts[:k])}
    assert [part.name for part in parts] == sorted(part.name for part in parts)


@pytest.mark.parametrize("count", [40, 200])
def test_what_is_long_without_repeating_is_divided_where_that_helps(count):
    factors = [of(f"(x**{k} + sin({k}*x)*cos(y + {k}) + y*exp(x/{k + 1}) + {k})") for k in range(1, 6)]
    roots = [graph.apply("mul", *factors), *(graph.apply("mul", *factors[:k]) for k in range(1, 4))]
    parts, written = with_parts(roots, ())
    assert put_back(parts, written) == roots and all(len(notation(node)) <= LONG for node in written)
    many = [graph.apply("add", *(graph.name(f"a_{k}x") for k in range(count)))]
    assert with_parts(many, ()) == ([], many)  # a name for each of its terms would help nobody
