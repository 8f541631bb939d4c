from __future__ import annotations

import shutil
import stat
from typing import TYPE_CHECKING

import pytest

from footage.clock import SimulatedClock
from footage.errors import Misconfigured, NoSpace, Unavailable
from footage.ids import SegmentKey
from footage.instant import Elapsed
from infra.media import derived_cache
from infra.media.derived_cache import DerivedCache
from tests.common.builders import START

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

A, B, C = (SegmentKey(f"site-1/2026-11-22/camera-1/15/0{n}-00.000Z.0.mp4") for n in range(3))


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(START)


@pytest.fixture
def cache(tmp_path: Path, clock: SimulatedClock) -> Iterator[DerivedCache]:
    made = DerivedCache(tmp_path / "derived", 100, clock)
    yield made
    made.close()


def files(cache: DerivedCache) -> list[Path]:
    return [path for path in cache._root.rglob("files/*/*") if path.is_file()]


def test_nothing_is_kept_while_the_disk_is_nearly_full(
    cache: DerivedCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.put("before", b"x", [A])
    usage = shutil.disk_usage(cache._root)
    nearly_full = usage._replace(free=usage.total // derived_cache.SPARED_SHARE)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: nearly_full)
    assert not cache.put("after", b"x", [A])
    assert cache.kept(["before", "after"]) == {"before"}


def test_more_segments_than_a_statement_takes_are_discarded(
    cache: DerivedCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(derived_cache, "_AT_ONCE", 2)
    keys = [SegmentKey(f"segment {n}") for n in range(5)]
    for key in keys:
        cache.put(key, b"1", [key])
    assert cache.discard(keys) == 5
    assert cache.size_bytes == 0


def test_damaged_bytes_are_removed_and_not_given(cache: DerivedCache) -> None:
    cache.put("proxy/1", b"pictures", [A])
    (path,) = files(cache)
    path.write_bytes(b"pictureZ")
    assert cache.get("proxy/1") is None
    assert files(cache) == []
    assert cache.size_bytes == 0


def test_a_name_without_a_file_counts_as_not_kept(cache: DerivedCache) -> None:
    """A crash between index and file leaves this."""
    cache.put("proxy/1", b"pictures", [A])
    files(cache)[0].unlink()
    assert cache.get("proxy/1") is None
    assert cache.kept(["proxy/1"]) == frozenset()
    assert cache.put("proxy/1", b"pictures", [A])
    assert cache.get("proxy/1") == b"pictures"


def test_a_put_that_fails_leaves_nothing_behind(
    cache: DerivedCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: DerivedCache) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(DerivedCache, "_evict", interrupted)
    with pytest.raises(KeyboardInterrupt):
        cache.put("proxy/1", b"pictures", [A])
    assert list(cache._incoming.iterdir()) == []


def test_what_dead_writers_left_goes_at_the_next_opening(
    cache: DerivedCache, clock: SimulatedClock
) -> None:
    (cache._incoming / "half").write_bytes(b"pict")
    DerivedCache(cache._root, 100, clock).close()
    assert list(cache._incoming.iterdir()) == []


def test_two_processes_share_what_is_kept(cache: DerivedCache, clock: SimulatedClock) -> None:
    other = DerivedCache(cache._root, 100, clock)
    cache.put("proxy/1", b"pictures", [A])
    assert other.get("proxy/1") == b"pictures"
    assert other.discard([A]) == 1
    assert cache.get("proxy/1") is None
    other.close()


def test_what_is_kept_outlives_the_process_and_a_smaller_bound_holds(
    cache: DerivedCache, clock: SimulatedClock
) -> None:
    cache.put("one", b"x" * 60, [A])
    clock.sleep(Elapsed.parse("1h"))
    cache.put("two", b"x" * 40, [A])
    again = DerivedCache(cache._root, 50, clock)
    assert again.get("one") is not None
    again.put("three", b"x" * 5, [A])
    assert again.size_bytes <= 50
    again.close()


def test_other_users_cannot_read(cache: DerivedCache) -> None:
    cache.put("proxy/1", b"pictures", [A])
    assert stat.S_IMODE(cache._root.stat().st_mode) == 0o700
    assert stat.S_IMODE(files(cache)[0].stat().st_mode) == 0o600


def test_an_index_damaged_when_opened_is_begun_anew(
    tmp_path: Path, clock: SimulatedClock, caplog: pytest.LogCaptureFixture
) -> None:
    root = tmp_path / "derived"
    old = DerivedCache(root, 100, clock)
    old.put("proxy/1", b"pictures", [A])
    old.close()
    damaged = b"no database" * 1_000
    (root / "index.db").write_bytes(damaged)
    made = DerivedCache(root, 100, clock)
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "damaged" in caplog.text
    assert files(made) == []  # no segment led to them any more
    assert made.put("proxy/1", b"pictures", [A])
    made.close()
    again = DerivedCache(root, 100, clock)
    assert again.get("proxy/1") == b"pictures"
    assert (root / "index.db").read_bytes() == damaged
    again.close()


def damage(cache: DerivedCache) -> None:
    """Overwrite the index in force, of which nothing is left in memory."""
    cache._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    index = cache._index(cache._number)
    index.write_bytes(b"\xff" * index.stat().st_size)
    cache._database.execute("PRAGMA shrink_memory")


ACTS: dict[str, Callable[[DerivedCache], object]] = {
    "get": lambda cache: cache.get("proxy/1") is None,
    "kept": lambda cache: cache.kept(["proxy/1"]) == frozenset(),
    "put": lambda cache: cache.put("proxy/2", b"pictures", [B]),
    "discard": lambda cache: cache.discard([A]) == 0,
    "segments": lambda cache: cache.segments() == [],
    "size": lambda cache: cache.size_bytes == 0,
}


@pytest.mark.parametrize("act", ACTS)
def test_an_index_damaged_while_open_is_begun_anew(
    cache: DerivedCache, clock: SimulatedClock, act: str, caplog: pytest.LogCaptureFixture
) -> None:
    cache.put("proxy/1", b"pictures", [A])
    other = DerivedCache(cache._root, 100, clock)
    damage(cache)
    assert ACTS[act](cache)
    assert "damaged" in caplog.text
    assert not [path for path in files(cache) if path.read_bytes() != b"pictures"]
    cache.put("proxy/3", b"pictures", [C])
    assert other.get("proxy/3") == b"pictures"  # the other process has changed over
    assert other.discard([C]) == 1
    assert cache.get("proxy/3") is None
    other.close()


def test_of_damaged_indexes_the_newest_is_left(cache: DerivedCache) -> None:
    for number in range(3):
        cache.put(f"proxy/{number}", b"1", [A])
        damage(cache)
        assert cache.kept([f"proxy/{number}"]) == frozenset()
    left = {path.name for path in cache._root.glob("index*.db")}
    assert left == {"index-2.db", "index-3.db"}


def test_a_missing_table_is_damage_too(cache: DerivedCache) -> None:
    cache._database.executescript("DROP TABLE derived")
    assert cache.discard([A]) == 0
    assert cache.put("proxy/1", b"1", [A])


def test_a_locked_index_is_no_damage(
    cache: DerivedCache, monkeypatch: pytest.MonkeyPatch, clock: SimulatedClock
) -> None:
    cache.put("proxy/1", b"pictures", [A])
    monkeypatch.setattr(derived_cache, "_WAIT_S", 0.01)
    other = DerivedCache(cache._root, 100, clock)
    cache._database.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="locked"):
        other.put("proxy/2", b"1", [A])
    cache._database.rollback()
    assert other.get("proxy/1") == b"pictures"
    other.close()


def test_a_full_disk_is_no_damage(cache: DerivedCache) -> None:
    cache.put("proxy/1", b"pictures", [A])
    (pages,) = cache._database.execute("PRAGMA page_count").fetchone()
    cache._database.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(NoSpace):
        cache.put("proxy/2", b"1", [SegmentKey(f"segment {n}") for n in range(1_000)])
    assert cache.get("proxy/1") == b"pictures"


def test_an_index_that_was_closed_is_no_damage(cache: DerivedCache) -> None:
    cache.put("proxy/1", b"pictures", [A])
    cache.close()
    with pytest.raises(Unavailable, match="closed"):
        cache.get("proxy/1")
    assert len(files(cache)) == 1


def test_an_index_of_a_newer_version_is_left_alone(tmp_path: Path, clock: SimulatedClock) -> None:
    made = DerivedCache(tmp_path / "derived", 100, clock)
    made.put("proxy/1", b"pictures", [A])
    made._database.execute("PRAGMA user_version = 99")
    made.close()
    with pytest.raises(Misconfigured, match="newer"):
        DerivedCache(tmp_path / "derived", 100, clock)
    assert len(files(made)) == 1


def test_the_bytes_of_a_file_that_goes_are_gone_from_the_disk(
    cache: DerivedCache, clock: SimulatedClock
) -> None:
    for number in range(4):
        cache.put(f"proxy/{number}", b"x" * 30, [A if number == 3 else B])
        clock.sleep(Elapsed.parse("1h"))
    assert len(files(cache)) == 3  # the bound
    cache.discard([A])
    assert len(files(cache)) == 2
