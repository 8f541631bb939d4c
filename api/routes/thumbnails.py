"""Routes that give small pictures: a thumbnail near an instant, and sprites of an interval."""

from enum import IntEnum
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response

from api import sprites
from api.bodies.sprites import SpritesOut
from api.bodies.wire import TIME_TEXT, Id, plain
from api.deps import For, Ready, Services, Stretch, asked_interval
from api.kept import find, keep
from api.nearest_keyframe import Place, nearest, places
from api.picture_response import picture_response
from api.reach import require_whole
from api.recorded import MOMENT, all_told, recorded, require_length, view_of
from api.rules import Reaching, rule
from api.sprite_sheet import Sheet, draw
from api.sprites import MOST_TILES, Plan, Tile
from api.thumbnails import Thumbnail, thumbnail
from footage.access import Permission, Reach
from footage.action import Action, Purpose
from footage.custody import Act, bracket
from footage.errors import Conflict
from footage.ids import CameraId, SegmentKey, camera_id
from footage.instant import DAY, Instant, Interval
from footage.scope import Scope
from footage.segment import Segment
from footage.span import Timeline

router = APIRouter(tags=["pictures"])

LONGEST: Final = DAY
_JPEG: Final[dict[str, Any]] = {"content": {"image/jpeg": {}}}


class ThumbnailWidth(IntEnum):
    """Pixels across of a thumbnail: a few, so that a picture kept serves many requests."""

    SMALL = 160
    MEDIUM = 320
    LARGE = 640


class TileWidth(IntEnum):
    """Pixels across of a tile; `api.sprites.SIZES` has the heights."""

    SMALL = 96
    MEDIUM = 128
    LARGE = 160


Tiles = Annotated[int, Query(ge=1, le=MOST_TILES, description="Equal slots of the interval.")]
Across = Annotated[TileWidth, Query(description="Pixels across of a tile.")]
PlanDigest = Annotated[
    str, Query(pattern=r"^[0-9a-f]{32}$", description="From the index: the sheet it describes.")
]


@router.get(
    "/cameras/{camera}/thumbnail",
    operation_id="get_thumbnail",
    response_class=Response,
    responses={HTTPStatus.OK.value: _JPEG},
    **rule(Permission.WATCH, enters=Action.VIEW),
)
async def get_thumbnail(
    services: Ready,
    purpose: For,
    reach: Reaching,
    camera: Id,
    at: Annotated[str, Query(**plain(100), description=TIME_TEXT)],
    width: Annotated[
        ThumbnailWidth, Query(description="Pixels across, at most: never scaled up.")
    ] = ThumbnailWidth.MEDIUM,
) -> Response:
    """Return the keyframe nearest to an instant as a small JPEG; a view (invariant 7).

    Of the segment that holds the instant. `Footage-Instant` says since when the picture was shown,
    `Footage-Uncertainty` by how many seconds that time may be wrong, `Footage-Keyframe` which
    keyframe it is, as a search takes an example (`like`). Where nothing is recorded, a 404 gives
    the gap's reason. The picture of the very instant is the still.
    """
    asking = camera_id(camera)

    def view() -> tuple[Thumbnail, Segment]:
        instant = asked_interval(services, Scope.parse([camera]), None, at).end
        return _view(services, purpose, reach, asking, instant, width)

    small, segment = await services.decoding.run(view)
    response = picture_response(small.jpeg, small.instant, segment)
    response.headers["Footage-Keyframe"] = f"{segment.key}#{small.offset}"
    return response


@router.get(
    "/cameras/{camera}/sprites",
    operation_id="get_sprites",
    **rule(Permission.READ_TIMELINES, because="the index of a sheet shows no picture"),
)
async def get_sprites(
    services: Ready,
    purpose: For,
    reach: Reaching,
    camera: Id,
    interval: Stretch,
    *,
    tiles: Tiles = 60,
    width: Across = TileWidth.LARGE,
) -> SpritesOut:
    """Return the index of a sheet of small pictures of an interval of up to a day.

    Each tile tells the instant of the picture it shows, or the reasons why it is empty.
    """
    asking = camera_id(camera)

    def plan() -> SpritesOut:
        require_whole(services.register, reach, [asking], interval)
        made, line = _planned(services, asking, interval, tiles, width)
        gaps = all_told(services, line).gaps
        return SpritesOut.of(asking, interval, made, gaps, purpose)

    return await services.sheets.run(plan)


