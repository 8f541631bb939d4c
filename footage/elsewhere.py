"""Recordings of places that the register knows nothing of, which a search by place misses. Pure.

A register that was upgraded, or made anew from a list of cameras, knows the places of today only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from footage.instant import Interval
from footage.stays import stays_within

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from footage.day import DaySpan, DaySummary
    from footage.ids import CameraId, DistrictId, SiteId
    from footage.stays import Stay


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Recordings of a camera written at a place where the register does not know the camera.

    Attributes:
        site: Site written with the recordings.
        district: District written with the recordings.
        interval: From the first of the recordings to the end of the last.
        known: The site where the register takes the camera to have stood; None for a camera that
            the register does not know.
    """

    camera: CameraId
    site: SiteId
    district: DistrictId
    interval: Interval
    known: SiteId | None


def elsewhere(
    days: Iterable[DaySummary], stays: Mapping[CameraId, Sequence[Stay]]
) -> list[Elsewhere]:
    """Return what was recorded elsewhere than the register knows, by camera and time.

    Where somebody said where the camera stood, the register's word counts, and nothing is found.

    Args:
        days: Summaries by camera and day.
        stays: The stays of each camera, in order.
    """
    found: list[Elsewhere] = []
    for summary in days:
        for span in summary.spans:
            known = stays.get(summary.camera, ())
            if not known or _guessed_otherwise(span, known):
                site = known[0].site if known else None
                new = Elsewhere(summary.camera, span.site, span.district, span.interval, site)
                _add(found, new)
    return found


def _guessed_otherwise(span: DaySpan, stays: Sequence[Stay]) -> bool:
    return any(
        not stay.sure and (stay.site, stay.district) != (span.site, span.district)
        for stay, _ in stays_within(stays, span.interval)
    )


def _add(found: list[Elsewhere], new: Elsewhere) -> None:
    """Add `new` to `found`, or extend the last of `found` where `new` differs in time alone."""
    if found and replace(found[-1], interval=new.interval) == new:
        last = found[-1].interval
        whole = Interval(min(last.start, new.interval.start), max(last.end, new.interval.end))
        found[-1] = replace(new, interval=whole)
    else:
        found.append(new)
