"""Copies of sealed parts: a lost disk is a fetch, and deleted footage stays deleted."""

from __future__ import annotations

import os
import shutil
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from footage.clock import SimulatedClock
from footage.errors import BadInput, Unavailable
from footage.instant import Elapsed, Instant, Interval
from footage.objectkey import ObjectKey
from footage.partkey import is_part_key
from infra.catalogues.memory_catalog import MemoryCatalogue
from infra.config.sections.stores import VectorsSection
from infra.objects.memory_store import MemoryStore
from infra.run.part_upkeep import scrub_daily
from infra.vectors.faiss_index import FaissIndex
from infra.vectors.part_copies import CopyLag, PartCopies
from infra.vectors.part_fetch import FetchedDay, fetch
from infra.vectors.scrub import scrub
from infra.vectors.sealed_part import MANIFEST
from infra.vectors.vector_shards import Shard
from tests.common.builders import START, a_segment, at
from tests.common.sealing import SealedAtOnce
from tests.common.vectors import ENCODER, a_row, turned

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path

    from footage.ids import SegmentKey
    from footage.ports import VectorHit
    from footage.segment import Segment
    from infra.wiring import Parts

DAY = Elapsed.parse("1d")
ALWAYS = Interval(START - DAY * 9, START + DAY * 9)
FIRST, SECOND = a_segment(), a_segment(start=at(60))


