"""Adam and its kin: a running mean of the gradient over a running measure of its size.

Their stability limit is that of a running mean, (2 + 2β₁)/(1 − β₁), for P⁻¹H in the place of the Hessian
(Cohen et al., Adaptive gradient methods at the edge of stability, 2022, arXiv 2207.14484). A decay that does not go
through the division leaves 2 − lr·weight_decay of the 2: from the characteristic polynomial at z = −1.
"""

from gdtui.formula.parameter import Parameter
from gdtui.optimizers.hyperparameters import betas, decay, eps, initial_accumulator_value, lr, weight_decay
from gdtui.optimizers.rule import UpdateRule

_RUNNING_MEAN = "(2 + 2*beta1)/(1 - beta1)"
_CORRECTED_ROOT = "(1 - beta1**t)*(sqrt(v_hat) + eps)"

ADAM: tuple[UpdateRule, ...] = (
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
        (lr(0.001), *betas(), eps(1e-8)),
        lr_means="length",
        stability=_RUNNING_MEAN,
        preconditioner=_CORRECTED_ROOT,
        convention="as torch.optim.Adam",
        reference="Kingma & Ba, Adam: a method for stochastic optimization, 2015, arXiv 1412.6980",
        help="a running mean of the gradient over a running root mean square, both corrected for their start at 0",
    ),
    UpdateRule(
        "adamw", "AdamW",
        """
        m     = beta1*m + (1 - beta1)*g
        v     = beta2*v + (1 - beta2)*g**2
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        delta = -lr*(m_hat/(sqrt(v_hat) + eps) + weight_decay*theta)
        theta = theta + delta
        """,
        (lr(0.001), *betas(), eps(1e-8), weight_decay(0.01)),
        lr_means="length",
        stability="(2 - lr*weight_decay)*(1 + beta1)/(1 - beta1)",
        preconditioner=_CORRECTED_ROOT,
        convention="as torch.optim.AdamW; optax.adamw decays by 0.0001 unless told otherwise",
        reference="Loshchilov & Hutter, Decoupled weight decay regularization, 2019, arXiv 1711.05101",
        help="Adam whose decay does not go through the division: it rests where decay and step balance",
    ),
    UpdateRule(
        "amsgrad", "AMSGrad",
        """
        m     = beta1*m + (1 - beta1)*g
        v     = beta2*v + (1 - beta2)*g**2
        v_max = maximum(v_max, v)
        m_hat = m / (1 - beta1**t)
        v_hat = v_max / (1 - beta2**t)
        delta = -lr * m_hat / (sqrt(v_hat) + eps)
        theta = theta + delta
        """,
        (lr(0.001), *betas(), eps(1e-8)),
        lr_means="length",
        stability=_RUNNING_MEAN,
        preconditioner=_CORRECTED_ROOT,
        convention="as torch.optim.Adam(amsgrad=True): the maximum of the raw v; optax.amsgrad takes that of v̂",
        reference="Reddi, Kale & Kumar, On the convergence of Adam and beyond, 2018, arXiv 1904.09237",
        help="Adam that never forgets its largest gradients: its steps do not grow again",
    ),
    UpdateRule(
        "adamax", "AdaMax",
        """
        m     = beta1*m + (1 - beta1)*g
        u     = maximum(beta2*u, abs(g) + eps)
        m_hat = m / (1 - beta1**t)
        delta = -lr * m_hat / u
        theta = theta + delta
        """,
        (lr(0.002), *betas(), eps(1e-8)),
        lr_means="length",
        stability=_RUNNING_MEAN,
        preconditioner="(1 - beta1**t)*u",
        convention="as torch.optim.Adamax and optax.adamax; the paper has no eps",
        reference="Kingma & Ba, Adam: a method for stochastic optimization, 2015, arXiv 1412.6980, section 7.1",
        help="Adam with the largest gradient remembered in the place of the root mean square",
    ),
    UpdateRule(
        "nadam", "NAdam",
        """
        mu_now  = beta1*(1 - 0.5*0.96**(t*momentum_decay))
        mu_next = beta1*(1 - 0.5*0.96**((t + 1)*momentum_decay))
        mu_all  = mu_all*mu_now
        m       = beta1*m + (1 - beta1)*g
        v       = beta2*v + (1 - beta2)*g**2
        m_hat   = mu_next*m/(1 - mu_all*mu_next) + (1 - mu_now)*g/(1 - mu_all)
        v_hat   = v / (1 - beta2**t)
        delta   = -lr * m_hat / (sqrt(v_hat) + eps)
        theta   = theta + delta
        """,
        (lr(0.002), *betas(), eps(1e-8),
         Parameter("momentum_decay", 0.004, 0.0, 10.0, "log", help="how fast the momentum rises to beta1")),
        init={"mu_all": "1"},
        lr_means="length",
        convention="as torch.optim.NAdam, with the paper's rising momentum; optax and Keras differ in it",
        reference="Dozat, Incorporating Nesterov momentum into Adam, ICLR workshop, 2016",
        help="Adam with Nesterov's look ahead",
    ),
    UpdateRule(
        "radam", "RAdam",
        """
        m       = beta1*m + (1 - beta1)*g
        v       = beta2*v + (1 - beta2)*g**2
        m_hat   = m / (1 - beta1**t)
        rho_inf = 2/(1 - beta2) - 1
        rho_t   = rho_inf - 2*t*beta2**t/(1 - beta2**t)
        r       = where(rho_t > 5, sqrt((rho_t - 4)*(rho_t - 2)*rho_inf/((rho_inf - 4)*(rho_inf - 2)*rho_t)), 0)
        scale   = where(rho_t > 5, r*sqrt(1 - beta2**t)/(sqrt(v) + eps), 1)
        delta   = -lr*m_hat*scale
        theta   = theta + delta
        """,
        (lr(0.001), *betas(), eps(1e-8)),
        stability=_RUNNING_MEAN,
        preconditioner="(1 - beta1**t)/scale",
        convention="as torch.optim.RAdam: rectified from ρₜ > 5 on, the 6th step; optax puts eps after the correction",
        reference="Liu et al., On the variance of the adaptive learning rate and beyond, 2020, arXiv 1908.03265",
        help="Adam that waits with its division until it has seen enough: the first steps are momentum's",
    ),
    UpdateRule(
        "yogi", "Yogi",
        """
        m     = beta1*m + (1 - beta1)*g
        v     = v - (1 - beta2)*sign(v - g**2)*g**2
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        delta = -lr * m_hat / (sqrt(v_hat) + eps)
        theta = theta + delta
        """,
        (lr(0.01), *betas(), eps(1e-3), initial_accumulator_value(1e-6, "m and v begin")),
        init={"m": "initial_accumulator_value", "v": "initial_accumulator_value"},
        lr_means="length",
        stability=_RUNNING_MEAN,
        preconditioner=_CORRECTED_ROOT,
        convention="as optax.yogi, which corrects both means; the paper corrects none; not in torch",
        reference="Zaheer et al., Adaptive methods for nonconvex optimization, NeurIPS 2018",
        help="Adam whose v changes by the size of g² at most: it forgets large gradients slowly",
    ),
    UpdateRule(
        "adabelief", "AdaBelief",
        """
        m     = beta1*m + (1 - beta1)*g
        s     = beta2*s + (1 - beta2)*(g - m)**2 + eps_root
        m_hat = m / (1 - beta1**t)
        s_hat = s / (1 - beta2**t)
        delta = -lr * m_hat / (sqrt(s_hat) + eps)
        theta = theta + delta
        """,
        (lr(0.001), *betas(), eps(1e-16),
         Parameter("eps_root", 1e-16, 0.0, 1.0, "log", help="added to s at every step")),
        lr_means="length",
        stability=_RUNNING_MEAN,
        preconditioner="(1 - beta1**t)*(sqrt(s_hat) + eps)",
        convention="as optax.adabelief and the authors' code, whose ε is added to s at every step; not in torch",
        reference="Zhuang et al., AdaBelief optimizer: adapting stepsizes by the belief in observed gradients, 2020, "
        "arXiv 2010.07468",
        help="divides by how far the gradient is from its mean: a steady gradient makes long steps",
    ),
    UpdateRule(
        "adan", "Adan",
        """
        change = where(t == 1, 0, g - g_last)
        m      = beta1*m + (1 - beta1)*g
        v      = beta2*v + (1 - beta2)*change
        w      = beta3*w + (1 - beta3)*(g + (1 - beta2)*change)**2
        m_hat  = m / (1 - beta1**t)
        v_hat  = v / (1 - beta2**t)
        w_hat  = w / (1 - beta3**t)
        g_last = g
        delta  = -lr*(m_hat + (1 - beta2)*v_hat)/(sqrt(w_hat) + eps)
        theta  = theta + delta
        """,
        (lr(0.001),
         decay("beta1", 0.98, "how long gradients are remembered"),
         decay("beta2", 0.92, "how long changes of the gradient are remembered"),
         decay("beta3", 0.99, "how long squares are remembered"),
         eps(1e-8)),
        lr_means="length",
        convention="as optax.adan with eps_root=0 (its n is w here), whose β are 1 − the paper's; not in torch",
        reference="Xie et al., Adan: adaptive Nesterov momentum algorithm, 2022, arXiv 2208.06677",
        help="looks ahead by the change of the gradient, not by asking for another one",
    ),
    UpdateRule(
        "qhadam", "QHAdam",
        """
        m     = beta1*m + (1 - beta1)*g
        v     = beta2*v + (1 - beta2)*g**2
        m_hat = m / (1 - beta1**t)
        v_hat = v / (1 - beta2**t)
        scale = sqrt((1 - nu2)*g**2 + nu2*v_hat) + eps
        delta = -lr*((1 - nu1)*g + nu1*m_hat)/scale
        theta = theta + delta
        """,
        (lr(0.001), *betas(0.995, 0.999),
         Parameter("nu1", 0.7, 0.0, 1.0, help="share of the running mean; 0 takes the gradient alone"),
         Parameter("nu2", 1.0, 0.0, 1.0, help="share of the running mean square; 1 is Adam's"),
         eps(1e-8)),
        lr_means="length",
        convention="as the authors' qhoptim with the paper's ν₁ = 0.7, β₁ = 0.995; ν₁ = ν₂ = 1 is Adam; not in torch",
        reference="Ma & Yarats, Quasi-hyperbolic momentum and Adam for deep learning, 2019, arXiv 1810.06801",
        help="Adam with a share of the plain gradient: a long memory that still answers at once",
    ),
)  # fmt: skip
