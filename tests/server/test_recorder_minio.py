"""The store hangs while cameras are recorded: nothing is lost, the spool drains afterwards."""

from __future__ import annotations

import secrets
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from footage.digest import Digest
from footage.ids import CameraId
from footage.instant import Elapsed
from footage.span import GapReason
from infra.objects.minio_store import MinioStore
from recorder.events import SegmentSpooled
from recorder.options import Options
from tests.common.builders import a_camera
from tests.common.recording import Studio, make_film, tools

if TYPE_CHECKING:
    from pathlib import Path

    from lab.servers.minio import Minio
    from lab.servers.minio_cluster import MinioCluster
    from recorder.events import Event

pytestmark = [pytest.mark.server, pytest.mark.slow]
ONE = CameraId("camera-1")
OUTAGE_SEGMENTS = 10  # of 2 s each
LENGTH = Elapsed.parse("2s")


def test_a_store_that_hangs_delays_and_loses_nothing(
    tmp_path: Path, minio_server: Minio | MinioCluster
) -> None:
    """SIGSTOP: connections are accepted and never answered, the worst way to be down."""
    studio = Studio(tmp_path / "spool", tools()[0])
    studio.store = MinioStore(
        minio_server.endpoint,
        f"spool-{secrets.token_hex(6)}",
        minio_server.access_key,
        minio_server.secret_key,
        secure=False,
        clock=studio.clock,
    )
    film = make_film(tmp_path / "film.mp4")
    spooled = 0

    def pause_and_resume(event: Event) -> None:
        nonlocal spooled
        studio.events.append(event)
        if not isinstance(event, SegmentSpooled):
            return
        spooled += 1
        if spooled == 2:
            minio_server.pause()
        if spooled == 2 + OUTAGE_SEGMENTS:
            minio_server.resume()
        if spooled == 4 + OUTAGE_SEGMENTS:
            recorder.stop()

    options = Options(length=LENGTH, flush=Elapsed.parse("2m"))
    recorder = studio.recorder(options, pause_and_resume)
    try:
        summary = recorder.record([a_camera(source=str(film))], Elapsed.parse("2m"))
    finally:
        minio_server.resume()

    assert summary.pending == 0
    segments = studio.segments(ONE)
    assert len(segments) >= 2 + OUTAGE_SEGMENTS
    assert len({segment.run for segment in segments}) == 1  # recording never noticed
    assert {gap.reason for gap in studio.gaps(ONE)} == {GapReason.RECORDER_DOWN}
    for former, later in pairwise(segments):
        assert later.interval.start == former.interval.end
    for segment in segments:
        assert Digest.of(studio.store.get(segment.key)) == segment.digest
    assert studio.left_in_spool() == []
