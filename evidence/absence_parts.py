"""Tiles an interval of a camera with what is stored, what is gone and what was never there. Pure.

Each part has a reason and who attests it. Whether the absence is proven is decided by the function
that the verifier in each certificate uses (`evidence.verify.absence_unproven`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from footage.instant import Interval, union
from footage.span import JOIN_TOLERANCE, Gap, GapReason, explain
from footage.unscheduled import unscheduled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from footage.ids import CameraId
    from footage.instant import Instant

SWITCHED_OFF: Final = "switched_off"
"""Reason of time in which the camera had no source to record from."""


class State(StrEnum):
    """State of a part of the interval."""

    STORED = "stored"
    GONE = "gone"
    """Footage was stored, and is not any more."""
    ABSENT = "absent"
    """Nothing was entered of this time."""


class Attested(StrEnum):
    """Who says why something is missing; nobody's word is proven by the ledger."""

    NOBODY = "nobody"
    RECORDER = "the recorder's entry in the catalogue"
    RETENTION = "retention's entry in the catalogue"
    CUSTODY = "the custody log"
    CATALOGUE = "the catalogue, in which no recorder told of the camera"
    NONE = ""


@dataclass(frozen=True, slots=True)
class Gone:
    """Footage that was stored once, and what is known of its deletion.

    Attributes:
        rule: The rule of retention that decided; "" where nobody said.
        plan: The plan that was applied; "" where none is known.
        entry: Entry of the custody log that began the deletion; None where none is known.
        who: Who applied the plan, by that entry.
    """

    interval: Interval
    rule: str = ""
    plan: str = ""
    entry: int | None = None
    who: str = ""


@dataclass(frozen=True, slots=True)
class OffTime:
    """Time in which a camera had no source, by the custody log.

    Attributes:
        interval: From the change that took the source away to the one that gave one again.
        entry: Entry of the change.
        who: Who made the change.
    """

    interval: Interval
    entry: int
    who: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the interval."""

    interval: Interval
    state: State
    reason: str = ""
    detail: str = ""
    attested: Attested = Attested.NONE
    who: str = ""
    entries: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """Facts known of a camera's time.

    Attributes:
        stored: Times of stored segments.
        gone: Footage that was stored once.
        gaps: Gaps as the catalogue tells them.
        off: Times in which the camera had no source.
        since: Begin of the camera's recording; None where no recorder told of the camera.
    """

    camera: CameraId
    stored: Sequence[Interval]
    gone: Sequence[Gone]
    gaps: Sequence[Gap]
    off: Sequence[OffTime]
    since: Instant | None


def parts_of(known: Known, window: Interval) -> list[Part]:
    """Tile `window` (invariant 5): stored time first, then what is gone, then what is absent."""
    parts = [Part(part, State.STORED) for part in _within(known.stored, window)]
    left = window.less(part.interval for part in parts)
    causes: dict[tuple[str, str, int | None, str], list[Interval]] = {}
    for one in known.gone:
        causes.setdefault((one.rule, one.plan, one.entry, one.who), []).append(one.interval)
    for (rule, plan, entry, who), times in causes.items():
        gone = [piece for time in _within(times, window) for piece in _inside(time, left)]
        left = [piece for one in left for piece in one.less(gone)]
        for piece in gone:
            if plan:
                detail = f"{rule}, plan {plan}"
                attested = Attested.CUSTODY if entry else Attested.RETENTION
                numbers = () if entry is None else (entry,)
                reason = GapReason.EXPIRED.value
                parts.append(Part(piece, State.GONE, reason, detail, attested, who, numbers))
            else:
                parts += _explained(known, piece, State.GONE)
    # One gone stretch bridges moments that another cause has: nothing was entered of those.
    gone_times = union((one.interval for one in known.gone), bridge=JOIN_TOLERANCE)
    for piece in left:
        bridged = _inside(piece, gone_times)
        for part in bridged:
            parts += _explained(known, part, State.GONE)
        for part in piece.less(bridged):
            parts += _explained(known, part, State.ABSENT)
    return sorted(parts, key=lambda part: part.interval.start)


def _explained(known: Known, hole: Interval, state: State) -> Iterator[Part]:
    since = {} if known.since is None else {known.camera: known.since}
    for gap in unscheduled(explain(known.camera, [hole], known.gaps), since):
        part = Part(gap.interval, state, gap.reason.value, gap.detail, _attested(gap.reason))
        if gap.reason in {GapReason.UNKNOWN, GapReason.NOT_SCHEDULED} and state is State.ABSENT:
            yield from _off(part, known.off)
        else:
            yield part


def _off(part: Part, times: Sequence[OffTime]) -> Iterator[Part]:
    left = [part.interval]
    for one in times:
        for piece in [each for time in left for each in _inside(one.interval, [time])]:
            said = replace(part, interval=piece, reason=SWITCHED_OFF, detail="")
            yield replace(said, attested=Attested.CUSTODY, who=one.who, entries=(one.entry,))
        left = [each for time in left for each in time.less([one.interval])]
    yield from (replace(part, interval=piece) for piece in left)


def _attested(reason: GapReason) -> Attested:
    if reason is GapReason.UNKNOWN:
        return Attested.NOBODY
    if reason is GapReason.EXPIRED:
        return Attested.RETENTION
    if reason is GapReason.NOT_SCHEDULED:
        return Attested.CATALOGUE
    return Attested.RECORDER


def _within(times: Sequence[Interval], window: Interval) -> list[Interval]:
    joined = union(times, bridge=JOIN_TOLERANCE)
    return [part for time in joined if (part := time.clip(window))]


def _inside(time: Interval, pieces: Sequence[Interval]) -> list[Interval]:
    return [part for piece in pieces if (part := time.clip(piece))]
