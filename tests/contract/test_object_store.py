"""The contract of `footage.ports.ObjectStore`, run against every adapter."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from footage.clock import SystemClock
from footage.digest import Digest
from footage.errors import BadInput, Conflict, DataLoss, NotFound
from footage.instant import Elapsed
from footage.ports import DeleteOutcome, ObjectState, StoredObject, Strength
from infra.objects.directory_store import DirectoryStore
from infra.objects.memory_store import MemoryStore
from infra.objects.minio_store import MinioStore

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from footage.instant import Instant
    from footage.ports import ObjectStore
    from lab.servers.minio import Minio
    from lab.servers.versitygw import Versitygw

KEY = "site-2/2026-11-22/camera-5/15/08-23.547Z.0.mp4"
METADATA = {"camera": "camera-5", "note": "two  words = 50 %; more, and more", "empty": ""}
SOON = Elapsed.parse("2s")
STEP = Elapsed.parse("100ms")
CLOCK = SystemClock()
BIG = 9 << 20  # above the size where S3 clients turn to several parts


def open_s3(server: Minio | Versitygw) -> MinioStore:
    bucket = f"contract-{secrets.token_hex(6)}"
    keys = (server.access_key, server.secret_key)
    return MinioStore(server.endpoint, bucket, *keys, secure=False, clock=CLOCK)


@pytest.fixture(
    params=[
        "memory",
        "directory",
        pytest.param("minio", marks=pytest.mark.server),
        pytest.param("versitygw", marks=pytest.mark.server),
    ]
)
def kind(request: pytest.FixtureRequest) -> str:
    assert isinstance(request.param, str)
    return request.param


@pytest.fixture
def store(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    makers: dict[str, Callable[[], ObjectStore]] = {
        "memory": lambda: MemoryStore(CLOCK),
        "directory": lambda: DirectoryStore(tmp_path / "store", CLOCK),
    }
    if kind in makers:
        return makers[kind]()
    return open_s3(request.getfixturevalue(f"{kind}_server"))


class Source:
    """Files to put."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, data: bytes) -> tuple[Path, Digest]:
        path = self._folder / secrets.token_hex(8)
        path.write_bytes(data)
        return path, Digest.of(data)


@pytest.fixture
def source(tmp_path: Path) -> Source:
    folder = tmp_path / "sources"
    folder.mkdir()
    return Source(folder)


class Keeper:
    """An object store and the files put into the store."""

    def __init__(self, store: ObjectStore, source: Source) -> None:
        self.store, self._source = store, source

    def put(
        self,
        key: str = KEY,
        data: bytes = b"0123456789",
        metadata: Mapping[str, str] | None = None,
        *,
        retain_until: Instant | None = None,
        giving: bool = False,
    ) -> StoredObject:
        path, digest = self._source.of(data)
        return self.store.put(
            key, path, digest, metadata or {}, retain_until=retain_until, giving=giving
        )

    def keys(self, prefix: str = "") -> list[str]:
        return [found.key for found in self.store.list(prefix)]

    def delete(self, key: str = KEY) -> DeleteOutcome:
        return self.store.delete([key])[key]


@pytest.fixture
def keeper(store: ObjectStore, source: Source) -> Keeper:
    return Keeper(store, source)


