"""What a plan says, and that its file cannot be altered."""

from __future__ import annotations

import json
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from footage.errors import BadInput
from footage.ids import CameraId
from infra.catalogues.memory_catalog import MemoryCatalogue
from retention.plan import PlanText, check_plan, make_plan, policies_digest
from retention.plan_file import plan_page, read_plan, write_plan
from retention.policy import Match, Policy
from tests.common.builders import DAY, at, during, segments_in_a_row
from tests.common.purging import LATER, a_hold, in_memory

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from footage.day import DaySegment
    from footage.hold import Hold
    from footage.instant import Instant
    from footage.segment import Segment
    from retention.plan import PlanItem

POLICIES = [Policy("streets", DAY * 30)]
GOLDEN = Path(__file__).parents[2] / "golden" / "retention_plan.jsonl"


class DaysRead(MemoryCatalogue):
    """Notes of which days the segments were read."""

    def __init__(self, segments: Iterable[Segment]) -> None:
        super().__init__()
        self.add_segments(segments)
        self.read: list[Instant] = []

    def noted(self, camera: CameraId, day: Instant) -> list[DaySegment]:
        self.read.append(day)
        return self.day_segments(camera, day)


def text_of(catalogue: DaysRead, holds: Sequence[Hold] = (), now: Instant = LATER) -> PlanText:
    days = catalogue.days(None, during(-9_000_000, 9_000_000))
    return make_plan(days, catalogue.noted, holds, POLICIES, now)


def a_text() -> PlanText:
    return text_of(DaysRead(segments_in_a_row(3)), [a_hold(interval=during(60, 61))])


def test_what_goes_what_was_saved_and_the_sums() -> None:
    plan = in_memory(a_text())
    assert [item.interval for item in plan.due] == [during(0, 60), during(120, 180)]
    assert [(item.interval, item.holds) for item in plan.held] == [(during(60, 120), ("hold-1",))]
    assert plan.totals == {
        "segments": 2,
        "bytes": 60_000_000,
        "cameras": 1,
        "held_segments": 1,
        "held_bytes": 30_000_000,
    }


def test_an_unbroken_stretch_is_one_item_and_no_segment_is_read() -> None:
    catalogue = DaysRead(segments_in_a_row(300, size_bytes=10))
    (item,) = in_memory(text_of(catalogue)).items
    assert (item.span.segments, item.span.size_bytes) == (300, 3_000)
    assert item.interval == during(0, 18_000)
    assert catalogue.read == []


def test_only_a_day_that_the_instant_of_a_rule_or_the_edge_of_a_hold_cuts_is_read() -> None:
    days = [segments_in_a_row(3, start=at(0) + DAY * n) for n in range(5)]
    catalogue = DaysRead(segment for day in days for segment in day)
    hold = a_hold(interval=replace(days[1][1].interval, end=at(0) + DAY * 2 + DAY))
    now = days[4][1].interval.end + DAY * 30
    plan = in_memory(text_of(catalogue, [hold], now))
    assert catalogue.read == [d[0].interval.start.floor(DAY) for d in (days[1], days[4])]
    assert [item.span.segments for item in plan.due] == [3, 1, 3, 2]
    assert [item.span.segments for item in plan.held] == [2, 3]


def test_the_file_is_as_it_was() -> None:
    """A plan that someone keeps must be read by every later version."""
    assert "".join(a_text().lines()) == GOLDEN.read_text(encoding="utf-8")


def test_no_policies_no_plan() -> None:
    with pytest.raises(BadInput, match="no policies"):
        make_plan([], MemoryCatalogue().day_segments, [], [], LATER)


def test_plans_of_two_instants_differ() -> None:
    catalogue = DaysRead(segments_in_a_row(1))
    first, second = (in_memory(text_of(catalogue, now=LATER + DAY * n)) for n in (0, 1))
    assert list(first.items) == list(second.items)
    assert first.id != second.id


def test_the_policies_digest_knows_every_part() -> None:
    variants = [
        [Policy("streets", DAY * 30)],
        [Policy("streets", DAY * 31)],
        [Policy("other", DAY * 30)],
        [Policy("streets", DAY * 30, Match(classes=frozenset({"gate"})))],
    ]
    assert len({policies_digest(policies) for policies in variants}) == len(variants)


def test_a_plan_file_bears_the_plans_id_and_is_read_as_often_as_asked(tmp_path: Path) -> None:
    written, file = write_plan(a_text(), tmp_path / "plans")
    assert file == tmp_path / "plans" / f"{written.id}.jsonl"
    assert [each.name for each in file.parent.iterdir()] == [file.name]
    read = read_plan(file)
    assert read == written
    assert list(read.items) == list(read.items) == list(in_memory(a_text()).items)
    elsewhere = tmp_path / "plan"
    assert write_plan(a_text(), tmp_path / "plans", to=elsewhere) == (written, elsewhere)


