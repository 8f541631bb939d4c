"""The recorder's own time: it goes on evenly when the host's clock is set.

Between two settings of the clock, wall time and the machine's monotonic time run side by side: NTP
slews both. What changes their difference is somebody *setting* the clock. Who is right then cannot
be seen from the clock itself, so the rule is written here, as pure decisions over samples:

- less than 128 ms (NTP's own threshold between slewing and setting): not followed, but told as
  doubt; what adds up to more is the next case;
- more, and the kernel calls the clock synchronised (`adjtimex`): followed at once. A time service
  that sets the clock keeps or soon restores that state, while `date -s` takes it away;
- more, and not synchronised: not followed until it has lasted ten minutes. Meanwhile recordings
  keep the time they had, with the difference in their uncertainty.

Every setting is told, and so is what became of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from footage.instant import ZERO, Elapsed, Instant

SLEWED_BELOW: Final = Elapsed.parse("128ms")
FOLLOWED_AFTER: Final = Elapsed.parse("10m")


class Sample(NamedTuple):
    """The host's clocks, read together.

    Attributes:
        synchronised: Whether the kernel says that something keeps the clock right.
    """

    monotonic: Elapsed
    wall: Instant
    synchronised: bool


@dataclass(frozen=True, slots=True)
class Step:
    """The host's clock was set.

    Attributes:
        by: How far, from the recorder's time; positive is forward.
        followed: Whether the recorder's time has moved with it.
    """

    by: Elapsed
    followed: bool

    def __str__(self) -> str:
        """For people."""
        way = "forward" if self.by > ZERO else "back"
        done = (
            "followed: spans end, new ones begin"
            if self.followed
            else "not followed: nothing vouches for the new time yet"
        )
        return f"the host's clock was set {way} by {abs(self.by.us) / 1_000_000:.3f} s; {done}"


class Timekeeper:
    """Tells the recorder's time for any monotonic instant."""

    def __init__(self, first: Sample) -> None:
        self._ahead = _ahead(first)
        self._off = 0
        self._off_since: Elapsed | None = None

    def at(self, monotonic: Elapsed) -> Instant:
        """The recorder's time."""
        return Instant(monotonic.us + self._ahead)

    @property
    def doubt(self) -> Elapsed:
        """How far the host's clock stands from the recorder's time, followed or not."""
        return Elapsed(abs(self._off))

    def take(self, sample: Sample) -> Step | None:
        """Look at the host's clocks, about once a second; a step is told once, and when followed.

        After a followed step, `at` tells the new time for all instants, earlier ones too.
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
