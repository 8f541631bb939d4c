"""Segments as metadata of stored objects, and back: objects alone rebuild the catalogue.

Keys are lower case, values ASCII without line breaks, as `footage.ports.ObjectStore` asks. Key,
size and digest are the object's own facts and are not repeated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

from footage.digest import Digest
from footage.errors import BadInput, DataLoss
from footage.ids import RunId, SegmentKey, camera_id, district_id, site_id
from footage.instant import Elapsed, Instant, Interval
from footage.place import Point
from footage.segment import ClockReading, Media, Segment, TimeSource

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT: Final = "1"
"""Version of this grammar; a reader refuses an unknown version rather than guess."""

_UNKNOWN: Final = "unknown"
_MEDIA_NUMBERS: Final = ("width", "height", "timescale", "duration-ticks", "samples", "init-bytes")


def to_metadata(segment: Segment) -> dict[str, str]:
    """Write everything of `segment` but key, size and digest as object metadata."""
    media, clock = segment.media, segment.clock
    return {
        "format": FORMAT,
        "camera": segment.camera,
        "site": segment.site,
        "district": segment.district,
        "lat": repr(segment.place.lat),
        "lon": repr(segment.place.lon),
        "start-us": str(segment.interval.start.us),
        "end-us": str(segment.interval.end.us),
        "run": _text(segment.run),
        "sequence": str(segment.sequence),
        "codec": _text(media.codec),
        "width": str(media.width),
        "height": str(media.height),
        "timescale": str(media.timescale),
        "duration-ticks": str(media.duration_ticks),
        "samples": str(media.samples),
        "init-bytes": str(media.init_bytes),
        "time-source": clock.source.value,
        "clock-offset-us": _UNKNOWN if clock.offset is None else str(clock.offset.us),
        "clock-uncertainty-us": str(clock.uncertainty.us),
        "class": _text(segment.retention_class),
        "damage": _text(segment.damage),
        **({"signed": _text(media.signed)} if media.signed else {}),
    }


def from_metadata(
    key: str, size_bytes: int, digest: Digest, metadata: Mapping[str, str]
) -> Segment:
    """Rebuild the segment from a stored object's key, size, digest and metadata.

    Raises:
        DataLoss: The metadata is not what `to_metadata` wrote.
    """
    if metadata.get("format") != FORMAT:
        raise DataLoss(f"{key}: no segment metadata of format {FORMAT}")
    try:
        return _read(key, size_bytes, digest, metadata)
    except (KeyError, ValueError, BadInput) as exc:
        raise DataLoss(f"{key}: unreadable segment metadata: {exc}") from exc


def to_record(segment: Segment) -> dict[str, str]:
    """Write the whole segment as a flat mapping, for journals."""
    return {
        **to_metadata(segment),
        "key": segment.key,
        "size-bytes": str(segment.size_bytes),
        "digest": str(segment.digest),
    }


def from_record(record: Mapping[str, str]) -> Segment:
    """Rebuild the segment from a mapping `to_record` wrote; raises DataLoss."""
    try:
        size, digest = int(record["size-bytes"]), Digest.parse(record["digest"])
        return from_metadata(record["key"], size, digest, record)
    except (KeyError, ValueError, BadInput) as exc:
        raise DataLoss(f"unreadable segment record: {exc}") from exc


def _read(key: str, size_bytes: int, digest: Digest, facts: Mapping[str, str]) -> Segment:
    width, height, timescale, ticks, samples, init = (int(facts[name]) for name in _MEDIA_NUMBERS)
    return Segment(
        key=SegmentKey(key),
        camera=camera_id(facts["camera"]),
        site=site_id(facts["site"]),
        district=district_id(facts["district"]),
        place=Point(float(facts["lat"]), float(facts["lon"])),
        interval=Interval(Instant(int(facts["start-us"])), Instant(int(facts["end-us"]))),
        run=RunId(unquote(facts["run"])),
        sequence=int(facts["sequence"]),
        size_bytes=size_bytes,
        digest=digest,
        media=Media(
            *(unquote(facts["codec"]), width, height, timescale, ticks, samples, init),
            signed=unquote(facts.get("signed", "")),
        ),
        clock=ClockReading(
            TimeSource(facts["time-source"]),
            _offset(facts["clock-offset-us"]),
            Elapsed(int(facts["clock-uncertainty-us"])),
        ),
        retention_class=unquote(facts["class"]),
        damage=unquote(facts["damage"]),
    )


def _offset(text: str) -> Elapsed | None:
    return None if text == _UNKNOWN else Elapsed(int(text))


def _text(value: str) -> str:
    """Percent-encode a value, blanks too: HTTP headers lose outer and double blanks."""
    return quote(value, safe=",;:()'=")
