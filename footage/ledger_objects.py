"""Keys of the ledger's objects in the object store, which are no footage.

ledger/<log>/tile/...                          tiles and entry bundles (`footage.tlog_tiles`)
ledger/<log>-custody/...                       the same of the custody log, a tree of its own
ledger/<log>/checkpoints/<day>/<HH-MM-SSZ>.<size>   signed checkpoints, by the time of signing
ledger/<log>/stamps/<day>/<HH-MM-SSZ>.<size>.tsr    time stamps (RFC 3161) over such checkpoints

Objects are only added, never rewritten; no retention deletes any.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from footage.errors import BadInput
from footage.instant import DAY, Instant
from footage.signed_note import Checkpoint
from footage.tlog_tiles import TiledTree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from footage.ports import ObjectStore

PREFIX: Final = "ledger/"
ORIGIN: Final = "footage-ledger.invalid/"
"""Beginning of the name of each log; `.invalid` is a domain that nobody can have."""
_CUSTODY: Final = "-custody"
_CHECKPOINTS: Final = "/checkpoints/"
_STAMPS: Final = "/stamps/"
_STAMP_END: Final = ".tsr"
_KEY: Final = re.compile(
    r"ledger/[0-9a-f]{16}(-custody)?/(tile/(entries|\d\d?)(/x\d{3})*/\d{3}(\.p/\d{1,3})?"
    r"|checkpoints/\d{4}-\d\d-\d\d/\d\d-\d\d-\d\dZ\.\d+"
    r"|stamps/\d{4}-\d\d-\d\d/\d\d-\d\d-\d\dZ\.\d+\.tsr)"
)


def is_ledger_key(key: str) -> bool:
    """Whether `key` is of an object of a ledger; no segment's key is."""
    return _KEY.fullmatch(key) is not None


def origin_of(log: str) -> str:
    """Return the origin that checkpoints of a log state, which is the name of its keys too."""
    return ORIGIN + log


def custody_log(log: str) -> str:
    """Return the name of the custody log's tree, beside the ledger `log` of the same register."""
    return log + _CUSTODY


def log_prefix(log: str) -> str:
    """Return the beginning of the keys of a log's objects."""
    return f"{PREFIX}{log}/"


def checkpoint_key(log: str, checkpoint: Checkpoint, at: Instant) -> str:
    """Return the key of a checkpoint signed at an instant."""
    moment = at.to_datetime()
    return f"{_day_prefix(log, at)}{moment:%H-%M-%SZ}.{checkpoint.size}"


class StoredCheckpoint(NamedTuple):
    """Where a checkpoint is stored, when it was signed, and of how many leaves."""

    signed: Instant
    size: int
    key: str


def stored_checkpoints(store: ObjectStore, log: str) -> Iterator[StoredCheckpoint]:
    """Yield where all checkpoints of a log are stored, by time; reads none of them.

    A year has half a million: nothing that is done daily may go through all.

    Raises:
        Unavailable: The store cannot be reached.
    """
    return _stored_at(store, f"{log_prefix(log)}checkpoints/")


def first_checkpoint(store: ObjectStore, log: str) -> StoredCheckpoint | None:
    """Return where the first checkpoint of a log is stored; lists the begin of the first day."""
    return next(stored_checkpoints(store, log), None)


def last_checkpoint_on(store: ObjectStore, log: str, day: Instant) -> StoredCheckpoint | None:
    """Return where the last checkpoint of a day is stored; lists an hour with checkpoints alone."""
    prefix = _day_prefix(log, day)
    for time in ("23-59-", *(f"{hour:02}-" for hour in reversed(range(24)))):
        if found := max(_stored_at(store, prefix + time), default=None):
            return found
    return None


def last_of_days(
    store: ObjectStore, log: str, first: Instant, until: Instant
) -> Iterator[StoredCheckpoint]:
    """Yield where the last checkpoint of each day is stored, from the day of `until` back.

    Args:
        store: Holds the checkpoints.
        log: Name of the log.
        first: The last day to look at; days without a checkpoint are passed over.
        until: The day to begin with.
    """
    day = until.floor(DAY)
    while day >= first.floor(DAY):
        if found := last_checkpoint_on(store, log, day):
            yield found
        day -= DAY


