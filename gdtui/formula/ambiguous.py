"""Texts that two people read in two ways: each is refused, with both ways to write it.

Each function looks at the tokens around a place, and raises FormulaError where what stands there is ambiguous.
"""

from __future__ import annotations

from collections.abc import Sequence

from gdtui.formula.tokens import FormulaError, Token
from gdtui.formula.vocabulary import CONSTANTS

Tokens = Sequence[Token]
_OF_A_POINT = {"g": "grad(u)", "loss": "loss_at(u)"}


def check_index(text: str, tokens: Tokens, place: int, in_rule: bool) -> None:
    """x(1), with its name at ``place``: a coordinate in some languages, a product in others; and so is f(x)."""
    name, opening, inside, *behind = tokens[place : place + 4]
    if opening.text != "(" or name.text in CONSTANTS:
        return
    if in_rule and name.text in _OF_A_POINT:
        elsewhere = _OF_A_POINT[name.text]
        message = f"{name.text} is that at theta; at another place u it is {elsewhere}; a product is written with *"
        raise FormulaError(message, text, name.start, opening.end)
    closed = bool(behind) and behind[0].text == ")"
    shown = text[name.start : name.end]
    factor = text[inside.start : inside.end] if closed else "(...)"
    end = behind[0].end if closed else inside.end
    if inside.text == "i" or (closed and inside.kind == "number" and inside.text.isdigit()):
        message = f"{shown}[0] is the first coordinate; for a product write {shown}*{factor}"
    elif closed and inside.kind == "name":
        message = f"{shown}({factor}) would be a product: write {shown}*{factor}, or the formula of {shown}"
    else:
        return
    raise FormulaError(message, text, name.start, end)


def check_division(text: str, tokens: Tokens, divisor: int, place: int) -> None:
    """1/2x and x/2σ², with the divisor from one place to the other, where a factor follows without a sign."""
    follower = tokens[place]
    apart = tokens[place - 1].end < follower.start
    if apart and place == divisor + 1 and tokens[divisor].kind == "number":
        return  # 1/2 x²
    below = text[tokens[divisor].start : tokens[place - 1].end]
    factor = text[follower.start : follower.end] + ("...)" if follower.text == "(" else "")
    both = f"write /({below}*{factor}), or /{below}*{factor}"
    message = f"this could be divided by {below}*{factor} or by {below} alone: {both}"
    raise FormulaError(message, text, tokens[divisor - 1].start, follower.end)


def check_root(text: str, tokens: Tokens, sign: Token, place: int) -> None:
    """√x², with a power at ``place``."""
    if tokens[place].text == "**":
        inside = text[sign.end : tokens[place - 1].end]
        message = f"√ of a power, or the power of √: write √({inside}^2), or (√{inside})^2"
        raise FormulaError(message, text, sign.start, tokens[place].end)


def check_sum(text: str, tokens: Tokens, sign: Token, place: int) -> None:
    """Σ(x − 1)², with a power at ``place``; written sum(x - 1)^2 it is clear."""
    if tokens[place].text == "**" and text[sign.start : sign.end] != sign.text:
        message = f"the sum of powers, or the power of the sum: write {sign.text}((...)^2), or ({sign.text}(...))^2"
        raise FormulaError(message, text, sign.start, tokens[place].end)


def check_exponential(text: str, tokens: Tokens, place: int) -> None:
    """e^2x and e^-2x, with the factor behind the number at ``place``; e²x is clear."""
    before = place - 2 if tokens[place - 2].text == "**" else place - 3 if tokens[place - 2].text == "-" else place
    power, number = tokens[before], tokens[place - 1]
    written = power.text == "**" and power.end > power.start
    if written and tokens[before - 1].text == "e" and number.kind == "number" and number.end == tokens[place].start:
        exponent = text[power.end : number.end].strip()
        factor = text[tokens[place].start : tokens[place].end]
        message = f"e^{exponent}{factor} could be two things: write e^({exponent}*{factor}), or e^({exponent})*{factor}"
        raise FormulaError(message, text, tokens[before - 1].start, tokens[place].end)
