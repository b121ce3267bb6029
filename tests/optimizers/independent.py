"""The optimizers again, written in plain NumPy from torch's documentation; and a loop to run them in."""

import numpy as np


def himmelblau(p):
    x, y = p
    a, b = x * x + y - 11, x + y * y - 7
    return a * a + b * b, np.array([4 * x * a + 2 * b, 2 * a + 4 * y * b])


def rosenbrock(p):
    x, y = p
    return (1 - x) ** 2 + 100 * (y - x * x) ** 2, np.array([-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)])


FUNCTIONS = {"himmelblau": himmelblau, "rosenbrock": rosenbrock}


def gd(p, g, t, state, lr):
    return p - lr * g


def momentum(p, g, t, state, lr, momentum=0.9, dampening=0.0):
    state["b"] = g if t == 1 else momentum * state["b"] + (1 - dampening) * g
    return p - lr * state["b"]


def nesterov(p, g, t, state, lr, momentum=0.9):
    state["b"] = g if t == 1 else momentum * state["b"] + g
    return p - lr * (g + momentum * state["b"])


def adagrad(p, g, t, state, lr, lr_decay=0.0, initial_accumulator_value=0.0, eps=1e-10):
    state["S"] = state.get("S", initial_accumulator_value) + g * g
    return p - lr / (1 + (t - 1) * lr_decay) * g / (np.sqrt(state["S"]) + eps)


def rmsprop(p, g, t, state, lr, alpha=0.99, eps=1e-8, centered=0, momentum=0.0):
    state["v"] = alpha * state.get("v", 0.0) + (1 - alpha) * g * g
    mean_square = state["v"]
    if centered:
        state["g_bar"] = alpha * state.get("g_bar", 0.0) + (1 - alpha) * g
        mean_square = mean_square - state["g_bar"] ** 2
    step = g / (np.sqrt(mean_square) + eps)
    if momentum:
        state["b"] = momentum * state.get("b", 0.0) + step
        step = state["b"]
    return p - lr * step


def adam(p, g, t, state, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    state["m"] = beta1 * state.get("m", 0.0) + (1 - beta1) * g
    state["v"] = beta2 * state.get("v", 0.0) + (1 - beta2) * g * g
    return p - lr * (state["m"] / (1 - beta1**t)) / (np.sqrt(state["v"] / (1 - beta2**t)) + eps)


RULES = {"gd": gd, "momentum": momentum, "nesterov": nesterov, "adagrad": adagrad, "rmsprop": rmsprop, "adam": adam}


def descend(function, rule, start, steps, before=lambda g, p: g, schedule=lambda lr, k: lr, lr=0.01, **options):
    """All iterates, (steps + 1, 2)."""
    p, state = np.array(start, dtype=float), {}
    path = [p]
    for t in range(1, steps + 1):
        g = before(function(p)[1], p)
        p = rule(p, g, t, state, schedule(lr, t - 1), **options)
        path.append(p)
    return np.array(path)
