"""Index names and query bodies of the catalogue in Elasticsearch. Pure.

One index a UTC day for segments and for keyframes, both by the day in the segment's key, so that a
day goes whole; one a year for gaps, which are few and may last for months.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from footage.instant import Elapsed, Interval
from footage.objectkey import ObjectKey

if TYPE_CHECKING:
    from collections.abc import Collection

    from footage.ids import CameraId, SegmentKey
    from footage.instant import Instant
    from footage.ports import Scope
    from infra.catalogues.elastic_wire import Json

KINDS: Final = ("segments", "gaps", "keyframes")
BY_START: Final = ({"start_us": "asc"}, {"key": "asc"})
BY_END_LATEST: Final = ({"end_us": "desc"}, {"start_us": "desc"}, {"key": "desc"})
BY_GAP: Final = ({"start_us": "asc"}, {"camera": "asc"}, {"reason": "asc"})
BY_INSTANT: Final = ({"instant_us": "asc"}, {"segment": "asc"}, {"offset": "asc"})

_DAY: Final = Elapsed.parse("1d")
_MOST_NAMED: Final = 32  # more names than this make the address too long: take the pattern
_WIDER: Final = (
    1.002  # the server rounds coordinates to a centimetre: ask for more, then compare exactly
)
_WIDER_M: Final = 1.0


@dataclass(frozen=True, slots=True)
class Names:
    """Index names under a prefix."""

    prefix: str

    def every(self, kind: str) -> str:
        """The pattern of all indices of a kind."""
        return f"{self.prefix}-{kind}-*"

    def template(self, kind: str) -> str:
        """The name of a kind's index template."""
        return f"{self.prefix}-{kind}"

    def of_segment(self, kind: str, key: SegmentKey) -> str:
        """Index of a segment or of the segment's keyframes; raises BadInput for a malformed key."""
        return self.of_day(kind, ObjectKey.parse(key).start)

    def of_gap(self, start: Instant) -> str:
        """Index of a gap that starts at the instant."""
        return f"{self.prefix}-gaps-{start.to_datetime():%Y}"

    def overlapping(self, kind: str, window: Interval | None) -> str:
        """Indices of segments that overlap the window, or of keyframes of such segments.

        A segment is at most a day long, so the day before is included.
        """
        if window is None or (window.length.us // _DAY.us) + 2 > _MOST_NAMED:
            return self.every(kind)
        first = window.start.floor(_DAY) - _DAY
        days = ((window.end - first).us - 1) // _DAY.us + 1
        return ",".join(self.of_day(kind, first + _DAY * n) for n in range(days))

    def of_day(self, kind: str, day: Instant) -> str:
        """Index of segments that start on the day, or of keyframes of such segments."""
        return f"{self.prefix}-{kind}-{day.to_datetime():%Y-%m-%d}"


def gap_id(document: Json) -> str:
    """A gap's id: camera, start and reason."""
    return f"{document['camera']}/{document['start_us']}/{document['reason']}"


def keyframe_id(segment: SegmentKey, offset: int) -> str:
    """A keyframe's id: segment and offset."""
    return f"{segment}@{offset}"


def segments(scope: Scope, interval: Interval | None) -> Json:
    """Query for segments in scope that overlap; for a circle, its bounding box."""
    filters = [
        terms(name, values)
        for name, values in (
            ("camera", scope.cameras),
            ("site", scope.sites),
            ("district", scope.districts),
        )
        if values
    ]
    if scope.circle is not None:
        metres = scope.circle.radius_m * _WIDER + _WIDER_M
        centre = {"lat": scope.circle.centre.lat, "lon": scope.circle.centre.lon}
        filters.append({"geo_distance": {"distance": f"{metres}m", "place": centre}})
    return every([*filters, *_overlap(interval)])


def gaps(cameras: Collection[CameraId], interval: Interval | None) -> Json:
    """Query for overlapping gaps of the cameras, or of all cameras."""
    return every([*([terms("camera", cameras)] if cameras else []), *_overlap(interval)])


def keyframes(cameras: Collection[CameraId], interval: Interval) -> Json:
    """Query for keyframes of the cameras in the interval."""
    window = {"gte": interval.start.us, "lt": interval.end.us}
    return every([terms("camera", cameras), {"range": {"instant_us": window}}])


def indexed(encoder: str, cameras: Collection[CameraId], interval: Interval) -> Json:
    """Query for overlapping segments of the cameras that carry the encoder's mark."""
    marked: Json = {"term": {"indexed_by": encoder}}
    return every([terms("camera", cameras), marked, *_overlap(interval)])


def unindexed(encoder: str) -> Json:
    """Query for segments without the encoder's mark."""
    return {"bool": {"must_not": [{"term": {"indexed_by": encoder}}]}}


def terms(name: str, values: Collection[str]) -> Json:
    """Condition that a field has any of the values."""
    return {"terms": {name: sorted(values)}}


def every(filters: list[Json]) -> Json:
    """Query for documents that pass all filters."""
    return {"bool": {"filter": filters}}


def _overlap(window: Interval | None) -> list[Json]:
    if window is None:
        return []
    return [
        {"range": {"start_us": {"lt": window.end.us}}},
        {"range": {"end_us": {"gt": window.start.us}}},
    ]
