"""Measure what evidence costs: a bundle against a plain copy, the ledger, the custody log.

The export is of ten minutes of a camera, 4 Mbit/s, as `footage export` makes a bundle: every byte
hashed and compared, proofs of the ledger, signature, report, stills, sums. Beside it, in turn,
FFmpeg copies the same segments into one film and hashes nothing.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import tempfile
import time
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from footage.action import Purpose
from footage.camera import Camera, District, Site
from footage.camera_signature import kind_in
from footage.clock import SystemClock
from footage.digest import Digest
from footage.ids import CameraId, DistrictId, SiteId
from footage.instant import Interval
from footage.leaf import draft_of
from footage.place import Point
from infra.config.settings import Settings
from infra.media.ffmpeg_tool import find
from infra.run.ledger_upkeep import ensure_keys
from infra.wiring import Parts
from lab.bench import custody, ledger
from lab.bench.harness import Figure, median
from lab.bench.parts.city_day import LENGTH, segments_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from footage.segment import Segment

MINUTES: Final = 10
RUNS: Final = 5
_CAMERA: Final = CameraId("camera-1")
_RATE: Final = "4M"


def figures() -> list[Figure]:
    """Return the ratio of an export to a plain copy, and the figures of ledger and custody log."""
    with tempfile.TemporaryDirectory() as folder:
        exported = _exports(Path(folder))
    return [*exported, *ledger.figures(), *custody.figures()]


def _exports(folder: Path) -> list[Figure]:
    film, clock = folder / "film.mp4", SystemClock()
    _film(film)
    home = folder / "home"
    parts = Parts(Settings(home=home, cache=folder / "cache", actor="bench"), clock)
    try:
        keys, asked = _stored(parts, film)
        listed = folder / "list.txt"
        paths = [home / "store" / "objects" / key for key in keys]
        listed.write_text("".join(f"file '{path}'\n" for path in paths), "utf-8")
        plain, bundle, bundle_cpu, plain_cpu = [], [], [], []
        for number in range(RUNS + 1):
            copied, copied_cpu = _taken(lambda: _concat(listed, folder / "copy.mp4"))
            out = folder / f"bundle-{number}"
            made, made_cpu = _taken(lambda: _bundle(parts, asked, out))  # noqa: B023 - called here
            shutil.rmtree(out)
            if number:  # the first warms both up
                plain.append(copied)
                plain_cpu.append(copied_cpu)
                bundle.append(made)
                bundle_cpu.append(made_cpu)
    finally:
        parts.close()
    about = f"{MINUTES} segments of {film.stat().st_size / 1e6:.1f} MB, in turn with the copy"
    ratio = median([a / b for a, b in zip(bundle, plain, strict=True)])
    cpu = median([a / b for a, b in zip(bundle_cpu, plain_cpu, strict=True)])
    return [
        Figure("export_ratio", round(ratio, 2), "x", RUNS, "ffmpeg -f concat -c copy"),
        Figure("export_cpu_ratio", round(cpu, 2), "x CPU", RUNS, "ffmpeg -f concat -c copy"),
        Figure("export_s", median(bundle), "s", RUNS, about),
        Figure("export_cpu_s", median(bundle_cpu), "CPU s", RUNS, about),
        Figure("concat_copy_s", median(plain), "s", RUNS, about),
        Figure("concat_copy_cpu_s", median(plain_cpu), "CPU s", RUNS, about),
    ]


def _taken(act: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds of an act, and those of CPU of this process and of those it began."""
    begun, cpu = time.perf_counter(), _cpu()
    act()
    return time.perf_counter() - begun, _cpu() - cpu


def _cpu() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def _ffmpeg(argv: Sequence[str]) -> None:
    subprocess.run([str(find().path), "-v", "error", "-y", *argv], check=True)


def _film(path: Path) -> None:
    """Make a minute of noise at 4 Mbit/s, as a recorder stores it."""
    seconds = str(LENGTH.us // 1_000_000)
    source = "nullsrc=s=640x360:r=25,geq=random(1)*255:128:128"
    rate = ("-b:v", _RATE, "-minrate", _RATE, "-maxrate", _RATE, "-bufsize", _RATE)
    coded = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "50", *rate)
    fragments = ("-movflags", "+frag_keyframe+empty_moov+default_base_moof")
    _ffmpeg(["-f", "lavfi", "-i", source, "-t", seconds, *coded, *fragments, str(path)])


def _concat(listed: Path, out: Path) -> None:
    _ffmpeg(["-f", "concat", "-safe", "0", "-i", str(listed), "-c", "copy", str(out)])


def _stored(parts: Parts, film: Path) -> tuple[list[str], Interval]:
    """Store the segments, with leaves in the ledger under a signed checkpoint."""
    district, site = DistrictId("district-1"), SiteId("site-1")
    parts.register.add_districts([District(district, "District 1")])
    parts.register.add_sites([Site(site, "Site 1", district, Point(31.83, 70.90))])
    camera = Camera(_CAMERA, "Camera 1", site, district, Point(31.83, 70.90))
    parts.register.add_cameras([camera])
    size, digest = film.stat().st_size, Digest.of_file(film)
    segments: list[Segment] = [
        replace(
            segment,
            size_bytes=size,
            digest=digest,
            media=replace(segment.media, signed=kind_in(film)),
        )
        for segment in islice(segments_of(camera, 1), MINUTES)
    ]
    for segment in segments:
        parts.store.put(segment.key, film, digest, {})
    parts.catalogue.add_segments(segments)
    ensure_keys(parts)
    parts.ledger.append([draft_of(one, stored=parts.clock.now()) for one in segments])
    parts.ledger_keeper().round(at_once=True)
    time_of_all = Interval(segments[0].interval.start, segments[-1].interval.end)
    return [segment.key for segment in segments], time_of_all


def _bundle(parts: Parts, asked: Interval, out: Path) -> None:
    done = parts.exporter.export([_CAMERA], asked, out, Purpose("bench", "FIR 211/2026", "robbery"))
    if done.segments != MINUTES or done.unsealed:
        raise RuntimeError(f"not the bundle that was to be measured: {done}")
