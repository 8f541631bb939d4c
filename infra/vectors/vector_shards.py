"""Vector shards on disk: the folder of an encoder and UTC day, and what in the folder counts.

    current           names the encoder, the sealed parts, their dead rows, and the logs
    <part>/           a sealed part (`sealed_part`)
    <digest>.dead     dead rows of a part, a bit each, named by digest
    <name>.log        rows and removals since the last sealing (`open_log`), the last one open
    altered           there once a check of all bytes found damage: the shard is not searched

Files and folders other than `current` and the open log never change. To change what counts means:
write new files, replace `current` by rename, remove what `current` no longer names. A crash between
two of these steps leaves the shard as before or as after the change, and files that nothing names,
which the next upkeep removes. Two locks lie beside the folder: writers hold `<day>.lock` for a
short time, upkeep holds `<day>.upkeep.lock` while a part is built.
"""

from __future__ import annotations

import json
import re
import shutil
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import count
from typing import TYPE_CHECKING, Final

import numpy as np

from footage import durable
from footage.digest import Digest
from footage.errors import DataLoss
from footage.instant import DAY, Elapsed, Instant, Interval
from infra.host import file_lock
from infra.vectors import open_log, sealed_part
from infra.vectors.vector_days import day_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from infra.vectors.vector_columns import Mask

