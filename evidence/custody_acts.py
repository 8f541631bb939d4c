"""Acts of the custody log: each intent with its outcome, picked by person, case, camera and time.

A log of millions of entries is read in pages: a page reads a bounded number of entries, may hold
fewer acts than asked for, and says at which entry the next page goes on.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile
from typing import TYPE_CHECKING, Final, Protocol

from footage.action import Action, Phase
from footage.instant import Elapsed, Instant, Interval
from footage.objectkey import ObjectKey

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from evidence.custody import Entry
    from footage.ids import CameraId

READ_AT_MOST: Final = 20_000
"""Entries that a page looks through for intents, and then again for outcomes."""
LONGEST_SEGMENT: Final = Elapsed.parse("1h")
"""Recorded time that a segment may hold of which only the key is named.

A recorded segment holds at most 5 min. An imported one holds more where the file's keyframes lie
further apart: an act on such a segment is not picked by recorded time later than this."""


class EntryReader(Protocol):
    """A reader of the custody log."""

    def read(self, first: int = 1) -> Iterator[Entry]:
        """Yield the entries from number `first` on, in order; raises DataLoss."""
        ...


class State(StrEnum):
    """State of an act, as far as was read."""

    DONE = "done"
    FAILED = "failed"
    OPEN = "open"
    """The log was read to the end and holds no outcome."""
    UNREAD = "unread"
    """An outcome may lie further on in the log than was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The acts wanted; an absent part does not restrict.

    Attributes:
        person: Account of whoever acted.
        case: Reference of the case.
        action: The action.
        camera: Camera whose footage the act was about. A search, hold or export that names places
            or nothing counts for every camera: too much is told rather than too little.
        footage: Recorded time that the act was about; an act that names no such time counts, and an
            act that names a segment alone counts for `LONGEST_SEGMENT`, unless the outcome tells.
        entered: Time at which the intent was entered.
    """

    person: str = ""
    case: str = ""
    action: Action | None = None
    camera: CameraId | None = None
    footage: Interval | None = None
    entered: Interval | None = None

    def document(self) -> dict[str, object]:
        """Return the parts that restrict, as plain values."""
        parts: dict[str, object] = {
            "person": self.person,
            "of_case": self.case,
            "of_action": self.action.value if self.action else "",
            "camera": self.camera or "",
        }
        for name, interval in (("footage", self.footage), ("entered", self.entered)):
            if interval:
                parts |= {f"{name}_from": str(interval.start), f"{name}_to": str(interval.end)}
        return {name: part for name, part in parts.items() if part}

    def picks(self, intent: Entry) -> bool:
        """Whether the act of an intent is wanted."""
        return (
            self.person in ("", intent.actor)
            and self.case in ("", intent.case)
            and self.action in (None, intent.action)
            and (self.entered is None or intent.instant in self.entered)
            and (self.camera is None or _is_about(intent.what, self.camera))
            and (self.footage is None or _overlaps(intent.what, self.footage))
        )


EVERY_ACT: Final = Wanted()


@dataclass(frozen=True, slots=True)
class CustodyAct:
    """An act of the custody log.

    Attributes:
        intent: The entry made before the act.
        outcome: The entry made after the act; None where none was read.
    """

    intent: Entry
    state: State
    outcome: Entry | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Some acts, by entry number.

    Attributes:
        next_entry: Entry at which the next page goes on; None: the log was read to the end.
    """

    acts: tuple[CustodyAct, ...]
    next_entry: int | None


def page(
    log: EntryReader, wanted: Wanted, *, first: int = 1, limit: int, most: int = READ_AT_MOST
) -> Page:
    """Read a page of acts.

    Args:
        log: The log.
        wanted: The acts wanted.
        first: Entry to begin at.
        limit: Most acts of the page.
        most: Most entries to look through for intents, and then for outcomes.

    Raises:
        DataLoss: A line of the log is no entry.
    """
    intents: dict[int, Entry] = {}
    outcomes: dict[int, Entry] = {}
    next_entry: int | None = None
    ended = True
    for entry in log.read(first):
        if next_entry is None and (len(intents) == limit or entry.number >= first + most):
            next_entry = entry.number
        if next_entry is not None:
            waiting = len(intents) > len(outcomes)
            if not waiting or entry.number >= next_entry + most:
                ended = False
                break
        if entry.phase is Phase.OUTCOME:
            if (closed := _closes(entry)) in intents:
                outcomes[closed] = entry
        elif next_entry is None and wanted.picks(entry):
            intents[entry.number] = entry
    acts = (_act(intent, outcomes.get(number), ended=ended) for number, intent in intents.items())
    return Page(tuple(act for act in acts if _told_of(act, wanted.footage)), next_entry)


