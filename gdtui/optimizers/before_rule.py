"""The one table of what may stand before a rule, in its order: equations, option, keyword, knob, key in a session file.

Whoever has to do with one of them reads it here: an entry more is all of these. It imports nothing of NumPy's, so that
the options of the command line can be made from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from gdtui.formula.parameter import Parameter

StageLine = tuple[str, str, str]
"""An equation: its name, what later ones read it by, its expression."""


class Stage(NamedTuple):
    """One thing that may stand before a rule. A rule with a hyperparameter of this name takes its number instead.

    ``name`` is the keyword, the option with hyphens, and the key in a session file. ``takes``: what is written behind
    the option; "" for a flag. ``numbers``: default, least and most of the parameter, which is turned by 1-2-5; None
    where there is none. ``keeps_g``: the gradient that it is given is a term too. ``elsewhere``: what it is called by
    torch, Keras, optax, scikit-learn.
    """

    name: str
    help: str
    lines: tuple[StageLine, ...]
    takes: str = "F"
    numbers: tuple[float, float, float] | None = None
    keeps_g: bool = True
    elsewhere: str = ""

    @property
    def parameter(self) -> Parameter:
        """The number that it goes by, of a stage that has ``numbers``."""
        from gdtui.formula.parameter import Parameter  # here: it imports NumPy

        assert self.numbers is not None
        return Parameter(self.name, *self.numbers, "log", self.help)

    @property
    def option(self) -> str:
        return f"--{self.name.replace('_', '-')}"


# torch.nn.utils.clip_grad_norm_ has the 1e-6 too; without it the two part by 6e-7.
_CLIP_NORM = "g*minimum(1, clip_norm/(norm(g) + 1e-6))"

STAGES: dict[str, Stage] = {
    stage.name: stage
    for stage in (
        Stage("maximize", "gradient ascent", (("g", "g", "-grad"),), "", None, False, "maximise ascent"),
        Stage(
            "grad_noise", "standard deviation of the normal noise that is added to each coordinate of the gradient",
            (("noisy", "g", "g + grad_noise*normal()"),), "SIGMA", (1.0, 0.0, 1e6),
            elsewhere="noise gradient_noise noise_std noise_scale add_noise",
        ),
        Stage(
            "clip_value", "each coordinate of the gradient is cut off here",
            (("clipped", "g", "minimum(maximum(g, -clip_value), clip_value)"),), "F", (1.0, 1e-12, 1e12),
            elsewhere="clipvalue clip_grad_value",
        ),
        Stage(
            "clip_norm", "the gradient is shortened to this length", (("clipped", "g", _CLIP_NORM),), "F",
            (1.0, 1e-12, 1e12),
            elsewhere="clip max_norm max_grad_norm clipnorm gradient_clip clip_grad_norm",
        ),
        Stage(
            "weight_decay", "pulls the parameters to 0: the rule's own, or L2",
            (("decayed", "g", "g + weight_decay*theta"),), "F", (0.01, 0.0, 1e6), False, "l2 wd weight_penalty",
        ),
        Stage(
            "schedule", "the learning rate: NAME, NAME:k=v,... or a formula of k", (), "NAME", None, False,
            "lr_schedule scheduler lr_scheduler",
        ),
    )
}  # fmt: skip
"""By name. The equations of a schedule are those of the one that is named."""


def numbered() -> tuple[Stage, ...]:
    """Those that go by a number, which is a hyperparameter of the run, and a knob."""
    return tuple(stage for stage in STAGES.values() if stage.numbers is not None)


def flags() -> tuple[Stage, ...]:
    """Those that are there or not."""
    return tuple(stage for stage in STAGES.values() if not stage.takes)
