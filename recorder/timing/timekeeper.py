"""The recorder's own time, which goes on evenly when the host's clock is set.

Between two settings of the clock, wall time and the machine's monotonic time run side by side: NTP
slews both. Only *setting* the clock changes the difference of the two. Whether the old or the new
time is right cannot be seen from the clock itself, so the rule is written here, as pure decisions
over samples:

- less than 128 ms (NTP's own threshold between slewing and setting): not followed, but reported as
  doubt; small steps that add up to more are the next case;
- more, and the kernel calls the clock synchronised (`adjtimex`): followed at once. A time service
  that sets the clock keeps or soon restores that state, while `date -s` removes that state;
- more, and not synchronised: not followed until the step has lasted ten minutes. Meanwhile
  recordings keep the recorder's time, with the difference in their uncertainty.

Every step of 128 ms or more is reported, and again when a step is followed later.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from footage.instant import ZERO, Elapsed, Instant

SLEWED_BELOW: Final = Elapsed.parse("128ms")
FOLLOWED_AFTER: Final = Elapsed.parse("10m")


class Sample(NamedTuple):
    """Both clocks of the host, read together.

    Attributes:
        synchronised: Whether the kernel says that something keeps the clock right.
    """

    monotonic: Elapsed
    wall: Instant
    synchronised: bool


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the host's clock, which was set.

    Attributes:
        by: Difference of the host's clock from the recorder's time; positive is forward.
        followed: Whether the recorder's time has followed the step.
    """

    by: Elapsed
    followed: bool

    def __str__(self) -> str:
        """Text for people: direction and length of the step, and whether the step was followed."""
        way = "forward" if self.by > ZERO else "back"
        done = (
            "followed: spans end, new ones begin"
            if self.followed
            else "not followed: nothing vouches for the new time yet"
        )
        return f"the host's clock was set {way} by {abs(self.by.us) / 1_000_000:.3f} s; {done}"


class Timekeeper:
    """Gives the recorder's time for any monotonic time, and follows steps of the host's clock."""

    def __init__(self, first: Sample) -> None:
        self._ahead = _ahead(first)
        self._off = 0
        self._off_since: Elapsed | None = None

    def at(self, monotonic: Elapsed) -> Instant:
        """The recorder's time at a monotonic time."""
        return Instant(monotonic.us + self._ahead)

    @property
    def doubt(self) -> Elapsed:
        """Difference of the host's clock from the recorder's time, as of the last sample."""
        return Elapsed(abs(self._off))

    def take(self, sample: Sample) -> Step | None:
        """Compare the clocks; returns a step when new, and again when followed later; else None.

        Call about once a second. After a followed step, `at` gives the new time for all monotonic
        times, earlier ones too.
        """
        former, self._off = self._off, _ahead(sample) - self._ahead
        if abs(self._off) < SLEWED_BELOW.us:
            self._off_since = None
            return None
        new = self._off_since is None or abs(self._off - former) >= SLEWED_BELOW.us
        since = sample.monotonic if new or self._off_since is None else self._off_since
        self._off_since, by = since, Elapsed(self._off)
        if sample.synchronised or sample.monotonic - since >= FOLLOWED_AFTER:
            self._ahead, self._off, self._off_since = _ahead(sample), 0, None
            return Step(by, followed=True)
        return Step(by, followed=False) if new else None


def _ahead(sample: Sample) -> int:
    return sample.wall.us - sample.monotonic.us
