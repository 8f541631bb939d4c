"""Lost parts are told by doctor and status: each check against a part that is really gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from evidence.custody_check import Kind
from footage.action import Action, Deed, Purpose
from footage.clock import SimulatedClock
from footage.digest import Digest
from footage.errors import DataLoss
from footage.gap_copies import copy_gaps
from footage.instant import DAY, Elapsed, Interval
from footage.segment_metadata import to_metadata
from infra.config import loading
from infra.host.sqlite_damage import require_sound
from infra.node import lost_data
from infra.node.lost_parts import set_aside_damaged
from infra.wiring import Parts
from tests.common.builders import START, a_camera, a_district, a_gap, a_segment, a_site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow

LATER = START + DAY * 9


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def parts(home: Path) -> Iterator[Parts]:
    """A home with a camera, a stored segment and two custody entries."""
    home.mkdir()
    made = opened(home)
    made.register.add_districts([a_district()])
    made.register.add_sites([a_site()])
    made.register.add_cameras([a_camera()])
    path = home / "segment"
    path.write_bytes(b"footage")
    segment = a_segment("camera-1")
    made.store.put(segment.key, path, Digest.of_file(path), to_metadata(segment))
    made.catalogue.add_segments([segment])
    for _ in range(2):
        made.custody.intent(Deed(Action.VIEW, Purpose("u"), {}))
    yield made
    made.close()


def opened(home: Path) -> Parts:
    return Parts(loading.load_home(home), SimulatedClock(LATER))


def failures(parts: Parts) -> dict[str, DataLoss]:
    failed = {}
    for what, look in lost_data.CHECKS.items():
        try:
            look(parts)
        except DataLoss as exc:
            failed[what] = exc
    return failed


def without(parts: Parts, name: str) -> Iterator[Parts]:
    parts.close()
    for path in parts.home.glob(f"{name}*"):
        path.unlink()
    made = opened(parts.home)
    yield made
    made.close()


def day_after(number: int) -> Interval:
    begin = START + DAY * number
    return Interval(begin, begin + Elapsed.parse("1m"))


def notes(parts: Parts) -> list[str]:
    said: list[str] = []
    assert lost_data.quick(parts, said.append) is (not said)
    return said


def test_nothing_is_lost_of_a_whole_home(parts: Parts) -> None:
    assert failures(parts) == {}
    assert notes(parts) == []


def test_an_emptied_catalogue_is_told_by_doctor_and_status(parts: Parts) -> None:
    for emptied in without(parts, "catalogue.db"):
        failed = failures(emptied)
        assert list(failed) == ["catalogue's data"]
        assert failed["catalogue's data"].hint == "footage catalogue rebuild"
        (note,) = notes(emptied)
        assert "footage catalogue rebuild" in note


def test_a_catalogue_that_lost_its_past_and_goes_on_is_told(parts: Parts) -> None:
    for emptied in without(parts, "catalogue.db"):
        emptied.catalogue.add_segments([a_segment("camera-1", start=LATER)])
        assert list(failures(emptied)) == ["catalogue's data"]


@pytest.mark.slow
def test_a_lost_register_is_not_called_tampering(parts: Parts) -> None:
    for emptied in without(parts, "register.db"):
        assert failures(emptied)["register's data"].hint == "footage restore FOLDER"
        done = emptied.custody.check()
        assert (done.is_tampered, done.is_anchor_lost) == (False, True)
        assert Kind.UNANCHORED not in {finding.kind for finding in done.findings}
        with pytest.raises(DataLoss, match="register is empty: it was lost"):
            emptied.custody.intent(Deed(Action.VIEW, Purpose("u"), {}))


def test_a_lost_register_is_told_by_the_footage_alone(parts: Parts) -> None:
    (parts.home / "custody" / "custody.jsonl").unlink()
    for emptied in without(parts, "register.db"):
        assert "knows no camera" in str(failures(emptied)["register's data"])


@pytest.mark.slow
def test_a_lost_register_is_told_where_many_copies_of_gaps_come_before_footage(
    parts: Parts,
) -> None:
    gaps = [a_gap("camera-1", day_after(n)) for n in range(450)]
    copy_gaps(parts.store, gaps, parts.home)
    (parts.home / "custody" / "custody.jsonl").unlink()
    for emptied in without(parts, "register.db"):
        assert "such as gaps/" in str(failures(emptied)["register's data"])


def test_objects_of_others_are_no_sign_of_a_lost_register(tmp_path: Path) -> None:
    fresh = opened(tmp_path / "fresh")
    path = tmp_path / "film"
    path.write_bytes(b"no footage")
    fresh.store.put("films/2026/summer.mp4", path, Digest.of_file(path), {})
    assert failures(fresh) == {}
    fresh.close()


def test_a_lost_custody_log_is_told(parts: Parts) -> None:
    (parts.home / "custody" / "custody.jsonl").unlink()
    failed = failures(parts)
    assert list(failed) == ["custody log's data"]
    assert "anchored 2 entries" in str(failed["custody log's data"])
    assert len(notes(parts)) == 1


@pytest.mark.parametrize("name", ["catalogue.db", "register.db"])
def test_a_damaged_page_is_found(parts: Parts, name: str) -> None:
    parts.catalogue.add_segments([a_segment(start=START + DAY * n) for n in range(200)])
    parts.close()
    parts.catalogue.close()  # type: ignore[attr-defined] # of SQLite here
    path = parts.home / name
    with path.open("r+b") as file:
        size = file.seek(0, 2)
        file.seek(size // 2)
        file.write(b"\xff" * 4096 * 2)
    with pytest.raises(DataLoss, match="is damaged"):
        require_sound(path, "the file", "footage catalogue rebuild")
    again = opened(parts.home)
    if name == "catalogue.db":
        assert set_aside_damaged(path, lambda: again.catalogue, again.clock) is not None
        assert next(iter(again.catalogue.segments()), None) is None
    again.close()