class Home:
    """An index with copies in a store that outlives it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "vectors"
        self.store = MemoryStore(SimulatedClock(START))
        self.gone: set[SegmentKey] = set()
        self.looked_at: set[str] = {FIRST.key, SECOND.key}

    @property
    def copies(self) -> PartCopies:
        return PartCopies(self.root, self.store, piece_bytes=64)

    def add(self, *degrees: int, segment: int = 1) -> None:
        chosen = FIRST if segment == 1 else SECOND
        rows = [a_row(chosen, n) for n in range(len(degrees))]
        SealedAtOnce(self.root).add(ENCODER, rows, turned(*degrees))

    def existing(self, keys: Collection[SegmentKey]) -> frozenset[SegmentKey]:
        return frozenset(keys) - self.gone

    def look_again(self, _: Shard, kept: Collection[str]) -> int:
        """Let the segments count as not looked at whose vectors no copy had."""
        missed = self.looked_at.difference(kept)
        self.looked_at -= missed
        return len(missed)

    def fetch(self, index: FaissIndex | None = None) -> list[FetchedDay]:
        index = index or FaissIndex(self.root)
        return list(fetch(self.copies, index, ENCODER, self.existing, self.look_again))

    def hits(self) -> tuple[VectorHit, ...]:
        answer = FaissIndex(self.root).search(ENCODER, turned(0), ALWAYS, None, k=100)
        assert not answer.unreadable
        return answer.hits

    def stored(self) -> list[str]:
        return [stored.key for stored in self.store.list()]

    def lose(self) -> None:
        shutil.rmtree(self.root)

    @property
    def shard(self) -> Path:
        return self.root / ENCODER.short / "2026-11-22"

    @property
    def part(self) -> Path:
        (folder,) = (f for f in self.shard.iterdir() if f.is_dir())
        return folder


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path)
    made.add(*range(5))
    made.add(*range(20, 23), segment=2)
    return made


def test_a_lost_disk_is_a_fetch(home: Home) -> None:
    before = home.hits()
    assert len(before) == 8
    assert home.copies.lag().parts == 1
    assert home.copies.copy().parts == 0
    home.lose()
    (day,) = home.fetch()
    assert (day.parts, day.again) == (1, 0)
    assert home.hits() == before
    assert home.fetch() == []
    assert home.copies.copy().foreign == ()


def test_what_waits_is_told_with_its_age_until_it_is_copied(home: Home) -> None:
    sealed = home.part / MANIFEST
    os.utime(sealed, (1_700_000_000, 1_700_000_000))
    lag = home.copies.lag()
    size = sum(file.stat().st_size for file in home.part.iterdir())
    assert (lag.parts, lag.size_bytes) == (1, size)
    assert lag.oldest == Instant(1_700_000_000_000_000)
    assert home.copies.copy().oldest is None
    assert home.copies.lag() == CopyLag()


def test_copying_again_writes_nothing(home: Home) -> None:
    home.copies.copy()
    before = home.stored()
    puts: list[str] = []
    home.store.put = lambda key, *_, **__: puts.append(key)  # type: ignore[method-assign,assignment]
    home.copies.copy()
    assert (puts, home.stored()) == ([], before)


def test_copies_are_no_footage(home: Home) -> None:
    home.copies.copy()
    for key in home.stored():
        assert is_part_key(key)
        with pytest.raises(BadInput):
            ObjectKey.parse(key)
    assert not is_part_key("vectors/2026-11-22/camera-5/15/08-23.547Z.0.mp4")


def test_a_fetched_part_never_gives_deleted_footage_back(home: Home) -> None:
    home.copies.copy()
    home.gone.add(FIRST.key)
    home.lose()
    home.fetch()
    assert {hit.row.segment for hit in home.hits()} == {SECOND.key}


def test_footage_deleted_while_it_is_fetched_does_not_come_back(home: Home) -> None:
    home.copies.copy()
    home.lose()
    asked = 0

    def overtaken(keys: Collection[SegmentKey]) -> frozenset[SegmentKey]:
        nonlocal asked
        asked += 1
        return frozenset(keys) if asked == 1 else frozenset(keys) - {FIRST.key}

    list(fetch(home.copies, FaissIndex(home.root), ENCODER, overtaken, home.look_again))
    assert {hit.row.segment for hit in home.hits()} == {SECOND.key}


def test_rows_dead_before_the_copy_stay_dead(home: Home) -> None:
    FaissIndex(home.root).remove([FIRST.key])
    home.add(30, segment=2)
    home.copies.copy()
    before = home.hits()
    home.lose()
    home.fetch()
    assert home.hits() == before


@pytest.mark.slow
@pytest.mark.parametrize("step", range(12))
def test_a_crash_while_copying_is_resumed(home: Home, step: int) -> None:
    """Each put and deletion in turn is the last thing a process does."""
    home.copies.copy()
    home.add(*range(40, 43))
    before, left = home.hits(), step
    put, delete = home.store.put, home.store.delete

    def counted(act: Callable[..., object]) -> Any:  # noqa: ANN401 - as the method replaced
        def call(*args: object, **kwargs: object) -> object:
            nonlocal left
            left -= 1
            if left < 0:
                raise Unavailable("killed")
            return act(*args, **kwargs)

        return call

    home.store.put, home.store.delete = counted(put), counted(delete)  # type: ignore[method-assign]
    try:
        home.copies.copy()
    except Unavailable:
        shutil.copytree(home.root, home.root.with_name("crashed"))
    home.store.put, home.store.delete = put, delete  # type: ignore[method-assign]
    lag = home.copies.copy()
    assert (lag.parts, lag.foreign) == (0, ())
    home.lose()
    home.fetch()
    assert home.hits() == before
    lists = [key for key in home.stored() if "/list." in key]
    assert len(lists) == 1


class Crash(BaseException):
    """The end of the process."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("owner", "name"),
    [(Home, "look_again"), (Shard, "write"), (FaissIndex, "remove"), (PartCopies, "note")],
)
@pytest.mark.parametrize("done", [False, True])
def test_a_crash_while_fetching_is_resumed(
    home: Home,
    monkeypatch: pytest.MonkeyPatch,
    owner: type[object],
    name: str,
    done: bool,  # noqa: FBT001
) -> None:
    """Footage without a copy is looked at again, deleted footage stays away, copying goes on."""
    home.copies.copy()
    before, never_copied = home.hits(), a_segment(start=at(120))
    home.looked_at.add(never_copied.key)
    home.lose()
    act = getattr(owner, name)

    def crash(*args: object, **kwargs: object) -> object:
        if done:
            act(*args, **kwargs)
        raise Crash

    purged, asked = {FIRST.key} if owner is FaissIndex else set(), 0

    def existing(keys: Collection[SegmentKey]) -> frozenset[SegmentKey]:
        nonlocal asked
        asked += 1
        return frozenset(keys) if asked == 1 else frozenset(keys) - purged

    with monkeypatch.context() as patch:
        patch.setattr(owner, name, crash)
        patch.setattr(home, "existing", existing)
        with pytest.raises(Crash):
            home.fetch()
    home.gone |= purged
    found = {hit.row.segment for hit in home.hits()}
    assert not found or home.looked_at - purged <= found, "what counts as looked at has vectors"
    home.fetch()
    assert home.hits() == tuple(hit for hit in before if hit.row.segment not in purged)
    assert home.looked_at - purged == {FIRST.key, SECOND.key} - purged
    assert (home.copies.copy().foreign, home.copies.copy().parts) == ((), 0)
    assert home.fetch() == []


