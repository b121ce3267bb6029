"""Names and their symbols: ``beta1`` is shown as β₁, ``m_hat`` as m̂, and input takes either."""

import re
import unicodedata
from collections.abc import Mapping

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η",
    "theta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π",
    "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
}  # fmt: skip

# What the words of a rule are written as. An objective's formula does not use these: its ``mu`` is its own.
RULE_SYMBOLS: Mapping[str, str] = {
    "lr": "η", "lr_t": "ηₜ", "delta": "Δθ", "grad": "∇f", "eps": "ε", "momentum": "μ", "weight_decay": "λ",
    "grad_noise": "σₙ",  # σ is the sigma of a rule
}  # fmt: skip

SUMS = {"∑": "sum", "Σ": "sum", "∏": "prod", "Π": "prod"}
_LETTER_OF = {symbol: name for name, symbol in GREEK.items()} | {"ϕ": "phi", "ϵ": "epsilon", "µ": "mu"}
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_SUBSCRIPT_DIGIT = {below: chr(digit) for digit, below in _SUBSCRIPTS.items()}
_SUPERSCRIPTS = str.maketrans("0123456789-tkn", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻ᵗᵏⁿ")
SUPERSCRIPT_CHARACTERS = {chr(above): chr(plain) for plain, above in _SUPERSCRIPTS.items()}
HAT, BAR = "\u0302", "\u0304"
_MARKS = {"hat": HAT, "bar": BAR}


def symbol_of(name: str, symbols: Mapping[str, str] | None = None) -> str:
    """How ``name`` is shown: from ``symbols`` if it is there, else by the house's habits."""
    if symbols and name in symbols:
        return symbols[name]
    base, _, mark = name.rpartition("_")
    if mark in _MARKS and len(symbol_of(base, symbols)) == 1:
        return unicodedata.normalize("NFC", symbol_of(base, symbols) + _MARKS[mark])
    match = re.fullmatch(r"([A-Za-z]+?)_?(\d+)", name)
    if match and (match[1] in GREEK or len(match[1]) == 1):
        return GREEK.get(match[1], match[1]) + match[2].translate(_SUBSCRIPTS)
    return GREEK.get(name, name)


def name_of(symbol: str, symbols: Mapping[str, str] | None = None) -> str:
    """The ASCII name behind what was typed; text that is ASCII already comes back as it is."""
    if symbol.isascii():
        return symbol
    for name, shown in (symbols or {}).items():
        if shown == symbol:
            return name
    if symbol in SUMS:
        return SUMS[symbol]
    plain = unicodedata.normalize("NFD", symbol)
    for mark, character in _MARKS.items():
        if plain.endswith(character):
            return f"{name_of(plain[:-1], symbols)}_{mark}"
    plain = plain.translate(_SUBSCRIPT_DIGIT)
    return "".join(_LETTER_OF.get(character, character) for character in plain)


def is_symbol_character(character: str) -> bool:
    """Whether a character that is not ASCII may stand in a name."""
    return character in _LETTER_OF or ord(character) in _SUBSCRIPT_DIGIT or character in "ΔₜₙΣ∇̂̄ŷâêîôûẑŵĝĥĵŝĉāēīōūḡ"


def is_subscript(character: str) -> bool:
    """Whether a character is a digit below the line, as in x₁."""
    return ord(character) in _SUBSCRIPT_DIGIT


def is_marked(character: str) -> bool:
    """Whether a character is a letter with a hat or a bar on it, ŷ."""
    return len(character) == 1 and unicodedata.normalize("NFD", character)[1:] in (HAT, BAR)


def is_greek(character: str) -> bool:
    """Whether a character is one of the Greek letters that are names by themselves: 2πx is 2·π·x."""
    return character in _LETTER_OF


def superscript(text: str) -> str:
    """``12`` as ¹²; only digits, a minus sign and the letters t, k, n have such forms."""
    return text.translate(_SUPERSCRIPTS)


def subscript(number: int) -> str:
    """An iteration as it stands under a symbol: 13 as ₁₃."""
    return str(number).translate(_SUBSCRIPTS)
