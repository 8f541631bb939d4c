"""The register on SQLite or PostgreSQL."""

from __future__ import annotations

import json
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, insert, select, update

from footage.errors import Conflict, NotFound
from footage.instant import Instant
from footage.ports import EVERYWHERE, PurgeOutcome
from footage.stays import change_of, stay_order
from infra.config.register_url import register_url
from infra.host.file_lock import WAIT
from infra.registers import register_rules as rules
from infra.registers import sql_rows as rows
from infra.registers.sql_engine import PURGING
from infra.registers.sql_models import (
    CAMERA_PLACES,
    CAMERAS,
    CUSTODY,
    DISTRICTS,
    HOLD_CAMERAS,
    HOLD_MARKS,
    HOLDS,
    PLANS,
    SITES,
    STORE_GUARANTEES,
    TOMBSTONES,
)
from infra.registers.sql_part import SqlPart

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from sqlalchemy import Column, Connection, Table

    from footage.camera import Camera, District, Site
    from footage.clock import Clock
    from footage.hold import Hold, MarksDue
    from footage.ids import CameraId, HoldId, PlanId, SegmentKey
    from footage.instant import Elapsed, Interval
    from footage.ports import ReadCamera, Scope, SeenGuarantees, Tombstone
    from footage.stays import PlaceChange, Stay
    from infra.config.sections.stores import Database as Section
    from infra.stores import StoreContext

_CAMERA: Final = tuple(CAMERAS.c.keys())
_TOMBSTONES_AT_ONCE: Final = 100
_NOWHERE: Final = (0, "")
_UNANCHORED: Final = {"id": 1, "entries": 0, "head": "", "announced": ""}


