"""Route that decodes the picture of a keyframe when asked for."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Response

from api.deps import For, Ready, Services
from api.jpeg import to_jpeg
from api.reach import require_segment
from api.rules import Reaching, rule
from footage.access import Permission, Reach
from footage.action import Action, Deed, Purpose
from footage.custody import bracket
from footage.ids import SegmentKey
from footage.objectkey import ObjectKey

router = APIRouter(tags=["pictures"])

LONGEST_KEY: Final = 300
"""Site and camera have up to 64 characters each."""
LARGEST_OFFSET: Final = 1 << 40
"""A segment of five minutes has some 150 MB; 2**63 would not fit the catalogue's numbers."""


@router.get(
    "/keyframes/{segment:path}",
    operation_id="get_keyframe",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}},
    **rule(Permission.WATCH, enters=Action.VIEW),
)
async def get_keyframe(
    services: Ready,
    purpose: For,
    reach: Reaching,
    segment: Annotated[str, Path(max_length=LONGEST_KEY)],
    offset: Annotated[
        int,
        Query(
            ge=0,
            le=LARGEST_OFFSET,
            description="Byte offset of the keyframe: the number behind # of a thumbnail.",
        ),
    ],
) -> Response:
    """Return the keyframe as JPEG; counts as a view in the custody log (invariant 7)."""
    key = ObjectKey.parse(segment).segment
    picture = await services.decoding.run(lambda: view(services, purpose, reach, key, offset))
    return Response(picture, media_type="image/jpeg")


def view(
    services: Services, purpose: Purpose, reach: Reach, segment: SegmentKey, offset: int
) -> bytes:
    """Make the JPEG of a keyframe, entered as a view in the custody log (invariant 7)."""
    deed = Deed(Action.VIEW, purpose, {"segment": segment, "offset": offset})
    with bracket(services.custody, deed) as act:
        require_segment(services.register, services.catalogue, reach, segment)
        picture = to_jpeg(services.pictures.picture(segment, offset))
        act.result["bytes"] = len(picture)
        return picture
