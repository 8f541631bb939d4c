"""What an import takes, in which order, and what it passes by."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from footage.digest import Digest
from footage.ids import CameraId
from footage.instant import ZERO, Elapsed
from recorder.imports.plan import Import, Ready, Skip, Stated, Why, misdated, plan_import
from tests.common.builders import at

SECOND = Elapsed.parse("1s")


def a_file(
    name: str,
    start_s: float,
    camera: str = "camera-1",
    *,
    digest: str = "",
    end_s: float | None = None,
    uncertainty: Elapsed = ZERO,
) -> Ready:
    end = None if end_s is None else at(end_s)
    return Ready(
        path=Path("/usb") / name,
        size_bytes=1000,
        camera=CameraId(camera),
        stated=Stated(at(start_s), "by hand", uncertainty, end=end),
        digest=Digest.of(digest.encode()) if digest else None,
    )


def test_camera_by_camera_in_the_order_of_time() -> None:
    files = [a_file("c", 60), a_file("z", 0), a_file("a", 30, "camera-2"), a_file("b", 0)]
    done = plan_import(files)
    assert [one.path.name for one in done.takes] == ["b", "z", "c", "a"]
    assert {camera: len(ones) for camera, ones in done.cameras.items()} == {
        "camera-1": 3,
        "camera-2": 1,
    }


def test_the_order_of_the_files_does_not_matter() -> None:
    files = [
        a_file("a", 0, digest="x"),
        a_file("b", 0, digest="x"),
        a_file("c", 5, digest="y"),
        a_file("d", 9, digest="y"),
        a_file("e", 9),
    ]
    assert plan_import(files) == plan_import(files[::-1])


def test_a_copy_is_taken_once() -> None:
    done = plan_import([a_file("b", 0, digest="x"), a_file("a", 0, digest="x")])
    assert [one.path.name for one in done.takes] == ["a"]
    assert done.skips == (Skip(Path("/usb/b"), Why.SAME_RECORDING, "as /usb/a"),)
    assert not Why.SAME_RECORDING.fault


@pytest.mark.parametrize("other", [a_file("b", 60, digest="x"), a_file("b", 0, "c-2", digest="x")])
def test_the_same_bytes_said_to_be_two_recordings_are_taken_as_neither(other: Ready) -> None:
    files = [a_file("a", 0, digest="x"), other]
    done = plan_import(files)
    assert done.takes == ()
    assert [(one.path.name, one.why) for one in done.skips] == [
        ("a", Why.MISDATED),
        ("b", Why.MISDATED),
    ]
    assert "/usb/b" in done.skips[0].detail
    assert Why.MISDATED.fault
    assert len(plan_import(files, again=True).takes) == 2


def test_files_whose_digest_is_not_known_are_no_copies() -> None:
    assert len(plan_import([a_file("a", 0), a_file("b", 0)]).takes) == 2


def test_overlaps_are_told_as_far_as_names_tell() -> None:
    done = plan_import([a_file("a", 0, end_s=60), a_file("b", 50, end_s=110), a_file("c", 110)])
    assert [(o.former.name, o.later.name, o.length) for o in done.overlaps] == [
        ("a", "b", Elapsed.parse("10s"))
    ]
    same = plan_import([a_file("a", 0), a_file("b", 0)]).overlaps
    assert [one.length for one in same] == [None]


def test_the_container_outranks_the_name() -> None:
    long = replace(a_file("a", 0, end_s=60), length=Elapsed.parse("70s"))
    (found,) = plan_import([long, a_file("b", 60)]).overlaps
    assert found.length == Elapsed.parse("10s")


def test_what_the_resolution_explains_is_no_overlap() -> None:
    files = [
        a_file("a", 0, end_s=61.5, uncertainty=SECOND),
        a_file("b", 60, uncertainty=SECOND),
    ]
    assert plan_import(files).overlaps == ()


def test_cameras_do_not_overlap_each_other() -> None:
    assert plan_import([a_file("a", 0, "c-1", end_s=60), a_file("b", 0, "c-2")]).overlaps == ()


def test_what_was_imported_before() -> None:
    one = a_file("a", 0, digest="x")
    digest = Digest.of(b"x")
    mine = Import(digest, one.camera, at(0), at(60), 1, "/old/a")
    other = Import(digest, CameraId("camera-9"), at(0), at(60), 1, "/old/b")
    known = replace(one, digest=digest, imports=(mine, other))
    assert known.before == mine
    assert known.elsewhere == (other,)
    assert "camera-9" in misdated(known)


def test_every_why_has_a_word() -> None:
    assert {why.outcome for why in Why} == {"skipped", "failed", "not reached"}
    assert {why for why in Why if not why.fault} == {
        Why.NOT_VIDEO,
        Why.HIDDEN,
        Why.LINKED,
        Why.STORED,
        Why.SAME_RECORDING,
    }
