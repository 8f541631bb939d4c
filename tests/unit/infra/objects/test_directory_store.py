"""The directory store's own promises: what a crash leaves, what a full or missing disk says."""

from __future__ import annotations

import errno
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from footage import durable
from footage.clock import SystemClock
from footage.digest import Digest
from footage.errors import (
    Conflict,
    DataLoss,
    Misconfigured,
    NoSpace,
    NotFound,
    Unavailable,
    UnreadableObjects,
)
from footage.instant import Elapsed
from footage.ports import DeleteOutcome
from infra.host import file_lock
from infra.host.process import run
from infra.objects.directory_store import DirectoryStore
from tests.common.builders import START

if TYPE_CHECKING:
    from pathlib import Path

CLOCK = SystemClock()
KEY = "site-1/2026-11-22/camera-1/15/08-23.547Z.0.mp4"
A_WHILE = Elapsed.parse("10s")


def source(folder: Path, data: bytes = b"bytes") -> tuple[Path, Digest]:
    path = folder / "source"
    path.write_bytes(data)
    return path, Digest.of(data)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def store(root: Path) -> DirectoryStore:
    return DirectoryStore(root, CLOCK)


def put(store: DirectoryStore, folder: Path, key: str = KEY, data: bytes = b"bytes") -> None:
    store.put(key, *source(folder, data), {"camera": "camera-1"})


class Crash(BaseException):
    """The process ends here: nothing may catch it."""


class TestCrash:
    def test_between_sidecar_and_bytes_leaves_no_object(
        self, store: DirectoryStore, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        publish = durable.publish

        def until_the_bytes(part: Path, target: Path) -> None:
            if target.suffix == ".mp4":
                raise Crash
            publish(part, target)

        monkeypatch.setattr(durable, "publish", until_the_bytes)
        with pytest.raises(Crash):
            put(store, tmp_path)
        monkeypatch.undo()
        again = DirectoryStore(root, CLOCK)
        assert (root / "meta" / f"{KEY}.json").exists()
        assert list(again.list()) == []
        with pytest.raises(NotFound):
            again.head(KEY)
        put(again, tmp_path, data=b"other")
        assert again.head(KEY).digest == Digest.of(b"other")

    def test_between_bytes_and_sidecar_of_a_deletion(
        self, store: DirectoryStore, root: Path, tmp_path: Path
    ) -> None:
        put(store, tmp_path)
        (root / "objects" / KEY).unlink()
        assert list(store.list()) == []
        assert store.delete([KEY]) == {KEY: DeleteOutcome.DELETED}
        assert not (root / "meta" / f"{KEY}.json").exists()

    def test_what_dead_writers_left_is_swept_at_the_next_opening(self, root: Path) -> None:
        DirectoryStore(root, CLOCK)
        (root / "incoming" / "orphan").write_bytes(b"half")
        DirectoryStore(root, CLOCK)
        assert list((root / "incoming").iterdir()) == []

    def test_but_not_while_someone_writes(self, root: Path) -> None:
        DirectoryStore(root, CLOCK)
        (root / "incoming" / "growing").write_bytes(b"half")
        with file_lock.queued(root / "locks" / "incoming", shared=True):
            DirectoryStore(root, CLOCK)
        assert (root / "incoming" / "growing").exists()


class TestDisk:
    def test_empty_folders_go_with_the_last_object(
        self, store: DirectoryStore, root: Path, tmp_path: Path
    ) -> None:
        put(store, tmp_path)
        put(store, tmp_path, "site-1/other")
        store.delete([KEY])
        assert [path.name for path in (root / "objects").rglob("*")] == ["site-1", "other"]
        store.delete(["site-1/other"])
        assert list((root / "objects").iterdir()) == []
        assert list((root / "meta").iterdir()) == []

    def test_nothing_lingers_in_incoming(
        self, store: DirectoryStore, root: Path, tmp_path: Path
    ) -> None:
        put(store, tmp_path)
        with pytest.raises(DataLoss):
            store.put("b", source(tmp_path)[0], Digest.of(b"other"), {})
        assert list((root / "incoming").iterdir()) == []

    def test_an_unmounted_disk_is_no_absent_object(
        self, store: DirectoryStore, root: Path, tmp_path: Path
    ) -> None:
        put(store, tmp_path)
        shutil.rmtree(root)
        with pytest.raises(Unavailable, match="mounted"):
            store.head(KEY)
        with pytest.raises(Unavailable):
            store.delete([KEY])
        with pytest.raises(Unavailable):
            list(store.list())
        with pytest.raises(Unavailable):
            put(store, tmp_path)

    @pytest.mark.parametrize("code", [errno.EACCES, errno.EIO])
    def test_one_key_that_cannot_be_deleted_does_not_keep_the_others(
        self,
        store: DirectoryStore,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        code: int,
    ) -> None:
        for key in ("a", "b", "c"):
            put(store, tmp_path, key)
        remove = durable.remove

        def failing(file: Path, *, up_to: Path) -> None:
            if file.name == "b":
                raise OSError(code, os.strerror(code))
            remove(file, up_to=up_to)

        monkeypatch.setattr(durable, "remove", failing)
        gone, failed = DeleteOutcome.DELETED, DeleteOutcome.FAILED
        assert store.delete(["a", "b", "c"]) == {"a": gone, "b": failed, "c": gone}
        monkeypatch.undo()
        assert store.delete(["b"]) == {"b": gone}

    def test_a_cut_file_shows_its_real_size(
        self, store: DirectoryStore, root: Path, tmp_path: Path
    ) -> None:
        put(store, tmp_path)
        path = root / "objects" / KEY
        path.chmod(0o644)
        path.write_bytes(b"by")
        assert store.head(KEY).size_bytes == 2

    def test_a_key_that_is_a_folder_already(self, store: DirectoryStore, tmp_path: Path) -> None:
        put(store, tmp_path, "a/b")
        with pytest.raises(Conflict):
            put(store, tmp_path, "a")
        with pytest.raises(Conflict):
            put(store, tmp_path, "a/b/c")
        assert [found.key for found in store.list()] == ["a/b"]

    @pytest.mark.process
    def test_a_full_disk(self, tmp_path: Path) -> None:
        disk = tmp_path / "disk"
        disk.mkdir()
        try:
            run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)], timeout=A_WHILE)
        except (Misconfigured, Unavailable) as exc:
            pytest.skip(f"needs a small tmpfs mount: {exc}")
        try:
            store = DirectoryStore(disk / "store", CLOCK)
            put(store, tmp_path)
            with pytest.raises(NoSpace):
                put(store, tmp_path, "too-large", bytes(1 << 20))
            assert [found.key for found in store.list()] == [KEY]
            assert list((disk / "store" / "incoming").iterdir()) == []
            assert store.delete([KEY]) == {KEY: DeleteOutcome.DELETED}, "deletion needs no space"
        finally:
            run(["umount", str(disk)], timeout=A_WHILE)


