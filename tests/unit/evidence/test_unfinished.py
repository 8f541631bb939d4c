"""What a killed export leaves is found, and removed by the next export; no live one is."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from evidence.bundle import published
from evidence.unfinished import Leftover, UnfinishedExports

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home" / "exports"


@pytest.fixture
def notes(home: Path) -> UnfinishedExports:
    return UnfinishedExports(home)


def killed(home: Path, out: Path) -> Path:
    """Kill an export to `out` amid its files; return the folder that the export leaves."""
    code = f"""\
import os
from pathlib import Path
from evidence.bundle import published
from evidence.unfinished import UnfinishedExports
with published(Path({str(out)!r}), UnfinishedExports(Path({str(home)!r}))) as folder:
    folder.add("master/a.mp4", [b"footage"], "master")
    os.kill(os.getpid(), 9)
"""
    done = subprocess.run([sys.executable, "-c", code], check=False)
    assert done.returncode == -9
    (part,) = out.parent.glob(".*")
    return part


@pytest.mark.process
def test_a_killed_export_is_listed_and_removed_by_the_next_wherever_that_goes(
    notes: UnfinishedExports, home: Path, tmp_path: Path
) -> None:
    part = killed(home, tmp_path / "usb" / "case-1")
    assert (part / "master" / "a.mp4").exists()
    assert notes.leftovers() == [Leftover(part)]
    with published(tmp_path / "elsewhere" / "case-2", notes) as folder:
        folder.add("a", [b"x"], "view")
    assert not part.exists()
    assert notes.leftovers() == []
    assert list(home.iterdir()) == []
    assert (tmp_path / "elsewhere" / "case-2" / "a").exists()


def test_an_export_under_way_is_no_leftover(notes: UnfinishedExports, tmp_path: Path) -> None:
    with published(tmp_path / "one", notes) as folder:
        folder.add("a", [b"x"], "view")
        assert notes.leftovers() == []
        with published(tmp_path / "two", notes) as other:
            other.add("b", [b"x"], "view")
    assert (tmp_path / "one" / "a").exists()
    assert (tmp_path / "two" / "b").exists()


@pytest.mark.process
def test_a_leftover_on_a_disk_that_is_away_is_removed_when_the_disk_is_back(
    notes: UnfinishedExports, home: Path, tmp_path: Path
) -> None:
    part = killed(home, tmp_path / "usb" / "case-1")
    (tmp_path / "usb").rename(tmp_path / "unplugged")
    notes.remove_leftovers()
    assert notes.leftovers() == []
    (tmp_path / "unplugged").rename(tmp_path / "usb")
    assert notes.leftovers() == [Leftover(part)]
    notes.remove_leftovers()
    assert not part.exists()


def test_a_note_removes_nothing_but_an_unfinished_export(
    notes: UnfinishedExports, home: Path, tmp_path: Path
) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    link = tmp_path / ".x.partial-01234567"
    link.symlink_to(mine)
    home.mkdir(parents=True)
    for number, path in enumerate((mine, link)):
        (home / f"{number}.part").write_bytes(os.fsencode(path))
    notes.remove_leftovers()
    assert mine.is_dir()
    assert link.is_symlink()


def noted(home: Path, part: Path) -> Path:
    """Note an export that no process makes any more."""
    home.mkdir(parents=True, exist_ok=True)
    note = home / f"{len(list(home.iterdir()))}.part"
    note.write_bytes(os.fsencode(part))
    return note


def test_what_cannot_be_removed_is_told_and_stops_no_export(
    notes: UnfinishedExports, home: Path, tmp_path: Path
) -> None:
    unseen = tmp_path / f".{'x' * 300}.partial-01234567"  # no system can look at such a name
    file = tmp_path / ".y.partial-01234567"
    file.write_bytes(b"")
    kept = [noted(home, unseen), noted(home, file)]
    mended = tmp_path / ".z.partial-01234567"
    mended.mkdir()
    noted(home, mended)
    assert notes.leftovers() == [Leftover(unseen, "File name too long"), Leftover(mended)]
    with published(tmp_path / "out", notes) as folder:
        folder.add("a", [b"x"], "view")
    assert folder.leftovers == (
        Leftover(unseen, "File name too long"),
        Leftover(file, "Not a directory"),
    )
    assert (tmp_path / "out" / "a").exists()
    assert not mended.exists()
    assert sorted(home.iterdir()) == kept


def test_a_note_that_cannot_be_read_is_told(notes: UnfinishedExports, home: Path) -> None:
    note = home / "0.part"
    note.mkdir(parents=True)
    assert notes.leftovers() == notes.remove_leftovers() == [Leftover(note, "Is a directory")]
