"""The editor of the update rule: typed, told, applied from the cursor, saved."""

import re
from dataclasses import replace

import numpy as np
import pytest
from textual import events
from textual.widgets import Button, Input, Static

from gdtui.charts.cells import Depth
from gdtui.descent.setup import prepare
from gdtui.optimizers.catalogue import BY_NAME
from gdtui.optimizers.resolve import resolve_rule
from gdtui.storage.rule_text import toml_of
from gdtui.tui.dialogs import FilePrompt
from gdtui.tui.rule_draft import Draft, doubt, drafted, text_of
from gdtui.tui.rule_editor import RuleEditor, RuleText
from tests.tui.exploring import Exploring, drives_the_app, exploring

SIZES = [(120, 40), (80, 24), (60, 15)]
HALF = ("-lr * m_hat", "-lr/2 * m_hat")


def area(it: Exploring) -> RuleText:
    assert isinstance(it.app.screen, RuleEditor)
    return it.app.screen.area


def notation(it: Exploring) -> str:
    return str(it.app.screen.query_one("#notation Static", Static).content)


def marked(it: Exploring) -> str:
    """The text that is underlined on the screen."""
    strips = [area(it).render_line(y) for y in range(area(it).size.height)]
    return "".join(s.text for strip in strips for s in strip if s.style and s.style.underline)


async def settled(it: Exploring) -> None:
    """Until what was typed has been read, which it is of a burst of keys once."""
    editor = it.app.screen
    assert isinstance(editor, RuleEditor)
    await it.until(lambda: editor.draft.text == editor.area.text and not editor.reading)
    await it.pilot.pause()


def burst(it: Exploring, *keys: str) -> None:
    """Keys that arrive together, before any of them has done its work."""
    for key in keys:
        it.app.post_message(events.Key(key, key if len(key) == 1 else None))


async def edit(it: Exploring, old: str, new: str) -> None:
    """Change the text where ``old`` stands."""
    text = area(it).text
    assert old in text
    area(it).text = text.replace(old, new)
    await settled(it)


async def press_button(it: Exploring, name: str) -> None:
    for _ in range(5):
        await it.press("tab")
        focused = it.app.focused
        if isinstance(focused, Button) and focused.name == name:
            await it.press("enter")
            return
    raise AssertionError(f"tab does not reach {name}")


@pytest.mark.parametrize("size", SIZES)
@drives_the_app
async def test_a_mistake_is_told_and_marked_as_it_is_typed_and_its_fix_is_shown_in_notation(size) -> None:
    async with exploring(optimizer="adam", size=size) as it:
        await it.press("n", "e")
        assert area(it).cursor_location == (3, 0)  # on the first equation
        assert "m     = β₁·m + (1−β₁)·g" in notation(it) and "Δθ    = −η·m̂ / (√v̂+ε)" in notation(it)
        assert it.told == "" and marked(it) == ""
        await it.press(*["right"] * 8, "q")
        await settled(it)
        assert it.told == "line 4, column 9: there is no name 'qbeta1'; did you mean beta1 or beta2?"
        assert marked(it) == "qbeta1" and it.told[:50] in it.text
        assert "m     = β₁·m + (1−β₁)·g" in notation(it)
        await it.press("backspace", "2", "asterisk")
        await settled(it)
        assert it.told == "stability is still adam's: does it hold for these equations?" and marked(it) == ""
        assert "m     = 2β₁·m + (1−β₁)·g" in notation(it) and "m     = 2β₁·m + (1−β₁)·g" in it.text
        assert it.app.screen.query_one("#dialog").border_title == "Update rule: adam-edited"
        for button in ("apply", "save…", "reset", "back"):
            assert button in it.text


@pytest.mark.parametrize("depth", list(Depth))
@drives_the_app
async def test_the_mark_is_seen_at_every_depth_of_colour(depth) -> None:
    async with exploring(optimizer="adam", size=(80, 24), depth=depth) as it:
        await it.press("e", "x")
        await settled(it)
        assert "xm" in it.lines[1] and marked(it) != ""


@drives_the_app
async def test_a_mistake_at_the_end_of_a_line_marks_its_last_character() -> None:
    async with exploring() as it:
        await it.press("e", "end", "asterisk")
        await settled(it)
        assert it.told.startswith("line 4, column 15: ") and marked(it) == "*"


