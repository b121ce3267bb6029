"""The optimizers again, written in plain NumPy from the papers and torch's documentation; and a loop to run them in.

Each takes the point p, the gradient g there, the number t of the step from 1, a dictionary that it keeps its state in,
and its hyperparameters; it gives the next point. One that looks elsewhere takes ``at``, the objective itself.
"""

import numpy as np

from tests.optimizers import independent_adam


def himmelblau(p):
    x, y = p
    a, b = x * x + y - 11, x + y * y - 7
    return a * a + b * b, np.array([4 * x * a + 2 * b, 2 * a + 4 * y * b])


def rosenbrock(p):
    x, y = p
    return (1 - x) ** 2 + 100 * (y - x * x) ** 2, np.array([-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)])


def himmelblau_hessian(p):
    x, y = p
    return np.array([[12 * x * x + 4 * y - 42, 4 * (x + y)], [4 * (x + y), 12 * y * y + 4 * x - 26]])


def rosenbrock_hessian(p):
    x, y = p
    return np.array([[2 - 400 * (y - 3 * x * x), -400 * x], [-400 * x, 200.0]])


FUNCTIONS = {"himmelblau": himmelblau, "rosenbrock": rosenbrock}
HESSIANS = {himmelblau: himmelblau_hessian, rosenbrock: rosenbrock_hessian}


def gd(p, g, t, state, lr):
    return p - lr * g


def normalized_gd(p, g, t, state, lr, eps=1e-6):
    return p - lr * (g / (np.sqrt(np.sum(g**2)) + eps))


def signsgd(p, g, t, state, lr):
    return p - lr * np.sign(g)


def noisy_gd(p, g, t, state, lr, sigma=5.0, seed=0):
    """Philox is keyed by the seed; the step is the second of the four words of its counter."""
    draw = np.random.Generator(np.random.Philox(key=seed, counter=[0, t, 0, 0])).standard_normal(len(p))
    return p - lr * (g + sigma * draw)


def sam(p, g, t, state, lr, at, rho=0.05):
    ascent = rho * g / (np.sqrt(np.sum(g**2)) + 1e-12)
    return p - lr * at(p + ascent)[1]


def polyak(p, g, t, state, at, eps=1e-30):
    return p - at(p)[0] / (g @ g + eps) * g  # both functions have 0 as their minimum


def momentum(p, g, t, state, lr, momentum=0.9, dampening=0.0):
    state["b"] = g if t == 1 else momentum * state["b"] + (1 - dampening) * g
    return p - lr * state["b"]


def nesterov(p, g, t, state, lr, momentum=0.9):
    state["b"] = g if t == 1 else momentum * state["b"] + g
    return p - lr * (g + momentum * state["b"])


def nesterov_lookahead(p, g, t, state, lr, at, momentum=0.9):
    v = state.get("v", np.zeros_like(p))
    state["v"] = momentum * v - lr * at(p + momentum * v)[1]
    return p + state["v"]


def qhm(p, g, t, state, lr, momentum=0.999, nu=0.7):
    state["b"] = momentum * state.get("b", 0.0) + (1 - momentum) * g
    return p - lr * ((1 - nu) * g + nu * state["b"])


def lion(p, g, t, state, lr, beta1=0.9, beta2=0.99, weight_decay=0.0):
    m = state.get("m", np.zeros_like(p))
    update = np.sign(beta1 * m + (1 - beta1) * g) + weight_decay * p
    state["m"] = beta2 * m + (1 - beta2) * g
    return p - lr * update


def asgd(p, g, t, state, lr, lambd=1e-4, alpha=0.75, t0=1e6):
    eta, mu = state.get("eta", lr), state.get("mu", 1.0)
    p = p * (1 - lambd * eta) - eta * g
    state["ax"] = p if mu == 1 else state["ax"] + mu * (p - state["ax"])
    state["eta"] = lr / (1 + lambd * lr * t) ** alpha
    state["mu"] = 1 / max(1, t - t0)
    return p


