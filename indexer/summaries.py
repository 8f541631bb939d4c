"""Day summaries of the catalogue compared with the segments they sum up, and derived anew."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Final

from footage.day import DaySummary, day_of, summarise
from footage.errors import DataLoss
from footage.instant import DAY, Elapsed, Instant, Interval
from footage.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from footage.ids import CameraId
    from footage.ports import Catalogue

ALL_TIME: Final = Interval(
    Instant.parse("1900-01-02T00:00:00Z"), Instant.parse("9998-12-30T00:00:00Z")
)
"""Longer than any recording."""
_LOOKS: Final = 3


@dataclass(frozen=True, slots=True)
class CheckedSummaries:
    """Result of comparing day summaries with segments.

    Attributes:
        days: Number of days compared, counted for each camera.
        wrong: Days whose summary was not the sum of the day's segments, by camera and day.
        repaired: Whether those summaries were derived anew.
    """

    days: int
    wrong: tuple[tuple[CameraId, Instant], ...]
    repaired: bool


def check_summaries(
    catalogue: Catalogue,
    cameras: Iterable[CameraId],
    *,
    repair: bool,
    progress: Callable[[int, int | None], None] | None = None,
) -> CheckedSummaries:
    """Compare every day's summary with the day's segments.

    A day that is being written meanwhile is looked at again, and counts as wrong only when its
    summary stays as it was while the segments say something else.

    Args:
        catalogue: The catalogue to check.
        cameras: Cameras to check besides those that have summaries.
        repair: Derive wrong summaries anew.
        progress: Called with the number of days done; how many there are is not known before.

    Raises:
        DataLoss: A summary is unreadable, of a camera that is not among `cameras`.
        Unavailable: The catalogue cannot be reached; another check is harmless.
    """
    named = sorted(set(cameras))
    count = 0
    wrong: list[tuple[CameraId, Instant]] = []
    for camera in chain(named, _others(catalogue, named, wrong)):
        stored = _stored(catalogue, camera)
        days = {*stored, *_recorded_days(catalogue, camera)}
        count += len(days)
        for day in sorted(days):
            if _same(stored.get(day), _derived(catalogue, camera, day)):
                continue
            if (repair and catalogue.resummarise(camera, day)) or (
                not repair and _stays_wrong(catalogue, camera, day)
            ):
                wrong.append((camera, day))
        if progress:
            progress(count, None)
    return CheckedSummaries(count, tuple(wrong), repair)


def derive_summaries(catalogue: Catalogue, days: Iterable[tuple[CameraId, Instant]]) -> int:
    """Derive anew the summaries of `days` and of all other days that have one.

    Returns:
        Number of summaries that were wrong.
    """
    known = set(days)
    mended = sum(catalogue.resummarise(camera, day) for camera, day in sorted(known))
    others = [(one.camera, one.day) for one in catalogue.days(None, ALL_TIME)]
    return mended + sum(
        catalogue.resummarise(camera, day) for camera, day in others if (camera, day) not in known
    )


def _others(
    catalogue: Catalogue, named: Collection[CameraId], wrong: Collection[object]
) -> Iterator[CameraId]:
    """Yield the cameras that have summaries and are not named; begin after those were checked."""
    try:
        found = {summary.camera for summary in catalogue.days(None, ALL_TIME)}
    except DataLoss:
        if wrong:
            return  # told already: the unreadable summary may be of a camera checked
        raise
    yield from sorted(found.difference(named))


def _stored(
    catalogue: Catalogue, camera: CameraId, within: Interval = ALL_TIME
) -> dict[Instant, DaySummary]:
    """Return summaries by day; none when one of them is unreadable, so that all count as wrong."""
    try:
        return {summary.day: summary for summary in catalogue.days([camera], within)}
    except DataLoss:
        return {}


def _recorded_days(catalogue: Catalogue, camera: CameraId) -> Iterator[Instant]:
    """Yield the days from the camera's first segment to the last."""
    first = next(catalogue.segments(Scope(cameras=frozenset({camera}))), None)
    last = catalogue.last_segment(camera)
    if first is None or last is None:
        return
    day, end = day_of(first.interval.start), last.interval.end
    while day < end:
        yield day
        day += DAY


def _derived(catalogue: Catalogue, camera: CameraId, day: Instant) -> DaySummary:
    return summarise(camera, day, catalogue.day_segments(camera, day))


def _same(stored: DaySummary | None, derived: DaySummary) -> bool:
    return stored == derived if stored else not derived.spans


def _stays_wrong(catalogue: Catalogue, camera: CameraId, day: Instant) -> bool:
    """Whether the summary differs from the segments and did not change while they were read."""
    within = Interval(day, day + Elapsed(1))
    before = _stored(catalogue, camera, within).get(day)
    for _ in range(_LOOKS):
        derived = _derived(catalogue, camera, day)
        after = _stored(catalogue, camera, within).get(day)
        if _same(after, derived):
            return False
        if before == after:
            return True
        before = after
    return False
