"""The options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from gdtui.cli.arguments import Whole
from gdtui.optimizers.before_rule import STAGES


def explorer_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that the explorer and ``run`` share."""
    optimizer = "Optimizer: NAME, NAME:k=v,... or FILE.toml."
    watch = click.option("--watch", "watches", multiple=True, metavar="EXPR", help="Watch (repeatable).")
    command = descent_options(watch(command))
    return click.option("-o", "--optimizer", default="gd", metavar="NAME", help=optimizer)(command)


def descent_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What a descent can be told besides its optimizer."""
    for option in reversed(
        [
            click.option("--lr", metavar="F", help="Learning rate."),
            click.option("--start", metavar="X,Y", help="Where to begin: 1,-2, or w=1,b=2, or 'random'."),
            click.option("--domain", metavar="x=A:B,...", help="What a chart shows first; random starts lie in it."),
            click.option(
                "-c", "--constant", "constants", multiple=True, metavar="NAME=VALUE", help="Make a name a constant."
            ),
            click.option("--dim", type=Whole(), metavar="N", help="Parameters of a formula over the vector x."),
            click.option("--steps", metavar="N", help="Updates at most."),
            click.option("--gtol", metavar="F", help="Stop when ‖∇f‖ < F."),
            click.option("--patience", metavar="N", help="Stop after N steps without a better loss."),
            click.option("--min-delta", metavar="F", help="How much better counts as better."),
            click.option("--diverge-at", metavar="F", help="|θ| or |loss| beyond F has diverged."),
            *(click.option(s.option, is_flag=None if s.takes else True, metavar=s.takes,  # at False none is needed
                           help=f"{s.help[0].upper()}{s.help[1:]}.") for s in STAGES.values()),
            click.option("--seed", type=Whole(), default=0, metavar="N", help="Seed of everything random."),
            click.option("--break", "breakpoints", multiple=True, metavar="EXPR", help="Breakpoint (repeatable)."),
        ]
    ):
        command = option(command)
    return command


def formula_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What says which names of a formula are parameters."""
    constant, dim = "Make a name a constant.", "Parameters of a formula over the vector x."
    command = click.option("--start", metavar="X,Y", help="The point: 1,-2, or w=1,b=2, or 'random'.")(command)
    command = click.option("--dim", type=Whole(), metavar="N", help=dim)(command)
    return click.option("-c", "--constant", "constants", multiple=True, metavar="NAME=VALUE", help=constant)(command)
