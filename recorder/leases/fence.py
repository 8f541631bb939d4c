"""Decides until when a recorder may record the cameras it has leased. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from footage.instant import Elapsed


@dataclass(frozen=True, slots=True)
class Fence:
    """Time until which this node may record, by the clock that also runs while the machine sleeps.

    Everything counts from before a request was sent: the lease cannot have begun earlier. The
    margin lets the node end its recordings before another node can begin (clocks that run 10 %
    apart included).

    Attributes:
        ttl: Length of a lease.
        until: End of permission; None before the first heartbeat: recording is not allowed.
    """

    ttl: Elapsed
    until: Elapsed | None = None

    @property
    def margin(self) -> Elapsed:
        """Time between the end of permission and the end of the lease: a tenth of the lease."""
        return Elapsed(self.ttl.us // 10)

    @property
    def last(self) -> Elapsed | None:
        """Time at which the watchdog ends what this node failed to end: still within the lease."""
        return None if self.until is None else self.until + Elapsed(self.margin.us // 2)

    def passed(self, now: Elapsed) -> bool:
        """Whether recording is no longer, or not yet, allowed at `now`."""
        return self.until is None or now >= self.until

    def renewed(self, asked: Elapsed) -> Fence:
        """The fence after a heartbeat that was sent at `asked` and answered."""
        return self._to(asked + self.ttl)

    def promised(self, asked: Elapsed, ttl: Elapsed, now: Elapsed, *, alone: bool) -> Fence:
        """The fence after all others, asked at `asked`, promised to take no cameras for `ttl`.

        A fence that has passed stays passed, since the others may have taken the cameras before
        promising; unless this node is `alone`: no other node was live at the last contact.
        """
        if self.until is None or (self.passed(now) and not alone):
            return self
        return self._to(asked + min(ttl, self.ttl))

    def _to(self, end: Elapsed) -> Fence:
        until = end - self.margin
        return Fence(self.ttl, until if self.until is None else max(self.until, until))
