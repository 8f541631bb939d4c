"""Whose recording a file is, and when it starts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from footage.errors import BadInput
from footage.ids import CameraId
from footage.instant import Elapsed, Instant
from recorder.imports.ledger import Stamp
from recorder.imports.listing import Listed
from recorder.imports.name_template import Template
from recorder.imports.plan import Ready, Skip, Stated, Why
from recorder.imports.scan import FoundFile
from recorder.imports.stating import Rules, StartFrom, by_hand, state
from tests.common.builders import at
from tests.common.import_films import TEN, telling_film

if TYPE_CHECKING:
    from typing import Any

KARACHI = ZoneInfo("Asia/Karachi")
CAMERAS = frozenset(map(CameraId, ("gate-1", "gate-2", "12")))


def a_file(path: str) -> FoundFile:
    return FoundFile(Path("/usb") / path, Stamp(1000, 1, 1, 1, 1))


def stated(path: str, **rules: Any) -> Ready:  # noqa: ANN401 - any rule
    found = state(a_file(path), Rules(KARACHI, CAMERAS, **rules))
    assert isinstance(found, Ready), found
    return found


def refused(path: str, **rules: Any) -> Skip:  # noqa: ANN401 - any rule
    found = state(a_file(path), Rules(KARACHI, CAMERAS, **rules))
    assert isinstance(found, Skip), found
    return found


@pytest.mark.parametrize(
    "path",
    [
        "gate-1_20261122150823.mp4",
        "20261122150823_gate-1.mp4",
        "nvr/gate-1/20261122150823.mp4",
        "2026-11-22/10/gate-1/08.23.mp4",
        "site-9/2026-11-22/gate-1/10/08-23.000Z.0.mp4",
    ],
)
def test_the_path_names_a_camera_of_the_register(path: str) -> None:
    one = stated(path)
    assert one.camera == "gate-1"
    assert one.stated.start == Instant.parse("2026-11-22T10:08:23Z")
    assert one.contradicts == ()


def test_how_it_is_known_and_how_well() -> None:
    one = stated("gate-1_20261122150823.mp4").stated
    assert (one.how, str(one.uncertainty), one.offset) == ("date and time", "1s", None)


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("ch01_20261122150823.mp4", "'ch01'"),
        ("12/20261122150823.mp4", "names no camera"),  # a number may be a day
        ("2026-11-22/10/gate-9/08.23.mp4", "'gate-9'"),
        ("gate-2/gate-1_20261122150823.mp4", "several cameras: gate-1, gate-2"),
    ],
)
def test_a_path_that_names_no_camera_or_two(path: str, told: str) -> None:
    found = refused(path)
    assert found.why is Why.NO_CAMERA
    assert told in found.detail


def test_an_alias_stands_for_a_camera() -> None:
    aliases = {"192.168.1.64_01": CameraId("gate-1"), "12": CameraId("gate-2")}
    assert stated("192.168.1.64_01_20261122150823.mp4", aliases=aliases).camera == "gate-1"
    assert stated("2026-11-22/10/12/08.23.mp4", aliases=aliases).camera == "gate-2"


def test_a_camera_that_is_given_is_taken_and_a_contradiction_told() -> None:
    one = stated("gate-2/20261122150823.mp4", camera=CameraId("gate-1"))
    assert one.camera == "gate-1"
    assert one.contradicts == ("its path names camera gate-2",)
    assert stated("x/20261122150823.mp4", camera=CameraId("gate-1")).contradicts == ()


def test_the_devices_clock_was_ahead() -> None:
    one = stated("gate-1_20261122150823_20261122151000.mp4", offset=Elapsed.parse("2m3s")).stated
    assert one.start == Instant.parse("2026-11-22T10:06:20Z")
    assert one.end == Instant.parse("2026-11-22T10:07:57Z")
    assert one.offset == Elapsed.parse("2m3s")


def test_by_hand() -> None:
    one = by_hand("2026-11-22T15:08:23.5+05:00", KARACHI, Elapsed(-1_000_000), at(0))
    assert one == Stated(
        Instant.parse("2026-11-22T10:08:24.5Z"), "by hand", Elapsed(100_000), Elapsed(-1_000_000)
    )
    given = stated("IMG_1.mp4", start=one, camera=CameraId("gate-1"))
    assert given.stated == one


def test_the_list_alone_counts_where_there_is_one() -> None:
    row = Listed(CameraId("gate-2"), Stated(at(0), "list.csv, line 2"))
    listed = {Path("/usb/gate-1_20261122150823.mp4"): row}
    one = stated("gate-1_20261122150823.mp4", listed=listed)
    assert (one.camera, one.stated) == ("gate-2", row.stated)
    assert one.contradicts == ("its path names camera gate-1",)
    assert refused("gate-1_20261122160823.mp4", listed=listed).why is Why.NOT_LISTED


def test_a_listed_camera_must_be_known() -> None:
    row = Listed(CameraId("gate-9"), Stated(at(0), "list"))
    found = refused("a.mp4", listed={Path("/usb/a.mp4"): row})
    assert (found.why, found.detail) == (Why.NO_CAMERA, "unknown camera gate-9")


def test_no_start() -> None:
    found = refused("gate-1/IMG_1234.MOV")
    assert found.why is Why.NO_START
    assert "no date and time" in found.detail


def test_a_template() -> None:
    template = Template.parse("{camera}-%d%m%Y-%H%M%S")
    assert stated("gate-1-22112026-150823.avi", template=template).camera == "gate-1"
    assert refused("gate-1_20261122150823.mp4", template=template).why is Why.NO_START


def test_the_containers_creation_time(tmp_path: Path) -> None:
    path = tmp_path / "gate-1" / "IMG_1234.MOV"
    path.parent.mkdir()
    path.write_bytes(telling_film())
    rules = Rules(KARACHI, CAMERAS, start_from=StartFrom.CREATION)
    one = state(FoundFile(path, Stamp(1, 1, 1, 1, 1)), rules)
    assert isinstance(one, Ready)
    assert (one.stated.start, one.stated.how, one.camera) == (TEN, "creation time", "gate-1")
    path.write_bytes(telling_film(created=0))
    none = state(FoundFile(path, Stamp(1, 1, 1, 1, 1)), rules)
    assert isinstance(none, Skip)
    assert "only MP4 and MOV" in none.detail


@pytest.mark.parametrize("text", ["noon", "2026-11-22", "yesterday"])
def test_a_start_that_is_no_time_of_day(text: str) -> None:
    with pytest.raises(BadInput):
        by_hand(text, KARACHI, None, at(0))
