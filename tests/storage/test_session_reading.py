"""A session file is a stranger's text: each fault is told with its place, and nothing on the disk is changed."""

import json
import os
import random
import re

import pytest

from gdtui.storage.session_file import load, save
from gdtui.storage.strict_json import MAX_BYTES, SessionFileError
from tests.storage.sessions import made, same


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "run.gdt"
    asked = {"breakpoints": ["loss < 1e-9"], "watches": ["t"]}
    session = made("rosenbrock:b=10", "adam", schedule="cosine", clip_norm=1.0, **asked)
    session.advance(20)
    session.seek(12)
    session.change(session.setup.with_value("lr", 0.03))
    session.advance(5)
    save(session, path, {"knob": "lr"})
    return path


def refused(path, message):
    """That `load` refuses, and where it says so; the directory is as it was."""
    before = {p.name: p.read_bytes() for p in path.parent.iterdir() if p.is_file()}
    with pytest.raises(SessionFileError) as error:
        load(path)
    assert str(error.value).startswith(f"{path}: ")
    assert re.search(message, str(error.value)), str(error.value)
    assert str(error.value).replace("\n", "").isprintable()
    assert {p.name: p.read_bytes() for p in path.parent.iterdir() if p.is_file()} == before


def changed(path, place, value):
    """Put a value, or raw JSON where it is bytes, in a place such as ``segments[0].values.lr``."""
    whole = json.loads(path.read_text())
    *way, last = [int(key) if key.isdigit() else key for key in re.findall(r"[^.\[\]]+", place)]
    part = whole
    for key in way:
        part = part[key]
    part[last] = "@here@" if isinstance(value, bytes) else value
    text = json.dumps(whole, ensure_ascii=False).encode()
    path.write_bytes(text.replace(b'"@here@"', value) if isinstance(value, bytes) else text)


NUMBERS = [
    (b"NaN", "wanted here; this is NaN, which is none"),
    (b"Infinity", "this is Infinity, which is none"),
    (b"-Infinity", "this is -Infinity, which is none"),
    (b"1e999", "this is 1e999, which is none"),
    (b"9" * 5000, "this is a number of 5000 characters, which is none"),
    (b"true", "this is true"),
    (b"null", "this is null"),
    (b'"0.1"', "this is the text '0.1'"),
    (b"[0.1]", "this is a list"),
    (b"{}", "this is an object"),
]


@pytest.mark.parametrize(("value", "message"), NUMBERS)
@pytest.mark.parametrize(
    "place", ["segments[1].values.lr", "setup.start[0]", "objectives[0].lr", "screen.knob", "branches[0].progress.best"]
)
def test_a_number_is_a_number(path, place, value, message):
    if place == "screen.knob" and value in (b"true", b'"0.1"'):
        return  # a screen may have those
    changed(path, place, value)
    refused(path, f": {re.escape(place)}: .*{re.escape(message)}")


