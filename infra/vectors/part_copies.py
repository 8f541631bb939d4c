"""Copies of sealed parts in the object store, so that a lost disk is a fetch.

A shard is copied in this order: pieces of new parts and of their dead rows; the record of what is
going to be named; a new list, whose key nobody has written before; the record that the list is
there; then objects that the list does not name are deleted. A crash anywhere is resumed: puts are
idempotent, the list names complete parts only, and the highest list holds.

The record `<day>.copied` lies beside the shard's folder, and outlives the folder. A shard whose
newest list is not of its record was copied by another index, or before this disk was lost: nothing
is written or deleted for that day until the copies are fetched. A shard that was dropped since all
its footage was deleted leaves `<day>.dropped`, and its copies are deleted. Copies of days of which
no shard is on the disk are deleted once no footage of the day is stored (`delete_unused`).

Copies may hold rows of footage deleted since, as parts on the disk do, until the part is rewritten
or dropped; `part_fetch` lets no such row live again.
"""

from __future__ import annotations

import json
import logging
import re
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from footage import durable
from footage.digest import Digest
from footage.errors import DataLoss, NotFound, UnreadableObjects
from footage.instant import Instant
from footage.partkey import PREFIX
from infra.host import file_lock
from infra.vectors import sealed_part, vector_shards

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from footage.ports import ObjectStore
    from infra.vectors.vector_shards import NamedPart, Shard, State

