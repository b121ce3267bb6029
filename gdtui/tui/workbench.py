"""The workbench: the desk with all that can be done at it. Each command of the table is an action of one group."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from gdtui.tui.commands import COMMANDS
from gdtui.tui.export_actions import ExportActions
from gdtui.tui.opening_actions import OpeningActions
from gdtui.tui.rule_actions import RuleActions
from gdtui.tui.run_actions import RunActions
from gdtui.tui.view_actions import ViewActions


class Workbench(RunActions, RuleActions, ViewActions, ExportActions, OpeningActions):
    """The screen of the explorer."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding(c.keys, c.action, c.help) for c in COMMANDS if c.keys]
