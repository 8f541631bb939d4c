"""Route that decodes the picture of a keyframe when asked for."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.deps import For, Ready
from api.jpeg import to_jpeg
from footage.action import Action, Deed
from footage.custody import bracket
from footage.objectkey import ObjectKey

router = APIRouter(tags=["pictures"])


@router.get(
    "/keyframes/{segment:path}",
    operation_id="get_keyframe",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}},
)
def get_keyframe(
    services: Ready,
    purpose: For,
    segment: str,
    offset: Annotated[
        int,
        Query(ge=0, description="Byte offset of the keyframe: the number behind # of a thumbnail."),
    ],
) -> Response:
    """Return the keyframe as JPEG; counts as a view in the custody log (invariant 7)."""
    key = ObjectKey.parse(segment).segment
    deed = Deed(Action.VIEW, purpose, {"segment": key, "offset": offset})
    with bracket(services.custody, deed) as act:
        picture = to_jpeg(services.pictures.picture(key, offset))
        act.result["bytes"] = len(picture)
    # A keyframe never changes (invariant 1), but each showing is a view: no cache may keep it.
    return Response(picture, media_type="image/jpeg", headers={"Cache-Control": "no-store"})
