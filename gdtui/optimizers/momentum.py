"""Rules that carry something of earlier steps along: momentum in its forms, and averages of the iterates."""

from gdtui.formula.parameter import Parameter
from gdtui.optimizers.hyperparameters import decay, lr, momentum, weight_decay
from gdtui.optimizers.rule import UpdateRule

MOMENTUM: tuple[UpdateRule, ...] = (
    UpdateRule(
        "momentum", "Momentum (heavy ball)",
        """
        b     = where(t == 1, g, momentum*b + (1 - dampening)*g)
        delta = -lr*b
        theta = theta + delta
        """,
        (lr(0.001), momentum(),
         Parameter("dampening", 0.0, 0.0, 1.0, help="how much less of the gradient is added")),
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
        (lr(0.001), momentum()),
        stability="2*(1 + momentum)/(1 + 2*momentum)",
        convention="as torch.optim.SGD(nesterov=True): the textbook form looked at from θ + μv",
        reference="Nesterov, A method of solving a convex programming problem with rate O(1/k²), 1983",
        help="momentum that corrects itself with the gradient of where it is going",
    ),
    UpdateRule(
        "nesterov-lookahead", "Nesterov momentum, textbook form",
        """
        u     = theta + momentum*v
        v     = momentum*v - lr*grad(u)
        delta = v
        theta = theta + delta
        """,
        (lr(0.01), momentum()),
        stability="2*(1 + momentum)/(1 + 2*momentum)",
        convention="as the paper, lr inside of v; torch's form is nesterov, whose points are this one's u",
        reference="Sutskever, Martens, Dahl & Hinton, On the importance of initialization and momentum, 2013",
        help="the gradient is taken where the momentum alone would lead to",
    ),
    UpdateRule(
        "qhm", "Quasi-hyperbolic momentum",
        """
        b     = momentum*b + (1 - momentum)*g
        delta = -lr*((1 - nu)*g + nu*b)
        theta = theta + delta
        """,
        (lr(0.01), momentum(0.999), Parameter("nu", 0.7, 0.0, 1.0, help="share of the momentum; 0 is plain gd")),
        stability="2*(1 + momentum)/(1 + momentum - 2*nu*momentum)",
        convention="as the authors' qhoptim with the paper's μ = 0.999, ν = 0.7; not in torch",
        reference="Ma & Yarats, Quasi-hyperbolic momentum and Adam for deep learning, 2019, arXiv 1810.06801",
        help="a weighted mean of the gradient and of its running mean: between gd and momentum",
    ),
    UpdateRule(
        "lion", "Lion",
        """
        c     = beta1*m + (1 - beta1)*g
        m     = beta2*m + (1 - beta2)*g
        delta = -lr*(sign(c) + weight_decay*theta)
        theta = theta + delta
        """,
        (lr(1e-4, "length of a step in each coordinate"),
         decay("beta1", 0.9, "how much of m is in the step"),
         decay("beta2", 0.99, "how long gradients are remembered"),
         weight_decay(0.0)),
        lr_means="length",
        convention="as the paper; optax.lion decays by 0.001 unless told otherwise; not in torch",
        reference="Chen et al., Symbolic discovery of optimization algorithms, 2023, arXiv 2302.06675",
        help="the sign of a running mean: every coordinate moves by lr, and turns late",
    ),
    UpdateRule(
        "asgd", "Averaged gradient descent",
        """
        lr_now  = lr/(1 + lambd*lr*(t - 1))**alpha
        weight  = 1/maximum(1, t - 1 - t0)
        delta   = -lr_now*(g + lambd*theta)
        average = where(weight == 1, theta + delta, average + weight*(theta + delta - average))
        theta   = theta + delta
        """,
        (lr(0.01),
         Parameter("lambd", 1e-4, 0.0, 1.0, "log", help="how fast lr falls, and the parameters with it"),
         Parameter("alpha", 0.75, 0.0, 1.0, help="power of the fall of lr"),
         Parameter("t0", 1e6, 0.0, 1e9, "log", help="the step at which averaging begins; before it average is θ")),
        convention="as torch.optim.ASGD; θ is the iterate, and the average a term beside it",
        reference="Polyak & Juditsky, Acceleration of stochastic approximation by averaging, 1992",
        help="a slowly falling lr, and the mean of all iterates as the answer (set t0 to see it)",
    ),
    UpdateRule(
        "schedule-free", "Schedule-free gradient descent",
        """
        z     = where(t == 1, theta, z) - lr*g
        x_bar = x_bar + (z - x_bar)/t
        delta = (1 - momentum)*z + momentum*x_bar - theta
        theta = theta + delta
        """,
        (lr(0.01), decay("momentum", 0.9, "how near to the average the gradient is taken")),
        convention="θ is the paper's y, where the gradient is taken; its answer is the average x̄ (as optax.contrib "
        "and the authors' schedulefree at a constant lr; when lr changes they weight by its square)",
        reference="Defazio et al., The road less scheduled, 2024, arXiv 2405.15682",
        help="averages its iterates instead of letting lr fall: no schedule, no last step to know beforehand",
    ),
)  # fmt: skip
