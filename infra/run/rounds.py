"""Work that a thread repeats beside the main work of a process, until that ends."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from footage.instant import Elapsed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LAST_WAIT: Final = Elapsed.parse("15s")
"""Time the end of the process waits for a round: trying a store takes about ten seconds."""


@contextmanager
def repeated(
    name: str, every: Elapsed, work: Callable[[Callable[[], bool]], None]
) -> Iterator[None]:
    """Do `work` at once and then every so often, in a thread, until the `with` block ends.

    Args:
        name: Name of the thread.
        every: Time from the end of a round to the next.
        work: A round, which gets a function that tells whether to stop. Whatever of a round is
            left `_LAST_WAIT` after the block ended is cut off as by a crash.
    """
    stopping = threading.Event()

    def rounds() -> None:
        while not stopping.is_set():
            work(stopping.is_set)
            stopping.wait(every.in_seconds)

    thread = threading.Thread(target=rounds, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(_LAST_WAIT.in_seconds)
