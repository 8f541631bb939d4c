"""Moments of a camera are disjoint and lie in recorded time, whatever was found and looked at."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from footage.ids import CameraId, SegmentKey
from footage.instant import Instant, Interval
from footage.keyframe import WHOLE, Box, Gate, Keyframe
from footage.ports import VectorHit, VectorRow
from search.looks import Looks, to_read
from search.merging import LONGEST, count, merge
from search.moments import not_in
from search.stretches import union
from tests.common.builders import START
from tests.common.tiers import examples

CAMERAS = [CameraId("a"), CameraId("b")]
BOXES = [WHOLE, Box(0.1, 0.1, 0.2, 0.2), Box(0.12, 0.1, 0.2, 0.2), Box(0.7, 0.1, 0.3, 0.2)]
LEAST = 0.5
SECOND = 1_000_000


def instant(tenths: int) -> Instant:
    return Instant(START.us + tenths * SECOND // 10)


@st.composite
def cities(
    draw: st.DrawFn,
) -> tuple[list[VectorHit], dict[CameraId, list[tuple[int, int]]], dict[CameraId, Looks]]:
    """Recorded time, pictures looked at, and hits on the embedded ones, of two cameras."""
    hits: list[VectorHit] = []
    recorded: dict[CameraId, list[tuple[int, int]]] = {}
    looks: dict[CameraId, Looks] = {}
    for camera in CAMERAS:
        parts = draw(st.lists(st.tuples(st.integers(0, 4_000), st.integers(1, 3_000)), max_size=4))
        recorded[camera] = union((instant(a).us, instant(a + n).us) for a, n in parts)
        every = draw(st.integers(1, 60))
        gates = draw(st.lists(st.sampled_from(Gate), min_size=1, max_size=120))
        pictures = [
            Keyframe(camera, instant(n * every), SegmentKey("s"), n, 1, gate)
            for n, gate in enumerate(gates)
        ]
        mine = [
            VectorHit(
                VectorRow(camera, picture.instant, picture.segment, picture.offset, 1, box),
                draw(st.sampled_from([0.1, 0.46, 0.5, 0.52, 0.55, 0.9])),
            )
            for picture in pictures
            if picture.gate in {Gate.CHANGED, Gate.HEARTBEAT}
            for box in draw(st.sets(st.sampled_from(BOXES), max_size=2))
        ]
        if draw(st.booleans()) and mine:
            read = to_read([h.row.instant for h in mine], mine[0].row.instant)
            known = [p for p in pictures if any(p.instant in part for part in read)]
            looks[camera] = Looks.of(known, read)
        hits += mine
    return hits, recorded, looks


@given(cities())
@examples(150)
def test_moments_are_disjoint_and_recorded_and_hold_every_hit(
    city: tuple[list[VectorHit], dict[CameraId, list[tuple[int, int]]], dict[CameraId, Looks]],
) -> None:
    hits, recorded, looks = city
    found = merge(hits, recorded, looks, least=LEAST)
    held = [
        hit
        for hit in hits
        if hit.score >= LEAST
        and any(a <= hit.row.instant.us < b for a, b in recorded[hit.row.camera])
    ]
    assert sum(moment.hits for moment in found) == len(held)
    assert [m.score for m in found] == sorted((m.score for m in found), reverse=True)
    for camera in CAMERAS:
        mine = [moment for moment in found if moment.camera == camera]
        parts = sorted(part for moment in mine for part in moment.parts)
        assert all(before.end <= after.start for before, after in pairwise(parts))
        for moment in mine:
            _judge(moment.parts, recorded[camera])
            assert moment.best.row.instant in moment.interval
            assert moment.best.score >= LEAST
            if not moment.still:
                # Time in which the mover stood does not count, and is as long at most.
                assert moment.interval.length.us <= 2 * LONGEST.us + 60 * SECOND // 10
                assert not moment.also
    left = not_in(found, hits)
    assert not [hit for hit in left if hit in held]
    assert count(left, recorded, looks) == len(merge(left, recorded, looks))
    assert count(hits, recorded) == len(merge(hits, recorded))


def _judge(parts: tuple[Interval, ...], recorded: list[tuple[int, int]]) -> None:
    for part in parts:
        assert any(a <= part.start.us and part.end.us <= b for a, b in recorded)
