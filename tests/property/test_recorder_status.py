"""Lost time by reason is the union of the final gaps, however often and in what order told."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from footage.clock import SimulatedClock
from footage.ids import CameraId
from footage.instant import ZERO, Elapsed, Instant, Interval, total
from footage.span import Gap, GapReason
from recorder.ports import Event, EventKind
from recorder.status.status import RecorderStatus

CAMERA = CameraId("camera-1")
ORIGIN = Instant.parse("2026-11-22T15:00:00Z")

intervals = st.builds(
    lambda start, length: Interval(ORIGIN + Elapsed(start), ORIGIN + Elapsed(start + length)),
    st.integers(0, 300_000_000),
    st.integers(1, 90_000_000),
)
gaps = st.builds(Gap, st.just(CAMERA), intervals, st.sampled_from(GapReason))


@settings(deadline=None)
@given(st.data(), st.lists(gaps, max_size=12))
def test_lost_time_is_the_union_of_the_final_gaps(data: st.DataObject, known: list[Gap]) -> None:
    standing = RecorderStatus(SimulatedClock(ORIGIN))
    shown: list[dict[GapReason, Elapsed]] = []
    for gap in known:
        length = gap.interval.length.us
        grown = data.draw(st.lists(st.integers(1, length + 5_000_000), max_size=4).map(sorted))
        for us in grown:  # it may even grow past its end: the first frame is older than its news
            part = Interval(gap.interval.start, gap.interval.start + Elapsed(us))
            _tell(standing, Gap(CAMERA, part, gap.reason), final=False)
            shown.append(_counted(standing))
        for _ in range(data.draw(st.integers(1, 2))):
            _tell(standing, gap, final=True)
            shown.append(_counted(standing))
    lost = standing.snapshot().cameras[0].lost if known else {}
    assert lost == {
        reason: total(gap.interval for gap in known if gap.reason is reason)
        for reason in {gap.reason for gap in known}
    }
    for former, later in pairwise(shown):
        assert all(later[reason] >= length for reason, length in former.items())
    assert all(_counted(standing).get(reason, ZERO) >= length for reason, length in lost.items())


def _tell(standing: RecorderStatus, gap: Gap, *, final: bool) -> None:
    standing.take(Event(EventKind.GAP, CAMERA, "", gap=gap, final=final))


def _counted(standing: RecorderStatus) -> dict[GapReason, Elapsed]:
    return dict(standing.snapshot().cameras[0].counted)
