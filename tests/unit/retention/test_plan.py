"""What a plan says, and that its file cannot be altered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from footage.errors import BadInput
from retention.plan import RetentionPlan, make_plan, policies_digest
from retention.policy import Match, Policy
from tests.common.builders import DAY, during, segments_in_a_row
from tests.common.purging import LATER, a_hold

POLICIES = [Policy("streets", DAY * 30)]
GOLDEN = Path(__file__).parents[2] / "golden" / "retention_plan.json"


def a_plan() -> RetentionPlan:
    segments = segments_in_a_row(3)
    return make_plan(segments, [a_hold(interval=during(60, 61))], POLICIES, LATER)


def test_what_goes_what_was_saved_and_the_sums() -> None:
    plan = a_plan()
    assert [item.interval for item in plan.segments] == [during(0, 60), during(120, 180)]
    assert [(item.interval, item.holds) for item in plan.held] == [(during(60, 120), ("hold-1",))]
    assert plan.totals == {
        "segments": 2,
        "bytes": 60_000_000,
        "cameras": 1,
        "held_segments": 1,
        "held_bytes": 30_000_000,
    }


def test_the_file_is_as_it_was() -> None:
    """A plan that someone keeps must be read by every later version."""
    assert a_plan().to_json() + "\n" == GOLDEN.read_text(encoding="utf-8")


def test_no_policies_no_plan() -> None:
    with pytest.raises(BadInput, match="no policies"):
        make_plan(segments_in_a_row(1), [], [], LATER)


def test_plans_of_two_instants_differ() -> None:
    segments = segments_in_a_row(1)
    first, second = (make_plan(segments, [], POLICIES, LATER + DAY * n) for n in (0, 1))
    assert first.segments == second.segments
    assert first.id != second.id


def test_the_policies_digest_knows_every_part() -> None:
    variants = [
        [Policy("streets", DAY * 30)],
        [Policy("streets", DAY * 31)],
        [Policy("other", DAY * 30)],
        [Policy("streets", DAY * 30, Match(classes=frozenset({"gate"})))],
    ]
    assert len({policies_digest(policies) for policies in variants}) == len(variants)


def altered(path: list[str | int], value: object) -> str:
    content: Any = json.loads(a_plan().to_json())
    at = content
    for part in path[:-1]:
        at = at[part]
    at[path[-1]] = value
    return json.dumps(content)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        altered(["format"], 2),
        altered(["plan"], "plan-0"),
        altered(["segments", 0, "bytes"], 1),
        altered(["segments", 0, "bytes"], "1"),
        altered(["segments", 0, "id"], "site-1/2026-11-22/camera-1/15/09-23.547Z.0.mp4"),
        altered(["segments", 0, "reasons"], "because"),
        altered(["segments", 0, "end"], "yesterday"),
        altered(["segments", 0, "digest"], "sha256:0"),
        altered(["held"], []),
        altered(["totals", "bytes"], 0),
        altered(["policies"], "sha256:0"),
    ],
)
def test_an_altered_file_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        RetentionPlan.from_json(text)
