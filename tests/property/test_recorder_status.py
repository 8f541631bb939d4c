"""The recorder's status after any events: lost time by reason, and lasting troubles."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from footage.clock import SimulatedClock
from footage.ids import CameraId
from footage.instant import ZERO, Elapsed, Instant, Interval, total
from footage.span import Gap, GapReason
from recorder.capture.messages import mask
from recorder.capture.state_machine import Phase
from recorder.events import (
    Alarm,
    ClockStepped,
    GapRecorded,
    Note,
    PhaseChanged,
    SegmentSpooled,
    SegmentStored,
    Trouble,
    TroubleBegan,
    TroubleEnded,
    TroubleSource,
    WorkFailed,
)
from recorder.status.status import RecorderStatus
from recorder.timing.timekeeper import Step
from tests.common.builders import a_segment

if TYPE_CHECKING:
    from recorder.events import Event

CAMERA = CameraId("camera-1")
ORIGIN = Instant.parse("2026-11-22T15:00:00Z")

intervals = st.builds(
    lambda start, length: Interval(ORIGIN + Elapsed(start), ORIGIN + Elapsed(start + length)),
    st.integers(0, 300_000_000),
    st.integers(1, 90_000_000),
)
gaps = st.builds(Gap, st.just(CAMERA), intervals, st.sampled_from(GapReason))


@given(st.data(), st.lists(gaps, max_size=12))
def test_lost_time_is_the_union_of_the_final_gaps(data: st.DataObject, known: list[Gap]) -> None:
    status = RecorderStatus(SimulatedClock(ORIGIN))
    shown: list[dict[GapReason, Elapsed]] = []
    for gap in known:
        length = gap.interval.length.us
        grown = data.draw(st.lists(st.integers(1, length + 5_000_000), max_size=4).map(sorted))
        for us in grown:  # it may even grow past its end: the first frame is older than its news
            part = Interval(gap.interval.start, gap.interval.start + Elapsed(us))
            _tell(status, Gap(CAMERA, part, gap.reason), final=False)
            shown.append(_counted(status))
        for _ in range(data.draw(st.integers(1, 2))):
            _tell(status, gap, final=True)
            shown.append(_counted(status))
    lost = status.snapshot().cameras[0].lost if known else {}
    assert lost == {
        reason: total(gap.interval for gap in known if gap.reason is reason)
        for reason in {gap.reason for gap in known}
    }
    for former, later in pairwise(shown):
        assert all(later[reason] >= length for reason, length in former.items())
    assert all(_counted(status).get(reason, ZERO) >= length for reason, length in lost.items())


texts = st.sampled_from(
    ("", "over: ", "Over: it works", "x failed", "recording gaps failed: KeyError()", "a: b: c")
) | st.text(max_size=12)
troubles = st.builds(
    Trouble,
    st.sampled_from(TroubleSource),
    st.sampled_from((None, None, None, CAMERA)),
    st.integers(0, 1),
)
segments = st.builds(a_segment, st.sampled_from(("camera-1", "camera-2")))
events = st.one_of(
    st.builds(TroubleBegan, troubles, texts),
    st.builds(TroubleEnded, troubles, texts),
    st.builds(SegmentSpooled, segments),
    st.builds(SegmentStored, segments),
    st.builds(GapRecorded, gaps, st.booleans()),
    st.builds(PhaseChanged, st.just(CAMERA), st.sampled_from(Phase), texts),
    st.builds(Note, st.sampled_from((None, CAMERA)), texts),
    st.builds(Alarm, st.sampled_from((None, CAMERA)), texts),
    st.builds(WorkFailed, st.just(CAMERA), texts),
    st.builds(ClockStepped, st.builds(Step, st.builds(Elapsed, st.integers()), st.booleans())),
)


@given(st.lists(st.tuples(st.integers(0, 2_000), events), max_size=30))
def test_a_trouble_lasts_from_its_begin_to_its_own_end(story: list[tuple[int, Event]]) -> None:
    clock = SimulatedClock(ORIGIN)
    status = RecorderStatus(clock)
    lasting: dict[Trouble, tuple[Elapsed, str]] = {}  # as they began
    for seconds, event in story:
        clock.sleep(Elapsed.seconds(seconds))
        status.apply(event)
        if isinstance(event, TroubleBegan) and event.trouble.camera is None:
            since, _ = lasting.get(event.trouble, (clock.monotonic(), ""))
            lasting[event.trouble] = (since, mask(event.text))
        if isinstance(event, TroubleEnded):
            lasting.pop(event.trouble, None)
        node = status.snapshot().node
        since, text = next(iter(lasting.values()), (clock.monotonic(), ""))
        assert (node.trouble, node.trouble_for) == (text, clock.monotonic() - since)


def _tell(status: RecorderStatus, gap: Gap, *, final: bool) -> None:
    status.apply(GapRecorded(gap, final=final))


def _counted(status: RecorderStatus) -> dict[GapReason, Elapsed]:
    return dict(status.snapshot().cameras[0].counted)
