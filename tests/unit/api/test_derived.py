"""Derived files and a purge at the same segment: no file outlives its segment.

Each happens as a whole between any two calls of the other (invariant 3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from api.derived import discard_gone, keep
from infra.media.memory_derived import MemoryDerived
from retention.policy import Policy
from tests.common.builders import DAY, START, a_segment
from tests.common.purging import LATER, PURPOSE, City, Watched

if TYPE_CHECKING:
    from pathlib import Path

POLICIES = [Policy("streets", DAY * 30)]


class Meeting:
    """A segment that is due, and a segment that is not."""

    def __init__(self, folder: Path) -> None:
        self.city = City()
        self.due = a_segment("camera-1", START)
        self.later = a_segment("camera-1", LATER - DAY)
        self.city.fill([self.due, self.later], folder)
        self.city.derived.discard([self.due.key, self.later.key])
        self.plan = self.city.plan(POLICIES)
        self.calls = 0

    def purge(self, city: City | None = None) -> None:
        (city or self.city).purge().apply(self.plan, POLICIES, PURPOSE)

    def keep(self) -> None:
        keys = [self.due.key, self.later.key]
        keep(self.city.derived, self.city.catalogue, "sprite", b"pictures", keys)
        keep(self.city.derived, self.city.catalogue, "later", b"pictures", [self.later.key])


@pytest.mark.parametrize("at", range(1, 60))
def test_a_file_kept_at_any_moment_of_a_purge_does_not_outlive_it(tmp_path: Path, at: int) -> None:
    meeting = Meeting(tmp_path)

    def tell(_: str) -> None:
        meeting.calls += 1
        if meeting.calls == at:
            meeting.keep()

    meeting.purge(meeting.city.watched(tell))
    if meeting.calls < at:
        meeting.keep()
    assert meeting.city.derived.segments() == [meeting.later.key]


@pytest.mark.parametrize("at", range(1, 7))
def test_a_purge_at_any_moment_of_a_keeping_leaves_no_file(tmp_path: Path, at: int) -> None:
    meeting = Meeting(tmp_path)

    def tell(_: str) -> None:
        meeting.calls += 1
        if meeting.calls == at:
            meeting.purge()

    city = meeting.city
    derived = cast("Any", Watched("derived", city.derived, tell))
    catalogue = cast("Any", Watched("catalogue", city.catalogue, tell))
    keep(derived, catalogue, "film", b"pictures", [meeting.due.key])
    if meeting.calls < at:
        meeting.purge()
    assert city.derived.segments() == []


def test_what_a_deletion_elsewhere_left_is_discarded(tmp_path: Path) -> None:
    meeting, elsewhere = Meeting(tmp_path), MemoryDerived()
    for number in range(5):
        keys = [meeting.due.key, meeting.later.key][number % 2 :]
        keep(elsewhere, meeting.city.catalogue, f"film {number}", b"pictures", keys)
    meeting.purge()
    assert elsewhere.segments() == [meeting.due.key, meeting.later.key]
    assert discard_gone(elsewhere, meeting.city.catalogue) == 3
    assert elsewhere.kept([f"film {number}" for number in range(5)]) == {"film 1", "film 3"}
