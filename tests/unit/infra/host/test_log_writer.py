"""Whoever logs never waits for whoever reads."""

from __future__ import annotations

import io
import logging
import os
import threading

from footage.clock import SystemClock
from footage.instant import Elapsed
from infra.host.log_writer import UnhurriedHandler


class Stuck(io.StringIO):
    """A terminal held by Ctrl-S, until `go`."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()

    def write(self, text: str) -> int:
        self.go.wait()
        return super().write(text)


def record(text: str) -> logging.LogRecord:
    return logging.LogRecord("x", logging.INFO, "", 0, text, (), None)


def test_a_reader_that_stands_still_costs_lines_and_no_time() -> None:
    stuck, clock = Stuck(), SystemClock()
    handler = UnhurriedHandler(stuck, lambda lost: f"{lost} lost", room=10)
    started = clock.monotonic()
    for n in range(1000):
        handler.handle(record(f"line {n}"))
    assert clock.monotonic() - started < Elapsed.parse("2s")
    stuck.go.set()
    while handler._lines.qsize():
        clock.sleep(Elapsed.parse("5ms"))
    handler.handle(record("afterwards"))
    handler.close()
    lines = stuck.getvalue().splitlines()
    assert lines[0] == "line 0"
    assert lines[-1] == "afterwards"
    lost = sum(int(line.split()[0]) for line in lines if line.endswith(" lost"))
    assert lost > 900
    assert lost + sum(line.startswith("line ") for line in lines) == 1000


def test_the_end_does_not_wait_for_a_reader_that_stands_still() -> None:
    stuck, clock = Stuck(), SystemClock()
    handler = UnhurriedHandler(stuck, str, room=1)
    for _ in range(3):
        handler.handle(record("x"))
    started = clock.monotonic()
    handler.close()
    assert clock.monotonic() - started < Elapsed.parse("10s")
    stuck.go.set()


def test_a_reader_that_has_gone_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as stream:
        handler = UnhurriedHandler(stream, str)
        for _ in range(100):
            handler.handle(record("x"))
        handler.close()
        assert not handler._thread.is_alive()
        # What is left in the file's own buffer can never be written.
        stream_fd = os.open(os.devnull, os.O_WRONLY)
        os.dup2(stream_fd, stream.fileno())
        os.close(stream_fd)
