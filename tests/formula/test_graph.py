"""Equal expressions are one object as long as anybody has them, and cost nothing afterwards."""

import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from gdtui.formula import graph


def chain(name: str, length: int) -> graph.Node:
    node = graph.name(name)
    for _ in range(length):
        node = graph.apply("sin", node)
    return node


def test_what_somebody_has_is_found_again_after_forgetting():
    node = chain("kept", 50)
    graph.forget_unused()
    assert chain("kept", 50) is node
    assert chain("kept", 49) is node.args[0]


def test_what_nobody_has_is_forgotten_to_the_last_operand():
    graph.forget_unused()
    before = len(graph._interned)
    node = chain("let go", 300)
    deepest = node
    while deepest.args:
        deepest = deepest.args[0]
    assert len(graph._interned) == before + 301
    gone = weakref.ref(deepest)
    del node, deepest
    graph.forget_unused()
    assert len(graph._interned) == before and gone() is None


def test_forgetting_is_done_in_time_by_itself():
    graph.forget_unused()
    bound = 2 * len(graph._interned) + 2 * graph._FEWEST_KEPT
    for k in range(200):
        chain(f"x{k}", 100)
        assert len(graph._interned) < bound


def test_an_expression_that_was_forgotten_can_be_made_again():
    for _ in range(3):
        node = graph.apply("add", chain("again", 3), graph.constant(0.25))
        assert graph.apply("add", chain("again", 3), graph.constant(0.25)) is node
        del node
        graph.forget_unused()


def test_threads_that_make_the_same_expressions_get_the_same_objects():
    """However their steps fall between one another, and while all is forgotten again and again."""
    switching = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    together = threading.Barrier(4)

    def made(round: int) -> list[graph.Node]:
        together.wait()
        kept = [graph.apply("mul", chain(f"x{round}", depth), graph.name(f"y{round}")) for depth in range(20)]
        graph.forget_unused()
        return kept

    try:
        with ThreadPoolExecutor(4) as pool:
            for round in range(100):
                found = list(pool.map(made, [round] * 4))
                assert all(one is other for row in zip(*found, strict=True) for one, other in pairwise(row))
    finally:
        sys.setswitchinterval(switching)


@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_the_zeros_stay_two(zero):
    assert str(graph.constant(zero).number) == str(zero)
    assert graph.constant(0.0) is not graph.constant(-0.0)
