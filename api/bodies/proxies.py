"""Bodies of responses about proxies."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from api.bodies.wire import Id, InstantText, TimeText, Wire
from api.proxies import Proxies
from footage.ids import CameraId
from footage.instant import Interval
from footage.segment import Segment


class ProxiesIn(Wire):
    """An interval of which proxies are made."""

    start: Annotated[TimeText, Field(alias="from")]
    end: Annotated[TimeText, Field(alias="to")]


class ProxiesAskedOut(Wire):
    """Proxies that were asked for; segments as stored when asked."""

    camera: str
    start: InstantText
    end: InstantText
    segments: Annotated[int, Field(examples=[10])]


class ProxiesMadeOut(Wire):
    """Proxies that are ready; `refused`: segments that cannot be decoded."""

    ready: Annotated[int, Field(examples=[10])]
    refused: Annotated[int, Field(examples=[0])]


class ProxyProgressOut(Wire):
    """Progress of the proxies of an interval.

    `ready` is what is kept now; `running` is being made and `waiting` waits, in the process that
    answers. What is ready may be given up for others later.
    """

    camera: Id
    start: InstantText
    end: InstantText
    profile: Annotated[str, Field(examples=["h264-720-1"])]
    segments: Annotated[int, Field(examples=[60])]
    ready: Annotated[int, Field(examples=[12])]
    running: Annotated[int, Field(examples=[1])]
    waiting: Annotated[int, Field(examples=[2])]

    @classmethod
    def of(
        cls, camera: CameraId, interval: Interval, proxies: Proxies, segments: Sequence[Segment]
    ) -> "ProxyProgressOut":
        """Make the body from the segments of the interval."""
        running, waiting = proxies.under_way(segments)
        return cls(
            camera=camera,
            start=str(interval.start),
            end=str(interval.end),
            profile=proxies.profile,
            segments=len(segments),
            ready=proxies.ready(segments),
            running=running,
            waiting=waiting,
        )
