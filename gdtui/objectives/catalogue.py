"""The test functions, each a few lines of mathematics. Adding one is adding an entry here."""

import math

from gdtui.formula.parameter import Parameter
from gdtui.objectives.objective import FormulaObjective, Point

_Domain = tuple[tuple[float, float], ...]


def _entry(
    name: str,
    text: str,
    domain: _Domain,
    start: Point,
    lr: float,
    minimizers: tuple[Point, ...],
    *,
    help: str,
    reference: str = "",
    constants: tuple[Parameter, ...] = (),
) -> FormulaObjective:
    names = ("x",) if len(domain) == 1 else ("x", "y")
    settings = {p.name: p.default for p in constants}
    return FormulaObjective(name, names, domain, start, lr, minimizers, constants, settings, help, reference, text)


def _square(low: float, high: float) -> _Domain:
    return ((low, high), (low, high))


_JAMIL = "Jamil & Yang, A literature survey of benchmark functions, 2013, arXiv 1308.4008"

OBJECTIVES: tuple[FormulaObjective, ...] = (
    _entry(
        "square", "x**2", ((-2.5, 2.5),), (1.8,), 0.1, ((0.0,),),
        help="each step multiplies x by 1 − 2·lr: the whole theory of the learning rate in one line",
    ),
    _entry(
        "parabola", "6*x**2 - 12*x + 3", ((-2.0, 4.0),), (-0.9,), 0.03, ((1.0,),),
        help="a first step by hand: the gradient at −0.9 is −22.8, the next x is −0.216",
    ),
    _entry(
        "log-cosh", "log(cosh(x))", ((-6.0, 6.0),), (5.0,), 0.5, ((0.0,),),
        help="its slope is tanh(x): far out every step is as long as the next, near 0 it is a parabola",
    ),
    _entry(
        "sphere", "x**2 + y**2", _square(-5.0, 5.0), (-4.0, 3.0), 0.1, ((0.0, 0.0),),
        help="equal curvature in all directions: the gradient points at the minimum", reference=_JAMIL,
    ),
    _entry(
        "bowl", "6*x**2 + 9*y**2 - 12*x - 14*y + 3", ((-2.0, 4.0), (-2.0, 4.0)), (-1.5, 3.5), 0.03, ((1.0, 7 / 9),),
        help="convex: any start reaches (1, 7/9)",
    ),
    _entry(
        "ellipse", "(5*x**2 + y**2)/2", ((-2.5, 2.5), (-2.5, 2.5)), (1.0, 1.0), 0.3, ((0.0, 0.0),),
        help="two curvatures, 5 and 1: above lr 0.4 the steep direction diverges",
    ),
    _entry(
        "hills", "sin(x)*sin(y)", _square(-5.0, 5.0), (0.3, 0.6), 0.2,
        tuple((s * math.pi / 2 + 2 * math.pi * k, -s * math.pi / 2 + 2 * math.pi * m)
              for s in (1, -1) for k in (-1, 0, 1) for m in (-1, 0, 1)
              if abs(s * math.pi / 2 + 2 * math.pi * k) <= 5 and abs(-s * math.pi / 2 + 2 * math.pi * m) <= 5),
        help="hills, valleys and saddles in turn: where a run ends depends on where it starts",
    ),
    _entry(
        "himmelblau", "(x**2 + y - 11)**2 + (x + y**2 - 7)**2", _square(-5.0, 5.0), (-0.4, -0.65), 0.01,
        ((3.0, 2.0), (-2.805118086952745, 3.131312518250573), (-3.779310253377747, -3.283185991286170),
         (3.584428340330492, -1.848126526964404)),
        help="four equal minima: which one is reached, and what pushes the path across a ridge",
        reference="Himmelblau, Applied Nonlinear Programming, 1972",
    ),
    _entry(
        "rosenbrock", "(a - x)**2 + b*(y - x**2)**2", ((-2.0, 2.0), (-1.0, 3.0)), (-1.2, 1.0), 0.001, ((1.0, 1.0),),
        help="a curved valley: quick to find, slow to follow",
        reference="Rosenbrock, The Computer Journal 3, 1960",
        constants=(
            Parameter("a", 1.0, -2.0, 2.0, help="the minimum is at (a, a²)"),
            Parameter("b", 100.0, 0.1, 1000.0, "log", help="how steep the walls of the valley are"),
        ),
    ),
    _entry(
        "six-hump-camel", "(4 - 2.1*x**2 + x**4/3)*x**2 + x*y + (4*y**2 - 4)*y**2", ((-2.0, 2.0), (-1.2, 1.2)),
        (-1.6, 0.9), 0.02, ((0.08984201368301331, -0.7126564032704135), (-0.08984201368301331, 0.7126564032704135)),
        help="six minima, two of them global", reference="Dixon & Szegö, Towards Global Optimisation 2, 1978",
    ),
    _entry(
        "easom", "-cos(x)*cos(y)*exp(-((x - pi)**2 + (y - pi)**2))", ((-2.0, 8.0), (-2.0, 8.0)), (2.0, 2.2), 0.2,
        ((math.pi, math.pi),),
        help="a needle in a plain: away from the minimum there is nothing to go down by",
        reference="Easom, A survey of global optimization techniques, M.Eng. thesis, Louisville, 1990",
    ),
    _entry(
        "beale", "(1.5 - x + x*y)**2 + (2.25 - x + x*y**2)**2 + (2.625 - x + x*y**3)**2", _square(-4.5, 4.5),
        (1.0, 1.5), 0.01, ((3.0, 0.5),),
        help="flat valleys between steep corners: one learning rate is too small here and too large there",
        reference="Beale, On an iterative method of finding a local minimum, 1958",
    ),
)  # fmt: skip

BY_NAME = {objective.name: objective for objective in OBJECTIVES}