class TestPut:
    def test_what_was_put_is_there(self, keeper: Keeper) -> None:
        put = keeper.put(data=b"bytes", metadata=METADATA)
        assert put == StoredObject(KEY, 5, Digest.of(b"bytes"), METADATA)
        assert keeper.store.head(KEY) == put
        assert list(keeper.store.list()) == [put]
        assert keeper.store.get(KEY) == b"bytes"

    def test_a_given_file_is_stored_alike_and_may_go(self, keeper: Keeper, source: Source) -> None:
        path, digest = source.of(b"given")
        once = keeper.store.put(KEY, path, digest, METADATA, giving=True)
        assert keeper.store.put(KEY, path, digest, METADATA, giving=True) == once
        assert path.read_bytes() == b"given"
        path.unlink()
        assert keeper.store.get(KEY) == b"given"

    def test_a_given_file_that_is_not_its_digest_is_refused(
        self, keeper: Keeper, source: Source
    ) -> None:
        path, _ = source.of(b"given")
        with pytest.raises(DataLoss):
            keeper.store.put(KEY, path, Digest.of(b"other"), {}, giving=True)
        assert keeper.keys() == []
        assert path.read_bytes() == b"given"

    def test_metadata_names_come_back_in_lower_case(self, keeper: Keeper) -> None:
        keeper.put(metadata={"Camera-Name": "Gate 1"})
        assert keeper.store.head(KEY).metadata == {"camera-name": "Gate 1"}

    @pytest.mark.parametrize("data", [b"", bytes(BIG)], ids=["empty", "9 MiB"])
    def test_any_size(self, keeper: Keeper, data: bytes) -> None:
        assert keeper.put(data=data).size_bytes == len(data)
        assert keeper.store.get(KEY) == data

    @pytest.mark.parametrize("size", [10, BIG])
    def test_bytes_of_another_digest_are_refused(
        self, keeper: Keeper, source: Source, size: int
    ) -> None:
        path, _ = source.of(bytes(size))
        with pytest.raises(DataLoss):
            keeper.store.put(KEY, path, Digest.of(b"other"), {})
        assert keeper.keys() == []
        with pytest.raises(NotFound):
            keeper.store.head(KEY)

    def test_again_changes_nothing(self, keeper: Keeper) -> None:
        first = keeper.put(metadata={"camera": "a"})
        assert keeper.put(metadata={"camera": "b"}) == first
        assert keeper.store.head(KEY) == first
        assert keeper.delete() is DeleteOutcome.DELETED
        assert keeper.keys() == []

    def test_other_bytes_under_the_same_key_conflict(self, keeper: Keeper) -> None:
        keeper.put(data=b"first")
        with pytest.raises(Conflict):
            keeper.put(data=b"other")
        assert keeper.store.get(KEY) == b"first"

    def test_of_many_at_once_one_wins(self, keeper: Keeper) -> None:
        bodies = [b"writer %d" % number for number in range(8)]

        def attempt(body: bytes) -> bool:
            try:
                keeper.put(data=body)
            except Conflict:
                return False
            return True

        with ThreadPoolExecutor(len(bodies)) as pool:
            won = [body for body, ok in zip(bodies, pool.map(attempt, bodies), strict=True) if ok]
        assert len(won) == 1
        assert keeper.store.get(KEY) == won[0]
        assert keeper.store.head(KEY).digest == Digest.of(won[0])
        assert keeper.delete() is DeleteOutcome.DELETED
        with pytest.raises(NotFound):
            keeper.store.head(KEY)

    def test_a_source_that_is_gone(self, store: ObjectStore, tmp_path: Path) -> None:
        with pytest.raises(NotFound, match="nothing to store"):
            store.put(KEY, tmp_path / "gone", Digest.of(b""), {})

    @pytest.mark.parametrize("key", ["", "/a", "a/", "a//b", "a/../b", ".", "a b", "a/é", "a\n"])
    def test_keys_that_no_store_takes(self, keeper: Keeper, key: str) -> None:
        with pytest.raises(BadInput):
            keeper.put(key)
        with pytest.raises(BadInput):
            keeper.store.head(key)
        with pytest.raises(BadInput):
            keeper.store.delete([key])

    @pytest.mark.parametrize(
        "metadata",
        [
            {"a b": ""},
            {"": "x"},
            {"a": "é"},
            {"a": "x\ny"},
            {"a": "1", "A": "2"},
            {"a": "x" * 2048},
        ],
    )
    def test_metadata_that_no_store_takes(
        self, keeper: Keeper, metadata: Mapping[str, str]
    ) -> None:
        with pytest.raises(BadInput):
            keeper.put(metadata=metadata)
        assert keeper.keys() == []


class TestRead:
    @pytest.mark.parametrize(
        ("offset", "length", "expected"),
        [
            (0, None, b"0123456789"),
            (3, None, b"3456789"),
            (3, 4, b"3456"),
            (0, 0, b""),
            (8, 100, b"89"),
            (10, 1, b""),
            (50, None, b""),
        ],
    )
    def test_ranges(self, keeper: Keeper, offset: int, length: int | None, expected: bytes) -> None:
        keeper.put()
        assert keeper.store.get(KEY, offset=offset, length=length) == expected

    def test_an_absent_key(self, store: ObjectStore) -> None:
        calls: list[Callable[[], object]] = [
            lambda: store.head(KEY),
            lambda: store.get(KEY),
            lambda: store.get(KEY, offset=1, length=2),
            lambda: store.get(KEY, length=0),
            lambda: store.is_held(KEY),
            lambda: store.set_hold(KEY, on=True),
            lambda: store.set_hold(KEY, on=False),
        ]
        for call in calls:
            with pytest.raises(NotFound):
                call()

    def test_a_folder_is_no_object(self, keeper: Keeper) -> None:
        keeper.put("a/b/c")
        with pytest.raises(NotFound):
            keeper.store.head("a/b")
        with pytest.raises(NotFound):
            keeper.store.get("a/b/c/d")

    def test_list_is_in_key_order_and_by_prefix(self, keeper: Keeper) -> None:
        keys = ["a-b/1", "a.b/1", "a/1", "a/10", "a/2/x", "a0/1", "b"]
        for key in reversed(keys):
            keeper.put(key, key.encode())
        assert keeper.keys() == sorted(keys)
        assert keeper.keys("a/") == ["a/1", "a/10", "a/2/x"]
        assert keeper.keys("a/1") == ["a/1", "a/10"]
        assert keeper.keys("a") == sorted(keys)[:-1]
        assert keeper.keys("none/") == []


