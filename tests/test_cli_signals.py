"""A run that is told to end while it writes a file: the file is as it was, and nothing lies beside it."""

import os
import signal
import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")

ENDLESS = ["run", "x**2", "--start", "1", "--lr", "1e-12", "--gtol", "0", "--steps", "1000000000", "--format", "csv"]


def heard():
    """Ctrl+c reaches the process, even where these tests run in the background of a shell, which ignores it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize("old", [None, "as it was\n"], ids=["new", "replaced"])
@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)], ids=lambda v: str(int(v))
)
def test_a_run_that_is_told_to_end_leaves_no_part_of_its_file(tmp_path, number, status, old):
    path = tmp_path / "rows.csv"
    if old is not None:
        path.write_text(old)
    process = subprocess.Popen(
        [sys.executable, "-m", "gdtui", *ENDLESS, "--output", str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=heard,
    )
    try:
        for _ in range(3000):
            written = [part.stat().st_size for part in tmp_path.glob("rows.csv.part-*")]
            if any(written) or process.poll() is not None:
                break
            time.sleep(0.01)
        assert process.poll() is None and any(written)
        process.send_signal(number)
        told = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == status
    assert b"Traceback" not in told[1]
    assert {each.name: each.read_text() for each in tmp_path.iterdir()} == ({} if old is None else {"rows.csv": old})
