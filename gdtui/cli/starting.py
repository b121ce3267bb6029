"""What a command needs before it starts: a setup from its options, a session, a terminal."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

import click

from gdtui.cli.arguments import as_typed, constants_of, mistakes_told
from gdtui.cli.sessions import refuse_file
from gdtui.optimizers.before_rule import STAGES, numbered

if TYPE_CHECKING:
    from gdtui.descent.session import Session
    from gdtui.descent.setup import Setup
    from gdtui.objectives.objective import Objective


def settings() -> tuple[str, ...]:
    """The options that ``-o NAME:k=v`` may set as well."""
    return "lr", *(stage.name for stage in numbered())


@contextlib.contextmanager
def importing() -> Iterator[None]:
    """Around the import of NumPy and the engine, which is most of what a start takes.

    What an import makes lives as long as the program: it is never looked through for garbage, neither meanwhile nor
    at the end (a fifth of the whole). And BLAS would start a thread for every core, for matrices of 18 by 18.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # NumPy writes the docstrings of what it has in C by a module of its own: a tenth of its import, and unread here.
    sys.modules.setdefault("numpy._core._add_newdocs", ModuleType("numpy._core._add_newdocs"))
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if collecting:
            gc.enable()


def prepared(objective: str | Objective, options: dict[str, Any]) -> Setup:
    """The Setup that the options describe; what is wrong with them goes to stderr, exit 2."""
    with importing():
        from gdtui.descent.setup import prepare
        from gdtui.descent.stopping import PARAMETERS

    if isinstance(objective, str):
        refuse_file(objective)
    with mistakes_told():
        _check_set_once(options)
        setup = prepare(
            as_typed(objective) if isinstance(objective, str) else objective,
            options["optimizer"],
            start=options["start"],
            settings={} if options["lr"] is None else {"lr": options["lr"]},
            constants=constants_of(options["constants"]),
            stopping={name: options[name] for name in PARAMETERS},
            **{name: options[name] for name in ("domain", "dim", "seed", *STAGES)},
            breakpoints=[*map(as_typed, options["breakpoints"])],
            watches=[*map(as_typed, options["watches"])],
        )
    if setup.pipeline.rule.source is not None:
        _tell_remarks(setup)
    return setup


def kernel_source(optimizer: str, objective: str, constants: Sequence[str], dim: int | None, start: str | None) -> str:
    """The Python source that a run of this optimizer computes its rows by; what is wrong goes to stderr, exit 2."""
    with importing():
        from gdtui.descent.kernel import source_of
        from gdtui.descent.setup import prepare

    refuse_file(objective)
    with mistakes_told():
        setup = prepare(as_typed(objective), optimizer, start=start, constants=constants_of(constants), dim=dim)
        return source_of(setup.program)


def _tell_remarks(setup: Setup) -> None:
    """On stderr: what a rule file does that its text may not look like."""
    from gdtui.optimizers.rule_check import remarks_on

    for remark in remarks_on(setup.pipeline.rule):
        click.echo(f"gdtui: {setup.pipeline.rule.name}: {remark}", err=True)


def _check_set_once(options: dict[str, Any]) -> None:
    """Refuse what is set by ``-o NAME:k=v`` and by an option of its own too. Raises ValueError."""
    from gdtui.formula.parameter import split_settings

    for name in split_settings(options["optimizer"])[1]:
        if name in settings() and options[name] is not None:
            option = f"--{name.replace('_', '-')}"
            raise ValueError(f"{name} is set twice, by -o {options['optimizer']} and by {option}: set it once")


def begun(objective: str, options: dict[str, Any]) -> Session:
    """A session at row 0."""
    setup = prepared(objective, options)
    with importing():
        from gdtui.descent.run import begin

    with mistakes_told():  # an init may divide by a hyperparameter
        return begin(setup)


