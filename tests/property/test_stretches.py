"""Stretches, as numbers, say the same as spans, gaps and intervals do as objects."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footage.day import DaySegment, DayTimes, summarise
from footage.errors import DataLoss
from footage.ids import CameraId, RunId
from footage.instant import DAY, Instant, Interval, union
from footage.span import Span, tile
from infra.catalogues import documents
from search import stretches
from tests.common.builders import START, segments_in_a_row

if TYPE_CHECKING:
    from search.stretches import Recorded, Stretch

CAMERA = CameraId("camera-1")
WINDOW = (2_000_000, 9_000_000)
HALF_S = 500_000
"""Half of the time that joins segments."""
PAIRS = st.builds(
    lambda start, length: (start * HALF_S, (start + length) * HALF_S),
    st.integers(0, 24),
    st.integers(1, 8),
)
RUNS = st.sampled_from([RunId("run-1"), RunId("run-2")])
RECORDED = st.lists(st.builds(lambda pair, run: (*pair, run), PAIRS, RUNS), max_size=7)


def intervals(pairs: list[Stretch]) -> list[Interval]:
    return [stretches.interval(pair) for pair in pairs]


@given(RECORDED)
def test_stored_time_and_holes_are_those_of_a_tiled_timeline(recorded: list[Recorded]) -> None:
    spans = [Span(CAMERA, Interval(Instant(a), Instant(b)), 1, run) for a, b, run in recorded]
    tiled = tile(CAMERA, stretches.interval(WINDOW), spans, ())
    stored = stretches.stored(WINDOW, recorded)
    assert intervals(stored) == [span.interval for span in tiled.spans]
    assert intervals(stretches.holes(WINDOW, stored)) == [gap.interval for gap in tiled.gaps]


@given(st.lists(PAIRS, max_size=6), st.lists(PAIRS, max_size=6))
def test_merged_and_cut_stretches_are_those_of_intervals(
    parts: list[Stretch], others: list[Stretch]
) -> None:
    merged = stretches.union(others)
    assert intervals(merged) == union(intervals(others))
    inside, outside = stretches.taken(parts, merged)
    left = [rest for part in intervals(parts) for rest in part.less(intervals(merged))]
    assert intervals(outside) == left
    kept = [cut for part in intervals(parts) for cut in part.less(intervals(outside))]
    assert union(intervals(inside)) == union(kept)
    whole = stretches.length(parts)
    assert stretches.length(inside) + stretches.length(outside) == whole


DAY_DOCUMENT = documents.day_document(
    summarise(CAMERA, START.floor(DAY), [DaySegment.of(s, {"mark"}) for s in segments_in_a_row(2)])
)
WRONG = st.sampled_from([None, True, 1.5, -1, 0, 7, "7", "x", "", [], [1], ["x"], {}, {"x": [0]}])


@given(WRONG, st.data())
def test_a_malformed_summary_is_refused_in_numbers_as_in_objects(
    wrong: object, data: st.DataObject
) -> None:
    document = json.loads(json.dumps(DAY_DOCUMENT))
    at, key = document, data.draw(st.sampled_from(sorted(document)))
    while isinstance(at[key], list | dict) and at[key] and data.draw(st.booleans()):
        at = at[key]
        key = data.draw(st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at))))
    at[key] = wrong
    try:
        summary = documents.day_from(document)
    except DataLoss:
        with pytest.raises(DataLoss):
            documents.day_times_from(document)
    else:
        assert documents.day_times_from(document) == DayTimes.of(summary)