@drives_the_app
async def test_an_edited_rule_runs_from_the_cursor_as_a_fork() -> None:
    async with exploring(optimizer="adam", settings={"lr": 0.1, "beta1": 0.8}) as it:
        await it.press(*["n"] * 9, *["left"] * 4, "e")
        old = it.session.branch
        await edit(it, *HALF)
        await press_button(it, "apply")
        assert it.app.screen is it.bench
        assert "forked at t = 5; the old future stays" in it.status
        rule = it.session.setup.pipeline.rule
        assert (rule.name, rule.edited_from) == ("adam-edited", "adam")
        assert "adam-edited" in "".join(it.pane("optimizer"))
        assert dict(it.session.setup.values) == {"lr": 0.1, "beta1": 0.8, "beta2": 0.999, "eps": 1e-8}
        assert (it.session.cursor, it.session.branch.count, old.count) == (5, 6, 10)
        await it.press("n")
        same, row = old.row(6), it.session.row
        for name in ("m", "v", "m_hat", "v_hat"):  # the state and t went on
            assert np.array_equal(row.terms[name], same.terms[name])
        assert row.terms["delta"] == pytest.approx(same.terms["delta"] / 2, rel=1e-14)
        await it.press("left", "u")
        assert it.session.setup.pipeline.rule is BY_NAME["adam"]
        await it.press("n")
        assert it.session.row.theta.tobytes() == same.theta.tobytes()


@drives_the_app
async def test_at_the_last_row_it_goes_on_in_the_same_branch() -> None:
    async with exploring(optimizer="adam", settings={"lr": 0.1}) as it:
        await it.press("n", "n", "e")
        await edit(it, *HALF)
        await it.press("ctrl+enter")
        assert len(it.session.branches) == 1 and "adam-edited runs from t = 2" in it.status
        await it.press("n")
        assert it.status.startswith("t = 3 ") and it.session.branch.segment_at(3).t_of(3) == 3


@drives_the_app
async def test_what_was_not_changed_changes_nothing() -> None:
    async with exploring(optimizer="adam") as it:
        await it.press("n", "n", "left", "e", "tab", "enter")
        assert "the rule is as it was" in it.status and len(it.session.branches) == 1
        await it.press("u")
        assert "nothing to take back" in it.status


@drives_the_app
async def test_a_default_that_was_edited_is_in_force() -> None:
    async with exploring(optimizer="adam", settings={"beta1": 0.8}) as it:
        await it.press("n", "e")
        assert "in force: η = 0.1, β₁ = 0.8," in notation(it)
        await edit(it, "default = 0.999", "default = 0.99")
        assert "β₂ = 0.99," in notation(it)
        await edit(it, "default = 0.001", "default = 0.02")
        await it.press("ctrl+enter")
        assert dict(it.session.setup.values) == {"lr": 0.02, "beta1": 0.8, "beta2": 0.99, "eps": 1e-8}


@drives_the_app
async def test_what_has_a_mistake_is_neither_applied_nor_saved() -> None:
    async with exploring(optimizer="adam") as it:
        await it.press("n", "e")
        before = it.session.setup
        await edit(it, "sqrt(v_hat)", "sqrt(v_het)")
        for name in ("apply", "save…"):
            area(it).move_cursor((0, 0))
            await press_button(it, name)
            assert isinstance(it.app.screen, RuleEditor) and it.app.focused is area(it)
            assert area(it).cursor_location == (7, 28) and "'v_het'" in it.told
        assert it.session.setup is before


@drives_the_app
async def test_escape_changes_nothing_and_keeps_the_text() -> None:
    async with exploring(optimizer="adam") as it:
        await it.press("n", "e")
        before, text = it.session.setup, area(it).text
        await it.press("x", "y", "escape")
        assert it.app.screen is it.bench and it.session.setup is before
        await it.press("e")
        assert area(it).text == text.replace("\nm  ", "\nxym  ", 1) and "line 4" in it.told
        await press_button(it, "reset")
        assert area(it).text == text and it.told == "" and it.app.focused is area(it)
        await press_button(it, "back")
        await it.press("o", "g", "d", "enter", "e")
        assert 'name = "gd"' in area(it).text


