"""Recorded runs: what gdtui writes reads back to the same bits, and so does what anybody else writes."""

import json
import math
import random

import numpy as np
import pytest
from click.testing import CliRunner

import gdtui
from gdtui.cli import main
from gdtui.objectives import catalogue as objectives
from gdtui.optimizers import catalogue as optimizers
from gdtui.storage import recording_lines
from gdtui.storage.recorded_session import descended
from gdtui.storage.recording import read_recording
from gdtui.storage.recording_lines import RecordingError
from gdtui.storage.rows import written


@pytest.fixture
def reading(tmp_path):
    """Reads a text, or bytes, as a file of this name."""

    def read(content, name="run.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_recording(path)

    return read


@pytest.fixture
def refused(reading):
    """What is said of a text that cannot be read, from the place in the file on."""

    def refuse(content, name="run.csv"):
        with pytest.raises(RecordingError) as caught:
            reading(content, name)
        message = str(caught.value)
        assert message.isprintable()
        assert name in message
        return message.partition(name)[2].removeprefix(", ").removeprefix(": ")

    return refuse


def same(a, b):
    """Equal to the bit, NaN and the sign of 0 too."""
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    return a.shape == b.shape and (np.isnan(a) == np.isnan(b)).all() and (
        np.nan_to_num(a, nan=0.0).tobytes() == np.nan_to_num(b, nan=0.0).tobytes()
    )


def random_run(seed):
    """A run of a random rule on a random function with random equations before it."""
    chance = random.Random(seed)
    rules = [rule for rule in optimizers.BY_NAME.values() if "f_min" not in rule.equations and rule.name != "newton"]
    options = {}
    if chance.random() < 0.3:
        options["clip_norm"] = chance.uniform(0.1, 3)
    if chance.random() < 0.3:
        options["weight_decay"] = chance.uniform(0, 0.1)
    rule = chance.choice(rules)
    if chance.random() < 0.3 and any(p.name == "lr" for p in rule.hyperparameters):
        options["schedule"] = "cosine"
    objective = chance.choice([*objectives.BY_NAME.values()])
    watches = chance.sample(["norm(delta)", "theta[0]", "2*theta", "loss > 1"], 2)
    return gdtui.descend(objective.name, rule.name, steps=chance.randrange(25), seed=seed, watches=watches, **options)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_what_gdtui_writes_reads_back_to_the_same_bits(tmp_path, seed, form):
    run = random_run(seed)
    path = tmp_path / f"run.{form}"
    for _ in written(run.session, form, str(path)):
        pass
    found = read_recording(path)
    assert found.names == run.names and found.steps == run.steps and found.note == ""
    assert same(found.params, run.params) and same(found.loss, run.loss) and same(found.grad, run.grad)
    for name, values in run.terms.items() if run.steps else ():  # JSON lines of no step have no terms
        assert same(found.terms[name].reshape(values.shape), values), name
    extra = {name for name, _ in found.layout.terms} - {*run.terms, "lr"}
    columns = np.column_stack([found.terms[name] for name in sorted(extra)])
    watched = np.array([
        [value for watch in sorted(run.session.setup.watches, key=str)
         for value in run.session.values_of(watch, k, k + 1).ravel().tolist()] for k in range(run.steps + 1)
    ])  # fmt: skip
    assert same(np.sort(columns, axis=1), np.sort(watched, axis=1))
    rate = run.session.branch.last.program.pipeline.lr_name
    assert ("lr" in found.terms) is (rate is not None)
    if form == "jsonl":
        assert found.header.status is run.status and found.header.reason == run.reason
        assert found.header.hyperparameters == run.hyperparameters


def test_numbers_that_are_none_are_words(reading):
    for content, name in [
        ("t,x,loss\n0,1,NaN\n1,Infinity,inf\n2,-Infinity,-inf\n", "run.csv"),
        ('{"t": 0, "params": [1], "loss": "NaN"}\n{"t": 1, "params": ["Infinity"], "loss": Infinity}\n'
         '{"t": 2, "params": ["-Infinity"], "loss": -Infinity}\n', "run.jsonl"),
    ]:  # fmt: skip
        found = reading(content, name)
        assert same(found.loss, [math.nan, math.inf, -math.inf])
        assert same(found.params[:, 0], [1, math.inf, -math.inf])


def test_columns_stand_in_any_order_with_spaces_quotes_crlf_and_a_mark_at_the_beginning(reading):
    found = reading(
        '\ufeff loss , "grad_y",t, y,accuracy,"x",grad_x\r\n 4.5,"2",0, −1.5 ,.9,2,1\r\n\r\n4,1.5,1,-1,.95,1,0.5\r\n'
    )
    assert found.names == ("y", "x")
    assert same(found.params, [[-1.5, 2], [-1, 1]]) and same(found.grad, [[2, 1], [1.5, 0.5]])
    assert same(found.loss, [4.5, 4]) and same(found.terms["accuracy"], [0.9, 0.95])
    assert found.lines.tolist() == [2, 4]


def test_symbols_are_names(reading):
    found = reading("t,θ₁,x₂,loss,grad_theta1,grad_x2,m̂_θ₁,m̂_x₂\n0,1,2,3,4,5,,\n1,1,2,3,4,5,6,7\n")
    assert found.names == ("theta1", "x2")
    assert same(found.grad, [[4, 5], [4, 5]])
    assert same(found.terms["m_hat"], [[math.nan] * 2, [6, 7]])


def test_names_of_torch_become_names_that_formulas_can_speak_of(reading):
    found = reading("t,fc.weight[0],fc.weight[1],loss\n0,1,2,3\n")
    assert found.names == ("fc_weight_0", "fc_weight_1")


def test_what_stands_in_grad_decides_what_a_parameter_is(reading):
    found = reading("t,w,accuracy,loss,grad_w\n0,1,0.5,3,4\n")
    assert found.names == ("w",) and list(found.terms) == ["accuracy"]


def test_without_gradients_all_are_parameters_that_are_no_term_of_another(reading):
    found = reading("t,w,b,loss,m_w,m_b,lr,grad_norm\n0,1,2,3,,,0.1,7\n1,1,2,3,5,6,0.1,7\n")
    assert found.names == ("w", "b") and found.grad is None
    assert {name: values.shape for name, values in found.terms.items()} == {"m": (2, 2), "lr": (2,), "grad_norm": (2,)}


def test_terms_are_vectors_as_long_as_theta_or_of_another_length_or_numbers(reading):
    found = reading("t,x,y,loss,grad_x,grad_y,v_x,v_y,s_0,s_1,s_2,c,w_x\n0,1,2,3,4,5,6,7,8,9,10,11,12\n")
    assert {name: values.shape for name, values in found.terms.items()} == {
        "v": (1, 2), "s": (1, 3), "c": (1,), "w_x": (1,)
    }  # fmt: skip


def test_a_run_that_counts_from_one_says_so(reading):
    found = reading("t,x,loss\n1,2,4\n2,1,1\n")
    assert found.t0 == 1 and found.note == "it counts from t = 1: that row is taken for the start, t = 0"


def test_a_column_of_words_beside_gradients_is_left_out_and_told(reading):
    found = reading("time,t,x,loss,grad_x\nnoon,0,1,2,3\none,1,1,2,3\n")
    assert found.note == "left out, since they are no numbers: time"
    assert found.layout.terms == ()


def test_json_lines_of_flat_objects_and_of_parameters_by_name(reading):
    flat = reading('{"t": 0, "w": 1, "loss": 2, "grad_w": 3}\n{"loss": 1, "w": 0.5, "t": 1, "grad_w": 1}\n', "a.jsonl")
    named = reading(
        '{"t": 0, "params": {"w": 1}, "loss": 2, "grad": {"w": 3}}\n'
        '{"t": 1, "params": {"w": 0.5}, "loss": 1, "grad": [1]}\n', "b.jsonl",
    )  # fmt: skip
    for found in (flat, named):
        assert found.names == ("w",)
        assert same(found.rows, [[1, 2, 3], [0.5, 1, 1]])
    assert reading('{"t": 0, "params": [1, 2], "loss": 2}\n', "c.jsonl").names == ("x", "y")


def test_terms_of_json_lines_may_come_and_go(reading):
    found = reading(
        '{"t": 0, "params": [1], "loss": 2}\n{"t": 1, "params": [1], "loss": 2, "terms": {"m": [3]}}\n'
        '{"t": 2, "params": [1], "loss": 2, "terms": {"s": 4}}\n', "a.jsonl",
    )  # fmt: skip
    nan = math.nan
    assert same(found.terms["m"], [[nan], [3], [nan]]) and same(found.terms["s"], [nan, nan, 4])


def test_a_watch_of_a_name_that_is_recorded_already_is_not_recorded_again(tmp_path, reading):
    run = gdtui.descend("x**2", "adam", start=1.0, steps=3, watches=["loss", "m", "delta"])
    path = tmp_path / "run.jsonl"
    for _ in written(run.session, "jsonl", str(path)):
        pass
    found = read_recording(path)
    assert set(found.terms) == {"m", "v", "m_hat", "v_hat", "delta", "lr"} and same(found.terms["m"], run.terms["m"])


@pytest.mark.parametrize(
    "content, message",
    [
        ("", "this file is empty"),
        ("\n \n", "this file is empty"),
        ("t,x,loss\n", "line 1: there is a header and no row"),
        ("a,b,c\n1,2,3\n", "line 1: this is data, not a recorded run: a run has the columns t and loss"),
        ("1,2,3\n4,5,6\n", "line 1: this is data, not a recorded run"),
        ("t,x,y\n0,1,2\n", "line 1: there is no column loss"),
        ("step,x,loss\n0,1,2\n", "line 1: there is no column t"),
        ("t;x;loss\n0;1;2\n", "line 1: cells are separated by semicolons: write commas"),
        ("t\tx\tloss\n0\t1\t2\n", "line 1: cells are separated by tabs"),
        ("t,x,x,loss\n0,1,2,3\n", "line 1, column 3 (x): column 2 is called 'x' too"),
        ("t,theta1,θ₁,loss\n0,1,2,3\n", "line 1, column 3 (θ₁): column 2 is called 'theta1' too"),
        ("t,x,,loss\n0,1,2,3\n", "line 1, column 3 (): this column has no name"),
        ("t,x,loss,grad_y\n0,1,2,3\n", "line 1, column 4 (grad_y): there is no column 'y'"),
        ("t,loss,lr\n0,1,2\n", "line 1: there are no parameters"),
        ("t,1,loss,grad_1\n0,1,2,3\n", "line 1, column 2 (1): '1' is no name of a parameter"),
        ("t,a.b,a-b,loss\n0,1,2,3\n", "line 1, column 3 (a-b): 'a-b' and 'a.b' would both be called a_b"),
        ("t,x,y,loss,m_x\n0,1,2,3,4\n", "line 1: is 'y' a parameter, and 'm_x' a term? There is no 'm_y'"),
        ("t,x,loss,grad_x,m,m_x\n0,1,2,3,4,5\n", "line 1, column 6 (m_x): 'm' would be two things"),
        ("t,x,y,loss,grad_x,grad_y,delta\n0,1,2,3,4,5,6\n", "line 1, column 7 (delta): 'delta' is Δθ"),
        ("t,x,loss,grad_x,theta_x\n0,1,2,3,4\n", "line 1, column 5 (theta_x): 'theta' would be two things"),
        ("t,x,b_x,loss,grad_x,grad_b_x,m_b_x,m_x,m_b_b_x\n0,1,2,3,4,5,6,7,8\n",
         "line 1, column 7 (m_b_x): this may be a part of 'm' or 'm_b'"),
        ("t,x,loss\n0,1,2\n1,1\n", "line 3, column 3 (loss): 2 cells where the header has 3 names"),
        ("t,x,loss\n0,1,2\n1,1,2,3\n", "line 3, column 4: 4 cells where the header has 3 names"),
        ("t,x,loss\n0,1,2\n1,1e,3\n", "line 3, column 2 (x): '1e' is no number: write a number with a decimal point"),
        ("t,x,loss\n0,1,2\n1,1_0,3\n", "line 3, column 2 (x): '1_0' is no number"),
        ("t,x,loss\n0,1,2\n1,٣,3\n", "line 3, column 2 (x): '٣' is no number"),
        ('t,x,loss\n0,1,2\n1,"1,5",3\n', "line 3, column 2 (x): '1,5' is no number"),
        ("t,x,loss\n0,1,\n", "line 2, column 3 (loss): nothing stands here"),
        ("t,x,loss,grad_x\n0,1,2,3\n1,1,2, \n", "line 3, column 4 (grad_x): nothing stands here"),
        ("t,x,loss,grad_x,c\n0,1,2,3,4\n1,1,2,3,word\n", "line 3, column 5 (c): 'word' is no number"),
        ("t,x,run,loss\n0,1,mine,2\n", "line 2, column 3 (run): 'mine' is no number"),
        ("t,x,loss\n5,1,2\n", "line 2, column 1 (t): the first t is 5"),
        ("loss,t,x\n1,0,1\n1,1,1\n2,3,1\n", "line 4, column 2 (t): t jumps from 1 to 3"),
        ("t,x,loss\n0,1,2\n1,1,2\n0,1,2\n", "line 4, column 1 (t): t is 0 behind 1"),
        ("t,x,loss\n0,1,2\n0.5,1,2\n", "line 3, column 1 (t): t is 0.5 behind 0"),
        ("t,x,loss\nnan,1,2\n", "line 2, column 1 (t): the first t is nan"),
        ("t,x,loss\n0,1,2\nnan,1,2\n", "line 3, column 1 (t): t is nan behind 0"),
        ('t,x,loss\n0,"1,2\n', "line 2: a cell has a quote before it and none right behind it: quote it on both"),
        ('t,x,loss\n0,"1"2,2\n', "line 2: a cell has a quote before it and none right behind it: quote it on both"),
        ("t,x,loss\r0,1,2\r", "line 1: lines end in \\r alone, as on an old Mac: end each in \\n"),
        ("t,x,loss\n0,1\r0,2\n", "line 2: lines end in \\r alone, as on an old Mac: end each in \\n"),
        (f"t,x,loss\n0,{'1' * 200_000},2\n", "line 2: a cell is longer than any number: write one number in each"),
        ("\n# of Adam\nt,x,loss\n0,1,2\n", "line 2: this is a comment: leave it out, the first line names the columns"),
        ("#t,x,loss\n0,1,2\n", "line 1: this is a comment: leave it out, the first line names the columns"),
        ("t\n0,1\n", "line 2, column 2: 2 cells where the header has 1 name: "),
        (b"t,x,loss\n0,\xff,2\n", "line 2: byte 3 is no text in UTF-8"),
        ("t,x,loss\n0,1,2\n".encode("utf-16"), "line 1: this is UTF-16: save it in UTF-8"),
        ("t,x,loss\n0,\0\x1b[2J,2\n", "line 2, column 2 (x): '��[2J' is no number"),
        (b"t," + b"x" * (2**22), "line 1: longer than 4 MB"),
        ("t,loss," + ",".join(f"x{k}" for k in range(10_000)) + "\n0" + ",1" * 10_001,
         "line 1: there are 10002 columns"),
    ],
)  # fmt: skip
def test_what_cannot_be_understood_is_refused_by_line_and_column(refused, content, message):
    assert refused(content).startswith(message)


STEP = '{"t": 0, "params": [1, 2], "loss": 3, "grad": [4, 5]}\n'


@pytest.mark.parametrize(
    "content, message",
    [
        ("", "there is no row in it"),
        ('{"kind": "header"}\n', "there is no row in it"),
        ("[1, 2]\n", "line 1: each line is one object"),
        ("{\n", "line 1, column 2: no JSON: "),
        (STEP + "{'t': 1}\n", "line 2, column 2: no JSON: "),
        ('{"a": 1, "b": 2}\n', "line 1: this is data, not a recorded run"),
        ('{"t": 0, "t": 1}\n', "line 1: 't' is there twice"),
        ('{"kind": "what"}\n', "line 1: 'what': a line is a header, the first, a step, or the end"),
        (STEP + '{"kind": "header"}\n', "line 2: 'header': a line is a header, the first"),
        (STEP + '{"kind": "end"}\n' + STEP, "line 3: the run has ended in line 2: one file holds one run"),
        ('{"kind": "header", "names": ["x"]}\n' + STEP, "line 2: of params there are 2, and the header names 1"),
        ('{"kind": "header", "names": "x"}\n' + STEP, "line 1: the header.names: a list is wanted here"),
        ('{"kind": "header", "names": ["x", "x"]}\n' + STEP, "line 1: the header: 'x' and 'x' would both be called x"),
        ('{"kind": "header", "hyperparameters": {"lr": "much"}}\n' + STEP, "line 1: the header.hyperparameters.lr: "),
        (STEP + '{"kind": "end", "status": "bored"}\n', "line 2: the end.status: this is one of running, "),
        ('{"t": 0, "params": [], "loss": 3}\n', "line 1: params is a list of 1 to 10000 numbers"),
        ('{"t": 0, "params": 3, "loss": 3}\n', "line 1: params is a list of 1 to 10000 numbers"),
        (STEP + '{"t": 1, "params": [1], "loss": 3, "grad": [4, 5]}\n',
         "line 2: params has one number for each of x, y"),
        (STEP + '{"t": 1, "params": [1, 2], "loss": 3}\n', "line 2: grad has one number for each of x, y"),
        ('{"t": 0, "params": [1], "loss": 3}\n{"t": 1, "params": [1], "loss": 3, "grad": [1]}\n',
         "line 2: a gradient, and the first row has none"),
        ('{"t": 0, "params": ["one"], "loss": 3}\n', "line 1: params[0]: 'one' is no number"),
        ('{"t": 0, "params": [true], "loss": 3}\n', "line 1: params[0]: 'True' is no number"),
        ('{"t": 0, "params": [1]}\n', "line 1: loss: is missing"),
        ('{"params": [1], "loss": 2}\n', "line 1: t: is missing"),
        ('{"t": 0, "params": [1], "loss": 1%s}\n' % ("0" * 400), "line 1: loss: "),
        ('{"t": 0, "params": [1], "loss": 1%s}\n' % ("0" * 5000), "line 1: a number here is too long"),
        ('{"t": 0, "params": [1], "loss": 1, "terms": [1]}\n', "line 1: terms is an object"),
        ('{"t": 0, "params": [1], "loss": 1, "terms": {"theta": 1}}\n', "line 1: 'theta' is no name of a term"),
        ('{"t": 0, "params": [1], "loss": 1, "terms": {"delta": 1}}\n', "line 1: 'delta' is Δθ, one number for each"),
        ('{"t": 0, "params": [1], "loss": 1, "terms": {"m": [[1]]}}\n', "line 1: m[0]: '[1]' is no number"),
        ('{"t": 0, "params": [1], "loss": 1, "terms": {"m": [1]}}\n'
         '{"t": 1, "params": [1], "loss": 1, "terms": {"m": 1}}\n',
         "line 2: 'm' is a number here, and was a vector of 1 before"),
        ('{"t": 0, "params": [1], "loss": 1}\n{"t": 2, "params": [1], "loss": 1}\n',
         "line 2, column 1 (t): t jumps from 0 to 2"),
        ('{"t": 0, "w": 1, "loss": 1}\n{"t": 1, "loss": 1}\n', "line 2: 'w' is missing: each row has the same names"),
        ('{"t": 0, "w": 1, "loss": 1}\n{"t": 1, "w": 1, "loss": 1, "b": 2}\n',
         "line 2: 'b' was not there in the first row"),
        ('{"t": 0, "w": "one", "loss": 1}\n', "line 1, column 2 (w): 'one' is no number"),
        ("[" * 100_000 + "\n", "line 1"),
    ],
)  # fmt: skip
def test_json_lines_that_cannot_be_understood_are_refused_by_line(refused, content, message):
    assert refused(content, "run.jsonl").startswith(message)


@pytest.mark.parametrize(
    "cell",
    ["1", "-0.0", "nan", "-Infinity", "1e400", "4.9e-324", " +1.5 ", "1.", "1E5", "0.1000000000000000055511151231",
     "", "  ", "1_0", "٣", "−1", "0x1", "True", '"1"', '"1', "1,2", "1\r", "1\n\n3,4,5", "1 2", "\ufeff1", "\xa01",
     "#1", "1\0", "one", "1j", "1\x1c", "(1)", "1;2"],
)  # fmt: skip
@pytest.mark.parametrize("form", ["t,x,loss\n0,1,2\n1,1,2\n2,{},3\n3,1,4\n", "t,x,loss\r\n0,1,2\r\n1,{},3"])
def test_rows_that_are_read_at_once_are_those_that_are_read_one_by_one(reading, monkeypatch, cell, form):
    def read():
        try:
            found = reading(form.format(cell))
        except RecordingError as error:
            return str(error)
        return found.rows.tobytes(), found.lines.tolist(), found.steps

    at_once = read()
    monkeypatch.setattr(recording_lines.np, "loadtxt", lambda *_, **__: np.empty((0, 0)))
    assert read() == at_once


def test_plain_rows_are_read_at_once(reading, monkeypatch):
    one_by_one, add = [], recording_lines.Cells.add
    monkeypatch.setattr(recording_lines.Cells, "add", lambda *row: one_by_one.append(row[1]) or add(*row))
    assert reading("t,x,loss\n0,1,2\n1,1,2\n2,1,2\n").lines.tolist() == [2, 3, 4] and one_by_one == [2]


def test_a_file_that_is_too_large_is_refused_while_it_is_read(refused, monkeypatch):
    monkeypatch.setattr(recording_lines, "MAX_BYTES", 2**20)
    rows = "".join(f"{k},1,2\n" for k in range(50_000))
    assert refused("t,x,loss\n" + rows).startswith("line 43692: more than 1 MB of numbers")
    lines = "".join(json.dumps({"t": k, "params": [1], "loss": 2}) + "\n" for k in range(50_000))
    assert "more than 1 MB of numbers" in refused(lines, "run.jsonl")


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(RecordingError, match=r"run\.csv: No such file or directory"):
        read_recording(tmp_path / "run.csv")
    (tmp_path / "dir.csv").mkdir()
    with pytest.raises(RecordingError, match=r"dir\.csv: this is no file"):
        read_recording(tmp_path / "dir.csv")


@pytest.mark.parametrize(("objective", "constants"), [("rosenbrock:b=10", {"b": 10.0}), ("a*x**2 + y**2", {"a": 3.0})])
def test_the_function_of_other_constants_is_known_again(tmp_path, objective, constants):
    path = tmp_path / "run.jsonl"
    typed = [] if ":" in objective else [f"-c{name}={value}" for name, value in constants.items()]
    options = ["--steps", "3", "--format", "jsonl", "--output", str(path)]
    said = CliRunner().invoke(main, ["run", objective, *typed, *options])
    assert said.exit_code == 0, said.output
    assert json.loads(path.read_text().split("\n")[0])["constants"] == constants
    assert descended(read_recording(path)).settings.items() >= constants.items()
