"""Prepare the demo: a separate home folder, settings, servers if asked for, six cameras."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from footage.errors import Refused
from footage.ids import CameraId
from infra.config import camera_csv
from lab.demo.city import CITY_CSV
from lab.servers import rtsp
from lab.servers.fleet import Fleet, data_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from footage.clock import Clock
    from footage.ports import Register

CAMERAS: Final = (
    CameraId("dik-001-1"),
    CameraId("dik-001-2"),
    CameraId("bnu-003-1"),
    CameraId("bnu-003-2"),
    CameraId("lkm-005-1"),
    CameraId("lkm-005-2"),
)
"""The cameras that play: two each at a bus stand, a crossing and a court gate."""
OLD_CAMERAS: Final = (CameraId("dik-002-1"), CameraId("bnu-004-1"))
"""Cameras whose recordings are older than the demo's policy keeps."""
REAL_CAMERAS: Final = (CameraId("dik-007-1"), CameraId("bnu-008-1"))
"""Cameras that get real footage, where the clips are present."""
SERVERS: Final = ("minio", "elasticsearch", "postgres", "rtsp")
SEGMENT_LENGTH: Final = "10s"
_MARKER: Final = ".footage-demo"


@dataclass(frozen=True, slots=True)
class Stage:
    """The demo's prepared home folder.

    Attributes:
        rtsp: Facts of the RTSP server, or None when the cameras' sources are files.
    """

    home: Path
    rtsp: Mapping[str, str] | None


def prepare(
    folder: Path, cache: Path, *, servers: bool, clock: Clock, say: Callable[[str], None]
) -> Stage:
    """Make the demo's home folder anew; remove an earlier demo in `folder`, refuse anything else.

    Raises:
        Refused: The folder holds something that no demo wrote.
        Misconfigured: A server is not installed.
        Unavailable: A server does not start.
    """
    fleet = Fleet(
        folder / "servers",
        data=data_folder(folder.resolve(), cache, os.geteuid()),
        cache=cache,
        clock=clock,
    )
    if folder.exists() and any(folder.iterdir()):
        if not (folder / _MARKER).exists():
            raise Refused(f"{folder} is not empty and no demo wrote it", hint="name another --out")
        fleet.down(say=say)
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    (folder / _MARKER).touch()
    if not servers:
        _write_settings(folder, "")
        return Stage(folder, None)
    reports = {r.name: r.facts for r in fleet.up(SERVERS, say=say, fresh=True)}
    _write_settings(folder, _server_settings(folder, reports, fleet.credentials()))
    return Stage(folder, reports["rtsp"])


def import_city(register: Register) -> camera_csv.Cameras:
    """Enter all districts, sites and cameras of the demo's city in the register."""
    city = camera_csv.read(CITY_CSV)
    city.save(register)
    return city


def give_sources(register: Register, films: Mapping[str, Path], stage: Stage) -> None:
    """Make the films the sources of the six cameras: RTSP mounts with a server, else files."""
    for camera in CAMERAS:
        film = films[camera]
        source = (
            rtsp.mount(stage.rtsp, f"/{camera}", film, rtsp.Codec.H264)
            if stage.rtsp
            else str(film.resolve())
        )
        register.add_cameras([replace(register.camera(camera), source=source)])


def _write_settings(folder: Path, servers: str) -> None:
    text = f'[recording]\nsegment_length = "{SEGMENT_LENGTH}"\n{servers}'
    (folder / "footage.toml").write_text(text, encoding="utf-8")


def _server_settings(
    folder: Path, facts: Mapping[str, Mapping[str, str]], secrets: Mapping[str, Mapping[str, str]]
) -> str:
    access = _secret(folder, "access-key", secrets["minio"]["access_key"])
    secret = _secret(folder, "secret-key", secrets["minio"]["secret_key"])
    password = _secret(folder, "postgres-password", secrets["postgres"]["password"])
    url = facts["postgres"]["url"].replace("postgresql://", "postgresql+psycopg://")
    return f"""
[store]
kind = "s3"
endpoint = {json.dumps(facts["minio"]["endpoint"])}
access_key_file = {json.dumps(access)}
secret_key_file = {json.dumps(secret)}

[catalogue]
kind = "elasticsearch"
url = {json.dumps(facts["elasticsearch"]["url"])}

[database]
url = {json.dumps(url)}
password_file = {json.dumps(password)}
"""


def _secret(folder: Path, name: str, value: str) -> str:
    path = folder.resolve() / "secrets" / name
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(value + "\n")
    return str(path)
