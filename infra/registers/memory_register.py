"""The register in memory: for tests, forecasts and dry runs; nothing survives the process."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING

from footage.clock import SystemClock
from footage.errors import Conflict, NotFound, Unavailable
from footage.hold import MarksDue
from footage.ports import EVERYWHERE
from footage.stays import change_of, stay_order
from infra.host.file_lock import WAIT
from infra.registers import register_rules as rules

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from footage.camera import Camera, District, Site
    from footage.clock import Clock
    from footage.hold import Hold
    from footage.ids import CameraId, DistrictId, HoldId, PlanId, SegmentKey, SiteId
    from footage.instant import Elapsed, Instant, Interval
    from footage.ports import PurgeOutcome, ReadCamera, Scope, SeenGuarantees, Tombstone
    from footage.stays import Stay


class MemoryRegister:
    """`footage.ports.Register` in memory, shared by the threads of a process.

    Args:
        clock: Tells when a place was written down; the machine's unless given.
        wait: Longest time to wait for the purging section before raising Unavailable.
    """

    def __init__(self, *, clock: Clock | None = None, wait: Elapsed = WAIT) -> None:
        self._clock = clock or SystemClock()
        self._wait = wait
        self._lock = threading.RLock()  # each call is one transaction
        self._purging = threading.Lock()
        self._section = rules.Section()
        self._districts: dict[DistrictId, District] = {}
        self._sites: dict[SiteId, Site] = {}
        self._cameras: dict[CameraId, Camera] = {}
        self._stays: dict[CameraId, tuple[Stay, ...]] = {}
        self._holds: dict[HoldId, Hold] = {}
        self._marks: dict[HoldId, MarksDue] = {}
        self._guarantees: dict[str, SeenGuarantees] = {}
        self._finished: dict[PlanId, Instant | None] = {}
        self._tombstones: dict[tuple[PlanId, SegmentKey], Tombstone] = {}
        self._custody = (0, "")
        self._announced: tuple[str, ...] = ()

    def add_districts(self, districts: Iterable[District]) -> None:
        """Add or replace districts."""
        with self._lock:
            self._districts |= {district.id: district for district in districts}

    def add_sites(self, sites: Iterable[Site]) -> None:
        """Add or replace sites; raises BadInput for an unknown district."""
        new = list(sites)
        with self._lock:
            rules.require_known("district", (site.district for site in new), self._districts)
            self._sites |= {site.id: site for site in new}

    def add_cameras(
        self,
        cameras: Iterable[Camera],
        *,
        since: Instant | None = None,
        correct: bool = False,
        as_read: Iterable[ReadCamera] = (),
    ) -> frozenset[HoldId]:
        """Add or replace cameras; raises BadInput and Conflict as the port says."""
        new = list(cameras)
        with self.purging(), self._lock:
            for read in as_read:
                rules.require_as_read(read, self._cameras.get(read.id), self.stays([read.id]))
            rules.require_known("site", (camera.site for camera in new), self._sites)
            rules.require_known("district", (camera.district for camera in new), self._districts)
            now = self._clock.now()
            stays = dict(self._stays)
            for camera in new:
                told = stays.get(camera.id, ())
                counting = [stay for stay in told if not stay.replaced]
                change = change_of(counting, camera, now=now, since=since, correct=correct)
                if change.wrong:
                    told = (*(stay for stay in told if stay != counting[-1]), change.wrong)
                stays[camera.id] = (*told, change.new) if change.new else told
            self._stays = stays  # only now: wholly done, or not at all
            self._cameras |= {camera.id: camera for camera in new}
            counting = self.stays({camera.id for camera in new})
            joined = set()
            for hold in list(self._holds.values()):
                grown = hold.joined_by(counting)
                if grown != hold:
                    self._holds[hold.id] = grown
                    self._marks[hold.id] = MarksDue(grown, now)
                    joined.add(hold.id)
        return frozenset(joined)

    def districts(self) -> list[District]:
        """All of the register, sorted by id."""
        with self._lock:
            return sorted(self._districts.values(), key=lambda district: district.id)

    def sites(self) -> list[Site]:
        """All of the register, sorted by id."""
        with self._lock:
            return sorted(self._sites.values(), key=lambda site: site.id)

    def zones(self) -> frozenset[str]:
        """Time zones that sites name."""
        return frozenset(site.zone for site in self.sites())

    def cameras(self, scope: Scope = EVERYWHERE) -> list[Camera]:
        """Cameras in scope, sorted by id."""
        with self._lock:
            found = [camera for camera in self._cameras.values() if rules.admits(scope, camera)]
        return sorted(found, key=lambda camera: camera.id)

    def camera(self, camera: CameraId) -> Camera:
        """The camera of an id; raises NotFound."""
        with self._lock:
            if found := self._cameras.get(camera):
                return found
        raise NotFound(f"no camera {camera}")

    def stays(
        self, cameras: Collection[CameraId] | None = None, *, replaced: bool = False
    ) -> list[Stay]:
        """Places of cameras, sorted by camera and time."""
        with self._lock:
            chosen = self._stays.keys() if cameras is None else set(cameras) & self._stays.keys()
            found = [stay for camera in chosen for stay in self._stays[camera]]
        return sorted((s for s in found if replaced or not s.replaced), key=stay_order)

    def place_hold(self, hold: Hold) -> None:
        """Record a hold, inside the purging section."""
        with self.purging(), self._lock:
            if rules.is_new(hold, self._holds.get(hold.id)):
                hold = hold.joined_by(self.stays())
                self._holds[hold.id] = hold
                self._marks[hold.id] = MarksDue(hold, hold.placed_at)

    def release_hold(self, hold: HoldId, *, at: Instant, by: str, reason: str) -> Hold:
        """Release a hold, inside the purging section."""
        with self.purging(), self._lock:
            done = rules.released(self._holds.get(hold), hold, at=at, by=by, reason=reason)
            self._holds[hold] = done
            self._marks[hold] = MarksDue(done, at)
            return done

    def hold(self, hold: HoldId) -> Hold:
        """The hold of an id; raises NotFound."""
        with self._lock:
            if hold not in self._holds:
                raise rules.no_hold(hold)
            return self._holds[hold]

    def holds(self, *, active_only: bool = True) -> list[Hold]:
        """Holds, sorted by id."""
        with self._lock:
            found = [hold for hold in self._holds.values() if hold.active or not active_only]
        return sorted(found, key=lambda hold: hold.id)

    def marks_due(self) -> list[MarksDue]:
        """Holds whose marks on stored objects are unfinished, sorted by id."""
        with self._lock:
            return sorted(self._marks.values(), key=lambda marks: marks.hold.id)

    def finish_marks(
        self, hold: Hold, *, check_again: Instant | None = None, whole: bool = True
    ) -> bool:
        """Record a complete pass of a hold's marks; False when the hold was released meanwhile."""
        with self._lock:
            there = self._marks.get(hold.id)
            if there is None:
                return True
            if not rules.is_same_state(hold, there.hold):
                return False
            if check_again is None:
                del self._marks[hold.id]
            else:
                self._marks[hold.id] = MarksDue(there.hold, check_again, there.passes + whole)
            return True

    def record_guarantees(self, store: str, seen: SeenGuarantees) -> None:
        """Record the observed guarantees of a store; an older result is ignored."""
        with self._lock:
            there = self._guarantees.get(store)
            if there is None or there.at <= seen.at:
                self._guarantees[store] = seen

    def seen_guarantees(self, store: str) -> SeenGuarantees | None:
        """The newest recorded guarantees of a store, or None."""
        with self._lock:
            return self._guarantees.get(store)

    def purging(self) -> AbstractContextManager[None]:
        """Enter the exclusive purging section; raises Refused when this thread is inside."""
        return self._section.entered(self._exclusive())

    @contextmanager
    def _exclusive(self) -> Iterator[None]:
        if not self._purging.acquire(timeout=self._wait.in_seconds):
            raise Unavailable(f"another thread was purging or placing holds for {self._wait}")
        try:
            yield
        finally:
            self._purging.release()

    def use_plan(self, plan: PlanId, *, at: Instant) -> bool:
        """Begin applying a plan; `at` is not kept here."""
        del at
        with self._lock:
            if self._finished.get(plan) is not None:
                raise Conflict(f"plan {plan} was applied at {self._finished[plan]}")
            first = plan not in self._finished
            self._finished[plan] = None
            return first

    def finish_plan(self, plan: PlanId, *, at: Instant) -> None:
        """Record that a plan was applied completely; raises NotFound when the plan never began."""
        with self._lock:
            if plan not in self._finished:
                raise NotFound(f"plan {plan} was never begun")
            if self._finished[plan] is None:
                self._finished[plan] = at

    def plan_finished(self, plan: PlanId) -> Instant | None:
        """Return when a plan was applied completely, or None."""
        with self._lock:
            return self._finished.get(plan)

    def add_tombstones(self, tombstones: Iterable[Tombstone]) -> None:
        """Record tombstones of intended deletions; an existing tombstone is left unchanged."""
        with self._lock:
            for tombstone in tombstones:
                self._tombstones.setdefault((tombstone.plan, tombstone.first), tombstone)

    def settle_tombstone(
        self,
        plan: PlanId,
        first: SegmentKey,
        *,
        purged: Collection[SegmentKey] = (),
        spared: Mapping[SegmentKey, str] = MappingProxyType({}),
        at: Instant,
    ) -> None:
        """Settle segments as `register_rules.settled` decides; raises NotFound."""
        with self._lock:
            there = self._tombstones.get((plan, first))
            if there is None:
                raise NotFound(f"no tombstone of {first} in plan {plan}")
            self._tombstones[plan, first] = rules.settled(there, purged, spared, at)

    def tombstones(
        self,
        plan: PlanId | None = None,
        *,
        camera: CameraId | None = None,
        interval: Interval | None = None,
        open_only: bool = False,
    ) -> list[Tombstone]:
        """Tombstones, sorted by first segment, then plan."""
        with self._lock:
            found = [
                tombstone
                for tombstone in self._tombstones.values()
                if plan in (None, tombstone.plan)
                and camera in (None, tombstone.segments[0].camera)
                and (interval is None or tombstone.interval.overlaps(interval))
                and (tombstone.open or not open_only)
            ]
        return sorted(found, key=lambda t: (t.first, t.plan))

    def deletions(self) -> Iterator[Tombstone]:
        """All tombstones, plan by plan."""
        with self._lock:
            plans = list(self._finished)
        for plan in plans:
            yield from sorted(self.tombstones(plan), key=lambda t: t.first)

    def purge_outcome(self, plan: PlanId, *, listed: int) -> PurgeOutcome:
        """The sums over a plan's tombstones."""
        return rules.summed_up(self.tombstones(plan), listed)

    def custody_head(self) -> tuple[int, str]:
        """The anchor of the custody log."""
        with self._lock:
            return self._custody

    def anchor_custody(self, count: int, head: str) -> None:
        """Move the custody log's anchor forward; any other move raises Conflict."""
        with self._lock:
            rules.require_forward(self._custody, count, head)
            self._custody = (count, head)
            self._announced = ()

    def announce_custody(self, hashes: Sequence[str]) -> None:
        """Record the hashes of entries about to follow the anchor."""
        with self._lock:
            self._announced = tuple(hashes)

    def custody_announced(self) -> tuple[str, ...]:
        """The hashes announced since the anchor moved last."""
        with self._lock:
            return self._announced
