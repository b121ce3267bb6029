"""What was typed -> values; what is wrong with it -> one message on stderr and exit 2."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

import click

_DIGITS = 30
_REPEATED = 80  # characters of a word that a message repeats whole


class Whole(click.IntRange):
    """A whole number; one that is too long to be meant is not repeated in the message."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if len(str(value)) > _DIGITS:
            self.fail(f"a whole number has at most {_DIGITS} digits", param, ctx)
        return super().convert(value, param, ctx)

    def _describe_range(self) -> str:
        """In the help; without bounds click would write x<=None."""
        return "" if self.min is None and self.max is None else super()._describe_range()


class OneEach(click.Command):
    """A command that refuses an option given twice, where it takes one. Click obeys the last one, in silence."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        _, _, options = self.make_parser(ctx).parse_args(args=list(args))
        for option in options:
            if isinstance(option, click.Option) and not option.multiple and options.count(option) > 1:
                name = next((word for word in option.opts if word in args), option.opts[0])
                does_several = _SEVERAL.get(option.name or "", "it is taken once")
                raise click.UsageError(f"{name} is given twice: {does_several}", ctx)
        return super().parse_args(ctx, args)


_SEVERAL = {
    "optimizer": "one run has one optimizer; gdtui diff OBJECTIVE -o A -o B compares two",
    "start": "one run has one start; gdtui.descend_many in Python takes many",
}
"""What takes several of an option of which a run takes one."""


def guarded(argument: str) -> str:
    """A formula that begins with a minus sign is no option: ``-cos(x)``. A space in front tells click so."""
    formula = re.match(r"-[^-]", argument) and re.search(r"[()*/^²³]|^-\w$", argument) and "=" not in argument
    return " " + argument if formula and argument not in ("-o", "-c", "-h") else argument


def constants_of(pairs: Sequence[str]) -> dict[str, float]:
    found = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        if name.strip() in found:
            raise ValueError(f"-c {name.strip()[:40]} is given twice: a constant has one value")
        try:
            found[name.strip()] = float(value.replace("−", "-"))
        except ValueError:
            raise ValueError(f"a constant is written -c NAME=VALUE with a number; '{pair[:40]}' is not") from None
    return found


def as_typed(argument: str) -> str:
    """What was typed in UTF-8, also where the locale made something else of it."""
    try:
        return os.fsencode(argument).decode("utf-8")
    except UnicodeError:
        return argument


def retyped(argument: str, otherwise: str) -> str:
    """A word as it is typed in a shell; ``otherwise`` for one that is too long to be repeated in a message."""
    import shlex

    word = as_typed(argument).strip()
    return shlex.quote(word) if len(word) <= _REPEATED else otherwise


@contextlib.contextmanager
def mistakes_told() -> Iterator[None]:
    """Bad input becomes one clear message on stderr and exit 2; no traceback."""
    try:
        yield
    except (ValueError, OverflowError) as error:
        refuse(str(error))


def refuse(message: str) -> NoReturn:
    shown = "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in message)
    click.echo(f"gdtui: {shown}", err=True)
    sys.exit(2)
