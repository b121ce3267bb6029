"""Every objective again, as its source writes it, in plain NumPy, and its published minimum.

Written from the sources, not from the catalogue: sums over coordinates, matrices and trigonometric identities where
the catalogue has one expression. Each takes its parameters first: ``(d,)``, or ``(d, P)`` for P points at once.
Those that sum over coordinates take any number of parameters: they speak for the objective's family too.
"""

import math

import numpy as np

PI = np.pi


def counted(p):
    """1, 2, ..., n, along the axis of the parameters."""
    return np.arange(1.0, len(p) + 1).reshape(-1, *[1] * (p.ndim - 1))


def lessard(p):
    """The integral of the gradient 25x, x + 24, 25x − 24 (Lessard, Recht & Packard 2016, eq. 4.11)."""
    x = p[0]
    beyond_one, beyond_two = np.clip(x - 1, 0, 1), np.maximum(x - 2, 0)
    return 12.5 * np.minimum(x, 1) ** 2 + 25 * beyond_one + beyond_one**2 / 2 + 26 * beyond_two + 12.5 * beyond_two**2


def quadratic(p, kappa=20.0, angle=0.5):
    turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    matrix = turn.T @ np.diag([kappa, 1.0]) @ turn
    return np.einsum("i...,ij,j...->...", p, matrix, p) / 2


def rosenbrock(p, a=1.0, b=100.0):
    return sum(b * np.square(p[k + 1] - p[k] * p[k]) + np.square(a - p[k]) for k in range(len(p) - 1))


def ackley(p):
    a, b, c = 20.0, 0.2, 2 * PI
    spread = np.sqrt(np.mean(p * p, axis=0))
    return a * (1 - np.exp(-b * spread)) + math.e - np.exp(np.mean(np.cos(c * p), axis=0))


def griewank(p):
    return np.sum(p * p, axis=0) / 4000 - np.prod(np.cos(p / np.sqrt(counted(p))), axis=0) + 1


def levy(p):
    w = 1 + (p - 1) / 4
    middle = np.sum((w[:-1] - 1) ** 2 * (1 + 10 * np.sin(PI * w[:-1] + 1) ** 2), axis=0)
    return np.sin(PI * w[0]) ** 2 + middle + (w[-1] - 1) ** 2 * (1 + np.sin(2 * PI * w[-1]) ** 2)


def goldstein_price(p):
    x, y = p
    first = np.polynomial.polynomial.polyval2d(x, y, [[19, -14, 3], [-14, 6, 0], [3, 0, 0]])
    second = np.polynomial.polynomial.polyval2d(x, y, [[18, 48, 27], [-32, -36, 0], [12, 0, 0]])
    return (1 + (x + y + 1) ** 2 * first) * (30 + (2 * x - 3 * y) ** 2 * second)


def zakharov(p):
    half = np.sum(counted(p) * p, axis=0) / 2
    return np.sum(p * p, axis=0) + half**2 + half**4


def eggholder(p):
    x, y = p
    return -(y + 47) * np.sin(np.sqrt(np.abs(y + x / 2 + 47))) - x * np.sin(np.sqrt(np.abs(x - (y + 47))))


def schaffer(p, wave):
    q = np.hypot(p[0], p[1]) ** 2
    return 0.5 + (wave - 0.5) / np.square(1 + q / 1000)


def cross_in_tray(p):
    inside = np.abs(np.prod(np.sin(p), axis=0)) * np.exp(np.abs(100 - np.hypot(p[0], p[1]) / PI))
    return -1e-4 * np.power(inside + 1, 0.1)


def michalewicz(p, m=10):
    return -np.sum(np.sin(p) * np.sin(counted(p) * p**2 / PI) ** (2 * m), axis=0)


def dixon_price(p):
    return (p[0] - 1) ** 2 + sum((k + 1) * (2 * p[k] ** 2 - p[k - 1]) ** 2 for k in range(1, len(p)))


def branin(p):
    b, c, r, s, t = 5.1 / (4 * PI**2), 5 / PI, 6, 10, 1 / (8 * PI)
    return (p[1] - b * p[0] ** 2 + c * p[0] - r) ** 2 + s * (1 - t) * np.cos(p[0]) + s


def shubert(p):
    return np.prod(sum(j * np.cos((j + 1) * p + j) for j in range(1, 6)), axis=0)


def trid(p):
    n = len(p)
    across = np.eye(n) - (np.eye(n, k=1) + np.eye(n, k=-1)) / 2
    return np.einsum("i...,i...->...", p, np.tensordot(across, p, 1)) - 2 * np.sum(p, axis=0) + n