class SqlRegister(SqlPart):
    """`footage.ports.Register` across processes; migrates the database on construction.

    On SQLite the purging section is a lock on a file beside the database, on PostgreSQL an advisory
    lock of a session of its own; either is freed when its process dies. A section does not nest:
    placing or releasing a hold inside of one raises Refused. Sorting is done here, since the order
    of text differs between databases.
    Arguments and errors are those of `SqlPart`.
    """

    def __init__(self, url: str, *, clock: Clock | None = None, wait: Elapsed = WAIT) -> None:
        super().__init__(url, clock=clock, wait=wait)
        self._section = rules.Section()
        self._cameras: tuple[list[tuple[Any, ...]], list[Camera]] = [], []
        """The rows of cameras read last, and the cameras in them, by id."""

    def add_districts(self, districts: Iterable[District]) -> None:
        """Add or replace districts."""
        with self._database.transaction() as connection:
            self._upsert(connection, DISTRICTS, [rows.district_row(d) for d in districts])

    def add_sites(self, sites: Iterable[Site]) -> None:
        """Add or replace sites; raises BadInput for an unknown district."""
        new = [rows.site_row(site) for site in sites]
        with self._database.transaction() as connection:
            _require(connection, "district", new, DISTRICTS.c.id)
            self._upsert(connection, SITES, new)

    def add_cameras(
        self,
        cameras: Iterable[Camera],
        *,
        since: Instant | None = None,
        correct: bool = False,
        as_read: Iterable[ReadCamera] = (),
    ) -> frozenset[HoldId]:
        """Add or replace cameras; raises BadInput and Conflict as the port says."""
        given = list(cameras)
        new = [rows.camera_row(camera) for camera in given]
        with self.purging(), self._database.transaction() as connection:
            for read in as_read:  # every change of cameras comes through the purging section
                stays = _stays(connection, [read.id])
                rules.require_as_read(read, _camera(connection, read.id), stays)
            _require(connection, "site", new, SITES.c.id)
            _require(connection, "district", new, DISTRICTS.c.id)
            # The cameras first: their rows stay locked, so stays change one writer at a time.
            self._upsert(connection, CAMERAS, new)
            now = self._clock.now()
            decide = partial(change_of, now=now, since=since, correct=correct)
            _change_stays(connection, given, decide)
            counting = _stays(connection, [camera.id for camera in given])
            holds = _holds(connection) if given else ()
            grown = [hold for hold in holds if hold.joined_by(counting) != hold]
            for hold in grown:
                self._grow(connection, hold, hold.joined_by(counting), now)
        return frozenset(hold.id for hold in grown)

    def districts(self) -> list[District]:
        """All of the register, sorted by id."""
        with self._database.reading() as connection:
            found = connection.execute(select(DISTRICTS)).mappings().all()
        return sorted(map(rows.district_from, found), key=lambda district: district.id)

    def sites(self) -> list[Site]:
        """All of the register, sorted by id."""
        with self._database.reading() as connection:
            found = connection.execute(select(SITES)).mappings().all()
        return sorted(map(rows.site_from, found), key=lambda site: site.id)

    def zones(self) -> frozenset[str]:
        """Time zones that sites name."""
        with self._database.reading() as connection:
            return frozenset(connection.scalars(select(SITES.c.zone).distinct()))

    def cameras(self, scope: Scope = EVERYWHERE) -> list[Camera]:
        """Cameras in scope, sorted by id; with only some thousands, the scope is applied here."""
        with self._database.reading() as connection:
            found = [tuple(row) for row in connection.execute(select(CAMERAS)).all()]
        known, cameras = self._cameras
        if found != known:  # each question reads all rows, and seldom others than the one before
            read = (rows.camera_from(dict(zip(_CAMERA, row, strict=True))) for row in found)
            cameras = sorted(read, key=lambda camera: camera.id)
            self._cameras = found, cameras
        if scope == EVERYWHERE:
            return list(cameras)
        return [camera for camera in cameras if rules.admits(scope, camera)]

    def camera(self, camera: CameraId) -> Camera:
        """The camera of an id; raises NotFound."""
        with self._database.reading() as connection:
            found = _camera(connection, camera)
        if found is None:
            raise NotFound(f"no camera {camera}")
        return found

    def stays(
        self, cameras: Collection[CameraId] | None = None, *, replaced: bool = False
    ) -> list[Stay]:
        """Places of cameras, sorted by camera and time."""
        with self._database.reading() as connection:
            return _stays(connection, cameras, replaced=replaced)

    def place_hold(self, hold: Hold) -> None:
        """Record a hold, inside the purging section (invariant 4)."""
        with self.purging(), self._database.transaction() as connection:
            if not rules.is_new(hold, _hold(connection, hold.id)):
                return
            if hold.places.by_place:
                hold = hold.joined_by(_stays(connection))
            connection.execute(insert(HOLDS), [rows.hold_row(hold)])
            about = [{"hold": hold.id, "camera": camera} for camera in sorted(hold.cameras)]
            if about:
                connection.execute(insert(HOLD_CAMERAS), about)
            connection.execute(insert(HOLD_MARKS), [rows.marks_row(hold.id, hold.placed_at)])

    def grow_hold(self, grown: Hold) -> None:
        """Add cameras to a hold, for a restore that knows of stays which this register lost.

        Args:
            grown: A hold of the register, with its cameras and those to add.
        """
        with self.purging(), self._database.transaction() as connection:
            if there := _hold(connection, grown.id):
                self._grow(connection, there, grown, self._clock.now())

    def release_hold(self, hold: HoldId, *, at: Instant, by: str, reason: str) -> Hold:
        """Release a hold, inside the purging section."""
        with self.purging(), self._database.transaction() as connection:
            done = rules.released(_hold(connection, hold), hold, at=at, by=by, reason=reason)
            change = update(HOLDS).where(HOLDS.c.id == hold)
            connection.execute(
                change.values(released_at_us=at.us, released_by=by, release_reason=reason)
            )
            self._upsert(connection, HOLD_MARKS, [rows.marks_row(hold, at)])
            return done

    def hold(self, hold: HoldId) -> Hold:
        """The hold of an id; raises NotFound."""
        with self._database.reading() as connection:
            found = _hold(connection, hold)
        if found is None:
            raise rules.no_hold(hold)
        return found

    def holds(self, *, active_only: bool = True) -> list[Hold]:
        """Holds, sorted by id."""
        with self._database.reading() as connection:
            found = _holds(connection)
        chosen = (hold for hold in found if hold.active or not active_only)
        return sorted(chosen, key=lambda hold: hold.id)

    def marks_due(self) -> list[MarksDue]:
        """Holds whose marks on stored objects are unfinished, sorted by id."""
        with self._database.reading() as connection:
            due = connection.execute(select(HOLD_MARKS)).mappings().all()
            holds = {hold.id: hold for hold in _holds(connection)} if due else {}
        found = [rows.marks_from(row, holds[row["hold"]]) for row in due]
        return sorted(found, key=lambda marks: marks.hold.id)

    def finish_marks(
        self, hold: Hold, *, check_again: Instant | None = None, whole: bool = True
    ) -> bool:
        """Record a complete pass of a hold's marks; False when the hold was released meanwhile.

        The row is locked before the hold is read again: a release, which writes both in one
        transaction, comes wholly before or wholly after.
        """
        which = HOLD_MARKS.c.hold == hold.id
        with self._database.transaction() as connection:
            passes = connection.scalar(select(HOLD_MARKS.c.passes).where(which).with_for_update())
            if passes is None:
                return True
            there = _hold(connection, hold.id)
            if there is None or not rules.is_same_state(hold, there):
                return False
            if check_again is None:
                connection.execute(delete(HOLD_MARKS).where(which))
            else:
                later = {"due_us": check_again.us, "passes": passes + whole}
                connection.execute(update(HOLD_MARKS).where(which).values(later))
            return True

    def record_guarantees(self, store: str, seen: SeenGuarantees) -> None:
        """Record the observed guarantees of a store; an older result is ignored."""
        row = rows.guarantees_row(store, seen)
        statement = self._database.insert(STORE_GUARANTEES).values(row)
        newer = STORE_GUARANTEES.c.seen_at_us <= statement.excluded.seen_at_us
        others = {name: statement.excluded[name] for name in row if name != "store"}
        with self._database.transaction() as connection:
            connection.execute(
                statement.on_conflict_do_update(index_elements=["store"], set_=others, where=newer)
            )

    def seen_guarantees(self, store: str) -> SeenGuarantees | None:
        """The newest recorded guarantees of a store, or None."""
        query = select(STORE_GUARANTEES).where(STORE_GUARANTEES.c.store == store)
        with self._database.reading() as connection:
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else rows.guarantees_from(row)

    def purging(self) -> AbstractContextManager[None]:
        """Enter the exclusive purging section; raises Refused when this thread is inside."""
        return self._section.entered(self._database.exclusive(PURGING))

    def use_plan(self, plan: PlanId, *, at: Instant) -> bool:
        """Begin applying a plan; raises Conflict for a finished plan."""
        with self._database.transaction() as connection:
            new = {"id": plan, "started_at_us": at.us, "finished_at_us": None}
            adding = self._database.insert(PLANS).on_conflict_do_nothing().values(new)
            if connection.scalar(adding.returning(PLANS.c.id)) is not None:
                return True
            query = select(PLANS.c.finished_at_us).where(PLANS.c.id == plan)
            if connection.scalar(query) is not None:
                raise Conflict(f"plan {plan} was applied before", hint="make a new plan")
            return False

    def finish_plan(self, plan: PlanId, *, at: Instant) -> None:
        """Record that a plan was applied completely; raises NotFound when the plan never began."""
        with self._database.transaction() as connection:
            query = select(PLANS.c.id).where(PLANS.c.id == plan)
            if connection.scalar(query) is None:
                raise NotFound(f"plan {plan} was never begun")
            change = update(PLANS).where(PLANS.c.id == plan, PLANS.c.finished_at_us.is_(None))
            connection.execute(change.values(finished_at_us=at.us))

    def plan_finished(self, plan: PlanId) -> Instant | None:
        """Return when a plan was applied completely, or None."""
        query = select(PLANS.c.finished_at_us).where(PLANS.c.id == plan)
        with self._database.reading() as connection:
            finished_us = connection.scalar(query)
        return None if finished_us is None else Instant(finished_us)

    def add_tombstones(self, tombstones: Iterable[Tombstone]) -> None:
        """Record tombstones of intended deletions; an existing tombstone is left unchanged."""
        with self._database.transaction() as connection:
            self._add_absent(connection, TOMBSTONES, [rows.tombstone_row(t) for t in tombstones])

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
        which = (TOMBSTONES.c.plan == plan, TOMBSTONES.c.first == first)
        with self._database.transaction() as connection:
            query = select(TOMBSTONES).where(*which).with_for_update()
            row = connection.execute(query).mappings().one_or_none()
            if row is None:
                raise NotFound(f"no tombstone of {first} in plan {plan}")
            done = rules.settled(rows.tombstone_from(row), purged, spared, at)
            change = update(TOMBSTONES).where(*which)
            connection.execute(change.values(rows.settled_values(done)))

    def tombstones(
        self,
        plan: PlanId | None = None,
        *,
        camera: CameraId | None = None,
        interval: Interval | None = None,
        open_only: bool = False,
    ) -> list[Tombstone]:
        """Tombstones, sorted by first segment, then plan."""
        query = select(TOMBSTONES)
        if plan is not None:
            query = query.where(TOMBSTONES.c.plan == plan)
        if camera is not None:
            query = query.where(TOMBSTONES.c.camera == camera)
        if interval is not None:
            query = query.where(
                TOMBSTONES.c.start_us < interval.end.us, TOMBSTONES.c.end_us > interval.start.us
            )
        if open_only:
            query = query.where(TOMBSTONES.c.state == "open")
        with self._database.reading() as connection:
            found = connection.execute(query).mappings().all()
        return sorted(map(rows.tombstone_from, found), key=lambda t: (t.first, t.plan))

    def deletions(self) -> Iterator[Tombstone]:
        """All tombstones, plan by plan: a page at a time, by the primary key."""
        with self._database.reading() as connection:
            plans = connection.scalars(select(PLANS.c.id).order_by(PLANS.c.started_at_us)).all()
        for plan in plans:
            query = select(TOMBSTONES).where(TOMBSTONES.c.plan == plan)
            query = query.order_by(TOMBSTONES.c.first).limit(_TOMBSTONES_AT_ONCE)
            page, found = query, None
            while found is None or len(found) == _TOMBSTONES_AT_ONCE:
                with self._database.reading() as connection:
                    found = connection.execute(page).mappings().all()
                yield from map(rows.tombstone_from, found)
                if found:
                    page = query.where(TOMBSTONES.c.first > found[-1]["first"])

    def purge_outcome(self, plan: PlanId, *, listed: int) -> PurgeOutcome:
        """The sums over a plan's tombstones; of closed tombstones no segment is read."""
        about = TOMBSTONES.c.plan == plan
        sums = select(
            func.coalesce(func.sum(TOMBSTONES.c.purged), 0),
            func.coalesce(func.sum(TOMBSTONES.c.purged_bytes), 0),
        ).where(about)
        spared = select(TOMBSTONES.c.spared).where(about, TOMBSTONES.c.spared != "{}")
        with self._database.reading() as connection:
            purged, size_bytes = connection.execute(sums).one()
            kept = connection.scalars(spared.order_by(TOMBSTONES.c.first)).all()
        left = rules.summed_up(self.tombstones(plan, open_only=True), listed)
        reasons: dict[SegmentKey, str] = {}
        number = 0
        for text in kept:
            found = json.loads(text)
            number += len(found)
            reasons |= dict(sorted(found.items())[: listed - len(reasons)])
        return PurgeOutcome(
            int(purged), int(size_bytes), number, left.open, reasons, left.open_keys
        )

    def custody_head(self) -> tuple[int, str]:
        """The anchor of the custody log."""
        with self._database.reading() as connection:
            return _anchor(connection) or _NOWHERE

    def anchor_custody(self, count: int, head: str) -> None:
        """Move the custody log's anchor forward; any other move raises Conflict."""
        with self._database.transaction() as connection:
            there = _anchor(connection, lock=True)
            if there is None:
                self._add_absent(connection, CUSTODY, [_UNANCHORED])
                there = _anchor(connection, lock=True) or _NOWHERE
            rules.require_forward(there, count, head)
            connection.execute(update(CUSTODY).values(entries=count, head=head, announced=""))

    def announce_custody(self, hashes: Sequence[str]) -> None:
        """Record the hashes of entries about to follow the anchor."""
        with self._database.transaction() as connection:
            told = update(CUSTODY).values(announced=" ".join(hashes))
            if not connection.execute(told).rowcount:
                self._add_absent(connection, CUSTODY, [_UNANCHORED])
                connection.execute(told)

    def custody_announced(self) -> tuple[str, ...]:
        """The hashes announced since the anchor moved last."""
        with self._database.reading() as connection:
            found = connection.scalar(select(CUSTODY.c.announced))
        return tuple((found or "").split())

    def _grow(self, connection: Connection, hold: Hold, grown: Hold, now: Instant) -> None:
        """Record cameras that joined a hold on places; the hold's marks are due again."""
        joined = sorted(grown.cameras - hold.cameras)
        if joined:
            about = [{"hold": hold.id, "camera": camera} for camera in joined]
            connection.execute(insert(HOLD_CAMERAS), about)
            self._upsert(connection, HOLD_MARKS, [rows.marks_row(hold.id, now)])

    def _upsert(self, connection: Connection, table: Table, new: list[rows.Values]) -> None:
        if not new:
            return
        key = [column.name for column in table.primary_key]
        statement = self._database.insert(table)
        others = {c.name: statement.excluded[c.name] for c in table.c if c.name not in key}
        connection.execute(statement.on_conflict_do_update(index_elements=key, set_=others), new)

    def _add_absent(self, connection: Connection, table: Table, new: list[rows.Values]) -> None:
        if new:
            connection.execute(self._database.insert(table).on_conflict_do_nothing(), new)


