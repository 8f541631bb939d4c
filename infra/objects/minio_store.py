"""The object store by the `minio` client: the only module that imports `minio`.

Traps of version 7.2.20 that this module works round: `put_object` has no checksum argument and
turns anything over 5 MiB into a multipart put; listing versions fails on times with nanoseconds;
reading the lock configuration fails where a bucket has lock but no default rule.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import ParseError

import urllib3
from minio import Minio
from minio.commonconfig import ENABLED, GOVERNANCE
from minio.datatypes import Part
from minio.deleteobjects import DeleteObject
from minio.error import MinioException, S3Error
from minio.retention import Retention
from minio.versioningconfig import VersioningConfig
from minio.xml import Element, SubElement, getbytes

from footage.errors import BadInput, Misconfigured, Unavailable
from footage.instant import Elapsed
from infra.config.loading import secret
from infra.objects import s3_errors, s3_rules
from infra.objects.bucket_rules import read_rules
from infra.objects.s3_store import S3Store
from infra.objects.s3_wire import Head, Listed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from footage.clock import Clock
    from footage.instant import Instant
    from footage.ports import Guarantees
    from infra.config.sections.stores import Store
    from infra.objects.bucket_rules import BucketRules
    from infra.objects.s3_rules import Marker, Version, VersionPage
    from infra.stores import StoreContext

_NONE: Final = frozenset(("ObjectLockConfigurationNotFoundError", "NoSuchLifecycleConfiguration"))
_CONNECT_S: Final = 3.0
_READ_S: Final = 30.0  # of silence, not of the whole answer
_RETRIES: Final = 4  # after 0, 0.4, 0.8 and 1.6 s
_CONNECT_RETRIES: Final = 2
_BACKOFF_S: Final = 0.2
_CONNECTIONS: Final = 16
_LOCK_PAUSES: Final = tuple(map(Elapsed.parse, ("100ms", "200ms", "400ms", "800ms", "1500ms")))


class MinioStore(S3Store):
    """`footage.ports.ObjectStore` on an S3 server; nothing is sent before the first call.

    Args:
        endpoint: Host and port.
        bucket: Name of the bucket, created with object lock when absent.
        access_key: Key of an account that may not bypass governance retention.
        secret_key: Secret of `access_key`; never shown.
        secure: Whether to speak HTTPS, against the system's certificates.
        clock: Tells when a retention date has passed.
        seen: The store's guarantees as another process observed, or None.

    Raises:
        Misconfigured: The name of the endpoint or bucket is invalid.
    """

    def __init__(  # noqa: PLR0913 - what it takes to reach a server
        self,
        endpoint: str,
        bucket: str,
        access_key: str,
        secret_key: str,
        *,
        secure: bool,
        clock: Clock,
        seen: Callable[[], Guarantees | None] = lambda: None,
    ) -> None:
        try:
            client = _Client(endpoint, access_key, secret_key, secure=secure)
        except ValueError as exc:
            raise Misconfigured(f"not an S3 endpoint: {endpoint!r}", hint="host:port") from exc
        super().__init__(_MinioWire(client, bucket, f"{endpoint}/{bucket}", clock), clock, seen)


def from_settings(chosen: Store, context: StoreContext) -> MinioStore:
    """The store at the S3 endpoint named by the settings.

    Raises:
        Misconfigured: As for `MinioStore`; or no endpoint is set, or a key cannot be read.
    """
    if not chosen.endpoint:  # the client takes an empty one for a host
        raise Misconfigured("no endpoint of the S3 store", hint="[store] endpoint names it")
    return MinioStore(
        chosen.endpoint,
        chosen.bucket,
        secret(chosen.access_key_file, what="access key of the store"),
        secret(chosen.secret_key_file, what="secret key of the store"),
        secure=chosen.secure,
        clock=context.clock,
        seen=context.seen_guarantees,
    )


class _Client(Minio):
    """The `minio` client with limited waits and with calls that the client lacks."""

    def __init__(self, endpoint: str, access_key: str, secret_key: str, *, secure: bool) -> None:
        pool = urllib3.PoolManager(
            maxsize=_CONNECTIONS,
            timeout=urllib3.Timeout(connect=_CONNECT_S, read=_READ_S),
            cert_reqs="CERT_REQUIRED",
            retries=urllib3.Retry(
                total=_RETRIES,
                connect=_CONNECT_RETRIES,
                backoff_factor=_BACKOFF_S,
                status_forcelist=(500, 502, 503, 504),
                respect_retry_after_header=False,  # a starting MinIO says 60 s, and is up after 1
            ),
        )
        super().__init__(endpoint, access_key, secret_key, secure=secure, http_client=pool)
        self._pool = pool

    def reconnect(self) -> None:
        """Use a new connection for the next call: a load balancer may choose another node."""
        self._pool.clear()

    def put_part(self, bucket: str, key: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Upload an object of any size as a single part, with the given headers."""
        self._execute("PUT", bucket, key, body=body, headers=dict(headers))

    def unfinished_uploads(self, bucket: str, key: str) -> list[str]:
        """Ids of uploads of exactly this key, in parts, that nobody ended."""
        found = self._list_multipart_uploads(bucket, prefix=key).uploads
        return [one.upload_id or "" for one in found if one.object_name == key]

    def abort_upload(self, bucket: str, key: str, upload: str) -> None:
        """Remove the parts of an upload; no error where the upload ended meanwhile."""
        try:
            self._abort_multipart_upload(bucket, key, upload)
        except S3Error as exc:
            if exc.code != "NoSuchUpload":
                raise

    def begin_upload(self, bucket: str, key: str, headers: Mapping[str, str]) -> str:
        """Begin an upload in parts; returns the upload's id."""
        return self._create_multipart_upload(bucket, key, dict(headers))

    def put_one_part(self, bucket: str, key: str, upload: str, number: int, body: bytes) -> Part:
        """Upload a part; the client sends a digest of the part, which the server checks."""
        etag = self._upload_part(bucket, key, body, None, upload, number)
        return Part(number, etag)

    def end_upload(
        self, bucket: str, key: str, upload: str, parts: Sequence[Part], headers: Mapping[str, str]
    ) -> None:
        """Put the parts together; the client's own call takes no headers."""
        root = Element("CompleteMultipartUpload")
        for part in parts:
            tag = SubElement(root, "Part")
            SubElement(tag, "PartNumber", str(part.part_number))
            SubElement(tag, "ETag", f'"{part.etag}"')
        answer = self._execute(
            *("POST", bucket, key),
            body=getbytes(root),
            headers={"Content-Type": "application/xml", **headers},
            query_params={"uploadId": upload},
        )
        if b"<Error>" in bytes(answer.data):  # S3 may say 200 first, and find an error later
            raise S3Error(answer, "InternalError", "the parts were not put together", key, "", "")

    def get_range(self, bucket: str, key: str, byte_range: str) -> bytes:
        """Bytes of an object for a Range header; "" asks for all bytes."""
        headers = {"Range": byte_range} if byte_range else {}
        return bytes(self._execute("GET", bucket, key, headers=dict(headers)).data)

    def has_lock(self, bucket: str) -> bool:
        """Whether the bucket was made with object lock."""
        try:
            answer = self._execute("GET", bucket, query_params={"object-lock": ""})
        except S3Error as exc:
            if exc.code == "ObjectLockConfigurationNotFoundError":
                return False
            raise
        return b"Enabled" in bytes(answer.data)

    def about(self, bucket: str, what: str) -> bytes:
        """The server's answer about a bucket, e.g. its `lifecycle`; empty where there is none."""
        try:
            return bytes(self._execute("GET", bucket, query_params={what: ""}).data)
        except S3Error as exc:
            if exc.code in _NONE or (what == "lifecycle" and exc.code == "NotImplemented"):
                return b""
            raise

    def version_page(self, bucket: str, prefix: str, start: Marker, most: int) -> VersionPage:
        """At most `most` versions of keys with `prefix`, after `start`."""
        query = {"versions": "", "prefix": prefix, "encoding-type": "url", "max-keys": str(most)}
        if start.key:
            query["key-marker"] = start.key
            if start.version:
                query["version-id-marker"] = start.version
        return s3_rules.parse_versions(
            bytes(self._execute("GET", bucket, query_params=dict(query)).data)
        )


