"""The contract of `footage.ports.VectorIndex`, run against every adapter."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from footage.clock import SystemClock
from footage.encoder import EncoderIdentity, Vectors
from footage.errors import BadInput
from footage.ids import CameraId
from footage.instant import Elapsed, Instant, Interval
from footage.keyframe import WHOLE, Box
from footage.ports import DamagedShard
from infra.vectors.elastic_vectors import ElasticVectors
from infra.vectors.faiss_index import FaissIndex
from infra.vectors.memory_vectors import MemoryVectors
from infra.vectors.shard_upkeep import Sizes
from tests.common.builders import START, a_segment, at, during
from tests.common.sealing import SCANNED, SEALED, SealedAtOnce
from tests.common.vectors import ENCODER, a_row, turned

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from footage.ports import VectorAnswer, VectorIndex, VectorRow

DAY = Elapsed.parse("1d")
ALWAYS = Interval(START - DAY * 30, START + DAY * 30)
EAST = turned(0)
MIDNIGHT = Instant.parse("2026-11-23T00:00:00Z")


@pytest.fixture(
    params=[
        "memory",
        "faiss",
        "faiss scans",
        "faiss sealed",
        pytest.param("elastic", marks=pytest.mark.server),
    ]
)
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[VectorIndex]:
    """Each adapter; FAISS also without the path for few rows, and with each addition sealed."""
    if request.param == "memory":
        yield MemoryVectors()
        return
    if request.param == "elastic":
        url, prefix = request.getfixturevalue("elastic_server").url, secrets.token_hex(6)
        opened = ElasticVectors(url, prefix=f"contract-{prefix}", clock=SystemClock())
        yield opened
        opened.close()
        return
    sizes = {"faiss": Sizes(), "faiss scans": SCANNED, "faiss sealed": SEALED}[request.param]
    found = (SealedAtOnce if sizes is SEALED else FaissIndex)(tmp_path / "vectors", sizes=sizes)
    yield found
    found.close()


def fan(count: int, camera: str = "camera-1") -> tuple[list[VectorRow], Vectors]:
    """Rows of a segment, each a degree further from EAST than the row before."""
    rows = [a_row(a_segment(camera), n) for n in range(count)]
    return rows, turned(*range(count))


def found(answer: VectorAnswer) -> list[VectorRow]:
    return [hit.row for hit in answer.hits]


def ask(
    index: VectorIndex,
    *,
    k: int = 10,
    interval: Interval = ALWAYS,
    cameras: frozenset[CameraId] | None = None,
    encoder: EncoderIdentity = ENCODER,
) -> VectorAnswer:
    return index.search(encoder, EAST, interval, cameras, k=k)


def test_an_empty_index_finds_nothing_and_missed_nothing(index: VectorIndex) -> None:
    answer = ask(index)
    assert answer.hits == ()
    assert (answer.scanned, answer.exhaustive, answer.unreadable) == (0, True, ())
    assert index.remove([a_segment().key]) == 0
    index.add(ENCODER, [], turned())
    assert ask(index).scanned == 0


def test_nothing_whole_is_set_aside(index: VectorIndex) -> None:
    index.add(ENCODER, *fan(3))
    assert index.damaged(ENCODER, ALWAYS) == ()
    day = Interval(MIDNIGHT - DAY, MIDNIGHT)
    assert index.set_aside(ENCODER, DamagedShard("said to be damaged", day)) is None
    assert ask(index).scanned == 3


def test_the_best_come_first_with_their_cosines(index: VectorIndex) -> None:
    rows, vectors = fan(90)
    index.add(ENCODER, rows, vectors)
    answer = ask(index, k=3)
    assert found(answer) == rows[:3]
    assert [hit.score for hit in answer.hits] == pytest.approx([1, 0.9998477, 0.9993908], abs=5e-4)
    assert answer.scanned == 90
    assert sum(part.eligible for part in answer.parts) in {0, 90}
    assert answer.recall == 1


def test_rows_come_back_whole(index: VectorIndex) -> None:
    row = a_row(a_segment(), 3, box=Box(1 / 3, 0.1, 0.2, 0.7))
    index.add(ENCODER, [row], EAST)
    assert found(ask(index)) == [row]


@pytest.mark.parametrize("k", [1, 19, 20, 21, 500])
def test_k_rows_come_whenever_there_are_as_many(index: VectorIndex, k: int) -> None:
    rows, vectors = fan(20)
    index.add(ENCODER, rows, vectors)
    assert found(ask(index, k=k)) == rows[:k]


def test_the_filter_acts_before_the_best_are_chosen(index: VectorIndex) -> None:
    near, near_vectors = fan(50)
    index.add(ENCODER, near, near_vectors)
    far = [a_row(a_segment("camera-2"), n) for n in range(5)]
    index.add(ENCODER, far, turned(170, 171, 172, 173, 174))
    answer = ask(index, k=5, cameras=frozenset({CameraId("camera-2")}))
    assert found(answer) == far
    assert answer.scanned == 5


@pytest.mark.parametrize(
    ("start_s", "end_s", "numbers"),
    [
        (0, 0.000001, [0]),
        (0.000001, 2, []),
        (2, 4, [1]),
        (2, 4.000001, [1, 2]),
        (-100, 0, []),
        (38.000001, 1_000, []),
        (1_000, 2_000, []),
    ],
)
def test_the_interval_is_kept_to_the_microsecond(
    index: VectorIndex, start_s: float, end_s: float, numbers: list[int]
) -> None:
    rows, vectors = fan(20)
    index.add(ENCODER, rows, vectors)
    answer = ask(index, interval=during(start_s, end_s))
    assert found(answer) == [rows[n] for n in numbers]
    assert answer.scanned == len(numbers)


def test_cameras_none_asks_all_and_an_empty_set_asks_none(index: VectorIndex) -> None:
    index.add(ENCODER, *fan(3))
    assert ask(index, cameras=None).scanned == 3
    assert ask(index, cameras=frozenset()).scanned == 0
    assert ask(index, cameras=frozenset({CameraId("camera-7")})).scanned == 0
    two = frozenset({CameraId("camera-1"), CameraId("camera-7")})
    assert ask(index, cameras=two).scanned == 3


def test_equal_scores_come_by_instant_camera_segment_offset_box(index: VectorIndex) -> None:
    one, two = a_segment("camera-1"), a_segment("camera-2")
    expected = [
        a_row(one, 0, box=Box(0, 0, 0.5, 0.5)),
        a_row(one, 0),
        a_row(two, 0),
        a_row(one, 1),
        a_row(two, 1),
        a_row(a_segment("camera-1", at(60)), 0),
    ]
    index.add(ENCODER, expected[::-1], turned(5, 5, 5, 5, 5, 5))
    assert found(ask(index)) == expected
    assert found(ask(index, k=2)) == expected[:2]


@pytest.mark.parametrize("k", [1, 7, 100])
def test_an_unchanged_scene_gives_more_equal_rows_than_asked(index: VectorIndex, k: int) -> None:
    rows = [a_row(a_segment(), n) for n in range(400)]
    index.add(ENCODER, rows[::-1], turned(*[5] * 400))
    assert found(ask(index, k=k)) == rows[:k]


def test_a_row_added_again_is_replaced(index: VectorIndex) -> None:
    rows, vectors = fan(10)
    index.add(ENCODER, rows, vectors)
    index.add(ENCODER, rows, vectors)
    assert ask(index).scanned == 10
    index.add(ENCODER, [rows[0]], turned(180))
    answer = ask(index)
    assert answer.scanned == 10
    assert found(answer) == [*rows[1:], rows[0]]


def test_of_one_row_given_twice_the_last_counts(index: VectorIndex) -> None:
    row = a_row(a_segment(), 0)
    index.add(ENCODER, [row, row], turned(90, 0))
    answer = ask(index)
    assert answer.scanned == 1
    assert answer.hits[0].score == pytest.approx(1)


def test_regions_of_a_keyframe_stand_beside_the_whole(index: VectorIndex) -> None:
    region = Box(0.5, 0.5, 0.25, 0.25)
    rows = [a_row(a_segment(), 0, box=WHOLE), a_row(a_segment(), 0, box=region)]
    index.add(ENCODER, rows, turned(10, 0))
    assert [row.box for row in found(ask(index))] == [region, WHOLE]


@pytest.mark.slow
def test_many_small_additions_are_one_index(index: VectorIndex) -> None:
    rows, _ = fan(40)
    for n, row in enumerate(rows):
        index.add(ENCODER, [row], turned(n))
    assert found(ask(index, k=40)) == rows


def test_rows_of_several_days_may_come_at_once(index: VectorIndex) -> None:
    segments = [a_segment(start=START + DAY * n) for n in range(3)]
    rows = [a_row(segment, 0) for segment in segments]
    index.add(ENCODER, rows, turned(20, 10, 0))
    assert found(ask(index)) == rows[::-1]
    second = Interval(START + DAY, START + DAY * 2)
    assert found(ask(index, interval=second)) == [rows[1]]
    assert index.remove([segment.key for segment in segments]) == 3


def test_a_segment_over_midnight_is_found_and_removed_on_both_sides(index: VectorIndex) -> None:
    across = a_segment(start=MIDNIGHT - Elapsed.seconds(2))
    rows = [a_row(across, n) for n in range(3)]
    index.add(ENCODER, rows, turned(0, 1, 2))
    assert found(ask(index)) == rows
    assert found(ask(index, interval=Interval(MIDNIGHT, MIDNIGHT + DAY))) == rows[1:]
    assert index.remove([across.key]) == 3
    assert ask(index).scanned == 0


def test_encoders_never_mix(index: VectorIndex) -> None:
    other = EncoderIdentity("other", "sha256:" + "b" * 64, ENCODER.dimension)
    row = a_row(a_segment(), 0)
    index.add(ENCODER, [row], turned(90))
    index.add(other, [row], EAST)
    assert ask(index).hits[0].score == pytest.approx(0, abs=1e-6)
    assert ask(index, encoder=other).hits[0].score == pytest.approx(1)
    assert ask(index, encoder=EncoderIdentity("no", "sha256:" + "c" * 64, 4)).scanned == 0


def test_remove_drops_the_rows_of_all_encoders_and_no_others(index: VectorIndex) -> None:
    other = EncoderIdentity("other", "sha256:" + "b" * 64, ENCODER.dimension)
    kept, kept_vectors = fan(5)
    dropped, dropped_vectors = fan(4, "camera-2")
    for encoder in (ENCODER, other):
        index.add(encoder, [*kept, *dropped], Vectors(4, kept_vectors.data + dropped_vectors.data))
    assert index.remove([dropped[0].segment, a_segment("camera-9").key]) == 8
    assert index.remove([dropped[0].segment]) == 0
    for encoder in (ENCODER, other):
        assert found(ask(index, encoder=encoder)) == kept
    assert index.remove([]) == 0
    assert index.remove([kept[0].segment]) == 10
    assert ask(index).scanned == 0


def test_what_is_held_is_told_by_day_and_camera(index: VectorIndex) -> None:
    rows, vectors = fan(2)
    index.add(ENCODER, rows, vectors)
    other = a_segment("camera-2", START + DAY)
    index.add(ENCODER, [a_row(other, 0)], EAST)
    today = Instant.parse("2026-11-22T00:00:00Z")
    one, two = frozenset({CameraId("camera-1")}), frozenset({CameraId("camera-2")})
    assert index.held(ENCODER, ALWAYS) == {today: one, today + DAY: two}
    assert index.held(ENCODER, during(0, 1)) == {today: one}
    assert index.held(replace(ENCODER, digest="sha256:" + "b" * 64), ALWAYS) == {}
    index.remove([rows[0].segment])
    assert index.held(ENCODER, ALWAYS) == {today + DAY: two}


@pytest.mark.parametrize("given", [0, 1, 3])
def test_each_row_needs_its_vector(index: VectorIndex, given: int) -> None:
    rows, _ = fan(2)
    with pytest.raises(BadInput):
        index.add(ENCODER, rows, turned(*range(given)))
    assert ask(index).scanned == 0


@pytest.mark.parametrize(
    ("query", "k"),
    [(Vectors(2, turned(0).data), 1), (turned(0, 1), 1), (turned(), 1), (EAST, 0), (EAST, -1)],
)
def test_a_query_is_one_row_of_the_dimension_and_asks_for_something(
    index: VectorIndex, query: Vectors, k: int
) -> None:
    with pytest.raises(BadInput):
        index.search(ENCODER, query, ALWAYS, None, k=k)


@pytest.mark.parametrize("number", [0.0, 2.0, float("nan"), float("inf")])
def test_vectors_that_are_not_of_length_one_are_refused(index: VectorIndex, number: float) -> None:
    import struct  # noqa: PLC0415 - of this test alone

    odd = Vectors(4, struct.pack("<4f", number, 0, 0, 0))
    with pytest.raises(BadInput):
        index.add(ENCODER, [a_row(a_segment(), 0)], odd)
    with pytest.raises(BadInput):
        index.search(ENCODER, odd, ALWAYS, None, k=1)


@pytest.mark.slow
def test_several_threads_add_without_losing_any(index: VectorIndex) -> None:
    batches = [[a_row(a_segment(f"camera-{c}"), n) for n in range(10)] for c in range(6)]

    def add(rows: Sequence[VectorRow]) -> None:
        for row in rows:
            index.add(ENCODER, [row], EAST)

    with ThreadPoolExecutor(6) as pool:
        adding = [pool.submit(add, rows) for rows in batches]
        scans = [ask(index).scanned for _ in range(20)]
        for each in adding:
            each.result()
    assert scans == sorted(scans)
    answer = ask(index, k=100)
    assert answer.scanned == 60
    assert answer.unreadable == ()
