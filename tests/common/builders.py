"""Deterministic examples of the shared values: sensible defaults, any part overridden by keyword.

All times count from `START`: `at(90)` is 90 s after `START`, `during(0, 60)` the first minute.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, TypedDict, Unpack

from footage.camera import Camera, District, Site
from footage.digest import Digest
from footage.ids import CameraId, DistrictId, RunId, SegmentKey, SiteId
from footage.instant import Elapsed, Instant, Interval
from footage.keyframe import Box, Gate, Keyframe
from footage.objectkey import ObjectKey
from footage.place import Point
from footage.segment import ClockReading, Media, Segment, TimeSource
from footage.span import Gap, GapReason
from infra.registers.memory_register import MemoryRegister

START: Final = Instant.parse("2026-11-22T15:08:23.547Z")
BUS_STAND: Final = Point(31.8313, 70.9017)
DAY: Final = Elapsed.parse("1d")


def at(seconds: float) -> Instant:
    """Return the instant `seconds` after `START`."""
    return START + Elapsed.seconds(seconds)


def during(start_s: float, end_s: float) -> Interval:
    """Return the interval from `start_s` to `end_s` seconds after `START`."""
    return Interval(at(start_s), at(end_s))


class CameraParts(TypedDict, total=False):
    """Fields of a camera that `a_camera` lets you override."""

    name: str
    site: str
    district: str
    place: Point
    source: str
    source_secret_file: str
    retention_class: str


def a_camera(camera: str = "camera-1", **parts: Unpack[CameraParts]) -> Camera:
    """Make a camera of site-1 in district-1, without a source."""
    return Camera(
        id=CameraId(camera),
        name=parts.get("name", f"Camera {camera}"),
        site=SiteId(parts.get("site", "site-1")),
        district=DistrictId(parts.get("district", "district-1")),
        place=parts.get("place", BUS_STAND),
        source=parts.get("source", ""),
        retention_class=parts.get("retention_class", "standard"),
        source_secret_file=parts.get("source_secret_file", ""),
    )


def a_site(
    site: str = "site-1",
    *,
    district: str = "district-1",
    place: Point = BUS_STAND,
    zone: str = "",
) -> Site:
    """Make a site, by default of district-1 and in the zone of the settings."""
    return Site(SiteId(site), f"Site {site}", DistrictId(district), place, zone)


def a_district(district: str = "district-1") -> District:
    """Make a district."""
    return District(DistrictId(district), f"District {district}")


def a_register() -> MemoryRegister:
    """Make a register of camera-1 at site-1 in district-1."""
    register = MemoryRegister()
    register.add_districts([a_district()])
    register.add_sites([a_site()])
    register.add_cameras([a_camera()])
    return register


class SegmentParts(TypedDict, total=False):
    """Fields of a segment that `a_segment` lets you override besides camera, start and length."""

    key: SegmentKey
    site: str
    district: str
    place: Point
    run: str
    sequence: int
    size_bytes: int
    digest: Digest
    media: Media
    clock: ClockReading
    retention_class: str
    damage: str


def a_media(*, seconds: float = 60, codec: str = "avc1", init_bytes: int = 800) -> Media:
    """Make the media facts of 1080p video of 25 pictures a second."""
    return Media(
        codec=codec,
        width=1920,
        height=1080,
        timescale=90_000,
        duration_ticks=round(seconds * 90_000),
        samples=round(seconds * 25),
        init_bytes=init_bytes,
    )


def a_segment(
    camera: str = "camera-1",
    start: Instant = START,
    *,
    seconds: float = 60,
    number: int = 0,
    **parts: Unpack[SegmentParts],
) -> Segment:
    """Make a segment; key derived from site, camera and start, digest from the key."""
    site = SiteId(parts.get("site", "site-1"))
    key = parts.get("key", ObjectKey(site, CameraId(camera), start, number).segment)
    return Segment(
        key=key,
        camera=CameraId(camera),
        site=site,
        district=DistrictId(parts.get("district", "district-1")),
        place=parts.get("place", BUS_STAND),
        interval=Interval(start, start + Elapsed.seconds(seconds)),
        run=RunId(parts.get("run", "run-1")),
        sequence=parts.get("sequence", 0),
        size_bytes=parts.get("size_bytes", 30_000_000),
        digest=parts.get("digest", Digest.of(key.encode())),
        media=parts.get("media", a_media(seconds=seconds)),
        clock=parts.get("clock", ClockReading(TimeSource.ARRIVAL, uncertainty=Elapsed(40_000))),
        retention_class=parts.get("retention_class", "standard"),
        damage=parts.get("damage", ""),
    )


def segments_in_a_row(
    count: int,
    camera: str = "camera-1",
    start: Instant = START,
    *,
    seconds: float = 60,
    **parts: Unpack[SegmentParts],
) -> list[Segment]:
    """Make `count` adjoining segments of the same run, numbered from 0."""
    return [
        replace(
            a_segment(camera, start + Elapsed.seconds(seconds) * n, seconds=seconds, **parts),
            sequence=n,
        )
        for n in range(count)
    ]


def a_gap(
    camera: str = "camera-1",
    interval: Interval | None = None,
    reason: GapReason = GapReason.CAMERA_LOST,
    detail: str = "",
) -> Gap:
    """Make a gap; by default the first minute."""
    return Gap(CameraId(camera), interval or during(0, 60), reason, detail)


class KeyframeParts(TypedDict, total=False):
    """Fields of a keyframe that `a_keyframe` lets you override besides segment and number."""

    offset: int
    length: int
    gate: Gate
    change: float
    regions: tuple[Box, ...]


def a_keyframe(
    segment: Segment | None = None, number: int = 0, **parts: Unpack[KeyframeParts]
) -> Keyframe:
    """Make keyframe `number` of `segment`: every 2 s, 100 kB each, after the header."""
    of = segment or a_segment()
    return Keyframe(
        camera=of.camera,
        instant=of.interval.start + Elapsed.seconds(2 * number),
        segment=of.key,
        offset=parts.get("offset", of.media.init_bytes + 100_000 * number),
        length=parts.get("length", 100_000),
        gate=parts.get("gate", Gate.CHANGED),
        change=parts.get("change", 0.25),
        regions=parts.get("regions", ()),
    )
