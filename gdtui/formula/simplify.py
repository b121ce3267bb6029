"""Sums, products and powers as a person would leave them: for derivatives, never for what was typed.

Like terms and like factors are collected, zeros and ones vanish, a coefficient comes first, and what was
pushed apart by the chain rule comes together again: 6·(2x) − 12 becomes 12x − 12.
"""

import math

from gdtui.formula import graph
from gdtui.formula.graph import Node, constant

ZERO, ONE, TWO = constant(0.0), constant(1.0), constant(2.0)


def total(terms: list[Node]) -> Node:
    """The sum of terms, like ones collected, the constant last."""
    coefficients: dict[Node, float] = {}
    alone: dict[Node, Node] = {}  # the terms of which there is no like one
    branches: dict[Node, tuple[list[Node], list[Node]]] = {}
    shape = graph.common_shape(terms)
    rest = 0.0
    stack = list(reversed(terms))
    while stack:
        term = stack.pop()
        if term.op == "add":
            stack.extend(reversed(term.args))
        elif term.op == "neg" and term.args[0].op == "add":
            stack.extend(negative(t) for t in reversed(term.args[0].args))
        elif term.op == "fill" and shape == term.shape:
            stack.append(term.args[0])
        elif term.op == "where":
            yes, no = branches.setdefault(term.args[0], ([], []))
            yes.append(term.args[1])
            no.append(term.args[2])
        elif term.op == "const":
            rest += term.number
        elif term.op == "neg" and term.args[0].op == "const":
            rest -= term.args[0].number
        else:
            coefficient, core = split_coefficient(term)
            if core in coefficients:
                coefficients[core] += coefficient
                alone.pop(core, None)
            else:
                coefficients[core] = coefficient
                if term in terms:  # not one of a sum that may have been typed
                    alone[core] = term
    kept = [alone.get(core) or scaled(c, core) for core, c in coefficients.items() if c != 0.0]
    kept += [chosen(condition, _joined(yes), _joined(no)) for condition, (yes, no) in branches.items()]
    if rest != 0.0 or not kept:
        kept.append(constant(rest) if rest >= 0 or not kept else graph.apply("neg", constant(-rest)))
    if kept[0].op == "neg":  # b − a rather than −a + b
        kept.sort(key=lambda term: term.op == "neg")
    result = kept[0] if len(kept) == 1 else graph.apply("add", *kept)
    return graph.spread(result, shape)


def _joined(terms: list[Node]) -> Node:
    return terms[0] if len(terms) == 1 else total(terms)


def split_coefficient(term: Node) -> tuple[float, Node]:
    """3·x as (3, x); what has no coefficient has 1."""
    if term.op == "neg":
        coefficient, core = split_coefficient(term.args[0])
        return -coefficient, core
    if term.op == "mul" and term.args[0].op == "const" and len(term.args) > 1:
        rest = term.args[1:]
        core = rest[0] if len(rest) == 1 else graph.apply("mul", *rest)
        if core.shape == term.shape:
            return term.args[0].number, core
    return 1.0, term


def scaled(coefficient: float, core: Node) -> Node:
    return product([constant(coefficient), core])


def negative(node: Node) -> Node:
    return node.args[0] if node.op == "neg" else product([constant(-1.0), node])


def product(factors: list[Node]) -> Node:
    """The product, coefficient first, then names, then the rest; equal factors become powers."""
    shape = graph.common_shape(factors)
    coefficient, divisor, is_zero = 1.0, 1.0, False
    above: dict[Node, float] = {}
    below: dict[Node, float] = {}
    stack = list(reversed(factors))
    while stack:
        factor = stack.pop()
        op = factor.op
        if op == "mul":
            stack.extend(factor.args[::-1])
        elif op == "const":
            coefficient *= factor.number
            is_zero = is_zero or factor.number == 0.0
        elif op == "neg":
            coefficient = -coefficient
            stack.append(factor.args[0])
        elif op == "div":
            stack.append(factor.args[0])
            divisor *= _divide_by(factor.args[1], below)
        elif op == "fill" and shape == factor.shape:
            stack.append(factor.args[0])
        else:
            _collect(factor, above)
    if is_zero:
        return graph.spread(ZERO, shape)
    if coefficient == 0.0 or math.isinf(divisor):
        raise graph.KindError("the constants of this formula, multiplied, are no floating-point number")
    if below:
        _cancel(above, below)
    if divisor != 1.0:
        coefficient, divisor = _reduced(coefficient, divisor)
    top, bottom = _factors(above), _factors(below)
    if divisor != 1.0:
        bottom.insert(0, constant(divisor))
    if not bottom:
        result = _times(coefficient, top)
    else:
        ratio = graph.apply("div", _times(abs(coefficient), top), _times(1.0, bottom))
        result = graph.apply("neg", ratio) if coefficient < 0 else ratio
    return graph.spread(result, shape)


