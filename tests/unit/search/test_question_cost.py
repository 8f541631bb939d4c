"""Calls that a question costs: no more for more rows or cameras named (invariant 12)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footage.ids import CameraId
from footage.instant import DAY, ZERO, Elapsed, Interval
from footage.keyframe import WHOLE, Gate
from footage.ports import VectorRow
from footage.scope import Scope
from footage.unlisted import PROBES
from search.looks import MOST_READ, MOST_READS, PictureReads
from search.query import Query
from search.service import SearchService
from tests.common.builders import START, a_camera, a_keyframe, a_site, at, segments_in_a_row
from tests.common.flat_encoder import FLAT, FlatEncoder, same_vectors
from tests.common.small_city import PURPOSE, SmallCity

if TYPE_CHECKING:
    from pathlib import Path

    from footage.ports import Catalogue, Encoder, ObjectStore, Register

ALL_DAY = Interval(START, START + DAY)
CITY = 60


class Counted:
    """Counts the calls of a port's methods."""

    def __init__(self, port: object, calls: Counter[str]) -> None:
        self._port, self._calls = port, calls

    def __getattr__(self, name: str) -> object:
        method = getattr(self._port, name)

        def call(*args: object, **named: object) -> object:
            self._calls[name] += 1
            return method(*args, **named)

        return call


def asked(
    folder: Path, segments: int, *, seconds: int = 60, named: int = 0, recorded: int = 2
) -> Counter[str]:
    """Return the calls of a question about a day, by method.

    Args:
        folder: For the city's files.
        segments: Segments of each recorded camera, each with a row that counts as found.
        seconds: Length of a segment.
        named: Number of cameras named; 0 asks about all.
        recorded: Number of cameras with footage.
    """
    city = SmallCity(folder)
    city.register.add_sites([a_site(f"site-{n}") for n in range(CITY)])
    cameras = [CameraId(f"camera-{n}") for n in range(CITY)]
    city.register.add_cameras([a_camera(camera, site=f"site-{camera[7:]}") for camera in cameras])
    for camera in cameras[:recorded]:
        row = segments_in_a_row(segments, camera, START, seconds=seconds)
        city.catalogue.add_segments(row)
        city.catalogue.add_keyframes(a_keyframe(one, gate=Gate.CHANGED) for one in row)
        city.catalogue.mark_indexed([one.key for one in row], FLAT.digest)
        rows = [VectorRow(camera, one.interval.start, one.key, 900, 900, WHOLE) for one in row]
        city.vectors.add(FLAT, rows, same_vectors(len(rows)))
    city.clock.sleep(DAY * 2)
    calls: Counter[str] = Counter()
    service = SearchService(
        cast("Register", Counted(city.register, calls)),
        cast("Catalogue", Counted(city.catalogue, calls)),
        city.vectors,
        cast("Encoder", FlatEncoder()),
        city.custody,
        city.clock,
        lambda: cast("ObjectStore", Counted(city.store, calls)),
    )
    scope = Scope(cameras=frozenset(cameras[:named]))
    answer = service.search(Query("red", ALL_DAY, scope), PURPOSE)
    assert answer.found
    return calls


def test_more_rows_in_the_time_asked_cost_no_more_calls(tmp_path: Path) -> None:
    few, many = (asked(tmp_path, count, seconds=60) for count in (60, 960))
    assert many == few


def test_naming_cameras_costs_no_more_calls_than_asking_all(tmp_path: Path) -> None:
    everywhere, by_name = asked(tmp_path, 60), asked(tmp_path, 60, named=CITY)
    assert by_name["camera"] == 0
    assert by_name == everywhere


@pytest.mark.parametrize(("recorded", "asked_for"), [(CITY, 0), (CITY - 1, 1)])
def test_begins_are_asked_only_of_cameras_not_seen_recorded_before(
    tmp_path: Path, recorded: int, asked_for: int
) -> None:
    """All cameras lack the rest of the day, but a recorder had them before."""
    assert asked(tmp_path, 3, recorded=recorded)["recorded_since"] == asked_for


@pytest.mark.parametrize("recorded", [1, 2, 16])
def test_reads_of_pictures_and_looks_into_the_store_are_bounded(
    tmp_path: Path, recorded: int
) -> None:
    # Hits further apart than a still view is embedded: each stands alone, and none is read between.
    calls = asked(tmp_path, 100, seconds=300, recorded=recorded)
    assert calls["keyframes_of"] == recorded
    assert calls["list"] == PROBES  # 44 cameras have no footage at all
    assert calls["stays"] <= 2
    assert calls["cameras"] == 1


parts = st.lists(st.tuples(st.integers(1, 9_000), st.integers(1, 90_000)), max_size=30)


@given(parts, st.integers(0, 400_000), st.integers(0, 12), st.integers(0, 100_000))
def test_the_limit_of_reads_is_kept_and_spent_close_to_the_best_hit(
    drawn: list[tuple[int, int]], best_s: int, reads: int, most_s: int
) -> None:
    wanted, end = [], START
    for hole_s, length_s in drawn:
        start = end + Elapsed.seconds(hole_s)
        end = start + Elapsed.seconds(length_s)
        wanted.append(Interval(start, end))
    best, most = at(best_s), Elapsed.seconds(most_s)
    left = PictureReads(reads, most)
    taken = left.take(wanted, best)
    lengths = sum((part.length for part in taken), ZERO)
    assert (left.reads, left.time) == (reads - len(taken), most - lengths)
    assert min(left.reads, left.time.us) >= 0
    assert taken == sorted(taken)
    assert all(any(part.covers(one) for part in wanted) for one in taken)
    if most and reads:
        assert any(best in one for one in taken) or not any(best in part for part in wanted)
    if len(wanted) <= reads and sum((part.length for part in wanted), ZERO) <= most:
        assert taken == wanted


def test_a_question_reads_at_most_what_is_allowed() -> None:
    left = PictureReads()
    for day in range(9):
        left.take([Interval(START + DAY * day, START + DAY * (day + 1))], START)
    assert (left.reads, left.time) == (MOST_READS - 2, ZERO)
    assert DAY < MOST_READ < DAY * 2
