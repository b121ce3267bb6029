"""Every optimizer as its equations, by name. Adding one is adding an entry to the file of its family.

The default of each is what torch.optim does, where torch has it; hyperparameters bear torch's names.
"""

from gdtui.optimizers.adam import ADAM
from gdtui.optimizers.adaptive import ADAPTIVE
from gdtui.optimizers.momentum import MOMENTUM
from gdtui.optimizers.plain import PLAIN
from gdtui.optimizers.rule import UpdateRule
from gdtui.optimizers.second_order import SECOND_ORDER

RULES = (*PLAIN, *MOMENTUM, *ADAPTIVE, *ADAM, *SECOND_ORDER)
BY_NAME = {rule.name: rule for rule in RULES}


def takes_suitable_lr(rule: UpdateRule) -> bool:
    """Whether a run takes an lr that suits its function until one is set: for the catalogue's rules.

    A rule of one's own runs at the lr that its text says; one that was edited from the catalogue's on the screen, and
    whose lr was not, still says nothing of it.
    """
    if BY_NAME.get(rule.name) is rule:
        return True
    origin = BY_NAME.get(rule.edited_from)
    return rule.source is None and origin is not None and _default_lr(origin) == _default_lr(rule)


def _default_lr(rule: UpdateRule) -> float | None:
    return next((p.default for p in rule.hyperparameters if p.name == "lr"), None)


ALIASES = {
    "sgd": "gd", "gradient-descent": "gd", "ngd": "normalized-gd", "sign-gd": "signsgd", "sign-sgd": "signsgd",
    "noisy-sgd": "noisy-gd", "perturbed-gd": "noisy-gd", "polyak-step": "polyak", "polyak-sgd": "polyak",
    "heavy-ball": "momentum", "nag": "nesterov", "lookahead-nesterov": "nesterov-lookahead",
    "averaged-sgd": "asgd", "schedulefree": "schedule-free", "schedule-free-sgd": "schedule-free",
    "nesterov-adam": "nadam", "rectified-adam": "radam", "newton-raphson": "newton", "bb": "barzilai-borwein",
}  # fmt: skip
