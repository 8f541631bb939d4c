"""Retention policies: a pure decision whether recordings are due, and why (invariant 10).

The most specific matching rule wins: a rule that names cameras before a rule that names sites, then
classes, then districts, then the rule that matches everything. A match that names several kinds
asks for all of the kinds, and the first kind named in that order decides the rank of the match. A
segment that no rule matches is kept.

A rule about a site or district counts for what was recorded there: the place that the recorder
wrote with the segment. Where the register says that the camera stood elsewhere at some time of that
UTC day, because a move was told late or a place was corrected, the rules of both places are asked
and the longer time counts.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from footage.day import day_of
from footage.errors import BadInput
from footage.import_run import import_run
from footage.instant import DAY, ZERO, Elapsed, Interval
from footage.stays import by_camera, stays_within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from footage.day import DaySegment, DaySpan
    from footage.hold import Hold
    from footage.ids import CameraId, DistrictId, HoldId, RunId, SiteId
    from footage.instant import Instant
    from footage.segment import Segment
    from footage.stays import Stay


class Origin(NamedTuple):
    """The facts about a segment, besides time, that a rule can be about."""

    camera: CameraId
    site: SiteId
    retention_class: str
    district: DistrictId


class _Recorded(NamedTuple):
    """The origin of a segment as written, and the UTC day on which the segment starts."""

    origin: Origin
    day: Interval


@dataclass(frozen=True, slots=True)
class Match:
    """Condition on the segments that a rule is about; an empty kind does not restrict.

    Raises:
        BadInput: The match names nothing at all.
    """

    cameras: frozenset[CameraId] = frozenset()
    sites: frozenset[SiteId] = frozenset()
    classes: frozenset[str] = frozenset()
    districts: frozenset[DistrictId] = frozenset()

    def __post_init__(self) -> None:
        if not any(self.specificity):
            raise BadInput("a match that names nothing", hint="leave `match` out for everything")

    @property
    def specificity(self) -> tuple[bool, ...]:
        """Sort key that compares greater for the more specific match."""
        return tuple(bool(names) for _, names in self.kinds())

    def kinds(self) -> tuple[tuple[str, frozenset[str]], ...]:
        """Return pairs of kind and names, the most specific kind first."""
        return (
            ("camera", frozenset(self.cameras)),
            ("site", frozenset(self.sites)),
            ("class", frozenset(self.classes)),
            ("district", frozenset(self.districts)),
        )

    def admits(self, origin: Origin) -> bool:
        """Return whether the match covers segments of `origin`."""
        pairs = zip(self.kinds(), origin, strict=True)
        return all(not names or own in names for (_, names), own in pairs)

    def overlaps(self, other: Match) -> bool:
        """Return whether both matches could cover the same segment; both name the same kinds."""
        pairs = zip(self.kinds(), other.kinds(), strict=True)
        return all(not mine or mine & theirs for (_, mine), (_, theirs) in pairs)


@dataclass(frozen=True, slots=True)
class Policy:
    """A retention rule: how long the matching segments are kept.

    Attributes:
        name: Name of the rule, one line of text.
        keep: A segment may be deleted once its end lies this far back, and once its import does.
        match: Segments that the rule is about; None means all segments.

    Raises:
        BadInput: The name is no line of text, or `keep` is not above 0.
    """

    name: str
    keep: Elapsed
    match: Match | None = None

    def __post_init__(self) -> None:
        if not self.name.strip() or len(self.name.splitlines()) > 1:
            raise BadInput(f"not a policy name: {self.name!r}", hint="one line of text")
        if self.keep <= ZERO:
            raise BadInput(f"policy {self.name!r}: keep must be above 0")

    @property
    def specificity(self) -> tuple[bool, ...]:
        """Sort key that compares greater for the more specific rule."""
        return self.match.specificity if self.match else (False,) * 4

    @property
    def rank(self) -> str:
        """Kind that decides how specific the rule is, e.g. "camera"; "default" without a match."""
        named = self.match.kinds() if self.match else ()
        return next((kind for kind, names in named if names), "default")

    def admits(self, origin: Origin) -> bool:
        """Return whether the rule is about segments of `origin`."""
        return self.match is None or self.match.admits(origin)

    def __str__(self) -> str:
        return f"policy {self.name!r} ({self.rank}): keep {self.keep}"


class Verdict(StrEnum):
    """Decision about a recording: keep, delete because expired, or keep because held."""

    KEEP = "keep"
    EXPIRE = "expire"
    HELD = "held"
    """The recording is due, and kept all the same because of a hold (invariant 4)."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """Verdict on some recording, and the reasons.

    Attributes:
        reasons: The winning rule first, then the others that matched, then the holds.
        rule: Name of the winning rule, or "".
        holds: Active holds that cover a recording that is due.
    """

    verdict: Verdict
    reasons: tuple[str, ...]
    rule: str = ""
    holds: tuple[HoldId, ...] = ()


class Judge:
    """Rules on segments and on whole spans by policies and holds, at the instant `now`.

    Args:
        policies: The policies.
        holds: Holds of the register.
        now: The instant.
        stays: Stays of the register that count, those of a camera in order.

    Raises:
        BadInput: The policies contradict each other.
    """

    def __init__(
        self,
        policies: Sequence[Policy],
        holds: Iterable[Hold],
        now: Instant,
        stays: Iterable[Stay] = (),
    ) -> None:
        ranked = sorted(check(policies), key=lambda policy: policy.name)
        self._ranked = sorted(ranked, key=lambda policy: policy.specificity, reverse=True)
        self._now = now
        self._matching: dict[Origin, list[Policy]] = {}
        told = by_camera(stays).items()
        self._stays = {camera: mine for camera, mine in told if any(s.sure for s in mine)}
        self._holds: dict[CameraId, list[Hold]] = defaultdict(list)
        for hold in sorted(holds, key=lambda hold: hold.id):
            if hold.active:
                for camera in hold.cameras:
                    self._holds[camera].append(hold)

    def of_segment(self, camera: CameraId, segment: Segment | DaySegment) -> Ruling:
        """Return the ruling on a segment of `camera`."""
        return self.within(camera, segment)(segment.interval)

    def within(
        self, camera: CameraId, facts: Segment | DaySegment | DaySpan
    ) -> Callable[[Interval], Ruling]:
        """Return what rules on segments of `camera` that lie within `facts`, by their intervals."""
        matching = self._matching_policies(_origin(camera, facts))
        kept = _ruling(matching, [], facts.run, due=False)
        if not matching or _is_imported_after(facts.run, self._now - matching[0].keep):
            return lambda _: kept
        last_due_us = (self._now - matching[0].keep).us
        near = [h for h in self._holds.get(camera, ()) if h.interval.overlaps(facts.interval)]
        due: dict[tuple[HoldId, ...], Ruling] = {}

        def ruling(interval: Interval) -> Ruling:
            if interval.end.us > last_due_us:
                return kept
            holds = tuple(hold for hold in near if hold.interval.overlaps(interval)) if near else ()
            ids = tuple(hold.id for hold in holds)
            if ids not in due:
                due[ids] = _ruling(matching, holds, facts.run, due=True)
            return due[ids]

        return ruling

    def of_span(self, camera: CameraId, span: DaySpan) -> Ruling | None:
        """Return the ruling on each segment of a span of `camera`.

        None where the span alone does not tell: the instant up to which segments are due, or an
        edge of a hold, lies within the span, so segments of the span may differ.
        """
        matching = self._matching_policies(_origin(camera, span))
        if not matching:
            return _ruling(matching, [], span.run, due=False)
        last_due = self._now - matching[0].keep
        # A segment ends after the span begins, and no later than the span ends.
        if last_due <= span.interval.start or _is_imported_after(span.run, last_due):
            return _ruling(matching, [], span.run, due=False)
        if last_due < span.interval.end:
            return None
        near = [h for h in self._holds.get(camera, ()) if h.interval.overlaps(span.interval)]
        if any(not hold.interval.covers(span.interval) for hold in near):
            return None
        return _ruling(matching, near, span.run, due=True)

    def rule_of(self, camera: CameraId, span: DaySpan) -> str:
        """Return the name of the rule by which all of `span` is due, holds aside, or ""."""
        matching = self._matching_policies(_origin(camera, span))
        if not matching:
            return ""
        last_due = self._now - matching[0].keep
        if span.interval.end > last_due or _is_imported_after(span.run, last_due):
            return ""
        return matching[0].name

    def due_from(
        self, camera: CameraId, facts: Segment | DaySegment | DaySpan
    ) -> tuple[Policy, Instant | None] | None:
        """Return the winning policy, and the instant from which all of `facts` may be deleted.

        The instant is None of an import whose time is not known, which is kept; the result is None
        where no policy matches.
        """
        matching = self._matching_policies(_origin(camera, facts))
        if not matching:
            return None
        found, end = import_run(facts.run), facts.interval.end
        if found is not None and found.at is None:
            return matching[0], None
        since = max(end, found.at) if found and found.at else end
        return matching[0], since + matching[0].keep

    def _matching_policies(self, recorded: _Recorded) -> list[Policy]:
        """Return the policies about what was recorded, the winner first."""
        found = self._about(recorded.origin)
        stays = self._stays.get(recorded.origin.camera)
        for stay, _ in stays_within(stays, recorded.day) if stays else ():
            if stay.sure and found:
                there = recorded.origin._replace(site=stay.site, district=stay.district)
                found = _longer(found, self._about(there))
        return found

    def _about(self, origin: Origin) -> list[Policy]:
        known = self._matching.get(origin)
        if known is None:
            known = [policy for policy in self._ranked if policy.admits(origin)]
            self._matching[origin] = known
        return known


def _origin(camera: CameraId, facts: Segment | DaySegment | DaySpan) -> _Recorded:
    # The day, so that a part of a span is ruled on like the span (the parts of a plan's items are).
    day = day_of(facts.interval.start)
    origin = Origin(camera, facts.site, facts.retention_class, facts.district)
    return _Recorded(origin, Interval(day, day + DAY))


def _longer(one: list[Policy], two: list[Policy]) -> list[Policy]:
    """Return the policies of which the winner keeps longer; none keeps longest."""
    return one if one and two and one[0].keep >= two[0].keep else two


def _is_imported_after(run: RunId, last_due: Instant) -> bool:
    """Whether the segments of `run` were imported after `last_due`, or at a time not known."""
    found = import_run(run)
    return found is not None and (found.at is None or found.at > last_due)


def _told_of_import(run: RunId) -> list[str]:
    found = import_run(run)
    if found is None:
        return []
    when = f"at {found.at}: its age counts from then" if found.at else "at a time not known: kept"
    return [f"imported {when}"]


def _ruling(matching: Sequence[Policy], holds: Sequence[Hold], run: RunId, *, due: bool) -> Ruling:
    if not matching:
        return Ruling(Verdict.KEEP, ("no policy matches: kept",))
    winner, *others = matching
    reasons = [str(winner), *_told_of_import(run)]
    reasons += [f"{other}: less specific" for other in others]
    if not due:
        return Ruling(Verdict.KEEP, tuple(reasons), winner.name)
    reasons += [f"hold {hold.id} of {hold.authority}: {hold.reason}" for hold in holds]
    verdict = Verdict.HELD if holds else Verdict.EXPIRE  # invariant 4
    return Ruling(verdict, tuple(reasons), winner.name, tuple(hold.id for hold in holds))


def horizon(policies: Sequence[Policy], now: Instant) -> Instant:
    """Return the instant after which no segment that is due ends; `policies` must not be empty."""
    return now - min(policy.keep for policy in policies)


def check(policies: Sequence[Policy]) -> Sequence[Policy]:
    """Return `policies` unchanged after checking that no two contradict each other.

    Raises:
        BadInput: Two policies have the same name, or two equally specific policies can match the
            same segment and differ.
    """
    for number, one in enumerate(policies):
        for other in policies[:number]:
            if one.name == other.name:
                raise BadInput(f"two policies are named {one.name!r}", hint="rename one")
            if _contradict(one, other):
                raise BadInput(
                    f"policies {other.name!r} and {one.name!r} are equally specific, can match "
                    "the same segment and say different things",
                    hint="let them name different things, or say the same",
                )
    return policies


def _contradict(one: Policy, other: Policy) -> bool:
    if one.specificity != other.specificity:
        return False
    if one.keep == other.keep:
        return False
    return one.match is None or other.match is None or one.match.overlaps(other.match)
