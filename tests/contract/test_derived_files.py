"""The contract of derived files: one suite for every adapter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from footage.clock import SimulatedClock
from footage.ids import SegmentKey
from footage.instant import Elapsed
from infra.media.derived_cache import DerivedCache
from infra.media.memory_derived import MemoryDerived
from tests.common.builders import START

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from footage.ports import DerivedFiles

A, B, C = (SegmentKey(f"site-1/2026-11-22/camera-1/15/0{n}-00.000Z.0.mp4") for n in range(3))


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(START)


@pytest.fixture(params=["memory", "folder"])
def derived(
    request: pytest.FixtureRequest, tmp_path: Path, clock: SimulatedClock
) -> Iterator[DerivedFiles]:
    """Derived files of at most 100 bytes."""
    if request.param == "memory":
        yield MemoryDerived(100)
    else:
        made = DerivedCache(tmp_path / "derived", 100, clock)
        yield made
        made.close()


def test_a_file_comes_back_by_its_name(derived: DerivedFiles) -> None:
    assert derived.put("proxy/1", b"pictures", [A])
    assert derived.get("proxy/1") == b"pictures"
    assert derived.get("proxy/2") is None
    assert derived.kept(["proxy/1", "proxy/2"]) == {"proxy/1"}


def test_a_file_put_again_replaces_the_former(derived: DerivedFiles) -> None:
    derived.put("proxy/1", b"first", [A])
    derived.put("proxy/1", b"second!", [B])
    assert derived.get("proxy/1") == b"second!"
    assert derived.size_bytes == len(b"second!")
    assert derived.discard([A]) == 0
    assert derived.discard([B]) == 1


def test_the_least_recently_used_goes_first(derived: DerivedFiles, clock: SimulatedClock) -> None:
    for name in ("one", "two", "three"):
        derived.put(name, b"x" * 30, [A])
        clock.sleep(Elapsed.parse("1h"))
    assert derived.get("one") is not None
    clock.sleep(Elapsed.parse("1h"))
    derived.put("four", b"x" * 30, [A])
    assert derived.kept(["one", "two", "three", "four"]) == {"one", "three", "four"}
    assert derived.size_bytes == 90


def test_a_file_larger_than_the_bound_is_not_kept(derived: DerivedFiles) -> None:
    derived.put("small", b"x" * 100, [A])
    assert not derived.put("large", b"x" * 101, [A])
    assert derived.kept(["small", "large"]) == {"small"}


def test_all_files_of_a_deleted_segment_go(derived: DerivedFiles) -> None:
    derived.put("of a", b"1", [A])
    derived.put("of a too", b"2", [A])
    derived.put("of a and b", b"3", [A, B])
    derived.put("of c", b"4", [C])
    assert derived.segments() == [A, B, C]
    assert derived.discard([A]) == 3
    assert derived.kept(["of a", "of a too", "of a and b", "of c"]) == {"of c"}
    assert derived.segments() == [C]
    assert derived.discard([A]) == 0


def test_segments_come_in_pages(derived: DerivedFiles) -> None:
    for key in (C, A, B):
        derived.put(key, b"1", [key])
    assert derived.segments(limit=2) == [A, B]
    assert derived.segments(after=B, limit=2) == [C]
