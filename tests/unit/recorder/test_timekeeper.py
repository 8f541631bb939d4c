"""The recorder's own time while the host's clock is set."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from footage.instant import ZERO, Elapsed
from recorder.timing.timekeeper import FOLLOWED_AFTER, Sample, Step, Timekeeper
from tests.common.builders import at

SECOND = Elapsed.parse("1s")


class Host:
    """A host whose clock somebody sets."""

    def __init__(self) -> None:
        self.true = ZERO
        self.off = ZERO
        self.synchronised = False
        self.time = Timekeeper(self.sample())

    def sample(self) -> Sample:
        return Sample(self.true, at(0) + self.true + self.off, self.synchronised)

    def wait(self, seconds: int = 1) -> list[Step]:
        steps = []
        for _ in range(seconds):
            self.true += SECOND
            if step := self.time.take(self.sample()):
                steps.append(step)
        return steps

    @property
    def wrong(self) -> Elapsed:
        return self.time.at(self.true) - (at(0) + self.true)


def test_an_unvouched_step_is_told_once_and_not_followed() -> None:
    host = Host()
    host.wait(10)
    host.off = Elapsed.seconds(3)
    assert host.wait(60) == [Step(Elapsed.seconds(3), followed=False)]
    assert host.wrong == ZERO
    assert host.time.doubt == Elapsed.seconds(3)
    host.off = ZERO
    assert host.wait(60) == []
    assert (host.wrong, host.time.doubt) == (ZERO, ZERO)


def test_a_step_of_a_synchronised_clock_is_followed_at_once() -> None:
    host = Host()
    host.synchronised, host.off = True, Elapsed.seconds(-37)
    assert host.wait(2) == [Step(Elapsed.seconds(-37), followed=True)]
    assert host.wrong == Elapsed.seconds(-37)


def test_a_step_vouched_for_later_is_followed_then() -> None:
    host = Host()
    host.off = Elapsed.seconds(5)
    assert [step.followed for step in host.wait(3)] == [False]
    host.synchronised = True
    assert [step.followed for step in host.wait(3)] == [True]


def test_a_step_that_lasts_is_followed_in_the_end() -> None:
    host = Host()
    host.off = Elapsed.seconds(3_600)
    steps = host.wait(FOLLOWED_AFTER.us // 1_000_000 + 2)
    assert [step.followed for step in steps] == [False, True]
    assert host.time.doubt == ZERO


def test_another_step_meanwhile_is_told_and_waits_anew() -> None:
    host = Host()
    host.off = Elapsed.seconds(3)
    host.wait(500)
    host.off = Elapsed.seconds(-8)
    assert host.wait(500) == [Step(Elapsed.seconds(-8), followed=False)]


@given(st.integers(-127_999, 127_999), st.integers(1, 600))
def test_small_differences_are_doubt(off_us: int, seconds: int) -> None:
    host = Host()
    host.off = Elapsed(off_us)
    assert host.wait(seconds) == []
    assert host.wrong == ZERO
    assert host.time.doubt == Elapsed(abs(off_us))


def test_small_steps_add_up_to_one_that_counts() -> None:
    host, steps = Host(), list[Step]()
    for _ in range(3):
        host.off += Elapsed.parse("50ms")
        steps = host.wait(5)
    assert steps == [Step(Elapsed.parse("150ms"), followed=False)]


@given(st.lists(st.tuples(st.integers(-90_000_000, 90_000_000), st.integers(1, 900))))
def test_unvouched_steps_never_move_time_backwards_by_themselves(
    sets: list[tuple[int, int]],
) -> None:
    """Whatever is set: time either goes on evenly or follows a step that was told as followed."""
    host = Host()
    for off_us, seconds in sets:
        host.off = Elapsed(off_us)
        for _ in range(seconds):
            before = host.time.at(host.true)
            steps = host.wait()
            moved = (host.time.at(host.true) - before).us - 1_000_000
            followed = sum(step.by.us for step in steps if step.followed)
            assert moved == followed
