"""Segments, gaps, keyframes and day summaries as JSON-able documents, and back.

Every catalogue keeps records in this form.

Instants are whole microseconds in fields ending in `_us`, so that nothing is rounded (invariant 8).
Fields a document has beyond those named here are ignored, so that an adapter may add its own.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from footage.day import DaySpan, DaySummary, DayTimes
from footage.digest import Digest
from footage.errors import BadInput, DataLoss
from footage.ids import CameraId, DistrictId, RunId, SegmentKey, SiteId
from footage.instant import Elapsed, Instant, Interval
from footage.keyframe import Box, Gate, Keyframe
from footage.place import Point
from footage.segment import ClockReading, Media, Segment, TimeSource
from footage.span import Gap, GapReason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Document = dict[str, object]

REBUILD: Final = "rebuild it with footage catalogue rebuild"
_CORNERS: Final = 4
_Kind = tuple[RunId, SiteId, DistrictId, str]


def loaded(text: str) -> Document:
    """Read a document written as JSON; raises DataLoss when the text is no JSON object."""
    with _reading("record"):
        document = json.loads(text)
        if not isinstance(document, dict):
            raise TypeError(f"no object: {text[:40]!r}")
        return document


def segment_document(segment: Segment) -> Document:
    """A segment as a document."""
    media, clock = segment.media, segment.clock
    return {
        "key": segment.key,
        "camera": segment.camera,
        "site": segment.site,
        "district": segment.district,
        "place": {"lat": segment.place.lat, "lon": segment.place.lon},
        "start_us": segment.interval.start.us,
        "end_us": segment.interval.end.us,
        "run": segment.run,
        "sequence": segment.sequence,
        "size_bytes": segment.size_bytes,
        "digest": str(segment.digest),
        "media": {
            "codec": media.codec,
            "width": media.width,
            "height": media.height,
            "timescale": media.timescale,
            "duration_ticks": media.duration_ticks,
            "samples": media.samples,
            "init_bytes": media.init_bytes,
            **({"signed": media.signed} if media.signed else {}),
        },
        "clock": {
            "source": clock.source.value,
            "offset_us": None if clock.offset is None else clock.offset.us,
            "uncertainty_us": clock.uncertainty.us,
        },
        "retention_class": segment.retention_class,
        "damage": segment.damage,
    }


def gap_document(gap: Gap) -> Document:
    """A gap as a document."""
    return {
        "camera": gap.camera,
        "start_us": gap.interval.start.us,
        "end_us": gap.interval.end.us,
        "reason": gap.reason.value,
        "detail": gap.detail,
    }


def keyframe_document(keyframe: Keyframe) -> Document:
    """A keyframe as a document; only a picture between keyframes has the field `since`."""
    between = {} if keyframe.since is None else {"since": keyframe.since}
    return {
        "camera": keyframe.camera,
        "instant_us": keyframe.instant.us,
        "segment": keyframe.segment,
        "offset": keyframe.offset,
        "length": keyframe.length,
        "gate": keyframe.gate.value,
        "change": keyframe.change,
        "regions": [[box.x, box.y, box.w, box.h] for box in keyframe.regions],
        **between,
    }


def day_document(summary: DaySummary) -> Document:
    """A day summary as a compact document: numbers in arrays, times relative to midnight.

    `kinds` lists run, site, district and retention class of spans once each; a span is [index of
    the kind, start, length, segments, size in bytes, checksum in hexadecimal]; `looked` has start
    and length of each interval in turn.
    """
    kinds: dict[_Kind, int] = {}
    day_us = summary.day.us
    spans: list[object] = []
    for span in summary.spans:
        kind = (span.run, span.site, span.district, span.retention_class)
        start_us, length_us = span.interval.start.us - day_us, span.interval.length.us
        facts = [kinds.setdefault(kind, len(kinds)), start_us, length_us]
        spans.append([*facts, span.segments, span.size_bytes, f"{span.checksum:x}"])
    looked = {
        mark: [
            number
            for interval in intervals
            for number in (interval.start.us - day_us, interval.length.us)
        ]
        for mark, intervals in summary.looked.items()
    }
    return {
        "camera": summary.camera,
        "day_us": day_us,
        "kinds": [list(kind) for kind in kinds],
        "spans": spans,
        "looked": looked,
    }


def segment_from(document: Mapping[str, object]) -> Segment:
    """Read a segment; raises DataLoss when the document is malformed."""
    with _reading("segment"):
        place = _part(document, "place")
        return Segment(
            key=SegmentKey(_text(document, "key")),
            camera=CameraId(_text(document, "camera")),
            site=SiteId(_text(document, "site")),
            district=DistrictId(_text(document, "district")),
            place=Point(_real(place, "lat"), _real(place, "lon")),
            interval=_interval(document),
            run=RunId(_text(document, "run")),
            sequence=_whole(document, "sequence"),
            size_bytes=_whole(document, "size_bytes"),
            digest=Digest.parse(_text(document, "digest")),
            media=_media(_part(document, "media")),
            clock=_clock(_part(document, "clock")),
            retention_class=_text(document, "retention_class"),
            damage=_text(document, "damage"),
        )


def media_from(text: str) -> Media:
    """Read the part `media` of a segment's document; raises DataLoss when malformed."""
    with _reading("segment"):
        return _media(loaded(text))


