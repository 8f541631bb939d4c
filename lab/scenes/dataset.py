"""Render training pictures for the encoder: `python -m lab.scenes.dataset OUT.npz --frames N`.

Arrays of the file (n pictures of S x S, ids are places in `kinds`, `colours`, `lights`):
  pictures        uint8 [n, S, S, 3]  RGB
  is_frame        bool [n]            whole frame (True) or crop
  kind, colour    int8 [n]            of the largest subject, -1 on background
  light           int8 [n]
  subject_kind, subject_colour  int8 [n, 6]     largest first, padded with -1
  subject_share   float32 [n, 6]      visible pixels over the picture's area
  subject_x       float32 [n, 6]      middle of the subject, 0 left .. 1 right of the picture
  scene           int32 [n]           number of the street layout
  kinds, colours, lights        the words of classes, colours and kinds of light

Preprocessing, which the encoder must repeat at run time: take the RGB frame (640 x 360), cut the
region, and squash the region to S x S without keeping its shape, by Pillow's
`Image.resize((S, S), Image.Resampling.BILINEAR, box=...)` (a triangle filter over the whole
support when reducing, so not the four-pixel bilinear of torch or OpenCV). Whole frames likewise.
A frame carries the films' stamp (strip in the top rows, clock in the lower corner) and went
through JPEG of quality 30-90 before, as a stand-in for low-bit-rate H.264.
Train and test share no seed and hence no street, camera or light.
"""

import argparse
import logging
import multiprocessing
import random
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lab.scenes.crops import SUBJECTS, crops_of, subjects_in
from lab.scenes.palette import COLOURS, KINDS, LIGHTS, Light
from lab.scenes.panda_renderer import PandaRenderer, Shown
from lab.scenes.placing import strewn
from lab.scenes.seeds import seeded
from lab.scenes.stamp import burn
from lab.scenes.street import make_street, make_view
from lab.scenes.street_mesh import street_parts
from lab.scenes.truth import Seen, seen_movers
from lab.scenes.view import Box, View
from lab.scenes.weather import Lens, compressed, sky_of

FRAMES_PER_SCENE = 8
LIGHT_WEIGHTS = (5, 2, 3, 1, 1)
COUNT_WEIGHTS = (20, 28, 26, 16, 10)
WHOLE = Box(0.0, 0.0, 1.0, 1.0)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Options of a data set: number of frames, seed, split, side of pictures, frames kept whole."""

    frames: int
    seed: int
    split: str
    size: int = 72
    whole_share: float = 0.42


@dataclass(frozen=True, slots=True)
class Row:
    """A picture with its labels.

    Attributes:
        light: Place in `LIGHTS`.
        scene: Number of the street layout.
        subjects: (class, colour, share of the picture, middle in x) of each, largest first.
    """

    picture: NDArray[np.uint8]
    is_frame: bool
    light: int
    scene: int
    subjects: tuple[tuple[int, int, float, float], ...]


def render_scene(renderer: PandaRenderer, wanted: Wanted, scene: int) -> list[Row]:
    """Render a street with a camera and a light; return all pictures cut from the frames."""
    rng = seeded(wanted.split, wanted.seed, scene)
    street = make_street(rng)
    view = make_view(rng, street)
    light = rng.choices(LIGHTS, LIGHT_WEIGHTS)[0]
    sky = sky_of(light, rng)
    renderer.set_scene(street_parts(street, lamps_on=sky.lamps_on), view, sky)
    lens = Lens(sky, seed=rng.randrange(1 << 30))
    rows: list[Row] = []
    for number in range(FRAMES_PER_SCENE):
        count = rng.choices((1, 2, 3, 4, 5), COUNT_WEIGHTS)[0]
        placed = strewn(rng, street, view, count)
        picture, seen = _shot(renderer, view, lens, [Shown(*p) for p in placed], number)
        picture = picture.copy()
        burn(picture, rng.randrange(60_000), "camera")
        frame = Image.fromarray(compressed(picture, rng.randint(30, 90)))
        rows += _cut(frame, seen, rng, wanted, (light, scene))
    return rows


def _shot(
    renderer: PandaRenderer, view: View, lens: Lens, shown: Sequence[Shown], number: int
) -> tuple[NDArray[np.uint8], tuple[Seen, ...]]:
    picture = lens.apply(renderer.picture(shown), number)
    ids = renderer.ids(shown)
    return picture, seen_movers(ids, [(s.mover, s.pose) for s in shown], view)


def _cut(
    frame: Image.Image,
    seen: Sequence[Seen],
    rng: random.Random,
    wanted: Wanted,
    where: tuple[Light, int],
) -> list[Row]:
    cuts = [(c.box, c.subjects, False) for c in crops_of(seen, rng)]
    if rng.random() < wanted.whole_share:
        cuts.append((WHOLE, subjects_in(WHOLE, seen), True))
    light, scene = LIGHTS.index(where[0]), where[1]
    return [
        Row(
            squashed(frame, box, wanted.size),
            is_frame,
            light,
            scene,
            tuple(_subject(seen[i], share, box) for i, share in subjects),
        )
        for box, subjects, is_frame in cuts
    ]


def squashed(frame: Image.Image, box: Box, size: int) -> NDArray[np.uint8]:
    """Cut `box` (whole pixels) out of `frame` and squash the cut: uint8 [size, size, 3]."""
    wide, high = frame.size
    cut = (round(box.x0 * wide), round(box.y0 * high), round(box.x1 * wide), round(box.y1 * high))
    return np.asarray(frame.resize((size, size), Image.Resampling.BILINEAR, box=cut))


def _subject(seen: Seen, share: float, box: Box) -> tuple[int, int, float, float]:
    middle = ((seen.box.x0 + seen.box.x1) / 2 - box.x0) / (box.x1 - box.x0)
    return KINDS.index(seen.mover.kind), COLOURS.index(seen.mover.colour), share, middle


def packed(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the rows as the arrays of the file (see the module), without the word lists."""
    n = len(rows)
    ids = np.full((2, n, SUBJECTS), -1, np.int8)
    parts = np.zeros((2, n, SUBJECTS), np.float32)
    for r, row in enumerate(rows):
        for s, (kind, colour, share, middle) in enumerate(row.subjects):
            ids[:, r, s] = kind, colour
            parts[:, r, s] = share, middle
    return {
        "pictures": np.stack([row.picture for row in rows]),
        "is_frame": np.array([row.is_frame for row in rows]),
        "kind": ids[0, :, 0].copy(),
        "colour": ids[1, :, 0].copy(),
        "light": np.array([row.light for row in rows], np.int8),
        "subject_kind": ids[0],
        "subject_colour": ids[1],
        "subject_share": parts[0],
        "subject_x": parts[1],
        "scene": np.array([row.scene for row in rows], np.int32),
    }


