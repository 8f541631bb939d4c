"""Copies of gaps in the object store, so that a lost catalogue gets their reasons back.

A gap that will not change any more is copied beside the footage, many gaps in one small object:

gaps/<day>/<digest>.jsonl    a line for each gap; UTC day of its start; 32 digits of the SHA-256

Objects are only added, never rewritten and never deleted: retention deletes segments, and the gaps
stay. The same gaps make the same key, so that a copy made again changes nothing (invariant 2).
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from footage.day import day_of
from footage.digest import Digest
from footage.durable import seam, sync_folder
from footage.errors import BadInput, DataLoss
from footage.ids import camera_id
from footage.instant import Instant, Interval
from footage.span import Gap, GapReason

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from footage.ports import ObjectStore, StoredObject

PREFIX: Final = "gaps/"
_KEY: Final = re.compile(r"gaps/\d{4}-\d\d-\d\d/[0-9a-f]{32}\.jsonl")


def is_gap_key(key: str) -> bool:
    """Whether `key` is of copied gaps; no segment's key is."""
    return _KEY.fullmatch(key) is not None


def copy_gaps(store: ObjectStore, gaps: Iterable[Gap], folder: Path) -> None:
    """Put gaps into the store: one object for each day on which one of them starts.

    Args:
        store: Where to put the copies.
        gaps: Gaps that will not change any more.
        folder: For the file that is put, which is removed afterwards.

    Raises:
        Unavailable: The store cannot be reached; the call may be repeated.
        NoSpace: Store or disk is full.
    """
    by_day: dict[Instant, list[Gap]] = defaultdict(list)
    for gap in gaps:
        by_day[day_of(gap.interval.start)].append(gap)
    for day, found in by_day.items():
        data = b"".join(sorted(_line(gap) for gap in found))
        digest = Digest.of(data)
        key = f"{PREFIX}{day.to_datetime():%Y-%m-%d}/{digest.hex[:32]}.jsonl"
        with seam(folder):
            path = folder / f".{digest.hex[:32]}.new"  # a spool removes such drafts after a crash
            try:
                path.write_bytes(data)
                store.put(key, path, digest, {})
            finally:
                path.unlink(missing_ok=True)
                sync_folder(folder)


def gaps_of(store: ObjectStore, stored: StoredObject) -> list[Gap]:
    """Read the gaps of an object; raises DataLoss where the bytes are not what was stored."""
    data = store.get(stored.key)
    if Digest.of(data) != stored.digest:
        raise DataLoss(f"{stored.key} is not what was stored")
    try:
        return [_gap(line) for line in data.splitlines()]
    except (ValueError, KeyError, TypeError, BadInput) as exc:
        raise DataLoss(f"{stored.key} holds no gaps: {exc}") from exc


def _line(gap: Gap) -> bytes:
    facts = {
        "camera": gap.camera,
        "start_us": gap.interval.start.us,
        "end_us": gap.interval.end.us,
        "reason": gap.reason.value,
        "detail": gap.detail,
    }
    return json.dumps(facts, separators=(",", ":")).encode() + b"\n"


def _gap(line: bytes) -> Gap:
    facts = json.loads(line)
    interval = Interval(Instant(int(facts["start_us"])), Instant(int(facts["end_us"])))
    camera, reason = camera_id(facts["camera"]), GapReason(facts["reason"])
    return Gap(camera, interval, reason, str(facts["detail"]))
