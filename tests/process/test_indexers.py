"""Two `footage index` on one home share the cameras; one is killed, the other takes over."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from footage.clock import SystemClock
from footage.instant import Elapsed
from infra.config.loading import load_home
from infra.wiring import wired
from tests.common.builders import START, a_camera, a_district, a_site, at, during
from tests.common.marks import marked
from tests.common.tiny_films import small_film, store_film

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from footage.instant import Instant
    from infra.wiring import Parts

CAMERAS = frozenset({a_camera("camera-1").id, a_camera("camera-2").id})
CLOCK = SystemClock()
SETTINGS = {"FOOTAGE_INDEXING__LEASE": "4s"}


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    """A home with two cameras and a film of each."""
    with wired(load_home(tmp_path / "home")) as made:
        made.register.add_districts([a_district()])
        made.register.add_sites([a_site()])
        made.register.add_cameras([a_camera(camera) for camera in sorted(CAMERAS)])
        record(made, tmp_path, START)
        yield made


def record(parts: Parts, folder: Path, start: Instant) -> None:
    data = small_film(4)
    for camera in sorted(CAMERAS):
        segment = store_film(parts.store, folder, data, camera=camera, start=start)
        parts.catalogue.add_segments([segment])


@contextmanager
def indexing(parts: Parts) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "FOOTAGE_HOME": str(parts.home), **SETTINGS}
    command = [sys.executable, "-m", "infra.cli", "index"]
    with subprocess.Popen(command, env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


def until(condition: Callable[[], bool]) -> None:
    deadline = CLOCK.monotonic() + Elapsed.parse("100s")
    while not condition():
        assert CLOCK.monotonic() < deadline
        CLOCK.sleep(Elapsed.parse("50ms"))


def holders(parts: Parts) -> dict[str, str]:
    membership = parts.indexer_leases.membership()
    live = {node.id for node in membership.nodes if node.live}
    return {one.camera: one.node for one in membership.leases if one.node in live}


def nothing_waits(parts: Parts) -> bool:
    return not parts.catalogue.backlog(parts.encoder_digest)


@pytest.mark.slow
def test_a_killed_indexer_hands_its_cameras_to_the_other(parts: Parts, tmp_path: Path) -> None:
    with indexing(parts) as first:
        until(lambda: holders(parts).keys() == CAMERAS and nothing_waits(parts))
        (mine,) = set(holders(parts).values())
        with indexing(parts):
            until(lambda: len(set(holders(parts).values())) == len(CAMERAS))
            first.kill()  # SIGKILL: nothing is given back
            record(parts, tmp_path, at(60))
            until(lambda: nothing_waits(parts))
            assert mine not in holders(parts).values()
            assert holders(parts).keys() == CAMERAS
    window = during(0, 120)
    assert len(marked(parts.catalogue, parts.encoder_digest, CAMERAS, window)) == 2 * len(CAMERAS)
    looked_at = list(parts.catalogue.keyframes(CAMERAS, window))
    assert len({(each.segment, each.offset) for each in looked_at}) == len(looked_at) == 8
