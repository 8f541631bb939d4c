"""Purge plans: which recordings would be deleted and why, by camera and interval; applied once.

A plan is a list of items: unbroken stretches of a camera's segments on which all rules and holds
agree. So a plan grows with cameras and days, not with segments (invariant 12). Whole spans of the
day summaries are decided without reading segments; a day's segments are read only where the instant
up to which segments are due, or an edge of a hold, cuts a span.

As text a plan has a line of JSON for the header, a line for each item, and a last line with totals
and the plan's id. The id is the digest of all lines before and of the totals, so an altered text no
longer matches the id in the last line. Items are read and written one at a time.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from functools import cache, partial
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, TypeVar

from footage.day import DaySpan, day_of, spans_of
from footage.errors import BadInput
from footage.ids import CameraId, DistrictId, HoldId, PlanId, RunId, SiteId
from footage.instant import DAY, Instant, Interval
from retention.policy import Judge, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from footage.day import DaySegment, DaySummary
    from footage.hold import Hold
    from footage.segment import Segment
    from footage.stays import Stay
    from retention.policy import Policy, Ruling

    OriginalsOfItems = Callable[[Iterable["PlanItem"], Judge], Iterator["PlanItem"]]

FORMAT: Final = 2
T = TypeVar("T", int, list[object])
_HINT: Final = "make a new plan with `footage retention plan`"


@dataclass(frozen=True, slots=True)
class PlannedOriginal:
    """An original file of an import, to be deleted with the last of its segments.

    Attributes:
        digest: SHA-256 of the file, with the name of the algorithm.
    """

    key: str
    size_bytes: int
    digest: str

    def to_json(self) -> dict[str, object]:
        """Return the file as plain values, as written in a plan file."""
        return {"key": self.key, "bytes": self.size_bytes, "digest": self.digest}


@dataclass(frozen=True, slots=True)
class PlanItem:
    """An unbroken stretch of a camera's segments that are due, all by the same rule.

    The segments of an item start on a single UTC day. An item to delete names its segments exactly:
    `includes` tells them from all other segments of the camera.

    Attributes:
        span: From, to, run, place and class, number, bytes and checksum of the segments.
        rule: Name of the policy that decided.
        holds: Holds that saved the segments; () for segments to delete.
        original: The file that the segments were cut from, where that goes too; told by the first
            item of an import.
    """

    camera: CameraId
    span: DaySpan
    rule: str
    reasons: tuple[str, ...]
    holds: tuple[HoldId, ...] = ()
    original: PlannedOriginal | None = None

    def with_original(self, original: PlannedOriginal | None) -> PlanItem:
        """Return the item with an original file that goes too."""
        return replace(self, original=original)

    @property
    def interval(self) -> Interval:
        """Start of the first segment to the latest end."""
        return self.span.interval

    @property
    def day(self) -> Instant:
        """Midnight before the first segment."""
        return day_of(self.span.interval.start)

    def includes(self, segment: Segment | DaySegment) -> bool:
        """Whether the item is about `segment`, a segment of the item's camera.

        A segment within the interval of a segment to delete is to be deleted as well: its end is
        due earlier, and no hold covers it. So an item to delete includes its own segments alone. A
        held item may include a shorter segment, in the time of a longer held one of the same run,
        that fewer holds or no hold covers.
        """
        mine, start_us = self.span.interval, segment.interval.start.us
        return (
            segment.run == self.span.run
            and mine.start.us <= start_us
            and segment.interval.end.us <= mine.end.us
            and start_us // DAY.us == mine.start.us // DAY.us
            and segment.site == self.span.site
            and segment.district == self.span.district
            and segment.retention_class == self.span.retention_class
        )

    def to_json(self) -> dict[str, object]:
        """Return the item as plain values, as written in a plan file."""
        span = self.span
        held = {"holds": list(self.holds)} if self.holds else {}
        original = {"original": self.original.to_json()} if self.original else {}
        return {
            "camera": self.camera,
            "start": str(span.interval.start),
            "end": str(span.interval.end),
            "count": span.segments,
            "bytes": span.size_bytes,
            "rule": self.rule,
            "reasons": list(self.reasons),
            **held,
            **original,
            "run": span.run,
            "site": span.site,
            "district": span.district,
            "class": span.retention_class,
            "checksum": f"{span.checksum:032x}",
        }


@dataclass(slots=True)
class Totals:
    """Sums over the items of a plan.

    Attributes:
        cameras: Cameras with segments to delete.
        held_segments: Segments that are due and saved by holds.
        originals: Original files of imports to delete; their bytes are not among `size_bytes`.
    """

    segments: int = 0
    size_bytes: int = 0
    cameras: set[CameraId] = field(default_factory=set)
    held_segments: int = 0
    held_bytes: int = 0
    originals: int = 0
    original_bytes: int = 0

    def add(self, item: PlanItem) -> None:
        """Count `item` in."""
        if item.original:
            self.originals += 1
            self.original_bytes += item.original.size_bytes
        if item.holds:
            self.held_segments += item.span.segments
            self.held_bytes += item.span.size_bytes
        else:
            self.segments += item.span.segments
            self.size_bytes += item.span.size_bytes
            self.cameras.add(item.camera)

    def to_json(self) -> dict[str, int]:
        """Return the sums as plain values; of originals where there are some."""
        originals = {"originals": self.originals, "original_bytes": self.original_bytes}
        return {
            "segments": self.segments,
            "bytes": self.size_bytes,
            "cameras": len(self.cameras),
            "held_segments": self.held_segments,
            "held_bytes": self.held_bytes,
            **(originals if self.originals else {}),
        }


@dataclass(frozen=True, slots=True)
class RetentionPlan:
    """A plan: recordings to delete, and due recordings that holds saved.

    Attributes:
        id: Digest of all content, `created` included: no two plans share an id.
        created: Instant for which the plan was made.
        policies: Digest of the policies that the plan applies.
        totals: Numbers of segments, bytes and cameras to delete, of segments and bytes held.
        items: All items by camera and start; may be gone through several times, and are read anew
            each time where the plan is a file.
    """

    id: PlanId
    created: Instant
    policies: str
    totals: Mapping[str, int]
    items: Iterable[PlanItem] = field(compare=False, repr=False)

    @property
    def due(self) -> Iterator[PlanItem]:
        """The items to delete."""
        return (item for item in self.items if not item.holds)

    @property
    def held(self) -> Iterator[PlanItem]:
        """The items that holds saved."""
        return (item for item in self.items if item.holds)


class PlanText:
    """The lines of a plan in the making, with the digest over them and the sums.

    `lines` is gone through once; `id` and `totals` stand when the last line is out.
    """

    def __init__(self, created: Instant, policies: str, items: Iterable[PlanItem]) -> None:
        self.created, self.policies = created, policies
        self._items, self._totals, self._digest = items, Totals(), hashlib.sha256()

    def lines(self) -> Iterator[str]:
        """Yield the lines, each with its line break."""
        yield self._noted(
            {"format": FORMAT, "created": str(self.created), "policies": self.policies}
        )
        for item in self._items:
            self._totals.add(item)
            yield self._noted(item.to_json())
        yield _line({"plan": self.id, "totals": self.totals})

    @property
    def id(self) -> PlanId:
        """Id of the plan that consists of the lines so far."""
        whole = self._digest.copy()
        whole.update(_line(self.totals).encode())
        return PlanId(f"plan-{whole.hexdigest()[:32]}")

    @property
    def totals(self) -> dict[str, int]:
        """Sums over the items so far."""
        return self._totals.to_json()

    def plan(self, items: Iterable[PlanItem]) -> RetentionPlan:
        """Return the plan whose lines are out; `items` are the same items once more."""
        return RetentionPlan(self.id, self.created, self.policies, self.totals, items)

    def _noted(self, content: Mapping[str, object]) -> str:
        line = _line(content)
        self._digest.update(line.encode())
        return line


def decide_days(
    days: Iterable[DaySummary],
    day_segments: Callable[[CameraId, Instant], Sequence[DaySegment]],
    judge: Judge,
) -> Iterator[PlanItem]:
    """Yield the items of a plan, by camera and start.

    Args:
        days: Summaries by camera and day.
        day_segments: Reads the segments of a camera that start on a day; called only for days with
            a span that the day's summary does not decide.
        judge: Rules on spans and segments.
    """
    for summary in days:
        items: list[PlanItem] = []
        read = cache(partial(day_segments, summary.camera, summary.day))
        for span in summary.spans:
            items += items_of_span(summary.camera, span, judge, read)
        yield from sorted(items, key=_order)


def items_of_span(
    camera: CameraId, span: DaySpan, judge: Judge, segments: Callable[[], Sequence[DaySegment]]
) -> list[PlanItem]:
    """Return the items of a span of a day.

    Args:
        camera: The camera.
        span: The span.
        judge: Rules on spans and segments.
        segments: Reads the camera's segments of the day; called only where `judge` does not decide
            the span as a whole.
    """
    ruling = judge.of_span(camera, span)
    if ruling is None:
        return list(_items_of_cut(camera, span, segments(), judge))
    return [] if ruling.verdict is Verdict.KEEP else [_item(camera, span, ruling)]


def make_plan(  # noqa: PLR0913 - what a plan is made from
    days: Iterable[DaySummary],
    day_segments: Callable[[CameraId, Instant], Sequence[DaySegment]],
    holds: Iterable[Hold],
    policies: Sequence[Policy],
    now: Instant,
    stays: Iterable[Stay] = (),
    *,
    originals: OriginalsOfItems | None = None,
) -> PlanText:
    """Plan the deletion of the segments that are due at `now`; deciding goes on as lines are read.

    Args:
        days: See `decide_days`.
        day_segments: See `decide_days`.
        holds: Holds of the register.
        policies: Policies to apply.
        now: Instant for which the plan is made.
        stays: Stays of the register.
        originals: Adds to the items the original files that go with them; None adds none.

    Raises:
        BadInput: No policy is given, or two policies contradict each other.
    """
    if not policies:
        raise BadInput(
            "no policies: nothing says what may go", hint="without a policy file all is kept"
        )
    judge = Judge(policies, holds, now, stays)
    items = decide_days(days, day_segments, judge)
    if originals is not None:
        items = originals(items, judge)
    return PlanText(now, policies_digest(policies), items)


def check_plan(lines: Iterable[str], items: Iterable[PlanItem]) -> RetentionPlan:
    """Read the lines of a plan to the end, one at a time, and return the plan.

    Args:
        lines: The text, with line breaks.
        items: The items of the same text, for the plan to go through later.

    Raises:
        BadInput: The text is no plan, is of an older version, or was altered.
    """
    digest, totals = hashlib.sha256(), Totals()
    header: dict[str, Any] | None = None
    last = ""
    for line in lines:
        if last and header is None:
            header = _header(last)
        elif last:
            totals.add(item_from(last))
        digest.update(last.encode())
        last = line
    end = _parsed(last)
    if header is None:
        _header(last)  # a plan of an older version is a single line
        raise BadInput("the plan file is cut short", hint=_HINT)
    digest.update(_line(totals.to_json()).encode())
    name = f"plan-{digest.hexdigest()[:32]}"
    if end != {"plan": name, "totals": totals.to_json()}:
        raise BadInput("the plan file was altered or cut short", hint=_HINT)
    created = Instant.parse(str(header.get("created")))
    return RetentionPlan(PlanId(name), created, str(header.get("policies")), end["totals"], items)


def items_of(lines: Iterable[str]) -> Iterator[PlanItem]:
    """Yield the items of a plan's lines, one at a time.

    Raises:
        BadInput: A line is no item.
    """
    before = ""
    for number, line in enumerate(lines):
        if number > 1:  # the header comes first, the totals come last
            yield item_from(before)
        before = line


def policies_digest(policies: Iterable[Policy]) -> str:
    """Return a digest of the content of `policies`, whatever their order."""
    facts = sorted(
        [
            policy.name,
            policy.keep.us,
            [[k, sorted(names)] for k, names in policy.match.kinds()] if policy.match else [],
        ]
        for policy in policies
    )
    return f"sha256:{hashlib.sha256(_line(facts).encode()).hexdigest()}"


def _item(camera: CameraId, span: DaySpan, ruling: Ruling) -> PlanItem:
    return PlanItem(camera, span, ruling.rule, ruling.reasons, ruling.holds)


def _items_of_cut(
    camera: CameraId, span: DaySpan, segments: Iterable[DaySegment], judge: Judge
) -> Iterator[PlanItem]:
    """Yield the items of a span whose segments are decided one by one."""
    whole = PlanItem(camera, span, "", ())
    inside = sorted(filter(whole.includes, segments), key=_segment_order)
    rule = judge.within(camera, span)
    for ruling, alike in groupby(inside, key=lambda segment: rule(segment.interval)):
        if ruling.verdict is not Verdict.KEEP:
            for part in spans_of(alike):
                yield _item(camera, part, ruling)


def _segment_order(segment: DaySegment) -> tuple[int, int, int]:
    return segment.interval.start.us, segment.interval.end.us, segment.checksum


def _order(item: PlanItem) -> tuple[Interval, str, int]:
    return item.interval, item.span.run, item.span.checksum


def _header(line: str) -> dict[str, Any]:
    # Versions before wrote a single JSON object over many lines.
    content = {} if line.strip() == "{" else _parsed(line)
    if content.get("format") != FORMAT:
        raise BadInput("not a plan file of this version of Footage", hint=_HINT)
    return content


def item_from(line: str) -> PlanItem:
    """Return the item of a line of a plan.

    Raises:
        BadInput: The line is no item.
    """
    content = _parsed(line)
    try:
        reasons = _as(list, content["reasons"])
        holds = _as(list, content.get("holds", []))
        start, end = (Instant.parse(str(content[name])) for name in ("start", "end"))
        span = DaySpan(
            Interval(start, end),
            RunId(str(content["run"])),
            SiteId(str(content["site"])),
            DistrictId(str(content["district"])),
            str(content["class"]),
            segments=_as(int, content["count"]),
            size_bytes=_as(int, content["bytes"]),
            checksum=int(str(content["checksum"]), 16),
        )
        return PlanItem(
            CameraId(str(content["camera"])),
            span,
            str(content["rule"]),
            tuple(map(str, reasons)),
            tuple(HoldId(str(hold)) for hold in holds),
            _original_from(content.get("original")),
        )
    except (KeyError, TypeError, ValueError) as exc:
        raise BadInput(f"not a plan file: {exc!r}", hint=_HINT) from exc


def _original_from(content: dict[str, Any] | None) -> PlannedOriginal | None:
    if content is None:
        return None
    size_bytes = _as(int, content["bytes"])
    return PlannedOriginal(str(content["key"]), size_bytes, str(content["digest"]))


def _as(kind: type[T], value: object) -> T:
    if not isinstance(value, kind):
        raise TypeError(f"{value!r} is no {kind.__name__}")
    return value


def _parsed(line: str) -> dict[str, Any]:
    try:
        content = json.loads(line)
    except ValueError as exc:
        raise BadInput(f"not a plan file: {exc}", hint=_HINT) from exc
    if not isinstance(content, dict):
        raise BadInput("not a plan file: a line is no JSON object", hint=_HINT)
    return content


def _line(content: object) -> str:
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False) + "\n"
