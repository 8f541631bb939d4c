from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from evidence.bundle import published
from evidence.unfinished import UnfinishedExports
from footage.errors import BadInput, Conflict

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def notes(tmp_path_factory: pytest.TempPathFactory) -> UnfinishedExports:
    return UnfinishedExports(tmp_path_factory.mktemp("home"))


@pytest.mark.parametrize(
    "path", ["", "/x", "../x", "a/../b", "a//b", "a/./b", "a\\b", "C:a", "ä", "a\nb"]
)
def test_a_path_that_another_system_would_follow_out_is_refused(
    tmp_path: Path, notes: UnfinishedExports, path: str
) -> None:
    with pytest.raises(BadInput), published(tmp_path / "out", notes) as folder:
        folder.add(path, [b"x"], "view")
    assert list(tmp_path.iterdir()) == []


def test_the_same_path_twice_is_a_conflict(tmp_path: Path, notes: UnfinishedExports) -> None:
    def twice() -> None:
        with published(tmp_path / "out", notes) as folder:
            folder.add("a/b", [b"x"], "view")
            folder.add("a/b", [b"y"], "view")

    with pytest.raises(Conflict):
        twice()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_fills_meanwhile_is_not_overwritten(
    tmp_path: Path, notes: UnfinishedExports
) -> None:
    out = tmp_path / "out"

    def fill_meanwhile() -> None:
        with published(out, notes) as folder:
            folder.add("a", [b"x"], "view")
            out.mkdir()
            (out / "mine").write_text("mine")

    with pytest.raises(Conflict):
        fill_meanwhile()
    assert [path.name for path in tmp_path.rglob("*")] == ["out", "mine"]


def test_a_link_in_place_of_the_folder_is_refused(tmp_path: Path, notes: UnfinishedExports) -> None:
    (tmp_path / "out").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Conflict), published(tmp_path / "out", notes):
        pass