@pytest.mark.parametrize("value", [b"NaN", b"1e999", b"1" * 5000, b"1.5", b"-1", b"true", b"1000000", b'"1"'])
@pytest.mark.parametrize("place", ["cursor", "branch", "segments[1].row", "segments[1].after", "branches[1].segment"])
def test_a_whole_number_within_its_range(path, place, value):
    changed(path, place, value)
    refused(path, f": {re.escape(place)}: (this is a whole number from \\d+ to \\d+;|a whole number is wanted here;)")


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        ("segments[0].values.lr", -1.0, r"segments\[0\].values.lr: lr is from 0 to .*; −1 is outside"),
        ("segments[0].values.lr", 1e7, "is outside"),
        ("segments[0].values.nothing", 1.0, "segments.0..values: 'nothing' is no part of this; known are lr, beta1"),
        ("segments[0].rows", 10, r"segments\[1\].row: this is a whole number from 1 to 9; 12 is not"),
        ("segments[0].thinned", 1, r"segments\[0\].thinned: this is a whole number from 0 to 0"),
        ("segments[0].state", {"m": [1.0]}, r"segments\[0\].state.m: 2 numbers are wanted here; there are 1"),
        ("segments[0].state", {"q": [1.0]}, "state: 'q' is no part of this"),
        ("segments[0].start", [1.0], r"segments\[0\].start: 2 numbers are wanted"),
        ("segments[0].seed", 2**64, r"segments\[0\].seed: this is a whole number from 0 to"),
        ("segments", {}, "segments: a list is wanted here; this is an object"),
        ("segments", [], "branches.0..segment"),
        ("branches", [], "segments: .*each is in a branch"),
        ("segments[0].rows", 10**9, r"segments\[0\].rows: the rows take more than 2048 MB"),
        ("segments[0].rows", 10**13, r"segments\[0\].rows: this is a whole number from 1 to"),
        ("branches[0].end.status", "happy", "status: this is one of running, breakpoint,.*'happy' is not"),
        ("branches[0].end.reason", "a" * 5000, "reason: this text has 5000 characters"),
        ("branches[0].progress.anchor", [1.0], "an anchor is a whole point, or nothing"),
        ("branches[1].segment", 0, "segments: segments stand in the order in which the branches go through them"),
        ("objectives[0].text", "__import__('os').system('x')", r"objectives\[0\].text: "),
        ("objectives[0].text", "(" * 5000, r"objectives\[0\].text: "),
        ("objectives[0].text", "x + unknown", "'unknown' is neither a parameter nor a constant"),
        ("objectives[0].names", ["x", "x"], "each parameter has a name of its own"),
        ("objectives[0].names", ["x", "y'); import os"], r"names\[1\]: 'y'\); import os' is not a name"),
        ("objectives[0].domain[0]", [1.0, -1.0], "domain: a domain is a lower and a higher bound"),
        ("objectives[0].lr", 0.0, "a learning rate is above 0"),
        ("objectives[0].settings", {"b'": 1.0}, "'b'' is not a name"),
        ("objectives[0].settings.b", 1e200, "a constant is at most 1e\\+100"),
        ("pipelines[0].rule.equations", "theta = open('/etc/passwd')", r"pipelines\[0\].rule: there are no strings"),
        ("pipelines[0].rule.equations", "delta = g", "a rule says what the new theta is"),
        ("pipelines[0].rule.lr_means", "guess", "lr_means is one of factor, length, fraction"),
        ("pipelines[0].rule.hyperparameters", {"x'": 1}, "an object is wanted here"),
        (
            "pipelines[0].rule.hyperparameters", {"a];import os": {"default": 1, "scale": "log", "help": ""}},
            "'a];import os' is not a name",
        ),
        ("pipelines[0].rule.hyperparameters.lr.scale", "steep", "scale is one of linear, log, complement"),
        ("pipelines[0].rule.hyperparameters.lr.low", 1e9, "low is above high"),
        ("pipelines[0].schedule.equations", "lr = 2", "a schedule ends with lr_t"),
        ("pipelines[0].schedule.equations", "lr_t = lr*theta", "each equation of a schedule gives one number"),
        ("pipelines[0].schedule.equations", "theta = 1\nlr_t = lr", "a schedule ends with lr_t"),
        ("pipelines[0].schedule", {}, r"pipelines\[0\].schedule: 'name' is missing"),
        ("setup.breakpoints", ["loss <"], r"setup.breakpoints\[0\]: "),
        ("setup.breakpoints", ["loss"], "a breakpoint is a condition"),
        ("setup.watches", ["nothing"], r"setup.watches\[0\]: .*'nothing'"),
        ("setup.stopping.gtol", -1.0, "setup.stopping.gtol: gtol is from 0"),
        ("setup.stopping.steps", 1.5, "steps is a whole number"),
        ("rows.file", "../run.rows", "rows: a rows file stands beside the session"),
        ("rows.file", "/etc/passwd", "rows: a rows file stands beside the session"),
        ("rows.sha256", "0" * 64, "rows: a rows file stands beside the session"),
        ("screen", {"a": [1]}, "screen.a: a finite number is wanted here; this is a list"),
        ("more", 1, "the session: 'more' is no part of this"),
    ],
)  # fmt: skip
def test_what_makes_no_sense(path, place, value, message):
    changed(path, place, value)
    refused(path, message)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "this is no session of gdtui"),
        (b"\x89PNG\r\n\x1a\n\0\0", "byte 0 is no text in UTF-8"),
        (b"t,x,loss\n0,1,2\n", "this is no session of gdtui: it does not begin as one"),
        (b"[1, 2]", "this is no session of gdtui"),
        (b"null", "this is no session of gdtui"),
        (b'{"name": "package", "version": 3}', "it does not say so at its beginning"),
        (b'{"gdtui session": 2, "gdtui": "9.1", "new": {}}', r"by a newer gdtui \(9.1\): version 2; this one reads 1"),
        (b'{"gdtui session": 2, "gdtui": "\x1b[2J"}'.replace(b"\x1b", b"\\u001b"), "made by a newer gdtui"),
        (b'{"gdtui session": true}', "gdtui session: a whole number is wanted here; this is true"),
        (b'{"gdtui session": 1, "gdtui session": 1}', "'gdtui session' is there twice"),
        (b'{"gdtui session": 1}', "the session: 'gdtui' is missing"),
        (b'{"a": ' * 100_000, "nested too deep"),
        (b"[" * 1_000_000, "nested too deep|no session"),
        (b'{"gdtui session": ' + b" " * MAX_BYTES + b"1}", "it has more than 8 MB"),
    ],
    ids=lambda v: str(v)[:20],
)
def test_what_is_no_session(path, content, message):
    path.write_bytes(content)
    refused(path, message)