HINT: Final = (
    # Never by hand: the index marks would say "searched" of removed rows (invariant 6).
    "footage index --once --again-from START --again-to END, within that day, indexes it again"
)
_CURRENT: Final = "current"
_ALTERED: Final = "altered"
_VERSION: Final = 2
_PART: Final = re.compile(r"[0-9a-f]{16}")
_LOG: Final = re.compile(r"[0-9a-f]{16}\.log")
_DEAD: Final = re.compile(r"([0-9a-f]{16}\.dead)?")
_DAY_NAME: Final = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class NamedPart:
    """A sealed part that counts.

    Attributes:
        dead: File of the part's dead rows; "" for none.
        days: First and last day in the keys of the segments, or None for a malformed key.
    """

    name: str
    rows: int
    dead: str
    days: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class State:
    """The content of the file `current`.

    Attributes:
        logs: Names of logs; the last log is open, the others are being sealed.
        mended: Number of times parts were fetched: parts opened before are opened anew.
    """

    encoder: str
    digest: str
    dimension: int
    parts: tuple[NamedPart, ...]
    logs: tuple[str, ...]
    mended: int = 0

    def encoded(self) -> bytes:
        """The state as stored."""
        return json.dumps({"version": _VERSION, **asdict(self)}, sort_keys=True).encode()

    @classmethod
    def read(cls, data: bytes) -> State:
        """Read the result of `encoded`; raises DataLoss."""
        try:
            fields = json.loads(data)
            if fields.pop("version", 1) != _VERSION:
                raise DataLoss("a shard of another version of Footage", hint=HINT)
            parts = tuple(named(part) for part in fields.pop("parts"))
            state = cls(parts=parts, logs=tuple(fields.pop("logs")), **fields)
            names = [*(_PART.fullmatch(part.name) for part in parts)]
            names += [*(_DEAD.fullmatch(part.dead) for part in parts)]
            names += [*(_LOG.fullmatch(log) for log in state.logs)]
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            raise DataLoss(f"not a list of parts: {exc}", hint=HINT) from exc
        if not (all(names) and state.logs):
            raise DataLoss("a list of impossible parts", hint=HINT)
        return state


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
        return Interval(start, start + DAY)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Exclude other writers, of this process and others; readers go on."""
        with durable.seam(self.folder):
            durable.make_folder(self.folder.parent)
            with file_lock.queued(self.folder.with_suffix(".lock")):
                yield

    @contextmanager
    def upkeep(self) -> Iterator[None]:
        """Exclude other upkeep of the shard; writers and readers go on."""
        with (
            durable.seam(self.folder),
            file_lock.queued(self.folder.with_suffix(".upkeep.lock")),
        ):
            yield

    def state(self) -> State | None:
        """The state in force; None for an absent shard. Raises DataLoss."""
        try:
            data = (self.folder / _CURRENT).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as exc:
            raise DataLoss(f"vector shard {self.name}: {exc}", hint=HINT) from exc
        return State.read(data)

    def write(self, state: State) -> None:
        """Replace what counts; call within `writing`."""
        durable.replace(self.folder / _CURRENT, state.encoded())

    @property
    def is_altered(self) -> bool:
        """Whether a check of all bytes found the shard damaged."""
        return (self.folder / _ALTERED).exists()

    def remember_altered(self) -> None:
        """Have every search name the shard as unreadable from now on, until it is set aside."""
        if not self.is_altered and self.folder.is_dir():
            durable.replace(self.folder / _ALTERED, b"")

    def write_dead(self, mask: Mask) -> str:
        """Write a part's dead rows; return the file's name, "" when no row is dead."""
        if not mask.any():
            return ""
        data = np.packbits(mask, bitorder="little").tobytes()
        name = f"{Digest.of(data).hex[:16]}.dead"
        if not (self.folder / name).exists():
            durable.replace(self.folder / name, data)
        return name

    def read_dead(self, part: NamedPart) -> Mask:
        """Read a part's dead rows. Raises DataLoss, FileNotFoundError."""
        if not part.dead:
            return np.zeros(part.rows, dtype=np.bool_)
        data = (self.folder / part.dead).read_bytes()
        if part.dead != f"{Digest.of(data).hex[:16]}.dead" or len(data) != -(-part.rows // 8):
            raise DataLoss(f"{self.folder / part.dead} is altered or cut short", hint=HINT)
        bits = np.unpackbits(np.frombuffer(data, np.uint8), count=part.rows, bitorder="little")
        return bits.view(np.bool_)

    def sweep(self, state: State) -> None:
        """Remove what `state` does not name; call within `writing` and `upkeep`."""
        named = {_CURRENT, _ALTERED, *state.logs}
        named |= {part.name for part in state.parts} | {part.dead for part in state.parts}
        for entry in list(self.folder.iterdir()):
            if entry.name not in named:
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()

    def unlink(self, state: State, parts: Iterable[str]) -> None:
        """Write `state`, which no longer names `parts`; remove these parts' folders."""
        self.write(state)
        for part in parts:
            shutil.rmtree(self.folder / part, ignore_errors=True)  # else upkeep removes the rest

    def drop(self) -> None:
        """Remove the whole shard, which has no live rows; call within `writing`.

        The list of what counts goes first: after a crash the other files are litter.
        """
        if self.copied_record.exists():
            durable.replace(self._dropped, b"")  # copies in the object store may go as well
        (self.folder / _CURRENT).unlink(missing_ok=True)
        durable.sync_folder(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)  # upkeep may be writing a part into it
        durable.sync_folder(self.folder.parent)

    @property
    def copied_record(self) -> Path:
        """Where `infra.vectors.part_copies` records what it copied of the shard."""
        return self.folder.with_suffix(".copied")

    @property
    def _dropped(self) -> Path:
        return self.folder.with_suffix(".dropped")

    def forget_dropped(self) -> None:
        """Let the shard no longer count as dropped; before its first rows are named."""
        if self._dropped.exists():
            self._dropped.unlink(missing_ok=True)
            durable.sync_folder(self.folder.parent)

    def forget_altered(self) -> None:
        """Let searches read the shard again: what was damaged was replaced."""
        (self.folder / _ALTERED).unlink(missing_ok=True)
        durable.sync_folder(self.folder)

    def set_aside(self) -> Path:
        """Rename the folder durably to a name of no shard; call within `writing`."""
        names = (f"{self.folder.name}.damaged-{n}" for n in count(1))
        aside = next(p for name in names if not (p := self.folder.with_name(name)).exists())
        self.folder.rename(aside)
        durable.sync_folder(aside.parent)
        return aside


def named(fields: dict[str, object]) -> NamedPart:
    """Read a part's entry in a list of parts; raises TypeError, KeyError."""
    days = fields.pop("days")
    part = NamedPart(days=(days[0], days[1]) if isinstance(days, list) else None, **fields)  # type: ignore[arg-type]
    if not isinstance(part.rows, int):
        raise TypeError("rows")
    return part


def verify(shard: Shard, state: State) -> None:
    """Read every byte of a shard. Raises DataLoss, FileNotFoundError."""
    for part in state.parts:
        sealed_part.verify(shard.folder / part.name)
        shard.read_dead(part)
    for log in state.logs:
        open_log.verify(shard.folder / log, state.dimension)


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
