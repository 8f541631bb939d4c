"""Proxies of real films by a real FFmpeg: what is shown, and when."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from footage.clock import SimulatedClock
from footage.digest import Digest
from footage.errors import DataLoss, Refused, Unavailable
from footage.ids import CameraId
from footage.instant import Elapsed
from footage.mp4 import walk
from infra.media.ffmpeg_tool import find
from infra.media.proxy_transcoder import ProxyTranscoder
from infra.objects.memory_store import MemoryStore
from tests.common.builders import START, a_camera, a_segment
from tests.common.import_surroundings import ImportSurroundings
from tests.common.odd_films import FILMS, SECONDS, lying_on_its_side, odd_film
from tests.common.recording import Studio, each_tool
from tests.common.tiny_films import store_film

if TYPE_CHECKING:
    from pathlib import Path

    from footage.ports import ObjectStore
    from footage.segment import Segment
    from infra.media.ffmpeg_tool import FfmpegTool

A_MINUTE = Elapsed.parse("1m")


def transcoder(
    store: ObjectStore, *, height: int = 120, within: Elapsed = A_MINUTE
) -> ProxyTranscoder:
    return ProxyTranscoder(find, store, height=height, max_pixels=4_000_000, within=within)


def proxy_of(store: ObjectStore, segment: Segment, *, height: int = 120) -> bytes:
    return transcoder(store, height=height).make(segment, lambda: False)


def shown(data: bytes) -> list[tuple[float, av.VideoFrame]]:
    """Decode all pictures, each with the second at which it is shown."""
    with av.open(io.BytesIO(data), "r", options={"ignore_editlist": "1"}) as film:
        frames = film.decode(video=0)
        return sorted(((f.time or 0.0, f) for f in frames), key=lambda pair: pair[0])


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(SimulatedClock(START))


@pytest.mark.parametrize("kind", FILMS)
def test_every_picture_is_shown_at_its_own_time(
    kind: str, tmp_path: Path, store: MemoryStore
) -> None:
    data = odd_film(tmp_path / "odd.mp4", kind).read_bytes()
    segment = store_film(store, tmp_path, data)
    proxy = proxy_of(store, segment)
    stored, made = walk(io.BytesIO(data)), walk(io.BytesIO(proxy))
    assert made.media.codec == "avc1"
    assert (made.media.width, made.media.height) == (160, 120)
    assert made.media.timescale == stored.media.timescale
    assert made.media.duration_ticks == stored.media.duration_ticks
    times = sorted(sample.pts_ticks for sample in made.samples)
    assert times[0] == stored.start_pts_ticks
    before, after = shown(data), shown(proxy)
    assert [second for second, _ in after] == pytest.approx([second for second, _ in before])
    with av.open(io.BytesIO(proxy), "r") as film:
        (stream,) = film.streams.video
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert film.metadata["comment"].startswith("Derived by Footage")
    for fragment in made.fragments:
        first = next(one for one in made.samples if one.offset >= fragment.offset)
        assert first.keyframe
    assert len(made.fragments) >= SECONDS // 2


@pytest.mark.parametrize("kind", ["hevc", "mjpeg", "mpeg-4"])
def test_the_same_picture_is_shown(kind: str, tmp_path: Path, store: MemoryStore) -> None:
    data = odd_film(tmp_path / "odd.mp4", kind).read_bytes()
    segment = store_film(store, tmp_path, data)
    before, after = shown(data), shown(proxy_of(store, segment, height=240))
    for (_, one), (_, other) in zip(before[::13], after[::13], strict=True):
        difference = one.to_ndarray(format="rgb24").astype(int) - other.to_ndarray(format="rgb24")
        assert np.abs(difference).mean() < 12


def test_interlaced_pictures_are_deinterlaced(tmp_path: Path, store: MemoryStore) -> None:
    data = odd_film(tmp_path / "odd.mp4", "interlaced", size="640x480").read_bytes()
    segment = store_film(store, tmp_path, data)
    before, after = shown(data), shown(proxy_of(store, segment, height=480))
    assert _combing([frame for _, frame in after]) < 0.5 * _combing([frame for _, frame in before])
    assert not any(frame.interlaced_frame for _, frame in after)


def _combing(frames: list[av.VideoFrame]) -> float:
    """How much neighbouring lines differ more than lines of the same field."""
    found = []
    for frame in frames[5:25]:
        grey = frame.to_ndarray(format="gray").astype(int)
        between = np.abs(grey[1:-1] - (grey[:-2] + grey[2:]) // 2)
        found.append((between > 40).mean())
    return float(np.mean(found))


def test_a_film_on_its_side_is_upright(tmp_path: Path, store: MemoryStore) -> None:
    film = lying_on_its_side(odd_film(tmp_path / "odd.mp4", "hevc"))
    segment = store_film(store, tmp_path, film.read_bytes())
    media = walk(io.BytesIO(proxy_of(store, segment))).media
    assert (media.width, media.height) == (90, 120)


@pytest.mark.parametrize(
    ("shape", "size"), [("2/1", (320, 120)), ("1/2", (80, 120)), ("9000/1", (160, 120))]
)
def test_pixels_become_square(
    shape: str, size: tuple[int, int], tmp_path: Path, store: MemoryStore
) -> None:
    path = tmp_path / "odd.mp4"
    data = odd_film(path, "h264", more=["-vf", f"setsar={shape}:max=100000"]).read_bytes()
    media = walk(io.BytesIO(proxy_of(store, store_film(store, tmp_path, data)))).media
    assert (media.width, media.height) == size


def test_a_small_picture_is_not_enlarged(tmp_path: Path, store: MemoryStore) -> None:
    data = odd_film(tmp_path / "odd.mp4", "hevc").read_bytes()
    segment = store_film(store, tmp_path, data)
    media = walk(io.BytesIO(proxy_of(store, segment, height=720))).media
    assert (media.width, media.height) == (320, 240)


@pytest.mark.parametrize("sound", ["aac", "pcm_mulaw", "pcm_alaw"])
def test_sound_is_kept_as_aac_in_step(sound: str, tmp_path: Path, store: MemoryStore) -> None:
    data = odd_film(tmp_path / "odd.mp4", "hevc", sound=sound).read_bytes()
    proxy = proxy_of(store, store_film(store, tmp_path, data))
    assert walk(io.BytesIO(proxy)).audio == ("mp4a",)
    before, after = _heard(data), _heard(proxy)
    assert after[0].time == pytest.approx(before[0].time, abs=0.001)
    assert _end(after[-1]) == pytest.approx(_end(before[-1]), abs=0.03)
    heard = np.concatenate([frame.to_ndarray().ravel() for frame in after[2:-2]])
    assert np.abs(heard).max() > 0.05


def _heard(data: bytes) -> list[av.AudioFrame]:
    with av.open(io.BytesIO(data), "r", options={"ignore_editlist": "1"}) as film:
        assert film.streams.audio[0].codec_context.name in {"aac", "pcm_mulaw", "pcm_alaw"}
        return list(film.decode(audio=0))


def _end(frame: av.AudioFrame) -> float:
    return (frame.time or 0) + frame.samples / frame.sample_rate


@pytest.mark.parametrize("tool", each_tool())
def test_media_time_runs_on_over_segments_as_in_the_recording(
    tmp_path: Path, tool: FfmpegTool
) -> None:
    """No time is gained or lost from segment to segment: the sum of a day is that of the day."""
    surroundings = ImportSurroundings(Studio(tmp_path / "spool", tool))
    source = odd_film(tmp_path / "odd.mp4", "hevc", seconds=12, sound="aac")
    surroundings.importer().ingest(source, a_camera(), START, length=Elapsed.parse("4s"))
    store, segments = surroundings.studio.store, surroundings.studio.segments(CameraId("camera-1"))
    assert len(segments) == 3
    for segment in segments:
        stored = walk(io.BytesIO(store.get(segment.key)))
        made = walk(io.BytesIO(proxy_of(store, segment)))
        assert made.media.timescale == stored.media.timescale
        assert made.first_dts_ticks == stored.start_pts_ticks
        assert (
            made.media.duration_ticks == stored.media.duration_ticks == segment.media.duration_ticks
        )


def test_altered_bytes_are_data_loss_and_never_shown(tmp_path: Path, store: MemoryStore) -> None:
    data = odd_film(tmp_path / "odd.mp4", "h264").read_bytes()
    segment = store_film(store, tmp_path, data)
    with pytest.raises(DataLoss, match="is sha256"):
        proxy_of(store, replace(segment, digest=Digest.of(b"others")))


def test_what_cannot_be_decoded_is_refused(tmp_path: Path, store: MemoryStore) -> None:
    data = bytearray(odd_film(tmp_path / "odd.mp4", "hevc").read_bytes())
    start = data.index(b"mdat") + 4
    data[start:] = bytes(len(data) - start)
    segment = store_film(store, tmp_path, bytes(data))
    with pytest.raises(Refused, match="no proxy"):
        proxy_of(store, segment)


def test_bytes_that_name_other_files_open_none(tmp_path: Path, store: MemoryStore) -> None:
    """FFmpeg decides by content what a file is; a list of films would be read as these films."""
    film = odd_film(tmp_path / "film.mp4", "h264")
    listing = f"ffconcat version 1.0\nfile '{film}'\n".encode()
    segment = replace(a_segment(), size_bytes=len(listing), digest=Digest.of(listing))
    path = tmp_path / "listing"
    path.write_bytes(listing)
    store.put(segment.key, path, segment.digest, {})
    with pytest.raises(Refused, match="no proxy"):
        proxy_of(store, segment)


def test_a_picture_that_claims_too_many_pixels_is_refused(
    tmp_path: Path, store: MemoryStore
) -> None:
    segment = store_film(store, tmp_path, odd_film(tmp_path / "odd.mp4", "h264").read_bytes())
    small = ProxyTranscoder(find, store, height=120, max_pixels=320 * 200, within=A_MINUTE)
    with pytest.raises(Refused):
        small.make(segment, lambda: False)


def test_a_proxy_that_takes_too_long_is_ended(tmp_path: Path, store: MemoryStore) -> None:
    data = odd_film(tmp_path / "odd.mp4", "hevc", size="1280x720").read_bytes()
    segment = store_film(store, tmp_path, data)
    with pytest.raises(Unavailable, match="did not end within"):
        transcoder(store, height=720, within=Elapsed.parse("200ms")).make(segment, lambda: False)


def test_a_proxy_that_nobody_wants_is_ended(tmp_path: Path, store: MemoryStore) -> None:
    data = odd_film(tmp_path / "odd.mp4", "hevc", size="1280x720").read_bytes()
    segment = store_film(store, tmp_path, data)
    asked = iter([False, True])
    with pytest.raises(Unavailable, match="nobody wants"):
        transcoder(store, height=720).make(segment, lambda: next(asked, True))
