from __future__ import annotations

import errno
import io
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from footage import durable
from footage.digest import Digest
from footage.errors import Conflict, Misconfigured, NoSpace, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable


class Crash(BaseException):
    """The power goes here: nothing may catch it."""


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was synced and renamed, in order."""
    done: list[str] = []
    fsync, rename = os.fsync, os.rename

    def synced(handle: int) -> None:
        fsync(handle)
        done.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")

    def renamed(source: str, target: str) -> None:
        rename(source, target)
        done.append("rename")

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "rename", renamed)
    return done


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (errno.ENOSPC, NoSpace),
        (errno.EDQUOT, NoSpace),
        (errno.EFBIG, NoSpace),
        (errno.EACCES, Misconfigured),
        (errno.EROFS, Misconfigured),
        (errno.EEXIST, Conflict),
        (errno.ENOTEMPTY, Conflict),
        (errno.ENOTDIR, Conflict),
        (errno.EIO, Unavailable),
        (errno.ENOENT, Unavailable),
    ],
)
def test_what_the_disk_says_is_translated(tmp_path: Path, code: int, kind: type[Exception]) -> None:
    with pytest.raises(kind, match=tmp_path.name) as caught, durable.seam(tmp_path):
        raise OSError(code, "as the system says")
    assert type(caught.value) is kind


def test_our_own_errors_pass_the_seam_as_they_are(tmp_path: Path) -> None:
    with pytest.raises(KeyError), durable.seam(tmp_path):
        raise KeyError


def test_replacing_syncs_the_bytes_before_the_rename_and_the_name_after(
    tmp_path: Path, steps: list[str]
) -> None:
    target = tmp_path / "state"
    target.write_bytes(b"old")
    durable.replace(target, b"new")
    assert steps == ["file", "rename", "folder"]
    assert target.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [target]


def test_publishing_makes_the_folder_then_renames_then_syncs(
    tmp_path: Path, steps: list[str]
) -> None:
    durable.write_new(tmp_path / "part", b"bytes")
    durable.publish(tmp_path / "part", tmp_path / "a" / "b" / "whole")
    assert steps == ["file", "folder", "folder", "rename", "folder"]
    assert (tmp_path / "a" / "b" / "whole").read_bytes() == b"bytes"
    assert not (tmp_path / "part").exists()


@pytest.mark.parametrize("left", range(3))
def test_a_crash_at_any_step_leaves_the_old_content_or_the_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: int
) -> None:
    target = tmp_path / "state"
    durable.replace(target, b"old")
    calls = iter([False] * left)

    def before(call: Callable[..., None]) -> Callable[..., None]:
        def counted(*args: object) -> None:
            if next(calls, True):
                raise Crash
            call(*args)

        return counted

    with monkeypatch.context() as patch:
        for name in ("fsync", "rename"):
            patch.setattr(os, name, before(getattr(os, name)))
        with pytest.raises(Crash):
            durable.replace(target, b"new")
    assert target.read_bytes() == (b"new" if left == 2 else b"old")
    durable.replace(target, b"newer")  # what the crash left is in nobody's way
    assert target.read_bytes() == b"newer"
    assert list(tmp_path.iterdir()) == [target]


def test_a_secret_is_closed_to_others_from_the_first_moment(tmp_path: Path) -> None:
    durable.write_new(tmp_path / "new", b"secret", mode=0o600)
    durable.replace(tmp_path / "again", b"secret", mode=0o600)
    for path in tmp_path.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_new_file_never_replaces_one(tmp_path: Path) -> None:
    (tmp_path / "there").write_bytes(b"old")
    for write in (
        lambda path: durable.write_new(path, b"new"),
        lambda path: durable.write_chunks(path, [b"new"]),
        lambda path: durable.copy_in(io.BytesIO(b"new"), path),
    ):
        with pytest.raises(FileExistsError):
            write(tmp_path / "there")
    assert (tmp_path / "there").read_bytes() == b"old"


def test_the_digest_is_of_what_was_written(tmp_path: Path, steps: list[str]) -> None:
    found = durable.write_chunks(tmp_path / "one", [b"ab", b"", b"c"])
    assert found == (Digest.of(b"abc"), 3)
    large = bytes(range(256)) * 10_000
    assert durable.copy_in(io.BytesIO(large), tmp_path / "two") == Digest.of(large)
    assert (tmp_path / "two").read_bytes() == large
    assert steps == ["file", "file"]


def test_removing_takes_the_empty_folders_and_no_others(tmp_path: Path) -> None:
    for name in ("a/b/one", "a/two"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    durable.remove(tmp_path / "a/b/one", up_to=tmp_path)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "two"]
    durable.remove(tmp_path / "a/b/one", up_to=tmp_path)
    durable.remove(tmp_path / "a/two", up_to=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_growing_file_is_synced_without_its_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    fdatasync = os.fdatasync

    def noted(handle: int) -> None:
        fdatasync(handle)
        synced.append(Path(f"/proc/self/fd/{handle}").readlink().name)

    monkeypatch.setattr(os, "fdatasync", noted)
    with (tmp_path / "open.mp4").open("wb") as writer:
        writer.write(b"x")
        writer.flush()
        durable.sync_data(tmp_path / "open.mp4")
        writer.write(b"y")
    assert synced == ["open.mp4"]
    assert (tmp_path / "open.mp4").read_bytes() == b"xy"
    with pytest.raises(FileNotFoundError):
        durable.sync_data(tmp_path / "absent.mp4")
