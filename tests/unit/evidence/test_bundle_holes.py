"""A hole inside a stored segment: told by the export, and found by the verifier alone."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evidence import verify
from footage.holes import hole_intervals
from footage.ids import CameraId
from footage.mp4 import walk
from footage.span import GapReason
from tests.common.builders import a_gap, a_segment, at, during
from tests.common.bundles import forge
from tests.common.custody_logs import LIAISON
from tests.common.evidence_parts import exporter, the_parts
from tests.common.mp4_builder import Frame, fragment, gop, init

if TYPE_CHECKING:
    from pathlib import Path

    from evidence.export import ExportReport

CAMERA = CameraId("camera-1")


def film(pause_ms: int) -> bytes:
    """Two seconds of pictures, a pause, two seconds of pictures, as earlier versions stored."""
    former = [*gop(49), Frame(duration=40 + pause_ms)]
    later = fragment(gop(50), dts=2_000 + pause_ms)
    return init() + fragment(former) + later


def exported(folder: Path, pause_ms: int, *, told: bool = False) -> ExportReport:
    parts = the_parts(folder)
    end = 4 + pause_ms / 1_000
    stored = parts.put(a_segment(seconds=end), film(pause_ms))
    parts.catalogue.add_segments([stored])
    if told:
        parts.catalogue.add_gaps([a_gap("camera-1", during(2, 42), GapReason.CAMERA_LOST, "lost")])
    service = exporter(parts)
    return service.export([CAMERA], during(0, end), folder / "bundle", LIAISON)


def test_an_export_tells_the_hole_inside_a_segment_and_is_not_complete(tmp_path: Path) -> None:
    report = exported(tmp_path, 40_000)
    (gap,) = report.gaps
    assert (gap.interval, gap.reason) == (during(2, 42), GapReason.NO_PICTURES)
    checked = verify.check(report.folder)
    assert [finding.kind for finding in checked.findings] == ["gap"]
    assert (checked.verdicts["intact"], checked.verdicts["complete"]) == ("proven", "no")
    assert checked.exit_code == 2


def test_a_recorded_gap_gives_the_reason_of_the_hole(tmp_path: Path) -> None:
    (gap,) = exported(tmp_path, 40_000, told=True).gaps
    assert gap.reason is GapReason.CAMERA_LOST


def test_a_pause_of_less_than_a_second_is_complete(tmp_path: Path) -> None:
    checked = verify.check(exported(tmp_path, 900).folder)
    assert checked.verdicts["complete"] == "yes"
    assert checked.exit_code == 0


def test_the_verifier_finds_a_hole_that_the_manifest_does_not_state(tmp_path: Path) -> None:
    """As in bundles exported by earlier versions."""
    folder = exported(tmp_path, 8_000).folder

    def unstated(document: verify.Document) -> None:
        document["gaps"] = []
        del document["sources"][0]["segments"][0]["holes"]
        document["intervals"][0]["delivered"] = [document["intervals"][0]["requested"]]

    forge(folder, unstated)
    checked = verify.check(folder)
    missing = [finding.message for finding in checked.findings if finding.kind == "gap"]
    assert missing == [
        f"{at(2)} to {at(10)} is missing: no picture in the segment",
    ]
    assert checked.verdicts["complete"] == "no"


def test_a_segment_whose_pictures_cannot_be_read_is_not_called_complete(tmp_path: Path) -> None:
    parts = the_parts(tmp_path)
    parts.catalogue.add_segments([parts.put(a_segment(seconds=60), b"no film" * 99)])
    service = exporter(parts)
    report = service.export([CAMERA], during(0, 60), tmp_path / "bundle", LIAISON)
    checked = verify.check(report.folder)
    assert (checked.verdicts["intact"], checked.verdicts["complete"]) == ("proven", "not checked")
    assert checked.exit_code == 2
    assert "cannot be read" in checked.words()


FRAMES = st.lists(
    st.builds(
        Frame,
        duration=st.one_of(st.sampled_from([1, 40, 500, 1_000, 1_001, 4_000, 9_000])),
        shift=st.sampled_from([-80, 0, 40, 120, 8_000]),
        key=st.booleans(),
    ),
    min_size=1,
    max_size=9,
)


@given(st.lists(FRAMES, min_size=1, max_size=4), st.integers(-3_000, 3_000), st.integers(1, 2))
def test_the_verifier_repeats_the_rule_for_holes(
    fragments: list[list[Frame]], dts: int, runs: int
) -> None:
    data, now = init(), dts
    for frames in fragments:
        data += fragment(frames, dts=now % (1 << 64), runs=runs)
        now += sum(frame.duration for frame in frames)
    interval = during(10, 30)
    ours = hole_intervals(walk(io.BytesIO(data)), interval)
    scale, samples = verify._samples(io.BytesIO(data))
    theirs = verify._holes_among(scale, samples, (interval.start.us, interval.end.us))
    assert theirs == [(hole.start.us, hole.end.us) for hole in ours]


@pytest.mark.parametrize("data", [b"", b"\0" * 64, b"no film" * 99, init(), film(0)[:900]])
def test_the_verifier_refuses_what_is_no_film(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "odd.mp4"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"."):
        verify._holes(path, (0, 1))
