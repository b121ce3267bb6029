"""Every schedule against its closed form, within a descent and with every rule."""

import math

import numpy as np
import pytest

import gdtui
from gdtui.optimizers import schedules
from gdtui.optimizers.catalogue import BY_NAME
from tests.optimizers.independent import RULES, descend


def gap(found, expected):
    return np.abs(found - expected).max() / np.abs(expected).max()


def cosine(lr, k, span, low):
    return low + (lr - low) * (1 + math.cos(math.pi * k / span)) / 2


CLOSED_FORMS = {
    "constant": ({}, lambda lr, k: lr),
    "step": ({"gamma": 0.5, "size": 7}, lambda lr, k: lr * 0.5 ** (k // 7)),
    "exponential": ({"gamma": 0.97}, lambda lr, k: lr * 0.97**k),
    "linear": ({"begin": 0.2, "finish": 1.5, "span": 20}, lambda lr, k: lr * (0.2 + 1.3 * min(k, 20) / 20)),
    "cosine": ({"span": 40, "lr_min": 0.01}, lambda lr, k: cosine(lr, k, 40, 0.01)),
    "inverse-sqrt": ({"warm": 5}, lambda lr, k: lr * math.sqrt(5 / max(5, k + 1))),
}


@pytest.mark.parametrize("name", schedules.BY_NAME)
def test_schedules_are_their_closed_forms(name):
    settings, closed = CLOSED_FORMS[name]
    text = name + (":" + ",".join(f"{k}={v}" for k, v in settings.items()) if settings else "")
    run = gdtui.descend("sphere", schedule=text, lr=0.3, start=(1.0, 2.0), steps=40)
    assert run.terms["lr_t"][1:] == pytest.approx([closed(0.3, k) for k in range(40)], rel=1e-12)
    expected = descend(lambda p: (p @ p, 2 * p), RULES["gd"], (1.0, 2.0), 40, schedule=closed, lr=0.3)
    assert gap(run.params, expected) < 1e-12
    lrs = [run.session.branch.row(k).lr for k in range(41)]
    assert lrs[1:] == run.terms["lr_t"][1:].tolist() and lrs[0] == 0.3


@pytest.mark.parametrize("name", schedules.BY_NAME)
def test_schedules_go_with_every_rule(name):
    for rule in BY_NAME:
        assert gdtui.descend("sphere", rule, schedule=name, steps=3).steps == 3
