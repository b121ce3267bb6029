"""What every rule is compared at: hyperparameters, starts, a fixed sequence of gradients, and how far apart is too far.

The learning rates are such that a descent does not amplify rounding: where a step flies over a valley and back, two
right implementations part for good, and the comparison says nothing.
"""

import numpy as np

import gdtui
from tests.optimizers.independent import FUNCTIONS, LOOKS_AT_THE_OBJECTIVE

STEPS = 1000
FED_START = (0.7, -1.3)
STARTS = {"himmelblau": (-0.4, -0.65), "rosenbrock": (-1.2, 1.0)}
SETTINGS = [
    ("gd", {"lr": 1e-4}),
    ("normalized-gd", {"lr": 1e-3}),
    ("normalized-gd", {"lr": 5e-3, "eps": 0.1}),
    ("signsgd", {"lr": 1e-3}),
    ("signsgd", {"lr": 2e-4}),
    ("noisy-gd", {"lr": 1e-4}),
    ("noisy-gd", {"lr": 1e-4, "sigma": 0.5}),
    ("sam", {"lr": 1e-4}),
    ("sam", {"lr": 5e-5, "rho": 0.02}),
    ("polyak", {}),
    ("polyak", {"eps": 1e-3}),
    ("momentum", {"lr": 1e-5}),
    ("momentum", {"lr": 1e-4, "momentum": 0.5, "dampening": 0.3}),
    ("nesterov", {"lr": 1e-5}),
    ("nesterov", {"lr": 1e-4, "momentum": 0.4}),
    ("nesterov-lookahead", {"lr": 1e-5}),
    ("nesterov-lookahead", {"lr": 1e-4, "momentum": 0.4}),
    ("qhm", {"lr": 1e-4}),
    ("qhm", {"lr": 1e-3, "momentum": 0.9, "nu": 0.5}),
    ("lion", {"lr": 1e-3}),
    ("lion", {"lr": 1e-4, "beta1": 0.8, "beta2": 0.95, "weight_decay": 0.1}),
    ("asgd", {"lr": 1e-4}),
    ("asgd", {"lr": 1e-3, "lambd": 0.1, "alpha": 0.5, "t0": 100}),
    ("schedule-free", {"lr": 1e-4}),
    ("schedule-free", {"lr": 1e-3, "momentum": 0.7}),
    ("adagrad", {"lr": 0.01}),
    ("adagrad", {"lr": 0.05, "lr_decay": 0.01, "initial_accumulator_value": 0.5, "eps": 1e-6}),
    ("adadelta", {"lr": 0.1}),
    ("adadelta", {"lr": 0.05, "rho": 0.95, "eps": 1e-4}),
    ("rmsprop", {"lr": 1e-3}),
    ("rmsprop", {"lr": 1e-3, "eps": 1e-4, "centered": 1}),
    ("rmsprop", {"lr": 2e-4, "momentum": 0.9}),
    ("rmsprop", {"lr": 2e-4, "momentum": 0.5, "centered": 1, "alpha": 0.995}),
    ("rprop", {"lr": 0.01}),
    ("rprop", {"lr": 1e-3, "etaminus": 0.4, "etaplus": 1.1, "step_size_min": 1e-4, "step_size_max": 0.05}),
    ("adam", {"lr": 1e-3}),
    ("adam", {"lr": 5e-3, "beta1": 0.8, "beta2": 0.99, "eps": 1e-6}),
    ("adamw", {"lr": 1e-3}),
    ("adamw", {"lr": 5e-3, "beta1": 0.8, "eps": 1e-5, "weight_decay": 0.3}),
    ("amsgrad", {"lr": 1e-3}),
    ("amsgrad", {"lr": 5e-3, "beta2": 0.9}),
    ("adamax", {"lr": 2e-3}),
    ("adamax", {"lr": 2e-3, "beta1": 0.8, "beta2": 0.99, "eps": 1e-3}),
    ("nadam", {"lr": 1e-3}),
    ("nadam", {"lr": 2e-3, "beta1": 0.8, "momentum_decay": 0.1}),
    ("radam", {"lr": 1e-3}),
    ("radam", {"lr": 1e-4, "beta2": 0.99, "eps": 1e-4}),
    ("yogi", {"lr": 1e-2}),
    ("yogi", {"lr": 5e-3, "beta2": 0.99, "initial_accumulator_value": 0.1}),
    ("adabelief", {"lr": 1e-3}),
    ("adabelief", {"lr": 2e-3, "eps": 1e-3, "eps_root": 1e-4}),
    ("adan", {"lr": 1e-3}),
    ("adan", {"lr": 2e-3, "beta1": 0.95, "beta2": 0.9, "beta3": 0.98}),
    ("qhadam", {"lr": 1e-3}),
    ("qhadam", {"lr": 5e-3, "beta1": 0.9, "nu1": 0.5, "nu2": 0.8}),
    ("newton", {}),
    ("newton", {"lr": 0.1}),
    ("damped-newton", {}),
    ("damped-newton", {"lr": 0.3, "damping": 50.0}),
    ("barzilai-borwein", {"lr": 1e-3}),
    ("barzilai-borwein", {"lr": 1e-4}),
]

