"""Rules that go by the gradient of this step alone: how far is another matter."""

from gdtui.formula.parameter import Parameter
from gdtui.optimizers.hyperparameters import eps, lr
from gdtui.optimizers.rule import UpdateRule

PLAIN: tuple[UpdateRule, ...] = (
    UpdateRule(
        "gd", "Gradient descent",
        """
        delta = -lr*g
        theta = theta + delta
        """,
        (lr(0.001),),
        stability="2",
        convention="as torch.optim.SGD",
        reference="Cauchy, Méthode générale pour la résolution des systèmes d'équations simultanées, 1847",
        help="a step against the gradient, as long as lr times its length",
    ),
    UpdateRule(
        "normalized-gd", "Normalized gradient descent",
        """
        delta = -lr*g/(norm(g) + eps)
        theta = theta + delta
        """,
        (lr(0.01, "length of a step"), eps(1e-6)),
        lr_means="length",
        convention="as optax.normalize_by_update_norm; the paper has no eps",
        reference="Hazan, Levy & Shalev-Shwartz, Beyond convexity, 2015, arXiv 1507.02030",
        help="steps of one length: flat places are crossed as fast as steep ones, and the minimum is overshot",
    ),
    UpdateRule(
        "signsgd", "signSGD",
        """
        delta = -lr*sign(g)
        theta = theta + delta
        """,
        (lr(0.001, "length of a step in each coordinate"),),
        lr_means="length",
        convention="as optax.sign_sgd; not in torch",
        reference="Bernstein et al., signSGD: compressed optimisation for non-convex problems, 2018, arXiv 1802.04434",
        help="each coordinate moves by lr, whatever the size of its gradient: what Adam does without its means",
    ),
    UpdateRule(
        "noisy-gd", "Noisy gradient descent",
        """
        delta = -lr*(g + sigma*normal())
        theta = theta + delta
        """,
        (lr(0.01), Parameter("sigma", 5.0, 0.0, 1e6, "log", help="standard deviation of the noise in each coordinate")),
        convention="constant noise, drawn by seed and row of the run; optax.noisy_sgd lets it fade and draws otherwise",
        reference="Ge, Huang, Jin & Yuan, Escaping from saddle points, 2015, arXiv 1503.02101",
        help="noise shakes it off saddles and out of shallow minima, and keeps it from ever coming to rest",
    ),
    UpdateRule(
        "sam", "Sharpness-aware minimization",
        """
        u     = theta + rho*g/(norm(g) + 1e-12)
        delta = -lr*grad(u)
        theta = theta + delta
        """,
        (lr(0.01), Parameter("rho", 0.05, 0.0, 1e3, "log", help="how far uphill the gradient is looked up")),
        convention="over plain gradient descent, with the 1e-12 of the code most people use (davda54/sam)",
        reference="Foret, Kleiner, Mobahi & Neyshabur, Sharpness-aware minimization, 2021, arXiv 2010.01412",
        help="goes down by the gradient of the worst place nearby, and so prefers wide minima",
    ),
    UpdateRule(
        "polyak", "Polyak step size",
        """
        alpha = (loss - f_min)/(dot(grad, grad) + eps)
        delta = -alpha*g
        theta = theta + delta
        """,
        (eps(1e-30),),
        convention="as optax.polyak_sgd without its cap on the step (max_learning_rate=inf); not in torch",
        reference="Polyak, Introduction to Optimization, 1987, section 5.3",
        help="no learning rate: the known minimum says how far the slope would have to be followed",
    ),
)  # fmt: skip
