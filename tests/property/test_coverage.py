from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from footage.ids import CameraId
from footage.instant import DAY, ZERO, Elapsed, Instant, Interval, total
from footage.span import JOIN_TOLERANCE, Gap, GapReason
from search.coverage import Coverage, coverage
from tests.common.builders import a_segment, at
from tests.common.summaries import facts_of
from tests.common.tiers import examples

if TYPE_CHECKING:
    from collections.abc import Collection

    from footage.ids import SegmentKey
    from footage.segment import Segment
    from search.coverage import Facts

CAMERAS = ("camera-1", "camera-2")
MIDNIGHT = at(0).floor(DAY) + DAY
MIDNIGHT_S = int((MIDNIGHT - at(0)).in_seconds)
seconds = st.one_of(st.integers(0, 600), st.integers(MIDNIGHT_S - 300, MIDNIGHT_S + 300))


@dataclass(frozen=True)
class Drawn:
    """A question and its answer, with what the answer is computed from."""

    interval: Interval
    segments: list[Segment]
    indexed: Collection[SegmentKey]
    unreadable: Collection[SegmentKey]
    facts: Facts
    found: Coverage


@st.composite
def segments(draw: st.DrawFn) -> list[Segment]:
    """Segments anywhere, and segments that follow the one before, at once or after a hole."""
    drawn = draw(
        st.lists(
            st.tuples(
                st.sampled_from(CAMERAS),
                seconds,
                st.integers(1, 120),
                st.sampled_from(("run-1", "run-2")),
                st.one_of(st.none(), st.sampled_from((0, 0.3, 1, 2))),
            ),
            max_size=8,
        )
    )
    made: list[Segment] = []
    for number, (camera, start, length, run, hole_s) in enumerate(drawn):
        if made and hole_s is not None:
            last = made[-1]
            after = last.interval.end + Elapsed.seconds(hole_s)
            made.append(a_segment(last.camera, after, seconds=length, number=number, run=last.run))
        else:
            made.append(a_segment(camera, at(start), seconds=length, number=number, run=run))
    return made


@st.composite
def gaps(draw: st.DrawFn) -> list[Gap]:
    drawn = draw(
        st.lists(
            st.tuples(
                st.sampled_from(CAMERAS),
                seconds,
                st.integers(1, 200),
                st.sampled_from(list(GapReason)),
            ),
            max_size=5,
        )
    )
    return [
        Gap(CameraId(camera), Interval(at(start), at(start + length)), reason)
        for camera, start, length, reason in drawn
    ]


@st.composite
def answers(draw: st.DrawFn) -> Drawn:
    stored = draw(segments())
    keys = [segment.key for segment in stored]
    some = st.sets(st.sampled_from(keys)) if keys else st.just(set())
    indexed, unreadable = draw(some), draw(some)
    shards = draw(st.sampled_from(((), ("abc/2026-11-22",), ("abc/2026-11-21",), ("shard",))))
    facts = facts_of(stored, draw(gaps()), indexed, unreadable, shards)
    start = draw(seconds)
    interval = Interval(at(start), at(start + draw(st.integers(1, 600))))
    now = at(draw(st.one_of(st.integers(-100, 1300), st.just(2 * MIDNIGHT_S))))
    cameras = [CameraId(camera) for camera in CAMERAS]
    found = coverage(dict.fromkeys(cameras, (interval,)), facts, now)
    return Drawn(interval, stored, indexed, unreadable, facts, found)


@given(answers())
@examples(300)
def test_coverage_adds_up_to_the_microsecond(
    drawn: Drawn,
) -> None:
    interval, found = drawn.interval, drawn.found
    assert found.asked == interval.length * len(CAMERAS)
    missed = sum((missing.interval.length for missing in found.missing), ZERO)
    assert found.searched + missed == found.asked
    assert found.asked >= found.recorded >= found.indexed >= found.searched >= ZERO
    unstored = {*(reason.value for reason in GapReason), "future"}
    holes = [m.interval.length for m in found.missing if m.reason in unstored]
    assert found.recorded + sum(holes, ZERO) == found.asked
    waiting = [m.interval.length for m in found.missing if m.reason == "not_indexed"]
    assert found.indexed + sum(waiting, ZERO) == found.recorded


@given(answers())
@examples(200)
def test_missing_parts_of_a_camera_never_overlap_and_lie_inside_what_was_asked(
    drawn: Drawn,
) -> None:
    interval, found = drawn.interval, drawn.found
    for camera in CAMERAS:
        mine = [m.interval for m in found.missing if m.camera == camera]
        assert all(interval.covers(part) for part in mine)
        assert total(mine) == sum((part.length for part in mine), ZERO)


