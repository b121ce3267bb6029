"""The test functions of two parameters. Adding one is adding an entry here.

Sources of formulas, domains and minima where no other is named: Jamil & Yang, A literature survey of benchmark
functions for global optimisation problems, 2013, arXiv 1308.4008.
"""

import math
from itertools import product

from gdtui.formula.parameter import Parameter
from gdtui.objectives.entry import entry, square

_HILLS = [
    (sign * math.pi / 2 + 2 * math.pi * k, -sign * math.pi / 2 + 2 * math.pi * m)
    for sign, k, m in product((1, -1), (-1, 0, 1), (-1, 0, 1))
]
_SHUBERT = (-1.425128428319761, 4.858056878859825)

PLANES = (
    entry(
        "sphere", "x**2 + y**2", square(-5.0, 5.0), (-4.0, 3.0), 0.1, [(0.0, 0.0)],
        help="equal curvature in all directions: the gradient points at the minimum",
        over_vector="sum(x**2)", minimizer="0*i", each_start="3 - 7*(i - 2*floor(i/2))",
    ),
    entry(
        "bowl", "6*x**2 + 9*y**2 - 12*x - 14*y + 3", square(-2.0, 4.0), (-1.5, 3.5), 0.03, [(1.0, 7 / 9)],
        help="convex: any start reaches (1, 7/9)",
    ),
    entry(
        "ellipse", "(5*x**2 + y**2)/2", square(-2.5, 2.5), (1.0, 1.0), 0.3, [(0.0, 0.0)],
        help="two curvatures, 5 and 1: above lr 0.4 the steep direction diverges",
        over_vector="sum((5 - 4*i/(n - 1))*x**2)/2", minimizer="0*i", each_start="1 + 0*i",
    ),
    entry(
        "quadratic", "(kappa*(x*cos(angle) + y*sin(angle))**2 + (y*cos(angle) - x*sin(angle))**2)/2",
        square(-5.0, 5.0), (-4.0, 3.5), 0.05, [(0.0, 0.0)],
        constants=(Parameter("kappa", 20.0, 1.0, 1e6, "log", "the condition number: the ratio of the two curvatures"),
                   Parameter("angle", 0.5, -7.0, 7.0, help="radians that the axes are turned by")),
        help="a condition number and an angle: what preconditioning by coordinates can and cannot mend",
    ),
    entry(
        "two-minima", "(x**2 - 1)**2 + y**2 + 0.3*x", square(-2.0, 2.0), (1.6, 1.2), 0.05, [(-1.0355787140888537, 0.0)],
        help="two minima of different depth, a saddle between them",
    ),
    entry(
        "hills", "sin(x)*sin(y)", square(-5.0, 5.0), (0.3, 0.6), 0.2,
        [p for p in _HILLS if max(map(abs, p)) <= 5],
        help="hills, valleys and saddles in turn: where a run ends depends on where it starts",
    ),
    entry(
        "himmelblau", "(x**2 + y - 11)**2 + (x + y**2 - 7)**2", square(-5.0, 5.0), (-0.4, -0.65), 0.01,
        [(3.0, 2.0), (-2.805118086952745, 3.131312518250573), (-3.779310253377747, -3.283185991286170),
         (3.584428340330492, -1.848126526964404)],
        help="four equal minima: which one is reached, and what pushes the path across a ridge",
        reference="Himmelblau, Applied Nonlinear Programming, 1972",
    ),
    entry(
        "rosenbrock", "(a - x)**2 + b*(y - x**2)**2", ((-2.0, 2.0), (-1.0, 3.0)), (-1.2, 1.0), 0.001, [("a", "a**2")],
        constants=(Parameter("a", 1.0, -2.0, 2.0, help="the minimum is at (a, a²)"),
                   Parameter("b", 100.0, 0.1, 1000.0, "log", help="how steep the walls of the valley are")),
        help="a curved valley: quick to find, slow to follow",
        reference="Rosenbrock, The Computer Journal 3, 1960",
        over_vector="sum(b*(x[1:] - x[:-1]**2)**2 + (a - x[:-1])**2)",
        minimizer="1 + sqrt(0*i - (a - 1)**2)",  # known for a = 1 only, NaN for others
        each_start="where(i - 2*floor(i/2) < 1, -1.2, 1) + 0*i",
    ),
    entry(
        "beale", "(1.5 - x + x*y)**2 + (2.25 - x + x*y**2)**2 + (2.625 - x + x*y**3)**2", square(-4.5, 4.5),
        (1.0, 1.5), 0.01, [(3.0, 0.5)],
        help="flat valleys between steep corners: one learning rate is too small here and too large there",
        reference="Beale, On an iterative method of finding a local minimum, 1958",
    ),
    entry(
        "booth", "(x + 2*y - 7)**2 + (2*x + y - 5)**2", square(-10.0, 10.0), (-8.0, 8.0), 0.05, [(1.0, 3.0)],
        help="a tilted bowl: the steepest way is not the straight one",
    ),
    entry(
        "matyas", "0.26*(x**2 + y**2) - 0.48*x*y", square(-10.0, 10.0), (8.0, -2.0), 0.5, [(0.0, 0.0)],
        help="nearly a valley: 25 times flatter along the diagonal than across",
    ),
    entry(
        "mccormick", "sin(x + y) + (x - y)**2 - 1.5*x + 2.5*y + 1", ((-1.5, 4.0), (-3.0, 4.0)), (3.0, -1.0), 0.1,
        [(-0.5471975511965977, -1.5471975511965979)],
        help="a plane that a wave runs through: minima in a row, the lowest inside of the domain",
    ),
    entry(
        "three-hump-camel", "2*x**2 - 1.05*x**4 + x**6/6 + x*y + y**2", square(-2.0, 2.0), (1.9, 1.2), 0.02,
        [(0.0, 0.0)],
        help="a global minimum between two local ones",
    ),
    entry(
        "six-hump-camel", "(4 - 2.1*x**2 + x**4/3)*x**2 + x*y + (4*y**2 - 4)*y**2", ((-2.0, 2.0), (-1.2, 1.2)),
        (-1.6, 0.9), 0.02, [(0.08984201310031807, -0.7126564030207396), (-0.08984201310031807, 0.7126564030207396)],
        help="six minima, two of them global", reference="Dixon & Szegö, Towards Global Optimisation 2, 1978",
    ),
    entry(
        "easom", "-cos(x)*cos(y)*exp(-((x - pi)**2 + (y - pi)**2))", square(-2.0, 8.0), (2.0, 2.2), 0.2,
        [(math.pi, math.pi)],
        help="a needle in a plain: away from the minimum there is nothing to go down by",
        reference="Easom, A survey of global optimization techniques, M.Eng. thesis, Louisville, 1990",
    ),
    entry(
        "ackley", "-20*exp(-0.2*sqrt((x**2 + y**2)/2)) - exp((cos(2*pi*x) + cos(2*pi*y))/2) + 20 + e",
        square(-5.0, 5.0), (3.4, -2.6), 0.01, [(0.0, 0.0)],
        help="a funnel full of dimples, with a kink at the bottom: the gradient does not vanish there, it jumps",
        reference="Ackley, A Connectionist Machine for Genetic Hillclimbing, 1987",
        over_vector="-20*exp(-0.2*norm(x)/sqrt(n)) - exp(mean(cos(2*pi*x))) + 20 + e", minimizer="0*i",
        each_start="2.6 + 0.8*(i - 2*floor(i/2))", each_lr="0.005*n",
    ),
    entry(
        "rastrigin", "20 + x**2 - 10*cos(2*pi*x) + y**2 - 10*cos(2*pi*y)", square(-5.12, 5.12), (3.4, -2.7), 0.001,
        [(0.0, 0.0)],
        help="a bowl full of minima on a grid: descent finds the nearest",
        reference="Rastrigin, Systems of Extremal Control, 1974",
        over_vector="10*n + sum(x**2 - 10*cos(2*pi*x))", minimizer="0*i", each_start="2.7 + 0.7*(i - 2*floor(i/2))",
    ),
    entry(
        "griewank", "1 + (x**2 + y**2)/4000 - cos(x)*cos(y/sqrt(2))", square(-10.0, 10.0), (7.0, -6.0), 0.5,
        [(0.0, 0.0)],
        help="waves on a very wide bowl: from afar smooth, from near a maze",
        reference="Griewank, Journal of Optimization Theory and Applications 34, 1981",
        over_vector="1 + sum(x**2)/4000 - prod(cos(x/sqrt(i + 1)))", minimizer="0*i", each_start="6 + i - 2*floor(i/2)",
    ),
    entry(
        "levy",
        "sin(pi*(x + 3)/4)**2 + (x - 1)**2/16*(1 + 10*sin(pi*(x + 3)/4 + 1)**2)"
        " + (y - 1)**2/16*(1 + sin(pi*(y + 3)/2)**2)",
        square(-10.0, 10.0), (-7.0, 6.0), 0.02, [(1.0, 1.0)],
        help="ripples across, a smooth slope along",
        reference="Levy & Montalvo, SIAM Journal on Scientific and Statistical Computing 6, 1985",
        over_vector=(
            "sin(pi*(x[0] + 3)/4)**2 + sum((x[:-1] - 1)**2/16*(1 + 10*sin(pi*(x[:-1] + 3)/4 + 1)**2))"
            " + (x[-1] - 1)**2/16*(1 + sin(pi*(x[-1] + 3)/2)**2)"
        ),
        minimizer="1 + 0*i", each_start="6 - 13*(i - 2*floor(i/2))",
    ),
    entry(
        "levy-13",
        "sin(3*pi*x)**2 + (x - 1)**2*(1 + sin(3*pi*y)**2) + (y - 1)**2*(1 + sin(2*pi*y)**2)",
        square(-10.0, 10.0), (2.5, 3.2), 0.001, [(1.0, 1.0)],
        help="fine ripples on a bowl: smooth only for steps longer than they are",
    ),
    entry(
        "styblinski-tang", "(x**4 - 16*x**2 + 5*x + y**4 - 16*y**2 + 5*y)/2", square(-5.0, 5.0), (0.5, -0.5), 0.01,
        [(-2.903534027771177, -2.903534027771177)],
        help="a double well for each coordinate: of four minima, three are traps",
        reference="Styblinski & Tang, Neural Networks 3, 1990",
        over_vector="sum(x**4 - 16*x**2 + 5*x)/2", minimizer="-2.903534027771177 + 0*i",
        each_start="0.5 - (i - 2*floor(i/2))",
    ),
    entry(
        "goldstein-price",
        "p = x + y; q = 2*x - 3*y; P = 1 + (p + 1)**2*(19 - 14*p + 3*p**2); Q = 30 + q**2*(18 - 16*q + 3*q**2); P*Q",
        square(-2.0, 2.0), (0.5, 0.0), 5e-5, [(0.0, -1.0)],
        help="values from 3 to a million: no one learning rate suits them all",
        reference="Goldstein & Price, Mathematics of Computation 25, 1971",
    ),
    entry(
        "goldstein-price-log",
        "X = 4*x - 2; Y = 4*y - 2; p = X + Y; q = 2*X - 3*Y;"
        " P = 1 + (p + 1)**2*(19 - 14*p + 3*p**2); Q = 30 + q**2*(18 - 16*q + 3*q**2);"
        " (log(P) + log(Q) - 8.693)/2.427",
        square(0.0, 1.0), (0.625, 0.5), 0.0005, [(0.5, 0.25)],
        help="the same on the unit square, its logarithm taken: the minima stay, the scale becomes human",
        reference="Picheny, Wagner & Ginsbourger, Structural and Multidisciplinary Optimization 48, 2013",
    ),
    entry(
        "bohachevsky", "x**2 + 2*y**2 - 0.3*cos(3*pi*x) - 0.4*cos(4*pi*y) + 0.7", square(-2.0, 2.0), (-1.5, 1.3), 0.01,
        [(0.0, 0.0)], help="a bowl with shallow ripples",
        reference="Bohachevsky, Johnson & Stein, Technometrics 28, 1986",
    ),
    entry(
        "zakharov", "x**2 + y**2 + (0.5*x + y)**2 + (0.5*x + y)**4", square(-5.0, 5.0), (-4.0, 4.0), 0.005,
        [(0.0, 0.0)],
        help="a plate with one steep fold: quick across, slow along",
        over_vector="sum(x**2) + sum(0.5*(i + 1)*x)**2 + sum(0.5*(i + 1)*x)**4", minimizer="0*i",
        each_start="(2 - 4*(i - 2*floor(i/2)))/n", each_lr="0.8/(3 + n**3/2)",
    ),
    entry(
        "bukin-6", "100*sqrt(abs(y - 0.01*x**2)) + 0.01*abs(x + 10)", ((-15.0, -5.0), (-3.0, 3.0)), (-7.0, 2.0), 0.001,
        [(-10.0, 1.0)],
        help="a ridge with a kink along all of it: descent jumps from side to side; the minimum is a kink too",
    ),
    entry(
        "eggholder", "-(y + 47)*sin(sqrt(abs(x/2 + y + 47))) - x*sin(sqrt(abs(x - y - 47)))", square(-512.0, 512.0),
        (400.0, 300.0), 0.5, [(512.0, 404.2318051137578)],
        help="a carton of eggs: minima everywhere, the lowest on the border, where the slope goes on down",
    ),
    entry(
        "drop-wave", "-(1 + cos(12*sqrt(x**2 + y**2)))/(0.5*(x**2 + y**2) + 2)", square(-5.12, 5.12), (1.4, 1.0), 0.01,
        [(0.0, 0.0)], help="rings around the minimum: from any of them, descent stays on its ring",
    ),  # at the minimizer itself √0 has slope 0 by convention, and the Hessian is 0.5 where it should be 72.5
    entry(
        "schaffer-2", "0.5 + (sin(x**2 - y**2)**2 - 0.5)/(1 + 0.001*(x**2 + y**2))**2", square(-3.0, 3.0),
        (1.5, 0.4), 0.05, [(0.0, 0.0)], help="waves that grow finer outwards: a long step sees nothing of them",
        reference="Schaffer, Caruana, Eshelman & Das, ICGA 3, 1989",
    ),
    entry(
        "schaffer-4", "0.5 + (cos(sin(abs(x**2 - y**2)))**2 - 0.5)/(1 + 0.001*(x**2 + y**2))**2", square(-3.0, 3.0),
        (1.2, 0.5), 0.1, [(0.0, 1.2531318314637332), (0.0, -1.2531318314637332), (1.2531318314637332, 0.0),
                          (-1.2531318314637332, 0.0)],
        help="as schaffer-2, with four minima and a crease along the diagonals",
    ),
    entry(
        "holder-table", "-abs(sin(x)*cos(y)*exp(abs(1 - sqrt(x**2 + y**2)/pi)))", square(-10.0, 10.0), (6.5, 8.0), 0.02,
        [(a * 8.055023475736563, b * 9.664590019241272) for a in (1, -1) for b in (1, -1)],
        help="a table on legs: the deepest minima are in the corners",
    ),
    entry(
        "cross-in-tray", "-0.0001*(abs(sin(x)*sin(y)*exp(abs(100 - sqrt(x**2 + y**2)/pi))) + 1)**0.1",
        square(-10.0, 10.0), (2.2, 0.6), 0.5,
        [(a * 1.3494066171539107, b * 1.3494066171539107) for a in (1, -1) for b in (1, -1)],
        help="a tray with a cross of kinks: four equal minima beside it",
    ),
    entry(
        "michalewicz", "-(sin(x)*sin(x**2/pi)**20 + sin(y)*sin(2*y**2/pi)**20)", square(0.0, math.pi),
        (1.9, 1.8), 0.005, [(2.2029055201726093, math.pi / 2)],
        help="narrow valleys in a plain: outside of them the gradient is nearly nothing",
        reference="Michalewicz, Genetic Algorithms + Data Structures = Evolution Programs, 1992",
        over_vector="-sum(sin(x)*sin((i + 1)*x**2/pi)**20)", each_start="1.8 + 0*i", each_lr="0.02/n**2",
    ),
    entry(
        "dixon-price", "(x - 1)**2 + 2*(2*y**2 - x)**2", square(-3.0, 3.0), (-2.0, 2.0), 0.002,
        [(1.0, math.sqrt(0.5)), (1.0, -math.sqrt(0.5))],
        help="two equal minima in a curved valley",
        over_vector="(x[0] - 1)**2 + sum((i[1:] + 1)*(2*x[1:]**2 - x[:-1])**2)",
        minimizer="2**(2**-i - 1)", each_start="1.5 + 0*i", each_lr="0.01/n",
    ),
    entry(
        "branin", "(y - 5.1/(4*pi**2)*x**2 + 5/pi*x - 6)**2 + 10*(1 - 1/(8*pi))*cos(x) + 10",
        ((-5.0, 10.0), (0.0, 15.0)), (5.5, 12.0), 0.02,
        [(-math.pi, 12.275), (math.pi, 2.275), (9.42477796076938, 2.475)],
        help="three equal minima in one bent valley",
        reference="Branin, IBM Journal of Research and Development 16, 1972",
    ),
    entry(
        "schwefel", "837.9657745448676 - x*sin(sqrt(abs(x))) - y*sin(sqrt(abs(y)))", square(-500.0, 500.0),
        (250.0, -150.0), 1.0, [(420.968746359982, 420.968746359982)],
        help="the best minimum is far from the second best: descent has no hint of it",
        reference="Schwefel, Numerical Optimization of Computer Models, 1981",
        over_vector="418.9828872724338*n - sum(x*sin(sqrt(abs(x))))", minimizer="420.968746359982 + 0*i",
        each_start="250 + 0*i",
    ),
    entry(
        "shubert",
        "(cos(2*x + 1) + 2*cos(3*x + 2) + 3*cos(4*x + 3) + 4*cos(5*x + 4) + 5*cos(6*x + 5))"
        "*(cos(2*y + 1) + 2*cos(3*y + 2) + 3*cos(4*y + 3) + 4*cos(5*y + 4) + 5*cos(6*y + 5))",
        square(-5.0, 5.0), (-0.5, -1.0), 0.0005,
        [p for x in _SHUBERT for p in ((x, -0.8003211004719731), (-0.8003211004719731, x))],
        help="two hundred minima, four of them equal and lowest",
        reference="Shubert, SIAM Journal on Numerical Analysis 9, 1972",
    ),
    entry(
        "sum-squares", "x**2 + 2*y**2", square(-5.0, 5.0), (-4.0, 3.0), 0.1, [(0.0, 0.0)],
        help="curvatures 1, 2, 3, ...: the more parameters, the worse the condition",
        over_vector="sum((i + 1)*x**2)", minimizer="0*i", each_start="3 + 0*i", each_lr="0.4/n",
    ),
    entry(
        "trid", "(x - 1)**2 + (y - 1)**2 - x*y", square(-4.0, 4.0), (-3.0, 3.0), 0.2, [(2.0, 2.0)],
        help="a quadratic whose coordinates pull at one another",
        over_vector="sum((x - 1)**2) - sum(x[1:]*x[:-1])", minimizer="(i + 1)*(n - i)", each_start="0*i",
        each_reach="n**2",
    ),
    entry(
        "saddle", "x**2 - y**2", square(-2.0, 2.0), (-1.6, 0.01), 0.01, [],
        help="no minimum: a run comes in along x, slows down, and leaves along y",
    ),
    entry(
        "monkey-saddle", "x**3 - 3*x*y**2", square(-2.0, 2.0), (1.5, 0.05), 0.002, [],
        help="no minimum: three ways down, and a point between them where even the curvature vanishes",
    ),
    entry(
        "plateau", "1 - exp(-(x**2 + y**2)/2) + 0.001*(x**2 + y**2)", square(-6.0, 6.0), (4.5, 2.0), 1.0, [(0.0, 0.0)],
        help="a hole in a nearly flat plain: fixed steps crawl, normalized ones march",
    ),
    entry(
        "ravine", "0.05*x**2 + 5*y**2", square(-10.0, 10.0), (-9.0, 4.0), 0.15, [(0.0, 0.0)],
        help="a hundred times steeper across than along: what momentum was made for",
    ),
    entry(
        "cliff", "0.5*tanh(8*(x + y)) + 0.05*(x + 2)**2 + 0.05*(y + 2)**2", square(-4.0, 4.0), (1.5, 1.0), 0.2,
        [(-2.0, -2.0)],
        help="a cliff on a gentle slope: one gradient there throws the parameters far; clipping is for that",
    ),
)  # fmt: skip