def from_settings(chosen: Section, context: StoreContext) -> SqlRegister:
    """The register in the database that the settings name, else in the home folder.

    Raises:
        Misconfigured: As for `SqlPart`; or the password cannot be read.
        Unavailable: As for `SqlPart`.
    """
    register = SqlRegister(register_url(chosen, context.home), clock=context.clock)
    context.closing.callback(register.close)
    return register


def _require(connection: Connection, what: str, new: list[rows.Values], ids: Column[Any]) -> None:
    known = set(connection.scalars(select(ids)))
    rules.require_known(what, (row[what] for row in new), known)


def _camera(connection: Connection, camera: CameraId) -> Camera | None:
    query = select(CAMERAS).where(CAMERAS.c.id == camera)
    found = connection.execute(query).mappings().one_or_none()
    return None if found is None else rows.camera_from(found)


def _stays(
    connection: Connection,
    cameras: Collection[CameraId] | None = None,
    *,
    replaced: bool = False,
) -> list[Stay]:
    query = select(CAMERA_PLACES)
    if cameras is not None:
        query = query.where(CAMERA_PLACES.c.camera.in_(sorted(cameras)))
    if not replaced:
        query = query.where(CAMERA_PLACES.c.replaced_us.is_(None))
    found = connection.execute(query).mappings().all()
    return sorted(map(rows.stay_from, found), key=stay_order)


