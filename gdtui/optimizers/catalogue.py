"""Every optimizer as its equations. Adding one is adding an entry here.

The default of each is what torch.optim does; hyperparameters bear torch's names.
"""

from gdtui.formula.parameter import Parameter
from gdtui.optimizers.rule import UpdateRule


def _lr(default: float) -> Parameter:
    return Parameter("lr", default, 0.0, 1e6, "log", help="learning rate")


def _decay(name: str, default: float, help: str) -> Parameter:
    return Parameter(name, default, 0.0, 1.0, "complement", help=help)


def _eps(default: float) -> Parameter:
    return Parameter("eps", default, 0.0, 1.0, "log", help="keeps the division finite")


RULES: tuple[UpdateRule, ...] = (
    UpdateRule(
        "gd", "Gradient descent",
        """
        delta = -lr*g
        theta = theta + delta
        """,
        (_lr(0.01),),
        stability="2",
        convention="as torch.optim.SGD",
        reference="Cauchy, Méthode générale pour la résolution des systèmes d'équations simultanées, 1847",
        help="a step against the gradient, as long as lr times its length",
    ),
    UpdateRule(
        "momentum", "Momentum (heavy ball)",
        """
        b     = where(t == 1, g, momentum*b + (1 - dampening)*g)
        delta = -lr*b
        theta = theta + delta
        """,
        (
            _lr(0.01),
            _decay("momentum", 0.9, "how much of the last step is kept"),
            Parameter("dampening", 0.0, 0.0, 1.0, help="how much less of the gradient is added"),
        ),
        stability="(2 + 2*momentum)/(1 - dampening)",
        convention="as torch.optim.SGD(momentum=...): the first b is g, lr stands outside of b",
        reference="Polyak, Some methods of speeding up the convergence of iteration methods, 1964",
        help="steps add up along a valley and cancel across it",
    ),
    UpdateRule(
        "nesterov", "Nesterov momentum",
        """
        b     = where(t == 1, g, momentum*b + g)
        delta = -lr*(g + momentum*b)
        theta = theta + delta
        """,
        (_lr(0.01), _decay("momentum", 0.9, "how much of the last step is kept")),
        stability="2*(1 + momentum)/(1 + 2*momentum)",
        convention="as torch.optim.SGD(nesterov=True): the textbook form looked at from θ + μv",
        reference="Nesterov, A method of solving a convex programming problem with rate O(1/k²), 1983",
        help="momentum that corrects itself with the gradient of where it is going",
    ),
    UpdateRule(
        "adagrad", "AdaGrad",
        """
        lr_now = lr/(1 + (t - 1)*lr_decay)
        S      = S + g**2
        delta  = -lr_now*g/(sqrt(S) + eps)
        theta  = theta + delta
        """,
        (
            _lr(0.01),
            Parameter("lr_decay", 0.0, 0.0, 10.0, help="lr falls as 1/(1 + (t − 1)·lr_decay)"),
            Parameter("initial_accumulator_value", 0.0, 0.0, 1e6, help="what S begins with"),
            _eps(1e-10),
        ),
        init={"S": "initial_accumulator_value"},
        convention="as torch.optim.Adagrad; optax starts S at 0.1 and puts eps 1e-7 inside of the root",
        reference="Duchi, Hazan & Singer, Adaptive subgradient methods, JMLR 12, 2011",
        help="each coordinate's steps shrink with the gradients that it has seen",
    ),
    UpdateRule(
        "rmsprop", "RMSProp",
        """
        v     = alpha*v + (1 - alpha)*g**2
        g_bar = centered*(alpha*g_bar + (1 - alpha)*g)
        scale = sqrt(v - g_bar**2) + eps
        b     = momentum*b + g/scale
        delta = -lr*b
        theta = theta + delta
        """,
        (
            _lr(0.01),
            _decay("alpha", 0.99, "how long squared gradients are remembered"),
            _eps(1e-8),
            Parameter("centered", 0.0, 0.0, 1.0, help="1: divide by deviation, 0: by root mean square", whole=True),
            _decay("momentum", 0.0, "how much of the last step is kept"),
        ),
        convention="as torch.optim.RMSprop; optax keeps 0.9 and puts eps inside of the root",
        reference="Hinton, Neural Networks for Machine Learning, lecture 6e, 2012",
        help="the gradient divided by a running root mean square of itself",
    ),
    UpdateRule(
        "adam", "Adam",
        """
        m     = beta1*m + (1 - beta1)*g
        v     = beta2*v + (1 - beta2)*g**2
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        delta = -lr * m_hat / (sqrt(v_hat) + eps)
        theta = theta + delta
        """,
        (
            _lr(0.001),
            _decay("beta1", 0.9, "how long gradients are remembered"),
            _decay("beta2", 0.999, "how long squared gradients are remembered"),
            _eps(1e-8),
        ),
        convention="as torch.optim.Adam",
        reference="Kingma & Ba, Adam: a method for stochastic optimization, 2015, arXiv 1412.6980",
        help="a running mean of the gradient over a running root mean square, both corrected for their start at 0",
    ),
)  # fmt: skip

BY_NAME = {rule.name: rule for rule in RULES}
ALIASES = {"sgd": "gd", "gradient-descent": "gd", "heavy-ball": "momentum", "nag": "nesterov"}
