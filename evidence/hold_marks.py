"""Marks of holds on stored objects, reconciled with the register (invariant 4).

A mark is the store's own hold on one object. The register decides which objects have to carry a
mark: the objects of segments that a standing hold covers. Placing or releasing a hold records in
the same transaction that the hold's marks are due (`Register.marks_due`); one pass over the hold,
in this order:
 1. the hold's segments are read from the catalogue, in batches;
 2. for each batch, inside the register's exclusive section, the holds are read again, and only then
    marks are set (the hold still stands) or removed (no standing hold covers the segment): within
    the section no hold is placed or released, so no held object can lose a mark;
 3. the register records that the pass came to the end.
A crash before 3 leaves the marks due, and each step done again changes nothing.

An object whose mark cannot be changed, because the object itself is damaged or may not be written,
keeps no other object from a mark: that object is named, and looked at again `RETRY` later.

A released hold is looked at a second time, `SETTLE` later: a recorder that read the holds just
before the release may have marked an object of which the catalogue had no row yet.

The original file of an import (`footage.originals`) is marked with the segments cut from the file,
and its mark is removed when no standing hold covers any of the import's time.

Only objects of segments that a hold in the register covers or covered are ever asked about. A mark
is one bit: a mark that somebody else set on such an object looks the same as a mark of Footage.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final

from footage.errors import (
    Conflict,
    DataLoss,
    FootageError,
    Misconfigured,
    NotFound,
    Unavailable,
)
from footage.hold import MarksDue, MarksReport, covering
from footage.instant import DAY, Elapsed
from footage.originals import from_stored, keys_for
from footage.ports import Scope, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from footage.clock import Clock
    from footage.hold import Hold
    from footage.ids import HoldId, SegmentKey
    from footage.instant import Instant
    from footage.originals import Original
    from footage.ports import Catalogue, ObjectStore, Register
    from footage.segment import Segment

SETTLE: Final = DAY
"""Time from the first whole pass over a released hold to the second pass."""

RETRY: Final = Elapsed.parse("1h")
"""Time until a hold with objects that could not be marked is looked at again, whole."""

_BATCH: Final = 100
"""Objects within one exclusive section: no purge and no new hold waits for more objects."""

_OF_ONE_OBJECT: Final = (DataLoss, Misconfigured, Conflict)
"""Errors of an object that say nothing about the next object."""


@dataclass(slots=True)
class Pass:
    """Result of a pass over the objects of a hold.

    Attributes:
        segments: Covered segments in the catalogue, those of `missing` left out.
        bytes: Size of these segments.
        counted: False where the catalogue could not be read to the end: then `segments` and `bytes`
            are too small.
        marked: Objects whose mark was set or renewed.
        lifted: Objects whose mark was removed.
        still_held: Segments of a released hold that a standing hold covers.
        missing: Keys that the catalogue lists and the store no longer has.
        unmarked: Key of each object whose own mark could not be changed, and the reason.
        originals: Bytes of each stored original file of these segments, by key.
        failure: The reason why the pass ended early; None when every object was looked at.
    """

    segments: int = 0
    bytes: int = 0
    counted: bool = True
    marked: int = 0
    lifted: int = 0
    still_held: int = 0
    missing: list[SegmentKey] = field(default_factory=list)
    unmarked: list[tuple[str, str]] = field(default_factory=list)
    originals: dict[str, int] = field(default_factory=dict)
    failure: FootageError | None = None

    @property
    def why(self) -> str:
        """The reason why not every mark agrees with the register now, or ""."""
        if self.failure or not self.unmarked:
            return str(self.failure or "")
        key, reason = self.unmarked[0]
        if len(self.unmarked) == 1:
            return f"the mark of {key} cannot be changed: {reason}"
        return f"the marks of {len(self.unmarked)} objects cannot be changed, first {key}: {reason}"


class HoldMarks:
    """Sets and removes hold marks; may run in several threads and processes at once."""

    def __init__(
        self, register: Register, catalogue: Catalogue, store: ObjectStore, clock: Clock
    ) -> None:
        self._register, self._catalogue = register, catalogue
        self._store, self._clock = store, clock

    @property
    def catalogue(self) -> Catalogue:
        """The catalogue that names the segments of a hold."""
        return self._catalogue

    def reassert(self, *, everything: bool) -> MarksReport:
        """Bring marks into agreement with the register; report, not raise, a hold's failure.

        Args:
            everything: True: also renew the marks of every standing hold, as a store of strength
                `STORE_RENEWED` needs daily. False: only the marks that are due now; where none are,
                neither catalogue nor store is asked.

        Raises:
            Unavailable: The register cannot be read.
        """
        work = chosen(
            self._register.marks_due(),
            self._register.holds() if everything else (),
            self._clock.now(),
            everything=everything,
        )
        done: list[tuple[MarksDue, Pass]] = []
        for each in work:
            before = [marks.hold for marks, looked in done if marks.hold.active and not looked.why]
            done.append((each, self.look_at(each, before)))
            if isinstance(done[-1][1].failure, Unavailable):
                break  # a server unreachable for this hold is unreachable for the next
        return _report(work, done)

    def look_at(self, marks: MarksDue, before: Sequence[Hold] = ()) -> Pass:
        """Do a single pass over a hold: set or remove the marks of all objects.

        Args:
            marks: The hold, as read from the register.
            before: Standing holds whose objects were marked already and are not marked again.

        Returns:
            Counts of the pass, with the failure that ended the pass early.
        """
        result = Pass()
        step = self._set if marks.hold.active else self._lift
        try:
            for batch in self._batches(marks.hold):
                result.segments += len(batch)
                result.bytes += sum(segment.size_bytes for segment in batch)
                if result.failure is None:
                    fresh = [s for s in batch if not any(hold.covers(s) for hold in before)]
                    result.failure = _failure_of(step, marks.hold, fresh, result)
            self._recount_missing(result)
        except FootageError as exc:
            result.counted, result.failure = False, result.failure or exc
        if result.failure is None:
            result.failure = _failure_of(self._finish, marks, not result.unmarked)
        return result

    def _batches(self, hold: Hold) -> Iterator[list[Segment]]:
        left = iter(self._catalogue.segments(Scope(cameras=hold.cameras), hold.interval))
        while batch := list(islice(left, _BATCH)):
            yield batch

    def _set(self, hold: Hold, batch: Sequence[Segment], result: Pass) -> None:
        with self._register.purging():
            if hold not in self._register.holds():
                return  # released meanwhile: the marks are due to be removed
            failed = [exc for segment in batch if (exc := self._mark(segment, result))]
            for key, _ in self._originals(batch, result):
                self._mark_original(key, result)
        if len(failed) == _BATCH and all(isinstance(exc, Misconfigured) for exc in failed):
            raise failed[0]  # the store takes nothing of this process: so would the next batch end

    def _lift(self, _: Hold, batch: Sequence[Segment], result: Pass) -> None:
        with self._register.purging():
            standing = self._register.holds()
            for segment in batch:
                if covering(standing, segment):
                    result.still_held += 1
                else:
                    self._unmark(segment.key, result)
            for key, original in self._originals(batch, result):
                if original and not covering(standing, original):
                    self._unmark(key, result)

    def _originals(
        self, batch: Sequence[Segment], result: Pass
    ) -> Iterator[tuple[str, Original | None]]:
        """Yield the stored originals of a batch not seen in this pass before; None: unreadable."""
        keys = [key for key in keys_for(batch) if key not in result.originals]
        for key, state in (self._store.states(keys) if keys else {}).items():
            try:
                original = None if isinstance(state, Unreadable) else from_stored(state.facts)
            except DataLoss:
                original = None
            result.originals[key] = original.size_bytes if original else 0
            yield key, original

    def _mark_original(self, key: str, result: Pass) -> None:
        try:
            self._store.set_hold(key, on=True)
            result.marked += 1
        except NotFound:
            del result.originals[key]  # taken away from outside since it was looked at
        except _OF_ONE_OBJECT as exc:
            result.unmarked.append((key, str(exc)))

    def _mark(self, segment: Segment, result: Pass) -> FootageError | None:
        """Set the mark of an object; return the object's own error that kept the mark away."""
        try:
            self._store.set_hold(segment.key, on=True)
            result.marked += 1
        except NotFound:
            result.missing.append(segment.key)
            result.segments -= 1
            result.bytes -= segment.size_bytes
        except _OF_ONE_OBJECT as exc:  # the others are marked
            result.unmarked.append((segment.key, str(exc)))
            return exc
        return None

    def _unmark(self, key: str, result: Pass) -> None:
        try:
            if self._store.is_held(key):
                self._store.set_hold(key, on=False)
                result.lifted += 1
        except NotFound:
            return  # purged since: no mark is left
        except _OF_ONE_OBJECT as exc:
            result.unmarked.append((key, str(exc)))

    def _recount_missing(self, result: Pass) -> None:
        """Remove from `missing` the segments that a purge deleted after the catalogue was read."""
        if result.missing:
            listed = self._catalogue.existing(result.missing)
            result.missing = [key for key in result.missing if key in listed]

    def _finish(self, marks: MarksDue, whole: bool) -> None:  # noqa: FBT001 - called by _failure_of
        now = self._clock.now()
        again = next_check(marks, now) if whole else now + RETRY
        self._register.finish_marks(marks.hold, check_again=again, whole=whole)


