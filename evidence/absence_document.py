"""A certificate of absence as documents: `certificate.json` and `MANIFEST.json`. Pure."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from evidence.absence_leaves import PlacedLeaf
from evidence.absence_parts import State
from evidence.manifest import place_document
from evidence.verify import ABSENCE, absence_unproven
from footage.span import JOIN_TOLERANCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from evidence.absence_leaves import CameraLeaves, ShownCheckpoint
    from evidence.absence_parts import Gone, Part
    from evidence.absence_places import Stood
    from evidence.custody import Head
    from evidence.manifest import FileFact, Json
    from footage.action import Purpose
    from footage.camera import Camera
    from footage.instant import Instant, Interval
    from footage.segment import Segment
    from footage.signed_note import Checkpoint

_PROVES: Final = (
    "Proven, where the certificate says so, is that nothing was entered in the ledger of this "
    "system: by leaves of one camera that name each other, under signed checkpoints. That a camera "
    "saw nothing, or that nobody else recorded it, is not proven by anything here."
)
_ATTESTED: Final = (
    "Why something is missing is not proven: it is what a recorder, the register or a person "
    "entered in the custody log attests, and named with it."
)
_TIMES: Final = (
    "The order of leaves is proven; their times are this system's own clocks'. That recorded "
    "footage is entered within ten minutes, and holds at most five minutes a segment, is how this "
    "system works; a leaf that breaks the first says that it is late."
)
_LATE: Final = (
    "Footage may be entered later, by an import for instance. Late leaves are named up to the "
    "camera's newest leaf; that none came after it, until the last checkpoint, this system states."
)
_AHEAD: Final = (
    "Late leaves that were entered more than a day before the interval began are not named: "
    "footage of this time among them would need a clock that was ahead by more than a day."
)
_HOLES: Final = (
    "Stored segments were looked at in the object store by name and size. Whether their pictures "
    "go on without a hole, an export of them tells."
)
_UNSIGNED: Final = (
    "The certificate is not signed itself: whoever could rewrite all of it could rewrite its "
    "checksums and everything that is attested. Compare the digest of MANIFEST.json with the one "
    "noted when it was handed over. What leaves and checkpoints prove stands without that."
)
_SIGNED: Final = (
    "The signature over MANIFEST.json is by the key of the installation that made the certificate. "
    "Whose key that is, nothing here proves: compare the fingerprint with the one noted elsewhere."
)
_NO_LEDGER: Final = (
    "No checkpoint of a ledger had been signed when this certificate was made: nothing in it is "
    "proven, all of it is what this system states."
)


@dataclass(frozen=True, slots=True)
class OfCamera:
    """Statement of a certificate about a camera.

    Attributes:
        parts: The interval, tiled.
        segments: Stored segments that overlap the interval.
        gone: Footage that was stored once: segment or leaf, cause, and when it was deleted.
        near: The last stored segment before the interval, and the first after it; None: none known.
        stood: Where the camera stood, as parts that tile the interval.
    """

    camera: Camera
    interval: Interval
    parts: tuple[Part, ...]
    segments: tuple[Segment, ...]
    gone: tuple[tuple[Segment | PlacedLeaf, Gone, Instant | None], ...]
    leaves: CameraLeaves
    near: tuple[Segment | None, Segment | None]
    stood: tuple[Stood, ...]
    since: Instant | None = None

    def unproven(self, part: Part) -> str:
        """Return why it is not proven that nothing was entered of a part; "" where it is."""
        return absence_unproven(
            [_read(each) for each in [*self.leaves.chain[:1], *self.leaves.chain[-1:]]],
            [_read(each) for each in self.leaves.late[-1:]],
            (part.interval.start.us, part.interval.end.us),
            self.interval.start.us,
            None if self.since is None else self.since.us,
        )

    def last_before(self) -> Json | None:
        """Return the last footage that ended before the interval, stored or named by a leaf."""
        segment = self.near[0]
        leaves = [one for one in self._ends() if one.leaf.draft.interval.end <= self.interval.start]
        leaf = max(leaves, key=lambda one: one.leaf.draft.interval.end, default=None)
        if leaf and (segment is None or leaf.leaf.draft.interval.end > segment.interval.end):
            return _sight_of(leaf)
        return self._sight(segment)

    def first_after(self) -> Json | None:
        """Return the first footage that began after the interval, stored or named by a leaf."""
        segment = self.near[1]
        leaves = [one for one in self._ends() if one.leaf.draft.interval.start >= self.interval.end]
        leaf = min(leaves, key=lambda one: one.leaf.draft.interval.start, default=None)
        if leaf and (segment is None or leaf.leaf.draft.interval.start < segment.interval.start):
            return _sight_of(leaf)
        return self._sight(segment)

    def _ends(self) -> list[PlacedLeaf]:
        return [*self.leaves.chain, *self.leaves.late]

    def _sight(self, segment: Segment | None) -> Json | None:
        if segment is None:
            return None
        index = next((o.index for o in self._ends() if o.leaf.draft.key == segment.key), None)
        return {
            "object_key": segment.key,
            **_interval(segment.interval),
            "sha256": segment.digest.hex,
            "stored": True,
            "leaf": index,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """All facts of a certificate.

    Attributes:
        custody: Number of the certificate's intent in the custody log, and the log's head.
        checkpoint: The ledger's last checkpoint; None where none was signed yet.
        before: A checkpoint signed before the interval.
        fixed: The first checkpoint that covers the leaves behind the interval.
        zone: IANA name of the time zone in which people are told times.
        crypto: Who signs the manifest, or why nobody does.
    """

    bundle_id: str
    created: Instant
    software_version: str
    purpose: Purpose
    interval: Interval
    cameras: tuple[OfCamera, ...]
    custody: tuple[int, Head]
    checkpoint: Checkpoint | None
    signed_at: Instant | None
    before: ShownCheckpoint | None
    fixed: ShownCheckpoint | None
    zone: str
    crypto: Json = field(default_factory=lambda: {"signers": []})


def certificate(made: Certificate) -> Json:
    """Return `certificate.json`."""
    ledger = None
    if made.checkpoint is not None:
        ledger = {
            "origin": made.checkpoint.origin,
            "leaves": made.checkpoint.size,
            "signed": made.signed_at,
            "before": _shown(made.before),
            "fixed": _shown(made.fixed),
        }
    return {
        "interval": _interval(made.interval),
        "looked": made.created,
        "join_tolerance_us": JOIN_TOLERANCE.us,
        "ledger": ledger,
        "cameras": [camera_document(one) for one in made.cameras],
    }


def manifest(made: Certificate, files: Iterable[FileFact]) -> Json:
    """Return `MANIFEST.json`; `files` are all files but the manifest and SHA256SUMS."""
    intent, head = made.custody
    return {
        "schema": ABSENCE,
        "bundle_id": made.bundle_id,
        "created": made.created,
        "case": {"ref": made.purpose.case},
        "request": {
            "by": made.purpose.actor,
            "purpose_code": made.purpose.code,
            "interval": _interval(made.interval),
            "cameras": [one.camera.id for one in made.cameras],
        },
        "produced_by": {
            "operator": made.purpose.actor,
            "software": "footage",
            "version": made.software_version,
        },
        "files": [
            {
                "path": fact.path,
                "size": fact.size_bytes,
                "sha256": fact.digest.hex,
                "role": fact.role,
            }
            for fact in sorted(files, key=lambda fact: fact.path)
        ],
        "custody": {"intent": intent, "count": head.count, "head": head.hash},
        "crypto": {"hash": "sha256", **made.crypto},
        "limitations": limitations(made),
    }


def limitations(made: Certificate) -> list[str]:
    """Return sentences of what the certificate cannot show; never empty."""
    signed = _SIGNED if made.crypto["signers"] else _UNSIGNED
    if made.checkpoint is None:
        return [_NO_LEDGER, _ATTESTED, _HOLES, signed]
    return [_PROVES, _ATTESTED, _TIMES, _LATE, _AHEAD, _HOLES, signed]


def camera_document(one: OfCamera) -> Json:
    """Return what `certificate.json` says of a camera."""
    leaves = one.leaves
    named = leaves.of(one.interval)
    return {  # never camera.source: it may hold a password
        "camera": one.camera.id,
        "name": one.camera.name,
        **place_document(one.stood[0].camera),
        "stood": [
            {**place_document(each.camera), **_interval(each.interval), "sure": each.sure}
            for each in one.stood
        ],
        "parts": [_part(one, part) for part in one.parts],
        "segments": [_footage(segment, named) for segment in one.segments],
        "gone": [
            {
                **_footage(what, named),
                "rule": why.rule,
                "plan": why.plan,
                "deleted": at,
                "custody": [] if why.entry is None else [why.entry],
            }
            for what, why, at in sorted(one.gone, key=lambda each: each[1].interval.start)
        ],
        "last_before": one.last_before(),
        "first_after": one.first_after(),
        "chain": _leaves(leaves.chain),
        "late": _leaves(leaves.late),
        "chain_proof": _base64(leaves.chain_proof),
        "late_proof": _base64(leaves.late_proof),
    }


def _part(one: OfCamera, part: Part) -> Json:
    absent = part.state is State.ABSENT
    why = one.unproven(part) if absent else ""
    return {
        **_interval(part.interval),
        "state": part.state.value,
        "reason": part.reason,
        "detail": part.detail,
        "attested_by": part.attested.value,
        "who": part.who,
        "custody": list(part.entries),
        "proven": absent and not why,
        "why": why,
    }


def _footage(what: Segment | PlacedLeaf, named: dict[str, PlacedLeaf]) -> Json:
    if isinstance(what, PlacedLeaf):
        draft = what.leaf.draft
        key, interval, size, digest = draft.key, draft.interval, draft.size_bytes, draft.digest
    else:
        key, interval, size, digest = what.key, what.interval, what.size_bytes, what.digest
    leaf = named.get(key)
    late = leaf.leaf.draft.late if leaf else None
    return {
        "object_key": key,
        "size": size,
        "sha256": digest.hex,
        **_interval(interval),
        "leaf": leaf.index if leaf else None,
        "late": late.value if late else "",
    }


def _sight_of(leaf: PlacedLeaf) -> Json:
    draft = leaf.leaf.draft
    return {
        "object_key": draft.key,
        **_interval(draft.interval),
        "sha256": draft.digest.hex,
        "stored": False,
        "leaf": leaf.index,
    }


def _shown(one: ShownCheckpoint | None) -> Json | None:
    if one is None:
        return None
    return {
        "signed": one.signed,
        "leaves": one.checkpoint.size,
        "proof": _base64(one.proof),
    }


def _leaves(leaves: Sequence[PlacedLeaf]) -> list[Json]:
    return [{"index": each.index, "leaf": each.data.decode("ascii")} for each in leaves]


def _read(each: PlacedLeaf) -> Json:
    """Return the members of a leaf that decide what the leaf proves."""
    leaf = each.leaf
    return {
        "start": str(leaf.draft.interval.start),
        "late": None if leaf.draft.late is None else leaf.draft.late.value,
        "appended": str(leaf.appended),
        "before": leaf.before,
        "late_before": leaf.late_before,
    }


def _base64(hashes: Iterable[bytes]) -> list[str]:
    return [base64.b64encode(one).decode() for one in hashes]


def _interval(interval: Interval) -> Json:
    return {"start": interval.start, "end": interval.end}
