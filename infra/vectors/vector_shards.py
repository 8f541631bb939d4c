"""Vector shards on disk: layout, publication and verification.

A shard is all rows of one encoder and UTC day: `<encoder>/<day>/`. It consists of parts, folders
that never change once named; the file `current` names the parts that count. To change a shard
means: write a new part, replace `current` by rename, remove the parts that `current` no longer
names. A crash between two of these steps leaves the shard as before or as after the change, and
unused files that the next writer removes.
"""

from __future__ import annotations

import json
import re
import shutil
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import count
from typing import TYPE_CHECKING, Final

from footage import durable
from footage.digest import Digest
from footage.errors import BadInput, DataLoss, Unavailable
from footage.instant import Elapsed, Instant, Interval
from footage.objectkey import ObjectKey
from infra.host import file_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import TypeVar

    T = TypeVar("T")

HINT: Final = (
    # Never by hand: the index marks would say "searched" of removed rows (invariant 6).
    "footage index --once --again-from START --again-to END, within that day, indexes it again"
)
_CURRENT: Final = "current"
_MANIFEST: Final = "manifest.json"
_PART: Final = re.compile(r"[0-9a-f]{16}")
_DAY_NAME: Final = re.compile(r"\d{4}-\d\d-\d\d")
_ATTEMPTS: Final = 10
_DAY: Final = Elapsed.parse("1d")


@dataclass(frozen=True, slots=True)
class Manifest:
    """The manifest of a part.

    Attributes:
        days: First and last day in the keys of the part's segments, or None for a malformed key: a
            part outside a segment's day holds nothing of it.
        files: Digest of each file.
    """

    encoder: str
    digest: str
    dimension: int
    rows: int
    days: tuple[str, str] | None
    files: dict[str, str]

    def encoded(self) -> bytes:
        """The manifest as stored; the same manifest gives the same bytes."""
        return json.dumps(asdict(self), indent=1, sort_keys=True).encode()

    @property
    def part(self) -> str:
        """The part's folder name, derived from the content."""
        return Digest.of(self.encoded()).hex[:16]

    @classmethod
    def read(cls, data: bytes) -> Manifest:
        """Read the result of `encoded`; raises DataLoss."""
        try:
            fields = json.loads(data)
            days = fields.pop("days")
            return cls(days=None if days is None else (days[0], days[1]), **fields)
        except (ValueError, KeyError, TypeError, IndexError) as exc:
            raise DataLoss(f"not a manifest of a vector shard: {exc}", hint=HINT) from exc

    def may_hold(self, segment_days: Collection[str | None]) -> bool:
        """Whether the part can hold a segment of the days (None: of an unknown day)."""
        if self.days is None:
            return True
        first, last = self.days
        return any(day is None or first <= day <= last for day in segment_days)


