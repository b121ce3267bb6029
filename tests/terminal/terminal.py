"""A terminal to run a program in: a real pty, a pyte screen behind it, and the modes that were left on."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pyte

ROOT = Path(__file__).resolve().parents[2]
# What pyte does not know and would print: keyboard protocols, requests for a mode, window reports.
_UNKNOWN = re.compile(
    rb"\x1b\[[<>=?][0-9;]*u|\x1b\[\?[0-9;]*\$p|\x1b\[[0-9;]*t|\x1b\[>[0-9;]*[a-z]|\x1bP[^\x1b]*\x1b\\"
)
_PART = re.compile(rb"\x1b(\[[0-9;<>=?$]*)?$")
_MODE = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")


def environment(home: Path | str, **changes: str | None) -> dict[str, str]:
    """A plain user's: a home of its own, a truecolor terminal, UTF-8. None takes a variable away."""
    found = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": str(home), "TERM": "xterm-256color",
        "COLORTERM": "truecolor", "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    for name, value in changes.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = value
    return found


class Terminal:
    """``python -m gdtui`` with arguments, in a pty of its own. Use it as a context manager."""

    def __init__(self, env: dict[str, str], width: int = 120, height: int = 40, arguments: Sequence[str] = ()):
        self.screen = pyte.Screen(width, height)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = bytearray()
        self.modes: dict[int, bool] = {}
        self.read_at = 0.0
        self._rest = b""
        self._status: int | None = None
        # The slave side stays open here: what the terminal is set to can be asked after the program has gone.
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        self.before = termios.tcgetattr(self.slave)
        self.started = time.perf_counter()
        self.pid = os.fork()
        if self.pid == 0:  # pragma: no cover - the child
            try:
                os.setsid()
                fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
                for number in range(3):
                    os.dup2(self.slave, number)
                os.closerange(3, 256)
                os.chdir(env["HOME"])
                os.execve(sys.executable, [sys.executable, "-m", "gdtui", *arguments], env)
            finally:
                os._exit(127)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._status is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.master)
        os.close(self.slave)

    # What it shows

    @property
    def lines(self) -> list[str]:
        return list(self.screen.display)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def status_line(self) -> str:
        return self.lines[-2]

    @property
    def t(self) -> int:
        """The iteration in the status line; −1 where there is none."""
        found = re.match(r" t = (\d+) ", self.status_line)
        return int(found[1]) if found else -1

    # In and out

    def write(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def read(self, seconds: float = 0.0) -> bytes:
        """What comes next, b'' where nothing does in time."""
        data = self.taken(seconds)
        self.feed(data)
        return data

    def taken(self, seconds: float = 0.0) -> bytes:
        """What comes next, not shown on the screen yet: that takes longer than reading it."""
        ready, _, _ = select.select([self.master], [], [], max(0.0, seconds))
        if not ready:
            return b""
        try:
            data = os.read(self.master, 1 << 16)
        except OSError as error:
            if error.errno == errno.EIO:
                return b""
            raise
        self.read_at = time.perf_counter()
        self.raw += data
        return data

    def feed(self, data: bytes) -> None:
        data = self._rest + data
        part = _PART.search(data)
        cut = part.start() if part else len(data)
        data, self._rest = data[:cut], data[cut:]
        for numbers, on in _MODE.findall(data):
            for number in numbers.split(b";"):
                self.modes[int(number)] = on == b"h"
        self.stream.feed(_UNKNOWN.sub(b"", data))

    def drain(self, quiet: float = 0.05, seconds: float = 5.0) -> bytes:
        """Everything until nothing has come for a while."""
        found = bytearray()
        until = time.perf_counter() + seconds
        while time.perf_counter() < until and (data := self.read(quiet)):
            found += data
        return bytes(found)

    def wait(self, holds: Callable[[], object], seconds: float = 20.0) -> None:
        """Until something holds on the screen. Raises TimeoutError with what is shown instead."""
        until = time.perf_counter() + seconds
        while not holds():
            if time.perf_counter() > until:
                raise TimeoutError(f"not shown within {seconds:g} s:\n{self.text}")
            self.read(0.05)

    def wait_for(self, text: str, seconds: float = 20.0) -> None:
        self.wait(lambda: text in self.text, seconds)

    def exit_status(self, seconds: float = 20.0) -> int:
        """Of the program, once it has ended; 128 + n by signal n. What it still writes is read."""
        until = time.perf_counter() + seconds
        while not self.ended:
            self.read(0.02)
            if time.perf_counter() > until:
                raise TimeoutError(f"still running after {seconds:g} s:\n{self.text}")
        self.drain(0.02)
        assert self._status is not None
        code = os.waitstatus_to_exitcode(self._status)
        return code if code >= 0 else 128 - code

    @property
    def status(self) -> int | None:
        """With which the program ended; None while it runs."""
        return os.waitstatus_to_exitcode(self._status) if self._status is not None else None

    @property
    def ended(self) -> bool:
        """Whether the program has gone."""
        if self._status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self._status = status if pid else None
        return self._status is not None

    def resize(self, width: int, height: int) -> None:
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        os.kill(self.pid, signal.SIGWINCH)
        self.screen.resize(height, width)

    def settings(self) -> list[object]:
        """termios, as it is now."""
        return termios.tcgetattr(self.slave)

    def cpu_seconds(self) -> float:
        """User and system time of the program so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
