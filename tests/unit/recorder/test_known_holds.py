"""Holds as last read (invariant 4)."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

from footage.clock import SimulatedClock
from footage.hold import Hold
from footage.ids import CameraId, HoldId
from footage.instant import Elapsed
from recorder.store.known_holds import KnownHolds
from tests.common.builders import START, a_segment, at, during
from tests.common.spooling import FailingHolds

if TYPE_CHECKING:
    import pytest

HOLD = Hold(
    HoldId("hold-1"), frozenset({CameraId("camera-1")}), during(0, 10), "court", "r", "clerk", START
)
COVERED, OTHER, LATER = a_segment(), a_segment("camera-2"), a_segment(start=at(60))


def test_the_last_answer_counts_while_the_register_is_down() -> None:
    clock, holds = SimulatedClock(START), FailingHolds([HOLD])
    known = KnownHolds(holds, clock)
    assert [known.read().may_cover(one) for one in (COVERED, OTHER, LATER)] == [True, False, False]
    holds.down = True
    clock.sleep(Elapsed.parse("1m"))
    last = known.read()
    assert (last.read_at, last.trouble) == (START, "the register is down")
    assert [last.may_cover(one) for one in (COVERED, OTHER, LATER)] == [True, False, False]


def test_what_was_never_read_covers_everything() -> None:
    known = KnownHolds(FailingHolds(), SimulatedClock(START))
    assert not known.read().may_cover(COVERED)
    holds = FailingHolds()
    holds.down = True
    assert KnownHolds(holds, SimulatedClock(START)).read().may_cover(OTHER)


def test_a_register_that_is_down_is_not_asked_for_each_segment() -> None:
    clock, holds = SimulatedClock(START), FailingHolds()
    known, holds.down = KnownHolds(holds, clock), True
    assert known.read().trouble
    holds.down = False
    assert known.read().trouble  # not asked again yet
    clock.sleep(Elapsed.parse("10s"))
    assert not known.read().trouble


def test_one_that_hangs_is_not_waited_for_and_is_asked_anew_after_a_late_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("recorder.store.known_holds._ANSWER", Elapsed.parse("50ms"))
    clock, holds, release = SimulatedClock(START), FailingHolds([HOLD]), Event()
    known = KnownHolds(holds, clock)
    assert not known.read().trouble
    answer = holds.holds

    def hang(*, active_only: bool = True) -> list[Hold]:
        assert release.wait(30)
        return answer(active_only=active_only)

    holds.holds = hang  # type: ignore[method-assign]  # from now on
    for _ in range(3):
        assert known.read().trouble == "the register does not answer"
        assert known.read().may_cover(COVERED)
        clock.sleep(Elapsed.parse("10s"))
    holds.standing.clear()
    release.set()
    clock.sleep(Elapsed.parse("10s"))
    last = known.read()
    assert (last.trouble, last.may_cover(COVERED)) == ("", False)
    assert last.read_at == at(40)