def schedule_free(p, g, t, state, lr, momentum=0.9):
    """p is the paper's y; z and x begin where it does."""
    z = state.get("z", p) - lr * g
    x = (1 - 1 / t) * state.get("x", p) + z / t
    state["z"], state["x"] = z, x
    return (1 - momentum) * z + momentum * x


def adagrad(p, g, t, state, lr, lr_decay=0.0, initial_accumulator_value=0.0, eps=1e-10):
    state["S"] = state.get("S", initial_accumulator_value) + g * g
    return p - lr / (1 + (t - 1) * lr_decay) * g / (np.sqrt(state["S"]) + eps)


def adadelta(p, g, t, state, lr=1.0, rho=0.9, eps=1e-6):
    state["square"] = rho * state.get("square", 0.0) + (1 - rho) * g * g
    step = np.sqrt(state.get("steps", 0.0) + eps) / np.sqrt(state["square"] + eps) * g
    state["steps"] = rho * state.get("steps", 0.0) + (1 - rho) * step * step
    return p - lr * step


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


def rprop(p, g, t, state, lr, etaminus=0.5, etaplus=1.2, step_size_min=1e-6, step_size_max=50.0):
    steps, last = state.get("steps", [lr] * len(p)), state.get("last", [0.0] * len(p))
    new, kept, moved = [], [], []
    for value, slope, step, before in zip(p, g, steps, last, strict=True):
        if slope * before > 0:
            step = step * etaplus
        elif slope * before < 0:
            step, slope = step * etaminus, 0.0
        step = min(max(step, step_size_min), step_size_max)
        new.append(step)
        kept.append(slope)
        moved.append(value - np.sign(slope) * step)
    state["steps"], state["last"] = new, kept
    return np.array(moved)


def newton(p, g, t, state, at, lr=1.0):
    return p - lr * np.linalg.inv(HESSIANS[at](p)) @ g


def damped_newton(p, g, t, state, at, lr=1.0, damping=10.0):
    (a, b), (c, d) = HESSIANS[at](p) + damping * np.sqrt(g @ g) * np.eye(2)
    return p - lr * np.array([d * g[0] - b * g[1], a * g[1] - c * g[0]]) / (a * d - b * c)


def barzilai_borwein(p, g, t, state, lr):
    alpha = lr
    if t > 1:
        s, y = p - state["p"], g - state["g"]
        alpha = lr if y @ y == 0 else abs(s @ y) / (y @ y)
    state["p"], state["g"] = p, g
    return p - alpha * g


RULES = {
    "gd": gd, "normalized-gd": normalized_gd, "signsgd": signsgd, "noisy-gd": noisy_gd, "sam": sam, "polyak": polyak,
    "momentum": momentum, "nesterov": nesterov, "nesterov-lookahead": nesterov_lookahead, "qhm": qhm, "lion": lion,
    "asgd": asgd, "schedule-free": schedule_free, "adagrad": adagrad, "adadelta": adadelta, "rmsprop": rmsprop,
    "rprop": rprop, "newton": newton, "damped-newton": damped_newton, "barzilai-borwein": barzilai_borwein,
    **independent_adam.RULES,
}  # fmt: skip
LOOKS_AT_THE_OBJECTIVE = {"sam", "polyak", "nesterov-lookahead", "newton", "damped-newton"}


def descend(function, rule, start, steps, before=lambda g, p: g, schedule=lambda lr, k: lr, **options):
    """All iterates, (steps + 1, 2)."""
    p, state, name = np.array(start, dtype=float), {}, next((n for n, r in RULES.items() if r is rule), None)
    given = dict(options)
    if name in LOOKS_AT_THE_OBJECTIVE:
        given["at"] = function
    path = [p]
    for t in range(1, steps + 1):
        g = before(function(p)[1], p)
        if "lr" in options:
            given["lr"] = schedule(options["lr"], t - 1)
        p = rule(p, g, t, state, **given)
        path.append(p)
    return np.array(path)
