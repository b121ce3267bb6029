"""Rules that go by curvature: from the Hessian, or guessed from two gradients."""

from gdtui.formula.parameter import Parameter
from gdtui.optimizers.hyperparameters import lr
from gdtui.optimizers.rule import UpdateRule

SECOND_ORDER: tuple[UpdateRule, ...] = (
    UpdateRule(
        "newton", "Newton's method",
        """
        delta = -lr*solve(hess(), g)
        theta = theta + delta
        """,
        (lr(1.0, "fraction of the whole step"),),
        lr_means="fraction",
        convention="the whole step at lr = 1; not in torch",
        reference="Nocedal & Wright, Numerical Optimization, 2006, section 3.3",
        help="to the point where the parabola that fits here is level: fast near a minimum, but also up to a maximum",
    ),
    UpdateRule(
        "damped-newton", "Damped Newton method",
        """
        lift  = damping*norm(g)
        delta = -lr*solve(hess() + lift*identity(), g)
        theta = theta + delta
        """,
        (lr(1.0, "fraction of the whole step"),
         Parameter("damping", 10.0, 0.0, 1e9, "log", help="curvature added for each unit of ‖g‖; 0 is Newton")),
        lr_means="fraction",
        convention="lift is added to every curvature; Levenberg and Marquardt add a number that they adapt",
        reference="Li, Fukushima, Qi & Yamashita, Regularized Newton methods for convex minimization, Comput. Optim. "
        "Appl. 28, 2004",
        help="between gd, where it is steep, and Newton's method, where it is nearly level: it leaves maxima",
    ),
    UpdateRule(
        "barzilai-borwein", "Barzilai-Borwein",
        """
        y      = g - g_last
        yy     = dot(y, y)
        alpha  = where(t == 1 or yy == 0, lr, abs(dot(delta, y))/yy)
        g_last = g
        delta  = -alpha*g
        theta  = theta + delta
        """,
        (lr(0.01, "learning rate of the first step"),),
        convention="the shorter of the paper's two steps, s·y/y·y, positive where the surface is not convex too; s is "
        "the Δθ before",
        reference="Barzilai & Borwein, Two-point step size gradient methods, IMA J. Numer. Anal. 8, 1988",
        help="the last two gradients say how curved it is along the step: lr finds itself, the loss need not fall",
    ),
)  # fmt: skip
