"""Learning rate as a function of k = t − 1, as equations. Adding a schedule is adding an entry here.

Each is the right-hand side of ``lr_t``, over lr, k and its own parameters; as torch.optim.lr_scheduler.
"""

from dataclasses import dataclass

from gdtui.formula.parameter import Parameter


@dataclass(frozen=True)
class Schedule:
    """``lr_t = equation``. ``convention`` says whose form it is."""

    name: str
    label: str
    equation: str
    parameters: tuple[Parameter, ...] = ()
    convention: str = ""
    help: str = ""


def _gamma(default: float) -> Parameter:
    return Parameter("gamma", default, 0.0, 1.0, "complement", help="the factor that lr is multiplied by")


def _count(name: str, default: float, help: str) -> Parameter:
    return Parameter(name, default, 1.0, 1e9, "log", help=help, whole=True)


SCHEDULES: tuple[Schedule, ...] = (
    Schedule("constant", "Constant", "lr", help="the learning rate as it is set"),
    Schedule(
        "step", "Step decay", "lr*gamma**floor(k/size)", (_gamma(0.1), _count("size", 100, "steps between two drops")),
        convention="as torch.optim.lr_scheduler.StepLR", help="lr falls by gamma every size steps",
    ),
    Schedule(
        "exponential", "Exponential decay", "lr*gamma**k", (_gamma(0.99),),
        convention="as torch.optim.lr_scheduler.ExponentialLR", help="lr falls by gamma at every step",
    ),
    Schedule(
        "linear", "Linear", "lr*(begin + (finish - begin)*minimum(k, span)/span)",
        (
            Parameter("begin", 1.0, 0.0, 100.0, help="factor at the first step"),
            Parameter("finish", 0.0, 0.0, 100.0, help="factor from step span on"),
            _count("span", 100, "steps from the one to the other"),
        ),
        convention="as torch.optim.lr_scheduler.LinearLR", help="lr moves from one factor to another on a line",
    ),
    Schedule(
        "cosine", "Cosine annealing", "lr_min + (lr - lr_min)*(1 + cos(pi*k/span))/2",
        (
            _count("span", 100, "steps from lr to lr_min"),
            Parameter("lr_min", 0.0, 0.0, 1e3, help="the lowest learning rate"),
        ),
        convention="as torch.optim.lr_scheduler.CosineAnnealingLR", help="lr falls on half a cosine",
    ),
    Schedule(
        "inverse-sqrt", "Inverse square root", "lr*sqrt(warm/maximum(warm, k + 1))",
        (_count("warm", 1, "steps before it begins to fall"),), help="lr falls as one over the root of the step",
    ),
)  # fmt: skip

BY_NAME = {schedule.name: schedule for schedule in SCHEDULES}
