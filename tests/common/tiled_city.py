"""A home with nine cameras at a crossing, whose pictures carry their own instants.

All record the same minute in pictures of 360 lines, each from another instant on. `west-3` has a
gap in the minute, `east-3` begins late.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from footage.access import person_id
from footage.action import Purpose
from footage.clock import SystemClock
from footage.instant import Elapsed, Instant
from infra.config.settings import Settings
from infra.wiring import Parts
from tests.common.api_city import EVERY_ROLE
from tests.common.browsing import PASSWORD
from tests.common.builders import a_camera, a_district, a_site
from tests.common.stamped_films import stamped

if TYPE_CHECKING:
    from pathlib import Path

BEGUN: Final = Instant.parse("2026-11-22T09:00:00Z")
"""Start of the minute, by when most cameras record."""
SECONDS: Final = 60
CAMERAS: Final = tuple(f"{side}-{lane}" for side in ("north", "east", "west") for lane in (1, 2, 3))
GAP: Final = (BEGUN + Elapsed.parse("20s"), BEGUN + Elapsed.parse("32s"))
"""Time in which `west-3` recorded nothing."""
LATE: Final = BEGUN + Elapsed.parse("12s")
"""Instant from which on `east-3` recorded."""
_FORM: Final = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-bf", "0")
_SIZE: Final = (640, 360)
_SHIFT: Final = Elapsed.parse("1ms")
APART: Final = Elapsed(_SHIFT.us * len(CAMERAS))
"""No two cameras that began at first began further apart than that."""


def films(camera: str) -> list[tuple[Instant, int]]:
    """Return start and length in seconds of what a camera recorded."""
    shift = Elapsed(_SHIFT.us * CAMERAS.index(camera))
    if camera == "west-3":
        return [(BEGUN, 20), (GAP[1], SECONDS - 32)]
    if camera == "east-3":
        return [(LATE, SECONDS - 12)]
    return [(BEGUN + shift, SECONDS)]


def record_tiled(home: Path) -> None:
    """Make the home, with an account `amina` who has every role."""
    home.mkdir(mode=0o700)
    settings = Settings(home=home, cache=home / "cache", actor="amina", zone="UTC")
    parts = Parts(settings, SystemClock())
    parts.register.add_districts([a_district()])
    parts.register.add_sites([a_site()])
    for name in CAMERAS:
        camera = a_camera(name)
        parts.register.add_cameras([camera])
        for start, seconds in films(name):
            film = stamped(home / "film.mp4", start, *_FORM, seconds=seconds, size=_SIZE)
            parts.importer.ingest(film, camera, start, length=Elapsed.parse("4s"))
            film.unlink()
    parts.people.add(person_id("amina"), "Amina", EVERY_ROLE, PASSWORD, Purpose("root"))
    parts.close()
