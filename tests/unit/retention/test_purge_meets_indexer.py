"""A purge and an indexer at the same segment: no row without segment, no mark without rows.

Each happens as a whole between any two calls of the other (invariants 3 and 6).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest

from footage.ports import DeleteOutcome
from infra.objects.memory_store import MemoryStore
from retention.policy import Policy
from tests.common.builders import DAY, START, during
from tests.common.marks import marked
from tests.common.purging import LATER, PURPOSE, City, Watched
from tests.common.small_city import SmallCity
from tests.common.tiny_films import small_film

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from indexer.pipeline import Indexer

POLICIES = [Policy("streets", DAY * 30)]


class Locked(MemoryStore):
    """Refuses every deletion, which only the deletion tells."""

    def delete(self, keys: Sequence[str]) -> dict[str, DeleteOutcome]:
        return dict.fromkeys(keys, DeleteOutcome.HELD)


class Meeting:
    """Two segments that wait for the indexer, in one group; one of them is due."""

    def __init__(self, folder: Path, film: bytes, *, locked: bool) -> None:
        self.small = SmallCity(folder)
        if locked:
            self.small.store = Locked(self.small.clock)
        self.segment = self.small.keep("camera-1", START, film)
        self.other = self.small.keep("camera-2", LATER - DAY, film)
        self.city = City(
            catalogue=self.small.catalogue, vectors=self.small.vectors, store=self.small.store
        )
        self.plan = self.city.plan(POLICIES)

    def index(self, indexer: Indexer | None = None) -> None:
        (indexer or self.small.indexer).run_once()

    def purge(self, city: City | None = None) -> None:
        (city or self.city).purge().apply(self.plan, POLICIES, PURPOSE)

    def watched_indexer(self, tell: Callable[[str], None]) -> Indexer:
        catalogue = Watched("catalogue", self.small.catalogue, tell)
        vectors = Watched("vectors", self.small.vectors, tell)
        parts = {"catalogue": catalogue, "vectors": vectors}
        return replace(self.small.indexer, **cast("Any", parts))

    @property
    def other_state(self) -> tuple[bool, bool]:
        """Whether the segment that is not due is marked and has rows."""
        small, window, cameras = self.small, self.other.interval, {self.other.camera}
        identity = small.encoder.identity
        words = small.encoder.encode_texts(["red"])
        return (
            bool(marked(small.catalogue, identity.digest, cameras, window)),
            bool(small.vectors.search(identity, words, window, frozenset(cameras), k=9).hits),
        )

    @property
    def state(self) -> tuple[bool, bool, bool]:
        """Whether the segment is there, is marked and has rows."""
        small, window = self.small, during(0, 60)
        identity = small.encoder.identity
        words = small.encoder.encode_texts(["red"])
        return (
            bool(list(small.catalogue.segments(interval=window))),
            bool(marked(small.catalogue, identity.digest, [self.segment.camera], window)),
            bool(small.vectors.search(identity, words, window, None, k=9).hits),
        )


@pytest.fixture(scope="module")
def film() -> bytes:
    return small_film(4)


class At:
    """Lets something happen at one step of another."""

    def __init__(self, step: int, deed: Callable[[], None]) -> None:
        self._left, self._deed = step, deed
        self.happened = False

    def __call__(self, _: str) -> None:
        if self._left == 0 and not self.happened:
            self.happened = True
            self._deed()
        self._left -= 1


def check(meeting: Meeting, *, locked: bool, where: str) -> None:
    assert meeting.other_state == (True, True), where
    there, marked, rows = meeting.state
    assert there is locked, where
    if locked:
        assert rows or not marked, where
        meeting.index()
        assert meeting.state == (True, True, True), where
    else:
        assert not rows, where
        assert not list(meeting.city.catalogue.keyframes([meeting.segment.camera], during(0, 60)))


@pytest.mark.slow
@pytest.mark.parametrize("locked", [False, True])
def test_a_purge_between_any_two_calls_of_an_indexer(
    tmp_path: Path, film: bytes, *, locked: bool
) -> None:
    for step in range(99):
        meeting = Meeting(tmp_path, film, locked=locked)
        at = At(step, meeting.purge)
        meeting.index(meeting.watched_indexer(at))
        if not at.happened:
            assert step > 8
            return
        check(meeting, locked=locked, where=f"purge at step {step} of the indexer")


@pytest.mark.slow
@pytest.mark.parametrize("locked", [False, True])
def test_an_indexer_between_any_two_calls_of_a_purge(
    tmp_path: Path, film: bytes, *, locked: bool
) -> None:
    for step in range(99):
        meeting = Meeting(tmp_path, film, locked=locked)
        at = At(step, meeting.index)
        meeting.purge(meeting.city.watched(at))
        if not at.happened:
            assert step > 8
            return
        check(meeting, locked=locked, where=f"indexer at step {step} of the purge")