class TestSidecar:
    @pytest.mark.parametrize(
        "content",
        [b"", b"{}", b"[1]", b'{"format": 2, "held": false}', b'{"format": 1, "held": 0}', b"\xff"],
    )
    def test_a_damaged_one_is_data_loss_and_never_deleted(
        self, store: DirectoryStore, root: Path, tmp_path: Path, content: bytes
    ) -> None:
        put(store, tmp_path)
        (root / "meta" / f"{KEY}.json").write_bytes(content)
        for call in (store.head, store.is_held):
            with pytest.raises(DataLoss, match=r"sidecar|format"):
                call(KEY)
        assert store.delete([KEY]) == {KEY: DeleteOutcome.FAILED}
        assert store.get(KEY) == b"bytes"

    def test_a_missing_one_is_data_loss(
        self, store: DirectoryStore, root: Path, tmp_path: Path
    ) -> None:
        put(store, tmp_path)
        (root / "meta" / f"{KEY}.json").unlink()
        with pytest.raises(DataLoss, match="no sidecar"):
            store.head(KEY)

    @pytest.mark.parametrize("how", ["cut", "remove", "folder"])
    def test_a_damaged_one_does_not_end_a_listing(
        self, store: DirectoryStore, root: Path, tmp_path: Path, how: str
    ) -> None:
        for key in ("a", "b", "c"):
            put(store, tmp_path, key)
        sidecar = root / "meta" / "b.json"
        sidecar.unlink()
        if how == "cut":
            sidecar.write_bytes(b"{")
        elif how == "folder":
            sidecar.mkdir()
        listing = store.list()
        assert [next(listing).key, next(listing).key] == ["a", "c"]
        with pytest.raises(UnreadableObjects, match="the first b: ") as told:
            next(listing)
        assert [key for key, _ in told.value.found] == ["b"]

    def test_a_lock_is_remembered_by_the_next_process(
        self, store: DirectoryStore, root: Path, tmp_path: Path
    ) -> None:
        until = CLOCK.now() + Elapsed.parse("1h")
        store.put(KEY, *source(tmp_path), {}, retain_until=until)
        store.set_hold(KEY, on=True)
        store.set_hold(KEY, on=False)
        again = DirectoryStore(root, CLOCK)
        assert again.delete([KEY]) == {KEY: DeleteOutcome.HELD}
        assert until > START
