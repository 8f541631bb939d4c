"""Copies sealed vectors to the object store while a process indexes, and scrubs them daily.

A separate thread seals the logs of past days and copies what is not copied; adding, searching and
recording never wait for it. While the store is away what waits grows, and is tried again.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from footage.errors import FootageError
from footage.instant import DAY, ZERO, Elapsed, Instant, Interval
from infra.node.metrics import WaitingCopies
from infra.run.rounds import repeated

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


def waiting_copies(parts: Parts) -> Callable[[], WaitingCopies | None]:
    """Return a call that tells what waits to be copied, by the disk alone: the store is not asked.

    The call returns None where vectors are not in files, or while the disk cannot be read.
    """
    copies, clock = parts.part_copies, parts.clock

    def look() -> WaitingCopies | None:
        if copies is None:
            return None
        try:
            lag = copies.lag()
        except (FootageError, OSError) as exc:
            _log.debug("which vectors wait to be copied is not known: %s", exc)
            return None
        age = max(clock.now() - lag.oldest, ZERO) if lag.oldest else ZERO
        return WaitingCopies(lag.parts, lag.size_bytes, age)

    return look


@contextmanager
def parts_kept(parts: Parts) -> Iterator[None]:
    """Copy sealed vectors in a thread until the block ends."""
    if parts.part_copies is None:
        yield
        return
    _ = parts.vector_files  # built here: two threads must not build the same part at once
    told: tuple[str, ...] = ()

    def round_(stop: Callable[[], bool]) -> None:
        nonlocal told
        try:
            left = one_round(parts, stop)
        except FootageError as exc:
            _log.warning("vectors are copied to the object store later: %s", exc)
            return
        if left and left.foreign and left.foreign != told:
            days = ", ".join(left.foreign)
            _log.warning("copies of lost vectors wait: footage index --fetch (%s)", days)
        told = left.foreign if left else ()

    with repeated("vector copies", _EVERY, round_):
        yield


def scrub_daily(parts: Parts, stop: Callable[[], bool]) -> None:
    """Check as many bytes of sealed vectors as the settings allow, and delete unused copies.

    Copies stay while footage is stored that may reach into their day. A catalogue without any
    segment may be a lost catalogue: no copy is deleted then.

    Raises:
        DataLoss: Vectors are damaged, found now or known before; said at the end of the work.
        FootageError: Object store or catalogue cannot be reached; the next day goes on.
    """
    from infra.vectors.scrub import scrub  # noqa: PLC0415 - numpy, for whoever has vectors in files

    copies, catalogue = parts.part_copies, parts.catalogue
    if copies is None:
        return
    done = scrub(copies.root, parts.clock.now(), parts.settings.vectors.scrub_bytes_per_day, stop)
    _log.info("checked %d vector parts, %d bytes", done.parts, done.size_bytes)

    def has_footage(day: str) -> bool:
        start = Instant.parse(f"{day}T00:00:00Z")
        return any(True for _ in catalogue.days(None, Interval(start, start + DAY)))

    if any(True for _ in catalogue.segments()):
        for shard in copies.delete_unused(has_footage):
            _log.info("copies of vectors deleted, no footage of that day is left: %s", shard)
    done.require_sound()
