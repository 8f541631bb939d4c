"""What was read moments ago is not read again, and what has changed since always is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from footage import recent_digest
from footage.clock import SystemClock
from footage.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DIGEST = Digest.of(b"a segment")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "segment.mp4"
    path.write_bytes(b"a segment")
    settle()
    return path


def settle() -> None:
    SystemClock().sleep(recent_digest.SETTLED * 2)


def test_an_unchanged_file_is_known_once(file: Path) -> None:
    assert recent_digest.known(file) is None
    assert recent_digest.take(file) == DIGEST
    assert recent_digest.known(file) == DIGEST
    assert recent_digest.known(file) is None


def test_a_file_just_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "new"
    path.write_bytes(b"a segment")
    assert recent_digest.take(path) == DIGEST
    assert recent_digest.known(path) is None


def rewrite(path: Path) -> None:
    """As long as before, and dated back: only the kernel's own time tells."""
    dated = path.stat().st_mtime_ns
    path.write_bytes(b"a segmenT")
    os.utime(path, ns=(dated, dated))


def exchange(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(b"a segmenT")
    other.replace(path)


@pytest.mark.parametrize("change", [rewrite, exchange, lambda path: os.truncate(path, 3)])
def test_a_changed_file_is_not(file: Path, change: Callable[[Path], None]) -> None:
    recent_digest.take(file)
    change(file)
    assert recent_digest.known(file) is None


def test_the_books_are_short(tmp_path: Path) -> None:
    paths = [tmp_path / str(n) for n in range(recent_digest.KEPT + 1)]
    for path in paths:
        path.write_bytes(path.name.encode())
    settle()
    for path in paths:
        recent_digest.take(path)
    assert recent_digest.known(paths[0]) is None
    assert recent_digest.known(paths[1]) == Digest.of(b"1")


def test_one_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        recent_digest.known(tmp_path / "nothing")
