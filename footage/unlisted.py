"""Stored footage that the catalogue does not list: an emptied or lost catalogue is told.

The catalogue is a view; a question about time of which the catalogue knows nothing asks the object
store too, so that "nothing was recorded" is never said over a full store (invariant 11). The look
is bounded: at most `PROBES` prefixes of keys, and the first keys of each; nothing is asked where
all asked time is recorded or explained.
"""

from __future__ import annotations

from contextlib import suppress
from heapq import nlargest
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from footage.errors import BadInput, DataLoss, NotFound, UnreadableObjects
from footage.gap_copies import is_gap_key
from footage.instant import DAY, Elapsed, Interval
from footage.ledger_objects import is_ledger_key
from footage.objectkey import ObjectKey
from footage.originals import is_original_key
from footage.partkey import is_part_key
from footage.span import GapReason
from footage.stays import by_camera, stay_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from footage.ids import CameraId, SegmentKey
    from footage.instant import Instant
    from footage.ports import Catalogue, ObjectStore, Register

PROBES: Final = 8
"""Most prefixes asked about for a question."""
FIRST_KEYS: Final = 8
"""Keys looked at under a prefix."""
HINT: Final = "footage catalogue rebuild"
_OF_HOUR: Final = 400
_HOUR: Final = Elapsed.parse("1h")
_JUST_STORED: Final = Elapsed.parse("10m")
"""Objects this young may be on the way into the catalogue."""
_SHORT: Final = Elapsed.parse("10s")
"""Holes this short are not looked at: no lost catalogue hides so little."""
_UNTOLD: Final = frozenset({GapReason.UNKNOWN.value, GapReason.NOT_SCHEDULED.value})


def require_listed(
    catalogue: Catalogue,
    store: ObjectStore,
    register: Register,
    gaps: Iterable[tuple[CameraId, Interval, str]],
    now: Instant,
) -> None:
    """Look whether the store holds footage of time that nobody explains.

    Args:
        catalogue: Lists the segments.
        store: Holds the segments.
        register: Tells at which site a camera stood, which begins the keys of its segments.
        gaps: Camera, time and reason of what is not recorded; only time without a known reason,
            longest first, is looked at.
        now: The instant of the question.

    Raises:
        DataLoss: The store holds footage that the catalogue does not list.
        Unavailable: The store cannot be reached.
    """
    edge = (now - _JUST_STORED).us
    lengths = (
        (min(hole.end.us, edge) - hole.start.us, camera, hole)
        for camera, hole, reason in gaps
        if reason in _UNTOLD
    )
    longest = nlargest(PROBES, (one for one in lengths if one[0] > _SHORT.us), key=itemgetter(0))
    if not longest:
        return
    holes = [
        (camera, Interval(hole.start, hole.start + Elapsed(length)))
        for length, camera, hole in longest
    ]
    stays = by_camera(register.stays({camera for camera, _ in holes}))
    looks = (
        (f"{stay_at(stays[camera], begin).site}/{prefix}", hole)
        for camera, hole in holes
        for begin, prefix in _prefixes(camera, hole)
        if camera in stays
    )
    for prefix, hole in islice(looks, PROBES):
        if found := unlisted(catalogue, store, prefix, hole):
            raise not_listed(found)


def not_listed(key: SegmentKey) -> DataLoss:
    """Return the error that names a stored segment which the catalogue does not list."""
    return DataLoss(
        f"the catalogue does not list footage that the object store holds, such as {key}", hint=HINT
    )


def unlisted(
    catalogue: Catalogue, store: ObjectStore, prefix: str, within: Interval | None = None
) -> SegmentKey | None:
    """Return the first of the first keys under `prefix` that the catalogue does not list.

    Args:
        catalogue: Lists the segments.
        store: Holds the segments.
        prefix: Begin of the keys to look at.
        within: Only segments that start in this interval; None: any.
    """
    keys = first_keys(store, prefix, within)
    known = catalogue.existing(keys)
    for key in keys:
        if key not in known and _is_stored(store, key):
            return key
    return None


def first_keys(store: ObjectStore, prefix: str, within: Interval | None = None) -> list[SegmentKey]:
    """Return the first `FIRST_KEYS` keys of segments under `prefix` that start in `within`.

    At most `_OF_HOUR` objects are passed over.
    """
    keys: list[SegmentKey] = []
    with suppress(UnreadableObjects):  # raised after all others; a rebuild names them
        for stored in islice(store.list(prefix), _OF_HOUR):
            try:
                key = ObjectKey.parse(stored.key)
            except BadInput:
                continue  # a copy of vectors, a foreign object
            if within is None or key.start in within:
                keys.append(key.segment)
            if len(keys) == FIRST_KEYS:
                break
    return keys


def first_own_key(store: ObjectStore) -> str:
    """Return the first key that Footage gives to objects; "" where none is found.

    Only cameras of a register make such objects, so any of them shows that there was one. At
    most `_OF_HOUR` objects of others are passed over.
    """
    with suppress(UnreadableObjects):  # raised after all others
        for stored in islice(store.list(), _OF_HOUR):
            if is_own_key(stored.key):
                return stored.key
    return ""


def is_own_key(key: str) -> bool:
    """Whether Footage gives such keys to footage, copies of gaps or vectors, or the ledger."""
    if is_gap_key(key) or is_part_key(key) or is_original_key(key) or is_ledger_key(key):
        return True
    try:
        ObjectKey.parse(key)
    except BadInput:
        return False
    return True


def _is_stored(store: ObjectStore, key: SegmentKey) -> bool:
    """Whether the store still has the object: a purge takes the object first, then the row."""
    try:
        store.head(key)
    except NotFound:
        return False
    return True


def _prefixes(camera: CameraId, hole: Interval) -> Iterator[tuple[Instant, str]]:
    """Yield begin and key, without site, of the first and last whole day in `hole`, else hour."""
    for unit in (DAY, _HOUR):
        first, last = hole.start.floor(unit), (hole.end - Elapsed(1)).floor(unit)
        if unit is DAY and first < hole.start:
            first += DAY
        if unit is DAY and last + DAY > hole.end:
            last -= DAY
        if last < first:
            continue
        for begin in dict.fromkeys((first, last)):
            moment = begin.to_datetime()
            day = f"{moment:%Y-%m-%d}/{camera}/"
            yield begin, day if unit is DAY else f"{day}{moment:%H}/"
        return
