"""Films of real footage, with sound and with H.265."""

from __future__ import annotations

import io
import itertools
from typing import TYPE_CHECKING

import av
import pytest

from footage.instant import Elapsed
from footage.ports import Scope
from tests.common.api_city import LENGTH, ApiCity
from tests.common.builders import a_camera, at

if TYPE_CHECKING:
    from pathlib import Path

MINUTE = Elapsed.parse("1m")


def _steps(film: io.BytesIO | str) -> list[float]:
    """Seconds from picture to picture."""
    with av.open(film, "r") as container:
        times = [frame.time for frame in container.decode(video=0)]
    return [round((b or 0) - (a or 0), 3) for a, b in itertools.pairwise(times)]


@pytest.mark.clips
@pytest.mark.parametrize("name", ["intel/car-detection.mp4", "onvif/test_h265.mp4"])
def test_a_film_of_all_segments_plays_as_what_came_in(
    city: ApiCity, clips: Path, name: str
) -> None:
    camera = a_camera("camera-4")
    city.parts.register.add_cameras([camera])
    city.parts.importer.ingest(clips / name, camera, at(0), length=LENGTH)
    stored = list(city.parts.catalogue.segments(Scope(cameras=frozenset([camera.id]))))
    assert len(stored) > 2
    window = {"from": str(at(0)), "to": str(at(0) + MINUTE)}
    answer = city.client.get("/api/v1/cameras/camera-4/video", params=window)
    assert answer.status_code == 200
    assert _steps(io.BytesIO(answer.content)) == _steps(str(clips / name))
