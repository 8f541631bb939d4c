"""Objects in S3: the contract of the port over a `Wire`.

Each object is a single part, checked by the store against Footage's SHA-256 (a multipart put
ignores the header), under one live version; a deletion removes every version and delete marker by
id. An object of more than 256 MiB, such as the original file of an import, is put in parts: the
store checks each part against a digest of the part, and the parts are put together only when all
bytes sent were seen to have the object's SHA-256.

A hold is the store's legal hold. Where the store was seen to delete held objects once their
retention date has passed, `set_hold(on=True)` also moves that date to `HOLD_RENEWAL` ahead: call
`set_hold` again, at least daily, while the hold is in force. A released object may then stay locked
for as long. Where the store was never probed the date is moved as well: too long a lock harms less.
"""

from __future__ import annotations

import hashlib
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby, islice
from typing import TYPE_CHECKING, Final

from footage import durable
from footage.digest import Digest
from footage.errors import (
    BadInput,
    Conflict,
    DataLoss,
    Misconfigured,
    NotFound,
    UnreadableObjects,
)
from footage.instant import Elapsed
from footage.ports import (
    DeleteOutcome,
    Guarantees,
    ObjectState,
    StoredObject,
    Strength,
    Unreadable,
)
from infra.objects import s3_rules
from infra.objects.object_rules import check_key, check_metadata
from infra.objects.s3_probe import probe

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from footage.clock import Clock
    from footage.instant import Instant
    from infra.objects.bucket_rules import BucketRules
    from infra.objects.s3_rules import Version
    from infra.objects.s3_wire import Head, Listed, Wire

HOLD_RENEWAL: Final = Elapsed.parse("7d")
"""How far ahead a weak store's retention is moved: a week without the daily job loses no hold."""

_ONE_PUT_BYTES: Final = 256 << 20  # held in memory whole; S3 takes up to 5 GiB
_PART_BYTES: Final = 64 << 20
_MOST_PARTS: Final = 10_000  # S3's limit
_FIRST_PAGE: Final = 8  # who looks at the first keys only asks for no more metadata
_PAGE: Final = 500  # objects whose metadata are asked for at a time
_HEADS: Final = 8  # simultaneous requests for metadata
_BATCH: Final = 1_000  # S3's limit of a multi-delete


