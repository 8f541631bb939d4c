"""Prepare the home `FOOTAGE_HOME` for `footage bench api`: `SEARCHING PLAYING`; prints JSON.

Adds an account with a token for each person, and a real film on a camera for each who plays, on a
day long before the seeded one.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from footage.access import Grant, Permission, Role, person_id
from footage.action import Purpose
from footage.errors import NotFound
from footage.instant import DAY, Elapsed, Interval
from footage.scope import Scope
from infra.config.loading import load
from infra.wiring import wired
from lab.bench.parts.city_day import MIDNIGHT
from lab.bench.parts.films import drawn_frames, mostly_still, write_film

if TYPE_CHECKING:
    from footage.access import Person
    from footage.camera import Camera
    from infra.wiring import Parts

FILMED: Final = Interval(MIDNIGHT - DAY * 60, MIDNIGHT - DAY * 60 + Elapsed.parse("60s"))
_LENGTH: Final = Elapsed.parse("10s")
_SIZE: Final = (1280, 720)
_BITS: Final = 4_000_000
_BY: Final = Purpose("bench")
_MAY: Final = (Permission.SEARCH, Permission.WATCH)


def main(searching: int, playing: int) -> None:
    """Prepare people and films."""
    with wired(load()) as parts, tempfile.TemporaryDirectory() as folder:
        cameras = parts.register.cameras()
        film = Path(folder) / "film.mp4"
        for camera in cameras[:playing]:
            _record(parts, camera, film)
        tokens = [_token(parts, number) for number in range(searching + playing)]
        districts = sorted({camera.district for camera in cameras})
    found = {
        "searching": tokens[:searching],
        "playing": tokens[searching:],
        "cameras": [camera.id for camera in cameras],
        "districts": districts,
    }
    sys.stdout.write(json.dumps(found))


def _record(parts: Parts, camera: Camera, film: Path) -> None:
    """Store the film as the camera's recording, unless done before."""
    if any(parts.catalogue.segments(Scope(cameras=frozenset([camera.id])), FILMED)):
        return
    if not film.exists():
        seconds = FILMED.length.us // 1_000_000
        write_film(film, mostly_still(drawn_frames(_SIZE), seconds), _SIZE, _BITS)
    parts.importer.ingest(film, camera, FILMED.start, length=_LENGTH)


def _token(parts: Parts, number: int) -> str:
    now = parts.clock.now()
    _, text = parts.people.make_token(_person(parts, number), "bench", _MAY, now + DAY, _BY)
    return text


def _person(parts: Parts, number: int) -> Person:
    name = person_id(f"bench-{number}")
    try:
        return parts.accounts.person(name)
    except NotFound:
        grants = [Grant(Role.INVESTIGATOR)]
        return parts.people.add(name, f"Bench {number}", grants, "", _BY)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
