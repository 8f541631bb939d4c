"""The S3 store's own promises on real servers: versions, renewed holds, plain refusals."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest
from minio import Minio as Client

from footage.clock import SystemClock
from footage.digest import Digest
from footage.errors import DataLoss, Misconfigured, NotFound, Unavailable, UnreadableObjects
from footage.instant import Elapsed
from footage.ports import DeleteOutcome, ObjectState, Strength, Unreadable
from infra.objects.minio_store import MinioStore
from infra.objects.s3_store import HOLD_RENEWAL
from lab.servers.loopback import free_ports

if TYPE_CHECKING:
    from pathlib import Path

    from infra.objects.s3_wire import Head
    from lab.servers.minio import Minio
    from lab.servers.versitygw import Versitygw

pytestmark = pytest.mark.server
CLOCK = SystemClock()
SOON = Elapsed.parse("2s")
STEP = Elapsed.parse("200ms")


@pytest.fixture(params=["minio", "versitygw"])
def server(request: pytest.FixtureRequest) -> Minio | Versitygw:
    found: Minio | Versitygw = request.getfixturevalue(f"{request.param}_server")
    return found


@pytest.fixture
def client(server: Minio | Versitygw) -> Client:
    return Client(server.endpoint, server.access_key, server.secret_key, secure=False)


@pytest.fixture
def bucket() -> str:
    return f"own-{secrets.token_hex(6)}"


def open_store(server: Minio | Versitygw, bucket: str, secret: str = "") -> MinioStore:
    keys = (server.access_key, secret or server.secret_key)
    return MinioStore(server.endpoint, bucket, *keys, secure=False, clock=CLOCK)


@pytest.fixture
def store(server: Minio | Versitygw, bucket: str) -> MinioStore:
    return open_store(server, bucket)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(b"bytes")
    return path


def test_where_the_store_refuses_by_itself_only_what_it_refused_is_asked_about(
    request: pytest.FixtureRequest, bucket: str, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Invariant 4 without a request for each object: the store was seen to keep held ones."""
    store = open_store(request.getfixturevalue("minio_server"), bucket)
    assert store.guarantees().hold_strength is Strength.STORE
    keys = [f"camera-1/{number:02d}" for number in range(20)]
    for key in keys:
        until = CLOCK.now() + Elapsed.parse("1h") if key == keys[7] else None
        store.put(key, source, Digest.of(b"bytes"), {}, retain_until=until)
    store.set_hold(keys[3], on=True)
    asked: list[str] = []
    head = store._wire.head

    def noted(key: str, version: str = "") -> Head:
        asked.append(key)
        return head(key, version)

    monkeypatch.setattr(store._wire, "head", noted)
    outcomes = store.delete(keys)
    kept = [keys[3], keys[7]]
    assert [key for key in keys if outcomes[key] is DeleteOutcome.HELD] == kept
    assert sorted(asked) == kept
    assert [found.key for found in store.list()] == kept


def test_a_marker_hides_the_object_and_deletion_takes_both(
    store: MinioStore, client: Client, bucket: str, source: Path
) -> None:
    store.put("a/b", source, Digest.of(b"bytes"), {})
    client.remove_object(bucket, "a/b")
    assert list(store.list()) == []
    store.put("a/b", source, Digest.of(b"bytes"), {})
    assert store.delete(["a/b"]) == {"a/b": DeleteOutcome.DELETED}
    again = list(store._wire.versions(["a/b"]))
    assert again == []


def test_a_hold_on_a_version_below_forbids_deletion_too(
    store: MinioStore, client: Client, bucket: str, source: Path
) -> None:
    store.put("a/b", source, Digest.of(b"bytes"), {})
    store.set_hold("a/b", on=True)
    client.remove_object(bucket, "a/b")  # a careless client hides it
    assert store.delete(["a/b"]) == {"a/b": DeleteOutcome.HELD}


def test_a_hold_reaches_the_versions_that_a_marker_hides(
    store: MinioStore, client: Client, bucket: str, source: Path
) -> None:
    """Hidden is not gone: the bytes below are held, released and told of as damaged."""
    store.put("a/b", source, Digest.of(b"bytes"), {})
    client.remove_object(bucket, "a/b")
    with pytest.raises(DataLoss, match="hidden by a delete marker"):
        store.set_hold("a/b", on=True)
    assert store.is_held("a/b")
    assert store.delete(["a/b"]) == {"a/b": DeleteOutcome.HELD}
    store.set_hold("a/b", on=False)
    assert not store.is_held("a/b")
    with pytest.raises(NotFound):
        store.set_hold("a/c", on=True)


def test_a_foreign_object_under_a_key_of_ours_is_told_as_unreadable(
    store: MinioStore, client: Client, bucket: str, source: Path
) -> None:
    store.put("ours", source, Digest.of(b"bytes"), {})
    client.fput_object(bucket, "foreign", str(source))
    states = store.states(["foreign", "ours", "absent"])
    assert states["foreign"] == Unreadable(
        f"foreign in {client._base_url.host}/{bucket} carries no digest: not stored by Footage"
    )
    assert isinstance(states["ours"], ObjectState)
    assert set(states) == {"foreign", "ours"}


