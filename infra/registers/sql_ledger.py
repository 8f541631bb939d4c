"""The ledger's record on SQLite or PostgreSQL, in the register's database."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, exists, func, insert, literal, select, true, union_all, update

from footage.digest import Digest
from footage.errors import NotFound
from footage.ids import CameraId, SegmentKey
from footage.instant import Elapsed
from footage.ports.ledger import Backlog, Place, Waiting
from footage.tlog_tiles import TILE_WIDTH
from infra.config.register_url import register_url
from infra.host.file_lock import WAIT
from infra.registers import sql_ledger_rows as rows
from infra.registers.ledger_rules import (
    is_anew,
    require_not_behind,
    require_same_size,
    two_digests,
)
from infra.registers.sql_engine import SEQUENCING, Database
from infra.registers.sql_models import (
    LEDGER,
    LEDGER_LEAVES,
    LEDGER_PLACES,
    LEDGER_TIPS,
    LEDGER_WAITING,
)
from infra.registers.sql_part import SqlPart
from infra.registers.sql_rows import instant_from

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Table

    from footage.clock import Clock
    from footage.instant import Instant, Interval
    from footage.leaf import Draft, Leaf, Tips
    from footage.ports.ledger import LedgerState
    from infra.config.sections.stores import Database as Section
    from infra.stores import StoreContext

_AT_ONCE: Final = 500
"""Values named in one statement: SQLite takes some thousand."""
_APPEND_WAIT: Final = Elapsed.parse("10s")
"""Longest time an append waits for PostgreSQL to connect, for a lock or for an answer."""


class SqlLedger(SqlPart):
    """`footage.ports.Ledger` across processes; migrates the database on construction.

    Appending inserts into a table of its own, of which nobody locks a row for long; a place is
    given under the lock of the one row that says the size.
    Arguments and errors are those of `SqlPart`.
    """

    def __init__(self, url: str, *, clock: Clock | None = None, wait: Elapsed = WAIT) -> None:
        self._brisk: Database | None = None
        super().__init__(url, clock=clock, wait=wait)
        if not self._database.is_sqlite:
            # A recorder must not hang with a server that is away: the leaf waits on its disk then.
            limit = min(wait, _APPEND_WAIT)
            self._brisk = Database(url, clock=self._clock, wait=limit, brisk=True)

    def close(self) -> None:
        """Close all connections."""
        super().close()
        if self._brisk is not None:
            self._brisk.close()

    def append(self, drafts: Sequence[Draft]) -> None:
        """Add drafts to what waits; raises Conflict."""
        if not drafts:
            return
        database = self._brisk or self._database
        with database.transaction() as connection:
            known = _digests(connection, [draft.key for draft in drafts])
            other = [one for one in drafts if known.get(one.key, one.digest) != one.digest]
            waits = _digests(connection, [one.key for one in other], LEDGER_WAITING)
            for draft in other:
                if draft.key in waits or not is_anew(draft):
                    raise two_digests(draft, str(known[draft.key]))
            new = {one.key: one for one in drafts if known.get(one.key) != one.digest}
            if new:
                adding = database.insert(LEDGER_WAITING).on_conflict_do_nothing()
                connection.execute(adding, [rows.draft_row(draft) for draft in new.values()])

    def lacking(self, keys: Collection[SegmentKey]) -> frozenset[SegmentKey]:
        """Keys without place and draft."""
        with self._database.reading() as connection:
            return frozenset(keys) - _digests(connection, list(keys)).keys()

    def waiting(self, limit: int) -> list[Waiting]:
        """The oldest drafts that wait."""
        placed = exists().where(
            LEDGER_PLACES.c.key == LEDGER_WAITING.c.key,
            LEDGER_PLACES.c.sha256 == LEDGER_WAITING.c.sha256,
        )
        number = LEDGER_WAITING.c.number
        query = select(LEDGER_WAITING).where(~placed).order_by(number).limit(limit)
        with self._database.transaction() as connection:
            found = [rows.waiting_from(row) for row in connection.execute(query).mappings()]
            # Appended by one process while another gave the same segment its place. Only so far
            # as was read: what waits behind may be a whole archive (invariant 12).
            whole = len(found) < limit
            passed = true() if whole else number < found[-1].number
            connection.execute(delete(LEDGER_WAITING).where(passed, placed))
            return found

    def backlog(self) -> Backlog:
        """Number of drafts that wait, and since when."""
        query = select(func.count(), func.min(LEDGER_WAITING.c.stored_us))
        with self._database.reading() as connection:
            count, since = connection.execute(query.select_from(LEDGER_WAITING)).one()
        return Backlog(count, instant_from(since))

    def state(self) -> LedgerState:
        """Progress of the ledger."""
        with self._database.reading() as connection:
            return _state(connection)

    def tips(self, cameras: Collection[CameraId]) -> Mapping[CameraId, Tips]:
        """The newest leaves of cameras."""
        found: dict[CameraId, Tips] = {}
        with self._database.reading() as connection:
            for some in _some(sorted(cameras)):
                query = select(LEDGER_TIPS).where(LEDGER_TIPS.c.camera.in_(some))
                for row in connection.execute(query).mappings():
                    found[CameraId(row["camera"])] = rows.tips_from(row)
        return found

    @contextmanager
    def sequencing(self) -> Iterator[None]:
        """Run the exclusive section; entering waits at most some seconds."""
        with self._database.exclusive(SEQUENCING):
            yield

    def place(
        self,
        size: int,
        taken: Sequence[Waiting],
        leaves: Sequence[tuple[Leaf, bytes]],
        tips: Mapping[CameraId, Tips],
    ) -> None:
        """Give leaves their places; raises Conflict."""
        numbers = [one.number for one in taken]
        with self._database.transaction() as connection:
            connection.execute(select(LEDGER.c.id).with_for_update())
            require_same_size(size, _state(connection))
            if leaves:
                _free(connection, [leaf.draft for leaf, _ in leaves])
                # The last leaf of a key counts: a restored register may read both at once.
                last = {
                    leaf.draft.key: rows.place_row(leaf, size + at)
                    for at, (leaf, _) in enumerate(leaves)
                }
                connection.execute(insert(LEDGER_PLACES), list(last.values()))
                connection.execute(
                    insert(LEDGER_LEAVES),
                    [{"index": size + at, "data": data} for at, (_, data) in enumerate(leaves)],
                )
            for some in _some(numbers):
                connection.execute(delete(LEDGER_WAITING).where(LEDGER_WAITING.c.number.in_(some)))
            for some in _some(list(tips)):
                connection.execute(delete(LEDGER_TIPS).where(LEDGER_TIPS.c.camera.in_(some)))
            if tips:
                changed = [rows.tips_row(camera, each) for camera, each in tips.items()]
                connection.execute(insert(LEDGER_TIPS), changed)
            connection.execute(update(LEDGER).values(size=size + len(leaves)))

    def leaves(self, start: int, end: int) -> list[bytes]:
        """Bytes of leaves; raises NotFound."""
        here = LEDGER_LEAVES.c
        query = select(here.data).where(here.index >= start, here.index < end).order_by(here.index)
        with self._database.reading() as connection:
            found = [bytes(data) for data in connection.scalars(query)]
        if len(found) != end - start:
            raise NotFound(f"leaves {start} to {end - 1} of the ledger are not all kept here")
        return found

    def set_stored(self, size: int, edge: bytes) -> None:
        """Record how far the tree is in the object store; raises Conflict."""
        full = size // TILE_WIDTH * TILE_WIDTH
        with self._database.transaction() as connection:
            connection.execute(select(LEDGER.c.id).with_for_update())
            require_not_behind(size, _state(connection))
            connection.execute(update(LEDGER).values(stored=size, edge=edge))
            connection.execute(delete(LEDGER_LEAVES).where(LEDGER_LEAVES.c.index < full))

    def set_checkpoint(self, checkpoint: str, at: Instant) -> None:
        """Record a signed checkpoint."""
        with self._database.transaction() as connection:
            connection.execute(update(LEDGER).values(checkpoint=checkpoint, signed_us=at.us))

    def place_of(self, key: SegmentKey) -> Place | None:
        """Where the leaf of a segment stands."""
        query = select(LEDGER_PLACES).where(LEDGER_PLACES.c.key == key)
        with self._database.reading() as connection:
            found = connection.execute(query).mappings().one_or_none()
        return None if found is None else rows.place_from(found)

    def places(self, camera: CameraId, interval: Interval, limit: int | None = None) -> list[Place]:
        """Places of a camera's segments that start in `interval`."""
        here = LEDGER_PLACES.c
        inside = (
            select(LEDGER_PLACES)
            .where(
                here.camera == camera,
                here.start_us >= interval.start.us,
                here.start_us < interval.end.us,
            )
            .order_by(here.start_us, here.key)
        )
        with self._database.reading() as connection:
            found = connection.execute(inside.limit(limit)).mappings().all()
        return sorted(map(rows.place_from, found), key=lambda place: (place.start, place.key))


