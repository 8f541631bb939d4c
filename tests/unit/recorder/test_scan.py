"""What lies in the folders an import is given."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from footage.errors import BadInput
from recorder.imports.plan import Skip, Why
from recorder.imports.scan import FoundFile, scan

if TYPE_CHECKING:
    from pathlib import Path

FILM = b"\0\0\0\x18ftypmp42" + b"\0" * 50


@pytest.fixture
def usb(tmp_path: Path) -> Path:
    usb = tmp_path / "usb"
    for name in ("b/2.mp4", "b/1.mp4", "a.mkv", ".trash/x.mp4", "._a.mkv"):
        (usb / name).parent.mkdir(parents=True, exist_ok=True)
        (usb / name).write_bytes(FILM)
    (usb / "index.db").write_bytes(b"x")
    (usb / "empty.mp4").touch()
    return usb


def names(usb: Path, *paths: Path) -> list[tuple[str, str]]:
    return [
        (one.path.relative_to(usb).as_posix(), one.why.value if isinstance(one, Skip) else "found")
        for one in scan(paths or [usb])
    ]


def test_folders_are_walked_in_order(usb: Path) -> None:
    assert names(usb) == [
        ("._a.mkv", "hidden"),
        (".trash", "hidden"),
        ("a.mkv", "found"),
        ("b/1.mp4", "found"),
        ("b/2.mp4", "found"),
        ("empty.mp4", "empty"),
        ("index.db", "not video"),
    ]


def test_each_file_once_however_often_it_is_named(usb: Path) -> None:
    assert [name for name, _ in names(usb, usb / "b", usb / "b" / "1.mp4", usb / "b")] == [
        "b/1.mp4",
        "b/2.mp4",
    ]


def test_links_are_not_followed(usb: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.mp4").write_bytes(FILM)
    (usb / "b" / "inside.mp4").symlink_to(usb / "a.mkv")
    (usb / "b" / "outside").symlink_to(outside)
    (usb / "b" / "nowhere.mp4").symlink_to(usb / "gone.mp4")
    (usb / "b" / "round").symlink_to(usb / "b")
    found = dict(names(usb, usb / "b"))
    assert found["b/inside.mp4"] == "a link to outside"  # only b was named
    assert dict(names(usb))["b/inside.mp4"] == "a link to what is taken itself"
    assert found["b/outside"] == found["b/nowhere.mp4"] == "a link to outside"
    assert found["b/round"] == "a link to what is taken itself"


def test_a_link_that_is_named_is_followed(usb: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(usb / "b")
    assert [name for name, _ in names(usb, link)] == ["b/1.mp4", "b/2.mp4"]


def test_a_named_file_is_taken_for_video(usb: Path) -> None:
    assert names(usb, usb / "index.db") == [("index.db", "found")]


def test_what_is_not_there_is_refused(usb: Path) -> None:
    with pytest.raises(BadInput, match="absent"):
        list(scan([usb, usb / "absent"]))


def test_pipes_are_not_waited_for(usb: Path) -> None:
    os.mkfifo(usb / "pipe.mp4")
    assert dict(names(usb))["pipe.mp4"] == "not video"


@pytest.mark.skipif(os.getuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_told(usb: Path) -> None:
    (usb / "b").chmod(0)
    assert dict(names(usb))["b"] == "cannot be read"


def test_a_stamp_changes_with_the_file(usb: Path) -> None:
    def stamp() -> object:
        (one,) = scan([usb / "a.mkv"])
        assert isinstance(one, FoundFile)
        return one.stamp

    before = stamp()
    assert stamp() == before
    (usb / "a.mkv").write_bytes(FILM + b"more")
    assert stamp() != before


def test_unreadable_is_a_fault() -> None:
    assert Why.UNREADABLE.fault
    assert Why.LINK_OUTSIDE.fault
