"""The README's five lines of torch: they write a run that gdtui diff reads, with torch itself where it is installed."""

from pathlib import Path

import numpy as np
import pytest

from gdtui.storage.recording import read_recording
from tests.storage.test_recorded_diff import adam, diff, record, verdict


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


README = (Path(__file__).parents[2] / "README.md").read_text().split("## A run that something else made")[1]
LINES = README.split("```python\n")[1].split("```")[0]
"""The five lines around an optimizer of torch."""


class Tensor:
    """As much of a tensor of two parameters in float32 as the five lines read."""

    def __init__(self, values):
        self.values, self.grad = np.float32(values), None

    def __iter__(self):
        return iter(self.values)

    def tolist(self):
        return self.values.tolist()


class Himmelblau:
    """A loss that knows its slope, and lets a tensor know."""

    def __init__(self, tensor):
        self.tensor = tensor

    def __call__(self, x, y):
        return self

    def item(self):
        x, y = self.tensor.values
        return float((x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2)

    def backward(self):
        x, y = self.tensor.values
        u, v = x**2 + y - 11, x + y**2 - 7
        self.tensor.grad = Tensor([4 * x * u + 2 * v, 2 * u + 4 * y * v])


class Descent:
    """An optimizer of torch, in float32."""

    def __init__(self, tensor):
        self.tensor = tensor

    def zero_grad(self):
        self.tensor.grad = None

    def step(self):
        self.tensor.values = self.tensor.values - np.float32(0.01) * self.tensor.grad.values


def test_the_five_lines_of_the_readme_write_a_run_that_is_read():
    p = Tensor([-0.4, -0.65])
    exec(LINES, {"p": p, "f": Himmelblau(p), "optimizer": Descent(p)})
    assert len(LINES.strip().splitlines()) == 5
    rows = read_recording(Path("run.csv"))
    assert rows.steps == 99 and rows.names == ("x", "y") and rows.params[0].tolist() == Tensor([-0.4, -0.65]).tolist()
    diff("run.csv", "-o", "gd:lr=0.01", "--tolerance", "1e-5", code=0)
    assert verdict(diff("run.csv", "-o", "gd:lr=0.02")).startswith("they part at t = 1 in θ, coordinate x: ")


@pytest.mark.parametrize("name, options", [("Adam", {"lr": 0.1}), ("SGD", {"lr": 0.01, "momentum": 0.9})])
def test_the_five_lines_write_what_an_optimizer_of_torch_does(name, options):
    torch = pytest.importorskip("torch")
    p = torch.tensor([-0.4, -0.65], requires_grad=True)
    optimizer = getattr(torch.optim, name)([p], **options)
    exec(LINES, {"p": p, "f": lambda x, y: (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2, "optimizer": optimizer})
    rule = {"Adam": "adam:lr=0.1", "SGD": "momentum:lr=0.01,momentum=0.9"}[name]
    diff("run.csv", "-o", rule, "--tolerance", "1e-5", code=0)
    assert verdict(diff("run.csv", "-o", rule.replace("0.9", "0.8").replace("0.1", "0.11"), "--tolerance", "1e-5"))


def test_what_the_readme_shows_is_what_it_says():
    record("run.csv", lr=0.1)
    shown = README.split("```\nthey part")[1].split("```")[0]
    assert "they part" + shown.rstrip() in "\n".join(diff("run.csv", "-o", adam(beta2=0.99)))
