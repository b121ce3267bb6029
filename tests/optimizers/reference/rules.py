"""Where torch's and optax's optimizers go, at the settings that gdtui's rules are compared at.

``python -m tests.optimizers.reference.rules`` writes rules_torch.json and rules_optax.json next to this file, each
where its library is installed (torch 2.13.0; optax 0.2.8 with jax 0.10.2); the tests that read the files need neither.
Everything in float64, torch's own default type too: its NAdam and ASGD keep scalars in that.
"""

import json
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from tests.optimizers.conformance import FED, FED_START, SETTINGS, STARTS, STEPS, gradients, label
from tests.optimizers.independent import FUNCTIONS

ROWS = [1, 10, *range(100, STEPS + 1, 100)]
FILES = {library: Path(__file__).with_name(f"rules_{library}.json") for library in ("torch", "optax")}

# Rule -> the class of torch.optim and what it is given beyond our hyperparameters, which bear torch's names.
TORCH = {
    "gd": ("SGD", {}), "momentum": ("SGD", {"momentum": 0.9}), "nesterov": ("SGD", {"nesterov": True, "momentum": 0.9}),
    "adagrad": ("Adagrad", {}), "adadelta": ("Adadelta", {}), "rmsprop": ("RMSprop", {}), "rprop": ("Rprop", {}),
    "asgd": ("ASGD", {}), "adam": ("Adam", {}), "adamw": ("AdamW", {}), "amsgrad": ("Adam", {"amsgrad": True}),
    "adamax": ("Adamax", {}), "nadam": ("NAdam", {}), "radam": ("RAdam", {}),
}  # fmt: skip
PAIRS = {  # what torch takes as one pair, with its defaults
    "betas": (("beta1", 0.9), ("beta2", 0.999)),
    "etas": (("etaminus", 0.5), ("etaplus", 1.2)),
    "step_sizes": (("step_size_min", 1e-6), ("step_size_max", 50.0)),
}
OPTAX = ("normalized-gd", "signsgd", "sam", "polyak", "lion", "schedule-free", "yogi", "adabelief", "adan")
# optax's Polyak step is 0 once the squared gradient is below 2e-16, some 1e-10 before the minimum of Himmelblau.
NOT_BY_OPTAX = {("polyak", "himmelblau")}


def torch_optimizer(rule, options, params):
    import torch

    name, given = TORCH[rule]
    given = given | {key: value for key, value in options.items() if key != "centered"}
    if "centered" in options:
        given["centered"] = bool(options["centered"])
    for pair, members in PAIRS.items():
        if any(member in given for member, _ in members):
            given[pair] = tuple(given.pop(member, default) for member, default in members)
    return getattr(torch.optim, name)(params, **given)


def by_torch(rule, options, start, value_and_grad):
    """All iterates, (STEPS + 1, 2)."""
    import torch

    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        theta = torch.nn.Parameter(torch.tensor(start, dtype=torch.float64))
        optimizer = torch_optimizer(rule, options, [theta])
        path = [theta.detach().numpy().copy()]
        for _ in range(STEPS):
            theta.grad = torch.tensor(value_and_grad(path[-1])[1])
            optimizer.step()
            path.append(theta.detach().numpy().copy())
    finally:
        torch.set_default_dtype(before)
    return np.array(path)


def optax_optimizer(rule, o):
    import optax
    from optax import contrib

    lr, first, second = o.get("lr"), o.get("beta1", 0.9), o.get("beta2")
    match rule:
        case "normalized-gd":
            return optax.chain(optax.normalize_by_update_norm(eps=o.get("eps", 1e-6)), optax.sgd(lr))
        case "signsgd":
            return optax.sign_sgd(lr)
        case "sam":
            ascent = optax.chain(contrib.normalize(), optax.sgd(o.get("rho", 0.05)))
            return contrib.sam(optax.sgd(lr), ascent, opaque_mode=True)
        case "polyak":
            return optax.polyak_sgd(max_learning_rate=float("inf"), eps=o.get("eps", 1e-30))
        case "lion":
            return optax.lion(lr, first, second or 0.99, weight_decay=o.get("weight_decay", 0.0))
        case "schedule-free":
            return contrib.schedule_free(optax.sgd(lr), lr, b1=o.get("momentum", 0.9))
        case "yogi":
            begin = o.get("initial_accumulator_value", 1e-6)
            scaled = optax.scale_by_yogi(first, second or 0.999, o.get("eps", 1e-3), initial_accumulator_value=begin)
        case "adabelief":
            return optax.adabelief(lr, first, second or 0.999, o.get("eps", 1e-16), o.get("eps_root", 1e-16))
        case "adan":
            betas = o.get("beta1", 0.98), second or 0.92, o.get("beta3", 0.99)
            scaled = optax.scale_by_adan(*betas, eps=o.get("eps", 1e-8), eps_root=0.0)
    return optax.chain(scaled, optax.scale_by_learning_rate(lr))


def by_optax(rule, options, start, value_and_grad):
    """All iterates, (STEPS + 1, 2)."""
    import jax

    jax.config.update("jax_enable_x64", True)
    import jax.numpy as jnp
    import optax

    optimizer = optax_optimizer(rule, options)
    theta = jnp.array(start)
    state, path = optimizer.init(theta), [np.array(theta)]
    update = optimizer.update if rule == "sam" else jax.jit(optimizer.update)
    for _ in range(STEPS):
        value, slope = value_and_grad(path[-1])
        given = {"value": value} if rule == "polyak" else {}
        if rule == "sam":
            given["grad_fn"] = lambda u, _: jnp.array(value_and_grad(np.array(u))[1])
        change, state = update(jnp.array(slope), state, theta, **given)
        theta = optax.apply_updates(theta, change)
        path.append(np.array(theta))
    return np.array(path)


def cases(library):
    """(rule, options, place): place is an objective, or ``fed`` for the sequence of gradients."""
    compared = TORCH if library == "torch" else OPTAX
    for rule, options in SETTINGS:
        for place in [*FUNCTIONS, *(["fed"] if rule in FED else [])]:
            skipped = library == "optax" and (rule, place) in NOT_BY_OPTAX and "eps" not in options
            if rule in compared and not skipped:
                yield rule, options, place


def reference(library, rule, options, place):
    """The library's iterates of one case."""
    run = by_torch if library == "torch" else by_optax
    if place != "fed":
        return run(rule, options, STARTS[place], FUNCTIONS[place])
    sequence = iter(gradients())
    return run(rule, options, FED_START, lambda p: (0.0, next(sequence)))


def write(library):
    found = {}
    for rule, options, place in cases(library):
        path = reference(library, rule, options, place)
        found.setdefault(label(rule, options), {})[place] = path[ROWS].tolist()
    libraries = ["torch"] if library == "torch" else ["optax", "jax"]
    versions = {name: version(name) for name in [*libraries, "numpy"]}
    lines = [f'  {json.dumps(case)}: {json.dumps(rows)}' for case, rows in found.items()]
    head = f'{{"versions": {json.dumps(versions)}, "rows": {ROWS}, "cases": {{\n'
    FILES[library].write_text(head + ",\n".join(lines) + "\n}}\n")


if __name__ == "__main__":
    for library in FILES:
        try:
            version(library)
        except PackageNotFoundError:
            print(f"{library} is not installed: {FILES[library].name} stays as it is", file=sys.stderr)
        else:
            write(library)