@given(answers())
@examples(200)
def test_nothing_counts_as_searched_that_only_unlooked_segments_hold(
    drawn: Drawn,
) -> None:
    interval, found = drawn.interval, drawn.found
    looked = [s for s in drawn.segments if s.key in drawn.indexed]
    hair = total(
        part
        for camera in CAMERAS
        for part in interval.less(s.interval for s in drawn.segments if s.camera == camera)
        if part.length.us <= JOIN_TOLERANCE.us
    )
    most = ZERO
    for camera in CAMERAS:
        clipped = [s.interval.clip(interval) for s in looked if s.camera == camera]
        most += total(part for part in clipped if part)
    assert found.searched <= most + hair


@given(answers())
@examples(300)
def test_coverage_from_summaries_is_that_of_the_segments_and_marks(drawn: Drawn) -> None:
    """Each stretch between two instants at which anything changes is judged by itself.

    Only in a hole that a span bridges, between a segment looked at and another, either answer is
    right.
    """
    shard_days = {shard.rpartition("/")[2] for shard in drawn.facts.shards}
    for camera in CAMERAS:
        mine = [s for s in drawn.segments if s.camera == camera]
        missing = [m for m in drawn.found.missing if m.camera == camera]
        parts = [*(s.interval for s in mine), *(m.interval for m in missing)]
        edges = {edge for part in parts for edge in (part.start, part.end)}
        edges |= {drawn.interval.start, MIDNIGHT}
        for instant in sorted(edge for edge in edges if edge in drawn.interval):
            told = [m.reason for m in missing if instant in m.interval] or ["searched"]
            assert told[0] in _right(instant, mine, drawn, shard_days), instant


@given(
    hole_ms=st.integers(1, 1_000),
    other_ms=st.integers(-2_000, 3_000),
    length_ms=st.integers(1, 3_000),
    looked=st.booleans(),
)
def test_time_between_segments_is_searched_unless_another_run_holds_it_unlooked(
    hole_ms: int, other_ms: int, length_ms: int, *, looked: bool
) -> None:
    second = 10 + hole_ms / 1_000
    row = [a_segment(start=at(start), seconds=10, run="run-1") for start in (0, second)]
    other = a_segment(
        start=at(10 + other_ms / 1_000), seconds=length_ms / 1_000, number=1, run="run-2"
    )
    hole = Interval(row[0].interval.end, row[1].interval.start)
    indexed = [segment.key for segment in (*row, *([other] if looked else []))]
    asked = Interval(row[0].interval.start, row[1].interval.end)
    found = coverage({CameraId("camera-1"): (asked,)}, facts_of([*row, other], [], indexed), at(99))
    held = None if looked else other.interval.clip(hole)
    assert [(m.interval, m.reason) for m in found.missing] == (
        [(held, "not_indexed")] if held else []
    )


def _right(
    instant: Instant, mine: list[Segment], drawn: Drawn, shard_days: set[str]
) -> Collection[str]:
    """Return the right answers for an instant: the reason it was not searched, or "searched"."""
    here = [segment for segment in mine if instant in segment.interval]
    between = [] if here else [group for group in _bridges(mine) if _between(instant, group)]
    if not here and not between:
        return {*(reason.value for reason in GapReason), "future"}
    bad_shard = "shard" in shard_days or str(instant)[:10] in shard_days
    fine = "shard_unreadable" if bad_shard else "searched"
    if between:
        looked = [[one.key in drawn.indexed for one in group] for group in between]
        unread = any(one.key in drawn.unreadable for group in between for one in group)
        if len(between) == 1 and not unread and len(set(looked[0])) == 1:
            return {fine} if looked[0][0] else {"not_indexed"}
        return {"not_indexed", "keyframes_unreadable", fine}
    if not any(segment.key in drawn.indexed for segment in here):
        return {"not_indexed"}  # also where another run, which was looked at, bridges this moment
    if any(segment.key in drawn.unreadable for segment in here):
        return {"keyframes_unreadable"}
    return {fine}


def _bridges(mine: list[Segment]) -> list[list[Segment]]:
    """Return groups of segments of a run with a hole before the last that counts as recorded.

    A group is two neighbours, and where segments overlap also the one that ends last before.
    """
    groups: list[list[Segment]] = []
    for run in ("run-1", "run-2"):
        own = sorted((s for s in mine if s.run == run), key=lambda s: s.interval)
        for number, after in enumerate(own[1:], start=1):
            latest = max(own[:number], key=lambda s: s.interval.end)
            end = latest.interval.end
            if end < after.interval.start <= end + JOIN_TOLERANCE:
                groups.append([latest, own[number - 1], after])
    return groups


def _between(instant: Instant, group: list[Segment]) -> bool:
    return group[0].interval.end <= instant < group[-1].interval.start
