"""Sums of a plan by camera, beside what is stored of each camera. Pure.

A plan has an item for each unbroken stretch, thousands in a city. A person decides by cameras,
sites and districts, and by the share that would go: a policy shortened by mistake looks like any
other in a list of stretches, and unlike any other where all of six of seven cameras would go.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from footage.day import DaySpan, DaySummary
    from footage.ids import CameraId, DistrictId, SiteId
    from footage.instant import Instant
    from retention.plan import PlanItem


Id = TypeVar("Id", bound=str)


class Whose(NamedTuple):
    """A camera with the place that its footage bears; a camera that moved has several."""

    district: DistrictId
    site: SiteId
    camera: CameraId


@dataclass(slots=True)
class Share:
    """Numbers of segments, and bytes, of a camera at a place, or of several cameras together.

    Attributes:
        due: Segments to delete.
        held: Segments that are due and saved by holds.
        stored: All segments stored, those to delete and those held included.
        start: Start of the first segment to delete; None where there is none.
        end: Latest end of a segment to delete.
    """

    due: int = 0
    due_bytes: int = 0
    held: int = 0
    held_bytes: int = 0
    stored: int = 0
    stored_bytes: int = 0
    start: Instant | None = None
    end: Instant | None = None

    @property
    def all_goes(self) -> bool:
        """Whether nothing would be left of what is stored."""
        return 0 < self.stored <= self.due

    def add(self, other: Share) -> None:
        """Add the numbers of `other` to this share."""
        self.due += other.due
        self.due_bytes += other.due_bytes
        self.held += other.held
        self.held_bytes += other.held_bytes
        self.stored += other.stored
        self.stored_bytes += other.stored_bytes
        starts = [start for start in (self.start, other.start) if start]
        ends = [end for end in (self.end, other.end) if end]
        self.start, self.end = min(starts, default=None), max(ends, default=None)


@dataclass(slots=True)
class Shares:
    """The shares of a plan, by camera and place.

    Attributes:
        by_camera: The share of each camera that is stored or planned, by district, site, camera.
        by_rule: Segments and bytes to delete, by the first reason, the rule's.
    """

    by_camera: dict[Whose, Share] = field(default_factory=dict)
    by_rule: dict[str, tuple[int, int]] = field(default_factory=dict)

    @property
    def cameras(self) -> dict[CameraId, Share]:
        """The share of each camera, wherever the camera stood."""
        return _together(self.by_camera, lambda whose: whose.camera)

    @property
    def emptied(self) -> list[CameraId]:
        """Cameras of which all that is stored would go, by id."""
        return sorted(camera for camera, share in self.cameras.items() if share.all_goes)

    @property
    def total(self) -> Share:
        """The share of all cameras together."""
        total = Share()
        for share in self.by_camera.values():
            total.add(share)
        return total

    def districts(self) -> dict[DistrictId, Share]:
        """The share of each district, by id."""
        return _together(self.by_camera, lambda whose: whose.district)

    def sites(self, district: DistrictId) -> dict[SiteId, Share]:
        """The share of each site of a district, by id."""
        inside = {whose: share for whose, share in self.by_camera.items() if whose[0] == district}
        return _together(inside, lambda whose: whose.site)


def shares_of(items: Iterable[PlanItem], stored: Iterable[DaySummary]) -> Shares:
    """Sum up the items of a plan.

    Args:
        items: Items to delete and items held, read once.
        stored: Summaries of all days of the cameras; cameras without items are counted as well.
    """
    found: dict[Whose, Share] = defaultdict(Share)
    rules: dict[str, tuple[int, int]] = {}
    for item in items:
        span = item.span
        share = found[_whose(item.camera, span)]
        if item.holds:
            share.add(Share(held=span.segments, held_bytes=span.size_bytes))
            continue
        start, end = span.interval.start, span.interval.end
        share.add(Share(due=span.segments, due_bytes=span.size_bytes, start=start, end=end))
        count, size = rules.get(item.reasons[0], (0, 0))
        rules[item.reasons[0]] = count + span.segments, size + span.size_bytes
    for summary in stored:
        for span in summary.spans:
            found[_whose(summary.camera, span)].add(
                Share(stored=span.segments, stored_bytes=span.size_bytes)
            )
    return Shares(dict(sorted(found.items())), rules)


def _together(by_camera: Mapping[Whose, Share], key: Callable[[Whose], Id]) -> dict[Id, Share]:
    found: dict[Id, Share] = defaultdict(Share)
    for whose, share in by_camera.items():
        found[key(whose)].add(share)
    return dict(sorted(found.items()))


def _whose(camera: CameraId, span: DaySpan) -> Whose:
    return Whose(span.district, span.site, camera)
