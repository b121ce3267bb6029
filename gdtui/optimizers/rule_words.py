"""What people write in rules, in the words of papers and of other programs, and what it is called here."""

from __future__ import annotations

import re

_CALLED = {
    **dict.fromkeys(["clip", "clamp"], "clipping is written minimum(maximum(u, low), high)"),
    **dict.fromkeys(["inv", "inverse"], "solve(A, b) is the inverse of A times b"),
    **dict.fromkeys(["hessian", "H"], "the Hessian is hess()"),
    **dict.fromkeys(["I", "eye"], "the identity matrix is identity()"),
    **dict.fromkeys(["randn", "rand"], "a standard normal draw is normal()"),
    "zeros": "a state begins at 0 by itself, or at what [init] says",
    "ones": "a vector of ones is 0*i + 1",
    "learning_rate": "the learning rate is lr",
    "alpha": "the learning rate is lr; any other number is declared under [hyperparameters]",
    **dict.fromkeys(["gradient", "grads"], "the gradient is g"),
    "g_t": "the gradient of this step is g",
    **dict.fromkeys(["theta_t", "params", "x", "w"], "the parameters are theta"),
}
_EARLIER = re.compile(r"([A-Za-z]\w*?)(?:_\{?t ?[-−] ?1\}?|\[ ?t ?[-−] ?1 ?\]|_(?:prev|previous|old|last))$")
_WITH_INDEX = re.compile(r"\w+(\{[^}]*\}|\[[^\]]*\])?")
_SIGNS = {
    ";": "each equation has a line of its own",
    "/": "a comment begins with #",
    "{": "a name is letters, digits and underscores",
}


def in_words_of_rules(expression: str, first: int, last: int) -> str:
    """``; ...``: what to write for the mistake between two places of an expression, where it is a usual one."""
    word = expression[first:last]
    around = next((m[0] for m in _WITH_INDEX.finditer(expression) if m.start() <= first < m.end()), "")
    earlier = _EARLIER.fullmatch(around)
    if earlier:
        name = earlier[1]
        itself = "" if name in ("g", "grad", "loss", "theta") else f", or {name} itself ahead of its own line"
        return f"; the value one step before is prev({name}){itself}"
    if word in _CALLED:
        return f"; {_CALLED[word]}"
    if word == "/" and expression[first - 1 : first] != "/":
        return ""
    return f"; {_SIGNS[word]}" if word in _SIGNS else ""