def _divide_by(divisor: Node, below: dict[Node, float]) -> float:
    """Collect the factors of a divisor; its number is returned."""
    number = 1.0
    for factor in divisor.args if divisor.op == "mul" else (divisor,):
        if factor.op == "const" and factor.number != 0.0:
            number *= factor.number
        else:
            _collect(factor, below)
    return number


def _reduced(coefficient: float, divisor: float) -> tuple[float, float]:
    """2/6 as 1/3, and 5/2 as 2.5: a fraction stays one only where its decimals would not end soon."""
    if divisor == 0.0:
        raise graph.KindError("the constants of this formula, multiplied, are smaller than any floating-point number")
    value = coefficient / divisor
    if len(repr(value)) <= 6:
        return value, 1.0
    if coefficient == int(coefficient) and divisor == int(divisor):
        common = math.gcd(int(coefficient), int(divisor)) * (-1.0 if divisor < 0 else 1.0)
        return coefficient / common, divisor / common
    return coefficient, divisor


def _collect(factor: Node, powers: dict[Node, float]) -> None:
    """Count a factor, x³ as three of x."""
    if factor.op == "pow":
        base, exponent = factor.args
        if exponent.op == "const" and exponent.number >= 1:
            powers[base] = powers.get(base, 0.0) + exponent.number
            return
    powers[factor] = powers.get(factor, 0.0) + 1.0


def _cancel(above: dict[Node, float], below: dict[Node, float]) -> None:
    for base in [b for b in below if b.op == "cosh"]:  # sinh u / cosh u is written tanh u
        sine = graph.apply("sinh", base.args[0])
        if above.get(sine) == 1.0 and below[base] == 1.0:
            del above[sine], below[base]
            slope = graph.apply("tanh", base.args[0])
            above[slope] = above.get(slope, 0.0) + 1.0


def _factors(powers: dict[Node, float]) -> list[Node]:
    """Names first, then powers of names, then the rest."""
    names, raised, rest = [], [], []
    for base, exponent in powers.items():
        made = base if exponent == 1.0 else power(base, constant(exponent))
        if made.op == "name":
            names.append(made)
        elif made.op == "pow" and made.args[0].op == "name":
            raised.append(made)
        else:
            rest.append(made)
    return names + raised + rest


def _times(coefficient: float, factors: list[Node]) -> Node:
    if not factors:
        return constant(coefficient)
    if coefficient not in (1.0, -1.0):
        factors = [constant(abs(coefficient)), *factors]
    whole = factors[0] if len(factors) == 1 else graph.apply("mul", *factors)
    return whole if coefficient > 0 else graph.apply("neg", whole)


def quotient(above: Node, below: Node) -> Node:
    return product([above, graph.apply("div", ONE, below)])


def safe_quotient(above: Node, below: Node) -> Node:
    """above/below, and exactly 0 where below is 0: the derivative of sqrt and norm there."""
    if above.is_constant and above.number == 0.0:
        return product([above, below])
    return graph.apply("div0", above, below)


def power(base: Node, exponent: Node) -> Node:
    if exponent.op == "const":
        number = exponent.number
        if number == 1.0:
            return base
        if number == 0.0:
            return graph.spread(ONE, base.shape)
        if base.op == "const" and base.number > 0 and number == int(number) and 0 < number < 9:
            return constant(base.number**number)
    return graph.apply("pow", base, exponent)


def chosen(condition: Node, yes: Node, no: Node) -> Node:
    """where(condition, yes, no), or the one value that both branches have."""
    return yes if yes is no else graph.apply("where", condition, yes, no)