@router.get(
    "/cameras/{camera}/sprites.jpg",
    operation_id="get_sprite_sheet",
    response_class=Response,
    responses={HTTPStatus.OK.value: _JPEG},
    **rule(Permission.WATCH, enters=Action.VIEW),
)
async def get_sprite_sheet(
    services: Ready,
    purpose: For,
    reach: Reaching,
    camera: Id,
    interval: Stretch,
    *,
    plan: PlanDigest,
    tiles: Tiles = 60,
    width: Across = TileWidth.LARGE,
) -> Response:
    """Return the sheet that an index describes as JPEG; one view of the interval (invariant 7).

    Where footage was stored or deleted since the index was made, so that the sheet would show
    something else, the answer is a 409. Tiles whose pictures cannot be decoded are crossed out, and
    `Footage-Unreadable` has their numbers, from 0.
    """
    asking = camera_id(camera)

    def view() -> Sheet:
        deed = view_of(purpose, asking, interval, LONGEST, sprites=tiles)
        with bracket(services.custody, deed) as act:
            require_whole(services.register, reach, [asking], interval)
            made, _ = _planned(services, asking, interval, tiles, width)
            if made.digest != plan:
                raise Conflict(
                    "the footage changed since the index was made", hint="ask for the index again"
                )
            return _drawn(services, made, act)

    sheet = await services.sheets.run(view)
    headers = {"Footage-Unreadable": ",".join(map(str, sheet.unreadable))}
    return Response(
        sheet.jpeg, media_type="image/jpeg", headers=headers if sheet.unreadable else {}
    )


def _view(
    services: Services,
    purpose: Purpose,
    reach: Reach,
    camera: CameraId,
    at: Instant,
    width: int,
) -> tuple[Thumbnail, Segment]:
    """Make the thumbnail, entered as a view in the custody log (invariant 7)."""
    moment = Interval(at, at + MOMENT)
    with bracket(services.custody, view_of(purpose, camera, moment, MOMENT, thumbnail=True)) as act:
        require_whole(services.register, reach, [camera], moment)
        segments, _ = recorded(services, camera, moment)
        segment = segments[-1]  # where two recordings overlap: the one that began last
        small = thumbnail(services, segment, at, width)
        act.result |= {"segment": segment.key, "instant": str(small.instant)}
        act.result["bytes"] = len(small.jpeg)
        return small, segment


def _planned(
    services: Services, camera: CameraId, interval: Interval, tiles: int, width: int
) -> tuple[Plan, Timeline]:
    """Choose the pictures of a sheet; return the timeline of the interval too.

    Raises:
        BadInput: The interval is longer than a day.
        Problem: 404, nothing is recorded.
    """
    require_length(interval, LONGEST)
    segments, line = recorded(services, camera, interval)
    parts = sprites.slots(interval, tiles)
    known: dict[SegmentKey, list[Place]] = {}
    found = []
    for slot, segment in zip(parts, sprites.chosen(parts, segments), strict=True):
        if segment is None:
            found.append(Tile(slot))
            continue
        if segment.key not in known:
            known[segment.key] = places(
                services.catalogue, services.store, services.derived, segment
            )
        found.append(Tile(slot, segment, nearest(known[segment.key], sprites.middle(slot))))
    return Plan(tuple(found), width), line


def _drawn(services: Services, plan: Plan, act: Act) -> Sheet:
    """Return the sheet of a plan, and add what is shown to the result of the view."""
    shown = {(one.segment.key, one.place.offset) for one in plan.tiles if one.segment and one.place}
    name = f"sprites-1/{plan.digest}"
    kept = find(services.derived, name)
    if kept is not None:
        sheet = Sheet(kept, ())
    else:
        sheet = draw(plan, services.store, services.pictures.decoder, services.clock)
        if not sheet.unreadable:  # what is kept tells no numbers of tiles
            keys = {key for key, _ in shown}
            keep(services.derived, services.catalogue, name, sheet.jpeg, keys)
    act.result |= {"pictures": len(shown), "unreadable": len(sheet.unreadable)}
    act.result["bytes"] = len(sheet.jpeg)
    return sheet
