"""Descents on many threads at once: what is compiled is shared, and keeps no numbers of a run."""

import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest

import gdtui


def descents(number):
    """One of each kind that is compiled in its own way, with numbers of its own."""
    starts = np.random.default_rng(number).uniform(-4, 4, (40, 2))
    faster = 1 + number
    return [
        partial(gdtui.descend, "himmelblau", "noisy-gd", lr=1e-3 * faster, steps=150, seed=number),
        partial(gdtui.descend, "sphere:dim=30", "adam", lr=1e-2 * faster, steps=150),
        partial(gdtui.descend, "rosenbrock", "newton", lr=faster / 8, start=(-1.0, faster / 4), steps=60),
        partial(gdtui.descend, "himmelblau", "adam", lr=1e-2 * faster, steps=300),
        partial(gdtui.descend_many, "himmelblau", "adam", starts=starts, lr=1e-2 * faster, steps=100),
    ]


@pytest.fixture
def switching():
    """Threads take turns as often as Python lets them."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("switching")
def test_any_number_of_descents_at_once_is_what_each_is_alone():
    runs = [run for number in range(8) for run in descents(number)]
    alone = [run().params for run in runs]
    with ThreadPoolExecutor(8) as threads:
        for _ in range(2):
            together = [found.params for found in threads.map(lambda run: run(), runs)]
            assert all(np.array_equal(a, b) for a, b in zip(alone, together, strict=True))
