"""Response that gives out the bytes of a film which a request asks for (RFC 9110)."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Final, Protocol

from fastapi import Depends, Header

from api import playback
from api.playback import Film
from api.ranges import ByteRange, byte_range
from api.viewing import ViewStream
from footage.custody import Act
from footage.digest import Digest
from footage.instant import Interval
from footage.ports import ObjectStore

DERIVED: Final = "Footage-Derived"
"""Header of every answer that gives out derived footage; names how it was made."""


_LAST: Final = 4 << 10
"""Last bytes of a derived film that its ETag is made of besides what the film was made of."""


class GivenFilm(Protocol):
    """A film that is given out by byte ranges."""

    @property
    def size_bytes(self) -> int:
        """Length in bytes."""
        ...

    @property
    def etag(self) -> str:
        """ETag that names the bytes."""
        ...

    @property
    def interval(self) -> Interval:
        """Wall time that the film shows."""
        ...


class GivenDerived(GivenFilm, Protocol):
    """A film derived from footage."""

    @property
    def profile(self) -> str:
        """Name of how the film was made."""
        ...

    def read(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes [start, end), at most 1 MiB at a time."""
        ...


@dataclass(frozen=True, slots=True)
class DerivedFilm:
    """A film in memory that was derived from footage.

    Attributes:
        data: Bytes of the film.
        interval: Wall time that the film shows.
        profile: Name of how the film was made.
        source: All that the bytes depend on besides the profile: the digest of the segment that the
            film was made of, and how much of it is shown.
    """

    data: memoryview
    interval: Interval
    profile: str
    source: str

    @property
    def size_bytes(self) -> int:
        """Length in bytes."""
        return len(self.data)

    @property
    def etag(self) -> str:
        """ETag that names the bytes.

        Made of all that the bytes depend on, of their number and of the last of them: a player asks
        for many ranges of a film, for each of which the whole would be hashed otherwise.
        """
        facts = f"{self.profile} {self.source} {len(self.data)} ".encode()
        return f'"{Digest.of(facts + bytes(self.data[-_LAST:])).hex[:32]}"'

    def read(self, start: int, end: int) -> Iterator[bytes]:
        """Yield the bytes [start, end), at most 1 MiB at a time."""
        for offset in range(start, end, playback.CHUNK):
            yield bytes(self.data[offset : min(offset + playback.CHUNK, end)])


@dataclass(frozen=True, slots=True)
class AskedBytes:
    """The headers `Range` and `If-Range` of a request."""

    range_: str | None
    if_range: str | None

    def of(self, film: GivenFilm) -> ByteRange:
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

    def read(start: int, end: int) -> Iterator[bytes]:
        return playback.read(store, film.cut(start, end))

    return _given(view, act, film, read, asked, {})


def give_derived(view: ExitStack, act: Act, film: GivenDerived, asked: AskedBytes) -> ViewStream:
    """Return the response that streams the bytes asked of a derived film, marked as derived.

    Args:
        view: Exit stack with the open custody bracket, which the response takes over.
        act: The view being entered (invariant 7); the range given is added to the result.
        film: The film.
        asked: The bytes asked for.

    Raises:
        Problem: 416, the range lies outside the film.
    """
    return _given(view, act, film, film.read, asked, {DERIVED: film.profile})


def _given(
    view: ExitStack,
    act: Act,
    film: GivenFilm,
    read: Callable[[int, int], Iterator[bytes]],
    asked: AskedBytes,
    more: Mapping[str, str],
) -> ViewStream:
    wanted = asked.of(film)
    act.result |= {"first_byte": wanted.start, "of_bytes": wanted.total}
    return ViewStream(
        view,
        act,
        read(wanted.start, wanted.end),
        status=HTTPStatus.PARTIAL_CONTENT if wanted.partial else HTTPStatus.OK,
        headers={
            **wanted.headers,
            **more,
            "Content-Type": "video/mp4",
            "ETag": film.etag,
            "Footage-Start": str(film.interval.start),
            "Footage-End": str(film.interval.end),
        },
    )
