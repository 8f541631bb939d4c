"""Films: keyframes where the truth expects them, stamps that read back, a cache that is whole."""

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from footage.errors import Unavailable
from lab.demo.film_writer import write_film
from lab.demo.films import TRUTH_FILE, render_films
from lab.demo.scenario import make_scenario
from lab.demo.truth import truth_of
from lab.scenes.stamp import read

CAMERAS = tuple(f"camera-{i}" for i in range(1, 7))


@pytest.mark.slow
def test_films_are_rendered_stamped_and_cached(tmp_path: Path) -> None:
    scenario = replace(make_scenario(5, CAMERAS), duration_ms=4200, planted=())
    steps: list[tuple[int, int]] = []
    films = render_films(
        scenario, tmp_path, progress=lambda done, total: steps.append((done, total))
    )
    assert films.truth.read_bytes() == truth_of(scenario)
    for camera in CAMERAS:
        with av.open(str(films.files[camera])) as film:
            frames = list(film.decode(video=0))
        pictures = [f.to_ndarray(format="rgb24").astype(np.uint8) for f in frames]
        assert [read(p) for p in pictures] == list(range(0, 4200, 100))
        assert [i for i, f in enumerate(frames) if f.key_frame] == [0, 20, 40]
        assert (frames[0].width, frames[0].height) == (640, 360)
    assert steps[-1][1] == 6 * 42
    assert [p.name for p in tmp_path.iterdir()] == [films.folder.name]
    written = films.truth.stat().st_mtime_ns
    again = render_films(scenario, tmp_path)
    assert again == films
    assert again.truth.name == TRUTH_FILE
    assert again.truth.stat().st_mtime_ns == written


def test_a_film_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    pictures = [np.zeros((36, 64, 3), np.uint8)]
    with pytest.raises(Unavailable, match=r"lost.*\.mp4"):
        write_film(tmp_path / "lost" / "x.mp4", pictures, size=(64, 36), rate=10, group=20)
