"""Routes that give small pictures: a thumbnail near an instant, and sprites of an interval."""

from collections.abc import Sequence
from enum import IntEnum
from http import HTTPStatus
from typing import Annotated, Any, Final, NamedTuple

from fastapi import APIRouter, Query, Response

from api import hls, sprites
from api.bodies.sprites import SpritesOut, sheet_address
from api.bodies.wire import TIME_TEXT, Id, plain
from api.deps import For, Ready, Services, Stretch, asked_interval
from api.kept import find, keep
from api.nearest_keyframe import nearest, places_of
from api.picture_response import Picture, picture_at
from api.reach import require_whole
from api.recorded import all_told, recorded, require_length, view_of
from api.rules import Reaching, rule
from api.sprite_sheet import Sheet, draw
from api.sprites import MOST_TILES, Plan, Tile
from api.thumbnails import thumbnail
from footage.access import Permission
from footage.action import Action
from footage.custody import Act, bracket
from footage.errors import Conflict
from footage.ids import CameraId, camera_id
from footage.instant import DAY, Interval
from footage.played import Played
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


_WEBVTT: Final = "text/vtt"


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
    keyframe it is, as a search takes an example (`like`), once the segment was looked at. Where
    nothing is recorded, a 404 gives the gap's reason. The picture of the very instant is the still.
    """
    asking = camera_id(camera)

    def view() -> Response:
        instant = asked_interval(services, Scope.parse([camera]), None, at).end

        def make(segment: Segment) -> Picture:
            return thumbnail(services, segment, instant, width)

        return picture_at(services, purpose, reach, (asking, instant), "thumbnail", make)

    return await services.decoding.run(view)


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
        made = _planned(services, asking, interval, tiles, width)
        gaps = all_told(services, made.line).gaps
        return SpritesOut.of(asking, interval, made.plan, gaps, purpose)

    return await services.sheets.run(plan)


@router.get(
    "/cameras/{camera}/sprites.vtt",
    operation_id="get_sprites_as_webvtt",
    response_class=Response,
    responses={HTTPStatus.OK.value: {"content": {_WEBVTT: {"schema": {"type": "string"}}}}},
    **rule(Permission.READ_TIMELINES, because="the index of a sheet shows no picture"),
)
async def get_sprites_as_webvtt(
    services: Ready,
    purpose: For,
    reach: Reaching,
    camera: Id,
    interval: Stretch,
    *,
    tiles: Tiles = 60,
    width: Across = TileWidth.LARGE,
) -> Response:
    """Return the index of a sheet as WebVTT, by the time of play of the interval's playlist.

    For players that show thumbnails over their bar of time. A gap takes no time in a player, and
    has no cue.
    """
    asking = camera_id(camera)

    def text() -> str:
        require_whole(services.register, reach, [asking], interval)
        made = _planned(services, asking, interval, tiles, width)
        sheet = sheet_address(interval, made.plan, purpose)
        return sprites.webvtt(
            made.plan, sheet, hls.player_time([Played.of(one) for one in made.segments])
        )

    return Response(await services.sheets.run(text), media_type=_WEBVTT)


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
            made = _planned(services, asking, interval, tiles, width).plan
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


class _Planned(NamedTuple):
    """Plan of a sheet of small pictures, with the segments and the timeline of the interval."""

    plan: Plan
    segments: Sequence[Segment]
    line: Timeline


def _planned(
    services: Services, camera: CameraId, interval: Interval, tiles: int, width: int
) -> _Planned:
    """Choose the pictures of a sheet.

    Raises:
        BadInput: The interval is longer than a day.
        Problem: 404, nothing is recorded.
    """
    require_length(interval, LONGEST)
    segments, line = recorded(services, camera, interval)
    parts = sprites.slots(interval, tiles)
    chosen = sprites.chosen(parts, segments)
    shown = {one.key: one for one in chosen if one is not None}
    known = places_of(services.catalogue, services.store, services.derived, shown.values())
    found = [
        Tile(slot, segment, nearest(known[segment.key], sprites.middle(slot)))
        if segment is not None
        else Tile(slot)
        for slot, segment in zip(parts, chosen, strict=True)
    ]
    return _Planned(Plan(tuple(found), width), segments, line)


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
