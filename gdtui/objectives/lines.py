"""The test functions of one parameter. Adding one is adding an entry here."""

from gdtui.objectives.entry import entry

LINES = (
    entry(
        "square", "x**2", ((-2.5, 2.5),), (1.8,), 0.1, [(0.0,)],
        help="each step multiplies x by 1 − 2·lr: the whole theory of the learning rate in one line",
    ),
    entry(
        "parabola", "6*x**2 - 12*x + 3", ((-2.0, 4.0),), (-0.9,), 0.03, [(1.0,)],
        help="a first step by hand: the gradient at −0.9 is −22.8, the next x is −0.216",
    ),
    entry(
        "log-cosh", "log(cosh(x))", ((-6.0, 6.0),), (5.0,), 0.5, [(0.0,)],
        help="its slope is tanh(x): far out every step is as long as the next, near 0 it is a parabola",
    ),
    entry(
        "quartic", "x**4 - 3*x**3 + 2", ((-1.0, 3.5),), (-0.8,), 0.01, [(2.25,)],
        help="a flat inflection at 0 on the way down to 9/4: plain descent lingers there",
        reference="the first example of Wikipedia's article on gradient descent",
    ),
    entry(
        "double-well", "(x**2 - 1)**2 + 0.3*x", ((-1.8, 1.8),), (1.4,), 0.05, [(-1.0355787140888537,)],
        help="two wells, one lower: which one is found depends on the start, the step and the momentum",
    ),
    entry(
        "three-minima", "x**6/6 - 5*x**4/4 + 2*x**2", ((-2.5, 2.5),), (0.9,), 0.02, [(-2.0,), (2.0,)],
        help="two equal global minima at ±2, a local one between them at 0",
    ),
    entry(
        "forrester", "(6*x - 2)**2*sin(12*x - 4)", ((0.0, 1.0),), (0.3,), 0.002, [(0.7572487578418557,)],
        help="a global minimum, a local one and an inflection",
        reference="Forrester, Sóbester & Keane, Engineering Design via Surrogate Modelling, 2008",
    ),
    entry(
        "gramacy-lee", "sin(10*pi*x)/(2*x) + (x - 1)**4", ((0.5, 2.5),), (2.2,), 0.005, [(0.5485634445276052,)],
        help="ripples on a slope: every one of them is a trap",
        reference="Gramacy & Lee, Cases for the nugget in modeling computer experiments, 2012",
    ),
    entry(
        "lessard", "where(x < 1, 12.5*x**2, where(x < 2, x**2/2 + 24*x - 12, 12.5*x**2 - 24*x + 36))",
        ((-3.0, 4.0),), (3.3,), 0.02, [(0.0,)],
        help="convex and smooth, yet heavy ball with its best constants for a quadratic (lr 1/9, momentum 4/9) cycles",
        reference="Lessard, Recht & Packard, SIAM Journal on Optimization 26, 2016, eq. 4.11",
    ),
)  # fmt: skip
