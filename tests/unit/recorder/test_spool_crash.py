"""A crash at each step of storing and of evicting: the next start leaves no hole and no double.

Every step that lasts (a sync, a rename, a removal, a call of store or catalogue) is a place where
the power may go: there it raises, and so does every later one. Then a new recorder takes up what is
left (invariants 2 and 5).
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

import pytest

from footage.digest import Digest
from footage.span import GapReason
from recorder.events import SegmentEvicted
from tests.common.recording import holes
from tests.common.spooling import LONG, SIZE, Depot, found, leave_run
from tests.common.stored import footage_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from recorder.store.uploader import Uploader

SEGMENTS = 2


class Crash(BaseException):
    """The power goes here: nothing may catch it."""


class Power:
    """Goes after so many lasting steps; `before` or just after the step itself."""

    def __init__(self, steps: int, *, before: bool) -> None:
        self.left = steps
        self.before = before
        self.out = False
        self._lock = Lock()

    def step(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def stepped(*args: Any, **options: Any) -> Any:  # noqa: ANN401 - whatever it takes
            with self._lock:
                if self.out:
                    raise Crash
                self.left -= 1
                self.out = self.left < 0
                if self.out and self.before:
                    raise Crash
                answer = call(*args, **options)
                if self.out:
                    raise Crash
                return answer

        return stepped

    @contextmanager
    def over(self, depot: Depot) -> Iterator[None]:
        """Every lasting step passes here."""
        with pytest.MonkeyPatch.context() as patch:
            for name in ("fsync", "rename", "unlink"):
                patch.setattr(os, name, self.step(getattr(os, name)))
            for place, names in (
                (depot.store, ("put", "set_hold")),
                (depot.catalogue, ("add_segments", "add_gaps")),
            ):
                for name in names:
                    patch.setattr(place, name, self.step(getattr(place, name)))
            yield


def crash_and_start_again(depot: Depot, power: Power, *, store_down: bool) -> None:
    spool = depot.spool()
    left = leave_run(spool, SEGMENTS)
    whole = [one.segment for one in left]
    depot.store.down = store_down

    async def first(uploader: Uploader) -> None:
        for one in left:
            uploader.segment(spool, one)
        await depot.until(lambda: power.out or depot.files() == [])
        if not power.out:  # it lasted longer than this took
            depot.store.down = False
            await depot.until(lambda: power.out or uploader.pending == 0)

    with power.over(depot):
        depot.uploader(first, depot.spool_limit(1) if store_down else None)
    spool.close()
    depot.store.down = False
    again = depot.spool()

    async def second(uploader: Uploader) -> None:
        for one in found(again):
            uploader.segment(again, one)
        for gap in again.gaps():
            uploader.gap(again, gap, final=True)
        assert await uploader.flush(LONG)

    depot.uploader(second)
    segments, gaps = list(depot.catalogue.segments()), list(depot.catalogue.gaps())
    assert [one.interval for one in gaps] == [
        one.interval for one in whole if one.key not in {s.key for s in segments}
    ]
    assert {gap.reason for gap in gaps} <= {GapReason.SPOOL_OVERFLOW}
    assert holes(segments, gaps) == []
    assert [one.key for one in footage_in(depot.store)] == [one.key for one in segments]
    for segment in segments:
        assert Digest.of(depot.store.get(segment.key)) == segment.digest
    assert {path.name for path in again.folder.iterdir()} == {"lock", "recorded-until", "reserve"}
    again.close()


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("steps", range(12))
def test_while_it_is_stored(tmp_path: Path, steps: int, before: bool) -> None:  # noqa: FBT001
    depot = Depot(tmp_path)
    crash_and_start_again(depot, Power(steps, before=before), store_down=False)
    assert len(list(depot.catalogue.segments())) == SEGMENTS


@pytest.mark.slow
@pytest.mark.parametrize("steps", range(40))
def test_while_it_is_evicted(tmp_path: Path, steps: int) -> None:
    """A crash before a step of an eviction is one right after the step before, too."""
    crash_and_start_again(Depot(tmp_path), Power(steps, before=True), store_down=True)


def test_without_a_crash_all_goes_and_says_so(tmp_path: Path) -> None:
    """Storing and evicting take fewer steps than the tests of crashes count: all are tried."""
    depot = Depot(tmp_path)
    power = Power(1_000, before=True)
    crash_and_start_again(depot, power, store_down=True)
    assert 1_000 - power.left in range(20, 40)
    assert len(depot.told(SegmentEvicted)) == SEGMENTS
    assert sum(e.segment.size_bytes for e in depot.told(SegmentEvicted)) == SIZE * SEGMENTS