def picked(entries: Iterable[Entry], wanted: Wanted) -> Iterator[Entry]:
    """Yield the entries of the acts wanted, in order: each intent, and its outcome where it comes.

    An outcome's own recorded time does not restrict: too much is told rather than too little.

    Args:
        entries: Entries in order.
        wanted: The acts wanted.
    """
    under_way: set[int] = set()
    for entry in entries:
        if entry.phase is Phase.OUTCOME:
            if (closed := _closes(entry)) in under_way:
                under_way.remove(closed)
                yield entry
        elif wanted.picks(entry):
            under_way.add(entry.number)
            yield entry


def paired(entries: Iterable[Entry]) -> Iterator[CustodyAct]:
    """Yield acts, in the order of their intents, of entries as `picked` gives these.

    An act without outcome is `UNREAD`: these entries may not reach to the end of the log. All
    entries are read, and the intents and outcomes kept, before the first act is given.
    """
    intents: list[Entry] = []
    outcomes: dict[int, Entry] = {}
    for entry in entries:
        if entry.phase is Phase.INTENT:
            intents.append(entry)
        else:
            outcomes[_closes(entry)] = entry
    for intent in intents:
        yield _act(intent, outcomes.get(intent.number), ended=False)


def entries_before(log: EntryReader, wanted: Wanted, number: int) -> Iterator[Entry]:
    """Return the entries of the acts wanted that stand before entry `number`."""
    before = takewhile(lambda entry: entry.number < number, log.read())
    return before if wanted == EVERY_ACT else picked(before, wanted)


class Counted:
    """Entries that are counted while they are gone through, once.

    Attributes:
        number: Entries gone through so far.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = entries
        self.number = 0

    def __iter__(self) -> Iterator[Entry]:
        for entry in self._entries:
            self.number += 1
            yield entry


def _told_of(act: CustodyAct, footage: Interval | None) -> bool:
    """Whether the recorded time in the outcome of an act, if any, is of `footage`."""
    result = act.outcome.what.get("result") if act.outcome else None
    told = _stated(result) if isinstance(result, dict) else None
    return footage is None or told is None or told.overlaps(footage)


def _act(intent: Entry, outcome: Entry | None, *, ended: bool) -> CustodyAct:
    if outcome is None:
        return CustodyAct(intent, State.OPEN if ended else State.UNREAD)
    return CustodyAct(intent, State.DONE if outcome.what["ok"] is True else State.FAILED, outcome)


def _closes(outcome: Entry) -> int:
    closed = outcome.what["intent"]
    return closed if isinstance(closed, int) else 0


def _is_about(what: Mapping[str, object], camera: CameraId) -> bool:
    named, cameras = what.get("camera"), what.get("cameras")
    if isinstance(named, str):
        return named == camera
    if isinstance(cameras, list):
        # A search may take footage of another camera as its example.
        return not cameras or camera in cameras or camera in _cameras(what)
    return camera in _cameras(what)


def _cameras(what: Mapping[str, object]) -> set[CameraId]:
    return {key.camera for key in _keys(what)}


def _overlaps(what: Mapping[str, object], footage: Interval) -> bool:
    times = _times(what)
    return not times or any(time.overlaps(footage) for time in times)


def _times(what: Mapping[str, object]) -> list[Interval]:
    """Return the recorded time that an act names; none for an act that names none."""
    if stated := _stated(what):
        return [stated, *map(_time, _examples(what))]
    return [_time(key) for key in _keys(what)]


def _stated(told: Mapping[str, object]) -> Interval | None:
    """Return the interval that start and end name, if any."""
    start, end = told.get("start"), told.get("end")
    if isinstance(start, str) and isinstance(end, str):
        return Interval(Instant.parse(start), Instant.parse(end))
    return None


def _time(key: ObjectKey) -> Interval:
    return Interval(key.start, key.start + LONGEST_SEGMENT)


def _keys(what: Mapping[str, object]) -> list[ObjectKey]:
    """Return the keys of the segments that an act names: of a film's part, pictures, an example."""
    shown = what.get("shown", [])
    named = [what.get("segment"), *(shown if isinstance(shown, list) else [])]
    keys = [ObjectKey.parse(text.partition("#")[0]) for text in named if isinstance(text, str)]
    return keys + _examples(what)


def _examples(what: Mapping[str, object]) -> list[ObjectKey]:
    """Return the key of the segment that served a search as example, if any did."""
    example = what.get("example")
    segment = example.get("segment") if isinstance(example, dict) else None
    return [ObjectKey.parse(segment)] if isinstance(segment, str) else []
