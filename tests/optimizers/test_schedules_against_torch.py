"""The recorded learning rates are still what torch gives, where it is installed; and so are ours."""

import json

import numpy as np
import pytest

import gdtui
from tests.optimizers.reference.schedules import CASES, FILE, LR, stepped

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("text", CASES)
def test_live(text):
    expected = np.array(stepped(text))
    assert expected == pytest.approx(json.loads(FILE.read_text())["cases"][text], rel=0, abs=1e-14 * LR)
    found = gdtui.descend("sphere", schedule=text, lr=LR, steps=len(expected)).terms["lr_t"][1:]
    assert np.abs(found - expected).max() / LR < 1e-14


def test_torchs_cosine_rises_behind_its_span_and_ours_does_not():
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=LR)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)
    for _ in range(20):
        optimizer.step()
        scheduler.step()
    assert optimizer.param_groups[0]["lr"] == pytest.approx(LR)
    assert gdtui.descend("sphere", schedule="cosine:span=10", lr=LR, steps=21).terms["lr_t"][21] == 0.0
