"""A small city for tests of purges: filled stores, watched calls, and what is left afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast

from footage.action import Purpose
from footage.clock import SimulatedClock
from footage.hold import Hold
from footage.ids import CameraId, HoldId
from footage.instant import Elapsed
from infra.catalogues.memory_catalog import MemoryCatalogue
from infra.media.memory_derived import MemoryDerived
from infra.objects.memory_store import MemoryStore
from infra.registers.memory_register import MemoryRegister
from infra.vectors.memory_vectors import MemoryVectors
from retention.execute import Purge
from retention.jobs import candidates
from retention.plan import check_plan, items_of, make_plan
from retention.plan_originals import OriginalsDue
from tests.common.builders import DAY, START, a_keyframe, during
from tests.common.custody_list import CustodyList
from tests.common.marks import marked
from tests.common.vectors import ENCODER, a_row, turned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from footage.clock import Clock
    from footage.instant import Instant, Interval
    from footage.ports import (
        Catalogue,
        Custody,
        DerivedFiles,
        ObjectStore,
        Register,
        VectorIndex,
    )
    from footage.segment import Segment
    from retention.plan import PlanText, RetentionPlan
    from retention.policy import Policy

PURPOSE: Final = Purpose(actor="storage-admin", code="retention")
LATER: Final = START + DAY * 40


def in_memory(text: PlanText) -> RetentionPlan:
    """Return the plan of `text`, with the items in memory."""
    lines = list(text.lines())
    return check_plan(lines, list(items_of(lines)))


def a_hold(
    name: str = "hold-1", interval: Interval | None = None, cameras: Iterable[str] = ("camera-1",)
) -> Hold:
    """Make a standing hold; by default on the first minute of camera-1."""
    return Hold(
        id=HoldId(name),
        cameras=frozenset(map(CameraId, cameras)),
        interval=interval or during(0, 60),
        authority="Sessions Court, order 14/2026",
        reason="theft",
        placed_by="liaison",
        placed_at=START,
    )


@dataclass
class City:
    """The register, stores and custody log that a purge works on."""

    register: Register = field(default_factory=MemoryRegister)
    catalogue: Catalogue = field(default_factory=MemoryCatalogue)
    vectors: VectorIndex = field(default_factory=MemoryVectors)
    clock: Clock = field(default_factory=lambda: SimulatedClock(LATER))
    derived: DerivedFiles = field(default_factory=MemoryDerived)
    store: ObjectStore = field(default_factory=lambda: MemoryStore(SimulatedClock(LATER)))
    custody: Custody = field(default_factory=CustodyList)

    def plan(self, policies: Sequence[Policy], now: Instant = LATER) -> RetentionPlan:
        """Plan by the city's days and holds, with the items in memory."""
        days = candidates(self.catalogue, policies, now)
        holds = self.register.holds()
        stays = self.register.stays()
        read = self.catalogue.day_segments
        added = OriginalsDue(self.catalogue, lambda: self.store, holds).added_to
        return in_memory(make_plan(days, read, holds, policies, now, stays, originals=added))

    def purge(self, *, batch: int | None = None) -> Purge:
        return Purge(
            self.register,
            self.catalogue,
            self.vectors,
            self.store,
            self.custody,
            self.clock,
            derived=self.derived,
            batch=batch,
        )

    def fill(self, segments: Iterable[Segment], folder: Path) -> None:
        """Store, record and index segments; a segment's bytes are the segment's key."""
        source = folder / "source"
        for segment in segments:
            source.write_bytes(segment.key.encode())
            self.store.put(segment.key, source, segment.digest, {})
            self.catalogue.add_segments([segment])
            self.catalogue.add_keyframes([a_keyframe(segment, 0)])
            self.vectors.add(ENCODER, [a_row(segment, 0)], turned(1))
            self.catalogue.mark_indexed([segment.key], ENCODER.digest)
            self.derived.put(f"film of {segment.key}", b"film", [segment.key])

    def watched(self, tell: Callable[[str], None]) -> City:
        """Return the same city with each call announced to `tell` before and after."""
        parts = ("register", "catalogue", "vectors", "derived", "store", "custody")
        seen = {part: Watched(part, getattr(self, part), tell) for part in parts}
        return City(clock=self.clock, **cast("Any", seen))

    def left(self, segments: Iterable[Segment]) -> dict[str, object]:
        """Return what a person can see of these segments; `honest` checks the index marks."""
        found = list(segments)
        return {
            "stored": [s.key for s in self.store.list()],
            "catalogue": [s.key for s in self.catalogue.segments()],
            "gaps": [(g.camera, g.interval, g.reason, g.detail) for g in self.catalogue.gaps()],
            "tombstones": [
                (s.key, s.key in t.purged, t.spared.get(s.key, ""), t.reason)
                for t in self.register.tombstones()
                for s in t.segments
                if s in found
            ],
        }

    def honest(self, segments: Iterable[Segment]) -> bool:
        """Whether marked segments have vector rows, and rows and derived files a segment."""
        found = list(segments)
        rows = {segment.key: self.has_rows(segment) for segment in found}
        there = {segment.key for segment in self.catalogue.segments()}
        return set(self.derived.segments()) <= there and all(
            (rows[s.key] if s.key in self.marked(s) else True)
            and (s.key in there if rows[s.key] else True)
            for s in found
        )

    def marked(self, segment: Segment) -> frozenset[str]:
        """Return the segment's key in a set when marked as indexed, else an empty set."""
        return marked(
            self.catalogue, ENCODER.digest, [segment.camera], segment.interval
        ) & frozenset({segment.key})

    def has_rows(self, segment: Segment) -> bool:
        """Whether the vector index has rows of the segment."""
        cameras = frozenset({segment.camera})
        answer = self.vectors.search(ENCODER, turned(1), segment.interval, cameras, k=100)
        return any(hit.row.segment == segment.key for hit in answer.hits)


class Watched:
    """Announces each call of another object before and after the call."""

    def __init__(self, name: str, inner: object, tell: Callable[[str], None]) -> None:
        self._name, self._inner, self._tell = name, inner, tell

    def __getattr__(self, call: str) -> Callable[..., object]:
        act = getattr(self._inner, call)

        def told(*args: object, **kwargs: object) -> object:
            self._tell(f"before {self._name}.{call}")
            done: object = act(*args, **kwargs)
            self._tell(f"after {self._name}.{call}")
            return done

        return told


def minutes(count: float) -> Elapsed:
    """Return `count` minutes."""
    return Elapsed.seconds(count * 60)
