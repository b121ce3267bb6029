"""What x does: what is on the screen as files, and the same run as a command or as Python."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from gdtui.formula.tokens import printable
from gdtui.tui.choosing import Choice
from gdtui.tui.desk import Desk

# What writes is imported when it is asked for: a start, which writes nothing, does not wait for it.
if TYPE_CHECKING:
    from gdtui.storage.equivalent import Replay

Result = TypeVar("Result")

CHOICES = (
    Choice("csv", "rows as CSV…", "every row of this run: a line each"),
    Choice("jsonl", "rows as JSON lines…", "as gdtui run --format jsonl writes them"),
    Choice("svg", "picture as SVG…", "the screen as it is"),
    Choice("toml", "rule as TOML…", "equations and numbers, for -o FILE.toml"),
    Choice("command", "command to the clipboard", "the gdtui run that makes these rows"),
    Choice("python", "Python to the clipboard", "the gdtui.descend that makes these rows"),
)


class ExportActions(Desk):
    def action_export(self) -> None:
        self.at_rest()
        self.show_frame()
        self.asker.choice("Export", CHOICES, self.export)

    def export(self, what: str) -> None:
        from gdtui.storage.equivalent import command_of, python_of
        from gdtui.storage.wording import file_stem

        if self.is_recorded and what in ("toml", "command", "python"):
            self.say("only rows were recorded: there is no rule to be written, and no command")
            return
        rule = self.session.branch.last.program.pipeline.rule
        maker = self.session.branch.makers[-1][0].program
        run = file_stem(maker.objective.name, maker.pipeline.rule.name)
        if what in ("csv", "jsonl"):
            title = "Rows as CSV" if what == "csv" else "Rows as JSON lines"
            self.asker.file(f"{title}: the file", f"{run}.{what}", partial(self.write_rows, what))
        elif what == "svg":
            draw = partial(self.call_after_refresh, self.write_svg)  # then the dialog has gone
            self.asker.file("Picture as SVG: the file", f"{run}.svg", draw)
        elif what == "toml":
            self.asker.file("Rule as TOML: the file", f"{file_stem(rule.name)}.toml", self.write_rule)
        else:
            self.copy("Command" if what == "command" else "Python", command_of if what == "command" else python_of)

    def write_rows(self, form: str, path: str) -> None:
        from gdtui.storage.rows import written

        def take(count: int) -> None:
            self.say(f"wrote {count} row{'s' * (count != 1)} to {printable(path)}")

        self.at_length(f"Writing {printable(path)}", written(self.session, form, path), path, take)

    def write_svg(self, path: str) -> None:
        from gdtui.tui.picture import picture_of

        title = printable(f"gdtui {self.session.branch.objective.name}")
        self.write(path, "the picture", picture_of(self.app, title))

    def write_rule(self, path: str) -> None:
        from gdtui.storage.rule_text import toml_of

        last = self.session.branch.last
        rule = last.program.pipeline.rule
        self.write(path, f"the rule {rule.name}", toml_of(rule, last.values))

    def write(self, path: str, what: str, text: str) -> None:
        from gdtui.storage.writing import replacing_text

        try:
            with replacing_text(path) as file:
                file.write(text)
        except OSError as error:
            self.say(f"{printable(path)}: {error.strerror}; nothing was written")
        else:
            self.say(f"wrote {what} to {printable(path)}")

    def copy(self, title: str, text_of: Callable[[Replay], str]) -> None:
        from gdtui.storage.equivalent import replayed
        from gdtui.tui.copying import CopiedText

        def take(found: Replay) -> None:
            self.app.push_screen(CopiedText(title, text_of(found)))

        self.at_length("Making the rows again, to be sure of them", replayed(self.session), "", take)

    def at_length(
        self, title: str, work: Generator[int, None, Result], path: str, take: Callable[[Result], None]
    ) -> None:
        """Do what may take its time under a dialog, which keeps the session as it is meanwhile."""
        from gdtui.tui.working import Working

        def ended(found: Result | OSError | None) -> None:
            if isinstance(found, OSError):
                self.say(f"{printable(path)}: {found.strerror}; nothing was written")
            elif found is None:
                self.say("stopped")
            else:
                take(found)

        self.app.push_screen(Working(title, work, self.session.branch.count), ended)
