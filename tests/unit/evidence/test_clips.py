"""Clips of a bundle: the masters' pictures from time 0, and made anew by the verifier."""

from __future__ import annotations

import io
import json
import random
from typing import TYPE_CHECKING

import pytest

from evidence import verify
from evidence.clips import clips
from footage.errors import DataLoss
from footage.ids import CameraId
from footage.mp4 import walk
from tests.common.builders import during, segments_in_a_row
from tests.common.bundles import Document, forge, found
from tests.common.custody_logs import LIAISON
from tests.common.evidence_parts import Parts, exporter, the_parts
from tests.common.mp4_builder import box, fragment, gop, init, traf, trak, words

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ONE = CameraId("camera-1")
LATE = 64_000
"""Media time of the first segment: the run had gone on for 64 s."""


def film(number: int, *, head: bytes = b"") -> bytes:
    """Two fragments of the segment with this number in its run, with pictures of random bytes."""
    made, noise = head or init(), random.Random(number)  # noqa: S311 - pictures, no secrets
    for part in range(2):
        whole = fragment(gop(), dts=LATE + (2 * number + part) * 200)
        pictures = 30 + 4 * 10
        made += box(b"prft", bytes(20)) + whole[:-pictures] + noise.randbytes(pictures)
    return made + box(b"mfra", bytes(8))


def access_units(data: bytes) -> list[bytes]:
    samples = walk(io.BytesIO(data)).samples
    return [data[one.offset : one.offset + one.length] for one in samples]


@pytest.fixture
def parts(tmp_path: Path) -> Parts:
    """Camera-1: segments 0 and 1 of a run, and 3; segment 2 is missing."""
    made = the_parts(tmp_path)
    first, second, _, fourth = segments_in_a_row(4)
    for number, segment in ((0, first), (1, second), (3, fourth)):
        made.catalogue.add_segments([made.put(segment, film(number))])
    return made


@pytest.fixture
def out(parts: Parts) -> Path:
    folder = parts.folder / "out"
    exporter(parts).export([ONE], during(0, 240), folder, LIAISON, derived=True)
    return folder


def manifest(out: Path) -> Document:
    document: Document = json.loads((out / "MANIFEST.json").read_bytes())
    return document


def test_each_access_unit_of_a_clip_is_that_of_the_masters_and_time_begins_at_zero(
    out: Path,
) -> None:
    stated = manifest(out)["clips"]
    assert [len(clip["members"]) for clip in stated] == [2, 1]
    for clip in stated:
        data = (out / clip["path"]).read_bytes()
        masters = [(out / "master" / member).read_bytes() for member in clip["members"]]
        assert access_units(data) == [unit for one in masters for unit in access_units(one)]
        times = [sample.dts_ticks for sample in walk(io.BytesIO(data)).samples]
        assert times == [40 * n for n in range(len(times))]
        assert walk(io.BytesIO(masters[0])).samples[0].dts_ticks >= LATE


def test_a_bundle_with_clips_is_proven_and_says_that_they_are_derived(out: Path) -> None:
    report = verify.check(out)
    assert report.verdicts["intact"] == "proven"
    assert [fact["role"] for fact in manifest(out)["files"]].count("clip") == 2
    assert any("Clips are derived" in said for said in manifest(out)["limitations"])
    assert manifest(out)["clips"][0]["path"] in (out / "START-HERE.txt").read_text("utf-8")


def test_without_the_wish_a_bundle_has_no_clips(parts: Parts) -> None:
    folder = parts.folder / "plain"
    exporter(parts).export([ONE], during(0, 240), folder, LIAISON)
    assert not (folder / "clip").exists()
    assert "clips" not in manifest(folder)


def test_a_clip_altered_or_taken_away_is_found(out: Path) -> None:
    path = out / manifest(out)["clips"][0]["path"]
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert any(path.name in line for line in found(out, "altered"))
    path.unlink()
    assert any(path.name in line for line in found(out, "missing"))


def test_another_clip_with_all_sums_made_anew_is_found(out: Path) -> None:
    path = out / manifest(out)["clips"][0]["path"]
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    forge(out, lambda _: None)
    assert found(out, "altered") == [
        f"{path.relative_to(out).as_posix()} is not what its master files give"
    ]


def left_out(document: Document) -> None:
    del document["clips"]


def of_another_camera(document: Document) -> None:
    document["clips"][0]["camera"] = "camera-2"


def in_another_order(document: Document) -> None:
    document["clips"][0]["members"].reverse()


def told_twice(document: Document) -> None:
    document["clips"].append(document["clips"][0])


@pytest.mark.parametrize("edit", [left_out, of_another_camera, in_another_order, told_twice])
def test_a_clip_stated_otherwise_is_found(out: Path, edit: Callable[[Document], None]) -> None:
    forge(out, edit)
    report = verify.check(out)
    assert report.verdicts["intact"] == "altered"
    assert any(finding.where.startswith("clip/") for finding in report.findings)


def test_sound_that_begins_first_begins_at_zero_and_stays_in_step(tmp_path: Path) -> None:
    head = init(trak(1), trak(2, b"soun", b"ulaw", 8_000))
    moof = box(
        b"moof",
        box(b"mfhd", words(0, 1)),
        traf(gop(), 0, dts=LATE + 100),
        traf(gop(), 0, dts=LATE * 8, track=2),
    )
    path = tmp_path / "a.mp4"
    path.write_bytes(head + moof + box(b"mdat", bytes(140)))
    made = b"".join(verify.clip_of([path]))
    later = (traf(gop(), 0, dts=100), traf(gop(), 0, dts=0, track=2))
    assert made == head + box(b"moof", box(b"mfhd", words(0, 1)), *later) + box(b"mdat", bytes(140))


def test_what_does_not_join_makes_no_bundle(parts: Parts) -> None:
    (segment,) = segments_in_a_row(1, "camera-2")
    parts.catalogue.add_segments([parts.put(segment, b"no film at all, and no MP4 either")])
    with pytest.raises(DataLoss, match="do not make a clip"):
        exporter(parts).export(
            [CameraId("camera-2")], during(0, 60), parts.folder / "no", LIAISON, derived=True
        )
    assert not (parts.folder / "no").exists()


def test_segments_of_another_index_are_refused(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.mp4", "b.mp4")]
    paths[0].write_bytes(film(0))
    paths[1].write_bytes(film(1, head=init(trak(1, timescale=90_000))))
    with pytest.raises(ValueError, match="not of one recording"):
        list(verify.clip_of(paths))


def test_an_index_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "MOST_BOX", 1_000)
    path = tmp_path / "a.mp4"
    path.write_bytes(box(b"ftyp", bytes(600)) + box(b"ftyp", bytes(600)) + film(0))
    with pytest.raises(ValueError, match="bytes of index"):
        list(verify.clip_of([path]))


def test_a_clip_ends_where_a_segment_is_missing() -> None:
    first, second, _, fourth = segments_in_a_row(4)
    assert [one.segments for one in clips([first, second, fourth])] == [(first, second), (fourth,)]
