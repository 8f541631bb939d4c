"""Cameras added and changed over HTTP, one at a time, against the version that was read."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from api.camera_sources import host_of, require_takes_secret
from evidence.canonical import canonical
from footage.camera import Camera, District, Site
from footage.errors import BadInput, Conflict, NotFound, Refused
from footage.local_time import time_zone
from footage.ports import ReadCamera
from footage.time_text import read_time

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from api.camera_sources import SourceRule
    from footage.action import Purpose
    from footage.clock import Clock
    from footage.ids import CameraId, DistrictId, HoldId, SiteId
    from footage.instant import Instant
    from footage.place import Point
    from footage.ports import Register
    from footage.stays import Stay

_NEW: Final = "*"
_HEX: Final = 32


class SavePlaces(Protocol):
    """Saves districts, sites and cameras, entered in the custody log (invariant 7)."""

    def __call__(  # noqa: PLR0913 - what a change of a camera is made of
        self,
        districts: Sequence[District],
        sites: Sequence[Site],
        camera: Camera,
        by: Purpose,
        *,
        since: Instant | None,
        correct: bool,
        as_read: ReadCamera,
    ) -> Collection[HoldId]:
        """Save what is new or other than before; return the holds that the camera joins.

        Raises:
            BadInput: As `Register.add_cameras`.
            Conflict: The camera is another than `as_read`.
            FootageError: The custody log cannot be written, and nothing is saved.
        """
        ...


@dataclass(frozen=True, slots=True)
class WantedCamera:
    """A camera as somebody wants to save it.

    Attributes:
        district: District of the site; None where the site is known.
        source: The source; "" for none, None for the source of before.
        site_name: Name of a new site, "" for its id.
        zone: Time zone of a new site, "" for that of the settings.
        since: Time since when the camera stands there, as people write times; "" for now.
        correct: The place written down last was wrong.
    """

    id: CameraId
    name: str
    site: SiteId
    district: DistrictId | None
    place: Point
    retention_class: str
    source: str | None
    site_name: str = ""
    zone: str = ""
    since: str = ""
    correct: bool = False


@dataclass(frozen=True, slots=True)
class SavedCamera:
    """A camera as it was saved.

    Attributes:
        joined: Holds by place that cover the camera only since the change.
    """

    camera: Camera
    created: bool
    joined: tuple[HoldId, ...]


class CameraChanges:
    """Service that adds and changes cameras.

    Args:
        register: The register.
        save: Saves in the register, with custody entries.
        sources: The sources that may be named.
        clock: Tells the present, for times that people write.
        secret: Secret of the versions, which all processes of the API share.
        zone: Time zone of sites that name none.
    """

    def __init__(
        self,
        register: Register,
        save: SavePlaces,
        sources: SourceRule,
        clock: Clock,
        *,
        secret: bytes,
        zone: str,
    ) -> None:
        self._register, self._save, self._sources = register, save, sources
        self._clock, self._secret, self._zone = clock, secret, zone

    def version(self, camera: Camera, stays: Sequence[Stay]) -> str:
        """Return a text that changes with each change of a camera or of its places.

        The text tells nothing of the source: it is made with a secret.
        """
        facts = {"camera": [str(getattr(camera, name)) for name in Camera.__dataclass_fields__]}
        facts["stays"] = [str(stay) for stay in stays]
        return hmac.new(self._secret, canonical(facts), hashlib.sha256).hexdigest()[:_HEX]

    def put(self, wanted: WantedCamera, version: str, by: Purpose) -> SavedCamera:
        """Add a camera, or change it.

        Args:
            wanted: The camera.
            version: The version that was read; "*" for a camera that is to be new.
            by: Who changes.

        Raises:
            BadInput: The source is no plain URL, the site lies in another district, a new site
                lacks its district, or as `Register.add_cameras`.
            NotFound: There is no such camera, and `version` is not "*".
            Conflict: The camera is another than was read.
            Refused: The source's host may not be named, or a secret file would go to another host.
        """
        if wanted.source:
            self._sources.require(wanted.source)
        read = self._read(wanted.id, version)
        districts, sites, district = self._site(wanted)
        source, secret = _source(wanted, read.camera)
        camera = Camera(
            wanted.id,
            wanted.name or wanted.id,
            wanted.site,
            district,
            wanted.place,
            source,
            wanted.retention_class,
            secret,
        )
        since = self._since(wanted, sites)
        joined = self._save(
            *(districts, sites, camera, by), since=since, correct=wanted.correct, as_read=read
        )
        return SavedCamera(camera, read.camera is None, tuple(sorted(joined)))

    def _read(self, camera: CameraId, version: str) -> ReadCamera:
        """Return the camera as it is now, which must be as `version` says.

        Whoever changes the camera between this look and the change is met by the register.
        """
        try:
            known = self._register.camera(camera)
        except NotFound:
            if version == _NEW:
                return ReadCamera(camera, None)
            raise
        if version == _NEW:
            raise Conflict(f"there is a camera {camera} already", hint="change it with If-Match")
        stays = self._register.stays([camera])
        if version != self.version(known, stays):
            raise Conflict(f"{camera} was changed meanwhile", hint="read again")
        return ReadCamera(camera, known, tuple(stays))

    def _site(self, wanted: WantedCamera) -> tuple[list[District], list[Site], DistrictId]:
        """Return the districts and sites to make, and the district of the camera's site."""
        for site in self._register.sites():
            if site.id == wanted.site:
                if wanted.district not in {None, site.district}:
                    raise BadInput(f"{site.id} lies in {site.district}, not {wanted.district}")
                return [], [], site.district
        if wanted.district is None:
            raise BadInput(f"the site {wanted.site} is new", hint="name its district")
        district = wanted.district
        known = {one.id for one in self._register.districts()}
        zone = time_zone(wanted.zone).key if wanted.zone else ""
        new = Site(wanted.site, wanted.site_name or wanted.site, district, wanted.place, zone)
        districts = [] if district in known else [District(district, district)]
        return districts, [new], district

    def _since(self, wanted: WantedCamera, made: Sequence[Site]) -> Instant | None:
        if not wanted.since:
            return None
        sites = {site.id: site.zone for site in (*self._register.sites(), *made)}
        zone = time_zone(sites.get(wanted.site) or self._zone)
        return read_time(wanted.since, zone, self._clock.now()).instant


def _source(wanted: WantedCamera, known: Camera | None) -> tuple[str, str]:
    """Return the source and the name of the secret file to save with a camera.

    Credentials of a secret file are sent to the host that they are for, and no other: a secret file
    is named by commands on the machine alone.
    """
    before, secret = (known.source, known.source_secret_file) if known else ("", "")
    if wanted.source is None or wanted.source == before:
        return before, secret
    if not wanted.source or not secret:
        return wanted.source, ""
    if host_of(wanted.source) != _host(before):
        raise Refused(
            f"{wanted.id} has a secret file, whose credentials would go to another host",
            hint="use `footage cameras add` on the machine, or remove the source first",
        )
    require_takes_secret(wanted.source)
    return wanted.source, secret


def _host(source: str) -> str:
    try:
        return host_of(source)
    except BadInput:
        return ""