def from_settings(chosen: Section, context: StoreContext) -> SqlLedger:
    """The ledger's record in the register's database.

    Raises:
        Misconfigured: As for `SqlPart`; or the password cannot be read.
        Unavailable: As for `SqlPart`.
    """
    ledger = SqlLedger(register_url(chosen, context.home), clock=context.clock)
    context.closing.callback(ledger.close)
    return ledger


def _state(connection: Connection) -> LedgerState:
    return rows.state_from(connection.execute(select(LEDGER)).mappings().one())


def _free(connection: Connection, drafts: Sequence[Draft]) -> None:
    """Take the places off that belong to former segments of keys that were imported anew."""
    anew = {draft.key: draft for draft in drafts if is_anew(draft)}
    known = _digests(connection, list(anew), LEDGER_PLACES)
    former = [key for key, digest in known.items() if digest != anew[key].digest]
    for some in _some(former):
        connection.execute(delete(LEDGER_PLACES).where(LEDGER_PLACES.c.key.in_(some)))


def _digests(
    connection: Connection, keys: Sequence[SegmentKey], *tables: Table
) -> dict[SegmentKey, Digest]:
    """Return the digests of those of the keys that wait, or else have a place."""
    found: dict[SegmentKey, Digest] = {}
    for some in _some(keys):
        both = union_all(
            *(
                select(table.c.key, table.c.sha256, literal(rank)).where(table.c.key.in_(some))
                for rank, table in enumerate(tables or (LEDGER_PLACES, LEDGER_WAITING))
            )
        )
        for key, digest, _ in sorted(connection.execute(both), key=lambda row: int(row[2])):
            found[SegmentKey(key)] = Digest(bytes(digest).hex())
    return found


def _some(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for at in range(0, len(values), _AT_ONCE):
        yield values[at : at + _AT_ONCE]
