"""Stays: a camera's places, each with the time in which the camera stood there. Pure.

Footage is found by the place where the camera stood when the footage was recorded, so a question
about a place is asked of a camera only for the time of the camera's stays there: the windows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from footage.errors import BadInput
from footage.instant import Elapsed, Interval, union

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from footage.camera import Camera
    from footage.ids import CameraId, DistrictId, SiteId
    from footage.instant import Instant
    from footage.place import Point
    from footage.scope import Scope
    from footage.segment import Segment

    Windows = Mapping[CameraId, tuple[Interval, ...]]


@dataclass(frozen=True, slots=True)
class Stay:
    """A place of a camera, from an instant until the camera's next stay.

    A camera's first stay counts for all time before as well: no other place is known of then.

    Attributes:
        since: From when on the camera stood there; None where nobody said.
        told: When the register was told; None where an older version, which knew today's place
            only, wrote the place down.
        corrects: Another place, or time, written down before was wrong, and this is right.
        replaced: When the stay was said to be wrong; None while the stay counts.
    """

    camera: CameraId
    since: Instant | None
    site: SiteId
    district: DistrictId
    place: Point
    told: Instant | None = None
    corrects: bool = False
    replaced: Instant | None = None

    @classmethod
    def of(cls, camera: Camera, since: Instant | None, told: Instant) -> Stay:
        """Make the stay of a camera at the camera's place of today."""
        return cls(camera.id, since, camera.site, camera.district, camera.place, told)

    @property
    def sure(self) -> bool:
        """Whether somebody said that the camera stood there at the time.

        Else the place is only the earliest that the register knows of.
        """
        return self.since is not None or self.corrects

    def is_at(self, camera: Camera) -> bool:
        """Whether the stay was where the camera stands today."""
        here = (camera.site, camera.district, camera.place)
        return (self.site, self.district, self.place) == here

    def camera_then(self, camera: Camera) -> Camera:
        """Return `camera` as the camera was during the stay."""
        return replace(camera, site=self.site, district=self.district, place=self.place)


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """A camera and its stays in order; without stays the camera stood where it stands today."""

    camera: Camera
    stays: Sequence[Stay] = ()

    def at(self, instant: Instant) -> Camera:
        """Return the camera with its place at `instant`."""
        return stay_at(self.stays, instant).camera_then(self.camera) if self.stays else self.camera


class PlaceChange(NamedTuple):
    """Change of a camera's stays: a stay that counts no more, and a new stay."""

    wrong: Stay | None = None
    new: Stay | None = None


def change_of(
    stays: Sequence[Stay],
    camera: Camera,
    *,
    now: Instant,
    since: Instant | None = None,
    correct: bool = False,
) -> PlaceChange:
    """Return how a camera's stays change when the camera is written down at some place.

    Args:
        stays: The camera's stays that count, in order.
        camera: The camera with the place to write down.
        now: The present instant.
        since: From when on the camera stands there; None: a new place counts from now on, and
            nothing is said of an old place.
        correct: The place, or the time, written down last was wrong.

    Raises:
        BadInput: `since` lies in the future, or not after the start of the stay before.
    """
    if since and since > now:
        raise BadInput(f"{camera.id} cannot stand there since {since}: that is in the future")
    if not stays:
        return PlaceChange(new=Stay.of(camera, since, now))
    last = stays[-1]
    if correct:
        return _corrected(stays, camera, now, since)
    if last.is_at(camera):
        return PlaceChange()
    if since is None:
        # Clocks of machines differ: a stay begins after the stay before all the same.
        since = max(now, last.since + Elapsed(1)) if last.since else now
    _require_after(last, since)
    return PlaceChange(new=Stay.of(camera, since, now))


def _corrected(
    stays: Sequence[Stay], camera: Camera, now: Instant, since: Instant | None
) -> PlaceChange:
    last = stays[-1]
    wrong = replace(last, replaced=now)
    since = since or last.since
    if last.is_at(camera) and since == last.since:
        return PlaceChange()
    if len(stays) > 1:
        before = stays[-2]
        if before.is_at(camera):
            return PlaceChange(wrong=wrong)  # the camera never left
        if since:
            _require_after(before, since)
    return PlaceChange(wrong, replace(Stay.of(camera, since, now), corrects=True))


def _require_after(before: Stay, since: Instant) -> None:
    if before.since and since <= before.since:
        raise BadInput(
            f"{before.camera} stands at {before.site} since {before.since}, not before {since}",
            hint="give a later --since; --correct says that the place written down last was wrong",
        )


def stay_order(stay: Stay) -> tuple[CameraId, float, float]:
    """Sort key of stays: camera, start, and when the register was told."""
    since, told = stay.since, stay.told
    return (stay.camera, since.us if since else -math.inf, told.us if told else -math.inf)


def windows(
    stays: Iterable[Stay], scope: Scope, within: Interval
) -> dict[CameraId, tuple[Interval, ...]]:
    """Return, by camera, the parts of `within` in which the camera stood where `scope` admits.

    Args:
        stays: Stays that count; those of a camera in order.
        scope: The cameras and places asked about.
        within: The interval asked about.

    Returns:
        Windows in order and apart, by camera; cameras without a window are absent.
    """
    found = {}
    for camera, mine in groupby(stays, key=attrgetter("camera")):
        admitted = [
            part
            for stay, part in _parts(list(mine), within)
            if scope.admits(camera=camera, site=stay.site, district=stay.district, place=stay.place)
        ]
        if admitted:
            found[camera] = tuple(union(admitted))
    return found


def _parts(stays: Sequence[Stay], within: Interval) -> Iterator[tuple[Stay, Interval]]:
    """Yield the stays of a camera that lie in `within`, each with the part of `within`."""
    starts = [within.start, *(stay.since or within.start for stay in stays[1:])]
    edges = pairwise([min(max(start, within.start), within.end) for start in starts] + [within.end])
    for stay, (start, end) in zip(stays, edges, strict=True):
        if start < end:
            yield stay, Interval(start, end)


def stay_at(stays: Sequence[Stay], instant: Instant) -> Stay:
    """Return the stay of a camera at `instant`, out of the camera's stays in order."""
    begun = [stay for stay in stays[1:] if stay.since is None or stay.since <= instant]
    return begun[-1] if begun else stays[0]


def stays_within(stays: Sequence[Stay], within: Interval) -> list[tuple[Stay, Interval]]:
    """Return the stays of a camera that lie in `within`, each with the part of `within`."""
    return list(_parts(stays, within))


def with_ends(stays: Sequence[Stay]) -> list[tuple[Stay, Instant | None]]:
    """Pair each stay of a camera with the start of the next stay, the last stay with None."""
    paired = [(stay, following.since) for stay, following in pairwise(stays)]
    return [*paired, (stays[-1], None)] if stays else []


def place_of_recording(camera: Camera, stay: Stay | None, written: Segment | None) -> Camera:
    """Return the camera with its place at the time of a recording.

    Args:
        camera: The camera, with today's place.
        stay: The stay of that time.
        written: The segment, with the place that the recorder wrote; this place counts unless
            somebody told the register where the camera stood then. None: the segment is gone.
    """
    if stay is not None and (stay.sure or written is None):
        return stay.camera_then(camera)
    if written is None:
        return camera
    return replace(camera, site=written.site, district=written.district, place=written.place)


def by_camera(stays: Iterable[Stay]) -> dict[CameraId, tuple[Stay, ...]]:
    """Return the stays of each camera; the stays of a camera come in order."""
    return {camera: tuple(mine) for camera, mine in groupby(stays, key=attrgetter("camera"))}
