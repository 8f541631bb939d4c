"""Writes log lines on a separate thread: a logging thread never waits for a slow reader.

A terminal that is held (Ctrl-S) or a full pipe would stop the event loop, and with it recording.
"""

from __future__ import annotations

import logging
from queue import Full, Queue
from threading import Thread
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

ROOM: Final = 10_000
"""Lines that may wait; at 300 bytes each 3 MB."""
_LAST_LINES_S: Final = 2.0


class UnhurriedHandler(logging.Handler):
    """Renders a log record at once, as the record may change; a separate thread writes.

    Past `room` lines the handler drops the newest; how many were dropped is the next line written.

    Args:
        stream: Stream to write to.
        lost: Makes the line that tells how many were dropped.
        room: Lines that may wait.
    """

    def __init__(self, stream: TextIO, lost: Callable[[int], str], room: int = ROOM) -> None:
        super().__init__()
        self._stream = stream
        self._tell_lost = lost
        self._lost = 0
        self._lines: Queue[str | None] = Queue(room)
        self._thread = Thread(target=self._write, name="logs", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Queue the record's line without waiting; `logging` lets in a single thread at a time."""
        line = self.format(record)
        try:
            if self._lost:
                self._lines.put_nowait(self._tell_lost(self._lost))
                self._lost = 0
            self._lines.put_nowait(line)
        except Full:
            self._lost += 1

    def close(self) -> None:
        """Write the waiting lines, for two seconds at most."""
        try:
            self._lines.put(None, timeout=_LAST_LINES_S)
            self._thread.join(_LAST_LINES_S)
        except Full:
            pass  # nobody reads: the lines cannot be written, and the end must not wait for that
        super().close()

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            try:
                self._stream.write(f"{line}\n")
                self._stream.flush()
            except (OSError, ValueError):
                return  # the reader has gone for ever: recording goes on without
