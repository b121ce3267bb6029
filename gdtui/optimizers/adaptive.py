"""Rules that give each coordinate a step size of its own, from its own gradients."""

from gdtui.formula.parameter import Parameter
from gdtui.optimizers.hyperparameters import decay, eps, initial_accumulator_value, lr, momentum
from gdtui.optimizers.rule import UpdateRule

ADAPTIVE: tuple[UpdateRule, ...] = (
    UpdateRule(
        "adagrad", "AdaGrad",
        """
        lr_now = lr/(1 + (t - 1)*lr_decay)
        S      = S + g**2
        delta  = -lr_now*g/(sqrt(S) + eps)
        theta  = theta + delta
        """,
        (lr(0.01),
         Parameter("lr_decay", 0.0, 0.0, 10.0, help="lr falls as 1/(1 + (t − 1)·lr_decay)"),
         initial_accumulator_value(0.0, "S begins"), eps(1e-10)),
        init={"S": "initial_accumulator_value"},
        lr_means="length",
        stability="2",
        preconditioner="(1 + (t - 1)*lr_decay)*(sqrt(S) + eps)",
        convention="as torch.optim.Adagrad; optax starts S at 0.1 and puts eps 1e-7 inside of the root",
        reference="Duchi, Hazan & Singer, Adaptive subgradient methods, JMLR 12, 2011",
        help="each coordinate's steps shrink with the gradients that it has seen",
    ),
    UpdateRule(
        "adadelta", "AdaDelta",
        """
        v     = rho*v + (1 - rho)*g**2
        d     = g*sqrt(u + eps)/sqrt(v + eps)
        u     = rho*u + (1 - rho)*d**2
        delta = -lr*d
        theta = theta + delta
        """,
        (lr(1.0, "factor of the step that the rule sizes by itself"),
         decay("rho", 0.9, "how long squares of gradients and steps are remembered"),
         eps(1e-6, "what the first steps are sized by")),
        lr_means="fraction",
        convention="as torch.optim.Adadelta and Keras; the paper has no lr and ρ = 0.95; optax ρ = 0.9 too",
        reference="Zeiler, ADADELTA: an adaptive learning rate method, 2012, arXiv 1212.5701",
        help="steps in the units of the parameters, from the steps before: it needs no lr, but long to get going",
    ),
    UpdateRule(
        "rmsprop", "RMSProp",
        """
        v     = alpha*v + (1 - alpha)*g**2
        g_bar = centered*(g_bar + (1 - alpha)*(g - g_bar))
        scale = sqrt(v - g_bar**2) + eps
        b     = momentum*b + g/scale
        delta = -lr*b
        theta = theta + delta
        """,
        (lr(0.01),
         decay("alpha", 0.99, "how long squared gradients are remembered"),
         eps(1e-8),
         Parameter("centered", 0.0, 0.0, 1.0, help="1: divide by deviation, 0: by root mean square", whole=True),
         momentum(0.0)),
        lr_means="length",
        stability="2 + 2*momentum",
        preconditioner="scale",
        convention="as torch.optim.RMSprop; optax keeps 0.9 and puts eps inside of the root",
        reference="Hinton, Neural Networks for Machine Learning, lecture 6e, 2012",
        help="the gradient divided by a running root mean square of itself",
    ),
    UpdateRule(
        "rprop", "Rprop",
        """
        agree  = g*g_kept
        change = where(agree > 0, etaplus, where(agree < 0, etaminus, 1))
        s      = minimum(maximum(s*change, step_size_min), step_size_max)
        g_kept = where(agree < 0, 0, g)
        delta  = -sign(g_kept)*s
        theta  = theta + delta
        """,
        (lr(0.01, "the first length of a step in each coordinate"),
         Parameter("etaminus", 0.5, 0.001, 0.999, help="factor of the step after the gradient has changed its sign"),
         Parameter("etaplus", 1.2, 1.001, 10.0, help="factor of the step while the gradient keeps its sign"),
         Parameter("step_size_min", 1e-6, 0.0, 1e6, "log", help="the shortest step"),
         Parameter("step_size_max", 50.0, 0.0, 1e9, "log", help="the longest step")),
        init={"s": "lr"},
        lr_means="length",
        convention="as torch.optim.Rprop (iRprop−): after a change of sign that coordinate rests for a step",
        reference="Riedmiller & Braun, A direct adaptive method for faster backpropagation: RPROP, 1993",
        help="looks at signs only: a coordinate's step grows while its sign holds and halves when it turns",
    ),
)  # fmt: skip
