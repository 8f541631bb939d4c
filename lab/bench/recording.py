"""Measure streams per core and memory per stream of the recorder beside bare FFmpeg, over RTSP.

"Bare" is `ffmpeg -c copy -f segment` into plain MP4: no fragments, no digest, no spool, no store.
"Recorder" is the whole recorder with all its FFmpeg processes: segments are hashed, synced, stored
in a folder and entered in the catalogue. Both record the same cameras of 4 Mbit/s, in turns of one
run, so that a machine whose speed drifts slows both. Segments have the default length, and each
camera closes a segment while the recording is measured.

"Bare and hash" is bare FFmpeg plus `openssl dgst -sha256` over the same bytes: what evidence needs
at least, with the best SHA-256 of the machine.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from footage.clock import SystemClock
from footage.instant import Elapsed
from infra.media.ffmpeg_tool import find
from lab.bench.harness import Figure
from lab.bench.parts import films
from lab.bench.parts.procfs import family, pss_bytes, usage
from lab.servers import rtsp

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

CAMERAS: Final = (16, 64, 128)
ROUNDS: Final = 3
SETTLE_S: Final = 15.0
"""Wait before measuring, plus half a second per camera: all record, first segments are stored."""
LENGTH_S: Final = 60
MEASURED_S: Final = float(LENGTH_S)
"""Seconds measured: each camera closes its segment once."""
FILM: Final = Elapsed.parse("15m")
MEGA: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Measured:
    """Usage of a recording of all cameras, by the recorder or by bare FFmpeg.

    Attributes:
        cpu_s: CPU seconds per stream and second.
        pss: Proportional set size of all processes at the end, in bytes.
        media: Bytes of media stored while measured; 0 for bare FFmpeg.
        written: Bytes sent to the disk while measured.
        waits: Seconds from a segment's close until it was stored.
        hash_s: CPU seconds per stream and second that OpenSSL takes to hash the media.
    """

    cpu_s: float
    pss: int
    media: int = 0
    written: int = 0
    waits: tuple[float, ...] = ()
    hash_s: float = 0.0


def figures() -> list[Figure]:
    """Return the figures for each number of cameras; names without a number are of the largest."""
    found = []
    with tempfile.TemporaryDirectory() as folder, _cameras(Path(folder)) as urls:
        for count in CAMERAS:
            pairs = [_round(Path(folder) / f"{count}-{n}", urls[:count]) for n in range(ROUNDS)]
            found += _figures(count, pairs)
    return found


def _figures(count: int, pairs: list[tuple[Measured, Measured]]) -> list[Figure]:
    bare, recorder = [one for one, _ in pairs], [other for _, other in pairs]
    last = count == CAMERAS[-1]

    def figure(name: str, value: float, unit: str, against: str = "") -> list[Figure]:
        names = [f"{name}_{count}", *([name] if last else [])]
        return [Figure(each, round(value, 3), unit, len(pairs), against) for each in names]

    waits = sorted(wait for one in recorder for wait in one.waits)
    ratios = [b.cpu_s / o.cpu_s for b, o in pairs]
    hashed = [(b.cpu_s + o.hash_s) / o.cpu_s for b, o in pairs]
    return [
        *figure("streams_per_core_bare", _median(1 / one.cpu_s for one in bare), "streams"),
        *figure("streams_per_core", _median(1 / one.cpu_s for one in recorder), "streams"),
        *figure("streams_per_core_ratio", _median(ratios), "", "bare ffmpeg"),
        *figure("streams_per_core_ratio_hashed", _median(hashed), "", "bare ffmpeg and openssl"),
        *figure("memory_per_stream_bare_mb", _median(one.pss / count / MEGA for one in bare), "MB"),
        *figure("memory_per_stream_mb", _median(one.pss / count / MEGA for one in recorder), "MB"),
        *figure(
            "written_per_media", _median(one.written / one.media for one in recorder), "", "media"
        ),
        *figure("closed_to_stored_p99_s", waits[int(0.99 * len(waits))], "s"),
    ]


def _median(values: Iterator[float] | list[float]) -> float:
    return statistics.median(values)


def _round(folder: Path, urls: Sequence[str]) -> tuple[Measured, Measured]:
    folder.mkdir()
    pair = _with_bare_ffmpeg(folder / "bare", urls), _with_recorder(folder / "recorder", urls)
    shutil.rmtree(folder)
    return pair


def _with_bare_ffmpeg(folder: Path, urls: Sequence[str]) -> Measured:
    folder.mkdir()
    running = []
    for number, url in enumerate(urls):
        out = folder / f"{number}-%06d.mp4"
        argv = [str(find().path), "-nostdin", "-v", "error", "-rtsp_transport", "tcp", "-i", url]
        argv += ["-map", "0:v:0", "-c", "copy", "-f", "segment"]
        argv += ["-segment_time", str(LENGTH_S), str(out)]
        running.append(subprocess.Popen(argv, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE))
    try:
        return _measure([child.pid for child in running], len(urls))
    finally:
        for child in running:
            child.kill()
            child.communicate()


def _with_recorder(folder: Path, urls: Sequence[str]) -> Measured:
    folder.mkdir()
    argv = [sys.executable, "-m", "lab.bench.parts.recorder_process", str(folder)]
    argv += [f"{LENGTH_S}s", *urls]
    with (folder / "log").open("wb") as log:
        child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        found = _measure([child.pid], len(urls), folder / "store")
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(90)
    waits = json.loads((folder / "waits.json").read_text())
    return replace(
        found,
        waits=tuple(w / MEGA for w in waits),
        hash_s=_hash_s_per_byte(folder / "store") * found.media / MEASURED_S / len(urls),
    )


def _hash_s_per_byte(store: Path) -> float:
    """Return the CPU seconds that `openssl dgst -sha256` takes for a byte of stored segments.

    Raises:
        RuntimeError: OpenSSL's command is not installed.
    """
    openssl = shutil.which("openssl")
    if openssl is None:
        raise RuntimeError("needs the command openssl")
    files = [str(path) for path in store.rglob("*.mp4")]
    before = os.times()
    subprocess.run([openssl, "dgst", "-sha256", *files], check=True, capture_output=True)
    after = os.times()
    spent = after.children_user + after.children_system
    return (spent - before.children_user - before.children_system) / _bytes(store)


def _measure(roots: Sequence[int], count: int, store: Path | None = None) -> Measured:
    """Measure CPU time and bytes written over `MEASURED_S` seconds, and memory at the end.

    Raises:
        RuntimeError: Fewer processes than cameras run below `roots`.
    """
    time.sleep(SETTLE_S + count / 2)
    looked = [pid for root in roots for pid in family(root)]
    if len(looked) < count:
        raise RuntimeError(f"{len(looked)} processes record {count} cameras")
    before, stored, begun = usage(looked), _bytes(store), time.monotonic()
    time.sleep(MEASURED_S)
    spent, seconds = usage(looked).since(before), time.monotonic() - begun
    media = _bytes(store) - stored
    return Measured(spent.cpu_s / seconds / count, pss_bytes(looked), media, spent.written)


def _bytes(store: Path | None) -> int:
    return sum(p.stat().st_size for p in store.rglob("*.mp4")) if store and store.exists() else 0


@contextmanager
def _cameras(folder: Path) -> Iterator[list[str]]:
    """Serve cameras of 4 Mbit/s and 25 frames/s over RTSP; yield the URL of each.

    Raises:
        RuntimeError: GStreamer's RTSP server is not installed.
    """
    python = rtsp.find()
    if python is None:
        raise RuntimeError("needs GStreamer's RTSP server: make servers")
    minute = folder / "minute.mp4"
    films.write_padded_film(minute, "1280x720", 60)
    film = rtsp.looped(minute, folder / "film.mp4", FILM)
    server = rtsp.start(python, folder / "rtsp", clock=SystemClock())
    try:
        yield [server.add(f"/cam/{n}", film, rtsp.Codec.H264) for n in range(max(CAMERAS))]
    finally:
        server.child.stop()
