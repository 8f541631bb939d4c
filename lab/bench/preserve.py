"""Measure an order on paper: 40 cameras for two hours, from the asking until all is held."""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Final

from evidence.holds import Ordered
from footage.action import Purpose
from footage.camera import Camera, District, Site
from footage.clock import SystemClock
from footage.digest import Digest
from footage.hold import Order
from footage.ids import CameraId, DistrictId, SiteId
from footage.instant import Elapsed, Interval
from footage.place import Point
from infra.config.settings import Settings
from infra.wiring import Parts
from lab.bench.harness import Figure
from lab.bench.parts.city_day import LENGTH, MIDNIGHT, segments_of

CITY: Final = 950
CAMERAS: Final = 40
MINUTES: Final = 120
_STORED: Final = 240
"""Minutes that are stored of each camera, an hour of them before the time ordered."""
_START: Final = MIDNIGHT + Elapsed.parse("1h")
_SITE: Final = SiteId("site-1")
_DATA: Final = b"\0" * 256


def figures() -> list[Figure]:
    """Return the time until the hold stands, until all is marked, and of the same order again."""
    with tempfile.TemporaryDirectory() as folder:
        clock = SystemClock()
        parts = Parts(
            Settings(home=Path(folder) / "home", cache=Path(folder) / "cache", actor="bench"), clock
        )
        try:
            cameras = _stored(parts, Path(folder) / "segment.mp4")
            first, stands = _preserve(parts, cameras)
            again, _ = _preserve(parts, cameras)
        finally:
            parts.close()
    about = f"{CAMERAS} cameras, {MINUTES} min, {CAMERAS * MINUTES} segments in files"
    return [
        Figure("order_to_hold_stands_s", round(stands, 3), "s", 1, about),
        Figure("order_to_receipt_s", round(first, 2), "s", 1, about),
        Figure("same_order_again_s", round(again, 2), "s", 1, about),
    ]


def _stored(parts: Parts, source: Path) -> list[CameraId]:
    """Store four hours of a minute a segment of the cameras, in a city of idle cameras."""
    district, place = DistrictId("district-1"), Point(31.83, 70.90)
    parts.register.add_districts([District(district, "District 1")])
    parts.register.add_sites([Site(_SITE, "Site 1", district, place)])
    everyone = [CameraId(f"camera-{n}") for n in range(CITY)]
    parts.register.add_cameras(
        [
            Camera(one, one, _SITE, district, Point(31.83 + n / 5_000, 70.90))
            for n, one in enumerate(everyone)
        ]
    )
    source.write_bytes(_DATA)
    chosen = parts.register.cameras()[:CAMERAS]
    for number, camera in enumerate(chosen, start=1):
        segments = [
            replace(segment, size_bytes=len(_DATA), digest=Digest.of(_DATA))
            for segment in islice(segments_of(camera, number), _STORED)
        ]
        for segment in segments:
            parts.store.put(segment.key, source, segment.digest, {})
        parts.catalogue.add_segments(segments)
    return [camera.id for camera in chosen]


def _preserve(parts: Parts, cameras: list[CameraId]) -> tuple[float, float]:
    """Return seconds until the receipt, and until the hold stood."""
    begun, asked = time.perf_counter(), parts.clock.now()
    end = _START + LENGTH * MINUTES
    order = Order("14/2026", asked, asked)
    wanted = Ordered(cameras, Interval(_START, end), order, "Sessions Court", "robbery")
    done = parts.preservation.preserve(wanted, Purpose("bench", "FIR 211/2026", "robbery"))
    took = time.perf_counter() - begun
    # Recorders stagger their segments, so that of each camera one more lies across an end.
    if (done.held.segments or 0) < CAMERAS * MINUTES or done.held.marks_pending or not done.sound:
        raise RuntimeError(f"not all is held: {done.held}")
    assert done.held.stands_at  # noqa: S101 - of a hold just placed
    return took, (done.held.stands_at - asked).in_seconds