@drives_the_app
async def test_an_applied_text_is_found_again_with_its_comments() -> None:
    async with exploring(optimizer="adam") as it:
        await it.press("e")
        await edit(it, "delta = -lr *", "# half of it\ndelta = -lr/2 *")
        await it.press("ctrl+enter", "n", "e")
        assert area(it).text.startswith('name = "adam-edited"\nedited_from = "adam"\n')
        assert "\n# half of it\ndelta = -lr/2 *" in area(it).text
        await it.press("tab", "enter")
        assert "the rule is as it was" in it.status


@drives_the_app
async def test_a_saved_rule_is_what_the_option_takes(tmp_path) -> None:
    async with exploring(optimizer="adam", settings={"lr": 0.1}) as it:
        await it.press("e")
        await edit(it, *HALF)
        await press_button(it, "save…")
        assert isinstance(it.app.screen, FilePrompt)
        assert it.app.screen.query_one(Input).value == "adam-edited.toml"
        path = tmp_path / "half.toml"
        await it.type(str(tmp_path / "half.txt"))
        assert it.told == "the name of this file ends with .toml"
        await it.type(str(path))
        assert it.told == f"saved; -o {path} takes it, and runs it at its lr, 0.001; here 0.1 is in force"
        await it.press("ctrl+enter")
        rule, _ = resolve_rule(str(path))
        assert replace(rule, source=None) == it.session.setup.pipeline.rule
        assert (rule.name, rule.edited_from) == ("adam-edited", "adam")


