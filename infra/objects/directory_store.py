"""Objects as files under a folder: the embedded default.

Layout below the root: `objects/<key>` the bytes, `meta/<key>.json` the sidecar, `incoming/` files
being written, `locks/` advisory locks. An object exists when its file in `objects/` does.

A put, in this order (invariants 1 and 2):
 1. the source is copied to `incoming/` and hashed on the way; the copy is synced;
 2. under the key's lock: an existing object decides (same digest: done, another: Conflict);
 3. the sidecar is written, synced, renamed into place, and the folder of the sidecar synced;
 4. the copy is renamed into place (the commit point), and the folder of the copy synced.
A crash before 4 leaves no object: a sidecar alone is not listed, and the next put of the key
replaces that sidecar; files in `incoming/` are removed when a store is next opened and no process
writes.

A deletion, under the key's lock: the sidecar is read and a hold or lock refuses (invariant 4); the
bytes are unlinked and their folder synced; then the sidecar, then empty folders.

A hold lives in the sidecar. Footage refuses, the file system does not: `Strength.OURS`.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import stat
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from footage import durable, recent_digest
from footage.digest import Digest
from footage.errors import (
    Conflict,
    DataLoss,
    FootageError,
    Misconfigured,
    NotFound,
    Unavailable,
    UnreadableObjects,
)
from footage.ports import DeleteOutcome, Guarantees, ObjectState, StoredObject, Unreadable
from infra.host import file_lock
from infra.objects.directory_sidecar import Sidecar
from infra.objects.object_rules import check_key, check_metadata

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from footage.clock import Clock
    from footage.instant import Instant
    from infra.config.sections.stores import Store
    from infra.stores import StoreContext

_STRIPES: Final = 64  # locks that all keys share: enough that two cameras rarely meet
_log = logging.getLogger(__name__)
_READ_ONLY: Final = 0o400  # an immutable object; keeps a stray editor off, not an enemy


class DirectoryStore:
    """`footage.ports.ObjectStore` in a folder that several processes may share.

    Args:
        root: The folder, made when absent; must lie on a single file system as a whole.
        clock: Tells when a retention date has passed.

    Raises:
        Misconfigured: The folder may not be made or written.
    """

    def __init__(self, root: Path, clock: Clock) -> None:
        self._clock = clock
        self._objects, self._meta = root / "objects", root / "meta"
        self._incoming, self._locks = root / "incoming", root / "locks"
        with durable.seam(root):
            for folder in (self._objects, self._meta, self._incoming, self._locks):
                durable.make_folder(folder)
            file_lock.sweep(self._incoming, self._locks / "incoming")

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
        """Store the file `source` under the key; raises NotFound when `source` does not exist."""
        check_key(key)
        sidecar = Sidecar(digest, check_metadata(metadata), retain_until)
        with durable.seam(self._objects / key), self._arrival() as part:
            found = _link(source, part) if giving else _copy(source, part)
            if found != digest:
                raise DataLoss(f"{source} is {found}, not {digest}; nothing stored under {key}")
            with self._locked(key):
                return self._settle(key, digest) or self._commit(key, part, sidecar)

    def head(self, key: str) -> StoredObject:
        """The object's facts; raises DataLoss when the sidecar is missing or unreadable."""
        return self._sidecar(check_key(key)).facts(key, self._size(key))

    def get(self, key: str, *, offset: int = 0, length: int | None = None) -> bytes:
        """Bytes of the object from `offset`, at most `length` bytes."""
        path = self._objects / check_key(key)
        with durable.seam(path):
            try:
                file = path.open("rb")
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as exc:
                raise self._absent(key) from exc
            with file:
                file.seek(offset)
                return file.read(-1 if length is None else length)

    def list(self, prefix: str = "") -> Iterator[StoredObject]:
        """All objects whose key starts with `prefix`, without objects deleted meanwhile.

        Raises:
            UnreadableObjects: Some sidecars are missing or unreadable; raised after all others.
        """
        unreadable: list[tuple[str, str]] = []
        for key in _walk(self._objects, "", prefix):
            try:
                facts = self.head(key)
            except NotFound:
                continue
            except (DataLoss, Misconfigured, Conflict) as exc:
                unreadable.append((key, str(exc)))
                continue
            yield facts
        if unreadable:
            raise UnreadableObjects.among(unreadable)

    def delete(self, keys: Sequence[str]) -> dict[str, DeleteOutcome]:
        """Delete each key that no hold or lock forbids."""
        return {key: self._try_delete(check_key(key)) for key in keys}

    def set_hold(self, key: str, *, on: bool) -> None:
        """Place or lift the hold in the sidecar."""
        check_key(key)
        with durable.seam(self._meta / key), self._locked(key):
            sidecar = self._sidecar(key)
            if sidecar.held != on:
                self._write_sidecar(key, replace(sidecar, held=on))

    def is_held(self, key: str) -> bool:
        """Whether the object carries a hold."""
        return self._sidecar(check_key(key)).held

    def states(self, keys: Sequence[str]) -> dict[str, ObjectState | Unreadable]:
        """Facts and hold of each key that is stored, from a single reading of its sidecar."""
        found: dict[str, ObjectState | Unreadable] = {}
        for key in keys:
            try:
                size_bytes = self._size(check_key(key))
                sidecar = self._sidecar(key)
            except NotFound:
                continue
            except (DataLoss, Misconfigured, Conflict) as exc:
                found[key] = Unreadable(str(exc))
                continue
            found[key] = ObjectState(sidecar.facts(key, size_bytes), sidecar.held)
        return found

    def guarantees(self) -> Guarantees:
        """Guarantees of a folder: checked bytes; Footage enforces everything else."""
        return Guarantees(
            digest_checked_put=True,
            retention=False,
            legal_hold=False,
            hold_outlives_retention=False,
            findings=(
                "put: the copy is hashed while it is written, a difference stores nothing",
                "hold and retention: kept beside the object; Footage refuses, the disk does not",
            ),
        )

    @contextlib.contextmanager
    def _arrival(self) -> Iterator[Path]:
        """A path in `incoming/` whose file is removed at the end in any case."""
        part = self._incoming / secrets.token_hex(12)
        with file_lock.queued(self._locks / "incoming", shared=True):
            try:
                yield part
            finally:
                part.unlink(missing_ok=True)

    def _locked(self, key: str) -> contextlib.AbstractContextManager[None]:
        stripe = zlib.crc32(key.encode()) % _STRIPES
        return file_lock.queued(self._locks / f"{stripe:02d}")

    def _settle(self, key: str, digest: Digest) -> StoredObject | None:
        """The object stored under the key, or None; raises Conflict for another digest."""
        if not self._there(key):
            return None
        facts = self.head(key)
        if facts.digest != digest:
            raise Conflict(f"{key} holds other bytes: {facts.digest}")  # invariant 1
        return facts

    def _commit(self, key: str, part: Path, sidecar: Sidecar) -> StoredObject:
        self._write_sidecar(key, sidecar)
        part.chmod(_READ_ONLY)
        durable.publish(part, self._objects / key)
        return sidecar.facts(key, self._size(key))

    def _try_delete(self, key: str) -> DeleteOutcome:
        try:
            return self._delete(key)
        except (Misconfigured, Conflict, Unavailable) as exc:  # concerns this key: other keys go on
            if not self._objects.is_dir():
                raise
            _log.warning("not deleted: %s", exc)
            return DeleteOutcome.FAILED

    def _delete(self, key: str) -> DeleteOutcome:
        path, beside = self._objects / key, self._beside(key)
        with durable.seam(path), self._locked(key):
            try:
                if self._there(key) and self._forbidden(key):  # invariant 4
                    return DeleteOutcome.HELD
            except DataLoss:
                return DeleteOutcome.FAILED  # an unreadable sidecar may have said "held"
            durable.remove(path, up_to=self._objects)
            durable.remove(beside, up_to=self._meta)
        return DeleteOutcome.DELETED

    def _forbidden(self, key: str) -> bool:
        sidecar = self._sidecar(key)
        return sidecar.held or sidecar.locked(self._clock.now())

    def _beside(self, key: str) -> Path:
        return self._meta / f"{key}.json"

    def _write_sidecar(self, key: str, sidecar: Sidecar) -> None:
        with self._arrival() as part:
            durable.write_new(part, sidecar.to_bytes())
            durable.publish(part, self._beside(key))

    def _sidecar(self, key: str) -> Sidecar:
        """The sidecar of an existing object; raises NotFound."""
        self._size(key)
        beside = self._beside(key)
        try:
            with durable.seam(beside):
                return Sidecar.from_bytes(beside.read_bytes(), str(beside))
        except Unavailable as exc:
            self._size(key)  # NotFound when it was deleted meanwhile
            raise DataLoss(f"{key} has no sidecar {beside}", hint="restore it from a copy") from exc

    def _size(self, key: str) -> int:
        path = self._objects / key
        with durable.seam(path):
            try:
                found = path.stat()
            except (FileNotFoundError, NotADirectoryError) as exc:
                raise self._absent(key) from exc
        if not stat.S_ISREG(found.st_mode):
            raise self._absent(key)
        return found.st_size

    def _there(self, key: str) -> bool:
        try:
            self._size(key)
        except NotFound:
            return False
        return True

    def _absent(self, key: str) -> FootageError:
        """The error for a missing key: NotFound, or Unavailable when the store itself is gone."""
        if self._objects.is_dir():
            return NotFound(f"no object {key!r} in {self._objects.parent}")
        return Unavailable(f"{self._objects} is gone", hint="check that its disk is mounted")