def gap_from(document: Mapping[str, object]) -> Gap:
    """Read a gap; raises DataLoss when the document is malformed."""
    with _reading("gap"):
        return Gap(
            camera=CameraId(_text(document, "camera")),
            interval=_interval(document),
            reason=GapReason(_text(document, "reason")),
            detail=_text(document, "detail"),
        )


def keyframe_from(document: Mapping[str, object]) -> Keyframe:
    """Read a keyframe; raises DataLoss when the document is malformed."""
    with _reading("keyframe"):
        return Keyframe(
            camera=CameraId(_text(document, "camera")),
            instant=Instant(_whole(document, "instant_us")),
            segment=SegmentKey(_text(document, "segment")),
            offset=_whole(document, "offset"),
            length=_whole(document, "length"),
            gate=Gate(_text(document, "gate")),
            change=_real(document, "change"),
            regions=_boxes(document, "regions"),
            since=_whole(document, "since") if "since" in document else None,
        )


def day_from(document: Mapping[str, object]) -> DaySummary:
    """Read a day summary; raises DataLoss when the document is malformed."""
    with _reading("day summary"):
        day_us = _whole(document, "day_us")
        kinds = [_kind(kind) for kind in _list(document, "kinds")]
        return DaySummary(
            CameraId(_text(document, "camera")),
            Instant(day_us),
            tuple(_day_span(span, kinds, day_us) for span in _list(document, "spans")),
            {mark: _looked(numbers, day_us) for mark, numbers in _part(document, "looked").items()},
        )


def day_times_from(document: Mapping[str, object]) -> DayTimes:
    """Read the times in a day summary; raises DataLoss where `day_from` does.

    Takes a sixth of the time of `day_from`: no object is made for an instant or an interval.
    """
    with _reading("day summary"):
        day_us = _whole(document, "day_us")
        runs = [_kind(kind)[0] for kind in _list(document, "kinds")]
        return DayTimes(
            CameraId(_text(document, "camera")),
            day_us,
            tuple([_span_times(span, runs, day_us) for span in _list(document, "spans")]),
            {mark: _times(numbers, day_us) for mark, numbers in _part(document, "looked").items()},
        )


def _span_times(facts: object, runs: Sequence[RunId], day_us: int) -> tuple[int, int, RunId]:
    if not isinstance(facts, list):
        raise TypeError(f"not a span: {facts!r}")
    kind, start_us, length_us, segments, size_bytes, checksum = facts
    _whole_all((kind, start_us, length_us, segments, size_bytes))
    if not 0 <= kind < len(runs) or not isinstance(checksum, str) or length_us <= 0:
        raise ValueError(f"not a span: {facts!r}")
    int(checksum, 16)  # raises ValueError
    start_us += day_us
    return start_us, start_us + length_us, runs[kind]


def _times(numbers: object, day_us: int) -> tuple[tuple[int, int], ...]:
    if not isinstance(numbers, list) or not numbers or len(numbers) % 2:
        raise TypeError(f"not intervals: {numbers!r}")
    _whole_all(numbers)
    if min(numbers[1::2]) <= 0:
        raise ValueError(f"not intervals: {numbers!r}")
    starts = [day_us + start_us for start_us in numbers[::2]]
    ends = map(int.__add__, starts, numbers[1::2])
    return tuple(zip(starts, ends, strict=True))


