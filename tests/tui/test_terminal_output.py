"""The thread that writes to the terminal outlives it."""

import threading

from textual.drivers._writer_thread import MAX_QUEUED_WRITES

from gdtui.tui.terminal_output import Output


class Lost:
    """A terminal that goes away after some writes."""

    def __init__(self, error, after=2):
        self.error, self.left, self.written = error, after, []

    def write(self, text):
        if not self.left:
            raise self.error
        self.left -= 1
        self.written.append(text)

    def flush(self):
        pass


def test_what_is_written_to_a_lost_terminal_is_dropped_and_nobody_waits():
    for error in (OSError(5, "Input/output error"), ValueError("I/O operation on closed file")):
        file = Lost(error)
        output = Output(file)
        output.start()

        def use(output=output):
            for number in range(3 * MAX_QUEUED_WRITES):
                output.write(str(number))
            output.stop()

        user = threading.Thread(target=use, daemon=True)
        user.start()
        user.join(20)
        assert not user.is_alive() and not output.is_alive()
        assert output.is_lost and file.written == ["0", "1"]


def test_all_is_written_in_order_before_it_ends():
    file = Lost(OSError(), after=10**6)
    output = Output(file)
    output.start()
    for number in range(100):
        output.write(str(number))
    output.stop()
    assert file.written[:100] == [str(number) for number in range(100)] and not output.is_lost


def test_a_terminal_that_takes_nothing_is_left_after_a_moment():
    """Its queue is full, and the thread sits in a write: the one who ends it does not wait for either."""
    taken = threading.Event()

    class Deaf(Lost):
        def write(self, text):
            taken.wait()

    output = Output(Deaf(None))
    output.start()

    def use():
        for _ in range(MAX_QUEUED_WRITES + 1):
            output.write("frame")
        output.stop()

    user = threading.Thread(target=use, daemon=True)
    user.start()
    user.join(20)
    left = not user.is_alive()
    taken.set()
    assert left