def test_pages_of_a_plan_file_tell_each_item_once(tmp_path: Path) -> None:
    plan, file = write_plan(a_text(), tmp_path)
    for limit in (1, 2, 3, 4):
        seen: list[PlanItem] = []
        since: int | None = 0
        while since is not None:
            page = plan_page(file, since=since, limit=limit)
            assert 0 < len(page.items) <= limit
            seen += page.items
            since = page.following
        assert seen == list(plan.items)


def test_a_page_begins_where_an_item_begins(tmp_path: Path) -> None:
    _, file = write_plan(a_text(), tmp_path)
    length = file.stat().st_size
    assert plan_page(file, since=length, limit=1).items == ()
    for since in (1, length - 1, length + 1, 1 << 40):
        with pytest.raises(BadInput, match="no page begins at"):
            plan_page(file, since=since, limit=1)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_plan(tmp_path: Path) -> None:
    """Summaries come and items go one at a time, also when the file is read."""

    def peak(days: int) -> int:
        one = next(DaysRead(segments_in_a_row(3)).days(None, during(-99, 999_999)))
        many = (replace(one, camera=CameraId(f"camera-{number % 9}")) for number in range(days))
        text = make_plan(many, MemoryCatalogue().day_segments, [], POLICIES, LATER)
        tracemalloc.start()
        plan, file = write_plan(text, tmp_path)
        assert sum(item.span.segments for item in read_plan(file).items) == 3 * days
        assert plan.totals["cameras"] == 9
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(10)
    few, many = peak(400), peak(3_200)  # 8 times; 400 fill every buffer
    assert many < 2 * few  # and not 8: other objects of the process come and go


def test_a_plan_that_cannot_be_made_leaves_no_file(tmp_path: Path) -> None:
    class Gone(DaysRead):
        def noted(self, camera: CameraId, day: Instant) -> list[DaySegment]:
            raise BadInput(f"{camera} {day}")

    catalogue = Gone(segments_in_a_row(3))
    with pytest.raises(BadInput):
        write_plan(text_of(catalogue, [a_hold(interval=during(60, 61))]), tmp_path)
    assert list(tmp_path.iterdir()) == []


def altered(line: int, path: Sequence[str | int], value: object) -> list[str]:
    lines = list(a_text().lines())
    content: Any = json.loads(lines[line])
    at_part = content
    for part in path[:-1]:
        at_part = at_part[part]
    at_part[path[-1]] = value
    lines[line] = json.dumps(content) + "\n"
    return lines


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["[]\n"],
        ["{}\n"],
        ["\n"],
        list(a_text().lines())[:-1],
        list(a_text().lines())[:1],
        list(a_text().lines())[:2] + list(a_text().lines())[3:],
        [*a_text().lines(), "{}\n"],
        altered(0, ["format"], 1),
        altered(0, ["policies"], "sha256:0"),
        altered(0, ["created"], "2027-01-01T15:08:23.547001Z"),
        altered(1, ["bytes"], 1),
        altered(1, ["bytes"], "1"),
        altered(1, ["count"], "1"),
        altered(1, ["count"], 2),
        altered(1, ["camera"], "camera-2"),
        altered(1, ["reasons"], "because"),
        altered(1, ["end"], "yesterday"),
        altered(1, ["end"], "2020-01-01T00:00:00Z"),
        altered(1, ["checksum"], "x"),
        altered(2, ["holds"], []),
        altered(4, ["plan"], "plan-0"),
        altered(4, ["totals", "bytes"], 0),
    ],
)
def test_an_altered_file_is_refused(lines: list[str]) -> None:
    with pytest.raises(BadInput):
        check_plan(lines, ())


OLD = '{\n "plan": "plan-d9cc0b717d5d6981e2f9b92528074388",\n "format": 1,\n "segments": []\n}\n'


@pytest.mark.parametrize("text", [OLD, '{"plan":"plan-d9","format":1,"segments":[]}\n'])
def test_a_file_of_an_older_version_is_refused_with_what_to_do(tmp_path: Path, text: str) -> None:
    file = tmp_path / "plan-d9cc0b717d5d6981e2f9b92528074388.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match="not a plan file of this version") as refused:
        read_plan(file)
    assert refused.value.hint == "make a new plan with `footage retention plan`"


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "plan"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(BadInput, match="cannot be read"):
        read_plan(file)
