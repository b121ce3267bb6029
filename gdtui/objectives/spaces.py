"""The test functions that have a number of parameters of their own. Adding one is adding an entry here."""

from gdtui.objectives.entry import entry

SPACES = (
    entry(
        "powell", "(x1 + 10*x2)**2 + 5*(x3 - x4)**2 + (x2 - 2*x3)**4 + 10*(x1 - x4)**4", ((-4.0, 5.0),) * 4,
        (3.0, -1.0, 0.0, 1.0), 0.001, [(0.0, 0.0, 0.0, 0.0)], names=("x1", "x2", "x3", "x4"),
        help="the Hessian is singular at the minimum: the last steps are the longest wait",
        reference="Powell, The Computer Journal 5, 1962",
    ),
    entry(
        "colville",
        "100*(x1**2 - x2)**2 + (x1 - 1)**2 + (x3 - 1)**2 + 90*(x3**2 - x4)**2"
        " + 10.1*((x2 - 1)**2 + (x4 - 1)**2) + 19.8*(x2 - 1)*(x4 - 1)",
        ((-10.0, 10.0),) * 4, (3.0, -1.0, 3.0, -1.0), 0.0001, [(1.0, 1.0, 1.0, 1.0)], names=("x1", "x2", "x3", "x4"),
        help="two curved valleys tied to one another: the same function as wood, entered from the other side",
        reference="Colville, A comparative study on nonlinear programming codes, 1968",
    ),
    entry(
        "wood",
        "100*(x2 - x1**2)**2 + (1 - x1)**2 + 90*(x4 - x3**2)**2 + (1 - x3)**2"
        " + 10*(x2 + x4 - 2)**2 + (x2 - x4)**2/10",
        ((-3.0, 3.0),) * 4, (-3.0, -1.0, -3.0, -1.0), 0.0001, [(1.0, 1.0, 1.0, 1.0)], names=("x1", "x2", "x3", "x4"),
        help="a saddle near (−1, 1, −1, 1) holds a run for long before the valley lets it down",
        reference="Moré, Garbow & Hillstrom, ACM Transactions on Mathematical Software 7, 1981, problem 14",
    ),
)  # fmt: skip