PIECE_BYTES: Final = 64 << 20
"""Most bytes of an object: a put may hold an object in memory."""
_LIST: Final = re.compile(r"list\.(\d{8})")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PartList:
    """The content of a list: the encoder of a shard, and the parts that count.

    Attributes:
        files: For each part, the size and digest of each of its files, the manifest too.
    """

    encoder: str
    digest: str
    dimension: int
    piece_bytes: int
    parts: tuple[NamedPart, ...]
    files: dict[str, dict[str, tuple[int, str]]]

    def encoded(self) -> bytes:
        """The list as stored."""
        return json.dumps(asdict(self), sort_keys=True).encode()

    @classmethod
    def read(cls, data: bytes) -> PartList:
        """Read the result of `encoded`; raises DataLoss."""
        try:
            fields: dict[str, Any] = json.loads(data)
            parts = tuple(vector_shards.named(part) for part in fields.pop("parts"))
            files = {
                part: {name: (int(size), str(digest)) for name, (size, digest) in of.items()}
                for part, of in fields.pop("files").items()
            }
            return cls(parts=parts, files=files, **fields)
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            raise DataLoss(f"not a list of copied parts: {exc}") from exc

    def keys(self, prefix: str) -> set[str]:
        """Keys of all objects that make the parts."""
        found: set[str] = set()
        for part in self.parts:
            for name, (size, _) in self.files[part.name].items():
                found |= set(piece_keys(f"{prefix}{part.name}/{name}", size, self.piece_bytes))
            if part.dead:
                found |= set(piece_keys(prefix + part.dead, -(-part.rows // 8), self.piece_bytes))
        return found


@dataclass(frozen=True, slots=True)
class Copied:
    """The content of `<day>.copied`.

    Attributes:
        number: Number of the list that is there; 0 before the first.
        digest: Digest of that list.
        following: Digest of the list that was going to be written after it.
        swept: Whether everything the list does not name was deleted.
    """

    number: int = 0
    digest: str = ""
    following: str = ""
    parts: tuple[str, ...] = ()
    swept: bool = False


@dataclass(frozen=True, slots=True)
class CopyLag:
    """Parts that are not in the object store.

    Attributes:
        parts: Sealed parts that wait to be copied.
        size_bytes: Their bytes.
        oldest: Instant, by the machine's clock, at which the first of them was sealed; None for
            none.
        foreign: Days whose copies are of another index, or of a disk that was lost.
    """

    parts: int = 0
    size_bytes: int = 0
    oldest: Instant | None = None
    foreign: tuple[str, ...] = ()


class PartCopies:
    """Copies of the sealed parts of the index in the folder `root`.

    Args:
        root: The folder of the index.
        store: Where the copies lie.
        piece_bytes: Most bytes of an object.
    """

    def __init__(self, root: Path, store: ObjectStore, *, piece_bytes: int = PIECE_BYTES) -> None:
        self.root, self.store, self.piece_bytes = root, store, piece_bytes

    def copy(self, stop: Callable[[], bool] = lambda: False) -> CopyLag:
        """Copy what is not copied, shard by shard; return what is left, to be tried again.

        Raises:
            Unavailable: The object store cannot be reached.
        """
        if not self.root.is_dir():
            return CopyLag()
        foreign: list[str] = []
        with self.held():
            for shard in vector_shards.shards(self.root):
                if stop():
                    break
                try:
                    if not self._copy(shard):
                        foreign.append(shard.name)
                except (DataLoss, NotFound, FileNotFoundError) as exc:
                    _log.warning("not copied: %s: %s", shard.name, exc)  # or replaced by upkeep
            for shard in self._dropped():
                self._delete(shard)
        return replace(self.lag(), foreign=tuple(foreign))

    def lag(self) -> CopyLag:
        """Parts that wait to be copied, by the disk alone: the store is not asked."""
        size, sealed = 0, list[Instant]()
        for shard in vector_shards.shards(self.root):
            try:
                state = shard.state()
            except DataLoss:
                continue
            known = set(self.copied(shard).parts)
            for part in state.parts if state else ():
                if part.name in known:
                    continue
                folder = shard.folder / part.name
                try:
                    written = (folder / sealed_part.MANIFEST).stat().st_mtime_ns
                    size += sum(file.stat().st_size for file in folder.iterdir())
                except FileNotFoundError:
                    continue  # replaced by upkeep since the state was read
                sealed.append(Instant(written // 1_000))
        return CopyLag(len(sealed), size, min(sealed, default=None))

    @contextmanager
    def held(self) -> Iterator[None]:
        """Exclude other copying and fetching; adds and searches go on."""
        with durable.seam(self.root), file_lock.queued(self.root / "copies.lock"):
            yield

    def prefix(self, shard: Shard) -> str:
        """Start of the keys of the shard's copies."""
        return f"{PREFIX}{shard.name}/"

    def newest(self, shard: Shard) -> tuple[int, PartList, str] | None:
        """Return number, content and digest of the shard's newest list; None without any."""
        prefix = self.prefix(shard)
        found = {
            int(match[1]): key
            for key in self._keys(f"{prefix}list.")
            if (match := _LIST.fullmatch(key.removeprefix(prefix)))
        }
        if not found:
            return None
        number = max(found)
        data = self.store.get(found[number])
        digest = str(Digest.of(data))
        if digest != str(self.store.head(found[number]).digest):
            raise DataLoss(f"the copy {found[number]} is altered")
        return number, PartList.read(data), digest

    def days(self, encoder: str) -> list[str]:
        """Days of which there are copies for the encoder of this short name."""
        prefix = f"{PREFIX}{encoder}/"
        named = (key.removeprefix(prefix).split("/") for key in self._keys(prefix))
        return sorted({day for day, *rest in named if rest and _LIST.fullmatch(rest[-1])})

    def delete_unused(self, has_footage: Callable[[str], bool]) -> list[str]:
        """Delete copies of days without a shard on this disk and without footage, of any encoder.

        Args:
            has_footage: Whether footage is stored that may reach into a UTC day.

        Returns:
            Names of the shards whose copies were to be deleted.

        Raises:
            Unavailable: The object store cannot be reached.
        """
        with durable.seam(self.root):
            durable.make_folder(self.root)
        found = set()
        for key in self._keys(PREFIX):
            encoder, day, *rest = key.removeprefix(PREFIX).split("/")
            if rest and _DAY.fullmatch(day):
                found.add((encoder, day))
        with self.held():
            unused = [
                shard
                for shard in (vector_shards.shard(self.root, *one) for one in sorted(found))
                if not (shard.folder / "current").exists() and not has_footage(shard.folder.name)
            ]
            for shard in unused:
                self._delete(shard)
        return [shard.name for shard in unused]

    def copied(self, shard: Shard) -> Copied:
        """The shard's record; as before the first copy where there is none."""
        try:
            fields = json.loads(shard.copied_record.read_bytes())
            return Copied(**{**fields, "parts": tuple(fields["parts"])})
        except FileNotFoundError:
            return Copied()
        except (ValueError, KeyError, TypeError):
            return Copied()  # then the newest list is another's, and is fetched first

    def note(self, shard: Shard, copied: Copied) -> None:
        """Write the shard's record."""
        durable.replace(shard.copied_record, json.dumps(asdict(copied)).encode())

    def is_mine(self, copied: Copied, newest: tuple[int, PartList, str] | None) -> bool:
        """Whether the newest list was written by whoever wrote the record."""
        if newest is None:
            return True
        number, _, digest = newest
        return (number, digest) in {
            (copied.number, copied.digest),
            (copied.number + 1, copied.following),
        }

    def _copy(self, shard: Shard) -> bool:
        """Copy a shard; return False where its copies are another's."""
        state, copied = shard.state(), self.copied(shard)
        if state is None or shard.is_altered:
            return True
        wanted = self._list(shard, state)
        data = wanted.encoded()
        digest = str(Digest.of(data))
        if copied.digest == digest and copied.swept:
            return True
        if not wanted.parts and not copied.number:
            return True
        newest = self.newest(shard)
        if not self.is_mine(copied, newest):
            return False
        number, there = (newest[0], newest[1]) if newest else (0, None)
        if newest is None or newest[2] != digest:
            known = {part.name for part in there.parts} if there else set()
            for part in wanted.parts:
                if part.name not in known:
                    self._put_part(shard, part, wanted)
                if part.dead:
                    self._put(shard, shard.folder / part.dead, part.dead, None)
            before = newest[2] if newest else ""
            names = tuple(sorted(known))
            self.note(shard, Copied(number, before, digest, names, swept=False))
            number += 1
            self._put_bytes(shard, f"list.{number:08d}", data)
        names = tuple(part.name for part in wanted.parts)
        self.note(shard, Copied(number, digest, "", names, swept=False))
        if self._sweep(shard, wanted, number):
            self.note(shard, Copied(number, digest, "", names, swept=True))
        return True

    def _list(self, shard: Shard, state: State) -> PartList:
        files = {}
        for part in state.parts:
            folder = shard.folder / part.name
            manifest = sealed_part.read_manifest(folder)
            own = manifest.encoded()
            files[part.name] = {
                **manifest.files,
                sealed_part.MANIFEST: (len(own), str(Digest.of(own))),
            }
        return PartList(
            state.encoder, state.digest, state.dimension, self.piece_bytes, state.parts, files
        )

    def _put_part(self, shard: Shard, part: NamedPart, wanted: PartList) -> None:
        try:
            for name, facts in wanted.files[part.name].items():
                path = shard.folder / part.name / name
                self._put(shard, path, f"{part.name}/{name}", facts)
        except DataLoss:
            with shard.writing():
                shard.remember_altered()
            raise

    def _put(self, shard: Shard, path: Path, name: str, facts: tuple[int, str] | None) -> None:
        """Store a file in pieces; raises DataLoss when the bytes are not those of `facts`."""
        if facts is not None and sealed_part.digest_of(path) != facts:
            raise DataLoss(f"{path} is altered or cut short")
        with path.open("rb") as file:
            for number, piece in enumerate(iter(lambda: file.read(self.piece_bytes), b"")):
                self._put_bytes(shard, f"{name}.{number:04d}", piece)

    def _put_bytes(self, shard: Shard, name: str, data: bytes) -> None:
        piece = shard.folder.with_suffix(".piece")
        piece.write_bytes(data)
        try:
            self.store.put(self.prefix(shard) + name, piece, Digest.of(data), {})
        finally:
            piece.unlink(missing_ok=True)

    def _sweep(self, shard: Shard, wanted: PartList, number: int) -> bool:
        """Delete what the list of this number does not name; return whether all of it is gone."""
        prefix = self.prefix(shard)
        kept = wanted.keys(prefix) | {f"{prefix}list.{number:08d}"}
        return self._deleted([key for key in self._keys(prefix) if key not in kept])

    def _dropped(self) -> Iterator[Shard]:
        for marker in self.root.glob("*/*.dropped"):
            shard = vector_shards.Shard(marker.with_suffix(""))
            if not (shard.folder / "current").exists():
                yield shard

    def _delete(self, shard: Shard) -> None:
        """Delete the copies of a shard all of whose footage was deleted: the lists first."""
        keys = list(self._keys(self.prefix(shard)))
        lists = [key for key in keys if _LIST.search(key)]
        if self._deleted(lists) and self._deleted([key for key in keys if key not in lists]):
            shard.copied_record.unlink(missing_ok=True)
            shard.forget_dropped()

    def _deleted(self, keys: list[str]) -> bool:
        outcomes = self.store.delete(keys) if keys else {}
        return all(outcome.value == "deleted" for outcome in outcomes.values())

    def _keys(self, prefix: str) -> Iterator[str]:
        try:
            for stored in self.store.list(prefix):
                yield stored.key
        except UnreadableObjects as exc:
            yield from (key for key, _ in exc.found)


def piece_keys(key: str, size: int, piece_bytes: int) -> list[str]:
    """Keys of the pieces of a file."""
    return [f"{key}.{number:04d}" for number in range(-(-size // piece_bytes))]
