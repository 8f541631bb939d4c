"""Objects put in parts on real servers: whole or not at all, locked, and nothing left of a kill."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest
from minio import Minio as Client
from minio.error import S3Error

from footage.clock import SystemClock
from footage.digest import Digest
from footage.errors import Conflict, DataLoss, NotFound
from footage.instant import Elapsed
from footage.ports import DeleteOutcome
from infra.objects.minio_store import MinioStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from lab.servers.minio import Minio
    from lab.servers.versitygw import Versitygw

pytestmark = pytest.mark.server
CLOCK = SystemClock()
KEY = "originals/camera-1/0123456789abcdef-5"
DATA = bytes(range(256)) * (11 << 12)
"""11 MiB: two parts of the 5 MiB that S3 asks for at least, and a rest."""
MADE = {"format": "original-1", "file": "dvr%203.avi"}


@pytest.fixture(params=["minio", "versitygw"])
def server(request: pytest.FixtureRequest) -> Minio | Versitygw:
    found: Minio | Versitygw = request.getfixturevalue(f"{request.param}_server")
    return found


@pytest.fixture
def bucket() -> str:
    return f"parts-{secrets.token_hex(6)}"


@pytest.fixture
def client(server: Minio | Versitygw) -> Client:
    return Client(server.endpoint, server.access_key, server.secret_key, secure=False)


@pytest.fixture
def store(server: Minio | Versitygw, bucket: str) -> MinioStore:
    keys = (server.access_key, server.secret_key)
    made = MinioStore(server.endpoint, bucket, *keys, secure=False, clock=CLOCK)
    made.one_put_bytes = made.part_bytes = 5 << 20
    return made


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "film.avi"
    path.write_bytes(DATA)
    return path


def uploads(client: Client, bucket: str) -> list[str]:
    found = client._list_multipart_uploads(
        bucket, prefix=KEY
    ).uploads  # MinIO lists by the whole key
    return [one.object_name or "" for one in found]


def test_an_object_in_parts_is_stored_whole_with_digest_and_metadata(
    store: MinioStore, client: Client, bucket: str, film: Path
) -> None:
    put = store.put(KEY, film, Digest.of(DATA), MADE)
    assert store.head(KEY) == put
    assert (put.size_bytes, put.digest, put.metadata) == (len(DATA), Digest.of(DATA), MADE)
    assert store.get(KEY) == DATA
    assert store.get(KEY, offset=(5 << 20) - 2, length=4) == DATA[(5 << 20) - 2 :][:4]
    assert [found.key for found in store.list("originals/")] == [KEY]
    assert uploads(client, bucket) == []
    assert store.put(KEY, film, Digest.of(DATA), MADE) == put, "again it changes nothing"
    versions = list(client.list_objects(bucket, KEY, include_version=True))
    assert len(versions) == 1


def test_other_bytes_than_the_digest_s_store_nothing(
    store: MinioStore, client: Client, bucket: str, film: Path
) -> None:
    with pytest.raises(DataLoss, match="nothing was stored"):
        store.put(KEY, film, Digest.of(b"other"), MADE)
    with pytest.raises(NotFound):
        store.head(KEY)
    assert uploads(client, bucket) == []


def test_another_file_under_the_key_is_refused(store: MinioStore, film: Path) -> None:
    store.put(KEY, film, Digest.of(DATA), MADE)
    film.write_bytes(DATA + b"!")
    with pytest.raises(Conflict):
        store.put(KEY, film, Digest.of(DATA + b"!"), MADE)
    assert store.get(KEY) == DATA


def test_an_object_in_parts_is_held_and_locked_like_any_object(
    store: MinioStore, film: Path
) -> None:
    until = CLOCK.now() + Elapsed.parse("2s")
    store.put(KEY, film, Digest.of(DATA), MADE, retain_until=until)
    assert store.delete([KEY]) == {KEY: DeleteOutcome.HELD}
    store.set_hold(KEY, on=True)
    assert store.is_held(KEY)
    while CLOCK.now() <= until:
        CLOCK.sleep(Elapsed.parse("200ms"))
    assert store.delete([KEY]) == {KEY: DeleteOutcome.HELD}
    store.set_hold(KEY, on=False)


class Killed(BaseException):
    """The end of a process, as far as a test can tell."""


def test_a_kill_at_any_part_leaves_no_object_and_the_next_put_takes_the_parts_away(
    store: MinioStore, client: Client, bucket: str, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire = store._wire
    for lives in (0, 1, 3):
        _dying(wire, lives, monkeypatch)
        with pytest.raises(Killed):
            store.put(KEY, film, Digest.of(DATA), MADE)
        monkeypatch.undo()
        with pytest.raises(NotFound):
            store.head(KEY)
        assert uploads(client, bucket) == [KEY], "of the kill before nothing is left"
    assert store.put(KEY, film, Digest.of(DATA), MADE).size_bytes == len(DATA)
    assert uploads(client, bucket) == []
    assert store.get(KEY) == DATA


def _dying(wire: object, lives: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an upload die behind `lives` parts, with no chance to clean up."""
    inner = wire._client  # type: ignore[attr-defined] # of the adapter under test
    put_parts: Callable[..., None] = wire.put_parts  # type: ignore[attr-defined] # likewise

    def dying(
        key: str,
        parts: Iterable[bytes],
        headers: Mapping[str, str],
        confirmed: Callable[[], None],
    ) -> None:
        def some() -> Iterable[bytes]:
            for number, body in enumerate(parts):
                if number == lives:
                    _die()
                yield body

        def last() -> None:
            confirmed()
            _die()

        put_parts(key, some(), headers, last)

    def _die() -> None:
        monkeypatch.setattr(inner, "abort_upload", lambda *_: None)
        raise Killed

    monkeypatch.setattr(wire, "put_parts", dying)


def test_a_part_that_arrives_otherwise_is_refused_by_the_server(
    store: MinioStore, client: Client, bucket: str
) -> None:
    """The server checks each part, on which `put_parts` relies."""
    store._bucket()
    upload = client._create_multipart_upload(bucket, KEY, {})
    wrong: dict[str, str | list[str] | tuple[str]] = {"Content-MD5": "AAAAAAAAAAAAAAAAAAAAAA=="}
    with pytest.raises(S3Error):
        client._upload_part(bucket, KEY, DATA[: 5 << 20], wrong, upload, 1)
    client._abort_multipart_upload(bucket, KEY, upload)
