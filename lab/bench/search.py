"""Measure the time of a search in a new process, with the whole city in the register."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lab.bench.harness import RUNS, Figure, median, seconds
from lab.demo.city import CITY_CSV
from lab.demo.film_writer import write_film

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE = 5
START = "2026-11-22T15:00:00Z"
CAMERAS = ("dik-001-1", "bnu-003-1", "lkm-005-1")


def figures() -> list[Figure]:
    """Return the seconds from start to end of a search process: model and indexes not yet loaded.

    One figure searches the whole city, one only the three cameras with recordings.
    """
    with tempfile.TemporaryDirectory() as folder:
        home = {"FOOTAGE_HOME": folder}
        _fill(Path(folder), home)
        question = [
            *_footage("search"),
            "a red car",
            "--from",
            START,
            "--to",
            "2026-11-22T16:00:00Z",
        ]
        city = [seconds(question, home) for _ in range(RUNS)]
        three = [word for camera in CAMERAS for word in ("--camera", camera)]
        few = [seconds([*question, *three], home) for _ in range(RUNS)]
    return [
        Figure("search_city_s", median(city), "s", RUNS),
        Figure("search_three_cameras_s", median(few), "s", RUNS),
    ]


def _footage(*words: str) -> list[str]:
    return [sys.executable, "-m", "infra.cli", *words]


def _fill(folder: Path, home: dict[str, str]) -> None:
    film = folder / "film.mp4"
    _film(film)
    seconds(_footage("cameras", "import", str(CITY_CSV)), home)
    for camera in CAMERAS:
        seconds(_footage("ingest", str(film), "--camera", camera, "--start", START), home)
    seconds(_footage("index", "--once"), home)


def _film(path: Path) -> None:
    """Write a film of a minute, a block crossing a still street; the content does not matter."""
    pictures = (_picture(number) for number in range(60 * RATE))
    write_film(path, pictures, size=(640, 360), rate=RATE, group=2 * RATE)


def _picture(number: int) -> NDArray[np.uint8]:
    picture = np.full((360, 640, 3), 110, np.uint8)
    left = number * 3 % 600
    picture[200:260, left : left + 40] = (200, 30, 30)
    return picture
