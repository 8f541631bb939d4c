"""Copies sealed vectors to the object store while a process indexes, and scrubs them daily.

A separate thread seals the logs of past days and copies what is not copied; adding, searching and
recording never wait for it. While the store is away what waits grows, and is tried again.
"""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from footage.errors import FootageError
from footage.instant import DAY, Elapsed, Instant, Interval

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from infra.vectors.part_copies import CopyLag
    from infra.wiring import Parts

_EVERY: Final = Elapsed.parse("1m")

_log = logging.getLogger(__name__)


def one_round(parts: Parts, stop: Callable[[], bool] = lambda: False) -> CopyLag | None:
    """Seal and copy what is due; return what is left, None where vectors are not in files.

    Raises:
        FootageError: Store or disk cannot be reached; the next round goes on.
    """
    if parts.part_copies is None or parts.vector_files is None:
        return None
    parts.vector_files.upkeep(str(parts.clock.now())[:10])
    return parts.part_copies.copy(stop)


@contextmanager
def parts_kept(parts: Parts) -> Iterator[None]:
    """Copy sealed vectors in a thread until the block ends."""
    if parts.part_copies is None:
        yield
        return
    _ = parts.vector_files  # built here: two threads must not build the same part at once
    stopping = threading.Event()

    def rounds() -> None:
        while not stopping.wait(_EVERY.in_seconds):
            try:
                left = one_round(parts, stopping.is_set)
            except FootageError as exc:
                _log.warning("vectors are copied to the object store later: %s", exc)
                continue
            if left and left.foreign:
                days = ", ".join(left.foreign)
                _log.warning("copies of lost vectors wait: footage index --fetch (%s)", days)

    thread = threading.Thread(target=rounds, name="vector copies", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


def scrub_daily(parts: Parts, stop: Callable[[], bool]) -> None:
    """Check as many bytes of sealed vectors as the settings allow, and delete unused copies.

    A catalogue without any segment may be a lost catalogue: no copy is deleted then.

    Raises:
        FootageError: Object store or catalogue cannot be reached; the next day goes on.
    """
    from infra.vectors.scrub import scrub  # noqa: PLC0415 - numpy, for whoever has vectors in files

    def has_footage(day: str) -> bool:
        start = Instant.parse(f"{day}T00:00:00Z")
        return (
            next(iter(parts.catalogue.days(None, Interval(start, start + DAY))), None) is not None
        )

    if parts.part_copies is not None:
        if next(iter(parts.catalogue.segments()), None) is not None:
            for shard in parts.part_copies.delete_unused(has_footage):
                _log.info("copies of vectors deleted, no footage of that day is left: %s", shard)
        limit = parts.settings.vectors.scrub_bytes_per_day
        done = scrub(parts.part_copies.root, parts.clock.now(), limit, stop)
        _log.info("checked %d vector parts, %d bytes", done.parts, done.size_bytes)