class _MinioWire:
    """`infra.objects.s3_wire.Wire` by the client; every foreign exception ends here."""

    def __init__(self, client: _Client, bucket: str, where: str, clock: Clock) -> None:
        self._client, self._name, self.where, self._clock = client, bucket, where, clock
        self._was_absent = False

    def ensure_bucket(self) -> None:
        with self._seam():
            if not self._client.bucket_exists(self._name):
                self._was_absent = True
                self._make_bucket()
            if self._is_locked() or (self._was_absent and self._is_locked_when_made_again()):
                return
        raise Misconfigured(
            f"bucket {self.where} was made without object lock, so holds cannot bind",
            hint="remove it if it is empty, or name another; Footage makes it with object lock",
        )

    def put(self, key: str, body: bytes, headers: Mapping[str, str]) -> None:
        with self._seam(key):
            self._client.put_part(self._name, key, body, headers)

    def put_parts(
        self,
        key: str,
        parts: Iterable[bytes],
        headers: Mapping[str, str],
        confirmed: Callable[[], None],
    ) -> None:
        client, only_new = self._client, s3_rules.ONLY_NEW
        begin = {name: value for name, value in headers.items() if name != only_new}
        end = {name: value for name, value in headers.items() if name == only_new}
        with self._seam(key):
            for left in client.unfinished_uploads(self._name, key):
                client.abort_upload(self._name, key, left)
            upload = client.begin_upload(self._name, key, begin)
            try:
                done = [
                    client.put_one_part(self._name, key, upload, number, body)
                    for number, body in enumerate(parts, start=1)
                ]
                confirmed()
                client.end_upload(self._name, key, upload, done, end)
            except BaseException:
                # Where this fails the next put of the key does the same.
                with suppress(S3Error, MinioException, urllib3.exceptions.HTTPError):
                    client.abort_upload(self._name, key, upload)
                raise

    def head(self, key: str, version: str = "") -> Head:
        with self._seam(key):
            found = self._client.stat_object(self._name, key, version_id=version or None)
        return Head(found.size or 0, found.version_id or version, dict(found.metadata or {}))

    def get(self, key: str, *, offset: int, length: int | None) -> bytes:
        last = "" if length is None else str(offset + length - 1)
        whole = offset == 0 and length is None
        with self._seam(key):
            try:
                asked = "" if whole else f"bytes={offset}-{last}"
                return self._client.get_range(self._name, key, asked)
            except S3Error as exc:
                if exc.code == "InvalidRange":  # it begins past the end
                    return b""
                raise

    def objects(self, prefix: str) -> Iterator[Listed]:
        with self._seam():
            for line in self._client.list_objects(
                self._name, prefix, recursive=True, include_user_meta=True
            ):
                headers = {name.lower(): value for name, value in (line.metadata or {}).items()}
                yield Listed(line.object_name or "", line.size or 0, headers)

    def versions(self, keys: Collection[str]) -> Iterator[Version]:
        asking = s3_rules.VersionListing(keys)
        with self._seam():
            while asking.start is not None:
                page = self._client.version_page(
                    self._name, asking.prefix, asking.start, asking.most
                )
                yield from asking.wanted(page)

    def delete(self, versions: Sequence[Version]) -> dict[Version, str]:
        asked = [DeleteObject(version.key, version.id) for version in versions]
        with self._seam():
            errors = {
                (error.name, error.version_id): f"{error.code}: {error.message}"
                for error in self._client.remove_objects(self._name, asked)
            }
        return {
            version: said for version in versions if (said := errors.get((version.key, version.id)))
        }

    def delete_one(self, version: Version) -> None:
        try:
            with self._seam(version.key):
                self._client.remove_object(self._name, version.key, version_id=version.id)
        except (BadInput, Misconfigured):
            return  # refused: looked at afterwards, whatever the server says

    def rules(self) -> BucketRules:
        with self._seam():
            return read_rules(
                self._client.about(self._name, "versioning"),
                self._client.about(self._name, "object-lock"),
                self._client.about(self._name, "lifecycle"),
            )

    def mark_deleted(self, key: str) -> None:
        with self._seam(key):
            self._client.remove_object(self._name, key)

    def hold(self, key: str, version: str, *, on: bool) -> None:
        client = self._client
        act = client.enable_object_legal_hold if on else client.disable_object_legal_hold
        with self._seam(key):
            act(self._name, key, version or None)

    def is_held(self, key: str, version: str) -> bool:
        with self._seam(key):
            return self._client.is_object_legal_hold_enabled(self._name, key, version or None)

    def retain(self, key: str, version: str, until: Instant) -> None:
        with self._seam(key):
            self._client.set_object_retention(
                self._name, key, Retention(GOVERNANCE, until.to_datetime()), version or None
            )

    def _is_locked(self) -> bool:
        """Whether any node reports the bucket's object lock, asked several times.

        Some nodes learn of a new bucket's lock late, or never. Versioning is requested again when
        another node has reported the lock; the request changes nothing then.
        """
        if self._client.has_lock(self._name):
            return True
        for pause in _LOCK_PAUSES:
            self._clock.sleep(pause)
            self._client.reconnect()
            if self._client.has_lock(self._name):
                self._tell_of_versions()
                return True
        return False

    def _is_locked_when_made_again(self) -> bool:
        """Whether the bucket has a lock once an unfinished bucket was removed and made again.

        An unreachable node can make MinIO fail between creating a bucket and recording its lock;
        the client's next try is then told that the bucket exists. A bucket that did not exist
        before, has no lock and is empty (a full bucket is not removed) is such a half.
        """
        self._client.remove_bucket(self._name)
        self._make_bucket()
        return self._is_locked()

    def _make_bucket(self) -> None:
        """Create the bucket, then request versioning again, so that all nodes learn of the lock.

        Of some 900 buckets made on four MinIO nodes, four were taken for unlocked and unversioned
        by one node, for good: that node had cached its reading while the bucket was being made.
        Of 500 buckets with the second request, none.
        """
        try:
            self._client.make_bucket(self._name, object_lock=True)
        except S3Error as exc:
            if exc.code not in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}:
                raise  # those two: another process was faster, or an earlier try of this call
        else:
            self._tell_of_versions()

    def _tell_of_versions(self) -> None:
        self._client.set_bucket_versioning(self._name, VersioningConfig(ENABLED))

    @contextmanager
    def _seam(self, key: str = "") -> Iterator[None]:
        try:
            yield
        except S3Error as exc:
            code, said = exc.code or "no code", exc.message or ""
            raise s3_errors.translated(code, said, where=self.where, key=key) from exc
        except urllib3.exceptions.MaxRetryError as exc:
            raise self._unreachable(str(exc.reason)) from exc
        except (urllib3.exceptions.HTTPError, MinioException, ParseError) as exc:
            raise self._unreachable(str(exc)) from exc
        except ValueError as exc:  # the client's own check of names
            raise Misconfigured(f"{self.where}: {exc}", hint="check endpoint and bucket") from exc

    def _unreachable(self, why: str) -> Unavailable:
        return Unavailable(
            f"the object store {self.where} does not answer: {why}",
            hint="check that it runs and that its endpoint is right",
        )