def _change_stays(
    connection: Connection, cameras: Iterable[Camera], decide: Callable[..., PlaceChange]
) -> None:
    """Write down how the stays of the cameras change, as `decide` says from those so far."""
    known = {camera.id: camera for camera in cameras}
    query = select(CAMERA_PLACES).where(CAMERA_PLACES.c.camera.in_(list(known)))
    numbered: dict[CameraId, dict[Stay, int]] = {camera: {} for camera in known}
    for row in connection.execute(query.order_by(CAMERA_PLACES.c.number)).mappings():
        stay = rows.stay_from(row)
        numbered[stay.camera][stay] = row["number"]
    for camera, numbers in numbered.items():
        counting = sorted((stay for stay in numbers if not stay.replaced), key=stay_order)
        change = decide(counting, known[camera])
        if change.wrong and change.wrong.replaced:
            which = (
                CAMERA_PLACES.c.camera == camera,
                CAMERA_PLACES.c.number == numbers[counting[-1]],
            )
            at = {"replaced_us": change.wrong.replaced.us}
            connection.execute(update(CAMERA_PLACES).where(*which).values(at))
        if change.new:
            number = max(numbers.values(), default=0) + 1
            connection.execute(insert(CAMERA_PLACES), [rows.stay_row(change.new, number)])


def _holds(connection: Connection, only: HoldId | None = None) -> list[Hold]:
    query, about = select(HOLDS), select(HOLD_CAMERAS)
    if only is not None:
        query, about = query.where(HOLDS.c.id == only), about.where(HOLD_CAMERAS.c.hold == only)
    # Holds first: a hold placed between the two reads must never appear without its cameras.
    found = connection.execute(query).mappings().all()
    cameras: dict[str, list[str]] = {}
    for row in connection.execute(about).mappings():
        cameras.setdefault(row["hold"], []).append(row["camera"])
    return [rows.hold_from(row, cameras.get(row["id"], [])) for row in found]


def _hold(connection: Connection, hold: HoldId) -> Hold | None:
    return next(iter(_holds(connection, hold)), None)


def _anchor(connection: Connection, *, lock: bool = False) -> tuple[int, str] | None:
    query = select(CUSTODY.c.entries, CUSTODY.c.head)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return (row.entries, row.head) if row else None