@dataclass(frozen=True, slots=True)
class Shard:
    """A shard: the folder of an encoder and day."""

    folder: Path

    @property
    def name(self) -> str:
        """Encoder and day, for messages."""
        return f"{self.folder.parent.name}/{self.folder.name}"

    @property
    def day(self) -> Interval:
        """The UTC day of the shard's rows."""
        start = Instant.parse(f"{self.folder.name}T00:00:00Z")
        return Interval(start, start + _DAY)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Exclude other writers, of this process and others; readers go on."""
        with durable.seam(self.folder):
            durable.make_folder(self.folder.parent)
            lock = self.folder.with_suffix(".lock")
            with file_lock.queued(lock):
                yield

    def parts(self) -> list[str]:
        """Names of the parts that count; none for an absent shard. Raises DataLoss."""
        try:
            text = (self.folder / _CURRENT).read_bytes()
        except FileNotFoundError:
            return []
        except OSError as exc:
            raise DataLoss(f"vector shard {self.name}: {exc}", hint=HINT) from exc
        try:
            names = json.loads(text)["parts"]
        except (ValueError, KeyError, TypeError) as exc:
            raise DataLoss(f"vector shard {self.name} has lost its list", hint=HINT) from exc
        if not all(isinstance(name, str) and _PART.fullmatch(name) for name in names):
            raise DataLoss(f"vector shard {self.name} names impossible parts", hint=HINT)
        return list(names)

    def consistent(self, load: Callable[[str], T]) -> list[T]:
        """Load a consistent set of all parts while writers go on.

        Raises:
            DataLoss: A part is missing, cut short or altered.
        """
        for _ in range(_ATTEMPTS):
            names = self.parts()
            try:
                return [load(name) for name in names]
            except FileNotFoundError as exc:
                if self.parts() == names:
                    raise DataLoss(
                        f"vector shard {self.name} lacks {exc.filename}", hint=HINT
                    ) from exc
        raise Unavailable(f"vector shard {self.name} is rewritten all the time", hint="try again")

    def manifest(self, part: str) -> Manifest:
        """The manifest of a part; FileNotFoundError when a writer has removed the part."""
        manifest = Manifest.read(self._read(part, _MANIFEST))
        if manifest.part != part:
            raise DataLoss(f"vector shard {self.name}: {part} is altered", hint=HINT)
        return manifest

    def file(self, part: str, manifest: Manifest, name: str) -> bytes:
        """A file of a part, verified; FileNotFoundError when a writer has removed the part."""
        data = self._read(part, name)
        if str(Digest.of(data)) != manifest.files.get(name):
            raise DataLoss(
                f"vector shard {self.name}: {part}/{name} is altered or cut short", hint=HINT
            )
        return data

    def publish(
        self, keep: Sequence[str], manifest: Manifest | None, files: Mapping[str, bytes]
    ) -> None:
        """Replace the shard's parts by `keep` and a new part; call within `writing`."""
        with durable.seam(self.folder):
            names = [*keep]
            if manifest is not None:
                self._write(manifest, files)
                names.append(manifest.part)
            if names:
                self._point(names)
                self._sweep(names)
            elif self.folder.exists():
                self._point(names)
                shutil.rmtree(self.folder)
                durable.sync_folder(self.folder.parent)

    def set_aside(self) -> Path:
        """Rename the folder durably to a name of no shard; call within `writing`."""
        with durable.seam(self.folder):
            names = (f"{self.folder.name}.damaged-{n}" for n in count(1))
            aside = next(p for name in names if not (p := self.folder.with_name(name)).exists())
            self.folder.rename(aside)
            durable.sync_folder(aside.parent)
        return aside

    def _write(self, manifest: Manifest, files: Mapping[str, bytes]) -> None:
        durable.make_folder(self.folder)
        part, new = self.folder / manifest.part, self.folder / f"{manifest.part}.new"
        if manifest.part in self.parts():
            return  # the same rows again: nothing changes, and a name never changes its content
        for litter in (part, new):
            if litter.exists():
                shutil.rmtree(litter)
        new.mkdir()
        for name, data in {**files, _MANIFEST: manifest.encoded()}.items():
            durable.write_new(new / name, data)
        durable.sync_folder(new)
        new.rename(part)
        durable.sync_folder(self.folder)

    def _point(self, names: Sequence[str]) -> None:
        new = self.folder / f"{_CURRENT}.new"
        new.unlink(missing_ok=True)
        durable.write_new(new, json.dumps({"parts": sorted(names)}).encode())
        durable.publish(new, self.folder / _CURRENT)

    def _sweep(self, names: Sequence[str]) -> None:
        for entry in list(self.folder.iterdir()):
            if entry.is_dir() and entry.name not in names:
                shutil.rmtree(entry)

    def _read(self, part: str, name: str) -> bytes:
        try:
            return (self.folder / part / name).read_bytes()
        except FileNotFoundError:
            raise
        except OSError as exc:
            raise DataLoss(f"vector shard {self.name}: {exc}", hint=HINT) from exc


def day_of(instant: Instant) -> str:
    """The UTC day as a shard's folder is named."""
    return f"{instant.to_datetime():%Y-%m-%d}"


def day_in(segment: str) -> str | None:
    """The day in a segment's key, or None for a malformed key."""
    try:
        return day_of(ObjectKey.parse(segment).start)
    except BadInput:
        return None


def days_in(segments: Iterable[str]) -> tuple[str, str] | None:
    """First and last day in the keys, or None if any key is malformed."""
    days = {day_in(segment) for segment in segments}
    known = sorted(day for day in days if day is not None)
    return (known[0], known[-1]) if known and len(known) == len(days) else None


def covering(spans: Iterable[tuple[str, str] | None]) -> tuple[str, str] | None:
    """First and last day of all spans, or None if any span is unknown."""
    known: list[str] = []
    for span in spans:
        if span is None:
            return None
        known += span
    return (min(known), max(known)) if known else None


def shard(root: Path, encoder: str, day: str) -> Shard:
    """The shard of an encoder's short name and a day, existing or not."""
    return Shard(root / encoder / day)


def shards(root: Path, encoder: str = "*", interval: Interval | None = None) -> list[Shard]:
    """Existing shards of the days that the interval touches."""
    found = (folder for folder in root.glob(f"{encoder}/*") if _DAY_NAME.fullmatch(folder.name))
    if interval is None:
        return [Shard(folder) for folder in sorted(found)]
    first, last = day_of(interval.start), day_of(interval.end - Elapsed(1))
    return [Shard(folder) for folder in sorted(found) if first <= folder.name <= last]
