"""Bodies of responses about the films of an interval."""

from typing import Annotated
from urllib.parse import urlencode

from pydantic import Field

from api.bodies.cameras import GapOut
from api.bodies.wire import Id, InstantText, Wire
from api.films import FilmPage, Stretch
from footage.action import Purpose
from footage.ids import CameraId


class FilmOut(Wire):
    """A stretch that plays as one MP4, and the address of the MP4."""

    start: InstantText
    end: InstantText
    segments: Annotated[int, Field(examples=[42])]
    video: Annotated[
        str,
        Field(
            description="Address of the MP4, relative to the address of this answer.",
            examples=["video?from=2026-11-22T15:08:00.000000Z&to=2026-11-22T15:20:00.000000Z"],
        ),
    ]

    @classmethod
    def of(cls, stretch: Stretch, purpose: Purpose) -> "FilmOut":
        """Make the body from a stretch; case and purpose go along in the address."""
        start, end = str(stretch.interval.start), str(stretch.interval.end)
        asked = {"from": start, "to": end, "case": purpose.case, "purpose": purpose.code}
        query = urlencode({name: text for name, text in asked.items() if text}, safe=":")
        return cls(start=start, end=end, segments=stretch.segments, video=f"video?{query}")


class FilmsOut(Wire):
    """Films and gaps that tile the time from `start` to `end`: the page's part of what was asked.

    `next_cursor` asks for the next page; null: the page reaches to the end of what was asked.
    """

    camera: Id
    start: InstantText
    end: InstantText
    films: list[FilmOut]
    gaps: list[GapOut]
    next_cursor: InstantText | None

    @classmethod
    def of(cls, camera: CameraId, page: FilmPage, purpose: Purpose) -> "FilmsOut":
        """Make the body from a page."""
        return cls(
            camera=camera,
            start=str(page.interval.start),
            end=str(page.interval.end),
            films=[FilmOut.of(stretch, purpose) for stretch in page.stretches],
            gaps=[GapOut.of(gap) for gap in page.gaps],
            next_cursor=str(page.cursor) if page.cursor else None,
        )