def from_settings(chosen: Store, context: StoreContext) -> DirectoryStore:
    """The store in the folder that the settings name, else in the home folder."""
    return DirectoryStore(chosen.path or context.home / "store", context.clock)


def _link(source: Path, part: Path) -> Digest:
    """Link the source file to a new name without writing bytes; copy where linking fails."""
    try:
        known = recent_digest.known(source)  # first: a hard link alters the change time
        os.link(source, part)
    except OSError:  # another disk, no hard links, or no source: copying tells
        return _copy(source, part)
    return known or Digest.of_file(part)


def _copy(source: Path, part: Path) -> Digest:
    try:
        file = source.open("rb")
    except FileNotFoundError as exc:
        raise NotFound(f"nothing to store: {source} is not there") from exc
    with file:
        return durable.copy_in(file, part)


def _walk(folder: Path, under: str, prefix: str) -> Iterator[str]:
    """Keys below `folder` in key order: a folder sorts as its name with a slash."""
    with durable.seam(folder):
        try:
            entries = [(f"{under}{path.name}", path) for path in folder.iterdir()]
        except FileNotFoundError:
            if not under:
                raise
            return  # emptied and removed meanwhile
        found = sorted((f"{key}/" if path.is_dir() else key, path) for key, path in entries)
    for key, path in found:
        if key.endswith("/") and (key.startswith(prefix) or prefix.startswith(key)):
            yield from _walk(path, key, prefix)
        elif not key.endswith("/") and key.startswith(prefix):
            yield key
