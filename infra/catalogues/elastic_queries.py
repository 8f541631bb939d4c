"""Index names and query bodies of the catalogue in Elasticsearch. Pure.

One index a UTC day for segments and for keyframes, both by the day in the segment's key, so that a
day goes whole; one a year for gaps, which are few and may last for months; one a month for day
summaries: a summary is written again with each of its segments, and so the shard that is written to
all day (950 cameras x 31 days: 30 000 documents) stays small however many months are kept, and a
question about some days opens one or two shards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from footage.day import day_of, days_of
from footage.instant import DAY, Instant, Interval
from footage.objectkey import ObjectKey
from footage.unscheduled import NOT_TELLING
from infra.catalogues.elastic_wire import MOST_NAMED

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from footage.ids import CameraId, SegmentKey
    from footage.ports import Scope
    from infra.catalogues.elastic_wire import Json

KINDS: Final = ("segments", "gaps", "keyframes", "days")
BY_START: Final = ({"start_us": "asc"}, {"key": "asc"})
BY_END_LATEST: Final = ({"end_us": "desc"}, {"start_us": "desc"}, {"key": "desc"})
BY_GAP: Final = ({"start_us": "asc"}, {"camera": "asc"}, {"reason": "asc"})
BY_DAY: Final = ({"camera": "asc"}, {"day_us": "asc"})
BY_INSTANT: Final = ({"instant_us": "asc"}, {"segment": "asc"})

SUMS_UP: Final[Json] = {"range": {"segments": {"gt": 0}}}
"""Query for summaries of days that have segments."""
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
        if window is None or (window.length.us // DAY.us) + 2 > MOST_NAMED:
            return self.every(kind)
        whole = days_of(window)
        days = range(whole.length.us // DAY.us)
        return self.together(kind, (whole.start + DAY * n for n in days))

    def together(self, kind: str, days: Iterable[Instant]) -> str:
        """Names of the indices of these days, or the pattern of all where there are many."""
        # A mapping keeps the order: several days may lie in the same month.
        names = {self.of_time(kind, day): None for day in days}
        return ",".join(names) if len(names) <= MOST_NAMED else self.every(kind)

    def of_time(self, kind: str, day: Instant) -> str:
        """Index of what belongs to a day: that of the day's month for summaries."""
        return self.of_month(day) if kind == "days" else self.of_day(kind, day)

    def of_month(self, day: Instant) -> str:
        """Index of the summaries of the day's month."""
        return f"{self.prefix}-days-{day.to_datetime():%Y-%m}"

    def day_in(self, index: str) -> Instant:
        """Return the day of an index of segments or keyframes."""
        return Instant.parse(f"{index[-len('2026-11-22') :]}T00:00:00Z")

    def of_day(self, kind: str, day: Instant) -> str:
        """Index of segments that start on the day, or of keyframes of such segments."""
        return f"{self.prefix}-{kind}-{day.to_datetime():%Y-%m-%d}"


def gap_id(document: Json) -> str:
    """A gap's id: camera, start and reason."""
    return f"{document['camera']}/{document['start_us']}/{document['reason']}"


def old_keyframe_id(segment: SegmentKey, offset: int) -> str:
    """Id of a keyframe in an index where each keyframe is a document: segment and offset."""
    return f"{segment}@{offset}"


@dataclass(frozen=True, slots=True, order=True)
class DayId:
    """A camera and the midnight at which a UTC day begins: the id of a summary."""

    camera: CameraId
    day: Instant

    @classmethod
    def of(cls, key: SegmentKey) -> DayId:
        """Return the camera and day of a segment's key."""
        parts = ObjectKey.parse(key)
        return cls(parts.camera, day_of(parts.start))

    def __str__(self) -> str:
        return f"{self.camera}/{self.day.to_datetime():%Y-%m-%d}"


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


def telling_gaps(cameras: Collection[CameraId]) -> Json:
    """Return the query for the cameras' gaps that begin a recording (`footage.unscheduled`)."""
    silent = terms("reason", NOT_TELLING)
    return {"bool": {"filter": [terms("camera", cameras)], "must_not": [silent]}}


def keyframes(cameras: Collection[CameraId], interval: Interval) -> Json:
    """Query for documents with keyframes of the cameras in the interval.

    A document holds the keyframes from `instant_us` to `last_us`, or, in an index of the version
    before, a single keyframe at `instant_us`.
    """
    since = {"gte": interval.start.us}
    until_after: Json = {
        "bool": {"should": [{"range": {"last_us": since}}, {"range": {"instant_us": since}}]}
    }
    before: Json = {"range": {"instant_us": {"lt": interval.end.us}}}
    return every([terms("camera", cameras), before, until_after])


def keyframes_of(camera: CameraId, parts: Sequence[Interval]) -> Json:
    """Query for documents with keyframes of the camera in any of the parts."""
    return {"bool": {"should": [keyframes([camera], part) for part in parts]}}


def single_keyframes(segments: Collection[SegmentKey]) -> Json:
    """Query for documents with a single keyframe, of an older version, of these segments."""
    packed: Json = {"exists": {"field": "last_us"}}
    return {"bool": {"filter": [terms("segment", segments)], "must_not": [packed]}}


def summaries(cameras: Collection[CameraId] | None, interval: Interval) -> Json:
    """Query for summaries of days, from the first instant of `interval` on and before its end."""
    within: Json = {"range": {"day_us": {"gte": interval.start.us, "lt": interval.end.us}}}
    of_cameras = [] if cameras is None else [terms("camera", cameras)]
    return every([*of_cameras, within, SUMS_UP])


def touching(windows: Iterable[tuple[CameraId, Interval]]) -> Json:
    """Query for segments of a camera that overlap or touch a window, of any of these pairs."""
    near: list[Json] = [
        every(
            [
                {"term": {"camera": camera}},
                {"range": {"start_us": {"lte": window.end.us}}},
                {"range": {"end_us": {"gte": window.start.us}}},
            ]
        )
        for camera, window in windows
    ]
    return {"bool": {"should": near, "minimum_should_match": 1}}


def unindexed(encoder: str, cameras: Collection[str] | None = None) -> Json:
    """Query for segments without the encoder's mark, or with a mark that is being changed.

    Args:
        encoder: The mark.
        cameras: Only segments of these cameras; None for all.
    """
    changing: Json = {"term": {"marks_changing": encoder}}
    settled: Json = {
        "bool": {"filter": [{"term": {"indexed_by": encoder}}], "must_not": [changing]}
    }
    within = [] if cameras is None else [terms("camera", cameras)]
    return {"bool": {"must_not": [settled], "filter": within}}


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
