"""Bodies of responses about sheets of sprites."""

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlencode

from pydantic import Field

from api.bodies.wire import Id, InstantText, Wire, text_of
from api.sprites import Plan, Tile
from footage.action import Purpose
from footage.ids import CameraId
from footage.instant import Interval
from footage.span import Gap


class TileOut(Wire):
    """A slot of time, where its tile lies on the sheet, and since when its picture was shown.

    `instant` may lie outside the slot: the picture is the keyframe nearest to the slot's middle.
    null: nothing of the slot is recorded, the tile is empty, and `gaps` has the reasons.
    """

    start: InstantText
    end: InstantText
    x: Annotated[int, Field(examples=[160])]
    y: Annotated[int, Field(examples=[90])]
    instant: InstantText | None
    uncertainty_s: Annotated[
        float | None, Field(description="Seconds that `instant` may be off.", examples=[0.04])
    ]
    gaps: Annotated[list[str], Field(examples=[["camera_lost"]])]

    @classmethod
    def of(cls, plan: Plan, number: int, gaps: Sequence[Gap]) -> "TileOut":
        """Make the body from a tile of a plan, and the gaps of the camera."""
        tile = plan.tiles[number]
        x, y = plan.corner(number)
        segment, place = tile.segment, tile.place
        return cls(
            start=str(tile.slot.start),
            end=str(tile.slot.end),
            x=x,
            y=y,
            instant=text_of(place.instant if place else None),
            uncertainty_s=segment.clock.uncertainty.in_seconds if segment else None,
            gaps=[] if place else _reasons(tile, gaps),
        )


class SpritesOut(Wire):
    """The index of a sheet of small pictures of an interval: a tile for each equal slot of time."""

    camera: Id
    start: InstantText
    end: InstantText
    sheet: Annotated[
        str,
        Field(
            description="Address of the sheet, a JPEG, relative to the address of this answer.",
            examples=["sprites.jpg?from=2026-11-22T15:00:00.000000Z&..."],
        ),
    ]
    tile_width: Annotated[int, Field(examples=[160])]
    tile_height: Annotated[int, Field(examples=[90])]
    tiles: list[TileOut]

    @classmethod
    def of(
        cls,
        camera: CameraId,
        window: Interval,
        plan: Plan,
        gaps: Sequence[Gap],
        purpose: Purpose,
    ) -> "SpritesOut":
        """Make the body from a plan; case and purpose go along in the address of the sheet."""
        return cls(
            camera=camera,
            start=str(window.start),
            end=str(window.end),
            sheet=sheet_address(window, plan, purpose),
            tile_width=plan.width,
            tile_height=plan.height,
            tiles=[TileOut.of(plan, number, gaps) for number in range(len(plan.tiles))],
        )


def sheet_address(window: Interval, plan: Plan, purpose: Purpose) -> str:
    """Return the address of a sheet, relative to the address of its index."""
    asked = {
        "from": str(window.start),
        "to": str(window.end),
        "tiles": str(len(plan.tiles)),
        "width": str(plan.width),
        "plan": plan.digest,
        "case": purpose.case,
        "purpose": purpose.code,
    }
    query = urlencode({name: text for name, text in asked.items() if text}, safe=":")
    return f"sprites.jpg?{query}"


def _reasons(tile: Tile, gaps: Sequence[Gap]) -> list[str]:
    return sorted({gap.reason.value for gap in gaps if gap.interval.overlaps(tile.slot)})