def test_a_damaged_part_is_replaced_by_its_copy_and_searched_again(home: Home) -> None:
    before = home.hits()
    home.copies.copy()
    file = home.part / "vectors.faiss"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.chmod(0o600)
    file.write_bytes(data)
    index = FaissIndex(home.root)
    assert index.damaged(ENCODER, ALWAYS)
    assert index.search(ENCODER, turned(0), ALWAYS, None, k=9).unreadable
    (day,) = home.fetch()
    assert (day.parts, day.again) == (1, 0)
    assert home.hits() == before
    assert index.search(ENCODER, turned(0), ALWAYS, None, k=100).hits == before
    assert index.damaged(ENCODER, ALWAYS) == ()


def test_an_index_that_grew_after_a_loss_deletes_no_copies_and_takes_them_over(home: Home) -> None:
    home.copies.copy()
    kept = home.stored()
    home.lose()
    home.add(50, segment=2)  # indexed again before anybody fetched
    assert home.copies.copy().foreign == (f"{ENCODER.short}/2026-11-22",)
    assert home.stored() == kept
    home.fetch()
    counts = {FIRST.key: 5, SECOND.key: 1}  # what was indexed again stands for the copy
    found = [hit.row.segment for hit in home.hits()]
    assert {key: found.count(key) for key in counts} == counts
    assert home.copies.copy().foreign == ()


def test_copies_go_with_the_last_footage_of_their_day_and_not_with_a_lost_folder(
    home: Home,
) -> None:
    home.copies.copy()
    shutil.rmtree(home.shard)
    home.copies.copy()
    assert home.stored()
    home.fetch()
    FaissIndex(home.root).remove([FIRST.key, SECOND.key])
    home.copies.copy()
    assert home.stored() == []


def test_a_scrub_reads_at_most_its_limit_and_the_longest_unchecked_first(home: Home) -> None:
    SealedAtOnce(home.root).add(ENCODER, [a_row(a_segment(start=START + DAY), 0)], turned(0))
    assert scrub(home.root, START, 1).parts == 1
    assert scrub(home.root, START + DAY, 1).parts == 1
    assert scrub(home.root, START + DAY, 0).parts == 0
    assert scrub(home.root, START, None).parts == 2
    assert len(list(home.root.glob("*/*.scrubbed"))) == 2


def test_damage_found_by_a_scrub_is_named_by_searches_and_mended_by_a_fetch(home: Home) -> None:
    before = home.hits()
    home.copies.copy()
    file = home.part / "rows"
    data = bytearray(file.read_bytes())
    data[8] ^= 1
    file.write_bytes(data)
    assert scrub(home.root, START, None).damaged == (f"{ENCODER.short}/2026-11-22",)
    answer = FaissIndex(home.root).search(ENCODER, turned(0), ALWAYS, None, k=9)
    assert (answer.hits, len(answer.unreadable)) == ((), 1)
    home.fetch()
    assert home.hits() == before
    assert scrub(home.root, START, None).damaged == ()


def test_copies_of_a_lost_disk_go_when_no_footage_of_their_day_is_left(home: Home) -> None:
    home.copies.copy()
    assert home.copies.delete_unused(lambda _: False) == [], "the shard is on the disk"
    home.lose()
    assert home.copies.delete_unused(lambda day: day == "2026-11-22") == []
    assert home.stored()
    assert home.copies.delete_unused(lambda _: False) == [f"{ENCODER.short}/2026-11-22"]
    assert home.stored() == []


@pytest.mark.parametrize(
    ("stored", "stays"),
    [([], True), ([FIRST], True), ([a_segment(start=START + DAY * 3)], False)],
)
def test_the_daily_check_deletes_copies_of_days_without_footage(
    home: Home,
    stored: list[Segment],
    stays: bool,  # noqa: FBT001
) -> None:
    """Nothing stored at all may be a lost catalogue."""
    home.copies.copy()
    home.lose()
    catalogue = MemoryCatalogue()
    catalogue.add_segments(stored)
    parts = SimpleNamespace(
        part_copies=home.copies,
        catalogue=catalogue,
        clock=SimulatedClock(START),
        settings=SimpleNamespace(vectors=VectorsSection()),
    )
    scrub_daily(cast("Parts", parts), lambda: False)
    assert bool(home.stored()) is stays
