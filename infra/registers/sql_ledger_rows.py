"""Values of the ledger as rows of `sql_models`, and back. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footage.digest import Digest
from footage.ids import CameraId, RunId, SegmentKey
from footage.instant import Instant, Interval
from footage.leaf import Draft, Late, Neighbour, Tips
from footage.ports.ledger import LedgerState, Place, Waiting
from infra.registers.sql_rows import instant_from, us_of

if TYPE_CHECKING:
    from sqlalchemy import RowMapping

    from footage.leaf import Leaf
    from infra.registers.sql_rows import Values


def draft_row(draft: Draft) -> Values:
    """A draft as a row; the database numbers it."""
    return {
        "key": draft.key,
        "camera": draft.camera,
        "run": draft.run,
        "sequence": draft.sequence,
        "start_us": draft.interval.start.us,
        "end_us": draft.interval.end.us,
        "size_bytes": draft.size_bytes,
        "sha256": draft.digest.raw,
        "stored_us": us_of(draft.stored),
        "late": "" if draft.late is None else draft.late.value,
    }


def waiting_from(row: RowMapping) -> Waiting:
    """A draft that waits, from its row."""
    draft = Draft(
        key=SegmentKey(row["key"]),
        camera=CameraId(row["camera"]),
        run=RunId(row["run"]),
        sequence=row["sequence"],
        interval=Interval(Instant(row["start_us"]), Instant(row["end_us"])),
        size_bytes=row["size_bytes"],
        digest=Digest(bytes(row["sha256"]).hex()),
        stored=instant_from(row["stored_us"]),
        late=Late(row["late"]) if row["late"] else None,
    )
    return Waiting(row["number"], draft)


def place_row(leaf: Leaf, index: int) -> Values:
    """The place of a leaf as a row."""
    draft = leaf.draft
    return {
        "key": draft.key,
        "camera": draft.camera,
        "start_us": draft.interval.start.us,
        "sha256": draft.digest.raw,
        "index": index,
    }


def place_from(row: RowMapping) -> Place:
    """A place, from its row."""
    return Place(SegmentKey(row["key"]), Instant(row["start_us"]), row["index"])


def tips_row(camera: CameraId, tips: Tips) -> Values:
    """The newest leaves of a camera as a row."""
    return {
        "camera": camera,
        "on_time_index": tips.on_time[0].index if tips.on_time else None,
        "on_time_hash": tips.on_time[0].hash if tips.on_time else None,
        "on_time_start_us": tips.on_time[1].us if tips.on_time else None,
        "late_index": tips.late.index if tips.late else None,
        "late_hash": tips.late.hash if tips.late else None,
    }


def tips_from(row: RowMapping) -> Tips:
    """The newest leaves of a camera, from a row."""
    on_time = late = None
    if row["on_time_index"] is not None:
        here = Neighbour(row["on_time_index"], bytes(row["on_time_hash"]))
        on_time = (here, Instant(row["on_time_start_us"]))
    if row["late_index"] is not None:
        late = Neighbour(row["late_index"], bytes(row["late_hash"]))
    return Tips(on_time, late)


def state_from(row: RowMapping) -> LedgerState:
    """The state, from its row."""
    return LedgerState(
        log=row["log"],
        size=row["size"],
        stored=row["stored"],
        edge=bytes(row["edge"]),
        checkpoint=row["checkpoint"],
        signed_at=instant_from(row["signed_us"]),
    )
