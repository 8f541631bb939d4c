"""A city on disk behind an HTTP server: real stores, a real server, a real client.

camera-1 was recorded for 24 s without a break; camera-2 for 8 s, lost for 12 s, then for 8 s again;
camera-3's footage has expired. A red thing crosses camera-1 in seconds 8 to 16.
"""

from __future__ import annotations

import ssl
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import httpx
import uvicorn

from api.app import create_app
from footage.action import Action
from footage.clock import SimulatedClock
from footage.instant import Elapsed
from footage.span import GapReason
from infra.cmds.serve import listen
from infra.config.settings import Settings
from infra.wiring import Parts
from tests.common.builders import a_camera, a_district, a_gap, a_site, at, during
from tests.common.colour_encoder import ColourEncoder
from tests.common.tiny_films import Mover, small_film

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from api.deps import Services
    from evidence.custody import Entry
    from footage.segment import Segment

RED: Final = Mover((220, 20, 20), y=0.5, w=0.15, h=0.2, first_s=8, last_s=16, x0=0.1, speed=0.05)
LENGTH: Final = Elapsed.parse("4s")
PLAIN: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""TLS context without root certificates: no TLS is used, and loading certificates takes time."""
WHOLE: Final = {"from": str(at(0)), "to": str(at(24))}


def parts_of(home: Path, *, require_case: bool = False) -> Parts:
    """Build the parts of a city at `home`, with the clock ten minutes after `START`."""
    settings = Settings(
        home=home, cache=home / "cache", actor="amina", zone="UTC", require_case=require_case
    )
    parts = Parts(settings, SimulatedClock(at(600)))
    parts.encoder = ColourEncoder()
    return parts


def record_city(home: Path) -> None:
    """Record and index the city's films."""
    parts = parts_of(home)
    parts.register.add_districts([a_district()])
    parts.register.add_sites([a_site()])
    cameras = [a_camera(f"camera-{n}", source="rtsp://u:secret@cam/1") for n in (1, 2, 3)]
    parts.register.add_cameras(cameras)
    film = home / "film.mp4"
    film.write_bytes(small_film(24, (RED,)))
    parts.importer.ingest(film, cameras[0], at(0), length=LENGTH)
    film.write_bytes(small_film(8))
    parts.importer.ingest(film, cameras[1], at(0), length=LENGTH)
    parts.importer.ingest(film, cameras[1], at(20), length=LENGTH)
    expired = a_gap("camera-3", during(0, 600), GapReason.EXPIRED, "policy 'streets': keep 30d")
    parts.catalogue.add_gaps([a_gap("camera-2", during(8, 20)), expired])
    parts.indexer.run_once()
    parts.close()


@dataclass(frozen=True, slots=True)
class ApiCity:
    """A city that answers HTTP, with a client."""

    parts: Parts
    services: Services
    client: httpx.Client

    def entries(self) -> list[Entry]:
        """Return the entries of the custody log, those of importing the city's films left out."""
        return [one for one in self.parts.custody.read() if one.action is not Action.IMPORT]

    def segments(self, camera: str = "camera-1") -> list[Segment]:
        """Return the recorded segments of a camera, in order."""
        return [s for s in self.parts.catalogue.segments() if s.camera == camera]

    def break_custody(self) -> None:
        """Make the custody log impossible to write, for root too."""
        log = self.parts.home / "custody" / "custody.jsonl"
        log.unlink(missing_ok=True)
        log.mkdir()


@contextmanager
def serving(parts: Parts) -> Iterator[ApiCity]:
    """Serve a city on a free port, with a client that sends the city's token."""
    services = parts.services()
    with listen("127.0.0.1", 0) as listening:
        config = uvicorn.Config(
            create_app(services), log_level="critical", timeout_graceful_shutdown=5
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            with httpx.Client(
                base_url=f"http://127.0.0.1:{listening.getsockname()[1]}",
                headers={"Authorization": f"Bearer {services.token.secret}"},
                timeout=30,
                verify=PLAIN,
            ) as client:
                yield ApiCity(parts, services, client)
        finally:
            server.should_exit = True
            thread.join(30)
            parts.close()