def checkpoints(
    store: ObjectStore, log: str, start: Instant, end: Instant
) -> Iterator[tuple[str, Checkpoint]]:
    """Yield key and content of the stored checkpoints from the day of `start` to that of `end`.

    Raises:
        BadInput: An object under such a key is no checkpoint.
        Unavailable: The store cannot be reached.
    """
    day = start.floor(DAY)
    while day <= end:
        yield from _checkpoints_at(store, _day_prefix(log, day))
        day += DAY


def all_checkpoints(store: ObjectStore, log: str) -> Iterator[tuple[str, Checkpoint]]:
    """Yield key and content of every stored checkpoint; errors are those of `checkpoints`."""
    yield from _checkpoints_at(store, f"{log_prefix(log)}checkpoints/")


def newest_checkpoint(
    store: ObjectStore, log: str, start: Instant, end: Instant
) -> Checkpoint | None:
    """Return the last checkpoint stored on the days from `start` to `end`; reads a single one."""
    found = next(last_of_days(store, log, start, end), None)
    return read_checkpoint(store, found) if found else None


def checkpoint_before(
    store: ObjectStore, log: str, at: Instant, days: int
) -> StoredCheckpoint | None:
    """Return the last checkpoint signed at `at` or before, of that day and `days` before it."""
    day = at.floor(DAY)
    for _ in range(days + 1):
        found = [one for one in _stored_on(store, log, day) if one.signed <= at]
        if found:
            return max(found)
        day -= DAY
    return None


def checkpoint_covering(
    store: ObjectStore, log: str, size: int, start: Instant, days: int
) -> StoredCheckpoint | None:
    """Return the first checkpoint of `size` leaves or more, of the day of `start` and `days` on."""
    day = start.floor(DAY)
    for _ in range(days + 1):
        found = [one for one in _stored_on(store, log, day) if one.size >= size]
        if found:
            return min(found)
        day += DAY
    return None


def stamp_key(stored: StoredCheckpoint) -> str:
    """Return the key of the time stamp over a stored checkpoint."""
    return f"{stored.key.replace(_CHECKPOINTS, _STAMPS)}{_STAMP_END}"


def stamped_checkpoints(
    store: ObjectStore, log: str, day: Instant | None = None
) -> Iterator[StoredCheckpoint]:
    """Yield where the checkpoints are stored that have a time stamp, of a day or all, by time.

    Raises:
        Unavailable: The store cannot be reached.
    """
    prefix = f"{log_prefix(log)}checkpoints/" if day is None else _day_prefix(log, day)
    for stored in store.list(prefix.replace(_CHECKPOINTS, _STAMPS)):
        if is_ledger_key(stored.key):
            key = stored.key.replace(_STAMPS, _CHECKPOINTS).removesuffix(_STAMP_END)
            yield _located(key)


def read_checkpoint(store: ObjectStore, stored: StoredCheckpoint) -> Checkpoint:
    """Return a stored checkpoint.

    Raises:
        BadInput: The object is no checkpoint.
        Unavailable: The store cannot be reached.
    """
    return Checkpoint.parse(store.get(stored.key).decode("utf-8", "replace"))


def stored_tree(store: ObjectStore, log: str, size: int) -> TiledTree:
    """Return the tree of `size` leaves, read from the store's tiles as needed."""
    return TiledTree(size, lambda path: store.get(log_prefix(log) + path))


def _checkpoints_at(store: ObjectStore, prefix: str) -> Iterator[tuple[str, Checkpoint]]:
    for stored in store.list(prefix):
        text = store.get(stored.key).decode("utf-8", "replace")
        try:
            yield stored.key, Checkpoint.parse(text)
        except BadInput as exc:
            raise BadInput(f"{stored.key}: {exc}") from exc


def _stored_on(store: ObjectStore, log: str, day: Instant) -> Iterator[StoredCheckpoint]:
    return _stored_at(store, _day_prefix(log, day))


def _stored_at(store: ObjectStore, prefix: str) -> Iterator[StoredCheckpoint]:
    return (_located(stored.key) for stored in store.list(prefix) if is_ledger_key(stored.key))


def _located(key: str) -> StoredCheckpoint:
    *_, day, name = key.split("/")
    time, _, size = name.partition(".")
    return StoredCheckpoint(Instant.parse(f"{day}T{time.replace('-', ':')}"), int(size), key)


def _day_prefix(log: str, at: Instant) -> str:
    return f"{log_prefix(log)}checkpoints/{at.to_datetime():%Y-%m-%d}/"
