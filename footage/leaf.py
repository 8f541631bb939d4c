"""Leaves of the ledger: the statement, made once, that a segment of these bytes was stored.

A leaf names two leaves of its camera: the last one that was on time, and the last late one. So all
leaves of a camera that are on time form a chain in the order of footage, and two leaves next to
each other in this chain prove that no footage between was committed on time; the chain of late
leaves, which is short, names what was committed afterwards.

Canonical bytes: JSON with sorted ASCII keys and no white space; whole numbers and text only. The
format is `footage.leaf/1` (docs/ledger.md). Pure.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from footage.digest import Digest
from footage.errors import BadInput
from footage.ids import CameraId, RunId, SegmentKey
from footage.instant import Elapsed, Instant, Interval
from footage.merkle import leaf_hash
from footage.segment import TimeSource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from footage.segment import Segment

FORMAT: Final = "footage.leaf/1"
"""Version of the bytes of a leaf; a reader refuses an unknown version rather than guess."""
ON_TIME: Final = Elapsed.parse("10m")
"""A leaf appended within this of the end of its footage is on time: a segment's length, and a
while for a store that was away."""


class Late(StrEnum):
    """Why a leaf is late: the ledger does not show that the footage was stored when recorded."""

    IMPORT = "import"
    """The footage was brought from outside; its time is what someone stated."""
    BACK_FILL = "back-fill"
    """The segment was stored before, found without a leaf."""
    DELAYED = "delayed"
    """The leaf was appended more than `ON_TIME` after the end of the footage."""
    OUT_OF_ORDER = "out of order"
    """A leaf of the camera with a later start was appended before."""
    AHEAD = "ahead"
    """The footage ends after the leaf was appended: a clock was wrong."""


@dataclass(frozen=True, slots=True)
class Draft:
    """Statement of a leaf about its segment; the ledger adds the rest.

    Attributes:
        stored: When the segment had been stored, by the recorder's clock; None: not known.
        late: Why the leaf is late, as far as is known before appending; None: it may be on time.
    """

    key: SegmentKey
    camera: CameraId
    run: RunId
    sequence: int
    interval: Interval
    size_bytes: int
    digest: Digest
    stored: Instant | None = None
    late: Late | None = None

    def document(self) -> dict[str, object]:
        """Return the draft as plain values."""
        return {
            "key": self.key,
            "camera": self.camera,
            "run": self.run,
            "sequence": self.sequence,
            "start": str(self.interval.start),
            "end": str(self.interval.end),
            "size": self.size_bytes,
            "sha256": self.digest.hex,
            "stored": None if self.stored is None else str(self.stored),
            "late": None if self.late is None else self.late.value,
        }

    @classmethod
    def parse(cls, members: Mapping[str, object]) -> Draft:
        """Read what `document` returned.

        Raises:
            ValueError, KeyError, TypeError: A member is absent or of another kind.
            BadInput: A member is no such value.
        """
        return cls(
            key=SegmentKey(str(members["key"])),
            camera=CameraId(str(members["camera"])),
            run=RunId(str(members["run"])),
            sequence=_whole(members["sequence"]),
            interval=Interval(_instant(members["start"]), _instant(members["end"])),
            size_bytes=_whole(members["size"]),
            digest=Digest(str(members["sha256"])),
            stored=None if members["stored"] is None else _instant(members["stored"]),
            late=None if members["late"] is None else Late(str(members["late"])),
        )


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A leaf that another leaf names: position in the tree, and hash."""

    index: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf of the ledger.

    Attributes:
        draft: What the leaf says of its segment; `draft.late` is None of a leaf that is on time.
        appended: When the leaf was given its place, by the clock of the process that did so.
        before: The camera's last leaf that was on time; None for none.
        late_before: The camera's last leaf that was late; None for none.
    """

    draft: Draft
    appended: Instant
    before: Neighbour | None
    late_before: Neighbour | None

    def encode(self) -> bytes:
        """Write the leaf as canonical bytes."""
        document = {
            "v": FORMAT,
            **self.draft.document(),
            "appended": str(self.appended),
            "before": _named(self.before),
            "late_before": _named(self.late_before),
        }
        return _spelled(document)

    @classmethod
    def decode(cls, data: bytes) -> Leaf:
        """Read the bytes of a leaf.

        Raises:
            BadInput: The bytes are no leaf of this format, or spelled otherwise.
        """
        try:
            members = json.loads(data)
            leaf = cls._of(members)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
            raise BadInput(f"not a leaf of format {FORMAT}: {exc}") from exc
        if leaf.encode() != data:
            raise BadInput(f"not a leaf of format {FORMAT}: spelled otherwise")
        return leaf

    @classmethod
    def _of(cls, members: Mapping[str, object]) -> Leaf:
        if members["v"] != FORMAT:
            raise ValueError("of another version")
        before, late = _neighbour(members["before"]), _neighbour(members["late_before"])
        return cls(Draft.parse(members), _instant(members["appended"]), before, late)


@dataclass(frozen=True, slots=True)
class Tips:
    """A camera's newest leaves.

    Attributes:
        on_time: The last leaf on time, and the start of its footage.
        late: The last late leaf.
    """

    on_time: tuple[Neighbour, Instant] | None = None
    late: Neighbour | None = None

    def after(self, leaf: Leaf, index: int, hashed: bytes) -> Tips:
        """Return the newest leaves once `leaf` stands at `index` with this hash."""
        here = Neighbour(index, hashed)
        if leaf.draft.late is None:
            return Tips((here, leaf.draft.interval.start), self.late)
        return Tips(self.on_time, here)


def draft_of(segment: Segment, *, stored: Instant | None = None, late: Late | None = None) -> Draft:
    """Return what the ledger is to say of a stored segment.

    Args:
        segment: The segment; imported footage makes a late leaf by itself.
        stored: When the segment had been stored; None: not known.
        late: Why the leaf is late, where that is known.
    """
    if segment.clock.source is TimeSource.STATED:
        late = Late.IMPORT
    return Draft(
        segment.key,
        segment.camera,
        segment.run,
        segment.sequence,
        segment.interval,
        segment.size_bytes,
        segment.digest,
        stored,
        late,
    )


def why_late(draft: Draft, appended: Instant, newest: Instant | None) -> Late | None:
    """Return why a leaf is late; None: the leaf is on time.

    Args:
        draft: What the leaf says of its segment.
        appended: When the leaf is appended.
        newest: Start of the camera's newest footage whose leaf was on time; None for none.
    """
    if draft.late is not None:
        return draft.late
    if appended < draft.interval.end:
        return Late.AHEAD
    if appended - draft.interval.end > ON_TIME:
        return Late.DELAYED
    if newest is not None and draft.interval.start <= newest:
        return Late.OUT_OF_ORDER
    return None


def placed(
    drafts: Sequence[Draft], size: int, tips: Mapping[CameraId, Tips], appended: Instant
) -> tuple[list[tuple[Leaf, bytes]], dict[CameraId, Tips]]:
    """Give drafts their places behind the tree of `size` leaves, by camera and start.

    Args:
        drafts: What the leaves will say.
        size: Number of leaves of the tree.
        tips: The newest leaves of the drafts' cameras; a camera without leaves may be absent.
        appended: When the leaves are appended.

    Returns:
        The leaves in the order of the tree, each with its bytes, and the newest leaves afterwards.
    """
    after = dict(tips)
    leaves = []
    for number, draft in enumerate(sorted(drafts, key=_order)):
        now = after.get(draft.camera, Tips())
        newest = None if now.on_time is None else now.on_time[1]
        late = why_late(draft, appended, newest)
        before = None if now.on_time is None else now.on_time[0]
        leaf = Leaf(replace(draft, late=late), appended, before, now.late)
        data = leaf.encode()
        leaves.append((leaf, data))
        after[draft.camera] = now.after(leaf, size + number, leaf_hash(data))
    return leaves, after


def _order(draft: Draft) -> tuple[str, int, str]:
    return draft.camera, draft.interval.start.us, draft.key


def _named(neighbour: Neighbour | None) -> dict[str, object] | None:
    if neighbour is None:
        return None
    return {"hash": neighbour.hash.hex(), "index": neighbour.index}


def _neighbour(value: object) -> Neighbour | None:
    if value is None:
        return None
    if not isinstance(value, dict) or set(value) != {"hash", "index"}:
        raise ValueError("a neighbour is no index and hash")
    return Neighbour(_whole(value["index"]), bytes.fromhex(str(value["hash"])))


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r} is no whole number")
    return value


def _instant(value: object) -> Instant:
    return Instant.parse(str(value))


def _spelled(document: Mapping[str, object]) -> bytes:
    return json.dumps(document, separators=(",", ":"), sort_keys=True).encode("ascii")
