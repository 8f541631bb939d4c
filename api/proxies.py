"""Proxies of stored segments: films that every browser plays, made when asked for, and kept.

A proxy is derived and never passes for the footage: whoever gives one out says so. One is made of
each stored segment. Few are made at once; of what waits no more than a bound is taken; a segment
that several people ask for is made once; and what nobody waits for any more is abandoned.
"""

from __future__ import annotations

import asyncio
import io
from collections import Counter
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from copy import copy
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import TYPE_CHECKING, Final, Protocol

from anyio import to_thread

from api.kept import find, keep
from footage.errors import FootageError, Unavailable
from footage.instant import Elapsed
from footage.mp4_boxes import init_length
from footage.mp4_placing import from_first_picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from footage.clock import Clock
    from footage.instant import Instant
    from footage.ports import Catalogue, DerivedFiles
    from footage.segment import Segment

WAITING: Final = 32
"""Most segments that wait to be made: a few people who each jumped to another time."""
REMEMBERED: Final = Elapsed.parse("1m")
"""A segment of which no proxy could be made is not tried again for so long: players ask anew."""
_LOOK_EVERY: Final = Elapsed.parse("1s")
_MOST_REMEMBERED: Final = 1_000


def media_of(film: bytes, *, opening: bool, lasts: Elapsed | None = None) -> bytes:
    """Return the fragments of a proxy film.

    Args:
        film: Init and fragments.
        opening: Whether nothing is played right before: sound before the first picture is left out.
        lasts: Time for which the film is shown; None for as long as made.
    """
    parts, at = [], init_length(film)
    for change in from_first_picture(io.BytesIO(film), len(film), opening=opening, lasts=lasts):
        parts += [film[at : change.start], change.instead]
        at = change.end
    return b"".join([*parts, film[at:]])


class Transcoder(Protocol):
    """Makes the proxy of a segment; see `infra.media.proxy_transcoder`."""

    @property
    def profile(self) -> str:
        """Name of what is made; the same segment and profile give the same film."""
        ...

    def make(self, segment: Segment, unwanted: Callable[[], bool]) -> bytes:
        """Return the proxy film of a segment: init and fragments; errors of `footage.errors`."""
        ...


@dataclass(frozen=True, slots=True)
class ProxyCounts:
    """Proxies at some time, and since the process began.

    Attributes:
        running: Proxies being made now.
        waiting: Proxies that wait to be made.
        outcomes: How many were `kept` (given from what is kept), `made`, `failed`, `abandoned` (all
            who asked went) and `refused` (too many waited).
        kept_bytes: Bytes of all derived files kept; None where that cannot be told now.
    """

    running: int
    waiting: int
    outcomes: Mapping[str, int]
    kept_bytes: int | None


OUTCOMES: Final = ("kept", "made", "failed", "abandoned", "refused")


@dataclass(eq=False, slots=True)
class _Making:
    """A proxy that waits to be made or is being made, and how many want it."""

    future: Future[bytes] = field(default_factory=Future)
    wanted: int = 0
    running: bool = False
    unwanted: Event = field(default_factory=Event)


class _TooMuchWaits(Unavailable):
    """As many proxies wait to be made as may."""


