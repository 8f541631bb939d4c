"""What `footage retention plan --json` prints of small and of large plans."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from infra.catalogues.memory_catalog import MemoryCatalogue
from infra.cmds.retention import _emit, _listing
from retention.policy import Policy
from tests.common.builders import DAY, a_segment, at, during, segments_in_a_row
from tests.common.purging import City, a_hold

POLICIES = [Policy("streets", DAY * 30)]


def a_city(segments: int) -> City:
    catalogue = MemoryCatalogue()
    catalogue.add_segments(segments_in_a_row(segments, seconds=10, size_bytes=10))
    return City(catalogue=catalogue)


def test_up_to_a_thousand_segments_are_listed_and_more_are_not() -> None:
    few, many = a_city(1_000), a_city(1_001)
    few.register.place_hold(a_hold(interval=during(10, 20)))
    listed = _listing(few.catalogue, few.plan(POLICIES))
    assert isinstance(listed["segments"], list)
    assert isinstance(listed["held"], list)
    assert (len(listed["segments"]), len(listed["held"])) == (999, 1)
    assert listed["held"][0]["holds"] == ["hold-1"]
    assert _listing(many.catalogue, many.plan(POLICIES)) == {"segments": None, "held": None}


def test_a_segment_within_the_time_of_a_held_one_is_listed_once() -> None:
    long = a_segment(seconds=100)
    short = a_segment(start=at(20), seconds=20, number=1)
    catalogue = MemoryCatalogue()
    catalogue.add_segments([long, short])
    city = City(catalogue=catalogue)
    city.register.place_hold(a_hold(interval=during(80, 90)))
    listed = _listing(catalogue, city.plan(POLICIES))
    assert isinstance(listed["segments"], list)
    assert isinstance(listed["held"], list)
    assert [line["id"] for line in listed["segments"]] == [short.key]
    assert [line["id"] for line in listed["held"]] == [long.key]


@pytest.mark.parametrize("segments", [0, 1, 3])
def test_the_intervals_are_printed_one_by_one_as_one_document(
    capsys: pytest.CaptureFixture[str], segments: int
) -> None:
    city = a_city(segments)
    city.register.place_hold(a_hold(interval=during(10, 11)))
    plan = city.plan(POLICIES)
    _emit(plan, Path("plan.jsonl"), _listing(city.catalogue, plan))
    printed = json.loads(capsys.readouterr().out)
    assert printed["plan"] == plan.id
    assert printed["file"] == str(Path("plan.jsonl").absolute())
    assert printed["intervals"] == [item.to_json() for item in plan.items]
    assert printed["totals"] == plan.totals
    assert len(printed["segments"]) == plan.totals["segments"]
