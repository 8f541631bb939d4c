"""Response that gives out the bytes of a film which a request asks for (RFC 9110)."""

from contextlib import ExitStack
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Header

from api import playback
from api.playback import Film
from api.ranges import ByteRange, byte_range
from api.viewing import ViewStream
from footage.custody import Act
from footage.ports import ObjectStore


@dataclass(frozen=True, slots=True)
class AskedBytes:
    """The headers `Range` and `If-Range` of a request."""

    range_: str | None
    if_range: str | None

    def of(self, film: Film) -> ByteRange:
        """Return the bytes asked of `film`; the whole film where `If-Range` names another film.

        Raises:
            Problem: 416, the range lies outside the film.
        """
        return byte_range(
            self.range_ if self.if_range in (None, film.etag) else None, film.size_bytes
        )


def _asked_bytes(
    range_: Annotated[str | None, Header(alias="Range", max_length=1_000)] = None,
    if_range: Annotated[str | None, Header(alias="If-Range", max_length=1_000)] = None,
) -> AskedBytes:
    return AskedBytes(range_, if_range)


Bytes = Annotated[AskedBytes, Depends(_asked_bytes)]


def give_out(
    view: ExitStack, act: Act, store: ObjectStore, film: Film, asked: AskedBytes
) -> ViewStream:
    """Return the response that streams the bytes asked of a film, and then ends the view.

    Args:
        view: Exit stack with the open custody bracket, which the response takes over.
        act: The view being entered (invariant 7); the range given is added to the result.
        store: Holds the segments of the film.
        film: The film.
        asked: The bytes asked for.

    Raises:
        Problem: 416, the range lies outside the film.
    """
    wanted = asked.of(film)
    act.result |= {"first_byte": wanted.start, "of_bytes": wanted.total}
    return ViewStream(
        view,
        act,
        playback.read(store, film.cut(wanted.start, wanted.end)),
        status=HTTPStatus.PARTIAL_CONTENT if wanted.partial else HTTPStatus.OK,
        headers={
            **wanted.headers,
            "Content-Type": "video/mp4",
            "ETag": film.etag,
            "Footage-Start": str(film.interval.start),
            "Footage-End": str(film.interval.end),
        },
    )
