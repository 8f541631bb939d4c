"""The ledger's record in memory: for tests; nothing survives the process."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from footage.errors import Conflict, NotFound
from footage.ports.ledger import Backlog, LedgerState, Place, Waiting
from footage.tlog_tiles import TILE_WIDTH
from infra.registers.ledger_rules import (
    is_anew,
    new_log_name,
    require_not_behind,
    require_same_size,
    two_digests,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from footage.digest import Digest
    from footage.ids import CameraId, SegmentKey
    from footage.instant import Instant, Interval
    from footage.leaf import Draft, Leaf, Tips


class MemoryLedger:
    """`footage.ports.Ledger` in memory, shared by the threads of a process."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # each call is one transaction
        self._section = threading.Lock()
        self._state = LedgerState(new_log_name())
        self._waiting: dict[SegmentKey, Waiting] = {}
        self._number = 0
        self._tips: dict[CameraId, Tips] = {}
        self._places: dict[SegmentKey, tuple[CameraId, Place, Digest]] = {}
        self._leaves: dict[int, bytes] = {}

    def append(self, drafts: Sequence[Draft]) -> None:
        """Add drafts to what waits; raises Conflict."""
        with self._lock:
            for draft in drafts:
                known = self._digest(draft.key)
                anew = is_anew(draft) and draft.key not in self._waiting
                if known not in {None, draft.digest} and not anew:
                    raise two_digests(draft, str(known))
            for draft in drafts:
                if self._digest(draft.key) != draft.digest:
                    self._number += 1
                    self._waiting[draft.key] = Waiting(self._number, draft)

    def lacking(self, keys: Collection[SegmentKey]) -> frozenset[SegmentKey]:
        """Keys without place and draft."""
        with self._lock:
            return frozenset(key for key in keys if self._digest(key) is None)

    def waiting(self, limit: int) -> list[Waiting]:
        """The oldest drafts that wait."""
        with self._lock:
            return list(self._waiting.values())[:limit]

    def backlog(self) -> Backlog:
        """Number of drafts that wait, and since when."""
        with self._lock:
            stored = [one.draft.stored for one in self._waiting.values() if one.draft.stored]
            return Backlog(len(self._waiting), min(stored, default=None))

    def state(self) -> LedgerState:
        """Progress of the ledger."""
        with self._lock:
            return self._state

    def tips(self, cameras: Collection[CameraId]) -> Mapping[CameraId, Tips]:
        """The newest leaves of cameras."""
        with self._lock:
            return {camera: self._tips[camera] for camera in cameras if camera in self._tips}

    @contextmanager
    def sequencing(self) -> Iterator[None]:
        """Run the exclusive section."""
        with self._section:
            yield

    def place(
        self,
        size: int,
        taken: Sequence[Waiting],
        leaves: Sequence[tuple[Leaf, bytes]],
        tips: Mapping[CameraId, Tips],
    ) -> None:
        """Give leaves their places; raises Conflict."""
        with self._lock:
            require_same_size(size, self._state)
            if any(self._is_placed(leaf.draft) for leaf, _ in leaves):
                raise Conflict("a segment has a place in the ledger already")
            for number, (leaf, data) in enumerate(leaves):
                draft = leaf.draft
                place = Place(draft.key, draft.interval.start, size + number)
                self._places[draft.key] = (draft.camera, place, draft.digest)
                self._leaves[place.index] = data
            for key in [*(one.draft.key for one in taken), *(leaf.draft.key for leaf, _ in leaves)]:
                self._waiting.pop(key, None)
            self._tips |= tips
            self._state = replace(self._state, size=size + len(leaves))

    def leaves(self, start: int, end: int) -> list[bytes]:
        """Bytes of leaves; raises NotFound."""
        with self._lock:
            try:
                return [self._leaves[index] for index in range(start, end)]
            except KeyError as exc:
                raise NotFound(f"leaf {exc} of the ledger is not kept here") from exc

    def set_stored(self, size: int, edge: bytes) -> None:
        """Record how far the tree is in the object store; raises Conflict."""
        with self._lock:
            require_not_behind(size, self._state)
            self._state = replace(self._state, stored=size, edge=edge)
            for index in [i for i in self._leaves if i < size // TILE_WIDTH * TILE_WIDTH]:
                del self._leaves[index]

    def set_checkpoint(self, checkpoint: str, at: Instant) -> None:
        """Record a signed checkpoint."""
        with self._lock:
            self._state = replace(self._state, checkpoint=checkpoint, signed_at=at)

    def place_of(self, key: SegmentKey) -> Place | None:
        """Where the leaf of a segment stands."""
        with self._lock:
            found = self._places.get(key)
        return None if found is None else found[1]

    def places(self, camera: CameraId, interval: Interval, limit: int | None = None) -> list[Place]:
        """Places of a camera's segments that start in `interval`."""
        with self._lock:
            found = [place for whose, place, _ in self._places.values() if whose == camera]
        inside = [place for place in found if place.start in interval]
        return sorted(inside, key=lambda place: (place.start, place.key))[:limit]

    def _is_placed(self, draft: Draft) -> bool:
        known = self._places.get(draft.key)
        return known is not None and not (is_anew(draft) and known[2] != draft.digest)

    def _digest(self, key: SegmentKey) -> Digest | None:
        if key in self._waiting:
            return self._waiting[key].draft.digest
        return self._places[key][2] if key in self._places else None