def test_cut_off_anywhere(path):
    content = path.read_bytes()
    for end in range(1, len(content) - 2, 97):
        path.write_bytes(content[:end])
        refused(path, "cut off or damaged at line \\d+, column \\d+: .*; take a copy that is whole")


def test_a_key_twice_and_a_lone_surrogate(path):
    text = path.read_text()
    path.write_text(text.replace('"seed": 0, "t"', '"seed": 0, "seed": 1, "t"'))
    refused(path, r"segments\[0\]: 'seed' is there twice")
    path.write_text(text.replace('"label": "Adam"', '"label": "Ad\\ud800m"'))
    refused(path, r"pipelines\[0\].rule.label: this text has half of a character in it \(a lone surrogate\)")


def test_control_characters_are_replaced(path):
    changed(path, "pipelines[0].rule.label", "Ad\x1b]52;c;AAAA\x07am\u202e")
    changed(path, "branches[0].end.reason", "end\x9b2J")
    equations = json.loads(path.read_text())["pipelines"][0]["rule"]["equations"]
    changed(path, "pipelines[0].rule.equations", equations + " # \x1b[2J\r")
    opened = load(path)
    rule = opened.session.setup.pipeline.rule
    assert rule.label == "Ad�]52;c;AAAA�am�" and "\x1b" not in rule.equations and "\r" not in rule.equations


def test_hand_written_whole_numbers_are_numbers(path):
    before = load(path).session
    for place in ("setup.stopping.diverge_at", "objectives[0].domain[0][0]"):
        text = path.read_text()
        changed(path, place, int(1e15) if "diverge" in place else -7)
        assert load(path).session.cursor == before.cursor
        path.write_text(text)
    same(load(path).session, before)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names here")
def test_what_is_no_file(path):
    path.unlink()
    refused(path, "No such file or directory")
    path.mkdir()
    refused(path, "Is a directory")
    path.rmdir()
    os.mkfifo(path)
    refused(path, "this is no regular file")


ODD = [
    None, True, 0, -1, 1, 0.5, 1e300, -1e300, 1e-320, 10**15, "", "x", "NaN", "theta", "a" * 3000, "\x1b[2J", [], {},
    [1.0], {"a": 1}, "lr_t = lr*0", "lr_t = hess()[0]", "hess()", "normal()", "sin(", "1/0", "exp(exp(exp(x*1000)))",
    "theta = theta - solve(hess(), g)", "m = prev(m, 64) + g\ntheta = theta - m",
]  # fmt: skip


def places_in(part, way=()):
    """The way to every value."""
    yield way
    inner = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, value in inner:
        yield from places_in(value, (*way, key))


def test_whatever_is_changed_it_is_refused_in_words_or_goes_on(path):
    content, chance, opened = json.loads(path.read_text()), random.Random(5), 0
    for way in chance.choices([way for way in places_in(content) if way], k=400):
        whole = json.loads(json.dumps(content))
        part = whole
        for key in way[:-1]:
            part = part[key]
        part[way[-1]] = chance.choice(ODD)
        path.write_text(json.dumps(whole))
        try:
            session = load(path).session
        except SessionFileError as error:
            assert str(error).startswith(f"{path}: ")
            continue
        opened += 1
        session.future(5)
        session.step()
        session.anew()
        session.advance(3)
    assert 0 < opened < 200