def powell(p):
    x1, x2, x3, x4 = p
    residuals = [x1 + 10 * x2, math.sqrt(5) * (x3 - x4), (x2 - 2 * x3) ** 2, math.sqrt(10) * (x1 - x4) ** 2]
    return sum(np.square(r) for r in residuals)


def wood(p):
    """Problem 14 of Moré, Garbow & Hillstrom 1981, as its six residuals."""
    x1, x2, x3, x4 = p
    residuals = [
        10 * (x2 - x1**2), 1 - x1, math.sqrt(90) * (x4 - x3**2), 1 - x3,
        math.sqrt(10) * (x2 + x4 - 2), (x2 - x4) / math.sqrt(10),
    ]  # fmt: skip
    return sum(np.square(r) for r in residuals)


def colville(p):
    x1, x2, x3, x4 = p
    walls = 100 * (x2 - x1 * x1) ** 2 + 90 * (x4 - x3 * x3) ** 2
    u, v = x2 - 1, x4 - 1
    return walls + (1 - x1) ** 2 + (1 - x3) ** 2 + 10.1 * (u * u + v * v) + 19.8 * u * v


FUNCTIONS = {
    "square": lambda p: p[0] * p[0],
    "parabola": lambda p: 6 * p[0] * p[0] - 12 * p[0] + 3,
    "log-cosh": lambda p: np.logaddexp(p[0], -p[0]) - np.log(2),
    "quartic": lambda p: np.polynomial.polynomial.polyval(p[0], [2, 0, 0, -3, 1]),
    "double-well": lambda p: np.polynomial.polynomial.polyval(p[0], [1, 0.3, -2, 0, 1]),
    "three-minima": lambda p: np.polynomial.polynomial.polyval(p[0], [0, 0, 2, 0, -5 / 4, 0, 1 / 6]),
    "forrester": lambda p: np.square(6 * p[0] - 2) * np.sin(2 * (6 * p[0] - 2)),
    "gramacy-lee": lambda p: np.sin(10 * PI * p[0]) / (2 * p[0]) + np.square(np.square(p[0] - 1)),
    "lessard": lessard,
    "sphere": lambda p: np.sum(p * p, axis=0),
    "bowl": lambda p: 6 * (p[0] - 1) ** 2 + 9 * (p[1] - 7 / 9) ** 2 + 3 - 6 - 49 / 9,
    "ellipse": lambda p: np.tensordot(np.linspace(5, 1, len(p)), p * p, 1) / 2,
    "quadratic": quadratic,
    "two-minima": lambda p: np.polynomial.polynomial.polyval(p[0], [1, 0.3, -2, 0, 1]) + p[1] ** 2,
    "hills": lambda p: (np.cos(p[0] - p[1]) - np.cos(p[0] + p[1])) / 2,
    "himmelblau": lambda p: np.square(p[0] ** 2 + p[1] - 11) + np.square(p[0] + p[1] ** 2 - 7),
    "rosenbrock": rosenbrock,
    "beale": lambda p: sum((c - p[0] * (1 - p[1] ** k)) ** 2 for k, c in ((1, 1.5), (2, 2.25), (3, 2.625))),
    "booth": lambda p: 5 * p[0] ** 2 + 8 * p[0] * p[1] + 5 * p[1] ** 2 - 34 * p[0] - 38 * p[1] + 74,
    "matyas": lambda p: (0.04 * (p[0] + p[1]) ** 2 + (p[0] - p[1]) ** 2) / 4,
    "mccormick": lambda p: np.sin(p[0] + p[1]) + (p[0] - p[1]) ** 2 - 3 * p[0] / 2 + 5 * p[1] / 2 + 1,
    "three-hump-camel": lambda p: 2 * p[0] ** 2 - 1.05 * p[0] ** 4 + p[0] ** 6 / 6 + p[0] * p[1] + p[1] ** 2,
    "six-hump-camel": lambda p: (
        4 * p[0] ** 2 - 2.1 * p[0] ** 4 + p[0] ** 6 / 3 + p[0] * p[1] - 4 * p[1] ** 2 + 4 * p[1] ** 4
    ),
    "easom": lambda p: -np.cos(p[0]) * np.cos(p[1]) * np.exp(-(np.hypot(p[0] - PI, p[1] - PI) ** 2)),
    "ackley": ackley,
    "rastrigin": lambda p: 10 * len(p) + np.sum(p * p - 10 * np.cos(2 * PI * p), axis=0),
    "griewank": griewank,
    "levy": levy,
    "levy-13": lambda p: (
        np.sin(3 * PI * p[0]) ** 2
        + np.square(p[0] - 1) * (1 + np.sin(3 * PI * p[1]) ** 2)
        + np.square(p[1] - 1) * (1 + np.sin(2 * PI * p[1]) ** 2)
    ),
    "styblinski-tang": lambda p: np.sum(np.polynomial.polynomial.polyval(p, [0, 5, -16, 0, 1]), axis=0) / 2,
    "goldstein-price": goldstein_price,
    "goldstein-price-log": lambda p: (np.log(goldstein_price(4 * np.asarray(p) - 2)) - 8.693) / 2.427,
    "bohachevsky": lambda p: (
        p[0] ** 2 + 2 * p[1] ** 2 + 0.3 * (1 - np.cos(3 * PI * p[0])) + 0.4 * (1 - np.cos(4 * PI * p[1]))
    ),
    "zakharov": zakharov,
    "bukin-6": lambda p: 100 * np.abs(p[1] - p[0] ** 2 / 100) ** 0.5 + np.abs(p[0] + 10) / 100,
    "eggholder": eggholder,
    "drop-wave": lambda p: -(1 + np.cos(12 * np.hypot(p[0], p[1]))) / (2 + np.sum(p * p, axis=0) / 2),
    "schaffer-2": lambda p: schaffer(p, np.sin(p[0] ** 2 - p[1] ** 2) ** 2),
    "schaffer-4": lambda p: schaffer(p, np.cos(np.sin(np.abs(p[0] ** 2 - p[1] ** 2))) ** 2),
    "holder-table": lambda p: -np.abs(np.sin(p[0]) * np.cos(p[1])) * np.exp(np.abs(1 - np.hypot(p[0], p[1]) / PI)),
    "cross-in-tray": cross_in_tray,
    "michalewicz": michalewicz,
    "dixon-price": dixon_price,
    "branin": branin,
    "schwefel": lambda p: 418.9828872724338 * len(p) - np.sum(p * np.sin(np.sqrt(np.abs(p))), axis=0),
    "shubert": shubert,
    "sum-squares": lambda p: np.sum(counted(p) * p * p, axis=0),
    "trid": trid,
    "saddle": lambda p: (p[0] - p[1]) * (p[0] + p[1]),
    "monkey-saddle": lambda p: ((p[0] + 1j * p[1]) ** 3).real,
    "plateau": lambda p: -np.expm1(-np.sum(p * p, axis=0) / 2) + np.sum(p * p, axis=0) / 1000,
    "ravine": lambda p: np.tensordot([0.05, 5.0], p * p, 1),
    "cliff": lambda p: 0.5 - 1 / (np.exp(16 * np.sum(p, axis=0)) + 1) + np.sum((p + 2) ** 2, axis=0) / 20,
    "powell": powell,
    "colville": colville,
    "wood": wood,
}  # fmt: skip

