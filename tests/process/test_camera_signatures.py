"""Signatures that a camera puts into its stream: found, stored, exported, and never removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from evidence import verify
from footage.camera_signature import SignedBy, kind_of, signatures
from footage.ids import CameraId
from footage.instant import Elapsed
from recorder.imports.cut import Cutting
from recorder.imports.plan import Stated
from tests.common.builders import a_camera
from tests.common.import_films import TEN
from tests.common.import_surroundings import CAMERAS, ImportSurroundings
from tests.common.recording import Studio, tools
from tests.common.signed_films import signed_film
from tests.common.stored import footage_in

if TYPE_CHECKING:
    from pathlib import Path

KINDS = [SignedBy.ONVIF, SignedBy.AXIS, SignedBy.NONE]
CODECS = ["h264", "hevc"]


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path / "spool", tools()[0])


def count(data: bytes, kind: SignedBy) -> int:
    return 0 if kind is SignedBy.NONE else len(list(signatures(data, kind)))


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("kind", KINDS)
def test_an_import_keeps_each_signature_and_says_the_kind(
    studio: Studio, tmp_path: Path, kind: SignedBy, codec: str
) -> None:
    film = signed_film(tmp_path / "film.mp4", kind, codec)
    there = count(film.read_bytes(), kind)
    assert there == (0 if kind is SignedBy.NONE else 6)
    with ImportSurroundings(studio).importer().camera(CAMERAS[CameraId("camera-1")]) as session:
        session.take(film, Stated(TEN, "by hand"), Cutting(Elapsed.parse("2s")))
    segments = studio.segments(CameraId("camera-1"))
    assert len(segments) > 1
    assert {segment.media.signed for segment in segments} == {kind.value}
    stored = [studio.store.get(one.key) for one in footage_in(studio.store)]
    assert sum(count(data, kind) for data in stored) == there


@pytest.mark.parametrize("kind", KINDS)
def test_recording_keeps_each_signature_and_clips_do_too(
    studio: Studio, tmp_path: Path, kind: SignedBy
) -> None:
    film = signed_film(tmp_path / "film.mp4", kind, seconds=8)
    studio.record([a_camera(source=str(film))], 7)
    segments = studio.segments(CameraId("camera-1"))
    assert segments
    assert {segment.media.signed for segment in segments} == {kind.value}
    paths = []
    for number, segment in enumerate(segments):
        paths.append(tmp_path / f"{number}.mp4")
        paths[-1].write_bytes(studio.store.get(segment.key))
    there = [count(path.read_bytes(), kind) for path in paths]
    seconds = sum(one.interval.length.us for one in segments) // 1_000_000
    assert kind is SignedBy.NONE or sum(there) >= seconds - 1, "one a second"
    clip = b"".join(verify.clip_of(paths))
    assert count(clip, kind) == sum(there)
    assert kind_of(clip) is kind