def _part(wanted: Wanted, scenes: range, out: Path) -> Path:
    """Render some scenes in this process and write the arrays to `out` (.npz)."""
    renderer = PandaRenderer()
    rows: list[Row] = []
    for scene in scenes:
        rows += render_scene(renderer, wanted, scene)
    renderer.close()
    np.savez(out, **packed(rows))
    return out


def generate(wanted: Wanted, out: Path, *, workers: int = 2) -> int:
    """Render all scenes in `workers` processes and write `out`; return the number of pictures.

    The pictures depend on `wanted` alone; the order of pictures depends on `workers` too.
    """
    scenes = -(-wanted.frames // FRAMES_PER_SCENE)
    with (
        tempfile.TemporaryDirectory(dir=out.parent) as folder,
        ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool,
    ):
        jobs = [
            pool.submit(_part, wanted, range(w, scenes, workers), Path(folder) / f"{w}.npz")
            for w in range(workers)
        ]
        loaded = [np.load(job.result()) for job in jobs]
        arrays: dict[str, Any] = {
            name: np.concatenate([p[name] for p in loaded]) for name in loaded[0].files
        }
    words = {"kinds": KINDS, "colours": COLOURS, "lights": LIGHTS}
    named: dict[str, Any] = {
        name: np.array([w.value for w in values]) for name, values in words.items()
    }
    partial = out.with_suffix(".partial.npz")
    np.savez(partial, **arrays, **named)
    partial.rename(out)
    return len(arrays["kind"])


def main() -> None:
    """Render a data set as the command line says."""
    parser = argparse.ArgumentParser(description="Render training pictures.")
    parser.add_argument("out", type=Path)
    parser.add_argument("--frames", type=int, default=16_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--split", choices=("train", "test"), default="train")
    parser.add_argument("--size", type=int, default=72)
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO)
    wanted = Wanted(frames=given.frames, seed=given.seed, split=given.split, size=given.size)
    count = generate(wanted, given.out, workers=given.workers)
    _log.info("%d pictures in %s", count, given.out)


if __name__ == "__main__":
    main()
