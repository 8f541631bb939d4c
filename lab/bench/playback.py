"""Measure playback over HTTP beside plain file serving of the same bytes, in the same run.

A first frame is what a viewer waits for: playlist of a day from that moment on, init, and media up
to the first decoded frame, each over a new connection, of a segment that nobody asked for before
and that the system's cache of files does not hold. Plain serving is nginx over the folder of the
embedded store, and a ranged get by the `minio` client from MinIO: the init, then the first MiB of
media, without playlist, people or custody. A whole segment is fetched from both as well.

Segments are of 60 s, 4 Mbit/s, 1280x720; the rest of the day and the days of other cameras stand in
the catalogue alone. Playlists are of a camera's day of 60 s and of 2 s segments, asked of a server
that runs: each time another window, and the same again and again. The CPU time of the server stands
beside, which a busy machine changes less.
"""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode, urljoin

from footage.clock import SystemClock
from footage.instant import DAY, Elapsed
from footage.scope import EVERYWHERE
from footage.segment import Segment
from infra.config import camera_csv, loading
from infra.config.sections.stores import Store
from infra.wiring import wired
from lab.bench.harness import Figure
from lab.bench.parts import films
from lab.bench.parts.city_day import LENGTH, MIDNIGHT, segments_of
from lab.bench.parts.procfs import usage
from lab.bench.parts.served import Address, Joined, nginx, serving, token
from lab.demo.city import CITY_CSV
from lab.servers import loopback, minio
from lab.servers.rtsp import looped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from footage.ids import CameraId
    from footage.instant import Instant
    from infra.wiring import Parts

RUNS: Final = 7
OTHERS: Final = 20
"""Further cameras with a day in the catalogue."""
SHORT: Final = Elapsed.parse("2s")
READ: Final = 1 << 20
_PLAYED, _SHORT = 1, 2
"""Numbers of the cameras whose days are asked for; neither has an outage."""
_SIZE: Final = "1280x720"
_ENCODED_S: Final = 20

Plain = Callable[[Segment, int], bytes]
"""Reads the first so many bytes of a segment by plain file serving: init first, then media."""


@dataclass(frozen=True, slots=True)
class _Home:
    """A filled home that is served.

    Attributes:
        server: Address of `footage serve`.
        bytes_in: Folder in which the store keeps its bytes.
        segments: Segments that have bytes, by start.
        short: The camera whose day has segments of 2 s.
    """

    parts: Parts
    server: Address
    bytes_in: Path
    segments: list[Segment]
    short: CameraId


def figures() -> list[Figure]:
    """Return the figures on the embedded store, and on MinIO where installed."""
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        short = folder / "short.mp4"
        films.write_padded_film(short, _SIZE, _ENCODED_S)
        film = looped(short, folder / "film.mp4", LENGTH * (RUNS + 1))
        found = _embedded(folder, film)
        program = minio.find(loading.load().cache)
        if program is not None:
            server = minio.start(program, folder / "minio", clock=SystemClock())
            try:
                found += _on_minio(folder, film, server)
            finally:
                server.stop()
    return found


def _embedded(folder: Path, film: Path) -> list[Figure]:
    home = folder / "embedded"
    with _served(home, home / "store", film, Store(), {}) as served:
        found = _playlists(served)
        program = shutil.which("nginx")
        if program is None:
            return [*found, *_first_frames(served, None)]
        (port,) = loopback.free_ports(1)
        with nginx(program, home / "store" / "objects", folder, port) as plain:

            def read(segment: Segment, most: int) -> bytes:
                path, init = f"/{segment.key}", segment.media.init_bytes
                begin = plain.read(path, Range=f"bytes=0-{init - 1}")
                return begin + plain.read(path, Range=f"bytes={init}-{most - 1}")

            return [*found, *_first_frames(served, read, "nginx")]


def _on_minio(folder: Path, film: Path, server: minio.Minio) -> list[Figure]:
    given, named = {}, {"KIND": "s3", "ENDPOINT": server.endpoint}
    for name, text in server.secrets().items():
        given[f"{name}_file"] = path = folder / name
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
        named[f"{name}_file".upper()] = str(path)
    store = Store(kind="s3", endpoint=server.endpoint, **given)
    environment = {f"FOOTAGE_STORE__{name}": text for name, text in named.items()}
    with _served(folder / "s3", server.folder, film, store, environment) as served:

        def read(segment: Segment, most: int) -> bytes:
            init, get = segment.media.init_bytes, served.parts.store.get
            begin = get(segment.key, offset=0, length=init)
            return begin + get(segment.key, offset=init, length=most - init)

        return _first_frames(served, read, "minio", "_s3")


@contextmanager
def _served(
    home: Path, bytes_in: Path, film: Path, store: Store, environment: dict[str, str]
) -> Iterator[_Home]:
    """Fill and serve a home; `environment` says what `store` says, to the server's process."""
    home.mkdir()
    settings = loading.load().model_copy(update={"home": home, "store": store})
    with wired(settings) as parts:
        segments, short = _fill(parts, film)
        secret = token(parts)
        with serving({**environment, "FOOTAGE_HOME": str(home)}, secret) as server:
            yield _Home(parts, server, bytes_in, segments, short)


