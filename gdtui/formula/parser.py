"""Tokens -> graph, by precedence climbing. What is not taken is told at its place."""

from __future__ import annotations

from gdtui.formula import ambiguous, graph, matrices
from gdtui.formula.graph import KindError, Node
from gdtui.formula.refusals import NO_NAMES, no_function, no_name, not_called, refused_word, unexpected, wrong_count
from gdtui.formula.rule_calls import Argument, CallError, called
from gdtui.formula.tokens import FormulaError, Token, printable
from gdtui.formula.vocabulary import (
    CONSTANTS,
    FUNCTIONS,
    MAX_DEPTH,
    MAX_EXPONENT,
    MAX_NODES,
    ONLY_IN_RULES,
    Scope,
    is_factor,
    is_letter,
)

_COMPARISON, _SUM, _PRODUCT, _POWER = 4, 5, 6, 7
_STRENGTH = {"or": 1, "and": 2, "+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "@": _PRODUCT, "**": _POWER}
_STRENGTH |= dict.fromkeys(graph.COMPARISONS, _COMPARISON)
_STRENGTH |= dict.fromkeys([")", "]", "}", ",", ":", ""], 0)  # what closes, divides, or is the end of the text
_WRITTEN = frozenset(["+", "-", "*", "/", "@", "**", *graph.COMPARISONS, "and", "or"])
_OPENING = frozenset(["√", "∛", "\\frac", "\\sqrt"])
_CLOSED = frozenset([")", "]", "}", "|", "‖"])  # what stands before a factor; a bar there is one that closed
_CLOSING = {"(": ")", "{": "}", "|": "|", "‖": "‖"}
_SHOWN = 16  # characters of a text that is quoted
_FOLDED = frozenset(graph.UNARY) | {"add", "mul", "div", "pow"}
_CHECKED = frozenset(graph.UNARY) | graph.ARITHMETIC

Places = dict[Node, tuple[int, int]]
"""Where in the text a node stands: its first character, and the one behind its last."""


class Parser:
    """A precedence-climbing parser. `depth` bounds the recursion, `made` the work."""

    def __init__(self, text: str, tokens: list[Token], scope: Scope, places: Places):
        self.text, self.tokens, self.scope, self.places = text, tokens, scope, places
        self.in_rule = scope.rule  # where there are matrices
        self.index = 0
        self.token = tokens[0]  # the one at the index
        self.depth = 0
        self.made = 0
        self.open: list[str] = []  # the parentheses and bars around the place

    def whole(self) -> Node:
        node = self.expression(0)
        rest = self.token
        if rest.kind != "end":
            raise self.error(unexpected(rest), rest)
        return node

    def error(self, message: str, first: Token, last: Token | None = None) -> FormulaError:
        return FormulaError(message, self.text, first.start, (last or first).end)

    def take(self) -> Token:
        token = self.token
        if token.kind != "end":
            self.index += 1
            self.token = self.tokens[self.index]
        return token

    def enclosed(self, opening: Token, closing: str) -> Node:
        """What stands between an opening token, which was taken, and its closing one."""
        self.open.append(opening.text)
        inner = self.expression(0)
        self.expect(closing, opening)
        self.open.pop()
        return inner

    def braced(self, of: Token) -> Node:
        """What stands in braces behind TeX's \\frac, \\sqrt or ^."""
        if self.token.text != "{":
            raise self.error(f"'{of.text}' is followed by braces: \\frac{{1}}{{2}}, \\sqrt{{x}}", self.token)
        return self.enclosed(self.take(), "}")

    def expect(self, text: str, opening: Token) -> Token:
        if self.token.text != text:
            found = "the end of the formula" if self.token.kind == "end" else f"'{self.token.text}'"
            behind = " ".join(self.text[opening.start :].split())  # not a column: this may be part of a longer text
            begin = behind if len(behind) <= _SHOWN else behind[:_SHOWN] + "…"
            raise self.error(f"expected '{text}' to close '{printable(begin)}', found {found}", self.token)
        return self.take()

    def make(self, op: str, args: list[Node], first: Token) -> Node:
        """Apply an operation; a kind that does not fit, or a value that is no number, is told at its place."""
        self.made += 1
        if self.made > MAX_NODES:
            raise self.error(f"a formula has at most {MAX_NODES} operations", first)
        try:
            if self.in_rule and op == "div" and len(args[1].shape) > 1:
                raise KindError(matrices.NO_DIVISOR)
            node = graph.apply(op, *args)
        except KindError as error:
            raise self.error(str(error), first, self.tokens[max(0, self.index - 1)]) from None
        if node.depth > 2 * MAX_DEPTH:
            raise self.error(f"this is nested more than {MAX_DEPTH} deep", first)
        if op in _CHECKED:
            self.check_constant(node, first)
        if self.in_rule and (len(node.shape) > 1 or len(args[0].shape) > 1) and (why := matrices.not_by_entries(node)):
            raise self.error(why, first, self.tokens[self.index - 1])
        self.places.setdefault(node, (first.start, self.tokens[self.index - 1].end))
        return node

    def check_constant(self, node: Node, first: Token) -> None:
        """Refuse 1/0 and log(-1), which can never be a number, and powers out of bounds."""
        if node.op == "pow" and abs(node.args[1].known or 0.0) > MAX_EXPONENT:
            raise self.error(f"exponents go up to {MAX_EXPONENT}", first, self.tokens[self.index - 1])
        if node.op == "div" and node.args[1].known == 0.0:
            raise self.error("this divides by zero", first, self.tokens[self.index - 1])
        if node.known is None and node.op in _FOLDED:
            for argument in node.args:
                if argument.known is None:
                    return
            raise self.error("this is no finite number", first, self.tokens[self.index - 1])

    def expression(self, minimum: int) -> Node:
        self.depth += 1
        if self.depth > 2 * MAX_DEPTH:
            raise self.error(f"this is nested more than {MAX_DEPTH} deep", self.token)
        first = self.token
        left = self.operand()
        compared = False
        divisor = 0  # where the one that was read last begins
        while (strength := self.strength()) > minimum:
            operator = self.token
            if divisor and operator.text not in _WRITTEN and not self.scope.saved:
                ambiguous.check_division(self.text, self.tokens, divisor, self.index)
            divisor = self.index + 1 if operator.text == "/" else 0
            if strength == _SUM:
                left = self.sum_of(left, first)
            elif strength == _PRODUCT and operator.text == "@":
                left = self.applied(left, first)
            elif strength == _PRODUCT and operator.text != "/":
                left = self.product_of(left, first)
            elif strength == _COMPARISON and compared:
                raise self.error("one comparison at a time: write a < b and b < c", operator)
            else:
                self.take()
                compared = strength == _COMPARISON
                # A power groups to the right and takes a sign: 2**-x**2.
                if operator.text == "**" and self.token.text == "{":
                    right = self.braced(operator)
                elif operator.text == "**" and self.token.text == "T" and self.scope.free and not self.scope.saved:
                    raise self.error("^T is no power: the product of two vectors is dot(w, x)", self.token)
                else:
                    right = self.expression(_PRODUCT if operator.text == "**" else strength)
                left = self.make({"/": "div", "**": "pow"}.get(operator.text, operator.text), [left, right], first)
        self.depth -= 1
        return left

    def strength(self) -> int:
        """How tightly what follows binds to what was read; 0 where it does not."""
        strength = _STRENGTH.get(self.token.text)
        if strength is None:
            return _PRODUCT if self.implied_product() else 0
        return strength

    def sum_of(self, left: Node, first: Token) -> Node:
        """All terms of one sum in one node: a long sum is wide, not deep."""
        terms = [left]
        while self.token.text in ("+", "-") and self.token.kind == "operator":
            sign = self.take()
            term = self.expression(_SUM)
            terms.append(term if sign.text == "+" else self.make("neg", [term], sign))
        return self.make("add", terms, first)

    def product_of(self, left: Node, first: Token) -> Node:
        factors = [left]
        while self.strength() == _PRODUCT and self.token.text not in ("/", "@"):
            last = self.index - 1
            if self.token.text == "*":
                self.take()
            begin = self.index
            factors.append(self.expression(_PRODUCT))
            if self.in_rule:
                self.check_product(factors, first, last, begin)
        return self.make("mul", factors, first)

    def check_product(self, factors: list[Node], first: Token, last: int, begin: int) -> None:
        """Refuse a matrix times a vector or a matrix; the last factor begins at token ``begin``, behind ``last``."""
        rank, factor = max(len(node.shape) for node in factors[:-1]), factors[-1]
        if rank + len(factor.shape) > 2:
            before = self.text[first.start : self.tokens[last].end]
            after = self.text[self.tokens[begin].start : self.tokens[self.index - 1].end]
            whole = before if len(factors) == 2 else f"({before})"
            message = matrices.not_multiplied(whole, rank, after, factor)
            raise self.error(printable(message), first, self.tokens[self.index - 1])

    def applied(self, left: Node, first: Token) -> Node:
        """``A @ v``: a matrix such as hess() times a vector."""
        sign, behind = self.take(), self.token
        before = self.text[first.start : sign.start].rstrip()
        right = self.expression(_PRODUCT)
        after = self.text[behind.start : self.tokens[self.index - 1].end]
        if len(left.shape) == 2 and len(right.shape) == 1 and not right.boolean:
            return graph.matrix("@", (left, right), right.shape)
        message = matrices.not_applied(left, before, right, after, self.scope.rule)
        raise self.error(printable(message), first, self.tokens[self.index - 1])

    def implied_product(self) -> bool:
        """Whether what follows is multiplied without a sign: 6x, 2(x + 1), x²y, x(x + 1), 2|x|, x y, x sin(x)."""
        token, before = self.token, self.tokens[self.index - 1]
        if before.kind == "number" or before.text in _CLOSED:
            if self.index > 2 and not self.scope.saved and (token.text == "(" or self.is_word(token)):
                ambiguous.check_exponential(self.text, self.tokens, self.index)
            opens = token.text in ("|", "‖") and self.open[-1:] != [token.text]  # else it closes: |x − 2|
            return opens or token.text == "(" or token.text in _OPENING or self.is_word(token)
        if before.kind != "name":
            return False
        if token.text == "(":
            if not self.scope.saved:
                ambiguous.check_index(self.text, self.tokens, self.index - 1, self.in_rule)
            return True
        if token.text in _OPENING or (token.text in ("|", "‖") and self.open[-1:] != [token.text]):
            return True
        raised = self.index >= 2 and self.tokens[self.index - 2].text == "**"
        touching = before.end == token.start  # as πx, where a Greek letter ends a name
        if token.text in NO_NAMES:  # it is refused where it is read
            return True
        return self.is_word(token) and (raised or touching or (is_factor(before.text) and is_factor(token.text)))

    def is_word(self, token: Token) -> bool:
        return token.kind == "name" and token.text not in _STRENGTH and token.text != "not"

    def operand(self) -> Node:
        token = self.take()
        if token.text in ("-", "+") and token.kind == "operator":
            inner = self.expression(_PRODUCT)  # looser than a power: -x**2 is -(x**2)
            return inner if token.text == "+" else self.make("neg", [inner], token)
        if token.text == "not":
            return self.make("not", [self.expression(_COMPARISON - 1)], token)
        if token.kind == "number":
            return graph.constant(float(token.text))
        if token.kind == "name":
            return self.selected(self.named(token), token)
        if token.text == "(":
            return self.selected(self.enclosed(token, ")"), token)
        if token.text in ("|", "‖"):
            if token.text == self.token.text == "|" and token.end == self.token.start and not self.scope.saved:
                raise self.error("a norm is written ‖x‖ or norm(x); bars within bars are written |(|x| - 1)|", token)
            return self.make("abs" if token.text == "|" else "norm", [self.enclosed(token, token.text)], token)
        if token.text in ("√", "∛"):
            root = self.make("sqrt" if token.text == "√" else "cbrt", [self.expression(_POWER)], token)
            if not self.scope.saved:
                ambiguous.check_root(self.text, self.tokens, token, self.index)
            return root
        if token.text == "{":  # TeX's own parentheses
            return self.enclosed(token, "}")
        if token.text == "\\frac":
            above = self.braced(token)
            return self.make("div", [above, self.braced(token)], token)
        if token.text == "\\sqrt":
            return self.make("sqrt", [self.braced(token)], token)
        if token.kind == "end":
            raise self.error("the formula ends where a number, a name or '(' should follow", token)
        raise self.error(f"expected a number, a name or '(' before '{token.text}'", token)

    def named(self, token: Token) -> Node:
        name, scope = token.text, self.scope
        if name in NO_NAMES and self.text[token.start : token.end] == name:  # λ is a letter, lambda is not
            raise self.error(refused_word(name, self.text), token)
        opens = self.token.text in ("(", "{")
        if (opens or self.token.text == "[") and name not in FUNCTIONS and name.lower() in FUNCTIONS:
            raise self.error(no_function(name, scope), token)  # Sin[x]
        if opens and (name in FUNCTIONS or (scope.rule and name in ONLY_IN_RULES)):
            return self.call(token)
        if name in scope.refused:
            raise self.error(scope.refused[name], token)
        if name in scope.names:
            return scope.names[name]
        if name in CONSTANTS:
            return graph.constant(CONSTANTS[name])
        if name in FUNCTIONS:
            raise self.error(not_called(name, self.tokens[self.index : self.index + 2]), token)
        if name in ("and", "or"):
            raise self.error(f"expected a number, a name or '(' before '{name}'", token)
        if opens and not (scope.free and is_letter(name)):
            raise self.error(no_function(name, scope), token)
        if scope.free:
            return graph.name(name)
        raise self.error(no_name(name, scope), token)

    def call(self, token: Token) -> Node:
        opening = self.take()
        self.open.append(opening.text)
        args: list[Argument] = []
        closing = _CLOSING[opening.text]
        while self.token.text != closing:
            first = self.token
            args.append((self.expression(0), first))
            if self.token.text != ",":
                break
            self.take()
        self.expect(closing, opening)
        self.open.pop()
        name = token.text
        if self.scope.rule and name in ONLY_IN_RULES:
            try:
                return called(name, args, self.scope)
            except KindError as error:
                place = error.place if isinstance(error, CallError) else None
                raise self.error(str(error), place or token, place or self.tokens[self.index - 1]) from None
        if name in ("sum", "prod") and not self.scope.saved:
            ambiguous.check_sum(self.text, self.tokens, token, self.index)
        op, fewest, most = FUNCTIONS[name]
        if not fewest <= len(args) <= most:
            raise self.error(wrong_count(name, fewest, len(args)), token)
        return self.make(op, [node for node, _ in args], token)

    def selected(self, node: Node, token: Token) -> Node:
        """What follows in brackets: one coordinate, or a slice."""
        while self.token.text == "[":
            opening = self.take()
            self.open.append(opening.text)
            bounds: list[int | None] = [None]
            while self.token.text != "]":
                if self.token.text == ":":
                    self.take()
                    bounds.append(None)
                    continue
                place = self.token
                value = self.expression(_COMPARISON).known
                if value is None or value != int(value):
                    raise self.error("an index is a whole number", place)
                bounds[-1] = int(value)
                if self.token.text != ":":
                    break
            self.expect("]", opening)
            self.open.pop()
            try:
                if len(bounds) == 1 and bounds[0] is not None:
                    node = graph.element(node, bounds[0])
                elif 2 <= len(bounds) <= 3:
                    node = graph.part(node, slice(*bounds))
                else:
                    raise KindError("write x[0] for a coordinate, x[1:] for a slice")
            except (KindError, ValueError) as error:
                raise self.error(str(error), token, self.tokens[self.index - 1]) from None
        return node
