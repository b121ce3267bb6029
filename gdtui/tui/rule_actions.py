"""What the key of the update rule does: opens its text, and runs what was made of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from gdtui.formula.notation import number
from gdtui.storage.rule_text import toml_of
from gdtui.storage.writing import replacing_text
from gdtui.tui.desk import Desk
from gdtui.tui.recorded_rows import makes_rows

if TYPE_CHECKING:
    from gdtui.tui.rule_draft import Draft


class RuleActions(Desk):
    """The equations that run, as text."""

    @makes_rows
    def action_edit_rule(self) -> None:
        self.at_rest()
        from gdtui.tui.rule_draft import drafted
        from gdtui.tui.rule_editor import RuleEditor

        rule = self.session.setup.pipeline.rule
        as_it_runs = toml_of(rule)
        editor = RuleEditor(
            self.rule_texts.get(rule, as_it_runs), as_it_runs, lambda typed: drafted(typed, self.session.setup),
            lambda text: self.rule_texts.update({rule: text}), self.save_rule, self.depth,
        )  # fmt: skip
        self.app.push_screen(editor, self.take_rule)

    def take_rule(self, draft: Draft | None) -> None:
        """Run an edited rule from the cursor on; `undo_knob` takes it back, and the state with it."""
        if draft is None or draft.setup is None or draft.rule is None:
            return
        from gdtui.tui.rule_draft import text_of

        before, rule = self.session.setup, draft.rule
        self.rule_texts.pop(before.pipeline.rule, None)
        self.rule_texts[rule] = text_of(draft)
        if draft.setup == before:
            self.say("the rule is as it was")
            return
        self.undo.append(before)
        self.change(draft.setup)
        if not self.message:
            self.say(f"{rule.name} runs from t = {self.session.cursor}")

    def save_rule(self, draft: Draft, tell: Callable[[str], None]) -> None:
        """Ask for a path and write the rule's file there."""
        from gdtui.tui.rule_draft import text_of

        assert draft.rule is not None
        name = re.sub(r"[^\w.-]+", "-", draft.rule.name).strip("-.") or "rule"

        def write(path: str) -> None:
            try:
                with replacing_text(path) as file:
                    file.write(text_of(draft))
            except OSError as error:
                tell(f"{path} was not written: {error.strerror}")
            else:
                tell(f"saved; -o {path} takes it{self.lr_of_file(draft)}")

        self.asker.file("Save the rule as", f"{name}.toml", write, ending=".toml")

    def lr_of_file(self, draft: Draft) -> str:
        """At which lr the file runs, where that is not the one in force here."""
        assert draft.rule is not None
        default = next((p.default for p in draft.rule.hyperparameters if p.name == "lr"), None)
        here = self.session.setup.values.get("lr")
        if default is None or here is None or default == here:
            return ""
        return f", and runs it at its lr, {number(default)}; here {number(here)} is in force"