# The rules that a sequence of gradients can be fed to. Not those that ask for more than a gradient; and not signsgd,
# whose iterates lie on a grid: where it comes back to a point, a run of one's own functions ends, as a cycle.
FED = {name for name, _ in SETTINGS} - LOOKS_AT_THE_OBJECTIVE - {"signsgd"}


def label(rule, options):
    return "-".join([rule, *(f"{name}={value:g}" for name, value in options.items())])


def tolerance(rule, objective):
    """1e-12, but for one: Barzilai and Borwein's step is a quotient of two small differences, and on Rosenbrock's
    valley it jumps from iterate to iterate by factors of 10⁴. There rounding grows to 9e-7 before both arrive."""
    return 1e-5 if (rule, objective) == ("barzilai-borwein", "rosenbrock") else 1e-12


def horizon(rule, place):
    """How many steps can be compared: all, but for Polyak's step in Rosenbrock's valley. It flies from wall to wall,
    and a difference of 4e-15 after 10 steps, from another order of the operations, is one of 0.2 after 100."""
    return 10 if (rule, place) == ("polyak", "rosenbrock") else STEPS


def gap(found, expected):
    """The largest difference as a part of the largest number."""
    return np.abs(found - expected).max() / np.abs(expected).max()


def gradients():
    """A fixed sequence of gradients, (STEPS, 2): noise about a mean that turns, over four orders of magnitude."""
    t = np.arange(STEPS)[:, None]
    noise = np.random.Generator(np.random.Philox(key=20240529)).standard_normal((STEPS, 2))
    return (noise + np.sin(t / np.array([50.0, 70.0]))) * 10.0 ** (2 * np.cos(t / 150.0))


def fed(rule, options):
    """The iterates of gdtui, (STEPS + 1, 2), when the k-th row's gradient is the k-th of `gradients` wherever it is."""
    sequence = iter([*gradients(), np.ones(2)])
    return _whole(lambda p: 0.0, rule, grad=lambda p: next(sequence), start=FED_START, diverge_at=1e300, **options)


def descended(rule, options, objective, own=True):
    """The iterates of gdtui on an objective: with the gradient that the references were made with (by arrays), or
    with its own (by floats)."""
    function = FUNCTIONS[objective]
    if not own:
        return _whole(objective, rule, start=STARTS[objective], **options)
    loss, grad = (lambda p: function(p)[0]), (lambda p: function(p)[1])
    return _whole(loss, rule, grad=grad, start=STARTS[objective], **options)


def _whole(objective, rule, **options):
    """All iterates; of a run that came to rest in a cycle, which rprop's does, as many as there are."""
    run = gdtui.descend(objective, rule, steps=STEPS, **options)
    assert run.steps == STEPS or (rule == "rprop" and "cycles" in run.reason and run.steps > 100), run.reason
    return run.params
