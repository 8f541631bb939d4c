"""Response that gives out a picture of an instant."""

from fastapi import Response

from footage.instant import Instant
from footage.segment import Segment


def picture_response(jpeg: bytes, instant: Instant, segment: Segment) -> Response:
    """Return the response that gives a picture out, and says since when the picture was shown.

    Args:
        jpeg: The picture.
        instant: Time from which on the camera showed the picture.
        segment: The segment that holds the picture; tells by how much the time may be wrong.
    """
    headers = {
        "Footage-Instant": str(instant),
        "Footage-Uncertainty": f"{segment.clock.uncertainty.in_seconds:.6f}",
    }
    return Response(jpeg, media_type="image/jpeg", headers=headers)
