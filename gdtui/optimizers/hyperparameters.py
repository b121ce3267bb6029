"""The hyperparameters that many rules have, with their ranges and their words."""

from gdtui.formula.parameter import Parameter


def lr(default: float, help: str = "learning rate") -> Parameter:
    return Parameter("lr", default, 0.0, 1e6, "log", help=help)


def decay(name: str, default: float, help: str) -> Parameter:
    """A share of the past that is kept, from 0 to 1."""
    return Parameter(name, default, 0.0, 1.0, "complement", help=help)


def momentum(default: float = 0.9) -> Parameter:
    return decay("momentum", default, "how much of the last step is kept")


def betas(beta1: float = 0.9, beta2: float = 0.999) -> tuple[Parameter, Parameter]:
    """The two decay rates of Adam and its kin; torch calls them betas."""
    first = decay("beta1", beta1, "how long gradients are remembered")
    return first, decay("beta2", beta2, "how long squared gradients are remembered")


def eps(default: float, help: str = "keeps the division finite") -> Parameter:
    return Parameter("eps", default, 0.0, 1.0, "log", help=help)


def weight_decay(default: float) -> Parameter:
    return Parameter("weight_decay", default, 0.0, 1e6, "log", help="pulls θ to 0, apart from the gradient")


def initial_accumulator_value(default: float, begins: str) -> Parameter:
    return Parameter("initial_accumulator_value", default, 0.0, 1e6, "log", help=f"what {begins} with")