# Of two parameters where the function has a family. None: not bounded below.
_WELL = np.roots([4, 0, -4, 0.3]).real.min()
MINIMUM = dict.fromkeys(FUNCTIONS, 0.0) | {
    "parabola": -3.0,
    "quartic": -1675 / 256,
    "double-well": (_WELL**2 - 1) ** 2 + 0.3 * _WELL,
    "three-minima": -4 / 3,
    "forrester": -6.020740055767083,
    "gramacy-lee": -0.869011134989500,
    "bowl": 3 - 6 - 49 / 9,
    "two-minima": (_WELL**2 - 1) ** 2 + 0.3 * _WELL,
    "hills": -1.0,
    "mccormick": -math.sqrt(3) / 2 - math.pi / 3,
    "six-hump-camel": -1.031628453489877,
    "easom": -1.0,
    "styblinski-tang": -78.33233140754282,
    "goldstein-price": 3.0,
    "goldstein-price-log": (math.log(3) - 8.693) / 2.427,
    "eggholder": -959.6406627208506,
    "drop-wave": -1.0,
    "schaffer-4": 0.292578632035980,
    "holder-table": -19.208502567886754,
    "cross-in-tray": -2.062611870822739,
    "michalewicz": -1.801303410098554,
    "branin": 0.397887357729738,
    "shubert": -186.7309088310239,
    "trid": -2.0,
    "saddle": None,
    "monkey-saddle": None,
    "cliff": -0.5,
}  # fmt: skip
