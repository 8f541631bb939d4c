"""Size of the batches of a purge, chosen so that a hold waits little: about half a second."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from footage.instant import Elapsed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from footage.clock import Clock

AIM: Final = Elapsed.parse("500ms")
"""Length of a stay in the register's exclusive section that batches are sized for: a quarter of the
two seconds that a hold should wait at most, since the next batch may meet a slower store."""

MOST: Final = 1_000
"""Segments of a batch at most: what S3 deletes in a single request."""

_FIRST: Final = 50  # a store that takes 40 ms for each object still meets the two seconds
_GROWTH: Final = 2
_TELLING: Final = 4


class Pace:
    """Chooses the size of each batch from how long the batch before took.

    Args:
        clock: Measures stays.
        fixed: Size of every batch; None lets measured stays decide.
    """

    def __init__(self, clock: Clock, *, fixed: int | None = None) -> None:
        self._clock, self._fixed = clock, fixed
        self.size = fixed or _FIRST

    @contextmanager
    def stay(self, segments: int) -> Iterator[None]:
        """Measure the body of the `with`, in which a batch of `segments` is deleted."""
        began = self._clock.monotonic()
        yield
        if self._fixed is None:
            self.size = next_size(self.size, segments, self._clock.monotonic() - began)


def next_size(size: int, segments: int, took: Elapsed) -> int:
    """Return the size of the next batch after one of `segments` segments took so long."""
    if took * _TELLING < AIM:  # little time says little about more segments
        return min(size * _GROWTH, MOST) if segments == size else size
    return max(min(segments * AIM.us // took.us, size * _GROWTH, MOST), 1)