def chosen(
    due: Sequence[MarksDue], standing: Sequence[Hold], now: Instant, *, everything: bool
) -> list[MarksDue]:
    """Choose the holds to look at now: standing before released holds, the oldest first.

    Args:
        due: Holds with unfinished marks.
        standing: Standing holds to be looked at in any case.
        now: The present.
        everything: Whether to look at holds that are due later, too.
    """
    unfinished = {marks.hold.id for marks in due}
    found = [marks for marks in due if everything or marks.due <= now]
    found += [MarksDue(hold, now) for hold in standing if hold.id not in unfinished]
    return sorted(found, key=lambda m: (not m.hold.active, m.hold.placed_at, m.hold.id))


def next_check(marks: MarksDue, now: Instant) -> Instant | None:
    """Return the instant of the next pass over a hold just looked at whole, or None."""
    if marks.hold.active:
        return None  # a segment stored later is marked when stored
    if not marks.passes:
        return now + SETTLE
    return marks.due if now < marks.due else None


def _failure_of(step: Callable[..., None], *what: object) -> FootageError | None:
    try:
        step(*what)
    except FootageError as exc:
        return exc
    return None


def _report(work: Sequence[MarksDue], done: Sequence[tuple[MarksDue, Pass]]) -> MarksReport:
    unfinished: list[tuple[HoldId, str]] = [
        (marks.hold.id, result.why) for marks, result in done if result.why
    ]
    why = unfinished[-1][1] if unfinished else ""
    unfinished += [(marks.hold.id, why) for marks in work[len(done) :]]
    return MarksReport(
        marked=sum(result.marked for _, result in done),
        lifted=sum(result.lifted for _, result in done),
        missing=tuple(sorted({key for _, result in done for key in result.missing})),
        unmarked=tuple(sorted({each for _, result in done for each in result.unmarked})),
        unfinished=tuple(unfinished),
    )