def _kind(texts: object) -> _Kind:
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise TypeError(f"not run, site, district and class: {texts!r}")
    run, site, district, retention_class = texts
    return RunId(run), SiteId(site), DistrictId(district), retention_class


def _day_span(facts: object, kinds: Sequence[_Kind], day_us: int) -> DaySpan:
    if not isinstance(facts, list):
        raise TypeError(f"not a span: {facts!r}")
    kind, start_us, length_us, segments, size_bytes, checksum = facts
    _whole_all((kind, start_us, length_us, segments, size_bytes))
    if not 0 <= kind < len(kinds) or not isinstance(checksum, str):
        raise ValueError(f"not a span: {facts!r}")
    run, site, district, retention_class = kinds[kind]
    interval = _from_midnight(day_us, start_us, length_us)
    number = int(checksum, 16)
    return DaySpan(interval, run, site, district, retention_class, segments, size_bytes, number)


def _looked(numbers: object, day_us: int) -> tuple[Interval, ...]:
    if not isinstance(numbers, list) or not numbers or len(numbers) % 2:
        raise TypeError(f"not intervals: {numbers!r}")
    _whole_all(numbers)
    pairs = iter(numbers)
    return tuple(
        _from_midnight(day_us, start_us, length_us)
        for start_us, length_us in zip(pairs, pairs, strict=True)
    )


def _from_midnight(day_us: int, start_us: int, length_us: int) -> Interval:
    start_us += day_us
    return Interval(Instant(start_us), Instant(start_us + length_us))


def _media(document: Mapping[str, object]) -> Media:
    return Media(
        codec=_text(document, "codec"),
        width=_whole(document, "width"),
        height=_whole(document, "height"),
        timescale=_whole(document, "timescale"),
        duration_ticks=_whole(document, "duration_ticks"),
        samples=_whole(document, "samples"),
        init_bytes=_whole(document, "init_bytes"),
        signed=_text(document, "signed") if "signed" in document else "",
    )


def _clock(document: Mapping[str, object]) -> ClockReading:
    known = document.get("offset_us") is not None
    return ClockReading(
        source=TimeSource(_text(document, "source")),
        offset=Elapsed(_whole(document, "offset_us")) if known else None,
        uncertainty=Elapsed(_whole(document, "uncertainty_us")),
    )


def _interval(document: Mapping[str, object]) -> Interval:
    return Interval(Instant(_whole(document, "start_us")), Instant(_whole(document, "end_us")))


@contextmanager
def _reading(what: str) -> Iterator[None]:
    try:
        yield
    except (BadInput, KeyError, TypeError, ValueError) as exc:
        raise DataLoss(f"a {what} in the catalogue is unreadable: {exc}", hint=REBUILD) from exc


def _text(document: Mapping[str, object], name: str) -> str:
    value = document[name]
    if not isinstance(value, str):
        raise TypeError(f"{name} is no text: {value!r}")
    return value


def _whole(document: Mapping[str, object], name: str) -> int:
    value = document[name]
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} is no whole number: {value!r}")
    return value


def _real(document: Mapping[str, object], name: str) -> float:
    value = document[name]
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise TypeError(f"{name} is no number: {value!r}")
    return float(value)


def _part(document: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = document[name]
    if not isinstance(value, dict):
        raise TypeError(f"{name} is no object: {value!r}")
    return value


def _list(document: Mapping[str, object], name: str) -> list[object]:
    value = document[name]
    if not isinstance(value, list):
        raise TypeError(f"{name} is no list: {value!r}")
    return value


def _whole_all(values: Iterable[object]) -> None:
    for value in values:
        if type(value) is int:  # a bool is no whole number here
            continue
        raise TypeError(f"not whole numbers: {values!r}")


def _boxes(document: Mapping[str, object], name: str) -> tuple[Box, ...]:
    return tuple(_box(corners) for corners in _list(document, name))


def _box(corners: object) -> Box:
    if not isinstance(corners, list) or len(corners) != _CORNERS:
        raise TypeError(f"not a box: {corners!r}")
    if not all(isinstance(corner, int | float) for corner in corners):
        raise TypeError(f"not a box: {corners!r}")
    x, y, w, h = (float(corner) for corner in corners)
    return Box(x, y, w, h)