class Proxies:
    """Makes and keeps proxies; safe in several threads.

    Args:
        transcoder: Makes a proxy.
        derived: Keeps proxies.
        catalogue: Tells which segments still exist.
        clock: Tells how long ago a proxy could not be made.
        at_once: Most proxies being made at once.
        within: Longest time in which a proxy is made; who asks waits for twice as long at most.
    """

    def __init__(
        self,
        transcoder: Transcoder,
        derived: DerivedFiles,
        catalogue: Catalogue,
        clock: Clock,
        *,
        at_once: int,
        within: Elapsed,
    ) -> None:
        self._transcoder, self._derived, self._catalogue = transcoder, derived, catalogue
        self._clock, self._within = clock, within
        self._most = at_once + WAITING
        self._lock = Lock()
        self._making: dict[str, _Making] = {}
        self._failed: dict[str, tuple[Instant, FootageError]] = {}
        self._outcomes: Counter[str] = Counter()
        self._pool = ThreadPoolExecutor(at_once, thread_name_prefix="proxy")

    def close(self) -> None:
        """End what is being made, and wait for the end; no call may follow."""
        with self._lock:
            for making in self._making.values():
                making.unwanted.set()
        self._pool.shutdown(wait=True)

    @property
    def profile(self) -> str:
        """Name of the profile, by which whatever is given out is marked as derived."""
        return self._transcoder.profile

    async def film(self, segment: Segment) -> bytes:
        """Return the proxy of a segment, made now unless it is kept; on the event loop alone.

        Where the waiting task is cancelled, and nobody else waits, the proxy is abandoned.

        Raises:
            Unavailable: Too much waits, or it takes too long.
            FootageError: As `Transcoder.make`.
        """
        kept = await to_thread.run_sync(self._kept, segment)
        if kept is not None:
            self._count("kept")
            return kept
        loop, done = asyncio.get_running_loop(), asyncio.Event()

        def tell(_: Future[bytes]) -> None:
            with suppress(RuntimeError):  # the loop has ended, and with it whoever waited
                loop.call_soon_threadsafe(done.set)

        try:
            with self._wanted(segment) as future:
                future.add_done_callback(tell)
                async with asyncio.timeout(2 * self._within.in_seconds):
                    await done.wait()
                return future.result()
        except TimeoutError as exc:
            raise self._too_late(segment) from exc
        except _TooMuchWaits:
            self._count("refused")
            raise

    def make(self, segment: Segment, waiting: Callable[[], object]) -> None:
        """Make the proxy of a segment unless it is kept; waits in the calling thread.

        Args:
            segment: The segment.
            waiting: Called each second; what `waiting` raises ends the wait, and abandons the
                proxy where nobody else waits.

        Where too much waits already, the call waits for room.

        Raises:
            FootageError: As `film`, but for too much that waits.
        """
        waiting()
        while not self.ready([segment]):
            try:
                with self._wanted(segment) as future:
                    while not wait([future], _LOOK_EVERY.in_seconds).done:
                        waiting()
                    future.result()
                    return
            except _TooMuchWaits:  # people who watch come first
                Event().wait(_LOOK_EVERY.in_seconds)
            waiting()

    def kept(self, segment: Segment) -> bytes | None:
        """Return the proxy of a segment where one is kept, else None."""
        found = self._kept(segment)
        if found is not None:
            self._count("kept")
        return found

    def ready(self, segments: Sequence[Segment]) -> int:
        """Return of how many of some segments a proxy is kept."""
        names = [self._name(one) for one in segments]
        kept = self._derived.kept(names)
        return sum(name in kept for name in names)  # two imports of a film share a proxy

    def under_way(self, segments: Sequence[Segment]) -> tuple[int, int]:
        """Return of how many of some segments a proxy is being made, and waits to be made."""
        with self._lock:
            found = [self._making.get(self._name(one)) for one in segments]
        running = sum(one is not None and one.running for one in found)
        return running, sum(one is not None for one in found) - running

    def counted(self) -> ProxyCounts:
        """Return the counts of this process, and how much is kept."""
        with self._lock:
            running = sum(one.running for one in self._making.values())
            waiting = len(self._making) - running
            outcomes = {name: self._outcomes[name] for name in OUTCOMES}
        try:
            kept: int | None = self._derived.size_bytes
        except FootageError:
            kept = None
        return ProxyCounts(running, waiting, outcomes, kept)

    @contextmanager
    def _wanted(self, segment: Segment) -> Iterator[Future[bytes]]:
        """Want a proxy inside the `with`; give the future, shared by all who want the same.

        Raises:
            Unavailable: Too much waits.
            FootageError: The proxy could not be made shortly before.
        """
        name = self._name(segment)
        with self._lock:
            making = self._making.get(name) or self._begun(name, segment)
            making.wanted += 1
        try:
            yield making.future
        finally:
            with self._lock:
                making.wanted -= 1
                if not making.wanted and self._making.get(name) is making:
                    making.unwanted.set()
                    del self._making[name]
                    self._outcomes["abandoned"] += 1

    def _begun(self, name: str, segment: Segment) -> _Making:
        """Begin to make a proxy; within the lock."""
        self._raise_failed(name)
        if len(self._making) >= self._most:
            raise _TooMuchWaits(f"{len(self._making)} proxies wait already", hint="ask again")
        making = self._making[name] = _Making()
        self._pool.submit(self._make, name, segment, making)
        return making

    def _make(self, name: str, segment: Segment, making: _Making) -> None:
        """Make a proxy, in a thread of the pool."""
        if making.unwanted.is_set():
            making.future.set_exception(Unavailable("nobody waits for the proxy any more"))
            return
        making.running = True
        try:
            # Another process may have made the proxy meanwhile.
            found = self._kept(segment)
            data = found or self._transcoder.make(segment, making.unwanted.is_set)
            if found is None:
                keep(self._derived, self._catalogue, name, data, [segment.key])
        except FootageError as exc:
            self._end(name, making, "failed", exc)
            making.future.set_exception(exc)
        except Exception as exc:  # noqa: BLE001 - the edge of a thread: whoever waits gets it
            self._end(name, making, "failed", None)
            making.future.set_exception(exc)
        else:
            self._end(name, making, "made" if found is None else "kept", None)
            making.future.set_result(data)

    def _end(self, name: str, making: _Making, outcome: str, why: FootageError | None) -> None:
        with self._lock:
            if self._making.get(name) is not making:
                return  # abandoned
            del self._making[name]
            self._outcomes[outcome] += 1
            if why is not None:
                while len(self._failed) >= _MOST_REMEMBERED:
                    del self._failed[next(iter(self._failed))]
                self._failed[name] = (self._clock.now(), why)

    def _raise_failed(self, name: str) -> None:
        """Raise again what a proxy could not be made for, unless that is long ago."""
        if name in self._failed:
            when, why = self._failed[name]
            if self._clock.now() - when < REMEMBERED:
                raise copy(why)
            del self._failed[name]

    def _kept(self, segment: Segment) -> bytes | None:
        return find(self._derived, self._name(segment))

    def _name(self, segment: Segment) -> str:
        return f"proxy/{self.profile}/{segment.digest}"

    def _count(self, outcome: str) -> None:
        with self._lock:
            self._outcomes[outcome] += 1

    def _too_late(self, segment: Segment) -> Unavailable:
        return Unavailable(
            f"the proxy of {segment.key} took longer than {self._within * 2}",
            hint="ask again, or set api.proxy_within higher",
        )
