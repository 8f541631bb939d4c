"""Which rule wins, what it says, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from footage.errors import BadInput
from footage.ids import CameraId, DistrictId, SiteId
from footage.instant import Elapsed
from footage.stays import Stay
from retention.policy import Match, Policy, Verdict, check, horizon
from tests.common.builders import DAY, START, a_camera, a_segment
from tests.common.deciding import decide
from tests.common.purging import a_hold

if TYPE_CHECKING:
    from footage.segment import Segment

DEFAULT = Policy("everything", DAY * 30)
DISTRICT = Policy("district", DAY * 20, Match(districts=frozenset({DistrictId("district-1")})))
CLASS = Policy("class", DAY * 10, Match(classes=frozenset({"standard"})))
SITE = Policy("site", DAY * 5, Match(sites=frozenset({SiteId("site-1")})))
CAMERA = Policy("camera", DAY * 2, Match(cameras=frozenset({CameraId("camera-1")})))
ALL = [DEFAULT, DISTRICT, CLASS, SITE, CAMERA]


@pytest.mark.parametrize("count", range(1, 6))
def test_the_most_specific_rule_wins(count: int) -> None:
    (decision,) = decide([a_segment()], [], ALL[:count], START)
    assert decision.rule == ALL[count - 1].name
    assert len(decision.reasons) == count
    assert decision.reasons[0] == str(ALL[count - 1])
    assert all(reason.endswith("less specific") for reason in decision.reasons[1:])


def test_a_match_of_two_kinds_asks_for_both() -> None:
    both = Policy(
        "gates here",
        DAY,
        Match(sites=frozenset({SiteId("site-1")}), classes=frozenset({"gate"})),
    )
    here, gate = a_segment(), a_segment(retention_class="gate", number=1)
    decisions = decide([here, gate], [], [SITE, both], START)
    assert [decision.rule for decision in decisions] == ["site", "gates here"]


def test_without_a_rule_it_is_kept() -> None:
    other = a_segment("camera-2", site="site-2")
    for policies in ([], [SITE]):
        (decision,) = decide([other], [], policies, START + DAY * 9999)
        assert decision.verdict is Verdict.KEEP
        assert decision.reasons == ("no policy matches: kept",)


def test_the_place_of_recording_decides_and_of_two_the_longer() -> None:
    """Footage is never deleted earlier than the rule of either place says."""
    far = a_camera("camera-1", site="site-2")
    old, late = a_segment(start=START - DAY), a_segment(start=START + DAY, number=1)
    two = Policy("site 2", DAY * 90, Match(sites=frozenset({SiteId("site-2")})))
    here, there = Stay.of(a_camera(), None, START), Stay.of(far, START + DAY, START)

    def rules(segments: list[Segment], *stays: Stay) -> list[str]:
        return [d.rule for d in decide(segments, [], [SITE, two], START, stays)]

    assert rules([old, late]) == ["site", "site"]
    assert rules([old, late], here, there) == ["site", "site 2"], "told late: written at site 1"
    new = a_segment(start=START + DAY, site="site-2")
    assert rules([old, new], here, there) == ["site", "site 2"]
    corrected = replace(Stay.of(far, None, START), corrects=True)
    assert rules([old], corrected) == ["site 2"]
    assert rules([new], replace(here, corrects=True)) == ["site 2"], "the longer, either way"
    guess = Stay.of(far, None, START)
    assert rules([old], guess) == ["site"], "nobody said that the camera stood there then"
    nowhere = replace(corrected, site=SiteId("site-3"))
    (kept,) = decide([old], [], [SITE], START + DAY * 9999, [nowhere])
    assert kept.verdict is Verdict.KEEP, "no rule of that place: kept"


def test_age_counts_from_the_end() -> None:
    segment = a_segment()
    due = segment.interval.end + CAMERA.keep
    (before,) = decide([segment], [], [CAMERA], due - Elapsed(1))
    (at_due,) = decide([segment], [], [CAMERA], due)
    assert (before.verdict, at_due.verdict) == (Verdict.KEEP, Verdict.EXPIRE)


def test_a_hold_saves_what_is_due_and_says_so() -> None:
    (held,) = decide([a_segment()], [a_hold()], [CAMERA], START + DAY * 3)
    assert held.verdict is Verdict.HELD
    assert held.holds == ("hold-1",)
    assert held.reasons[-1] == "hold hold-1 of Sessions Court, order 14/2026: theft"


def test_the_horizon_is_before_everything_that_may_be_due() -> None:
    assert horizon(ALL, START) == START - DAY * 2


@pytest.mark.parametrize(
    ("policies", "message"),
    [
        ([DEFAULT, DEFAULT], "two policies are named"),
        ([DEFAULT, Policy("other", DAY)], "equally specific"),
        ([SITE, Policy("other", DAY, SITE.match)], "equally specific"),
    ],
)
def test_contradictions_are_refused(policies: list[Policy], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        check(policies)
    with pytest.raises(BadInput, match=message):
        decide([], [], policies, START)


def test_equally_specific_rules_may_say_the_same_or_mean_others() -> None:
    same = Policy("same", SITE.keep, SITE.match)
    elsewhere = Policy("elsewhere", DAY, Match(sites=frozenset({SiteId("site-2")})))
    check([SITE, same, elsewhere])
    (decision,) = decide([a_segment()], [], [same, SITE], START)
    assert decision.rule == "same", "the first by name"


def test_kinds_that_only_seem_to_overlap() -> None:
    one = Policy(
        "one",
        DAY,
        Match(sites=SITE.match.sites if SITE.match else frozenset(), classes=frozenset({"a"})),
    )
    two = Policy(
        "two",
        DAY * 2,
        Match(sites=SITE.match.sites if SITE.match else frozenset(), classes=frozenset({"b"})),
    )
    check([one, two])


@pytest.mark.parametrize(
    ("name", "keep", "message"),
    [
        ("", DAY, "name"),
        ("a\nb", DAY, "name"),
        ("a", Elapsed(0), "above 0"),
        ("a", -DAY, "above 0"),
    ],
)
def test_a_rule_that_makes_no_sense(name: str, keep: Elapsed, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        Policy(name, keep)


def test_a_match_that_names_nothing() -> None:
    with pytest.raises(BadInput, match="names nothing"):
        Match()
