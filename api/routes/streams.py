"""Route that tells how footage is coded, so that a page knows whether its browser plays it."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from fastapi import APIRouter

from api.bodies.streams import StreamOut, StreamsOut
from api.bodies.wire import Id
from api.deps import Ready, Services, Stretch
from api.reach import require_whole
from api.recorded import recorded, require_length
from api.rules import Reaching, rule
from footage.access import Permission
from footage.errors import DataLoss, NotFound
from footage.ids import camera_id
from footage.instant import DAY
from footage.segment import Segment
from footage.stream_kind import StreamKind, stream_kind

router = APIRouter(tags=["video"])

LONGEST: Final = DAY
MOST_READ: Final = 500
"""Most inits read for an answer, one of each run: a camera that restarts more often is seldom."""


@router.get(
    "/cameras/{camera}/streams",
    operation_id="get_streams",
    **rule(Permission.READ_TIMELINES, because="says how pictures are coded, and shows none"),
)
def get_streams(services: Ready, reach: Reaching, camera: Id, interval: Stretch) -> StreamsOut:
    """Return how the footage of an interval of up to a day is coded, and what browsers play of it.

    Read from the init of each run, which all segments of the run share.
    """
    asking = camera_id(camera)
    require_length(interval, LONGEST)
    require_whole(services.register, reach, [asking], interval)
    segments, _ = recorded(services, asking, interval)
    return StreamsOut(camera=asking, streams=list(_streams(services, segments)))


def _streams(services: Services, segments: Sequence[Segment]) -> Iterator[StreamOut]:
    runs = [list(run) for _, run in groupby(segments, key=_coding)]
    told = [
        (_kind(services, run[0]) if number < MOST_READ else None, run)
        for number, run in enumerate(runs)
    ]
    for (kind, codec, width, height), same in groupby(
        told, key=lambda one: (one[0], *_seen(one[1][0]))
    ):
        stretch = [segment for _, run in same for segment in run]
        yield StreamOut(
            start=str(stretch[0].interval.start),
            end=str(max(one.interval.end for one in stretch)),
            segments=len(stretch),
            codec=codec,
            width=width,
            height=height,
            codecs=kind.codecs if kind else None,
            browser_plays=kind.plays if kind else None,
            why=kind.why if kind else "not looked at",
        )


def _seen(segment: Segment) -> tuple[str, int, int]:
    return segment.media.codec, segment.media.width, segment.media.height


def _coding(segment: Segment) -> tuple[object, ...]:
    return segment.run, segment.media.init_bytes, *_seen(segment)


def _kind(services: Services, segment: Segment) -> StreamKind | None:
    try:
        init = services.store.get(segment.key, offset=0, length=segment.media.init_bytes)
        return stream_kind(init)
    except (NotFound, DataLoss):  # deleted meanwhile, or faulty: whoever plays it is told why
        return None
