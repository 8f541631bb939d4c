"""Day summaries as documents of Elasticsearch, each changed only in the version that was read.

A change reads the summary first and the segments next, and writes the summary only if nobody else
did meanwhile; else all is read again. So whoever writes a segment first and the summary next is
never overlooked: either this module sees the segment, or the writer finds another version and
repeats. Whoever takes a segment or a mark away changes the summary first, the segment next, and
then writes the summary once more (`renew`): someone who had read the segment in between finds
another version.

A summary without segments stays as an empty document until its month's index goes, so that a
document that was read as absent has never been there.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from footage.day import DaySegment, DaySummary, DayTimes, days_of, summarise, with_segment
from footage.errors import Unavailable
from footage.ids import CameraId, SegmentKey
from footage.instant import DAY, Instant, Interval
from footage.unscheduled import first_recorded
from infra.catalogues import documents
from infra.catalogues import elastic_queries as queries
from infra.catalogues.day_changes import (
    apart,
    around,
    looked_again,
    marked_last,
    neighbourhood,
    without_segments,
)
from infra.catalogues.elastic_queries import DayId
from infra.catalogues.elastic_wire import BulkAction, Json

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from infra.catalogues.elastic_client import ElasticClient
    from infra.catalogues.elastic_indices import ElasticIndices
    from infra.catalogues.elastic_wire import Version

    Change = Callable[[SegmentKey, DaySegment], DaySegment | None]
    """A segment as it will be; None for a segment that goes."""

ATTEMPTS: Final = 20
_DAYS_AT_ONCE: Final = 64
_EVER: Final = DAY * 100_000
_CAMERAS_AT_ONCE: Final = 8
"""Cameras whose segments of a day are read together: 11 520 segments of a minute."""
_MOST_WINDOWS: Final = 2
"""More places of a day than these: reading the whole day is simpler for the server."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Content of a summary's document.

    Attributes:
        apart: Whether no two segments of the same run, place and class overlap.
    """

    summary: DaySummary
    apart: bool = True


@dataclass(frozen=True, slots=True)
class _Stored:
    """A summary's document as read; without a version where there is none."""

    entry: Entry
    version: Version | None = None


Written = dict[DayId, tuple[Entry, "Version"]]
"""Summaries that were written, with the version that each document got."""


