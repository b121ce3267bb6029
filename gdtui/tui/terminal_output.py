"""What Textual sends goes out through here: a thread that outlives its terminal.

Textual's own ends where a write fails, as every write does once the terminal has gone. Then nobody takes from its
queue, which 30 frames fill: the next frame waits for ever, and so does the one who would end the thread.
"""

from __future__ import annotations

from contextlib import suppress
from queue import Full
from typing import IO

from textual.drivers import linux_driver
from textual.drivers._writer_thread import WriterThread

LEAVE_AFTER = 1.0
"""Seconds to send what is left in at the end: a terminal that takes nothing any more is not waited for."""


class Output(WriterThread):
    """Writes to the terminal as long as there is one; afterwards it takes what it is given, and drops it."""

    def __init__(self, file: IO[str]) -> None:
        super().__init__(file)
        self.is_lost = False

    def run(self) -> None:
        while (text := self._queue.get()) is not None:
            self._send(text)
        self._send("")

    def _send(self, text: str) -> None:
        if self.is_lost:
            return
        try:
            self._file.write(text)
            if self._queue.qsize() == 0:
                self._file.flush()
        except (OSError, ValueError):  # ValueError: of a file that has been closed
            self.is_lost = True

    def stop(self) -> None:
        with suppress(Full):  # of a terminal that takes nothing any more
            self._queue.put(None, timeout=LEAVE_AFTER)
        self.join(LEAVE_AFTER)


def use() -> None:
    linux_driver.WriterThread = Output  # type: ignore[attr-defined]
