"""The sheet of sprites: drawn from keyframes, within a limited time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageDraw

from api.jpeg import to_jpeg
from api.nearest_keyframe import decoded, fitted
from footage.errors import Conflict, DataLoss, NotFound, Unavailable
from footage.instant import Elapsed
from footage.picture import Picture

if TYPE_CHECKING:
    from api.nearest_keyframe import Place
    from api.sprites import Plan
    from footage.clock import Clock
    from footage.ports import Decoder, ObjectStore
    from footage.segment import Segment

WITHIN: Final = Elapsed.parse("20s")
"""Longest time a sheet is drawn: a keyframe of 8K takes a tenth of a second, and 100 are drawn."""
_NO_TILE: Final = (255, 255, 255)
_ABSENT: Final = (226, 228, 232)
_BEHIND: Final = (20, 20, 20)
_UNREADABLE: Final = (200, 60, 60)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as JPEG, and the numbers of the tiles whose pictures cannot be decoded."""

    jpeg: bytes
    unreadable: tuple[int, ...]


def draw(plan: Plan, store: ObjectStore, decoder: Decoder, clock: Clock) -> Sheet:
    """Draw the sheet of a plan.

    Tiles of slots that are not recorded are pale; where a picture cannot be decoded the tile is
    crossed out; behind the last tile the sheet is white.

    Raises:
        Conflict: A segment was deleted meanwhile.
        Unavailable: The store cannot be reached, or drawing takes too long.
    """
    sheet = Image.new("RGB", (plan.columns * plan.width, plan.rows * plan.height), _NO_TILE)
    until = clock.monotonic() + WITHIN
    unreadable: list[int] = []
    drawn: dict[tuple[str, int], Image.Image | None] = {}
    for number, tile in enumerate(plan.tiles):
        if tile.segment is None or tile.place is None:
            left, top = plan.corner(number)
            sheet.paste(_ABSENT, (left, top, left + plan.width, top + plan.height))
            continue
        key = (tile.segment.key, tile.place.offset)
        if key not in drawn:
            if clock.monotonic() > until:
                raise Unavailable(
                    f"drawing {len(plan.tiles)} tiles takes more than {WITHIN}",
                    hint="ask for fewer tiles",
                )
            drawn[key] = _tile(plan, store, decoder, tile.segment, tile.place)
        picture = drawn[key]
        if picture is None:
            unreadable.append(number)
        sheet.paste(picture or _crossed(plan), plan.corner(number))
    data = Picture(sheet.width, sheet.height, sheet.tobytes())
    return Sheet(to_jpeg(data), tuple(unreadable))


def _tile(
    plan: Plan, store: ObjectStore, decoder: Decoder, segment: Segment, place: Place
) -> Image.Image | None:
    """Return the picture fitted into a tile; None where it cannot be decoded."""
    try:
        whole = decoded(store, decoder, segment, place)
        size = fitted(whole.width, whole.height, (plan.width, plan.height))
        small = whole.scaled(*size)
    except DataLoss:
        return None  # told by the cross and in the answer
    except NotFound as exc:
        raise Conflict(
            f"the footage of {segment.key} was deleted meanwhile", hint="ask for the index again"
        ) from exc
    tile = Image.new("RGB", (plan.width, plan.height), _BEHIND)
    picture = Image.frombytes("RGB", size, small.rgb)
    tile.paste(picture, ((plan.width - size[0]) // 2, (plan.height - size[1]) // 2))
    return tile


def _crossed(plan: Plan) -> Image.Image:
    tile = Image.new("RGB", (plan.width, plan.height), _BEHIND)
    pen = ImageDraw.Draw(tile)
    right, bottom = plan.width - 1, plan.height - 1
    pen.line((0, 0, right, bottom), _UNREADABLE, width=2)
    pen.line((0, bottom, right, 0), _UNREADABLE, width=2)
    return tile
