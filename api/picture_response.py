"""Pictures of an instant that are given out: the view that makes one, and the response."""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Response

from api.deps import Services
from api.reach import require_whole
from api.recorded import MOMENT, recorded, view_of
from footage.access import Reach
from footage.action import Purpose
from footage.custody import bracket
from footage.ids import CameraId
from footage.instant import Instant, Interval
from footage.segment import Segment


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as JPEG, and the wall time from which on the camera showed it.

    Attributes:
        keyframe: Byte offset in the segment of the keyframe that the picture is; None for the
            picture of another frame.
    """

    jpeg: bytes
    instant: Instant
    keyframe: int | None = None


def picture_at(
    services: Services,
    purpose: Purpose,
    reach: Reach,
    at: tuple[CameraId, Instant],
    kind: str,
    make: Callable[[Segment], Picture],
) -> Response:
    """Return the response that gives out a picture of an instant; a view (invariant 7).

    Args:
        services: The services of the API.
        purpose: Person who asks, case and purpose.
        reach: Footage that the person may watch.
        at: Camera and instant.
        kind: Name of such pictures in the custody log.
        make: Makes the picture of a segment that holds the instant: of several recordings the one
            that began last.
    """
    camera, instant = at
    moment = Interval(instant, instant + MOMENT)
    with bracket(services.custody, view_of(purpose, camera, moment, MOMENT, **{kind: True})) as act:
        require_whole(services.register, reach, [camera], moment)
        segments, _ = recorded(services, camera, moment)
        segment = segments[-1]
        picture = make(segment)
        act.result |= {"segment": segment.key, "instant": str(picture.instant)}
        act.result["bytes"] = len(picture.jpeg)
    headers = {
        "Footage-Instant": str(picture.instant),
        "Footage-Uncertainty": f"{segment.clock.uncertainty.in_seconds:.6f}",
    }
    if picture.keyframe is not None:
        headers["Footage-Keyframe"] = f"{segment.key}#{picture.keyframe}"
    return Response(picture.jpeg, media_type="image/jpeg", headers=headers)
