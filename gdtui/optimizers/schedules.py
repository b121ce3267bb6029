"""Learning rate as a function of k = t − 1, as equations. Adding a schedule is adding an entry here.

Each is an ordered list of equations over lr, k and its own parameters, the last of which gives ``lr_t``; as the
closed forms of torch.optim.lr_scheduler. `warmed` puts a warm-up before any of them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple

from gdtui.formula import graph
from gdtui.formula.language import Scope, parse
from gdtui.formula.parameter import Parameter
from gdtui.formula.symbols import RULE_SYMBOLS
from gdtui.formula.tokens import FormulaError, tokenize
from gdtui.optimizers.assignment import split_equations

WARMUP = Parameter("warmup", 0, 0.0, 1e9, "log", "steps in which lr rises on a line, ahead of all else", whole=True)
WARMUP_BEGIN = Parameter("warmup_begin", 1 / 3, 0.0, 1.0, "log", "factor at the first step of the warm-up")
FORMULA_NAMES = ("lr", "k", "t")
_OWN_K = ("k_s", "maximum(0, k - warmup)")
_WARM = ("warm", "where(k < warmup, warmup_begin + (1 - warmup_begin)*k/warmup, 1)")


class Schedule(NamedTuple):
    """An ordered list of equations, one a line, that ends with ``lr_t``. ``convention`` says whose form it is."""

    name: str
    label: str
    equations: str
    parameters: tuple[Parameter, ...] = ()
    convention: str = ""
    reference: str = ""
    help: str = ""

    @property
    def lines(self) -> list[tuple[str, str]]:
        """(name, expression) of each equation. Raises FormulaError."""
        found = split_equations(self.equations)
        for line in found:
            if line.operator:
                message = "an equation of a schedule is written NAME = EXPRESSION"
                raise FormulaError(message, self.equations, *line.span)
        return [(line.name, line.expression.strip()) for line in found]

    @property
    def settable(self) -> tuple[Parameter, ...]:
        """What a user may set: its parameters, and the warm-up that any schedule takes."""
        own = {p.name for p in self.parameters}
        return (*self.parameters, *(p for p in (WARMUP, WARMUP_BEGIN) if p.name not in own))


def warmed(schedule: Schedule) -> Schedule:
    """The schedule behind a warm-up: its own k is 0 until then, and what it begins with is approached on a line.

    As torch's SequentialLR([LinearLR(optimizer, warmup_begin, total_iters=warmup), scheduler], [warmup]). Where a
    schedule's own first factor is not 1 (linear, constant), torch's rises to lr and then jumps; this one does not.
    """
    if schedule.settable == schedule.parameters:  # it has a warm-up of its own
        return schedule
    *ahead, (last, text) = [(name, _behind(text)) for name, text in schedule.lines]
    lines = [_OWN_K, *ahead, _WARM, (last, f"warm*({text})")]
    return schedule._replace(equations=_text(*lines), parameters=schedule.settable)


def _behind(text: str) -> str:
    """An expression over k, and t where it has that, as one that begins when the warm-up ends."""
    written, place = "", 0
    for token in tokenize(text, RULE_SYMBOLS):
        own = {"k": "k_s", "t": "(k_s + 1)"}.get(token.text if token.kind == "name" else "")
        if own is None:
            continue
        typed = text[token.start : token.end]
        apart = re.search(r"(^|[\s,+*/(<>=-])$", text[: token.start])
        alone = apart and re.match(r"[\s,+*/)<>=-]|$", text[token.end :])
        own = own if alone or own.startswith("(") else f"({own})"  # 2k and kx are products still
        if typed != token.text:  # a superscript: ᵏ, ⁻ᵏ
            own = f"**({'-' if typed.startswith('⁻') else ''}{own})"
        written += text[place : token.start] + own
        place = token.end
    return written + text[place:]


def formula(text: str) -> Schedule:
    """A schedule as a typed formula: one number over lr, k and t = k + 1. Raises FormulaError at the place in it."""
    text = " ".join(text.split())
    node = parse(text, Scope({name: graph.name(name) for name in FORMULA_NAMES}, symbols=RULE_SYMBOLS))
    if node.boolean:
        message = "a schedule is one number, the learning rate; this is a condition: write where(k < 100, lr, lr/10)"
        raise FormulaError(message, text, 0, len(text))
    return Schedule(
        text, "Formula of k", f"lr_t = {text}", convention="k is 0 at the first step, t is k + 1",
        help="the learning rate as it was typed",
    )  # fmt: skip


def _text(*lines: tuple[str, str]) -> str:
    return "\n".join(f"{name} = {expression}" for name, expression in lines)


def _gamma(default: float) -> Parameter:
    return Parameter("gamma", default, 0.0, 1.0, "complement", help="the factor that lr is multiplied by")


def _count(name: str, default: float, help: str) -> Parameter:
    return Parameter(name, default, 1.0, 1e9, "log", help=help, whole=True)


_LR_MIN = Parameter("lr_min", 0.0, 0.0, 1e3, help="the lowest learning rate")
_SGDR = "Loshchilov & Hutter, SGDR: stochastic gradient descent with warm restarts, 2017, arXiv 1608.03983"

SCHEDULES: tuple[Schedule, ...] = (
    Schedule(
        "constant", "Constant", "lr_t = lr*where(k < span, factor, 1)",
        (Parameter("factor", 1.0, 0.0, 1.0, help="factor of the first span steps"),
         _count("span", 100, "steps until it is lr as it is set")),
        convention="as torch.optim.lr_scheduler.ConstantLR; without a factor it is lr throughout",
        help="the learning rate as it is set; for the first span steps a factor of it, where one is given",
    ),
    Schedule(
        "step", "Step decay", "lr_t = lr*gamma**floor(k/size)",
        (_gamma(0.1), _count("size", 100, "steps between two drops")),
        convention="as torch.optim.lr_scheduler.StepLR", help="lr falls by gamma every size steps",
    ),
    Schedule(
        "multistep", "Decay at milestones",
        """
        passed = where(k >= first, 1, 0) + where(k >= second, 1, 0) + where(k >= third, 1, 0)
        lr_t   = lr*gamma**passed
        """,
        (_gamma(0.1), _count("first", 100, "the first milestone"), _count("second", 200, "the second milestone"),
         _count("third", 1e9, "the third milestone; 1e9 is never")),
        convention="as torch.optim.lr_scheduler.MultiStepLR of up to three milestones",
        reference="He, Zhang, Ren & Sun, Deep residual learning, 2016, arXiv 1512.03385, sec. 4.2",
        help="lr falls by gamma at each of three steps",
    ),
    Schedule(
        "exponential", "Exponential decay", "lr_t = lr*gamma**k", (_gamma(0.99),),
        convention="as torch.optim.lr_scheduler.ExponentialLR", help="lr falls by gamma at every step",
    ),
    Schedule(
        "linear", "Linear", "lr_t = lr*(begin + (finish - begin)*minimum(k, span)/span)",
        (Parameter("begin", 1.0, 0.0, 100.0, help="factor at the first step"),
         Parameter("finish", 0.0, 0.0, 100.0, help="factor from step span on"),
         _count("span", 100, "steps from the one to the other")),
        convention="as torch.optim.lr_scheduler.LinearLR, which goes from 1/3 to 1 unless told otherwise",
        help="lr moves from one factor to another on a line",
    ),
    Schedule(
        "polynomial", "Polynomial decay", "lr_t = lr*(1 - minimum(k, span)/span)**power",
        (_count("span", 100, "steps from lr to 0"),
         Parameter("power", 2.0, 0.0, 64.0, help="1 is a line; the higher, the sooner it falls")),
        convention="as torch.optim.lr_scheduler.PolynomialLR, whose power is 1 unless told otherwise",
        reference="Chen, Papandreou, Kokkinos, Murphy & Yuille, DeepLab, 2017, arXiv 1606.00915",
        help="lr falls to 0 as a power of what is left of the steps",
    ),
    Schedule(
        "cosine", "Cosine annealing", "lr_t = lr_min + (lr - lr_min)*(1 + cos(pi*minimum(k, span)/span))/2",
        (_count("span", 100, "steps from lr to lr_min"), _LR_MIN),
        convention="as torch.optim.lr_scheduler.CosineAnnealingLR up to T_max, here span; from there on it stays at"
        " lr_min, where torch's rises again",
        reference=_SGDR,
        help="lr falls on half a cosine, and stays at lr_min",
    ),
    Schedule(
        # Half a step beyond k, which is whole, no quotient and no logarithm can fall on the wrong side of a restart.
        "cosine-restarts", "Cosine annealing with warm restarts",
        """
        cycle  = where(growth == 1, floor((k + 0.5)/span), floor(log(1 + (k + 0.5)*(growth - 1)/span)/log(growth)))
        begun  = span*where(growth == 1, cycle, (growth**cycle - 1)/(growth - 1))
        length = span*growth**cycle
        lr_t   = lr_min + (lr - lr_min)*(1 + cos(pi*(k - begun)/length))/2
        """,
        (_count("span", 50, "steps of the first cycle"),
         Parameter("growth", 1, 1.0, 100.0, help="how many times longer each cycle is than the last", whole=True),
         _LR_MIN),
        convention="as torch.optim.lr_scheduler.CosineAnnealingWarmRestarts: span is T_0, growth is T_mult",
        reference=_SGDR,
        help="lr falls on half a cosine, and begins anew at lr, cycle after cycle",
    ),
    Schedule(
        # At the peak itself both parts give lr; the second also does where the peak is the first step.
        "one-cycle", "One cycle",
        """
        peak   = pct_start*span - 1
        begin  = where(k < peak, lr/div_factor, lr)
        finish = where(k < peak, lr, lr/div_factor/final_div_factor)
        share  = where(k < peak, k/peak, (minimum(k, span - 1) - peak)/(span - 1 - peak))
        lr_t   = finish + (begin - finish)*(1 + cos(pi*share))/2
        """,
        (_count("span", 100, "steps of the whole"),
         Parameter("pct_start", 0.3, 0.0, 0.99, help="the share of the steps in which lr_t rises"),
         Parameter("div_factor", 25.0, 1e-6, 1e9, "log", "lr_t begins at lr/div_factor"),
         Parameter("final_div_factor", 1e4, 1e-6, 1e12, "log", "and ends at its beginning/final_div_factor")),
        convention="as torch.optim.lr_scheduler.OneCycleLR of two phases on cosines: lr is max_lr, momentum stays as it"
        " is; behind the last step lr_t stays, where torch's raises an error",
        reference="Smith & Topin, Super-convergence, 2019, arXiv 1708.07120",
        help="lr_t rises to lr on half a cosine, then falls far below where it began",
    ),
    Schedule(
        "cyclic", "Cyclic",
        """
        cycle = floor(k/(up + down))
        since = k - (up + down)*cycle
        tent  = minimum(since/up, (up + down - since)/down)
        lr_t  = lr*(base + (1 - base)*shrink**cycle*gamma**k*tent)
        """,
        (_count("up", 50, "steps from the lowest to the highest"), _count("down", 50, "steps back to the lowest"),
         Parameter("base", 0.1, 0.0, 1.0, help="the lowest learning rate, as a factor of lr"),
         Parameter("shrink", 1.0, 0.0, 1.0, "complement", help="what each cycle's height is multiplied by"),
         Parameter("gamma", 1.0, 0.0, 1.0, "complement", help="what each step's height is multiplied by")),
        convention="as torch.optim.lr_scheduler.CyclicLR: lr is max_lr, base·lr is base_lr; triangular as it is,"
        " triangular2 with shrink=0.5, exp_range with gamma below 1; momentum stays as it is",
        reference="Smith, Cyclical learning rates for training neural networks, 2017, arXiv 1506.01186",
        help="lr_t goes up and down on lines between base·lr and lr, cycle after cycle",
    ),
    Schedule(
        "inverse-sqrt", "Inverse square root", "lr_t = lr*sqrt(timescale/(timescale + k))",
        (_count("timescale", 1, "steps in which it falls by the root of 2"),),
        convention="as get_inverse_sqrt_schedule of Hugging Face's transformers, whose timescale is the length of its"
        " warm-up unless told otherwise; torch has none",
        reference="Vaswani et al., Attention is all you need, 2017, arXiv 1706.03762, eq. 3",
        help="lr falls as one over the root of the step",
    ),
    Schedule(
        "inverse-time", "Inverse time", "lr_t = lr/(1 + rate*k/size)",
        (Parameter("rate", 0.1, 0.0, 1e9, "log", "how much of 1/lr is added every size steps"),
         _count("size", 1, "steps in which rate is added once")),
        convention="as Keras' InverseTimeDecay without its staircase: rate is decay_rate, size is decay_steps",
        reference="Robbins & Monro, A stochastic approximation method, 1951, whose steps fall as 1/k",
        help="lr falls as one over the step",
    ),
    Schedule(
        # The first step of the decay is below lr already, and the last one is 0.
        "wsd", "Warm-up, stable, decay",
        """
        rise = where(k < warmup, warmup_begin + (1 - warmup_begin)*k/warmup, 1)
        fall = 1 - minimum(maximum(k + 1 - warmup - stable, 0), decay)/decay
        lr_t = lr*rise*fall
        """,
        (Parameter("stable", 50, 0.0, 1e9, "log", "steps at lr itself", whole=True),
         _count("decay", 40, "steps from lr to 0"),
         replace(WARMUP, default=10, help="steps in which lr rises on a line"),
         replace(WARMUP_BEGIN, default=0.0)),
        convention="warm-up and decay on lines; stable counts the steps at lr, where Hugging Face's"
        " get_wsd_schedule has one more: its decay begins with a step at lr, and is a cosine unless told otherwise",
        reference="Hu et al., MiniCPM, 2024, arXiv 2404.06395",
        help="lr rises to what is set, stays there, and falls to 0: the decay may begin at any time",
    ),
    Schedule(
        "warmup", "Warm-up alone", _text(_WARM, ("lr_t", "warm*lr")),
        (replace(WARMUP, default=10), WARMUP_BEGIN),
        convention="as torch.optim.lr_scheduler.LinearLR with an end_factor of 1; any schedule takes warmup:"
        " cosine:span=100,warmup=10",
        reference="Goyal et al., Accurate, large minibatch SGD, 2017, arXiv 1706.02677, sec. 2.2",
        help="lr rises on a line to what is set, and stays there",
    ),
)  # fmt: skip

BY_NAME = {schedule.name: schedule for schedule in SCHEDULES}
