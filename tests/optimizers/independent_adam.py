"""Adam and its kin in plain NumPy, each whole by itself, from the papers and the documentation of torch and optax."""

import numpy as np


def adam(p, g, t, state, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    state["m"] = beta1 * state.get("m", 0.0) + (1 - beta1) * g
    state["v"] = beta2 * state.get("v", 0.0) + (1 - beta2) * g * g
    return p - lr * (state["m"] / (1 - beta1**t)) / (np.sqrt(state["v"] / (1 - beta2**t)) + eps)


def adamw(p, g, t, state, lr, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.01):
    p = p * (1 - lr * weight_decay)
    state["m"] = beta1 * state.get("m", 0.0) + (1 - beta1) * g
    state["v"] = beta2 * state.get("v", 0.0) + (1 - beta2) * g * g
    return p - lr / (1 - beta1**t) * state["m"] / (np.sqrt(state["v"]) / np.sqrt(1 - beta2**t) + eps)


def amsgrad(p, g, t, state, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    state["m"] = beta1 * state.get("m", 0.0) + (1 - beta1) * g
    state["v"] = beta2 * state.get("v", 0.0) + (1 - beta2) * g * g
    state["largest"] = np.maximum(state.get("largest", 0.0), state["v"])
    return p - lr / (1 - beta1**t) * state["m"] / (np.sqrt(state["largest"]) / np.sqrt(1 - beta2**t) + eps)


def adamax(p, g, t, state, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    state["m"] = beta1 * state.get("m", 0.0) + (1 - beta1) * g
    state["u"] = np.maximum(beta2 * state.get("u", 0.0), np.abs(g) + eps)
    return p - lr / (1 - beta1**t) * state["m"] / state["u"]


def nadam(p, g, t, state, lr, beta1=0.9, beta2=0.999, eps=1e-8, momentum_decay=0.004):
    now = beta1 * (1 - 0.5 * 0.96 ** (t * momentum_decay))
    following = beta1 * (1 - 0.5 * 0.96 ** ((t + 1) * momentum_decay))
    product = state.get("product", 1.0) * now
    m = beta1 * state.get("m", 0.0) + (1 - beta1) * g
    v = beta2 * state.get("v", 0.0) + (1 - beta2) * g * g
    state.update(product=product, m=m, v=v)
    root = np.sqrt(v / (1 - beta2**t)) + eps
    return p - lr * (1 - now) / (1 - product) * g / root - lr * following / (1 - product * following) * m / root


def radam(p, g, t, state, lr, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * state.get("m", 0.0) + (1 - beta1) * g
    v = beta2 * state.get("v", 0.0) + (1 - beta2) * g * g
    state.update(m=m, v=v)
    corrected = m / (1 - beta1**t)
    longest = 2 / (1 - beta2) - 1
    length = longest - 2 * t * beta2**t / (1 - beta2**t)
    if length <= 5:
        return p - lr * corrected
    adaptive = np.sqrt(1 - beta2**t) / (np.sqrt(v) + eps)
    rectified = np.sqrt((length - 4) / (longest - 4) * (length - 2) / (longest - 2) * longest / length)
    return p - lr * rectified * corrected * adaptive


def yogi(p, g, t, state, lr, beta1=0.9, beta2=0.999, eps=1e-3, initial_accumulator_value=1e-6):
    m, v = state.get("m", initial_accumulator_value), state.get("v", initial_accumulator_value)
    m = m + (1 - beta1) * (g - m)
    v = v - (1 - beta2) * np.sign(v - g * g) * g * g
    state.update(m=m, v=v)
    return p - lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps)


def adabelief(p, g, t, state, lr, beta1=0.9, beta2=0.999, eps=1e-16, eps_root=1e-16):
    m = beta1 * state.get("m", 0.0) + (1 - beta1) * g
    s = beta2 * state.get("s", 0.0) + (1 - beta2) * (g - m) ** 2 + eps_root
    state.update(m=m, s=s)
    return p - lr * (m / (1 - beta1**t)) / (np.sqrt(s / (1 - beta2**t)) + eps)


def adan(p, g, t, state, lr, beta1=0.98, beta2=0.92, beta3=0.99, eps=1e-8):
    change = g - state.get("g", g)
    m = beta1 * state.get("m", 0.0) + (1 - beta1) * g
    v = beta2 * state.get("v", 0.0) + (1 - beta2) * change
    n = beta3 * state.get("n", 0.0) + (1 - beta3) * (g + (1 - beta2) * change) ** 2
    state.update(m=m, v=v, n=n, g=g)
    looked_ahead = m / (1 - beta1**t) + (1 - beta2) * v / (1 - beta2**t)
    return p - lr * looked_ahead / (np.sqrt(n / (1 - beta3**t)) + eps)


def qhadam(p, g, t, state, lr, beta1=0.995, beta2=0.999, nu1=0.7, nu2=1.0, eps=1e-8):
    m = beta1 * state.get("m", 0.0) + (1 - beta1) * g
    v = beta2 * state.get("v", 0.0) + (1 - beta2) * g * g
    state.update(m=m, v=v)
    above = (1 - nu1) * g + nu1 * m / (1 - beta1**t)
    return p - lr * above / (np.sqrt((1 - nu2) * g * g + nu2 * v / (1 - beta2**t)) + eps)


RULES = {
    "adam": adam, "adamw": adamw, "amsgrad": amsgrad, "adamax": adamax, "nadam": nadam, "radam": radam, "yogi": yogi,
    "adabelief": adabelief, "adan": adan, "qhadam": qhadam,
}  # fmt: skip
