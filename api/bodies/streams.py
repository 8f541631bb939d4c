"""Bodies of responses about how footage is coded."""

from typing import Annotated

from pydantic import Field

from api.bodies.wire import Id, InstantText, Wire
from footage.stream_kind import Plays


class StreamOut(Wire):
    """A stretch of footage that is coded alike.

    `codecs` is for `MediaSource.isTypeSupported('video/mp4; codecs="..."')`; null where it was not
    read. `browser_plays`: `some` means that the page is to ask its browser.
    """

    start: InstantText
    end: InstantText
    segments: Annotated[int, Field(examples=[60])]
    codec: Annotated[str, Field(examples=["hvc1"])]
    width: Annotated[int, Field(examples=[1920])]
    height: Annotated[int, Field(examples=[1080])]
    codecs: Annotated[str | None, Field(examples=["hvc1.1.6.L120.90"])]
    browser_plays: Annotated[Plays | None, Field(examples=["some"])]
    why: Annotated[str, Field(description="What keeps a browser from playing it well.")]


class StreamsOut(Wire):
    """Codings of the footage of an interval, in order; gaps are between."""

    camera: Id
    streams: list[StreamOut]