def test_a_foreign_object_is_passed_over(
    store: MinioStore, client: Client, bucket: str, source: Path
) -> None:
    store.put("ours", source, Digest.of(b"bytes"), {})
    client.fput_object(bucket, "foreign", str(source))
    assert [found.key for found in store.list()] == ["ours"]
    with pytest.raises(DataLoss, match="not stored by Footage"):
        store.head("foreign")


def test_a_damaged_digest_does_not_end_a_listing(
    store: MinioStore, client: Client, bucket: str, source: Path
) -> None:
    for key in ("a", "c"):
        store.put(key, source, Digest.of(b"bytes"), {})
    client.fput_object(bucket, "b", str(source), metadata={"footage-sha256": "torn"})
    listing = store.list()
    assert [next(listing).key, next(listing).key] == ["a", "c"]
    with pytest.raises(UnreadableObjects) as told:
        next(listing)
    assert [key for key, _ in told.value.found] == ["b"]
    with pytest.raises(DataLoss, match="damaged digest"):
        store.head("b")


def test_many_objects_are_listed_and_deleted(
    versitygw_server: Versitygw, bucket: str, source: Path
) -> None:
    """More than a page of metadata and than a listing's page."""
    store = open_store(versitygw_server, bucket)
    keys = [f"a/{number:04d}" for number in range(1_030)]
    for key in keys:
        store.put(key, source, Digest.of(b"bytes"), {})
    assert [found.key for found in store.list()] == keys
    assert set(store.delete(keys).values()) == {DeleteOutcome.DELETED}
    assert list(store.list()) == []


def test_a_weak_stores_retention_is_renewed_with_the_hold(
    versitygw_server: Versitygw, bucket: str, source: Path
) -> None:
    store = open_store(versitygw_server, bucket)
    until = CLOCK.now() + SOON
    store.put("a", source, Digest.of(b"bytes"), {}, retain_until=until)
    before = CLOCK.now()
    store.set_hold("a", on=True)
    keys = (versitygw_server.access_key, versitygw_server.secret_key)
    raw = Client(versitygw_server.endpoint, *keys, secure=False)
    retention = raw.get_object_retention(bucket, "a")
    assert retention is not None
    found = retention.retain_until_date
    assert found.timestamp() >= (before + HOLD_RENEWAL).us // 1_000_000
    while CLOCK.now() < until:
        CLOCK.sleep(STEP)
    for version in store._wire.versions(["a"]):  # what the store alone says, our own check left out
        assert store._wire.delete([version])
    assert store.get("a") == b"bytes"


def test_a_strong_stores_retention_is_left_alone(
    minio_server: Minio, bucket: str, source: Path
) -> None:
    store = open_store(minio_server, bucket)
    until = CLOCK.now() + Elapsed.parse("1h")
    store.put("a", source, Digest.of(b"bytes"), {}, retain_until=until)
    store.guarantees()
    store.set_hold("a", on=True)
    keys = (minio_server.access_key, minio_server.secret_key)
    retention = Client(minio_server.endpoint, *keys, secure=False).get_object_retention(bucket, "a")
    assert retention is not None
    assert retention.retain_until_date.timestamp() == pytest.approx(until.us / 1e6, abs=0.01)


def test_a_hold_on_a_store_that_nobody_tried_moves_the_date_and_tries_nothing(
    minio_server: Minio, bucket: str, source: Path
) -> None:
    """Trying takes ten seconds: whoever holds footage does not wait for it."""
    store = open_store(minio_server, bucket)
    before = CLOCK.now()
    store.put("a", source, Digest.of(b"bytes"), {}, retain_until=before + SOON)
    store.set_hold("a", on=True)
    keys = (minio_server.access_key, minio_server.secret_key)
    raw = Client(minio_server.endpoint, *keys, secure=False)
    retention = raw.get_object_retention(bucket, "a")
    assert retention is not None
    assert retention.retain_until_date.timestamp() >= (before + HOLD_RENEWAL).us // 1_000_000
    found = raw.list_objects(bucket, recursive=True, include_version=False)
    assert [line.object_name for line in found] == ["a"], "a scratch object was there"


def test_a_bucket_without_object_lock_is_refused(
    server: Minio | Versitygw, client: Client, bucket: str
) -> None:
    client.make_bucket(bucket)
    with pytest.raises(Misconfigured, match="object lock"):
        list(open_store(server, bucket).list())


def test_a_wrong_secret_is_misconfigured_and_not_told(
    server: Minio | Versitygw, bucket: str
) -> None:
    store = open_store(server, bucket, "not-the-secret-at-all")
    with pytest.raises(Misconfigured) as caught:
        store.head("a")
    told = f"{caught.value} {caught.value!r} {store!r} {vars(store)!r}"
    assert "not-the-secret" not in told
    assert server.access_key not in told


def test_nobody_there(bucket: str) -> None:
    (port,) = free_ports(1)
    store = MinioStore(f"127.0.0.1:{port}", bucket, "a", "secret", secure=False, clock=CLOCK)
    with pytest.raises(Unavailable, match=f"127.0.0.1:{port}/{bucket}"):
        store.head("a")


def test_a_bucket_that_cannot_be() -> None:
    (port,) = free_ports(1)
    store = MinioStore(f"127.0.0.1:{port}", "No_Bucket!", "a", "b", secure=False, clock=CLOCK)
    with pytest.raises(Misconfigured):
        store.head("a")
    with pytest.raises(Misconfigured, match="endpoint"):
        MinioStore("http://x/y", "bucket", "a", "b", secure=False, clock=CLOCK)