@drives_the_app
async def test_a_file_that_is_there_is_replaced_only_when_told_twice(tmp_path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("precious", encoding="utf-8")
    async with exploring() as it:
        await it.press("e", "ctrl+s")
        await it.type(str(path))
        assert "enter once more replaces it" in it.told and path.read_text(encoding="utf-8") == "precious"
        await it.press("enter")
        assert path.read_text(encoding="utf-8") == toml_of(BY_NAME["gd"])


@drives_the_app
async def test_what_cannot_be_written_is_told(tmp_path, monkeypatch) -> None:
    def full(*_):
        raise OSError(28, "No space left on device")

    path = tmp_path / "mine.toml"
    path.write_text("precious", encoding="utf-8")
    monkeypatch.setattr("os.fsync", full)
    async with exploring() as it:
        await it.press("e", "ctrl+s")
        await it.type(str(path))
        await it.press("enter")
        assert it.told == f"{path} was not written: No space left on device"
        assert path.read_text(encoding="utf-8") == "precious" and list(tmp_path.iterdir()) == [path]


HOSTILE = [
    "[bold red]x[/] = g", "[/]", "m = __import__('os').system('x')", "delta = 9**9**9**9", "theta = " + "(" * 5000,
    "\N{CYRILLIC SMALL LETTER HA} = 1", "a = exp(exp(exp(1e9)))", '"""', "[", "\\u0000", "i = 1_0**400", "中文 = 1",
    "name = 3\n" * 4000,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@drives_the_app
async def test_hostile_text_is_told_and_shown_as_it_is(text) -> None:
    async with exploring(size=(80, 24)) as it:
        await it.press("e")
        await edit(it, "delta = -lr*g", text)
        before = it.session.setup
        assert it.told and not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", it.sent)
        if text.startswith("[bold"):
            assert "[bold red]x[/] = g" in it.text
        await it.press("ctrl+enter")
        assert it.session.setup is before and isinstance(it.app.screen, RuleEditor)


@drives_the_app
async def test_what_is_pasted_is_made_printable_and_bounded() -> None:
    async with exploring(size=(80, 24)) as it:
        await it.press("e")
        area(it).post_message(events.Paste("# \x1b]52;c;eA==\x07\x9b1m\u202eend\r\n# second\n"))
        await it.until(lambda: "second" in area(it).text)
        await settled(it)
        rows = area(it).text.split("\n")
        assert rows[3:6] == ["# �]52;c;eA==��1m�end", "# second", "delta = -lr*g"]
        assert it.told == "" and "\x1b]52" not in it.repainted
        area(it).post_message(events.Paste("#" * 1_000_000))
        await it.until(lambda: len(area(it).text) > 20_000)
        await settled(it)
        assert it.told == "a rule has at most 20000 bytes" and len(area(it).text) < 21_000


@drives_the_app
async def test_a_burst_of_keys_is_read_once_and_in_order() -> None:
    async with exploring() as it:
        await it.press("e")
        reads: list[str] = []
        editor = it.app.screen
        assert isinstance(editor, RuleEditor)
        read = editor.read

        def counted(text: str) -> Draft:
            reads.append(text)
            return read(text)

        editor.read = counted
        lines = len(area(it).text.split("\n"))
        burst(it, "a", "b", "home", "c", "end", "d", "tab", "enter")
        await it.until(lambda: bool(it.told) and it.app.focused is area(it))
        rows = area(it).text.split("\n")
        assert rows[3] == "cabdelta = -lr*gd" and len(rows) == lines and len(reads) < 6
        assert area(it).cursor_location == (3, 15)  # where the mistake is, which apply refused
        burst(it, "x", "escape", "n", "n")
        await it.until(lambda: it.session.cursor == 2)
        await it.press("e")
        assert area(it).text.split("\n")[3] == "cabdelta = -lr*xgd"


@drives_the_app
async def test_what_does_not_fit_this_function_is_told() -> None:
    async with exploring("x*y + z**2", clip_norm=1.0) as it:
        await it.press("e")
        await edit(it, "delta = -lr*g", "delta = -lr*g*(loss - f_min)")
        assert "reads f_min, the known minimum; of x*y + z**2 none is known" in it.told
        await edit(it, "*(loss - f_min)", "\nclipped = g")
        assert "'clipped' is a name of gd-edited and of what comes before it" in it.told
        await edit(it, "clipped = g", "other = g")
        assert it.told.startswith("stability is still gd's") and "clipped = g·minimum(1, clip_norm" in notation(it)


@drives_the_app
async def test_a_mistake_for_so_many_parameters_has_its_place_too() -> None:
    async with exploring("square") as it:
        await it.press("e")
        await edit(it, "delta = -lr*g", "delta = -lr*g*g[1]")
        assert it.told.startswith("line 4, column 15: there is no coordinate 1") and marked(it) == "g[1]"


def test_names_of_edited_rules():
    adam, gd = BY_NAME["adam"], BY_NAME["gd"]
    setup = prepare("himmelblau", "adam")
    text = toml_of(adam)
    assert drafted(text, setup).rule is adam
    assert drafted(toml_of(gd), setup).rule is gd
    half = drafted(text.replace(*HALF), setup)
    assert half.setup is not None and half.rule is not None
    assert (half.rule.name, half.rule.origin) == ("adam-edited", "adam")
    mine = drafted(text.replace(*HALF).replace('name = "adam"', 'name = "mine"'), setup)
    assert mine.rule is not None and (mine.rule.name, mine.rule.origin) == ("mine", "adam")
    again = drafted(text_of(half).replace("-lr/2", "-lr/3"), half.setup)
    assert again.rule is not None and (again.rule.name, again.rule.origin) == ("adam-edited", "adam")
    assert drafted(text_of(half), half.setup).setup == half.setup
    assert drafted(text, half.setup).rule is adam
    for odd in ('name = """adam"""', "name = 'adam' # mine", "", '"name" = "adam"'):
        draft = drafted(text.replace(*HALF).replace('name = "adam"', odd), setup)
        assert draft.rule == half.rule
        assert drafted(text_of(draft), half.setup).rule == half.rule


def test_a_limit_of_stability_is_doubted_only_where_the_equations_are_others():
    setup = prepare("himmelblau", "adam")
    text = toml_of(BY_NAME["adam"])
    for changed, doubted in [
        (text, False),
        (text.replace("m_hat = m", "m_hat =  m"), False),
        (text.replace(*HALF), True),
        (text.replace(*HALF).replace('stability = "(2 +', 'stability = "(3 +'), False),
        (re.sub("(?m)^(stability|preconditioner) .*\n", "", text.replace(*HALF)), False),
    ]:
        draft = drafted(changed, setup)
        assert draft.setup is not None and bool(doubt(draft.setup)) == doubted


def test_a_value_outside_of_an_edited_range_is_told_at_its_entry():
    setup = prepare("himmelblau", "adam", settings={"lr": 5.0})
    draft = drafted(toml_of(BY_NAME["adam"]).replace("high = 1e6", "high = 1"), setup)
    assert draft.told == "line 19, column 1: in force: lr is from 0 to 1; 5 is outside"
