"""Modes that are too wide are named and mended; what is given out has the user's own modes."""

from __future__ import annotations

import os
import stat
from contextvars import copy_context
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from infra.host.private import give_out, keep_private, mend, wider

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def umask() -> Iterator[None]:
    """The umask is 022 at the start, and what it was at the end."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def _home(tmp_path: Path, mode: int = 0o755) -> Path:
    home = tmp_path / "home"
    (home / "store").mkdir(parents=True)
    (home / "store" / "object").write_text("footage")
    (home / "register.db").write_text("passwords")
    for path in (home / "store", home / "register.db", home / "store" / "object"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    home.chmod(mode)
    return home


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_an_open_home_is_named_with_its_files(tmp_path: Path) -> None:
    home = _home(tmp_path)
    found = wider(home)
    assert (found.count, found.whole) == (4, True)
    assert str(found).startswith(f"4: {home} (0755), ")
    assert ", and 1 more" in str(found)


def test_a_closed_home_closes_all_inside_but_secrets_are_looked_at(tmp_path: Path) -> None:
    home = _home(tmp_path, 0o700)
    assert wider(home).first == (f"{home / 'register.db'} (0644)",)
    (home / "register.db").chmod(0o600)
    assert not wider(home)


def test_of_a_great_store_no_more_is_looked_at_than_asked(tmp_path: Path) -> None:
    found = wider(_home(tmp_path), most=2)
    assert (found.count, found.whole) == (2, False)
    assert str(found).startswith("at least 2: ")


def test_mending_closes_all_and_follows_no_link(tmp_path: Path) -> None:
    home = _home(tmp_path)
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o755)
    (outside / "film").write_text("not ours")
    (outside / "film").chmod(0o644)
    (home / "link").symlink_to(outside)
    assert mend(home) == 4
    assert not wider(home)
    assert [_mode(path) for path in (home, home / "store", home / "register.db")] == [
        0o700, 0o700, 0o600,
    ]  # fmt: skip
    assert _mode(outside / "film") == 0o644
    assert mend(home) == 0


@pytest.mark.usefixtures("umask")
def test_what_is_given_out_has_the_modes_of_the_user(tmp_path: Path) -> None:
    def _command() -> None:
        keep_private()
        bundle = tmp_path / "bundle"
        (bundle / "master").mkdir(parents=True)
        (bundle / "master" / "a.mp4").write_text("footage")
        (bundle / "master" / "a.mp4").chmod(0o400)
        (bundle / "README.txt").write_text("read")
        assert not wider(bundle)
        give_out(bundle)
        assert {path.name: _mode(path) for path in (bundle, *bundle.rglob("*"))} == {
            "bundle": 0o755, "master": 0o755, "a.mp4": 0o444, "README.txt": 0o644,
        }  # fmt: skip

    copy_context().run(_command)


@pytest.mark.usefixtures("umask")
def test_a_folder_named_from_here_is_given_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    def _command() -> None:
        keep_private()
        (Path("bundle") / "master").mkdir(parents=True)
        (Path("bundle") / "master" / "a.mp4").write_text("footage")
        give_out(Path("bundle"))
        assert _mode(tmp_path / "bundle" / "master" / "a.mp4") == 0o644

    copy_context().run(_command)


def test_without_a_private_process_modes_stay(tmp_path: Path) -> None:
    file = tmp_path / "sheet.png"
    file.write_text("picture")
    file.chmod(0o600)
    give_out(file)
    assert _mode(file) == 0o600