class TestDelete:
    def test_gone_for_good(self, keeper: Keeper) -> None:
        keeper.put("a/1")
        keeper.put("a/1x")
        assert keeper.store.delete(["a/1", "absent"]) == {
            "a/1": DeleteOutcome.DELETED,
            "absent": DeleteOutcome.DELETED,
        }
        assert keeper.keys() == ["a/1x"]
        with pytest.raises(NotFound):
            keeper.store.get("a/1")

    def test_and_may_be_put_again(self, keeper: Keeper) -> None:
        keeper.put(data=b"first")
        keeper.delete()
        keeper.put(data=b"second")
        assert keeper.store.get(KEY) == b"second"
        assert keeper.keys() == [KEY]

    def test_nothing_to_delete(self, store: ObjectStore) -> None:
        assert store.delete([]) == {}

    def test_neighbours_and_others_between(self, keeper: Keeper) -> None:
        keys = ["a/0", "a/1", "a/10", "a/2/x", "a/3", "b/1", "b/10", "c"]
        stay = ["a-b/1", "a/1x", "a/2/y", "a/30", "b/2", "d"]
        for key in keys[1:] + stay:
            keeper.put(key)
        assert set(keeper.store.delete(keys).values()) == {DeleteOutcome.DELETED}
        assert keeper.keys() == sorted(stay)

    def test_the_same_key_twice(self, keeper: Keeper) -> None:
        keeper.put()
        assert keeper.store.delete([KEY, KEY]) == {KEY: DeleteOutcome.DELETED}


class TestHold:
    """Invariant 4."""

    def test_a_held_object_stays_and_the_others_go(self, keeper: Keeper) -> None:
        keeper.put("held")
        keeper.put("free")
        keeper.store.set_hold("held", on=True)
        assert keeper.store.is_held("held")
        assert not keeper.store.is_held("free")
        assert keeper.store.delete(["held", "free"]) == {
            "held": DeleteOutcome.HELD,
            "free": DeleteOutcome.DELETED,
        }
        assert keeper.store.get("held") == b"0123456789"
        keeper.store.set_hold("held", on=False)
        assert not keeper.store.is_held("held")
        assert keeper.delete("held") is DeleteOutcome.DELETED

    def test_states_tell_facts_and_holds_of_what_is_stored(self, keeper: Keeper) -> None:
        for key in ("held", "free"):
            keeper.put(key)
        keeper.store.set_hold("held", on=True)
        found = keeper.store.states(["held", "absent", "free"])
        states = {key: state for key, state in found.items() if isinstance(state, ObjectState)}
        assert {key: state.held for key, state in states.items()} == {"held": True, "free": False}
        assert states["held"].facts == keeper.store.head("held")
        assert keeper.store.states([]) == {}

    def test_setting_it_twice_is_as_once(self, keeper: Keeper) -> None:
        keeper.put()
        for on in (True, True, False, False):
            keeper.store.set_hold(KEY, on=on)
            assert keeper.store.is_held(KEY) is on

    def test_putting_again_keeps_it(self, keeper: Keeper) -> None:
        keeper.put()
        keeper.store.set_hold(KEY, on=True)
        keeper.put()
        assert keeper.store.is_held(KEY)

    def test_a_locked_object_stays_until_its_date(self, keeper: Keeper) -> None:
        keeper.put(retain_until=CLOCK.now() + SOON)
        assert keeper.delete() is DeleteOutcome.HELD
        assert not keeper.store.is_held(KEY)
        wait_until_deleted(keeper)

    def test_a_date_that_has_passed_locks_nothing(self, keeper: Keeper) -> None:
        keeper.put(retain_until=CLOCK.now() - SOON)
        assert keeper.delete() is DeleteOutcome.DELETED

    def test_a_hold_outlives_the_date(self, keeper: Keeper) -> None:
        until = CLOCK.now() + SOON
        keeper.put("held", retain_until=until)
        keeper.put("plain", retain_until=until)
        keeper.store.set_hold("held", on=True)
        wait_until_deleted(keeper, "plain")
        assert keeper.delete("held") is DeleteOutcome.HELD
        assert keeper.keys() == ["held"]


class TestGuarantees:
    def test_what_each_store_was_seen_to_give(self, keeper: Keeper, kind: str) -> None:
        keeper.put()
        found = keeper.store.guarantees()
        assert found.digest_checked_put
        assert found.findings
        assert (
            found.hold_strength
            is {
                "memory": Strength.STORE,
                "directory": Strength.OURS,
                "minio": Strength.STORE,
                "versitygw": Strength.STORE_RENEWED,  # deletes held objects after their date
            }[kind]
        )
        assert keeper.keys() == [KEY], "scratch objects were left"


def wait_until_deleted(keeper: Keeper, key: str = KEY) -> None:
    for _ in range(100):
        if keeper.delete(key) is DeleteOutcome.DELETED:
            return
        CLOCK.sleep(STEP)
    pytest.fail(f"{key} stayed locked after its date")
