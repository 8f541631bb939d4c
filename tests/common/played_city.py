"""A home with a day of each kind of camera to play, whose pictures carry their own instants.

`steady` and `all-at-once` were recorded three times within a day: the day has two gaps besides its
ends. `resized` went on at noon with larger pictures, without a gap; the others have a gap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from footage.access import person_id
from footage.action import Purpose
from footage.clock import SystemClock
from footage.instant import DAY, Elapsed, Instant, Interval
from infra.config.settings import Settings
from infra.wiring import Parts
from tests.common.api_city import EVERY_ROLE
from tests.common.browsing import PASSWORD
from tests.common.builders import a_camera, a_district, a_site
from tests.common.stamped_films import SIZE, captured, stamped

if TYPE_CHECKING:
    from pathlib import Path

MIDNIGHT: Final = Instant.parse("2026-11-22T00:00:00Z")
PLAYED_DAY: Final = Interval(MIDNIGHT, MIDNIGHT + DAY)
SECONDS: Final = 12
"""Length of the pictures of a span, pauses left out."""
_SEGMENT: Final = Elapsed.parse("4s")
_X264: Final = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
_X265: Final = ("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-tag:v", "hvc1")
_IN_ORDER: Final = ("-bf", "0")
_REORDERED: Final = ("-bf", "2", "-x264-params", "scenecut=0:b-adapt=0")
_UNEVEN: Final = ((1.0, 0.4), (2.5, 0.7), (6.4, 0.3))
_AT_AN_END: Final = ((4.0, 0.7),)
"""Right at the end of a segment of `_SEGMENT`. Chromium takes a hole shorter than two such pictures
for played: the segments behind are longer."""
_SMALL, _LARGE = SIZE, (SIZE[0] * 2, SIZE[1] * 2)


class Look(NamedTuple):
    """Form of a camera's pictures.

    Attributes:
        options: FFmpeg's options beside those of `codec`.
        pauses: From these seconds on, this many seconds without a picture.
        sound: Whether a tone is heard.
        later: Size of the pictures from noon on.
        codec: FFmpeg's options of the codec.
        view: What of the footage a browser asks for.
    """

    options: tuple[str, ...] = _IN_ORDER
    pauses: tuple[tuple[float, float], ...] = ()
    sound: bool = False
    later: tuple[int, int] = _SMALL
    codec: tuple[str, ...] = _X264
    view: str = "original"


LOOKS: Final = {
    "steady": Look(),
    "reordered": Look(_REORDERED),
    "sounding": Look(sound=True),
    "uneven": Look(pauses=_UNEVEN),
    "all-at-once": Look(_REORDERED, pauses=_UNEVEN, sound=True),
    "pausing": Look(_REORDERED, pauses=_AT_AN_END, sound=True),
    "resized": Look(_REORDERED, later=_LARGE),
    "hevc": Look(
        ("-x265-params", "bframes=2:log-level=1"), _AT_AN_END, sound=True, codec=_X265, view="proxy"
    ),
}
TWO_GAPS: Final = ("steady", "all-at-once")
"""Cameras of a day with two gaps."""
_NOON: Final = MIDNIGHT + Elapsed.parse("12h")


def starts(camera: str) -> list[Instant]:
    """Return the instants at which a camera began to record."""
    if camera == "resized":
        return [_NOON - Elapsed.seconds(SECONDS), _NOON]
    spans = 3 if camera in TWO_GAPS else 2
    return [MIDNIGHT + Elapsed.parse(offset) for offset in ("6h", "11h30m", "20h15m")[:spans]]


def pictures(camera: str) -> list[list[Instant]]:
    """Return the instants of all pictures of a camera, a list for each span recorded."""
    pauses = LOOKS[camera].pauses
    return [captured(start, seconds=SECONDS, pauses=pauses) for start in starts(camera)]


def record_played(home: Path) -> None:
    """Make the home, with an account `amina` who has every role."""
    home.mkdir(mode=0o700)
    settings = Settings(home=home, cache=home / "cache", actor="amina", zone="UTC")
    parts = Parts(settings, SystemClock())
    parts.register.add_districts([a_district()])
    parts.register.add_sites([a_site()])
    for name, look in LOOKS.items():
        camera = a_camera(name)
        parts.register.add_cameras([camera])
        for start in starts(name):
            size = _SMALL if start < _NOON else look.later
            film = stamped(
                home / "film.mp4", start, *look.codec, *look.options,
                seconds=SECONDS, pauses=look.pauses, sound=look.sound, size=size,
            )  # fmt: skip
            parts.importer.ingest(film, camera, start, length=_SEGMENT)
            film.unlink()
    parts.people.add(person_id("amina"), "Amina", EVERY_ROLE, PASSWORD, Purpose("root"))
    parts.close()
