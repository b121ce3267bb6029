"""Every rule that torch has, live against torch itself, where it is installed: each of a thousand steps."""

import numpy as np
import pytest

from tests.optimizers.conformance import descended, fed, gap, label
from tests.optimizers.reference.rules import TORCH, cases, reference

torch = pytest.importorskip("torch")

CASES = list(cases("torch"))
# What torch.optim has and the catalogue has not: two for matrices, one for sparse gradients, one with a line search.
NOT_HERE = {"Adafactor", "LBFGS", "Muon", "SparseAdam"}


def test_torch_has_no_other_rules():
    classes = {name for name, found in vars(torch.optim).items() if isinstance(found, type)} - {"Optimizer"}
    assert torch.__version__.startswith("2.13.0")
    assert classes - NOT_HERE == {name for name, _ in TORCH.values()} and classes >= NOT_HERE


@pytest.mark.parametrize(("rule", "options", "place"), CASES, ids=[f"{label(c[0], c[1])}-{c[2]}" for c in CASES])
def test_every_step_is_torchs(rule, options, place):
    expected = reference("torch", rule, options, place)
    found = fed(rule, options) if place == "fed" else descended(rule, options, place)
    assert np.array_equal(found[0], expected[0])
    assert gap(found, expected[: len(found)]) < 1e-12


@pytest.mark.parametrize("rule", TORCH)
def test_the_defaults_are_torchs(rule):
    from gdtui.optimizers.catalogue import BY_NAME
    from tests.optimizers.reference.rules import PAIRS, torch_optimizer

    theta = torch.nn.Parameter(torch.zeros(2))
    theirs = dict(torch_optimizer(rule, {}, [theta]).param_groups[0])
    for pair, members in PAIRS.items():
        theirs |= {name: value for (name, _), value in zip(members, theirs.pop(pair, ()), strict=False)}
    for parameter in BY_NAME[rule].hyperparameters:
        assert parameter.default == pytest.approx(float(theirs[parameter.name]), rel=1e-15), parameter.name