def _fill(parts: Parts, film: Path) -> tuple[list[Segment], CameraId]:
    """Fill the catalogue, and the store with the first minutes of one camera.

    Returns:
        The segments with bytes, and the camera with a day of short segments.
    """
    camera_csv.read(CITY_CSV).save(parts.register)
    cameras = sorted(parts.register.cameras(EVERYWHERE), key=lambda camera: camera.id)
    real = parts.importer.ingest(film, cameras[_PLAYED], MIDNIGHT, length=LENGTH).segments
    synthetic = segments_of(cameras[_PLAYED], _PLAYED)
    since = real[-1].interval.end
    parts.catalogue.add_segments(one for one in synthetic if one.interval.start >= since)
    parts.catalogue.add_segments(segments_of(cameras[_SHORT], _SHORT, length=SHORT))
    for number in range(_SHORT + 1, _SHORT + 1 + OTHERS):
        parts.catalogue.add_segments(segments_of(cameras[number], number))
    return list(real), cameras[_SHORT].id


def _playlists(served: _Home) -> list[Figure]:
    found = []
    for camera, name in ((served.segments[0].camera, "60s"), (served.short, "2s")):
        # Another window each time: no playlist that was kept serves.
        new = [_playlist_path(camera, MIDNIGHT + Elapsed(n)) for n in range(1, RUNS + 1)]
        again = [_playlist_path(camera, MIDNIGHT)] * RUNS
        size = len(served.server.read(again[0])) / 1_000_000
        for paths, kept in ((new, ""), (again, "_again")):
            before = usage([served.server.pid])
            times = [_ms(partial(served.server.read, path)) for path in paths]
            cpu_ms = usage([served.server.pid]).since(before).cpu_s * 1000 / RUNS
            figure = f"playlist_camera_day_{name}{kept}"
            found += [Figure(f"{figure}_ms", _median(times), "ms", RUNS)]
            found += [Figure(f"{figure}_cpu_ms", round(cpu_ms, 1), "CPU ms", RUNS)]
        found += [Figure(f"playlist_camera_day_{name}_mb", round(size, 2), "MB", 1)]
    return found


def _first_frames(
    served: _Home, plain: Plain | None, by: str = "", store: str = ""
) -> list[Figure]:
    """Return what the segments' first frames and whole segments take; the first warms up."""
    frames: list[float] = []
    plain_frames: list[float] = []
    whole: list[float] = []
    plain_whole: list[float] = []
    for segment in served.segments:
        _drop_from_cache(served.bytes_in)
        frames.append(_ms(partial(_first_frame, served.server, segment)))
        if plain:
            _drop_from_cache(served.bytes_in)
            plain_frames.append(_ms(partial(_plain_frame, plain, segment)))
            plain_whole.append(_ms(partial(plain, segment, segment.size_bytes)))
        media = f"/api/v1/segments/{segment.key}/media.m4s"
        whole.append(_ms(partial(served.server.read, media)))
    return [
        Figure(f"playback_first_frame_new_process{store}_ms", frames[0], "ms", 1),
        *_beside(f"first_frame{store}", frames[1:], plain_frames[1:], by),
        *_beside(f"segment{store}", whole[1:], plain_whole[1:], by),
    ]


def _beside(name: str, ours: list[float], plain: list[float], by: str) -> Iterator[Figure]:
    yield Figure(f"playback_{name}_ms", _median(ours), "ms", len(ours))
    if plain:
        yield Figure(f"plain_{name}_ms", _median(plain), "ms", len(plain))
        ratios = [a / b for a, b in zip(ours, plain, strict=True)]
        yield Figure(f"playback_{name}_ratio", round(median(ratios), 2), "1", len(ratios), by)


def _first_frame(server: Address, segment: Segment) -> None:
    """Ask as a player does, from the segment's second half on, and decode the first frame."""
    path = _playlist_path(segment.camera, segment.interval.start + Elapsed(LENGTH.us // 2))
    lines = server.read(path).decode().splitlines()
    init = next(line for line in lines if line.startswith("#EXT-X-MAP")).split('"')[1]
    media = next(line for line in lines if line and not line.startswith("#"))
    if segment.key not in media:
        raise RuntimeError(f"the playlist begins with {media}, not with {segment.key}")
    begin = server.read(urljoin(path, init))
    with server.get(urljoin(path, media)) as answer:
        films.first_picture(io.BufferedReader(Joined(begin, answer)))


def _plain_frame(plain: Plain, segment: Segment) -> None:
    films.first_picture(io.BytesIO(plain(segment, READ)))


def _playlist_path(camera: CameraId, start: Instant) -> str:
    window = urlencode({"from": str(start), "to": str(start + DAY)})
    return f"/api/v1/cameras/{camera}/hls.m3u8?{window}"


def _drop_from_cache(folder: Path) -> None:
    """Make the system's cache of files forget all files of a folder."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _ms(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return round((time.perf_counter() - begun) * 1000, 1)


def _median(values: list[float]) -> float:
    return round(median(values), 1)
