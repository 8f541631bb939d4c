"""Recordings of places that the register knows nothing of."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from footage.elsewhere import Elsewhere, elsewhere
from footage.ids import CameraId, DistrictId, SiteId
from footage.instant import Interval
from footage.stays import Stay, by_camera
from infra.catalogues.memory_catalog import MemoryCatalogue
from tests.common.builders import DAY, START, a_camera, a_segment, at, during

if TYPE_CHECKING:
    from footage.instant import Instant
    from footage.segment import Segment

ONE, TWO = CameraId("camera-1"), CameraId("camera-2")
OLD, NEW = SiteId("site-1"), SiteId("site-2")


def found(segments: list[Segment], *stays: Stay) -> list[Elsewhere]:
    catalogue = MemoryCatalogue()
    catalogue.add_segments(segments)
    days = catalogue.days(None, Interval(START - DAY, START + DAY * 9))
    return elsewhere(days, by_camera(stays))


def stay(site: str, since: Instant | None = None) -> Stay:
    return Stay.of(a_camera(site=site), since, START)


def test_what_the_register_only_guesses_is_found_where_it_was_recorded_elsewhere() -> None:
    old = [a_segment(), a_segment(start=START + DAY, number=1, run="run-2")]
    new = [a_segment(start=START + DAY * 2, site="site-2", number=2, run="run-3")]
    whole = Interval(START, old[-1].interval.end)
    expected = Elsewhere(ONE, OLD, DistrictId("district-1"), whole, NEW)
    assert found([*old, *new], stay("site-2")) == [expected]
    unknown = a_segment("camera-2")
    lost = replace(expected, camera=TWO, interval=during(0, 60), known=None)
    assert found([*new, unknown], stay("site-2")) == [lost]


def test_what_somebody_said_counts_against_what_was_written() -> None:
    segments = [a_segment(), a_segment(start=at(60), number=1)]
    assert found(segments, stay("site-1")) == []
    assert found(segments, stay("site-1"), stay("site-2", at(60))) == [], "told late"
    assert found(segments, replace(stay("site-2"), corrects=True)) == []
    (both,) = found(segments, stay("site-3"), stay("site-2", at(60)))
    assert (both.site, both.known) == (OLD, "site-3")
