"""A city on disk behind an HTTP server: real stores, a real server, a real client.

camera-1 was recorded for 24 s without a break; camera-2 for 8 s, lost for 12 s, then for 8 s again;
camera-3's footage has expired. A red thing crosses camera-1 in seconds 8 to 16.
"""

from __future__ import annotations

import io
import ssl
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import httpx
import uvicorn
from PIL import Image

from api.app import create_app
from api.limits import LOOPBACK, Limits
from api.people.service import LONGEST_TOKEN
from footage.access import Grant, Role, person_id
from footage.action import Action, Purpose
from footage.clock import SimulatedClock
from footage.instant import Elapsed
from footage.span import GapReason
from infra.cmds.serve import listen
from infra.config.sections.api import Oidc, TelemetrySection
from infra.config.sections.evidence import CasesSection, FourEyes, Recipients
from infra.config.settings import Settings
from infra.wiring import Parts
from tests.common.builders import a_camera, a_district, a_gap, a_site, at, during
from tests.common.colour_encoder import ColourEncoder
from tests.common.tiny_films import Mover, small_film

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from api.counts import RequestCounts
    from api.deps import Services
    from evidence.custody import Entry
    from footage.access import Permission
    from footage.clock import Clock
    from footage.segment import Segment

RED: Final = Mover((220, 20, 20), y=0.5, w=0.15, h=0.2, first_s=8, last_s=16, x0=0.1, speed=0.05)
LENGTH: Final = Elapsed.parse("4s")
TOKEN_FILE: Final = "token"  # noqa: S105 - the file's name
"""File in the home of a recorded city: the token of amina, who has every role."""
EVERY_ROLE: Final = tuple(Grant(role) for role in Role)
FOREIGN_HOST: Final = "footage.example"
"""A name besides those of loopback under which the server may be asked."""
PLAIN: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""TLS context without root certificates: no TLS is used, and loading certificates takes time."""
WHOLE: Final = {"from": str(at(0)), "to": str(at(24))}


def a_picture() -> bytes:
    """Return a red picture as PNG."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48), RED.rgb).save(out, "PNG")
    return out.getvalue()


def parts_of(  # noqa: PLR0913 - a section of the settings each
    home: Path,
    *,
    require_case: bool = False,
    cases: CasesSection | None = None,
    oidc: Oidc | None = None,
    telemetry: TelemetrySection | None = None,
    four_eyes: FourEyes | None = None,
    recipients: Recipients | None = None,
    clock: Clock | None = None,
) -> Parts:
    """Build the parts of a city at `home`.

    Args:
        home: The home folder.
        require_case: Whether cases and purposes are asked for.
        cases: Settings of cases; None: the usual.
        oidc: The identity provider; None for none.
        telemetry: Where traces go; None for nowhere.
        four_eyes: Acts that need a second person; None: no act does.
        recipients: To whom who may export what; None: anything goes.
        clock: The clock; None: one that stands ten minutes after `START`.
    """
    settings = Settings(
        home=home,
        cache=home / "cache",
        actor="amina",
        zone="UTC",
        require_case=require_case,
        oidc=oidc or Oidc(),
        telemetry=telemetry or TelemetrySection(),
        cases=cases or CasesSection(),
        four_eyes=four_eyes or FourEyes(),
        recipients=recipients or Recipients(),
    )
    parts = Parts(settings, clock or SimulatedClock(at(600)))
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
    (home / TOKEN_FILE).write_text(let_in(parts, "amina", EVERY_ROLE))
    parts.close()


def let_in(
    parts: Parts,
    person: str,
    grants: Sequence[Grant],
    permissions: Iterable[Permission] | None = None,
) -> str:
    """Add a person who has a token alone; return the token.

    Args:
        parts: The parts of the city.
        person: Account name.
        grants: Grants of the person.
        permissions: Permissions that the token passes on; None: all the person has.
    """
    by = Purpose("root")
    added = parts.people.add(person_id(person), person.title(), grants, "", by)
    now = parts.clock.now()
    passed = added.permissions(now) if permissions is None else permissions
    _, text = parts.people.make_token(added, "tests", passed, now + LONGEST_TOKEN, by)
    return text


@dataclass(frozen=True, slots=True)
class ApiCity:
    """A city that answers HTTP, with a client."""

    parts: Parts
    services: Services
    client: httpx.Client

    def entries(self) -> list[Entry]:
        """Return the entries of the custody log, those of making the city left out."""
        making = {Action.IMPORT, Action.PEOPLE}
        return [one for one in self.parts.custody.read() if one.action not in making]

    def client_of(self, person: str, *grants: Grant) -> httpx.Client:
        """Let a person in who has these grants; return a client that acts for the person."""
        headers = {"Authorization": f"Bearer {let_in(self.parts, person, grants)}"}
        base = self.client.base_url
        return httpx.Client(base_url=base, headers=headers, timeout=30, verify=PLAIN)

    def segments(self, camera: str = "camera-1") -> list[Segment]:
        """Return the recorded segments of a camera, in order."""
        return [s for s in self.parts.catalogue.segments() if s.camera == camera]

    @property
    def simulated(self) -> SimulatedClock:
        """The clock of the city."""
        assert isinstance(self.parts.clock, SimulatedClock)
        return self.parts.clock

    def break_custody(self) -> None:
        """Make the custody log impossible to write, for root too."""
        log = self.parts.home / "custody" / "custody.jsonl"
        log.unlink(missing_ok=True)
        log.mkdir()


@contextmanager
def serving(
    parts: Parts,
    limits: Limits | None = None,
    counts: RequestCounts | None = None,
    port: int = 0,
) -> Iterator[ApiCity]:
    """Serve a city on loopback, with a client that sends the token of amina.

    Args:
        parts: The parts of the city.
        limits: Most that a request may take; None: no limits per person, and a foreign name.
        counts: Counts the answers; None: counts that nobody reads.
        port: Port to serve on; 0: a free one.
    """
    services = parts.services()
    token = (parts.home / TOKEN_FILE).read_text()
    with listen("127.0.0.1", port) as listening:
        config = uvicorn.Config(
            create_app(services, limits or Limits(LOOPBACK | {FOREIGN_HOST}), counts),
            log_level="critical",
            proxy_headers=False,
            timeout_graceful_shutdown=5,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            with httpx.Client(
                base_url=f"http://127.0.0.1:{listening.getsockname()[1]}",
                headers={"Authorization": f"Bearer {token}"},
                timeout=30,
                verify=PLAIN,
            ) as client:
                yield ApiCity(parts, services, client)
        finally:
            server.should_exit = True
            thread.join(30)
            parts.close()