class ElasticDays:
    """Reads and changes day summaries; nothing here waits until searches see what was written."""

    def __init__(
        self, client: ElasticClient, names: queries.Names, indices: ElasticIndices
    ) -> None:
        self._client, self._names, self._indices = client, names, indices

    def read(
        self, cameras: Collection[CameraId] | None, interval: Interval
    ) -> Iterator[DaySummary]:
        """Summaries of the days whose segments can overlap `interval`, by camera and day."""
        whole = days_of(interval)
        found = self._client.scan(
            self._names.overlapping("days", interval),
            queries.summaries(cameras, whole),
            queries.BY_DAY,
        )
        summaries = (documents.day_from(hit.source) for hit in found)
        old = [self._names.day_in(index) for index in self._indices.old("segments")]
        unsure = [day for day in old if day in whole]
        if not unsure:
            return summaries
        derived = (entry.summary for day in unsure for entry in self._never_entered(cameras, day))
        return iter(sorted([*summaries, *derived], key=lambda s: (s.camera, s.day)))

    def recorded_since(self, cameras: Collection[CameraId]) -> dict[CameraId, Instant]:
        """The first start of a recorder's segment, by camera.

        Of days that the version before recorded and nobody entered, any segment counts.
        """
        named = [queries.terms("camera", cameras)]
        every = self._names.every("days")
        days = self._client.groups(
            every, queries.every([*named, queries.SUMS_UP]), "camera", "day_us"
        )
        first = [DayId(CameraId(camera), Instant(day_us)) for camera, _, day_us in days]
        since: dict[CameraId, Instant] = {}
        for at in range(0, len(first), _DAYS_AT_ONCE):
            for each, was in self._stored(first[at : at + _DAYS_AT_ONCE]).items():
                begin = first_recorded([DayTimes.of(was.entry.summary)])
                if begin is None:  # imports alone on that day
                    later = queries.summaries(
                        [each.camera], Interval(each.day + DAY, each.day + _EVER)
                    )
                    hits = self._client.scan(every, later, queries.BY_DAY)
                    begin = first_recorded(documents.day_times_from(hit.source) for hit in hits)
                if begin is not None:
                    since[each.camera] = begin
        if old := self._indices.old("segments"):
            query = queries.every(named)
            for name, _, start_us in self._client.groups(
                ",".join(old), query, "camera", "start_us"
            ):
                camera, begin = CameraId(name), Instant(start_us)
                since[camera] = min(begin, since.get(camera, begin))
        return since

    def segments(self, camera: CameraId, day: Instant) -> list[DaySegment]:
        """Facts of the camera's segments that start on the day, by start."""
        index = self._names.of_day("segments", day)
        query = queries.every([queries.terms("camera", [camera])])
        return [_facts(hit.source) for hit in self._client.scan(index, query, queries.BY_START)]

    def enter(
        self, new: Mapping[DayId, Sequence[DaySegment]], known: Collection[DayId] = ()
    ) -> None:
        """Enter segments that were written.

        Args:
            new: Segments that were not there before.
            known: Days with segments that were there before, and may be entered or not.
        """

        def decide(stored: Mapping[DayId, _Stored]) -> dict[DayId, Entry]:
            fresh: dict[DayId, Entry] = {}
            for each, was in stored.items():
                entry = None if each in known else self._with(each, was, new.get(each, ()))
                if entry:
                    fresh[each] = entry
            return fresh | self._derived(stored.keys() - fresh.keys())

        self._change({*new, *known}, decide)

    def mark(self, touched: Mapping[SegmentKey, Interval], mark: str) -> None:
        """Enter a mark that these segments bear."""
        by_day = _by_day(touched)

        def decide(stored: Mapping[DayId, _Stored]) -> dict[DayId, Entry]:
            fresh: dict[DayId, Entry] = {}
            for each, was in stored.items():
                summary = marked_last(was.entry.summary, by_day[each].values(), mark)
                if was.version and summary:
                    fresh[each] = Entry(summary, was.entry.apart)
            left = {each: was for each, was in stored.items() if each not in fresh}
            return fresh | self._from_near(left, by_day, lambda _, facts: facts)

        self._change(by_day, decide)

    def change(
        self, touched: Mapping[SegmentKey, Interval], change: Change, *, always: bool = False
    ) -> Written:
        """Enter the state of segments, or the state in which `change` will leave them.

        Args:
            touched: Segments of which something changes, and their intervals.
            change: Called with all segments read; the state of each that the summary shall show.
            always: Whether summaries that are right already are written too, for `renew`.
        """
        by_day = _by_day(touched)
        return self._change(
            by_day, lambda stored: self._from_near(stored, by_day, change), always=always
        )

    def renew(self, written: Written) -> None:
        """Write summaries once more, since what they do not count any more has gone now."""

        def decide(stored: Mapping[DayId, _Stored]) -> dict[DayId, Entry]:
            same = {
                each: written[each][0]
                for each, was in stored.items()
                if was.version == written[each][1]
            }
            return same | self._derived(stored.keys() - same.keys())

        self._change(written, decide, always=True)

    def derive(self, days: Collection[DayId]) -> bool:
        """Derive summaries from all segments; return whether one was wrong."""
        wrong: set[DayId] = set()

        def decide(stored: Mapping[DayId, _Stored]) -> dict[DayId, Entry]:
            fresh = self._derived(stored)
            wrong.update(
                each for each, entry in fresh.items() if entry.summary != stored[each].entry.summary
            )
            return fresh

        self._change(days, decide)
        return bool(wrong)

    # ------------------------------------------------------------------ changing documents

    def _change(
        self,
        days: Iterable[DayId],
        decide: Callable[[Mapping[DayId, _Stored]], dict[DayId, Entry]],
        *,
        always: bool = False,
    ) -> Written:
        written: Written = {}
        rest = iter(sorted(days))
        while left := list(islice(rest, _DAYS_AT_ONCE)):
            for _ in range(ATTEMPTS):
                stored = self._stored(left)
                fresh = decide(stored)
                done = self._write(stored, fresh, always=always)
                left = [each for each, (_, version) in done.items() if version is None]
                written |= {e: (entry, v) for e, (entry, v) in done.items() if v is not None}
                if not left:
                    break
            else:
                raise Unavailable(
                    f"{len(left)} day summaries kept changing while they were written",
                    hint="try again",
                )
        return written

    def _stored(self, days: Sequence[DayId]) -> dict[DayId, _Stored]:
        named = [(self._names.of_month(each.day), str(each)) for each in days]
        found = {doc.id: doc for doc in self._client.get_many(named)}
        stored = {}
        for each in days:
            document = found.get(str(each))
            if document is None:
                stored[each] = _Stored(Entry(DaySummary(each.camera, each.day, ())))
            else:
                summary = documents.day_from(document.source)
                known_apart = bool(document.source.get("apart"))
                stored[each] = _Stored(Entry(summary, known_apart), document.version)
        return stored

    def _write(
        self, stored: Mapping[DayId, _Stored], fresh: Mapping[DayId, Entry], *, always: bool
    ) -> dict[DayId, tuple[Entry, Version | None]]:
        """Write what changed; the version of a document that somebody else has changed is None."""
        wanted = [each for each in stored if always or fresh[each] != stored[each].entry]
        actions = [
            BulkAction(
                "index" if stored[each].version else "create",
                self._names.of_month(each.day),
                str(each),
                _document(fresh[each]),
                stored[each].version,
            )
            for each in wanted
        ]
        self._indices.prepare("days", (action.index for action in actions))
        outcomes = self._client.bulk(actions)
        return {
            each: (fresh[each], None if outcome.conflict else outcome.version)
            for each, outcome in zip(wanted, outcomes, strict=True)
        }

    def _with(self, each: DayId, was: _Stored, new: Sequence[DaySegment]) -> Entry | None:
        """The summary with new segments; None where only all segments of the day can tell."""
        if was.version is None and self._is_old(each.day):
            return None
        summary: DaySummary | None = was.entry.summary
        for segment in sorted(new, key=lambda s: s.interval):
            summary = with_segment(summary, segment) if summary else None
        return Entry(summary, was.entry.apart) if summary else None

    # ------------------------------------------------------------------ reading segments

    def _derived(
        self, days: Collection[DayId], change: Change = lambda _, facts: facts
    ) -> dict[DayId, Entry]:
        """Sum up all segments of days, each in the state in which `change` leaves the segment."""
        by_day: dict[Instant, list[CameraId]] = defaultdict(list)
        for each in sorted(days):
            by_day[each.day].append(each.camera)
        self._client.refresh(self._names.of_day("segments", day) for day in by_day)
        derived: dict[DayId, Entry] = {}
        for day, cameras in by_day.items():
            for at in range(0, len(cameras), _CAMERAS_AT_ONCE):
                derived |= self._summed_up(day, cameras[at : at + _CAMERAS_AT_ONCE], change)
        return derived

    def _summed_up(
        self, day: Instant, cameras: Sequence[CameraId], change: Change
    ) -> dict[DayId, Entry]:
        index = self._names.of_day("segments", day)
        query = queries.every([queries.terms("camera", cameras)])
        known: dict[CameraId, list[DaySegment]] = {camera: [] for camera in cameras}
        for hit in self._client.scan(index, query, queries.BY_START):
            key = SegmentKey(hit.id)
            if facts := change(key, _facts(hit.source)):
                known[DayId.of(key).camera].append(facts)
        return {
            DayId(camera, day): Entry(summarise(camera, day, segments), apart(segments))
            for camera, segments in known.items()
        }

    def _from_near(
        self,
        stored: Mapping[DayId, _Stored],
        by_day: Mapping[DayId, Mapping[SegmentKey, Interval]],
        change: Change,
    ) -> dict[DayId, Entry]:
        """Change summaries by the segments near those touched, where these suffice."""
        windows = {each: around(by_day[each].values()) for each in stored}
        small = {
            each: windows[each]
            for each, was in stored.items()
            if was.version and was.entry.apart and len(windows[each]) <= _MOST_WINDOWS
        }
        near = self._near(small, [key for each in small for key in by_day[each]])
        fresh: dict[DayId, Entry] = {}
        for each, places in small.items():
            summary = _changed(stored[each].entry.summary, near[each], places, change)
            if summary:
                fresh[each] = Entry(summary)
        return fresh | self._derived(stored.keys() - fresh.keys(), change)

    def _near(
        self, windows: Mapping[DayId, Sequence[Interval]], touched: Sequence[SegmentKey]
    ) -> dict[DayId, dict[SegmentKey, DaySegment]]:
        """Read the segments that decide what summaries hold in the windows, as last written.

        A search tells their keys only: marks are not searchable at once.
        """
        near: dict[DayId, dict[SegmentKey, DaySegment]] = {each: {} for each in windows}
        if not windows:
            return near
        found = self._client.scan(
            self._names.together("segments", (each.day for each in windows)),
            queries.touching(
                (each.camera, neighbourhood(window))
                for each, places in windows.items()
                for window in places
            ),
            queries.BY_START,
            fields=(),
        )
        keys = sorted({*touched, *(SegmentKey(hit.id) for hit in found)})
        named = [(self._names.of_segment("segments", key), str(key)) for key in keys]
        for document in self._client.get_many(named):
            key = SegmentKey(document.id)
            if (each := DayId.of(key)) in near:
                near[each][key] = _facts(document.source)
        return near

    def _is_old(self, day: Instant) -> bool:
        return self._indices.is_old(self._names.of_day("segments", day))

    def _never_entered(self, cameras: Collection[CameraId] | None, day: Instant) -> Iterator[Entry]:
        """Derive the summaries of a day that the version before recorded and nobody entered."""
        index = self._names.of_day("segments", day)
        query = queries.every([] if cameras is None else [queries.terms("camera", cameras)])
        there = [
            DayId(CameraId(camera), day)
            for camera, _, _ in self._client.groups(index, query, "camera", "start_us")
        ]
        for at in range(0, len(there), _DAYS_AT_ONCE):
            stored = self._stored(there[at : at + _DAYS_AT_ONCE])
            never = [each for each, was in stored.items() if was.version is None]
            yield from (entry for entry in self._derived(never).values() if entry.summary.spans)


def _by_day(
    touched: Mapping[SegmentKey, Interval],
) -> dict[DayId, dict[SegmentKey, Interval]]:
    by_day: dict[DayId, dict[SegmentKey, Interval]] = defaultdict(dict)
    for key, interval in touched.items():
        by_day[DayId.of(key)][key] = interval
    return by_day


def _changed(
    summary: DaySummary,
    near: Mapping[SegmentKey, DaySegment],
    windows: Sequence[Interval],
    change: Change,
) -> DaySummary | None:
    """The summary after the change; None where only all segments of the day can tell."""
    left, gone = [], []
    for key, facts in near.items():
        after = change(key, facts)
        if after is None:
            gone.append(facts)
        else:
            left.append(after)
    shorter = without_segments(summary, near.values(), gone) if gone else summary
    return looked_again(shorter, left, windows) if shorter else None


def _document(entry: Entry) -> Json:
    segments = sum(span.segments for span in entry.summary.spans)
    return {**documents.day_document(entry.summary), "segments": segments, "apart": entry.apart}


def _facts(document: Mapping[str, object]) -> DaySegment:
    marks = document.get("indexed_by", [])
    return DaySegment.of(
        documents.segment_from(document), map(str, marks) if isinstance(marks, list) else ()
    )
