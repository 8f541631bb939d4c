"""Measure keyframes indexed per core second beside a naive pipeline with the same encoder.

The whole `Indexer.run_once` on the embedded stores is measured in processor time: reading,
decoding, judging, encoding and publishing. The naive pipeline decodes every frame and encodes one
every two seconds whole, and writes nothing. Both look at the same segments of 30 s, in turns of one
run. The films are made of a real clip (cars on a road) where there is one, else of drawn blocks:
1080p at 4 Mbit/s and 640x360 at 0.8 Mbit/s, one in which every keyframe changes and one that moves
for 10 % of the time and else stands still but for noise. The 360p film is measured once more with a
keyframe each 12 s, as cameras to save bandwidth send: five pictures between are looked at, and all
are decoded. There the rates count pictures looked at.
"""

from __future__ import annotations

import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from footage.keyframe import Gate
from footage.picture import Picture
from infra.config import loading
from infra.wiring import wired
from lab.bench.harness import Figure, median, seconds
from lab.bench.parts import films
from lab.demo.city import CITY_CSV

if TYPE_CHECKING:
    from collections.abc import Callable

    from footage.segment import Segment
    from infra.wiring import Parts
    from lab.bench.parts.films import Pixels

CLIP: Final = Path("..") / "shared" / "clips" / "intel" / "car-detection.mp4"
CAMERAS: Final = ("dik-001-1", "bnu-003-1", "lkm-005-1")
ROUNDS: Final = 3
LENGTH_S: Final = 30
SIZES: Final = {"1080p": ((1920, 1080), 4_000_000), "360p": ((640, 360), 800_000)}
LONG_S: Final = 12
"""Seconds between keyframes of the film of `..._long`."""
CHANGES: Final = {"10": films.mostly_still, "100": films.moving}
START: Final = "2026-11-22T15:00:00Z"


def figures() -> list[Figure]:
    """Return keyframes per core second of both pipelines, their ratio, and the share embedded."""
    found: list[Figure] = []
    for size, (pixels, bits) in SIZES.items():
        frames = _frames(pixels)
        for change, cut in CHANGES.items():
            with tempfile.TemporaryDirectory() as folder:
                film = Path(folder) / "film.mp4"
                films.write_film(film, cut(frames, LENGTH_S), pixels, bits)
                found += _of_film(Path(folder), film, f"{size}_{change}")
    pixels, bits = SIZES["360p"]
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "film.mp4"
        still = films.mostly_still(_frames(pixels), LENGTH_S)
        films.write_film(film, still, pixels, bits, group_s=LONG_S)
        found += _of_film(Path(folder), film, "360p_10_long")
    return found


def _frames(size: tuple[int, int]) -> list[Pixels]:
    return films.clip_frames(CLIP, size) if CLIP.exists() else films.drawn_frames(size)


def _of_film(folder: Path, film: Path, name: str) -> list[Figure]:
    home = {"FOOTAGE_HOME": str(folder / "home")}
    footage = [sys.executable, "-m", "infra.cli"]
    seconds([*footage, "cameras", "import", str(CITY_CSV)], home)
    for camera in CAMERAS:
        seconds([*footage, "ingest", str(film), "--camera", camera, "--start", START], home)
    settings = loading.load().model_copy(update={"home": folder / "home"})
    with wired(settings) as parts:
        segments = list(parts.catalogue.segments())
        _index(parts, segments)  # warm-up: models and indexes are opened
        rounds = [(_index(parts, segments), _naive(parts, segments[0])) for _ in range(ROUNDS)]
    ours, naive = [rate for (rate, _), _ in rounds], [rate for _, rate in rounds]
    ratios = [a / b for a, b in zip(ours, naive, strict=True)]
    against = f"naive_keyframes_per_core_s_{name}"
    return [
        Figure(f"index_keyframes_per_core_s_{name}", median(ours), "1/s", ROUNDS),
        Figure(against, median(naive), "1/s", ROUNDS),
        Figure(f"index_to_naive_{name}", median(ratios), "1", ROUNDS, against),
        Figure(f"index_embedded_share_{name}", round(rounds[0][0][1], 3), "1", 1),
    ]


def _index(parts: Parts, segments: list[Segment]) -> tuple[float, float]:
    """Index all segments anew; return keyframes per core second and the share embedded."""
    keys = [segment.key for segment in segments]
    parts.catalogue.unmark_indexed(keys)
    indexer = replace(parts.indexer)
    begun = time.process_time()
    report = indexer.run_once()
    spent = time.process_time() - begun
    embedded = report.keyframes - report.gates[Gate.UNCHANGED]
    return report.keyframes / spent, embedded / report.keyframes


def _naive(parts: Parts, segment: Segment) -> float:
    """Return keyframes per core second when all frames are decoded and one each 2 s is encoded."""
    encode: Callable[[list[Picture]], object] = parts.encoder.encode_pictures
    begun, count = time.process_time(), 0
    for pixels in films.pictures_by_full_decode(parts.store.get(segment.key)):
        encode([_picture(pixels)])
        count += 1
    return count / (time.process_time() - begun)


def _picture(pixels: Pixels) -> Picture:
    return Picture(pixels.shape[1], pixels.shape[0], pixels.tobytes())