class S3Store:
    """`footage.ports.ObjectStore` over S3. Nothing is sent before the first call.

    Args:
        wire: The calls to the server.
        clock: Tells when a retention date has passed.
        seen: The store's guarantees as another process observed, or None.
    """

    def __init__(
        self, wire: Wire, clock: Clock, seen: Callable[[], Guarantees | None] = lambda: None
    ) -> None:
        self._wire, self._clock, self._seen = wire, clock, seen
        self._lock = threading.Lock()
        self._ready = False
        self._known: Guarantees | None = None
        self.one_put_bytes, self.part_bytes = _ONE_PUT_BYTES, _PART_BYTES

    def put(
        self,
        key: str,
        source: Path,
        digest: Digest,
        metadata: Mapping[str, str],
        *,
        retain_until: Instant | None = None,
        giving: bool = False,
    ) -> StoredObject:
        """Store the file `source` under the key; raises NotFound when `source` does not exist.

        A file of at most `one_put_bytes` is held in memory whole, of a larger file `part_bytes`.
        """
        del giving  # the bytes are uploaded in any case
        check_key(key)
        checked, size = check_metadata(metadata), _size(source)
        if size > self.one_put_bytes:
            return self._put_parts(key, source, size, digest, checked, retain_until)
        body = _read(source)
        if Digest.of(body) != digest:
            raise DataLoss(f"{source} is not {digest}; nothing was stored under {key}")
        there = self._settled(key, digest)
        if there is not None:
            return there
        headers = s3_rules.put_headers(digest, checked, self._lock_until(retain_until))
        try:
            self._bucket().put(key, body, headers)
        except Conflict:  # another writer was faster, or our own first attempt had arrived
            there = self._settled(key, digest)
            if there is not None:
                return there
            headers.pop(
                s3_rules.ONLY_NEW
            )  # a delete marker on top: one server takes it for an object
            self._bucket().put(key, body, headers)
        return StoredObject(key, len(body), digest, checked)

    def _put_parts(
        self,
        key: str,
        source: Path,
        size: int,
        digest: Digest,
        metadata: dict[str, str],
        retain_until: Instant | None,
    ) -> StoredObject:
        if size > self.part_bytes * _MOST_PARTS:
            raise BadInput(f"{source} has {size} bytes, more than S3 takes in {_MOST_PARTS} parts")
        there = self._settled(key, digest)
        if there is not None:
            return there
        headers = s3_rules.parts_headers(digest, metadata, self._lock_until(retain_until))
        try:
            self._upload(key, source, digest, headers)
        except (Conflict, NotFound):  # our own first attempt to end it had arrived, or a marker
            there = self._settled(key, digest)
            if there is not None:
                return there
            headers.pop(s3_rules.ONLY_NEW)
            self._upload(key, source, digest, headers)
        return StoredObject(key, size, digest, metadata)

    def _upload(self, key: str, source: Path, digest: Digest, headers: Mapping[str, str]) -> None:
        """Upload a file in parts; raises DataLoss, and stores nothing, where the bytes differ."""
        seen = hashlib.sha256()

        def parts() -> Iterator[bytes]:
            with durable.seam(source), source.open("rb") as file:
                while body := file.read(self.part_bytes):
                    seen.update(body)
                    yield body

        def confirmed() -> None:
            if seen.hexdigest() != digest.hex:
                raise DataLoss(f"{source} is not {digest}; nothing was stored under {key}")

        self._bucket().put_parts(key, parts(), headers, confirmed)

    def _lock_until(self, retain_until: Instant | None) -> Instant | None:
        """The retention date where the date lies ahead, else None."""
        ahead = retain_until is not None and retain_until > self._clock.now()
        return retain_until if ahead else None

    def head(self, key: str) -> StoredObject:
        """The object's facts; raises DataLoss for an object not stored by Footage."""
        return self._own(key, self._bucket().head(check_key(key)))

    def get(self, key: str, *, offset: int = 0, length: int | None = None) -> bytes:
        """Bytes of the object from `offset`, at most `length` bytes."""
        if length == 0:
            self.head(key)
            return b""
        return self._bucket().get(check_key(key), offset=offset, length=length)

    def rules(self) -> BucketRules:
        """Rules by which the bucket acts on its own; raises Unavailable."""
        return self._bucket().rules()

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        """All objects of Footage whose key starts with `prefix`; foreign objects are skipped.

        Raises:
            UnreadableObjects: Some objects have an invalid digest; raised after all others.
        """
        lines = self._bucket().objects(prefix)
        unreadable: list[tuple[str, str]] = []
        with ThreadPoolExecutor(_HEADS, "s3-list") as pool:
            size = _FIRST_PAGE
            while page := list(islice(lines, size)):
                size = min(size * 2, _PAGE)
                for line, facts in zip(page, pool.map(self._facts, page), strict=True):
                    if isinstance(facts, DataLoss):
                        unreadable.append((line.key, str(facts)))
                    elif facts is not None:
                        yield facts
        if unreadable:
            raise UnreadableObjects.among(unreadable)

    def delete(self, keys: Sequence[str]) -> dict[str, DeleteOutcome]:
        """Delete every version of each key that no hold or lock protects.

        Where the store was seen to refuse the deletion of held and of locked objects, now and after
        the retention date, the store's refusal decides; elsewhere each version is asked about hold
        and lock before, a request each (invariant 4). Versions are listed by the page and deleted
        in requests of `_BATCH`.
        """
        for key in keys:
            check_key(key)
        wire = self._bucket()
        outcomes = dict.fromkeys(keys, DeleteOutcome.DELETED)
        doomed: list[Version] = []
        for version in self._unprotected(self._versions(wire, outcomes), outcomes):
            doomed.append(version)
            if len(doomed) == _BATCH:
                self._delete(wire, doomed, outcomes)
                doomed = []
        self._delete(wire, doomed, outcomes)
        return outcomes

    def set_hold(self, key: str, *, on: bool) -> None:
        """Set or clear the legal hold; on a weak store, renew the retention as the module says.

        Where a delete marker hides the object, the hold is set or cleared on every version below.

        Raises:
            NotFound: No version of the object is left.
            DataLoss: A delete marker hides the object; the hold is set on what is below.
        """
        wire = self._bucket()
        try:
            self._set_hold(wire, wire.head(check_key(key)), key, on=on)
        except NotFound:
            hidden = self._hidden(wire, key)
            if not hidden:
                raise
            for found in hidden:
                self._set_hold(wire, found, key, on=on)
            if on:
                raise DataLoss(
                    f"{key} is hidden by a delete marker; the bytes below carry the hold",
                    hint="remove the delete marker with the store's own tools",
                ) from None

    def _set_hold(self, wire: Wire, found: Head, key: str, *, on: bool) -> None:
        wire.hold(key, found.version, on=on)
        lock, renewed = s3_rules.lock_of(found.headers), self._clock.now() + HOLD_RENEWAL
        if not on or lock.retain_until is None or lock.retain_until >= renewed:
            return
        known = self._known or self._seen()
        if known is None or not known.hold_outlives_retention:
            wire.retain(key, found.version, renewed)

    def is_held(self, key: str) -> bool:
        """Whether the object, or a version that a delete marker hides, carries a legal hold."""
        wire = self._bucket()
        try:
            return s3_rules.lock_of(wire.head(check_key(key)).headers).held
        except NotFound:
            hidden = self._hidden(wire, key)
            if not hidden:
                raise
        # versitygw's headers of a version that is not the live one do not tell the hold
        return any(wire.is_held(key, found.version) for found in hidden)

    def _hidden(self, wire: Wire, key: str) -> Sequence[Head]:
        """The versions of an object that a request for the live version does not find."""
        return tuple(wire.head(key, v.id) for v in wire.versions([key]) if not v.marker)

    def states(self, keys: Sequence[str]) -> dict[str, ObjectState | Unreadable]:
        """Facts and hold of each key that is stored; some requests at a time."""
        for key in keys:
            check_key(key)
        self._bucket()
        with ThreadPoolExecutor(_HEADS, "s3-states") as pool:
            found = pool.map(self._state, keys)
            return {key: state for key, state in zip(keys, found, strict=True) if state}

    def guarantees(self) -> Guarantees:
        """Probe the store on scratch objects below `footage-probe/`; the result is remembered."""
        self._known = probe(self._bucket(), self._clock)
        return self._known

    def _state(self, key: str) -> ObjectState | Unreadable | None:
        try:
            found = self._wire.head(key)
            return ObjectState(self._own(key, found), s3_rules.lock_of(found.headers).held)
        except NotFound:
            return None
        except (DataLoss, Misconfigured, Conflict) as exc:
            return Unreadable(str(exc))

    def _own(self, key: str, found: Head) -> StoredObject:
        """The object's facts; raises DataLoss for an object not stored by Footage."""
        facts = s3_rules.stored_object(key, found.size_bytes, found.headers)
        if facts is None:
            raise DataLoss(f"{key} in {self._wire.where} carries no digest: not stored by Footage")
        return facts

    def _versions(self, wire: Wire, keys: Collection[str]) -> Iterator[Version]:
        """Yield the versions of the keys, those of a key together."""
        unseen = set(keys)
        for version in wire.versions(keys):
            unseen.discard(version.key)
            yield version
        for key in sorted(unseen):  # absent, unless the server lists in another order than S3
            yield from wire.versions([key])

    def _unprotected(
        self, versions: Iterable[Version], outcomes: dict[str, DeleteOutcome]
    ) -> Iterator[Version]:
        """Yield the versions of keys without a protected version; the others are entered as held.

        The versions of a key come together.
        """
        known = self._known or self._seen()
        refuses = known is not None and known.retention and known.hold_strength is Strength.STORE
        if refuses:
            yield from versions
            return
        by_key = (list(found) for _, found in groupby(versions, key=lambda version: version.key))
        with ThreadPoolExecutor(_HEADS, "s3-locks") as pool:
            while page := list(islice(by_key, _PAGE)):
                for found, forbidden in zip(page, pool.map(self._any_forbidden, page), strict=True):
                    if forbidden:
                        outcomes[found[0].key] = DeleteOutcome.HELD
                    else:
                        yield from found

    def _delete(
        self, wire: Wire, doomed: Sequence[Version], outcomes: dict[str, DeleteOutcome]
    ) -> None:
        if not doomed:
            return
        for version in wire.delete(doomed):
            held = self._forbidden(version)
            if outcomes[version.key] is not DeleteOutcome.HELD:
                outcomes[version.key] = DeleteOutcome.HELD if held else DeleteOutcome.FAILED

    def _bucket(self) -> Wire:
        with self._lock:
            if not self._ready:
                self._wire.ensure_bucket()
                self._ready = True
        return self._wire

    def _settled(self, key: str, digest: Digest) -> StoredObject | None:
        """The object stored under the key, or None; raises Conflict for another digest."""
        try:
            found = self.head(key)
        except NotFound:
            return None
        if found.digest != digest:
            raise Conflict(f"{key} holds other bytes: {found.digest}")  # invariant 1
        return found

    def _facts(self, line: Listed) -> StoredObject | DataLoss | None:
        try:
            facts = s3_rules.stored_object(line.key, line.size_bytes, line.headers)
            if facts is None:
                found = self._wire.head(line.key)
                facts = s3_rules.stored_object(line.key, found.size_bytes, found.headers)
        except NotFound:  # deleted since it was listed
            return None
        except DataLoss as exc:
            return exc
        return facts

    def _any_forbidden(self, versions: Sequence[Version]) -> bool:
        return any(map(self._forbidden, versions))

    def _forbidden(self, version: Version) -> bool:
        """Whether hold or retention forbids deletion; some servers delete even held objects.

        A version that cannot be asked about may be held, and counts as held.
        """
        if version.marker:
            return False
        try:
            found = self._wire.head(version.key, version.id)
        except NotFound:
            return False
        except (DataLoss, Misconfigured, Conflict):
            return True
        return s3_rules.lock_of(found.headers).forbids(self._clock.now())


def _size(source: Path) -> int:
    try:
        return source.stat().st_size
    except FileNotFoundError as exc:
        raise NotFound(f"nothing to store: {source} is not there") from exc


def _read(source: Path) -> bytes:
    try:
        return source.read_bytes()
    except FileNotFoundError as exc:
        raise NotFound(f"nothing to store: {source} is not there") from exc
