"""Render and encode the films of a scenario: an MP4 per camera, cached by the scenario's truth.

640 x 360, 10 pictures a second, H.264 with a keyframe every 2 s, stamped (`lab.scenes.stamp`).
A cache folder holds a finished folder per scenario. The finished folder appears by a rename, so a
crash leaves only a `.partial-` folder behind, which nothing reads.
"""

import hashlib
import multiprocessing
import queue
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lab.demo.film_writer import write_film
from lab.demo.scenario import KEYFRAME_MS, CameraPlan, Scenario
from lab.demo.truth import truth_of
from lab.scenes.panda_renderer import PandaRenderer, Shown
from lab.scenes.seeds import seeded
from lab.scenes.stamp import burn
from lab.scenes.street_mesh import street_parts
from lab.scenes.weather import Lens, sky_of

FILM_VERSION = 1
"""Version of the renderer's output; raised whenever the same scenario would give other pictures.

Cache folders of older versions stay unused.
"""
SIZE = (640, 360)
RATE = 10
FRAME_MS = 1000 // RATE
REPORT_EVERY = 20
TRUTH_FILE = "truth.json"

Progress = Callable[[int, int], None]
"""Called with the pictures finished so far and the number of all."""


@dataclass(frozen=True, slots=True)
class Films:
    """Finished films: the folder, the file of each camera, and the file with the truth."""

    folder: Path
    files: Mapping[str, Path]
    truth: Path


class _Steps(Protocol):
    """Queue through which a worker process reports the number of pictures just finished."""

    def put(self, item: int, /) -> None: ...


def render_films(
    scenario: Scenario, cache: Path, *, workers: int = 2, progress: Progress | None = None
) -> Films:
    """Return the films of all cameras of `scenario` below `cache`; render missing films first.

    Two callers at once both render; the folder of the first to finish is kept and returned to both.

    Raises:
        Unavailable: the encoder or the disk refused.
    """
    truth = truth_of(scenario)
    name = f"films-v{FILM_VERSION}-{scenario.seed}-{hashlib.sha256(truth).hexdigest()[:16]}"
    done = cache / name
    if not (done / TRUTH_FILE).exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            dir=cache, prefix=".partial-", ignore_cleanup_errors=True
        ) as made:
            folder = Path(made) / name
            folder.mkdir()
            _render_all(scenario, folder, workers, progress or _silent)
            (folder / TRUTH_FILE).write_bytes(truth)
            _keep(folder, done)
    files = {plan.camera: done / _file_name(plan) for plan in scenario.cameras}
    return Films(done, MappingProxyType(files), done / TRUTH_FILE)


def film_pictures(
    renderer: PandaRenderer, plan: CameraPlan, duration_ms: int
) -> Iterator[NDArray[np.uint8]]:
    """Yield the pictures of a camera's film, stamped, ready to encode: RGB [360, 640, 3] each."""
    sky = sky_of(plan.light, seeded(plan.seed))
    parts = street_parts(plan.street, lamps_on=sky.lamps_on)
    renderer.set_scene(parts, plan.view, sky)
    lens = Lens(sky, seed=plan.seed)
    for number, ms in enumerate(range(0, duration_ms, FRAME_MS)):
        poses = ((t.mover, t.path.pose(ms)) for t in plan.tracks)
        shown = [Shown(mover, pose) for mover, pose in poses if pose is not None]
        picture = lens.apply(renderer.picture(shown), number)
        burn(picture, ms, plan.camera)
        yield picture


def _render_all(scenario: Scenario, folder: Path, workers: int, progress: Progress) -> None:
    total = len(scenario.cameras) * len(range(0, scenario.duration_ms, FRAME_MS))
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, ProcessPoolExecutor(workers, context) as pool:
        steps = manager.Queue()
        jobs = [
            pool.submit(
                _render_some, scenario.cameras[w::workers], scenario.duration_ms, folder, steps
            )
            for w in range(workers)
        ]
        _follow(jobs, steps, total, progress)
        for job in jobs:
            job.result()


def _follow(
    jobs: list[Future[None]], steps: "queue.Queue[int]", total: int, progress: Progress
) -> None:
    """Report progress until every job has ended."""
    finished = 0
    while not all(job.done() for job in jobs):
        try:
            finished += steps.get(timeout=0.5)
        except queue.Empty:
            continue
        progress(finished, total)


def _render_some(
    plans: tuple[CameraPlan, ...], duration_ms: int, folder: Path, steps: _Steps
) -> None:
    """Render the films of some cameras in turn; runs in a worker process."""
    renderer = PandaRenderer(*SIZE)
    for plan in plans:
        pictures = _counted(film_pictures(renderer, plan, duration_ms), steps)
        write_film(
            folder / _file_name(plan), pictures, size=SIZE, rate=RATE, group=KEYFRAME_MS // FRAME_MS
        )
    renderer.close()


def _counted(pictures: Iterator[NDArray[np.uint8]], steps: _Steps) -> Iterator[NDArray[np.uint8]]:
    number = 0
    for number, picture in enumerate(pictures, start=1):
        yield picture
        if number % REPORT_EVERY == 0:
            steps.put(REPORT_EVERY)
    steps.put(number % REPORT_EVERY)


def _keep(folder: Path, done: Path) -> None:
    """Move the finished `folder` to `done`, unless another process was faster."""
    try:
        folder.rename(done)
    except OSError:
        if not (done / TRUTH_FILE).exists():
            raise


def _file_name(plan: CameraPlan) -> str:
    return f"{plan.camera}.mp4"


def _silent(_finished: int, _total: int) -> None:
    """Ignore progress: the default where the caller gives no callback."""
