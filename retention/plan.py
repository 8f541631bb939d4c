"""Purge plans: exactly which segments would be deleted and why; kept in a file and applied once.

The id of a plan is the digest of everything in the plan, so an altered file no longer matches the
id that the file names.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from footage.digest import Digest
from footage.errors import BadInput
from footage.ids import CameraId, HoldId, PlanId, SegmentKey
from footage.instant import Instant, Interval
from retention.policy import Judge, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from footage.hold import Hold
    from footage.segment import Segment
    from retention.policy import Decision, Policy

FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class PlanItem:
    """A segment that is due, as a plan lists it.

    Attributes:
        digest: Digest of the segment when planned; another digest means the facts changed.
        rule: Name of the policy that decided.
        holds: Holds that saved the segment; () for a segment to delete.
    """

    segment: SegmentKey
    camera: CameraId
    interval: Interval
    size_bytes: int
    digest: Digest
    rule: str
    reasons: tuple[str, ...]
    holds: tuple[HoldId, ...] = ()

    @classmethod
    def of(cls, decision: Decision) -> PlanItem:
        """Make the item of a plan from a decision."""
        segment = decision.segment
        return cls(
            segment.key,
            segment.camera,
            segment.interval,
            segment.size_bytes,
            segment.digest,
            decision.rule,
            decision.reasons,
            decision.holds,
        )

    def to_json(self) -> dict[str, object]:
        """Return the item as plain values, as written in a plan file."""
        held = {"holds": list(self.holds)} if self.holds else {}
        return {
            "id": self.segment,
            "camera": self.camera,
            "start": str(self.interval.start),
            "end": str(self.interval.end),
            "bytes": self.size_bytes,
            "digest": str(self.digest),
            "rule": self.rule,
            "reasons": list(self.reasons),
            **held,
        }


@dataclass(frozen=True, slots=True)
class RetentionPlan:
    """Segments to delete, and due segments that holds saved, both by start and key.

    Attributes:
        created: Instant for which the plan was made.
        policies: Digest of the policies that the plan applies.
        segments: Segments to delete.
        held: Segments that are due and saved by holds.
    """

    created: Instant
    policies: str
    segments: tuple[PlanItem, ...]
    held: tuple[PlanItem, ...]

    @property
    def id(self) -> PlanId:
        """Id of the plan: digest of all content, `created` included: no two plans share an id."""
        return PlanId(f"plan-{_digest(self._content())[:32]}")

    @property
    def totals(self) -> dict[str, int]:
        """Numbers of segments, bytes and cameras to delete, and of segments and bytes held."""
        return {
            "segments": len(self.segments),
            "bytes": sum(item.size_bytes for item in self.segments),
            "cameras": len({item.camera for item in self.segments}),
            "held_segments": len(self.held),
            "held_bytes": sum(item.size_bytes for item in self.held),
        }

    def to_json(self) -> str:
        """Return the plan as the JSON text of a plan file."""
        return json.dumps({"plan": self.id, **self._content(), "totals": self.totals}, indent=1)

    @classmethod
    def from_json(cls, text: str) -> RetentionPlan:
        """Read a plan file.

        Raises:
            BadInput: The text is no plan file, has an unknown format, or was altered.
        """
        try:
            content = json.loads(text)
            if content["format"] != FORMAT:
                raise BadInput(f"a plan of format {content['format']!r}, not {FORMAT}")
            plan = cls(
                Instant.parse(content["created"]),
                str(content["policies"]),
                tuple(_item(item) for item in content["segments"]),
                tuple(_item(item) for item in content["held"]),
            )
            named, totals = content["plan"], content["totals"]
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            raise BadInput(f"not a plan file: {exc!r}", hint="footage retention plan") from exc
        if named != plan.id or totals != plan.totals:
            raise BadInput("the plan file was altered", hint="make a new plan")
        return plan

    def _content(self) -> dict[str, object]:
        return {
            "format": FORMAT,
            "created": str(self.created),
            "policies": self.policies,
            "segments": [item.to_json() for item in self.segments],
            "held": [item.to_json() for item in self.held],
        }


def make_plan(
    segments: Iterable[Segment], holds: Iterable[Hold], policies: Sequence[Policy], now: Instant
) -> RetentionPlan:
    """Plan the deletion of the segments that are due at `now`.

    Raises:
        BadInput: There are no policies, or two policies contradict each other.
    """
    if not policies:
        raise BadInput(
            "no policies: nothing says what may go", hint="without a policy file all is kept"
        )
    judge = Judge(policies, holds, now)
    due: dict[Verdict, list[PlanItem]] = {Verdict.EXPIRE: [], Verdict.HELD: []}
    for segment in segments:
        decision = judge.decide(segment)
        if decision.verdict in due:
            due[decision.verdict].append(PlanItem.of(decision))
    going, held = (tuple(sorted(items, key=_order)) for items in due.values())
    return RetentionPlan(now, policies_digest(policies), going, held)


def policies_digest(policies: Iterable[Policy]) -> str:
    """Return a digest of the content of `policies`, whatever their order."""
    facts = sorted(
        [
            policy.name,
            policy.keep.us,
            0,  # the place of `minimum_keep`: plans kept from before it was refused stay valid
            [[k, sorted(names)] for k, names in policy.match.kinds()] if policy.match else [],
        ]
        for policy in policies
    )
    return f"sha256:{_digest(facts)}"


def _order(item: PlanItem) -> tuple[Instant, SegmentKey]:
    return item.interval.start, item.segment


def _item(content: Mapping[str, object]) -> PlanItem:
    reasons, holds, size = content["reasons"], content.get("holds", []), content["bytes"]
    if not isinstance(reasons, list) or not isinstance(holds, list) or not isinstance(size, int):
        raise TypeError("reasons, holds and bytes are a list, a list and a number")
    return PlanItem(
        SegmentKey(str(content["id"])),
        CameraId(str(content["camera"])),
        Interval(Instant.parse(str(content["start"])), Instant.parse(str(content["end"]))),
        size,
        Digest.parse(str(content["digest"])),
        str(content["rule"]),
        tuple(map(str, reasons)),
        tuple(HoldId(str(hold)) for hold in holds),
    )


def _digest(content: object) -> str:
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
